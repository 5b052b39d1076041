//! One contact as it arrived: who, when, what it says as safe text, what is attached, and what was
//! wrong with it. The original can be downloaded.

use askama::Template;
use axum::Extension;
use axum::extract::{Path, Query, State};
use axum::response::Response;

use super::app::App;
use super::contact_decision::{DecisionForm, DecisionView};
use super::fault::Fault;
use super::files::{FileView, Look};
use super::marks::MarkView;
use super::page::{FieldErrors, Notice, Place, Shell, heading};
use super::visit::{Asked, Visit};
use crate::domain::contact::Contact;
use crate::domain::hand_over::WordLists;
use crate::domain::ids::ContactId;
use crate::domain::words;

/// One contact.
#[derive(Debug, Clone, Default)]
pub struct ContactView {
    /// Its number.
    pub id: i64,
    /// When it was received, in words.
    pub received: String,
    /// How it came when not by e-mail (3.1), and who had received it before (3.2).
    pub receipt: Vec<String>,
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
    pub attachments: Vec<FileView>,
    /// Words that must not wait.
    pub marks: Vec<MarkView>,
    /// What is to be decided about it, or was.
    pub decision: Option<DecisionView>,
}

impl ContactView {
    /// A contact as it arrived.
    #[must_use]
    pub fn of(contact: &Contact, decision: Option<DecisionView>, lists: &WordLists) -> Self {
        let reading = &contact.reading;
        Self {
            id: contact.id.0,
            received: words::instant(contact.received_at),
            receipt: receipt(contact),
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
            attachments: FileView::all(contact.id, &[], &reading.attachments),
            marks: MarkView::all(lists, &contact.marks),
            decision,
        }
    }

    /// Whether the subject is too long to be the page's heading.
    #[must_use]
    pub fn is_subject_cut(&self) -> bool {
        heading(&self.subject) != self.subject
    }

    /// Whether it waits for a decision.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        self.decision.as_ref().is_some_and(|decision| decision.waiting.is_some())
    }

    /// Whether something is wrong with what was filled in.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.decision.as_ref().is_some_and(|decision| !decision.errors.is_empty())
    }
}

fn receipt(contact: &Contact) -> Vec<String> {
    let taken = contact.taken.iter().map(|taken| format!("{}, taken by {}", taken.channel.words(), taken.by));
    let first = contact
        .first_receipt
        .iter()
        .map(|first| format!("First received {} by {}: {}", words::instant(first.at), first.by, first.reason));
    taken.chain(first).collect()
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

pub(super) fn number(id: &str) -> Result<ContactId, Fault> {
    id.parse().map_err(|_| Fault::NotFound)
}
