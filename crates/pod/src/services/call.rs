//! One call: its credentials, its parameters, and the way from them to a decision (pod.md 1.2, 1.7).

use std::borrow::Cow;
use std::sync::Arc;

use axum::http::HeaderMap;
use axum::http::request::Parts;
use edge::form;
use engine::Caller;
use parking_lot::Mutex;
use payments::{
    BlockedFrom, CallAddress, CivilDate, Delegations, Digest, Guild, InvoiceCall, InvoiceCommand, InvoiceId, Party,
    PartyId, Provenance, Text, UseToken, UsedOtt,
};
use text::date::Times;
use text::fold;
use wire::pairs::Pairs;
use wire::pod::errors::{self, Failure};
use wire::pod::invoice::WALLET;
use wire::pod::params::{self, Params};

use super::done::Done;
use super::failed::Failed;
use crate::App;
use edge::head;
use edge::large::{Asks, Page};

/// Characters of a text at most, where a document gives no number: far more than anybody shows.
pub const TEXT: usize = 10_000;
/// Characters of what names a credit at most: as it was given.
const CREDIT_HASH: usize = 40;

/// A credential: of the header, else of the form, else of the query.
pub fn credential<'a>(headers: &'a HeaderMap, params: &'a Params<'_>, name: &str) -> Option<Cow<'a, str>> {
    let header = headers.get(name).and_then(head::text).map(fold).filter(|value| !value.is_empty());
    header.or_else(|| params.get(name).map(Cow::Borrowed))
}

/// The parameters of a request, of which `form` is the body.
pub fn params_of<'a>(parts: &'a Parts, form: Option<&'a Pairs>) -> Params<'a> {
    let form = form.into_iter().flat_map(Pairs::iter).map(|(name, value)| (Cow::Borrowed(name), Cow::Borrowed(value)));
    let query = parts.uri.query().unwrap_or_default();
    Params::default().and(form).and(form_urlencoded::parse(query.as_bytes()))
}

/// See the module.
#[derive(Debug)]
pub struct Call<'a> {
    pub app: &'a App,
    pub caller: Arc<Caller>,
    pub params: Params<'a>,
    /// The request's number.
    pub reference: u64,
    /// The one-time token, until it is spent: see [`Call::run`].
    ott: Mutex<Option<UsedOtt>>,
}

impl<'a> Call<'a> {
    /// A call that came with this one-time token.
    pub fn new(app: &'a App, caller: Arc<Caller>, params: Params<'a>, reference: u64, ott: Option<UsedOtt>) -> Self {
        Self { app, caller, params, reference, ott: Mutex::new(ott) }
    }

    /// Who calls.
    pub fn party(&self) -> &Party {
        &self.caller.party
    }

    /// Begins a page of a list.
    pub fn page(&self) -> Page {
        self.app.large.page(Asks::Party(self.party().id.0))
    }

    /// Has a command decided, which spends the call's one-time token: the only place that does.
    ///
    /// # Errors
    /// It is refused, or the machine failed.
    pub async fn run<C: InvoiceCommand>(&self, command: C) -> Result<C::Done, Failed> {
        let ott = self.ott.lock().take();
        let call = InvoiceCall { caller: self.party().id, ott, command };
        Ok(self.app.engine.run_for(&self.caller, call).await??)
    }

    /// Ends a call with this answer. A one-time token that no command has taken along is spent alone, unless nothing was done and the same call may be sent
    /// again.
    ///
    /// # Errors
    /// The answer's, or the token was used before.
    pub async fn end(&self, answer: Result<Done, Failed>) -> Result<Done, Failed> {
        let may_be_sent_again = answer.as_ref().is_err_and(Failed::is_passing);
        if !may_be_sent_again && self.ott.lock().is_some() {
            self.run(UseToken).await?;
        }
        answer
    }

    /// The invoice that is meant.
    ///
    /// # Errors
    /// It is missing, or no number.
    pub fn invoice(&self) -> Result<InvoiceId, Failure> {
        self.params.id("invoiceId").map(InvoiceId)
    }

    /// A text that may be there, as it was sent, of at most so many characters.
    ///
    /// # Errors
    /// It is too long, or has characters that are none.
    pub fn optional_text(&self, name: &str, most: usize) -> Result<Option<Text>, Failure> {
        self.params.sent(name).map(|text| clean(name, text, most)).transpose()
    }

    /// A text that must be there, as it was sent.
    ///
    /// # Errors
    /// It is missing, or as [`Call::optional_text`].
    pub fn text(&self, name: &str, most: usize) -> Result<Text, Failure> {
        self.optional_text(name, most)?.ok_or_else(|| errors::missing(name))
    }

