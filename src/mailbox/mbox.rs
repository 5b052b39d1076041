//! Messages in an mbox file (RFC 4155), one at a time, whatever its size.
//!
//! A message begins at a line `From `, somebody, and a date as C's asctime writes it; other lines that
//! begin with `From ` are text, so that a sentence never cuts a complaint in two. An empty line before it
//! is usual and not needed. One `>` of a quoted `>From ` is taken away, as writers of mboxrd put it.

use std::io::{self, BufRead, Read as _};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::{Offset, TimeZone};

/// At most so much of a line is held at once.
const PIECE: u64 = 1024 * 1024;

/// A message of an mbox.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct MboxMessage {
    /// When it was put there, by its separator line.
    pub delivered_at: Option<Timestamp>,
    /// Its bytes; empty when it is larger than is read.
    pub bytes: Vec<u8>,
    /// Its size in the file.
    pub size: u64,
}

/// Reads an mbox message by message.
#[derive(Debug)]
pub(super) struct Mbox<R> {
    reader: R,
    /// Messages larger than this are passed over, and come without bytes.
    largest: u64,
    /// The separator that ended the message before.
    next: Option<Option<Timestamp>>,
    /// The last piece read was not the end of its line.
    within_line: bool,
    ended: bool,
}

/// Whether a file that begins with these bytes is an mbox.
pub(super) fn is_mbox(beginning: &[u8]) -> bool {
    beginning.split(|byte| *byte == b'\n').next().is_some_and(|line| separator(line).is_some())
}

impl<R: BufRead> Mbox<R> {
    pub fn new(reader: R, largest: u64) -> Self {
        Self { reader, largest, next: None, within_line: false, ended: false }
    }

    /// Reads a line, or a piece of a very long one, and notes whether it begins a message.
    fn read_line(&mut self, line: &mut Vec<u8>) -> io::Result<()> {
        line.clear();
        self.ended = self.reader.by_ref().take(PIECE).read_until(b'\n', line)? == 0;
        let begins = !std::mem::replace(&mut self.within_line, line.last().is_some_and(|byte| *byte != b'\n'));
        self.next = if begins { separator(line) } else { None };
        Ok(())
    }

    fn read(&mut self) -> io::Result<Option<MboxMessage>> {
        let mut line = Vec::new();
        while self.next.is_none() && !self.ended {
            self.read_line(&mut line)?;
        }
        let Some(delivered_at) = self.next.take() else { return Ok(None) };
        let mut message = MboxMessage { delivered_at, bytes: Vec::new(), size: 0 };
        loop {
            let within_line = self.within_line;
            self.read_line(&mut line)?;
            if self.ended || self.next.is_some() {
                break;
            }
            let text = if !within_line && is_quoted(&line) { line.get(1..).unwrap_or_default() } else { &line };
            message.size = message.size.saturating_add(u64::try_from(text.len()).unwrap_or(u64::MAX));
            if message.size <= self.largest {
                message.bytes.extend_from_slice(text);
            } else {
                message.bytes = Vec::new();
            }
        }
        // The empty line before the next separator belongs to the mbox.
        let end = [b"\r\n\r\n".as_slice(), b"\n\n"].into_iter().find(|end| message.bytes.ends_with(end));
        let length = message.bytes.len() - end.map_or(0, |end| end.len() / 2);
        message.bytes.truncate(length);
        Ok(Some(message))
    }
}

impl<R: BufRead> Iterator for Mbox<R> {
    type Item = io::Result<MboxMessage>;

    fn next(&mut self) -> Option<Self::Item> {
        let read = self.read().transpose();
        // After an error the place in the file is lost.
        self.ended |= matches!(read, Some(Err(_)));
        read
    }
}

fn is_quoted(line: &[u8]) -> bool {
    let quotes = line.iter().take_while(|byte| **byte == b'>').count();
    quotes > 0 && line.get(quotes..).is_some_and(|rest| rest.starts_with(b"From "))
}

/// The date of a separator line; `Some(None)` when it is one whose date is impossible.
fn separator(line: &[u8]) -> Option<Option<Timestamp>> {
    let line = std::str::from_utf8(line.strip_prefix(b"From ")?).ok()?;
    let words: Vec<&str> = line.split_ascii_whitespace().collect();
    let time = words.iter().rposition(|word| is_time(word))?;
    let [weekday, month, day] = words.get(time.checked_sub(3)?..time)? else { return None };
    let weekdays = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let is_weekday = weekdays.contains(&weekday.trim_end_matches(',').to_ascii_lowercase().as_str());
    let month = months.iter().position(|name| *name == month.to_ascii_lowercase())? + 1;
    let day: i8 = day.parse().ok()?;
    let behind = words.get(time + 1..)?;
    let year: i16 = behind.iter().find_map(|word| word.parse().ok().filter(|_| word.len() == 4))?;
    if !is_weekday || behind.len() > 2 {
        return None;
    }
    // Without an offset the date is in UTC (RFC 4155, appendix A).
    let offset = behind.iter().find_map(|word| offset(word)).unwrap_or(Offset::UTC);
    let mut clock = words.get(time)?.split(':').map(|part| part.parse::<i8>().unwrap_or(0));
    let mut part = || clock.next().unwrap_or(0);
    let (hour, minute, second) = (part(), part(), part());
    let at = i8::try_from(month).ok().and_then(|month| Date::new(year, month, day).ok());
    let at =
        at.and_then(|date| jiff::civil::Time::new(hour, minute, second, 0).ok().map(|time| date.to_datetime(time)));
    Some(at.and_then(|at| TimeZone::fixed(offset).to_timestamp(at).ok()))
}

