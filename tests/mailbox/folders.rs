//! Several folders of a real Dovecot read into a real database, while the folders are made anew, renamed
//! and numbered anew (lessons 8, 17).

use complaintsd::domain::contact::Intake;
use complaintsd::ingest::{IngestError, Pass};
use complaintsd::mailbox::{AfterStoring, ImapSettings, ImapSource, JunkFolders, MailSource as _};
use jiff::civil::date;

use super::{MON_22_DEC, at, message, settings};
use crate::support::clock::morning;
use crate::support::dovecot::Dovecot;
use crate::support::scene::Scene;

const SPECIAL_USE: &str = "namespace inbox {\n  mailbox Spam {\n    special_use = \\Junk\n  }\n}\n";

async fn pass(scene: &Scene, source: &mut ImapSource) -> Pass {
    scene.ingest().run_once(source, &|_| ()).await.unwrap()
}

async fn on_22_december() -> Scene {
    let scene = Scene::on_sqlite().await;
    scene.clock.set(morning(date(2025, 12, 22)));
    scene
}

fn counts(kept: usize, contacts: usize, cases: usize, duplicates: usize) -> Pass {
    Pass { kept, contacts, cases, duplicates }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_folders_and_the_servers_junk_folder_are_read_by_one_connection() {
    let dovecot = Dovecot::start_with(SPECIAL_USE);
    for folder in ["Repairs & more", "Spam"] {
        dovecot.create(folder);
    }
    dovecot.deliver("INBOX", &message("one"), at(MON_22_DEC));
    dovecot.append(&message("two"), "22-Dec-2025 09:00:00 +0000");
    dovecot.doveadm(&["move"], &["Repairs & more", "mailbox", "INBOX", "uid", "2"]);
    dovecot.deliver("Spam", &message("three"), at(MON_22_DEC));
    let folders = ["INBOX", "Repairs & more"].map(str::to_owned).to_vec();
    let after = AfterStoring::Flag("Logged".to_owned());
    let mut source = ImapSource::new(ImapSettings { folders, after, ..settings(&dovecot) });
    let scene = on_22_december().await;
    assert_eq!(pass(&scene, &mut source).await, counts(3, 3, 2, 0));
    let junk = scene.contacts().await.into_iter().find(|contact| contact.reading.text.contains("three")).unwrap();
    assert_eq!((junk.intake, junk.case), (Intake::Junk, None));
    for folder in ["INBOX", "Repairs & more", "Spam"] {
        assert!(dovecot.flags(folder)[0].contains("Logged"), "{folder}");
    }
    dovecot.deliver("Spam", &message("four"), at(MON_22_DEC));
    dovecot.deliver("INBOX", &message("five"), at(MON_22_DEC));
    assert_eq!(pass(&scene, &mut source).await, counts(2, 2, 1, 0));
    // The test's own APPEND was the other one.
    assert_eq!(dovecot.log().matches("imap-login: Info: Login").count(), 2, "{}", dovecot.log());
    assert_eq!(scene.alarms().await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_moved_out_of_a_junk_folder_and_junk_can_be_left_unread() {
    let dovecot = Dovecot::start_with(SPECIAL_USE);
    for folder in ["Done", "Spam"] {
        dovecot.create(folder);
    }
    dovecot.deliver("Spam", &message("three"), at(MON_22_DEC));
    dovecot.deliver("INBOX", &message("one"), at(MON_22_DEC));
    let after = AfterStoring::MoveTo("Done".to_owned());
    let scene = on_22_december().await;
    let none = ImapSettings { junk: JunkFolders::Named(Vec::new()), after: after.clone(), ..settings(&dovecot) };
    assert_eq!(pass(&scene, &mut ImapSource::new(none)).await, counts(1, 1, 1, 0));
    let mut source = ImapSource::new(ImapSettings { after, ..settings(&dovecot) });
    assert_eq!(pass(&scene, &mut source).await, counts(1, 1, 0, 0));
    assert_eq!((dovecot.flags("Spam").len(), dovecot.flags("Done").len()), (1, 1));
    // A colleague finds that it is none.
    dovecot.doveadm(&["move"], &["INBOX", "mailbox", "Spam", "all"]);
    assert_eq!(pass(&scene, &mut source).await, counts(1, 0, 1, 1));
    assert_eq!((dovecot.flags("INBOX").len(), dovecot.flags("Done").len()), (0, 2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_made_anew_renamed_or_numbered_anew_loses_and_doubles_nothing() {
    let dovecot = Dovecot::start();
    dovecot.create("Complaints");
    dovecot.deliver("INBOX", &message("in the inbox"), at(MON_22_DEC));
    dovecot.deliver("Complaints", &message("old"), at(MON_22_DEC));
    let folders = ["INBOX", "Complaints"].map(str::to_owned).to_vec();
    let mut source = ImapSource::new(ImapSettings { folders, ..settings(&dovecot) });
    let scene = on_22_december().await;
    assert_eq!(pass(&scene, &mut source).await, counts(2, 2, 2, 0));

    // The folder is gone: a fault, and the inbox is read all the same.
    dovecot.doveadm(&["mailbox", "rename"], &["Complaints", "Aside"]);
    dovecot.deliver("INBOX", &message("meanwhile"), at(MON_22_DEC));
    let error = scene.ingest().run_once(&mut source, &|_| ()).await.unwrap_err();
    let IngestError::Partly { pass: done, .. } = &error else { panic!("{error}") };
    assert_eq!(*done, counts(1, 1, 1, 0));
    assert!(error.to_string().contains("'Complaints'") && error.to_string().contains("junk_folders"), "{error}");

    // Made anew, with a copy of the old message and a new one.
    dovecot.create("Complaints");
    dovecot.deliver("Complaints", &message("new"), at(MON_22_DEC));
    dovecot.doveadm(&["copy"], &["Complaints", "mailbox", "Aside", "all"]);
    assert_eq!(pass(&scene, &mut source).await, counts(2, 1, 1, 1));
    assert_eq!(scene.alarms().await, ["numbering-complaints-Complaints"]);

    // The inbox loses its numbers while nobody is connected.
    source.close().await;
    dovecot.forget_uids();
    assert_eq!(pass(&scene, &mut source).await, counts(2, 0, 0, 2));
    assert_eq!(scene.alarms().await, ["numbering-complaints-Complaints", "numbering-complaints-INBOX"]);
    assert_eq!((scene.contacts().await.len(), scene.cases().await.len()), (4, 4));
    assert_eq!(pass(&scene, &mut source).await, Pass::default());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_deleted_by_others_leaves_no_error_and_one_that_came_and_went_is_counted() {
    let dovecot = Dovecot::start();
    dovecot.deliver("INBOX", &message("stays"), at(MON_22_DEC));
    let mut source = ImapSource::new(settings(&dovecot));
    let scene = on_22_december().await;
    assert_eq!(pass(&scene, &mut source).await, counts(1, 1, 1, 0));
    dovecot.append(&message("came and went"), "22-Dec-2025 09:00:00 +0000");
    dovecot.doveadm(&["expunge"], &["mailbox", "INBOX", "all"]);
    dovecot.append(&message("after it"), "22-Dec-2025 09:00:00 +0000");
    assert_eq!(pass(&scene, &mut source).await, counts(1, 1, 1, 0));
    let states: Vec<usize> = scene.store.ledger_counts("complaints", "INBOX").await.unwrap().into_values().collect();
    assert_eq!(states, [2, 1], "two done, one vanished");
    assert_eq!(scene.alarms().await, Vec::<String>::new());
}
