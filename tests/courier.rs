//! Handing messages over: to a real Postfix by every way, to servers that misbehave at every step,
//! and to a spool folder.

use std::path::Path;
use std::time::Duration;

use complaintsd::courier::message::{MessageParts, compose};
use complaintsd::courier::{
    Courier, CourierError, Envelope, SmtpCourier, SmtpSecurity, SmtpSettings, SmtpTimeouts, SpoolCourier,
};
use complaintsd::domain::delivery::Handover;
use complaintsd::oauth::SignIn;

use tokio::time::timeout;

use crate::courier_message::letter;
use crate::support::ca::{Ca, Issued};
use crate::support::ports;
use crate::support::postfix::{self, Postfix};
use crate::support::smtp_script::{Act, Acts, SmtpScript, Way};

const PASSWORD: &str = "sesame-7731";
/// Far longer than any time limit these tests set.
const LONG: Duration = Duration::from_secs(30);

fn envelope() -> Envelope {
    Envelope { from: "complaints@example.net".parse().unwrap(), to: "amina.okoye@example.org".parse().unwrap() }
}

fn envelope_to(to: &str) -> Envelope {
    Envelope { to: to.parse().unwrap(), ..envelope() }
}

/// Everything that is awkward on the way: dots, long lines, other scripts, white space at line ends.
fn awkward_message() -> Vec<u8> {
    let text = format!(".\n..\n.dot\n{}\nPound £, house 🏚️  \n\tTab\n\n\n.", "long ".repeat(400));
    compose(&MessageParts { text, ..letter() }).unwrap().bytes
}

fn settings(port: u16, security: SmtpSecurity) -> SmtpSettings {
    SmtpSettings {
        host: "localhost".to_owned(),
        port,
        security,
        sign_in: None,
        ca_file: None,
        timeouts: SmtpTimeouts::default(),
    }
}

fn by_password(password: &str) -> SignIn {
    SignIn::Password(password.to_owned().into())
}

fn signed_in(server: &Postfix, port: u16, security: SmtpSecurity, password: &str) -> SmtpCourier {
    let sign_in = Some((postfix::USER.to_owned(), by_password(password)));
    let ca_file = Some(server.ca_file().to_owned());
    SmtpCourier::new(SmtpSettings { sign_in, ca_file, ..settings(port, security) }).unwrap()
}

fn by_every_way(server: &Postfix) -> [SmtpCourier; 3] {
    [
        SmtpCourier::new(settings(server.relay, SmtpSecurity::LocalRelay)).unwrap(),
        signed_in(server, server.submission, SmtpSecurity::StartTls, postfix::PASSWORD),
        signed_in(server, server.submissions, SmtpSecurity::Tls, postfix::PASSWORD),
    ]
}

fn words(answer: &Handover) -> &str {
    let (Handover::Accepted(words)
    | Handover::TemporaryFailure(words)
    | Handover::InDoubt(words)
    | Handover::PermanentFailure(words)
    | Handover::CourierFault(words)) = answer;
    words
}

fn accepted(answer: &Handover) -> &str {
    assert!(matches!(answer, Handover::Accepted(_)), "{answer:?}");
    words(answer)
}

#[tokio::test]
async fn a_message_arrives_at_postfix_byte_for_byte_by_every_way() {
    let server = Postfix::start();
    let bytes = awkward_message();
    for (count, courier) in by_every_way(&server).iter().enumerate() {
        let answer = courier.hand_over(&envelope(), &bytes).await;
        assert!(accepted(&answer).starts_with("250 2.0.0 Ok: queued as "), "{answer:?}");
        let received = server.received_at_least(count + 1);
        assert_eq!(received.len(), count + 1);
        let arrived = &received[count];
        let top = arrived.len().checked_sub(bytes.len()).expect("shorter than what was sent");
        assert_eq!(String::from_utf8_lossy(&arrived[top..]), String::from_utf8_lossy(&bytes));
        let top = String::from_utf8_lossy(&arrived[..top]);
        assert!(top.starts_with("Return-Path: <complaints@example.net>\r\n"), "{top}");
        assert!(top.contains("\r\nDelivered-To: amina.okoye@example.org\r\n"), "{top}");
        assert!(!top.contains("\r\n\r\n"), "only headers before the message: {top}");
        assert_eq!(top.contains("ESMTPSA"), count > 0, "signed in over TLS: {top}");
    }
}

