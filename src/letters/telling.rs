//! What letters can speak of that tell or ask something and change no date: a question about the
//! complaint, consent, progress, an apology for lateness, actions done, a restriction, what becomes of a
//! service request, how to complain. What they say is the officer's; what is missing stays empty and shows as
//! a shortfall.

use serde::Serialize;

use super::answers::ActionView;
use super::context::{CommonView, ExtensionParts, OfficersParts, PointView, Setting, View, said};
use super::{Kind, samples};
use crate::domain::case::Case;
use crate::domain::letter::LetterKind;
use crate::domain::representative::{Authority, Representative, Scope};
use crate::domain::triage::{Answer, Choice};
use crate::domain::words;

/// A letter that tells or asks something.
#[derive(Debug, Clone, Serialize)]
pub struct TellView {
    /// Which.
    #[serde(skip)]
    pub letter: LetterKind,
    /// The stage the complaint is at: 1 or 2.
    pub stage: u8,
    /// When the complaint, or the request for stage 2, was received.
    pub received: Option<String>,
    /// The points of the complaint, as far as they are written.
    pub points: Vec<PointView>,
    /// What is told or asked, in the officer's words: the questions, what has happened, why it is late.
    pub told: Option<String>,
    /// What comes next, or what is restricted.
    pub next: Option<String>,
    /// The day that goes with it: of the next update, of the answer, of a review.
    pub by: Option<String>,
    /// When the answer is due, once the complaint is acknowledged and until it is answered; for an apology,
    /// when it was due.
    pub answer_by: Option<String>,
    /// The stage has been answered.
    pub answered: bool,
    /// Who would like to act for the resident, by the record (3.6).
    pub person: Option<PersonView>,
    /// What shows the behaviour that a restriction is about, by the record (5.14).
    pub shown_by: Option<String>,
    /// Who follows up what is no complaint (1.4).
    pub owner: Option<String>,
    /// When that is looked at next.
    pub review_by: Option<String>,
    /// The resident was asked and did not want to complain (1.3).
    pub declined: bool,
    /// What was promised in the answer.
    pub actions: Vec<ActionView>,
    /// What all letters speak of.
    #[serde(flatten)]
    pub common: CommonView,
}

/// Somebody who would like to act for the resident.
#[derive(Debug, Clone, Serialize)]
pub struct PersonView {
    /// Their name.
    pub name: String,
    /// Why they may act, such as “power of attorney”, when not by the resident's consent alone.
    pub by: Option<String>,
    /// Letters would go to them in the resident's place.
    pub letters: bool,
}

impl View for TellView {
    const KIND: Kind = Kind::Letter(LetterKind::ProgressUpdate);

    fn kind(&self) -> Kind {
        Kind::Letter(self.letter)
    }

    fn samples() -> Vec<Self> {
        samples::tellings(LetterKind::ProgressUpdate)
    }
}

impl TellView {
    /// The letter of this kind about the case if it went out on `setting.sent_on`.
    #[must_use]
    pub fn new(
        letter: LetterKind,
        case: &Case,
        setting: Setting<'_>,
        officers: ExtensionParts<'_>,
        parts: OfficersParts<'_>,
    ) -> Self {
        let (stage, answered) = (&case.current, case.current.answered.is_some());
        // Sorry for being late says only what is late.
        let late_only = letter == LetterKind::OverdueApology;
        let due = stage.response_due.filter(|due| !answered && (!late_only || due.by < setting.sent_on));
        // What is on record need not be written again; what the officer writes goes before it.
        let restrictions = case.people.restrictions_in_force().filter(|_| letter == LetterKind::RestrictionNotice);
        let restriction = restrictions.last();
        let mut common = CommonView::new(case, setting, parts);
        common.paragraph = common.paragraph.or_else(|| restriction.and_then(|one| said(&one.equality)));
        let mut asked = case.people.representatives.iter().filter(|_| letter == LetterKind::ConsentRequest);
        let asked = asked.rfind(|one| one.consent.is_none() && one.ended.is_none());
        let (follow_up, decision) = (case.triaged.follow_up(), case.triaged.decision.as_ref());
        let promised = case.actions.iter().filter(|_| answered);
        Self {
            letter,
            stage: stage.stage.number(),
            received: Some(words::weekday_date(words::london_date(stage.received_at))),
            points: case.definition.points.iter().map(PointView::new).collect(),
            told: said(officers.reason).or_else(|| restriction.and_then(|one| said(&one.reason))),
            next: said(officers.updates).or_else(|| restriction.and_then(|one| said(&one.what))),
            by: officers.new_by.or(restriction.map(|one| one.review_by)).map(words::weekday_date),
            person: asked.map(PersonView::new),
            shown_by: restriction.and_then(|one| said(&one.evidence)),
            answer_by: due.map(|due| words::weekday_date(due.by)),
            answered,
            owner: follow_up.and_then(|follow_up| said(&follow_up.owner)),
            review_by: follow_up.map(|follow_up| words::weekday_date(follow_up.review_by)),
            declined: decision.is_some_and(|decision| decision.choice == Choice::Offered(Answer::Declined)),
            actions: promised.map(|action| ActionView::new(&action.promise)).collect(),
            common,
        }
    }
}

impl PersonView {
    fn new(one: &Representative) -> Self {
        let by = (one.authority != Authority::Consent).then(|| one.authority.words().to_lowercase());
        Self { name: one.name.trim().to_owned(), by, letters: one.scope == Scope::Letters }
    }
}
