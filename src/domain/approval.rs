//! Who may approve what, by the landlord's own rules: the money a response may offer in each role (4.2, 7.1),
//! and whether whoever wrote a letter may approve it. Without a rule, every officer may.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::code::Provision;
use super::ids::OfficerId;
use super::letter::Shortfall;
use super::outcome::Pence;
use super::people::{Officer, Role};
use super::words;

/// The landlord's rules of approval.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ApprovalRules {
    /// The most that a response may offer in all when somebody in this role approves it; no entry is no limit.
    pub limits: BTreeMap<Role, Pence>,
    /// Whether the author may approve.
    pub authors: Authors,
    /// The elements that a letter may lack when somebody senior says why; by their ids.
    pub may_override: BTreeSet<String>,
}

/// A required element that a letter went without, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overridden {
    /// The element's id.
    pub element: String,
    /// The provision that requires it.
    pub provision: Provision,
    /// What is missing.
    pub title: String,
    /// Why it may be.
    pub reason: String,
}

impl fmt::Display for Overridden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reason = self.reason.trim_end().trim_end_matches('.');
        write!(f, "Without “{}” ({}): {reason}", self.title, self.provision)
    }
}

/// Whether whoever wrote a letter last may approve it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Authors {
    /// They may.
    #[default]
    MayApprove,
    /// Somebody else must.
    MayNotApprove,
}

/// What is known of an approval besides letter and case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Authority {
    /// The landlord's rules.
    pub rules: ApprovalRules,
    /// Who wrote it: whoever changed the letter last, and for a response whoever wrote its outcome last.
    pub authors: Vec<OfficerId>,
    /// Why it may lack required elements; `None` asks that it lacks none.
    pub overriding: Option<String>,
}

/// Why somebody may not approve; nothing has changed then.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApprovalRefusal {
    /// It offers more money than their role may approve.
    #[error(
        "it offers {offered} and you may approve up to {limit} (4.2): {}",
        remedy(.able)
    )]
    OverLimit {
        /// What it offers in all.
        offered: Pence,
        /// What they may approve.
        limit: Pence,
        /// Who may approve as much.
        able: Vec<Role>,
    },
    /// They wrote it.
    #[error("you wrote this letter, and here somebody else approves it: ask another officer")]
    Author,
    /// The landlord does not allow it.
    #[error(
        "{} cannot be left out here: write it, or have the person who runs complaintsd allow it in [approval] \
         may_override", super::words::list(.0)
    )]
    NotOverridable(Vec<String>),
    /// Not theirs to decide.
    #[error("a letter that lacks what the Code requires is approved by a manager or another senior officer: ask one")]
    NotSenior,
    /// An override has its reason.
    #[error("enter why the letter may go without what is missing")]
    NoReason,
}

impl ApprovalRules {
    /// Whether all of this may be missing, if somebody senior says why.
    #[must_use]
    pub fn overridable(&self, shortfalls: &[Shortfall]) -> bool {
        !shortfalls.is_empty() && shortfalls.iter().all(|one| self.may_override.contains(&one.element))
    }

    /// What the letter goes without, as this officer decides.
    ///
    /// # Errors
    /// [`ApprovalRefusal`]
    pub fn overridden(
        &self,
        officer: &Officer,
        shortfalls: &[Shortfall],
        reason: &str,
    ) -> Result<Vec<Overridden>, ApprovalRefusal> {
        let fixed = shortfalls.iter().filter(|one| !self.may_override.contains(&one.element));
        let fixed: Vec<String> = fixed.map(|one| format!("“{}” ({})", one.title, one.provision)).collect();
        if !fixed.is_empty() {
            return Err(ApprovalRefusal::NotOverridable(fixed));
        }
        if !officer.role.is_senior() {
            return Err(ApprovalRefusal::NotSenior);
        }
        if reason.trim().is_empty() {
            return Err(ApprovalRefusal::NoReason);
        }
        let overridden = |one: &Shortfall| Overridden {
            element: one.element.clone(),
            provision: one.provision.clone(),
            title: one.title.clone(),
            reason: reason.trim().to_owned(),
        };
        Ok(shortfalls.iter().map(overridden).collect())
    }
}

fn remedy(able: &[Role]) -> String {
    if able.is_empty() {
        return "nobody may approve as much, so offer less, or have the limit raised".to_owned();
    }
    let roles: Vec<String> = able.iter().map(|role| role.key().replace('-', " ")).collect();
    format!("ask somebody who may approve as much, in the role of {}, or offer less", words::either(&roles))
}

impl Authority {
    /// Whether this officer may approve a letter that offers so much money.
    ///
    /// # Errors
    /// [`ApprovalRefusal`]
    pub fn allows(&self, officer: &Officer, offered: Pence) -> Result<(), ApprovalRefusal> {
        if self.rules.authors == Authors::MayNotApprove && self.authors.contains(&officer.id) {
            return Err(ApprovalRefusal::Author);
        }
        let within = |role: &Role| self.rules.limits.get(role).is_none_or(|limit| offered <= *limit);
        match self.rules.limits.get(&officer.role) {
            Some(&limit) if offered > limit => {
                let able = Role::ALL.into_iter().filter(within).collect();
                Err(ApprovalRefusal::OverLimit { offered, limit, able })
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::people::Standing;

    fn officer(id: i64, role: Role) -> Officer {
        let email = "officer@example.org".parse().unwrap();
        Officer { id: OfficerId(id), email, name: "Ann".to_owned(), role, standing: Standing::Active }
    }

    fn limits(limits: &[(Role, u64)]) -> ApprovalRules {
        ApprovalRules {
            limits: limits.iter().map(|&(role, pence)| (role, Pence(pence))).collect(),
            ..Default::default()
        }
    }

    #[test]
    fn money_up_to_the_limit_of_a_role_may_be_approved_and_more_by_those_above() {
        let rules = limits(&[(Role::Officer, 10_000), (Role::SeniorApprover, 50_000)]);
        let authority = Authority { rules, ..Authority::default() };
        let ask = |role, pence| authority.allows(&officer(1, role), Pence(pence));
        assert_eq!(ask(Role::Officer, 10_000), Ok(()));
        let refused = ask(Role::Officer, 10_001).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "it offers £100.01 and you may approve up to £100.00 (4.2): ask somebody who may approve as much, in the \
             role of senior approver, complaints officer or manager, or offer less"
        );
        let more = ask(Role::SeniorApprover, 50_001).unwrap_err();
        assert!(more.to_string().contains("role of complaints officer or manager"), "{more}");
        assert_eq!(ask(Role::Manager, u64::MAX), Ok(()), "no limit stands for a manager");
    }

    #[test]
    fn a_limit_for_everybody_is_told_as_such() {
        let rules = limits(&Role::ALL.map(|role| (role, 100)));
        let refused =
            Authority { rules, ..Authority::default() }.allows(&officer(1, Role::Manager), Pence(101)).unwrap_err();
        assert!(refused.to_string().contains("have the limit raised"), "{refused}");
    }

    #[test]
    fn an_author_approves_only_where_the_landlord_allows_it() {
        let mut authority = Authority { authors: vec![OfficerId(1)], ..Authority::default() };
        assert_eq!(authority.allows(&officer(1, Role::Officer), Pence(0)), Ok(()));
        authority.rules.authors = Authors::MayNotApprove;
        assert_eq!(authority.allows(&officer(1, Role::Manager), Pence(0)), Err(ApprovalRefusal::Author));
        assert_eq!(authority.allows(&officer(2, Role::Officer), Pence(0)), Ok(()));
    }
}
