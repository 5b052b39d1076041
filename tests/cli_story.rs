//! Complaints handled at the command line alone: in by standard input, files and a Maildir, drafted and
//! reminded of on the right days, and read back without a page.

use std::fs;

use crate::support::office::{MON_23_NOV, MON_30_NOV, Office, TUE_24_NOV, message};
use crate::support::postgres;

const REFERENCE: &str = "CMP-2026-00001-";

#[test]
fn a_message_on_standard_input_becomes_a_case_whose_draft_says_what_is_missing() {
    let office = Office::new();
    let damp = message("Damp", "The bedroom wall is black again.");

    let first = office.give("ingest", &damp).done();
    assert!(first.text().starts_with(&format!("standard input: contact 1, case {REFERENCE}")), "{}", first.text());
    let again = office.give_on(TUE_24_NOV, "ingest", &damp).done();
    assert!(again.text().contains("contact 1,") && again.text().contains("known already"), "{}", again.text());
    let contacts = office.run("contact list --json").done().json();
    assert_eq!(contacts.as_array().unwrap().len(), 1);
    let contact = &contacts[0];
    assert_eq!(contact["received_at"].as_str().unwrap().get(..16), Some("2026-11-23T09:00"));
    assert_eq!((&contact["from"], &contact["kind"]), (&"amina@example.com".into(), &"new".into()));
    assert_eq!((&contact["subject"], &contact["message_id"]), (&"Damp".into(), &"Damp@example.com".into()));
    assert!(contact["text"].as_str().unwrap().contains("black again"));
    let reference = contact["case_ref"].as_str().unwrap();

    assert_eq!(office.run("draft").done().text(), "new drafts 1, brought up to date 0\n");
    assert_eq!(office.run("draft").done().text(), "new drafts 0, brought up to date 0\n");
    // The response date counts from the day the letter leaves: a new day, a new text.
    assert_eq!(office.run_on(TUE_24_NOV, "draft").done().text(), "new drafts 0, brought up to date 1\n");

    let shown = office.run("letter show 1 --format text").done();
    assert!(shown.text().contains(reference) && !shown.text().contains("Shortfall"), "{}", shown.text());
    assert!(shown.err.contains("stage 1 acknowledgement") && shown.err.contains("draft, version 2"), "{}", shown.err);
    assert!(shown.err.lines().any(|line| line.starts_with("Shortfall: ") && line.contains("5.6")), "{}", shown.err);
    let html = office.run("letter show 1 --format html").done();
    assert!(html.text().starts_with("<!") && html.text().trim_end().ends_with("</html>"), "{}", html.text());
    let letter = office.run("letter show 1 --json").done().json();
    assert_eq!((&letter["kind"], &letter["version"]), (&"stage-1-acknowledgement".into(), &2.into()));
    assert_eq!(letter["digest"].as_str().unwrap().len(), 64);
    assert_eq!(letter["text"].as_str().unwrap().trim_end(), shown.text().trim_end());
    let missing: Vec<_> = letter["shortfalls"].as_array().unwrap().iter().map(|one| &one["element"]).collect();
    assert!(missing.contains(&&"definition".into()) && missing.contains(&&"handler".into()), "{missing:?}");
    let elements = letter["elements"].as_array().unwrap();
    assert!(elements.iter().any(|one| one["id"] == "case-reference" && one["passage"].is_string()));
    assert!(elements.iter().any(|one| one["id"] == "definition" && one["passage"].is_null()));

    // Nothing leaves without an officer's approval.
    assert_eq!(office.run_on(TUE_24_NOV, "send").done().text(), "accepted 0, deferred 0, failed 0\n");
    assert!(office.spooled().is_empty());
    assert_eq!(office.run("letter list --json").done().json()[0]["state"], "draft");
}

#[test]
fn a_case_is_shown_with_its_dates_how_they_were_worked_out_and_its_history() {
    let office = Office::new();
    office.give("ingest", &message("Damp", "Black mould.")).done();
    office.run("draft").done();

    let listed = office.run_on(MON_30_NOV, "case list --json").done().json();
    let reference = listed[0]["reference"].as_str().unwrap();
    assert_eq!((&listed[0]["next_duty"], &listed[0]["time_left"]), (&"acknowledge".into(), &"due today".into()));
    let case = office.run(&format!("case show {reference} --json")).done().json();
    assert_eq!(
        (&case["triage"], &case["stage"], &case["state"]),
        (&"to-be-triaged".into(), &1.into(), &"received".into())
    );
    assert_eq!((&case["received_on"], &case["acknowledge_by"]), (&"2026-11-23".into(), &"2026-11-30".into()));
    let told = &case["deadlines"]["acknowledge_by"];
    assert_eq!((&told["by"], &told["provision"]), (&"2026-11-30".into(), &"6.2".into()));
    assert!(told["explanation"].to_string().contains("Saturday 28 November 2026 is not counted: weekend."), "{told}");
    assert_eq!(case["resident"]["email"], "amina@example.com");
    assert_eq!((&case["letters"][0]["state"], &case["letters"][0]["version"]), (&"draft".into(), &1.into()));
    assert_eq!(case["contacts"][0]["id"], 1);
    let history = case["history"].as_array().unwrap();
    assert_eq!((&history[0]["sequence"], &history[0]["actor"]), (&1.into(), &"complaintsd".into()));
    assert!(history[0]["words"].as_str().unwrap().starts_with("Opened at stage 1 from contact 1"));
    assert!(history[1]["words"].as_str().unwrap().starts_with("Draft of the stage 1 acknowledgement"));

    let shown = office.run(&format!("case show {reference}")).done();
    for words in
        ["Acknowledge by: Monday 30 November 2026", "is not counted: weekend", "Handler: none yet", "Opened at"]
    {
        assert!(shown.text().contains(words), "{words}: {}", shown.text());
    }
}

