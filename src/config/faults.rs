//! What is wrong with the configuration, in lines a person can act on: file, line, key, what is
//! wrong, and the remedy. All faults are gathered before any is reported.

use std::cell::RefCell;
use std::fmt;
use std::path::{Path, PathBuf};

/// What a fault means for the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// Worth an operator's attention; nothing fails yet.
    Warning,
    /// Part of the work cannot be done; a running daemon goes on with the rest, `check` fails.
    Degraded,
    /// The configuration cannot be used.
    Unusable,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigFault {
    /// The file it stands in.
    pub file: PathBuf,
    /// The line, counted from 1, where one can be named.
    pub line: Option<usize>,
    /// The key, with its tables, such as `mailbox.1.host` (the first mailbox is 1); may be empty.
    pub key: String,
    /// What is wrong.
    pub what: String,
    /// What to do about it.
    pub remedy: String,
    /// What it means for the program.
    pub weight: Weight,
}

impl fmt::Display for ConfigFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        if !self.key.is_empty() {
            write!(f, ": {}", self.key)?;
        }
        write!(f, ": {}; {}", self.what, self.remedy)
    }
}

/// Why a configuration cannot be used: every fault found, each once.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", lines(.0))]
pub struct ConfigFaults(pub Vec<ConfigFault>);

fn lines(faults: &[ConfigFault]) -> String {
    let line = |fault: &ConfigFault| match fault.weight {
        Weight::Warning => format!("warning: {fault}"),
        Weight::Degraded | Weight::Unusable => fault.to_string(),
    };
    faults.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// Gathers faults while files are read.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    faults: RefCell<Vec<ConfigFault>>,
}

impl Ledger {
    /// Notes a fault; one that is known already says nothing new.
    pub(super) fn note(&self, fault: ConfigFault) {
        let mut faults = self.faults.borrow_mut();
        if !faults.contains(&fault) {
            faults.push(fault);
        }
    }

    /// Notes an unusable file as a whole.
    pub(super) fn unusable(&self, file: &Path, what: impl Into<String>, remedy: impl Into<String>) {
        self.note(ConfigFault {
            file: file.to_owned(),
            line: None,
            key: String::new(),
            what: what.into(),
            remedy: remedy.into(),
            weight: Weight::Unusable,
        });
    }

    /// The value when nothing noted makes the configuration unusable, with the lesser faults beside
    /// it; all faults otherwise.
    pub(super) fn settle<T>(self, value: Option<T>) -> Result<(T, Vec<ConfigFault>), ConfigFaults> {
        let faults = self.faults.into_inner();
        match value {
            Some(value) if faults.iter().all(|fault| fault.weight < Weight::Unusable) => Ok((value, faults)),
            _ => Err(ConfigFaults(faults)),
        }
    }
}
