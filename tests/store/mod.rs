//! The store, on SQLite and on PostgreSQL: one suite, both databases, no doubles.

mod accounts;
mod audit;
mod bench;
mod cases;
mod history;
mod letters;
mod mail;
mod migrations;
mod opening;
mod people;
mod search;
mod statements;
