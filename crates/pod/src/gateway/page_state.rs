//! What the pages of a session show next: what the last form has led to, and the card that was typed.
//!
//! Shape: a form answers with a redirect and with a [`PageState`] in a cookie for the session's paths. The page that the browser loads then, reloads,
//! or loads in the other language, reads it; so a reload sends nothing and counts nothing.
//! Order: each form replaces the state; a page never changes it.
//! The cookie is sealed for its session and ends with the card step. Neither the store nor the process keeps the state. The forms are complete without
//! it, so that programs need no cookie.
//! Absent: words (`said.rs`).

use axum::http::{HeaderMap, HeaderValue};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use payments::{CardSecret, Declined};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::entries::base;
use super::typed::{Typed, Wrong};
use crate::App;
use edge::key_ring::SealContext;
use web::{SetCookie, cookie};

/// Life of the cookie in seconds: as long as a card step.
const COOKIE_SECONDS: u32 = 1_200;
/// Maximum size of the cookie's value in bytes: browsers do not keep larger cookies.
const COOKIE: usize = 4_000;
/// How long a page shows what the last form has led to, in milliseconds: as long as a one-time password. What was short or wrong may be otherwise then.
const NOTE_MS: i64 = 120_000;

/// What a form has led to. It has no words, so that the page can be shown in either language.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Note {
    /// The voucher is applied.
    VoucherApplied,
    /// The voucher is removed.
    VoucherRemoved,
    /// There is no such voucher, or it cannot be used; with the typed code.
    VoucherWrong(String),
    /// The voucher of the session cannot be used any more.
    VoucherVoid,
    /// The credit is applied.
    CreditApplied,
    /// The credit is removed.
    CreditRemoved,
    /// There is no such credit.
    CreditWrong,
    /// The credit of the session does not pay any more what it paid.
    CreditShort,
    /// The wallet does not have the money.
    WalletShort,
    /// What is left to pay is not what the page has shown.
    AmountChanged,
    /// The session keeps the invoice no longer for itself.
    LetGo,
    /// The amount is below the least amount of a card payment.
    BelowCardMinimum,
    /// A field of the card is not well-formed.
    CardMalformed(Wrong),
    /// The form with the sealed card is too old.
    CardTooOld,
    /// No SMS can be sent.
    NoSms,
    /// The card is declined; with the position of the reason in [`Declined::ALL`].
    CardDeclined(usize),
    /// The expiry is not the card's; with the tries that are left.
    ExpiryWrong(i64),
    /// The security code is not the card's; with the tries that are left.
    SecurityCodeWrong(i64),
    /// The password is wrong; with the tries that are left.
    OtpWrong(i64),
    /// The password was sent.
    OtpSent,
    /// The password that was sent before is still valid.
    OtpStillValid,
    /// No further password is sent; the one before is still valid.
    NoMoreOtps,
    /// The password is not well-formed.
    OtpMalformed,
}

impl Note {
    /// A card that is declined.
    pub fn declined(why: Declined) -> Self {
        Self::CardDeclined(Declined::ALL.iter().position(|known| *known == why).unwrap_or(Declined::ALL.len()))
    }

    /// Something of the card that was typed wrong.
    pub fn mistyped(what: CardSecret, left: i64) -> Self {
        match what {
            CardSecret::Expiry => Self::ExpiryWrong(left),
            CardSecret::SecurityCode => Self::SecurityCodeWrong(left),
            CardSecret::Password => Self::OtpWrong(left),
        }
    }
}

/// See the module.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct PageState {
    note: Option<Note>,
    noted_at_ms: i64,
    /// The card that was typed. If a password was sent for it, its page can be shown.
    pub card: Option<Typed>,
}

impl PageState {
    /// The state after a form that has led to this.
    pub fn noted(note: Note, now_ms: i64) -> Self {
        Self { note: Some(note), noted_at_ms: now_ms, card: None }
    }

    /// The same with the card that was typed.
    pub fn and_card(self, card: Option<Typed>) -> Self {
        Self { card, ..self }
    }

    /// What the last form has led to, as long as it is shown.
    pub fn note(&self, now_ms: i64) -> Option<&Note> {
        let is_recent = (0..NOTE_MS).contains(&now_ms.saturating_sub(self.noted_at_ms));
        self.note.as_ref().filter(|_| is_recent)
    }

    /// The card for which a password was sent.
    pub fn asked(&self) -> Option<&Typed> {
        self.card.as_ref().filter(|card| card.otp_ends_ms.is_some())
    }

    /// The state that a request brings for a session. A cookie that was changed, or sealed for another session, is as none.
    pub fn of(app: &App, headers: &HeaderMap, gs: &str) -> Self {
        Self::opened(app, headers, gs).unwrap_or_default()
    }

    fn opened(app: &App, headers: &HeaderMap, gs: &str) -> Option<Self> {
        let sealed = URL_SAFE_NO_PAD.decode(cookie(headers, &name(gs)).filter(|sealed| !sealed.is_empty())?).ok()?;
        let text = app.secrets.open(SealContext::PageState(gs), &sealed)?;
        let state: Self = serde_json::from_str(&text).ok()?;
        let card = state.card.filter(|card| card.is_accepted(app.engine.clock().now_ms()));
        Some(Self { card, ..state })
    }

    /// The cookie that keeps the state; `None`: nothing is to be kept or removed, or the state is too large.
    pub fn cookie(&self, app: &App, headers: &HeaderMap, gs: &str) -> Option<HeaderValue> {
        let (name, path) = (name(gs), base(gs));
        if self.note.is_none() && self.card.is_none() {
            return cookie(headers, &name).and_then(|_| SetCookie::gone_at(&name, &path).header(app.security));
        }
        // Texts and numbers can always be serialized.
        let text = Zeroizing::new(serde_json::to_string(self).unwrap_or_default());
        let sealed = URL_SAFE_NO_PAD.encode(app.secrets.seal(SealContext::PageState(gs), &text).ok()?);
        let cookie = SetCookie { name: &name, value: &sealed, path: &path, max_age_s: Some(COOKIE_SECONDS) };
        (sealed.len() <= COOKIE).then(|| cookie.header(app.security)).flatten()
    }
}

/// The name of the cookie. It contains the session's number, as the path does, for programs that ignore the path of cookies.
fn name(gs: &str) -> String {
    format!("daric_step_{gs}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_shown_as_long_as_a_password_is_valid_and_not_before_it_was_made() {
        let state = PageState::noted(Note::declined(Declined::OtpGone), 1_000);
        for (now_ms, is_shown) in [(999, false), (1_000, true), (120_999, true), (121_000, false)] {
            assert_eq!(state.note(now_ms).is_some(), is_shown, "{now_ms}");
        }
        assert!(state.note(1_000) == Some(&Note::CardDeclined(15)));
        assert!(PageState::default().note(0).is_none() && PageState::default().asked().is_none());
    }
}
