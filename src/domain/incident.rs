//! Incident mode (8.5): a declared time in which the landlord cannot comply with the Code, such as after
//! a cyber attack. The Ombudsman and the residents are told and a date of return is published. No
//! date of any case moves.

use jiff::Timestamp;
use jiff::civil::Date;

use super::case::Case;
use super::ids::Digest;
use super::keyed::keyed;
use super::people::Officer;

keyed! {
    /// Who is told of an incident (8.5).
    pub enum Audience, "audience" {
        /// The Ombudsman.
        Ombudsman => "ombudsman", "To the Ombudsman";
        /// The residents whose complaints it affects.
        Residents => "residents", "To the residents affected";
        /// Everybody: it is published.
        Website => "website", "For the website";
    }
}

keyed! {
    /// What they are told of.
    pub enum Moment, "moment" {
        /// The landlord cannot comply.
        Declared => "declared", "declared";
        /// It complies again.
        Ended => "ended", "ended";
    }
}

/// A text about an incident as an officer approved it. It changes no more; people send it on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApprovedText {
    /// For whom.
    pub audience: Audience,
    /// What it tells.
    pub moment: Moment,
    /// Its subject, or title.
    pub subject: String,
    /// Its words.
    pub text: String,
    /// The digest of what the officer read.
    pub digest: Digest,
    /// Who approved it.
    pub approved_by: String,
    /// When.
    pub approved_at: Timestamp,
}

/// An incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incident {
    /// Its number.
    pub id: i64,
    /// What happened.
    pub what: String,
    /// Since when the landlord cannot comply.
    pub began_on: Date,
    /// When it expects to comply again, as published.
    pub back_by: Date,
    /// How the Ombudsman and residents were told and where it was published.
    pub told: String,
    /// Who declared it.
    pub declared_by: String,
    /// When.
    pub declared_at: Timestamp,
    /// The last day, once it is over.
    pub ended_on: Option<Date>,
}

/// An incident as an officer declares it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewIncident {
    /// What happened.
    pub what: String,
    /// Since when.
    pub began_on: Date,
    /// When the landlord expects to comply again.
    pub back_by: Date,
    /// How the Ombudsman and residents were told, and where it was published.
    pub told: String,
}

/// Why an incident cannot be declared or ended like this.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IncidentRefusal {
    /// Not this officer's to declare.
    #[error("an incident is declared by a senior officer: a manager, a complaints officer or a senior approver (8.5)")]
    NotSenior,
    /// There is one.
    #[error("an incident has been declared already: end that one first")]
    Declared,
    /// There is none.
    #[error("no incident is declared")]
    None,
    /// It says nothing.
    #[error("enter what happened, and how the Ombudsman and residents are told and where it is published (8.5)")]
    Blank,
    /// A text about it is not this officer's to approve.
    #[error(
        "a text about an incident is approved by a senior officer: a manager, a complaints officer or a senior approver (8.5)"
    )]
    TextNotSenior,
    /// The text is no longer what the officer read.
    #[error("the text has changed since you read it, as complaints came in or the day changed: read it again")]
    TextChanged,
    /// The period is none.
    #[error("an incident begins today or earlier, and the date of return lies on that day or later (8.5)")]
    Period,
}

/// Whether an incident may be declared now.
///
/// # Errors
/// An [`IncidentRefusal`].
pub fn declare(
    by: &Officer,
    new: &NewIncident,
    standing: Option<&Incident>,
    today: Date,
) -> Result<(), IncidentRefusal> {
    if !by.role.is_senior() {
        return Err(IncidentRefusal::NotSenior);
    }
    if standing.is_some() {
        return Err(IncidentRefusal::Declared);
    }
    if new.what.trim().is_empty() || new.told.trim().is_empty() {
        return Err(IncidentRefusal::Blank);
    }
    if new.began_on > today || new.back_by < new.began_on {
        return Err(IncidentRefusal::Period);
    }
    Ok(())
}

/// Whether the officer may approve a text about an incident: one they have read as it stands.
///
/// # Errors
/// An [`IncidentRefusal`].
pub fn approve(by: &Officer, read: Digest, stands: Digest) -> Result<(), IncidentRefusal> {
    if !by.role.is_senior() {
        return Err(IncidentRefusal::TextNotSenior);
    }
    if read == stands { Ok(()) } else { Err(IncidentRefusal::TextChanged) }
}

impl Incident {
    /// What there is to tell of it now.
    #[must_use]
    pub const fn moment(&self) -> Moment {
        if self.ended_on.is_some() { Moment::Ended } else { Moment::Declared }
    }

    /// What stands on every page while it lasts.
    #[must_use]
    pub fn in_words(&self) -> String {
        let what = self.what.trim().trim_end_matches('.');
        format!(
            "Incident declared on {} (8.5): {what}. We expect to comply again by {}. No date of any case moves.",
            super::words::instant(self.declared_at),
            super::words::date(self.back_by)
        )
    }

    /// Whether a case is affected: something of it falls due, or was received, within the incident.
    /// Its dates stay where they are.
    #[must_use]
    pub fn affects(&self, case: &Case, today: Date) -> bool {
        let last = self.ended_on.unwrap_or_else(|| self.back_by.max(today));
        let within = |on: Date| self.began_on <= on && on <= last;
        let due = case.next_deadline().and_then(|(_, due)| due);
        due.is_some_and(within) || within(super::words::london_date(case.current.received_at))
    }
}
