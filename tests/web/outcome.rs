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
