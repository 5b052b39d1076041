//! `demo`: the whole program on invented messages, with no server.

use std::io::Write;

use jiff::Timestamp;

use super::{Exit, args, open};
use crate::daemon;
use crate::daemon::house::House;
use crate::demo::{self, OFFICERS};

/// Makes the demo's folder ready and serves it until told to stop.
pub async fn run(words: &args::Demo, now: Timestamp, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let demo = demo::prepare(&words.dir, words.listen, now)?;
    let house = House::open_to_serve(open::config(&demo.config, now)?).await?;
    demo::add_officers(&house, &demo.password).await?;
    daemon::run(house, |house| {
        writeln!(out, "The demo is running.\n")?;
        writeln!(out, "  Pages     {}", house.config.web.public_url.as_str())?;
        for (email, _, role) in OFFICERS {
            writeln!(out, "  Sign in   {email} ({role})")?;
        }
        writeln!(out, "  Password  {}", demo.password)?;
        writeln!(out, "  Letters   {}", demo.spool.display())?;
        writeln!(out, "  Settings  {}", demo.config.display())?;
        writeln!(out, "\nPress Ctrl-C to stop. Started again, it goes on from here.")?;
        out.flush()?;
        Ok(())
    })
    .await?;
    Ok(Exit::Done)
}
