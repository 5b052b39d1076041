//! The ledger against a server whose numbering cannot be trusted: nothing is lost, nothing is doubled,
//! and whatever was odd is told (lessons 8, 17, 18, 20, 22).

use std::sync::atomic::Ordering;

use complaintsd::domain::contact::{ContactKind, Intake};
use complaintsd::ingest::{FolderFault, IngestError, Pass};
use complaintsd::mailbox::MailSource as _;
use complaintsd::store::LedgerState;
use jiff::civil::{Date, date};
use jiff::{SignedDuration, Timestamp};

use crate::support::clock::morning;
use crate::support::mail_server::{MailServer, Shelf};
use crate::support::scene::{Scene, mail, stories};

stories!(
    a_folder_numbered_anew_is_compared_by_contents_and_told,
    an_old_uidvalidity_that_returns_with_other_messages_hides_none_of_them,
    other_messages_under_known_uids_are_noticed,
    uids_given_out_a_second_time_hide_no_message,
    a_server_without_uidvalidity_is_read_by_contents,
    the_same_uidvalidity_in_all_folders_is_no_matter,
    a_gap_is_a_defect_that_is_fetched_and_stays_in_sight_for_a_day,
    a_message_that_vanishes_has_its_row_and_is_taken_if_it_comes_back,
    a_message_that_is_listed_and_withheld_is_told_and_asked_for_again,
    a_pass_that_was_left_in_the_middle_leaves_no_defect,
    a_quiet_pass_fetches_and_compares_nothing,
    a_missing_folder_is_a_fault_and_the_others_are_read,
    junk_opens_no_case_until_somebody_moves_it_to_the_inbox,
    mail_from_before_is_asked_about_and_then_opens_nothing,
    a_new_mailbox_needs_no_date,
);

const MON_2_NOV: Date = date(2026, 11, 2);
const DAY: SignedDuration = SignedDuration::from_hours(24);

fn from(who: &str, words: &str) -> Vec<u8> {
    mail(&[("From", &format!("{who}@example.org"))], words)
}

async fn pass(scene: &Scene, server: &mut MailServer) -> Pass {
    scene.ingest().run_once(server, &|_| ()).await.unwrap()
}

/// On a connection of its own.
async fn pass_anew(scene: &Scene, server: &mut MailServer) -> Pass {
    server.close().await;
    pass(scene, server).await
}

fn later(at: Timestamp, minutes: i64) -> Timestamp {
    at + SignedDuration::from_mins(minutes)
}

/// A server with three messages, all of them logged.
async fn three(scene: &Scene) -> MailServer {
    scene.clock.set(morning(MON_2_NOV));
    let mut server = MailServer::new();
    for (minutes, who) in [(0, "ann"), (1, "ben"), (2, "cy")] {
        server.inbox(|inbox| inbox.deliver(later(scene.clock_now(), minutes), &from(who, "Damp.")));
    }
    assert_eq!(pass(scene, &mut server).await, Pass { kept: 3, contacts: 3, cases: 3, duplicates: 0 });
    assert_eq!(scene.alarms().await, Vec::<String>::new());
    server
}

async fn a_folder_numbered_anew_is_compared_by_contents_and_told(scene: &mut Scene) {
    let mut server = three(scene).await;
    server.inbox(|inbox| {
        inbox.uid_validity = 10;
        inbox.messages = inbox.messages.values().cloned().zip(51..).map(|(message, uid)| (uid, message)).collect();
        inbox.uid_next = 54;
        inbox.deliver(morning(MON_2_NOV), &from("dee", "Mould."))
    });
    assert_eq!(pass(scene, &mut server).await, Pass { kept: 4, contacts: 1, cases: 1, duplicates: 3 });
    assert_eq!(scene.alarms().await, ["numbering-complaints-INBOX"]);
    let told = scene.store.alarms().await.unwrap().pop().unwrap().text;
    assert!(
        told.contains("UIDVALIDITY was 9 and is 10") && told.contains("4 messages") && told.contains("1 was"),
        "{told}"
    );
    assert_eq!(pass_anew(scene, &mut server).await, Pass::default());
    assert_eq!(scene.alarms().await.len(), 1, "it stays in sight");
    scene.clock.forward(DAY);
    assert_eq!(pass(scene, &mut server).await, Pass::default());
    assert_eq!(scene.alarms().await, Vec::<String>::new());
}

