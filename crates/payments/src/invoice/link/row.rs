//! The row of a link to pay an invoice with.

use schema::table;

use crate::ops::message::{address, call_address, provenance};
use crate::{CallAddress, Digest, InvoiceId, PartyId, Provenance, Text};

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
    pub(crate) fn made_by(&self, maker: PartyId, issuer: PartyId) -> Self {
        Self { call: given_by(self.call.as_ref(), maker, issuer), ..self.clone() }
    }
}

/// An address as a party has given it: only the issuer of its invoice gives addresses that are called with a signature.
pub(crate) fn given_by(call: Option<&CallAddress>, giver: PartyId, issuer: PartyId) -> Option<CallAddress> {
    let provenance = if giver == issuer { Provenance::Business } else { Provenance::Other };
    call.map(|call| CallAddress { provenance, ..call.clone() })
}

table! {
    PayLink = "pay_link",
    key |k: Digest| { hash: *k },
    of |r| r.hash,
    row |r| {
        hash: r.hash, invoice: r.invoice, redirect_uri: r.redirect_uri, call_uri: address(&r.call),
        call_signed: provenance(&r.call), gateway: r.gateway, ends_at_ms: r.ends_at_ms,
    },
    make PayLink {
        hash, invoice, redirect_uri, call: call_address(call_uri, call_signed), gateway, ends_at_ms,
    }
}
