//! What landlords fail at, and what stands in the way here: one story for each failing that the Ombudsman
//! finds again and again.

use serde_json::json;

use crate::support::landlord::{Landlord, WED_2_DEC, refused};
use crate::support::office::{MON_30_NOV, Office, TUE_24_NOV};

const WED_25_NOV: &str = "2026-11-25 10:00:00";
const FRI_27_NOV: &str = "2026-11-27 10:00:00";
const TUE_1_DEC: &str = "2026-12-01 10:00:00";
const THU_3_DEC: &str = "2026-12-03 10:00:00";
const TUE_8_DEC: &str = "2026-12-08 10:00:00";
const WED_9_DEC: &str = "2026-12-09 10:00:00";
const FRI_11_DEC: &str = "2026-12-11 10:00:00";
const FRI_18_DEC: &str = "2026-12-18 10:00:00";
const MON_21_DEC: &str = "2026-12-21 10:00:00";

const TEAM: &str = "complaints-team@example.org";
const MANAGER: &str = "complaints-manager@example.org";

fn told(to: &str, what: &str, among: &[(String, String)]) -> bool {
    among.iter().any(|(who, subject)| who == to && subject.contains(what))
}

/// 6.2: due on Monday 30 November.
#[test]
fn a_late_acknowledgement_is_reminded_of_told_to_the_manager_and_stays_in_the_record() {
    let landlord = Landlord::new(Office::new());
    for day in [WED_25_NOV, FRI_27_NOV, MON_30_NOV] {
        let reminders = landlord.reminders(day);
        assert!(told(TEAM, "acknowledgement", &reminders), "{day}: {reminders:?}");
    }
    assert!(told(MANAGER, "overdue", &landlord.reminders(TUE_1_DEC)));
    landlord.case(WED_2_DEC, "define", &landlord.file("definition.json"), "ann").done();
    landlord.case(WED_2_DEC, "assign", "--to ann@example.org", "mia").done();
    landlord.send(WED_2_DEC, "stage-1-acknowledgement", "ann").done();
    let shown = landlord.shown(THU_3_DEC);
    // Both are held: ten working days from the acknowledgement, and from when it was due.
    assert_eq!((&shown["respond_by"], &shown["strict_respond_by"]), (&json!("2026-12-16"), &json!("2026-12-14")));
    let history = shown["history"].to_string();
    assert!(history.contains("2026-12-02"), "{history}");
    assert_eq!(landlord.office.run_on(THU_3_DEC, "audit verify").done().status, 0);
}

/// 5.6: without a definition no acknowledgement goes out, and the answer follows the definition.
#[test]
fn a_complaint_that_nobody_defined_is_not_acknowledged_and_the_answer_follows_its_points() {
    let landlord = Landlord::new(Office::new());
    landlord.case(TUE_24_NOV, "assign", "--to ann@example.org", "mia").done();
    refused(&landlord.send(TUE_24_NOV, "stage-1-acknowledgement", "ann"), "5.6");
    landlord.case(TUE_24_NOV, "define", &landlord.file("definition.json"), "ann").done();
    landlord.send(TUE_24_NOV, "stage-1-acknowledgement", "ann").done();
    // From now on it drifts no more.
    let other = r#"{"points": [{"text": "The caretaker was rude.", "responsibility": "ours"}], "outcomes": []}"#;
    std::fs::write(landlord.office.path("other.json"), other).unwrap();
    refused(&landlord.case(WED_25_NOV, "define", &landlord.file("other.json"), "ann"), "5.6");
    landlord.case(WED_2_DEC, "outcome", &landlord.file("outcome.json"), "ann").done();
    landlord.send(WED_2_DEC, "stage-1-response", "ben").done();
    let answer = landlord.office.spooled().into_iter().find(|letter| letter.contains("Our answer to your")).unwrap();
    for point in ["nine days", "street lamp"] {
        assert!(answer.contains(point), "{point}: {answer}");
    }
}

