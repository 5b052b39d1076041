//! Formatted mail reduced to the tags that shape text, in one pass and before any HTML parser sees it.
//!
//! Invariants: the work is linear in the bytes; what comes out is canonical (every tag is one of
//! [`role`]'s, every attribute is written by us and quoted), so that the parser behind reads exactly
//! what was counted here, and its work, which grows with the square of the depth, is bounded. A link
//! is no link any more: its address stands in full behind its words.

use std::collections::BTreeMap;

/// How many bytes of HTML are read.
const MAX_HTML: usize = 2 * 1024 * 1024;

/// How many tags may stand open at once.
const MAX_DEPTH: usize = 300;

/// How large the sum over all tags of the depth they stand at may grow: the parser's work.
const MAX_WORK: usize = 2_000_000;

/// How many bytes of words may follow each other without a tag, where they hold letters that take work.
const MAX_RUN: usize = 4_096;

/// The longest address, description or Content-ID.
const MAX_VALUE: usize = 2_000;

/// The layout is too complicated to be read in bounded time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the layout of this message is too complicated to be shown")]
pub struct TooDeep;

/// What a tag becomes.
#[derive(Clone, Copy)]
enum Role {
    /// Kept as this tag, which must be closed.
    Keep(&'static str),
    /// Kept as this tag, which the next of its kind closes.
    Row(&'static str),
    /// Kept as this tag, which has no end.
    Void(&'static str),
    /// Words, and the address they lead to.
    Link,
    /// A picture of the message's own, or its description.
    Picture,
    /// Dropped with everything up to its end tag.
    Hide,
    /// Dropped; what it holds stays.
    Drop,
}

fn role(name: &str) -> Role {
    match name {
        "p" => Role::Row("p"),
        "li" => Role::Row("li"),
        "dt" => Role::Row("dt"),
        "dd" => Role::Row("dd"),
        "tr" => Role::Row("tr"),
        "td" => Role::Row("td"),
        "th" => Role::Row("th"),
        "thead" => Role::Row("thead"),
        "tbody" => Role::Row("tbody"),
        "tfoot" => Role::Row("tfoot"),
        "div" | "section" | "article" | "header" | "footer" | "main" | "center" | "address" | "fieldset" | "form"
        | "figure" | "figcaption" => Role::Keep("div"),
        "table" => Role::Keep("table"),
        "ul" => Role::Keep("ul"),
        "ol" => Role::Keep("ol"),
        "dl" => Role::Keep("dl"),
        "blockquote" => Role::Keep("blockquote"),
        "pre" => Role::Keep("pre"),
        "h1" => Role::Keep("h1"),
        "h2" => Role::Keep("h2"),
        "h3" => Role::Keep("h3"),
        "h4" | "h5" | "h6" => Role::Keep("h4"),
        "b" | "strong" => Role::Keep("b"),
        "i" | "em" => Role::Keep("i"),
        "u" | "ins" => Role::Keep("u"),
        "s" | "strike" | "del" => Role::Keep("s"),
        "sub" => Role::Keep("sub"),
        "sup" => Role::Keep("sup"),
        "bdi" => Role::Keep("bdi"),
        "br" => Role::Void("br"),
        "hr" => Role::Void("hr"),
        "a" => Role::Link,
        "img" => Role::Picture,
        "title" | "style" | "script" | "template" | "noembed" | "noframes" | "object" | "iframe" | "svg" | "math"
        | "xmp" | "video" | "audio" | "canvas" => Role::Hide,
        _ => Role::Drop,
    }
}

/// The attributes of a tag that are kept, checked: nothing else of what was written stays.
fn attributes(tag: &Tag<'_>, kept: &str) -> String {
    let mut out = String::new();
    if let Some(dir) = tag.attribute("dir").map(str::to_ascii_lowercase)
        && matches!(dir.as_str(), "ltr" | "rtl" | "auto")
    {
        out.push_str(&format!(" dir=\"{dir}\""));
    }
    let wanted: &[&str] = match kept {
        "td" | "th" => &["colspan", "rowspan"],
        "ol" => &["start"],
        _ => &[],
    };
    for name in wanted {
        if let Some(number) = tag.attribute(name).and_then(|value| value.trim().parse::<u8>().ok()) {
            out.push_str(&format!(" {name}=\"{number}\""));
        }
    }
    out
}

/// Reduces HTML to canonical tags. What lies beyond the first 2 MB is left out.
///
/// # Errors
/// [`TooDeep`]
pub fn reduce(html: &str) -> Result<String, TooDeep> {
    let mut rest = html.get(..html.floor_char_boundary(MAX_HTML)).unwrap_or_default();
    let mut page = Page::default();
    let mut quotes = Quotes::Trusted;
    while let Some((before, tag)) = rest.split_once('<') {
        page.text(before);
        if let Some(comment) = tag.strip_prefix("!--") {
            rest = comment.split_once("-->").map_or("", |(_, after)| after);
            continue;
        }
        if tag.starts_with(['!', '?']) {
            rest = tag.split_once('>').map_or("", |(_, after)| after);
            continue;
        }
        let closing = tag.starts_with('/');
        let inside = tag.strip_prefix('/').unwrap_or(tag);
        if !inside.starts_with(|first: char| first.is_ascii_alphabetic()) {
            page.text("<");
            rest = tag;
            continue;
        }
        let (tag, after) = Tag::read(inside, &mut quotes);
        rest = after;
        match (role(&tag.name), closing) {
            (Role::Hide, false) => rest = after_end_tag(rest, &tag.name),
            (role, false) => page.opens(role, &tag),
            (role, true) => page.closes(role),
        }
        if page.depth > MAX_DEPTH || page.work > MAX_WORK {
            return Err(TooDeep);
        }
    }
    page.text(rest);
    page.link_ends();
    Ok(page.out)
}

/// What has been written so far.
#[derive(Default)]
struct Page {
    out: String,
    open: BTreeMap<&'static str, usize>,
    depth: usize,
    work: usize,
    /// Where the last tag ends.
    tag_at: usize,
    /// The address of the link that we are in, and where its words begin.
    link: Option<(String, usize)>,
}

impl Page {
    /// Words between tags. Entities stay what they are; what looks like a tag is none.
    fn text(&mut self, text: &str) {
        let mut rest = text;
        while let Some(at) = rest.find(|c| matches!(c, '&' | '<' | '>' | '\u{80}'..='\u{BF}')) {
            let (before, special) = rest.split_at_checked(at).unwrap_or_default();
            self.out.push_str(before);
            // For each of these the parser's writer looks through the rest of the words up to the next tag.
            if self.out.len() > self.tag_at + MAX_RUN {
                self.tag("wbr", "");
            }
            let mut characters = special.chars();
            match characters.next() {
                Some('<') => self.out.push_str("&lt;"),
                Some('>') => self.out.push_str("&gt;"),
                other => self.out.extend(other),
            }
            rest = characters.as_str();
        }
        self.out.push_str(rest);
    }

    fn tag(&mut self, name: &str, attributes: &str) {
        self.out.push_str(&format!("<{name}{attributes}>"));
        self.tag_at = self.out.len();
    }

    fn opens(&mut self, role: Role, tag: &Tag<'_>) {
        match role {
            Role::Keep(kept) => {
                *self.open.entry(kept).or_default() += 1;
                self.depth += 1;
                // Formatting is repeated in every paragraph it reaches into; without attributes only thrice.
                let attributes =
                    if matches!(kept, "b" | "i" | "u" | "s") { String::new() } else { attributes(tag, kept) };
                self.tag(kept, &attributes);
            }
            Role::Row(kept) => {
                *self.open.entry(kept).or_default() += 1;
                self.tag(kept, &attributes(tag, kept));
            }
            Role::Void(kept) => self.tag(kept, ""),
            Role::Link => {
                self.link_ends();
                self.link = tag.attribute("href").and_then(address).map(|address| (address, self.out.len()));
            }
            Role::Picture => self.picture(tag),
            Role::Hide | Role::Drop => {}
        }
        self.work += self.depth + 1;
    }

    fn closes(&mut self, role: Role) {
        match role {
            Role::Keep(kept) | Role::Row(kept) => {
                if let Some(count) = self.open.get_mut(kept).filter(|count| **count > 0) {
                    *count -= 1;
                    self.depth = self.depth.saturating_sub(usize::from(matches!(role, Role::Keep(_))));
                    self.tag(&format!("/{kept}"), "");
                }
            }
            Role::Link => self.link_ends(),
            // `</br>` is a line break to every browser.
            Role::Void("br") => self.tag("br", ""),
            _ => {}
        }
        self.work += self.depth + 1;
    }

    /// The link is over: its address follows, unless its words are the address.
    fn link_ends(&mut self) {
        let Some((address, from)) = self.link.take() else { return };
        let address = escaped(&address);
        let bare = address.split_once(':').map_or(address.as_str(), |(_, rest)| rest.trim_matches('/'));
        if !self.out.get(from..).unwrap_or_default().contains(bare) {
            self.out.push(' ');
            self.tag("span", " class=\"address\"");
            self.out.push_str(&format!("&lt;{address}&gt;"));
            self.tag("/span", "");
        }
    }

    /// A picture that the message carries stays, by its Content-ID; of any other its description stays.
    fn picture(&mut self, tag: &Tag<'_>) {
        let own = tag.attribute("src").and_then(|src| {
            let (scheme, id) = src.trim().split_once(':')?;
            scheme.eq_ignore_ascii_case("cid").then(|| escaped(&percent_decoded(&decoded(id))))
        });
        let alt = escaped(&decoded(tag.attribute("alt").unwrap_or_default()));
        match own {
            Some(id) => self.tag("img", &format!(" src=\"cid:{id}\" alt=\"{alt}\"")),
            None if alt.trim().is_empty() => {}
            None => self.tag("img", &format!(" alt=\"{alt}\"")),
        }
    }
}

/// One tag as written.
struct Tag<'x> {
    name: String,
    attributes: Vec<(&'x str, &'x str)>,
}

/// Whether the quotes around attributes have all been closed so far.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Quotes {
    Trusted,
    Broken,
}

impl<'x> Tag<'x> {
    /// Reads a tag from behind its `<` or `</`, and gives what follows its `>`. Once a tag turns out to be
    /// open to the very end, quotes mean nothing any more: no text is swallowed, and no byte is looked at
    /// more than twice.
    fn read(text: &'x str, quotes: &mut Quotes) -> (Self, &'x str) {
        if *quotes == Quotes::Trusted {
            if let Some(read) = Self::read_whole(text) {
                return read;
            }
            *quotes = Quotes::Broken;
        }
        let (inside, after) = text.split_once('>').unwrap_or((text, ""));
        (Self { name: name(inside).to_ascii_lowercase(), attributes: Vec::new() }, after)
    }

