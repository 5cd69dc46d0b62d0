//! Commands of operators: what is done is written with who did it, in one commit.
//!
//! Shape: an [`OperatorCommand`] says what the audit tells of it, which row it replaces and how much money it creates; [`Audited`] runs it for an
//! author and writes the line.
//! Order of refusals: the version of the row, the day's money, the command's own.
//! Absent: lines of what is refused. The caller writes them, since a refusal leaves nothing behind.

use std::convert::Infallible;
use std::fmt;

use ledger::Rial;

use crate::view::{Denial, Keys, View};
use crate::{
    At, Command, MoneyDay, MoneyOfDayUsedUp, Part, Parts, Precondition, Text, Version, VersionRefusal, Versioned,
};
use schema::table;

/// An audit line's number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct AuditId(pub i64);

/// Something that an operator did.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AuditLine {
    /// Its number.
    pub id: AuditId,
    /// When, in milliseconds of Unix time.
    pub at_ms: i64,
    /// Who.
    pub by: Text,
    /// What, in one word.
    pub action: Text,
    /// With what: a number or name.
    pub subject: Text,
    /// More, for the reader; no secret.
    pub detail: Text,
}

/// What stands in an audit line beside who and when.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AuditEntry {
    /// One word.
    pub action: Text,
    /// A number or name.
    pub subject: Text,
    /// No secret, nothing that is hashed.
    pub detail: Text,
}

impl AuditEntry {
    /// An entry of these texts.
    pub fn new(action: &str, subject: &str, detail: &str) -> Self {
        let [action, subject, detail] = [action, subject, detail].map(Text::from);
        Self { action, subject, detail }
    }

    fn line(self, by: &Text, view: &mut View, at: At<'_>) {
        let (id, Self { action, subject, detail }) = (AuditId(view.ids.take()), self);
        let (at_ms, by) = (at.now.at_ms, Text::clone(by));
        view.audit_lines.put(id, AuditLine { id, at_ms, by, action, subject, detail });
    }
}

/// An amount as the audit writes it.
pub(crate) fn rials(amount: Rial) -> String {
    format!("{} IRR", amount.get())
}

/// A command that operators run.
pub trait OperatorCommand: Command {
    /// What the audit says of it.
    fn entry(&self) -> AuditEntry;

    /// The row that it replaces, if it is there; it has a version.
    fn replaces<'a>(&self, _view: &'a View) -> Option<Versioned<'a>> {
        None
    }

    /// Whether its entry says by itself what changes. Otherwise the names of the changed parts are added.
    fn tells_changes(&self) -> bool {
        false
    }

    /// The money that it creates.
    fn creates(&self) -> Rial {
        Rial::ZERO
    }
}

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
        let counted = self.counts().map(|(created, most)| MoneyDay::and(created, most, view, at.now)).transpose();
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

/// Any command, and a line beside it in the same commit: a sign-in.
#[derive(Clone, Debug)]
pub struct WithAuditLine<C> {
    /// Who.
    pub by: Text,
    /// What is written.
    pub entry: AuditEntry,
    /// What is done.
    pub command: C,
}

impl<C: Command> Command for WithAuditLine<C> {
    type Done = C::Done;
    type Refusal = C::Refusal;
    const NAME: &'static str = C::NAME;

    fn keys(&self, at: At<'_>, keys: &mut Keys) {
        self.command.keys(at, keys);
    }

    fn more_keys(&self, view: &View, at: At<'_>, keys: &mut Keys) {
        self.command.more_keys(view, at, keys);
    }

    fn decide(&self, view: &mut View, at: At<'_>) -> Result<Self::Done, Denial<Self::Refusal>> {
        let done = self.command.decide(view, at)?;
        self.entry.clone().line(&self.by, view, at);
        Ok(done)
    }
}

/// An entry with the names of what was changed. That of a gate says it already, in the words that `verify` reads; so does that of the close of day.
fn with_changed(entry: &AuditEntry, parts: Parts) -> AuditEntry {
    let names: Vec<_> =
        parts.iter().filter(|part| !matches!(part, Part::Gate | Part::DayClose)).map(Part::name).collect();
    let detail = match (names.is_empty(), entry.detail.is_empty()) {
        (true, _) => Text::clone(&entry.detail),
        (false, true) => Text::from(format!("changed: {}", names.join(", "))),
        (false, false) => Text::from(format!("{}; changed: {}", entry.detail, names.join(", "))),
    };
    AuditEntry { detail, ..entry.clone() }
}

/// Writes a line of what was done elsewhere, or refused.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WriteAuditLine {
    /// Who.
    pub by: Text,
    /// What.
    pub entry: AuditEntry,
}

impl Command for WriteAuditLine {
    type Done = ();
    type Refusal = Infallible;
    const NAME: &'static str = "WriteAuditLine";

    fn keys(&self, _at: At<'_>, _keys: &mut Keys) {}

    fn decide(&self, view: &mut View, at: At<'_>) -> Result<(), Denial<Infallible>> {
        self.entry.clone().line(&self.by, view, at);
        Ok(())
    }
}

table! {
    AuditLine = "audit_line",
    key |k: AuditId| { id: *k },
    of |r| r.id,
    row |r| { id: r.id, at_ms: r.at_ms, operator: r.by, action: r.action, subject: r.subject, detail: r.detail },
    make AuditLine { id, at_ms, by: operator, action, subject, detail }
}
