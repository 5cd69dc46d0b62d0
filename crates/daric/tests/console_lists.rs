//! Lists of the operator API and the console: filters, totals, order, pages, files, saved filters; and the search for what belongs to them.

use crate::console::{ADMIN, operator, signed_in};
use crate::harness;
use crate::harness::server::{OnStore, each_store};
use rstest_reuse::apply;

use harness::browser::text;
use harness::client::{Call, Reply};
use harness::paystar::{CARD, pay_call};
use harness::pod::{SHOP, line};
use harness::server::{Launch, temporary};
use harness::world::{OPERATOR, World, but};
use serde_json::{Value, json};

/// A text that spreadsheets would compute, with a letter that has an Arabic and a Persian form.
const FORMULA: &str = "=1+1 كتاب";

/// Orders of two days: 10,000 to 30,000 rials on the first, 40,000 and 50,000 on the second.
async fn orders(world: &mut World) {
    world.reset_at("2026-11-21T11:00:00+03:30").await.unwrap();
    let token = world.named_token("code062").await.unwrap();
    for (number, clock) in [(1, None), (2, None), (3, None), (4, Some("2026-11-22T11:00:00+03:30")), (5, None)] {
        if let Some(clock) = clock {
            world.set_clock(clock).await.unwrap();
        }
        let body = but(json!({"amount": number * 10_000, "description": FORMULA}));
        let reply = world.transfer(&token, &format!("list-{number}"), &body).await.unwrap();
        assert_eq!(reply.json().unwrap()["status"], "DONE", "{reply}");
    }
}

async fn list(world: &mut World, query: &[(&str, &str)]) -> Value {
    let call = Call::get("/admin/v1/lists/orders");
    let call = query.iter().fold(call, |call, (name, value)| call.query(name, value));
    world.operator(call).await.unwrap()
}

fn amounts(list: &Value) -> Vec<i64> {
    list["rows"].as_array().unwrap().iter().map(|row| row["amount"].as_i64().unwrap() / 10_000).collect()
}

