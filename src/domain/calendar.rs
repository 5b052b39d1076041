//! Working days. The calendar answers only for days it knows the bank holidays of: past the last
//! known one the answer is [`NotCovered`], never a guess.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use jiff::ToSpan as _;
use jiff::civil::{Date, Weekday};

use super::words;

/// A division of the United Kingdom with bank holidays of its own, as GOV.UK names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Division {
    /// England and Wales.
    EnglandAndWales,
    /// Scotland.
    Scotland,
    /// Northern Ireland.
    NorthernIreland,
}

impl Division {
    /// All divisions.
    pub const ALL: [Self; 3] = [Self::EnglandAndWales, Self::Scotland, Self::NorthernIreland];

    /// The key GOV.UK's bank-holiday file uses.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::EnglandAndWales => "england-and-wales",
            Self::Scotland => "scotland",
            Self::NorthernIreland => "northern-ireland",
        }
    }
}

impl fmt::Display for Division {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::EnglandAndWales => "England and Wales",
            Self::Scotland => "Scotland",
            Self::NorthernIreland => "Northern Ireland",
        })
    }
}

/// The text names no division.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown division '{0}': use england-and-wales, scotland or northern-ireland")]
pub struct UnknownDivision(String);

impl FromStr for Division {
    type Err = UnknownDivision;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|division| division.key() == text).ok_or_else(|| UnknownDivision(text.to_owned()))
    }
}

/// A number of working days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WorkingDays(pub u32);

impl fmt::Display for WorkingDays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&words::working_days(self.0))
    }
}

/// Whether the day of the event is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counting {
    /// The day of the event is day 0; the next working day is day 1.
    EventIsDayZero,
    /// The day of the event, or the next working day after it, is day 1.
    EventIsDayOne,
}

/// The question reaches beyond the bank holidays that are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "not covered: bank holidays for {division} are known from {from} to {to} and {asked} lies outside; \
     install a newer bank-holiday file"
)]
pub struct NotCovered {
    /// The division asked about.
    pub division: Division,
    /// The first day outside that the counting reached.
    pub asked: Date,
    /// First day covered.
    pub from: Date,
    /// Last day covered.
    pub to: Date,
}

/// The calendar has no holidays at all, so it cannot say which days it covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no bank holidays for {0}: the file is empty for this division")]
pub struct EmptyCalendar(pub Division);

/// Why a day is not a working day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DayOff {
    /// A Saturday or Sunday.
    Weekend(Weekday),
    /// A bank holiday, with its title.
    BankHoliday(String),
}

/// One day that the counting passed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// The day.
    pub on: Date,
    /// Why it does not count.
    pub why: DayOff,
}

/// The result of counting working days: the date, and how it was reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// The day the counting started from.
    pub from: Date,
    /// How many working days were counted.
    pub days: WorkingDays,
    /// Whether the starting day was counted.
    pub counting: Counting,
    /// The day the count was reached.
    pub due_on: Date,
    /// The days passed over on the way, in order.
    pub skipped: Vec<Skipped>,
}

/// The working days of one division.
#[derive(Debug, Clone)]
pub struct WorkingCalendar {
    division: Division,
    holidays: BTreeMap<Date, String>,
    from: Date,
    to: Date,
}

impl WorkingCalendar {
    /// A calendar of these bank holidays. It covers from 1 January of the first one's year to the
    /// last one.
    ///
    /// # Errors
    /// [`EmptyCalendar`] when there are none.
    pub fn new(division: Division, holidays: BTreeMap<Date, String>) -> Result<Self, EmptyCalendar> {
        let (Some(first), Some(last)) = (holidays.keys().next(), holidays.keys().next_back()) else {
            return Err(EmptyCalendar(division));
        };
        let (from, to) = (first.first_of_year(), *last);
        Ok(Self { division, holidays, from, to })
    }

    /// The division whose bank holidays these are.
    #[must_use]
    pub const fn division(&self) -> Division {
        self.division
    }

    /// The first day this calendar can answer for.
    #[must_use]
    pub const fn covered_from(&self) -> Date {
        self.from
    }

    /// The last day this calendar can answer for.
    #[must_use]
    pub const fn covered_to(&self) -> Date {
        self.to
    }

    /// Whether this calendar ends less than twelve months from now: time to install a newer one.
    #[must_use]
    pub fn ends_within_a_year(&self, today: Date) -> bool {
        self.to < today.saturating_add(12.months())
    }

