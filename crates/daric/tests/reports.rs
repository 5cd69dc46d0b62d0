//! Reports add up to the ledger, over a day with payments, refunds, returns, fees, failures and unknown outcomes on all platforms.

use crate::console::{operator, signed_in};
use crate::harness;
use crate::harness::server::{OnStore, each_store};
use rstest_reuse::apply;

use std::collections::BTreeMap;

use harness::browser::text;
use harness::client::Call;
use harness::paystar::{CARD, code, pay_call, wrong};
use harness::pod::{ALI, SHOP, line};
use harness::server::verify;
use harness::world::{BON, OPERATOR, PASARGAD, World, charge_call, fifty_thousand, paya_but, transfer_call};
use serde_json::{Value, json};

/// The range of the mixed days.
const RANGE: [(&str, &str); 2] = [("from", "1405/08/30"), ("to", "1405/09/01")];
const GROUPS: [&str; 5] = ["day", "shop", "bank", "cycle", "means"];
const REPORTS: [&str; 5] = ["days", "settlements", "success", "ageing", "trial-balance"];
/// The house's account of fees.
const FEES: i64 = 3_000;
/// A card that is no bon card.
const NO_BON: &str = "5022290000000018";

async fn report(world: &mut World, name: &str, query: &[(&str, &str)]) -> Value {
    let call = Call::get(&format!("/admin/v1/reports/{name}"));
    let call = query.iter().fold(call, |call, (name, value)| call.query(name, value));
    world.operator(call).await.unwrap()
}

/// The rows of a report as NDJSON, and their number as CSV.
async fn file(world: &mut World, name: &str, query: &[(&str, &str)]) -> Vec<Value> {
    let mut all = Vec::new();
    for form in ["csv", "ndjson"] {
        let call = Call::get(&format!("/admin/v1/reports/{name}/{form}")).bearer(OPERATOR);
        let call = query.iter().fold(call, |call, (name, value)| call.query(name, value));
        let reply = world.send(&call).await.unwrap();
        assert_eq!(reply.status, 200, "{reply}");
        all.push(text(&reply));
    }
    let rows: Vec<Value> = all[1].lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(all[0].starts_with('\u{feff}') && all[0].lines().count() == rows.len() + 1, "{}", all[0]);
    rows
}

fn sum(rows: &[Value], of: impl Fn(&Value) -> i64) -> i64 {
    rows.iter().map(of).sum()
}

fn number(value: &Value) -> i64 {
    value.as_i64().unwrap_or_else(|| panic!("{value} is no number"))
}

/// Each account, with its entries, oldest first.
async fn ledger(world: &mut World) -> BTreeMap<i64, (Value, Vec<Value>)> {
    let (mut all, mut after) = (BTreeMap::new(), i64::MIN);
    loop {
        let accounts = world.operator(Call::get(&format!("/admin/v1/accounts?after={after}"))).await.unwrap();
        for account in accounts.as_array().unwrap() {
            after = number(&account["id"]);
            let entries = world.operator(Call::get(&format!("/admin/v1/accounts/{after}/entries"))).await.unwrap();
            let mut entries = entries.as_array().unwrap().clone();
            assert!(entries.len() < 100, "all entries are on one page");
            entries.reverse();
            all.insert(after, (account.clone(), entries));
        }
        if accounts.as_array().unwrap().len() < 100 {
            return all;
        }
    }
}

/// The sum of the entries of an account on a side, from the first instant on.
fn entered(entries: &[Value], side: &str) -> i64 {
    let of_range = |entry: &&Value| entry["at"].as_str().unwrap() >= "2026-11-20T20:30:00Z" && entry["side"] == side;
    entries.iter().filter(of_range).map(|entry| number(&entry["amount"])).sum()
}

/// An invoice of Shop that ali has paid from the wallet.
async fn paid_invoice(world: &mut World) -> i64 {
    let id = world.issue_to_ali("").await;
    world.pod_done(ALI, 29821, &format!("invoiceId={id}&wallet=PODLAND_WALLET")).await;
    id
}

