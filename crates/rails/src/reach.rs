//! The addresses that outgoing requests may be sent to.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Which addresses may be requested.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reach {
    /// All addresses: in a sandbox, businesses run on the same machine.
    Anywhere,
    /// Only addresses of the public network, so that an outsider cannot make this machine send requests to the internal network.
    PublicOnly,
}

/// Whether an address belongs to the public network.
pub(crate) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => match address.to_ipv4_mapped().or_else(|| translated(address)) {
            Some(address) => is_public_v4(address),
            None => is_public_v6(address),
        },
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [first, second, third, _] = address.octets();
    let shared = first == 100 && (64..128).contains(&second);
    let special = first == 192 && second == 0 && third == 0;
    let measured = first == 198 && (18..20).contains(&second);
    !(address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_broadcast()
        || address.is_documentation()
        || address.is_multicast()
        || first == 0
        || first >= 240
        || shared
        || special
        || measured)
}

/// The IPv4 address that an address in `64:ff9b::/96` stands for.
fn translated(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let [first, second, 0, 0, 0, 0, high, low] = address.segments() else { return None };
    let [[a, b], [c, d]] = [high.to_be_bytes(), low.to_be_bytes()];
    (first == 0x64 && second == 0xff9b).then(|| Ipv4Addr::new(a, b, c, d))
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    // Global unicast is 2000::/3, without documentation addresses and tunnels.
    first & 0xe000 == 0x2000 && !(first == 0x2001 && (second == 0xdb8 || second == 0)) && first != 0x2002
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_the_public_network_are_public() {
        for (address, public) in [
            ("8.8.8.8", true),
            ("185.143.232.1", true),
            ("2a00:1450:4001::1", true),
            ("127.0.0.1", false),
            ("10.1.2.3", false),
            ("172.16.0.1", false),
            ("192.168.1.1", false),
            ("169.254.169.254", false),
            ("100.64.0.1", false),
            ("192.0.0.1", false),
            ("198.18.0.1", false),
            ("0.0.0.0", false),
            ("224.0.0.1", false),
            ("255.255.255.255", false),
            ("::1", false),
            ("::", false),
            ("fe80::1", false),
            ("fc00::1", false),
            ("2001:db8::1", false),
            ("2002:7f00:1::1", false),
            ("::ffff:127.0.0.1", false),
            ("64:ff9b::7f00:1", false),
            ("64:ff9b::808:808", true),
        ] {
            assert_eq!(address.parse().map(is_public), Ok(public), "{address}");
        }
    }
}
