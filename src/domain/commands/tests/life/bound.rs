//! Answers stay with the points they answer, whatever becomes of the definition (5.6, 6.7, 6.8).

use super::*;
use crate::domain::events::OutcomeEvent;

fn define(points: Vec<Point>) -> CaseCommand {
    CaseCommand::Define { definition: Definition { points, outcomes: vec!["A repair.".to_owned()] } }
}

fn numbered(number: u32, text: &str) -> Point {
    Point { number, ..point(text) }
}

fn answer(point: u32, reasons: &str) -> Answer {
    Answer { point, finding: Some(Finding::Upheld), reasons: reasons.to_owned(), cited: String::new() }
}

fn answers(answers: Vec<Answer>) -> Outcome {
    Outcome { answers, ..outcome() }
}

/// Acknowledged with two points, and the acknowledgement, which is the letter given, sent.
fn two_points() -> (Life, LetterId, Officer) {
    let (mut life, one) = (Life::new(), officer(1, Role::Officer));
    life.ask(TUE_24_NOV, &one, define(vec![point("The lift."), point("The noise.")])).unwrap();
    let letter = life.send(TUE_24_NOV, &one, LetterKind::StageOneAcknowledgement, None).unwrap();
    (life, letter, one)
}

/// At stage 2, where officer 3 is at work.
fn at_stage_two() -> (Life, Officer) {
    let (mut life, _, one) = two_points();
    let both = answers(vec![answer(1, "It stood still."), answer(2, "It was loud.")]);
    life.ask(WED_2_DEC, &one, record(both)).unwrap();
    life.send(WED_2_DEC, &officer(2, Role::Officer), LetterKind::StageOneResponse, None).unwrap();
    let three = officer(3, Role::Officer);
    life.ask(THU_3_DEC, &three, escalate()).unwrap();
    (life, three)
}

fn said(life: &Life) -> Vec<(&str, &str)> {
    let outcome = life.case.current.outcome.as_ref().unwrap();
    let reasons = |point: &Point| outcome.answer(point.number).map_or("", |answer| answer.reasons.as_str());
    // Borrowed from the case, not from the closure.
    life.case.definition.points.iter().map(|point| (point.text.as_str(), reasons(point))).collect()
}

/// 6.7: the acknowledgement came back, and the definition was written anew before it went again.
#[test]
fn an_answer_goes_with_its_point_when_the_definition_changes() {
    let (mut life, letter, one) = two_points();
    let both = answers(vec![answer(2, "It was loud."), answer(1, "It stood still.")]);
    life.ask(WED_2_DEC, &one, record(both)).unwrap();
    let letter = LetterFacts { id: letter, ..super::letter(LetterKind::StageOneAcknowledgement, LetterState::Sent) };
    let back = CaseCommand::LetterBounced { letter, recipient: "ann@example.org".to_owned(), status: None };
    life.ask(WED_2_DEC, &one, back).unwrap();
    life.ask(WED_2_DEC, &one, define(vec![point("The stairs."), point("The noise."), point("The lift.")])).unwrap();
    assert_eq!(said(&life), [("The stairs.", ""), ("The noise.", "It was loud."), ("The lift.", "It stood still.")]);
    // Said better it is the same point; withdrawn, it takes its answer along, and a new one gets a number of its own.
    let events = decide(
        rules(&life.loaded, WED_2_DEC).by(&one),
        &life.case,
        define(vec![numbered(2, "The noise at night."), point("The door.")]),
    );
    let events = events.unwrap();
    let words = events[0].in_words();
    assert!(words.ends_with("Point 3 was withdrawn: The stairs. Point 1 was withdrawn: The lift."), "{words}");
    life.case = events.iter().fold(life.case.clone(), Case::apply);
    assert_eq!(said(&life), [("The noise at night.", "It was loud."), ("The door.", "")]);
    assert_eq!(life.case.definition.points[1].number, 4, "no number serves twice");
    assert_eq!(life.case.current.outcome.as_ref().unwrap().answers.len(), 1, "what is not asked is not answered");
}

