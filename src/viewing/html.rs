//! Formatted text without anything that acts, fetches or leads elsewhere.
//!
//! Three walls, each sufficient by itself: the text is reduced to canonical tags ([`super::reduce`]),
//! sanitised by ammonia with a list much shorter than its own, and shown in a sandboxed frame whose
//! policy allows no script and no request (`web::formatted`).

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Mutex, PoisonError};

use ammonia::{Builder, UrlRelative};

use super::picture::{self, Preview};
use super::reduce::{TooDeep, reduce};

/// The longest side of a picture within a text, in pixels.
const SIDE: u32 = 800;

/// How many different pictures of one message are drawn within its text.
const MOST_PICTURES: usize = 50;

/// How many bytes all pictures of one text may take; one picture may stand in many places.
const MOST_BYTES: usize = 8 * 1024 * 1024;

/// The pictures a message carries for its own text, drawn as they are met.
#[derive(Default)]
pub struct Pictures {
    by_id: BTreeMap<String, Vec<u8>>,
    drawn: Mutex<Drawn>,
}

#[derive(Default)]
struct Drawn {
    by_id: BTreeMap<String, Option<String>>,
    bytes: usize,
}

impl Pictures {
    /// Pictures as their files, by Content-ID without angle brackets.
    #[must_use]
    pub fn new(by_id: BTreeMap<String, Vec<u8>>) -> Self {
        Self { by_id, drawn: Mutex::default() }
    }

    /// A picture as a `data:` URL, drawn anew; `None` when there is none, or enough have been shown.
    fn url(&self, id: &str) -> Option<String> {
        let mut drawn = self.drawn.lock().unwrap_or_else(PoisonError::into_inner);
        if !drawn.by_id.contains_key(id) {
            let room = drawn.by_id.len() < MOST_PICTURES;
            let found = self.by_id.get(id).filter(|_| room);
            let preview = found.and_then(|bytes| picture::preview(bytes, SIDE).ok());
            drawn.by_id.insert(id.to_owned(), preview.as_ref().map(Preview::url));
        }
        let url = drawn.by_id.get(id)?.clone()?;
        drawn.bytes += url.len();
        (drawn.bytes <= MOST_BYTES).then_some(url)
    }
}

/// The formatted text, safe to be shown in its frame.
///
/// # Errors
/// [`TooDeep`]
pub fn sanitised(html: &str, pictures: Pictures) -> Result<String, TooDeep> {
    Ok(sanitiser(pictures).clean(&reduce(html)?).to_string())
}

/// The second wall by itself. It grows with the square of the depth of its input.
pub(super) fn sanitiser(pictures: Pictures) -> Builder<'static> {
    let tags = [
        "b",
        "bdi",
        "blockquote",
        "br",
        "dd",
        "div",
        "dl",
        "dt",
        "h1",
        "h2",
        "h3",
        "h4",
        "hr",
        "i",
        "img",
        "li",
        "ol",
        "p",
        "pre",
        "s",
        "span",
        "sub",
        "sup",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "u",
        "ul",
        "wbr",
    ];
    let cell = HashSet::from(["colspan", "rowspan"]);
    let attributes = HashMap::from([
        ("img", HashSet::from(["src", "alt"])),
        ("ol", HashSet::from(["start"])),
        ("td", cell.clone()),
        ("th", cell),
    ]);
    let mut builder = Builder::empty();
    builder
        .tags(HashSet::from(tags))
        .clean_content_tags(HashSet::from(["math", "script", "style", "svg", "template", "title"]))
        .tag_attributes(attributes)
        .generic_attributes(HashSet::from(["dir"]))
        .allowed_classes(HashMap::from([("span", HashSet::from(["address"]))]))
        // Links are words by now; a picture is one of the message's own or none.
        .url_schemes(HashSet::from(["cid"]))
        .url_relative(UrlRelative::Deny)
        .link_rel(None)
        .attribute_filter(move |tag, attribute, value| match (tag, attribute) {
            ("img", "src") => pictures.url(value.strip_prefix("cid:")?).map(Cow::Owned),
            _ => Some(Cow::Borrowed(value)),
        });
    builder
}
