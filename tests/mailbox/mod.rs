//! The mailbox door against a real Dovecot, a misbehaving server, and Maildirs.

mod faults;
mod maildir;

use std::time::{Duration, SystemTime};

use complaintsd::mailbox::{
    AfterStoring, Fetched, ImapSecurity, ImapSettings, ImapSource, Known, MailSource, MailboxFault, Opened,
};
use jiff::Timestamp;
use secrecy::SecretString;

use crate::support::dovecot::{Dovecot, PASSWORD, USER};

/// Monday 22 December 2025, 09:30 in London.
pub const MON_22_DEC: &str = "2025-12-22T09:30:00Z";

fn at(instant: &str) -> SystemTime {
    SystemTime::from(instant.parse::<Timestamp>().unwrap())
}

fn settings(dovecot: &Dovecot) -> ImapSettings {
    ImapSettings {
        name: "complaints".to_owned(),
        host: "127.0.0.1".to_owned(),
        port: dovecot.imaps_port,
        security: ImapSecurity::Tls,
        username: USER.to_owned(),
        sign_in: SecretString::from(PASSWORD).into(),
        folder: "INBOX".to_owned(),
        ca_file: Some(dovecot.ca().file().to_owned()),
        after: AfterStoring::Leave,
        max_message_size: 150_000_000,
        connect_timeout: Duration::from_secs(20),
        read_timeout: Duration::from_secs(20),
    }
}

/// One whole pass; what is fetched is known afterwards.
async fn pass(source: &mut dyn MailSource, known: &mut Known) -> (Opened, Vec<Fetched>) {
    let opened = source.open().await.unwrap();
    let mut all = Vec::new();
    loop {
        let batch = source.next_batch(known).await.unwrap();
        if batch.is_empty() {
            return (opened, all);
        }
        for message in batch {
            assert_eq!(message.position.epoch(), opened.epoch);
            assert!(!known.contains(&message.position), "taken twice: {:?}", message.position);
            known.insert(&message.position);
            all.push(message);
        }
    }
}

fn texts(messages: &[Fetched]) -> Vec<String> {
    messages.iter().map(|message| String::from_utf8(message.bytes.clone()).unwrap()).collect()
}

fn message(text: &str) -> Vec<u8> {
    format!("From: resident@example.com\r\nSubject: Damp\r\n\r\n{text}\r\n").into_bytes()
}

#[tokio::test]
async fn polling_twice_takes_nothing_twice_by_tls_and_by_starttls() {
    let dovecot = Dovecot::start();
    for (security, port) in [(ImapSecurity::Tls, dovecot.imaps_port), (ImapSecurity::StartTls, dovecot.imap_port)] {
        let mut source = ImapSource::new(ImapSettings { security, port, ..settings(&dovecot) });
        let mut known = Known::default();
        let before = pass(&mut source, &mut known).await.1.len();
        dovecot.deliver("INBOX", &message("The ceiling leaks"), at(MON_22_DEC));
        let (_, new) = pass(&mut source, &mut known).await;
        assert_eq!(texts(&new), ["From: resident@example.com\r\nSubject: Damp\r\n\r\nThe ceiling leaks\r\n"]);
        assert!(pass(&mut source, &mut known).await.1.is_empty(), "on the same connection");
        source.close().await;
        assert!(pass(&mut source, &mut known).await.1.is_empty(), "on a new connection");
        assert_eq!(known.uids.len(), before + 1);
    }
}

#[tokio::test]
async fn the_servers_own_date_is_the_receipt() {
    let dovecot = Dovecot::start();
    dovecot.deliver("INBOX", b"Date: Fri, 1 Jan 1999 00:00:00 +0000\r\n\r\nLate\r\n", at(MON_22_DEC));
    let (_, messages) = pass(&mut ImapSource::new(settings(&dovecot)), &mut Known::default()).await;
    assert_eq!(messages[0].internal_date, Some(MON_22_DEC.parse().unwrap()));
}

#[tokio::test]
async fn mail_that_others_have_read_or_deleted_is_taken_and_stays_as_it_is() {
    let dovecot = Dovecot::start();
    dovecot.deliver("INBOX", &message("Read by a colleague"), at(MON_22_DEC));
    dovecot.deliver("INBOX", &message("Read by nobody"), at(MON_22_DEC));
    dovecot.doveadm(&["flags", "add"], &["\\Seen \\Deleted", "mailbox", "INBOX", "uid", "1"]);
    let after = AfterStoring::Flag("$ComplaintStored".to_owned());
    let mut source = ImapSource::new(ImapSettings { after, ..settings(&dovecot) });
    let (_, messages) = pass(&mut source, &mut Known::default()).await;
    assert_eq!(messages.len(), 2);
    let positions: Vec<_> = messages.into_iter().map(|message| message.position).collect();
    source.mark_stored(&positions).await.unwrap();
    source.mark_stored(&positions).await.unwrap();
    let flags: Vec<String> =
        dovecot.flags("INBOX").iter().map(|f| f.replace("\\Recent", "").trim().to_owned()).collect();
    assert_eq!(flags, ["\\Deleted \\Seen $ComplaintStored", "$ComplaintStored"]);
}

