//! The dates a case holds, each with how it was reached. The date is the one recorded; its explanation
//! is worked out anew, and says so when the calendar has changed since.

use jiff::civil::Date;

use super::calendar::NotCovered;
use super::case::{Case, StageRecord};
use super::code::Provision;
use super::commands::Rules;
use super::deadlines::{self, Deadline};
use super::words;

/// Which date of the current stage it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum HeldKind {
    /// When the acknowledgement is due (6.2).
    Acknowledge,
    /// When the response is due, counted from the acknowledgement (6.3).
    Respond,
    /// The same, once an extension has replaced it.
    RespondBeforeExtension,
    /// When it would be due had a late acknowledgement been in time.
    RespondStrictly,
    /// When the response is due after an extension (6.4).
    RespondExtended,
}

/// Whether the date is still to be met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeldState {
    /// It is.
    ToBeMet,
    /// It has been met, or another date has taken its place.
    Past,
}

/// One date of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Which.
    pub kind: HeldKind,
    /// The recorded date; `None` when the calendar did not reach that far.
    pub by: Option<Date>,
    /// The provision that sets it, when the calendar reaches that far.
    pub provision: Option<Provision>,
    /// How it was reached, a sentence each.
    pub explanation: Vec<String>,
    /// Whether it is still to be met.
    pub state: HeldState,
}

/// The dates of the current stage, in their order; none of what is no complaint.
#[must_use]
pub fn held(rules: Rules<'_>, case: &Case) -> Vec<Held> {
    if case.triage.is_other() {
        return Vec::new();
    }
    of_stage(rules, &case.current)
}

/// Every stage the case has had, with its dates; none of what is no complaint.
#[must_use]
pub fn of_every_stage<'a>(rules: Rules<'_>, case: &'a Case) -> Vec<(&'a StageRecord, Vec<Held>)> {
    let first = case.first.iter().map(|stage| (stage, of_stage(rules, stage)));
    first.chain([(&case.current, held(rules, case))]).collect()
}

fn of_stage(rules: Rules<'_>, stage: &StageRecord) -> Vec<Held> {
    let Rules { code, calendar, .. } = rules;
    let mut all = Vec::new();
    let worked_out = deadlines::acknowledge_by(code, calendar, stage.stage, stage.received_at).transpose();
    let state = if stage.acknowledged.is_none() { HeldState::ToBeMet } else { HeldState::Past };
    all.extend(worked_out.map(|due| recorded(HeldKind::Acknowledge, stage.acknowledge_by, due, state)));
    let worked_out = match stage.acknowledged {
        Some(done) => {
            let on = words::london_date(done.at);
            Some(deadlines::respond_by(code, calendar, stage.stage, stage.received_at, on))
        }
        None => deadlines::respond_by_at_receipt(code, calendar, stage.stage, stage.received_at).transpose(),
    };
    let Some(worked_out) = worked_out else { return all };

    let first = stage.response_due.map(|due| due.original_by);
    let still = if stage.answered.is_none() { HeldState::ToBeMet } else { HeldState::Past };
    let (kind, state) = if stage.extensions.is_empty() {
        (HeldKind::Respond, still)
    } else {
        (HeldKind::RespondBeforeExtension, HeldState::Past)
    };
    all.push(recorded(kind, first, worked_out, state));
    // The stricter date of a late acknowledgement is worth a line only where it is another date.
    let strict = stage.response_due.and_then(|due| due.strict_by).zip(stage.acknowledge_by);
    if let Some((strict_by, acknowledge_by)) = strict.filter(|(strict_by, _)| Some(*strict_by) != first) {
        let worked_out = deadlines::strict_respond_by(code, calendar, stage.stage, acknowledge_by).transpose();
        all.extend(worked_out.map(|due| recorded(HeldKind::RespondStrictly, Some(strict_by), due, state)));
    }
    let limit = first.and_then(|by| deadlines::extension_limit(code, calendar, stage.stage, by).ok());
    all.extend(stage.extensions.iter().map(|extension| Held {
        kind: HeldKind::RespondExtended,
        by: Some(extension.new_by),
        provision: limit.as_ref().map(|limit| limit.provision.clone()),
        explanation: vec![format!("Reason: {}", extension.reason), format!("Updates: {}", extension.updates)],
        state: still,
    }));
    all
}

fn recorded(kind: HeldKind, by: Option<Date>, worked_out: Result<Deadline, NotCovered>, state: HeldState) -> Held {
    let (now, provision, mut explanation) = match worked_out {
        Ok(Deadline { by, provision, explanation, .. }) => (Some(by), Some(provision), explanation),
        Err(gap) => (None, None, vec![format!("{gap}.")]),
    };
    if let (Some(by), Some(now)) = (by, now)
        && by != now
    {
        let (by, now) = (words::weekday_date(by), words::weekday_date(now));
        explanation.push(format!(
            "The bank holidays have changed since this date was set: counted anew it is {now}; {by} stays the target."
        ));
    }
    Held { kind, by, provision, explanation, state }
}
