//! Properties of the counting, and a naive oracle that knows nothing of it: its weekdays and its
//! reading of the bank holidays are its own.

use jiff::civil::date;
use jiff::{Timestamp, ToSpan};
use proptest::prelude::*;

use super::*;
use crate::domain::words::london_date;

const PUBLISHED: &str = include_str!("../../../config/bank-holidays/gov-uk.json");

/// The bank holidays of a division, read by scanning the text.
fn holidays(division: Division) -> BTreeMap<Date, String> {
    let start = PUBLISHED.find(&format!("\"division\": \"{}\"", division.key())).unwrap();
    let part = &PUBLISHED[start + 1..];
    let part = &part[..part.find("\"division\"").unwrap_or(part.len())];
    part.split("\"date\": \"").skip(1).map(|rest| (rest[..10].parse().unwrap(), "holiday".to_owned())).collect()
}

fn calendar(division: Division) -> WorkingCalendar {
    WorkingCalendar::new(division, holidays(division)).unwrap()
}

fn due(calendar: &WorkingCalendar, from: Date, days: u32) -> Result<Date, NotCovered> {
    calendar.count(from, WorkingDays(days), Counting::EventIsDayZero).map(|counted| counted.due_on)
}

fn divisions() -> impl Strategy<Value = Division> {
    prop::sample::select(Division::ALL.to_vec())
}

/// Days well inside the file, so that every question asked of them is covered.
fn days() -> impl Strategy<Value = Date> {
    (0_i64..5_800).prop_map(|after| date(2012, 1, 1).saturating_add(after.days()))
}

proptest! {
    #[test]
    fn the_due_date_is_a_working_day(division in divisions(), from in days(), n in 1_u32..120) {
        let calendar = calendar(division);
        prop_assert_eq!(calendar.is_working_day(due(&calendar, from, n).unwrap()), Ok(true));
    }

    #[test]
    fn the_due_date_is_monotone_in_receipt_and_in_the_number_of_days(
        division in divisions(), from in days(), later in 0_i64..40, n in 0_u32..60, more in 0_u32..10,
    ) {
        let calendar = calendar(division);
        let due_on = due(&calendar, from, n).unwrap();
        prop_assert!(due_on <= due(&calendar, from, n + more).unwrap());
        if n > 0 {
            prop_assert!(due_on <= due(&calendar, from.saturating_add(later.days()), n).unwrap());
        }
    }

    #[test]
    fn adding_a_holiday_never_makes_a_date_earlier(
        division in divisions(), from in days(), n in 0_u32..60, added in days(),
    ) {
        let before = due(&calendar(division), from, n).unwrap();
        let mut more = holidays(division);
        more.insert(added, "proclaimed".to_owned());
        let after = due(&WorkingCalendar::new(division, more).unwrap(), from, n).unwrap();
        prop_assert!(before <= after);
    }

    #[test]
    fn counting_in_two_steps_is_counting_in_one(division in divisions(), from in days(), a in 0_u32..40, b in 0_u32..40) {
        let calendar = calendar(division);
        let half_way = due(&calendar, from, a).unwrap();
        prop_assert_eq!(due(&calendar, half_way, b), due(&calendar, from, a + b));
    }

    #[test]
    fn counting_back_and_the_days_left_agree_with_counting_forward(division in divisions(), from in days(), n in 0_u32..60) {
        let calendar = calendar(division);
        let due_on = due(&calendar, from, n).unwrap();
        prop_assert_eq!(calendar.days_left(from, due_on), Ok(i64::from(n)));
        prop_assert_eq!(calendar.days_left(due_on, from), Ok(-i64::from(n)));
        if calendar.is_working_day(from).unwrap() {
            prop_assert_eq!(calendar.back(due_on, WorkingDays(n)), Ok(from));
        }
    }

    #[test]
    fn the_days_passed_over_are_just_the_days_that_do_not_count(division in divisions(), from in days(), n in 0_u32..60) {
        let calendar = calendar(division);
        let counted = calendar.count(from, WorkingDays(n), Counting::EventIsDayZero).unwrap();
        let passed = (counted.due_on - from).get_days();
        prop_assert_eq!(usize::try_from(passed).unwrap(), counted.skipped.len() + usize::try_from(n).unwrap());
        prop_assert_eq!(counted.explain("Received").len(), counted.skipped.len() + 2);
    }

    #[test]
    fn the_same_london_date_gives_the_same_answer(second in 1_325_376_000_i64..1_830_000_000, n in 0_u32..60) {
        let at = Timestamp::from_second(second).unwrap();
        let noon: Timestamp = format!("{}T12:00:00Z", london_date(at)).parse().unwrap();
        let calendar = calendar(Division::EnglandAndWales);
        prop_assert_eq!(due(&calendar, london_date(at), n), due(&calendar, london_date(noon), n));
    }

    #[test]
    fn if_the_day_of_the_event_counts_the_date_is_never_later(division in divisions(), from in days(), n in 1_u32..60) {
        let calendar = calendar(division);
        let day_one = calendar.count(from, WorkingDays(n), Counting::EventIsDayOne).unwrap().due_on;
        let day_zero = due(&calendar, from, n).unwrap();
        let expected = if calendar.is_working_day(from).unwrap() { due(&calendar, from, n - 1).unwrap() } else { day_zero };
        prop_assert_eq!(day_one, expected);
    }
}

