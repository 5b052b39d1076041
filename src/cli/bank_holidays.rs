//! `complaintsd bank-holidays`: a newer file takes its place only when it is sound, and every date it
//! moves is told and kept in the case's history.

use std::io::Write;
use std::path::Path;

use anyhow::Context as _;
use jiff::Timestamp;

use super::args::BankHolidays as Words;
use super::{Exit, open};
use crate::config;
use crate::daemon::house::House;

/// Checks and installs a newer file, then counts anew.
pub(super) async fn run(asked: &Words, file: &Path, now: Timestamp, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let Words::Update { file: newer } = asked;
    let newer = config::check_newer(file, newer, now)?;
    let target = newer.install().context("the newer bank-holiday file could not be put in its place")?;
    writeln!(out, "Installed as {}.", target.display())?;
    for difference in &newer.differences {
        writeln!(out, "{difference}")?;
    }
    if newer.differences.is_empty() {
        writeln!(out, "It says what the file before said.")?;
    }
    let house = House::open(open::config(file, now)?).await?;
    let moved = house.casework().recount().await?;
    for (reference, event) in &moved {
        writeln!(out, "{reference}: {}", event.in_words())?;
    }
    writeln!(out, "Cases whose date moved: {}", moved.len())?;
    if house.store.lock_instance().await?.is_none() {
        writeln!(out, "complaintsd is running: start it again, so that new cases are counted with this file.")?;
    }
    Ok(Exit::Done)
}
