//! The manager's digest: what needs somebody, once a day or a week, found by what stands in the database.

use complaintsd::domain::reminders::{DigestTo, Every};
use complaintsd::reminders::Reminders;
use jiff::civil::{Date, date};

use crate::support::clock::morning;
use crate::support::scene::{Scene, address, stories};

stories!(
    a_digest_counts_what_needs_somebody_and_names_no_resident,
    a_weekly_digest_comes_on_the_first_working_day_of_the_week_and_once,
    nobody_gets_a_digest_who_does_not_want_one,
);

const HEAD: &str = "head@landlord.example";

fn reminders(scene: &Scene, every: Option<Every>) -> Reminders {
    let mut reminders = scene.reminders();
    reminders.addresses.digest = every.map(|every| DigestTo { address: address(HEAD), every });
    reminders
}

/// The subjects of the digests that a pass on this day queues.
async fn digests(scene: &Scene, every: Option<Every>, on: Date) -> Vec<String> {
    scene.clock.set(morning(on));
    let planned = reminders(scene, every).planned().await.unwrap();
    let queued = reminders(scene, every).run_once().await.unwrap();
    assert_eq!(queued, planned);
    queued.into_iter().filter(|notice| notice.to.as_str() == HEAD).map(|notice| notice.subject).collect()
}

async fn a_digest_counts_what_needs_somebody_and_names_no_resident(scene: &mut Scene) {
    // Received on Monday 2 November: acknowledge by Monday 9 November.
    scene.clock.set(morning(date(2026, 11, 2)));
    let (case, letter) = scene.a_complaint().await;
    let subject = digests(scene, Some(Every::Day), date(2026, 11, 3)).await;
    assert_eq!(subject, ["Complaints today: 0 overdue, 1 due, 1 undecided, 0 to approve"]);

    scene.write(letter.id).await;
    let subject = digests(scene, Some(Every::Day), date(2026, 11, 10)).await;
    assert_eq!(subject, ["Complaints today: 1 overdue, 0 due, 0 undecided, 1 to approve"]);
    scene.send().await;
    let sent = scene.courier.given_to(HEAD).pop().unwrap();
    let text = complaintsd::ingest::read(&sent).text.replace('\n', " ");
    let reference = case.reference.to_string();
    for words in [reference.as_str(), "stage 1 acknowledgement, due", "overdue by 1 working day", "Priya"] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert!(!text.contains("Ann") && !text.contains("boiler"), "{text}");
}

async fn a_weekly_digest_comes_on_the_first_working_day_of_the_week_and_once(scene: &mut Scene) {
    scene.clock.set(morning(date(2026, 11, 2)));
    scene.a_complaint().await;
    let week = Some(Every::Week);
    assert!(digests(scene, week, date(2026, 11, 7)).await.is_empty(), "not on a Saturday");
    assert_eq!(digests(scene, week, date(2026, 11, 9)).await.len(), 1);
    assert!(digests(scene, week, date(2026, 11, 10)).await.is_empty());
    // After downtime, and on no bank holiday: Friday 25 December, and Monday 28 December for Boxing Day.
    assert!(digests(scene, week, date(2026, 12, 28)).await.is_empty());
    assert_eq!(digests(scene, week, date(2026, 12, 29)).await.len(), 1);
}

async fn nobody_gets_a_digest_who_does_not_want_one(scene: &mut Scene) {
    scene.clock.set(morning(date(2026, 11, 2)));
    scene.a_complaint().await;
    assert!(digests(scene, None, date(2026, 11, 9)).await.is_empty());
}