    const fn not_covered(&self, asked: Date) -> NotCovered {
        NotCovered { division: self.division, asked, from: self.from, to: self.to }
    }

    /// Why this is not a working day, or `None` when it is one.
    ///
    /// # Errors
    /// [`NotCovered`] outside the days covered.
    pub fn day_off(&self, on: Date) -> Result<Option<DayOff>, NotCovered> {
        if on < self.from || on > self.to {
            return Err(self.not_covered(on));
        }
        if let Some(title) = self.holidays.get(&on) {
            return Ok(Some(DayOff::BankHoliday(title.clone())));
        }
        Ok(match on.weekday() {
            weekday @ (Weekday::Saturday | Weekday::Sunday) => Some(DayOff::Weekend(weekday)),
            _ => None,
        })
    }

    /// Whether this is a working day.
    ///
    /// # Errors
    /// [`NotCovered`] outside the days covered.
    pub fn is_working_day(&self, on: Date) -> Result<bool, NotCovered> {
        self.day_off(on).map(|off| off.is_none())
    }

    /// Counts `days` working days forward from `from`. Day 0 is `from`, whatever day it is
    /// (or it may be day 1, see [`Counting`]); the deadline is the end of the day returned.
    ///
    /// # Errors
    /// [`NotCovered`] when the counting leaves the days covered.
    pub fn count(&self, from: Date, days: WorkingDays, counting: Counting) -> Result<Counted, NotCovered> {
        let mut on = from;
        let mut counted = 0;
        let mut skipped = Vec::new();
        if on < self.from || on > self.to {
            return Err(self.not_covered(on));
        }
        if counting == Counting::EventIsDayOne && days.0 > 0 {
            match self.day_off(on)? {
                None => counted += 1,
                Some(why) => skipped.push(Skipped { on, why }),
            }
        }
        while counted < days.0 {
            on = on.tomorrow().map_err(|_| self.not_covered(on))?;
            match self.day_off(on)? {
                None => counted += 1,
                Some(why) => skipped.push(Skipped { on, why }),
            }
        }
        Ok(Counted { from, days, counting, due_on: on, skipped })
    }

    /// The working day that lies `days` working days before `by`; 0 is `by` itself, or the last
    /// working day before it.
    ///
    /// # Errors
    /// [`NotCovered`] when the counting leaves the days covered.
    pub fn back(&self, by: Date, days: WorkingDays) -> Result<Date, NotCovered> {
        let mut on = by;
        while !self.is_working_day(on)? {
            on = on.yesterday().map_err(|_| self.not_covered(on))?;
        }
        let mut left = days.0;
        while left > 0 {
            on = on.yesterday().map_err(|_| self.not_covered(on))?;
            if self.is_working_day(on)? {
                left -= 1;
            }
        }
        Ok(on)
    }

    /// How many working days lie after `today` up to and including `by`; negative when `by` has
    /// passed, counting the working days after `by` up to and including `today`.
    ///
    /// # Errors
    /// [`NotCovered`] when the days between leave the days covered.
    pub fn days_left(&self, today: Date, by: Date) -> Result<i64, NotCovered> {
        let (mut on, end, sign) = if by >= today { (today, by, 1) } else { (by, today, -1) };
        let mut count = 0;
        while on < end {
            on = on.tomorrow().map_err(|_| self.not_covered(on))?;
            if self.is_working_day(on)? {
                count += sign;
            }
        }
        Ok(count)
    }
}

impl Counted {
    /// How the date was reached, one sentence a line. `event` says what happened on the first day
    /// ("Received").
    #[must_use]
    pub fn explain(&self, event: &str) -> Vec<String> {
        let day = match self.counting {
            Counting::EventIsDayZero => "This is day 0: counting starts on the next working day.",
            Counting::EventIsDayOne => "This is day 1 if it is a working day.",
        };
        let mut lines = vec![format!("{event} on {}. {day}", words::weekday_date(self.from))];
        lines.extend(self.skipped.iter().map(|skipped| match &skipped.why {
            DayOff::Weekend(_) => format!("{} is not counted: weekend.", words::weekday_date(skipped.on)),
            DayOff::BankHoliday(title) => {
                format!("{} is not counted: bank holiday ({title}).", words::weekday_date(skipped.on))
            }
        }));
        lines.push(format!(
            "{} {} on {}. The deadline is met if it is done by the end of that day, London time.",
            self.days,
            if self.days.0 == 1 { "ends" } else { "end" },
            words::weekday_date(self.due_on)
        ));
        lines
    }
}

#[cfg(test)]
mod tests;
