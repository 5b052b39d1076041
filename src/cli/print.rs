//! How lists and texts look on a terminal. What residents wrote cannot command the terminal.

use std::io::Write;

use serde_json::Value;

use crate::domain::contact::Intake;
use crate::mailbox::Folder;

/// Residents' words without control characters, except line ends and tabs.
pub(super) fn plain(words: &str) -> String {
    words.chars().map(|c| if c.is_control() && c != '\n' && c != '\t' { '\u{fffd}' } else { c }).collect()
}

/// The same on one line.
pub(super) fn one_line(words: &str) -> String {
    plain(words).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A table: each column as wide as its widest cell, the last one as it comes.
pub(super) fn table(rows: &[Vec<String>], out: &mut dyn Write) -> std::io::Result<()> {
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
    for row in rows {
        let cells = row.iter().enumerate().map(|(column, cell)| format!("{cell:<0$}", width(column).unwrap_or(0)));
        writeln!(out, "{}", cells.collect::<Vec<_>>().join("  ").trim_end())?;
    }
    Ok(())
}

/// A mailbox's folder, to stand behind the mailbox's name.
pub(super) fn folder(folder: &Folder) -> String {
    match (folder.name.as_str(), folder.intake) {
        ("", _) => String::new(),
        (name, Intake::Junk) => format!(", folder '{name}' (junk)"),
        (name, _) => format!(", folder '{name}'"),
    }
}

/// A list as a JSON array.
pub(super) fn array(items: impl Iterator<Item = Value>, out: &mut dyn Write) -> std::io::Result<()> {
    writeln!(out, "{:#}", items.collect::<Value>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_cannot_command_the_terminal() {
        assert_eq!(one_line("Damp\u{1b}[2J\nagain"), "Damp\u{fffd}[2J again");
        assert_eq!(plain("a\n\tb\r"), "a\n\tb\u{fffd}");
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let mut out = Vec::new();
        let rows = [["1", "é", "x"], ["10", "ab", ""]].map(|row| row.map(str::to_owned).to_vec());
        table(&rows, &mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "1   é   x\n10  ab\n");
    }
}
