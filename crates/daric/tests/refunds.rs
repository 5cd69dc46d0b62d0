//! Giving money back: refunds of invoices and of telephone payments, canceling what was not paid, returns. By the operator API and by the console.

use crate::console::{ADMIN, operator, signed_in};
use crate::harness;
use crate::harness::server::{OnStore, each_store};
use rstest_reuse::apply;

use harness::browser::{Tab, field, text};
use harness::client::{Call, Reply};
use harness::paystar::{CARD, pay_call};
use harness::pod::{ALI, SHOP};
use harness::server::verify;
use harness::world::{Grant, OPERATOR, PASARGAD, World, paya_but, transfer_call};
use serde_json::{Value, json};

/// What an invoice of [`paid_invoice`] costs.
const PAYABLE: i64 = 54_500;

async fn paid_invoice(world: &mut World) -> i64 {
    let id = world.issue_to_ali("").await;
    world.pod_done(ALI, 29821, &format!("invoiceId={id}&wallet=PODLAND_WALLET")).await;
    id
}

/// The number of a telephone order that is paid.
async fn paid_by_phone(world: &mut World, order: &str, amount: i64) -> i64 {
    let pin = world.asked(order, amount).await;
    let reply = world.send(&pay_call(CARD, order, amount, &pin)).await.unwrap();
    assert_eq!(reply.status, 200, "{reply}");
    let all = world.operator(Call::get("/admin/v1/phone-orders")).await.unwrap();
    all.as_array().unwrap().iter().find(|found| found["orderId"] == order).unwrap()["id"].as_i64().unwrap()
}

async fn read(world: &mut World, path: &str) -> Value {
    world.operator(Call::get(path)).await.unwrap()
}

/// Asks for a refund with a token; `amount` 0: of all that is left.
async fn refund(world: &mut World, token: &str, path: &str, amount: i64, version: &Value) -> Reply {
    let mut form = json!({"reason": "the goods came back", "version": version});
    if amount != 0 {
        form["amount"] = json!(amount);
    }
    world.send(&Call::post(&format!("{path}/refund")).bearer(token).json(&form)).await.unwrap()
}

fn field_of(reply: &Reply) -> Value {
    reply.json().map(|body| body["error"]["field"].clone()).unwrap_or_default()
}

