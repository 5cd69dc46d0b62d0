//! Running a command for an operator, together with its audit line.
//!
//! Order of refusals: version of the row, daily limit on created money, the command's own refusals.

use std::fmt;

use ledger::Rial;

use crate::view::{Denial, Keys, View};
use crate::{
    At, AuditEntry, Command, MoneyDay, MoneyOfDayUsedUp, OperatorCommand, Part, Parts, Precondition, Text, Version,
    VersionRefusal, Versioned,
};

/// A command that an operator runs, and its audit line, in one commit. A refused command leaves no line.
#[derive(Clone, Debug)]
pub struct Audited<C> {
    /// The operator or token that runs the command.
    pub by: Text,
    /// The audit entry.
    pub entry: AuditEntry,
    /// The command.
    pub command: C,
    /// Precondition on the row that the command replaces; `None`: not checked.
    pub precondition: Option<Precondition>,
    /// Daily limit on the money that such commands create; `None`: the money is not counted.
    pub money_of_day: Option<Rial>,
}

/// The result of a command, and the version of the row that it has replaced.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Replaced<D> {
    /// The result for the caller.
    pub done: D,
    /// Version of the row after the command; `None`: no precondition was given, or the command replaces no row.
    pub version: Option<Version>,
}

/// Why an operator's command is refused.
#[derive(Clone, PartialEq, Eq)]
pub enum AuditedRefusal<R> {
    /// The row that the command replaces is not the version that the operator has read.
    Version(VersionRefusal),
    /// The command would create more money than the daily limit of the operators' API allows.
    MoneyOfDay(MoneyOfDayUsedUp),
    /// The command's own refusal.
    Refused(R),
}

/// Prints the reason without the name of the variant.
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
    /// The money that the command creates, and the daily limit; `None`: nothing is counted.
    fn counts(&self) -> Option<(Rial, Rial)> {
        let created = self.command.creates();
        self.money_of_day.filter(|_| created.is_positive()).map(|most| (created, most))
    }

    /// The row whose changed parts the audit line names; `None`: the command's own entry says what changes.
    fn versioned_row<'a>(&self, view: &'a View) -> Option<Versioned<'a>> {
        if self.command.entry_names_changes() { None } else { self.command.replaces(view) }
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
        let before = self.versioned_row(view).map(|row| Version::of(&row));
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
        let changed = before.and_then(|before| before.changed(&self.versioned_row(view)?));
        let entry = changed.map_or(self.entry.clone(), |parts| with_changed(&self.entry, parts));
        entry.line(&self.by, view, at);
        let replaced = self.precondition.as_ref().and_then(|_| self.command.replaces(view));
        Ok(Replaced { done, version: replaced.map(|row| Version::of(&row)) })
    }
}

/// Adds the names of the changed parts to an entry. An account's status and the close of day are left out: their own entries already say it, and
/// `verify` reads the status from there.
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
