//! Fetching: many small messages at once, large ones by themselves and piece by piece, and of those
//! above the limit only the beginning.
//!
//! What came whole is handed out even when the connection fails behind it, so that every pass gets
//! further. A message that it fails on again and again is fetched last and alone: it cannot hold up
//! the others. Nothing is ever held in memory because a server says that it will be large.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use imap_proto::Response;
use jiff::Timestamp;
use tokio::time::Instant;

use super::backoff::asked_to_wait;
use super::error::MailboxFault;
use super::imap_text::{Piece, part_headers, piece, uid_and_size, uid_set};
use super::imap_wire::{Answer, Wire};
use super::too_large::{TooLarge, described};
use super::{BATCH_BYTES, BATCH_MESSAGES, Epoch, Fetched, Position};

/// A server slower than this, in bytes per second, is taken for dead while a message comes.
const SLOWEST: u64 = 32 * 1024;

/// How much of a large message is asked for at once, in bytes. Messages up to this size are fetched
/// together with others.
const PIECE: u32 = 8 * 1024 * 1024;

/// How long fetching one large message may take in one pass. The next pass goes on where it stopped.
const LONGEST_FETCH: Duration = Duration::from_secs(15 * 60);

/// How much of a message above the limit is fetched: its header, and as a rule what was written.
const BEGINNING: u32 = 256 * 1024;

/// Of how many parts of such a message the headers are asked for.
const PARTS: u32 = 20;

/// How often fetching may fail on a message before it is fetched last and alone.
const FAILURES: u32 = 2;

/// How much of messages fetched together is kept in memory, whatever sizes the server had told.
const MOST_TOGETHER: u64 = 2 * BATCH_BYTES;

const DOING: &str = "fetch messages";

/// What is left of a pass: UIDs, ascending, and their sizes once they have been asked for.
#[derive(Debug, Default)]
pub(super) struct Queue {
    together: VecDeque<(u32, Option<u64>)>,
    /// By failures and UID: what has never failed comes first.
    alone: BTreeMap<(u32, u32), Option<u64>>,
    /// The first message that the server would not hand out: told at the end, so that the others are
    /// not held up.
    refused: Option<MailboxFault>,
}

/// What is remembered from one connection to the next.
#[derive(Debug, Default)]
pub(super) struct Memory {
    /// How often fetching has failed while this message was the next to come.
    failures: BTreeMap<Position, u32>,
    /// The pieces of a large message that have come so far: messages never change (RFC 9051 §2.3.1.1).
    half: Option<(Position, Option<Timestamp>, Vec<u8>)>,
}

impl Queue {
    pub(super) fn new(uids: impl IntoIterator<Item = u32>, epoch: &Epoch, memory: &Memory) -> Self {
        let mut queue = Self::default();
        for uid in uids {
            let failures = memory.failures(epoch, uid);
            if failures < FAILURES {
                queue.together.push_back((uid, None));
            } else {
                queue.alone.insert((failures, uid), None);
            }
        }
        queue
    }

    pub(super) fn is_empty(&self) -> bool {
        self.together.is_empty() && self.alone.is_empty()
    }
}

impl Memory {
    fn failures(&self, epoch: &Epoch, uid: u32) -> u32 {
        self.failures.get(&position(epoch, uid)).copied().unwrap_or(0)
    }
}

fn position(epoch: &Epoch, uid: u32) -> Position {
    Position { folder: epoch.folder.clone(), uid_validity: epoch.uid_validity, uid, name: String::new() }
}

/// How long so many bytes may take.
fn time_for(bytes: u64) -> Duration {
    Duration::from_secs(bytes / SLOWEST)
}

/// Fetches from the selected folder.
pub(super) struct Fetch<'a> {
    pub wire: &'a mut Wire,
    pub mailbox: &'a str,
    pub epoch: Epoch,
    /// Above this size, in bytes, only the beginning of a message is fetched.
    pub limit: u64,
    pub queue: &'a mut Queue,
    pub memory: &'a mut Memory,
}

