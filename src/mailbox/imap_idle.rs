//! Waiting for mail: IDLE (RFC 2177) as a hint, never as a promise.
//!
//! The pass that follows looks at everything whatever was said here, so a lost hint costs one
//! interval. A wait ends with proof that the server still answers, or with a fault: a connection that
//! is only half there does not get into the next pass.

use std::time::Duration;

use imap_proto::{Response, Status};
use tokio::time::{Instant, sleep_until};

use super::error::MailboxFault;
use super::imap_wire::{Answer, Wire};

/// A wait that news cut short lasts so long all the same: a server that speaks all the time must not
/// keep us reading without a pause, and messages that come together are read together.
const SHORTEST: Duration = Duration::from_secs(1);

/// How long a server that was quiet may take to say that it is there.
pub(super) fn proof_within(interval: Duration) -> Duration {
    (interval / 2).clamp(Duration::from_secs(1), Duration::from_secs(15))
}

/// Whether the server knows how to tell us about new messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Idling {
    /// It says that it does.
    Offered,
    /// It does not, or refused when asked.
    Not,
}

/// Waits until there is news of messages in the selected folder, or until a time is over. Each IDLE lasts
/// `one_idle` at most, and is followed by the next.
pub(super) async fn wait(
    wire: &mut Wire,
    idling: &mut Idling,
    at_most: Duration,
    one_idle: Duration,
) -> Result<(), MailboxFault> {
    const DOING: &str = "say whether it is still there";
    let (began, proof) = (Instant::now(), proof_within(at_most));
    let until = began + at_most;
    let mut news = wire.take_news();
    while !news && *idling == Idling::Offered && Instant::now() < until {
        match idle(wire, until.min(Instant::now() + one_idle), proof).await? {
            Some(told) => news = told,
            None => *idling = Idling::Not,
        }
    }
    if news {
        sleep_until(until.min(began + SHORTEST)).await;
    } else if *idling == Idling::Not {
        sleep_until(until).await;
        let sent = wire.begin(DOING, "NOOP").await?;
        wire.finish(DOING, &sent, Instant::now() + proof, |_| {}).await?.done(DOING)?;
    }
    Ok(())
}

/// One IDLE: whether there was news, or `None` when the server will not.
async fn idle(wire: &mut Wire, until: Instant, proof: Duration) -> Result<Option<bool>, MailboxFault> {
    const DOING: &str = "watch for new messages";
    let sent = wire.begin(DOING, "IDLE").await?;
    let asked = Instant::now() + proof;
    let begun = |response: &Response<'_>| match response {
        Response::Continue(_) => Some(true),
        Response::Done { status: Status::No | Status::Bad, .. } => Some(false),
        // What is told before is noted; anything else will not be followed by silence.
        _ => None,
    };
    loop {
        match wire.next(DOING, asked.saturating_duration_since(Instant::now()), begun).await? {
            Some(true) => break,
            Some(false) => return Ok(None),
            None => {}
        }
    }
    let mut news = wire.take_news();
    while !news {
        match wire.next(DOING, until.saturating_duration_since(Instant::now()), |_| ()).await {
            Ok(()) => news = wire.take_news(),
            Err(MailboxFault::TimedOut { .. }) => break,
            Err(fault) => return Err(fault),
        }
    }
    wire.say(DOING, "DONE").await?;
    match wire.finish(DOING, &sent, Instant::now() + proof, |_| {}).await? {
        Answer::Done { .. } => Ok(Some(wire.take_news() || news)),
        Answer::Refused(_) => Ok(None),
    }
}
