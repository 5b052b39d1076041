//! The stored forms of outcomes and what follows from them.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_with::{DeserializeAs, SerializeAs, serde_as};

use super::LetterForm;
use crate::domain::deadlines::Duty;
use crate::domain::events::OutcomeEvent;
use crate::domain::ids::{LetterId, OfficerId};
use crate::domain::outcome::{Action, ActionState, Answer, Finding, Outcome, Pence, Promise, Remedy, RemedyKind};
use crate::domain::stage::Stage;

forms! {
    ActionForm => Action, AnswerForm => Answer, FindingForm => Finding,
    OutcomeForm => Outcome, PenceForm => Pence, PromiseForm => Promise, RemedyForm => Remedy,
}

#[serde_as]
#[derive(Serialize, Deserialize)]
#[serde(remote = "OutcomeEvent", tag = "what", rename_all = "kebab-case")]
pub(super) enum OutcomeEventForm {
    Recorded {
        #[serde(with = "super::stage")]
        stage: Stage,
        #[serde(with = "OutcomeForm")]
        outcome: Outcome,
        #[serde(default)]
        #[serde_as(as = "Option<super::OfficerForm>")]
        by: Option<OfficerId>,
    },
    ResponseSent {
        #[serde(with = "super::stage")]
        stage: Stage,
        #[serde(with = "LetterForm")]
        letter: LetterId,
        at: Timestamp,
        #[serde(default)]
        due_by: Option<Date>,
    },
    OverdueTold {
        #[serde(with = "super::DutyForm")]
        duty: Duty,
        due_by: Date,
        #[serde(with = "LetterForm")]
        letter: LetterId,
        at: Timestamp,
    },
    ActionAdded {
        number: u32,
        #[serde(with = "PromiseForm")]
        promise: Promise,
    },
    ActionDone {
        number: u32,
        on: Date,
        evidence: String,
    },
    ActionCarriedOver {
        number: u32,
        reason: String,
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
    #[serde(default)]
    point: u32,
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
#[serde(remote = "Action")]
pub(super) struct ActionForm {
    number: u32,
    #[serde(with = "PromiseForm")]
    promise: Promise,
    #[serde_as(as = "Option<LetterForm>")]
    letter: Option<LetterId>,
    #[serde(with = "ActionStateForm")]
    state: ActionState,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "ActionState", rename_all = "kebab-case")]
enum ActionStateForm {
    Open,
    Done { on: Date, evidence: String },
    CarriedOver { reason: String },
}
