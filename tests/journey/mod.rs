//! One complaint from the mailbox to the resident and on: real IMAP, SMTP and database, the built
//! daemon under a clock that the story moves. Here is what the stories share: the resident, the
//! landlord's house, and what a letter must look like on arrival.

mod first_light;
mod mail_on_postgresql;

use complaintsd::domain::ids::EmailAddress;
use complaintsd::domain::letter::LetterKind;
use complaintsd::store::{HistoryCheck, Letter, OutboxWaiting, Store};
use mail_parser::{Message, MessageParser, PartType};

use crate::support::dovecot::Dovecot;
use crate::support::patience::until;
use crate::support::postfix::Postfix;
use crate::support::service::{Running, Service};

const RESIDENT: &str = "dana.whitlock@example.com";
const MESSAGE_ID: &str = "damp-bedroom-1@mail.example.com";
const OFFICER: &str = "robin.achebe@example.net";
/// Who is told at once of words that must not wait.
const TEAM: &str = "team@example.com";
const HANDLER: &str = "priya.shah@example.net";
const PASSWORD: &str = "correct horse battery";

const COMPLAINT: &str = "From: Dana Whitlock <dana.whitlock@example.com>\r\n\
    To: complaints@example.org\r\n\
    Subject: Damp in the back bedroom, and nobody rings back\r\n\
    Date: Mon, 02 Nov 2026 09:11:40 +0000\r\n\
    Message-ID: <damp-bedroom-1@mail.example.com>\r\n\
    MIME-Version: 1.0\r\n\
    Content-Type: text/plain; charset=utf-8\r\n\
    \r\n\
    Dear Brackenhill Homes,\r\n\
    \r\n\
    I reported the damp in our back bedroom on 14 September. Nobody has come. I have rung four times \
    and each time I was promised a call back that never came.\r\n\
    \r\n\
    My son has asthma. Please treat this as a complaint.\r\n\
    \r\n\
    Dana Whitlock, 7 Orchard Court\r\n";

/// The landlord with servers, database and, while it runs, the daemon.
struct Landlord {
    dovecot: Dovecot,
    postfix: Postfix,
    service: Service,
    store: Store,
    daemon: Option<Running>,
}

/// What must not change when nothing has happened.
#[derive(Debug, PartialEq, Eq)]
struct Counted {
    contacts: usize,
    letters: usize,
    happened: i64,
    waiting: OutboxWaiting,
    delivered: usize,
}

impl Landlord {
    /// Opens the house in the morning of Monday 2 November 2026; letters leave with sign-in over
    /// `security`.
    async fn open(database: Option<&str>, security: &str) -> Self {
        let (dovecot, postfix) = tokio::task::spawn_blocking(|| (Dovecot::start(), Postfix::start())).await.unwrap();
        let service = Service::new(&dovecot, postfix.relay, database);
        let port = if security == "tls" { postfix.submissions } else { postfix.submission };
        service.sign_in_at(&postfix, security, port);
        service.set_clock("2026-11-02 09:15:00");
        service.add_officer(OFFICER, "Robin Achebe", "officer", PASSWORD);
        service.add_officer(HANDLER, "Priya Shah", "officer", PASSWORD);
        let store = service.store().await;
        let daemon = Some(service.start_ready());
        Self { dovecot, postfix, service, store, daemon }
    }

    fn stop(&mut self) {
        assert!(self.daemon.take().unwrap().stop().success(), "{}", self.service.log());
    }

    /// Starts the daemon again, on another day.
    fn start_at(&mut self, utc: &str) {
        self.service.set_clock(utc);
        self.daemon = Some(self.service.start_ready());
    }

    /// The one letter of this kind.
    async fn letter(&self, kind: LetterKind) -> Letter {
        until("the letter", async || {
            let letters = self.store.letters(usize::MAX).await.unwrap();
            let mut found = letters.into_iter().filter(|letter| letter.kind == kind);
            let first = found.next();
            assert!(found.next().is_none(), "two letters of one kind");
            first
        })
        .await
    }

    /// Everything Postfix has received for this address.
    fn received_by(&self, address: &str) -> Vec<Vec<u8>> {
        let delivered_to = format!("\r\nDelivered-To: {address}\r\n");
        let all = self.postfix.received().into_iter();
        all.filter(|bytes| String::from_utf8_lossy(bytes).contains(&delivered_to)).collect()
    }

    /// Waits until this address has received `count` messages, and gives the last. More is a fault.
    async fn nth_received_by(&self, address: &str, count: usize) -> Vec<u8> {
        let mut all =
            until("mail to be delivered", async || Some(self.received_by(address)).filter(|all| all.len() >= count))
                .await;
        assert_eq!(all.len(), count, "messages to {address}");
        all.pop().unwrap()
    }

