//! Templates with faults are named with file, line and remedy; none of them stops the process.

use std::path::{Path, PathBuf};

use super::*;

/// A copy of the built-in templates, to break.
pub struct Folder(tempfile::TempDir);

pub fn folder() -> Folder {
    let dir = tempfile::tempdir().unwrap();
    copy(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/letter-templates")), dir.path());
    Folder(dir)
}

fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap().flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            std::fs::create_dir(&target).unwrap();
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

impl Folder {
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        std::fs::write(self.file(name), text).unwrap();
    }

    pub fn replace(&self, name: &str, old: &str, new: &str) {
        let text = std::fs::read_to_string(self.file(name)).unwrap();
        assert!(text.contains(old), "{name} does not contain {old}");
        self.write(name, text.replacen(old, new, 1));
    }

    pub fn faults(&self) -> String {
        match Templates::load(Some(self.path())) {
            Ok(templates) => lines(&templates.check(&code(), &rules())),
            Err(faults) => lines(&faults),
        }
    }
}

const LETTER: &str = "stage-1-acknowledgement/letter.md.hbs";

#[test]
fn an_unbroken_copy_has_no_fault() {
    assert_eq!(folder().faults(), "");
}

#[test]
fn each_fault_is_named_with_its_line_and_remedy() {
    for (insert, what, remedy) in [
        (
            "{{residnt}}",
            "unknown variable 'residnt' in stage-1-acknowledgement",
            "here a template can use: adjustments,",
        ),
        ("{{#if residnt}}x{{/if}}", "unknown variable 'residnt'", "resident"),
        ("{{#unless residnt}}x{{/unless}}", "unknown variable 'residnt'", "resident"),
        ("{{#each pints}}{{/each}}", "unknown variable 'pints'", "points"),
        ("{{#each points}}{{txt}}{{/each}}", "unknown variable 'txt'", "number, ours, text"),
        ("{{#each points}}{{#if ours}}{{else if theirs}}x{{/if}}{{/each}}", "unknown variable 'theirs'", "whose"),
        ("{{#each outcomes}}{{this.text}}{{/each}}", "unknown variable 'this.text'", "use {{this}}"),
        ("{{#each outcomes}}{{../../reference}}{{/each}}", "reaches too far out", "../"),
        ("{{landlord.fax}}", "unknown variable 'landlord.fax'", "phone"),
        ("{{paragraphs landlord.fax}}", "unknown variable 'landlord.fax'", "phone"),
        ("{{landlord}}", "'landlord' is a group of names", "landlord.name"),
        ("{{points}}", "'points' is a list", "{{#each points}}"),
        ("{{#each resident}}{{/each}}", "'resident' is not a list", "{{#if"),
        ("{{#each points}}{{ours}}{{/each}}", "'ours' is yes or no", "{{#if ours}}"),
        ("{{{resident}}}", "without making it safe", "two braces"),
        ("{{&resident}}", "without making it safe", "two braces"),
        ("{{> nowhere}}", "there is no partial 'nowhere'", "partials/nowhere.md.hbs"),
        ("{{> reminder}}", "there is no partial 'reminder'", "correct the name"),
        ("{{> stage x=reference}}", "a partial takes no values", "{{> footer}}"),
        ("{{#> stage}}x{{/stage}}", "cannot define partials", "partials/"),
        ("{{#*inline \"a\"}}x{{/inline}}", "cannot define partials", "partials/"),
        ("{{lookup landlord \"name\"}}", "templates cannot call 'lookup'", "paragraphs"),
        ("{{#with landlord}}{{name}}{{/with}}", "templates cannot call 'with'", "element"),
        ("{{log reference}}", "templates cannot call 'log'", "element"),
        ("{{{{raw}}}}{{x}}{{{{/raw}}}}", "templates cannot call 'raw'", "element"),
        ("{{link resident}}", "'resident' cannot be a link", "configuration"),
        ("{{paragraphs}}", "unknown variable 'paragraphs'", "here a template can use"),
        ("{{element \"stage\"}}", "has a beginning and an end", "{{/element}}"),
        ("{{#element stage}}x{{/element}}", "takes an id in quotes", "{{#element \"id\"}}"),
        ("{{#element \"definitoin\"}}x{{/element}}", "knows no element 'definitoin'", "definition"),
        ("{{#each points as |point|}}{{/each}}", "names after 'as'", "{{this}}"),
        ("{{#if (eq reference \"x\")}}y{{/if}}", "'if' takes one name", "{{#if name}}"),
        ("{{resident", "something is not closed", "close every {{#…}}"),
        ("{{#if resident}}", "something is not closed, here or above", "close every {{#…}}"),
        ("{{#if resident}}x{{/each}}", "helper \"if\" was opened, but \"each\" is closing", "close every {{#…}}"),
        ("\\{{resident}}", "a backslash before {{", "take the backslash away"),
        ("\u{E000}", "private-use character", "take it out"),
    ] {
        let folder = folder();
        folder.replace(LETTER, "\n\n", &format!("\n\n{insert}\n\n"));
        let faults = folder.faults();
        let line = faults.lines().next().unwrap_or_default();
        let file = folder.file(LETTER).display().to_string();
        assert!(line.starts_with(&file), "{insert}: {faults}");
        assert!(line.contains(", line ") && line.contains(what) && line.contains(remedy), "{insert}: {faults}");
        if !what.starts_with("something is not closed") {
            assert!(line.contains(", line 3:"), "{insert}: {faults}");
        }
    }
}

