//! Mail from a folder on an IMAP server.
//!
//! The cursor is the ledger itself: UIDs of the folder's epoch that the ledger lacks. The first pass
//! of a connection compares all UIDs, later ones only those above the highest. What was asked for
//! and did not come is asked for once more, then logged: a short answer is never taken for the end.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use async_trait::async_trait;
use imap_proto::{Capability, MailboxDatum, Response, ResponseCode, Status};
use jiff::Timestamp;

use super::error::{MailboxError, MailboxFault};
use super::imap_settings::{AfterStoring, ImapSettings};
use super::imap_text::{folder, message, uid_and_size, uid_set};
use super::imap_wire::{Answer, Wire};
use super::{BATCH_BYTES, BATCH_MESSAGES, Epoch, Fetched, Known, MailSource, Opened, Position};

/// A server slower than this, in bytes per second, is taken for dead while a message comes.
const SLOWEST: u64 = 16 * 1024;

/// A folder on an IMAP server. The connection stays open between passes.
#[derive(Debug)]
pub struct ImapSource {
    settings: ImapSettings,
    /// Taken out while in use, so that it is gone after an error and after a cancelled call.
    connection: Option<Connection>,
}

/// A connection with the folder selected, and what is left of the current pass.
#[derive(Debug)]
struct Connection {
    wire: Wire,
    can_move: bool,
    can_uid_expunge: bool,
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
    /// UIDs still to fetch, ascending, with their size once asked.
    Fetching(VecDeque<(u32, Option<u64>)>),
}

impl ImapSource {
    /// A source that connects when it is first opened.
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
        let batch = connection.next_batch(&self.settings, known).await.map_err(|fault| self.error(fault))?;
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
        let mut connection = Self {
            wire,
            can_move: can.contains("MOVE"),
            can_uid_expunge: can.contains("UIDPLUS"),
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
        if matches!(&self.pass, Pass::Fetching(left) if !left.is_empty()) {
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

    async fn next_batch(&mut self, settings: &ImapSettings, known: &Known) -> Result<Vec<Fetched>, MailboxFault> {
        if let Pass::Begun = self.pass {
            let unknown = self.search(known).await?;
            self.pass = Pass::Fetching(unknown.into_iter().map(|uid| (uid, None)).collect());
        }
        loop {
            let (uids, largest) = self.next_uids().await?;
            if uids.is_empty() {
                return Ok(Vec::new());
            }
            let batch = self.fetch(settings, &uids, largest).await?;
            if !batch.is_empty() {
                self.handed.extend(batch.iter().map(|message| message.position.uid));
                return Ok(batch);
            }
        }
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

    /// Takes the UIDs of the next batch, and says how large its largest message is.
    async fn next_uids(&mut self) -> Result<(Vec<u32>, u64), MailboxFault> {
        const DOING: &str = "tell the messages' sizes";
        let Pass::Fetching(left) = &mut self.pass else { return Ok((Vec::new(), 0)) };
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

    async fn fetch(
        &mut self,
        settings: &ImapSettings,
        uids: &[u32],
        largest: u64,
    ) -> Result<Vec<Fetched>, MailboxFault> {
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
        for uid in wanted.iter().filter(|uid| !got.contains_key(uid)) {
            tracing::warn!(mailbox = settings.name, mailbox.uid = uid, "a message vanished before it was fetched");
        }
        let fetched = got.into_iter().map(|(uid, (internal_date, bytes))| Fetched {
            position: Position {
                folder: settings.folder.clone(),
                uid_validity: self.uid_validity,
                uid,
                name: String::new(),
            },
            internal_date,
            bytes,
        });
        Ok(fetched.collect())
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
