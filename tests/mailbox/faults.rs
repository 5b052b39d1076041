//! Wrong settings and servers that misbehave: one clear line each, no password told, nothing missed.

use std::net::TcpListener;
use std::path::Path;
use std::time::Duration;

use complaintsd::mailbox::{
    AfterStoring, ImapSecurity, ImapSettings, ImapSource, Known, MailSource, MailboxError, MailboxFault,
};
use secrecy::SecretString;
use tempfile::TempDir;

use super::{pass, settings, texts};
use crate::support::ca::{Ca, Issued};
use crate::support::dovecot::{Dovecot, USER};
use crate::support::imap_script::{Answer, Begin, ImapScript};
use crate::support::ports;

const SECRET: &str = "not-to-be-told";
const READY: Begin = Begin::Clear("* OK ready\r\n");

async fn refusal(settings: ImapSettings) -> MailboxError {
    let error = ImapSource::new(settings).open().await.unwrap_err();
    let said = error.to_string();
    assert!(said.starts_with("mailbox 'complaints': 127.0.0.1:") && !said.contains('\n'), "{said}");
    assert!(!said.contains(SECRET) && said.len() < 400, "{said}");
    error
}

fn scripted(port: u16, ca_file: &Path, security: ImapSecurity) -> ImapSettings {
    ImapSettings {
        name: "complaints".to_owned(),
        host: "127.0.0.1".to_owned(),
        port,
        security,
        username: USER.to_owned(),
        sign_in: SecretString::from(SECRET).into(),
        folder: "INBOX".to_owned(),
        ca_file: Some(ca_file.to_owned()),
        after: AfterStoring::Leave,
        max_message_size: 150_000_000,
        connect_timeout: Duration::from_secs(20),
        read_timeout: Duration::from_secs(20),
    }
}

/// A misbehaving server and a source that reads it.
async fn misbehaving(answers: &[Answer]) -> ((ImapScript, TempDir), ImapSource) {
    let dir = TempDir::new().unwrap();
    let ca = Ca::new(dir.path());
    let server = ImapScript::start(Begin::Tls, &ca.issue(), answers).await;
    let mut source = ImapSource::new(scripted(server.port, ca.file(), ImapSecurity::Tls));
    source.open().await.unwrap();
    ((server, dir), source)
}

#[tokio::test]
async fn a_wrong_password_is_told_with_its_remedy() {
    let dovecot = Dovecot::start();
    let error = refusal(ImapSettings { sign_in: SecretString::from(SECRET).into(), ..settings(&dovecot) }).await;
    let line = format!(
        "mailbox 'complaints': 127.0.0.1:{} refused the sign-in for {USER}: check username and password_file",
        dovecot.imaps_port
    );
    assert_eq!(error.to_string(), line);
    assert!(error.fault.needs_a_person());
}

#[tokio::test]
async fn an_unknown_folder_is_told_and_is_not_an_empty_one() {
    let dovecot = Dovecot::start();
    let error = refusal(ImapSettings { folder: "Complaints".to_owned(), ..settings(&dovecot) }).await;
    assert!(matches!(error.fault, MailboxFault::NoFolder { .. }));
    assert!(error.to_string().contains("the folder 'Complaints'"), "{error}");
}

#[tokio::test]
async fn a_port_without_a_server_is_told() {
    let dir = TempDir::new().unwrap();
    let error = refusal(scripted(ports::free(), Ca::new(dir.path()).file(), ImapSecurity::Tls)).await;
    assert!(matches!(error.fault, MailboxFault::Unreachable { .. }));
    assert!(error.to_string().contains("check host and port"), "{error}");
}

#[tokio::test]
async fn a_server_that_never_greets_is_given_up() {
    let dir = TempDir::new().unwrap();
    let silent = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let mut settings =
        scripted(silent.local_addr().unwrap().port(), Ca::new(dir.path()).file(), ImapSecurity::StartTls);
    settings.read_timeout = Duration::from_millis(50);
    let error = refusal(settings).await;
    assert!(matches!(error.fault, MailboxFault::TimedOut { .. }), "{error}");
}

