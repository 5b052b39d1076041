//! What cannot be done to a case is refused at the command line with its provision, and what changes nothing says
//! so; letters that tell something are begun there, and none leaves to whom it may no longer go.

use std::fs;

use complaintsd::domain::ids::CaseRef;

use crate::support::landlord::{Landlord, WED_2_DEC, refused};
use crate::support::office::{Office, TUE_24_NOV};

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
    let update = landlord.office.spooled().into_iter().find(|letter| letter.contains("Surveyed"));
    assert!(update.is_some_and(|letter| letter.contains("Report")));
    landlord.case(TUE_8_DEC, "outcome", &landlord.file("outcome.json"), "ann").done();
    landlord.send(WED_9_DEC, "stage-1-response", "ben").done();
    let response = landlord.office.spooled().into_iter().find(|letter| letter.contains("Our answer to your")).unwrap();
    let plain = response.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(plain.contains("Our answer was due by Tuesday 8 December 2026, and it is late. We are sorry"), "{plain}");
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