async fn an_old_uidvalidity_that_returns_with_other_messages_hides_none_of_them(scene: &mut Scene) {
    let mut server = three(scene).await;
    let first =
        server.inbox(|inbox| std::mem::replace(inbox, Shelf { uid_validity: 10, uid_next: 1, ..Shelf::default() }));
    pass(scene, &mut server).await;
    // The first folder's number and dates again, and in one place another message.
    server.inbox(|inbox| {
        *inbox = first;
        inbox.messages.get_mut(&2).unwrap().1 = from("bea", "Damp.");
    });
    assert_eq!(pass(scene, &mut server).await, Pass { kept: 1, contacts: 1, cases: 1, duplicates: 0 });
    assert_eq!(scene.contacts().await.len(), 4);
    assert_eq!(pass_anew(scene, &mut server).await, Pass::default());
}

async fn other_messages_under_known_uids_are_noticed(scene: &mut Scene) {
    let mut server = three(scene).await;
    assert_eq!(pass_anew(scene, &mut server).await, Pass::default(), "sizes and dates are noted");
    // Made anew with the same number; one message has even the old one's date and size.
    server.inbox(|inbox| {
        for (who, (at, bytes)) in ["ada", "bob", "di"].into_iter().zip(inbox.messages.values_mut()) {
            *bytes = from(who, "Damp.");
            *at = if who == "ada" { *at } else { later(*at, 600) };
        }
    });
    assert_eq!(pass_anew(scene, &mut server).await, Pass { kept: 3, contacts: 3, cases: 3, duplicates: 0 });
    assert_eq!(scene.alarms().await, ["numbering-complaints-INBOX"]);
    assert_eq!(pass_anew(scene, &mut server).await, Pass::default());
    assert_eq!(scene.contacts().await.len(), 6);
}

async fn uids_given_out_a_second_time_hide_no_message(scene: &mut Scene) {
    let mut server = three(scene).await;
    // Restored from a backup that had only the first message.
    server.inbox(|inbox| {
        inbox.messages.retain(|uid, _| *uid == 1);
        inbox.uid_next = 2;
        inbox.deliver(morning(MON_2_NOV), &from("eve", "Rats."))
    });
    assert_eq!(pass(scene, &mut server).await, Pass { kept: 1, contacts: 1, cases: 1, duplicates: 0 });
    assert_eq!(scene.alarms().await, ["numbering-complaints-INBOX"]);
    server.inbox(|inbox| inbox.deliver(morning(MON_2_NOV), &from("fay", "Rats.")));
    assert_eq!(pass_anew(scene, &mut server).await, Pass { kept: 1, contacts: 1, cases: 1, duplicates: 0 });
}

async fn a_server_without_uidvalidity_is_read_by_contents(scene: &mut Scene) {
    scene.clock.set(morning(MON_2_NOV));
    let mut server = MailServer::new();
    server.inbox(|inbox| inbox.uid_validity = 0);
    let texts = ["one", "two", "three"].map(|words| from("ann", words));
    for text in &texts {
        server.inbox(|inbox| inbox.deliver(morning(MON_2_NOV), text));
    }
    assert_eq!(pass(scene, &mut server).await.contacts, 3);
    assert_eq!(scene.alarms().await, ["folder-complaints-INBOX"]);
    assert_eq!(pass(scene, &mut server).await, Pass::default());
    let fetched = server.fetched.lock().unwrap().len();
    assert_eq!(fetched, 3, "a pass on the same connection looks at dates and sizes");
    // The first is gone, the others move up, and another comes: all with the same date and size.
    server.inbox(|inbox| {
        let texts = [texts[1].clone(), from("ann", "siX"), from("ann", "ten")];
        inbox.messages = (1..).zip(texts.map(|text| (morning(MON_2_NOV), text))).collect();
    });
    assert_eq!(pass_anew(scene, &mut server).await.contacts, 2);
    assert_eq!(scene.contacts().await.len(), 5);
    assert_eq!(pass_anew(scene, &mut server).await, Pass::default());
}

