//! The words of a message that are its sender's and not ours: what we wrote ourselves and the sender
//! quotes must not be found again. In doubt a passage is read: a find too many costs a look.
//!
//! Left out is a passage quoted from one of our addresses or names, and, in an answer to a letter of
//! ours, a quotation that names nobody.

use super::Ours;

/// How many lines an Outlook-style header of a quoted message may take.
const HEADER_LINES: usize = 6;

/// The passages of a text that are read, in order.
pub(super) fn of(text: &str, answer: bool, ours: &Ours) -> Vec<String> {
    let lines: Vec<&str> = text.lines().collect();
    let mut passages = vec![String::new()];
    // Whether the rest is the text of a message below its header, and whose.
    let mut below: Option<Whose> = None;
    // Who is named in the line before a run of quoted lines.
    let mut named = Whose::Nobodys;
    for (at, line) in lines.iter().enumerate() {
        let (depth, bare) = unquoted(line);
        if let Some(whose) = header_at(&lines, at, ours) {
            below = Some(whose);
        }
        let whose = match (below, depth) {
            (Some(whose), _) => Some(whose),
            (None, 0) => None,
            (None, _) => Some(named),
        };
        let skip = match whose {
            None | Some(Whose::Others) => false,
            Some(Whose::Ours) => true,
            Some(Whose::Nobodys) => answer,
        };
        if depth == 0 && !bare.is_empty() {
            named = if is_attribution(bare) { whose_is(bare, ours) } else { Whose::Nobodys };
        }
        if skip || bare.is_empty() {
            // A phrase does not run on from one passage into the next.
            passages.push(String::new());
        } else if let Some(passage) = passages.last_mut() {
            passage.push(' ');
            passage.push_str(bare);
        }
    }
    passages.retain(|passage| !passage.is_empty());
    passages
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whose {
    Ours,
    Others,
    Nobodys,
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

/// "On Monday … wrote:", in whatever language: it ends in a colon, and quoted lines follow.
fn is_attribution(line: &str) -> bool {
    line.ends_with(':') || line.ends_with(":*")
}

/// Who is named in a line that says who wrote.
fn whose_is(line: &str, ours: &Ours) -> Whose {
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

/// Whether the header of a quoted message begins at this line, as Outlook writes it, and whose.
fn header_at(lines: &[&str], at: usize, ours: &Ours) -> Option<Whose> {
    const FROM: [&str; 6] = ["from:", "*from:*", "von:", "de :", "de:", "da:"];
    const NEXT: [&str; 10] =
        ["sent:", "*sent:*", "date:", "*date:*", "to:", "*to:*", "gesendet:", "envoyé :", "enviado:", "subject:"];
    let starts = |line: &str, words: &[&str]| {
        // Most lines have none.
        if !line.contains(':') {
            return false;
        }
        let line = unquoted(line).1.to_lowercase();
        words.iter().any(|word| line.starts_with(word))
    };
    let first = lines.get(at).filter(|line| starts(line, &FROM))?;
    let follows = lines.iter().skip(at + 1).take(HEADER_LINES).filter(|line| starts(line, &NEXT)).count() >= 2;
    follows.then(|| whose_is(first, ours)).map(|whose| if whose == Whose::Nobodys { Whose::Others } else { whose })
}
