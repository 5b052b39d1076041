//! One pass over a mailbox. Keep first, read afterwards, tell the server last: raw bytes and ledger
//! rows are committed before anything is read, and the server is told only once the contact stands.
//! A stop between any two steps loses nothing and doubles nothing.

use std::sync::Arc;
use std::time::Duration;

use crate::clock::Clock;
use crate::domain::ids::{ContactId, Digest, RawId};
use crate::mailbox::{Fetched, Known, MailSource, MailboxError, Position};
use crate::store::{LedgerEntry, Ledgered, PutRaw, Store, StoreError};

use super::log::{AtHand, Logbook, Logged};

/// The mailbox name in the ledger for messages that came through `complaintsd ingest`.
pub const PIPE: &str = "pipe";

/// A message of at most so many bytes is logged from memory; a larger one is read again from the database,
/// so that it is not held twice.
const AT_HAND: usize = 1024 * 1024;

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
    fn count(&mut self, logged: &[Logged]) {
        for one in logged {
            match one {
                Logged::Contact { opened, .. } => {
                    self.contacts += 1;
                    self.cases += usize::from(opened.is_some());
                }
                Logged::Duplicate { .. } => self.duplicates += 1,
            }
        }
    }
}

/// What was committed of a batch.
#[derive(Debug, Default)]
struct Kept {
    /// How many messages the ledger did not have.
    added: usize,
    /// Where the bytes are.
    raws: Vec<RawId>,
    /// The bytes of those that need not be read back.
    bytes: AtHand,
}

/// Why a pass ended early. What was kept stays kept.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    /// The mailbox.
    #[error(transparent)]
    Mailbox(#[from] MailboxError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl IngestError {
    /// How long the mail server asked us to wait before we come again, if it did.
    #[must_use]
    pub fn asked_to_wait(&self) -> Option<Duration> {
        match self {
            Self::Mailbox(error) => error.fault.asked_to_wait(),
            Self::Store(_) => None,
        }
    }
}

/// Takes messages in.
#[derive(Clone)]
pub struct Ingest {
    store: Store,
    clock: Arc<dyn Clock>,
    logbook: Logbook,
}

impl Ingest {
    /// An intake into this store.
    #[must_use]
    pub fn new(store: Store, clock: Arc<dyn Clock>, logbook: Logbook) -> Self {
        Self { store, clock, logbook }
    }

    /// One pass: everything in the mailbox that the ledger lacks. `progress` is called after each
    /// batch, as a sign of life during a long one.
    ///
    /// # Errors
    /// [`IngestError`] when the mailbox or the database fails; the next pass goes on from there.
    pub async fn run_once(
        &self,
        source: &mut dyn MailSource,
        progress: &(dyn Fn(Pass) + Sync),
    ) -> Result<Pass, IngestError> {
        let mut pass = Pass::default();
        pass.count(&self.logbook.log_kept(&mut AtHand::new()).await?);
        let opened = source.open().await?;
        if let Some(problem) = &opened.problem {
            tracing::warn!(
                mailbox = source.name(),
                error = problem,
                "The mailbox can be read, but not quite as set up"
            );
        }
        let (folder, uid_validity) = (opened.epoch.folder.clone(), opened.epoch.uid_validity);
        let name = source.name().to_owned();
        let known = Known {
            uids: self.store.ledger_uids(&name, &folder, uid_validity).await?,
            names: self.store.ledger_names(&name).await?,
        };
        let mut batch = source.next_batch(&known).await?;
        while !batch.is_empty() {
            // The next batch comes while this one is stored, but not while this is one large message.
            let large = batch.iter().any(|message| message.bytes.len() > AT_HAND);
            let storing = self.store(&name, batch, &mut pass);
            let next = if large {
                storing.await?;
                None
            } else {
                let (next, stored) = tokio::join!(source.next_batch(&known), storing);
                stored?;
                Some(next)
            };
            self.tell_server(source, &folder, uid_validity).await?;
            progress(pass);
            batch = match next {
                Some(next) => next?,
                None => source.next_batch(&known).await?,
            };
        }
        // What an earlier pass logged but could not tell the server.
        self.tell_server(source, &folder, uid_validity).await?;
        super::too_large::alarm(&self.store, self.clock.now()).await?;
        Ok(pass)
    }

    /// Keeps a batch, then logs it.
    async fn store(&self, mailbox: &str, batch: Vec<Fetched>, pass: &mut Pass) -> Result<(), StoreError> {
        let mut kept = self.keep(mailbox, batch).await?;
        pass.kept += kept.added;
        pass.count(&self.logbook.log_kept(&mut kept.bytes).await?);
        Ok(())
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
        let internal_date = Some(self.clock.now());
        let message = Fetched { position, internal_date, bytes, too_large: None };
        let mut kept = self.keep(PIPE, vec![message]).await?;
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
    async fn keep(&self, mailbox: &str, batch: Vec<Fetched>) -> Result<Kept, StoreError> {
        let now = self.clock.now();
        let mut kept = Kept::default();
        let mut tx = self.store.begin().await?;
        for message in batch {
            let PutRaw { id, .. } = tx.put_raw(&message.bytes, now).await?;
            if let Some(too_large) = &message.too_large {
                tx.raw_is_beginning(id, &too_large.words(&message.position.folder)).await?;
            }
            let entry = LedgerEntry {
                mailbox: mailbox.to_owned(),
                folder: message.position.folder,
                uid_validity: message.position.uid_validity,
                uid: message.position.uid,
                name: message.position.name,
                raw: id,
                internal_date: message.internal_date.unwrap_or(now),
            };
            kept.added += usize::from(tx.ledger_add(&entry).await? == Ledgered::Added);
            kept.raws.push(id);
            if message.too_large.is_none() && message.bytes.len() <= AT_HAND {
                kept.bytes.insert(id, message.bytes);
            }
        }
        tx.commit().await?;
        Ok(kept)
    }

    async fn tell_server(
        &self,
        source: &mut dyn MailSource,
        folder: &str,
        uid_validity: u32,
    ) -> Result<(), IngestError> {
        let rows = self.store.ledger_unmarked(source.name(), folder, uid_validity).await?;
        if rows.is_empty() {
            return Ok(());
        }
        let positions: Vec<Position> = rows
            .iter()
            .map(|row| Position { folder: folder.to_owned(), uid_validity, uid: row.uid, name: row.name.clone() })
            .collect();
        source.mark_stored(&positions).await?;
        let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
        let mut tx = self.store.begin().await?;
        tx.ledger_marked(&ids, self.clock.now()).await?;
        tx.commit().await?;
        Ok(())
    }
}
