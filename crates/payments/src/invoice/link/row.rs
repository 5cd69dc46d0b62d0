//! The row of a link with which an invoice is paid.

use schema::table;

use crate::ops::message::{address, call_address, provenance};
use crate::{CallAddress, Digest, InvoiceId, PartyId, Provenance, Text};

/// A link with which an invoice is paid.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PayLink {
    /// Keyed hash of the link's key.
    pub hash: Digest,
    /// The invoice.
    pub invoice: InvoiceId,
    /// The address that the payer returns to; `None`: the invoice's.
    pub redirect_uri: Option<Text>,
    /// The address to call when the link has paid; `None`: no call.
    pub call: Option<CallAddress>,
    /// The name of the gateway that the link opens.
    pub gateway: Option<Text>,
    /// When the link expires, in milliseconds of Unix time; `None`: it ends with the invoice.
    pub ends_at_ms: Option<i64>,
}

impl PayLink {
    /// The link as a party has made it: its address carries the provenance that the maker has.
    pub(crate) fn made_by(&self, maker: PartyId, issuer: PartyId) -> Self {
        Self { call: given_by(self.call.as_ref(), maker, issuer), ..self.clone() }
    }
}

/// An address with its provenance: only addresses that the invoice's issuer gave are called with a signature.
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
