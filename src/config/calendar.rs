//! Bank holidays: a file in GOV.UK's shape and an overlay of newly proclaimed days, made into one
//! calendar. The overlay never lengthens what the calendar covers: a day added beyond the last known
//! bank holiday would make every day before it look known.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Deserialize;

use super::data::Data;
use super::faults::{ConfigFault, Ledger, Weight};
use crate::domain::calendar::{Division, NotCovered, WorkingCalendar};
use crate::domain::code::HandlingCode;
use crate::domain::deadlines;
use crate::domain::stage::Stage;
use crate::domain::words;

const NEWER: &str = "install a newer copy of https://www.gov.uk/bank-holidays.json";

#[derive(Debug, Deserialize)]
struct Published {
    events: Vec<Event>,
}

#[derive(Debug, Deserialize)]
struct Event {
    title: String,
    date: String,
}

/// Bank holidays by date, with their titles.
pub(super) type Days = BTreeMap<Date, String>;

/// The bank holidays of each division that a file in GOV.UK's shape knows. Faults of all divisions are
/// noted, so that a broken file does not wait for the landlord who needs the broken part.
pub(super) fn published(data: &Data, ledger: &Ledger) -> Option<BTreeMap<Division, Days>> {
    let divisions: BTreeMap<String, Published> = parse(data, ledger)?;
    let mut found = BTreeMap::new();
    for division in Division::ALL {
        let Some(list) = divisions.get(division.key()).filter(|list| !list.events.is_empty()) else {
            fault(data, division.key(), "no bank holidays for this division", NEWER, ledger);
            continue;
        };
        let days = dates(data, division, &list.events, ledger);
        check_years(data, division, &days, ledger);
        found.insert(division, days);
    }
    Some(found)
}

/// The calendar of one division: the file and its overlay.
pub(super) fn read(file: &Data, overlay: &Data, division: Division, ledger: &Ledger) -> Option<WorkingCalendar> {
    let divisions = published(file, ledger)?;
    let additions: BTreeMap<String, Vec<Event>> = parse(overlay, ledger)?;
    for name in additions.keys().filter(|name| name.parse::<Division>().is_err()) {
        fault(overlay, name, "unknown division", "use england-and-wales, scotland or northern-ireland", ledger);
    }
    let mut found = None;
    for (each, mut days) in divisions {
        let known = days.keys().next().copied().zip(days.keys().next_back().copied());
        for (on, title) in dates(overlay, each, additions.get(each.key()).map_or(&[], Vec::as_slice), ledger) {
            if known.is_some_and(|(first, last)| on < first.first_of_year() || on > last) {
                let what = format!("{on} lies outside the days that {} covers", file.file.display());
                fault(overlay, each.key(), what, NEWER, ledger);
            } else {
                days.entry(on).or_insert(title);
            }
        }
        if each == division {
            found = WorkingCalendar::new(each, days).ok();
        }
    }
    found
}

fn parse<T: for<'de> Deserialize<'de>>(data: &Data, ledger: &Ledger) -> Option<T> {
    match serde_json::from_str(&data.text) {
        Ok(value) => Some(value),
        Err(error) => {
            ledger.note(ConfigFault {
                file: data.file.clone(),
                line: Some(error.line()),
                key: String::new(),
                what: format!("not in the shape of GOV.UK's bank-holiday file: {error}"),
                remedy: NEWER.to_owned(),
                weight: Weight::Unusable,
            });
            None
        }
    }
}

fn dates(data: &Data, division: Division, events: &[Event], ledger: &Ledger) -> Days {
    let mut days = BTreeMap::new();
    for event in events {
        // Only the plain form, so that `2026-6-15` or a date with a time cannot pass by chance.
        let date = event.date.parse::<Date>().ok().filter(|date| date.to_string() == event.date);
        match date {
            None => {
                let what = format!("'{}' ({}) is not a date", event.date, event.title);
                fault(data, division.key(), what, "write dates as 2026-06-15", ledger);
            }
            Some(on) if days.insert(on, event.title.clone()).is_some() => {
                fault(data, division.key(), format!("{on} stands twice"), "remove one of the two", ledger);
            }
            Some(_) => {}
        }
    }
    days
}

/// A year without bank holidays between two years with them means that a part of the file is gone.
fn check_years(data: &Data, division: Division, days: &Days, ledger: &Ledger) {
    let (Some(first), Some(last)) = (days.keys().next(), days.keys().next_back()) else { return };
    for year in first.year()..last.year() {
        if !days.keys().any(|day| day.year() == year) {
            fault(data, division.key(), format!("no bank holidays in {year}"), NEWER, ledger);
        }
    }
}

pub(super) fn fault(data: &Data, key: &str, what: impl Into<String>, remedy: &str, ledger: &Ledger) {
    let (what, remedy) = (what.into(), remedy.to_owned());
    ledger.note(ConfigFault {
        file: data.file.clone(),
        line: None,
        key: key.to_owned(),
        what,
        remedy,
        weight: Weight::Unusable,
    });
}

/// Says when the calendar ends before the last deadline a complaint received now could have, and,
/// from twelve months ahead, when it will.
pub(super) fn check_reach(
    data: &Data,
    calendar: &WorkingCalendar,
    code: &HandlingCode,
    now: Timestamp,
    ledger: &Ledger,
) {
    let ends = words::date(calendar.covered_to());
    let (what, weight) = if let Err(gap) = longest_path(calendar, code, now) {
        let what = format!(
            "the file ends too early: bank holidays for {} are known to {ends}, and the deadlines of a complaint \
             received today reach {} or later",
            gap.division,
            words::date(gap.asked)
        );
        (what, Weight::Degraded)
    } else if calendar.ends_within_a_year(words::london_date(now)) {
        let what = format!("bank holidays for {} are known only to {ends}", calendar.division());
        (what, Weight::Warning)
    } else {
        return;
    };
    let (key, remedy) = (calendar.division().key().to_owned(), NEWER.to_owned());
    ledger.note(ConfigFault { file: data.file.clone(), line: None, key, what, remedy, weight });
}

fn longest_path(calendar: &WorkingCalendar, code: &HandlingCode, now: Timestamp) -> Result<(), NotCovered> {
    for stage in [Stage::One, Stage::Two] {
        let first = deadlines::first_due(code, calendar, stage, now)?;
        let respond = deadlines::respond_by(code, calendar, stage, now, first.by)?;
        deadlines::extension_limit(code, calendar, stage, respond.by)?;
    }
    Ok(())
}