/// Payments, refunds, returns, fees, failures and unknown outcomes of two days, until the cycles have settled.
async fn mixed_days(world: &mut World) {
    let token = world.named_token("code062").await.unwrap();
    let held = world.named_token("code054").await.unwrap();
    for (track_id, body) in [
        ("internal-1", fifty_thousand()),
        ("internal-2", fifty_thousand()),
        ("paya-done", paya_but(json!({"amount": 7_000_000}))),
        ("paya-returned", paya_but(json!({"amount": 5_000_000}))),
        ("satna", paya_but(json!({"destinationNumber": PASARGAD, "amount": 600_000_000}))),
        ("daric-unknown-stays", fifty_thousand()),
    ] {
        assert_eq!(world.send(&transfer_call(&token, track_id, &body)).await.unwrap().status, 200, "{track_id}");
    }
    let body = paya_but(json!({"secondPassword": "1234", "amount": 10_000_000}));
    assert_eq!(world.send(&transfer_call(&held, "paya-held", &body)).await.unwrap().status, 200);
    for (track_id, card) in [("charge-done", BON), ("charge-failed", NO_BON)] {
        world.send(&charge_call(&token, track_id, card, 10_000)).await.unwrap();
    }
    for (order, amount) in [("phone-1", 25_000), ("phone-2", 5_000)] {
        let pin = world.asked(order, amount).await;
        assert_eq!(code(&world.send(&pay_call(CARD, order, amount, &pin)).await.unwrap()), None);
    }
    let pin = world.asked("phone-declined", 1_000).await;
    assert!(code(&world.send(&pay_call(CARD, "phone-declined", 1_000, wrong(&pin))).await.unwrap()).is_some());
    let closed = paid_invoice(world).await;
    world.pod_done(SHOP, 29812, &format!("id={closed}")).await;
    let canceled = paid_invoice(world).await;
    world.pod_done(SHOP, 29810, &format!("id={canceled}")).await;
    paid_invoice(world).await;
    // By a card of another bank, whose network settles a day later.
    let invoice = world.issue(SHOP, &format!("userId=101&{}", line(70_000, "1"))).await;
    let form = format!("invoiceId={}&callbackUri=http://127.0.0.1:9/c", invoice["id"]);
    let link = world.pod_done(SHOP, 29815, &form).await;
    let link = link.as_str().unwrap();
    let link = format!("{}gateway=LOC&redirectUri=http://127.0.0.1:9/b", &link[link.find("/v1/").unwrap()..]);
    assert_eq!(world.send(&Call::get(&link)).await.unwrap().status, 302);
    world.operator(Call::post("/admin/v1/parties/101/money").json(&json!({"amount": 1_000}))).await.unwrap();
    world.set_clock("2026-11-21T14:00:00+03:30").await.unwrap();
    world.arm("paya_return:paya-returned").await.unwrap();
    // Before the declined order is forgotten, a day after it was tried.
    world.set_clock("2026-11-22T10:00:00+03:30").await.unwrap();
}

