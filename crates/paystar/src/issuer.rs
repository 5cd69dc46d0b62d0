//! What the issuer says to a call: the sandbox's faults, the closing day, and the issuer itself.

use edge::cards::of_issuer;
use payments::{Declined, Digest, IssuerAnswer, Rial};

use super::reply::Failed;
use crate::App;
use ::codes::paystar::{code_of, reasons_of};
use sandbox::{Armed, Effect, Facts};

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
