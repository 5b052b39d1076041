//! The readable text of a message: its plain text, else its HTML as text, complete with whatever it
//! quotes. Nothing is cut out of what a resident wrote.

use std::borrow::Cow;
use std::collections::BTreeSet;

use mail_parser::{Message, MessagePart, MessagePartId, MimeHeaders, PartType};

use super::attachments::content;
use super::html;
use super::text::{self, DeleteSpace};

/// How many parts are joined into the text.
const MAX_TEXTS: usize = 100;

/// How many characters of text are kept; the rest is in the raw message.
const MAX_TEXT: usize = 2 * 1024 * 1024;

/// The text, and which parts it was made of.
#[derive(Debug, Default)]
pub struct Body {
    /// The readable text; may be empty.
    pub text: String,
    /// The parts that need not be listed as attachments, because their text is here.
    pub parts: BTreeSet<MessagePartId>,
    /// What an officer should know.
    pub problems: Vec<String>,
    /// What an officer must do.
    pub tasks: Vec<String>,
}

/// A shorter text, in bytes, is held against the formatted version.
const SHORT: usize = 600;

/// So many words that the plain text lacks make the formatted version worth showing, too.
const MORE_WORDS: usize = 3;

fn distinct_words(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| word.len() > 2);
    words.map(str::to_lowercase).collect()
}

/// The text of a message.
#[must_use]
pub fn read(message: &Message<'_>) -> Body {
    let mut body = Body::default();
    for candidates in [&message.text_body, &message.html_body, &stray_texts(message)] {
        body.parts.clear();
        body.join(message, candidates);
        if !body.text.is_empty() {
            break;
        }
    }
    if body.text.is_empty() {
        body.forwarded(message);
    } else if body.text.len() < SHORT {
        body.formatted(message);
    }
    if body.text.len() > MAX_TEXT {
        body.text.truncate(body.text.floor_char_boundary(MAX_TEXT));
        body.note("The message is very long: only the first 2 MB of its text are shown.");
    }
    if body.text.contains("-----BEGIN PGP MESSAGE-----") {
        body.note(super::attachments::ENCRYPTED);
        body.tasks.push(super::attachments::ASK_UNENCRYPTED.to_owned());
    }
    body
}

impl Body {
    /// Adds the formatted version of a short text when it says more: some mail programs write only "please
    /// view this as HTML" or a footer as plain text.
    fn formatted(&mut self, message: &Message<'_>) {
        let mut formatted = Self::default();
        formatted.join(message, &message.html_body);
        if formatted.parts.is_subset(&self.parts) {
            return;
        }
        let known = distinct_words(&self.text);
        if distinct_words(&formatted.text).difference(&known).count() < MORE_WORDS {
            return;
        }
        self.note("The message says more in its formatted version than in its plain text: both are shown.");
        self.text.push_str("\n\nThe formatted version says:\n\n");
        self.text.push_str(&formatted.text);
        self.parts.append(&mut formatted.parts);
    }

    fn join(&mut self, message: &Message<'_>, ids: &[MessagePartId]) {
        let parts = ids.iter().filter_map(|&id| Some((id, message.part(id)?)));
        let texts = parts.filter(|(_, part)| part.is_text() || is_multipart(part));
        for (seen, (id, part)) in texts.enumerate() {
            if seen == MAX_TEXTS {
                self.note("The message has very many parts: only the text of the first hundred is shown.");
                return;
            }
            let words = match &part.body {
                PartType::Text(shown) => plain(part, shown, &message.raw_message),
                PartType::Html(shown) => {
                    let rendered = html::to_text(&right_charset(part, shown, &message.raw_message));
                    rendered.problem.into_iter().for_each(|problem| self.note(problem));
                    rendered.text
                }
                PartType::Binary(bytes) if is_multipart(part) => {
                    self.note(
                        "The message is damaged: its parts could not be told apart, so all of it is shown as text.",
                    );
                    text::clean(&text::guess_charset(bytes))
                }
                _ => continue,
            };
            self.parts.insert(id);
            if !words.is_empty() {
                if !self.text.is_empty() {
                    self.text.push_str("\n\n");
                }
                self.text.push_str(&words);
            }
            if self.text.len() > MAX_TEXT {
                return;
            }
        }
    }