async fn the_same_uidvalidity_in_all_folders_is_no_matter(scene: &mut Scene) {
    let mut server = three(scene).await;
    let mut junk = Shelf { uid_validity: 9, uid_next: 1, ..Shelf::default() };
    junk.deliver(scene.clock_now(), &from("gus", "You have won."));
    server.boxes().insert("Junk".to_owned(), junk);
    assert_eq!(pass(scene, &mut server).await, Pass { kept: 1, contacts: 1, cases: 0, duplicates: 0 });
    assert_eq!(pass_anew(scene, &mut server).await, Pass::default());
}

async fn a_gap_is_a_defect_that_is_fetched_and_stays_in_sight_for_a_day(scene: &mut Scene) {
    let mut server = three(scene).await;
    scene.meddle("DELETE FROM mail_ledger WHERE uid = 2").await;
    assert_eq!(pass(scene, &mut server).await, Pass::default(), "a quiet pass looks at what is new");
    scene.clock.forward(DAY);
    // The bytes are known, so the message is linked and not logged twice.
    assert_eq!(pass(scene, &mut server).await, Pass { kept: 1, contacts: 0, cases: 0, duplicates: 1 });
    let told = scene.store.alarms().await.unwrap().pop().unwrap();
    assert_eq!(told.key, "gap-complaints-INBOX");
    assert!(told.text.starts_with("Defect: ") && told.text.contains("UID 2"), "{}", told.text);
    pass_anew(scene, &mut server).await;
    assert_eq!(scene.alarms().await, ["gap-complaints-INBOX"]);
    scene.clock.forward(DAY);
    pass(scene, &mut server).await;
    assert_eq!(scene.alarms().await, Vec::<String>::new());
}

async fn a_message_that_vanishes_has_its_row_and_is_taken_if_it_comes_back(scene: &mut Scene) {
    let mut server = three(scene).await;
    let at = scene.clock_now();
    let message = server.inbox(|inbox| {
        let uid = inbox.deliver(at, &from("hal", "Cold."));
        inbox.deliver(at, &from("ida", "Cold."));
        inbox.vanishing.insert(uid);
        // This one comes and goes between two passes.
        let unseen = inbox.deliver(at, &from("joe", "Cold."));
        inbox.messages.remove(&unseen);
        uid
    });
    assert_eq!(pass(scene, &mut server).await.contacts, 1);
    let vanished = scene.store.ledger_counts("complaints", "INBOX").await.unwrap()[&(9, LedgerState::Vanished)];
    assert_eq!((message, vanished), (4, 2));
    server.inbox(|inbox| inbox.vanishing.clear());
    assert_eq!(pass_anew(scene, &mut server).await.contacts, 1, "the server lists it, so it is there");
    assert_eq!(scene.alarms().await, ["gap-complaints-INBOX"]);
}

