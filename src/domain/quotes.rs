//! Tells what somebody wrote from what they quoted, so that a page can fold the quotations.
//!
//! Invariants: nothing is left out or changed: the passages put together are the text. What somebody
//! wrote between quotations stays in sight; in doubt a passage is written, not quoted. A text that
//! would be quoted from end to end is not folded at all. Work grows with the length of the text.

/// A stretch of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Passage<'x> {
    /// The text, with its line ends.
    pub text: &'x str,
    /// Whose it is.
    pub source: Source,
}

/// Whose words a passage holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The sender's.
    Written,
    /// An earlier message's.
    Quoted,
}

/// Over how many lines a mailer wraps the line that introduces a quotation.
const MAX_INTRODUCTION: usize = 4;

/// How many empty lines stand between the lines of one quotation.
const MAX_GAP: usize = 3;

/// How many passages a page can show apart; a text of more is not folded.
const MAX_PASSAGES: usize = 1_000;

/// How many characters such a line has at most.
const MAX_LINE: usize = 400;

/// What begins the line that introduces a quotation, in the languages of UK mail; what ends it.
const BEGINS: [&str; 24] = [
    "On ",
    "Ar ",
    "W dniu ",
    "Dnia ",
    "Am ",
    "Le ",
    "El ",
    "Em ",
    "Il ",
    "Op ",
    "În ",
    "Pe ",
    "La data ",
    "Dne ",
    "Dňa ",
    "Den ",
    "Em ",
    "2. ",
    "A ",
    "Na ",
    "On\u{a0}",
    "Le\u{a0}",
    "بتاريخ ",
    "في ",
];
const ENDS: [&str; 30] = [
    "wrote",
    "ysgrifennodd",
    "napisał(a)",
    "napisał",
    "napisała",
    "pisze",
    "schrieb",
    "a écrit",
    "escribió",
    "escreveu",
    "ha scritto",
    "schreef",
    "a scris",
    "napsal(a)",
    "napsal",
    "napísal(a)",
    "rašė",
    "rakstīja",
    "نے لکھا",
    "لکھا",
    "كتب",
    "লিখেছেন",
    "ਨੇ ਲਿਖਿਆ",
    "એ લખ્યું",
    "şunu yazdı",
    "пише",
    "пишет",
    "написал(а)",
    "waxuu qoray",
    "写道",
];

/// The names of the first and of further fields that Outlook puts over what it quotes.
const FROM: [&str; 13] =
    ["from", "oddi wrth", "od", "von", "de", "da", "van", "de la", "منجانب", "من", "від", "от", "kimden"];
const FURTHER: [&str; 44] = [
    "sent",
    "date",
    "to",
    "cc",
    "subject",
    "anfonwyd",
    "dyddiad",
    "at",
    "pwnc",
    "wysłano",
    "wysłane",
    "data",
    "do",
    "dw",
    "temat",
    "gesendet",
    "an",
    "betreff",
    "envoyé",
    "à",
    "objet",
    "enviado",
    "enviado el",
    "para",
    "asunto",
    "enviada em",
    "assunto",
    "inviato",
    "a",
    "oggetto",
    "verzonden",
    "aan",
    "onderwerp",
    "trimis",
    "către",
    "subiect",
    "بھیجا",
    "بنام",
    "موضوع",
    "إلى",
    "الموضوع",
    "تاريخ",
    "reply-to",
    "importance",
];
const ORIGINAL: [&str; 10] = [
    "original message",
    "neges wreiddiol",
    "wiadomość oryginalna",
    "oryginalna wiadomość",
    "ursprüngliche nachricht",
    "message d'origine",
    "mensaje original",
    "messaggio originale",
    "mesaj original",
    "اصل پیغام",
];

/// The passages of a text, in order.
#[must_use]
pub fn passages(text: &str) -> Vec<Passage<'_>> {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let mut sources = Vec::with_capacity(lines.len());
    let mut words_before = false;
    while let Some(line) = lines.get(sources.len()) {
        let at = sources.len();
        let rest = lines.get(at..).unwrap_or_default();
        let introduction = introduction(rest);
        let follows = rest.get(introduction..).unwrap_or_default();
        let quoted = match quotation(follows) {
            // A quotation, and the lines that introduce it.
            length @ 1.. => introduction + length,
            // A whole message below, as Outlook and telephones quote: all the rest.
            0 if introduction > 0 && words_before => rest.len(),
            0 => 0,
        };
        if quoted > 0 {
            sources.extend(std::iter::repeat_n(Source::Quoted, quoted));
        } else {
            words_before |= line.chars().any(char::is_alphanumeric);
            sources.push(Source::Written);
        }
    }
    let changes = sources.windows(2).filter(|pair| pair.first() != pair.last()).count();
    if !words_before || changes >= MAX_PASSAGES {
        sources.fill(Source::Written);
    }
    joined(text, &lines, &sources)
}

