//! All routes of this process, on one port or on two.
//!
//! Each dialect provides its routes with their own state, and names its path prefixes. This module defines the order of the layers around them.

use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::{from_fn_with_state, map_response};
use axum::response::{IntoResponse, Response};
use edge::dialect::{Dialect, Dialects, Plain, Reads};
use edge::secrets::Secrets;
use edge::spans::NoSpans;
use edge::strict::Rule;
use edge::{Edge, Mode, Security, head, observe};
use engine::Clock;
use pod::services::PodState;
use web::PagePaths;

use crate::start::{self, Start};
use crate::trace_export::Traces;

/// The state of each dialect's handlers.
#[derive(Debug)]
pub struct Apps {
    /// Bank transfers, card charges, reads and tokens.
    pub finnotech: finnotech::App,
    /// Payments by telephone.
    pub paystar: paystar::App,
    /// Invoices, payers' pages and the log-in service.
    pub pod: pod::App,
    /// The operators' API and console.
    pub admin: admin::App,
}

/// All dialects, as crate `edge` sees them.
pub fn dialects(
    finnotech: &finnotech::Settings,
    pod: &Arc<PodState>,
    secrets: &Arc<Secrets>,
    clock: &Clock,
) -> Dialects {
    let operators = Plain { name: "admin", paths: &["/admin"], reads: Reads::AnyJson, reads_paths: true, sites: None };
    let inbound = Plain { name: "sms", paths: &["/sms"], reads: Reads::Either, reads_paths: true, sites: None };
    let all: [Arc<dyn Dialect>; 9] = [
        Arc::new(finnotech::paths::Paths { track_id_max_len: finnotech.track_id_max_len }),
        Arc::new(paystar::paths::Paths),
        Arc::new(pod::services::paths::Paths {
            pod: Arc::clone(pod),
            secrets: Arc::clone(secrets),
            clock: clock.clone(),
        }),
        Arc::new(pod::sso::paths::Tokens),
        Arc::new(pod::sso::paths::Pages),
        Arc::new(pod::sso::paths::DESCRIPTION),
        Arc::new(PagePaths(&["/dev/v2/oauth2/consent", "/v1/pbc", "/s", "/console", "/docs"])),
        Arc::new(operators),
        Arc::new(inbound),
    ];
    Dialects::new(all)
}

/// Answers paths without a route. The path may be a payer's link with letters in the wrong case.
async fn not_found(State(app): State<pod::App>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    if let Some(link) = pod::gateway::in_other_letters(&app, &parts).await {
        return link;
    }
    let is_of_no_dialect = app.edge.dialects.of(parts.uri.path()).paths().is_empty();
    match app.edge.mode {
        Mode::Sandbox if is_of_no_dialect && head::accepts_html(&parts.headers) => {
            start::missing(&parts.uri, &parts.headers)
        }
        Mode::Sandbox | Mode::Production => StatusCode::NOT_FOUND.into_response(),
    }
}

/// The same routes; in strict mode their handlers get only bodies of the types that they read.
fn typed<S: Clone + Send + Sync + 'static>(edge: &Edge, router: Router<S>) -> Router<S> {
    if !edge.strict.has(Rule::ContentType) {
        return router;
    }
    // A fallback set after the layer runs outside of it.
    let router = router.layer(from_fn_with_state(edge.clone(), observe::typed));
    router.method_not_allowed_fallback(async || StatusCode::METHOD_NOT_ALLOWED)
}

/// Where the operators' API, the console, metrics and health are served.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AdminPaths {
    /// On the port of the dialects.
    WithDialects,
    /// On a separate port. The port of the dialects answers 404 for them.
    OnTheirOwnPort,
}

/// The routes of each port.
#[derive(Debug)]
pub struct Routers {
    /// The dialects and the pages of payers; without a second port, everything.
    pub dialects: Router,
    /// What operators and monitoring use, on a separate port.
    pub admin: Option<Router>,
}

