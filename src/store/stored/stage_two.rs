//! The stored forms of what leads to stage 2, or to a refusal.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_with::{DeserializeAs, DisplayFromStr, SerializeAs, serde_as};

use super::facts::SentLetterForm;
use super::{ContactForm, LetterForm, OfficerForm};
use crate::domain::case::{SentLetter, StageTwoRequest};
use crate::domain::events::{ExclusionEvent, StageTwoEvent};
use crate::domain::exclusion::{Exclusion, Ground, Refused};
use crate::domain::ids::{CaseRef, ContactId, LetterId, OfficerId};

forms! { ContactForm => ContactId, ExclusionForm => Exclusion, RequestForm => StageTwoRequest }

#[serde_as]
#[derive(Serialize, Deserialize)]
#[serde(remote = "StageTwoEvent", tag = "what", rename_all = "kebab-case")]
pub(super) enum StageTwoEventForm {
    Requested {
        #[serde(with = "ContactForm")]
        contact: ContactId,
        received_at: Timestamp,
        acknowledge_by: Option<Date>,
    },
    NotRequested {
        #[serde(with = "ContactForm")]
        contact: ContactId,
        reason: String,
    },
    Opened {
        received_at: Timestamp,
        acknowledge_by: Option<Date>,
        #[serde_as(as = "Option<ContactForm>")]
        contact: Option<ContactId>,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "StageTwoRequest")]
pub(super) struct RequestForm {
    #[serde(with = "ContactForm")]
    contact: ContactId,
    received_at: Timestamp,
    acknowledge_by: Option<Date>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "ExclusionEvent", tag = "what", rename_all = "kebab-case")]
pub(super) enum ExclusionEventForm {
    Proposed {
        #[serde(with = "ExclusionForm")]
        exclusion: Exclusion,
    },
    Withdrawn {
        reason: String,
    },
    Told {
        #[serde(with = "RefusedForm")]
        refused: Refused,
        #[serde(with = "LetterForm")]
        letter: LetterId,
        at: Timestamp,
    },
    Overturned {
        reason: String,
    },
}

#[serde_as]
#[derive(Serialize, Deserialize)]
#[serde(remote = "Exclusion")]
pub(super) struct ExclusionForm {
    #[serde(with = "RefusedForm")]
    refused: Refused,
    #[serde(with = "GroundForm")]
    ground: Ground,
    reasons: String,
    discretion: String,
    #[serde_as(as = "Option<OfficerForm>")]
    proposed_by: Option<OfficerId>,
    #[serde_as(as = "Option<SentLetterForm>")]
    told: Option<SentLetter>,
    #[serde_as(as = "Vec<RequestForm>")]
    requests: Vec<StageTwoRequest>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Refused", rename_all = "kebab-case")]
enum RefusedForm {
    Complaint,
    Escalation,
}

#[serde_as]
#[derive(Serialize, Deserialize)]
#[serde(remote = "Ground", rename_all = "kebab-case")]
enum GroundForm {
    TooLate {
        happened_on: Date,
        aware_on: Option<Date>,
    },
    Court {
        claim: String,
        filed_on: Date,
    },
    ConsideredBefore {
        #[serde_as(as = "DisplayFromStr")]
        earlier: CaseRef,
    },
    Policy {
        clause: String,
    },
}
