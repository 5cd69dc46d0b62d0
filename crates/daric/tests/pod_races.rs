//! Concurrent services of POD (`pod.md` 1.7: states are decided on one consistent view): one wins, the others get the reason of their refusal, and
//! the money is where the winner has put it.

use crate::harness;
use crate::harness::server::{OnStore, each_store};
use rstest_reuse::apply;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use harness::client::{Call, Client, Reply};
use harness::pod::{ALI, SHOP, SUPPLIER, answer_of, line, service_call};
use harness::server::verify;
use harness::world::{OPERATOR, World};
use serde_json::json;
use tokio::sync::Barrier;

const PAYMENTS: usize = 30;
const ROUNDS: usize = 8;

/// Sends calls at the same time, each over a separate connection.
async fn at_once(address: SocketAddr, calls: Vec<Call>) -> Vec<Reply> {
    let barrier = Arc::new(Barrier::new(calls.len()));
    let senders: Vec<_> = calls
        .into_iter()
        .map(|call| {
            let barrier = Arc::clone(&barrier);
            tokio::spawn(async move {
                let mut client = Client::connect(address).await.unwrap();
                barrier.wait().await;
                client.send(&call).await.unwrap()
            })
        })
        .collect();
    let mut replies = Vec::new();
    for sender in senders {
        replies.push(sender.await.unwrap());
    }
    replies
}

/// The number of replies with each code. Links and forms have the code in the address that they redirect to; a page is the reply of a form that holds
/// the invoice.
fn codes(replies: &[Reply]) -> BTreeMap<i64, usize> {
    let mut codes = BTreeMap::new();
    for reply in replies {
        let code = match reply.header("location") {
            Some(location) => match location.split_once("errorCode%22%3A") {
                Some((_, rest)) => rest.split('%').next().unwrap().parse().unwrap(),
                None => 0,
            },
            None if reply.header("content-type").is_some_and(|kind| kind.starts_with("text/html")) => 0,
            None => answer_of(reply).0,
        };
        *codes.entry(code).or_default() += 1;
    }
    codes
}

#[apply(each_store)]
async fn of_thirty_payments_by_different_means_one_pays(#[case] _on: OnStore) {
    let mut world = World::start("pod-races").await;
    for round in 0..ROUNDS {
        // In every other round the gateway's money waits for verification.
        let verification = if round % 2 == 0 { "verificationNeeded=true&" } else { "" };
        let form = format!("userId=101&redirectURL=http://127.0.0.1:9/b&{verification}{}", line(50_000, "1"));
        let invoice = world.issue(SHOP, &form).await;
        let id = invoice["id"].as_i64().unwrap();
        let number = round.to_string();
        let transaction = json!({
            "terminalNumber": "10001000", "merchantCode": "20002000", "amount": 54_500, "depositId": id,
            "referenceNumber": number, "trackingNumber": "8", "transactionDate": "1405/08/30 10:11:12",
        });
        world.operator(Call::post("/admin/v1/pos/transactions").bearer(OPERATOR).json(&transaction)).await.unwrap();
        let pos = format!(
            "invoiceId={id}&terminalNumber=10001000&merchantCode=20002000&referenceNumber={number}&trackingNumber=8\
             &transactionDate=1405/08/30 10:11:12"
        );
        let link = |gateway: &str| {
            let unique = invoice["uniqueNumber"].as_str().unwrap();
            Call::get(&format!("/v1/pbc/payInvoiceByUniqueNumber?uniqueNumber={unique}&gateway={gateway}"))
        };
        let wallet = format!("invoiceId={id}&wallet=PODLAND_WALLET");
        let means = [
            service_call(ALI, 29821, &wallet),
            service_call(ALI, 30382, &format!("invoiceId={id}")),
            service_call(SUPPLIER, 29821, &wallet),
            service_call(SHOP, 29799, &format!("invoiceId={id}")),
            service_call(SHOP, 29801, &pos),
            link("LOC"),
        ];
        let mut calls = Vec::new();
        for number in 0..PAYMENTS {
            // The last kind of payment is the first form of a card page; the link was followed before.
            match means.get((number + round) % (means.len() + 1)) {
                Some(call) => calls.push(call.clone()),
                None => calls.push(world.card_page(&invoice).await.1),
            }
        }
        let found = codes(&at_once(world.server.address, calls).await);
        assert_eq!(found[&0], 1, "{found:?}");
        assert!(found.keys().all(|code| [0, 24, 58, 72].contains(code)), "{found:?}");
        assert_eq!(found.values().sum::<usize>(), PAYMENTS);
        let seen = world.invoice(SHOP, id).await;
        let (paid, waiting) = (seen["payed"] == true, seen["waiting"] == true);
        assert!(!(paid && waiting), "{seen}");
        let state = if paid {
            24
        } else if waiting {
            58
        } else {
            72
        };
        assert_eq!(found.get(&state), Some(&(PAYMENTS - 1)), "{found:?} {seen}");
    }
    let World { server, home, .. } = world;
    server.stop();
    verify(&home);
}

