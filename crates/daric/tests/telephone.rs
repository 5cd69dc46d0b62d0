//! Calls by telephone (`paystar.md` 6): an exchange hands them over; the caller presses keys, listens, and hangs up at any point.

use crate::harness;
use crate::harness::server::{OnStore, each_store, temporary};
use rstest_reuse::apply;

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use Keyed::{Early, Keys, Nothing, Password, Stops};
use harness::client::Call;
use harness::exchange::{Exchange, HangsUp, Held, Keyed};
use harness::paystar::{
    CAPPED, CARD, DISABLED, MOBILE, POOR, POOR_MOBILE, SEQUENCE, code, inquiry_call, otp_call, pay_call,
};
use harness::server::{Launch, verify};
use harness::world::{Caller, World};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::Mutex;

/// A world with a telephone.
struct Phone {
    world: World,
    address: SocketAddr,
    /// Reads SMS while calls are held.
    reader: Arc<Mutex<Caller>>,
}

fn free_port() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

impl Phone {
    async fn start(test: &str, settings: &str) -> Self {
        let address = free_port();
        let config = temporary(&format!("{test}.toml"));
        std::fs::write(&config, settings).unwrap();
        let listen = address.to_string();
        let launch =
            Launch { args: &["--config", config.to_str().unwrap(), "--agi", &listen, "--otp-limit", "3"], env: &[] };
        let world = World::launch(test, launch).await;
        let reader = Arc::new(Mutex::new(Caller::at(world.server.address).await));
        std::fs::remove_file(config).unwrap();
        Self { world, address, reader }
    }

    fn call(&self, arguments: &[&str], keyed: &[Keyed]) -> Exchange {
        Exchange {
            address: self.address,
            arguments: arguments.iter().map(|&argument| argument.to_owned()).collect(),
            caller: "09120000000".to_owned(),
            keyed: keyed.to_vec(),
            hangs_up: HangsUp::Never,
            line_end: "\n",
        }
    }

    async fn hold(&self, call: Exchange, mobile: &str) -> Held {
        let (reader, mobile) = (Arc::clone(&self.reader), mobile.to_owned());
        call.hold(move || {
            let (reader, mobile) = (Arc::clone(&reader), mobile.clone());
            async move { reader.lock().await.password(&mobile).await }
        })
        .await
    }

    /// A call for an order of the demo merchant, with the demo card's SMS.
    async fn order(&self, order: &str, amount: &str, keyed: &[Keyed]) -> Held {
        self.hold(self.call(&[SEQUENCE, order, amount], keyed), MOBILE).await
    }
}

fn keys(text: &str) -> Keyed {
    Keys(text.to_owned())
}

/// The keys of the card, then the password.
fn good() -> [Keyed; 2] {
    [keys(CARD), Password]
}

fn ends(held: &Held, status: &str, code: &str) {
    let found = (held.variable("DARIC_STATUS"), held.variable("DARIC_CODE"));
    assert_eq!(found, (status, code), "{:?}", held.commands);
    assert!(held.hung_up, "{:?}", held.commands);
}

