//! Sections 6 to 9 of the Code: the stages, putting things right, incidents and learning.

use super::*;
use crate::domain::incident::{self, IncidentRefusal, NewIncident};

pub(super) fn five_working_days_to_acknowledge_whatever_the_hour() {
    for when in ["2026-11-23T00:00:00Z", "2026-11-23T23:59:59Z"] {
        assert_eq!(received(&loaded(), when).current.acknowledge_by, Some(date(2026, 11, 30)), "{when}");
    }
    requires(LetterKind::StageOneAcknowledgement, "6.2", 1);
}

pub(super) fn ten_working_days_to_respond_and_lateness_buys_no_time() {
    let loaded = loaded();
    let due = |when| acknowledged(&loaded, received(&loaded, MON_23_NOV), when).current.response_due.unwrap();
    assert_eq!(due(TUE_24_NOV).by, date(2026, 12, 8));
    let late = due(WED_2_DEC);
    assert_eq!((late.by, late.strict_by), (date(2026, 12, 16), Some(date(2026, 12, 14))));
    cites(Life::new().send(TUE_24_NOV, &officer(1, Role::Officer), LetterKind::StageOneResponse, None), "6.2");
}

pub(super) fn an_extension_is_in_time_within_ten_days_and_has_its_reason() {
    let one = officer(1, Role::Officer);
    let extend = |now: &str, terms| Life::acknowledged().send(now, &one, LetterKind::StageOneExtension, Some(terms));
    let (limit, beyond) = (date(2026, 12, 22), date(2026, 12, 23));
    cites(extend(WED_2_DEC, terms(beyond)), "6.4");
    cites(extend(WED_2_DEC, ExtensionTerms { reason: " ".to_owned(), ..terms(limit) }), "6.4");
    assert!(extend("2026-12-09T09:00:00Z", terms(limit)).is_err(), "the day after the due date");
    extend("2026-12-08T22:00:00Z", terms(limit)).unwrap();
    requires(LetterKind::StageOneExtension, "6.4", 2);
    // What remains is to say sorry, and the breach is told for good.
    let mut life = Life::acknowledged();
    life.send("2026-12-08T10:00:00Z", &one, LetterKind::OverdueApology, None).unwrap();
    assert_eq!(overdue(&life, "2026-12-08T10:00:00Z"), None, "not late yet");
    let told = overdue(&life, "2026-12-09T10:00:00Z").unwrap();
    assert!(told.starts_with("Breach: the response was due on Tuesday 8 December 2026"), "{told}");
}

/// What an apology for a late answer, accepted at this time, leaves in the history.
fn overdue(life: &Life, now: &str) -> Option<String> {
    let letter = letter(LetterKind::OverdueApology, LetterState::Approved);
    let accepted = CaseCommand::LetterAccepted { letter, extension: None, at: at(now) };
    let events = decide(rules(&life.loaded, now), &life.case, accepted).unwrap();
    assert_eq!(events.iter().fold(life.case.clone(), Case::apply), life.case, "it moves nothing");
    events.first().map(CaseEvent::in_words)
}

pub(super) fn an_extension_names_the_ombudsman() {
    requires(LetterKind::StageOneExtension, "6.5", 1);
    requires(LetterKind::StageTwoExtension, "6.16", 1);
}

pub(super) fn answering_does_not_wait_for_actions_and_closing_does() {
    let one = officer(1, Role::Officer);
    let mut first = Life::answered();
    assert_eq!((first.case.state(), first.case.actions.len()), ("responded", 1));
    cites(first.ask(THU_3_DEC, &one, close("Learned.")), "6.6");
    let (mut second, three) = at_stage_two();
    second.ask(THU_3_DEC, &three, record(outcome())).unwrap();
    second.send(THU_3_DEC, &three, LetterKind::StageTwoResponse, None).unwrap();
    assert_eq!((second.case.state(), second.case.actions.len()), ("responded", 2));
    cites(second.ask(THU_3_DEC, &three, close("Learned.")), "6.6");
    requires(LetterKind::ActionsComplete, "6.6", 1);
}

pub(super) fn every_point_has_its_finding_and_reasons() {
    let mut first = Life::acknowledged();
    cites(first.send(WED_2_DEC, &officer(1, Role::Officer), LetterKind::StageOneResponse, None), "6.7");
    let (mut second, three) = at_stage_two();
    cites(second.send(THU_3_DEC, &three, LetterKind::StageTwoResponse, None), "6.7");
    requires(LetterKind::StageOneResponse, "6.7", 1);
    requires(LetterKind::StageTwoResponse, "6.18", 1);
}

pub(super) fn new_points_join_until_the_stage_one_response() {
    let one = officer(1, Role::Officer);
    let add = || CaseCommand::AddPoint { point: point("The stairs."), reason: "The same lift.".to_owned() };
    Life::acknowledged().ask(WED_2_DEC, &one, add()).unwrap();
    cites(Life::answered().ask(THU_3_DEC, &one, add()), "6.8");
}

pub(super) fn a_stage_one_response_has_its_seven_elements() {
    requires(LetterKind::StageOneResponse, "6.9", 7);
}

