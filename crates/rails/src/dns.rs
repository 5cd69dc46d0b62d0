//! Resolution of host names for outgoing requests.
//!
//! This process asks the name servers itself: the system's `getaddrinfo` blocks a thread until a server answers, and all other threads
//! that resolve names would wait for a server that does not. The system's files are read again when they change, as `getaddrinfo` does.
//! Limit: [`LOOK_UP`] for one name.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use hickory_resolver::config::{
    ConnectionConfig, LookupIpStrategy, NameServerConfig, ProtocolConfig, ResolverConfig, ResolverOpts,
};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::{Resolver, TokioResolver};
use parking_lot::Mutex;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::reach::{Reach, is_public};

/// Time-out for one name: less than that of a connection, so that the reason can be reported.
const LOOK_UP: Duration = Duration::from_secs(4);
/// Time-out for one query to a name server, and how many attempts it gets.
const SERVER: (Duration, usize) = (Duration::from_millis(1_900), 2);
/// How long a negative answer is cached at most, so that a name that was just registered is found soon.
const NO_SUCH_NAME: Duration = Duration::from_secs(10);
/// The system's files: name servers, and names of this machine.
const FILES: [&str; 2] = ["/etc/resolv.conf", "/etc/hosts"];

/// The modification times of the system's files.
type Changed = [Option<SystemTime>; FILES.len()];

/// Resolves names; see the module. Clones share the servers and the cache.
#[derive(Clone)]
pub struct DnsResolver(Arc<Shared>);

struct Shared {
    /// Empty: the servers of the system.
    servers: Vec<SocketAddr>,
    resolver: Mutex<Option<(Changed, TokioResolver)>>,
}

/// Why a name has no address.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoAddress {
    #[error("its name servers did not answer in time")]
    Silent,
    #[error("its name cannot be looked up")]
    Unknown,
    #[error("its name has no address on the public network")]
    Private,
}

impl DnsResolver {
    /// A resolver that asks these servers; without any, those of the system.
    pub fn of(servers: Vec<SocketAddr>) -> Self {
        Self(Arc::new(Shared { servers, resolver: Mutex::new(None) }))
    }

    /// A resolver for a client with this reach.
    pub(crate) fn within(&self, reach: Reach) -> impl Resolve + 'static {
        Within { dns: self.clone(), reach }
    }

    fn resolver(&self) -> io::Result<TokioResolver> {
        let changed = FILES.map(|file| Path::new(file).metadata().and_then(|file| file.modified()).ok());
        let mut current = self.0.resolver.lock();
        match &*current {
            Some((since, resolver)) if *since == changed => Ok(resolver.clone()),
            _ => {
                let resolver = build(&self.0.servers).map_err(io::Error::other)?;
                *current = Some((changed, resolver.clone()));
                Ok(resolver)
            }
        }
    }

    async fn look_up(&self, name: &str, reach: Reach) -> Result<Vec<SocketAddr>, NoAddress> {
        let resolver = self.resolver().map_err(|_| NoAddress::Unknown)?;
        let looked_up = tokio::time::timeout(LOOK_UP, resolver.lookup_ip(name)).await;
        let found = looked_up.map_err(|_| NoAddress::Silent)?.map_err(|error| match error.is_no_records_found() {
            true => NoAddress::Unknown,
            false => NoAddress::Silent,
        })?;
        let reached = |address: &SocketAddr| reach == Reach::Anywhere || is_public(address.ip());
        let addresses: Vec<_> = found.iter().map(|address| SocketAddr::new(address, 0)).filter(reached).collect();
        if addresses.is_empty() { Err(NoAddress::Private) } else { Ok(addresses) }
    }
}

/// Makes a resolver for these servers, or for those of the system. On a system without name servers it knows only the names of `/etc/hosts`.
fn build(servers: &[SocketAddr]) -> Result<TokioResolver, hickory_resolver::net::NetError> {
    let mut builder = match (servers, Resolver::builder_tokio()) {
        ([], Ok(builder)) => builder,
        (servers, _) => {
            let config = ResolverConfig::from_parts(None, Vec::new(), servers.iter().map(|at| server(*at)).collect());
            Resolver::builder_with_config(config, TokioRuntimeProvider::default())
        }
    };
    let options: &mut ResolverOpts = builder.options_mut();
    options.ip_strategy = LookupIpStrategy::Ipv4AndIpv6;
    (options.timeout, options.attempts) = (options.timeout.min(SERVER.0), options.attempts.min(SERVER.1));
    options.negative_max_ttl = Some(NO_SUCH_NAME);
    builder.build()
}

fn server(at: SocketAddr) -> NameServerConfig {
    let connection = |protocol| {
        let mut connection = ConnectionConfig::new(protocol);
        connection.port = at.port();
        connection
    };
    NameServerConfig::new(at.ip(), true, vec![connection(ProtocolConfig::Udp), connection(ProtocolConfig::Tcp)])
}

struct Within {
    dns: DnsResolver,
    reach: Reach,
}

impl Resolve for Within {
    fn resolve(&self, name: Name) -> Resolving {
        let (dns, reach) = (self.dns.clone(), self.reach);
        Box::pin(async move {
            let found = dns.look_up(name.as_str(), reach).await?;
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::UdpSocket;

    use super::*;

    #[tokio::test]
    async fn a_name_of_this_machine_is_known_without_a_name_server_and_is_not_public() {
        let silent = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        for dns in [DnsResolver::of(Vec::new()), DnsResolver::of(vec![silent.local_addr().unwrap()])] {
            let found = dns.look_up("localhost", Reach::Anywhere).await.unwrap();
            assert!(found.iter().all(|address| address.ip().is_loopback()), "{found:?}");
            let refused = dns.look_up("localhost", Reach::PublicOnly).await.unwrap_err();
            assert!(matches!(refused, NoAddress::Private), "{refused:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_name_server_that_does_not_answer_is_waited_for_a_few_seconds() {
        let silent = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let dns = DnsResolver::of(vec![silent.local_addr().unwrap()]);
        let began = tokio::time::Instant::now();
        let error = dns.look_up("shop.example", Reach::Anywhere).await.unwrap_err();
        assert!(matches!(error, NoAddress::Silent), "{error:?}");
        assert!(began.elapsed() <= LOOK_UP, "{:?}", began.elapsed());
    }
}
