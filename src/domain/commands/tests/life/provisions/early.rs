//! Sections 1 to 5 of the Code: what counts as a complaint, refusals, access, staff and the process.

use super::*;
use crate::domain::approval::ApprovalRules;
use crate::domain::channel::{Channel, Entered, Taken};
use crate::domain::circumstances::{Circumstance, Interest};
use crate::domain::outcome::Pence;
use crate::domain::representative::{Authority as MayAct, Consent, Representative, Scope};

pub(super) fn any_message_of_a_person_is_a_complaint_until_somebody_says_otherwise() {
    // The message says nothing at all: the word is not needed.
    let case = received(&loaded(), MON_23_NOV);
    assert_eq!((case.current.stage, case.state()), (Stage::One, "received"));
    assert_eq!(case.next_deadline(), Some((Duty::Acknowledge, Some(date(2026, 11, 30)))), "nobody has triaged it");
}

pub(super) fn a_refusal_has_reasons_and_a_second_person() {
    let (one, two) = (officer(1, Role::Officer), officer(2, Role::Officer));
    let ground = || Ground::Policy { clause: "Section 8".to_owned() };
    let blank = ExclusionCommand::Propose {
        refused: Refused::Complaint,
        ground: ground(),
        reasons: " ".to_owned(),
        discretion: String::new(),
        earlier: None,
    };
    cites(Life::new().ask(TUE_24_NOV, &one, CaseCommand::Exclusion(blank)), "2.1");
    let mut life = Life::new();
    life.ask(TUE_24_NOV, &one, propose(Refused::Complaint, ground(), "")).unwrap();
    cites(life.send(TUE_24_NOV, &one, LetterKind::RefusalToAccept, None), "2.1");
    life.send(TUE_24_NOV, &two, LetterKind::RefusalToAccept, None).unwrap();
}

pub(super) fn each_ground_of_refusal_needs_its_evidence() {
    let filed_on = date(2026, 11, 20);
    for ground in [
        Ground::Court { claim: " ".to_owned(), filed_on },
        Ground::Policy { clause: String::new() },
        Ground::ConsideredBefore { earlier: CaseRef::new(2026, 1) },
    ] {
        cites(Life::new().ask(TUE_24_NOV, &officer(1, Role::Officer), propose(Refused::Complaint, ground, "")), "2.2");
    }
}

pub(super) fn twelve_months_count_from_the_later_day_and_discretion_is_considered() {
    let one = officer(1, Role::Officer);
    let late = |aware_on| Ground::TooLate { happened_on: date(2024, 1, 1), aware_on };
    let aware = Some(date(2025, 11, 24));
    cites(Life::new().ask(TUE_24_NOV, &one, propose(Refused::Complaint, late(aware), "Considered.")), "2.3");
    cites(Life::new().ask(TUE_24_NOV, &one, propose(Refused::Complaint, late(None), " ")), "2.3");
    Life::new().ask(TUE_24_NOV, &one, propose(Refused::Complaint, late(None), "Considered.")).unwrap();
}

pub(super) fn only_the_letter_refuses_and_the_ombudsman_undoes_it() {
    let (one, two) = (officer(1, Role::Officer), officer(2, Role::Officer));
    let mut life = Life::new();
    life.ask(TUE_24_NOV, &one, propose(Refused::Complaint, Ground::Policy { clause: "8".to_owned() }, "")).unwrap();
    assert!(!life.case.is_refused(), "proposed is not refused");
    life.send(TUE_24_NOV, &two, LetterKind::RefusalToAccept, None).unwrap();
    assert!(life.case.is_refused());
    let overturn = ExclusionCommand::Overturn { reason: "Determination".to_owned() };
    life.ask("2027-01-12T10:00:00Z", &one, CaseCommand::Exclusion(overturn)).unwrap();
    assert_eq!(life.case.next_deadline(), Some((Duty::Acknowledge, Some(date(2026, 11, 30)))), "the original date");
    requires(LetterKind::RefusalToAccept, "2.4", 3);
}

pub(super) fn every_other_channel_is_entered_with_its_true_receipt() {
    let entered = |channel, received_at: &str| Entered {
        taken: Taken { channel, by: "Reception".to_owned() },
        received_at: at(received_at),
        name: String::new(),
        email: None,
        reach: String::new(),
        postal: None,
        subject: String::new(),
        text: "No heating.".to_owned(),
        files: Vec::new(),
        once: String::new(),
    };
    let others: Vec<Channel> = Channel::ALL.iter().copied().filter(|channel| *channel != Channel::Email).collect();
    assert!(others.len() >= 6, "phone, letter, visit, portal, social media, councillor or MP");
    let calendar = loaded().calendar;
    for channel in others {
        entered(channel, MON_23_NOV).check(at(TUE_24_NOV), &calendar).unwrap();
        assert!(entered(channel, THU_3_DEC).check(at(TUE_24_NOV), &calendar).is_err(), "not from the future");
    }
}

