//! Letters by post and overrides, on the pages.

use complaintsd::domain::commands::{CaseCommand, PeopleCommand};
use complaintsd::domain::letter::LetterState;
use complaintsd::domain::people::Role;

use super::house::{Desk, House};
use crate::support::scene::Scene;

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_is_printed_posted_and_comes_back_on_its_pages() {
    let mut house = House::open().await;
    let (officer, letter) = house.a_written_letter().await;
    let reference = house.scene.letter(letter).await.case_ref;
    let record = format!("/cases/{reference}/record");
    let preference = [("contact", "post"), ("format", "standard"), ("language", "")];
    assert_eq!(officer.press(&format!("{record}/preference"), &preference).await.status, 303);
    let page = officer.get(&format!("/letters/{letter}")).await;
    assert!(page.has("go by post, and there is no postal address"), "{}", page.body);
    let blank = officer.press(&format!("{record}/postal-address"), &[("address", "Exampleton")]).await;
    assert!(
        blank.status == 422 && blank.has("Write the address in lines") && blank.has("Exampleton"),
        "{}",
        blank.body
    );
    let address = [("address", "12 Mill Lane\r\nExampleton\r\nEX1 2AB")];
    assert_eq!(officer.press(&format!("{record}/postal-address"), &address).await.status, 303);
    assert!(officer.get(&format!("/cases/{reference}")).await.has("Postal address: 12 Mill Lane, Exampleton, EX1 2AB"));

    let desk = Desk::at(&officer, letter).await;
    assert!(officer.get(&format!("/letters/{letter}")).await.has("12 Mill Lane, Exampleton, EX1 2AB (by post)"));
    let page = officer.get(desk.press(&officer, "approve").await.location()).await;
    for text in ["Print the letter, post it, and record that", "waiting to be posted", "Record that it was posted"] {
        assert!(page.has(text), "{text}: {}", page.body);
    }
    assert_eq!(house.waiting().await, 0, "no e-mail");
    let work = officer.get("/work").await;
    assert!(work.has("To be posted") && work.has(&format!("/letters/{letter}")), "{}", work.body);
    let pdf = officer.get(&format!("/letters/{letter}/print")).await;
    assert_eq!((pdf.status, pdf.header("content-type")), (200, Some("application/pdf")));
    assert!(pdf.bytes.starts_with(b"%PDF-"));

    let posted = format!("/letters/{letter}/post/posted");
    assert!(officer.get(&posted).await.has("Posted by"));
    let wrong = officer.press(&posted, &[("day", "2 11 2026"), ("time", "soon"), ("by", "Sam Hill")]).await;
    assert!(wrong.status == 422 && wrong.has("hours and minutes") && wrong.has("Sam Hill"), "{}", wrong.body);
    let early = officer.press(&posted, &[("day", "1 11 2026"), ("time", "9:00"), ("by", "Sam Hill")]).await;
    assert!(early.status == 422 && early.has("cannot have been posted before"), "{}", early.body);
    let done = officer.press(&posted, &[("day", "2 11 2026"), ("time", "10:00"), ("by", "Sam Hill")]).await;
    let page = officer.get(done.location()).await;
    assert!(page.has("Posted 2 November 2026 at 10:00am by Sam Hill"), "{} {}", done.body, page.body);
    assert!(!officer.get("/work").await.has("To be posted"));

    let back = [("day", "2 11 2026"), ("reason", "addressee gone away")];
    let page = officer.get(officer.press(&format!("/letters/{letter}/post/returned"), &back).await.location()).await;
    assert!(page.has("it came back by post"), "{}", page.body);
    let case = officer.get(&format!("/cases/{reference}")).await;
    assert!(case.has("addressee gone away") && case.has("ask for another address"), "{}", case.body);
    house.scene.must_be_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_no_font_has_is_told_before_a_letter_is_approved_for_post() {
    let mut house = House::open().await;
    let (officer, letter) = house.a_written_letter().await;
    let case = house.scene.cases().await.pop().unwrap();
    let casework = house.scene.casework();
    let record = |command| casework.act(&house.scene.officer, case.reference, command);
    record(CaseCommand::People(PeopleCommand::Postal("12 Mill Lane, Exampleton".parse().unwrap()))).await.unwrap();
    let preference = [("contact", "post"), ("format", "standard"), ("language", "")];
    officer.press(&format!("/cases/{}/record/preference", case.reference), &preference).await;
    record(CaseCommand::NameResident { name: "王 芳".to_owned() }).await.unwrap();
    let page = officer.get(&format!("/letters/{letter}")).await;
    assert!(page.has("No font has") && page.has("王") && page.has("U+738B"), "{}", page.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_senior_officer_overrides_what_is_missing_on_the_page_where_that_is_allowed() {
    let mut scene = Scene::on_sqlite().await;
    scene.approval.may_override.insert("handler".to_owned());
    let mut house = House::opened(scene, None).await;
    let (_, letter) = house.scene.a_complaint().await;
    house.hires_as("owen@landlord.example", "Owen Hughes", Role::Manager).await;
    let (priya, owen) = (house.officer().await, house.officer_called("owen@landlord.example").await);
    Desk::at(&priya, letter.id).await.with("handler", "").press(&priya, "save").await;
    assert!(priya.get(&format!("/letters/{}", letter.id)).await.has("Why it may go without what is missing"));
    let why = "The team answers until the handler is chosen.";
    let desk = |client| async move { Desk::at(client, letter.id).await.with("handler", "").with("override", why) };
    let refused = desk(&priya).await.press(&priya, "approve").await;
    assert!(refused.status == 422 && refused.has("another senior officer"), "{}", refused.body);
    let page = owen.get(desk(&owen).await.press(&owen, "approve").await.location()).await;
    assert!(page.has(why.trim_end_matches('.')) && page.has("Decided by Owen Hughes"), "{}", page.body);
    assert_eq!(house.scene.letter(letter.id).await.state, LetterState::Approved);
}
