//! Complete messages on their way out. A message moves queued → claimed → handed → accepted, failed
//! or queued again; each step happens only from the step before it. The bytes never change: every
//! attempt sends the same ones.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::error::{Result, Row};
use super::link::{all, execute, optional, statements};
use super::rows::many;
use super::{Store, Tx};
use crate::domain::delivery::Next;
use crate::domain::ids::{CaseId, Digest, EmailAddress, LetterId, OutboxId};

/// The columns of a [`StoredMessage`].
macro_rules! columns {
    () => {
        "id, kind, letter_id, case_id, dedupe_key, envelope_from, envelope_to, message_id, bytes, sha256, state, \
         attempts, queued_at, first_at, next_at, done_at, answer"
    };
}

statements! {
    QUEUE = "-- store::outbox::queue
        INSERT INTO outbox (kind, letter_id, case_id, dedupe_key, envelope_from, envelope_to, message_id, bytes,
            sha256, state, attempts, queued_at, next_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'queued', 0, $10, $10)
        ON CONFLICT (dedupe_key) DO NOTHING";
    FIND_KEYS = "-- store::outbox::find_keys
        SELECT dedupe_key FROM outbox WHERE dedupe_key IN ($1)";
    QUEUED_SINCE = "-- store::outbox::queued_since
        SELECT dedupe_key, envelope_to, queued_at FROM outbox
        WHERE kind = 'notice' AND queued_at >= $1 AND dedupe_key LIKE $2";
    // The state is asked twice, because PostgreSQL looks again at a row that another claim has just
    // changed: the second claimer then finds it claimed and leaves it.
    CLAIM = concat!("-- store::outbox::claim
        UPDATE outbox SET state = 'claimed'
        WHERE state = 'queued'
            AND id IN (SELECT id FROM outbox WHERE state = 'queued' AND next_at <= $1 ORDER BY next_at, id LIMIT $2)
        RETURNING ", columns!());
    HANDED = "-- store::outbox::handed
        UPDATE outbox SET state = 'handed', attempts = attempts + 1, first_at = COALESCE(first_at, $2),
            handed_at = $2
        WHERE id = $1 AND state = 'claimed'";
    RECORD = "-- store::outbox::record
        UPDATE outbox SET state = $2, next_at = COALESCE($3, next_at), answer = $4, done_at = $5
        WHERE id = $1 AND state = 'handed' RETURNING attempts";
    LOG = "-- store::outbox::log
        INSERT INTO delivery_log (outbox_id, attempt, at, result, answer) VALUES ($1, $2, $3, $4, $5)";
    RESTART = "-- store::outbox::restart
        UPDATE outbox SET first_at = NULL WHERE id = $1";
    RECOVER_CLAIMED = "-- store::outbox::recover_claimed
        UPDATE outbox SET state = 'queued' WHERE state = 'claimed'";
    RECOVER_HANDED = "-- store::outbox::recover_handed
        UPDATE outbox SET state = 'in_doubt', next_at = $1 WHERE state = 'handed'";
    DOUBT_OVERDUE = "-- store::outbox::doubt_overdue
        UPDATE outbox SET state = 'in_doubt', next_at = $2 WHERE state = 'handed' AND handed_at <= $1";
    REQUEUE_DOUBTFUL = "-- store::outbox::requeue_doubtful
        UPDATE outbox SET state = 'queued' WHERE state = 'in_doubt' AND next_at <= $1";
    WAITING = "-- store::outbox::waiting
        SELECT state, count(*), min(queued_at) FROM outbox WHERE state NOT IN ('accepted', 'failed') GROUP BY state";
    OF_LETTER = concat!("-- store::outbox::of_letter
        SELECT ", columns!(), " FROM outbox WHERE letter_id = $1 ORDER BY id DESC LIMIT 1");
    LOG_OF = "-- store::outbox::log_of
        SELECT attempt, at, result, answer FROM delivery_log WHERE outbox_id = $1 ORDER BY attempt";
}

/// What kind of message leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageKind {
    /// A letter to a resident, approved by an officer.
    Letter,
    /// A message to the landlord's own people.
    Notice,
    /// An automatic receipt, which acknowledges nothing.
    Receipt,
}

/// Where a message in the outbox stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutboxState {
    /// Waiting for its time.
    Queued,
    /// Taken by the sender, certainly not sent yet.
    Claimed,
    /// Given to the courier, answer not known yet.
    Handed,
    /// It had been handed over when the daemon stopped; the answer was lost.
    InDoubt,
    /// The mail server has it.
    Accepted,
    /// The mail server will not have it.
    Failed,
}

