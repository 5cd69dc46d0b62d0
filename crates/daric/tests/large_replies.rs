//! A page of a list has a limit of bytes, and so have all large replies that are being made or were not read yet. A page that would be too large is
//! refused by its dialect. The refusal names the parameter for the number of rows, and the number that fits: no row is lost, and no page is shorter
//! than requested. The lists are those of the API's document.

use crate::harness;
use crate::harness::server::{OnStore, each_store};
use rstest_reuse::apply;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use harness::client::{Call, Reply};
use harness::lists::{lists, rows};
use harness::operations::Credentials;
use harness::pod::{ALI, SHOP, SUPPLIER, answer_of, line, service_call};
use harness::server::Launch;
use harness::world::{DROPS, Grant, World, deposit_call, fifty_thousand};
use regex::Regex;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

/// A test that waits longer has found a hang.
const TIMEOUT: Duration = Duration::from_secs(60);

/// The number of rows that fit, from a refusal that names this parameter.
fn fitting(reply: &Reply, size: &str) -> Option<usize> {
    let body = reply.json().unwrap();
    let error = &body["error"];
    let (message, is_refused) = match (body["message"].as_str(), error["message"].as_str()) {
        (Some(message), _) => (message, body["errorCode"] == 193 && reply.status == 200),
        (None, Some(message)) => {
            (message, reply.status == 400 && [&json!("INVALID"), &json!("VALIDATION_ERROR")].contains(&&error["code"]))
        }
        (None, None) => return None,
    };
    let names = message.split(' ').any(|word| word == size) || error["field"] == size;
    assert!(is_refused && names, "{size}: {reply}");
    let number = Regex::new(r"\d+").unwrap().find(message).unwrap_or_else(|| panic!("{reply}"));
    Some(number.as_str().parse().unwrap())
}

async fn many_rows(world: &mut World) {
    let token = world.grant(Grant::default()).await.unwrap();
    for number in 0..8 {
        let reply = world.transfer(&token, &format!("large-{number}"), &fifty_thousand()).await.unwrap();
        assert_eq!(reply.status, 200, "{reply}");
        world.issue_to_ali("description=x").await;
        world
            .operator(Call::post("/admin/v1/parties/201/money").json(&json!({"amount": 1_000 + number})))
            .await
            .unwrap();
        let sms = json!({"to": "09121234567", "text": format!("{number} {}", "x".repeat(200))});
        world.operator(Call::post("/admin/v1/sms").json(&sms)).await.unwrap();
    }
}

#[apply(each_store)]
async fn no_page_of_any_list_is_larger_than_a_page_may_be_or_shorter_than_was_asked_for(#[case] _on: OnStore) {
    // The smallest pages that can be configured.
    const PAGE: usize = 1_024;
    let mut world = World::launch("large-lists", Launch { env: &[("DARIC_PAGE_KIB", "1")], ..Launch::default() }).await;
    many_rows(&mut world).await;
    let credentials = Credentials::of(&mut world).await;
    let first = world.operator(Call::get("/admin/v1/deposits").query("limit", "1")).await.unwrap();
    let deposit = first[0]["id"].as_i64().unwrap().to_string();
    let document = world.send(&Call::get("/openapi.json")).await.unwrap().json().unwrap();
    let lists = lists(&document);
    let (mut refused, mut answered) = (BTreeSet::new(), BTreeSet::new());
    for list in &lists {
        let path = &list.operation.path;
        let most = if path.starts_with("/admin") { 100 } else { 1_000 };
        for call in credentials.on(&list.operation) {
            let target = call.target.replace("/accounts/1/", &format!("/accounts/{deposit}/"));
            let call = Call { target: target.replace("/chains/1/", "/chains/audit/"), ..call };
            for asked in [None, Some(most)] {
                let reply = world.send(&list.asks(&call, asked)).await.unwrap();
                if reply.status == 403 || said_otherwise(&reply) {
                    // This token does not open this list, or the list has required parameters.
                    continue;
                }
                let Some(fit) = fitting(&reply, list.size) else {
                    let rows = rows(&reply);
                    let bytes: usize = rows.iter().map(|row| row.to_string().len() + 1).sum();
                    assert!(bytes <= PAGE + 64 || rows.len() == 1, "{path}: {bytes} bytes of {} rows", rows.len());
                    answered.insert(path.clone());
                    continue;
                };
                refused.insert(path.clone());
                let reply = world.send(&list.asks(&call, Some(fit))).await.unwrap();
                assert_eq!(rows(&reply).len(), fit, "{path}: {fit} rows fit");
                let reply = world.send(&list.asks(&call, Some(fit + 1))).await.unwrap();
                assert_eq!(fitting(&reply, list.size), Some(fit), "{path}: one more does not");
                answered.insert(path.clone());
            }
        }
    }
    let all: BTreeSet<String> = lists.iter().map(|list| list.operation.path.clone()).collect();
    assert_eq!(answered, all, "every list was asked");
    for path in [
        "/admin/v1/accounts",
        "/admin/v1/sms",
        "/nzh/biz/getInvoiceList",
        "/nzh/getAccountBill",
        "/dev/v2/clients/{client}/wages",
    ] {
        assert!(refused.iter().any(|refused| refused == path || refused.ends_with(path)), "{path}: {refused:?}");
    }
}