#[tokio::test]
async fn a_probe_connects_and_signs_in_and_sends_nothing() {
    let server = Postfix::start();
    let [relay, submission, submissions] = by_every_way(&server);
    assert_eq!(relay.probe().await.unwrap(), format!("localhost:{} answers as local relay", server.relay));
    let expected = format!("localhost:{} answers over TLS, signed in", server.submission);
    assert_eq!(submission.probe().await.unwrap(), expected);
    submissions.probe().await.unwrap();
    let refused = signed_in(&server, server.submission, SmtpSecurity::StartTls, "wrong").probe().await.unwrap_err();
    assert!(matches!(refused, CourierError::Refused(_)), "{refused:?}");
    accepted(&relay.hand_over(&envelope(), &awkward_message()).await);
    assert_eq!(server.received_at_least(1).len(), 1);
}

#[tokio::test]
async fn postfix_refusing_the_password_is_the_couriers_fault() {
    let server = Postfix::start();
    for (port, security) in [(server.submission, SmtpSecurity::StartTls), (server.submissions, SmtpSecurity::Tls)] {
        let courier = signed_in(&server, port, security, PASSWORD);
        let answer = courier.hand_over(&envelope(), &awkward_message()).await;
        assert!(matches!(answer, Handover::CourierFault(_)), "{answer:?}");
        let expected = format!("localhost:{port} refused our sign-in: 535 ");
        assert!(words(&answer).starts_with(&expected), "{answer:?}");
        assert!(words(&answer).ends_with("check user name and password") && !words(&answer).contains(PASSWORD));
    }
}

#[tokio::test]
async fn postfix_refusing_a_recipient_is_permanent_and_deferring_one_temporary() {
    let server = Postfix::start();
    let [courier, ..] = by_every_way(&server);
    let answer = courier.hand_over(&envelope_to(postfix::REFUSED), &awkward_message()).await;
    assert!(matches!(answer, Handover::PermanentFailure(_)), "{answer:?}");
    assert!(words(&answer).contains("refused the recipient: 554") && words(&answer).contains("no such person"));
    let answer = courier.hand_over(&envelope_to(postfix::DEFERRED), &awkward_message()).await;
    assert!(matches!(answer, Handover::TemporaryFailure(_)), "{answer:?}");
    assert!(words(&answer).contains("refused the recipient: 450") && words(&answer).contains("mailbox full"));
}

#[tokio::test]
async fn a_server_of_an_unknown_authority_or_of_another_name_gets_no_password() {
    let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (ca, other) = (Ca::new(folder.path()), Ca::new(elsewhere.path()));
    let wrong: [fn(&Ca, &Ca) -> Issued; 4] = [
        |_, other| other.issue(),
        |ca, _| ca.issue_for("mail.example.com"),
        |ca, _| ca.issue_expired(),
        |ca, _| ca.issue(),
    ];
    // The last one is right, but for a courier that trusts the system's authorities only.
    for (certificate, ca_file) in wrong.into_iter().zip([Some(ca.file()), Some(ca.file()), Some(ca.file()), None]) {
        for security in [SmtpSecurity::StartTls, SmtpSecurity::Tls] {
            let certificate = certificate(&ca, &other);
            let tls = security == SmtpSecurity::Tls;
            let way = if tls { Way::Tls(certificate) } else { Way::StartTls(certificate) };
            let server = SmtpScript::start(way, Acts::new()).await;
            let courier = scripted(&server, security, ca_file);
            let answer = courier.hand_over(&envelope(), &awkward_message()).await;
            assert!(matches!(answer, Handover::CourierFault(_)), "{answer:?}");
            let expected = format!("no safe connection to localhost:{}: ", server.port);
            assert!(words(&answer).starts_with(&expected) && words(&answer).contains("certificate"), "{answer:?}");
            assert!(!server.heard_verb("AUTH") && !server.heard_verb("MAIL"), "{:?}", server.heard());
        }
    }
}

/// A courier with a password and short patience.
fn scripted(server: &SmtpScript, security: SmtpSecurity, ca_file: Option<&Path>) -> SmtpCourier {
    let brief = Duration::from_millis(400);
    SmtpCourier::new(SmtpSettings {
        sign_in: Some((postfix::USER.to_owned(), by_password(PASSWORD))),
        ca_file: ca_file.map(Path::to_owned),
        timeouts: SmtpTimeouts { connect: brief, command: brief, data: brief, end_of_data: brief },
        ..settings(server.port, security)
    })
    .unwrap()
}

/// The answer to a message from a server with TLS that does this at one step, and what it heard.
async fn answer_when(step: &'static str, act: Act) -> (Handover, SmtpScript) {
    let folder = tempfile::tempdir().unwrap();
    let ca = Ca::new(folder.path());
    let server = SmtpScript::start(Way::StartTls(ca.issue()), Acts::from([(step, act)])).await;
    let courier = scripted(&server, SmtpSecurity::StartTls, Some(ca.file()));
    (courier.hand_over(&envelope(), &awkward_message()).await, server)
}

