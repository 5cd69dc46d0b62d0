//! Tries to sign in, counted by name and by address.

use std::net::IpAddr;

use admin::App;
use edge::peer::network;
use payments::{Ceiling, Digest, TakeTry, TryClock};
use web::visitor;

/// Ceilings of tries with a wrong password or code. The first locks an address for all names. The second locks a name for addresses from which it has
/// not signed in within 30 days. A name from one address is also limited like every log-in.
const OF_ADDRESS: i64 = 30;
const OF_NAME: i64 = 100;

/// The key of an address from which an operator has signed in.
fn known_address(app: &App, name: &str, address: IpAddr) -> Digest {
    app.secrets.hash(&format!("known address\n{name}\n{}", network(address)))
}

/// Whether a try to sign in may begin: within the rate limit of the address, and that of the name, which spares addresses from which it has signed
/// in.
///
/// # Errors
/// The store cannot be read.
pub async fn is_admitted(app: &App, name: &str, address: IpAddr) -> Result<bool, engine::Error> {
    if !app.budgets.admits(address) {
        return Ok(false);
    }
    if app.budgets.admits_name("operator", name) {
        return Ok(true);
    }
    let known = app.engine.reader().known_address(known_address(app, name, address)).await?;
    let now_ms = app.engine.clock().system_ms();
    Ok(known.is_some_and(|known| now_ms < known.ends_at_ms))
}

/// A try to sign in with a name from an address, counted before what was typed is compared.
#[derive(Debug)]
pub struct SignInTry {
    /// The counters of this try.
    pub take: TakeTry,
    /// Whether none of them is locked.
    pub may_try: bool,
    /// The address, for the audit.
    pub address: String,
}

impl SignInTry {
    /// Counts a try.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn take(app: &App, name: &str, address: IpAddr) -> Result<Self, engine::Error> {
        let from = network(address);
        let key = app.secrets.hash(&format!("operator\n{name}\n{from}"));
        let of_address = Ceiling::of_all(app.secrets.hash(&format!("operators of\n{from}")), OF_ADDRESS);
        let spares = Some(known_address(app, name, address));
        let of_name = Ceiling { key: app.secrets.hash(&format!("operator\n{name}")), most: OF_NAME, spares };
        let ceilings = vec![of_address, of_name];
        let take = TakeTry { key, ceilings, clock: TryClock::Machine };
        let may_try = visitor::may_try(app, take.clone()).await?;
        if !may_try {
            tracing::warn!("sign-in is locked for this name or address: too many wrong passwords or codes");
        }
        Ok(Self { take, may_try, address: address.to_string() })
    }
}
