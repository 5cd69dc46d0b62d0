//! A request that was read runs to its end: its outcome does not change if the caller closes, resets or half-closes the connection after sending.

use crate::harness;
use crate::harness::server::{OnStore, each_store};
use rstest_reuse::apply;

use std::time::{Duration, Instant};

use harness::client::{AfterSending, Call, Leaving, raw, send_and_leave};
use harness::paystar::{CARD, OTP_PATH, PAY_PATH, otp_call, pay_call};
use harness::pod::{ALI, SHOP, line, service_call};
use harness::server::verify;
use harness::world::{BON, OPERATOR, Token, World, charge_call, fifty_thousand, transfer_call};
use serde_json::json;

/// The number of callers of each service that leave without the reply, for each way of leaving.
const CALLERS: u64 = 6;
/// Longer than any of these requests takes.
const SOON: Duration = Duration::from_secs(10);
/// The card holder's mobile number, as the inbox shows it.
const CARD_HOLDER: &str = "09123456789";

/// A service: its route in the metrics, a call of it, and the receiver of its SMS, if a call sends one.
struct Service {
    name: &'static str,
    route: &'static str,
    call: Box<dyn Fn(u64) -> Call>,
    sms: Sms,
}

/// The SMS that calls of a service send.
#[derive(Clone, Copy)]
enum Sms {
    None,
    /// One per call, to this number.
    Each(&'static str),
}

fn service(name: &'static str, route: &'static str, sms: Sms, call: impl Fn(u64) -> Call + 'static) -> Service {
    Service { name, route, call: Box::new(call), sms }
}

/// Every service that sends a code, writes an order or changes something else, with a call that does so.
async fn services(world: &mut World) -> Vec<Service> {
    let token = world.named_token("code062").await.unwrap();
    let charge = Token { value: token.value.clone(), refresh: String::new() };
    let mut invoices = Vec::new();
    for _ in 0..4 * CALLERS {
        invoices.push(world.issue_to_ali("").await);
    }
    let mut otts = Vec::new();
    for _ in 0..4 * CALLERS {
        otts.push(world.ott(SHOP).await);
    }
    let at = |at: u64| usize::try_from(at).unwrap();
    let (paid, to_pay) = (invoices.clone(), invoices);
    vec![
        service("otp-v2", OTP_PATH, Sms::Each(CARD_HOLDER), |n| otp_call(CARD, &format!("h-{n}"), 50_000)),
        service("pay", PAY_PATH, Sms::None, |n| pay_call(CARD, &format!("h-{n}"), 50_000, "00000")),
        transfers(token),
        service("chargeCard", "/oak/v2/clients/{client}/deposits/{deposit}/chargeCard", Sms::None, move |n| {
            charge_call(&charge, &format!("charge-{n}"), BON, 10_000)
        }),
        service("issueInvoice", "/srv/sc/nzh/doServiceCall", Sms::None, move |n| {
            let form = format!("_ott_={}&guildCode=API_GUILD&userId=101&{}", otts[at(n)], line(1_000, "1"));
            service_call(SHOP, 29_796, &form)
        }),
        service("sendInvoicePaymentSMS", "/srv/sc/nzh/doServiceCall", Sms::Each("09121234567"), move |n| {
            service_call(SHOP, 29_807, &format!("invoiceId={}&smsContentType=1", paid[at(n)]))
        }),
        service("payInvoiceByCredit", "/srv/sc/nzh/doServiceCall", Sms::None, move |n| {
            service_call(ALI, 30_382, &format!("invoiceId={}", to_pay[at(n)]))
        }),
        service("the clock", "/admin/v1/clock", Sms::None, |_| {
            operator("/admin/v1/clock", &json!({"advance": "PT1S"}))
        }),
        service("an SMS that comes in", "/sms/inbound", Sms::None, |_| {
            Call::post("/sms/inbound").json(&json!({"from": "989121234567", "text": "123456"}))
        }),
    ]
}

fn transfers(token: Token) -> Service {
    let route = "/oak/v2/clients/{client}/transferTo";
    service("transferTo", route, Sms::None, move |n| transfer_call(&token, &format!("hang-{n}"), &fifty_thousand()))
}

fn operator(path: &str, body: &serde_json::Value) -> Call {
    Call::post(path).bearer(OPERATOR).json(body)
}

/// The number of requests of a route that were answered and counted.
async fn answered(world: &mut World, route: &str) -> u64 {
    let metrics = world.send(&Call::get("/metrics")).await.unwrap();
    let text = String::from_utf8_lossy(&metrics.body).into_owned();
    let of_route = format!("daric_requests_total{{route=\"{route}\"");
    let counts = text.lines().filter(|line| line.starts_with(&of_route));
    counts.map(|line| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap()).sum()
}

/// Polls until the connections and requests of callers that have left are finished: the poll's own connection and request remain.
async fn wait_until_quiet(world: &mut World) {
    let began = Instant::now();
    loop {
        let metrics = world.send(&Call::get("/metrics")).await.unwrap();
        let text = String::from_utf8_lossy(&metrics.body).into_owned();
        let gauge = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)?.trim().parse::<u64>().ok());
        let (open, running) = (gauge("daric_connections "), gauge("daric_requests_running "));
        if (open, running) == (Some(1), Some(1)) {
            return;
        }
        assert!(began.elapsed() < SOON, "{open:?} connections are open and {running:?} requests run");
        tokio::task::yield_now().await;
    }
}

