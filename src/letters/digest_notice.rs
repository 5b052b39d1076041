//! What the manager's digest can speak of: what is overdue and due, what nobody has decided, which letters wait
//! for approval, which actions are due, and who has how much. Cases by their references: it names no resident.

use jiff::civil::Date;
use serde::Serialize;

use super::context::View;
use super::{Kind, samples};
use crate::domain::letter::NoticeKind;
use crate::domain::reminders::Every;
use crate::domain::words;

/// So many rows of a kind stand in it; the counts are of all.
const ROWS: usize = 50;

/// The digest.
#[derive(Debug, Clone, Serialize)]
pub struct DigestView {
    /// Today.
    pub date: String,
    /// Whether it is of a week; else of a day.
    pub weekly: bool,
    /// Until when it looks ahead.
    pub until: String,
    /// How many cases are open.
    pub open: usize,
    /// How many deadlines are overdue.
    pub overdue_count: usize,
    /// The first of them.
    pub overdue: Vec<DigestRow>,
    /// How many fall due.
    pub due_count: usize,
    /// The first of them.
    pub due: Vec<DigestRow>,
    /// How many cases and messages nobody has decided about.
    pub undecided: usize,
    /// Whether there is one at all.
    pub undecided_any: bool,
    /// The cases among them.
    pub untriaged: usize,
    /// The messages among them.
    pub waiting_count: usize,
    /// How many letters lack nothing and wait for approval.
    pub ready_count: usize,
    /// The first of them.
    pub ready: Vec<DigestRow>,
    /// How many promised actions are due or late.
    pub action_count: usize,
    /// The first of them.
    pub actions: Vec<DigestRow>,
    /// Who has how much.
    pub handlers: Vec<DigestHandler>,
    /// The work list's page.
    pub url: Option<String>,
}

/// One line of it.
#[derive(Debug, Clone, Serialize)]
pub struct DigestRow {
    /// The case's reference.
    pub reference: String,
    /// What.
    pub what: String,
    /// By when; empty where no day goes with it.
    pub by: String,
    /// The time left, or how late it is, in words.
    pub left: String,
    /// The handler, or who does it.
    pub owner: Option<String>,
    /// Its page.
    pub url: Option<String>,
}

/// Somebody with open cases.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DigestHandler {
    /// Their name, or that nobody is chosen.
    pub name: String,
    /// Their open cases.
    pub open: usize,
    /// Those overdue.
    pub late: usize,
}

/// What a digest is made of, each list complete and in its order.
#[derive(Debug, Clone, Default)]
pub struct Digested {
    /// How many cases are open.
    pub open: usize,
    /// Deadlines that are overdue.
    pub overdue: Vec<DigestRow>,
    /// Deadlines to come.
    pub due: Vec<DigestRow>,
    /// Cases that nobody has triaged.
    pub untriaged: usize,
    /// Messages that wait for a decision.
    pub waiting: usize,
    /// Letters that lack nothing.
    pub ready: Vec<DigestRow>,
    /// Actions due or late.
    pub actions: Vec<DigestRow>,
    /// Who has how much.
    pub handlers: Vec<DigestHandler>,
}

impl View for DigestView {
    const KIND: Kind = Kind::Notice(NoticeKind::ManagerDigest);

    fn samples() -> Vec<Self> {
        samples::digests()
    }
}

impl DigestView {
    /// The digest of this day, which looks ahead until `until`.
    #[must_use]
    pub fn new(every: Every, (today, until): (Date, Date), all: Digested, pages: Option<&str>) -> Self {
        let Digested { open, overdue, due, untriaged, waiting, ready, actions, handlers } = all;
        let counts = [overdue.len(), due.len(), ready.len(), actions.len()];
        let [overdue, due, ready, actions] = [overdue, due, ready, actions].map(|mut rows| {
            rows.truncate(ROWS);
            rows
        });
        let [overdue_count, due_count, ready_count, action_count] = counts;
        let undecided = untriaged + waiting;
        Self {
            date: words::weekday_date(today),
            weekly: every == Every::Week,
            until: words::weekday_date(until),
            open,
            overdue_count,
            overdue,
            due_count,
            due,
            undecided,
            undecided_any: undecided > 0,
            untriaged,
            waiting_count: waiting,
            ready_count,
            ready,
            action_count,
            actions,
            handlers,
            url: pages.map(|pages| format!("{pages}/")),
        }
    }
}