#[apply(each_store)]
async fn an_invoice_is_refunded_in_parts_each_once_and_never_beyond_its_payment(#[case] _on: OnStore) {
    let mut world = World::start("refunds-invoice").await;
    let before = world.wallet(ALI).await;
    let id = paid_invoice(&mut world).await;
    let path = format!("/admin/v1/invoices/{id}");
    let paid = read(&mut world, &path).await;
    let reply = refund(&mut world, OPERATOR, &path, 20_000, &paid["version"]).await;
    assert_eq!(reply.status, 200, "{reply}");
    let after = reply.json().unwrap();
    assert_eq!(
        json!([after["state"], after["received"], after["refunded"]]),
        json!(["payed", PAYABLE - 20_000, 20_000])
    );
    assert_eq!(world.wallet(ALI).await, before - PAYABLE + 20_000);
    // A repeated call names the version of before: nothing is refunded twice.
    let again = refund(&mut world, OPERATOR, &path, 20_000, &paid["version"]).await;
    assert_eq!((again.status, field_of(&again)), (409, json!("version")), "{again}");
    assert!(again.message().contains("`refunded`"), "{again}");
    for (amount, status, field) in [(PAYABLE, 409, "amount"), (-1, 400, "amount")] {
        let refused = refund(&mut world, OPERATOR, &path, amount, &after["version"]).await;
        assert_eq!((refused.status, field_of(&refused)), (status, json!(field)), "{refused}");
    }
    assert_eq!(world.wallet(ALI).await, before - PAYABLE + 20_000);
    let rest = refund(&mut world, OPERATOR, &path, 0, &after["version"]).await;
    assert_eq!((rest.status, &rest.json().unwrap()["state"]), (200, &json!("canceled")), "{rest}");
    assert_eq!(world.wallet(ALI).await, before);
    // What the shop cancels itself is not refunded again, and an invoice that is not paid is canceled instead.
    let id = paid_invoice(&mut world).await;
    world.pod_done(SHOP, 29810, &format!("id={id}")).await;
    let unpaid = world.issue_to_ali("").await;
    for id in [id, unpaid] {
        let path = format!("/admin/v1/invoices/{id}");
        let version = read(&mut world, &path).await["version"].clone();
        let refused = refund(&mut world, OPERATOR, &path, 0, &version).await;
        assert_eq!((refused.status, field_of(&refused)), (409, json!("id")), "{refused}");
    }
    let cancel =
        |id: i64, form: Value| Call::post(&format!("/admin/v1/invoices/{id}/cancel")).bearer(OPERATOR).json(&form);
    let reason = json!({"reason": "ordered by mistake"});
    for (id, form, status) in
        [(unpaid, json!({}), 400), (1, reason.clone(), 404), (unpaid, reason.clone(), 200), (unpaid, reason, 409)]
    {
        let reply = world.send(&cancel(id, form)).await.unwrap();
        assert_eq!(reply.status, status, "{reply}");
    }
    let lines = read(&mut world, "/admin/v1/audit?limit=2").await;
    assert_eq!(json!([lines[0]["action"], lines[1]["action"]]), json!(["refused cancel invoice", "cancel invoice"]));
    assert_eq!(lines[1]["detail"], "ordered by mistake");
    let World { server, home, .. } = world;
    server.stop();
    verify(&home);
}

#[apply(each_store)]
async fn a_telephone_payment_goes_back_to_its_card_and_the_store_stays_sound(#[case] _on: OnStore) {
    let mut world = World::start("refunds-phone").await;
    let card = world.payer_card("0000").await["balance"].as_i64().unwrap();
    let id = paid_by_phone(&mut world, "refunded", 30_000).await;
    let path = format!("/admin/v1/phone-orders/{id}");
    let mut order = read(&mut world, &path).await;
    for (amount, refunded) in [(10_000, 10_000), (5_000, 15_000), (0, 30_000)] {
        let seen = order["version"].clone();
        let reply = refund(&mut world, OPERATOR, &path, amount, &seen).await;
        assert_eq!(reply.status, 200, "{reply}");
        let after = reply.json().unwrap();
        assert_eq!(json!([after["state"], after["refunded"], after["amount"]]), json!(["paid", refunded, 30_000]));
        assert_eq!(world.payer_card("0000").await["balance"], card - 30_000 + refunded);
        let again = refund(&mut world, OPERATOR, &path, amount, &seen).await;
        assert_eq!((again.status, field_of(&again)), (409, json!("version")), "{again}");
        order = after;
    }
    let more = refund(&mut world, OPERATOR, &path, 1, &order["version"]).await;
    assert_eq!((more.status, field_of(&more)), (409, json!("amount")), "{more}");
    let mut admin = signed_in(&mut world, ADMIN).await;
    let list = text(&admin.get(&mut world, "/console/phone?lang=en").await);
    assert!(list.contains(">refunded</span>"), "{list}");
    let list = text(&admin.get(&mut world, "/console/phone?lang=en&state=declined").await);
    assert!(list.contains("kept for a day only"), "{list}");
    let list = text(&admin.get(&mut world, "/console/phone?lang=en&least=1").await);
    assert!(list.contains("The sum above is of all states"), "{list}");
    // The merchant's inquiry still says that the order was paid.
    let inquired = world.send(&harness::paystar::inquiry_call("refunded")).await.unwrap();
    assert_eq!(inquired.status, 200, "{inquired}");
    let asked = world.asked("not-paid", 30_000).await;
    assert!(!asked.is_empty());
    let all = read(&mut world, "/admin/v1/phone-orders").await;
    let unpaid = all.as_array().unwrap().iter().find(|order| order["orderId"] == "not-paid").unwrap();
    let path = format!("/admin/v1/phone-orders/{}", unpaid["id"]);
    let refused = refund(&mut world, OPERATOR, &path, 0, &unpaid["version"]).await;
    assert_eq!((refused.status, field_of(&refused)), (409, json!("id")), "{refused}");
    assert_eq!(refund(&mut world, OPERATOR, "/admin/v1/phone-orders/1", 0, &json!("x")).await.status, 404);
    let World { server, home, .. } = world;
    server.stop();
    verify(&home);
}

