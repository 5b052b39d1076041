//! The first connection to a folder. Mail from before this system is not swallowed: unless somebody has
//! said from which day on messages are to open cases, a folder with older mail is not begun.

use std::fmt;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};

use crate::domain::words;
use crate::mailbox::{Facts, Folder, MailSource, MailboxError, Places};

use super::pass::Ingest;

/// A folder that holds mail from before this system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct History {
    /// The mailbox.
    pub mailbox: String,
    /// The folder; empty for a Maildir.
    pub folder: String,
    /// How many messages it holds.
    pub messages: usize,
    /// When the oldest was received.
    pub oldest: Timestamp,
    /// When the newest was received.
    pub newest: Timestamp,
    /// Today.
    pub today: Date,
}

impl fmt::Display for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { mailbox, folder, messages, oldest, newest, today } = self;
        let folder = if folder.is_empty() { String::new() } else { format!(", folder '{folder}',") };
        let date = |at: &Timestamp| words::date(words::london_date(*at));
        write!(
            f,
            "mailbox '{mailbox}'{folder} holds {} received from {} to {}: mail from before complaintsd, and nothing of \
             it was taken; add a line such as cut_over = {today} to the [[mailbox]] table '{mailbox}'; what was received \
             before that date is then logged without opening cases, and what was received on it or later opens them \
             (`complaintsd poll --dry-run` counts both)",
            words::counted(*messages, "message"),
            date(oldest),
            date(newest),
        )
    }
}

/// The dates of the oldest and the newest message.
#[must_use]
pub fn span(facts: &[Facts]) -> Option<(Timestamp, Timestamp)> {
    let dates = || facts.iter().filter_map(|facts| facts.internal_date);
    dates().min().zip(dates().max())
}

impl Ingest {
    /// What makes the folder, which was never read, one that may not be begun. A folder that is empty
    /// or holds mail of today and yesterday only is a new one: no deadline of its mail has passed.
    pub(super) async fn history(
        &self,
        source: &mut dyn MailSource,
        folder: &Folder,
        messages: &Places,
    ) -> Result<Option<History>, MailboxError> {
        if self.cut_over.is_some() || messages.is_empty() {
            return Ok(None);
        }
        let facts = source.facts(messages).await?;
        let today = words::london_date(self.clock.now());
        let yesterday = today.checked_sub(1.day()).unwrap_or(today);
        // Messages without a date could be of any age.
        let (oldest, newest) = span(&facts).unwrap_or((Timestamp::UNIX_EPOCH, self.clock.now()));
        let mailbox = source.name().to_owned();
        let history = History { mailbox, folder: folder.name.clone(), messages: messages.len(), oldest, newest, today };
        Ok(Some(history).filter(|_| words::london_date(oldest) < yesterday))
    }
}
