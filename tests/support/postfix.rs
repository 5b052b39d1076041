//! A real Postfix of the tests' own: relay, submission (STARTTLS) and submissions (TLS) on free
//! loopback ports, sign-in by Dovecot's auth service, everything delivered to one Maildir. Needs
//! root, because Postfix does.

use std::fs;
use std::net::{Ipv4Addr, TcpStream};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::{ca::Ca, packages, ports};

/// The name to sign in with.
pub const USER: &str = "letters@example.net";
/// Its password.
pub const PASSWORD: &str = "open sesame 42";
/// A recipient Postfix refuses for good.
pub const REFUSED: &str = "refused@example.com";
/// A recipient Postfix refuses for now.
pub const DEFERRED: &str = "deferred@example.com";

/// How long servers and deliveries may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running Postfix; stopped on drop.
pub struct Postfix {
    folder: tempfile::TempDir,
    ca: Ca,
    processes: Vec<Child>,
    /// Plain port for a local relay.
    pub relay: u16,
    /// STARTTLS and sign-in.
    pub submission: u16,
    /// TLS from the first byte, and sign-in.
    pub submissions: u16,
}

impl Postfix {
    /// Starts one and waits until its ports answer.
    pub fn start() -> Self {
        Self::start_with("")
    }

    /// Starts one with more lines in the configuration of the service that checks sign-ins.
    pub fn start_with(sign_in: &str) -> Self {
        packages::need(&["postfix", "dovecot-imapd"]);
        let user = Command::new("id").arg("-u").output().unwrap();
        assert_eq!(user.stdout.trim_ascii(), b"0", "these tests start Postfix, which needs root: run them as root");

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
        for name in ["etc", "queue", "data", "mail", "dovecot"] {
            fs::create_dir(path.join(name)).unwrap();
        }
        chown(path.join("data"), Some(id_of("postfix")), None).unwrap();
        chown(path.join("mail"), Some(NOBODY), None).unwrap();
        let ca = Ca::new(path);
        let issued = ca.issue();
        fs::write(path.join("server.pem"), issued.key_pem + &issued.certificate_pem).unwrap();

        let [relay, submission, submissions, auth] = [(); 4].map(|()| ports::free());
        fs::write(path.join("users"), format!("{USER}:{{plain}}{PASSWORD}\n")).unwrap();
        fs::write(path.join("dovecot.conf"), dovecot_conf(path, auth) + sign_in).unwrap();
        fs::write(path.join("etc/main.cf"), main_cf(path, auth)).unwrap();
        fs::write(path.join("etc/master.cf"), master_cf(relay, submission, submissions)).unwrap();

        // `check` makes the queue's folders.
        let checked = Command::new("/usr/sbin/postfix").arg("-c").arg(path.join("etc")).arg("check").output().unwrap();
        assert!(checked.status.success(), "postfix check: {}", String::from_utf8_lossy(&checked.stderr));
        let dovecot =
            in_own_group(Command::new("/usr/sbin/dovecot").arg("-F").arg("-c").arg(path.join("dovecot.conf")));
        let etc = path.join("etc");
        let mut master = Command::new("/usr/lib/postfix/sbin/master");
        let master = in_own_group(master.arg("-d").arg("-c").arg(&etc).env("MAIL_CONFIG", &etc));
        let this = Self { folder, ca, processes: vec![master, dovecot], relay, submission, submissions };
        for port in [auth, relay, submission, submissions] {
            this.eventually("a port to answer", || TcpStream::connect((Ipv4Addr::LOCALHOST, port)).ok());
        }
        this
    }

    /// The authority of its certificate, which is for `localhost` and `127.0.0.1`.
    pub fn ca_file(&self) -> &Path {
        self.ca.file()
    }

    /// Every message delivered so far, oldest first, as it stands in the Maildir: with Postfix's own
    /// headers on top and LF line ends turned back into CRLF.
    pub fn received(&self) -> Vec<Vec<u8>> {
        let Ok(entries) = fs::read_dir(self.folder.path().join("mail/inbox/new")) else { return Vec::new() };
        let mut files: Vec<_> = entries.map(|entry| entry.unwrap()).collect();
        files.sort_by_key(|entry| entry.metadata().unwrap().modified().unwrap());
        files.iter().map(|entry| crlf(&fs::read(entry.path()).unwrap())).collect()
    }

