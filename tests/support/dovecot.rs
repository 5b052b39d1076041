//! A real Dovecot of the test's own: its own folder, ports and mailbox, ended when dropped.
//!
//! TLS on one port, STARTTLS on the other, both with a certificate of a test authority. One account,
//! [`USER`] with [`PASSWORD`]. Works as root (mail then belongs to Debian's user `mail`) and as
//! anybody else.

use std::fs::{self, File, FileTimes, Permissions};
use std::io::{Read, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime};

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use tempfile::TempDir;

use super::ca::Ca;
use super::{packages, ports};

/// The account's name.
pub const USER: &str = "complaints@example.org";
/// The account's password.
pub const PASSWORD: &str = "corr\\ect \"horse\" ë";

/// A running Dovecot.
pub struct Dovecot {
    dir: TempDir,
    ca: Ca,
    server: Child,
    owner: (u32, u32),
    delivered: AtomicUsize,
    /// TLS from the first byte.
    pub imaps_port: u16,
    /// STARTTLS.
    pub imap_port: u16,
}

impl Dovecot {
    /// Starts one with an empty INBOX.
    pub fn start() -> Self {
        Self::start_with("")
    }

    /// Starts one with more lines in its configuration.
    pub fn start_with(extra: &str) -> Self {
        packages::need(&["dovecot-imapd"]);
        let dir = TempDir::with_prefix("dovecot-").unwrap();
        let (ca, at) = (Ca::new(dir.path()), dir.path());
        // The mail user must be able to pass through.
        fs::set_permissions(at, Permissions::from_mode(0o755)).unwrap();
        let issued = ca.issue();
        fs::write(at.join("server.pem"), issued.certificate_pem).unwrap();
        fs::write(at.join("server.key"), issued.key_pem).unwrap();
        let me = fs::metadata(at).unwrap();
        let owner = if me.uid() == 0 { account("mail") } else { (me.uid(), me.gid()) };
        let (imaps_port, imap_port) = (ports::free(), ports::free());
        let conf = at.join("dovecot.conf");
        fs::write(&conf, configuration(at, owner, me.uid() == 0, imaps_port, imap_port) + extra).unwrap();
        let server = Command::new("/usr/sbin/dovecot")
            .arg("-F")
            .arg("-c")
            .arg(&conf)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(at.join("stderr")).unwrap())
            .process_group(0)
            .spawn()
            .unwrap();
        let dovecot = Self { dir, ca, server, owner, delivered: AtomicUsize::new(0), imaps_port, imap_port };
        for folder in ["home", "home/Maildir"] {
            dovecot.folder(folder);
        }
        dovecot.maildir("INBOX");
        dovecot.wait_until_it_greets();
        dovecot
    }

    /// The authority that signed its certificate.
    pub fn ca(&self) -> &Ca {
        &self.ca
    }

    /// The process group of its processes.
    #[allow(dead_code, reason = "benches/ingest counts what they cost")]
    pub fn process_group(&self) -> u32 {
        self.server.id()
    }

    /// Puts a message into a folder (`INBOX` or a plain name), received at `received` (its INTERNALDATE).
    pub fn deliver(&self, folder: &str, bytes: &[u8], received: SystemTime) {
        let number = self.delivered.fetch_add(1, Ordering::Relaxed);
        let maildir = self.maildir(folder);
        let name = format!("17000{number:05}.test.example.org");
        let (tmp, new) = (maildir.join("tmp").join(&name), maildir.join("new").join(&name));
        fs::write(&tmp, bytes).unwrap();
        let file = File::options().write(true).open(&tmp).unwrap();
        file.set_times(FileTimes::new().set_modified(received)).unwrap();
        self.own(&tmp);
        fs::rename(&tmp, &new).unwrap();
    }

    /// Gives the INBOX a message as a mail program does, by APPEND over TLS (RFC 9051 §6.3.12), received
    /// at this INTERNALDATE, such as `02-Nov-2026 09:12:00 +0000`.
    pub fn append(&self, bytes: &[u8], internal_date: &str) {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(self.ca.file()).unwrap()).unwrap();
        let ring = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(ring).with_safe_default_protocol_versions().unwrap();
        let config = Arc::new(config.with_root_certificates(roots).with_no_client_auth());
        let session = ClientConnection::new(config, "localhost".try_into().unwrap()).unwrap();
        let mut stream = StreamOwned::new(session, TcpStream::connect(("127.0.0.1", self.imaps_port)).unwrap());
        let secret = data_encoding::BASE64.encode(format!("\0{USER}\0{PASSWORD}").as_bytes());
        let head =
            format!("a AUTHENTICATE PLAIN {secret}\r\nb APPEND INBOX \"{internal_date}\" {{{}+}}\r\n", bytes.len());
        stream.write_all(&[head.as_bytes(), bytes, b"\r\nc LOGOUT\r\n"].concat()).unwrap();
        let mut said = Vec::new();
        let _ = stream.read_to_end(&mut said); // it may hang up without a TLS goodbye
        let said = String::from_utf8_lossy(&said);
        assert!(said.contains("\r\nb OK"), "not appended: {said}");
    }

    /// Runs doveadm for the account, for instance `["mailbox", "create"], ["Done"]`.
    pub fn doveadm(&self, command: &[&str], arguments: &[&str]) -> String {
        self.run(&[command, &["-u", USER], arguments].concat())
    }

    /// Ends the account's connections, and waits until they are gone.
    pub fn end_connections(&self) {
        self.run(&["kick", USER]);
        let deadline = Instant::now() + Duration::from_secs(20);
        while self.run(&["who"]).contains(USER) {
            assert!(Instant::now() < deadline, "connections remain: {}", self.log());
        }
    }

    fn run(&self, arguments: &[&str]) -> String {
        let output = Command::new("/usr/bin/doveadm")
            .arg("-c")
            .arg(self.dir.path().join("dovecot.conf"))
            .args(arguments)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "doveadm {arguments:?}: {said}{}", self.log());
        String::from_utf8(output.stdout).unwrap()
    }

    /// Makes a folder.
    pub fn create(&self, folder: &str) {
        self.doveadm(&["mailbox", "create"], &[folder]);
    }

    /// The flags of each message of a folder, by UID.
    pub fn flags(&self, folder: &str) -> Vec<String> {
        let table = self.doveadm(&["-f", "tab", "fetch"], &["uid flags", "mailbox", folder, "all"]);
        table.lines().skip(1).map(|line| line.split_once('\t').unwrap().1.to_owned()).collect()
    }

    /// Gives the INBOX another UIDVALIDITY: its UIDs start again, its messages stay.
    pub fn forget_uids(&self) {
        let inbox = self.maildir("INBOX");
        for entry in fs::read_dir(&inbox).unwrap().map(Result::unwrap) {
            if entry.file_name().to_string_lossy().starts_with("dovecot") && entry.path().is_file() {
                fs::remove_file(entry.path()).unwrap();
            }
        }
        fs::write(inbox.join("dovecot-uidlist"), "3 V777 N1 Gf00f00f00f00f00f00f00f00f00f00f0\n").unwrap();
        self.own(&inbox.join("dovecot-uidlist"));
    }

    /// The Maildir of a folder, made if missing.
    pub fn maildir(&self, folder: &str) -> PathBuf {
        let place = if folder == "INBOX" { "home/Maildir".to_owned() } else { format!("home/Maildir/.{folder}") };
        for part in ["", "/tmp", "/new", "/cur"] {
            self.folder(&format!("{place}{part}"));
        }
        self.dir.path().join(place)
    }

    /// What Dovecot has logged.
    pub fn log(&self) -> String {
        ["log", "stderr"].map(|name| fs::read_to_string(self.dir.path().join(name)).unwrap_or_default()).concat()
    }

    fn folder(&self, name: &str) {
        let path = self.dir.path().join(name);
        if !path.exists() {
            fs::create_dir(&path).unwrap();
            self.own(&path);
        }
    }

    fn own(&self, path: &Path) {
        chown(path, Some(self.owner.0), Some(self.owner.1)).unwrap();
    }

    fn wait_until_it_greets(&self) {
        let deadline = Instant::now() + Duration::from_secs(20);
        while Instant::now() < deadline {
            if let Ok(mut tcp) = TcpStream::connect(("127.0.0.1", self.imap_port)) {
                tcp.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
                let mut greeting = [0; 4];
                if tcp.read_exact(&mut greeting).is_ok() && &greeting == b"* OK" {
                    return;
                }
            }
            std::thread::yield_now();
        }
        panic!("Dovecot did not start: {}", self.log());
    }
}