    fn read_whole(text: &'x str) -> Option<(Self, &'x str)> {
        let tag_name = name(text);
        let mut tag = Self { name: tag_name.to_ascii_lowercase(), attributes: Vec::new() };
        let mut rest = text.get(tag_name.len()..)?;
        loop {
            rest = rest.trim_start_matches(|c: char| is_space(c) || c == '/');
            if let Some(after) = rest.strip_prefix('>') {
                return Some((tag, after));
            }
            // An attribute's name may begin with `=`, and with nothing else that would end it.
            let first = rest.chars().next()?.len_utf8();
            let end = rest.get(first..)?.find(|c: char| is_space(c) || matches!(c, '/' | '>' | '='))? + first;
            let (key, after) = rest.split_at_checked(end)?;
            let value;
            (value, rest) = match after.trim_start_matches(is_space).strip_prefix('=') {
                None => ("", after),
                Some(after) => {
                    let after = after.trim_start_matches(is_space);
                    match after.chars().next()? {
                        quote @ ('"' | '\'') => after.get(1..)?.split_once(quote)?,
                        _ => after.split_at_checked(after.find(|c: char| is_space(c) || c == '>')?)?,
                    }
                }
            };
            if WANTED.iter().any(|wanted| wanted.eq_ignore_ascii_case(key)) && tag.attribute(key).is_none() {
                tag.attributes.push((key, value));
            }
        }
    }