#[apply(each_store)]
async fn a_caller_pays_and_hears_the_reference_number_twice(#[case] _on: OnStore) {
    let mut phone = Phone::start("telephone-pays", "").await;
    let before = phone.world.paid("0000").await;
    let held = phone.order("T-1", "50000", &good()).await;
    ends(&held, "PAID", "");
    let reference = held.variable("DARIC_REFID").to_owned();
    assert!(reference.len() == 12 && reference.bytes().all(|byte| byte.is_ascii_digit()));
    assert_eq!(
        held.heard(),
        [
            "daric/welcome",
            "daric/amount",
            "50000",
            "daric/rial",
            "daric/card",
            "daric/wait",
            "daric/otp",
            "daric/wait",
            "daric/paid",
            &reference,
            "daric/paid",
            &reference,
        ]
    );
    assert_eq!((held.variable("DARIC_ORDER"), held.variable("DARIC_AMOUNT")), ("T-1", "50000"));
    assert_eq!(phone.world.paid("0000").await, (before.0 - 50_000, before.1 + 50_000));
    let orders = phone.world.operator(Call::get("/admin/v1/phone-orders")).await.unwrap();
    let (order, paid) = (&orders[0], json!("502200******0000"));
    assert_eq!((&order["card"], &order["payer"], &order["refId"]), (&paid, &json!("+989120000000"), &json!(reference)));

    // The same order once more: nothing is asked, the number is spoken; the call reports the amount that was paid, not the new one.
    let again = phone.order("T-1", "999000", &good()).await;
    ends(&again, "ALREADY_PAID", "");
    assert_eq!((again.variable("DARIC_AMOUNT"), again.variable("DARIC_REFID")), ("50000", &*reference));
    assert_eq!(again.heard(), ["daric/already_paid", &reference, "daric/already_paid", &reference]);
    assert_eq!(phone.world.paid("0000").await, (before.0 - 50_000, before.1 + 50_000));
    // Without an answer to the payment its outcome is looked up and reported.
    for (order, fault, status) in [("T-2", "paystar:unknown", "ALREADY_PAID"), ("T-3", "paystar:busy", "DECLINED")] {
        phone.world.ten_minutes_later().await;
        phone.world.arm_rule(&json!({"fault": fault, "operation": "pay"})).await.unwrap();
        let held = phone.order(order, "1000", &good()).await;
        ends(&held, status, if status == "DECLINED" { "80" } else { "" });
        let standing = code(&phone.world.send(&inquiry_call(order)).await.unwrap());
        assert_eq!(standing.is_none(), status == "ALREADY_PAID", "{fault}");
    }
    let Phone { world, .. } = phone;
    let World { server, home, .. } = world;
    server.stop();
    let printed = home.printed();
    assert!(printed.contains("call outcome=\"PAID\"") && !printed.contains(CARD), "{printed}");
    verify(&home);
}

#[apply(each_store)]
async fn what_a_caller_keys_wrong_is_asked_again_as_the_document_says(#[case] _on: OnStore) {
    // paystar.md 6.
    let mut phone = Phone::start("telephone-keys", "").await;
    let wrong_card = "5022000012349999";
    for (order, amount, keyed, status, code, heard) in [
        // An unknown card, a card number that is cut short, one that is begun again; then the right one.
        ("K-1", "1000", vec![keys(wrong_card), keys(CARD), Password], "PAID", "", "code_14 card"),
        ("K-2", "1000", vec![Stops("5022".into()), keys(CARD), Password], "PAID", "", "code_14 card"),
        ("K-3", "1000", vec![keys("50*"), keys(CARD), Password], "PAID", "", "rial card card card wait otp wait paid"),
        // `*` works at once, and a key ends the prompt that follows it.
        ("K-11", "1000", vec![keys("*5022000012340000"), Password], "PAID", "", "rial card card wait otp wait paid"),
        (
            "K-12",
            "1000",
            vec![keys("502200*5022*5022000012340000"), Password],
            "PAID",
            "",
            "rial card card card wait otp",
        ),
        ("K-14", "1000", vec![Stops("*".into()), keys(CARD), Password], "PAID", "", "rial card card wait otp"),
        ("K-15", "1000", vec![keys(CARD), Stops("12*".into()), Password], "PAID", "", "otp wait otp wait paid"),
        // Early keys end the greeting or the error message, and belong to the next question.
        ("K-16", "1000", vec![Early(CARD.into()), Password], "PAID", "", "welcome wait otp wait paid"),
        ("K-17", "1000", vec![keys(wrong_card), Early(CARD.into()), Password], "PAID", "", "code_14 wait otp"),
        ("K-18", "1000", vec![Early("#".into()), keys(CARD), Password], "PAID", "", "welcome card"),
        (
            "K-4",
            "1000",
            vec![keys(wrong_card), keys(wrong_card), keys(wrong_card)],
            "DECLINED",
            "14",
            "code_14 goodbye",
        ),
        // No key at all, three times; a lone `#` does not count as a round.
        ("K-5", "1000", vec![Nothing, Nothing, Nothing], "GIVEN_UP", "", "card card card goodbye"),
        ("K-6", "1000", vec![keys(""), keys(CARD), keys(""), Password], "PAID", "", "otp otp"),
        ("K-7", "1000", vec![keys(CARD), Nothing, Nothing, Nothing], "GIVEN_UP", "", "otp otp otp goodbye"),
        // A new password; a wrong one and the right one; three wrong ones.
        ("K-8", "1000", vec![keys(CARD), keys("*"), Password], "PAID", "", "otp wait otp"),
        ("K-9", "1000", vec![keys(CARD), keys("00000"), Password], "PAID", "", "wait code_55 otp"),
        // A password that is cut short is no try.
        (
            "K-13",
            "1000",
            vec![keys(CARD), Stops("12".into()), keys("1"), keys("12"), Password],
            "PAID",
            "",
            "otp otp otp otp wait paid",
        ),
        (
            "K-10",
            "1000",
            vec![keys(CARD), keys("00000"), keys("00000"), keys("00000")],
            "DECLINED",
            "75",
            "code_75 goodbye",
        ),
    ] {
        phone.world.ten_minutes_later().await;
        let held = phone.order(order, amount, &keyed).await;
        ends(&held, status, code);
        let said = held.heard().join(" ").replace("daric/", "");
        assert!(said.contains(heard), "{order}: {heard:?} in {said:?}");
        let card = phone.world.payer_card("0000").await;
        if card["locked"] == true {
            phone.world.operator(Call::post(&format!("/admin/v1/payer-cards/{}/unlock", card["id"]))).await.unwrap();
        }
    }
    assert_eq!(phone.world.paid("0000").await, (100_000_000 - 14_000, 14_000));
}

