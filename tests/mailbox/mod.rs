//! The mailbox door against a real Dovecot, a misbehaving server, and Maildirs.

mod faults;
mod folders;
mod maildir;

use std::time::{Duration, SystemTime};

use complaintsd::mailbox::{
    AfterStoring, Batch, Fetched, ImapSecurity, ImapSettings, ImapSource, JunkFolders, MailSource, MailboxError,
    MailboxFault, Opened, Places, Scope,
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
        folders: vec!["INBOX".to_owned()],
        junk: JunkFolders::AsTheServerSays,
        ca_file: Some(dovecot.ca().file().to_owned()),
        after: AfterStoring::Leave,
        max_message_size: 150_000_000,
        connect_timeout: Duration::from_secs(20),
        read_timeout: Duration::from_secs(20),
        one_idle: complaintsd::mailbox::ONE_IDLE,
    }
}

/// Opens the first folder and asks for everything that is not known.
async fn begin(source: &mut dyn MailSource, known: &Places) -> Result<Opened, MailboxError> {
    let folders = source.folders().await?;
    let opened = source.open(&folders[0]).await?;
    let highest = known.uids.last().copied().unwrap_or(0);
    let listed = source.list(if opened.fresh { Scope::All } else { Scope::Above(highest) }).await?;
    source.want(listed.without(known));
    Ok(opened)
}

/// The next messages, none of which has vanished.
async fn next(source: &mut dyn MailSource) -> Vec<Fetched> {
    let Batch { messages, vanished, withheld } = source.next_batch().await.unwrap();
    assert_eq!((vanished.len(), withheld.len()), (0, 0));
    messages
}

