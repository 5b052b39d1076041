//! One pass over a mailbox. Keep first, read afterwards, tell the server last: raw bytes and ledger
//! rows are committed before anything is read, and the server is told only once the contact stands.
//! A stop between any two steps loses nothing and doubles nothing. What a folder lacks or asks for
//! holds up no other folder.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::civil::Date;

use crate::clock::Clock;
use crate::domain::contact::Intake;
use crate::domain::ids::{ContactId, Digest, RawId};
use crate::domain::words;
use crate::mailbox::{Batch, Epoch, Fetched, MailSource, MailboxError, Position};
use crate::store::{LedgerEntry, Ledgered, PutRaw, Store, StoreError, Tx};

use super::first::History;
use super::log::{AtHand, Logbook, Logged};

/// The mailbox name in the ledger for messages that came through `complaintsd ingest`.
pub const PIPE: &str = "pipe";

/// A message of at most so many bytes is logged from memory; a larger one is read again from the database,
/// so that it is not held twice.
pub(super) const AT_HAND: usize = 1024 * 1024;

/// What one pass did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pass {
    /// Messages taken from the source and kept.
    pub kept: usize,
    /// Contacts logged.
    pub contacts: usize,
    /// Cases opened.
    pub cases: usize,
    /// Copies of messages that were there already.
    pub duplicates: usize,
}

impl Pass {
    pub(super) fn count(&mut self, logged: &[Logged]) {
        for one in logged {
            let opened = match one {
                Logged::Contact { opened, .. } => {
                    self.contacts += 1;
                    opened
                }
                Logged::Duplicate { opened, .. } => {
                    self.duplicates += 1;
                    opened
                }
            };
            self.cases += usize::from(opened.is_some());
        }
    }
}

/// How far a pass is with the folder it reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Messages dealt with.
    pub done: usize,
    /// Messages there are to deal with.
    pub of: usize,
}

/// Why a pass ended early, or did not read everything. What was kept stays kept.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    /// The mailbox.
    #[error(transparent)]
    Mailbox(#[from] MailboxError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Some folders were not read; the others were.
    #[error("{}", faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Partly {
        /// What was done in the others.
        pass: Pass,
        /// How many folders were read.
        read: usize,
        /// Why each of them was not read.
        faults: Vec<FolderFault>,
    },
}

/// Why a folder was not read though its mailbox can be.
#[derive(Debug)]
pub enum FolderFault {
    /// It cannot be opened, or something in it is not handed out.
    Mailbox(MailboxError),
    /// It has never been read, and nobody has said what is to become of the mail from before.
    History(History),
}

impl IngestError {
    /// How long the mail server asked us to wait before we come again, if it did.
    #[must_use]
    pub fn asked_to_wait(&self) -> Option<Duration> {
        match self {
            Self::Mailbox(error) => error.fault.asked_to_wait(),
            Self::Store(_) | Self::Partly { .. } => None,
        }
    }
}

impl fmt::Display for FolderFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mailbox(error) => error.fmt(f),
            Self::History(history) => history.fmt(f),
        }
    }
}

/// What was committed of a batch.
#[derive(Debug, Default)]
pub(super) struct Kept {
    /// How many messages the ledger did not have.
    pub added: usize,
    /// How many of them stand where another message was known.
    pub replaced: usize,
    /// Where the bytes are.
    pub raws: Vec<RawId>,
    /// The bytes of those that need not be read back.
    pub bytes: AtHand,
}

/// Reads mailboxes into the logbook.
#[derive(Clone)]
pub struct Ingest {
    pub(super) store: Store,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) logbook: Logbook,
    pub(super) cut_over: Option<Date>,
}

impl Ingest {
    /// Reads into this logbook.
    #[must_use]
    pub fn new(store: Store, clock: Arc<dyn Clock>, logbook: Logbook) -> Self {
        Self { store, clock, logbook, cut_over: None }
    }

    /// The same for a mailbox whose mail from before this London date is historic: logged, but
    /// opening nothing. With `None` a mailbox that holds such mail is not begun.
    #[must_use]
    pub fn from_cut_over(self, cut_over: Option<Date>) -> Self {
        Self { cut_over, ..self }
    }

