//! What responses and refusals can speak of: the outcome of a stage, or the ground and reasons of a
//! refusal. What is missing stays empty, so that the passage about it is empty and shows as a shortfall.

use serde::Serialize;

use super::Kind;
use super::context::{CommonView, OfficersParts, Setting, View, said};
use super::samples;
use crate::domain::case::Case;
use crate::domain::exclusion::Exclusion;
use crate::domain::letter::LetterKind;
use crate::domain::outcome::{ActionState, Answer, Finding, Outcome, Promise, Remedy};
use crate::domain::words;

/// The response of a stage (6.7, 6.9, 6.19, 7.1 to 7.3).
#[derive(Debug, Clone, Serialize)]
pub struct ResponseView {
    /// The stage: 1 or 2.
    pub stage: u8,
    /// When the complaint, or the request for stage 2, was received.
    pub received: Option<String>,
    /// The points of the complaint, each with its answer.
    pub points: Vec<AnswerView>,
    /// The overall decision, such as `partly upheld`.
    pub decision: Option<String>,
    /// What is offered.
    pub remedies: Vec<RemedyView>,
    /// Why nothing is offered.
    pub no_remedy: Option<String>,
    /// Something was upheld, so that there is something to be sorry for (7.1).
    pub sorry: bool,
    /// Nothing was upheld, so that there is nothing to put right.
    pub nothing_wrong: bool,
    /// When the answer was due, where it comes late (6.3, 6.14).
    pub late: Option<String>,
    /// What is still to be done.
    pub actions: Vec<ActionView>,
    /// The outcome is written and nothing is left to be done.
    pub nothing_left: bool,
    /// What all letters speak of.
    #[serde(flatten)]
    pub common: CommonView,
}

/// One point with its answer.
#[derive(Debug, Clone, Serialize)]
pub struct AnswerView {
    /// Its number in the case.
    pub number: u32,
    /// What is complained about.
    pub text: String,
    /// What was found, such as `upheld`.
    pub finding: Option<String>,
    /// Why.
    pub reasons: Option<String>,
    /// The policy or law cited.
    pub cited: Option<String>,
}

/// One remedy.
#[derive(Debug, Clone, Serialize)]
pub struct RemedyView {
    /// The kind, such as `an apology`.
    pub kind: String,
    /// What.
    pub what: String,
    /// The effect on the resident that it answers.
    pub impact: Option<String>,
    /// How much money, such as `£120.50`.
    pub amount: Option<String>,
    /// By when.
    pub by: Option<String>,
}

/// One action that is still to be done.
#[derive(Debug, Clone, Serialize)]
pub struct ActionView {
    /// What.
    pub what: String,
    /// Who does it.
    pub owner: String,
    /// By when.
    pub by: String,
}

/// A refusal to take up a complaint (2.4) or to take it to stage 2 (5.11).
#[derive(Debug, Clone, Serialize)]
pub struct RefusalView {
    /// Not to accept, or not to escalate.
    #[serde(skip)]
    pub letter: LetterKind,
    /// When the complaint was received.
    pub received: Option<String>,
    /// On which ground, in words.
    pub ground: Option<String>,
    /// Why, for this complaint.
    pub reasons: Option<String>,
    /// How discretion was considered.
    pub discretion: Option<String>,
    /// What all letters speak of.
    #[serde(flatten)]
    pub common: CommonView,
}

impl View for ResponseView {
    const KIND: Kind = Kind::Letter(LetterKind::StageOneResponse);

    fn kind(&self) -> Kind {
        if self.stage == 2 { Kind::Letter(LetterKind::StageTwoResponse) } else { Self::KIND }
    }

    fn samples() -> Vec<Self> {
        samples::responses()
    }
}

impl View for RefusalView {
    const KIND: Kind = Kind::Letter(LetterKind::RefusalToAccept);

    fn kind(&self) -> Kind {
        Kind::Letter(self.letter)
    }

    fn samples() -> Vec<Self> {
        samples::refusals()
    }
}

impl ResponseView {
    /// The response of the case's current stage if it went out on `setting.sent_on`.
    #[must_use]
    pub fn new(case: &Case, setting: Setting<'_>, parts: OfficersParts<'_>) -> Self {
        let outcome = case.current.outcome.clone().unwrap_or_default();
        let blank = Answer::default();
        let points = case.definition.points.iter().map(|point| {
            let answer = outcome.answer(point.number).unwrap_or(&blank);
            AnswerView {
                number: point.number,
                text: point.text.trim().to_owned(),
                finding: answer.finding.map(|finding| finding.to_string()),
                reasons: said(&answer.reasons),
                cited: said(&answer.cited),
            }
        });
        let decided = case.outcome_lacks(&outcome, setting.sent_on).is_empty() && outcome.decision().is_some();
        let Outcome { remedies, no_remedy, .. } = &outcome;
        let handler = case.current.handler.as_ref();
        // What stage 1 promised and has not done is still to be done (6.19).
        let open = case.actions.iter().filter(|action| action.state == ActionState::Open);
        let mut to_be_done: Vec<Promise> = open.map(|action| action.promise.clone()).collect();
        to_be_done.extend(outcome.to_be_done(handler.map_or("", |handler| &handler.name)));
        Self {
            stage: case.current.stage.number(),
            received: Some(words::weekday_date(words::london_date(case.current.received_at))),
            points: points.collect(),
            decision: outcome.decision().map(|decision| decision.to_string()),
            remedies: remedies.iter().map(RemedyView::new).collect(),
            no_remedy: said(no_remedy).filter(|_| remedies.is_empty()),
            sorry: outcome.decision().is_some_and(|decision| decision != Finding::NotUpheld),
            nothing_wrong: decided && remedies.is_empty() && said(no_remedy).is_none(),
            late: case.answer_was_due(setting.sent_on).map(words::weekday_date),
            actions: to_be_done.iter().map(ActionView::new).collect(),
            nothing_left: decided && to_be_done.is_empty(),
            common: CommonView::new(case, setting, parts),
        }
    }
}

impl RemedyView {
    fn new(remedy: &Remedy) -> Self {
        Self {
            kind: remedy.kind.to_string(),
            what: remedy.what.trim().to_owned(),
            impact: said(&remedy.impact),
            amount: remedy.amount.map(|amount| amount.to_string()),
            by: remedy.by.map(words::weekday_date),
        }
    }
}

impl ActionView {
    pub(super) fn new(promise: &Promise) -> Self {
        Self {
            what: promise.what.trim().to_owned(),
            owner: promise.owner.trim().to_owned(),
            by: words::weekday_date(promise.by),
        }
    }
}

impl RefusalView {
    /// The refusal as it is proposed in the case, if it went out on `setting.sent_on`.
    #[must_use]
    pub fn new(letter: LetterKind, case: &Case, setting: Setting<'_>, parts: OfficersParts<'_>) -> Self {
        let proposed = case.exclusion.as_ref();
        let text = |part: fn(&Exclusion) -> &str| proposed.and_then(|exclusion| said(part(exclusion)));
        Self {
            letter,
            received: Some(words::weekday_date(words::london_date(case.current.received_at))),
            ground: proposed.map(|exclusion| exclusion.ground.to_string()),
            reasons: text(|exclusion| &exclusion.reasons),
            discretion: text(|exclusion| &exclusion.discretion),
            common: CommonView::new(case, setting, parts),
        }
    }
}
