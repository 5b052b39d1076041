//! From kept bytes to contacts and cases. Whatever a message does to the reader, it ends as a
//! contact: a reader that panics or overruns its time leaves "could not be read", and a message
//! that brings the whole process down is begun three times at most.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use tokio::sync::Mutex;

use crate::clock::Clock;
use crate::domain::calendar::WorkingCalendar;
use crate::domain::code::HandlingCode;
use crate::domain::contact::ContactKind;
use crate::domain::hand_over::WordLists;
use crate::domain::ids::{CaseRef, ContactId, EmailAddress, LedgerId, RawId};
use crate::domain::words;
use crate::store::{LedgerRow, Store, StoreError, Taken};

use super::examine::Examined;
use super::known::Known;
use super::place::Message;
use super::{Ours, Reader};

/// How long reading one message may take.
const READING_TIME: Duration = Duration::from_secs(20);

/// How often reading a message is begun, over restarts, before it is logged unread.
const ATTEMPTS: u32 = 3;

/// How many kept messages are logged in one transaction. All that was read of them is in memory.
const BATCH: usize = 100;

/// How many workers read side by side.
const SIDE_BY_SIDE: usize = 2;

/// How many messages a worker reads in one go.
const IN_ONE_GO: usize = 16;

/// The bytes of messages that have just been kept.
pub type AtHand = BTreeMap<RawId, Vec<u8>>;

/// Messages read in one go, with the bytes of those that are at hand.
type Go = Vec<(LedgerRow, Option<Arc<Vec<u8>>>)>;

/// One round of logging at a time: rounds side by side would each begin the same messages, and count
/// as runs that died over them.
static ROUND: Mutex<()> = Mutex::const_new(());

/// What became of a kept message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Logged {
    /// A contact of this kind.
    Contact {
        /// The contact.
        id: ContactId,
        /// Its kind.
        kind: ContactKind,
        /// The case it opened, if it opened one.
        opened: Option<CaseRef>,
    },
    /// The same bytes had been logged before, as this contact.
    Duplicate {
        /// The first contact.
        of: ContactId,
        /// The case it opened: the first had come in by a way that opens none.
        opened: Option<CaseRef>,
    },
}

/// Logs kept messages.
#[derive(Clone)]
pub struct Logbook {
    /// Where to.
    pub store: Store,
    /// When.
    pub clock: Arc<dyn Clock>,
    /// The Code in force.
    pub code: Arc<HandlingCode>,
    /// The landlord's working days.
    pub calendar: Arc<WorkingCalendar>,
    /// Our own addresses.
    pub ours: Vec<EmailAddress>,
    /// The mail servers whose word about a sender counts, for each mailbox (RFC 8601).
    pub trusted: BTreeMap<String, Vec<String>>,
    /// Words that must not wait.
    pub hand_over: Arc<WordLists>,
    /// How a message is read.
    pub reader: Reader,
}

/// A kept message, read.
pub(super) struct Read {
    pub row: LedgerRow,
    pub found: Examined,
}

impl Read {
    pub fn message(&self) -> Message<'_> {
        Message {
            reading: &self.found.reading,
            sorted: &self.found.sorted,
            check: self.found.check.as_ref(),
            intake: self.row.entry.intake,
            received_on: words::london_date(self.row.entry.internal_date),
            original_sender: self.found.original_sender.as_ref(),
        }
    }
}

impl Logbook {
    /// Logs every message that is kept and not logged yet. `at_hand` are the bytes of some of them, which
    /// then need not be read back from the database.
    ///
    /// Messages whose reading has never been begun are logged in batches; one that was begun before
    /// (the process died over it, or over a neighbour) is logged alone.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails; what was committed stays logged.
    pub async fn log_kept(&self, at_hand: &mut AtHand) -> Result<Vec<Logged>, StoreError> {
        let _round = ROUND.lock().await;
        let mut all = Vec::new();
        loop {
            let rows = self.store.ledger_unread(BATCH).await?;
            if rows.is_empty() {
                return Ok(all);
            }
            all.extend(self.log_in_turns(rows, at_hand).await?);
        }
    }

