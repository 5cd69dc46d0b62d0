//! Where a sandbox is reached: the base URL of each platform, and the addresses of its pages.

use std::net::SocketAddr;

use axum::http::{HeaderMap, header};
use edge::{Edge, head};
use url::Url;
use web::guard::origin_of;

use crate::demo;

/// A platform, and the hosts that its documents print.
#[derive(Clone, Copy, Debug)]
pub struct Platform {
    /// Its name in JSON.
    pub name: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// The hosts of the real platform, which the base URL replaces.
    pub hosts: &'static [&'static str],
}

/// All platforms (finnotech.md 1.1, paystar.md 1, pod.md 1).
pub const PLATFORMS: [Platform; 3] = [
    Platform {
        name: "finnotech",
        title: "Finnotech",
        hosts: &["https://api.finnotech.ir", "https://apibeta.finnotech.ir", "https://sandboxapi.finnotech.ir"],
    },
    Platform { name: "paystar", title: "PayStar", hosts: &["https://core.paystar.ir"] },
    Platform { name: "pod", title: "POD", hosts: &["https://api.pod.ir", "https://pay.pod.ir"] },
];

/// What a sandbox was created with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum World {
    /// The demo world: examples run, and its credentials are valid.
    Demo,
    /// Nothing.
    Empty,
}

/// The token of the operators' API, as far as it may be shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OperatorToken {
    /// The demo world's.
    Demo,
    /// One of the settings, which is not shown.
    OfSettings,
}

impl OperatorToken {
    /// What is known of a token.
    pub fn of(token: &str) -> Self {
        if token == demo::OPERATOR_TOKEN { Self::Demo } else { Self::OfSettings }
    }

    /// Its place in an example.
    pub fn shown(self) -> &'static str {
        match self {
            Self::Demo => demo::OPERATOR_TOKEN,
            Self::OfSettings => "YOUR-OPERATOR-TOKEN",
        }
    }
}

/// The port of the operators' API and the console.
#[derive(Clone, Copy, Debug)]
pub struct AdminPort {
    /// `http` or `https`.
    pub scheme: &'static str,
    /// Its address.
    pub address: SocketAddr,
}

/// What the start page needs to know of its server.
#[derive(Clone, Debug)]
pub struct Start {
    /// State that all dialects share.
    pub edge: Edge,
    /// The operators' port; `None`: they use the port of the dialects.
    pub admin_port: Option<AdminPort>,
    /// The token of the operators' API.
    pub token: OperatorToken,
    /// What the sandbox was created with.
    pub world: World,
}

impl Start {
    /// The addresses for a caller with these headers.
    pub fn links(&self, headers: &HeaderMap) -> Links {
        let base = self.base(headers);
        let admin = match self.admin_port {
            None => base.clone(),
            Some(port) => port.base(&base),
        };
        Links { base, admin }
    }

    /// `public_base` if it is configured, else the host that the caller asks, which reaches this server.
    fn base(&self, headers: &HeaderMap) -> String {
        let own = &self.edge.public_base;
        if self.edge.own_origin.is_some() {
            return own.clone();
        }
        let (scheme, _) = own.split_once("://").unwrap_or_default();
        let asked = host(headers).and_then(|host| origin_of(&format!("{scheme}://{host}")));
        asked.map_or_else(|| reachable(own), |origin| origin.ascii_serialization())
    }
}

impl AdminPort {
    fn base(self, dialects: &str) -> String {
        let Self { scheme, address } = self;
        let host = Url::parse(dialects).ok().and_then(|base| base.host_str().map(str::to_owned));
        match host.filter(|_| address.ip().is_unspecified()) {
            Some(host) => format!("{scheme}://{host}:{}", address.port()),
            None => format!("{scheme}://{address}"),
        }
    }
}

/// The requested host; `None`: it has characters that a copied command could be damaged by.
fn host(headers: &HeaderMap) -> Option<&str> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte);
    headers.get(header::HOST).and_then(head::text).filter(|host| host.bytes().all(plain))
}

/// An address that listens on all interfaces is reached on this machine.
pub fn reachable(base: &str) -> String {
    base.replacen("://0.0.0.0:", "://127.0.0.1:", 1).replacen("://[::]:", "://[::1]:", 1)
}

/// The addresses of a sandbox.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Links {
    /// Scheme, host and port of all platforms.
    pub base: String,
    /// The same for operators.
    pub admin: String,
}

impl Links {
    /// The start page.
    pub fn start(&self) -> String {
        format!("{}/", self.base)
    }

    /// The operators' console.
    pub fn console(&self) -> String {
        format!("{}/console", self.admin)
    }

    /// The SMS that the sandbox has sent.
    pub fn sms_inbox(&self) -> String {
        format!("{}/console/messages", self.admin)
    }

    /// The last requests.
    pub fn requests(&self) -> String {
        format!("{}/console/requests", self.admin)
    }

    /// Clock, faults, magic values and demo values.
    pub fn sandbox(&self) -> String {
        format!("{}/console/sandbox", self.admin)
    }

    /// The base of the operators' API.
    pub fn operator_api(&self) -> String {
        format!("{}/admin/v1", self.admin)
    }

    /// The API reference: the document of all APIs in a browser.
    pub fn reference(&self) -> String {
        format!("{}/docs/api", self.admin)
    }

    /// The document of all APIs.
    pub fn openapi(&self) -> String {
        format!("{}/openapi.json", self.base)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]
mod tests {
    use super::*;

    #[test]
    fn the_operators_port_is_named_by_the_host_that_the_caller_knows_if_it_listens_on_all() {
        for (address, dialects, expected) in [
            ("127.0.0.1:7071", "http://127.0.0.1:7070", "http://127.0.0.1:7071"),
            ("0.0.0.0:7071", "http://localhost:7070", "http://localhost:7071"),
            ("[::]:7071", "https://pay.example", "http://pay.example:7071"),
            ("10.0.0.5:7071", "https://pay.example", "http://10.0.0.5:7071"),
            ("[::1]:7071", "http://[::1]:7070", "http://[::1]:7071"),
        ] {
            let port = AdminPort { scheme: "http", address: address.parse().unwrap() };
            assert_eq!(port.base(dialects), expected, "{address}");
        }
    }

    #[test]
    fn a_host_that_could_damage_a_command_is_not_shown() {
        for (sent, expected) in [
            ("localhost:7070", Some("localhost:7070")),
            ("[::1]:7070", Some("[::1]:7070")),
            ("a$(id).example", None),
            ("a'b", None),
            ("a b", None),
        ] {
            let headers = HeaderMap::from_iter([(header::HOST, sent.parse().unwrap())]);
            assert_eq!(host(&headers), expected, "{sent}");
        }
        assert_eq!(reachable("http://0.0.0.0:7070"), "http://127.0.0.1:7070");
        assert_eq!(reachable("https://[::]:7070"), "https://[::1]:7070");
    }
}
