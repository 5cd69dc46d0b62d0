//! The services of the POD dialect: one file per service or group of related services, and one table from services to handlers.

mod call;
mod cancel_invoice;
mod close_invoice;
mod confirm_invoice_payment_sms;
mod done;
mod errors;
mod failed;
mod faults;
mod get_account_bill;
mod get_credit;
mod get_invoice_list;
mod get_invoice_payment_link;
mod get_ott;
mod get_user_profile;
mod guild_list;
mod inbound;
pub mod invoice;
mod issue_invoice;
mod ott;
pub mod paths;
mod pay_invoice;
mod pay_invoice_by_credit;
mod pay_invoice_by_invoice;
mod pay_invoice_by_permission;
mod pay_invoice_by_pos;
mod pay_invoice_in_future;
mod reduce_invoice;
mod reference;
mod reply;
mod scopes;
mod send_invoice_payment_link;
mod send_invoice_payment_sms;
mod state;
mod transfer_by_invoice;
mod verify_invoice;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use axum::routing::{MethodRouter, get};
use futures_util::future::BoxFuture;
use wire::pairs::Pairs;
use wire::pod::errors as failures;
use wire::pod::read_params::Params;
use wire::pod::service_parameters;
use wire::pod::services::{self, Callers, Row, Service};

use crate::App;
pub use call::date;
pub use call::params_of;
use call::{Call, credential};
use done::Done;
use edge::body;
use edge::refused::BodyFault;
use edge::strict::{Rule, Strict};
pub use errors::failure_of;
use failed::Failed;
pub use faults::{invoice_named, strike};
use sandbox::{Armed, Facts, PodFault, pod_operation};
pub use scopes::scope_of;
pub use state::{PodSettings, PodState, SmsFields, SmsInbound};

type Answer<'a> = BoxFuture<'a, Result<Done, Failed>>;

/// Whether a service writes. A service that only reads first applies the changes of other processes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    Reads,
    Writes,
}

/// The handler of a service. The match is exhaustive, so that a new service does not compile without a handler.
fn served(service: Service) -> (Kind, for<'a> fn(&'a Call<'a>) -> Answer<'a>) {
    macro_rules! table {
        ($($service:ident => $kind:ident $handler:path,)*) => {
            match service {
                $(Service::$service => (Kind::$kind, |call| Box::pin($handler(call))),)*
            }
        };
    }
    table! {
        GetInvoicePaymentLink => Writes get_invoice_payment_link::serve,
        PayInvoiceByCredit => Writes pay_invoice_by_credit::own,
        PayAnyInvoiceByCredit => Writes pay_invoice_by_credit::any,
        SendInvoicePaymentSms => Writes send_invoice_payment_sms::serve,
        ConfirmInvoicePaymentSms => Writes confirm_invoice_payment_sms::serve,
        PayInvoice => Writes pay_invoice::serve,
        PayInvoiceByInvoice => Writes pay_invoice_by_invoice::serve,
        PayInvoiceByPermission => Writes pay_invoice_by_permission::serve,
        PayInvoiceInFuture => Writes pay_invoice_in_future::serve,
        PayInvoiceByPos => Writes pay_invoice_by_pos::serve,
        SendInvoicePaymentLink => Writes send_invoice_payment_link::serve,
        IssueInvoice => Writes issue_invoice::serve,
        GetInvoiceList => Reads get_invoice_list::serve,
        VerifyInvoice => Writes verify_invoice::verify,
        VerifyAndCloseInvoice => Writes verify_invoice::verify_and_close,
        CloseInvoice => Writes close_invoice::serve,
        CancelInvoice => Writes cancel_invoice::serve,
        ReduceInvoice => Writes reduce_invoice::serve,
        GetOtt => Reads get_ott::serve,
        GuildList => Reads guild_list::serve,
        GetUserProfile => Reads get_user_profile::serve,
        TransferByInvoice => Writes transfer_by_invoice::serve,
        GetAccountBill => Reads get_account_bill::of_wallet,
        GetGuildAccountBill => Reads get_account_bill::of_guild,
        GetCredit => Reads get_credit::of_wallet,
        GetBusinessCredit => Reads get_credit::of_business,
    }
}

const ENVELOPES: [&str; 4] = [
    "/srv/sc/nzh/doServiceCall",
    "/srv/core/nzh/doServiceCall",
    "/nzh/doServiceCall",
    "/srv/basic-platform/nzh/doServiceCall",
];
const PREFIXES: [&str; 4] = ["", "/srv/sc", "/srv/core", "/srv/basic-platform"];