    /// Logs one kept message and leaves the others to whoever kept them: many deliveries through the
    /// pipe run side by side, each in a process of its own.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn log_one(&self, raw: RawId, at_hand: &mut AtHand) -> Result<Vec<Logged>, StoreError> {
        self.log(self.store.ledger_unread_of(raw).await?, at_hand).await
    }

    /// Logs these kept messages, and leaves the others to whoever kept them.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails; what was committed stays logged.
    pub async fn log_these(&self, raws: &[RawId], at_hand: &mut AtHand) -> Result<Vec<Logged>, StoreError> {
        let _round = ROUND.lock().await;
        let mut all = Vec::new();
        for part in raws.chunks(BATCH) {
            let mut rows = Vec::with_capacity(part.len());
            for raw in part {
                rows.extend(self.store.ledger_unread_of(*raw).await?);
            }
            all.extend(self.log_in_turns(rows, at_hand).await?);
        }
        Ok(all)
    }

    async fn log_in_turns(&self, rows: Vec<LedgerRow>, at_hand: &mut AtHand) -> Result<Vec<Logged>, StoreError> {
        let mut all = Vec::new();
        let (fresh, begun): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| row.attempts == 0);
        let turns = std::iter::once(fresh).chain(begun.into_iter().map(|row| vec![row]));
        for turn in turns.filter(|turn| !turn.is_empty()) {
            all.extend(self.log(turn, at_hand).await?);
        }
        Ok(all)
    }

    async fn log(&self, rows: Vec<LedgerRow>, at_hand: &mut AtHand) -> Result<Vec<Logged>, StoreError> {
        let begun: Vec<LedgerId> = rows.iter().map(|row| row.id).collect();
        let mut tx = self.store.begin().await?;
        tx.ledger_attempt(&begun).await?;
        tx.commit().await?;

        let logged = self.read_and_record(rows, at_hand).await;
        if logged.as_ref().is_err_and(StoreError::is_temporary) {
            self.uncount(&begun).await;
        }
        let logged = logged?;
        for one in &logged {
            match one {
                Logged::Contact { id, opened: Some(reference), .. } => {
                    tracing::info!(case.ref = %reference, contact.id = id.0, "Case opened");
                }
                Logged::Contact { id, kind, opened: None } => {
                    tracing::info!(contact.id = id.0, kind = kind.key(), "Contact logged");
                }
                Logged::Duplicate { of, .. } => tracing::info!(contact.id = of.0, "A copy of a contact arrived"),
            }
        }
        Ok(logged)
    }

    /// Takes an attempt back that failed for want of a database, not over the messages. When that
    /// fails too the attempt counts, which three of them in a row make seen.
    async fn uncount(&self, begun: &[LedgerId]) {
        let taken_back = async {
            let mut tx = self.store.begin().await?;
            for id in begun {
                tx.ledger_attempt_back(*id).await?;
            }
            tx.commit().await
        };
        if let Err(error) = taken_back.await {
            tracing::warn!(error = %error, "An attempt at reading could not be taken back");
        }
    }

    async fn read_and_record(&self, rows: Vec<LedgerRow>, at_hand: &mut AtHand) -> Result<Vec<Logged>, StoreError> {
        let ids: Vec<LedgerId> = rows.iter().map(|row| row.id).collect();
        let read = self.read_all(rows, at_hand).await?;
        let mut tx = self.store.begin().await?;
        let Taken { ids: taken, contacts } = tx.ledger_take(&ids).await?;
        let read: Vec<Read> = read.into_iter().filter(|one| taken.contains(&one.row.id)).collect();
        let messages = read.iter().map(|one| (one.message(), one.found.canonical));
        let mut known = Known::lock(&mut tx, self.store.token_key(), contacts, messages).await?;
        let logged = self.record(&mut tx, read, &mut known).await?;
        tx.commit().await?;
        Ok(logged)
    }

    async fn read_all(&self, rows: Vec<LedgerRow>, at_hand: &mut AtHand) -> Result<Vec<Read>, StoreError> {
        // One that has to be read back may be large: those are held one at a time.
        let small = rows.iter().all(|row| at_hand.contains_key(&row.entry.raw));
        // So is one that was begun before, and may be at fault.
        let alone = |(row, bytes): &(LedgerRow, Option<_>)| bytes.is_none() || row.attempts > 0;
        let mut goes: Vec<Go> = Vec::new();
        for row in rows {
            let bytes = at_hand.remove(&row.entry.raw).map(Arc::new);
            let one = (row, bytes);
            let open = |go: &&mut Go| go.len() < IN_ONE_GO && !go.iter().chain([&one]).any(alone);
            match goes.last_mut().filter(open) {
                Some(go) => go.push(one),
                None => goes.push(vec![one]),
            }
        }
        let reading = goes.into_iter().map(|go| self.read_in_one_go(go));
        let read: Vec<Vec<Read>> =
            stream::iter(reading).buffered(if small { SIDE_BY_SIDE } else { 1 }).try_collect().await?;
        Ok(read.into_iter().flatten().collect())
    }

    /// Reads several messages at hand. When one of them makes the reader fail or holds it up, each is read
    /// by itself, which shows it.
    async fn read_in_one_go(&self, go: Go) -> Result<Vec<Read>, StoreError> {
        if go.len() > 1 {
            let examination = |(row, bytes): &(_, Option<_>)| Some(self.examination(row, Arc::clone(bytes.as_ref()?)));
            let work: Vec<_> = go.iter().filter_map(examination).collect();
            let work = tokio::task::spawn_blocking(move || work.into_iter().map(|one| one()).collect::<Vec<_>>());
            if let Ok(Ok(found)) = tokio::time::timeout(READING_TIME, work).await
                && found.len() == go.len()
            {
                return Ok(go.into_iter().zip(found).map(|((row, _), found)| Read { row, found }).collect());
            }
        }
        let mut read = Vec::with_capacity(go.len());
        for (row, bytes) in go {
            read.push(self.read(row, bytes).await?);
        }
        Ok(read)
    }

    /// What a worker does to read a message.
    fn examination(&self, row: &LedgerRow, bytes: Arc<Vec<u8>>) -> impl FnOnce() -> Examined + Send + use<> {
        let reader = self.reader;
        let ours = Ours { addresses: self.ours.clone(), key: self.store.token_key().clone() };
        let trusted = self.trusted.get(&row.entry.mailbox).cloned().unwrap_or_default();
        let hand_over = Arc::clone(&self.hand_over);
        move || Examined::of(&bytes, reader, &ours, &trusted, &hand_over)
    }

    async fn read(&self, row: LedgerRow, at_hand: Option<Arc<Vec<u8>>>) -> Result<Read, StoreError> {
        let kept = match at_hand {
            Some(bytes) => Ok(Some((bytes, None))),
            None => {
                self.store.raw_message(row.entry.raw).await.map(|kept| kept.map(|it| (Arc::new(it.bytes), it.rest)))
            }
        };
        let kept = match kept {
            Ok(kept) => kept,
            // Bytes that are not the ones that were kept must not hold up the mail behind them.
            Err(damaged @ StoreError::Inconsistent { .. }) => {
                tracing::error!(ledger.id = row.id.0, error = %damaged, "A kept message is damaged; it is logged unread");
                None
            }
            Err(error) => return Err(error),
        };
        let damaged = kept.is_none();
        let (bytes, rest) = kept.unwrap_or_default();
        let barely = |why: &str| Examined::barely(&bytes, why, &self.hand_over);
        let mut found = if damaged {
            barely("its bytes in the database are damaged: look for it in the mailbox or in a backup")
        } else if row.attempts >= ATTEMPTS {
            barely("reading it brought the service down, so it was given up")
        } else {
            let work = tokio::task::spawn_blocking(self.examination(&row, Arc::clone(&bytes)));
            match tokio::time::timeout(READING_TIME, work).await {
                Ok(Ok(found)) => found,
                Ok(Err(_panicked)) => {
                    tracing::error!(ledger.id = row.id.0, "A message made the reader fail; it is logged unread");
                    barely("the program that reads messages failed on it")
                }
                Err(_late) => {
                    tracing::error!(ledger.id = row.id.0, "A message took too long to read; it is logged unread");
                    barely("reading it took too long")
                }
            }
        };
        if let Some(rest) = rest {
            // What an officer must know first: this is not all of it, and may not be all that is the same.
            found.reading.problems.insert(0, rest);
            found.canonical = None;
        }
        Ok(Read { row, found })
    }
}
