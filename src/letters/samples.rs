//! Invented values of every shape, to hold templates against: complete, long, hostile and empty.

use serde_json::Value;

use super::contact_notices::{
    HandOverListView, HandOverRow, HandOverView, ReceiptView, WaitingCase, WaitingContactsView, WaitingRow,
};
use super::context::{
    AcknowledgementView, CommonView, ExtensionView, HandlerView, LandlordView, OmbudsmanView, PointView,
};
use super::notices::{CheckpointView, OverdueListView, OverdueRow, ReminderView};
use crate::domain::ids::CaseRef;

mod answers;
mod digest;
mod incident;
mod telling;

pub(super) use answers::{refusals, responses};
pub(super) use digest::digests;
pub(super) use incident::incidents;
pub(super) use telling::tellings;

/// A name that tries everything at once.
const HOSTILE: &str =
    "# {{reference}}\r\n\r\n<b>x</b> [click](http://evil.example) 1. **a** &lt; `c` \u{202E}\u{E000}\u{0}~~~\n---\n\\";

pub(super) fn acknowledgements() -> Vec<AcknowledgementView> {
    let full = AcknowledgementView {
        stage: 1,
        received: Some("Saturday 21 November 2026".to_owned()),
        points: vec![
            point(1, "The boiler has broken down four times since September, and each repair lasted only a few days."),
            PointView {
                ours: false,
                whose: Some("Exampleshire Council, which collects the bins".to_owned()),
                ..point(2, "The bin store has not been emptied since 2 November.")
            },
            PointView {
                ours: false,
                unclear: true,
                ..point(3, "Water comes through the bathroom ceiling when it rains.")
            },
        ],
        outcomes: vec![
            "A boiler that works, or a new one before Christmas.".to_owned(),
            "An apology for the days without heating.".to_owned(),
        ],
        respond_by: Some("Tuesday 8 December 2026".to_owned()),
        respond_within: "10 working days".to_owned(),
        extension_limit: "10 working days".to_owned(),
        common: common(
            "24 November 2026",
            "An engineer will visit on Thursday 26 November.\n\nWe have left two heaters with your neighbour at number 5.",
        ),
    };
    let many = AcknowledgementView {
        points: (1..=60).map(|number| point(number, "The lift is out of order again.")).collect(),
        ..full.clone()
    };
    let hostile = AcknowledgementView {
        points: vec![PointView { ours: false, whose: Some(HOSTILE.to_owned()), ..point(1, HOSTILE) }],
        outcomes: vec![HOSTILE.to_owned()],
        common: CommonView {
            resident: Some(HOSTILE.to_owned()),
            adjustments: Some(HOSTILE.to_owned()),
            paragraph: Some(HOSTILE.to_owned()),
            ..full.common.clone()
        },
        ..full.clone()
    };
    let empty = AcknowledgementView {
        stage: 1,
        received: None,
        points: Vec::new(),
        outcomes: Vec::new(),
        respond_by: None,
        respond_within: String::new(),
        extension_limit: String::new(),
        common: CommonView::default(),
    };
    vec![full, many, hostile, empty]
}

/// The same of a complaint with points for each of two Ombudsmen, where a kind speaks of them.
pub(super) fn with_both(mut sample: Value) -> Option<Value> {
    let council = OmbudsmanView {
        name: "Local Government and Social Care Ombudsman".to_owned(),
        phone: Some("0300 061 0614".to_owned()),
        address: Some("PO Box 4771, Coventry CV4 0EH".to_owned()),
        website: Some("https://www.lgo.org.uk".to_owned()),
        how: Some("Start on its website, phone it, or write to it.".to_owned()),
        points: Some("point 2".to_owned()),
    };
    *sample.get_mut("council_ombudsman")? = serde_json::to_value(council).ok()?;
    *sample.get_mut("ombudsman")?.get_mut("points")? = Value::from("points 1 and 3");
    Some(sample)
}

