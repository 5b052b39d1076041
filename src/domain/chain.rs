//! The chain that the history is: each line's hash covers all of the line and the hash of the line
//! before it. [`Walk`] takes the lines one by one and stops at the first that does not fit.
//!
//! What a chain cannot tell of itself is that its end was cut off, or that all of it was written anew,
//! when whoever did so also changed the note of its last line. [`Checkpoint`]s tell that: what the
//! chain's last line was on some day, kept where the chain is not.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use sha2::{Digest as _, Sha256};

use super::ids::Digest;

/// The hash before the first line.
const BEGINNING: [u8; 32] = [0; 32];

/// A line of the history, as its columns hold it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainLine {
    /// Its number, from 1 without gaps.
    pub sequence: i64,
    /// When it was written, in microseconds since 1970-01-01T00:00:00Z.
    pub at: i64,
    /// The case it is about; `None` when it is about a contact or an account.
    pub case_id: Option<i64>,
    /// What kind of actor did it.
    pub actor_kind: String,
    /// The officer's account.
    pub actor_id: Option<i64>,
    /// The officer's name at the time.
    pub actor_name: String,
    /// What happened, in one word.
    pub kind: String,
    /// The facts, as JSON text.
    pub payload: String,
    /// The hash of the line before.
    pub previous: Vec<u8>,
    /// The hash of this line.
    pub hash: Vec<u8>,
}

impl ChainLine {
    /// SHA-256 over a label, the previous hash and each field with its length before it, so that no two
    /// different lines give the same bytes.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let mut hash = Sha256::new();
        hash.update(b"complaintsd-history-v1");
        hash.update(&self.previous);
        let number = |number: Option<i64>| number.map_or_else(String::new, |number| number.to_string());
        for field in [
            &self.sequence.to_string(),
            &self.at.to_string(),
            &number(self.case_id),
            &self.actor_kind,
            &number(self.actor_id),
            &self.actor_name,
            &self.kind,
            &self.payload,
        ] {
            hash.update((field.len() as u64).to_be_bytes());
            hash.update(field.as_bytes());
        }
        Digest::from(<[u8; 32]>::from(hash.finalize()))
    }
}

/// What the chain's last line was at some time. Written as `SEQUENCE:HASH`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Checkpoint {
    /// The last line's number; 0 when there was none.
    pub sequence: i64,
    /// Its hash; 32 zero bytes when there was none.
    pub hash: Digest,
}

impl Checkpoint {
    /// An empty chain.
    #[must_use]
    pub fn beginning() -> Self {
        Self { sequence: 0, hash: Digest::from(BEGINNING) }
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.sequence, self.hash)
    }
}

/// The text is no checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a checkpoint is a line's number, a colon and its hash of 64 hexadecimal digits")]
pub struct NotACheckpoint;

impl FromStr for Checkpoint {
    type Err = NotACheckpoint;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (sequence, hash) = text.trim().split_once(':').ok_or(NotACheckpoint)?;
        let sequence = sequence.parse().ok().filter(|sequence| *sequence >= 0).ok_or(NotACheckpoint)?;
        let checkpoint = Self { sequence, hash: hash.to_lowercase().parse().map_err(|_| NotACheckpoint)? };
        let empty = checkpoint.hash == Self::beginning().hash;
        if empty == (sequence == 0) { Ok(checkpoint) } else { Err(NotACheckpoint) }
    }
}

/// What is wrong with a line of the history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadLine {
    /// The line is missing.
    Missing,
    /// There is a line where none can be.
    OutOfPlace,
    /// The line cannot be read.
    Unreadable,
    /// The line does not follow the one before it.
    DoesNotFollow,
    /// The line's contents do not fit its hash.
    Changed,
    /// There is no note of the last line.
    NoHead,
    /// The last line is not the one noted as the last.
    NotTheHead,
    /// A line stands behind the one noted as the last.
    BehindTheHead,
    /// The line is not the one that a checkpoint says it was.
    NotAsCheckpointed(Checkpoint),
    /// The chain ends before the line that a checkpoint says was its last.
    EndsBefore(Checkpoint),
}

impl BadLine {
    /// The name in JSON.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::OutOfPlace => "out-of-place",
            Self::Unreadable => "unreadable",
            Self::DoesNotFollow => "does-not-follow",
            Self::Changed => "changed",
            Self::NoHead => "no-head",
            Self::NotTheHead => "not-the-head",
            Self::BehindTheHead => "behind-the-head",
            Self::NotAsCheckpointed(_) => "not-as-checkpointed",
            Self::EndsBefore(_) => "ends-before-checkpoint",
        }
    }
}

