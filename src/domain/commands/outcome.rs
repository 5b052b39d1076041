//! The outcome of a stage: writing it, and whether a response may rest on it (6.7, 6.9, 6.19, 7.1 to 7.3).

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;

use super::{Refusal, Rules, not_blank, not_refused, nothing_on_the_way, open, stage_two};
use crate::domain::case::Case;
use crate::domain::deadlines::Duty;
use crate::domain::events::outcome::next_number;
use crate::domain::events::{CaseEvent, OutcomeEvent};
use crate::domain::ids::LetterId;
use crate::domain::outcome::{Action, ActionState, Outcome, Promise};
use crate::domain::stage::Stage;
use crate::domain::words;

/// What is asked about the outcome of the current stage and what it promised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OutcomeCommand {
    /// Write it, whole. It may be incomplete until the response is approved.
    Record(Outcome),
    /// Promise something more.
    AddAction(Promise),
    /// An action was done.
    ActionDone {
        /// Its number.
        number: u32,
        /// When.
        on: Date,
        /// What shows it.
        evidence: String,
    },
    /// An action goes on outside this case.
    CarryOver {
        /// Its number.
        number: u32,
        /// Where to, and why.
        reason: String,
    },
}

pub(super) fn decide(rules: Rules<'_>, case: &Case, command: OutcomeCommand) -> Result<Vec<CaseEvent>, Refusal> {
    let event = match command {
        OutcomeCommand::Record(outcome) => {
            let outcome = outcome.bound_to(&case.definition);
            if case.current.outcome.as_ref() == Some(&outcome) {
                return Ok(Vec::new());
            }
            not_refused(case)?;
            if let Some(done) = case.current.answered {
                return Err(Refusal::AlreadyAnswered(words::london_date(done.at)));
            }
            // Something can be put right at any time (5.13), but an answer is to the points the resident was told:
            // until then they may still change places.
            if case.current.acknowledged.is_none() && !outcome.answers.is_empty() {
                return Err(Refusal::NotAcknowledged);
            }
            if let Some(officer) = rules.officer {
                stage_two::independent(case, officer.id, &officer.name)?;
            }
            answers_points(case, &outcome)?;
            nothing_on_the_way(case)?;
            let by = rules.officer.map(|officer| officer.id);
            OutcomeEvent::Recorded { stage: case.current.stage, outcome, by }
        }
        OutcomeCommand::AddAction(promise) => {
            not_blank(&promise.what, "what is to be done", "7.3")?;
            not_blank(&promise.owner, "who does it", "7.3")?;
            open(case)?;
            OutcomeEvent::ActionAdded { number: next_number(case), promise }
        }
        OutcomeCommand::ActionDone { number, on, evidence } => {
            not_blank(&evidence, "what shows that it was done", "7.3")?;
            if on > rules.today() {
                return Err(Refusal::InTheFuture(on));
            }
            match &open_action(case, number)?.state {
                ActionState::Open => OutcomeEvent::ActionDone { number, on, evidence },
                ActionState::Done { .. } => return Ok(Vec::new()),
                ActionState::CarriedOver { .. } => return Err(Refusal::NoSuchAction(number)),
            }
        }
        OutcomeCommand::CarryOver { number, reason } => {
            not_blank(&reason, "where the action goes on, and why", "6.6")?;
            match &open_action(case, number)?.state {
                ActionState::Open => OutcomeEvent::ActionCarriedOver { number, reason },
                ActionState::CarriedOver { .. } => return Ok(Vec::new()),
                ActionState::Done { .. } => return Err(Refusal::NoSuchAction(number)),
            }
        }
    };
    Ok(vec![CaseEvent::Outcome(event)])
}

/// Each answer is to a point there is, and each point has one. Those that no place is left for are told as what
/// the outcome lacks.
fn answers_points(case: &Case, outcome: &Outcome) -> Result<(), Refusal> {
    let mut answered = BTreeSet::new();
    for number in outcome.answers.iter().map(|answer| answer.point).filter(|number| *number != 0) {
        if case.definition.point(number).is_none() {
            return Err(Refusal::NoSuchPoint(number));
        }
        if !answered.insert(number) {
            return Err(Refusal::AnsweredTwice(number));
        }
    }
    Ok(())
}

fn open_action(case: &Case, number: u32) -> Result<&Action, Refusal> {
    case.actions.iter().find(|action| action.number == number).ok_or(Refusal::NoSuchAction(number))
}

/// Whether a response of the current stage can be begun: it is acknowledged and not answered.
///
/// # Errors
/// The [`Refusal`] that stands in the way.
pub fn response_possible(case: &Case) -> Result<(), Refusal> {
    not_refused(case)?;
    if let Some(done) = case.current.answered {
        return Err(Refusal::AlreadyAnswered(words::london_date(done.at)));
    }
    if case.current.acknowledged.is_none() {
        return Err(Refusal::NotAcknowledged);
    }
    Ok(())
}

/// Whether the response of the current stage may go out.
pub(super) fn check_response(case: &Case, today: Date) -> Result<(), Refusal> {
    response_possible(case)?;
    let lacks = case.outcome_lacks(&case.current.outcome.clone().unwrap_or_default(), today);
    if lacks.is_empty() { Ok(()) } else { Err(Refusal::OutcomeIncomplete(lacks)) }
}

/// What an apology for a late answer records when it has gone: late is late, and stays told (6.3, 6.4).
pub(super) fn overdue_told(case: &Case, letter: LetterId, at: Timestamp) -> Vec<CaseEvent> {
    match case.next_deadline() {
        Some((duty @ (Duty::Acknowledge | Duty::Respond), Some(due_by))) if due_by < words::london_date(at) => {
            vec![CaseEvent::Outcome(OutcomeEvent::OverdueTold { duty, due_by, letter, at })]
        }
        _ => Vec::new(),
    }
}

/// The response as sent, late or not: what is late is told in the history for good.
pub(super) fn response_sent(case: &Case, stage: Stage, letter: LetterId, at: Timestamp) -> Vec<CaseEvent> {
    let due_by = case.current.response_due.map(|due| due.by);
    vec![CaseEvent::Outcome(OutcomeEvent::ResponseSent { stage, letter, at, due_by })]
}
