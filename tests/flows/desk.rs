//! The officers' desk: what belongs to no case waits, is decided once, and is never forgotten; words
//! that must not wait are told of at once.

use complaintsd::casework::CaseworkError;
use complaintsd::domain::contact::Decision;
use complaintsd::domain::decision::{Asked, Choice, Complainant, DecisionRefusal};
use complaintsd::domain::events::CaseEvent;
use complaintsd::domain::ids::{CaseRef, ContactId};
use complaintsd::domain::people::{Actor, Officer, Role};
use complaintsd::reminders::Reminders;
use complaintsd::store::NewOfficer;
use jiff::SignedDuration;
use jiff::civil::{Date, date};
use tokio::join;

use crate::support::clock::{at, morning};
use crate::support::scene::{Scene, address, mail, stories};

stories!(
    a_junked_complaint_becomes_a_case_whose_clock_ran_from_its_receipt,
    a_case_for_somebody_else_leaves_name_and_address_to_be_written,
    a_contact_added_to_a_case_says_in_its_history_who_did_it_and_why,
    a_message_with_a_case_of_its_own_can_be_moved_to_the_one_it_belongs_to,
    nothing_to_do_is_remembered_and_can_be_decided_anew,
    a_second_press_does_nothing_and_of_two_officers_the_second_is_told_of_the_first,
    what_is_asked_wrongly_changes_nothing,
    undecided_contacts_are_reminded_of_once_for_each_rung_and_stand_in_the_daily_list,
    words_that_must_not_wait_are_told_of_at_once_and_once,
    a_flood_of_words_that_must_not_wait_is_told_of_together,
);

const MON_2_NOV: Date = date(2026, 11, 2);
const THU_5_NOV: Date = date(2026, 11, 5);
const MON_9_NOV: Date = date(2026, 11, 9);
const TUE_10_NOV: Date = date(2026, 11, 10);
const MON_23_NOV: Date = date(2026, 11, 23);

const OPEN: Choice = Choice::OpenCase(Complainant::Sender);

fn asked(choice: Choice, reason: &str) -> Asked {
    Asked { choice, reason: reason.to_owned(), seen: None }
}

async fn decide(scene: &Scene, id: ContactId, asked: &Asked) -> Result<Option<CaseRef>, CaseworkError> {
    scene.casework().decide_contact(&scene.officer, id, asked).await
}

async fn owen(scene: &Scene) -> Officer {
    let new = NewOfficer {
        email: address("owen@landlord.example"),
        name: "Owen Hughes".to_owned(),
        role: Role::Officer,
        password_hash: "none".to_owned(),
    };
    let mut tx = scene.store.begin().await.unwrap();
    let id = tx.add_officer(&new, &Actor::Operator, scene.clock_now()).await.unwrap().unwrap();
    tx.commit().await.unwrap();
    scene.store.officer(id).await.unwrap().unwrap()
}

async fn waiting(scene: &Scene) -> Vec<ContactId> {
    let waiting = scene.store.waiting_contacts(100).await.unwrap();
    assert_eq!(usize::try_from(scene.store.waiting_count().await.unwrap()).unwrap(), waiting.len());
    waiting.into_iter().map(|contact| contact.id).collect()
}

/// Lessons 17: a junked complaint is shown for triage, and the clock did not wait for anybody.
async fn a_junked_complaint_becomes_a_case_whose_clock_ran_from_its_receipt(scene: &mut Scene) {
    let id = scene.junk(at(MON_2_NOV, 17, 30), "ann@example.org", "The wall is wet.").await;
    assert_eq!(waiting(scene).await, [id]);
    assert!(scene.cases().await.is_empty());
    scene.clock.set(morning(MON_23_NOV));
    let reference = decide(scene, id, &asked(OPEN, " A complaint. ")).await.unwrap().unwrap();
    assert!(waiting(scene).await.is_empty());
    let case = scene.cases().await.pop().unwrap();
    assert_eq!((case.reference, case.opened_by), (reference, id));
    assert_eq!(case.current.received_at, at(MON_2_NOV, 17, 30));
    assert_eq!(case.current.acknowledge_by, Some(MON_9_NOV), "past by now, and so it is shown");
    assert_eq!(case.resident.email, Some(address("ann@example.org")));
    let contact = scene.store.contact(id).await.unwrap().unwrap();
    let decided = contact.decided.unwrap();
    assert_eq!((contact.case, decided.decision), (Some(reference), Decision::CaseOpened));
    assert_eq!((decided.reason.as_str(), decided.at), ("A complaint.", morning(MON_23_NOV)));
    let history = scene.store.history(case.id).await.unwrap();
    let officer = Actor::Officer { id: scene.officer.id, name: scene.officer.name.clone() };
    assert!(history.iter().all(|line| line.actor == officer));
    assert_eq!(history[1].event.in_words(), format!("Contact {id} added: A complaint."));
    // The daemon goes on with it as with any other.
    assert_eq!(scene.draft().await.new, 1);
}

