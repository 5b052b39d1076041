//! A newer bank-holiday file, checked against the one in use before it takes its place. A file that
//! knows less than the one before is refused: a bank holiday that is missing makes a deadline too early,
//! one that is not known yet makes it too late.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::civil::Date;

use super::calendar::{self, Days, fault};
use super::data::{self, Data};
use super::faults::{ConfigFaults, Ledger};
use super::reader::Document;
use super::{place, read, read_file};
use crate::domain::calendar::Division;
use crate::domain::words;

/// The name of GOV.UK's file in the folder of `[paths] bank_holidays`.
const PUBLISHED: &str = "gov-uk.json";

/// A newer file that may be installed.
#[derive(Debug, Clone)]
pub struct NewerHolidays {
    text: String,
    target: PathBuf,
    /// What is different in it, in words; empty when nothing is.
    pub differences: Vec<String>,
}

/// Checks a newer bank-holiday file in GOV.UK's shape against the one that the configuration uses.
///
/// # Errors
/// [`ConfigFaults`] when it is no such file, is empty, ends earlier, begins after last year, or knows
/// fewer bank holidays of a coming year; and when the configuration names no folder to install it in.
pub fn check_newer(config: &Path, newer: &Path, now: Timestamp) -> Result<NewerHolidays, ConfigFaults> {
    let ledger = Ledger::default();
    let checked = check(config, newer, now, &ledger);
    ledger.settle(checked).map(|(checked, _)| checked)
}

fn check(config: &Path, newer: &Path, now: Timestamp, ledger: &Ledger) -> Option<NewerHolidays> {
    let text = read_file(config, ledger)?;
    let document = Document::parse(config, &text, ledger);
    let mut paths = document.root().section("paths");
    let place = place(config, None);
    let folder = read::path(&mut paths, "bank_holidays", &place);
    if folder.is_none() {
        paths.fault(
            "bank_holidays",
            "no folder is named, so a newer file has no place",
            "add bank_holidays = \"bank-holidays\" under [paths]; the folder is made when it is missing",
        );
    }
    let folder = folder?;
    let (used, overlay) =
        data::bank_holidays(Some(&folder).filter(|folder| folder.is_dir()).map(PathBuf::as_path), ledger)
            .or_else(|| data::bank_holidays(None, ledger))?;
    let offered = match fs::read_to_string(newer) {
        Ok(text) => Data { file: newer.to_owned(), text },
        Err(error) => {
            ledger.unusable(newer, format!("cannot be read ({error})"), "name the file you have downloaded");
            return None;
        }
    };
    // Whatever is wrong with the file in use, the newer one must be sound, with the overlay on it.
    calendar::read(&offered, &overlay, Division::EnglandAndWales, ledger);
    let known = calendar::published(&used, &Ledger::default()).unwrap_or_default();
    let days = calendar::published(&offered, ledger)?;
    let today = words::london_date(now);
    let mut differences = Vec::new();
    for division in Division::ALL {
        let (Some(before), Some(after)) = (known.get(&division), days.get(&division)) else { continue };
        compare(&offered, division, (before, after), today, ledger);
        differences.extend(differ(division, before, after));
    }
    Some(NewerHolidays { text: offered.text, target: folder.join(PUBLISHED), differences })
}

fn compare(offered: &Data, division: Division, (before, after): (&Days, &Days), today: Date, ledger: &Ledger) {
    const REMEDY: &str = "download https://www.gov.uk/bank-holidays.json again";
    let (Some((old_end, _)), Some((new_start, _)), Some((new_end, _))) =
        (before.last_key_value(), after.first_key_value(), after.last_key_value())
    else {
        return;
    };
    if new_end < old_end {
        let (new, old) = (words::date(*new_end), words::date(*old_end));
        fault(
            offered,
            division.key(),
            format!("it ends on {new}, earlier than the file in use ({old})"),
            REMEDY,
            ledger,
        );
    }
    if new_start.year() >= today.year() {
        let what = format!("it begins in {}; cases received last year could not be counted", new_start.year());
        fault(offered, division.key(), what, REMEDY, ledger);
    }
    for year in today.year()..=old_end.year() {
        let of_year = |days: &Days| days.keys().filter(|day| day.year() == year).count();
        let (old, new) = (of_year(before), of_year(after));
        if new < old {
            let what = format!("it knows {new} bank holidays of {year}, the file in use knows {old}");
            fault(offered, division.key(), what, REMEDY, ledger);
        }
    }
}

/// What is new and what is gone, in words.
fn differ(division: Division, before: &Days, after: &Days) -> Vec<String> {
    let dates = |days: &Days| days.keys().copied().collect::<BTreeSet<Date>>();
    let (old, new) = (dates(before), dates(after));
    let first = new.first().copied();
    let said = |what: &str, on: &Date, days: &Days| {
        let title = days.get(on).map_or("", String::as_str);
        format!("{division}: {what} {} ({title})", words::weekday_date(*on))
    };
    let added = new.difference(&old).map(|on| said("new:", on, after));
    // GOV.UK drops years long past; that is no news.
    let gone = old.difference(&new).filter(|on| first.is_some_and(|first| **on >= first));
    added.chain(gone.map(|on| said("no longer a bank holiday:", on, before))).collect()
}

impl NewerHolidays {
    /// Puts the file in its place, whole or not at all. The file before is kept beside it as
    /// `gov-uk.json.before`.
    ///
    /// # Errors
    /// When the folder cannot be written to; the file in use is then still there.
    pub fn install(&self) -> io::Result<&Path> {
        let folder = self.target.parent().unwrap_or_else(|| Path::new("."));
        fs::create_dir_all(folder)?;
        let half = self.target.with_extension("json.new");
        let mut file = File::create(&half)?;
        file.write_all(self.text.as_bytes())?;
        file.sync_all()?;
        if self.target.exists() {
            fs::copy(&self.target, self.target.with_extension("json.before"))?;
        }
        fs::rename(&half, &self.target)?;
        File::open(folder)?.sync_all()?;
        Ok(&self.target)
    }
}
