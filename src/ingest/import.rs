//! Mail from files: what a landlord had before this system. It opens no case unless somebody names the
//! day from which on it should. Each batch is committed before the next is read, and what the ledger has
//! by its digest is passed over: stopped anywhere, an import goes on where it was.

use jiff::civil::Date;
use jiff::fmt::rfc2822::DateTimeParser;
use jiff::{SignedDuration, Timestamp};

use crate::domain::contact::Intake;
use crate::domain::ids::Digest;
use crate::domain::words;
use crate::mailbox::{Found, Receipt};
use crate::store::{LedgerEntry, Ledgered, PutRaw, StoreError, Tx};

use super::pass::{Ingest, Kept, Pass, enter};

/// The mailbox name in the ledger for messages that were imported from files.
pub const IMPORT: &str = "import";

/// What follows the digest in the name of a message that opens its case by a second import.
const SINCE: &str = ":since";

/// How far ahead of us a server's clock may be.
const AHEAD: SignedDuration = SignedDuration::from_hours(24);

/// What an import did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Imported {
    /// What became of the messages that were new to the import.
    pub pass: Pass,
    /// Messages that an import had taken before, to which nothing more happened.
    pub known: usize,
    /// Messages from before the day from which on cases are opened.
    pub historic: usize,
}

impl Imported {
    /// Adds another batch's figures.
    pub fn add(&mut self, other: Self) {
        self.pass.kept += other.pass.kept;
        self.pass.contacts += other.pass.contacts;
        self.pass.cases += other.pass.cases;
        self.pass.duplicates += other.pass.duplicates;
        self.known += other.known;
        self.historic += other.historic;
    }
}

impl Ingest {
    /// Takes in messages from files. Those received on `since` or later (London) open cases like any
    /// other mail; all others, and all without a `since`, are historic. A message that an earlier import
    /// took for historic and that is received on `since` or later opens its case now, unless an officer
    /// has decided about it.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails: give the same messages again.
    pub async fn import(&self, found: Vec<Found>, since: Option<Date>) -> Result<Imported, StoreError> {
        let mut imported = Imported::default();
        let mut kept = Kept::default();
        let now = self.clock.now();
        let count = found.len();
        let mut tx = self.store.begin().await?;
        let bytes: Vec<&[u8]> = found.iter().map(|message| message.bytes.as_slice()).collect();
        let raws = tx.put_raws(&bytes, now).await?;
        let mut entries = Vec::with_capacity(count);
        for (Found { receipt, bytes, .. }, PutRaw { id: raw, .. }) in found.into_iter().zip(raws) {
            let (internal_date, intake) = self.place_in_time(receipt, &bytes, since);
            imported.historic += usize::from(intake == Intake::Historic);
            entries.push(LedgerEntry {
                mailbox: IMPORT.to_owned(),
                folder: String::new(),
                uid_validity: 0,
                uid: 0,
                name: Digest::of(&bytes).to_string(),
                raw,
                internal_date,
                intake,
            });
            kept.raws.push(raw);
        }
        for (entry, added) in entries.iter().zip(enter(&mut tx, &entries, &mut kept).await?) {
            if added == Ledgered::Known && opens_now(&mut tx, entry).await? {
                // A second line for it, as for a copy that came by the inbox, opens what the first did not.
                let name = format!("{}{SINCE}", entry.name);
                enter(&mut tx, &[LedgerEntry { name, ..entry.clone() }], &mut kept).await?;
            }
        }
        tx.commit().await?;
        imported.pass.kept = kept.added;
        imported.known = count - kept.added;
        imported.pass.count(&self.logbook.log_these(&kept.raws, &mut kept.bytes).await?);
        Ok(imported)
    }

    /// When a message was received, and what follows from it. The first date that can be true counts:
    /// the mbox's separator line, the topmost Received field, the file's own date. The Date field,
    /// which is the sender's word, never does.
    #[must_use]
    pub fn place_in_time(&self, receipt: Receipt, bytes: &[u8], since: Option<Date>) -> (Timestamp, Intake) {
        let now = self.clock.now();
        let latest = now.checked_add(AHEAD).unwrap_or(now);
        let dates = [receipt.delivered_at, topmost_received(bytes), receipt.modified_at];
        let possible = |date: &Timestamp| (Timestamp::UNIX_EPOCH..latest).contains(date);
        let received_at = dates.into_iter().flatten().find(possible).unwrap_or(now);
        let opens = since.is_some_and(|since| words::london_date(received_at) >= since);
        (received_at, if opens { Intake::Inbox } else { Intake::Historic })
    }
}

/// Whether an earlier import took this message for historic, and it should open its case now.
async fn opens_now(tx: &mut Tx, entry: &LedgerEntry) -> Result<bool, StoreError> {
    let before = tx.ledger_at(entry).await?.map(|before| before.intake);
    Ok(entry.intake == Intake::Inbox && before == Some(Intake::Historic))
}

/// The date of the topmost Received field (RFC 5321 §4.4), which the last server wrote.
fn topmost_received(bytes: &[u8]) -> Option<Timestamp> {
    const NAME: &[u8] = b"received:";
    let mut field: Option<Vec<u8>> = None;
    for line in bytes.split(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        match &mut field {
            Some(field) if line.starts_with(b" ") || line.starts_with(b"\t") => field.extend_from_slice(line),
            Some(_) => break,
            None if line.is_empty() => break,
            None if line.get(..NAME.len()).is_some_and(|name| name.eq_ignore_ascii_case(NAME)) => {
                field = Some(line.to_owned());
            }
            None => {}
        }
    }
    let field = String::from_utf8(field?).ok()?;
    let (_, date) = field.rsplit_once(';')?;
    DateTimeParser::new().parse_timestamp(date.trim()).ok()
}

#[cfg(test)]
mod tests {
    use super::topmost_received;

    #[test]
    fn the_topmost_received_field_is_read_whatever_its_folds_and_nothing_else_is() {
        let read = |text: &str| topmost_received(text.as_bytes()).map(|at| at.to_string());
        let folded = "Return-Path: <a@example.org>\r\nRECEIVED: from mx (mx [192.0.2.1])\r\n\tby mail.example.org;\r\n \
                      Thu, 2 Jul 2026 00:30:00 +0100 (BST)\r\nReceived: from x; Mon, 2 Nov 2020 09:00:00 +0000\r\n\r\n";
        assert_eq!(read(folded).as_deref(), Some("2026-07-01T23:30:00Z"));
        assert_eq!(read("Date: Thu, 2 Jul 2026 00:30:00 +0100\n\nReceived: x; Thu, 2 Jul 2026 00:30:00 +0100\n"), None);
        assert_eq!(read("Received: from x by y\nSubject: z; Thu, 2 Jul 2026 00:30:00 +0100\n\n"), None);
        assert_eq!(read("Received: from x; some day\n\n"), None);
        assert_eq!(read(""), None);
    }
}
