//! Reads `[reminders]`: when handlers are reminded, on which days nobody is at work, and who gets a digest.

use std::collections::BTreeSet;

use jiff::ToSpan as _;
use jiff::civil::Date;

use super::read::email;
use super::reader::Section;
use super::settings::Reminders;
use crate::domain::calendar::WorkingDays;
use crate::domain::reminders::{DigestTo, Every};

pub(super) fn reminders(mut section: Section<'_>) -> Reminders {
    let mut rungs = |key, otherwise: &[u32]| {
        let mut days = section.numbers(key).unwrap_or_else(|| otherwise.to_vec());
        if days.is_empty() || days.iter().any(|day| *day > 60) {
            section.fault(
                key,
                "needs one rung at least, each 60 working days or less",
                "write a list such as [3, 1, 0]",
            );
        }
        days.sort_unstable_by(|left, right| right.cmp(left));
        days.dedup();
        days.into_iter().map(WorkingDays).collect()
    };
    let (acknowledge, respond) = (rungs("acknowledge", &[3, 2, 1, 0]), rungs("respond", &[5, 3, 1, 0]));
    let (review, ombudsman) = (rungs("review", &[10, 0]), rungs("ombudsman", &[5, 2, 1, 0]));
    let undecided = rungs("undecided", &[1, 0]);
    let closed = closed_days(&mut section);
    let address = email(&mut section, "digest_to");
    let every = section.choice("digest", &[("weekly", Every::Week), ("daily", Every::Day)]);
    let digest = address.zip(every).map(|(address, every)| DigestTo { address, every });
    section.finish();
    Reminders { acknowledge, respond, review, ombudsman, undecided, closed, digest }
}

/// A longer closure is a mistyped year.
const LONGEST_CLOSURE: i64 = 60;

/// Dates and ranges of dates, the last day included.
fn closed_days(section: &mut Section<'_>) -> BTreeSet<Date> {
    const KEY: &str = "closed_days";
    let mut days = BTreeSet::new();
    for text in section.texts(KEY).unwrap_or_default() {
        let (first, last) = text.split_once(" to ").unwrap_or((&text, &text));
        let range = first.trim().parse::<Date>().ok().zip(last.trim().parse::<Date>().ok());
        let range = range.filter(|(first, last)| first <= last && first.saturating_add(LONGEST_CLOSURE.days()) > *last);
        match range {
            Some((first, last)) => {
                days.extend(first.series(1.day()).take_while(|day| *day <= last));
            }
            None => section.fault(
                KEY,
                format!("'{text}' is neither a date nor a range of at most {LONGEST_CLOSURE} days"),
                "write dates as \"2026-12-24\" and ranges as \"2026-12-29 to 2026-12-31\"",
            ),
        }
    }
    days
}
