//! Receipts corrected by two persons (3.2, 6.2): what moves, what stays, and what is refused.

use super::*;
use crate::domain::case::Correction;

const FRI_20_NOV: &str = "2026-11-20T16:00:00Z";
const WED_25_NOV: &str = "2026-11-25T09:00:00Z";
const MON_30_NOV: &str = "2026-11-30T09:00:00Z";

fn officer(id: i64, name: &str) -> Officer {
    Officer {
        id: OfficerId(id),
        email: "officer@example.org".parse().unwrap(),
        name: name.to_owned(),
        role: Role::Officer,
        standing: Standing::Active,
    }
}

fn ask(loaded: &Loaded, case: &Case, by: &Officer, step: Correcting) -> Result<Vec<CaseEvent>, Refusal> {
    decide(rules(loaded, MON_30_NOV).by(by), case, CaseCommand::CorrectReceived(step))
}

fn propose(received_at: &str, reason: &str) -> Correcting {
    Correcting::Propose { received_at: at(received_at), reason: reason.to_owned() }
}

fn confirm(received_at: &str) -> Correcting {
    Correcting::Confirm { received_at: at(received_at) }
}

fn refused(result: Result<Vec<CaseEvent>, Refusal>) -> CorrectionRefusal {
    match result.unwrap_err() {
        Refusal::Correction(refusal) => refusal,
        other => panic!("{other:?}"),
    }
}

/// The case with this receipt proposed by the first officer.
fn proposed(loaded: &Loaded, case: Case, received_at: &str) -> Case {
    let events = ask(loaded, &case, &officer(1, "Ann"), propose(received_at, "A caretaker took her letter")).unwrap();
    events.iter().fold(case, Case::apply)
}

#[test]
fn a_receipt_moves_once_a_second_person_has_confirmed_it() {
    let loaded = loaded();
    let before = received(&loaded, MON_23_NOV);
    let case = proposed(&loaded, before.clone(), FRI_20_NOV);
    assert_eq!(Case { correction: None, ..case.clone() }, before, "a proposal moves nothing");
    let events = ask(&loaded, &case, &officer(2, "Ben"), confirm(FRI_20_NOV)).unwrap();
    let expected = CaseEvent::ReceiptCorrected {
        stage: Stage::One,
        previous_at: at(MON_23_NOV),
        received_at: at(FRI_20_NOV),
        previous_by: Some(date(2026, 11, 30)),
        acknowledge_by: Some(date(2026, 11, 27)),
        respond_by: None,
        strict_by: None,
        reason: "A caretaker took her letter".to_owned(),
        proposed_by: "Ann".to_owned(),
    };
    assert_eq!(events, [expected]);
    assert_eq!(
        events[0].in_words(),
        "The receipt of stage 1 was corrected from 23 November 2026 at 9:00am to 20 November 2026 at 4:00pm, as Ann \
         proposed: A caretaker took her letter. The acknowledgement was due: Monday 30 November 2026. Counted from the \
         receipt it is due: Friday 27 November 2026."
    );
    let case = events.iter().fold(case, Case::apply);
    assert_eq!((case.current.received_at, case.correction.clone()), (at(FRI_20_NOV), None));
    assert_eq!(case.next_deadline(), Some((Duty::Acknowledge, Some(date(2026, 11, 27)))));
    assert_eq!(ask(&loaded, &case, &officer(2, "Ben"), confirm(FRI_20_NOV)), Ok(Vec::new()), "pressed twice");
    assert!(decide(rules(&loaded, MON_30_NOV), &case, CaseCommand::Recount).unwrap().is_empty(), "it stays so");
}

#[test]
fn whoever_proposed_a_correction_cannot_confirm_it() {
    let loaded = loaded();
    let case = proposed(&loaded, received(&loaded, MON_23_NOV), FRI_20_NOV);
    let confirmed = ask(&loaded, &case, &officer(1, "Ann under another name"), confirm(FRI_20_NOV));
    assert_eq!(refused(confirmed), CorrectionRefusal::SamePerson);
    let unnamed = decide(rules(&loaded, MON_30_NOV), &case, CaseCommand::CorrectReceived(confirm(FRI_20_NOV)));
    assert_eq!(refused(unnamed), CorrectionRefusal::NoOfficer);
}

