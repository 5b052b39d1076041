//! Mail from a folder on an IMAP server.
//!
//! The cursor is the ledger itself: UIDs of the folder's epoch that the ledger lacks. The first pass
//! of a connection compares all UIDs, later ones only those above the highest. What was asked for
//! and did not come is asked for once more, then logged: a short answer is never taken for the end.

use std::collections::BTreeSet;
use std::time::Duration;

use async_trait::async_trait;
use imap_proto::{Capability, MailboxDatum, Response, ResponseCode, Status};

use super::error::{MailboxError, MailboxFault};
use super::imap_fetch::{Fetch, Memory, Queue};
use super::imap_idle::{self, Idling};
use super::imap_settings::{AfterStoring, ImapSettings};
use super::imap_text::{folder, uid_set};
use super::imap_wire::{Answer, Wire};
use super::{BATCH_MESSAGES, Epoch, Fetched, Known, MailSource, Opened, Position};

/// How long a server may take to say goodbye.
const GOODBYE: Duration = Duration::from_secs(5);

/// A folder on an IMAP server. The connection stays open between passes.
#[derive(Debug)]
pub struct ImapSource {
    settings: ImapSettings,
    /// Taken out while in use, so that it is gone after an error and after a cancelled call.
    connection: Option<Connection>,
    /// Why the connection is gone, where that was not told yet.
    failed: Option<MailboxFault>,
    memory: Memory,
}

/// A connection with the folder selected, and what is left of the current pass.
#[derive(Debug)]
struct Connection {
    wire: Wire,
    can_move: bool,
    can_uid_expunge: bool,
    idling: Idling,
    uid_validity: u32,
    exists: u32,
    read_only: bool,
    pass: Pass,
    /// Whether the next search compares all UIDs.
    compare_all: bool,
    /// Handed out in the last pass: if the ledger lacks any of them, all UIDs are compared again.
    handed: BTreeSet<u32>,
}

#[derive(Debug)]
enum Pass {
    Begun,
    Fetching(Queue),
}

impl ImapSource {
    /// A source that connects when it is first opened.
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
}

#[async_trait]
impl MailSource for ImapSource {
    fn name(&self) -> &str {
        &self.settings.name
    }

    async fn open(&mut self) -> Result<Opened, MailboxError> {
        if self.connection.as_ref().is_some_and(|connection| connection.wire.is_stale()) {
            self.close().await;
        }
        self.failed = None;
        let kept = match self.connection.take() {
            None => None,
            // Selecting again, not just NOOP: it also tells when the folder is no longer the same.
            Some(mut connection) => match connection.select(&self.settings).await {
                Ok(()) => Some(connection),
                Err(fault) => {
                    tracing::debug!(mailbox.name = self.settings.name, error = %fault, "connecting again");
                    None
                }
            },
        };
        let connection = match kept {
            Some(connection) => connection,
            None => Connection::begin(&self.settings).await.map_err(|fault| self.error(fault))?,
        };
        let problem = (connection.read_only && self.settings.after != AfterStoring::Leave).then(|| {
            format!(
                "mailbox '{}': the folder '{}' is read-only, so stored messages stay as they are: give {} the right \
                 to write, or configure that messages are left",
                self.settings.name, self.settings.folder, self.settings.username
            )
        });
        let epoch = Epoch { folder: self.settings.folder.clone(), uid_validity: connection.uid_validity };
        self.connection = Some(connection);
        Ok(Opened { epoch, problem })
    }

    async fn next_batch(&mut self, known: &Known) -> Result<Vec<Fetched>, MailboxError> {
        let mut connection = self.take("fetch messages")?;
        match connection.next_batch(&self.settings, known, &mut self.memory).await {
            (batch, None) => {
                self.connection = Some(connection);
                Ok(batch)
            }
            (batch, Some(fault)) if batch.is_empty() => Err(self.error(fault)),
            // What came whole is kept; the pass ends at the next call.
            (batch, Some(fault)) => {
                self.failed = Some(fault);
                Ok(batch)
            }
        }
    }

    async fn mark_stored(&mut self, positions: &[Position]) -> Result<(), MailboxError> {
        let mut connection = self.take("mark messages")?;
        connection.mark(&self.settings, positions).await.map_err(|fault| self.error(fault))?;
        self.connection = Some(connection);
        Ok(())
    }

