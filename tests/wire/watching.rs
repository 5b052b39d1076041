//! The daemon's watch over a mailbox: new mail at once by IDLE, half-open connections replaced, a slow
//! server that holds up nobody else, one connection, and a stop that does not wait.

use std::fs;
use std::time::{Duration, Instant, SystemTime};

use complaintsd::mailbox::{ImapSettings, ImapSource, MailSource, ONE_IDLE};
use complaintsd::store::Store;

use super::{fill, settings};
use crate::service::{message, stops_softly};
use crate::support::dovecot::Dovecot;
use crate::support::fault_proxy::{At, Fault, FaultProxy, From, Then};
use crate::support::patience::{until, within};
use crate::support::service::Service;

/// A house that reads this Dovecot through this port, every so often.
fn house(dovecot: &Dovecot, port: u16, every: &str) -> Service {
    let service = Service::new(dovecot, 9, None);
    if port != dovecot.imaps_port {
        service.edit(&format!("port = {}", dovecot.imaps_port), &format!("port = {port}"));
    }
    service.edit("poll_every = \"1s\"", &format!("poll_every = \"{every}\""));
    service
}

async fn contacts(store: &Store, wanted: usize, patience: Duration) {
    let look = async || (store.contacts(None, 100).await.unwrap().len() == wanted).then_some(());
    within(patience, "the contacts", look).await;
}

fn looks(service: &Service) -> usize {
    service.log().matches("Mailbox looked at").count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn new_mail_is_read_at_once_though_the_next_pass_is_far_off() {
    let dovecot = Dovecot::start();
    // A proxy tells when the daemon has begun to idle.
    let proxy = FaultProxy::start(&dovecot).await;
    let service = house(&dovecot, proxy.port, "1h");
    let daemon = service.start_ready();
    let store = service.store().await;
    for number in 1..=2 {
        until("the watch", async || (proxy.said("+ idling") == number).then_some(())).await;
        dovecot.deliver("INBOX", &message("ann@example.org", number.try_into().unwrap(), "Wet."), SystemTime::now());
        contacts(&store, number, Duration::from_secs(20)).await;
    }
    // Once the third watch has begun: one connection for all of it, and a stop ends the wait at once.
    until("the watch", async || (proxy.said("+ idling") == 3).then_some(())).await;
    assert_eq!(dovecot.log().matches("imap-login: Info: Login").count(), 1, "{}", dovecot.log());
    let began = Instant::now();
    stops_softly(daemon);
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
}

/// RFC 2177 §3, lessons 11: servers stop telling, or hang up, when an IDLE lasts too long.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_idle_is_ended_and_begun_again_within_the_same_wait_and_connection() {
    assert!(ONE_IDLE <= Duration::from_secs(9 * 60));
    let dovecot = Dovecot::start();
    let proxy = FaultProxy::start(&dovecot).await;
    let (_folder, store) = super::fresh_store().await;
    let ingest = super::intake(&store, &crate::support::furniture::desk());
    let settings = ImapSettings { one_idle: Duration::from_millis(500), ..settings(&dovecot, proxy.port) };
    let mut source = ImapSource::new(settings);
    ingest.run_once(&mut source, &|_| ()).await.unwrap();
    let watch = tokio::spawn(async move {
        source.wait(Duration::from_secs(3600)).await;
        source
    });
    until("three of them", async || (proxy.said("+ idling") >= 3).then_some(())).await;
    assert!(!watch.is_finished(), "nothing has come");
    dovecot.deliver("INBOX", &message("ann@example.org", 1, "Wet."), SystemTime::now());
    let mut source = watch.await.unwrap();
    assert_eq!(ingest.run_once(&mut source, &|_| ()).await.unwrap().contacts, 1);
    assert_eq!(proxy.connections(), 1);
}

/// lessons 11: the connection stays open for ever and says nothing any more.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_half_open_connection_is_replaced_within_two_intervals() {
    for capability in ["", "imap_capability = IMAP4rev1 UIDPLUS\n"] {
        let dovecot = Dovecot::start_with(capability);
        let proxy = FaultProxy::start(&dovecot).await;
        let service = house(&dovecot, proxy.port, "4s");
        let daemon = service.start_ready();
        let store = service.store().await;
        until("a pass", async || (looks(&service) > 0).then_some(())).await;
        proxy.stall_open_connections();
        let stalled = Instant::now();
        dovecot.deliver("INBOX", &message("ann@example.org", 1, "Wet."), SystemTime::now());
        contacts(&store, 1, Duration::from_secs(20)).await;
        assert!(stalled.elapsed() < Duration::from_secs(8), "{:?} with {capability:?}", stalled.elapsed());
        assert_eq!(proxy.connections(), 2);
        stops_softly(daemon);
    }
}

