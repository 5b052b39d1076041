//! The parts of a message, with mail-parser's blind spots seen to before it looks.
//!
//! mail-parser 0.11.9 loses the text of a multipart whose closing boundary is missing, reads no
//! header in mail with bare CR line ends, and takes a leading empty line for the end of the header.
//! Here bytes are put right in a copy first; the message as stored is never changed. Work is bounded:
//! [`cost`] estimates it from the bytes alone.

use std::borrow::Cow;

use mail_parser::{Message, MessageParser, MessagePart, MimeHeaders, PartType};

use super::headers::Headers;
use super::{attachments, smime};

/// Work (in bytes looked at) above which a message is not read in full: a few seconds.
pub const MAX_COST: usize = 4_000_000_000;

/// How many boundaries are repaired; a message with more is hostile.
const MAX_BOUNDARIES: usize = 1_000;

/// How many signatures within each other are taken off.
const MAX_WRAPPINGS: usize = 3;

/// The bytes with line ends and beginning put right: LF or CRLF line ends, no empty lines, byte-order
/// mark or mbox `From ` line before the header.
#[must_use]
pub fn normalised(bytes: &[u8]) -> Cow<'_, [u8]> {
    let mut start = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes).trim_ascii_start();
    let bare_cr = !start.contains(&b'\n') && start.contains(&b'\r');
    let line_end = if bare_cr { b'\r' } else { b'\n' };
    if start.starts_with(b"From ") || start.starts_with(b">From ") {
        let after = start.iter().position(|&byte| byte == line_end).map_or(start.len(), |at| at + 1);
        start = start.get(after..).unwrap_or_default();
    }
    if bare_cr {
        Cow::Owned(start.iter().map(|&byte| if byte == b'\r' { b'\n' } else { byte }).collect())
    } else {
        Cow::Borrowed(start)
    }
}

/// An upper estimate of mail-parser's work on these bytes. It searches the whole rest of the message
/// for each boundary that does not come, the rest of the line for each encoded word, and all earlier
/// parameters for each continued one (RFC 2231).
#[must_use]
pub fn cost(bytes: &[u8]) -> usize {
    let mut boundaries = 0_usize;
    let mut words = 0_usize;
    let mut continued = 0_usize;
    // Most lines of most messages have neither sign, and a single search is quick.
    let costly = |line: &&[u8]| line.contains(&b'=') || line.contains(&b'*');
    for line in bytes.split(|&byte| byte == b'\n').filter(costly) {
        let mut words_here = 0_usize;
        for (at, byte) in line.iter().enumerate() {
            let next = || line.get(at + 1);
            match byte {
                b'=' => words_here += usize::from(next() == Some(&b'?')),
                b'y' | b'Y' if matches!(next(), Some(b'=' | b' ' | b'*')) => {
                    boundaries += usize::from(declares(line, at));
                }
                b'*' => continued += usize::from(matches!(next(), Some(b'=' | b'0'..=b'9'))),
                _ => {}
            }
        }
        words = words.saturating_add(words_here.saturating_mul(line.len()));
    }
    bytes
        .len()
        .saturating_add(boundaries.saturating_mul(bytes.len()))
        .saturating_add(words)
        .saturating_add(continued.saturating_mul(continued))
}

/// Whether the `y` at this place ends the name of a `boundary` parameter.
fn declares(line: &[u8], at: usize) -> bool {
    let name = at.checked_sub(7).and_then(|start| line.get(start..=at));
    let after = line.get(at + 1..).unwrap_or_default();
    let next = after.iter().find(|byte| !matches!(byte, b' ' | b'\t' | b'*' | b'0'..=b'9'));
    name.is_some_and(|name| name.eq_ignore_ascii_case(b"boundary")) && next == Some(&b'=')
}

/// mail-parser's view of normalised bytes, with an opaque signature taken off. `None` when there is no
/// header to be found.
///
/// # Errors
/// [`TooComplex`], before anything is read.
pub fn with_opened<T>(bytes: &[u8], look: impl FnOnce(&Message<'_>, State) -> T) -> Result<Option<T>, TooComplex> {
    let mut inside: Cow<'_, [u8]> = Cow::Borrowed(bytes);
    let mut signature = Signature::None;
    affordable(&inside)?;
    for _ in 0..MAX_WRAPPINGS {
        let wrapped = Headers::of(&inside).text("Content-Type").is_some_and(|kind| {
            attachments::is_wrapped(kind.to_ascii_lowercase().split(';').next().unwrap_or_default().trim())
        });
        let content = |message: &Message<'_>, _| {
            smime::signed_content(&attachments::content(message.parts.first()?, &message.raw_message))
        };
        let Some(content) = wrapped.then(|| with_message(&inside, content)).flatten().flatten() else { break };
        signature = Signature::NotChecked;
        inside = Cow::Owned(normalised(&content).into_owned());
        affordable(&inside)?;
    }
    Ok(with_message(&inside, |message, repair| look(message, State { repair, signature })))
}

/// A message that would keep the reader busy for too long.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("The message is built in a way that would take too long to read, so its text and attachments are not shown.")]
pub struct TooComplex;

fn affordable(bytes: &[u8]) -> Result<(), TooComplex> {
    if cost(bytes) > MAX_COST { Err(TooComplex) } else { Ok(()) }
}