pub(super) fn an_unhappy_reply_is_decided_and_goes_to_stage_two() {
    let one = officer(1, Role::Officer);
    let mut life = Life::answered();
    let reply = StageTwoCommand::Consider { contact: ContactId(5), received_at: at(THU_3_DEC) };
    life.ask(THU_3_DEC, &one, CaseCommand::StageTwo(reply)).unwrap();
    cites(life.ask(THU_3_DEC, &one, close("Learned.")), "6.10");
    life.ask(THU_3_DEC, &one, escalate()).unwrap();
    assert_eq!(life.case.current.stage, Stage::Two);
    forbidden("Stage 2 is discretionary.", "6.10");
}

pub(super) fn a_request_for_stage_two_has_its_own_clock() {
    let (life, _) = at_stage_two();
    let second = &life.case.current;
    assert_eq!(second.acknowledge_by, Some(date(2026, 12, 10)), "6.11");
    assert_eq!(second.response_due.unwrap().by, date(2027, 1, 5), "6.14");
    requires(LetterKind::StageTwoAcknowledgement, "6.11", 1);
    requires(LetterKind::StageTwoAcknowledgement, "6.14", 1);
}

pub(super) fn nobody_need_give_a_reason_for_stage_two() {
    Life::answered().ask(THU_3_DEC, &officer(3, Role::Officer), escalate()).unwrap();
    forbidden("Please explain why you are not content.", "6.12");
}

pub(super) fn whoever_decided_at_stage_one_stays_out_of_stage_two() {
    let (mut life, three) = at_stage_two();
    for earlier in [officer(1, Role::Manager), officer(2, Role::Manager)] {
        cites(life.ask(THU_3_DEC, &three, CaseCommand::AssignHandler { officer: earlier.clone() }), "6.13");
        cites(life.send(THU_3_DEC, &earlier, LetterKind::StageTwoResponse, None), "6.13");
    }
    requires(LetterKind::StageTwoAcknowledgement, "6.13", 1);
}

pub(super) fn stage_two_is_extended_by_twenty_days_at_most() {
    let (mut life, three) = at_stage_two();
    let limit = extension_possible(rules(&life.loaded, THU_3_DEC), &life.case).unwrap();
    assert_eq!((limit.by, limit.provision.0.as_str()), (date(2027, 2, 2), "6.15"));
    let beyond = life.send(THU_3_DEC, &three, LetterKind::StageTwoExtension, Some(terms(date(2027, 2, 3))));
    cites(beyond, "6.15");
    requires(LetterKind::StageTwoExtension, "6.15", 2);
}

pub(super) fn a_stage_two_response_has_its_elements_and_is_final() {
    requires(LetterKind::StageTwoResponse, "6.19", 7);
    requires(LetterKind::StageTwoResponse, "6.20", 1);
}

pub(super) fn what_was_upheld_is_put_right_in_one_of_eight_ways() {
    let mut life = Life::acknowledged();
    let one = officer(1, Role::Officer);
    life.ask(WED_2_DEC, &one, record(Outcome { no_remedy: String::new(), ..outcome() })).unwrap();
    cites(life.send(WED_2_DEC, &one, LetterKind::StageOneResponse, None), "7.1");
    assert_eq!(RemedyKind::ALL.len(), 8);
}

pub(super) fn a_remedy_answers_its_effect_on_the_resident() {
    let mut life = Life::acknowledged();
    let one = officer(1, Role::Officer);
    let blank = Remedy { impact: " ".to_owned(), ..remedy(RemedyKind::Apology) };
    life.ask(WED_2_DEC, &one, record(Outcome { remedies: vec![blank], ..outcome() })).unwrap();
    cites(life.send(WED_2_DEC, &one, LetterKind::StageOneResponse, None), "7.2");
}

pub(super) fn a_promise_has_somebody_and_a_day() {
    let promise = Promise { what: "Inspect".to_owned(), owner: " ".to_owned(), by: date(2026, 12, 18) };
    let add = CaseCommand::Outcome(OutcomeCommand::AddAction(promise));
    cites(Life::answered().ask(THU_3_DEC, &officer(1, Role::Officer), add), "7.3");
    assert_eq!(Life::answered().case.next_deadline(), Some((Duty::Act, Some(date(2026, 12, 18)))));
}

pub(super) fn an_incident_is_declared_by_a_senior_officer_who_told_people() {
    let new = |told: &str| NewIncident {
        what: "The housing system was encrypted.".to_owned(),
        began_on: date(2026, 11, 23),
        back_by: date(2026, 11, 30),
        told: told.to_owned(),
    };
    let declare = |role, told| incident::declare(&officer(1, role), &new(told), None, date(2026, 11, 24));
    assert_eq!(declare(Role::Manager, " "), Err(IncidentRefusal::Blank));
    assert_eq!(declare(Role::Officer, "The Ombudsman"), Err(IncidentRefusal::NotSenior));
    assert_eq!(declare(Role::Manager, "The Ombudsman"), Ok(()));
}

pub(super) fn a_case_is_closed_with_what_was_learned() {
    let mut life = Life::answered();
    let one = officer(1, Role::Officer);
    let carry = OutcomeCommand::CarryOver { number: 1, reason: "The yearly works".to_owned() };
    life.ask(THU_3_DEC, &one, CaseCommand::Outcome(carry)).unwrap();
    cites(life.ask(THU_3_DEC, &one, close(" ")), "9.1");
    life.ask(THU_3_DEC, &one, close("Nothing beyond this case.")).unwrap();
}
