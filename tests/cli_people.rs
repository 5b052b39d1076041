//! Other channels and the people of a case at the command line, as a named officer.

use crate::support::office::Office;

#[test]
fn a_call_is_logged_and_its_case_gets_what_is_on_record() {
    let office = Office::new();
    let password = b"correct horse battery\n";
    office.give("officer add priya@example.org --name Priya --role officer", password).done();
    office.give("officer add lead@example.org --name Lead --role complaints-officer", password).done();
    let call =
        "contact log --channel phone --received 2026-11-19T16:30:00Z --taken-by Sam --name Ann --as priya@example.org";
    let logged = office.give(call, b"The heating is off.\n").done();
    assert!(logged.text().starts_with("contact 1: case CMP-2026-00001-"), "{}", logged.text());
    assert_eq!(office.give(call, b"The heating is off.\n").done().text(), logged.text(), "once");
    let case = logged.text().trim().rsplit(' ').next().unwrap().to_owned();
    let shown = office.run(&format!("case show {case} --json")).done().json();
    assert_eq!(shown["acknowledge_by"].as_str().or(shown["next"]["by"].as_str()).unwrap_or("2026-11-26"), "2026-11-26");
    let contact = office.run("contact show 1 --json").done().json();
    assert_eq!((&contact["channel"], &contact["taken_by"]), (&"phone".into(), &"Sam".into()));

    let future = "contact log --channel visit --received 2026-12-19T16:30:00Z --taken-by Sam --as priya@example.org";
    let refused = office.give(future, b"x");
    assert_eq!(refused.status, 1);
    assert!(refused.err.contains("lies in the future") && refused.err.contains("3.2"), "{}", refused.err);
    assert_eq!(office.give(&call.replace("phone", "pigeon"), b"x").status, 2);

    let receipt =
        "contact first-received 1 --at 2026-11-18T09:00:00Z --by caretaker --reason stamped --as priya@example.org";
    office.run(receipt).done();
    let again = office.run(receipt);
    assert!(again.status == 1 && again.err.contains("earlier"), "{}", again.err);

    let record = |what: &str| format!("case record {case} {what} --as priya@example.org");
    office.run(&record("circumstance kind=adjustment text=Call review-by=2027-05-04")).done();
    let wrong = office.run(&record("circumstance kind=adjustmant text=Call review-by=soon"));
    assert_eq!(wrong.status, 1);
    assert!(
        wrong.err.contains("adjustment, disability, household") && wrong.err.contains("review-by:"),
        "{}",
        wrong.err
    );
    assert!(office.run(&record("circumstance colour=red")).err.contains("has no field 'colour'"));
    office.run(&record("ombudsman reference=2026 kind=order text=Pay received-on=2026-11-20 due-by=2026-12-18")).done();
    let people = office.run(&format!("case show {case} --json")).done().json()["people"].clone();
    assert_eq!(people["circumstances"][0]["review_by"], "2027-05-04");
    assert_eq!(people["tasks"][0]["by"], "2026-12-18");

    let declare = |by: &str| {
        format!("incident declare --what Outage --began 2026-11-20 --back-by 2026-12-01 --told web --as {by}")
    };
    assert!(office.run(&declare("priya@example.org")).err.contains("senior officer"));
    office.run(&declare("lead@example.org")).done();
    let shown = office.run("incident show").done();
    assert!(shown.text().contains("No date of any case moves") && shown.text().contains(&case), "{}", shown.text());
    let texts = office.run("incident texts").done();
    let texts = texts.text();
    assert!(texts.contains("To the Ombudsman: not approved") && texts.contains("Outage"), "{texts}");
    let digest = texts.lines().find_map(|line| line.strip_prefix("== digest ")).unwrap();
    let approve = |by: &str| format!("incident approve ombudsman --digest {digest} --as {by}");
    assert!(office.run(&approve("priya@example.org")).err.contains("approved by a senior officer"));
    office.run(&approve("lead@example.org")).done();
    assert!(office.run("incident texts").done().text().contains("To the Ombudsman: approved by"));
    office.run("incident end --as lead@example.org").done();

    office.run(&record("handler officer=lead@example.org")).done();
    let off = office.run("officer disable lead@example.org").done();
    assert!(off.text().contains(&format!("{case} has no handler now")), "{}", off.text());
}
