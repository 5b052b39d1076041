//! Reminders to handlers before a deadline, the daily list of what is overdue, the digest, notices of contacts and alarms.
//! Found by looking at the open cases: one reminder per rung, held by a key in the outbox, so none is sent twice and
//! none is lost to downtime.

mod alarms;
mod checkpoint;
mod contacts;
mod digest;
mod hand_overs;
mod tasks;
mod unsent;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::clock::Clock;
use crate::courier::message::{self, ComposeError, MessageKind, MessageParts};
use crate::domain::calendar::{NotCovered, WorkingCalendar, WorkingDays};
use crate::domain::case::Case;
use crate::domain::code::HandlingCode;
use crate::domain::contact::Contact;
use crate::domain::deadlines::{self, Duty};
use crate::domain::events::CaseEvent;
use crate::domain::hand_over::WordLists;
use crate::domain::ids::{CaseRef, EmailAddress};
use crate::domain::people::{Actor, Standing};
use crate::domain::post::PostRules;
use crate::domain::reminders::{DigestTo, OfficeDays, Rung, due_rung};
use crate::domain::words;
use crate::letters::{Due, OverdueListView, ReminderView, RenderFault, Rendered, Shelf};
use crate::store::{self, NewMessage, Queued, Store, StoreError};

/// Why reminding stopped.
#[derive(Debug, thiserror::Error)]
pub enum ReminderError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The template.
    #[error(transparent)]
    Render(#[from] RenderFault),
    /// The message.
    #[error(transparent)]
    Compose(#[from] ComposeError),
    /// The calendar.
    #[error(transparent)]
    NotCovered(#[from] NotCovered),
}

/// Working days before each kind of deadline at which its handler is reminded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rungs {
    /// Before acknowledge-by.
    pub acknowledge: Vec<WorkingDays>,
    /// Before respond-by.
    pub respond: Vec<WorkingDays>,
    /// Before a review (5.10, 5.14).
    pub review: Vec<WorkingDays>,
    /// Before a date that the Ombudsman set.
    pub ombudsman: Vec<WorkingDays>,
    /// Before acknowledge-by, for the manager, of what nobody has decided.
    pub undecided: Vec<WorkingDays>,
    /// Days on which the landlord's office is closed: reminders come before them.
    pub closed: BTreeSet<Date>,
}

/// Whom notices come from and go to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addresses {
    /// Sender.
    pub from: EmailAddress,
    /// The name beside it.
    pub from_name: String,
    /// Who is reminded while a case has no handler.
    pub team: EmailAddress,
    /// Who gets the overdue list.
    pub manager: EmailAddress,
    /// Who is told of alarms.
    pub operators: EmailAddress,
    /// Who keeps the daily checkpoint of the history; it goes to the log in any case.
    pub checkpoint: Option<EmailAddress>,
    /// Who gets the digest, if somebody does.
    pub digest: Option<DigestTo>,
    /// Where the officers' pages are, without a slash at the end.
    pub pages: Option<String>,
}

/// One reminder or list that is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueNotice {
    /// The case, for a reminder; `None` for the overdue list.
    pub case: Option<CaseRef>,
    /// To whom.
    pub to: EmailAddress,
    /// What it says, in one line.
    pub subject: String,
}

/// Plans and queues reminders.
#[derive(Clone)]
pub struct Reminders {
    /// The open cases, and the outbox.
    pub store: Store,
    /// Today.
    pub clock: Arc<dyn Clock>,
    /// The landlord's working days.
    pub calendar: Arc<WorkingCalendar>,
    /// The Code, for when an acknowledgement would be due.
    pub code: Arc<HandlingCode>,
    /// Words that must not wait, and who is told.
    pub hand_over: Arc<WordLists>,
    /// So many messages with such words are told of one by one in an hour, to each address.
    pub hand_overs_per_hour: u32,
    /// The words.
    pub templates: Arc<Shelf>,
    /// The rungs.
    pub rungs: Rungs,
    /// How letters are posted, and until when on a day.
    pub post: PostRules,
    /// Whom to write to.
    pub addresses: Addresses,
}

struct Notice {
    key: String,
    to: EmailAddress,
    rendered: Rendered,
    reminded: Option<(Case, CaseEvent)>,
}

