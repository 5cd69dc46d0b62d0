//! The sandbox's faults around calls of POD: its services, its log-in service, links, and payers' pages.
//!
//! Shape: a layer reads what rules look at in a call, and the layer of crate `sandbox` strikes it. A production server has neither.

use std::sync::Arc;

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::Method;
use axum::http::request::Parts;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use sandbox::{Facts, Faults, LINK, pod_operation, strike};
use wire::pairs::Pairs;
use wire::pod::services;

use crate::App;
use crate::services::{invoice_named, params_of};

/// The same routes; in a sandbox, rules strike them.
pub fn struck(app: &App, router: Router<App>) -> Router<App> {
    match &app.faults {
        Some(faults) => router
            .layer(from_fn_with_state(Arc::clone(faults), strike))
            .layer(from_fn_with_state(Arc::clone(faults), look)),
        None => router,
    }
}

/// Adds the facts about a call, while rules are armed. A HEAD request does not use up a rule.
async fn look(State(faults): State<Arc<Faults>>, request: Request, next: Next) -> Response {
    if !faults.concern(request.headers()) || request.method() == Method::HEAD {
        return next.run(request).await;
    }
    let (mut parts, body) = request.into_parts();
    let facts = facts(&parts);
    parts.extensions.insert(facts);
    next.run(Request::from_parts(parts, body)).await
}

fn facts(parts: &Parts) -> Facts {
    let params = params_of(parts, parts.extensions.get::<Pairs>());
    let pattern = parts.extensions.get::<MatchedPath>().map_or("", MatchedPath::as_str);
    let operation = operation(pattern.trim_end_matches('/'), params.get("scProductId"));
    Facts { operation, track_id: invoice_named(&params), ..Facts::default() }
}

/// The name of a route among the services.
fn operation(pattern: &str, product: Option<&str>) -> String {
    if let Some(rest) = pattern.strip_prefix("/oauth2/") {
        return format!("sso/{rest}");
    }
    if let Some(rest) = pattern.strip_prefix("/v1/pbc/pay/{gs}") {
        return format!("page{rest}");
    }
    if ["/v1/pbc/", "/s/"].iter().any(|links| pattern.starts_with(links)) {
        return LINK.to_owned();
    }
    match pattern.rsplit('/').next().unwrap_or_default() {
        "doServiceCall" => {
            let row = product.and_then(|id| id.parse().ok()).and_then(services::numbered);
            row.map(pod_operation).unwrap_or_default()
        }
        name => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_has_the_name_that_rules_know_it_by() {
        for (pattern, product, name) in [
            ("/srv/sc/nzh/doServiceCall", Some("29796"), "issueInvoice"),
            ("/srv/sc/nzh/doServiceCall", Some("369550"), "369550"),
            ("/nzh/doServiceCall", None, ""),
            ("/srv/core/nzh/biz/payInvoice", None, "payInvoice"),
            ("/oauth2/token", None, "sso/token"),
            ("/oauth2/token/info", None, "sso/token/info"),
            ("/v1/pbc/pay/{gs}", None, "page"),
            ("/v1/pbc/pay/{gs}/card/pay", None, "page/card/pay"),
            ("/v1/pbc/biz/{link}", None, "link"),
            ("/s/{key}", None, "link"),
        ] {
            assert_eq!(operation(pattern, product), name, "{pattern}");
        }
    }
}
