//! From kept bytes to contacts and cases. Whatever a message does to the reader, it ends as a
//! contact: a reader that panics or overruns its time leaves "could not be read", and a message
//! that brings the whole process down is begun three times at most.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use jiff::Timestamp;
use tokio::sync::Mutex;

use crate::clock::Clock;
use crate::domain::calendar::WorkingCalendar;
use crate::domain::case::Case;
use crate::domain::code::HandlingCode;
use crate::domain::commands::{self, CaseCommand, Rules};
use crate::domain::contact::{Contact, ContactKind, Intake, NewContact, Reading, Sorted};
use crate::domain::hand_over::WordLists;
use crate::domain::ids::{CaseRef, ContactId, EmailAddress, LedgerId, RawId};
use crate::domain::people::Actor;
use crate::domain::words;
use crate::store::{LedgerRow, Raw, Store, StoreError, Taken, Tx};

use super::{Reader, reading_of_unreadable, sort};

/// How long reading one message may take.
const READING_TIME: Duration = Duration::from_secs(20);

/// How often reading a message is begun, over restarts, before it is logged unread.
const ATTEMPTS: u32 = 3;

/// How many kept messages are logged in one transaction.
const BATCH: usize = 200;

/// How many messages are read side by side.
const SIDE_BY_SIDE: usize = 4;

/// The bytes of messages that have just been kept.
pub type AtHand = BTreeMap<RawId, Vec<u8>>;

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
    /// Words that must not wait.
    pub hand_over: Arc<WordLists>,
    /// How a message is read.
    pub reader: Reader,
}

struct Read {
    row: LedgerRow,
    reading: Reading,
    sorted: Sorted,
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
        // One that has to be read back may be large: those are held one at a time.
        let small = rows.iter().all(|row| at_hand.contains_key(&row.entry.raw));
        let reading = rows.into_iter().map(|row| {
            let bytes = at_hand.remove(&row.entry.raw);
            self.read(row, bytes)
        });
        let read: Vec<Read> =
            stream::iter(reading).buffered(if small { SIDE_BY_SIDE } else { 1 }).try_collect().await?;