#[apply(each_store)]
async fn every_code_ends_a_call_with_its_text_and_nothing_is_posted(#[case] _on: OnStore) {
    let mut phone = Phone::start("telephone-codes", "").await;
    let put = |path: String, body: serde_json::Value| Call::new("PUT", &path).json(&body);
    let poor = phone.world.payer_card("0018").await["id"].as_i64().unwrap();
    let before = phone.world.paid("0000").await;
    let merchant = before.1;
    // The arguments of a call.
    for (arguments, code) in [
        (&["nobody", "C", "1000"][..], "63"),
        (&[DISABLED, "C", "1000"], "3"),
        (&[SEQUENCE, "C", "0"], "13"),
        (&[SEQUENCE, "C", "12x"], "13"),
        (&[SEQUENCE, "C", "1000000000000001"], "13"),
        (&[SEQUENCE], "5"),
        // Bytes that are not text: another order would be read as the same.
        (&[SEQUENCE, "\u{FFFD}\u{FFFD}", "1000"], "5"),
        (&[SEQUENCE, &"x".repeat(51), "1000"], "5"),
    ] {
        let held = phone.hold(phone.call(arguments, &good()), MOBILE).await;
        ends(&held, "DECLINED", code);
        assert_eq!(held.heard(), [&format!("daric/code_{code}"), "daric/goodbye"], "{arguments:?}");
    }
    // Faults of a card or its account.
    let (poor_keys, capped_keys) = ([keys(POOR), Password], [keys(CAPPED), Password]);
    for (card, amount, mobile, code) in [
        (vec![keys("6037990000000014")], "1000", MOBILE, "54"),
        (vec![keys("6104330000000011")], "1000", MOBILE, "78"),
        (vec![keys("6219860000000019")], "1000", MOBILE, "62"),
        (poor_keys.to_vec(), "10001", POOR_MOBILE, "51"),
        (capped_keys.to_vec(), "1000001", "+989125555555", "61"),
    ] {
        let order = format!("C-{code}");
        let held = phone.hold(phone.call(&[SEQUENCE, &order, amount], &card), mobile).await;
        ends(&held, "DECLINED", code);
        assert_eq!(held.heard()[held.heard().len() - 2..], [&format!("daric/code_{code}"), "daric/goodbye"]);
    }
    // Refusals that only faults and the operator cause; the last three tell the caller when to call again.
    for (fault, code, end) in [
        ("paystar:42", "42", "goodbye"),
        ("paystar:57", "57", "goodbye"),
        ("paystar:20", "20", "goodbye"),
        ("paystar:21", "21", "goodbye"),
        ("paystar:5", "5", "goodbye"),
        ("paystar:80", "80", "call_later"),
        ("paystar:90", "90", "call_later"),
        ("paystar:91", "91", "call_later"),
    ] {
        for operation in ["otp-v2", "pay"] {
            if ["paystar:5", "paystar:80"].contains(&fault) && operation == "otp-v2" {
                continue;
            }
            phone.world.ten_minutes_later().await;
            phone.world.arm_rule(&json!({"fault": fault, "operation": operation})).await.unwrap();
            let held = phone.order(&format!("F-{code}-{operation}"), "1000", &good()).await;
            ends(&held, "DECLINED", code);
            let heard = held.heard();
            assert_eq!(heard[heard.len() - 2..], [format!("daric/code_{code}"), format!("daric/{end}")], "{operation}");
        }
    }
    // The fourth password in ten minutes.
    phone.world.ten_minutes_later().await;
    let stars = [keys(CARD), keys("*"), keys("*"), keys("*")];
    let held = phone.order("C-61", "1000", &stars).await;
    ends(&held, "DECLINED", "61");
    assert_eq!(held.heard()[held.heard().len() - 2..], ["daric/code_61", "daric/call_in_minutes"]);
    // An account that is closed.
    phone
        .world
        .operator(put(
            format!("/admin/v1/payer-cards/{poor}"),
            json!({"mobile": "09121111111", "expires": "1408/12", "state": "notPermitted", "perTransaction": 0, "daily": 0}),
        ))
        .await
        .unwrap();
    ends(&phone.hold(phone.call(&[SEQUENCE, "C-57", "1"], &poor_keys), POOR_MOBILE).await, "DECLINED", "57");
    assert_eq!(phone.world.paid("0000").await, before);
    assert_eq!(phone.world.paid("0018").await, (10_000, merchant));
    let Phone { world, .. } = phone;
    let World { server, home, .. } = world;
    server.stop();
    verify(&home);
}

