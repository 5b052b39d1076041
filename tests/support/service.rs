//! The real daemon: the built binary with a configuration of the test's own, started and stopped like
//! a service manager does it (readiness by its notification socket, signals), killed when dropped.

use std::fs;
use std::net::Shutdown;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc::{self, Receiver, channel};
use std::time::{Duration, Instant};

use complaintsd::casework::{Casework, Sender};
use complaintsd::clock::SystemClock;
use complaintsd::config::{self, Surroundings};
use complaintsd::daemon::house;
use complaintsd::store::Store;
use secrecy::ExposeSecret as _;
use tempfile::TempDir;

use super::dovecot::{self, Dovecot};
use super::patience::PATIENCE;
use super::postfix::{self, Postfix};
use super::{packages, ports};

/// The built program.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_complaintsd");

/// A landlord's installation: configuration, secrets, and where its database is.
pub struct Service {
    dir: TempDir,
    /// The port of the officers' pages.
    pub pages: u16,
}

/// A daemon at work.
pub struct Running {
    child: Child,
    notices: UnixDatagram,
    heard: Receiver<String>,
}

impl Service {
    /// An installation that reads this mailbox and sends through this local relay. `database` is a
    /// URL, or `None` for an SQLite file.
    pub fn new(dovecot: &Dovecot, relay: u16, database: Option<&str>) -> Self {
        let dir = TempDir::with_prefix("complaintsd-").unwrap();
        let pages = ports::free();
        let config = include_str!("service.toml")
            .replace("{database}", database.unwrap_or("sqlite:complaintsd.db"))
            .replace("{imaps}", &dovecot.imaps_port.to_string())
            .replace("{ca}", dovecot.ca().file().to_str().unwrap())
            .replace("{relay}", &relay.to_string())
            .replace("{pages}", &pages.to_string());
        fs::write(dir.path().join("complaintsd.toml"), config).unwrap();
        let service = Self { dir, pages };
        service.write("imap-password", dovecot::PASSWORD);
        service
    }

    /// The configuration file.
    pub fn config(&self) -> PathBuf {
        self.dir.path().join("complaintsd.toml")
    }

    /// The folder in which it stands, with the database when that is an SQLite file.
    pub fn folder(&self) -> &Path {
        self.dir.path()
    }

    /// Changes the configuration.
    pub fn edit(&self, from: &str, to: &str) {
        let text = fs::read_to_string(self.config()).unwrap();
        assert!(text.contains(from), "no '{from}' in the configuration");
        fs::write(self.config(), text.replace(from, to)).unwrap();
    }

    /// Writes a file beside the configuration, such as a password, readable by its owner only.
    pub fn write(&self, name: &str, text: &str) {
        let file = self.dir.path().join(name);
        fs::write(&file, text).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    }

