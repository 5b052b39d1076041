//! Stage 2: what may ask for it, and opening it (6.10 to 6.13).

use jiff::Timestamp;

use super::{Refusal, Rules, not_blank, not_refused};
use crate::domain::case::Case;
use crate::domain::deadlines;
use crate::domain::events::{CaseEvent, StageTwoEvent};
use crate::domain::ids::{ContactId, OfficerId};
use crate::domain::stage::Stage;
use crate::domain::words;

/// What is asked about stage 2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StageTwoCommand {
    /// A message from the resident has come in: after the stage 1 response it may ask for stage 2.
    Consider {
        /// The message.
        contact: ContactId,
        /// When it was received.
        received_at: Timestamp,
    },
    /// It does not.
    Dismiss {
        /// The message.
        contact: ContactId,
        /// What it is instead.
        reason: String,
    },
    /// Take the case to stage 2. The resident need not have given a reason (6.12).
    Escalate {
        /// When the request was received, when it was not a message that waits to be decided.
        received_at: Option<Timestamp>,
        /// The contact that asks for it, where there is one.
        contact: Option<ContactId>,
    },
}

pub(super) fn decide(rules: Rules<'_>, case: &Case, command: StageTwoCommand) -> Result<Vec<CaseEvent>, Refusal> {
    let due = |received_at| {
        let due = deadlines::acknowledge_by(rules.code, rules.calendar, Stage::Two, received_at);
        due.ok().flatten().map(|due| due.by)
    };
    let event = match command {
        StageTwoCommand::Consider { contact, received_at } => {
            let known = case.requests.iter().any(|request| request.contact == contact);
            let answered = case.current.answered.filter(|answered| answered.at <= received_at);
            if known || answered.is_none() || case.current.stage != Stage::One || case.is_refused() {
                return Ok(Vec::new());
            }
            StageTwoEvent::Requested { contact, received_at, acknowledge_by: due(received_at) }
        }
        StageTwoCommand::Dismiss { contact, reason } => {
            if case.requests.iter().all(|request| request.contact != contact) {
                let here = case.contacts.contains(&contact);
                return if here { Ok(Vec::new()) } else { Err(Refusal::NotInTheCase(contact)) };
            }
            not_blank(&reason, "why this message does not ask for stage 2", "6.10")?;
            StageTwoEvent::NotRequested { contact, reason }
        }
        StageTwoCommand::Escalate { received_at, contact } => {
            not_refused(case)?;
            if case.current.stage == Stage::Two {
                return Err(Refusal::NoThirdStage);
            }
            let Some(answered) = case.current.answered else { return Err(Refusal::NotAnswered) };
            if let Some(contact) = contact.filter(|contact| !case.contacts.contains(contact)) {
                return Err(Refusal::NotInTheCase(contact));
            }
            // The resident's first word counts: a later request buys no time.
            let waiting = case.requests.iter().min_by_key(|request| request.received_at);
            let given = received_at.map(|at| (at, contact));
            let first = waiting.map(|request| (request.received_at, Some(request.contact)));
            let (received_at, contact) =
                given.into_iter().chain(first).min_by_key(|(at, _)| *at).unwrap_or((rules.now, contact));
            let (received_on, answered_on) = (words::london_date(received_at), words::london_date(answered.at));
            if received_at > rules.now {
                return Err(Refusal::InTheFuture(received_on));
            }
            if received_on < answered_on {
                return Err(Refusal::BeforeTheAnswer(answered_on));
            }
            StageTwoEvent::Opened { received_at, acknowledge_by: due(received_at), contact }
        }
    };
    Ok(vec![CaseEvent::StageTwo(event)])
}

/// Whoever took part in stage 1 takes none in stage 2: not as its handler, not by writing its outcome, and not by
/// approving (6.13).
pub(super) fn independent(case: &Case, officer: OfficerId, name: &str) -> Result<(), Refusal> {
    let Some(first) = &case.first else { return Ok(()) };
    if first.had(officer) { Err(Refusal::DecidedAtStageOne(name.to_owned())) } else { Ok(()) }
}