    /// What there is, once nothing waits in the outbox.
    async fn counted(&self) -> Counted {
        until("an empty outbox", async || {
            Some(self.store.outbox_waiting().await.unwrap()).filter(|waiting| *waiting == OutboxWaiting::default())
        })
        .await;
        let HistoryCheck::Sound { lines, .. } = self.store.verify_history().await.unwrap() else {
            panic!("the history is broken")
        };
        Counted {
            contacts: self.store.contacts(None, usize::MAX).await.unwrap().len(),
            letters: self.store.letters(usize::MAX).await.unwrap().len(),
            happened: lines,
            waiting: self.store.outbox_waiting().await.unwrap(),
            delivered: self.postfix.received().len(),
        }
    }

    /// The resident answers the letter with this Message-ID; waits until the answer is in the case.
    async fn the_resident_answers(&self, message_id: &str, internal_date: &str) {
        let answer = format!(
            "From: Dana Whitlock <{RESIDENT}>\r\nTo: complaints@example.org\r\nSubject: Thank you\r\n\
             Date: Fri, 13 Nov 2026 08:02:00 +0000\r\nMessage-ID: <damp-bedroom-2@mail.example.com>\r\n\
             In-Reply-To: <{message_id}>\r\nReferences: <{MESSAGE_ID}> <{message_id}>\r\n\r\nFriday suits me.\r\n"
        );
        self.dovecot.append(answer.as_bytes(), internal_date);
        let [case] = self.store.work_list(usize::MAX).await.unwrap().try_into().unwrap();
        until("the answer in its case", async || {
            (self.store.contacts_of_case(case.id).await.unwrap().len() == 2).then_some(())
        })
        .await;
        assert_eq!(self.store.work_list(usize::MAX).await.unwrap().len(), 1, "an answer opens no case");
    }

    /// The daemon looks eleven more times at its mailbox, a second apart: every other loop has then
    /// turned twice. Afterwards it is started again, and the mailbox is polled by hand. Nothing happens.
    async fn nothing_happens_by_itself(&mut self, later: &str) {
        let before = self.counted().await;
        let looked = |log: &str| log.matches("Mailbox looked at").count();
        let so_far = looked(&self.service.log());
        until("eleven passes", async || (looked(&self.service.log()) > so_far + 11).then_some(())).await;
        self.stop();
        self.start_at(later);
        let so_far = looked(&self.service.log());
        until("two passes", async || (looked(&self.service.log()) > so_far + 1).then_some(())).await;
        self.stop();
        let polled = self.service.says(&["poll"]);
        assert!(polled.contains("kept 0, contacts 0, cases 0, duplicates 0"), "{polled}");
        let reminded = self.service.says(&["remind"]);
        assert_eq!(reminded.trim(), "no reminder is due\naccepted 0, deferred 0, failed 0");
        assert_eq!(self.counted().await, before);
    }
}

fn parsed(bytes: &[u8]) -> Message<'_> {
    MessageParser::default().parse(bytes).unwrap()
}

/// Words without line ends.
fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What a letter that has arrived must be: the approved text, complete, an answer to the resident's
/// message, with everything the Code wants in it.
fn must_be_complete(bytes: &[u8], letter: &Letter) {
    let message = parsed(bytes);
    let reference = letter.case_ref.to_string();
    assert!(message.subject().unwrap().contains(&reference), "{:?}", message.subject());
    assert_eq!(message.in_reply_to().as_text(), Some(MESSAGE_ID));
    let to: EmailAddress = RESIDENT.parse().unwrap();
    assert_eq!(message.to().unwrap().first().unwrap().address(), Some(to.as_str()));
    let html = message.parts.iter().filter(|part| matches!(part.body, PartType::Html(_))).count();
    let text = message.parts.iter().filter(|part| matches!(part.body, PartType::Text(_))).count();
    assert_eq!((text, html), (1, 1), "a text and an HTML part");
    let text = flat(&message.body_text(0).unwrap());
    assert_eq!(text, flat(&letter.content.text));
    assert!(!letter.content.elements.is_empty());
    for element in &letter.content.elements {
        let passage = element.passage.as_deref().unwrap_or_else(|| panic!("{} is missing", element.title));
        // An element of several passages, such as points, has each on a line of its own.
        for line in passage.lines() {
            assert!(text.contains(&flat(line)), "{} is not in the letter: {line}", element.title);
        }
    }
}
