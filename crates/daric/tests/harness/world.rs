//! A demo world (`demo.md`) on a separate server, and the calls that most tests make in it.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::ops::{Deref, DerefMut};

use serde_json::{Value, json};

use super::client::{Call, Client, Reply};
use super::server::{Home, Launch, Server};
use super::spelling::{Kind, Respelt, Spelling, Texts};

pub const OPERATOR: &str = "demo-admin-token";
/// `drops:drops-secret`
pub const BASIC: &str = "Basic ZHJvcHM6ZHJvcHMtc2VjcmV0";
/// The instant of the worked examples: Saturday, 30 Aban 1405, 11:00 in Tehran.
pub const ELEVEN: &str = "2026-11-21T11:00:00+03:30";

pub const DROPS: &str = "0302876214008";
pub const SOMAYEH: &str = "0302876732005";
pub const KESHAVARZI: &str = "776700000";
pub const PARSIAN: &str = "47000123456601";
pub const IRAN_ZAMIN: &str = "100200300400";
/// Martin's account at Sepah.
pub const MARTIN: &str = "IR870150000000300400500600";
/// An account at Pasargad, a bank that is not hosted.
pub const PASARGAD: &str = "IR780570000000100200300400";
/// An active bon card of drops.
pub const BON: &str = "6362144304319309";
/// A deposit of bank 062 and user 1111111111, approved for drops; it exists only after `open_second_deposit`.
pub const SECOND: &str = "0302876555004";

/// The redirect address of consent.
pub const REDIRECT: &str = "http://127.0.0.1/return";

pub const TOKEN_PATH: &str = "/dev/v2/oauth2/token";
pub const TRANSFER_TO: &str = "/oak/v2/clients/drops/transferTo";

/// An access token and its refresh token.
#[derive(Debug, Clone)]
pub struct Token {
    pub value: String,
    pub refresh: String,
}

/// A CODE token of the user who owns the deposits.
#[derive(Debug, Clone, Copy)]
pub struct Grant<'a> {
    pub bank: &'a str,
    pub deposits: &'a [&'a str],
    /// `None`: every scope of the client.
    pub scopes: Option<&'a [&'a str]>,
    pub limit: u64,
    pub count: u64,
}

impl Default for Grant<'_> {
    fn default() -> Self {
        Self { bank: "062", deposits: &[DROPS], scopes: None, limit: 0, count: 0 }
    }
}

/// A demo world and its server.
pub struct World {
    pub server: Server,
    pub caller: Caller,
    /// The spelling of requests of cases.
    pub spelling: Spelling,
    /// Texts that were respelt: later replies of a case echo them, too.
    pub texts: Texts,
    /// The fields that were respelt.
    pub respelt: BTreeSet<(Kind, String)>,
    /// Declared after the server, so that the server is dead when its directory is removed.
    pub home: Home,
}

impl World {
    /// A fresh demo world with its clock frozen at `ELEVEN`.
    pub async fn start(test: &str) -> Self {
        Self::launch(test, Launch::default()).await
    }

    pub async fn launch(test: &str, launch: Launch<'_>) -> Self {
        let home = Home::new(test);
        let server = Server::start(&home, launch);
        let mut caller = Caller::at(server.address).await;
        caller.reset_at(ELEVEN).await.unwrap();
        Self::of(server, caller, home)
    }

    /// A world on a server that the test has started.
    pub fn of(server: Server, caller: Caller, home: Home) -> Self {
        Self { server, caller, spelling: Spelling::Printed, texts: Texts::default(), respelt: BTreeSet::new(), home }
    }

    /// Checks that a field of each of these kinds was respelt.
    pub fn asserts_respelt(&self, kinds: &[Kind]) {
        for kind in kinds {
            assert!(
                self.respelt.iter().any(|(known, _)| known == kind),
                "{kind:?} is in no request: {:?}",
                self.respelt
            );
        }
    }

    /// Sends a request of a case in this world's spelling; returns the reply in the case's spelling.
    pub async fn send_case(&mut self, call: &Call) -> Result<Reply, String> {
        let Respelt { call, fields, texts } = Respelt::of(call, self.spelling);
        let reply = self.send(&call).await?;
        self.respelt.extend(fields);
        self.texts.extend(texts);
        Ok(self.texts.read(reply))
    }
}

impl Deref for World {
    type Target = Caller;

    fn deref(&self) -> &Caller {
        &self.caller
    }
}

impl DerefMut for World {
    fn deref_mut(&mut self) -> &mut Caller {
        &mut self.caller
    }
}

/// A connection to a server, with the scopes of its client.
pub struct Caller {
    pub client: Client,
    scopes: Vec<Value>,
}

