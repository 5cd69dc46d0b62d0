//! Every row of the error table (`finnotech.md` 1.6) is provoked over HTTP, and the reply has exactly the text of the table.

use crate::harness;
use crate::harness::server::{OnStore, each_store};
use rstest_reuse::apply;

use std::collections::BTreeSet;

use harness::client::{Call, Reply};
use harness::world::{
    BASIC, BON, DROPS, Grant, KESHAVARZI, MARTIN, REDIRECT, SECOND, TOKEN_PATH, TRANSFER_TO, Token, World, but,
    charge_call, deposit_call, fifty_thousand, paya_but, transfer_call,
};
use serde_json::{Value, json};

const TABLE: &str = include_str!("data/finnotech_errors.csv");

/// A row: HTTP status, code, message, responseCode.
type Row = (u16, String, String, String);

fn table() -> BTreeSet<Row> {
    let mut reader = csv::Reader::from_reader(TABLE.as_bytes());
    let row = |record: Result<csv::StringRecord, csv::Error>| {
        let record = record.unwrap();
        let text = |at: usize| record[at].to_owned();
        (record[0].parse().unwrap(), text(1), text(2), text(3))
    };
    reader.records().map(row).collect()
}

/// The row of a reply, with the placeholders of the table for the parts that differ from case to case.
fn answer_of(reply: &Reply) -> Row {
    let body = reply.json().unwrap();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let message = text(&body["error"]["message"]);
    let named = ["trackId", "body", "deposit"].iter().any(|field| message.starts_with(&format!("{field} is ")));
    let message = match message.split_once(' ') {
        Some((_, rest @ ("is required" | "is invalid"))) if !named => format!("<field> {rest}"),
        Some(("scope", rest)) if rest.ends_with(" is not granted") => "scope <scope> is not granted".to_owned(),
        _ => message,
    };
    (reply.status, text(&body["error"]["code"]), message, text(&body["responseCode"]))
}

/// Calls that need nothing but a token.
fn calls(token: &Token, cc: &Token, balance_only: &Token) -> Vec<Call> {
    let to = |track_id: &str, body: &Value| transfer_call(token, track_id, body);
    let alias = |name: &str, track_id: &str, body: Value| {
        Call::post(&format!("/oak/v2/clients/drops/{name}")).query("trackId", track_id).bearer(&token.value).json(&body)
    };
    vec![
        deposit_call(token, DROPS, "balance").header("authorization", "Basic x"),
        Call { headers: Vec::new(), ..deposit_call(token, DROPS, "balance") },
        Call::post(TOKEN_PATH).json(&json!({"grant_type": "client_credentials"})),
        Call { headers: Vec::new(), ..deposit_call(token, DROPS, "balance") }.bearer("a.b.c"),
        Call::get("/oak/v2/clients/other/deposits/1/balance").bearer(&token.value),
        deposit_call(cc, DROPS, "balance"),
        Call::get("/oak/v2/clients/drops/ibanInquiry").query("iban", MARTIN).bearer(&token.value),
        deposit_call(balance_only, DROPS, "statement"),
        Call::get("/oak/v2/clients/drops/nothing").bearer(&token.value),
        Call::get(TRANSFER_TO).bearer(&token.value),
        to("array", &json!([])),
        Call::post(TRANSFER_TO).bearer(&token.value).json(&fifty_thousand()),
        to("not a trackId", &fifty_thousand()),
        to("ok", &fifty_thousand()),
        to("ok", &fifty_thousand()),
        to("no-amount", &but(json!({"amount": null}))),
        to("bad-amount", &but(json!({"amount": "x"}))),
        to("foreign", &but(json!({"deposit": KESHAVARZI}))),
        to("same", &but(json!({"destinationNumber": DROPS}))),
        to("small-paya", &paya_but(json!({"amount": 9_999}))),
        alias("satnaTransfer", "small-satna", paya_but(json!({}))),
        alias("payaTransfer", "large-paya", paya_but(json!({"amount": 500_000_001}))),
        to("unknown", &but(json!({"destinationNumber": "0302876999999"}))),
        to("poor", &but(json!({"amount": 2_000_000_000_000_u64}))),
        Call::get("/oak/v2/clients/drops/transferInquiry").query("inquiryTrackId", "never").bearer(&token.value),
        deposit_call(token, SECOND, "payas"),
        Call::post("/oak/v2/clients/drops/card/balance")
            .query("trackId", "card")
            .bearer(&cc.value)
            .json(&json!({"card": "6362144202902795"})),
        Call::post("/dev/v2/oauth2/verify/sms")
            .header("authorization", BASIC)
            .json(&json!({"mobile": "09300000000", "otp": "abcde", "nid": "1111111111", "trackId": "never"})),
    ]
}