    /// Where the officers' pages are.
    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.pages)
    }

    /// Sends through this Postfix with user and password instead of through a relay.
    pub fn sign_in_at(&self, postfix: &Postfix, security: &str, port: u16) {
        self.write("smtp-password", postfix::PASSWORD);
        let relay = format!("host = \"127.0.0.1\"\nport = {}\nsecurity = \"local-relay\"", postfix.relay);
        let signed_in = format!(
            "host = \"localhost\"\nport = {port}\nsecurity = \"{security}\"\nca_file = \"{}\"\n\
             username = \"{}\"\npassword_file = \"smtp-password\"",
            postfix.ca_file().display(),
            postfix::USER
        );
        self.edit(&relay, &signed_in);
    }

    /// Where its clock's file is, for [`Service::set_clock`].
    fn clock_file(&self) -> PathBuf {
        self.dir.path().join("clock")
    }

    /// Sets the clock of every command started from now on, and of a running daemon at once, such as
    /// `2026-11-23 09:00:00` (UTC). Time runs on from there.
    pub fn set_clock(&self, utc: &str) {
        packages::need(&["faketime"]);
        // Whole or not at all: the daemon reads it whenever it asks the time.
        let next = self.dir.path().join("clock.next");
        fs::write(&next, format!("@{utc}")).unwrap();
        fs::rename(next, self.clock_file()).unwrap();
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        command.args(words).arg("--config").arg(self.config()).env("TZ", "UTC");
        if self.clock_file().exists() {
            command
                .env("LD_PRELOAD", faketime_library())
                .env("FAKETIME_TIMESTAMP_FILE", self.clock_file())
                .env("FAKETIME_NO_CACHE", "1")
                .env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
        }
        command
    }

    /// Runs one command to its end.
    pub fn run(&self, words: &[&str]) -> Output {
        self.command(words).stdin(Stdio::null()).output().unwrap()
    }

    /// Runs one command to its end under another program, such as strace.
    pub fn under(&self, program: &[&str], words: &[&str]) -> Output {
        let inner = self.command(words);
        let mut command = Command::new(program[0]);
        command.args(&program[1..]).arg(inner.get_program()).args(inner.get_args()).env("TZ", "UTC");
        command.stdin(Stdio::null()).output().unwrap()
    }

    /// Runs one command that must succeed, and gives what it printed.
    pub fn says(&self, words: &[&str]) -> String {
        let output = self.run(words);
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{words:?} failed: {out}{err}");
        out.into_owned()
    }

    /// Runs one command that must succeed, and reads the JSON it printed.
    pub fn json(&self, words: &[&str]) -> serde_json::Value {
        serde_json::from_str(&self.says(words)).unwrap()
    }

    /// Adds an officer.
    pub fn add_officer(&self, email: &str, name: &str, role: &str, password: &str) {
        use std::io::Write as _;
        let mut child = self
            .command(&["officer", "add", email, "--name", name, "--role", role])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(password.as_bytes()).unwrap();
        assert!(child.wait().unwrap().success());
    }

    /// Starts the daemon without waiting for it.
    pub fn start(&self) -> Running {
        self.start_as("debug", true)
    }

    /// The same with a log of this level, under a service manager that listens or does not.
    pub fn start_as(&self, level: &str, listens: bool) -> Running {
        let socket = self.dir.path().join("notify");
        let _ = fs::remove_file(&socket);
        let notices = UnixDatagram::bind(&socket).unwrap();
        let log = fs::File::options().create(true).append(true).open(self.log_file()).unwrap();
        let child = self
            .command(&["run"])
            .env("NOTIFY_SOCKET", &socket)
            .env("WATCHDOG_USEC", "2000000")
            .env("COMPLAINTSD_LOG", level)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        let (tell, heard) = channel();
        if listens {
            let socket = notices.try_clone().unwrap();
            std::thread::spawn(move || listen(&socket, &tell));
        }
        Running { child, notices, heard }
    }

    /// Starts the daemon and waits until it says that it is ready.
    pub fn start_ready(&self) -> Running {
        let running = self.start();
        assert!(running.hears("READY=1"), "the daemon did not get ready: {}", self.log());
        running
    }

    fn log_file(&self) -> PathBuf {
        self.dir.path().join("log")
    }

    /// What the daemon has logged so far.
    pub fn log(&self) -> String {
        fs::read_to_string(self.log_file()).unwrap_or_default()
    }

    /// The database, opened beside the daemon.
    pub async fn store(&self) -> Store {
        Store::connect(self.loaded().database.url().expose_secret()).await.unwrap()
    }

    /// An officers' desk on the database, beside the daemon.
    pub async fn casework(&self) -> Casework {
        let house = house::House::open(self.loaded()).await.unwrap();
        let courier = &house.config.courier;
        Casework {
            store: house.store.clone(),
            clock: std::sync::Arc::new(SystemClock),
            desk: house.desk.clone(),
            sender: Sender {
                address: courier.from.clone(),
                name: courier.from_name.clone(),
                reply_to: courier.reply_to.clone(),
                attach: house.config.attach,
                ours: vec![courier.from.clone()],
            },
            triage: std::sync::Arc::new(house.config.triage.clone()),
            approval: Default::default(),
            post: house.config.post.clone(),
        }
    }

    fn loaded(&self) -> config::Config {
        let now = jiff::Timestamp::now();
        config::load(&self.config(), &Surroundings { now, credentials: None }).unwrap().config
    }
}

impl Running {
    /// Whether the daemon says this to the service manager in time. What it said before is passed over.
    pub fn hears(&self, wanted: &str) -> bool {
        while let Ok(said) = self.heard.recv_timeout(PATIENCE) {
            if said.lines().any(|line| line == wanted) {
                return true;
            }
        }
        false
    }

    /// What the daemon has said since the last time.
    pub fn heard(&self) -> Vec<String> {
        self.heard.try_iter().collect()
    }

    /// The daemon's process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Whether it is running.
    pub fn is_up(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Sends it a signal, such as `TERM`.
    pub fn signal(&self, name: &str) {
        let done = Command::new("kill").args([&format!("-{name}"), &self.pid().to_string()]).status().unwrap();
        assert!(done.success());
    }

    /// Ends it without warning.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Stops it softly, and gives its exit status.
    pub fn stop(mut self) -> ExitStatus {
        self.signal("TERM");
        self.ended()
    }

    /// Waits for its end, which must come, and gives its exit status.
    pub fn ended(&mut self) -> ExitStatus {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < deadline, "the daemon does not end");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = self.notices.shutdown(Shutdown::Both);
    }
}

/// Passes on what the daemon says, until the socket is shut.
fn listen(socket: &UnixDatagram, tell: &mpsc::Sender<String>) {
    let mut buffer = [0_u8; 1024];
    while let Ok(length @ 1..) = socket.recv(&mut buffer) {
        let _ = tell.send(String::from_utf8_lossy(&buffer[..length]).into_owned());
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = self.log();
            let lines: Vec<&str> = log.lines().rev().take(40).collect();
            eprintln!("the daemon's log, newest first:\n{}", lines.join("\n"));
        }
    }
}

/// The library by which a program sees another time. Not the wrapper around it: a semaphore that it has left
/// behind stops the next one with its number.
pub fn faketime_library() -> PathBuf {
    let folders = fs::read_dir("/usr/lib").unwrap().flatten();
    let library = |folder: &Path| folder.join("faketime/libfaketimeMT.so.1");
    folders.map(|folder| library(&folder.path())).find(|path| path.exists()).expect("libfaketime is installed")
}
