//! Mail from folders on an IMAP server, by one connection that stays open between passes.
//!
//! What was asked for and did not come is asked for once more, and the server is asked whether it is
//! still there: a short answer is never taken for the end. After an error the connection is gone.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use async_trait::async_trait;
use imap_proto::{Capability, Response};
use jiff::Timestamp;

use super::error::{MailboxError, MailboxFault};
use super::imap_folder::Selected;
use super::imap_settings::{AfterStoring, ImapSettings};
use super::imap_text::{folder, message, uid_and_size, uid_set};
use super::imap_wire::{Answer, Wire};
use super::{BATCH_BYTES, BATCH_MESSAGES, Batch, Facts, Fetched, Folder, MailSource, Opened, Places, Position, Scope};
use crate::domain::contact::Intake;

/// A server slower than this, in bytes per second, is taken for dead while a message comes.
const SLOWEST: u64 = 16 * 1024;

/// Folders on an IMAP server. The connection stays open between passes.
#[derive(Debug)]
pub struct ImapSource {
    settings: ImapSettings,
    /// Taken out while in use, so that it is gone after an error and after a cancelled call.
    connection: Option<Connection>,
}

/// A connection, the folder that is selected, and what is still to fetch of it.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) wire: Wire,
    can_move: bool,
    can_uid_expunge: bool,
    pub(super) can_special_use: bool,
    /// The server's junk folders, once asked.
    pub(super) junk: Option<Vec<String>>,
    /// Every folder that was opened on this connection.
    pub(super) opened: BTreeSet<String>,
    pub(super) selected: Option<Selected>,
    /// UIDs still to fetch, ascending, with their size once asked.
    pub(super) left: VecDeque<(u32, Option<u64>)>,
}

impl ImapSource {
    /// A source that connects when it is first asked for its folders.
    #[must_use]
    pub fn new(settings: ImapSettings) -> Self {
        Self { settings, connection: None }
    }

    fn error(&self, fault: MailboxFault) -> MailboxError {
        let ImapSettings { name, host, port, .. } = &self.settings;
        MailboxError { mailbox: name.clone(), place: format!("{host}:{port}"), fault }
    }

    fn take(&mut self, doing: &'static str) -> Result<Connection, MailboxError> {
        self.connection
            .take()
            .ok_or_else(|| self.error(MailboxFault::Lost { doing, reason: "it is not open".to_owned() }))
    }

    /// The connection of the last pass, if it still answers, else a new one.
    async fn connected(&mut self) -> Result<Connection, MailboxFault> {
        if let Some(mut kept) = self.connection.take() {
            const DOING: &str = "answer";
            match kept.wire.command(DOING, "NOOP", Duration::ZERO, |_| {}).await.and_then(|said| said.done(DOING)) {
                Ok(()) => return Ok(kept),
                Err(fault) => {
                    tracing::debug!(mailbox.name = self.settings.name, error = %fault, "connecting again");
                }
            }
        }
        Connection::begin(&self.settings).await
    }
}

#[async_trait]
impl MailSource for ImapSource {
    fn name(&self) -> &str {
        &self.settings.name
    }

    async fn folders(&mut self) -> Result<Vec<Folder>, MailboxError> {
        let mut connection = self.connected().await.map_err(|fault| self.error(fault))?;
        let folders = connection.folders(&self.settings).await.map_err(|fault| self.error(fault))?;
        self.connection = Some(connection);
        Ok(folders)
    }

    async fn open(&mut self, folder: &Folder) -> Result<Opened, MailboxError> {
        let mut connection = self.take("open the folder")?;
        match connection.open(&self.settings, folder).await {
            Ok(opened) => {
                self.connection = Some(connection);
                Ok(opened)
            }
            Err(fault) => {
                // The connection is sound: the other folders can be read.
                if matches!(fault, MailboxFault::NoFolder { .. }) {
                    self.connection = Some(connection);
                }
                Err(self.error(fault))
            }
        }
    }

    async fn list(&mut self, scope: Scope) -> Result<Places, MailboxError> {
        let mut connection = self.take("search for messages")?;
        let listed = connection.list(scope).await.map_err(|fault| self.error(fault))?;
        self.connection = Some(connection);
        Ok(listed)
    }

    async fn facts(&mut self, of: &Places) -> Result<Vec<Facts>, MailboxError> {
        let mut connection = self.take("tell the messages' dates")?;
        let facts = connection.facts(of).await.map_err(|fault| self.error(fault))?;
        self.connection = Some(connection);
        Ok(facts)
    }