/// Whether the case still has the deadline the reminder is about.
fn still_due(case: &Case, event: &CaseEvent) -> bool {
    matches!(event, CaseEvent::Reminded { duty, by, .. } if case.next_deadline() == Some((*duty, Some(*by))))
}

impl Reminders {
    /// One pass: queues every reminder that is due and has not been queued.
    ///
    /// # Errors
    /// [`ReminderError`].
    pub async fn run_once(&self) -> Result<Vec<DueNotice>, ReminderError> {
        let now = self.clock.now();
        let (mut queued, mut fault) = (Vec::new(), None);
        // Words that must not wait first: nothing that stands in the way of a reminder holds them up.
        let (pressing, due) = (self.hand_overs(now).await?, self.due(now).await);
        self.tell_flood(&pressing, now).await?;
        self.tell_unsent(now).await?;
        let (due, stopped) = due.map_or_else(|error| (Vec::new(), Some(error)), |due| (due, None));
        let alarms = self.alarms(now).await?;
        for notice in pressing.into_iter().chain(alarms).chain(due) {
            match self.queue(&notice, now).await {
                Ok(true) => queued.push(told(&notice)),
                Ok(false) => {}
                // One that cannot be written must not keep the others back.
                Err(ReminderError::Compose(error)) => fault = fault.or(Some(error)),
                Err(error) => return Err(error),
            }
        }
        match self.checkpoint(now).await {
            Ok(notice) => queued.extend(notice.as_ref().map(told)),
            Err(ReminderError::Compose(error)) => fault = fault.or(Some(error)),
            Err(error) => return Err(stopped.unwrap_or(error)),
        }
        stopped.or(fault.map(Into::into)).map_or(Ok(queued), Err)
    }

    /// What [`run_once`](Self::run_once) would queue now.
    ///
    /// # Errors
    /// [`ReminderError`].
    pub async fn planned(&self) -> Result<Vec<DueNotice>, ReminderError> {
        let now = self.clock.now();
        let (pressing, due) = (self.hand_overs(now).await?, self.due(now).await?);
        let (alarms, checkpoint) = (self.alarms(now).await?, self.checkpoint_planned(words::london_date(now)).await?);
        Ok(pressing.iter().chain(&alarms).chain(&due).chain(&checkpoint).map(told).collect())
    }

    async fn due(&self, now: Timestamp) -> Result<Vec<Notice>, ReminderError> {
        let today = words::london_date(now);
        let cases = self.store.work_list(usize::MAX).await?;
        let mut notices = Vec::new();
        for case in &cases {
            notices.extend(self.reminder(case, today).await?);
        }
        notices.extend(self.tasks(today).await?);
        notices.extend(self.to_post(today).await?);
        let undecided = self.undecided().await?;
        notices.extend(self.waiting(&undecided, today).await?);
        notices.extend(self.escalated(&cases, &undecided, today).await?);
        notices.extend(self.overdue_list(&cases, &undecided, today).await?);
        notices.extend(self.digest(&cases, &undecided, today).await?);
        Ok(notices)
    }

