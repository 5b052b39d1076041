//! `complaintsd check`: finds everything that would go wrong later, and says it all at once.

use std::io::Write;
use std::path::Path;

use super::Exit;
use super::args::Check;
use crate::config::{self, Config, ConfigFault, Loaded, Surroundings, Weight};
use crate::domain::words;

/// A further check: its name, and its faults, one a line, each naming file or key and the remedy.
type Further = (&'static str, fn(&Config) -> Vec<String>);

/// The checks after the configuration's own. Templates and pages belong here.
const FURTHER: [Further; 0] = [];

/// Checks the configuration and everything it names.
pub(super) fn run(
    check: &Check,
    file: &Path,
    surroundings: &Surroundings,
    out: &mut dyn Write,
) -> anyhow::Result<Exit> {
    anyhow::ensure!(!check.connect, "this version cannot check connections yet: leave --connect out");
    let Loaded { config, concerns } = config::load(file, surroundings)?;
    let mut grave = report(&concerns, out)?;
    for (name, faults) in FURTHER.map(|(name, faults)| (name, faults(&config))) {
        grave |= !faults.is_empty();
        for fault in faults {
            writeln!(out, "fault: {name}: {fault}")?;
        }
    }
    writeln!(out, "{}: configuration read", file.display())?;
    let rules = &config.rules;
    writeln!(out, "Code: {}", rules.code.title)?;
    let (division, to) = (rules.calendar.division(), words::date(rules.calendar.covered_to()));
    writeln!(out, "bank holidays for {division}: known to {to}")?;
    if let Some(on) = config.ombudsman.verified_on {
        writeln!(out, "{}: details checked on {}", config.ombudsman.name, words::date(on))?;
    }
    writeln!(out, "{}", if grave { "There are faults, see above." } else { "No faults." })?;
    Ok(if grave { Exit::Usage } else { Exit::Done })
}

/// Prints what is wrong; says whether some work cannot be done.
fn report(concerns: &[ConfigFault], out: &mut dyn Write) -> std::io::Result<bool> {
    for concern in concerns {
        let word = if concern.weight == Weight::Warning { "warning" } else { "fault" };
        writeln!(out, "{word}: {concern}")?;
    }
    Ok(concerns.iter().any(|concern| concern.weight > Weight::Warning))
}
