//! Mail in: every message becomes one contact, a resident's new message opens one case, and its
//! clock runs from receipt.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use complaintsd::domain::calendar::{Division, WorkingCalendar};
use complaintsd::domain::contact::{ContactKind, Reading};
use complaintsd::domain::deadlines::Duty;
use complaintsd::domain::events::CaseEvent;
use complaintsd::domain::parts::LetterParts;
use complaintsd::domain::waiting::Waiting;
use complaintsd::domain::words::london_date;
use complaintsd::ingest::{self, Ingest, Pass};
use complaintsd::mailbox::{Found, Receipt};
use jiff::ToSpan as _;
use jiff::civil::{Date, date};

use crate::support::clock::{at, morning};
use crate::support::postgres::until_a_lock_is_waited_for;
use crate::support::scene::{Scene, mail, stories};

stories!(
    a_new_message_opens_one_case_and_polling_again_changes_nothing,
    bank_holidays_are_not_counted,
    a_message_just_after_london_midnight_in_summer_counts_from_the_new_day,
    the_same_bytes_in_two_mailboxes_are_one_contact,
    the_same_bytes_through_the_pipe_twice_are_one_contact,
    a_message_that_breaks_the_reader_is_logged_and_its_neighbours_proceed,
    a_message_begun_three_times_is_logged_unread,
    a_message_damaged_in_the_database_holds_up_nothing_behind_it,
    many_pipes_at_once_do_not_wear_each_others_messages_out,
    mailboxes_read_at_once_do_not_begin_each_others_messages,
    an_officer_at_work_on_a_case_and_a_reply_to_it_do_not_wait_for_each_other,
    a_bounce_and_an_out_of_office_open_no_case,
    a_reply_to_our_letter_joins_its_case_only_from_the_address_the_letter_went_to,
    our_own_letter_coming_back_opens_no_case,
    a_message_without_a_usable_sender_opens_a_case,
    a_calendar_that_ends_too_early_still_opens_the_case,
    mail_of_a_fortnight_that_nobody_read_counts_from_its_receipt,
);

const MON_2_NOV: Date = date(2026, 11, 2);
const MON_9_NOV: Date = date(2026, 11, 9);

async fn a_new_message_opens_one_case_and_polling_again_changes_nothing(scene: &mut Scene) {
    scene.clock.set(morning(MON_2_NOV));
    scene.arrives(&mail(&[("From", "Ann Poole <ann@example.org>")], "The wall is wet again."));
    scene.clock.set(at(MON_2_NOV, 10, 5));
    assert_eq!(scene.poll().await, Pass { kept: 1, contacts: 1, cases: 1, duplicates: 0 });

    let case = scene.cases().await.pop().unwrap();
    assert_eq!(case.reference.to_string(), "CMP-2026-00001-S");
    assert_eq!(case.next_deadline(), Some((Duty::Acknowledge, Some(MON_9_NOV))));
    assert_eq!(case.current.received_at, morning(MON_2_NOV), "the clock runs from receipt, not from logging");
    assert_eq!(case.resident.name, "Ann Poole");
    let contact = scene.contacts().await.pop().unwrap();
    assert_eq!(contact.case, Some(case.reference));
    assert!(contact.reading.text.contains("The wall is wet again."));
    assert!(matches!(scene.events(&case).await.as_slice(), [CaseEvent::Opened { .. }]));

    assert_eq!(scene.poll().await, Pass::default());
    let mut fresh = scene.mailbox("complaints");
    assert_eq!(scene.ingest().run_once(&mut fresh, &|_| ()).await.unwrap(), Pass::default());
    assert_eq!((scene.contacts().await.len(), scene.cases().await.len()), (1, 1));
    assert_eq!(scene.events(&case).await.len(), 1);
}

async fn bank_holidays_are_not_counted(scene: &mut Scene) {
    let (mon_21_dec, wed_30_dec) = (date(2026, 12, 21), date(2026, 12, 30));
    scene.clock.set(morning(mon_21_dec));
    scene.arrives(&mail(&[("From", "ann@example.org")], "No heating."));
    scene.poll().await;
    let case = scene.cases().await.pop().unwrap();
    assert_eq!(case.current.acknowledge_by, Some(wed_30_dec), "Christmas Day and Boxing Day do not count");
}

