//! The table of payers' sessions.

use ledger::Rial;
use schema::{Corrupt, Json, corrupt, table};
use serde::{Deserialize, Serialize};

use crate::ops::message::{address, call_address, provenance};
use crate::{CardAttemptId, CardSlip, CreditId, Digest, GatewaySession, PartyId, Receipt, SessionState, Text};

table! {
    GatewaySession = "gateway_session",
    key |k: Digest| { hash: *k },
    of |r| r.hash,
    row |r| {
        hash: r.hash, invoice: r.invoice, back: r.back, call: address(&r.call), call_signed: provenance(&r.call), only_party: r.only.map(|party| party.0),
        voucher: r.voucher, holder: r.holder.map(|party| party.0),
        credits: Json::list(r.credits.iter().map(|(credit, delegator)| (credit.0, delegator.0))),
        card_until_ms: r.card_until_ms, state: Json(SessionCell::of(&r.state)), ends_at_ms: r.ends_at_ms,
        forgotten_at_ms: r.forgotten_at_ms(),
    },
    make session(
        GatewaySession {
            hash, invoice, back, call: call_address(call, call_signed), only: party(only_party), voucher, holder: party(holder),
            credits: credits_of(credits), card_until_ms, state: SessionCell::into_state(state), ends_at_ms,
        },
        forgotten_at_ms,
    )?
}

fn party(id: Option<i64>) -> Option<PartyId> {
    id.map(PartyId)
}

fn credits_of(Json(credits): Json<Vec<(i64, i64)>>) -> Vec<(CreditId, PartyId)> {
    credits.into_iter().map(|(credit, delegator)| (CreditId(credit), PartyId(delegator))).collect()
}

fn session(session: GatewaySession, forgotten_at_ms: i64) -> Result<GatewaySession, Corrupt> {
    if session.forgotten_at_ms() == forgotten_at_ms {
        Ok(session)
    } else {
        Err(corrupt("gateway_session", "it is forgotten at another time than its state says"))
    }
}

#[derive(Serialize, Deserialize)]
enum SessionCell {
    Open,
    Paying(i64),
    Canceled,
    Took {
        at_ms: i64,
        /// Terminal, mask, rrn, tref.
        slip: Option<(String, String, String, String)>,
        voucher: i64,
        credit: i64,
        rest: i64,
    },
}

impl SessionCell {
    fn of(state: &SessionState) -> Self {
        match state {
            SessionState::Open => Self::Open,
            SessionState::Paying(attempt) => Self::Paying(attempt.0),
            SessionState::Canceled => Self::Canceled,
            SessionState::Took(Receipt { at_ms, slip, voucher, credit, rest }) => {
                let cell = |slip: &CardSlip| {
                    (slip.terminal.to_string(), slip.mask.to_string(), slip.rrn.to_string(), slip.tref.to_string())
                };
                let slip = slip.as_ref().map(cell);
                Self::Took { at_ms: *at_ms, slip, voucher: voucher.get(), credit: credit.get(), rest: rest.get() }
            }
        }
    }

    fn into_state(Json(cell): Json<Self>) -> SessionState {
        match cell {
            Self::Open => SessionState::Open,
            Self::Paying(attempt) => SessionState::Paying(CardAttemptId(attempt)),
            Self::Canceled => SessionState::Canceled,
            Self::Took { at_ms, slip, voucher, credit, rest } => {
                let slip = slip.map(|(terminal, mask, rrn, tref)| CardSlip {
                    terminal: Text::from(terminal),
                    mask: Text::from(mask),
                    rrn: Text::from(rrn),
                    tref: Text::from(tref),
                });
                let [voucher, credit, rest] = [voucher, credit, rest].map(Rial::new);
                SessionState::Took(Receipt { at_ms, slip, voucher, credit, rest })
            }
        }
    }
}
