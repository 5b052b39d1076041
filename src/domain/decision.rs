//! What an officer decides about a contact that waits or belongs to no case, and when that is refused.
//! Nothing here is a dead end: a decision can be made anew, by whoever has seen who made it and why.

use jiff::Timestamp;

use super::contact::{Contact, ContactKind, Decided, Decision};
use super::ids::CaseRef;
use super::people::{Actor, Resident};
use super::{nobody, words};

/// The longest reason, in characters: it is read again, in histories and lists.
pub const LONGEST_REASON: usize = 2_000;

/// What is to become of a contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// It opens a case, received when the contact was, however long ago that is.
    OpenCase(Complainant),
    /// It belongs to this case.
    AddTo(CaseRef),
    /// Nothing is to be done about it.
    NothingToDo,
}

/// Who complains in a case that an officer opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Complainant {
    /// Whoever sent the message.
    Sender,
    /// Somebody else: name and address are left to be written.
    SomebodyElse,
}

/// A decision as an officer asks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// What is to become of the contact.
    pub choice: Choice,
    /// Why.
    pub reason: String,
    /// When the decision was made that the officer has seen, if there was one.
    pub seen: Option<Timestamp>,
}

/// Why a decision is refused; the contact is then unchanged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecisionRefusal {
    /// A decision has its reason.
    #[error("enter the reason for your decision")]
    NoReason,
    /// It is longer than anybody would read.
    #[error("shorten the reason to {LONGEST_REASON} characters: it has {0}")]
    ReasonTooLong(usize),
    /// It is part of a case already.
    #[error("this contact belongs to case {case} already{}", by.as_ref().map_or_else(String::new, told))]
    InACase {
        /// The case.
        case: CaseRef,
        /// Who put it there, if an officer did.
        by: Option<Decided>,
    },
    /// Somebody has decided meanwhile.
    #[error("this contact has been decided meanwhile{}: read that first, then decide anew if you must", told(.0))]
    Decided(Decided),
}

fn told(decided: &Decided) -> String {
    let Decided { decision, reason, by, at } = decided;
    format!(": {}, by {by} on {} (“{}”)", decision.words(), words::instant(*at), reason.trim())
}

impl Choice {
    /// The decision it leads to.
    #[must_use]
    pub const fn decision(self) -> Decision {
        match self {
            Self::OpenCase(_) => Decision::CaseOpened,
            Self::AddTo(_) => Decision::AddedToCase,
            Self::NothingToDo => Decision::NothingToDo,
        }
    }
}

impl Decision {
    /// What was decided, in words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::CaseOpened => "a case was opened from it",
            Self::AddedToCase => "it was added to a case",
            Self::NothingToDo => "nothing to do",
        }
    }
}

/// Whether the decision may be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It may, and this is what is recorded.
    Decide(Decided),
    /// The same officer has just decided the same for the same reason, as by a second press of the button.
    DoneBefore(Option<CaseRef>),
}

/// What becomes of a decision asked for now.
///
/// # Errors
/// A [`DecisionRefusal`].
pub fn decide(contact: &Contact, asked: &Asked, by: &Actor, now: Timestamp) -> Result<Verdict, DecisionRefusal> {
    let reason = asked.reason.trim();
    let decision = asked.choice.decision();
    let again = |earlier: &&Decided| earlier.decision == decision && earlier.reason == reason && earlier.by == *by;
    if contact.decided.as_ref().filter(again).is_some() {
        let same_case = match asked.choice {
            Choice::AddTo(case) => contact.case == Some(case),
            Choice::OpenCase(_) | Choice::NothingToDo => true,
        };
        if same_case {
            return Ok(Verdict::DoneBefore(contact.case));
        }
    }
    if let Some(case) = contact.case {
        let open = contact.waiting.is_some() || contact.decided.is_some();
        let fits = match asked.choice {
            Choice::OpenCase(_) => false,
            Choice::AddTo(other) => other != case,
            Choice::NothingToDo => true,
        };
        if !open || !fits {
            return Err(DecisionRefusal::InACase { case, by: contact.decided.clone() });
        }
    }
    if let Some(decided) = contact.decided.as_ref().filter(|decided| asked.seen != Some(decided.at)) {
        return Err(DecisionRefusal::Decided(decided.clone()));
    }
    if reason.is_empty() {
        return Err(DecisionRefusal::NoReason);
    }
    let length = reason.chars().count();
    if length > LONGEST_REASON {
        return Err(DecisionRefusal::ReasonTooLong(length));
    }
    Ok(Verdict::Decide(Decided { decision, reason: reason.to_owned(), by: by.clone(), at: now }))
}

/// The resident of a case that an officer opens from a contact. A mail system complains of nothing, and
/// nobody reads what is written to it: then name and address are left to be written.
#[must_use]
pub fn resident(contact: &Contact, complainant: Complainant) -> Resident {
    let machine =
        matches!(contact.sorted.kind, ContactKind::Bounce | ContactKind::DeliveryDelay | ContactKind::DeliveryReport)
            || contact.reading.from.as_ref().is_some_and(nobody::reads_nothing);
    match complainant {
        Complainant::Sender if !machine => {
            Resident { name: contact.reading.from_name.clone(), email: contact.reading.from.clone() }
        }
        Complainant::Sender | Complainant::SomebodyElse => Resident { name: String::new(), email: None },
    }
}
