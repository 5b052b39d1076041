//! What cannot be so, or is not theirs to do, is refused with the provision that stands in the way.

use super::*;
use crate::domain::channel::{self, EntryRefusal};
use crate::domain::exclusion::EarlierCase;
use crate::domain::people::Resident;
use crate::domain::triage::{Choice, Suggested, TriageKind, Weights};

/// 2.2: what was considered before was considered in a case of this resident that was answered.
#[test]
fn an_earlier_case_exists_is_the_residents_and_was_answered() {
    let (one, reference) = (officer(1, Role::Officer), CaseRef::new(2025, 7));
    let resident = Resident { name: "Ann Example".to_owned(), ..Life::new().case.resident };
    let stranger = Resident { name: "Bob Example".to_owned(), email: Some("bob@example.org".parse().unwrap()) };
    let by_post = Resident { name: resident.name.to_uppercase(), email: None };
    let known = |resident: &Resident, answered| Some(EarlierCase { reference, resident: resident.clone(), answered });
    for (earlier, expected) in [
        (None, Err(Refusal::NoEarlierCase(reference))),
        (known(&stranger, true), Err(Refusal::EarlierOfAnother(reference))),
        (known(&resident, false), Err(Refusal::EarlierNotAnswered(reference))),
        (known(&resident, true), Ok(())),
        (known(&by_post, true), Ok(())),
    ] {
        let propose = ExclusionCommand::Propose {
            refused: Refused::Complaint,
            ground: Ground::ConsideredBefore { earlier: reference },
            reasons: "It was answered in May.".to_owned(),
            discretion: String::new(),
            earlier,
        };
        let mut life = Life::new();
        life.case.resident = resident.clone();
        assert_eq!(life.ask(TUE_24_NOV, &one, CaseCommand::Exclusion(propose)), expected);
    }
}

/// 6.13: handling, writing and approving at stage 1 all count, whoever came last.
#[test]
fn everybody_who_took_part_in_stage_one_stays_out_of_stage_two() {
    let by = |number| officer(number, Role::Manager);
    let mut life = Life::acknowledged(); // handled, and its acknowledgement approved, by officer 1
    life.ask(WED_2_DEC, &by(1), CaseCommand::AssignHandler { officer: by(4) }).unwrap();
    life.ask(WED_2_DEC, &by(5), record(outcome())).unwrap();
    life.ask(WED_2_DEC, &by(4), CaseCommand::AssignHandler { officer: by(6) }).unwrap();
    life.send(WED_2_DEC, &by(7), LetterKind::ProgressUpdate, None).unwrap();
    life.send(WED_2_DEC, &by(2), LetterKind::StageOneResponse, None).unwrap();
    life.ask(THU_3_DEC, &by(8), escalate()).unwrap();
    for number in [1, 2, 4, 5, 6] {
        let refused = Err(Refusal::DecidedAtStageOne(by(number).name));
        assert_eq!(life.ask(THU_3_DEC, &by(8), CaseCommand::AssignHandler { officer: by(number) }), refused);
        let approved = life.send(THU_3_DEC, &by(number), LetterKind::StageTwoAcknowledgement, None);
        assert_eq!(approved.map(|_| ()), refused, "{number}");
    }
    life.ask(THU_3_DEC, &by(8), CaseCommand::AssignHandler { officer: by(7) }).unwrap();
    life.send(THU_3_DEC, &by(8), LetterKind::StageTwoAcknowledgement, None).unwrap();
    let written = life.ask(THU_3_DEC, &by(5), record(outcome()));
    assert_eq!(written, Err(Refusal::DecidedAtStageOne(by(5).name)), "nor do they write its outcome");
    life.ask(THU_3_DEC, &by(8), record(outcome())).unwrap();
}

/// 6.2, 6.10, 6.11: a date that cannot be counted, or that lies before what it follows.
#[test]
fn a_receipt_lies_within_the_calendar_and_stage_two_after_the_answer() {
    let one = officer(1, Role::Officer);
    let mut life = Life::new();
    let from = life.loaded.calendar.covered_from();
    let centuries_ago = at("1026-11-20T09:00:00Z");
    let reason = || "A stamp".to_owned();
    let correct = |received_at| CaseCommand::CorrectReceived(Correcting::Propose { received_at, reason: reason() });
    let long_ago = CorrectionRefusal::LongAgo { on: date(1026, 11, 20), from };
    assert_eq!(life.ask(TUE_24_NOV, &one, correct(centuries_ago)), Err(long_ago.into()));
    let entered = channel::received(centuries_ago, &life.loaded.calendar);
    assert_eq!(entered, Err(EntryRefusal::LongAgo { on: date(1026, 11, 20), from }));
    let mut second = Life::answered();
    let early = StageTwoCommand::Escalate { received_at: Some(at("2026-12-01T23:00:00Z")), contact: None };
    let refused = second.ask(THU_3_DEC, &one, CaseCommand::StageTwo(early));
    assert_eq!(refused, Err(Refusal::BeforeTheAnswer(date(2026, 12, 2))));
    second.ask(THU_3_DEC, &one, escalate()).unwrap();
    let before = CorrectionRefusal::BeforeTheAnswer(date(2026, 12, 2));
    assert_eq!(second.ask(THU_3_DEC, &one, correct(at("2026-12-01T23:00:00Z"))), Err(before.into()));
    // A day is enough: it counts from its beginning, and the answer went during it.
    second.ask(THU_3_DEC, &one, correct(at("2026-12-02T00:00:00Z"))).unwrap();
}

