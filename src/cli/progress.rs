//! Progress of a long command: a line that changes on a terminal, a line of the log now and then elsewhere.

use std::future::Future;
use std::io::IsTerminal as _;
use std::sync::Arc;

use indicatif::{ProgressBar, ProgressStyle};

use super::Exit;
use crate::clock::Clock;
use crate::ingest::{Pace, Progress};

/// Shows how far a command is.
pub(super) struct Meter {
    bar: Option<ProgressBar>,
    pace: Pace,
    what: String,
    clock: Arc<dyn Clock>,
}

impl Meter {
    /// Begins to count messages of this mailbox or import.
    pub fn of(what: &str, clock: &Arc<dyn Clock>) -> Self {
        let line = "{msg}: {human_pos} of {human_len} messages, {per_sec}, {eta} left";
        let bar = std::io::stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template(line).unwrap_or_else(|_| ProgressStyle::default_bar());
            ProgressBar::no_length().with_style(style).with_message(what.to_owned())
        });
        Self { bar, pace: Pace::from(clock.now()), what: what.to_owned(), clock: Arc::clone(clock) }
    }

    /// So far.
    pub fn at(&self, so_far: Progress) {
        match &self.bar {
            Some(bar) => {
                bar.set_length(u64::try_from(so_far.of).unwrap_or(u64::MAX));
                bar.set_position(u64::try_from(so_far.done).unwrap_or(u64::MAX));
            }
            None => self.pace.log(&self.what, so_far, self.clock.now()),
        }
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// Works until done or until Ctrl-C. Whatever is committed stays, and nothing is half done.
pub(super) async fn until_interrupted(work: impl Future<Output = anyhow::Result<Exit>>) -> anyhow::Result<Exit> {
    tokio::select! {
        done = work => done,
        interrupted = tokio::signal::ctrl_c() => {
            interrupted?;
            eprintln!("complaintsd: stopped; what was taken is logged, and the same command goes on from there");
            Ok(Exit::Temporary)
        }
    }
}
