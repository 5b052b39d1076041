//! complaintsd: complaint handling for UK social landlords and councils, by the Complaint Handling
//! Code. See `docs/ARCHITECTURE.md` for the shape of the house.

pub mod clock;
pub mod demo_messages;
pub mod config;
pub mod courier;
pub mod domain;
pub mod mailbox;
pub mod tls;
pub mod ingest;
pub mod letters;
pub mod store;
