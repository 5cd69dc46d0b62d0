//! An invoice, and the rows around it.

use ledger::{AccountId, Rial};
use text::number::identifier;

use super::accounts::{guild_free, guild_open};
use super::{Amounts, CreditId, InvoiceId, InvoiceState, LineAmount, PartyId, VoucherUse};
use crate::{CallAddress, Digest, Now, Provenance, Text};

/// What is added to an invoice's number to make the number of its payment.
const PAYMENT_NUMBERS: i64 = 10_000_000_000;

/// A line of an invoice.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InvoiceLine {
    /// Its number.
    pub id: i64,
    /// The product; 0: none that is registered.
    pub product: i64,
    /// Its figures.
    pub amount: LineAmount,
    /// What is sold.
    pub description: Text,
}

/// Card money of an invoice on its way: the network settles it at an instant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OnItsWay {
    /// The taking.
    pub taking: TakingId,
    /// When it is settled, in milliseconds of Unix time.
    pub at_ms: i64,
}

/// The invoice that another one pays.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pledge {
    /// Which.
    pub to: InvoiceId,
    /// How much of what was received here.
    pub amount: Rial,
    /// Whether the other one is paid.
    pub done: bool,
    /// Whether the rest of what was received here became withdrawable with that, before this invoice was closed.
    pub freed: bool,
}

/// What an issuer wants of an invoice.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Terms {
    /// Whether what the gateway takes waits for the issuer to verify it.
    pub verification_needed: bool,
    /// Whether an hour without that is as good as a verification.
    pub verify_after_timeout: bool,
    /// Whether only its payer closes it, and cancels it once it is paid.
    pub safe: bool,
    /// Only told back.
    pub post_voucher: bool,
    /// Seconds after its payment at which it is closed; 0: it is not.
    pub close_after_s: i64,
    /// Only told back: milliseconds of Unix time; 0: none.
    pub delivery_at_ms: i64,
    /// Where payers go back to.
    pub redirect_url: Option<Text>,
    /// What it is about.
    pub description: Option<Text>,
    /// The issuer's own.
    pub metadata: Option<Text>,
}

/// An invoice.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Invoice {
    /// Its number.
    pub id: InvoiceId,
    /// Who issued it.
    pub issuer: PartyId,
    /// The guild in which the issuer is paid.
    pub guild: i64,
    /// Whom it was issued to.
    pub customer: Option<PartyId>,
    /// A mobile number that the issuer gave; empty: none.
    pub cellphone: Text,
    /// The issuer's own number of it.
    pub bill_number: Option<Text>,
    /// What links name: 64 random bits, not 0.
    pub unique: u64,
    /// The request that issued it.
    pub reference_number: Text,
    /// When it was issued, in milliseconds of Unix time.
    pub issued_at_ms: i64,
    /// What it comes to.
    pub amounts: Amounts,
    /// The tax on it, in millionths.
    pub rate_micro: i64,
    /// Its lines.
    pub lines: Vec<InvoiceLine>,
    /// What the issuer wants.
    pub terms: Terms,
    /// What has become of it.
    pub state: InvoiceState,
    /// Its place among the paid ones of its issuer and year; 0: it was never paid.
    pub serial: i64,
    /// When the issuer verified it, in milliseconds of Unix time.
    pub verified_at_ms: Option<i64>,
    /// When it was canceled, in milliseconds of Unix time; 0: it was not.
    pub canceled_at_ms: i64,
    /// Whether a smaller one has taken its place.
    pub edited: bool,
    /// Whose place it has taken.
    pub replaces: Option<InvoiceId>,
    /// Its card money, while that is on its way.
    pub on_its_way: Option<OnItsWay>,
    /// The invoice that it pays.
    pub pledge: Option<Pledge>,
    /// What was paid out of it to its payer.
    pub transferred: Rial,
    /// The vouchers that were used on it, in their order.
    pub vouchers: Vec<VoucherUse>,
}

impl Invoice {
    /// The number of its payment, as the platform tells it.
    pub fn payment_number(&self) -> i64 {
        PAYMENT_NUMBERS + self.id.0
    }

    /// The invoice of a payment's number.
    pub fn of_payment_number(number: i64) -> InvoiceId {
        InvoiceId(number.saturating_sub(PAYMENT_NUMBERS))
    }

