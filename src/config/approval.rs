//! Who may approve what: the money a response may offer in each role, and whether authors may approve.

use super::reader::Section;
use crate::domain::approval::{ApprovalRules, Authors};
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
pub(super) fn read(mut section: Section<'_>) -> ApprovalRules {
    let mut rules = ApprovalRules::default();
    for (key, role) in KEYS {
        if let Some(pounds) = section.number(key, 0..=MOST_POUNDS) {
            rules.limits.insert(role, Pence(u64::from(pounds) * 100));
        }
    }
    if section.flag("authors_may_approve") == Some(false) {
        rules.authors = Authors::MayNotApprove;
    }
    section.finish();
    rules
}
