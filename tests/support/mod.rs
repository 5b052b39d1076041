//! Real servers and small tools for tests.

pub mod browser;
pub mod ca;
pub mod clamd;
pub mod clock;
pub mod desk;
pub mod dovecot;
pub mod fault_proxy;
pub mod furniture;
pub mod imap_script;
pub mod issuer;
pub mod killed;
pub mod landlord;
pub mod mail_server;
pub mod office;
pub mod packages;
pub mod patience;
pub mod ports;
pub mod postfix;
pub mod postgres;
pub mod scene;
pub mod service;
pub mod smtp_script;
