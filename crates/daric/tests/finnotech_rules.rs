//! Rules of the Finnotech dialect that the golden cases leave out. Section numbers are those of `finnotech.md`.

use crate::harness;
use crate::harness::server::{OnStore, each_store};
use rstest_reuse::apply;

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use harness::client::Call;
use harness::expect::{DUPLICATED, NO_ACCOUNT, NO_MONEY, SERVICE_CLOSED, done, expect, refusal};
use harness::matcher::differences;
use harness::server::{Launch, verify};
use harness::world::{
    BASIC, DROPS, ELEVEN, Grant, IRAN_ZAMIN, KESHAVARZI, OPERATOR, PARSIAN, SECOND, SOMAYEH, TOKEN_PATH, TRANSFER_TO,
    Token, World, but, charge_inquiry_call, deposit_call, fifty_thousand, token_call, transfer_call,
};
use serde_json::{Value, json};

const REPLAY: Launch = Launch { args: &[], env: &[("DARIC_REPLAY_DUPLICATES", "true")] };

// ---------------------------------------------------------------------------------------------------------------------
// Orders and their trackIds
// ---------------------------------------------------------------------------------------------------------------------

/// The source with the table of routes.
const ROUTES: &str = include_str!("../../finnotech/src/lib.rs");

/// Methods and paths of all services that take a trackId.
fn services() -> Vec<(String, String)> {
    let lines = ROUTES.lines().filter_map(|line| line.trim().strip_prefix(".route(\"")?.split_once("\", "));
    let services = lines.filter(|(path, _)| path.contains("/clients/{client}"));
    let method = |handler: &str| handler.split('(').next().unwrap_or_default().to_uppercase();
    let path =
        |path: &str| path.replace("{client}", "drops").replace("{deposit}", DROPS).replace("{nid}", "1111111111");
    services.map(|(at, handler)| (method(handler), path(at))).collect()
}

/// second-edition.md 2.1: a trackId is never folded, and the refusal of a malformed one echoes it.
#[apply(each_store)]
async fn a_track_id_counts_as_it_was_sent_and_a_malformed_one_is_echoed(#[case] _on: OnStore) {
    let mut world = World::start("track-ids").await;
    let code = world.named_token("code062").await.unwrap();
    let cc = world.named_token("cc").await.unwrap();
    let services = services();
    assert!(services.len() > 15, "{services:?}");
    let long = "a".repeat(150);
    let malformed = [
        ("۱۲۳", "۱۲۳"),
        (" t-1", " t-1"),
        ("t-1 ", "t-1 "),
        ("a b", "a b"),
        ("\u{200f}t", "\u{200f}t"),
        (&*long, &long[..100]),
    ];
    for (method, path) in &services {
        for (sent, echoed) in malformed {
            let call = Call::new(method, path).query("trackId", sent).json(&fifty_thousand());
            let mut reply = world.send(&call.clone().bearer(&code.value)).await.unwrap();
            if reply.status == 403 {
                reply = world.send(&call.bearer(&cc.value)).await.unwrap();
            }
            let wanted = json!({"trackId": echoed, "status": "FAILED", "error": {"message": "trackId is invalid"}});
            expect(&reply, 400, &wanted).unwrap_or_else(|error| panic!("{method} {path} {sent:?}: {error}"));
        }
    }
    for (sent, message) in [("۱۲۳", "is invalid"), (" t-1", "is invalid"), ("", "is required")] {
        let reply = world.inquire(&code, sent).await.unwrap();
        assert_eq!(reply.message(), format!("inquiryTrackId {message}"), "{sent:?}");
        let inquiry = charge_inquiry_call(&code, sent);
        assert_eq!(world.send(&inquiry).await.unwrap().message(), format!("trackId {message}"), "{sent:?}");
    }
}

/// second-edition.md 2.9: over HTTP, with a fault in another field and without.
#[apply(each_store)]
async fn a_client_credential_is_told_what_is_wrong_with_its_deposit(#[case] _on: OnStore) {
    let mut world = World::start("credential-deposit").await;
    let cc = world.named_token("cc").await.unwrap();
    let conditions = "account conditions not passed";
    for (number, (deposit, wrong, http, message)) in [
        (Value::Null, Value::Null, 400, "deposit is required"),
        (json!("776700001"), Value::Null, 400, conditions),
        (json!(SOMAYEH), Value::Null, 400, conditions),
        (json!(DROPS), Value::Null, 403, "token type CODE is required"),
        (json!(DROPS), json!(0), 403, "token type CODE is required"),
        (Value::Null, json!(0), 400, "amount is invalid"),
        (json!("776700001"), json!(0), 400, "amount is invalid"),
    ]
    .into_iter()
    .enumerate()
    {
        let amount = if wrong.is_null() { json!(50_000) } else { wrong };
        let reply =
            world.transfer(&cc, &format!("cc-{number}"), &but(json!({"deposit": deposit, "amount": amount}))).await;
        let reply = reply.unwrap();
        assert_eq!((reply.status, &*reply.message()), (http, message), "row {number}");
    }
    for (deposit, http, message) in [
        ("776700001", 400, "invalid deposit"),
        (SOMAYEH, 400, "invalid deposit"),
        (DROPS, 403, "token type CODE is required"),
    ] {
        let reply = world.send(&deposit_call(&cc, deposit, "payas")).await.unwrap();
        assert_eq!((reply.status, &*reply.message()), (http, message), "{deposit}");
    }
}

