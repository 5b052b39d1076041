//! Wrong settings and servers that misbehave: one clear line each, no password told, nothing missed.

use std::net::TcpListener;
use std::path::Path;
use std::time::Duration;

use complaintsd::mailbox::{
    AfterStoring, Batch, Identity, ImapSecurity, ImapSettings, ImapSource, JunkFolders, MailSource, MailboxError,
    MailboxFault, Places,
};
use secrecy::SecretString;
use tempfile::TempDir;

use super::{begin, next, pass, settings, texts};
use crate::support::ca::{Ca, Issued};
use crate::support::dovecot::{Dovecot, USER};
use crate::support::imap_script::{Answer, Begin, ImapScript};
use crate::support::ports;

const SECRET: &str = "not-to-be-told";
const READY: Begin = Begin::Clear("* OK ready\r\n");

async fn refusal(settings: ImapSettings) -> MailboxError {
    let error = begin(&mut ImapSource::new(settings), &Places::default()).await.unwrap_err();
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
        folders: vec!["INBOX".to_owned()],
        junk: JunkFolders::AsTheServerSays,
        ca_file: Some(ca_file.to_owned()),
        after: AfterStoring::Leave,
        max_message_size: 150_000_000,
        connect_timeout: Duration::from_secs(20),
        read_timeout: Duration::from_secs(20),
        one_idle: complaintsd::mailbox::ONE_IDLE,
    }
}

/// A misbehaving server and a source for it.
async fn misbehaving(answers: &[Answer]) -> ((ImapScript, TempDir), ImapSource) {
    let dir = TempDir::new().unwrap();
    let ca = Ca::new(dir.path());
    let server = ImapScript::start(Begin::Tls, &ca.issue(), answers).await;
    let source = ImapSource::new(scripted(server.port, ca.file(), ImapSecurity::Tls));
    ((server, dir), source)
}