/// 6.10: what ended is not handed to anybody, and not refused.
#[test]
fn what_has_ended_is_neither_assigned_nor_refused() {
    let one = officer(1, Role::Officer);
    let mut life = Life::answered();
    let carry = OutcomeCommand::CarryOver { number: 1, reason: "The yearly works".to_owned() };
    life.ask(THU_3_DEC, &one, CaseCommand::Outcome(carry)).unwrap();
    life.ask(THU_3_DEC, &one, close("Nothing beyond this case.")).unwrap();
    let ended = Err(Refusal::Ended(date(2026, 12, 3)));
    assert_eq!(life.ask(THU_3_DEC, &one, CaseCommand::AssignHandler { officer: officer(4, Role::Officer) }), ended);
    let ground = Ground::Policy { clause: "Section 8".to_owned() };
    assert_eq!(life.ask(THU_3_DEC, &one, propose(Refused::Escalation, ground, "")), ended);
}

/// 6.10.
#[test]
fn a_contact_of_another_case_asks_for_nothing_here() {
    let one = officer(1, Role::Officer);
    let elsewhere = Err(Refusal::NotInTheCase(ContactId(99)));
    let by = StageTwoCommand::Escalate { received_at: Some(at(THU_3_DEC)), contact: Some(ContactId(99)) };
    assert_eq!(Life::answered().ask(THU_3_DEC, &one, CaseCommand::StageTwo(by)), elsewhere);
    let dismiss = StageTwoCommand::Dismiss { contact: ContactId(99), reason: "Thanks.".to_owned() };
    assert_eq!(Life::answered().ask(THU_3_DEC, &one, CaseCommand::StageTwo(dismiss)), elsewhere);
}

/// 1.3: a machine has nobody to offer the choice to, but a person whose words say otherwise is no machine.
#[test]
fn words_of_a_complaint_are_not_automatic_without_the_choice() {
    let one = officer(1, Role::Officer);
    let asked = |dissatisfied| TriageAsked {
        kind: TriageKind::Automatic,
        reason: "It looks like a machine's.".to_owned(),
        choice: Choice::NotOffered,
        follow_up: None,
        weights: Weights::default(),
        suggested: Some(Suggested { kind: TriageKind::Automatic, reason: String::new(), dissatisfied }),
    };
    let decide = |dissatisfied| CaseCommand::Triage(TriageCommand::Decide(asked(dissatisfied)));
    let refused = Err(Refusal::Triage(TriageRefusal::ChoiceNotOffered { dissatisfied: true }));
    assert_eq!(Life::new().ask(TUE_24_NOV, &one, decide(true)), refused);
    Life::new().ask(TUE_24_NOV, &one, decide(false)).unwrap();
}

/// 1.5: whoever is not content has a complaint, though somebody finished it before.
#[test]
fn nobody_who_is_not_content_is_finished_not_even_afterwards() {
    let one = officer(1, Role::Officer);
    let finish = |content| CaseCommand::Triage(TriageCommand::Finish { how: "A new washer".to_owned(), content });
    let enquiry = TriageAsked {
        kind: TriageKind::Enquiry,
        reason: "Opening hours".to_owned(),
        choice: Choice::NotOffered,
        follow_up: None,
        weights: Weights::default(),
        suggested: None,
    };
    let mut life = Life::new();
    life.ask(TUE_24_NOV, &one, CaseCommand::Triage(TriageCommand::Decide(enquiry))).unwrap();
    life.ask(TUE_24_NOV, &one, finish(Content::Yes)).unwrap();
    assert!(life.case.ended_at().is_some());
    let refused = Err(Refusal::Triage(TriageRefusal::NotContent));
    assert_eq!(life.ask(TUE_24_NOV, &one, finish(Content::No)), refused);
}

