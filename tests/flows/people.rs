//! The people of a case and other channels, as stories on both databases.

use complaintsd::casework::{CaseworkError, Destination};
use complaintsd::domain::channel::{Channel, Entered, EnteredFile, EntryRefusal, FirstReceipt, Taken};
use complaintsd::domain::circumstances::Circumstance;
use complaintsd::domain::commands::{CaseCommand, PeopleCommand};
use complaintsd::domain::ids::CaseRef;
use complaintsd::domain::ombudsman_case::{Done, OmbudsmanItem, OmbudsmanKind};
use complaintsd::domain::people::{Actor, Officer, Role};
use complaintsd::domain::representative::{Authority, Consent, Representative, Scope};
use complaintsd::ingest;
use complaintsd::store::NewOfficer;
use jiff::Timestamp;
use jiff::civil::{Date, date};

use crate::support::clock::{at, morning};
use crate::support::scene::{Scene, address, full_form, mail, stories, word_lists};

stories!(
    a_phone_call_opens_a_case_counted_from_its_true_receipt_and_is_kept_like_mail,
    a_letter_on_paper_joins_a_case_with_its_scan,
    an_entry_that_cannot_be_keeps_nothing,
    a_colleagues_earlier_receipt_moves_the_dates_of_the_case_it_opened,
    a_representative_is_written_to_and_joins_only_with_consent,
    an_adjustment_on_record_stands_in_the_letter,
    switching_an_account_off_takes_its_cases_away_at_once,
    reviews_and_the_ombudsmans_dates_are_reminded_of_once_for_each_rung,
);

const THU_19_NOV: Date = date(2026, 11, 19);
const THU_26_NOV: Date = date(2026, 11, 26);
const MON_23_NOV: Date = date(2026, 11, 23);
const MON_30_NOV: Date = date(2026, 11, 30);

fn call(received_at: Timestamp, once: &str) -> Entered {
    Entered {
        taken: Taken { channel: Channel::Phone, by: "Sam at the front desk".to_owned() },
        received_at,
        name: "Ann Poole".to_owned(),
        email: Some(address("ann@example.org")),
        reach: "01632 960001".to_owned(),
        postal: None,
        subject: String::new(),
        text: "No heating since Tuesday.".to_owned(),
        files: Vec::new(),
        once: once.to_owned(),
    }
}

async fn enter(scene: &Scene, entry: &Entered, to: Destination) -> Result<Option<CaseRef>, CaseworkError> {
    let lists = word_lists();
    let done = scene.casework().enter_contact(&scene.officer, entry, &to, (ingest::read, &lists)).await?;
    Ok(done.1)
}

/// 3.1, 3.2, 6.2.
async fn a_phone_call_opens_a_case_counted_from_its_true_receipt_and_is_kept_like_mail(scene: &mut Scene) {
    scene.clock.set(morning(MON_23_NOV));
    let entry = call(at(THU_19_NOV, 16, 30), "1");
    let reference = enter(scene, &entry, Destination::OpenCase).await.unwrap().unwrap();
    assert_eq!(enter(scene, &entry, Destination::OpenCase).await.unwrap(), Some(reference), "a second press");
    enter(scene, &call(at(THU_19_NOV, 16, 30), "2"), Destination::AddTo(reference)).await.unwrap();
    let [case] = scene.cases().await.try_into().unwrap();
    assert_eq!((case.current.received_at, case.current.acknowledge_by), (at(THU_19_NOV, 16, 30), Some(THU_26_NOV)));
    assert_eq!(case.resident.email, Some(address("ann@example.org")));
    let contacts = scene.contacts().await;
    assert_eq!(contacts.len(), 2, "the same entry is one contact, another call is another");
    let contact = contacts.into_iter().min_by_key(|contact| contact.id).unwrap();
    assert_eq!(contact.taken, Some(entry.taken));
    assert_eq!(contact.marks.len(), 1, "words that must not wait are found in it");
    let raw = scene.store.contact_raw_id(contact.id).await.unwrap().unwrap();
    let bytes = scene.store.raw(raw).await.unwrap().unwrap();
    assert!(ingest::read(&bytes).text.contains("No heating since Tuesday."));
    assert_eq!(scene.poll().await.contacts, 0, "nothing is left for the reader of mail");
    let since = scene.clock_now() - jiff::SignedDuration::from_hours(1);
    assert!(scene.store.receipts_pending(since, 9).await.unwrap().is_empty(), "no automatic receipt for a call");
    scene.draft().await;
    assert_eq!(scene.store.letters_of_case(case.id).await.unwrap().len(), 1, "the same path from there");
}

