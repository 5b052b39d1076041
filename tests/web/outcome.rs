//! The pages on which an outcome is written and what comes next is chosen: in bare HTTP.

use complaintsd::domain::outcome::Pence;

use super::house::House;

#[tokio::test(flavor = "multi_thread")]
async fn an_outcome_waits_for_the_acknowledgement_and_then_takes_dates_as_people_write_them() {
    let mut house = House::open().await;
    let (case, letter) = house.scene.a_complaint().await;
    let officer = house.officer().await;
    let (page, path) = (format!("/cases/{}", case.reference), format!("/cases/{}/outcome", case.reference));
    assert!(!officer.get(&page).await.has("Write the outcome"));
    let early = officer.get(&path).await;
    assert!(early.has("Define the complaint first") && !early.has("<textarea"), "{}", early.body);
    assert!(early.has(&format!("href=\"/letters/{}\"", letter.id)), "{}", early.body);

    house.scene.write(letter.id).await;
    house.scene.approve(letter.id).await.unwrap();
    house.scene.send().await;
    assert!(officer.get(&page).await.has("Write the outcome"));
    let fields = [
        ("do", "save"),
        ("answer-1-finding", "upheld"),
        ("answer-1-reasons", "The log shows it."),
        ("remedy-1-kind", "money"),
        ("remedy-1-what", "Paid to you"),
        ("remedy-1-impact", "A cold winter"),
        ("remedy-1-amount", "50"),
        ("remedy-1-by", "31 2 2027"),
        ("action-1-what", "Treat the mould"),
        ("action-1-owner", "Sam"),
        ("action-1-by", "27/3/2027"),
    ];
    let wrong = officer.press(&path, &fields).await;
    assert!(wrong.status == 422 && wrong.has("Enter a date as day, month and year"), "{}", wrong.body);
    assert!(wrong.has("value=\"31 2 2027\"") && wrong.has("For example, 27 3 2027"), "nothing typed is lost");
    let fields = fields.map(|(id, text)| if text == "31 2 2027" { (id, "") } else { (id, text) });
    let saved = officer.press(&path, &fields).await;
    assert!(saved.status == 303, "{}", saved.body);
    let outcome = house.scene.now(&case).await.current.outcome.unwrap();
    assert_eq!((outcome.money(), outcome.promises[0].by.to_string()), (Pence(5_000), "2027-03-27".to_owned()));
    assert!(officer.get(&path).await.has("value=\"27 3 2027\""), "shown as it may be entered");
}

/// 3.2, 6.2: every date follows from a receipt that two officers have corrected.
#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_is_corrected_on_its_page_by_two_officers() {
    let mut house = House::open().await;
    house.hires("owen@landlord.example", "Owen Hughes").await;
    let (case, _) = house.scene.a_complaint().await;
    let (priya, owen) = (house.officer().await, house.officer_called("owen@landlord.example").await);
    let path = format!("/cases/{}/received", case.reference);
    let blank = priya.press(&path, &[("do", "propose"), ("day", "30 10"), ("reason", "Stamped")]).await;
    assert!(blank.status == 422 && blank.has("Enter a date") && blank.has("30 10"), "{}", blank.body);
    let fields = [("do", "propose"), ("day", "30 10 2026"), ("time", "9:00"), ("reason", "Stamped by <reception>")];
    assert_eq!(priya.press(&path, &fields).await.status, 303);
    assert_eq!(house.scene.now(&case).await.current, case.current, "a proposal moves nothing");
    assert!(priya.get(&format!("/cases/{}", case.reference)).await.has("another officer confirms it or not"));

    let confirm = [("do", "confirm 2026-10-30T09:00:00Z")];
    let alone = priya.press(&path, &confirm).await;
    assert!(alone.status == 422 && alone.has("a second person must confirm it"), "{}", alone.body);
    let page = owen.get(&path).await;
    assert!(page.has("value=\"confirm 2026-10-30T09:00:00Z\"") && page.has("Stamped by &#60;reception&#62;"));
    assert_eq!(owen.press(&path, &[("do", "drop")]).await.status, 422, "why");
    assert_eq!(owen.press(&path, &confirm).await.status, 303);
    let now = house.scene.now(&case).await;
    assert_eq!(now.current.received_at.to_string(), "2026-10-30T09:00:00Z");
    assert_eq!(now.current.acknowledge_by.unwrap().to_string(), "2026-11-06");
    assert!(priya.get(&format!("/cases/{}", case.reference)).await.has("30 October 2026 at 9:00am"));
}