    fn want(&mut self, wanted: Places) {
        if let Some(connection) = &mut self.connection {
            connection.left = wanted.uids.into_iter().map(|uid| (uid, None)).collect();
        }
    }

    async fn next_batch(&mut self) -> Result<Batch, MailboxError> {
        let mut connection = self.take("fetch messages")?;
        let batch = connection.next_batch().await.map_err(|fault| self.error(fault))?;
        self.connection = Some(connection);
        Ok(batch)
    }

    async fn mark_stored(&mut self, positions: &[Position]) -> Result<(), MailboxError> {
        let mut connection = self.take("mark messages")?;
        connection.mark(&self.settings, positions).await.map_err(|fault| self.error(fault))?;
        self.connection = Some(connection);
        Ok(())
    }

    async fn close(&mut self) {
        if let Some(mut connection) = self.connection.take() {
            // Whatever the answer, we are leaving: a server ends with BYE, which is a fault elsewhere.
            let _ = connection.wire.command("sign out", "LOGOUT", Duration::ZERO, |_| {}).await;
        }
    }
}

impl Connection {
    async fn begin(settings: &ImapSettings) -> Result<Self, MailboxFault> {
        let mut wire = Wire::connect(settings).await?;
        let mut can: BTreeSet<String> = BTreeSet::new();
        let note = |response: &Response<'_>| {
            if let Response::Capabilities(list) = response {
                can.extend(list.iter().filter_map(|capability| match capability {
                    Capability::Atom(name) => Some(name.to_ascii_uppercase()),
                    _ => None,
                }));
            }
        };
        const DOING: &str = "list its capabilities";
        wire.command(DOING, "CAPABILITY", Duration::ZERO, note).await?.done(DOING)?;
        Ok(Self {
            wire,
            can_move: can.contains("MOVE"),
            can_uid_expunge: can.contains("UIDPLUS"),
            can_special_use: can.contains("SPECIAL-USE"),
            junk: None,
            opened: BTreeSet::new(),
            selected: None,
            left: VecDeque::new(),
        })
    }

    async fn next_batch(&mut self) -> Result<Batch, MailboxFault> {
        let (uids, largest) = self.next_uids().await?;
        if uids.is_empty() {
            return Ok(Batch::default());
        }
        let messages = self.fetch(&uids, largest).await?;
        let got: BTreeSet<u32> = messages.iter().map(|message| message.position.uid).collect();
        let missing: Vec<u32> = uids.into_iter().filter(|uid| !got.contains(uid)).collect();
        let withheld = self.still_there(&missing).await?;
        let missing = Places { uids: missing.into_iter().collect(), ..Places::default() };
        Ok(Batch { messages, vanished: missing.without(&withheld), withheld })
    }

    /// Takes the UIDs of the next batch, and says how large its largest message is.
    async fn next_uids(&mut self) -> Result<(Vec<u32>, u64), MailboxFault> {
        const DOING: &str = "tell the messages' sizes";
        let left = &mut self.left;
        let unsized_: Vec<u32> =
            left.iter().take(BATCH_MESSAGES).filter(|(_, size)| size.is_none()).map(|(uid, _)| *uid).collect();
        if !unsized_.is_empty() {
            let mut sizes: BTreeMap<u32, u64> = BTreeMap::new();
            let note = |response: &Response<'_>| {
                if let Some((uid, size)) = uid_and_size(response) {
                    sizes.insert(uid, size);
                }
            };
            let command = format!("UID FETCH {} (UID RFC822.SIZE)", uid_set(unsized_));
            self.wire.command(DOING, &command, Duration::ZERO, note).await?.done(DOING)?;
            for (uid, size) in left.iter_mut().take(BATCH_MESSAGES) {
                // One that is gone by now has no size; fetching it will show that.
                *size = size.or_else(|| Some(sizes.get(uid).copied().unwrap_or(0)));
            }
        }
        let (mut uids, mut total, mut largest) = (Vec::new(), 0_u64, 0);
        while let Some((uid, size)) = left.front().copied() {
            let size = size.unwrap_or(0);
            total = total.saturating_add(size);
            if uids.len() == BATCH_MESSAGES || (total > BATCH_BYTES && !uids.is_empty()) {
                break;
            }
            largest = largest.max(size);
            uids.push(uid);
            left.pop_front();
        }
        Ok((uids, largest))
    }

    async fn fetch(&mut self, uids: &[u32], largest: u64) -> Result<Vec<Fetched>, MailboxFault> {
        const DOING: &str = "fetch messages";
        let wanted: BTreeSet<u32> = uids.iter().copied().collect();
        let mut got: BTreeMap<u32, (Option<Timestamp>, Vec<u8>)> = BTreeMap::new();
        for _attempt in 0..2 {
            let missing: Vec<u32> = wanted.iter().copied().filter(|uid| !got.contains_key(uid)).collect();
            if missing.is_empty() {
                break;
            }
            let command = format!("UID FETCH {} (UID INTERNALDATE BODY.PEEK[])", uid_set(missing));
            let note = |response: &Response<'_>| {
                if let Some((uid, date, bytes)) = message(response)
                    && wanted.contains(&uid)
                {
                    got.entry(uid).or_insert_with(|| (date, bytes.to_vec()));
                }
            };
            self.wire.command(DOING, &command, Duration::from_secs(largest / SLOWEST), note).await?.done(DOING)?;
        }
        let selected = self.selected.as_ref();
        let (folder, uid_validity) =
            selected.map(|selected| (selected.folder.name.clone(), selected.uid_validity)).unwrap_or_default();
        let fetched = got.into_iter().map(|(uid, (internal_date, bytes))| Fetched {
            position: Position { folder: folder.clone(), uid_validity, uid, name: String::new() },
            internal_date,
            bytes,
        });
        Ok(fetched.collect())
    }

    async fn mark(&mut self, settings: &ImapSettings, positions: &[Position]) -> Result<(), MailboxFault> {
        let Some(Selected { folder, uid_validity, read_only: false, .. }) = &self.selected else { return Ok(()) };
        let intake = folder.intake;
        let uids: BTreeSet<u32> = positions
            .iter()
            .filter(|position| position.uid_validity == *uid_validity && position.folder == folder.name)
            .map(|position| position.uid)
            .collect();
        let uids: Vec<u32> = uids.into_iter().collect();
        for part in uids.chunks(BATCH_MESSAGES) {
            let set = uid_set(part.iter().copied());
            match &settings.after {
                AfterStoring::Leave => {}
                AfterStoring::Flag(flag) => self.flag(&set, flag).await?,
                // What is junk stays where its server put it: an officer may still find it is none.
                AfterStoring::MoveTo(_) if intake == Intake::Junk => {}
                AfterStoring::MoveTo(target) => self.move_to(&set, target).await?,
            }
        }
        Ok(())
    }

    async fn flag(&mut self, set: &str, flag: &str) -> Result<(), MailboxFault> {
        const REMEDY: &str = "check the flag in the configuration, and that the account may set flags";
        let not_marked =
            |reason| MailboxFault::NotMarked { doing: format!("set the flag {flag}"), reason, remedy: REMEDY };
        AfterStoring::Flag(flag.to_owned()).check().map_err(not_marked)?;
        let command = format!("UID STORE {set} +FLAGS.SILENT ({flag})");
        match self.wire.command("set a flag", &command, Duration::ZERO, |_| {}).await? {
            Answer::Done { .. } => Ok(()),
            Answer::Refused(reason) => Err(not_marked(reason)),
        }
    }

    /// Moves our messages, and no others: without MOVE (RFC 6851) by copying and deleting, and
    /// without UIDPLUS (RFC 4315) they stay marked as deleted, since EXPUNGE would remove what other
    /// people have marked.
    async fn move_to(&mut self, set: &str, target: &str) -> Result<(), MailboxFault> {
        let mut commands = Vec::new();
        if self.can_move {
            commands.push(format!("UID MOVE {set} {}", folder(target)));
        } else {
            commands.push(format!("UID COPY {set} {}", folder(target)));
            commands.push(format!("UID STORE {set} +FLAGS.SILENT (\\Deleted)"));
            if self.can_uid_expunge {
                commands.push(format!("UID EXPUNGE {set}"));
            }
        }
        for command in commands {
            let answer = self.wire.command("move messages", &command, Duration::ZERO, |_| {}).await?;
            if let Answer::Refused(reason) = answer {
                return Err(MailboxFault::NotMarked {
                    doing: format!("move stored messages to '{target}'"),
                    reason,
                    remedy: "check that this folder exists and that the account may write to it",
                });
            }
        }
        Ok(())
    }
}
