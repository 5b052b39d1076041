//! How long to wait after a failure: twice as long each time, with some chance in it so that many
//! mailboxes do not come back at one instant, and never less than the server asked for. The core is
//! functions of their arguments.

use std::time::Duration;

const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(300);

/// The longest wait a server may ask for. Then it is asked again, and may say the same again.
const LONGEST_ASKED: Duration = Duration::from_secs(15 * 60);

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
        wait(self.failures, chance())
    }

    /// The same after a failure in which the server asked us to wait: at least that long, and up to a
    /// tenth longer.
    pub fn failed_asking(&mut self, asked: Option<Duration>) -> Duration {
        let asked = asked.unwrap_or_default();
        self.failed().max(asked + (asked / 10).mul_f64(share(chance())))
    }
}

/// How long a server's words ask us to wait, if they do: Exchange by `Suggested Backoff Time: N
/// milliseconds`, others by a response code (RFC 5530 §3) or in their own words, for which we take a
/// time that does not annoy them.
pub(super) fn asked_to_wait(words: &str) -> Option<Duration> {
    let words = words.to_ascii_lowercase();
    if let Some((_, after)) = words.split_once("suggested backoff time:") {
        let digits: String = after.trim_start().chars().take_while(char::is_ascii_digit).collect();
        let wait = digits.parse().map_or(LONGEST_ASKED, Duration::from_millis);
        return Some(wait.clamp(FIRST, LONGEST_ASKED));
    }
    const BUSY: [&str; 4] = ["[limit]", "throttl", "too many connections", "too many simultaneous connections"];
    const SHORTLY: [&str; 3] = ["[unavailable]", "[inuse]", "authenticated but not connected"];
    if BUSY.iter().any(|sign| words.contains(sign)) {
        Some(Duration::from_secs(60))
    } else if SHORTLY.iter().any(|sign| words.contains(sign)) {
        Some(Duration::from_secs(10))
    } else {
        None
    }
}

/// Without a random number everything still works, only less spread out.
fn chance() -> u32 {
    getrandom::u32().unwrap_or(u32::MAX)
}

fn share(chance: u32) -> f64 {
    f64::from(chance) / f64::from(u32::MAX)
}

/// The wait after the `failures`th failure in a row (from 1); `chance` spreads it over the upper half.
fn wait(failures: u32, chance: u32) -> Duration {
    let doublings = failures.saturating_sub(1).min(16);
    let longest = FIRST.saturating_mul(1 << doublings).min(LONGEST);
    let half = longest / 2;
    half + half.mul_f64(share(chance))
}

#[cfg(test)]
mod tests {
    use super::{Backoff, asked_to_wait, wait};
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
    #[test]
    fn a_wait_that_the_server_asks_for_is_kept() {
        let mut backoff = Backoff::default();
        let asked = Duration::from_secs(200);
        assert!((asked..=asked + asked / 10).contains(&backoff.failed_asking(Some(asked))));
        for _ in 0..20 {
            backoff.failed_asking(None);
        }
        assert!(backoff.failed_asking(Some(Duration::from_secs(1))) >= Duration::from_secs(150), "ours is longer");
    }

    /// lessons 14: what Exchange and others say when they want to be left alone.
    #[test]
    fn what_a_server_asks_for_is_read_from_its_words() {
        let seconds = |words| asked_to_wait(words).map(|wait| wait.as_secs());
        assert_eq!(seconds("Request is throttled. Suggested Backoff Time: 299961 milliseconds"), Some(299));
        assert_eq!(seconds("Suggested Backoff Time: 5 milliseconds"), Some(1));
        assert_eq!(seconds("suggested backoff time: 99999999999999999999999 ms"), Some(900));
        assert_eq!(seconds("[LIMIT] Too many commands"), Some(60));
        assert_eq!(seconds("Too many simultaneous connections. (Failure)"), Some(60));
        assert_eq!(seconds("User is authenticated but not connected."), Some(10));
        assert_eq!(seconds("[UNAVAILABLE] try later"), Some(10));
        assert_eq!(seconds("[INUSE] locked"), Some(10));
        assert_eq!(seconds("Mailbox does not exist"), None);
    }
}
