//! The address of a caller, and the path by which a request is routed.

use std::net::{IpAddr, Ipv6Addr};

use axum::http::{Extensions, Uri};

/// The IP address of a caller, in the request's extensions.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub IpAddr);

impl Peer {
    /// The address or network whose limits a request counts against: see [`network`]. Requests without a known address share one limit.
    pub fn of(extensions: &Extensions) -> IpAddr {
        extensions.get::<Self>().map_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED), |Self(address)| network(*address))
    }
}

/// The unit that one caller controls: an IPv4 address, or an IPv6 network of 64 bits.
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => {
            let [first, second, third, fourth, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(first, second, third, fourth, 0, 0, 0, 0))
        }
    }
}

/// The address by which a request is routed: repeated slashes in its path become one (second-edition.md 1.8).
pub fn routed(uri: Uri) -> Uri {
    if !uri.path().contains("//") {
        return uri;
    }
    let mut path = String::with_capacity(uri.path().len());
    for c in uri.path().chars().filter(|c| c.is_ascii()) {
        if c != '/' || !path.ends_with('/') {
            path.push(c);
        }
    }
    if let Some(query) = uri.query() {
        path.push('?');
        path.push_str(query);
    }
    // Removing slashes from a valid address leaves a valid address.
    path.parse().unwrap_or(uri)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubled_slashes_of_a_path_are_one_and_its_query_stays() {
        for (sent, expected) in [
            (
                "//oak/v2//clients/drops///transferTo?next=http://h//x",
                "/oak/v2/clients/drops/transferTo?next=http://h//x",
            ),
            ("/a/%2F/b", "/a/%2F/b"),
            ("///", "/"),
            ("//", "/"),
            ("/console//", "/console/"),
            ("/s/x?a=//", "/s/x?a=//"),
        ] {
            assert_eq!(routed(Uri::from_static(sent)).to_string(), expected, "{sent}");
        }
    }
}
