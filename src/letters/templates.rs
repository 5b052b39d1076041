//! The landlord's words: loading the templates, holding them against the samples and the Code, and
//! rendering. A template that loads renders every case: nothing about a resident can break it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;

use handlebars::Handlebars;
use include_dir::{Dir, include_dir};
use serde::Serialize;
use serde_json::Value;

use super::context::{AcknowledgementView, ExtensionView, OverdueListView, ReminderView, View};
use super::elements::{HELPERS, registry, take_passages};
use super::escape::{self, PASSAGE, PASSAGE_END, PASSAGE_ID};
use super::formats::{self, Refused, Tree};
use super::lint::{self, Mark, Shape};
use super::{Kind, Rendered, digest_of};
use crate::domain::code::HandlingCode;
use crate::domain::ids::Digest;
use crate::domain::letter::{LetterKind, NoticeKind};

static BUILT_IN: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/letter-templates");

/// The body of a kind.
const BODY: &str = "letter.md.hbs";
/// The subject of a kind.
const SUBJECT: &str = "subject.hbs";
/// The folder of the texts that several kinds share.
const PARTIALS: &str = "partials";
/// The ending of a partial's file.
const PARTIAL: &str = ".md.hbs";
/// The longest rendered text, in bytes.
const LONGEST: usize = 1 << 20;

/// Something wrong with a template, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub struct TemplateFault {
    /// The file.
    pub file: String,
    /// The line, from 1, where there is one.
    pub line: Option<usize>,
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub remedy: String,
}

impl fmt::Display for TemplateFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(f, ", line {line}")?;
        }
        write!(f, ": {}; {}", self.what, self.remedy)
    }
}

/// A letter could not be rendered.
#[derive(Debug, thiserror::Error)]
pub enum RenderFault {
    /// The template failed.
    #[error("rendering the template {kind}")]
    Template {
        /// Which.
        kind: Kind,
        /// How.
        source: Box<handlebars::RenderError>,
    },
    /// The result is too long to be a letter.
    #[error("the letter {0} would be longer than {LONGEST} bytes")]
    TooLong(Kind),
}

/// All templates, compiled and checked.
#[derive(Debug, Clone)]
pub struct Templates {
    bodies: Handlebars<'static>,
    subjects: Handlebars<'static>,
    digests: BTreeMap<Kind, Digest>,
    marks: BTreeMap<Kind, Vec<Mark>>,
    /// From a template's name to its file.
    files: BTreeMap<String, String>,
}

impl Templates {
    /// Loads the templates from a folder, or the ones built in.
    ///
    /// # Errors
    /// Every fault found, in the order of files and lines.
    pub fn load(dir: Option<&Path>) -> Result<Self, Vec<TemplateFault>> {
        let mut loading = Loading::new(match dir {
            Some(dir) => Source::Folder(dir),
            None => Source::BuiltIn,
        });
        loading.partials();
        for kind in Kind::all() {
            loading.kind(kind);
        }
        let Loading { mut templates, mut faults, .. } = loading;
        if faults.is_empty() {
            faults = templates.walk();
        }
        if faults.is_empty() {
            faults = templates.try_samples();
        }
        if faults.is_empty() {
            return Ok(templates);
        }
        faults.sort();
        faults.dedup();
        Err(faults)
    }

    /// Holds the letters against what the Code requires: every required element is marked and says
    /// something when the case is complete, and says nothing when the case has nothing to say.
    #[must_use]
    pub fn check(&self, code: &HandlingCode) -> Vec<TemplateFault> {
        let mut faults = Vec::new();
        for kind in LetterKind::ALL {
            self.check_letter(code, kind, &mut faults);
        }
        faults.sort();
        faults.dedup();
        faults
    }

    /// Renders a view.
    ///
    /// # Errors
    /// [`RenderFault`]; not for templates that loaded, unless the values are far too long.
    pub fn render<V: View>(&self, view: &V) -> Result<Rendered, RenderFault> {
        self.render_value(V::KIND, view).map(|(rendered, _)| rendered)
    }

    fn render_value(&self, kind: Kind, view: &impl Serialize) -> Result<(Rendered, Tree), RenderFault> {
        let failed = |source| RenderFault::Template { kind, source: Box::new(source) };
        let marked = self.bodies.render(kind.key(), view).map_err(failed)?;
        if marked.len() > LONGEST {
            return Err(RenderFault::TooLong(kind));
        }
        let subject = escape::one_line(&self.subjects.render(kind.key(), view).map_err(failed)?);
        let (markdown, passages) = take_passages(&marked);
        let tree = formats::tree(&markdown);
        let (text, html) = (tree.to_text(), tree.to_html(&subject));
        let template_digest = self.digests.get(&kind).copied().unwrap_or_else(|| Digest::of(&[]));
        Ok((Rendered { kind, subject, markdown, text, html, passages, template_digest }, tree))
    }

