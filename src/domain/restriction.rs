//! A restriction on how a resident can reach the landlord, because of their behaviour (5.14, 5.15).
//! It is evidenced, proportionate and reviewed; it never stops a message from being received, nor
//! the clock of a complaint.

use jiff::civil::Date;

use super::circumstances::Ended;

/// A restriction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restriction {
    /// What is restricted, and what stays open.
    pub what: String,
    /// Why (5.14).
    pub reason: String,
    /// What shows it (5.14).
    pub evidence: String,
    /// How the Equality Act 2010 was considered (5.15).
    pub equality: String,
    /// Who decided.
    pub decided_by: String,
    /// From this day.
    pub from: Date,
    /// When it is looked at again (5.14).
    pub review_by: Date,
    /// Whether it was lifted.
    pub ended: Option<Ended>,
}