fn say(words: &str) -> Act {
    Act::Say(words.to_owned())
}

const STEPS: [&str; 8] = ["GREETING", "EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "TEXT"];

#[tokio::test]
async fn the_script_itself_accepts_a_message_when_told_nothing_else() {
    let (answer, server) = answer_when("NOTHING", Act::Drop).await;
    assert_eq!(accepted(&answer), "250 queued as SCRIPT1");
    assert!(server.heard_verb("AUTH") && server.heard_verb("MAIL FROM:<complaints@example.net>"));
    assert!(server.heard_verb("RCPT TO:<amina.okoye@example.org>"));
}

#[tokio::test]
async fn a_refusal_for_now_is_temporary_at_every_step_but_sign_in() {
    for step in STEPS {
        let (answer, server) = answer_when(step, say("451 try later")).await;
        let expected = format!("localhost:{} refused ", server.port);
        assert!(
            words(&answer).starts_with(&expected) && words(&answer).contains("451 try later"),
            "{step}: {answer:?}"
        );
        let temporary = matches!(answer, Handover::TemporaryFailure(_));
        assert_eq!(temporary, step != "AUTH", "{step}: {answer:?}");
        assert!(temporary || matches!(answer, Handover::CourierFault(_)), "{step}: {answer:?}");
    }
}

#[tokio::test]
async fn a_refusal_for_good_is_the_messages_fault_only_once_the_message_is_spoken_of() {
    for step in STEPS {
        let (answer, _) = answer_when(step, say("550-no\r\n550 never")).await;
        let the_message = ["MAIL", "RCPT", "DATA", "TEXT"].contains(&step);
        assert_eq!(matches!(answer, Handover::PermanentFailure(_)), the_message, "{step}: {answer:?}");
        assert_eq!(matches!(answer, Handover::CourierFault(_)), !the_message, "{step}: {answer:?}");
        assert!(words(&answer).contains("550 no never"), "{step}: {answer:?}");
    }
}

#[tokio::test]
async fn a_demand_to_sign_in_first_is_the_couriers_fault_in_every_step() {
    for step in ["MAIL", "RCPT", "DATA"] {
        let (answer, _) = answer_when(step, say("530 5.7.0 authentication required")).await;
        assert!(matches!(answer, Handover::CourierFault(_)), "{step}: {answer:?}");
    }
    for refusal in ["535 5.7.8 no", "454 4.7.0 temporary authentication failure"] {
        let (answer, server) = answer_when("AUTH", say(refusal)).await;
        assert!(matches!(answer, Handover::CourierFault(_)), "{answer:?}");
        assert!(!server.heard_verb("MAIL"));
    }
}

#[tokio::test]
async fn a_lost_connection_and_silence_are_temporary_at_every_step() {
    let acts = [Act::Drop, Act::Stall, say("421 closing"), say("garbage")];
    let cases = STEPS.into_iter().flat_map(|step| acts.clone().map(|act| (step, act)));
    futures::future::join_all(cases.map(async |(step, act)| {
        let (answer, server) = timeout(LONG, answer_when(step, act.clone())).await.expect("waited for ever");
        // After the final dot only a clear answer says that the message was not taken.
        let doubtful = step == "TEXT" && !matches!(&act, Act::Say(words) if words.starts_with("421"));
        let expected = if doubtful {
            matches!(answer, Handover::InDoubt(_))
        } else {
            matches!(answer, Handover::TemporaryFailure(_))
        };
        assert!(expected, "{step}, {act:?}: {answer:?}");
        assert!(words(&answer).contains(&format!("localhost:{}", server.port)), "{step}, {act:?}: {answer:?}");
    }))
    .await;
}

/// Lessons 41.
#[tokio::test]
async fn an_answer_lost_after_the_final_dot_leaves_the_message_in_doubt() {
    for act in [Act::Drop, Act::Stall] {
        let (answer, server) = answer_when("TEXT", act).await;
        assert!(matches!(answer, Handover::InDoubt(_)), "{answer:?}");
        assert!(words(&answer).ends_with("it may have accepted the message all the same"), "{answer:?}");
        assert!(server.heard().contains(&".".to_owned()), "the whole message was sent");
    }
    let (answer, _) = answer_when("DATA", Act::Drop).await;
    assert!(!words(&answer).contains("may have accepted"), "{answer:?}");
}

#[tokio::test]
async fn a_failed_goodbye_does_not_undo_an_acceptance() {
    for act in [Act::Drop, Act::Stall, say("500 what")] {
        accepted(&timeout(LONG, answer_when("QUIT", act)).await.expect("waited for ever").0);
    }
}

#[tokio::test]
async fn an_unexpected_positive_answer_is_no_acceptance() {
    for (step, words) in [("TEXT", "354 more"), ("DATA", "250 ok"), ("RCPT", "354 go on")] {
        let (answer, _) = answer_when(step, say(words)).await;
        assert!(matches!(answer, Handover::TemporaryFailure(_)), "{step}: {answer:?}");
    }
}

#[tokio::test]
async fn without_starttls_nothing_is_sent() {
    for ehlo in ["250 AUTH PLAIN LOGIN", "250-ok\r\n250 AUTH PLAIN LOGIN"] {
        let (answer, server) = answer_when("EHLO", say(ehlo)).await;
        assert!(matches!(answer, Handover::CourierFault(_)), "{answer:?}");
        assert!(words(&answer).contains(&format!("localhost:{} does not offer STARTTLS", server.port)), "{answer:?}");
        assert!(!server.heard_verb("AUTH") && !server.heard_verb("MAIL"), "{:?}", server.heard());
    }
}

#[tokio::test]
async fn answers_slipped_in_before_tls_are_not_believed() {
    let injected = "220 go on\r\n250-ok\r\n250 AUTH PLAIN\r\n235 ok\r\n250 ok\r\n250 ok\r\n354 ok\r\n250 accepted";
    let (answer, server) = answer_when("STARTTLS", say(injected)).await;
    assert!(matches!(answer, Handover::CourierFault(_)), "{answer:?}");
    assert!(!server.heard_verb("AUTH") && !server.heard_verb("MAIL"), "{:?}", server.heard());
}

#[tokio::test]
async fn a_server_that_repeats_the_password_does_not_put_it_into_our_records() {
    let (answer, _) = answer_when("AUTH", say(&format!("535 '{PASSWORD}' is wrong"))).await;
    assert!(words(&answer).contains("535 '[hidden]' is wrong"), "{answer:?}");
    let long = format!("250 {}", "x".repeat(900));
    assert_eq!(accepted(&answer_when("TEXT", say(&long)).await.0).chars().count(), 500);
}

#[tokio::test]
async fn a_server_that_is_not_there_is_temporary() {
    let port = ports::free();
    let courier = SmtpCourier::new(settings(port, SmtpSecurity::LocalRelay)).unwrap();
    let answer = courier.hand_over(&envelope(), &awkward_message()).await;
    assert!(matches!(answer, Handover::TemporaryFailure(_)), "{answer:?}");
    assert!(words(&answer).contains(&format!("localhost:{port}")), "{answer:?}");
    let folder = tempfile::tempdir().unwrap();
    let ca_file = Some(Ca::new(folder.path()).file().to_owned());
    for (host, security) in [("localhost", SmtpSecurity::Tls), ("mail.invalid", SmtpSecurity::StartTls)] {
        let settings = SmtpSettings { host: host.to_owned(), ca_file: ca_file.clone(), ..settings(port, security) };
        let courier = SmtpCourier::new(settings).unwrap();
        let answer = courier.hand_over(&envelope(), &awkward_message()).await;
        assert!(matches!(answer, Handover::TemporaryFailure(_)), "{answer:?}");
        assert!(words(&answer).contains(&format!("{host}:{port}")), "{answer:?}");
        assert!(matches!(courier.probe().await, Err(CourierError::Unavailable(_))));
    }
}

#[tokio::test]
async fn bytes_that_could_smuggle_a_message_are_refused_before_connecting() {
    let server = SmtpScript::start(Way::Plain, Acts::new()).await;
    let courier = SmtpCourier::new(settings(server.port, SmtpSecurity::LocalRelay)).unwrap();
    for bad in ["Subject: a\r\n\r\n\n.\nMAIL FROM:<x@example.com>\r\n", "a\r.\r\r\n", "Subject: £\r\n\r\n", "no end"] {
        let answer = courier.hand_over(&envelope(), bad.as_bytes()).await;
        assert!(matches!(answer, Handover::PermanentFailure(_)), "{bad:?}: {answer:?}");
    }
    assert!(server.heard().is_empty());
    accepted(&courier.hand_over(&envelope(), b"Subject: a\r\n\r\n.\r\n").await);
}

#[test]
fn settings_that_would_send_a_password_or_mail_in_the_clear_are_refused() {
    let fault = |settings: SmtpSettings| SmtpCourier::new(settings).unwrap_err().to_string();
    let relay = || settings(25, SmtpSecurity::LocalRelay);
    let sign_in = Some(("letters".to_owned(), by_password(PASSWORD)));
    assert!(fault(SmtpSettings { sign_in, ..relay() }).contains("localhost:25: a password is never sent without TLS"));
    for host in ["mail.example.net", "192.0.2.1", "localhost.example.net"] {
        let words = fault(SmtpSettings { host: host.to_owned(), ..relay() });
        assert!(words.contains(&format!("{host}:25: a local relay must be localhost")), "{words}");
    }
    for host in ["127.0.0.1", "::1", "localhost"] {
        SmtpCourier::new(SmtpSettings { host: host.to_owned(), ..relay() }).unwrap();
    }
}

#[test]
fn a_ca_file_that_cannot_be_used_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ca.pem");
    let fault = || {
        let ca_file = Some(path.clone());
        SmtpCourier::new(SmtpSettings { ca_file, ..settings(465, SmtpSecurity::Tls) }).unwrap_err().to_string()
    };
    assert!(fault().starts_with(&format!("CA file {}: No such file", path.display())), "{}", fault());
    std::fs::write(&path, "not a certificate").unwrap();
    assert!(fault().contains("holds no PEM certificate"), "{}", fault());
}

