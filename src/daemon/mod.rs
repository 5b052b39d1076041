//! The service.

pub mod house;
