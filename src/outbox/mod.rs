//! The outbox: approved letters and notices with their complete bytes, handed to the courier one by
//! one. Work is found by looking at the rows. Before the bytes leave, a marker says so; a message
//! found with the marker and without an answer is in doubt and sent again, the same bytes, after a
//! wait. So nothing is lost, and a crash makes at most one more copy, identical to the first.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

use crate::clock::Clock;
use crate::courier::{Courier, Envelope};
use crate::domain::calendar::WorkingCalendar;
use crate::domain::case::Case;
use crate::domain::code::HandlingCode;
use crate::domain::commands::{self, CaseCommand, LetterFacts, Rules};
use crate::domain::delivery::{self, Handover, Next};
use crate::domain::ids::{EmailAddress, LetterId};
use crate::domain::letter::LetterState;
use crate::domain::parts::LetterParts;
use crate::domain::people::Actor;
use crate::store::{Letter, MessageKind, NewMessage, OutboxMessage, Store, StoreError, Tx};

/// The alarm that stands while nothing can be sent.
const ALARM: &str = "courier";

/// From which failed attempt on a temporary failure is an alarm too.
const ALARMING_ATTEMPT: u32 = 3;

/// Longer than any hand-over takes: what has no answer after this time will get none.
const LONGEST_HANDOVER: SignedDuration = SignedDuration::from_hours(1);

/// For how long an answer is tried to be recorded; less than [`LONGEST_HANDOVER`] by far.
const RECORDING: Duration = Duration::from_secs(10 * 60);

/// How long to wait before an answer is tried to be recorded again.
const RECORD_AGAIN: Duration = Duration::from_secs(1);

/// Why a pass ended early. What waits goes on waiting.
#[derive(Debug, thiserror::Error)]
pub enum OutboxError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The courier: sign-in, certificate.
    #[error("{0}")]
    Courier(String),
}

/// What one pass did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sent {
    /// Accepted by the courier.
    pub accepted: usize,
    /// To be tried again.
    pub deferred: usize,
    /// Given up: an officer must act.
    pub failed: usize,
}

/// Hands over what waits in the outbox.
#[derive(Clone)]
pub struct Outbox {
    /// Where it waits.
    pub store: Store,
    /// When.
    pub clock: Arc<dyn Clock>,
    /// Who takes it.
    pub courier: Arc<dyn Courier>,
    /// The Code in force: an accepted acknowledgement starts the response's clock (6.3).
    pub code: Arc<HandlingCode>,
    /// The landlord's working days.
    pub calendar: Arc<WorkingCalendar>,
    /// How long a message in doubt waits before it is sent again.
    pub doubt_wait: SignedDuration,
}

