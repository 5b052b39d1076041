//! The header block, split by hand: every field with its bytes, in order, duplicates kept.
//!
//! mail-parser keeps the last of several equal fields and turns 8-bit bytes into U+FFFD, so fields
//! are split here and only their values are decoded by it. Nothing here can fail: a line that is no
//! field is passed over. At most [`MAX_HEADER`] bytes are looked at.

use std::borrow::Cow;

use mail_parser::parsers::MessageStream;
use mail_parser::{Addr, Address, HeaderValue};

use super::{encoded_words, text};

/// How many bytes of a header block are read (mail servers commonly stop at 100 KiB).
pub const MAX_HEADER: usize = 256 * 1024;

/// Longest value of one field that is decoded; the cost of decoding grows with its square at worst.
const MAX_VALUE: usize = 16 * 1024;

/// The fields of a header block, in order.
#[derive(Debug)]
pub struct Headers<'x> {
    fields: Vec<(&'x [u8], Cow<'x, [u8]>)>,
    /// Where the block ends in the bytes it was read from: the start of the body.
    pub body_at: usize,
    /// Whether the block goes on beyond what was read.
    pub cut: bool,
}

impl<'x> Headers<'x> {
    /// The header block at the start of a message with LF or CRLF line ends.
    #[must_use]
    pub fn of(bytes: &'x [u8]) -> Self {
        let mut fields: Vec<(&'x [u8], Cow<'x, [u8]>)> = Vec::new();
        let mut body_at = 0;
        for line in bytes.split_inclusive(|&byte| byte == b'\n') {
            if body_at + line.len() > MAX_HEADER {
                return Self { fields, body_at, cut: true };
            }
            body_at += line.len();
            let content = line.trim_ascii_end();
            if content.is_empty() {
                break;
            }
            if line.first().is_some_and(|byte| matches!(byte, b' ' | b'\t')) {
                if let Some((_, value)) = fields.last_mut() {
                    let value = value.to_mut();
                    value.reserve(content.len() + 1);
                    value.push(b' ');
                    value.extend_from_slice(content.trim_ascii_start());
                }
            } else if let Some((name, value)) = split_field(content) {
                fields.push((name, Cow::Borrowed(value)));
            }
        }
        Self { fields, body_at, cut: false }
    }

    /// Whether there is no field at all: this is no header.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// The message these are the headers of, with an overlong header block cut short: the same bytes, or
    /// the part of the block that was read, followed by the body.
    #[must_use]
    pub fn shortened<'a>(&self, message: &'a [u8]) -> Cow<'a, [u8]> {
        if !self.cut {
            return Cow::Borrowed(message);
        }
        let rest = message.get(self.body_at..).unwrap_or_default();
        let gap = |gap: &[u8]| rest.windows(gap.len()).position(|window| window == gap);
        let blank = [&b"\n\r\n"[..], b"\n\n"].into_iter().filter_map(gap).min();
        let mut out = message.get(..self.body_at).unwrap_or_default().to_vec();
        out.extend_from_slice(b"\r\n\r\n");
        out.extend_from_slice(blank.and_then(|at| rest.get(at..)).unwrap_or_default().trim_ascii_start());
        Cow::Owned(out)
    }

    /// The raw, unfolded values of every field of this name, in order.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.fields
            .iter()
            .filter(move |(field, _)| field.eq_ignore_ascii_case(name.as_bytes()))
            .map(|(_, value)| value.get(..MAX_VALUE).unwrap_or(value))
    }

    /// Every field, in order: its name and its raw, unfolded value.
    pub fn in_order(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.fields.iter().map(|(name, value)| (*name, value.get(..MAX_VALUE).unwrap_or(value)))
    }

    /// Whether there is a field of this name.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.all(name).next().is_some()
    }

    /// The first field of this name as readable text: encoded words decoded (RFC 2047), one line.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<String> {
        self.all(name).next().map(decoded)
    }

    /// The first field of this name without comments and parameters, in lower case: for fields whose
    /// value is a word, such as `Auto-Submitted: auto-replied; owner=…`.
    #[must_use]
    pub fn word(&self, name: &str) -> Option<String> {
        let value = self.text(name)?;
        let word = value.split([';', '(', ' ']).find(|part| !part.is_empty()).unwrap_or_default();
        Some(word.to_ascii_lowercase())
    }

    /// Every mailbox named in every field of this name, as (display name, address).
    #[must_use]
    pub fn mailboxes(&self, name: &str) -> Vec<(String, String)> {
        self.all(name).flat_map(mailboxes).collect()
    }

    /// The message identifiers in every field of this name, without angle brackets, in order.
    #[must_use]
    pub fn ids(&self, name: &str) -> Vec<String> {
        self.all(name).flat_map(ids).collect()
    }
}

fn split_field(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let colon = line.iter().position(|&byte| byte == b':')?;
    let (name, rest) = line.split_at_checked(colon)?;
    let name = name.trim_ascii_end();
    let sound = !name.is_empty() && name.iter().all(|byte| byte.is_ascii_graphic());
    sound.then(|| (name, rest.get(1..).unwrap_or_default().trim_ascii()))
}

