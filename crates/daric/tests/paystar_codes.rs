//! Every code of PayStar's table (`paystar.md` 4) is provoked over HTTP; the reply has exactly the text of the table, and nothing is posted.

use crate::harness;
use crate::harness::server::{OnStore, each_store, temporary};
use rstest_reuse::apply;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::net::TcpStream;
use std::time::Duration;

use harness::client::{Call, Client, Reply, read_reply};
use harness::expect::expect;
use harness::paystar::{
    CAPPED, CAPPED_MOBILE, CARD, DISABLED, MOBILE, OTP_PATH, PAY_PATH, PAYERS, POOR, POOR_MOBILE, SEQUENCE, code,
    inquiry_call, otp_body, otp_call, pay_body, pay_call, wrong,
};
use harness::server::{Launch, verify};
use harness::world::World;
use serde_json::{Value, json};

const TABLE: &str = include_str!("data/paystar_codes.csv");

/// The codes and their texts.
fn table() -> BTreeMap<u8, String> {
    let mut reader = csv::Reader::from_reader(TABLE.as_bytes());
    reader.records().map(|row| row.unwrap()).map(|row| (row[0].parse().unwrap(), row[1].to_owned())).collect()
}

/// The field that belongs to a code in `errors`.
fn field(code: u8) -> &'static str {
    match code {
        3 | 63 => "sequence",
        5 => "invoice_id",
        13 => "amount",
        55 | 75 => "pin",
        94 => "order_id",
        20 | 21 | 80 | 90 | 91 => "",
        _ => "pan",
    }
}

fn with(mut body: Value, name: &str, value: Value) -> Value {
    body[name] = value;
    body
}

/// Checks a whole refusal, and records its code.
fn refused(reply: &Reply, wanted: u8, seen: &mut BTreeSet<u8>) {
    let text = &table()[&wanted];
    let code = wanted.to_string();
    // second-edition.md 3: a refused request for a password has no data, a refused payment has its code there.
    let data = match reply.json().unwrap()["data"].is_array() {
        true => json!([]),
        false => json!({"refID": "0", "transactionStatus": code}),
    };
    let body = json!({"status": 0, "data": data, "errors": [{"code": code, "field": field(wanted), "message": text}]});
    expect(reply, 200, &body).unwrap();
    seen.insert(wanted);
}

