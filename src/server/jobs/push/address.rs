//! Where a push may go: what a browser names as its endpoint may lead to no machine behind the server.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use hyper::Uri;
use url::{Host, Url};

/// The length of a public key of P-256, uncompressed, in bytes.
pub(super) const KEY_BYTES: usize = 65;

/// Names that never lead to the public network: RFC 6761, 6762 and 8375.
const PRIVATE_NAMES: [&str; 5] = ["localhost", "local", "internal", "home.arpa", "lan"];

/// An endpoint that may be called.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Address {
    url: Url,
    /// It was allowed by name, wherever it leads.
    pub is_allowed: bool,
}

impl Address {
    /// An endpoint as a browser names it. `allowed` are origins that need be neither public nor https.
    pub(super) fn parse(endpoint: &str, allowed: &[String]) -> Result<Self, String> {
        let url = Url::parse(endpoint).map_err(|_| "This is no address.".to_owned())?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err("An endpoint names no user.".to_owned());
        }
        let origin = url.origin().ascii_serialization();
        let is_allowed = allowed.contains(&origin);
        let address = Self { url, is_allowed };
        if is_allowed {
            return Ok(address);
        }
        if address.url.scheme() != "https" {
            return Err("An endpoint begins with https.".to_owned());
        }
        let is_public = match address.url.host() {
            Some(Host::Domain(name)) => !is_private_name(name),
            Some(Host::Ipv4(ip)) => is_public(ip.into()),
            Some(Host::Ipv6(ip)) => is_public(ip.into()),
            None => false,
        };
        is_public.then_some(address).ok_or_else(|| "The endpoint leads to no public address.".to_owned())
    }

    /// What a signature is good for.
    pub(super) fn origin(&self) -> String {
        self.url.origin().ascii_serialization()
    }

    pub(super) fn is_secure(&self) -> bool {
        self.url.scheme() == "https"
    }

    pub(super) fn host(&self) -> Option<Host<&str>> {
        self.url.host()
    }

    pub(super) fn port(&self) -> u16 {
        self.url.port_or_known_default().unwrap_or(443)
    }

    /// The host, and the port where it is not the scheme's own: as the `Host` header has it.
    pub(super) fn authority(&self) -> String {
        let host = self.url.host_str().unwrap_or_default();
        self.url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }

    /// The path with the query: as the first line of the request has it.
    pub(super) fn target(&self) -> Option<Uri> {
        let path = self.url.path();
        let target = self.url.query().map_or_else(|| path.to_owned(), |query| format!("{path}?{query}"));
        target.parse().ok()
    }
}

fn is_private_name(name: &str) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    let ends_in = |private: &&str| name == **private || name.ends_with(&[".", private].concat());
    // A name without a dot is one of the own network.
    !name.contains('.') || PRIVATE_NAMES.iter().any(ends_in)
}

/// Whether an address belongs to the public network, as the registries of special addresses have it (RFC 6890 and its
/// successors). Those that carry another within are judged by that one.
pub(super) fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    let is_special = match (a, b, c) {
        // This network; carrier-grade translation; protocol assignments; 6to4 relays; benchmarks; what is reserved.
        (0, ..) | (100, 64..=127, _) | (192, 0, 0) | (192, 88, 99) | (198, 18..=19, _) | (240..=255, ..) => true,
        _ => false,
    };
    !(is_special
        || ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_multicast()
        || ip.is_documentation())
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    let [a, b, c, d, e, f, g, h] = ip.segments();
    let within = |high: u16, low: u16| {
        let [a, b] = high.to_be_bytes();
        let [c, d] = low.to_be_bytes();
        is_public_v4(Ipv4Addr::new(a, b, c, d))
    };
    match (a, b) {
        // ::ffff:a.b.c.d, and what is translated to the old network.
        (0, 0) if [c, d, e] == [0; 3] && f == 0xffff => within(g, h),
        (0x64, 0xff9b) if [c, d, e, f] == [0; 4] => within(g, h),
        // 6to4 carries an address, too; Teredo, benchmarks, ORCHID and what is for documents lead nowhere.
        (0x2002, _) => within(b, c),
        (0x2001, 0..=0x1ff) | (0x2001, 0x0db8) | (0x3fff, 0..=0xfff) => false,
        // Only 2000::/3 is given out.
        (0x2000..=0x3fff, _) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_leads_behind_the_server_is_no_endpoint() {
        for endpoint in [
            "http://push.example.com/abc",
            "https://localhost/abc",
            "https://push.localhost./abc",
            "https://printer.local/abc",
            "https://metadata.google.internal/abc",
            "https://intranet/abc",
            "https://127.0.0.1/abc",
            "https://2130706433/abc",
            "https://0x7f.1/abc",
            "https://10.1.2.3/abc",
            "https://172.16.0.1/abc",
            "https://192.168.1.1/abc",
            "https://169.254.169.254/latest",
            "https://100.64.0.1/abc",
            "https://0.0.0.0/abc",
            "https://224.0.0.1/abc",
            "https://255.255.255.255/abc",
            "https://[::1]/abc",
            "https://[::]/abc",
            "https://[fe80::1]/abc",
            "https://[fd00::1]/abc",
            "https://[::ffff:127.0.0.1]/abc",
            "https://[64:ff9b::7f00:1]/abc",
            "https://[2002:7f00:1::]/abc",
            "https://user:word@push.example.com/abc",
            "file:///etc/passwd",
            "not an address",
        ] {
            assert!(Address::parse(endpoint, &[]).is_err(), "{endpoint}");
        }
    }

    #[test]
    fn push_services_are_endpoints() {
        for endpoint in [
            "https://fcm.googleapis.com/fcm/send/abc:def",
            "https://updates.push.services.mozilla.com/wpush/v2/abc",
            "https://web.push.apple.com/QABC",
            "https://push.example.com:8443/abc?x=1",
            "https://93.184.216.34/abc",
            "https://[2606:2800:220:1:248:1893:25c8:1946]/abc",
        ] {
            assert!(Address::parse(endpoint, &[]).is_ok(), "{endpoint}");
        }
        let address = Address::parse("https://push.example.com:8443/abc?x=1", &[]).unwrap();
        assert_eq!(address.origin(), "https://push.example.com:8443");
        assert_eq!(address.authority(), "push.example.com:8443");
        assert_eq!(address.target().unwrap().to_string(), "/abc?x=1");
    }

    #[test]
    fn what_is_allowed_by_name_is_an_endpoint_and_nothing_beside_it() {
        let allowed = ["http://127.0.0.1:9000".to_owned()];
        assert!(Address::parse("http://127.0.0.1:9000/abc", &allowed).unwrap().is_allowed);
        assert!(Address::parse("http://127.0.0.1:9001/abc", &allowed).is_err());
        assert!(Address::parse("https://127.0.0.1:9000/abc", &allowed).is_err());
        assert!(!Address::parse("https://push.example.com/abc", &allowed).unwrap().is_allowed);
    }
}
