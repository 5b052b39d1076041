//! Debian packages that tests need: installed when root, named in one line otherwise.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Mutex;

static APT: Mutex<()> = Mutex::new(());

/// Programs and the Debian package each comes from.
const PROGRAMS: [(&str, &str, &str); 12] = [
    ("dovecot-imapd", "/usr/lib/dovecot/imap", "Dovecot's IMAP server"),
    ("postfix", "/usr/sbin/postfix", "Postfix"),
    ("clamav-daemon", "/usr/sbin/clamd", "ClamAV's daemon"),
    ("chromium", "/usr/bin/chromium", "Chromium"),
    ("chromium-driver", "/usr/bin/chromedriver", "ChromeDriver"),
    ("isync", "/usr/bin/mbsync", "mbsync"),
    ("faketime", "/usr/bin/faketime", "faketime"),
    ("postgresql", "/usr/lib/postgresql", "PostgreSQL"),
    ("strace", "/usr/bin/strace", "strace"),
    ("systemd", "/usr/bin/systemd-analyze", "systemd-analyze"),
    ("poppler-utils", "/usr/bin/pdfinfo", "pdfinfo and pdftotext"),
    ("qpdf", "/usr/bin/qpdf", "qpdf"),
];

/// Makes sure that these packages are there; never skips.
///
/// # Panics
/// In one line that says what to install, when a package is missing and cannot be installed.
pub fn need(packages: &[&str]) {
    let _one_at_a_time = APT.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let present = |package: &str| {
        PROGRAMS.iter().find(|(name, ..)| *name == package).is_some_and(|(_, path, _)| Path::new(path).exists())
    };
    let missing: Vec<&str> = packages.iter().copied().filter(|package| !present(package)).collect();
    if missing.is_empty() {
        return;
    }
    let apt = |arguments: &[&str]| {
        Command::new("apt-get")
            .args(arguments)
            .env("DEBIAN_FRONTEND", "noninteractive")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    };
    apt(&["update"]);
    let mut arguments = vec!["install", "-y", "--no-install-recommends"];
    arguments.extend(&missing);
    apt(&arguments);
    let still: Vec<&str> = missing.into_iter().filter(|package| !present(package)).collect();
    assert!(still.is_empty(), "these tests need Debian packages: run as root `apt-get install {}`", still.join(" "));
}