fn is_time(word: &str) -> bool {
    let parts: Vec<&str> = word.split(':').collect();
    let two_digits = |part: &&str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
    (2..=3).contains(&parts.len()) && parts.iter().all(two_digits)
}

/// `+0100`.
fn offset(word: &str) -> Option<Offset> {
    let (sign, digits) = match word.as_bytes() {
        [b'+', rest @ ..] => (1, rest),
        [b'-', rest @ ..] => (-1, rest),
        _ => return None,
    };
    let number: i32 = std::str::from_utf8(digits).ok()?.parse().ok().filter(|_| digits.len() == 4)?;
    Offset::from_seconds(sign * (number / 100 * 3600 + number % 100 * 60)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(String, Option<String>)> {
        let messages = Mbox::new(text.as_bytes(), 1_000_000).map(Result::unwrap);
        let told = |m: MboxMessage| (String::from_utf8(m.bytes).unwrap(), m.delivered_at.map(|at| at.to_string()));
        messages.map(told).collect()
    }

    fn texts(text: &str) -> Vec<String> {
        read(text).into_iter().map(|(text, _)| text).collect()
    }

    #[test]
    fn messages_are_told_apart_with_and_without_an_empty_line_and_with_either_line_end() {
        for end in ["\n", "\r\n"] {
            for empty in ["", "\n"] {
                let text = "From ann@example.org Mon Nov  2 09:12:00 2026\nSubject: One\n\nDamp.\n{}\
                            From MAILER-DAEMON Tue Nov 03 10:00:00 2026\nSubject: Two\n\nMould.\n"
                    .replace("{}", empty)
                    .replace('\n', end);
                let expected = ["Subject: One\n\nDamp.\n", "Subject: Two\n\nMould.\n"].map(|t| t.replace('\n', end));
                assert_eq!(texts(&text), expected, "{text:?}");
            }
        }
    }

    #[test]
    fn a_sentence_that_begins_with_from_cuts_no_message_in_two() {
        let text = "From - Mon Nov  2 09:12:00 2026\nSubject: One\n\nFrom Monday to Friday at 09:00 we have no heating.\n\
                    From the 2 Nov 2026 on it was cold.\n>From here on quoted.\n>>From twice.\n> From not.\n";
        let expected = "Subject: One\n\nFrom Monday to Friday at 09:00 we have no heating.\n\
                        From the 2 Nov 2026 on it was cold.\nFrom here on quoted.\n>From twice.\n> From not.\n";
        assert_eq!(texts(text), [expected]);
    }

    #[test]
    fn the_separators_date_is_utc_unless_it_says_otherwise() {
        for (line, expected) in [
            ("From ann@example.org Mon Nov  2 09:12:00 2026", Some("2026-11-02T09:12:00Z")),
            ("From 17@xxx Thu Jul 02 00:30:00 +0100 2026", Some("2026-07-01T23:30:00Z")),
            ("From ann@example.org Thu Jul  2 00:30:00 2026 -0130", Some("2026-07-02T02:00:00Z")),
            ("From \"ann poole\"@example.org Thu Jul 2 00:30 2026", Some("2026-07-02T00:30:00Z")),
            ("From ann@example.org Mon Feb 31 09:12:00 2026", None),
        ] {
            let read = read(&format!("{line}\nSubject: x\n\ny\n"));
            assert_eq!(read.len(), 1, "{line}");
            assert_eq!(read[0].1.as_deref(), expected, "{line}");
        }
        assert!(is_mbox(b"From a Mon Nov  2 09:12:00 2026\r\nSubject"));
        for other in
            ["From: ann@example.org\n", "From ann@example.org\n", "", "From \u{e9}t\u{e9}\n", "Subject: From\n"]
        {
            assert!(!is_mbox(other.as_bytes()), "{other}");
        }
    }

    #[test]
    fn a_message_that_is_too_large_is_passed_over_and_the_next_is_read() {
        let text = format!(
            "From a Mon Nov  2 09:12:00 2026\n\n{}\nFrom a Mon Nov  2 09:12:00 2026\n\nsmall\n",
            "damp and mould\n".repeat(100)
        );
        let sizes: Vec<(usize, u64)> =
            Mbox::new(text.as_bytes(), 1_000).map(Result::unwrap).map(|m| (m.bytes.len(), m.size)).collect();
        assert_eq!(sizes, [(0, 1502), (7, 7)]);
    }

    #[test]
    fn what_stands_before_the_first_separator_and_half_an_end_do_no_harm() {
        assert_eq!(texts(""), Vec::<String>::new());
        assert_eq!(texts("no mbox\n"), Vec::<String>::new());
        assert_eq!(texts("junk\nFrom a Mon Nov  2 09:12:00 2026\n\nno line end"), ["\nno line end"]);
        assert_eq!(texts("From a Mon Nov  2 09:12:00 2026\n"), [""]);
    }
}
