//! Versions of rows that operators change: optimistic locking. A change applies only to the version that its author has read.
//!
//! Shape: the parts of a row → a [`Version`]: a hash of all parts, and a short hash of each, from which a stale version tells which parts changed.
//! Parts are what operators write. Fields that the system updates (balances, wrong tries, the float of a client) are no parts and make no version
//! stale. Orders, invoices, telephone payments and jobs are the exception: their parts are their states and sums, which others change as well.
//! Absent: counters. A row that was changed and changed back has its former version again: a change based on it loses nothing.

use std::fmt;

use ledger::AccountStatus;
use schema::{Bind, Coded, Fetch, Nullable};
use sha2::{Digest as _, Sha256};

use crate::{
    BankUser, Business, Card, ChargeLimits, Client, DayClose, Invoice, Job, NEVER_MS, Operator, Order, OrderState,
    Party, PartyKind, PayerCard, PayerCardState, PhoneOrder, PosTerminal, ShopLook, Terminal, Text,
};

/// Bytes of the hash of all parts: enough that other content with the same hash cannot be found.
const ALL: usize = 16;
/// Bytes of the hash of one part: it only names what has changed and decides nothing.
const EACH: usize = 2;
/// Hexadecimal digits per byte.
const HEX: usize = 2;

/// Declares the parts and their order; [`Parts`] has one bit for each.
macro_rules! parts {
    ($($part:ident,)*) => {
        /// A part of a row: a field, or group of fields, that operators write.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        #[allow(missing_docs, reason = "the names are the documentation")]
        pub enum Part {
            $($part,)*
        }

        impl Part {
            const EVERY: &[Self] = &[$(Self::$part,)*];
        }
    };
}

parts! {
    Accent,
    Active,
    ApiKeys,
    ApprovedFor,
    Business,
    ChargeLimits,
    ClientSecret,
    Colour,
    Daily,
    DayClose,
    Disabled,
    Expires,
    FrameOrigins,
    AccountStatus,
    Guilds,
    Help,
    Logo,
    MaxAmount,
    MaxCount,
    Merchant,
    MerchantCode,
    Mobile,
    MobileVerified,
    Name,
    Nids,
    Password,
    PerTransaction,
    RedirectOrigin,
    RedirectUris,
    Refunded,
    ReplacedBy,
    ReturnsWhenTaken,
    Role,
    Scopes,
    Secret,
    Sheba,
    Site,
    State,
    WebhookSecret,
}

impl Part {
    /// The name of the part: that of the field in requests and replies, and in audit lines.
    pub fn name(self) -> &'static str {
        match self {
            Self::Accent => "accent",
            Self::Active => "active",
            Self::ApiKeys => "apiKeys",
            Self::ApprovedFor => "approvedFor",
            Self::Business => "business",
            Self::ChargeLimits => "chargeLimits",
            Self::ClientSecret => "clientSecret",
            Self::Colour => "colour",
            Self::Daily => "daily",
            Self::DayClose => "on",
            Self::Disabled => "disabled",
            Self::Expires => "expires",
            Self::FrameOrigins => "frameOrigins",
            Self::AccountStatus => "gate",
            Self::Guilds => "guilds",
            Self::Help => "help",
            Self::Logo => "logo",
            Self::MaxAmount => "maxAmount",
            Self::MaxCount => "maxCount",
            Self::Merchant => "merchant",
            Self::MerchantCode => "merchantCode",
            Self::Mobile => "mobile",
            Self::MobileVerified => "mobileVerified",
            Self::Name => "name",
            Self::Nids => "nids",
            Self::Password => "password",
            Self::PerTransaction => "perTransaction",
            Self::RedirectOrigin => "redirectOrigin",
            Self::RedirectUris => "redirectUris",
            Self::Refunded => "refunded",
            Self::ReplacedBy => "replacedBy",
            Self::ReturnsWhenTaken => "returnsWhenTaken",
            Self::Role => "role",
            Self::Scopes => "scopes",
            Self::Secret => "secret",
            Self::Sheba => "sheba",
            Self::Site => "site",
            Self::State => "state",
            Self::WebhookSecret => "webhookSecret",
        }
    }
}

/// A set of parts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Parts(u64);

impl Parts {
    fn with(self, part: Part) -> Self {
        Self(self.0 | Self::bit(part))
    }

    fn bit(part: Part) -> u64 {
        let place = Part::EVERY.iter().position(|known| *known == part);
        place.map_or(0, |place| 1 << place)
    }

