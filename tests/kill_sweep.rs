//! A poll and a draft pass killed at every system call that changes anything, each followed by a good
//! run: nothing is lost and nothing is doubled (lessons 1, 2, 6).
//!
//! strace counts `when=N` for each name of a call, and for each thread: so names are gone through one by
//! one, as far as the busiest thread goes; and with `--seccomp-bpf` most kills silently do not happen. Calls
//! that change nothing outside the process (waking its own threads, writing the log) are left out. By default every [`STEP`]th point; `COMPLAINTSD_KILL_STEP=1`
//! takes them all.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::time::SystemTime;

use complaintsd::domain::ids::Digest;
use complaintsd::domain::letter::LetterState;
use complaintsd::store::HistoryCheck;

use crate::support::dovecot::Dovecot;
use crate::support::packages;
use crate::support::service::Service;

/// The calls by which state changes: files, the disk's cache, the mail server.
const CALLS: [&str; 11] = [
    "pwrite64",
    "pwritev",
    "writev",
    "fsync",
    "fdatasync",
    "ftruncate",
    "unlink",
    "rename",
    "connect",
    "sendto",
    "sendmsg",
];

/// How many points are passed over by default between two that are tried.
const STEP: usize = 9;

/// How often a point is tried until its kill comes: which of the database's threads does the work is
/// settled anew in each run, so now and then none of them makes its call so often as when it was counted.
/// The next try is at the last that was made.
const TRIES: usize = 20;

const MESSAGES: usize = 20;
const FLAG: &str = "$Seen-by-the-sweep";

fn message(number: usize) -> Vec<u8> {
    let words = "The lift in our block has been out of order for two weeks. ".repeat(5 + number);
    format!(
        "From: Resident {number} <resident{number}@example.com>\r\nTo: complaints@example.org\r\n\
         Subject: The lift ({number})\r\nDate: Mon, 23 Nov 2026 09:00:00 +0000\r\n\
         Message-ID: <lift-{number}@example.com>\r\n\r\n{words}\r\n"
    )
    .into_bytes()
}

