//! What belongs to this installation alone: the secret in our Message-IDs. It is drawn once, at the first
//! start, lives in the database, and is never shown: who restores the database has it too.

use super::error::{Result, Row, StoreError};
use super::link::{Db, execute, optional, statements};
use crate::domain::token::TokenKey;

statements! {
    KEY = "-- store::installation::key
        SELECT message_key FROM installation WHERE id = 1";
    DRAW = "-- store::installation::draw
        INSERT INTO installation (id, message_key) VALUES (1, $1) ON CONFLICT DO NOTHING";
}

async fn known(db: &Db) -> Result<Option<TokenKey>> {
    let found: Option<(Vec<u8>,)> = optional!(db.reader().await?.conn(), KEY)?;
    let Some((bytes,)) = found else { return Ok(None) };
    let bytes = bytes.try_into().map_err(|_| Row { table: "installation", key: &1 }.bad("message_key"))?;
    Ok(Some(TokenKey::new(bytes)))
}

/// The installation's secret; of several processes that draw one at once, the first one's counts.
pub(super) async fn token_key(db: &Db) -> Result<TokenKey> {
    if let Some(key) = known(db).await? {
        return Ok(key);
    }
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).map_err(|_| StoreError::Random)?;
    let mut tx = db.begin().await?;
    execute!(tx.conn(), DRAW, bytes.to_vec())?;
    tx.commit().await?;
    known(db).await?.ok_or_else(|| Row { table: "installation", key: &1 }.bad("message_key"))
}
