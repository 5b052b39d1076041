//! HTML to readable text, in bounded time.
//!
//! An HTML parser's work grows with the square of the depth of open tags, and faster where
//! formatting tags are left open, so hostile mail could hold a worker for minutes. The HTML is
//! therefore first reduced, in one pass, to the few tags that shape text: no
//! attributes, nothing that formats, nothing invisible. What is still too deep is read as bare words.

use std::collections::BTreeMap;

use super::text;

/// How many bytes of HTML are read.
pub const MAX_HTML: usize = 2 * 1024 * 1024;

/// How many tags may stand open at once.
const MAX_DEPTH: usize = 1_000;

/// How large the sum over all tags of the depth they stand at may grow: the parser's work.
const MAX_WORK: usize = 4_000_000;

/// Lines are never wrapped: the page and the reader's window do that.
const WIDTH: usize = 1_000_000;

/// What became of some HTML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// The readable text.
    pub text: String,
    /// What an officer should know about it, if anything.
    pub problem: Option<&'static str>,
}

/// The text of an HTML body.
#[must_use]
pub fn to_text(html: &str) -> Rendered {
    let cut = html.len() > MAX_HTML;
    let html = html.get(..html.floor_char_boundary(MAX_HTML)).unwrap_or_default();
    let reduced = reduce(html);
    let rendered = match reduced.shape {
        Shape::Sound => html2text::config::plain_no_decorate()
            .raw_mode(true)
            .no_table_borders()
            .link_footnotes(false)
            .string_from_read(reduced.html.as_bytes(), WIDTH)
            .ok(),
        Shape::TooDeep => None,
    };
    let deep = rendered.is_none().then_some(
        "The layout of this message is too complicated to be shown as it was meant; its words are shown without it.",
    );
    let cut = cut.then_some("This message is very long: only the first 2 MB of its text are shown.");
    let text = rendered.unwrap_or_else(|| bare_words(&reduced.html));
    Rendered { text: tidy(&text::clean(&text)), problem: deep.or(cut) }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Sound,
    TooDeep,
}

struct Reduced {
    html: String,
    shape: Shape,
}