/// All routes of this process. Their requests have spans if there are traces.
pub fn routers(
    Apps { finnotech, paystar, pod, admin }: Apps,
    start: Start,
    paths: AdminPaths,
    traces: Option<&Traces>,
) -> Routers {
    let edge = finnotech.edge.clone();
    let (operators, described) = admin::router(&admin);
    let document = LazyLock::new(move || Bytes::from(openapi::whole(&described)));
    let document: admin::OpenApiDocument = Arc::new(move || Bytes::clone(&document));
    let of_operators = Router::new()
        .merge(typed(&edge, console::router(&admin)).with_state(admin.clone()))
        .merge(operators.with_state(admin.clone()))
        .merge(admin::health_router().with_state(admin));
    let of_payers = Router::new().merge(pod::gateway::router()).merge(pod::sso::router());
    let of_payers = pod::struck(&pod, of_payers).fallback(not_found);
    let of_payers = typed(&edge, of_payers).layer(from_fn_with_state(edge.clone(), web::framed));
    let mut dialects = Router::new()
        .merge(typed(&edge, finnotech::router(&finnotech)).with_state(finnotech))
        .merge(typed(&edge, paystar::router(&paystar)).with_state(paystar))
        .merge(typed(&edge, pod::struck(&pod, pod::services::router())).with_state(pod.clone()))
        .merge(of_payers.with_state(pod));
    if edge.mode == Mode::Sandbox {
        dialects = dialects.merge(start::router(start));
    }
    // Pages of both ports have styles, and the document describes both.
    let with_shared = |router: Router| {
        let router = router.merge(web::router()).merge(web::logo_router(&edge));
        let router = router.merge(admin::document_router(Arc::clone(&document)));
        observed(&edge, traces, router)
    };
    match paths {
        AdminPaths::WithDialects => Routers { dialects: with_shared(dialects.merge(of_operators)), admin: None },
        AdminPaths::OnTheirOwnPort => {
            Routers { dialects: with_shared(dialects), admin: Some(with_shared(of_operators)) }
        }
    }
}

