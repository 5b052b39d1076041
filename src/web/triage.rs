//! Triage on a page: what the words suggest and why, and the officer's decision below it. A complaint can be
//! raised from what is not one, and what is not one can be finished.

use axum::Extension;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse as _, Response};

use super::app::App;
use super::case::found;
use super::fault::Fault;
use super::form::{self, Block, Fields, FormView, date};
use super::letter_form::Posted;
use super::page::{FieldErrors, Notice};
use super::visit::{Asked, Visit, telling};
use crate::casework::CaseworkError;
use crate::domain::case::Case;
use crate::domain::commands::{CaseCommand, Content, TriageAsked, TriageCommand};
use crate::domain::ids::ContactId;
use crate::domain::triage::{Answer, Choice, FollowUp, Suggested, Triage, TriageDecision, TriageKind, Weight, Weights};
use crate::domain::words;

/// What a case's page says of its triage.
#[derive(Debug, Clone, Default)]
pub struct TriageView {
    /// What is to be decided; empty when nothing is.
    pub waits: String,
    /// What was decided, a sentence each.
    pub lines: Vec<String>,
    /// Cases that belong to it: what they are, and their references.
    pub linked: Vec<(String, String)>,
    /// The references of other cases from the same address.
    pub repeats: Vec<String>,
}

impl TriageView {
    /// The triage of a case; `others` are the cases from the same address.
    #[must_use]
    pub fn of(case: &Case, others: &[Case]) -> Self {
        let triaged = &case.triaged;
        let waits = match (case.triage, triaged.first_again()) {
            (_, Some(again)) => format!("Contact {} waits: decide whether it is a complaint (1.5).", again.contact),
            (Triage::ToBeTriaged, None) => {
                "Nobody has decided what this is. Until then it counts as a complaint (1.2).".to_owned()
            }
            (Triage::As(_), None) => String::new(),
        };
        let mut lines: Vec<String> = triaged.decision.iter().map(decided).collect();
        if let Some(follow_up) = triaged.follow_up() {
            lines.push(format!("{} follows it up; next review {}.", follow_up.owner, words::date(follow_up.review_by)));
        }
        let weights = triaged.weights.in_words();
        if !weights.is_empty() {
            lines.push(format!("Weighed: {weights}."));
        }
        let raised = triaged.raised.iter().map(|raised| ("Complaint raised from this".to_owned(), raised.to_string()));
        let from = triaged.from.iter().map(|from| ("Raised from".to_owned(), from.to_string()));
        Self {
            waits,
            lines,
            linked: raised.chain(from).collect(),
            repeats: others.iter().map(|other| other.reference.to_string()).collect(),
        }
    }

    /// How many other cases there are, in words.
    #[must_use]
    pub fn repeat_words(&self) -> String {
        format!("{} from this address", words::counted(self.repeats.len(), "other case"))
    }
}

fn decided(decision: &TriageDecision) -> String {
    let TriageDecision { kind, reason, by, at, .. } = decision;
    let at = words::instant(*at);
    let offered = match decision.choice {
        Choice::Offered(answer) => format!(" The choice to complain was offered (1.3): {}.", answer.words()),
        Choice::NotOffered if *kind == TriageKind::Complaint => String::new(),
        Choice::NotOffered => " The choice to complain was not offered.".to_owned(),
    };
    format!("{by} decided on {at} that it is: {}. Reason: {}.{offered}", kind.words(), reason.trim_end_matches('.'))
}

/// What a case is, for a row of a list, with what weighs much.
#[must_use]
pub fn in_a_row(case: &Case) -> String {
    let Weights { complexity, vulnerability, risk } = case.triaged.weights;
    let named = [("risk", risk), ("vulnerability", vulnerability), ("complexity", complexity)];
    let high =
        named.iter().filter(|(_, weight)| *weight == Some(Weight::High)).map(|(name, _)| format!(", {name} high"));
    format!("{}{}", case.triage.words(), high.collect::<String>())
}

/// `GET /cases/{reference}/triage`
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
    let suggested = app.casework.suggested(&case).await?;
    form::show(&app, &visit, asked.notice(), &view(&case, suggested.as_ref(), Fields(None), FieldErrors::default()))
}

/// `POST /cases/{reference}/triage`
///
/// # Errors
/// [`Fault`]
pub async fn act(
    State(app): State<App>,
    Extension(visit): Extension<Visit>,
    Path(reference): Path<String>,
    Extension(posted): Extension<Posted>,
) -> Result<Response, Fault> {
    let case = found(&app, &reference).await?;
    let (mut errors, officer) = (FieldErrors::default(), &visit.officer);
    let home = format!("/cases/{}", case.reference);
    let done: Option<Result<(), CaseworkError>> = match posted.get("do").as_str() {
        "decide" => match decision(&posted, &mut errors) {
            Some(asked) => Some(app.casework.triage(officer, case.reference, asked).await.map(|_| ())),
            None => None,
        },
        "raise" => {
            let contact = posted.get("contact").parse().ok().map(ContactId);
            let reason = posted.get("raise-reason");
            match app.casework.raise_complaint(officer, case.reference, contact, &reason).await {
                Ok(raised) => return Ok(telling(&format!("/cases/{raised}"), Notice::CaseOpened).into_response()),
                Err(error) => Some(Err(error)),
            }
        }
        "finish" => match posted.get("content").parse::<Content>() {
            Ok(content) => {
                let finish = TriageCommand::Finish { how: posted.get("how"), content };
                let command = CaseCommand::Triage(finish);
                Some(app.casework.act(officer, case.reference, command).await.map(|_| ()))
            }
            Err(_) => {
                errors.add("content", "Select what the resident says");
                None
            }
        },
        _ => {
            errors.add("", "Press the button below what you want to do");
            None
        }
    };
    if let Some(done) = done
        && let Some(gone) = form::after(done.map(|()| None), (&home, Notice::CaseChanged), &mut errors)?
    {
        return Ok(gone);
    }
    let suggested = app.casework.suggested(&case).await?;
    form::again(&app, &visit, &view(&case, suggested.as_ref(), Fields(Some(&posted)), errors))
}

