//! Reading template files, built in or from a folder, and compiling them. Files are read and compiled
//! here; whether they make sense is for `lint` and `judging`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use handlebars::TemplateErrorReason;
use include_dir::{Dir, include_dir};

use super::Kind;
use super::elements::{HELPERS, registry};
use super::escape::{self, PASSAGE, PASSAGE_END, PASSAGE_ID};
use super::templates::{TemplateFault, Templates, files, name};
use crate::domain::ids::Digest;
use crate::domain::language::is_tag;

static BUILT_IN: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/letter-templates");

/// The folder of the texts that several kinds share.
const PARTIALS: &str = "partials";
/// The ending of a partial's file.
const PARTIAL: &str = ".md.hbs";

/// Where templates come from.
#[derive(Clone, Copy)]
pub(super) enum Source<'a> {
    /// The copy in the program.
    BuiltIn,
    /// A folder of the landlord's.
    Folder(&'a Path),
}

/// Templates being read.
pub(super) struct Loading<'a> {
    source: Source<'a>,
    /// The templates read so far.
    pub templates: Templates,
    /// What is wrong with them.
    pub faults: Vec<TemplateFault>,
    partials: Vec<String>,
}

impl<'a> Loading<'a> {
    /// Nothing read yet.
    pub fn new(source: Source<'a>) -> Self {
        let mut bodies = registry();
        bodies.register_escape_fn(escape::markdown);
        let mut subjects = registry();
        subjects.register_escape_fn(escape::one_line);
        let templates = Templates {
            bodies,
            subjects,
            digests: BTreeMap::new(),
            editions: BTreeMap::new(),
            marks: BTreeMap::new(),
            translated: BTreeMap::new(),
            files: BTreeMap::new(),
            sources: BTreeMap::new(),
            known: Arc::default(),
        };
        Self { source, templates, faults: Vec::new(), partials: Vec::new() }
    }

    fn shown(&self, path: &str) -> String {
        match self.source {
            Source::BuiltIn => format!("built-in letter-templates/{path}"),
            Source::Folder(dir) => dir.join(path).display().to_string(),
        }
    }

    fn fault(&mut self, path: &str, line: Option<usize>, what: impl Into<String>, remedy: impl Into<String>) {
        let file = self.shown(path);
        self.faults.push(TemplateFault { file, line, what: what.into(), remedy: remedy.into() });
    }

    /// The text of a file; `None`, and a fault, when it cannot be had.
    fn read(&mut self, path: &str) -> Option<String> {
        let bytes = match self.source {
            Source::BuiltIn => BUILT_IN.get_file(path).map(|file| file.contents().to_vec()),
            Source::Folder(dir) => match std::fs::read(dir.join(path)) {
                Ok(bytes) => Some(bytes),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
                Err(error) => {
                    self.fault(path, None, format!("cannot be read: {error}"), "make it readable for the daemon");
                    return None;
                }
            },
        };
        let Some(bytes) = bytes else {
            self.fault(path, None, "is missing", "add it; the built-in one is in letter-templates/ of the source");
            return None;
        };
        let Ok(text) = String::from_utf8(bytes) else {
            self.fault(path, None, "is not UTF-8 text", "save it again as UTF-8");
            return None;
        };
        let text = text.strip_prefix('\u{FEFF}').map(ToOwned::to_owned).unwrap_or(text).replace("\r\n", "\n");
        for (line, words) in (1..).zip(text.lines()) {
            if words.contains([PASSAGE, PASSAGE_ID, PASSAGE_END]) {
                self.fault(path, Some(line), "contains a private-use character", "take it out");
            }
            if words.contains(|c: char| c.is_control() && c != '\t') {
                self.fault(path, Some(line), "contains a control character, which no letter can carry", "take it out");
            }
            if words.contains("\\{{") {
                self.fault(path, Some(line), "a backslash before {{ would print the braces", "take the backslash away");
            }
        }
        self.templates.sources.insert(self.shown(path), text.clone());
        Some(text)
    }