/// 5.2: there is no stage below the first, and no letter speaks of an informal one.
#[test]
fn there_is_no_informal_stage() {
    let landlord = Landlord::acknowledged(Office::new());
    assert_eq!(landlord.shown(TUE_24_NOV)["stage"], 1);
    landlord.case(WED_25_NOV, "extend", "--until 2026-12-10 --updates 'by e-mail' --every 5 --reason 'This is an informal complaint until the surveyor has seen the lift.'", "ann").done();
    refused(&landlord.send(WED_25_NOV, "stage-1-extension", "ann"), "5.2");
}

/// 6.3, 6.4: three working days before the date there is a reminder; after it no extension.
#[test]
fn a_response_date_does_not_pass_unseen_and_cannot_be_extended_afterwards() {
    let landlord = Landlord::acknowledged(Office::new());
    assert!(told("ann@example.org", "response", &landlord.reminders(THU_3_DEC)));
    assert!(told("ann@example.org", "response", &landlord.reminders(TUE_8_DEC)));
    let late = "--until 2026-12-15 --reason 'The surveyor was ill on the day.' --updates weekly --every 3";
    refused(&landlord.case(WED_9_DEC, "extend", late, "ann"), "6.4");
    assert!(told(MANAGER, "overdue", &landlord.reminders(WED_9_DEC)));
    assert_eq!(landlord.shown(WED_9_DEC)["next_duty"], "respond");
}

/// 6.4, 6.5: one extension, with a reason and the Ombudsman's details; another needs a senior officer.
#[test]
fn extensions_do_not_follow_one_another() {
    let landlord = Landlord::acknowledged(Office::new());
    let until = |day: &str, more: &str| {
        format!(
            "--until {day} --reason 'The lift engineer comes on 9 December.' --updates 'by telephone' --every 3 {more}"
        )
    };
    landlord.case(WED_2_DEC, "extend", &until("2026-12-16", ""), "ann").done();
    landlord.send(WED_2_DEC, "stage-1-extension", "ann").done();
    assert_eq!(landlord.shown(WED_2_DEC)["respond_by"], "2026-12-16");
    refused(&landlord.case(THU_3_DEC, "extend", &until("2026-12-18", ""), "ann"), "exceptional reason");
    landlord.case(THU_3_DEC, "extend", &until("2026-12-18", "--exceptional 'A part had to be made.'"), "ann").done();
    refused(&landlord.send(THU_3_DEC, "stage-1-extension", "ann"), "manager");
    landlord.send(THU_3_DEC, "stage-1-extension", "mia").done();
    assert_eq!(landlord.shown(THU_3_DEC)["respond_by"], "2026-12-18");
}

