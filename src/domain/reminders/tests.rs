//! Whatever days the daemon is up: no rung is due twice, the last one is never skipped.

use std::collections::BTreeSet;

use jiff::ToSpan;
use jiff::civil::date;
use proptest::prelude::*;

use super::*;
use crate::config::built_in_rules;
use crate::domain::calendar::Division;

fn rungs(days: &[u32]) -> Vec<WorkingDays> {
    days.iter().copied().map(WorkingDays).collect()
}

/// What a caller sends that remembers which rungs it has sent: the day and the rung.
fn sent(days: OfficeDays<'_>, rungs: &[WorkingDays], by: Date, up: &BTreeSet<Date>) -> Vec<(Date, Rung)> {
    let mut sent: Vec<(Date, Rung)> = Vec::new();
    for &today in up {
        if let Some(rung) = due_rung(days, rungs, by, today).unwrap()
            && !sent.iter().any(|(_, earlier)| *earlier == rung)
        {
            sent.push((today, rung));
        }
    }
    sent
}

proptest! {
    #[test]
    fn each_rung_at_most_once_in_order_and_the_last_never_skipped(
        closed in prop::collection::btree_set(0_i64..60, 0..12),
        ladder in prop::collection::btree_set(0_u32..12, 1..6),
        start in 0_i64..700,
        up in prop::collection::btree_set(0_i64..60, 0..40),
    ) {
        let calendar = built_in_rules(Division::EnglandAndWales).unwrap().calendar;
        let rungs: Vec<WorkingDays> = ladder.iter().copied().map(WorkingDays).collect();
        let first = date(2026, 1, 1).saturating_add(start.days());
        let by = calendar.back(first.saturating_add(40.days()), WorkingDays(0)).unwrap();
        let up: BTreeSet<Date> = up.into_iter().map(|after| first.saturating_add(after.days())).collect();
        let closed = closed.into_iter().map(|after| first.saturating_add(after.days())).collect();
        let days = OfficeDays { calendar: &calendar, closed: &closed };
        let sent = sent(days, &rungs, by, &up);

        let befores: Vec<u32> = sent.iter().map(|(_, rung)| rung.before.0).collect();
        prop_assert!(befores.windows(2).all(|pair| pair[0] > pair[1]), "once each, nearest last: {befores:?}");
        for (today, rung) in &sent {
            prop_assert!(rung.opened_on <= *today && days.may_be_at_work(*today));
            prop_assert_eq!(days.back(by, rung.before).unwrap(), rung.opened_on);
            prop_assert!(days.may_be_at_work(rung.opened_on) && rung.opened_on <= calendar.back(by, rung.before).unwrap());
            // Half-open: a later rung's window had not opened yet.
            prop_assert!(!rungs.iter().any(|other| other.0 < rung.before.0 && days.back(by, *other).unwrap() <= *today));
        }
        let last = rungs[0];
        let opened_on = days.back(by, last).unwrap();
        let awake = up.iter().any(|today| *today >= opened_on && days.may_be_at_work(*today));
        prop_assert_eq!(awake, sent.iter().any(|(_, rung)| rung.before == last));
    }
}

#[test]
fn with_the_daemon_up_every_day_each_rung_is_sent_on_its_day() {
    let calendar = built_in_rules(Division::EnglandAndWales).unwrap().calendar;
    let tue_29_dec = date(2026, 12, 29);
    let up = (0..40).map(|day| date(2026, 12, 7).saturating_add(i64::from(day).days())).collect();
    let days: Vec<Date> =
        sent(OfficeDays { calendar: &calendar, closed: &BTreeSet::new() }, &rungs(&[3, 2, 1, 0]), tue_29_dec, &up)
            .into_iter()
            .map(|(on, _)| on)
            .collect();
    let [tue_22_dec, wed_23_dec, thu_24_dec] = [22, 23, 24].map(|day| date(2026, 12, day));
    assert_eq!(days, [tue_22_dec, wed_23_dec, thu_24_dec, tue_29_dec]);
}

#[test]
fn after_downtime_only_the_rung_of_today_is_sent_even_when_the_deadline_has_passed() {
    let calendar = built_in_rules(Division::EnglandAndWales).unwrap().calendar;
    let (fri_27_nov, wed_2_dec) = (date(2026, 11, 27), date(2026, 12, 2));
    let days = OfficeDays { calendar: &calendar, closed: &BTreeSet::new() };
    let sent = sent(days, &rungs(&[3, 2, 1, 0]), fri_27_nov, &BTreeSet::from([wed_2_dec]));
    assert_eq!(sent, [(wed_2_dec, Rung { before: WorkingDays(0), opened_on: fri_27_nov })]);
}

#[test]
fn a_promise_is_reminded_of_past_the_calendars_last_day() {
    let holidays = [(date(2026, 1, 1), "New Year's Day".to_owned()), (date(2026, 11, 20), "The last".to_owned())];
    let calendar = WorkingCalendar::new(Division::EnglandAndWales, holidays.into()).unwrap();
    let (thu_19_nov, mon_23_nov, sat_21_nov) = (date(2026, 11, 19), date(2026, 11, 23), date(2026, 11, 21));
    let rungs = [WorkingDays(1), WorkingDays(0)];
    let days = OfficeDays { calendar: &calendar, closed: &BTreeSet::new() };
    assert_eq!(due_rung(days, &rungs, thu_19_nov, mon_23_nov).unwrap().unwrap().before, WorkingDays(0));
    assert_eq!(due_rung(days, &rungs, thu_19_nov, sat_21_nov), Ok(None));
}

#[test]
fn a_closed_office_brings_reminders_forward_and_not_the_deadline() {
    let calendar = built_in_rules(Division::EnglandAndWales).unwrap().calendar;
    let [tue_22_dec, wed_23_dec, thu_24_dec, tue_29_dec, wed_30_dec] =
        [22, 23, 24, 29, 30].map(|day| date(2026, 12, day));
    let closed = BTreeSet::from([thu_24_dec, tue_29_dec, wed_30_dec, date(2026, 12, 31)]);
    let days = OfficeDays { calendar: &calendar, closed: &closed };
    let up = (0..40).map(|day| date(2026, 12, 7).saturating_add(i64::from(day).days())).collect();
    let told: Vec<Date> = sent(days, &rungs(&[1, 0]), wed_30_dec, &up).into_iter().map(|(on, _)| on).collect();
    assert_eq!(told, [tue_22_dec, wed_23_dec]);
    assert!(calendar.is_working_day(wed_30_dec).unwrap(), "the deadline stands");
}
