//! The clock: the one place that asks the time.

use jiff::Timestamp;

/// Tells the time. Work functions take `&dyn Clock`, so that a test can choose the day.
pub trait Clock: Send + Sync {
    /// Now, cut to microseconds, which is what both databases keep.
    fn now(&self) -> Timestamp;
}

/// The system's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place")]
    fn now(&self) -> Timestamp {
        let now = Timestamp::now();
        Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
    }
}
