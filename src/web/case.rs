//! One case: what is due and how each date was worked out, the complaint definition, letters,
//! contacts and everything that has happened.

use askama::Template;
use axum::Extension;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};

use super::app::App;
use super::contacts::ContactRow;
use super::fault::Fault;
use super::letter_form::Posted;
use super::letter_page::{sentence, state_words};
use super::marks::MarkView;
use super::page::{Due, FieldErrors, Notice, Place, Shell, resident_name};
use super::people::PeopleView;
use super::triage::TriageView;
use super::visit::{Asked, Visit, telling};
use crate::casework::CaseworkError;
use crate::domain::case::Case;
use crate::domain::circumstances::names;
use crate::domain::commands::{Rules, extension_possible, response_possible, suits, way};
use crate::domain::contact::Contact;
use crate::domain::definition::Point;
use crate::domain::events::HistoryLine;
use crate::domain::hand_over::WordLists;
use crate::domain::held::{Held, HeldKind, HeldState, held};
use crate::domain::ids::CaseRef;
use crate::domain::letter::{LetterKind, LetterState};
use crate::domain::people::Officer;
use crate::domain::words;
use crate::store::Letter;

/// So many other cases of the same resident are looked at.
const OTHER_CASES: usize = 20;

/// One case.
#[derive(Debug, Clone)]
pub struct CaseView {
    /// Its reference.
    pub reference: String,
    /// Who complains: a name, else an address.
    pub resident: String,
    /// Where letters go.
    pub letters_to: Option<String>,
    /// The stage in words.
    pub stage: String,
    /// The triage state in words.
    pub triage: String,
    /// The handler's name.
    pub handler: Option<String>,
    /// The dates of the stage, in their order.
    pub dates: Vec<DateView>,
    /// The numbered points.
    pub points: Vec<Point>,
    /// The outcomes sought.
    pub outcomes: Vec<String>,
    /// The letters, oldest first.
    pub letters: Vec<LetterRow>,
    /// The letters that tell or ask something and suit the case: key and words.
    pub telling: Vec<(&'static str, String)>,
    /// Whether more time can be given.
    pub extension: ExtensionOffer,
    /// Whether the outcome of the stage can be written: acknowledged, and not answered.
    pub to_answer: bool,
    /// The contacts, newest first.
    pub contacts: Vec<ContactRow>,
    /// What happened, newest first.
    pub history: Vec<HappenedView>,
    /// Words that must not wait, in any of its contacts.
    pub marks: Vec<MarkView>,
    /// What is recorded of its people.
    pub people: PeopleView,
    /// What is recorded of its triage.
    pub triaged: TriageView,
    /// Why what was asked for was not done.
    pub errors: FieldErrors,
}

/// One date of a stage.
#[derive(Debug, Clone)]
pub struct DateView {
    /// What it is, such as `Acknowledgement due`.
    pub what: String,
    /// The date in words.
    pub date: String,
    /// How much time is left, while the duty is open.
    pub due: Option<Due>,
    /// How it was worked out, one sentence a line; empty for a plain fact.
    pub explanation: Vec<String>,
}

/// One letter of the case.
#[derive(Debug, Clone)]
pub struct LetterRow {
    /// Its number.
    pub id: i64,
    /// Its kind in words.
    pub kind: String,
    /// Where it stands, in words.
    pub state: String,
}

/// Whether the response date can be moved now.
#[derive(Debug, Clone)]
pub enum ExtensionOffer {
    /// It can, up to this date in words.
    Possible {
        /// The latest date.
        latest: String,
        /// Where the Code says so.
        provision: String,
    },
    /// An extension letter is being written already; the list of letters has it.
    Begun,
    /// It cannot, and why.
    Impossible(String),
}

/// One line of the history.
#[derive(Debug, Clone)]
pub struct HappenedView {
    /// When, in words.
    pub at: String,
    /// Who.
    pub actor: String,
    /// What.
    pub what: String,
}

impl CaseView {
    /// A case with what belongs to it: letters oldest first, contacts newest first, history in its
    /// order. `drafting` are the kinds of letter that are being written.
    #[must_use]
    pub fn of(
        rules: Rules<'_>,
        case: &Case,
        letters: Vec<LetterRow>,
        drafting: &[LetterKind],
        contacts: &[Contact],
        history: &[HistoryLine],
        lists: &WordLists,
    ) -> Self {
        let happened = |line: &HistoryLine| HappenedView {
            at: words::instant(line.at),
            actor: line.actor.to_string(),
            what: line.event.in_words(),
        };
        let extension = match extension_possible(rules, case) {
            _ if drafting.contains(&LetterKind::extension(case.current.stage)) => ExtensionOffer::Begun,
            Ok(limit) => ExtensionOffer::Possible {
                latest: words::weekday_date(limit.by),
                provision: limit.provision.to_string(),
            },
            Err(refusal) => ExtensionOffer::Impossible(sentence(&refusal)),
        };
        Self {
            reference: case.reference.to_string(),
            resident: resident_name(&case.resident),
            letters_to: way(rules, case, &[]).ok().map(|way| way.to_string()),
            stage: format!("{}, {}", case.current.stage, case.state()),
            triage: case.triage.words().to_owned(),
            handler: case.current.handler.as_ref().map(|handler| handler.name.clone()),
            dates: dates(rules, case),
            points: case.definition.points.clone(),
            outcomes: case.definition.outcomes.clone(),
            letters,
            telling: LetterKind::telling()
                .filter(|kind| suits(case, *kind).is_ok())
                .map(|kind| (kind.key(), kind.to_string()))
                .collect(),
            extension,
            to_answer: response_possible(case).is_ok(),
            contacts: contacts.iter().map(|contact| ContactRow::of(contact, lists)).collect(),
            history: history.iter().rev().map(happened).collect(),
            marks: MarkView::together(lists, contacts.iter().flat_map(|contact| &contact.marks)),
            people: PeopleView::of(rules, case, &[], Vec::new()),
            triaged: TriageView::of(case, &[]),
            errors: FieldErrors::default(),
        }
    }
}

/// What has happened and what is due, in the order of the stage.
fn dates(rules: Rules<'_>, case: &Case) -> Vec<DateView> {
    let fact = |what: &str, date: String| DateView { what: what.to_owned(), date, due: None, explanation: Vec::new() };
    let mut dates = vec![fact("Received", words::instant(case.current.received_at))];
    let mut held = held(rules, case).into_iter();
    dates.extend(held.next().map(|first| date(rules, first)));
    dates.extend(case.current.acknowledged.map(|done| fact("Acknowledged", words::instant(done.at))));
    dates.extend(held.map(|next| date(rules, next)));
    dates
}

fn date(rules: Rules<'_>, held: Held) -> DateView {
    let what = match held.kind {
        HeldKind::Acknowledge => "Acknowledgement due",
        HeldKind::Respond => "Response due",
        HeldKind::RespondBeforeExtension => "Response first due",
        HeldKind::RespondStrictly => "Response due, had we acknowledged in time",
        HeldKind::RespondExtended => "Response due, extended",
    };
    let to_be_met = held.by.filter(|_| held.state == HeldState::ToBeMet);
    DateView {
        what: what.to_owned(),
        date: held.by.map_or_else(|| "not covered by the calendar".to_owned(), words::weekday_date),
        due: to_be_met.map(|by| Due::seen_from(rules.today(), by, rules.calendar)),
        explanation: held.explanation,
    }
}

#[derive(Template)]
#[template(path = "case.html")]
struct Page<'a> {
    shell: Shell<'a>,
    place: Place,
    view: &'a CaseView,
}