    /// One pass: everything in the mailbox that the ledger lacks. `progress` is called after each
    /// batch, as a sign of life during a long one.
    ///
    /// # Errors
    /// [`IngestError`] when the mailbox or the database fails, or some folders could not be read; the
    /// next pass goes on from there.
    pub async fn run_once(
        &self,
        source: &mut dyn MailSource,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<Pass, IngestError> {
        let done = self.read_folders(source, progress).await;
        if matches!(done, Err(IngestError::Mailbox(_) | IngestError::Store(_))) {
            // Left in the middle: the next pass begins anew, and compares everything.
            source.close().await;
        }
        done
    }

    async fn read_folders(
        &self,
        source: &mut dyn MailSource,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<Pass, IngestError> {
        let mut pass = Pass::default();
        pass.count(&self.logbook.log_kept(&mut AtHand::new()).await?);
        let (mut faults, mut read) = (Vec::new(), 0);
        for folder in source.folders().await? {
            match self.read_folder(source, &folder, &mut pass, progress).await {
                Ok(None) => read += 1,
                Ok(fault) => faults.extend(fault),
                Err(IngestError::Mailbox(error)) if error.is_about_one_folder() => {
                    // Left in the middle: the next pass compares all of it.
                    self.ask_for_comparison(source.name(), &folder.name).await?;
                    faults.push(FolderFault::Mailbox(error));
                }
                Err(error) => return Err(error),
            }
        }
        super::too_large::alarm(&self.store, self.clock.now()).await?;
        if faults.is_empty() { Ok(pass) } else { Err(IngestError::Partly { pass, read, faults }) }
    }

    /// Takes in one message given as bytes, through a pipe or as a file. The same bytes again are
    /// known by their digest. Returns when it is committed.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails: nothing is promised then, and the giver must keep the
    /// message.
    pub async fn take_in(&self, bytes: Vec<u8>) -> Result<ContactId, StoreError> {
        let digest = Digest::of(&bytes);
        let position = Position { folder: String::new(), uid_validity: 0, uid: 0, name: digest.to_string() };
        let messages = vec![Fetched { position, internal_date: Some(self.clock.now()), bytes, too_large: None }];
        let epoch = Epoch { folder: String::new(), uid_validity: 0 };
        let batch = Batch { messages, ..Batch::default() };
        let mut kept = self.keep(PIPE, &epoch, Intake::Inbox, batch).await?;
        for raw in kept.raws {
            self.logbook.log_one(raw, &mut kept.bytes).await?;
        }
        self.store.contact_of_digest(digest).await?.ok_or(StoreError::Inconsistent {
            table: "contacts",
            column: "raw_id",
            row: digest.to_string(),
        })
    }

    /// Commits raw bytes and ledger rows of a batch: one transaction, one flush.
    pub(super) async fn keep(
        &self,
        mailbox: &str,
        epoch: &Epoch,
        intake: Intake,
        batch: Batch,
    ) -> Result<Kept, StoreError> {
        let now = self.clock.now();
        let mut kept = Kept::default();
        let mut tx = self.store.begin().await?;
        let vanished: Vec<Position> = batch.vanished.positions(epoch).collect();
        let bytes: Vec<&[u8]> = batch.messages.iter().map(|message| message.bytes.as_slice()).collect();
        let raws = tx.put_raws(&bytes, now).await?;
        let mut entries = Vec::with_capacity(raws.len());
        for (message, PutRaw { id, .. }) in batch.messages.into_iter().zip(raws) {
            if let Some(too_large) = &message.too_large {
                tx.raw_is_beginning(id, &too_large.words(&message.position.folder)).await?;
            }
            let received_at = message.internal_date.unwrap_or(now);
            let historic = self.cut_over.is_some_and(|cut_over| words::london_date(received_at) < cut_over);
            entries.push(LedgerEntry {
                mailbox: mailbox.to_owned(),
                folder: message.position.folder,
                uid_validity: message.position.uid_validity,
                uid: message.position.uid,
                name: message.position.name,
                raw: id,
                internal_date: received_at,
                intake: if historic { Intake::Historic } else { intake },
            });
            kept.raws.push(id);
            if message.too_large.is_none() && message.bytes.len() <= AT_HAND {
                kept.bytes.insert(id, message.bytes);
            }
        }
        enter(&mut tx, &entries, &mut kept).await?;
        for gone in vanished {
            let Position { folder, uid_validity, uid, name } = &gone;
            if tx.ledger_vanished(mailbox, folder, *uid_validity, *uid, name, now).await? {
                tracing::warn!(mailbox, mailbox.uid = uid, "A message was gone before it could be fetched");
            }
        }
        tx.commit().await?;
        Ok(kept)
    }
}

/// Enters messages in the ledger. Where it holds another message for vanished or finds other bytes, that
/// row is set aside. Says for each in turn whether it was known.
pub(super) async fn enter(tx: &mut Tx, entries: &[LedgerEntry], kept: &mut Kept) -> Result<Vec<Ledgered>, StoreError> {
    let mut added = tx.ledger_add_all(entries).await?;
    for (entry, known) in entries.iter().zip(&mut added).filter(|(_, added)| **added == Ledgered::Known) {
        let Some(standing) = tx.ledger_at(entry).await? else { continue };
        if standing.raw == Some(entry.raw) {
            continue;
        }
        tx.ledger_set_aside(standing.id).await?;
        tx.ledger_add(entry).await?;
        kept.replaced += usize::from(standing.raw.is_some());
        *known = Ledgered::Added;
    }
    kept.added += added.iter().filter(|added| **added == Ledgered::Added).count();
    Ok(added)
}
