//! Incident mode (8.5): declaring and ending a time in which the landlord cannot comply, and the cases it
//! affects. No date moves.

use askama::Template;
use axum::Extension;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};

use super::app::App;
use super::fault::Fault;
use super::letter_form::Posted;
use super::letter_page::sentence;
use super::page::{FieldErrors, Notice, Place, Shell};
use super::visit::{Asked, Visit, telling};
use crate::casework::record::{DATE_FAULT, date};
use crate::casework::{CaseworkError, IncidentText};
use crate::domain::ids::Digest;
use crate::domain::incident::{Audience, Incident, NewIncident};
use crate::domain::landlord::Ombudsman;
use crate::domain::words;

/// So many affected cases are listed.
const MOST_CASES: usize = 5_000;

/// The incident page.
#[derive(Debug, Clone, Default)]
pub struct IncidentView {
    /// The incident that stands.
    pub standing: Option<String>,
    /// How people were told of it.
    pub told: String,
    /// The texts about it, or about the newest one that is over.
    pub texts: Vec<TextView>,
    /// The cases it affects: reference, what is due, and when.
    pub affected: Vec<(String, String, String)>,
    /// Earlier ones.
    pub earlier: Vec<String>,
    /// What was filled in: what happened, since when, back by, how told.
    pub form: [String; 4],
    /// What was wrong with it.
    pub errors: FieldErrors,
}

/// A text about an incident.
#[derive(Debug, Clone)]
pub struct TextView {
    /// For whom: the name in the form.
    pub key: &'static str,
    /// For whom, as a heading.
    pub title: &'static str,
    /// How it is sent on.
    pub how: String,
    /// Its subject, or title.
    pub subject: String,
    /// Its words.
    pub text: String,
    /// What an approval binds to.
    pub digest: String,
    /// Who approved it and when, in words.
    pub approved: Option<String>,
}

impl TextView {
    fn of(text: IncidentText, ombudsman: &Ombudsman) -> Self {
        let IncidentText { audience, subject, text, digest, approved } = text;
        let how = match audience {
            Audience::Ombudsman => format!(
                "Send it through the website of the {} ({}){}.",
                ombudsman.name,
                ombudsman.website,
                if ombudsman.phone.is_empty() { String::new() } else { format!(", or phone {}", ombudsman.phone) }
            ),
            Audience::Residents => {
                "Send it to each resident whose case is listed above, in the way they are reached best, and note it in \
                 the case."
                    .to_owned()
            }
            Audience::Website => "Publish it where residents look for how to complain.".to_owned(),
        };
        let approved = approved.map(|one| format!("by {}, {}", one.approved_by, words::instant(one.approved_at)));
        Self { key: audience.key(), title: audience.words(), how, subject, text, digest: digest.to_string(), approved }
    }
}

#[derive(Template)]
#[template(path = "incident.html")]
struct Page<'a> {
    shell: Shell<'a>,
    place: Place,
    view: &'a IncidentView,
}

/// The page.
///
/// # Errors
/// When the template cannot be written.
pub fn html(shell: Shell<'_>, view: &IncidentView) -> Result<String, askama::Error> {
    Page { shell, place: Place::Elsewhere, view }.render()
}

/// `GET /incident`
///
/// # Errors
/// [`Fault`]
pub async fn show(
    State(app): State<App>,
    Extension(visit): Extension<Visit>,
    Query(asked): Query<Asked>,
) -> Result<Response, Fault> {
    let view = view(&app).await?;
    app.page(&visit, asked.notice(), |shell| html(shell, &view))
}

/// `POST /incident`: declares one, ends the one that stands, or approves a text about it.
///
/// # Errors
/// [`Fault`]
pub async fn act(
    State(app): State<App>,
    Extension(visit): Extension<Visit>,
    Extension(posted): Extension<Posted>,
) -> Result<Response, Fault> {
    let form = ["what", "began-on", "back-by", "told"].map(|id| posted.get(id));
    let [what, began, back, told] = &form;
    let mut errors = FieldErrors::default();
    let text: Option<(Audience, Digest)> = posted.get("text").parse().ok().zip(posted.get("digest").parse().ok());
    let done = if posted.get("do") == "end" {
        Some((app.casework.end_incident(&visit.officer).await, Notice::IncidentEnded))
    } else if let (Some((audience, read)), "approve") = (text, posted.get("do").as_str()) {
        Some((app.casework.approve_incident_text(&visit.officer, audience, read).await, Notice::TextApproved))
    } else {
        let (began_on, back_by) = (date(began), date(back));
        for (id, found) in [("began-on", began_on), ("back-by", back_by)] {
            if found.is_none() {
                errors.add(id, DATE_FAULT);
            }
        }
        match (began_on, back_by) {
            (Some(began_on), Some(back_by)) => {
                let new = NewIncident { what: what.clone(), began_on, back_by, told: told.clone() };
                Some((app.casework.declare_incident(&visit.officer, &new).await, Notice::IncidentDeclared))
            }
            _ => None,
        }
    };
    match done {
        Some((Ok(()), notice)) => return Ok(telling("/incident", notice).into_response()),
        Some((Err(CaseworkError::Incident(refusal)), _)) => errors.add("", sentence(&refusal)),
        Some((Err(error), _)) => return Err(error.into()),
        None => {}
    }
    let view = IncidentView { form, errors, ..view(&app).await? };
    let page = app.page(&visit, None, |shell| html(shell, &view))?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

async fn view(app: &App) -> Result<IncidentView, Fault> {
    let store = &app.casework.store;
    let standing = store.incident().await?;
    let mut affected = Vec::new();
    if let Some(incident) = &standing {
        let today = app.today();
        for case in store.work_list(MOST_CASES).await?.iter().filter(|case| incident.affects(case, today)) {
            let Some((duty, by)) = case.next_deadline() else { continue };
            let by = by.map_or_else(|| "not covered by the calendar".to_owned(), words::weekday_date);
            affected.push((case.reference.to_string(), duty.to_string(), by));
        }
    }
    let over = |incident: &Incident| {
        incident.ended_on.map(|on| {
            let (from, to) = (words::date(incident.began_on), words::date(on));
            format!("{from} to {to}: {} Declared by {}.", incident.what, incident.declared_by)
        })
    };
    let texts = app.casework.incident_texts().await?;
    Ok(IncidentView {
        texts: texts.into_iter().map(|text| TextView::of(text, &app.casework.desk.ombudsman)).collect(),
        told: standing.as_ref().map(|incident| incident.told.clone()).unwrap_or_default(),
        standing: standing.as_ref().map(Incident::in_words),
        affected,
        earlier: store.incidents().await?.iter().filter_map(over).collect(),
        ..IncidentView::default()
    })
}
