//! A real server with other words put into its mouth: whatever it says, nothing is lost, nothing comes
//! twice, and the daemon comes back no sooner than it is asked to.

use std::time::Duration;

use complaintsd::ingest::IngestError;
use complaintsd::mailbox::{ImapSource, MailSource};

use super::{fill, fresh_store, intake, settings};
use crate::support::dovecot::Dovecot;
use crate::support::fault_proxy::{At, Fault, FaultProxy, From, Then, Unit};
use crate::support::furniture::desk;

const MESSAGES: usize = 30;

/// What is put in. `TAG` stands for the tag of the command under way.
const INJECTED: [&str; 16] = [
    "* BYE Session invalidated - AccessTokenExpired\r\n",
    "TAG NO [UNAVAILABLE] try later\r\n",
    "TAG NO [INUSE] locked\r\n",
    "TAG NO [LIMIT] too many commands\r\n",
    "TAG NO Server error\r\n",
    "TAG BAD User is authenticated but not connected.\r\n",
    "TAG BAD Request is throttled. Suggested Backoff Time: 2000 milliseconds\r\n",
    "garbage\r\n",
    "\r\n",
    "* \0\u{1}\u{2}\r\n",
    "* OK [UIDNEXT 5]\u{eb} what the parser fails on\r\n",
    "* 1 FETCH (UID 1 BODY[] {1073741824}\r\n",
    "* 1 FETCH (UID 1 BODY[] {4294967295}\r\n",
    "* 1 FETCH (UID 1 BODY[] {700}\r\n",
    "* 1 FETCH (UID 999999 FLAGS () BODY[] {3}\r\nnot)\r\n",
    "* 3 EXPUNGE\r\n* 99 EXISTS\r\n* 0 RECENT\r\n",
];

/// Before the first line that says this.
const PLACES: [&str; 7] = [
    "* CAPABILITY",
    "* FLAGS",
    "* SEARCH",
    "* 7 FETCH (UID 7 RFC822.SIZE",
    "* 1 FETCH (UID 1 INTERNALDATE",
    "* 20 FETCH (UID 20 INTERNALDATE",
    "Store completed",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_a_server_says_nothing_is_lost_and_nothing_comes_twice() {
    let dovecot = Dovecot::start();
    fill(&dovecot, MESSAGES);
    let (proxy, desk) = (FaultProxy::start(&dovecot).await, desk());
    let mut settings = settings(&dovecot, proxy.port);
    settings.read_timeout = Duration::from_secs(1);
    let mut broken = 0;
    // A clean session tells where the lines are and which command they belong to.
    {
        let (_folder, store) = fresh_store().await;
        let mut source = ImapSource::new(settings.clone());
        intake(&store, &desk).run_once(&mut source, &|_| ()).await.unwrap();
    }
    let record = proxy.records().pop().unwrap();
    for start in PLACES {
        // Before the sign-in the capabilities are asked for in another way: the last time counts.
        let says = |unit: &Unit| unit.start.contains(start);
        let place = if start == "* CAPABILITY" {
            record.server.iter().rposition(says)
        } else {
            record.server.iter().position(says)
        };
        let place = place.unwrap();
        let tagged = record.server[place..].iter().find(|unit| unit.start.starts_with('A')).unwrap();
        let tag = tagged.start.split(' ').next().unwrap();
        for injected in INJECTED {
            let bytes = injected.replace("TAG", tag).into_bytes();
            let fault = Fault::Break { from: From::Server, at: At::Unit(place - 1, 0), then: Then::Insert(bytes) };
            let (_folder, store) = fresh_store().await;
            let ingest = intake(&store, &desk);
            proxy.next([fault]);
            let mut source = ImapSource::new(settings.clone());
            let mut failed = 0;
            while let Err(error) = ingest.run_once(&mut source, &|_| ()).await {
                source.close().await;
                broken += 1;
                failed += 1;
                let asked = matches!(&error, IngestError::Mailbox(fault) if fault.fault.asked_to_wait().is_some());
                let asks = ["[UNAVAIL", "[INUSE", "[LIMIT", "Backoff", "not connected"];
                assert_eq!(
                    asked,
                    asks.iter().any(|words| injected.contains(words)),
                    "{injected:?} at {start}: {error}"
                );
                assert!(failed < 3, "{injected:?} at {start}: {error}");
            }
            source.close().await;
            let contacts = store.contacts(None, 2 * MESSAGES).await.unwrap();
            assert_eq!(contacts.len(), MESSAGES, "{injected:?} at {start}");
        }
    }
    assert!(broken > 60, "only {broken} sessions were broken");
}

/// A server that always says so of one message: the others come, now and when new ones arrive.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_on_which_the_connection_always_fails_holds_up_no_other() {
    let dovecot = Dovecot::start();
    fill(&dovecot, MESSAGES);
    let (proxy, desk) = (FaultProxy::start(&dovecot).await, desk());
    let (_folder, store) = fresh_store().await;
    let ingest = intake(&store, &desk);
    let mut source = ImapSource::new(settings(&dovecot, proxy.port));
    proxy.always_cut_before(Some("* 5 FETCH (UID 5 INTERNALDATE"));
    for _ in 0..4 {
        assert!(ingest.run_once(&mut source, &|_| ()).await.is_err());
        source.close().await;
    }
    assert_eq!(store.contacts(None, 2 * MESSAGES).await.unwrap().len(), MESSAGES - 1);
    proxy.always_cut_before(None);
    ingest.run_once(&mut source, &|_| ()).await.unwrap();
    source.close().await;
    assert_eq!(store.contacts(None, 2 * MESSAGES).await.unwrap().len(), MESSAGES);
}
