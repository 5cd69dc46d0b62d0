//! `daric api`: any call of the server.

use clap::{Args, ValueEnum};
use reqwest::Method;
use serde_json::Value;

use crate::client::{Call, JSON, LONG_WORK, refused};
use crate::description::Description;
use crate::failure::Failure;
use crate::fields::{BodyFlags, pairs};
use crate::output::{bytes, line};
use crate::server_flags::ServerFlags;
use crate::session::Session;

/// Where a path without a `/` at its beginning is.
const BELOW: &str = "/admin/v1/";

/// What `daric api` takes.
#[derive(Args, Debug)]
pub struct Flags {
    /// The method
    #[arg(value_name = "METHOD")]
    method: MethodName,
    /// The path, with or without a query; without a / at its beginning it is below /admin/v1/
    #[arg(value_name = "PATH")]
    path: String,
    #[command(flatten)]
    body: BodyFlags,
    /// A further header: 'Name: value'
    #[arg(short = 'H', long = "header", value_name = "HEADER")]
    headers: Vec<String>,
    #[command(flatten)]
    server: ServerFlags,
}

#[derive(ValueEnum, Clone, Copy, Debug)]
enum MethodName {
    Get,
    Post,
    Put,
    Delete,
}

impl MethodName {
    fn method(self) -> Method {
        match self {
            Self::Get => Method::GET,
            Self::Post => Method::POST,
            Self::Put => Method::PUT,
            Self::Delete => Method::DELETE,
        }
    }
}

/// Sends the call and prints the body of the answer, whatever its status is.
///
/// # Errors
/// There is no answer, or its status is 400 or above.
pub fn run(flags: &Flags, description: &Description) -> Result<(), Failure> {
    let method = flags.method.method();
    let target = if flags.path.starts_with('/') { flags.path.clone() } else { format!("{BELOW}{}", flags.path) };
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let operation = description.at(&method, path);
    let described = operation.as_ref().and_then(|operation| operation.body.as_ref());
    let mut call = Call::new(method.clone(), path).within(LONG_WORK);
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        call = call.query(&name, value);
    }
    for header in &flags.headers {
        let (name, value) =
            header.split_once(':').ok_or_else(|| Failure::Usage("-H: a header is 'Name: value'".to_owned()))?;
        call = call.header(name.trim(), value.trim());
    }
    let takes_body = match &operation {
        Some(operation) => operation.body.is_some(),
        None => method == Method::POST || method == Method::PUT,
    };
    if !takes_body && flags.body.body.is_none() {
        for (name, value) in pairs(&flags.body.data)? {
            call = call.query(&name, value);
        }
    } else if let Some((kind, bytes)) = flags.body.bytes(described)? {
        call = call.body(kind, bytes);
    }
    let session = Session::new(&flags.server)?;
    let reply = session.client.send(call)?;
    match serde_json::from_slice::<Value>(&reply.body) {
        _ if reply.body.is_empty() => {}
        Ok(value) if !session.output.is_json() && reply.kind == JSON => {
            line(&serde_json::to_string_pretty(&value).unwrap_or_default())?;
        }
        Ok(_) => session.output.json(reply.text()?)?,
        Err(_) => bytes(&reply.body)?,
    }
    if reply.status.is_client_error() || reply.status.is_server_error() {
        return Err(refused(path, &reply));
    }
    Ok(())
}
