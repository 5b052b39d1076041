//! The tree as plain text: lines of at most 78 characters where words allow, numbers and bullets
//! kept, links written out.

use std::borrow::Cow;

use super::{Block, Inline, Level, Tree};

/// The longest line, in characters (RFC 5322 §2.1.1).
const WIDTH: usize = 78;

pub(super) fn write(tree: &Tree) -> String {
    let mut out = String::with_capacity(4096);
    blocks(&tree.blocks, "", "", &mut out);
    out
}

/// Writes blocks. The very first line begins with `first`, all others with `indent`.
fn blocks(all: &[Block], first: &str, indent: &str, out: &mut String) {
    let mut lead = first;
    for (place, block) in all.iter().enumerate() {
        if place > 0 {
            out.push_str(indent.trim_end());
            out.push('\n');
        }
        match block {
            Block::Heading(level, words) => {
                let start = out.len();
                wrap(&spoken(words), lead, indent, out);
                let longest = out.get(start..).unwrap_or_default().lines().map(|line| line.chars().count()).max();
                let under = match level {
                    Level::Title => "=",
                    Level::Section => "-",
                    Level::Part => "",
                };
                if !under.is_empty() {
                    let length = longest.unwrap_or(0).saturating_sub(indent.chars().count());
                    out.push_str(indent);
                    out.push_str(&under.repeat(length));
                    out.push('\n');
                }
            }
            Block::Paragraph(words) => wrap(&spoken(words), lead, indent, out),
            Block::List(start, items) => list(*start, items, lead, indent, out),
            Block::Quote(inner) => blocks(inner, &format!("{lead}> "), &format!("{indent}> "), out),
            Block::Rule => {
                out.push_str(lead);
                out.push_str("----------\n");
            }
        }
        lead = indent;
    }
}

fn list(start: Option<u64>, items: &[Vec<Block>], first: &str, indent: &str, out: &mut String) {
    let mut lead = first;
    let roomy = items.iter().any(|item| item.len() > 1 || item.iter().any(breaks));
    for (place, item) in items.iter().enumerate() {
        if roomy && place > 0 {
            out.push_str(indent.trim_end());
            out.push('\n');
        }
        let marker = start.map_or_else(|| "* ".to_owned(), |first| format!("{}. ", first.saturating_add(place as u64)));
        let inner = format!("{indent}{}", " ".repeat(marker.len()));
        blocks(item, &format!("{lead}{marker}"), &inner, out);
        lead = indent;
    }
}

fn breaks(block: &Block) -> bool {
    matches!(block, Block::Paragraph(words) if words.contains(&Inline::Break))
}

/// The words of a line; a forced line end is a newline.
fn spoken(words: &[Inline]) -> Cow<'_, str> {
    // As nearly all are.
    if let [Inline::Text(only)] = words {
        return Cow::Borrowed(only);
    }
    let mut text = String::with_capacity(256);
    for word in words {
        match word {
            Inline::Text(words) => text.push_str(words),
            Inline::Strong(inner) | Inline::Emphasis(inner) => text.push_str(&spoken(inner)),
            Inline::Link(url, inner) => {
                text.push_str(&spoken(inner));
                if let Some(address) = address_behind(url, inner) {
                    text.push_str(" (");
                    text.push_str(address);
                    text.push(')');
                }
            }
            Inline::Break => text.push('\n'),
        }
    }
    Cow::Owned(text)
}

/// The address a link leads to, when its words do not say it already.
pub(super) fn address_behind<'a>(url: &'a str, words: &[Inline]) -> Option<&'a str> {
    let address = url.strip_prefix("mailto:").or_else(|| url.strip_prefix("tel:")).unwrap_or(url);
    (spoken(words).trim() != address).then_some(address)
}

fn wrap(text: &str, first: &str, indent: &str, out: &mut String) {
    let mut lead = first;
    for line in text.split('\n') {
        out.push_str(lead);
        let mut length = lead.chars().count();
        let mut gap = "";
        for word in line.split(' ').filter(|word| !word.is_empty()) {
            let letters = if word.is_ascii() { word.len() } else { word.chars().count() };
            if !gap.is_empty() && length + 1 + letters > WIDTH {
                out.push('\n');
                out.push_str(indent);
                length = indent.chars().count();
            } else {
                out.push_str(gap);
                length += gap.len();
            }
            out.push_str(word);
            length += letters;
            gap = " ";
        }
        out.push('\n');
        lead = indent;
    }
}