    /// Names of the files in the folder of partials.
    fn partial_files(&mut self) -> BTreeSet<String> {
        match self.source {
            Source::BuiltIn => BUILT_IN
                .get_dir(PARTIALS)
                .into_iter()
                .flat_map(Dir::files)
                .filter_map(|file| file.path().file_name())
                .map(|name| name.to_string_lossy().into_owned())
                .collect(),
            Source::Folder(dir) => {
                // No folder means no partials: a template that needs one says so itself.
                let Ok(entries) = std::fs::read_dir(dir.join(PARTIALS)) else { return BTreeSet::new() };
                entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
            }
        }
    }

    /// Reads the texts that several kinds share.
    pub fn partials(&mut self) {
        for file in self.partial_files() {
            let Some(name) = file.strip_suffix(PARTIAL) else { continue };
            let path = format!("{PARTIALS}/{file}");
            if HELPERS.contains(&name) || Kind::all().iter().any(|kind| kind.key() == name) {
                self.fault(&path, None, format!("the name '{name}' is reserved"), "rename the file");
                continue;
            }
            let Some(text) = self.read(&path) else { continue };
            let result = self.templates.bodies.register_partial(name, &text);
            self.compiled(&path, result);
            self.templates.files.insert(name.to_owned(), self.shown(&path));
            self.partials.extend([name.to_owned(), text]);
        }
    }

    /// The languages that the files in a kind's folder are written in, beside English.
    fn languages(&self, kind: Kind) -> BTreeSet<String> {
        let names: Vec<String> = match self.source {
            Source::BuiltIn => {
                let files = BUILT_IN.get_dir(kind.key()).into_iter().flat_map(Dir::files);
                files.filter_map(|file| Some(file.path().file_name()?.to_string_lossy().into_owned())).collect()
            }
            Source::Folder(dir) => {
                // A folder that is not there is named when its body is read.
                let entries = std::fs::read_dir(dir.join(kind.key())).into_iter().flatten().flatten();
                entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
            }
        };
        let tag = |name: &String| {
            let body = name.strip_prefix("letter.").and_then(|rest| rest.strip_suffix(".md.hbs"));
            let subject = name.strip_prefix("subject.").and_then(|rest| rest.strip_suffix(".hbs"));
            body.or(subject).filter(|tag| is_tag(tag)).map(ToOwned::to_owned)
        };
        names.iter().filter_map(tag).collect()
    }

    /// Reads the body and subject of a kind, in every language that it has.
    pub fn kind(&mut self, kind: Kind) {
        let mut edition: Vec<(String, String)> = Vec::new();
        for language in std::iter::once(None).chain(self.languages(kind).into_iter().map(Some)) {
            let name = name(kind, language.as_deref());
            let [body_path, subject_path] = files(language.as_deref()).map(|file| format!("{}/{file}", kind.key()));
            let (body, subject) = (self.read(&body_path), self.read(&subject_path));
            self.templates.files.insert(name.clone(), self.shown(&body_path));
            let (Some(body), Some(subject)) = (body, subject) else { return };
            let result = self.templates.bodies.register_template_string(&name, &body);
            self.compiled(&body_path, result);
            let result = self.templates.subjects.register_template_string(&name, subject.trim());
            self.compiled(&subject_path, result);
            edition.extend([(body_path, body), (subject_path, subject)]);
            if let Some(tag) = language {
                self.templates.translated.insert((kind, tag), Vec::new());
            }
        }
        let texts = edition.iter().map(|(_, text)| text);
        let digest = Digest::of_texts(texts.chain(&self.partials).map(String::as_str));
        let mut edition: BTreeMap<String, String> = edition.into_iter().collect();
        for pair in self.partials.chunks(2) {
            if let [name, text] = pair {
                edition.insert(format!("{PARTIALS}/{name}{PARTIAL}"), text.clone());
            }
        }
        self.templates.digests.insert(kind, digest);
        self.templates.editions.insert(digest, edition);
    }

    fn compiled(&mut self, path: &str, result: Result<(), handlebars::TemplateError>) {
        if let Err(error) = result {
            let line = error.pos().map(|(line, _)| line);
            let what = match error.reason() {
                // The parser's own words list the names of grammar rules.
                TemplateErrorReason::InvalidSyntax(_) => "something is not closed, here or above".to_owned(),
                other => other.to_string(),
            };
            self.fault(path, line, what, "close every {{#…}} with its {{/…}}, and every {{ with }}");
        }
    }
}
