//! The door through which mail comes in: sources that say what stands in their folders and hand it out.
//!
//! What a source promises: a message is handed out with its position and its untouched bytes; what
//! was read or flagged by other people makes no difference (`\Seen` is neither read nor changed);
//! nothing on the server changes before [`MailSource::mark_stored`]; "no new mail" is only said when
//! the server has said so; and a message counts as vanished only when the server no longer lists it.

mod backoff;
mod error;
mod files;
mod imap;
mod imap_fetch;
mod imap_folder;
mod imap_idle;
mod imap_reach;
mod imap_settings;
mod imap_sign_in;
mod imap_stream;
mod imap_text;
mod imap_wire;
mod maildir;
mod mbox;
mod too_large;

use std::collections::BTreeSet;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;

use crate::domain::contact::Intake;

pub use backoff::Backoff;
pub use error::{MailboxError, MailboxFault};
pub use files::{Found, MailFiles, Receipt};
pub use imap::ImapSource;
pub use imap_settings::{AfterStoring, ImapSecurity, ImapSettings, JunkFolders, ONE_IDLE};
pub use maildir::{MaildirSettings, MaildirSource};
pub use too_large::TooLarge;

/// At most so many messages in one batch.
pub const BATCH_MESSAGES: usize = 200;

/// A batch stops growing here, in bytes; a larger message comes alone. Two batches are held at a time: one
/// is fetched while the other is stored.
pub const BATCH_BYTES: u64 = 4 * 1024 * 1024;

/// A folder that is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    /// IMAP: its name, in plain Unicode. Maildir: empty.
    pub name: String,
    /// What mail in it is taken for.
    pub intake: Intake,
}

/// Where the messages of a folder stand. Positions are only comparable within one epoch.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Epoch {
    /// IMAP: the folder's name. Maildir: empty.
    pub folder: String,
    /// IMAP: the folder's UIDVALIDITY (RFC 9051 §2.3.1.1), 0 when the server gives none. Maildir: 0.
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

/// Messages of one epoch, by their UIDs (IMAP) or names (Maildir).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Places {
    /// UIDs.
    pub uids: BTreeSet<u32>,
    /// Names.
    pub names: BTreeSet<String>,
}

impl Places {
    /// How many.
    #[must_use]
    pub fn len(&self) -> usize {
        self.uids.len() + self.names.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.uids.is_empty() && self.names.is_empty()
    }

    /// Whether a message is among them.
    #[must_use]
    pub fn contains(&self, uid: u32, name: &str) -> bool {
        if uid == 0 { self.names.contains(name) } else { self.uids.contains(&uid) }
    }

    /// Adds one message.
    pub fn insert(&mut self, uid: u32, name: &str) {
        if uid == 0 {
            self.names.insert(name.to_owned());
        } else {
            self.uids.insert(uid);
        }
    }

    /// Adds all of these.
    pub fn extend(&mut self, others: Self) {
        self.uids.extend(others.uids);
        self.names.extend(others.names);
    }

    /// Those that are not among these.
    #[must_use]
    pub fn without(&self, others: &Self) -> Self {
        Self { uids: &self.uids - &others.uids, names: &self.names - &others.names }
    }

    /// As positions in an epoch, in order.
    pub fn positions(&self, epoch: &Epoch) -> impl Iterator<Item = Position> {
        let at = |uid, name| Position { folder: epoch.folder.clone(), uid_validity: epoch.uid_validity, uid, name };
        let by_uid = self.uids.iter().map(move |uid| at(*uid, String::new()));
        by_uid.chain(self.names.iter().map(move |name| at(0, name.clone())))
    }
}

/// How the messages of a folder are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Identity {
    /// By UID, which means the same message as long as the epoch lasts.
    Uid,
    /// By UID, but the server gives no UIDVALIDITY: tomorrow it may mean another message.
    UnsureUid,
    /// By name.
    Name,
}

/// What [`MailSource::open`] found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// The epoch in which the coming positions stand.
    pub epoch: Epoch,
    /// How its messages are told apart.
    pub identity: Identity,
    /// The UID that the next message will get (UIDNEXT), if the server says so.
    pub uid_next: Option<u32>,
    /// The folder is opened for the first time on this connection: it may have changed in any way.
    pub fresh: bool,
    /// Something that an operator should put right though mail can be read, in one line.
    pub problem: Option<String>,
}

/// Which messages [`MailSource::list`] is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// All that there are.
    All,
    /// IMAP: those above this UID. Maildir: what was not there at the last listing, or has changed.
    Above(u32),
}

/// What a server says of a message without handing it out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// IMAP: its UID.
    pub uid: u32,
    /// Maildir: its name.
    pub name: String,
    /// When the server received it.
    pub internal_date: Option<Timestamp>,
    /// Its size in bytes, by the server's account.
    pub size: Option<u64>,
}

/// Some of the messages that were asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Batch {
    /// The messages.
    pub messages: Vec<Fetched>,
    /// Those that are gone: the server no longer lists them.
    pub vanished: Places,
    /// Those that the server still lists and does not hand out.
    pub withheld: Places,
}

impl Batch {
    /// Whether there is nothing more to come.
    #[must_use]
    pub fn is_end(&self) -> bool {
        self.messages.is_empty() && self.vanished.is_empty() && self.withheld.is_empty()
    }
}

/// Where mail comes from.
///
/// One pass is: `folders`; for each of them `open`, `list`, `want` what the ledger lacks, `next_batch`
/// until its end, committing each batch, and `mark_stored` for what is committed. After an error
/// `close` the source; the next pass connects anew.
#[async_trait]
pub trait MailSource: Send {
    /// The mailbox's name in configuration and ledger.
    fn name(&self) -> &str;

    /// Begins a pass: connects and signs in, or goes on with the connection of the last pass. Says
    /// which folders are to be read; none of them need exist.
    ///
    /// # Errors
    /// When the mailbox cannot be reached or refuses us.
    async fn folders(&mut self) -> Result<Vec<Folder>, MailboxError>;

    /// Opens one of [`MailSource::folders`].
    ///
    /// # Errors
    /// When the mailbox does not have the folder ([`MailboxFault::NoFolder`]: the others can still be
    /// read), or the connection is lost.
    async fn open(&mut self, folder: &Folder) -> Result<Opened, MailboxError>;

    /// The messages that stand in the open folder.
    ///
    /// # Errors
    /// When the server does not say so completely.
    async fn list(&mut self, scope: Scope) -> Result<Places, MailboxError>;

    /// What the server says of these messages. Those that are gone are left out.
    ///
    /// # Errors
    /// When the connection is lost, late or makes no sense.
    async fn facts(&mut self, of: &Places) -> Result<Vec<Facts>, MailboxError>;

    /// Asks for these messages of the open folder, and no longer for others.
    fn want(&mut self, wanted: Places);

    /// The next of the wanted messages, oldest first.
    ///
    /// A batch holds at most [`BATCH_MESSAGES`], and no more than [`BATCH_BYTES`] unless it is one
    /// message. Large messages, and those on which it failed before, come after the others.
    ///
    /// # Errors
    /// When the connection is lost, late or makes no sense: whatever was not handed out stays for
    /// the next pass.
    async fn next_batch(&mut self) -> Result<Batch, MailboxError>;

    /// Tells the server that these are safely stored, as configured. May be repeated. Positions of
    /// another epoch, and messages that are no longer there, are left alone; nothing is ever moved out
    /// of a junk folder.
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
