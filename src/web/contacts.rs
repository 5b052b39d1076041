//! The list of contacts: everything that has arrived, newest first, whatever became of it.

use askama::Template;
use axum::Extension;
use axum::extract::{Query, State};
use axum::response::Response;

use super::app::App;
use super::fault::Fault;
use super::marks::MarkView;
use super::page::{Place, Shell, shortened};
use super::visit::{Asked, Visit};
use crate::domain::contact::Contact;
use crate::domain::hand_over::WordLists;
use crate::domain::words;

/// So many contacts stand on one page.
const ON_A_PAGE: usize = 50;

/// The list of contacts.
#[derive(Debug, Clone, Default)]
pub struct ContactsView {
    /// One page of them, newest first.
    pub rows: Vec<ContactRow>,
    /// The address of the page with older ones.
    pub older: Option<String>,
    /// The address of the newest page, when this is not it.
    pub newest: Option<String>,
}

/// One contact in a list.
#[derive(Debug, Clone)]
pub struct ContactRow {
    /// Its number.
    pub id: i64,
    /// When it was received, in words.
    pub received: String,
    /// The sender: a name, else an address, else that it is unknown.
    pub from: String,
    /// The subject; may be empty.
    pub subject: String,
    /// What it is, in words.
    pub kind: String,
    /// The case it belongs to.
    pub case: Option<String>,
    /// How many attachments it has.
    pub attachments: usize,
    /// How many problems reading it met.
    pub problems: usize,
    /// Words that must not wait.
    pub marks: Vec<MarkView>,
}

impl ContactRow {
    /// A contact in a list.
    #[must_use]
    pub fn of(contact: &Contact, lists: &WordLists) -> Self {
        let reading = &contact.reading;
        let address = reading.from.as_ref().map_or_else(|| "unknown sender".to_owned(), ToString::to_string);
        Self {
            id: contact.id.0,
            received: words::instant(contact.received_at),
            from: if reading.from_name.trim().is_empty() { address } else { shortened(&reading.from_name, 80) },
            subject: shortened(&reading.subject, 120),
            kind: contact.sorted.kind.to_string(),
            case: contact.case.map(|case| case.to_string()),
            attachments: reading.attachments.len(),
            problems: reading.problems.len(),
            marks: MarkView::all(lists, &contact.marks),
        }
    }
}

#[derive(Template)]
#[template(path = "contacts.html")]
struct Page<'a> {
    shell: Shell<'a>,
    place: Place,
    view: &'a ContactsView,
}

/// The page.
///
/// # Errors
/// When the template cannot be written.
pub fn html(shell: Shell<'_>, view: &ContactsView) -> Result<String, askama::Error> {
    Page { shell, place: Place::Contacts, view }.render()
}

/// `GET /contacts`
///
/// # Errors
/// [`Fault`]
pub async fn show(
    State(app): State<App>,
    Extension(visit): Extension<Visit>,
    Query(asked): Query<Asked>,
) -> Result<Response, Fault> {
    let before = asked.before.parse().ok();
    let mut contacts = app.casework.store.contacts(before, ON_A_PAGE + 1).await?;
    let more = contacts.len() > ON_A_PAGE;
    contacts.truncate(ON_A_PAGE);
    let older = contacts.last().filter(|_| more).map(|oldest| format!("/contacts?before={}", oldest.id));
    let newest = before.map(|_| "/contacts".to_owned());
    let view = ContactsView {
        rows: contacts.iter().map(|contact| ContactRow::of(contact, &app.hand_over)).collect(),
        older,
        newest,
    };
    app.page(&visit, None, |shell| html(shell, &view))
}