#[test]
fn faults_without_a_line_say_what_to_do() {
    for (insert, what, remedy) in [
        ("{{handler.name}}", "cannot be rendered when something is missing", "{{#if name}}"),
        ("# Another title", "has 2 titles", "exactly one line"),
        ("<b>Please</b> note", "contains HTML", "write Markdown"),
        ("![logo](https://landlord.example.org/logo.png)", "contains a picture", "say it in words"),
        ("[us](javascript:alert)", "links to something else", "https://"),
        ("[us](page.html)", "links to something else", "https://"),
        ("`code`", "contains program code", "begin no line"),
    ] {
        let folder = folder();
        folder.replace(LETTER, "\n\n", &format!("\n\n{insert}\n\n"));
        let faults = folder.faults();
        assert!(faults.contains(what) && faults.contains(remedy), "{insert}: {faults}");
        assert!(faults.starts_with(&folder.file(LETTER).display().to_string()), "{insert}: {faults}");
    }
}

#[test]
fn words_that_no_letter_may_say_are_named_in_every_branch_with_their_line() {
    for (insert, what, remedy) in [
        ("You may make a formal\ncomplaint.", "says 'formal complaint'", "5.2"),
        ("{{#unless landlord.phone}}Please explain why you disagree.{{/unless}}", "says 'explain why you'", "6.12"),
        ("Email info@housing-ombudsman.org.uk.", "info@housing-ombudsman.org.uk", "no new cases by e-mail"),
    ] {
        for file in [LETTER, "partials/ombudsman.md.hbs", "receipt/letter.md.hbs"] {
            let folder = folder();
            folder.replace(file, "\n\n", &format!("\n\n{insert}\n\n"));
            let faults = folder.faults();
            assert!(faults.contains(what) && faults.contains(remedy), "{insert}: {faults}");
            assert!(faults.starts_with(&format!("{}, line 3: ", folder.file(file).display())), "{insert}: {faults}");
        }
    }
}

#[test]
fn partials_that_include_each_other_are_named_and_not_rendered() {
    let folder = folder();
    folder.write("partials/stage.md.hbs", "a {{> greeting}}");
    folder.write("partials/greeting.md.hbs", "{{#if resident}}\n{{> stage}}{{/if}}");
    let faults = folder.faults();
    assert!(faults.contains("partials/greeting.md.hbs, line 2: partials include each other without end: "), "{faults}");
    assert!(faults.contains("stage → greeting → stage"), "{faults}");
}

#[test]
fn a_fault_in_a_partial_names_the_partial() {
    let folder = folder();
    folder.write("partials/signature.md.hbs", "Yours\n\n{{#if points}}x{{/if}}");
    let faults = folder.faults();
    assert!(
        faults.contains("partials/signature.md.hbs, line 3: unknown variable 'points' in stage-1-extension"),
        "{faults}"
    );
    assert!(!faults.contains("in stage-1-acknowledgement"), "{faults}");
}

#[test]
fn all_faults_are_reported_at_once() {
    let folder = folder();
    std::fs::remove_dir_all(folder.file("reminder")).unwrap();
    std::fs::remove_file(folder.file("overdue-list/subject.hbs")).unwrap();
    folder.write(LETTER, b"Dear Si\xE2n");
    folder.write("partials/each.md.hbs", "x");
    let faults = folder.faults();
    for (file, what) in [
        ("reminder/letter.md.hbs", "is missing; add it"),
        ("reminder/subject.hbs", "is missing; add it"),
        ("overdue-list/subject.hbs", "is missing; add it"),
        (LETTER, "is not UTF-8 text; save it again as UTF-8"),
        ("partials/each.md.hbs", "the name 'each' is reserved; rename the file"),
    ] {
        let line = format!("{}: {what}", folder.file(file).display());
        assert!(faults.contains(&line), "{line}\nis not in\n{faults}");
    }
}

#[test]
fn a_subject_must_carry_the_reference_and_no_elements() {
    let folder = folder();
    folder.write("stage-1-extension/subject.hbs", "A new date");
    assert!(folder.faults().contains("the subject lacks the case reference; write {{reference}} in subject.hbs"));
    folder.write("stage-1-extension/subject.hbs", "{{reference}} {{#element \"stage\"}}stage 1{{/element}} {{nobody}}");
    let faults = folder.faults();
    assert!(faults.contains("subject.hbs, line 1: a subject has no required elements"), "{faults}");
    assert!(faults.contains("subject.hbs, line 1: unknown variable 'nobody'"), "{faults}");
}

#[test]
fn a_template_cannot_meet_the_code_with_words_of_its_own() {
    let folder = folder();
    folder.replace(LETTER, "{{#element \"outcomes\"}}{{this}}{{/element}}", "{{this}}");
    assert!(folder.faults().contains("nothing is marked as 'outcomes' (The outcomes the resident seeks; 5.6)"));
    folder.replace(LETTER, "## What you would like us to do", "## {{#element \"outcomes\"}}What you want{{/element}}");
    let faults = folder.faults();
    assert!(faults.contains("marked as 'outcomes' says something even when the case does not (5.6)"), "{faults}");
    folder.replace(LETTER, "What you want", "{{#if resident}}…{{/if}}");
    let faults = folder.faults();
    assert!(faults.contains("marked as 'outcomes' says nothing"), "{faults}");
}
