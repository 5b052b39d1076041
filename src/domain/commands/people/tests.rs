//! What may be recorded of the people of a case, provision by provision.

use jiff::civil::{Date, date};

use super::*;
use crate::config::{Rules as Loaded, built_in_rules};
use crate::domain::calendar::Division;
use crate::domain::circumstances::{LetterFormat, PreferredContact};
use crate::domain::commands::{self, CaseCommand};
use crate::domain::definition::{Definition, Point, Responsibility};
use crate::domain::events::CaseEvent;
use crate::domain::ids::{CaseId, CaseRef, EmailAddress};
use crate::domain::ombudsman_case::OmbudsmanKind;
use crate::domain::people::{Resident, Role, Standing};
use crate::domain::representative::{Authority, Scope};

const MON_23_NOV: &str = "2026-11-23T09:00:00Z";
const IN_SPRING: Date = date(2027, 5, 4);

struct Office {
    loaded: Loaded,
    asking: Officer,
    now: Timestamp,
}

impl Office {
    fn open() -> Self {
        let loaded = built_in_rules(Division::EnglandAndWales).unwrap();
        Self { loaded, asking: officer(1, "Priya Nair"), now: MON_23_NOV.parse().unwrap() }
    }

    fn rules(&self) -> Rules<'_> {
        let Loaded { code, calendar, .. } = &self.loaded;
        Rules { code, calendar, now: self.now, officer: Some(&self.asking) }
    }

    fn ask(&self, case: &Case, command: CaseCommand) -> Result<Case, Refusal> {
        let events = commands::decide(self.rules(), case, command)?;
        Ok(events.iter().fold(case.clone(), Case::apply))
    }

    fn people(&self, case: &Case, command: PeopleCommand) -> Result<Case, Refusal> {
        self.ask(case, CaseCommand::People(command))
    }
}

fn officer(id: i64, name: &str) -> Officer {
    let email = format!("officer{id}@landlord.example").parse().unwrap();
    Officer { id: OfficerId(id), email, name: name.to_owned(), role: Role::Officer, standing: Standing::Active }
}

fn address(text: &str) -> EmailAddress {
    text.parse().unwrap()
}

fn case() -> Case {
    let opened = CaseEvent::Opened {
        reference: CaseRef::new(2026, 1),
        contact: ContactId(1),
        stage: Stage::One,
        received_at: MON_23_NOV.parse().unwrap(),
        acknowledge_by: Some(date(2026, 11, 30)),
        respond_by: None,
        resident: Resident { name: "Ann Poole".to_owned(), email: Some(address("ann@example.org")) },
    };
    Case::opened(CaseId(1), &opened).unwrap()
}

fn adjustment(text: &str, review_by: Date) -> PeopleCommand {
    PeopleCommand::Record { kind: Circumstance::Adjustment, text: text.to_owned(), review_by }
}

fn representative(scope: Scope, consent: Option<Date>) -> Representative {
    Representative {
        name: "Ben Poole".to_owned(),
        email: Some(address("ben@example.net")),
        authority: Authority::Consent,
        scope,
        consent: consent.map(|on| Consent { on, evidence: "signed form".to_owned() }),
        expires_on: None,
        ended: None,
    }
}

