//! The officers' accounts. An account is never deleted, because history names it; switching it off
//! ends its sessions. Two accounts never share an e-mail address, however it is written.

use jiff::Timestamp;

use super::error::{Result, Row};
use super::history::append_record;
use super::link::{all, execute, optional, statements};
use super::{Store, Tx};
use crate::domain::ids::{EmailAddress, LetterId, OfficerId};
use crate::domain::people::{Actor, Officer, Role, Standing};
use crate::domain::records::RecordEvent;

statements! {
    INSERT = "-- store::officers::insert
        INSERT INTO officers (email, email_key, name, role, password_hash, created_at)
        VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (email_key) DO NOTHING RETURNING id";
    LOAD = "-- store::officers::load
        SELECT id, email, name, role, password_hash, disabled_at FROM officers WHERE id = $1";
    FIND = "-- store::officers::find
        SELECT id, email, name, role, password_hash, disabled_at FROM officers WHERE email_key = $1";
    LIST = "-- store::officers::list
        SELECT id, email, name, role, password_hash, disabled_at FROM officers ORDER BY name, id";
    DISABLE = "-- store::officers::disable
        UPDATE officers SET disabled_at = $2 WHERE id = $1 AND disabled_at IS NULL";
    SET_PASSWORD = "-- store::officers::set_password
        UPDATE officers SET password_hash = $2 WHERE id = $1";
    LAST_AUTHOR = "-- store::officers::last_author
        SELECT author_id FROM letter_versions WHERE letter_id = $1 AND author_id IS NOT NULL
        ORDER BY version DESC LIMIT 1";
}

/// An account to be made.
#[derive(Clone, PartialEq, Eq)]
pub struct NewOfficer {
    /// The sign-in name, and where reminders go.
    pub email: EmailAddress,
    /// The name in letters and history.
    pub name: String,
    /// What the officer may do.
    pub role: Role,
    /// The password's hash, as a PHC string.
    pub password_hash: String,
}

#[derive(sqlx::FromRow)]
struct StoredOfficer {
    id: i64,
    email: String,
    name: String,
    role: String,
    password_hash: String,
    disabled_at: Option<i64>,
}

impl StoredOfficer {
    fn read(self) -> Result<(Officer, String)> {
        let row = Row { table: "officers", key: &self.id };
        let officer = Officer {
            id: OfficerId(self.id),
            email: row.parse("email", &self.email)?,
            name: self.name,
            role: row.parse("role", &self.role)?,
            standing: if self.disabled_at.is_none() { Standing::Active } else { Standing::Disabled },
        };
        Ok((officer, self.password_hash))
    }
}

fn key(email: &EmailAddress) -> String {
    email.as_str().to_lowercase()
}

impl Tx {
    /// Makes an account. `None` when there is one with this e-mail address.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_officer(&mut self, new: &NewOfficer, by: &Actor, at: Timestamp) -> Result<Option<OfficerId>> {
        let NewOfficer { email, name, role, password_hash } = new;
        let added: Option<(i64,)> =
            optional!(self.conn(), INSERT, email, key(email), name, role.key(), password_hash, at)?;
        let Some((id,)) = added else { return Ok(None) };
        let officer = OfficerId(id);
        let event = RecordEvent::OfficerAdded { officer, email: email.clone(), name: name.clone(), role: *role };
        append_record(self, &event, by, at)?;
        Ok(Some(officer))
    }

    /// Switches an account off and ends its sessions. `false` when it was off.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn disable_officer(&mut self, officer: OfficerId, by: &Actor, at: Timestamp) -> Result<bool> {
        self.delete_sessions_of(officer).await?;
        let changed = execute!(self.conn(), DISABLE, officer, at)? == 1;
        if changed {
            append_record(self, &RecordEvent::OfficerDisabled { officer }, by, at)?;
        }
        Ok(changed)
    }

    /// Gives an account another password and ends its sessions. `false` when there is no such
    /// account.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn set_password(
        &mut self,
        officer: OfficerId,
        password_hash: &str,
        by: &Actor,
        at: Timestamp,
    ) -> Result<bool> {
        self.delete_sessions_of(officer).await?;
        let changed = execute!(self.conn(), SET_PASSWORD, officer, password_hash)? == 1;
        if changed {
            append_record(self, &RecordEvent::PasswordChanged { officer }, by, at)?;
        }
        Ok(changed)
    }
}

impl Tx {
    /// The officer who wrote a letter last; what the daemon dated anew counts as theirs.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn last_author(&mut self, letter: LetterId) -> Result<Option<OfficerId>> {
        let found: Option<(i64,)> = optional!(self.conn(), LAST_AUTHOR, letter)?;
        Ok(found.map(|(id,)| OfficerId(id)))
    }
}

impl Store {
    /// An officer.
    ///
    /// # Errors
    /// When the row makes no sense or the database fails.
    pub async fn officer(&self, id: OfficerId) -> Result<Option<Officer>> {
        let found: Option<StoredOfficer> = optional!(self.reader().await?.conn(), LOAD, id)?;
        Ok(found.map(StoredOfficer::read).transpose()?.map(|(officer, _)| officer))
    }

    /// The officer with this e-mail address, in whatever letter case, and the password's hash.
    ///
    /// # Errors
    /// When the row makes no sense or the database fails.
    pub async fn officer_by_email(&self, email: &EmailAddress) -> Result<Option<(Officer, String)>> {
        let found: Option<StoredOfficer> = optional!(self.reader().await?.conn(), FIND, key(email))?;
        found.map(StoredOfficer::read).transpose()
    }

    /// All officers, by name.
    ///
    /// # Errors
    /// When a row makes no sense or the database fails.
    pub async fn officers(&self) -> Result<Vec<Officer>> {
        let found: Vec<StoredOfficer> = all!(self.reader().await?.conn(), LIST)?;
        found.into_iter().map(|row| row.read().map(|(officer, _)| officer)).collect()
    }
}
