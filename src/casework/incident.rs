//! Incident mode (8.5): declaring and ending an incident, and the texts about it. The daemon writes them from
//! what was declared; an officer approves one as it stands, and people send it on: nothing goes out by itself.

use super::{Casework, CaseworkError, actor};
use crate::domain::ids::Digest;
use crate::domain::incident::{self, ApprovedText, Audience, Incident, IncidentRefusal, NewIncident};
use crate::domain::people::Officer;
use crate::letters::IncidentView;

/// A text about an incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncidentText {
    /// For whom.
    pub audience: Audience,
    /// Its subject, or title.
    pub subject: String,
    /// Its words.
    pub text: String,
    /// The digest that an approval binds to.
    pub digest: Digest,
    /// Who approved it and when; a text that is approved changes no more.
    pub approved: Option<ApprovedText>,
}

impl Casework {
    /// Declares an incident (8.5). No date of any case moves.
    ///
    /// # Errors
    /// [`CaseworkError`]; nothing is declared then.
    pub async fn declare_incident(&self, officer: &Officer, new: &NewIncident) -> Result<(), CaseworkError> {
        let now = self.clock.now();
        let standing = self.store.incident().await?;
        incident::declare(officer, new, standing.as_ref(), self.desk.rules(now).today())?;
        let mut tx = self.store.begin().await?;
        tx.declare_incident(new, &actor(officer), now).await?;
        tx.commit().await?;
        tracing::warn!(officer.id = officer.id.0, "An incident was declared");
        Ok(())
    }

    /// Ends the incident that stands.
    ///
    /// # Errors
    /// [`CaseworkError`]: not this officer's to end, or there is none.
    pub async fn end_incident(&self, officer: &Officer) -> Result<(), CaseworkError> {
        if !officer.role.is_senior() {
            return Err(IncidentRefusal::NotSenior.into());
        }
        let standing = self.store.incident().await?.ok_or(IncidentRefusal::None)?;
        let mut tx = self.store.begin().await?;
        let now = self.clock.now();
        tx.end_incident(standing.id, self.desk.rules(now).today(), &actor(officer), now).await?;
        tx.commit().await?;
        tracing::info!(officer.id = officer.id.0, "The incident was ended");
        Ok(())
    }

    /// What there is to say now about the newest incident, to each who is told: that it stands, or that it is
    /// over. Empty when there was none.
    ///
    /// # Errors
    /// [`CaseworkError`]
    pub async fn incident_texts(&self) -> Result<Vec<IncidentText>, CaseworkError> {
        let Some(incident) = self.store.incidents().await?.into_iter().next() else { return Ok(Vec::new()) };
        let approved = self.store.incident_texts(incident.id).await?;
        let today = self.desk.rules(self.clock.now()).today();
        let cases = self.store.work_list(usize::MAX).await?;
        let affected = cases.iter().filter(|case| incident.affects(case, today)).count();
        let text = |audience: &Audience| {
            let stands = |one: &&ApprovedText| one.audience == *audience && one.moment == incident.moment();
            if let Some(approved) = approved.iter().find(stands) {
                let ApprovedText { audience, subject, text, digest, .. } = approved.clone();
                return Ok(IncidentText { audience, subject, text, digest, approved: Some(approved.clone()) });
            }
            let us = (&*self.desk.landlord, &*self.desk.ombudsman);
            let rendered = self.desk.templates.render(&IncidentView::new(*audience, &incident, affected, us, today))?;
            let digest = rendered.digest();
            Ok(IncidentText {
                audience: *audience,
                subject: rendered.subject,
                text: rendered.text,
                digest,
                approved: None,
            })
        };
        Audience::ALL.iter().map(text).collect()
    }

    /// Approves the text for these people as the officer read it. It is kept with the incident; people send
    /// it on.
    ///
    /// # Errors
    /// [`CaseworkError`]: not this officer's to approve, no longer what they read, or there is no incident.
    pub async fn approve_incident_text(
        &self,
        officer: &Officer,
        audience: Audience,
        read: Digest,
    ) -> Result<(), CaseworkError> {
        let incident: Incident = self.store.incidents().await?.into_iter().next().ok_or(IncidentRefusal::None)?;
        let texts = self.incident_texts().await?;
        let text = texts.into_iter().find(|text| text.audience == audience).ok_or(IncidentRefusal::None)?;
        if text.approved.is_some() {
            return Ok(());
        }
        incident::approve(officer, read, text.digest)?;
        let (now, IncidentText { audience, subject, text, digest, .. }) = (self.clock.now(), text);
        let (moment, approved_by) = (incident.moment(), actor(officer).to_string());
        let approved = ApprovedText { audience, moment, subject, text, digest, approved_by, approved_at: now };
        let mut tx = self.store.begin().await?;
        tx.approve_incident_text(incident.id, &approved, &actor(officer)).await?;
        tx.commit().await?;
        tracing::info!(officer.id = officer.id.0, audience = audience.key(), "A text about the incident was approved");
        Ok(())
    }
}
