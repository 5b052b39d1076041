//! The life of a case beyond its acknowledgement, provision by provision.

use super::*;
use crate::domain::deadlines::Duty;
use crate::domain::exclusion::{Ground, Refused};
use crate::domain::outcome::{ActionState, Answer, Finding, Outcome, Pence, Promise, Remedy, RemedyKind};

mod bound;
mod plausible;
mod provisions;

fn officer(number: i64, role: Role) -> Officer {
    Officer {
        id: OfficerId(number),
        email: format!("officer{number}@example.org").parse().unwrap(),
        name: format!("Officer {number}"),
        role,
        standing: Standing::Active,
    }
}

/// A case, and what is asked of it in order.
struct Life {
    loaded: Loaded,
    case: Case,
    letters: i64,
}

impl Life {
    fn new() -> Self {
        let loaded = loaded();
        let case = received(&loaded, MON_23_NOV);
        Self { loaded, case, letters: 10 }
    }

    fn ask(&mut self, now: &str, by: &Officer, command: CaseCommand) -> Result<(), Refusal> {
        let events = decide(rules(&self.loaded, now).by(by), &self.case, command)?;
        self.case = events.iter().fold(self.case.clone(), Case::apply);
        Ok(())
    }

    /// Approves and sends a letter.
    fn send(
        &mut self,
        now: &str,
        by: &Officer,
        kind: LetterKind,
        terms: Option<ExtensionTerms>,
    ) -> Result<LetterId, Refusal> {
        self.letters += 1;
        let mut letter = LetterFacts { id: LetterId(self.letters), ..letter(kind, LetterState::Draft) };
        let (seen, extension) = ((letter.version, letter.digest), terms);
        let approve = CaseCommand::Approve {
            letter: letter.clone(),
            seen,
            shortfalls: Vec::new(),
            extension: extension.clone(),
            ours: Vec::new(),
            authority: Authority::default(),
        };
        self.ask(now, by, approve)?;
        letter.state = LetterState::Approved;
        let id = letter.id;
        self.ask(now, by, CaseCommand::LetterAccepted { letter, extension, at: at(now) })?;
        Ok(id)
    }

    /// Acknowledged on Tuesday 24 November, handled by officer 1.
    fn acknowledged() -> Self {
        let mut life = Self::new();
        let one = officer(1, Role::Officer);
        let definition = Definition { points: vec![point("The lift.")], outcomes: vec!["A repair.".to_owned()] };
        life.ask(TUE_24_NOV, &one, CaseCommand::Define { definition }).unwrap();
        life.ask(TUE_24_NOV, &one, CaseCommand::AssignHandler { officer: one.clone() }).unwrap();
        life.send(TUE_24_NOV, &one, LetterKind::StageOneAcknowledgement, None).unwrap();
        life
    }

    /// Answered on Wednesday 2 December, approved by officer 2.
    fn answered() -> Self {
        let mut life = Self::acknowledged();
        life.ask(WED_2_DEC, &officer(1, Role::Officer), record(outcome())).unwrap();
        life.send(WED_2_DEC, &officer(2, Role::Officer), LetterKind::StageOneResponse, None).unwrap();
        life
    }
}

const WED_2_DEC: &str = "2026-12-02T10:00:00Z";
const THU_3_DEC: &str = "2026-12-03T10:00:00Z";

fn point(text: &str) -> Point {
    Point { number: 0, text: text.to_owned(), responsibility: Responsibility::Ours }
}

fn record(outcome: Outcome) -> CaseCommand {
    CaseCommand::Outcome(OutcomeCommand::Record(outcome))
}

fn outcome() -> Outcome {
    Outcome {
        answers: vec![Answer {
            point: 0,
            finding: Some(Finding::Upheld),
            reasons: "The log shows nine days.".to_owned(),
            cited: "Repairs policy 4.2".to_owned(),
        }],
        no_remedy: "It was put right at once.".to_owned(),
        promises: vec![Promise {
            what: "Inspect the lift".to_owned(),
            owner: "Sam Example".to_owned(),
            by: date(2026, 12, 18),
        }],
        ..Outcome::default()
    }
}

fn escalate() -> CaseCommand {
    CaseCommand::StageTwo(StageTwoCommand::Escalate { received_at: None, contact: None })
}