/// Days since 1 March 0000 by the rule of leap years, without a date library.
fn day_number(on: Date) -> i64 {
    let (year, month, day) = (i64::from(on.year()), i64::from(on.month()), i64::from(on.day()));
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + day - 1
}

/// All working days of a division as a list of day numbers. 1 March 0000 was a Wednesday.
fn oracle(division: Division) -> (Vec<i64>, i64, i64) {
    let off: Vec<i64> = holidays(division).keys().map(|day| day_number(*day)).collect();
    let (first, last) = (day_number(date(2012, 1, 1)), *off.iter().max().unwrap());
    let working = (first..=last).filter(|day| (day + 2) % 7 < 5 && !off.contains(day)).collect();
    (working, first, last)
}

#[test]
fn a_naive_oracle_agrees_on_ten_thousand_random_questions() {
    let lists = Division::ALL.map(|division| (calendar(division), oracle(division)));
    let mut seed = 2026_u64; // Knuth's linear congruential generator; the questions are the same each time
    let mut random = |below: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % below
    };
    let mut uncovered = 0;
    for _ in 0..10_000 {
        let (calendar, (working, first, last)) = &lists[usize::try_from(random(3)).unwrap()];
        let from = date(2011, 10, 1).saturating_add(i64::try_from(random(6_500)).unwrap().days());
        let n = u32::try_from(random(100)).unwrap();
        let number = day_number(from);
        let expected = if number < *first || number > *last {
            None
        } else if n == 0 {
            Some(number)
        } else {
            let after = working.partition_point(|day| *day <= number);
            working.get(after + usize::try_from(n).unwrap() - 1).copied()
        };
        uncovered += usize::from(expected.is_none());
        assert_eq!(due(calendar, from, n).ok().map(day_number), expected, "{from} + {n}, {}", calendar.division());
    }
    assert!((100..3_000).contains(&uncovered), "{uncovered}");
}

#[test]
fn both_half_past_ones_of_25_october_2026_agree() {
    let [summer, winter] = ["2026-10-25T01:30:00+01:00", "2026-10-25T01:30:00+00:00"].map(|text| {
        let at: Timestamp = text.parse().unwrap();
        london_date(at)
    });
    assert_eq!((summer, winter), (date(2026, 10, 25), date(2026, 10, 25)));
    assert_eq!(due(&calendar(Division::EnglandAndWales), summer, 5), Ok(date(2026, 10, 30)));
}

#[test]
fn a_saturday_is_day_zero_and_christmas_is_passed_over() {
    let england = calendar(Division::EnglandAndWales);
    let (sat_21_nov, fri_27_nov) = (date(2026, 11, 21), date(2026, 11, 27));
    assert_eq!(due(&england, sat_21_nov, 5), Ok(fri_27_nov));
    let (fri_18_dec, wed_6_jan) = (date(2026, 12, 18), date(2027, 1, 6));
    assert_eq!(due(&england, fri_18_dec, 10), Ok(wed_6_jan));
    // 2 January is a bank holiday in Scotland; in 2027 it is a Saturday, its substitute Monday 4.
    assert_eq!(due(&calendar(Division::Scotland), date(2026, 12, 31), 1), Ok(date(2027, 1, 5)));
}

#[test]
fn past_the_last_known_bank_holiday_nothing_is_guessed() {
    let england = calendar(Division::EnglandAndWales);
    assert_eq!(england.covered_to(), date(2028, 12, 26));
    let gap = due(&england, date(2028, 12, 22), 1).unwrap_err();
    assert_eq!((gap.asked, gap.to), (date(2028, 12, 27), date(2028, 12, 26)));
    assert!(due(&england, date(2011, 12, 31), 0).is_err());
    assert!(england.days_left(date(2028, 12, 20), date(2029, 1, 2)).is_err());
    assert!(england.back(date(2029, 1, 2), WorkingDays(1)).is_err());
    assert!(WorkingCalendar::new(Division::Scotland, BTreeMap::new()).is_err());
}
