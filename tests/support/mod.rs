//! Real servers and small tools for tests.

pub mod browser;
pub mod packages;
