//! The calls of PayStar's dialect, and what tests inspect beside them.

use serde_json::{Value, json};

use super::client::{Call, Reply};
use super::world::Caller;

pub const SEQUENCE: &str = "acd54b56ddd651a5cc3v";
pub const DISABLED: &str = "disabled00000000000v";
pub const CARD: &str = "5022000012340000";
pub const MOBILE: &str = "+989123456789";
/// A card with 10,000 rials.
pub const POOR: &str = "5022290000000018";
pub const POOR_MOBILE: &str = "+989121111111";
/// A card that pays at most 1,000,000 rials per payment.
pub const CAPPED: &str = "5892100000000016";
pub const CAPPED_MOBILE: &str = "+989125555555";

/// Cards with right check digits, and their holders' mobile numbers.
pub const PAYERS: [(&str, &str); 5] = [
    ("6037991000000020", "+989126000001"),
    ("6104331000000035", "+989126000002"),
    ("6037691000000042", "+989126000003"),
    ("6273531000000050", "+989126000004"),
    ("6219861000000066", "+989126000005"),
];

/// The password that cases send as a wrong one.
pub const WRONG: &str = "00000";

/// A possible password that is not `otp`.
pub fn wrong(otp: &str) -> &'static str {
    if otp == WRONG { "00001" } else { WRONG }
}

pub const OTP_PATH: &str = "/api/ivr/bpm/otp-v2";
pub const PAY_PATH: &str = "/api/ivr/bpm/pay";

pub fn otp_body(card: &str, order: &str, amount: i64) -> Value {
    json!({"amount": amount, "pan": card, "order_id": order, "sequence": SEQUENCE})
}

pub fn otp_call(card: &str, order: &str, amount: i64) -> Call {
    Call::post(OTP_PATH).json(&otp_body(card, order, amount))
}

pub fn pay_body(card: &str, order: &str, amount: i64, pin: &str) -> Value {
    json!({
        "ivr": 1, "pan": card, "pin": pin, "amount": amount, "order_id": order, "merchant_cid": MOBILE,
        "sequence": SEQUENCE,
    })
}

pub fn pay_call(card: &str, order: &str, amount: i64, pin: &str) -> Call {
    Call::post(PAY_PATH).json(&pay_body(card, order, amount, pin))
}

pub fn inquiry_call(order: &str) -> Call {
    Call::post("/api/ivr/bpm/inquiry").json(&json!({"sequence": SEQUENCE, "order_id": order}))
}

/// The code of a reply; `None`: success.
pub fn code(reply: &Reply) -> Option<u8> {
    let body = reply.json().unwrap_or_else(|error| panic!("{error}"));
    if body["status"] == 1 {
        return None;
    }
    let text = body["errors"][0]["code"].as_str().or_else(|| body["data"]["transactionStatus"].as_str());
    Some(text.unwrap_or_default().parse().unwrap_or(0))
}

impl Caller {
    /// The password in the newest SMS to a number.
    pub async fn password(&mut self, to: &str) -> String {
        let text = self.newest_sms(to).await.unwrap();
        text.split_once("رمز پویا: ").expect("an SMS with a password").1[..5].to_owned()
    }

    /// Requests a password for the demo card, and reads it from the SMS.
    pub async fn asked(&mut self, order: &str, amount: i64) -> String {
        let reply = self.send(&otp_call(CARD, order, amount)).await.unwrap();
        assert_eq!(code(&reply), None, "{reply}");
        self.password(MOBILE).await
    }

    /// The operator API's record of a payer card, by its last four digits.
    pub async fn payer_card(&mut self, last_four: &str) -> Value {
        let cards = self.operator(Call::get("/admin/v1/payer-cards")).await.unwrap();
        let mut cards = cards.as_array().unwrap().iter();
        cards.find(|card| card["number"].as_str().unwrap().ends_with(last_four)).unwrap().clone()
    }

    /// The balance of a payer card, and the balance of the demo merchant.
    pub async fn paid(&mut self, last_four: &str) -> (i64, i64) {
        let card = self.payer_card(last_four).await["balance"].as_i64().unwrap();
        let terminals = self.operator(Call::get("/admin/v1/terminals")).await.unwrap();
        let terminal = terminals.as_array().unwrap().iter().find(|terminal| terminal["sequence"] == SEQUENCE).unwrap();
        (card, self.account(terminal["account"].as_i64().unwrap()).await.unwrap())
    }

    /// Advances the clock beyond the ten minutes of the limit for passwords.
    pub async fn ten_minutes_later(&mut self) {
        self.operator(Call::post("/admin/v1/clock").json(&json!({"advance": "PT10M1S"}))).await.unwrap();
    }
}