#[test]
fn a_reminder_goes_out_once_on_its_day_and_a_dry_run_sends_nothing() {
    let office = Office::new();
    office.give("ingest", &message("Gate", "The gate is broken.")).done();
    assert_eq!(office.run("remind --json").done().json(), serde_json::json!([]));

    let planned = office.run_on(MON_30_NOV, "remind --dry-run --json").done().json();
    assert_eq!(planned[0]["to"], "complaints-team@example.org");
    // Nobody has triaged it either, which the manager hears of on the day (6.2).
    assert_eq!((planned.as_array().unwrap().len(), &planned[1]["to"]), (2, &"complaints-manager@example.org".into()));
    assert!(planned[0]["case_ref"].as_str().unwrap().starts_with(REFERENCE));
    assert!(office.spooled().is_empty());
    assert_eq!(office.run_on(MON_30_NOV, "remind --json").done().json(), planned);
    assert_eq!(office.spooled().len(), 2);
    let again = office.run_on(MON_30_NOV, "remind").done();
    assert!(again.text().starts_with("no reminder is due"), "{}", again.text());
    office.run_on(MON_30_NOV, "send").done();
    assert_eq!(office.spooled().len(), 2);
}

#[test]
fn polling_twice_takes_every_message_once_and_lists_them_oldest_first() {
    let office = Office::new();
    for number in 0..205 {
        office.deliver(&format!("{number:03}.office"), &message(&format!("Complaint {number}"), "Please help."));
    }
    let first = office.run("poll").done();
    assert_eq!(first.text(), "complaints: kept 205, contacts 205, cases 205, duplicates 0\n");
    assert_eq!(office.run("poll").done().text(), "complaints: kept 0, contacts 0, cases 0, duplicates 0\n");
    // The same bytes under another name are a copy; polling drafts nothing.
    office.deliver("copy.office", &message("Complaint 7", "Please help."));
    assert_eq!(office.run("poll").done().text(), "complaints: kept 1, contacts 0, cases 0, duplicates 1\n");
    assert_eq!(office.run("letter list --json").done().json(), serde_json::json!([]));

    let contacts = office.run("contact list --json").done().json();
    let ids: Vec<i64> = contacts.as_array().unwrap().iter().map(|contact| contact["id"].as_i64().unwrap()).collect();
    assert_eq!(ids, (1..=205).collect::<Vec<_>>());
    assert_eq!(office.run("contact list").done().text().lines().count(), 205);
}

#[test]
fn a_contact_is_given_back_byte_for_byte() {
    let office = Office::new();
    let bytes = b"From: amina@example.com\nSubject: Bytes\n\nOld \xe9 and \x1b[2J\r\n\nno end".to_vec();
    fs::write(office.path("odd.eml"), &bytes).unwrap();
    office.run("ingest odd.eml").done();
    assert_eq!(office.run("contact show 1 --raw").done().out, bytes);
    let shown = office.run("contact show 1").done();
    assert!(shown.text().contains("Subject: Bytes") && !shown.text().contains('\u{1b}'), "{}", shown.text());
    let json = office.run("contact show 1 --json").done().json();
    assert_eq!(json["subject"], "Bytes");
}

#[test]
fn the_same_story_on_postgresql() {
    let url = postgres::database();
    let mailbox = "[[mailbox]]\nname = \"complaints\"\nkind = \"maildir\"\npath = \"Maildir\"\n";
    let office = Office::with(mailbox, &url.replace(&format!(":{}@", postgres::PASSWORD), "@"));
    office.reword("[database]", "[database]\npassword_file = \"password\"");
    let file = office.path("password");
    fs::write(&file, postgres::PASSWORD).unwrap();
    fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();

    let damp = message("Damp", "Black mould.");
    office.give("ingest", &damp).done();
    office.give("ingest", &damp).done();
    office.run("draft").done();
    assert_eq!(office.run("contact list --json").done().json().as_array().unwrap().len(), 1);
    let letter = office.run("letter show 1 --json").done().json();
    assert!(!letter["shortfalls"].as_array().unwrap().is_empty());
    assert_eq!(office.run_on(MON_23_NOV, "send").done().text(), "accepted 0, deferred 0, failed 0\n");
    let checked = office.run("check --connect").done();
    assert!(checked.text().contains("database: PostgreSQL answers"), "{}", checked.text());
    assert!(!checked.text().contains(postgres::PASSWORD) && !checked.err.contains(postgres::PASSWORD));
}

#[test]
fn search_finds_contacts_and_cases_in_words_and_json() {
    let office = Office::new();
    office.give("ingest", &message("Damp", "The bedroom wall is black again.")).done();
    office.give("ingest", &message("Noise", "The lift is loud.")).done();
    let found = office.run("search bedr black --json").done().json();
    assert_eq!(found["contacts"].as_array().unwrap().len(), 1);
    assert_eq!(found["contacts"][0]["subject"], "Damp");
    let reference = found["contacts"][0]["case_ref"].as_str().unwrap().to_owned();
    let by_reference = office.run(&format!("search {reference} --json")).done().json();
    assert_eq!(by_reference["cases"][0]["case_ref"], reference.as_str());
    let page = office.run("search example --limit 1").done();
    assert!(page.text().contains("Noise") && page.text().contains("--before 2"), "{}", page.text());
    assert!(office.run("search example --limit 1 --before 2").done().text().contains("Damp"));
    assert!(office.run("search nothing-like-it").done().text().is_empty());
}