/// 5.10.
#[test]
fn adjustments_and_disabilities_are_recorded_with_a_review_and_only_adjustments_stand_in_letters() {
    let office = Office::open();
    let case = office.people(&case(), adjustment("We phone before each visit.", IN_SPRING)).unwrap();
    let disability = PeopleCommand::Record {
        kind: Circumstance::Disability,
        text: "Hard of hearing".to_owned(),
        review_by: IN_SPRING,
    };
    let case = office.people(&case, disability).unwrap();
    let preferences = Preferences {
        contact: PreferredContact::Post,
        format: LetterFormat::LargePrint,
        language: "Polish".to_owned(),
    };
    let case = office.people(&case, PeopleCommand::Prefer(preferences)).unwrap();
    let letter = case.people.in_letter("A quiet room for our meeting.");
    assert_eq!(
        letter,
        "We phone before each visit.\n\nFormat you asked for: large print.\n\nLanguage you asked for: Polish.\n\n\
         A quiet room for our meeting."
    );
    assert_eq!(case.people.tasks().len(), 2, "both are reviewed");
    let whole: Vec<String> = case.people.tasks().into_iter().map(|task| task.what).collect();
    assert!(whole.iter().all(|what| !what.contains("hearing")), "{whole:?}");
    for wrong in [adjustment(" ", IN_SPRING), adjustment("Calls", date(2026, 11, 23))] {
        assert!(office.people(&case, wrong).unwrap_err().to_string().contains("5.10"));
    }
    let (what, number) = (Reviewable::Circumstance, 1);
    let review =
        |number| PeopleCommand::Review { what, number, review_by: date(2027, 11, 1), note: "Still so.".to_owned() };
    let reviewed = office.people(&case, review(number)).unwrap();
    assert_eq!(reviewed.people.recorded[0].review_by, date(2027, 11, 1));
    let over = PeopleCommand::End { what, number, why: "Moved to a new home.".to_owned() };
    let ended = office.people(&reviewed, over).unwrap();
    assert!(!ended.people.in_letter("").contains("phone"), "what has ended is no longer promised");
    assert_eq!(office.people(&ended, review(1)), Err(PeopleRefusal::Over("circumstance").into()));
    assert_eq!(office.people(&ended, review(9)), Err(PeopleRefusal::NoSuch { what: "circumstance", number: 9 }.into()));
}

/// 1.3, 3.6.
#[test]
fn nothing_is_disclosed_to_a_representative_before_consent_is_recorded() {
    let (office, case) = (Office::open(), case());
    let today = date(2026, 11, 23);
    let resident = |case: &Case| case.people.letters_to(&case.resident, today).1.cloned().unwrap();
    let name = |scope, consent| PeopleCommand::NameRepresentative(representative(scope, consent));
    let named = office.people(&case, name(Scope::Letters, None)).unwrap();
    assert_eq!(resident(&named), address("ann@example.org"));
    assert!(named.people.consented(today).is_empty());
    let consent = |evidence: &str, on| PeopleCommand::Consent {
        number: 1,
        consent: Consent { on, evidence: evidence.to_owned() },
    };
    assert!(office.people(&named, consent(" ", today)).unwrap_err().to_string().contains("3.6"));
    let tomorrow = consent("signed form", date(2026, 11, 24));
    assert_eq!(office.people(&named, tomorrow), Err(PeopleRefusal::InTheFuture("the day of the consent").into()));
    let consented = office.people(&named, consent("signed form", today)).unwrap();
    assert_eq!(resident(&consented), address("ben@example.net"));
    assert_eq!(
        consented.people.letters_to(&consented.resident, date(2026, 11, 22)).1,
        Some(&address("ann@example.org"))
    );
    let told = office.people(&case, name(Scope::Told, Some(today))).unwrap();
    assert_eq!(resident(&told), address("ann@example.org"), "the scope says where letters go");
    assert_eq!(told.people.consented(today), [address("ben@example.net")]);
    let mut brief = representative(Scope::Letters, Some(today));
    brief.expires_on = Some(date(2026, 12, 1));
    let brief = office.people(&case, PeopleCommand::NameRepresentative(brief)).unwrap();
    assert_eq!(resident(&brief), address("ben@example.net"));
    assert_eq!(brief.people.letters_to(&brief.resident, date(2026, 12, 2)).1, Some(&address("ann@example.org")));
    let (what, why) = (Reviewable::Representative, "Ann wrote to us.".to_owned());
    let taken_back = office.people(&consented, PeopleCommand::End { what, number: 1, why }).unwrap();
    assert_eq!(resident(&taken_back), address("ann@example.org"));
}

