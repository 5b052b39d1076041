//! Ten thousand random lives of a case: whatever is asked in whatever order, no state is illegal, no event is
//! lost, and the events alone make the same case again.

use std::collections::BTreeSet;

use super::*;
use crate::domain::events::{ExclusionEvent, OutcomeEvent, StageTwoEvent, TriageEvent};
use crate::domain::exclusion::{Ground, Refused};
use crate::domain::outcome::{ActionState, Answer as PointAnswer, Finding, Outcome, Promise};
use crate::domain::triage::{Answer, Choice, FollowUp, TriageKind, Weight, Weights};

/// A small, seeded sequence of numbers: a failure can be run again.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }
}

fn officer(number: i64, role: Role) -> Officer {
    Officer {
        id: OfficerId(number),
        email: format!("officer{number}@example.org").parse().unwrap(),
        name: format!("Officer {number}"),
        role,
        standing: Standing::Active,
    }
}

fn text(dice: &mut Dice) -> String {
    if dice.roll(8) == 0 { " ".to_owned() } else { "said so".to_owned() }
}

fn outcome(dice: &mut Dice) -> Outcome {
    let answer = |dice: &mut Dice| PointAnswer {
        point: 0,
        finding: Some(Finding::ALL[usize::try_from(dice.roll(3)).unwrap()]),
        reasons: text(dice),
        cited: String::new(),
    };
    let promises = (0..dice.roll(3)).map(|_| Promise {
        what: "Repair the lift".to_owned(),
        owner: "Sam".to_owned(),
        by: date(2026, 12, 30),
    });
    Outcome {
        promises: promises.collect(),
        answers: vec![answer(dice), answer(dice)],
        no_remedy: text(dice),
        remedies: Vec::new(),
    }
}

/// The letters of a case, as far as deciding needs them.
#[derive(Default)]
struct Letters(Vec<LetterFacts>);

impl Letters {
    fn next(&mut self, kind: LetterKind) -> LetterFacts {
        // As the store holds it: of each kind one is alive; extensions may follow one another.
        let repeats = kind == LetterKind::extension(kind.stage());
        let over = |state| state == LetterState::NotDelivered || (repeats && state == LetterState::Sent);
        if let Some(known) = self.0.iter().find(|letter| letter.kind == kind && !over(letter.state)) {
            return known.clone();
        }
        let id = LetterId(i64::try_from(self.0.len()).unwrap() + 1);
        let new = LetterFacts { id, kind, state: LetterState::Draft, version: 1, digest: Digest::of(b"the text") };
        self.0.push(new.clone());
        new
    }

    fn set(&mut self, id: LetterId, state: LetterState) {
        self.0.iter_mut().find(|letter| letter.id == id).unwrap().state = state;
    }

    fn some(&self, dice: &mut Dice, state: LetterState) -> Option<LetterFacts> {
        let fitting: Vec<_> = self.0.iter().filter(|letter| letter.state == state).collect();
        let at = dice.roll(fitting.len().max(1) as u64);
        fitting.get(usize::try_from(at).unwrap()).map(|letter| (*letter).clone())
    }
}

