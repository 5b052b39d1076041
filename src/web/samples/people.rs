//! The pages about the people of a case, other channels and incidents, with invented content.

use super::Texts;
use crate::casework::record::{DATE_FAULT, Filled, Record};
use crate::web::case::DateView;
use crate::web::form::{Block, FieldView, FormView};
use crate::web::incident::{IncidentView, TextView};
use crate::web::page::{Due, Shell, Urgency};
use crate::web::people::{PeopleLine, PeopleView};
use crate::web::post::PostView;
use crate::web::triage::TriageView;
use crate::web::work_list::{TaskRow, ToPostRow};
use crate::web::{enter, form, incident};

/// The pages.
pub(super) fn pages(quiet: Shell<'_>, texts: Texts) -> Result<Vec<(&'static str, String)>, askama::Error> {
    let standing = IncidentView {
        standing: Some(texts("Incident declared on 5 March 2026: the housing system cannot be reached.")),
        told: texts("The Ombudsman by webform, residents on the website."),
        texts: vec![
            TextView {
                key: "ombudsman",
                title: "To the Ombudsman",
                how: "Send it through the website of the Housing Ombudsman Service.".to_owned(),
                subject: texts("We cannot comply with the Complaint Handling Code at present"),
                text: texts("Since 5 March 2026 we cannot comply with it.\n\nWe work on paper."),
                digest: "0".repeat(64),
                approved: None,
            },
            TextView {
                key: "website",
                title: "For the website",
                how: "Publish it where residents look for how to complain.".to_owned(),
                subject: texts("A problem that affects complaints"),
                text: texts("You can still complain."),
                digest: "1".repeat(64),
                approved: Some(texts("by Priya Nair, 6 March 2026 at 9:05am")),
            },
        ],
        affected: vec![("CMP-2026-00031-T".to_owned(), "respond".to_owned(), "Friday 6 March 2026".to_owned())],
        earlier: vec![texts("1 May 2025 to 9 May 2025: a fire in the data centre.")],
        ..IncidentView::default()
    };
    let mut blank = IncidentView { form: ["a", "b", "c", "d"].map(texts), ..IncidentView::default() };
    blank.errors.add("began-on", DATE_FAULT);
    Ok(vec![
        ("entry-wrong", form::html(quiet, &enter::sample(texts))?),
        ("record-circumstance", form::html(quiet, &record(texts))?),
        ("incident", incident::html(quiet, &standing)?),
        ("incident-wrong", incident::html(quiet, &blank)?),
    ])
}

/// What triage has recorded of a case.
pub(super) fn triaged(texts: Texts) -> TriageView {
    TriageView {
        waits: "Contact 61 waits: decide whether it is a complaint (1.5).".to_owned(),
        lines: vec![texts("Priya Nair decided on 6 March 2026 at 9:05am that it is: service request. Reason: A tap.")],
        linked: vec![("Complaint raised from this".to_owned(), "CMP-2026-00044-R".to_owned())],
        repeats: vec!["CMP-2026-00012-A".to_owned(), "CMP-2026-00017-H".to_owned()],
    }
}

fn record(texts: Texts) -> FormView {
    let record = Record::Representative;
    let filled: Filled = record.fields().iter().map(|field| (field.id.to_owned(), texts("Ben Okafor"))).collect();
    let fields = |record: Record| record.fields().iter().map(|field| FieldView::of(field, &filled, &[])).collect();
    FormView {
        title: record.words().to_owned(),
        caption: "Case CMP-2026-00031-T".to_owned(),
        intro: vec![texts("1. Ben Okafor: nothing may be disclosed to them.")],
        action: "/cases/CMP-2026-00031-T/record/representative".to_owned(),
        blocks: vec![
            Block::of("", fields(record), "record", "Record"),
            Block::of("Consent", fields(Record::Consent), "consent", "Record the consent"),
        ],
        ..FormView::default()
    }
}

/// Letters that wait to be posted.
pub(super) fn to_post(texts: Texts) -> Vec<ToPostRow> {
    let due = Due { date: "Friday 6 March 2026".to_owned(), left: "due today".to_owned(), urgency: Urgency::Today };
    let (kind, reference) = (texts("stage 1 acknowledgement"), "CMP-2026-00044-R".to_owned());
    vec![ToPostRow { letter: 14, kind, reference, due }]
}

/// A letter that waits to be posted, that may be posted instead of an e-mail, and that may come back.
pub(super) fn on_paper(texts: Texts) -> [(&'static str, PostView); 3] {
    let to = texts("12 Mill Lane, Exampleton, EX1 2AB");
    let waits = to_post(texts).pop().map(|row| row.due);
    let posted = texts("posted 6 March 2026 at 4:30pm by Sam Hill, First class");
    [
        ("letter-to-post", PostView { to: to.clone(), waits, ..PostView::default() }),
        ("letter-post-instead", PostView { to: to.clone(), instead: true, ..PostView::default() }),
        ("letter-posted", PostView { to, posted, may_return: true, ..PostView::default() }),
    ]
}

/// Reviews and dates of the Ombudsman.
pub(super) fn tasks(texts: Texts) -> Vec<TaskRow> {
    let left = "overdue by 1 working day".to_owned();
    let due = Due { date: "Thursday 5 March 2026".to_owned(), left, urgency: Urgency::Overdue };
    vec![TaskRow { reference: "CMP-2026-00031-T".to_owned(), what: texts("Ombudsman 202600123: order"), due }]
}

/// What is recorded of the people of a case.
pub(super) fn on_record(texts: Texts) -> PeopleView {
    let left = "2 working days left".to_owned();
    let due = Due { date: "Tuesday 10 March 2026".to_owned(), left, urgency: Urgency::Later };
    let line = |number, text: &str, note: &str| PeopleLine { number, text: texts(text), note: texts(note), due: None };
    let adjustment =
        PeopleLine { due: Some(due), ..line(1, "Adjustment: we phone before each visit.", "review by 10 March 2026") };
    PeopleView {
        warnings: vec![texts(
            "The complaint names Owen Hughes: declare whether there is a conflict of interest (5.8).",
        )],
        groups: vec![
            ("Adjustments and circumstances".to_owned(), vec![adjustment]),
            ("Acting for the resident".to_owned(), vec![line(1, "Ben Okafor (the resident’s consent)", "")]),
        ],
        records: Record::ALL.iter().map(|record| (record.key().to_owned(), record.words().to_owned())).collect(),
    }
}

/// The dates of a stage.
pub(super) fn dates() -> Vec<DateView> {
    let lines = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect();
    vec![
        DateView {
            what: "Received".to_owned(),
            date: "17 February 2026 at 9:04am".to_owned(),
            due: None,
            explanation: Vec::new(),
        },
        DateView {
            what: "Acknowledged".to_owned(),
            date: "20 February 2026 at 3:41pm".to_owned(),
            due: None,
            explanation: Vec::new(),
        },
        DateView {
            what: "Response due".to_owned(),
            date: "Friday 6 March 2026".to_owned(),
            due: Some(Due {
                date: "Friday 6 March 2026".to_owned(),
                left: "due today".to_owned(),
                urgency: Urgency::Today,
            }),
            explanation: lines(&[
                "Acknowledged on Friday 20 February 2026: day 0.",
                "10 working days counted; Saturdays and Sundays do not count.",
                "Due by the end of Friday 6 March 2026.",
                "Complaint Handling Code 2024, provision 6.3.",
            ]),
        },
    ]
}
