//! The words of `complaintsd deadlines`.

use clap::Args;
use jiff::Timestamp;
use jiff::civil::Date;

use super::{day, instant};
use crate::domain::calendar::Division;

/// `deadlines`.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("start").required(true))]
pub struct Deadlines {
    /// When a complaint was received, such as 2026-11-22T23:30:00Z: prints the stage's dates
    #[arg(long, value_name = "RFC3339", group = "start", value_parser = instant)]
    pub received: Option<Timestamp>,
    /// The stage the dates are for
    #[arg(long, value_name = "STAGE", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=2), conflicts_with = "from")]
    pub stage: u8,
    /// Count from this instant or date, such as 22 11 2026
    #[arg(long, value_name = "RFC3339-or-DATE", group = "start", requires = "working_days", value_parser = day)]
    pub from: Option<Date>,
    /// How many working days to count
    #[arg(long, value_name = "N", requires = "from", allow_negative_numbers = true, value_parser = clap::value_parser!(u32).range(0..=10_000))]
    pub working_days: Option<u32>,
    /// Whose bank holidays count: england-and-wales, scotland or northern-ireland
    /// [default: the configuration's, else england-and-wales]
    #[arg(long)]
    pub division: Option<Division>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}