#[apply(each_store)]
async fn every_code_of_the_table_is_provoked(#[case] _on: OnStore) {
    let mut world = World::launch("paystar-codes", Launch { args: &["--otp-limit", "3"], env: &[] }).await;
    let mut seen = BTreeSet::new();
    let post = |path: &str, body: &Value| Call::post(path).json(body);

    // Terminal, amount and card are checked alike in a request and in a payment.
    for (name, value, wanted) in [
        ("sequence", json!("nobody"), 63),
        ("sequence", json!(DISABLED), 3),
        ("amount", json!(0), 13),
        ("amount", json!(-1), 13),
        ("amount", json!("1000000000000001"), 13),
        ("pan", json!("50220000"), 14),
        ("pan", json!("5022000012349999"), 14),
        ("pan", json!("6037990000000014"), 54),
        ("pan", json!("6104330000000011"), 78),
        ("pan", json!("6219860000000019"), 62),
    ] {
        for (path, body) in [(OTP_PATH, otp_body(CARD, "o-1", 50_000)), (PAY_PATH, pay_body(CARD, "o-1", 50_000, "1"))]
        {
            let reply = world.send(&post(path, &with(body, name, value.clone()))).await.unwrap();
            refused(&reply, wanted, &mut seen);
        }
    }

    // A payment from a merchant's own pages.
    let web = json!({
        "ivr": 0, "pan": CARD, "pin": "12345", "invoice_id": "never", "merchant_cid": MOBILE, "sequence": SEQUENCE,
    });
    refused(&world.send(&post(PAY_PATH, &web)).await.unwrap(), 5, &mut seen);

    // Passwords.
    refused(&world.send(&pay_call(CARD, "o-2", 50_000, "12345")).await.unwrap(), 55, &mut seen);
    let otp = world.asked("o-2", 50_000).await;
    refused(&world.send(&pay_call(CARD, "o-2", 60_000, &otp)).await.unwrap(), 13, &mut seen);
    assert_eq!(code(&world.send(&pay_call(CARD, "o-2", 50_000, &otp)).await.unwrap()), None);
    refused(&world.send(&pay_call(CARD, "o-2", 50_000, &otp)).await.unwrap(), 94, &mut seen);
    world.asked("o-3", 50_000).await;
    let otp = world.asked("o-3", 50_000).await;
    refused(&world.send(&otp_call(CARD, "o-3", 50_000)).await.unwrap(), 61, &mut seen);
    // A text that cannot be a password does not count as a try (second-edition.md 1.7).
    for pin in ["1", "1234", "000000", "000000000000"] {
        refused(&world.send(&pay_call(CARD, "o-3", 50_000, pin)).await.unwrap(), 55, &mut seen);
    }
    assert_eq!(world.payer_card("0000").await["wrongTries"], 0);
    for wanted in [55, 55, 75, 75] {
        refused(&world.send(&pay_call(CARD, "o-3", 50_000, wrong(&otp))).await.unwrap(), wanted, &mut seen);
    }

    // Ceiling and money.
    assert_eq!(code(&world.send(&otp_call(CAPPED, "o-4", 1_000_001)).await.unwrap()), None);
    let otp = world.password(CAPPED_MOBILE).await;
    refused(&world.send(&pay_call(CAPPED, "o-4", 1_000_001, &otp)).await.unwrap(), 61, &mut seen);
    assert_eq!(code(&world.send(&otp_call(POOR, "o-5", 10_001)).await.unwrap()), None);
    let otp = world.password(POOR_MOBILE).await;
    refused(&world.send(&pay_call(POOR, "o-5", 10_001, &otp)).await.unwrap(), 51, &mut seen);

    // Changes by the operator: a card's account and rights, and the banks' day.
    let card = world.payer_card("0018").await["id"].as_i64().unwrap();
    assert_eq!(code(&world.send(&otp_call(POOR, "o-6", 10_000)).await.unwrap()), None);
    let otp = world.password(POOR_MOBILE).await;
    assert_eq!(code(&world.send(&pay_call(POOR, "o-6", 10_000, &otp)).await.unwrap()), None);
    let put = |path: String, body: Value| Call::new("PUT", &path).json(&body);
    let gate = |name: &str| put(format!("/admin/v1/payer-cards/{card}/gate"), json!({"gate": name}));
    world.operator(gate("closed")).await.unwrap();
    refused(&world.send(&otp_call(POOR, "o-7", 1)).await.unwrap(), 42, &mut seen);
    world.operator(gate("open")).await.unwrap();
    let terms = json!({
        "mobile": "09121111111", "expires": "1408/12", "state": "notPermitted", "perTransaction": 0, "daily": 0,
    });
    world.operator(put(format!("/admin/v1/payer-cards/{card}"), terms)).await.unwrap();
    refused(&world.send(&otp_call(POOR, "o-7", 1)).await.unwrap(), 57, &mut seen);
    world.operator(put("/admin/v1/day-close".to_owned(), json!({"on": true}))).await.unwrap();
    refused(&world.send(&otp_call(CAPPED, "o-7", 1)).await.unwrap(), 90, &mut seen);
    refused(&world.send(&pay_call(CAPPED, "o-7", 1, "1")).await.unwrap(), 90, &mut seen);
    world.operator(put("/admin/v1/day-close".to_owned(), json!({"on": false}))).await.unwrap();

    // Refusals that only a fault can cause.
    for (wanted, pays) in [
        (42, false),
        (57, false),
        (90, false),
        (91, false),
        (42, true),
        (57, true),
        (90, true),
        (91, true),
        (80, true),
        (20, true),
        (21, false),
    ] {
        world.ten_minutes_later().await;
        let order = format!("fault-{wanted}-{pays}");
        let otp = if pays {
            assert_eq!(code(&world.send(&otp_call(CAPPED, &order, 7)).await.unwrap()), None);
            world.password(CAPPED_MOBILE).await
        } else {
            String::new()
        };
        let before = world.paid("0016").await;
        world.arm(&format!("paystar:{wanted}")).await.unwrap();
        let call = if pays { pay_call(CAPPED, &order, 7, &otp) } else { otp_call(CAPPED, &order, 7) };
        let reply = world.send(&call).await.unwrap();
        if wanted == 20 {
            assert_eq!((reply.status, code(&reply)), (422, Some(20)), "said of forms only");
        } else {
            refused(&reply, wanted, &mut seen);
        }
        assert_eq!(world.paid("0016").await, before, "{order}");
        let again = if wanted == 80 { Some(55) } else { None };
        assert_eq!(code(&world.send(&call).await.unwrap()), again, "{order} strikes once");
    }

    // Forms.
    let reply = world.send(&Call::post(OTP_PATH).body("{")).await.unwrap();
    assert_eq!((reply.status, code(&reply)), (422, Some(20)));
    seen.insert(20);
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), table().into_keys().collect::<Vec<_>>());
    let World { server, home, .. } = world;
    server.stop();
    verify(&home);
}

