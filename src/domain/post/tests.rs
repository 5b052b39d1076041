//! Where a letter is posted to, and how long there is to post it.

use jiff::civil::date;

use super::*;
use crate::config;
use crate::domain::calendar::Division;

fn calendar() -> WorkingCalendar {
    config::built_in_rules(Division::EnglandAndWales).unwrap().calendar
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[test]
fn an_address_is_read_from_lines_or_from_one_line_with_commas() {
    let expected = PostalAddress(vec!["12 Mill Lane".into(), "Exampleton".into(), "EX1 2AB".into()]);
    for text in [
        "12 Mill Lane\r\nExampleton\r\n\r\nEX1 2AB\r\n",
        " 12  Mill Lane, Exampleton,EX1 2AB ",
        "12 Mill Lane,\nExampleton,\nEX1 2AB",
    ] {
        assert_eq!(text.parse(), Ok(expected.clone()), "{text}");
    }
    assert_eq!(expected.to_string(), "12 Mill Lane, Exampleton, EX1 2AB");
}

#[test]
fn what_does_not_show_through_a_window_is_no_address() {
    let read = |text: &str| text.parse::<PostalAddress>().unwrap_err();
    assert_eq!(read(""), NotAPostalAddress::TooShort);
    assert_eq!(read("Exampleton"), NotAPostalAddress::TooShort);
    assert_eq!(read("a\nb\nc\nd\ne\nf"), NotAPostalAddress::TooLong);
    assert_eq!(read(&format!("{}\nb", "w".repeat(36))), NotAPostalAddress::TooLong);
    assert_eq!(read("a\u{7}\nb"), NotAPostalAddress::Unprintable);
}

/// Lesson 45: five minutes before the last post of the day on which it is due.
#[test]
fn working_time_counts_only_office_hours_of_working_days() {
    let (rules, calendar) = (PostRules::default(), calendar());
    let left = |now: &str, by| working_minutes(&rules, &calendar, at(now), by);
    let fri_27_nov = date(2026, 11, 27);
    assert_eq!(left("2026-11-27T16:55:00Z", fri_27_nov), 5);
    assert_eq!(left("2026-11-27T17:05:00Z", fri_27_nov), 0);
    assert_eq!(left("2026-11-27T07:00:00Z", fri_27_nov), 8 * 60);
    assert_eq!(left("2026-11-27T16:00:00Z", date(2026, 11, 30)), 9 * 60, "no weekend");
    assert_eq!(left("2026-11-30T09:00:00Z", fri_27_nov), 0, "it has passed");
    assert_eq!(left("2026-07-01T15:30:00Z", date(2026, 7, 1)), 30, "London time in summer");
}

#[test]
fn working_time_is_told_in_minutes_while_each_counts() {
    let told = [(-3, "no working time"), (0, "no working time"), (1, "1 working minute"), (5, "5 working minutes")];
    let more = [(65, "1 hour 5 working minutes"), (120, "2 working hours"), (480, "8 working hours")];
    for (minutes, words) in told.into_iter().chain(more) {
        assert_eq!(in_words(minutes), words);
    }
}
