//! Values on their way into Markdown. Whatever a resident or an officer wrote comes out as exactly
//! those words: never as formatting, a link, HTML, a template or a header.

/// Marks the start of a passage in rendered text; the element's id follows.
pub(super) const PASSAGE: char = '\u{E000}';
/// Ends the element's id.
pub(super) const PASSAGE_ID: char = '\u{E001}';
/// Marks the end of a passage.
pub(super) const PASSAGE_END: char = '\u{E002}';

/// Whether a character must not reach a letter: our own marks, control characters, and characters
/// that turn or hide the text around them.
fn unwanted(c: char) -> bool {
    matches!(
        c,
        PASSAGE | PASSAGE_ID | PASSAGE_END
            | '\u{061C}' | '\u{200B}' | '\u{200E}' | '\u{200F}'
            | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{2069}'
            | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}'
    ) || (c.is_control() && !c.is_whitespace())
}

/// The text in one line: runs of white space become one space, and what must not be in a letter is
/// left out.
#[must_use]
pub fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for word in text.split(char::is_whitespace) {
        let before = line.len();
        if before > 0 {
            line.push(' ');
        }
        let start = line.len();
        if word.bytes().all(|byte| byte.is_ascii_graphic()) {
            line.push_str(word);
        } else {
            line.extend(word.chars().filter(|c| !unwanted(*c)));
        }
        if line.len() == start {
            line.truncate(before);
        }
    }
    line
}

/// Whether the text says anything: at least one letter or digit.
#[must_use]
pub fn says_something(text: &str) -> bool {
    text.chars().any(char::is_alphanumeric)
}

/// One line of Markdown that reads as the text. Every punctuation character is escaped (`CommonMark`
/// §2.4), so nothing in it can begin a block, a span, a link, HTML or a character reference.
#[must_use]
pub fn markdown(text: &str) -> String {
    let line = one_line(text);
    let mut escaped = String::with_capacity(line.len() + line.len() / 8);
    let mut rest = line.as_str();
    while let Some(at) = rest.bytes().position(|byte| byte.is_ascii_punctuation()) {
        let (before, after) = rest.split_at(at);
        let (sign, after) = after.split_at(1);
        escaped.push_str(before);
        escaped.push('\\');
        escaped.push_str(sign);
        rest = after;
    }
    escaped.push_str(rest);
    escaped
}

/// Markdown paragraphs that read as the text: blank lines part paragraphs, other line ends stay line
/// ends.
#[must_use]
pub fn paragraphs(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace(['\r', '\u{2028}'], "\n").replace('\u{2029}', "\n\n");
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    let mut gap = "";
    for line in text.split('\n') {
        let line = markdown(line);
        if line.is_empty() {
            if !out.is_empty() {
                gap = "\n\n";
            }
            continue;
        }
        out.push_str(gap);
        out.push_str(&line);
        gap = "\\\n";
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_becomes_one_clean_line() {
        assert_eq!(one_line("  Siân\r\n\tO'Hara \u{202E}\u{0} (flat 2)\u{E000} "), "Siân O'Hara (flat 2)");
    }

    #[test]
    fn every_punctuation_character_is_escaped() {
        assert_eq!(markdown("1. [a](b) <c> &amp; {{d}}"), r"1\. \[a\]\(b\) \<c\> \&amp\; \{\{d\}\}");
    }

    #[test]
    fn officers_paragraphs_and_lines_are_kept() {
        assert_eq!(paragraphs("\n\n one\ntwo \n \n\n- three\n"), "one\\\ntwo\n\n\\- three");
        assert_eq!(paragraphs(" \r\n "), "");
    }
}