    fn office(&self) -> OfficeDays<'_> {
        OfficeDays { calendar: &self.calendar, closed: &self.rungs.closed }
    }

    fn page(&self, case: &Case) -> Option<String> {
        self.addresses.pages.as_ref().map(|pages| format!("{pages}/cases/{}", case.reference))
    }

    async fn reminder(&self, case: &Case, today: Date) -> Result<Option<Notice>, ReminderError> {
        let Some((duty, Some(by))) = case.next_deadline() else { return Ok(None) };
        let rungs = match duty {
            Duty::Acknowledge | Duty::DecideOnStageTwo | Duty::Triage => &self.rungs.acknowledge,
            Duty::Review => &self.rungs.review,
            Duty::Respond | Duty::Update | Duty::Act => &self.rungs.respond,
        };
        let Some(Rung { before, .. }) = due_rung(self.office(), rungs, by, today)? else { return Ok(None) };
        let stage = case.current.stage.number();
        let key = format!("reminder-{}-{stage}-{}-{by}-{}", case.reference, duty.key(), before.0);
        if self.store.was_queued(&key).await? {
            return Ok(None);
        }
        let left = deadlines::time_left(&self.calendar, today, by);
        let url = self.page(case);
        let due = Due { case, duty, by, left: &left, url: url.as_deref() };
        let rendered = self.templates.render(&ReminderView::new(due))?;
        let to = self.recipient(case).await?;
        let reminded = Some((case.clone(), CaseEvent::Reminded { duty, by, to: to.clone() }));
        Ok(Some(Notice { key, to, rendered, reminded }))
    }

    /// Who can act: the handler, unless their account has been switched off since; else the team.
    async fn recipient(&self, case: &Case) -> Result<EmailAddress, StoreError> {
        let Some(handler) = &case.current.handler else { return Ok(self.addresses.team.clone()) };
        let officer = self.store.officer(handler.officer).await?;
        let left = officer.is_some_and(|officer| officer.standing == Standing::Disabled);
        Ok(if left { &self.addresses.team } else { &handler.email }.clone())
    }

    async fn overdue_list(
        &self,
        cases: &[Case],
        undecided: &BTreeMap<Date, Vec<Contact>>,
        today: Date,
    ) -> Result<Option<Notice>, ReminderError> {
        let key = format!("overdue-list-{today}");
        if !self.office().may_be_at_work(today) || self.store.was_queued(&key).await? {
            return Ok(None);
        }
        let late: Vec<(&Case, Duty, Date, String, Option<String>)> = cases
            .iter()
            .filter_map(|case| match case.next_deadline() {
                Some((duty, Some(by))) if by < today => {
                    Some((case, duty, by, deadlines::time_left(&self.calendar, today, by), self.page(case)))
                }
                _ => None,
            })
            .collect();
        let waiting = self.late(undecided, today);
        if late.is_empty() && waiting.is_empty() {
            return Ok(None);
        }
        let overdue: Vec<Due<'_>> = late
            .iter()
            .map(|(case, duty, by, left, url)| Due { case, duty: *duty, by: *by, left, url: url.as_deref() })
            .collect();
        let view = OverdueListView::new(today, &overdue, waiting, self.addresses.pages.as_deref());
        let rendered = self.templates.render(&view)?;
        let to = self.addresses.manager.clone();
        Ok(Some(Notice { key, to, rendered, reminded: None }))
    }

    /// The complete message of a notice.
    fn message(&self, notice: &Notice, now: Timestamp) -> Result<NewMessage, ComposeError> {
        let from = &self.addresses.from;
        let domain = from.as_str().rsplit_once('@').map_or("localhost", |(_, domain)| domain);
        let composed = message::compose(&MessageParts {
            from: (self.addresses.from_name.clone(), from.clone()),
            to: (String::new(), notice.to.clone()),
            reply_to: None,
            subject: notice.rendered.subject.clone(),
            text: notice.rendered.text.clone(),
            html: Some(notice.rendered.html.clone()),
            message_id: message::new_message_id(self.store.token_key(), domain)?,
            date: now,
            in_reply_to: None,
            references: Vec::new(),
            kind: MessageKind::Notice,
        })?;
        Ok(NewMessage {
            kind: store::MessageKind::Notice,
            letter: None,
            case: notice.reminded.as_ref().map(|(case, _)| case.id),
            dedupe_key: notice.key.clone(),
            envelope_from: from.clone(),
            envelope_to: notice.to.clone(),
            message_id: composed.message_id,
            bytes: composed.bytes,
            at: now,
        })
    }

    /// Puts a notice in the outbox with its line of history; false when it has been there before.
    async fn queue(&self, notice: &Notice, now: Timestamp) -> Result<bool, ReminderError> {
        let message = self.message(notice, now)?;
        let mut tx = self.store.begin().await?;
        if tx.queue(&message).await? == Queued::AlreadyQueued {
            return Ok(false);
        }
        if let Some((case, event)) = &notice.reminded
            && let Some(case) = tx.case_for_update(case.id).await?
        {
            if !still_due(&case, event) {
                return Ok(false);
            }
            tx.save_case(&case, std::slice::from_ref(event), &Actor::Daemon, now).await?;
        }
        tx.commit().await?;
        tracing::info!(case.ref = notice.reminded.as_ref().map(|(case, _)| case.reference.to_string()), "Notice queued");
        Ok(true)
    }
}

fn told(notice: &Notice) -> DueNotice {
    DueNotice {
        case: notice.reminded.as_ref().map(|(case, _)| case.reference),
        to: notice.to.clone(),
        subject: notice.rendered.subject.clone(),
    }
}