    fn attribute(&self, name: &str) -> Option<&'x str> {
        self.attributes.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| *value)
    }
}

/// The attributes that are looked at; a tag with thousands of others costs nothing.
const WANTED: [&str; 7] = ["href", "src", "alt", "dir", "colspan", "rowspan", "start"];

const fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{C}')
}

fn name(tag: &str) -> &str {
    let end = tag.find(|c: char| is_space(c) || matches!(c, '/' | '>')).unwrap_or(tag.len());
    tag.get(..end).unwrap_or_default()
}

/// What follows `</name>`; nothing if there is none: what was to be hidden is not shown.
fn after_end_tag<'x>(html: &'x str, name: &str) -> &'x str {
    let end = format!("</{name}");
    let found = html.as_bytes().windows(end.len()).position(|part| part.eq_ignore_ascii_case(end.as_bytes()));
    found.and_then(|at| html.get(at..)).and_then(|tail| tail.split_once('>')).map_or("", |(_, after)| after)
}

/// A link's address as people may read and copy it: only schemes that people use, nothing that turns the
/// direction of writing or hides.
fn address(href: &str) -> Option<String> {
    let whole = decoded(href);
    let shown = |c: &char| !c.is_whitespace() && !c.is_control() && !is_invisible(*c);
    let address: String = whole.chars().filter(shown).take(MAX_VALUE).collect();
    let scheme = address.split_once(':')?.0.to_ascii_lowercase();
    matches!(scheme.as_str(), "http" | "https" | "mailto" | "tel").then_some(address)
}