    /// What it is about: its description, else that of its first line.
    pub fn about(&self) -> &str {
        let of_line = || self.lines.first().map(|line| &*line.description);
        self.terms.description.as_deref().or_else(of_line).unwrap_or_default()
    }

    /// Whether it counts as paid.
    pub fn is_payed(&self) -> bool {
        match &self.state {
            InvoiceState::Payed(_) | InvoiceState::Closed(_) => true,
            // What only waited to be verified has no place among the paid ones.
            InvoiceState::Canceled(_) => self.serial > 0,
            _ => false,
        }
    }

    /// Whether its issuer has its money: card money when the network has settled it, other money at once.
    pub fn is_settled(&self) -> bool {
        self.on_its_way.is_none()
    }

    /// What credit has paid of it; `None`: the row contradicts itself.
    pub fn delegated(&self) -> Option<Rial> {
        self.state.payment().map_or(Some(Rial::ZERO), super::Payment::delegated)
    }

    /// What its issuer has of it: what was paid, less what another invoice was paid with; `None`: the row contradicts itself. Stores refuse
    /// such a row when they read it.
    pub fn received(&self) -> Option<Rial> {
        let paid = self.state.payment().map_or(Some(Rial::ZERO), super::Payment::received)?;
        let pledged = self.pledge.map_or(Rial::ZERO, |pledge| pledge.amount);
        paid.checked_sub(pledged).filter(|left| *left >= Rial::ZERO)
    }

    /// Whether its issuer can withdraw its money: it is settled, and the invoice is closed or has paid another one.
    pub fn is_withdrawable(&self) -> bool {
        let closed = matches!(self.state, InvoiceState::Closed(_));
        self.is_payed() && self.is_settled() && (closed || self.is_freed())
    }

    /// Whether its money became withdrawable without a closing.
    pub fn is_freed(&self) -> bool {
        self.pledge.is_some_and(|pledge| pledge.freed)
    }

    /// Whether it waits to pay another one.
    pub fn is_pledged(&self) -> bool {
        self.pledge.is_some_and(|pledge| !pledge.done)
    }

    pub(super) fn open_account(&self) -> AccountId {
        guild_open(self.issuer, self.guild)
    }

    pub(super) fn free_account(&self) -> AccountId {
        guild_free(self.issuer, self.guild)
    }
}

/// A business's own number of an invoice.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct BillKey {
    /// Whose.
    pub issuer: PartyId,
    /// The number, [folded](fold).
    pub number: Text,
}

impl BillKey {
    /// The key of a number as it was sent: `۱۲` and `12` are one (second-edition.md 1.1).
    pub fn of(issuer: PartyId, number: &str) -> Self {
        Self { issuer, number: Text::from(identifier(number)) }
    }
}

/// Which invoice has a business's own number.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Bill {
    /// The number.
    pub key: BillKey,
    /// The invoice.
    pub invoice: InvoiceId,
}

/// A word of an invoice, or one of its products, for its issuer to find it by.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct WordKey {
    /// The issuer.
    pub issuer: PartyId,
    /// In small letters; `#` and a number: a product.
    pub word: Text,
    /// The invoice.
    pub invoice: InvoiceId,
}

/// See [`WordKey`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Word(pub WordKey);

/// A business's Jalali year.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct SerialKey {
    /// Whose.
    pub issuer: PartyId,
    /// Which.
    pub year: i64,
}

impl SerialKey {
    /// A business's year at an instant.
    pub fn at(issuer: PartyId, now: &Now) -> Self {
        Self { issuer, year: i64::from(now.date.year) }
    }
}

/// How many invoices of a business were paid in a year.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Serial {
    /// Whose year.
    pub key: SerialKey,
    /// The last one's place.
    pub last: i64,
}

/// The number of a taking of card money.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct TakingId(pub i64);

/// Card money that the network has to settle. Gone when it has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Taking {
    /// Its number.
    pub id: TakingId,
    /// For which invoice it was taken, or what has taken that one's place.
    pub invoice: InvoiceId,
    /// Who issued that.
    pub issuer: PartyId,
    /// In which guild.
    pub guild: i64,
    /// What the network owes; nothing, where the card is hosted here.
    pub amount: Rial,
}