impl Outbox {
    /// Sorts out what a stopped process left behind. Only for the one process that sends.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn recover(&self) -> Result<(), StoreError> {
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        tx.recover(now.saturating_add(self.doubt_wait).unwrap_or(now)).await?;
        tx.commit().await
    }

    /// One pass: everything whose time has come.
    ///
    /// # Errors
    /// [`OutboxError`] when the database fails or the courier is wrongly set up.
    pub async fn run_once(&self) -> Result<Sent, OutboxError> {
        let mut sent = Sent::default();
        loop {
            let Some(message) = self.take().await? else { return Ok(sent) };
            let Claimed::ToHandOver(message) = message else {
                sent.failed += 1;
                continue;
            };
            let NewMessage { envelope_from, envelope_to, bytes, .. } = &message.message;
            let envelope = Envelope { from: envelope_from.clone(), to: envelope_to.clone() };
            let answer = self.courier.hand_over(&envelope, bytes).await;
            match self.record_in_spite_of_trouble(&message, &answer).await? {
                Next::Done => sent.accepted += 1,
                Next::RetryAt(_) => sent.deferred += 1,
                Next::GiveUp => sent.failed += 1,
            }
            if let Handover::CourierFault(words) = answer {
                // The courier is wrongly set up: no use in trying it with each message.
                // This goes to the log; the alarm has the words as they are.
                return Err(OutboxError::Courier(delivery::without_recipient(&words, &envelope.to)));
            }
        }
    }

    /// Takes the next message whose time has come, its marker committed: it may be handed over now.
    /// What may no longer go where it was to go is held instead, in the same transaction.
    async fn take(&self) -> Result<Option<Claimed>, StoreError> {
        let now = self.clock.now();
        let later = |by: SignedDuration| now.saturating_add(by).unwrap_or(now);
        let mut tx = self.store.begin().await?;
        tx.doubt_overdue(later(-LONGEST_HANDOVER), later(self.doubt_wait)).await?;
        tx.requeue_doubtful(now).await?;
        let Some(message) = tx.claim(now, 1).await?.into_iter().next() else {
            tx.commit().await?;
            return Ok(None);
        };
        let claimed = if self.held(&mut tx, &message).await? {
            Claimed::Held
        } else {
            // Claimed and marked in one: a message cannot be left claimed by a pass that failed between.
            tx.mark_handed(message.id, now).await?;
            Claimed::ToHandOver(Box::new(message))
        };
        tx.commit().await?;
        Ok(Some(claimed))
    }

    /// Whether a letter is held: it counts as not sent, an alarm tells of it, and it is drafted anew for whom it
    /// may go to today (3.6).
    async fn held(&self, tx: &mut Tx, message: &OutboxMessage) -> Result<bool, StoreError> {
        let now = self.clock.now();
        let Some(letter) = message.message.letter else { return Ok(false) };
        let Some(letter) = tx.letter_for_update(letter).await? else { return Ok(false) };
        let Some(case) = tx.case_for_update(letter.case).await? else { return Ok(false) };
        let to = message.message.envelope_to.clone();
        let command = CaseCommand::LetterLeaves { letter: facts(&letter), to };
        let rules = Rules { code: &self.code, calendar: &self.calendar, now, officer: None };
        let Ok(events) = commands::decide(rules, &case, command) else { return Ok(false) };
        let Some(held) = events.first() else { return Ok(false) };
        let why = held.in_words();
        tx.withhold(message.id, &why, now).await?;
        tx.letter_not_delivered(letter.id, now).await?;
        tx.raise_alarm(&undelivered(&case), &format!("{}: {why}", case.reference), now).await?;
        let case = events.iter().fold(case, Case::apply);
        tx.save_case(&case, &events, &Actor::Daemon, now).await?;
        tracing::error!(
            case.ref = %case.reference, letter.id = letter.id.0, letter.kind = letter.kind.key(),
            "An approved letter may no longer go where it was to go; an officer must act"
        );
        Ok(true)
    }

    /// Records an answer, trying again while the database is busy: an answer that is lost sends the
    /// message once more.
    async fn record_in_spite_of_trouble(&self, message: &OutboxMessage, answer: &Handover) -> Result<Next, StoreError> {
        let give_up_at = Instant::now() + RECORDING;
        loop {
            match self.record(message, answer).await {
                Err(error) if error.is_temporary() && Instant::now() < give_up_at => {
                    tracing::warn!(outbox.id = message.id.0, error = %error, "The answer could not be recorded yet");
                    tokio::time::sleep(RECORD_AGAIN).await;
                }
                recorded => return recorded,
            }
        }
    }

    /// Records an answer and what follows from it, in one transaction. An answer to a copy of a letter
    /// that is settled already changes nothing.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails; the message is then in doubt after a while.
    pub async fn record(&self, message: &OutboxMessage, answer: &Handover) -> Result<Next, StoreError> {
        let now = self.clock.now();
        // The row was claimed before this attempt was counted.
        let attempt = message.attempts + 1;
        let next = delivery::next(answer, attempt, message.first_at.unwrap_or(now), now, self.doubt_wait);
        let (Handover::Accepted(words)
        | Handover::TemporaryFailure(words)
        | Handover::InDoubt(words)
        | Handover::PermanentFailure(words)
        | Handover::CourierFault(words)) = answer;
        let mut tx = self.store.begin().await?;
        tx.record_delivery(message.id, next, words, now).await?;
        if matches!(answer, Handover::CourierFault(_)) {
            tx.restart_patience(message.id).await?;
        }
        match message.message.letter {
            Some(letter) => self.settle_letter(&mut tx, letter, next, words, now).await?,
            // Nobody must act on a receipt that did not arrive: the letter is what counts.
            None if message.message.kind == MessageKind::Receipt => {}
            None => settle_notice(&mut tx, &message.message.envelope_to, next, words, now).await?,
        }
        match next {
            Next::Done => {
                tx.clear_alarm(ALARM).await?;
            }
            Next::RetryAt(_) if attempt >= ALARMING_ATTEMPT || matches!(answer, Handover::CourierFault(_)) => {
                tx.raise_alarm(ALARM, &format!("Letters are not going out. {words}"), now).await?;
            }
            Next::RetryAt(_) | Next::GiveUp => {}
        }
        tx.commit().await?;
        let (id, words) = (message.id.0, delivery::without_recipient(words, &message.message.envelope_to));
        match next {
            Next::Done => tracing::info!(outbox.id = id, attempt, "Message accepted"),
            Next::RetryAt(at) => {
                tracing::warn!(outbox.id = id, attempt, next_at = %at, error = words, "Message not accepted yet");
            }
            Next::GiveUp => {
                tracing::error!(outbox.id = id, attempt, error = words, "Message refused; an officer must act");
            }
        }
        Ok(next)
    }

    /// What the answer means for the letter and its case, in the transaction that records it.
    async fn settle_letter(
        &self,
        tx: &mut Tx,
        letter: LetterId,
        next: Next,
        words: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        if matches!(next, Next::RetryAt(_)) {
            return Ok(());
        }
        let Some(letter) = tx.letter_for_update(letter).await? else { return Ok(()) };
        let Some(case) = tx.case_for_update(letter.case).await? else { return Ok(()) };
        if letter.state != LetterState::Approved {
            // A second copy of a letter that was in doubt: settled by the first answer.
            return Ok(());
        }
        let facts = facts(&letter);
        let alarm = undelivered(&case);
        let command = if next == Next::Done {
            tx.letter_sent(letter.id, now).await?;
            tx.clear_alarm(&alarm).await?;
            let extension = LetterParts::from_map(&letter.content.parts).extension();
            CaseCommand::LetterAccepted { letter: facts, extension, at: now }
        } else {
            tx.letter_not_delivered(letter.id, now).await?;
            let text = format!("The {} of {} was refused by the mail server: {words}", letter.kind, case.reference);
            tx.raise_alarm(&alarm, &text, now).await?;
            CaseCommand::LetterRefused { letter: facts, answer: words.to_owned() }
        };
        let rules = Rules { code: &self.code, calendar: &self.calendar, now, officer: None };
        match commands::decide(rules, &case, command) {
            Ok(events) => {
                let case = events.iter().fold(case, Case::apply);
                tx.save_case(&case, &events, &Actor::Daemon, now).await?;
                tracing::info!(case.ref = %case.reference, letter.id = letter.id.0, letter.kind = letter.kind.key(), "Letter settled");
            }
            Err(refusal) => {
                tracing::error!(case.ref = %case.reference, letter.id = letter.id.0, error = %refusal, "A sent letter could not be entered in its case");
            }
        }
        Ok(())
    }
}

/// What a claimed message became.
enum Claimed {
    /// Marked as handed over: it leaves now.
    ToHandOver(Box<OutboxMessage>),
    /// Held.
    Held,
}

/// The alarm that stands while a letter of a case has not reached the resident.
fn undelivered(case: &Case) -> String {
    format!("undelivered-{}", case.reference)
}

fn facts(letter: &Letter) -> LetterFacts {
    let Letter { id, kind, state, version, .. } = *letter;
    LetterFacts { id, kind, state, version, digest: letter.content.digest }
}

/// A reminder that nobody can receive is an alarm, until one to that address is accepted.
async fn settle_notice(
    tx: &mut Tx,
    to: &EmailAddress,
    next: Next,
    words: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let alarm = format!("notices-{to}");
    match next {
        Next::Done => tx.clear_alarm(&alarm).await.map(drop),
        Next::GiveUp => {
            let text = format!("Reminders to {to} are refused by the mail server: check the address. {words}");
            tx.raise_alarm(&alarm, &text, now).await.map(drop)
        }
        Next::RetryAt(_) => Ok(()),
    }
}
