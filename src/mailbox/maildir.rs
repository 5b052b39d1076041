//! Mail from a Maildir: whole files in `new/` and `cur/`, never `tmp/`.
//!
//! A message is its unique name, whatever flags and folder other programs give it meanwhile. Its
//! receipt is the file's modification time, since a Maildir keeps no INTERNALDATE. A file that grows
//! while it is read waits for the next pass, and one that has changed since is handed out again.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::ffi::OsStr;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use async_trait::async_trait;
use jiff::Timestamp;

use super::error::{MailboxError, MailboxFault, brief};
use super::{
    BATCH_BYTES, BATCH_MESSAGES, Batch, Epoch, Facts, Fetched, Folder, Identity, MailSource, Opened, Places, Position,
    Scope, TooLarge,
};
use crate::domain::contact::Intake;

/// Where a Maildir is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MaildirSettings {
    /// The mailbox's name in configuration and ledger.
    pub name: String,
    /// The folder that holds `new`, `cur` and `tmp`.
    pub path: PathBuf,
    /// Of a message above this size, in bytes, only the beginning is read.
    pub max_message_size: u64,
}

/// A Maildir. A stored message moves from `new/` to `cur/` with no flags: it is no longer new to
/// mail programs, and not yet read by anybody.
#[derive(Debug)]
pub struct MaildirSource {
    settings: MaildirSettings,
    /// What stood there at the last listing.
    listed: BTreeMap<String, Listed>,
    opened_before: bool,
    pass: Pass,
}

#[derive(Debug, Default)]
struct Pass {
    /// What is still to read, newest first.
    left: Vec<Listed>,
    /// The first file that could not be read: told at the end, so that the others are not held up.
    unreadable: Option<MailboxFault>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Listed {
    name: String,
    path: PathBuf,
    modified: SystemTime,
    size: u64,
}

/// What happened to the files of a batch.
#[derive(Debug, Default)]
struct Taken {
    batch: Batch,
    unreadable: Option<MailboxFault>,
}

impl MaildirSource {
    /// A source for this Maildir.
    #[must_use]
    pub fn new(settings: MaildirSettings) -> Self {
        Self { settings, listed: BTreeMap::new(), opened_before: false, pass: Pass::default() }
    }

