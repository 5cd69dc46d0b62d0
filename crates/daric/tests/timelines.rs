//! What the pages of payments tell: who decided and why, what was sent to whom, what networks said, and the call that began it.

use crate::console::{ADMIN, operator, send_decision, signed_in, unknown_order};
use crate::harness;
use crate::harness::server::{OnStore, each_store};
use crate::pod_callbacks::paid;
use rstest_reuse::apply;

use harness::browser::text;
use harness::client::Call;
use harness::paystar::{CARD, SEQUENCE};
use harness::provider::{Answer, Provider};
use harness::world::World;
use serde_json::json;

/// Checks that a page has all of these texts.
fn has(page: &str, texts: &[&str]) {
    for text in texts {
        assert!(page.contains(text), "{text}: {page}");
    }
}

#[apply(each_store)]
async fn an_order_tells_who_decided_why_what_its_network_said_and_what_it_was_asked(#[case] _on: OnStore) {
    let mut world = World::start("timeline-order").await;
    let order = unknown_order(&mut world, "daric-unknown-timeline").await;
    let mut admin = signed_in(&mut world, ADMIN).await;
    let mut second = operator(&mut world, "second", "operator").await;
    let (page, resolve) = (format!("/console/orders/{order}"), format!("/console/orders/{order}/resolve"));
    let form = "verdict=failed&reason=the+bank+says+no";
    assert_eq!(admin.submit(&mut world, &page, &resolve, form).await.status, 303);
    assert_eq!(send_decision(&mut world, &mut second, "yes").await, 303);
    let shown = text(&admin.get(&mut world, &format!("{page}?lang=en")).await);
    has(
        &shown,
        &[
            "propose resolve",
            "the bank says no",
            "approve resolve",
            "second",
            "Submitted to its network",
            "The network answered",
            "no outcome yet",
            "daric-unknown-",
            "The call that began it",
            "trackId=daric-unknown-timeline",
            "Its response",
            "UNKNOWN",
        ],
    );
}

#[apply(each_store)]
async fn an_invoice_tells_of_its_callbacks_with_their_attempts(#[case] _on: OnStore) {
    let mut world = World::start("timeline-invoice").await;
    let mut shop = Provider::start().await;
    shop.answers(&[Answer::Says(503, "no")]).await;
    let invoice = paid(&mut world, "billNumber=T-1", &format!("http%3A%2F%2F{}%2Fpaid", shop.address)).await;
    shop.asked().await;
    // The clock's move waits for what became of the attempt.
    world.set_clock("2026-11-21T11:01:00+03:30").await.unwrap();
    shop.asked().await;
    let page = format!("/console/invoices/{}?lang=en", invoice["id"]);
    let mut admin = signed_in(&mut world, ADMIN).await;
    let shown = loop {
        let shown = text(&admin.get(&mut world, &page).await);
        if shown.contains("sent") {
            break shown;
        }
        tokio::task::yield_now().await;
    };
    // What an operator reads is none of its events.
    world.operator(Call::get(&format!("/admin/v1/invoices/{}", invoice["id"]))).await.unwrap();
    let again = text(&admin.get(&mut world, &page).await);
    assert!(!again.contains("<bdi>invoices</bdi>"), "{again}");
    let attempts = shown.matches("Attempt of a callback").count();
    assert_eq!(attempts, 2, "{shown}");
    has(&shown, &["Callback", "503", "the other side answered 503", "issueInvoice", "The call that began it"]);
}

#[apply(each_store)]
async fn a_payment_by_telephone_tells_of_its_sms_and_the_request_for_it(#[case] _on: OnStore) {
    let mut world = World::start("timeline-phone").await;
    let body = json!({"amount": 1000, "pan": CARD, "order_id": "tl-1", "sequence": SEQUENCE});
    let reply = world.send(&Call::post("/api/ivr/bpm/otp-v2").json(&body)).await.unwrap();
    assert_eq!(reply.status, 200, "{reply}");
    let orders = world.operator(Call::get("/admin/v1/phone-orders")).await.unwrap();
    let sms = world.operator(Call::get("/admin/v1/sms?limit=1")).await.unwrap();
    let mut admin = signed_in(&mut world, ADMIN).await;
    let shown = text(&admin.get(&mut world, &format!("/console/phone/{}?lang=en", orders[0]["id"])).await);
    // A sandbox shows the code.
    has(&shown, &["SMS", sms[0]["otp"].as_str().unwrap(), "otp-v2", "The call that began it", "tl-1"]);
}
