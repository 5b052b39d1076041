//! From the configuration to the parts a command works with, and the runtime they work in. The log is
//! set up before anything is opened, so that nothing is done unseen.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use jiff::Timestamp;
use secrecy::ExposeSecret as _;

use crate::clock::{Clock, SystemClock};
use crate::config::{self, Config, Loaded, Surroundings, Weight};
use crate::daemon::house;
use crate::daemon::sign_ins::SignIns;
use crate::ingest::Ingest;
use crate::logging;
use crate::store::Store;
use crate::tls;

/// The configuration and the database: enough for commands that need no letter template.
pub(super) struct Records {
    pub config: Config,
    pub store: Store,
    pub clock: Arc<dyn Clock>,
}

impl Records {
    /// Opens the database.
    pub async fn open(config: Config) -> anyhow::Result<Self> {
        let store = Store::connect(config.database.url().expose_secret()).await?;
        Ok(Self { config, store, clock: Arc::new(SystemClock) })
    }

    /// Where tokens to sign in come from.
    pub fn sign_ins(&self) -> SignIns {
        house::sign_ins(&self.config, &self.store, &self.clock)
    }

    /// What takes messages in.
    pub fn ingest(&self) -> Ingest {
        house::ingest(&self.config, &self.store, &self.clock)
    }
}

/// Reads the configuration and sets up the log; lesser faults are logged.
pub(super) fn config(file: &Path, now: Timestamp) -> anyhow::Result<Config> {
    let Loaded { config, concerns } = config::load(file, &Surroundings::at(now))?;
    logging::init(config.log, std::env::var(logging::LEVEL_VARIABLE).ok().as_deref())?;
    for concern in concerns.iter().filter(|concern| concern.weight > Weight::Warning) {
        tracing::warn!(error = %concern, "The configuration has a fault");
    }
    Ok(config)
}

/// Runs a command to its end. What it left running (a reader stuck in a message) does not hold up the
/// exit.
pub(super) fn block_on<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tls::use_ring();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("cannot start: check the limits on threads and open files")?;
    let done = runtime.block_on(work);
    runtime.shutdown_background();
    done
}
