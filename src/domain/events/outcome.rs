//! What can happen to the outcome of a stage.

use jiff::Timestamp;

use crate::domain::case::{Answered, Case};
use crate::domain::ids::LetterId;
use crate::domain::outcome::Outcome;
use crate::domain::stage::Stage;
use crate::domain::words;

/// Something that happened to the outcome of a stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OutcomeEvent {
    /// An officer wrote it, whole.
    Recorded {
        /// The stage.
        stage: Stage,
        /// The outcome.
        outcome: Outcome,
    },
    /// The mail server accepted the response (6.3, 6.14).
    ResponseSent {
        /// The stage.
        stage: Stage,
        /// The letter.
        letter: LetterId,
        /// When.
        at: Timestamp,
    },
}

impl OutcomeEvent {
    /// The case after it.
    pub(in crate::domain) fn apply(&self, mut case: Case) -> Case {
        match self {
            Self::Recorded { outcome, .. } => case.current.outcome = Some(outcome.clone()),
            Self::ResponseSent { letter, at, .. } => {
                case.current.answered = Some(Answered { letter: *letter, at: *at });
            }
        }
        case
    }

    /// What happened, in a sentence for officers.
    pub(super) fn in_words(&self) -> String {
        match self {
            Self::Recorded { stage, outcome } => {
                let decision =
                    outcome.decision().map_or_else(|| "not decided yet".to_owned(), |decision| decision.to_string());
                format!(
                    "Outcome of {stage} written: {decision}; {}, {}.",
                    words::counted(outcome.remedies.len(), "offer"),
                    words::counted(outcome.promises.len(), "action")
                )
            }
            Self::ResponseSent { stage, at, .. } => format!("Response of {stage} sent {}.", words::instant(*at)),
        }
    }
}
