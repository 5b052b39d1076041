//! One contact as it arrived: who, when, what it says as safe text, what is attached, and what was
//! wrong with it. The original can be downloaded.

use askama::Template;
use axum::Extension;
use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::{IntoResponse as _, Response};

use super::app::App;
use super::contact_decision::{DecisionForm, DecisionView};
use super::fault::Fault;
use super::marks::MarkView;
use super::page::{FieldErrors, Notice, Place, Shell, size};
use super::visit::{Asked, Visit};
use crate::domain::contact::{Attachment, Contact};
use crate::domain::hand_over::WordLists;
use crate::domain::ids::ContactId;
use crate::domain::words;

/// What a downloaded message may do, should a browser show it after all: nothing.
const RAW_POLICY: &str = "default-src 'none'; sandbox";

/// One contact.
#[derive(Debug, Clone, Default)]
pub struct ContactView {
    /// Its number.
    pub id: i64,
    /// When it was received, in words.
    pub received: String,
    /// The sender's display name; may be empty.
    pub from_name: String,
    /// The sender's address, if there is a usable one.
    pub from: Option<String>,
    /// What our own mail server found out about the sender.
    pub sender: Option<String>,
    /// The subject; may be empty.
    pub subject: String,
    /// What it is, in words.
    pub kind: String,
    /// Why it was taken for that.
    pub reason: String,
    /// The Message-ID it carried.
    pub message_id: Option<String>,
    /// The case it belongs to.
    pub case: Option<String>,
    /// What was wrong with the message.
    pub problems: Vec<String>,
    /// What it says.
    pub text: String,
    /// What is attached.
    pub attachments: Vec<AttachmentView>,
    /// Words that must not wait.
    pub marks: Vec<MarkView>,
    /// What is to be decided about it, or was.
    pub decision: Option<DecisionView>,
}

/// One attachment, described.
#[derive(Debug, Clone)]
pub struct AttachmentView {
    /// The file name.
    pub name: String,
    /// The type the message claims.
    pub media_type: String,
    /// Its size, in words.
    pub size: String,
}

impl ContactView {
    /// A contact as it arrived.
    #[must_use]
    pub fn of(contact: &Contact, decision: Option<DecisionView>, lists: &WordLists) -> Self {
        let reading = &contact.reading;
        let attachment = |attachment: &Attachment| AttachmentView {
            name: attachment.name.clone(),
            media_type: attachment.media_type.clone(),
            size: size(attachment.size),
        };
        Self {
            id: contact.id.0,
            received: words::instant(contact.received_at),
            from_name: reading.from_name.clone(),
            from: reading.from.as_ref().map(ToString::to_string),
            sender: contact.sender.as_ref().map(|check| check.reason.clone()),
            subject: reading.subject.clone(),
            kind: contact.sorted.kind.to_string(),
            reason: contact.sorted.reason.clone(),
            message_id: reading.message_id.clone(),
            case: contact.case.map(|case| case.to_string()),
            problems: reading.problems.clone(),
            text: reading.text.clone(),
            attachments: reading.attachments.iter().map(attachment).collect(),
            marks: MarkView::all(lists, &contact.marks),
            decision,
        }
    }

    /// Whether something is wrong with what was filled in.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.decision.as_ref().is_some_and(|decision| !decision.errors.is_empty())
    }
}

#[derive(Template)]
#[template(path = "contact.html")]
struct Page<'a> {
    shell: Shell<'a>,
    place: Place,
    view: &'a ContactView,
}

/// The page.
///
/// # Errors
/// When the template cannot be written.
pub fn html(shell: Shell<'_>, view: &ContactView) -> Result<String, askama::Error> {
    Page { shell, place: Place::Contacts, view }.render()
}

/// `GET /contacts/{id}`
///
/// # Errors
/// [`Fault`]
pub async fn show(
    State(app): State<App>,
    Extension(visit): Extension<Visit>,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Fault> {
    page(&app, &visit, number(&id)?, None, asked.notice()).await
}

/// A contact's page, with what was filled in and what was wrong with it.
pub(super) async fn page(
    app: &App,
    visit: &Visit,
    id: ContactId,
    filled_in: Option<(DecisionForm, FieldErrors)>,
    notice: Option<Notice>,
) -> Result<Response, Fault> {
    let store = &app.casework.store;
    let contact = store.contact(id).await?.ok_or(Fault::NotFound)?;
    let suggestions = store.suggestions(id).await?;
    let mut decision = DecisionView::of(&contact, &suggestions, app.rules());
    if let Some((form, errors)) = filled_in {
        let open = decision.unwrap_or_default();
        decision = Some(DecisionView { form, errors, ..open });
    }
    let view = ContactView::of(&contact, decision, &app.hand_over);
    app.page(visit, notice, |shell| html(shell, &view))
}

/// `GET /contacts/{id}/raw`: the message byte for byte, to be saved and never shown.
///
/// # Errors
/// [`Fault`]
pub async fn raw(State(app): State<App>, Path(id): Path<String>) -> Result<Response, Fault> {
    let id = number(&id)?;
    let raw = app.casework.store.contact_raw_id(id).await?.ok_or(Fault::NotFound)?;
    let bytes = app.casework.store.raw(raw).await?.ok_or(Fault::NotFound)?;
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"contact-{id}.eml\"")),
        (header::CONTENT_SECURITY_POLICY, RAW_POLICY.to_owned()),
    ];
    Ok((headers, bytes).into_response())
}

pub(super) fn number(id: &str) -> Result<ContactId, Fault> {
    id.parse().map_err(|_| Fault::NotFound)
}
