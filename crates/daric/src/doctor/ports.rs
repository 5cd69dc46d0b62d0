//! The addresses that a server listens on: free, or taken by a daric.

use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::time::Duration;

use cli::client::{Call, Client};
use cli::server_flags::ServerFlags;

use super::finding::Finding;
use crate::settings::Settings;

/// How long a program that has the port may take to answer.
const ANSWER: Duration = Duration::from_secs(5);
/// What the document of a daric begins its description with.
const TITLE: &str = "\"title\": \"Daric\"";

/// Looks at each address. The servers that answer are added to `servers`.
pub fn look(settings: &Settings, cacert: Option<PathBuf>, servers: &mut Vec<Client>) -> Vec<Finding> {
    let (dialects, server) = served(settings, (settings.listen, "--listen"), cacert.clone());
    let mut findings = vec![dialects];
    match settings.admin_listen {
        None => servers.extend(server),
        Some(address) => {
            // The operators' API is there only.
            let (operators, server) = served(settings, (address, "--admin-listen"), cacert);
            findings.push(operators);
            servers.extend(server);
        }
    }
    if let Some(agi) = &settings.agi {
        findings.push(match taken(agi.listen) {
            Ok(()) => Finding::ok("port", format!("{} is free for telephone calls", agi.listen)),
            Err(ErrorKind::AddrInUse) => Finding::warn(
                "port",
                format!("{} is taken", agi.listen),
                "by this server that runs already, or choose another (--agi)",
            ),
            Err(kind) => unusable(agi.listen, kind, "--agi"),
        });
    }
    findings.extend(shared(settings));
    findings
}

/// Flags that set the same address.
fn shared(settings: &Settings) -> Option<Finding> {
    let mut all = vec![("--listen", settings.listen)];
    all.extend(settings.admin_listen.map(|address| ("--admin-listen", address)));
    all.extend(settings.agi.as_ref().map(|agi| ("--agi", agi.listen)));
    let pairs = all.iter().enumerate().flat_map(|(at, one)| all.iter().skip(at + 1).map(move |other| (one, other)));
    let ((one, address), (other, _)) = pairs.into_iter().find(|(one, other)| one.1.port() != 0 && one.1 == other.1)?;
    Some(Finding::fail(
        "port",
        format!("{one} and {other} are both {address}"),
        format!("choose another address ({other})"),
    ))
}

/// An address, which this flag sets; if a daric answers there, a client of it.
fn served(
    settings: &Settings,
    (address, flag): (SocketAddr, &str),
    cacert: Option<PathBuf>,
) -> (Finding, Option<Client>) {
    let finding = match taken(address) {
        Ok(()) if address.port() == 0 => Finding::ok("port", format!("{}: any free port", address.ip())),
        Ok(()) => Finding::ok("port", format!("{address} is free")),
        Err(ErrorKind::AddrInUse) => {
            let scheme = if settings.tls.is_some() { "https" } else { "http" };
            let url = format!("{scheme}://{}", reachable(address));
            let asked = Client::new(&ServerFlags { url, token: settings.operator_token.clone(), cacert, json: false });
            let asked = asked.and_then(|client| {
                let document = client.done(Call::get("/openapi.json").within(ANSWER))?;
                Ok((document.text()?.contains(TITLE), client))
            });
            match asked {
                Ok((true, client)) => {
                    let finding = Finding::ok("port", format!("{address} is taken by a daric that runs"));
                    return (finding, Some(client));
                }
                Ok((false, _)) => other_program(address, "it answers, but is no daric", flag),
                // A certificate names a host, and it is called by its address.
                Err(failure) if settings.tls.is_some() && failure.to_string().contains("certificate") => Finding::warn(
                    "port",
                    format!("{address} is taken, and its certificate is not valid for this address"),
                    "if this server runs already, `daric wait --url` with its name reaches it",
                ),
                Err(failure) => other_program(address, &failure.to_string(), flag),
            }
        }
        Err(kind) => unusable(address, kind, flag),
    };
    (finding, None)
}

fn other_program(address: SocketAddr, why: &str, flag: &str) -> Finding {
    Finding::fail(
        "port",
        format!("{address} is taken by another program ({why})"),
        format!("stop that program, or choose another address ({flag})"),
    )
}

fn unusable(address: SocketAddr, kind: ErrorKind, flag: &str) -> Finding {
    let remedy = match kind {
        ErrorKind::PermissionDenied => format!("choose a port from 1024 on ({flag})"),
        _ => format!("choose an address of this machine ({flag})"),
    };
    Finding::fail("port", format!("{address} cannot be listened on: {kind}"), remedy)
}

/// Tries to listen on an address.
fn taken(address: SocketAddr) -> Result<(), ErrorKind> {
    TcpListener::bind(address).map(drop).map_err(|error| error.kind())
}

/// An address by which this machine reaches a server that listens on all of its addresses.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}
