//! Secrets that operators choose: their lengths, and that production accepts no publicly known one.

use super::provision::Provision;
use super::reply::Problem;
use edge::Mode;

/// Length of a secret in characters: minimum in production, minimum in a sandbox, maximum.
pub struct Length(usize, usize, usize);

/// A client's secret, which can be guessed over the network and is protected by rate limits only.
pub const CLIENT_SECRET: Length = Length(12, 12, 128);
/// The secret of a client of the log-in service.
pub const LOG_IN_SECRET: Length = Length(16, 16, 128);
/// The secret that signs calls to a business, which can be guessed off line.
pub const WEBHOOK_SECRET: Length = Length(16, 16, 128);
/// The key of a service.
pub const API_KEY: Length = Length(16, 1, 128);
/// The password of a party or of a bank's user, whose tries are counted.
pub const PASSWORD: Length = Length(8, 1, 128);
/// The password of an operator, who moves money.
pub const OPERATOR_PASSWORD: Length = Length(12, 1, 128);

/// Checks that a secret is acceptable.
///
/// # Errors
/// It is too short, too long, or publicly known; names the field and what is required.
pub fn check(provision: Provision<'_>, field: &'static str, secret: &str, length: &Length) -> Result<(), Problem> {
    let Length(in_production, in_sandbox, most) = *length;
    let least = if provision.mode == Mode::Production { in_production } else { in_sandbox };
    if !(least..=most).contains(&secret.chars().count()) {
        return Err(Problem::invalid(field, format!("{least} to {most} characters")));
    }
    if provision.public_secrets.has(secret) {
        return Err(Problem::invalid(field, "this one is public: it is the demo world's"));
    }
    Ok(())
}
