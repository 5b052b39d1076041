//! Other channels and the people of a case on pages: in bare HTTP, and entering a letter with its scan in a
//! real browser.

use complaintsd::domain::people::Role;

use super::house::{Answer, Client, House, PASSWORD, PRIYA};
use super::pictures;
use crate::support::browser::Browser;

/// Sends the entry form with a file, as a browser does.
async fn enters(officer: &Client, fields: &[(&str, &str)], file: Option<(&str, &str)>) -> Answer {
    let page = officer.get("/contacts/new").await;
    let (csrf, once) = (page.hidden("csrf"), page.hidden("once"));
    let mut body = String::new();
    for (name, value) in [("csrf", csrf.as_str()), ("once", once.as_str())].iter().chain(fields) {
        body.push_str(&format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"));
    }
    if let Some((name, bytes)) = file {
        body.push_str(&format!(
            "--b\r\nContent-Disposition: form-data; name=\"files\"; filename=\"{name}\"\r\nContent-Type: text/plain\r\n\r\n{bytes}\r\n"
        ));
    }
    body.push_str("--b--\r\n");
    let headers = [("Origin", officer.origin.as_str()), ("Content-Type", "multipart/form-data; boundary=b")];
    officer.send("POST", "/contacts/new", &headers, &body).await
}

const CALL: &[(&str, &str)] = &[
    ("channel", "phone"),
    ("day", "1 10 2026"),
    ("time", "14:30"),
    ("taken-by", "Sam"),
    ("name", "Ann <Poole>"),
    ("text", "No heating."),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_entered_with_its_files_and_a_wrong_form_comes_back_as_it_was() {
    let house = House::open().await;
    let officer = house.officer().await;
    let blank = enters(&officer, &[("name", "Ann <Poole>")], Some(("a.txt", "x"))).await;
    assert_eq!(blank.status, 422);
    for told in
        ["Select how it came", "Enter a date", "Enter the time", "Select the files again", "Ann &#60;Poole&#62;"]
    {
        assert!(blank.has(told), "{told}: {}", blank.body);
    }
    let wrong = [CALL, &[("case", "CMP-2026-00042-M"), ("email", "")]].concat();
    assert!(enters(&officer, &wrong, None).await.has("There is no case with this reference"));
    let nobody: Vec<_> = CALL.iter().map(|&(id, text)| if id == "taken-by" { (id, " ") } else { (id, text) }).collect();
    assert!(enters(&officer, &nobody, None).await.has("Enter who took it"));
    assert!(house.scene.cases().await.is_empty());

    let done = enters(&officer, CALL, Some(("notes.txt", "the boiler number"))).await;
    assert_eq!(done.status, 303, "{}", done.body);
    let page = officer.get(done.location()).await;
    assert!(page.has("Thursday 8 October 2026") && page.has("Dates count from when it was received"), "{}", page.body);
    let contact = officer.get("/contacts/1").await;
    for words in ["Phone call, taken by Sam", "No heating.", "notes.txt"] {
        assert!(contact.has(words), "{words}: {}", contact.body);
    }
    assert_eq!(officer.get("/contacts/1/attachments/0").await.body, "the boiler number");
    let forged = officer.send("POST", "/contacts/new", &[("Origin", officer.origin.as_str())], "channel=phone").await;
    assert!(forged.status >= 400 && house.scene.contacts().await.len() == 1);

    let receipt = [("day", "30 9 2026"), ("time", "9:00"), ("taken-by", "The caretaker"), ("reason", "Stamped.")];
    let later = officer.press("/contacts/1/first-receipt", &[("day", "2 10 2026"), ("time", "9:00")]).await;
    assert!(later.status == 422 && later.has("only an earlier receipt"), "{}", later.body);
    let declared = officer.press("/contacts/1/first-receipt", &receipt).await;
    assert_eq!(declared.status, 303, "{}", declared.body);
    assert!(officer.get(declared.location()).await.has("The caretaker had received the complaint"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_on_record_stands_on_the_case_and_what_comes_up_below_the_work_list() {
    let mut house = House::open().await;
    let (case, _) = house.scene.a_complaint().await;
    let officer = house.officer().await;
    let at = |what: &str| format!("/cases/{}/record/{what}", case.reference);
    for what in [
        "circumstance",
        "preference",
        "representative",
        "consent",
        "handler",
        "conflict",
        "restriction",
        "ombudsman",
        "ombudsman-done",
        "review",
        "end",
    ] {
        let page = officer.get(&at(what)).await;
        assert_eq!(page.status, 200, "{what}");
        let wrong = officer.press(&at(what), &[]).await;
        assert!(wrong.status == 422 && wrong.has("There is a problem"), "{what}: {}", wrong.body);
    }
    assert_eq!(officer.get(&at("nothing")).await.status, 404);
    let fields = [("kind", "disability"), ("text", "Is <deaf>."), ("review-by", "4 5 2027")];
    let done = officer.press(&at("circumstance"), &fields).await;
    assert_eq!(done.status, 303, "{}", done.body);
    let restriction = [
        ("what", "One call a week."),
        ("reason", "Threats."),
        ("evidence", "Call notes."),
        ("equality", "Considered."),
        ("review-by", "4 5 2027"),
    ];
    officer.press(&at("restriction"), &restriction).await;
    let page = officer.get(&format!("/cases/{}", case.reference)).await;
    for words in ["Is &#60;deaf&#62;.", "One call a week.", "A disclosed disability was recorded"] {
        assert!(page.has(words), "{words}: {}", page.body);
    }
    let history = page.body.split("app-timeline").nth(1).unwrap();
    assert!(!history.contains("deaf"), "the history names no circumstance");
    let work = officer.get("/work").await;
    assert!(work.has("Review what is recorded for the resident") && work.has("Review a restriction"), "{}", work.body);
    // On the resident's other cases too.
    let fields: Vec<_> = CALL.iter().copied().chain([("email", "ann@example.org")]).collect();
    let other = enters(&officer, &fields, None).await;
    assert!(officer.get(other.location()).await.has(&format!("A restriction stands on {}", case.reference)));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_incident_stands_on_every_page_and_moves_no_date() {
    let mut house = House::open().await;
    let (case, _) = house.scene.a_complaint().await;
    let officer = house.officer().await;
    let declare = [
        ("do", "declare"),
        ("what", "The housing system was encrypted."),
        ("began-on", "1 1 2026"),
        ("back-by", "31 12 2027"),
        ("told", "Webform and website."),
    ];
    let refused = officer.press("/incident", &declare).await;
    assert!(refused.status == 422 && refused.has("senior officer"), "{}", refused.body);
    house.hires_as("lead@landlord.example", "Lena Lead", Role::ComplaintsOfficer).await;
    let lead = house.officer_called("lead@landlord.example").await;
    assert_eq!(lead.press("/incident", &declare).await.status, 303);
    for path in ["/work".to_owned(), "/contacts".to_owned(), format!("/cases/{}", case.reference)] {
        assert!(officer.get(&path).await.has("The housing system was encrypted"), "{path}");
    }
    assert!(officer.get("/incident").await.has(&case.reference.to_string()), "the cases affected are listed");
    assert_eq!(house.scene.now(&case).await.current, case.current);
    let page = lead.get("/incident").await;
    assert!(page.has("To the residents affected") && page.has("Your complaint is safe with us"), "{}", page.body);
    let digest = page.body.split("name=\"digest\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let approve = [("do", "approve"), ("text", "ombudsman"), ("digest", digest.as_str())];
    let refused = officer.press("/incident", &approve).await;
    assert!(refused.status == 422 && refused.has("approved by a senior officer"), "{}", refused.body);
    assert_eq!(lead.press("/incident", &approve).await.status, 303);
    assert!(officer.get("/incident").await.has("Approved by Lena Lead"));
    assert_eq!(lead.press("/incident", &[("do", "end")]).await.status, 303);
    assert!(!officer.get("/work").await.has("encrypted"));
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_browser_an_officer_enters_a_call() {
    let house = House::open().await;
    let browser = Browser::start().await;
    browser.goto(&format!("{}/contacts/new", house.origin)).await;
    browser.fill("email", PRIYA).await;
    browser.fill("password", PASSWORD).await;
    browser.click("main button").await;
    browser.see("#channel").await;
    browser.click("#channel option[value='phone']").await;
    for (id, text) in CALL.iter().filter(|(id, _)| *id != "channel" && *id != "taken-by") {
        browser.fill(id, text).await;
    }
    browser.screenshot(&pictures().join("entry.png"), 390).await;
    browser.click("main button").await;
    browser.see(".app-timeline").await;
    assert!(browser.text("main").await.contains("Thursday 8 October 2026"), "counted from its true receipt");
}
