//! What the officers and operators must know of the daemon itself: alarms that stand, and when each
//! mailbox was last read. An alarm raised again keeps the instant it was first raised.

use std::sync::PoisonError;

use jiff::Timestamp;

use super::error::{Result, Row};
use super::link::{all, execute, statements};
use super::{Store, Tx};

statements! {
    RAISE = "-- store::alarms::raise
        INSERT INTO alarms (key, text, since_at, last_at) VALUES ($1, $2, $3, $3)
        ON CONFLICT (key) DO NOTHING";
    KEEP = "-- store::alarms::keep
        UPDATE alarms SET text = $2, last_at = $3 WHERE key = $1";
    CLEAR = "-- store::alarms::clear
        DELETE FROM alarms WHERE key = $1";
    LIST = "-- store::alarms::list
        SELECT key, text, since_at, last_at FROM alarms ORDER BY since_at, key";
    MAILBOX_READ = "-- store::alarms::mailbox_read
        INSERT INTO mailbox_status (mailbox, last_success_at) VALUES ($1, $2)
        ON CONFLICT (mailbox) DO UPDATE SET last_success_at = excluded.last_success_at";
    MAILBOX_FAILED = "-- store::alarms::mailbox_failed
        INSERT INTO mailbox_status (mailbox, last_error, last_error_at) VALUES ($1, $2, $3)
        ON CONFLICT (mailbox) DO UPDATE SET last_error = excluded.last_error, last_error_at = excluded.last_error_at";
    MAILBOXES = "-- store::alarms::mailboxes
        SELECT mailbox, last_success_at, last_error, last_error_at FROM mailbox_status ORDER BY mailbox";
}

/// An alarm that stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alarm {
    /// What it is about, such as `mailbox:complaints`.
    pub key: String,
    /// What is wrong and what to do, in words.
    pub text: String,
    /// Since when.
    pub since_at: Timestamp,
    /// When it was last seen to be so.
    pub last_at: Timestamp,
}

/// Whether an alarm was standing when it was raised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlarmRaised {
    /// It is new: somebody should be told.
    New,
    /// It stood already.
    Standing,
}

/// How reading a mailbox has gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailboxStatus {
    /// The mailbox's key in the configuration.
    pub mailbox: String,
    /// When it was last read without a fault.
    pub last_success_at: Option<Timestamp>,
    /// The last fault and when it was.
    pub last_error: Option<(String, Timestamp)>,
}

#[derive(sqlx::FromRow)]
struct StoredStatus {
    mailbox: String,
    last_success_at: Option<i64>,
    last_error: Option<String>,
    last_error_at: Option<i64>,
}

impl StoredStatus {
    fn read(self) -> Result<MailboxStatus> {
        let row = Row { table: "mailbox_status", key: &self.mailbox };
        let last_success_at = self.last_success_at.map(|at| row.instant("last_success_at", at)).transpose()?;
        let error_at = self.last_error_at.map(|at| row.instant("last_error_at", at)).transpose()?;
        Ok(MailboxStatus { last_success_at, last_error: self.last_error.zip(error_at), mailbox: self.mailbox })
    }
}

impl Tx {
    /// Raises an alarm, or keeps it standing with this text.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn raise_alarm(&mut self, key: &str, text: &str, at: Timestamp) -> Result<AlarmRaised> {
        if execute!(self.conn(), RAISE, key, text, at)? == 1 {
            return Ok(AlarmRaised::New);
        }
        execute!(self.conn(), KEEP, key, text, at)?;
        Ok(AlarmRaised::Standing)
    }

    /// Clears an alarm. `false` when it did not stand.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn clear_alarm(&mut self, key: &str) -> Result<bool> {
        Ok(execute!(self.conn(), CLEAR, key)? == 1)
    }

    /// Notes that a mailbox was read without a fault.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn mailbox_read(&mut self, mailbox: &str, at: Timestamp) -> Result<()> {
        execute!(self.conn(), MAILBOX_READ, mailbox, at).map(|_| ())
    }

    /// Notes that a mailbox could not be read.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn mailbox_failed(&mut self, mailbox: &str, error: &str, at: Timestamp) -> Result<()> {
        execute!(self.conn(), MAILBOX_FAILED, mailbox, error, at).map(|_| ())
    }
}

impl Store {
    /// Raises an alarm. One that cannot be written, because the disk is full or the database locked, is
    /// held in memory and stands all the same, as long as this process lives.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn raise_alarm(&self, key: &str, text: &str, at: Timestamp) -> Result<()> {
        let written = async {
            let mut tx = self.begin().await?;
            tx.raise_alarm(key, text, at).await?;
            tx.commit().await
        };
        let written = written.await;
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if written.is_ok() {
            held.remove(key);
        } else {
            let new = Alarm { key: key.to_owned(), text: text.to_owned(), since_at: at, last_at: at };
            let alarm = held.entry(key.to_owned()).or_insert(new);
            (alarm.text, alarm.last_at) = (text.to_owned(), at);
        }
        written
    }

    /// Clears an alarm.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn clear_alarm(&self, key: &str) -> Result<()> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
        let mut tx = self.begin().await?;
        tx.clear_alarm(key).await?;
        tx.commit().await
    }

    /// The alarms that stand, oldest first.
    ///
    /// # Errors
    /// When a row makes no sense or the database fails.
    pub async fn alarms(&self) -> Result<Vec<Alarm>> {
        let found: Vec<(String, String, i64, i64)> = all!(self.reader().await?.conn(), LIST)?;
        let mut alarms = Vec::with_capacity(found.len());
        for (key, text, since, last) in found {
            let row = Row { table: "alarms", key: &key };
            let (since_at, last_at) = (row.instant("since_at", since)?, row.instant("last_at", last)?);
            alarms.push(Alarm { key, text, since_at, last_at });
        }
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let unwritten = held.values().filter(|held| alarms.iter().all(|alarm| alarm.key != held.key));
        let unwritten: Vec<Alarm> = unwritten.cloned().collect();
        alarms.extend(unwritten);
        Ok(alarms)
    }

    /// How reading each mailbox has gone, by name.
    ///
    /// # Errors
    /// When a row makes no sense or the database fails.
    pub async fn mailboxes(&self) -> Result<Vec<MailboxStatus>> {
        let found: Vec<StoredStatus> = all!(self.reader().await?.conn(), MAILBOXES)?;
        found.into_iter().map(StoredStatus::read).collect()
    }
}