/// 5.8.
#[test]
fn an_officer_with_a_conflict_or_named_in_the_complaint_cannot_handle_it() {
    let office = Office::open();
    let (priya, owen) = (officer(1, "Priya Nair"), officer(2, "Owen Hughes"));
    let point =
        Point { number: 0, text: "Owen Hughes hung up on me.".to_owned(), responsibility: Responsibility::Ours };
    let definition = Definition { points: vec![point], outcomes: vec!["An apology.".to_owned()] };
    let case = office.ask(&case(), CaseCommand::Define { definition }).unwrap();
    let assign = |officer: &Officer| CaseCommand::AssignHandler { officer: officer.clone() };
    assert_eq!(office.ask(&case, assign(&owen)), Err(PeopleRefusal::Named("Owen Hughes".to_owned()).into()));
    let handled = office.ask(&case, assign(&priya)).unwrap();
    let declare = |officer: &Officer, interest, reason: &str| PeopleCommand::Declare {
        officer: officer.clone(),
        interest,
        reason: reason.to_owned(),
    };
    let conflict = declare(&priya, Interest::Conflict, "Ann is my aunt.");
    let left = office.people(&handled, conflict).unwrap();
    assert_eq!(left.current.handler, None, "who declares a conflict leaves at once");
    assert_eq!(left.people.handler_left.as_ref().unwrap().name, "Priya Nair");
    assert_eq!(office.ask(&left, assign(&priya)), Err(PeopleRefusal::Conflict("Priya Nair".to_owned()).into()));
    assert!(office.people(&left, declare(&owen, Interest::None, " ")).unwrap_err().to_string().contains("5.8"));
    let cleared = office.people(&left, declare(&owen, Interest::None, "Another Owen Hughes, of the council.")).unwrap();
    let handled = office.ask(&cleared, assign(&owen)).unwrap();
    assert_eq!(handled.people.handler_left, None);
    let judge = Office { asking: owen.clone(), ..Office::open() };
    let own = judge.people(&left, declare(&owen, Interest::None, "It was not me."));
    assert_eq!(own, Err(PeopleRefusal::OwnJudge("Owen Hughes".to_owned()).into()));
}

/// 5.8, 6.13: a case never keeps a handler who cannot act.
#[test]
fn a_handler_who_leaves_is_cleared_once_and_only_from_their_own_cases() {
    let office = Office::open();
    let handled = office.ask(&case(), CaseCommand::AssignHandler { officer: officer(2, "Owen Hughes") }).unwrap();
    let clear =
        |id| PeopleCommand::ClearHandler { officer: OfficerId(id), why: "the account was switched off".to_owned() };
    assert_eq!(office.people(&handled, clear(1)).unwrap(), handled);
    let cleared = office.people(&handled, clear(2)).unwrap();
    assert_eq!(cleared.current.handler, None);
    assert_eq!(office.people(&cleared, clear(2)).unwrap(), cleared);
}

/// 5.14, 5.15.
#[test]
fn a_restriction_needs_its_reason_evidence_equality_and_review_and_moves_no_date() {
    let (office, case) = (Office::open(), case());
    let restrict = |texts: [&str; 4], review_by| {
        let [what, reason, evidence, equality] = texts.map(ToOwned::to_owned);
        PeopleCommand::Restrict { what, reason, evidence, equality, review_by }
    };
    let whole = [
        "Calls to one number; emergencies as ever.",
        "Threats to staff.",
        "Call notes.",
        "No adjustment stands against it.",
    ];
    for blank in 0..4 {
        let mut texts = whole;
        texts[blank] = " ";
        let refusal = office.people(&case, restrict(texts, IN_SPRING)).unwrap_err().to_string();
        assert!(refusal.contains(if blank == 3 { "5.15" } else { "5.14" }), "{refusal}");
    }
    assert!(office.people(&case, restrict(whole, date(2026, 11, 23))).is_err(), "never without a review");
    let restricted = office.people(&case, restrict(whole, IN_SPRING)).unwrap();
    assert_eq!(restricted.people.restrictions[0].decided_by, "Priya Nair");
    assert_eq!(restricted.next_deadline(), case.next_deadline());
    let message = CaseCommand::AddContact { contact: ContactId(2), reason: "it is hers".to_owned() };
    office.ask(&restricted, message).unwrap();
    let (what, number) = (Reviewable::Restriction, 1);
    let lifted = office.people(&restricted, PeopleCommand::End { what, number, why: "No longer needed.".to_owned() });
    assert_eq!(lifted.unwrap().people.restrictions_in_force().count(), 0);
}