pub(super) fn extensions() -> Vec<ExtensionView> {
    let full = ExtensionView {
        stage: 1,
        reason: Some(
            "The part that failed was sent to its maker on 1 December, and their report on why it keeps failing will \
             reach us on 14 December. Without it we cannot say whether a repair will last."
                .to_owned(),
        ),
        original_by: Some("Tuesday 8 December 2026".to_owned()),
        new_by: Some("Friday 18 December 2026".to_owned()),
        updates: Some("Every Tuesday and Friday by telephone, as you asked on 3 December.".to_owned()),
        common: common(
            "4 December 2026",
            "So far we have interviewed both engineers and read the repair records since June.",
        ),
    };
    let hostile = ExtensionView {
        reason: Some(HOSTILE.to_owned()),
        updates: Some(HOSTILE.to_owned()),
        common: CommonView {
            resident: Some(HOSTILE.to_owned()),
            adjustments: Some(HOSTILE.to_owned()),
            paragraph: Some(HOSTILE.to_owned()),
            ..full.common.clone()
        },
        ..full.clone()
    };
    let empty = ExtensionView {
        stage: 1,
        reason: None,
        original_by: None,
        new_by: None,
        updates: None,
        common: CommonView::default(),
    };
    vec![full, hostile, empty]
}

pub(super) fn reminders() -> Vec<ReminderView> {
    let acknowledge = ReminderView {
        handler: Some("Priya Example".to_owned()),
        reference: reference(2026, 42),
        stage: 1,
        what: "acknowledgement".to_owned(),
        acknowledge: true,
        respond: false,
        by: "Friday 27 November 2026".to_owned(),
        left: "2 working days left".to_owned(),
        url: Some(format!("https://complaints.example.org/cases/{}", reference(2026, 42))),
    };
    let respond =
        ReminderView { what: "response".to_owned(), acknowledge: false, respond: true, ..acknowledge.clone() };
    let empty = ReminderView {
        handler: None,
        reference: String::new(),
        stage: 1,
        what: String::new(),
        acknowledge: false,
        respond: false,
        by: String::new(),
        left: String::new(),
        url: None,
    };
    vec![acknowledge, respond, empty]
}

pub(super) fn overdue_lists() -> Vec<OverdueListView> {
    let late = |number, acknowledge, by: &str, late: &str, handler: Option<&str>| OverdueRow {
        reference: reference(2026, number),
        stage: 1,
        what: if acknowledge { "acknowledgement" } else { "response" }.to_owned(),
        acknowledge,
        by: by.to_owned(),
        late: late.to_owned(),
        handler: handler.map(ToOwned::to_owned),
        url: Some(format!("https://complaints.example.org/cases/{}", reference(2026, number))),
    };
    let full = OverdueListView {
        date: "Monday 30 November 2026".to_owned(),
        count: 2,
        single: false,
        rows: vec![
            late(31, false, "Wednesday 25 November 2026", "3 working days late", Some("Priya Example")),
            late(42, true, "Friday 27 November 2026", "1 working day late", None),
        ],
        waiting: waiting_rows(),
        url: Some("https://complaints.example.org/".to_owned()),
    };
    let single = OverdueListView {
        waiting: Vec::new(),
        count: 1,
        single: true,
        rows: vec![late(42, true, "Friday 27 November 2026", "1 working day late", None)],
        ..full.clone()
    };
    let empty = OverdueListView {
        date: String::new(),
        count: 0,
        single: false,
        rows: Vec::new(),
        waiting: Vec::new(),
        url: None,
    };
    vec![full, single, empty]
}

fn waiting_rows() -> Vec<WaitingRow> {
    let row = |contact: i64, why: &str| WaitingRow {
        contact,
        received: "Thursday 19 November 2026".to_owned(),
        why: why.to_owned(),
        url: Some(format!("https://complaints.example.org/contacts/{contact}")),
    };
    vec![row(61, "the mail server took it for junk"), row(66, "it was sent to a list")]
}

pub(super) fn waiting_contacts() -> Vec<WaitingContactsView> {
    let full = WaitingContactsView {
        by: "Thursday 26 November 2026".to_owned(),
        left: "2 working days left".to_owned(),
        count: 2,
        single: false,
        rows: waiting_rows(),
        cases: Vec::new(),
        url: Some("https://complaints.example.org/to-decide".to_owned()),
    };
    let single = WaitingContactsView {
        count: 1,
        single: true,
        rows: waiting_rows().into_iter().take(1).collect(),
        ..full.clone()
    };
    let empty = WaitingContactsView {
        by: String::new(),
        left: String::new(),
        count: 0,
        single: false,
        rows: Vec::new(),
        cases: Vec::new(),
        url: None,
    };
    let case = WaitingCase {
        reference: reference(2026, 42),
        received: "Thursday 19 November 2026".to_owned(),
        url: Some("https://complaints.example.org/cases/CMP-2026-00042-K/triage".to_owned()),
    };
    let cases = WaitingContactsView { count: 3, cases: vec![case], ..full.clone() };
    vec![full, single, cases, empty]
}

