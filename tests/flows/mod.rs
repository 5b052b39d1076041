//! Stories of the two flows, mail in and letters out, each told on both databases.

mod alarms;
mod approval;
mod bounces;
mod bytes;
mod checkpoints;
mod corrections;
mod desk;
mod digest;
mod extension;
mod incident;
mod intake;
mod interrupted;
mod languages;
mod ledger;
mod letters;
mod ombudsmen;
mod people;
mod post;
mod receipts;
mod reminders;
mod sending;
mod telling;
mod threading;
mod triage;