impl fmt::Display for BadLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("the line is missing: it was removed, or everything behind it was cut off"),
            Self::OutOfPlace => f.write_str("no line can stand here: it was slipped in"),
            Self::Unreadable => f.write_str("the line cannot be read: it was changed, or the disk is failing"),
            Self::DoesNotFollow => f.write_str(
                "the line does not follow the one before it: it was slipped in, or the one before was changed and \
                 hashed anew",
            ),
            Self::Changed => f.write_str("what stands in the line does not fit its hash: it was changed"),
            Self::NoHead => f.write_str("there is no note of the last line: it was removed"),
            Self::NotTheHead => f.write_str(
                "the last line is not the one noted as the last: it was changed and hashed anew, lines behind it were \
                 cut off, or the note was changed",
            ),
            Self::BehindTheHead => f.write_str(
                "the line stands behind the one noted as the last: it was slipped in, or the note was changed",
            ),
            Self::NotAsCheckpointed(checkpoint) => {
                write!(f, "the line is not the one of the checkpoint {checkpoint}: the chain was written anew")
            }
            Self::EndsBefore(checkpoint) => {
                write!(f, "the line is missing: the chain was cut off before the checkpoint {checkpoint}")
            }
        }
    }
}

/// The first line that does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Broken {
    /// Its number.
    pub sequence: i64,
    /// What is wrong with it.
    pub fault: BadLine,
}

/// What the walk along the chain found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HistoryCheck {
    /// Every line is as it was written.
    Sound {
        /// How many lines there are.
        lines: i64,
        /// The hash of the last one; 32 zero bytes when there is none.
        head: Digest,
    },
    /// Something has been changed.
    Broken(Broken),
}

/// A walk along the chain, line by line from the first.
#[derive(Debug, Clone)]
pub struct Walk {
    head: Checkpoint,
    checkpoints: BTreeMap<i64, Vec<Digest>>,
    /// The line the walk stands on.
    at: Checkpoint,
}

impl Walk {
    /// A walk to the line noted as the last, past these checkpoints.
    #[must_use]
    pub fn new(head: Checkpoint, checkpoints: impl IntoIterator<Item = Checkpoint>) -> Self {
        let mut by_line: BTreeMap<i64, Vec<Digest>> = BTreeMap::new();
        for checkpoint in checkpoints {
            by_line.entry(checkpoint.sequence).or_default().push(checkpoint.hash);
        }
        Self { head, checkpoints: by_line, at: Checkpoint::beginning() }
    }

    /// The number of the line that comes next.
    #[must_use]
    pub const fn next(&self) -> i64 {
        self.at.sequence.saturating_add(1)
    }

    /// One step on.
    ///
    /// # Errors
    /// When the line does not fit; the walk ends there.
    pub fn step(&mut self, line: &ChainLine) -> Result<(), Broken> {
        let sequence = line.sequence;
        let broken = |sequence, fault| Err(Broken { sequence, fault });
        if sequence < self.next() {
            return broken(sequence, BadLine::OutOfPlace);
        }
        if self.next() > self.head.sequence {
            return broken(sequence, BadLine::BehindTheHead);
        }
        if sequence > self.next() {
            return broken(self.next(), BadLine::Missing);
        }
        if line.previous != self.at.hash.as_bytes() {
            return broken(sequence, BadLine::DoesNotFollow);
        }
        let hash = line.digest();
        if line.hash != hash.as_bytes() {
            return broken(sequence, BadLine::Changed);
        }
        self.at = Checkpoint { sequence, hash };
        self.fits_checkpoints()
    }

    fn fits_checkpoints(&self) -> Result<(), Broken> {
        let Checkpoint { sequence, hash } = self.at;
        let known = self.checkpoints.get(&sequence).into_iter().flatten();
        match known.copied().find(|known| *known != hash) {
            Some(hash) => Err(Broken { sequence, fault: BadLine::NotAsCheckpointed(Checkpoint { sequence, hash }) }),
            None => Ok(()),
        }
    }

    /// The end: there is no further line.
    ///
    /// # Errors
    /// When there should be one, or the last is not the one noted.
    pub fn end(self) -> Result<Checkpoint, Broken> {
        self.fits_checkpoints()?;
        let next = self.next();
        if let Some((sequence, hashes)) = self.checkpoints.range(next..).next_back()
            && let Some(hash) = hashes.first()
        {
            let checkpoint = Checkpoint { sequence: *sequence, hash: *hash };
            return Err(Broken { sequence: next, fault: BadLine::EndsBefore(checkpoint) });
        }
        if self.at.sequence < self.head.sequence {
            return Err(Broken { sequence: next, fault: BadLine::Missing });
        }
        if self.at != self.head {
            return Err(Broken { sequence: self.at.sequence, fault: BadLine::NotTheHead });
        }
        Ok(self.at)
    }
}

#[cfg(test)]
mod tests;