/// A message to be sent: complete, and sent as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMessage {
    /// What kind it is.
    pub kind: MessageKind,
    /// The letter, when it is one.
    pub letter: Option<LetterId>,
    /// The case it is about.
    pub case: Option<CaseId>,
    /// What it is for: a second message with the same key is not queued.
    pub dedupe_key: String,
    /// The envelope's sender.
    pub envelope_from: EmailAddress,
    /// The envelope's recipient.
    pub envelope_to: EmailAddress,
    /// The Message-ID, without angle brackets.
    pub message_id: String,
    /// The complete message (RFC 5322).
    pub bytes: Vec<u8>,
    /// When it is queued.
    pub at: Timestamp,
}

/// Whether a message was queued.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Queued {
    /// It was.
    Queued,
    /// A message with the same key was queued before; nothing changed.
    AlreadyQueued,
}

/// A message in the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxMessage {
    /// Its row.
    pub id: OutboxId,
    /// What was queued; its digest has been checked.
    pub message: NewMessage,
    /// Where it stands.
    pub state: OutboxState,
    /// How often it was handed over.
    pub attempts: u32,
    /// When it was first handed over.
    pub first_at: Option<Timestamp>,
    /// When it is due.
    pub next_at: Timestamp,
    /// When it was accepted or given up.
    pub done_at: Option<Timestamp>,
    /// The courier's last words.
    pub answer: Option<String>,
}

/// What waits in the outbox.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OutboxWaiting {
    /// Messages queued, claimed or being handed over.
    pub queued: i64,
    /// Messages whose hand-over is in doubt.
    pub in_doubt: i64,
    /// When the oldest of all these was queued.
    pub oldest: Option<Timestamp>,
}

/// What recovery after a stop found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recovered {
    /// Messages that had been claimed and were not sent.
    pub requeued: u64,
    /// Messages that had been handed over and are now in doubt.
    pub in_doubt: u64,
}

/// One attempt at delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryLine {
    /// Which attempt, from 1.
    pub attempt: u32,
    /// When the answer was recorded.
    pub at: Timestamp,
    /// What came of it: `accepted`, `queued` (again) or `failed`.
    pub result: String,
    /// The courier's words.
    pub answer: String,
}

impl MessageKind {
    const fn key(self) -> &'static str {
        match self {
            Self::Letter => "letter",
            Self::Notice => "notice",
            Self::Receipt => "receipt",
        }
    }

    pub(super) fn from_key(key: &str) -> Option<Self> {
        [Self::Letter, Self::Notice, Self::Receipt].into_iter().find(|kind| kind.key() == key)
    }
}

impl OutboxState {
    /// The name in the database and in JSON.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Claimed => "claimed",
            Self::Handed => "handed",
            Self::InDoubt => "in_doubt",
            Self::Accepted => "accepted",
            Self::Failed => "failed",
        }
    }

    fn from_key(key: &str) -> Option<Self> {
        [Self::Queued, Self::Claimed, Self::Handed, Self::InDoubt, Self::Accepted, Self::Failed]
            .into_iter()
            .find(|state| state.key() == key)
    }
}

#[derive(sqlx::FromRow)]
struct StoredMessage {
    id: i64,
    kind: String,
    letter_id: Option<i64>,
    case_id: Option<i64>,
    dedupe_key: String,
    envelope_from: String,
    envelope_to: String,
    message_id: String,
    bytes: Vec<u8>,
    sha256: Vec<u8>,
    state: String,
    attempts: i64,
    queued_at: i64,
    first_at: Option<i64>,
    next_at: i64,
    done_at: Option<i64>,
    answer: Option<String>,
}

