//! Letters of a case: what may be approved, what an accepted letter changes, and what an extension may say.
//! Only what the mail server accepted, or what was posted, has been sent.

use jiff::Timestamp;
use jiff::civil::Date;

use super::dates::strict_by;
use super::{
    ExtensionTerms, LetterFacts, Refusal, Rules, closing, exclusion, not_blank, nothing_on_the_way, open, outcome,
    post, stage_two, triage,
};
use crate::domain::approval::{ApprovalRefusal, Authority, Overridden};
use crate::domain::calendar::Counting;
use crate::domain::case::{Case, Moved};
use crate::domain::code::Provision;
use crate::domain::deadlines::{self, Deadline};
use crate::domain::events::{CaseEvent, ExclusionEvent};
use crate::domain::ids::{Digest, EmailAddress};
use crate::domain::letter::{LetterKind, LetterState, Purpose, Shortfall};
use crate::domain::outcome::{Outcome, Pence};
use crate::domain::post::Way;
use crate::domain::{nobody, words};

pub(super) fn approve(
    rules: Rules<'_>,
    case: &Case,
    letter: &LetterFacts,
    seen: (u32, Digest),
    (shortfalls, overridden): (Vec<Shortfall>, impl FnOnce(Vec<Shortfall>) -> Result<Vec<Overridden>, Refusal>),
    extension: Option<&ExtensionTerms>,
    ours: &[EmailAddress],
) -> Result<Vec<CaseEvent>, Refusal> {
    if letter.state != LetterState::Draft {
        return Err(Refusal::NotADraft(letter.state));
    }
    if seen != (letter.version, letter.digest) {
        return Err(Refusal::Changed { seen: seen.0, now: letter.version });
    }
    may_go_out(rules, case, letter.kind, extension)?;
    if letter.kind.purpose() != Purpose::Tell {
        nothing_on_the_way(case)?;
    }
    let overridden = overridden(shortfalls)?;
    let to = match post::way(rules, case, ours)? {
        Way::Email(to) => Some(to),
        Way::Post(_) => None,
    };
    Ok(vec![CaseEvent::LetterApproved {
        letter: letter.id,
        kind: letter.kind,
        version: letter.version,
        digest: letter.digest,
        to,
        by: rules.officer.map(|officer| officer.id),
        overridden,
    }])
}

/// What a letter may lack all the same, by the landlord's own rules.
pub(super) fn overridden(
    rules: Rules<'_>,
    authority: &Authority,
    shortfalls: Vec<Shortfall>,
) -> Result<Vec<Overridden>, Refusal> {
    match (&authority.overriding, rules.officer) {
        _ if shortfalls.is_empty() => Ok(Vec::new()),
        (Some(reason), Some(officer)) => Ok(authority.rules.overridden(officer, &shortfalls, reason)?),
        _ => Err(Refusal::Shortfalls(shortfalls)),
    }
}

/// Whether the officer may approve a letter of this kind by the landlord's own rules (4.2, 7.1).
pub(super) fn allowed(
    rules: Rules<'_>,
    case: &Case,
    kind: LetterKind,
    authority: &Authority,
) -> Result<(), ApprovalRefusal> {
    let outcome = case.current.outcome.as_ref().filter(|_| kind.purpose() == Purpose::Respond);
    let offered = outcome.map_or(Pence(0), Outcome::money);
    rules.officer.map_or(Ok(()), |officer| authority.allows(officer, offered))
}

/// The address that letters of a case go to.
///
/// # Errors
/// A [`Refusal`] when there is none, or when a letter there would reach no resident.
pub fn recipient(rules: Rules<'_>, case: &Case, ours: &[EmailAddress]) -> Result<EmailAddress, Refusal> {
    let (_, to) = case.people.letters_to(&case.resident, rules.today());
    let to = to.cloned().ok_or(Refusal::NoAddress)?;
    if ours.iter().any(|address| address.same_mailbox(&to)) {
        return Err(Refusal::OurAddress(to));
    }
    if nobody::reads_nothing(&to) {
        return Err(Refusal::NobodyReads(to));
    }
    Ok(to)
}

/// Discards a draft. What is owed to the resident is not discarded: it would be drafted again.
pub(super) fn discard(letter: &LetterFacts, reason: String) -> Result<Vec<CaseEvent>, Refusal> {
    if letter.state == LetterState::Discarded {
        return Ok(Vec::new());
    }
    if letter.state != LetterState::Draft {
        return Err(Refusal::NotADraft(letter.state));
    }
    if matches!(letter.kind.purpose(), Purpose::Acknowledge | Purpose::Respond) {
        return Err(Refusal::Owed(letter.kind));
    }
    not_blank(&reason, "why nobody needs this draft", "5.12")?;
    let LetterFacts { id, kind, version, .. } = *letter;
    Ok(vec![CaseEvent::LetterDiscarded { letter: id, kind, version, reason }])
}

