//! The column `cases.facts`: what a case holds beyond the columns that are searched and sorted by. Every
//! field has a default, so that a row from before it existed is read as it was.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_with::{DeserializeAs, SerializeAs, serde_as};

use super::outcome::{ExclusionForm, OutcomeForm};
use super::{ExtensionForm, HandlerForm, LetterForm, OfficerForm};
use crate::domain::case::{Acknowledged, Answered, Case, Correction, Extension, ResponseDue, StageRecord};
use crate::domain::exclusion::Exclusion;
use crate::domain::ids::{LetterId, OfficerId};
use crate::domain::outcome::Outcome;
use crate::domain::people::Handler;
use crate::domain::stage::Stage;

forms! {
    AcknowledgedForm => Acknowledged, AnsweredForm => Answered, CorrectionForm => Correction, ResponseDueForm => ResponseDue,
    StageRecordForm => StageRecord,
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
    /// The outcome of the current stage.
    #[serde_as(as = "Option<OutcomeForm>")]
    outcome: Option<Outcome>,
    /// The response of the current stage.
    #[serde_as(as = "Option<AnsweredForm>")]
    answered: Option<Answered>,
    /// A refusal, proposed or told.
    #[serde_as(as = "Option<ExclusionForm>")]
    exclusion: Option<Exclusion>,
}

impl FactsColumn {
    /// What of this case goes into the column.
    pub(in crate::store) fn of(case: &Case) -> Self {
        Self {
            first: case.first.clone(),
            outcome: case.current.outcome.clone(),
            answered: case.current.answered,
            exclusion: case.exclusion.clone(),
            correction: case.correction.clone(),
        }
    }

    /// Gives the case what stood in the column.
    pub(in crate::store) fn into_case(self, case: Case) -> Case {
        let Self { first, outcome, answered, exclusion, correction } = self;
        let current = StageRecord { outcome, answered, ..case.current };
        Case { first, exclusion, correction, current, ..case }
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
    #[serde_as(as = "Option<AnsweredForm>")]
    answered: Option<Answered>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Answered")]
struct AnsweredForm {
    #[serde(with = "LetterForm")]
    letter: LetterId,
    at: Timestamp,
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
