//! What is decided, provision by provision. Dates are named by weekday; the calendar is England's
//! and Wales's.

use jiff::civil::date;

use super::*;
use crate::config::{Rules as Loaded, built_in_rules};
use crate::domain::calendar::{Counting, Division, WorkingDays};
use crate::domain::code::{Provision, RespondFrom};
use crate::domain::contact::{Contact, ContactKind, Intake, NewContact, Reading, Sorted};
use crate::domain::deadlines::Duty;
use crate::domain::definition::{Point, Responsibility};
use crate::domain::ids::{CaseId, OfficerId};
use crate::domain::people::Role;

mod life;
mod machine;
mod triage;

fn loaded() -> Loaded {
    built_in_rules(Division::EnglandAndWales).unwrap()
}

/// A regime without an acknowledgement at stage 1 whose responses are counted from receipt.
fn scotland() -> Loaded {
    let mut loaded = built_in_rules(Division::Scotland).unwrap();
    loaded.code.counting = Counting::EventIsDayOne;
    loaded.code.stage_one.acknowledge = None;
    loaded.code.stage_one.respond_from = RespondFrom::Receipt;
    loaded.code.stage_one.respond.days = WorkingDays(5);
    loaded
}

#[test]
fn where_no_acknowledgement_is_asked_for_the_response_is_due_from_the_beginning() {
    let loaded = scotland();
    // Saturday 28 November; Monday is St Andrew's Day, so that Tuesday is day 1.
    let case = received(&loaded, "2026-11-28T10:00:00Z");
    let mon_7_dec = date(2026, 12, 7);
    assert_eq!(case.next_deadline(), Some((Duty::Respond, Some(mon_7_dec))));
    assert_eq!(case.current.acknowledge_by, None);
    let held = crate::domain::held::held(rules(&loaded, "2026-12-01T09:00:00Z"), &case);
    assert_eq!(held.iter().map(|one| one.by).collect::<Vec<_>>(), [Some(mon_7_dec)]);
    assert_eq!(decide(rules(&loaded, "2026-12-01T09:00:00Z"), &case, CaseCommand::Recount), Ok(Vec::new()));
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn rules<'a>(loaded: &'a Loaded, now: &str) -> Rules<'a> {
    Rules { code: &loaded.code, calendar: &loaded.calendar, now: at(now), officer: None }
}

/// A case received at this instant.
fn received(loaded: &Loaded, when: &str) -> Case {
    let new = NewContact {
        received_at: at(when),
        intake: Intake::Inbox,
        sorted: Sorted { kind: ContactKind::New, reason: "a person wrote".to_owned(), bounce: None },
        sender: None,
        marks: Vec::new(),
        canonical: None,
        reading: Reading { from: Some("ann@example.org".parse().unwrap()), ..Reading::default() },
    };
    let contact = Contact::new(ContactId(1), new);
    let opened = open_case(rules(loaded, when), CaseRef::new(2026, 1), &contact);
    Case::opened(CaseId(1), &opened).unwrap()
}

fn letter(kind: LetterKind, state: LetterState) -> LetterFacts {
    LetterFacts { id: LetterId(1), kind, state, version: 2, digest: Digest::of(b"the text") }
}

fn terms(new_by: Date) -> ExtensionTerms {
    ExtensionTerms {
        reason: "The surveyor needs access to the roof.".to_owned(),
        new_by,
        updates: "every Friday by telephone".to_owned(),
        every: None,
        exceptional: String::new(),
    }
}

fn approve_command(kind: LetterKind, extension: Option<ExtensionTerms>) -> CaseCommand {
    let letter = letter(kind, LetterState::Draft);
    CaseCommand::Approve {
        seen: (letter.version, letter.digest),
        letter,
        shortfalls: Vec::new(),
        extension,
        ours: Vec::new(),
        authority: Authority::default(),
    }
}

/// The case after its acknowledgement was accepted at this instant.
fn acknowledged(loaded: &Loaded, case: Case, when: &str) -> Case {
    let letter = letter(LetterKind::StageOneAcknowledgement, LetterState::Approved);
    let command = CaseCommand::LetterAccepted { letter, extension: None, at: at(when) };
    let events = decide(rules(loaded, when), &case, command).unwrap();
    events.iter().fold(case, Case::apply)
}

fn extend(loaded: &Loaded, case: &Case, now: &str, terms: ExtensionTerms) -> Result<Vec<CaseEvent>, Refusal> {
    decide(rules(loaded, now), case, approve_command(LetterKind::StageOneExtension, Some(terms)))
}