impl Fetch<'_> {
    /// The next messages, with the fault that came behind them if there was one: the connection is of
    /// no use then. No messages and no fault: there are no more.
    pub(super) async fn next_batch(&mut self) -> (Vec<Fetched>, Option<MailboxFault>) {
        loop {
            let (batch, fault) = match self.next_uids().await {
                Ok(uids) if uids.is_empty() => match self.queue.alone.pop_first() {
                    Some(((_, uid), size)) => self.alone(uid, size).await,
                    None => {
                        self.memory.half = None;
                        return (Vec::new(), self.queue.refused.take());
                    }
                },
                Ok(uids) => self.together(&uids).await,
                Err(fault) => (Vec::new(), Some(fault)),
            };
            for message in &batch {
                self.memory.failures.remove(&message.position);
            }
            if !batch.is_empty() || fault.is_some() {
                return (batch, fault);
            }
        }
    }

    /// Takes the UIDs of the next batch. Large messages are put aside for the end.
    async fn next_uids(&mut self) -> Result<BTreeMap<u32, u64>, MailboxFault> {
        let (mut uids, mut total) = (BTreeMap::new(), 0_u64);
        loop {
            if let Some((_, None)) = self.queue.together.front() {
                self.ask_sizes().await?;
            }
            let Some((uid, size)) = self.queue.together.front().copied() else { break };
            let size = size.unwrap_or(0);
            if size > self.limit.min(u64::from(PIECE)) {
                self.queue.together.pop_front();
                self.leave_for_later(uid, Some(size));
                continue;
            }
            total = total.saturating_add(size);
            if uids.len() == BATCH_MESSAGES || (total > BATCH_BYTES && !uids.is_empty()) {
                break;
            }
            uids.insert(uid, size);
            self.queue.together.pop_front();
        }
        Ok(uids)
    }

    /// Asks for the sizes of the next messages. One without a size is gone by now, which fetching it
    /// will show; if the server refuses, each is fetched alone.
    async fn ask_sizes(&mut self) -> Result<(), MailboxFault> {
        const DOING: &str = "tell the messages' sizes";
        let next: Vec<u32> = self.queue.together.iter().take(BATCH_MESSAGES).map(|(uid, _)| *uid).collect();
        let mut sizes: BTreeMap<u32, u64> = BTreeMap::new();
        let note = |response: &Response<'_>| sizes.extend(uid_and_size(response));
        let command = format!("UID FETCH {} (UID RFC822.SIZE)", uid_set(next.iter().copied()));
        match self.wire.command(DOING, &command, Duration::ZERO, note).await? {
            Answer::Done { .. } => {
                for (uid, size) in self.queue.together.iter_mut().take(next.len()) {
                    *size = Some(sizes.get(uid).copied().unwrap_or(0));
                }
            }
            Answer::Refused(_) => {
                self.queue.together.drain(..next.len());
                next.into_iter().for_each(|uid| self.leave_for_later(uid, None));
            }
        }
        Ok(())
    }

    /// Fetches messages together, asking once more for those that did not come.
    async fn together(&mut self, sizes: &BTreeMap<u32, u64>) -> (Vec<Fetched>, Option<MailboxFault>) {
        let (mut got, mut total): (BTreeMap<u32, Fetched>, u64) = (BTreeMap::new(), 0);
        let deadline = self.wire.deadline(time_for(sizes.values().sum()));
        let mut failed = None;
        for _attempt in 0..2 {
            let missing: Vec<u32> = sizes.keys().copied().filter(|uid| !got.contains_key(uid)).collect();
            if missing.is_empty() {
                break;
            }
            let command = format!("UID FETCH {} (UID INTERNALDATE BODY.PEEK[])", uid_set(missing));
            let note = |response: &Response<'_>| {
                if let Some(Piece { uid, internal_date, from: None, bytes: Some(bytes) }) = piece(response)
                    && sizes.contains_key(&uid)
                    && total <= MOST_TOGETHER
                {
                    total = total.saturating_add(bytes.len() as u64);
                    got.entry(uid).or_insert_with(|| Fetched {
                        position: position(&self.epoch, uid),
                        internal_date,
                        bytes: bytes.to_vec(),
                        too_large: None,
                    });
                }
            };
            let answer = match self.wire.begin(DOING, &command).await {
                Ok(sent) => self.wire.finish(DOING, &sent, deadline, note).await,
                Err(fault) => Err(fault),
            };
            match answer {
                Ok(Answer::Done { .. }) if total <= MOST_TOGETHER => {}
                // It does not say which one it cannot hand out; or they are larger than it said.
                Ok(_) => {
                    let missing: Vec<u32> = sizes.keys().copied().filter(|uid| !got.contains_key(uid)).collect();
                    missing.into_iter().for_each(|uid| self.leave_for_later(uid, None));
                    return (got.into_values().collect(), None);
                }
                Err(fault) => {
                    failed = Some(fault);
                    break;
                }
            }
        }
        let missing: Vec<u32> = sizes.keys().copied().filter(|uid| !got.contains_key(uid)).collect();
        match (&failed, missing.first()) {
            // Servers answer in the order of the folder, so this is the one that it failed on.
            (Some(_), Some(uid)) => self.count_failure(*uid),
            _ => missing.iter().for_each(|uid| self.vanished(*uid)),
        }
        (got.into_values().collect(), failed)
    }

    async fn alone(&mut self, uid: u32, size: Option<u64>) -> (Vec<Fetched>, Option<MailboxFault>) {
        let fetched = if size.is_some_and(|size| size > self.limit) {
            self.beginning(uid, size).await
        } else {
            self.in_pieces(uid).await
        };
        match fetched {
            Ok((Some(message), fault)) => (vec![message], fault),
            Ok((None, fault)) => {
                self.vanished(uid);
                (Vec::new(), fault)
            }
            // The connection is as good as before: the others first.
            Err(MailboxFault::Refused { doing, reason }) if asked_to_wait(&reason).is_none() => {
                let reason = format!("the message with UID {uid}: {reason}");
                self.queue.refused.get_or_insert(MailboxFault::Refused { doing, reason });
                self.count_failure(uid);
                (Vec::new(), None)
            }
            Err(fault) => {
                self.count_failure(uid);
                (Vec::new(), Some(fault))
            }
        }
    }

    /// A whole message, piece by piece. `None`: it is gone.
    async fn in_pieces(&mut self, uid: u32) -> Result<Alone, MailboxFault> {
        let position = position(&self.epoch, uid);
        let began = Instant::now();
        let half = self.memory.half.take().filter(|(half, ..)| *half == position);
        let (_, mut internal_date, mut bytes) = half.unwrap_or_else(|| (position.clone(), None, Vec::new()));
        loop {
            let before = bytes.len();
            let piece = self.piece(uid, before, PIECE, &mut internal_date, &mut bytes).await;
            let ended = match piece {
                Ok(Some(Last::Yes)) => true,
                Ok(Some(Last::No)) if bytes.len() as u64 > self.limit => return self.beginning(uid, None).await,
                Ok(Some(Last::No)) => false,
                Ok(None) => return Ok((None, None)),
                Err(fault) => {
                    bytes.truncate(before);
                    self.memory.half = Some((position, internal_date, bytes));
                    return Err(fault);
                }
            };
            if ended {
                return Ok((Some(Fetched { position, internal_date, bytes, too_large: None }), None));
            }
            if began.elapsed() > LONGEST_FETCH {
                self.memory.half = Some((position, internal_date, bytes));
                return Err(MailboxFault::TimedOut { doing: "send a large message", patience: LONGEST_FETCH });
            }
        }
    }

    /// Appends the piece of a message that begins at `from`. `None`: the message is gone.
    async fn piece(
        &mut self,
        uid: u32,
        from: usize,
        length: u32,
        internal_date: &mut Option<Timestamp>,
        bytes: &mut Vec<u8>,
    ) -> Result<Option<Last>, MailboxFault> {
        let command = format!("UID FETCH {uid} (UID INTERNALDATE BODY.PEEK[]<{from}.{length}>)");
        for _attempt in 0..2 {
            let mut last = None;
            let note = |response: &Response<'_>| {
                let Some(found) = piece(response).filter(|found| found.uid == uid && last.is_none()) else { return };
                *internal_date = internal_date.or(found.internal_date);
                match (found.from, found.bytes) {
                    (Some(at), _) if usize::try_from(at) != Ok(from) => return,
                    (None, _) if from > 0 => return,
                    // Without a first byte there is no message any more.
                    (_, None) if from == 0 => return,
                    _ => {}
                }
                let new = found.bytes.unwrap_or_default();
                bytes.extend_from_slice(new);
                // A server that knows no pieces has sent all there is.
                let more = found.from.is_some() && new.len() >= length as usize;
                last = Some(if more { Last::No } else { Last::Yes });
            };
            self.wire.command(DOING, &command, time_for(u64::from(length)), note).await?.done(DOING)?;
            if last.is_some() {
                return Ok(last);
            }
        }
        Ok(None)
    }

    /// The beginning of a message that is too large, and what it is made of.
    async fn beginning(&mut self, uid: u32, size: Option<u64>) -> Result<Alone, MailboxFault> {
        let (mut internal_date, mut bytes) = (None, Vec::new());
        if self.piece(uid, 0, BEGINNING, &mut internal_date, &mut bytes).await?.is_none() {
            return Ok((None, None));
        }
        bytes.truncate(BEGINNING as usize);
        let wanted: Vec<String> = (1..=PARTS).map(|part| format!("BODY.PEEK[{part}.MIME]")).collect();
        let command = format!("UID FETCH {uid} (UID {})", wanted.join(" "));
        let mut parts: BTreeMap<u32, Vec<u8>> = BTreeMap::new();
        let note = |response: &Response<'_>| parts.extend(part_headers(response));
        // A server that refuses to take the message apart, or fails on it, leaves us without this.
        let fault = self.wire.command(DOING, &command, time_for(size.unwrap_or(0).min(self.limit)), note).await.err();
        let parts = parts.values().filter_map(|header| described(header)).collect();
        let too_large = Some(TooLarge { size, limit: self.limit, parts });
        tracing::warn!(
            mailbox = self.mailbox,
            mailbox.uid = uid,
            "a message above max_message_size is left where it is"
        );
        Ok((Some(Fetched { position: position(&self.epoch, uid), internal_date, bytes, too_large }), fault))
    }

    fn leave_for_later(&mut self, uid: u32, size: Option<u64>) {
        self.queue.alone.insert((self.memory.failures(&self.epoch, uid), uid), size);
    }

    fn count_failure(&mut self, uid: u32) {
        let failures = self.memory.failures.entry(position(&self.epoch, uid)).or_default();
        *failures = failures.saturating_add(1);
    }

    fn vanished(&mut self, uid: u32) {
        self.memory.failures.remove(&position(&self.epoch, uid));
        tracing::warn!(mailbox = self.mailbox, mailbox.uid = uid, "a message vanished before it was fetched");
    }
}

/// A message fetched alone, if it is still there, and the fault that came behind it.
type Alone = (Option<Fetched>, Option<MailboxFault>);

/// Whether a piece is the last one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Last {
    Yes,
    No,
}
