//! Card data as a payer types them.
//!
//! Shape: the fields of a form → [`Typed`], which is checked, sealed into the next page, and turned into the card of a decision. Absent: pages. What a
//! payer has typed is never stored.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use payments::{CardInMemory, SESSION_MS, SecurityCheck, ShownCard, TypedCard};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::banks;
use crate::App;
use edge::card_payments::{business_day, named};
use edge::form::Query;
use edge::key_ring::SealContext;
use text::number::compact;
use web::Lang;
use wire::field::is_card;

/// The first Jalali year of the century that two-digit years belong to.
const CENTURY: i64 = 1_400;

/// The field of the card form that is not well-formed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Wrong {
    Pan,
    Cvv2,
    Expiry,
}

/// The card fields of a form, with digits folded to ASCII, not yet checked.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Typed {
    pub pan: String,
    pub cvv2: String,
    pub month: String,
    pub year: String,
    /// When the password that was sent for the card expires, in milliseconds of Unix time; `None`: none was sent.
    pub otp_ends_ms: Option<i64>,
    /// Until when the fields are accepted, in milliseconds of Unix time: as long as a card step lasts, from when they were typed.
    pub until_ms: i64,
}

impl Typed {
    /// The card fields of a form, or the sealed ones in it; `None`: they are expired, or were sealed for another session.
    pub fn of(app: &App, gs: &str, form: &Query) -> Option<Self> {
        match form.get("card") {
            Some(sealed) => Self::open(app, gs, sealed),
            None => Some(Self::plain(form, app.engine.clock().now_ms().saturating_add(SESSION_MS))),
        }
    }

    fn plain(form: &Query, until_ms: i64) -> Self {
        let typed = |name: &str| form.get(name).unwrap_or_default().to_owned();
        let pan = compact(form.get("pan").unwrap_or_default()).into_owned();
        let [month, year] = [typed("exp_month"), typed("exp_year")];
        Self { pan, cvv2: typed("cvv2"), month, year, otp_ends_ms: None, until_ms }
    }

    /// Whether the fields are still accepted.
    pub fn is_accepted(&self, now_ms: i64) -> bool {
        now_ms < self.until_ms
    }

    /// The first field that is not well-formed.
    pub fn wrong(&self) -> Option<Wrong> {
        let number = |text: &str, sizes: std::ops::RangeInclusive<usize>| {
            sizes.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
        };
        if !number(&self.pan, 16..=16) {
            Some(Wrong::Pan)
        } else if !number(&self.cvv2, 3..=4) {
            Some(Wrong::Cvv2)
        } else if self.expires().is_none() {
            Some(Wrong::Expiry)
        } else {
            None
        }
    }

    /// The card's last month as Jalali `YYYYMM`; `None`: not a month.
    pub fn expires(&self) -> Option<i64> {
        let number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse::<i64>().ok());
        let month = number(&self.month)?.filter(|month| self.month.len() <= 2 && (1..=12).contains(month))?;
        let year = number(&self.year)??;
        let year = match self.year.len() {
            2 => CENTURY + year,
            4 if (CENTURY - 100..CENTURY + 100).contains(&year) => year,
            _ => return None,
        };
        Some(year * 100 + month)
    }

    /// What the card page shows again after an error: everything but the security code, and no password.
    pub fn to_type_again(&self) -> Self {
        let [pan, month, year] = [&self.pan, &self.month, &self.year].map(String::clone);
        Self { pan, month, year, until_ms: self.until_ms, ..Self::default() }
    }

    /// The card with the password that was sent for it.
    pub fn with_otp(self, otp_ends_ms: Option<i64>) -> Self {
        Self { otp_ends_ms, ..self }
    }

    /// How long the password that was sent is still valid; `None`: none was sent, or it has expired.
    pub fn otp_left(&self, now_ms: i64) -> Option<Duration> {
        let left_ms = self.otp_ends_ms?.saturating_sub(now_ms);
        (left_ms > 0).then(|| Duration::from_millis(left_ms.unsigned_abs()))
    }

    /// Seals the fields for this session. They are accepted no longer than before.
    pub fn seal(&self, app: &App, gs: &str) -> Option<String> {
        // Texts and numbers can always be serialized.
        let sealed = Zeroizing::new(serde_json::to_string(self).unwrap_or_default());
        let sealed = app.secrets.seal(SealContext::TypedCard(gs), &sealed).ok()?;
        Some(URL_SAFE_NO_PAD.encode(sealed))
    }

    fn open(app: &App, gs: &str, sealed: &str) -> Option<Self> {
        let text = app.secrets.open(SealContext::TypedCard(gs), &URL_SAFE_NO_PAD.decode(sealed).ok()?)?;
        let typed: Self = serde_json::from_str(&text).ok()?;
        typed.is_accepted(app.engine.clock().now_ms()).then_some(typed)
    }

    /// Whether to ask the network of other banks' cards, if the card is not hosted here: a network is configured, the check digit is right and the
    /// bank is known.
    pub fn is_of_network(&self, app: &App) -> bool {
        let is_known = !banks::of(&self.pan, Lang::Fa).is_empty() && is_card(&self.pan, true);
        is_known && app.engine.card_network().is_configured()
    }

    /// The card's data and the password, for the call to its network.
    pub fn in_memory(&self, expires: i64, password: &str) -> CardInMemory {
        let [number, security_code, password] =
            [self.pan.as_str(), &self.cvv2, password].map(|text| Zeroizing::new(text.to_owned()));
        CardInMemory { number, security_code, expires, password }
    }

    /// The card for the decision, without its number in clear.
    pub fn card(&self, app: &App) -> TypedCard {
        let named = named(app, &self.pan);
        let expires = self.expires();
        let shown = expires.map(|expires| ShownCard { number: &self.pan, expires, security_code: &self.cvv2 });
        let security = shown.map_or(SecurityCheck::Wrong, |shown| app.payer_card_settings.security_codes.check(&shown));
        TypedCard { named, expires, security, day: business_day(app) }
    }
}
