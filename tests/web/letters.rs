//! The acknowledgement's page: nothing typed is lost, nothing unread is sent, and it is sent once.

use complaintsd::domain::ids::LetterId;
use complaintsd::domain::letter::LetterState;
use jiff::SignedDuration;

use super::house::{Desk, House};
use crate::support::scene::mail;

#[tokio::test(flavor = "multi_thread")]
async fn saving_makes_a_new_version_and_loses_no_text() {
    let mut house = House::open().await;
    let (case, letter) = house.scene.a_complaint().await;
    let officer = house.officer().await;
    let answer = Desk::at(&officer, letter.id).await.press(&officer, "save").await;
    assert_eq!((answer.status, answer.location()), (303, format!("/letters/{}?told=saved", letter.id).as_str()));
    assert_eq!(house.scene.letter(letter.id).await.version, 2);
    let case = house.scene.now(&case).await;
    assert_eq!(case.definition.points.len(), 2);
    assert_eq!(case.current.handler.unwrap().name, "Priya Nair");
    let page = officer.get(answer.location()).await;
    for text in ["Damp in the back bedroom", "Exampleton Council", "A dry wall", "Nothing is missing", "Saved."] {
        assert!(page.has(text), "{text}");
    }
    assert_eq!(house.waiting().await, 0, "saving sends nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_to_an_address_that_nobody_reads_is_refused_until_another_is_entered() {
    let mut house = House::open().await;
    house.scene.arrives(&mail(&[("From", "Survey <no-reply@survey.example.net>")], "Waste of everyone's time"));
    house.scene.poll().await;
    house.scene.draft().await;
    let officer = house.officer().await;
    let page = officer.get("/letters/1").await;
    assert!(page.has("Nobody reads answers sent to no-reply@survey.example.net"), "{}", page.body);
    assert!(!page.has("attachment"), "it has none");
    assert!(
        page.has("Nobody reads mail to no-reply@survey.example.net: ask the resident for an address"),
        "{}",
        page.body
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn enter_in_a_field_saves_and_adds_nothing() {
    let mut house = House::open().await;
    let (_, letter) = house.scene.a_complaint().await;
    let page = house.officer().await.get(&format!("/letters/{}", letter.id)).await;
    // Enter presses the form's first button (HTML, implicit submission).
    let first = page.body.split("<button type=\"submit\" name=\"do\"").nth(1).unwrap();
    assert!(first.trim_start().starts_with("value=\"save\""), "{first}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_incomplete_letter_is_refused_with_the_provisions() {
    let mut house = House::open().await;
    let (_, letter) = house.scene.a_complaint().await;
    let officer = house.officer().await;
    let page = officer.get(&format!("/letters/{}", letter.id)).await;
    assert!(page.has("cannot be sent yet") && page.has("disabled"));
    let fields = [("version", page.hidden("version")), ("digest", page.hidden("digest")), ("do", "approve".to_owned())];
    let mut fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    fields.push(("resident", "Ann Poole"));
    fields.push(("email", "ann@example.org"));
    let answer = officer.press(&format!("/letters/{}", letter.id), &fields).await;
    assert_eq!(answer.status, 422, "{}", answer.location());
    assert!(answer.has("There is a problem") && answer.has("(5.6)"), "{}", answer.body);
    assert_eq!(house.scene.letter(letter.id).await.state, LetterState::Draft);
    assert_eq!(house.waiting().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_none_is_told_beside_its_field_and_a_good_one_is_kept() {
    let mut house = House::open().await;
    let (_, letter) = house.scene.a_complaint().await;
    let officer = house.officer().await;
    let desk = Desk::at(&officer, letter.id).await.with("email", "ann at example");
    let answer = desk.press(&officer, "save").await;
    assert_eq!(answer.status, 422);
    assert!(answer.has("name@example.org") && answer.has("ann at example"), "{}", answer.body);
    let desk = Desk::at(&officer, letter.id).await.with("email", "ann.poole@example.com");
    assert_eq!(desk.press(&officer, "save").await.status, 303);
    let case = house.scene.store.case(letter.case).await.unwrap().unwrap();
    assert_eq!(case.resident.email.unwrap().as_str(), "ann.poole@example.com");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_no_mail_server_takes_is_a_no_in_words() {
    const ANN: &str = "ann-möller@example.org";
    let mut house = House::open().await;
    house.scene.arrives("From: Ann <ann-möller@example.org>\nMessage-ID: <umlaut@example.org>\n\nDamp.".as_bytes());
    house.scene.poll().await;
    house.scene.draft().await;
    let officer = house.officer().await;
    let letter = LetterId(1);
    house.scene.write(letter).await;
    let answer = Desk::at(&officer, letter).await.with("email", ANN).press(&officer, "approve").await;
    let answer = if answer.status == 303 {
        Desk::at(&officer, letter).await.with("email", ANN).press(&officer, "approve").await
    } else {
        answer
    };
    assert_eq!(answer.status, 422, "{}", answer.body);
    assert!(answer.has("only ASCII is possible before the @"), "{}", answer.body);
    assert_eq!(house.scene.letter(letter).await.state, LetterState::Draft);
    assert_eq!(house.waiting().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_presses_at_once_send_one_letter() {
    let mut house = House::open().await;
    let (officer, letter) = house.a_written_letter().await;
    let desk = std::sync::Arc::new(Desk::at(&officer, letter).await);
    let presses = (0..50).map(|_| {
        let (desk, officer) = (desk.clone(), officer.clone());
        tokio::spawn(async move { desk.press(&officer, "approve").await })
    });
    let mut told = Vec::new();
    for press in presses.collect::<Vec<_>>() {
        let answer = press.await.unwrap();
        assert_eq!(answer.status, 303, "{}", answer.body);
        told.push(answer.location().split("told=").nth(1).unwrap().to_owned());
    }
    assert_eq!(told.iter().filter(|told| *told == "approved").count(), 1);
    assert_eq!(told.iter().filter(|told| *told == "approved-before").count(), 49);
    assert_eq!(house.waiting().await, 1);
    assert_eq!(house.scene.letter(letter).await.state, LetterState::Approved);
    house.scene.must_be_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_press_is_told_kindly_before_and_after_sending() {
    let mut house = House::open().await;
    let (officer, letter) = house.a_written_letter().await;
    let desk = Desk::at(&officer, letter).await;
    let answer = desk.press(&officer, "approve").await;
    let page = officer.get(answer.location()).await;
    assert!(page.has("Approved. The letter is on its way") && page.has("waiting to be sent"), "{}", page.body);
    house.scene.send().await;
    let answer = desk.press(&officer, "approve").await;
    let page = officer.get(answer.location()).await;
    assert!(page.has("had been approved already") && page.has("Sent 2 November 2026"), "{}", page.body);
    assert!(page.has("250 2.0.0 Ok: queued"));
    assert_eq!(house.scene.courier.given().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn saving_what_has_been_approved_keeps_the_text_on_the_page() {
    let mut house = House::open().await;
    let (officer, letter) = house.a_written_letter().await;
    let desk = Desk::at(&officer, letter).await.with("paragraph", "One more thing.");
    house.scene.approve(letter).await.unwrap();
    let answer = desk.press(&officer, "save").await;
    assert_eq!(answer.status, 409);
    assert!(answer.has("One more thing.") && answer.has("This letter is approved already"), "{}", answer.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn approving_what_was_changed_in_the_same_breath_only_saves_it() {
    let mut house = House::open().await;
    let (officer, letter) = house.a_written_letter().await;
    let desk = Desk::at(&officer, letter).await.with("outcome-3", "A new carpet");
    let answer = desk.press(&officer, "approve").await;
    let page = officer.get(answer.location()).await;
    assert!(page.has("nothing was sent") && page.has("A new carpet"), "{}", page.body);
    assert_eq!(house.waiting().await, 0);
    let again = Desk::at(&officer, letter).await.with("outcome-3", "A new carpet").press(&officer, "approve").await;
    assert!(again.location().ends_with("told=approved"), "{}", again.body);
    assert_eq!(house.waiting().await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_overtaken_by_time_is_shown_anew_and_not_sent() {
    let mut house = House::open().await;
    let (officer, letter) = house.a_written_letter().await;
    let desk = Desk::at(&officer, letter).await;
    // Past midnight: the response date in the letter counts from another day.
    house.scene.clock.forward(SignedDuration::from_hours(24));
    let officer = {
        drop(officer);
        house.officer().await
    };
    let token = officer.get("/work").await.hidden("csrf");
    let desk = desk.with("csrf", &token);
    let answer = desk.press(&officer, "approve").await;
    assert_eq!(answer.status, 409);
    assert!(answer.has("you saw version 2, it is now version 3"), "{}", answer.body);
    assert_eq!(answer.hidden("version"), "3");
    assert_eq!(house.waiting().await, 0);
    let answer = Desk::at(&officer, letter).await.press(&officer, "approve").await;
    assert!(answer.location().ends_with("told=approved"));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_officers_do_not_overwrite_each_other_unawares() {
    let mut house = House::open().await;
    let (priya, letter) = house.a_written_letter().await;
    house.hires("owen@landlord.example", "Owen Hughes").await;
    let owen = house.officer_called("owen@landlord.example").await;
    let of_owen = Desk::at(&owen, letter).await.with("paragraph", "Owen was here.");
    let of_priya = Desk::at(&priya, letter).await.with("paragraph", "Priya was here.");
    assert_eq!(of_priya.press(&priya, "save").await.status, 303);
    for button in ["save", "approve"] {
        let answer = of_owen.press(&owen, button).await;
        assert_eq!(answer.status, 409);
        assert!(answer.has("Owen was here.") && answer.has("version 3, by Priya Nair"), "{}", answer.body);
    }
    assert_eq!(house.scene.letter(letter).await.content.parts["extra"], "Priya was here.");
    let knowing = Desk::at(&owen, letter).await.with("paragraph", "Owen was here.");
    assert_eq!(knowing.press(&owen, "save").await.status, 303);
    assert_eq!(house.scene.letter(letter).await.content.parts["extra"], "Owen was here.");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_typed_before_midnight_is_saved_after_it() {
    let mut house = House::open().await;
    let (_, letter) = house.a_written_letter().await;
    house.scene.clock.set("2026-11-02T23:50:00Z".parse().unwrap());
    let officer = house.officer().await;
    let desk = Desk::at(&officer, letter).await.with("paragraph", "The surveyor comes on Thursday.");
    // Nobody has written since: the draft was only brought up to the new day.
    house.scene.clock.set("2026-11-03T00:10:00Z".parse().unwrap());
    assert_eq!(house.scene.draft().await.renewed, 1);
    assert_eq!(desk.press(&officer, "save").await.status, 303);
    assert_eq!(house.scene.letter(letter).await.content.parts["extra"], "The surveyor comes on Thursday.");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mistake_keeps_what_was_typed_and_leads_to_its_field() {
    let mut house = House::open().await;
    let (_, letter) = house.scene.a_complaint().await;
    let officer = house.officer().await;
    let desk = Desk::at(&officer, letter.id).await;
    let desk = desk.with("point-2-whose", "").with("point-3-text", "A third point").with("handler", "x");
    let answer = desk.press(&officer, "save").await;
    assert_eq!(answer.status, 422);
    for text in [
        "<title>Error: ",
        "href=\"#point-2-whose\"",
        "href=\"#point-3-responsible\"",
        "href=\"#handler\"",
        "A third point",
        "A dry wall",
        "Thank you for the photographs.",
        "value=\"Ann Poole\"",
    ] {
        assert!(answer.has(text), "{text}");
    }
    assert_eq!(house.scene.letter(letter.id).await.version, 1, "nothing half-written is stored");
    // One more row, with the mistakes still in place.
    let answer = desk.press(&officer, "add-point").await;
    assert!(answer.status == 422 && answer.has("id=\"point-4-text\"") && answer.has("A third point"));
}

#[tokio::test(flavor = "multi_thread")]
async fn asking_for_a_row_saves_and_leads_to_the_new_row() {
    let mut house = House::open().await;
    let (_, letter) = house.scene.a_complaint().await;
    let officer = house.officer().await;
    let desk = Desk::at(&officer, letter.id).await;
    let answer = desk.press(&officer, "add-point").await;
    assert_eq!(answer.location(), format!("/letters/{}?told=saved&points=4#point-3-text", letter.id));
    let page = officer.get(answer.location().split('#').next().unwrap()).await;
    assert!(page.has("id=\"point-4-text\"") && page.has("Damp in the back bedroom"));
    let desk = Desk::at(&officer, letter.id).await;
    let answer = desk.press(&officer, "add-outcome").await;
    assert_eq!(answer.location(), format!("/letters/{}?told=saved&outcomes=4#outcome-3", letter.id));
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_text_is_kept_as_text_and_breaks_nothing() {
    let mut house = House::open().await;
    let (case, letter) = house.scene.a_complaint().await;
    let officer = house.officer().await;
    let long = "wörd ".repeat(2_000);
    let script = "<script>alert(1)</script></textarea>{{case.reference}} [x](javascript:alert(1))";
    let desk = Desk::at(&officer, letter.id).await;
    let desk = desk.with("resident", "Ann\0 \u{202e}Poole\u{7}").with("point-1-text", script).with("outcome-1", &long);
    let answer = desk.press(&officer, "save").await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    let case = house.scene.now(&case).await;
    assert_eq!(case.resident.name, "Ann \u{202e}Poole");
    assert_eq!(case.definition.points[0].text, script);
    assert_eq!(case.definition.outcomes[0], long.trim());
    let page = officer.get(answer.location()).await;
    let preview = officer.get(&format!("/letters/{}/preview?version=2", letter.id)).await;
    let work = officer.get("/work").await;
    let shown = officer.get(&format!("/cases/{}", case.reference)).await;
    for page in [&page, &preview, &work, &shown] {
        assert_eq!(page.status, 200);
        assert!(!page.has("<script") && !page.has("</textarea>{{") && !page.has("href=\"javascript"));
    }
    // What was shown is what is approved, and it goes out.
    let again = Desk::at(&officer, letter.id).await;
    let again = again.with("resident", "Ann \u{202e}Poole").with("point-1-text", script).with("outcome-1", &long);
    assert!(again.press(&officer, "approve").await.location().ends_with("told=approved"));
    assert_eq!(house.scene.send().await.accepted, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disabled_handler_is_refused_beside_the_field() {
    let mut house = House::open().await;
    let (_, letter) = house.scene.a_complaint().await;
    house.hires("owen@landlord.example", "Owen Hughes").await;
    let officer = house.officer().await;
    let mut tx = house.scene.store.begin().await.unwrap();
    tx.disable_officer(
        complaintsd::domain::ids::OfficerId(2),
        &complaintsd::domain::people::Actor::Operator,
        house.scene.clock_now(),
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    assert!(!officer.get(&format!("/letters/{}", letter.id)).await.has("Owen Hughes"));
    for handler in ["2", "99"] {
        let answer = Desk::at(&officer, letter.id).await.with("handler", handler).press(&officer, "save").await;
        assert!(answer.status == 422 && answer.has("href=\"#handler\""), "{}", answer.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_frame_shows_the_version_asked_for_or_says_that_it_was_replaced() {
    let mut house = House::open().await;
    let (officer, letter) = house.a_written_letter().await;
    let newest = officer.get(&format!("/letters/{letter}/preview?version=2")).await;
    assert!(newest.status == 200 && newest.has("Damp in the back bedroom"));
    for version in ["1", "3", "", "x"] {
        let answer = officer.get(&format!("/letters/{letter}/preview?version={version}")).await;
        assert!(answer.status == 409 && answer.has("has been replaced"), "{version}");
        assert!(answer.header("content-security-policy").unwrap().contains("sandbox"));
    }
}
