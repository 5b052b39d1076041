//! One Markdown source, several formats. The Markdown becomes a small tree; text and HTML are written
//! from the tree, so what a letter says cannot differ between them. The tree can express no HTML,
//! no picture and no link but to a website, a mailbox or a telephone.

mod html;
pub(super) mod paper;
mod text;

use std::borrow::Cow;

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use crate::domain::circumstances::LetterFormat;
use crate::typesetting::{self, Print};

/// A whole letter, or a passage of one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Tree {
    /// Its blocks, in order.
    pub blocks: Vec<Block>,
    /// What a letter cannot contain and was therefore shown as plain words, or not at all.
    pub refused: Vec<Refused>,
}

/// Something Markdown can say and a letter cannot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Refused {
    /// HTML: shown as it is written.
    Html,
    /// A picture: its description is shown.
    Picture,
    /// A link to something other than a website, mailbox or telephone: its words are shown.
    Link,
    /// Program code: shown as words.
    Code,
    /// Lists, quotations or marked words within each other without end: shown as words.
    Depth,
}

/// A block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Block {
    /// A heading and its level: one is the letter's title, two a section.
    Heading(Level, Vec<Inline>),
    /// A paragraph.
    Paragraph(Vec<Inline>),
    /// A list: numbered from a number, or with bullets.
    List(Option<u64>, Vec<Vec<Block>>),
    /// A quotation.
    Quote(Vec<Block>),
    /// A line across.
    Rule,
}

/// The level of a heading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    /// The title.
    Title,
    /// A section.
    Section,
    /// Below a section.
    Part,
}

/// A piece of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Inline {
    /// Words.
    Text(String),
    /// Important words.
    Strong(Vec<Inline>),
    /// Stressed words.
    Emphasis(Vec<Inline>),
    /// A link and its words.
    Link(String, Vec<Inline>),
    /// The line ends here.
    Break,
}

/// So deep may things stand within each other; no letter for people needs more, and no reader of the
/// tree has to fear for its stack.
const DEEPEST: u8 = 8;

/// Reads Markdown (`CommonMark`, no extensions).
pub(super) fn tree(markdown: &str) -> Tree {
    let mut reader = Reader { events: Parser::new_ext(markdown, Options::empty()), refused: Vec::new(), depth: 0 };
    let blocks = reader.blocks();
    let mut refused = reader.refused;
    refused.sort_unstable();
    refused.dedup();
    Tree { blocks, refused }
}

impl Tree {
    /// How many titles it has.
    pub fn titles(&self) -> usize {
        self.blocks.iter().filter(|block| matches!(block, Block::Heading(Level::Title, _))).count()
    }

    /// Plain text.
    pub fn to_text(&self) -> String {
        text::write(self)
    }

    /// The body of a printed letter.
    pub fn to_paper(&self, title: &str, print: Print) -> Vec<typesetting::Block> {
        paper::write(self, title, print)
    }
}

/// A letter in the format its reader needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Formatted {
    /// Plain text: every format has it.
    pub text: String,
    /// A complete HTML document, unless plain text alone is wanted.
    pub html: Option<String>,
}

/// Writes a letter with this title, in words of this language, in a format.
pub(super) fn format(tree: &Tree, (title, language): (&str, &str), format: LetterFormat) -> Formatted {
    let html = match format {
        LetterFormat::LargePrint => Some(html::write(tree, (title, language), &html::LARGE)),
        LetterFormat::PlainText => None,
        // What people make by hand is made from the ordinary letter.
        LetterFormat::Standard | LetterFormat::EasyRead | LetterFormat::Audio | LetterFormat::Braille => {
            Some(html::write(tree, (title, language), &html::STANDARD))
        }
    };
    Formatted { text: tree.to_text(), html }
}

struct Reader<'a> {
    events: Parser<'a>,
    refused: Vec<Refused>,
    /// In how many things the reader stands.
    depth: u8,
}

