//! The last resort: sender and subject of a message that the reader could not read.
//!
//! A line scan over the first few kilobytes, without mail-parser, so that what broke the reader
//! cannot break this: no allocation beyond the lines looked at, no recursion, no decoding.

use crate::domain::contact::Reading;
use crate::domain::ids::EmailAddress;

use super::{parse, structure, text};

/// How much of the message is looked at.
const MAX_SCAN: usize = 64 * 1024;

/// The best that can be said of a message on which the reader panicked or ran out of time.
/// `why` is a sentence for the officer and stands first in the reading's problems.
#[must_use]
pub fn reading_of_unreadable(bytes: &[u8], why: &str) -> Reading {
    let start = structure::normalised(bytes.get(..MAX_SCAN).unwrap_or(bytes));
    let mut senders: Vec<String> = Vec::new();
    let mut reading = Reading { problems: vec![text::one_line(why)], ..Reading::default() };
    for line in start.split(|&byte| byte == b'\n') {
        if line.trim_ascii().is_empty() {
            break;
        }
        let line = text::one_line(&text::guess_charset(line));
        let Some((name, value)) = line.split_once(':') else { continue };
        match name.trim().to_ascii_lowercase().as_str() {
            "from" => senders.push(value.trim().to_owned()),
            "subject" if reading.subject.is_empty() => reading.subject = value.trim().to_owned(),
            "message-id" if reading.message_id.is_none() => {
                let id = value.trim().trim_start_matches('<').trim_end_matches('>');
                reading.message_id = (!id.is_empty()).then(|| id.to_owned());
            }
            _ => {}
        }
    }
    match senders.as_slice() {
        [one] => {
            let (name, address) = one.rsplit_once('<').unwrap_or(("", one));
            reading.from_name = name.trim().trim_matches('"').to_owned();
            reading.from = address.split('>').next().unwrap_or_default().parse::<EmailAddress>().ok();
        }
        [] => {}
        several => reading.problems.push(format!("The message names more than one sender: {}.", several.join("; "))),
    }
    if reading.from.is_none() {
        reading.problems.push("The sender could not be made out: please open the original message.".to_owned());
    }
    parse::findable(reading, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sender_and_subject_are_found_by_their_lines() {
        let reading = reading_of_unreadable(
            b"Received: x\r\nFrom: \"Ann Poole\" <ann@example.org>\r\nSubject: Damp\r\nMessage-ID: <a@example.org>\r\n\r\nFrom: no@example.org",
            "Reading took too long.",
        );
        assert_eq!(reading.from.unwrap().as_str(), "ann@example.org");
        assert_eq!(reading.from_name, "Ann Poole");
        assert_eq!(reading.subject, "Damp");
        assert_eq!(reading.message_id.as_deref(), Some("a@example.org"));
        assert_eq!(reading.problems, ["Reading took too long."]);
    }

    #[test]
    fn two_senders_are_no_sender() {
        let reading = reading_of_unreadable(b"From: a@example.org\nFrom: b@example.org\n\n", "Broken.");
        assert_eq!(reading.from, None);
        assert_eq!(reading.problems.len(), 3);
    }
}
