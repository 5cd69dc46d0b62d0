//! Calls to businesses that a payment was made (pod.md 5.4): `GET`, signed, no redirects followed; any 2xx is a success.
//!
//! A signature covers the second, the delivery's id, the method and the whole address (second-edition.md 4.4): of a call that was signed for one
//! address, nothing is good for another. While a secret is changed, a call is signed with the new one and the old one.

use std::fmt::{Debug, Formatter};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use payments::{Callback, CallbackSender, NotSent, Sending};
use reqwest::{Client, Url};

use crate::http::{self, NoClient};
use crate::names::Names;

/// How long a business may take (pod.md 5.4).
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// What signs a text with an encrypted secret of a call's business (HMAC-SHA256); `None`: it cannot be opened.
pub type Signer = Box<dyn Fn(&Callback, &[u8], &str) -> Option<[u8; 32]> + Send + Sync>;

/// Which addresses may be called.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reach {
    /// All of them: a sandbox's businesses are on the same machine.
    Anywhere,
    /// Only those of the public network: nobody outside shall have this machine ask what only machines inside may ask.
    PublicOnly,
}

/// See the module.
pub struct HttpCallbacks {
    client: Client,
    reach: Reach,
    signer: Signer,
}

impl Debug for HttpCallbacks {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        write!(f, "HttpCallbacks({:?})", self.reach)
    }
}

impl HttpCallbacks {
    /// Calls that reach so far.
    ///
    /// # Errors
    /// There is no client.
    pub fn new(names: &Names, reach: Reach, signer: Signer) -> Result<Self, NoClient> {
        Ok(Self { client: http::client(names, reach)?, reach, signer })
    }

    async fn try_once(&self, callback: Callback) -> Result<(), NotSent> {
        let mut url = Url::parse(&callback.address).map_err(|_| NotSent::Never("it is no address".to_owned()))?;
        // It is not sent, so that a signature cannot cover it.
        url.set_fragment(None);
        if !matches!(url.scheme(), "http" | "https") {
            return Err(NotSent::Never("an address that is not called over HTTP".to_owned()));
        }
        let host = url.host_str().map(|host| host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>());
        if let (Reach::PublicOnly, Some(Ok(address))) = (self.reach, host)
            && !is_public(address)
        {
            return Err(NotSent::Never("a private address".to_owned()));
        }
        let mut request = self.client.get(url.clone()).timeout(ANSWER_WITHIN);
        if !callback.secrets.is_empty() {
            let second = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
            let id = callback.id.0;
            let sign = |text: &str| {
                let signatures = callback.secrets.iter().map(|secret| (self.signer)(&callback, secret, text));
                let signatures: Option<Vec<[u8; 32]>> = signatures.collect();
                signatures.ok_or_else(|| NotSent::Later("the secret cannot be opened".to_owned()))
            };
            let hex = |signature: &[u8; 32]| signature.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
            let own = sign(&format!("{second}.{id}.GET.{url}"))?;
            let own: Vec<String> = own.iter().map(|signature| format!("v2={}", hex(signature))).collect();
            // The form of Standard Webhooks, whose payload is the method and the address here: a GET has no body.
            let standard = sign(&format!("{id}.{second}.GET.{url}"))?;
            let standard: Vec<String> =
                standard.iter().map(|signature| format!("v1,{}", STANDARD.encode(signature))).collect();
            request = request
                .header("Daric-Signature", format!("t={second},{}", own.join(",")))
                .header("webhook-id", id)
                .header("webhook-timestamp", second)
                .header("webhook-signature", standard.join(" "));
        }
        let response = request.send().await.map_err(|error| NotSent::Later(http::what(error)))?;
        let status = response.status();
        if status.is_success() {
            Ok(())
        } else {
            Err(NotSent::Later(format!("the other side answered {}", status.as_u16())))
        }
    }
}

impl CallbackSender for HttpCallbacks {
    fn call(&self, callback: Callback) -> Sending<'_> {
        Box::pin(self.try_once(callback))
    }
}

/// Whether an address is of the public network.
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

/// The IPv4 address that `64:ff9b::/96` stands for.
fn translated(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let [first, second, 0, 0, 0, 0, high, low] = address.segments() else { return None };
    let [[a, b], [c, d]] = [high.to_be_bytes(), low.to_be_bytes()];
    (first == 0x64 && second == 0xff9b).then(|| Ipv4Addr::new(a, b, c, d))
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    // Global unicast is 2000::/3; of that, documentation and tunnels are not.
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
