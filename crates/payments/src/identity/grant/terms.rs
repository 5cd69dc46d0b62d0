//! What a grant is given of what is asked for: life, limits, scopes.

use crate::{Bank, GrantKind};

/// Life of a token, in milliseconds: ten days; of bank users of Keshavarzi fifteen minutes (finnotech.md 2.5).
pub fn life_ms(kind: GrantKind, bank: Option<Bank>) -> i64 {
    let of_user = kind != GrantKind::ClientCredential;
    if of_user && bank == Some(Bank::KESHAVARZI) { 900_000 } else { 864_000_000 }
}

/// A limit under the client's registered maximum, which counts when none is asked for (finnotech.md 2.2); 0: none. `None`: above it.
pub fn limit_within(asked: i64, most: i64) -> Option<i64> {
    match asked {
        0 => Some(most),
        asked if asked < 0 || (most > 0 && asked > most) => None,
        asked => Some(asked),
    }
}

/// The scopes a client gets of those asked for, in that order: unknown ones are dropped; `None`: all of the client's.
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