async fn a_case_for_somebody_else_leaves_name_and_address_to_be_written(scene: &mut Scene) {
    let id = scene.junk(morning(MON_2_NOV), "councillor@example.org", "My constituent…").await;
    decide(scene, id, &asked(Choice::OpenCase(Complainant::SomebodyElse), "For Mrs Bell.")).await.unwrap();
    let case = scene.cases().await.pop().unwrap();
    assert_eq!((case.resident.name.as_str(), case.resident.email), ("", None));
}

async fn a_contact_added_to_a_case_says_in_its_history_who_did_it_and_why(scene: &mut Scene) {
    let (case, _) = scene.a_complaint().await;
    let id = scene.junk(morning(MON_2_NOV), "son@example.org", "My mother's wall").await;
    let done = decide(scene, id, &asked(Choice::AddTo(case.reference), "Her son writes for her")).await;
    assert_eq!(done.unwrap(), Some(case.reference));
    assert_eq!(scene.store.contact(id).await.unwrap().unwrap().case, Some(case.reference));
    let line = scene.store.history(case.id).await.unwrap().pop().unwrap();
    assert_eq!(line.actor.to_string(), "Priya Nair");
    assert_eq!(line.event, CaseEvent::ContactAdded { contact: id, reason: "Her son writes for her".to_owned() });
    assert_eq!(scene.now(&case).await.current, case.current, "no date moves");
}

/// Lessons 23, 26: what may belong to a case is offered; its own clock runs meanwhile.
async fn a_message_with_a_case_of_its_own_can_be_moved_to_the_one_it_belongs_to(scene: &mut Scene) {
    let (first, _) = scene.a_complaint().await;
    scene.arrives(&mail(&[("From", "neighbour@example.org"), ("Subject", "Her wall")], "It is wet."));
    scene.poll().await;
    let own = scene.cases().await.pop().unwrap();
    let id = own.opened_by;
    let refused = decide(scene, id, &asked(Choice::AddTo(first.reference), "The same")).await;
    let in_a_case = |case| DecisionRefusal::InACase { case, by: None };
    assert_eq!(refusal(refused), in_a_case(own.reference), "nobody asks about it");

    scene.meddle("UPDATE contacts SET waiting = 'suggestion' WHERE from_email = 'neighbour@example.org'").await;
    assert_eq!(waiting(scene).await, [id]);
    assert_eq!(refusal(decide(scene, id, &asked(OPEN, "Another")).await), in_a_case(own.reference));
    decide(scene, id, &asked(Choice::AddTo(first.reference), "The same wall")).await.unwrap();
    assert_eq!(scene.store.contacts_of_case(first.id).await.unwrap().len(), 2);
    let said = |events: Vec<CaseEvent>| events.last().unwrap().in_words();
    assert_eq!(said(scene.events(&first).await), format!("Contact {id} added: The same wall."));
    let moved = format!("Contact {id} was moved to case {}: The same wall. This case stays open.", first.reference);
    assert_eq!(said(scene.events(&own).await), moved);
    assert_eq!(scene.cases().await.len(), 2, "a case is not made away with");
}

async fn nothing_to_do_is_remembered_and_can_be_decided_anew(scene: &mut Scene) {
    let id = scene.junk(morning(MON_2_NOV), "offers@example.org", "50% off").await;
    assert_eq!(decide(scene, id, &asked(Choice::NothingToDo, "An advertisement")).await.unwrap(), None);
    assert!(waiting(scene).await.is_empty() && scene.cases().await.is_empty());
    let decided = scene.store.contact(id).await.unwrap().unwrap().decided.unwrap();

    // Somebody who has not seen that decision is told of it; who has, may think better of it.
    let refused = decide(scene, id, &asked(OPEN, "A complaint")).await;
    assert_eq!(refusal(refused), DecisionRefusal::Decided(decided.clone()));
    let anew = Asked { seen: Some(decided.at), ..asked(OPEN, "A complaint after all") };
    assert!(decide(scene, id, &anew).await.unwrap().is_some());
    assert_eq!(scene.cases().await.len(), 1);
}

