//! The tree as a complete HTML document: one `h1`, the language said, inline styles only, nothing
//! fetched from anywhere, and no colours of its own, so that it follows the reader's light or dark
//! theme and contrast settings.

use super::{Block, Inline, Level, Tree};

const PAGE: &str = "max-width:38em;margin:0 auto;overflow-wrap:break-word";
const PARAGRAPH: &str = "margin:0 0 14px";
const LIST: &str = "margin:0 0 14px;padding-left:1.6em";
const ITEM: &str = "margin:0 0 10px";
const QUOTE: &str = "margin:0 0 14px;padding-left:1em;border-left:4px solid";

/// The styles that say how large the words are.
pub(super) struct Sizes {
    body: &'static str,
    title: &'static str,
    section: &'static str,
    part: &'static str,
}

/// Ordinary sizes.
pub(super) const STANDARD: Sizes = Sizes {
    body: "margin:0;padding:16px;font-family:Arial,Helvetica,sans-serif;font-size:18px;line-height:1.5",
    title: "font-size:28px;line-height:1.25;margin:24px 0 16px",
    section: "font-size:21px;line-height:1.3;margin:28px 0 8px",
    part: "font-size:18px;margin:20px 0 8px",
};

/// Large print: 24 pixels of CSS are 18 points.
pub(super) const LARGE: Sizes = Sizes {
    body: "margin:0;padding:16px;font-family:Arial,Helvetica,sans-serif;font-size:24px;line-height:1.5",
    title: "font-size:34px;line-height:1.25;margin:24px 0 16px",
    section: "font-size:28px;line-height:1.3;margin:32px 0 10px",
    part: "font-size:24px;margin:24px 0 10px",
};

pub(super) fn write(tree: &Tree, (title, language): (&str, &str), sizes: &Sizes) -> String {
    let mut out = String::with_capacity(8192);
    // A tag of small letters and hyphens: nothing in it needs escaping.
    out.push_str(&format!("<!DOCTYPE html>\n<html lang=\"{language}\">\n<head>\n<meta charset=\"utf-8\">\n"));
    out.push_str("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    out.push_str("<meta name=\"color-scheme\" content=\"light dark\">\n<title>");
    escape(title, &mut out);
    out.push_str("</title>\n</head>\n");
    out.push_str(&format!("<body style=\"{}\">\n<div style=\"{PAGE}\">\n", sizes.body));
    let mut writer = Writer { out, sizes, titled: Titled::NotYet };
    writer.blocks(&tree.blocks);
    let mut out = writer.out;
    out.push_str("</div>\n</body>\n</html>\n");
    out
}

/// Whether the one `h1` has been written.
#[derive(PartialEq, Eq)]
enum Titled {
    NotYet,
    Done,
}

struct Writer<'a> {
    out: String,
    sizes: &'a Sizes,
    titled: Titled,
}

impl Writer<'_> {
    fn open(&mut self, tag: &str, style: &str) {
        push(&mut self.out, &["<", tag, " style=\"", style, "\">"]);
    }

    fn close(&mut self, tag: &str) {
        push(&mut self.out, &["</", tag, ">\n"]);
    }

    fn blocks(&mut self, blocks: &[Block]) {
        for block in blocks {
            match block {
                Block::Heading(Level::Title, words) if self.titled == Titled::NotYet => {
                    self.titled = Titled::Done;
                    self.leaf("h1", self.sizes.title, words);
                }
                Block::Heading(Level::Title | Level::Section, words) => self.leaf("h2", self.sizes.section, words),
                Block::Heading(Level::Part, words) => self.leaf("h3", self.sizes.part, words),
                Block::Paragraph(words) => self.leaf("p", PARAGRAPH, words),
                Block::List(start, items) => self.list(*start, items),
                Block::Quote(inner) => {
                    self.open("blockquote", QUOTE);
                    self.blocks(inner);
                    self.close("blockquote");
                }
                Block::Rule => self.out.push_str("<hr>\n"),
            }
        }
    }

    fn list(&mut self, start: Option<u64>, items: &[Vec<Block>]) {
        let tag = if start.is_some() { "ol" } else { "ul" };
        match start {
            None | Some(1) => self.out.push_str(&format!("<{tag} style=\"{LIST}\">\n")),
            Some(from) => self.out.push_str(&format!("<ol start=\"{from}\" style=\"{LIST}\">\n")),
        }
        for item in items {
            self.open("li", ITEM);
            // A single paragraph needs no paragraph of its own.
            if let [Block::Paragraph(words)] = item.as_slice() {
                self.inlines(words);
            } else {
                self.blocks(item);
            }
            self.close("li");
        }
        self.close(tag);
    }

    fn leaf(&mut self, tag: &str, style: &str, words: &[Inline]) {
        self.open(tag, style);
        self.inlines(words);
        self.close(tag);
    }

    fn inlines(&mut self, words: &[Inline]) {
        for word in words {
            match word {
                Inline::Text(text) => escape(text, &mut self.out),
                Inline::Strong(inner) => self.span("strong", inner),
                Inline::Emphasis(inner) => self.span("em", inner),
                Inline::Link(url, inner) => {
                    self.out.push_str("<a href=\"");
                    escape(url, &mut self.out);
                    self.out.push_str("\">");
                    self.inlines(inner);
                    self.out.push_str("</a>");
                }
                Inline::Break => self.out.push_str("<br>\n"),
            }
        }
    }

    fn span(&mut self, tag: &str, words: &[Inline]) {
        push(&mut self.out, &["<", tag, ">"]);
        self.inlines(words);
        push(&mut self.out, &["</", tag, ">"]);
    }
}

fn push(out: &mut String, pieces: &[&str]) {
    pieces.iter().for_each(|piece| out.push_str(piece));
}

fn escape(text: &str, out: &mut String) {
    let mut rest = text;
    while let Some(at) = rest.bytes().position(|byte| matches!(byte, b'&' | b'<' | b'>' | b'"' | b'\'')) {
        let (before, sign) = rest.split_at(at);
        out.push_str(before);
        out.push_str(match sign.as_bytes().first() {
            Some(b'&') => "&amp;",
            Some(b'<') => "&lt;",
            Some(b'>') => "&gt;",
            Some(b'"') => "&quot;",
            _ => "&#39;",
        });
        rest = sign.get(1..).unwrap_or_default();
    }
    out.push_str(rest);
}