async fn a_letter_on_paper_joins_a_case_with_its_scan(scene: &mut Scene) {
    let (case, _) = scene.a_complaint().await;
    let scan = EnteredFile {
        name: "scan.pdf".to_owned(),
        media_type: "application/pdf".to_owned(),
        bytes: vec![7; 2_000_000],
    };
    let taken = Taken { channel: Channel::Letter, by: "Post room".to_owned() };
    let entry = Entered { taken, text: String::new(), files: vec![scan], email: None, ..call(scene.clock_now(), "1") };
    assert_eq!(enter(scene, &entry, Destination::AddTo(case.reference)).await.unwrap(), Some(case.reference));
    let contact = scene.contacts().await.into_iter().find(|contact| contact.taken.is_some()).unwrap();
    assert_eq!(contact.case, Some(case.reference));
    let [file] = contact.reading.attachments.as_slice() else { panic!("{:?}", contact.reading.attachments) };
    assert_eq!((file.name.as_str(), file.size), ("scan.pdf", 2_000_000));
    let raw = scene.store.contact_raw_id(contact.id).await.unwrap().unwrap();
    let bytes = scene.store.raw(raw).await.unwrap().unwrap();
    assert_eq!(ingest::attachment(&bytes, &[0]).map(|file| file.bytes.len()), Some(2_000_000));
}

async fn an_entry_that_cannot_be_keeps_nothing(scene: &mut Scene) {
    let now = scene.clock_now();
    let future = enter(scene, &call(now + jiff::SignedDuration::from_secs(60), "1"), Destination::OpenCase).await;
    assert!(matches!(future, Err(CaseworkError::Entry(EntryRefusal::InTheFuture))), "{future:?}");
    let nowhere = enter(scene, &call(now, "1"), Destination::AddTo(CaseRef::new(2026, 7))).await;
    assert!(matches!(nowhere, Err(CaseworkError::NoSuchCase)), "{nowhere:?}");
    assert!(scene.contacts().await.is_empty() && scene.cases().await.is_empty());
}

