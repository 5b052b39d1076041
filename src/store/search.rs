//! Finding contacts by their words, and cases by their resident. The index holds words only: no
//! places, no second copy of a text; it is filled in the transaction that writes the contact.
//!
//! Invariant: words hold nothing but letters and digits ([`crate::domain::search`]), so no query can
//! be malformed, whatever was typed.

use super::Store;
use super::contacts::{ContactRow, StoredContact, select_contacts};
use super::error::{Result, Row};
use super::link::{Conn, all, statements};
use super::rows::many;
use crate::domain::case::Case;
use crate::domain::contact::Contact;
use crate::domain::ids::{CaseId, ContactId};
use crate::domain::search::Query;

/// How many cases are looked through at a time.
const STRIDE: usize = 5_000;

// Full-text search has two forms; so has filling its index.
statements! {
    INDEX_SQLITE = "-- store::search::index_sqlite
        INSERT INTO contact_words (rowid, words) VALUES ($1, $2)";
    INDEX_POSTGRES = "-- store::search::index_postgres
        INSERT INTO contact_words (contact_id, words) VALUES ($1, array_to_tsvector(string_to_array($2, ' ')))";
    FIND_SQLITE = concat!("-- store::search::find_sqlite\n", select_contacts!("WHERE contacts.id IN (
            SELECT rowid FROM contact_words WHERE contact_words MATCH $1 AND rowid < $2 ORDER BY rowid DESC LIMIT $3)
        ORDER BY contacts.id DESC"));
    FIND_POSTGRES = concat!("-- store::search::find_postgres\n", select_contacts!("WHERE contacts.id IN (
            SELECT contact_id FROM contact_words WHERE words @@ CAST($1 AS tsquery) AND contact_id < $2
            ORDER BY contact_id DESC LIMIT $3)
        ORDER BY contacts.id DESC"));
    RESIDENTS = "-- store::search::residents
        SELECT id, resident_name, resident_email FROM cases WHERE id < $1 ORDER BY id DESC LIMIT $2";
}

/// Puts contacts into the index under their words.
pub(super) async fn index(conn: Conn<'_>, rows: &[ContactRow]) -> Result<()> {
    let sql = if matches!(conn, Conn::Sqlite(_)) { INDEX_SQLITE } else { INDEX_POSTGRES };
    let _: Vec<()> = many!(conn, sql, rows, |row| [row.contact.id, row.contact.reading.words]).await?;
    Ok(())
}

/// A query in FTS5's language: every word in quotes, with a star where it may be a beginning.
fn for_sqlite(query: &Query) -> String {
    let word = |(word, beginning): (&str, bool)| format!("\"{word}\"{}", if beginning { "*" } else { "" });
    query.words().map(word).collect::<Vec<_>>().join(" AND ")
}

/// A query as a `tsquery`, its words not to be parsed further.
fn for_postgres(query: &Query) -> String {
    let word = |(word, beginning): (&str, bool)| format!("'{word}'{}", if beginning { ":*" } else { "" });
    query.words().map(word).collect::<Vec<_>>().join(" & ")
}

impl Store {
    /// Contacts that hold every word of the query, in their sender, subject, text or attachments: those
    /// with a number below `before` (all, when `None`), newest first.
    ///
    /// # Errors
    /// When a row makes no sense or the database fails.
    pub async fn find_contacts(&self, query: &Query, before: Option<ContactId>, limit: usize) -> Result<Vec<Contact>> {
        let before = before.map_or(i64::MAX, |id| id.0);
        let mut reader = self.reader().await?;
        let mut conn = reader.conn();
        let (sql, words) = match conn {
            Conn::Sqlite(_) => (FIND_SQLITE, for_sqlite(query)),
            Conn::Postgres(_) => (FIND_POSTGRES, for_postgres(query)),
        };
        let found: Vec<StoredContact> = all!(conn, sql, words, before, limit)?;
        found.into_iter().map(StoredContact::read).collect()
    }

    /// Cases whose reference stands in the query, then those whose resident's name or address holds
    /// every word of it, newest first. Names change and are short, so they are looked through and not
    /// indexed.
    ///
    /// # Errors
    /// When a row makes no sense or the database fails.
    pub async fn find_cases(&self, query: &Query, limit: usize) -> Result<Vec<Case>> {
        let mut found: Vec<Case> = Vec::new();
        for reference in query.references.iter().take(limit) {
            found.extend(self.case_by_ref(*reference).await?);
        }
        let mut before = i64::MAX;
        loop {
            let residents: Vec<(i64, String, Option<String>)> =
                all!(self.reader().await?.conn(), RESIDENTS, before, STRIDE)?;
            for (id, name, email) in &residents {
                let id = CaseId(*id);
                if found.len() >= limit {
                    return Ok(found);
                }
                let named = query.finds(&format!("{name} {}", email.as_deref().unwrap_or_default()));
                if named && !found.iter().any(|case| case.id == id) {
                    found.push(self.case(id).await?.ok_or_else(|| Row { table: "cases", key: &id }.bad("id"))?);
                }
            }
            match residents.last() {
                Some((oldest, ..)) if residents.len() == STRIDE => before = *oldest,
                _ => return Ok(found),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_quoted() {
        let query = Query::of("Damp* OR \"12\" -'x").unwrap();
        assert_eq!(for_sqlite(&query), "\"12\" AND \"damp\"* AND \"or\" AND \"x\"");
        assert_eq!(for_postgres(&query), "'12' & 'damp':* & 'or' & 'x'");
    }
}
