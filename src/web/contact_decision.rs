//! What an officer decides about a contact, on its page: open a case from it, add it to a case, or
//! nothing to do. Whatever stands in the way, the form comes back as it was filled in.

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};

use super::app::App;
use super::contact::{number, page};
use super::fault::Fault;
use super::letter_form::Posted;
use super::letter_page::sentence;
use super::page::{Due, FieldErrors, Notice};
use super::to_decide::would_be_due;
use super::visit::{Visit, telling};
use crate::casework::CaseworkError;
use crate::domain::commands::Rules;
use crate::domain::contact::{Contact, Decision, Suggestion};
use crate::domain::decision::{self, Asked, Choice, Complainant, DecisionRefusal};
use crate::domain::words;

/// What stands on a contact's page about what becomes of it.
#[derive(Debug, Clone, Default)]
pub struct DecisionView {
    /// What it waits for, in words; `None` when it does not wait.
    pub waiting: Option<String>,
    /// What must be done about it.
    pub tasks: Vec<String>,
    /// When its acknowledgement falls due, were it a complaint.
    pub due: Option<Due>,
    /// What was decided.
    pub decided: Option<DecidedView>,
    /// Whether a case can be opened from it: it belongs to none.
    pub can_open: bool,
    /// Who would complain in that case: the sender, when there is a usable one.
    pub sender: Option<String>,
    /// The cases it may belong to, and why.
    pub suggestions: Vec<(String, String)>,
    /// When the decision shown was made, for the form.
    pub seen: String,
    /// What was filled in.
    pub form: DecisionForm,
    /// What was wrong with it.
    pub errors: FieldErrors,
}

/// A decision that was made.
#[derive(Debug, Clone)]
pub struct DecidedView {
    /// What, in words.
    pub what: String,
    /// Who.
    pub by: String,
    /// When, in words.
    pub at: String,
    /// Why.
    pub reason: String,
}

/// The form as filled in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DecisionForm {
    /// `open`, `open-other`, a case reference, `case`, `nothing`, or empty.
    pub choice: String,
    /// The reference typed for `case`.
    pub case: String,
    /// Why.
    pub reason: String,
}

impl DecisionForm {
    /// What was posted.
    #[must_use]
    pub fn read(posted: &Posted) -> Self {
        Self { choice: posted.get("choice"), case: posted.get("case"), reason: posted.get("reason") }
    }

    /// Whether this choice is the one filled in.
    #[must_use]
    pub fn is(&self, choice: &str) -> bool {
        self.choice == choice
    }

    fn asked(&self, posted: &Posted) -> Result<Asked, FieldErrors> {
        let mut errors = FieldErrors::default();
        let choice = match self.choice.as_str() {
            "open" => Some(Choice::OpenCase(Complainant::Sender)),
            "open-other" => Some(Choice::OpenCase(Complainant::SomebodyElse)),
            "nothing" => Some(Choice::NothingToDo),
            "" => {
                errors.add("choice", "Select what becomes of this contact");
                None
            }
            "case" if self.case.is_empty() => {
                errors.add("case", "Enter the reference of the case");
                None
            }
            chosen => {
                let (field, text) = if chosen == "case" { ("case", self.case.as_str()) } else { ("choice", chosen) };
                text.parse().map(Choice::AddTo).map_err(|fault| errors.add(field, sentence(&fault))).ok()
            }
        };
        if self.reason.is_empty() {
            errors.add("reason", "Enter the reason for your decision");
        }
        match choice {
            Some(choice) if errors.is_empty() => {
                Ok(Asked { choice, reason: self.reason.clone(), seen: posted.get("seen").parse().ok() })
            }
            _ => Err(errors),
        }
    }
}

impl DecisionView {
    /// What there is to decide about a contact; `None` when it is part of a case and nothing is asked.
    #[must_use]
    pub fn of(contact: &Contact, suggestions: &[Suggestion], rules: Rules<'_>) -> Option<Self> {
        let asked = contact.waiting.filter(|_| contact.decided.is_none());
        if contact.case.is_some() && asked.is_none() && contact.decided.is_none() {
            return None;
        }
        let resident = decision::resident(contact, Complainant::Sender);
        let (name, address) = (resident.name.trim(), resident.email.as_ref().map(ToString::to_string));
        let sender = match (name, address) {
            ("", address) => address,
            (name, None) => Some(name.to_owned()),
            (name, Some(address)) => Some(format!("{name}, {address}")),
        };
        Some(Self {
            waiting: asked.map(|waiting| waiting.to_string()),
            tasks: contact.reading.tasks.clone(),
            due: would_be_due(contact, rules),
            decided: contact.decided.as_ref().map(|decided| DecidedView {
                what: decided.decision.words().to_owned(),
                by: decided.by.to_string(),
                at: words::instant(decided.at),
                reason: decided.reason.clone(),
            }),
            can_open: contact.case.is_none(),
            sender,
            suggestions: suggestions
                .iter()
                .filter(|suggestion| Some(suggestion.case) != contact.case)
                .map(|suggestion| (suggestion.case.to_string(), suggestion.reason.clone()))
                .collect(),
            seen: contact.decided.as_ref().map(|decided| decided.at.to_string()).unwrap_or_default(),
            form: DecisionForm::default(),
            errors: FieldErrors::default(),
        })
    }

    /// Whether the form stands open; otherwise the officer unfolds it.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.waiting.is_some() || !self.errors.is_empty()
    }
}

/// `POST /contacts/{id}/decision`
///
/// # Errors
/// [`Fault`]
pub async fn decide(
    State(app): State<App>,
    Extension(visit): Extension<Visit>,
    Path(id): Path<String>,
    Extension(posted): Extension<Posted>,
) -> Result<Response, Fault> {
    let id = number(&id)?;
    let form = DecisionForm::read(&posted);
    let asked = match form.asked(&posted) {
        Ok(asked) => asked,
        Err(errors) => {
            let page = page(&app, &visit, id, Some((form, errors)), None).await?;
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
        }
    };
    let mut errors = FieldErrors::default();
    let status = match app.casework.decide_contact(&visit.officer, id, &asked).await {
        Ok(case) => {
            let (path, notice) = match (asked.choice.decision(), case) {
                (Decision::CaseOpened, Some(case)) => (format!("/cases/{case}"), Notice::CaseOpened),
                (Decision::AddedToCase, Some(case)) => (format!("/cases/{case}"), Notice::ContactAdded),
                _ => ("/to-decide".to_owned(), Notice::NothingToDo),
            };
            return Ok(telling(&path, notice).into_response());
        }
        Err(CaseworkError::Undecidable(refusal @ (DecisionRefusal::NoReason | DecisionRefusal::ReasonTooLong(_)))) => {
            errors.add("reason", sentence(&refusal));
            StatusCode::UNPROCESSABLE_ENTITY
        }
        Err(CaseworkError::Undecidable(refusal)) => {
            errors.add("", sentence(&refusal));
            StatusCode::CONFLICT
        }
        Err(CaseworkError::NoSuchCase) => {
            errors.add("case", "There is no case with this reference");
            StatusCode::UNPROCESSABLE_ENTITY
        }
        Err(error) => return Err(error.into()),
    };
    let page = page(&app, &visit, id, Some((form, errors)), None).await?;
    Ok((status, page).into_response())
}