/// 3.6: consent is looked at again when a letter leaves.
#[test]
fn a_letter_leaves_only_for_whom_it_may_go_to_that_day() {
    let life = Life::new();
    let facts = letter(LetterKind::StageOneAcknowledgement, LetterState::Approved);
    let leaves = |to: &str| CaseCommand::LetterLeaves { letter: facts.clone(), to: to.parse().unwrap() };
    let ask = |to| decide(rules(&life.loaded, TUE_24_NOV), &life.case, leaves(to)).unwrap();
    let resident = life.case.resident.email.clone().unwrap();
    assert_eq!(ask(resident.as_str()), Vec::new());
    let held = ask("son@example.org");
    assert!(matches!(held.as_slice(), [CaseEvent::LetterHeld { .. }]), "{held:?}");
    assert!(held[0].in_words().contains("(3.6)"), "{}", held[0].in_words());
    let waits = LetterFacts { state: LetterState::Sent, ..facts.clone() };
    let again = CaseCommand::LetterLeaves { letter: waits, to: "son@example.org".parse().unwrap() };
    assert_eq!(decide(rules(&life.loaded, TUE_24_NOV), &life.case, again), Ok(Vec::new()));
}

/// 5.12, 6.2: what nobody needs is put aside with a reason; what is owed is not.
#[test]
fn a_draft_is_discarded_with_a_reason_unless_it_is_owed() {
    let one = officer(1, Role::Officer);
    let discard = |kind, state, reason: &str| {
        let command = CaseCommand::Discard { letter: letter(kind, state), reason: reason.to_owned() };
        let life = Life::acknowledged();
        decide(rules(&life.loaded, WED_2_DEC).by(&one), &life.case, command)
    };
    for owed in [LetterKind::StageOneAcknowledgement, LetterKind::StageOneResponse] {
        assert_eq!(discard(owed, LetterState::Draft, "None."), Err(Refusal::Owed(owed)));
    }
    let update = LetterKind::ProgressUpdate;
    let blank = discard(update, LetterState::Draft, " ").unwrap_err().to_string();
    assert_eq!(blank, "enter why nobody needs this draft (5.12)");
    let done = discard(update, LetterState::Draft, "Said by telephone").unwrap();
    let words = done[0].in_words();
    assert!(words.ends_with("was discarded: Said by telephone."), "{words}");
    assert_eq!(discard(update, LetterState::Discarded, "Again"), Ok(Vec::new()));
    let sent = discard(update, LetterState::Sent, "Too late");
    assert_eq!(sent, Err(Refusal::NotADraft(LetterState::Sent)));
}

#[test]
fn what_is_asked_for_reads_as_a_sentence() {
    let one = officer(1, Role::Officer);
    let complaint = TriageAsked {
        kind: TriageKind::Complaint,
        reason: "She complains.".to_owned(),
        choice: Choice::NotOffered,
        follow_up: None,
        weights: Weights::default(),
        suggested: None,
    };
    let unweighed = Life::new().ask(TUE_24_NOV, &one, CaseCommand::Triage(TriageCommand::Decide(complaint)));
    assert_eq!(unweighed.unwrap_err().to_string(), "enter how complex it is (6.1)");
    let letter = letter(LetterKind::StageOneAcknowledgement, LetterState::Draft);
    let approve = CaseCommand::Approve {
        seen: (letter.version, Digest::of(b"another text")),
        letter,
        shortfalls: Vec::new(),
        extension: None,
        ours: Vec::new(),
        authority: Authority::default(),
    };
    let wrong = Life::new().ask(TUE_24_NOV, &one, approve).unwrap_err().to_string();
    assert!(wrong.contains("the text has changed since, or the digest is another letter’s"), "{wrong}");
}

/// 5.6, 5.9, 7.3: a letter does not tell what is not so.
#[test]
fn what_a_letter_tells_is_so() {
    let one = officer(1, Role::Officer);
    let (today, over) = (terms(date(2026, 12, 3)), terms(date(2026, 12, 2)));
    let mut life = Life::acknowledged();
    life.send(THU_3_DEC, &one, LetterKind::ClarificationRequest, None).unwrap();
    let past = life.send(THU_3_DEC, &one, LetterKind::ProgressUpdate, Some(over));
    assert_eq!(past, Err(Refusal::PromisedForThePast(date(2026, 12, 2))));
    life.send(THU_3_DEC, &one, LetterKind::ProgressUpdate, Some(today)).unwrap();

    let mut life = Life::answered();
    let asked = life.send(THU_3_DEC, &one, LetterKind::ClarificationRequest, None);
    assert_eq!(asked, Err(Refusal::AlreadyAnswered(date(2026, 12, 2))));
    let kept = |life: &mut Life| life.send(THU_3_DEC, &one, LetterKind::ActionsComplete, None).map(|_| ());
    assert_eq!(kept(&mut life), Err(Refusal::ActionsOpen(vec!["1".to_owned()])));
    let evidence = "The engineer's report".to_owned();
    let done = OutcomeCommand::ActionDone { number: 1, on: date(2026, 12, 3), evidence };
    life.ask(THU_3_DEC, &one, CaseCommand::Outcome(done)).unwrap();
    assert_eq!(kept(&mut life), Ok(()));
}
