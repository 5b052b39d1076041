//! The stored forms of structured values. Domain types know nothing of JSON: each form here mirrors
//! one of them field by field, and the compiler refuses a mirror that has fallen behind.
//!
//! What is written here is read back for as long as the landlord keeps its records: a form may gain
//! fields with a default, and never loses or renames one.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_with::{DeserializeAs, DisplayFromStr, SerializeAs, serde_as};

use crate::domain::approval::Overridden;
use crate::domain::calendar::WorkingDays;
use crate::domain::case::{Correction, Extension, Moved};
use crate::domain::code::Provision;
use crate::domain::deadlines::Duty;
use crate::domain::definition::{Definition, Point, Responsibility};
use crate::domain::events::{CaseEvent, ExclusionEvent, OutcomeEvent, PostEvent, StageTwoEvent, TriageEvent};
use crate::domain::ids::{CaseRef, ContactId, Digest, EmailAddress, LetterId, OfficerId};
use crate::domain::letter::LetterKind;
use crate::domain::people::{Handler, Resident};
use crate::domain::people_events::PeopleEvent;
use crate::domain::stage::Stage;

/// Lets forms stand inside lists and options: `#[serde_as(as = "Vec<PointForm>")]`.
macro_rules! forms {
    ($($form:ident => $type:ty),* $(,)?) => {$(
        impl SerializeAs<$type> for $form {
            fn serialize_as<S: Serializer>(value: &$type, to: S) -> Result<S::Ok, S::Error> {
                Self::serialize(value, to)
            }
        }

        impl<'de> DeserializeAs<'de, $type> for $form {
            fn deserialize_as<D: Deserializer<'de>>(from: D) -> Result<$type, D::Error> {
                Self::deserialize(from)
            }
        }
    )*};
}

mod contact;
mod facts;
mod outcome;
mod people;
mod post;
mod stage_two;
mod triage;

pub(super) use contact::{AttachmentItem, BounceItem, MarkItem, SenderCheckItem};
pub(super) use facts::FactsColumn;
use outcome::OutcomeEventForm;
use post::PostEventForm;
use stage_two::{ExclusionEventForm, StageTwoEventForm};
use triage::TriageEventForm;

forms! {
    ExtensionForm => Extension, HandlerForm => Handler,
    LetterForm => LetterId, OfficerForm => OfficerId, OverriddenForm => Overridden, PointForm => Point, WorkingDaysForm => WorkingDays,
}

/// An event's facts, as JSON, with its kind in the field `kind`.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Event(#[serde(with = "EventForm")] pub CaseEvent);

