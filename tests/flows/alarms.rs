//! Alarms reach whoever runs complaintsd by e-mail: once settled, again for a new one, daily until all are gone.

use complaintsd::reminders::Reminders;
use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};

use crate::support::clock::morning;
use crate::support::scene::{Scene, address, stories};

stories!(alarms_are_told_once_settled_again_when_new_and_daily_until_they_are_gone);

const OPERATORS: &str = "on-call@landlord.example";
const MAILBOX: &str = "Mail is not being read. complaints: the server refused the password.";
const COURIER: &str = "Letters are not going out. The mail server does not answer.";

fn later(scene: &Scene, minutes: i64) -> Timestamp {
    scene.clock_now().checked_add(SignedDuration::from_mins(minutes)).unwrap()
}

/// How many notices to the operators one pass queues, planned and done.
async fn pass(scene: &Scene, minutes: i64) -> usize {
    scene.clock.set(later(scene, minutes));
    let mut reminders: Reminders = scene.reminders();
    reminders.addresses.operators = address(OPERATORS);
    let planned = reminders.planned().await.unwrap();
    let queued = reminders.run_once().await.unwrap();
    assert_eq!(queued, planned);
    queued.iter().filter(|notice| notice.to.as_str() == OPERATORS).count()
}

/// Lessons 12.
async fn alarms_are_told_once_settled_again_when_new_and_daily_until_they_are_gone(scene: &mut Scene) {
    // A Saturday: whoever is on call is at work.
    scene.clock.set(morning(date(2026, 11, 14)));
    assert_eq!(pass(scene, 0).await, 0, "no alarm stands");
    scene.store.raise_alarm("mailbox:complaints", MAILBOX, scene.clock_now()).await.unwrap();
    assert_eq!(pass(scene, 4).await, 0, "what mends itself at once wakes nobody");
    assert_eq!(pass(scene, 1).await, 1);
    assert_eq!(pass(scene, 60).await, 0, "told of");
    scene.store.raise_alarm("courier", COURIER, scene.clock_now()).await.unwrap();
    assert_eq!(pass(scene, 5).await, 1, "a new one");
    scene.store.clear_alarm("courier").await.unwrap();
    assert_eq!(pass(scene, 5).await, 0, "the older one was told of today");
    assert_eq!(pass(scene, 24 * 60).await, 1, "a day later it still stands");
    scene.store.clear_alarm("mailbox:complaints").await.unwrap();
    assert_eq!(pass(scene, 24 * 60).await, 0, "all are gone");

    scene.send().await;
    let given: Vec<_> =
        scene.courier.given_to(OPERATORS).iter().map(|bytes| complaintsd::ingest::read(bytes)).collect();
    let told = |text: &str| given.iter().map(|mail| mail.text.contains(text)).collect::<Vec<_>>();
    let flat = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat(&given[0].text).contains(MAILBOX), "{}", given[0].text);
    assert!(flat(&given[0].text).contains("14 November 2026 at"), "{}", given[0].text);
    assert_eq!(told("Letters are not"), [false, true, false]);
    assert_eq!(told("Mail is not"), [true, true, true]);
    assert!(given[1].subject.contains("2 things"), "{}", given[1].subject);
}
