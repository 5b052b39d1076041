//! Letters: their kinds, their states, and whether what the Code requires is in them.

use std::collections::BTreeMap;
use std::fmt;

use super::code::{Provision, RequiredElement};

mod kind;

pub use kind::{LetterKind, Purpose, UnknownLetterKind};

/// A kind of message that is no letter about a case: to the landlord's own people, the receipt, and the texts about
/// an incident, which officers approve and send on. Each has one folder in `letter-templates/`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NoticeKind {
    /// To a handler, before a deadline.
    Reminder,
    /// To the manager, each day: what is overdue.
    OverdueList,
    /// To the team: contacts that wait for a decision, before an acknowledgement would be due.
    WaitingContacts,
    /// To whoever a list of words names: a message has words that must not wait.
    HandOver,
    /// To the same, when many messages have such words: those that are told of together.
    HandOverList,
    /// To a resident: their message is here. It acknowledges nothing (6.2).
    Receipt,
    /// To whoever keeps them, each day: what the last line of the history is.
    Checkpoint,
    /// To a handler: a review, or a date that the Ombudsman set.
    Task,
    /// To whoever runs complaintsd: what it depends on fails.
    Alarms,
    /// To a manager, each day or week: what needs somebody.
    ManagerDigest,
    /// To the Ombudsman: the landlord cannot comply, or complies again (8.5). Officers send it on.
    IncidentOmbudsman,
    /// To the residents affected, likewise.
    IncidentResidents,
    /// For the website, likewise.
    IncidentWebsite,
}

impl NoticeKind {
    /// All kinds.
    pub const ALL: [Self; 13] = [
        Self::Reminder,
        Self::OverdueList,
        Self::WaitingContacts,
        Self::HandOver,
        Self::HandOverList,
        Self::Receipt,
        Self::Checkpoint,
        Self::Task,
        Self::Alarms,
        Self::ManagerDigest,
        Self::IncidentOmbudsman,
        Self::IncidentResidents,
        Self::IncidentWebsite,
    ];

    /// The folder in `letter-templates/` and the name in the database.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Reminder => "reminder",
            Self::OverdueList => "overdue-list",
            Self::WaitingContacts => "waiting-contacts",
            Self::HandOver => "hand-over",
            Self::HandOverList => "hand-over-list",
            Self::Receipt => "receipt",
            Self::Checkpoint => "checkpoint",
            Self::Task => "task",
            Self::Alarms => "alarms",
            Self::ManagerDigest => "manager-digest",
            Self::IncidentOmbudsman => "incident-ombudsman",
            Self::IncidentResidents => "incident-residents",
            Self::IncidentWebsite => "incident-website",
        }
    }
}

/// What goes with a letter sent by e-mail, where the resident's own record asks for nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attach {
    /// Nothing: text and HTML are the letter.
    Nothing,
    /// The same letter as a PDF.
    Pdf,
}

/// Where a letter stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LetterState {
    /// Being written.
    Draft,
    /// Approved; its bytes stand in the outbox.
    Approved,
    /// Accepted by the mail server.
    Sent,
    /// Refused by the mail server for good, or held: an officer must act.
    NotDelivered,
    /// A draft that an officer discarded: it never goes out.
    Discarded,
}

impl LetterState {
    /// All states.
    pub const ALL: [Self; 5] = [Self::Draft, Self::Approved, Self::Sent, Self::NotDelivered, Self::Discarded];

    /// The name in the database and in JSON.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Approved => "approved",
            Self::Sent => "sent",
            Self::NotDelivered => "not-delivered",
            Self::Discarded => "discarded",
        }
    }

    /// The state with this name.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.key() == key)
    }
}

/// Something a letter must contain and does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shortfall {
    /// The element's id.
    pub element: String,
    /// The provision that requires it.
    pub provision: Provision,
    /// What is missing.
    pub title: String,
    /// What to write.
    pub remedy: String,
}

impl fmt::Display for Shortfall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}): {}", self.title, self.provision, self.remedy)
    }
}

/// One required element and the passage that satisfies it, if one does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ElementCheck {
    /// What is required.
    pub element: RequiredElement,
    /// The passage, as plain text; `None` is a shortfall.
    pub passage: Option<String>,
}

impl ElementCheck {
    /// The shortfall, when the element is missing.
    #[must_use]
    pub fn shortfall(&self) -> Option<Shortfall> {
        self.passage.is_none().then(|| Shortfall {
            element: self.element.id.clone(),
            provision: self.element.provision.clone(),
            title: self.element.title.clone(),
            remedy: self.element.remedy.clone(),
        })
    }
}

/// Holds each required element against the passages a template marked. A passage that is blank, or
/// that says no word (only punctuation), counts as missing.
#[must_use]
pub fn check_elements(required: &[RequiredElement], passages: &BTreeMap<String, String>) -> Vec<ElementCheck> {
    required
        .iter()
        .map(|element| {
            let passage = passages
                .get(&element.id)
                .map(|passage| passage.trim())
                .filter(|passage| passage.chars().any(char::is_alphanumeric))
                .map(ToOwned::to_owned);
            ElementCheck { element: element.clone(), passage }
        })
        .collect()
}
