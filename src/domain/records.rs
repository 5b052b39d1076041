//! What is done to records that belong to no case: contacts that are decided about, and officers'
//! accounts. Written once, never changed, in the one history that the cases have too.

use super::contact::Decision;
use super::ids::{ContactId, EmailAddress, OfficerId};
use super::people::Role;

/// Something that happened to a contact or to an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecordEvent {
    /// An officer decided what becomes of a contact.
    ContactDecided {
        /// The contact.
        contact: ContactId,
        /// What was decided.
        decision: Decision,
        /// Why.
        reason: String,
    },
    /// It was decided whether the sender of a new case gets a receipt.
    ReceiptDecided {
        /// The contact that opened the case.
        contact: ContactId,
        /// `sent`, or why not.
        outcome: String,
    },
    /// An account was made.
    OfficerAdded {
        /// The account.
        officer: OfficerId,
        /// The sign-in name.
        email: EmailAddress,
        /// The name in letters and history.
        name: String,
        /// What the officer may do.
        role: Role,
    },
    /// An account was switched off, and signed out everywhere.
    OfficerDisabled {
        /// The account.
        officer: OfficerId,
    },
    /// An account got another password, and was signed out everywhere.
    PasswordChanged {
        /// The account.
        officer: OfficerId,
    },
}
