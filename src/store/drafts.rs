//! Letters that are being written, with what they say, for whoever looks at what waits for approval.

use super::Store;
use super::error::Result;
use super::letters::{Letter, NewVersion, StoredLetter, select};
use super::link::{all, statements};

statements! {
    LOAD = concat!("-- store::drafts::load\n", select!("WHERE state = 'draft' ORDER BY letters.id LIMIT $1"));
}

impl NewVersion {
    /// Whether every required element is there and no rule of writing stands in the way.
    #[must_use]
    pub fn lacks_nothing(&self) -> bool {
        let blocked = self.remarks.iter().any(|remark| remark.blocking);
        !blocked && self.elements.iter().all(|element| element.passage.is_some())
    }
}

impl Store {
    /// So many drafts with what they say, oldest first.
    ///
    /// # Errors
    /// When a row makes no sense or the database fails.
    pub async fn draft_letters(&self, limit: usize) -> Result<Vec<Letter>> {
        let found: Vec<StoredLetter> = all!(self.reader().await?.conn(), LOAD, limit)?;
        found.into_iter().map(StoredLetter::read).collect()
    }
}
