//! The column `cases.facts`: what a case holds beyond the columns that are searched and sorted by. Every
//! field has a default, so that a row from before it existed is read as it was.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_with::{DeserializeAs, SerializeAs, serde_as};

use super::{ExtensionForm, HandlerForm, LetterForm};
use crate::domain::case::{Acknowledged, Case, Extension, ResponseDue, StageRecord};
use crate::domain::ids::LetterId;
use crate::domain::people::Handler;
use crate::domain::stage::Stage;

forms! { AcknowledgedForm => Acknowledged, ResponseDueForm => ResponseDue, StageRecordForm => StageRecord }

/// The column `cases.facts`.
#[serde_as]
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
pub(in crate::store) struct FactsColumn {
    /// Stage 1, once the case is at stage 2.
    #[serde_as(as = "Option<StageRecordForm>")]
    first: Option<StageRecord>,
}

impl FactsColumn {
    /// What of this case goes into the column.
    pub(in crate::store) fn of(case: &Case) -> Self {
        Self { first: case.first.clone() }
    }

    /// Gives the case what stood in the column.
    pub(in crate::store) fn into_case(self, case: Case) -> Case {
        let Self { first } = self;
        Case { first, ..case }
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