/// Characters that take no room or turn the direction of writing (Unicode's format characters).
const fn is_invisible(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{61C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}')
}

/// An attribute's value with its entities read: numbers, and the names that mail programs use there.
fn decoded(value: &str) -> String {
    let value = value.get(..value.floor_char_boundary(MAX_VALUE)).unwrap_or_default();
    let mut parts = value.split('&');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.bytes().position(|byte| !byte.is_ascii_alphanumeric() && byte != b'#').unwrap_or(part.len());
        let (name, after) = part.split_at_checked(end).unwrap_or_default();
        let number = name.strip_prefix('#').and_then(|number| match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok(),
            None => number.parse().ok(),
        });
        let character = match name {
            "amp" => Some('&'),
            "lt" => Some('<'),
            "gt" => Some('>'),
            "quot" => Some('"'),
            "apos" => Some('\''),
            _ => number.and_then(char::from_u32),
        };
        if let Some(character) = character {
            out.push(character);
            out.push_str(after.strip_prefix(';').unwrap_or(after));
        } else {
            out.push('&');
            out.push_str(part);
        }
    }
    out
}

/// A Content-ID as it stands in a `cid:` address (RFC 2392): `%40` is `@`.
fn percent_decoded(id: &str) -> String {
    let mut parts = id.split('%');
    let mut out = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        match part.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                out.push(byte);
                out.extend_from_slice(part.get(2..).unwrap_or_default().as_bytes());
            }
            None => {
                out.push(b'%');
                out.extend_from_slice(part.as_bytes());
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Words for use as text or within quotes.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
