//! Reminders: one for each rung, to whoever can act, on working days, whatever happened to the
//! daemon meanwhile; and once a day the list of what is overdue.

use std::time::Duration;

use complaintsd::domain::case::Case;
use complaintsd::domain::events::CaseEvent;
use complaintsd::domain::people::{Actor, Role};
use complaintsd::domain::stage::Stage;
use complaintsd::reminders::DueNotice;
use complaintsd::store::NewOfficer;
use jiff::civil::{Date, date};

use crate::support::clock::{at, morning};
use crate::support::scene::{Scene, address, killed_after, stories};

stories!(
    each_rung_before_the_acknowledgement_is_reminded_of_once,
    the_handler_is_reminded_once_there_is_one,
    a_handler_who_has_left_is_not_the_one_to_remind,
    a_reminder_that_cannot_be_written_holds_no_other_up,
    after_downtime_only_the_rung_of_today_is_reminded_of,
    nobody_is_reminded_on_weekends_and_bank_holidays,
    after_the_acknowledgement_the_response_is_reminded_of,
    an_extension_brings_reminders_of_the_new_date,
    the_manager_gets_what_is_overdue_once_each_working_day,
    a_reminder_whose_duty_is_done_meanwhile_is_not_queued,
    a_reminder_run_that_is_killed_anywhere_reminds_once,
);

// Received on Monday 2 November: acknowledge by Monday 9 November. Rungs: two days before, and the day.
const MON_2_NOV: Date = date(2026, 11, 2);
const WED_4_NOV: Date = date(2026, 11, 4);
const THU_5_NOV: Date = date(2026, 11, 5);
const FRI_6_NOV: Date = date(2026, 11, 6);
const MON_9_NOV: Date = date(2026, 11, 9);
const TUE_10_NOV: Date = date(2026, 11, 10);
const WED_11_NOV: Date = date(2026, 11, 11);

/// The recipients of what one pass on this day queues.
async fn on(scene: &Scene, day: Date) -> Vec<String> {
    scene.clock.set(morning(day));
    let planned = scene.reminders().planned().await.unwrap();
    assert_eq!(scene.reminders().planned().await.unwrap(), planned, "planning changes nothing");
    let queued = scene.reminders().run_once().await.unwrap();
    assert_eq!(queued, planned);
    assert_eq!(scene.reminders().run_once().await.unwrap(), Vec::<DueNotice>::new(), "never twice");
    queued.into_iter().map(|notice| notice.to.to_string()).collect()
}

async fn reminded(scene: &Scene, case: &Case) -> usize {
    let events = scene.events(case).await;
    events.iter().filter(|event| matches!(event, CaseEvent::Reminded { .. })).count()
}

const NOBODY: Vec<String> = Vec::new();
const TEAM: &str = "team@landlord.example";
const PRIYA: &str = "priya@landlord.example";
const MANAGER: &str = "manager@landlord.example";

async fn each_rung_before_the_acknowledgement_is_reminded_of_once(scene: &mut Scene) {
    scene.clock.set(morning(MON_2_NOV));
    let (case, _) = scene.a_complaint().await;
    assert_eq!(on(scene, MON_2_NOV).await, NOBODY);
    assert_eq!(on(scene, WED_4_NOV).await, NOBODY);
    assert_eq!(on(scene, THU_5_NOV).await, [TEAM]);
    assert_eq!(on(scene, FRI_6_NOV).await, NOBODY, "the rung of Thursday has been reminded of");
    assert_eq!(on(scene, MON_9_NOV).await, [TEAM]);
    assert_eq!(reminded(scene, &case).await, 2);

    assert_eq!(scene.send().await.accepted, 2);
    let notices = scene.courier.given_to(TEAM);
    assert_eq!(notices.len(), 2);
    let read = complaintsd::ingest::read(&notices[0]);
    assert!(read.subject.contains(&case.reference.to_string()), "{}", read.subject);
    let said = read.text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains("due by the end of Monday 9 November 2026, 2 working days left."), "{said}");
    assert!(!read.text.contains("Ann"), "nothing of the resident's stands in a reminder");
    assert!(String::from_utf8_lossy(&notices[0]).contains("Auto-Submitted: auto-generated"));
    // It lands in our own mailbox, perhaps, and must not become a complaint there.
    scene.arrives(&notices[0]);
    assert_eq!(scene.poll().await.cases, 0);
}

