//! Running a command for an operator, with the line that tells of it.
//!
//! Order of refusals: the version of the row, the day's money, the command's own.

use std::fmt;

use ledger::Rial;

use crate::view::{Denial, Keys, View};
use crate::{
    At, AuditEntry, Command, MoneyDay, MoneyOfDayUsedUp, OperatorCommand, Part, Parts, Precondition, Text, Version,
    VersionRefusal, Versioned,
};

/// A command that an operator runs, and the line that tells of it, in one commit. What is refused leaves no line.
#[derive(Clone, Debug)]
pub struct Audited<C> {
    /// Who.
    pub by: Text,
    /// What is written of it.
    pub entry: AuditEntry,
    /// What is done.
    pub command: C,
    /// What it expects of the row that it replaces; `None`: it replaces none.
    pub precondition: Option<Precondition>,
    /// Most money that such commands create in a day; `None`: it is not counted.
    pub money_of_day: Option<Rial>,
}

/// What came of a command, and of the row that it has replaced.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Replaced<D> {
    /// What its caller learns.
    pub done: D,
    /// The version of the row now; `None`: no precondition was given, or it has no such row.
    pub version: Option<Version>,
}

/// Why a command of an operator is not run.
#[derive(Clone, PartialEq, Eq)]
pub enum AuditedRefusal<R> {
    /// The row that it replaces is not the one that its author has read.
    Version(VersionRefusal),
    /// The operators' API would create more money than it may in a day.
    MoneyOfDay(MoneyOfDayUsedUp),
    /// The command's own refusal.
    Refused(R),
}

/// The reason alone: an audit line shows it.
impl<R: fmt::Debug> fmt::Debug for AuditedRefusal<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version(why) => why.fmt(f),
            Self::MoneyOfDay(why) => why.fmt(f),
            Self::Refused(why) => why.fmt(f),
        }
    }
}

impl<C: OperatorCommand> Audited<C> {
    /// The money that is counted, and most of a day.
    fn counts(&self) -> Option<(Rial, Rial)> {
        let created = self.command.creates();
        self.money_of_day.filter(|_| created.is_positive()).map(|most| (created, most))
    }

    /// The row whose changed parts are named in the line.
    fn told<'a>(&self, view: &'a View) -> Option<Versioned<'a>> {
        if self.command.tells_changes() { None } else { self.command.replaces(view) }
    }
}

impl<C: OperatorCommand> Command for Audited<C> {
    type Done = Replaced<C::Done>;
    type Refusal = AuditedRefusal<C::Refusal>;
    const NAME: &'static str = C::NAME;

    fn keys(&self, at: At<'_>, keys: &mut Keys) {
        self.command.keys(at, keys);
        keys.money_days.extend(self.counts().map(|_| at.now.date.long()));
    }

    fn more_keys(&self, view: &View, at: At<'_>, keys: &mut Keys) {
        self.command.more_keys(view, at, keys);
    }

    fn decide(&self, view: &mut View, at: At<'_>) -> Result<Self::Done, Denial<Self::Refusal>> {
        if let Some(precondition) = &self.precondition
            && let Some(row) = self.command.replaces(view)
        {
            precondition.check(&row).map_err(AuditedRefusal::Version)?;
        }
        let before = self.told(view).map(|row| Version::of(&row));
        let counted = self
            .counts()
            .map(|(created, most)| {
                let known = view.money_days.get(&at.now.date.long());
                MoneyDay::and(known.map(AsRef::as_ref), created, most, at.now)
            })
            .transpose();
        let counted = counted.map_err(AuditedRefusal::MoneyOfDay)?;
        let done = self.command.decide(view, at).map_err(|denial| denial.map(AuditedRefusal::Refused))?;
        if let Some(day) = counted {
            view.money_days.put(day.day, day);
        }
        let changed = before.and_then(|before| before.changed(&self.told(view)?));
        let entry = changed.map_or(self.entry.clone(), |parts| with_changed(&self.entry, parts));
        entry.line(&self.by, view, at);
        let replaced = self.precondition.as_ref().and_then(|_| self.command.replaces(view));
        Ok(Replaced { done, version: replaced.map(|row| Version::of(&row)) })
    }
}

/// An entry with the names of what was changed. That of a gate says it already, in the words that `verify` reads; so does that of the close of day.
fn with_changed(entry: &AuditEntry, parts: Parts) -> AuditEntry {
    let names: Vec<_> =
        parts.iter().filter(|part| !matches!(part, Part::AccountStatus | Part::DayClose)).map(Part::name).collect();
    let detail = match (names.is_empty(), entry.detail.is_empty()) {
        (true, _) => Text::clone(&entry.detail),
        (false, true) => Text::from(format!("changed: {}", names.join(", "))),
        (false, false) => Text::from(format!("{}; changed: {}", entry.detail, names.join(", "))),
    };
    AuditEntry { detail, ..entry.clone() }
}