#[apply(each_store)]
async fn a_refused_request_for_a_password_has_no_data_and_a_refused_payment_has_its_code(#[case] _on: OnStore) {
    // second-edition.md 3: for every kind of refusal, at every path of the services.
    let mut world = World::start("paystar-forms").await;
    let good = json!({"amount": 1, "pan": CARD, "order_id": "f-1", "sequence": SEQUENCE, "ivr": "1", "pin": "1",
        "merchant_cid": "09120000000"});
    let paths = [("otp-v2", true), ("bpm/otp-v2", true), ("pay", false), ("bpm/pay", false), ("bpm/inquiry", false)];
    for (path, is_otp) in paths {
        let call = |body: &str| Call::post(&format!("/api/ivr/{path}")).body(body);
        let unknown = with(good.clone(), "sequence", json!("nobody")).to_string();
        let missing = with(good.clone(), "sequence", Value::Null).to_string();
        let no_text = with(good.clone(), "sequence", json!("a\u{0}")).to_string();
        let mut ways =
            vec![(unknown, 200, "63"), (missing, 422, "20"), (no_text, 422, "20"), ("{".to_owned(), 422, "20")];
        world.arm("paystar:busy").await.unwrap();
        ways.insert(0, (good.to_string(), 503, "80"));
        for (body, http, code) in ways {
            let reply = world.send(&call(&body)).await.unwrap();
            let said = reply.json().unwrap();
            let data = if is_otp { json!([]) } else { json!({"refID": "0", "transactionStatus": code}) };
            let found = (reply.status, &said["status"], &said["data"], &said["errors"][0]["code"]);
            assert_eq!(found, (http, &json!(0), &data, &json!(code)), "{path} {body}: {reply}");
        }
    }
}

/// Whether the last digit of a card number is the check digit of the others.
fn is_checked(card: &str) -> bool {
    let digits = card.bytes().rev().map(|byte| u32::from(byte - b'0'));
    let doubled = |digit: u32| if digit > 4 { 2 * digit - 9 } else { 2 * digit };
    let sum: u32 = digits.enumerate().map(|(at, digit)| if at % 2 == 0 { digit } else { doubled(digit) }).sum();
    sum.is_multiple_of(10)
}

#[apply(each_store)]
async fn five_cards_of_different_banks_with_right_check_digits_are_sent_as_many_passwords_as_are_asked_for(
    #[case] _on: OnStore,
) {
    // second-edition.md 3.
    let mut world = World::start("paystar-payers").await;
    let banks: BTreeSet<&str> = PAYERS.iter().map(|(card, _)| &card[..6]).collect();
    assert_eq!(banks.len(), 5);
    for (card, mobile) in PAYERS {
        assert!(is_checked(card), "{card}");
        for number in 0..5 {
            let order = format!("{card}-{number}");
            assert_eq!(code(&world.send(&otp_call(card, &order, 1_000)).await.unwrap()), None, "{order}");
            let otp = world.password(mobile).await;
            assert_eq!(code(&world.send(&pay_call(card, &order, 1_000, &otp)).await.unwrap()), None, "{order}");
        }
    }
}

