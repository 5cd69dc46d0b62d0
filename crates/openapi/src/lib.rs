//! `/openapi.json`: the requests and replies of every dialect, for people and for client generators.
//!
//! Shape: the operators' API is described at its handlers. Each other dialect has a table of [`Operation`]s here; the types of their replies are
//! those of `wire`. Refusals are the same for all operations of a dialect and are added in one place; examples come from a recorded file.
//! Absent: the operators' console, and alternative paths of the same services, with other prefixes or a trailing `/`.

mod examples;
mod finnotech;
mod oauth;
mod operation;
mod pages;
mod paystar;
mod pod;

use crate::operation::Operation;
use crate::operation::camel;
use crate::operation::named;
use crate::operation::object;
use crate::operation::text;
use serde_json::{Map, Value, json};
use utoipa::openapi::OpenApi;

/// The statuses with which an operation of a dialect may be refused, and the schema of these refusals. `tag` is the dialect; where the match names no
/// other schema, refusals have that of the operators' API.
fn refusals(tag: &str, path: &str) -> (&'static [(u16, &'static str)], &'static str) {
    const TOO_LARGE: (u16, &str) = (413, "the body is over 64 KiB");
    const TOO_LONG: (u16, &str) = (414, "the query is too long");
    const INVALID: (u16, &str) = (400, "a field is missing or invalid, or a rule refuses it");
    const BROKEN: (u16, &str) = (500, "the outcome is not known: inquire");
    const BUSY: (u16, &str) = (503, "nothing was done: try again");
    const UNAUTHORIZED: (u16, &str) = (401, "no credentials, or wrong ones");
    const FORBIDDEN: (u16, &str) = (403, "the token does not allow this");
    const TOO_MANY: (u16, &str) = (429, "too many requests: see `Retry-After`");
    const MISSING: (u16, &str) = (404, "there is none");
    const CONFLICT: (u16, &str) = (409, "it does not fit what is there");
    match tag {
        _ if path.starts_with("/sms/") => {
            (&[INVALID, UNAUTHORIZED, TOO_LARGE, TOO_LONG, TOO_MANY, BROKEN, BUSY], "Problem")
        }
        _ if path.starts_with("/.well-known/") => (&[INVALID, TOO_LARGE, TOO_LONG], "Problem"),
        "finnotech" => (
            &[
                INVALID,
                UNAUTHORIZED,
                FORBIDDEN,
                MISSING,
                (405, "a sandbox's fault: this path has other methods"),
                (408, "the outcome is not known: inquire"),
                TOO_LARGE,
                TOO_LONG,
                TOO_MANY,
                BROKEN,
                BUSY,
            ],
            "FinnotechRefusal",
        ),
        "paystar" => (
            &[
                (422, "fields are missing or invalid"),
                (400, "the request cannot be read"),
                TOO_LARGE,
                TOO_LONG,
                TOO_MANY,
                BUSY,
                (504, "the outcome is not known: inquire. There is no body"),
            ],
            "PaystarRefusal",
        ),
        "pod" => (&[INVALID, TOO_LARGE, TOO_LONG, TOO_MANY, BROKEN, BUSY], "PodFailure"),
        pages::TAG => {
            (&[INVALID, UNAUTHORIZED, FORBIDDEN, MISSING, CONFLICT, TOO_LARGE, TOO_LONG, TOO_MANY, BROKEN, BUSY], PAGE)
        }
        "oauth" => (&[INVALID, UNAUTHORIZED, TOO_LARGE, TOO_LONG, TOO_MANY, BROKEN, BUSY], "OauthFailure"),
        "operators" => {
            (&[INVALID, UNAUTHORIZED, FORBIDDEN, MISSING, CONFLICT, TOO_LARGE, TOO_LONG, BROKEN, BUSY], "Problem")
        }
        _ => (&[INVALID, TOO_LARGE, TOO_LONG], "Problem"),
    }
}

