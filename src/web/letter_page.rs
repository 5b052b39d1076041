//! A letter's page: put together from what is stored, for an officer who writes it or reads what was
//! sent. The text in the frame, its digest and its checks are of one version, the one shown.

use axum::Extension;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};

use super::app::App;
use super::fault::Fault;
use super::layers::{letter_in_frame, text_alone};
use super::letter::{
    AcknowledgementView, Attempt, ExtensionView, Labels, LetterHead, PlainLetterView, SentLetterView,
    acknowledgement_html, extension_html, plain_html, sent_html,
};
use super::letter_form::{AcknowledgementForm, ExtensionForm, PlainForm};
use super::page::{FieldErrors, Notice};
use super::post::{PostView, posted_words};
use super::visit::{Asked, Visit};
use crate::domain::case::Case;
use crate::domain::circumstances::{LetterFormat, Preferences};
use crate::domain::commands::{Refusal, check_extension, extension_possible, may_go_out, way};
use crate::domain::ids::LetterId;
use crate::domain::letter::{ElementCheck, LetterState, Purpose, Shortfall};
use crate::domain::parts::LetterParts;
use crate::domain::people::{Officer, Standing};
use crate::domain::post::Way;
use crate::domain::words;
use crate::letters::printing::unprintable;
use crate::store::{Letter, OutboxMessage, OutboxState, Post, StoreError};

/// What the frame says when its version is no longer the newest.
const REPLACED: &str = "<!DOCTYPE html><html lang=\"en-GB\"><head><meta charset=\"utf-8\"><title>Replaced</title></head>\
                        <body style=\"font-family: sans-serif\"><p>This version has been replaced. Reload the page to \
                        see the newest one.</p></body></html>";

/// A letter and its case, as stored.
pub(super) struct Stored {
    pub letter: Letter,
    pub case: Case,
}

impl Stored {
    pub async fn load(app: &App, id: &str) -> Result<Self, Fault> {
        let id: LetterId = id.parse().map_err(|_| Fault::NotFound)?;
        let store = &app.casework.store;
        let letter = store.letter(id).await?.ok_or(Fault::NotFound)?;
        let case = store.case(letter.case).await?.ok_or(Fault::NotFound)?;
        Ok(Self { letter, case })
    }

    pub fn parts(&self) -> LetterParts {
        LetterParts::from_map(&self.letter.content.parts)
    }

    pub fn acknowledgement(&self) -> AcknowledgementForm {
        let parts = self.parts();
        let handler = self.case.current.handler.as_ref();
        AcknowledgementForm {
            resident: self.case.resident.name.clone(),
            email: self.case.resident.email.as_ref().map(ToString::to_string).unwrap_or_default(),
            handler: handler.map(|handler| handler.officer.to_string()).unwrap_or_default(),
            adjustments: parts.adjustments,
            paragraph: parts.extra,
            ..AcknowledgementForm::of(&self.case.definition)
        }
    }

    pub fn extension(&self) -> ExtensionForm {
        let parts = self.parts();
        let form = ExtensionForm {
            reason: parts.reason,
            updates: parts.updates,
            every: parts.every.map(|every| every.to_string()).unwrap_or_default(),
            exceptional: parts.exceptional,
            adjustments: parts.adjustments,
            paragraph: parts.extra,
            ..ExtensionForm::default()
        };
        match parts.new_by {
            Some(new_by) => form.dated(new_by),
            None => form,
        }
    }

    /// What stands in the way of sending the letter as it is stored, besides missing elements.
    fn in_the_way(&self, app: &App) -> Option<Refusal> {
        if let Err(refusal) = way(app.rules(), &self.case, &app.casework.sender.ours) {
            return Some(refusal);
        }
        let terms = self.parts().extension();
        if let (Purpose::Extend, None) = (self.letter.kind.purpose(), &terms) {
            return extension_possible(app.rules(), &self.case).err();
        }
        may_go_out(app.rules(), &self.case, self.letter.kind, terms.as_ref()).err()
    }

    /// What keeps a letter that goes by post from being printed.
    fn unprintable(&self, app: &App) -> Option<String> {
        let way = way(app.rules(), &self.case, &app.casework.sender.ours);
        let Ok(Way::Post(address)) = way else { return None };
        let all = [self.letter.content.markdown.as_str(), &self.case.resident.name, &address.to_string()].concat();
        unprintable(&all).map(|fault| sentence(&fault))
    }

