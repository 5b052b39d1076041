//! lessons 10: large messages, with the memory they take in the real program.

use std::fs;
use std::time::{Duration, Instant, SystemTime};

use complaintsd::mailbox::{ImapSource, MailSource};

use super::{fresh_store, intake, settings};
use crate::service::{alarm, message, stops_softly};
use crate::support::dovecot::Dovecot;
use crate::support::fault_proxy::{At, Fault, FaultProxy, From, Then};
use crate::support::furniture::desk;
use crate::support::patience::{until, within};
use crate::support::service::{Running, Service};

const MEGABYTE: usize = 1_000_000;

/// A message of about so many bytes: a text and nine photographs.
fn with_photographs(bytes: usize) -> Vec<u8> {
    // Not all the same, so that it compresses as photographs do.
    let mut state = 1_u64;
    let mut line = || {
        let sextets = (0..76).map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"[(state >> 58) as usize]
        });
        sextets.chain(*b"\r\n").collect::<Vec<u8>>()
    };
    let block: Vec<u8> = (0..1000).flat_map(|_| line()).collect();
    let mut message = b"From: Ann Poole <ann@example.org>\r\nTo: complaints@example.org\r\nSubject: Mould\r\n\
        Date: Mon, 2 Nov 2026 09:12:00 +0000\r\nMessage-ID: <large@example.org>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n\
        --b\r\nContent-Type: text/plain\r\n\r\nHere are my photographs.\r\n"
        .to_vec();
    for photograph in 1..=9 {
        let name = format!("photograph-{photograph}.jpg");
        message.extend_from_slice(
            format!("--b\r\nContent-Type: image/jpeg; name={name}\r\nContent-Transfer-Encoding: base64\r\n\r\n")
                .as_bytes(),
        );
        while message.len() < bytes / 9 * photograph {
            message.extend_from_slice(&block);
        }
    }
    message.extend_from_slice(b"--b--\r\n");
    message
}

/// What the daemon has taken at most, and the processor time it has used, from the kernel's account.
fn taken(daemon: &Running) -> (usize, Duration) {
    let status = fs::read_to_string(format!("/proc/{}/status", daemon.pid())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    let kilobytes: usize = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    let stat = fs::read_to_string(format!("/proc/{}/stat", daemon.pid())).unwrap();
    let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
    (kilobytes * 1024, Duration::from_millis(ticks * 10))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_very_large_message_is_a_contact_with_all_attachments_in_bounded_memory() {
    let size = 100 * MEGABYTE;
    let dovecot = Dovecot::start();
    let service = Service::new(&dovecot, 9, None);
    dovecot.deliver("INBOX", &with_photographs(size), SystemTime::now());
    let daemon = service.start_ready();
    let began = Instant::now();
    let store = service.store().await;
    let look = async || store.contacts(None, 2).await.unwrap().pop();
    let contact = within(Duration::from_secs(120), "the contact", look).await;
    let (memory, time) = taken(&daemon);
    println!("{} MB: {} MiB at most, {time:?} of processor, {:?}", size / MEGABYTE, memory >> 20, began.elapsed());
    assert_eq!(contact.reading.problems, [] as [&str; 0]);
    let names: Vec<&str> = contact.reading.attachments.iter().map(|attachment| attachment.name.as_str()).collect();
    assert_eq!(names.len(), 9, "{names:?}");
    assert!(contact.reading.attachments.iter().map(|attachment| attachment.size).sum::<u64>() > (size as u64) * 2 / 3);
    let most = (64 << 20) + 3 * size;
    assert!(memory <= most, "{} MiB of {} MiB", memory >> 20, most >> 20);
    stops_softly(daemon);
}

/// The whole stays where it was, as it was.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn above_the_limit_a_message_is_a_contact_with_its_beginning_and_an_alarm() {
    let dovecot = Dovecot::start();
    let service = Service::new(&dovecot, 9, None);
    service.edit("poll_every = \"1s\"", "poll_every = \"1s\"\nmax_message_size = \"2MB\"");
    dovecot.deliver("INBOX", &with_photographs(3 * MEGABYTE), SystemTime::now());
    dovecot.deliver("INBOX", &message("bea@example.org", 2, "It is broken."), SystemTime::now());
    let daemon = service.start_ready();
    let store = service.store().await;
    let told = alarm(&store, "too large").await;
    assert!(told.contains("max_message_size"), "{told}");
    let contacts = store.contacts(None, 3).await.unwrap();
    let [large, small] = contacts.as_slice() else { panic!("{contacts:?}") };
    assert_eq!(small.reading.from.as_ref().unwrap().as_str(), "bea@example.org", "the small one came first");
    assert_eq!((large.reading.from_name.as_str(), large.reading.subject.as_str()), ("Ann Poole", "Mould"));
    assert!(large.case.is_some(), "its clock runs");
    assert!(large.reading.text.contains("Here are my photographs."), "{}", large.reading.text);
    let told = &large.reading.problems[0];
    for words in
        ["too large", "4 MB", "limit max_message_size is 2 MB", "folder INBOX", "image/jpeg \"photograph-9.jpg\""]
    {
        assert!(told.contains(words), "{words}: {told}");
    }
    // Once dealt with it is not asked for again, and not touched.
    until("some passes", async || (service.log().matches("Mailbox looked at").count() > 3).then_some(())).await;
    assert_eq!(service.log().matches("is left where it is").count(), 1, "{}", service.log());
    let flags = dovecot.flags("INBOX");
    assert!(!flags[0].contains("complaintsd") && flags[1].contains("complaintsd"), "{flags:?}");
    let raw = store.contact_raw_id(large.id).await.unwrap().unwrap();
    assert_eq!(store.raw(raw).await.unwrap().unwrap().len(), 256 * 1024);
    let (memory, _) = taken(&daemon);
    assert!(memory < 64 << 20, "{} MiB", memory >> 20);
    stops_softly(daemon);
}

/// Cut in the middle of the second piece: the first one is not asked for again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_message_goes_on_where_the_connection_was_lost() {
    let dovecot = Dovecot::start();
    let bytes = with_photographs(20 * MEGABYTE);
    dovecot.deliver("INBOX", &bytes, SystemTime::now());
    let proxy = FaultProxy::start(&dovecot).await;
    proxy.next([Fault::Break { from: From::Server, at: At::Byte(12 * MEGABYTE), then: Then::Cut }]);
    let (_folder, store) = fresh_store().await;
    let ingest = intake(&store, &desk());
    let mut source = ImapSource::new(settings(&dovecot, proxy.port));
    ingest.run_once(&mut source, &|_| ()).await.unwrap_err();
    source.close().await;
    assert_eq!(ingest.run_once(&mut source, &|_| ()).await.unwrap().contacts, 1);
    let records = proxy.records();
    let asked =
        |connection: usize, piece: &str| records[connection].client.iter().any(|line| line.start.contains(piece));
    assert!(asked(0, "BODY.PEEK[]<0.8388608>") && asked(0, "BODY.PEEK[]<8388608.8388608>"));
    assert!(!asked(1, "BODY.PEEK[]<0.") && asked(1, "BODY.PEEK[]<8388608.8388608>"));
    let contact = store.contacts(None, 1).await.unwrap().pop().unwrap();
    let raw = store.contact_raw_id(contact.id).await.unwrap().unwrap();
    assert!(store.raw(raw).await.unwrap().unwrap() == bytes, "other bytes were kept");
}