/// Lessons 42: double click, two tabs, two officers.
async fn a_second_press_does_nothing_and_of_two_officers_the_second_is_told_of_the_first(scene: &mut Scene) {
    let owen = owen(scene).await;
    let id = scene.junk(morning(MON_2_NOV), "ann@example.org", "Wet").await;
    let (casework, wanted) = (scene.casework(), asked(OPEN, "A complaint"));
    let press = || casework.decide_contact(&scene.officer, id, &wanted);
    let (one, two, three) = join!(press(), press(), press());
    let first = one.unwrap().unwrap();
    assert_eq!((two.unwrap(), three.unwrap()), (Some(first), Some(first)));
    assert_eq!(scene.cases().await.len(), 1);
    let late = casework.decide_contact(&owen, id, &asked(Choice::NothingToDo, "Nothing")).await.unwrap_err();
    let told = late.to_string();
    assert!(told.contains("Priya Nair") && told.contains("A complaint"), "{told}");

    let id = scene.junk(morning(MON_2_NOV), "bea@example.org", "Wet").await;
    let (of_priya, of_owen) = (asked(OPEN, "A complaint"), asked(Choice::NothingToDo, "Nothing"));
    let both =
        join!(casework.decide_contact(&scene.officer, id, &of_priya), casework.decide_contact(&owen, id, &of_owen));
    assert!(both.0.is_ok() != both.1.is_ok(), "{both:?}");
}

fn refusal(result: Result<Option<CaseRef>, CaseworkError>) -> DecisionRefusal {
    match result.unwrap_err() {
        CaseworkError::Undecidable(refusal) => refusal,
        other => panic!("{other}"),
    }
}

async fn what_is_asked_wrongly_changes_nothing(scene: &mut Scene) {
    let id = scene.junk(morning(MON_2_NOV), "ann@example.org", "Wet").await;
    assert_eq!(refusal(decide(scene, id, &asked(OPEN, "  ")).await), DecisionRefusal::NoReason);
    let long = decide(scene, id, &asked(OPEN, &"é".repeat(2_001))).await;
    assert_eq!(refusal(long).to_string(), "shorten the reason to 2000 characters: it has 2001");
    let nowhere = asked(Choice::AddTo(CaseRef::new(2026, 77)), "x");
    assert!(matches!(decide(scene, id, &nowhere).await, Err(CaseworkError::NoSuchCase)));
    let nobody = decide(scene, ContactId(99), &asked(OPEN, "x")).await;
    assert!(matches!(nobody, Err(CaseworkError::NoSuchContact)));
    assert_eq!(waiting(scene).await, [id]);
    assert!(scene.cases().await.is_empty());
}

/// The recipients and subjects of what one pass on this day queues.
async fn reminded(scene: &Scene, day: Date) -> Vec<(String, String)> {
    scene.clock.set(morning(day));
    let planned = scene.reminders().planned().await.unwrap();
    let queued = scene.reminders().run_once().await.unwrap();
    assert_eq!(queued, planned);
    assert!(scene.reminders().run_once().await.unwrap().is_empty(), "never twice");
    queued.into_iter().map(|notice| (notice.to.to_string(), notice.subject)).collect()
}

async fn undecided_contacts_are_reminded_of_once_for_each_rung_and_stand_in_the_daily_list(scene: &mut Scene) {
    let team = |subject: &str| ("team@landlord.example".to_owned(), subject.to_owned());
    let manager = |subject: &str| ("manager@landlord.example".to_owned(), subject.to_owned());
    for number in 0..3 {
        scene.junk(morning(MON_2_NOV), &format!("ann{number}@example.org"), "Wet").await;
    }
    assert!(reminded(scene, MON_2_NOV).await.is_empty());
    // One notice, not three: junk must not bury the team in reminders.
    let thursday = "3 messages wait for a decision: 2 working days left if a complaint";
    assert_eq!(reminded(scene, THU_5_NOV).await, [team(thursday)]);
    assert!(reminded(scene, date(2026, 11, 6)).await.is_empty());
    decide(scene, ContactId(1), &asked(Choice::NothingToDo, "x")).await.unwrap();
    assert_eq!(reminded(scene, MON_9_NOV).await, [team("2 messages wait for a decision: due today if a complaint")]);
    decide(scene, ContactId(2), &asked(Choice::NothingToDo, "x")).await.unwrap();
    let list = "Undecided messages on Tuesday 10 November 2026";
    assert_eq!(reminded(scene, TUE_10_NOV).await, [manager(list)]);
    scene.send().await;
    let sent = complaintsd::ingest::read(&scene.courier.given_to("manager@landlord.example")[0]);
    assert!(sent.text.contains("Contact 3") && !sent.text.contains("Contact 1"), "{}", sent.text);
    assert!(sent.text.contains("https://complaints.landlord.example/contacts/3"), "{}", sent.text);
    assert!(!sent.text.contains("ann") && !sent.text.contains("Damp"), "nothing of the sender's: {}", sent.text);
    decide(scene, ContactId(3), &asked(OPEN, "x")).await.unwrap();
    let wednesday = reminded(scene, date(2026, 11, 11)).await;
    let overdue = wednesday.iter().filter(|(to, _)| to == "manager@landlord.example").collect::<Vec<_>>();
    assert_eq!(overdue, [&manager("1 overdue complaint on Wednesday 11 November 2026")]);
}

