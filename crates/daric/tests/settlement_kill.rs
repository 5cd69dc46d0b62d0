//! SIGKILL while a cycle settles: every order settles once, whichever process completes the cycle (`finnotech.md` 3.2).

use crate::harness;
use crate::harness::server::{OnStore, each_store};
use rstest_reuse::apply;

use harness::client::{Call, Client};
use harness::server::{Home, Launch, Server, verify};
use harness::world::{DROPS, MARTIN, OPERATOR, PASARGAD, Token, World, paya_but, transfer_call};
use serde_json::{Value, json};

const ORDERS: u64 = 6_000;
const CONNECTIONS: u64 = 16;
/// If processes share a store, the next one waits for the dead one's lease: half a minute for each kill.
const KILLS: u64 = 2;
const CYCLE: &str = "/admin/v1/cycles/621405083003";
const SETTLES: &str = "2026-11-21T13:45:00+03:30";

#[apply(each_store)]
async fn a_cycle_that_dies_between_two_slices_goes_on_where_it_was(#[case] _on: OnStore) {
    let mut world = World::start("settlement-kill").await;
    let token = world.named_token("code062").await.unwrap();
    send_all(&world, &token).await;
    let martin = world.deposit_id("300400500600").await;
    let drops = world.deposit_id(DROPS).await;
    let World { mut server, home, .. } = world;
    let mut cut_short = 0;
    for round in 0..=KILLS {
        let mut client = Client::connect(server.address).await.unwrap();
        if round == 0 {
            // The answer is not awaited: the server is killed while it works.
            let address = server.address;
            tokio::spawn(async move {
                let mut client = Client::connect(address).await.unwrap();
                let call = Call::post("/admin/v1/clock").bearer(OPERATOR).json(&json!({"set": SETTLES}));
                let _ = client.send(&call).await;
            });
        }
        // A restarted server finds the due job by itself.
        let before = settled(&mut client).await;
        let now = loop {
            let now = settled(&mut client).await;
            if now > before || now == ORDERS {
                break now;
            }
        };
        if now == ORDERS || round == KILLS {
            break;
        }
        cut_short += 1;
        server.kill();
        verify(&home);
        server = start(&home);
    }
    let mut client = Client::connect(server.address).await.unwrap();
    // The last slice may settle the last order and leave the end of the cycle to the next slice.
    let cycle = loop {
        let cycle = cycle(&mut client).await;
        if cycle["state"] == "settled" {
            break cycle;
        }
        assert_eq!(cycle["state"], "settling", "{cycle}");
    };
    println!("killed {cut_short} times while it settled");
    assert!(cut_short > 0, "it was never killed in the middle");
    let posted = async |client: &mut Client, id: i64| {
        let account = client.send(&Call::get(&format!("/admin/v1/accounts/{id}")).bearer(OPERATOR)).await.unwrap();
        account.json().unwrap()["posted"].as_i64().unwrap()
    };
    let half = i64::try_from(ORDERS / 2).unwrap() * 10_000;
    assert_eq!(posted(&mut client, martin).await, half, "each that stays here arrived once");
    assert_eq!(posted(&mut client, drops).await, 1_000_000_000_000 - 2 * half);
    assert_eq!(posted(&mut client, 1_000_621_405_083_003).await, 0, "clearing is empty");
    assert_eq!((&cycle["settled"], &cycle["returned"]), (&json!(ORDERS), &json!(0)));
    server.stop();
    verify(&home);
}

fn start(home: &Home) -> Server {
    Server::start(home, Launch::default())
}

async fn cycle(client: &mut Client) -> Value {
    let reply = client.send(&Call::get(CYCLE).bearer(OPERATOR)).await.unwrap();
    reply.json().unwrap_or_else(|_| panic!("{reply}"))
}

async fn settled(client: &mut Client) -> u64 {
    let cycle = cycle(client).await;
    cycle["settled"].as_u64().unwrap_or_else(|| panic!("{cycle}"))
}

async fn send_all(world: &World, token: &Token) {
    let mut senders = tokio::task::JoinSet::new();
    for connection in 0..CONNECTIONS {
        let (address, token) = (world.server.address, token.clone());
        senders.spawn(async move {
            let mut client = Client::connect(address).await.unwrap();
            for number in (connection..ORDERS).step_by(usize::try_from(CONNECTIONS).unwrap()) {
                let destination = if number % 2 == 0 { MARTIN } else { PASARGAD };
                let body = paya_but(json!({"amount": 10_000, "destinationNumber": destination}));
                let reply = client.send(&transfer_call(&token, &format!("p-{number}"), &body)).await.unwrap();
                assert_eq!(reply.status, 200, "{reply}");
            }
        });
    }
    senders.join_all().await;
}
