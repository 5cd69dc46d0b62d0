//! Runs commands of operators: each with its author, its precondition and its audit line.

use std::ops::Deref;

use axum::extract::{FromRequestParts, Request};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use payments::{
    AuditEntry, Audited, AuditedRefusal, Command, Operator, OperatorCommand, Precondition, Replaced, Role, SecondAdmin,
    Text, WithAuditLine, WriteAuditLine,
};
use serde::de::DeserializeOwned;

use super::change::{self, Change};
use super::refusal_lines;
use super::refusals::{Proof, RefusalKind};
use super::reply::{Problem, UNAUTHORIZED, json};
use crate::App;
use edge::Mode;

/// The author in the audit for the token of the settings.
pub const API: &str = payments::TOKEN_HOLDER;

/// How an author has authenticated.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Author {
    /// By a session of the console.
    Console,
    /// By the token of the settings.
    SettingsToken,
    /// By a named token of this API, with this role.
    NamedToken(Role),
}

/// The author of a request, in its extensions.
#[derive(Clone, Debug)]
pub struct By(pub Text, pub Author);

/// The result of a command that may be refused.
pub type Decided<D, R> = Result<Result<D, AuditedRefusal<R>>, engine::Error>;

/// See the module.
#[derive(Clone, Debug)]
pub struct OperatorContext {
    app: App,
    by: Text,
    author: Author,
    /// The precondition of the next command on the row that it replaces. For a PUT without a version it is that there is no row.
    precondition: Option<Precondition>,
    /// Why the author does it, for the audit.
    reason: Option<Text>,
}

impl OperatorContext {
    /// For an operator who has signed in to the console.
    pub fn of(app: App, by: Text) -> Self {
        Self { app, by, author: Author::Console, precondition: None, reason: None }
    }

    /// For the caller of this API.
    pub fn of_caller(app: App, By(by, author): By) -> Self {
        Self { app, by, author, precondition: None, reason: None }
    }

    /// The same, with a precondition for its command.
    pub fn expecting(self, precondition: Precondition) -> Self {
        Self { precondition: Some(precondition), ..self }
    }

    /// The same, with the reason for its commands, which their audit lines have.
    pub fn because(self, reason: Text) -> Self {
        Self { reason: Some(reason), ..self }
    }

    /// The precondition of its command.
    pub fn precondition(&self) -> Option<&Precondition> {
        self.precondition.as_ref()
    }

    /// Reads the body of a PUT, and the version among its fields.
    ///
    /// # Errors
    /// As [`json`], or head and body name different versions.
    pub async fn change<T: DeserializeOwned>(self, request: Request) -> Result<(Self, T), Response> {
        let Change { form, version } = json(request).await?;
        let precondition = change::with_body(self.precondition.clone(), version);
        let precondition = precondition.map_err(|problem| problem.response())?;
        Ok((Self { precondition, ..self }, form))
    }

    /// The author.
    pub fn by(&self) -> &Text {
        &self.by
    }

    /// How the author has authenticated.
    pub fn author(&self) -> Author {
        self.author
    }

    /// Whether it may do alone what otherwise takes two operators: only the token of the settings in a sandbox, so that tests need no second
    /// operator.
    pub fn does_alone_what_takes_two(&self) -> bool {
        self.author == Author::SettingsToken && self.app.mode == Mode::Sandbox
    }

    /// Whether changes of operators need a second admin where there is one.
    pub fn second_admin(&self) -> SecondAdmin {
        if self.does_alone_what_takes_two() { SecondAdmin::Never } else { SecondAdmin::WhereThereIsOne }
    }

    /// Whether its changes of operators are proposed: there are two active admins, or it is a named token.
    pub fn needs_second(&self, known: &[Operator]) -> bool {
        let admins = known.iter().filter(|known| known.role == Role::Admin && !known.disabled).count();
        let is_named = matches!(self.author, Author::NamedToken(_));
        is_named || (admins >= 2 && self.second_admin() == SecondAdmin::WhereThereIsOne)
    }

    /// Runs a command and writes its audit line. A refusal is written as well, in the words that the caller gets.
    ///
    /// # Errors
    /// As [`engine::Engine::run`].
    pub async fn run_audited<C>(&self, command: C) -> Decided<C::Done, C::Refusal>
    where
        C: OperatorCommand<Refusal: Clone + Into<Problem>>,
    {
        Ok(self.replace(command).await?.map(|replaced| replaced.done))
    }

    /// The same, and returns the version of the row that this change has written: a later read may find a later version.
    ///
    /// # Errors
    /// As [`engine::Engine::run`].
    pub async fn replace<C>(&self, command: C) -> Decided<Replaced<C::Done>, C::Refusal>
    where
        C: OperatorCommand<Refusal: Clone + Into<Problem>>,
    {
        let entry = command.entry();
        let entry = match &self.reason {
            Some(reason) => entry.because(reason),
            None => entry,
        };
        let (action, subject) = (format!("refused {}", entry.action), Text::clone(&entry.subject));
        let (by, precondition, money_of_day) =
            (Text::clone(&self.by), self.precondition.clone(), self.app.money_per_day);
        let decided = self.app.engine.run(Audited { by, entry, command, precondition, money_of_day }).await?;
        if let Err(refusal) = &decided {
            self.write_audit_line(&action, &subject, &Problem::from(refusal.clone()).in_audit()).await?;
        }
        Ok(decided)
    }

    /// Runs a command that is not an operator's own, with an audit line of `action` and `subject`. A refusal is not written.
    ///
    /// # Errors
    /// As [`engine::Engine::run`].
    pub async fn run_with_line<C: Command>(
        &self,
        action: &str,
        subject: &str,
        command: C,
    ) -> Result<Result<C::Done, C::Refusal>, engine::Error> {
        let (by, entry) = (Text::clone(&self.by), AuditEntry::new(action, subject, ""));
        self.app.engine.run(WithAuditLine { by, entry, command }).await
    }

    /// Writes an audit line for something that this author was refused, within a limit: see [`crate::refusals`].
    ///
    /// # Errors
    /// As [`engine::Engine::run`].
    pub async fn write_refusal(
        &self,
        proof: Proof,
        action: &'static str,
        subject: &str,
        detail: &str,
    ) -> Result<(), engine::Error> {
        let kind = RefusalKind { by: Text::clone(&self.by), action, subject: Text::from(subject) };
        refusal_lines::refuse(&self.app, proof, kind, detail).await
    }

    /// Writes an audit line for an action that is not a command.
    ///
    /// # Errors
    /// As [`engine::Engine::run`].
    pub async fn write_audit_line(&self, action: &str, subject: &str, detail: &str) -> Result<(), engine::Error> {
        let (by, entry) = (Text::clone(&self.by), AuditEntry::new(action, subject, detail));
        let Ok(()) = self.app.engine.run(WriteAuditLine { by, entry }).await?;
        Ok(())
    }
}

impl Deref for OperatorContext {
    type Target = App;

    fn deref(&self) -> &App {
        &self.app
    }
}

impl FromRequestParts<App> for OperatorContext {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        // Requests that reach this extractor have been authenticated.
        let by = parts.extensions.get::<By>().cloned().ok_or_else(|| UNAUTHORIZED.into_response())?;
        let precondition = change::of_head(parts).map_err(|problem| problem.response())?;
        Ok(Self { precondition, ..Self::of_caller(app.clone(), by) })
    }
}
