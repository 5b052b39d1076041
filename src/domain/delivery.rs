//! Retry or give up: what a courier's answer means for a message in the outbox.

use jiff::{SignedDuration, Timestamp};

use super::ids::EmailAddress;

/// What a courier said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Handover {
    /// Accepted: the mail server has it. Its words.
    Accepted(String),
    /// Not now. Unclear answers count as this.
    TemporaryFailure(String),
    /// The whole message was handed over and the answer never came: it may or may not have it.
    InDoubt(String),
    /// Never, for this message.
    PermanentFailure(String),
    /// The courier itself is wrongly set up (sign-in, certificate): no message's fault.
    CourierFault(String),
}

/// What happens to the message next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// It is with the mail server.
    Done,
    /// Try again at this instant.
    RetryAt(Timestamp),
    /// An officer must act.
    GiveUp,
}

/// Minutes to wait after the first, second, … failed attempt; the last one repeats.
const WAITS: [i64; 7] = [1, 2, 5, 15, 30, 60, 120];

/// How long to wait after the courier's own fault.
const FAULT_WAIT: SignedDuration = SignedDuration::from_mins(1);

/// How long a message is tried before an officer must act (five days, as RFC 5321 §4.5.4.1 advises).
const PATIENCE: SignedDuration = SignedDuration::from_hours(5 * 24);

/// What to do after a courier's answer to the `attempt`th attempt (counted from 1) of a message
/// first tried at `first_at`. A courier's own fault never uses up a message's patience; a message in
/// doubt waits at least `doubt_wait`, for evidence that it was accepted.
#[must_use]
pub fn next(answer: &Handover, attempt: u32, first_at: Timestamp, now: Timestamp, doubt_wait: SignedDuration) -> Next {
    let place = usize::try_from(attempt.saturating_sub(1)).unwrap_or(usize::MAX);
    let minutes = WAITS.get(place).or(WAITS.last()).copied().unwrap_or(60);
    let ladder = SignedDuration::from_mins(minutes);
    let retry_after = |wait| Next::RetryAt(now.saturating_add(wait).unwrap_or(now));
    match answer {
        Handover::Accepted(_) => Next::Done,
        Handover::PermanentFailure(_) => Next::GiveUp,
        // Soon, however often it has failed: the fault is put right for all messages at once.
        Handover::CourierFault(_) => retry_after(FAULT_WAIT),
        _ if now.duration_since(first_at) > PATIENCE => Next::GiveUp,
        Handover::TemporaryFailure(_) => retry_after(ladder),
        Handover::InDoubt(_) => retry_after(ladder.max(doubt_wait)),
    }
}

/// A courier's words fit for the log: mail servers like to repeat the recipient's address, and no
/// resident's address may stand there. Officers read the words as they are.
#[must_use]
pub fn without_recipient(words: &str, to: &EmailAddress) -> String {
    let name = to.as_str().split('@').next().unwrap_or_default().to_lowercase();
    let tells = |word: &str| word.contains('@') || (name.len() > 2 && word.to_lowercase().contains(&name));
    words.split_whitespace().map(|word| if tells(word) { "[address]" } else { word }).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;