#[apply(each_store)]
async fn each_report_of_a_mixed_day_adds_up_to_the_ledger(#[case] _on: OnStore) {
    let mut world = World::start("reports-mixed").await;
    let before = report(&mut world, "trial-balance", &[]).await;
    mixed_days(&mut world).await;
    let ledger = ledger(&mut world).await;

    // All movements are in the day report, however its lines are grouped.
    let mut totals = Vec::new();
    for by in GROUPS {
        let found = report(&mut world, "days", &[&RANGE[..], &[("by", by)]].concat()).await;
        let rows = found["rows"].as_array().unwrap();
        for name in ["payments", "gross", "fees", "refunds", "refunded", "net", "settled"] {
            let rows = sum(rows, |row| number(&row["sums"][name]));
            assert_eq!(rows, number(&found["total"][name]), "{name} by {by}: {found}");
        }
        let (total, other) = (&found["total"], &found["other"]);
        let all = ["gross", "fees", "refunded", "settled"].map(|name| number(&total[name])).iter().sum::<i64>();
        let rest = other.as_object().unwrap().values().map(number).sum::<i64>();
        assert_eq!(all + rest, number(&found["moved"]), "{found}");
        totals.push((found["total"].clone(), found["other"].clone(), found["moved"].clone()));
    }
    assert!(totals.windows(2).all(|two| two[0] == two[1]), "{totals:?}");
    let (total, other, moved) = &totals[0];
    let debits = ledger.values().map(|(_, entries)| entered(entries, "debit")).sum::<i64>();
    let credits = ledger.values().map(|(_, entries)| entered(entries, "credit")).sum::<i64>();
    assert_eq!((number(moved), number(moved)), (debits, credits));
    let fees = ledger.get(&FEES).map_or(0, |(_, entries)| entered(entries, "credit"));
    assert_eq!((number(&total["fees"]), number(&other["funded"])), (fees, 1_000));
    assert!(number(&total["refunded"]) > 5_000_000 && number(&total["settled"]) > 7_000_000, "{total}");

    // A shop's net is what its accounts have gained, and the card network's settlement is what it paid.
    let found = report(&mut world, "settlements", &RANGE).await;
    let shops = found["shops"].as_array().unwrap();
    assert_eq!(shops.len(), 2, "{found}");
    for shop in shops {
        let net = number(&shop["sums"]["net"]);
        assert_eq!(net, number(&shop["waits"]) + number(&shop["free"]), "{shop}");
        assert!(net > 0 && shop["name"].is_string(), "{shop}");
    }
    let paystar = shops.iter().find(|shop| shop["dialect"] == "paystar").unwrap();
    let (_, of_merchant) = &ledger[&number(&paystar["shop"])];
    assert_eq!((number(&paystar["sums"]["payments"]), entered(of_merchant, "credit")), (2, 30_000));
    let cards = found["cards"].as_array().unwrap();
    assert_eq!((sum(cards, |day| number(&day["paid"])), cards.len()), (number(&other["cardSettled"]), 2), "{cards:?}");
    assert_eq!((&cards[0]["due"], number(&cards[0]["settled"])), (&json!("2026-11-22T00:15:00Z"), 0), "{cards:?}");
    for cycle in found["cycles"].as_array().unwrap() {
        let (account, _) = &ledger[&(1_000_000_000_000_000 + number(&cycle["cycle"]))];
        let of_account = (&account["creditsPosted"], &account["debitsPosted"], &account["posted"]);
        assert_eq!((&cycle["came"], &cycle["left"], &cycle["waits"]), of_account, "{cycle}");
        assert_eq!(cycle["state"], "settled");
    }
    let cycles = found["cycles"].as_array().unwrap();
    assert_eq!(cycles.len(), 2, "of two banks");
    // An order that came back after its cycle had settled it is no settled one any more.
    let counted = ["settled", "returned"].map(|name| sum(cycles, |cycle| number(&cycle[name])));
    assert_eq!(counted, [2, 1], "{cycles:?}");
    let held = found["held"].as_array().unwrap();
    assert_eq!((held.len(), number(&held[0]["held"])), (1, 50_000), "the unknown order: {held:?}");

    // How payments ended, and what waits.
    let found = report(&mut world, "success", &RANGE).await;
    let rows = found["rows"].as_array().unwrap();
    let count = |dialect: &str, outcome: &str| {
        let of = rows.iter().filter(|row| row["dialect"] == dialect && row["outcome"] == outcome);
        of.map(|row| number(&row["count"])).sum::<i64>()
    };
    for (dialect, done, failed, returned, undecided) in
        [("finnotech", 6, 1, 1, 1), ("paystar", 2, 1, 0, 0), ("pod", 4, 0, 0, 0)]
    {
        let found = ["done", "failed", "returned", "undecided"].map(|outcome| count(dialect, outcome));
        assert_eq!(found, [done, failed, returned, undecided], "{dialect}: {rows:?}");
    }
    // A returned order is in one row; its money has moved, too.
    let has_moved = |row: &&Value| row["outcome"] == "done" || row["outcome"] == "returned";
    let moved_by_payments = rows.iter().filter(has_moved).map(|row| number(&row["amount"])).sum::<i64>();
    assert_eq!(moved_by_payments, number(&total["gross"]));
    // Declines by telephone are kept for a day: no share has payments of a longer range than declines.
    let rates = found["rates"].as_array().unwrap();
    let rate = |dialect: &str| rates.iter().find(|rate| rate["dialect"] == dialect).unwrap();
    assert_eq!((&rate("finnotech")["permille"], &rate("finnotech")["since"]), (&json!(666), &Value::Null), "{rates:?}");
    let since = rates.iter().find(|rate| rate["dialect"] == "paystar").map(|rate| rate["since"].clone());
    assert!(since.is_none_or(|since| since.is_string()), "{rates:?}");
    let found = report(&mut world, "ageing", &[]).await;
    let waits = found["rows"].as_array().unwrap().iter().filter(|row| row["what"] == "order");
    let waits: Vec<_> = waits.map(|row| (&row["state"], &row["age"], number(&row["amount"]))).collect();
    assert_eq!(waits, [(&json!("unknown"), &json!("under1d"), 50_000)], "{found}");

    // The balances of an instant are those after each account's last entry before it.
    let after = report(&mut world, "trial-balance", &[]).await;
    assert_eq!((&before["balanced"], &after["balanced"]), (&json!(true), &json!(true)));
    assert_eq!(number(&after["debits"]) - number(&before["debits"]), number(moved));
    for (at, instant) in [
        ("1405/08/30 11:00:00", "2026-11-21T07:30:00Z"),
        ("1405/08/30 14:00", "2026-11-21T10:30:00Z"),
        ("1405/08/30", "2026-11-21T20:30:00Z"),
        ("1405/09/01", "2026-11-22T20:30:00Z"),
    ] {
        let found = report(&mut world, "trial-balance", &[("at", at), ("rows", "100")]).await;
        assert_eq!((&found["balanced"], &found["debits"]), (&json!(true), &found["credits"]), "{found}");
        for account in found["accounts"].as_array().unwrap() {
            let (_, entries) = &ledger[&number(&account["id"])];
            let last = entries.iter().rfind(|entry| entry["at"].as_str().unwrap() < instant);
            let balance = last.map_or(0, |entry| number(&entry["balanceAfter"]));
            assert_eq!(number(&account["balance"]), balance, "{at}: {account}");
        }
        let kinds = found["kinds"].as_array().unwrap();
        assert_eq!(sum(kinds, |kind| number(&kind["accounts"])), i64::try_from(ledger.len()).unwrap());
    }

    // The files have the same sums.
    let rows = file(&mut world, "days", &RANGE).await;
    for name in ["payments", "gross", "fees", "refunds", "refunded", "net", "settled"] {
        assert_eq!(sum(&rows, |row| number(&row[name])), number(&total[name]), "{name}: {rows:?}");
    }
    assert!(rows.iter().any(|row| row["means"] == "wallet" && row["name"] == "shop"), "{rows:?}");
    let rows = file(&mut world, "trial-balance", &[]).await;
    assert_eq!(sum(&rows, |row| number(&row["debits"])), number(&after["debits"]));
    assert_eq!(file(&mut world, "settlements", &RANGE).await.len(), 2);
    let of_shops = file(&mut world, "settlements", &[&RANGE[..], &[("part", "shops")]].concat()).await;
    let pairs = |row: &Value| (number(&row["waitsNow"]) + number(&row["freeNow"]), number(&row["net"]));
    assert!(of_shops.len() == 2 && of_shops.iter().map(pairs).all(|(has, net)| has == net), "{of_shops:?}");
    let one = of_shops[0]["shop"].to_string();
    let of_one = file(&mut world, "settlements", &[&RANGE[..], &[("part", "shops"), ("shop", &one)]].concat()).await;
    assert_eq!(of_one, of_shops[..1]);
    assert_eq!(file(&mut world, "settlements", &[&RANGE[..], &[("part", "cards")]].concat()).await.len(), 2);
    let rows = file(&mut world, "success", &RANGE).await;
    assert_eq!(sum(&rows, |row| number(&row["count"])), 16, "{rows:?}");
    let rows = file(&mut world, "ageing", &[]).await;
    assert_eq!(rows.len(), found["rows"].as_array().unwrap().len());
    let World { server, home, .. } = world;
    server.stop();
    verify(&home);
}

