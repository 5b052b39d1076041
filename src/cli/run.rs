//! `run`: the daemon.

use super::Exit;
use crate::daemon;
use crate::daemon::house::House;

/// Runs the daemon until it is told to stop.
pub async fn run(house: House) -> anyhow::Result<Exit> {
    daemon::run(house, |_| Ok(())).await?;
    Ok(Exit::Done)
}
