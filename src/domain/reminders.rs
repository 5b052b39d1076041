//! Which reminder is due. Rungs divide the time before a deadline into half-open windows, so that
//! after downtime exactly the rung of today's window is sent and none is sent twice.

use std::collections::BTreeSet;

use jiff::civil::{Date, Weekday};

use super::calendar::{NotCovered, WorkingCalendar, WorkingDays};
use super::ids::EmailAddress;

/// A reminder that is due: the rung and the day its window opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rung {
    /// Working days before the deadline.
    pub before: WorkingDays,
    /// The day its window opened.
    pub opened_on: Date,
}

/// The days on which somebody is at work to be reminded: working days on which the landlord's office is
/// not closed. Closed days bring reminders forward; they never move a deadline, because the Code knows
/// only working days.
#[derive(Debug, Clone, Copy)]
pub struct OfficeDays<'a> {
    /// The working days.
    pub calendar: &'a WorkingCalendar,
    /// Days on which the office is closed though they are working days, such as between Christmas and
    /// New Year.
    pub closed: &'a BTreeSet<Date>,
}

impl OfficeDays<'_> {
    /// Whether people may be at work. Where the calendar does not reach, any Monday to Friday: never so
    /// for a deadline; there, not knowing is an answer.
    #[must_use]
    pub fn may_be_at_work(&self, on: Date) -> bool {
        let weekday = !matches!(on.weekday(), Weekday::Saturday | Weekday::Sunday);
        !self.closed.contains(&on) && self.calendar.is_working_day(on).unwrap_or(weekday)
    }

    /// The office day that lies `days` office days before `by`; 0 is `by` itself, or the last office day
    /// before it.
    ///
    /// # Errors
    /// [`NotCovered`] when the counting leaves the days covered.
    pub fn back(&self, by: Date, days: WorkingDays) -> Result<Date, NotCovered> {
        let mut left = days.0;
        let mut on = self.calendar.back(by, WorkingDays(0))?;
        loop {
            if !self.closed.contains(&on) {
                if left == 0 {
                    return Ok(on);
                }
                left -= 1;
            }
            on = self.calendar.back(on, WorkingDays(1))?;
        }
    }
}

/// The rung whose window contains `today`, if any.
///
/// A rung's window opens `before` office days ahead of the deadline and ends when the next rung's
/// opens; the last one stays open until the duty is done, so a reminder is never lost to downtime.
/// On a day that is not an office day nothing is due. The calendar may have ended before `today`: what
/// was promised for a day it knew is reminded of all the same.
///
/// # Errors
/// [`NotCovered`] when the calendar does not know the days before the deadline.
pub fn due_rung(
    days: OfficeDays<'_>,
    rungs: &[WorkingDays],
    by: Date,
    today: Date,
) -> Result<Option<Rung>, NotCovered> {
    if !days.may_be_at_work(today) {
        return Ok(None);
    }
    let mut due = None;
    for &before in rungs {
        let opened_on = days.back(by, before)?;
        let rung = Rung { before, opened_on };
        if opened_on <= today && due.is_none_or(|best: Rung| best.opened_on < opened_on) {
            due = Some(rung);
        }
    }
    Ok(due)
}

/// How often a digest comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Every {
    /// Each working day.
    Day,
    /// On the first working day of each week.
    Week,
}

/// Who gets a digest, and how often.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DigestTo {
    /// The address.
    pub address: EmailAddress,
    /// How often.
    pub every: Every,
}

#[cfg(test)]
mod tests;
