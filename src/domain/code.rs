//! A complaint handling code as data: days, limits and what each letter must contain, each with the
//! provision it comes from. No number of days stands anywhere else in the program.

use std::collections::BTreeMap;
use std::fmt;

use super::calendar::{Counting, WorkingDays};
use super::letter::LetterKind;
use super::stage::Stage;

/// The number of a provision, such as `6.2`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Provision(pub String);

impl fmt::Display for Provision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A number of working days and the provision that sets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timescale {
    /// How many working days.
    pub days: WorkingDays,
    /// Where the Code says so.
    pub provision: Provision,
    /// Whether somebody has checked it against the text of the regime.
    pub standing: FactStanding,
}

/// Whether a number in a regime's file has been checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FactStanding {
    /// It has.
    Confirmed,
    /// A person should check it before it is relied on; dates say so.
    Unconfirmed,
}

/// From what a response is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RespondFrom {
    /// From the day the acknowledgement was sent (6.3, 6.14).
    Acknowledgement,
    /// From the day of receipt.
    Receipt,
}

/// The timescales of one stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageTimes {
    /// To acknowledge, define and log, from receipt (6.2, 6.11); `None` in a regime that asks for none at
    /// this stage.
    pub acknowledge: Option<Timescale>,
    /// To respond in full (6.3, 6.14).
    pub respond: Timescale,
    /// From what the response is counted.
    pub respond_from: RespondFrom,
    /// The longest extension, from the original due date (6.4, 6.15).
    pub extension: Timescale,
}

/// How long after an event a complaint about it must be taken up, and where the Code says so (2.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeLimit {
    /// How many months.
    pub months: i32,
    /// The provision.
    pub provision: Provision,
}

/// Something a letter must contain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequiredElement {
    /// The name a template marks the passage with.
    pub id: String,
    /// The provision that requires it; a recommendation is marked as such in the Code's file.
    pub provision: Provision,
    /// What it is, in words an officer uses.
    pub title: String,
    /// What to write when it is missing.
    pub remedy: String,
}

/// A complaint handling code.
#[derive(Debug, Clone)]
pub struct HandlingCode {
    /// Short name, the file's name without its ending.
    pub id: String,
    /// Full title.
    pub title: String,
    /// Whether the day of receipt counts.
    pub counting: Counting,
    /// Timescales of stage 1.
    pub stage_one: StageTimes,
    /// Timescales of stage 2.
    pub stage_two: StageTimes,
    /// How far back a complaint may reach; `None` where the Code sets no limit.
    pub time_limit: Option<TimeLimit>,
    /// What each kind of letter must contain, in the order to be shown.
    pub letters: BTreeMap<LetterKind, Vec<RequiredElement>>,
}

impl HandlingCode {
    /// The timescales of a stage.
    #[must_use]
    pub const fn times(&self, stage: Stage) -> &StageTimes {
        match stage {
            Stage::One => &self.stage_one,
            Stage::Two => &self.stage_two,
        }
    }

    /// What a kind of letter must contain.
    #[must_use]
    pub fn required(&self, kind: LetterKind) -> &[RequiredElement] {
        self.letters.get(&kind).map_or(&[], Vec::as_slice)
    }
}
