//! Several processes on one database: killed in turn under load, they lose nothing, repeat nothing, and run each job once.

use crate::harness;

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use harness::book::{Book, OPENED, inquire, open_accounts, seed};
use harness::browser::{Tab, field};
use harness::client::{Call, Client, Reply};
use harness::load::{Load, Nodes, address};
use harness::pod::{NIMA, ZAHRA};
use harness::server::{Home, Launch, Server, postgres, verify};
use harness::world::{Caller, DROPS, OPERATOR, fifty_thousand};
use serde_json::json;
use tokio::task::JoinSet;

const NODES: usize = 3;
const KILLS: usize = 15;
const CONNECTIONS: u64 = 24;
/// A node is killed after 1 … this many replies.
const MOST_REPLIES: u64 = 600;
/// The number of holds. Each ends a minute after the one before.
const HOLDS: usize = 36;
const NOON: &str = "2040-01-02T12:00:00+03:30";

#[tokio::test(flavor = "multi_thread")]
async fn three_nodes_killed_in_turn_lose_nothing_double_nothing_and_run_each_job_once() {
    let seed = seed();
    println!("DARIC_TEST_SEED={seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let home = Home::on_postgres("nodes");
    // All nodes start at once on an empty database: they take turns at the schema, and one of them makes the world.
    let mut servers: Vec<Option<Server>> = start_all(&home);
    let nodes: Nodes = Arc::new(Mutex::new(servers.iter().flatten().map(|server| server.address).collect()));
    let mut world = Caller::at(servers[0].as_ref().unwrap().address).await;
    world.reset_at(NOON).await.unwrap();
    let token = open_accounts(&mut world).await;
    place_holds(&mut world).await;
    let opened_with = verify(&home);

    let mut load = Load::start(&nodes, &token, CONNECTIONS, "w", &mut random);
    let mut ran = 0;
    for kill in 0..KILLS {
        load.settled(1 + random.u64(..MOST_REPLIES)).await;
        let node = kill % NODES;
        servers[node].take().unwrap().kill();
        // The clock is moved at another node, and jobs fall due at all nodes that live.
        ran += move_clock(&nodes, node + 1, kill * HOLDS / KILLS).await;
        let server = Server::start(&home, Launch::default());
        nodes.lock().unwrap()[node] = server.address;
        servers[node] = Some(server);
    }
    ran += move_clock(&nodes, 0, HOLDS + 1).await;
    let (orders, _) = load.finish().await;
    println!("{} orders, {ran} of {HOLDS} jobs run by moves of the clock, the others by tickers", orders.len());

    let mut book = Book::new();
    for (at, (order, outcome)) in orders.iter().enumerate() {
        let mut client = Client::connect(address(&nodes, at)).await.unwrap();
        assert_eq!(&inquire(&mut client, &token, order).await, outcome, "{order:?} asked of node {}", at % NODES);
        book.enter(order, outcome.clone());
    }
    for at in 0..NODES {
        let mut client = Client::connect(address(&nodes, at)).await.unwrap();
        // Every hold has expired.
        book.compare(&mut client, &token).await;
    }
    servers.into_iter().flatten().for_each(Server::stop);
    let closed_with = verify(&home);
    assert_eq!(closed_with.accounts, opened_with.accounts);
    assert_eq!(
        closed_with.transfers - opened_with.transfers,
        book.done() + HOLDS as u64,
        "one for each order and hold"
    );
    assert!(book.done() > 1_000, "the load was too thin to prove anything: {}", book.done());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_node_changes_holds_at_the_others_at_once() {
    let home = Home::on_postgres("caches");
    let servers = start_all(&home);
    let [mut one, mut other, mut third] = {
        let mut worlds = Vec::new();
        for server in servers.iter().flatten() {
            worlds.push(Caller::at(server.address).await);
        }
        <[Caller; NODES]>::try_from(worlds).unwrap_or_else(|_| panic!("three nodes"))
    };
    one.reset_at(NOON).await.unwrap();
    for round in 0..20 {
        // The clock.
        let instant = format!("2040-01-02T12:{round:02}:30+03:30");
        one.set_clock(&instant).await.unwrap();
        let clock = other.operator(Call::get("/admin/v1/clock")).await.unwrap();
        assert_eq!(clock["now"], format!("2040-01-02T08:{:02}:30Z", 30 + round), "round {round}");
        // A right that is cached at all nodes is ended at one.
        let token = one.named_token("code062").await.unwrap();
        let keeper = one.cc().await.unwrap();
        for (node, world) in [&mut other, &mut third].into_iter().enumerate() {
            assert!(world.balance(&token, DROPS).await.is_ok());
            let done = world.transfer(&token, &format!("before-{round}-{node}"), &fifty_thousand()).await.unwrap();
            assert_eq!(done.status, 200, "{done}");
        }
        one.revoke(&keeper, &token).await.unwrap();
        for (node, world) in [&mut other, &mut third].into_iter().enumerate() {
            let refused = match node {
                0 => world.transfer(&token, &format!("after-{round}"), &fifty_thousand()).await.unwrap(),
                _ => world.inquire(&token, &format!("before-{round}-0")).await.unwrap(),
            };
            assert_eq!((refused.status, &*refused.message()), (403, "invalid token"), "round {round}, node {node}");
        }
        // The balance of an account that is cached at all nodes.
        let token = one.named_token("code062").await.unwrap();
        let everything = one.balance(&token, DROPS).await.unwrap();
        let all = harness::world::but(json!({"amount": everything, "description": "all"}));
        assert_eq!(other.transfer(&token, &format!("all-{round}"), &all).await.unwrap().status, 200);
        let nothing = third.transfer(&token, &format!("none-{round}"), &fifty_thousand()).await.unwrap();
        assert_eq!(nothing.message(), "موجودی حساب کافی نمیباشد", "round {round}: {nothing}");
        // The status of an account.
        let somayeh = one.deposit_id(harness::world::SOMAYEH).await;
        for (gate, status) in [("closed", 409), ("noCredits", 200), ("open", 200)] {
            let call = Call::new("PUT", &format!("/admin/v1/deposits/{somayeh}/gate")).json(&json!({"gate": gate}));
            let call = call.header("If-Match", "*");
            assert_eq!(third.send(&call.bearer(OPERATOR)).await.unwrap().status, status, "{gate}");
        }
        one.reset_at(NOON).await.unwrap();
        let gone = other.balance(&token, DROPS).await;
        assert!(gone.is_err(), "round {round}: the token went with its world: {gone:?}");
    }
    servers.into_iter().flatten().for_each(Server::stop);
    verify(&home);
}

/// second-edition.md 4.3.
#[tokio::test(flavor = "multi_thread")]
async fn tokens_of_a_log_in_that_end_at_one_node_are_dead_at_the_others_at_once() {
    let home = Home::on_postgres("log-ins");
    let servers = start_all(&home);
    let address = servers[0].as_ref().unwrap().address;
    let (mut one, mut other) = (Caller::at(address).await, Caller::at(servers[1].as_ref().unwrap().address).await);
    one.reset_at(NOON).await.unwrap();
    let secret = json!({"clientSecret": "a-secret-of-the-shop"});
    one.operator(Call::new("PUT", "/admin/v1/parties/201").json(&secret)).await.unwrap();
    let path =
        "/oauth2/authorize?client_id=shop&redirect_uri=http%3A%2F%2F127.0.0.1%2F&response_type=code&scope=profile";
    let client = "client_id=shop&client_secret=a-secret-of-the-shop&redirect_uri=http%3A%2F%2F127.0.0.1%2F";
    for (round, end) in ["withdrawn", "code", "refresh", "disabled"].into_iter().enumerate() {
        let mut tab = Tab::of(address);
        tab.log_in(&mut one, "ali").await;
        let back = tab.authorize(&mut one, path).await;
        let code = back.header("location").unwrap().split_once("code=").unwrap().1.to_owned();
        let exchange = Call::post("/oauth2/token").body(format!("grant_type=authorization_code&code={code}&{client}"));
        let given = one.send(&exchange).await.unwrap().json().unwrap();
        let profile = Call::get("/nzh/getUserProfile").header("_token_", given["access_token"].as_str().unwrap());
        let known = other.send(&profile).await.unwrap().json().unwrap();
        assert_eq!(known["errorCode"], 0, "{end}: {known}");
        match end {
            "withdrawn" => {
                let page = "/oauth2/consents";
                assert_eq!(tab.submit(&mut one, page, page, "client=201").await.status, 303);
            }
            "code" => assert_eq!(one.send(&exchange).await.unwrap().status, 400),
            "refresh" => {
                let refresh = given["refresh_token"].as_str().unwrap();
                let form = format!("grant_type=refresh_token&refresh_token={refresh}&{client}");
                let refresh = Call::post("/oauth2/token").body(form);
                assert_eq!(one.send(&refresh).await.unwrap().status, 200);
                one.set_clock(&format!("2040-01-02T12:0{}:30+03:30", round + 1)).await.unwrap();
                assert_eq!(one.send(&refresh).await.unwrap().status, 400);
            }
            _ => {
                for disabled in [true, false] {
                    let body = json!({"disabled": disabled});
                    one.operator(Call::new("PUT", "/admin/v1/parties/101").json(&body)).await.unwrap();
                }
            }
        }
        let gone = other.send(&profile).await.unwrap().json().unwrap();
        assert_eq!(gone["errorCode"], 21, "{end}: {gone}");
    }
    // The grant of a bank ends in the same way.
    let token = one.named_token("code062").await.unwrap();
    let refresh = harness::world::token_call(&json!({"grant_type": "refresh_token", "refresh_token": token.refresh}));
    assert_eq!(one.send(&refresh).await.unwrap().status, 200);
    assert!(other.balance(&token, DROPS).await.is_ok());
    one.set_clock("2040-01-02T12:30:30+03:30").await.unwrap();
    assert_eq!(one.send(&refresh).await.unwrap().status, 400);
    let gone = other.inquire(&token, "any").await.unwrap();
    assert_eq!((gone.status, &*gone.message()), (403, "invalid token"));
    servers.into_iter().flatten().for_each(Server::stop);
    verify(&home);
}

/// The number of times that a node has read rights from the database.
async fn rights_read(node: &mut Caller) -> u64 {
    let metrics = node.send(&Call::get("/metrics")).await.unwrap();
    let text = String::from_utf8_lossy(&metrics.body).into_owned();
    let line = text.lines().find_map(|line| line.strip_prefix("daric_rights_read_total "));
    line.map_or(0, |count| count.parse().unwrap())
}

fn profile(token: &str) -> Call {
    Call::get("/nzh/getUserProfile").header("_token_", token)
}

/// The refusal of a token whose rights have ended, by dialect.
#[derive(Clone, Copy)]
enum Refusal {
    Finnotech,
    Pod,
}

impl Refusal {
    fn is(self, reply: &Reply) -> bool {
        match self {
            Self::Finnotech => (reply.status, &*reply.message()) == (403, "invalid token"),
            Self::Pod => reply.json().unwrap()["errorCode"] == 21,
        }
    }
}

/// A change that ends rights, and a call that depends on them.
struct EndOfRights {
    what: &'static str,
    at: Option<&'static str>,
    change: Call,
    status: u16,
    call: Call,
    refusal: Refusal,
}

/// One of each kind, in the order in which they are taken from the end.
async fn ends_of_rights(node: &mut Caller, address: SocketAddr) -> Vec<EndOfRights> {
    let secret = json!({"clientSecret": "a-secret-of-the-shop"});
    node.operator(Call::new("PUT", "/admin/v1/parties/201").json(&secret)).await.unwrap();
    let mut client = json!({
        "id": "rival", "secret": "a-secret-of-the-rival", "nids": ["0499370899"], "redirectOrigin": "http://127.0.0.1",
    });
    node.operator(Call::post("/admin/v1/clients").json(&client)).await.unwrap();
    let given = json!({"client": "rival", "type": "CLIENT-CREDENTIAL"});
    let given = node.operator(Call::post("/admin/v1/tokens").json(&given)).await.unwrap();
    let inquiry = Call::get("/oak/v2/clients/rival/transferInquiry")
        .query("trackId", "inq-1")
        .query("inquiryTrackId", "none")
        .bearer(given["result"]["value"].as_str().unwrap());
    client["disabled"] = json!(true);
    let put = |path: &str, body: &serde_json::Value| {
        Call::new("PUT", path).header("If-Match", "*").json(body).bearer(OPERATOR)
    };
    let end = |what, change, call, refusal| EndOfRights { what, at: None, change, status: 200, call, refusal };

    let [(withdrawn, _), (reset, _), (family, refresh)] = [
        logged_in(node, address, "ali").await,
        logged_in(node, address, "zahra").await,
        logged_in(node, address, "ali").await,
    ];
    let secret = "client_id=shop&client_secret=a-secret-of-the-shop";
    let revoke = Call::post("/oauth2/token/revoke").body(format!("token={refresh}&{secret}"));
    let mut tab = Tab::of(address);
    tab.log_in(node, "ali").await;
    let csrf = field(&tab.get(node, "/oauth2/consents").await, "csrf").unwrap();
    let withdraw = tab.form("/oauth2/consents", &format!("csrf={csrf}&client=201"));

    let bank = node.named_token("code062").await.unwrap();
    let used = harness::world::token_call(&json!({"grant_type": "refresh_token", "refresh_token": bank.refresh}));
    assert_eq!(node.send(&used).await.unwrap().status, 200);
    let grant = EndOfRights {
        at: Some("2040-01-02T12:05:00+03:30"),
        status: 400,
        ..end("a grant", used, harness::world::inquiry_call(&bank, "first-0"), Refusal::Finnotech)
    };
    let party = put("/admin/v1/parties/102", &json!({"disabled": true}));
    let password = put("/admin/v1/parties/102", &json!({"password": "another-password"}));
    vec![
        grant,
        end("a disabled party", party, profile(ZAHRA), Refusal::Pod),
        end("a new password", password, profile(&reset), Refusal::Pod),
        EndOfRights { status: 303, ..end("a consent", withdraw, profile(&withdrawn), Refusal::Pod) },
        end("a family", revoke, profile(&family), Refusal::Pod),
        end("a disabled client", put("/admin/v1/clients/rival", &client), inquiry, Refusal::Finnotech),
    ]
}

/// An access token and a refresh token of a user for the shop.
async fn logged_in(node: &mut Caller, address: SocketAddr, name: &str) -> (String, String) {
    let mut tab = Tab::of(address);
    tab.log_in(node, name).await;
    let path =
        "/oauth2/authorize?client_id=shop&redirect_uri=http%3A%2F%2F127.0.0.1%2F&response_type=code&scope=profile";
    let back = tab.authorize(node, path).await;
    let code = back.header("location").unwrap().split_once("code=").unwrap().1.to_owned();
    let form = "client_id=shop&client_secret=a-secret-of-the-shop&redirect_uri=http%3A%2F%2F127.0.0.1%2F";
    let exchange = Call::post("/oauth2/token").body(format!("grant_type=authorization_code&code={code}&{form}"));
    let given = node.send(&exchange).await.unwrap().json().unwrap();
    let text = |key: &str| given[key].as_str().unwrap().to_owned();
    (text("access_token"), text("refresh_token"))
}

// One caller cannot stop another.
#[tokio::test(flavor = "multi_thread")]
async fn a_revocation_ends_its_own_rights_at_all_nodes_at_once_and_no_other_rights_are_read_again() {
    let home = Home::on_postgres("revocations");
    let servers = start_all(&home);
    let mut nodes = Vec::new();
    for server in servers.iter().flatten() {
        nodes.push(Caller::at(server.address).await);
    }
    nodes[0].reset_at(NOON).await.unwrap();
    let victim = nodes[0].named_token("code062").await.unwrap();
    let keeper = nodes[0].cc().await.unwrap();
    for (at, node) in nodes.iter_mut().enumerate() {
        let done = node.transfer(&victim, &format!("first-{at}"), &fifty_thousand()).await.unwrap();
        assert_eq!(done.status, 200, "{done}");
    }
    for round in 0..10 {
        let other = nodes[0].named_token("code062").await.unwrap();
        for node in &mut nodes {
            assert!(node.balance(&other, DROPS).await.is_ok());
        }
        let revoking = round % NODES;
        assert_eq!(nodes[revoking].revoke(&keeper, &other).await.unwrap().status, 200);
        for (at, node) in nodes.iter_mut().enumerate() {
            let before = rights_read(node).await;
            let done = node.transfer(&victim, &format!("victim-{round}-{at}"), &fifty_thousand()).await.unwrap();
            assert_eq!(done.status, 200, "{done}");
            assert!(node.balance(&victim, DROPS).await.is_ok());
            assert_eq!(rights_read(node).await, before, "node {at} read the victim's rights again, round {round}");
            let refused = match round % 2 {
                0 => node.transfer(&other, &format!("other-{round}-{at}"), &fifty_thousand()).await.unwrap(),
                _ => node.inquire(&other, "first-0").await.unwrap(),
            };
            assert_eq!((refused.status, &*refused.message()), (403, "invalid token"), "node {at}, round {round}");
        }
    }
    let mut ends = ends_of_rights(&mut nodes[0], servers[0].as_ref().unwrap().address).await;
    let kept = profile(NIMA);
    while let Some(end) = ends.pop() {
        for node in &mut nodes {
            for (call, refusal) in ends.iter().chain([&end]).map(|end| (&end.call, end.refusal)) {
                assert!(!refusal.is(&node.send(call).await.unwrap()), "before {}", end.what);
            }
            assert!(!Refusal::Pod.is(&node.send(&kept).await.unwrap()), "before {}", end.what);
        }
        if let Some(clock) = end.at {
            nodes[0].set_clock(clock).await.unwrap();
        }
        let ended = nodes[0].send(&end.change).await.unwrap();
        assert_eq!(ended.status, end.status, "{}: {ended}", end.what);
        for (at, node) in nodes.iter_mut().enumerate() {
            let before = rights_read(node).await;
            let track_id = format!("victim-{}-{at}", end.what.replace(' ', "-"));
            assert_eq!(node.transfer(&victim, &track_id, &fifty_thousand()).await.unwrap().status, 200);
            assert!(!Refusal::Pod.is(&node.send(&kept).await.unwrap()), "{} at node {at}", end.what);
            assert_eq!(rights_read(node).await, before, "{}: node {at} read other rights again", end.what);
            let refused = node.send(&end.call).await.unwrap();
            assert!(end.refusal.is(&refused), "{} at node {at}: {refused}", end.what);
        }
    }
    // More revocations than the steps that the database keeps.
    let mut flood = JoinSet::new();
    for chunk in 0..4 {
        let (address, keeper) = (servers[0].as_ref().unwrap().address, keeper.clone());
        flood.spawn(async move {
            let mut caller = Caller::at(address).await;
            for _ in 0..300 {
                let other = caller.named_token("code062").await.unwrap();
                caller.revoke(&keeper, &other).await.unwrap();
            }
            chunk
        });
    }
    assert_eq!(flood.join_all().await.len(), 4);
    for (at, node) in nodes.iter_mut().enumerate() {
        let done = node.transfer(&victim, &format!("last-{at}"), &fifty_thousand()).await.unwrap();
        assert_eq!(done.status, 200, "{done}");
    }
    assert_eq!(nodes[1].revoke(&keeper, &victim).await.unwrap().status, 200);
    for (at, node) in nodes.iter_mut().enumerate() {
        let refused = node.transfer(&victim, &format!("ended-{at}"), &fifty_thousand()).await.unwrap();
        assert_eq!((refused.status, &*refused.message()), (403, "invalid token"), "node {at}");
    }
    servers.into_iter().flatten().for_each(Server::stop);
    verify(&home);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_a_dead_process_had_claimed_waits_for_its_lease_and_delays_no_other_job() {
    let home = Home::on_postgres("lease");
    let server = Server::start(&home, Launch::default());
    let mut caller = Caller::at(server.address).await;
    caller.reset_at(NOON).await.unwrap();
    let token = caller.named_token("code062").await.unwrap();
    let deposit = caller.deposit_id(DROPS).await;
    let hold = json!({"amount": 1_000, "expiresAt": minutes_after_noon(1)});
    caller.operator(Call::post(&format!("/admin/v1/deposits/{deposit}/holds")).json(&hold)).await.unwrap();
    // The state that a process leaves when it dies between its claim and its commit.
    let claim = "UPDATE job SET fence = fence + 1, leased_until_ms = (EXTRACT(EPOCH FROM now()) * 1000)::bigint + 3000";
    postgres().sql(home.database(), claim).unwrap();
    let began = Instant::now();
    let moving = tokio::spawn(send_to(
        server.address,
        Call::post("/admin/v1/clock").bearer(OPERATOR).json(&json!({"set": minutes_after_noon(2)})),
    ));
    let mut transfers = 0;
    while !moving.is_finished() {
        let asked = Instant::now();
        let reply = caller.transfer(&token, &format!("meanwhile-{transfers}"), &fifty_thousand()).await.unwrap();
        assert_eq!(reply.status, 200, "{reply}");
        assert!(asked.elapsed() < Duration::from_secs(2), "{:?}", asked.elapsed());
        transfers += 1;
    }
    let moved = moving.await.unwrap().unwrap().json().unwrap();
    assert_eq!(moved["ran"], 1, "{moved}");
    assert!(began.elapsed() > Duration::from_secs(2) && transfers > 10, "{:?}, {transfers}", began.elapsed());
    server.stop();
    verify(&home);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_shows_either_the_old_world_or_the_new_one() {
    let home = Home::on_postgres("reset");
    let servers = start_all(&home);
    let addresses: Vec<SocketAddr> = servers.iter().flatten().map(|server| server.address).collect();
    Caller::at(addresses[0]).await.reset_at(NOON).await.unwrap();
    let (stop, rounds) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let mut workers = JoinSet::new();
    for worker in 0..6_usize {
        let (address, stop, rounds) = (addresses[worker % NODES], Arc::clone(&stop), Arc::clone(&rounds));
        workers.spawn(async move {
            let mut caller = Caller::at(address).await;
            while !stop.load(Ordering::Relaxed) {
                let round = rounds.fetch_add(1, Ordering::Relaxed);
                // The client, the token's grant, the deposit and its account must belong to one world.
                let token = match caller.named_token("code062").await {
                    Ok(token) => token,
                    // The token's deposit belonged to the old world.
                    Err(error) if error.contains("invalid deposit") => continue,
                    Err(error) => panic!("worker {worker}: {error}"),
                };
                for (at, reply) in [
                    caller.transfer(&token, &format!("w{worker}-{round}"), &fifty_thousand()).await.unwrap(),
                    caller.inquire(&token, "nothing").await.unwrap(),
                ]
                .into_iter()
                .enumerate()
                {
                    let ends =
                        ["", "transaction not found", "invalid token", "شما در بازه زمانی تعریف شده قرار ندارید"];
                    assert!(
                        reply.status < 500 && ends.contains(&&*reply.message()),
                        "worker {worker}, call {at}: {reply}"
                    );
                }
            }
        });
    }
    let mut operator = Caller::at(addresses[1]).await;
    // At least as many calls as resets, so that they coincide.
    let mut resets = 0;
    while resets < 25 || rounds.load(Ordering::Relaxed) < 50 {
        resets += 1;
        operator.operator(Call::post("/admin/v1/reset")).await.unwrap();
    }
    stop.store(true, Ordering::Relaxed);
    workers.join_all().await;
    servers.into_iter().flatten().for_each(Server::stop);
    verify(&home);
}

async fn send_to(address: SocketAddr, call: Call) -> Result<Reply, String> {
    send(address, &call).await
}

fn start_all(home: &Home) -> Vec<Option<Server>> {
    std::thread::scope(|scope| {
        let starting: Vec<_> = (0..NODES).map(|_| scope.spawn(|| Server::start(home, Launch::default()))).collect();
        starting.into_iter().map(|server| Some(server.join().unwrap())).collect()
    })
}

async fn place_holds(world: &mut Caller) {
    for number in 0..HOLDS {
        let deposit = world.deposit_id(OPENED[number % OPENED.len()]).await;
        let form = json!({"amount": 1_000, "expiresAt": minutes_after_noon(number + 1)});
        world.operator(Call::post(&format!("/admin/v1/deposits/{deposit}/holds")).json(&form)).await.unwrap();
    }
}

fn minutes_after_noon(minutes: usize) -> String {
    format!("2040-01-02T12:{minutes:02}:00+03:30")
}

/// Moves the clock at a node, or at another one if that node dies. Returns the number of jobs that the move has run.
async fn move_clock(nodes: &Nodes, mut at: usize, minutes: usize) -> u64 {
    let call = Call::post("/admin/v1/clock").bearer(OPERATOR).json(&json!({"set": minutes_after_noon(minutes)}));
    loop {
        let reply = send(address(nodes, at), &call).await;
        match reply {
            Ok(reply) if reply.status == 200 => return reply.json().unwrap()["ran"].as_u64().unwrap(),
            Ok(reply) => assert!([500, 503].contains(&reply.status), "clock: {reply}"),
            Err(_) => at += 1,
        }
    }
}

async fn send(address: SocketAddr, call: &Call) -> Result<Reply, String> {
    Client::connect(address).await?.send(call).await
}