/// 6.5.
#[test]
fn an_extension_without_a_reason_or_without_the_ombudsman_does_not_go_out() {
    let landlord = Landlord::acknowledged(Office::new());
    let bare = landlord.case(WED_2_DEC, "extend", "--until 2026-12-16 --reason '' --updates weekly --every 3", "ann");
    refused(&bare, "6.4");
    let reason = "--until 2026-12-16 --reason 'The lift engineer comes on 9 December.' --updates weekly --every 3";
    landlord.case(WED_2_DEC, "extend", reason, "ann").done();
    let letters = landlord.office.path("own-letters");
    copy(std::path::Path::new("letter-templates"), &letters);
    let block = letters.join("partials/ombudsman.md.hbs");
    std::fs::write(block, "You can complain to the Ombudsman.\n").unwrap();
    landlord.office.reword("[reminders]", "[letters]\ntemplates = \"own-letters\"\n\n[reminders]");
    let checked = landlord.office.run_on(WED_2_DEC, "check");
    assert_ne!(checked.status, 0, "{}", checked.text());
    assert!(format!("{}{}", checked.text(), checked.err).contains("6.5"), "{}{}", checked.text(), checked.err);
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// 5.9: what was agreed about updates becomes dates, and each is reminded of.
#[test]
fn nobody_waits_through_an_extension_without_hearing() {
    let landlord = Landlord::acknowledged(Office::new());
    let extend =
        "--until 2026-12-16 --reason 'The lift engineer comes on 9 December.' --updates 'by telephone' --every 3";
    landlord.case(WED_2_DEC, "extend", extend, "ann").done();
    landlord.send(WED_2_DEC, "stage-1-extension", "ann").done();
    let shown = landlord.shown(WED_2_DEC);
    assert_eq!((&shown["next_duty"], &shown["next_due_by"]), (&json!("update"), &json!("2026-12-07")));
    assert!(told("ann@example.org", "update", &landlord.reminders("2026-12-07 10:00:00")));
    landlord.case("2026-12-07 11:00:00", "update", "--how 'Called: the part has come.'", "ann").done();
    assert_eq!(landlord.shown(TUE_8_DEC)["next_due_by"], "2026-12-10");
}

/// 6.7: every point, with reasons.
#[test]
fn no_point_stays_unanswered() {
    let landlord = Landlord::acknowledged(Office::new());
    let one = r#"{"answers": [{"finding": "not-upheld", "reasons": "Our log shows no fault."}]}"#;
    std::fs::write(landlord.office.path("one.json"), one).unwrap();
    let kept = landlord.case(WED_2_DEC, "outcome", &landlord.file("one.json"), "ann").done();
    assert!(kept.text().contains("still to enter: a finding for point 2"), "{}", kept.text());
    landlord.case(WED_2_DEC, "respond", "", "ann").done();
    refused(&landlord.send(WED_2_DEC, "stage-1-response", "ben"), "6.7");
    assert_eq!(landlord.shown(WED_2_DEC)["state"], "acknowledged");
}

/// 6.10 to 6.12: an unhappy reply waits for a decision, no reason is asked for, and only a letter refuses.
#[test]
fn an_unhappy_reply_reaches_stage_two_without_a_reason_and_only_a_letter_refuses_it() {
    let landlord = Landlord::answered(Office::new());
    let answer = landlord.office.spooled().into_iter().find(|letter| letter.contains("Our answer to your")).unwrap();
    let id = answer.lines().find_map(|line| line.strip_prefix("Message-ID: ")).unwrap().trim().to_owned();
    let reply = format!(
        "From: Amina Example <amina@example.com>\r\nTo: complaints@example.org\r\nSubject: Re: your answer\r\n\
         Message-ID: <unhappy@example.com>\r\nIn-Reply-To: {id}\r\nDate: Thu, 3 Dec 2026 08:00:00 +0000\r\n\r\nI am not happy with this.\r\n"
    );
    landlord.office.give_on(THU_3_DEC, "ingest", reply.as_bytes()).done();
    refused(&landlord.case(THU_3_DEC, "close", "--learning none", "ann"), "");
    let shown = landlord.shown(THU_3_DEC);
    assert_eq!(shown["next_duty"], "decide-on-stage-2", "{shown:#}");
    refused(&landlord.case(THU_3_DEC, "refuse", "--stage-two --clause 'section 3' --reasons ''", "ann"), "5.11");
    landlord.case(THU_3_DEC, "escalate", "", "cas").done();
    assert_eq!(landlord.shown(THU_3_DEC)["stage"], 2);
    refused(&landlord.case(FRI_11_DEC, "refuse", "--stage-two --clause 'section 3' --reasons late", "cas"), "6.10");
}

/// 6.6: the answer does not wait for what it promises.
#[test]
fn the_answer_is_sent_while_work_is_outstanding_and_what_was_promised_is_not_forgotten() {
    let landlord = Landlord::answered(Office::new());
    let shown = landlord.shown(WED_2_DEC);
    assert_eq!((&shown["state"], &shown["next_duty"]), (&json!("responded"), &json!("act")));
    refused(&landlord.case(THU_3_DEC, "close", "--learning none", "ann"), "action 1");
    let before = landlord.reminders(FRI_11_DEC);
    assert!(told("ann@example.org", "", &before), "{before:?}");
    assert!(told(MANAGER, "overdue", &landlord.reminders(MON_21_DEC)));
    landlord.case(MON_21_DEC, "action-done", "1 --day 2026-12-11 --evidence receipt", "ann").done();
    landlord.case(MON_21_DEC, "action-done", "2 --day 2026-12-18 --evidence report", "ann").done();
    landlord.case(MON_21_DEC, "close", "--learning 'Lifts are looked at monthly.'", "ann").done();
}

/// 7.1: a date that was missed calls for a remedy even if nothing else went wrong.
#[test]
fn a_late_answer_offers_something_or_says_why_not() {
    let landlord = Landlord::acknowledged(Office::new());
    let answers = r#""answers": [{"finding": "not-upheld", "reasons": "Our log shows no fault."},
        {"finding": "not-upheld", "reasons": "The county council looks after it."}]"#;
    std::fs::write(landlord.office.path("bare.json"), format!("{{{answers}}}")).unwrap();
    let kept = landlord.case(WED_9_DEC, "outcome", &landlord.file("bare.json"), "ann").done();
    assert!(kept.text().contains("still to enter: a remedy for the date that was missed"), "{}", kept.text());
    let told = format!("{{{answers}, \"no_remedy\": \"The answer was a day late, and nothing was waiting for it.\"}}");
    std::fs::write(landlord.office.path("told.json"), told).unwrap();
    landlord.case(WED_9_DEC, "outcome", &landlord.file("told.json"), "ann").done();
    landlord.send(WED_9_DEC, "stage-1-response", "ben").done();
}

