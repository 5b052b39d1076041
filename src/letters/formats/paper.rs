//! The tree as the body of a printed letter. What a screen can do and paper cannot is made up for
//! here: addresses behind links are written out, words longer than a line may be parted, and headings
//! come one level at a time (PDF/UA).

use unicode_normalization::char::is_combining_mark;

use super::{Block, Inline, Level, Tree, text};
use crate::typesetting::{self, Print, Words};

/// Where a word longer than a line may be parted; the layout takes it for that, and nothing of it is printed.
const MAY_PART: char = '\u{200B}';

/// So many characters stay together where no sign parts a word: the layout's work grows with the square of the
/// places where a line may end.
const TOGETHER: usize = 8;

/// Makes one picture of two.
const JOINER: char = '\u{200D}';

/// Whether a character has no place of its own: an accent, or how a picture is shown.
fn belongs_to_the_last(c: char) -> bool {
    is_combining_mark(c) || matches!(c, JOINER | '\u{200C}' | '\u{FE0E}' | '\u{FE0F}')
}

/// The longest word that fits on a line for certain, in characters.
const fn longest(print: Print) -> usize {
    match print {
        Print::Standard => 44,
        Print::Large => 26,
    }
}

/// Words as paper takes them: those longer than a line may be parted, after a sign such as those of
/// addresses where that is enough, anywhere otherwise.
pub(in crate::letters) fn parted(text: &str, print: Print) -> String {
    let longest = longest(print);
    let mut parted = String::with_capacity(text.len());
    for (place, word) in text.split(' ').enumerate() {
        if place > 0 {
            parted.push(' ');
        }
        if word.chars().count() <= longest {
            parted.push_str(word);
            continue;
        }
        let sign = |c: char| matches!(c, '@' | '.' | '-' | '_' | '/' | '?' | '&' | '=');
        let anywhere = word.split(sign).any(|piece| piece.chars().count() >= longest);
        let mut before = JOINER;
        let mut together = 0;
        for c in word.chars() {
            let may_end = sign(before) || (anywhere && together >= TOGETHER);
            if may_end && before != JOINER && !belongs_to_the_last(c) {
                parted.push(MAY_PART);
                together = 0;
            }
            parted.push(c);
            before = c;
            together += 1;
        }
    }
    parted
}

pub(super) fn write(tree: &Tree, title: &str, print: Print) -> Vec<typesetting::Block> {
    let mut writer = Writer { print, level: 0, titled: false };
    if !tree.blocks.iter().any(|block| matches!(block, Block::Heading(..))) {
        let words = vec![Words::Text(parted(title, print))];
        writer.level = 1;
        let heading = typesetting::Block::Heading(1, words);
        return std::iter::once(heading).chain(writer.blocks(&tree.blocks)).collect();
    }
    writer.blocks(&tree.blocks)
}

struct Writer {
    print: Print,
    /// The level of the heading before; 0 before the first.
    level: u8,
    /// Whether the one heading of level 1 has been written.
    titled: bool,
}

impl Writer {
    fn blocks(&mut self, blocks: &[Block]) -> Vec<typesetting::Block> {
        blocks.iter().map(|block| self.block(block)).collect()
    }

    fn block(&mut self, block: &Block) -> typesetting::Block {
        match block {
            Block::Heading(level, words) => {
                let wanted = match level {
                    Level::Title if !self.titled => 1,
                    Level::Title | Level::Section => 2,
                    Level::Part => 3,
                };
                self.level = wanted.min(self.level + 1);
                self.titled |= self.level == 1;
                typesetting::Block::Heading(self.level, self.words(words))
            }
            Block::Paragraph(words) => typesetting::Block::Paragraph(self.words(words)),
            Block::List(start, items) => {
                typesetting::Block::List(*start, items.iter().map(|item| self.blocks(item)).collect())
            }
            Block::Quote(inner) => typesetting::Block::Quote(self.blocks(inner)),
            Block::Rule => typesetting::Block::Rule,
        }
    }

    fn words(&self, words: &[Inline]) -> Vec<Words> {
        words
            .iter()
            .map(|word| match word {
                Inline::Text(text) => Words::Text(parted(text, self.print)),
                Inline::Strong(inner) => Words::Strong(self.words(inner)),
                Inline::Emphasis(inner) => Words::Emphasis(self.words(inner)),
                Inline::Link(url, inner) => {
                    let mut shown = self.words(inner);
                    if let Some(address) = text::address_behind(url, inner) {
                        shown.push(Words::Text(parted(&format!(" ({address})"), self.print)));
                    }
                    Words::Link(url.clone(), shown)
                }
                Inline::Break => Words::Break,
            })
            .collect()
    }
}
