//! Every provision of the Complaint Handling Code, 1.2 to 9.8, with what the program does about it: a check
//! against the core, what is still to come, or why it asks nothing of a program. A provision that is left
//! out fails the test.

use std::panic::catch_unwind;

use super::*;
use crate::config::built_in_writing_rules;
use crate::domain::outcome::{Remedy, RemedyKind};

mod early;
mod late;

/// How a provision is met.
enum Holds {
    /// The program holds it: this fails when it does not.
    By(fn()),
    /// Not yet, and what is missing.
    NotYet(&'static str),
    /// It asks nothing of a program, because.
    ByPeople(&'static str),
}
use Holds::{By, ByPeople, NotYet};

/// The Code's sections and their provisions.
const SECTIONS: [(u8, std::ops::RangeInclusive<u8>); 9] =
    [(1, 2..=6), (2, 1..=5), (3, 1..=7), (4, 1..=3), (5, 1..=15), (6, 1..=20), (7, 1..=4), (8, 1..=5), (9, 1..=8)];

const TABLE: &[(&str, Holds)] = &[
    ("1.2", By(early::any_message_of_a_person_is_a_complaint_until_somebody_says_otherwise)),
    ("1.3", By(triage::words_of_a_complaint_are_not_put_aside_without_the_choice_to_complain)),
    ("1.4", By(triage::a_service_request_needs_its_reason_owner_review_and_the_choice_to_complain)),
    ("1.5", By(triage::a_complaint_is_raised_from_a_later_message_and_what_was_asked_for_goes_on)),
    ("1.6", By(triage::a_survey_comment_is_answered_with_how_to_complain)),
    ("2.1", By(early::a_refusal_has_reasons_and_a_second_person)),
    ("2.2", By(early::each_ground_of_refusal_needs_its_evidence)),
    ("2.3", By(early::twelve_months_count_from_the_later_day_and_discretion_is_considered)),
    ("2.4", By(early::only_the_letter_refuses_and_the_ombudsman_undoes_it)),
    ("2.5", By(early::a_refusal_has_reasons_and_a_second_person)),
    ("3.1", By(early::every_other_channel_is_entered_with_its_true_receipt)),
    ("3.2", By(early::the_clock_runs_from_whoever_of_ours_received_it_first)),
    ("3.3", ByPeople("how a volume is to be read is for people: no page praises few complaints or blames many")),
    ("3.4", ByPeople("the landlord publishes the policy; letters link to it where the configuration names it")),
    ("3.5", ByPeople("publicity is the landlord's")),
    ("3.6", By(early::a_representative_gets_letters_once_consent_is_recorded)),
    ("3.7", By(early::every_letter_to_a_resident_names_the_ombudsman)),
    ("4.1", By(early::a_complaints_officer_is_a_role_with_the_authority_of_a_senior_one)),
    ("4.2", By(early::money_beyond_a_role_is_approved_by_somebody_above_it)),
    ("4.3", ByPeople("training and resources are the landlord's")),
    ("5.1", By(early::a_restriction_needs_its_reasons_and_moves_no_date)),
    ("5.2", By(early::no_letter_speaks_of_an_informal_or_a_further_stage)),
    ("5.3", By(early::there_is_no_third_stage)),
    ("5.4", By(early::there_is_no_third_stage)),
    ("5.5", NotYet("timeliness for each contractor: reports")),
    ("5.6", By(early::an_acknowledgement_defines_the_complaint_and_the_definition_stands)),
    ("5.7", By(early::an_acknowledgement_says_what_is_ours)),
    ("5.8", By(early::whoever_the_complaint_names_or_has_a_conflict_does_not_handle_it)),
    ("5.9", By(early::an_extension_agrees_how_the_resident_is_kept_informed)),
    ("5.10", By(early::an_adjustment_is_recorded_reviewed_and_asked_about_in_every_letter)),
    ("5.11", By(early::stage_two_is_refused_on_a_ground_by_a_letter)),
    ("5.12", By(early::what_happened_stays_in_the_history)),
    ("5.13", By(early::a_remedy_can_be_written_before_any_letter)),
    ("5.14", By(early::a_restriction_needs_its_reasons_and_moves_no_date)),
    ("5.15", By(early::a_restriction_needs_its_reasons_and_moves_no_date)),
    ("6.1", By(triage::a_complaint_is_weighed_and_the_weights_stay_when_it_is_decided_anew)),
    ("6.2", By(late::five_working_days_to_acknowledge_whatever_the_hour)),
    ("6.3", By(late::ten_working_days_to_respond_and_lateness_buys_no_time)),
    ("6.4", By(late::an_extension_is_in_time_within_ten_days_and_has_its_reason)),
    ("6.5", By(late::an_extension_names_the_ombudsman)),
    ("6.6", By(late::answering_does_not_wait_for_actions_and_closing_does)),
    ("6.7", By(late::every_point_has_its_finding_and_reasons)),
    ("6.8", By(late::new_points_join_until_the_stage_one_response)),
    ("6.9", By(late::a_stage_one_response_has_its_seven_elements)),
    ("6.10", By(late::an_unhappy_reply_is_decided_and_goes_to_stage_two)),
    ("6.11", By(late::a_request_for_stage_two_has_its_own_clock)),
    ("6.12", By(late::nobody_need_give_a_reason_for_stage_two)),
    ("6.13", By(late::whoever_decided_at_stage_one_stays_out_of_stage_two)),
    ("6.14", By(late::a_request_for_stage_two_has_its_own_clock)),
    ("6.15", By(late::stage_two_is_extended_by_twenty_days_at_most)),
    ("6.16", By(late::an_extension_names_the_ombudsman)),
    ("6.17", By(late::answering_does_not_wait_for_actions_and_closing_does)),
    ("6.18", By(late::every_point_has_its_finding_and_reasons)),
    ("6.19", By(late::a_stage_two_response_has_its_elements_and_is_final)),
    ("6.20", By(late::a_stage_two_response_has_its_elements_and_is_final)),
    ("7.1", By(late::what_was_upheld_is_put_right_in_one_of_eight_ways)),
    ("7.2", By(late::a_remedy_answers_its_effect_on_the_resident)),
    ("7.3", By(late::a_promise_has_somebody_and_a_day)),
    ("7.4", ByPeople("weighing the Ombudsman's guidance is for whoever decides")),
    ("8.1", NotYet("the annual report: reports")),
    ("8.2", NotYet("the annual report: reports")),
    ("8.3", ByPeople("assessing itself anew after a change is the landlord's")),
    ("8.4", ByPeople("a request of the Ombudsman about the landlord belongs to no complaint")),
    ("8.5", By(late::an_incident_is_declared_by_a_senior_officer_who_told_people)),
    ("9.1", By(late::a_case_is_closed_with_what_was_learned)),
    ("9.2", NotYet("themes across complaints: reports")),
    ("9.3", NotYet("what was learned, for residents: reports")),
    ("9.4", ByPeople("whom the landlord appoints to lead is its own affair")),
    ("9.5", ByPeople("whom the governing body appoints is its own affair")),
    ("9.6", NotYet("figures for the governing body: reports")),
    ("9.7", NotYet("figures for the governing body: reports")),
    ("9.8", ByPeople("objectives of staff and contractors are the landlord's")),
];

#[test]
fn every_provision_of_the_code_has_its_line_and_every_check_holds() {
    let provisions =
        SECTIONS.into_iter().flat_map(|(section, numbers)| numbers.map(move |number| format!("{section}.{number}")));
    let expected: Vec<String> = provisions.collect();
    let listed: Vec<String> = TABLE.iter().map(|(provision, _)| (*provision).to_owned()).collect();
    assert_eq!(listed, expected, "each of the 72 provisions once, in their order");
    let mut broken = Vec::new();
    for (provision, holds) in TABLE {
        match holds {
            By(check) => broken.extend(catch_unwind(check).is_err().then_some(*provision)),
            NotYet(why) | ByPeople(why) => assert!(why.len() > 10, "{provision}: say why"),
        }
    }
    assert_eq!(broken, Vec::<&str>::new(), "these provisions do not hold; the failures stand above");
}

/// The refusal names its provision.
fn cites<T: std::fmt::Debug>(result: Result<T, Refusal>, provision: &str) {
    let refusal = result.expect_err(provision).to_string();
    assert!(refusal.contains(provision), "{provision}: {refusal}");
}

/// Letters of this kind must contain so many elements by this provision.
fn requires(kind: LetterKind, provision: &str, count: usize) {
    let loaded = loaded();
    let found = loaded.code.required(kind).iter().filter(|element| element.provision.0 == provision).count();
    assert!(found >= count, "{kind}: {found} elements by {provision}");
}

/// No letter may say this, by this provision.
fn forbidden(text: &str, provision: &str) {
    let remarks = built_in_writing_rules().unwrap().check_source(text);
    assert!(remarks.iter().any(|remark| remark.provision.0 == provision), "{text}: {remarks:?}");
}

fn people(life: &mut Life, command: PeopleCommand) -> Result<(), Refusal> {
    life.ask(TUE_24_NOV, &officer(1, Role::Officer), CaseCommand::People(command))
}

/// At stage 2, asked for on Thursday 3 December and handled by officer 3.
fn at_stage_two() -> (Life, Officer) {
    let (mut life, three) = (Life::answered(), officer(3, Role::Officer));
    life.ask(THU_3_DEC, &three, escalate()).unwrap();
    life.ask(THU_3_DEC, &three, CaseCommand::AssignHandler { officer: three.clone() }).unwrap();
    life.send(THU_3_DEC, &three, LetterKind::StageTwoAcknowledgement, None).unwrap();
    (life, three)
}

fn remedy(kind: RemedyKind) -> Remedy {
    Remedy { kind, what: "We pay this".to_owned(), impact: "A cold winter".to_owned(), amount: None, by: None }
}
