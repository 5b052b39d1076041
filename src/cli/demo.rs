//! `demo`: the whole program on invented messages, with no server.

use std::io::Write;

use super::args;
use crate::clock::Clock;
use crate::config::{self, Surroundings};
use crate::daemon;
use crate::daemon::house::House;
use crate::demo::{self, OFFICERS};

/// Makes the demo's folder ready and serves it until told to stop.
///
/// # Errors
/// When the folder or the address cannot be used; the words say what to do.
pub async fn run(words: &args::Demo, clock: &dyn Clock, out: &mut dyn Write) -> anyhow::Result<()> {
    let now = clock.now();
    let demo = demo::prepare(&words.dir, words.listen, now)?;
    let loaded = config::load(&demo.config, &Surroundings::at(now))?;
    let house = House::open(loaded.config).await?;
    demo::add_officers(&house, &demo.password).await?;
    daemon::run(house, |house| {
        writeln!(out, "The demo is running.\n")?;
        writeln!(out, "  Pages     {}", house.config.web.public_url)?;
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
    .await
}
