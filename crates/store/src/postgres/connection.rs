//! A connection: how it is established, its session settings, and its prepared statements.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::timeout;
use tokio_postgres::config::{Host, SslMode, TargetSessionAttrs};
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Config, Statement};
use tracing::warn;

use super::column::Kind;
use super::statement::{Names, Unprepared, Verb};
use super::tls;
use crate::Error;

/// How far this machine's clock may differ from the database's: statements of an account contain instants of several nodes.
pub(super) const CLOCK_SKEW_MS: i64 = 5_000;
/// How much longer than the server's own time-out this process waits, so that the server's error can arrive.
const TIMEOUT_MARGIN: Duration = Duration::from_millis(500);
/// After how long without traffic TCP keepalive probes begin, so that a dead peer is noticed even when nothing is sent.
const KEEPALIVE: Duration = Duration::from_secs(10);

/// The address of the database, and the time-out of its operations.
#[derive(Clone)]
pub(super) struct Database {
    config: Config,
    tls: tls::Connector,
    /// Time-out of a statement, of a wait for a lock, and of establishing a connection.
    pub(super) timeout: Duration,
}

/// The purpose of a connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Use {
    /// For the writer: every look-up uses an index.
    Write,
    /// For a reader.
    Read,
}

impl fmt::Debug for Database {
    /// Without the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database").field("hosts", &self.config.get_hosts()).finish_non_exhaustive()
    }
}

impl Database {
    pub(super) fn new(url: &str, timeout: Duration) -> Result<Self, Error> {
        let (address, roots) = tls::split(url);
        let mut config = Config::from_str(&address).map_err(|error| Error::Address(describe(&error)))?;
        if config.get_hosts().is_empty() {
            return Err(Error::Address("it names no host".to_owned()));
        }
        // Connections that stay on this machine are not encrypted: a socket has no name that a certificate could contain.
        if config.get_hosts().iter().all(|host| matches!(host, Host::Unix(_))) {
            config.ssl_mode(SslMode::Disable);
        }
        // Of several hosts, the one that accepts writes: after a failover it is another one.
        config.target_session_attrs(TargetSessionAttrs::ReadWrite);
        config.application_name("daric");
        config.connect_timeout(timeout).tcp_user_timeout(timeout + TIMEOUT_MARGIN).keepalives_idle(KEEPALIVE);
        let tls = tls::connector(roots.as_deref())?;
        Ok(Self { config, tls, timeout })
    }

    pub(super) fn config(&self) -> (Config, tls::Connector) {
        (self.config.clone(), self.tls.clone())
    }

    /// Waits for the database with a time-out.
    pub(super) async fn with_timeout<T>(
        &self,
        what: impl Future<Output = Result<T, tokio_postgres::Error>>,
    ) -> Result<T, ConnectionError> {
        match timeout(self.timeout + TIMEOUT_MARGIN, what).await {
            Ok(answer) => answer.map_err(ConnectionError::of),
            Err(_) => Err(ConnectionError::Lost("no answer in time".to_owned())),
        }
    }

    pub(super) async fn connect(&self, purpose: Use) -> Result<Connection, ConnectionError> {
        let (client, connection) = self.with_timeout(self.config.connect(self.tls.clone())).await?;
        tokio::spawn(async move {
            // Users of the client get the same error.
            if let Err(error) = connection.await {
                warn!(error = describe(&error), "lost a connection to the database");
            }
        });
        self.prepare(&client, purpose).await?;
        Ok(Connection { client, statements: Mutex::default() })
    }

