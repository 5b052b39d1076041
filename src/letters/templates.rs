//! The landlord's words: loading the templates, holding them against the samples and the Code, and
//! rendering. A template that loads renders every case: nothing about a resident can break it.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use handlebars::{Context, Handlebars};
use serde::Serialize;
use serde_json::Value;

use super::alarm_notice::AlarmsView;
use super::answers::{RefusalView, ResponseView};
use super::contact_notices::{HandOverListView, HandOverView, ReceiptView, WaitingContactsView};
use super::context::{AcknowledgementView, ExtensionView, View};
use super::digest_notice::DigestView;
use super::elements::{Known, take_passages};
use super::escape;
use super::formats::{self, Tree};
use super::incident_notice::IncidentView;
use super::judging::{judge, said};
use super::lint::{self, Mark, Shape};
use super::loading::{Loading, Source};
use super::notices::{CheckpointView, OverdueListView, ReminderView};
use super::samples::{tellings, with_both};
use super::spliced::splice;
use super::task_notice::TaskView;
use super::{ENGLISH, Kind, Rendered};
use crate::domain::circumstances::LetterFormat;
use crate::domain::code::HandlingCode;
use crate::domain::ids::Digest;
use crate::domain::letter::{LetterKind, NoticeKind};
use crate::domain::writing::WritingRules;

