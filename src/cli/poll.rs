//! `complaintsd poll`: each mailbox once, and nothing else. A mailbox that fails does not stop the
//! others.

use std::io::Write;

use super::open::Records;
use super::{Exit, daemon_does};
use crate::daemon::house;
use crate::ingest::IngestError;
use crate::mailbox::MailboxError;
use crate::store::StoreError;

/// Reads the mailboxes. A fault that waiting does not cure ends with 1, any other with 75.
pub(super) async fn run(records: &Records, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let Some(_held) = records.store.lock_instance().await? else { return Ok(daemon_does("reads the mailbox")) };
    let ingest = records.ingest();
    let sign_ins = records.sign_ins();
    let mut exit = Exit::Done;
    for mailbox in &records.config.mailboxes {
        let mut source = house::source(mailbox, &sign_ins);
        let passed = ingest.run_once(source.as_mut(), &|_| {}).await;
        source.close().await;
        match passed {
            Ok(pass) => {
                note(records, &mailbox.name, None).await?;
                let (kept, contacts, cases, duplicates) = (pass.kept, pass.contacts, pass.cases, pass.duplicates);
                let name = &mailbox.name;
                writeln!(out, "{name}: kept {kept}, contacts {contacts}, cases {cases}, duplicates {duplicates}")?;
            }
            Err(IngestError::Mailbox(fault)) => {
                eprintln!("complaintsd: {fault}");
                note(records, &mailbox.name, Some(&fault)).await?;
                exit =
                    if exit == Exit::Failed || fault.fault.needs_a_person() { Exit::Failed } else { Exit::Temporary };
            }
            Err(IngestError::Store(fault)) => return Err(fault.into()),
        }
    }
    Ok(exit)
}

/// Notes how the reading went, for the officers' pages.
async fn note(records: &Records, mailbox: &str, fault: Option<&MailboxError>) -> Result<(), StoreError> {
    let now = records.clock.now();
    let mut tx = records.store.begin().await?;
    match fault {
        None => tx.mailbox_read(mailbox, now).await?,
        Some(fault) => tx.mailbox_failed(mailbox, &fault.to_string(), now).await?,
    }
    tx.commit().await
}
