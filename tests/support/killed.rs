//! A run that dies where it stands, in the test's own process.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

/// Lets a run go on for so many steps and then kills it: its future is dropped where it stands.
pub async fn killed_after<F: Future>(steps: usize, run: F) -> Option<F::Output> {
    let mut done = 0..steps;
    killed_when(move || done.next().is_none(), run).await
}

/// Kills a run at the first step before which this is so.
pub async fn killed_when<F: Future>(mut now: impl FnMut() -> bool, run: F) -> Option<F::Output> {
    let mut run = pin!(run);
    poll_fn(|context| if now() { Poll::Ready(None) } else { run.as_mut().poll(context).map(Some) }).await
}