/// 6.8: what stage 1 did not answer is a new complaint.
#[test]
fn stage_two_looks_at_the_points_of_stage_one_or_some_of_them() {
    let (mut life, three) = at_stage_two();
    let new = life.ask(THU_3_DEC, &three, define(vec![point("The lift."), point("The garden.")]));
    assert_eq!(new, Err(Refusal::TooLateForANewPoint));
    let other = life.ask(THU_3_DEC, &three, define(vec![numbered(7, "The garden.")]));
    assert_eq!(other, Err(Refusal::TooLateForANewPoint));
    life.ask(THU_3_DEC, &three, define(vec![numbered(2, "The noise, which goes on.")])).unwrap();
    assert_eq!(life.case.definition.points, [numbered(2, "The noise, which goes on.")]);
    let first = life.case.first.clone().unwrap().outcome.unwrap();
    assert_eq!(first.answer(2).unwrap().reasons, "It was loud.", "stage 1 keeps its answers");
    life.ask(THU_3_DEC, &three, CaseCommand::AssignHandler { officer: three.clone() }).unwrap();
    life.send(THU_3_DEC, &three, LetterKind::StageTwoAcknowledgement, None).unwrap();
    assert_eq!(life.ask(THU_3_DEC, &three, record(answers(vec![answer(1, "No.")]))), Err(Refusal::NoSuchPoint(1)));
    // An answer that names no point is to the one at its place.
    life.ask(THU_3_DEC, &three, record(answers(vec![answer(0, "It is loud.")]))).unwrap();
    assert_eq!(said(&life), [("The noise, which goes on.", "It is loud.")]);
    life.send(THU_3_DEC, &three, LetterKind::StageTwoResponse, None).unwrap();
}

/// 6.7.
#[test]
fn each_point_has_one_answer_and_no_more() {
    let (mut life, _, one) = two_points();
    let twice = answers(vec![answer(1, "It stood still."), answer(1, "It moved.")]);
    assert_eq!(life.ask(WED_2_DEC, &one, record(twice)), Err(Refusal::AnsweredTwice(1)));
    life.ask(WED_2_DEC, &one, record(answers(vec![answer(0, "Yes."), answer(0, "Yes."), answer(0, "Yes.")]))).unwrap();
    let many = life.send(WED_2_DEC, &one, LetterKind::StageOneResponse, None).unwrap_err().to_string();
    assert!(many.contains("there are more answers than points (6.7)"), "{many}");
}

#[test]
fn money_that_no_number_can_hold_is_as_much_as_one_can_hold() {
    let money = |pence| Remedy { amount: Some(Pence(pence)), ..remedy() };
    let outcome = Outcome { remedies: vec![money(u64::MAX), money(1)], ..outcome() };
    assert_eq!(outcome.money(), Pence(u64::MAX), "a limit of money is not passed by going round");
}

fn remedy() -> Remedy {
    let text = String::new;
    Remedy { kind: RemedyKind::Money, what: text(), impact: text(), amount: None, by: None }
}

/// Lines and rows from before points had numbers: place is number.
#[test]
fn what_was_written_before_points_had_numbers_is_read_by_place() {
    let unnumbered = Definition { points: vec![point("The lift."), point("The noise.")], outcomes: Vec::new() };
    let (mut life, _, _) = two_points();
    let recorded = OutcomeEvent::Recorded {
        stage: Stage::One,
        outcome: answers(vec![answer(0, "It stood still."), answer(0, "It was loud.")]),
        by: None,
    };
    let lines = [
        CaseEvent::Defined { definition: unnumbered, withdrawn: Vec::new() },
        CaseEvent::Outcome(recorded),
        CaseEvent::PointAdded { point: point("The stairs."), reason: String::new() },
    ];
    life.case = lines.iter().fold(life.case.clone(), Case::apply);
    assert_eq!(said(&life), [("The lift.", "It stood still."), ("The noise.", "It was loud."), ("The stairs.", "")]);
    assert_eq!(life.case.definition.points[2].number, 3);
}