impl Drop for Dovecot {
    fn drop(&mut self) {
        // Its children are in its process group: the master alone takes a second to end them.
        let _ = Command::new("kill").args(["-TERM", "--", &format!("-{}", self.server.id())]).status();
        let _ = self.server.wait();
    }
}

/// A system user's uid and gid.
fn account(name: &str) -> (u32, u32) {
    let passwd = fs::read_to_string("/etc/passwd").unwrap();
    let fields: Vec<&str> = passwd.lines().find(|l| l.starts_with(&format!("{name}:"))).unwrap().split(':').collect();
    (fields[2].parse().unwrap(), fields[3].parse().unwrap())
}

fn configuration(at: &Path, (uid, gid): (u32, u32), root: bool, imaps_port: u16, imap_port: u16) -> String {
    let at = at.display();
    fs::write(format!("{at}/passwd"), format!("{USER}:{{PLAIN}}{PASSWORD}\n")).unwrap();
    // Without root, Dovecot cannot change user or root directory.
    let rootless = if root {
        String::new()
    } else {
        let name = |option| String::from_utf8(Command::new("id").arg(option).output().unwrap().stdout).unwrap();
        let (user, group) = (name("-un"), name("-gn"));
        format!(
            "default_internal_user = {user}default_login_user = {user}default_internal_group = {group}\
             service imap-login {{\n chroot =\n}}\nservice anvil {{\n chroot =\n}}\nservice stats {{\n chroot =\n}}\n"
        )
    };
    format!(
        "protocols = imap
base_dir = {at}/base
state_dir = {at}/state
log_path = {at}/log
listen = 127.0.0.1
ssl = required
ssl_cert = <{at}/server.pem
ssl_key = <{at}/server.key
mail_location = maildir:~/Maildir
first_valid_uid = 1
auth_failure_delay = 0
mail_max_userip_connections = 100
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {at}/passwd
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={at}/home
}}
namespace inbox {{
  inbox = yes
}}
service imap-login {{
  inet_listener imap {{
    port = {imap_port}
  }}
  inet_listener imaps {{
    port = {imaps_port}
    ssl = yes
  }}
}}
{rootless}"
    )
}