/// The body of a kind.
pub(super) const BODY: &str = "letter.md.hbs";
/// The subject of a kind.
pub(super) const SUBJECT: &str = "subject.hbs";
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
    pub(super) bodies: Handlebars<'static>,
    pub(super) subjects: Handlebars<'static>,
    pub(super) digests: BTreeMap<Kind, Digest>,
    /// The texts that each digest stands for, by file.
    pub(super) editions: BTreeMap<Digest, BTreeMap<String, String>>,
    pub(super) marks: BTreeMap<Kind, Vec<Mark>>,
    /// The kinds that have words in another language, by its tag.
    pub(super) translated: BTreeMap<(Kind, String), Vec<Mark>>,
    /// From a template's name to its file.
    pub(super) files: BTreeMap<String, String>,
    /// From a file to its text.
    pub(super) sources: BTreeMap<String, String>,
    /// Passages of the letters before.
    pub(super) known: Arc<Known>,
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
            splice(&mut templates.bodies);
            return Ok(templates);
        }
        faults.sort();
        faults.dedup();
        Err(faults)
    }

    /// Holds the letters against what the Code requires: every required element is marked and says
    /// something when the case is complete, and says nothing when the case has nothing to say; and
    /// against what the rules of writing allow in no letter, in every branch of every file.
    #[must_use]
    pub fn check(&self, code: &HandlingCode, writing: &WritingRules) -> Vec<TemplateFault> {
        let mut faults = Vec::new();
        for kind in LetterKind::ALL {
            self.check_letter(code, kind, &mut faults);
            self.check_opening(writing, kind, &mut faults);
        }
        for (file, text) in &self.sources {
            faults.extend(writing.check_source(text).into_iter().map(|finding| said(file, finding)));
        }
        faults.sort();
        faults.dedup();
        faults
    }

    /// The texts of every kind, by the digest that letters made from them carry: file and text.
    #[must_use]
    pub fn editions(&self) -> BTreeMap<Digest, BTreeMap<String, String>> {
        self.editions.clone()
    }

    /// Renders a view.
    ///
    /// # Errors
    /// [`RenderFault`]; not for templates that loaded, unless the values are far too long.
    pub fn render<V: View>(&self, view: &V) -> Result<Rendered, RenderFault> {
        self.render_in(None, view)
    }

    /// Renders a view in a language; in English where there are no words in it.
    ///
    /// # Errors
    /// As [`render`](Self::render).
    pub fn render_in<V: View>(&self, language: Option<&str>, view: &V) -> Result<Rendered, RenderFault> {
        let kind = view.kind();
        let language = language.filter(|tag| self.translated.contains_key(&(kind, (*tag).to_owned())));
        self.render_value(kind, language, view).map(|(rendered, _)| rendered)
    }

    /// Renders the complete sample of a kind: what a letter of it looks like. Gives the invented
    /// resident's name, too.
    ///
    /// # Errors
    /// [`RenderFault`]; not for templates that loaded.
    pub fn sample(&self, kind: Kind) -> Result<(Rendered, String), RenderFault> {
        let sample = samples(kind).into_iter().next().unwrap_or_default();
        let name = sample.get("resident").and_then(Value::as_str).unwrap_or_default().to_owned();
        self.render_value(kind, None, &sample).map(|(rendered, _)| (rendered, name))
    }

    pub(super) fn render_value(
        &self,
        kind: Kind,
        language: Option<&str>,
        view: &impl Serialize,
    ) -> Result<(Rendered, Tree), RenderFault> {
        let name = name(kind, language);
        let failed = |source| RenderFault::Template { kind, source: Box::new(source) };
        let context = Context::wraps(view).map_err(failed)?;
        let marked = self.bodies.render_with_context(&name, &context).map_err(failed)?;
        if marked.len() > LONGEST {
            return Err(RenderFault::TooLong(kind));
        }
        let subject = escape::one_line(&self.subjects.render_with_context(&name, &context).map_err(failed)?);
        let (markdown, passages) = take_passages(&marked, &self.known);
        let tree = formats::tree(&markdown);
        let formats::Formatted { text, html } =
            formats::format(&tree, (&subject, language.unwrap_or(ENGLISH)), LetterFormat::Standard);
        let html = html.unwrap_or_default();
        let template_digest = self.digests.get(&kind).copied().unwrap_or_else(|| Digest::of(&[]));
        let language = language.unwrap_or(ENGLISH).to_owned();
        Ok((Rendered { kind, subject, markdown, text, language, html, passages, template_digest }, tree))
    }

    /// Walks every template against the names its kind can use.
    fn walk(&mut self) -> Vec<TemplateFault> {
        let mut faults = Vec::new();
        for kind in Kind::all() {
            let shape = Shape::of_all(&samples(kind));
            for language in self.languages(kind) {
                let name = name(kind, language.as_deref());
                let body = lint::walk(&self.bodies, &self.files, kind, &name, &shape);
                let [body_file, subject_file] = files(language.as_deref());
                let named = |(name, file): (&String, &String)| (name.clone(), file.replace(&body_file, &subject_file));
                let subjects = self.files.iter().map(named).collect();
                let subject = lint::walk(&self.subjects, &subjects, kind, &name, &shape);
                faults.extend(body.faults);
                faults.extend(subject.faults);
                faults.extend(subject.marks.into_iter().map(|mark| TemplateFault {
                    file: mark.file,
                    line: Some(mark.line),
                    what: "a subject has no required elements".to_owned(),
                    remedy: "mark the passage in the letter itself".to_owned(),
                }));
                match language {
                    Some(language) => self.translated.insert((kind, language), body.marks),
                    None => self.marks.insert(kind, body.marks),
                };
            }
        }
        faults
    }

    /// Renders every sample of every kind.
    fn try_samples(&self) -> Vec<TemplateFault> {
        let mut faults = Vec::new();
        for kind in Kind::all() {
            for language in self.languages(kind) {
                let file = self.files.get(&name(kind, language.as_deref())).cloned().unwrap_or_default();
                let mut add = |what: String, remedy: &str| {
                    faults.push(TemplateFault { file: file.clone(), line: None, what, remedy: remedy.to_owned() });
                };
                for (place, sample) in samples(kind).iter().enumerate() {
                    match self.render_value(kind, language.as_deref(), sample) {
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
        }
        faults
    }

    /// English, and the languages that a kind has words in.
    pub(super) fn languages(&self, kind: Kind) -> Vec<Option<String>> {
        let others = self.translated.keys().filter(|(of, _)| *of == kind).map(|(_, tag)| Some(tag.clone()));
        std::iter::once(None).chain(others).collect()
    }

    pub(super) fn file(&self, kind: Kind) -> String {
        self.files.get(kind.key()).cloned().unwrap_or_default()
    }
}

/// The name of a kind's template in a language.
pub(super) fn name(kind: Kind, language: Option<&str>) -> String {
    match language {
        Some(tag) => format!("{kind}@{tag}"),
        None => kind.key().to_owned(),
    }
}

/// The files of a kind's body and subject in a language.
pub(super) fn files(language: Option<&str>) -> [String; 2] {
    match language {
        Some(tag) => [format!("letter.{tag}.md.hbs"), format!("subject.{tag}.hbs")],
        None => [BODY.to_owned(), SUBJECT.to_owned()],
    }
}

/// The samples of a kind as templates see them.
pub(super) fn samples(kind: Kind) -> Vec<Value> {
    fn values<V: View>() -> Vec<Value> {
        V::samples().iter().map(|sample| serde_json::to_value(sample).unwrap_or_default()).collect()
    }
    /// The same at stage 2.
    fn second<V: View>() -> Vec<Value> {
        let mut values = values::<V>();
        for value in &mut values {
            if let Some(stage) = value.get_mut("stage") {
                *stage = Value::from(2);
            }
        }
        values
    }
    let mut values = match kind {
        Kind::Letter(LetterKind::StageOneAcknowledgement) => values::<AcknowledgementView>(),
        Kind::Letter(LetterKind::StageOneExtension) => values::<ExtensionView>(),
        Kind::Letter(LetterKind::StageOneResponse) => values::<ResponseView>(),
        Kind::Letter(LetterKind::StageTwoAcknowledgement) => second::<AcknowledgementView>(),
        Kind::Letter(LetterKind::StageTwoExtension) => second::<ExtensionView>(),
        Kind::Letter(LetterKind::StageTwoResponse) => second::<ResponseView>(),
        Kind::Letter(LetterKind::RefusalToAccept | LetterKind::RefusalToEscalate) => values::<RefusalView>(),
        Kind::Letter(
            letter @ (LetterKind::ClarificationRequest
            | LetterKind::ConsentRequest
            | LetterKind::ProgressUpdate
            | LetterKind::OverdueApology
            | LetterKind::ActionsComplete
            | LetterKind::RestrictionNotice
            | LetterKind::TriageReply
            | LetterKind::SurveySignpost),
        ) => tellings(letter).iter().map(|sample| serde_json::to_value(sample).unwrap_or_default()).collect(),
        Kind::Notice(NoticeKind::Reminder) => values::<ReminderView>(),
        Kind::Notice(NoticeKind::OverdueList) => values::<OverdueListView>(),
        Kind::Notice(NoticeKind::WaitingContacts) => values::<WaitingContactsView>(),
        Kind::Notice(NoticeKind::HandOver) => values::<HandOverView>(),
        Kind::Notice(NoticeKind::HandOverList) => values::<HandOverListView>(),
        Kind::Notice(NoticeKind::Receipt) => values::<ReceiptView>(),
        Kind::Notice(NoticeKind::Checkpoint) => values::<CheckpointView>(),
        Kind::Notice(NoticeKind::Task) => values::<TaskView>(),
        Kind::Notice(NoticeKind::Alarms) => values::<AlarmsView>(),
        Kind::Notice(NoticeKind::ManagerDigest) => values::<DigestView>(),
        Kind::Notice(NoticeKind::IncidentOmbudsman | NoticeKind::IncidentResidents | NoticeKind::IncidentWebsite) => {
            values::<IncidentView>()
        }
    };
    // The first stays the complete one, and the last has nothing in it.
    if let Some(both) = values.first().cloned().and_then(with_both) {
        values.insert(1, both);
    }
    values
}