/// What a tag becomes.
enum Role {
    /// Kept as this tag, which must be closed.
    Keep(&'static str),
    /// Kept as this tag, which has no end.
    Void(&'static str),
    /// A gap between words.
    Gap,
    /// Dropped; its target is written behind its words.
    Link,
    /// Dropped with everything up to its end tag.
    Hide,
    /// Dropped; what it holds stays.
    Drop,
}

fn role(name: &str) -> Role {
    match name {
        "p" => Role::Keep("p"),
        "div" | "table" | "tr" | "section" | "article" | "header" | "footer" | "main" | "center" | "caption"
        | "address" | "fieldset" | "form" | "figure" | "figcaption" => Role::Keep("div"),
        "ul" => Role::Keep("ul"),
        "ol" => Role::Keep("ol"),
        "li" => Role::Keep("li"),
        "blockquote" => Role::Keep("blockquote"),
        "pre" => Role::Keep("pre"),
        "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "dt" | "dd" => Role::Keep("p"),
        "a" => Role::Link,
        "br" => Role::Void("br"),
        "hr" => Role::Void("hr"),
        "td" | "th" => Role::Gap,
        "title" | "style" | "script" | "template" | "noscript" | "object" | "svg" | "math" => Role::Hide,
        _ => Role::Drop,
    }
}

/// Rewrites HTML with only the tags of [`role`] and the targets of links as text, in one pass.
fn reduce(html: &str) -> Reduced {
    let mut out = String::with_capacity(html.len() / 2);
    let mut open: BTreeMap<&'static str, usize> = BTreeMap::new();
    let (mut depth, mut work) = (0_usize, 0_usize);
    let mut shape = Shape::Sound;
    let mut cell = Cell::Open;
    let mut link: Option<(&str, usize)> = None;
    let mut quotes = Quotes::Trusted;
    let mut rest = html;
    while let Some((before, tag)) = rest.split_once('<') {
        out.push_str(before);
        if let Some(comment) = tag.strip_prefix("!--") {
            rest = comment.split_once("-->").map_or("", |(_, after)| after);
            continue;
        }
        let starts_tag =
            |text: &str| text.starts_with(|first: char| first.is_ascii_alphabetic() || "/!?".contains(first));
        if !starts_tag(tag) {
            out.push_str("&lt;");
            rest = tag;
            continue;
        }
        let (inside, after) = split_tag(tag, &mut quotes);
        rest = after;
        let (closing, inside) = inside.strip_prefix('/').map_or((false, inside), |inside| (true, inside));
        let name_end = inside.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(inside.len());
        let (name, attributes) = inside.split_at_checked(name_end).unwrap_or((inside, ""));
        let name = name.to_ascii_lowercase();
        match (role(&name), closing) {
            (Role::Keep("p" | "div"), _) if cell == Cell::OneLine => out.push(' '),
            (Role::Keep(tag), false) => {
                out.push_str(&format!("<{tag}>"));
                *open.entry(tag).or_default() += 1;
                depth += usize::from(!matches!(tag, "p" | "li"));
            }
            (Role::Keep(tag), true) => {
                if let Some(count) = open.get_mut(tag).filter(|count| **count > 0) {
                    *count -= 1;
                    depth = depth.saturating_sub(usize::from(!matches!(tag, "p" | "li")));
                    out.push_str(&format!("</{tag}>"));
                }
            }
            (Role::Void(tag), _) => out.push_str(&format!("<{tag}>")),
            (Role::Link, false) => link = link_target(attributes).map(|target| (target, out.len())),
            (Role::Link, true) => {
                if let Some((target, from)) = link.take()
                    && !out.get(from..).unwrap_or_default().contains(bare(target))
                {
                    out.push_str(&format!(" &lt;{target}&gt;"));
                }
            }
            (Role::Gap, _) => {
                cell = if closing { Cell::Open } else { Cell::of(rest) };
                out.push(' ');
            }
            (Role::Hide, false) => rest = after_end_tag(rest, &name),
            (Role::Hide, true) | (Role::Drop, _) => {}
        }
        work += depth;
        if depth > MAX_DEPTH || work > MAX_WORK {
            shape = Shape::TooDeep;
        }
    }
    out.push_str(rest);
    Reduced { html: out, shape }
}

/// How the table cell that we are in reads.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cell {
    /// Its words stand in the line of their row: Outlook puts a paragraph into every cell of a table.
    OneLine,
    /// It has lines of its own, as where a table makes the layout; or we are in no cell.
    Open,
}

impl Cell {
    /// The cell that begins here: one line if it holds at most one paragraph and no other table. Looks
    /// no further than the next cell, so that no byte is looked at twice.
    fn of(html: &str) -> Self {
        let mut paragraphs = 0;
        for tag in html.split('<').skip(1) {
            let name = tag.bytes().take_while(u8::is_ascii_alphanumeric).count();
            match tag.get(..name).unwrap_or_default().to_ascii_lowercase().as_str() {
                "p" | "div" => paragraphs += 1,
                "br" | "ul" | "ol" | "table" => return Self::Open,
                "td" | "th" | "tr" => break,
                _ if tag.starts_with("/td") || tag.starts_with("/th") => break,
                _ => {}
            }
        }
        if paragraphs <= 1 { Self::OneLine } else { Self::Open }
    }
}

/// Whether the quotes around attributes have all been closed so far.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Quotes {
    Trusted,
    Broken,
}

/// Splits after the `>` that ends a tag; a `>` inside a quoted attribute does not. Once a quote turns
/// out to be open to the very end, quotes mean nothing any more: no text is swallowed, and no byte is
/// looked at more than twice.
fn split_tag<'x>(tag: &'x str, quotes: &mut Quotes) -> (&'x str, &'x str) {
    let mut quote = None;
    for (at, byte) in tag.bytes().enumerate() {
        if *quotes == Quotes::Broken {
            break;
        }
        match (quote, byte) {
            (None, b'>') => return (tag.get(..at).unwrap_or_default(), tag.get(at + 1..).unwrap_or_default()),
            (None, b'"' | b'\'') if at > 0 && tag.as_bytes().get(at - 1) == Some(&b'=') => quote = Some(byte),
            (Some(open), byte) if byte == open => quote = None,
            _ => {}
        }
    }
    *quotes = Quotes::Broken;
    tag.split_once('>').unwrap_or((tag, ""))
}

/// What follows `</name>`; everything if there is none (a message cut short shows nothing hidden).
fn after_end_tag<'x>(html: &'x str, name: &str) -> &'x str {
    let end = format!("</{name}");
    let window = end.len();
    let found = html.as_bytes().windows(window).position(|part| part.eq_ignore_ascii_case(end.as_bytes()));
    found.and_then(|at| html.get(at..)).and_then(|tail| tail.split_once('>')).map_or("", |(_, after)| after)
}

