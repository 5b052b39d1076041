//! What a case's page tells of its dates.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::date;

use super::*;
use crate::domain::calendar::{Counting, Division, WorkingCalendar, WorkingDays};
use crate::domain::case::{Acknowledged, Extension, ResponseDue};
use crate::domain::code::{FactStanding, HandlingCode, Provision, RespondFrom, StageTimes, Timescale};
use crate::domain::events::CaseEvent;
use crate::domain::ids::{CaseId, CaseRef, ContactId, LetterId};
use crate::domain::people::Resident;
use crate::domain::stage::Stage;

fn code() -> HandlingCode {
    let time = |days, provision: &str| Timescale {
        days: WorkingDays(days),
        provision: Provision(provision.to_owned()),
        standing: FactStanding::Confirmed,
    };
    let times = StageTimes {
        respond_from: RespondFrom::Acknowledgement,
        acknowledge: Some(time(5, "6.2")),
        respond: time(10, "6.3"),
        extension: time(10, "6.4"),
    };
    HandlingCode {
        id: "test".to_owned(),
        title: "The Code".to_owned(),
        counting: Counting::EventIsDayZero,
        stage_one: times.clone(),
        stage_two: times,
        time_limit: None,
        letters: BTreeMap::new(),
    }
}

fn calendar() -> WorkingCalendar {
    let days = [date(2026, 1, 1), date(2026, 12, 28)].map(|day| (day, "a holiday".to_owned()));
    WorkingCalendar::new(Division::EnglandAndWales, BTreeMap::from(days)).unwrap()
}

fn case() -> Case {
    let opened = CaseEvent::Opened {
        respond_by: None,
        reference: CaseRef::new(2026, 42),
        contact: ContactId(1),
        stage: Stage::One,
        received_at: "2026-03-02T09:00:00Z".parse().unwrap(),
        acknowledge_by: Some(date(2026, 3, 9)),
        resident: Resident { name: " ".to_owned(), email: None },
    };
    Case::opened(CaseId(1), &opened).unwrap()
}

fn view(case: &Case, now: &str) -> CaseView {
    let (code, calendar) = (code(), calendar());
    let rules = Rules { code: &code, calendar: &calendar, now: now.parse::<Timestamp>().unwrap(), officer: None };
    CaseView::of(rules, case, Vec::new(), &[], &[], &[], &WordLists::default())
}

fn shown(view: &CaseView) -> Vec<(&str, Option<&str>)> {
    view.dates.iter().map(|date| (date.what.as_str(), date.due.as_ref().map(|due| due.left.as_str()))).collect()
}

#[test]
fn an_open_case_shows_the_acknowledgement_date_and_how_it_was_reached() {
    let view = view(&case(), "2026-03-06T09:00:00Z");
    assert_eq!(shown(&view), [("Received", None), ("Acknowledgement due", Some("1 working day left"))]);
    assert!(view.dates[1].explanation.iter().any(|line| line.contains("provision 6.2")));
    assert_eq!(view.resident, "unknown sender");
    assert!(matches!(view.extension, ExtensionOffer::Impossible(_)));
}

#[test]
fn a_late_acknowledgement_shows_the_strict_date_beside_the_other() {
    let mut case = case();
    let at = "2026-03-11T09:00:00Z".parse().unwrap();
    case.current.acknowledged = Some(Acknowledged { letter: LetterId(1), at });
    let by = date(2026, 3, 25);
    case.current.response_due =
        Some(ResponseDue { by, original_by: by, counted_by: by, strict_by: Some(date(2026, 3, 23)) });
    let view = view(&case, "2026-03-23T09:00:00Z");
    let expected = [
        ("Received", None),
        ("Acknowledgement due", None),
        ("Acknowledged", None),
        ("Response due", Some("2 working days left")),
        ("Response due, had we acknowledged in time", Some("due today")),
    ];
    assert_eq!(shown(&view), expected);
    assert!(matches!(view.extension, ExtensionOffer::Possible { .. }));
}

#[test]
fn after_an_extension_only_the_new_date_is_open() {
    let mut case = case();
    let at = "2026-03-09T09:00:00Z".parse().unwrap();
    case.current.acknowledged = Some(Acknowledged { letter: LetterId(1), at });
    let (original_by, by) = (date(2026, 3, 23), date(2026, 3, 30));
    case.current.response_due = Some(ResponseDue { by, original_by, counted_by: original_by, strict_by: None });
    let (reason, updates) = ("a survey".to_owned(), "weekly".to_owned());
    case.current.extensions.push(Extension {
        letter: LetterId(9),
        reason,
        new_by: by,
        updates,
        every: None,
        update_by: None,
        exceptional: String::new(),
    });
    let view = view(&case, "2026-03-24T09:00:00Z");
    assert_eq!(
        shown(&view)[3..],
        [("Response first due", None), ("Response due, extended", Some("4 working days left"))]
    );
}

#[test]
fn a_changed_calendar_is_told_and_the_recorded_date_stands() {
    let mut case = case();
    case.current.acknowledge_by = Some(date(2026, 3, 10));
    let view = view(&case, "2026-03-10T09:00:00Z");
    assert_eq!(view.dates[1].date, "Tuesday 10 March 2026");
    assert!(view.dates[1].explanation.last().unwrap().contains("have changed"));
}
