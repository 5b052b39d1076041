//! A mail server in the test's own memory, which numbers its messages as the test wants: for what no
//! real server does on demand. It misbehaves only in its numbering.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
use complaintsd::domain::contact::Intake;
use complaintsd::mailbox::{
    Batch, Epoch, Facts, Fetched, Folder, Identity, MailSource, MailboxError, MailboxFault, Opened, Places, Position,
    Scope,
};
use jiff::Timestamp;

/// A folder as it stands now.
#[derive(Clone, Default)]
pub struct Shelf {
    pub uid_validity: u32,
    pub uid_next: u32,
    pub messages: BTreeMap<u32, (Timestamp, Vec<u8>)>,
    /// Listed and not handed out.
    pub withheld: BTreeSet<u32>,
    /// Listed, and gone when it is asked for.
    pub vanishing: BTreeSet<u32>,
}

impl Shelf {
    /// Puts a message in; its UID.
    pub fn deliver(&mut self, at: Timestamp, bytes: &[u8]) -> u32 {
        let uid = self.uid_next.max(1);
        self.messages.insert(uid, (at, bytes.to_vec()));
        self.uid_next = uid + 1;
        uid
    }
}

/// The server. Clones are connections to the same one.
#[derive(Clone)]
pub struct MailServer {
    boxes: Arc<Mutex<BTreeMap<String, Shelf>>>,
    opened: BTreeSet<String>,
    folder: String,
    wanted: Vec<u32>,
    /// Which messages were fetched, in all.
    pub fetched: Arc<Mutex<Vec<u32>>>,
    /// The positions that were marked.
    pub marked: Arc<Mutex<Vec<Position>>>,
    /// Marking ends the connection.
    pub breaks: Arc<AtomicBool>,
}

impl MailServer {
    /// A server with an empty INBOX.
    pub fn new() -> Self {
        let inbox = Shelf { uid_validity: 9, uid_next: 1, ..Shelf::default() };
        Self {
            boxes: Arc::new(Mutex::new([("INBOX".to_owned(), inbox)].into())),
            opened: BTreeSet::new(),
            folder: String::new(),
            wanted: Vec::new(),
            fetched: Arc::default(),
            marked: Arc::default(),
            breaks: Arc::default(),
        }
    }

    /// Its folders, to be changed. `Junk` is read as junk when it is there.
    pub fn boxes(&self) -> MutexGuard<'_, BTreeMap<String, Shelf>> {
        self.boxes.lock().unwrap()
    }

    /// Changes the INBOX.
    pub fn inbox<T>(&self, change: impl FnOnce(&mut Shelf) -> T) -> T {
        change(self.boxes().get_mut("INBOX").unwrap())
    }

    fn open_box(&self) -> Shelf {
        self.boxes().get(&self.folder).cloned().unwrap_or_default()
    }
}

#[async_trait]
impl MailSource for MailServer {
    fn name(&self) -> &str {
        "complaints"
    }

    async fn folders(&mut self) -> Result<Vec<Folder>, MailboxError> {
        let mut folders = vec![Folder { name: "INBOX".to_owned(), intake: Intake::Inbox }];
        if self.boxes().contains_key("Junk") {
            folders.push(Folder { name: "Junk".to_owned(), intake: Intake::Junk });
        }
        Ok(folders)
    }

    async fn open(&mut self, folder: &Folder) -> Result<Opened, MailboxError> {
        let Some(found) = self.boxes().get(&folder.name).cloned() else {
            let fault = MailboxFault::NoFolder { folder: folder.name.clone(), reason: "gone".to_owned() };
            return Err(MailboxError { mailbox: "complaints".to_owned(), place: "memory".to_owned(), fault });
        };
        self.folder.clone_from(&folder.name);
        let Shelf { uid_validity, uid_next, .. } = found;
        Ok(Opened {
            epoch: Epoch { folder: folder.name.clone(), uid_validity },
            identity: if uid_validity == 0 { Identity::UnsureUid } else { Identity::Uid },
            uid_next: Some(uid_next),
            fresh: self.opened.insert(folder.name.clone()),
            problem: (uid_validity == 0).then(|| "it gives no UIDVALIDITY".to_owned()),
        })
    }

    async fn list(&mut self, scope: Scope) -> Result<Places, MailboxError> {
        let above = if let Scope::Above(uid) = scope { uid } else { 0 };
        let uids = self.open_box().messages.keys().copied().filter(|uid| *uid > above).collect();
        Ok(Places { uids, ..Places::default() })
    }

    async fn facts(&mut self, of: &Places) -> Result<Vec<Facts>, MailboxError> {
        let facts = |(uid, (at, bytes)): (u32, (Timestamp, Vec<u8>))| {
            let size = Some(u64::try_from(bytes.len()).unwrap());
            Facts { uid, name: String::new(), internal_date: Some(at), size }
        };
        Ok(self.open_box().messages.into_iter().filter(|(uid, _)| of.uids.contains(uid)).map(facts).collect())
    }

    fn want(&mut self, wanted: Places) {
        self.wanted = wanted.uids.into_iter().collect();
    }

    async fn next_batch(&mut self) -> Result<Batch, MailboxError> {
        let wanted: Vec<u32> = self.wanted.drain(..self.wanted.len().min(2)).collect();
        let open = self.open_box();
        let mut batch = Batch::default();
        for uid in wanted {
            match open.messages.get(&uid) {
                _ if open.withheld.contains(&uid) => batch.withheld.insert(uid, ""),
                Some((at, bytes)) if !open.vanishing.contains(&uid) => {
                    self.fetched.lock().unwrap().push(uid);
                    let (folder, uid_validity) = (self.folder.clone(), open.uid_validity);
                    let position = Position { folder, uid_validity, uid, name: String::new() };
                    let (internal_date, bytes) = (Some(*at), bytes.clone());
                    batch.messages.push(Fetched { position, internal_date, bytes, too_large: None });
                }
                _ => batch.vanished.insert(uid, ""),
            }
        }
        Ok(batch)
    }

    async fn mark_stored(&mut self, positions: &[Position]) -> Result<(), MailboxError> {
        if self.breaks.load(Ordering::SeqCst) {
            let fault = MailboxFault::Lost { doing: "mark messages", reason: "the test cut it".to_owned() };
            return Err(MailboxError { mailbox: "complaints".to_owned(), place: "memory".to_owned(), fault });
        }
        self.marked.lock().unwrap().extend_from_slice(positions);
        Ok(())
    }

    async fn close(&mut self) {
        self.opened.clear();
    }
}
