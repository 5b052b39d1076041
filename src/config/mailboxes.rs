//! What must be true of mailboxes among each other: each has its own name, no two read the same mail, and
//! letters are not spooled into one.

use std::path::{Path, PathBuf};

use jiff::civil::Date;

use super::faults::Weight;
use super::reader::Section;
use super::settings::{Courier, CourierWay, Imap, Mailbox, MailboxSource};

/// Names that stand in the ledger for mail that comes in by a command.
const RESERVED: [&str; 2] = ["pipe", "import"];

/// A mailbox's name, which no other has.
pub(super) fn name(section: &mut Section<'_>, earlier: &[Mailbox]) -> Option<String> {
    let name = section.required("name", "\"complaints\"")?;
    if earlier.iter().any(|mailbox| mailbox.name == name) {
        section.fault("name", "two mailboxes have this name", "give each mailbox a name of its own");
    }
    if RESERVED.contains(&name.as_str()) {
        let what = format!("'{name}' stands in the ledger for mail that came by a command");
        section.fault("name", what, "give the mailbox another name");
    }
    Some(name)
}

/// The folders that are read, and those with junk if they are named.
pub(super) fn folders(section: &mut Section<'_>) -> (Vec<String>, Option<Vec<String>>) {
    let folders = section.texts("folders").unwrap_or_else(|| vec!["INBOX".to_owned()]);
    if folders.is_empty() {
        section.fault("folders", "no folder is named", "name one at least, or leave the key out for INBOX");
    }
    let junk = section.texts("junk_folders");
    let all: Vec<String> = folders.iter().chain(junk.iter().flatten()).map(|name| canonical(name)).collect();
    for (key, names) in [("folders", &folders), ("junk_folders", junk.as_ref().unwrap_or(&Vec::new()))] {
        let twice = |name: &&String| all.iter().filter(|other| **other == canonical(name)).count() > 1;
        if let Some(name) = names.iter().find(twice) {
            section.fault(key, format!("'{name}' is named twice"), "name each folder once");
            // Between the two keys it is one mistake.
            break;
        }
    }
    (folders, junk)
}

/// INBOX is the same in capitals and small letters (RFC 9051 §5.1); other names are not.
fn canonical(folder: &str) -> String {
    if folder.eq_ignore_ascii_case("INBOX") { "INBOX".to_owned() } else { folder.to_owned() }
}

/// The day from which on mail opens cases. A day to come is said: until then none does.
pub(super) fn cut_over(section: &mut Section<'_>, today: Date) -> Option<Date> {
    let cut_over = section.optional_date("cut_over")?;
    if cut_over > today {
        let what = format!("{cut_over} is yet to come: mail received before it opens no case and starts no clock");
        section.report("cut_over", what, "correct it, unless cases are opened elsewhere until then", Weight::Warning);
    }
    Some(cut_over)
}

/// Two mailboxes on the same mail would each be half right about it.
pub(super) fn must_be_the_only_one(section: &Section<'_>, source: &MailboxSource, earlier: &[Mailbox]) {
    for other in earlier {
        let remedy = format!("leave one of them out, or correct it: mailbox '{}' reads it already", other.name);
        match (source, &other.source) {
            (MailboxSource::Maildir { path }, MailboxSource::Maildir { path: theirs })
                if real(path) == real(theirs) =>
            {
                section.fault("path", "two mailboxes are on this folder", remedy);
            }
            (MailboxSource::Imap(imap), MailboxSource::Imap(theirs)) if same_account(imap, theirs) => {
                let read: Vec<String> =
                    theirs.folders.iter().chain(theirs.junk_folders.iter().flatten()).cloned().collect();
                let ours = imap.folders.iter().chain(imap.junk_folders.iter().flatten());
                let shared = |name: &&String| read.iter().any(|other| canonical(other) == canonical(name));
                if let Some(name) = ours.into_iter().find(shared) {
                    section.fault("folders", format!("two mailboxes read '{name}' of this account"), remedy);
                }
            }
            _ => {}
        }
    }
}

fn same_account(one: &Imap, other: &Imap) -> bool {
    one.host.eq_ignore_ascii_case(&other.host) && one.username.eq_ignore_ascii_case(&other.username)
}

/// A spool inside a Maildir would bring our own letters back as mail.
pub(super) fn must_not_hold_the_spool(section: &Section<'_>, courier: &Courier, mailboxes: &[Mailbox]) {
    let CourierWay::Spool { path: spool } = &courier.way else { return };
    for mailbox in mailboxes {
        if let MailboxSource::Maildir { path } = &mailbox.source
            && real(spool).starts_with(real(path))
        {
            let what = format!("inside the Maildir of mailbox '{}': letters would come back as mail", mailbox.name);
            section.fault("path", what, "name a folder outside of it");
        }
    }
}

/// A path without links and detours, as far as it exists.
fn real(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| match (path.parent(), path.file_name()) {
        (Some(parent), Some(name)) => real(parent).join(name),
        _ => path.to_owned(),
    })
}
