//! The complaint definition (5.6, 5.7) and what may still change in it (6.8). An answer is bound to the number of
//! its point, so a point keeps its number as soon as an answer may be bound to it, and takes its answer along
//! when it goes.

use std::collections::BTreeSet;

use super::{Refusal, not_blank, not_refused, nothing_on_the_way, open, triage};
use crate::domain::case::Case;
use crate::domain::definition::{Definition, Point, Responsibility};
use crate::domain::events::CaseEvent;
use crate::domain::stage::Stage;

/// Defines the complaint, whole. A point that names its number, or says the same as before, is the point it was;
/// at stage 2 there is no other, since what stage 1 did not answer is a new complaint (6.8).
pub(super) fn define(case: &Case, asked: Definition) -> Result<Vec<CaseEvent>, Refusal> {
    let definition = numbered(case, asked)?;
    if definition == case.definition {
        return Ok(Vec::new());
    }
    triage::complaint(case)?;
    open(case)?;
    if case.current.acknowledged.is_some() {
        return Err(Refusal::DefinitionFixed);
    }
    nothing_on_the_way(case)?;
    let gone = |point: &&Point| keeps_numbers(case) && definition.point(point.number).is_none();
    let withdrawn = case.definition.points.iter().filter(gone).cloned().collect();
    Ok(vec![CaseEvent::Defined { definition, withdrawn }])
}

/// Whether something may be bound to the numbers of the points: answers of this stage, or of stage 1.
fn keeps_numbers(case: &Case) -> bool {
    case.first.is_some() || case.current.outcome.as_ref().is_some_and(|outcome| !outcome.answers.is_empty())
}

fn numbered(case: &Case, mut asked: Definition) -> Result<Definition, Refusal> {
    let before = &case.definition;
    if !keeps_numbers(case) {
        for point in &mut asked.points {
            point.number = 0;
        }
        return Ok(asked.numbered());
    }
    let mut taken = BTreeSet::new();
    for point in &mut asked.points {
        let same = before.points.iter().find(|old| old.text == point.text && !taken.contains(&old.number));
        let known = before.point(point.number).or(same).map(|old| old.number).filter(|number| !taken.contains(number));
        if known.is_none() && case.current.stage == Stage::Two && !before.points.is_empty() {
            return Err(Refusal::TooLateForANewPoint);
        }
        point.number = known.unwrap_or(0);
        taken.extend(known);
    }
    let mut next = before.next_number();
    for point in asked.points.iter_mut().filter(|point| point.number == 0) {
        point.number = next;
        next = next.saturating_add(1);
    }
    Ok(asked)
}

/// Takes a new point into the complaint while that is lawful: before the stage 1 response (6.8).
pub(super) fn add_point(case: &Case, point: Point, reason: String) -> Result<Vec<CaseEvent>, Refusal> {
    not_refused(case)?;
    if case.current.stage == Stage::Two || case.current.answered.is_some() {
        return Err(Refusal::TooLateForANewPoint);
    }
    let (number, text) = (case.definition.next_number(), point.text.trim().to_owned());
    let point = Point { number, text, ..point };
    not_blank(&point.text, "what the new point is", "6.8")?;
    not_blank(&reason, "why it belongs to this complaint", "6.8")?;
    if let Responsibility::NotOurs { whose } = &point.responsibility {
        not_blank(whose, "who is responsible", "5.7")?;
    }
    nothing_on_the_way(case)?;
    Ok(vec![CaseEvent::PointAdded { point, reason }])
}
