//! The extension's page: what the Code allows is shown before it is asked for, and what it does not
//! allow is told beside its field with nothing lost (6.4, 5.9).

use complaintsd::domain::letter::{LetterKind, LetterState};
use complaintsd::domain::words;
use jiff::ToSpan as _;
use jiff::civil::date;

use super::house::{Answer, Client, House};
use crate::support::clock::morning;

/// An acknowledged case, and its extension's page open. Acknowledged on Monday 2 November 2026, the
/// response is due on Monday 16 November, and can move to Monday 30 November.
async fn begun(house: &mut House) -> (Client, String) {
    let case = house.scene.an_acknowledged_case().await;
    let officer = house.officer().await;
    let page = officer.get(&format!("/cases/{}", case.reference)).await;
    assert!(page.has("Begin an extension letter") && page.has("Monday 30 November 2026"), "{}", page.body);
    let answer = officer.press(&format!("/cases/{}/extension", case.reference), &[]).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    let path = answer.location().split('?').next().unwrap().to_owned();
    assert!(officer.get(answer.location()).await.has("has been begun"));
    (officer, path)
}

async fn press(officer: &Client, path: &str, button: &str, new_by: (&str, &str, &str), updates: &str) -> Answer {
    let page = officer.get(path).await;
    let (csrf, version, digest) = (page.hidden("csrf"), page.hidden("version"), page.hidden("digest"));
    let fields = [
        ("csrf", csrf.as_str()),
        ("version", &version),
        ("digest", &digest),
        ("do", button),
        ("reason", "The surveyor comes on 18 November."),
        ("new-by-day", new_by.0),
        ("new-by-month", new_by.1),
        ("new-by-year", new_by.2),
        ("updates", updates),
        ("adjustments", ""),
        ("paragraph", ""),
    ];
    officer.post(path, &fields).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_extension_is_written_approved_and_moves_the_date() {
    let mut house = House::open().await;
    let (officer, path) = begun(&mut house).await;
    let page = officer.get(&path).await;
    assert!(page.has("due on Monday 16 November 2026") && page.has("Monday 30 November 2026 (6.4) at the latest"));
    let answer = press(&officer, &path, "save", ("25", "11", "2026"), "by email every Friday").await;
    let page = officer.get(answer.location()).await;
    assert!(page.has("Nothing is missing") && !page.has("There is a problem"), "{}", page.body);
    let answer = press(&officer, &path, "approve", ("25", "11", "2026"), "by email every Friday").await;
    assert!(answer.location().ends_with("told=approved"), "{}", answer.body);
    house.scene.send().await;
    let case = house.scene.cases().await.pop().unwrap();
    assert_eq!(case.next_deadline().unwrap().1, Some(date(2026, 11, 25)));
    let page = officer.get(&format!("/cases/{}", case.reference)).await;
    assert!(page.has("moves from Monday 16 November 2026 to Wednesday 25 November 2026"), "{}", page.body);
    // Another one is a manager's to give, for an exceptional reason.
    let begun = officer.press(&format!("/cases/{}/extension", case.reference), &[]).await;
    let second = begun.location().split('?').next().unwrap().to_owned();
    let answer = press(&officer, &second, "save", ("27", "11", "2026"), "by email every Friday").await;
    let page = officer.get(answer.location()).await;
    assert!(page.has("has been extended once already"), "{}", page.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn terms_the_code_does_not_allow_are_saved_and_told_beside_their_field() {
    let mut house = House::open().await;
    let (officer, path) = begun(&mut house).await;
    let wrong = [
        (("1", "12", "2026"), "The new date can be 30 November 2026 at the latest (6.4)"),
        (("16", "11", "2026"), "The new date must be after 16 November 2026"),
        (("21", "11", "2026"), "is not a working day"),
    ];
    for (new_by, words) in wrong {
        let answer = press(&officer, &path, "save", new_by, "every Friday").await;
        assert_eq!(answer.status, 303);
        let page = officer.get(answer.location()).await;
        assert!(page.has(words) && page.has("href=\"#new-by-day\""), "{words}: {}", page.body);
        assert!(page.has("The letter cannot be sent yet") && page.has(" disabled"));
        assert!(page.has("The surveyor comes") && page.has(&format!("value=\"{}\"", new_by.0)));
        let answer = press(&officer, &path, "approve", new_by, "every Friday").await;
        assert!(answer.status == 422 && answer.has(words), "{}", answer.body);
    }
    let answer = press(&officer, &path, "save", ("25", "11", "2026"), "").await;
    assert!(officer.get(answer.location()).await.has("href=\"#updates\""));
    let answer = press(&officer, &path, "save", ("31", "11", "2026"), "every Friday").await;
    assert!(answer.status == 422 && answer.has("value=\"31\"") && answer.has("The surveyor comes"));
    assert_eq!(house.waiting().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_the_due_date_no_extension_begins_and_none_begun_is_sent() {
    let mut house = House::open().await;
    let (officer, path) = begun(&mut house).await;
    press(&officer, &path, "save", ("25", "11", "2026"), "every Friday").await;
    house.scene.clock.set(morning(date(2026, 11, 17)));
    let officer = {
        drop(officer);
        house.officer().await
    };
    let page = officer.get(&path).await;
    assert!(page.has("This letter cannot be sent: the response was due on 16 November 2026"), "{}", page.body);
    let answer = press(&officer, &path, "approve", ("25", "11", "2026"), "every Friday").await;
    assert!(matches!(answer.status, 409 | 422), "{}", answer.status);
    // The letter carries the date it goes out on, so it was made anew first; now it is the newest.
    let answer = press(&officer, &path, "approve", ("25", "11", "2026"), "every Friday").await;
    assert!(answer.status == 422 && answer.has("only be given before the due date (6.4)"), "{}", answer.body);
    assert_eq!(house.waiting().await, 0);

    let case = house.scene.an_acknowledged_case().await;
    let due = case.next_deadline().unwrap().1.unwrap();
    house.scene.clock.set(morning(due.checked_add(1.day()).unwrap()));
    let officer = house.officer().await;
    let answer = officer.press(&format!("/cases/{}/extension", case.reference), &[]).await;
    assert_eq!(answer.status, 422);
    assert!(answer.has("There is a problem") && answer.has(&words::date(due)), "{}", answer.body);
    assert!(house.scene.letters(&case, LetterKind::StageOneExtension).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn before_the_acknowledgement_there_is_nothing_to_extend() {
    let mut house = House::open().await;
    let (case, letter) = house.scene.a_complaint().await;
    let officer = house.officer().await;
    assert!(officer.get(&format!("/cases/{}", case.reference)).await.has("Send the acknowledgement first"));
    let answer = officer.press(&format!("/cases/{}/extension", case.reference), &[]).await;
    assert!(answer.status == 422 && answer.has("No extension: send the acknowledgement first"));
    assert_eq!(house.scene.letter(letter.id).await.state, LetterState::Draft);
}
