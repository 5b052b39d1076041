//! The daemon that signs in by tokens: it lives through the end of a consent, says so, and goes on by
//! itself.

use std::process::Output;
use std::time::{Duration, SystemTime};

use complaintsd::store::Store;

use crate::support::dovecot::{self, Dovecot};
use crate::support::issuer::{Act, CLIENT, CONSENT, Issuer, SECRET};
use crate::support::patience::until;
use crate::support::postfix::{self, Postfix};
use crate::support::service::Service;

/// An installation that reads this Dovecot by tokens; `grant` is a line of `[[oauth]]` or empty.
fn service(dovecot: &Dovecot, relay: u16, issuer: &Issuer, grant: &str) -> Service {
    let service = Service::new(dovecot, relay, None);
    service.write("client-secret", SECRET);
    service.write("refresh-token", CONSENT);
    service.edit("password_file = \"imap-password\"", "oauth = \"microsoft\"");
    let table = format!(
        "[[oauth]]\nprovider = \"microsoft\"\ntoken_endpoint = \"{}\"\nclient_id = \"{CLIENT}\"\n\
         client_secret_file = \"client-secret\"\n{grant}\n\n[courier]",
        issuer.endpoint()
    );
    service.edit("[courier]", &table);
    service
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

fn mail(number: u32) -> Vec<u8> {
    format!("From: ann@example.com\r\nMessage-ID: <{number}@example.com>\r\nSubject: Lift\r\n\r\nBroken {number}.\r\n")
        .into_bytes()
}

async fn alarm(store: &Store, key: &str) -> String {
    until(key, async || store.alarms().await.unwrap().into_iter().find(|alarm| alarm.key == key)).await.text
}

async fn no_alarm(store: &Store) {
    until("no alarm", async || store.alarms().await.unwrap().is_empty().then_some(())).await;
}

/// Lessons 13, 80.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revoked_consent_is_an_alarm_with_a_remedy_and_a_new_one_mends_it_without_a_restart() {
    let issuer = Issuer::start(dovecot::USER).await;
    issuer.rotates();
    issuer.lifetimes(Duration::from_secs(4), Duration::from_secs(4));
    let dovecot = Dovecot::start_with(&issuer.dovecot());
    let service = service(&dovecot, 9, &issuer, "refresh_token_file = \"refresh-token\"");
    dovecot.deliver("INBOX", &mail(1), SystemTime::now());
    let mut daemon = service.start_as("trace", true);
    assert!(daemon.hears("READY=1"), "{}", service.log());
    let store = service.store().await;
    let contacts = async || crate::service::contacts(&store).await;
    until("the first contact", async || (contacts().await == 1).then_some(())).await;
    until("three tokens", async || (issuer.asked() >= 3).then_some(())).await;

    issuer.revoke();
    let told = alarm(&store, "oauth-microsoft").await;
    for words in ["sign-in 'microsoft'", "invalid_grant", "sign in once more", "refresh_token_file"] {
        assert!(told.contains(words), "{told}");
    }
    let told = alarm(&store, "mailbox-complaints").await;
    assert!(told.contains("Mail is not being read") && told.contains("refresh_token_file"), "{told}");
    let check = said(&service.run(&["check", "--connect"]));
    assert!(check.contains("fault: sign-in 'microsoft': 127.0.0.1 refused a token (invalid_grant)"), "{check}");
    assert!(check.contains("alarm since ") && check.contains(": Mail is not being read."), "{check}");
    // It asks less and less often, and stays up.
    let asked = issuer.asked();
    dovecot.deliver("INBOX", &mail(2), SystemTime::now());
    assert_eq!(contacts().await, 1);
    assert!(daemon.is_up(), "{}", service.log());

    issuer.consents("another-consent-canary");
    service.write("refresh-token", "another-consent-canary");
    until("the second contact", async || (contacts().await == 2).then_some(())).await;
    no_alarm(&store).await;
    assert!(issuer.asked() > asked);
    assert!(daemon.stop().success());

    // The newest refresh token is the one that is kept.
    let daemon = service.start_ready();
    dovecot.deliver("INBOX", &mail(3), SystemTime::now());
    until("the third contact", async || (contacts().await == 3).then_some(())).await;
    assert!(daemon.stop().success());

    let log = service.log();
    assert!(log.contains("Token renewed"), "the log is not as fine as asked for");
    for secret in ["canary", "Bearer", &data_encoding::BASE64.encode(b"user=")[..6]] {
        assert!(!log.contains(secret), "{secret} is in the log");
        assert!(!check.contains(secret), "{secret} is in what check says: {check}");
    }
    let database = std::fs::read(service.config().with_file_name("complaintsd.db")).unwrap();
    assert!(!database.windows(6).any(|part| part == b"canary"), "a token stands open in the database");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endpoint_in_trouble_is_no_alarm_while_the_token_serves() {
    let issuer = Issuer::start(dovecot::USER).await;
    issuer.lifetimes(Duration::from_secs(12), Duration::from_secs(12));
    let dovecot = Dovecot::start_with(&issuer.dovecot());
    let service = service(&dovecot, 9, &issuer, "");
    let daemon = service.start_ready();
    let store = service.store().await;
    until("a token", async || (issuer.asked() == 1).then_some(())).await;
    issuer.acts(Act::Status(503));
    until("the renewal", async || (issuer.asked() >= 2).then_some(())).await;
    dovecot.deliver("INBOX", &mail(1), SystemTime::now());
    until("the contact", async || (crate::service::contacts(&store).await == 1).then_some(())).await;
    assert_eq!(store.alarms().await.unwrap(), []);
    let told = alarm(&store, "oauth-microsoft").await;
    assert!(told.contains("status 503") && told.contains("There is no token"), "{told}");
    issuer.acts(None);
    no_alarm(&store).await;
    assert!(daemon.stop().success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn check_tells_a_wrong_secret_from_a_missing_consent_from_a_closed_mailbox() {
    let issuer = Issuer::start(dovecot::USER).await;
    let dovecot = Dovecot::start_with(&issuer.dovecot());
    let postfix = Postfix::start_with(&issuer.dovecot());
    let service = service(&dovecot, postfix.relay, &issuer, "client_secret_expires = 2099-01-31");
    service.sign_in_at(&postfix, "starttls", postfix.submission);
    service.edit("password_file = \"smtp-password\"", "oauth = \"microsoft\"");
    service.edit(&format!("username = \"{}\"", postfix::USER), &format!("username = \"{}\"", dovecot::USER));
    let check = || service.run(&["check", "--connect"]);

    issuer.grants(&["IMAP.AccessAsApp", "SMTP.SendAsApp"]);
    let well = check();
    assert!(well.status.success(), "{}", said(&well));
    for line in ["client secret expires on 31 January 2099", "sign-in 'microsoft': a token was given", ", signed in"] {
        assert!(said(&well).contains(line), "{line}: {}", said(&well));
    }
    assert_eq!(issuer.asked(), 1, "one token serves the mailbox and the courier");

    issuer.grants(&["IMAP.AccessAsApp"]);
    let missing = said(&check());
    assert!(missing.contains("a token was given, but without SMTP.SendAsApp: consent is missing"), "{missing}");

    issuer.grants(&["IMAP.AccessAsApp", "SMTP.SendAsApp"]);
    service.edit(&format!("username = \"{}\"", dovecot::USER), "username = \"closed@example.org\"");
    let closed = said(&check());
    assert!(closed.contains("refused the token of sign-in 'microsoft' for closed@example.org"), "{closed}");
    assert!(closed.contains("fault: courier: "), "{closed}");

    issuer.wants_secret("another");
    let wrong = said(&check());
    assert!(wrong.contains("fault: sign-in 'microsoft': 127.0.0.1 refused a token (invalid_client"), "{wrong}");
    assert!(wrong.contains("put its value (not its identifier) into client_secret_file"), "{wrong}");
    assert!(!wrong.contains("canary"), "{wrong}");
}
