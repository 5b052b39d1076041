//! An invented digest: of a week, of a quiet day, and with nothing in it.

use super::reference;
use crate::letters::digest_notice::{DigestHandler, DigestRow, DigestView};

pub(in crate::letters) fn digests() -> Vec<DigestView> {
    let row = |number: u32, what: &str, by: &str, left: &str, owner: Option<&str>| DigestRow {
        reference: reference(2026, number),
        what: what.to_owned(),
        by: by.to_owned(),
        left: left.to_owned(),
        owner: owner.map(ToOwned::to_owned),
        url: Some(format!("https://complaints.example.org/cases/{}", reference(2026, number))),
    };
    let handler = |name: &str, open, late| DigestHandler { name: name.to_owned(), open, late };
    let (friday, monday) = ("Friday 27 November 2026", "Monday 7 December 2026");
    let full = DigestView {
        date: "Monday 30 November 2026".to_owned(),
        weekly: true,
        until: monday.to_owned(),
        open: 17,
        overdue_count: 1,
        overdue: vec![row(42, "stage 1 acknowledgement", friday, "1 working day late", None)],
        due_count: 1,
        due: vec![row(31, "stage 2 response", monday, "5 working days left", Some("Priya Example"))],
        undecided: 3,
        undecided_any: true,
        untriaged: 1,
        waiting_count: 2,
        ready_count: 1,
        ready: vec![row(38, "stage 1 response", "", "", None)],
        action_count: 1,
        actions: vec![row(12, "action 2", monday, "5 working days left", Some("Sam Example, heating"))],
        handlers: vec![handler("Priya Example", 9, 0), handler("No handler yet", 8, 1)],
        url: Some("https://complaints.example.org/".to_owned()),
    };
    let quiet = DigestView {
        weekly: false,
        overdue_count: 0,
        overdue: Vec::new(),
        due_count: 0,
        due: Vec::new(),
        undecided: 0,
        undecided_any: false,
        untriaged: 0,
        waiting_count: 0,
        ready_count: 0,
        ready: Vec::new(),
        action_count: 0,
        actions: Vec::new(),
        ..full.clone()
    };
    let empty = DigestView {
        date: String::new(),
        until: String::new(),
        open: 0,
        handlers: Vec::new(),
        url: None,
        ..quiet.clone()
    };
    vec![full, quiet, empty]
}
