//! What is recorded of the people of a case: what is saved is what comes back.

use complaintsd::domain::circumstances::{
    Circumstance, Declaration, Ended, Interest, LetterFormat, Preferences, PreferredContact, Recorded,
};
use complaintsd::domain::events::CaseEvent;
use complaintsd::domain::ids::{ContactId, OfficerId};
use complaintsd::domain::ombudsman_case::{Done, OmbudsmanItem, OmbudsmanKind};
use complaintsd::domain::people_events::{PeopleEvent, Reviewable};
use complaintsd::domain::representative::{Authority, Consent, Representative, Scope};
use complaintsd::domain::restriction::Restriction;
use complaintsd::domain::stage::Stage;
use jiff::civil::date;

use super::bench::{Bench, address, at, grace, on_both};

on_both!(cases_are_found_by_what_comes_up_and_by_their_people, one_incident_stands_at_most);

/// One of each kind.
pub(super) fn events() -> Vec<CaseEvent> {
    let why = || "no longer needed".to_owned();
    let recorded = |kind| PeopleEvent::Recorded {
        recorded: Recorded {
            kind,
            text: "Large “print”, O’Hara".to_owned(),
            on: date(2026, 12, 1),
            review_by: date(2027, 6, 1),
            ended: None,
        },
    };
    let consent = || Consent { on: date(2026, 12, 2), evidence: "a signed form".to_owned() };
    let representative = |email: Option<&str>, consent| PeopleEvent::RepresentativeNamed {
        representative: Representative {
            name: "Ben Poole".to_owned(),
            email: email.map(address),
            authority: Authority::PowerOfAttorney,
            scope: Scope::Letters,
            consent,
            expires_on: Some(date(2027, 12, 1)),
            ended: None,
        },
    };
    let item = |kind, due_by| PeopleEvent::OmbudsmanSent {
        item: OmbudsmanItem {
            reference: "202600123".to_owned(),
            kind,
            text: "Pay £300.".to_owned(),
            received_on: date(2026, 12, 3),
            due_by,
            done: None,
        },
    };
    let ended = |what| PeopleEvent::Ended { what, number: 1, ended: Ended { on: date(2026, 12, 9), why: why() } };
    let reviewed =
        |what| PeopleEvent::Reviewed { what, number: 1, review_by: date(2027, 7, 1), note: "holds".to_owned() };
    let people = vec![
        recorded(Circumstance::Adjustment),
        recorded(Circumstance::Disability),
        recorded(Circumstance::Household),
        reviewed(Reviewable::Circumstance),
        ended(Reviewable::Circumstance),
        PeopleEvent::Preferred {
            preferences: Preferences {
                contact: PreferredContact::Phone,
                format: LetterFormat::LargePrint,
                language: "Polski".to_owned(),
            },
        },
        representative(Some("ben@example.net"), None),
        representative(None, Some(consent())),
        PeopleEvent::Consented { number: 1, consent: consent() },
        reviewed(Reviewable::Representative),
        ended(Reviewable::Representative),
        PeopleEvent::Declared {
            declaration: Declaration {
                officer: OfficerId(7),
                name: "Grace Adeyemi".to_owned(),
                interest: Interest::Conflict,
                reason: "a neighbour".to_owned(),
                on: date(2026, 12, 4),
            },
        },
        PeopleEvent::HandlerCleared { stage: Stage::One, name: "Grace Adeyemi".to_owned(), why: why() },
        PeopleEvent::Restricted {
            restriction: Restriction {
                what: "One call a week.".to_owned(),
                reason: "r".to_owned(),
                evidence: "e".to_owned(),
                equality: "q".to_owned(),
                decided_by: "Grace Adeyemi".to_owned(),
                from: date(2026, 12, 5),
                review_by: date(2027, 6, 5),
                ended: None,
            },
        },
        reviewed(Reviewable::Restriction),
        ended(Reviewable::Restriction),
        item(OmbudsmanKind::Order, Some(date(2027, 1, 4))),
        item(OmbudsmanKind::Determination, None),
        PeopleEvent::OmbudsmanAnswered {
            number: 1,
            done: Done { on: date(2026, 12, 30), proof: "payment 4711".to_owned() },
        },
        PeopleEvent::ReceiptDeclared {
            contact: ContactId(1),
            was_at: at(3),
            received_at: at(1),
            by: "the caretaker".to_owned(),
            reason: "stamped".to_owned(),
            acknowledge_by: Some(date(2026, 12, 29)),
            respond_by: None,
            strict_by: None,
        },
    ];
    people.into_iter().map(CaseEvent::People).collect()
}

async fn cases_are_found_by_what_comes_up_and_by_their_people(bench: Bench) {
    let (first, second) = (bench.open_case(1).await, bench.open_case(2).await);
    for event in events() {
        let mut tx = bench.store.begin().await.unwrap();
        let case = tx.case_for_update(first.id).await.unwrap().unwrap().apply(&event);
        tx.save_case(&case, &[event], &grace(), at(50)).await.unwrap();
        tx.commit().await.unwrap();
    }
    // The disability on record is the next to be looked at: what has ended or is done does not come up.
    assert!(bench.store.cases_with_tasks(date(2027, 5, 31), 9).await.unwrap().is_empty());
    let due = bench.store.cases_with_tasks(date(2027, 6, 1), 9).await.unwrap();
    assert_eq!(due.iter().map(|case| case.id).collect::<Vec<_>>(), [first.id]);
    let others = bench.store.other_cases(&second, 9).await.unwrap();
    assert_eq!(others.iter().map(|case| case.id).collect::<Vec<_>>(), [first.id]);
}

async fn one_incident_stands_at_most(bench: Bench) {
    let new = complaintsd::domain::incident::NewIncident {
        what: "The housing system was encrypted.".to_owned(),
        began_on: date(2026, 12, 1),
        back_by: date(2026, 12, 11),
        told: "Ombudsman by webform; notice on the website.".to_owned(),
    };
    let mut tx = bench.store.begin().await.unwrap();
    let id = tx.declare_incident(&new, &grace(), at(5)).await.unwrap();
    tx.commit().await.unwrap();
    let standing = bench.store.incident().await.unwrap().unwrap();
    assert_eq!((standing.what.as_str(), standing.back_by, standing.ended_on), (new.what.as_str(), new.back_by, None));
    let mut tx = bench.store.begin().await.unwrap();
    assert!(tx.declare_incident(&new, &grace(), at(6)).await.is_err());
    drop(tx);
    let mut tx = bench.store.begin().await.unwrap();
    assert!(tx.end_incident(id, date(2026, 12, 9), &grace(), at(7)).await.unwrap());
    assert!(!tx.end_incident(id, date(2026, 12, 10), &grace(), at(8)).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(bench.store.incident().await.unwrap(), None);
    assert_eq!(bench.store.incidents().await.unwrap()[0].ended_on, Some(date(2026, 12, 9)));
}