/// 2.2 to 2.4: no refusal but by the letter, and that has the way to the Ombudsman.
#[test]
fn a_refusal_tells_the_way_to_the_ombudsman() {
    let landlord = Landlord::new(Office::new());
    landlord.case(TUE_24_NOV, "assign", "--to ann@example.org", "mia").done();
    landlord.case(TUE_24_NOV, "refuse", "--clause 'section 3' --reasons 'It is before the tribunal.'", "ann").done();
    assert_eq!(landlord.shown(TUE_24_NOV)["state"], "received");
    landlord.send(TUE_24_NOV, "refusal-to-accept", "ben").done();
    assert_eq!(landlord.shown(TUE_24_NOV)["state"], "refused");
    let letter = landlord.office.spooled().into_iter().find(|letter| letter.contains("tribunal")).unwrap();
    assert!(letter.contains("Housing Ombudsman"), "{letter}");
}

/// Stale details of the Ombudsman are found in templates before a resident gets them.
#[test]
fn old_details_of_the_ombudsman_are_found_in_a_template() {
    let landlord = Landlord::new(Office::new());
    let letters = landlord.office.path("own-letters");
    copy(std::path::Path::new("letter-templates"), &letters);
    let file = letters.join("stage-1-response/letter.md.hbs");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(file, text + "\nWrite to the Housing Ombudsman, PO Box 152, Liverpool L33 7WQ.\n").unwrap();
    landlord.office.reword("[reminders]", "[letters]\ntemplates = \"own-letters\"\n\n[reminders]");
    let checked = landlord.office.run("check");
    let words = format!("{}{}", checked.text(), checked.err);
    assert!(words.contains("PO Box") && words.contains("stage-1-response"), "{words}");
}

/// 5.12: the raw message, and a history that shows every edit.
#[test]
fn the_record_is_whole_and_shows_if_it_was_touched() {
    let landlord = Landlord::answered(Office::new());
    let raw = landlord.office.run_on(THU_3_DEC, "contact show 1 --raw").done().out;
    assert_eq!(raw, crate::support::office::message("Lift", "The lift is out of order again."));
    landlord.office.run_on(THU_3_DEC, "audit verify --full").done();
    let history = landlord.shown(THU_3_DEC)["history"].clone();
    let lines: Vec<&str> = history.as_array().unwrap().iter().map(|line| line["words"].as_str().unwrap()).collect();
    for happened in ["Opened at stage 1", "Complaint defined", "ann handles", "acknowledgement", "response"] {
        assert!(lines.iter().any(|line| line.contains(happened)), "{happened}: {lines:#?}");
    }
}

/// The Ombudsman's requests have dates of their own, and are reminded of.
#[test]
fn the_ombudsman_is_answered_in_time() {
    let landlord = Landlord::answered(Office::new());
    let asked =
        "ombudsman reference=202600123 kind=evidence 'text=Send the file.' received-on=2026-12-03 due-by=2026-12-18";
    let words = format!("case record {} {asked} --as ann@example.org", landlord.reference);
    let recorded = landlord.office.run_on(THU_3_DEC, &words);
    assert_eq!(recorded.status, 0, "{}", recorded.err);
    assert!(told("ann@example.org", "Ombudsman", &landlord.reminders(FRI_18_DEC)));
}