fn decoded(value: &[u8]) -> String {
    text::one_line(&encoded_words::decoded(&text::guess_charset(value)))
}

fn mailboxes(value: &[u8]) -> Vec<(String, String)> {
    let mut line = encoded_words::rewritten(&text::guess_charset(value));
    line.push('\n');
    let pair = |addr: &Addr<'_>| {
        let part = |part: &Option<Cow<'_, str>>| part.as_deref().map(text::one_line).unwrap_or_default();
        // A word may stand encoded in the middle of another, where the parser sees none.
        (text::one_line(&encoded_words::decoded(&part(&addr.name))), part(&addr.address))
    };
    match MessageStream::new(line.as_bytes()).parse_address() {
        HeaderValue::Address(Address::List(list)) => list.iter().map(pair).collect(),
        HeaderValue::Address(Address::Group(groups)) => {
            groups.iter().flat_map(|group| group.addresses.iter().map(pair)).collect()
        }
        _ => Vec::new(),
    }
}

/// A parameter of a structured field that mail-parser could not decode, such as a file name in raw
/// 8-bit bytes, in encoded words, or under a charset that nobody knows (RFC 2231, RFC 2047).
#[must_use]
pub fn parameter(value: &[u8], name: &str) -> Option<String> {
    let mut line = encoded_words::rewritten(&relabelled(&text::guess_charset(value)));
    line.push('\n');
    match MessageStream::new(line.as_bytes()).parse_content_type() {
        HeaderValue::ContentType(content) => content.attribute(name).map(encoded_words::decoded),
        _ => None,
    }
}

/// A value in which each charset of an extended parameter (`name*=charset''…`) that can decode
/// nothing but ASCII, or that nobody knows, is windows-1252.
fn relabelled(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut rest = value;
    while let Some((before, after)) = rest.split_once("*=").or_else(|| rest.split_once("*0*=")) {
        let known = after.split_once('\'').filter(|(label, _)| text::is_charset(label) && !text::is_ascii(label));
        out.push_str(before);
        out.push_str(if rest.get(before.len()..).is_some_and(|rest| rest.starts_with("*0")) { "*0*=" } else { "*=" });
        rest = match (known, after.split_once('\'')) {
            (None, Some((label, tail))) if label.len() <= 40 && !label.contains([';', '"', ' ']) => {
                out.push_str("windows-1252'");
                tail
            }
            _ => after,
        };
    }
    out.push_str(rest);
    out
}

fn ids(value: &[u8]) -> Vec<String> {
    let line = text::one_line(&text::guess_charset(value));
    let bracketed: Vec<String> = line
        .split('<')
        .skip(1)
        .filter_map(|rest| rest.split_once('>'))
        .map(|(id, _)| id.split_whitespace().collect())
        .collect();
    let bare = || line.split_whitespace().filter(|word| word.contains('@')).map(str::to_owned).collect();
    let mut found = if bracketed.is_empty() { bare() } else { bracketed };
    found.retain(|id: &String| !id.is_empty() && id.len() <= 998);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_keep_their_order_and_their_duplicates() {
        let headers = Headers::of(b"Subject: one\r\nsubject: two\r\n folded\r\nno field\r\n\r\nSubject: body\r\n");
        assert_eq!(headers.all("SUBJECT").collect::<Vec<_>>(), [&b"one"[..], b"two folded"]);
        assert!(!headers.is_empty() && !headers.cut);
        assert_eq!(headers.body_at, 49);
    }

    #[test]
    fn raw_eight_bit_values_are_read_as_windows_1252() {
        let headers = Headers::of(b"Subject: Caf\xE9 \x80 20\n\n");
        assert_eq!(headers.text("Subject").unwrap(), "Café € 20");
        let headers = Headers::of("Subject: Café € 20\n\n".as_bytes());
        assert_eq!(headers.text("Subject").unwrap(), "Café € 20");
    }

    #[test]
    fn encoded_words_with_an_unknown_or_lying_charset_are_read_as_windows_1252() {
        for label in ["x-unknown", "utf-8", "us-ascii"] {
            let line = format!("Subject: =?{label}?Q?Caf=E9?=\n\n");
            assert_eq!(Headers::of(line.as_bytes()).text("Subject").unwrap(), "Café", "{label}");
        }
    }

    #[test]
    fn a_header_that_never_ends_is_cut() {
        let bytes = b"X-Long: value value value\n".repeat(20_000);
        let headers = Headers::of(&bytes);
        assert!(headers.body_at <= MAX_HEADER);
        assert!(headers.cut && headers.all("X-Long").count() > 10_000);
    }

    #[test]
    fn identifiers_lose_their_brackets_and_may_lack_them() {
        let headers = Headers::of(b"References: <a@x> junk\n <b@y>\nIn-Reply-To: c@z (said)\n\n");
        assert_eq!(headers.ids("References"), ["a@x", "b@y"]);
        assert_eq!(headers.ids("In-Reply-To"), ["c@z"]);
    }
}
