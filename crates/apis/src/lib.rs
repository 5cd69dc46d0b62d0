//! What enters the process: one folder a dialect, one file an endpoint.
//!
//! Handlers do four things: extract, authenticate, one call into the engine, translate.
//! Absent: SQL, outbound HTTP, rules of payments.

mod admin;
mod app;
mod basic;
mod body;
mod budget;
mod connections;
mod console;
mod cors;
mod device;
mod dialect;
mod document;
mod faults;
mod finnotech;
mod form;
mod head;
mod intake;
mod key_ring;
mod large;
mod observe;
mod ops;
mod pace;
mod pages;
mod passwords;
mod pay_page;
mod paystar;
mod pod;
mod reply;
mod request_log;
mod secrets;
mod sso;
mod strict;
mod telephone;
mod to_its_end;

pub use admin::secret::PublicSecrets;
pub use admin::values::DemoObject;
pub use app::{App, FinnotechSettings, Mode, Shared};
pub use budget::{Budgets, VISITS_PER_MINUTE};
pub use connections::Connections;
pub use cors::Origins;
pub use faults::{Faults, HangUp};
pub use head::READ as HEADERS;
pub use key_ring::{Key, KeyRing, Place};
pub use large::{AT_A_TIME as LARGE_REPLIES_AT_A_TIME, LargeReplies, PAGE_BYTES};
pub use observe::ready_metrics;
pub use pace::{CONSENTS_PER_MINUTE, Pace};
pub use pages::Security;
pub use pages::guard::origin_of;
pub use passwords::{hash as hash_password, place as password_place};
pub use pay_page::{Entries, LINKS as PAY_LINKS, STEPS as PAY_STEPS};
pub use paystar::{Arrivals, PaystarSettings};
pub use pod::{PodSettings, PodState, SmsFields, SmsInbound, scope_of};
pub use request_log::{Keeps, RequestLog};
pub use secrets::{NoRandomness, NotResealed, Secrets, WrongKey, masked};
pub use strict::{Rule, Strict, UnknownRule};
pub use telephone::{CALLS as TELEPHONE_CALLS, Sounds, TelephoneSettings, telephone};
pub use wire::finnotech::scopes;
pub use wire::pod::services::ALL as POD_SERVICES;

use std::net::{IpAddr, Ipv6Addr};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};

/// Whom a request comes from, in its extensions.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub IpAddr);

impl Peer {
    /// What a request counts against: see [`network`]. An address that is not known is one of its own.
    fn of(extensions: &axum::http::Extensions) -> IpAddr {
        extensions.get::<Self>().map_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED), |Self(address)| network(*address))
    }
}

/// What one caller has: an IPv4 address, or an IPv6 network of 64 bits.
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => {
            let [first, second, third, fourth, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(first, second, third, fourth, 0, 0, 0, 0))
        }
    }
}

/// The address that a request is routed by: doubled slashes in its path are one (second-edition.md 1.8).
pub fn routed(uri: Uri) -> Uri {
    if !uri.path().contains("//") {
        return uri;
    }
    let mut path = String::with_capacity(uri.path().len());
    for c in uri.path().chars().filter(|c| c.is_ascii()) {
        if c != '/' || !path.ends_with('/') {
            path.push(c);
        }
    }
    if let Some(query) = uri.query() {
        path.push('?');
        path.push_str(query);
    }
    // What was an address is one without some of its slashes.
    path.parse().unwrap_or(uri)
}

/// What no route is for: perhaps a payer's link in other letters.
async fn not_found(State(app): State<App>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let link = pay_page::in_other_letters(&app, &parts).await;
    link.unwrap_or_else(|| StatusCode::NOT_FOUND.into_response())
}

/// The same routes, whose handlers see bodies of their own types only, where strict mode demands it.
fn typed(app: &App, router: Router<App>) -> Router<App> {
    if !app.strict.has(Rule::ContentType) {
        return router;
    }
    // A fallback that is set behind the layer stands outside of it.
    let router = router.layer(axum::middleware::from_fn_with_state(app.clone(), observe::typed));
    router.method_not_allowed_fallback(async || StatusCode::METHOD_NOT_ALLOWED)
}

/// Everything that this process answers, on one port.
pub fn router(app: App) -> Router {
    let (admin, operators) = admin::router(&app);
    let of_payers = typed(&app, Router::new().merge(pay_page::router()).merge(sso::router()).fallback(not_found));
    let of_payers = of_payers.layer(axum::middleware::from_fn_with_state(app.clone(), pages::framed));
    let router = Router::new()
        .merge(typed(&app, finnotech::router(&app)))
        .merge(typed(&app, paystar::router(&app)))
        .merge(typed(&app, pod::router()))
        .merge(of_payers)
        .merge(typed(&app, console::router(&app)))
        .merge(admin)
        .merge(pages::router())
        .merge(ops::router(document::whole(&operators).into()));
    let router = match app.security {
        Security::Plain => router,
        Security::Tls => router.layer(axum::middleware::map_response(pages::over_tls)),
    };
    let observed = axum::middleware::from_fn_with_state(app.clone(), observe::observe);
    router.layer(observed).with_state(app)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubled_slashes_of_a_path_are_one_and_its_query_stays() {
        for (sent, expected) in [
            (
                "//oak/v2//clients/drops///transferTo?next=http://h//x",
                "/oak/v2/clients/drops/transferTo?next=http://h//x",
            ),
            ("/a/%2F/b", "/a/%2F/b"),
            ("///", "/"),
            ("//", "/"),
            ("/console//", "/console/"),
            ("/s/x?a=//", "/s/x?a=//"),
        ] {
            assert_eq!(routed(Uri::from_static(sent)).to_string(), expected, "{sent}");
        }
    }
}