async fn a_message_that_is_listed_and_withheld_is_told_and_asked_for_again(scene: &mut Scene) {
    let mut server = three(scene).await;
    let at = scene.clock_now();
    server.inbox(|inbox| {
        let uid = inbox.deliver(at, &from("kim", "Cold."));
        inbox.withheld.insert(uid);
        inbox.deliver(at, &from("lou", "Cold."));
    });
    assert_eq!(pass(scene, &mut server).await.contacts, 1, "it holds up no other");
    assert_eq!(pass(scene, &mut server).await, Pass::default());
    let told = scene.store.alarms().await.unwrap().pop().unwrap().text;
    assert!(told.contains("does not hand them out: UID 4"), "{told}");
    server.inbox(|inbox| inbox.withheld.clear());
    assert_eq!(pass(scene, &mut server).await.contacts, 1, "without a new connection");
}

async fn a_pass_that_was_left_in_the_middle_leaves_no_defect(scene: &mut Scene) {
    let mut server = three(scene).await;
    let at = scene.clock_now();
    for number in 0..6 {
        server.inbox(|inbox| inbox.deliver(at, &from("mia", &format!("{number}"))));
    }
    // It ended after the last of them, as when the large ones come last.
    server.inbox(|inbox| inbox.withheld = (4..9).collect());
    server.breaks.store(true, Ordering::SeqCst);
    scene.ingest().run_once(&mut server, &|_| ()).await.unwrap_err();
    assert_eq!(scene.contacts().await.len(), 4);
    server.breaks.store(false, Ordering::SeqCst);
    server.inbox(|inbox| inbox.withheld.clear());
    pass_anew(scene, &mut server).await;
    assert_eq!(scene.contacts().await.len(), 9);
    assert_eq!(scene.alarms().await, Vec::<String>::new());
}

async fn a_quiet_pass_fetches_and_compares_nothing(scene: &mut Scene) {
    let mut server = three(scene).await;
    let marked = server.marked.lock().unwrap().len();
    for _ in 0..3 {
        assert_eq!(pass(scene, &mut server).await, Pass::default());
    }
    assert_eq!((server.fetched.lock().unwrap().len(), server.marked.lock().unwrap().len()), (3, marked));
    let before = scene.store.mail_folder("complaints", "INBOX").await.unwrap().unwrap();
    scene.clock.forward(DAY);
    pass(scene, &mut server).await;
    let after = scene.store.mail_folder("complaints", "INBOX").await.unwrap().unwrap();
    assert_eq!(after.compared_at.unwrap().duration_since(before.compared_at.unwrap()), DAY);
}

async fn a_missing_folder_is_a_fault_and_the_others_are_read(scene: &mut Scene) {
    let mut server = three(scene).await;
    let inbox = server.boxes().remove("INBOX").unwrap();
    server.boxes().insert("Junk".to_owned(), Shelf { uid_validity: 3, uid_next: 1, ..Shelf::default() });
    server.boxes().get_mut("Junk").unwrap().deliver(scene.clock_now(), &from("gus", "You have won."));
    let error = scene.ingest().run_once(&mut server, &|_| ()).await.unwrap_err();
    let IngestError::Partly { pass: done, read: 1, faults } = &error else { panic!("{error}") };
    assert_eq!(*done, Pass { kept: 1, contacts: 1, cases: 0, duplicates: 0 });
    assert!(matches!(faults.as_slice(), [FolderFault::Mailbox(_)]) && error.to_string().contains("'INBOX'"), "{error}");
    server.boxes().insert("INBOX".to_owned(), inbox);
    assert_eq!(pass(scene, &mut server).await, Pass::default());
}

