//! Dates counted anew, with the bank holidays known now.

use jiff::civil::Date;

use super::Rules;
use crate::domain::calendar::NotCovered;
use crate::domain::case::Case;
use crate::domain::deadlines::{self, Deadline, Duty};
use crate::domain::events::CaseEvent;
use crate::domain::stage::Stage;
use crate::domain::words;

/// Only the date still to be met is counted anew: what has been met or missed stays as it was judged.
pub(super) fn recount(rules: Rules<'_>, case: &Case) -> Vec<CaseEvent> {
    let Rules { code, calendar, .. } = rules;
    let stage = &case.current;
    if stage.answered.is_some() || case.ended_at().is_some() {
        return Vec::new();
    }
    let mut events = Vec::new();
    if stage.acknowledged.is_none() {
        let counted = deadlines::acknowledge_by(code, calendar, stage.stage, stage.received_at);
        events.extend(recounted(Duty::Acknowledge, stage.acknowledge_by, counted, None));
    }
    let (counted, strict) = match stage.acknowledged {
        Some(done) => {
            let on = words::london_date(done.at);
            let counted = deadlines::respond_by(code, calendar, stage.stage, stage.received_at, on).map(Some);
            (counted, strict_by(rules, stage.stage, stage.acknowledge_by, on))
        }
        None => (deadlines::respond_by_at_receipt(code, calendar, stage.stage, stage.received_at), None),
    };
    let recorded_by = stage.response_due.map(|due| due.counted_by);
    events.extend(recounted(Duty::Respond, recorded_by, counted, strict));
    events
}

fn recounted(
    duty: Duty,
    recorded_by: Option<Date>,
    counted: Result<Option<Deadline>, NotCovered>,
    strict_by: Option<Date>,
) -> Option<CaseEvent> {
    // Where the calendar does not reach, what is recorded is all there is.
    let counted = counted.ok().flatten().filter(|counted| recorded_by != Some(counted.by))?;
    let (counted_by, why) = (counted.by, words::list(&counted.bank_holidays));
    let why = if why.is_empty() { "no bank holiday is passed over".to_owned() } else { format!("{why} not counted") };
    Some(CaseEvent::DateRecounted { duty, recorded_by, counted_by, strict_by, why })
}

/// The stricter response date after a late acknowledgement.
pub(super) fn strict_by(
    rules: Rules<'_>,
    stage: Stage,
    acknowledge_by: Option<Date>,
    acknowledged_on: Date,
) -> Option<Date> {
    let due = acknowledge_by.filter(|by| acknowledged_on > *by)?;
    deadlines::strict_respond_by(rules.code, rules.calendar, stage, due).ok().flatten().map(|due| due.by)
}