impl Caller {
    pub async fn at(address: SocketAddr) -> Self {
        let mut caller = Self { client: Client::connect(address).await.unwrap(), scopes: Vec::new() };
        let reply = caller.ask_for_token(&json!({"grant_type": "client_credentials"})).await.unwrap();
        caller.scopes = reply["result"]["scopes"].as_array().expect("a token reply lists its scopes").clone();
        caller
    }

    /// A caller of a server without a demo world.
    pub async fn of_production(address: SocketAddr) -> Self {
        Self { client: Client::connect(address).await.unwrap(), scopes: Vec::new() }
    }

    pub async fn send(&mut self, call: &Call) -> Result<Reply, String> {
        self.client.send(call).await
    }

    // Calls of the operator API.

    pub async fn operator(&mut self, call: Call) -> Result<Value, String> {
        // A change replaces any version, unless the call names one.
        let says = call.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("if-match"));
        let call = if call.method == "PUT" && !says { call.header("If-Match", "*") } else { call };
        let reply = self.send(&call.clone().bearer(OPERATOR)).await?;
        if !(200..300).contains(&reply.status) {
            return Err(format!("{} {} {}: {reply}", call.method, call.target, String::from_utf8_lossy(&call.body)));
        }
        if reply.body.is_empty() { Ok(Value::Null) } else { reply.json() }
    }

    /// Resets the demo world, with the clock frozen at an instant; all tokens are gone.
    pub async fn reset_at(&mut self, instant: &str) -> Result<(), String> {
        self.operator(Call::post("/admin/v1/reset")).await?;
        self.set_clock(instant).await
    }

    pub async fn set_clock(&mut self, instant: &str) -> Result<(), String> {
        self.operator(Call::post("/admin/v1/clock").json(&json!({"set": instant}))).await?;
        Ok(())
    }

    /// Opens a deposit of user 1111111111 that is approved for drops.
    pub async fn open_deposit(&mut self, bank: &str, number: &str, balance: u64) -> Result<(), String> {
        let call = Call::post("/admin/v1/deposits").bearer(OPERATOR).json(&json!({
            "bank": bank, "number": number, "owner": "1111111111", "firstName": "drops", "lastName": "",
            "approvedFor": ["drops"], "balance": balance,
        }));
        let reply = self.send(&call).await?;
        if reply.status == 201 { Ok(()) } else { Err(format!("deposit {number}: {reply}")) }
    }

    /// The number of a deposit in the ledger.
    pub async fn deposit_id(&mut self, number: &str) -> i64 {
        let deposits = self.operator(Call::get("/admin/v1/deposits")).await.unwrap();
        let found = deposits.as_array().unwrap().iter().find(|deposit| deposit["number"] == number);
        found.unwrap_or_else(|| panic!("no deposit {number}"))["id"].as_i64().unwrap()
    }

    pub async fn open_second_deposit(&mut self) -> Result<(), String> {
        self.open_deposit("062", SECOND, 10_000_000).await
    }

    /// Arms a fault, or runs an immediate one.
    pub async fn arm(&mut self, fault: &str) -> Result<(), String> {
        self.arm_rule(&json!({"fault": fault})).await.map(|_| ())
    }

    pub async fn arm_rule(&mut self, rule: &Value) -> Result<Value, String> {
        self.operator(Call::post("/admin/v1/faults").json(rule)).await
    }

    /// Sets limits for the charges of drops.
    pub async fn limit_charges(&mut self, limits: Value) -> Result<(), String> {
        let client = json!({
            "secret": "drops-secret", "nids": ["0499370899"], "redirectOrigin": "http://127.0.0.1",
            "chargeLimits": limits,
        });
        self.operator(Call::new("PUT", "/admin/v1/clients/drops").json(&client)).await.map(|_| ())
    }

    /// The text of the newest SMS to a number.
    pub async fn newest_sms(&mut self, to: &str) -> Result<String, String> {
        let inbox = self.operator(Call::get("/admin/v1/sms").query("to", to).query("limit", "1")).await?;
        inbox[0]["text"].as_str().map(str::to_owned).ok_or_else(|| format!("no SMS to {to} in {inbox}"))
    }

    /// The code in the newest SMS.
    pub async fn otp(&mut self) -> Result<String, String> {
        let inbox = self.operator(Call::get("/admin/v1/sms")).await?;
        let text = inbox[0]["text"].as_str().ok_or_else(|| format!("no SMS in {inbox}"))?;
        let code = text.split('"').nth(5).ok_or_else(|| format!("no code in {text}"))?;
        Ok(code.to_owned())
    }

    // Consent.

    /// The form token of the consent page at an address.
    pub async fn csrf(&mut self, address: &str) -> Result<String, String> {
        let page = self.send(&Call::get(address)).await?;
        let html = String::from_utf8_lossy(&page.body).into_owned();
        let token = html.split_once("name=\"csrf\" value=\"").and_then(|(_, rest)| rest.split_once('"'));
        token.map(|(token, _)| token.to_owned()).ok_or_else(|| format!("no csrf in {page}"))
    }

    /// User 1111111111 allows drops the use of deposits of a bank; returns the code, and the redirect.
    pub async fn consent(&mut self, bank: &str, deposits: &[&str]) -> Result<(String, String), String> {
        let authorize = Call::get("/dev/v2/oauth2/authorize")
            .query("client_id", "drops")
            .query("response_type", "code")
            .query("redirect_uri", REDIRECT)
            .query("scope", "oak:transfer-to:execute,oak:balance:get")
            .query("bank", bank)
            .query("state", "s1");
        let reply = self.send(&authorize).await?;
        let page = reply.header("location").ok_or_else(|| format!("no page: {reply}"))?.to_owned();
        let request = query_value(&page, "request").ok_or_else(|| format!("no request in {page}"))?;
        let csrf = self.csrf(&page).await?;
        let chosen: String = deposits.iter().map(|deposit| format!("&deposits={deposit}")).collect();
        let form = format!("request={request}&csrf={csrf}&nid=1111111111&password=1111111111&decision=allow{chosen}");
        let call =
            Call::post("/dev/v2/oauth2/consent").header("content-type", "application/x-www-form-urlencoded").body(form);
        let reply = self.send(&call).await?;
        let back = reply.header("location").ok_or_else(|| format!("no redirect: {reply}"))?.to_owned();
        let code = query_value(&back, "code").ok_or_else(|| format!("no code in {back}"))?;
        Ok((code, back))
    }

    // Tokens.

    /// The reply of the token endpoint, which must be a success.
    pub async fn ask_for_token(&mut self, body: &Value) -> Result<Value, String> {
        let reply = self.send(&token_call(body)).await?;
        if reply.status == 200 { reply.json() } else { Err(format!("token: {reply}")) }
    }

    /// A client-credential token with every scope of the client.
    pub async fn cc(&mut self) -> Result<Token, String> {
        let reply = self.ask_for_token(&json!({"grant_type": "client_credentials", "nid": "0499370899"})).await?;
        token_of(&reply)
    }

    pub async fn grant(&mut self, grant: Grant<'_>) -> Result<Token, String> {
        let scopes = grant.scopes.map_or_else(|| json!(self.scopes), |scopes| json!(scopes));
        let body = json!({
            "client": "drops", "type": "CODE", "scopes": scopes, "deposits": grant.deposits, "bank": grant.bank,
            "limit": grant.limit, "count": grant.count,
        });
        let reply = self.operator(Call::post("/admin/v1/tokens").json(&body)).await?;
        token_of(&reply)
    }

    /// The token of a placeholder of the examples.
    pub async fn named_token(&mut self, name: &str) -> Result<Token, String> {
        let code062 = Grant::default();
        let grant = match name {
            "cc" => return self.cc().await,
            "code062" => code062,
            "code016" => Grant { bank: "016", deposits: &[KESHAVARZI], ..code062 },
            "code054" => Grant { bank: "054", deposits: &[PARSIAN], ..code062 },
            "code069" => Grant { bank: "069", deposits: &[IRAN_ZAMIN], ..code062 },
            "code062_limited" => Grant { limit: 350_000, count: 5, ..code062 },
            "code062_balance_only" => Grant { scopes: Some(&["oak:balance:get"]), ..code062 },
            "code062_two" => Grant { deposits: &[DROPS, SECOND], ..code062 },
            "code062_somayeh" => Grant { deposits: &[SOMAYEH], ..code062 },
            _ => return Err(format!("no token is called {{{{{name}}}}}")),
        };
        self.grant(grant).await
    }

    /// Revokes `token`, authorized by `bearer`.
    pub async fn revoke(&mut self, bearer: &Token, token: &Token) -> Result<Reply, String> {
        let call =
            Call::delete("/dev/v2/clients/drops/token").bearer(&bearer.value).json(&json!({"token": token.value}));
        self.send(&call).await
    }

    // The services that most tests use.

    pub async fn transfer(&mut self, token: &Token, track_id: &str, body: &Value) -> Result<Reply, String> {
        self.send(&transfer_call(token, track_id, body)).await
    }

    pub async fn inquire(&mut self, token: &Token, track_id: &str) -> Result<Reply, String> {
        self.send(&inquiry_call(token, track_id)).await
    }

    /// The posted balance of an account in the ledger, by its number.
    pub async fn account(&mut self, id: i64) -> Result<i64, String> {
        let account = self.operator(Call::get(&format!("/admin/v1/accounts/{id}"))).await?;
        account["posted"].as_i64().ok_or_else(|| format!("account {id}: {account}"))
    }

    /// The balance of a card, by the last four digits of its number.
    pub async fn card(&mut self, last_four: &str) -> Result<i64, String> {
        let cards = self.operator(Call::get("/admin/v1/cards")).await?;
        let ends = |card: &&Value| card["number"].as_str().is_some_and(|number| number.ends_with(last_four));
        let card = cards.as_array().and_then(|cards| cards.iter().find(ends));
        card.and_then(|card| card["balance"].as_i64()).ok_or_else(|| format!("no card {last_four} in {cards}"))
    }

    /// The status that an inquiry returns for a transfer.
    pub async fn status(&mut self, token: &Token, track_id: &str) -> Result<String, String> {
        let reply = self.inquire(token, track_id).await?;
        let body = reply.json()?;
        let status = body["result"]["transferStatus"].as_str().map(str::to_owned);
        status.ok_or_else(|| format!("inquiry of {track_id}: {reply}"))
    }

    /// The posted balance of a deposit of the token, in rials.
    pub async fn balance(&mut self, token: &Token, deposit: &str) -> Result<i64, String> {
        let path = format!("/oak/v2/clients/drops/deposits/{deposit}/balance");
        let reply = self.send(&Call::get(&path).bearer(&token.value)).await?;
        let body = reply.json()?;
        body["result"]["currentBalance"].as_i64().ok_or_else(|| format!("balance of {deposit}: {reply}"))
    }
}

