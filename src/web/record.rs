//! Recording something of the people of a case: one page for each thing, made from its fields.

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};

use super::app::App;
use super::fault::Fault;
use super::form::{self, FieldView, FormView};
use super::letter_form::Posted;
use super::letter_page::sentence;
use super::page::{FieldErrors, Notice};
use super::visit::{Visit, telling};
use crate::casework::CaseworkError;
use crate::casework::record::{Filled, Record};
use crate::domain::case::Case;
use crate::domain::ids::CaseRef;
use crate::domain::people::Officer;
use crate::domain::people_events::disclosure;
use crate::domain::words;

/// `GET /cases/{reference}/record/{what}`
///
/// # Errors
/// [`Fault`]
pub async fn show(
    State(app): State<App>,
    Extension(visit): Extension<Visit>,
    Path((reference, what)): Path<(String, String)>,
) -> Result<Response, Fault> {
    let (case, record) = asked(&app, &reference, &what).await?;
    let officers = app.casework.store.officers().await?;
    let view = view(&app, &case, record, &Filled::new(), &officers, FieldErrors::default());
    app.page(&visit, None, |shell| form::html(shell, &view))
}

/// `POST /cases/{reference}/record/{what}`
///
/// # Errors
/// [`Fault`]
pub async fn act(
    State(app): State<App>,
    Extension(visit): Extension<Visit>,
    Path((reference, what)): Path<(String, String)>,
    Extension(posted): Extension<Posted>,
) -> Result<Response, Fault> {
    let (case, record) = asked(&app, &reference, &what).await?;
    let officers = app.casework.store.officers().await?;
    let filled: Filled = record.fields().iter().map(|field| (field.id.to_owned(), posted.get(field.id))).collect();
    let mut errors = FieldErrors::default();
    match record.command(&filled, &officers) {
        Err(faults) => faults.into_iter().for_each(|(id, text)| errors.add(id, text)),
        Ok(command) => match app.casework.act(&visit.officer, case.reference, command).await {
            Ok(_) => return Ok(telling(&format!("/cases/{}", case.reference), Notice::Recorded).into_response()),
            Err(CaseworkError::Refused(refusal)) => errors.add("", sentence(&refusal)),
            Err(error) => return Err(error.into()),
        },
    }
    let view = view(&app, &case, record, &filled, &officers, errors);
    let page = app.page(&visit, None, |shell| form::html(shell, &view))?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

async fn asked(app: &App, reference: &str, what: &str) -> Result<(Case, Record), Fault> {
    let reference: CaseRef = reference.parse().map_err(|_| Fault::NotFound)?;
    let record: Record = what.parse().map_err(|_| Fault::NotFound)?;
    let case = app.casework.store.case_by_ref(reference).await?.ok_or(Fault::NotFound)?;
    Ok((case, record))
}

fn view(
    app: &App,
    case: &Case,
    record: Record,
    filled: &Filled,
    officers: &[Officer],
    errors: FieldErrors,
) -> FormView {
    FormView {
        title: record.words().to_owned(),
        caption: format!("Case {}", case.reference),
        intro: intro(app, case, record),
        action: format!("/cases/{}/record/{record}", case.reference),
        files: false,
        hidden: Vec::new(),
        fields: record.fields().iter().map(|field| FieldView::of(field, filled, officers)).collect(),
        button: "Record".to_owned(),
        errors,
    }
}

/// What the officer must know, and what is on record to be referred to by number.
fn intro(app: &App, case: &Case, record: Record) -> Vec<String> {
    let (people, today) = (&case.people, app.today());
    match record {
        Record::Circumstance => {
            vec!["Write what the resident told us and no more: it is seen only on this case.".to_owned()]
        }
        Record::Representative => {
            vec!["Until consent is recorded nothing is disclosed, and letters go to the resident (3.6).".to_owned()]
        }
        Record::Consent => (1..)
            .zip(&people.representatives)
            .map(|(number, one): (usize, _)| format!("{number}. {}: {}.", one.name, disclosure(one, today)))
            .collect(),
        Record::Restriction => {
            vec!["A restriction never stops a message or the clock of a complaint (5.14, 5.15).".to_owned()]
        }
        Record::OmbudsmanDone => (1..)
            .zip(&people.ombudsman)
            .filter(|(_, item)| item.done.is_none())
            .map(|(number, item): (usize, _)| {
                let due = item.due_by.map_or_else(String::new, |by| format!(", due by {}", words::weekday_date(by)));
                format!("{number}. {} {}{due}.", item.kind.words(), item.reference)
            })
            .collect(),
        _ => Vec::new(),
    }
}