/// The newest proposal.
async fn newest(world: &mut World) -> Value {
    read(world, "/admin/v1/proposals").await[0].clone()
}

async fn approve(world: &mut World, tab: &mut Tab, proposal: &Value) -> u16 {
    let form = format!("say=yes&version={}", proposal["version"].as_str().unwrap());
    let path = format!("/console/decisions/{}", proposal["id"]);
    tab.submit(world, "/console/decisions", &path, &form).await.status
}

/// What the timeline of a page says of the taken money.
fn taken(page: &str) -> &str {
    let (_, rest) = page.split_once("Money taken").unwrap();
    rest.split("</li>").next().unwrap()
}

#[apply(each_store)]
async fn a_refund_is_proposed_on_the_page_of_the_payment_and_made_by_a_second_operator(#[case] _on: OnStore) {
    let mut world = World::start("refunds-console").await;
    let mut admin = signed_in(&mut world, ADMIN).await;
    let mut worker = operator(&mut world, "worker", "operator").await;
    let mut viewer = operator(&mut world, "viewer", "viewer").await;
    let before = world.wallet(ALI).await;
    let invoice = paid_invoice(&mut world).await;
    let phone = paid_by_phone(&mut world, "on-the-page", 30_000).await;
    for (page, kind, said) in [
        (format!("/console/invoices/{invoice}"), "refundInvoice", "34,500"),
        (format!("/console/phone/{phone}"), "refundPhone", "10,000"),
    ] {
        let path = format!("{page}/refund");
        let shown = text(&viewer.get(&mut world, &format!("{page}?lang=en")).await);
        assert!(!shown.contains(&path) && shown.contains("Can be refunded"), "{shown}");
        assert_eq!(viewer.submit(&mut world, "/console", &path, "of=all&reason=x&version=x").await.status, 403);
        let version = field(&worker.get(&mut world, &page).await, "version").unwrap();
        // What is wrong is said, in the reader's language, and proposes nothing.
        for (form, lang, why) in [
            ("of=part&amount=5&reason=", "en", "Reason: 1 to 200 characters"),
            ("of=part&amount=five&reason=x", "en", "Write a whole number."),
            ("of=part&amount=0&reason=x", "fa", "مبلغ: یک ریال یا بیشتر بنویسید."),
            ("of=part&amount=900,000&reason=x", "fa", "ریال برای بازگرداندن مانده است."),
        ] {
            worker.get(&mut world, &format!("/console?lang={lang}")).await;
            let refused = worker.submit(&mut world, &page, &path, &format!("{form}&version={version}")).await;
            let html = text(&refused);
            assert!(refused.status == 409 && html.contains(why), "{form}: {refused}");
        }
        let stale = worker.submit(&mut world, &page, &path, "of=all&reason=x&version=old").await;
        assert_eq!(stale.status, 409);
        // Digits and separators as people type them.
        let form = format!("of=part&amount=%DB%B2%DB%B0%2C000&reason=the+goods+came+back&version={version}");
        let proposed = worker.submit(&mut world, &page, &path, &form).await;
        assert_eq!((proposed.status, proposed.header("location")), (303, Some("/console/decisions?done=2")));
        let proposal = newest(&mut world).await;
        assert_eq!(json!([proposal["kind"], proposal["amount"], proposal["by"]]), json!([kind, 20_000, "worker"]));
        let again = worker.submit(&mut world, &page, &path, &form).await;
        assert!(again.status == 409 && text(&again).contains("پیشنهاد بازی"), "{again}");
        assert_eq!(approve(&mut world, &mut worker, &proposal).await, 409, "its author");
        let list = text(&admin.get(&mut world, "/console/decisions?lang=en").await);
        assert!(list.contains("20,000 rials") && list.contains(&format!("href=\"{page}\"")), "{list}");
        assert_eq!(approve(&mut world, &mut admin, &proposal).await, 303);
        let shown = text(&admin.get(&mut world, &format!("{page}?lang=en")).await);
        assert!(shown.contains("Refunded") && shown.contains(&format!("{said} rials")), "{shown}");
    }
    assert_eq!(world.wallet(ALI).await, before - PAYABLE + 20_000);
    // What was taken stays what it was; what the issuer still has is another sum.
    let shown = text(&admin.get(&mut world, &format!("/console/invoices/{invoice}?lang=en")).await);
    assert!(taken(&shown).contains("54,500 rials") && shown.contains("34,500 rials"), "{shown}");
    // The file of the decisions says what they are about.
    let call = Call::get("/admin/v1/lists/proposals/export?format=csv").bearer(OPERATOR);
    let csv = text(&world.send(&call).await.unwrap());
    assert!(csv.contains(",subject,amount\r\n") && csv.contains(&format!(",{invoice},20000\r\n")), "{csv}");
    // A refund meanwhile makes a proposal stale, and a whole one moot.
    let page = format!("/console/invoices/{invoice}");
    let version = field(&worker.get(&mut world, &page).await, "version").unwrap();
    let form = format!("of=all&reason=x&version={version}");
    assert_eq!(worker.submit(&mut world, &page, &format!("{page}/refund"), &form).await.status, 303);
    let path = format!("/admin/v1/invoices/{invoice}");
    for (amount, said) in [(500, "changed since it was proposed"), (0, "no longer needed")] {
        let version = read(&mut world, &path).await["version"].clone();
        assert_eq!(refund(&mut world, OPERATOR, &path, amount, &version).await.status, 200);
        let proposal = newest(&mut world).await;
        assert_eq!(approve(&mut world, &mut admin, &proposal).await, 409);
        let list = text(&admin.get(&mut world, "/console/decisions?lang=en").await);
        assert!(list.contains(said), "{list}");
    }
    assert_eq!(world.wallet(ALI).await, before);
    // All of it went back: it is canceled, and no invoice that is paid now.
    let shown = text(&admin.get(&mut world, &format!("{page}?lang=en")).await);
    let facts = shown.split("Money taken").next().unwrap();
    assert!(
        taken(&shown).contains("54,500 rials") && facts.contains("0 rials") && facts.contains("Refunded"),
        "{shown}"
    );
    assert!(!facts.contains("34,000 rials"), "{shown}");
    for (state, is_listed) in [("paid", false), ("canceled", true)] {
        let list = text(&admin.get(&mut world, &format!("/console/invoices?state={state}")).await);
        assert_eq!(list.contains(&format!("href=\"{page}\"")), is_listed, "{state}: {list}");
    }
    // A named token only proposes.
    let form = json!({"name": "shop-desk", "role": "operator", "days": 1});
    let made = world.operator(Call::post("/admin/v1/operator-tokens").json(&form)).await.unwrap();
    let invoice = paid_invoice(&mut world).await;
    let path = format!("/admin/v1/invoices/{invoice}");
    let version = read(&mut world, &path).await["version"].clone();
    let reply = refund(&mut world, made["token"].as_str().unwrap(), &path, 500, &version).await;
    let body = reply.json().unwrap();
    let told = json!([body["kind"], body["invoice"], body["amount"], body["state"]]);
    assert_eq!((reply.status, told), (202, json!(["refundInvoice", invoice, 500, "open"])), "{reply}");
    let World { server, home, .. } = world;
    server.stop();
    verify(&home);
}

