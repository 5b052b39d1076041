//! Words in another language: chosen, proven as the English ones are, and missed by nobody who has none.

use super::broken::{Folder, folder};
use super::*;
use crate::letters::context::View;

const BODY: &str = "stage-1-acknowledgement/letter.cy.md.hbs";
const SUBJECT: &str = "stage-1-acknowledgement/subject.cy.hbs";

/// A folder with the acknowledgement in Welsh, too: its own title, and the English words below it.
fn bilingual() -> Folder {
    let folder = folder();
    let english = std::fs::read_to_string(folder.file("stage-1-acknowledgement/letter.md.hbs")).unwrap();
    folder.write(BODY, english.replace("# We are looking into your complaint", "# Rydym yn edrych i mewn i’ch cwyn"));
    folder.write(SUBJECT, "Eich cwyn {{reference}}");
    folder
}

fn loaded(folder: &Folder) -> Templates {
    Templates::load(Some(folder.path())).unwrap_or_else(|faults| panic!("{}", lines(&faults)))
}

#[test]
fn a_letter_has_the_words_of_the_residents_language_and_english_where_there_are_none() {
    let templates = loaded(&bilingual());
    assert_eq!(lines(&templates.check(&code(), &rules())), "");
    let view = AcknowledgementView::samples().remove(0);
    let welsh = templates.render_in(Some("cy"), &view).unwrap();
    assert!(welsh.text.contains("Rydym yn edrych") && welsh.subject.starts_with("Eich cwyn CMP-"), "{}", welsh.text);
    assert!(welsh.html.contains("<html lang=\"cy\">") && welsh.language == "cy");
    assert!(checked(&code(), &welsh).iter().all(|check| check.passage.is_some()), "each element is proven");
    for language in [None, Some("pl")] {
        let english = templates.render_in(language, &view).unwrap();
        assert!(english.text.contains("We are looking into your complaint") && english.language == ENGLISH);
    }
    let extension = templates.render_in(Some("cy"), &ExtensionView::samples().remove(0)).unwrap();
    assert_eq!(extension.language, ENGLISH, "there are no words of it");
}

#[test]
fn the_digest_of_the_templates_holds_the_other_language_too() {
    let folder = bilingual();
    let view = AcknowledgementView::samples().remove(0);
    let before = loaded(&folder).render(&view).unwrap().template_digest;
    folder.write(SUBJECT, "Eich cwyn newydd {{reference}}");
    let after = loaded(&folder);
    let digest = after.render(&view).unwrap().template_digest;
    assert_ne!(digest, before);
    assert!(after.editions()[&digest].contains_key(BODY), "and the edition keeps its words");
}

#[test]
fn an_element_that_the_other_language_lacks_is_named_with_its_file() {
    let folder = bilingual();
    let text = std::fs::read_to_string(folder.file(BODY)).unwrap();
    let mark = "{{#element \"received\"}}{{received}}{{/element}}";
    assert!(text.contains(mark));
    folder.write(BODY, text.replace(mark, "{{received}}"));
    let faults = lines(&loaded(&folder).check(&code(), &rules()));
    assert!(faults.contains("letter.cy.md.hbs: nothing is marked as 'received'"), "{faults}");
}

#[test]
fn a_half_pair_and_an_unknown_name_are_faults_with_their_file() {
    let folder = bilingual();
    std::fs::remove_file(folder.file(SUBJECT)).unwrap();
    let faults = lines(&Templates::load(Some(folder.path())).unwrap_err());
    assert!(faults.contains("subject.cy.hbs: is missing"), "{faults}");
    folder.write(SUBJECT, "{{reference}} {{enw}}");
    let faults = lines(&Templates::load(Some(folder.path())).unwrap_err());
    assert!(faults.contains("subject.cy.hbs, line 1: unknown variable 'enw'"), "{faults}");
}
