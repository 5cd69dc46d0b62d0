//! A TCP proxy in front of a server that can stall, cut and half-close connections, and counts round trips.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// The fault that the proxy injects.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ProxyFault {
    /// None: bytes pass.
    None,
    /// Bytes are read and held back; they are forwarded when the fault ends.
    Stalled,
    /// Open connections are closed, and new ones as soon as they are accepted.
    Cut,
    /// The direction to the client is closed; the direction to the server stays open.
    ServerGone,
    /// The direction to the server is closed; the direction to the client stays open.
    ClientGone,
}

/// A running proxy; see the module. Its thread lives as long as the process.
pub struct Proxy {
    address: SocketAddr,
    wire: Arc<Wire>,
}

struct Wire {
    fault: Mutex<ProxyFault>,
    ended: Condvar,
    open: Mutex<Vec<(TcpStream, TcpStream)>>,
    turns: AtomicU64,
    /// How long a client must have been silent before a response is forwarded to it.
    quiet: Mutex<Duration>,
}

/// The direction in which a connection carried bytes last, and since when.
struct Last {
    direction: Mutex<(Direction, Instant)>,
    sent: Condvar,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    ToServer,
    ToClient,
}

impl Proxy {
    /// Starts to listen on a free port of the loopback interface, in front of the server on `port`.
    ///
    /// # Errors
    /// There is no free port.
    pub fn start(port: u16) -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let (fault, open) = (Mutex::new(ProxyFault::None), Mutex::default());
        let wire =
            Arc::new(Wire { fault, ended: Condvar::new(), open, turns: AtomicU64::new(0), quiet: Mutex::default() });
        let server = SocketAddr::from(([127, 0, 0, 1], port));
        let theirs = Arc::clone(&wire);
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                // If the server is not reachable, the client's connection is closed at once.
                if theirs.now() != ProxyFault::Cut
                    && let Ok(server) = TcpStream::connect(server)
                {
                    let _ = connect(&theirs, client, server);
                }
            }
        });
        Ok(Self { address, wire })
    }

    /// The port that it listens on.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Begins a fault, or ends it with [`ProxyFault::None`].
    pub fn set(&self, fault: ProxyFault) {
        *self.wire.fault.lock().unwrap_or_else(PoisonError::into_inner) = fault;
        self.wire.ended.notify_all();
        let mut open = self.wire.open.lock().unwrap_or_else(PoisonError::into_inner);
        for (client, server) in open.iter() {
            // A connection that is already closed cannot be closed again.
            let _ = match fault {
                ProxyFault::None | ProxyFault::Stalled => Ok(()),
                ProxyFault::Cut => client.shutdown(Shutdown::Both).and(server.shutdown(Shutdown::Both)),
                ProxyFault::ServerGone => client.shutdown(Shutdown::Write),
                ProxyFault::ClientGone => server.shutdown(Shutdown::Write),
            };
        }
        if fault == ProxyFault::Cut {
            open.clear();
        }
    }

    /// Holds each response back until the client has been silent for `quiet`: a response to the beginning of a long batch then does not cross
    /// with the batch's end, which would count as another round trip.
    pub fn answer_after(&self, quiet: Duration) {
        *self.wire.quiet.lock().unwrap_or_else(PoisonError::into_inner) = quiet;
    }

    /// The number of round trips: how often a client began to send after the server had sent.
    pub fn turns(&self) -> u64 {
        self.wire.turns.load(Ordering::SeqCst)
    }
}

impl Wire {
    fn now(&self) -> ProxyFault {
        *self.fault.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait_while_stalled(&self) {
        let fault = self.fault.lock().unwrap_or_else(PoisonError::into_inner);
        let passed = self.ended.wait_while(fault, |fault| *fault == ProxyFault::Stalled);
        drop(passed.unwrap_or_else(PoisonError::into_inner));
    }
}

impl Last {
    fn carries(&self, direction: Direction, wire: &Wire) {
        let mut last = self.direction.lock().unwrap_or_else(PoisonError::into_inner);
        match direction {
            Direction::ToServer => {
                if last.0 == Direction::ToClient {
                    wire.turns.fetch_add(1, Ordering::SeqCst);
                }
                *last = (direction, Instant::now());
                self.sent.notify_all();
            }
            Direction::ToClient => {
                let quiet = *wire.quiet.lock().unwrap_or_else(PoisonError::into_inner);
                while let Some(left) = quiet.checked_sub(last.1.elapsed()).filter(|left| !left.is_zero()) {
                    last = self.sent.wait_timeout(last, left).unwrap_or_else(PoisonError::into_inner).0;
                }
                last.0 = direction;
            }
        }
    }
}

fn connect(wire: &Arc<Wire>, client: TcpStream, server: TcpStream) -> std::io::Result<()> {
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let direction = Mutex::new((Direction::ToClient, Instant::now()));
    let last = Arc::new(Last { direction, sent: Condvar::new() });
    let ends = (client.try_clone()?, server.try_clone()?);
    wire.open.lock().unwrap_or_else(PoisonError::into_inner).push(ends);
    for (from, to, direction) in
        [(client.try_clone()?, server.try_clone()?, Direction::ToServer), (server, client, Direction::ToClient)]
    {
        let (wire, last) = (Arc::clone(wire), Arc::clone(&last));
        thread::spawn(move || pump(&wire, from, to, direction, &last));
    }
    Ok(())
}

fn pump(wire: &Wire, mut from: TcpStream, mut to: TcpStream, direction: Direction, last: &Last) {
    let mut buffer = [0; 16 * 1024];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        wire.wait_while_stalled();
        last.carries(direction, wire);
        if to.write_all(&buffer[..count]).is_err() {
            break;
        }
    }
    // Only this direction is closed; the other one may go on.
    let _ = to.shutdown(Shutdown::Write);
}
