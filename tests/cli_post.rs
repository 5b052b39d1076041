//! Letters by post, and overrides, at the command line.

use serde_json::Value;

use crate::support::landlord::{Landlord, refused};
use crate::support::office::{Office, TUE_24_NOV};

const WED_25_NOV: &str = "2026-11-25 10:00:00";
const WED_6_JAN: &str = "2027-01-06 10:00:00";

fn defined() -> Landlord {
    let landlord = Landlord::new(Office::new());
    landlord.case(TUE_24_NOV, "define", &landlord.file("definition.json"), "ann").done();
    landlord
}

/// The newest draft as it stands, for approval.
fn approval(landlord: &Landlord, day: &str, rest: &str, who: &str) -> String {
    landlord.office.run_on(day, "draft").done();
    let letters = landlord.office.run_on(day, "letter list --json").done().json();
    let draft = letters.as_array().unwrap().iter().find(|letter| letter["state"] == "draft").unwrap();
    let digest = draft["digest"].as_str().unwrap();
    format!("letter approve {} --digest {digest} {rest} --as {who}@example.org", draft["id"])
}

/// Lessons 45 and 46.
#[test]
fn a_letter_is_posted_and_comes_back_at_the_command_line() {
    let landlord = defined();
    let (office, reference) = (&landlord.office, landlord.reference.clone());
    landlord.case(TUE_24_NOV, "assign", "--to ann@example.org", "mia").done();
    landlord.case(TUE_24_NOV, "record", "preference contact=post format=large-print", "ann").done();
    let short = landlord.case(TUE_24_NOV, "record", "postal-address address=Exampleton", "ann");
    refused(&short, "in lines, or parted by commas");
    let address = "postal-address 'address=12 Mill Lane, Exampleton, EX1 2AB'";
    landlord.case(TUE_24_NOV, "record", address, "ann").done();
    let approved = office.run_on(TUE_24_NOV, &approval(&landlord, TUE_24_NOV, "", "ann")).done();
    assert!(approved.text().contains("goes by post"), "{}", approved.text());
    assert_eq!(office.run_on(TUE_24_NOV, "send").done().text(), "accepted 0, deferred 0, failed 0\n");
    let waits = office.run_on(TUE_24_NOV, "letter to-post --json").done().json();
    assert_eq!((&waits[0]["case_ref"], &waits[0]["post_by"]), (&reference.as_str().into(), &"2026-11-25".into()));
    office.run_on(TUE_24_NOV, &format!("letter pdf {reference} --output letter.pdf")).done();

    let posted = |day: &str, at: &str| {
        office.run_on(day, &format!("letter posted {reference} --at '{at}' --by 'Sam Hill' --as ann@example.org"))
    };
    refused(&posted(TUE_24_NOV, "24 11 2026 18:00"), "has not come yet");
    let usage = posted(TUE_24_NOV, "today");
    assert!(usage.status == 2 && usage.err.contains("23 11 2026 16:30"), "{}", usage.err);
    let done = posted(WED_25_NOV, "24 11 2026 16:30").done();
    assert!(done.text().contains("was posted 24 November 2026 at 4:30pm"), "{}", done.text());
    assert_eq!(office.run_on(WED_25_NOV, "letter to-post --json").done().json(), Value::Array(Vec::new()));
    let letter = office.run_on(WED_25_NOV, "letter show 1 --json").done().json();
    assert_eq!((&letter["state"], &letter["post"]["posted_by"]), (&"sent".into(), &"Sam Hill".into()));
    assert_eq!(landlord.shown(WED_25_NOV)["respond_by"], "2026-12-08", "counted from the day it was posted");

    let back =
        format!("letter returned {reference} --on '6 1 2027' --reason 'addressee gone away' --as ann@example.org");
    let told = office.run_on(WED_6_JAN, &back).done();
    assert!(told.text().contains("ask for another address"), "{}", told.text());
    let shown = landlord.shown(WED_6_JAN);
    assert_eq!((&shown["state"], &shown["acknowledge_by"]), (&"received".into(), &"2026-11-30".into()));
    refused(&office.run_on(WED_6_JAN, &back), "not delivered");
    let text = office.run_on(WED_6_JAN, &format!("case show {reference}")).done().text().to_owned();
    assert!(text.contains("came back by post on 6 January 2027: addressee gone away"), "{text}");
}

#[test]
fn an_override_is_configured_senior_reasoned_and_counted() {
    let landlord = defined();
    let office = &landlord.office;
    let overriding = "--override-missing 'The team answers until the handler is chosen.'";
    let none = office.run_on(TUE_24_NOV, &approval(&landlord, TUE_24_NOV, overriding, "mia"));
    refused(&none, "may_override");
    office.reword("[reminders]", "[approval]\nmay_override = [\"nobody\"]\n\n[reminders]");
    let fault = office.run_on(TUE_24_NOV, "letter list");
    assert!(fault.status == 2 && fault.err.contains("requires no element 'nobody'"), "{}", fault.err);
    office.reword("\"nobody\"", "\"handler\"");
    refused(&office.run_on(TUE_24_NOV, &approval(&landlord, TUE_24_NOV, overriding, "ann")), "another senior officer");
    assert_eq!(office.run_on(TUE_24_NOV, "letters overridden").done().text(), "0 required elements left out\n");
    office.run_on(TUE_24_NOV, &approval(&landlord, TUE_24_NOV, overriding, "mia")).done();
    let counted = office.run_on(TUE_24_NOV, "letters overridden").done().text().to_owned();
    assert!(counted.contains("The team answers") && counted.ends_with("1 required element left out\n"), "{counted}");
    let letter = office.run_on(TUE_24_NOV, "letter show 1 --json").done().json();
    assert_eq!(letter["overridden"][0]["element"], "handler");
}
