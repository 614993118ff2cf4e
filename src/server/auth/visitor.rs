//! Where a request comes from: its network address, seen through trusted proxies, and its device in words.

use std::net::{IpAddr, SocketAddr};

use ipnet::IpNet;

use crate::server::domain::Device;

/// Who knocks, signed in or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visitor {
    /// Their network address.
    pub address: IpAddr,
    /// Their device in words ("Firefox on Linux").
    pub device: String,
}

impl Visitor {
    /// As the list of sessions shows them.
    #[must_use]
    pub fn to_device(&self) -> Device {
        Device { device: self.device.clone(), address: self.address.to_string() }
    }
}

/// The address of the client behind `peer`.
///
/// Each proxy appends the address that it was called from to `X-Forwarded-For`, so the list is believed from its right
/// end, for as long as trusted proxies wrote it: the first address that is not one of theirs is the client. What stands
/// left of it may be invented.
#[must_use]
pub fn client_address<'a>(peer: IpAddr, forwarded_for: impl Iterator<Item = &'a str>, trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(&address));
    let mut client = peer.to_canonical();
    let hops: Vec<&str> = forwarded_for.flat_map(|header| header.split(',')).map(str::trim).collect();
    for hop in hops.into_iter().rev() {
        if !is_trusted(client) {
            break;
        }
        let Some(address) = parse(hop) else { break };
        client = address;
    }
    client
}

/// An address, with or without a port.
fn parse(hop: &str) -> Option<IpAddr> {
    let address = hop.parse::<IpAddr>().or_else(|_| hop.parse::<SocketAddr>().map(|hop| hop.ip())).ok();
    let bare = || hop.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    address.or_else(bare).map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(peer: &str, forwarded_for: &[&str], trusted: &[&str]) -> String {
        let trusted: Vec<IpNet> = trusted.iter().map(|network| network.parse().unwrap()).collect();
        client_address(peer.parse().unwrap(), forwarded_for.iter().copied(), &trusted).to_string()
    }

    #[test]
    fn without_a_trusted_proxy_nobody_is_believed() {
        assert_eq!(seen("192.0.2.1", &["203.0.113.9"], &[]), "192.0.2.1");
        assert_eq!(seen("192.0.2.1", &["203.0.113.9"], &["10.0.0.0/8"]), "192.0.2.1");
    }

    #[test]
    fn the_rightmost_untrusted_address_is_the_client() {
        let proxies = ["10.0.0.0/8", "::1/128"];
        assert_eq!(seen("10.0.0.1", &["203.0.113.9"], &proxies), "203.0.113.9");
        assert_eq!(seen("10.0.0.1", &["1.1.1.1, 203.0.113.9, 10.0.0.2"], &proxies), "203.0.113.9");
        assert_eq!(seen("10.0.0.1", &["1.1.1.1", "203.0.113.9"], &proxies), "203.0.113.9");
        assert_eq!(seen("::ffff:10.0.0.1", &["203.0.113.9:4711"], &proxies), "203.0.113.9");
        assert_eq!(seen("::1", &["[2001:db8::1]:443"], &proxies), "2001:db8::1");
        assert_eq!(seen("::1", &["[2001:db8::1]"], &proxies), "2001:db8::1");
    }

    #[test]
    fn what_cannot_be_read_ends_the_search() {
        assert_eq!(seen("10.0.0.1", &["203.0.113.9, unknown"], &["10.0.0.0/8"]), "10.0.0.1");
        assert_eq!(seen("10.0.0.1", &[""], &["10.0.0.0/8"]), "10.0.0.1");
        assert_eq!(seen("10.0.0.1", &[], &["10.0.0.0/8"]), "10.0.0.1");
    }
}