/// What was decided; `None`, and errors, when it cannot be told.
fn decision(posted: &Posted, errors: &mut FieldErrors) -> Option<TriageAsked> {
    let kind = posted.get("kind").parse();
    if kind.is_err() {
        errors.add("kind", "Select what it is");
    }
    let review_by = date(&posted.get("review-by"), "review-by", errors);
    let owner = posted.get("owner");
    if review_by.is_none() && !owner.is_empty() && errors.of("review-by").is_none() {
        errors.add("review-by", "Enter when it is reviewed next (1.4)");
    }
    let weight = |id: &str| posted.get(id).parse().ok();
    let asked = TriageAsked {
        kind: kind.ok()?,
        reason: posted.get("reason"),
        choice: posted.get("choice").parse().map_or(Choice::NotOffered, Choice::Offered),
        follow_up: review_by.map(|review_by| FollowUp { owner, review_by }),
        weights: Weights {
            complexity: weight("complexity"),
            vulnerability: weight("vulnerability"),
            risk: weight("risk"),
        },
        suggested: None,
    };
    errors.is_empty().then_some(asked)
}

/// The page's contents.
pub(super) fn view(case: &Case, suggested: Option<&Suggested>, fields: Fields<'_>, errors: FieldErrors) -> FormView {
    let about = TriageView::of(case, &[]);
    let mut intro: Vec<String> = suggested.iter().map(|one| suggestion(one)).collect();
    intro.extend(Some(about.waits).filter(|waits| !waits.is_empty()));
    intro.extend(about.lines);
    intro.push(
        "A complaint is any expression of dissatisfaction, however made, about what we or those who act for us did or \
         did not do (1.2). The clock waits for no decision."
            .to_owned(),
    );
    let mut blocks = vec![decide(case, fields)];
    if case.triage.is_other() {
        let waits = case.triaged.first_again().map(|again| again.contact.to_string()).unwrap_or_default();
        let later = case.contacts.iter().filter(|contact| **contact != case.opened_by);
        let contacts = later.map(|contact| (contact.0.to_string(), format!("Contact {contact}"))).collect();
        blocks.push(Block::of(
            "Raise a complaint from this (1.5)",
            vec![
                fields.choice("contact", "Contact in which the resident complains", contacts, &waits),
                fields.lines("raise-reason", "Why it is a complaint", "What was asked for goes on in this case.", ""),
            ],
            "raise",
            "Raise a complaint",
        ));
        if case.ended_at().is_none() {
            blocks.push(Block::of(
                "Finish",
                vec![
                    fields.lines("how", "What was done", "", ""),
                    fields.choice("content", "What the resident says", words_of(&Content::choices()), ""),
                ],
                "finish",
                "Finish",
            ));
        }
    }
    FormView { intro, blocks, errors, ..FormView::about(case, "What is this?", "triage") }
}

fn decide(case: &Case, fields: Fields<'_>) -> Block {
    let decision = case.triaged.decision.as_ref();
    let follow_up = case.triaged.follow_up();
    let weights = case.triaged.weights;
    let key = |weight: Option<Weight>| weight.map_or("", Weight::key);
    let choice = match decision.map(|decision| decision.choice) {
        Some(Choice::Offered(answer)) => answer.key(),
        Some(Choice::NotOffered) | None => "",
    };
    let answers = Answer::choices().into_iter().map(|(key, words)| (key.to_owned(), format!("Yes: {words}"))).collect();
    let owner = follow_up.map_or("", |follow_up| follow_up.owner.as_str());
    let weigh = |id, label, weight| fields.choice(id, label, words_of(&Weight::choices()), key(weight));
    Block::of(
        "Decide",
        vec![
            fields.choice("kind", "It is", words_of(&TriageKind::choices()), decision.map_or("", |it| it.kind.key())),
            fields.lines("reason", "Why", "", ""),
            fields.choice(
                "choice",
                "If it is no complaint: was the choice to complain offered? (1.3)",
                answers,
                choice,
            ),
            fields.line("owner", "Who follows it up", "A service request needs an owner and a review (1.4).", owner),
            fields.date("review-by", "Next review", follow_up.map(|follow_up| follow_up.review_by)),
            weigh("complexity", "Complexity (6.1)", weights.complexity),
            weigh("vulnerability", "Vulnerability of the household (6.1)", weights.vulnerability),
            weigh("risk", "Risk while they wait (6.1)", weights.risk),
        ],
        "decide",
        "Decide",
    )
}

fn suggestion(suggested: &Suggested) -> String {
    format!("Suggested: {}, because {}.", suggested.kind.words(), suggested.reason.trim_end_matches('.'))
}

/// Choices for a form, each with a capital.
fn words_of(choices: &[(&str, &str)]) -> Vec<(String, String)> {
    let capital = |words: &str| {
        let mut letters = words.chars();
        letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
    };
    choices.iter().map(|(key, words)| ((*key).to_owned(), capital(words))).collect()
}
