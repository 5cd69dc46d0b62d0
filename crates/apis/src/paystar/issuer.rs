//! What the issuer says to a call: the sandbox's faults, the closing day, and the issuer itself.

use payments::{Authorization, Declined, Digest, IssuerAnswer, NamedPayer, Rial, Text};
use wire::field::is_card;

use super::codes::{code_of, reasons_of};
use super::reply::Failed;
use crate::App;
use crate::faults::{Armed, Effect, Facts};
use crate::secrets::masked;
use crate::strict::Rule;

/// What amounts are multiples of in strict mode, in rials.
const THOUSAND: i64 = 1_000;

/// A call on its way to the issuer.
pub struct Asked {
    /// What the issuer says, should the call get there.
    pub answer: IssuerAnswer,
    armed: Vec<Armed>,
}

impl Asked {
    /// Asks for a call; `facts` are what a fault can look at.
    ///
    /// # Errors
    /// A fault answers the call before anything is done.
    pub fn of(app: &App, facts: &Facts, card: Option<&Digest>, amount: Option<Rial>) -> Result<Self, Failed> {
        let armed = app.faults.as_ref().map(|faults| faults.struck_service(facts)).unwrap_or_default();
        let mut answer = of_issuer(app, card, amount);
        if let Some(amount) = amount
            && app.strict.refuses(Rule::WholeThousands, || amount.get() % THOUSAND != 0)
        {
            answer = answer.and(Declined::AmountInvalid);
        }
        for effect in armed.iter().map(Armed::effect) {
            match effect {
                Effect::Issuer(code) => answer = reasons_of(*code).fold(answer, IssuerAnswer::and),
                Effect::Code(code) => return Err(Failed::Refused(*code)),
                Effect::Busy => return Err(Failed::Broken(engine::Error::Busy)),
                _ => {}
            }
        }
        Ok(Self { answer, armed })
    }

    /// What the call wanted is done.
    ///
    /// # Errors
    /// A fault: its caller is not told.
    pub fn answered(&self) -> Result<(), Failed> {
        let mut unknown = self.armed.iter().filter(|armed| *armed.effect() == Effect::Unknown).peekable();
        if unknown.peek().is_none() {
            return Ok(());
        }
        unknown.for_each(Armed::spend);
        Err(Failed::Broken(engine::Error::Unknown))
    }

    /// The call was declined: of the faults, those whose word it was have done their work.
    pub fn declined(&self, why: Declined) {
        let code = code_of(why);
        self.armed.iter().filter(|armed| *armed.effect() == Effect::Issuer(code)).for_each(Armed::spend);
    }
}

/// What the issuer says, and the closing day.
pub fn of_issuer(app: &App, card: Option<&Digest>, amount: Option<Rial>) -> IssuerAnswer {
    let now = app.engine.clock().now();
    let closing = app.engine.is_day_closing() || app.paystar.is_day_closing(now.second_of_day);
    let said = card.map(|card| app.issuer.authorize(&Authorization { card, amount })).unwrap_or_default();
    if closing { said.and(Declined::DayClose) } else { said }
}

/// A card as a call names it; `None`: it is no card's number.
pub fn named(app: &App, pan: &str) -> Option<NamedPayer> {
    let is_one = is_card(pan, false) && !app.strict.refuses(Rule::CheckDigits, || !is_card(pan, true));
    is_one.then(|| NamedPayer { number: app.secrets.card(pan), mask: Text::from(masked(pan)) })
}