    fn error(&self, fault: MailboxFault) -> MailboxError {
        let MaildirSettings { name, path, .. } = &self.settings;
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

    async fn folders(&mut self) -> Result<Vec<Folder>, MailboxError> {
        Ok(vec![Folder { name: String::new(), intake: Intake::Inbox }])
    }

    async fn open(&mut self, _folder: &Folder) -> Result<Opened, MailboxError> {
        self.pass = Pass::default();
        let Files { others, .. } = self.blocking(files).await?;
        let problem = others.first().map(|first| {
            format!(
                "mailbox '{}': {} ({} such) is neither a message's file nor hidden, so it is not read: complaints must \
                 be whole files; remove it, or put the message itself there",
                self.settings.name,
                first.display(),
                others.len()
            )
        });
        Ok(Opened {
            epoch: Epoch { folder: String::new(), uid_validity: 0 },
            identity: Identity::Name,
            uid_next: None,
            fresh: !std::mem::replace(&mut self.opened_before, true),
            problem,
        })
    }

    async fn list(&mut self, scope: Scope) -> Result<Places, MailboxError> {
        let listed = self.blocking(|path| Ok(list(files(path)?.messages))).await?;
        let before = std::mem::replace(&mut self.listed, listed);
        let is_news = |name: &String, file: &Listed| {
            let same = |known: &Listed| (known.modified, known.size) == (file.modified, file.size);
            scope == Scope::All || !before.get(name).is_some_and(same)
        };
        let news = self.listed.iter().filter(|(name, file)| is_news(name, file));
        Ok(Places { names: news.map(|(name, _)| name.clone()).collect(), ..Places::default() })
    }

    async fn facts(&mut self, of: &Places) -> Result<Vec<Facts>, MailboxError> {
        let listed = of.names.iter().filter_map(|name| self.listed.get(name));
        let facts = |file: &Listed| Facts {
            uid: 0,
            name: file.name.clone(),
            internal_date: instant(file.modified),
            size: Some(file.size),
        };
        Ok(listed.map(facts).collect())
    }

    fn want(&mut self, wanted: Places) {
        let mut left: Vec<Listed> = wanted.names.iter().filter_map(|name| self.listed.get(name)).cloned().collect();
        left.sort_by(|a, b| (b.modified, &b.name).cmp(&(a.modified, &a.name)));
        self.pass = Pass { left, unreadable: None };
    }

    async fn next_batch(&mut self) -> Result<Batch, MailboxError> {
        let wanted = take_batch(&mut self.pass.left);
        if wanted.is_empty() {
            return self.pass.unreadable.take().map_or(Ok(Batch::default()), |fault| Err(self.error(fault)));
        }
        let limit = self.settings.max_message_size;
        let Taken { batch, unreadable } = self.blocking(move |path| Ok(read_batch(path, wanted, limit))).await?;
        // What was not read now is news at the next listing.
        for name in &batch.withheld.names {
            self.listed.remove(name);
        }
        self.pass.unreadable = self.pass.unreadable.take().or(unreadable);
        Ok(batch)
    }

    async fn mark_stored(&mut self, positions: &[Position]) -> Result<(), MailboxError> {
        let names: Vec<String> = positions.iter().map(|position| position.name.clone()).collect();
        self.blocking(move |path| names.iter().try_for_each(|name| mark(path, name))).await
    }

    async fn close(&mut self) {
        // The next pass compares everything: this one may have been left early.
        self.opened_before = false;
    }
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

/// What is read of a message that is too large, in bytes.
const BEGINNING: u64 = 256 * 1024;

/// What stands in a Maildir: messages by their names, and what is neither a message's file nor hidden.
struct Files {
    messages: Vec<(String, PathBuf)>,
    others: Vec<PathBuf>,
}

/// Looks into `new` and `cur`. Hidden files and folders are no messages.
fn files(maildir: &Path) -> Result<Files, MailboxFault> {
    let mut files = Files { messages: Vec::new(), others: Vec::new() };
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
            if file_name.starts_with('.') {
                continue;
            }
            // The entry's own kind: a link could lead anywhere, and a pipe would keep us waiting.
            match entry.file_type() {
                Ok(kind) if !kind.is_file() => files.others.push(entry.path()),
                _ => files.messages.push((unique(&file_name).to_owned(), entry.path())),
            }
        }
    }
    Ok(files)
}

/// These messages with their date and size, each once.
fn list(found: Vec<(String, PathBuf)>) -> BTreeMap<String, Listed> {
    let mut listed: BTreeMap<String, Listed> = BTreeMap::new();
    for (name, path) in found {
        if let Entry::Vacant(place) = listed.entry(name.clone()) {
            // A file that is renamed at this moment is found again by its name when it is read.
            let facts = fs::symlink_metadata(&path).ok();
            let modified = facts.as_ref().and_then(|facts| facts.modified().ok()).unwrap_or(SystemTime::UNIX_EPOCH);
            place.insert(Listed { name, path, modified, size: facts.map_or(0, |facts| facts.len()) });
        }
    }
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

fn read_batch(maildir: &Path, wanted: Vec<Listed>, limit: u64) -> Taken {
    let mut taken = Taken::default();
    for file in wanted {
        match read(maildir, &file, limit) {
            Ok(Content::There { modified, bytes, too_large }) => {
                let position = Position { folder: String::new(), uid_validity: 0, uid: 0, name: file.name };
                taken.batch.messages.push(Fetched { position, internal_date: instant(modified), bytes, too_large });
            }
            Ok(Content::Growing) => taken.batch.withheld.insert(0, &file.name),
            Ok(Content::Gone) => taken.batch.vanished.insert(0, &file.name),
            Err(error) => {
                taken.batch.withheld.insert(0, &file.name);
                taken.unreadable.get_or_insert(MailboxFault::Files {
                    what: format!("its file {}", file.path.display()),
                    reason: brief(&error.to_string()),
                    remedy: "give this service the right to read it",
                });
            }
        }
    }
    taken
}

/// What reading a message's file brought.
enum Content {
    There {
        modified: SystemTime,
        bytes: Vec<u8>,
        too_large: Option<TooLarge>,
    },
    /// Somebody is writing it.
    Growing,
    Gone,
}

/// Reads a message, wherever another program has moved it meanwhile.
fn read(maildir: &Path, file: &Listed, limit: u64) -> io::Result<Content> {
    let mut path = file.path.clone();
    for _attempt in 0..3 {
        match read_file(&path, limit) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => match find(maildir, &file.name) {
                Some(moved) => path = moved,
                None => return Ok(Content::Gone),
            },
            read => return read,
        }
    }
    // Somebody renames it as fast as we look: it is there, and the next pass may have more luck.
    Err(io::Error::from(io::ErrorKind::ResourceBusy))
}

fn read_file(path: &Path, limit: u64) -> io::Result<Content> {
    let before = fs::symlink_metadata(path)?;
    if !before.is_file() {
        return Err(io::Error::other("it is no longer a file"));
    }
    let size = before.len();
    let is_too_large = size > limit;
    let wanted = if is_too_large { BEGINNING.min(size) } else { size };
    let mut bytes = Vec::new();
    // One byte more than expected shows that the file grows.
    let most = if is_too_large { wanted } else { wanted.saturating_add(1) };
    fs::File::open(path)?.take(most).read_to_end(&mut bytes)?;
    let after = fs::symlink_metadata(path)?;
    let read = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    let modified = after.modified()?;
    if read != wanted || after.len() != size || before.modified()? != modified {
        return Ok(Content::Growing);
    }
    let too_large = is_too_large.then(|| TooLarge { size: Some(size), limit, parts: Vec::new() });
    Ok(Content::There { modified, bytes, too_large })
}

fn find(maildir: &Path, name: &str) -> Option<PathBuf> {
    files(maildir).ok()?.messages.into_iter().find(|(found, _)| found == name).map(|(_, path)| path)
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
