//! Which reminder is due. Rungs divide the time before a deadline into half-open windows, so that
//! after downtime exactly the rung of today's window is sent and none is sent twice.

use jiff::civil::Date;

use super::calendar::{NotCovered, WorkingCalendar, WorkingDays};

/// A reminder that is due: the rung and the day its window opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rung {
    /// Working days before the deadline.
    pub before: WorkingDays,
    /// The day its window opened.
    pub opened_on: Date,
}

/// The rung whose window contains `today`, if any.
///
/// A rung's window opens `before` working days ahead of the deadline and ends when the next rung's
/// opens; the last one stays open until the duty is done, so a reminder is never lost to downtime.
/// On a day that is not a working day nothing is due. The calendar may have ended before `today`: what
/// was promised for a day it knew is reminded of all the same.
///
/// # Errors
/// [`NotCovered`] when the calendar does not know the days before the deadline.
pub fn due_rung(
    calendar: &WorkingCalendar,
    rungs: &[WorkingDays],
    by: Date,
    today: Date,
) -> Result<Option<Rung>, NotCovered> {
    if !calendar.may_be_at_work(today) {
        return Ok(None);
    }
    let mut due = None;
    for &before in rungs {
        let opened_on = calendar.back(by, before)?;
        let rung = Rung { before, opened_on };
        if opened_on <= today && due.is_none_or(|best: Rung| best.opened_on < opened_on) {
            due = Some(rung);
        }
    }
    Ok(due)
}

#[cfg(test)]
mod tests;
