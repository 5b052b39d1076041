//! Dates counted anew, with the bank holidays known now.

use jiff::civil::Date;

use super::Rules;
use crate::domain::case::Case;
use crate::domain::deadlines::{self, Duty};
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
    let (duty, recorded_by, counted, strict_by) = match stage.acknowledged {
        None => {
            let counted = deadlines::acknowledge_by(code, calendar, stage.stage, stage.received_at);
            (Duty::Acknowledge, stage.acknowledge_by, counted, None)
        }
        Some(acknowledged) => {
            let on = words::london_date(acknowledged.at);
            let counted = deadlines::respond_by(code, calendar, stage.stage, on);
            let strict = strict_by(rules, stage.stage, stage.acknowledge_by, on);
            (Duty::Respond, stage.response_due.map(|due| due.counted_by), counted, strict)
        }
    };
    // Where the calendar does not reach, what is recorded is all there is.
    let Ok(counted) = counted else { return Vec::new() };
    if recorded_by == Some(counted.by) {
        return Vec::new();
    }
    let (counted_by, why) = (counted.by, words::list(&counted.bank_holidays));
    let why = if why.is_empty() { "no bank holiday is passed over".to_owned() } else { format!("{why} not counted") };
    vec![CaseEvent::DateRecounted { duty, recorded_by, counted_by, strict_by, why }]
}

/// The stricter response date after a late acknowledgement.
pub(super) fn strict_by(
    rules: Rules<'_>,
    stage: Stage,
    acknowledge_by: Option<Date>,
    acknowledged_on: Date,
) -> Option<Date> {
    let due = acknowledge_by.filter(|by| acknowledged_on > *by)?;
    deadlines::strict_respond_by(rules.code, rules.calendar, stage, due).ok().map(|due| due.by)
}
