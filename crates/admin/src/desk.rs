//! The operator's desk: who operates, and that what is done is written with who did it.

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
use super::reply::{UNAUTHORIZED, json};
use crate::App;
use edge::Mode;

/// Who has shown the settings' token; pages name theirs.
pub const API: &str = payments::TOKEN_HOLDER;

/// What an author has shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Author {
    /// A session of the console.
    Console,
    /// The token of the settings.
    SettingsToken,
    /// A token that was made here, with this role.
    NamedToken(Role),
}

/// Who operates, in the request's extensions.
#[derive(Clone, Debug)]
pub struct By(pub Text, pub Author);

/// What came of a command that may be refused.
pub type Decided<D, R> = Result<Result<D, AuditedRefusal<R>>, engine::Error>;

/// See the module.
#[derive(Clone, Debug)]
pub struct Desk {
    app: App,
    by: Text,
    author: Author,
    /// What its next command expects of the row that it replaces. Of every PUT: that there is none, unless it says a version.
    precondition: Option<Precondition>,
}

impl Desk {
    /// The desk of somebody who has shown who it is.
    pub fn of(app: App, by: Text) -> Self {
        Self { app, by, author: Author::Console, precondition: None }
    }

    /// The desk of who calls the API.
    pub fn of_caller(app: App, By(by, author): By) -> Self {
        Self { app, by, author, precondition: None }
    }

    /// The same, whose command replaces only what is expected.
    pub fn expecting(self, precondition: Precondition) -> Self {
        Self { precondition: Some(precondition), ..self }
    }

    /// What its command expects.
    pub fn precondition(&self) -> Option<&Precondition> {
        self.precondition.as_ref()
    }

    /// Reads the form of a PUT, and the version beside its fields.
    ///
    /// # Errors
    /// As [`json`], and: head and body say two versions.
    pub async fn change<T: DeserializeOwned>(self, request: Request) -> Result<(Self, T), Response> {
        let Change { form, version } = json(request).await?;
        let precondition = change::with_body(self.precondition.clone(), version);
        let precondition = precondition.map_err(|problem| problem.response())?;
        Ok((Self { precondition, ..self }, form))
    }

    /// Who sits at it.
    pub fn by(&self) -> &Text {
        &self.by
    }

    /// What its author has shown.
    pub fn author(&self) -> Author {
        self.author
    }

    /// Whether it does alone what takes two: a sandbox's settings' token, so that tests need no second operator.
    pub fn does_alone_what_takes_two(&self) -> bool {
        self.author == Author::SettingsToken && self.app.mode == Mode::Sandbox
    }

    /// Whether acts on operators need a second admin where there is one.
    pub fn second_admin(&self) -> SecondAdmin {
        if self.does_alone_what_takes_two() { SecondAdmin::Never } else { SecondAdmin::WhereThereIsOne }
    }

    /// Whether its acts on operators are proposed: there are two admins, or it is a named token.
    pub fn needs_second(&self, known: &[Operator]) -> bool {
        let admins = known.iter().filter(|known| known.role == Role::Admin && !known.disabled).count();
        let is_named = matches!(self.author, Author::NamedToken(_));
        is_named || (admins >= 2 && self.second_admin() == SecondAdmin::WhereThereIsOne)
    }

    /// Has a command decided, and written with its author. A refusal is written, too.
    ///
    /// # Errors
    /// As [`engine::Engine::run`].
    pub async fn operate<C: OperatorCommand>(&self, command: C) -> Decided<C::Done, C::Refusal> {
        Ok(self.replace(command).await?.map(|replaced| replaced.done))
    }

    /// The same, with the version of the row as this change has left it: a read after it may find a later one.
    ///
    /// # Errors
    /// As [`engine::Engine::run`].
    pub async fn replace<C: OperatorCommand>(&self, command: C) -> Decided<Replaced<C::Done>, C::Refusal> {
        let entry = command.entry();
        let (action, subject) = (format!("refused {}", entry.action), Text::clone(&entry.subject));
        let (by, precondition, money_of_day) =
            (Text::clone(&self.by), self.precondition.clone(), self.app.money_per_day);
        let decided = self.app.engine.run(Audited { by, entry, command, precondition, money_of_day }).await?;
        if let Err(refusal) = &decided {
            self.tell(&action, &subject, &format!("{refusal:?}")).await?;
        }
        Ok(decided)
    }

    /// Has a command decided that is no operator's, and written with its author as `action` about `subject`. A refusal is not written.
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

    /// Writes that something was done that is no command.
    ///
    /// # Errors
    /// As [`engine::Engine::run`].
    pub async fn tell(&self, action: &str, subject: &str, detail: &str) -> Result<(), engine::Error> {
        let (by, entry) = (Text::clone(&self.by), AuditEntry::new(action, subject, detail));
        let Ok(()) = self.app.engine.run(WriteAuditLine { by, entry }).await?;
        Ok(())
    }
}

impl Deref for Desk {
    type Target = App;

    fn deref(&self) -> &App {
        &self.app
    }
}

impl FromRequestParts<App> for Desk {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        // What gets here has shown a token.
        let by = parts.extensions.get::<By>().cloned().ok_or_else(|| UNAUTHORIZED.into_response())?;
        let precondition = change::of_head(parts).map_err(|problem| problem.response())?;
        Ok(Self { precondition, ..Self::of_caller(app.clone(), by) })
    }
}
