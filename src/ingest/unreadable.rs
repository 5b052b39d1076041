//! The last resort: sender and subject of a message that the reader could not read.

use crate::domain::contact::Reading;

/// The best that can be said of a message on which the reader panicked or ran out of time.
/// `why` is said in the reading's problems.
#[must_use]
pub fn reading_of_unreadable(_bytes: &[u8], why: &str) -> Reading {
    Reading { problems: vec![why.to_owned()], ..Reading::default() }
}
