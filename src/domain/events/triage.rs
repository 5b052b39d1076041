//! What triage leaves in the history: what a case was decided to be, and what was raised from it.

use jiff::Timestamp;
use jiff::civil::Date;

use super::open_ended;
use crate::domain::case::{Case, Closed};
use crate::domain::ids::{CaseRef, ContactId};
use crate::domain::triage::{Again, Choice, Triage, TriageDecision, TriageKind, Weights};
use crate::domain::words;

/// What happened in triage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TriageEvent {
    /// An officer decided what the case is.
    Decided {
        /// The decision.
        decision: TriageDecision,
        /// What orders the queue.
        weights: Weights,
    },
    /// Somebody wrote to what is not a complaint: it may be one now (1.5).
    Again {
        /// The message, and when its acknowledgement would be due.
        again: Again,
    },
    /// A complaint was raised from it; what it was goes on (1.5).
    Raised {
        /// The message that complains.
        contact: ContactId,
        /// The complaint.
        complaint: CaseRef,
        /// Why.
        reason: String,
    },
    /// This complaint was raised from something else.
    RaisedFrom {
        /// What from.
        request: CaseRef,
        /// What was weighed there.
        weights: Weights,
        /// Why.
        reason: String,
    },
    /// What is not a complaint was finished.
    Finished {
        /// When.
        at: Timestamp,
        /// How, and what the resident says of it.
        how: String,
    },
}

impl TriageEvent {
    /// The case after it.
    pub(in crate::domain) fn apply(&self, mut case: Case) -> Case {
        match self {
            Self::Decided { decision, weights } => {
                let other = decision.kind != TriageKind::Complaint;
                case.triage = Triage::As(decision.kind);
                case.triaged.again.clear();
                case.triaged.weights = *weights;
                // What nobody follows up has come to its end; anything else is at work, again if need be.
                case.closed = (other && decision.follow_up.is_none()).then(|| ended(decision.at, &decision.reason));
                case.triaged.decision = Some(decision.clone());
            }
            Self::Again { again } => case.triaged.again.push(*again),
            Self::Raised { contact, complaint, .. } => {
                case.contacts.remove(contact);
                case.triaged.again.retain(|again| again.contact != *contact);
                case.triaged.raised.push(*complaint);
            }
            Self::RaisedFrom { request, weights, .. } => {
                case.triage = Triage::As(TriageKind::Complaint);
                case.triaged.weights = *weights;
                case.triaged.from = Some(*request);
            }
            Self::Finished { at, how } => case.closed = Some(ended(*at, how)),
        }
        case
    }

    /// What happened, in a sentence for officers.
    pub(super) fn in_words(&self) -> String {
        match self {
            Self::Decided { decision, weights } => decided(decision, *weights),
            Self::Again { again } => format!(
                "Contact {} came, received {}. Decide whether it is a complaint: its acknowledgement would be due {}.",
                again.contact,
                words::instant(again.received_at),
                date(again.acknowledge_by)
            ),
            Self::Raised { contact, complaint, reason } => format!(
                "Complaint {complaint} was raised from contact {contact}: {}. What was asked for goes on here.",
                open_ended(reason)
            ),
            Self::RaisedFrom { request, reason, .. } => {
                format!("This complaint was raised from {request}: {}.", open_ended(reason))
            }
            Self::Finished { how, .. } => format!("Finished: {}.", open_ended(how)),
        }
    }
}

fn ended(at: Timestamp, how: &str) -> Closed {
    Closed { at, learning: how.to_owned(), in_error: String::new() }
}

fn date(by: Option<Date>) -> String {
    by.map_or_else(|| "not covered by the calendar".to_owned(), words::weekday_date)
}

fn decided(decision: &TriageDecision, weights: Weights) -> String {
    let mut said = format!("Decided to be: {}. Reason: {}.", decision.kind.words(), open_ended(&decision.reason));
    if let Some(suggested) = &decision.suggested {
        said += &format!(" Suggested was: {}, because {}.", suggested.kind.words(), open_ended(&suggested.reason));
    }
    if decision.kind != TriageKind::Complaint {
        said += &match decision.choice {
            Choice::NotOffered => " The choice to complain was not offered.".to_owned(),
            Choice::Offered(answer) => format!(" The choice to complain was offered (1.3): {}.", answer.words()),
        };
    }
    if let Some(follow_up) = &decision.follow_up {
        said += &format!(" {} follows it up; review by {}.", follow_up.owner, words::date(follow_up.review_by));
    }
    let weights = weights.in_words();
    if !weights.is_empty() {
        said += &format!(" Weighed: {weights} (6.1).");
    }
    said
}
