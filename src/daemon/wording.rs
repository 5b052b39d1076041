//! The landlord's words while the daemon runs: an edited folder of templates is read again and, when it
//! is sound, used from then on; a broken edit keeps the last good one, under an alarm that names file and
//! line. Every edition that is used is kept by its digest, so that a letter's words can be found again.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;

use super::house::{House, sound_templates};
use crate::domain::ids::Digest;

/// The alarm that stands while the landlord's letter templates cannot be used.
pub const ALARM: &str = "letter-templates";

/// What the folder held when it was last read.
#[derive(Debug, Clone, Default)]
pub struct Words {
    /// The landlord's folder; `None` is the built-in words, which nobody edits.
    folder: Option<PathBuf>,
    seen: Arc<Mutex<Option<Digest>>>,
}

impl Words {
    /// Watches this folder, whose present state has been read already or is to be read anew.
    #[must_use]
    pub fn new(folder: Option<PathBuf>) -> Self {
        Self { folder, seen: Arc::default() }
    }

    /// One look: when a file has changed, all are read again.
    ///
    /// # Errors
    /// When the database fails; a fault of the templates is an alarm, not an error.
    pub async fn run_once(&self, house: &House) -> anyhow::Result<()> {
        let Some(folder) = self.folder.clone() else {
            return Ok(house.clear_alarm(ALARM).await?);
        };
        let now = tokio::task::spawn_blocking({
            let folder = folder.clone();
            move || fingerprint(&folder)
        })
        .await?;
        if *self.seen.lock().unwrap_or_else(PoisonError::into_inner) == Some(now) {
            return Ok(());
        }
        let (config, read) = (Arc::clone(&house.config), folder.clone());
        let templates = tokio::task::spawn_blocking(move || sound_templates(&config, Some(&read))).await?;
        match templates {
            Ok(templates) => {
                house.store.keep_templates(&templates.editions(), house.clock.now()).await?;
                house.desk.templates.replace(templates);
                house.clear_alarm(ALARM).await?;
                tracing::info!("Letter templates read");
            }
            Err(fault) => {
                let text = told(&folder, &fault);
                tracing::error!(error = text, "The letter templates have faults");
                house.raise_alarm(ALARM, &text).await.context("raising the alarm about letter templates")?;
            }
        }
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(now);
        Ok(())
    }
}

/// What the alarm says.
pub(super) fn told(folder: &Path, fault: &anyhow::Error) -> String {
    format!(
        "The letter templates in {} cannot be used. Until they are mended, letters are written with the last ones that \
         could be, or else with the built-in ones. {fault:#}",
        folder.display()
    )
}

/// The digest of all files in a folder and the folders in it; a file that cannot be read counts by its name.
fn fingerprint(folder: &Path) -> Digest {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).into_iter().flatten().flatten() {
            let path = entry.path();
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                folders.push(path);
            } else {
                let text = std::fs::read(&path).unwrap_or_default();
                files.insert(path, text);
            }
        }
    }
    let mut bytes = Vec::new();
    for (path, text) in files {
        for part in [path.as_os_str().as_encoded_bytes(), &text] {
            bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
            bytes.extend_from_slice(part);
        }
    }
    Digest::of(&bytes)
}