async fn the_handler_is_reminded_once_there_is_one(scene: &mut Scene) {
    scene.clock.set(morning(MON_2_NOV));
    let (_, letter) = scene.a_complaint().await;
    assert_eq!(on(scene, THU_5_NOV).await, [TEAM]);
    scene.write(letter.id).await;
    assert_eq!(on(scene, FRI_6_NOV).await, NOBODY, "a new handler does not make a new rung");
    assert_eq!(on(scene, MON_9_NOV).await, [PRIYA]);
}

async fn a_handler_who_has_left_is_not_the_one_to_remind(scene: &mut Scene) {
    scene.clock.set(morning(MON_2_NOV));
    let (_, letter) = scene.a_complaint().await;
    scene.write(letter.id).await;
    let mut tx = scene.store.begin().await.unwrap();
    assert!(tx.disable_officer(scene.officer.id, &Actor::Operator, morning(MON_2_NOV)).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(on(scene, THU_5_NOV).await, [TEAM]);
}

async fn a_reminder_that_cannot_be_written_holds_no_other_up(scene: &mut Scene) {
    scene.clock.set(morning(MON_2_NOV));
    let new = NewOfficer {
        email: address("siân@landlord.example"),
        name: "Siân Rees".to_owned(),
        role: Role::Officer,
        password_hash: "none".to_owned(),
    };
    let mut tx = scene.store.begin().await.unwrap();
    let sian = tx.add_officer(&new, &Actor::Operator, morning(MON_2_NOV)).await.unwrap().unwrap();
    tx.commit().await.unwrap();
    let priya = scene.officer.clone();
    scene.officer = scene.store.officer(sian).await.unwrap().unwrap();
    let (_, letter) = scene.a_complaint().await;
    scene.write(letter.id).await;
    scene.officer = priya;
    let (_, letter) = scene.a_complaint().await;
    scene.write(letter.id).await;

    scene.clock.set(morning(THU_5_NOV));
    let fault = scene.reminders().run_once().await.unwrap_err();
    assert!(fault.to_string().contains("only ASCII is possible before the @"), "{fault}");
    scene.send().await;
    assert_eq!(scene.courier.given_to(PRIYA).len(), 1);
}

async fn after_downtime_only_the_rung_of_today_is_reminded_of(scene: &mut Scene) {
    scene.clock.set(morning(MON_2_NOV));
    let (case, _) = scene.a_complaint().await;
    assert_eq!(on(scene, MON_9_NOV).await, [TEAM], "down on Thursday and Friday");
    assert_eq!(reminded(scene, &case).await, 1);

    scene.clock.set(morning(MON_2_NOV));
    scene.a_complaint().await;
    assert_eq!(on(scene, WED_11_NOV).await, [TEAM, MANAGER], "down over the date itself: the last rung is not lost");
}

async fn nobody_is_reminded_on_weekends_and_bank_holidays(scene: &mut Scene) {
    // Received on Monday 21 December: acknowledge by Wednesday 30 December, so the first rung opens
    // on Thursday 24 December.
    scene.clock.set(morning(date(2026, 12, 21)));
    scene.a_complaint().await;
    for day in [25, 26, 27, 28] {
        assert_eq!(on(scene, date(2026, 12, day)).await, NOBODY, "{day} December");
    }
    assert_eq!(on(scene, date(2026, 12, 29)).await, [TEAM]);
    assert_eq!(on(scene, date(2026, 12, 30)).await, [TEAM]);
    let (thu_31_dec, fri_1_jan) = (date(2026, 12, 31), date(2027, 1, 1));
    assert_eq!(on(scene, fri_1_jan).await, NOBODY, "no overdue list on New Year's Day either");
    assert_eq!(on(scene, thu_31_dec).await, [MANAGER]);
}

async fn after_the_acknowledgement_the_response_is_reminded_of(scene: &mut Scene) {
    scene.clock.set(morning(MON_2_NOV));
    let case = scene.an_acknowledged_case().await;
    // Respond by Monday 16 November; rungs: five and two days before, and the day.
    assert_eq!(on(scene, THU_5_NOV).await, NOBODY, "the acknowledgement is done");
    assert_eq!(on(scene, MON_9_NOV).await, [PRIYA]);
    assert_eq!(on(scene, TUE_10_NOV).await, NOBODY);
    assert_eq!(on(scene, date(2026, 11, 12)).await, [PRIYA]);
    assert_eq!(on(scene, date(2026, 11, 16)).await, [PRIYA]);
    assert_eq!(on(scene, date(2026, 11, 17)).await, [MANAGER]);
    assert_eq!(reminded(scene, &case).await, 3);
}

async fn an_extension_brings_reminders_of_the_new_date(scene: &mut Scene) {
    scene.clock.set(morning(MON_2_NOV));
    let case = scene.an_acknowledged_case().await;
    assert_eq!(on(scene, MON_9_NOV).await, [PRIYA]);
    scene.extended_to(&case, date(2026, 11, 27)).await;
    assert_eq!(on(scene, date(2026, 11, 16)).await, NOBODY);
    assert_eq!(on(scene, date(2026, 11, 20)).await, [PRIYA]);
}

async fn the_manager_gets_what_is_overdue_once_each_working_day(scene: &mut Scene) {
    scene.clock.set(morning(MON_2_NOV));
    let (case, _) = scene.a_complaint().await;
    on(scene, MON_9_NOV).await;
    scene.clock.set(at(MON_9_NOV, 23, 59));
    assert_eq!(scene.reminders().planned().await.unwrap(), [], "due by the end of the day");
    assert_eq!(on(scene, TUE_10_NOV).await, [MANAGER]);
    assert_eq!(on(scene, WED_11_NOV).await, [MANAGER]);
    assert_eq!(on(scene, date(2026, 11, 14)).await, NOBODY, "a Saturday");
    scene.clock.set(morning(WED_11_NOV));
    scene.send().await;
    let lists = scene.courier.given_to(MANAGER);
    assert_eq!(lists.len(), 2);
    let text = complaintsd::ingest::read(&lists[1]).text;
    assert!(text.contains(&case.reference.to_string()) && text.contains("2 working days"), "{text}");
}

async fn a_reminder_whose_duty_is_done_meanwhile_is_not_queued(scene: &mut Scene) {
    scene.clock.set(morning(MON_2_NOV));
    let (case, letter) = scene.an_approved_acknowledgement().await;
    scene.clock.set(morning(THU_5_NOV));
    // Somebody holds the case. The pass has seen it unacknowledged and waits for it.
    let mut tx = scene.store.begin().await.unwrap();
    let held = tx.case_for_update(case.id).await.unwrap().unwrap();
    let reminders = scene.reminders();
    let mut pass = Box::pin(reminders.run_once());
    let waits = tokio::time::timeout(Duration::from_millis(500), &mut pass).await;
    assert!(waits.is_err(), "the pass did not wait");
    // Meanwhile the acknowledgement is accepted.
    let sent = CaseEvent::AcknowledgementSent {
        stage: Stage::One,
        letter: letter.id,
        at: morning(THU_5_NOV),
        respond_by: Some(date(2026, 11, 19)),
        strict_by: None,
    };
    let held = held.apply(&sent);
    tx.save_case(&held, &[sent], &Actor::Daemon, morning(THU_5_NOV)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(pass.await.unwrap(), Vec::<DueNotice>::new());
    assert_eq!(reminded(scene, &case).await, 0);
}

async fn a_reminder_run_that_is_killed_anywhere_reminds_once(scene: &mut Scene) {
    scene.clock.set(morning(MON_2_NOV));
    let mut cases = Vec::new();
    for _ in 0..12 {
        cases.push(scene.a_complaint().await.0);
    }
    scene.clock.set(morning(THU_5_NOV));
    for steps in 0..60 {
        killed_after(steps, scene.reminders().run_once()).await;
    }
    scene.reminders().run_once().await.unwrap();
    scene.send().await;
    assert_eq!(scene.courier.given_to(TEAM).len(), 12);
    for case in &cases {
        assert_eq!(reminded(scene, case).await, 1);
    }
}