/// 1.4: of two faults in one request, the one that is checked first is answered.
#[apply(each_store)]
async fn of_several_faults_the_one_checked_first_is_answered(#[case] _on: OnStore) {
    let mut world = World::start("order-of-checks").await;
    let token = world.named_token("code062").await.unwrap();
    let limited = world.named_token("code062_limited").await.unwrap();
    let parsian = world.named_token("code054").await.unwrap();
    let balance_only = world.named_token("code062_balance_only").await.unwrap();
    let narrow =
        world.ask_for_token(&json!({"grant_type": "client_credentials", "scopes": "oak:deposits:get"})).await.unwrap();
    let narrow = narrow["result"]["value"].as_str().unwrap();
    for number in 1..=5 {
        let reply = world.transfer(&limited, &format!("used-{number}"), &fifty_thousand()).await.unwrap();
        expect(&reply, 200, &done()).unwrap();
    }
    let foreign = "/oak/v2/clients/other/transferTo";
    let balance = format!("/oak/v2/clients/drops/deposits/{DROPS}/balance");
    let unauthorised = |message: &str| json!({"error": {"code": "UNAUTHORIZED", "message": message}});
    let no_header = "خطای دریافتی از سرور احراز هویت: توکن  ارسالي نامعتبر است";

    let early = [
        ("3 before 8", Call::post(TRANSFER_TO).query("trackId", "a b").body("{"), 401, unauthorised(no_header)),
        ("4 before 5", Call::post(foreign).bearer("a.b.c"), 403, refusal("invalid token")),
        ("5 before 7", Call::post(foreign).bearer(&balance_only.value), 403, unauthorised("client mismatch")),
        ("6 before 7", Call::get(&balance).bearer(narrow), 403, unauthorised("token type CODE is required")),
        (
            "7 before 8",
            Call::post(TRANSFER_TO).bearer(&balance_only.value),
            403,
            unauthorised("scope oak:transfer-to:execute is not granted"),
        ),
        ("8 before 9", Call::post(TRANSFER_TO).bearer(&token.value).body("{"), 400, refusal("trackId is required")),
        (
            "9 before 10",
            Call::post(TRANSFER_TO).query("trackId", "used-1").bearer(&limited.value).body("[]"),
            400,
            refusal("body is invalid"),
        ),
    ];
    for (steps, call, http, body) in early {
        expect(&world.send(&call).await.unwrap(), http, &body).unwrap_or_else(|error| panic!("{steps}: {error}"));
    }

    let unknown = "0302876999999";
    let too_much = 1_000_000_000_001_u64;
    let later = [
        ("11, in table order", &token, json!({"amount": null, "description": "a--b"}), "amount is required"),
        ("11, in table order", &token, json!({"amount": "x", "description": null}), "amount is invalid"),
        (
            "11, in table order",
            &token,
            json!({"description": null, "destinationNumber": "x"}),
            "description is required",
        ),
        (
            "11, in table order",
            &token,
            json!({"destinationNumber": "x", "deposit": "x"}),
            "destinationNumber is invalid",
        ),
        ("11, in table order", &token, json!({"deposit": "x", "paymentNumber": "x"}), "deposit is invalid"),
        ("11 before 12", &token, json!({"paymentNumber": "x", "deposit": IRAN_ZAMIN}), "paymentNumber is invalid"),
        (
            "12 before 13",
            &token,
            json!({"deposit": IRAN_ZAMIN, "paymentNumber": null}),
            "account conditions not passed",
        ),
        (
            "13 before 14",
            &token,
            json!({"paymentNumber": null, "destinationNumber": DROPS}),
            "paymentNumber is required",
        ),
        ("13 before 14", &parsian, json!({"destinationNumber": PARSIAN}), "secondPassword is required"),
        (
            "14 before 15",
            &limited,
            json!({"destinationNumber": DROPS, "amount": 350_001}),
            "Source And destination accounts are the same!",
        ),
        ("15 before 16", &limited, json!({"amount": 350_001}), "Max amount per transaction limitation exceeded"),
        ("20 before 21", &token, json!({"destinationNumber": unknown, "amount": too_much}), NO_ACCOUNT),
    ];
    let closed = [
        ("16 before 17", &limited, json!({}), "Monthly call limitation exceeded"),
        ("17 before 20", &token, json!({"destinationNumber": unknown, "amount": too_much}), SERVICE_CLOSED),
    ];
    let daytime = later.iter().map(|row| (ELEVEN, row));
    let closing = closed.iter().map(|row| ("2026-11-21T23:54:00+03:30", row));
    for (number, (clock, (steps, token, changes, message))) in daytime.chain(closing).enumerate() {
        world.set_clock(clock).await.unwrap();
        let reply = world.transfer(token, &format!("later-{number}"), &but(changes.clone())).await.unwrap();
        expect(&reply, 400, &refusal(message)).unwrap_or_else(|error| panic!("{steps}: {error}"));
    }
}

/// 1.4, 1.5: VALIDATION_ERROR leaves the trackId free; SERVICE_CALL_ERROR has consumed it.
#[apply(each_store)]
async fn an_order_refused_by_the_bank_consumes_its_track_id_and_a_validation_refusal_does_not(#[case] _on: OnStore) {
    let mut world = World::start("consumption").await;
    let token = world.named_token("code062").await.unwrap();
    let table = [
        (json!({"amount": null}), "amount is required", true),
        (json!({"amount": 0}), "amount is invalid", true),
        (json!({"description": "a--b"}), "description is invalid", true),
        (json!({"deposit": IRAN_ZAMIN}), "account conditions not passed", true),
        (json!({"paymentNumber": null}), "paymentNumber is required", true),
        (json!({"destinationNumber": DROPS}), "Source And destination accounts are the same!", true),
        (json!({"destinationNumber": "0302876999999"}), NO_ACCOUNT, false),
        (json!({"amount": 1_000_000_000_001_u64}), NO_MONEY, false),
    ];
    let mut booked = 0;
    for (number, (changes, message, free)) in table.into_iter().enumerate() {
        let track_id = format!("t-{number}");
        let first = world.transfer(&token, &track_id, &but(changes)).await.unwrap();
        expect(&first, 400, &refusal(message)).unwrap();
        let second = world.transfer(&token, &track_id, &fifty_thousand()).await.unwrap();
        if free {
            expect(&second, 200, &done()).unwrap();
            booked += 50_000;
        } else {
            expect(&second, 400, &refusal(DUPLICATED)).unwrap();
            let inquiry = world.inquire(&token, &track_id).await.unwrap();
            expect(&inquiry, 200, &json!({"result": {"transferStatus": "FAILED"}})).unwrap();
        }
    }
    assert_eq!(world.balance(&token, DROPS).await.unwrap(), 1_000_000_000_000 - booked);
}

