//! What a sandbox's faults do to a call.

use payments::{Declined, Probe};

use super::reply::Failed;
use crate::App;
use sandbox::{Armed, Effect, Facts};

/// The faults that strike a call; in production there are none.
pub struct Struck {
    /// Which of the call's checks fail.
    pub probe: Probe,
    armed: Vec<Armed>,
}

impl Struck {
    /// Looks for those of a call; `facts` are what a fault can look at, gathered only if a rule is armed.
    ///
    /// # Errors
    /// A fault answers the call before anything is done.
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

    /// The call was declined: of the faults, those that make this check fail have done their work.
    pub fn declined(&self, why: Declined) {
        self.armed.iter().filter(|armed| armed.probe().fails(why)).for_each(Armed::spend);
    }
}
