//! `run`: the daemon.

use crate::config::Config;
use crate::daemon;
use crate::daemon::house::House;

/// Runs the daemon until it is told to stop.
///
/// # Errors
/// When it cannot start; the words say what to do.
pub async fn run(config: Config) -> anyhow::Result<()> {
    daemon::run(House::open(config).await?, |_| Ok(())).await
}
