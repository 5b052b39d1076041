//! Approved letters that have not gone: those that wait to be posted, and those that the mail server does not
//! take. None waits unseen. A reminder comes before the day by which it must be posted; on that day, and
//! whenever a date comes near while the mail server refuses, an alarm stands on the pages that says how much
//! working time is left for which letter and what else can be done. It needs no mail server to be seen.

use std::collections::BTreeSet;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use super::{Notice, ReminderError, Reminders};
use crate::domain::calendar::WorkingDays;
use crate::domain::circumstances::{Task, TaskKind};
use crate::domain::deadlines;
use crate::domain::ids::LetterId;
use crate::domain::post::{self, in_words, working_minutes};
use crate::domain::reminders::{Rung, due_rung};
use crate::domain::words;
use crate::letters::TaskView;
use crate::store::{AlarmRaised, Unsent, Waits};

/// What begins the keys of the alarms; what follows is the number of the letter.
const ALARM: &str = "unsent-";

/// The mail server has this long before its silence is told of.
const PATIENCE: SignedDuration = SignedDuration::from_mins(5);

/// Working days before the day by which a letter must be posted.
const RUNGS: [WorkingDays; 2] = [WorkingDays(1), WorkingDays(0)];

impl Reminders {
    /// Raises the alarm of each letter that must go soon and does not, and ends those of letters that have gone.
    pub(super) async fn tell_unsent(&self, now: Timestamp) -> Result<(), ReminderError> {
        let mut pressing = Vec::new();
        for letter in self.store.unsent().await? {
            pressing.extend(self.pressing(&letter, now).await?);
        }
        let stand: BTreeSet<LetterId> = pressing.iter().map(|(letter, _)| *letter).collect();
        let ended = |key: &str| key.strip_prefix(ALARM)?.parse::<LetterId>().ok().filter(|id| !stand.contains(id));
        let over: Vec<String> =
            self.store.alarms().await?.into_iter().map(|alarm| alarm.key).filter(|key| ended(key).is_some()).collect();
        if pressing.is_empty() && over.is_empty() {
            return Ok(());
        }
        let mut tx = self.store.begin().await?;
        for (letter, text) in pressing {
            if tx.raise_alarm(&format!("{ALARM}{letter}"), &text, now).await? == AlarmRaised::New {
                tracing::error!(
                    letter.id = letter.0,
                    "An approved letter has not gone and is due; an officer must act"
                );
            }
        }
        for key in over {
            tx.clear_alarm(&key).await?;
        }
        Ok(tx.commit().await?)
    }

    /// What the alarm about a letter says, when one stands.
    async fn pressing(&self, letter: &Unsent, now: Timestamp) -> Result<Option<(LetterId, String)>, ReminderError> {
        let Some(case) = self.store.case(letter.case).await? else { return Ok(None) };
        let today = words::london_date(now);
        let by = post::to_go_by(&self.post, &self.calendar, &case, letter.kind, letter.approved_at);
        let (kind, reference, id) = (letter.kind, letter.case_ref, letter.letter);
        let left = in_words(working_minutes(&self.post, &self.calendar, now, by));
        let when = match by {
            by if by < today => format!("It should have gone by {}", words::weekday_date(by)),
            by if by == today => {
                format!("It must go today: {left} left before the last post at {}", words::time(self.post.last_post))
            }
            by => format!("It must go by {}: {left} left", words::weekday_date(by)),
        };
        let at = self.pages().map_or_else(String::new, |pages| format!(" ({pages}/letters/{id})"));
        let text = match &letter.waits {
            Waits::Post if by <= today => format!(
                "The {kind} of {reference} is approved and waits to be posted. {when}. Print it, post it and record \
                 that on its page{at}."
            ),
            Waits::Mail { attempts, answer }
                if self.near(by, today) && (*attempts > 0 || now.duration_since(letter.approved_at) >= PATIENCE) =>
            {
                let words = Some(answer.trim()).filter(|words| !words.is_empty());
                let words = words.map_or_else(String::new, |words| format!(" It said: {words}"));
                format!(
                    "The {kind} of {reference} is approved and the mail server has not taken it. {when}. Print it, \
                     post it and record that on its page{at}: the e-mail is then withdrawn.{words}"
                )
            }
            Waits::Post | Waits::Mail { .. } => return Ok(None),
        };
        Ok(Some((id, text)))
    }

    /// Whether a day is today, past, or the next working day.
    fn near(&self, by: Date, today: Date) -> bool {
        self.calendar.back(by, WorkingDays(1)).map_or(by <= today, |before| before <= today)
    }

    /// The reminders of letters that wait to be posted.
    pub(super) async fn to_post(&self, today: Date) -> Result<Vec<Notice>, ReminderError> {
        let mut notices = Vec::new();
        for letter in self.store.unsent().await?.into_iter().filter(|letter| letter.waits == Waits::Post) {
            let Some(case) = self.store.case(letter.case).await? else { continue };
            let by = post::to_go_by(&self.post, &self.calendar, &case, letter.kind, letter.approved_at);
            let Ok(Some(Rung { before, .. })) = due_rung(self.office(), &RUNGS, by, today) else { continue };
            let key = format!("post-{}-{by}-{}", letter.letter, before.0);
            if self.store.was_queued(&key).await? {
                continue;
            }
            let what = format!("Post the {}", letter.kind);
            let task = Task { what, by, kind: TaskKind::Review, key: String::new() };
            let left = deadlines::time_left(&self.calendar, today, by);
            let view = TaskView::new(letter.case_ref, &task, &left, self.page(&case));
            let (rendered, to) = (self.templates.render(&view)?, self.recipient(&case).await?);
            notices.push(Notice { key, to, rendered, reminded: None });
        }
        Ok(notices)
    }
}
