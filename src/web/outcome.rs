//! The outcome of a stage as an officer writes it: a finding with reasons for every point, what is offered,
//! and what is promised. Blank rows are spare; nothing typed is lost.

use axum::Extension;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use jiff::civil::Date;

use super::app::App;
use super::case::found;
use super::fault::Fault;
use super::form::{self, Block, Fields, FormView, date};
use super::letter_form::Posted;
use super::letter_page::sentence;
use super::page::{FieldErrors, Notice};
use super::visit::{Asked, Visit};
use crate::domain::case::Case;
use crate::domain::letter::LetterKind;
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
    let case = found(&app, &reference).await?;
    let view = match missing_first(&app, &case).await? {
        Some(view) => view,
        None => view(&case, app.today(), Fields(None), FieldErrors::default()),
    };
    form::show(&app, &visit, asked.notice(), &view)
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
    let case = found(&app, &reference).await?;
    if let Some(view) = missing_first(&app, &case).await? {
        return form::again(&app, &visit, &view);
    }
    let mut errors = FieldErrors::default();
    let outcome = read(&posted, case.definition.points.iter().map(|point| point.number), &mut errors);
    if errors.is_empty() {
        let done = app.casework.record_outcome(&visit.officer, case.reference, outcome).await;
        let here = format!("/cases/{}/outcome", case.reference);
        if let Some(gone) = form::after(done, (&here, Notice::CaseChanged), &mut errors)? {
            return Ok(gone);
        }
    }
    form::again(&app, &visit, &view(&case, app.today(), Fields(Some(&posted)), errors))
}

/// An outcome answers the points that the acknowledgement told the resident: before it has gone there is
/// nothing to answer (5.6, 6.7).
async fn missing_first(app: &App, case: &Case) -> Result<Option<FormView>, Fault> {
    let defined = case.definition.points.iter().any(|point| !point.text.trim().is_empty());
    if defined && case.current.acknowledged.is_some() {
        return Ok(None);
    }
    let kind = LetterKind::acknowledgement(case.current.stage);
    let letters = app.casework.store.letters_of_case(case.id).await?;
    let first = letters.iter().rfind(|letter| letter.kind == kind).map_or_else(
        || {
            (
                format!("/cases/{}", case.reference),
                "Back to the case: the acknowledgement is drafted shortly".to_owned(),
            )
        },
        |letter| (format!("/letters/{}", letter.id), format!("Go to the {kind}")),
    );
    let intro = "The outcome answers the points of the complaint definition. Define the complaint first, in the \
                 acknowledgement, and send it (5.6, 6.7).";
    Ok(Some(FormView { intro: vec![intro.to_owned()], first: Some(first), ..about(case) }))
}

fn about(case: &Case) -> FormView {
    FormView::about(case, format!("Outcome of {}", case.current.stage), "outcome")
}

fn view(case: &Case, today: Date, fields: Fields<'_>, errors: FieldErrors) -> FormView {
    let outcome = case.current.outcome.clone().unwrap_or_default();
    let mut blocks = Vec::new();
    for point in &case.definition.points {
        let number = point.number;
        let answer = outcome.answer(number).cloned().unwrap_or_default();
        let findings = Finding::ALL.map(|finding| (finding.key().to_owned(), sentence(&finding))).to_vec();
        let id = |part: &str| format!("answer-{number}-{part}");
        blocks.push(Block::plain(
            format!("Point {number}: {}", point.text),
            vec![
                fields.choice(&id("finding"), "Finding", findings, answer.finding.map_or("", Finding::key)),
                fields.lines(
                    &id("reasons"),
                    "Reasons (6.7)",
                    "As the letter says them to the resident.",
                    &answer.reasons,
                ),
                fields.line(&id("cited"), "Policy, law or good practice (if there is any to cite)", "", &answer.cited),
            ],
        ));
    }
    for number in 1..=(outcome.remedies.len() + SPARE) {
        let remedy = outcome.remedies.get(number - 1);
        let kinds = RemedyKind::ALL.map(|kind| (kind.key().to_owned(), sentence(&kind))).to_vec();
        let id = |part: &str| format!("remedy-{number}-{part}");
        let pounds = remedy.and_then(|remedy| remedy.amount).map(pounds).unwrap_or_default();
        blocks.push(Block::plain(
            format!("Remedy {number} (7.1)"),
            vec![
                fields.choice(&id("kind"), "Kind", kinds, remedy.map_or("", |remedy| remedy.kind.key())),
                fields.lines(&id("what"), "What (7.3)", "", remedy.map_or("", |remedy| &remedy.what)),
                fields.lines(
                    &id("impact"),
                    "The effect on the resident (7.2)",
                    "",
                    remedy.map_or("", |remedy| &remedy.impact),
                ),
                fields.line(&id("amount"), "Amount in pounds, for money", "For example 120.50", &pounds),
                fields.date(
                    &id("by"),
                    "By when, if it is not done with the letter",
                    remedy.and_then(|remedy| remedy.by),
                ),
            ],
        ));
    }
    let why_not = fields.lines("no-remedy", "Why not", "Needed when a point was upheld (7.1).", &outcome.no_remedy);
    blocks.push(Block::plain("If nothing is offered", vec![why_not]));
    for number in 1..=(outcome.promises.len() + SPARE) {
        let promise = outcome.promises.get(number - 1);
        let id = |part: &str| format!("action-{number}-{part}");
        blocks.push(Block::plain(
            format!("Action {number} still to be done (6.6)"),
            vec![
                fields.lines(&id("what"), "What", "", promise.map_or("", |promise| &promise.what)),
                fields.line(&id("owner"), "Who does it", "", promise.map_or("", |promise| &promise.owner)),
                fields.date(&id("by"), "By when", promise.map(|promise| promise.by)),
            ],
        ));
    }
    if let Some(last) = blocks.last_mut() {
        last.button = Some(("save".to_owned(), "Save the outcome".to_owned()));
    }
    let lacks = case.outcome_lacks(&outcome, today);
    let state = match (&case.current.outcome, lacks.is_empty()) {
        (None, _) => "The response is begun as soon as the outcome is complete.".to_owned(),
        (Some(_), true) => format!(
            "The outcome is complete. Overall: {}.",
            outcome.decision().map(|decision| decision.to_string()).unwrap_or_default()
        ),
        (Some(_), false) => format!("Still missing: {}.", crate::domain::words::list(&lacks)),
    };
    FormView { intro: vec![state], blocks, errors, ..about(case) }
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

fn read(posted: &Posted, points: impl Iterator<Item = u32>, errors: &mut FieldErrors) -> Outcome {
    let answers = points.map(|number| {
        let get = |part: &str| posted.get(&format!("answer-{number}-{part}"));
        Answer {
            point: number,
            finding: Finding::from_key(&get("finding")),
            reasons: get("reasons"),
            cited: get("cited"),
        }
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
                ("action-1-by", "18 12 2026"),
            ]),
            1..=2,
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
            ("action-1-by", "31 2 2026", "action-1-by"),
        ] {
            let mut errors = FieldErrors::default();
            read(&posted(&[(field, value)]), 1..=1, &mut errors);
            assert!(errors.of(wrong).is_some(), "{field}");
        }
        for text in ["12.5", "x", "-3", "1.005"] {
            assert_eq!(pence(text), None, "{text}");
        }
    }
}
