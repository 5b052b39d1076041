//! `complaintsd ingest`: messages from files or standard input. Success is promised only for what is
//! committed, so that whoever gives a message knows whether to keep it. Works beside a running daemon.

use std::io::{IsTerminal as _, Read as _, Write};
use std::path::PathBuf;

use anyhow::Context as _;

use super::Exit;
use super::open::Records;
use crate::config::ConfigFaults;
use crate::domain::ids::Digest;

/// Takes the messages in, one after another. A file that cannot be read is named and left out; when
/// the database fails, that and the following messages are not taken.
pub(super) async fn run(files: &[PathBuf], records: &Records, out: &mut dyn Write) -> anyhow::Result<Exit> {
    if files.is_empty() {
        return from_standard_input(records, out).await;
    }
    let mut exit = Exit::Done;
    for file in files {
        let name = file.display().to_string();
        match std::fs::read(file) {
            Ok(bytes) if !bytes.is_empty() => take_in(&name, bytes, records, out).await?,
            Ok(_empty) => {
                eprintln!("complaintsd: {name}: the file is empty: name a file that holds a raw message");
                exit = Exit::Failed;
            }
            Err(error) => {
                eprintln!("complaintsd: {name}: cannot be read ({error}): check its name and permissions");
                exit = Exit::Failed;
            }
        }
    }
    Ok(exit)
}

/// Whatever keeps a message out of the database, its giver must keep it: a mail server sends a message
/// back to the resident at any status it does not know as temporary.
pub(super) fn keep_what_is_not_logged(taken: anyhow::Result<Exit>) -> anyhow::Result<Exit> {
    taken.or_else(|error| {
        match error.downcast_ref::<ConfigFaults>() {
            Some(faults) => eprintln!("{faults}"),
            None => eprintln!("complaintsd: {error:#}"),
        }
        Ok(Exit::Temporary)
    })
}

async fn from_standard_input(records: &Records, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let mut stdin = std::io::stdin().lock();
    let mut bytes = Vec::new();
    if !stdin.is_terminal() {
        stdin.read_to_end(&mut bytes).context("standard input cannot be read")?;
    }
    if bytes.is_empty() {
        eprintln!("complaintsd: standard input holds no message: name files, or pipe a raw message in");
        return Ok(Exit::Usage);
    }
    take_in("standard input", bytes, records, out).await?;
    Ok(Exit::Done)
}

async fn take_in(name: &str, bytes: Vec<u8>, records: &Records, out: &mut dyn Write) -> anyhow::Result<()> {
    let refused = || format!("{name}: not logged; give it again, what is logged already is not logged twice");
    let known = records.store.contact_of_digest(Digest::of(&bytes)).await.with_context(refused)?.is_some();
    let id = records.ingest().take_in(bytes).await.with_context(refused)?;
    // It is committed: neither a failed look at its case nor nobody reading this answer may keep the
    // next message out.
    let contact = records.store.contact(id).await.ok().flatten();
    let case = contact.and_then(|contact| contact.case).map(|case| format!(", case {case}"));
    let known = if known { " (known already)" } else { "" };
    let _unread = writeln!(out, "{name}: contact {id}{}{known}", case.unwrap_or_default());
    Ok(())
}
