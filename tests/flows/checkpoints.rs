//! Once a day what the last line of the history is goes to whoever keeps it, and tells later.

use complaintsd::domain::chain::Checkpoint;
use complaintsd::reminders::Reminders;
use complaintsd::store::{Depth, HistoryCheck};
use jiff::SignedDuration;
use jiff::civil::{Date, date};

use crate::support::clock::morning;
use crate::support::scene::{Scene, address, stories};

stories!(each_london_day_has_one_checkpoint_and_whoever_keeps_them_gets_it, without_an_address_nothing_is_sent);

const KEEPER: &str = "records@council.example";
const MON_2_NOV: Date = date(2026, 11, 2);
const TUE_3_NOV: Date = date(2026, 11, 3);
const SUN_8_NOV: Date = date(2026, 11, 8);

fn reminders(scene: &Scene) -> Reminders {
    let mut reminders = scene.reminders();
    reminders.addresses.checkpoint = Some(address(KEEPER));
    reminders
}

async fn head(scene: &Scene) -> Checkpoint {
    scene.store.history_head().await.unwrap()
}

/// How many notices one pass queues, planned and done.
async fn pass(scene: &Scene) -> usize {
    let planned = reminders(scene).planned().await.unwrap();
    let queued = reminders(scene).run_once().await.unwrap();
    assert_eq!(queued, planned);
    queued.iter().filter(|notice| notice.to.as_str() == KEEPER).count()
}

async fn each_london_day_has_one_checkpoint_and_whoever_keeps_them_gets_it(scene: &mut Scene) {
    scene.clock.set(morning(MON_2_NOV));
    assert_eq!(pass(scene).await, 1);
    scene.a_complaint().await;
    scene.clock.set(morning(MON_2_NOV).checked_add(SignedDuration::from_hours(12)).unwrap());
    assert_eq!(pass(scene).await, 0, "the day has its checkpoint");
    scene.clock.set(morning(TUE_3_NOV));
    let tuesday = head(scene).await;
    assert_eq!(pass(scene).await, 1);
    scene.clock.set(morning(SUN_8_NOV));
    assert_eq!(pass(scene).await, 1, "down for four days: one, for the day that it is");

    scene.send().await;
    let kept = scene.courier.given_to(KEEPER);
    assert_eq!(kept.len(), 3);
    let read = complaintsd::ingest::read(&kept[1]);
    assert!(read.subject.contains("3 November 2026"), "{}", read.subject);
    let told = read.text.lines().find_map(|line| line.trim().parse::<Checkpoint>().ok()).unwrap();
    assert_eq!(told, tuesday, "{}", read.text);
    assert!(!read.text.contains("Ann"), "nothing of a resident's stands in it");

    let audit = scene.store.audit(&[told], Depth::Full).await.unwrap();
    assert!(matches!(audit.check, HistoryCheck::Sound { .. }) && audit.misfits.is_empty());
    let days: Vec<Date> = audit.taken.iter().map(|taken| taken.on).collect();
    assert_eq!(days, [MON_2_NOV, TUE_3_NOV, SUN_8_NOV]);
    assert_eq!(audit.taken[1].checkpoint, tuesday);
}

async fn without_an_address_nothing_is_sent(scene: &mut Scene) {
    scene.clock.set(morning(MON_2_NOV));
    assert!(scene.reminders().planned().await.unwrap().is_empty());
    assert!(scene.reminders().run_once().await.unwrap().is_empty());
    assert!(scene.store.has_checkpoint(MON_2_NOV).await.unwrap(), "it stands in the database and in the log");
}