/// Awaab's Law (SI 2025/1042): the landlord is aware when the message is here, at whatever hour.
async fn words_that_must_not_wait_are_told_of_at_once_and_once(scene: &mut Scene) {
    let sat_7_nov = date(2026, 11, 7);
    scene.clock.set(at(sat_7_nov, 23, 0));
    let text = "NO HEATING since Monday. And this is a subject access request.";
    scene.arrives(&mail(&[("From", "Ann Poole <ann@example.org>"), ("Message-ID", "<1@mail.example.org>")], text));
    scene.arrives(&mail(&[("From", "Bea <bea@example.org>"), ("Message-ID", "<2@mail.example.org>")], "Noise"));
    scene.poll().await;
    let marks = scene.contacts().await[0].marks.clone();
    assert_eq!(marks.iter().map(|mark| mark.list.as_str()).collect::<Vec<_>>(), ["hazard", "subject-access"]);
    let case = scene.cases().await[0].clone();
    assert_eq!(scene.contacts().await[1].marks, [], "and nobody says that it is not urgent");

    let queued = scene.reminders().run_once().await.unwrap();
    let told: Vec<String> = queued.iter().map(|notice| format!("{}: {}", notice.to, notice.subject)).collect();
    let hazard = format!("duty@landlord.example: Urgent: Possible hazard in a home, {}", case.reference);
    let access = format!("duty@landlord.example: Possible request for personal data, {}", case.reference);
    assert_eq!(told, [hazard, access]);
    assert!(scene.reminders().run_once().await.unwrap().is_empty(), "once for each message and list");
    scene.send().await;
    let sent = complaintsd::ingest::read(&scene.courier.given_to("duty@landlord.example")[0]);
    assert!(sent.text.contains("no heating") && sent.text.contains("/contacts/1"), "{}", sent.text);
    assert!(!sent.text.contains("Ann") && !sent.text.contains("ann@") && !sent.text.contains("since Monday"));

    // An answer that quotes our letter is no new hazard; from long ago, or before us, nothing is told.
    scene.meddle("UPDATE contacts SET intake = 'historic' WHERE id = 2").await;
    scene.meddle("UPDATE contacts SET marks = '[{\"list\":\"hazard\",\"words\":[\"no heating\"]}]' WHERE id = 2").await;
    assert!(scene.reminders().run_once().await.unwrap().is_empty());
}

/// Somebody is told of each of them once, and is not buried.
async fn a_flood_of_words_that_must_not_wait_is_told_of_together(scene: &mut Scene) {
    scene.clock.set(morning(MON_2_NOV));
    let reminders = |scene: &Scene| Reminders { hand_overs_per_hour: 2, ..scene.reminders() };
    let arrive = |scene: &Scene, numbers: std::ops::Range<u32>| {
        for number in numbers {
            let id = format!("<flood{number}@mail.example.org>");
            scene.arrives(&mail(&[("From", "Ann <ann@example.org>"), ("Message-ID", &id)], "There is no heating."));
        }
    };
    let told = async |scene: &Scene| -> Vec<String> {
        let queued = reminders(scene).run_once().await.unwrap();
        queued
            .into_iter()
            .filter(|notice| notice.to.as_str() == "duty@landlord.example")
            .map(|one| one.subject)
            .collect()
    };
    arrive(scene, 0..5);
    scene.poll().await;
    let first = told(scene).await;
    assert_eq!(first.len(), 3, "{first:?}");
    assert_eq!(first[2], "3 more messages have words that must not wait");
    assert_eq!(scene.alarms().await, ["hand-overs"]);
    assert!(told(scene).await.is_empty(), "each is told of once");

    scene.clock.forward(SignedDuration::from_mins(5));
    arrive(scene, 5..6);
    scene.poll().await;
    assert!(told(scene).await.is_empty(), "one list in a quarter of an hour");
    scene.clock.forward(SignedDuration::from_mins(10));
    assert_eq!(told(scene).await, ["1 more message has words that must not wait"]);
    scene.clock.forward(SignedDuration::from_mins(61));
    assert!(told(scene).await.is_empty());
    assert!(scene.alarms().await.is_empty());
    arrive(scene, 6..7);
    scene.poll().await;
    assert_eq!(told(scene).await.len(), 1, "one by one again");
    scene.send().await;
    let sent = scene.courier.given_to("duty@landlord.example");
    let list =
        sent.iter().map(|bytes| complaintsd::ingest::read(bytes)).find(|read| read.subject.starts_with("3 more"));
    let list = list.unwrap();
    assert!(list.text.contains("Contact 3") && list.text.contains("/contacts/5"), "{}", list.text);
    assert!(!list.text.contains("Ann") && !list.text.contains("ann@"), "nothing of the sender's: {}", list.text);
}
