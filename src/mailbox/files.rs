//! Mail that lies in files: mbox files, Maildirs, folders of single messages, and single messages, as
//! `complaintsd import` is given them. Nothing is changed; whatever is not read is named.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::error::brief;
use super::mbox::{Mbox, is_mbox};
use super::{BATCH_BYTES, BATCH_MESSAGES};

/// A larger message is named and left where it is.
const LARGEST: u64 = 512 * 1024 * 1024;

/// When a message arrived, as far as files know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receipt {
    /// The date of its separator line in an mbox.
    pub delivered_at: Option<Timestamp>,
    /// When its file was last written: for an mbox that may be long afterwards.
    pub modified_at: Option<Timestamp>,
}

/// A message in a file.
#[derive(Debug)]
pub struct Found {
    /// Where, for people.
    pub place: String,
    /// When it arrived.
    pub receipt: Receipt,
    /// The message, untouched.
    pub bytes: Vec<u8>,
}

/// Messages in files, read one after another.
#[derive(Debug, Default)]
pub struct MailFiles {
    waiting: VecDeque<Waiting>,
    open: Option<OpenMbox>,
    left_out: Vec<String>,
    bytes: u64,
    read: u64,
}

#[derive(Debug)]
struct Waiting {
    path: PathBuf,
    size: u64,
    kind: Kind,
}

/// What a file may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// One message, whatever it looks like: it is in a Maildir.
    Message,
    /// An mbox or one message; the user has named it.
    Named,
    /// An mbox, or one message if its name says so.
    InFolder,
}

#[derive(Debug)]
struct OpenMbox {
    mbox: Mbox<BufReader<File>>,
    path: PathBuf,
    size: u64,
    modified_at: Option<Timestamp>,
    /// How many messages have been read of it, and how many bytes.
    number: usize,
    read: u64,
}

impl MailFiles {
    /// Looks what there is to read below these paths.
    #[must_use]
    pub fn below(paths: &[PathBuf]) -> Self {
        let mut files = Self::default();
        for path in paths {
            match fs::metadata(path) {
                Ok(facts) if facts.is_dir() => files.look_into(path),
                Ok(facts) if facts.is_file() => files.add(path.clone(), facts.len(), Kind::Named),
                Ok(_) => files.leave_out(path, "it is neither a file nor a folder"),
                Err(error) => files.leave_out(path, &unreadable(&error)),
            }
        }
        files.bytes = files.waiting.iter().map(|file| file.size).sum();
        files
    }

    /// How many bytes there are to read, and how many have been.
    #[must_use]
    pub fn progress(&self) -> (u64, u64) {
        (self.bytes, self.read)
    }

    /// Names of files that were not read, each with the reason, since the last call.
    pub fn left_out(&mut self) -> Vec<String> {
        std::mem::take(&mut self.left_out)
    }

    /// The next messages; empty when there are no more. Blocks while it reads.
    pub fn next_batch(&mut self) -> Vec<Found> {
        let (mut batch, mut total) = (Vec::new(), 0_u64);
        while batch.len() < BATCH_MESSAGES && total < BATCH_BYTES {
            let Some(found) = self.next() else { break };
            total = total.saturating_add(u64::try_from(found.bytes.len()).unwrap_or(u64::MAX));
            batch.push(found);
        }
        batch
    }

    fn leave_out(&mut self, path: &Path, why: &str) {
        self.left_out.push(format!("{}: {why}", path.display()));
    }

    fn add(&mut self, path: PathBuf, size: u64, kind: Kind) {
        self.waiting.push_back(Waiting { path, size, kind });
    }

