//! The outcome of a stage: writing it, and whether a response may rest on it (6.7, 6.9, 6.19, 7.1 to 7.3).

use jiff::Timestamp;

use super::Refusal;
use crate::domain::case::Case;
use crate::domain::events::{CaseEvent, OutcomeEvent};
use crate::domain::ids::LetterId;
use crate::domain::outcome::Outcome;
use crate::domain::stage::Stage;
use crate::domain::words;

/// What is asked about the outcome of the current stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OutcomeCommand {
    /// Write it, whole. It may be incomplete until the response is approved.
    Record(Outcome),
}

pub(super) fn decide(case: &Case, command: OutcomeCommand) -> Result<Vec<CaseEvent>, Refusal> {
    let OutcomeCommand::Record(outcome) = command;
    if case.current.outcome.as_ref() == Some(&outcome) {
        return Ok(Vec::new());
    }
    if let Some(done) = case.current.answered {
        return Err(Refusal::AlreadyAnswered(words::london_date(done.at)));
    }
    Ok(vec![CaseEvent::Outcome(OutcomeEvent::Recorded { stage: case.current.stage, outcome })])
}

/// Whether a response of the current stage can be begun: it is acknowledged and not answered.
///
/// # Errors
/// The [`Refusal`] that stands in the way.
pub fn response_possible(case: &Case) -> Result<(), Refusal> {
    if let Some(done) = case.current.answered {
        return Err(Refusal::AlreadyAnswered(words::london_date(done.at)));
    }
    if case.current.acknowledged.is_none() {
        return Err(Refusal::NotAcknowledged);
    }
    Ok(())
}

/// Whether the response of the current stage may go out.
pub(super) fn check_response(case: &Case) -> Result<(), Refusal> {
    response_possible(case)?;
    let lacks = case.current.outcome.clone().unwrap_or_default().lacks(&case.definition);
    if lacks.is_empty() { Ok(()) } else { Err(Refusal::OutcomeIncomplete(lacks)) }
}

pub(super) fn response_sent(stage: Stage, letter: LetterId, at: Timestamp) -> Vec<CaseEvent> {
    vec![CaseEvent::Outcome(OutcomeEvent::ResponseSent { stage, letter, at })]
}
