//! Ports for servers that are started, stopped and started again.

use std::{
    net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket},
    ops::Range,
    sync::{Mutex, PoisonError},
};

use crate::Outcome;

/// Linux gives out ports from 32,768 up by itself. One from here is nobody else's while its server is down.
const PORTS: Range<u16> = 20_000..32_000;

/// An address of the loopback that nobody listens on, and that is this process's until it ends: a UDP socket with the same
/// number keeps it from others who ask here.
///
/// # Errors
/// There is none.
pub fn free_addr() -> Outcome<SocketAddr> {
    static KEPT: Mutex<Vec<UdpSocket>> = Mutex::new(Vec::new());
    // Processes that ask at the same time seldom ask for the same.
    let first = rand::random_range(PORTS);
    for port in (first..PORTS.end).chain(PORTS.start..first) {
        let addr = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        if let Ok(keeps) = UdpSocket::bind(addr)
            && TcpListener::bind(addr).is_ok()
        {
            KEPT.lock().unwrap_or_else(PoisonError::into_inner).push(keeps);
            return Ok(addr);
        }
    }
    Err("There is no free port.".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_given_out_once() {
        let addrs: Vec<SocketAddr> = (0..50).map(|_| free_addr().unwrap()).collect();
        assert!(addrs.iter().all(|addr| PORTS.contains(&addr.port()) && TcpListener::bind(addr).is_ok()));
        assert!(addrs.iter().all(|addr| UdpSocket::bind(addr).is_err()), "kept from others");
    }
}
