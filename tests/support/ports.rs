//! Free loopback ports for the servers that tests start.

use std::net::{Ipv4Addr, TcpListener};

/// A TCP port nobody listens on at the moment.
pub fn free() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}
