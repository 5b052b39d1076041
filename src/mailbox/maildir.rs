//! Mail from a Maildir: whole files in `new/` and `cur/`, never `tmp/`.
//!
//! A message is its unique name, whatever flags and folder other programs give it meanwhile. Its
//! receipt is the file's modification time, since a Maildir keeps no INTERNALDATE.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use async_trait::async_trait;
use jiff::Timestamp;

use super::error::{MailboxError, MailboxFault, brief};
use super::{BATCH_BYTES, BATCH_MESSAGES, Epoch, Fetched, Known, MailSource, Opened, Position};

/// Where a Maildir is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MaildirSettings {
    /// The mailbox's name in configuration and ledger.
    pub name: String,
    /// The folder that holds `new`, `cur` and `tmp`.
    pub path: PathBuf,
}

/// A Maildir. A stored message moves from `new/` to `cur/` with no flags: it is no longer new to
/// mail programs, and not yet read by anybody.
#[derive(Debug)]
pub struct MaildirSource {
    settings: MaildirSettings,
    pass: Pass,
}

#[derive(Debug, Default)]
struct Pass {
    /// What is still to read, newest first; `None` until the folder was listed.
    left: Option<Vec<Listed>>,
    /// The first file that could not be read: told at the end, so that the others are not held up.
    unreadable: Option<MailboxFault>,
}

#[derive(Debug)]
struct Listed {
    name: String,
    path: PathBuf,
    modified: SystemTime,
    size: u64,
}

impl MaildirSource {
    /// A source for this Maildir.
    #[must_use]
    pub fn new(settings: MaildirSettings) -> Self {
        Self { settings, pass: Pass::default() }
    }

    fn error(&self, fault: MailboxFault) -> MailboxError {
        let MaildirSettings { name, path } = &self.settings;
        MailboxError { mailbox: name.clone(), place: path.display().to_string(), fault }
    }

    /// Runs file work where it may block.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Path) -> Result<T, MailboxFault> + Send + 'static,
    ) -> Result<T, MailboxError> {
        let path = self.settings.path.clone();
        let done = tokio::task::spawn_blocking(move || work(&path)).await;
        done.map_err(|_| MailboxFault::Lost { doing: "read files", reason: "the work was stopped".to_owned() })
            .and_then(|result| result)
            .map_err(|fault| self.error(fault))
    }
}

#[async_trait]
impl MailSource for MaildirSource {
    fn name(&self) -> &str {
        &self.settings.name
    }

    async fn open(&mut self) -> Result<Opened, MailboxError> {
        self.pass = Pass::default();
        self.blocking(|path| files(path).map(drop)).await?;
        Ok(Opened { epoch: Epoch { folder: String::new(), uid_validity: 0 }, problem: None })
    }

    async fn next_batch(&mut self, known: &Known) -> Result<Vec<Fetched>, MailboxError> {
        let mut left = match self.pass.left.take() {
            Some(left) => left,
            None => {
                let mut found = self.blocking(files).await?;
                found.retain(|(name, _)| !known.names.contains(name));
                self.blocking(move |_| Ok(list(found))).await?
            }
        };
        loop {
            let wanted = take_batch(&mut left);
            if wanted.is_empty() {
                self.pass.left = Some(left);
                return self.pass.unreadable.take().map_or(Ok(Vec::new()), |fault| Err(self.error(fault)));
            }
            let name = self.settings.name.clone();
            let (batch, unreadable) = self.blocking(move |path| Ok(read_batch(&name, path, wanted))).await?;
            self.pass.unreadable = self.pass.unreadable.take().or(unreadable);
            if !batch.is_empty() {
                self.pass.left = Some(left);
                return Ok(batch);
            }
        }
    }

    async fn mark_stored(&mut self, positions: &[Position]) -> Result<(), MailboxError> {
        let names: Vec<String> = positions.iter().map(|position| position.name.clone()).collect();
        self.blocking(move |path| names.iter().try_for_each(|name| mark(path, name))).await
    }

    async fn close(&mut self) {}
}

/// The unique part of a file's name: without `:2,` and the flags behind it.
fn unique(file_name: &str) -> &str {
    file_name.split_once(":2,").map_or(file_name, |(unique, _flags)| unique)
}

/// A file's name as text. One that is no text is written out byte by byte, so that no two names become
/// the same; such a message is known by that and stays in `new`.
fn text_of(name: &OsStr) -> String {
    name.to_str().map_or_else(|| name.as_encoded_bytes().escape_ascii().to_string(), ToOwned::to_owned)
}