fn close(learning: &str) -> CaseCommand {
    CaseCommand::Close { learning: learning.to_owned() }
}

/// 6.3, 6.7.
#[test]
fn a_response_needs_its_acknowledgement_and_a_complete_outcome() {
    let one = officer(1, Role::Officer);
    let mut early = Life::new();
    assert_eq!(early.send(TUE_24_NOV, &one, LetterKind::StageOneResponse, None), Err(Refusal::NotAcknowledged));
    assert_eq!(early.ask(TUE_24_NOV, &one, record(outcome())), Err(Refusal::NotAcknowledged), "the points may change");
    let mut life = Life::acknowledged();
    let lacking = life.send(WED_2_DEC, &one, LetterKind::StageOneResponse, None);
    assert!(matches!(lacking, Err(Refusal::OutcomeIncomplete(_))), "{lacking:?}");
    let second = life.send(WED_2_DEC, &one, LetterKind::StageTwoResponse, None);
    assert!(matches!(second, Err(Refusal::OtherStage { .. })), "{second:?}");
}

/// 6.6, 7.3, 9.1: answered is not closed.
#[test]
fn an_answered_case_is_closed_only_when_what_it_promised_is_done_and_learned_from() {
    let one = officer(1, Role::Officer);
    let mut life = Life::answered();
    assert_eq!(life.case.state(), "responded");
    assert_eq!(life.case.next_deadline(), Some((Duty::Act, Some(date(2026, 12, 18)))));
    assert_eq!(
        life.send(THU_3_DEC, &one, LetterKind::StageOneResponse, None),
        Err(Refusal::AlreadyAnswered(date(2026, 12, 2)))
    );
    assert_eq!(life.ask(THU_3_DEC, &one, record(Outcome::default())), Err(Refusal::AlreadyAnswered(date(2026, 12, 2))));
    assert_eq!(life.ask(THU_3_DEC, &one, close("All well.")), Err(Refusal::ActionsOpen(vec!["1".to_owned()])));
    let done = |on| {
        let evidence = "The engineer's report".to_owned();
        CaseCommand::Outcome(OutcomeCommand::ActionDone { number: 1, on, evidence })
    };
    assert_eq!(life.ask(THU_3_DEC, &one, done(date(2026, 12, 4))), Err(Refusal::InTheFuture(date(2026, 12, 4))));
    life.ask(THU_3_DEC, &one, done(date(2026, 12, 3))).unwrap();
    assert_eq!(life.case.next_deadline(), None);
    assert!(matches!(life.ask(THU_3_DEC, &one, close(" ")), Err(Refusal::Missing { .. })));
    life.ask(THU_3_DEC, &one, close("Lifts are inspected each month now.")).unwrap();
    assert_eq!((life.case.state(), life.case.ended_at()), ("closed", Some(at(THU_3_DEC))));
    assert!(matches!(life.case.actions[0].state, ActionState::Done { .. }));
}

/// 6.10 to 6.12.
#[test]
fn a_reply_to_the_response_waits_for_a_decision_and_takes_the_case_to_stage_two_on_its_own_clock() {
    let (one, three) = (officer(1, Role::Officer), officer(3, Role::Officer));
    let mut early = Life::acknowledged();
    assert_eq!(early.ask(WED_2_DEC, &one, escalate()), Err(Refusal::NotAnswered));
    let consider = |contact, when| {
        CaseCommand::StageTwo(StageTwoCommand::Consider { contact: ContactId(contact), received_at: at(when) })
    };
    early.ask(WED_2_DEC, &one, consider(5, WED_2_DEC)).unwrap();
    assert!(early.case.requests.is_empty(), "before the response a message asks for nothing of the kind");
    let mut life = Life::answered();
    life.ask(THU_3_DEC, &one, consider(5, THU_3_DEC)).unwrap();
    assert_eq!(life.case.next_deadline(), Some((Duty::DecideOnStageTwo, Some(date(2026, 12, 10)))));
    assert_eq!(life.ask(THU_3_DEC, &one, close("Nothing.")), Err(Refusal::StageTwoUndecided(ContactId(5))));
    let mut content = Life { loaded: loaded(), case: life.case.clone(), letters: 50 };
    let dismiss = StageTwoCommand::Dismiss { contact: ContactId(5), reason: "It says thank you.".to_owned() };
    content.ask(THU_3_DEC, &one, CaseCommand::StageTwo(dismiss)).unwrap();
    assert_eq!(content.case.next_deadline(), Some((Duty::Act, Some(date(2026, 12, 18)))));
    // Two days later: day 0 is the day the request was received.
    life.ask("2026-12-07T09:00:00Z", &three, escalate()).unwrap();
    let second = &life.case.current;
    assert_eq!((second.stage, second.received_at), (Stage::Two, at(THU_3_DEC)));
    assert_eq!(second.acknowledge_by, Some(date(2026, 12, 10)), "6.11: five working days");
    assert_eq!(life.ask("2026-12-07T09:00:00Z", &three, escalate()), Err(Refusal::NoThirdStage));
    life.ask("2026-12-07T09:00:00Z", &three, CaseCommand::AssignHandler { officer: three.clone() }).unwrap();
    life.send("2026-12-07T09:00:00Z", &three, LetterKind::StageTwoAcknowledgement, None).unwrap();
    let due = life.case.current.response_due.unwrap().by;
    assert_eq!(due, date(2027, 1, 7), "6.14: twenty working days over Christmas and New Year");
}

