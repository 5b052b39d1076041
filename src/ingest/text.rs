//! Readable text out of bytes: charset, control characters, line ends, flowed lines.
//!
//! Invariant: what leaves [`clean`] or [`one_line`] holds no NUL and no other control character
//! (line feeds and tabs apart in [`clean`]); PostgreSQL refuses NULs and terminals obey the others.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};
use mail_parser::decoders::charsets::DecoderFnc;
use mail_parser::decoders::charsets::map::charset_decoder;

/// Longest single line kept of a subject, name or identifier, in characters.
const MAX_LINE: usize = 2_000;

/// Bytes in the charset that their label names, as text; where the label is unknown or plainly false,
/// the best guess instead. Labels lie: UTF-8 is often called Latin-1, and windows-1252 anything.
#[must_use]
pub fn decode(label: &str, bytes: &[u8]) -> String {
    let label = normal_label(label);
    let Some(decoder) = decoder(&label) else { return guess_charset(bytes).into_owned() };
    let false_label = is_single_byte(&label) || (label.starts_with("utf-16") && !bytes.contains(&0));
    if false_label
        && !bytes.is_ascii()
        && let Ok(utf8) = std::str::from_utf8(bytes)
    {
        return utf8.to_owned();
    }
    let text = decoder(bytes);
    if text.contains('\u{FFFD}') && (is_ascii(&label) || label == "utf-8" || mostly_broken(&text)) {
        return guess_charset(bytes).into_owned();
    }
    text
}

/// Whether text can be decoded by this label.
#[must_use]
pub fn is_charset(label: &str) -> bool {
    decoder(&normal_label(label)).is_some()
}

/// Whether this label names nothing but ASCII.
#[must_use]
pub fn is_ascii(label: &str) -> bool {
    label.to_ascii_lowercase().contains("ascii")
}

/// A label as the registry writes it: `1252` and `cp-1252` are windows-1252, and a Hebrew label says in
/// a suffix who orders the letters.
fn normal_label(label: &str) -> String {
    let label = label.trim_matches(['"', '\'', ' ']).to_ascii_lowercase().replace('_', "-");
    let digits = label.trim_start_matches(|letter: char| !letter.is_ascii_digit());
    match label.as_str() {
        "iso-8859-8-i" | "iso-8859-8-e" => "iso-8859-8".to_owned(),
        "utf8" | "unicode-1-1-utf-8" => "utf-8".to_owned(),
        _ if digits.len() == 4 && digits.starts_with("125") => format!("windows-{digits}"),
        _ => label,
    }
}

fn decoder(label: &str) -> Option<DecoderFnc> {
    // mail-parser decodes these to a single replacement character, or into the private area.
    let lossy =
        ["x-user-defined", "hz-gb-2312", "iso-2022-cn", "iso-2022-cn-ext", "iso-2022-kr", "csiso2022kr", "replacement"];
    charset_decoder(label.as_bytes()).filter(|_| !lossy.contains(&label))
}

fn is_single_byte(label: &str) -> bool {
    let starts = ["iso-8859", "iso8859", "windows-125", "latin", "koi8", "macintosh", "ibm8", "cp8"];
    is_ascii(label) || starts.iter().any(|start| label.starts_with(start))
}

/// Whether more of the non-ASCII characters are replacements than not.
fn mostly_broken(text: &str) -> bool {
    let bad = text.matches('\u{FFFD}').count();
    let good = text.chars().filter(|character| !character.is_ascii()).count().saturating_sub(bad);
    bad >= good
}

/// Bytes of unknown charset as text: UTF-16 if it is marked so, UTF-8
/// if most of it is, else windows-1252, which is what mail
/// with no or a false label nearly always is, and which can read anything.
#[must_use]
pub fn guess_charset(bytes: &[u8]) -> Cow<'_, str> {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes)
        && encoding != UTF_8
    {
        return encoding.decode_without_bom_handling(bytes.get(mark..).unwrap_or_default()).0;
    }
    let utf8 = String::from_utf8_lossy(bytes);
    match &utf8 {
        Cow::Owned(lossy) if mostly_broken(lossy) => WINDOWS_1252.decode_without_bom_handling(bytes).0,
        _ => utf8,
    }
}

