//! The stored forms of triage. What enums of keys are called stands beside their words in the core; the same
//! keys are written here.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_with::{DeserializeAs, DisplayFromStr, SerializeAs, serde_as};

use super::{ContactForm, text};
use crate::domain::events::TriageEvent;
use crate::domain::ids::{CaseRef, ContactId};
use crate::domain::triage::{
    Again, Answer, Choice, FollowUp, Suggested, TriageDecision, TriageKind, Triaged, Weight, Weights,
};

forms! {
    AgainForm => Again, FollowUpForm => FollowUp, SuggestedForm => Suggested, TriageDecisionForm => TriageDecision,
}

#[serde_as]
#[derive(Serialize, Deserialize)]
#[serde(remote = "TriageEvent", tag = "what", rename_all = "kebab-case")]
pub(super) enum TriageEventForm {
    Decided {
        #[serde(with = "TriageDecisionForm")]
        decision: TriageDecision,
        #[serde(with = "WeightsForm")]
        weights: Weights,
    },
    Again {
        #[serde(with = "AgainForm")]
        again: Again,
    },
    Raised {
        #[serde(with = "ContactForm")]
        contact: ContactId,
        #[serde(with = "text")]
        complaint: CaseRef,
        reason: String,
    },
    RaisedFrom {
        #[serde(with = "text")]
        request: CaseRef,
        #[serde(with = "WeightsForm")]
        weights: Weights,
        reason: String,
    },
    Finished {
        at: Timestamp,
        how: String,
    },
}

/// What triage has recorded of a case: a part of the column `cases.facts`.
#[serde_as]
#[derive(Serialize, Deserialize)]
#[serde(remote = "Triaged")]
pub(super) struct TriagedForm {
    #[serde_as(as = "Option<TriageDecisionForm>")]
    decision: Option<TriageDecision>,
    #[serde(with = "WeightsForm")]
    weights: Weights,
    #[serde_as(as = "Vec<AgainForm>")]
    again: Vec<Again>,
    #[serde_as(as = "Vec<DisplayFromStr>")]
    raised: Vec<CaseRef>,
    #[serde_as(as = "Option<DisplayFromStr>")]
    from: Option<CaseRef>,
}

#[serde_as]
#[derive(Serialize, Deserialize)]
#[serde(remote = "TriageDecision")]
struct TriageDecisionForm {
    #[serde(with = "text")]
    kind: TriageKind,
    reason: String,
    by: String,
    at: Timestamp,
    #[serde_as(as = "Option<SuggestedForm>")]
    suggested: Option<Suggested>,
    #[serde(with = "ChoiceForm")]
    choice: Choice,
    #[serde_as(as = "Option<FollowUpForm>")]
    follow_up: Option<FollowUp>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Suggested")]
struct SuggestedForm {
    #[serde(with = "text")]
    kind: TriageKind,
    reason: String,
    dissatisfied: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Choice", rename_all = "kebab-case")]
enum ChoiceForm {
    NotOffered,
    Offered(#[serde(with = "text")] Answer),
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "FollowUp")]
struct FollowUpForm {
    owner: String,
    review_by: Date,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Again")]
struct AgainForm {
    #[serde(with = "ContactForm")]
    contact: ContactId,
    received_at: Timestamp,
    acknowledge_by: Option<Date>,
}

#[serde_as]
#[derive(Serialize, Deserialize)]
#[serde(remote = "Weights")]
struct WeightsForm {
    #[serde_as(as = "Option<DisplayFromStr>")]
    complexity: Option<Weight>,
    #[serde_as(as = "Option<DisplayFromStr>")]
    vulnerability: Option<Weight>,
    #[serde_as(as = "Option<DisplayFromStr>")]
    risk: Option<Weight>,
}