#[apply(each_store)]
async fn a_limit_of_any_size_holds_over_ten_minutes(#[case] _on: OnStore) {
    // second-edition.md 3: the limit can be any number.
    let mut world = World::launch("paystar-limit", Launch { args: &[], env: &[("DARIC_OTP_LIMIT", "20")] }).await;
    for number in 0..20 {
        world.asked(&format!("l-{number}"), 1_000).await;
    }
    assert_eq!(code(&world.send(&otp_call(CARD, "l-20", 1_000)).await.unwrap()), Some(61));
    world.ten_minutes_later().await;
    world.asked("l-20", 1_000).await;
}

#[apply(each_store)]
async fn an_inquiry_says_how_an_order_stands(#[case] _on: OnStore) {
    // paystar.md 5.
    let mut world = World::start("paystar-inquiry").await;
    let otp = world.asked("i-1", 50_000).await;
    let open = |status: &str| json!({"status": 0, "data": {"refID": "0", "transactionStatus": status}, "errors": []});
    expect(&world.send(&inquiry_call("i-1")).await.unwrap(), 200, &open("")).unwrap();
    world.send(&pay_call(CARD, "i-1", 50_000, wrong(&otp))).await.unwrap();
    expect(&world.send(&inquiry_call("i-1")).await.unwrap(), 200, &open("55")).unwrap();
    let paid = world.send(&pay_call(CARD, "i-1", 50_000, &otp)).await.unwrap().json().unwrap();
    let body = json!({
        "status": 1,
        "data": {
            "refID": paid["data"]["refID"], "amount": 50_000, "order_id": "i-1", "pan": "502200******0000",
            "paid_at": "2026-11-21T07:30:00Z",
        },
        "errors": [],
    });
    expect(&world.send(&inquiry_call("i-1")).await.unwrap(), 200, &body).unwrap();
    let post =
        |sequence: &str| Call::post("/api/ivr/bpm/inquiry").json(&json!({"sequence": sequence, "order_id": "i-1"}));
    for (sequence, wanted) in [("nobody", 63), (DISABLED, 3)] {
        assert_eq!(code(&world.send(&post(sequence)).await.unwrap()), Some(wanted));
    }
    // An unpaid order is removed after a day, a paid one never.
    world.ten_minutes_later().await;
    world.asked("i-2", 1).await;
    world.operator(Call::post("/admin/v1/clock").json(&json!({"advance": "P2D"}))).await.unwrap();
    assert_eq!(code(&world.send(&inquiry_call("i-2")).await.unwrap()), Some(5));
    assert_eq!(code(&world.send(&inquiry_call("i-1")).await.unwrap()), None);
}

/// A socket that sends at once, and has the read time-out of the tests.
fn socket(world: &World) -> TcpStream {
    let stream = TcpStream::connect(world.server.address).unwrap();
    stream.set_nodelay(true).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    stream
}

#[apply(each_store)]
async fn an_inquiry_that_is_sent_behind_a_payment_on_another_connection_is_answered_behind_it(#[case] _on: OnStore) {
    // second-edition.md 3: the payment is not delayed, and its reply is not awaited. Old and new connections.
    const ROUNDS: usize = 400;
    let mut world = World::start("paystar-inquiry-sent").await;
    let (mut paying, mut inquiring) = (socket(&world), socket(&world));
    for round in 0..ROUNDS {
        let order = format!("s-{round}");
        let otp = world.asked(&order, 1_000).await;
        let (pay, inquire) = (pay_call(CARD, &order, 1_000, &otp), inquiry_call(&order));
        let (pay, inquire) = (pay.bytes(world.server.address), inquire.bytes(world.server.address));
        if round % 4 == 1 {
            inquiring = socket(&world);
        }
        if round % 2 == 1 {
            paying = socket(&world);
        }
        paying.write_all(&pay).unwrap();
        inquiring.write_all(&inquire).unwrap();
        let inquired = read_reply(&mut inquiring).unwrap();
        assert_eq!(code(&inquired), None, "round {round}: {inquired}");
        assert_eq!(code(&read_reply(&mut paying).unwrap()), None, "round {round}");
    }
}