/// In the place of a schema's name: the refusal is a page.
const PAGE: &str = "";

const TAGS: [(&str, &str); 7] = [
    ("finnotech", "Bank transfers, charges of cards, reads and tokens, as Finnotech has them."),
    ("paystar", "Payments by telephone, as PayStar has them. A refusal is `status` 0, mostly with HTTP 200."),
    (
        "pod",
        "Invoices, as POD has them. A refusal is `hasError`, mostly with HTTP 200. Each service is also at `/srv/sc` and `/srv/core`.",
    ),
    ("oauth", "The log-in service."),
    ("operators", "Provisioning, reads, and the controls of a sandbox. Amounts are whole rials, instants RFC 3339."),
    (pages::TAG, "Pages for people: payers' links, payment, consent and log-in. A refusal is a page."),
    ("server", "Health of the process, metrics, and this document."),
];

/// The whole document as JSON, built on the document of the operators' API.
pub fn whole(operators: &OpenApi) -> String {
    // Documents always serialise.
    let mut document = serde_json::to_value(operators).unwrap_or_default();
    document["info"]["title"] = json!("Daric");
    document["info"]["description"] = json!(
        "A payment server that speaks the protocols of Finnotech, PayStar and POD over one ledger, and its operators' API. Amounts are whole rials."
    );
    document["tags"] = TAGS.iter().map(|(name, text)| json!({"name": name, "description": text})).collect();
    name_operations(&mut document);
    let operations = finnotech::operations().into_iter().chain(paystar::operations());
    let operations = operations.chain(pod::operations()).chain(oauth::operations());
    let operations = operations.chain(pages::operations()).chain(server());
    let mut components: Vec<(String, Value)> =
        [finnotech::components(), paystar::components(), pod::components(), oauth::components()].concat();
    for operation in operations {
        components.extend(operation.components);
        document["paths"][operation.path][operation.method] = Value::Object(operation.described);
    }
    for (name, schema) in components {
        document["components"]["schemas"][name] = schema;
    }
    let schemes = [finnotech::schemes(), pod::schemes(), oauth::schemes()];
    for (name, scheme) in schemes.into_iter().flatten() {
        document["components"]["securitySchemes"][name] = scheme;
    }
    // Tokens issued without consent have the schema of Finnotech's own token reply.
    if let Some(issued) = document["paths"].pointer_mut("/~1admin~1v1~1tokens/post/responses/200") {
        issued["content"] = json!({"application/json": {"schema": named("IssueBankTokenReply")}});
    }
    for (path, item) in document["paths"].as_object_mut().into_iter().flatten() {
        for operation in item.as_object_mut().into_iter().flat_map(Map::values_mut) {
            let tag = operation["tags"][0].as_str().unwrap_or_default();
            let (refusals, form) = refusals(tag, path);
            complete(operation, refusals, form);
        }
    }
    examples::add(&mut document);
    serde_json::to_string_pretty(&document).unwrap_or_default()
}

/// Adds the refusals, and the description and content that every response must have.
fn complete(operation: &mut Value, refusals: &[(u16, &str)], form: &str) {
    let Some(responses) = operation["responses"].as_object_mut() else { return };
    for (status, why) in refusals {
        responses.entry(status.to_string()).or_insert_with(|| json!({"description": why}));
    }
    for (status, response) in responses {
        let has_none = |member: &str, response: &Value| match &response[member] {
            Value::String(text) => text.is_empty(),
            Value::Object(members) => members.is_empty(),
            _ => true,
        };
        if has_none("description", response) {
            response["description"] = json!(match status.as_str() {
                "201" => "made",
                "202" => "taken on",
                status if status < "400" => "done",
                _ => "refused",
            });
        }
        if status.as_str() >= "400" && status != "504" && has_none("content", response) {
            response["content"] = match form {
                PAGE => pages::html(),
                form => json!({"application/json": {"schema": named(form)}}),
            };
        }
    }
}