#[serde_as]
#[derive(Serialize, Deserialize)]
#[serde(remote = "CaseEvent", tag = "kind", rename_all = "kebab-case")]
enum EventForm {
    Opened {
        #[serde(with = "text")]
        reference: CaseRef,
        #[serde(with = "ContactForm")]
        contact: ContactId,
        #[serde(with = "stage")]
        stage: Stage,
        received_at: Timestamp,
        acknowledge_by: Option<Date>,
        #[serde(default)]
        respond_by: Option<Date>,
        #[serde(with = "ResidentForm")]
        resident: Resident,
    },
    ContactAdded {
        #[serde(with = "ContactForm")]
        contact: ContactId,
        reason: String,
    },
    ContactMoved {
        #[serde(with = "ContactForm")]
        contact: ContactId,
        #[serde(with = "text")]
        to: CaseRef,
        reason: String,
    },
    Defined {
        #[serde(with = "DefinitionForm")]
        definition: Definition,
        #[serde(default)]
        #[serde_as(as = "Vec<PointForm>")]
        withdrawn: Vec<Point>,
    },
    ResidentNamed {
        name: String,
    },
    ResidentAddressed {
        #[serde(with = "text")]
        email: EmailAddress,
    },
    HandlerAssigned {
        #[serde(with = "stage")]
        stage: Stage,
        #[serde(with = "HandlerForm")]
        handler: Handler,
    },
    LetterDrafted {
        #[serde(with = "LetterForm")]
        letter: LetterId,
        #[serde(rename = "letter_kind", with = "letter_kind")]
        kind: LetterKind,
        version: u32,
    },
    LetterApproved {
        #[serde(with = "LetterForm")]
        letter: LetterId,
        #[serde(rename = "letter_kind", with = "letter_kind")]
        kind: LetterKind,
        version: u32,
        #[serde(with = "text")]
        digest: Digest,
        #[serde_as(as = "Option<DisplayFromStr>")]
        #[serde(default)]
        to: Option<EmailAddress>,
        #[serde(default)]
        #[serde_as(as = "Option<OfficerForm>")]
        by: Option<OfficerId>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        #[serde_as(as = "Vec<OverriddenForm>")]
        overridden: Vec<Overridden>,
    },
    AcknowledgementSent {
        #[serde(with = "stage")]
        stage: Stage,
        #[serde(with = "LetterForm")]
        letter: LetterId,
        at: Timestamp,
        respond_by: Option<Date>,
        strict_by: Option<Date>,
    },
    ExtensionSent {
        #[serde(with = "stage")]
        stage: Stage,
        #[serde(with = "LetterForm")]
        letter: LetterId,
        at: Timestamp,
        previous_by: Date,
        new_by: Date,
        reason: String,
        updates: String,
        #[serde(with = "MovedForm")]
        moved: Moved,
        #[serde(default)]
        #[serde_as(as = "Option<WorkingDaysForm>")]
        every: Option<WorkingDays>,
        #[serde(default)]
        update_by: Option<Date>,
        #[serde(default)]
        exceptional: String,
    },
    Post(#[serde(with = "PostEventForm")] PostEvent),
    Outcome(#[serde(with = "OutcomeEventForm")] OutcomeEvent),
    StageTwo(#[serde(with = "StageTwoEventForm")] StageTwoEvent),
    Exclusion(#[serde(with = "ExclusionEventForm")] ExclusionEvent),
    Triage(#[serde(with = "TriageEventForm")] TriageEvent),
    PointAdded {
        #[serde(with = "PointForm")]
        point: Point,
        reason: String,
    },
    UpdateGiven {
        how: String,
        next_by: Option<Date>,
    },
    Noted {
        text: String,
    },
    Closed {
        at: Timestamp,
        learning: String,
        in_error: String,
    },
    LetterNotDelivered {
        #[serde(with = "LetterForm")]
        letter: LetterId,
        #[serde(rename = "letter_kind", with = "letter_kind")]
        kind: LetterKind,
        answer: String,
    },
    LetterDiscarded {
        #[serde(with = "LetterForm")]
        letter: LetterId,
        #[serde(rename = "letter_kind", with = "letter_kind")]
        kind: LetterKind,
        version: u32,
        reason: String,
    },
    LetterHeld {
        #[serde(with = "LetterForm")]
        letter: LetterId,
        #[serde(rename = "letter_kind", with = "letter_kind")]
        kind: LetterKind,
        why: String,
    },
    LetterBounced {
        #[serde(with = "LetterForm")]
        letter: LetterId,
        #[serde(rename = "letter_kind", with = "letter_kind")]
        kind: LetterKind,
        recipient: String,
        status: Option<String>,
    },
    DateRecounted {
        #[serde(with = "DutyForm")]
        duty: Duty,
        recorded_by: Option<Date>,
        counted_by: Date,
        strict_by: Option<Date>,
        why: String,
    },
    CorrectionProposed {
        #[serde(with = "facts::CorrectionForm")]
        correction: Correction,
    },
    CorrectionDropped {
        received_at: Timestamp,
        reason: String,
    },
    ReceiptCorrected {
        #[serde(with = "stage")]
        stage: Stage,
        previous_at: Timestamp,
        received_at: Timestamp,
        previous_by: Option<Date>,
        acknowledge_by: Option<Date>,
        respond_by: Option<Date>,
        strict_by: Option<Date>,
        reason: String,
        proposed_by: String,
    },
    Reminded {
        #[serde(with = "DutyForm")]
        duty: Duty,
        by: Date,
        #[serde(with = "text")]
        to: EmailAddress,
    },
    People(#[serde(with = "people::PeopleEventForm")] PeopleEvent),
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "ContactId")]
pub(super) struct ContactForm(i64);

#[derive(Serialize, Deserialize)]
#[serde(remote = "LetterId")]
struct LetterForm(i64);

#[derive(Serialize, Deserialize)]
#[serde(remote = "OfficerId")]
pub(super) struct OfficerForm(i64);

#[derive(Serialize, Deserialize)]
#[serde(remote = "Overridden")]
struct OverriddenForm {
    element: String,
    #[serde(with = "ProvisionForm")]
    provision: Provision,
    title: String,
    reason: String,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Provision")]
struct ProvisionForm(String);

#[derive(Serialize, Deserialize)]
#[serde(remote = "Moved", rename_all = "kebab-case")]
enum MovedForm {
    Yes,
    NoTooLate,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Duty", rename_all = "kebab-case")]
enum DutyForm {
    Acknowledge,
    Respond,
    Update,
    #[serde(rename = "decide-on-stage-2")]
    DecideOnStageTwo,
    Act,
    Triage,
    Review,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "WorkingDays")]
struct WorkingDaysForm(u32);

#[serde_as]
#[derive(Serialize, Deserialize)]
#[serde(remote = "Resident")]
struct ResidentForm {
    name: String,
    #[serde_as(as = "Option<DisplayFromStr>")]
    email: Option<EmailAddress>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Handler")]
struct HandlerForm {
    #[serde(with = "OfficerForm")]
    officer: OfficerId,
    name: String,
    #[serde(with = "text")]
    email: EmailAddress,
}

/// The column `cases.definition`.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct DefinitionColumn(#[serde(with = "DefinitionForm")] pub Definition);

#[serde_as]
#[derive(Serialize, Deserialize)]
#[serde(remote = "Definition")]
struct DefinitionForm {
    #[serde_as(as = "Vec<PointForm>")]
    points: Vec<Point>,
    outcomes: Vec<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Point")]
struct PointForm {
    #[serde(default)]
    number: u32,
    text: String,
    #[serde(with = "ResponsibilityForm")]
    responsibility: Responsibility,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Responsibility", rename_all = "kebab-case")]
enum ResponsibilityForm {
    Ours,
    NotOurs { whose: String },
    Unclear,
}

/// One item of the column `cases.extensions`.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct ExtensionItem(#[serde(with = "ExtensionForm")] pub Extension);

#[serde_as]
#[derive(Serialize, Deserialize)]
#[serde(remote = "Extension")]
struct ExtensionForm {
    #[serde(with = "LetterForm", default = "no_letter")]
    letter: LetterId,
    reason: String,
    new_by: Date,
    updates: String,
    #[serde(default)]
    #[serde_as(as = "Option<WorkingDaysForm>")]
    every: Option<WorkingDays>,
    #[serde(default)]
    update_by: Option<Date>,
    #[serde(default)]
    exceptional: String,
}

/// Extensions stored before 0006 do not say by which letter.
const fn no_letter() -> LetterId {
    LetterId(0)
}

/// Values with a text form of their own.
pub(super) mod text {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub fn serialize<T: std::fmt::Display, S: Serializer>(value: &T, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(value)
    }

    pub fn deserialize<'de, T: std::str::FromStr, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
        String::deserialize(from)?.parse().map_err(|_| D::Error::custom("not the text form of this value"))
    }
}

mod stage {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    use super::Stage;

    pub fn serialize<S: Serializer>(stage: &Stage, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_u8(stage.number())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Stage, D::Error> {
        Stage::from_number(i64::deserialize(from)?).ok_or_else(|| D::Error::custom("a stage is 1 or 2"))
    }
}

mod letter_kind {
    use serde::Serializer;

    use super::LetterKind;
    pub use super::text::deserialize;

    pub fn serialize<S: Serializer>(kind: &LetterKind, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(kind.key())
    }
}