#[apply(each_store)]
async fn an_inquiry_is_answered_behind_the_payments_that_came_before(#[case] _on: OnStore) {
    // paystar.md 3: the same for a payment that has arrived and is delayed.
    let mut world = World::start("paystar-inquiry-behind").await;
    for mode in [0, 1] {
        let order = format!("b-{mode}");
        let otp = world.asked(&order, 1_000).await;
        world.arm_rule(&json!({"fault": "delay", "after": "PT0.3S", "operation": "pay"})).await.unwrap();
        let mut body = pay_body(CARD, &order, 1_000, &otp);
        (body["ivr"], body["invoice_id"]) = (json!(mode), json!(order));
        let mut paying = socket(&world);
        paying.write_all(&Call::post(PAY_PATH).json(&body).bytes(world.server.address)).unwrap();
        let inquired = world.send(&inquiry_call(&order)).await.unwrap();
        assert_eq!(code(&inquired), None, "ivr {mode}: {inquired}");
        assert_eq!(code(&read_reply(&mut paying).unwrap()), None, "ivr {mode}");
    }
}

#[apply(each_store)]
async fn of_several_faults_and_a_closing_day_the_one_that_is_checked_first_strikes(#[case] _on: OnStore) {
    // paystar.md 3 and 4.
    let mut world = World::start("paystar-faults").await;
    let mut placed = [63, 3, 13, 94, 14, 42, 54, 78, 62, 57, 75, 90, 91, 55, 61, 51, 80];
    for armed_in_reverse in [false, true] {
        world.reset_at("2026-11-21T11:00:00+03:30").await.unwrap();
        let otp = world.asked("f-1", 1_000).await;
        for code in placed {
            world.arm_rule(&json!({"fault": format!("paystar:{code}"), "operation": "pay"})).await.unwrap();
        }
        if !armed_in_reverse {
            placed.reverse();
        }
        let before = world.paid("0000").await;
        let mut struck = Vec::new();
        for _ in 0..placed.len() - 3 {
            struck.extend(code(&world.send(&pay_call(CARD, "f-1", 1_000, &otp)).await.unwrap()));
        }
        // Refusals after a right password use the password up; three of them are left.
        assert_eq!(struck, [63, 3, 13, 94, 14, 42, 54, 78, 62, 57, 75, 90, 91, 55], "reverse: {armed_in_reverse}");
        for wanted in [61, 51, 80] {
            world.ten_minutes_later().await;
            let otp = world.asked("f-1", 1_000).await;
            assert_eq!(code(&world.send(&pay_call(CARD, "f-1", 1_000, &otp)).await.unwrap()), Some(wanted));
            assert_eq!(code(&world.send(&inquiry_call("f-1")).await.unwrap()), Some(wanted), "kept for the inquiry");
        }
        assert_eq!(world.paid("0000").await, before);
    }
    // A fault behind the check of the closing day does not disable that check: no password is compared.
    world.operator(Call::new("PUT", "/admin/v1/day-close").json(&json!({"on": true}))).await.unwrap();
    world.ten_minutes_later().await;
    world.arm("paystar:80").await.unwrap();
    for _ in 0..3 {
        assert_eq!(code(&world.send(&pay_call(CARD, "f-2", 1_000, "000000")).await.unwrap()), Some(90));
    }
    assert_eq!(world.payer_card("0000").await["wrongTries"], 0);
}

#[apply(each_store)]
async fn the_day_closes_by_itself_in_the_window_of_the_settings(#[case] _on: OnStore) {
    // paystar.md 4, code 90.
    let config = temporary("day-close.toml");
    std::fs::write(&config, "[paystar]\nday_close = \"23:50-00:10\"\n").unwrap();
    let launch = Launch { args: &["--config", config.to_str().unwrap()], env: &[] };
    let mut world = World::launch("paystar-day-close", launch).await;
    for (instant, wanted) in [
        ("2026-11-21T23:49:59+03:30", None),
        ("2026-11-21T23:50:00+03:30", Some(90)),
        ("2026-11-22T00:09:59+03:30", Some(90)),
        ("2026-11-22T00:10:00+03:30", None),
    ] {
        world.set_clock(instant).await.unwrap();
        assert_eq!(code(&world.send(&otp_call(CARD, "o", 1)).await.unwrap()), wanted, "{instant}");
    }
    std::fs::remove_file(config).unwrap();
}

