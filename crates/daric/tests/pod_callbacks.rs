//! Calls to businesses that a payment was made (`pod.md` 5.4): written with the payment, signed, tried again, listed and sent once more.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test ends where something is not as it should be")]

mod harness;

use base64::Engine as _;
use harness::client::Call;
use harness::matcher::text_matches;
use harness::pod::{SHOP, SUPPLIER, line};
use harness::provider::{Answer, Provider};
use harness::server::Launch;
use harness::world::World;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

const FAILS: Answer = Answer::Says(500, "no");
/// When each try comes: at once, then 1 min, 10 min, 1 h, 6 h and 24 h after the first.
const ADVANCES: [&str; 5] = ["PT1M", "PT9M", "PT50M", "PT5H", "PT18H"];

/// Shop issues an invoice, and somebody pays it on the sandbox's gateway.
async fn paid(world: &mut World, form: &str, call_uri: &str) -> Value {
    paid_to(world, SHOP, form, call_uri).await
}

async fn paid_to(world: &mut World, business: &str, form: &str, call_uri: &str) -> Value {
    let invoice = world.issue(business, &format!("userId=101&{form}&{}", line(50_000, "1"))).await;
    let reply =
        world.follow(&invoice, &format!("gateway=LOC&callUri={call_uri}&redirectUri=http://127.0.0.1:9/b")).await;
    assert_eq!(reply.status, 302, "{reply}");
    invoice
}

async fn newest(world: &mut World) -> Value {
    world.operator(Call::get("/admin/v1/webhooks?limit=1")).await.unwrap()[0].take()
}

/// The newest call, once it stands so.
async fn becomes(world: &mut World, state: &str, tries: i64) -> Value {
    loop {
        let call = newest(world).await;
        if (call["state"].as_str(), call["tries"].as_i64()) == (Some(state), Some(tries)) {
            return call;
        }
        tokio::task::yield_now().await;
    }
}

/// The head of a request: what is asked for, and a header's value.
fn header(request: &str, name: &str) -> Option<String> {
    let value =
        request.lines().filter_map(|line| line.split_once(": ")).find(|(known, _)| known.eq_ignore_ascii_case(name));
    value.map(|(_, value)| value.to_owned())
}

