//! What notices to the landlord's own people can speak of. They name the case by its reference only:
//! nothing about a resident is in them.

use jiff::civil::Date;
use serde::Serialize;

use super::contact_notices::WaitingRow;
use super::context::View;
use super::{Kind, samples};
use crate::domain::case::Case;
use crate::domain::chain::Checkpoint;
use crate::domain::deadlines::Duty;
use crate::domain::letter::NoticeKind;
use crate::domain::words;

/// A reminder to a handler, or to the team while there is none.
#[derive(Debug, Clone, Serialize)]
pub struct ReminderView {
    /// The handler's name; none when it goes to the team.
    pub handler: Option<String>,
    /// The case's reference.
    pub reference: String,
    /// The stage's number.
    pub stage: u8,
    /// What is due, such as `acknowledgement`.
    pub what: String,
    /// Whether it is the acknowledgement.
    pub acknowledge: bool,
    /// Whether it is the response.
    pub respond: bool,
    /// The date.
    pub by: String,
    /// The time left in words, such as `2 working days left` or `due today`.
    pub left: String,
    /// The case's page.
    pub url: Option<String>,
}

/// What is overdue, to the manager.
#[derive(Debug, Clone, Serialize)]
pub struct OverdueListView {
    /// Today.
    pub date: String,
    /// How many there are.
    pub count: usize,
    /// Whether there is exactly one.
    pub single: bool,
    /// The cases, most overdue first as the caller orders them.
    pub rows: Vec<OverdueRow>,
    /// The contacts that nobody has decided about, and whose acknowledgement would be late by now.
    pub waiting: Vec<WaitingRow>,
    /// The work list's page.
    pub url: Option<String>,
}

/// One overdue case.
#[derive(Debug, Clone, Serialize)]
pub struct OverdueRow {
    /// The case's reference.
    pub reference: String,
    /// The stage's number.
    pub stage: u8,
    /// What was due, such as `acknowledgement`.
    pub what: String,
    /// Whether it is the acknowledgement.
    pub acknowledge: bool,
    /// The date it was due.
    pub by: String,
    /// How late it is in words, such as `3 working days late`.
    pub late: String,
    /// The handler's name.
    pub handler: Option<String>,
    /// The case's page.
    pub url: Option<String>,
}

/// What the last line of the history is, to whoever keeps it where the database is not.
#[derive(Debug, Clone, Serialize)]
pub struct CheckpointView {
    /// Today.
    pub date: String,
    /// The line's number and hash, as the command line takes them.
    pub checkpoint: String,
}

/// A deadline of one case, as notices tell it.
#[derive(Debug, Clone, Copy)]
pub struct Due<'a> {
    /// The case.
    pub case: &'a Case,
    /// What is due.
    pub duty: Duty,
    /// When.
    pub by: Date,
    /// The time left, or how late it is, in words.
    pub left: &'a str,
    /// The case's page.
    pub url: Option<&'a str>,
}

impl View for ReminderView {
    const KIND: Kind = Kind::Notice(NoticeKind::Reminder);

    fn samples() -> Vec<Self> {
        samples::reminders()
    }
}

impl View for OverdueListView {
    const KIND: Kind = Kind::Notice(NoticeKind::OverdueList);

    fn samples() -> Vec<Self> {
        samples::overdue_lists()
    }
}

impl View for CheckpointView {
    const KIND: Kind = Kind::Notice(NoticeKind::Checkpoint);

    fn samples() -> Vec<Self> {
        samples::checkpoints()
    }
}

impl CheckpointView {
    /// A checkpoint of this day.
    #[must_use]
    pub fn new(today: Date, checkpoint: Checkpoint) -> Self {
        Self { date: words::date(today), checkpoint: checkpoint.to_string() }
    }
}

impl ReminderView {
    /// The reminder of a deadline.
    #[must_use]
    pub fn new(due: Due<'_>) -> Self {
        Self {
            handler: due.case.current.handler.as_ref().map(|handler| handler.name.clone()),
            reference: due.case.reference.to_string(),
            stage: due.case.current.stage.number(),
            what: due.duty.noun().to_owned(),
            acknowledge: due.duty == Duty::Acknowledge,
            respond: due.duty == Duty::Respond,
            by: words::weekday_date(due.by),
            left: due.left.to_owned(),
            url: due.url.map(ToOwned::to_owned),
        }
    }
}

impl OverdueListView {
    /// The list of these deadlines, in the order given.
    #[must_use]
    pub fn new(today: Date, overdue: &[Due<'_>], waiting: Vec<WaitingRow>, url: Option<&str>) -> Self {
        let rows: Vec<OverdueRow> = overdue
            .iter()
            .map(|due| {
                let ReminderView { handler, reference, stage, what, acknowledge, by, left: late, url, .. } =
                    ReminderView::new(*due);
                OverdueRow { reference, stage, what, acknowledge, by, late, handler, url }
            })
            .collect();
        Self {
            date: words::weekday_date(today),
            count: rows.len(),
            single: rows.len() == 1,
            rows,
            waiting,
            url: url.map(ToOwned::to_owned),
        }
    }
}
