//! How a complaint, or stage 2, comes to be refused, and how that is undone.

use jiff::Timestamp;

use super::open_ended;
use crate::domain::case::{Case, SentLetter};
use crate::domain::exclusion::{Exclusion, Refused};
use crate::domain::ids::LetterId;
use crate::domain::words;

/// Something about a refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExclusionEvent {
    /// An officer proposed it.
    Proposed {
        /// What is proposed.
        exclusion: Exclusion,
    },
    /// The proposal was dropped: the complaint goes its way.
    Withdrawn {
        /// Why.
        reason: String,
    },
    /// The mail server accepted the letter that tells the resident (2.4, 5.11).
    Told {
        /// What was refused.
        refused: Refused,
        /// The letter.
        letter: LetterId,
        /// When.
        at: Timestamp,
    },
    /// The Ombudsman had the landlord take it up: it stands again as it was received (2.4).
    Overturned {
        /// What the Ombudsman decided, and where.
        reason: String,
    },
}

impl ExclusionEvent {
    /// The case after it. No date moves: the clock never stopped.
    pub(in crate::domain) fn apply(&self, mut case: Case) -> Case {
        match self {
            Self::Proposed { exclusion } => case.exclusion = Some(exclusion.clone()),
            Self::Withdrawn { .. } => case.exclusion = None,
            Self::Told { letter, at, .. } => {
                if let Some(exclusion) = case.exclusion.as_mut() {
                    exclusion.told = Some(SentLetter { letter: *letter, at: *at });
                    exclusion.requests = std::mem::take(&mut case.requests);
                }
            }
            Self::Overturned { .. } => {
                let answered = case.exclusion.take().map(|exclusion| exclusion.requests);
                case.requests.splice(0..0, answered.unwrap_or_default());
                case.closed = None;
            }
        }
        case
    }

    /// What happened, in a sentence for officers.
    pub(super) fn in_words(&self) -> String {
        let what = |refused: Refused| match refused {
            Refused::Complaint => "to take up the complaint",
            Refused::Escalation => "to take the complaint to stage 2",
        };
        match self {
            Self::Proposed { exclusion } => {
                format!("Refusal {} proposed: {}. Another officer approves.", what(exclusion.refused), exclusion.ground)
            }
            Self::Withdrawn { reason } => format!("The proposed refusal was withdrawn: {}.", open_ended(reason)),
            Self::Told { refused, at, .. } => format!("Refusal {} sent {}.", what(*refused), words::instant(*at)),
            Self::Overturned { reason } => {
                format!("The refusal was overturned: {}. All dates stand as first counted.", open_ended(reason))
            }
        }
    }
}