/// What a client says of a certificate, and what the server heard.
async fn certificate(issued: &Issued, trusted: &Path) -> String {
    let mut said = String::new();
    for (begin, security) in [(Begin::Tls, ImapSecurity::Tls), (READY, ImapSecurity::StartTls)] {
        let server = ImapScript::start(begin, issued, &[]).await;
        let error = refusal(scripted(server.port, trusted, security)).await;
        assert!(matches!(error.fault, MailboxFault::Tls { .. }), "{error}");
        assert!(!server.heard().contains("LOGIN"));
        said = error.to_string();
    }
    said
}

#[tokio::test]
async fn a_certificate_that_cannot_be_trusted_gets_no_password() {
    let (dir, other_dir) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let (ca, other) = (Ca::new(dir.path()), Ca::new(other_dir.path()));
    let unknown = certificate(&ca.issue(), other.file()).await;
    assert!(unknown.contains("name the file of the private CA in ca_file"), "{unknown}");
    let named = certificate(&ca.issue_for("mail.example.org"), ca.file()).await;
    assert!(named.contains("check that host is the name in the certificate"), "{named}");
    let expired = certificate(&ca.issue_expired(), ca.file()).await;
    assert!(expired.contains("its certificate has expired"), "{expired}");
}

#[tokio::test]
async fn without_starttls_the_password_is_not_sent() {
    let dir = TempDir::new().unwrap();
    let ca = Ca::new(dir.path());
    let no = [Answer { to: "STARTTLS", say: "TAG BAD what?\r\n" }];
    let preauth = Begin::Clear("* PREAUTH welcome\r\n");
    for (begin, answers) in [(READY, no.as_slice()), (preauth, &[])] {
        let server = ImapScript::start(begin, &ca.issue(), answers).await;
        let error = refusal(scripted(server.port, ca.file(), ImapSecurity::StartTls)).await;
        assert!(matches!(error.fault, MailboxFault::NoStartTls { .. } | MailboxFault::Protocol { .. }), "{error}");
        assert!(!server.heard().contains("LOGIN"));
    }
}

#[tokio::test]
async fn what_is_injected_before_tls_is_refused() {
    let dir = TempDir::new().unwrap();
    let ca = Ca::new(dir.path());
    let injected = [Answer { to: "STARTTLS", say: "TAG OK go\r\n* OK ready\r\nA0001 OK signed in\r\n" }];
    let server = ImapScript::start(READY, &ca.issue(), &injected).await;
    let error = refusal(scripted(server.port, ca.file(), ImapSecurity::StartTls)).await;
    assert!(matches!(error.fault, MailboxFault::Tls { .. }), "{error}");
    assert!(!server.heard().contains("LOGIN"));
}

#[tokio::test]
async fn a_server_that_repeats_the_password_is_not_quoted() {
    let dir = TempDir::new().unwrap();
    let ca = Ca::new(dir.path());
    for say in ["TAG NO LOGIN not-to-be-told\r\n", "TAG BAD LOGIN not-to-be-told\r\n", "garbage not-to-be-told\r\n"] {
        let server = ImapScript::start(Begin::Tls, &ca.issue(), &[Answer { to: "LOGIN", say }]).await;
        refusal(scripted(server.port, ca.file(), ImapSecurity::Tls)).await;
    }
}

#[tokio::test]
async fn a_sign_in_that_fails_for_now_is_not_a_wrong_password() {
    let dir = TempDir::new().unwrap();
    let ca = Ca::new(dir.path());
    let answers = [Answer { to: "LOGIN", say: "TAG NO [UNAVAILABLE] try later\r\n" }];
    let server = ImapScript::start(Begin::Tls, &ca.issue(), &answers).await;
    let error = refusal(scripted(server.port, ca.file(), ImapSecurity::Tls)).await;
    assert!(matches!(error.fault, MailboxFault::Refused { .. }) && !error.fault.needs_a_person(), "{error}");
}

