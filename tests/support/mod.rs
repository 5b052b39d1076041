//! Real servers and small tools for tests.

pub mod packages;
pub mod postgres;
