//! How fast mail comes in, against a peer in the same run: complaintsd (`poll`, then `draft`: fetch,
//! store, read, thread, open cases, draft acknowledgements) and `mbsync` (Debian's isync with its
//! defaults: fetch, store) in turns, each into a fresh store, from the same real Dovecot over TLS.
//!
//! `cargo bench --bench ingest` runs it all. After `--` may follow the names of corpora (`text-2000`,
//! `files-2000`, `text-20000`) and `rounds=N`.
#![allow(
    missing_docs,
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a measurement that cannot go on should stop loudly"
)]

mod corpus;
mod machine;
mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;
use std::time::SystemTime;

use tempfile::TempDir;

use machine::Cost;
use support::dovecot::{self, Dovecot};

/// Mailboxes to read: name, messages, whether with attachments, turns.
const CORPORA: [(&str, u64, bool, usize); 3] =
    [("text-2000", 2_000, false, 5), ("files-2000", 2_000, true, 3), ("text-20000", 20_000, false, 3)];

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let rounds: Option<usize> = words.iter().find_map(|word| word.strip_prefix("rounds=")).map(|n| n.parse().unwrap());
    let names: Vec<&String> = words.iter().filter(|word| !word.contains('=')).collect();
    support::packages::need(&["dovecot-imapd", "isync"]);

    let mut cpu = Vec::new();
    for (name, messages, attachments, turns) in CORPORA {
        if names.is_empty() || names.iter().any(|wanted| *wanted == name) {
            let ours = measured(name, messages, attachments, rounds.unwrap_or(turns));
            cpu.push((name, (ours.client + ours.server) / messages as f64));
        }
    }
    let of = |wanted: &str| cpu.iter().find(|(name, _)| *name == wanted).map(|(_, cpu)| *cpu);
    if let (Some(few), Some(many)) = (of("text-2000"), of("text-20000")) {
        println!("CPU per message at 20,000 to that at 2,000: {:.2} (wanted: at most 1.10)", many / few);
    }
}

/// Measures one corpus and prints it; gives complaintsd's median cost.
fn measured(name: &str, messages: u64, attachments: bool, rounds: usize) -> Cost {
    let dovecot = Dovecot::start();
    let mut bytes = 0;
    for n in 0..messages {
        let message = corpus::message(n, attachments);
        bytes += message.len() as u64;
        dovecot.deliver("INBOX", &message, SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_795_424_400 + n));
    }
    println!("\n{name}: {messages} messages, {:.1} MB, {} kB on average", bytes as f64 / 1e6, bytes / messages / 1000);
    // One turn each that does not count: the server learns sizes and UIDs, for whoever comes first.
    complaintsd(&dovecot, messages);
    mbsync(&dovecot, messages);
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        ours.push(complaintsd(&dovecot, messages));
        theirs.push(mbsync(&dovecot, messages));
    }
    let per = |cost: f64| cost * 1000.0 / messages as f64;
    for (who, costs) in [("complaintsd", &ours), ("mbsync", &theirs)] {
        let rates: Vec<String> = costs.iter().map(|cost| format!("{:.0}", messages as f64 / cost.wall)).collect();
        println!(
            "  {who:12} {:>7.0} messages/s ({}); CPU {:.3} ms a message (client {:.3}, server {:.3}); peak RSS {:.1} MiB",
            median(costs, |cost| messages as f64 / cost.wall),
            rates.join(" "),
            per(median(costs, |cost| cost.client + cost.server)),
            per(median(costs, |cost| cost.client)),
            per(median(costs, |cost| cost.server)),
            median(costs, |cost| cost.peak as f64) / 1024.0,
        );
    }
    let turns: Vec<(Cost, Cost)> = ours.iter().copied().zip(theirs).collect();
    println!(
        "  complaintsd to mbsync, median of {rounds} turns: messages a second {:.2} (wanted: at least 2), CPU a message \
         {:.2} (wanted: at most 1.5)",
        median(&turns, |(ours, theirs)| theirs.wall / ours.wall),
        median(&turns, |(ours, theirs)| (ours.client + ours.server) / (theirs.client + theirs.server)),
    );
    Cost { client: median(&ours, |cost| cost.client), server: median(&ours, |cost| cost.server), ..Cost::default() }
}

fn median<T>(of: &[T], value: impl Fn(&T) -> f64) -> f64 {
    let mut values: Vec<f64> = of.iter().map(value).collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// A folder on the disk that holds the build, not in memory: flushing costs what it costs.
fn fresh() -> TempDir {
    TempDir::with_prefix_in("ingest-", env!("CARGO_TARGET_TMPDIR")).unwrap()
}

fn secret(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

fn complaintsd(dovecot: &Dovecot, messages: u64) -> Cost {
    let dir = fresh();
    let config = include_str!("../../tests/support/service.toml")
        .replace("{database}", "sqlite:complaintsd.db")
        .replace("{imaps}", &dovecot.imaps_port.to_string())
        .replace("{ca}", dovecot.ca().file().to_str().unwrap())
        .replace("{relay}", "25")
        .replace("{pages}", "8080")
        // mbsync leaves the messages on the server as they are.
        .replace("after = \"flag\"", "after = \"leave\"");
    let file = dir.path().join("complaintsd.toml");
    fs::write(&file, config).unwrap();
    secret(&dir.path().join("imap-password"), dovecot::PASSWORD);
    let command = |word: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_complaintsd"));
        command.arg(word).arg("--config").arg(&file).env("COMPLAINTSD_LOG", "warn");
        // As the unit sets it.
        command.env("MALLOC_ARENA_MAX", "2");
        machine::run(&mut command, dovecot.process_group(), "imap")
    };
    let (said, polled) = command("poll");
    assert!(said.contains(&format!("kept {messages},")), "{said}");
    let cases = said.split("cases ").nth(1).and_then(|rest| rest.split(',').next()).unwrap();
    let (said, drafted) = command("draft");
    assert!(said.contains(&format!("new drafts {cases},")) && cases != "0", "{said} of {cases} cases");
    if std::env::var_os("COMPLAINTSD_BENCH_PARTS").is_some() {
        println!("    poll {polled:.3?}\n    draft {drafted:.3?}");
    }
    polled.and(drafted)
}

fn mbsync(dovecot: &Dovecot, messages: u64) -> Cost {
    let dir = fresh();
    let at = dir.path().display();
    secret(&dir.path().join("password"), dovecot::PASSWORD);
    let config = format!(
        "IMAPStore server\nHost localhost\nPort {}\nUser {}\nPassCmd \"cat {at}/password\"\nSSLType IMAPS\n\
         CertificateFile {}\n\nMaildirStore local\nPath {at}/mail/\nInbox {at}/mail/INBOX\n\n\
         Channel all\nFar :server:INBOX\nNear :local:INBOX\nSyncState *\nSync Pull\n",
        dovecot.imaps_port,
        dovecot::USER,
        dovecot.ca().file().display(),
    );
    let file = dir.path().join("mbsyncrc");
    fs::write(&file, config).unwrap();
    fs::create_dir(dir.path().join("mail")).unwrap();
    let mut command = Command::new("mbsync");
    command.arg("-q").arg("-c").arg(&file).arg("all");
    let (_, cost) = machine::run(&mut command, dovecot.process_group(), "imap");
    let count = |folder: &str| fs::read_dir(dir.path().join("mail/INBOX").join(folder)).unwrap().count() as u64;
    assert_eq!(count("new") + count("cur"), messages);
    cost
}