/// A link's target, if it is one worth reading.
fn link_target(attributes: &str) -> Option<&str> {
    let at = attributes.to_ascii_lowercase().find("href=")?;
    let value = attributes.get(at + 5..)?;
    let value = match value.chars().next()? {
        quote @ ('"' | '\'') => value.get(1..)?.split(quote).next()?,
        _ => value.split(char::is_whitespace).next()?,
    };
    let sound = !value.contains(['"', '<', '>']) && value.len() <= 2_000;
    let known = ["http:", "https:", "mailto:", "tel:"];
    let lower = value.get(..value.floor_char_boundary(8))?.to_ascii_lowercase();
    (sound && known.iter().any(|scheme| lower.starts_with(scheme))).then_some(value)
}

/// A target as people write it: `mailto:ann@example.org` is `ann@example.org`.
fn bare(target: &str) -> &str {
    let start = target.find(':').map_or(0, |at| at + 1);
    target.get(start..).unwrap_or_default().trim_start_matches('/').trim_end_matches('/')
}

/// The words without any tag.
fn bare_words(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some((before, tag)) = rest.split_once('<') {
        out.push_str(before);
        if !out.ends_with('\n') {
            out.push('\n');
        }
        rest = tag.split_once('>').map_or("", |(_, after)| after);
    }
    out.push_str(rest);
    for (entity, character) in [("&nbsp;", " "), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&amp;", "&")] {
        out = out.replace(entity, character);
    }
    out
}

/// No white space at line ends, no more than one empty line together.
fn tidy(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut empty = 0;
    for line in text.lines() {
        let line = line.trim_end_matches([' ', '\u{A0}']);
        empty = if line.is_empty() { empty + 1 } else { 0 };
        if empty <= 1 {
            out.push_str(line);
            out.push('\n');
        }
    }
    text::clean(&out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(html: &str) -> String {
        to_text(html).text
    }

    #[test]
    fn blocks_become_lines_and_links_keep_their_target() {
        let html = "<html><head><title>x</title><style>p{}</style></head><body><p>Hi <b>caf&eacute;</b></p>\
                    <ul><li>one</li><li>two</li></ul><p><a href=\"https://example.org/a?b=1&amp;c=2\">a link</a></p></body>";
        assert_eq!(words(html), "Hi café\n* one\n* two\n\na link <https://example.org/a?b=1&c=2>");
    }

    #[test]
    fn a_link_whose_words_are_its_target_is_written_once() {
        let html = "<a href='mailto:ann@example.org'>ann@example.org</a> <a href=\"https://example.org/\">https://example.org</a>";
        assert_eq!(words(html), "ann@example.org https://example.org");
        assert_eq!(words("<a href='javascript:x()'>go</a>"), "go");
    }

    #[test]
    fn a_layout_table_reads_as_lines() {
        let html =
            "<table><tr><td>Flat</td><td>12A</td></tr><tr><td><table><tr><td>inner</td></tr></table></td></tr></table>";
        assert_eq!(words(html), "Flat 12A\ninner");
    }

    #[test]
    fn a_paragraph_in_every_cell_still_reads_as_a_row() {
        let html =
            "<table><tr><td><p>Cleaning</p></td><td><p>41</p></td></tr><tr><td><p>a</p><p>b</p></td></tr></table>";
        assert_eq!(words(html), "Cleaning 41\n\na\n\nb");
    }

    #[test]
    fn outlook_comments_and_hidden_parts_are_not_text() {
        let html = "<!--[if mso]><p>no</p><![endif]--><o:p>yes</o:p><script>no()</script> 3 < 4 <img src=x alt=no>";
        assert_eq!(words(html), "yes 3 < 4");
    }

    #[test]
    fn an_unclosed_quote_does_not_swallow_the_text() {
        assert_eq!(words("<p title=\"oops>text</p><p>more</p>"), "text\n\nmore");
    }

    #[test]
    fn deep_nesting_is_read_as_bare_words_at_once() {
        let html = format!("{}word &amp; word{}", "<div>".repeat(40_000), "</div>".repeat(40_000));
        let rendered = to_text(&html);
        assert_eq!(rendered.text, "word & word");
        assert!(rendered.problem.is_some());
    }

    #[test]
    fn open_formatting_tags_cost_nothing() {
        let html = "<b><font color=1><table><td></b>x<p>".repeat(50_000);
        assert!(to_text(&html).text.len() > 50_000);
    }

    #[test]
    fn html_is_cut_at_two_megabytes_and_says_so() {
        let html = "<p>é".repeat(1_000_000);
        let rendered = to_text(&html);
        assert!(rendered.problem.is_some());
    }
}
