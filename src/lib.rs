//! complaintsd: complaint handling for UK social landlords and councils, by the Complaint Handling
//! Code. See `docs/ARCHITECTURE.md` for the shape of the house.

pub mod clock;
pub mod domain;
pub mod web;