async fn junk_opens_no_case_until_somebody_moves_it_to_the_inbox(scene: &mut Scene) {
    let mut server = three(scene).await;
    let (received, message) = (scene.clock_now(), from("nia", "The boiler is broken."));
    let mut junk = Shelf { uid_validity: 3, uid_next: 1, ..Shelf::default() };
    junk.deliver(received, &message);
    junk.deliver(received, &from("oz", "You have won."));
    server.boxes().insert("Junk".to_owned(), junk);
    assert_eq!(pass(scene, &mut server).await, Pass { kept: 2, contacts: 2, cases: 0, duplicates: 0 });
    let contact = scene.contacts().await.into_iter().find(|one| one.reading.text.contains("boiler")).unwrap();
    assert_eq!((contact.intake, contact.sorted.kind, contact.case), (Intake::Junk, ContactKind::New, None));
    assert_eq!(scene.draft().await.new, 3, "for the others");

    // Two days later a colleague finds it.
    scene.clock.forward(DAY * 2);
    server.boxes().get_mut("Junk").unwrap().messages.remove(&1);
    server.inbox(|inbox| inbox.deliver(received, &message));
    assert_eq!(pass(scene, &mut server).await, Pass { kept: 1, contacts: 0, cases: 1, duplicates: 1 });
    let case = scene.cases().await.pop().unwrap();
    assert_eq!(case.current.received_at, received, "its clock runs from the first receipt");
    let contact = scene.store.contact(contact.id).await.unwrap().unwrap();
    assert_eq!((contact.intake, contact.case), (Intake::Inbox, Some(case.reference)));
    // Moved there once more, it is what it was.
    server.boxes().get_mut("Junk").unwrap().deliver(received, &message);
    assert_eq!(pass(scene, &mut server).await, Pass { kept: 1, contacts: 0, cases: 0, duplicates: 1 });
}

async fn mail_from_before_is_asked_about_and_then_opens_nothing(scene: &mut Scene) {
    scene.clock.set(morning(MON_2_NOV));
    let mut server = MailServer::new();
    let old = morning(date(2025, 3, 4));
    for number in 0..4 {
        server.inbox(|inbox| inbox.deliver(later(old, number), &from("pat", &format!("Old {number}"))));
    }
    server.inbox(|inbox| inbox.deliver(scene.clock_now(), &from("pat", "New")));
    for _ in 0..2 {
        let error = scene.ingest().run_once(&mut server, &|_| ()).await.unwrap_err();
        let told = error.to_string();
        assert!(
            matches!(&error, IngestError::Partly { faults, read: 0, .. } if matches!(faults[0], FolderFault::History(_)))
        );
        for words in ["5 messages", "4 March 2025", "2 November 2026", "cut_over = 2026-11-02", "--dry-run"] {
            assert!(told.contains(words), "{words}: {told}");
        }
    }
    assert!(scene.contacts().await.is_empty() && server.fetched.lock().unwrap().is_empty());

    let ingest = scene.ingest().from_cut_over(Some(MON_2_NOV));
    let done = ingest.run_once(&mut server, &|_| ()).await.unwrap();
    assert_eq!(done, Pass { kept: 5, contacts: 5, cases: 1, duplicates: 0 });
    let intakes: Vec<Intake> = scene.contacts().await.iter().map(|contact| contact.intake).collect();
    assert_eq!(intakes.iter().filter(|intake| **intake == Intake::Historic).count(), 4);
    assert_eq!(scene.draft().await.new, 1);
    // Weeks later there are reminders of the one case, and of no other.
    scene.clock.forward(DAY * 7);
    scene.reminders().run_once().await.unwrap();
    scene.send().await;
    for (_, bytes) in scene.courier.given() {
        assert!(!String::from_utf8_lossy(&bytes).contains("Old"));
    }
    assert_eq!(scene.cases().await.len(), 1);
}

async fn a_new_mailbox_needs_no_date(scene: &mut Scene) {
    scene.clock.set(morning(MON_2_NOV));
    let mut server = MailServer::new();
    server.inbox(|inbox| inbox.deliver(scene.clock_now() - DAY, &from("quinn", "Since yesterday.")));
    assert_eq!(pass(scene, &mut server).await.cases, 1);
    // Once begun, old mail that somebody moves here is a complaint like any other.
    server.inbox(|inbox| inbox.deliver(morning(date(2026, 10, 1)), &from("rae", "Found in another folder.")));
    assert_eq!(pass(scene, &mut server).await.cases, 1);
}
