//! Letters of a case: what may be approved, what an accepted letter changes, and what an extension may say.
//! Only what the mail server accepted has been sent.

use jiff::Timestamp;

use super::dates::strict_by;
use super::{ExtensionTerms, LetterFacts, Refusal, Rules, outcome};
use crate::domain::case::{Case, Moved};
use crate::domain::code::Provision;
use crate::domain::deadlines::{self, Deadline};
use crate::domain::events::CaseEvent;
use crate::domain::ids::Digest;
use crate::domain::letter::{LetterKind, LetterState, Purpose, Shortfall};
use crate::domain::words;

pub(super) fn approve(
    rules: Rules<'_>,
    case: &Case,
    letter: &LetterFacts,
    seen: (u32, Digest),
    shortfalls: Vec<Shortfall>,
    extension: Option<&ExtensionTerms>,
) -> Result<Vec<CaseEvent>, Refusal> {
    if letter.state != LetterState::Draft {
        return Err(Refusal::NotADraft(letter.state));
    }
    if seen != (letter.version, letter.digest) {
        return Err(Refusal::Changed { seen: seen.0, now: letter.version });
    }
    may_go_out(rules, case, letter.kind, extension)?;
    if !shortfalls.is_empty() {
        return Err(Refusal::Shortfalls(shortfalls));
    }
    let to = case.resident.email.clone().ok_or(Refusal::NoAddress)?;
    Ok(vec![CaseEvent::LetterApproved {
        letter: letter.id,
        kind: letter.kind,
        version: letter.version,
        digest: letter.digest,
        to,
    }])
}

/// Whether a letter of this kind may go out now, as far as the case and what it says decide.
///
/// # Errors
/// The [`Refusal`] that stands in the way.
pub fn may_go_out(
    rules: Rules<'_>,
    case: &Case,
    kind: LetterKind,
    extension: Option<&ExtensionTerms>,
) -> Result<(), Refusal> {
    let stage = case.current.stage;
    if kind.stage() != stage {
        return Err(Refusal::OtherStage { letter: kind, stage });
    }
    match kind.purpose() {
        Purpose::Acknowledge => {
            if let Some(done) = case.current.acknowledged {
                return Err(Refusal::AlreadyAcknowledged(words::london_date(done.at)));
            }
        }
        Purpose::Extend => {
            let terms = extension.ok_or_else(|| missing("the reason and the new date", rules, case))?;
            check_extension(rules, case, terms)?;
        }
        Purpose::Respond => outcome::check_response(case)?,
        Purpose::RefuseToAccept | Purpose::RefuseToEscalate => {}
    }
    Ok(())
}

fn missing(what: &'static str, rules: Rules<'_>, case: &Case) -> Refusal {
    Refusal::Missing { what, provision: rules.code.times(case.current.stage).extension.provision.clone() }
}

/// The latest date an extension of the current stage could give now.
///
/// # Errors
/// A [`Refusal`] when no extension is possible: nothing to extend, too late, extended already.
pub fn extension_possible(rules: Rules<'_>, case: &Case) -> Result<Deadline, Refusal> {
    let due = case.current.response_due.ok_or(Refusal::NothingToExtend)?;
    if let Some(last) = case.current.extensions.last() {
        return Err(Refusal::ExtendedAlready(last.new_by));
    }
    if rules.today() > due.by {
        return Err(Refusal::TooLateToExtend(due.by));
    }
    Ok(deadlines::extension_limit(rules.code, rules.calendar, case.current.stage, due.original_by.min(due.counted_by))?)
}

/// Whether these terms may be offered now (6.4, 5.9).
///
/// # Errors
/// The [`Refusal`] that stands in the way.
pub fn check_extension(rules: Rules<'_>, case: &Case, terms: &ExtensionTerms) -> Result<(), Refusal> {
    let limit = extension_possible(rules, case)?;
    let due = case.current.response_due.ok_or(Refusal::NothingToExtend)?;
    if terms.new_by <= due.by {
        return Err(Refusal::NotLater(due.by));
    }
    if terms.new_by > limit.by {
        return Err(Refusal::BeyondLimit { limit: limit.by, provision: limit.provision });
    }
    if !rules.calendar.is_working_day(terms.new_by)? {
        return Err(Refusal::NotAWorkingDay(terms.new_by));
    }
    if terms.reason.trim().is_empty() {
        return Err(missing("the reason for the extension", rules, case));
    }
    if terms.updates.trim().is_empty() {
        return Err(Refusal::Missing {
            what: "how often the resident will be updated, as agreed with them",
            provision: Provision("5.9".to_owned()),
        });
    }
    Ok(())
}

pub(super) fn accepted(
    rules: Rules<'_>,
    case: &Case,
    letter: &LetterFacts,
    extension: Option<ExtensionTerms>,
    at: Timestamp,
) -> Result<Vec<CaseEvent>, Refusal> {
    if letter.state == LetterState::Sent {
        return Ok(Vec::new()); // heard twice, as after a crash: the first time stands
    }
    let stage = letter.kind.stage();
    let on = words::london_date(at);
    match letter.kind.purpose() {
        Purpose::Acknowledge => {
            let respond_by = deadlines::respond_by(rules.code, rules.calendar, stage, case.current.received_at, on)
                .ok()
                .map(|due| due.by);
            let strict_by = strict_by(rules, stage, case.current.acknowledge_by, on);
            Ok(vec![CaseEvent::AcknowledgementSent { stage, letter: letter.id, at, respond_by, strict_by }])
        }
        Purpose::Extend => {
            let terms = extension.ok_or_else(|| missing("the reason and the new date", rules, case))?;
            let due = case.current.response_due.ok_or(Refusal::NothingToExtend)?;
            let moved = if on > due.by { Moved::NoTooLate } else { Moved::Yes };
            Ok(vec![CaseEvent::ExtensionSent {
                stage,
                letter: letter.id,
                at,
                previous_by: due.by,
                new_by: terms.new_by,
                reason: terms.reason,
                updates: terms.updates,
                moved,
            }])
        }
        Purpose::Respond => Ok(outcome::response_sent(stage, letter.id, at)),
        Purpose::RefuseToAccept | Purpose::RefuseToEscalate => Ok(Vec::new()),
    }
}
