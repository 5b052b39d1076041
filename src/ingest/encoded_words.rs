//! Encoded words in header fields (RFC 2047), read as leniently as they are written: words whose
//! charset is unknown or lies, that are folded inside a character, or hold spaces.
//!
//! Invariant: whatever is no encoded word stays as it is, so nothing is lost.

use mail_parser::decoders::base64::base64_decode;

use super::text;

/// Longest name of a charset.
const MAX_LABEL: usize = 60;

/// A stretch of a value.
enum Piece<'x> {
    /// As it stands.
    Plain(&'x str),
    /// Neighbouring encoded words in one charset, their bytes joined: some mailers cut inside a
    /// character.
    Words { label: &'x str, bytes: Vec<u8> },
}

/// The value with its encoded words decoded.
#[must_use]
pub fn decoded(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for piece in pieces(value) {
        match piece {
            Piece::Plain(plain) => out.push_str(plain),
            Piece::Words { label, bytes } => out.push_str(&text::decode(label, &bytes)),
        }
    }
    out
}

/// The value with its encoded words written anew, soundly and in UTF-8, for a parser that must tell
/// them from what stands around them.
#[must_use]
pub fn rewritten(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for piece in pieces(value) {
        match piece {
            Piece::Plain(plain) => out.push_str(plain),
            Piece::Words { label, bytes } => {
                let text = text::one_line(&text::decode(label, &bytes));
                let data = data_encoding::BASE64.encode(text.as_bytes());
                out.push_str(&format!("=?utf-8?B?{data}?="));
            }
        }
    }
    out
}

fn pieces(value: &str) -> Vec<Piece<'_>> {
    let mut pieces: Vec<Piece<'_>> = Vec::new();
    let mut plain_from = 0;
    let mut at = 0;
    while let Some(found) = value.get(at..).and_then(|rest| rest.find("=?")) {
        let start = at + found;
        let Some(word) = value.get(start + 2..).and_then(Word::at) else {
            at = start + 2;
            continue;
        };
        let before = value.get(plain_from..start).unwrap_or_default();
        // White space between two encoded words is not part of the text.
        let joined = matches!(pieces.last(), Some(Piece::Words { .. })) && before.trim().is_empty();
        if !joined && !before.is_empty() {
            pieces.push(Piece::Plain(before));
        }
        match pieces.last_mut() {
            Some(Piece::Words { label, bytes }) if joined && label.eq_ignore_ascii_case(word.label) => {
                bytes.extend(word.bytes);
            }
            _ => pieces.push(Piece::Words { label: word.label, bytes: word.bytes }),
        }
        at = start + 2 + word.length;
        plain_from = at;
    }
    pieces.push(Piece::Plain(value.get(plain_from..).unwrap_or_default()));
    pieces
}

struct Word<'x> {
    label: &'x str,
    bytes: Vec<u8>,
    /// How long it is from behind its `=?` to behind its `?=`.
    length: usize,
}

impl<'x> Word<'x> {
    /// The encoded word whose `=?` stands before this text.
    fn at(text: &'x str) -> Option<Self> {
        let (label, rest) = text.split_once('?')?;
        let sound = label.len() <= MAX_LABEL && label.bytes().all(|byte| byte.is_ascii_graphic());
        let (encoding, rest) = rest.split_once('?').filter(|_| sound)?;
        let (data, after) = rest.split_once("?=")?;
        let bytes = match encoding {
            "B" | "b" => base64(data),
            "Q" | "q" => quoted(data),
            _ => return None,
        };
        // RFC 2231 §5: a language may follow the charset.
        let label = label.split('*').next().unwrap_or(label);
        Some(Self { label, bytes, length: text.len() - after.len() })
    }
}

fn base64(data: &str) -> Vec<u8> {
    let mut digits: Vec<u8> =
        data.bytes().filter(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/')).collect();
    if digits.len() % 4 == 1 {
        digits.pop();
    }
    while !digits.len().is_multiple_of(4) {
        digits.push(b'=');
    }
    base64_decode(&digits).unwrap_or_default()
}

fn quoted(data: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.len());
    let mut rest = data.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let pair = (byte == b'=').then(|| after.get(..2)).flatten().and_then(|pair| std::str::from_utf8(pair).ok());
        let value = pair.and_then(|pair| u8::from_str_radix(pair, 16).ok());
        rest = if value.is_some() { after.get(2..).unwrap_or_default() } else { after };
        out.push(match (value, byte) {
            (Some(value), _) => value,
            (None, b'_') => b' ',
            (None, byte) => byte,
        });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encoded_words_are_read_however_they_are_written() {
        for (written, expected) in [
            ("=?utf-8?B?Q2Fmw6k=?=", "Café"),
            ("=?utf-8?Q?Caf=C3=A9_now?= please", "Café now please"),
            ("=?UTF-8?b?Q2Fmw6k?=", "Café"),
            ("=?utf-8*en?Q?Caf=C3=A9?=", "Café"),
            ("=?utf-8?Q?a b?=", "a b"),
            ("=?utf-8?Q?=41=4?=", "A=4"),
            ("=?utf-8?B?w?= =?utf-8?B?qQ==?=", "©"),
            ("=?utf-8?Q?=C3?=  =?UTF-8?Q?=A9?= x", "é x"),
            ("=?iso-8859-1?Q?=E9?= =?utf-8?Q?=C3=A9?=", "éé"),
            ("=?x-unknown?Q?Caf=E9?=", "Café"),
            ("=?1252?Q?=80_20?=", "€ 20"),
            ("no =?word and =?utf-8?X?abc?= none", "no =?word and =?utf-8?X?abc?= none"),
            ("=?utf-8?Q?never ends", "=?utf-8?Q?never ends"),
        ] {
            assert_eq!(decoded(written), expected, "{written}");
        }
    }

    #[test]
    fn words_written_anew_decode_to_the_same() {
        let written = "Ann =?utf-8?Q?O=27N=C3=A9?= <ann@example.org>";
        assert_eq!(rewritten(written), "Ann =?utf-8?B?TydOw6k=?= <ann@example.org>");
        assert_eq!(decoded(&rewritten(written)), decoded(written));
    }
}