pub(super) fn hand_overs() -> Vec<HandOverView> {
    let full = HandOverView {
        contact: 61,
        reference: Some(reference(2026, 42)),
        title: "Possible hazard in a home".to_owned(),
        urgent: true,
        words: vec!["mould".to_owned(), "no heating".to_owned()],
        received: "21 November 2026 at 9:14pm".to_owned(),
        url: Some("https://complaints.example.org/contacts/61".to_owned()),
    };
    let hostile = HandOverView { title: HOSTILE.to_owned(), words: vec![HOSTILE.to_owned()], ..full.clone() };
    let empty = HandOverView {
        contact: 0,
        reference: None,
        title: String::new(),
        urgent: false,
        words: Vec::new(),
        received: String::new(),
        url: None,
    };
    vec![full, hostile, empty]
}

pub(super) fn hand_over_lists() -> Vec<HandOverListView> {
    let row = |contact: i64, title: &str| HandOverRow {
        contact,
        received: "21 November 2026 at 9:14pm".to_owned(),
        title: title.to_owned(),
        url: Some(format!("https://complaints.example.org/contacts/{contact}")),
    };
    let full = HandOverListView {
        count: 2,
        single: false,
        limit: 30,
        rows: vec![row(61, "Possible hazard in a home"), row(62, "Possible data breach")],
        url: Some("https://complaints.example.org/contacts".to_owned()),
    };
    let single = HandOverListView { count: 1, single: true, rows: vec![row(61, HOSTILE)], ..full.clone() };
    let empty = HandOverListView { count: 0, single: false, limit: 0, rows: Vec::new(), url: None };
    vec![full, single, empty]
}

pub(super) fn receipts() -> Vec<ReceiptView> {
    let full = ReceiptView {
        reference: reference(2026, 42),
        date: "21 November 2026".to_owned(),
        received: "21 November 2026 at 9:14pm".to_owned(),
        landlord: landlord(),
    };
    let empty = ReceiptView {
        reference: String::new(),
        date: String::new(),
        received: String::new(),
        landlord: LandlordView::default(),
    };
    vec![full, empty]
}

pub(super) fn checkpoints() -> Vec<CheckpointView> {
    let hash = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
    let full = CheckpointView { date: "30 November 2026".to_owned(), checkpoint: format!("1042:{hash}") };
    let empty = CheckpointView { date: String::new(), checkpoint: String::new() };
    vec![full, empty]
}

fn point(number: u32, text: &str) -> PointView {
    PointView { number, text: text.to_owned(), ours: true, whose: None, unclear: false }
}

/// What all letters of this day speak of, with this passage.
fn common(date: &str, paragraph: &str) -> CommonView {
    CommonView {
        reference: reference(2026, 42),
        date: date.to_owned(),
        resident: Some("Siân O'Hara".to_owned()),
        handler: Some(handler()),
        adjustments: Some("You asked us to telephone before we visit. We will.".to_owned()),
        paragraph: Some(paragraph.to_owned()),
        landlord: landlord(),
        ombudsman: Some(ombudsman()),
        council_ombudsman: None,
    }
}

fn handler() -> HandlerView {
    HandlerView { name: "Priya Example".to_owned(), email: "priya.example@landlord.example.org".to_owned() }
}

fn landlord() -> LandlordView {
    LandlordView {
        name: "Example Homes".to_owned(),
        address: Some("1 Example Street, Exampleton EX1 1EX".to_owned()),
        phone: Some("01632 960001".to_owned()),
        email: Some("complaints@landlord.example.org".to_owned()),
        website: Some("https://landlord.example.org".to_owned()),
        policy: Some("https://landlord.example.org/complaints-policy".to_owned()),
    }
}

fn ombudsman() -> OmbudsmanView {
    OmbudsmanView {
        name: "Housing Ombudsman Service".to_owned(),
        phone: Some("0300 111 3000".to_owned()),
        address: Some("PO Box 1484, Unit D, Preston PR2 0ET".to_owned()),
        website: Some("https://www.housing-ombudsman.org.uk".to_owned()),
        how: Some(
            "To ask it to look into your complaint, use the form on its website, phone or write by post.".to_owned(),
        ),
        points: None,
    }
}

fn reference(year: u16, number: u32) -> String {
    CaseRef::new(year, number).to_string()
}
