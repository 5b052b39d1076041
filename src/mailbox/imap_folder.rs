//! A folder on an IMAP server: which ones there are, opening one, and what stands in it. Whoever reads
//! decides what to fetch; here the server is only asked, and an answer without a result is a fault.

use std::time::Duration;

use imap_proto::{MailboxDatum, NameAttribute, Response, ResponseCode, Status};

use super::error::MailboxFault;
use super::imap::Connection;
use super::imap_fetch::Queue;
use super::imap_settings::{AfterStoring, ImapSettings, JunkFolders};
use super::imap_text::{facts, folder, folder_name, uid_set};
use super::imap_wire::Answer;
use super::{Epoch, Facts, Folder, Identity, Opened, Places, Scope};
use crate::domain::contact::Intake;

/// For how many messages facts are asked in one command.
const FACTS: usize = 5_000;

/// The folder that is selected.
#[derive(Debug)]
pub(super) struct Selected {
    pub(super) folder: Folder,
    pub(super) uid_validity: u32,
    pub(super) read_only: bool,
    uid_next: Option<u32>,
    exists: u32,
}

impl Selected {
    pub(super) fn epoch(&self) -> Epoch {
        Epoch { folder: self.folder.name.clone(), uid_validity: self.uid_validity }
    }
}

impl Connection {
    /// The folders to read, junk last. The server is asked for its junk folder once a connection.
    pub(super) async fn folders(&mut self, settings: &ImapSettings) -> Result<Vec<Folder>, MailboxFault> {
        let junk = match (&settings.junk, &self.junk) {
            (JunkFolders::Named(names), _) => names.clone(),
            (JunkFolders::AsTheServerSays, Some(found)) => found.clone(),
            (JunkFolders::AsTheServerSays, None) => self.find_junk().await?,
        };
        self.junk = Some(junk.clone());
        let inbox = settings.folders.iter().map(|name| (name, Intake::Inbox));
        let junk = junk.iter().filter(|name| !settings.folders.contains(name)).map(|name| (name, Intake::Junk));
        Ok(inbox.chain(junk).map(|(name, intake)| Folder { name: name.clone(), intake }).collect())
    }

    /// The folders that the server names as those for junk (RFC 6154 §2). A server that does not know
    /// special uses, or will not say, has none.
    async fn find_junk(&mut self) -> Result<Vec<String>, MailboxFault> {
        let mut found = Vec::new();
        if self.can_special_use {
            let note = |response: &Response<'_>| {
                if let Response::MailboxData(MailboxDatum::List(listed)) = response
                    && listed.name_attributes.contains(&NameAttribute::Junk)
                {
                    found.push(folder_name(&listed.name));
                }
            };
            // The plain command: it is answered by servers that know LIST-EXTENDED and those that do not.
            self.wire.command("list its folders", r#"LIST "" "*""#, Duration::ZERO, note).await?;
        }
        Ok(found)
    }

    /// Selects a folder, for writing only if messages are to be marked and we may.
    pub(super) async fn open(&mut self, settings: &ImapSettings, folder: &Folder) -> Result<Opened, MailboxFault> {
        let mut answer = Err(String::new());
        if settings.after != AfterStoring::Leave {
            answer = self.select("SELECT", folder).await?;
        }
        if answer.is_err() {
            answer = self.select("EXAMINE", folder).await?;
        }
        let selected = answer.map_err(|reason| MailboxFault::NoFolder { folder: folder.name.clone(), reason })?;
        self.left = Queue::default();
        let uid_validity = selected.uid_validity;
        let problem = problem(settings, &selected);
        let (epoch, uid_next) = (selected.epoch(), selected.uid_next);
        if let Some(next) = uid_next {
            self.next_uids.insert(folder.name.clone(), next);
        }
        self.selected = Some(selected);
        Ok(Opened {
            epoch,
            // Without UIDVALIDITY a UID may mean another message tomorrow.
            identity: if uid_validity == 0 { Identity::UnsureUid } else { Identity::Uid },
            uid_next,
            fresh: self.opened.insert(folder.name.clone()),
            problem,
        })
    }

