//! complaintsd: complaint handling for UK social landlords and councils, by the Complaint Handling
//! Code. See `docs/ARCHITECTURE.md` for the shape of the house.

pub mod casework;
pub mod cli;
pub mod clock;
pub mod config;
pub mod courier;
pub mod daemon;
pub mod demo;
pub mod demo_messages;
pub mod domain;
pub mod ingest;
pub mod letters;
pub mod logging;
pub mod mailbox;
pub mod oauth;
pub mod outbox;
pub mod receipts;
pub mod reminders;
pub mod scanner;
pub mod store;
pub mod tls;
pub mod typesetting;
pub mod viewing;
pub mod web;
