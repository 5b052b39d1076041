//! The data files that come with the program, and their replacements. A replacement is a folder; a
//! file that the folder lacks is taken from the built-in copy only where that is said to be so.

use std::path::{Path, PathBuf};

use super::faults::Ledger;

/// The text of a data file and the name it is reported by.
#[derive(Debug, Clone)]
pub(super) struct Data {
    pub(super) file: PathBuf,
    pub(super) text: String,
}

/// The lists of words that must not wait.
pub(super) const HAND_OVER_WORDS: &str = "hand-over-words.toml";

/// The phrases by which the kind of a message is suggested.
pub(super) const TRIAGE_WORDS: &str = "triage-words.toml";

/// The folder of the rules of writing.
const WRITING_RULES: &str = "writing-rules";

const BUILT_IN: [(&str, &str); 16] = [
    (HAND_OVER_WORDS, include_str!("../../config/hand-over-words.toml")),
    (TRIAGE_WORDS, include_str!("../../config/triage-words.toml")),
    ("codes/housing-ombudsman-2024.toml", include_str!("../../config/codes/housing-ombudsman-2024.toml")),
    ("codes/lgsco-2024.toml", include_str!("../../config/codes/lgsco-2024.toml")),
    ("codes/spso-mchp.toml", include_str!("../../config/codes/spso-mchp.toml")),
    ("ombudsmen/housing-ombudsman.toml", include_str!("../../config/ombudsmen/housing-ombudsman.toml")),
    ("ombudsmen/lgsco.toml", include_str!("../../config/ombudsmen/lgsco.toml")),
    ("ombudsmen/nipso.toml", include_str!("../../config/ombudsmen/nipso.toml")),
    ("ombudsmen/psow.toml", include_str!("../../config/ombudsmen/psow.toml")),
    ("ombudsmen/spso.toml", include_str!("../../config/ombudsmen/spso.toml")),
    ("bank-holidays/gov-uk.json", include_str!("../../config/bank-holidays/gov-uk.json")),
    ("bank-holidays/overlay.json", include_str!("../../config/bank-holidays/overlay.json")),
    ("writing-rules/code.toml", include_str!("../../config/writing-rules/code.toml")),
    ("writing-rules/ombudsman-details.toml", include_str!("../../config/writing-rules/ombudsman-details.toml")),
    ("writing-rules/people.toml", include_str!("../../config/writing-rules/people.toml")),
    ("writing-rules/plain-english.toml", include_str!("../../config/writing-rules/plain-english.toml")),
];

/// The built-in copy, named `(built in) codes/…`.
pub(super) fn built_in(path: &str) -> Option<Data> {
    let (_, text) = BUILT_IN.iter().find(|(name, _)| *name == path)?;
    Some(Data { file: PathBuf::from(format!("(built in) {path}")), text: (*text).to_owned() })
}

/// A file of the landlord's own folder, or the built-in copy when no folder is named.
pub(super) fn open(folder: Option<&Path>, kind: &str, name: &str, ledger: &Ledger) -> Option<Data> {
    let Some(folder) = folder else {
        let found = built_in(&format!("{kind}/{name}"));
        if found.is_none() {
            let known: Vec<&str> =
                BUILT_IN.iter().filter_map(|(path, _)| path.strip_prefix(kind)?.strip_prefix('/')).collect();
            let remedy = format!("built in: {}; for another one name its folder in [paths]", known.join(", "));
            ledger.unusable(Path::new(name), "no such file is built in", remedy);
        }
        return found;
    };
    let file = folder.join(name);
    match std::fs::read_to_string(&file) {
        Ok(text) => Some(Data { file, text }),
        Err(error) => {
            ledger.unusable(
                &file,
                format!("cannot be read ({error})"),
                "put it there, or leave the key out of [paths]",
            );
            None
        }
    }
}

/// GOV.UK's file and the overlay. A folder may hold one of the two; the other is then the built-in.
pub(super) fn bank_holidays(folder: Option<&Path>, ledger: &Ledger) -> Option<(Data, Data)> {
    let [published, overlay] = ["gov-uk.json", "overlay.json"];
    let present = |name: &str| folder.filter(|folder| folder.join(name).exists());
    if let (Some(folder), None, None) = (folder, present(published), present(overlay)) {
        ledger.unusable(
            folder,
            "holds neither gov-uk.json nor overlay.json",
            "put one of them there, or leave bank_holidays out of [paths]",
        );
        return None;
    }
    open(present(published), "bank-holidays", published, ledger).zip(open(
        present(overlay),
        "bank-holidays",
        overlay,
        ledger,
    ))
}

/// All files with rules of writing: those of the landlord's own folder, or the built-in ones.
pub(super) fn writing_rules(folder: Option<&Path>, ledger: &Ledger) -> Vec<Data> {
    let Some(folder) = folder else {
        let ours = BUILT_IN.iter().filter(|(path, _)| Path::new(path).parent() == Some(Path::new(WRITING_RULES)));
        return ours.filter_map(|(path, _)| built_in(path)).collect();
    };
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "toml"))
        .collect();
    files.sort();
    if files.is_empty() {
        let remedy = "copy config/writing-rules there and edit the copy, or leave writing_rules out of [letters]";
        ledger.unusable(folder, "holds no file with rules (*.toml)", remedy);
    }
    let mut all = Vec::new();
    for file in files {
        match std::fs::read_to_string(&file) {
            Ok(text) => all.push(Data { file, text }),
            Err(error) => ledger.unusable(
                &file,
                format!("cannot be read ({error})"),
                "save it as UTF-8 text that the daemon may read, or remove it",
            ),
        }
    }
    all
}
