//! Something the daemon depends on fails: the rest goes on, an alarm says what to do, and when it is
//! mended the work is caught up with, once.

use std::net::TcpListener;
use std::process::Command;
use std::sync::Arc;
use std::time::SystemTime;

use jiff::civil::date;

use super::{
    OFFICER, PASSWORD, alarm, approve_at, contacts, house, message, no_alarm, pages_are_up, stops_softly, work_list,
};
use crate::support::clamd::Clamd;
use crate::support::clock::{TestClock, at};
use crate::support::dovecot::{self, Dovecot};
use crate::support::patience::until;
use crate::support::postfix::Postfix;
use crate::support::service::Service;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_a_wrong_password_the_pages_name_mailbox_and_remedy_until_it_is_mended() {
    let dovecot = Dovecot::start();
    let service = house(&dovecot);
    dovecot.deliver("INBOX", &message("ann@example.com", 1, "It is broken."), SystemTime::now());
    service.write("imap-password", "wrong");
    let daemon = service.start_ready();
    let store = service.store().await;
    let told = alarm(&store, "Mail is not being read").await;
    for words in ["complaints", "password"] {
        assert!(told.contains(words), "{told}");
    }
    let page = work_list(&service);
    assert!(page.contains("Something is not working") && page.contains("Mail is not being read"), "{page}");
    stops_softly(daemon);

    service.write("imap-password", dovecot::PASSWORD);
    let daemon = service.start_ready();
    until("the contact", async || (contacts(&store).await == 1).then_some(())).await;
    no_alarm(&store).await;
    stops_softly(daemon);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mailbox_that_comes_back_is_read_by_itself() {
    let dovecot = Dovecot::start();
    let service = house(&dovecot);
    dovecot.deliver("INBOX", &message("ann@example.com", 1, "It is broken."), SystemTime::now());
    // A port between the two that can be shut.
    let gate = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    service.edit(&format!("port = {}", dovecot.imaps_port), &format!("port = {gate}"));
    let daemon = service.start_ready();
    let store = service.store().await;
    let told = alarm(&store, "Mail is not being read").await;
    assert!(told.contains(&gate.to_string()) || told.contains("localhost"), "{told}");
    assert!(pages_are_up(&service));

    let _open = open_gate(gate, dovecot.imaps_port).await;
    until("the contact", async || (contacts(&store).await == 1).then_some(())).await;
    no_alarm(&store).await;
    stops_softly(daemon);
}

/// lessons 79: mail is logged all the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_virus_scanner_that_does_not_answer_is_an_alarm_until_it_does() {
    let dovecot = Dovecot::start();
    let service = house(&dovecot);
    service.edit("[web]", "[scanner]\nclamd = \"unix:clamd.ctl\"\n\n[web]");
    dovecot.deliver("INBOX", &message("ann@example.com", 1, "It is broken."), SystemTime::now());
    let daemon = service.start_ready();
    let store = service.store().await;
    let told = alarm(&store, "virus scanner").await;
    assert!(told.contains("attachments are withheld") && told.contains("see to clamd"), "{told}");
    until("the contact", async || (contacts(&store).await == 1).then_some(())).await;
    let checked = || String::from_utf8(service.run(&["check", "--connect"]).stdout).unwrap();
    assert!(checked().contains("fault: virus scanner: the virus scanner does not answer"), "{}", checked());

    let clamd = Clamd::start().await;
    std::os::unix::fs::symlink(clamd.socket(), service.config().with_file_name("clamd.ctl")).unwrap();
    no_alarm(&store).await;
    assert!(checked().contains("virus scanner: ClamAV 1."), "{}", checked());
    stops_softly(daemon);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_server_that_comes_back_gets_each_letter_once() {
    let (dovecot, postfix) = tokio::task::spawn_blocking(|| (Dovecot::start(), Postfix::start())).await.unwrap();
    let gate = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let service = Service::new(&dovecot, gate, None);
    // Its clock, so that the waits between attempts need not be waited for.
    service.set_clock("2026-11-02 09:15:00");
    service.add_officer(OFFICER, "Robin Achebe", "officer", PASSWORD);
    dovecot.append(&message("ann@example.com", 1, "It is broken."), "02-Nov-2026 09:12:00 +0000");
    let daemon = service.start_ready();
    let store = service.store().await;
    service.set_clock("2026-11-02 09:20:00");
    let clock = TestClock::showing(at(date(2026, 11, 2), 9, 20));
    approve_at(&service, 1, Arc::new(clock)).await;
    let attempts = || service.log().matches("Message not accepted yet").count();
    for (attempt, clock) in [(1, "09:25:00"), (2, "09:40:00"), (3, "10:30:00")] {
        until("an attempt", async || (attempts() == attempt).then_some(())).await;
        if attempt == 3 {
            alarm(&store, "Letters are not going out").await;
        }
        service.set_clock(&format!("2026-11-02 {clock}"));
    }
    let _open = open_gate(gate, postfix.relay).await;
    service.set_clock("2026-11-02 16:00:00");
    until("the letter", async || (!postfix.received().is_empty()).then_some(())).await;
    no_alarm(&store).await;
    stops_softly(daemon);
    stops_softly(service.start_ready());
    assert_eq!(postfix.received().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_a_broken_template_of_the_landlords_the_built_in_words_are_used() {
    let dovecot = Dovecot::start();
    let service = house(&dovecot);
    let folder = service.config().with_file_name("our-letters");
    assert!(Command::new("cp").args(["-r", "letter-templates"]).arg(&folder).status().unwrap().success());
    std::fs::write(folder.join("stage-1-acknowledgement/letter.md.hbs"), "Dear {{no_such_thing}}\n").unwrap();
    service.edit("[log]", "[letters]\ntemplates = \"our-letters\"\n\n[log]");
    dovecot.deliver("INBOX", &message("ann@example.com", 1, "It is broken."), SystemTime::now());
    let daemon = service.start_ready();
    let store = service.store().await;
    let told = alarm(&store, "The letter templates in").await;
    assert!(told.contains("our-letters") && told.contains("built-in"), "{told}");
    let id = until("a draft", async || store.drafts().await.unwrap().pop()).await;
    let letter = store.letter(id).await.unwrap().unwrap();
    assert!(letter.content.text.contains("Thank you for telling us"), "{}", letter.content.text);

    // Mended while the daemon runs, the landlord's words are used, and kept by their digest.
    let file = folder.join("stage-1-acknowledgement/letter.md.hbs");
    let ours = std::fs::read_to_string("letter-templates/stage-1-acknowledgement/letter.md.hbs").unwrap();
    std::fs::write(&file, ours.replace("Thank you for telling us", "Thank you for letting us know")).unwrap();
    no_alarm(&store).await;
    let letter = until("the landlord's words", async || {
        let letter = store.letter(id).await.unwrap().unwrap();
        letter.content.text.contains("Thank you for letting us know").then_some(letter)
    })
    .await;
    let texts = store.template_edition(letter.content.template_digest).await.unwrap().unwrap();
    assert!(texts["stage-1-acknowledgement/letter.md.hbs"].contains("Thank you for letting us know"));
    assert!(texts.contains_key("stage-1-acknowledgement/subject.hbs") && texts.contains_key("partials/stage.md.hbs"));

    // A broken edit keeps the last good one.
    std::fs::write(&file, ours.replacen("\n\n", "\n\nThis is an informal complaint.\n\n", 1)).unwrap();
    let told = alarm(&store, "The letter templates in").await;
    assert!(told.contains("letter.md.hbs, line 3: says 'informal complaint'"), "{told}");
    let kept = store.letter(id).await.unwrap().unwrap();
    assert_eq!(kept.content, letter.content);
    stops_softly(daemon);

    service.edit("[letters]\ntemplates = \"our-letters\"\n", "");
    let daemon = service.start_ready();
    no_alarm(&store).await;
    stops_softly(daemon);
}

/// Lets connections to this port through to that one, until it is dropped.
async fn open_gate(port: u16, to: u16) -> Gate {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    Gate(tokio::spawn(async move {
        while let Ok((mut outside, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut inside = tokio::net::TcpStream::connect(("127.0.0.1", to)).await.unwrap();
                let _ = tokio::io::copy_bidirectional(&mut outside, &mut inside).await;
            });
        }
    }))
}

struct Gate(tokio::task::JoinHandle<()>);

impl Drop for Gate {
    fn drop(&mut self) {
        self.0.abort();
    }
}
