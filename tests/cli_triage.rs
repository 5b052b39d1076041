//! Triage at the command line: a dripping tap that becomes a complaint.

use serde_json::Value;

use crate::support::office::{MON_23_NOV, Office, TUE_24_NOV, message};

const THU_26_NOV: &str = "2026-11-26 10:00:00";

fn show(office: &Office, day: &str, reference: &str) -> Value {
    office.run_on(day, &format!("case show {reference} --json")).done().json()
}

fn refused(office: &Office, words: &str, said: &str) {
    let answer = office.run_on(TUE_24_NOV, words);
    assert_eq!(answer.status, 1, "{}", answer.text());
    assert!(answer.err.contains(said), "{said}: {}", answer.err);
}

#[test]
fn a_service_request_is_triaged_raised_as_a_complaint_and_finished() {
    let office = Office::new();
    office.give("officer add ann@example.org --name Ann --role officer", b"correct horse battery\n").done();
    office.give("ingest", &message("Tap", "The kitchen tap is dripping. Could you send a plumber?")).done();
    let listed = office.run("case list --json").done().json();
    let request = listed[0]["reference"].as_str().unwrap().to_owned();
    let shown = show(&office, MON_23_NOV, &request);
    assert_eq!((&shown["triage"], &shown["acknowledge_by"]), (&"to-be-triaged".into(), &"2026-11-30".into()));
    assert_eq!(shown["triaged"]["suggested"]["kind"], "service-request");
    let reason = shown["triaged"]["suggested"]["reason"].as_str().unwrap();
    assert!(reason.contains("“dripping”") && reason.contains("(1.4)"), "{reason}");

    let triage = |rest: &str| format!("case triage {request} --as ann@example.org --reason tap {rest}");
    refused(&office, &triage("--kind service-request"), "offer the resident the choice to complain first");
    refused(&office, &triage("--kind service-request --choice-offered"), "who owns the service request");
    refused(&office, &triage("--kind complaint"), "enter how complex it is (6.1)");
    let known = office.run(&triage("--kind grumble"));
    assert!(known.status == 2 && known.err.contains("not-for-us"), "{}", known.err);
    let decided = "--kind service-request --owner Repairs --review 2026-12-01 --choice-offered=declined --risk low";
    let done = office.run_on(TUE_24_NOV, &triage(decided)).done();
    assert!(done.text().contains("followed up, review by 2026-12-01"), "{}", done.text());
    let shown = show(&office, TUE_24_NOV, &request);
    assert_eq!((&shown["triage"], &shown["state"]), (&"service-request".into(), &"followed up".into()));
    let decision = &shown["triaged"]["decision"];
    assert_eq!((&decision["owner"], &decision["choice"]), (&"Repairs".into(), &"declined".into()));
    assert_eq!((&decision["suggested"]["kind"], &shown["triaged"]["risk"]), (&"service-request".into(), &"low".into()));
    refused(&office, &format!("case close {request} --learning x --as ann@example.org"), "triage as a complaint (1.2)");

    let log = format!(
        "contact log --channel phone --received 2026-11-26T09:00:00Z --taken-by Sam --case {request} --as ann@example.org --name Ann"
    );
    office.give_on(THU_26_NOV, &log, b"He came, and now it is worse. I am not happy.").done();
    let shown = show(&office, THU_26_NOV, &request);
    assert_eq!((&shown["next_duty"], &shown["next_due_by"]), (&"triage".into(), &"2026-12-03".into()));
    assert_eq!(shown["triaged"]["waiting"][0]["contact"], 2);
    let raised = office
        .run_on(THU_26_NOV, &format!("case raise-complaint {request} --reason Worse --as ann@example.org"))
        .done();
    let complaint = raised.text().split(':').next().unwrap().to_owned();
    assert!(raised.text().contains("acknowledge by 2026-12-03"), "{}", raised.text());
    let shown = show(&office, THU_26_NOV, &complaint);
    assert_eq!((&shown["triage"], &shown["triaged"]["raised_from"]), (&"complaint".into(), &request.clone().into()));
    assert_eq!(show(&office, THU_26_NOV, &request)["triaged"]["complaints_raised"][0], complaint);
    let finish = format!("case finish {request} --how washer --content no-answer --as ann@example.org");
    office.run_on(THU_26_NOV, &finish).done();
    assert_eq!(show(&office, THU_26_NOV, &request)["state"], "closed");

    // Repeat contact: the same address again.
    let text = office.run_on(THU_26_NOV, &format!("case show {complaint}")).done();
    assert!(text.text().contains(&format!("1 other case from this address: {request}")), "{}", text.text());
    assert!(text.text().contains("Triage: complaint") && text.text().contains("raised from"), "{}", text.text());
    assert!(office.run("audit verify").done().text().contains("history"));
}
