//! What cannot be done to a case is refused at the command line with its provision, and what changes nothing says
//! so; letters that tell something are begun there, and none leaves to whom it may no longer go.

use std::fs;

use complaintsd::domain::ids::CaseRef;

use crate::support::landlord::{Landlord, WED_2_DEC, refused};
use crate::support::office::{Office, TUE_24_NOV, message};

const TUE_8_DEC: &str = "2026-12-08 10:00:00";
const WED_9_DEC: &str = "2026-12-09 10:00:00";

/// 5.6, 5.7, 6.8: a definition says something, and a new point says who is responsible.
#[test]
fn a_blank_definition_is_refused_and_a_new_point_says_whose_it_is() {
    let landlord = Landlord::new(Office::new());
    for (text, told) in [
        (r#"{"points": [{"text": " "}]}"#, "a point says nothing"),
        (r#"{"points": [], "outcomes": ["Rest."]}"#, "at least one (5.6)"),
    ] {
        fs::write(landlord.office.path("blank.json"), text).unwrap();
        refused(&landlord.case(TUE_24_NOV, "define", &landlord.file("blank.json"), "ann"), told);
    }
    landlord.case(TUE_24_NOV, "define", &landlord.file("definition.json"), "ann").done();
    let again = landlord.case(TUE_24_NOV, "define", &landlord.file("definition.json"), "ann").done();
    assert!(again.text().starts_with("nothing has changed"), "{}", again.text());
    landlord.case(TUE_24_NOV, "assign", "--to ann@example.org", "mia").done();
    landlord.send(TUE_24_NOV, "stage-1-acknowledgement", "ann").done();
    let add =
        |whose: &str| landlord.case(TUE_24_NOV, "add-point", &format!("--text Stairs --reason related {whose}"), "ann");
    assert_eq!(add("").status, 2);
    add("--responsible not-ours --whose Council").done();
    let shown = landlord.shown(TUE_24_NOV);
    let point = &shown["points"][2];
    assert_eq!((&point["number"], &point["whose"]), (&3.into(), &"Council".into()));
    let nobody = landlord.case(TUE_24_NOV, "not-stage-two", "--contact 99 --reason thanks", "ann");
    refused(&nobody, "not part of this case");
    // 2.2: the earlier case is looked up.
    let earlier = CaseRef::new(2019, 1);
    let refuse = format!("--earlier {earlier} --reasons before");
    refused(&landlord.case(TUE_24_NOV, "refuse", &refuse, "ann"), &format!("there is no case {earlier}"));
}

/// 6.4: the terms are looked at when they are entered.
#[test]
fn an_extension_that_cannot_be_given_is_refused_at_once_and_leaves_no_draft() {
    let landlord = Landlord::acknowledged(Office::new());
    let extend = |until: &str| {
        let words = format!("--until {until} --reason surveyor --updates weekly");
        landlord.case(WED_2_DEC, "extend", &words, "ann")
    };
    for (until, told) in [
        ("2026-12-08", "must be after 8 December 2026, when the response is due now (6.4)"),
        ("2026-12-19", "not a working day: choose a working day (6.4)"),
        ("2026-12-23", "22 December 2026 at the latest (6.4)"),
    ] {
        refused(&extend(until), told);
    }
    assert_eq!(landlord.shown(WED_2_DEC)["letters"].as_array().unwrap().len(), 1, "only the acknowledgement");
    extend("2026-12-22").done();
    // An old digest is told apart from an old version.
    let words = format!("letter approve 2 --digest {} --as ann@example.org", "0".repeat(64));
    refused(&landlord.office.run_on(WED_2_DEC, &words), "the text has changed since");
}

/// 5.9, 6.3, 7.1: letters that tell something, and an answer that is late and says so.
#[test]
fn a_letter_that_tells_something_is_begun_and_a_late_answer_says_sorry() {
    let landlord = Landlord::acknowledged(Office::new());
    refused(&landlord.case(WED_2_DEC, "tell", "--kind stage-1-response", "ann"), "progress-update");
    let told = "--kind progress-update --text Surveyed --next Report --by 2026-12-04";
    landlord.case(WED_2_DEC, "tell", told, "ann").done();
    landlord.send(WED_2_DEC, "progress-update", "ann").done();
    // 5.12: one that nobody needs is put aside, and another can be begun.
    landlord.case(WED_2_DEC, "tell", "--kind clarification-request --text Which?", "ann").done();
    let discard = |id: u32| {
        landlord.office.run_on(WED_2_DEC, &format!("letter discard {id} --reason telephoned --as ann@example.org"))
    };
    refused(&discard(1), "sent already");
    discard(3).done();
    landlord.office.run_on(WED_2_DEC, "draft").done();
    let letters = landlord.shown(WED_2_DEC)["letters"].clone();
    assert_eq!((&letters[2]["state"], letters.as_array().unwrap().len()), (&"discarded".into(), 3));
    landlord.case(WED_2_DEC, "tell", "--kind clarification-request --text Where?", "ann").done();
    assert_eq!(landlord.shown(WED_2_DEC)["letters"][3]["state"], "draft");
    let update = landlord.office.spooled().into_iter().find(|letter| letter.contains("Surveyed"));
    assert!(update.is_some_and(|letter| letter.contains("Report")));
    landlord.case(TUE_8_DEC, "outcome", &landlord.file("outcome.json"), "ann").done();
    landlord.send(WED_9_DEC, "stage-1-response", "ben").done();
    let response = landlord.office.spooled().into_iter().find(|letter| letter.contains("Our answer to your")).unwrap();
    let plain = response.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(plain.contains("Our answer was due by Tuesday 8 December 2026, and it is late. We are sorry"), "{plain}");
}

/// 5.10, 6.1: what a resident has told us once is proposed for their next case, and carried over by an officer.
#[test]
fn what_is_on_record_of_a_resident_is_proposed_for_their_next_case() {
    let landlord = Landlord::new(Office::new());
    let record = |reference: &str, rest: &str| {
        landlord.office.run_on(TUE_24_NOV, &format!("case record {reference} {rest} --as ann@example.org"))
    };
    record(&landlord.reference, "circumstance kind=adjustment text=Telephone. review-by=2027-05-04").done();
    record(&landlord.reference, "circumstance kind=household text=Oxygen. review-by=2027-05-04").done();
    landlord.office.give_on(TUE_24_NOV, "ingest", &message("Heating", "There is no heating.")).done();
    let listed = landlord.office.run_on(TUE_24_NOV, "case list --json").done().json();
    let references = listed.as_array().unwrap().iter().map(|case| case["reference"].as_str().unwrap());
    let second = references.into_iter().find(|reference| *reference != landlord.reference).unwrap().to_owned();
    let show = |more: &str| landlord.office.run_on(TUE_24_NOV, &format!("case show {second} {more}")).done();
    let proposed = show("--json").json()["to_carry_over"].clone();
    assert_eq!(proposed.as_array().unwrap().len(), 2, "{proposed}");
    assert!(show("").text().contains("Reasonable adjustment: Telephone. To be reviewed by 4 May 2027"));
    refused(&record(&second, "carry-over case=CMP-2026-00009-X"), "reference of their other case");
    refused(&record(&second, &format!("carry-over case={second}")), "(5.10)");
    record(&second, &format!("carry-over case={}", landlord.reference)).done();
    let shown = show("--json").json();
    assert!(shown["to_carry_over"].as_array().unwrap().is_empty());
    assert!(shown["people"].to_string().contains("Oxygen."), "{}", shown["people"]);
    // 2.2: the earlier case is theirs, and was not answered.
    let refuse = format!("case refuse {second} --earlier {} --reasons before --as ann@example.org", landlord.reference);
    refused(&landlord.office.run_on(TUE_24_NOV, &refuse), "has not been answered");
}

/// 3.6: consent that ends between approval and sending holds the letter, and an alarm tells of it.
#[test]
fn a_letter_approved_for_a_representative_stays_here_when_the_consent_has_ended() {
    let landlord = Landlord::new(Office::new());
    landlord.case(TUE_24_NOV, "define", &landlord.file("definition.json"), "ann").done();
    landlord.case(TUE_24_NOV, "assign", "--to ann@example.org", "mia").done();
    let record = |rest: &str| {
        let words = format!("case record {} {rest} --as ann@example.org", landlord.reference);
        landlord.office.run_on(TUE_24_NOV, &words)
    };
    record("representative name=Son email=son@example.org authority=consent scope=letters consented=yes on=2026-11-20 evidence=form")
        .done();
    landlord.office.run_on(TUE_24_NOV, "draft").done();
    let letters = landlord.office.run_on(TUE_24_NOV, "letter list --json").done().json();
    let digest = letters[0]["digest"].as_str().unwrap().to_owned();
    landlord.office.run_on(TUE_24_NOV, &format!("letter approve 1 --digest {digest} --as ann@example.org")).done();
    record("end what=representative number=1 why=withdrawn").done();
    let sent = landlord.office.run_on("2026-11-24 10:01:00", "send");
    assert!(sent.text().contains("failed 1"), "{}", sent.text());
    assert!(landlord.office.spooled().is_empty(), "nothing is disclosed");
    let shown = landlord.shown(TUE_24_NOV);
    assert_eq!(shown["letters"][0]["state"], "not-delivered");
    let history = shown["history"].as_array().unwrap();
    let held = history.iter().any(|line| line["words"].as_str().unwrap().contains("has not been sent"));
    assert!(held, "{history:?}");
    assert_eq!((&shown["state"], &shown["acknowledge_by"]), (&"received".into(), &"2026-11-30".into()));
    // Drafted anew, it goes to the resident.
    landlord.send("2026-11-24 11:00:00", "stage-1-acknowledgement", "ann").done();
    assert!(!landlord.office.spooled()[0].contains("son@example.org"));
}