/// 1.5, replay_duplicates: the same folded fields get the stored reply, whatever it is; any other body gets the 400.
#[apply(each_store)]
async fn a_repeated_order_is_answered_with_its_first_reply_when_replay_is_on(#[case] _on: OnStore) {
    let mut world = World::launch("replay", REPLAY).await;
    let token = world.named_token("code062").await.unwrap();
    let with_password = |password: &str| but(json!({"secondPassword": password}));
    let replayed = [
        ("the same body", fifty_thousand(), fifty_thousand()),
        ("other digits of the same amount", but(json!({"amount": "50000"})), but(json!({"amount": "۵۰۰۰۰"}))),
        ("other letters of the same text", but(json!({"description": "کیک"})), but(json!({"description": " كيك "}))),
        ("another secondPassword", with_password("1234"), with_password("5678")),
        // second-edition.md 1.5: an account is the same in every spelling.
        (
            "other spellings of the accounts",
            but(json!({"deposit": DROPS, "destinationNumber": "0302876732005"})),
            but(json!({"deposit": "0302-876-214008", "destinationNumber": 302_876_732_005_u64})),
        ),
        ("a key that the service does not know", fifty_thousand(), but(json!({"sourceNid": "1111111111"}))),
        (
            "an order refused for want of money",
            but(json!({"amount": 1_000_000_000_001_u64})),
            but(json!({"amount": 1_000_000_000_001_u64})),
        ),
    ];
    for (number, (what, first, second)) in replayed.iter().enumerate() {
        let track_id = format!("replayed-{number}");
        let first = world.transfer(&token, &track_id, first).await.unwrap();
        assert_eq!(first.header("idempotent-replay"), None, "{what}, first reply");
        world.set_clock(&format!("2026-11-21T11:{:02}:00+03:30", number + 1)).await.unwrap();
        let second = world.transfer(&token, &track_id, second).await.unwrap();
        assert_eq!(second.header("idempotent-replay"), Some("true"), "{what}: {second}");
        assert_eq!((second.status, second.json()), (first.status, first.json()), "{what}");
    }
    let refused = [
        ("another amount", json!({"amount": 50_001})),
        ("another description", json!({"description": "دیگر"})),
        ("another writing of the destination", json!({"destinationNumber": "IR490620000000302876732005"})),
        ("another payment number", json!({"paymentNumber": "654321"})),
        ("the source named", json!({"deposit": DROPS})),
        ("a destination name added", json!({"destinationFirstname": "سمیه"})),
        ("a field missing", json!({"paymentNumber": null})),
    ];
    for (what, changes) in refused {
        let reply = world.transfer(&token, "replayed-0", &but(changes)).await.unwrap();
        expect(&reply, 400, &refusal(DUPLICATED)).unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!(reply.header("idempotent-replay"), None, "{what}");
    }
    // Six of the orders were accepted, each once.
    assert_eq!(world.balance(&token, DROPS).await.unwrap(), 1_000_000_000_000 - 6 * 50_000);
}

/// 3.1: inquirySequence counts from 1001 per source bank and Tehran day; given at step 18, so to refused orders too.
#[apply(each_store)]
async fn the_inquiry_sequence_counts_orders_per_bank_and_day(#[case] _on: OnStore) {
    let mut world = World::start("sequence").await;
    world.open_deposit("069", "100200300999", 0).await.unwrap();
    let ayandeh = world.named_token("code062").await.unwrap();
    let iran_zamin = world.named_token("code069").await.unwrap();
    let good = fifty_thousand();
    let no_money = but(json!({"amount": 1_000_000_000_001_u64}));
    let not_an_order = but(json!({"amount": 0}));
    let within_069 = but(json!({"destinationNumber": "100200300999"}));
    let table = [
        (ELEVEN, &ayandeh, &good, Some(("050830", "110000", 1001))),
        (ELEVEN, &ayandeh, &good, Some(("050830", "110000", 1002))),
        (ELEVEN, &ayandeh, &no_money, Some(("050830", "110000", 1003))),
        (ELEVEN, &ayandeh, &not_an_order, None),
        (ELEVEN, &ayandeh, &good, Some(("050830", "110000", 1004))),
        (ELEVEN, &iran_zamin, &within_069, Some(("050830", "110000", 1001))),
        ("2026-11-21T23:53:59+03:30", &ayandeh, &good, Some(("050830", "235359", 1005))),
        ("2026-11-21T23:59:59+03:30", &iran_zamin, &within_069, Some(("050830", "235959", 1002))),
        // The day ends at midnight in Tehran, not in Greenwich.
        ("2026-11-22T00:00:00+03:30", &ayandeh, &good, Some(("050901", "000000", 1001))),
        ("2026-11-22T00:00:00+03:30", &iran_zamin, &within_069, Some(("050901", "000000", 1001))),
        ("2026-11-22T03:30:00+03:30", &ayandeh, &good, Some(("050901", "033000", 1002))),
    ];
    let mut ref_codes = BTreeSet::new();
    for (number, (clock, token, body, expected)) in table.into_iter().enumerate() {
        let track_id = format!("sequence-{number}");
        world.set_clock(clock).await.unwrap();
        world.transfer(token, &track_id, body).await.unwrap();
        let inquiry = world.inquire(token, &track_id).await.unwrap();
        let Some((date, time, sequence)) = expected else {
            expect(&inquiry, 400, &refusal("transaction not found")).unwrap();
            continue;
        };
        let keys =
            json!({"inquiryDate": date, "inquiryTime": time, "inquirySequence": sequence, "refCode": "<digits16>"});
        expect(&inquiry, 200, &json!({"result": keys})).unwrap_or_else(|error| panic!("row {number}: {error}"));
        let ref_code = inquiry.json().unwrap()["result"]["refCode"].to_string();
        assert!(ref_codes.insert(ref_code), "row {number} has the refCode of another order");
    }
}

/// 3.1, windows: internal transfers to an account of bank 062 are refused at [23:54, 24:00).
#[apply(each_store)]
async fn internal_transfers_to_ayandeh_are_closed_from_23_54_to_midnight(#[case] _on: OnStore) {
    let mut world = World::start("day-close").await;
    world.open_deposit("069", "100200300999", 0).await.unwrap();
    let ayandeh = world.named_token("code062").await.unwrap();
    let iran_zamin = world.named_token("code069").await.unwrap();
    let by_number = fifty_thousand();
    let by_iban = but(json!({"destinationNumber": "IR490620000000302876732005"}));
    let within_069 = but(json!({"destinationNumber": "100200300999"}));
    let table = [
        ("2026-11-21T23:53:59+03:30", &ayandeh, &by_number, true),
        ("2026-11-21T23:54:00+03:30", &ayandeh, &by_number, false),
        ("2026-11-21T23:54:00+03:30", &ayandeh, &by_iban, false),
        ("2026-11-21T23:54:00+03:30", &iran_zamin, &within_069, true),
        ("2026-11-21T23:59:59+03:30", &ayandeh, &by_number, false),
        ("2026-11-22T00:00:00+03:30", &ayandeh, &by_iban, true),
    ];
    for (number, (clock, token, body, open)) in table.into_iter().enumerate() {
        world.set_clock(clock).await.unwrap();
        let reply = world.transfer(token, &format!("close-{number}"), body).await.unwrap();
        let (http, expected) = if open { (200, done()) } else { (400, refusal(SERVICE_CLOSED)) };
        expect(&reply, http, &expected).unwrap_or_else(|error| panic!("row {number} at {clock}: {error}"));
    }
    // The refusal was at step 17, so the trackId is free.
    let reply = world.transfer(&ayandeh, "close-1", &by_number).await.unwrap();
    expect(&reply, 200, &done()).unwrap();
}

