//! The real daemon: the built binary with a configuration of the test's own, started and stopped like
//! a service manager does it (readiness by its notification socket, signals), killed when dropped.

use std::fs;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use complaintsd::casework::{Casework, Sender};
use complaintsd::clock::SystemClock;
use complaintsd::config::{self, Surroundings};
use complaintsd::daemon::house;
use complaintsd::store::Store;
use tempfile::TempDir;

use super::dovecot::{self, Dovecot};
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
}

impl Service {
    /// An installation that reads this mailbox and sends through this local relay. `database` is a
    /// URL, or `None` for an SQLite file.
    pub fn new(dovecot: &Dovecot, relay: u16, database: Option<&str>) -> Self {
        let dir = TempDir::with_prefix("complaintsd-").unwrap();
        let pages = ports::free();
        fs::write(dir.path().join("imap-password"), dovecot::PASSWORD).unwrap();
        let config = include_str!("service.toml")
            .replace("{database}", database.unwrap_or("sqlite:complaintsd.db"))
            .replace("{imaps}", &dovecot.imaps_port.to_string())
            .replace("{ca}", dovecot.ca().file().to_str().unwrap())
            .replace("{relay}", &relay.to_string())
            .replace("{pages}", &pages.to_string());
        fs::write(dir.path().join("complaintsd.toml"), config).unwrap();
        Self { dir, pages }
    }

    /// The configuration file.
    pub fn config(&self) -> PathBuf {
        self.dir.path().join("complaintsd.toml")
    }

    /// Changes the configuration.
    pub fn edit(&self, from: &str, to: &str) {
        let text = fs::read_to_string(self.config()).unwrap();
        assert!(text.contains(from), "no '{from}' in the configuration");
        fs::write(self.config(), text.replace(from, to)).unwrap();
    }

    /// Where its clock's file is, for [`Service::set_clock`].
    fn clock_file(&self) -> PathBuf {
        self.dir.path().join("clock")
    }

    /// Sets the clock of every command started from now on, and of a running daemon at once, such as
    /// `2026-11-23 09:00:00` (UTC). Time runs on from there.
    pub fn set_clock(&self, utc: &str) {
        packages::need(&["faketime"]);
        fs::write(self.clock_file(), format!("@{utc}")).unwrap();
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
        let socket = self.dir.path().join("notify");
        let _ = fs::remove_file(&socket);
        let notices = UnixDatagram::bind(&socket).unwrap();
        let log = fs::File::options().create(true).append(true).open(self.log_file()).unwrap();
        let child = self
            .command(&["run"])
            .env("NOTIFY_SOCKET", &socket)
            .env("WATCHDOG_USEC", "2000000")
            .env("COMPLAINTSD_LOG", "debug")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        Running { child, notices }
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
        house::House::open(self.loaded()).await.unwrap().store
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
            },
        }
    }

    fn loaded(&self) -> config::Config {
        let now = jiff::Timestamp::now();
        config::load(&self.config(), &Surroundings { now, credentials: None }).unwrap().config
    }
}

impl Running {
    /// Whether the daemon says this to the service manager within twenty seconds.
    pub fn hears(&self, wanted: &str) -> bool {
        self.notices.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let mut buffer = [0_u8; 1024];
        while let Ok(length) = self.notices.recv(&mut buffer) {
            if String::from_utf8_lossy(&buffer[..length]).lines().any(|line| line == wanted) {
                return true;
            }
        }
        false
    }

    /// The daemon's process.
    pub fn pid(&self) -> u32 {
        self.child.id()
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
    pub fn stop(mut self) -> std::process::ExitStatus {
        self.signal("TERM");
        self.child.wait().unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn faketime_library() -> PathBuf {
    let folders = fs::read_dir("/usr/lib").unwrap().flatten();
    let library = |folder: &Path| folder.join("faketime/libfaketimeMT.so.1");
    folders.map(|folder| library(&folder.path())).find(|path| path.exists()).expect("libfaketime is installed")
}