    /// Selects a folder; a server's NO comes back in its own words.
    async fn select(&mut self, verb: &str, named: &Folder) -> Result<Result<Selected, String>, MailboxFault> {
        let (mut uid_validity, mut uid_next, mut exists) = (0, None, 0);
        let note = |response: &Response<'_>| match response {
            Response::Data { status: Status::Ok, outcome } => match outcome.code {
                Some(ResponseCode::UidValidity(number)) => uid_validity = number,
                Some(ResponseCode::UidNext(number)) => uid_next = Some(number),
                _ => {}
            },
            Response::MailboxData(MailboxDatum::Exists(number)) => exists = *number,
            _ => {}
        };
        let command = format!("{verb} {}", folder(&named.name));
        let answer = self.wire.command("open the folder", &command, Duration::ZERO, note).await?;
        // What stands in the folder now will be searched for; what comes from now on is news.
        self.wire.take_news();
        match answer {
            Answer::Done { read_only } => {
                Ok(Ok(Selected { folder: named.clone(), uid_validity, read_only, uid_next, exists }))
            }
            Answer::Refused(reason) => {
                self.selected = None;
                Ok(Err(reason))
            }
        }
    }

    /// What stands in the selected folder.
    pub(super) async fn list(&mut self, scope: Scope) -> Result<Places, MailboxFault> {
        const DOING: &str = "search for messages";
        let above = match scope {
            Scope::All => 0,
            Scope::Above(uid) => uid,
        };
        let command = if above == 0 {
            "UID SEARCH ALL".to_owned()
        } else {
            format!("UID SEARCH UID {}:*", above.saturating_add(1))
        };
        let mut found: Option<Places> = None;
        let note = |response: &Response<'_>| {
            if let Response::MailboxData(MailboxDatum::Search(uids)) = response {
                found.get_or_insert_default().uids.extend(uids);
            }
        };
        self.wire.command(DOING, &command, Duration::ZERO, note).await?.done(DOING)?;
        let exists = self.selected.as_ref().map_or(0, |selected| selected.exists);
        if found.is_none() && above == 0 && exists > 0 {
            return Err(MailboxFault::Protocol { doing: DOING, reason: "no result in the answer".to_owned() });
        }
        // `n:*` also gives the last message when there is none from n on (RFC 9051 §6.4.8).
        let mut found = found.unwrap_or_default();
        found.uids.retain(|uid| *uid > above);
        Ok(found)
    }

    /// Those of these messages that the server still lists.
    pub(super) async fn still_there(&mut self, uids: &[u32]) -> Result<Places, MailboxFault> {
        const DOING: &str = "search for messages";
        let mut found = Places::default();
        for part in uids.chunks(FACTS) {
            let note = |response: &Response<'_>| {
                if let Response::MailboxData(MailboxDatum::Search(listed)) = response {
                    found.uids.extend(listed.iter().filter(|uid| part.contains(uid)));
                }
            };
            let command = format!("UID SEARCH UID {}", uid_set(part.iter().copied()));
            self.wire.command(DOING, &command, Duration::ZERO, note).await?.done(DOING)?;
        }
        Ok(found)
    }

    /// INTERNALDATE and size of these messages.
    pub(super) async fn facts(&mut self, of: &Places) -> Result<Vec<Facts>, MailboxFault> {
        const DOING: &str = "tell the messages' dates";
        let uids: Vec<u32> = of.uids.iter().copied().collect();
        let mut told = Vec::with_capacity(uids.len());
        for part in uids.chunks(FACTS) {
            let note = |response: &Response<'_>| told.extend(facts(response));
            let command = format!("UID FETCH {} (UID RFC822.SIZE INTERNALDATE)", uid_set(part.iter().copied()));
            self.wire.command(DOING, &command, Duration::ZERO, note).await?.done(DOING)?;
        }
        told.retain(|facts| of.uids.contains(&facts.uid));
        Ok(told)
    }
}

/// What an operator should put right about the folder.
fn problem(settings: &ImapSettings, selected: &Selected) -> Option<String> {
    let ImapSettings { name, username, .. } = settings;
    let folder = &selected.folder.name;
    if selected.read_only && settings.after != AfterStoring::Leave {
        return Some(format!(
            "mailbox '{name}': the folder '{folder}' is read-only, so stored messages stay as they are: give {username} \
             the right to write, or configure that messages are left"
        ));
    }
    (selected.uid_validity == 0).then(|| {
        format!(
            "mailbox '{name}': the server gives no UIDVALIDITY for the folder '{folder}', so its messages are compared \
             by their contents again and again, which is slow but loses nothing: ask for a server that keeps RFC 9051"
        )
    })
}
