//! Mail from folders on an IMAP server, by one connection that stays open between passes.
//!
//! What was asked for and did not come is asked for once more, and the server is asked whether it is
//! still there: a short answer is never taken for the end. After an error the connection is gone.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use async_trait::async_trait;
use imap_proto::{Capability, Response};

use super::error::{MailboxError, MailboxFault};
use super::imap_fetch::{Fetch, Memory, Queue};
use super::imap_folder::Selected;
use super::imap_idle::{self, Idling};
use super::imap_settings::{AfterStoring, ImapSettings};
use super::imap_text::{folder, uid_set};
use super::imap_wire::{Answer, Wire};
use super::{BATCH_MESSAGES, Batch, Facts, Folder, MailSource, Opened, Places, Position, Scope};
use crate::domain::contact::Intake;

/// How long a server may take to say goodbye.
const GOODBYE: Duration = Duration::from_secs(5);

/// Folders on an IMAP server. The connection stays open between passes.
#[derive(Debug)]
pub struct ImapSource {
    settings: ImapSettings,
    /// Taken out while in use, so that it is gone after an error and after a cancelled call.
    connection: Option<Connection>,
    /// Why the connection is gone, where that was not told yet.
    failed: Option<MailboxFault>,
    memory: Memory,
}

/// A connection, the folder that is selected, and what is still to fetch of it.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) wire: Wire,
    can_move: bool,
    can_uid_expunge: bool,
    pub(super) can_special_use: bool,
    idling: Idling,
    /// The server's junk folders, once asked.
    pub(super) junk: Option<Vec<String>>,
    /// Every folder that was opened on this connection.
    pub(super) opened: BTreeSet<String>,
    /// The UIDNEXT of each, when it was last opened.
    pub(super) next_uids: BTreeMap<String, u32>,
    pub(super) selected: Option<Selected>,
    /// What is still to fetch of it.
    pub(super) left: Queue,
}

impl ImapSource {
    /// A source that connects when it is first asked for its folders.
    #[must_use]
    pub fn new(settings: ImapSettings) -> Self {
        Self { settings, connection: None, failed: None, memory: Memory::default() }
    }

    fn error(&self, fault: MailboxFault) -> MailboxError {
        let ImapSettings { name, host, port, .. } = &self.settings;
        MailboxError { mailbox: name.clone(), place: format!("{host}:{port}"), fault }
    }

    fn take(&mut self, doing: &'static str) -> Result<Connection, MailboxError> {
        let not_open = || MailboxFault::Lost { doing, reason: "it is not open".to_owned() };
        self.connection.take().ok_or_else(|| {
            let fault = self.failed.take().unwrap_or_else(not_open);
            self.error(fault)
        })
    }

    /// Puts the connection back, unless it failed.
    fn after<T>(&mut self, connection: Connection, done: Result<T, MailboxFault>) -> Result<T, MailboxError> {
        if done.as_ref().err().is_none_or(MailboxFault::is_a_no) {
            self.connection = Some(connection);
        }
        done.map_err(|fault| self.error(fault))
    }