impl StoredMessage {
    fn read(self) -> Result<OutboxMessage> {
        let row = Row { table: "outbox", key: &self.id };
        if row.digest("sha256", &self.sha256)? != Digest::of(&self.bytes) {
            return Err(row.bad("bytes"));
        }
        Ok(OutboxMessage {
            id: OutboxId(self.id),
            message: NewMessage {
                kind: row.some("kind", MessageKind::from_key(&self.kind))?,
                letter: self.letter_id.map(LetterId),
                case: self.case_id.map(CaseId),
                envelope_from: row.parse("envelope_from", &self.envelope_from)?,
                envelope_to: row.parse("envelope_to", &self.envelope_to)?,
                at: row.instant("queued_at", self.queued_at)?,
                dedupe_key: self.dedupe_key,
                message_id: self.message_id,
                bytes: self.bytes,
            },
            state: row.some("state", OutboxState::from_key(&self.state))?,
            attempts: row.number("attempts", self.attempts)?,
            first_at: self.first_at.map(|at| row.instant("first_at", at)).transpose()?,
            next_at: row.instant("next_at", self.next_at)?,
            done_at: self.done_at.map(|at| row.instant("done_at", at)).transpose()?,
            answer: self.answer,
        })
    }
}

impl Tx {
    /// Queues a message, due at once, unless one with the same key was queued before.
    ///
    /// # Errors
    /// When the Message-ID is in use, or the database fails.
    pub async fn queue(&mut self, message: &NewMessage) -> Result<Queued> {
        let NewMessage { kind, letter, case, dedupe_key, envelope_from, envelope_to, message_id, bytes, at } = message;
        let sha256 = Digest::of(bytes);
        let kind = kind.key();
        let queued = execute!(
            self.conn(),
            QUEUE,
            kind,
            letter,
            case,
            dedupe_key,
            envelope_from,
            envelope_to,
            message_id,
            bytes,
            sha256,
            at
        )?;
        Ok(if queued == 1 { Queued::Queued } else { Queued::AlreadyQueued })
    }

    /// Takes up to `limit` messages that are due, oldest first. Nobody else gets the same ones.
    ///
    /// # Errors
    /// When a message is not the one that was queued, or the database fails.
    pub async fn claim(&mut self, now: Timestamp, limit: usize) -> Result<Vec<OutboxMessage>> {
        let claimed: Vec<StoredMessage> = all!(self.conn(), CLAIM, now, limit)?;
        let mut messages = claimed.into_iter().map(StoredMessage::read).collect::<Result<Vec<_>>>()?;
        messages.sort_by_key(|message| (message.next_at, message.id));
        Ok(messages)
    }

    /// Notes, just before it is done, that a claimed message is handed to the courier. `false` when
    /// it is not claimed: then it must not be sent.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn mark_handed(&mut self, id: OutboxId, at: Timestamp) -> Result<bool> {
        Ok(execute!(self.conn(), HANDED, id, at)? == 1)
    }

    /// Records the courier's answer to a message that was handed over, and what happens next. `false`
    /// when it was not handed over.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn record_delivery(&mut self, id: OutboxId, next: Next, answer: &str, at: Timestamp) -> Result<bool> {
        let (state, next_at, done_at) = match next {
            Next::Done => (OutboxState::Accepted, None, Some(at)),
            Next::RetryAt(later) => (OutboxState::Queued, Some(later), None),
            Next::GiveUp => (OutboxState::Failed, None, Some(at)),
        };
        let recorded: Option<(i64,)> = optional!(self.conn(), RECORD, id, state.key(), next_at, answer, done_at)?;
        let Some((attempt,)) = recorded else { return Ok(false) };
        execute!(self.conn(), LOG, id, attempt, at, state.key(), answer)?;
        Ok(true)
    }

    /// Lets the time for which a message is tried begin anew with its next attempt.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn restart_patience(&mut self, id: OutboxId) -> Result<()> {
        execute!(self.conn(), RESTART, id).map(|_| ())
    }

    /// Puts the outbox in order after a stop: what was claimed is queued again; what had been handed
    /// over is in doubt until `doubt_until`. Only for the process that holds the instance lock.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn recover(&mut self, doubt_until: Timestamp) -> Result<Recovered> {
        let requeued = execute!(self.conn(), RECOVER_CLAIMED)?;
        let in_doubt = execute!(self.conn(), RECOVER_HANDED, doubt_until)?;
        Ok(Recovered { requeued, in_doubt })
    }

    /// Puts in doubt, until `doubt_until`, what was handed over at `handed_by` or before and has no
    /// answer: the answer came and could not be recorded.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn doubt_overdue(&mut self, handed_by: Timestamp, doubt_until: Timestamp) -> Result<u64> {
        execute!(self.conn(), DOUBT_OVERDUE, handed_by, doubt_until)
    }

    /// Queues again the messages whose time in doubt is over, and says how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn requeue_doubtful(&mut self, now: Timestamp) -> Result<u64> {
        execute!(self.conn(), REQUEUE_DOUBTFUL, now)
    }
}