pub(super) fn the_clock_runs_from_whoever_of_ours_received_it_first() {
    let mut life = Life::new();
    let declare = |at: &str| PeopleCommand::DeclareReceipt {
        contact: ContactId(1),
        at: at.parse().unwrap(),
        by: "The caretaker".to_owned(),
        reason: "Stamped".to_owned(),
    };
    cites(people(&mut life, declare(TUE_24_NOV)), "3.2");
    people(&mut life, declare("2026-11-20T16:00:00Z")).unwrap();
    assert_eq!(life.case.next_deadline(), Some((Duty::Acknowledge, Some(date(2026, 11, 27)))));
}

pub(super) fn a_representative_gets_letters_once_consent_is_recorded() {
    let mut life = Life::new();
    let name = PeopleCommand::NameRepresentative(Representative {
        name: "Ben Poole".to_owned(),
        email: Some("ben@example.net".parse().unwrap()),
        authority: MayAct::Consent,
        scope: Scope::Letters,
        consent: None,
        expires_on: None,
        ended: None,
    });
    people(&mut life, name).unwrap();
    let to = |life: &Life| recipient(rules(&life.loaded, TUE_24_NOV), &life.case, &[]).unwrap().to_string();
    assert_eq!(to(&life), "ann@example.org");
    let consent = Consent { on: date(2026, 11, 24), evidence: "signed form".to_owned() };
    people(&mut life, PeopleCommand::Consent { number: 1, consent }).unwrap();
    assert_eq!(to(&life), "ben@example.net");
}

pub(super) fn every_letter_to_a_resident_names_the_ombudsman() {
    let loaded = loaded();
    for kind in LetterKind::ALL {
        let named = |title: &str| title.to_lowercase().contains("ombudsman");
        assert!(loaded.code.required(kind).iter().any(|element| named(&element.title)), "{kind}");
    }
}

pub(super) fn a_complaints_officer_is_a_role_with_the_authority_of_a_senior_one() {
    assert!(Role::ALL.contains(&Role::ComplaintsOfficer) && Role::ComplaintsOfficer.is_senior());
}

pub(super) fn money_beyond_a_role_is_approved_by_somebody_above_it() {
    let mut life = Life::acknowledged();
    let remedy = Remedy { amount: Some(Pence(10_001)), ..remedy(RemedyKind::Money) };
    let offer = Outcome { remedies: vec![remedy], ..outcome() };
    life.ask(WED_2_DEC, &officer(1, Role::Officer), record(offer)).unwrap();
    let letter = letter(LetterKind::StageOneResponse, LetterState::Draft);
    let limits = [(Role::Officer, Pence(10_000))].into();
    let approve = |life: &mut Life, role| {
        let command = CaseCommand::Approve {
            seen: (letter.version, letter.digest),
            letter: letter.clone(),
            shortfalls: Vec::new(),
            extension: None,
            ours: Vec::new(),
            authority: Authority {
                rules: ApprovalRules { limits: std::collections::BTreeMap::clone(&limits), ..ApprovalRules::default() },
                authors: Vec::new(),
                overriding: None,
            },
        };
        life.ask(WED_2_DEC, &officer(2, role), command)
    };
    cites(approve(&mut life, Role::Officer), "4.2");
    approve(&mut life, Role::SeniorApprover).unwrap();
}

pub(super) fn a_restriction_needs_its_reasons_and_moves_no_date() {
    let restrict = |[reason, evidence, equality]: [&str; 3], review_by| PeopleCommand::Restrict {
        what: "One telephone call a week.".to_owned(),
        reason: reason.to_owned(),
        evidence: evidence.to_owned(),
        equality: equality.to_owned(),
        review_by,
    };
    let (spring, yesterday) = (date(2027, 5, 4), date(2026, 11, 23));
    let mut life = Life::new();
    cites(people(&mut life, restrict(["", "calls", "considered"], spring)), "5.14");
    cites(people(&mut life, restrict(["threats", "", "considered"], spring)), "5.14");
    cites(people(&mut life, restrict(["threats", "calls", "considered"], yesterday)), "5.14");
    cites(people(&mut life, restrict(["threats", "calls", ""], spring)), "5.15");
    let before = life.case.current.clone();
    people(&mut life, restrict(["threats", "calls", "considered"], spring)).unwrap();
    assert_eq!(life.case.current, before, "5.1: nobody is answered later for it");
    let more = CaseCommand::AddContact { contact: ContactId(9), reason: "the same thread".to_owned() };
    life.ask(TUE_24_NOV, &officer(1, Role::Officer), more).unwrap();
    requires(LetterKind::RestrictionNotice, "5.14", 2);
    requires(LetterKind::RestrictionNotice, "5.15", 1);
}