const MON_23_NOV: &str = "2026-11-23T09:00:00Z";
const TUE_24_NOV: &str = "2026-11-24T09:00:00Z";

#[test]
fn a_new_case_is_to_be_triaged_and_acknowledged_within_five_working_days() {
    let case = received(&loaded(), "2026-11-21T23:30:00Z");
    let fri_27_nov = date(2026, 11, 27);
    assert_eq!(case.triage, crate::domain::triage::Triage::ToBeTriaged);
    assert_eq!(case.next_deadline(), Some((crate::domain::deadlines::Duty::Acknowledge, Some(fri_27_nov))));
}

#[test]
fn a_complaint_past_the_calendars_end_is_logged_with_its_date_left_open() {
    let loaded = loaded();
    let case = received(&loaded, "2028-12-22T09:00:00Z");
    assert_eq!(case.current.acknowledge_by, None);
    let case = acknowledged(&loaded, case, "2028-12-22T10:00:00Z");
    assert!(case.current.acknowledged.is_some());
    assert_eq!(case.current.response_due, None);
}

#[test]
fn an_approval_binds_version_and_digest_and_names_the_recipient() {
    let loaded = loaded();
    let case = received(&loaded, MON_23_NOV);
    let command = approve_command(LetterKind::StageOneAcknowledgement, None);
    let events = decide(rules(&loaded, TUE_24_NOV), &case, command).unwrap();
    let expected = CaseEvent::LetterApproved {
        letter: LetterId(1),
        kind: LetterKind::StageOneAcknowledgement,
        version: 2,
        digest: Digest::of(b"the text"),
        to: Some("ann@example.org".parse().unwrap()),
        by: None,
        overridden: Vec::new(),
    };
    assert_eq!(events, [expected]);
}

#[test]
fn an_approval_is_refused_for_each_of_its_reasons() {
    let loaded = loaded();
    let case = received(&loaded, MON_23_NOV);
    let done = acknowledged(&loaded, case.clone(), TUE_24_NOV);
    let mut nobody = case.clone();
    nobody.resident.email = None;
    let draft = letter(LetterKind::StageOneAcknowledgement, LetterState::Draft);
    let seen = (draft.version, draft.digest);
    let lack = Shortfall {
        element: "definition".to_owned(),
        provision: Provision("5.6".to_owned()),
        title: "The definition".to_owned(),
        remedy: "Write a point.".to_owned(),
    };
    let sent = LetterFacts { state: LetterState::Sent, ..draft.clone() };
    let other = Digest::of(b"another text");
    let (ours, form) = ("complaints@landlord.example", "no-reply@forms.example.com");
    let (ours, form): (EmailAddress, EmailAddress) = (ours.parse().unwrap(), form.parse().unwrap());
    let addressed = |email: &EmailAddress| case.clone().apply(&CaseEvent::ResidentAddressed { email: email.clone() });
    let (to_us, to_a_form) = (addressed(&ours), addressed(&form));
    let tue_24_nov = date(2026, 11, 24);
    for (case, letter, seen, shortfalls, refusal) in [
        (&case, &draft, seen, vec![lack.clone()], Refusal::Shortfalls(vec![lack])),
        (&case, &draft, (1, draft.digest), vec![], Refusal::Changed { seen: 1, now: 2 }),
        (&case, &draft, (2, other), vec![], Refusal::Changed { seen: 2, now: 2 }),
        (&case, &sent, seen, vec![], Refusal::NotADraft(LetterState::Sent)),
        (&done, &draft, seen, vec![], Refusal::AlreadyAcknowledged(tue_24_nov)),
        (&nobody, &draft, seen, vec![], Refusal::NoAddress),
        (&to_us, &draft, seen, vec![], Refusal::OurAddress(ours.clone())),
        (&to_a_form, &draft, seen, vec![], Refusal::NobodyReads(form.clone())),
    ] {
        let command = CaseCommand::Approve {
            letter: letter.clone(),
            seen,
            shortfalls,
            extension: None,
            ours: vec![ours.clone()],
            authority: Authority::default(),
        };
        assert_eq!(decide(rules(&loaded, TUE_24_NOV), case, command), Err(refusal));
    }
}

#[test]
fn acceptance_fixes_the_response_date_ten_working_days_later() {
    let loaded = loaded();
    let case = acknowledged(&loaded, received(&loaded, MON_23_NOV), TUE_24_NOV);
    let due = case.current.response_due.unwrap();
    let tue_8_dec = date(2026, 12, 8);
    assert_eq!((due.by, due.original_by, due.strict_by), (tue_8_dec, tue_8_dec, None));
}