/// The number of SMS that were sent.
async fn sent(world: &mut World, sms: Sms) -> u64 {
    let Sms::Each(to) = sms else { return 0 };
    let inbox = Call::get("/admin/v1/sms").query("to", to).query("limit", "100");
    let inbox = world.operator(inbox).await.unwrap();
    inbox.as_array().unwrap().iter().filter(|message| message["state"] == "sent").count() as u64
}

/// Polls until this many requests have been counted; the poll is a request of another route.
async fn wait_for(world: &mut World, service: &Service, count: u64, way: &str) {
    let began = Instant::now();
    loop {
        let now = answered(world, service.route).await;
        if now == count {
            return;
        }
        let name = service.name;
        assert!(now < count && began.elapsed() < SOON, "{name}: {now} of {count} requests were finished after {way}");
        tokio::task::yield_now().await;
    }
}

#[apply(each_store)]
async fn what_the_server_has_read_it_finishes_when_its_caller_hangs_up(#[case] _on: OnStore) {
    let mut world = World::start("hang-ups").await;
    let address = world.server.address;
    let log = |world: &World, route: &str| world.home.printed().matches(&format!("route=\"{route}\"")).count();
    for service in services(&mut world).await {
        let (before, sent_before) = (answered(&mut world, service.route).await, sent(&mut world, service.sms).await);
        // Callers that close.
        for n in 0..CALLERS {
            send_and_leave(address, &(service.call)(n), Leaving::Closes).await;
        }
        wait_for(&mut world, &service, before + CALLERS, "closing").await;
        // Callers that half-close: the reply comes.
        for n in CALLERS..2 * CALLERS {
            let reply = raw(address, (service.call)(n).bytes(address), AfterSending::HangsUp).await;
            let reply = reply.unwrap_or_else(|| panic!("{}: a half-closed caller got no reply", service.name));
            assert!(reply.status < 500, "{}: {reply}", service.name);
        }
        wait_for(&mut world, &service, before + 2 * CALLERS, "half-closing").await;
        // Callers that reset: the system may drop what was not read. What was read is finished, as the counts below show.
        for n in 2 * CALLERS..3 * CALLERS {
            send_and_leave(address, &(service.call)(n), Leaving::Resets).await;
        }
        // A separate connection after all of them: theirs were accepted before it.
        let last = raw(address, (service.call)(3 * CALLERS).bytes(address), AfterSending::Waits).await;
        assert!(last.is_some_and(|reply| reply.status < 500), "{}", service.name);
        wait_until_quiet(&mut world).await;
        let all = answered(&mut world, service.route).await;
        let done = all - before;
        let began = Instant::now();
        loop {
            let messages = sent(&mut world, service.sms).await - sent_before;
            // Counted since the start of the server, so a log line that comes late is counted for its own route.
            let told = log(&world, service.route) as u64;
            let expected = match service.sms {
                Sms::None => 0,
                Sms::Each(_) => done,
            };
            if done > 2 * CALLERS && told == all && messages == expected {
                break;
            }
            let name = service.name;
            assert!(
                began.elapsed() < SOON,
                "{name}: {done} finished, {told} of {all} logged, {messages} of {expected} messages sent"
            );
            tokio::task::yield_now().await;
        }
    }
    // All transfers that were sent and read are booked.
    let World { server, home, .. } = world;
    server.stop();
    verify(&home);
}
