//! Trusted proxies, which report the address of the caller.
//!
//! Only a connection from a trusted proxy is believed, and only `X-Forwarded-For`: the last address in it that is not a trusted proxy. Any caller can
//! send this header, so addresses before that one prove nothing.

use std::net::IpAddr;

use hyper::HeaderMap;
use ipnet::IpNet;

/// See the module.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Proxies {
    /// Addresses and networks of trusted proxies.
    pub trusted: Vec<IpNet>,
    /// Networks that carry many callers besides the proxies: their connections count against the totals only.
    pub many: Vec<IpNet>,
}

const FORWARDED_FOR: &str = "x-forwarded-for";

impl Proxies {
    /// Trusts these proxies. This machine counts as carrying many callers, since a proxy that is not in the settings usually runs on it.
    pub fn new(trusted: Vec<IpNet>) -> Self {
        let loopback =
            [IpNet::new(IpAddr::from([127, 0, 0, 0]), 8), IpNet::new(IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1]), 128)];
        Self { trusted, many: loopback.into_iter().flatten().collect() }
    }

    /// Whether an address may carry many callers.
    pub fn stands_for_many(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.many.iter().any(|many| many.contains(&address)) || self.is_trusted(address)
    }

    fn is_trusted(&self, address: IpAddr) -> bool {
        self.trusted.iter().any(|trusted| trusted.contains(&address))
    }

    /// The address of a request's caller.
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer.to_canonical();
        if !self.is_trusted(client) {
            return client;
        }
        let lines: Vec<&str> =
            headers.get_all(FORWARDED_FOR).iter().map(|line| line.to_str().unwrap_or_default()).collect();
        for text in lines.iter().rev().flat_map(|line| line.rsplit(',')) {
            let Some(address) = address(text.trim()) else { break };
            client = address;
            if !self.is_trusted(client) {
                break;
            }
        }
        client
    }
}

/// Parses an address as proxies write it: plain, in brackets, or with a port.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|text| text.split_once(']')).map_or(text, |(address, _)| address);
    let parsed = bare.parse::<IpAddr>().ok();
    let parsed = parsed.or_else(|| bare.parse::<std::net::SocketAddr>().ok().map(|address| address.ip()));
    parsed.map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderValue;

    use super::*;

    #[test]
    fn the_client_is_the_last_address_that_is_no_trusted_proxy() {
        let proxies = Proxies::new(vec!["10.0.0.0/8".parse().unwrap(), "192.0.2.7/32".parse().unwrap()]);
        for (peer, lines, expected) in [
            ("198.51.100.1", &["203.0.113.9"][..], "198.51.100.1"),
            ("10.0.0.1", &[], "10.0.0.1"),
            ("10.0.0.1", &["203.0.113.9"], "203.0.113.9"),
            ("::ffff:10.0.0.1", &["::ffff:203.0.113.9"], "203.0.113.9"),
            ("10.0.0.1", &["1.1.1.1, 203.0.113.9"], "203.0.113.9"),
            ("10.0.0.1", &["1.1.1.1, 203.0.113.9, 192.0.2.7"], "203.0.113.9"),
            ("10.0.0.1", &["1.1.1.1", "203.0.113.9", "10.9.9.9"], "203.0.113.9"),
            ("10.0.0.1", &["203.0.113.9, unknown"], "10.0.0.1"),
            ("10.0.0.1", &["203.0.113.9, unknown, 10.2.2.2"], "10.2.2.2"),
            ("10.0.0.1", &["203.0.113.9:4711"], "203.0.113.9"),
            ("10.0.0.1", &["[2001:db8::1]:4711"], "2001:db8::1"),
            ("10.0.0.1", &["2001:db8::1"], "2001:db8::1"),
            ("127.0.0.1", &["203.0.113.9"], "127.0.0.1"),
        ] {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(FORWARDED_FOR, HeaderValue::from_static(line));
            }
            let client = proxies.client(peer.parse().unwrap(), &headers);
            assert_eq!(client, expected.parse::<IpAddr>().unwrap(), "{peer} {lines:?}");
        }
        assert!(
            ["127.0.0.1", "::1", "10.1.1.1", "192.0.2.7"]
                .map(|text| text.parse().unwrap())
                .iter()
                .all(|address| proxies.stands_for_many(*address))
        );
        assert!(!proxies.stands_for_many("203.0.113.9".parse().unwrap()));
    }
}