    /// A number or name of something, folded, that may be there.
    ///
    /// # Errors
    /// As [`Call::optional_text`].
    pub fn optional_name(&self, name: &str, most: usize) -> Result<Option<Text>, Failure> {
        self.params.get(name).map(|text| clean(name, text, most)).transpose()
    }

    /// The same that must be there.
    ///
    /// # Errors
    /// It is missing, or as [`Call::optional_text`].
    pub fn name(&self, name: &str, most: usize) -> Result<Text, Failure> {
        self.optional_name(name, most)?.ok_or_else(|| errors::missing(name))
    }

    /// An address that may be there, under any of its names.
    ///
    /// # Errors
    /// It is none.
    pub fn address(&self, names: &[&str]) -> Result<Option<Text>, Failure> {
        for name in names {
            if let Some(address) = self.params.url(name)? {
                return Ok(Some(Text::from(address)));
            }
        }
        Ok(None)
    }

    /// Who is called when the invoice is paid. Whether the call is signed is decided where it is known who has issued the invoice.
    ///
    /// # Errors
    /// It is no address.
    pub fn call_address(&self) -> Result<Option<CallAddress>, Failure> {
        let address = self.address(&["callbackUri", "callUri"])?;
        Ok(address.map(|address| CallAddress { address, provenance: Provenance::Other }))
    }

    /// The wallet code, which is always the same.
    ///
    /// # Errors
    /// It is another.
    pub fn wallet(&self) -> Result<Option<()>, Failure> {
        match self.params.get("wallet") {
            None => Ok(None),
            Some(WALLET) => Ok(Some(())),
            Some(_) => Err(errors::WALLET_INVALID),
        }
    }

    /// The credits that are named; `hashes`: the names that their list goes by.
    ///
    /// # Errors
    /// A delegator is no number, or the flag no flag.
    pub fn delegations(&self, hashes: &[&'static str]) -> Result<Delegations, Failure> {
        let name = "delegatorId";
        let delegators: Result<Vec<PartyId>, Failure> = self
            .params
            .list(name)?
            .into_iter()
            .map(|text| params::id(text).and_then(PartyId::numbered).ok_or_else(|| errors::invalid(name)))
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

    /// The guild of a code that may be there.
    ///
    /// # Errors
    /// There is none of that code.
    pub fn guild(&self) -> Result<Option<&'static Guild>, Failure> {
        let coded = |code| Guild::coded(code).ok_or(errors::UNKNOWN_GUILD);
        self.params.get("guildCode").map(coded).transpose()
    }

    /// Where money shall come from: exactly one of guild and wallet.
    ///
    /// # Errors
    /// Both are named, or none, or one that is unknown.
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

    /// An invoice by one's own number of it, or by its number.
    ///
    /// # Errors
    /// Not exactly one of the two is there; or the machine failed.
    pub async fn id_or_bill(&self) -> Result<InvoiceId, Failed> {
        match (self.params.optional_id("id")?, self.params.get("billNumber")) {
            (Some(id), None) => Ok(InvoiceId(id)),
            (None, Some(number)) => {
                let key = payments::BillKey::of(self.party().id, &clean("billNumber", number, TEXT)?);
                let bill = self.app.engine.reader().bill(key).await?;
                // No invoice has the number 0.
                Ok(bill.map_or(InvoiceId(0), |bill| bill.invoice))
            }
            (None, None) => Err(errors::missing("id").into()),
            (Some(_), Some(_)) => Err(errors::invalid("billNumber").into()),
        }
    }
}

/// A text without what is no character of one.
fn clean(name: &str, text: &str, most: usize) -> Result<Text, Failure> {
    let odd = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    if text.chars().any(odd) || text.chars().count() > most { Err(errors::invalid(name)) } else { Ok(Text::from(text)) }
}

/// A day of the Jalali calendar, and a second of it, where a time is given.
///
/// # Errors
/// There is no such day.
pub fn date(text: &str, times: Times) -> Result<(CivilDate, Option<u32>), Failure> {
    form::date(text, times).ok_or(errors::INVALID_DATE)
}

/// The keyed hash of a token that nobody has: what replies to unknown callers are signed for.
pub fn nobody() -> Digest {
    Digest::default()
}

/// The party of a number in a parameter.
///
/// # Errors
/// No party can have it.
pub fn party(number: i64, name: &str) -> Result<PartyId, Failure> {
    PartyId::numbered(number).ok_or_else(|| errors::invalid(name))
}
