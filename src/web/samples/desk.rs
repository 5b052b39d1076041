//! Invented contacts that wait for an officer, and one that was decided.

use super::super::contact::ContactView;
use super::super::contact_decision::{DecidedView, DecisionForm, DecisionView};
use super::super::letter_paper::NotPrintedView;
use super::super::marks::MarkView;
use super::super::page::{Due, FieldErrors, Urgency};
use super::super::to_decide::{ToDecideView, WaitingRow};
use super::{Texts, message};

pub(super) fn marks(texts: Texts) -> Vec<MarkView> {
    let mark = |title: &str, words: &str, urgent| MarkView { title: texts(title), words: texts(words), urgent };
    vec![
        mark("Possible hazard in a home", "mould, asthma, baby", true),
        mark("Possible request for personal data", "subject access request", false),
    ]
}

fn due(date: &str, left: &str, urgency: Urgency) -> Option<Due> {
    Some(Due { date: date.to_owned(), left: left.to_owned(), urgency })
}

pub(super) fn waiting(texts: Texts) -> ToDecideView {
    let row = |id, from: &str, subject: &str, why: &str, due, case: Option<&str>, marks| WaitingRow {
        id,
        from: texts(from),
        subject: texts(subject),
        received: "27 February 2026 at 8:12pm".to_owned(),
        why: why.to_owned(),
        due,
        case: case.map(ToOwned::to_owned),
        marks,
    };
    let today = due("Friday 6 March 2026", "due today", Urgency::Today);
    let late = due("Thursday 5 March 2026", "overdue by 1 working day", Urgency::Overdue);
    let later = due("Tuesday 10 March 2026", "2 working days left", Urgency::Later);
    let (junk, maybe) = ("the mail server took it for junk", "it may belong to a case");
    ToDecideView {
        count: 5,
        rows: vec![
            row(61, "Tomasz Zieliński", "Mould again!! third time", junk, today, None, marks(texts)),
            row(52, "offers@shop.example", "50% off garden furniture this week only", junk, late, None, Vec::new()),
            row(63, "Ann Poole", "CMP-2026-00031-T", maybe, None, Some("CMP-2026-00045-S"), Vec::new()),
            row(64, "محمد حسين", "", "something must be done about it", None, Some("CMP-2026-00046-T"), Vec::new()),
            row(66, "Residents’ forum", "Minutes of the meeting", "it was sent to a list", later, None, Vec::new()),
        ],
    }
}

pub(super) fn junk(texts: Texts) -> ContactView {
    let mut errors = FieldErrors::default();
    errors.add("choice", "Select what becomes of this contact");
    errors.add("reason", "Enter the reason for your decision");
    let decision = DecisionView {
        waiting: Some("the mail server took it for junk".to_owned()),
        due: due("Friday 6 March 2026", "due today", Urgency::Today),
        can_open: true,
        sender: Some(texts("Tomasz Zieliński, t.zielinski@example.com")),
        errors,
        ..DecisionView::default()
    };
    ContactView { case: None, decision: Some(decision), ..message(texts) }
}

pub(super) fn suggested(texts: Texts) -> ContactView {
    let decision = DecisionView {
        waiting: Some("it may belong to a case".to_owned()),
        tasks: vec![texts("Ask the sender for “survey.pdf” again: it is encrypted.")],
        suggestions: vec![(
            "CMP-2026-00031-T".to_owned(),
            texts("Its subject names this case, but the sender is not a party to it."),
        )],
        form: DecisionForm { choice: "case".to_owned(), case: texts("CMP-2026-00031-T"), reason: texts("Her son.") },
        ..DecisionView::default()
    };
    ContactView { decision: Some(decision), marks: Vec::new(), ..message(texts) }
}

pub(super) fn decided(texts: Texts) -> ContactView {
    let decision = DecisionView {
        decided: Some(DecidedView {
            what: "nothing to do".to_owned(),
            by: texts("Owen Hughes"),
            at: "2 March 2026 at 9:14am".to_owned(),
            reason: texts("An advertisement."),
        }),
        due: due("Friday 6 March 2026", "due today", Urgency::Today),
        can_open: true,
        seen: "2026-03-02T09:14:00Z".to_owned(),
        ..DecisionView::default()
    };
    ContactView { case: None, marks: Vec::new(), decision: Some(decision), ..message(texts) }
}

pub(super) fn not_printed(texts: Texts) -> NotPrintedView {
    NotPrintedView {
        letter: 7,
        reference: "CMP-2026-00038-F".to_owned(),
        why: vec![
            texts("No font has '王' (U+738B); write it in other letters."),
            "It can still be sent by e-mail.".to_owned(),
        ],
    }
}