#[apply(each_store)]
async fn a_caller_who_hangs_up_anywhere_leaves_no_half_payment(#[case] _on: OnStore) {
    let mut phone = Phone::start("telephone-hangs-up", "").await;
    let commands = phone.order("H", "1000", &good()).await.commands;
    // The payment is made between the answer to `wait` and the first word that follows.
    let paying = commands.iter().rposition(|command| command.contains("daric/wait")).unwrap();
    let mut paid = 1;
    for (at, command) in commands.iter().enumerate() {
        for hangs_up in [HangsUp::At(at), HangsUp::ClosesAt(at)] {
            phone.world.ten_minutes_later().await;
            let order = format!("H-{hangs_up:?}");
            let call = Exchange { hangs_up, ..phone.call(&[SEQUENCE, &order, "1000"], &good()) };
            let held = phone.hold(call, MOBILE).await;
            assert!(!held.hung_up, "{hangs_up:?}");
            paid += i64::from(at > paying);
            // A caller who has paid and hangs up while the number is spoken has set its variables.
            let told = held.commands.iter().any(|command| command.contains("DARIC_AMOUNT"));
            assert_eq!(held.variable("DARIC_STATUS") == "PAID", at > paying + 1, "{hangs_up:?} of {command}: {told}");
            let standing = code(&phone.world.send(&inquiry_call(&order)).await.unwrap());
            assert_eq!(standing.is_none(), at > paying, "{hangs_up:?} of {command}: {standing:?}");
            assert_eq!(phone.world.paid("0000").await, (100_000_000 - 1_000 * paid, 1_000 * paid), "{hangs_up:?}");
        }
    }
    assert!(paid > 10, "{paid}");
    // The hang-up is reported between two commands, before the card is checked and before the payment: neither happens.
    for (at, command) in commands.iter().enumerate().filter(|(_, command)| command.contains("daric/wait")) {
        phone.world.ten_minutes_later().await;
        let hangs_up = HangsUp::After(at);
        let order = format!("H-{hangs_up:?}");
        let call = Exchange { hangs_up, ..phone.call(&[SEQUENCE, &order, "1000"], &good()) };
        let held = phone.hold(call, MOBILE).await;
        assert_eq!(held.commands.len(), at + 1, "{hangs_up:?} of {command}: nothing follows");
        assert!(code(&phone.world.send(&inquiry_call(&order)).await.unwrap()).is_some(), "{hangs_up:?}");
        assert_eq!(phone.world.paid("0000").await, (100_000_000 - 1_000 * paid, 1_000 * paid), "{hangs_up:?}");
    }
    let Phone { world, .. } = phone;
    let World { server, home, .. } = world;
    server.stop();
    verify(&home);
}

