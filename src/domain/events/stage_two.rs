//! How a case comes to stage 2.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;

use super::open_ended;
use crate::domain::case::{Case, StageRecord, StageTwoRequest};
use crate::domain::exclusion::Refused;
use crate::domain::ids::ContactId;
use crate::domain::stage::Stage;
use crate::domain::words;

/// Something about stage 2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StageTwoEvent {
    /// A message after the stage 1 response may ask for stage 2 (6.10).
    Requested {
        /// The message.
        contact: ContactId,
        /// When it was received.
        received_at: Timestamp,
        /// When the acknowledgement would be due.
        acknowledge_by: Option<Date>,
    },
    /// An officer found that it does not ask for stage 2.
    NotRequested {
        /// The message.
        contact: ContactId,
        /// What it is instead.
        reason: String,
    },
    /// The case went to stage 2 (6.10).
    Opened {
        /// When the request was received: day 0.
        received_at: Timestamp,
        /// When the acknowledgement is due (6.11); `None` when the calendar does not reach that far.
        acknowledge_by: Option<Date>,
        /// The contact that asks for it, where there is one.
        contact: Option<ContactId>,
    },
}

impl StageTwoEvent {
    /// The case after it.
    pub(in crate::domain) fn apply(&self, mut case: Case) -> Case {
        match self {
            Self::Requested { contact, received_at, acknowledge_by } => case.requests.push(StageTwoRequest {
                contact: *contact,
                received_at: *received_at,
                acknowledge_by: *acknowledge_by,
            }),
            Self::NotRequested { contact, .. } => case.requests.retain(|request| request.contact != *contact),
            Self::Opened { received_at, acknowledge_by, .. } => {
                case.requests.clear();
                case.closed = None;
                case.exclusion = case.exclusion.filter(|exclusion| exclusion.refused != Refused::Escalation);
                let second = StageRecord {
                    stage: Stage::Two,
                    received_at: *received_at,
                    acknowledge_by: *acknowledge_by,
                    acknowledged: None,
                    response_due: None,
                    extensions: Vec::new(),
                    handler: None,
                    outcome: None,
                    answered: None,
                    approver: None,
                    took_part: BTreeSet::new(),
                };
                case.first = Some(std::mem::replace(&mut case.current, second));
            }
        }
        case
    }

    /// What happened, in a sentence for officers.
    pub(super) fn in_words(&self) -> String {
        let due = |by: &Option<Date>| by.map_or_else(|| "not covered by the calendar".to_owned(), words::weekday_date);
        match self {
            Self::Requested { contact, received_at, acknowledge_by } => format!(
                "Contact {contact}, received {}, may ask for stage 2. Decide: its acknowledgement would be due {}.",
                words::instant(*received_at),
                due(acknowledge_by)
            ),
            Self::NotRequested { contact, reason } => {
                format!("Contact {contact} does not ask for stage 2: {}.", open_ended(reason))
            }
            Self::Opened { received_at, acknowledge_by, .. } => format!(
                "Taken to stage 2, asked for {}. Acknowledgement due: {}.",
                words::instant(*received_at),
                due(acknowledge_by)
            ),
        }
    }
}