impl Reader<'_> {
    /// Blocks up to the end of the one that contains them.
    fn blocks(&mut self) -> Vec<Block> {
        let mut blocks = Vec::new();
        // Words without a paragraph around them, as in the items of a tight list.
        let mut loose = Vec::new();
        while let Some(event) = self.events.next() {
            let block = match event {
                Event::Start(Tag::Paragraph) => Block::Paragraph(self.inlines()),
                Event::Start(Tag::Heading { level, .. }) => {
                    let level = match level {
                        HeadingLevel::H1 => Level::Title,
                        HeadingLevel::H2 => Level::Section,
                        _ => Level::Part,
                    };
                    Block::Heading(level, self.inlines())
                }
                Event::Start(Tag::List(_) | Tag::BlockQuote(_)) if self.depth == DEEPEST => {
                    Block::Paragraph(self.words_alone())
                }
                Event::Start(Tag::List(start)) => Block::List(start, self.deeper(Self::items)),
                Event::Start(Tag::BlockQuote(_)) => Block::Quote(self.deeper(Self::blocks)),
                Event::Start(Tag::CodeBlock(_)) => {
                    self.refused.push(Refused::Code);
                    Block::Paragraph(self.inlines())
                }
                Event::Start(Tag::HtmlBlock) => Block::Paragraph(self.inlines()),
                Event::Rule => Block::Rule,
                Event::End(TagEnd::Item | TagEnd::BlockQuote(_) | TagEnd::List(_)) => break,
                other => {
                    self.inline(other, &mut loose);
                    continue;
                }
            };
            if !loose.is_empty() {
                blocks.push(Block::Paragraph(std::mem::take(&mut loose)));
            }
            blocks.push(block);
        }
        if !loose.is_empty() {
            blocks.push(Block::Paragraph(loose));
        }
        blocks
    }

    fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> T) -> T {
        self.depth += 1;
        let found = read(self);
        self.depth -= 1;
        found
    }

    /// The words up to the end of whatever contains them, and nothing of what is around them.
    fn words_alone(&mut self) -> Vec<Inline> {
        self.refused.push(Refused::Depth);
        let (mut pieces, mut open) = (Vec::new(), 1_usize);
        while open > 0
            && let Some(event) = self.events.next()
        {
            match event {
                Event::Start(_) => open += 1,
                Event::End(_) => {
                    open -= 1;
                    add_text(&mut pieces, " ");
                }
                other => self.inline(other, &mut pieces),
            }
        }
        pieces
    }

    /// Pieces within a piece.
    fn within(&mut self) -> Vec<Inline> {
        if self.depth == DEEPEST { self.words_alone() } else { self.deeper(Self::inlines) }
    }

    fn items(&mut self) -> Vec<Vec<Block>> {
        let mut items = Vec::new();
        while let Some(Event::Start(Tag::Item)) = self.events.next() {
            items.push(self.blocks());
        }
        items
    }

    /// Pieces up to the end of whatever contains them.
    fn inlines(&mut self) -> Vec<Inline> {
        let mut pieces = Vec::new();
        while let Some(event) = self.events.next() {
            if let Event::End(_) = event {
                break;
            }
            self.inline(event, &mut pieces);
        }
        pieces
    }

    fn inline(&mut self, event: Event<'_>, pieces: &mut Vec<Inline>) {
        match event {
            Event::Text(text) => add_text(pieces, &text),
            Event::SoftBreak => add_text(pieces, " "),
            Event::HardBreak => pieces.push(Inline::Break),
            Event::Start(Tag::Strong) => pieces.push(Inline::Strong(self.within())),
            Event::Start(Tag::Emphasis) => pieces.push(Inline::Emphasis(self.within())),
            Event::Start(Tag::Link { dest_url, .. }) => {
                let words = self.within();
                if ["https://", "http://", "mailto:", "tel:"].iter().any(|scheme| dest_url.starts_with(scheme)) {
                    pieces.push(Inline::Link(dest_url.into_string(), words));
                } else {
                    self.refused.push(Refused::Link);
                    pieces.extend(words);
                }
            }
            Event::Start(Tag::Image { .. }) => {
                self.refused.push(Refused::Picture);
                pieces.extend(self.within());
            }
            Event::Code(text) | Event::InlineMath(text) | Event::DisplayMath(text) => {
                self.refused.push(Refused::Code);
                add_text(pieces, &text);
            }
            Event::Html(text) | Event::InlineHtml(text) => {
                self.refused.push(Refused::Html);
                add_text(pieces, &text);
            }
            Event::Start(_) | Event::End(_) | Event::FootnoteReference(_) | Event::Rule | Event::TaskListMarker(_) => {}
        }
    }
}

/// Room for the words of most paragraphs, which come in pieces.
const LINE: usize = 120;

/// Adds words; control characters say nothing in a letter, and not every format can carry them.
fn add_text(pieces: &mut Vec<Inline>, text: &str) {
    let fits = |c: char| !c.is_control() || matches!(c, '\n' | '\t');
    let words = if text.chars().all(fits) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.chars().filter(|c| fits(*c)).collect())
    };
    if let Some(Inline::Text(last)) = pieces.last_mut() {
        last.push_str(&words);
    } else {
        let mut new = String::with_capacity(words.len().max(LINE));
        new.push_str(&words);
        pieces.push(Inline::Text(new));
    }
}