/// What the shop's secret makes of a text.
fn signed(text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(b"demo-shop-webhook-secret").unwrap();
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_is_called_with_all_eight_parameters_behind_its_own_and_the_call_is_signed() {
    let mut world = World::start("pod-callbacks").await;
    let mut shop = Provider::start().await;
    let address = format!("http%3A%2F%2F{}%2Fpaid%3Fown%3D1", shop.address);
    let mut seen = std::collections::BTreeSet::new();
    for (form, told) in [("billNumber=B-1", "true"), ("billNumber=B-2&verificationNeeded=true", "false")] {
        let invoice = paid(&mut world, form, &address).await;
        let request = shop.asked().await;
        let bill = invoice["billNumber"].as_str().unwrap();
        let (id, number) = (&invoice["id"], invoice["paymentBillNumber"].as_str().unwrap());
        let expected = format!(
            "GET /paid?own=1&billNumber={bill}&paymentBillNumber={number}&invoiceId={id}&paid={told}&terminalId=LOC\
             &maskedCardNumber=000000%2A%2A%2A%2A%2A%2A0000&rrn=<digits12>&tref=<digits18> HTTP/1.1"
        );
        let line = request.lines().next().unwrap();
        assert!(text_matches(&expected, line), "{line} is not {expected}");
        // second-edition.md 4.4: computed here, from what has arrived.
        let target = line.split(' ').nth(1).unwrap();
        let called = format!("GET.http://{}{target}", header(&request, "host").unwrap());
        let id = header(&request, "webhook-id").expect("it has an id");
        let second = header(&request, "webhook-timestamp").expect("it has a time");
        assert!(seen.insert(id.clone()), "every delivery has an id of its own");
        let hex: String = signed(&format!("{second}.{id}.{called}")).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(header(&request, "daric-signature"), Some(format!("t={second},v2={hex}")));
        let standard = base64::engine::general_purpose::STANDARD.encode(signed(&format!("{id}.{second}.{called}")));
        assert_eq!(header(&request, "webhook-signature"), Some(format!("v1,{standard}")));
        // Another path, another method, another delivery: none of them has this signature.
        for other in
            [called.replace("/paid", "/refund"), called.replace("GET.", "POST."), called.replace("own=1", "own=2")]
        {
            assert_ne!(signed(&format!("{id}.{second}.{other}")), signed(&format!("{id}.{second}.{called}")));
        }
        becomes(&mut world, "sent", 1).await;
    }
    // Verifying calls nobody again, and neither does a payment that fails.
    let waiting = world.pod_done(SHOP, 29809, "billNumber=B-2").await;
    assert_eq!(waiting["payed"], true);
    let again =
        world.follow(&waiting, &format!("gateway=LOC&callUri={address}&redirectUri=http://127.0.0.1:9/b")).await;
    assert!(again.header("location").unwrap().contains("errorResult="), "{again}");
    assert_eq!(world.operator(Call::get("/admin/v1/webhooks")).await.unwrap().as_array().unwrap().len(), 2);
    assert_eq!(shop.unseen(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_that_fails_is_called_six_times_in_a_day_and_once_more_when_the_operator_says_so() {
    let mut world = World::start("pod-callbacks-tries").await;
    let mut shop = Provider::start().await;
    shop.answers(&[FAILS, Answer::Says(302, ""), FAILS, FAILS, FAILS, FAILS]).await;
    paid(&mut world, "", &format!("http://{}/paid", shop.address)).await;
    let first = shop.asked().await;
    becomes(&mut world, "queued", 1).await;
    for (advance, tries) in ADVANCES.iter().zip(2..) {
        world.operator(Call::post("/admin/v1/clock").json(&json!({"advance": advance}))).await.unwrap();
        let request = shop.asked().await;
        assert_eq!(request.lines().next(), first.lines().next(), "every try says the same");
        becomes(&mut world, if tries == 6 { "dead" } else { "queued" }, tries).await;
    }
    let dead = newest(&mut world).await;
    assert_eq!(dead["error"], "the other side answered 500");
    let resend = Call::post(&format!("/admin/v1/webhooks/{}/resend", dead["id"]));
    world.operator(resend.clone()).await.unwrap();
    shop.asked().await;
    becomes(&mut world, "sent", 1).await;
    assert!(world.operator(resend).await.unwrap_err().contains("409"));
    assert!(world.operator(Call::post("/admin/v1/webhooks/7/resend")).await.unwrap_err().contains("404"));
}

/// design.md 2, invariant 9: one caller cannot stop another.
#[tokio::test(flavor = "multi_thread")]
async fn name_servers_that_never_answer_hold_up_no_read_and_no_other_business() {
    let silent = tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let server = silent.local_addr().unwrap().to_string();
    let mut world =
        World::launch("pod-callbacks-names", Launch { args: &["--name-servers", &server], ..Launch::default() }).await;
    let mut shop = Provider::start().await;
    // More than all places, and each for a host of its own.
    for number in 0..80 {
        paid_to(&mut world, SUPPLIER, "", &format!("http://shop-{number}.example/paid")).await;
    }
    let mut question = [0; 512];
    assert!(silent.recv(&mut question).await.is_ok_and(|length| length > 0), "the server is asked");
    let invoice = paid(&mut world, "", &format!("http://{}/paid", shop.address)).await;
    shop.asked().await;
    for _ in 0..64 {
        world.invoice(SHOP, invoice["id"].as_i64().unwrap()).await;
    }
    let calls = world.operator(Call::get("/admin/v1/webhooks?limit=100")).await.unwrap();
    let asked = |call: &&Value| call["tries"] != 0 && call["url"].as_str().is_some_and(|url| url.contains(".example"));
    let waiting = calls.as_array().unwrap().iter().filter(asked).count();
    assert_eq!(waiting, 0, "all that came before the first look-up was given up: {calls}");
}
