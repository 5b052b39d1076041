//! The stored forms of outcomes and what follows from them.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_with::{DeserializeAs, DisplayFromStr, SerializeAs, serde_as};

use super::{LetterForm, OfficerForm};
use crate::domain::events::OutcomeEvent;
use crate::domain::exclusion::{Exclusion, Ground, Refused};
use crate::domain::ids::{CaseRef, LetterId, OfficerId};
use crate::domain::outcome::{Answer, Finding, Outcome, Pence, Promise, Remedy, RemedyKind};
use crate::domain::stage::Stage;

forms! {
    AnswerForm => Answer, ExclusionForm => Exclusion, FindingForm => Finding, OfficerForm => OfficerId,
    OutcomeForm => Outcome, PenceForm => Pence, PromiseForm => Promise, RemedyForm => Remedy,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "OutcomeEvent", tag = "what", rename_all = "kebab-case")]
pub(super) enum OutcomeEventForm {
    Recorded {
        #[serde(with = "super::stage")]
        stage: Stage,
        #[serde(with = "OutcomeForm")]
        outcome: Outcome,
    },
    ResponseSent {
        #[serde(with = "super::stage")]
        stage: Stage,
        #[serde(with = "LetterForm")]
        letter: LetterId,
        at: Timestamp,
    },
}

#[serde_as]
#[derive(Serialize, Deserialize)]
#[serde(remote = "Outcome")]
pub(super) struct OutcomeForm {
    #[serde_as(as = "Vec<AnswerForm>")]
    answers: Vec<Answer>,
    #[serde_as(as = "Vec<RemedyForm>")]
    remedies: Vec<Remedy>,
    no_remedy: String,
    #[serde_as(as = "Vec<PromiseForm>")]
    promises: Vec<Promise>,
}

#[serde_as]
#[derive(Serialize, Deserialize)]
#[serde(remote = "Answer")]
struct AnswerForm {
    #[serde_as(as = "Option<FindingForm>")]
    finding: Option<Finding>,
    reasons: String,
    cited: String,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Finding", rename_all = "kebab-case")]
enum FindingForm {
    Upheld,
    PartlyUpheld,
    NotUpheld,
}

#[serde_as]
#[derive(Serialize, Deserialize)]
#[serde(remote = "Remedy")]
struct RemedyForm {
    #[serde(with = "RemedyKindForm")]
    kind: RemedyKind,
    what: String,
    impact: String,
    #[serde_as(as = "Option<PenceForm>")]
    amount: Option<Pence>,
    by: Option<Date>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "RemedyKind", rename_all = "kebab-case")]
enum RemedyKindForm {
    Apology,
    Acknowledgement,
    Explanation,
    ActionOnDelay,
    Reconsideration,
    Correction,
    Money,
    ChangedPractice,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Pence")]
struct PenceForm(u64);

#[derive(Serialize, Deserialize)]
#[serde(remote = "Promise")]
pub(super) struct PromiseForm {
    what: String,
    owner: String,
    by: Date,
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
    #[serde_as(as = "Option<LetterForm>")]
    told: Option<LetterId>,
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
