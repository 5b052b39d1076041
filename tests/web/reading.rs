//! The pages that only show: lists, a contact and its bytes, a letter's way out, and warnings.

use complaintsd::domain::delivery::Handover;
use complaintsd::domain::letter::LetterState;
use jiff::SignedDuration;
use jiff::civil::date;

use super::house::House;
use crate::support::clock::morning;
use crate::support::scene::mail;

#[tokio::test(flavor = "multi_thread")]
async fn a_contact_is_shown_as_text_and_its_bytes_are_saved_not_shown() {
    let mut house = House::open().await;
    let bytes = mail(&[("From", "Ann Poole <ann@example.org>")], "<b>Wet</b> <script>alert(1)</script> wall");
    house.scene.arrives(&bytes);
    house.scene.poll().await;
    let officer = house.officer().await;
    let page = officer.get("/contacts/1").await;
    assert!(page.has("&#60;b&#62;Wet") && !page.has("<b>Wet") && page.has("CMP-2026-00001"), "{}", page.body);
    let raw = officer.get("/contacts/1/raw").await;
    assert_eq!(raw.header("content-type"), Some("application/octet-stream"));
    assert_eq!(
        raw.header("content-disposition"),
        Some("attachment; filename=\"contact-1.eml\"; filename*=UTF-8''contact-1.eml")
    );
    assert_eq!(raw.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(raw.header("content-security-policy"), Some("default-src 'none'; sandbox"));
    assert_eq!(raw.body.as_bytes(), bytes);
}

#[tokio::test(flavor = "multi_thread")]
async fn contacts_are_listed_newest_first_fifty_a_page() {
    let mut house = House::open().await;
    for number in 0..51 {
        let id = format!("<{number}@mail.example.org>");
        let subject = format!("Message {number}.");
        house.scene.arrives(&mail(&[("From", "ann@example.org"), ("Message-ID", &id), ("Subject", &subject)], "Wet."));
    }
    house.scene.poll().await;
    let officer = house.officer().await;
    let newest = officer.get("/contacts").await;
    assert!(newest.has("Message 50.") && newest.has("Message 1.") && !newest.has("Message 0."));
    assert!(newest.has("href=\"/contacts?before=2\""), "{}", newest.body);
    let older = officer.get("/contacts?before=2").await;
    assert!(older.has("Message 0.") && !older.has("Message 1.") && older.has("href=\"/contacts\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_exist_is_a_page_that_says_so() {
    let house = House::open().await;
    let officer = house.officer().await;
    let paths = [
        "/contacts/99",
        "/contacts/x",
        "/contacts/99/raw",
        "/cases/CMP-2026-00042-P",
        "/cases/nonsense",
        "/letters/99",
        "/letters/99999999999999999999",
        "/letters/99/preview?version=1",
        "/nowhere",
    ];
    for path in paths {
        let answer = officer.get(path).await;
        assert!(answer.status == 404 && answer.has("Page not found"), "{path}: {}", answer.head);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_work_list_says_what_is_due_and_what_is_wrong() {
    let mut house = House::open().await;
    let (case, letter) = house.scene.an_approved_acknowledgement().await;
    let officer = house.officer().await;
    let page = officer.get("/work").await;
    assert!(page.has(&case.reference.to_string()) && page.has("5 working days left"), "{}", page.body);
    assert!(!page.has("Something is not working"));
    house.scene.clock.forward(SignedDuration::from_mins(16));
    let mut tx = house.scene.store.begin().await.unwrap();
    tx.raise_alarm("mailbox:complaints", "The mailbox cannot be read.", house.scene.clock_now()).await.unwrap();
    tx.commit().await.unwrap();
    let page = officer.get("/work").await;
    assert!(page.has("1 message is waiting to be sent, the oldest since 2 November 2026 at 10:00am"), "{}", page.body);
    assert!(page.has("The mailbox cannot be read. (since 2 November 2026 at 10:16am)"));
    assert_eq!(house.scene.letter(letter.id).await.state, LetterState::Approved);

    let ends = house.scene.desk.calendar.covered_to();
    house.scene.clock.set(morning(date(ends.year() - 1, ends.month(), ends.day())));
    assert!(!house.officer().await.get("/work").await.has("The bank holidays are known only to"));
    house.scene.clock.forward(SignedDuration::from_hours(24));
    assert!(house.officer().await.get("/work").await.has("The bank holidays are known only to"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letters_way_out_is_told_in_the_mail_servers_words() {
    let mut house = House::open().await;
    let (case, letter) = house.scene.an_approved_acknowledgement().await;
    let officer = house.officer().await;
    let path = format!("/letters/{}", letter.id);
    let answers = ["451 4.3.0 try later".to_owned(), "550 5.1.1 no such user".to_owned()];
    let [later, never] = answers;
    house.scene.courier.will_answer([Handover::TemporaryFailure(later), Handover::PermanentFailure(never)]);
    house.scene.send().await;
    let page = officer.get(&path).await;
    assert!(page.has("has not taken it yet. Next attempt: ") && page.has("451 4.3.0 try later"), "{}", page.body);
    assert!(page.has("by Priya Nair, 2 November 2026 at 10:00am"));
    house.scene.clock.forward(SignedDuration::from_mins(5));
    house.scene.send().await;
    let page = officer.get(&format!("{path}?told=approved")).await;
    assert!(page.has("550 5.1.1 no such user") && page.has("451 4.3.0"), "{}", page.body);
    assert!(page.has("The resident has not received this letter") && !page.has("on its way"));
    assert!(officer.get(&format!("/cases/{}", case.reference)).await.has("not delivered"));
}