/// 6.13.
#[test]
fn whoever_decided_at_stage_one_takes_no_part_in_stage_two() {
    let mut life = Life::answered();
    let three = officer(3, Role::Officer);
    life.ask(THU_3_DEC, &three, escalate()).unwrap();
    for number in [1, 2] {
        let earlier = officer(number, Role::Officer);
        let refused = Err(Refusal::DecidedAtStageOne(earlier.name.clone()));
        assert_eq!(life.ask(THU_3_DEC, &three, CaseCommand::AssignHandler { officer: earlier.clone() }), refused);
        let approval = life.send(THU_3_DEC, &earlier, LetterKind::StageTwoAcknowledgement, None);
        assert_eq!(approval.map(|_| ()), refused);
    }
    life.ask(THU_3_DEC, &three, CaseCommand::AssignHandler { officer: three.clone() }).unwrap();
    life.send(THU_3_DEC, &three, LetterKind::StageTwoAcknowledgement, None).unwrap();
}

/// 6.4, 6.15, 5.9.
#[test]
fn a_second_extension_or_one_beyond_the_limit_needs_an_exceptional_reason_and_a_manager() {
    let (one, manager) = (officer(1, Role::Officer), officer(9, Role::Manager));
    let exceptional = |by| ExtensionTerms { exceptional: "The only surveyor is ill.".to_owned(), ..terms(by) };
    let (tue_22_dec, wed_23_dec) = (date(2026, 12, 22), date(2026, 12, 23));
    let mut life = Life::acknowledged();
    let kind = LetterKind::StageOneExtension;
    let beyond = life.send(WED_2_DEC, &manager, kind, Some(terms(wed_23_dec)));
    assert!(matches!(beyond, Err(Refusal::BeyondLimit { limit, .. }) if limit == tue_22_dec), "{beyond:?}");
    let by_officer = life.send(WED_2_DEC, &one, kind, Some(exceptional(wed_23_dec)));
    assert!(matches!(by_officer, Err(Refusal::NeedsAManager { .. })), "{by_officer:?}");
    let every = ExtensionTerms { every: Some(WorkingDays(3)), ..terms(tue_22_dec) };
    life.send(WED_2_DEC, &one, kind, Some(every)).unwrap();
    assert_eq!(life.case.next_deadline(), Some((Duty::Update, Some(date(2026, 12, 7)))), "5.9");
    let told = CaseCommand::NoteUpdate { how: "Telephoned: the surveyor comes on Tuesday.".to_owned() };
    life.ask("2026-12-07T10:00:00Z", &one, told).unwrap();
    assert_eq!(life.case.next_deadline(), Some((Duty::Update, Some(date(2026, 12, 10)))));
    let by_letter = life.send("2026-12-08T10:00:00Z", &one, LetterKind::ProgressUpdate, None);
    by_letter.unwrap();
    assert_eq!(life.case.next_deadline(), Some((Duty::Update, Some(date(2026, 12, 11)))), "a letter is an update, too");
    let again = life.send(THU_3_DEC, &manager, kind, Some(terms(wed_23_dec)));
    assert!(matches!(again, Err(Refusal::ExtendedAlready { to, .. }) if to == tue_22_dec), "{again:?}");
    life.send(THU_3_DEC, &manager, kind, Some(exceptional(wed_23_dec))).unwrap();
    assert_eq!(life.case.current.response_due.unwrap().by, wed_23_dec);
    let late = life.send("2026-12-24T10:00:00Z", &manager, kind, Some(exceptional(date(2026, 12, 31))));
    assert_eq!(late.map(|_| ()), Err(Refusal::TooLateToExtend(wed_23_dec)));
}