/// A fetch that ends in the middle, each way it can: what came is handed out, then comes the error,
/// and the next pass has the rest.
#[tokio::test]
async fn a_fetch_that_ends_early_is_an_error_and_nothing_is_missed() {
    const ONE: &str = "* 1 FETCH (UID 1 INTERNALDATE \" 1-Dec-2025 09:00:00 +0000\" BODY[] {3}\r\none)\r\n";
    for (rest, expected) in [
        ("CLOSE", "ended the connection"),
        ("* 2 FETCH (UID 2 BODY[] {300}\r\nprivate wordsCLOSE", "ended the connection"),
        ("* BYE Session invalidated - AccessTokenExpired\r\nCLOSE", "AccessTokenExpired"),
        ("TAG NO [UNAVAILABLE] later\r\n", "refused to fetch messages ([UNAVAILABLE] later)"),
        ("TAG BAD confused\r\n", "the server said BAD: confused"),
        ("X9 OK done\r\n", "belongs to another command"),
        ("private words\r\n", "the answer is not IMAP"),
        ("* OK [UIDNEXT 5]ë private words\r\n", "the protocol parser failed"),
        ("* 2 FETCH (UID 2 BODY[] {700000000}\r\nprivate words", "the answer is larger than what was asked for"),
    ] {
        let say: &'static str = format!("{ONE}{rest}").leak();
        let (_server, mut source) = misbehaving(&[Answer { to: "BODY.PEEK", say }]).await;
        let mut known = Known::default();
        let came = source.next_batch(&known).await.unwrap();
        assert_eq!(texts(&came), ["one"], "before {rest:?}");
        known.insert(&came[0].position);
        let error = source.next_batch(&known).await.expect_err(rest).to_string();
        assert!(error.contains(expected) && !error.contains("private"), "{rest:?}: {error}");
        let (_, messages) = pass(&mut source, &mut known).await;
        assert_eq!(texts(&messages), ["two", "three"], "after {rest:?}");
    }
}

/// Sizes that were never told or not true: such a message comes last, alone, and in pieces if the server
/// knows them.
#[tokio::test]
async fn a_message_larger_than_its_server_says_comes_after_the_others() {
    let lie = Answer { to: "BODY.PEEK", say: "* 1 FETCH (UID 1 BODY[] {99000000}\r\nprivate words" };
    let ((server, _dir), mut source) = misbehaving(&[lie, lie]).await;
    let mut known = Known::default();
    for _ in 0..2 {
        source.open().await.unwrap();
        let error = source.next_batch(&known).await.unwrap_err().to_string();
        assert!(error.contains("larger than what was asked for"), "{error}");
    }
    let (_, messages) = pass(&mut source, &mut known).await;
    assert_eq!(texts(&messages), ["two", "three", "one"]);
    assert!(server.heard().contains("UID FETCH 1 (UID INTERNALDATE BODY.PEEK[]<0.8388608>)"), "{}", server.heard());
}

/// One message that the server refuses does not keep the others away, and is not passed over in silence.
#[tokio::test]
async fn a_refused_message_is_told_after_the_others_have_come() {
    let no = Answer { to: "BODY.PEEK", say: "TAG NO [SERVERBUG] damaged\r\n" };
    let alone = Answer { to: "UID FETCH 2 (UID INTERNALDATE BODY.PEEK", say: "TAG NO [SERVERBUG] damaged\r\n" };
    let (_server, mut source) = misbehaving(&[no, alone]).await;
    let mut known = Known::default();
    let mut came = Vec::new();
    let error = loop {
        match source.next_batch(&known).await {
            Ok(batch) => {
                batch.iter().for_each(|message| known.insert(&message.position));
                came.extend(texts(&batch));
            }
            Err(error) => break error.to_string(),
        }
    };
    assert_eq!(came, ["one", "three"]);
    assert!(error.contains("the message with UID 2: [SERVERBUG] damaged"), "{error}");
    let (_, messages) = pass(&mut source, &mut known).await;
    assert_eq!(texts(&messages), ["two"]);
}

#[tokio::test]
async fn a_search_without_a_result_is_not_an_empty_mailbox() {
    for say in ["TAG NO not now\r\n", "TAG OK done\r\n", "* SEARCH 1\r\nCLOSE", "* BYE\r\nCLOSE"] {
        let (_server, mut source) = misbehaving(&[Answer { to: "SEARCH", say }]).await;
        source.next_batch(&Known::default()).await.expect_err(say);
        assert_eq!(pass(&mut source, &mut Known::default()).await.1.len(), 3);
    }
}