#[tokio::test]
async fn twelve_hundred_and_one_messages_come_in_pages_oldest_first() {
    let dovecot = Dovecot::start();
    for number in 0..1201 {
        dovecot.deliver("INBOX", &message(&format!("{number}")), at(MON_22_DEC));
    }
    let mut source = ImapSource::new(settings(&dovecot));
    source.open().await.unwrap();
    let (mut known, mut sizes, mut uids) = (Known::default(), Vec::new(), Vec::new());
    loop {
        let batch = source.next_batch(&known).await.unwrap();
        if batch.is_empty() {
            break;
        }
        sizes.push(batch.len());
        for message in &batch {
            uids.push(message.position.uid);
            known.insert(&message.position);
        }
    }
    assert_eq!(sizes, [200, 200, 200, 200, 200, 200, 1]);
    assert_eq!(uids, (1..=1201).collect::<Vec<u32>>());
}

#[tokio::test]
async fn a_large_message_comes_alone_after_the_others() {
    let dovecot = Dovecot::start();
    let large = message(&"wet wall ".repeat(2_000_000));
    for bytes in [&message("first"), &large, &message("third"), &message("fourth")] {
        dovecot.deliver("INBOX", bytes, at(MON_22_DEC));
    }
    let mut source = ImapSource::new(settings(&dovecot));
    source.open().await.unwrap();
    let mut sizes = Vec::new();
    for _ in 0..3 {
        sizes.push(
            source.next_batch(&Known::default()).await.unwrap().iter().map(|m| m.bytes.len()).collect::<Vec<_>>(),
        );
    }
    let small = |text: &str| message(text).len();
    assert_eq!(sizes, [vec![small("first"), small("third"), small("fourth")], vec![large.len()], vec![]]);
}

#[tokio::test]
async fn gaps_below_the_highest_known_uid_are_fetched_by_a_new_connection() {
    let dovecot = Dovecot::start();
    for text in ["1", "2", "3", "4"] {
        dovecot.deliver("INBOX", &message(text), at(MON_22_DEC));
    }
    let mut known = Known { uids: [1, 4].into(), ..Known::default() };
    let (_, messages) = pass(&mut ImapSource::new(settings(&dovecot)), &mut known).await;
    assert_eq!(messages.iter().map(|message| message.position.uid).collect::<Vec<_>>(), [2, 3]);
}

#[tokio::test]
async fn what_was_handed_out_but_not_stored_comes_again_on_the_same_connection() {
    let dovecot = Dovecot::start();
    dovecot.deliver("INBOX", &message("1"), at(MON_22_DEC));
    dovecot.deliver("INBOX", &message("2"), at(MON_22_DEC));
    let mut source = ImapSource::new(settings(&dovecot));
    source.open().await.unwrap();
    assert_eq!(source.next_batch(&Known::default()).await.unwrap().len(), 2);
    let mut known = Known { uids: [2].into(), ..Known::default() };
    let (_, again) = pass(&mut source, &mut known).await;
    assert_eq!(again.iter().map(|message| message.position.uid).collect::<Vec<_>>(), [1]);
}

#[tokio::test]
async fn another_uidvalidity_is_another_epoch_in_which_nothing_is_known() {
    let dovecot = Dovecot::start();
    dovecot.deliver("INBOX", &message("The same bytes"), at(MON_22_DEC));
    let mut source = ImapSource::new(settings(&dovecot));
    let (first, messages) = pass(&mut source, &mut Known::default()).await;
    source.close().await;
    dovecot.forget_uids();
    let (second, again) = pass(&mut source, &mut Known::default()).await;
    assert_ne!(first.epoch, second.epoch);
    assert_eq!(texts(&again), texts(&messages));
    let mut marking =
        ImapSource::new(ImapSettings { after: AfterStoring::Flag("Stored".to_owned()), ..settings(&dovecot) });
    marking.open().await.unwrap();
    marking.mark_stored(&[messages[0].position.clone()]).await.unwrap();
    assert!(!dovecot.flags("INBOX")[0].contains("Stored"), "a position of the old epoch means another message");
}

