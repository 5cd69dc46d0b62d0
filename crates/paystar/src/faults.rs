//! The effects of a sandbox's faults on a call.

use payments::{Declined, Probe};

use super::reply::Failed;
use crate::App;
use sandbox::{Armed, Effect, Facts};

/// The faults that apply to a call; in production there are none.
pub struct Struck {
    /// The checks of the call that fail.
    pub probe: Probe,
    armed: Vec<Armed>,
}

impl Struck {
    /// Finds the faults of a call. `facts` is called only if a rule is armed.
    ///
    /// # Errors
    /// The reply of a fault that ends the call before anything is done.
    pub fn by(app: &App, facts: impl FnOnce() -> Facts) -> Result<Self, Failed> {
        let armed = app.faults.as_ref().map(|faults| faults.struck_service(facts)).unwrap_or_default();
        for effect in armed.iter().map(Armed::effect) {
            match effect {
                Effect::Code(code) => return Err(Failed::Refused(*code)),
                Effect::Busy => return Err(Failed::Broken(engine::Error::Busy)),
                _ => {}
            }
        }
        let probe = armed.iter().map(Armed::probe).fold(Probe::NONE, Probe::and);
        Ok(Self { probe, armed })
    }

    /// To be called after the call has succeeded.
    ///
    /// # Errors
    /// A fault hides the result: the caller gets an unknown outcome.
    pub fn answered(&self) -> Result<(), Failed> {
        let mut unknown = self.armed.iter().filter(|armed| *armed.effect() == Effect::Unknown).peekable();
        if unknown.peek().is_none() {
            return Ok(());
        }
        unknown.for_each(Armed::spend);
        Err(Failed::Broken(engine::Error::Unknown))
    }

    /// To be called after the call was declined: uses up the faults that make this check fail.
    pub fn declined(&self, why: Declined) {
        self.armed.iter().filter(|armed| armed.probe().fails(why)).for_each(Armed::spend);
    }
}
