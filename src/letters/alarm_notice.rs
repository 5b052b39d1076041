//! What the message about standing alarms can speak of: what fails, since when, and what to do.

use jiff::Timestamp;
use serde::Serialize;

use super::Kind;
use super::context::View;
use crate::domain::letter::NoticeKind;
use crate::domain::words;

/// All alarms that stand, to whoever runs complaintsd.
#[derive(Debug, Clone, Serialize)]
pub struct AlarmsView {
    /// How many there are.
    pub count: usize,
    /// Whether there is exactly one.
    pub single: bool,
    /// The first of them, oldest first.
    pub rows: Vec<AlarmRow>,
    /// The page on which they stand.
    pub url: Option<String>,
}

/// One alarm.
#[derive(Debug, Clone, Serialize)]
pub struct AlarmRow {
    /// What fails and what to do.
    pub text: String,
    /// Since when.
    pub since: String,
}

impl View for AlarmsView {
    const KIND: Kind = Kind::Notice(NoticeKind::Alarms);

    fn samples() -> Vec<Self> {
        let since = "20 November 2026 at 9:05am".to_owned();
        let mailbox = "Mail is not being read for 12 minutes. complaints: the server refused the password.";
        let row = |text: &str| AlarmRow { text: text.to_owned(), since: since.clone() };
        let rows = vec![row(mailbox), row("Letters are not going out. The mail server does not answer.")];
        let url = Some("https://complaints.example.org/".to_owned());
        let full = Self { count: 2, single: false, rows, url };
        let single = Self { count: 1, single: true, rows: vec![row(mailbox)], ..full.clone() };
        let empty = Self { count: 0, single: false, rows: Vec::new(), url: None };
        vec![full, single, empty]
    }
}

impl AlarmsView {
    /// So many alarms, the first of them with their text and since when they stand.
    #[must_use]
    pub fn new<'a>(rows: impl IntoIterator<Item = (&'a str, Timestamp)>, count: usize, pages: Option<&str>) -> Self {
        let row = |(text, since): (&str, Timestamp)| AlarmRow { text: text.to_owned(), since: words::instant(since) };
        let rows = rows.into_iter().map(row).collect();
        Self { count, single: count == 1, rows, url: pages.map(|pages| format!("{pages}/")) }
    }
}