/// What was done to a message before it could be looked at.
#[derive(Debug, Clone, Copy)]
pub struct State {
    repair: Repair,
    signature: Signature,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Signature {
    None,
    NotChecked,
}

impl State {
    /// What an officer should know of it.
    pub fn problems(self) -> impl Iterator<Item = String> {
        let cut = (self.repair == Repair::BoundariesClosed)
            .then_some("The end of the message is missing: it may have been cut off on its way.");
        let signed = (self.signature == Signature::NotChecked)
            .then_some("The message is signed by S/MIME; the signature was not checked.");
        cut.into_iter().chain(signed).map(str::to_owned)
    }
}

/// mail-parser's view of normalised bytes, after repair where it is needed. `None` when there is no
/// header to be found.
pub fn with_message<T>(bytes: &[u8], look: impl FnOnce(&Message<'_>, Repair) -> T) -> Option<T> {
    let parser = MessageParser::default();
    let message = parser.parse(bytes)?;
    let damaged = message.parts.iter().any(|part| part.is_encoding_problem) || unfinished(&message);
    let boundaries = if damaged { boundaries_of(&message) } else { Vec::new() };
    if boundaries.is_empty() {
        return Some(look(&message, Repair::None));
    }
    let closed = close_boundaries(bytes, &boundaries);
    match parser.parse(&closed) {
        Some(repaired) if closed.len() > bytes.len() => Some(look(&repaired, Repair::BoundariesClosed)),
        _ => Some(look(&message, Repair::None)),
    }
}

/// Whether anything had to be put right inside the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repair {
    /// No.
    None,
    /// Closing boundaries were missing.
    BoundariesClosed,
}

fn unfinished(message: &Message<'_>) -> bool {
    message.parts.iter().any(|part| matches!(&part.body, PartType::Multipart(parts) if parts.is_empty()))
}

fn boundaries_of(message: &Message<'_>) -> Vec<Vec<u8>> {
    let mut found: Vec<Vec<u8>> = Vec::new();
    let mut waiting: Vec<&MessagePart<'_>> = message.parts.iter().rev().collect();
    while let Some(part) = waiting.pop() {
        let boundary = part.content_type().filter(|content| content.c_type == "multipart");
        if let Some(boundary) = boundary.and_then(|content| content.attribute("boundary")) {
            found.push(boundary.as_bytes().to_vec());
        }
        // A nested message in base64 has bytes of its own, in which nothing is repaired.
        if let PartType::Message(nested) = &part.body
            && part.encoding == mail_parser::Encoding::None
        {
            waiting.extend(nested.parts.iter().rev());
        }
        if found.len() >= MAX_BOUNDARIES {
            break;
        }
    }
    found.retain(|boundary| !boundary.is_empty());
    found
}

/// Writes each closing boundary that is missing: where the enclosing part goes on, or at the end.
fn close_boundaries(bytes: &[u8], boundaries: &[Vec<u8>]) -> Vec<u8> {
    let known: std::collections::BTreeSet<&[u8]> = boundaries.iter().map(Vec::as_slice).collect();
    let mut out = Vec::with_capacity(bytes.len() + 1024);
    let mut open: Vec<&[u8]> = Vec::new();
    for line in bytes.split_inclusive(|&byte| byte == b'\n') {
        if let Some(delimiter) = line.trim_ascii_end().strip_prefix(b"--") {
            let opening = known.get(delimiter).copied();
            let closing = delimiter.strip_suffix(b"--").and_then(|name| known.get(name).copied());
            if let Some(boundary) = opening.or(closing) {
                if let Some(at) = open.iter().rposition(|&name| name == boundary) {
                    for inner in open.drain(at + 1..).rev() {
                        push_closing(&mut out, inner);
                    }
                    if opening.is_none() {
                        open.pop();
                    }
                } else if opening.is_some() {
                    open.push(boundary);
                }
            }
        }
        out.extend_from_slice(line);
    }
    for boundary in open.into_iter().rev() {
        push_closing(&mut out, boundary);
    }
    out
}

fn push_closing(out: &mut Vec<u8>, boundary: &[u8]) {
    if !out.ends_with(b"\n") {
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b"--");
    out.extend_from_slice(boundary);
    out.extend_from_slice(b"--\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_put_right_before_they_are_read() {
        assert_eq!(&*normalised(b"\xEF\xBB\xBF\r\n\r\nFrom: a"), b"From: a");
        assert_eq!(&*normalised(b"From ann@example.org Mon\nSubject: x\n"), b"Subject: x\n");
        assert_eq!(&*normalised(b"Subject: x\r\rtext\r"), b"Subject: x\n\ntext\n");
    }

    #[test]
    fn missing_closing_boundaries_are_written_where_the_enclosing_part_goes_on() {
        let bytes = b"--out\n--in\none\n--out\ntwo\n";
        let closed = close_boundaries(bytes, &[b"out".to_vec(), b"in".to_vec()]);
        assert_eq!(closed, b"--out\n--in\none\n--in--\r\n--out\ntwo\n--out--\r\n");
        let whole = b"--out\n--in\none\n--in--\n--out\ntwo\n--out--\n";
        assert_eq!(close_boundaries(whole, &[b"out".to_vec(), b"in".to_vec()]), whole);
    }

    #[test]
    fn cost_grows_with_boundaries_encoded_words_and_continued_parameters() {
        let plain = b"A long boundary wall; family=\n".repeat(1_000);
        assert_eq!(cost(&plain), plain.len());
        assert!(cost(&b"Content-Type: multipart/mixed; Boundary = x\n\n".repeat(1_000)) > 10_000_000);
        assert!(cost(&b"=?x?q?".repeat(10_000)) > 100_000_000);
        assert!(cost(&b" a*1=b;\n".repeat(10_000)) > 100_000_000);
    }
}