    /// Where what the letter says is written, when not on its own page: path and words.
    pub fn written_at(&self) -> Option<(String, &'static str)> {
        let reference = self.case.reference;
        match self.letter.kind.purpose() {
            Purpose::Acknowledge | Purpose::Extend | Purpose::Tell => None,
            Purpose::Respond => Some((format!("/cases/{reference}/outcome"), "Write the outcome")),
            Purpose::RefuseToAccept | Purpose::RefuseToEscalate => {
                Some((format!("/cases/{reference}/next"), "Change the ground and the reasons"))
            }
        }
    }

    pub fn plain(&self) -> PlainForm {
        let parts = self.parts();
        PlainForm { adjustments: parts.adjustments, paragraph: parts.extra }
    }

    /// Where the letter would go now, in words; an address it cannot go to when there is no other.
    fn to(&self, app: &App) -> Option<String> {
        let email = || self.case.resident.email.as_ref().map(ToString::to_string);
        way(app.rules(), &self.case, &app.casework.sender.ours).map_or_else(|_| email(), |way| Some(way.to_string()))
    }

    async fn head(&self, app: &App, to: Option<String>) -> Result<LetterHead, StoreError> {
        let contact = app.casework.store.contact(self.case.opened_by).await?;
        let reading = contact.map(|contact| contact.reading).unwrap_or_default();
        let content = &self.letter.content;
        let checks: Vec<ElementCheck> = content.elements.iter().cloned().map(Into::into).collect();
        let shortfalls: Vec<Shortfall> = checks.iter().filter_map(ElementCheck::shortfall).collect();
        Ok(LetterHead {
            id: self.letter.id.0,
            reference: self.letter.case_ref.to_string(),
            kind: self.letter.kind.to_string(),
            to,
            version: self.letter.version,
            digest: content.digest,
            needs: self.case.people.preferences.as_ref().and_then(needs),
            overridable: app.casework.approval.overridable(&shortfalls),
            checks,
            remarks: content.remarks.iter().cloned().map(Into::into).collect(),
            in_the_way: self.in_the_way(app).map(|refusal| sentence(&refusal)).or_else(|| self.unprintable(app)),
            contact: self.case.opened_by.0,
            message: reading.text,
            attachments: reading.attachments.len(),
            problems: reading.problems,
        })
    }
}

/// In which form the resident needs the letter (5.10), and whether it takes that form by itself.
fn needs(preferences: &Preferences) -> Option<String> {
    let what = match preferences.format {
        LetterFormat::Standard => return None,
        LetterFormat::LargePrint => "large print: the letter goes out in it, with a PDF to print",
        LetterFormat::PlainText => "plain text: the letter goes out as text alone",
        LetterFormat::EasyRead => "easy read: have the letter put into it as well, for it goes out in ordinary words",
        LetterFormat::Audio => "audio: have the letter read aloud as well, for it goes out in writing only",
        LetterFormat::Braille => "braille: have the letter put into it as well, for it goes out as text only",
    };
    Some(format!("This resident needs {what}."))
}

