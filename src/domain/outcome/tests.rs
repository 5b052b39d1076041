//! What an outcome lacks, provision by provision.

use super::*;
use crate::domain::definition::{Point, Responsibility};

fn definition(points: usize) -> Definition {
    let point = Point { number: 0, text: "The lift is out of order.".to_owned(), responsibility: Responsibility::Ours };
    Definition { points: vec![point; points], outcomes: vec!["A repair.".to_owned()] }.numbered()
}

fn answer(finding: Finding) -> Answer {
    Answer { point: 0, finding: Some(finding), reasons: "The log shows it.".to_owned(), cited: String::new() }
}

fn answered(findings: &[Finding]) -> Outcome {
    Outcome { answers: findings.iter().copied().map(answer).collect(), ..Outcome::default() }.bound_by_place()
}

#[test]
fn the_overall_decision_follows_from_the_findings() {
    use Finding::{NotUpheld, PartlyUpheld, Upheld};
    let cases: [(&[Finding], Option<Finding>); 6] = [
        (&[], None),
        (&[Upheld], Some(Upheld)),
        (&[Upheld, Upheld], Some(Upheld)),
        (&[NotUpheld, NotUpheld], Some(NotUpheld)),
        (&[Upheld, NotUpheld], Some(PartlyUpheld)),
        (&[NotUpheld, PartlyUpheld], Some(PartlyUpheld)),
    ];
    for (findings, decision) in cases {
        assert_eq!(answered(findings).decision(), decision, "{findings:?}");
    }
    let mut open = answered(&[Upheld, Upheld]);
    open.answers[1].finding = None;
    assert_eq!(open.decision(), None);
}

/// 6.7: every point, with reasons.
#[test]
fn every_point_needs_its_finding_and_its_reasons() {
    let mut outcome = answered(&[Finding::NotUpheld]);
    assert_eq!(outcome.lacks(&definition(1)), Vec::<String>::new());
    assert_eq!(
        outcome.lacks(&definition(2)),
        ["a finding for point 2 (6.7)", "the reasons for point 2 (6.7)"].map(str::to_owned)
    );
    outcome.answers[0].reasons = " ".to_owned();
    assert_eq!(outcome.lacks(&definition(1)), ["the reasons for point 1 (6.7)".to_owned()]);
}

/// 7.1, 7.2, 7.3.
#[test]
fn an_upheld_point_needs_a_remedy_or_the_reason_for_none() {
    let mut outcome = answered(&[Finding::PartlyUpheld]);
    assert_eq!(outcome.lacks(&definition(1)), ["a remedy, or why there is none (7.1)".to_owned()]);
    outcome.no_remedy = "The lift was repaired the same day, as the resident asked.".to_owned();
    assert!(outcome.lacks(&definition(1)).is_empty());
    let remedy = Remedy {
        kind: RemedyKind::Money,
        what: "Paid into your rent account".to_owned(),
        impact: String::new(),
        amount: None,
        by: None,
    };
    outcome.remedies = vec![remedy];
    assert_eq!(
        outcome.lacks(&definition(1)),
        ["the effect on the resident that remedy 1 answers (7.2)", "the amount of remedy 1 (7.1)"].map(str::to_owned)
    );
    outcome.remedies[0].impact = "Four flights of stairs for nine days.".to_owned();
    outcome.remedies[0].amount = Some(Pence(12_050));
    assert!(outcome.lacks(&definition(1)).is_empty());
    assert_eq!(outcome.money().to_string(), "£120.50");
}

#[test]
fn names_of_findings_and_remedies_lead_back_to_them() {
    for finding in Finding::ALL {
        assert_eq!(Finding::from_key(finding.key()), Some(finding));
    }
    for kind in RemedyKind::ALL {
        assert_eq!(RemedyKind::from_key(kind.key()), Some(kind));
    }
}
