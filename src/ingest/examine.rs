//! All that is found out from a message's bytes alone: what it says, what it is, and how sure that is.

use crate::domain::contact::{ContactKind, Mark, Reading, SenderCheck, Sorted};
use crate::domain::hand_over::WordLists;
use crate::domain::ids::{Digest, EmailAddress};

use super::canonical::canonical;
use super::sender_check::sender_check;
use super::{Ours, Reader, forwarded, reading_of_unreadable, sort};

/// A message examined.
pub(super) struct Examined {
    pub reading: Reading,
    pub sorted: Sorted,
    /// What our own mail server says about the sender.
    pub check: Option<SenderCheck>,
    /// The same for every copy of the message.
    pub canonical: Option<Digest>,
    /// Whom a colleague passed it on for, as it seems.
    pub original_sender: Option<EmailAddress>,
    /// Words that must not wait.
    pub marks: Vec<Mark>,
}

impl Examined {
    /// A message of which only the header could be read.
    pub fn barely(bytes: &[u8], why: &str, hand_over: &WordLists) -> Self {
        let reading = reading_of_unreadable(bytes, why);
        let reason = "the message could not be read, so it is treated as a new message".to_owned();
        Self {
            marks: hand_over.find(&reading),
            reading,
            sorted: Sorted { kind: ContactKind::New, reason, bounce: None },
            check: None,
            canonical: None,
            original_sender: None,
        }
    }

    /// Examines a message; `trusted` are the mail servers whose word about a sender counts.
    pub fn of(bytes: &[u8], reader: Reader, ours: &Ours, trusted: &[String], hand_over: &WordLists) -> Self {
        let mut reading = reader(bytes);
        let sorted = sort(bytes, &reading, ours);
        let check = sender_check(bytes, trusted, reading.from.as_ref());
        let forwarded = sorted.kind == ContactKind::Forwarded;
        let original_sender = if forwarded { forwarded::original_sender(bytes, &reading) } else { None };
        if forwarded {
            reading.problems.push(original_sender.as_ref().map_or_else(
                || "A colleague passed this on, and it does not say for whom: please find out.".to_owned(),
                |sender| format!("A colleague passed this on. It seems to be from {sender}: please confirm the address before anybody writes to it."),
            ));
        }
        let marks = hand_over.find(&reading);
        Self { reading, sorted, check, canonical: canonical(bytes), original_sender, marks }
    }
}
