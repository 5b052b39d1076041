//! What arrived, byte for byte, in compressed chunks of at most 1 MiB. The same bytes are kept once;
//! what is read is what was written, or an error. Of a message that is too large the beginning is
//! kept, and that it is no more than that.

use std::collections::BTreeMap;

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use zstd::bulk::Compressor;

use super::error::{Result, Row, StoreError};
use super::link::{Conn, all, execute, one, optional, statements};
use super::rows::many;
use super::{Store, Tx};
use crate::domain::ids::{Digest, RawId};

/// Bytes of the original in one chunk: a driver holds about four copies of a value while binding it.
const CHUNK: usize = 1024 * 1024;

/// How hard the compressor tries. More makes mail, most of which is compressed or in Base64, hardly smaller.
const LEVEL: i32 = 1;

/// Once so many bytes of compressed chunks have come together they are written.
const TOGETHER: usize = 256 * 1024;

statements! {
    INSERT = "-- store::raw::insert
        INSERT INTO raw_messages (sha256, size, stored_at) VALUES ($1, $2, $3)
        ON CONFLICT (sha256) DO NOTHING RETURNING sha256, id";
    FIND = "-- store::raw::find
        SELECT id FROM raw_messages WHERE sha256 = $1";
    ADD_CHUNK = "-- store::raw::add_chunk
        INSERT INTO raw_chunks (raw_id, place, data) VALUES ($1, $2, $3)";
    BEGINNING = "-- store::raw::beginning
        UPDATE raw_messages SET rest = $2 WHERE id = $1";
    BEGINNINGS = "-- store::raw::beginnings
        SELECT COUNT(*) FROM raw_messages WHERE rest IS NOT NULL AND stored_at >= $1";
    LOAD = "-- store::raw::load
        SELECT sha256, size, rest FROM raw_messages WHERE id = $1";
    CHUNK_AT = "-- store::raw::chunk_at
        SELECT data FROM raw_chunks WHERE raw_id = $1 AND place = $2";
}

/// A raw message that is now stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PutRaw {
    /// Where.
    pub id: RawId,
    /// Whether it was new.
    pub seen: RawSeen,
}

/// A message as it was kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Raw {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// When they are only the beginning of a message that was too large: where the whole one is, in
    /// words for an officer.
    pub rest: Option<String>,
}

/// Whether the same bytes had been stored before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RawSeen {
    /// They are new.
    New,
    /// They had been stored before.
    Before,
}

impl Tx {
    /// Stores a message's bytes, once: the same bytes give the same row again.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn put_raw(&mut self, bytes: &[u8], at: Timestamp) -> Result<PutRaw> {
        let put = self.put_raws(&[bytes], at).await?;
        put.first().copied().ok_or_else(too_large)
    }

    /// Stores the bytes of several messages, and answers for each in turn.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn put_raws(&mut self, messages: &[&[u8]], at: Timestamp) -> Result<Vec<PutRaw>> {
        let digests: Vec<Digest> = messages.iter().map(|bytes| Digest::of(bytes)).collect();
        let rows: Vec<(Digest, usize)> =
            digests.iter().copied().zip(messages.iter().map(|bytes| bytes.len())).collect();
        let added: Vec<(Vec<u8>, i64)> = many!(self.conn(), INSERT, rows.as_slice(), |row| [row.0, row.1, at]).await?;
        let mut added: BTreeMap<Vec<u8>, i64> = added.into_iter().collect();
        let mut put = Vec::with_capacity(messages.len());
        let (mut chunks, mut together): (Vec<(i64, i64, Vec<u8>)>, usize) = (Vec::new(), 0);
        for (bytes, digest) in messages.iter().zip(digests) {
            // The first of several that are the same is the new one.
            let Some(id) = added.remove(digest.as_bytes().as_slice()) else {
                let (id,): (i64,) = one!(self.conn(), FIND, digest)?;
                put.push(PutRaw { id: RawId(id), seen: RawSeen::Before });
                continue;
            };
            for (place, chunk) in (0_i64..).zip(bytes.chunks(CHUNK)) {
                let data = self.packed(chunk).map_err(|_| too_large())?;
                together += data.len();
                chunks.push((id, place, data));
                if together >= TOGETHER {
                    self.add_chunks(&std::mem::take(&mut chunks)).await?;
                    together = 0;
                }
            }
            put.push(PutRaw { id: RawId(id), seen: RawSeen::New });
        }
        self.add_chunks(&chunks).await?;
        Ok(put)
    }

    async fn add_chunks(&mut self, chunks: &[(i64, i64, Vec<u8>)]) -> Result<()> {
        let _: Vec<()> = many!(self.conn(), ADD_CHUNK, chunks, |chunk| [chunk.0, chunk.1, chunk.2]).await?;
        Ok(())
    }

    /// Compressed, by the one compressor of this transaction: making one costs as much as a message.
    fn packed(&mut self, chunk: &[u8]) -> std::io::Result<Vec<u8>> {
        let packer = match self.packer.take() {
            Some(packer) => packer,
            None => Compressor::new(LEVEL)?,
        };
        self.packer.insert(packer).compress(chunk)
    }
}