#[apply(each_store)]
async fn nonsense_on_a_line_ends_the_call_and_nothing_else(#[case] _on: OnStore) {
    let mut phone = Phone::start("telephone-nonsense", "").await;
    let long = [&[b'a'; 100_000][..], b"\n"].concat();
    for bytes in [
        &b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"[..],
        b"agi_network\n\n",
        b"\xff\xfe\n\n",
        b"agi_request: agi://h\nagi_calleridname: \xe3\xcd\n",
        b"agi_arg_1: x\n",
        &long,
        &b"agi_arg_1: x\n".repeat(200),
        b"agi_request: agi://h\n\n999 what\n",
        b"agi_request: agi://h\n\n200 nothing\n",
        b"agi_request: agi://h\n\n520-Invalid command syntax.\n",
    ] {
        let mut stream = tokio::net::TcpStream::connect(phone.address).await.unwrap();
        // The server may close before it has read everything.
        let _ = stream.write_all(bytes).await;
        let _ = stream.shutdown().await;
        let mut answered = Vec::new();
        let _ = stream.read_to_end(&mut answered).await;
        assert!(answered.len() < 200, "{}", String::from_utf8_lossy(&answered));
    }
    // Another exchange ends its lines differently, and sends empty ones.
    let other = Exchange { line_end: "\r\n", ..phone.call(&[SEQUENCE, "N-0", "1000"], &good()) };
    ends(&phone.hold(other, MOBILE).await, "PAID", "");
    phone.world.ten_minutes_later().await;
    // A caller's name may have any encoding.
    let named = Exchange { caller: "0912".to_owned(), ..phone.call(&[SEQUENCE, "N-1", "1000"], &good()) };
    let held = phone.hold(named, MOBILE).await;
    ends(&held, "PAID", "");
    let keyed = phone.order("N-2", "1000", &[keys("12;rm -rf")]).await;
    assert_eq!((keyed.variable("DARIC_STATUS"), keyed.hung_up), ("", false), "keys that no telephone has");
    assert_eq!(phone.world.paid("0000").await.1, 2_000);
}