/// The body of example `transfer-internal`: 50,000 rials to Somayeh.
pub fn fifty_thousand() -> Value {
    json!({"amount": 50_000, "description": "شرح تراکنش", "destinationNumber": SOMAYEH, "paymentNumber": "123456"})
}

/// `fifty_thousand` with some fields replaced, or removed where the new value is null.
pub fn but(changes: Value) -> Value {
    let mut body = fifty_thousand();
    let fields = body.as_object_mut().expect("a body is an object");
    for (name, value) in changes.as_object().expect("changes are an object") {
        if value.is_null() {
            fields.remove(name);
        } else {
            fields.insert(name.clone(), value.clone());
        }
    }
    body
}

pub fn transfer_call(token: &Token, track_id: &str, body: &Value) -> Call {
    Call::post(TRANSFER_TO).query("trackId", track_id).bearer(&token.value).json(body)
}

/// The body of the worked paya example: 20,000,000 rials to Martin at Sepah.
pub fn paya() -> Value {
    json!({
        "amount": 20_000_000, "description": "شرح تراکنش", "destinationNumber": MARTIN,
        "destinationFirstname": "مارتین", "destinationLastname": "رضایی", "paymentNumber": "123456",
    })
}

/// `paya` with some fields replaced.
pub fn paya_but(changes: Value) -> Value {
    let mut body = paya();
    let fields = body.as_object_mut().expect("a body is an object");
    fields.extend(changes.as_object().expect("changes are an object").clone());
    body
}

