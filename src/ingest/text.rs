//! Readable text out of bytes: charset, control characters, line ends, flowed lines.
//!
//! Invariant: what leaves [`clean`] or [`one_line`] holds no NUL and no other control character
//! (line feeds and tabs apart in [`clean`]); PostgreSQL refuses NULs and terminals obey the others.

use std::borrow::Cow;

use encoding_rs::WINDOWS_1252;

/// Longest single line kept of a subject, name or identifier, in characters.
const MAX_LINE: usize = 2_000;

/// Bytes of unknown charset as text: UTF-8 if most of it is, else windows-1252, which is what mail
/// with no or a false label nearly always is, and which can read anything.
#[must_use]
pub fn guess_charset(bytes: &[u8]) -> Cow<'_, str> {
    let utf8 = String::from_utf8_lossy(bytes);
    let Cow::Owned(lossy) = &utf8 else { return utf8 };
    let bad = lossy.matches('\u{FFFD}').count();
    let good = lossy.chars().filter(|character| !character.is_ascii()).count().saturating_sub(bad);
    if good > bad { utf8 } else { WINDOWS_1252.decode_without_bom_handling(bytes).0 }
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
