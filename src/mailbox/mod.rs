//! The door through which mail comes in: sources that can be asked for the messages the ledger lacks.
//!
//! What a source promises: a message is handed out with its position and its untouched bytes; what
//! was read or flagged by other people makes no difference (`\Seen` is neither read nor changed);
//! nothing on the server changes before [`MailSource::mark_stored`]; and "no new mail" is only said
//! when the server has said so.

mod backoff;
mod error;
mod imap;
mod imap_fetch;
mod imap_idle;
mod imap_reach;
mod imap_settings;
mod imap_sign_in;
mod imap_stream;
mod imap_text;
mod imap_wire;
mod maildir;
mod too_large;

use std::collections::BTreeSet;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;

pub use backoff::Backoff;
pub use error::{MailboxError, MailboxFault};
pub use imap::ImapSource;
pub use imap_settings::{AfterStoring, ImapSecurity, ImapSettings};
pub use maildir::{MaildirSettings, MaildirSource};
pub use too_large::TooLarge;

/// At most so many messages in one batch.
pub const BATCH_MESSAGES: usize = 200;

/// A batch stops growing here, in bytes; a larger message comes alone. Two batches are held at a time: one
/// is fetched while the other is stored.
pub const BATCH_BYTES: u64 = 4 * 1024 * 1024;

/// Where the messages of a mailbox stand. Positions are only comparable within one epoch.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Epoch {
    /// IMAP: the folder's name. Maildir: empty.
    pub folder: String,
    /// IMAP: the folder's UIDVALIDITY (RFC 9051 §2.3.1.1). Maildir: 0.
    pub uid_validity: u32,
}

/// Where a message stands: for IMAP (folder, UIDVALIDITY, UID), for Maildir the unique name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// IMAP: the folder's name. Maildir: empty.
    pub folder: String,
    /// IMAP: the folder's UIDVALIDITY. Maildir: 0.
    pub uid_validity: u32,
    /// IMAP: the message's UID, never 0. Maildir: 0.
    pub uid: u32,
    /// Maildir: the file's name without its folder and without `:2,` and flags. IMAP: empty.
    pub name: String,
}

impl Position {
    /// The epoch this position belongs to.
    #[must_use]
    pub fn epoch(&self) -> Epoch {
        Epoch { folder: self.folder.clone(), uid_validity: self.uid_validity }
    }
}

/// One message as it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// Where it stands on its server.
    pub position: Position,
    /// When the landlord's server received it: IMAP INTERNALDATE; for a Maildir, which keeps no such
    /// date, the file's modification time. `None` if the server's date makes no sense.
    pub internal_date: Option<Timestamp>,
    /// The message, untouched; if it is too large, its beginning.
    pub bytes: Vec<u8>,
    /// Of a message that is too large: what was left where it is.
    pub too_large: Option<TooLarge>,
}

/// The messages of one epoch that are in the ledger already.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    /// UIDs (IMAP).
    pub uids: BTreeSet<u32>,
    /// Names (Maildir).
    pub names: BTreeSet<String>,
}

impl Known {
    /// Whether a message is in the ledger.
    #[must_use]
    pub fn contains(&self, position: &Position) -> bool {
        if position.uid == 0 { self.names.contains(&position.name) } else { self.uids.contains(&position.uid) }
    }

    /// Notes that a message is in the ledger now.
    pub fn insert(&mut self, position: &Position) {
        if position.uid == 0 {
            self.names.insert(position.name.clone());
        } else {
            self.uids.insert(position.uid);
        }
    }
}

/// What [`MailSource::open`] found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// The epoch in which the coming positions stand. A new one begins with nothing known: the same
    /// messages are handed out again, and whoever stores them knows them by their digest.
    pub epoch: Epoch,
    /// Something that an operator should put right though mail can be read, in one line.
    pub problem: Option<String>,
}

/// Where mail comes from.
///
/// One pass is: `open`, load what the ledger [`Known`]s of that epoch, `next_batch` until it is
/// empty, committing each batch, and `mark_stored` for what is committed. After an error the pass is
/// over; the next `open` connects anew where needed.
#[async_trait]
pub trait MailSource: Send {
    /// The mailbox's name in configuration and ledger.
    fn name(&self) -> &str;

    /// Begins a pass: connects and signs in, or goes on with the connection of the last pass.
    ///
    /// # Errors
    /// When the mailbox cannot be reached, refuses us, or does not have the folder.
    async fn open(&mut self) -> Result<Opened, MailboxError>;

    /// The next messages that are not known, oldest first; empty when there are no more.
    ///
    /// A batch holds at most [`BATCH_MESSAGES`], and no more than [`BATCH_BYTES`] unless it is one
    /// message. Large messages, and those on which it failed before, come after the others. What is known is read at the first batch of a pass. A message that vanishes before
    /// it is fetched is logged and left out.
    ///
    /// # Errors
    /// When the connection is lost, late or makes no sense: whatever was not handed out stays for
    /// the next pass.
    async fn next_batch(&mut self, known: &Known) -> Result<Vec<Fetched>, MailboxError>;

    /// Tells the server that these are safely stored, as configured. May be repeated. Positions of
    /// another epoch, and messages that are no longer there, are left alone.
    ///
    /// # Errors
    /// When the server refuses or cannot be asked. The messages are stored all the same.
    async fn mark_stored(&mut self, positions: &[Position]) -> Result<(), MailboxError>;

    /// Waits until it is worth while to look again: until the source hints at new mail, where it can
    /// do that, and for `at_most` otherwise. A hint may be lost, so this says nothing about mail. May be
    /// dropped at any time.
    async fn wait(&mut self, at_most: Duration) {
        tokio::time::sleep(at_most).await;
    }

    /// Ends the connection politely.
    async fn close(&mut self);
}
