//! The receipt of a stage corrected: every date of the stage follows from it, so this is the only way in
//! which one moves by hand. One officer proposes with a reason, another confirms; what stood before stays in
//! the history. A due date cannot be set: it follows from the receipt, the Code and the calendar.

use jiff::Timestamp;
use jiff::civil::Date;

use super::{Refusal, Rules, dates};
use crate::domain::case::{Case, Correction};
use crate::domain::deadlines::{self, Deadline};
use crate::domain::events::CaseEvent;
use crate::domain::people::Officer;
use crate::domain::words;

/// A step of correcting when the current stage was received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Correcting {
    /// An officer says when it was, as for a complaint that a colleague took before it came here (3.2). Takes
    /// the place of what was proposed before.
    Propose {
        /// When it was received.
        received_at: Timestamp,
        /// How that is known.
        reason: String,
    },
    /// Another officer agrees with what they saw proposed.
    Confirm {
        /// What they saw.
        received_at: Timestamp,
    },
    /// An officer takes it back, or does not agree.
    Drop {
        /// Why.
        reason: String,
    },
}

/// Why a correction is refused; nothing has changed then.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CorrectionRefusal {
    /// Nobody in particular asks.
    #[error("an officer must ask for this, by name: a date is corrected by two persons (3.2, 6.2)")]
    NoOfficer,
    /// A correction has its reason.
    #[error("enter how it is known when the complaint was received: the reason stays in the history (3.2, 6.2)")]
    NoReason,
    /// It would be in the future.
    #[error("{} has not come yet: enter when the complaint was received (6.2)", words::instant(*.0))]
    NotYet(Timestamp),
    /// It was acknowledged before.
    #[error(
        "this stage was acknowledged on {}: it cannot have been received after that (6.2, 6.11)", words::date(*.0)
    )]
    AcknowledgedBefore(Date),
    /// A day that the calendar does not reach back to.
    #[error(
        "{} lies before {}, the first day that the calendar covers, so no date can be counted from it (6.2): check \
         the year", words::date(*.on), words::date(*.from)
    )]
    LongAgo {
        /// The day.
        on: Date,
        /// The first day covered.
        from: Date,
    },
    /// Stage 2 would be older than the answer it looks at again.
    #[error(
        "stage 1 was answered on {}: a request for stage 2 cannot have been received before that (6.10, 6.11)",
        words::date(*.0)
    )]
    BeforeTheAnswer(Date),
    /// That is what stands there.
    #[error("this is when it was received, as it is recorded: there is nothing to correct (6.2)")]
    AsRecorded,
    /// Nothing is proposed.
    #[error("no correction waits to be confirmed: propose one first (6.2)")]
    NothingProposed,
    /// Something else is proposed by now.
    #[error(
        "{} is proposed by now, by {by}: look at that and confirm it (6.2)", words::instant(*.received_at)
    )]
    ProposedAnew {
        /// What is proposed.
        received_at: Timestamp,
        /// Who proposed it.
        by: String,
    },
    /// The same person.
    #[error("you proposed this correction yourself: a second person must confirm it (6.2)")]
    SamePerson,
}

/// What the step leads to.
pub(super) fn correct(rules: Rules<'_>, case: &Case, step: Correcting) -> Result<Vec<CaseEvent>, Refusal> {
    let officer = rules.officer.ok_or(CorrectionRefusal::NoOfficer)?;
    match step {
        Correcting::Propose { received_at, reason } => propose(rules, case, officer, received_at, &reason),
        Correcting::Confirm { received_at } => confirm(rules, case, officer, received_at),
        Correcting::Drop { reason } => {
            let Some(proposed) = &case.correction else { return Ok(Vec::new()) };
            let reason = given(&reason)?;
            Ok(vec![CaseEvent::CorrectionDropped { received_at: proposed.received_at, reason }])
        }
    }
}

fn given(reason: &str) -> Result<String, CorrectionRefusal> {
    let reason = reason.trim();
    if reason.is_empty() { Err(CorrectionRefusal::NoReason) } else { Ok(reason.to_owned()) }
}

fn propose(
    rules: Rules<'_>,
    case: &Case,
    officer: &Officer,
    received_at: Timestamp,
    reason: &str,
) -> Result<Vec<CaseEvent>, Refusal> {
    let reason = given(reason)?;
    possible(rules, case, received_at)?;
    let correction =
        Correction { stage: case.current.stage, received_at, reason, by: officer.id, by_name: officer.name.clone() };
    if case.correction.as_ref() == Some(&correction) {
        return Ok(Vec::new());
    }
    Ok(vec![CaseEvent::CorrectionProposed { correction }])
}

fn possible(rules: Rules<'_>, case: &Case, received_at: Timestamp) -> Result<(), CorrectionRefusal> {
    if received_at > rules.now {
        return Err(CorrectionRefusal::NotYet(received_at));
    }
    if received_at == case.current.received_at {
        return Err(CorrectionRefusal::AsRecorded);
    }
    let (on, from) = (words::london_date(received_at), rules.calendar.covered_from());
    if on < from {
        return Err(CorrectionRefusal::LongAgo { on, from });
    }
    let answered = case.first.as_ref().and_then(|first| first.answered).map(|answered| words::london_date(answered.at));
    if let Some(answered) = answered.filter(|answered| on < *answered) {
        return Err(CorrectionRefusal::BeforeTheAnswer(answered));
    }
    match case.current.acknowledged {
        Some(done) if done.at < received_at => Err(CorrectionRefusal::AcknowledgedBefore(words::london_date(done.at))),
        _ => Ok(()),
    }
}

fn confirm(
    rules: Rules<'_>,
    case: &Case,
    officer: &Officer,
    received_at: Timestamp,
) -> Result<Vec<CaseEvent>, Refusal> {
    let stage = &case.current;
    let Some(proposed) = case.correction.as_ref().filter(|proposed| proposed.stage == stage.stage) else {
        // Pressed twice: it stands there already.
        let done = stage.received_at == received_at;
        return if done { Ok(Vec::new()) } else { Err(CorrectionRefusal::NothingProposed.into()) };
    };
    let Correction { received_at: wanted, reason, by, by_name, .. } = proposed.clone();
    if wanted != received_at {
        return Err(CorrectionRefusal::ProposedAnew { received_at: wanted, by: by_name }.into());
    }
    if by == officer.id {
        return Err(CorrectionRefusal::SamePerson.into());
    }
    // The acknowledgement may have gone out since.
    possible(rules, case, received_at)?;
    let Rules { code, calendar, .. } = rules;
    let by = |due: Option<Deadline>| due.map(|due| due.by);
    let acknowledge_by = by(deadlines::acknowledge_by(code, calendar, stage.stage, received_at)?);
    let respond_by = by(deadlines::respond_by_at_receipt(code, calendar, stage.stage, received_at)?);
    let acknowledged_on = stage.acknowledged.map(|done| words::london_date(done.at));
    let strict_by = acknowledged_on.and_then(|on| dates::strict_by(rules, stage.stage, acknowledge_by, on));
    Ok(vec![CaseEvent::ReceiptCorrected {
        stage: stage.stage,
        previous_at: stage.received_at,
        received_at,
        previous_by: stage.acknowledge_by.or_else(|| stage.response_due.map(|due| due.counted_by)),
        acknowledge_by,
        respond_by,
        strict_by,
        reason,
        proposed_by: by_name,
    }])
}