/// The routes: each path as documented, and with a trailing `/`.
pub fn router() -> Router<App> {
    let mut router = Router::new();
    let mut add = |path: String, service: MethodRouter<App>| {
        let all = std::mem::take(&mut router);
        router = all.route(&path, service.clone()).route(&format!("{path}/"), service);
    };
    let numbered = async |State(app): State<App>, request: Request| serve(&app, request, None).await;
    for path in ENVELOPES {
        add(path.to_owned(), get(numbered).post(numbered).head(reply::head));
    }
    for row in services::ALL.iter().filter(|row| !row.path.is_empty()) {
        let direct = async move |State(app): State<App>, request: Request| serve(&app, request, Some(row)).await;
        for prefix in PREFIXES {
            add(format!("{prefix}{}", row.path), get(direct).post(direct).head(reply::head));
        }
    }
    add("/sms/inbound".to_owned(), get(inbound::serve).post(inbound::serve));
    let with_secret = get(inbound::with_secret).post(inbound::with_secret);
    add("/sms/inbound/{secret}".to_owned(), with_secret);
    router
}

/// Headers that are added by proxies only.
const FORWARDED: [&str; 5] = ["x-forwarded-for", "x-forwarded-proto", "x-real-ip", "forwarded", "via"];

/// Serves a call, from the request to the reply (pod.md 1.7). `direct`: the service of the path; `None`: the call names the service by its number.
async fn serve(app: &App, request: Request, direct: Option<&'static Row>) -> Response {
    let (mut parts, body) = request.into_parts();
    match body::read(&parts, body).await {
        // The edge has already decoded the form.
        Ok(_) => {}
        Err(BodyFault::TooLarge) => return reply::status(StatusCode::PAYLOAD_TOO_LARGE),
        Err(BodyFault::Broken) => return reply::status(StatusCode::BAD_REQUEST),
    }
    let form = parts.extensions.remove::<Pairs>();
    let mut params = params_of(&parts, form.as_ref());
    let common = params.named(service_parameters::common_names());
    let reference_number = app.pod.references.next();
    let token = credential(&parts.headers, &params, "_token_");
    if token.is_none() && FORWARDED.iter().any(|name| parts.headers.contains_key(*name)) {
        tracing::warn!(
            "a call without _token_ came through a proxy: nginx passes headers with underscores on only with underscores_in_headers on"
        );
    }
    let token = token.map_or_else(call::anonymous, |token| app.secrets.hash(&token));
    let known = async {
        common?;
        let row = match direct {
            Some(row) => row,
            None => numbered(params.get("scProductId"))?,
        };
        let (kind, handler) = served(row.service);
        if kind == Kind::Reads {
            app.engine.catch_up().await?;
        }
        let issuer = credential(&parts.headers, &params, "_token_issuer_");
        let issuer_known = issuer.is_none_or(|issuer| matches!(&*issuer, "0" | "1"));
        let caller = app.engine.remembered_caller(token).await?;
        let caller = caller.filter(|caller| issuer_known && may_call(row, caller));
        let caller = caller.ok_or(failures::NOT_AUTHENTICATED)?;
        if !scopes::allows(row.service, &caller) {
            return Err(failures::PERMISSION_DENIED.into());
        }
        let key = params.get("scApiKey");
        if direct.is_none() && app.strict.refuses(Rule::ApiKey, || key.is_none()) {
            return Err(failures::PERMISSION_DENIED.into());
        }
        has_api_key(app, row, &caller, key)?;
        let armed = struck(app, row, &params, &caller);
        let fault = armed.as_ref().and_then(Armed::pod);
        match fault {
            Some(PodFault::TimeOut) => return Err(failures::TIME_OUT.into()),
            Some(PodFault::Internal) => return Err(failures::INTERNAL.into()),
            Some(PodFault::NotDelivered) | None => {}
        }
        let presented = credential(&parts.headers, &params, "_ott_");
        let now_ms = app.engine.clock().now_ms();
        let used = match &presented {
            Some(text) => Some(ott::read(&app.secrets, &token, text, now_ms).ok_or(failures::INVALID_OTT)?),
            None if row.service == Service::IssueInvoice => return Err(failures::INVALID_OTT.into()),
            None if app.strict.refuses(Rule::OneTimeToken, || pays(row.service)) => {
                return Err(failures::INVALID_OTT.into());
            }
            None => None,
        };
        // In strict mode only exact names count.
        let is_exact = app.strict.has(Rule::UnknownFields);
        let mut params = params;
        let named = params.named(service_parameters::names(row.service).filter(|_| !is_exact));
        let call = Call::new(app, caller, params, reference_number, used);
        let unknown = unknown_parameter(app.strict, row.service, &parts, form.as_ref());
        let may = match (unknown, named) {
            (Some(name), _) => Err(failures::invalid(&name).into()),
            (None, Err(failure)) => Err(failure.into()),
            (None, Ok(())) => as_user(&call, row.service).await,
        };
        let answer = match may {
            Ok(()) => handler(&call).await,
            Err(why) => Err(why),
        };
        let answer = call.end(answer).await;
        if let Some(armed) = armed.filter(|_| fault == Some(PodFault::NotDelivered) && answer.is_ok()) {
            armed.spend();
            return Err(Failed::Refused(failures::NOT_DELIVERED));
        }
        answer
    };
    let answer = known.await;
    // An unknown caller gets a one-time token that cannot be used.
    let token = match &answer {
        Err(Failed::Refused(failure)) if *failure == failures::NOT_AUTHENTICATED => call::anonymous(),
        _ => token,
    };
    let ott = app.pod.otts.make(&app.secrets, &token, app.engine.clock().now_ms());
    reply::answer(reply::Head { reference_number, ott }, answer)
}

