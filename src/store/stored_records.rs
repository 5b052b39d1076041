//! The stored form of what happens to contacts and accounts. Like those in [`super::stored`], it mirrors the
//! domain field by field, may gain fields with a default, and never loses or renames one. No kind has the
//! name of a case's event.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::stored::{ContactForm, OfficerForm, text};
use crate::domain::channel::Channel;
use crate::domain::contact::Decision;
use crate::domain::ids::{ContactId, Digest, EmailAddress, OfficerId};
use crate::domain::incident::{Audience, Moment};
use crate::domain::people::Role;
use crate::domain::records::RecordEvent;

/// An event's facts, as JSON, with its kind in the field `kind`.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Record(#[serde(with = "RecordForm")] pub RecordEvent);

#[derive(Serialize, Deserialize)]
#[serde(remote = "RecordEvent", tag = "kind", rename_all = "kebab-case")]
enum RecordForm {
    ContactDecided {
        #[serde(with = "ContactForm")]
        contact: ContactId,
        #[serde(with = "decision")]
        decision: Decision,
        reason: String,
    },
    ReceiptDecided {
        #[serde(with = "ContactForm")]
        contact: ContactId,
        outcome: String,
    },
    ContactTaken {
        #[serde(with = "ContactForm")]
        contact: ContactId,
        #[serde(with = "text")]
        channel: Channel,
        by: String,
    },
    FirstReceiptDeclared {
        #[serde(with = "ContactForm")]
        contact: ContactId,
        at: Timestamp,
        by: String,
        reason: String,
    },
    IncidentDeclared {
        incident: i64,
        what: String,
        began_on: Date,
        back_by: Date,
        told: String,
    },
    IncidentEnded {
        incident: i64,
        on: Date,
    },
    IncidentTextApproved {
        incident: i64,
        #[serde(with = "text")]
        audience: Audience,
        #[serde(with = "text")]
        moment: Moment,
        #[serde(with = "text")]
        digest: Digest,
    },
    OfficerAdded {
        #[serde(with = "OfficerForm")]
        officer: OfficerId,
        #[serde(with = "text")]
        email: EmailAddress,
        name: String,
        #[serde(with = "text")]
        role: Role,
    },
    OfficerDisabled {
        #[serde(with = "OfficerForm")]
        officer: OfficerId,
    },
    PasswordChanged {
        #[serde(with = "OfficerForm")]
        officer: OfficerId,
    },
}

mod decision {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    use super::Decision;

    pub fn serialize<S: Serializer>(decision: &Decision, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(decision.key())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Decision, D::Error> {
        Decision::from_key(&String::deserialize(from)?).ok_or_else(|| D::Error::custom("no decision has this name"))
    }
}
