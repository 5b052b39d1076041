//! `complaintsd send`: hands over what waits in the outbox, unless a daemon does.

use std::io::Write;

use super::{Exit, daemon_does};
use crate::daemon::house::House;
use crate::store::InstanceGuard;

/// Sends once.
pub(super) async fn run(house: &House, out: &mut dyn Write) -> anyhow::Result<Exit> {
    match house.store.lock_instance().await? {
        Some(held) => hand_over(house, &held, out).await,
        None => Ok(daemon_does("sends the letters")),
    }
}

/// Hands over whatever waits. Only for the one process that sends. A message given up ends with 1,
/// because an officer must act; one deferred with 75.
pub(super) async fn hand_over(house: &House, _held: &InstanceGuard, out: &mut dyn Write) -> anyhow::Result<Exit> {
    match house.receipts() {
        Some(receipts) => drop(receipts.run_once().await?),
        None => house.store.receipts_off().await?,
    }
    let outbox = house.outbox()?;
    outbox.recover().await?;
    let sent = outbox.run_once().await?;
    writeln!(out, "accepted {}, deferred {}, failed {}", sent.accepted, sent.deferred, sent.failed)?;
    Ok(match sent {
        sent if sent.failed > 0 => Exit::Failed,
        sent if sent.deferred > 0 => Exit::Temporary,
        _ => Exit::Done,
    })
}
