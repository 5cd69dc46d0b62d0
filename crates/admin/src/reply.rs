//! Requests and replies of the operators' API, in plain JSON.

use axum::Json;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::header::ETAG;
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use payments::{LAST_PARTY, PartyId, Version, Versioned};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};
use store::Page;
use utoipa::{IntoParams, ToSchema};

use edge::Edge;

use super::described::Fields;
use super::problem::problem;
pub use super::problem::{NOT_FOUND, Problem, UNAUTHORIZED};
use edge::body;
use edge::large::{Asks, Listed, NoPage, Page as LargePage};
use edge::observe::Cause;
use edge::refused::BodyFault;

/// The result of a command, or the reply that refuses it.
///
/// # Errors
/// The command was refused, or the store failed.
pub fn done<D, R: Into<Problem>>(decided: Result<Result<D, R>, engine::Error>) -> Result<D, Response> {
    decided.map_err(|error| broken(&error))?.map_err(|refusal| refusal.into().response())
}

/// The same, for a command that books an opening balance.
///
/// # Errors
/// As [`done`].
pub fn opened<D, R: Into<Problem>>(decided: Result<Result<D, R>, engine::Error>) -> Result<D, Response> {
    decided.map_err(|error| broken(&error))?.map_err(|refusal| refusal.into().of_opening().response())
}

/// The version of a row, as a change has written it or as it was read.
pub fn version(written: Option<Version>, row: &Versioned<'_>) -> String {
    written.unwrap_or_else(|| Version::of(row)).as_str().to_owned()
}

/// A row with its version, which is also the `ETag`.
pub fn versioned(status: StatusCode, body: &impl Serialize, version: &str) -> Response {
    let mut response = (status, Json(body)).into_response();
    if let Ok(tag) = HeaderValue::from_str(&format!("\"{version}\"")) {
        response.headers_mut().insert(ETAG, tag);
    }
    response
}

/// An internal error: its details are only in the log.
pub fn broken(error: &engine::Error) -> Response {
    let problem = match error.is_passing() {
        true => problem(StatusCode::SERVICE_UNAVAILABLE, "BUSY", "nothing was done; try again"),
        false => problem(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL", "look for the request's id in the log"),
    };
    let mut response = problem.response();
    response.extensions_mut().insert(Cause(error.to_string()));
    response
}

/// The same, for a read.
pub fn unread(error: store::Error) -> Response {
    broken(&engine::Error::Store(error))
}

/// A page of a list whose size the caller may choose (`limit`).
///
/// # Errors
/// The page would be too large, or other large replies have reserved all bytes.
pub async fn listed<T: Serialize + Sync>(edge: &Edge, rows: Vec<T>) -> Result<Response, Response> {
    rendered(edge.large.page(Asks::Operators), rows).await
}

/// A whole list of few rows.
///
/// # Errors
/// Other large replies have reserved all bytes.
pub async fn whole_list<T: Serialize + Sync>(edge: &Edge, rows: Vec<T>) -> Result<Response, Response> {
    rendered(edge.large.whole(Asks::Operators), rows).await
}

async fn rendered<T: Serialize + Sync>(page: LargePage, found: Vec<T>) -> Result<Response, Response> {
    let Listed { rows, reservation } = rows(page, found).await?;
    Ok(edge::reply::large(reservation, &rows))
}

/// The rendered rows of a list.
///
/// # Errors
/// As [`listed`].
pub async fn rows<T: Serialize + Sync>(mut page: LargePage, found: Vec<T>) -> Result<Listed, Response> {
    for row in found {
        page.push(&row).await.map_err(|why| match why {
            NoPage::TooLarge(fit) => {
                Problem::invalid("limit", format!("the rows are large: {fit} at most here")).response()
            }
            NoPage::Busy => broken(&engine::Error::Busy),
            NoPage::Broken(error) => broken(&engine::Error::Unexpected(error.to_string())),
        })?;
    }
    Ok(page.end())
}

/// Reads a JSON body.
///
/// # Errors
/// The reply names the field that is wrong, or the line and column.
pub async fn json<T: DeserializeOwned>(request: Request) -> Result<T, Response> {
    let (parts, body) = request.into_parts();
    let too_large = problem(StatusCode::PAYLOAD_TOO_LARGE, "TOO_LARGE", "the body is over 64 KiB");
    let bytes = body::read(&parts, body).await.map_err(|fault| match fault {
        BodyFault::TooLarge => too_large.response(),
        BodyFault::Broken => Problem::invalid("body", "the body ended early").response(),
    })?;
    if bytes.iter().find(|byte| !byte.is_ascii_whitespace()) != Some(&b'{') {
        return Err(Problem::invalid("body", "a JSON object").response());
    }
    let sent = match parts.extensions.get::<Fields>() {
        None => None,
        // If the body is not JSON, the error below names line and column.
        Some(fields) => fields.read(&bytes),
    };
    let read = match &sent {
        Some(sent) => serde_json::from_str(&sent.body),
        None => serde_json::from_slice(&bytes),
    };
    read.map_err(|error| match sent.and_then(|sent| sent.suspect) {
        Some((field, wanted)) => Problem::named(field, wanted).response(),
        None => Problem::invalid("body", error.to_string()).response(),
    })
}

/// A call that takes no body: an empty one, or an object without fields.
#[derive(Clone, Copy, Debug)]
pub struct EmptyBody;

impl<S: Send + Sync> FromRequest<S> for EmptyBody {
    type Rejection = Response;

    async fn from_request(request: Request, _: &S) -> Result<Self, Response> {
        let (parts, body) = request.into_parts();
        let refused = || Problem::invalid("body", "this call takes none").response();
        let bytes = body::read(&parts, body).await.map_err(|_| refused())?;
        let sent: Vec<u8> = bytes.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
        if sent.is_empty() || sent == b"{}" { Ok(Self) } else { Err(refused()) }
    }
}

/// The number in a path.
#[derive(Clone, Copy, Debug)]
pub struct Id(pub i64);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path = Path::<i64>::from_request_parts(parts, state).await;
        path.map(|Path(id)| Self(id)).map_err(|_| Problem::invalid("id", "a whole number"))
    }
}

