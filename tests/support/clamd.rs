//! A real clamd with one signature of its own, EICAR's test file, and no other: it needs no network.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use complaintsd::scanner::{ClamdPlace, Scanner};
use tempfile::TempDir;

use super::packages;
use super::patience::{PATIENCE, within};

/// The file that every virus scanner finds, and which harms nobody. In two pieces, so that a scanner
/// does not find it here.
pub fn eicar() -> Vec<u8> {
    [r"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-", "STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"].concat().into_bytes()
}

/// A running clamd. It takes no more than 1 MB at a time.
pub struct Clamd {
    folder: TempDir,
    process: Child,
}

impl Clamd {
    pub async fn start() -> Self {
        packages::need(&["clamav-daemon"]);
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name).display().to_string();
        std::fs::create_dir(folder.path().join("signatures")).unwrap();
        let signature = "44d88612fea8a8f36de82e1278abb02f:68:Eicar-Test\n";
        std::fs::write(folder.path().join("signatures/test.hdb"), signature).unwrap();
        let config = format!(
            "LocalSocket {}\nDatabaseDirectory {}\nLogFile {}\nForeground yes\nStreamMaxLength 1M\nMaxThreads 2\n",
            at("clamd.ctl"),
            at("signatures"),
            at("log"),
        );
        std::fs::write(folder.path().join("clamd.conf"), config).unwrap();
        let process = Command::new("/usr/sbin/clamd")
            .arg(format!("--config-file={}", at("clamd.conf")))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let clamd = Self { folder, process };
        let scanner = clamd.scanner();
        within(PATIENCE, "clamd", async || scanner.probe().await.ok()).await;
        clamd
    }

    pub fn socket(&self) -> PathBuf {
        self.folder.path().join("clamd.ctl")
    }

    pub fn scanner(&self) -> Scanner {
        Scanner { place: ClamdPlace::Unix(self.socket()), patience: Duration::from_secs(20) }
    }

    pub fn stop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Drop for Clamd {
    fn drop(&mut self) {
        self.stop();
    }
}