/// Text of several lines: LF line ends, no byte-order mark, no control characters, no blank lines at
/// either end.
#[must_use]
pub fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\r' => {
                if characters.peek() != Some(&'\n') {
                    out.push('\n');
                }
            }
            '\n' | '\t' => out.push(character),
            '\u{FEFF}' => {}
            '\u{80}'..='\u{9F}' => out.extend(c1_as_windows_1252(character)),
            _ if character.is_control() => {}
            _ => out.push(character),
        }
    }
    let end = out.trim_end().len();
    out.truncate(end);
    let blank = out.len() - out.trim_start_matches(['\n', ' ', '\t']).len();
    let first_line = out.get(..blank).and_then(|start| start.rfind('\n')).map_or(0, |at| at + 1);
    out.split_off(first_line)
}

/// Text of one line: white space joined, control and direction-changing characters dropped, cut at
/// [`MAX_LINE`] characters.
#[must_use]
pub fn one_line(text: &str) -> String {
    let mut out = String::with_capacity(text.len().min(MAX_LINE));
    let spaced = text.chars().map(|character| if character.is_whitespace() { ' ' } else { character });
    let sound = spaced.filter(|&character| !character.is_control() && !is_bidi_control(character));
    for character in sound.take(MAX_LINE) {
        if character != ' ' || !(out.is_empty() || out.ends_with(' ')) {
            out.push(character);
        }
    }
    let end = out.trim_end().len();
    out.truncate(end);
    out
}

/// Whether a character changes the direction of text or is an invisible mark: used to disguise
/// names such as `gpj.exe`.
#[must_use]
pub fn is_bidi_control(character: char) -> bool {
    matches!(
        character,
        '\u{061C}' | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}'
    )
}

/// Text that says it is ISO 8859-1 and uses the C1 range is windows-1252: quotes, dashes, the euro.
fn c1_as_windows_1252(character: char) -> Option<char> {
    let byte = u8::try_from(u32::from(character)).ok()?;
    let found = WINDOWS_1252.decode_without_bom_handling(&[byte]).0.chars().next();
    found.filter(|character| !character.is_control())
}

/// Joins the lines of `format=flowed` text (RFC 3676 §4): a line ending in a space runs on into the
/// next of the same quote depth; one leading space is stuffing. The signature line is never joined.
#[must_use]
pub fn unflow(text: &str, delete_space: DeleteSpace) -> String {
    let mut out = String::with_capacity(text.len());
    let mut open: Option<usize> = None;
    for line in text.lines() {
        let content = line.trim_start_matches('>');
        let depth = line.len() - content.len();
        let content = content.strip_prefix(' ').unwrap_or(content);
        let signature = content == "-- ";
        if open != Some(depth) || signature {
            if !out.is_empty() {
                out.push('\n');
            }
            out.extend(std::iter::repeat_n('>', depth));
            if depth > 0 {
                out.push(' ');
            }
        }
        open = (content.ends_with(' ') && !signature).then_some(depth);
        match (open, delete_space) {
            (Some(_), DeleteSpace::Yes) => out.push_str(content.strip_suffix(' ').unwrap_or(content)),
            _ => out.push_str(content),
        }
    }
    out
}

/// The `delsp` parameter of flowed text: whether the space at a soft line break is part of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeleteSpace {
    /// `delsp=yes`: it is not.
    Yes,
    /// It is.
    No,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_go_and_line_ends_become_line_feeds() {
        assert_eq!(clean("\u{FEFF}\r\n\r\n  a\0b\rc\r\nd\u{1b}[31m\te \r\n\r\n"), "  ab\nc\nd[31m\te");
    }

    #[test]
    fn c1_characters_are_read_as_windows_1252() {
        assert_eq!(clean("\u{93}quoted\u{94} \u{80}5 \u{81}"), "“quoted” €5");
    }

    #[test]
    fn one_line_holds_no_line_end_and_no_direction_mark() {
        assert_eq!(one_line(" a\r\n\tb\u{202E}c\0 "), "a bc");
    }

    #[test]
    fn utf8_with_one_broken_byte_stays_utf8() {
        assert_eq!(guess_charset(b"\xC3\xA9\xC3\xA9\xFF"), "éé\u{FFFD}");
        assert_eq!(guess_charset(b"caf\xE9"), "café");
    }

    #[test]
    fn flowed_lines_are_joined_within_one_quote_depth() {
        let flowed = "> one \n> two\nthree \nfour\n\n stuffed\n-- \nAnn";
        assert_eq!(unflow(flowed, DeleteSpace::No), "> one two\nthree four\n\nstuffed\n-- \nAnn");
        assert_eq!(unflow("ab \ncd", DeleteSpace::Yes), "abcd");
    }
}