#[apply(each_store)]
async fn a_report_has_pages_and_its_range_is_of_half_hours(#[case] _on: OnStore) {
    let mut world = World::start("reports-pages").await;
    mixed_days(&mut world).await;
    let query = [&RANGE[..], &[("by", "means")]].concat();
    let whole = report(&mut world, "days", &query).await;
    let whole = whole["rows"].as_array().unwrap();
    let (mut walked, mut after) = (Vec::new(), None::<String>);
    loop {
        let mut query = [&query[..], &[("rows", "2")]].concat();
        query.extend(after.as_deref().map(|after| ("after", after)));
        let page = report(&mut world, "days", &query).await;
        walked.extend(page["rows"].as_array().unwrap().clone());
        let Some(next) = page["next"].as_str() else { break };
        after = Some(next.to_owned());
    }
    assert_eq!((&walked, walked.len() > 4), (whole, true));
    // A part of a day has only its half hours; a shop and a bank only their movements.
    let gross =
        async |world: &mut World, query: &[(&str, &str)]| number(&report(world, "days", query).await["total"]["gross"]);
    let all = gross(&mut world, &RANGE).await;
    let morning = [("from", "1405/08/30 11:00"), ("to", "1405/08/30 11:30")];
    let rest = [("from", "1405/08/30 11:30"), ("to", "1405/09/01")];
    let (morning, rest) = (gross(&mut world, &morning).await, gross(&mut world, &rest).await);
    // What is held until its cycle moves then.
    assert_eq!((morning + rest, rest), (all, 10_000_000));
    let of_bank = gross(&mut world, &[&RANGE[..], &[("bank", "054")]].concat()).await;
    assert_eq!((of_bank, gross(&mut world, &[&RANGE[..], &[("shop", "999")]].concat()).await), (10_000_000, 0));
    for (name, query, field) in [
        ("days", "from=1405/08/30+11:10", "from"),
        ("days", "from=x", "from"),
        ("days", "to=1404/01/01", "to"),
        ("days", "from=1403/01/01", "to"),
        ("days", "rows=0", "rows"),
        ("days", "after=x", "after"),
        ("days", "bank=99", "bank"),
        ("settlements", "afterCycle=1", "afterCycle"),
        ("trial-balance", "at=now", "at"),
    ] {
        let call = Call::get(&format!("/admin/v1/reports/{name}?{query}")).bearer(OPERATOR);
        let reply = world.send(&call).await.unwrap();
        assert_eq!((reply.status, &reply.json().unwrap()["error"]["field"]), (400, &json!(field)), "{query}: {reply}");
    }
}

