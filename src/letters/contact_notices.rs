//! What messages about a contact can speak of: that it waits for a decision, that it has words that
//! must not wait, and the receipt to whoever sent it. None repeats anything the sender wrote but the
//! words found.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

use super::context::{LandlordView, View};
use super::{Kind, samples};
use crate::domain::case::Case;
use crate::domain::contact::{Contact, Mark};
use crate::domain::hand_over::WordLists;
use crate::domain::ids::CaseRef;
use crate::domain::landlord::Landlord;
use crate::domain::letter::NoticeKind;
use crate::domain::words;

/// Contacts that wait for a decision, to the team; with the cases that nobody has triaged, to the manager.
#[derive(Debug, Clone, Serialize)]
pub struct WaitingContactsView {
    /// When an acknowledgement would be due.
    pub by: String,
    /// The time left in words, such as `2 working days left`.
    pub left: String,
    /// How many there are.
    pub count: usize,
    /// Whether there is exactly one.
    pub single: bool,
    /// The contacts.
    pub rows: Vec<WaitingRow>,
    /// The cases.
    pub cases: Vec<WaitingCase>,
    /// The page with all that wait.
    pub url: Option<String>,
}

/// One contact that waits.
#[derive(Debug, Clone, Serialize)]
pub struct WaitingRow {
    /// Its number.
    pub contact: i64,
    /// The day it was received.
    pub received: String,
    /// What it waits for.
    pub why: String,
    /// Its page.
    pub url: Option<String>,
}

/// One case that nobody has triaged.
#[derive(Debug, Clone, Serialize)]
pub struct WaitingCase {
    /// Its reference.
    pub reference: String,
    /// The day it was received.
    pub received: String,
    /// Its page.
    pub url: Option<String>,
}

/// Words that must not wait, to whoever their list names.
#[derive(Debug, Clone, Serialize)]
pub struct HandOverView {
    /// The contact's number.
    pub contact: i64,
    /// Its case.
    pub reference: Option<String>,
    /// What the words may mean.
    pub title: String,
    /// Whether somebody must look at once.
    pub urgent: bool,
    /// The words found.
    pub words: Vec<String>,
    /// When the contact was received.
    pub received: String,
    /// The contact's page.
    pub url: Option<String>,
}

/// Messages with words that must not wait, when there are too many to be told of one by one.
#[derive(Debug, Clone, Serialize)]
pub struct HandOverListView {
    /// How many there are.
    pub count: usize,
    /// Whether there is exactly one.
    pub single: bool,
    /// So many an hour are told of one by one.
    pub limit: u32,
    /// The first of them.
    pub rows: Vec<HandOverRow>,
    /// The page with all contacts.
    pub url: Option<String>,
}

/// One message with words that must not wait.
#[derive(Debug, Clone, Serialize)]
pub struct HandOverRow {
    /// The contact's number.
    pub contact: i64,
    /// When it was received.
    pub received: String,
    /// What the words may mean.
    pub title: String,
    /// The contact's page.
    pub url: Option<String>,
}

/// The receipt: a message is here. It acknowledges nothing (6.2).
#[derive(Debug, Clone, Serialize)]
pub struct ReceiptView {
    /// The case's reference.
    pub reference: String,
    /// Today.
    pub date: String,
    /// When the message was received.
    pub received: String,
    /// The landlord.
    pub landlord: LandlordView,
}

impl View for WaitingContactsView {
    const KIND: Kind = Kind::Notice(NoticeKind::WaitingContacts);

    fn samples() -> Vec<Self> {
        samples::waiting_contacts()
    }
}

impl View for HandOverView {
    const KIND: Kind = Kind::Notice(NoticeKind::HandOver);

    fn samples() -> Vec<Self> {
        samples::hand_overs()
    }
}

impl View for HandOverListView {
    const KIND: Kind = Kind::Notice(NoticeKind::HandOverList);

    fn samples() -> Vec<Self> {
        samples::hand_over_lists()
    }
}

impl View for ReceiptView {
    const KIND: Kind = Kind::Notice(NoticeKind::Receipt);

    fn samples() -> Vec<Self> {
        samples::receipts()
    }
}

impl WaitingRow {
    /// A contact that waits, with its page below `pages`.
    #[must_use]
    pub fn new(contact: &Contact, pages: Option<&str>) -> Self {
        Self {
            contact: contact.id.0,
            received: words::weekday_date(words::london_date(contact.received_at)),
            why: contact.waiting.map(|waiting| waiting.to_string()).unwrap_or_default(),
            url: page(contact, pages),
        }
    }
}

impl WaitingContactsView {
    /// So many contacts whose acknowledgement would be due on this day, with the time left; the first
    /// of them are named.
    #[must_use]
    pub fn new(contacts: &[&Contact], count: usize, (by, left): (Date, &str), pages: Option<&str>) -> Self {
        Self {
            by: words::weekday_date(by),
            left: left.to_owned(),
            count,
            single: count == 1,
            rows: contacts.iter().map(|contact| WaitingRow::new(contact, pages)).collect(),
            cases: Vec::new(),
            url: pages.map(|pages| format!("{pages}/to-decide")),
        }
    }

    /// The same with so many cases that nobody has triaged; the first of them are named.
    #[must_use]
    pub fn with_cases(self, cases: &[&Case], count: usize, pages: Option<&str>) -> Self {
        let count = self.count + count;
        let case = |case: &&Case| WaitingCase {
            reference: case.reference.to_string(),
            received: words::weekday_date(words::london_date(case.current.received_at)),
            url: pages.map(|pages| format!("{pages}/cases/{}/triage", case.reference)),
        };
        Self { count, single: count == 1, cases: cases.iter().map(case).collect(), ..self }
    }
}

impl HandOverListView {
    /// So many messages with words that must not wait, the first of them named; `limit` of them an hour
    /// are told of one by one.
    #[must_use]
    pub fn new(rows: Vec<HandOverRow>, count: usize, limit: u32, pages: Option<&str>) -> Self {
        Self { count, single: count == 1, limit, rows, url: pages.map(|pages| format!("{pages}/contacts")) }
    }
}

impl HandOverRow {
    /// What was found in a contact.
    #[must_use]
    pub fn new(contact: &Contact, mark: &Mark, lists: &WordLists, pages: Option<&str>) -> Self {
        let HandOverView { contact, received, title, url, .. } = HandOverView::new(contact, mark, lists, pages);
        Self { contact, received, title, url }
    }
}

impl HandOverView {
    /// What was found in a contact.
    #[must_use]
    pub fn new(contact: &Contact, mark: &Mark, lists: &WordLists, pages: Option<&str>) -> Self {
        Self {
            contact: contact.id.0,
            reference: contact.case.map(|case| case.to_string()),
            title: lists.list(&mark.list).map_or_else(|| mark.list.clone(), |list| list.title.clone()),
            urgent: lists.is_urgent(mark),
            words: mark.words.clone(),
            received: words::instant(contact.received_at),
            url: page(contact, pages),
        }
    }
}

impl ReceiptView {
    /// The receipt for a message received at this instant, written on this day.
    #[must_use]
    pub fn new(case: CaseRef, received_at: Timestamp, today: Date, landlord: &Landlord) -> Self {
        Self {
            reference: case.to_string(),
            date: words::date(today),
            received: words::instant(received_at),
            landlord: LandlordView::new(landlord),
        }
    }
}

fn page(contact: &Contact, pages: Option<&str>) -> Option<String> {
    pages.map(|pages| format!("{pages}/contacts/{}", contact.id))
}
