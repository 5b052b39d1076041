//! What a scene is furnished with: the invented landlord, an officer's complete page, messages.

use std::collections::BTreeSet;
use std::fs;
use std::sync::Arc;

use complaintsd::casework::{AcknowledgementForm, Approval};
use complaintsd::config::{self, Rules};
use complaintsd::domain::calendar::{Division, WorkingDays};
use complaintsd::domain::definition::{Definition, Point, Responsibility};
use complaintsd::domain::hand_over::{Haste, WordList, WordLists};
use complaintsd::domain::ids::EmailAddress;
use complaintsd::domain::landlord::{Landlord, Ombudsman};
use complaintsd::domain::people::Officer;
use complaintsd::domain::phrases::Ours;
use complaintsd::domain::triage::TriageWords;
use complaintsd::letters::desk::Desk;
use complaintsd::letters::{Shelf, Templates};
use complaintsd::mailbox::{MailSource, MaildirSettings, MaildirSource};
use complaintsd::reminders::Rungs;
use complaintsd::store::Letter;
use tempfile::TempDir;

/// An empty Maildir.
pub fn maildir(folder: &TempDir, name: &str) -> MaildirSource {
    let path = folder.path().join(name);
    for part in ["new", "cur", "tmp"] {
        fs::create_dir_all(path.join(part)).unwrap();
    }
    let source = MaildirSource::new(MaildirSettings { name: name.to_owned(), path, max_message_size: 150_000_000 });
    assert_eq!(source.name(), name);
    source
}

/// Short lists of words that must not wait.
pub fn word_lists() -> WordLists {
    let list = |name: &str, title: &str, words: &[&str], haste| WordList {
        name: name.to_owned(),
        title: title.to_owned(),
        words: words.iter().map(|word| (*word).to_owned()).collect(),
        haste,
        notify: address("duty@landlord.example"),
    };
    let lists = vec![
        list("hazard", "Possible hazard in a home", &["carbon monoxide", "no heating"], Haste::Urgent),
        list("subject-access", "Possible request for personal data", &["subject access request"], Haste::Noticed),
    ];
    WordLists::new(lists, Ours { addresses: vec![address("complaints@landlord.example")], names: Vec::new() })
}

/// When handlers are reminded; what nobody decides is told to nobody but the team.
pub fn rungs() -> Rungs {
    Rungs {
        acknowledge: vec![WorkingDays(2), WorkingDays(0)],
        respond: vec![WorkingDays(5), WorkingDays(2), WorkingDays(0)],
        review: vec![WorkingDays(10), WorkingDays(0)],
        ombudsman: vec![WorkingDays(5), WorkingDays(0)],
        undecided: Vec::new(),
        closed: BTreeSet::new(),
    }
}

/// The phrases of triage that come with the program.
pub fn triage_words() -> TriageWords {
    config::built_in_triage(Ours::default()).unwrap()
}

/// What letters are made from: the built-in rules and words, an invented landlord.
pub fn desk() -> Desk {
    let Rules { code, calendar } = config::built_in_rules(Division::EnglandAndWales).unwrap();
    Desk {
        code: Arc::new(code),
        calendar: Arc::new(calendar),
        templates: Arc::new(Shelf::new(Templates::load(None).unwrap())),
        landlord: Arc::new(Landlord {
            name: "Example Homes".to_owned(),
            address: vec!["1 High Street".to_owned(), "Exampleton EX1 1EX".to_owned()],
            phone: "01632 960001".to_owned(),
            email: address("complaints@landlord.example"),
            website: None,
            complaints_policy_url: Some("https://landlord.example/complaints".to_owned()),
        }),
        ombudsman: Arc::new(Ombudsman {
            name: "Housing Ombudsman Service".to_owned(),
            phone: "0300 111 3000".to_owned(),
            address: vec!["PO Box 1484".to_owned(), "Preston PR2 0ET".to_owned()],
            website: "https://www.housing-ombudsman.org.uk".to_owned(),
            how: "Use the form on its website, telephone, or write by post.".to_owned(),
            verified_on: None,
            review_by: None,
        }),
        languages: Arc::default(),
        council_ombudsman: None,
        writing: Arc::new(config::built_in_writing_rules().unwrap()),
    }
}

/// An acknowledgement's page with nothing left out.
pub fn full_form(handler: &Officer) -> AcknowledgementForm {
    let point = |text: &str, responsibility| Point { number: 0, text: text.to_owned(), responsibility };
    AcknowledgementForm {
        resident_name: "Ann Poole".to_owned(),
        resident_email: None,
        definition: Definition {
            points: vec![
                point("Damp in the back bedroom came back after the repair in May", Responsibility::Ours),
                point("The street light is out", Responsibility::NotOurs { whose: "Exampleton Council".to_owned() }),
            ],
            outcomes: vec!["A dry wall".to_owned(), "An apology".to_owned()],
        },
        handler: Some(handler.id),
        extra: "Thank you for the photographs.".to_owned(),
        adjustments: "You asked for letters in large print.".to_owned(),
    }
}

/// What an officer who has just read this letter approves.
pub fn seen(letter: &Letter) -> Approval {
    Approval { letter: letter.id, version: letter.version, digest: letter.content.digest }
}

pub fn address(text: &str) -> EmailAddress {
    text.parse().unwrap()
}

/// A message to the landlord with these headers besides the usual ones.
pub fn mail(headers: &[(&str, &str)], text: &str) -> Vec<u8> {
    let mut message = String::new();
    let usual = [("To", "complaints@landlord.example"), ("Subject", "Damp in the back bedroom")];
    let missing = usual.iter().filter(|(name, _)| headers.iter().all(|(given, _)| given != name));
    for (name, value) in headers.iter().chain(missing) {
        message.push_str(&format!("{name}: {value}\r\n"));
    }
    message.push_str(&format!("MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n"));
    message.into_bytes()
}
