//! The sockets of a server: bound before the store is opened, or passed by systemd (socket activation), and listening after that.
//!
//! Shape: one socket for the dialects, one for the operators if they have a separate port, one for telephone calls. A socket that is passed
//! replaces the address of the settings. Absent: connections.

use std::error::Error;
use std::net::SocketAddr;

use listenfd::ListenFd;
use tokio::net::{TcpListener, TcpSocket};

use crate::settings::Settings;

/// Length of the listen queue, as in the standard library.
const BACKLOG: u32 = 1024;
/// The names of passed sockets, as `FileDescriptorName=` of a socket unit sets them.
const NAMES: [&str; 3] = ["http", "admin", "agi"];

/// A socket that does not accept connections yet.
#[derive(Debug)]
pub enum Socket {
    /// Bound by this process.
    Bound(TcpSocket),
    /// Passed by the service manager, which queues connections meanwhile.
    Passed(std::net::TcpListener),
}

impl Socket {
    fn bind(address: SocketAddr) -> std::io::Result<Self> {
        let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        // A server may start again while the system still remembers connections of the previous one.
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        Ok(Self::Bound(socket))
    }

    /// Accepts connections from now on.
    ///
    /// # Errors
    /// Another program listens on this address, or the socket is not one that listens.
    pub fn listen(self) -> std::io::Result<TcpListener> {
        match self {
            Self::Bound(socket) => socket.listen(BACKLOG),
            Self::Passed(listener) => {
                listener.set_nonblocking(true)?;
                TcpListener::from_std(listener)
            }
        }
    }
}

/// Sockets that the service manager has passed, by name.
#[derive(Debug, Default)]
pub struct Passed(Vec<(&'static str, std::net::TcpListener)>);

impl Passed {
    /// Takes the sockets that `LISTEN_FDS` announces. A single one needs no name: it serves the dialects. Must be called before other threads run,
    /// because it removes these variables from the environment.
    ///
    /// # Errors
    /// A descriptor is no TCP socket, or several have no known names.
    pub fn take() -> Result<Self, Box<dyn Error>> {
        let given = std::env::var("LISTEN_FDNAMES").unwrap_or_default();
        let given: Vec<&str> = given.split(':').collect();
        let mut passed = ListenFd::from_env();
        let mut sockets = Vec::new();
        for at in 0..passed.len() {
            let name = named(given.get(at).copied().unwrap_or_default(), passed.len())?;
            if sockets.iter().any(|(known, _)| *known == name) {
                return Err(format!("two sockets are passed with the name {name}").into());
            }
            let socket = passed.take_tcp_listener(at).map_err(|error| format!("the passed socket {name}: {error}"))?;
            sockets.extend(socket.map(|socket| (name, socket)));
        }
        Ok(Self(sockets))
    }

    fn named(&mut self, name: &str) -> Option<Socket> {
        let at = self.0.iter().position(|(known, _)| *known == name)?;
        Some(Socket::Passed(self.0.swap_remove(at).1))
    }
}

/// The purpose of a passed socket.
fn named(given: &str, sockets: usize) -> Result<&'static str, String> {
    let known = NAMES.iter().copied().find(|name| *name == given);
    match known {
        Some(name) => Ok(name),
        None if sockets == 1 => Ok("http"),
        None => Err(format!(
            "several sockets are passed, and one is named {given:?}: FileDescriptorName= is one of {NAMES:?}"
        )),
    }
}

/// See the module.
#[derive(Debug)]
pub struct Sockets {
    /// For the dialects and pages.
    pub http: Socket,
    /// For the operators' API, the console, metrics and health; `None`: they are served with the dialects.
    pub admin: Option<Socket>,
    /// For telephone calls.
    pub telephone: Option<Socket>,
}

impl Sockets {
    /// Binds the addresses of the settings for which no socket is passed.
    ///
    /// # Errors
    /// Another program has the address, or a passed socket is not used.
    pub fn bind(mut passed: Passed, settings: &Settings) -> Result<Self, Box<dyn Error>> {
        let (telephone, agi) = (passed.named("agi"), settings.agi.as_ref().map(|agi| agi.listen));
        if telephone.is_some() && agi.is_none() {
            return Err("a socket named agi is passed, and agi.listen (DARIC_AGI) is not set".into());
        }
        let bound = |address: SocketAddr, what: &str| {
            Socket::bind(address).map_err(|error| format!("cannot {what} on {address}: {error}"))
        };
        let http = match passed.named("http") {
            Some(socket) => socket,
            None => bound(settings.listen, "listen")?,
        };
        let admin = match (passed.named("admin"), settings.admin_listen) {
            (Some(socket), _) => Some(socket),
            (None, address) => address.map(|address| bound(address, "listen")).transpose()?,
        };
        let telephone = match (telephone, agi) {
            (Some(socket), _) => Some(socket),
            (None, address) => address.map(|address| bound(address, "take calls")).transpose()?,
        };
        Ok(Self { http, admin, telephone })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_passed_socket_is_known_by_its_name_and_a_single_one_serves_the_dialects() {
        for (given, sockets, expected) in [
            ("http", 1, Some("http")),
            ("daric.socket", 1, Some("http")),
            ("", 1, Some("http")),
            ("admin", 1, Some("admin")),
            ("admin", 3, Some("admin")),
            ("agi", 2, Some("agi")),
            ("daric.socket", 2, None),
            ("", 2, None),
        ] {
            assert_eq!(named(given, sockets).ok(), expected, "{given} of {sockets}");
        }
    }
}