impl Tx {
    /// Notes that these bytes are only the beginning of a message, and where the whole one is, in words
    /// for an officer.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn raw_is_beginning(&mut self, id: RawId, rest: &str) -> Result<()> {
        execute!(self.conn(), BEGINNING, id, rest).map(drop)
    }
}

fn too_large() -> StoreError {
    StoreError::Unstorable { table: "raw_chunks", column: "data" }
}

impl Store {
    /// A message's bytes, checked against their SHA-256; `None` when there is no such row.
    ///
    /// # Errors
    /// When the bytes are not the ones that were stored, or the database fails.
    pub async fn raw(&self, id: RawId) -> Result<Option<Vec<u8>>> {
        Ok(self.raw_message(id).await?.map(|kept| kept.bytes))
    }

    /// How many messages were kept since then of which there is only the beginning.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn beginnings_since(&self, since: Timestamp) -> Result<usize> {
        let (count,): (i64,) = one!(self.reader().await?.conn(), BEGINNINGS, since)?;
        Row { table: "raw_messages", key: &"beginnings" }.number("rest", count)
    }

    /// A message as it was kept, its bytes checked against their SHA-256; `None` when there is no such
    /// row.
    ///
    /// # Errors
    /// When the bytes are not the ones that were stored, or the database fails.
    pub async fn raw_message(&self, id: RawId) -> Result<Option<Raw>> {
        let mut reader = self.reader().await?;
        let row = Row { table: "raw_messages", key: &id };
        let found: Option<(Vec<u8>, i64, Option<String>)> = optional!(reader.conn(), LOAD, id)?;
        let Some((sha256, size, rest)) = found else { return Ok(None) };
        let sha256 = row.digest("sha256", &sha256)?;
        let bytes = chunks(&mut reader.conn(), id, row.number("size", size)?).await?;
        if Digest::of(&bytes) == sha256 { Ok(Some(Raw { bytes, rest })) } else { Err(bad_chunk(id)) }
    }
}

async fn chunks(conn: &mut Conn<'_>, id: RawId, size: usize) -> Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(size.min(64 * CHUNK));
    for place in 0_i64.. {
        if bytes.len() >= size {
            break;
        }
        let rows: Vec<(Vec<u8>,)> = all!(*conn, CHUNK_AT, id, place)?;
        let (data,) = rows.first().ok_or_else(|| bad_chunk(id))?;
        let chunk = zstd::bulk::decompress(data, CHUNK).map_err(|_| bad_chunk(id))?;
        if chunk.is_empty() {
            return Err(bad_chunk(id));
        }
        bytes.extend(chunk);
    }
    Ok(bytes)
}

/// Whether a message's bytes are those that were stored; held in memory chunk by chunk. A row or chunk that
/// is missing or cannot be unpacked fits as little as one that was changed.
pub(super) async fn fits(conn: &mut Conn<'_>, id: i64) -> Result<bool> {
    let found: Option<(Vec<u8>, i64, Option<String>)> = optional!(*conn, LOAD, id)?;
    let Some((sha256, size, _)) = found else { return Ok(false) };
    let (mut hash, mut left) = (Sha256::new(), usize::try_from(size).unwrap_or(usize::MAX));
    for place in 0_i64.. {
        let rows: Vec<(Vec<u8>,)> = all!(*conn, CHUNK_AT, id, place)?;
        let Some((data,)) = rows.first() else { break };
        let Ok(chunk) = zstd::bulk::decompress(data, CHUNK) else { return Ok(false) };
        let Some(rest) = left.checked_sub(chunk.len()) else { return Ok(false) };
        left = rest;
        hash.update(chunk);
    }
    Ok(left == 0 && sha256 == <[u8; 32]>::from(hash.finalize()))
}

fn bad_chunk(id: RawId) -> StoreError {
    Row { table: "raw_chunks", key: &id }.bad("data")
}

/// The first chunk of a message; empty when it has none.
pub(super) async fn first_chunk(conn: &mut Conn<'_>, id: RawId) -> Result<Vec<u8>> {
    let rows: Vec<(Vec<u8>,)> = all!(*conn, CHUNK_AT, id, 0_i64)?;
    let Some((data,)) = rows.first() else { return Ok(Vec::new()) };
    zstd::bulk::decompress(data, CHUNK).map_err(|_| bad_chunk(id))
}
