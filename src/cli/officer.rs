//! `complaintsd officer`: the officers' accounts. A password is never an argument, where every user of
//! the machine could read it; a generated one is shown once and kept only as its hash.

use std::io::{BufRead as _, IsTerminal as _, Read as _, Write};
use std::sync::Arc;

use anyhow::{Context as _, bail, ensure};
use data_encoding::BASE32_NOPAD;
use jiff::Timestamp;
use serde_json::json;

use super::args::{List, Officer as Words};
use super::open::Records;
use super::{Exit, print};
use crate::daemon::house;
use crate::domain::ids::EmailAddress;
use crate::domain::people::{Actor, Officer, Role, Standing};
use crate::store::NewOfficer;
use crate::web::password;

/// Adds, lists or switches off.
pub(super) async fn run(asked: &Words, records: &Records, now: Timestamp, out: &mut dyn Write) -> anyhow::Result<Exit> {
    match asked {
        Words::Add { email, name, role } => add(records, email, name, *role, now, out).await?,
        Words::List(List { json }) => {
            let officers = records.store.officers().await?;
            if *json {
                let facts = |officer: &Officer| {
                    json!({
                        "id": officer.id.0,
                        "email": officer.email.as_str(),
                        "name": officer.name,
                        "role": officer.role.key(),
                        "standing": standing(officer),
                    })
                };
                print::array(officers.iter().map(facts), out)?;
            } else {
                let row = |officer: &Officer| {
                    let (email, role) = (officer.email.to_string(), officer.role.to_string());
                    vec![email, role, standing(officer).to_owned(), print::one_line(&officer.name)]
                };
                print::table(&officers.iter().map(row).collect::<Vec<_>>(), out)?;
            }
        }
        Words::Disable { email } => disable(records, email, out).await?,
    }
    Ok(Exit::Done)
}

const fn standing(officer: &Officer) -> &'static str {
    match officer.standing {
        Standing::Active => "active",
        Standing::Disabled => "disabled",
    }
}

async fn add(
    records: &Records,
    email: &EmailAddress,
    name: &str,
    role: Role,
    now: Timestamp,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let name = name.trim();
    ensure!(!name.is_empty(), "--name is blank: give the name that letters and history show");
    let taken = || format!("{email} has an account already: see `complaintsd officer list`");
    if records.store.officer_by_email(email).await?.is_some() {
        bail!(taken());
    }
    let given = given_password()?;
    let secret = given.clone().map_or_else(generated_password, Ok)?;
    let password_hash = password::hash(secret.clone()).await?;
    let new = NewOfficer { email: email.clone(), name: name.to_owned(), role, password_hash };
    let mut tx = records.store.begin().await?;
    tx.add_officer(&new, &Actor::Operator, now).await?.with_context(taken)?;
    tx.commit().await?;
    writeln!(out, "{email} can sign in as {role}")?;
    if given.is_none() {
        writeln!(out, "password, shown only now: {secret}")?;
    }
    Ok(())
}

/// The line on standard input; `None` at a terminal and when there is nothing at all.
fn given_password() -> anyhow::Result<Option<String>> {
    let stdin = std::io::stdin().lock();
    if stdin.is_terminal() {
        return Ok(None);
    }
    let mut line = String::new();
    let longest = u64::try_from(password::LONGEST)?.saturating_add(2);
    let read = stdin.take(longest).read_line(&mut line).context("the password cannot be read from standard input")?;
    let line = line.strip_suffix('\n').unwrap_or(&line);
    Ok((read > 0).then(|| line.strip_suffix('\r').unwrap_or(line).to_owned()))
}

/// 120 random bits, easy to read aloud and to type.
fn generated_password() -> anyhow::Result<String> {
    let mut random = [0; 15];
    getrandom::fill(&mut random).context("the system gives no random numbers")?;
    let letters = BASE32_NOPAD.encode(&random).to_lowercase();
    let groups: Vec<&str> = letters.as_bytes().chunks(6).filter_map(|group| std::str::from_utf8(group).ok()).collect();
    Ok(groups.join("-"))
}

async fn disable(records: &Records, email: &EmailAddress, out: &mut dyn Write) -> anyhow::Result<()> {
    let Some((officer, _)) = records.store.officer_by_email(email).await? else {
        bail!("{email} has no account: see `complaintsd officer list`");
    };
    let desk = house::desk(&records.config)?;
    let casework = house::casework(&records.config, &records.store, Arc::clone(&records.clock), desk);
    match casework.disable_officer(&officer, &Actor::Operator).await? {
        None => writeln!(out, "{} was switched off already", officer.email)?,
        Some(cases) => {
            writeln!(out, "{} is switched off, and signed out everywhere", officer.email)?;
            for case in cases {
                writeln!(out, "{case} has no handler now: assign another at once")?;
            }
        }
    }
    Ok(())
}