#[apply(each_store)]
async fn every_row_of_the_table_is_said_word_by_word(#[case] _on: OnStore) {
    let mut world = World::start("errors").await;
    world.open_second_deposit().await.unwrap();
    let token = world.named_token("code062").await.unwrap();
    let cc = world.cc().await.unwrap();
    let two = world.named_token("code062_two").await.unwrap();
    let limited = world.grant(Grant { limit: 60_000, count: 1, ..Grant::default() }).await.unwrap();
    let balance_only = world.named_token("code062_balance_only").await.unwrap();
    let mut calls = calls(&token, &cc, &balance_only);
    calls.push(transfer_call(&two, "which", &fifty_thousand()));
    calls.push(transfer_call(&limited, "above", &but(json!({"amount": 60_001}))));
    calls.push(transfer_call(&limited, "first", &fifty_thousand()));
    calls.push(transfer_call(&limited, "second", &fifty_thousand()));

    let mut seen = BTreeSet::new();
    for call in &calls {
        seen.insert(answer_of(&world.send(call).await.unwrap()));
    }
    // Errors that only a fault of the machine or of a network makes.
    for (fault, track_id) in [
        ("error:internal error", "broken"),
        ("error:server is busy", "busy"),
        ("rail_pending", "pending"),
        ("rail_timeout", "timeout"),
    ] {
        world.arm(fault).await.unwrap();
        let reply = world.transfer(&token, track_id, &fifty_thousand()).await.unwrap();
        seen.insert(answer_of(&reply));
    }
    // The code of an SMS is sent too late.
    let asked = Call::get("/dev/v2/oauth2/authorize")
        .query("client_id", "drops")
        .query("response_type", "code")
        .query("redirect_uri", REDIRECT)
        .query("scope", "oak:balance:get")
        .query("mobile", "09300000000")
        .query("auth_type", "SMS")
        .header("authorization", BASIC);
    let sent = world.send(&asked).await.unwrap().json().unwrap();
    let otp = world.otp().await.unwrap();
    world.set_clock("2026-11-21T11:03:01+03:30").await.unwrap();
    let late = json!({"mobile": "09300000000", "otp": otp, "nid": "1111111111", "trackId": sent["result"]["trackId"]});
    let call = Call::post("/dev/v2/oauth2/verify/sms").header("authorization", BASIC).json(&late);
    seen.insert(answer_of(&world.send(&call).await.unwrap()));
    // Outside the service hours.
    world.set_clock("2026-11-21T23:54:00+03:30").await.unwrap();
    seen.insert(answer_of(&world.transfer(&token, "late", &fifty_thousand()).await.unwrap()));
    let at_night = world.send(&charge_call(&token, "at-night", BON, 20_000)).await.unwrap();
    assert_eq!(answer_of(&at_night).2, "شما در بازه زمانی تعریف شده قرار ندارید");

    // Last, because the server closes a connection whose request it has not read completely.
    let large = json!({"description": "x".repeat(70_000)});
    seen.insert(answer_of(&world.transfer(&token, "large", &large).await.unwrap()));

    let table = table();
    assert_eq!(table.len(), 36, "the table has another length: read the new rows");
    let missing: Vec<&Row> = table.difference(&seen).collect();
    assert!(missing.is_empty(), "not provoked: {missing:?}");
    let others: Vec<&Row> = seen.difference(&table).filter(|row| !row.2.is_empty()).collect();
    assert!(others.is_empty(), "not in the table: {others:?}");
}
