//! `complaintsd remind`: the reminders that are due, put in the outbox and sent: by the daemon when one
//! runs on this database, else at once.

use std::io::Write;

use serde_json::{Value, json};

use super::args::Remind;
use super::{Exit, send};
use crate::daemon::house::House;
use crate::reminders::DueNotice;

/// Reminds once; with `--dry-run` only shows what would be sent.
pub(super) async fn run(asked: &Remind, house: &House, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let reminders = house.reminders();
    let notices = if asked.dry_run { reminders.planned().await? } else { reminders.run_once().await? };
    if asked.json {
        writeln!(out, "{:#}", notices.iter().map(to_json).collect::<Value>())?;
    } else if notices.is_empty() {
        writeln!(out, "no reminder is due")?;
    } else {
        notices.iter().try_for_each(|notice| writeln!(out, "to {}: {}", notice.to, notice.subject))?;
    }
    if asked.dry_run {
        return Ok(Exit::Done);
    }
    let Some(held) = house.store.lock_instance().await? else { return Ok(Exit::Done) };
    if asked.json {
        send::hand_over(house, &held, &mut std::io::stderr()).await
    } else {
        send::hand_over(house, &held, out).await
    }
}

fn to_json(notice: &DueNotice) -> Value {
    json!({
        "case_ref": notice.case.map(|case| case.to_string()),
        "to": notice.to.as_str(),
        "subject": notice.subject,
    })
}
