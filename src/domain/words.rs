//! Dates, numbers and lists in words, in GOV.UK style. The one place that decides how a date looks
//! to a person, and the one place that turns an instant into a London date.

use jiff::civil::{Date, DateTime, Time};
use jiff::{Timestamp, tz::TimeZone};

/// The time zone in which every deadline is counted.
fn london() -> TimeZone {
    // The zone database is compiled in, so the name is always known; UTC can only be reached by a
    // build without it, which `london_time_zone_is_compiled_in` would fail.
    TimeZone::get("Europe/London").unwrap_or(TimeZone::UTC)
}

/// The calendar date in Europe/London at an instant: the only way an instant becomes a date.
#[must_use]
pub fn london_date(at: Timestamp) -> Date {
    london_datetime(at).date()
}

/// The date and the time of day in Europe/London at an instant.
#[must_use]
pub fn london_datetime(at: Timestamp) -> DateTime {
    at.to_zoned(london()).datetime()
}

/// When a day begins in London.
#[must_use]
pub fn beginning_of(on: Date) -> Option<Timestamp> {
    on.to_zoned(london()).ok().map(|at| at.timestamp())
}

/// A date and a time of day in London as an instant; of an hour that came twice the earlier.
#[must_use]
pub fn in_london(on: Date, time: Time) -> Option<Timestamp> {
    on.to_datetime(time).to_zoned(london()).ok().map(|at| at.timestamp())
}

/// `25 November 2026`.
#[must_use]
pub fn date(on: Date) -> String {
    on.strftime("%-d %B %Y").to_string()
}

/// `Wednesday 25 November 2026`.
#[must_use]
pub fn weekday_date(on: Date) -> String {
    on.strftime("%A %-d %B %Y").to_string()
}

/// `25 November 2026 at 9:05am`, London time.
#[must_use]
pub fn instant(at: Timestamp) -> String {
    let at = london_datetime(at);
    format!("{} at {}", date(at.date()), time(at.time()))
}

/// `9:05am`.
#[must_use]
pub fn time(time: Time) -> String {
    let half = if time.hour() < 12 { "am" } else { "pm" };
    let hour = match time.hour() % 12 {
        0 => 12,
        hour => hour,
    };
    format!("{hour}:{:02}{half}", time.minute())
}

/// `1 working day`, `5 working days`.
#[must_use]
pub fn working_days(count: u32) -> String {
    if count == 1 { "1 working day".to_owned() } else { format!("{count} working days") }
}

/// `1 point`, `2 points`: for nouns that take an s.
#[must_use]
pub fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// `one`, `one and two`, `one, two and three`.
#[must_use]
pub fn list(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [only] => only.clone(),
        [head @ .., last] => format!("{} and {last}", head.join(", ")),
    }
}

/// A choice in words: `a, b or c`.
#[must_use]
pub fn either(items: &[String]) -> String {
    match items {
        [head @ .., last] if !head.is_empty() => format!("{} or {last}", head.join(", ")),
        _ => list(items),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn london_time_zone_is_compiled_in() {
        let summer: Timestamp = "2026-06-30T23:30:00Z".parse().unwrap();
        assert_eq!(london_date(summer), jiff::civil::date(2026, 7, 1));
    }

    #[test]
    fn instants_are_told_in_london_time() {
        let at: Timestamp = "2026-07-01T11:05:00Z".parse().unwrap();
        assert_eq!(instant(at), "1 July 2026 at 12:05pm");
    }
}
