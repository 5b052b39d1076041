//! The officers' desk at the command line: deciding as a named officer, and receipts by hand.

use crate::support::office::{Office, message};

const AUTOMATIC: &[u8] = b"From: Ann <ann@example.com>\r\nTo: complaints@example.org\r\nSubject: Out of office\r\n\
    Auto-Submitted: auto-replied\r\nMessage-ID: <a@example.com>\r\nIn-Reply-To: <x@example.com>\r\n\r\nI am away.\r\n";

#[test]
fn whoever_runs_the_program_decides_as_an_officer_and_the_record_says_so() {
    let office = Office::new();
    office.give("officer add priya@example.org --name Priya --role officer", b"correct horse battery\n").done();
    office.give("ingest", AUTOMATIC).done();
    let contact = office.run("contact show 1 --json").done().json();
    assert_eq!((&contact["case_ref"], &contact["decided"]), (&().into(), &().into()));

    let by = |what: &str| format!("contact decide 1 {what} --reason Complaint --as priya@example.org");
    for (words, told) in [
        ("contact decide 1 --open-case --reason x --as bob@example.org".to_owned(), "no officer bob@example.org"),
        (by("--case CMP-2026-00042-M"), "there is no such case"),
        ("contact decide 7 --open-case --reason x --as priya@example.org".to_owned(), "there is no such contact"),
    ] {
        let answer = office.run(&words);
        assert_eq!(answer.status, 1, "{words}");
        assert!(answer.err.contains(told), "{words}: {}", answer.err);
    }
    assert_eq!(office.run(&by("--open-case --nothing-to-do")).status, 2);
    assert_eq!(office.run(&by("")).status, 2);
    assert_eq!(office.run(&by("--case CMP-2026-00042-K")).status, 2, "the check character is wrong");

    let done = office.run(&by("--nothing-to-do")).done();
    assert_eq!(done.text(), "contact 1: nothing to do\n");
    let late = office.run(&by("--open-case"));
    assert_eq!(late.status, 1);
    assert!(late.err.contains("by Priya on ") && late.err.contains("Complaint"), "{}", late.err);
    let done = office.run(&by("--open-case --anew")).done();
    assert!(done.text().starts_with("contact 1: a case was opened from it, case CMP-"), "{}", done.text());
    let contact = office.run("contact show 1 --json").done().json();
    assert_eq!(contact["decided"]["decision"], "case-opened");
    assert_eq!(contact["decided"]["reason"], "Complaint (entered at the command line)");
    let shown = office.run("contact show 1").done();
    assert!(shown.text().contains("Decided: a case was opened from it, by Priya"), "{}", shown.text());
}

/// Lessons 35, 36: off unless asked for, and then once, to a person.
#[test]
fn receipts_go_out_only_when_they_are_switched_on() {
    let office = Office::new();
    let headers = |number: u8| {
        let mut bytes = format!("Return-Path: <amina@example.com>\r\nX-Number: {number}\r\n").into_bytes();
        bytes.extend(message("Damp", &format!("The bedroom wall is black again, wall {number}.")));
        bytes
    };
    office.give("ingest", &headers(1)).done();
    office.run("send").done();
    assert!(office.spooled().is_empty());
    office.reword("[courier]", "[receipt]\nenabled = true\n\n[courier]");
    let (switched_on, later) = ("2026-11-23 10:00:00", "2026-11-23 11:00:00");
    office.run_on(switched_on, "send").done();
    assert!(office.spooled().is_empty(), "whoever wrote before is not answered");
    office.give_on(later, "ingest", &headers(2)).done();
    office.run_on(later, "send").done();
    assert_eq!(office.spooled().len(), 1);
    assert!(office.spooled()[0].contains("Auto-Submitted: auto-replied"));
    office.give_on(later, "ingest", &headers(3)).done();
    office.give_on(later, "ingest", AUTOMATIC).done();
    office.run_on(later, "send").done();
    assert_eq!(office.spooled().len(), 1);
}
