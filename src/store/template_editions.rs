//! The texts of letter templates by the digest that versions of letters carry: kept when they are first
//! used, never changed, so that the words a letter was made from can be found however the folder has changed.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::error::{Result, Row};
use super::link::{execute, optional, statements};
use super::{Store, to_json};
use crate::domain::ids::Digest;

statements! {
    KEEP = "-- store::template_editions::keep
        INSERT INTO template_editions (digest, texts, first_used_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    LOAD = "-- store::template_editions::load
        SELECT texts FROM template_editions WHERE digest = $1";
}

impl Store {
    /// Keeps these texts (file and text, by digest); those that are known already stay as they are.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn keep_templates(
        &self,
        editions: &BTreeMap<Digest, BTreeMap<String, String>>,
        at: Timestamp,
    ) -> Result<()> {
        let mut tx = self.begin().await?;
        for (digest, texts) in editions {
            execute!(tx.conn(), KEEP, digest, to_json("template_editions", "texts", texts)?, at)?;
        }
        tx.commit().await
    }

    /// The texts that this digest stands for, by file; `None` for letters from before texts were kept.
    ///
    /// # Errors
    /// When the row makes no sense or the database fails.
    pub async fn template_edition(&self, digest: Digest) -> Result<Option<BTreeMap<String, String>>> {
        let found: Option<(String,)> = optional!(self.reader().await?.conn(), LOAD, digest)?;
        let row = Row { table: "template_editions", key: &digest };
        found.map(|(texts,)| row.json("texts", &texts)).transpose()
    }
}