#[test]
fn a_late_acknowledgement_holds_both_dates_and_the_earlier_is_to_be_met() {
    let loaded = loaded();
    // Due on Monday 30 November, sent on Wednesday 2 December.
    let case = acknowledged(&loaded, received(&loaded, MON_23_NOV), "2026-12-02T09:00:00Z");
    let due = case.current.response_due.unwrap();
    let (mon_14_dec, wed_16_dec) = (date(2026, 12, 14), date(2026, 12, 16));
    assert_eq!((due.by, due.strict_by), (wed_16_dec, Some(mon_14_dec)));
    assert_eq!(case.next_deadline().unwrap().1, Some(mon_14_dec));
    // In time to the last minute of the day, in London.
    let case = acknowledged(&loaded, received(&loaded, MON_23_NOV), "2026-11-30T23:59:59Z");
    assert_eq!(case.current.response_due.unwrap().strict_by, None);
}

#[test]
fn an_acceptance_that_is_heard_twice_changes_nothing() {
    let loaded = loaded();
    let case = acknowledged(&loaded, received(&loaded, MON_23_NOV), TUE_24_NOV);
    let letter = letter(LetterKind::StageOneAcknowledgement, LetterState::Sent);
    let again = CaseCommand::LetterAccepted { letter, extension: None, at: at("2026-11-26T09:00:00Z") };
    assert_eq!(decide(rules(&loaded, TUE_24_NOV), &case, again), Ok(Vec::new()));
}

#[test]
fn an_extension_is_possible_to_the_end_of_the_due_date_and_not_after() {
    let loaded = loaded();
    let case = acknowledged(&loaded, received(&loaded, MON_23_NOV), TUE_24_NOV);
    let (tue_8_dec, tue_22_dec) = (date(2026, 12, 8), date(2026, 12, 22));
    assert!(extend(&loaded, &case, "2026-12-08T23:59:00Z", terms(tue_22_dec)).is_ok());
    let refused = extend(&loaded, &case, "2026-12-09T00:01:00Z", terms(tue_22_dec));
    assert_eq!(refused, Err(Refusal::TooLateToExtend(tue_8_dec)));
}

#[test]
fn an_extension_is_refused_for_each_of_its_reasons() {
    let loaded = loaded();
    let fresh = received(&loaded, MON_23_NOV);
    let case = acknowledged(&loaded, fresh.clone(), TUE_24_NOV);
    let [tue_8_dec, sat_19_dec, tue_22_dec, wed_23_dec] = [8, 19, 22, 23].map(|day| date(2026, 12, day));
    let cite = |provision: &str| Provision(provision.to_owned());
    let missing = |what, provision: &str| Refusal::Missing { what, provision: cite(provision) };
    let beyond = Refusal::BeyondLimit { limit: tue_22_dec, provision: Provision("6.4".to_owned()) };
    let no_updates = missing("how often the resident will be updated, as agreed with them", "5.9");
    for (case, terms, refusal) in [
        (&fresh, terms(tue_22_dec), Refusal::NothingToExtend),
        (&case, terms(tue_8_dec), Refusal::NotLater { than: tue_8_dec, provision: cite("6.4") }),
        (&case, terms(wed_23_dec), beyond),
        (&case, terms(sat_19_dec), Refusal::NotAWorkingDay { on: sat_19_dec, provision: cite("6.4") }),
        (
            &case,
            ExtensionTerms { reason: " ".to_owned(), ..terms(tue_22_dec) },
            missing("the reason for the extension", "6.4"),
        ),
        (&case, ExtensionTerms { updates: String::new(), ..terms(tue_22_dec) }, no_updates),
    ] {
        assert_eq!(extend(&loaded, case, "2026-12-01T09:00:00Z", terms), Err(refusal));
    }
    let without = decide(rules(&loaded, TUE_24_NOV), &case, approve_command(LetterKind::StageOneExtension, None));
    assert_eq!(without, Err(missing("the reason and the new date", "6.4")));
}

