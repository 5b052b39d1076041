//! What an officer does on a letter's page: save, ask for more rows, approve. Nothing typed is lost:
//! whatever stands in the way, the page comes back with what was in its fields. Nothing is approved
//! that was changed in the same breath: it is saved, to be read first.

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};

use super::app::App;
use super::fault::Fault;
use super::letter_form::{AcknowledgementForm, Act, ExtensionForm, PlainForm, Posted};
use super::letter_page::{Stored, acknowledgement, add_refusal, extension, plain, sentence};
use super::page::{FieldErrors, Notice};
use super::visit::{Visit, telling};
use crate::casework::{self, Approval, CaseworkError};
use crate::courier::message::ComposeError;
use crate::domain::commands::Refusal;
use crate::domain::ids::{Digest, NotAnAddress, OfficerId};
use crate::domain::letter::{LetterState, Purpose};
use crate::domain::parts::LetterParts;
use crate::domain::people::Actor;

/// One press of a button on a letter's page.
struct Press<'a> {
    app: &'a App,
    visit: &'a Visit,
    stored: Stored,
    act: Act,
    /// The version and digest of the page on which it was pressed.
    seen: Option<(u32, Digest)>,
    /// Why the letter may go without what is missing; `None` when nobody says that it may.
    overriding: Option<String>,
}

/// `POST /letters/{id}`
///
/// # Errors
/// [`Fault`]
pub async fn act(
    State(app): State<App>,
    Extension(visit): Extension<Visit>,
    Path(id): Path<String>,
    Extension(posted): Extension<Posted>,
) -> Result<Response, Fault> {
    let stored = Stored::load(&app, &id).await?;
    let act = Act::read(&posted);
    if act == Act::Approve && matches!(stored.letter.state, LetterState::Approved | LetterState::Sent) {
        return Ok(telling(&path(&stored), Notice::ApprovedBefore).into_response());
    }
    let seen = posted.get("version").parse().ok().zip(posted.get("digest").parse().ok());
    let overriding = Some(posted.get("override")).filter(|reason| !reason.trim().is_empty());
    let press = Press { app: &app, visit: &visit, stored, act, seen, overriding };
    if posted.get("do") == "discard" {
        return press.discard(ExtensionForm::read(&posted), &posted.get("discard-reason")).await;
    }
    match press.stored.letter.kind.purpose() {
        Purpose::Acknowledge => press.on_acknowledgement(AcknowledgementForm::read(&posted)).await,
        Purpose::Extend | Purpose::Tell => press.on_extension(ExtensionForm::read(&posted)).await,
        Purpose::Respond | Purpose::RefuseToAccept | Purpose::RefuseToEscalate => {
            press.on_plain(PlainForm::read(&posted)).await
        }
    }
}

fn path(stored: &Stored) -> String {
    format!("/letters/{}", stored.letter.id)
}

/// What a press led to, before it becomes an answer.
enum Done {
    Told(Notice),
    Refused(CaseworkError),
}