#[tokio::test]
async fn a_folder_made_anew_while_we_are_connected_is_noticed() {
    let dovecot = Dovecot::start();
    dovecot.create("Complaints");
    dovecot.deliver("Complaints", &message("in the old folder"), at(MON_22_DEC));
    let mut source = ImapSource::new(ImapSettings { folder: "Complaints".to_owned(), ..settings(&dovecot) });
    let (first, messages) = pass(&mut source, &mut Known::default()).await;
    assert_eq!(messages.len(), 1);
    dovecot.doveadm(&["mailbox", "delete"], &["Complaints"]);
    assert!(matches!(source.open().await.unwrap_err().fault, MailboxFault::NoFolder { .. }));
    dovecot.create("Complaints");
    dovecot.deliver("Complaints", &message("in the new folder"), at(MON_22_DEC));
    let (second, messages) = pass(&mut source, &mut Known::default()).await;
    assert_ne!(first.epoch, second.epoch);
    assert!(texts(&messages)[0].contains("in the new folder"));
}

#[tokio::test]
async fn stored_messages_move_to_a_folder_with_any_name_and_no_others_do() {
    for extra in ["", "imap_capability = IMAP4rev1 UIDPLUS\n"] {
        let dovecot = Dovecot::start_with(extra);
        let target = "Wedi’u prosesu & done";
        dovecot.create(target);
        dovecot.deliver("INBOX", &message("ours"), at(MON_22_DEC));
        dovecot.deliver("INBOX", &message("deleted by a colleague"), at(MON_22_DEC));
        let after = AfterStoring::MoveTo(target.to_owned());
        let mut source = ImapSource::new(ImapSettings { after, ..settings(&dovecot) });
        let mut known = Known::default();
        let (_, messages) = pass(&mut source, &mut known).await;
        dovecot.doveadm(&["flags", "add"], &["\\Deleted", "mailbox", "INBOX", "uid", "2"]);
        source.mark_stored(&[messages[0].position.clone()]).await.unwrap();
        source.mark_stored(&[messages[0].position.clone()]).await.unwrap();
        assert_eq!((dovecot.flags("INBOX").len(), dovecot.flags(target).len()), (1, 1), "with {extra:?}");
        assert!(!dovecot.flags(target)[0].contains("Seen"));
        assert!(pass(&mut source, &mut known).await.1.is_empty());
    }
}

#[tokio::test]
async fn a_missing_folder_to_move_to_is_named() {
    let dovecot = Dovecot::start();
    dovecot.deliver("INBOX", &message("ours"), at(MON_22_DEC));
    let after = AfterStoring::MoveTo("Nowhere".to_owned());
    let mut source = ImapSource::new(ImapSettings { after, ..settings(&dovecot) });
    let (_, messages) = pass(&mut source, &mut Known::default()).await;
    let error = source.mark_stored(&[messages[0].position.clone()]).await.unwrap_err();
    assert!(matches!(error.fault, MailboxFault::NotMarked { .. }));
    assert!(error.to_string().contains("'Nowhere'") && error.to_string().contains("check that this folder exists"));
    assert_eq!(dovecot.flags("INBOX").len(), 1);
}

#[tokio::test]
async fn a_read_only_folder_is_read_and_its_missing_right_is_told() {
    let acl = "mail_plugins = acl\nprotocol imap {\n  mail_plugins = acl\n}\nplugin {\n  acl = vfile\n}\n";
    let dovecot = Dovecot::start_with(acl);
    dovecot.deliver("INBOX", &message("ours"), at(MON_22_DEC));
    std::fs::write(dovecot.maildir("INBOX").join("dovecot-acl"), "owner lr\n").unwrap();
    let after = AfterStoring::Flag("Stored".to_owned());
    let mut source = ImapSource::new(ImapSettings { after, ..settings(&dovecot) });
    let (opened, messages) = pass(&mut source, &mut Known::default()).await;
    assert_eq!(messages.len(), 1);
    assert!(opened.problem.unwrap().contains("'INBOX' is read-only"));
    source.mark_stored(&[messages[0].position.clone()]).await.unwrap();
    assert!(!dovecot.flags("INBOX")[0].contains("Stored"));
}

#[tokio::test]
async fn a_daemon_that_polls_does_not_sign_in_each_time() {
    let dovecot = Dovecot::start();
    let mut source = ImapSource::new(settings(&dovecot));
    let mut known = Known::default();
    for number in 0..3 {
        dovecot.deliver("INBOX", &message(&format!("{number}")), at(MON_22_DEC));
        assert_eq!(pass(&mut source, &mut known).await.1.len(), 1);
    }
    assert_eq!(dovecot.log().matches("imap-login: Info: Login").count(), 1, "{}", dovecot.log());
}

#[tokio::test]
async fn a_connection_the_server_has_ended_is_replaced_at_the_next_pass() {
    let dovecot = Dovecot::start();
    let mut source = ImapSource::new(settings(&dovecot));
    let mut known = Known::default();
    pass(&mut source, &mut known).await;
    dovecot.deliver("INBOX", &message("While we were cut off"), at(MON_22_DEC));
    dovecot.end_connections();
    assert_eq!(pass(&mut source, &mut known).await.1.len(), 1);
}
