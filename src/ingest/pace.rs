//! How fast a long reading goes and how long it will take, told now and then.

use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};

use super::pass::Progress;

/// How often it is told.
const EVERY: SignedDuration = SignedDuration::from_secs(10);

/// Counts time since a beginning.
#[derive(Debug)]
pub struct Pace {
    begun_at: Timestamp,
    /// When it was last told, in seconds.
    told_at: AtomicI64,
}

/// What is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Told {
    /// Messages a second.
    pub rate: u64,
    /// Seconds left, if it goes on like this.
    pub seconds_left: u64,
}

impl Pace {
    /// Begins now.
    #[must_use]
    pub fn from(now: Timestamp) -> Self {
        Self { begun_at: now, told_at: AtomicI64::new(now.as_second()) }
    }

    /// What there is to tell, if it was not told within the last ten seconds.
    #[must_use]
    pub fn tell(&self, so_far: Progress, now: Timestamp) -> Option<Told> {
        let told_at = self.told_at.load(Ordering::Relaxed);
        if now.as_second().saturating_sub(told_at) < EVERY.as_secs() {
            return None;
        }
        self.told_at.store(now.as_second(), Ordering::Relaxed);
        let seconds = u64::try_from(now.duration_since(self.begun_at).as_secs()).unwrap_or(0).max(1);
        let [done, of] = [so_far.done, so_far.of].map(|count| u64::try_from(count).unwrap_or(u64::MAX));
        let left = of.saturating_sub(done).saturating_mul(seconds) / done.max(1);
        Some(Told { rate: done / seconds, seconds_left: left })
    }

    /// Tells the log.
    pub fn log(&self, mailbox: &str, so_far: Progress, now: Timestamp) {
        if let Some(Told { rate, seconds_left }) = self.tell(so_far, now) {
            let Progress { done, of } = so_far;
            tracing::info!(mailbox, done, of, rate, seconds_left, "Reading mail");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn count_rate_and_time_left_are_told_every_ten_seconds() {
        let at = |seconds: i64| Timestamp::from_second(1_000 + seconds).unwrap();
        let pace = Pace::from(at(0));
        let so_far = Progress { done: 500, of: 5_000 };
        assert_eq!(pace.tell(so_far, at(9)), None);
        assert_eq!(pace.tell(so_far, at(10)), Some(Told { rate: 50, seconds_left: 90 }));
        assert_eq!(pace.tell(so_far, at(19)), None);
        assert_eq!(pace.tell(Progress { done: 0, of: 0 }, at(30)), Some(Told { rate: 0, seconds_left: 0 }));
    }
}