/// Gives the operations of the operators' API unique ids: a verb and its subject.
fn name_operations(document: &mut Value) {
    for (path, item) in document["paths"].as_object_mut().into_iter().flatten() {
        for (method, operation) in item.as_object_mut().into_iter().flatten() {
            let handler = operation["operationId"].as_str().unwrap_or_default();
            let is_list = operation["responses"]["200"]["content"]["application/json"]["schema"]["type"] == "array";
            operation["operationId"] = json!(operation_id(method, path, handler, is_list));
            operation["tags"] = json!(["operators"]);
        }
    }
}

fn operation_id(method: &str, path: &str, handler: &str, is_list: bool) -> String {
    let verb = match (method, handler) {
        (_, "read") => "read",
        ("get", "list") => "list",
        ("get", _) if is_list => "list",
        ("get", _) => "get",
        _ => handler,
    };
    let is_one = !matches!(verb, "list" | "read");
    let singular = |part: &str| match part.strip_suffix("ies") {
        Some(stem) => format!("{stem}y"),
        None if matches!(part, "sms" | "pos") => part.to_owned(),
        None if part.ends_with("sses") => part.trim_end_matches("es").to_owned(),
        None => part.strip_suffix('s').unwrap_or(part).to_owned(),
    };
    let parts = path.trim_start_matches("/admin/v1/").split('/').filter(|part| !part.starts_with('{'));
    let nouns = parts.map(|part| if is_one { singular(part) } else { part.to_owned() });
    // Words that the verb already contains are not repeated.
    let nouns = nouns.filter(|noun| verb.split('_').all(|word| word != noun));
    let words = std::iter::once(verb.to_owned()).chain(nouns).collect::<Vec<_>>().join("_").replace('-', "_");
    camel(&words)
}

/// What `/readyz` checks.
const CHECKS: [&str; 4] = ["writer", "store", "disk", "clock"];