async fn a_message_just_after_london_midnight_in_summer_counts_from_the_new_day(scene: &mut Scene) {
    let (wed_1_jul, wed_8_jul) = (date(2026, 7, 1), date(2026, 7, 8));
    scene.clock.set("2026-06-30T23:30:00Z".parse().unwrap());
    assert_eq!(scene.clock_day(), wed_1_jul);
    scene.arrives(&mail(&[("From", "ann@example.org")], "No hot water."));
    scene.poll().await;
    assert_eq!(scene.cases().await.pop().unwrap().current.acknowledge_by, Some(wed_8_jul));
}

async fn the_same_bytes_in_two_mailboxes_are_one_contact(scene: &mut Scene) {
    let message = mail(&[("From", "ann@example.org"), ("Message-ID", "<one@example.org>")], "Damp.");
    let mut repairs = scene.mailbox("repairs");
    scene.arrives(&message);
    scene.arrives_in("repairs", &message);
    assert_eq!(scene.poll().await.contacts, 1);
    let second = scene.ingest().run_once(&mut repairs, &|_| ()).await.unwrap();
    assert_eq!(second, Pass { kept: 1, contacts: 0, cases: 0, duplicates: 1 });
    assert_eq!(scene.ingest().run_once(&mut repairs, &|_| ()).await.unwrap(), Pass::default());
    assert_eq!((scene.contacts().await.len(), scene.cases().await.len()), (1, 1));

    // Twice in one batch of one mailbox, too.
    let other = mail(&[("From", "ben@example.org")], "Rats.");
    scene.arrives(&other);
    scene.arrives(&other);
    assert_eq!(scene.poll().await, Pass { kept: 2, contacts: 1, cases: 1, duplicates: 1 });
}

async fn the_same_bytes_through_the_pipe_twice_are_one_contact(scene: &mut Scene) {
    let message = mail(&[("From", "ann@example.org")], "Damp.");
    let first = scene.ingest().take_in(message.clone()).await.unwrap();
    let second = scene.ingest().take_in(message.clone()).await.unwrap();
    assert_eq!(first, second);
    scene.arrives(&message);
    assert_eq!(scene.poll().await.duplicates, 1);
    assert_eq!((scene.contacts().await.len(), scene.cases().await.len()), (1, 1));
}

/// Reads like the real one, but panics on a marked message.
fn breaks_on_a_mark(bytes: &[u8]) -> Reading {
    assert!(!bytes.windows(6).any(|window| window == b"X-Mark"), "marked");
    ingest::read(bytes)
}

async fn a_message_that_breaks_the_reader_is_logged_and_its_neighbours_proceed(scene: &mut Scene) {
    scene.clock.set(morning(MON_2_NOV));
    let marked = mail(&[("From", "Ben Cole <ben@example.org>"), ("Subject", "Rats"), ("X-Mark", "yes")], "Rats.");
    scene.arrives(&mail(&[("From", "ann@example.org")], "Damp."));
    scene.arrives(&marked);
    scene.arrives(&mail(&[("From", "cy@example.org")], "Noise."));
    let pass = scene.ingest_with(breaks_on_a_mark).run_once(&mut scene.source, &|_| ()).await.unwrap();
    assert_eq!(pass, Pass { kept: 3, contacts: 3, cases: 3, duplicates: 0 });

    let broken = scene.contacts().await.into_iter().find(|contact| contact.reading.subject == "Rats").unwrap();
    assert_eq!(broken.reading.from.unwrap().as_str(), "ben@example.org");
    assert_eq!(broken.reading.problems, ["the program that reads messages failed on it"]);
    let case = scene.store.case_by_ref(broken.case.unwrap()).await.unwrap().unwrap();
    assert_eq!(case.current.acknowledge_by, Some(MON_9_NOV), "the clock runs all the same");
    let raw = scene.store.contact_raw_id(broken.id).await.unwrap().unwrap();
    assert_eq!(scene.store.raw(raw).await.unwrap().unwrap(), marked);
}

async fn a_message_begun_three_times_is_logged_unread(scene: &mut Scene) {
    let bytes = mail(&[("From", "ann@example.org"), ("Subject", "Damp")], "Damp.");
    for (number, kept) in [(2, "read"), (3, "given up")] {
        let bytes = [bytes.clone(), format!("{number}").into_bytes()].concat();
        scene.kept_only(&bytes).await;
        for _ in 0..number {
            scene.reading_begun().await;
        }
        scene.ingest().run_once(&mut scene.source, &|_| ()).await.unwrap();
        let contact = scene.contacts().await.pop().unwrap();
        let given_up = contact.reading.problems.iter().any(|problem| problem.contains("given up"));
        assert_eq!(given_up, kept == "given up", "{number}: {:?}", contact.reading.problems);
        assert!(contact.case.is_some());
        assert_eq!(contact.reading.subject, "Damp");
    }
}

