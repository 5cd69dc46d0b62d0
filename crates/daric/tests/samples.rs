//! The requests that the original documents print, sent as printed. Only invalid JSON is repaired. Values are changed only where the same document
//! refuses them or leaves them to its reader, and each change is named.

use crate::harness;
use crate::harness::server::{OnStore, each_store};
use rstest_reuse::apply;

use harness::client::{Call, Reply};
use harness::paystar::{MOBILE, OTP_PATH, PAY_PATH};
use harness::world::{BON, DROPS, Token, World};
use serde_json::{Value, json};

/// 001_93708b081566bf63.txt; one comma removed.
const TRANSFER: &str = r#"{ "amount": 1 , "description": "شرح تراکنش" , "destinationFirstname": "خلیلی حسینی بیابانی" ,
    "destinationLastname": "سمیه غز اله فریماه" , "destinationNumber": "IR120620000000302876732005" , "paymentNumber": "123456" ,
    "deposit": "776700000" , "sourceFirstName": "مارتین" , "sourceLastName": "اسکورسیزی" }"#;
/// 000_0c9124fd1c332114.txt
const CHARGE: &str = r#"{ "amount": 20000, "card" : "6362144202902795" }"#;
const CHARGE_INQUIRY: &str = r#"{ "trackId": "charge-card-109" }"#;
/// 002_d35bf323934c5d02.txt
const OTP: &str = r#"{
"amount": 50000,
"pan": "5022000012340000",
"order_id": "123456",
"sequence": "acd54b56ddd651a5cc3v"
}"#;
/// The same document; one comma added.
const PAY: &str = r#"{
"ivr": 1,
"pan": "5022000012340000",
"pin": "12345",
"amount": 500000,
"order_id": "123456",
"merchant_cid": "+989123456789",
"sequence": " acd54b56ddd651a5cc3v"
}"#;

/// A sample with other values in some of its members.
fn but(sample: &str, changes: Value) -> String {
    let mut body: Value = serde_json::from_str(sample).unwrap();
    for (name, value) in changes.as_object().unwrap() {
        body[name] = value.clone();
    }
    body.to_string()
}

fn call(token: &Token, path: &str, track_id: &str, body: impl Into<Vec<u8>>) -> Call {
    let call = Call::post(&format!("/oak/v2/clients/drops/{path}")).query("trackId", track_id).bearer(&token.value);
    call.header("content-type", "application/json").body(body)
}

fn of_paystar(path: &str, body: impl Into<Vec<u8>>) -> Call {
    Call::post(path).header("content-type", "application/json").body(body)
}

/// The value at a place in a reply, which must have HTTP 200 and that value.
fn at(reply: &Reply, place: &str) -> Value {
    assert_eq!(reply.status, 200, "{reply}");
    reply.json().unwrap().pointer(place).unwrap_or_else(|| panic!("no {place}: {reply}")).clone()
}

#[apply(each_store)]
async fn the_printed_transfer_is_done_once_its_amount_is_one_that_the_document_takes(#[case] _on: OnStore) {
    let mut world = World::start("samples-transfer").await;
    let token = world.named_token("code016").await.unwrap();
    // One rial to another bank is less than the minimum that the document itself names.
    let refused = world.send(&call(&token, "transferTo", "sample-1", TRANSFER)).await.unwrap();
    assert_eq!((refused.status, &*refused.message()), (400, "Minimum amount is 10000 Rials. "), "{refused}");
    let body = but(TRANSFER, json!({"amount": 10_000}));
    let reply = world.send(&call(&token, "transferTo", "sample-2", body)).await.unwrap();
    assert_eq!((at(&reply, "/status"), at(&reply, "/result/type")), (json!("DONE"), json!("paya")), "{reply}");
    assert_eq!(at(&reply, "/result/sourceNumber"), "776700000", "{reply}");
}

#[apply(each_store)]
async fn the_printed_charge_and_its_inquiry_are_done_with_a_card_that_is_active(#[case] _on: OnStore) {
    let mut world = World::start("samples-charge").await;
    let token = world.named_token("code062").await.unwrap();
    let path = format!("deposits/{DROPS}/chargeCard");
    // In the demo world the printed card is not active.
    let refused = world.send(&call(&token, &path, "sample-3", CHARGE)).await.unwrap();
    assert_eq!(at(&refused, "/result/code"), "A105", "{refused}");
    let charge = call(&token, &path, "charge-card-109", but(CHARGE, json!({"card": BON})));
    let reply = world.send(&charge).await.unwrap();
    assert_eq!((at(&reply, "/result/chargeState"), at(&reply, "/result/amount")), (json!("DONE"), json!("20000")));
    let inquiry = call(&token, "inquiryChargeCard", "inquirycharge-card-109", CHARGE_INQUIRY);
    let reply = world.send(&inquiry).await.unwrap();
    assert_eq!(at(&reply, "/result/transactionStatus"), "Success", "{reply}");
}

#[apply(each_store)]
async fn the_printed_password_is_sent_and_the_printed_payment_done_with_the_password_of_its_sms(#[case] _on: OnStore) {
    let mut world = World::start("samples-paystar").await;
    let reply = world.send(&of_paystar(OTP_PATH, OTP)).await.unwrap();
    assert_eq!(reply.json().unwrap(), json!({"status": 1, "data": [], "errors": []}), "{reply}");
    let password = world.password(MOBILE).await;
    // The two samples for one order have different amounts.
    let pay = |pin: &str| of_paystar(PAY_PATH, but(PAY, json!({"pin": pin})));
    let refused = world.send(&pay(&password)).await.unwrap();
    assert_eq!(at(&refused, "/errors/0/code"), "13", "{refused}");
    let reply = world.send(&of_paystar(OTP_PATH, but(OTP, json!({"amount": 500_000})))).await.unwrap();
    assert_eq!(at(&reply, "/status"), 1, "{reply}");
    let password = world.password(MOBILE).await;
    let reply = world.send(&pay(&password)).await.unwrap();
    assert_eq!(at(&reply, "/status"), 1, "{reply}");
}