    /// The parts of the set, in the order of their declaration.
    pub fn iter(self) -> impl Iterator<Item = Part> {
        Part::EVERY.iter().copied().filter(move |part| self.0 & Self::bit(*part) != 0)
    }
}

impl fmt::Debug for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// A row with a version.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs, reason = "the names are the documentation")]
pub enum Versioned<'a> {
    Client(&'a Client),
    /// The status of a deposit's account.
    Deposit(AccountStatus),
    Card(&'a Card),
    /// A payer's card, with the status of its account.
    PayerCard(&'a PayerCard, AccountStatus),
    Terminal(&'a Terminal),
    BankUser(&'a BankUser),
    Party(&'a Party),
    /// `None`: no terminal has this number yet. A change with [`Precondition::NoRow`] makes it.
    PosTerminal(Option<&'a PosTerminal>),
    DayClose(DayClose),
    /// `None`: the business has no look yet. A change with [`Precondition::NoRow`] makes it.
    Look(Option<&'a ShopLook>),
    Operator(&'a Operator),
    Order(&'a Order),
    /// An invoice; its parts are its state, and what its issuer has received and transferred out.
    Invoice(&'a Invoice),
    /// A telephone payment's order; its parts are how it ended, and what was refunded.
    PhoneOrder(&'a PhoneOrder),
    /// A job; its part covers claims, tries and whether it is dead.
    Job(&'a Job),
}

/// The hashes of a row's parts.
#[derive(Default)]
struct Hashes(Vec<(Part, [u8; 32])>);

impl Hashes {
    fn pieces<P: AsRef<[u8]>>(&mut self, part: Part, pieces: impl IntoIterator<Item = P>) {
        let mut hash = Sha256::new();
        for piece in pieces {
            hash.update(piece.as_ref().len().to_be_bytes());
            hash.update(piece);
        }
        self.0.push((part, hash.finalize().into()));
    }

    fn text(&mut self, part: Part, text: &str) {
        self.pieces(part, [text]);
    }

    fn number(&mut self, part: Part, number: i64) {
        self.pieces(part, [number.to_be_bytes()]);
    }

    fn flag(&mut self, part: Part, flag: bool) {
        self.pieces(part, [[u8::from(flag)]]);
    }
}

impl Versioned<'_> {
    /// Hashes each part. The patterns name every field, the ignored ones as `_`, so that a new field does not compile before it is decided whether it
    /// is a part. Patterns of long rows (client, payer card, party, business) are split and end in `..`: there the compiler does not report it.
    fn hashes(&self) -> Vec<(Part, [u8; 32])> {
        let mut hashes = Hashes::default();
        match *self {
            Self::Client(client) => of_client(client, &mut hashes),
            Self::Deposit(status) => hashes.text(Part::AccountStatus, status_name(status)),
            Self::Card(card) => {
                let Card { number: _, sealed: _, mask: _, id: _, kind: _, approved_for, active, replaced_by } = card;
                hashes.pieces(Part::ApprovedFor, approved_for.iter().map(|client| client.0.as_bytes()));
                hashes.flag(Part::Active, *active);
                hashes.pieces(Part::ReplacedBy, replaced_by.map(|number| number.0));
            }
            Self::PayerCard(card, status) => of_payer_card(card, status, &mut hashes),
            Self::Terminal(Terminal { sequence: _, merchant, account: _, disabled }) => {
                hashes.text(Part::Merchant, merchant);
                hashes.flag(Part::Disabled, *disabled);
            }
            Self::BankUser(BankUser { nid: _, password, failures: _, locked_until_ms: _, mobile }) => {
                hashes.text(Part::Password, password);
                hashes.pieces(Part::Mobile, mobile.map(|mobile| mobile.0));
            }
            Self::Party(party) => of_party(party, &mut hashes),
            Self::PosTerminal(None) => {}
            Self::PosTerminal(Some(PosTerminal { number: _, merchant, business })) => {
                hashes.text(Part::MerchantCode, merchant);
                hashes.number(Part::Business, business.0);
            }
            Self::DayClose(DayClose { on }) => hashes.flag(Part::DayClose, on),
            Self::Look(None) => {}
            Self::Look(Some(look)) => of_look(look, &mut hashes),
            Self::Operator(operator) => {
                let Operator { name: _, password, role, disabled, since_ms: _, depends_on: _ } = operator;
                hashes.text(Part::Role, role.name());
                hashes.flag(Part::Disabled, *disabled);
                hashes.text(Part::Password, password);
            }
            Self::Invoice(invoice) => {
                hashes.number(Part::State, invoice.code().code());
                let received = invoice.received().unwrap_or_default();
                // Another payment of the same amount is another one.
                let paid_at_ms = invoice.state.payment().map_or(0, |payment| payment.at_ms);
                let of_payment = [received.get(), invoice.transferred.get(), paid_at_ms];
                hashes.pieces(Part::Refunded, of_payment.map(i64::to_be_bytes));
            }
            Self::PhoneOrder(order) => {
                hashes.flag(Part::State, order.payment().is_some());
                let refunded = order.payment().map_or(0, |payment| payment.refunded.get());
                hashes.number(Part::Refunded, refunded);
            }
            Self::Order(order) => hashes.pieces(Part::State, state(&order.state)),
            Self::Job(Job { id: _, due_at_ms: _, kind: _, leased_until_ms: _, fence, tries, dead_at_ms }) => {
                let dead_at_ms = dead_at_ms.unwrap_or(NEVER_MS);
                hashes.pieces(Part::State, [*fence, *tries, dead_at_ms].map(i64::to_be_bytes));
            }
        }
        hashes.0
    }
}

fn of_client(client: &Client, hashes: &mut Hashes) {
    let Client { id: _, secret, caller_nids, redirect_origin, scopes, .. } = client;
    let Client { max_amount, max_count, float: _, charge_limits, disabled, .. } = client;
    let ChargeLimits { per_card, per_transaction, daily, monthly, account, account_daily, account_monthly } =
        charge_limits;
    let limits = [per_card, per_transaction, daily, monthly, account, account_daily, account_monthly];
    hashes.pieces(Part::Secret, [secret.0]);
    hashes.pieces(Part::Nids, caller_nids);
    hashes.text(Part::RedirectOrigin, redirect_origin);
    hashes.pieces(Part::Scopes, scopes);
    hashes.number(Part::MaxAmount, max_amount.get());
    hashes.number(Part::MaxCount, *max_count);
    hashes.pieces(Part::ChargeLimits, limits.map(|limit| limit.get().to_be_bytes()));
    hashes.flag(Part::Disabled, *disabled);
}

fn of_look(look: &ShopLook, hashes: &mut Hashes) {
    let ShopLook { business: _, name, site, help, colour, accent, logo } = look;
    for (part, text) in [(Part::Name, name), (Part::Site, site), (Part::Help, help)] {
        hashes.pieces(part, text.iter().map(|text| text.as_bytes()));
    }
    hashes.pieces(Part::Colour, colour.map(|colour| colour.0));
    hashes.pieces(Part::Accent, accent.map(|colour| colour.0));
    hashes.pieces(Part::Logo, logo.map(|hash| hash.0));
}

fn of_payer_card(card: &PayerCard, status: AccountStatus, hashes: &mut Hashes) {
    let PayerCard { number: _, sealed: _, mask: _, id: _, mobile, expires, state, per_transaction, daily, .. } = card;
    let PayerCard { wrong_tries: _, sent: _, paid_day: _, paid_sum: _, .. } = card;
    let state = match state {
        PayerCardState::Active => "active",
        PayerCardState::Inactive => "inactive",
        PayerCardState::Restricted => "restricted",
        PayerCardState::NotPermitted => "not permitted",
    };
    hashes.text(Part::Mobile, mobile);
    hashes.number(Part::Expires, *expires);
    hashes.text(Part::State, state);
    hashes.number(Part::PerTransaction, per_transaction.get());
    hashes.number(Part::Daily, daily.get());
    hashes.text(Part::AccountStatus, status_name(status));
}

fn of_party(party: &Party, hashes: &mut Hashes) {
    let Party { id: _, kind, name: _, password, mobile, mobile_verified, .. } = party;
    let Party { joined_at_ms: _, disabled, access_version: _, .. } = party;
    hashes.text(Part::Password, password);
    hashes.text(Part::Mobile, mobile);
    hashes.flag(Part::MobileVerified, *mobile_verified);
    hashes.flag(Part::Disabled, *disabled);
    let PartyKind::Business(business) = kind else { return };
    let Business { guilds, api_keys, sheba, webhook_secret, old_webhook_secret, returns_when_taken, .. } = business;
    let old_until = old_webhook_secret.as_ref().map(|old| old.until_ms.to_be_bytes().to_vec());
    let Business { client_secret, redirect_uris, frame_origins, .. } = business;
    let key = |(service, hash): &(u32, crate::Digest)| [&service.to_be_bytes()[..], &hash.0].concat();
    hashes.pieces(Part::Guilds, guilds.iter().map(|guild| guild.to_be_bytes()));
    hashes.pieces(Part::ApiKeys, api_keys.iter().map(key));
    hashes.text(Part::Sheba, sheba);
    hashes.pieces(Part::WebhookSecret, [webhook_secret.clone()].into_iter().chain(old_until));
    hashes.flag(Part::ReturnsWhenTaken, *returns_when_taken);
    hashes.pieces(Part::ClientSecret, client_secret.map(|secret| secret.0));
    hashes.pieces(Part::RedirectUris, redirect_uris.iter().map(|uri| uri.as_bytes()));
    hashes.pieces(Part::FrameOrigins, frame_origins.iter().map(|origin| origin.as_bytes()));
}

fn status_name(status: AccountStatus) -> &'static str {
    match status {
        AccountStatus::Open => "open",
        AccountStatus::NoDebits => "no debits",
        AccountStatus::NoCredits => "no credits",
        AccountStatus::Closed => "closed",
    }
}

/// The name and the reason of an order's state, without its transfers.
fn state(state: &OrderState) -> [&str; 2] {
    match state {
        OrderState::Refused => ["refused", ""],
        OrderState::Pending(_) => ["pending", ""],
        OrderState::Unknown(_) => ["unknown", ""],
        OrderState::HeldOnFloat(_) => ["on float", ""],
        OrderState::Booked(_) => ["booked", ""],
        OrderState::Queued(_) => ["queued", ""],
        OrderState::Settled => ["settled", ""],
        OrderState::Returned(back) => ["returned", &back.reason],
        OrderState::Stuck(_, reason) => ["stuck", reason],
    }
}

/// The version of a row, in hexadecimal digits.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Version(Text);

impl Version {
    /// The version of a row.
    pub fn of(row: &Versioned<'_>) -> Self {
        let hashes = row.hashes();
        let mut all = Sha256::new();
        for (_, hash) in &hashes {
            all.update(hash);
        }
        let all: [u8; 32] = all.finalize().into();
        let each = hashes.iter().flat_map(|(_, hash)| &hash[..EACH]);
        let text: String = all[..ALL].iter().chain(each).map(|byte| format!("{byte:02x}")).collect();
        Self(Text::from(text))
    }

    /// A version as a client sends it back. Every text is accepted: it is only compared.
    pub fn sent(text: &str) -> Self {
        Self(Text::from(text))
    }

    /// The version as text, for clients.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The parts that have changed since this version; `None`: the row still has it. The set is empty if the text is no version of such a row.
    pub fn changed(&self, row: &Versioned<'_>) -> Option<Parts> {
        let now = Self::of(row);
        if *self == now {
            return None;
        }
        let comparable = self.0.len() == now.0.len();
        let parts = row.hashes().into_iter().map(|(part, _)| part).enumerate();
        let changed = parts.filter(|(at, _)| comparable && self.part(*at) != now.part(*at));
        Some(changed.fold(Parts::default(), |all, (_, part)| all.with(part)))
    }

    /// The short hash of the part at this place.
    fn part(&self, at: usize) -> Option<&str> {
        let from = (ALL + at * EACH) * HEX;
        self.0.get(from..from + EACH * HEX)
    }
}

/// The precondition of a change on the row that it replaces.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Precondition {
    /// No row exists.
    NoRow,
    /// Any row is accepted.
    AnyRow,
    /// The row still has this version.
    Version(Version),
}

/// Why a precondition fails.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum VersionRefusal {
    /// The row has changed since its author read it, in these parts.
    Stale(Parts),
    /// The row exists, but the change does not say which version it replaces.
    VersionRequired,
}

impl Precondition {
    /// Checks a row against the precondition.
    pub(crate) fn check(&self, row: &Versioned<'_>) -> Result<(), VersionRefusal> {
        match self {
            Self::AnyRow => Ok(()),
            Self::NoRow if matches!(row, Versioned::PosTerminal(None) | Versioned::Look(None)) => Ok(()),
            Self::NoRow => Err(VersionRefusal::VersionRequired),
            Self::Version(version) => version.changed(row).map_or(Ok(()), |parts| Err(VersionRefusal::Stale(parts))),
        }
    }
}

impl Nullable for Version {
    fn put_optional<B: Bind>(value: Option<&Self>, to: &mut B) -> Result<(), B::Error> {
        to.optional_text(value.map(Self::as_str))
    }

    fn take_optional<F: Fetch>(from: &mut F) -> Result<Option<Self>, F::Error> {
        Ok(from.optional_text()?.map(|text| Self::sent(&text)))
    }
}