pub(super) fn no_letter_speaks_of_an_informal_or_a_further_stage() {
    forbidden("We hope to resolve your informal complaint.", "5.2");
    forbidden("This is stage 0 of our procedure.", "5.2");
}

pub(super) fn there_is_no_third_stage() {
    let (mut life, three) = at_stage_two();
    cites(life.ask(THU_3_DEC, &three, escalate()), "5.3");
    assert_eq!((life.case.current.stage, life.case.first.as_ref().unwrap().stage), (Stage::Two, Stage::One));
}

pub(super) fn an_acknowledgement_defines_the_complaint_and_the_definition_stands() {
    for kind in [LetterKind::StageOneAcknowledgement, LetterKind::StageTwoAcknowledgement] {
        requires(kind, "5.6", 2);
    }
    let other = Definition { points: vec![point("Another.")], outcomes: Vec::new() };
    let define = CaseCommand::Define { definition: other };
    cites(Life::acknowledged().ask(WED_2_DEC, &officer(1, Role::Officer), define), "5.6");
    requires(LetterKind::ClarificationRequest, "5.6", 1);
}

pub(super) fn an_acknowledgement_says_what_is_ours() {
    for kind in [LetterKind::StageOneAcknowledgement, LetterKind::StageTwoAcknowledgement] {
        requires(kind, "5.7", 1);
    }
}

pub(super) fn whoever_the_complaint_names_or_has_a_conflict_does_not_handle_it() {
    let (one, two) = (officer(1, Role::Officer), officer(2, Role::Officer));
    let assign = |officer: &Officer| CaseCommand::AssignHandler { officer: officer.clone() };
    let mut life = Life::new();
    let definition = Definition { points: vec![point("Officer 1 shouted at me.")], outcomes: Vec::new() };
    life.ask(TUE_24_NOV, &two, CaseCommand::Define { definition }).unwrap();
    cites(life.ask(TUE_24_NOV, &two, assign(&one)), "5.8");
    let conflict = PeopleCommand::Declare {
        officer: two.clone(),
        interest: Interest::Conflict,
        reason: "They are my neighbour.".to_owned(),
    };
    people(&mut life, conflict).unwrap();
    cites(life.ask(TUE_24_NOV, &one, assign(&two)), "5.8");
}

pub(super) fn an_extension_agrees_how_the_resident_is_kept_informed() {
    let silent = ExtensionTerms { updates: " ".to_owned(), ..terms(date(2026, 12, 22)) };
    let mut life = Life::acknowledged();
    let one = officer(1, Role::Officer);
    cites(life.send(WED_2_DEC, &one, LetterKind::StageOneExtension, Some(silent)), "5.9");
    let every = ExtensionTerms { every: Some(WorkingDays(3)), ..terms(date(2026, 12, 22)) };
    life.send(WED_2_DEC, &one, LetterKind::StageOneExtension, Some(every)).unwrap();
    assert_eq!(life.case.next_deadline(), Some((Duty::Update, Some(date(2026, 12, 7)))));
}

pub(super) fn an_adjustment_is_recorded_reviewed_and_asked_about_in_every_letter() {
    let mut life = Life::new();
    let spring = date(2027, 5, 4);
    for kind in [Circumstance::Adjustment, Circumstance::Disability] {
        people(&mut life, PeopleCommand::Record { kind, text: "Phone first.".to_owned(), review_by: spring }).unwrap();
    }
    let tasks = life.case.people.tasks();
    assert_eq!(tasks.iter().filter(|task| task.by == spring).count(), 2, "{tasks:?}");
    LetterKind::ALL.into_iter().for_each(|kind| requires(kind, "5.10", 1));
}

pub(super) fn stage_two_is_refused_on_a_ground_by_a_letter() {
    let mut life = Life::answered();
    cites(life.send(THU_3_DEC, &officer(2, Role::Officer), LetterKind::RefusalToEscalate, None), "2.1");
    requires(LetterKind::RefusalToEscalate, "5.11", 3);
}

pub(super) fn what_happened_stays_in_the_history() {
    let one = officer(1, Role::Officer);
    cites(Life::new().ask(TUE_24_NOV, &one, CaseCommand::Note { text: " ".to_owned() }), "5.12");
    // A case is what its events made of it: nothing else is kept that could be changed.
    let life = Life::new();
    let events = decide(rules(&life.loaded, TUE_24_NOV), &life.case, CaseCommand::Note { text: "Called.".to_owned() });
    assert!(events.unwrap()[0].in_words().contains("Called."));
}

pub(super) fn a_remedy_can_be_written_before_any_letter() {
    let mut life = Life::new();
    let offer = Outcome { remedies: vec![remedy(RemedyKind::Apology)], ..Outcome::default() };
    life.ask(MON_23_NOV, &officer(1, Role::Officer), record(offer)).unwrap();
    assert_eq!(life.case.current.outcome.unwrap().remedies.len(), 1);
}