/// One whole pass; what is fetched is known afterwards.
async fn pass(source: &mut dyn MailSource, known: &mut Places) -> (Opened, Vec<Fetched>) {
    let opened = begin(source, known).await.unwrap();
    let mut all = Vec::new();
    loop {
        let batch = next(source).await;
        if batch.is_empty() {
            return (opened, all);
        }
        for message in batch {
            let position = &message.position;
            assert_eq!(position.epoch(), opened.epoch);
            assert!(!known.contains(position.uid, &position.name), "taken twice: {position:?}");
            known.insert(position.uid, &position.name);
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
        let mut known = Places::default();
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
    let (_, messages) = pass(&mut ImapSource::new(settings(&dovecot)), &mut Places::default()).await;
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
    let (_, messages) = pass(&mut source, &mut Places::default()).await;
    assert_eq!(messages.len(), 2);
    let positions: Vec<_> = messages.into_iter().map(|message| message.position).collect();
    source.mark_stored(&positions).await.unwrap();
    source.mark_stored(&positions).await.unwrap();
    let flags: Vec<String> =
        dovecot.flags("INBOX").iter().map(|f| f.replace("\\Recent", "").trim().to_owned()).collect();
    assert_eq!(flags, ["\\Deleted \\Seen $ComplaintStored", "$ComplaintStored"]);
}

/// Lessons 9.
#[tokio::test]
async fn twelve_hundred_and_one_messages_come_in_pages_oldest_first() {
    let dovecot = Dovecot::start();
    for number in 0..1201 {
        dovecot.deliver("INBOX", &message(&format!("{number}")), at(MON_22_DEC));
    }
    let mut source = ImapSource::new(settings(&dovecot));
    begin(&mut source, &Places::default()).await.unwrap();
    let (mut sizes, mut uids) = (Vec::new(), Vec::new());
    loop {
        let batch = next(&mut source).await;
        if batch.is_empty() {
            break;
        }
        sizes.push(batch.len());
        uids.extend(batch.iter().map(|message| message.position.uid));
    }
    assert_eq!(sizes, [200, 200, 200, 200, 200, 200, 1]);
    assert_eq!(uids, (1..=1201).collect::<Vec<u32>>());
}

#[tokio::test]
async fn messages_expunged_by_others_after_the_search_are_passed_over() {
    let dovecot = Dovecot::start();
    for number in 1..=205 {
        dovecot.deliver("INBOX", &message(&format!("{number}")), at(MON_22_DEC));
    }
    let mut source = ImapSource::new(settings(&dovecot));
    let mut known = Places::default();
    begin(&mut source, &known).await.unwrap();
    for message in next(&mut source).await {
        known.insert(message.position.uid, "");
    }
    dovecot.doveadm(&["expunge"], &["mailbox", "INBOX", "uid", "202,204:205"]);
    let rest = source.next_batch().await.unwrap();
    assert_eq!(rest.messages.iter().map(|message| message.position.uid).collect::<Vec<_>>(), [201, 203]);
    assert_eq!(rest.vanished.uids, [202, 204, 205].into());
    assert!(source.next_batch().await.unwrap().is_end());
    known.uids.extend([201, 203]);
    dovecot.deliver("INBOX", &message("206"), at(MON_22_DEC));
    let (_, new) = pass(&mut source, &mut known).await;
    assert_eq!(new.iter().map(|message| message.position.uid).collect::<Vec<_>>(), [206], "no loop, nothing twice");
}

#[tokio::test]
async fn a_large_message_comes_alone_after_the_others() {
    let dovecot = Dovecot::start();
    let large = message(&"wet wall ".repeat(2_000_000));
    for bytes in [&message("first"), &large, &message("third"), &message("fourth")] {
        dovecot.deliver("INBOX", bytes, at(MON_22_DEC));
    }
    let mut source = ImapSource::new(settings(&dovecot));
    begin(&mut source, &Places::default()).await.unwrap();
    let mut sizes = Vec::new();
    for _ in 0..3 {
        sizes.push(next(&mut source).await.iter().map(|message| message.bytes.len()).collect::<Vec<_>>());
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
    let mut known = Places { uids: [1, 4].into(), ..Places::default() };
    let (_, messages) = pass(&mut ImapSource::new(settings(&dovecot)), &mut known).await;
    assert_eq!(messages.iter().map(|message| message.position.uid).collect::<Vec<_>>(), [2, 3]);
}

#[tokio::test]
async fn another_uidvalidity_is_another_epoch_in_which_nothing_is_known() {
    let dovecot = Dovecot::start();
    dovecot.deliver("INBOX", &message("The same bytes"), at(MON_22_DEC));
    let mut source = ImapSource::new(settings(&dovecot));
    let (first, messages) = pass(&mut source, &mut Places::default()).await;
    source.close().await;
    dovecot.forget_uids();
    let (second, again) = pass(&mut source, &mut Places::default()).await;
    assert_ne!(first.epoch, second.epoch);
    assert_eq!(texts(&again), texts(&messages));
    let mut marking =
        ImapSource::new(ImapSettings { after: AfterStoring::Flag("Stored".to_owned()), ..settings(&dovecot) });
    begin(&mut marking, &Places::default()).await.unwrap();
    marking.mark_stored(&[messages[0].position.clone()]).await.unwrap();
    assert!(!dovecot.flags("INBOX")[0].contains("Stored"), "a position of the old epoch means another message");
}

#[tokio::test]
async fn a_folder_made_anew_while_we_are_connected_is_noticed() {
    let dovecot = Dovecot::start();
    dovecot.create("Complaints");
    dovecot.deliver("Complaints", &message("in the old folder"), at(MON_22_DEC));
    let mut source = ImapSource::new(ImapSettings { folders: vec!["Complaints".to_owned()], ..settings(&dovecot) });
    let (first, messages) = pass(&mut source, &mut Places::default()).await;
    assert_eq!(messages.len(), 1);
    dovecot.doveadm(&["mailbox", "delete"], &["Complaints"]);
    let error = begin(&mut source, &Places::default()).await.unwrap_err();
    assert!(matches!(error.fault, MailboxFault::NoFolder { .. }));
    dovecot.create("Complaints");
    dovecot.deliver("Complaints", &message("in the new folder"), at(MON_22_DEC));
    let (second, messages) = pass(&mut source, &mut Places::default()).await;
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
        let mut known = Places::default();
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
    let (_, messages) = pass(&mut source, &mut Places::default()).await;
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
    let (opened, messages) = pass(&mut source, &mut Places::default()).await;
    assert_eq!(messages.len(), 1);
    assert!(opened.problem.unwrap().contains("'INBOX' is read-only"));
    source.mark_stored(&[messages[0].position.clone()]).await.unwrap();
    assert!(!dovecot.flags("INBOX")[0].contains("Stored"));
}

#[tokio::test]
async fn a_daemon_that_polls_does_not_sign_in_each_time() {
    let dovecot = Dovecot::start();
    let mut source = ImapSource::new(settings(&dovecot));
    let mut known = Places::default();
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
    let mut known = Places::default();
    pass(&mut source, &mut known).await;
    dovecot.deliver("INBOX", &message("While we were cut off"), at(MON_22_DEC));
    dovecot.end_connections();
    assert_eq!(pass(&mut source, &mut known).await.1.len(), 1);
}
