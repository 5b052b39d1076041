//! An officer's morning in a real browser, without JavaScript of ours: from the work list to a letter
//! on its way, and later an extension.

use std::path::PathBuf;

use super::house::{House, PASSWORD, PRIYA};
use super::pictures;
use crate::support::browser::Browser;
use crate::support::scene::mail;

const MESSAGE: &str = "Hello,\n\nthe wall in my back bedroom is wet again. Your man came in May and painted over it. \
                       And the street light outside has been out for weeks.\n\nI want it dry, please.\n\nAnn Poole";

async fn picture(browser: &Browser, name: &str) {
    if browser.count("iframe.app-letter").await > 0 {
        assert!(browser.text_in_frame("iframe.app-letter", "body").await.contains("Example Homes"), "{name}");
    }
    for width in [1280, 390] {
        let path: PathBuf = pictures().join(format!("journey-{name}-{width}.png"));
        browser.screenshot(&path, width).await;
    }
    browser.width(1280).await;
}

/// Waits for the page that shows this version of the letter.
async fn version(browser: &Browser, number: u32) {
    browser.see(&format!("input[name='version'][value='{number}']")).await;
}

async fn missing(browser: &Browser) -> usize {
    browser.count(".app-checks .govuk-tag--red").await
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_browser_an_officer_acknowledges_a_complaint_and_asks_for_more_time() {
    let mut house = House::open().await;
    house.scene.arrives(&mail(&[("From", "Ann Poole <ann@example.org>")], MESSAGE));
    house.scene.poll().await;
    house.scene.draft().await;
    let reference = house.scene.cases().await.pop().unwrap().reference.to_string();
    let browser = Browser::start().await;

    browser.goto(&format!("{}/cases/{reference}", house.origin)).await;
    browser.fill("email", PRIYA).await;
    browser.fill("password", "not the password").await;
    browser.click("main button").await;
    assert!(browser.text(".govuk-error-summary").await.contains("is wrong"));
    picture(&browser, "1-sign-in-wrong").await;
    browser.fill("password", PASSWORD).await;
    browser.click("main button").await;
    browser.see(".app-timeline").await;
    assert!(browser.url().await.ends_with(&reference), "back where the officer was going");
    picture(&browser, "2-case").await;

    browser.goto(&format!("{}/work", house.origin)).await;
    picture(&browser, "3-work-list").await;
    browser.click("main table a").await;
    browser.click("main a[href^='/letters/']").await;
    version(&browser, 1).await;
    assert!(browser.text("h1").await.eq_ignore_ascii_case("stage 1 acknowledgement"));
    let lacking = missing(&browser).await;
    assert!(lacking > 0, "a fresh draft lacks what only an officer can write");
    assert!(browser.text(".app-message").await.contains("wet again"));
    picture(&browser, "4-draft").await;

    browser.fill("resident", "Ms Poole").await;
    browser.fill("point-1-text", "Damp in the back bedroom came back after the repair in May.").await;
    browser.click("label[for='point-1-responsible']").await;
    browser.fill("point-2-text", "The street light outside is out.").await;
    browser.click("label[for='point-2-responsible-not-ours']").await;
    browser.click("button[value='add-point']").await;
    assert!(browser.text(".govuk-error-summary").await.contains("who is responsible for point 2"));
    picture(&browser, "5-mistake").await;
    browser.fill("point-2-whose", "Exampleton Council").await;
    browser.fill("outcome-1", "A dry wall.").await;
    browser.choose("handler", "Priya Nair").await;
    browser.click("section button[value='save']").await;
    version(&browser, 2).await;
    assert!(browser.text(".govuk-notification-banner").await.contains("Saved"));
    assert_eq!(missing(&browser).await, 0, "after {lacking} shortfalls none is left");
    let letter = browser.text_in_frame("iframe.app-letter", "body").await;
    for words in ["Ms Poole", "Damp in the back bedroom", "Exampleton Council", "A dry wall", "Priya Nair", &reference]
    {
        assert!(letter.contains(words), "{words}: {letter}");
    }
    picture(&browser, "6-complete").await;

    browser.click("button[value='approve']").await;
    browser.see("a[href*='preview']:not(form a)").await;
    assert!(browser.text(".govuk-notification-banner").await.contains("Approved"));
    picture(&browser, "7-approved").await;
    assert_eq!(house.scene.send().await.accepted, 1);
    let (_, sent) = house.scene.courier.given().pop().unwrap();
    assert!(String::from_utf8_lossy(&sent).contains(&reference));

    browser.goto(&format!("{}/cases/{reference}", house.origin)).await;
    picture(&browser, "8-acknowledged").await;
    browser.click("form[action$='/extension'] button").await;
    browser.fill("reason", "The surveyor can come on 18 November at the earliest.").await;
    browser.fill("new-by-day", "4").await;
    browser.fill("new-by-month", "12").await;
    browser.fill("new-by-year", "2026").await;
    browser.fill("updates", "by email every Friday").await;
    browser.click("section button[value='save']").await;
    version(&browser, 2).await;
    assert!(browser.text(".govuk-error-summary").await.contains("at the latest"));
    picture(&browser, "9-extension-too-late").await;
    browser.fill("new-by-day", "25").await;
    browser.fill("new-by-month", "11").await;
    browser.click("section button[value='save']").await;
    version(&browser, 3).await;
    assert_eq!(browser.count(".govuk-error-summary").await, 0);
    picture(&browser, "10-extension").await;
    browser.click("button[value='approve']").await;
    browser.see("a[href*='preview']:not(form a)").await;
    assert_eq!(house.scene.send().await.accepted, 1);
    browser.goto(&format!("{}/cases/{reference}", house.origin)).await;
    assert!(browser.text("main").await.contains("Wednesday 25 November 2026"));
    picture(&browser, "11-extended").await;

    browser.click(".app-sign-out button").await;
    browser.see("#password").await;
    assert!(browser.text(".govuk-notification-banner").await.contains("signed out"));
    let complaints: Vec<String> = browser.complaints().await;
    let unexpected: Vec<_> = complaints.iter().filter(|line| !line.contains("status of 422")).collect();
    assert!(unexpected.is_empty(), "{unexpected:?}");
}