/// The calls a command makes, each with its number in the thread that makes most of them.
fn points(service: &Service, command: &str) -> Vec<(&'static str, usize)> {
    let trace = service.folder().join("trace");
    let filter = format!("trace={}", CALLS.join(","));
    let strace = ["strace", "-f", "-qq", "-e", &filter, "-o", trace.to_str().unwrap()];
    let output = service.under(&strace, &[command]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    CALLS.into_iter().flat_map(|name| (1..=most(&trace, name)).map(move |number| (name, number))).collect()
}

/// How often the thread that made a call most often made it.
fn most(trace: &Path, name: &str) -> usize {
    let (text, begun) = (fs::read_to_string(trace).unwrap(), format!("{name}("));
    let mut made: BTreeMap<&str, usize> = BTreeMap::new();
    for (thread, call) in text.lines().filter_map(|line| line.split_once(' ')) {
        if call.trim_start().starts_with(&begun) {
            *made.entry(thread).or_default() += 1;
        }
    }
    made.into_values().max().unwrap_or(0)
}

/// Puts the database into the state in which each try begins.
fn restore(service: &Service, from: &Path) {
    for ending in ["", "-wal", "-shm"] {
        let (source, target) =
            (from.join(format!("db{ending}")), service.folder().join(format!("complaintsd.db{ending}")));
        let _ = fs::remove_file(&target);
        if source.exists() {
            fs::copy(source, target).unwrap();
        }
    }
}

fn save(service: &Service, to: &Path) {
    for ending in ["", "-wal"] {
        let source = service.folder().join(format!("complaintsd.db{ending}"));
        if source.exists() {
            fs::copy(source, to.join(format!("db{ending}"))).unwrap();
        }
    }
}

/// What must hold after a good run.
async fn must_be_whole(service: &Service, dovecot: &Dovecot, sent: &BTreeSet<Digest>, drafted: bool, after: &str) {
    let store = service.store().await;
    let contacts = store.contacts(None, usize::MAX).await.unwrap();
    let mut logged = BTreeSet::new();
    for contact in &contacts {
        let raw = store.contact_raw_id(contact.id).await.unwrap().unwrap();
        assert!(logged.insert(Digest::of(&store.raw(raw).await.unwrap().unwrap())), "doubled after {after}");
    }
    assert_eq!(&logged, sent, "lost after {after}");
    let mut numbers: Vec<u32> =
        store.work_list(usize::MAX).await.unwrap().iter().map(|case| case.reference.number()).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=MESSAGES as u32).collect::<Vec<_>>(), "cases after {after}");
    assert!(dovecot.flags("INBOX").iter().all(|flags| flags.contains(FLAG)), "the server was not told after {after}");
    let letters = store.letters(usize::MAX).await.unwrap();
    assert_eq!(letters.len(), if drafted { MESSAGES } else { 0 }, "letters after {after}");
    assert!(letters.iter().all(|letter| letter.state == LetterState::Draft && letter.version == 1));
    let check = store.verify_history().await.unwrap();
    let lines = i64::try_from(MESSAGES + letters.len()).unwrap();
    assert!(matches!(check, HistoryCheck::Sound { lines: found, .. } if found == lines), "{check:?} after {after}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_every_system_call_that_changes_anything_a_pass_loses_and_doubles_nothing() {
    packages::need(&["strace"]);
    let step = std::env::var("COMPLAINTSD_KILL_STEP").map_or(STEP, |step| step.parse().unwrap());
    let dovecot = Dovecot::start();
    let service = Service::new(&dovecot, 25, None);
    service.edit("after = \"flag\"", &format!("after = \"flag\"\nflag = \"{FLAG}\""));
    let mut sent = BTreeSet::new();
    for number in 0..MESSAGES {
        let bytes = message(number);
        sent.insert(Digest::of(&bytes));
        dovecot.deliver("INBOX", &bytes, SystemTime::now());
    }

    for command in ["poll", "draft"] {
        // What the command finds: an empty database for the poll, its contacts and cases for the drafts.
        let begin = tempfile::tempdir().unwrap();
        service.says(&["case", "list"]);
        save(&service, begin.path());
        let all = points(&service, command);
        must_be_whole(&service, &dovecot, &sent, command == "draft", "no kill").await;
        let (mut tried, mut killed) = (BTreeMap::new(), 0);
        for (name, number) in all.iter().step_by(step) {
            let (log, mut number) = (service.folder().join("trace"), *number);
            let trace = format!("trace={name}");
            let after = format!("{command} killed at {name} {number}");
            for _ in 0..TRIES {
                let inject = format!("inject={name}:signal=SIGKILL:when={number}");
                let strace = ["strace", "-f", "-qq", "-o", log.to_str().unwrap(), "-e", &trace, "-e", &inject];
                restore(&service, begin.path());
                if command == "poll" {
                    dovecot.doveadm(&["flags", "remove"], &[FLAG, "mailbox", "INBOX", "all"]);
                }
                let ended = service.under(&strace, &[command]).status;
                if ended.signal() == Some(9) || ended.code() == Some(137) {
                    killed += 1;
                    break;
                }
                assert!(ended.success(), "{after}: {ended}");
                number = most(&log, name).clamp(1, number);
            }
            *tried.entry(*name).or_insert(0) += 1;
            if command == "poll" && dovecot.flags("INBOX").iter().any(|flags| flags.contains(FLAG)) {
                let kept = service.store().await.contacts(None, usize::MAX).await.unwrap().len();
                assert_eq!(kept, MESSAGES, "the server was told too early: {after}");
            }
            service.says(&[command]);
            must_be_whole(&service, &dovecot, &sent, command == "draft", &after).await;
        }
        let count: usize = tried.values().sum();
        assert_eq!(killed, count, "every point fires");
        println!("{command}: {count} of {} points killed {tried:?}, 0 lost, 0 doubled", all.len());
        restore(&service, begin.path());
        service.says(&[command]);
    }
}