#[apply(each_store)]
async fn viewers_read_reports_on_pages_and_in_files_and_acquirers_do_not(#[case] _on: OnStore) {
    let mut world = World::start("reports-roles").await;
    mixed_days(&mut world).await;
    let total = report(&mut world, "days", &RANGE).await;
    for (role, status) in [("viewer", 200), ("operator", 200), ("acquirer", 403)] {
        let form = json!({"name": format!("r-{role}"), "role": role, "days": 1});
        let made = world.operator(Call::post("/admin/v1/operator-tokens").json(&form)).await.unwrap();
        let token = made["token"].as_str().unwrap();
        for name in REPORTS {
            for path in [name.to_owned(), format!("{name}/csv"), format!("{name}/ndjson")] {
                let call = Call::get(&format!("/admin/v1/reports/{path}"));
                assert_eq!(world.send(&call.clone().bearer(token)).await.unwrap().status, status, "{role} {path}");
                assert_eq!(world.send(&call).await.unwrap().status, 401, "{path}");
            }
        }
    }
    let mut viewer = operator(&mut world, "reader", "viewer").await;
    for name in REPORTS {
        let path = if name == "days" { "/console/reports".to_owned() } else { format!("/console/reports/{name}") };
        for lang in ["fa", "en"] {
            let page = viewer.get(&mut world, &format!("{path}?lang={lang}&from=1405/08/30&to=1405/09/01")).await;
            assert_eq!(page.status, 200, "{page}");
            assert!(text(&page).contains("<table"), "{name}: {page}");
        }
        for form in ["csv", "ndjson"] {
            let target = format!("{name}/{form}?from=1405/08/30&to=1405/09/01");
            let shown = viewer.get(&mut world, &format!("/console/reports/{target}")).await;
            let call = Call::get(&format!("/admin/v1/reports/{target}")).bearer(OPERATOR);
            assert_eq!((shown.status, &shown.body), (200, &world.send(&call).await.unwrap().body), "{target}");
            assert_eq!(shown.header("cache-control"), Some("no-store"));
        }
    }
    let grouped = |number: i64| {
        let digits = number.to_string();
        let parts = digits.as_bytes().rchunks(3).rev().map(|part| String::from_utf8(part.to_vec()).unwrap());
        parts.collect::<Vec<_>>().join(",")
    };
    for by in GROUPS {
        let page =
            viewer.get(&mut world, &format!("/console/reports?lang=en&by={by}&from=1405/08/30&to=1405/09/01")).await;
        let html = text(&page);
        assert!(html.contains(&grouped(number(&total["total"]["gross"]))) && html.contains("<svg"), "{by}: {html}");
    }
    // A range that cannot be read is said, with the field, and today's report is shown.
    for (query, said) in [
        ("from=1405/08/30+11:10", "The range cannot be read. From day or time: a time is on the half hour"),
        ("from=yesterday", "From day or time: write a day like"),
        ("to=x", "To day or time: write a day like"),
        ("from=1405/09/01&to=1405/08/01", "To day or time: the range ends before it begins"),
    ] {
        let page = viewer.get(&mut world, &format!("/console/reports?lang=en&{query}")).await;
        assert!(page.status == 200 && text(&page).contains(said), "{query}: {page}");
    }
    // Each table of the settlements has its files, and a shop is named by its name.
    let page =
        viewer.get(&mut world, "/console/reports/settlements?lang=en&from=1405/08/30&to=1405/09/01&shop=shop").await;
    let html = text(&page);
    for part in ["part=shops", "part=cards", "Last week", "Can be withdrawn now (rials)"] {
        assert!(html.contains(part), "{part}: {html}");
    }
    assert!(!html.contains("part=cycles") && !html.contains("Cycles of Paya"), "{html}");
    let page = viewer.get(&mut world, "/console/reports/settlements?lang=en&shop=nobody").await;
    assert!(text(&page).contains("There is no such shop"), "{page}");
    let page = viewer.get(&mut world, "/console/reports/settlements?lang=en").await;
    assert!(text(&page).contains("part=cycles"), "{page}");
    assert_eq!(viewer.get(&mut world, "/console/reports/none/csv").await.status, 404);
    let mut admin = signed_in(&mut world, crate::console::ADMIN).await;
    assert!(text(&admin.get(&mut world, "/console").await).contains("href=\"/console/reports\""));
}
