//! Crowds of callers that are not authenticated: each is answered or refused at once, and other callers are served.

use crate::harness;
use crate::harness::server::{OnStore, each_store};
use rstest_reuse::apply;

use harness::client::{Call, Client, Reply};
use harness::pod::SHOP;
use harness::server::Launch;
use harness::world::{REDIRECT, World};
use serde_json::json;

/// Concurrent log-ins: twenty times the places of one address.
const LOG_INS: usize = 200;

fn log_in(name: &str, password: &str) -> Call {
    let form = format!("username={name}&password={password}");
    Call::post("/oauth2/login").header("content-type", "application/x-www-form-urlencoded").body(form)
}

#[apply(each_store)]
async fn many_log_ins_at_once_are_compared_or_sent_away_at_once(#[case] _on: OnStore) {
    let mut world = World::start("crowds").await;
    let address = world.server.address;
    let mut clients = Vec::new();
    for _ in 0..LOG_INS {
        clients.push(Client::connect(address).await.unwrap());
    }
    let crowd: Vec<_> = clients
        .into_iter()
        .enumerate()
        .map(|(number, mut client)| {
            tokio::spawn(async move { client.send(&log_in(&format!("made-up-{number}"), "guess")).await.unwrap() })
        })
        .collect();
    let mut replies: Vec<Reply> = Vec::new();
    for caller in crowd {
        replies.push(caller.await.unwrap());
    }
    let compared = replies.iter().filter(|reply| reply.status == 401).count();
    let away: Vec<&Reply> = replies.iter().filter(|reply| reply.status != 401).collect();
    assert!(compared > 0 && away.len() > LOG_INS / 4, "{compared} compared, {} sent away", away.len());
    for reply in away {
        assert!(reply.status == 503 && reply.header("retry-after").is_some(), "{reply}");
    }
    let mine = world.send(&log_in("ali", "ali")).await.unwrap();
    assert_eq!(mine.status, 302, "{mine}");
}

/// The number of requests that an address may begin in a minute, in the test below.
const BUDGET: usize = 20;
/// The number of requests that one address sends to each entrance.
const REQUESTS: usize = 3 * BUDGET;

fn form(path: &str, body: String) -> Call {
    Call::post(path).header("content-type", "application/x-www-form-urlencoded").body(body)
}

/// An entrance for callers that are not authenticated: a name, a call, and the status of a refusal.
struct Entrance {
    name: &'static str,
    call: Box<dyn Fn(usize) -> Call>,
    refused: u16,
}

/// Every entrance that writes a row for a caller that is not authenticated. The log-in on Finnotech's consent page is not listed: it needs a request
/// of authorize, which ends with its fifth try.
async fn entrances(world: &mut World) -> Vec<Entrance> {
    let entrance = |name, refused, call: Box<dyn Fn(usize) -> Call>| Entrance { name, call, refused };
    let invoice = world.issue(SHOP, &format!("guildCode=API_GUILD&{}", harness::pod::line(50_000, "1"))).await;
    let unique = invoice["uniqueNumber"].as_str().unwrap().to_owned();
    let (pep, other) = (unique.clone(), unique.clone());
    let authorize = Call::get("/dev/v2/oauth2/authorize")
        .query("client_id", "drops")
        .query("response_type", "code")
        .query("redirect_uri", REDIRECT)
        .query("scope", "oak:balance:get")
        .query("bank", "062");
    let link = "/v1/pbc/payInvoiceByUniqueNumber";
    vec![
        entrance("a payment link", 429, Box::new(move |_| Call::get(link).query("uniqueNumber", &unique))),
        entrance("a link to the card page", 429, {
            Box::new(move |_| Call::get(link).query("uniqueNumber", &pep).query("gateway", "PEP"))
        }),
        entrance("a link in other letters", 429, {
            Box::new(move |_| Call::get("/V1/PBC/PAYINVOICEBYUNIQUENUMBER").query("uniqueNumber", &other))
        }),
        entrance("a log-in by password", 429, Box::new(|number| log_in(&format!("made-up-{number}"), "guess"))),
        entrance("a log-in by code", 429, {
            Box::new(|number| form("/oauth2/login", format!("mobile=0912{number:07}&otp=123456")))
        }),
        entrance("a code by SMS", 429, {
            Box::new(|number| form("/oauth2/login/otp", format!("mobile=0912{number:07}")))
        }),
        entrance("Finnotech authorize", 429, Box::new(move |_| authorize.clone())),
        entrance("an SMS that comes in", 429, {
            Box::new(|number| {
                Call::post("/sms/inbound").json(&json!({"from": format!("98912{number:07}"), "text": "123456"}))
            })
        }),
    ]
}

// Design 2.9: no unauthenticated request writes a row without a budget.
#[apply(each_store)]
async fn callers_who_do_not_show_who_they_are_write_no_more_rows_than_their_address_may(#[case] _on: OnStore) {
    let args = ["--visits-per-minute", &BUDGET.to_string(), "--trusted-proxies", "127.0.0.1"];
    let mut world = World::launch("budgets", Launch { args: &args, env: &[] }).await;
    let entrances = entrances(&mut world).await;
    for (number, Entrance { name, call, refused }) in entrances.iter().enumerate() {
        let from = |last: usize| format!("1.2.3.4, 203.0.113.{last}");
        let before = commands(&mut world).await;
        let (mut begun, mut later) = (0, 0);
        for at in 0..REQUESTS {
            let reply = world.send(&call(at).header("x-forwarded-for", &from(number))).await.unwrap();
            match reply.status == *refused {
                true => {
                    assert!(reply.header("retry-after").is_some(), "{name}: {reply}");
                    later += 1;
                }
                false => begun += 1,
            }
        }
        assert_eq!((begun, later), (BUDGET, REQUESTS - BUDGET), "{name}");
        // The clock's own work adds a few commands.
        let decided = commands(&mut world).await - before;
        assert!(decided <= 2 * BUDGET, "{name}: {decided} commands");
        let other = world.send(&call(REQUESTS).header("x-forwarded-for", &from(100 + number))).await.unwrap();
        assert_ne!(other.status, *refused, "{name}: {other}");
    }
    // Authenticated calls do not count, and are served although the budget of their address is used up.
    let call = || Call::get("/nzh/getUserProfile").header("_token_", SHOP).header("x-forwarded-for", "203.0.113.0");
    for _ in 0..REQUESTS {
        assert_eq!(world.send(&call()).await.unwrap().status, 200);
    }
}

/// The number of commands that were decided so far.
async fn commands(world: &mut World) -> usize {
    let metrics = world.send(&Call::get("/metrics")).await.unwrap();
    let text = String::from_utf8_lossy(&metrics.body).into_owned();
    let sum = text.lines().find_map(|line| line.strip_prefix("daric_batch_commands_sum "));
    sum.unwrap().parse::<f64>().unwrap() as usize
}

#[apply(each_store)]
async fn log_ins_of_one_name_are_few_wherever_they_come_from(#[case] _on: OnStore) {
    let args = ["--trusted-proxies", "127.0.0.1"];
    let mut world = World::launch("names", Launch { args: &args, env: &[] }).await;
    let mut later = 0;
    for at in 0..80 {
        let call = log_in("ali", "guess").header("x-forwarded-for", &format!("203.0.113.{at}"));
        let reply = world.send(&call).await.unwrap();
        later += usize::from(reply.status == 429);
    }
    assert_eq!(later, 20);
}