    /// Walks every template against the names its kind can use.
    fn walk(&mut self) -> Vec<TemplateFault> {
        let mut faults = Vec::new();
        for kind in Kind::all() {
            let shape = Shape::of_all(&samples(kind));
            let body = lint::walk(&self.bodies, &self.files, kind, kind.key(), &shape);
            let subjects = self.files.iter().map(|(name, file)| (name.clone(), file.replace(BODY, SUBJECT))).collect();
            let subject = lint::walk(&self.subjects, &subjects, kind, kind.key(), &shape);
            faults.extend(body.faults);
            faults.extend(subject.faults);
            faults.extend(subject.marks.into_iter().map(|mark| TemplateFault {
                file: mark.file,
                line: Some(mark.line),
                what: "a subject has no required elements".to_owned(),
                remedy: "mark the passage in the letter itself".to_owned(),
            }));
            self.marks.insert(kind, body.marks);
        }
        faults
    }

    /// Renders every sample of every kind.
    fn try_samples(&self) -> Vec<TemplateFault> {
        let mut faults = Vec::new();
        for kind in Kind::all() {
            let file = self.file(kind);
            let mut add = |what: String, remedy: &str| {
                faults.push(TemplateFault { file: file.clone(), line: None, what, remedy: remedy.to_owned() });
            };
            for (place, sample) in samples(kind).iter().enumerate() {
                match self.render_value(kind, sample) {
                    Ok((rendered, tree)) if place == 0 => {
                        judge(kind, &rendered, &tree, sample, &mut add);
                    }
                    Ok(_) => {}
                    Err(RenderFault::Template { source, .. }) => add(
                        format!("cannot be rendered when something is missing: {source}"),
                        "ask first: {{#if name}}…{{/if}}",
                    ),
                    Err(RenderFault::TooLong(_)) => add("becomes far too long".to_owned(), "shorten it"),
                }
            }
        }
        faults
    }

    fn check_letter(&self, code: &HandlingCode, letter: LetterKind, faults: &mut Vec<TemplateFault>) {
        let kind = Kind::Letter(letter);
        let required = code.required(letter);
        let marks = self.marks.get(&kind).map_or(&[][..], Vec::as_slice);
        for mark in marks.iter().filter(|mark| required.iter().all(|element| element.id != mark.id)) {
            let known: Vec<&str> = required.iter().map(|element| element.id.as_str()).collect();
            faults.push(TemplateFault {
                file: mark.file.clone(),
                line: Some(mark.line),
                what: format!("the Code knows no element '{}' of the {letter}", mark.id),
                remedy: format!("use one of: {}", known.join(", ")),
            });
        }
        let mut add = |what: String, remedy: String| {
            faults.push(TemplateFault { file: self.file(kind), line: None, what, remedy });
        };
        let passages: Vec<BTreeMap<String, String>> = samples(kind)
            .iter()
            .filter_map(|sample| self.render_value(kind, sample).ok())
            .map(|(rendered, _)| rendered.passages)
            .collect();
        let says = |passages: Option<&BTreeMap<String, String>>, id: &str| {
            passages.and_then(|passages| passages.get(id)).is_some_and(|passage| escape::says_something(passage))
        };
        for element in required {
            let (id, provision) = (element.id.as_str(), &element.provision);
            if !marks.iter().any(|mark| mark.id == id) {
                add(
                    format!("nothing is marked as '{id}' ({}; {provision})", element.title),
                    format!("mark the passage that says it: {{{{#element \"{id}\"}}}}…{{{{/element}}}}"),
                );
            } else if !says(passages.first(), id) {
                add(
                    format!("the passage marked as '{id}' says nothing ({}; {provision})", element.title),
                    "write the words inside the mark".to_owned(),
                );
            } else if from_the_case(letter).contains(&id) && says(passages.last(), id) {
                add(
                    format!("the passage marked as '{id}' says something even when the case does not ({provision})"),
                    "put inside the mark only what comes from the case".to_owned(),
                );
            }
        }
    }

    fn file(&self, kind: Kind) -> String {
        self.files.get(kind.key()).cloned().unwrap_or_default()
    }
}

/// The elements whose words must come from the case or from configuration, so that a template cannot
/// satisfy the Code with words of its own.
const fn from_the_case(kind: LetterKind) -> &'static [&'static str] {
    match kind {
        LetterKind::StageOneAcknowledgement => &[
            "case-reference",
            "received",
            "definition",
            "responsibility",
            "outcomes",
            "response-date",
            "extension",
            "handler",
            "ombudsman",
        ],
        LetterKind::StageOneExtension => {
            &["case-reference", "reason", "original-date", "new-date", "updates", "handler", "ombudsman"]
        }
    }
}