/// Neighbouring lines of one source as one passage.
fn joined<'x>(text: &'x str, lines: &[&'x str], sources: &[Source]) -> Vec<Passage<'x>> {
    let mut passages: Vec<Passage<'x>> = Vec::new();
    let (mut start, mut end) = (0, 0);
    for (place, (line, source)) in lines.iter().zip(sources).enumerate() {
        end += line.len();
        if sources.get(place + 1) != Some(source) {
            passages.extend(text.get(start..end).map(|text| Passage { text, source: *source }));
            start = end;
        }
    }
    passages
}

/// How many lines here are marked as quoted, with the empty ones between them.
fn quotation(lines: &[&str]) -> usize {
    let (mut length, mut empty) = (0, 0);
    for (at, line) in lines.iter().enumerate() {
        match line.trim_start() {
            quoted if quoted.starts_with('>') => (length, empty) = (at + 1, 0),
            "" if empty < MAX_GAP => empty += 1,
            _ => break,
        }
    }
    length
}

/// How many lines here introduce a quotation: `On … wrote:`, Outlook's fields, a line that says so.
fn introduction(lines: &[&str]) -> usize {
    let ruled = lines.first().is_some_and(|line| is_rule(line));
    let first = usize::from(ruled);
    let lines = lines.get(first..).unwrap_or_default();
    match said(lines).max(fields(lines)).max(usize::from(lines.first().is_some_and(|line| is_original(line)))) {
        0 => 0,
        length => first + length,
    }
}

/// `________________`, as Outlook draws above its fields.
fn is_rule(line: &str) -> bool {
    let line = line.trim();
    line.len() >= 10 && line.chars().all(|letter| matches!(letter, '_' | '-' | '─' | '*'))
}

/// `-----Original Message-----`.
fn is_original(line: &str) -> bool {
    let line = line.trim();
    let words = line.trim_matches(['-', '_', ' ', '\u{a0}']);
    line.starts_with('-') && line.ends_with('-') && ORIGINAL.contains(&words.to_lowercase().as_str())
}

/// How many lines `On Mon, 2 Nov 2026 at 09:14, Ann Poole <ann@example.org> wrote:` takes, in one line
/// or wrapped.
pub(super) fn said(lines: &[&str]) -> usize {
    let Some(first) = lines.first().map(|line| line.trim()) else { return 0 };
    let begins = BEGINS.iter().any(|begin| first.starts_with(begin));
    let dated = |line: &str| line.chars().any(char::is_numeric);
    if first.is_empty() || !(dated(first) || first.contains('@')) {
        return 0;
    }
    let mut length = 0;
    for (at, line) in lines.iter().take(if begins { MAX_INTRODUCTION } else { 1 }).enumerate() {
        let line = line.trim();
        length += line.chars().count();
        if line.is_empty() || length > MAX_LINE {
            return 0;
        }
        let Some(line) = line.strip_suffix([':', '：']) else { continue };
        let line = line.trim_end().to_lowercase();
        // A language may put the name behind the verb; then an address or a time stands in the line.
        let verb = ENDS.iter().any(|verb| line.ends_with(verb) || (begins && line.contains(&format!(" {verb} "))));
        return if verb && (begins || first.contains('@')) { at + 1 } else { 0 };
    }
    0
}

/// How many lines `From: … / Sent: … / To: … / Subject: …` takes.
pub(super) fn fields(lines: &[&str]) -> usize {
    let name = |line: &str| {
        let (name, _) = line.split_once([':', '：'])?;
        Some(name.trim_matches(['*', ' ', '\u{a0}', '\t']).to_lowercase())
    };
    let named = |line: Option<&&str>, names: &[&str]| {
        line.and_then(|line| name(line)).is_some_and(|name| names.contains(&name.as_str()))
    };
    if !named(lines.first(), &FROM) {
        return 0;
    }
    // A long list of recipients runs over several lines.
    let mut found = 1;
    let mut length = 1;
    for (at, line) in lines.iter().enumerate().skip(1).take(20) {
        if line.trim().is_empty() {
            break;
        }
        if named(Some(line), &FURTHER) {
            found += 1;
            length = at + 1;
        } else if at > length + 8 {
            break;
        }
    }
    if found >= 3 { length } else { 0 }
}

#[cfg(test)]
mod tests;
