//! Terms of a grant: lifetime of its tokens, limits, scopes.

use crate::{Bank, GrantKind};

/// Lifetime of an access token, in milliseconds: ten days; for bank users of Keshavarzi fifteen minutes (finnotech.md 2.5).
pub fn life_ms(kind: GrantKind, bank: Option<Bank>) -> i64 {
    let of_user = kind != GrantKind::ClientCredential;
    if of_user && bank == Some(Bank::KESHAVARZI) { 900_000 } else { 864_000_000 }
}

/// The limit to grant: the one asked for, or the client's registered maximum if none (0) is asked for (finnotech.md 2.2); a maximum of 0 is no limit.
/// `None`: negative, or above the maximum.
pub fn limit_within(asked: i64, most: i64) -> Option<i64> {
    match asked {
        0 => Some(most),
        asked if asked < 0 || (most > 0 && asked > most) => None,
        asked => Some(asked),
    }
}

/// The scopes to grant of those asked for, in the order asked; unknown ones are dropped. `asked` is `None`: all registered ones.
pub fn granted_scopes(registered: &[String], asked: Option<&str>) -> Vec<String> {
    let Some(asked) = asked else { return registered.to_vec() };
    let mut granted: Vec<String> = Vec::new();
    for scope in asked.split(',').map(str::trim) {
        if registered.iter().any(|known| known == scope) && !granted.iter().any(|known| known == scope) {
            granted.push(scope.to_owned());
        }
    }
    granted
}