/// The number of a party in a path.
#[derive(Clone, Copy, Debug)]
pub struct Named(pub PartyId);

impl<S: Send + Sync> FromRequestParts<S> for Named {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Id(id) = Id::from_request_parts(parts, state).await?;
        PartyNumber(Some(id)).named("id").map(Self)
    }
}

/// The number of a party in a body. Any whole number is accepted here, so that the refusal names the field.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct PartyNumber(Option<i64>);

impl<'de> Deserialize<'de> for PartyNumber {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        i128::deserialize(from).map(|number| Self(i64::try_from(number).ok()))
    }
}

impl PartyNumber {
    /// The party with this number.
    ///
    /// # Errors
    /// No party can have this number.
    pub fn named(self, field: &'static str) -> Result<PartyId, Problem> {
        let wanted = || Problem::invalid(field, format!("the number of a party: 1 to {LAST_PARTY}"));
        self.0.and_then(PartyId::numbered).ok_or_else(wanted)
    }
}

/// Default and maximum number of rows in a page.
const PAGE: usize = 100;

/// How many rows of a list: 1 to 100, and 100 where it is not said.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[schema(value_type = u64, minimum = 1, maximum = 100)]
pub struct PageLimit(usize);

impl Default for PageLimit {
    fn default() -> Self {
        Self(PAGE)
    }
}

impl PageLimit {
    /// The number of rows.
    ///
    /// # Errors
    /// The number is 0, or more than a page has.
    pub fn rows(self) -> Result<usize, Problem> {
        let fits = (1..=PAGE).contains(&self.0);
        fits.then_some(self.0).ok_or_else(|| Problem::invalid("limit", format!("1 to {PAGE}")))
    }
}

/// Which rows of a list, by their numbers.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Paging {
    /// Only rows with a greater number than this.
    #[serde(default)]
    after: i64,
    /// The maximum number of rows: 1 to 100, and no more than fit into one reply (a refusal says how many do).
    #[serde(default)]
    #[param(inline, required = false)]
    limit: PageLimit,
}

impl Paging {
    /// The page that the parameters select.
    ///
    /// # Errors
    /// As [`PageLimit::rows`].
    pub fn page(&self) -> Result<Page, Problem> {
        Ok(Page { after: self.after, limit: self.limit.rows()? })
    }
}

/// Which rows of a list whose newest are first.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct NewestFirst {
    /// Only rows with a smaller number than this.
    before: Option<i64>,
    /// The maximum number of rows: 1 to 100, and no more than fit into one reply (a refusal says how many do).
    #[serde(default)]
    #[param(inline, required = false)]
    limit: PageLimit,
}

impl NewestFirst {
    /// The page of rows below the given number.
    ///
    /// # Errors
    /// As [`PageLimit::rows`].
    pub fn page(&self) -> Result<Page, Problem> {
        Ok(Page { after: self.before.unwrap_or(i64::MAX), limit: self.limit.rows()? })
    }
}

/// The parameters of a query string.
#[derive(Clone, Copy, Debug)]
pub struct Params<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Params<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let query = Query::<T>::from_request_parts(parts, state).await;
        query
            .map(|Query(params)| Self(params))
            .map_err(|_| Problem::invalid("query", "a parameter is not described, is repeated, or cannot be read"))
    }
}
