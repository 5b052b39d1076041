//! Notices of words that must not wait, at once: one for each contact and list of words. When more come
//! within an hour than anybody reads, the further ones are told of together, with an alarm: each is told
//! of once, and no flood buries the one that counts.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::contacts::IN_A_NOTICE;
use super::{Notice, ReminderError, Reminders};
use crate::domain::contact::{Contact, Mark};
use crate::domain::ids::{ContactId, EmailAddress};
use crate::letters::contact_notices::HandOverRow;
use crate::letters::{HandOverListView, HandOverView};
use crate::store::AlarmRaised;

/// A message logged longer ago is not told of: not after lists have changed, nor after a restore.
const WITHIN: SignedDuration = SignedDuration::from_hours(48);

/// The time in which notices are counted.
const COUNTED_IN: SignedDuration = SignedDuration::from_hours(1);

/// One list to an address in this time.
const LIST_EVERY: SignedDuration = SignedDuration::from_mins(15);

/// The alarm that stands while messages are told of together.
pub const ALARM: &str = "hand-overs";

/// What begins the keys of notices about one message, and of lists; a list's key ends with the number of
/// the last contact that it tells of.
const ONE: &str = "hand-over-";
const LIST: &str = "hand-overs-";

/// A mark that nobody has been told of by a notice of its own.
struct Untold {
    contact: ContactId,
    mark: Mark,
    key: String,
}

/// What an address has been told.
#[derive(Default)]
struct Told {
    one_by_one: u32,
    /// When the last list was queued, and the last contact that one told of.
    list: Option<(Timestamp, i64)>,
}

impl Reminders {
    /// The notices of words that must not wait, whatever day it is.
    pub(super) async fn hand_overs(&self, now: Timestamp) -> Result<Vec<Notice>, ReminderError> {
        let untold = self.untold(now).await?;
        let mut notices = Vec::new();
        if untold.is_empty() {
            return Ok(notices);
        }
        let mut told = self.told(now).await?;
        for (to, untold) in untold {
            let told = told.remove(to.as_str()).unwrap_or_default();
            let listed = |one: &Untold| told.list.is_some_and(|(_, last)| one.contact.0 <= last);
            let untold: Vec<Untold> = untold.into_iter().filter(|one| !listed(one)).collect();
            let room = usize::try_from(self.hand_overs_per_hour.saturating_sub(told.one_by_one)).unwrap_or(usize::MAX);
            let (alone, together) = untold.split_at(room.min(untold.len()));
            for Untold { contact, mark, key } in alone {
                let Some(contact) = self.store.contact(*contact).await? else { continue };
                let view = HandOverView::new(&contact, mark, &self.hand_over, self.pages());
                let rendered = self.templates.render(&view)?;
                notices.push(Notice { key: key.clone(), to: to.clone(), rendered, reminded: None });
            }
            let rested = told.list.is_none_or(|(at, _)| now.duration_since(at) >= LIST_EVERY);
            if let Some(last) = together.last().filter(|_| rested) {
                let mut rows = Vec::new();
                for Untold { contact, mark, .. } in together.iter().take(IN_A_NOTICE) {
                    let row = |contact: Contact| HandOverRow::new(&contact, mark, &self.hand_over, self.pages());
                    rows.extend(self.store.contact(*contact).await?.map(row));
                }
                let view = HandOverListView::new(rows, together.len(), self.hand_overs_per_hour, self.pages());
                let (key, rendered) = (format!("{LIST}{to}-{}", last.contact), self.templates.render(&view)?);
                notices.push(Notice { key, to, rendered, reminded: None });
            }
        }
        Ok(notices)
    }

    /// What has no notice of its own, by whom it is for, in the order it was logged.
    async fn untold(&self, now: Timestamp) -> Result<BTreeMap<EmailAddress, Vec<Untold>>, ReminderError> {
        let since = now.saturating_sub(WITHIN).unwrap_or(now);
        let mut untold: BTreeMap<EmailAddress, Vec<Untold>> = BTreeMap::new();
        let key = |contact: ContactId, mark: &Mark| format!("{ONE}{}-{contact}", mark.list);
        let marked = self.store.marked_contacts(since).await?;
        let keys: Vec<String> = marked.iter().flat_map(|(id, marks)| marks.iter().map(|mark| key(*id, mark))).collect();
        let queued = self.store.which_were_queued(&keys).await?;
        for (contact, marks) in marked {
            for mark in marks {
                let key = key(contact, &mark);
                if queued.contains(&key) {
                    continue;
                }
                let list = self.hand_over.list(&mark.list);
                let to = list.map_or_else(|| self.addresses.team.clone(), |list| list.notify.clone());
                untold.entry(to).or_default().push(Untold { contact, mark, key });
            }
        }
        Ok(untold)
    }

    async fn told(&self, now: Timestamp) -> Result<BTreeMap<String, Told>, ReminderError> {
        let since = now.saturating_sub(WITHIN).unwrap_or(now);
        let mut told: BTreeMap<String, Told> = BTreeMap::new();
        for (key, to, at) in self.store.notices_since(since, "hand-over").await? {
            let told = told.entry(to).or_default();
            if key.starts_with(LIST) {
                let last = key.rsplit('-').next().and_then(|last| last.parse().ok()).unwrap_or(0);
                told.list = told.list.max(Some((at, last)));
            } else if now.duration_since(at) < COUNTED_IN {
                told.one_by_one += 1;
            }
        }
        Ok(told)
    }

    /// Raises the alarm when a list has been queued, and ends it an hour after the last one.
    pub(super) async fn tell_flood(&self, queued: &[Notice], now: Timestamp) -> Result<(), ReminderError> {
        let list = queued.iter().any(|notice| notice.key.starts_with(LIST));
        let standing = self.store.alarms().await?.iter().any(|alarm| alarm.key == ALARM);
        if !list && !standing {
            return Ok(());
        }
        let hour = now.saturating_sub(COUNTED_IN).unwrap_or(now);
        let mut tx = self.store.begin().await?;
        if list {
            let text = format!(
                "More than {} messages with words that must not wait came within an hour ([hand_over] per_hour): the \
                 further ones are told of together, every 15 minutes. Look among the newest contacts for a machine; \
                 each carries its mark on the pages.",
                self.hand_overs_per_hour
            );
            if tx.raise_alarm(ALARM, &text, now).await? == AlarmRaised::New {
                tracing::error!("Very many messages with words that must not wait; they are told of together");
            }
        } else {
            tx.clear_alarm_of(ALARM, hour).await?;
        }
        Ok(tx.commit().await?)
    }
}