fn ask(dice: &mut Dice, case: &Case, letters: &mut Letters, now: Timestamp) -> CaseCommand {
    let contact = ContactId(i64::try_from(dice.roll(4)).unwrap() + 1);
    let day = words::london_date(now).saturating_add(jiff::Span::new().days(i64::try_from(dice.roll(40)).unwrap()));
    let extension = Some(ExtensionTerms { exceptional: text(dice), every: Some(WorkingDays(3)), ..terms(day) });
    let refused = if dice.roll(2) == 0 { Refused::Complaint } else { Refused::Escalation };
    let number = u32::try_from(dice.roll(4)).unwrap();
    match dice.roll(26) {
        0 => CaseCommand::AddContact { contact, reason: "it belongs here".to_owned() },
        1 => CaseCommand::MoveContact { contact, to: CaseRef::new(2026, 9), reason: "elsewhere".to_owned() },
        2 => CaseCommand::Define {
            definition: Definition {
                points: (0..=dice.roll(3)).map(|_| some_point(dice)).collect(),
                outcomes: vec!["Rest.".to_owned()],
            },
        },
        3 => CaseCommand::AssignHandler { officer: officer(i64::try_from(dice.roll(3)).unwrap(), Role::Officer) },
        4 => CaseCommand::Recount,
        5..=8 => {
            let kind = LetterKind::ALL[usize::try_from(dice.roll(8)).unwrap()];
            let letter = letters.next(if dice.roll(3) > 0 { current(case, dice) } else { kind });
            let seen = (letter.version, letter.digest);
            CaseCommand::Approve {
                letter,
                seen,
                shortfalls: Vec::new(),
                extension,
                ours: Vec::new(),
                authority: Authority::default(),
            }
        }
        9..=12 => match letters.some(dice, LetterState::Approved) {
            Some(letter) => CaseCommand::LetterAccepted { letter, extension, at: now },
            None => CaseCommand::Recount,
        },
        13 => match letters.some(dice, LetterState::Sent) {
            Some(letter) if dice.roll(3) == 0 => {
                CaseCommand::LetterBounced { letter, recipient: "ann@example.org".to_owned(), status: None }
            }
            _ => CaseCommand::Recount,
        },
        14 | 15 => CaseCommand::Outcome(OutcomeCommand::Record(outcome(dice))),
        16 => CaseCommand::Outcome(OutcomeCommand::ActionDone { number, on: day, evidence: text(dice) }),
        17 => CaseCommand::Outcome(OutcomeCommand::CarryOver { number, reason: text(dice) }),
        18 => CaseCommand::StageTwo(StageTwoCommand::Consider { contact, received_at: now }),
        19 => CaseCommand::StageTwo(StageTwoCommand::Dismiss { contact, reason: text(dice) }),
        20 => CaseCommand::StageTwo(StageTwoCommand::Escalate { received_at: None, contact: None }),
        21 => CaseCommand::Exclusion(match dice.roll(4) {
            0 => ExclusionCommand::Withdraw { reason: text(dice) },
            1 => ExclusionCommand::Overturn { reason: text(dice) },
            _ => ExclusionCommand::Propose {
                refused,
                ground: Ground::Policy { clause: text(dice) },
                reasons: text(dice),
                discretion: String::new(),
                earlier: None,
            },
        }),
        22 => CaseCommand::AddPoint { point: point("The stairs, too."), reason: text(dice) },
        23 => CaseCommand::Triage(TriageCommand::Decide(triage(dice, day))),
        24 => CaseCommand::Triage(TriageCommand::Consider { contact, received_at: now }),
        _ if dice.roll(4) == 0 => CaseCommand::Triage(TriageCommand::Finish { how: text(dice), content: Content::Yes }),
        _ if dice.roll(3) == 0 => CaseCommand::CloseInError { reason: text(dice) },
        _ => CaseCommand::Close { learning: text(dice) },
    }
}

/// Mostly a complaint: a life of anything else is short.
fn triage(dice: &mut Dice, review_by: jiff::civil::Date) -> TriageAsked {
    let kinds = [TriageKind::Complaint, TriageKind::Complaint, TriageKind::ServiceRequest, TriageKind::Enquiry];
    let kind = kinds[usize::try_from(dice.roll(4)).unwrap()];
    let owner = text(dice);
    TriageAsked {
        kind,
        reason: text(dice),
        choice: if dice.roll(3) == 0 { Choice::NotOffered } else { Choice::Offered(Answer::Declined) },
        follow_up: (dice.roll(2) == 0).then_some(FollowUp { owner, review_by }),
        weights: Weights {
            complexity: Some(Weight::Low),
            vulnerability: (dice.roll(4) > 0).then_some(Weight::High),
            risk: Some(Weight::Low),
        },
        suggested: None,
    }
}