    /// A Maildir with its subfolders, or a folder of files and folders. Links are not followed: they
    /// could lead in a circle.
    fn look_into(&mut self, folder: &Path) {
        let is_maildir = folder.join("cur").is_dir() && folder.join("new").is_dir();
        let read = fs::read_dir(folder).and_then(|entries| entries.collect::<io::Result<Vec<_>>>());
        let mut entries = match read {
            Ok(entries) => entries,
            Err(error) => return self.leave_out(folder, &unreadable(&error)),
        };
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let (path, name) = (entry.path(), entry.file_name());
            let hidden = name.as_encoded_bytes().starts_with(b".");
            let facts = match entry.metadata() {
                Ok(facts) => facts,
                Err(error) => {
                    self.leave_out(&path, &unreadable(&error));
                    continue;
                }
            };
            if facts.is_dir() && is_maildir && ["new", "cur"].iter().any(|part| name == *part) {
                self.look_into_maildir(&path);
            } else if facts.is_dir() && !(is_maildir && name == "tmp") {
                self.look_into(&path);
            } else if facts.is_file() && !hidden && !is_maildir {
                self.add(path, facts.len(), Kind::InFolder);
            } else if facts.is_file() && is_maildir {
                if !["dovecot", "maildir", "subscriptions"].iter().any(|own| name.to_string_lossy().starts_with(own)) {
                    self.leave_out(&path, "it stands beside the folders of a Maildir");
                }
            } else if facts.is_file() {
                self.leave_out(&path, "its name begins with a dot");
            } else if !facts.is_dir() {
                self.leave_out(&path, "it is neither a file nor a folder");
            }
        }
    }

    fn look_into_maildir(&mut self, folder: &Path) {
        let read = fs::read_dir(folder).and_then(|entries| entries.collect::<io::Result<Vec<_>>>());
        let mut paths: Vec<PathBuf> = match read {
            Ok(entries) => entries.iter().map(fs::DirEntry::path).collect(),
            Err(error) => return self.leave_out(folder, &unreadable(&error)),
        };
        paths.sort();
        for path in paths {
            let hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
            match fs::symlink_metadata(&path) {
                Ok(facts) if facts.is_file() && !hidden => self.add(path, facts.len(), Kind::Message),
                Ok(facts) if facts.is_file() => {}
                Ok(_) => self.leave_out(&path, "it is not a message's file"),
                Err(error) => self.leave_out(&path, &unreadable(&error)),
            }
        }
    }

    fn next(&mut self) -> Option<Found> {
        loop {
            if let Some(found) = self.next_of_mbox() {
                return Some(found);
            }
            let file = self.waiting.pop_front()?;
            match self.open(&file) {
                Ok(Some(found)) => return Some(found),
                Ok(None) => {}
                Err(error) => {
                    self.read = self.read.saturating_add(file.size);
                    self.leave_out(&file.path, &unreadable(&error));
                }
            }
        }
    }

    /// Opens a file: a single message is handed out, an mbox is kept open.
    fn open(&mut self, file: &Waiting) -> io::Result<Option<Found>> {
        let mut reader = BufReader::with_capacity(64 * 1024, File::open(&file.path)?);
        let modified = reader.get_ref().metadata()?.modified();
        let modified_at = modified.ok().and_then(|at| Timestamp::try_from(at).ok());
        let beginning = reader.fill_buf()?;
        let named_message = || file.path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("eml"));
        if file.kind != Kind::Message && is_mbox(beginning) {
            let mbox = Mbox::new(reader, LARGEST);
            self.open =
                Some(OpenMbox { mbox, path: file.path.clone(), size: file.size, modified_at, number: 0, read: 0 });
            return Ok(None);
        }
        self.read = self.read.saturating_add(file.size);
        let why = if beginning.is_empty() {
            "the file is empty"
        } else if file.kind == Kind::InFolder && !named_message() {
            "it is neither an mbox nor named .eml; name it by itself if it is a message"
        } else if file.size > LARGEST {
            "it is larger than 512 MiB"
        } else {
            let bytes = fs::read(&file.path)?;
            let receipt = Receipt { delivered_at: None, modified_at };
            return Ok(Some(Found { place: file.path.display().to_string(), receipt, bytes }));
        };
        self.leave_out(&file.path, why);
        Ok(None)
    }

    fn next_of_mbox(&mut self) -> Option<Found> {
        loop {
            let open = self.open.as_mut()?;
            let read = open.mbox.next();
            let message = match read {
                Some(Ok(message)) => message,
                ended => {
                    let OpenMbox { path, size, read, .. } = self.open.take()?;
                    self.read = self.read.saturating_add(size.saturating_sub(read));
                    if let Some(Err(error)) = ended {
                        self.leave_out(&path, &format!("its end {}", unreadable(&error)));
                    }
                    return None;
                }
            };
            open.number += 1;
            open.read = open.read.saturating_add(message.size).min(open.size);
            self.read = self.read.saturating_add(message.size).min(self.bytes);
            let place = format!("{}, message {}", open.path.display(), open.number);
            if message.size > LARGEST {
                self.left_out.push(format!("{place}: it is larger than 512 MiB"));
                continue;
            }
            let receipt = Receipt { delivered_at: message.delivered_at, modified_at: open.modified_at };
            return Some(Found { place, receipt, bytes: message.bytes });
        }
    }
}

fn unreadable(error: &io::Error) -> String {
    format!("cannot be read ({})", brief(&error.to_string()))
}