/// Everything wanted, and the next batch.
async fn first_batch(source: &mut ImapSource) -> Result<Batch, MailboxError> {
    begin(source, &Places::default()).await?;
    source.next_batch().await
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
    let error = refusal(ImapSettings { folders: vec!["Complaints".to_owned()], ..settings(&dovecot) }).await;
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
        let mut known = Places::default();
        let came = first_batch(&mut source).await.unwrap().messages;
        assert_eq!(texts(&came), ["one"], "before {rest:?}");
        known.insert(came[0].position.uid, "");
        let error = source.next_batch().await.expect_err(rest).to_string();
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
    let mut known = Places::default();
    for _ in 0..2 {
        begin(&mut source, &known).await.unwrap();
        let error = source.next_batch().await.unwrap_err().to_string();
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
    let mut known = Places::default();
    let mut came = Vec::new();
    begin(&mut source, &known).await.unwrap();
    let error = loop {
        match source.next_batch().await {
            Ok(batch) => {
                batch.messages.iter().for_each(|message| known.insert(message.position.uid, ""));
                came.extend(texts(&batch.messages));
            }
            Err(error) => break error.to_string(),
        }
    };
    assert_eq!(came, ["one", "three"]);
    assert!(error.contains("the message with UID 2: [SERVERBUG] damaged"), "{error}");
    source.close().await; // as after every pass that ended early
    let (_, messages) = pass(&mut source, &mut known).await;
    assert_eq!(texts(&messages), ["two"]);
}

#[tokio::test]
async fn a_search_without_a_result_is_not_an_empty_mailbox() {
    for say in ["TAG NO not now\r\n", "TAG OK done\r\n", "* SEARCH 1\r\nCLOSE", "* BYE\r\nCLOSE"] {
        let (_server, mut source) = misbehaving(&[Answer { to: "SEARCH", say }]).await;
        begin(&mut source, &Places::default()).await.expect_err(say);
        assert_eq!(pass(&mut source, &mut Places::default()).await.1.len(), 3);
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
    let error = begin(&mut source, &Places::default()).await.unwrap_err();
    assert!(matches!(error.fault, MailboxFault::TimedOut { .. }), "{error}");
}

#[tokio::test]
async fn a_message_left_out_of_the_answer_is_asked_for_again() {
    let ((server, _dir), mut source) = misbehaving(&[Answer {
        to: "BODY.PEEK",
        say: "* 9 FETCH (FLAGS (\\Seen) UID 2)\r\n* 1 FETCH (UID 1 BODY[] {3}\r\none)\r\nTAG OK done\r\n",
    }])
    .await;
    begin(&mut source, &Places::default()).await.unwrap();
    let batch = next(&mut source).await;
    assert_eq!(texts(&batch), ["one", "two", "three"]);
    assert_eq!(batch[0].internal_date, None, "the server gave no date");
    assert!(server.heard().contains("UID FETCH 2:3 (UID INTERNALDATE BODY.PEEK[])"), "{}", server.heard());
}

#[tokio::test]
async fn a_message_has_vanished_only_when_the_server_no_longer_lists_it() {
    let none = Answer { to: "BODY.PEEK", say: "TAG OK done\r\n" };
    let gone = Answer { to: "UID SEARCH UID 1:3", say: "* SEARCH 2\r\nTAG OK done\r\n" };
    let ((server, _dir), mut source) = misbehaving(&[none, none, gone]).await;
    let batch = first_batch(&mut source).await.unwrap();
    assert!(batch.messages.is_empty());
    assert_eq!((batch.vanished.uids, batch.withheld.uids), ([1, 3].into(), [2].into()));
    assert_eq!(server.heard().matches("BODY.PEEK").count(), 2);
    assert!(source.next_batch().await.unwrap().is_end(), "it is not asked for for ever");
}

#[tokio::test]
async fn the_last_message_that_a_server_gives_again_is_not_new() {
    let last_again = Answer { to: "UID 4:*", say: "* SEARCH 3\r\nTAG OK done\r\n" };
    let ((server, _dir), mut source) = misbehaving(&[last_again]).await;
    let mut known = Places::default();
    assert_eq!(pass(&mut source, &mut known).await.1.len(), 3);
    assert!(pass(&mut source, &mut known).await.1.is_empty());
    assert_eq!(server.heard().matches("BODY.PEEK").count(), 1, "{}", server.heard());
    assert!(server.heard().contains("UID SEARCH UID 4:*"));
}

#[tokio::test]
async fn a_cancelled_call_leaves_no_half_read_answer_behind() {
    let (_server, mut source) = misbehaving(&[Answer { to: "SEARCH", say: "* SEARCH 1\r\nHANG" }]).await;
    let known = Places::default();
    let cancelled = tokio::time::timeout(Duration::from_millis(500), begin(&mut source, &known)).await;
    assert!(cancelled.is_err());
    let error = source.next_batch().await.unwrap_err();
    assert!(error.to_string().contains("it is not open"), "{error}");
}

#[tokio::test]
async fn another_uidvalidity_on_the_same_connection_begins_another_epoch() {
    let later = Answer { to: "EXAMINE", say: "* 3 EXISTS\r\n* OK [UIDVALIDITY 10] new\r\nTAG OK open\r\n" };
    let before = Answer { to: "EXAMINE", say: "* 3 EXISTS\r\n* OK [UIDVALIDITY 9] old\r\nTAG OK open\r\n" };
    let ((server, _dir), mut source) = misbehaving(&[before, later]).await;
    let (first, messages) = pass(&mut source, &mut Places::default()).await;
    let second = begin(&mut source, &Places::default()).await.unwrap();
    assert_eq!((first.epoch.uid_validity, second.epoch.uid_validity), (9, 10));
    source.mark_stored(&[messages[0].position.clone()]).await.unwrap();
    assert_eq!(server.heard().matches("LOGIN").count(), 1);
}

#[tokio::test]
async fn a_folder_without_uidvalidity_is_opened_and_said_to_be_unsure() {
    let say = "* 3 EXISTS\r\nTAG OK open\r\n";
    let (_server, mut source) = misbehaving(&[Answer { to: "EXAMINE", say }]).await;
    let (opened, messages) = pass(&mut source, &mut Places::default()).await;
    assert_eq!((opened.identity, opened.epoch.uid_validity), (Identity::UnsureUid, 0));
    assert!(opened.problem.unwrap().contains("no UIDVALIDITY"));
    assert_eq!(messages.len(), 3);
}