#[test]
fn a_courier_shown_for_debugging_shows_no_password() {
    let sign_in = Some(("x".to_owned(), by_password(PASSWORD)));
    let folder = tempfile::tempdir().unwrap();
    let ca_file = Some(Ca::new(folder.path()).file().to_owned());
    let settings = settings(465, SmtpSecurity::Tls);
    let courier = SmtpCourier::new(SmtpSettings { sign_in, ca_file, ..settings });
    assert!(!format!("{:?}", courier.unwrap()).contains(PASSWORD));
}

fn files(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn the_spool_keeps_each_message_once_and_byte_for_byte() {
    let folder = tempfile::tempdir().unwrap();
    let spool = folder.path().join("spool");
    let courier = SpoolCourier::new(&spool);
    let bytes = awkward_message();
    let answer = courier.hand_over(&envelope(), &bytes).await;
    let [name] = &files(&spool)[..] else { panic!("one file, not {:?}", files(&spool)) };
    assert!(name.starts_with("20260615T080500Z-") && name.ends_with(".eml"), "{name}");
    assert_eq!(accepted(&answer), format!("written to {name}"));
    assert_eq!(std::fs::read(spool.join(name)).unwrap(), bytes);

    // The same Message-ID again: accepted, and the file is the first one.
    let changed = [&bytes[..], b"more\r\n"].concat();
    accepted(&courier.hand_over(&envelope(), &changed).await);
    assert_eq!(files(&spool), [name.as_str()]);
    assert_eq!(std::fs::read(spool.join(name)).unwrap(), bytes);

    let other = compose(&MessageParts { message_id: "other@example.net".to_owned(), ..letter() }).unwrap();
    accepted(&courier.hand_over(&envelope(), &other.bytes).await);
    assert_eq!(files(&spool).len(), 2);
}

#[tokio::test]
async fn what_a_crash_left_unfinished_in_the_spool_does_not_count_as_written() {
    let folder = tempfile::tempdir().unwrap();
    let courier = SpoolCourier::new(folder.path());
    let bytes = awkward_message();
    accepted(&courier.hand_over(&envelope(), &bytes).await);
    let name = files(folder.path()).remove(0);
    std::fs::remove_file(folder.path().join(&name)).unwrap();
    std::fs::write(folder.path().join(format!(".{name}.part")), &bytes[..100]).unwrap();
    accepted(&courier.hand_over(&envelope(), &bytes).await);
    assert_eq!(files(folder.path()), [name.as_str()]);
    assert_eq!(std::fs::read(folder.path().join(name)).unwrap(), bytes);
}

#[tokio::test]
async fn a_spool_folder_that_cannot_be_written_is_named_and_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    let not_a_folder = folder.path().join("file");
    std::fs::write(&not_a_folder, b"").unwrap();
    let courier = SpoolCourier::new(not_a_folder.join("spool"));
    let answer = courier.hand_over(&envelope(), &awkward_message()).await;
    assert!(matches!(answer, Handover::TemporaryFailure(_)), "{answer:?}");
    assert!(words(&answer).contains(&not_a_folder.display().to_string()), "{answer:?}");
    assert!(courier.probe().await.is_err());
    assert!(SpoolCourier::new(folder.path().join("new")).probe().await.is_ok());
}
