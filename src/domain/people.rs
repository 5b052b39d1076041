//! The people of a case: the resident, the officers and the handler.

use std::fmt;
use std::str::FromStr;

use super::ids::{EmailAddress, OfficerId};

/// Whoever is affected and complains.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resident {
    /// The name to write to; from the message until an officer corrects it. May be empty.
    pub name: String,
    /// Where letters go; `None` when the message carried no usable address.
    pub email: Option<EmailAddress>,
}

impl Resident {
    /// Whether this is the same person or address, as far as names and addresses tell: the same mailbox, or, where
    /// one of the two has none, the same name.
    #[must_use]
    pub fn is_the_same_as(&self, other: &Self) -> bool {
        let folded = |name: &str| name.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>();
        match (&self.email, &other.email) {
            (Some(one), Some(other)) => one.same_mailbox(other),
            _ => !folded(&self.name).is_empty() && folded(&self.name) == folded(&other.name),
        }
    }
}

/// What an officer may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Triages, writes and approves.
    Officer,
    /// An officer who also approves what goes beyond the ordinary (6.4, 7.1).
    SeniorApprover,
    /// The officer responsible for complaint handling, with the authority to act (4.1, 4.2).
    ComplaintsOfficer,
    /// An officer who also manages handlers and accounts.
    Manager,
}

impl Role {
    /// All roles.
    pub const ALL: [Self; 4] = [Self::Officer, Self::SeniorApprover, Self::ComplaintsOfficer, Self::Manager];

    /// The name on the command line and in the database.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Officer => "officer",
            Self::SeniorApprover => "senior-approver",
            Self::ComplaintsOfficer => "complaints-officer",
            Self::Manager => "manager",
        }
    }

    /// Whether they may approve what goes beyond the ordinary.
    #[must_use]
    pub const fn is_senior(self) -> bool {
        matches!(self, Self::SeniorApprover | Self::ComplaintsOfficer | Self::Manager)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key())
    }
}

/// The text names no role.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown role '{0}': use officer, senior-approver, complaints-officer or manager")]
pub struct UnknownRole(String);

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|role| role.key() == text).ok_or_else(|| UnknownRole(text.to_owned()))
    }
}

/// Someone who signs in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Officer {
    /// The account.
    pub id: OfficerId,
    /// Where reminders go, and the sign-in name.
    pub email: EmailAddress,
    /// The name in letters and history.
    pub name: String,
    /// What the officer may do.
    pub role: Role,
    /// Whether the account may still be used.
    pub standing: Standing,
}

/// Whether an account may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It may.
    Active,
    /// It has been switched off.
    Disabled,
}

/// The officer considering the complaint at a stage, as the resident is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handler {
    /// The account.
    pub officer: OfficerId,
    /// The name in the letter.
    pub name: String,
    /// The address in the letter, and where reminders go.
    pub email: EmailAddress,
}

/// Who did something to a case, a contact or an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// The daemon itself.
    Daemon,
    /// Whoever runs complaintsd, at the command line.
    Operator,
    /// An officer, on a page.
    Officer {
        /// The account.
        id: OfficerId,
        /// The name at the time.
        name: String,
    },
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Daemon => f.write_str("complaintsd"),
            Self::Operator => f.write_str("the operator, at the command line"),
            Self::Officer { name, .. } => f.write_str(name),
        }
    }
}
