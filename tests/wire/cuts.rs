//! lessons 16: a session of 200 messages, cut at every end of a line and a byte before and behind, and
//! at a thousand other places: reconnecting always ends with 200 contacts of 200 messages, none twice.
//!
//! A seeded sample of the places by default; all of them with `COMPLAINTSD_TEST_SWEEP=full`, which
//! takes half an hour or less; `full:1200` goes on at that place.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use complaintsd::letters::desk::Desk;
use complaintsd::mailbox::{ImapSettings, ImapSource, MailSource};

use super::{fill, fresh_store, intake, settings};
use crate::support::dovecot::Dovecot;
use crate::support::fault_proxy::{At, Fault, FaultProxy, From, Record, Then};
use crate::support::furniture::desk;

const MESSAGES: usize = 200;

/// How many places are tried when not all of them are.
const SAMPLE: usize = 48;

/// How many places there are that are no end of a line.
const RANDOM: usize = 1000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_cut_anywhere_ends_with_every_message_once() {
    let sweep = std::env::var("COMPLAINTSD_TEST_SWEEP").unwrap_or_default();
    let full = sweep.starts_with("full");
    let rig = Arc::new(Rig::start().await);
    let record = rig.clean_session().await;
    let mut places = places(&record, if full { RANDOM } else { SAMPLE });
    let all = places.len();
    if let Some(first) = sweep.strip_prefix("full:") {
        places.drain(..first.parse::<usize>().unwrap());
    }
    if !full {
        shuffle(&mut places);
        places.truncate(SAMPLE);
    }
    assert!(record.server.len() > 2 * MESSAGES, "{} lines", record.server.len());
    let began = Instant::now();
    let mut broken = 0;
    for (number, (from, at, then)) in places.iter().enumerate() {
        broken += usize::from(rig.survives(*from, *at, then).await);
        if full && number % 100 == 99 {
            println!("{} of {all} places, {broken} broken sessions, {:?}", number + 1, began.elapsed());
        }
    }
    println!("{} of {all} places, {broken} broken sessions: {MESSAGES}/{MESSAGES} each, 0 doubled", places.len());
    assert!(broken > places.len() / 2, "only {broken} of {} faults broke a session", places.len());
}

/// Every end of a line, a byte before it and a byte behind it, and random places.
fn places(record: &Record, random: usize) -> Vec<(From, At, Then)> {
    let mut places = Vec::new();
    for (from, units) in [(From::Server, &record.server), (From::Client, &record.client)] {
        for unit in 0..units.len() {
            places.extend([-1, 0, 1].map(|delta| (from, At::Unit(unit, delta), Then::Cut)));
        }
    }
    let bytes: u64 = record.server.iter().map(|unit| unit.length as u64).sum();
    let mut chance = Chance(7);
    for number in 0..random {
        let then = [Then::Cut, Then::Reset, Then::Cut, Then::Reset, Then::Stall][number % 5].clone();
        places.push((From::Server, At::Byte(usize::try_from(chance.next() % bytes).unwrap()), then));
    }
    places
}

/// The same numbers on every run (splitmix64).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}

fn shuffle<T>(list: &mut [T]) {
    let mut chance = Chance(11);
    for place in (1..list.len()).rev() {
        list.swap(place, usize::try_from(chance.next() % (place as u64 + 1)).unwrap());
    }
}

/// A server with 200 messages behind a proxy.
struct Rig {
    dovecot: Dovecot,
    proxy: FaultProxy,
    desk: Desk,
}

impl Rig {
    async fn start() -> Self {
        let dovecot = Dovecot::start();
        fill(&dovecot, MESSAGES);
        let proxy = FaultProxy::start(&dovecot).await;
        Self { dovecot, proxy, desk: desk() }
    }

    /// One whole pass with nothing wrong, and what was said. The first one sets the flags.
    async fn clean_session(&self) -> Record {
        for _ in 0..2 {
            assert!(!self.survives_fault(Fault::None).await);
        }
        self.proxy.records().pop().unwrap()
    }

    async fn survives(&self, from: From, at: At, then: &Then) -> bool {
        let fault = Fault::Break { from, at, then: then.clone() };
        self.survives_fault(fault).await
    }

    /// A server that says nothing any more is given up after a second here.
    fn settings(&self) -> ImapSettings {
        ImapSettings { read_timeout: Duration::from_secs(1), ..settings(&self.dovecot, self.proxy.port) }
    }

    /// Reads all with a new database, the first connection with this fault. Says whether it broke.
    async fn survives_fault(&self, fault: Fault) -> bool {
        let (_folder, store) = fresh_store().await;
        let ingest = intake(&store, &self.desk);
        self.proxy.next([fault.clone()]);
        let mut source = ImapSource::new(self.settings());
        let mut broken = 0;
        while let Err(error) = ingest.run_once(&mut source, &|_| ()).await {
            source.close().await;
            broken += 1;
            assert!(broken < 3, "after {fault:?}: {error}");
        }
        tokio::time::timeout(Duration::from_secs(20), source.close()).await.unwrap();
        let contacts = store.contacts(None, 10 * MESSAGES).await.unwrap();
        let texts: BTreeSet<&str> = contacts.iter().map(|contact| contact.reading.text.as_str()).collect();
        assert_eq!((contacts.len(), texts.len()), (MESSAGES, MESSAGES), "after {fault:?}");
        broken > 0
    }
}
