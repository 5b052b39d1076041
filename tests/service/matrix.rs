//! What may go wrong around a mailbox and a disk, with real ones: a disk that fills up, a database that
//! another program holds, colleagues who read, flag and delete. Nothing is lost, nothing is doubled, and
//! the server is told of nothing that is not stored (lessons 3, 5, 8).

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime};

use complaintsd::domain::ids::Digest;
use complaintsd::store::{HistoryCheck, Store};
use data_encoding::BASE64;
use tempfile::TempDir;

use super::{house, message, no_alarm, sign_in, stops_softly, work_list_with};
use crate::support::dovecot::Dovecot;
use crate::support::patience::{until, within};
use crate::support::service::Service;

/// How soon work goes on when there is space again.
const A_MINUTE: Duration = Duration::from_secs(60);
const FLAG: &str = "complaintsd";

/// A small file system in memory, gone when dropped.
struct SmallDisk(TempDir);

impl SmallDisk {
    fn new(kib: u64) -> Self {
        let disk = Self(TempDir::with_prefix("small-disk-").unwrap());
        disk.mount(&["-t", "tmpfs", "-o", &format!("size={kib}k"), "tmpfs"]);
        disk
    }

    fn resize(&self, kib: u64) {
        self.mount(&["-o", &format!("remount,size={kib}k")]);
    }

