//! The folders that are read: how each numbers its messages, and when all of it was last compared with
//! the ledger. A folder without a row has never been read.

use jiff::Timestamp;

use super::error::{Result, Row};
use super::link::{execute, optional, statements};
use super::{Store, Tx};

statements! {
    BEGIN = "-- store::folders::begin
        INSERT INTO mail_folders (mailbox, folder, uid_validity, uid_next, begun_at) VALUES ($1, $2, $3, 0, $4)
        ON CONFLICT (mailbox, folder) DO NOTHING";
    NUMBERING = "-- store::folders::numbering
        UPDATE mail_folders SET uid_validity = $3, uid_next = $4 WHERE mailbox = $1 AND folder = $2";
    COMPARED = "-- store::folders::compared
        UPDATE mail_folders SET compared_at = $3 WHERE mailbox = $1 AND folder = $2";
    LOAD = "-- store::folders::load
        SELECT uid_validity, uid_next, compared_at FROM mail_folders WHERE mailbox = $1 AND folder = $2";
}

/// A folder that has been read before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MailFolder {
    /// Its UIDVALIDITY when it was last read; 0 when it has none.
    pub uid_validity: u32,
    /// Below this UID everything has been dealt with: UIDNEXT at the end of the last pass in that epoch.
    /// 0 when none was finished.
    pub uid_next: u32,
    /// When all of it was last compared with the ledger; `None` asks for that at the next pass.
    pub compared_at: Option<Timestamp>,
}

impl Tx {
    /// Notes that a folder is read from now on. Noting it twice changes nothing.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn mail_folder_begun(
        &mut self,
        mailbox: &str,
        folder: &str,
        uid_validity: u32,
        at: Timestamp,
    ) -> Result<()> {
        execute!(self.conn(), BEGIN, mailbox, folder, uid_validity, at).map(|_| ())
    }

    /// Keeps how a folder numbers its messages now.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn mail_folder_numbering(
        &mut self,
        mailbox: &str,
        folder: &str,
        uid_validity: u32,
        uid_next: u32,
    ) -> Result<()> {
        execute!(self.conn(), NUMBERING, mailbox, folder, uid_validity, uid_next).map(|_| ())
    }

    /// Notes that all of a folder was compared with the ledger; `None` asks the next pass to do it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn mail_folder_compared(&mut self, mailbox: &str, folder: &str, at: Option<Timestamp>) -> Result<()> {
        execute!(self.conn(), COMPARED, mailbox, folder, at).map(|_| ())
    }
}

impl Store {
    /// A folder, if it has been read before.
    ///
    /// # Errors
    /// When the row makes no sense or the database fails.
    pub async fn mail_folder(&self, mailbox: &str, folder: &str) -> Result<Option<MailFolder>> {
        let found: Option<(i64, i64, Option<i64>)> = optional!(self.reader().await?.conn(), LOAD, mailbox, folder)?;
        let row = Row { table: "mail_folders", key: &mailbox };
        let read = |(uid_validity, uid_next, compared): (i64, i64, Option<i64>)| {
            Ok(MailFolder {
                uid_validity: row.number("uid_validity", uid_validity)?,
                uid_next: row.number("uid_next", uid_next)?,
                compared_at: compared.map(|at| row.instant("compared_at", at)).transpose()?,
            })
        };
        found.map(read).transpose()
    }
}