/// The same routes within the layers that every request passes.
fn observed(edge: &Edge, traces: Option<&Traces>, router: Router) -> Router {
    let router = match edge.security {
        Security::Plain => router,
        Security::Tls => router.layer(map_response(web::over_tls)),
    };
    match traces {
        None => router.layer(from_fn_with_state((edge.clone(), NoSpans), observe::observe::<NoSpans>)),
        Some(traces) => router.layer(from_fn_with_state((edge.clone(), traces.clone()), observe::observe::<Traces>)),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]
mod tests {
    use axum::http::{HeaderMap, Request, header};
    use edge::dialect::QUERY;
    use edge::intake::{PARAMETERS, check};
    use edge::refused::Refused;
    use edge::strict::is_wrong_type;
    use engine::MachineTime;
    use payments::{ChargeRefusals, ClockMode};
    use pod::services::{PodSettings, SmsFields, SmsInbound};

    use super::*;

    fn spoken() -> Dialects {
        let finnotech = finnotech::Settings {
            track_id_max_len: 40,
            replay_duplicates: false,
            charge_refusals: ChargeRefusals::default(),
        };
        let sms_fields = SmsFields { from: "from".to_owned(), text: "text".to_owned() };
        let settings = PodSettings { tax_rate_micro: 0, sms_inbound: SmsInbound::Open, sms_fields };
        let clock = Clock::new(ClockMode::System, Arc::new(MachineTime));
        let (pod, secrets) = (PodState::new(settings).unwrap(), Secrets::new(&[7; 32], "operator"));
        dialects(&finnotech, &Arc::new(pod), &Arc::new(secrets), &clock)
    }

    #[test]
    fn a_path_belongs_to_a_dialect_by_its_whole_segments() {
        let dialects = spoken();
        for (path, below) in [
            ("/oak", "/oak"),
            ("/kyc/v2/clients/drops/x", "/kyc"),
            ("/cards", ""),
            ("/card", "/card"),
            ("/dev/v2/oauth2/consent", "/dev/v2/oauth2/consent"),
            ("/dev/v2/oauth2/consents", "/dev"),
            ("/v1/pbc/pay/0", "/v1/pbc"),
            ("/v1/x", "/v1"),
            ("/api/x", "/api"),
            ("/oauth2/token/info", "/oauth2/token"),
            ("/oauth2/tokens", "/oauth2"),
            ("/srvs", ""),
            ("/", ""),
        ] {
            let paths = dialects.of(path).paths();
            assert_eq!((paths.contains(&below), paths.is_empty()), (!below.is_empty(), below.is_empty()), "{path}");
        }
    }

    #[test]
    fn every_entrance_is_held_to_texts_and_limits() {
        let dialects = spoken();
        let checked = |target: &str, body: &[u8]| {
            let (parts, ()) = Request::builder().uri(target).body(()).unwrap().into_parts();
            check(&**dialects.of(parts.uri.path()), &parts, body).map(drop)
        };
        let field = |name: &str| Err(Refused::Field(name.to_owned()));
        let long = format!("/nzh/x?a={}", "x".repeat(QUERY));
        let back = format!("/oauth2/authorize?state={}", "x".repeat(QUERY));
        let many = "a=1&".repeat(PARAMETERS);
        for (target, body, expected) in [
            ("/oak/v2/clients/drops/transferTo?trackId=t-1", &br#"{"amount":5,"description":"\u0634"}"#[..], Ok(())),
            ("/oak/v2/clients/drops/transferTo?trackId=t-1", br#"{"description":"a\u0000"}"#, field("description")),
            ("/oak/v2/clients/dro%FFps/transferTo", b"", Ok(())),
            ("/admin/v1/terminals/%00", b"", field("path")),
            ("/dev/v2/oauth2/authorize?state=%00", b"", field("state")),
            ("/api/ivr/bpm/otp-v2", br#"{"sequence":"\ufffe"}"#, field("sequence")),
            ("/srv/sc/nzh/doServiceCall", b"description=%D3", field("description")),
            ("/srv/sc/nzh/doServiceCall", many.as_bytes(), Err(Refused::TooManyParameters)),
            ("/nzh/x?%00=1", b"", field("parameter")),
            (&long, b"", Err(Refused::QueryTooLong)),
            (&back, b"", Ok(())),
            ("/oauth2/token", b"scope=%00", field("scope")),
            ("/admin/v1/clients", br#"{"redirectOrigin":"http:\u0000"}"#, field("redirectOrigin")),
            // second-edition.md 1.3: a body that is not a form is refused where a form is read.
            ("/srv/sc/nzh/doServiceCall", br#" {"scProductId":29796}"#, field("body")),
            ("/nzh/getCredit", b"[]", field("body")),
            ("/nzh/getCredit?wallet=x", b"nothing", field("body")),
            ("/oauth2/token", br#"{"grant_type":"refresh_token"}"#, field("body")),
            ("/dev/v2/oauth2/authorize", br#"{"client_id":"drops"}"#, field("body")),
            ("/sms/inbound", br#"{"from":"09121234567"}"#, Ok(())),
            // A JSON text may contain any number of `&`; a body that is not a form is not read as one.
            ("/admin/v1/sms", format!("{{\"text\":\"{many}\"}}").as_bytes(), Ok(())),
            ("/api/ivr/bpm/otp-v2", b"\xff\xfe", Ok(())),
        ] {
            assert_eq!(checked(target, body), expected, "{target}");
        }
    }

    #[test]
    fn every_dialect_reads_bodies_of_its_own_types() {
        const FORM: &str = "application/x-www-form-urlencoded";
        let dialects = spoken();
        let is_platform_s = |path: &str| !["/nowhere", "/admin/v1/clients", "/sms/inbound"].contains(&path);
        for (path, json, form) in [
            ("/oak/v2/clients/drops/transferTo", true, false),
            ("/dev/v2/oauth2/token", true, false),
            ("/dev/v2/oauth2/authorize", false, true),
            ("/dev/v2/oauth2/consent", false, true),
            ("/api/ivr/bpm/pay", true, false),
            ("/srv/sc/nzh/doServiceCall", false, true),
            ("/oauth2/token", false, true),
            ("/admin/v1/clients", true, true),
            ("/sms/inbound", true, true),
            ("/console/sign-in", false, true),
            ("/nowhere", true, true),
        ] {
            let wrong = |kind: &'static str| {
                let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, kind.parse().unwrap())]);
                is_wrong_type(dialects.of(path).reads(path), &headers)
            };
            assert_eq!((!wrong("Application/JSON; charset=utf-8"), !wrong(FORM)), (json, form), "{path}");
            assert_eq!(
                (wrong("text/plain"), is_wrong_type(dialects.of(path).reads(path), &HeaderMap::new())),
                (is_platform_s(path), is_platform_s(path))
            );
        }
    }
}