/// 3.2.
async fn a_colleagues_earlier_receipt_moves_the_dates_of_the_case_it_opened(scene: &mut Scene) {
    scene.clock.set(morning(MON_23_NOV));
    scene.arrives(&mail(&[("From", "Ann Poole <ann@example.org>")], "The wall is wet."));
    scene.poll().await;
    let case = scene.cases().await.pop().unwrap();
    assert_eq!(case.current.acknowledge_by, Some(MON_30_NOV));
    let first = |at, by: &str, reason: &str| FirstReceipt { at, by: by.to_owned(), reason: reason.to_owned() };
    let declare = async |first| scene.casework().declare_first_receipt(&scene.officer, case.opened_by, first).await;
    for (wrong, words) in [
        (first(morning(MON_30_NOV), "the caretaker", "stamped"), "earlier"),
        (first(at(THU_19_NOV, 9, 0), " ", "stamped"), "who took it"),
        (first(at(THU_19_NOV, 9, 0), "the caretaker", ""), "how that is known"),
    ] {
        let refusal = declare(wrong).await.unwrap_err().to_string();
        assert!(refusal.contains(words) && refusal.contains("3.2"), "{refusal}");
    }
    declare(first(at(THU_19_NOV, 9, 0), "the caretaker", "Her note is stamped.")).await.unwrap();
    let moved = scene.now(&case).await;
    assert_eq!((moved.current.received_at, moved.current.acknowledge_by), (at(THU_19_NOV, 9, 0), Some(THU_26_NOV)));
    let told = scene.events(&case).await.pop().unwrap().in_words();
    assert!(told.contains("the caretaker") && told.contains("Thursday 26 November 2026"), "{told}");
    assert_eq!(scene.contacts().await[0].first_receipt.as_ref().unwrap().by, "the caretaker");
    // And when it belongs to no case yet, the case it opens is counted from then.
    let junk = scene.junk(morning(MON_23_NOV), "ben@example.org", "The roof leaks.").await;
    let earlier = first(at(THU_19_NOV, 9, 0), "the caretaker", "Her note is stamped.");
    scene.casework().declare_first_receipt(&scene.officer, junk, earlier).await.unwrap();
    let open = complaintsd::domain::decision::Asked {
        choice: complaintsd::domain::decision::Choice::OpenCase(complaintsd::domain::decision::Complainant::Sender),
        reason: "A complaint.".to_owned(),
        seen: None,
    };
    scene.casework().decide_contact(&scene.officer, junk, &open).await.unwrap();
    let opened = scene.cases().await.into_iter().find(|case| case.opened_by == junk).unwrap();
    assert_eq!(opened.current.acknowledge_by, Some(THU_26_NOV));
}

/// 1.3, 3.6.
async fn a_representative_is_written_to_and_joins_only_with_consent(scene: &mut Scene) {
    let (case, letter) = scene.a_complaint().await;
    let ask = async |command| {
        scene.casework().act(&scene.officer, case.reference, CaseCommand::People(command)).await.unwrap()
    };
    ask(PeopleCommand::NameRepresentative(Representative {
        name: "Ben Poole".to_owned(),
        email: Some(address("ben@example.net")),
        authority: Authority::Consent,
        scope: Scope::Letters,
        consent: None,
        expires_on: None,
        ended: None,
    }))
    .await;
    let named = scene.now(&case).await;
    let today = scene.clock_day();
    assert_eq!(named.people.letters_to(&named.resident, today).1, named.resident.email.as_ref());
    let consent = Consent { on: today, evidence: "Signed form, contact 2.".to_owned() };
    ask(PeopleCommand::Consent { number: 1, consent }).await;
    scene.write(letter.id).await;
    scene.approve(letter.id).await.unwrap();
    scene.send().await;
    let [sent] = scene.courier.given_to("ben@example.net").try_into().unwrap();
    let id = ingest::read(&sent).message_id.unwrap();
    let answer = mail(&[("From", "ben@example.net"), ("In-Reply-To", &format!("<{id}>"))], "Thank you.");
    scene.arrives(&answer);
    scene.poll().await;
    let answered = scene.contacts().await.into_iter().max_by_key(|contact| contact.id).unwrap();
    assert_eq!(answered.case, Some(case.reference), "with consent they are a party");
}

/// 5.10.
async fn an_adjustment_on_record_stands_in_the_letter(scene: &mut Scene) {
    let (case, letter) = scene.a_complaint().await;
    for (kind, text) in
        [(Circumstance::Adjustment, "We phone before each visit."), (Circumstance::Disability, "Is deaf.")]
    {
        let record = PeopleCommand::Record { kind, text: text.to_owned(), review_by: date(2027, 5, 4) };
        scene.casework().act(&scene.officer, case.reference, CaseCommand::People(record)).await.unwrap();
    }
    let written = scene.write(letter.id).await;
    assert!(written.content.text.contains("We phone before each visit."), "{}", written.content.text);
    assert!(!written.content.text.contains("deaf"));
}