/// second-edition.md 1.1, 1.4, 1.5: texts are kept and echoed as they were sent, numbers in the form that the bank writes.
#[apply(each_store)]
async fn texts_are_echoed_as_they_were_sent_and_numbers_as_the_bank_writes_them(#[case] _on: OnStore) {
    let mut world = World::start("folding").await;
    let token = world.named_token("code062").await.unwrap();
    let same = |text: &str| ("description", json!(text), json!(text));
    let table = [
        same("\u{202b}علي\u{202c} \u{200f}كريمي\u{2069} "),
        same("۱۲۳ ٤٥٦"),
        same("\u{200e}a-b-c"),
        same("فاکتور ۱۲۳"),
        // Thirty letters count as thirty, whatever their bytes and the marks around them.
        same(&format!(" {}\u{200e}", "ش".repeat(30))),
        ("destinationNumber", json!(" ۰۳۰۲۸۷۶۷۳۲۰۰۵ "), json!(SOMAYEH)),
        ("destinationNumber", json!("0302-876-732.005"), json!(SOMAYEH)),
        ("destinationNumber", json!(302_876_732_005_i64), json!(SOMAYEH)),
        ("destinationNumber", json!("302876732005"), json!(SOMAYEH)),
        ("destinationNumber", json!("IR49 0620 0000 0030 2876 7320 05"), json!("IR490620000000302876732005")),
        ("destinationNumber", json!("ir490620000000302876732005"), json!("IR490620000000302876732005")),
        // Check digits play no part in the look-up.
        ("destinationNumber", json!("IR000620000000302876732005"), json!("IR000620000000302876732005")),
        ("deposit", json!("0302.876214-008"), Value::Null),
        ("deposit", json!(302_876_214_008_i64), Value::Null),
        ("deposit", json!("۳۰۲ ۸۷۶ ۲۱۴ ۰۰۸"), Value::Null),
        ("paymentNumber", json!(123_456), json!("123456")),
        ("paymentNumber", json!("٠١٢٣"), json!("0123")),
        ("destinationFirstname", json!("علي "), json!("علي ")),
        ("amount", json!("۵۰۰۰۰"), json!(50_000)),
        ("amount", json!("50000.0000"), json!(50_000)),
        ("amount", json!("5.0E+4"), json!(50_000)),
        ("amount", json!(5e4), json!(50_000)),
    ];
    let rows = table.len();
    for (number, (field, sent, echoed)) in table.into_iter().enumerate() {
        let reply = world.transfer(&token, &format!("fold-{number}"), &but(json!({field: sent}))).await.unwrap();
        let result = if echoed.is_null() { json!({"sourceNumber": DROPS}) } else { json!({field: echoed}) };
        expect(&reply, 200, &json!({"status": "DONE", "result": result}))
            .unwrap_or_else(|error| panic!("{field}: {error}"));
    }
    let somayeh = world.named_token("code062_somayeh").await.unwrap();
    let received = world.balance(&somayeh, SOMAYEH).await.unwrap() - 50_000_000;
    assert_eq!(received, 50_000 * i64::try_from(rows).unwrap());
}

/// 1.4, 3.3: orders that a client-credential token may inquire about, and the shape of the inquired trackId.
#[apply(each_store)]
async fn an_inquiry_answers_for_orders_of_the_client_only(#[case] _on: OnStore) {
    let mut world = World::start("inquiry").await;
    let token = world.named_token("code062").await.unwrap();
    let somayeh = world.named_token("code062_somayeh").await.unwrap();
    let cc = world.named_token("cc").await.unwrap();
    expect(&world.transfer(&token, "known", &fifty_thousand()).await.unwrap(), 200, &done()).unwrap();
    let found = json!({"trackId": "inq-1", "status": "DONE", "result": {"transferTrackId": "known"}});
    let table = [
        // Every token of a client finds all transfers of that client.
        (&token, "known", 200, found.clone()),
        (&somayeh, "known", 200, found),
        (&token, "Known", 400, refusal("transaction not found")),
        (&token, "", 400, refusal("inquiryTrackId is required")),
        (&token, "a b", 400, refusal("inquiryTrackId is invalid")),
        (&token, &*"a".repeat(41), 400, refusal("inquiryTrackId is invalid")),
        // The Keshavarzi exception: an unknown order passes, an order of another bank does not.
        (&cc, "never-sent", 400, refusal("transaction not found")),
        (&cc, "known", 403, json!({"error": {"code": "UNAUTHORIZED", "message": "token type CODE is required"}})),
    ];
    for (number, (token, track_id, http, body)) in table.into_iter().enumerate() {
        let reply = world.inquire(token, track_id).await.unwrap();
        expect(&reply, http, &body).unwrap_or_else(|error| panic!("row {number}: {error}"));
    }
}

// ---------------------------------------------------------------------------------------------------------------------
// Tokens
// ---------------------------------------------------------------------------------------------------------------------

