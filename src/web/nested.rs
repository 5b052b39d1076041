//! A message that a message carries, read as text like a contact. Its attachments can be had in turn.

use askama::Template;
use axum::Extension;
use axum::extract::{Path, State};
use axum::response::Response;

use super::app::App;
use super::contact::number;
use super::fault::Fault;
use super::files::{FileView, Look, way};
use super::page::{Place, Shell};
use super::visit::Visit;
use super::withheld;
use crate::domain::contact::Reading;
use crate::domain::ids::ContactId;
use crate::ingest;

/// A message within a contact.
#[derive(Debug, Clone, Default)]
pub struct NestedView {
    /// The contact it came with.
    pub contact: i64,
    /// The sender's display name; may be empty.
    pub from_name: String,
    /// The sender's address, if there is a usable one.
    pub from: Option<String>,
    /// The subject; may be empty.
    pub subject: String,
    /// What was wrong with the message.
    pub problems: Vec<String>,
    /// What it says.
    pub text: String,
    /// What is attached to it.
    pub attachments: Vec<FileView>,
}

impl NestedView {
    fn of(contact: ContactId, way: &[usize], reading: Reading) -> Self {
        Self {
            contact: contact.0,
            from: reading.from.as_ref().map(ToString::to_string),
            attachments: FileView::all(contact, way, &reading.attachments),
            from_name: reading.from_name,
            subject: reading.subject,
            problems: reading.problems,
            text: reading.text,
        }
    }
}

#[derive(Template)]
#[template(path = "nested.html")]
struct Page<'a> {
    shell: Shell<'a>,
    place: Place,
    view: &'a NestedView,
}

/// The page.
///
/// # Errors
/// When the template cannot be written.
pub fn html(shell: Shell<'_>, view: &NestedView) -> Result<String, askama::Error> {
    Page { shell, place: Place::Contacts, view }.render()
}

/// `GET /contacts/{id}/attachments/{part}/message`
///
/// # Errors
/// [`Fault`]
pub async fn show(
    State(app): State<App>,
    Extension(visit): Extension<Visit>,
    Path((id, part)): Path<(String, String)>,
) -> Result<Response, Fault> {
    let id = number(&id)?;
    let way = way(&part).ok_or(Fault::NotFound)?;
    let leave = match app.leave().await {
        Ok(leave) => leave,
        Err(why) => return withheld::page(&app, &visit, id, why),
    };
    let message = app.original(id).await?;
    let read = move || ingest::nested(&message, &way).map(|reading| NestedView::of(id, &way, reading));
    match app.take_apart(&leave, read).await {
        Ok(view) => {
            let view = view.ok_or(Fault::NotFound)?;
            app.page(&visit, None, |shell| html(shell, &view))
        }
        Err(why) => withheld::page(&app, &visit, id, why),
    }
}