    /// Sets time-outs and planner settings of the session, and compares the clocks.
    pub(super) async fn prepare(&self, client: &Client, purpose: Use) -> Result<(), ConnectionError> {
        let timeout_ms = self.timeout.as_millis();
        // An acknowledged commit must be on the disk, and on a synchronous standby if there is one. A transaction that
        // hangs because this process hangs must not hold its locks for long.
        let limits = format!(
            "SET statement_timeout = {timeout_ms}; SET lock_timeout = {timeout_ms};
             SET idle_in_transaction_session_timeout = {timeout_ms};
             SELECT set_config('synchronous_commit', 'on', false)
             WHERE current_setting('synchronous_commit') IN ('off', 'local')"
        );
        self.with_timeout(client.batch_execute(&limits)).await?;
        // Plans are made once, often while tables are empty; our statements have one correct plan, by the index. Compatible databases that do not
        // know these settings choose their own plans.
        let mut planning =
            vec!["SET plan_cache_mode = force_generic_plan", "SET jit = off", "SET enable_seqscan = off"];
        if purpose == Use::Write {
            planning.extend(["SET enable_hashjoin = off", "SET enable_mergejoin = off", "SET enable_bitmapscan = off"]);
        }
        for setting in planning {
            match self.with_timeout(client.batch_execute(setting)).await {
                Ok(()) | Err(ConnectionError::Server { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        let clock = "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)";
        let row = self.with_timeout(client.query_one(clock, &[])).await?;
        let theirs_ms: i64 = row.try_get(0).map_err(ConnectionError::of)?;
        let ours_ms =
            std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default().as_millis();
        let off_ms = i64::try_from(ours_ms).unwrap_or(i64::MAX).saturating_sub(theirs_ms);
        if off_ms.abs() > CLOCK_SKEW_MS {
            return Err(ConnectionError::Lost(format!("this machine's clock is {off_ms} ms off the database's")));
        }
        Ok(())
    }
}

/// An error on a connection.
#[derive(Debug)]
pub(super) enum ConnectionError {
    /// The server refused a statement; the transaction is aborted.
    Server { code: SqlState, what: String },
    /// The connection is unusable: the outcome of the last statements is unknown.
    Lost(String),
    /// A row cannot be written, or is not as it must be.
    Row(Error),
}

impl ConnectionError {
    pub(super) fn of(error: tokio_postgres::Error) -> Self {
        let what = describe(&error);
        match error.code() {
            Some(code) if !ends_connection(code) => Self::Server { code: code.clone(), what },
            _ => Self::Lost(what),
        }
    }
}

/// Only for operations that have certainly not been committed.
impl From<ConnectionError> for Error {
    fn from(error: ConnectionError) -> Self {
        match error {
            ConnectionError::Server { code, what } if is_conflict(&code) => Self::Conflict(what),
            ConnectionError::Server { code, .. } if is_permanent(&code) => {
                Self::Rejected(format!("SQLSTATE {}", code.code()))
            }
            ConnectionError::Server { code, .. } if code == SqlState::DISK_FULL => Self::Full,
            ConnectionError::Server { what, .. } | ConnectionError::Lost(what) => Self::Unavailable(what),
            ConnectionError::Row(error) => error,
        }
    }
}

impl From<Error> for ConnectionError {
    fn from(error: Error) -> Self {
        Self::Row(error)
    }
}

/// Whether another commit came first: serialization failure, deadlock, unique violation, and the division by zero with which statements report that a
/// cached row has changed.
fn is_conflict(code: &SqlState) -> bool {
    [
        SqlState::T_R_SERIALIZATION_FAILURE,
        SqlState::T_R_DEADLOCK_DETECTED,
        SqlState::UNIQUE_VIOLATION,
        SqlState::DIVISION_BY_ZERO,
    ]
    .contains(code)
}

/// Whether a retry fails in the same way: data exceptions, constraint violations except unique ones (which are
/// conflicts), statements that the database does not know, program limits.
fn is_permanent(code: &SqlState) -> bool {
    ["22", "23", "42", "54"].iter().any(|class| code.code().starts_with(class))
}

/// Whether the server is shutting down, is not the primary any more, or does not know the outcome of a statement.
fn ends_connection(code: &SqlState) -> bool {
    [
        SqlState::ADMIN_SHUTDOWN,
        SqlState::CRASH_SHUTDOWN,
        SqlState::CANNOT_CONNECT_NOW,
        SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
        SqlState::READ_ONLY_SQL_TRANSACTION,
        SqlState::T_R_STATEMENT_COMPLETION_UNKNOWN,
    ]
    .contains(code)
        || code.code().starts_with("08")
}

/// The error with its causes, of which tokio-postgres prints only the outermost. It never contains a parameter.
pub(super) fn describe(error: &tokio_postgres::Error) -> String {
    match error.as_db_error() {
        // Without `detail`, which quotes the row.
        Some(server) => format!("{} ({})", server.message(), server.code().code()),
        None => {
            let mut text = error.to_string();
            let mut cause = std::error::Error::source(error);
            while let Some(inner) = cause {
                text = format!("{text}: {inner}");
                cause = inner.source();
            }
            text
        }
    }
}

/// A connection and its prepared statements.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) client: Client,
    /// Prepared statements by table and verb, or by a name.
    statements: Mutex<HashMap<(&'static str, Option<Verb>), Statement>>,
}

impl Connection {
    /// The prepared statement of a verb on a table.
    pub(super) async fn statement(
        &self,
        database: &Database,
        verb: Verb,
        names: Names,
        kinds: &[Kind],
    ) -> Result<Statement, ConnectionError> {
        self.prepare(database, Unprepared::Verb(verb, names), kinds).await
    }

    /// The statement, prepared for columns of these kinds.
    pub(super) async fn prepare(
        &self,
        database: &Database,
        statement: Unprepared,
        kinds: &[Kind],
    ) -> Result<Statement, ConnectionError> {
        self.prepared(database, statement.name(), kinds, || statement.text(kinds)).await
    }

    /// A prepared statement with a name; its parameters are columns of these kinds. Without kinds the server infers the types.
    pub(super) async fn named(
        &self,
        database: &Database,
        name: &'static str,
        kinds: &[Kind],
        text: impl FnOnce() -> String,
    ) -> Result<Statement, ConnectionError> {
        self.prepared(database, (name, None), kinds, text).await
    }

    async fn prepared(
        &self,
        database: &Database,
        name: (&'static str, Option<Verb>),
        kinds: &[Kind],
        text: impl FnOnce() -> String,
    ) -> Result<Statement, ConnectionError> {
        let known = self.statements.lock().get(&name).cloned();
        if let Some(statement) = known {
            return Ok(statement);
        }
        let types: Vec<_> = kinds.iter().map(|kind| kind.array()).collect();
        let statement = database.with_timeout(self.client.prepare_typed(&text(), &types)).await?;
        self.statements.lock().insert(name, statement.clone());
        Ok(statement)
    }
}