/// Endpoints of the process itself: health, metrics, and the document.
fn server() -> Vec<Operation> {
    let health = || object([("status", text("`ok`."))], &[]);
    let reason = || {
        let check = json!({"type": "string", "enum": CHECKS, "description": "What has failed."});
        object([("check", check), ("message", text("Why, for operators."))], &[])
    };
    let readiness = || {
        let reasons = json!({"type": "array", "items": reason(), "description": "All checks that have failed."});
        let status = text("`ok` or `unavailable`.");
        object(
            [("status", status), ("reason", text("All of `reasons` in one text.")), ("reasons", reasons)],
            &["reason", "reasons"],
        )
    };
    let mut ready = Operation::new("get", "/readyz", "readReadiness", "server", "Whether requests can be served.");
    ready.answers(
        503,
        "commands cannot be expected to be done, for these reasons",
        json!({"application/json": {"schema": named("ReadReadinessReply")}}),
    );
    let mut metrics = Operation::new("get", "/metrics", "readMetrics", "server", "Metrics, as Prometheus reads them.");
    metrics.answers(200, "all metrics", json!({"text/plain": {"schema": {"type": "string"}}}));
    let mut document = Operation::new("get", "/openapi.json", "readDocument", "server", "This document.");
    document.answers(200, "OpenAPI 3.1", json!({"application/json": {"schema": {"type": "object"}}}));
    vec![
        metrics,
        document,
        Operation::new("get", "/livez", "readLiveness", "server", "Whether the process runs.").replies(health()),
        Operation::new("get", "/healthz", "readHealth", "server", "The same as `/livez`.").replies(health()),
        ready.replies(readiness()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The schema behind a reference, or the schema itself.
    fn resolved<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
        let name = schema["$ref"].as_str().and_then(|name| name.rsplit('/').next());
        name.map_or(schema, |name| &document["components"]["schemas"][name])
    }

    fn is_described(document: &Value, schema: &Value) -> bool {
        let has_words = |schema: &Value| schema["description"].as_str().is_some_and(|words| !words.trim().is_empty());
        // A field that may be null has its description in the other form.
        let mut forms = schema["oneOf"].as_array().into_iter().flatten();
        has_words(schema) || has_words(resolved(document, schema)) || forms.any(has_words)
    }

    /// All fields inside of a schema: where they are, and whether they are described.
    fn fields(document: &Value, schema: &Value, path: &str, found: &mut Vec<(String, bool)>) {
        let schema = resolved(document, schema);
        let forms = [&schema["anyOf"], &schema["oneOf"]].into_iter().filter_map(Value::as_array).flatten();
        for inner in forms.chain(schema.get("items")) {
            fields(document, inner, path, found);
        }
        for (name, field) in schema["properties"].as_object().into_iter().flatten() {
            let name = format!("{path} {name}");
            found.push((name.clone(), is_described(document, field)));
            fields(document, field, &name, found);
        }
    }

    /// A reader cannot guess what `ivr`, `merchant_cid` or `creditorInvoiceId` is.
    #[test]
    fn every_field_of_the_platforms_says_what_it_is() {
        let document: Value = serde_json::from_str(&whole(&OpenApi::default())).unwrap();
        let (mut sent, mut returned, mut operations) = (Vec::new(), Vec::new(), 0);
        for (path, item) in document["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                operations += 1;
                let at = format!("{method} {path}:");
                for parameter in operation["parameters"].as_array().into_iter().flatten() {
                    let name = parameter["name"].as_str().unwrap_or_default();
                    sent.push((format!("{at} {name}"), is_described(&document, parameter)));
                }
                let bodies = |of: &Value, found: &mut Vec<(String, bool)>| {
                    let content = of["content"].as_object().into_iter().flat_map(Map::values);
                    content.for_each(|body| fields(&document, &body["schema"], &at, found));
                };
                bodies(&operation["requestBody"], &mut sent);
                let responses = operation["responses"].as_object().into_iter().flat_map(Map::values);
                responses.for_each(|response| bodies(response, &mut returned));
            }
        }
        assert!(operations > 70 && sent.len() > 400 && returned.len() > 500, "{operations} operations");
        let bare = |all: Vec<(String, bool)>| -> Vec<String> {
            all.into_iter().filter(|(_, is_described)| !is_described).map(|(name, _)| name).collect()
        };
        assert_eq!((bare(sent), bare(returned)), (Vec::new(), Vec::new()));
    }

    #[test]
    fn operations_are_named_by_what_they_do_and_what_it_is_about() {
        for (method, path, handler, is_list, id) in [
            ("get", "/admin/v1/accounts", "accounts", true, "listAccounts"),
            ("get", "/admin/v1/accounts/{id}", "account", false, "getAccount"),
            ("get", "/admin/v1/accounts/{id}/entries", "entries", true, "listAccountsEntries"),
            ("post", "/admin/v1/parties", "register", false, "registerParty"),
            ("put", "/admin/v1/payer-cards/{id}/gate", "set_gate", false, "setGatePayerCard"),
            ("get", "/admin/v1/businesses/{id}/look", "look", false, "getBusinessLook"),
            ("put", "/admin/v1/businesses/{id}/look", "set_look", false, "setLookBusiness"),
            ("post", "/admin/v1/sms", "send", false, "sendSms"),
            ("get", "/admin/v1/sms", "list", true, "listSms"),
            ("post", "/admin/v1/sms/{id}/resend", "resend", false, "resendSms"),
            ("get", "/admin/v1/day-close", "read", false, "readDayClose"),
            ("post", "/admin/v1/suspense/{entry}/release", "release", false, "releaseSuspense"),
            ("post", "/admin/v1/reset", "reset", false, "reset"),
        ] {
            assert_eq!(operation_id(method, path, handler, is_list), id, "{method} {path}");
        }
    }
}
