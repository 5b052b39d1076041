//! The work list: what is due, most urgent first. The page officers start their day on.

use askama::Template;

use jiff::civil::Date;

use super::page::{Due, Place, Shell, resident_name};
use crate::domain::calendar::WorkingCalendar;
use crate::domain::case::Case;
use crate::domain::deadlines::Duty;

/// The work list.
#[derive(Debug, Clone, Default)]
pub struct WorkListView {
    /// Today, such as `Friday 2 January 2026`.
    pub today: String,
    /// What operators must act on; shown on top of everything.
    pub alarms: Vec<String>,
    /// What is due, most urgent first.
    pub rows: Vec<WorkRow>,
}

impl WorkListView {
    /// How many dates have passed.
    #[must_use]
    pub fn overdue(&self) -> usize {
        let overdue = |row: &&WorkRow| row.due.as_ref().is_some_and(Due::is_overdue);
        self.rows.iter().filter(overdue).count()
    }
}

/// One case on the work list.
#[derive(Debug, Clone)]
pub struct WorkRow {
    /// The case reference.
    pub reference: String,
    /// Who complains: a name, else an address.
    pub resident: String,
    /// What is due, such as `Acknowledge`.
    pub duty: String,
    /// When; `None` when the calendar does not reach that far.
    pub due: Option<Due>,
    /// The triage state in words.
    pub triage: String,
    /// The handler's name.
    pub handler: Option<String>,
}

impl WorkRow {
    /// A case on the work list, seen from today.
    #[must_use]
    pub fn of(case: &Case, today: Date, calendar: &WorkingCalendar) -> Self {
        let (duty, by) = case.next_deadline();
        Self {
            reference: case.reference.to_string(),
            resident: resident_name(&case.resident),
            duty: match duty {
                Duty::Acknowledge => "Acknowledge".to_owned(),
                Duty::Respond => "Respond".to_owned(),
            },
            due: by.map(|by| Due::seen_from(today, by, calendar)),
            triage: case.triage.words().to_owned(),
            handler: case.current.handler.as_ref().map(|handler| handler.name.clone()),
        }
    }
}

#[derive(Template)]
#[template(path = "work_list.html")]
struct Page<'a> {
    shell: Shell<'a>,
    place: Place,
    view: &'a WorkListView,
}

/// The page.
///
/// # Errors
/// When the template cannot be written.
pub fn html(shell: Shell<'_>, view: &WorkListView) -> Result<String, askama::Error> {
    Page { shell, place: Place::Work, view }.render()
}