/// A code that pays an invoice from its customer's wallet. One for each invoice.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PayCode {
    /// Which invoice.
    pub invoice: InvoiceId,
    /// Whom it was sent to.
    pub mobile: Text,
    /// Its keyed hash.
    pub hash: Digest,
    /// When it was sent, in milliseconds of Unix time.
    pub at_ms: i64,
    /// Wrong tries so far.
    pub tries: i64,
    /// Credits that pay first, with whose money they are.
    pub credits: Vec<(CreditId, PartyId)>,
    /// Whether nothing but they may pay.
    pub forced: bool,
    /// Who is called when it has paid.
    pub call: Option<CallAddress>,
}

/// How long a code is good, in milliseconds.
pub const PAY_CODE_LIFE_MS: i64 = 600_000;
/// Wrong tries that kill a code.
pub const PAY_CODE_TRIES: i64 = 3;

impl PayCode {
    /// When it ends, in milliseconds of Unix time.
    pub fn ends_at_ms(&self) -> i64 {
        self.at_ms.saturating_add(PAY_CODE_LIFE_MS)
    }

    /// The same, used or of no use any more. Its hash stays until it is forgotten: whoever sends it again makes no try.
    pub fn over(&self) -> Self {
        Self { tries: PAY_CODE_TRIES, ..self.clone() }
    }

    /// Whether it can pay.
    pub fn is_open(&self, now_ms: i64) -> bool {
        now_ms < self.ends_at_ms() && self.tries < PAY_CODE_TRIES
    }
}

/// A link to pay an invoice with.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PayLink {
    /// Keyed hash of what the link has for a key.
    pub hash: Digest,
    /// Which invoice.
    pub invoice: InvoiceId,
    /// Where the payer goes back to.
    pub redirect_uri: Option<Text>,
    /// Who is called when it is paid.
    pub call: Option<CallAddress>,
    /// Which gateway it opens.
    pub gateway: Option<Text>,
    /// When it ends, in milliseconds of Unix time; `None`: with the invoice.
    pub ends_at_ms: Option<i64>,
}

impl PayLink {
    /// As a party has made it.
    pub(super) fn made_by(&self, maker: PartyId, issuer: PartyId) -> Self {
        Self { call: given_by(self.call.as_ref(), maker, issuer), ..self.clone() }
    }
}

/// An address as a party has given it: only the issuer of its invoice gives addresses that are called with a signature.
pub(super) fn given_by(call: Option<&CallAddress>, giver: PartyId, issuer: PartyId) -> Option<CallAddress> {
    let provenance = if giver == issuer { Provenance::Business } else { Provenance::Other };
    call.map(|call| CallAddress { provenance, ..call.clone() })
}

/// What tells one transaction of a terminal from all others.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct PosKey {
    /// The terminal.
    pub terminal: Text,
    /// The merchant.
    pub merchant: Text,
    /// Its retrieval reference.
    pub reference: Text,
    /// Its trace.
    pub tracking: Text,
    /// When it was, in milliseconds of Unix time.
    pub at_ms: i64,
}

/// A transaction of a terminal, as its network knows it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PosTransaction {
    /// Which.
    pub key: PosKey,
    /// How much was paid.
    pub amount: Rial,
    /// What the payer, or the shop, has typed for a deposit id.
    pub deposit_id: i64,
    /// The invoice that it has paid.
    pub claimed_by: Option<InvoiceId>,
}

/// A terminal of a shop.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PosTerminal {
    /// Its number.
    pub number: Text,
    /// The network's number of the shop.
    pub merchant: Text,
    /// Whose it is.
    pub business: PartyId,
}

/// What a business has called one of its transfers.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct UniqueIdKey {
    /// Whose.
    pub business: PartyId,
    /// Its own name of the transfer.
    pub unique_id: Text,
}

/// A transfer that was made under a name of its business.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UniqueId {
    /// The name.
    pub key: UniqueIdKey,
    /// Out of which invoice.
    pub invoice: InvoiceId,
}

/// A one-time token that was used.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct UsedOtt {
    /// The token.
    pub value: i64,
    /// When it would have ended, in milliseconds of Unix time: then it needs no remembering.
    pub ends_at_ms: i64,
}
