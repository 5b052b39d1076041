//! `complaintsd draft`: the acknowledgements that are missing. Nothing is sent.

use std::io::Write;

use super::Exit;
use crate::daemon::house::House;

/// Drafts, and brings the drafts that time has overtaken up to date.
pub(super) async fn run(house: &House, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let drafted = house.drafting().run_once().await?;
    writeln!(out, "new drafts {}, brought up to date {}", drafted.new, drafted.renewed)?;
    Ok(Exit::Done)
}