async fn a_message_damaged_in_the_database_holds_up_nothing_behind_it(scene: &mut Scene) {
    scene.kept_only(&mail(&[("From", "ann@example.org")], "Damp.")).await;
    scene.meddle("DELETE FROM raw_chunks").await;
    scene.arrives(&mail(&[("From", "Ben Cole <ben@example.org>"), ("Subject", "Rats")], "Rats."));
    scene.poll().await;
    let contacts = scene.contacts().await;
    assert_eq!(contacts.len(), 2);
    assert!(contacts[0].reading.problems.iter().any(|problem| problem.contains("damaged")), "{:?}", contacts[0]);
    assert!(contacts[0].case.is_some(), "the clock runs all the same");
    assert_eq!(contacts[1].reading.subject, "Rats");
}

async fn many_pipes_at_once_do_not_wear_each_others_messages_out(scene: &mut Scene) {
    let pipes: Vec<_> = (0..24)
        .map(|number| {
            let ingest: Ingest = scene.ingest();
            let bytes = mail(&[("From", "ann@example.org")], &format!("Message {number}"));
            tokio::spawn(async move { ingest.take_in(bytes).await })
        })
        .collect();
    for pipe in pipes {
        pipe.await.unwrap().unwrap();
    }
    let contacts = scene.contacts().await;
    assert_eq!(contacts.len(), 24);
    for contact in contacts {
        let given_up = contact.reading.problems.iter().any(|problem| problem.contains("given up"));
        assert!(!given_up, "{:?}", contact.reading.problems);
        assert!(contact.reading.text.starts_with("Message"));
    }
}

static READING: Mutex<BTreeSet<Vec<u8>>> = Mutex::new(BTreeSet::new());
static TWICE_AT_ONCE: AtomicBool = AtomicBool::new(false);

/// Notes whether a message is being read twice at the same time, and gives a second reader a moment to
/// turn up.
fn looks_for_its_fellow(bytes: &[u8]) -> Reading {
    if !READING.lock().unwrap().insert(bytes.to_vec()) {
        TWICE_AT_ONCE.store(true, Ordering::SeqCst);
    }
    let deadline = Instant::now() + Duration::from_millis(50);
    while Instant::now() < deadline {
        std::thread::yield_now();
    }
    READING.lock().unwrap().remove(bytes);
    ingest::read(bytes)
}

async fn mailboxes_read_at_once_do_not_begin_each_others_messages(scene: &mut Scene) {
    let names = ["one", "two", "three", "four", "five", "six"];
    let mut sources: Vec<_> = names.iter().map(|name| scene.mailbox(name)).collect();
    for name in names {
        scene.arrives_in(name, &mail(&[("From", "ann@example.org")], name));
    }
    let ingest = scene.ingest_with(looks_for_its_fellow);
    let passes = sources.drain(..).map(|mut source| {
        let ingest = ingest.clone();
        tokio::spawn(async move { ingest.run_once(&mut source, &|_| ()).await })
    });
    for pass in passes.collect::<Vec<_>>() {
        pass.await.unwrap().unwrap();
    }
    assert!(!TWICE_AT_ONCE.load(Ordering::SeqCst));
    assert_eq!(scene.contacts().await.len(), 6);
}