/// Looks again, at the moment a letter leaves, whether it may go where it was approved to go: consent may have ended
/// or been withdrawn since (3.6), or the address been corrected. Held, it counts as not sent.
pub(super) fn leaves(rules: Rules<'_>, case: &Case, letter: &LetterFacts, to: &EmailAddress) -> Vec<CaseEvent> {
    let (_, today) = case.people.letters_to(&case.resident, rules.today());
    if letter.state != LetterState::Approved || today.is_some_and(|today| today.same_mailbox(to)) {
        return Vec::new();
    }
    let today = today.map_or_else(|| "nobody".to_owned(), ToString::to_string);
    let why = format!(
        "it was to go to {to}, and letters of this case go to {today} now, because consent or the address has changed \
         since (3.6); approve it again"
    );
    vec![CaseEvent::LetterHeld { letter: letter.id, kind: letter.kind, why }]
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
    if let Some(officer) = rules.officer {
        stage_two::independent(case, officer.id, &officer.name)?;
    }
    if let Some(handler) = &case.current.handler {
        stage_two::independent(case, handler.officer, &handler.name)?;
    }
    triage::suits(case, kind)?;
    let purpose = kind.purpose();
    // What tells or asks something may follow an end, as that the last action has been done.
    if !matches!(purpose, Purpose::RefuseToAccept | Purpose::RefuseToEscalate | Purpose::Tell) {
        open(case)?;
    }
    let stage = case.current.stage;
    if kind.purpose() != Purpose::Tell && kind.stage() != stage {
        return Err(Refusal::OtherStage { letter: kind, stage });
    }
    match purpose {
        Purpose::Acknowledge => {
            if let Some(done) = case.current.acknowledged {
                return Err(Refusal::AlreadyAcknowledged(words::london_date(done.at)));
            }
        }
        Purpose::Extend => {
            let terms = extension.ok_or_else(|| missing("the reason and the new date", rules, case))?;
            check_extension(rules, case, terms)?;
        }
        Purpose::Respond => outcome::check_response(case, rules.today())?,
        Purpose::RefuseToAccept | Purpose::RefuseToEscalate => exclusion::check_letter(rules, case, kind)?,
        Purpose::Tell => may_be_told(rules, case, kind, extension.map(|terms| terms.new_by))?,
    }
    Ok(())
}

/// Whether what a letter tells or asks can be so: no promise counts as kept while it is not (7.3), nothing is asked
/// for an answer that has been given, and no day that is over is promised.
fn may_be_told(rules: Rules<'_>, case: &Case, kind: LetterKind, by: Option<Date>) -> Result<(), Refusal> {
    if kind == LetterKind::ActionsComplete {
        closing::nothing_open(case)?;
    }
    if let (LetterKind::ClarificationRequest, Some(done)) = (kind, case.current.answered) {
        return Err(Refusal::AlreadyAnswered(words::london_date(done.at)));
    }
    by.filter(|by| *by < rules.today()).map_or(Ok(()), |by| Err(Refusal::PromisedForThePast(by)))
}

fn missing(what: &'static str, rules: Rules<'_>, case: &Case) -> Refusal {
    Refusal::Missing { what, provision: rules.code.times(case.current.stage).extension.provision.clone() }
}

/// The latest date an extension of the current stage could give now, without an exceptional reason.
///
/// # Errors
/// A [`Refusal`] when no extension is possible: nothing to extend, answered, or too late.
pub fn extension_possible(rules: Rules<'_>, case: &Case) -> Result<Deadline, Refusal> {
    if let Some(done) = case.current.answered {
        return Err(Refusal::AlreadyAnswered(words::london_date(done.at)));
    }
    let due = case.current.response_due.ok_or(Refusal::NothingToExtend)?;
    if rules.today() > due.by {
        return Err(Refusal::TooLateToExtend(due.by));
    }
    Ok(deadlines::extension_limit(rules.code, rules.calendar, case.current.stage, due.original_by.min(due.counted_by))?)
}

/// Whether these terms may be offered now (6.4, 6.15, 5.9). A second extension, or one beyond the limit, needs
/// an exceptional reason and a manager.
///
/// # Errors
/// The [`Refusal`] that stands in the way.
pub fn check_extension(rules: Rules<'_>, case: &Case, terms: &ExtensionTerms) -> Result<(), Refusal> {
    let limit = extension_possible(rules, case)?;
    let due = case.current.response_due.ok_or(Refusal::NothingToExtend)?;
    if terms.new_by <= due.by {
        return Err(Refusal::NotLater { than: due.by, provision: limit.provision });
    }
    if !rules.calendar.is_working_day(terms.new_by)? {
        return Err(Refusal::NotAWorkingDay { on: terms.new_by, provision: limit.provision });
    }
    let exceptional = !terms.exceptional.trim().is_empty();
    if let (false, Some(last)) = (exceptional, case.current.extensions.last()) {
        return Err(Refusal::ExtendedAlready { to: last.new_by, provision: limit.provision });
    }
    if !exceptional && terms.new_by > limit.by {
        return Err(Refusal::BeyondLimit { limit: limit.by, provision: limit.provision });
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
    let needs_a_manager = !case.current.extensions.is_empty() || terms.new_by > limit.by;
    match rules.officer {
        Some(officer) if needs_a_manager && !officer.role.is_senior() => {
            Err(Refusal::NeedsAManager { provision: limit.provision })
        }
        _ => Ok(()),
    }
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
            let count = |every| rules.calendar.count(on, every, Counting::EventIsDayZero);
            let update_by = terms.every.and_then(|every| count(every).ok()).map(|counted| counted.due_on);
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
                every: terms.every,
                update_by,
                exceptional: terms.exceptional,
            }])
        }
        Purpose::Respond => Ok(outcome::response_sent(case, stage, letter.id, at)),
        Purpose::RefuseToAccept | Purpose::RefuseToEscalate => {
            let refused = case.exclusion.as_ref().map(|exclusion| exclusion.refused);
            let told = refused.map(|refused| ExclusionEvent::Told { refused, letter: letter.id, at });
            Ok(told.map(CaseEvent::Exclusion).into_iter().collect())
        }
        // A progress update is the one that was due (5.9).
        Purpose::Tell if letter.kind == LetterKind::ProgressUpdate => {
            Ok(closing::update(rules, case, "by letter".to_owned()).unwrap_or_default())
        }
        Purpose::Tell if letter.kind == LetterKind::OverdueApology => Ok(outcome::overdue_told(case, letter.id, at)),
        Purpose::Tell => Ok(Vec::new()),
    }
}
