//! A call of a service: reading its credentials and parameters, and running its command (pod.md 1.2, 1.7).

use std::borrow::Cow;
use std::sync::Arc;

use axum::http::HeaderMap;
use axum::http::request::Parts;
use edge::form;
use engine::Caller;
use parking_lot::Mutex;
use payments::{
    BlockedFrom, CallAddress, CivilDate, Delegations, Digest, Guild, InvoiceCall, InvoiceCommand, InvoiceId, Party,
    PartyId, Provenance, SpendOtt, Text, UsedOtt,
};
use text::date::Times;
use text::fold;
use wire::pairs::Pairs;
use wire::pod::errors::{self, Failure};
use wire::pod::invoice::WALLET;
use wire::pod::read_params::{self, Params};

use super::done::Done;
use super::failed::Failed;
use crate::App;
use edge::head;
use edge::large::{Asks, Page};

/// Maximum length of a text in characters, where the documents give none.
pub const TEXT: usize = 10_000;
/// Maximum length of the name of a credit in characters, as when the credit is given.
const CREDIT_HASH: usize = 40;

/// A credential by its name: from the header, else from the form, else from the query.
pub fn credential<'a>(headers: &'a HeaderMap, params: &'a Params<'_>, name: &str) -> Option<Cow<'a, str>> {
    let header = headers.get(name).and_then(head::text).map(fold).filter(|value| !value.is_empty());
    header.or_else(|| params.get(name).map(Cow::Borrowed))
}

/// The parameters of a request: those of the form in its body, then those of the query.
pub fn params_of<'a>(parts: &'a Parts, form: Option<&'a Pairs>) -> Params<'a> {
    let form = form.into_iter().flat_map(Pairs::iter).map(|(name, value)| (Cow::Borrowed(name), Cow::Borrowed(value)));
    let query = parts.uri.query().unwrap_or_default();
    Params::default().and(form).and(form_urlencoded::parse(query.as_bytes()))
}

/// A call of a service by a known caller.
#[derive(Debug)]
pub struct Call<'a> {
    pub app: &'a App,
    pub caller: Arc<Caller>,
    pub params: Params<'a>,
    /// The number of the request.
    pub reference: u64,
    /// The one-time token of the call, until a command uses it: see [`Call::run`].
    ott: Mutex<Option<UsedOtt>>,
}

impl<'a> Call<'a> {
    /// A call with this one-time token.
    pub fn new(app: &'a App, caller: Arc<Caller>, params: Params<'a>, reference: u64, ott: Option<UsedOtt>) -> Self {
        Self { app, caller, params, reference, ott: Mutex::new(ott) }
    }

    /// The party that calls.
    pub fn party(&self) -> &Party {
        &self.caller.party
    }

    /// Begins a page of a list, within the caller's share of memory for large replies.
    pub fn page(&self) -> Page {
        self.app.large.page(Asks::Party(self.party().id.0))
    }

    /// Runs a command. It uses up the call's one-time token in the same commit; no other code does so.
    ///
    /// # Errors
    /// The command is refused, or the machine failed.
    pub async fn run<C: InvoiceCommand>(&self, command: C) -> Result<C::Done, Failed> {
        let ott = self.ott.lock().take();
        let call = InvoiceCall { caller: self.party().id, ott, command };
        Ok(self.app.engine.run_for(&self.caller, call).await??)
    }

    /// Ends a call with this answer. A one-time token that no command has used is now used up alone, unless nothing was done and the same call may be
    /// sent again.
    ///
    /// # Errors
    /// The error of the answer, or the token was used before.
    pub async fn end(&self, answer: Result<Done, Failed>) -> Result<Done, Failed> {
        let may_be_sent_again = answer.as_ref().is_err_and(Failed::is_passing);
        if !may_be_sent_again && self.ott.lock().is_some() {
            self.run(SpendOtt).await?;
        }
        answer
    }

    /// The number in `invoiceId`.
    ///
    /// # Errors
    /// It is missing, or not a number.
    pub fn invoice(&self) -> Result<InvoiceId, Failure> {
        self.params.id("invoiceId").map(InvoiceId)
    }

    /// An optional text, as it was sent, of at most `most` characters.
    ///
    /// # Errors
    /// It is too long, or has control characters.
    pub fn optional_text(&self, name: &str, most: usize) -> Result<Option<Text>, Failure> {
        self.params.sent(name).map(|text| clean(name, text, most)).transpose()
    }

    /// A required text, as it was sent, of at most `most` characters.
    ///
    /// # Errors
    /// It is missing, or as [`Call::optional_text`].
    pub fn text(&self, name: &str, most: usize) -> Result<Text, Failure> {
        self.optional_text(name, most)?.ok_or_else(|| errors::missing(name))
    }

    /// An optional name or number of something, folded, of at most `most` characters.
    ///
    /// # Errors
    /// As [`Call::optional_text`].
    pub fn optional_name(&self, name: &str, most: usize) -> Result<Option<Text>, Failure> {
        self.params.get(name).map(|text| clean(name, text, most)).transpose()
    }

    /// A required name or number of something, folded, of at most `most` characters.
    ///
    /// # Errors
    /// It is missing, or as [`Call::optional_text`].
    pub fn name(&self, name: &str, most: usize) -> Result<Text, Failure> {
        self.optional_name(name, most)?.ok_or_else(|| errors::missing(name))
    }

