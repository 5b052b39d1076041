//! Refusing to take up a complaint, or to take it to stage 2 (2.1 to 2.5, 5.11): proposed by one officer,
//! approved by another, and true only once the resident has been told.

use super::{Refusal, Rules, not_blank, nothing_on_the_way, open};
use crate::domain::case::Case;
use crate::domain::events::{CaseEvent, ExclusionEvent};
use crate::domain::exclusion::{EarlierCase, Exclusion, Ground, Refused, last_day_in_time};
use crate::domain::letter::LetterKind;
use crate::domain::stage::Stage;
use crate::domain::words;

/// What is asked about a refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExclusionCommand {
    /// Propose it.
    Propose {
        /// What is refused.
        refused: Refused,
        /// On which ground.
        ground: Ground,
        /// Why, for this complaint.
        reasons: String,
        /// How discretion was considered.
        discretion: String,
        /// For what was considered before: what is known of the case in which it was.
        earlier: Option<EarlierCase>,
    },
    /// Drop the proposal.
    Withdraw {
        /// Why.
        reason: String,
    },
    /// The Ombudsman had the landlord take it up.
    Overturn {
        /// What the Ombudsman decided, and where.
        reason: String,
    },
}

pub(super) fn decide(rules: Rules<'_>, case: &Case, command: ExclusionCommand) -> Result<Vec<CaseEvent>, Refusal> {
    let told = case.exclusion.as_ref().and_then(|exclusion| exclusion.told);
    let event = match command {
        ExclusionCommand::Propose { refused, ground, reasons, discretion, earlier } => {
            if let Some(told) = told {
                return Err(Refusal::RefusedAlready(words::london_date(told.at)));
            }
            open(case)?;
            possible(case, refused)?;
            check_ground(rules, case, (&ground, earlier.as_ref()), &discretion)?;
            let provision = match refused {
                Refused::Complaint => "2.1",
                Refused::Escalation => "5.11",
            };
            not_blank(&reasons, "why, for this complaint on its merits,", provision)?;
            let proposed_by = rules.officer.map(|officer| officer.id);
            let exclusion =
                Exclusion { refused, ground, reasons, discretion, proposed_by, told: None, requests: Vec::new() };
            if case.exclusion.as_ref() == Some(&exclusion) {
                return Ok(Vec::new());
            }
            nothing_on_the_way(case)?;
            ExclusionEvent::Proposed { exclusion }
        }
        ExclusionCommand::Withdraw { reason } => {
            if let Some(told) = told {
                return Err(Refusal::RefusedAlready(words::london_date(told.at)));
            }
            if case.exclusion.is_none() {
                return Ok(Vec::new());
            }
            not_blank(&reason, "why the refusal is withdrawn", "2.1")?;
            nothing_on_the_way(case)?;
            ExclusionEvent::Withdrawn { reason }
        }
        ExclusionCommand::Overturn { reason } => {
            not_blank(&reason, "what the Ombudsman decided", "2.4")?;
            if told.is_none() {
                return Err(Refusal::NothingRefused);
            }
            ExclusionEvent::Overturned { reason }
        }
    };
    Ok(vec![CaseEvent::Exclusion(event)])
}

/// A complaint is refused before it is answered; stage 2 after.
fn possible(case: &Case, refused: Refused) -> Result<(), Refusal> {
    match (case.current.stage, refused, case.current.answered) {
        (Stage::One, Refused::Complaint, None) | (Stage::One, Refused::Escalation, Some(_)) => Ok(()),
        (Stage::One, Refused::Escalation, None) => Err(Refusal::NotAnswered),
        (_, Refused::Complaint, Some(answered)) => Err(Refusal::AlreadyAnswered(words::london_date(answered.at))),
        (Stage::Two, _, _) => Err(Refusal::AtStageTwo),
    }
}

fn check_ground(
    rules: Rules<'_>,
    case: &Case,
    (ground, considered): (&Ground, Option<&EarlierCase>),
    discretion: &str,
) -> Result<(), Refusal> {
    match ground {
        Ground::TooLate { happened_on, aware_on } => {
            if let Some(day) = [Some(*happened_on), *aware_on].into_iter().flatten().find(|day| *day > rules.today()) {
                return Err(Refusal::InTheFuture(day));
            }
            let last = last_day_in_time(rules.code, *happened_on, *aware_on).ok_or(Refusal::NoTimeLimit)?;
            if words::london_date(case.current.received_at) <= last {
                return Err(Refusal::InTime(last));
            }
            not_blank(discretion, "how you considered taking it up all the same", "2.3")
        }
        Ground::Court { claim, filed_on } => {
            not_blank(claim, "the number of the court claim; a letter before action is not enough", "2.2")?;
            if *filed_on > rules.today() { Err(Refusal::InTheFuture(*filed_on)) } else { Ok(()) }
        }
        Ground::ConsideredBefore { earlier } => {
            if *earlier == case.reference {
                return Err(Refusal::TheSameCase);
            }
            let Some(considered) = considered.filter(|considered| considered.reference == *earlier) else {
                return Err(Refusal::NoEarlierCase(*earlier));
            };
            if !considered.resident.is_the_same_as(&case.resident) {
                return Err(Refusal::EarlierOfAnother(*earlier));
            }
            if considered.answered { Ok(()) } else { Err(Refusal::EarlierNotAnswered(*earlier)) }
        }
        Ground::Policy { clause } => not_blank(clause, "where the published policy excludes it", "2.2"),
    }
}

/// Whether the letter that tells of the refusal may go out: proposed by one officer, approved by another.
pub(super) fn check_letter(rules: Rules<'_>, case: &Case, kind: LetterKind) -> Result<(), Refusal> {
    let refused = match kind {
        LetterKind::RefusalToEscalate => Refused::Escalation,
        _ => Refused::Complaint,
    };
    let proposed = case.exclusion.as_ref().filter(|exclusion| exclusion.refused == refused);
    let exclusion = proposed.ok_or(Refusal::NotProposed)?;
    if let Some(told) = exclusion.told {
        return Err(Refusal::RefusedAlready(words::london_date(told.at)));
    }
    possible(case, refused)?;
    match rules.officer {
        Some(officer) if exclusion.proposed_by == Some(officer.id) => Err(Refusal::SecondPerson),
        _ => Ok(()),
    }
}