impl Press<'_> {
    async fn on_acknowledgement(self, form: AcknowledgementForm) -> Result<Response, Fault> {
        let (points, outcomes) = (form.points.len(), form.outcomes.len());
        let mut errors = FieldErrors::default();
        let written = match written(&form) {
            Ok(written) => written,
            Err(errors) => return self.acknowledgement_again(form, errors, StatusCode::UNPROCESSABLE_ENTITY).await,
        };
        let changed = Some(saying(written.clone())) != as_stored(&self.stored).map(saying);
        if let Some(refusal) = self.overtaken(changed) {
            errors.add("", refusal);
            return self.acknowledgement_again(form, errors, StatusCode::CONFLICT).await;
        }
        let (officer, letter) = (&self.visit.officer, self.stored.letter.id);
        let first_blank = (written.definition.points.len() + 1, written.definition.outcomes.len() + 1);
        let done = if self.act == Act::Approve && !changed {
            self.approve().await
        } else {
            told(self.app.casework.save_acknowledgement(officer, letter, written).await, self.saved())
        };
        match done {
            Done::Told(notice) => {
                let query = match self.act {
                    Act::AddPoint => format!("&points={}#point-{}-text", points + 1, first_blank.0),
                    Act::AddOutcome => format!("&outcomes={}#outcome-{}", outcomes + 1, first_blank.1),
                    Act::Save | Act::Approve => String::new(),
                };
                Ok(Redirect::to(&format!("{}?told={}{query}", path(&self.stored), notice.key())).into_response())
            }
            Done::Refused(error) => {
                let status = explain(error, &mut errors, &ExtensionForm::default())?;
                self.acknowledgement_again(form, errors, status).await
            }
        }
    }

    async fn on_extension(self, form: ExtensionForm) -> Result<Response, Fault> {
        let mut errors = FieldErrors::default();
        let new_by = match form.new_by() {
            Ok(new_by) => new_by,
            Err(errors) => return self.extension_again(form, errors, StatusCode::UNPROCESSABLE_ENTITY).await,
        };
        let parts = LetterParts {
            extra: form.paragraph.clone(),
            adjustments: form.adjustments.clone(),
            reason: form.reason.clone(),
            new_by,
            updates: form.updates.clone(),
            every: form.every.trim().parse().ok(),
            exceptional: form.exceptional.clone(),
        };
        let changed = parts.to_map() != self.stored.letter.content.parts;
        if let Some(refusal) = self.overtaken(changed) {
            errors.add("", refusal);
            return self.extension_again(form, errors, StatusCode::CONFLICT).await;
        }
        let (officer, letter) = (&self.visit.officer, self.stored.letter.id);
        let done = if self.act == Act::Approve && !changed {
            self.approve().await
        } else {
            told(self.app.casework.save_parts(officer, letter, parts).await, self.saved())
        };
        match done {
            Done::Told(notice) => Ok(telling(&path(&self.stored), notice).into_response()),
            Done::Refused(error) => {
                let status = explain(error, &mut errors, &form)?;
                self.extension_again(form, errors, status).await
            }
        }
    }

    /// Discards the draft; its case says that it was, and why.
    async fn discard(self, form: ExtensionForm, reason: &str) -> Result<Response, Fault> {
        let mut errors = FieldErrors::default();
        if reason.is_empty() {
            errors.add("discard-reason", "Enter why nobody needs this draft (5.12)");
            return self.extension_again(form, errors, StatusCode::UNPROCESSABLE_ENTITY).await;
        }
        match self.app.casework.discard(&self.visit.officer, self.stored.letter.id, reason).await {
            Ok(()) => {
                let case = format!("/cases/{}", self.stored.case.reference);
                Ok(telling(&case, Notice::CaseChanged).into_response())
            }
            Err(error) => {
                let status = explain(error, &mut errors, &form)?;
                self.extension_again(form, errors, status).await
            }
        }
    }

    async fn on_plain(self, form: PlainForm) -> Result<Response, Fault> {
        let mut errors = FieldErrors::default();
        let parts = LetterParts {
            extra: form.paragraph.clone(),
            adjustments: form.adjustments.clone(),
            ..LetterParts::default()
        };
        let changed = parts.to_map() != self.stored.letter.content.parts;
        if let Some(refusal) = self.overtaken(changed) {
            errors.add("", refusal);
            return self.plain_again(form, errors, StatusCode::CONFLICT).await;
        }
        let (officer, letter) = (&self.visit.officer, self.stored.letter.id);
        let done = if self.act == Act::Approve && !changed {
            self.approve().await
        } else {
            told(self.app.casework.save_parts(officer, letter, parts).await, self.saved())
        };
        match done {
            Done::Told(notice) => Ok(telling(&path(&self.stored), notice).into_response()),
            Done::Refused(error) => {
                let status = explain(error, &mut errors, &ExtensionForm::default())?;
                self.plain_again(form, errors, status).await
            }
        }
    }

    async fn approve(&self) -> Done {
        let Some((version, digest)) = self.seen else {
            let now = self.stored.letter.version;
            return Done::Refused(Refusal::Changed { seen: 0, now }.into());
        };
        let approval = Approval { letter: self.stored.letter.id, version, digest };
        match self.app.casework.approve_overriding(&self.visit.officer, approval, self.overriding.clone()).await {
            // Another press of the button, or another officer, was quicker by a moment.
            Err(CaseworkError::Refused(Refusal::NotADraft(LetterState::Approved | LetterState::Sent))) => {
                Done::Told(Notice::ApprovedBefore)
            }
            done => told(done, Notice::Approved),
        }
    }

    /// What saving is told as: with changes and the approve button, that nothing was sent.
    fn saved(&self) -> Notice {
        if self.act == Act::Approve { Notice::SavedNotApproved } else { Notice::Saved }
    }

    /// Why what was typed must not simply replace what is stored: somebody has written since. A version
    /// that only brought the letter's dates up to date is nobody's words.
    fn overtaken(&self, changed: bool) -> Option<String> {
        let Stored { letter, .. } = &self.stored;
        let seen = self.seen.map(|(version, _)| version);
        let only_dates = letter.author == Actor::Daemon && seen == letter.version.checked_sub(1);
        let overtaken = letter.state == LetterState::Draft && changed && seen != Some(letter.version) && !only_dates;
        overtaken.then(|| {
            format!(
                "This letter has changed since you opened it: version {}, by {}, is shown here, and your own fields \
                 are not saved. Save them to replace it, or open the letter again from its case to keep it",
                letter.version, letter.author
            )
        })
    }

    /// The page again, with what was typed and the letter as it stands now.
    async fn acknowledgement_again(
        self,
        form: AcknowledgementForm,
        errors: FieldErrors,
        status: StatusCode,
    ) -> Result<Response, Fault> {
        let more = |act| usize::from(self.act == act);
        let (points, outcomes) = (form.points.len(), form.outcomes.len());
        let form = form.with_rows(points + more(Act::AddPoint), outcomes + more(Act::AddOutcome));
        let stored = Stored::load(self.app, &self.stored.letter.id.to_string()).await?;
        let page = acknowledgement(self.app, self.visit, &stored, form, errors, None).await?;
        Ok((status, page).into_response())
    }

    async fn extension_again(
        self,
        form: ExtensionForm,
        errors: FieldErrors,
        status: StatusCode,
    ) -> Result<Response, Fault> {
        let stored = Stored::load(self.app, &self.stored.letter.id.to_string()).await?;
        let page = extension(self.app, self.visit, &stored, form, errors, None).await?;
        Ok((status, page).into_response())
    }
}