    /// The connection of the last pass, if it still answers, else a new one.
    async fn connected(&mut self) -> Result<Connection, MailboxFault> {
        if let Some(mut kept) = self.connection.take() {
            const DOING: &str = "answer";
            match kept.wire.command(DOING, "NOOP", Duration::ZERO, |_| {}).await.and_then(|said| said.done(DOING)) {
                Ok(()) => return Ok(kept),
                Err(fault) => {
                    tracing::debug!(mailbox = self.settings.name, error = %fault, "connecting again");
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
        if self.connection.as_ref().is_some_and(|connection| connection.wire.is_stale()) {
            self.close().await;
        }
        self.failed = None;
        let mut connection = self.connected().await.map_err(|fault| self.error(fault))?;
        let folders = connection.folders(&self.settings).await;
        self.after(connection, folders)
    }

    async fn open(&mut self, folder: &Folder) -> Result<Opened, MailboxError> {
        let mut connection = self.take("open the folder")?;
        let opened = connection.open(&self.settings, folder).await;
        self.after(connection, opened)
    }

    async fn list(&mut self, scope: Scope) -> Result<Places, MailboxError> {
        let mut connection = self.take("search for messages")?;
        let listed = connection.list(scope).await;
        self.after(connection, listed)
    }

    async fn facts(&mut self, of: &Places) -> Result<Vec<Facts>, MailboxError> {
        let mut connection = self.take("tell the messages' dates")?;
        let facts = connection.facts(of).await;
        self.after(connection, facts)
    }

    fn want(&mut self, wanted: Places) {
        if let Some(connection) = &mut self.connection {
            let epoch = connection.selected.as_ref().map(Selected::epoch);
            connection.left = epoch.map(|epoch| Queue::new(wanted.uids, &epoch, &self.memory)).unwrap_or_default();
        }
    }

    async fn next_batch(&mut self) -> Result<Batch, MailboxError> {
        let mut connection = self.take("fetch messages")?;
        match connection.next_batch(&self.settings, &mut self.memory).await {
            // What came whole is kept; the pass ends at the next call.
            (batch, Some(fault)) if !batch.messages.is_empty() => {
                self.failed = Some(fault);
                Ok(batch)
            }
            (batch, fault) => self.after(connection, fault.map_or(Ok(batch), Err)),
        }
    }

    async fn mark_stored(&mut self, positions: &[Position]) -> Result<(), MailboxError> {
        let mut connection = self.take("mark messages")?;
        let marked = connection.mark(&self.settings, positions).await;
        self.after(connection, marked)
    }

    async fn wait(&mut self, at_most: Duration) {
        let until = tokio::time::Instant::now() + at_most;
        if let Some(mut connection) = self.connection.take() {
            match connection.wait(&self.settings, at_most).await {
                Ok(()) => {
                    self.connection = Some(connection);
                    return;
                }
                // Not told to anybody: the next pass connects anew, and tells if it cannot.
                Err(fault) => tracing::debug!(mailbox = self.settings.name, error = %fault, "a wait ended"),
            }
        }
        tokio::time::sleep_until(until).await;
    }

    async fn close(&mut self) {
        if let Some(mut connection) = self.connection.take() {
            // Whatever the answer, we are leaving: a server ends with BYE, which is a fault elsewhere.
            let goodbye = connection.wire.command("sign out", "LOGOUT", Duration::ZERO, |_| {});
            let _ = tokio::time::timeout(GOODBYE, goodbye).await;
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
            idling: if can.contains("IDLE") { Idling::Offered } else { Idling::Not },
            junk: None,
            opened: BTreeSet::new(),
            next_uids: BTreeMap::new(),
            selected: None,
            left: Queue::default(),
        })
    }

    /// The next messages, with the fault that came behind them if there was one.
    async fn next_batch(&mut self, settings: &ImapSettings, memory: &mut Memory) -> (Batch, Option<MailboxFault>) {
        let Some(selected) = &self.selected else { return (Batch::default(), None) };
        let (epoch, limit) = (selected.epoch(), settings.max_message_size);
        let (wire, queue) = (&mut self.wire, &mut self.left);
        let fetch = &mut Fetch { wire, mailbox: &settings.name, epoch, limit, queue, memory };
        let (messages, fault) = fetch.next_batch().await;
        let mut batch = Batch { messages, ..Batch::default() };
        if fault.is_some() {
            return (batch, fault);
        }
        let missing = self.left.take_missing();
        match self.still_there(&missing).await {
            Ok(withheld) => {
                let missing = Places { uids: missing.into_iter().collect(), ..Places::default() };
                batch.vanished = missing.without(&withheld);
                batch.withheld = withheld;
                (batch, None)
            }
            Err(fault) => (batch, Some(fault)),
        }
    }

    /// Waits for news of the first folder.
    async fn wait(&mut self, settings: &ImapSettings, at_most: Duration) -> Result<(), MailboxFault> {
        if self.watch_first(settings).await? {
            return Ok(());
        }
        imap_idle::wait(&mut self.wire, &mut self.idling, at_most, settings.one_idle).await
    }

    /// Watches the first folder. Whether something came into it since it was last read.
    async fn watch_first(&mut self, settings: &ImapSettings) -> Result<bool, MailboxFault> {
        let Some(name) = settings.folders.first() else { return Ok(false) };
        if self.selected.as_ref().is_some_and(|selected| selected.folder.name == *name) {
            return Ok(false);
        }
        let before = self.next_uids.get(name).copied();
        let folder = Folder { name: name.clone(), intake: Intake::Inbox };
        Ok(self.open(settings, &folder).await?.uid_next != before)
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
