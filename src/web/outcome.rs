//! The outcome of a stage as an officer writes it: a finding with reasons for every point, what is offered,
//! and what is promised. Blank rows are spare; nothing typed is lost.

use axum::Extension;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use jiff::civil::Date;

use super::app::App;
use super::case::parse;
use super::fault::Fault;
use super::letter_form::Posted;
use super::letter_page::sentence;
use super::page::{FieldErrors, Notice};
use super::plain_form::{Block, Fields, FormView, html};
use super::visit::{Asked, Visit, telling};
use crate::casework::CaseworkError;
use crate::domain::case::Case;
use crate::domain::outcome::{Answer, Finding, Outcome, Pence, Promise, Remedy, RemedyKind};

/// How many spare rows are offered for remedies and for actions.
const SPARE: usize = 2;
/// No more rows than this are read.
const MOST_ROWS: usize = 30;

/// `GET /cases/{reference}/outcome`
///
/// # Errors
/// [`Fault`]
pub async fn show(
    State(app): State<App>,
    Extension(visit): Extension<Visit>,
    Path(reference): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Fault> {
    let case = app.casework.store.case_by_ref(parse(&reference)?).await?.ok_or(Fault::NotFound)?;
    let view = view(&case, Fields(None), FieldErrors::default());
    app.page(&visit, asked.notice(), |shell| html(shell, &view))
}

/// `POST /cases/{reference}/outcome`
///
/// # Errors
/// [`Fault`]
pub async fn save(
    State(app): State<App>,
    Extension(visit): Extension<Visit>,
    Path(reference): Path<String>,
    Extension(posted): Extension<Posted>,
) -> Result<Response, Fault> {
    let reference = parse(&reference)?;
    let case = app.casework.store.case_by_ref(reference).await?.ok_or(Fault::NotFound)?;
    let mut errors = FieldErrors::default();
    let outcome = read(&posted, case.definition.points.len(), &mut errors);
    if errors.is_empty() {
        match app.casework.record_outcome(&visit.officer, reference, outcome).await {
            Ok(Some(letter)) => return Ok(telling(&format!("/letters/{letter}"), Notice::Saved).into_response()),
            Ok(None) => return Ok(telling(&format!("/cases/{reference}/outcome"), Notice::CaseChanged).into_response()),
            Err(CaseworkError::Refused(refusal)) => errors.add("", sentence(&refusal)),
            Err(error) => return Err(error.into()),
        }
    }
    let view = view(&case, Fields(Some(&posted)), errors);
    let page = app.page(&visit, None, |shell| html(shell, &view))?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

fn view(case: &Case, fields: Fields<'_>, errors: FieldErrors) -> FormView {
    let outcome = case.current.outcome.clone().unwrap_or_default();
    let mut blocks = Vec::new();
    for (number, point) in (1..).zip(&case.definition.points) {
        let answer = outcome.answers.get(number - 1).cloned().unwrap_or_default();
        let findings = Finding::ALL.map(|finding| (finding.key().to_owned(), sentence(&finding))).to_vec();
        let id = |part: &str| format!("answer-{number}-{part}");
        blocks.push(Block {
            title: format!("Point {number}: {}", point.text),
            fields: vec![
                fields.choice(&id("finding"), "Finding", findings, answer.finding.map_or("", Finding::key)),
                fields.lines(
                    &id("reasons"),
                    "Reasons (6.7)",
                    "As the letter says them to the resident.",
                    &answer.reasons,
                ),
                fields.line(&id("cited"), "Policy, law or good practice (if there is any to cite)", "", &answer.cited),
            ],
            button: None,
        });
    }
    for number in 1..=(outcome.remedies.len() + SPARE) {
        let remedy = outcome.remedies.get(number - 1);
        let kinds = RemedyKind::ALL.map(|kind| (kind.key().to_owned(), sentence(&kind))).to_vec();
        let id = |part: &str| format!("remedy-{number}-{part}");
        let pounds = remedy.and_then(|remedy| remedy.amount).map(pounds).unwrap_or_default();
        let by = remedy.and_then(|remedy| remedy.by).map(|by| by.to_string()).unwrap_or_default();
        blocks.push(Block {
            title: format!("Remedy {number} (7.1)"),
            fields: vec![
                fields.choice(&id("kind"), "Kind", kinds, remedy.map_or("", |remedy| remedy.kind.key())),
                fields.lines(&id("what"), "What (7.3)", "", remedy.map_or("", |remedy| &remedy.what)),
                fields.lines(
                    &id("impact"),
                    "The effect on the resident (7.2)",
                    "",
                    remedy.map_or("", |remedy| &remedy.impact),
                ),
                fields.line(&id("amount"), "Amount in pounds, for money", "For example 120.50", &pounds),
                fields.date(&id("by"), "By when, if it is not done with the letter", &by),
            ],
            button: None,
        });
    }
    blocks.push(Block {
        title: "If nothing is offered".to_owned(),
        fields: vec![fields.lines("no-remedy", "Why not", "Needed when a point was upheld (7.1).", &outcome.no_remedy)],
        button: None,
    });
    for number in 1..=(outcome.promises.len() + SPARE) {
        let promise = outcome.promises.get(number - 1);
        let id = |part: &str| format!("action-{number}-{part}");
        let by = promise.map(|promise| promise.by.to_string()).unwrap_or_default();
        blocks.push(Block {
            title: format!("Action {number} still to be done (6.6)"),
            fields: vec![
                fields.lines(&id("what"), "What", "", promise.map_or("", |promise| &promise.what)),
                fields.line(&id("owner"), "Who does it", "", promise.map_or("", |promise| &promise.owner)),
                fields.date(&id("by"), "By when", &by),
            ],
            button: None,
        });
    }
    if let Some(last) = blocks.last_mut() {
        last.button = Some(("save".to_owned(), "Save the outcome".to_owned()));
    }
    let lacks = outcome.lacks(&case.definition);
    let state = match (&case.current.outcome, lacks.is_empty()) {
        (None, _) => "The response is begun as soon as the outcome is complete.".to_owned(),
        (Some(_), true) => format!(
            "The outcome is complete. Overall: {}.",
            outcome.decision().map(|decision| decision.to_string()).unwrap_or_default()
        ),
        (Some(_), false) => format!("Still missing: {}.", crate::domain::words::list(&lacks)),
    };
    FormView {
        reference: case.reference.to_string(),
        heading: format!("Outcome of {}", case.current.stage),
        intro: vec![state],
        action: format!("/cases/{}/outcome", case.reference),
        blocks,
        errors,
    }
}

fn pounds(amount: Pence) -> String {
    amount.to_string().trim_start_matches('£').to_owned()
}

/// Pounds and pence as entered, with or without a pound sign and commas.
fn pence(text: &str) -> Option<Pence> {
    let plain: String = text.chars().filter(|letter| !matches!(letter, '£' | ',' | ' ')).collect();
    let (pounds, rest) = plain.split_once('.').unwrap_or((&plain, "00"));
    let pence: u64 = if rest.len() == 2 { rest.parse().ok()? } else { return None };
    pounds.parse::<u64>().ok()?.checked_mul(100)?.checked_add(pence).map(Pence)
}

fn read(posted: &Posted, points: usize, errors: &mut FieldErrors) -> Outcome {
    let answers = (1..=points).map(|number| {
        let get = |part: &str| posted.get(&format!("answer-{number}-{part}"));
        Answer { finding: Finding::from_key(&get("finding")), reasons: get("reasons"), cited: get("cited") }
    });
    let answers = answers.collect();
    let mut remedies = Vec::new();
    let mut promises = Vec::new();
    for number in 1..=MOST_ROWS {
        let get = |part: &str| posted.get(&format!("remedy-{number}-{part}"));
        let (what, amount, by) = (get("what"), get("amount"), get("by"));
        match RemedyKind::from_key(&get("kind")) {
            Some(kind) => {
                let money = pence(&amount);
                if !amount.is_empty() && money.is_none() {
                    errors.add(format!("remedy-{number}-amount"), "Enter pounds and pence, for example 120.50");
                }
                let by = date(&by, &format!("remedy-{number}-by"), errors);
                remedies.push(Remedy { kind, what, impact: get("impact"), amount: money, by });
            }
            None if [what, amount, by, get("impact")].iter().any(|text| !text.is_empty()) => {
                errors.add(format!("remedy-{number}-kind"), "Choose the kind of this remedy");
            }
            None => {}
        }
        let get = |part: &str| posted.get(&format!("action-{number}-{part}"));
        let (what, owner, by) = (get("what"), get("owner"), get("by"));
        if [&what, &owner, &by].iter().all(|text| text.is_empty()) {
            continue;
        }
        let field = format!("action-{number}-by");
        match date(&by, &field, errors) {
            Some(by) => promises.push(Promise { what, owner, by }),
            None if by.is_empty() => errors.add(field, "Enter by when this will be done (7.3)"),
            None => {}
        }
    }
    Outcome { answers, remedies, no_remedy: posted.get("no-remedy"), promises }
}

/// A date as entered; `None` when the field is blank or, with an error, when it is no date.
pub(super) fn date(text: &str, field: &str, errors: &mut FieldErrors) -> Option<Date> {
    if text.is_empty() {
        return None;
    }
    let date = text.parse().ok();
    if date.is_none() {
        errors.add(field, "Enter the date as year, month and day, for example 2026-03-27");
    }
    date
}

#[cfg(test)]
mod tests {
    use super::*;

    fn posted(fields: &[(&str, &str)]) -> Posted {
        Posted(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn an_outcome_is_read_without_its_blank_rows() {
        let mut errors = FieldErrors::default();
        let outcome = read(
            &posted(&[
                ("answer-1-finding", "upheld"),
                ("answer-1-reasons", "The log shows it."),
                ("remedy-2-kind", "money"),
                ("remedy-2-what", "Paid to you"),
                ("remedy-2-amount", "£1,020.50"),
                ("action-1-what", "Inspect the lift"),
                ("action-1-owner", "Sam"),
                ("action-1-by", "2026-12-18"),
            ]),
            2,
            &mut errors,
        );
        assert!(errors.is_empty());
        assert_eq!((outcome.answers.len(), outcome.remedies.len(), outcome.promises.len()), (2, 1, 1));
        assert_eq!(outcome.money(), Pence(102_050));
        assert_eq!(outcome.answers[1].finding, None);
    }

    #[test]
    fn what_cannot_be_read_is_said_beside_its_field() {
        for (field, value, wrong) in [
            ("remedy-1-amount", "12.5", "remedy-1-kind"),
            ("action-1-what", "Inspect the lift", "action-1-by"),
            ("action-1-by", "18.12.2026", "action-1-by"),
        ] {
            let mut errors = FieldErrors::default();
            read(&posted(&[(field, value)]), 1, &mut errors);
            assert!(errors.of(wrong).is_some(), "{field}");
        }
        for text in ["12.5", "x", "-3", "1.005"] {
            assert_eq!(pence(text), None, "{text}");
        }
    }
}