/// A charge of a card from drops' deposit of bank 062.
pub fn charge_call(token: &Token, track_id: &str, card: &str, amount: u64) -> Call {
    Call::post(&format!("/oak/v2/clients/drops/deposits/{DROPS}/chargeCard"))
        .query("trackId", track_id)
        .bearer(&token.value)
        .json(&json!({"amount": amount, "card": card}))
}

/// An inquiry about a charge.
pub fn charge_inquiry_call(token: &Token, track_id: &str) -> Call {
    Call::post("/oak/v2/clients/drops/inquiryChargeCard")
        .query("trackId", "inq-1")
        .bearer(&token.value)
        .json(&json!({"trackId": track_id}))
}

/// A call of a read service of a deposit.
pub fn deposit_call(token: &Token, deposit: &str, service: &str) -> Call {
    Call::get(&format!("/oak/v2/clients/drops/deposits/{deposit}/{service}")).bearer(&token.value)
}

pub fn inquiry_call(token: &Token, track_id: &str) -> Call {
    Call::get("/oak/v2/clients/drops/transferInquiry")
        .query("trackId", "inq-1")
        .query("inquiryTrackId", track_id)
        .bearer(&token.value)
}

pub fn token_call(body: &Value) -> Call {
    Call::post(TOKEN_PATH).header("authorization", BASIC).json(body)
}

fn token_of(reply: &Value) -> Result<Token, String> {
    let text = |key: &str| reply["result"][key].as_str().map(str::to_owned).ok_or(format!("no {key} in {reply}"));
    Ok(Token { value: text("value")?, refresh: text("refreshToken")? })
}

/// A query parameter of an address.
pub fn query_value(address: &str, name: &str) -> Option<String> {
    let (_, query) = address.split_once('?')?;
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs.into_iter().find(|(known, _)| *known == name).map(|(_, value)| value.to_owned())
}