#[apply(each_store)]
async fn an_operator_cancels_what_was_not_paid_and_books_a_return_with_a_reason(#[case] _on: OnStore) {
    let mut world = World::start("refunds-cancel").await;
    let mut worker = operator(&mut world, "worker", "operator").await;
    let (unpaid, paid) = (world.issue_to_ali("").await, paid_invoice(&mut world).await);
    let page = |id: i64| format!("/console/invoices/{id}");
    for (id, form, status) in
        [(unpaid, "reason=", 409), (paid, "reason=x", 409), (unpaid, "reason=double", 303), (unpaid, "reason=x", 409)]
    {
        let reply = worker.submit(&mut world, "/console", &format!("{}/cancel", page(id)), form).await;
        assert_eq!(reply.status, status, "{form}: {reply}");
    }
    let said = worker.submit(&mut world, "/console?lang=en", &format!("{}/cancel", page(paid)), "reason=x").await;
    assert!(text(&said).contains("the invoice is paid: refund it instead"), "{said}");
    // A return, by the console.
    let token = world.grant(Grant::default()).await.unwrap();
    let paya = paya_but(json!({"destinationNumber": PASARGAD}));
    assert_eq!(world.send(&transfer_call(&token, "returned-1", &paya)).await.unwrap().status, 200);
    world.set_clock("2026-11-21T13:45:00+03:30").await.unwrap();
    let orders = read(&mut world, "/admin/v1/orders?client=drops").await;
    let order = orders.as_array().unwrap().iter().find(|order| order["trackId"] == "returned-1").unwrap()["id"].clone();
    while read(&mut world, &format!("/admin/v1/orders/{order}")).await["state"] != "settled" {
        tokio::task::yield_now().await;
    }
    let page = format!("/console/orders/{order}");
    let path = format!("{page}/return");
    assert!(text(&worker.get(&mut world, &page).await).contains(&path));
    for (form, status) in [("reason=", 409), ("reason=account+closed", 303), ("reason=account+closed", 409)] {
        let reply = worker.submit(&mut world, "/console", &path, form).await;
        assert_eq!(reply.status, status, "{form}: {reply}");
    }
    let order = read(&mut world, &format!("/admin/v1/orders/{order}")).await;
    assert_eq!(json!([order["state"], order["returnReason"]]), json!(["returned", "account closed"]));
    // To operators it is neither done nor failed.
    let shown = text(&worker.get(&mut world, &format!("{page}?lang=en")).await);
    assert!(shown.contains(">returned</span>") && !shown.contains(">failed</span>"), "{shown}");
    for (state, is_listed) in [("returned", true), ("failed", false), ("done", false)] {
        let list = text(&worker.get(&mut world, &format!("/console/orders?state={state}")).await);
        assert_eq!(list.contains(&format!("href=\"{page}\"")), is_listed, "{state}: {list}");
    }
    // Each line of the statement names the other account, whichever way the money went.
    let source = format!("/console/accounts/{}", world.deposit_id("0302876214008").await);
    let csv = text(&worker.get(&mut world, &format!("{source}/statement.csv")).await);
    let lines: Vec<&str> = csv.lines().filter(|line| line.contains("returned-1")).collect();
    assert!(lines.iter().any(|line| line.contains(",credit,")), "{csv}");
    assert!(lines.iter().all(|line| line.ends_with(&format!(",{PASARGAD}"))), "{csv}");
    let lines = read(&mut world, "/admin/v1/audit?limit=2").await;
    assert_eq!(
        json!([lines[1]["by"], lines[1]["action"], lines[1]["detail"]]),
        json!(["worker", "return", "account closed"])
    );
}
