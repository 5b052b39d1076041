//! The column `cases.facts`: what a case holds beyond the columns that are searched and sorted by. Every
//! field has a default, so that a row from before it existed is read as it was.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_with::{DeserializeAs, SerializeAs, serde_as};

use super::outcome::{ActionForm, OutcomeForm};
use super::stage_two::{ExclusionForm, RequestForm};
use super::triage::TriagedForm;
use super::{ContactForm, ExtensionForm, HandlerForm, LetterForm, OfficerForm};
use crate::domain::case::{
    Acknowledged, Case, Closed, Correction, Extension, OnTheWay, ResponseDue, SentLetter, StageRecord, StageTwoRequest,
};
use crate::domain::circumstances::Circumstances;
use crate::domain::exclusion::Exclusion;
use crate::domain::ids::{ContactId, LetterId, OfficerId};
use crate::domain::letter::LetterKind;
use crate::domain::outcome::{Action, Outcome};
use crate::domain::people::Handler;
use crate::domain::stage::Stage;
use crate::domain::triage::Triaged;

forms! {
    AcknowledgedForm => Acknowledged, ClosedForm => Closed, CorrectionForm => Correction,
    OnTheWayForm => OnTheWay, ResponseDueForm => ResponseDue, SentLetterForm => SentLetter, StageRecordForm => StageRecord,
}

/// The column `cases.facts`.
#[serde_as]
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
pub(in crate::store) struct FactsColumn {
    /// Stage 1, once the case is at stage 2.
    #[serde_as(as = "Option<StageRecordForm>")]
    first: Option<StageRecord>,
    /// What is proposed as the receipt of the current stage.
    #[serde_as(as = "Option<CorrectionForm>")]
    correction: Option<Correction>,
    /// What is recorded of the people.
    #[serde(with = "super::people::CircumstancesForm")]
    people: Circumstances,
    /// The outcome of the current stage.
    #[serde_as(as = "Option<OutcomeForm>")]
    outcome: Option<Outcome>,
    /// The response of the current stage.
    #[serde_as(as = "Option<SentLetterForm>")]
    answered: Option<SentLetter>,
    /// A refusal, proposed or told.
    #[serde_as(as = "Option<ExclusionForm>")]
    exclusion: Option<Exclusion>,
    /// The letter that was approved and has not gone yet.
    #[serde_as(as = "Option<OnTheWayForm>")]
    on_the_way: Option<OnTheWay>,
    /// Who approved the response of the current stage.
    #[serde_as(as = "Option<OfficerForm>")]
    approver: Option<OfficerId>,
    /// Who took part in the current stage.
    #[serde_as(as = "BTreeSet<OfficerForm>")]
    took_part: BTreeSet<OfficerId>,
    /// Its contacts; `None` in rows from before they were kept here: the one that opened it.
    #[serde_as(as = "Option<Vec<ContactForm>>")]
    contacts: Option<Vec<ContactId>>,
    /// What may ask for stage 2.
    #[serde_as(as = "Vec<RequestForm>")]
    requests: Vec<StageTwoRequest>,
    /// What was promised.
    #[serde_as(as = "Vec<ActionForm>")]
    actions: Vec<Action>,
    /// How it ended.
    #[serde_as(as = "Option<ClosedForm>")]
    closed: Option<Closed>,
    /// What triage has recorded.
    #[serde(with = "TriagedForm")]
    triaged: Triaged,
}

impl FactsColumn {
    /// What of this case goes into the column.
    pub(in crate::store) fn of(case: &Case) -> Self {
        Self {
            first: case.first.clone(),
            outcome: case.current.outcome.clone(),
            answered: case.current.answered,
            exclusion: case.exclusion.clone(),
            on_the_way: case.on_the_way,
            approver: case.current.approver,
            took_part: case.current.took_part.clone(),
            contacts: Some(case.contacts.iter().copied().collect()),
            requests: case.requests.clone(),
            actions: case.actions.clone(),
            closed: case.closed.clone(),
            correction: case.correction.clone(),
            people: case.people.clone(),
            triaged: case.triaged.clone(),
        }
    }

    /// Gives the case what stood in the column.
    pub(in crate::store) fn into_case(self, case: Case) -> Case {
        let Self {
            first,
            outcome,
            answered,
            exclusion,
            on_the_way,
            correction,
            approver,
            took_part,
            contacts,
            requests,
            actions,
            closed,
            people,
            triaged,
        } = self;
        let contacts = contacts.map_or(case.contacts, |contacts| contacts.into_iter().collect());
        let outcome = outcome.map(|outcome| outcome.bound_to(&case.definition));
        let first = first.map(|first| StageRecord { outcome: first.outcome.map(Outcome::bound_by_place), ..first });
        let current = StageRecord { outcome, answered, approver, took_part, ..case.current };
        Case {
            first,
            exclusion,
            on_the_way,
            correction,
            contacts,
            requests,
            actions,
            closed,
            people,
            triaged,
            current,
            ..case
        }
    }
}

#[serde_as]
#[derive(Serialize, Deserialize)]
#[serde(remote = "StageRecord")]
struct StageRecordForm {
    #[serde(with = "super::stage")]
    stage: Stage,
    received_at: Timestamp,
    acknowledge_by: Option<Date>,
    #[serde_as(as = "Option<AcknowledgedForm>")]
    acknowledged: Option<Acknowledged>,
    #[serde_as(as = "Option<ResponseDueForm>")]
    response_due: Option<ResponseDue>,
    #[serde_as(as = "Vec<ExtensionForm>")]
    extensions: Vec<Extension>,
    #[serde_as(as = "Option<HandlerForm>")]
    handler: Option<Handler>,
    #[serde(default)]
    #[serde_as(as = "Option<OutcomeForm>")]
    outcome: Option<Outcome>,
    #[serde(default)]
    #[serde_as(as = "Option<SentLetterForm>")]
    answered: Option<SentLetter>,
    #[serde(default)]
    #[serde_as(as = "Option<OfficerForm>")]
    approver: Option<OfficerId>,
    #[serde(default)]
    #[serde_as(as = "BTreeSet<OfficerForm>")]
    took_part: BTreeSet<OfficerId>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Closed")]
struct ClosedForm {
    at: Timestamp,
    learning: String,
    in_error: String,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "SentLetter")]
pub(super) struct SentLetterForm {
    #[serde(with = "LetterForm")]
    letter: LetterId,
    at: Timestamp,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "OnTheWay")]
struct OnTheWayForm {
    #[serde(with = "LetterForm")]
    letter: LetterId,
    #[serde(with = "super::letter_kind")]
    kind: LetterKind,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Acknowledged")]
struct AcknowledgedForm {
    #[serde(with = "LetterForm")]
    letter: LetterId,
    at: Timestamp,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "ResponseDue")]
struct ResponseDueForm {
    by: Date,
    original_by: Date,
    counted_by: Date,
    strict_by: Option<Date>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Correction")]
pub(super) struct CorrectionForm {
    #[serde(with = "super::stage")]
    stage: Stage,
    received_at: Timestamp,
    reason: String,
    #[serde(with = "OfficerForm")]
    by: OfficerId,
    by_name: String,
}