impl Press<'_> {
    async fn plain_again(self, form: PlainForm, errors: FieldErrors, status: StatusCode) -> Result<Response, Fault> {
        let stored = Stored::load(self.app, &self.stored.letter.id.to_string()).await?;
        let page = plain(self.app, self.visit, &stored, form, errors, None).await?;
        Ok((status, page).into_response())
    }
}

fn told(done: Result<(), CaseworkError>, notice: Notice) -> Done {
    done.map_or_else(Done::Refused, |()| Done::Told(notice))
}

/// What the fields say, in the form in which casework takes it.
fn written(form: &AcknowledgementForm) -> Result<casework::AcknowledgementForm, FieldErrors> {
    let (definition, handler) = (form.definition(), form.handler.parse().map(OfficerId));
    let mut errors = FieldErrors::default();
    if !form.handler.is_empty() && handler.is_err() {
        errors.add("handler", "Select a handler from the list");
    }
    let email = match form.email.trim() {
        "" => None,
        text => text.parse().map_err(|fault: NotAnAddress| errors.add("email", fault.to_string())).ok(),
    };
    match definition {
        Ok(definition) if errors.is_empty() => Ok(casework::AcknowledgementForm {
            resident_name: form.resident.clone(),
            resident_email: email,
            definition,
            handler: handler.ok(),
            extra: form.paragraph.clone(),
            adjustments: form.adjustments.clone(),
        }),
        Ok(_) => Err(errors),
        Err(mut wrong) => {
            for error in &errors {
                wrong.add(&error.field, &error.text);
            }
            Err(wrong)
        }
    }
}

/// What is said: which number a point has is no change of its words.
fn saying(mut written: casework::AcknowledgementForm) -> casework::AcknowledgementForm {
    written.definition.points.iter_mut().for_each(|point| point.number = 0);
    written
}

/// The same of what is stored.
fn as_stored(stored: &Stored) -> Option<casework::AcknowledgementForm> {
    written(&stored.acknowledgement()).ok()
}

/// Puts a refusal into words on the page. What is not a refusal is a fault.
fn explain(error: CaseworkError, errors: &mut FieldErrors, form: &ExtensionForm) -> Result<StatusCode, Fault> {
    match error {
        CaseworkError::Refused(refusal) => {
            add_refusal(errors, form, &refusal);
            let changed = matches!(refusal, Refusal::Changed { .. } | Refusal::NotADraft(_));
            Ok(if changed { StatusCode::CONFLICT } else { StatusCode::UNPROCESSABLE_ENTITY })
        }
        error @ CaseworkError::NoSuchOfficer => {
            errors.add("handler", sentence(&error));
            Ok(StatusCode::UNPROCESSABLE_ENTITY)
        }
        error @ (CaseworkError::Compose(ComposeError::Address(_)) | CaseworkError::Print(_)) => {
            errors.add("", sentence(&error));
            Ok(StatusCode::UNPROCESSABLE_ENTITY)
        }
        error => Err(error.into()),
    }
}