/// lessons 14: as Exchange says it, and longer than our own first wait.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_asks_to_be_left_alone_for_a_while_is() {
    let dovecot = Dovecot::start();
    dovecot.deliver("INBOX", &message("ann@example.org", 1, "Wet."), SystemTime::now());
    let proxy = FaultProxy::start(&dovecot).await;
    let says = b"* BYE Request is throttled. Suggested Backoff Time: 4000 milliseconds\r\n".to_vec();
    proxy.next([Fault::Break { from: From::Server, at: At::Before("* FLAGS"), then: Then::Insert(says) }]);
    let service = house(&dovecot, proxy.port, "1s");
    let daemon = service.start_ready();
    let store = service.store().await;
    until("the refusal", async || service.log().contains("Suggested Backoff Time").then_some(())).await;
    let asked = Instant::now();
    assert_eq!(proxy.connections(), 1);
    contacts(&store, 1, Duration::from_secs(20)).await;
    assert!(asked.elapsed() > Duration::from_millis(3500), "back after {:?}", asked.elapsed());
    stops_softly(daemon);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_of_one_byte_a_second_holds_up_no_other_mailbox() {
    let dovecot = Dovecot::start();
    fill(&dovecot, 20);
    let proxy = FaultProxy::start(&dovecot).await;
    proxy.next((0..9).map(|_| Fault::Slices { bytes: 1, pause: Duration::from_secs(1) }));
    let service = house(&dovecot, proxy.port, "1s");
    let maildir = service.config().with_file_name("other");
    for part in ["new", "cur", "tmp"] {
        fs::create_dir_all(maildir.join(part)).unwrap();
    }
    let other = "[[mailbox]]\nname = \"other\"\nkind = \"maildir\"\npath = \"other\"\npoll_every = \"1s\"\n\n[courier]";
    service.edit("[courier]", other);
    let daemon = service.start_ready();
    let store = service.store().await;
    until("the slow connection", async || (proxy.connections() > 0).then_some(())).await;
    for number in 1..=3 {
        fs::write(maildir.join(format!("new/{number}.host")), message("bea@example.org", number, "Cold.")).unwrap();
        let began = Instant::now();
        contacts(&store, usize::try_from(number).unwrap(), Duration::from_secs(20)).await;
        assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    }
    stops_softly(daemon);
}

/// A server that goes on sending a byte now and then is given up after a time that depends on how much
/// was asked for, not after each byte anew.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_drips_is_given_up_in_bounded_time() {
    let dovecot = Dovecot::start();
    fill(&dovecot, 20);
    let proxy = FaultProxy::start(&dovecot).await;
    let mut source = ImapSource::new(settings(&dovecot, proxy.port));
    source.folders().await.unwrap();
    source.close().await;
    proxy.next([Fault::Slices { bytes: 1, pause: Duration::from_millis(100) }]);
    let mut patient = settings(&dovecot, proxy.port);
    patient.read_timeout = Duration::from_secs(2);
    let mut source = ImapSource::new(patient);
    let began = Instant::now();
    let error = source.folders().await.unwrap_err();
    assert!(error.to_string().contains("did not"), "{error}");
    assert!(began.elapsed() < Duration::from_secs(12), "{:?}", began.elapsed());
}

/// Sliced as finely as can be, it is only slower.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn single_bytes_are_put_together_again() {
    let dovecot = Dovecot::start();
    fill(&dovecot, 20);
    let proxy = FaultProxy::start(&dovecot).await;
    proxy.next([Fault::Slices { bytes: 1, pause: Duration::ZERO }]);
    let (_folder, store) = super::fresh_store().await;
    let ingest = super::intake(&store, &crate::support::furniture::desk());
    let mut source = ImapSource::new(settings(&dovecot, proxy.port));
    assert_eq!(ingest.run_once(&mut source, &|_| ()).await.unwrap().contacts, 20);
    assert_eq!(proxy.connections(), 1);
}
