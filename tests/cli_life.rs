//! The whole life of a case, driven at the command line: stage 1, stage 2, its actions and its end. Letters
//! leave by the real outbox into a spool, on the days the clock shows.

use std::fs;

use serde_json::Value;

use crate::support::landlord::{Landlord, OUTCOME, WED_2_DEC, refused};
use crate::support::office::{MON_23_NOV, MON_30_NOV, Office, TUE_24_NOV};
use crate::support::postgres;

const THU_3_DEC: &str = "2026-12-03 10:00:00";
const MON_7_DEC: &str = "2026-12-07 10:00:00";
const TUE_5_JAN: &str = "2027-01-05 10:00:00";

/// 7.3: days that have passed are promised to nobody.
fn refused_days(landlord: &Landlord) {
    let kept = landlord.case(TUE_5_JAN, "outcome", &landlord.file("outcome.json"), "cas").done();
    assert!(kept.text().contains("still to enter: a day for remedy 1 that has not passed (7.3)"), "{}", kept.text());
}

fn a_whole_life(office: Office) {
    let landlord = Landlord::answered(office);
    let response = landlord.office.spooled().into_iter().find(|letter| letter.contains("Our answer to your")).unwrap();
    assert!(response.contains("partly upheld") && response.contains("50.00"), "{response}");
    let shown = landlord.shown(WED_2_DEC);
    assert_eq!((&shown["state"], &shown["next_duty"]), (&"responded".into(), &"act".into()));
    assert_eq!(
        (&shown["actions"][0]["what"], &shown["actions"][0]["state"]),
        (&"Inspect the lift".into(), &"open".into())
    );
    assert_eq!(
        (&shown["actions"][1]["what"], &shown["actions"][1]["by"], &shown["actions"][1]["owner"]),
        (&"We will pay this to you, £50.00".into(), &"2026-12-11".into(), &"ann".into()),
        "7.3: what is offered by a day is done by that day"
    );
    assert_eq!(shown["outcome"]["decision"], "partly-upheld");
    refused(&landlord.case(THU_3_DEC, "close", "--learning Nothing", "ann"), "action 1");
    // 6.10 to 6.13: no reason is needed, and nobody of stage 1 takes part.
    landlord.case(THU_3_DEC, "escalate", "", "cas").done();
    let second = landlord.shown(THU_3_DEC);
    assert_eq!((&second["stage"], &second["state"]), (&2.into(), &"received".into()));
    assert_eq!(second["acknowledge_by"], "2026-12-10");
    refused(&landlord.case(MON_7_DEC, "assign", "--to ann@example.org", "mia"), "6.13");
    landlord.case(MON_7_DEC, "assign", "--to cas@example.org", "mia").done();
    refused(&landlord.send(MON_7_DEC, "stage-2-acknowledgement", "ben"), "6.13");
    landlord.send(MON_7_DEC, "stage-2-acknowledgement", "cas").done();
    let due = landlord.shown(MON_7_DEC)["respond_by"].clone();
    assert_eq!(due, "2027-01-07", "6.14: twenty working days");
    refused_days(&landlord);
    fs::write(landlord.office.path("january.json"), OUTCOME.replace("2026-12-", "2027-01-")).unwrap();
    landlord.case(TUE_5_JAN, "outcome", &landlord.file("january.json"), "cas").done();
    landlord.send(TUE_5_JAN, "stage-2-response", "mia").done();
    refused(&landlord.case(TUE_5_JAN, "escalate", "", "cas"), "5.3");
    // At each stage something promised, and something offered by a day.
    for action in 1..=3 {
        landlord.case(TUE_5_JAN, "action-done", &format!("{action} --day 2026-12-17 --evidence report"), "cas").done();
    }
    refused(&landlord.case(TUE_5_JAN, "close", "--learning inspections", "cas"), "action 4");
    landlord.case(TUE_5_JAN, "carry-over", "4 --reason programme", "cas").done();
    landlord.case(TUE_5_JAN, "close", "--learning inspections", "cas").done();
    let closed = landlord.shown(TUE_5_JAN);
    assert_eq!((&closed["state"], &closed["next_duty"]), (&"closed".into(), &Value::Null));
    assert_eq!(landlord.office.run_on(TUE_5_JAN, "case list --json").done().json(), Value::Array(Vec::new()));
    let dates = closed["stages"].as_array().unwrap();
    assert_eq!((&dates[0]["stage"], &dates[1]["stage"]), (&1.into(), &2.into()));
    assert_eq!(dates[0]["deadlines"]["respond_by"]["by"], "2026-12-08");
    assert_eq!(dates[1]["deadlines"]["respond_by"]["provision"], "6.14");
    assert!(dates.iter().all(|stage| !stage["deadlines"]["respond_by"]["explanation"][0].is_null()), "{dates:?}");
    let text = landlord.office.run_on(TUE_5_JAN, &format!("case show {}", landlord.reference)).done().text().to_owned();
    for words in [
        "Dates of stage 1",
        "Dates of stage 2",
        "Outcome of stage 1",
        "Overall: partly upheld",
        "Point 1: upheld. Our log shows nine days.",
        "cited: Repairs policy, section 4",
        "Remedy: money £50.00: We will pay this to you, by Friday 11 December 2026",
        "1. Inspect the lift, Sam Example, by Friday 18 December 2026: done on 17 December 2026: report",
        "2. We will pay this to you, £50.00, ann, by Friday 11 December 2026: done on 17 December 2026: report",
        "4. We will pay this to you, £50.00, cas, by Monday 11 January 2027: goes on outside this case: programme",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    let history = closed["history"].as_array().unwrap();
    assert!(history.iter().any(|line| line["actor"] == "cas (entered at the command line)"), "{history:?}");
}

#[test]
fn a_case_is_driven_from_the_first_message_through_both_stages_to_its_end() {
    a_whole_life(Office::new());
}

#[test]
fn a_case_is_driven_through_both_stages_on_postgresql() {
    let mailbox = "[[mailbox]]\nname = \"complaints\"\nkind = \"maildir\"\npath = \"Maildir\"\n";
    let office = Office::with(mailbox, &postgres::database().replace(&format!(":{}@", postgres::PASSWORD), "@"));
    office.reword("[database]", "[database]\npassword_file = \"password\"");
    let file = office.path("password");
    fs::write(&file, postgres::PASSWORD).unwrap();
    fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    a_whole_life(office);
}

/// 2.1, 2.3, 2.4.
#[test]
fn a_complaint_is_refused_only_by_the_letter_that_a_second_officer_approves() {
    let landlord = Landlord::new(Office::new());
    landlord.case(MON_23_NOV, "assign", "--to ann@example.org", "mia").done();
    let early = landlord.case(TUE_24_NOV, "refuse", "--happened 2026-05-01 --reasons old --discretion none", "ann");
    refused(&early, "2.3");
    landlord.case(TUE_24_NOV, "refuse", "--happened 2024-05-01 --reasons old --discretion none", "ann").done();
    let next = landlord.shown(TUE_24_NOV);
    assert_eq!((&next["state"], &next["next_due_by"]), (&"received".into(), &"2026-11-30".into()));
    refused(&landlord.send(TUE_24_NOV, "refusal-to-accept", "ann"), "2.1");
    landlord.send(TUE_24_NOV, "refusal-to-accept", "ben").done();
    assert_eq!(landlord.shown(TUE_24_NOV)["state"], "refused");
    landlord.case(MON_30_NOV, "overturn", "--reason determination", "mia").done();
    let again = landlord.shown(MON_30_NOV);
    assert_eq!((&again["state"], &again["next_due_by"]), (&"received".into(), &"2026-11-30".into()));
}

/// 3.2, 6.2.
#[test]
fn a_receipt_is_corrected_at_the_command_line_by_two_officers() {
    let landlord = Landlord::new(Office::new());
    let nothing = landlord.case(TUE_24_NOV, "correct-received", "--confirm", "ben");
    refused(&nothing, "no correction waits");
    landlord.case(TUE_24_NOV, "correct-received", "--received 20/11/2026 --reason reception", "ann").done();
    assert_eq!(landlord.shown(TUE_24_NOV)["acknowledge_by"], "2026-11-30", "a proposal moves nothing");
    refused(&landlord.case(TUE_24_NOV, "correct-received", "--confirm", "ann"), "a second person");
    landlord.case(TUE_24_NOV, "correct-received", "--confirm", "ben").done();
    let shown = landlord.shown(TUE_24_NOV);
    assert_eq!((&shown["received_on"], &shown["acknowledge_by"]), (&"2026-11-20".into(), &"2026-11-27".into()));
}