#[apply(each_store)]
async fn calls_are_answered_in_the_dialect_s_form_whatever_is_wrong_with_them(#[case] _on: OnStore) {
    // paystar.md 1.
    let mut world = World::start("paystar-forms").await;
    for (path, method, expected) in [
        (OTP_PATH, "GET", 405),
        ("/api/ivr/bpm/otp-v2/", "POST", 422),
        ("/api/ivr/otp-v2/", "POST", 422),
        ("/api/ivr/bpm/pay/", "POST", 422),
        ("/api/ivr/pay/", "POST", 422),
        ("/api/ivr/bpm/inquiry/", "POST", 422),
        ("/api/ivr/bpm/refund", "POST", 404),
    ] {
        let reply = world.send(&Call::new(method, path)).await.unwrap();
        assert_eq!(reply.status, expected, "{method} {path}");
    }
    let mut large = otp_body(CARD, "o", 1);
    large["more"] = json!("x".repeat(70_000));
    // A separate connection: a server that refuses early closes it.
    let mut other = Client::connect(world.server.address).await.unwrap();
    assert_eq!(other.send(&Call::post(OTP_PATH).json(&large)).await.unwrap().status, 413);
    // Another content type, unknown fields, folded digits and blanks.
    let body = json!({
        "amount": " ۵۰۰۰۰ ", "pan": "\u{200F}۵۰۲۲۰۰۰۰۱۲۳۴۰۰۰۰", "order_id": " o ", "sequence": format!(" {SEQUENCE}"), "x": [1],
    });
    let reply = world.send(&Call::post(OTP_PATH).header("content-type", "text/plain").body(body.to_string())).await;
    assert_eq!(code(&reply.unwrap()), None);
    // second-edition 1.2: invalid texts, and a line break in a field of one line.
    for (name, text) in [("pan", "5022000012340000\u{0}"), ("sequence", "a\nb"), ("order_id", "o\u{FFFE}")] {
        let reply =
            world.send(&Call::post(OTP_PATH).json(&with(otp_body(CARD, "o", 1), name, json!(text)))).await.unwrap();
        assert_eq!((reply.status, code(&reply)), (422, Some(20)), "{name}: {reply}");
    }
    let no_text =
        [&b"{\"amount\":5,\"pan\":\"1\",\"order_id\":\"h\",\"sequence\":\"s\",\"x\":\""[..], b"\xff\"}"].concat();
    assert_eq!(world.send(&Call::post(OTP_PATH).body(no_text)).await.unwrap().status, 422);
    for body in ["[]", "null", "7", "\"x\"", "", "{\"pan\":1,\"pan\":2}", "{\"pan\":\"\\ud800\"}"] {
        let reply = world.send(&Call::post(OTP_PATH).body(body)).await.unwrap();
        assert_eq!((reply.status, code(&reply)), (422, Some(20)), "{body}: {reply}");
    }
    // The reply of a busy server, and of a server that does not know the outcome.
    world.arm("paystar:busy").await.unwrap();
    let reply = world.send(&otp_call(CARD, "busy", 1)).await.unwrap();
    assert_eq!((reply.status, code(&reply)), (503, Some(80)));
    assert!(reply.header("retry-after").is_some());
    world.ten_minutes_later().await;
    let otp = world.asked("unknown", 1).await;
    world.arm_rule(&json!({"fault": "paystar:unknown", "operation": "pay"})).await.unwrap();
    let reply = world.send(&pay_call(CARD, "unknown", 1, &otp)).await.unwrap();
    assert_eq!((reply.status, reply.body.len()), (504, 0));
    assert_eq!(code(&world.send(&inquiry_call("unknown")).await.unwrap()), None, "it was paid");
    assert_eq!(code(&world.send(&pay_call(CARD, "unknown", 1, &otp)).await.unwrap()), Some(94));
}