/// The letter that would be next in a quiet life.
fn current(case: &Case, dice: &mut Dice) -> LetterKind {
    let stage = case.current.stage;
    match (&case.current.acknowledged, dice.roll(3)) {
        (None, _) => LetterKind::acknowledgement(stage),
        (Some(_), 0) => LetterKind::extension(stage),
        (Some(_), _) => LetterKind::response(stage),
    }
}

/// A point that may be new, or one there was, said as before or in other words.
fn some_point(dice: &mut Dice) -> Point {
    let number = if dice.roll(2) == 0 { 0 } else { u32::try_from(dice.roll(4)).unwrap() };
    let text =
        ["The lift.", "The noise.", "The stairs.", "The noise at night."][usize::try_from(dice.roll(4)).unwrap()];
    Point { number, ..point(text) }
}

fn point(text: &str) -> Point {
    Point { number: 0, text: text.to_owned(), responsibility: Responsibility::Ours }
}

/// What must hold after every event, whatever led to it.
fn check(before: &Case, event: &CaseEvent, case: &Case, by: &Officer) {
    let stage = &case.current;
    // It may come back undelivered afterwards; what was answered stays answered then.
    if let CaseEvent::LetterApproved { kind, .. } = event {
        let answers = *kind == LetterKind::response(stage.stage);
        assert!(!answers || (stage.acknowledged.is_some() && stage.answered.is_none()), "6.3");
    }
    assert_eq!(case.first.is_some(), stage.stage == Stage::Two, "stage 1 is kept exactly at stage 2");
    if let Some(first) = &case.first {
        assert_eq!(first.stage, Stage::One);
        assert!(first.answered.is_some(), "stage 2 looks at an answer (6.10)");
        let handler = stage.handler.as_ref().map(|handler| handler.officer);
        assert!(handler.is_none_or(|handler| !first.took_part.contains(&handler)), "6.13");
        match event {
            CaseEvent::LetterApproved { kind, .. } if kind.stage() == Stage::Two => {
                assert!(!first.took_part.contains(&by.id), "6.13");
            }
            CaseEvent::Outcome(OutcomeEvent::Recorded { .. }) => assert!(!first.took_part.contains(&by.id), "6.13"),
            _ => {}
        }
        let points = |case: &Case| case.definition.points.iter().map(|point| point.number).collect::<BTreeSet<_>>();
        let new = !points(case).is_subset(&points(before)) && !points(before).is_empty();
        assert!(!new, "6.8: no new point at stage 2");
    }
    bound(before, event, case);
    if !matches!(event, CaseEvent::StageTwo(StageTwoEvent::Opened { .. })) {
        assert_eq!(stage.received_at, before.current.received_at, "the clock never moves");
        assert_eq!(stage.stage, before.current.stage);
        if !matches!(event, CaseEvent::DateRecounted { .. }) {
            assert_eq!(stage.acknowledge_by, before.current.acknowledge_by);
        }
    }
    if case.is_refused() && !before.is_refused() {
        assert!(matches!(event, CaseEvent::Exclusion(ExclusionEvent::Told { .. })), "2.4: only the letter refuses");
    }
    match event {
        CaseEvent::Outcome(OutcomeEvent::ResponseSent { .. }) => assert!(before.current.answered.is_none()),
        CaseEvent::Closed { in_error, .. } if in_error.is_empty() => {
            assert!(stage.answered.is_some());
            assert!(case.actions.iter().all(|action| action.state != ActionState::Open), "6.6");
        }
        CaseEvent::Closed { .. } => assert!(case.contacts.is_empty()),
        CaseEvent::LetterApproved { kind: LetterKind::RefusalToAccept | LetterKind::RefusalToEscalate, .. } => {
            assert_ne!(case.exclusion.as_ref().and_then(|it| it.proposed_by), Some(by.id), "2.1");
        }
        _ => {}
    }
    if case.triage.is_other() {
        assert!(stage.acknowledged.is_none() && stage.stage == Stage::One, "what was acknowledged is a complaint");
        let waits = case.next_deadline().is_some() || case.ended_at().is_some();
        assert!(waits, "1.4: what is no complaint is followed up, or was ended with a reason");
    } else if case.ended_at().is_none() && stage.answered.is_none() {
        assert!(case.next_deadline().is_some(), "6.2: the clock waits for no decision");
    }
    if let CaseEvent::Triage(TriageEvent::Decided { decision, .. }) = event {
        assert!(!decision.reason.trim().is_empty(), "1.2: never in silence");
        let request = decision.kind == TriageKind::ServiceRequest;
        assert!(!request || (decision.follow_up.is_some() && decision.choice != Choice::NotOffered), "1.3, 1.4");
    }
    if case.ended_at().is_some() {
        assert_eq!(case.next_deadline(), None, "what has ended is not due");
    }
}

