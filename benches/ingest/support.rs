//! The tests' own Dovecot.

#[path = "../../tests/support/ca.rs"]
mod ca;
#[path = "../../tests/support/dovecot.rs"]
pub mod dovecot;
#[path = "../../tests/support/packages.rs"]
pub mod packages;
#[path = "../../tests/support/ports.rs"]
mod ports;