#[apply(each_store)]
async fn a_cancel_that_races_a_payment_ends_in_one_of_the_two_legal_ends(#[case] _on: OnStore) {
    let mut world = World::start("pod-races-cancel").await;
    let mut refunded = 0;
    for round in 0..ROUNDS {
        let before = world.wallet(ALI).await;
        let id = world.issue_to_ali("").await;
        let pay = service_call(ALI, 29821, &format!("invoiceId={id}&wallet=PODLAND_WALLET"));
        let cancel = service_call(SHOP, 29810, &format!("id={id}"));
        let calls = if round % 2 == 0 { vec![pay, cancel] } else { vec![cancel, pay] };
        let replies = at_once(world.server.address, calls).await;
        let (pay, cancel) = if round % 2 == 0 { (&replies[0], &replies[1]) } else { (&replies[1], &replies[0]) };
        assert_eq!(answer_of(cancel).0, 0, "{cancel}");
        let seen = world.invoice(SHOP, id).await;
        let paid_first = answer_of(pay).0 == 0;
        assert!(paid_first || answer_of(pay).0 == 32, "{pay}");
        assert_eq!((&seen["canceled"], &seen["payed"]), (&json!(true), &json!(paid_first)));
        assert_eq!(world.wallet(ALI).await, before, "what was paid went back");
        refunded += usize::from(paid_first);
    }
    println!("{refunded} of {ROUNDS} were paid first");
    let World { server, home, .. } = world;
    server.stop();
    verify(&home);
}

#[apply(each_store)]
async fn of_two_set_offs_of_one_source_one_is_registered(#[case] _on: OnStore) {
    let mut world = World::start("pod-races-set-off").await;
    for _ in 0..ROUNDS {
        let source = world.issue_to_ali("").await;
        world.pod_done(ALI, 29821, &format!("invoiceId={source}&wallet=PODLAND_WALLET")).await;
        let mut calls = Vec::new();
        for _ in 0..2 {
            let owed =
                world.issue(SUPPLIER, &format!("userId=201&{}", line(20_000, "1"))).await["id"].as_i64().unwrap();
            calls.push(service_call(SHOP, 29800, &format!("creditorInvoiceId={owed}&debtorInvoiceId={source}")));
        }
        let found = codes(&at_once(world.server.address, calls).await);
        assert_eq!(found, BTreeMap::from([(0, 1), (999, 1)]));
    }
    assert_eq!(world.blocked(SHOP).await, 21_800 * i64::try_from(ROUNDS).unwrap());
    let World { server, home, .. } = world;
    server.stop();
    verify(&home);
}

#[apply(each_store)]
async fn a_one_time_token_passes_once_however_often_it_is_sent(#[case] _on: OnStore) {
    let mut world = World::start("pod-races-ott").await;
    for _ in 0..ROUNDS {
        let ott = world.ott(SHOP).await;
        let form = format!("_ott_={ott}&guildCode=API_GUILD&{}", line(50_000, "1"));
        let calls = vec![service_call(SHOP, 29796, &form); 10];
        let found = codes(&at_once(world.server.address, calls).await);
        assert_eq!(found, BTreeMap::from([(0, 1), (39, 9)]));
    }
}