#[test]
fn what_the_ombudsman_orders_has_its_own_date_and_proof() {
    let (office, case) = (Office::open(), case());
    let item = |kind, due_by| {
        PeopleCommand::OmbudsmanSent(OmbudsmanItem {
            reference: "202600123".to_owned(),
            kind,
            text: "Apologise and pay £300.".to_owned(),
            received_on: date(2026, 11, 20),
            due_by,
            done: None,
        })
    };
    for kind in [OmbudsmanKind::Enquiry, OmbudsmanKind::Evidence, OmbudsmanKind::Order] {
        assert!(office.people(&case, item(kind, None)).unwrap_err().to_string().contains("the Ombudsman set"));
    }
    office.people(&case, item(OmbudsmanKind::Determination, None)).unwrap();
    let ordered = office.people(&case, item(OmbudsmanKind::Order, Some(date(2026, 12, 18)))).unwrap();
    assert_eq!(ordered.next_deadline(), case.next_deadline(), "on its own clock");
    assert_eq!(ordered.people.tasks()[0].by, date(2026, 12, 18));
    let done = |proof: &str| PeopleCommand::OmbudsmanAnswered {
        number: 1,
        done: Done { on: date(2026, 11, 23), proof: proof.to_owned() },
    };
    assert!(office.people(&ordered, done("")).is_err());
    let answered = office.people(&ordered, done("Payment 4711, letter of 23 November.")).unwrap();
    assert!(answered.people.tasks().is_empty());
    assert_eq!(office.people(&answered, done("again")), Err(PeopleRefusal::Over("Ombudsman item").into()));
}

/// 3.2, 6.2.
#[test]
fn a_colleagues_earlier_receipt_moves_the_clock_and_a_later_one_never_does() {
    let (office, case) = (Office::open(), case());
    let declare = |contact, at: &str, by: &str, reason: &str| PeopleCommand::DeclareReceipt {
        contact: ContactId(contact),
        at: at.parse().unwrap(),
        by: by.to_owned(),
        reason: reason.to_owned(),
    };
    let thu_19_nov = "2026-11-19T16:00:00Z";
    let earlier = office.people(&case, declare(1, thu_19_nov, "the caretaker", "The letter is stamped.")).unwrap();
    assert_eq!(earlier.current.acknowledge_by, Some(date(2026, 11, 26)));
    assert_eq!(earlier.current.received_at, thu_19_nov.parse().unwrap());
    for at in [MON_23_NOV, "2026-11-24T09:00:00Z"] {
        let refusal = office.people(&case, declare(1, at, "the caretaker", "It is stamped.")).unwrap_err();
        assert!(matches!(refusal, Refusal::People(PeopleRefusal::NotEarlier(_))), "{refusal}");
    }
    assert!(office.people(&case, declare(2, thu_19_nov, "x", "y")).is_err(), "another contact starts no clock");
    assert!(office.people(&case, declare(1, thu_19_nov, " ", "y")).unwrap_err().to_string().contains("3.2"));
    assert!(office.people(&case, declare(1, thu_19_nov, "x", "")).unwrap_err().to_string().contains("3.2"));
}
