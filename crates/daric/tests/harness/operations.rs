//! The operations of `/openapi.json`, and calls of them.

use serde_json::Value;

use super::client::Call;
use super::pod::SHOP;
use super::world::{BASIC, Caller, OPERATOR};

/// An operation of the document.
pub struct Operation {
    pub method: String,
    pub path: String,
    pub described: Value,
}

/// The operations that programs call.
pub fn operations(document: &Value) -> Vec<Operation> {
    all_operations(document).into_iter().filter(|operation| !operation.is_page()).collect()
}

/// The same and the pages.
pub fn all_operations(document: &Value) -> Vec<Operation> {
    let paths = document["paths"].as_object().unwrap().iter();
    let all = paths.flat_map(|(path, item)| {
        item.as_object().unwrap().iter().map(move |(method, described)| Operation {
            method: method.to_uppercase(),
            path: path.clone(),
            described: described.clone(),
        })
    });
    all.collect()
}

impl Operation {
    /// Whether it is a page or a form of one.
    pub fn is_page(&self) -> bool {
        self.described["tags"][0] == "pages"
    }

    /// A call with a value of the demo world in each place of the path.
    pub fn call(&self) -> Call {
        let filled = self.path.split('/').map(|part| match part {
            "{client}" => "drops",
            "{deposit}" => "0302876214008",
            "{nid}" => "1111111111",
            part if part.starts_with('{') => "1",
            part => part,
        });
        Call::new(&self.method, &filled.collect::<Vec<_>>().join("/"))
    }

    /// The media type of its body.
    pub fn kind(&self) -> Option<&str> {
        self.described["requestBody"]["content"].as_object()?.keys().next().map(String::as_str)
    }
}

/// Tokens with which callers authenticate.
pub struct Credentials {
    pub tokens: Vec<String>,
}

impl Credentials {
    pub async fn of(world: &mut Caller) -> Self {
        let mut tokens = Vec::new();
        for name in ["code062", "cc"] {
            tokens.push(world.named_token(name).await.unwrap().value);
        }
        Self { tokens }
    }

    /// The calls of an operation, one for each of its kinds of credentials.
    pub fn on(&self, operation: &Operation) -> Vec<Call> {
        let call = operation.call().header("if-match", "*");
        let schemes = operation.described.get("security").and_then(Value::as_array);
        // An operation without a security requirement takes the operator's token.
        let Some(schemes) = schemes else { return vec![call.bearer(OPERATOR)] };
        let names = schemes.iter().flat_map(|scheme| scheme.as_object().unwrap().keys());
        let mut calls: Vec<Call> = names
            .flat_map(|name| match name.as_str() {
                "finnotechClient" | "oauthClient" => vec![call.clone().header("authorization", BASIC)],
                "finnotechToken" => self.tokens.iter().map(|token| call.clone().bearer(token)).collect(),
                "podToken" => vec![call.clone().header("_token_", SHOP)],
                "smsProvider" => Vec::new(),
                other => panic!("no credentials for {other}"),
            })
            .collect();
        if calls.is_empty() {
            calls.push(call);
        }
        calls
    }
}