fn propose(refused: Refused, ground: Ground, discretion: &str) -> CaseCommand {
    CaseCommand::Exclusion(ExclusionCommand::Propose {
        refused,
        ground,
        reasons: "The works ended long ago.".to_owned(),
        discretion: discretion.to_owned(),
        earlier: None,
    })
}

/// 2.1 to 2.4.
#[test]
fn a_complaint_is_refused_by_two_officers_on_evidence_and_only_by_the_letter() {
    let (one, two) = (officer(1, Role::Officer), officer(2, Role::Officer));
    let late = |happened_on, aware_on| Ground::TooLate { happened_on, aware_on };
    let mut life = Life::new();
    let no_letter = life.send(TUE_24_NOV, &one, LetterKind::RefusalToAccept, None);
    assert_eq!(no_letter, Err(Refusal::NotProposed));
    // Received on 23 November 2026: a year before that day is just in time, counted from the later date.
    let in_time = propose(Refused::Complaint, late(date(2025, 11, 23), None), "Considered.");
    assert_eq!(life.ask(TUE_24_NOV, &one, in_time), Err(Refusal::InTime(date(2026, 11, 23))));
    let aware = propose(Refused::Complaint, late(date(2024, 3, 1), Some(date(2026, 1, 5))), "Considered.");
    assert_eq!(life.ask(TUE_24_NOV, &one, aware), Err(Refusal::InTime(date(2027, 1, 5))));
    let ahead = propose(Refused::Complaint, late(date(2026, 11, 25), None), "Considered.");
    assert_eq!(life.ask(TUE_24_NOV, &one, ahead), Err(Refusal::InTheFuture(date(2026, 11, 25))));
    let ground = late(date(2025, 11, 22), None);
    let blank = life.ask(TUE_24_NOV, &one, propose(Refused::Complaint, ground.clone(), " "));
    assert!(matches!(blank, Err(Refusal::Missing { ref provision, .. }) if provision.0 == "2.3"), "{blank:?}");
    life.ask(TUE_24_NOV, &one, propose(Refused::Complaint, ground, "No reason to.")).unwrap();
    assert!(!life.case.is_refused());
    assert_eq!(life.case.next_deadline(), Some((Duty::Acknowledge, Some(date(2026, 11, 30)))), "the clock runs");
    let alone = life.send(TUE_24_NOV, &one, LetterKind::RefusalToAccept, None);
    assert_eq!(alone, Err(Refusal::SecondPerson));
    let letter = life.send(TUE_24_NOV, &two, LetterKind::RefusalToAccept, None).unwrap();
    assert_eq!((life.case.state(), life.case.next_deadline()), ("refused", None));
    let ack = life.send(TUE_24_NOV, &two, LetterKind::StageOneAcknowledgement, None);
    assert_eq!(ack, Err(Refusal::Ended(date(2026, 11, 24))));
    // A letter that came back refuses nothing.
    let back = LetterFacts { id: letter, ..super::letter(LetterKind::RefusalToAccept, LetterState::Sent) };
    let mut bounced = Life { loaded: loaded(), case: life.case.clone(), letters: 50 };
    let came_back = CaseCommand::LetterBounced { letter: back, recipient: "ann@example.org".to_owned(), status: None };
    bounced.ask(WED_2_DEC, &one, came_back).unwrap();
    assert_eq!(bounced.case.next_deadline(), Some((Duty::Acknowledge, Some(date(2026, 11, 30)))));
    let overturn = ExclusionCommand::Overturn { reason: "Determination of 1 December".to_owned() };
    life.ask(WED_2_DEC, &one, CaseCommand::Exclusion(overturn)).unwrap();
    assert_eq!(life.case.next_deadline(), Some((Duty::Acknowledge, Some(date(2026, 11, 30)))), "the first date stands");
}