    /// The same once there are at least `count`; more than `count` is a failure.
    pub fn received_at_least(&self, count: usize) -> Vec<Vec<u8>> {
        self.eventually("mail to be delivered", || Some(self.received()).filter(|all| all.len() >= count))
    }

    fn eventually<T>(&self, what: &str, mut attempt: impl FnMut() -> Option<T>) -> T {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(value) = attempt() {
                return value;
            }
            if Instant::now() > deadline {
                let log = |name| fs::read_to_string(self.folder.path().join(name)).unwrap_or_default();
                panic!("waited too long for {what}\n{}\n{}", log("postfix.log"), log("dovecot.log"));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Postfix {
    fn drop(&mut self) {
        for process in &mut self.processes {
            // The whole group: the daemons each master has started, and nothing else.
            let group = format!("-{}", process.id());
            let _ = Command::new("kill").args(["-KILL", "--", &group]).stderr(Stdio::null()).status();
            let _ = process.wait();
        }
    }
}

const NOBODY: u32 = 65534;

fn id_of(user: &str) -> u32 {
    let output = Command::new("id").args(["-u", user]).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().parse().unwrap()
}

fn in_own_group(command: &mut Command) -> Child {
    command.process_group(0).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

fn crlf(bytes: &[u8]) -> Vec<u8> {
    bytes
        .split_inclusive(|byte| *byte == b'\n')
        .flat_map(|line| match line.strip_suffix(b"\n") {
            Some(text) => [text, b"\r\n"].concat(),
            None => line.to_vec(),
        })
        .collect()
}

fn dovecot_conf(path: &Path, auth: u16) -> String {
    let path = path.display();
    format!(
        "base_dir = {path}/dovecot\nlog_path = {path}/dovecot.log\nprotocols =\nssl = no\nauth_mechanisms = plain login\n\
         auth_failure_delay = 0\nservice anvil {{\n unix_listener anvil-auth-penalty {{\n  mode = 0\n }}\n}}\n\
         passdb {{\n driver = passwd-file\n args = scheme=plain {path}/users\n}}\n\
         userdb {{\n driver = static\n args = uid={NOBODY} gid={NOBODY} home=/nonexistent\n}}\n\
         service auth {{\n inet_listener {{\n  address = 127.0.0.1\n  port = {auth}\n }}\n}}\n"
    )
}

fn main_cf(path: &Path, auth: u16) -> String {
    let path = path.display();
    format!(
        "compatibility_level = 3.6
queue_directory = {path}/queue
data_directory = {path}/data
daemon_directory = /usr/lib/postfix/sbin
command_directory = /usr/sbin
maillog_file = {path}/postfix.log
maillog_file_prefixes = {path}
mail_owner = postfix
setgid_group = postdrop
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mail.example.net
mydestination =
alias_maps =
local_header_rewrite_clients =
virtual_mailbox_domains = static:all
virtual_mailbox_base = {path}/mail
virtual_mailbox_maps = static:inbox/
virtual_uid_maps = static:{NOBODY}
virtual_gid_maps = static:{NOBODY}
smtpd_recipient_restrictions = check_recipient_access inline:{{ {{ {REFUSED} = REJECT no such person }}, {{ {DEFERRED} = DEFER mailbox full }} }}
smtpd_tls_cert_file = {path}/server.pem
smtpd_tls_auth_only = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = inet:127.0.0.1:{auth}
smtpd_delay_reject = no
"
    )
}

fn master_cf(relay: u16, submission: u16, submissions: u16) -> String {
    let signed_in = "-o smtpd_sasl_auth_enable=yes -o smtpd_client_restrictions= \
                     -o smtpd_sender_restrictions=permit_sasl_authenticated,reject";
    format!(
        "{relay} inet n - n - - smtpd
{submission} inet n - n - - smtpd -o smtpd_tls_security_level=encrypt {signed_in}
{submissions} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes {signed_in}
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"
    )
}
