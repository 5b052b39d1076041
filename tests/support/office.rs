//! A landlord's folder with a configuration, a Maildir, SQLite (or PostgreSQL) and a spool, and the real
//! program run on it, on any day.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use super::packages;
use super::service::faketime_library;

const PROGRAM: &str = env!("CARGO_BIN_EXE_complaintsd");

/// A Monday morning.
pub const MON_23_NOV: &str = "2026-11-23 09:00:00";
/// The day after.
pub const TUE_24_NOV: &str = "2026-11-24 09:00:00";
/// Five working days after the Monday.
pub const MON_30_NOV: &str = "2026-11-30 09:00:00";

/// The folder; gone when dropped.
pub struct Office {
    folder: tempfile::TempDir,
}

/// How a command ended.
pub struct Answer {
    /// Its status.
    pub status: i32,
    /// Standard output.
    pub out: Vec<u8>,
    /// Standard error.
    pub err: String,
}

impl Answer {
    /// Standard output as text.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.out).unwrap()
    }

    /// Standard output as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.out).unwrap_or_else(|error| panic!("{error}: {}\n{}", self.text(), self.err))
    }

    /// The same, once it has ended well.
    pub fn done(self) -> Self {
        assert_eq!(self.status, 0, "{}\n{}", self.text(), self.err);
        self
    }

    /// The program's own lines on standard error, without the log.
    pub fn complaints(&self) -> Vec<&str> {
        self.err.lines().filter(|line| line.starts_with("complaintsd: ")).collect()
    }
}

impl Office {
    /// An office whose mail comes by a Maildir and leaves into a spool folder, with SQLite.
    pub fn new() -> Self {
        Self::with("[[mailbox]]\nname = \"complaints\"\nkind = \"maildir\"\npath = \"Maildir\"\n", "sqlite:records.db")
    }

    /// An office with these mailboxes and this database.
    pub fn with(mailboxes: &str, database: &str) -> Self {
        let office = Self { folder: tempfile::tempdir().unwrap() };
        for folder in ["Maildir/new", "Maildir/cur", "Maildir/tmp"] {
            fs::create_dir_all(office.path(folder)).unwrap();
        }
        fs::write(office.path("complaintsd.toml"), configuration(mailboxes, database)).unwrap();
        office
    }

    /// A file of the office.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Changes the configuration.
    pub fn reword(&self, old: &str, new: &str) {
        let file = self.path("complaintsd.toml");
        let text = fs::read_to_string(&file).unwrap();
        assert!(text.contains(old), "{old}");
        fs::write(file, text.replace(old, new)).unwrap();
    }

    /// Puts a message in the Maildir.
    pub fn deliver(&self, name: &str, bytes: &[u8]) {
        fs::write(self.path("Maildir/new").join(name), bytes).unwrap();
    }

    /// Every message in the spool.
    pub fn spooled(&self) -> Vec<String> {
        let Ok(files) = fs::read_dir(self.path("spool")) else { return Vec::new() };
        files.map(|file| fs::read_to_string(file.unwrap().path()).unwrap()).collect()
    }

    /// The program with these words, on a Monday morning.
    pub fn run(&self, words: &str) -> Answer {
        self.run_on(MON_23_NOV, words)
    }

    /// The program with these words on a day.
    pub fn run_on(&self, day: &str, words: &str) -> Answer {
        self.give_on(day, words, b"")
    }

    /// The program with something on its standard input.
    pub fn give(&self, words: &str, input: &[u8]) -> Answer {
        self.give_on(MON_23_NOV, words, input)
    }

    /// The same on a day.
    pub fn give_on(&self, day: &str, words: &str, input: &[u8]) -> Answer {
        packages::need(&["faketime"]);
        let mut command = Command::new(PROGRAM);
        command.args(quoted(words)).env("LD_PRELOAD", faketime_library()).env("TZ", "UTC");
        command.env("FAKETIME", format!("@{day}")).env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
        run(&mut command, self.folder.path(), input)
    }

    /// The program when nobody reads what it prints; its status.
    pub fn run_unread(&self, words: &str) -> i32 {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = Command::new(PROGRAM);
        command.args(words.split_whitespace()).env("COMPLAINTSD_CONFIG", self.path("complaintsd.toml"));
        command.current_dir(self.folder.path()).stdin(Stdio::null()).stdout(writer).stderr(Stdio::null());
        command.status().unwrap().code().unwrap()
    }

    /// The program, told to stop as by Ctrl-C as soon as this is so; its status.
    pub fn run_interrupted_once(&self, words: &str, now: impl Fn() -> bool) -> Option<i32> {
        let mut command = Command::new(PROGRAM);
        command.args(words.split_whitespace()).env("COMPLAINTSD_CONFIG", self.path("complaintsd.toml"));
        command.current_dir(self.folder.path()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        while !now() && child.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        let _ = Command::new("kill").args(["-INT", &child.id().to_string()]).stderr(Stdio::null()).status();
        child.wait().unwrap().code()
    }

    /// The program under a shell's limit on the size of files, in blocks of 512 bytes; what exceeds it
    /// fails as on a full disk.
    pub fn give_with_little_disk(&self, blocks: u32, words: &str, input: &[u8]) -> Answer {
        let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" {words}");
        run(Command::new("/bin/sh").args(["-c", &script, PROGRAM]), self.folder.path(), input)
    }
}

/// The words of a command line; what stands between single quotes is one.
fn quoted(line: &str) -> Vec<&str> {
    let words =
        |(number, part): (usize, _)| if number % 2 == 1 { vec![part] } else { str::split_whitespace(part).collect() };
    line.split('\'').enumerate().flat_map(words).collect()
}

fn run(command: &mut Command, folder: &Path, input: &[u8]) -> Answer {
    let config = folder.join("complaintsd.toml");
    command.env_remove("CREDENTIALS_DIRECTORY").env("COMPLAINTSD_CONFIG", config).current_dir(folder);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut program = command.spawn().unwrap();
    let mut stdin = program.stdin.take().unwrap();
    let input = input.to_vec();
    // A program that does not read its input ends the pipe.
    let giver = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let Output { status, stdout, stderr } = program.wait_with_output().unwrap();
    giver.join().unwrap();
    Answer { status: status.code().unwrap(), out: stdout, err: String::from_utf8(stderr).unwrap() }
}

fn configuration(mailboxes: &str, database: &str) -> String {
    format!(
        r#"environment = "test"

[landlord]
name = "Example Homes"
address = ["Example House", "1 Example Street", "Exampleton", "EX1 1EX"]
phone = "020 7946 0000"
email = "complaints@example.org"
website = "https://www.example.org"
complaints_policy_url = "https://www.example.org/complaints"

[team]
email = "complaints-team@example.org"
manager_email = "complaints-manager@example.org"

[database]
url = "{database}"

{mailboxes}
[courier]
kind = "spool"
path = "spool"
from = "complaints@example.org"
from_name = "Example Homes complaints team"

[web]

[reminders]

[log]
format = "text"
"#
    )
}

/// A resident's message.
pub fn message(subject: &str, body: &str) -> Vec<u8> {
    format!(
        "From: Amina Example <amina@example.com>\r\nTo: complaints@example.org\r\nSubject: {subject}\r\n\
         Message-ID: <{}@example.com>\r\nDate: Mon, 23 Nov 2026 08:00:00 +0000\r\n\r\n{body}\r\n",
        subject.replace(' ', "-")
    )
    .into_bytes()
}