fn numbered(id: Option<&str>) -> Result<&'static Row, Failed> {
    let id = id.ok_or_else(|| failures::missing("scProductId"))?;
    let row = id.parse().ok().and_then(services::numbered);
    row.ok_or(Failed::Refused(failures::UNKNOWN_SERVICE))
}

fn may_call(row: &Row, caller: &engine::Caller) -> bool {
    row.callers == Callers::Any || (caller.is_whole() && caller.party.business().is_some())
}

/// Checks that a call with the token of a log-in does only what a user may do (pod.md 2.1). If a business has logged in at another business, this
/// token neither spends its guilds' money nor sends, confirms, closes or cancels invoices that it has issued (pod.md 3.12).
///
/// # Errors
/// The call needs the business's own token; or a parameter is invalid, or the machine failed.
async fn as_user(call: &Call<'_>, service: Service) -> Result<(), Failed> {
    if call.caller.is_whole() {
        return Ok(());
    }
    let of_issuer = match service {
        Service::PayInvoiceInFuture if call.params.get("guildCode").is_some() => {
            return Err(failures::FOREIGN_GUILD.into());
        }
        Service::SendInvoicePaymentSms | Service::ConfirmInvoicePaymentSms | Service::SendInvoicePaymentLink => {
            call.invoice()?
        }
        Service::CloseInvoice | Service::CancelInvoice => payments::InvoiceId(call.params.id("id")?),
        _ => return Ok(()),
    };
    let invoice = call.app.engine.reader().invoice(of_issuer).await?;
    let own = invoice.is_some_and(|invoice| invoice.issuer == call.party().id);
    if own { Err(failures::PERMISSION_DENIED.into()) } else { Ok(()) }
}

/// Whether a service pays.
const fn pays(service: Service) -> bool {
    match service {
        Service::PayInvoiceByCredit
        | Service::PayAnyInvoiceByCredit
        | Service::ConfirmInvoicePaymentSms
        | Service::PayInvoice
        | Service::PayInvoiceByInvoice
        | Service::PayInvoiceInFuture
        | Service::PayInvoiceByPos
        | Service::PayInvoiceByPermission
        | Service::TransferByInvoice => true,
        Service::GetInvoicePaymentLink
        | Service::SendInvoicePaymentSms
        | Service::SendInvoicePaymentLink
        | Service::IssueInvoice
        | Service::GetInvoiceList
        | Service::VerifyInvoice
        | Service::VerifyAndCloseInvoice
        | Service::CloseInvoice
        | Service::CancelInvoice
        | Service::ReduceInvoice
        | Service::GetOtt
        | Service::GuildList
        | Service::GetUserProfile
        | Service::GetAccountBill
        | Service::GetGuildAccountBill
        | Service::GetCredit
        | Service::GetBusinessCredit => false,
    }
}

/// The first parameter that the service does not have, if strict mode refuses such parameters.
fn unknown_parameter(strict: Strict, service: Service, parts: &Parts, form: Option<&Pairs>) -> Option<String> {
    let form = form.into_iter().flat_map(Pairs::iter).map(|(name, _)| name.to_owned());
    let query = form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes());
    let names = form.chain(query.map(|(name, _)| name.into_owned()));
    strict.unknown_field(names, |name| service_parameters::has(service, name))
}

/// Checks the API key: a business that has registered keys for a service must send one of them.
fn has_api_key(app: &App, row: &Row, caller: &engine::Caller, key: Option<&str>) -> Result<(), Failed> {
    let keys = caller.party.business().map_or(&[][..], |business| &business.api_keys);
    let mut wanted = keys.iter().filter(|(service, _)| row.ids.contains(service)).peekable();
    let right = key.is_some_and(|key| wanted.clone().any(|(_, hash)| app.secrets.matches(key, hash)));
    if wanted.peek().is_none() || right { Ok(()) } else { Err(failures::PERMISSION_DENIED.into()) }
}

/// The sandbox's fault that applies to a call.
fn struck(app: &App, row: &Row, params: &Params<'_>, caller: &engine::Caller) -> Option<Armed> {
    let facts = || Facts {
        operation: pod_operation(row),
        client: caller.party.name.to_string(),
        track_id: invoice_named(params),
        ..Facts::default()
    };
    strike(app, facts)
}