/// `GET /letters/{id}`
///
/// # Errors
/// [`Fault`]
pub async fn show(
    State(app): State<App>,
    Extension(visit): Extension<Visit>,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Fault> {
    let stored = Stored::load(&app, &id).await?;
    if stored.letter.state != LetterState::Draft {
        return sent(&app, &visit, &stored, asked.notice()).await;
    }
    // A notice of approval on a draft would come from an old address, and be false.
    let notice = asked.notice().filter(|notice| !matches!(notice, Notice::Approved | Notice::ApprovedBefore));
    match stored.letter.kind.purpose() {
        Purpose::Acknowledge => {
            let rows = |text: &str| text.parse().unwrap_or(0);
            let form = stored.acknowledgement().with_rows(rows(&asked.points), rows(&asked.outcomes));
            acknowledgement(&app, &visit, &stored, form, FieldErrors::default(), notice).await
        }
        Purpose::Extend => {
            let terms = stored.parts().extension();
            let fault = terms.and_then(|terms| check_extension(app.rules(), &stored.case, &terms).err());
            let possible = extension_possible(app.rules(), &stored.case).is_ok();
            let mut errors = FieldErrors::default();
            if let Some(refusal) = fault.filter(|_| possible) {
                add_refusal(&mut errors, &stored.extension(), &refusal);
            }
            // "Saved" in green above "There is a problem" would read as both.
            let notice = notice.filter(|notice| *notice != Notice::Saved || errors.is_empty());
            extension(&app, &visit, &stored, stored.extension(), errors, notice).await
        }
        Purpose::Tell => extension(&app, &visit, &stored, stored.extension(), FieldErrors::default(), notice).await,
        Purpose::Respond | Purpose::RefuseToAccept | Purpose::RefuseToEscalate => {
            plain(&app, &visit, &stored, stored.plain(), FieldErrors::default(), notice).await
        }
    }
}

/// The page on which an acknowledgement is written, with what the fields hold.
pub(super) async fn acknowledgement(
    app: &App,
    visit: &Visit,
    stored: &Stored,
    form: AcknowledgementForm,
    errors: FieldErrors,
    notice: Option<Notice>,
) -> Result<Response, Fault> {
    let to = stored.to(app);
    let officers = app.casework.store.officers().await?;
    let may_be_chosen =
        |officer: &&Officer| officer.standing == Standing::Active || officer.id.to_string() == form.handler;
    let choice = |officer: &Officer| {
        let off = if officer.standing == Standing::Disabled { " (account disabled)" } else { "" };
        (officer.id.to_string(), format!("{}{off}", officer.name))
    };
    let officers = officers.iter().filter(may_be_chosen).map(choice).collect();
    let letter = stored.head(app, to).await?;
    let view = AcknowledgementView { letter, form, officers, errors };
    app.page(visit, notice, |shell| acknowledgement_html(shell, &view))
}

/// The page on which an extension letter is written, with what the fields hold.
pub(super) async fn extension(
    app: &App,
    visit: &Visit,
    stored: &Stored,
    form: ExtensionForm,
    errors: FieldErrors,
    notice: Option<Notice>,
) -> Result<Response, Fault> {
    let to = stored.to(app);
    let due = stored.case.current.response_due;
    let view = ExtensionView {
        letter: stored.head(app, to).await?,
        form,
        labels: Labels::of(stored.letter.kind),
        due: due.map_or_else(
            || "on a day that the calendar does not cover".to_owned(),
            |due| format!("on {}", words::weekday_date(due.by)),
        ),
        latest: extension_possible(app.rules(), &stored.case)
            .map(|limit| format!("{} ({})", words::weekday_date(limit.by), limit.provision))
            .map_err(|refusal| refusal.to_string()),
        errors,
    };
    app.page(visit, notice, |shell| extension_html(shell, &view))
}

/// The page of a letter whose facts are written elsewhere.
pub(super) async fn plain(
    app: &App,
    visit: &Visit,
    stored: &Stored,
    form: PlainForm,
    errors: FieldErrors,
    notice: Option<Notice>,
) -> Result<Response, Fault> {
    let to = stored.to(app);
    let view = PlainLetterView { letter: stored.head(app, to).await?, form, written_at: stored.written_at(), errors };
    app.page(visit, notice, |shell| plain_html(shell, &view))
}

/// Tells a refusal, beside the field it is about where it is about one.
pub(super) fn add_refusal(errors: &mut FieldErrors, form: &ExtensionForm, refusal: &Refusal) {
    match refusal {
        Refusal::Shortfalls(shortfalls) => {
            for shortfall in shortfalls {
                errors.add("", format!("Missing: {shortfall}"));
            }
        }
        Refusal::NotLater { .. }
        | Refusal::BeyondLimit { .. }
        | Refusal::NotAWorkingDay { .. }
        | Refusal::NotCovered(_) => {
            errors.add("new-by-day", sentence(refusal));
        }
        Refusal::Missing { .. } if form.reason.is_empty() => errors.add("reason", sentence(refusal)),
        Refusal::Missing { .. } => errors.add("updates", sentence(refusal)),
        Refusal::Disabled(_) => errors.add("handler", sentence(refusal)),
        _ => errors.add("", sentence(refusal)),
    }
}

/// With a capital letter, as an officer reads it.
pub(super) fn sentence(text: &impl ToString) -> String {
    let text = text.to_string();
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// The page of a letter that can no longer be changed.
async fn sent(app: &App, visit: &Visit, stored: &Stored, notice: Option<Notice>) -> Result<Response, Fault> {
    let store = &app.casework.store;
    let message = store.outbox_message(stored.letter.id).await?;
    let log = match &message {
        Some(message) => store.delivery_log(message.id).await?,
        None => Vec::new(),
    };
    let on_paper = store.post(stored.letter.id).await?;
    let to = match (&on_paper, &message) {
        (Some(post), _) => Some(Way::Post(post.address.clone()).to_string()),
        (None, message) => message.as_ref().map(|message| message.message.envelope_to.to_string()),
    };
    let overridden = store.overrides_of(stored.letter.id).await?;
    let approved = stored.letter.approved.as_ref();
    let view = SentLetterView {
        letter: stored.head(app, to).await?,
        state: delivery_words(&stored.letter, message.as_ref(), on_paper.as_ref()),
        post: PostView::of(app, &stored.letter, &stored.case, on_paper.as_ref()),
        overridden: overridden
            .iter()
            .map(|one| format!("{}. Decided by {}.", one.overridden, one.officer_name))
            .collect(),
        refused: stored.letter.state == LetterState::NotDelivered,
        approved: approved.map(|(by, at)| format!("by {by}, {}", words::instant(*at))).unwrap_or_default(),
        attempts: log.into_iter().map(|line| Attempt { at: words::instant(line.at), answer: line.answer }).collect(),
    };
    // What was done is told once more only while it is true and new.
    let notice = notice.filter(|notice| matches!(notice, Notice::Approved | Notice::ApprovedBefore | Notice::Recorded));
    let by_post = on_paper.is_some();
    let notice =
        notice.map(|notice| if by_post && notice == Notice::Approved { Notice::ApprovedToPost } else { notice });
    let notice =
        notice.filter(|notice| *notice == Notice::Recorded || stored.letter.state != LetterState::NotDelivered);
    app.page(visit, notice, |shell| sent_html(shell, &view))
}

/// Where a letter stands, for a list of letters.
pub(super) fn state_words(letter: &Letter, on_paper: Option<&Post>) -> String {
    let posting = on_paper.and_then(|post| post.posting.as_ref());
    match letter.state {
        LetterState::Draft => format!("draft, version {}", letter.version),
        LetterState::Approved if on_paper.is_some() => "approved, waiting to be posted".to_owned(),
        LetterState::Approved => "approved, waiting to be sent".to_owned(),
        LetterState::Sent => match letter.sent_at {
            Some(_) if posting.is_some() => posting.map(posted_words).unwrap_or_default(),
            Some(at) => format!("sent {}", words::instant(at)),
            None => "sent".to_owned(),
        },
        LetterState::NotDelivered if posting.is_some() => "not delivered: it came back by post".to_owned(),
        LetterState::NotDelivered if on_paper.is_some() => "withdrawn before it was posted".to_owned(),
        LetterState::NotDelivered => "not delivered".to_owned(),
        LetterState::Discarded => "a draft that was discarded".to_owned(),
    }
}

/// Where an approved letter stands, as exactly as the outbox knows.
fn delivery_words(letter: &Letter, message: Option<&OutboxMessage>, on_paper: Option<&Post>) -> String {
    match message.filter(|_| letter.state == LetterState::Approved) {
        None => sentence(&state_words(letter, on_paper)),
        Some(message) => match message.state {
            OutboxState::Queued if message.attempts == 0 => "Approved, waiting to be sent".to_owned(),
            OutboxState::Queued => {
                format!(
                    "Approved; the mail server has not taken it yet. Next attempt: {}",
                    words::instant(message.next_at)
                )
            }
            OutboxState::Claimed | OutboxState::Handed => "Approved; it is being handed to the mail server".to_owned(),
            OutboxState::InDoubt => format!(
                "Approved and handed to the mail server, but its answer was lost. The same letter is handed over again: {}",
                words::instant(message.next_at)
            ),
            OutboxState::Accepted | OutboxState::Failed => "Approved; the mail server has answered".to_owned(),
        },
    }
}

/// `GET /letters/{id}/preview`: the version asked for, in its frame.
///
/// # Errors
/// [`Fault`]
pub async fn preview(
    State(app): State<App>,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Fault> {
    let stored = Stored::load(&app, &id).await?;
    if asked.version == stored.letter.version.to_string() {
        let content = stored.letter.content;
        return Ok(if content.html.is_empty() { text_alone(content.text) } else { letter_in_frame(content.html) });
    }
    Ok((StatusCode::CONFLICT, letter_in_frame(REPLACED.to_owned())).into_response())
}