/// 6.7: each point has its own number, each answer its point, and an answer says what it said of the same one.
fn bound(before: &Case, event: &CaseEvent, case: &Case) {
    let numbers: Vec<u32> = case.definition.points.iter().map(|point| point.number).collect();
    let distinct: BTreeSet<u32> = numbers.iter().copied().collect();
    assert!(distinct.len() == numbers.len() && !distinct.contains(&0), "{numbers:?}");
    let answers = |case: &Case| case.current.outcome.clone().map(|outcome| outcome.answers).unwrap_or_default();
    for answer in answers(case) {
        assert!(answer.point == 0 || distinct.contains(&answer.point), "an answer without its point");
        let written = matches!(event, CaseEvent::Outcome(OutcomeEvent::Recorded { .. }));
        assert!(written || answers(before).contains(&answer), "an answer that nobody wrote");
    }
}

#[test]
fn ten_thousand_random_lives_reach_no_illegal_state_and_lose_no_event() {
    let loaded = loaded();
    let opened = received(&loaded, MON_23_NOV);
    let (mut answered, mut second, mut refused, mut closed, mut other) = (0, 0, 0, 0, 0);
    for seed in 1..=10_000_u64 {
        let mut dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        let (mut case, mut history, mut letters) = (opened.clone(), Vec::new(), Letters::default());
        let mut now = at(MON_23_NOV);
        for _ in 0..30 {
            now += jiff::SignedDuration::from_hours(i64::try_from(dice.roll(30)).unwrap());
            let roles = [Role::Officer, Role::Officer, Role::Manager, Role::Officer];
            let who = usize::try_from(dice.roll(4)).unwrap();
            let by = officer(i64::try_from(who).unwrap(), roles[who]);
            let command = ask(&mut dice, &case, &mut letters, now);
            let rules = Rules { code: &loaded.code, calendar: &loaded.calendar, now, officer: Some(&by) };
            let state = match &command {
                CaseCommand::Approve { letter, .. } => Some((letter.id, LetterState::Approved)),
                CaseCommand::LetterAccepted { letter, .. } => Some((letter.id, LetterState::Sent)),
                CaseCommand::LetterBounced { letter, .. } => Some((letter.id, LetterState::NotDelivered)),
                _ => None,
            };
            let Ok(events) = decide(rules, &case, command) else { continue };
            if let Some((letter, state)) = state {
                letters.set(letter, state);
            }
            for event in events {
                let before = case.clone();
                case = case.apply(&event);
                check(&before, &event, &case, &by);
                history.push(event);
            }
        }
        assert_eq!(history.iter().fold(opened.clone(), Case::apply), case, "seed {seed}");
        answered += usize::from(case.current.answered.is_some() || case.first.is_some());
        second += usize::from(case.first.is_some());
        refused += usize::from(case.is_refused());
        closed += usize::from(case.closed.is_some());
        other += usize::from(case.triage.is_other());
    }
    // Lives that go nowhere would prove nothing.
    for (count, least) in [(answered, 500), (second, 100), (refused, 25), (closed, 50), (other, 500)] {
        assert!(
            count > least,
            "answered {answered}, second {second}, refused {refused}, closed {closed}, other {other}"
        );
    }
}