/// 2.1, refresh_token: the refresh token alone is looked up; second-edition.md 4.3: the same successor for a minute, then the end of all tokens.
#[apply(each_store)]
async fn a_refresh_gives_a_new_pair_again_for_a_minute_and_ends_all_tokens_of_the_grant_after_it(#[case] _on: OnStore) {
    let mut world = World::start("refresh").await;
    let old = world.named_token("cc").await.unwrap();
    world.set_clock("2026-11-21T12:00:00+03:30").await.unwrap();
    let refresh = |token: &str| {
        // The type and the bank of the body differ from those of the token, and are ignored.
        let mut body = json!({"grant_type": "refresh_token", "token_type": "CODE", "bank": "054"});
        body["refresh_token"] = json!(token);
        body
    };

    let reply = world.send(&token_call(&refresh(&old.refresh))).await.unwrap();
    let shape = json!({
        "result": {"value": "<jwt>", "refreshToken": "<alnum256>", "lifeTime": 864_000_000,
            "creationDate": "14050830120000"},
        "status": "DONE", "responseCode": "FN-BRFH-20000000000", "trackId": "<absent>",
    });
    expect(&reply, 200, &shape).unwrap();
    let result = reply.json().unwrap()["result"].clone();
    let new = Token {
        value: result["value"].as_str().unwrap().into(),
        refresh: result["refreshToken"].as_str().unwrap().into(),
    };
    assert_ne!(new.value, old.value);
    assert_ne!(new.refresh, old.refresh);
    let all = world.ask_for_token(&json!({"grant_type": "client_credentials"})).await.unwrap();
    assert_eq!(result["scopes"], all["result"]["scopes"]);

    let error = json!({"code": "VALIDATION_ERROR", "message": "refresh_token is invalid"});
    let dead = json!({"status": "FAILED", "error": error, "trackId": "<absent>"});
    let deposits = |token: &str| Call::get("/oak/v2/clients/drops/users/1111111111/deposits").bearer(token);
    // The reply was lost: the repeated refresh gets the same refresh token, and an equivalent access token.
    world.set_clock("2026-11-21T12:00:59+03:30").await.unwrap();
    let again = world.send(&token_call(&refresh(&old.refresh))).await.unwrap();
    expect(&again, 200, &json!({"result": {"refreshToken": new.refresh, "lifeTime": 864_000_000}})).unwrap();
    let again = again.json().unwrap()["result"]["value"].as_str().unwrap().to_owned();
    let next = world.send(&token_call(&refresh(&new.refresh))).await.unwrap().json().unwrap()["result"].clone();
    let newest = next["value"].as_str().unwrap().to_owned();
    let other = world.named_token("cc").await.unwrap();
    let all = [("old", &old.value), ("new", &new.value), ("again", &again), ("newest", &newest)];
    for (what, token) in all {
        expect(&world.send(&deposits(token)).await.unwrap(), 200, &done())
            .unwrap_or_else(|error| panic!("the {what} token: {error}"));
    }
    // A minute after its use a refresh token counts as stolen: all tokens of this grant end.
    world.set_clock("2026-11-21T12:01:00+03:30").await.unwrap();
    let listed = async |world: &mut World| {
        let call = Call::get("/dev/v2/clients/drops/tokens").bearer(&other.value);
        world.send(&call).await.unwrap().json().unwrap()["result"]["clientCredentials"].as_array().unwrap().len()
    };
    let before = listed(&mut world).await;
    for token in [&old.refresh, &old.refresh, &new.refresh, &next["refreshToken"].as_str().unwrap().to_owned()] {
        expect(&world.send(&token_call(&refresh(token))).await.unwrap(), 400, &dead).unwrap();
    }
    for (what, token) in all {
        expect(&world.send(&deposits(token)).await.unwrap(), 403, &refusal("invalid token"))
            .unwrap_or_else(|error| panic!("the {what} token: {error}"));
    }
    assert_eq!(listed(&mut world).await, before - all.len());
    expect(&world.send(&deposits(&other.value)).await.unwrap(), 200, &done()).unwrap();
    let ended = Token { value: newest, refresh: String::new() };
    expect(&world.revoke(&other, &ended).await.unwrap(), 400, &refusal("token is invalid")).unwrap();
}

/// 2.6 and second-edition.md 4.3: a revoked token is not given again.
#[apply(each_store)]
async fn a_refresh_that_is_repeated_after_its_successor_was_revoked_gives_nothing(#[case] _on: OnStore) {
    let mut world = World::start("refresh-revoked").await;
    let (keeper, old) = (world.named_token("code062").await.unwrap(), world.named_token("cc").await.unwrap());
    let refresh = token_call(&json!({"grant_type": "refresh_token", "refresh_token": old.refresh}));
    let given = world.send(&refresh).await.unwrap().json().unwrap()["result"]["value"].as_str().unwrap().to_owned();
    let given = Token { value: given, refresh: String::new() };
    expect(&world.revoke(&keeper, &given).await.unwrap(), 200, &json!({"status": "DONE"})).unwrap();
    let error = json!({"error": {"code": "VALIDATION_ERROR", "message": "refresh_token is invalid"}});
    expect(&world.send(&refresh).await.unwrap(), 400, &error).unwrap();
}

/// 2.6: the token and its refresh token end; an ended token cannot be revoked again.
#[apply(each_store)]
async fn a_revoked_token_takes_its_refresh_token_along(#[case] _on: OnStore) {
    let mut world = World::start("revoke").await;
    let (keeper, revoked) = (world.named_token("code062").await.unwrap(), world.named_token("cc").await.unwrap());
    expect(&world.revoke(&keeper, &revoked).await.unwrap(), 200, &json!({"status": "DONE", "trackId": "<hex12>"}))
        .unwrap();
    let refresh = token_call(&json!({"grant_type": "refresh_token", "refresh_token": revoked.refresh}));
    let reply = world.send(&refresh).await.unwrap();
    expect(&reply, 400, &json!({"error": {"code": "VALIDATION_ERROR", "message": "refresh_token is invalid"}}))
        .unwrap();
    expect(&world.revoke(&keeper, &revoked).await.unwrap(), 400, &refusal("token is invalid")).unwrap();
    let garbage = Token { value: "a.b.c".into(), refresh: String::new() };
    expect(&world.revoke(&keeper, &garbage).await.unwrap(), 400, &refusal("token is invalid")).unwrap();
    // A token may revoke itself.
    expect(&world.revoke(&keeper, &keeper).await.unwrap(), 200, &json!({"status": "DONE"})).unwrap();
    let reply = world.inquire(&keeper, "any").await.unwrap();
    expect(&reply, 403, &refusal("invalid token")).unwrap();
}

