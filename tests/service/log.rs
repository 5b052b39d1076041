//! What may never stand in the log, at any level, nor where other users of the machine can look.

use std::time::SystemTime;

use serde_json::Value;

use super::{OFFICER, PASSWORD, alarm, approve_every_letter, contacts, message, stops_softly, work_list};
use crate::support::dovecot::{self, Dovecot};
use crate::support::patience::until;
use crate::support::postfix::{self, Postfix};
use crate::support::postgres;
use crate::support::service::Service;

/// Words of residents', each in its own place of a message.
const WORDS: [&str; 6] = ["Nightjar", "nightjar@example.com", "liftcanary", "bodycanary", "filecanary", "idcanary"];

fn telling_message() -> Vec<u8> {
    "From: Cana Nightjar <nightjar@example.com>\r\nTo: complaints@example.org\r\nSubject: The liftcanary\r\n\
     Message-ID: <idcanary@example.com>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n\
     --b\r\nContent-Type: text/plain\r\n\r\nThe bodycanary does not sing.\r\n\
     --b\r\nContent-Type: image/png; name=filecanary.png\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!!\r\n"
        .to_owned()
        .into_bytes()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_the_highest_level_the_log_holds_no_residents_words_and_no_secret() {
    let (dovecot, postfix) = tokio::task::spawn_blocking(|| (Dovecot::start(), Postfix::start())).await.unwrap();
    let service = Service::new(&dovecot, postfix.relay, Some(&postgres::database()));
    service.sign_in_at(&postfix, "starttls", postfix.submission);
    service.edit("format = \"text\"", "format = \"json\"");
    service.add_officer(OFFICER, "Robin Achebe", "officer", PASSWORD);
    let now = SystemTime::now();
    dovecot.deliver("INBOX", &telling_message(), now);
    dovecot.deliver("INBOX", &message(postfix::REFUSED, 1, "It is broken."), now);
    dovecot.deliver("INBOX", &message(postfix::DEFERRED, 2, "It is broken."), now);
    dovecot.deliver("INBOX", b"From: nightjar@example.com\r\nSubject: =?x?B?bGlmdGNhbmFyeQ\r\n\xff\0", now);

    let daemon = service.start_as("trace", true);
    assert!(daemon.hears("READY=1"), "{}", service.log());
    let store = service.store().await;
    until("the contacts", async || (contacts(&store).await == 4).then_some(())).await;
    approve_every_letter(&service, 4).await;
    until("the letters", async || (postfix.received().len() == 2).then_some(())).await;
    alarm(&store, "was refused by the mail server").await;
    until("the one put off", async || service.log().contains("Message not accepted yet").then_some(())).await;
    assert!(work_list(&service).contains("Work list (4)"));
    for file in ["cmdline", "environ"] {
        let shown = std::fs::read(format!("/proc/{}/{file}", daemon.pid())).unwrap();
        must_hide(&String::from_utf8_lossy(&shown), &[dovecot::PASSWORD, postfix::PASSWORD, postgres::PASSWORD]);
    }
    stops_softly(daemon);
    // A password that is refused must not be repeated either.
    service.write("imap-password", "wrongcanary");
    service.write("smtp-password", "mailcanary");
    let daemon = service.start_as("trace", true);
    alarm(&store, "Mail is not being read").await;
    stops_softly(daemon);

    let log = service.log();
    must_hide(&log, &WORDS);
    must_hide(&log, &[postfix::REFUSED, postfix::DEFERRED, "wrongcanary", "mailcanary"]);
    must_hide(&log, &[PASSWORD, dovecot::PASSWORD, postfix::PASSWORD, postgres::PASSWORD]);
    assert!(log.lines().count() > 20, "{log}");
    for line in log.lines() {
        let read: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert!(read["level"].is_string() && read["message"].is_string(), "{line}");
    }
    let listed = service.json(&["contact", "list", "--json"]);
    assert_eq!(listed.as_array().unwrap().len(), 4);
}

fn must_hide(text: &str, secrets: &[&str]) {
    for secret in secrets {
        if let Some(line) = text.lines().find(|line| line.contains(secret)) {
            panic!("'{secret}' stands in: {line}");
        }
    }
}
