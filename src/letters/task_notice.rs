//! What a reminder of a review or of a date set by the Ombudsman can speak of. It tells nothing of the
//! resident's circumstances.

use serde::Serialize;

use super::Kind;
use super::context::View;
use crate::domain::circumstances::Task;
use crate::domain::ids::CaseRef;
use crate::domain::letter::NoticeKind;
use crate::domain::words;

/// A reminder of a task.
#[derive(Debug, Clone, Serialize)]
pub struct TaskView {
    /// The case's reference.
    pub reference: String,
    /// What is to be done.
    pub what: String,
    /// By when.
    pub by: String,
    /// The time left in words.
    pub left: String,
    /// The case's page.
    pub url: Option<String>,
}

impl View for TaskView {
    const KIND: Kind = Kind::Notice(NoticeKind::Task);

    fn samples() -> Vec<Self> {
        let full = Self {
            reference: "CMP-2026-00042-M".to_owned(),
            what: "Ombudsman 202600123: order".to_owned(),
            by: "Friday 27 November 2026".to_owned(),
            left: "2 working days left".to_owned(),
            url: Some("https://complaints.example.org/cases/CMP-2026-00042-M".to_owned()),
        };
        let blank = String::new;
        let empty = Self { reference: blank(), what: blank(), by: blank(), left: blank(), url: None };
        vec![full, empty]
    }
}

impl TaskView {
    /// A task of a case, with the time left.
    #[must_use]
    pub fn new(case: CaseRef, task: &Task, left: &str, url: Option<String>) -> Self {
        let (what, by) = (task.what.clone(), words::weekday_date(task.by));
        Self { reference: case.to_string(), what, by, left: left.to_owned(), url }
    }
}
