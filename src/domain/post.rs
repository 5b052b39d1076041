//! Letters by post: where they go, when they were posted and by whom, and by when that must be. A letter on
//! paper is sent once an officer has recorded its posting, and not before.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::{Date, Time};

use super::calendar::{WorkingCalendar, WorkingDays};
use super::case::Case;
use super::ids::EmailAddress;
use super::letter::{LetterKind, Purpose};
use super::words;

/// So many lines, with the name above them, stand in the window of an envelope.
const MOST_LINES: usize = 5;

/// So many characters of a line do; Royal Mail's own lines are no longer.
const LONGEST: usize = 35;

/// A postal address: its lines without the name, none of them blank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostalAddress(pub Vec<String>);

/// Why a text is no postal address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAPostalAddress {
    /// One line is not enough to find anybody.
    #[error("write the address in lines, or parted by commas: street, town, postcode")]
    TooShort,
    /// It would not show through the window of an envelope.
    #[error(
        "write the address in {MOST_LINES} lines of up to {LONGEST} characters, without the name: more does not show through the window of an envelope"
    )]
    TooLong,
    /// It holds what nobody can write on an envelope.
    #[error("the address holds characters that cannot be printed: write it anew")]
    Unprintable,
}

impl std::str::FromStr for PostalAddress {
    type Err = NotAPostalAddress;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let filled = |separators: &[char]| -> Vec<String> {
            let lines = text.split(separators).map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
            lines.map(|line| line.trim_end_matches(',').to_owned()).filter(|line| !line.is_empty()).collect()
        };
        let mut lines = filled(&['\n']);
        if lines.len() == 1 {
            lines = filled(&[',']);
        }
        if lines.iter().flat_map(|line| line.chars()).any(char::is_control) {
            return Err(NotAPostalAddress::Unprintable);
        }
        if lines.len() < 2 {
            return Err(NotAPostalAddress::TooShort);
        }
        if lines.len() > MOST_LINES || lines.iter().any(|line| line.chars().count() > LONGEST) {
            return Err(NotAPostalAddress::TooLong);
        }
        Ok(Self(lines))
    }
}

impl fmt::Display for PostalAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(", "))
    }
}

/// Where a resident's post goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Postal {
    /// The address.
    pub address: PostalAddress,
    /// When a letter to it came back: from then on nothing goes there.
    pub returned_on: Option<Date>,
}

/// How a letter was posted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posting {
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: String,
    /// The class of post; may be empty.
    pub class: String,
}

/// How a letter goes to whom it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    /// By e-mail.
    Email(EmailAddress),
    /// On paper.
    Post(PostalAddress),
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Email(to) => to.fmt(f),
            Self::Post(to) => write!(f, "{to} (by post)"),
        }
    }
}

/// How the landlord posts letters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostRules {
    /// The classes of post that can be recorded; none is asked for when there are none.
    pub classes: Vec<String>,
    /// Within so many working days of its approval a letter is posted, and sooner where its date is.
    pub within: WorkingDays,
    /// When the working day begins.
    pub begins: Time,
    /// When the last post of a working day goes.
    pub last_post: Time,
}

impl Default for PostRules {
    fn default() -> Self {
        let (begins, last_post) = (jiff::civil::time(9, 0, 0, 0), jiff::civil::time(17, 0, 0, 0));
        Self { classes: Vec::new(), within: WorkingDays(1), begins, last_post }
    }
}

/// By when an approved letter must have gone: what it meets has a date of its own; anything else goes within
/// the landlord's days after its approval.
#[must_use]
pub fn to_go_by(
    rules: &PostRules,
    calendar: &WorkingCalendar,
    case: &Case,
    kind: LetterKind,
    approved_at: Timestamp,
) -> Date {
    let approved_on = words::london_date(approved_at);
    let within = calendar.count(approved_on, rules.within, super::calendar::Counting::EventIsDayZero);
    let within = within.map_or(approved_on, |counted| counted.due_on);
    let due = case.next_deadline().and_then(|(_, by)| by).filter(|_| kind.purpose() != Purpose::Tell);
    due.map_or(within, |due| due.min(within))
}

/// How much working time is left until the last post of a day, in minutes.
#[must_use]
pub fn working_minutes(rules: &PostRules, calendar: &WorkingCalendar, now: Timestamp, by: Date) -> i64 {
    let now = words::london_datetime(now);
    let minutes = |from: Time, to: Time| (to.duration_since(from).as_secs() / 60).max(0);
    let (mut on, mut left) = (now.date(), 0);
    while on <= by {
        if calendar.is_working_day(on).unwrap_or(false) {
            let from = if on == now.date() { now.time().max(rules.begins) } else { rules.begins };
            left += minutes(from, rules.last_post);
        }
        match on.tomorrow() {
            Ok(next) => on = next,
            Err(_) => break,
        }
    }
    left
}

/// Working time in words: minutes while every one counts.
#[must_use]
pub fn in_words(minutes: i64) -> String {
    let count = |number: i64, one: &str| words::counted(usize::try_from(number).unwrap_or(0), one);
    match (minutes / 60, minutes % 60) {
        (_, _) if minutes <= 0 => "no working time".to_owned(),
        (0, minutes) => count(minutes, "working minute"),
        (hours @ 1..=3, minutes) if minutes > 0 => {
            format!("{} {}", count(hours, "hour"), count(minutes, "working minute"))
        }
        (hours, _) => count(hours, "working hour"),
    }
}

#[cfg(test)]
mod tests;
