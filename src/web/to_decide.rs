//! The list of contacts that wait for an officer, urgent words first, then the longest waiting: what
//! came by junk, may belong to a case, or needs something done.

use askama::Template;
use axum::Extension;
use axum::extract::{Query, State};
use axum::response::Response;
use jiff::civil::Date;

use super::app::App;
use super::fault::Fault;
use super::marks::MarkView;
use super::page::{Due, Place, Shell, shortened};
use super::visit::{Asked, Visit};
use crate::domain::commands::Rules;
use crate::domain::contact::Contact;
use crate::domain::deadlines;
use crate::domain::hand_over::WordLists;
use crate::domain::stage::Stage;
use crate::domain::words;

/// So many stand on the page; the others move up as these are decided.
const ON_THE_PAGE: usize = 200;

/// The list of contacts that wait.
#[derive(Debug, Clone, Default)]
pub struct ToDecideView {
    /// The first of them, most pressing first.
    pub rows: Vec<WaitingRow>,
    /// How many there are.
    pub count: usize,
}

/// One contact that waits.
#[derive(Debug, Clone)]
pub struct WaitingRow {
    /// Its number.
    pub id: i64,
    /// The sender: a name, else an address, else that it is unknown.
    pub from: String,
    /// The subject; may be empty.
    pub subject: String,
    /// When it was received, in words.
    pub received: String,
    /// What it waits for, in words.
    pub why: String,
    /// When its acknowledgement falls due, were it a complaint; `None` for one that has a case of its own.
    pub due: Option<Due>,
    /// The case it has, if any.
    pub case: Option<String>,
    /// Words that must not wait.
    pub marks: Vec<MarkView>,
}

impl WaitingRow {
    /// A contact that waits, seen now.
    #[must_use]
    pub fn of(contact: &Contact, rules: Rules<'_>, lists: &WordLists) -> Self {
        let reading = &contact.reading;
        let address = reading.from.as_ref().map_or_else(|| "unknown sender".to_owned(), ToString::to_string);
        Self {
            id: contact.id.0,
            from: if reading.from_name.trim().is_empty() { address } else { shortened(&reading.from_name, 80) },
            subject: shortened(&reading.subject, 120),
            received: words::instant(contact.received_at),
            why: contact.waiting.map(|waiting| waiting.to_string()).unwrap_or_default(),
            due: would_be_due(contact, rules),
            case: contact.case.map(|case| case.to_string()),
            marks: MarkView::all(lists, &contact.marks),
        }
    }

    fn is_urgent(&self) -> bool {
        self.marks.iter().any(|mark| mark.urgent)
    }
}

/// When the acknowledgement of a contact without a case falls due, were it a complaint (6.2).
pub(super) fn would_be_due(contact: &Contact, rules: Rules<'_>) -> Option<Due> {
    let by: Option<Date> = deadlines::first_due(rules.code, rules.calendar, Stage::One, contact.received_at)
        .ok()
        .filter(|_| contact.case.is_none())
        .map(|due| due.by);
    by.map(|by| Due::seen_from(rules.today(), by, rules.calendar))
}

#[derive(Template)]
#[template(path = "to_decide.html")]
struct Page<'a> {
    shell: Shell<'a>,
    place: Place,
    view: &'a ToDecideView,
}

/// The page.
///
/// # Errors
/// When the template cannot be written.
pub fn html(shell: Shell<'_>, view: &ToDecideView) -> Result<String, askama::Error> {
    Page { shell, place: Place::ToDecide, view }.render()
}

/// `GET /to-decide`
///
/// # Errors
/// [`Fault`]
pub async fn show(
    State(app): State<App>,
    Extension(visit): Extension<Visit>,
    Query(asked): Query<Asked>,
) -> Result<Response, Fault> {
    let store = &app.casework.store;
    let waiting = store.waiting_contacts(ON_THE_PAGE).await?;
    let mut rows: Vec<WaitingRow> =
        waiting.iter().map(|contact| WaitingRow::of(contact, app.rules(), &app.hand_over)).collect();
    rows.sort_by_key(|row| !row.is_urgent());
    let count = usize::try_from(store.waiting_count().await?).unwrap_or(rows.len()).max(rows.len());
    let view = ToDecideView { rows, count };
    app.page(&visit, asked.notice(), |shell| html(shell, &view))
}
