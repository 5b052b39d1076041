//! Why a complaint is not taken up, or not at stage 2 (Code section 2, and 5.11): the ground with what
//! shows it, and the reasons for this one complaint. Only the letter that tells the resident makes it so
//! (2.4).

use std::fmt;

use jiff::ToSpan as _;
use jiff::civil::Date;

use super::case::{Case, SentLetter, StageTwoRequest};
use super::code::HandlingCode;
use super::ids::{CaseRef, OfficerId};
use super::people::Resident;

/// What is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// To take up the complaint (2.1).
    Complaint,
    /// To take it to stage 2 (5.11).
    Escalation,
}

/// The ground, with the facts that show it (2.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ground {
    /// It happened, and the resident knew of it, too long ago (2.3).
    TooLate {
        /// When it happened.
        happened_on: Date,
        /// When the resident became aware of it, if later.
        aware_on: Option<Date>,
    },
    /// Court proceedings have been issued: claim form and particulars are filed.
    Court {
        /// The number of the claim.
        claim: String,
        /// When it was filed.
        filed_on: Date,
    },
    /// It has been considered under this procedure before.
    ConsideredBefore {
        /// The case in which it was.
        earlier: CaseRef,
    },
    /// Another exclusion that the published policy lists.
    Policy {
        /// Where the policy says so.
        clause: String,
    },
}

impl Ground {
    /// The name in forms and in JSON.
    #[must_use]
    pub const fn key(&self) -> &'static str {
        match self {
            Self::TooLate { .. } => "too-late",
            Self::Court { .. } => "court",
            Self::ConsideredBefore { .. } => "considered-before",
            Self::Policy { .. } => "policy",
        }
    }
}

impl fmt::Display for Ground {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use super::words::date;
        match self {
            Self::TooLate { happened_on, aware_on: None } => {
                write!(f, "what you complain about happened on {}, too long before you complained", date(*happened_on))
            }
            Self::TooLate { happened_on, aware_on: Some(aware_on) } => write!(
                f,
                "what you complain about happened on {}, and you have known of it since {}, too long before you \
                 complained",
                date(*happened_on),
                date(*aware_on)
            ),
            Self::Court { claim, filed_on } => {
                write!(f, "it is before a court: claim {claim}, filed on {}", date(*filed_on))
            }
            Self::ConsideredBefore { earlier } => write!(f, "we have considered it before, in case {earlier}"),
            Self::Policy { clause } => write!(f, "our complaints policy excludes it: {clause}"),
        }
    }
}

/// What is known of a case in which a complaint is said to have been considered before (2.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarlierCase {
    /// Its reference.
    pub reference: CaseRef,
    /// Whose it is.
    pub resident: Resident,
    /// Whether it was answered: without an answer nothing was considered.
    pub answered: bool,
}

impl EarlierCase {
    /// What matters of this case.
    #[must_use]
    pub fn of(case: &Case) -> Self {
        let answered = case.first.is_some() || case.current.answered.is_some();
        Self { reference: case.reference, resident: case.resident.clone(), answered }
    }
}

/// A refusal as an officer proposes it, and how far it has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exclusion {
    /// What is refused.
    pub refused: Refused,
    /// On which ground.
    pub ground: Ground,
    /// Why, for this complaint on its merits (2.1, 2.5).
    pub reasons: String,
    /// How discretion was considered; compulsory when it is too late (2.3).
    pub discretion: String,
    /// Who proposes it; another officer approves (2.1).
    pub proposed_by: Option<OfficerId>,
    /// The letter that told the resident, once the mail server accepted it.
    pub told: Option<SentLetter>,
    /// The requests for stage 2 that it answered, to be taken up again if it is overturned.
    pub requests: Vec<StageTwoRequest>,
}

/// The last day on which a complaint about something is in time: counted from the later of event and
/// awareness (2.3). `None` when the Code sets no limit.
#[must_use]
pub fn last_day_in_time(code: &HandlingCode, happened_on: Date, aware_on: Option<Date>) -> Option<Date> {
    let limit = code.time_limit.as_ref()?;
    let from = aware_on.map_or(happened_on, |aware_on| aware_on.max(happened_on));
    from.checked_add(limit.months.months()).ok()
}
