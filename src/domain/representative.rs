//! Somebody who acts for a resident (3.6). Until the resident's consent is recorded they are told
//! nothing, and letters go to the resident.

use jiff::civil::Date;

use super::circumstances::Ended;
use super::ids::EmailAddress;
use super::keyed::keyed;

keyed! {
    /// Why somebody may act for a resident.
    pub enum Authority, "authority" {
        /// The resident has said so.
        Consent => "consent", "The resident’s consent";
        /// A lasting power of attorney.
        PowerOfAttorney => "power-of-attorney", "Power of attorney";
        /// A deputy appointed by the Court of Protection.
        Deputy => "deputy", "Deputy appointed by a court";
        /// They are the parent or guardian of a child.
        Parent => "parent", "Parent or guardian of a child";
        /// They are the executor of somebody who has died.
        Executor => "executor", "Executor";
        /// They are a councillor or MP.
        ElectedMember => "elected-member", "Councillor or MP";
    }
}

keyed! {
    /// How far a representative acts for the resident.
    pub enum Scope, "scope" {
        /// They may ask and be told; letters go to the resident.
        Told => "told", "May be told about the case; letters go to the resident";
        /// Letters go to them.
        Letters => "letters", "Letters go to them";
    }
}

/// The resident's consent, or what stands in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    /// From this day.
    pub on: Date,
    /// What shows it.
    pub evidence: String,
}

/// Somebody who acts for a resident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Representative {
    /// Their name.
    pub name: String,
    /// Where they are written to.
    pub email: Option<EmailAddress>,
    /// Why they may act.
    pub authority: Authority,
    /// How far.
    pub scope: Scope,
    /// What shows that they may, once it is there.
    pub consent: Option<Consent>,
    /// The last day of it, if it was given for a time.
    pub expires_on: Option<Date>,
    /// Whether it was taken back.
    pub ended: Option<Ended>,
}

impl Representative {
    /// Whether they act for the resident on this day.
    #[must_use]
    pub fn in_force(&self, today: Date) -> bool {
        let begun = self.consent.as_ref().is_some_and(|consent| consent.on <= today);
        begun && self.ended.is_none() && self.expires_on.is_none_or(|last| today <= last)
    }
}