/// 2.2: a letter before action is not court proceedings.
#[test]
fn each_ground_needs_what_shows_it() {
    let one = officer(1, Role::Officer);
    let filed_on = date(2026, 11, 20);
    let same = Ground::ConsideredBefore { earlier: CaseRef::new(2026, 1) };
    for (ground, refused) in [
        (Ground::Court { claim: " ".to_owned(), filed_on }, "2.2"),
        (Ground::Court { claim: "K01EX123".to_owned(), filed_on: date(2026, 12, 24) }, "has not come yet"),
        (Ground::Policy { clause: String::new() }, "2.2"),
        (same, "not this one"),
    ] {
        let answer = Life::new().ask(TUE_24_NOV, &one, propose(Refused::Complaint, ground, ""));
        assert!(answer.clone().unwrap_err().to_string().contains(refused), "{answer:?}");
    }
    let court = Ground::Court { claim: "K01EX123".to_owned(), filed_on };
    Life::new().ask(TUE_24_NOV, &one, propose(Refused::Complaint, court, "")).unwrap();
}

/// 5.11.
#[test]
fn stage_two_is_refused_only_after_an_answer_and_comes_back_when_that_is_overturned() {
    let (one, two) = (officer(1, Role::Officer), officer(2, Role::Officer));
    let policy = || Ground::Policy { clause: "Section 8".to_owned() };
    let early = Life::acknowledged().ask(WED_2_DEC, &one, propose(Refused::Escalation, policy(), ""));
    assert_eq!(early, Err(Refusal::NotAnswered));
    let mut life = Life::answered();
    let request = StageTwoCommand::Consider { contact: ContactId(5), received_at: at(THU_3_DEC) };
    life.ask(THU_3_DEC, &one, CaseCommand::StageTwo(request)).unwrap();
    life.ask(THU_3_DEC, &one, propose(Refused::Escalation, policy(), "")).unwrap();
    life.send(THU_3_DEC, &two, LetterKind::RefusalToEscalate, None).unwrap();
    assert_eq!(life.case.next_deadline(), Some((Duty::Act, Some(date(2026, 12, 18)))));
    let overturn = ExclusionCommand::Overturn { reason: "Determination of 11 January".to_owned() };
    life.ask("2027-01-12T10:00:00Z", &one, CaseCommand::Exclusion(overturn)).unwrap();
    life.ask("2027-01-12T10:00:00Z", &one, escalate()).unwrap();
    assert_eq!(life.case.current.received_at, at(THU_3_DEC), "the first request counts");
}

/// 6.8.
#[test]
fn a_new_point_joins_until_the_stage_one_response_and_is_a_new_complaint_after_it() {
    let one = officer(1, Role::Officer);
    let add = || CaseCommand::AddPoint { point: point("The stairs."), reason: "The same lift.".to_owned() };
    let mut life = Life::acknowledged();
    life.ask(WED_2_DEC, &one, add()).unwrap();
    assert_eq!(life.case.definition.points.len(), 2);
    let half = life
        .ask(WED_2_DEC, &one, record(outcome()))
        .and_then(|()| life.send(WED_2_DEC, &one, LetterKind::StageOneResponse, None).map(|_| ()));
    assert!(matches!(half, Err(Refusal::OutcomeIncomplete(_))), "the new point is answered, too: {half:?}");
    assert_eq!(Life::answered().ask(THU_3_DEC, &one, add()), Err(Refusal::TooLateForANewPoint));
}

#[test]
fn a_case_whose_last_contact_went_elsewhere_can_be_closed_as_opened_in_error() {
    let one = officer(1, Role::Officer);
    let in_error = || CaseCommand::CloseInError { reason: "It belongs to another case.".to_owned() };
    let mut life = Life::new();
    assert_eq!(life.ask(TUE_24_NOV, &one, in_error()), Err(Refusal::HasContacts(1)));
    let elsewhere =
        CaseCommand::MoveContact { contact: ContactId(1), to: CaseRef::new(2026, 2), reason: "x".to_owned() };
    life.ask(TUE_24_NOV, &one, elsewhere).unwrap();
    life.ask(TUE_24_NOV, &one, in_error()).unwrap();
    assert_eq!((life.case.state(), life.case.next_deadline()), ("closed", None));
}