    async fn wait(&mut self, at_most: Duration) {
        let until = tokio::time::Instant::now() + at_most;
        if let Some(mut connection) = self.connection.take() {
            match imap_idle::wait(&mut connection.wire, &mut connection.idling, at_most).await {
                Ok(()) => {
                    self.connection = Some(connection);
                    return;
                }
                // Not told to anybody: the next pass connects anew, and tells if it cannot.
                Err(fault) => tracing::debug!(mailbox.name = self.settings.name, error = %fault, "a wait ended"),
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
        let mut connection = Self {
            wire,
            can_move: can.contains("MOVE"),
            can_uid_expunge: can.contains("UIDPLUS"),
            idling: if can.contains("IDLE") { Idling::Offered } else { Idling::Not },
            uid_validity: 0,
            exists: 0,
            read_only: false,
            pass: Pass::Begun,
            compare_all: true,
            handed: BTreeSet::new(),
        };
        connection.select(settings).await?;
        Ok(connection)
    }

    /// Begins a pass: selects the folder, for writing only if messages are to be marked and we may.
    async fn select(&mut self, settings: &ImapSettings) -> Result<(), MailboxFault> {
        let mut answer = Answer::Refused(String::new());
        if settings.after != AfterStoring::Leave {
            answer = self.select_by("SELECT", settings).await?;
        }
        if let Answer::Refused(_) = answer {
            answer = self.select_by("EXAMINE", settings).await?;
        }
        match answer {
            Answer::Done { read_only } => self.read_only = read_only,
            Answer::Refused(reason) => {
                return Err(MailboxFault::NoFolder { folder: settings.folder.clone(), reason });
            }
        }
        // A pass that was left early may have left gaps.
        if matches!(&self.pass, Pass::Fetching(queue) if !queue.is_empty()) {
            self.compare_all = true;
        }
        self.pass = Pass::Begun;
        Ok(())
    }

    async fn select_by(&mut self, verb: &str, settings: &ImapSettings) -> Result<Answer, MailboxFault> {
        const DOING: &str = "open the folder";
        let (mut uid_validity, mut exists) = (0, 0);
        let note = |response: &Response<'_>| match response {
            Response::Data { status: Status::Ok, outcome } => {
                if let Some(ResponseCode::UidValidity(number)) = outcome.code {
                    uid_validity = number;
                }
            }
            Response::MailboxData(MailboxDatum::Exists(number)) => exists = *number,
            _ => {}
        };
        let command = format!("{verb} {}", folder(&settings.folder));
        let answer = self.wire.command(DOING, &command, Duration::ZERO, note).await?;
        // What stands in the folder now will be searched for; what comes from now on is news.
        self.wire.take_news();
        if let Answer::Done { .. } = answer {
            if uid_validity == 0 {
                // Without it a UID may mean another message tomorrow, and mail would be missed.
                return Err(MailboxFault::Protocol { doing: DOING, reason: "it gives no UIDVALIDITY".to_owned() });
            }
            self.compare_all |= self.uid_validity != uid_validity;
            (self.uid_validity, self.exists) = (uid_validity, exists);
        }
        Ok(answer)
    }

    async fn next_batch(
        &mut self,
        settings: &ImapSettings,
        known: &Known,
        memory: &mut Memory,
    ) -> (Vec<Fetched>, Option<MailboxFault>) {
        let epoch = Epoch { folder: settings.folder.clone(), uid_validity: self.uid_validity };
        if let Pass::Begun = self.pass {
            match self.search(known).await {
                Ok(unknown) => self.pass = Pass::Fetching(Queue::new(unknown, &epoch, memory)),
                Err(fault) => return (Vec::new(), Some(fault)),
            }
        }
        let Pass::Fetching(queue) = &mut self.pass else { return (Vec::new(), None) };
        let (wire, mailbox, limit) = (&mut self.wire, settings.name.as_str(), settings.max_message_size);
        let (batch, fault) = Fetch { wire, mailbox, epoch, limit, queue, memory }.next_batch().await;
        self.handed.extend(batch.iter().map(|message| message.position.uid));
        (batch, fault)
    }

    /// The UIDs that the ledger lacks.
    async fn search(&mut self, known: &Known) -> Result<BTreeSet<u32>, MailboxFault> {
        const DOING: &str = "search for messages";
        let all = self.compare_all || !self.handed.is_subset(&known.uids);
        let above = if all { 0 } else { known.uids.last().copied().unwrap_or(0) };
        let command = if above == 0 {
            "UID SEARCH ALL".to_owned()
        } else {
            format!("UID SEARCH UID {}:*", above.saturating_add(1))
        };
        let mut found: Option<BTreeSet<u32>> = None;
        let note = |response: &Response<'_>| {
            if let Response::MailboxData(MailboxDatum::Search(uids)) = response {
                found.get_or_insert_default().extend(uids);
            }
        };
        self.wire.command(DOING, &command, Duration::ZERO, note).await?.done(DOING)?;
        if found.is_none() && above == 0 && self.exists > 0 {
            return Err(MailboxFault::Protocol { doing: DOING, reason: "no result in the answer".to_owned() });
        }
        self.compare_all = false;
        self.handed.clear();
        // `n:*` also gives the last message when there is none from n on (RFC 9051 §6.4.8).
        let mut unknown = found.unwrap_or_default();
        unknown.retain(|uid| *uid > above && !known.uids.contains(uid));
        Ok(unknown)
    }

    async fn mark(&mut self, settings: &ImapSettings, positions: &[Position]) -> Result<(), MailboxFault> {
        if self.read_only {
            return Ok(());
        }
        let uids: BTreeSet<u32> = positions
            .iter()
            .filter(|position| position.uid_validity == self.uid_validity && position.folder == settings.folder)
            .map(|position| position.uid)
            .collect();
        let uids: Vec<u32> = uids.into_iter().collect();
        for part in uids.chunks(BATCH_MESSAGES) {
            let set = uid_set(part.iter().copied());
            match &settings.after {
                AfterStoring::Leave => {}
                AfterStoring::Flag(flag) => self.flag(&set, flag).await?,
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
