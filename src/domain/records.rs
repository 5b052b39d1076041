//! What is done to records that belong to no case: contacts, incidents and officers' accounts. Written once, never changed, in the one history that the cases have too.

use jiff::Timestamp;
use jiff::civil::Date;

use super::channel::Channel;
use super::contact::Decision;
use super::ids::{ContactId, Digest, EmailAddress, OfficerId};
use super::incident::{Audience, Moment};
use super::people::Role;

/// Something that happened to a contact, an incident or an account.
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
    /// An officer entered a contact that came other than by e-mail (3.1).
    ContactTaken {
        /// The contact.
        contact: ContactId,
        /// How it came.
        channel: Channel,
        /// Who of ours took it.
        by: String,
    },
    /// An officer declared when a colleague had first received a contact (3.2).
    FirstReceiptDeclared {
        /// The contact.
        contact: ContactId,
        /// When.
        at: Timestamp,
        /// By whom.
        by: String,
        /// How that is known.
        reason: String,
    },
    /// An incident was declared (8.5).
    IncidentDeclared {
        /// Its number.
        incident: i64,
        /// What happened.
        what: String,
        /// Since when.
        began_on: Date,
        /// When the landlord expects to comply again.
        back_by: Date,
        /// How people were told.
        told: String,
    },
    /// The incident ended.
    IncidentEnded {
        /// Its number.
        incident: i64,
        /// Its last day.
        on: Date,
    },
    /// An officer approved a text about the incident.
    IncidentTextApproved {
        /// The incident's number.
        incident: i64,
        /// For whom.
        audience: Audience,
        /// What it tells.
        moment: Moment,
        /// The digest of what was approved.
        digest: Digest,
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
