//! The words of a message that are its sender's and not ours: what we wrote ourselves and the sender
//! quotes must not be found again. In doubt a passage is read: a find too many costs a look.
//!
//! Left out is a passage quoted from one of our addresses or names, and, in an answer to a letter of
//! ours, a quotation that names nobody. What we quote from somebody else is theirs, and is read.

use super::Ours;
use crate::domain::quotes;

/// Over how many lines a mail program wraps the line that introduces a quotation.
const INTRODUCTION: usize = 4;

/// Whose words these are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose {
    Ours,
    Others,
    Nobodys,
}

/// The passages of a text by the sender that are read, in order. In an answer to a letter of ours,
/// what is quoted without a name is taken for ours.
pub(super) fn of(text: &str, sender: Whose, answer: bool, ours: &Ours) -> Vec<String> {
    let lines: Vec<(usize, &str)> = text.lines().map(unquoted).collect();
    let bare: Vec<&str> = lines.iter().map(|(_, bare)| *bare).collect();
    let mut passages = vec![String::new()];
    // Whose the text is below the last header of a quoted message, and how deep that header stood.
    let mut below = (sender, 0);
    // Who is named in the last line at each depth, as whoever is quoted one deeper.
    let mut named: Vec<Whose> = Vec::new();
    for (at, &(depth, line)) in lines.iter().enumerate() {
        if line.is_empty() {
            // A phrase does not run on from one passage into the next.
            passages.push(String::new());
            continue;
        }
        if depth < below.1 {
            below = (sender, 0);
        }
        if quotes::fields(bare.get(at..).unwrap_or_default()) > 0 {
            // Whoever wrote what stands below a header has a name, even if it is none we know.
            let whose = whose_is(line, ours);
            below = (if whose == Whose::Nobodys { Whose::Others } else { whose }, depth);
            named.clear();
        }
        let whose = if depth == below.1 {
            below.0
        } else {
            named.get(..depth).unwrap_or(&named).last().copied().unwrap_or(Whose::Nobodys)
        };
        named.resize(depth, Whose::Nobodys);
        named.push(introduced_by(&bare, at, ours));
        let read = match whose {
            Whose::Ours => false,
            Whose::Others => true,
            Whose::Nobodys => !answer,
        };
        match passages.last_mut() {
            Some(passage) if read => {
                passage.push(' ');
                passage.push_str(line);
            }
            _ => passages.push(String::new()),
        }
    }
    passages.retain(|passage| !passage.is_empty());
    passages
}

/// A line without its `>`s, and how many there were.
fn unquoted(line: &str) -> (usize, &str) {
    let mut rest = line.trim();
    let mut depth = 0;
    while let Some(inner) = rest.strip_prefix('>') {
        rest = inner.trim_start();
        depth += 1;
    }
    (depth, rest)
}

/// Whom the line at this place introduces, if it does: "On Monday … wrote:", in whatever language; it
/// ends in a colon, may be wrapped, and what is quoted follows.
fn introduced_by(bare: &[&str], at: usize, ours: &Ours) -> Whose {
    let line = bare.get(at).copied().unwrap_or_default();
    if !(line.ends_with(':') || line.ends_with(":*")) {
        return Whose::Nobodys;
    }
    let whole = (2..=INTRODUCTION).find_map(|length| {
        let lines = bare.get((at + 1).checked_sub(length)?..=at)?;
        (quotes::said(lines) == length).then(|| lines.join(" "))
    });
    whose_is(whole.as_deref().unwrap_or(line), ours)
}

/// Who is named in a line that says who wrote.
pub(super) fn whose_is(line: &str, ours: &Ours) -> Whose {
    let line = line.to_lowercase();
    let named = |name: &&String| name.trim().chars().count() > 3 && line.contains(&name.trim().to_lowercase());
    if ours.addresses.iter().any(|address| line.contains(&address.as_str().to_lowercase()))
        || ours.names.iter().any(|name| named(&name))
    {
        Whose::Ours
    } else if line.contains('@') {
        Whose::Others
    } else {
        Whose::Nobodys
    }
}