#[apply(each_store)]
async fn a_filter_finds_counts_and_orders_its_rows(#[case] _on: OnStore) {
    let mut world = World::start("lists-filters").await;
    orders(&mut world).await;
    let first_day = [("from", "۱۴۰۵/۸/۳۰"), ("to", "1405/08/30")];
    for (query, found) in [
        (&[][..], vec![5, 4, 3, 2, 1]),
        (&first_day, vec![3, 2, 1]),
        (&[("of", "drops"), ("from", "1405/09/01")], vec![5, 4]),
        (&[("of", "drops"), ("to", "2026-11-21"), ("sort", "oldest")], vec![1, 2, 3]),
        (&[("of", "other")], vec![]),
        (&[("least", "20,000"), ("most", "۴۰٬۰۰۰"), ("sort", "largest")], vec![4, 3, 2]),
        (&[("sort", "smallest")], vec![1, 2, 3, 4, 5]),
        (&[("text", "کتاب")], vec![5, 4, 3, 2, 1]),
        (&[("text", "LIST-2")], vec![2]),
        (&[("state", "failed")], vec![]),
        (&[("kind", "internal"), ("state", "done"), ("text", "list-1")], vec![1]),
    ] {
        let list = list(&mut world, query).await;
        assert_eq!(amounts(&list), found, "{query:?}");
        let sum: i64 = found.iter().sum();
        let totals = json!({"count": found.len(), "sum": sum * 10_000, "atLeast": false});
        assert_eq!((&list["totals"], &list["cut"]), (&totals, &json!(false)), "{query:?}");
    }
    for sort in ["newest", "oldest", "largest", "smallest"] {
        let whole = amounts(&list(&mut world, &[("sort", sort)]).await);
        let (mut walked, mut after) = (Vec::new(), None::<String>);
        loop {
            let mut query = vec![("sort", sort), ("rows", "2")];
            query.extend(after.as_deref().map(|after| ("after", after)));
            let page = list(&mut world, &query).await;
            walked.extend(amounts(&page));
            match page["next"].as_str() {
                Some(next) => after = Some(next.to_owned()),
                None => break,
            }
        }
        assert_eq!(walked, whole, "{sort}");
    }
    for (target, status, field) in [
        ("orders?from=x", 400, "from"),
        ("orders?state=x", 400, "state"),
        ("orders?rows=0", 400, "rows"),
        ("orders?unknown=1", 400, "unknown"),
        ("audit?least=1", 400, "least"),
        ("invoices?of=no-such-shop", 400, "of"),
        ("orders/export?format=pdf", 400, "format"),
        ("orders/export?format=csv&sort=largest", 400, "sort"),
        ("orders/export", 400, "format"),
    ] {
        let reply = world.send(&Call::get(&format!("/admin/v1/lists/{target}")).bearer(OPERATOR)).await.unwrap();
        let said = reply.json().unwrap();
        assert_eq!((reply.status, &said["error"]["field"]), (status, &json!(field)), "{target}: {reply}");
    }
    for target in ["nothing", "nothing/export?format=csv"] {
        let reply = world.send(&Call::get(&format!("/admin/v1/lists/{target}")).bearer(OPERATOR)).await.unwrap();
        assert_eq!(reply.status, 404, "{target}");
    }
    // Each list answers, and each file begins.
    for name in [
        "orders",
        "phone-orders",
        "invoices",
        "sms",
        "webhooks",
        "card-attempts",
        "jobs",
        "audit",
        "proposals",
        "parties",
    ] {
        let list = world.operator(Call::get(&format!("/admin/v1/lists/{name}"))).await.unwrap();
        assert!(list["rows"].is_array(), "{name}: {list}");
        let file = world.send(&Call::get(&format!("/admin/v1/lists/{name}/export?format=csv")).bearer(OPERATOR)).await;
        assert!(String::from_utf8_lossy(&file.unwrap().body).starts_with("\u{feff}id,"), "{name}");
    }
    // A shop is named by its name or its number.
    world.issue(SHOP, &format!("userId=101&{}", line(50_000, "1"))).await;
    for of in ["shop", "201"] {
        let found = world.operator(Call::get("/admin/v1/lists/invoices").query("of", of)).await.unwrap();
        assert_eq!(found["totals"]["count"], 1, "{of}: {found}");
    }
}

async fn file(world: &mut World, query: &str) -> Reply {
    let reply = world.send(&Call::get(&format!("/admin/v1/lists/orders/export?{query}")).bearer(OPERATOR)).await;
    let reply = reply.unwrap();
    assert_eq!(reply.status, 200, "{reply}");
    reply
}

#[apply(each_store)]
async fn a_file_has_all_rows_of_its_filter_and_no_text_is_computed(#[case] _on: OnStore) {
    let mut world = World::start("lists-files").await;
    orders(&mut world).await;
    let csv = file(&mut world, "format=csv&to=1405/08/30&sort=oldest").await;
    assert_eq!(csv.header("content-type"), Some("text/csv; charset=utf-8"));
    assert_eq!(csv.header("content-disposition"), Some("attachment; filename=\"orders-14050901.csv\""));
    let rows = text(&csv);
    let lines: Vec<&str> = rows.trim_end().split("\r\n").collect();
    assert!(lines[0].starts_with("\u{feff}id,at,atJalali,client,trackId,") && lines.len() == 4, "{rows}");
    assert!(lines[1].contains(",2026-11-21T07:30:00Z,1405/08/30 11:00:00,drops,list-1,internal,DONE,"), "{rows}");
    assert!(lines[1].contains(&format!(",'{FORMULA},")) && !rows.contains(&format!(",{FORMULA}")), "{rows}");
    let ndjson = text(&file(&mut world, "format=ndjson&least=40000").await);
    let rows: Vec<Value> = ndjson.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows.iter().map(|row| row["amount"].as_i64()).collect::<Vec<_>>(), [Some(50_000), Some(40_000)]);
    assert_eq!(rows[0]["description"], FORMULA);
    let sheet = file(&mut world, "format=xlsx").await;
    assert!(sheet.body.starts_with(b"PK\x03\x04") && sheet.body.len() > 2_000, "{} bytes", sheet.body.len());
    // The audit has what was exported, by whom and by which filter.
    let lines = world.operator(Call::get("/admin/v1/audit?limit=3")).await.unwrap();
    let said = |at: usize| json!([lines[at]["by"], lines[at]["action"], lines[at]["subject"], lines[at]["detail"]]);
    assert_eq!(said(1), json!(["api", "export", "orders", "ndjson least=40000"]));
    assert_eq!(said(0), json!(["api", "export", "orders", "xlsx"]));
    // A card's number is in no audit line.
    file(&mut world, "format=csv&text=5022000012340000").await;
    let lines = world.operator(Call::get("/admin/v1/audit?limit=1")).await.unwrap();
    assert_eq!(lines[0]["detail"], "csv text=502200******0000");
}

