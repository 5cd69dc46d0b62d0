//! Alerts: raised once, told by webhook with a signature, shown, and resolved once.

use crate::console::{ADMIN, signed_in, unknown_order};
use crate::harness;
use crate::harness::server::{OnStore, each_store};
use rstest_reuse::apply;

use base64::Engine as _;
use harness::browser::text;
use harness::client::Call;
use harness::provider::Provider;
use harness::server::{Launch, postgres, temporary};
use harness::world::{OPERATOR, World};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

const SECRET: &str = "a-secret-of-the-alerts";

/// The state of a kind of alert after a look.
async fn looked(world: &mut World, kind: &str) -> Value {
    of_kind(&world.operator(Call::post("/admin/v1/alerts/look")).await.unwrap(), kind)
}

fn of_kind(alerts: &Value, kind: &str) -> Value {
    alerts.as_array().unwrap().iter().find(|alert| alert["kind"] == kind).unwrap().clone()
}

/// An open alert of the kind with a code, as another process of the database has written it: confirmed so many minutes ago.
fn raised_elsewhere(world: &World, code: i64, minutes: i64) {
    let text = format!(
        "INSERT INTO alert (kind, raised_at_ms, confirmed_at_ms, value, detail, tries)
        VALUES ({code}, 0, CAST(extract(epoch FROM now()) * 1000 AS BIGINT) - {minutes} * 60000, 1, 'seen elsewhere', 0)
        ON CONFLICT (kind) DO UPDATE SET confirmed_at_ms = excluded.confirmed_at_ms, resolved_at_ms = NULL"
    );
    postgres().sql(world.home.database(), &text).unwrap();
}

/// The body of a call to the webhook, whose signature is checked.
fn told(request: &str) -> Value {
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("POST /alerts HTTP/1.1"), "{head}");
    let header = |name: &str| {
        let line = head.lines().find(|line| line.to_ascii_lowercase().starts_with(&format!("{name}: ")));
        line.unwrap_or_else(|| panic!("no {name}: {head}")).split_once(": ").unwrap().1.to_owned()
    };
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(format!("{}.{}.{body}", header("webhook-id"), header("webhook-timestamp")).as_bytes());
    let signature = base64::engine::general_purpose::STANDARD.encode(mac.finalize().into_bytes());
    assert_eq!(header("webhook-signature"), format!("v1,{signature}"));
    serde_json::from_str(body).unwrap()
}

#[apply(each_store)]
async fn an_alert_is_raised_once_told_with_a_signature_and_resolved_once(#[case] _on: OnStore) {
    let mut provider = Provider::start().await;
    let config = temporary("alerts.toml");
    let settings = format!(
        "[alerts]\nwebhook = \"http://{}/alerts\"\nwebhook_secret = \"{SECRET}\"\nundecided_minutes = 5\ndisk_mib = 0\n",
        provider.address
    );
    std::fs::write(&config, settings).unwrap();
    let launch = Launch { args: &["--config", config.to_str().unwrap()], ..Launch::default() };
    let mut world = World::launch("alerts", launch).await;
    let order = unknown_order(&mut world, "daric-unknown-alert").await;
    let found = looked(&mut world, "undecided_payments").await;
    assert_eq!(json!([found["state"], found["limit"], found["unit"]]), json!(["none", 5, "minutes"]), "it is young");
    world.set_clock("2026-11-21T11:10:00+03:30").await.unwrap();
    let found = looked(&mut world, "undecided_payments").await;
    assert_eq!(json!([found["state"], found["value"]]), json!(["open", 10]), "{found}");
    let raised = told(&provider.asked().await);
    assert_eq!(
        json!([raised["type"], raised["data"]["kind"], raised["data"]["value"], raised["data"]["limit"]]),
        json!(["alert.raised", "undecided_payments", 10, 5])
    );
    assert_eq!(raised["data"]["resolvedAt"], Value::Null);
    assert_eq!(looked(&mut world, "undecided_payments").await, found, "it is raised once");
    assert_eq!(provider.unseen(), 0, "and told once");
    let metrics = world.send(&Call::get("/metrics")).await.unwrap();
    let metrics = String::from_utf8_lossy(&metrics.body).into_owned();
    assert!(metrics.contains("daric_alerts_open{kind=\"undecided_payments\"} 1"), "{metrics}");
    let mut admin = signed_in(&mut world, ADMIN).await;
    let page = text(&admin.get(&mut world, "/console?lang=en").await);
    assert!(page.contains("Old payments without an outcome: 1 payments have no known outcome"), "{page}");
    let resolve = Call::post(&format!("/admin/v1/orders/{order}/resolve")).json(&json!({"verdict": "failed"}));
    world.operator(resolve).await.unwrap();
    let found = looked(&mut world, "undecided_payments").await;
    assert_eq!(found["state"], "resolved", "{found}");
    let resolved = told(&provider.asked().await);
    assert_eq!(json!([resolved["type"], resolved["data"]["raisedAt"]]), json!(["alert.resolved", found["raisedAt"]]));
    assert_eq!(looked(&mut world, "undecided_payments").await["state"], "resolved");
    assert_eq!(provider.unseen(), 0);
    let page = text(&admin.get(&mut world, "/console?lang=en").await);
    assert!(!page.contains("Old payments without an outcome"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alert_is_resolved_only_by_a_process_that_knows_that_its_condition_has_ended() {
    let _on = OnStore::postgres();
    let mut world = World::start("alerts-elsewhere").await;
    for (code, kind, minutes, state) in [
        // The machine of another process has the step of the clock, and confirms it for as long as it lasts.
        (5, "clock", 1, "open"),
        (5, "clock", 6, "resolved"),
        // This process has compared no link since the fault was seen.
        (6, "verification", -2, "open"),
        // What is in the database is seen by every process.
        (7, "open_cycle", 1, "resolved"),
    ] {
        raised_elsewhere(&world, code, minutes);
        let found = looked(&mut world, kind).await;
        assert_eq!(found["state"], state, "{minutes} minutes: {found}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_that_fails_does_not_end_the_looks_for_other_conditions() {
    let _on = OnStore::postgres();
    let mut world = World::start("alerts-failing").await;
    // A call with a state that does not exist cannot be read, and so failed calls cannot be looked for.
    let unreadable = "INSERT INTO message (id, to_mobile, text, state, tries, at_ms, error, business, signed)
        VALUES (1, 'http://127.0.0.1:9/c', '', 99, 0, 1795246200000, '', 201, 0)";
    postgres().sql(world.home.database(), unreadable).unwrap();
    raised_elsewhere(&world, 7, 1);
    let reply = world.send(&Call::post("/admin/v1/alerts/look").bearer(OPERATOR)).await.unwrap();
    assert_eq!(reply.status, 500, "{reply}");
    let alerts = world.operator(Call::get("/admin/v1/alerts")).await.unwrap();
    assert_eq!(of_kind(&alerts, "open_cycle")["state"], "resolved", "{alerts}");
}
