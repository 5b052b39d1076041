//! Waiting for what other processes do: looked for again and again until a deadline, never for a
//! fixed time.

use std::time::{Duration, Instant};

/// How long servers, deliveries and loops may take.
pub const PATIENCE: Duration = Duration::from_secs(40);

/// Looks until there is something.
///
/// # Panics
/// When there is nothing within `patience`; the message names `what`.
pub async fn within<T>(patience: Duration, what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + patience;
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(Instant::now() < deadline, "waited too long for {what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// The same within [`PATIENCE`].
///
/// # Panics
/// As [`within`].
pub async fn until<T>(what: &str, look: impl AsyncFnMut() -> Option<T>) -> T {
    within(PATIENCE, what, look).await
}
