//! Journeys and layering rules, one binary. Tests use real servers on loopback ports of their own.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test that cannot go on should stop loudly"
)]

mod cli;
mod cli_accounts;
mod cli_audit;
mod cli_bank_holidays;
mod cli_desk;
mod cli_faults;
mod cli_life;
mod cli_mail;
mod cli_people;
mod cli_post;
mod cli_refusals;
mod cli_story;
mod cli_triage;
mod courier;
mod courier_message;
mod failings;
mod flows;
mod journey;
mod kill;
mod kill_sweep;
mod layers;
mod mailbox;
mod oauth;
mod paper;
mod service;
mod store;
mod support;
mod web;
mod wire;