/// The page.
///
/// # Errors
/// When the template cannot be written.
pub fn html(shell: Shell<'_>, view: &CaseView) -> Result<String, askama::Error> {
    Page { shell, place: Place::Elsewhere, view }.render()
}

/// `GET /cases/{reference}`
///
/// # Errors
/// [`Fault`]
pub async fn show(
    State(app): State<App>,
    Extension(visit): Extension<Visit>,
    Path(reference): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Fault> {
    let view = view(&app, parse(&reference)?).await?;
    app.page(&visit, asked.notice(), |shell| html(shell, &view))
}

/// `POST /cases/{reference}/extension`: begins an extension letter, or goes on with the one begun.
///
/// # Errors
/// [`Fault`]
pub async fn extend(
    State(app): State<App>,
    Extension(visit): Extension<Visit>,
    Path(reference): Path<String>,
) -> Result<Response, Fault> {
    let reference = parse(&reference)?;
    match app.casework.begin_extension(&visit.officer, reference).await {
        Ok(letter) => Ok(telling(&format!("/letters/{letter}"), Notice::ExtensionBegun).into_response()),
        Err(CaseworkError::Refused(refusal)) => {
            let mut view = view(&app, reference).await?;
            view.errors.add("", format!("No extension: {refusal}"));
            let page = app.page(&visit, None, |shell| html(shell, &view))?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /cases/{reference}/letters`: begins a letter that tells or asks something, or goes on with the
/// one begun.
///
/// # Errors
/// [`Fault`]
pub async fn tell(
    State(app): State<App>,
    Extension(visit): Extension<Visit>,
    Path(reference): Path<String>,
    Extension(posted): Extension<Posted>,
) -> Result<Response, Fault> {
    let reference = parse(&reference)?;
    let Some(kind) = LetterKind::telling().find(|kind| kind.key() == posted.get("kind")) else {
        let mut view = view(&app, reference).await?;
        view.errors.add("kind", "Select a letter");
        let page = app.page(&visit, None, |shell| html(shell, &view))?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    };
    match app.casework.begin_telling(&visit.officer, reference, kind).await {
        Ok(letter) => Ok(telling(&format!("/letters/{letter}"), Notice::LetterBegun).into_response()),
        Err(CaseworkError::Refused(refusal)) => {
            let mut view = view(&app, reference).await?;
            view.errors.add("kind", sentence(&refusal));
            let page = app.page(&visit, None, |shell| html(shell, &view))?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

pub(super) fn parse(reference: &str) -> Result<CaseRef, Fault> {
    reference.parse().map_err(|_| Fault::NotFound)
}

/// The case of this reference.
pub(super) async fn found(app: &App, reference: &str) -> Result<Case, Fault> {
    app.casework.store.case_by_ref(parse(reference)?).await?.ok_or(Fault::NotFound)
}

/// Officers whom the complaint names: in its definition or in the message that opened it (5.8).
fn named_in_opening(case: &Case, contacts: &[Contact], officers: &[Officer]) -> Vec<String> {
    let opening = contacts.iter().find(|contact| contact.id == case.opened_by);
    let in_message = |name: &str| opening.is_some_and(|contact| names(&contact.reading.text, name));
    let named = officers.iter().filter(|officer| case.people.declared(officer.id).is_none());
    let named = named.filter(|officer| case.definition_names(&officer.name) || in_message(&officer.name));
    named
        .map(|officer| {
            format!("The complaint names {}: declare whether there is a conflict of interest (5.8).", officer.name)
        })
        .collect()
}

async fn view(app: &App, reference: CaseRef) -> Result<CaseView, Fault> {
    let store = &app.casework.store;
    let case = store.case_by_ref(reference).await?.ok_or(Fault::NotFound)?;
    let letters = store.letters_of_case(case.id).await?;
    let posts = store.posts_of_case(case.id).await?;
    let on_paper = |letter: &Letter| posts.iter().find(|post| post.letter == letter.id);
    let mut contacts = store.contacts_of_case(case.id).await?;
    contacts.reverse();
    let history = store.history(case.id).await?;
    let is_draft = |letter: &&Letter| letter.state == LetterState::Draft;
    let drafting: Vec<LetterKind> = letters.iter().filter(is_draft).map(|letter| letter.kind).collect();
    let row = |letter: &Letter| LetterRow {
        id: letter.id.0,
        kind: letter.kind.to_string(),
        state: state_words(letter, on_paper(letter)),
    };
    let rows = letters.iter().map(row).collect();
    let others = store.other_cases(&case, OTHER_CASES).await?;
    let officers = store.officers().await?;
    let mut warnings = named_in_opening(&case, &contacts, &officers);
    warnings.extend(case.correction.as_ref().map(|correction| {
        let (received, by) = (words::instant(correction.received_at), &correction.by_name);
        format!("{by} proposed that this was received {received}: another officer confirms it or not (6.2).")
    }));
    let view = CaseView::of(app.rules(), &case, rows, &drafting, &contacts, &history, &app.hand_over);
    let triaged = TriageView::of(&case, &others);
    Ok(CaseView { people: PeopleView::of(app.rules(), &case, &others, warnings), triaged, ..view })
}

#[cfg(test)]
mod tests;
