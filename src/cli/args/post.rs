//! The words of the commands about letters by post.

use clap::{Args, Subcommand};
use jiff::Timestamp;
use jiff::civil::Date;

use super::letters::{WhichLetter, which_letter};
use super::{List, date, instant};
use crate::casework::record;
use crate::domain::ids::EmailAddress;

/// `letter`, of those on paper.
#[derive(Debug, Subcommand)]
pub enum LetterPost {
    /// List the letters that wait to be posted, with the day by which they must be
    ToPost(List),
    /// Record that letters were posted: they are sent from then on
    ///
    /// Also for a letter whose e-mail does not go: the e-mail is then withdrawn.
    Posted(LetterPosted),
    /// Record that a posted letter came back: it counts as not sent
    Returned(LetterReturned),
    /// Take back a letter that waits to be posted
    Withdraw(LetterWithdraw),
}

/// `letter posted`.
#[derive(Debug, Args)]
pub struct LetterPosted {
    /// Their numbers, or references of cases for the newest letter of each
    #[arg(value_name = "LETTER|REF", value_parser = which_letter, required = true)]
    pub letters: Vec<WhichLetter>,
    /// When they were posted, in London time, such as "23 11 2026 16:30", or an instant with its offset
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub at: Timestamp,
    /// Who put them in the post [default: the officer]
    #[arg(long, value_name = "NAME")]
    pub by: Option<String>,
    /// The class of post, where the configuration has some
    #[arg(long, default_value = "", hide_default_value = true)]
    pub class: String,
    /// The officer who records it
    #[arg(long = "as", value_name = "EMAIL")]
    pub officer: EmailAddress,
}

/// `letter returned`.
#[derive(Debug, Args)]
pub struct LetterReturned {
    /// Its number, or a case's reference for the newest letter of that case
    #[arg(value_name = "LETTER|REF", value_parser = which_letter)]
    pub letter: WhichLetter,
    /// When it came back
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub on: Date,
    /// What the post says, such as "addressee gone away"
    #[arg(long)]
    pub reason: String,
    /// The officer who records it
    #[arg(long = "as", value_name = "EMAIL")]
    pub officer: EmailAddress,
}

/// `letter withdraw`.
#[derive(Debug, Args)]
pub struct LetterWithdraw {
    /// Its number, or a case's reference for the newest letter of that case
    #[arg(value_name = "LETTER|REF", value_parser = which_letter)]
    pub letter: WhichLetter,
    /// Why it is not posted
    #[arg(long)]
    pub reason: String,
    /// The officer who records it
    #[arg(long = "as", value_name = "EMAIL")]
    pub officer: EmailAddress,
}

/// A date and a time of day in London, or an instant with its offset.
fn moment(text: &str) -> Result<Timestamp, String> {
    if text.contains('T') {
        return instant(text);
    }
    let fault = || "write a date and a time, such as \"23 11 2026 16:30\"".to_owned();
    let (day, time) = text.trim().rsplit_once(' ').ok_or_else(fault)?;
    let (hour, minute) = time.split_once([':', '.']).ok_or_else(fault)?;
    let day = record::date(day).ok_or_else(fault)?;
    let (hour, minute) = (hour.parse().map_err(|_| fault())?, minute.parse().map_err(|_| fault())?);
    let time = jiff::civil::Time::new(hour, minute, 0, 0).map_err(|_| fault())?;
    crate::domain::words::in_london(day, time).ok_or_else(fault)
}