async fn an_officer_at_work_on_a_case_and_a_reply_to_it_do_not_wait_for_each_other(scene: &mut Scene) {
    let case = scene.an_acknowledged_case().await;
    let ours = scene.store.outbox_message(case.current.acknowledged.unwrap().letter).await.unwrap().unwrap();
    let answered = format!("<{}>", ours.message.message_id);
    let casework = scene.casework();
    let officer = scene.officer.clone();
    let extension = casework.begin_extension(&officer, case.reference).await.unwrap();
    for number in 0..20 {
        // The new message takes the history first; the reply then wants the case.
        scene.arrives(&mail(&[("From", "ben@example.org")], &format!("New {number}")));
        let reply = [("From", "ann@example.org"), ("In-Reply-To", answered.as_str())];
        scene.arrives(&mail(&reply, &format!("Reply {number}")));
        let ingest = scene.ingest();
        let mut source = scene.mailbox("complaints");
        let polled = tokio::spawn(async move { ingest.run_once(&mut source, &|_| ()).await });
        for version in 0..4 {
            let parts = LetterParts { extra: format!("{number}.{version}"), ..LetterParts::default() };
            casework.save_parts(&officer, extension, parts).await.unwrap();
        }
        assert_eq!(polled.await.unwrap().unwrap().contacts, 2);
    }
    assert_eq!(scene.store.contacts_of_case(case.id).await.unwrap().len(), 21);
}

async fn a_bounce_and_an_out_of_office_open_no_case(scene: &mut Scene) {
    scene.arrives(include_bytes!("../mail/bounce-standard.eml"));
    scene.arrives(include_bytes!("../mail/out-of-office-gmail.eml"));
    assert_eq!(scene.poll().await, Pass { kept: 2, contacts: 2, cases: 0, duplicates: 0 });
    let kinds: Vec<_> = scene.contacts().await.iter().map(|contact| contact.sorted.kind).collect();
    assert_eq!(kinds, [ContactKind::Bounce, ContactKind::AutomaticReply]);
    assert_eq!(scene.draft().await.new, 0);
    let waiting: Vec<_> = scene.contacts().await.iter().map(|contact| contact.waiting).collect();
    assert_eq!(waiting, [Some(Waiting::Bounce), None], "a failure about no letter of ours is for an officer");
}

async fn a_reply_to_our_letter_joins_its_case_only_from_the_address_the_letter_went_to(scene: &mut Scene) {
    let case = scene.an_acknowledged_case().await;
    let ours = scene.store.outbox_message(case.current.acknowledged.unwrap().letter).await.unwrap().unwrap();
    let answered = format!("<{}>", ours.message.message_id);
    let answering = |from| mail(&[("From", from), ("In-Reply-To", &answered), ("Subject", "Re: damp")], "Thank you.");

    scene.arrives(&answering("Ann Poole <ANN@example.org>"));
    assert_eq!(scene.poll().await, Pass { kept: 1, contacts: 1, cases: 0, duplicates: 0 });
    let reply = scene.contacts().await.pop().unwrap();
    assert_eq!((reply.sorted.kind, reply.case), (ContactKind::Reply, Some(case.reference)));
    let Some(CaseEvent::ContactAdded { contact, .. }) = scene.events(&case).await.pop() else { panic!("not added") };
    assert_eq!(contact, reply.id);

    scene.arrives(&answering("A Stranger <stranger@example.com>"));
    assert_eq!(scene.poll().await.cases, 1);
    let stranger = scene.contacts().await.pop().unwrap();
    assert_eq!(stranger.sorted.kind, ContactKind::New);
    assert_ne!(stranger.case, Some(case.reference), "knowing a Message-ID opens nobody's case");

    // The reference in the subject is no key either.
    let subject = format!("Re: {}", case.reference);
    scene.arrives(&mail(&[("From", "stranger@example.com"), ("Subject", &subject)], "Hello."));
    assert_eq!(scene.poll().await.cases, 1);
    assert_eq!(scene.store.contacts_of_case(case.id).await.unwrap().len(), 2);
}

async fn our_own_letter_coming_back_opens_no_case(scene: &mut Scene) {
    scene.an_acknowledged_case().await;
    let letter = scene.courier.given_to("ann@example.org").pop().unwrap();
    scene.arrives(&letter);
    assert_eq!(scene.poll().await, Pass { kept: 1, contacts: 1, cases: 0, duplicates: 0 });
    assert_eq!(scene.contacts().await.pop().unwrap().sorted.kind, ContactKind::OwnMail);
}

/// Lessons 7.
async fn a_message_without_a_usable_sender_opens_a_case(scene: &mut Scene) {
    scene.arrives(include_bytes!("../mail/unusable-from.eml"));
    scene.arrives(b"");
    assert_eq!(scene.poll().await.cases, 2);
    assert!(scene.cases().await.iter().all(|case| case.resident.email.is_none()));
    assert_eq!(scene.draft().await.new, 2);
}