impl Store {
    /// Whether a message with this key has been queued, whatever became of it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn was_queued(&self, dedupe_key: &str) -> Result<bool> {
        Ok(!self.which_were_queued(&[dedupe_key.to_owned()]).await?.is_empty())
    }

    /// Which of these messages have been queued.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn which_were_queued(&self, dedupe_keys: &[String]) -> Result<BTreeSet<String>> {
        let mut reader = self.reader().await?;
        let found: Vec<(String,)> = many!(reader.conn(), FIND_KEYS, dedupe_keys, |key| [key]).await?;
        Ok(found.into_iter().map(|(key,)| key).collect())
    }

    /// The notices queued since this instant whose key begins like this: key, recipient and instant.
    ///
    /// # Errors
    /// When a row makes no sense or the database fails.
    pub async fn notices_since(&self, since: Timestamp, begins: &str) -> Result<Vec<(String, String, Timestamp)>> {
        let found: Vec<(String, String, i64)> =
            all!(self.reader().await?.conn(), QUEUED_SINCE, since, format!("{begins}%"))?;
        let read = |(key, to, at): (String, String, i64)| {
            let at = Row { table: "outbox", key: &key }.instant("queued_at", at)?;
            Ok((key, to, at))
        };
        found.into_iter().map(read).collect()
    }

    /// What waits in the outbox.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn outbox_waiting(&self) -> Result<OutboxWaiting> {
        let states: Vec<(String, i64, i64)> = all!(self.reader().await?.conn(), WAITING)?;
        let mut waiting = OutboxWaiting::default();
        for (state, count, oldest) in states {
            let oldest = Row { table: "outbox", key: &state }.instant("queued_at", oldest)?;
            waiting.oldest = Some(waiting.oldest.map_or(oldest, |other| other.min(oldest)));
            if state == OutboxState::InDoubt.key() {
                waiting.in_doubt += count;
            } else {
                waiting.queued += count;
            }
        }
        Ok(waiting)
    }

    /// The message of a letter, once approved.
    ///
    /// # Errors
    /// When the row makes no sense or the database fails.
    pub async fn outbox_message(&self, letter: LetterId) -> Result<Option<OutboxMessage>> {
        let found: Option<StoredMessage> = optional!(self.reader().await?.conn(), OF_LETTER, letter)?;
        found.map(StoredMessage::read).transpose()
    }

    /// The attempts at delivering a message, in order.
    ///
    /// # Errors
    /// When a row makes no sense or the database fails.
    pub async fn delivery_log(&self, id: OutboxId) -> Result<Vec<DeliveryLine>> {
        let lines: Vec<(i64, i64, String, String)> = all!(self.reader().await?.conn(), LOG_OF, id)?;
        let row = Row { table: "delivery_log", key: &id };
        lines
            .into_iter()
            .map(|(attempt, at, result, answer)| {
                Ok(DeliveryLine {
                    attempt: row.number("attempt", attempt)?,
                    at: row.instant("at", at)?,
                    result,
                    answer,
                })
            })
            .collect()
    }
}