#[test]
fn an_extension_moves_the_date_once_and_only_when_it_leaves_in_time() {
    let loaded = loaded();
    let case = acknowledged(&loaded, received(&loaded, MON_23_NOV), TUE_24_NOV);
    let (tue_8_dec, tue_22_dec) = (date(2026, 12, 8), date(2026, 12, 22));
    let leaves = |when: &str| {
        let letter = letter(LetterKind::StageOneExtension, LetterState::Approved);
        let command = CaseCommand::LetterAccepted { letter, extension: Some(terms(tue_22_dec)), at: at(when) };
        let events = decide(rules(&loaded, when), &case, command).unwrap();
        events.iter().fold(case.clone(), Case::apply)
    };
    let late = leaves("2026-12-09T08:00:00Z").current;
    assert_eq!((late.response_due.unwrap().by, late.extensions.len()), (tue_8_dec, 0));
    let extended = leaves("2026-12-08T08:00:00Z");
    let due = extended.current.response_due.unwrap();
    assert_eq!((due.by, due.original_by), (tue_22_dec, tue_8_dec));
    let again = extend(&loaded, &extended, "2026-12-10T09:00:00Z", terms(date(2026, 12, 23)));
    let provision = Provision("6.4".to_owned());
    assert_eq!(again, Err(Refusal::ExtendedAlready { to: tue_22_dec, provision }));
}

#[test]
fn an_extension_past_the_calendars_end_is_not_covered() {
    let loaded = loaded();
    let case = acknowledged(&loaded, received(&loaded, "2028-12-04T09:00:00Z"), "2028-12-04T10:00:00Z");
    assert_eq!(case.current.response_due.unwrap().by, date(2028, 12, 18));
    let refused = extend(&loaded, &case, "2028-12-11T09:00:00Z", terms(date(2028, 12, 22)));
    assert!(matches!(refused, Err(Refusal::NotCovered(_))), "{refused:?}");
}

#[test]
fn the_definition_is_tidied_and_stands_once_it_has_been_sent() {
    let loaded = loaded();
    let case = received(&loaded, MON_23_NOV);
    let point = |text: &str| Point { number: 0, text: text.to_owned(), responsibility: Responsibility::Ours };
    let outcomes = vec!["A repaired window".to_owned(), "  ".to_owned()];
    let written = Definition { points: vec![point("  The window leaks. "), point(" ")], outcomes };
    let command = CaseCommand::Define { definition: written };
    let events = decide(rules(&loaded, TUE_24_NOV), &case, command.clone()).unwrap();
    let defined = events.iter().fold(case, Case::apply);
    assert_eq!(defined.definition.points, [Point { number: 1, ..point("The window leaks.") }]);
    assert_eq!(defined.definition.outcomes, ["A repaired window"]);
    assert_eq!(decide(rules(&loaded, TUE_24_NOV), &defined, command), Ok(Vec::new()), "the same again is nothing new");
    let sent = acknowledged(&loaded, defined, TUE_24_NOV);
    let changed = CaseCommand::Define { definition: Definition::default() };
    assert_eq!(decide(rules(&loaded, TUE_24_NOV), &sent, changed), Err(Refusal::DefinitionFixed));
}

#[test]
fn a_disabled_account_cannot_handle_a_case() {
    let loaded = loaded();
    let case = received(&loaded, MON_23_NOV);
    let officer = |standing| Officer {
        id: OfficerId(7),
        email: "officer@example.org".parse().unwrap(),
        name: "Bea Officer".to_owned(),
        role: Role::Officer,
        standing,
    };
    let assign = |standing| CaseCommand::AssignHandler { officer: officer(standing) };
    let refused = decide(rules(&loaded, TUE_24_NOV), &case, assign(Standing::Disabled));
    assert_eq!(refused, Err(Refusal::Disabled("Bea Officer".to_owned())));
    let events = decide(rules(&loaded, TUE_24_NOV), &case, assign(Standing::Active)).unwrap();
    let case = events.iter().fold(case, Case::apply);
    assert_eq!(decide(rules(&loaded, TUE_24_NOV), &case, assign(Standing::Active)), Ok(Vec::new()));
}

#[test]
fn every_refusal_says_what_stands_in_the_way() {
    let tue_8_dec = date(2026, 12, 8);
    for (refusal, told) in [
        (Refusal::NothingToExtend, "(6.3)"),
        (
            Refusal::TooLateToExtend(tue_8_dec),
            "8 December 2026: an extension can only be given before the due date (6.4)",
        ),
        (Refusal::ExtendedAlready { to: tue_8_dec, provision: Provision("6.4".to_owned()) }, "(6.4)"),
        (Refusal::AlreadyAcknowledged(tue_8_dec), "(6.2)"),
        (Refusal::DefinitionFixed, "(5.6)"),
    ] {
        assert!(refusal.to_string().contains(told), "{refusal}");
    }
}

