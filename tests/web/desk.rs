//! The officers' desk on pages: what waits, deciding it, and what another officer is told; in bare HTTP
//! and in a real browser.

use complaintsd::domain::ids::ContactId;
use jiff::civil::date;

use super::house::{Client, House, PASSWORD, PRIYA};
use super::pictures;
use crate::support::browser::Browser;
use crate::support::clock::morning;
use crate::support::scene::mail;

async fn a_junked_complaint(house: &House) -> ContactId {
    let text = "There is no heating, and the wall is wet.\n\nAnn Poole";
    house.scene.junk(morning(date(2026, 10, 29)), "ann@example.org", text).await
}

async fn decides(officer: &Client, id: ContactId, fields: &[(&str, &str)]) -> super::house::Answer {
    officer.press(&format!("/contacts/{id}/decision"), fields).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_is_counted_in_the_menu_listed_and_decided_on_its_page() {
    let house = House::open().await;
    let officer = house.officer().await;
    let empty = officer.get("/to-decide").await;
    assert!(empty.has("Nothing waits") && !officer.get("/work").await.has("To decide ("), "{}", empty.body);

    let id = a_junked_complaint(&house).await;
    assert!(officer.get("/work").await.has("To decide (1)"), "the menu counts");
    let list = officer.get("/to-decide").await;
    for words in ["Damp again", "Ann Poole", "took it for junk", "Thursday 5 November 2026", "Urgent", "no heating"] {
        assert!(list.has(words), "{words} is missing: {}", list.body);
    }
    let page = officer.get(&format!("/contacts/{id}")).await;
    for words in ["waits for a decision", "Urgent", "Possible hazard in a home: no heating", "value=\"open\""] {
        assert!(page.has(words), "{words} is missing: {}", page.body);
    }

    let blank = decides(&officer, id, &[]).await;
    assert_eq!(blank.status, 422);
    assert!(blank.has("Select what becomes of this contact") && blank.has("Enter the reason for your decision"));
    assert!(blank.has("<title>Error: "), "{}", blank.body);
    for (case, told) in [
        ("", "Enter the reference of the case"),
        ("nonsense", "looks like CMP-2026-00042-K"),
        ("CMP-2026-00001-B", "check for a mistyped digit"),
        ("CMP-2026-00042-M", "There is no case with this reference"),
    ] {
        let wrong = decides(&officer, id, &[("choice", "case"), ("case", case), ("reason", "Her <son>")]).await;
        assert_eq!(wrong.status, 422, "{case}");
        assert!(wrong.has(told) && wrong.has("Her &#60;son&#62;"), "{case}: {}", wrong.body);
    }
    assert!(house.scene.cases().await.is_empty());

    let open = [("choice", "open"), ("reason", "A complaint")];
    let done = decides(&officer, id, &open).await;
    let case = house.scene.cases().await.pop().unwrap().reference;
    assert_eq!(done.location(), format!("/cases/{case}?told=case-opened"));
    assert_eq!(decides(&officer, id, &open).await.location(), done.location(), "a second press does nothing");
    let page = officer.get(done.location()).await;
    assert!(page.has("The case is open") && page.has("A complaint") && page.has("no heating"), "{}", page.body);
    assert!(officer.get("/work").await.has("Possible hazard in a home: no heating"));
    assert!(!officer.get("/work").await.has("To decide ("));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_officer_is_told_who_decided_and_may_then_decide_anew() {
    let house = House::open().await;
    house.hires("owen@landlord.example", "Owen Hughes").await;
    let id = a_junked_complaint(&house).await;
    let (priya, owen) = (house.officer().await, house.officer_called("owen@landlord.example").await);
    let nothing = decides(&priya, id, &[("choice", "nothing"), ("reason", "An advertisement"), ("seen", "")]).await;
    assert_eq!(nothing.location(), "/to-decide?told=nothing-to-do");
    let late = [("choice", "open"), ("reason", "A complaint"), ("seen", "")];
    let told = decides(&owen, id, &late).await;
    assert_eq!(told.status, 409);
    assert!(told.has("by Priya Nair") && told.has("An advertisement"), "{}", told.body);
    let seen = told.hidden("seen");
    let anew = decides(&owen, id, &[("choice", "open"), ("reason", "A complaint"), ("seen", &seen)]).await;
    assert!(anew.location().starts_with("/cases/CMP-2026-00001-"), "{}", anew.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_before_us_does_not_wait_and_can_still_open_a_case() {
    let house = House::open().await;
    let id = a_junked_complaint(&house).await;
    house.scene.meddle("UPDATE contacts SET intake = 'historic', waiting = NULL").await;
    let officer = house.officer().await;
    assert!(officer.get("/to-decide").await.has("Nothing waits"));
    let page = officer.get(&format!("/contacts/{id}")).await;
    assert!(page.has("Decide what becomes of it") && page.has("<details"), "{}", page.body);
    assert_eq!(decides(&officer, id, &[("choice", "open-other"), ("reason", "Still open")]).await.status, 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_browser_an_officer_finds_a_complaint_among_the_junk() {
    let mut house = House::open().await;
    a_junked_complaint(&house).await;
    for number in 0..2 {
        let from = format!("offers{number}@shop.example");
        house.scene.junk(morning(date(2026, 11, 2)), &from, "50% off garden furniture").await;
    }
    house.scene.arrives(&mail(&[("From", "Bea Long <bea@example.org>")], "Carbon monoxide alarm went off."));
    house.scene.poll().await;
    let browser = Browser::start().await;
    browser.goto(&format!("{}/to-decide", house.origin)).await;
    browser.fill("email", PRIYA).await;
    browser.fill("password", PASSWORD).await;
    browser.click("main button").await;
    browser.see("main table").await;
    picture(&browser, "1-list").await;
    browser.click("main table a").await;
    browser.see(".app-decision").await;
    picture(&browser, "2-contact").await;
    browser.click(".app-decision button").await;
    browser.see(".govuk-error-summary").await;
    picture(&browser, "3-blank").await;
    browser.click("label[for='choice-open']").await;
    browser.fill("reason", "No heating and damp: a complaint, wrongly taken for junk.").await;
    browser.click(".app-decision button").await;
    browser.see(".app-timeline").await;
    assert!(browser.text("main").await.contains("Thursday 5 November 2026"), "counted from its receipt");
    picture(&browser, "4-case").await;
    browser.goto(&format!("{}/work", house.origin)).await;
    picture(&browser, "5-work-list").await;
    browser.goto(&format!("{}/contacts/2", house.origin)).await;
    browser.click("label[for='choice-nothing']").await;
    browser.fill("reason", "An advertisement.").await;
    browser.click(".app-decision button").await;
    browser.see("main table").await;
    assert_eq!(browser.count("main tbody tr").await, 1);
    picture(&browser, "6-next").await;
}

async fn picture(browser: &Browser, name: &str) {
    for width in [1280, 390] {
        browser.screenshot(&pictures().join(format!("desk-{name}-{width}.png")), width).await;
        let overflow = browser.ask("return document.documentElement.scrollWidth - window.innerWidth").await;
        assert!(overflow.as_i64().unwrap() <= 0, "{name} is wider than {width}: {overflow}");
    }
    browser.width(320).await;
    let overflow = browser.ask("return document.documentElement.scrollWidth - window.innerWidth").await;
    assert!(overflow.as_i64().unwrap() <= 0, "{name} is wider than 320: {overflow}");
    browser.width(1280).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_system_is_not_offered_as_the_complainant() {
    let mut house = House::open().await;
    let text = "Your message could not be delivered.";
    let headers = [
        ("From", "MAILER-DAEMON@mx.example.net"),
        ("Return-Path", "<>"),
        ("Subject", "Undelivered Mail Returned to Sender"),
    ];
    house.scene.arrives(&mail(&headers, text));
    house.scene.poll().await;
    let page = house.officer().await.get("/contacts/1").await;
    assert!(page.has("value=\"open-other\"") && !page.has("value=\"open\""), "{}", page.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subject_as_long_as_a_letter_is_cut_in_headings_and_whole_on_its_page() {
    let mut house = House::open().await;
    let subject = format!("Damp {}and the end", "in every room ".repeat(140));
    house.scene.arrives(&mail(&[("From", "ann@example.org"), ("Subject", &subject)], "See above."));
    house.scene.poll().await;
    let officer = house.officer().await;
    let page = officer.get("/contacts/1").await;
    let heading = page.body.split("<h1").nth(1).and_then(|rest| rest.split("</h1>").next()).unwrap();
    assert!(heading.chars().count() < 220 && heading.contains('…'), "{heading}");
    assert!(page.has("Whole subject") && page.has("and the end"), "{}", page.body);
    assert!(!officer.get("/contacts").await.has("and the end"));
}