/// Whether a refusal has nothing to do with the number of rows.
fn said_otherwise(reply: &Reply) -> bool {
    let body = reply.json().unwrap();
    let message = body["message"].as_str().or(body["error"]["message"].as_str()).unwrap_or_default();
    !message.is_empty() && !message.chars().any(|c| c.is_ascii_digit())
}

/// finnotech.md 3.5: a statement itself says that more rows follow, so it ends where a page is full.
#[apply(each_store)]
async fn a_statement_that_is_cut_goes_on_where_it_ended(#[case] _on: OnStore) {
    let mut world =
        World::launch("large-statement", Launch { env: &[("DARIC_PAGE_KIB", "4")], ..Launch::default() }).await;
    many_rows(&mut world).await;
    let token = world.grant(Grant::default()).await.unwrap();
    let (mut pages, mut found, mut last) = (0, Vec::new(), None::<String>);
    loop {
        let mut call = deposit_call(&token, DROPS, "statement");
        if let Some(last) = &last {
            call = call.query("lastRecordNumber", last);
        }
        let page = world.send(&call).await.unwrap().json().unwrap()["result"].take();
        let rows = page["transactions"].as_array().unwrap().clone();
        assert!((1..8).contains(&rows.len()), "{page}");
        found.extend(rows.iter().map(|row| row["rawOriginKey"].as_str().unwrap().to_owned()));
        pages += 1;
        if page["transactionChain"] == "L" {
            break;
        }
        last = Some(page["lastRecordNumber"].as_str().unwrap().to_owned());
    }
    // The opening and eight transfers.
    assert!(pages > 1 && found.len() >= 8, "{pages} {found:?}");
    assert_eq!(found.iter().collect::<BTreeSet<_>>().len(), found.len(), "no row twice");
}

/// A form of an invoice with this number of lines, each of about 150 bytes in a list.
fn lines(count: usize) -> String {
    let mut form = line(1_000, "1");
    for _ in 1..count {
        // Writing to a string cannot fail.
        let _ = write!(form, "&{}", line(1_000, "1"));
    }
    form
}