        let mut logged = Vec::with_capacity(read.len());
        let mut tx = self.store.begin().await?;
        let mut taken = tx.ledger_take(&ids).await?;
        // Cases are locked before the history, here as in every act of an officer: the other way
        // round two of them could wait for each other.
        for one in &read {
            self.place(&mut tx, one).await?;
        }
        // So are contacts that are there already, and may be taken up.
        for first in taken.contacts.values() {
            tx.contact_for_update(*first).await?;
        }
        for one in &read {
            logged.extend(self.record(&mut tx, one, &mut taken).await?);
        }
        tx.commit().await?;
        Ok(logged)
    }

    async fn read(&self, row: LedgerRow, at_hand: Option<Vec<u8>>) -> Result<Read, StoreError> {
        let kept = match at_hand {
            Some(bytes) => Ok(Some(Raw { bytes, ..Raw::default() })),
            None => self.store.raw_message(row.entry.raw).await,
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
        let Raw { bytes, rest } = kept.unwrap_or_default();
        let bytes = Arc::new(bytes);
        let unreadable = |why: &str| {
            let reading = reading_of_unreadable(&bytes, why);
            let reason = "the message could not be read, so it is treated as a new message".to_owned();
            (reading, Sorted { kind: ContactKind::New, reason, bounce: None })
        };
        if damaged {
            let why = "its bytes in the database are damaged: look for it in the mailbox or in a backup";
            let (reading, sorted) = unreadable(why);
            return Ok(Read { row, reading, sorted });
        }
        if row.attempts >= ATTEMPTS {
            let (reading, sorted) = unreadable("reading it brought the service down, so it was given up");
            return Ok(Read { row, reading, sorted });
        }
        let (reader, ours, shared) = (self.reader, self.ours.clone(), Arc::clone(&bytes));
        let work = tokio::task::spawn_blocking(move || {
            let reading = reader(&shared);
            let sorted = sort(&shared, &reading, &ours);
            (reading, sorted)
        });
        let (mut reading, sorted) = match tokio::time::timeout(READING_TIME, work).await {
            Ok(Ok(read)) => read,
            Ok(Err(_panicked)) => {
                tracing::error!(ledger.id = row.id.0, "A message made the reader fail; it is logged unread");
                unreadable("the program that reads messages failed on it")
            }
            Err(_late) => {
                tracing::error!(ledger.id = row.id.0, "A message took too long to read; it is logged unread");
                unreadable("reading it took too long")
            }
        };
        // What an officer must know first: this is not all of it.
        reading.problems.splice(0..0, rest);
        Ok(Read { row, reading, sorted })
    }

    /// Records one message; `None` when another process has recorded it meanwhile.
    async fn record(&self, tx: &mut Tx, read: &Read, taken: &mut Taken) -> Result<Option<Logged>, StoreError> {
        if !taken.ids.contains(&read.row.id) {
            return Ok(None);
        }
        let now = self.clock.now();
        let raw = read.row.entry.raw;
        if let Some(&first) = taken.contacts.get(&raw) {
            tx.ledger_duplicate(read.row.id, first).await?;
            let opened = self.take_up(tx, first, read.row.entry.intake, now).await?;
            return Ok(Some(Logged::Duplicate { of: first, opened }));
        }
        let (sorted, case) = self.place(tx, read).await?;
        let new = NewContact {
            received_at: read.row.entry.internal_date,
            intake: read.row.entry.intake,
            sorted,
            sender: None,
            marks: self.hand_over.find(&read.reading),
            reading: read.reading.clone(),
        };
        let id = tx.add_contact(raw, &new, now).await?;
        taken.contacts.insert(raw, id);
        let kind = new.sorted.kind;
        let mut logged = Contact { case: case.as_ref().map(|case| case.reference), ..Contact::new(id, new) };
        let mut opened = None;
        if let Some(case) = case {
            let rules = Rules { code: &self.code, calendar: &self.calendar, now };
            let command = CaseCommand::AddContact { contact: id, reason: logged.sorted.reason.clone() };
            // Adding a contact is never refused.
            let events = commands::decide(rules, &case, command).unwrap_or_default();
            let case = events.iter().fold(case, Case::apply);
            tx.save_case(&case, &events, &Actor::Daemon, now).await?;
            tx.contact_set_case(id, case.id).await?;
        } else if kind == ContactKind::New && logged.intake == Intake::Inbox {
            opened = Some(self.open_case(tx, &logged, now).await?);
            logged.case = opened;
        }
        if let Some(waiting) = logged.awaits_decision(&[]) {
            tx.contact_waits(id, waiting).await?;
        }
        tx.ledger_done(read.row.id, id).await?;
        Ok(Some(Logged::Contact { id, kind, opened }))
    }

    /// A message that was junk or historic and now stands in the inbox, where somebody moved it or
    /// where an import had been before us, is treated as if it had been there first: its case opens,
    /// and its clock runs from the first receipt. What an officer has decided stays decided.
    async fn take_up(
        &self,
        tx: &mut Tx,
        first: ContactId,
        intake: Intake,
        now: Timestamp,
    ) -> Result<Option<CaseRef>, StoreError> {
        let waiting =
            |contact: &Contact| contact.intake != Intake::Inbox && contact.case.is_none() && contact.decided.is_none();
        if intake != Intake::Inbox {
            return Ok(None);
        }
        let Some(mut contact) = tx.contact_for_update(first).await?.filter(waiting) else { return Ok(None) };
        contact.intake = Intake::Inbox;
        if contact.sorted.kind == ContactKind::New {
            contact.case = Some(self.open_case(tx, &contact, now).await?);
        }
        tx.contact_taken_up(first, contact.awaits_decision(&[])).await?;
        Ok(contact.case)
    }

    /// A message belongs to a case by itself only when it answers a message of ours *and* comes from
    /// the address that message went to.
    async fn place(&self, tx: &mut Tx, read: &Read) -> Result<(Sorted, Option<Case>), StoreError> {
        let sorted = read.sorted.clone();
        let (Some(from), ContactKind::New) = (&read.reading.from, sorted.kind) else { return Ok((sorted, None)) };
        let answered = tx.find_sent_message(&read.reading.answers).await?;
        let Some(sent) = answered.filter(|sent| sent.to.same_mailbox(from)) else { return Ok((sorted, None)) };
        let case = tx.case_for_update(sent.case).await?;
        let reason = "it answers a letter of ours and comes from the address that letter went to".to_owned();
        Ok((Sorted { kind: ContactKind::Reply, reason, bounce: None }, case))
    }

    async fn open_case(&self, tx: &mut Tx, contact: &Contact, now: Timestamp) -> Result<CaseRef, StoreError> {
        let year = u16::try_from(words::london_date(contact.received_at).year()).unwrap_or(0);
        let reference = CaseRef::new(year, tx.next_case_number(year).await?);
        let rules = Rules { code: &self.code, calendar: &self.calendar, now };
        let event = commands::open_case(rules, reference, contact);
        tx.open_case(&event, &Actor::Daemon, now).await?;
        Ok(reference)
    }
}