#[test]
fn a_correction_has_a_reason_and_a_possible_date_and_is_confirmed_as_it_was_seen() {
    let loaded = loaded();
    let (ann, ben) = (officer(1, "Ann"), officer(2, "Ben"));
    let case = received(&loaded, MON_23_NOV);
    let no = |case: &Case, by, step| refused(ask(&loaded, case, by, step));
    assert_eq!(no(&case, &ann, propose(FRI_20_NOV, " \n")), CorrectionRefusal::NoReason);
    let tomorrow = "2026-12-01T09:00:00Z";
    assert_eq!(no(&case, &ann, propose(tomorrow, "x")), CorrectionRefusal::NotYet(at(tomorrow)));
    assert_eq!(no(&case, &ann, propose(MON_23_NOV, "x")), CorrectionRefusal::AsRecorded);
    assert_eq!(no(&case, &ben, confirm(FRI_20_NOV)), CorrectionRefusal::NothingProposed);
    let answered = acknowledged(&loaded, case.clone(), TUE_24_NOV);
    let late = no(&answered, &ann, propose(WED_25_NOV, "x"));
    assert_eq!(late, CorrectionRefusal::AcknowledgedBefore(date(2026, 11, 24)));

    let waiting = proposed(&loaded, case.clone(), WED_25_NOV);
    let waiting = acknowledged(&loaded, waiting, TUE_24_NOV);
    let overtaken = no(&waiting, &ben, confirm(WED_25_NOV));
    assert_eq!(overtaken, CorrectionRefusal::AcknowledgedBefore(date(2026, 11, 24)), "acknowledged since");

    let waiting = proposed(&loaded, proposed(&loaded, case, TUE_24_NOV), FRI_20_NOV);
    let seen = no(&waiting, &ben, confirm(TUE_24_NOV));
    assert_eq!(seen, CorrectionRefusal::ProposedAnew { received_at: at(FRI_20_NOV), by: "Ann".to_owned() });
    for refusal in [seen, overtaken, late, CorrectionRefusal::SamePerson, CorrectionRefusal::NoReason] {
        assert!(refusal.to_string().contains("6.2"), "{refusal}");
    }
}

#[test]
fn a_correction_can_be_taken_back_and_moves_no_other_stage() {
    let loaded = loaded();
    let before = received(&loaded, MON_23_NOV);
    let case = proposed(&loaded, before.clone(), FRI_20_NOV);
    let drop = |reason: &str| Correcting::Drop { reason: reason.to_owned() };
    assert_eq!(refused(ask(&loaded, &case, &officer(2, "Ben"), drop(""))), CorrectionRefusal::NoReason);
    let events = ask(&loaded, &case, &officer(2, "Ben"), drop("Another resident's letter")).unwrap();
    assert_eq!(events.iter().fold(case.clone(), Case::apply), before);
    assert_eq!(ask(&loaded, &before, &officer(2, "Ben"), drop("Again")), Ok(Vec::new()));

    let stale = case.correction.clone().map(|proposed| Correction { stage: Stage::Two, ..proposed });
    let case = Case { correction: stale, ..case };
    let confirmed = ask(&loaded, &case, &officer(2, "Ben"), confirm(FRI_20_NOV));
    assert_eq!(refused(confirmed), CorrectionRefusal::NothingProposed);
}

/// 6.3: an acknowledgement that turns out to have been late buys no time.
#[test]
fn a_receipt_before_the_recorded_one_can_make_the_acknowledgement_late() {
    let loaded = loaded();
    let case = acknowledged(&loaded, received(&loaded, MON_23_NOV), MON_30_NOV);
    let due = case.current.response_due.unwrap();
    assert_eq!((due.by, due.strict_by), (date(2026, 12, 14), None));
    let case = proposed(&loaded, case, FRI_20_NOV);
    let events = ask(&loaded, &case, &officer(2, "Ben"), confirm(FRI_20_NOV)).unwrap();
    let case = events.iter().fold(case, Case::apply);
    let due = case.current.response_due.unwrap();
    assert_eq!((due.by, due.strict_by), (date(2026, 12, 14), Some(date(2026, 12, 11))));
    assert_eq!(case.next_deadline().unwrap().1, Some(date(2026, 12, 11)));
}

#[test]
fn where_the_response_is_counted_from_receipt_it_moves_with_it() {
    let loaded = scotland();
    let before = received(&loaded, MON_23_NOV);
    let case = proposed(&loaded, before, FRI_20_NOV);
    let events = ask(&loaded, &case, &officer(2, "Ben"), confirm(FRI_20_NOV)).unwrap();
    let told = events[0].in_words();
    assert!(told.contains("The response was due: Friday 27 November 2026."), "{told}");
    let case = events.iter().fold(case, Case::apply);
    assert_eq!(case.next_deadline(), Some((Duty::Respond, Some(date(2026, 11, 26)))));
    assert!(decide(rules(&loaded, MON_30_NOV), &case, CaseCommand::Recount).unwrap().is_empty(), "it stays so");
}