/// pod.md 3.13: a page is asked for by `offset`, `firstId` or `lastId`.
#[apply(each_store)]
async fn invoices_that_are_large_are_all_listed_whichever_way_pages_are_asked_for(#[case] _on: OnStore) {
    let mut world =
        World::launch("large-invoices", Launch { env: &[("DARIC_PAGE_KIB", "24")], ..Launch::default() }).await;
    let mut issued = BTreeSet::new();
    // Large ones between small ones, and one that is larger than a page.
    for count in [1, 40, 2, 200, 40, 40, 1, 1, 80, 40, 40, 1] {
        issued.insert(world.issue(SHOP, &lines(count)).await["id"].as_i64().unwrap());
    }
    for way in ["offset", "firstId", "lastId"] {
        let (mut found, mut refusals) = (Vec::new(), 0);
        let mut from = match way {
            "lastId" => 999_999_999_999_999_999,
            _ => 0,
        };
        loop {
            let mut size = 1_000;
            let rows = loop {
                let reply = world.pod(SHOP, 29813, &format!("{way}={from}&size={size}")).await;
                match fitting(&reply, "size") {
                    Some(fit) => {
                        assert!(fit < size && fit > 0, "{reply}");
                        (size, refusals) = (fit, refusals + 1);
                    }
                    None => break rows(&reply),
                }
            };
            let ids: Vec<i64> = rows.iter().map(|row| row["id"].as_i64().unwrap()).collect();
            let is_last = ids.len() < size;
            if let Some(last) = ids.last() {
                from = match way {
                    "offset" => from + i64::try_from(size).unwrap(),
                    "firstId" => last + 1,
                    _ => last - 1,
                };
            }
            found.extend(ids);
            if is_last {
                break;
            }
        }
        assert!(refusals > 2, "{way}: {refusals}");
        let unique: BTreeSet<i64> = found.iter().copied().collect();
        assert_eq!((unique.len(), &unique), (found.len(), &issued), "{way}: each once");
    }
    // Without a size the default one does not fit.
    let reply = world.pod(SHOP, 29813, "offset=0").await;
    assert!(fitting(&reply, "size").is_some_and(|fit| fit < 50), "{reply}");
}

/// Sends a call and reads only the status of its reply, with a small receive buffer.
async fn does_not_read(address: SocketAddr, call: &Call) -> (TcpStream, bool) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4_096).unwrap();
    let mut stream = socket.connect(address).await.unwrap();
    stream.write_all(&call.bytes(address)).await.unwrap();
    let mut status = [0; 12];
    stream.read_exact(&mut status).await.unwrap();
    (stream, status.ends_with(b" 200"))
}

#[apply(each_store)]
async fn callers_that_do_not_read_hold_a_share_of_the_places_and_small_replies_and_other_callers_pass(
    #[case] _on: OnStore,
) {
    let env = &[("DARIC_PAGE_KIB", "8192"), ("DARIC_LARGE_REPLIES_MIB", "32")];
    let mut world = World::launch("large-unread", Launch { env, ..Launch::default() }).await;
    // More than the system buffers of a reply that is not read.
    let form = format!("userId=101&{}", lines(240));
    for _ in 0..300 {
        world.issue(SHOP, &form).await;
    }
    let large = service_call(SHOP, 29813, "offset=0&size=300");
    let reply = world.send(&large).await.unwrap();
    assert!(reply.body.len() > 5 << 20 && rows(&reply).len() == 300, "{} bytes", reply.body.len());
    let address = world.server.address;
    let began = Instant::now();
    // The place of the reply that was read may become free a moment later.
    let unread = loop {
        let (stream, is_done) = does_not_read(address, &large).await;
        if is_done {
            break stream;
        }
        assert!(began.elapsed() < TIMEOUT, "there is no place");
    };
    let refused = world.send(&large).await.unwrap();
    assert_eq!((refused.status, refused.header("retry-after")), (503, Some("1")), "{refused}");
    assert_eq!(answer_of(&refused).0, 227, "in the dialect's form");
    // Nothing was done, and the call may be sent again: its one-time token is still valid.
    let ott = refused.json().unwrap()["ott"].as_str().unwrap().to_owned();
    let again = |query: &str| service_call(SHOP, 29813, &format!("{query}&_ott_={ott}"));
    for _ in 0..2 {
        assert_eq!(world.send(&again("offset=0&size=300")).await.unwrap().status, 503);
    }
    assert_eq!(answer_of(&world.send(&again("offset=0&size=1")).await.unwrap()).0, 0);
    assert_eq!(answer_of(&world.send(&again("offset=0&size=1")).await.unwrap()).0, 39, "it is used up now");
    // Small replies to the same caller, and large ones to others, are served.
    assert_eq!(rows(&world.pod(SHOP, 29813, "offset=0&size=1").await).len(), 1);
    assert_eq!(world.pod(SUPPLIER, 29813, "offset=0&size=1000").await.status, 200);
    assert_eq!(rows(&world.pod(ALI, 29813, "offset=0&size=300").await).len(), 300);
    drop(unread);
    while world.send(&large).await.unwrap().status != 200 {
        assert!(began.elapsed() < 2 * TIMEOUT, "a place that is never free again");
    }
}
