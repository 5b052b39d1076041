//! What can happen to the outcome of a stage, and to the actions it promised.

use jiff::Timestamp;
use jiff::civil::Date;

use super::open_ended;
use crate::domain::case::{Case, SentLetter};
use crate::domain::deadlines::Duty;
use crate::domain::ids::{LetterId, OfficerId};
use crate::domain::outcome::{Action, ActionState, Outcome, Promise};
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
        /// Who wrote it; `None` in lines from before this was kept.
        by: Option<OfficerId>,
    },
    /// The mail server accepted the response (6.3, 6.14): what it promised is to be done now.
    ResponseSent {
        /// The stage.
        stage: Stage,
        /// The letter.
        letter: LetterId,
        /// When.
        at: Timestamp,
        /// When it was due.
        due_by: Option<Date>,
    },
    /// The resident was told, after the date had passed, that we are late. The breach stands for good.
    OverdueTold {
        /// What was due.
        duty: Duty,
        /// When it was due.
        due_by: Date,
        /// The letter that says so.
        letter: LetterId,
        /// When the mail server accepted it.
        at: Timestamp,
    },
    /// An action was added.
    ActionAdded {
        /// Its number.
        number: u32,
        /// What is promised.
        promise: Promise,
    },
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
    ActionCarriedOver {
        /// Its number.
        number: u32,
        /// Where to, and why.
        reason: String,
    },
}

impl OutcomeEvent {
    /// The case after it.
    pub(in crate::domain) fn apply(&self, mut case: Case) -> Case {
        match self {
            Self::Recorded { outcome, by, .. } => {
                case.current.outcome = Some(outcome.clone().bound_to(&case.definition));
                case.current.took_part.extend(*by);
            }
            Self::ResponseSent { letter, at, .. } => {
                case.current.answered = Some(SentLetter { letter: *letter, at: *at });
                // Closed while the letter was on its way: what it promised is to be done all the same.
                case.closed = None;
                let handler = case.current.handler.as_ref().map_or("", |handler| &handler.name);
                let promises = case.current.outcome.as_ref().map(|outcome| outcome.to_be_done(handler));
                for promise in promises.into_iter().flatten() {
                    let number = next_number(&case);
                    case.actions.push(Action { number, promise, letter: Some(*letter), state: ActionState::Open });
                }
            }
            Self::OverdueTold { .. } => {}
            Self::ActionAdded { number, promise } => case.actions.push(Action {
                number: *number,
                promise: promise.clone(),
                letter: None,
                state: ActionState::Open,
            }),
            Self::ActionDone { number, on, evidence } => {
                set(&mut case, *number, ActionState::Done { on: *on, evidence: evidence.clone() });
            }
            Self::ActionCarriedOver { number, reason } => {
                set(&mut case, *number, ActionState::CarriedOver { reason: reason.clone() });
            }
        }
        case
    }

    /// What happened, in a sentence for officers.
    pub(super) fn in_words(&self) -> String {
        match self {
            Self::Recorded { stage, outcome, .. } => {
                let decision =
                    outcome.decision().map_or_else(|| "not decided yet".to_owned(), |decision| decision.to_string());
                format!(
                    "Outcome of {stage} written: {decision}; {}, {}.",
                    words::counted(outcome.remedies.len(), "offer"),
                    words::counted(outcome.promises.len(), "action")
                )
            }
            Self::ResponseSent { stage, at, due_by, .. } => {
                let late = due_by
                    .filter(|by| words::london_date(*at) > *by)
                    .map_or_else(String::new, |by| format!(" It was late: it was due on {}.", words::weekday_date(by)));
                format!("Response of {stage} sent {}.{late}", words::instant(*at))
            }
            Self::OverdueTold { duty, due_by, at, .. } => {
                let what = if *duty == Duty::Acknowledge { "acknowledgement" } else { "response" };
                let (told, due) = (words::instant(*at), words::weekday_date(*due_by));
                format!("Breach: the {what} was due on {due} and had not gone. The resident was told on {told}.")
            }
            Self::ActionAdded { number, promise } => format!(
                "Action {number} added: {}, by {}, {}.",
                open_ended(&promise.what),
                words::weekday_date(promise.by),
                promise.owner
            ),
            Self::ActionDone { number, on, evidence } => {
                format!("Action {number} done on {}: {}.", words::date(*on), open_ended(evidence))
            }
            Self::ActionCarriedOver { number, reason } => {
                format!("Action {number} goes on outside this case: {}.", open_ended(reason))
            }
        }
    }
}

/// The number the next action gets.
pub(in crate::domain) fn next_number(case: &Case) -> u32 {
    case.actions.iter().map(|action| action.number).max().unwrap_or(0) + 1
}

fn set(case: &mut Case, number: u32, state: ActionState) {
    if let Some(action) = case.actions.iter_mut().find(|action| action.number == number) {
        action.state = state;
    }
}