/// The same rules with one more bank holiday in England and Wales.
fn with_holiday(loaded: &Loaded, on: Date) -> Loaded {
    let text = include_str!("../../../config/bank-holidays/gov-uk.json");
    let published: serde_json::Value = serde_json::from_str(text).unwrap();
    let events = published["england-and-wales"]["events"].as_array().unwrap().iter();
    let known = events.map(|event| {
        let text = |key: &str| event[key].as_str().unwrap().to_owned();
        (text("date").parse().unwrap(), text("title"))
    });
    let holidays = known.chain([(on, "A day of thanks".to_owned())]).collect();
    Loaded { calendar: WorkingCalendar::new(Division::EnglandAndWales, holidays).unwrap(), ..loaded.clone() }
}

fn recounted(rules: Rules<'_>, case: &Case) -> (Vec<CaseEvent>, Case) {
    let events = decide(rules, case, CaseCommand::Recount).unwrap();
    let after = events.iter().fold(case.clone(), Case::apply);
    (events, after)
}

#[test]
fn a_newly_proclaimed_holiday_moves_the_acknowledgement_that_is_still_due_and_says_why() {
    let loaded = loaded();
    let case = received(&loaded, MON_23_NOV);
    assert_eq!(recounted(rules(&loaded, MON_23_NOV), &case).0, [], "nothing has changed");
    let [fri_27_nov, mon_30_nov, tue_1_dec] = [(11, 27), (11, 30), (12, 1)].map(|(month, day)| date(2026, month, day));
    assert_eq!(case.current.acknowledge_by, Some(mon_30_nov));
    let newer = with_holiday(&loaded, fri_27_nov);
    let (events, case) = recounted(rules(&newer, TUE_24_NOV), &case);
    assert_eq!(case.current.acknowledge_by, Some(tue_1_dec));
    assert_eq!(
        events.iter().map(CaseEvent::in_words).collect::<Vec<_>>(),
        ["The acknowledgement was due: Monday 30 November 2026. With the bank holidays known now it is due \
          Tuesday 1 December 2026: 27 November 2026 (A day of thanks) not counted."]
    );
    assert_eq!(recounted(rules(&newer, TUE_24_NOV), &case).0, [], "counted once");
}

#[test]
fn the_date_the_resident_was_told_stays_the_target_when_a_holiday_is_proclaimed() {
    let loaded = loaded();
    let case = acknowledged(&loaded, received(&loaded, MON_23_NOV), TUE_24_NOV);
    let [fri_4_dec, tue_8_dec, wed_9_dec] = [4, 8, 9].map(|day| date(2026, 12, day));
    let (events, case) = recounted(rules(&with_holiday(&loaded, fri_4_dec), TUE_24_NOV), &case);
    let due = case.current.response_due.unwrap();
    assert_eq!((due.by, due.original_by, due.counted_by), (tue_8_dec, tue_8_dec, wed_9_dec));
    assert_eq!(case.next_deadline().unwrap().1, Some(tue_8_dec));
    assert!(events[0].in_words().ends_with("The date the resident was told stays the target."), "{events:?}");
    // Taken back again: the lawful date is the promised one.
    let (_, case) = recounted(rules(&loaded, TUE_24_NOV), &case);
    assert_eq!(case.current.response_due.unwrap().counted_by, tue_8_dec);
}

#[test]
fn a_holiday_that_is_taken_back_makes_an_earlier_date_the_target() {
    let loaded = loaded();
    let newer = with_holiday(&loaded, date(2026, 12, 4));
    let case = acknowledged(&newer, received(&newer, MON_23_NOV), TUE_24_NOV);
    assert_eq!(case.next_deadline().unwrap().1, Some(date(2026, 12, 9)));
    let (_, case) = recounted(rules(&loaded, TUE_24_NOV), &case);
    assert_eq!(case.next_deadline().unwrap().1, Some(date(2026, 12, 8)));
}

#[test]
fn a_date_that_the_calendar_did_not_reach_is_counted_once_it_does() {
    let loaded = loaded();
    let opened = received(&loaded, MON_23_NOV);
    let mut case = opened.clone();
    case.current.acknowledge_by = None;
    let (events, case) = recounted(rules(&loaded, TUE_24_NOV), &case);
    assert_eq!(case, opened);
    assert!(
        events[0].in_words().starts_with("The acknowledgement was due: not covered by the calendar."),
        "{events:?}"
    );
    let mut case = acknowledged(&loaded, opened, "2026-12-02T09:00:00Z");
    let due = case.current.response_due.take();
    assert_eq!(recounted(rules(&loaded, TUE_24_NOV), &case).1.current.response_due, due);
}

mod corrections;
