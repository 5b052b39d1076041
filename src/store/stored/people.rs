//! The stored forms of what is recorded of the people of a case, and of what happened to them.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_with::{DeserializeAs, DisplayFromStr, SerializeAs, serde_as};

use super::post::{AddressForm, PostalForm};
use super::{ContactForm, OfficerForm};
use crate::domain::circumstances::{
    Circumstance, Circumstances, Declaration, Ended, HandlerLeft, Interest, LetterFormat, Preferences,
    PreferredContact, Recorded,
};
use crate::domain::ids::{ContactId, EmailAddress, OfficerId};
use crate::domain::landlord::Jurisdiction;
use crate::domain::ombudsman_case::{Done, OmbudsmanItem, OmbudsmanKind};
use crate::domain::people_events::{PeopleEvent, Reviewable};
use crate::domain::post::{Postal, PostalAddress};
use crate::domain::representative::{Authority, Consent, Representative, Scope};
use crate::domain::restriction::Restriction;
use crate::domain::stage::Stage;

forms! {
    ConsentForm => Consent, DeclarationForm => Declaration, DoneForm => Done, EndedForm => Ended,
    HandlerLeftForm => HandlerLeft, OmbudsmanItemForm => OmbudsmanItem, PreferencesForm => Preferences,
    RecordedForm => Recorded, RepresentativeForm => Representative, RestrictionForm => Restriction,
}

/// What is recorded of the people of a case, in the column `cases.facts`.
#[serde_as]
#[derive(Default, Serialize, Deserialize)]
#[serde(remote = "Circumstances", default)]
pub(super) struct CircumstancesForm {
    #[serde_as(as = "Vec<RecordedForm>")]
    recorded: Vec<Recorded>,
    #[serde_as(as = "Option<PreferencesForm>")]
    preferences: Option<Preferences>,
    #[serde_as(as = "Option<PostalForm>")]
    postal: Option<Postal>,
    #[serde_as(as = "Vec<RepresentativeForm>")]
    representatives: Vec<Representative>,
    #[serde_as(as = "Vec<DeclarationForm>")]
    declarations: Vec<Declaration>,
    #[serde_as(as = "Vec<RestrictionForm>")]
    restrictions: Vec<Restriction>,
    #[serde_as(as = "Vec<OmbudsmanItemForm>")]
    ombudsman: Vec<OmbudsmanItem>,
    council_points: BTreeSet<u32>,
    #[serde_as(as = "Option<HandlerLeftForm>")]
    handler_left: Option<HandlerLeft>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "PeopleEvent", tag = "people", rename_all = "kebab-case")]
pub(super) enum PeopleEventForm {
    Recorded {
        #[serde(with = "RecordedForm")]
        recorded: Recorded,
    },
    Reviewed {
        #[serde(with = "ReviewableForm")]
        what: Reviewable,
        number: usize,
        review_by: Date,
        note: String,
    },
    Ended {
        #[serde(with = "ReviewableForm")]
        what: Reviewable,
        number: usize,
        #[serde(with = "EndedForm")]
        ended: Ended,
    },
    Preferred {
        #[serde(with = "PreferencesForm")]
        preferences: Preferences,
    },
    Postal {
        #[serde(with = "AddressForm")]
        address: PostalAddress,
    },
    RepresentativeNamed {
        #[serde(with = "RepresentativeForm")]
        representative: Representative,
    },
    Consented {
        number: usize,
        #[serde(with = "ConsentForm")]
        consent: Consent,
    },
    Declared {
        #[serde(with = "DeclarationForm")]
        declaration: Declaration,
    },
    HandlerCleared {
        #[serde(with = "super::stage")]
        stage: Stage,
        name: String,
        why: String,
    },
    Restricted {
        #[serde(with = "RestrictionForm")]
        restriction: Restriction,
    },
    OmbudsmanSent {
        #[serde(with = "OmbudsmanItemForm")]
        item: OmbudsmanItem,
    },
    OmbudsmanAnswered {
        number: usize,
        #[serde(with = "DoneForm")]
        done: Done,
    },
    PointAddressed {
        point: u32,
        #[serde(with = "super::text")]
        jurisdiction: Jurisdiction,
    },
    ReceiptDeclared {
        #[serde(with = "ContactForm")]
        contact: ContactId,
        was_at: Timestamp,
        received_at: Timestamp,
        by: String,
        reason: String,
        acknowledge_by: Option<Date>,
        respond_by: Option<Date>,
        strict_by: Option<Date>,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Reviewable", rename_all = "kebab-case")]
enum ReviewableForm {
    Circumstance,
    Restriction,
    Representative,
}

#[serde_as]
#[derive(Serialize, Deserialize)]
#[serde(remote = "Recorded")]
struct RecordedForm {
    #[serde(with = "super::text")]
    kind: Circumstance,
    text: String,
    on: Date,
    review_by: Date,
    #[serde_as(as = "Option<EndedForm>")]
    ended: Option<Ended>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Ended")]
struct EndedForm {
    on: Date,
    why: String,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Preferences")]
struct PreferencesForm {
    #[serde(with = "super::text")]
    contact: PreferredContact,
    #[serde(with = "super::text")]
    format: LetterFormat,
    language: String,
}

#[serde_as]
#[derive(Serialize, Deserialize)]
#[serde(remote = "Representative")]
struct RepresentativeForm {
    name: String,
    #[serde_as(as = "Option<DisplayFromStr>")]
    email: Option<EmailAddress>,
    #[serde(with = "super::text")]
    authority: Authority,
    #[serde(with = "super::text")]
    scope: Scope,
    #[serde_as(as = "Option<ConsentForm>")]
    consent: Option<Consent>,
    expires_on: Option<Date>,
    #[serde_as(as = "Option<EndedForm>")]
    ended: Option<Ended>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Consent")]
struct ConsentForm {
    on: Date,
    evidence: String,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Declaration")]
struct DeclarationForm {
    #[serde(with = "OfficerForm")]
    officer: OfficerId,
    name: String,
    #[serde(with = "super::text")]
    interest: Interest,
    reason: String,
    on: Date,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "HandlerLeft")]
struct HandlerLeftForm {
    name: String,
    why: String,
}

#[serde_as]
#[derive(Serialize, Deserialize)]
#[serde(remote = "Restriction")]
struct RestrictionForm {
    what: String,
    reason: String,
    evidence: String,
    equality: String,
    decided_by: String,
    from: Date,
    review_by: Date,
    #[serde_as(as = "Option<EndedForm>")]
    ended: Option<Ended>,
}

#[serde_as]
#[derive(Serialize, Deserialize)]
#[serde(remote = "OmbudsmanItem")]
struct OmbudsmanItemForm {
    reference: String,
    #[serde(with = "super::text")]
    kind: OmbudsmanKind,
    text: String,
    received_on: Date,
    due_by: Option<Date>,
    #[serde_as(as = "Option<DoneForm>")]
    done: Option<Done>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Done")]
struct DoneForm {
    on: Date,
    proof: String,
}