/// 4.1, 6.13.
async fn switching_an_account_off_takes_its_cases_away_at_once(scene: &mut Scene) {
    let (case, letter) = scene.a_complaint().await;
    let owen = hired(scene, "owen@landlord.example", "Owen Hughes").await;
    let form = full_form(&owen);
    scene.casework().save_acknowledgement(&scene.officer, letter.id, form).await.unwrap();
    assert_eq!(scene.now(&case).await.current.handler.unwrap().name, "Owen Hughes");
    let left = scene.casework().disable_officer(&owen, &Actor::Operator).await.unwrap();
    assert_eq!(left, Some(vec![case.reference]));
    assert_eq!(scene.casework().disable_officer(&owen, &Actor::Operator).await.unwrap(), None, "once");
    assert_eq!(scene.now(&case).await.current.handler, None);
    assert_eq!(scene.alarms().await, [format!("no-handler-{}", case.reference)]);
    let told = scene.events(&case).await.pop().unwrap().in_words();
    assert!(told.contains("no longer handles stage 1"), "{told}");
    scene.write(letter.id).await;
    assert_eq!(scene.now(&case).await.current.handler.unwrap().name, scene.officer.name);
    assert!(scene.alarms().await.is_empty(), "gone with its cause");
}

/// 5.10; the Ombudsman's dates are on their own clock.
async fn reviews_and_the_ombudsmans_dates_are_reminded_of_once_for_each_rung(scene: &mut Scene) {
    let case = scene.an_acknowledged_case().await;
    let today = scene.clock_day();
    let ask = async |command| {
        scene.casework().act(&scene.officer, case.reference, CaseCommand::People(command)).await.unwrap()
    };
    let (kind, text) = (Circumstance::Disability, "Is deaf.".to_owned());
    ask(PeopleCommand::Record { kind, text, review_by: date(2027, 5, 4) }).await;
    ask(PeopleCommand::OmbudsmanSent(OmbudsmanItem {
        reference: "202600123".to_owned(),
        kind: OmbudsmanKind::Evidence,
        text: "Send the file.".to_owned(),
        received_on: today,
        due_by: Some(date(2027, 1, 29)),
        done: None,
    }))
    .await;
    let told = async || {
        let due = scene.reminders().run_once().await.unwrap();
        due.into_iter()
            .map(|notice| notice.subject)
            .filter(|subject| subject.contains("202600123") || subject.contains("Review"))
            .collect::<Vec<_>>()
    };
    let before = scene.now(&case).await.next_deadline();
    for (day, count) in [(date(2027, 1, 21), 0), (date(2027, 1, 22), 1), (date(2027, 1, 25), 0), (date(2027, 1, 29), 1)]
    {
        scene.clock.set(morning(day));
        let subjects = told().await;
        assert_eq!(subjects.len(), count, "{day}: {subjects:?}");
        assert!(told().await.is_empty(), "once");
    }
    let done = Done { on: date(2027, 1, 29), proof: "Sent by the portal.".to_owned() };
    ask(PeopleCommand::OmbudsmanAnswered { number: 1, done }).await;
    scene.clock.set(morning(date(2027, 4, 19)));
    let subjects = told().await;
    assert!(subjects.len() == 1 && !subjects[0].contains("deaf"), "{subjects:?}");
    assert_eq!(scene.now(&case).await.next_deadline(), before, "no date of the case moved");
}

async fn hired(scene: &Scene, email: &str, name: &str) -> Officer {
    let new = NewOfficer {
        email: address(email),
        name: name.to_owned(),
        role: Role::Officer,
        password_hash: "none".to_owned(),
    };
    let mut tx = scene.store.begin().await.unwrap();
    let id = tx.add_officer(&new, &Actor::Operator, scene.clock_now()).await.unwrap().unwrap();
    tx.commit().await.unwrap();
    scene.store.officer(id).await.unwrap().unwrap()
}
