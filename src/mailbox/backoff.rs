//! How long to wait after a failure: twice as long each time, with some chance in it so that many
//! mailboxes do not come back at one instant. The core is a function of its arguments.

use std::time::Duration;

const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(300);

/// Counts failures in a row.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Backoff {
    failures: u32,
}

impl Backoff {
    /// Forgets the failures.
    pub fn succeeded(&mut self) {
        self.failures = 0;
    }

    /// Counts one more failure and says how long to wait: 1 s at most at first, 300 s at most at
    /// last, and never less than half of that.
    pub fn failed(&mut self) -> Duration {
        self.failures = self.failures.saturating_add(1);
        // Without a random number everything still works, only less spread out.
        wait(self.failures, getrandom::u32().unwrap_or(u32::MAX))
    }
}

/// The wait after the `failures`th failure in a row (from 1); `chance` spreads it over the upper half.
fn wait(failures: u32, chance: u32) -> Duration {
    let doublings = failures.saturating_sub(1).min(16);
    let longest = FIRST.saturating_mul(1 << doublings).min(LONGEST);
    let half = longest / 2;
    half + half.mul_f64(f64::from(chance) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::{Backoff, wait};
    use std::time::Duration;

    #[test]
    fn the_wait_doubles_from_one_second_to_five_minutes() {
        let longest: Vec<u64> = (1..=11).map(|failures| wait(failures, u32::MAX).as_secs()).collect();
        assert_eq!(longest, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
        assert_eq!(wait(u32::MAX, 0), Duration::from_secs(150), "half of it is certain");
    }

    #[test]
    fn success_begins_again_at_the_shortest_wait() {
        let mut backoff = Backoff::default();
        for _ in 0..20 {
            backoff.failed();
        }
        assert!(backoff.failed() >= Duration::from_secs(150));
        backoff.succeeded();
        assert!(backoff.failed() <= Duration::from_secs(1));
    }
}