#[tokio::test]
async fn a_stalled_server_is_given_up_and_asked_again() {
    let dir = TempDir::new().unwrap();
    let ca = Ca::new(dir.path());
    let server = ImapScript::start(Begin::Tls, &ca.issue(), &[Answer { to: "SEARCH", say: "* SEARCH 1HANG" }]).await;
    let mut settings = scripted(server.port, ca.file(), ImapSecurity::Tls);
    settings.read_timeout = Duration::from_secs(1);
    let mut source = ImapSource::new(settings);
    source.open().await.unwrap();
    let error = source.next_batch(&Known::default()).await.unwrap_err();
    assert!(matches!(error.fault, MailboxFault::TimedOut { .. }), "{error}");
}

#[tokio::test]
async fn a_message_left_out_of_the_answer_is_asked_for_again() {
    let ((server, _dir), mut source) = misbehaving(&[Answer {
        to: "BODY.PEEK",
        say: "* 9 FETCH (FLAGS (\\Seen) UID 2)\r\n* 1 FETCH (UID 1 BODY[] {3}\r\none)\r\nTAG OK done\r\n",
    }])
    .await;
    let batch = source.next_batch(&Known::default()).await.unwrap();
    assert_eq!(texts(&batch), ["one", "two", "three"]);
    assert_eq!(batch[0].internal_date, None, "the server gave no date");
    assert!(server.heard().contains("UID FETCH 2:3 (UID INTERNALDATE BODY.PEEK[])"), "{}", server.heard());
}

#[tokio::test]
async fn a_message_that_has_vanished_is_passed_over_and_not_asked_for_for_ever() {
    let none = Answer { to: "BODY.PEEK", say: "TAG OK done\r\n" };
    let ((server, _dir), mut source) = misbehaving(&[none, none]).await;
    assert!(source.next_batch(&Known::default()).await.unwrap().is_empty());
    assert_eq!(server.heard().matches("BODY.PEEK").count(), 2);
    let last_again = Answer { to: "UID 4:*", say: "* SEARCH 3\r\nTAG OK done\r\n" };
    let ((server, _dir), mut source) = misbehaving(&[last_again]).await;
    let mut known = Known::default();
    assert_eq!(pass(&mut source, &mut known).await.1.len(), 3);
    assert!(pass(&mut source, &mut known).await.1.is_empty());
    assert_eq!(server.heard().matches("BODY.PEEK").count(), 1, "{}", server.heard());
    assert!(server.heard().contains("UID SEARCH UID 4:*"));
}

#[tokio::test]
async fn a_cancelled_call_leaves_no_half_read_answer_behind() {
    let (_server, mut source) = misbehaving(&[Answer { to: "SEARCH", say: "* SEARCH 1\r\nHANG" }]).await;
    let known = Known::default();
    let cancelled = tokio::time::timeout(Duration::from_millis(50), source.next_batch(&known)).await;
    assert!(cancelled.is_err());
    let error = source.next_batch(&known).await.unwrap_err();
    assert!(error.to_string().contains("it is not open"), "{error}");
}

#[tokio::test]
async fn another_uidvalidity_on_the_same_connection_begins_another_epoch() {
    let later = Answer { to: "EXAMINE", say: "* 3 EXISTS\r\n* OK [UIDVALIDITY 10] new\r\nTAG OK open\r\n" };
    let before = Answer { to: "EXAMINE", say: "* 3 EXISTS\r\n* OK [UIDVALIDITY 9] old\r\nTAG OK open\r\n" };
    let ((server, _dir), mut source) = misbehaving(&[before, before, later]).await;
    let (first, _) = pass(&mut source, &mut Known::default()).await;
    let (second, messages) = pass(&mut source, &mut Known { uids: [3].into(), ..Known::default() }).await;
    assert_eq!((first.epoch.uid_validity, second.epoch.uid_validity), (9, 10));
    assert_eq!(texts(&messages), ["one", "two"]);
    assert_eq!(server.heard().matches("LOGIN").count(), 1);
}

#[tokio::test]
async fn a_folder_without_uidvalidity_is_refused() {
    let dir = TempDir::new().unwrap();
    let ca = Ca::new(dir.path());
    let say = "* 3 EXISTS\r\nTAG OK open\r\n";
    let server = ImapScript::start(Begin::Tls, &ca.issue(), &[Answer { to: "EXAMINE", say }]).await;
    let error = refusal(scripted(server.port, ca.file(), ImapSecurity::Tls)).await;
    assert!(error.to_string().contains("no UIDVALIDITY"), "{error}");
}
