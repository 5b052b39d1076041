//! What the rules of writing may have found in a sample letter.

use super::Texts;
use crate::domain::code::Provision;
use crate::domain::writing::{Force, Remark};

pub(super) fn remarks(texts: Texts) -> Vec<Remark> {
    vec![Remark {
        rule: "jargon".to_owned(),
        force: Force::Advisory,
        provision: Provision("recommended".to_owned()),
        title: texts("Uses office words"),
        words: texts("operative"),
        sentence: texts("Our operative will come on Tuesday."),
        line: Some(21),
        remedy: texts("Say it as you would on the telephone."),
    }]
}
