//! Search: what an officer remembers of a message or a resident, and what was found. A case reference
//! finds its case.

use askama::Template;
use axum::Extension;
use axum::extract::{Query as Address, State};
use axum::response::Response;
use serde::Deserialize;

use super::app::App;
use super::contacts::ContactRow;
use super::fault::Fault;
use super::page::{Place, Shell, resident_name};
use super::visit::Visit;
use crate::domain::case::Case;
use crate::domain::search::Query;
use crate::domain::words;

/// So many contacts stand on one page.
const ON_A_PAGE: usize = 50;

/// So many cases are shown; more words find fewer.
const MOST_CASES: usize = 20;

/// How many letters of what was typed count.
const MAX_TYPED: usize = 500;

/// The page's address says what is looked for.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Wanted {
    /// What was typed.
    q: String,
    /// Contacts before this number.
    before: String,
}

/// A search and what it found.
#[derive(Debug, Clone, Default)]
pub struct SearchView {
    /// What was typed.
    pub typed: String,
    /// Whether anything was looked for.
    pub asked: Asked,
    /// Cases found.
    pub cases: Vec<FoundCase>,
    /// One page of the contacts found, newest first.
    pub rows: Vec<ContactRow>,
    /// The address of the page with older ones.
    pub older: Option<String>,
    /// The address of the first page, when this is not it.
    pub newest: Option<String>,
}

/// Whether there was a word to look for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Asked {
    /// Nothing was typed yet.
    #[default]
    Nothing,
    /// Something was typed that holds no word.
    NoWord,
    /// Yes.
    Words,
}

/// A case that was found.
#[derive(Debug, Clone)]
pub struct FoundCase {
    /// Its reference.
    pub reference: String,
    /// Who complains.
    pub resident: String,
    /// When it was received, in words.
    pub received: String,
}

impl FoundCase {
    /// A case that was found.
    #[must_use]
    pub fn of(case: &Case) -> Self {
        Self {
            reference: case.reference.to_string(),
            resident: resident_name(&case.resident),
            received: words::instant(case.current.received_at),
        }
    }
}

impl SearchView {
    /// Whether something was looked for and nothing found.
    #[must_use]
    pub fn found_nothing(&self) -> bool {
        self.asked == Asked::Words && self.cases.is_empty() && self.rows.is_empty()
    }

    /// Whether something was typed that holds no word.
    #[must_use]
    pub fn holds_no_word(&self) -> bool {
        self.asked == Asked::NoWord
    }
}

#[derive(Template)]
#[template(path = "search.html")]
struct Page<'a> {
    shell: Shell<'a>,
    place: Place,
    view: &'a SearchView,
}

/// The page.
///
/// # Errors
/// When the template cannot be written.
pub fn html(shell: Shell<'_>, view: &SearchView) -> Result<String, askama::Error> {
    Page { shell, place: Place::Search, view }.render()
}

/// `GET /search`
///
/// # Errors
/// [`Fault`]
pub async fn show(
    State(app): State<App>,
    Extension(visit): Extension<Visit>,
    Address(wanted): Address<Wanted>,
) -> Result<Response, Fault> {
    let typed: String = wanted.q.trim().chars().take(MAX_TYPED).collect();
    let Some(query) = Query::of(&typed) else {
        let asked = if typed.is_empty() { Asked::Nothing } else { Asked::NoWord };
        let view = SearchView { typed, asked, ..SearchView::default() };
        return app.page(&visit, None, |shell| html(shell, &view));
    };
    let store = &app.casework.store;
    let before = wanted.before.parse().ok();
    let mut contacts = store.find_contacts(&query, before, ON_A_PAGE + 1).await?;
    let more = contacts.len() > ON_A_PAGE;
    contacts.truncate(ON_A_PAGE);
    let cases = if before.is_none() { store.find_cases(&query, MOST_CASES).await? } else { Vec::new() };
    let address = format!("/search?q={}", in_an_address(&typed));
    let view = SearchView {
        asked: Asked::Words,
        cases: cases.iter().map(FoundCase::of).collect(),
        rows: contacts.iter().map(|contact| ContactRow::of(contact, &app.hand_over)).collect(),
        older: contacts.last().filter(|_| more).map(|oldest| format!("{address}&before={}", oldest.id)),
        newest: before.map(|_| address.clone()),
        typed,
    };
    app.page(&visit, None, |shell| html(shell, &view))
}

/// A text as the value of a parameter in an address (RFC 3986).
fn in_an_address(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_travels_in_the_address() {
        assert_eq!(in_an_address("ŵyn & 2 \"x\""), "%C5%B5yn%20%26%202%20%22x%22");
    }
}
