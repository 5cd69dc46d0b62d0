//! What the issuer says to a call: the sandbox's fault, the closing day, or the issuer itself.

use payments::{Authorization, Declined, Digest, IssuerAnswer, NamedPayer, Rial, Text};
use wire::field::is_card;

use super::reply::Failed;
use crate::App;
use crate::faults::{Armed, Effect, Facts};
use crate::secrets::masked;

/// A call on its way to the issuer.
pub struct Asked {
    /// What the issuer says, should the call get there.
    pub answer: IssuerAnswer,
    armed: Option<Armed>,
}

impl Asked {
    /// Asks for a call; `facts` are what a fault can look at.
    ///
    /// # Errors
    /// A fault answers the call before anything is done.
    pub fn of(app: &App, facts: &Facts, card: Option<&Digest>, amount: Option<Rial>) -> Result<Self, Failed> {
        let armed = app.faults.as_ref().and_then(|faults| faults.struck_service(facts));
        let answer = match armed.as_ref().map(Armed::effect) {
            Some(Effect::Issuer(why)) => IssuerAnswer::Declines(*why),
            Some(Effect::Code(code)) => return Err(Failed::Refused(*code)),
            _ => of_issuer(app, card, amount),
        };
        Ok(Self { answer, armed })
    }

    /// The call was declined: was it this answer?
    pub fn declined(&self, why: Declined) {
        if let Some(armed) = self.armed.as_ref().filter(|_| self.answer == IssuerAnswer::Declines(why)) {
            armed.spend();
        }
    }
}

fn of_issuer(app: &App, card: Option<&Digest>, amount: Option<Rial>) -> IssuerAnswer {
    let now = app.engine.clock().now();
    if app.engine.is_day_closing() || app.paystar.is_day_closing(now.second_of_day) {
        return IssuerAnswer::Declines(Declined::DayClose);
    }
    card.map_or(IssuerAnswer::Approves, |card| app.issuer.authorize(&Authorization { card, amount }))
}

/// A card as a call names it; `None`: it is no card's number.
pub fn named(app: &App, pan: &str) -> Option<NamedPayer> {
    let card = is_card(pan, app.finnotech.strict_checksums);
    card.then(|| NamedPayer { number: app.secrets.card(pan), mask: Text::from(masked(pan)) })
}