    fn mount(&self, words: &[&str]) {
        let output = Command::new("mount").args(words).arg(self.0.path()).output().unwrap();
        assert!(
            output.status.success(),
            "this test needs root and the right to mount a tmpfs: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0.path()).status();
    }
}

/// Numbers that look random and are the same in every run.
fn shuffled(number: u64) -> u64 {
    let mut x = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// Delivers so many messages that cannot be compressed much.
fn deliver(dovecot: &Dovecot, count: u32) -> BTreeSet<Digest> {
    let mut sent = BTreeSet::new();
    for number in 0..count {
        let noise: Vec<u8> = (0..300).flat_map(|n| shuffled(u64::from(number) * 1000 + n).to_le_bytes()).collect();
        let words =
            BASE64.encode(&noise).as_bytes().chunks(70).map(<[u8]>::to_vec).collect::<Vec<_>>().join(&b"\r\n"[..]);
        let bytes = message("ann@example.com", number, &String::from_utf8(words).unwrap());
        sent.insert(Digest::of(&bytes));
        dovecot.deliver("INBOX", &bytes, SystemTime::now());
    }
    sent
}

fn told(dovecot: &Dovecot) -> usize {
    dovecot.flags("INBOX").iter().filter(|flags| flags.contains(FLAG)).count()
}

async fn logged(store: &Store) -> BTreeSet<Digest> {
    let mut logged = BTreeSet::new();
    for contact in store.contacts(None, usize::MAX).await.unwrap() {
        let raw = store.contact_raw_id(contact.id).await.unwrap().unwrap();
        assert!(
            logged.insert(Digest::of(&store.raw(raw).await.unwrap().unwrap())),
            "contact {} is doubled",
            contact.id
        );
    }
    logged
}

fn count_from(variable: &str, usual: u32) -> u32 {
    std::env::var(variable).map_or(usual, |count| count.parse().unwrap())
}

/// Lessons 19.
/// `COMPLAINTSD_DISK_MESSAGES=1000 COMPLAINTSD_DISK_POINTS=10` is the whole of it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_that_fills_up_at_random_points_loses_and_doubles_nothing() {
    let messages = count_from("COMPLAINTSD_DISK_MESSAGES", 240);
    let points = count_from("COMPLAINTSD_DISK_POINTS", 3);
    let (dovecot, disk) = (Dovecot::start(), SmallDisk::new(16 * 1024));
    let service = Service::new(&dovecot, 9, Some(&format!("sqlite:{}/c.db", disk.path().display())));
    let sent = deliver(&dovecot, messages);
    service.says(&["case", "list"]);
    // A message takes some 8 KiB in the database, and up to 4 MiB stand in its log as well.
    let mut sizes: Vec<u64> =
        (0..points).map(|point| 700 + shuffled(point.into()) % (u64::from(messages) * 6)).collect();
    sizes.sort_unstable();
    let mut full = 0;
    for size in sizes {
        disk.resize(size);
        let output = service.run(&["poll"]);
        let said = String::from_utf8_lossy(&output.stderr);
        let told = told(&dovecot);
        if !output.status.success() {
            full += 1;
            assert!(said.contains("database"), "{said}");
        }
        disk.resize(64 * 1024);
        let stored = logged(&service.store().await).await.len();
        assert!(told <= stored, "the server was told of {told} messages, {stored} are stored");
    }
    assert!(full > 0, "the disk was full at least once");
    service.says(&["poll"]);
    let store = service.store().await;
    assert!(logged(&store).await == sent, "{} of {messages} are logged", logged(&store).await.len());
    assert_eq!(told(&dovecot), messages as usize);
    assert!(matches!(store.verify_history().await.unwrap(), HistoryCheck::Sound { .. }));
    println!("{messages} messages, disk full at {full} of {points} points: {messages} logged, 0 doubled");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_a_full_disk_the_pages_are_served_and_say_so_until_there_is_space() {
    let (dovecot, disk) = (Dovecot::start(), SmallDisk::new(16 * 1024));
    let service = Service::new(&dovecot, 9, Some(&format!("sqlite:{}/c.db", disk.path().display())));
    service.add_officer(super::OFFICER, "Robin Achebe", "officer", super::PASSWORD);
    let daemon = service.start_ready();
    let cookie = sign_in(&service);
    let used = || {
        let output = Command::new("du").arg("-sk").arg(disk.path()).output().unwrap();
        String::from_utf8(output.stdout).unwrap().split_whitespace().next().unwrap().parse::<u64>().unwrap()
    };
    disk.resize(used() + 16);
    let sent = deliver(&dovecot, 30);
    let page = until("the alarm on the page", async || {
        Some(work_list_with(&service, &cookie)).filter(|page| page.contains("Mail is not being read"))
    })
    .await;
    assert!(page.contains("Something is not working") && page.contains("disk is full"), "{page}");
    assert_eq!(told(&dovecot), 0, "nothing is marked");

    disk.resize(64 * 1024);
    let store = service.store().await;
    within(A_MINUTE, "the contacts", async || {
        (store.contacts(None, usize::MAX).await.unwrap().len() == 30).then_some(())
    })
    .await;
    assert!(logged(&store).await == sent);
    no_alarm(&store).await;
    until("the page without an alarm", async || {
        Some(()).filter(|()| !work_list_with(&service, &cookie).contains("Something is not working"))
    })
    .await;
    stops_softly(daemon);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_another_program_holds_the_database_nothing_is_marked_and_afterwards_all_is_logged() {
    let dovecot = Dovecot::start();
    let service = house(&dovecot);
    let sent = deliver(&dovecot, 20);
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(service.folder().join("complaintsd.db"));
    let mut other = sqlx::ConnectOptions::connect(&options).await.unwrap();
    sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut other).await.unwrap();
    let output = service.run(&["poll"]);
    assert_eq!(output.status.code(), Some(75), "try again later: {}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(told(&dovecot), 0);
    sqlx::raw_sql("ROLLBACK").execute(&mut other).await.unwrap();
    service.says(&["poll"]);
    assert!(logged(&service.store().await).await == sent);
    assert_eq!(told(&dovecot), 20);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mail_that_others_have_all_read_and_deleted_before_us_is_all_logged_and_stays() {
    let dovecot = Dovecot::start();
    let service = house(&dovecot);
    let sent = deliver(&dovecot, 250);
    dovecot.doveadm(&["flags", "add"], &["\\Seen \\Deleted", "mailbox", "INBOX", "all"]);
    service.says(&["poll"]);
    assert!(logged(&service.store().await).await == sent);
    let flags = dovecot.flags("INBOX");
    assert_eq!(flags.len(), 250, "what others have marked as deleted is theirs to remove");
    assert!(flags.iter().all(|flags| [FLAG, "\\Seen", "\\Deleted"].iter().all(|flag| flags.contains(flag))));
}
