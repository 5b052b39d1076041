//! Closing a case (9.1), and telling the resident how it goes (5.9).

use super::{Refusal, Rules, not_blank, nothing_on_the_way, open, triage};
use crate::domain::calendar::Counting;
use crate::domain::case::Case;
use crate::domain::events::CaseEvent;
use crate::domain::outcome::ActionState;
use crate::domain::words;

/// Closes a case that has been answered: nothing promised may be left open, nobody may wait for stage 2,
/// and what it teaches must have been considered.
pub(super) fn close(rules: Rules<'_>, case: &Case, learning: String) -> Result<Vec<CaseEvent>, Refusal> {
    if case.ended_at().is_some() {
        return Ok(Vec::new());
    }
    triage::complaint(case)?;
    if case.current.answered.is_none() {
        return Err(Refusal::NotAnsweredYet);
    }
    if let Some(request) = case.requests.first() {
        return Err(Refusal::StageTwoUndecided(request.contact));
    }
    nothing_open(case)?;
    not_blank(&learning, "what was learned from this case, or that nothing was", "9.1")?;
    Ok(vec![CaseEvent::Closed { at: rules.now, learning, in_error: String::new() }])
}

/// Whether all that was promised is done or goes on elsewhere (6.6, 7.3).
pub(super) fn nothing_open(case: &Case) -> Result<(), Refusal> {
    let open = case.actions.iter().filter(|action| action.state == ActionState::Open);
    let open: Vec<String> = open.map(|action| action.number.to_string()).collect();
    if open.is_empty() { Ok(()) } else { Err(Refusal::ActionsOpen(open)) }
}

/// Closes a case that has no contact left: it should not have been opened.
pub(super) fn close_in_error(rules: Rules<'_>, case: &Case, reason: String) -> Result<Vec<CaseEvent>, Refusal> {
    if case.ended_at().is_some() {
        return Ok(Vec::new());
    }
    if let Some(answered) = case.current.answered {
        return Err(Refusal::AlreadyAnswered(words::london_date(answered.at)));
    }
    if !case.contacts.is_empty() {
        return Err(Refusal::HasContacts(case.contacts.len()));
    }
    not_blank(&reason, "why the case should not have been opened", "5.12")?;
    nothing_on_the_way(case)?;
    Ok(vec![CaseEvent::Closed { at: rules.now, learning: String::new(), in_error: reason }])
}

/// Notes that the resident was told how it goes; the next update is due after the agreed interval.
pub(super) fn update(rules: Rules<'_>, case: &Case, how: String) -> Result<Vec<CaseEvent>, Refusal> {
    open(case)?;
    not_blank(&how, "how the resident was told, and what", "5.9")?;
    let every = case.current.extensions.last().and_then(|extension| extension.every);
    let counted =
        every.map(|every| rules.calendar.count(words::london_date(rules.now), every, Counting::EventIsDayZero));
    let next_by = counted.and_then(Result::ok).map(|counted| counted.due_on);
    Ok(vec![CaseEvent::UpdateGiven { how, next_by }])
}