async fn a_calendar_that_ends_too_early_still_opens_the_case(scene: &mut Scene) {
    let holidays = [(date(2026, 1, 1), "New Year's Day".to_owned()), (date(2026, 11, 5), "The last".to_owned())];
    let calendar = WorkingCalendar::new(Division::EnglandAndWales, holidays.into()).unwrap();
    scene.desk.calendar = Arc::new(calendar);
    scene.clock.set(morning(MON_2_NOV));
    let (case, _) = scene.a_complaint().await;
    assert_eq!(case.current.acknowledge_by, None);
    assert_eq!(case.next_deadline(), Some((Duty::Acknowledge, None)));
}

/// Lessons 4: the daemon was down over Christmas.
async fn mail_of_a_fortnight_that_nobody_read_counts_from_its_receipt(scene: &mut Scene) {
    let (first, last) = (date(2026, 12, 22), date(2027, 1, 5));
    scene.clock.set(morning(first));
    scene.poll().await;
    for number in 0..200_u32 {
        scene.clock.set(morning(first.checked_add((i64::from(number) / 15).days()).unwrap()));
        let from = format!("resident{number}@example.org");
        scene.arrives(&mail(&[("From", &from)], &format!("The wall is wet again. {number}")));
    }
    scene.clock.set(morning(last));
    assert_eq!(scene.poll().await.contacts, 200);
    let cases = scene.cases().await;
    assert_eq!(cases.len(), 200);
    // 25 and 28 December and 1 January are bank holidays.
    let due = |day: Date| {
        let on = |case: &&complaintsd::domain::case::Case| london_date(case.current.received_at) == day;
        cases.iter().filter(on).map(|case| case.current.acknowledge_by.unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(due(first), [date(2026, 12, 31); 15]);
    assert_eq!(due(date(2026, 12, 27)), [date(2027, 1, 5); 15]);
    assert_eq!(due(date(2027, 1, 4)), [date(2027, 1, 11); 5]);
}

#[tokio::test]
async fn a_full_disk_is_not_held_against_the_messages() {
    let mut scene = Scene::on_postgresql().await;
    scene.no_room_for(4, "INSERT", "contacts").await;
    scene.arrives(&mail(&[("From", "Ann Poole <ann@example.org>")], "The wall is wet again."));
    for _ in 0..4 {
        assert!(scene.ingest().run_once(&mut scene.source, &|_| ()).await.is_err());
    }
    assert_eq!(scene.poll().await.contacts, 1);
    let contact = scene.contacts().await.pop().unwrap();
    assert_eq!(contact.reading.text.trim(), "The wall is wet again.");
    assert!(!contact.reading.problems.iter().any(|problem| problem.contains("given up")), "{contact:?}");
}

/// reliability 1.4: an officer has the contact and wants the history while a batch wants both.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_and_an_officer_who_want_the_same_contact_take_turns_on_postgresql() {
    let scene = Scene::on_postgresql().await;
    let written = mail(
        &[
            ("From", "Ann Poole <ann@example.org>"),
            ("Message-ID", "<1@mail.example.org>"),
            ("Date", "Mon, 2 Nov 2026 08:00:00 +0000"),
        ],
        "The wall is wet.",
    );
    let old = Found {
        place: String::new(),
        receipt: Receipt { delivered_at: None, modified_at: None },
        bytes: written.clone(),
    };
    let imported = scene.ingest().import(vec![old], None).await.unwrap();
    assert_eq!((imported.pass.contacts, imported.pass.cases), (1, 0));
    let contact = scene.contacts().await[0].id;

    scene.arrives(&mail(&[("From", "Bea <bea@example.org>"), ("Message-ID", "<2@mail.example.org>")], "Noise."));
    scene.arrives(&[b"Received: from elsewhere\r\n", written.as_slice()].concat());
    let mut officer = scene.store.begin().await.unwrap();
    officer.contact_for_update(contact).await.unwrap().unwrap();
    let (ingest, mut source) = (scene.ingest(), scene.mailbox("complaints"));
    let batch = tokio::spawn(async move { ingest.run_once(&mut source, &|_| ()).await });
    until_a_lock_is_waited_for(&scene.url).await;
    officer.next_case_number(2026).await.expect("nobody who waits for the officer is in the way");
    drop(officer);
    let pass = batch.await.unwrap().expect("the batch goes on");
    assert_eq!((pass.cases, pass.duplicates), (2, 1));
    scene.must_be_sound().await;
}
