//! Who may approve what: the money a response may offer in each role, whether authors may approve,
//! and what a letter may lack when somebody senior says why.

use std::collections::BTreeSet;

use super::reader::Section;
use crate::domain::approval::{ApprovalRules, Authors};
use crate::domain::code::HandlingCode;
use crate::domain::letter::LetterKind;
use crate::domain::outcome::Pence;
use crate::domain::people::Role;

/// So many pounds are more than any complaint is worth.
const MOST_POUNDS: u32 = 1_000_000;

/// The key of each role.
const KEYS: [(&str, Role); 4] = [
    ("officer_limit", Role::Officer),
    ("senior_approver_limit", Role::SeniorApprover),
    ("complaints_officer_limit", Role::ComplaintsOfficer),
    ("manager_limit", Role::Manager),
];

/// The `[approval]` section; all of it may be left out.
pub(super) fn read(mut section: Section<'_>, code: Option<&HandlingCode>) -> ApprovalRules {
    let mut rules = ApprovalRules::default();
    for (key, role) in KEYS {
        if let Some(pounds) = section.number(key, 0..=MOST_POUNDS) {
            rules.limits.insert(role, Pence(u64::from(pounds) * 100));
        }
    }
    if section.flag("authors_may_approve") == Some(false) {
        rules.authors = Authors::MayNotApprove;
    }
    rules.may_override = section.names("may_override").into_iter().collect();
    let known: BTreeSet<&str> = code
        .into_iter()
        .flat_map(|code| LetterKind::ALL.into_iter().flat_map(|kind| code.required(kind)))
        .map(|element| element.id.as_str())
        .collect();
    let unknown = rules.may_override.iter().filter(|id| code.is_some() && !known.contains(id.as_str()));
    for id in unknown.cloned().collect::<Vec<_>>() {
        let remedy = "write ids of required elements, as `complaintsd letter show --json` tells them";
        section.fault("may_override", format!("the Code in force requires no element '{id}'"), remedy);
    }
    section.finish();
    rules
}