#[apply(each_store)]
async fn a_merchant_answers_with_the_bill_of_its_caller_and_names_its_own_sounds(#[case] _on: OnStore) {
    let merchant = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let settings = format!(
        "[agi]\nsequence = \"{SEQUENCE}\"\nhangup = false\n\
         order_url = \"http://{}/bill?who={{caller}}&to={{called}}&call={{id}}&by={{sequence}}\"\n\
         [agi.sounds]\nwelcome = \"shop/{{sequence}}/hello\"\n",
        merchant.local_addr().unwrap()
    );
    let mut phone = Phone::start("telephone-merchant", &settings).await;
    let answers = [
        (200, r#"{"order_id":"M-1","amount":1234567890}"#, None),
        // second-edition.md 1.3, 1.4: read in the same way as the bodies of requests.
        (200, "\u{FEFF}{\"order_id\":\"M-1\",\"amount\":\" ۱۲۳۴۵۶۷۸۹۰.0 \"}", None),
        (200, r#"{"order_id":17,"amount":1.23456789E+9}"#, None),
        (200, r#"{"order_id":17,"amount":5.00000000000000000000001}"#, Some("80")),
        (200, r#"{"order_id":17,"amount":"0"}"#, Some("13")),
        (200, r#"{"order_id":"M-2","amount":5.5}"#, Some("80")),
        (200, r#"{"order_id":"","amount":5}"#, Some("5")),
        (200, r#"{"order":"M-3"}"#, Some("80")),
        (404, "{}", Some("80")),
        (302, "{}", Some("80")),
    ];
    for (status, body, refused) in answers {
        let answering = async {
            let (mut stream, _) = merchant.accept().await.unwrap();
            let mut asked = vec![0; 4096];
            let count = stream.read(&mut asked).await.unwrap();
            let reply =
                format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len());
            stream.write_all(reply.as_bytes()).await.unwrap();
            String::from_utf8_lossy(&asked[..count]).into_owned()
        };
        let call = Exchange { caller: "+98 912 &".to_owned(), ..phone.call(&[], &[Nothing, Nothing, Nothing]) };
        let (held, asked) = tokio::join!(phone.hold(call, MOBILE), answering);
        let expected =
            format!("GET /bill?who=%2B98%20912%20%26&to=2188776655&call=1795246200.1&by={SEQUENCE} HTTP/1.1");
        assert!(asked.starts_with(&expected), "{asked}");
        assert!(!held.hung_up, "the dialplan goes on");
        match refused {
            None => {
                assert_eq!(held.variable("DARIC_STATUS"), "GIVEN_UP");
                let hello = format!("shop/{SEQUENCE}/hello");
                assert_eq!(
                    held.heard()[..6],
                    [&hello, "daric/amount", "1", "daric/billion_and", "234567890", "daric/rial"]
                );
            }
            Some(code) => {
                assert_eq!(held.variable("DARIC_CODE"), code, "{body}");
                let end = if code == "80" { "daric/call_later" } else { "daric/goodbye" };
                assert_eq!(held.heard(), [&format!("daric/code_{code}"), end], "{body}");
            }
        }
    }
    // The merchant does not answer: that is reported at once, and the caller is asked nothing.
    drop(merchant);
    let held = phone.hold(phone.call(&[], &good()), MOBILE).await;
    assert_eq!((held.variable("DARIC_STATUS"), held.variable("DARIC_CODE")), ("DECLINED", "80"));
    // Arguments come before the merchant's answer.
    let held = phone.order("M-9", "1000", &good()).await;
    assert_eq!(held.variable("DARIC_STATUS"), "PAID");
    assert_eq!(phone.world.paid("0000").await.1, 1_000);
}

/// second-edition.md 1.1: the merchant's id of an order is kept as it was first sent, and folded to be compared.
#[apply(each_store)]
async fn an_order_s_id_is_told_as_it_was_first_sent_wherever_it_came_from(#[case] _on: OnStore) {
    let merchant = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let order_url = format!("order_url = \"http://{}/bill\"\n", merchant.local_addr().unwrap());
    let mut phone = Phone::start("telephone-texts", &format!("[agi]\nsequence = \"{SEQUENCE}\"\n{order_url}")).await;
    let spelt = |name: &str| (format!(" سفارش علي-{name}\u{200f}۱ "), format!("سفارش علی-{name}1"));
    let (called, folded_called) = spelt("c");
    let held = phone.order(&called, "50000", &good()).await;
    ends(&held, "PAID", "");
    assert_eq!(held.variable("DARIC_ORDER"), called);

    let (told, folded_told) = spelt("t");
    let answering = async {
        let (mut stream, _) = merchant.accept().await.unwrap();
        assert!(stream.read(&mut [0; 4096]).await.unwrap() > 0);
        let body = json!({"order_id": told, "amount": 50_000}).to_string();
        let head = format!("HTTP/1.1 200 X\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
        stream.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
    };
    let (held, ()) = tokio::join!(phone.hold(phone.call(&[], &good()), MOBILE), answering);
    ends(&held, "PAID", "");
    assert_eq!(held.variable("DARIC_ORDER"), told);

    let (sent, folded_sent) = spelt("s");
    let otp = phone.world.asked(&sent, 50_000).await;
    // Another spelling is the same order, which keeps its first spelling.
    let paid = phone.world.send(&pay_call(CARD, &folded_sent, 50_000, &otp)).await.unwrap();
    assert_eq!(code(&paid), None, "{paid}");
    for (order, folded) in [(&called, &folded_called), (&told, &folded_told), (&sent, &folded_sent)] {
        for asked in [order, folded] {
            let inquired = phone.world.send(&inquiry_call(asked)).await.unwrap().json().unwrap();
            assert_eq!(inquired["data"]["order_id"], **order, "{inquired}");
            assert_eq!(code(&phone.world.send(&otp_call(CARD, asked, 50_000)).await.unwrap()), Some(94), "{asked}");
        }
    }
    let orders = phone.world.operator(Call::get("/admin/v1/phone-orders")).await.unwrap();
    let listed: Vec<&str> = orders.as_array().unwrap().iter().map(|order| order["orderId"].as_str().unwrap()).collect();
    assert_eq!(listed, [&*called, &*told, &*sent]);
    let too_long = format!(" {} ", "ش".repeat(49));
    assert_eq!(code(&phone.world.send(&otp_call(CARD, &too_long, 50_000)).await.unwrap()), Some(20));
}