    /// An optional address, by the first of these names that is present.
    ///
    /// # Errors
    /// It is not an address that a browser may be redirected to.
    pub fn address(&self, names: &[&str]) -> Result<Option<Text>, Failure> {
        for name in names {
            if let Some(address) = self.params.url(name)? {
                return Ok(Some(Text::from(address)));
            }
        }
        Ok(None)
    }

    /// The optional callback address. Its provenance, which decides whether the callback is signed, is set where the issuer of the invoice is known.
    ///
    /// # Errors
    /// It is not a valid address.
    pub fn call_address(&self) -> Result<Option<CallAddress>, Failure> {
        let address = self.address(&["callbackUri", "callUri"])?;
        Ok(address.map(|address| CallAddress { address, provenance: Provenance::Other }))
    }

    /// The optional wallet code; only one code exists.
    ///
    /// # Errors
    /// It is another code.
    pub fn wallet(&self) -> Result<Option<()>, Failure> {
        match self.params.get("wallet") {
            None => Ok(None),
            Some(WALLET) => Ok(Some(())),
            Some(_) => Err(errors::WALLET_INVALID),
        }
    }

    /// The credits that the call names; `hashes`: the parameters that list their names.
    ///
    /// # Errors
    /// A delegator is not a party's number, a name is too long or has control characters, or the flag is invalid.
    pub fn delegations(&self, hashes: &[&'static str]) -> Result<Delegations, Failure> {
        let name = "delegatorId";
        let delegators: Result<Vec<PartyId>, Failure> = self
            .params
            .list(name)?
            .into_iter()
            .map(|text| read_params::id(text).and_then(PartyId::numbered).ok_or_else(|| errors::invalid(name)))
            .collect();
        let delegators = delegators?;
        let hash = |name: &'static str, text: &str| {
            let named = text.chars().count() <= CREDIT_HASH && !text.chars().any(char::is_control);
            if named { Ok(Text::from(text)) } else { Err(errors::invalid(name)) }
        };
        let mut named = Vec::new();
        for name in hashes {
            let texts = self.params.list(name)?;
            named.extend(texts.into_iter().map(|text| hash(name, text)).collect::<Result<Vec<Text>, Failure>>()?);
        }
        Ok(Delegations { delegators, hashes: named, forced: self.params.flag("forceDelegation")? })
    }

    /// The guild of the optional `guildCode`.
    ///
    /// # Errors
    /// No guild has this code.
    pub fn guild(&self) -> Result<Option<&'static Guild>, Failure> {
        let coded = |code| Guild::coded(code).ok_or(errors::UNKNOWN_GUILD);
        self.params.get("guildCode").map(coded).transpose()
    }

    /// The source of the money: exactly one of guild and wallet.
    ///
    /// # Errors
    /// Both are named, or none, or the code is unknown.
    pub fn source(&self) -> Result<BlockedFrom, Failure> {
        if self.params.get("guildCode").is_some() && self.params.get("wallet").is_some() {
            return Err(errors::invalid("wallet"));
        }
        match (self.guild()?, self.wallet()?) {
            (Some(guild), _) => Ok(BlockedFrom::Guild(guild.id)),
            (None, Some(())) => Ok(BlockedFrom::Wallet),
            (None, None) => Err(errors::missing("wallet")),
        }
    }

    /// The invoice of `id`, or of `billNumber`, the caller's own number of the invoice.
    ///
    /// # Errors
    /// Not exactly one of the two is present, or one is invalid; or the machine failed.
    pub async fn id_or_bill(&self) -> Result<InvoiceId, Failed> {
        match (self.params.optional_id("id")?, self.params.get("billNumber")) {
            (Some(id), None) => Ok(InvoiceId(id)),
            (None, Some(number)) => {
                let key = payments::BillKey::of(self.party().id, &clean("billNumber", number, TEXT)?);
                let bill = self.app.engine.reader().bill(key).await?;
                // No invoice has the number 0, so the command refuses it as unknown.
                Ok(bill.map_or(InvoiceId(0), |bill| bill.invoice))
            }
            (None, None) => Err(errors::missing("id").into()),
            (Some(_), Some(_)) => Err(errors::invalid("billNumber").into()),
        }
    }
}

/// Checks the length and the characters of a text. Line breaks and tabs are allowed, other control characters are not.
fn clean(name: &str, text: &str, most: usize) -> Result<Text, Failure> {
    let odd = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    if text.chars().any(odd) || text.chars().count() > most { Err(errors::invalid(name)) } else { Ok(Text::from(text)) }
}

/// Parses a Jalali date, and the second of the day if a time is given.
///
/// # Errors
/// It is not a date, or has a time that `times` refuses.
pub fn date(text: &str, times: Times) -> Result<(CivilDate, Option<u32>), Failure> {
    form::date(text, times).ok_or(errors::INVALID_DATE)
}

/// The keyed hash that no token has. One-time tokens in replies to unknown callers are signed for it, so that they cannot be used.
pub fn anonymous() -> Digest {
    Digest::default()
}

/// The party with the number in a parameter.
///
/// # Errors
/// No party can have this number.
pub fn party(number: i64, name: &str) -> Result<PartyId, Failure> {
    PartyId::numbered(number).ok_or_else(|| errors::invalid(name))
}