#[apply(each_store)]
async fn a_sheet_that_gets_no_temporary_file_is_refused_and_is_no_export(#[case] _on: OnStore) {
    let missing = temporary("no-such-directory");
    let launch = Launch { env: &[("TMPDIR", missing.to_str().unwrap())], ..Launch::default() };
    let mut world = World::launch("lists-no-temporary-file", launch).await;
    orders(&mut world).await;
    let call = |format: &str| Call::get(&format!("/admin/v1/lists/orders/export?format={format}")).bearer(OPERATOR);
    let reply = world.send(&call("xlsx")).await.unwrap();
    assert_eq!((reply.status, &reply.json().unwrap()["error"]["code"]), (503, &json!("NO_TEMPORARY_FILE")), "{reply}");
    let mut tab = signed_in(&mut world, ADMIN).await;
    let reply = tab.get(&mut world, "/console/lists/orders/export?lang=en&format=xlsx").await;
    assert!(reply.status == 503 && text(&reply).contains("Choose CSV or NDJSON"), "{reply}");
    let exports = async |world: &mut World| {
        let lines = world.operator(Call::get("/admin/v1/audit?action=export")).await.unwrap();
        lines.as_array().unwrap().iter().map(|line| line["detail"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(exports(&mut world).await, [""; 0], "nothing was exported");
    // Lines need no file.
    let reply = world.send(&call("csv")).await.unwrap();
    assert!(reply.status == 200 && text(&reply).lines().count() == 6, "{reply}");
    assert_eq!(exports(&mut world).await, ["csv"]);
}

#[apply(each_store)]
async fn a_list_of_the_console_has_its_filter_its_totals_and_filters_of_its_operator(#[case] _on: OnStore) {
    let mut world = World::start("lists-console").await;
    orders(&mut world).await;
    let mut admin = signed_in(&mut world, ADMIN).await;
    let mut viewer = operator(&mut world, "viewer", "viewer").await;
    let page = text(&admin.get(&mut world, "/console/orders?lang=en&to=1405%2F08%2F30&of=drops").await);
    assert!(page.contains("3 rows · Sum: 60,000 rials"), "{page}");
    assert!(
        page.contains("value=\"1405/08/30\"") && page.contains("/console/lists/orders/export?format=xlsx"),
        "{page}"
    );
    let page = text(&admin.get(&mut world, "/console/orders?state=failed").await);
    assert!(page.contains("No row meets these conditions"), "{page}");
    let page = text(&admin.get(&mut world, "/console/orders?from=yesterday").await);
    assert!(page.contains("From cannot be read") && page.contains("value=\"yesterday\""), "{page}");
    for path in ["phone", "invoices", "messages", "messages?which=calls", "card-attempts", "jobs", "audit", "decisions"]
    {
        let reply = admin.get(&mut world, &format!("/console/{path}")).await;
        assert!(reply.status == 200 && text(&reply).contains("name=\"from\""), "{path}");
    }
    let csv = viewer.get(&mut world, "/console/lists/orders/export?format=csv&state=done").await;
    assert!(csv.status == 200 && text(&csv).lines().count() == 6, "{csv}");
    let lines = world.operator(Call::get("/admin/v1/audit?limit=1")).await.unwrap();
    assert_eq!(json!([lines[0]["by"], lines[0]["detail"]]), json!(["viewer", "csv state=done"]));
    for path in ["orders/export?format=pdf", "nothing/export?format=csv"] {
        assert_eq!(viewer.get(&mut world, &format!("/console/lists/{path}")).await.status, 404, "{path}");
    }
    // A filter is saved under a name, which is shown as it is, and only to its operator.
    let saved =
        "list=orders&query=state%3Ddone%26text%3D%253Cb%253E%26after%3D1.1&name=%3Cscript%3Ealert(1)%3C%2Fscript%3E";
    let reply = viewer.submit(&mut world, "/console/orders", "/console/filters", saved).await;
    let to = "/console/orders?state=done&text=%3Cb%3E&done=1";
    assert_eq!((reply.status, reply.header("location")), (303, Some(to)), "{reply}");
    let shown =
        |page: &str| page.contains("script&#62;") && page.contains("/console/orders?state=done&#38;text=%3Cb%3E");
    let page = text(&viewer.get(&mut world, "/console/orders").await);
    assert!(shown(&page) && !page.contains("<script>alert"), "{page}");
    for (tab, path) in [(&mut admin, "/console/orders"), (&mut viewer, "/console/invoices")] {
        let page = text(&tab.get(&mut world, path).await);
        assert!(!shown(&page), "{page}");
    }
    for (form, status) in [
        ("list=orders&query=state%3Ddone&name=", 409),
        ("list=orders&query=&name=x", 409),
        ("list=orders&query=text%3D5022000012340000&name=x", 409),
        ("list=orders&query=state%3Ddone&name=5022+0000+1234+0000", 409),
        ("list=parties&query=state%3Denabled&name=x", 404),
        ("list=nothing&query=state%3Denabled&name=x", 404),
    ] {
        let reply = viewer.submit(&mut world, "/console/orders", "/console/filters", form).await;
        assert_eq!(reply.status, status, "{form}");
    }
    for path in ["/console/filters", "/console/filters/drop"] {
        let reply = viewer.post(&mut world, path, "list=orders&query=state%3Ddone&name=x").await;
        assert_eq!(reply.status, 403, "{path}: a form without the page's token");
    }
    let drop = "list=orders&name=%3Cscript%3Ealert(1)%3C%2Fscript%3E";
    let reply = viewer.submit(&mut world, "/console/orders", "/console/filters/drop", drop).await;
    assert_eq!((reply.status, reply.header("location")), (303, Some("/console/orders?done=1")));
    assert!(!shown(&text(&viewer.get(&mut world, "/console/orders").await)));
}

#[apply(each_store)]
async fn telephone_payments_are_found_by_terminal_merchant_and_card_and_sms_by_number(#[case] _on: OnStore) {
    let mut world = World::start("lists-search").await;
    let pin = world.asked("order-in-list", 25_000).await;
    let paid = world.send(&pay_call(CARD, "order-in-list", 25_000, &pin)).await.unwrap();
    assert_eq!(paid.status, 200, "{paid}");
    world.operator(Call::post("/admin/v1/sms").json(&json!({"to": "09121234567", "text": "found"}))).await.unwrap();
    let phone = world.operator(Call::get("/admin/v1/phone-orders")).await.unwrap()[0].clone();
    let (page, terminal) = (format!("href=\"/console/phone/{}\"", phone["id"]), phone["sequence"].as_str().unwrap());
    let of_terminal = format!("href=\"/console/phone?of={terminal}\"");
    let mut tab = signed_in(&mut world, ADMIN).await;
    for (query, wanted) in [
        (terminal, &page),
        (terminal, &of_terminal),
        ("kanoon", &of_terminal),
        (CARD, &page),
        ("502200******0000", &page),
        ("order-in-list", &page),
        ("09121234567", &"found".to_owned()),
        ("al", &">ali<".to_owned()),
    ] {
        let reply = tab.submit(&mut world, "/console/search", "/console/search", &format!("q={query}")).await;
        assert!(text(&reply).contains(wanted.as_str()), "{query}: {wanted} {}", text(&reply));
    }
    let list = text(&tab.get(&mut world, &format!("/console/phone?of={terminal}&state=paid")).await);
    assert!(list.contains(&page), "{list}");
}
