//! The spool courier: a folder in place of a mail server, for the demo and for trying things out.
//!
//! Invariant: a file in the folder is a complete message, written once. The same message handed
//! over again changes nothing.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use jiff::fmt::rfc2822::DateTimeParser;
use jiff::tz::TimeZone;

use super::{Courier, CourierError, Envelope, may_travel};
use crate::domain::delivery::Handover;
use crate::domain::ids::Digest;

/// Writes each message to a file of its own.
#[derive(Debug, Clone)]
pub struct SpoolCourier {
    folder: PathBuf,
}

impl SpoolCourier {
    /// A courier for this folder, which is created at the first message.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    fn trouble(&self, error: &io::Error) -> String {
        format!("cannot write to the spool folder {}: {error}; check that it may be written to", self.folder.display())
    }
}

#[async_trait]
impl Courier for SpoolCourier {
    async fn hand_over(&self, _envelope: &Envelope, bytes: &[u8]) -> Handover {
        if !may_travel(bytes) {
            return Handover::PermanentFailure("the message is not ASCII with CRLF line ends".to_owned());
        }
        let name = file_name(bytes);
        let (folder, bytes) = (self.folder.clone(), bytes.to_vec());
        let accepted = Handover::Accepted(format!("written to {name}"));
        match tokio::task::spawn_blocking(move || write_once(&folder, &name, &bytes)).await {
            Ok(Ok(())) => accepted,
            Ok(Err(error)) => Handover::TemporaryFailure(self.trouble(&error)),
            Err(stopped) => Handover::TemporaryFailure(self.trouble(&io::Error::other(stopped))),
        }
    }

    async fn probe(&self) -> Result<String, CourierError> {
        let trial = self.folder.join(".probe");
        fs::create_dir_all(&self.folder)
            .and_then(|()| fs::write(&trial, b""))
            .and_then(|()| fs::remove_file(&trial))
            .map_err(|error| CourierError::Unavailable(self.trouble(&error)))?;
        Ok(format!("messages are written to {}", self.folder.display()))
    }
}

/// `20261122T090500Z-<Message-ID's digest>.eml`. Both come from the message itself, so the same
/// message has the same name.
fn file_name(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let field = |name: &str| {
        let mut headers = text.lines().take_while(|line| !line.is_empty());
        headers.find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        })
    };
    let written_at = field("Date").and_then(|date| DateTimeParser::new().parse_zoned(date).ok()).map_or_else(
        || "undated".to_owned(),
        |at| at.with_time_zone(TimeZone::UTC).strftime("%Y%m%dT%H%M%SZ").to_string(),
    );
    let digest = field("Message-ID").map_or_else(|| Digest::of(bytes), |id| Digest::of(id.as_bytes())).to_string();
    format!("{written_at}-{}.eml", digest.get(..16).unwrap_or(&digest))
}

/// Writes a file whole or not at all, and only if it is not there yet.
fn write_once(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let path = folder.join(name);
    if path.try_exists()? {
        return Ok(());
    }
    fs::create_dir_all(folder)?;
    let unfinished = folder.join(format!(".{name}.part"));
    let mut file = File::create(&unfinished)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&unfinished, &path)?;
    // The name is durable only once the folder is.
    File::open(folder)?.sync_all()
}