/// All messages' names and paths. Hidden files and folders are no messages.
fn files(maildir: &Path) -> Result<Vec<(String, PathBuf)>, MailboxFault> {
    let mut found = Vec::new();
    // `new` first: what is moved to `cur` meanwhile is then seen twice, and never missed.
    for folder in ["new", "cur"] {
        let folder = maildir.join(folder);
        let unusable = |error: io::Error| MailboxFault::Files {
            what: format!("its folder {}", folder.display()),
            reason: brief(&error.to_string()),
            remedy: "check that path names a Maildir with new, cur and tmp that this service may read and write",
        };
        for entry in fs::read_dir(&folder).map_err(unusable)? {
            let entry = entry.map_err(unusable)?;
            let file_name = text_of(&entry.file_name());
            if !file_name.starts_with('.') && entry.file_type().is_ok_and(|kind| kind.is_file()) {
                found.push((unique(&file_name).to_owned(), entry.path()));
            }
        }
    }
    Ok(found)
}

/// These messages with their date and size, newest first, each once.
fn list(found: Vec<(String, PathBuf)>) -> Vec<Listed> {
    let mut listed: BTreeMap<String, Listed> = BTreeMap::new();
    for (name, path) in found {
        if let Entry::Vacant(place) = listed.entry(name.clone()) {
            // A file that is renamed at this moment is found again by its name when it is read.
            let facts = fs::metadata(&path).ok();
            let modified = facts.as_ref().and_then(|facts| facts.modified().ok()).unwrap_or(SystemTime::UNIX_EPOCH);
            place.insert(Listed { name, path, modified, size: facts.map_or(0, |facts| facts.len()) });
        }
    }
    let mut listed: Vec<Listed> = listed.into_values().collect();
    listed.sort_by(|a, b| (b.modified, &b.name).cmp(&(a.modified, &a.name)));
    listed
}

fn take_batch(left: &mut Vec<Listed>) -> Vec<Listed> {
    let (mut batch, mut total) = (Vec::new(), 0_u64);
    while let Some(next) = left.pop_if(|next| {
        total = total.saturating_add(next.size);
        batch.is_empty() || (batch.len() < BATCH_MESSAGES && total <= BATCH_BYTES)
    }) {
        batch.push(next);
    }
    batch
}

fn read_batch(mailbox: &str, maildir: &Path, wanted: Vec<Listed>) -> (Vec<Fetched>, Option<MailboxFault>) {
    let (mut batch, mut unreadable) = (Vec::new(), None);
    for file in wanted {
        match read(maildir, &file) {
            Ok(Some((modified, bytes))) => {
                let position = Position { folder: String::new(), uid_validity: 0, uid: 0, name: file.name };
                batch.push(Fetched { position, internal_date: instant(modified), bytes, too_large: None });
            }
            Ok(None) => tracing::warn!(mailbox, "a message vanished before it was read"),
            Err(error) => {
                unreadable.get_or_insert(MailboxFault::Files {
                    what: format!("its file {}", file.path.display()),
                    reason: brief(&error.to_string()),
                    remedy: "give this service the right to read it",
                });
            }
        }
    }
    (batch, unreadable)
}

/// Reads a message, wherever another program has moved it meanwhile. `None`: it is gone.
fn read(maildir: &Path, file: &Listed) -> io::Result<Option<(SystemTime, Vec<u8>)>> {
    let mut path = file.path.clone();
    for _attempt in 0..3 {
        match fs::read(&path).and_then(|bytes| Ok((fs::metadata(&path)?.modified()?, bytes))) {
            Ok(read) => return Ok(Some(read)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => match find(maildir, &file.name) {
                Some(moved) => path = moved,
                None => return Ok(None),
            },
            Err(error) => return Err(error),
        }
    }
    // Somebody renames it as fast as we look: it is there, and the next pass may have more luck.
    Err(io::Error::from(io::ErrorKind::ResourceBusy))
}

fn find(maildir: &Path, name: &str) -> Option<PathBuf> {
    files(maildir).ok()?.into_iter().find(|(found, _)| found == name).map(|(_, path)| path)
}

/// To the microsecond, which is what the store keeps.
fn instant(time: SystemTime) -> Option<Timestamp> {
    let exact = Timestamp::try_from(time).ok()?;
    Timestamp::from_microsecond(exact.as_microsecond()).ok()
}

/// Moves a message from `new/` to `cur/`. One that another program has moved or removed is left alone.
fn mark(maildir: &Path, name: &str) -> Result<(), MailboxFault> {
    let (from, to) = (maildir.join("new").join(name), maildir.join("cur").join(format!("{name}:2,")));
    if to.exists() {
        return Ok(());
    }
    match fs::rename(&from, &to) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(MailboxFault::NotMarked {
            doing: format!("let a stored message be moved to {}", to.display()),
            reason: brief(&error.to_string()),
            remedy: "give this service the right to write to new and cur",
        }),
        _ => Ok(()),
    }
}
