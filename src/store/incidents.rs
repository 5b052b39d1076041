//! Declared incidents (8.5), and the texts about them that officers approved. One incident stands at most.

use jiff::Timestamp;
use jiff::civil::Date;

use super::error::{Result, Row};
use super::history::append_record;
use super::link::{all, execute, one, optional, statements};
use super::{Store, Tx};
use crate::domain::incident::{ApprovedText, Incident, NewIncident};
use crate::domain::people::Actor;
use crate::domain::records::RecordEvent;

/// A query for [`StoredIncident`]s.
macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT id, what, began_on, back_by, told, declared_by, declared_at, ended_on FROM incidents ", $rest)
    };
}

statements! {
    DECLARE = "-- store::incidents::declare
        INSERT INTO incidents (what, began_on, back_by, told, declared_by, declared_at) VALUES ($1, $2, $3, $4, $5, $6)
        RETURNING id";
    END = "-- store::incidents::end
        UPDATE incidents SET ended_on = $2 WHERE id = $1 AND ended_on IS NULL";
    STANDING = concat!("-- store::incidents::standing\n", select!("WHERE ended_on IS NULL"));
    APPROVE_TEXT = "-- store::incidents::approve_text
        INSERT INTO incident_texts (incident, audience, moment, subject, text, digest, approved_by, approved_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (incident, audience, moment) DO NOTHING";
    TEXTS = "-- store::incidents::texts
        SELECT incident, audience, moment, subject, text, digest, approved_by, approved_at FROM incident_texts
        WHERE incident = $1";
    LIST = concat!("-- store::incidents::list\n", select!("ORDER BY id DESC LIMIT 50"));
}

#[derive(sqlx::FromRow)]
struct StoredIncident {
    id: i64,
    what: String,
    began_on: String,
    back_by: String,
    told: String,
    declared_by: String,
    declared_at: i64,
    ended_on: Option<String>,
}

impl StoredIncident {
    fn read(self) -> Result<Incident> {
        let row = Row { table: "incidents", key: &self.id };
        Ok(Incident {
            id: self.id,
            what: self.what,
            began_on: row.parse("began_on", &self.began_on)?,
            back_by: row.parse("back_by", &self.back_by)?,
            told: self.told,
            declared_by: self.declared_by,
            declared_at: row.instant("declared_at", self.declared_at)?,
            ended_on: self.ended_on.map(|on| row.parse("ended_on", &on)).transpose()?,
        })
    }
}

#[derive(sqlx::FromRow)]
struct StoredText {
    incident: i64,
    audience: String,
    moment: String,
    subject: String,
    text: String,
    digest: Vec<u8>,
    approved_by: String,
    approved_at: i64,
}

impl StoredText {
    fn read(self) -> Result<ApprovedText> {
        let row = Row { table: "incident_texts", key: &self.incident };
        Ok(ApprovedText {
            audience: row.parse("audience", &self.audience)?,
            moment: row.parse("moment", &self.moment)?,
            subject: self.subject,
            text: self.text,
            digest: row.digest("digest", &self.digest)?,
            approved_by: self.approved_by,
            approved_at: row.instant("approved_at", self.approved_at)?,
        })
    }
}

impl Tx {
    /// Keeps a declared incident.
    ///
    /// # Errors
    /// When one stands already, or the database fails.
    pub async fn declare_incident(&mut self, new: &NewIncident, by: &Actor, at: Timestamp) -> Result<i64> {
        let NewIncident { what, began_on, back_by, told } = new.clone();
        let (incident,): (i64,) = one!(self.conn(), DECLARE, what, began_on, back_by, told, by.to_string(), at)?;
        append_record(self, &RecordEvent::IncidentDeclared { incident, what, began_on, back_by, told }, by, at)?;
        Ok(incident)
    }

    /// Keeps an approved text about an incident. `false` when the one for these people was approved before.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn approve_incident_text(&mut self, incident: i64, text: &ApprovedText, by: &Actor) -> Result<bool> {
        let ApprovedText { audience, moment, subject, text, digest, approved_by, approved_at: at } = text.clone();
        let (to, of) = (audience.key(), moment.key());
        let kept = execute!(self.conn(), APPROVE_TEXT, incident, to, of, subject, text, digest, approved_by, at)? == 1;
        if kept {
            append_record(self, &RecordEvent::IncidentTextApproved { incident, audience, moment, digest }, by, at)?;
        }
        Ok(kept)
    }

    /// Ends an incident. `false` when it had ended.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_incident(&mut self, incident: i64, on: Date, by: &Actor, at: Timestamp) -> Result<bool> {
        let ended = execute!(self.conn(), END, incident, on)? == 1;
        if ended {
            append_record(self, &RecordEvent::IncidentEnded { incident, on }, by, at)?;
        }
        Ok(ended)
    }
}

impl Store {
    /// The incident that stands.
    ///
    /// # Errors
    /// When the row makes no sense or the database fails.
    pub async fn incident(&self) -> Result<Option<Incident>> {
        let found: Option<StoredIncident> = optional!(self.reader().await?.conn(), STANDING)?;
        found.map(StoredIncident::read).transpose()
    }

    /// The texts about an incident that officers have approved.
    ///
    /// # Errors
    /// When a row makes no sense or the database fails.
    pub async fn incident_texts(&self, incident: i64) -> Result<Vec<ApprovedText>> {
        let found: Vec<StoredText> = all!(self.reader().await?.conn(), TEXTS, incident)?;
        found.into_iter().map(StoredText::read).collect()
    }

    /// All incidents, newest first.
    ///
    /// # Errors
    /// When a row makes no sense or the database fails.
    pub async fn incidents(&self) -> Result<Vec<Incident>> {
        let found: Vec<StoredIncident> = all!(self.reader().await?.conn(), LIST)?;
        found.into_iter().map(StoredIncident::read).collect()
    }
}
