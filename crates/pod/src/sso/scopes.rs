//! Names of scopes: Daric's own, and those that POD's clients ask for (second-edition.md 4.3).

use payments::{Scope, Scopes};

use web::Words;

/// The name of a scope in replies.
pub const fn name(scope: Scope) -> &'static str {
    match scope {
        Scope::Profile => "profile",
        Scope::WalletRead => "wallet:read",
        Scope::InvoicePay => "invoice:pay",
        Scope::Business => "business",
        Scope::Standing => "invoice:standing",
    }
}

/// POD's names that stand for `profile` here: parts of the profile, and names that some programs request alone (POD's chat requests only
/// `social:write`).
const OF_PROFILE: [&str; 8] =
    ["openid", "phone", "email", "address", "legal", "activity", "social:read", "social:write"];

/// All names that can be requested.
pub fn names() -> impl Iterator<Item = &'static str> {
    Scope::ALL.into_iter().map(name).chain(OF_PROFILE)
}

/// All requested scopes are unknown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct UnknownScopes;

/// Parses the scopes that a client requests, separated by spaces. Unknown ones are left out. Without any name: the profile, reading the wallet and
/// paying invoices.
///
/// # Errors
/// All of them are unknown.
pub fn asked(text: &str) -> Result<Scopes, UnknownScopes> {
    let mut names = text.split_ascii_whitespace().peekable();
    if names.peek().is_none() {
        return Ok([Scope::Profile, Scope::WalletRead, Scope::InvoicePay].into_iter().collect());
    }
    let scopes: Scopes = names.filter_map(named).collect();
    if scopes.is_empty() { Err(UnknownScopes) } else { Ok(scopes) }
}

fn named(text: &str) -> Option<Scope> {
    let own = Scope::ALL.into_iter().find(|scope| name(*scope) == text);
    own.or_else(|| OF_PROFILE.contains(&text).then_some(Scope::Profile))
}

/// The scopes of a set in the form of replies.
pub fn scope_text(scopes: Scopes) -> String {
    scopes.iter().map(name).collect::<Vec<_>>().join(" ")
}

/// The description of a scope on pages.
pub const fn words(w: &Words, scope: Scope) -> &'static str {
    match scope {
        Scope::Profile => w.sso_may_profile,
        Scope::WalletRead => w.sso_may_wallet,
        Scope::InvoicePay => w.sso_may_pay,
        Scope::Business => w.sso_may_business,
        Scope::Standing => w.sso_may_standing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_pod_mean_the_profile_and_unknown_ones_are_left_out() {
        for (text, scopes) in [
            ("profile", "profile"),
            ("phone profile", "profile"),
            ("profile  email wallet:read", "profile wallet:read"),
            ("social:write invoice:pay", "profile invoice:pay"),
            ("shop:write invoice:pay", "invoice:pay"),
            ("business", "business"),
            ("", "profile wallet:read invoice:pay"),
            (" ", "profile wallet:read invoice:pay"),
        ] {
            assert_eq!(asked(text).map(scope_text).as_deref(), Ok(scopes), "{text}");
        }
        for name in OF_PROFILE {
            assert_eq!(asked(name).map(scope_text).as_deref(), Ok("profile"), "{name}");
        }
        for text in ["shop:write", "Profile", "*", "wallet"] {
            assert_eq!(asked(text), Err(UnknownScopes), "{text}");
        }
    }
}
