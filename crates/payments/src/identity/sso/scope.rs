//! Scopes: rights that users give to businesses. Their names in the database never change.

use schema::{Bind, Cell, Corrupt, Fetch, Worded, words};

use crate::PartyId;

/// A right that a user gives to a business.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Scope {
    /// To see who the user is.
    Profile,
    /// To see the balance and the statement of the wallet.
    WalletRead,
    /// To pay invoices from the wallet and to end their safekeeping.
    InvoicePay,
    /// To act as the business itself: for the business's own log-in only.
    Business,
    /// To have the business's own invoices paid from the wallet without the user, up to a limit: see [`crate::StandingPermission`].
    Standing,
}

/// How many scopes there are.
const SCOPES: usize = <Scope as Worded>::ALL.len();

impl Scope {
    /// All scopes, in the order of their declaration.
    pub const ALL: [Self; SCOPES] = match <Self as Worded>::ALL.first_chunk() {
        Some(all) => *all,
        // Cannot happen: `SCOPES` is the length of that list.
        None => [Self::Profile; SCOPES],
    };

    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// A set of scopes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Scopes(u8);

impl Scopes {
    /// This set and one more scope.
    #[must_use]
    pub const fn with(self, scope: Scope) -> Self {
        Self(self.0 | scope.bit())
    }

    /// The scopes of both sets.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether a scope is in it.
    pub const fn contains(self, scope: Scope) -> bool {
        self.0 & scope.bit() != 0
    }

    /// Whether all scopes of another set are in it.
    pub const fn covers(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether no scope is in it.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The scopes of the set, in the order of their declaration.
    pub fn iter(self) -> impl Iterator<Item = Scope> {
        Scope::ALL.into_iter().filter(move |scope| self.contains(*scope))
    }

    /// The scopes that a party may give to a client: [`Scope::Business`] only to itself.
    #[must_use]
    pub fn grantable(self, party: PartyId, client: PartyId) -> Self {
        if party == client { self } else { Self(self.0 & !Scope::Business.bit()) }
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        scopes.into_iter().fold(Self::default(), Self::with)
    }
}

impl std::fmt::Debug for Scopes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

words!(Scope = "sso_consent" {
    "profile" => Scope::Profile,
    "wallet:read" => Scope::WalletRead,
    "invoice:pay" => Scope::InvoicePay,
    "business" => Scope::Business,
    "invoice:standing" => Scope::Standing,
});

impl Cell for Scopes {
    fn put<B: Bind>(&self, to: &mut B) -> Result<(), B::Error> {
        to.text(&names_of(*self))
    }

    fn take<F: Fetch>(from: &mut F) -> Result<Self, F::Error> {
        Ok(named(&from.text()?)?)
    }
}

/// A set of scopes as the database has it: names, separated by spaces.
pub(crate) fn names_of(scopes: Scopes) -> String {
    let names = Scope::ALL.iter().filter(|scope| scopes.contains(**scope)).map(Scope::word);
    names.collect::<Vec<_>>().join(" ")
}

/// The set of scopes with these names, separated by spaces.
pub(crate) fn named(names: &str) -> Result<Scopes, Corrupt> {
    names.split_ascii_whitespace().map(Scope::of_word).collect()
}
