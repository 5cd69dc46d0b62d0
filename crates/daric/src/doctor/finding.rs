//! One result of a look.

use std::fmt;

use cli::output::Tone;
use serde_json::{Value, json};

/// How bad it is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Level {
    /// As it should be.
    Ok,
    /// It works, with a risk.
    Warn,
    /// A server does not start, or loses something.
    Fail,
}

impl Level {
    /// Its name in the output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }

    /// Its colour.
    pub fn tone(self) -> Tone {
        match self {
            Self::Ok => Tone::Good,
            Self::Warn => Tone::Doubtful,
            Self::Fail => Tone::Bad,
        }
    }
}

/// What was looked at, what was found, and what to do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// How bad it is.
    pub level: Level,
    what: &'static str,
    why: String,
    remedy: Option<String>,
}

impl Finding {
    /// It is as it should be.
    pub fn ok(what: &'static str, why: impl Into<String>) -> Self {
        Self { level: Level::Ok, what, why: why.into(), remedy: None }
    }

    /// It works, with a risk.
    pub fn warn(what: &'static str, why: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { level: Level::Warn, what, why: why.into(), remedy: Some(remedy.into()) }
    }

    /// A server does not start, or loses something.
    pub fn fail(what: &'static str, why: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { level: Level::Fail, what, why: why.into(), remedy: Some(remedy.into()) }
    }

    /// As JSON.
    pub fn json(&self) -> Value {
        let mut value = json!({"level": self.level.name(), "what": self.what, "why": self.why});
        if let Some(remedy) = &self.remedy {
            value["remedy"] = json!(remedy);
        }
        value
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<4}  {:<8}  {}", self.level.name(), self.what, self.why)?;
        match &self.remedy {
            Some(remedy) => write!(f, " → {remedy}"),
            None => Ok(()),
        }
    }
}