    /// A message that only carries another one says what that one says.
    fn forwarded(&mut self, message: &Message<'_>) {
        let inner = message.attachments.iter().find_map(|&id| message.part(id)?.message());
        let Some(inner) = inner.filter(|inner| !inner.parts.is_empty()) else { return };
        let mut within = Self::default();
        for ids in [&inner.text_body, &inner.html_body] {
            if within.text.is_empty() {
                within.join(inner, ids);
            }
        }
        if !within.text.is_empty() {
            let subject = text::one_line(inner.subject().unwrap_or_default());
            self.text = format!("Forwarded message: {subject}\n\n{}", within.text);
        }
    }

    fn note(&mut self, problem: &str) {
        if !self.problems.iter().any(|known| known == problem) {
            self.problems.push(problem.to_owned());
        }
    }
}

/// Text that mail-parser counts as an attachment though nothing calls it one: parts of a damaged
/// message, and a multipart that names no boundary.
fn stray_texts(message: &Message<'_>) -> Vec<MessagePartId> {
    let ids = message.attachments.iter().copied();
    let stray = |id: &MessagePartId| {
        message.part(*id).is_some_and(|part| {
            let attached = part.content_disposition().is_some_and(|disposition| disposition.is_attachment());
            (part.is_text() || is_multipart(part)) && !attached && part.attachment_name().is_none()
        })
    };
    ids.filter(stray).collect()
}

/// A multipart that stayed in one piece, because it names no boundary.
fn is_multipart(part: &MessagePart<'_>) -> bool {
    !matches!(part.body, PartType::Multipart(_))
        && part.content_type().is_some_and(|content| content.ctype() == "multipart")
}

/// The HTML of a message as its sender wrote it, decoded and nothing more; `None` when it has none.
#[must_use]
pub fn html(message: &Message<'_>) -> Option<String> {
    let parts = message.html_body.iter().filter_map(|&id| message.part(id));
    let written = parts.filter_map(|part| match &part.body {
        PartType::Html(shown) => Some(right_charset(part, shown, &message.raw_message)),
        _ => None,
    });
    let html: String = written.take(MAX_TEXTS).collect();
    (!html.is_empty()).then_some(html)
}

fn plain(part: &MessagePart<'_>, shown: &str, raw: &[u8]) -> String {
    let words = right_charset(part, shown, raw);
    let content = part.content_type();
    let parameter = |name: &str, value: &str| {
        content.and_then(|content| content.attribute(name)).is_some_and(|found| found.eq_ignore_ascii_case(value))
    };
    if !parameter("format", "flowed") {
        return text::clean(&words);
    }
    let delete_space = if parameter("delsp", "yes") { DeleteSpace::Yes } else { DeleteSpace::No };
    text::clean(&text::unflow(&words, delete_space))
}

/// The part's text. mail-parser has decoded it by its label; where that cannot be the whole truth it is
/// decoded again from its bytes.
fn right_charset<'x>(part: &MessagePart<'_>, shown: &'x str, raw: &[u8]) -> Cow<'x, str> {
    let label = part.content_type().and_then(|content| content.attribute("charset")).unwrap_or_default();
    let trusted = label.eq_ignore_ascii_case("utf-8") || label.is_empty();
    if shown.is_ascii() || (trusted && !shown.contains('\u{FFFD}')) {
        return Cow::Borrowed(shown);
    }
    let bytes = content(part, raw);
    if bytes.is_empty() { Cow::Borrowed(shown) } else { Cow::Owned(text::decode(label, &bytes)) }
}