/// Words that break the Code wherever they stand in a letter, and why.
const FORBIDDEN: [(&str, &str); 8] = [
    ("formal complaint", "there is no other kind of complaint (5.2)"),
    ("informal complaint", "there is no such stage (5.2)"),
    ("formal stage", "there is no other kind of stage (5.2)"),
    ("stage 0", "there is no such stage (5.2)"),
    ("stage zero", "there is no such stage (5.2)"),
    ("explain why you", "a resident need not give reasons (6.12)"),
    ("state your reasons", "a resident need not give reasons (6.12)"),
    ("info@housing-ombudsman.org.uk", "the Housing Ombudsman takes no new cases by e-mail"),
];

/// Judges what a complete sample became.
fn judge(kind: Kind, rendered: &Rendered, tree: &Tree, sample: &Value, add: &mut impl FnMut(String, &str)) {
    if tree.titles() != 1 {
        add(format!("has {} titles", tree.titles()), "begin exactly one line with '# '");
    }
    for refused in &tree.refused {
        match refused {
            Refused::Html => add("contains HTML".to_owned(), "write Markdown"),
            Refused::Picture => add("contains a picture".to_owned(), "letters fetch nothing: say it in words"),
            Refused::Link => {
                add("links to something else".to_owned(), "link only to https://, mailto: and tel: addresses");
            }
            Refused::Code => add("contains program code".to_owned(), "begin no line with four blanks and use no `"),
        }
    }
    let reference = sample.get("reference").and_then(Value::as_str).unwrap_or_default();
    if matches!(kind, Kind::Letter(_)) && !rendered.subject.contains(reference) {
        add("the subject lacks the case reference".to_owned(), "write {{reference}} in subject.hbs");
    }
    if rendered.subject.is_empty() {
        add("the subject is empty".to_owned(), "write a line in subject.hbs");
    }
    let spoken = format!("{}\n{}", rendered.subject, rendered.text).to_lowercase();
    let spoken: String = spoken.split_whitespace().collect::<Vec<_>>().join(" ");
    for (words, why) in FORBIDDEN {
        if spoken.contains(words) {
            add(format!("says '{words}'"), why);
        }
    }
}

/// The samples of a kind as templates see them.
fn samples(kind: Kind) -> Vec<Value> {
    fn values<V: View>() -> Vec<Value> {
        V::samples().iter().map(|sample| serde_json::to_value(sample).unwrap_or_default()).collect()
    }
    match kind {
        Kind::Letter(LetterKind::StageOneAcknowledgement) => values::<AcknowledgementView>(),
        Kind::Letter(LetterKind::StageOneExtension) => values::<ExtensionView>(),
        Kind::Notice(NoticeKind::Reminder) => values::<ReminderView>(),
        Kind::Notice(NoticeKind::OverdueList) => values::<OverdueListView>(),
    }
}

/// Where templates come from.
#[derive(Clone, Copy)]
enum Source<'a> {
    BuiltIn,
    Folder(&'a Path),
}

struct Loading<'a> {
    source: Source<'a>,
    templates: Templates,
    faults: Vec<TemplateFault>,
    partials: Vec<String>,
}

impl<'a> Loading<'a> {
    fn new(source: Source<'a>) -> Self {
        let mut bodies = registry();
        bodies.register_escape_fn(escape::markdown);
        let mut subjects = registry();
        subjects.register_escape_fn(escape::one_line);
        let templates =
            Templates { bodies, subjects, digests: BTreeMap::new(), marks: BTreeMap::new(), files: BTreeMap::new() };
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
            if words.contains("\\{{") {
                self.fault(path, Some(line), "a backslash before {{ would print the braces", "take the backslash away");
            }
        }
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

    fn partials(&mut self) {
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

    fn kind(&mut self, kind: Kind) {
        let key = kind.key();
        let (body_path, subject_path) = (format!("{key}/{BODY}"), format!("{key}/{SUBJECT}"));
        let (body, subject) = (self.read(&body_path), self.read(&subject_path));
        self.templates.files.insert(key.to_owned(), self.shown(&body_path));
        let (Some(body), Some(subject)) = (body, subject) else { return };
        let result = self.templates.bodies.register_template_string(key, &body);
        self.compiled(&body_path, result);
        let result = self.templates.subjects.register_template_string(key, subject.trim());
        self.compiled(&subject_path, result);
        let parts = [body, subject].into_iter().chain(self.partials.iter().cloned()).collect::<Vec<_>>();
        self.templates.digests.insert(kind, digest_of(parts.iter().map(String::as_str)));
    }

    fn compiled(&mut self, path: &str, result: Result<(), handlebars::TemplateError>) {
        if let Err(error) = result {
            let line = error.pos().map(|(line, _)| line);
            self.fault(path, line, error.reason().to_string().replace('\n', " "), "correct the braces here");
        }
    }
}