/// 2.5 and 1.4 step 4: `now < creation + lifeTime`; ten days, fifteen minutes for bank 016.
#[apply(each_store)]
async fn a_token_dies_at_the_instant_its_life_ends(#[case] _on: OnStore) {
    let mut world = World::start("lifetime").await;
    let table = [
        ("code016", KESHAVARZI, "2026-11-21T11:14:59+03:30", "2026-11-21T11:15:00+03:30"),
        ("code062", DROPS, "2026-12-01T10:59:59+03:30", "2026-12-01T11:00:00+03:30"),
        ("code069", IRAN_ZAMIN, "2026-12-01T10:59:59+03:30", "2026-12-01T11:00:00+03:30"),
    ];
    for (name, deposit, last, first_dead) in table {
        world.reset_at(ELEVEN).await.unwrap();
        let token = world.named_token(name).await.unwrap();
        world.set_clock(last).await.unwrap();
        assert!(world.balance(&token, deposit).await.unwrap() > 0);
        world.set_clock(first_dead).await.unwrap();
        let reply = world.inquire(&token, "any").await.unwrap();
        expect(&reply, 403, &refusal("invalid token")).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}

/// 2.1: nid and scopes of a client-credential token.
#[apply(each_store)]
async fn scopes_are_granted_as_far_as_registered_in_the_order_asked(#[case] _on: OnStore) {
    let mut world = World::start("scopes").await;
    let all =
        world.ask_for_token(&json!({"grant_type": "client_credentials"})).await.unwrap()["result"]["scopes"].clone();
    let table = [
        (json!({"scopes": "oak:deposits:get,oak:balance:get"}), json!(["oak:deposits:get", "oak:balance:get"])),
        (json!({"scopes": "oak:balance:get,oak:deposits:get"}), json!(["oak:balance:get", "oak:deposits:get"])),
        (json!({"scopes": "nobody:knows:this,oak:balance:get"}), json!(["oak:balance:get"])),
        (json!({"nid": null}), all.clone()),
        (json!({"nid": "۰۴۹۹۳۷۰۸۹۹"}), all),
    ];
    for (fields, scopes) in table {
        let mut body = json!({"grant_type": "client_credentials", "nid": "0499370899"});
        body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        let reply = world.send(&token_call(&body)).await.unwrap();
        expect(&reply, 200, &json!({"result": {"scopes": scopes}})).unwrap_or_else(|error| panic!("{fields}: {error}"));
    }
}

/// 2.5: the claims as listed, in text that plain base64 decodes, too (pyfinnotech).
#[apply(each_store)]
async fn a_token_carries_the_listed_claims_in_plain_base64(#[case] _on: OnStore) {
    let mut world = World::start("claims").await;
    let cc = world.named_token("cc").await.unwrap();
    let code = world.named_token("code062_limited").await.unwrap();
    let seconds = 1_795_246_200;
    let of_cc = json!({
        "tokenId": "<alnum32>", "clientId": "drops", "userId": "<str>", "active": true, "deposits": [],
        "monthlyCallLimitation": null, "maxAmountPerTransaction": null, "destination": null,
        "type": "CLIENT-CREDENTIAL", "creationDate": "14050830110000", "lifeTime": 864_000_000, "iat": seconds,
        "exp": "<absent>", "refreshToken": "<absent>",
    });
    let of_code = json!({
        "tokenId": "<alnum32>", "monthlyCallLimitation": 5, "maxAmountPerTransaction": 350_000, "userId": "1111111111",
        "creationDate": "14050830110000", "type": "CODE", "bank": "062", "lifeTime": 864_000_000, "deposits": [DROPS],
        "clientId": "drops", "randomUKID": "<alnum16>", "iat": seconds, "exp": "<absent>", "refreshToken": "<absent>",
        "auth_type": "<absent>",
    });
    for (token, claims) in [(cc, of_cc), (code, of_code)] {
        let parts: Vec<&str> = token.value.split('.').collect();
        let decoded = |part: &str| -> Value {
            assert!(!part.contains(['-', '_']), "plain base64 cannot read {part}");
            serde_json::from_slice(&STANDARD_NO_PAD.decode(part).unwrap()).unwrap()
        };
        assert_eq!(decoded(parts[0])["alg"], "HS256");
        let payload = decoded(parts[1]);
        assert_eq!(differences(&claims, &payload), Vec::<String>::new());
        assert!(payload["scopes"].as_array().unwrap().len() > 5, "{payload}");
    }
}

/// 1.4 step 16 and section 5, 17: refused orders do not count, and a refresh does not reset the count.
#[apply(each_store)]
async fn a_refresh_does_not_reset_the_monthly_count(#[case] _on: OnStore) {
    let mut world = World::start("monthly-count").await;
    let token = world.grant(Grant { count: 2, ..Grant::default() }).await.unwrap();
    let exceeded = refusal("Monthly call limitation exceeded");
    let no_money = but(json!({"amount": 1_000_000_000_001_u64}));
    let table = [
        ("n-1", no_money, 400, refusal(NO_MONEY)),
        ("n-2", fifty_thousand(), 200, done()),
        ("n-3", fifty_thousand(), 200, done()),
        ("n-4", fifty_thousand(), 400, exceeded.clone()),
    ];
    for (track_id, body, http, expected) in table {
        expect(&world.transfer(&token, track_id, &body).await.unwrap(), http, &expected).unwrap();
    }
    let refreshed =
        world.ask_for_token(&json!({"grant_type": "refresh_token", "refresh_token": token.refresh})).await.unwrap();
    let limits = json!({"monthlyCallLimitation": 2, "maxAmountPerTransaction": 0, "deposits": [DROPS], "bank": "062"});
    assert_eq!(differences(&limits, &refreshed["result"]), Vec::<String>::new());
    let value = refreshed["result"]["value"].as_str().unwrap();
    let token = Token { value: value.into(), refresh: String::new() };
    expect(&world.transfer(&token, "n-4", &fifty_thousand()).await.unwrap(), 400, &exceeded).unwrap();
}

// ---------------------------------------------------------------------------------------------------------------------
// Statement and deposits
// ---------------------------------------------------------------------------------------------------------------------

type Parameters<'a> = &'a [(&'a str, &'a str)];

/// 3.5: newest first, 100 rows a page; `M` and a lastRecordNumber to send back while more rows follow, otherwise `L`.
#[apply(each_store)]
async fn a_statement_is_paged_by_its_last_record_number(#[case] _on: OnStore) {
    let mut world = World::start("paging").await;
    for (orders, pages) in
        [(100_i64, &[(100, "L")][..]), (101, &[(100, "M"), (1, "L")]), (230, &[(100, "M"), (100, "M"), (30, "L")])]
    {
        world.reset_at(ELEVEN).await.unwrap();
        let token = world.named_token("code062").await.unwrap();
        // Each amount occurs once, so that it identifies the order of a row.
        for number in 1..=orders {
            let reply = world.transfer(&token, &format!("p-{number}"), &but(json!({"amount": number}))).await.unwrap();
            expect(&reply, 200, &done()).unwrap();
        }
        let mut next = orders;
        let mut balance = 1_000_000_000_000 - orders * (orders + 1) / 2;
        let mut last_record_number = String::new();
        for (rows, chain) in pages {
            let mut call = Call::get(&statement_path(DROPS)).query("trackId", "st-1").bearer(&token.value);
            if !last_record_number.is_empty() {
                call = call.query("lastRecordNumber", &last_record_number);
            }
            let page = world.send(&call).await.unwrap().json().unwrap()["result"].take();
            assert_eq!(page["transactionChain"], *chain, "after {next} of {orders}");
            let transactions = page["transactions"].as_array().unwrap();
            assert_eq!(transactions.len(), *rows);
            for (index, row) in transactions.iter().enumerate() {
                let expected = json!({
                    "recordNumber": format!("{:03}", index + 1), "transactionAmount": next.to_string(),
                    "transactionAmountDebit": format!("{next:016}"), "transactionAmountCredit": "0000000000000000",
                    "balance": format!("{balance:016}"), "refCode": "<digits16>",
                });
                assert_eq!(differences(&expected, row), Vec::<String>::new());
                balance += next;
                next -= 1;
            }
            last_record_number = page["lastRecordNumber"].as_str().unwrap().to_owned();
            assert_eq!(differences(&json!("<digits20>"), &page["lastRecordNumber"]), Vec::<String>::new());
        }
        assert_eq!((next, balance), (0, 1_000_000_000_000));
    }
}

/// 3.5: the receiving side, and the rows that dates and times select.
#[apply(each_store)]
async fn a_statement_shows_the_rows_between_its_two_ends(#[case] _on: OnStore) {
    let mut world = World::start("statement-range").await;
    let clocks = ["2026-11-20T11:00:00+03:30", ELEVEN, "2026-11-21T12:00:00+03:30", "2026-11-22T00:00:00+03:30"];
    world.reset_at(clocks[0]).await.unwrap();
    let drops = world.named_token("code062").await.unwrap();
    let somayeh = world.named_token("code062_somayeh").await.unwrap();
    for (number, clock) in (1..).zip(clocks) {
        world.set_clock(clock).await.unwrap();
        let reply = world.transfer(&drops, &format!("r-{number}"), &but(json!({"amount": number}))).await.unwrap();
        expect(&reply, 200, &done()).unwrap();
    }
    let table: &[(Parameters, &[u64])] = &[
        (&[], &[4, 3, 2, 1]),
        (&[("fromDate", "14050829"), ("toDate", "14050901")], &[4, 3, 2, 1]),
        (&[("fromDate", "050830"), ("toDate", "050830")], &[3, 2]),
        (&[("fromDate", "۱۴۰۵۰۸۳۰"), ("toDate", "14050830")], &[3, 2]),
        (&[("fromDate", "050830"), ("toDate", "050830"), ("fromTime", "113000")], &[3]),
        (&[("fromDate", "050830"), ("toDate", "050830"), ("toTime", "113000")], &[2]),
        // Times bound the first and the last day only.
        (&[("fromDate", "050829"), ("toDate", "050901"), ("fromTime", "113000"), ("toTime", "000000")], &[4, 3, 2]),
        (&[("fromDate", "050701"), ("toDate", "050801")], &[]),
    ];
    let zero = "0".repeat(16);
    for (parameters, amounts) in table {
        let call = Call::get(&statement_path(SOMAYEH)).query("trackId", "st-1").bearer(&somayeh.value);
        let call = parameters.iter().fold(call, |call, (name, value)| call.query(name, value));
        let rows: Vec<Value> = amounts
            .iter()
            .map(|amount| json!({"transactionAmountCredit": format!("{amount:016}"), "transactionAmountDebit": zero}))
            .collect();
        let expected = json!({"status": "DONE", "result": {"transactions": rows, "transactionChain": "L"}});
        expect(&world.send(&call).await.unwrap(), 200, &expected)
            .unwrap_or_else(|error| panic!("{parameters:?}: {error}"));
    }
}

/// 3.5, 1.2: parameters of a statement that are no valid range.
#[apply(each_store)]
async fn a_statement_refuses_dates_that_make_no_range(#[case] _on: OnStore) {
    let mut world = World::start("statement-dates").await;
    let token = world.named_token("code062").await.unwrap();
    let table: &[(Parameters, &str)] = &[
        (&[("toDate", "14050830")], "fromDate is required"),
        (&[("fromDate", "14050830"), ("toDate", " ")], "toDate is required"),
        (&[("fromDate", "14050830"), ("toDate", "14050829")], "toDate is invalid"),
        (&[("fromDate", "14050701"), ("toDate", "14050802")], "toDate is invalid"),
        (&[("fromDate", "14050931"), ("toDate", "14051001")], "fromDate is invalid"),
        (&[("fromDate", "14051301"), ("toDate", "14051301")], "fromDate is invalid"),
        (&[("fromDate", "2026-11-21"), ("toDate", "14050830")], "fromDate is invalid"),
        (&[("fromDate", "14050830"), ("toDate", "1405083")], "toDate is invalid"),
        (&[("fromDate", "14050830"), ("toDate", "14050830"), ("fromTime", "240000")], "fromTime is invalid"),
        (&[("fromDate", "14050830"), ("toDate", "14050830"), ("toTime", "1130")], "toTime is invalid"),
    ];
    for (parameters, message) in table {
        let call = Call::get(&statement_path(DROPS)).query("trackId", "st-1").bearer(&token.value);
        let call = parameters.iter().fold(call, |call, (name, value)| call.query(name, value));
        let reply = world.send(&call).await.unwrap();
        expect(&reply, 400, &refusal(message)).unwrap_or_else(|error| panic!("{parameters:?}: {error}"));
    }
    let call = Call::get(&statement_path(SOMAYEH)).query("trackId", "st-1").bearer(&token.value);
    expect(&world.send(&call).await.unwrap(), 400, &refusal("invalid deposit")).unwrap();
}

/// 3.10: deposits that the client is approved for or holds a live CODE token for, by bank and number.
#[apply(each_store)]
async fn a_client_sees_the_deposits_it_may_see(#[case] _on: OnStore) {
    let mut world = World::start("deposits").await;
    let cc = world.named_token("cc").await.unwrap();
    let listed = |numbers: &[&str]| -> Value {
        let rows: Vec<Value> =
            numbers.iter().map(|number| json!({"accountNumber": number, "accountType": "010"})).collect();
        json!({"status": "DONE", "result": rows})
    };
    let path = |nid: &str| Call::get(&format!("/oak/v2/clients/drops/users/{nid}/deposits")).bearer(&cc.value);
    expect(&world.send(&path("2222222222")).await.unwrap(), 200, &listed(&[])).unwrap();
    let somayeh = world.named_token("code062_somayeh").await.unwrap();
    expect(&world.send(&path("2222222222")).await.unwrap(), 200, &listed(&[SOMAYEH])).unwrap();
    expect(&world.revoke(&cc, &somayeh).await.unwrap(), 200, &json!({"status": "DONE"})).unwrap();
    expect(&world.send(&path("2222222222")).await.unwrap(), 200, &listed(&[])).unwrap();

    world.open_second_deposit().await.unwrap();
    let all = listed(&[KESHAVARZI, PARSIAN, DROPS, SECOND, IRAN_ZAMIN]);
    expect(&world.send(&path("1111111111")).await.unwrap(), 200, &all).unwrap();
    for nid in ["111111111", "11111111111", "111111111x"] {
        expect(&world.send(&path(nid)).await.unwrap(), 400, &refusal("nid is invalid")).unwrap();
    }
}

/// 1.3, 2.1: replies under /dev/v2/oauth2/ have no trackId, and the client must authenticate.
#[apply(each_store)]
async fn the_token_endpoint_wants_the_client_s_secret(#[case] _on: OnStore) {
    let mut world = World::start("basic").await;
    let body = json!({"grant_type": "client_credentials"});
    let call = Call::post("/dev/v2/oauth2/token").query("trackId", "ignored").json(&body);
    let reply = world.send(&call).await.unwrap();
    let refused = json!({
        "status": "FAILED", "error": {"code": "UNAUTHORIZED", "message": "invalid client credentials"},
        "trackId": "<absent>", "result": "<absent>",
    });
    expect(&reply, 401, &refused).unwrap();
    let reply = world.send(&call.header("authorization", BASIC)).await.unwrap();
    let granted = json!({"status": "DONE", "responseCode": "FN-BRFH-20000000000", "trackId": "<absent>"});
    expect(&reply, 200, &granted).unwrap();
}

/// 1.1, 1.3: every reply is JSON in UTF-8, and the success of a service has no responseCode.
#[apply(each_store)]
async fn every_reply_says_that_it_is_json(#[case] _on: OnStore) {
    let mut world = World::start("json").await;
    let token = world.named_token("code062").await.unwrap();
    let table = [
        (transfer_call(&token, "json-1", &fifty_thousand()), 200),
        (transfer_call(&token, "json-1", &fifty_thousand()), 400),
        (Call::get("/oak/v2/clients/drops/nothing"), 404),
        (Call::get(TRANSFER_TO), 405),
        (Call::post(TRANSFER_TO), 401),
        (token_call(&json!({"grant_type": "client_credentials"})), 200),
    ];
    for (call, http) in table {
        let reply = world.send(&call).await.unwrap();
        assert_eq!(reply.status, http, "{} {}: {reply}", call.method, call.target);
        assert_eq!(
            reply.header("content-type"),
            Some("application/json; charset=utf-8"),
            "{} {}",
            call.method,
            call.target
        );
        let body = reply.json().unwrap();
        let is_token = call.target.starts_with("/dev/");
        assert_eq!(body.get("responseCode").is_some(), is_token || reply.message() == DUPLICATED, "{body}");
    }
}

fn statement_path(deposit: &str) -> String {
    format!("/oak/v2/clients/drops/deposits/{deposit}/statement")
}

#[apply(each_store)]
async fn a_hold_cannot_be_spent_until_its_time_or_its_release(#[case] _on: OnStore) {
    // demo.md: holds; POST /clock "answers after all due work is done".
    let mut world = World::start("hold").await;
    let token = world.named_token("code062").await.unwrap();
    let holds = format!("/admin/v1/deposits/{}/holds", world.deposit_id(DROPS).await);
    let hold = |amount: i64, expires_at: Option<&str>| {
        let mut form = json!({"amount": amount});
        if let Some(expires_at) = expires_at {
            form["expiresAt"] = json!(expires_at);
        }
        Call::post(&holds).json(&form)
    };
    let all = 1_000_000_000_000_i64;
    for (call, status, field) in [
        (hold(0, None), 400, "amount"),
        (hold(all + 1, None), 409, "amount"),
        (hold(1, Some(ELEVEN)), 400, "expiresAt"),
        (hold(1, Some("tomorrow")), 400, "expiresAt"),
    ] {
        let reply = world.send(&call.bearer(OPERATOR)).await.unwrap();
        assert_eq!((reply.status, reply.json().unwrap()["error"]["field"].clone()), (status, json!(field)), "{reply}");
    }
    let timed = world.operator(hold(all - 60_000, Some("2026-11-21T12:00:00+03:30"))).await.unwrap();
    assert_eq!(timed["expiresAt"], "2026-11-21T08:30:00Z");
    let open = world.operator(hold(20_000, None)).await.unwrap();
    let available = async |world: &mut World| {
        let path = format!("/oak/v2/clients/drops/deposits/{DROPS}/balance");
        let result = world.send(&Call::get(&path).bearer(&token.value)).await.unwrap().json().unwrap()["result"].take();
        assert_eq!(result["currentBalance"], all);
        result["availableBalance"].as_i64().unwrap()
    };
    assert_eq!(available(&mut world).await, 40_000);
    let reply = world.transfer(&token, "too-much", &fifty_thousand()).await.unwrap();
    assert_eq!(reply.message(), "موجودی حساب کافی نمیباشد", "{reply}");

    let release = Call::delete(&format!("/admin/v1/holds/{}", open["id"]));
    world.operator(release.clone()).await.unwrap();
    assert_eq!(available(&mut world).await, 60_000);
    assert_eq!(world.send(&release.bearer(OPERATOR)).await.unwrap().status, 409, "it has ended");

    let set = |instant: &str| Call::post("/admin/v1/clock").json(&json!({"set": instant}));
    assert_eq!(world.operator(set("2026-11-21T11:59:59.999+03:30")).await.unwrap()["ran"], 0);
    assert_eq!(available(&mut world).await, 60_000);
    let later = world.operator(set("2026-11-21T13:00:00+03:30")).await.unwrap();
    assert_eq!((&later["ran"], &later["now"]), (&json!(1), &json!("2026-11-21T09:30:00Z")));
    assert_eq!(available(&mut world).await, all);
    let expired = world.operator(Call::get(&format!("/admin/v1/transfers/{}", open["id"]))).await.unwrap();
    assert_eq!(expired["amount"], 20_000);
    let World { server, home, .. } = world;
    server.stop();
    assert!(verify(&home).transfers > 0);
}

#[apply(each_store)]
async fn a_name_with_a_zero_byte_names_no_client(#[case] _on: OnStore) {
    let mut world = World::start("zero-byte").await;
    let token = world.named_token("code062").await.unwrap();
    let inquiry = Call::get("/oak/v2/clients/drops/transferInquiry?inquiryTrackId=a%00b").bearer(&token.value);
    let reply = world.send(&inquiry).await.unwrap();
    assert_eq!((reply.status, &*reply.message()), (400, "inquiryTrackId is invalid"), "{reply}");
    let basic = format!("Basic {}", base64::engine::general_purpose::STANDARD.encode("dro\0ps:drops-secret"));
    let call =
        Call::post(TOKEN_PATH).header("authorization", &basic).json(&json!({"grant_type": "client_credentials"}));
    let reply = world.send(&call).await.unwrap();
    assert_eq!(reply.message(), "invalid client credentials", "{reply}");
    let reply =
        world.send(&Call::get("/oak/v2/clients/drops/deposits/1%002/balance").bearer(&token.value)).await.unwrap();
    assert_eq!(reply.status, 400, "{reply}");
}
