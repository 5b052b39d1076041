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
use crate::domain::commands::{self, CaseCommand, LetterFacts, Rules, StageTwoCommand, TriageCommand};
use crate::domain::contact::{Contact, ContactKind, FailedRecipient, Intake, NewContact, Suggestion};
use crate::domain::hand_over::WordLists;
use crate::domain::ids::{CaseId, CaseRef, ContactId, EmailAddress, LedgerId, RawId};
use crate::domain::people::Actor;
use crate::domain::placing::opens_case;
use crate::domain::words;
use crate::store::{LedgerRow, Letter, Raw, Store, StoreError, Taken, Tx};

use super::examine::Examined;
use super::known::Known;
use super::place::{self, Message, Placement};
use super::{Ours, Reader};

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
    /// The mail servers whose word about a sender counts, for each mailbox (RFC 8601).
    pub trusted: BTreeMap<String, Vec<String>>,
    /// Words that must not wait.
    pub hand_over: Arc<WordLists>,
    /// How a message is read.
    pub reader: Reader,
}

struct Read {
    row: LedgerRow,
    found: Examined,
}

impl Read {
    fn message(&self) -> Message<'_> {
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
        let Taken { ids: taken, contacts } = tx.ledger_take(&ids).await?;
        let read: Vec<Read> = read.into_iter().filter(|one| taken.contains(&one.row.id)).collect();
        let messages = read.iter().map(|one| (one.message(), one.found.canonical));
        let mut known = Known::lock(&mut tx, self.store.token_key(), contacts, messages).await?;
        for one in read {
            logged.push(self.record(&mut tx, one, &mut known).await?);
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
        let barely = |why: &str| Examined::barely(&bytes, why);
        let mut found = if damaged {
            barely("its bytes in the database are damaged: look for it in the mailbox or in a backup")
        } else if row.attempts >= ATTEMPTS {
            barely("reading it brought the service down, so it was given up")
        } else {
            let (reader, shared) = (self.reader, Arc::clone(&bytes));
            let ours = Ours { addresses: self.ours.clone(), key: self.store.token_key().clone() };
            let trusted = self.trusted.get(&row.entry.mailbox).cloned().unwrap_or_default();
            let work = tokio::task::spawn_blocking(move || Examined::of(&shared, reader, &ours, &trusted));
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

    /// Records one message that this transaction has taken.
    async fn record(&self, tx: &mut Tx, read: Read, known: &mut Known) -> Result<Logged, StoreError> {
        let (ledger, raw) = (read.row.id, read.row.entry.raw);
        let now = self.clock.now();
        if let Some(first) = known.message(raw, read.found.canonical) {
            tx.ledger_duplicate(ledger, first).await?;
            let opened = self.take_up(tx, first, read, now).await?;
            return Ok(Logged::Duplicate { of: first, opened });
        }
        let Placement { sorted, joins, bounced, suggestions } =
            place::place(tx, self.store.token_key(), read.message()).await?;
        let intake = read.message().intake;
        let Examined { mut reading, sorted: looked_like, check, canonical, .. } = read.found;
        if let Some(other) = known.message_id(reading.message_id.as_deref()) {
            reading.problems.push(format!(
                "Another message with other contents carries the same identification (contact {other}), so \
                 answers may be about either."
            ));
        }
        let new = NewContact {
            received_at: read.row.entry.internal_date,
            intake,
            sorted: sorted.unwrap_or(looked_like),
            sender: check,
            marks: self.hand_over.find(&reading),
            canonical,
            reading,
        };
        let id = tx.add_contact(raw, &new, now).await?;
        known.add(id, raw, canonical, new.reading.message_id.as_deref());
        let mut contact = Contact::new(id, new);
        let kind = contact.sorted.kind;
        let mut opened = None;
        if let Some((case, reason)) = joins {
            contact.case = Some(case.reference);
            self.join(tx, &contact, case, reason, bounced, now).await?;
        } else if opens_case(kind, intake) {
            opened = Some(self.open_case(tx, &contact, now).await?);
            contact.case = opened;
        }
        self.suggest(tx, &contact, &suggestions).await?;
        tx.ledger_done(ledger, id).await?;
        Ok(Logged::Contact { id, kind, opened })
    }

    /// A message that was junk or historic and now stands in the inbox, where somebody moved it or
    /// where an import had been before us, is treated as if it had been there first: its case opens,
    /// and its clock runs from the first receipt. What an officer has decided stays decided.
    async fn take_up(
        &self,
        tx: &mut Tx,
        first: ContactId,
        read: Read,
        now: Timestamp,
    ) -> Result<Option<CaseRef>, StoreError> {
        let waiting =
            |contact: &Contact| contact.intake != Intake::Inbox && contact.case.is_none() && contact.decided.is_none();
        if read.row.entry.intake != Intake::Inbox {
            return Ok(None);
        }
        let Some(mut contact) = tx.contact_for_update(first).await?.filter(waiting) else { return Ok(None) };
        contact.intake = Intake::Inbox;
        let Placement { joins, bounced, suggestions, .. } =
            place::place(tx, self.store.token_key(), read.message()).await?;
        let mut opened = None;
        if let Some((case, reason)) = joins {
            contact.case = Some(case.reference);
            self.join(tx, &contact, case, reason, bounced, now).await?;
        } else if opens_case(contact.sorted.kind, contact.intake) {
            opened = Some(self.open_case(tx, &contact, now).await?);
            contact.case = opened;
        }
        tx.contact_taken_up(first).await?;
        self.suggest(tx, &contact, &suggestions).await?;
        Ok(opened)
    }

    /// Adds a contact to its case; with a bounce, the letter that came back counts as not sent.
    async fn join(
        &self,
        tx: &mut Tx,
        contact: &Contact,
        case: Case,
        reason: String,
        bounced: Option<(Letter, FailedRecipient)>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut asked = vec![CaseCommand::AddContact { contact: contact.id, reason }];
        // After the stage 1 response whatever a person writes may ask for stage 2 (6.10).
        if opens_case(contact.sorted.kind, contact.intake) || contact.sorted.kind == ContactKind::Reply {
            let (contact, received_at) = (contact.id, contact.received_at);
            asked.push(CaseCommand::StageTwo(StageTwoCommand::Consider { contact, received_at }));
            // And whatever somebody writes to what is no complaint may be one now (1.5).
            asked.push(CaseCommand::Triage(TriageCommand::Consider { contact, received_at }));
        }
        if let Some((letter, failed)) = bounced
            && tx.letter_bounced(letter.id, now).await?
        {
            let text = format!(
                "The {} of {} did not reach the resident: it came back. Find another way to reach them.",
                letter.kind, case.reference
            );
            tx.raise_alarm(&format!("undelivered-{}", case.reference), &text, now).await?;
            tracing::error!(case.ref = %case.reference, letter.id = letter.id.0, "A letter came back; an officer must act");
            asked.push(CaseCommand::LetterBounced {
                letter: facts(&letter),
                recipient: failed.address,
                status: failed.status,
            });
        }
        let rules = Rules { code: &self.code, calendar: &self.calendar, now, officer: None };
        let mut happened = Vec::new();
        let mut case = case;
        for command in asked {
            // None of these is ever refused.
            let events = commands::decide(rules, &case, command).unwrap_or_default();
            case = events.iter().fold(case, Case::apply);
            happened.extend(events);
        }
        tx.save_case(&case, &happened, &Actor::Daemon, now).await
    }

    /// Notes the cases a contact may belong to, and what an officer is to decide.
    async fn suggest(
        &self,
        tx: &mut Tx,
        contact: &Contact,
        suggestions: &[(CaseId, Suggestion)],
    ) -> Result<(), StoreError> {
        for (case, suggestion) in suggestions {
            tx.suggest(contact.id, *case, &suggestion.reason).await?;
        }
        let suggested: Vec<Suggestion> = suggestions.iter().map(|(_, suggestion)| suggestion.clone()).collect();
        match contact.awaits_decision(&suggested) {
            Some(waiting) => tx.contact_waits(contact.id, waiting).await,
            None => Ok(()),
        }
    }

    async fn open_case(&self, tx: &mut Tx, contact: &Contact, now: Timestamp) -> Result<CaseRef, StoreError> {
        let year = u16::try_from(words::london_date(contact.received_at).year()).unwrap_or(0);
        let reference = CaseRef::new(year, tx.next_case_number(year).await?);
        let rules = Rules { code: &self.code, calendar: &self.calendar, now, officer: None };
        let event = commands::open_case(rules, reference, contact);
        tx.open_case(&event, &Actor::Daemon, now).await?;
        Ok(reference)
    }
}

fn facts(letter: &Letter) -> LetterFacts {
    let Letter { id, kind, state, version, .. } = *letter;
    LetterFacts { id, kind, state, version, digest: letter.content.digest }
}
