//! The calls of POD's dialect.

use serde_json::Value;

use super::client::{Call, Reply};
use super::world::Caller;

pub const SHOP: &str = "demo-shop-token";
pub const SUPPLIER: &str = "demo-supplier-token";
pub const ALI: &str = "demo-ali-token";
pub const ZAHRA: &str = "demo-zahra-token";
pub const NIMA: &str = "demo-nima-token";

pub const ENVELOPE: &str = "/srv/sc/nzh/doServiceCall";

/// A call of a service by its number. The parameters are a form, percent-encoded where necessary.
pub fn service_call(token: &str, id: u32, form: &str) -> Call {
    let form = if form.is_empty() { format!("scProductId={id}") } else { format!("scProductId={id}&{form}") };
    Call::post(ENVELOPE)
        .header("_token_", token)
        .header("_token_issuer_", "1")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form)
}

/// A line of an invoice: price and quantity.
pub fn line(price: i64, quantity: &str) -> String {
    format!("productId[]=0&price[]={price}&quantity[]={quantity}&productDescription[]=book")
}

/// The code and the message of a reply; 0 and an empty text on success.
pub fn answer_of(reply: &Reply) -> (i64, String) {
    let body = reply.json().unwrap_or_else(|error| panic!("{error}"));
    let message = body["message"].as_str().unwrap_or_default().to_owned();
    assert_eq!(body["hasError"], !message.is_empty(), "{reply}");
    (body["errorCode"].as_i64().unwrap_or(-1), message)
}

impl Caller {
    /// Calls a service.
    pub async fn pod(&mut self, token: &str, id: u32, form: &str) -> Reply {
        self.send(&service_call(token, id, form)).await.unwrap()
    }

    /// The result of a service that must succeed.
    pub async fn pod_done(&mut self, token: &str, id: u32, form: &str) -> Value {
        let reply = self.pod(token, id, form).await;
        assert_eq!((reply.status, answer_of(&reply).0), (200, 0), "{id} {form}: {reply}");
        reply.json().unwrap()["result"].take()
    }

    /// A fresh one-time token.
    pub async fn ott(&mut self, token: &str) -> String {
        let body = self.pod(token, 29816, "").await.json().unwrap();
        body["ott"].as_str().unwrap().to_owned()
    }

    /// Issues an invoice for a business; returns it.
    pub async fn issue(&mut self, token: &str, form: &str) -> Value {
        let ott = self.ott(token).await;
        self.pod_done(token, 29796, &format!("_ott_={ott}&guildCode=API_GUILD&{form}")).await
    }

    /// Issues an invoice of Shop over 50,000 rials and tax to ali; returns its number.
    pub async fn issue_to_ali(&mut self, more: &str) -> i64 {
        let form = format!("userId=101&{}&{more}", line(50_000, "1"));
        self.issue(SHOP, &form).await["id"].as_i64().unwrap()
    }

    /// An invoice as a business sees it.
    pub async fn invoice(&mut self, token: &str, id: i64) -> Value {
        let reply = self.pod(token, 29813, &format!("id={id}&offset=0")).await;
        reply.json().unwrap()["result"][0].take()
    }

    /// The balance of a party's wallet.
    pub async fn wallet(&mut self, token: &str) -> i64 {
        let reply = self.send(&Call::get("/nzh/getCredit").header("_token_", token)).await.unwrap();
        reply.json().unwrap()["result"]["customerAmountSrvs"][0]["amount"].as_i64().unwrap()
    }

    /// The balance of a business's guild, and its withdrawable part.
    pub async fn guild(&mut self, token: &str, code: &str) -> (i64, i64) {
        let call = Call::get("/nzh/biz/getBusinessCredit").query("guildCode", code).header("_token_", token);
        let reply = self.send(&call).await.unwrap().json().unwrap();
        let row = &reply["result"]["mainBusinessAmountSrvs"][0];
        (row["amount"].as_i64().unwrap(), row["withdrawableAmount"].as_i64().unwrap())
    }

    /// The blocked amount of a party.
    pub async fn blocked(&mut self, token: &str) -> i64 {
        let reply = self.send(&Call::get("/nzh/getCredit").header("_token_", token)).await.unwrap();
        reply.json().unwrap()["result"]["blockAmountSrvs"][0]["amount"].as_i64().unwrap_or(0)
    }

    /// Begins a session for an invoice by the first form of its card page, with a card that does not exist; returns the session's page.
    pub async fn hold(&mut self, invoice: &Value) -> String {
        let (page, form) = self.card_page(invoice).await;
        let reply = self.send(&form).await.unwrap();
        assert_eq!((reply.status, reply.header("location")), (303, Some(&*page)), "{reply}");
        page.trim_end_matches("/card").to_owned()
    }

    /// An invoice's card page, and its first form as a program sends it.
    pub async fn card_page(&mut self, invoice: &Value) -> (String, Call) {
        let came = self.follow(invoice, "gateway=PEP").await;
        let page = came.header("location").unwrap_or_else(|| panic!("{came}")).to_owned();
        let call = Call::post(&format!("{page}/otp")).header("content-type", "application/x-www-form-urlencoded");
        (page, call.body("pan=5022000012340099&cvv2=123&exp_year=1408&exp_month=12"))
    }

    /// Follows an invoice's link with more parameters; returns the reply.
    pub async fn follow(&mut self, invoice: &Value, more: &str) -> Reply {
        self.send(&link_of(invoice, more)).await.unwrap()
    }
}

/// A payer's call of an invoice's link with more parameters.
pub fn link_of(invoice: &Value, more: &str) -> Call {
    let unique = invoice["uniqueNumber"].as_str().unwrap();
    Call::get(&format!("/v1/pbc/payInvoiceByUniqueNumber?uniqueNumber={unique}&{more}"))
}
