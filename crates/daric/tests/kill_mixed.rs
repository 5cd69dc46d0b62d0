//! SIGKILL under a mixed load: transfers, charges, invoices, telephone and card-page payments, and operators' changes.
//!
//! Each worker takes one item after another through its steps, and notes how many steps it has requested and how many were confirmed. Whenever the
//! process dies, an item must be at its last confirmed step or at the step requested after that; the balances must agree with the items, and the
//! audit must have each operator's change once. `DARIC_TEST_ROUNDS` sets the number of rounds, `DARIC_TEST_SEED` repeats the draws.

use crate::harness;
use crate::harness::server::{OnStore, each_store};
use rstest_reuse::apply;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use harness::book::seed;
use harness::browser::{Tab, field};
use harness::client::{Call, Reply};
use harness::paystar::{code, inquiry_call as phone_inquiry, otp_call, pay_call};
use harness::pod::{ALI, SHOP, answer_of, line, service_call};
use harness::server::{Home, Launch, Server, verify};
use harness::world::{
    BON, Caller, Grant, OPERATOR, Token, World, charge_call, charge_inquiry_call, fifty_thousand, inquiry_call,
    transfer_call,
};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

const ROUNDS: u32 = 6;
/// The kill comes after at most this many steps.
const MOST_STEPS: u64 = 250;
/// As in the test of transfers: no round meets the day's close.
const NOON: &str = "2040-01-02T12:00:00+03:30";
/// The price of an invoice here, with tax.
const PRICE: i64 = 54_500;
const LINK: &str = "/v1/pbc/payInvoiceByUniqueNumber";
/// The number of workers of each kind.
const WORKERS: [(Kind, usize); 9] = [
    (Kind::Transfer, 12),
    (Kind::Charge, 4),
    (Kind::Paid, 6),
    (Kind::Canceled, 3),
    (Kind::Verified, 3),
    (Kind::Telephone, 4),
    (Kind::CardPage, 4),
    (Kind::Money, 4),
    (Kind::Decided, 2),
];

/// The kinds of items, with their steps.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Kind {
    /// Sent.
    Transfer,
    /// Sent.
    Charge,
    /// Issued, paid from a wallet, closed.
    Paid,
    /// Issued, canceled.
    Canceled,
    /// Issued, paid by the sandbox's gateway, verified.
    Verified,
    /// A card that an operator issues, a telephone payment with it.
    Telephone,
    /// A card that an operator issues, an invoice, its payment on the card page.
    CardPage,
    /// A wallet that an operator fills.
    Money,
    /// An order with an unknown outcome, a proposal by one operator, an approval by another.
    Decided,
}

/// An item, and how far it has come as far as its worker knows.
#[derive(Clone, Debug)]
struct Thing {
    kind: Kind,
    /// Its trackId, bill number or order id.
    name: String,
    /// An amount that no other item has.
    sum: i64,
    asked: usize,
    note_reply: usize,
    /// The number of an order.
    id: String,
}

/// What all workers share.
#[derive(Clone)]
struct Shared {
    address: SocketAddr,
    token: Token,
    operators: [Operator; 2],
    things: Arc<Mutex<Vec<Thing>>>,
    steps: mpsc::UnboundedSender<()>,
}

/// An operator who has signed in, and the form token of that browser.
#[derive(Clone)]
struct Operator {
    tab: Tab,
    csrf: String,
}

struct Worker {
    shared: Shared,
    caller: Caller,
    at: usize,
}

/// The connection broke.
struct Gone;

impl Worker {
    fn thing(&self) -> Thing {
        self.shared.things.lock().unwrap()[self.at].clone()
    }

    /// Sends the request of the item's next step.
    async fn step(&mut self, call: Call, is_done: impl Fn(&Reply) -> bool) -> Result<Reply, Gone> {
        self.shared.things.lock().unwrap()[self.at].asked += 1;
        let reply = self.caller.send(&call).await.map_err(|_| Gone)?;
        self.note_reply(&reply, is_done);
        Ok(reply)
    }

    fn note_reply(&self, reply: &Reply, is_done: impl Fn(&Reply) -> bool) {
        assert!(is_done(reply), "{:?}: {reply}", self.thing());
        self.shared.things.lock().unwrap()[self.at].note_reply += 1;
        // The receiver is gone once the kill is ordered.
        let _ = self.shared.steps.send(());
    }

    async fn send(&mut self, call: Call) -> Result<Reply, Gone> {
        self.caller.send(&call).await.map_err(|_| Gone)
    }

    async fn operator(&mut self, call: Call) -> Result<Value, Gone> {
        let reply = self.send(call.bearer(OPERATOR)).await?;
        assert!(reply.status < 300, "{reply}");
        Ok(reply.json().unwrap())
    }

    async fn issue(&mut self, form: &str) -> Result<Value, Gone> {
        let ott = self.send(service_call(SHOP, 29_816, "")).await?.json().unwrap();
        let (ott, bill) = (ott["ott"].as_str().unwrap(), self.thing().name);
        let form = format!("_ott_={ott}&guildCode=API_GUILD&userId=101&billNumber={bill}&{form}{}", line(50_000, "1"));
        let reply = self.step(service_call(SHOP, 29_796, &form), is_well).await?;
        Ok(reply.json().unwrap()["result"].take())
    }

    /// Issues a card with the item's amount; returns its number, and its holder's mobile number.
    async fn card(&mut self) -> Result<(String, String), Gone> {
        let Thing { sum, .. } = self.thing();
        let (number, mobile) =
            (luhn(&format!("502229{:09}", sum % 1_000_000_000)), format!("0935{:07}", sum % 10_000_000));
        let card = json!({"number": number, "mobile": mobile, "expires": "1499/12", "balance": sum});
        self.step(Call::post("/admin/v1/payer-cards").bearer(OPERATOR).json(&card), |reply| reply.status == 201)
            .await?;
        Ok((number, mobile))
    }

    /// The password of the newest SMS to a mobile number.
    async fn password(&mut self, mobile: &str) -> Result<String, Gone> {
        let international = format!("+98{}", &mobile[1..]);
        let inbox = self.operator(Call::get("/admin/v1/sms").query("to", &international).query("limit", "1")).await?;
        let text = inbox[0]["text"].as_str().unwrap_or_else(|| panic!("no SMS to {mobile}: {inbox}"));
        Ok(text.split_once("رمز پویا: ").unwrap().1[..5].to_owned())
    }

    async fn go(&mut self) -> Result<(), Gone> {
        let Thing { kind, name, sum, .. } = self.thing();
        let token = self.shared.token.clone();
        match kind {
            Kind::Transfer => {
                self.step(transfer_call(&token, &name, &fifty_thousand()), |reply| reply.status == 200).await?;
            }
            Kind::Charge => {
                self.step(charge_call(&token, &name, BON, 10_000), |reply| reply.status == 200).await?;
            }
            Kind::Paid => {
                let id = self.issue("").await?["id"].clone();
                self.step(service_call(ALI, 30_382, &format!("invoiceId={id}")), is_well).await?;
                self.step(service_call(SHOP, 29_812, &format!("id={id}")), is_well).await?;
            }
            Kind::Canceled => {
                let id = self.issue("").await?["id"].clone();
                self.step(service_call(SHOP, 29_810, &format!("id={id}")), is_well).await?;
            }
            Kind::Verified => {
                let invoice = self.issue("verificationNeeded=true&redirectURL=http://127.0.0.1:9/b&").await?;
                let unique = invoice["uniqueNumber"].as_str().unwrap();
                let link = Call::get(LINK).query("uniqueNumber", unique).query("gateway", "LOC");
                let back = self.step(link, |reply| reply.status == 302).await?;
                assert!(!back.header("location").unwrap().contains("errorResult"), "{back}");
                self.step(service_call(SHOP, 29_809, &format!("id={}", invoice["id"])), is_well).await?;
            }
            Kind::Telephone => {
                let (number, mobile) = self.card().await?;
                let asked = self.send(otp_call(&number, &name, 50_000)).await?;
                assert_eq!(code(&asked), None, "{asked}");
                let password = self.password(&mobile).await?;
                self.step(pay_call(&number, &name, 50_000, &password), |reply| code(reply).is_none()).await?;
            }
            Kind::CardPage => self.pay_on_the_card_page().await?,
            Kind::Money => {
                let fill = Call::post("/admin/v1/parties/101/money").bearer(OPERATOR).json(&json!({"amount": sum}));
                self.step(fill, |reply| reply.status == 201).await?;
            }
            Kind::Decided => self.decide(&token).await?,
        }
        Ok(())
    }

    async fn pay_on_the_card_page(&mut self) -> Result<(), Gone> {
        let (number, mobile) = self.card().await?;
        let invoice = self.issue("").await?;
        let mut tab = Tab::of(self.shared.address);
        let unique = invoice["uniqueNumber"].as_str().unwrap();
        let link = format!("{LINK}?uniqueNumber={unique}");
        let came = self.browse(&mut tab, |tab| tab.page(&link)).await?;
        let base = came.header("location").unwrap_or_else(|| panic!("{came}")).to_owned();
        let page = self.browse(&mut tab, |tab| tab.page(&base)).await?;
        let csrf = field(&page, "csrf").unwrap_or_else(|| panic!("no hidden token: {page}"));
        self.browse(&mut tab, |tab| tab.form(&format!("{base}/card"), &format!("csrf={csrf}"))).await?;
        let form = format!("csrf={csrf}&pan={number}&cvv2=123&exp_year=1499&exp_month=12");
        let asked = self.browse(&mut tab, |tab| tab.form(&format!("{base}/card/otp"), &form)).await?;
        let page = asked.header("location").unwrap_or_else(|| panic!("{asked}")).to_owned();
        let asked = self.browse(&mut tab, |tab| tab.page(&page)).await?;
        let sealed = field(&asked, "card").unwrap_or_else(|| panic!("no sealed card: {asked}"));
        let password = self.password(&mobile).await?;
        let form = format!("csrf={csrf}&card={sealed}&otp={password}");
        let result = format!("{base}/result");
        self.step(tab.form(&format!("{base}/card/pay"), &form), |reply| reply.header("location") == Some(&result))
            .await?;
        Ok(())
    }

    async fn browse(&mut self, tab: &mut Tab, call: impl FnOnce(&Tab) -> Call) -> Result<Reply, Gone> {
        let call = call(tab);
        tab.try_send(&mut self.caller, call).await.map_err(|_| Gone)
    }

    async fn decide(&mut self, token: &Token) -> Result<(), Gone> {
        let name = self.thing().name;
        let sent = transfer_call(token, &name, &harness::world::but(json!({"destinationNumber": ELSEWHERE})));
        self.step(sent, |reply| reply.json().unwrap()["status"] == "UNKNOWN").await?;
        let orders =
            self.operator(Call::get("/admin/v1/orders").query("client", "drops").query("limit", "100")).await?;
        let order = orders.as_array().unwrap().iter().find(|order| order["trackId"] == *name).unwrap()["id"].clone();
        let number = order.to_string();
        self.shared.things.lock().unwrap()[self.at].id.clone_from(&number);
        let [one, two] = self.shared.operators.clone();
        let form = format!("csrf={}&verdict=failed&reason=the+bank+says+so", one.csrf);
        let proposed = one.tab.form(&format!("/console/orders/{order}/resolve"), &form);
        self.step(proposed, |reply| reply.status == 303).await?;
        let open = self.operator(Call::get("/admin/v1/proposals").query("limit", "100")).await?;
        let open =
            open.as_array().unwrap().iter().find(|open| open["order"].as_str() == Some(&number)).unwrap().clone();
        let form = format!("csrf={}&say=yes&version={}", two.csrf, open["version"].as_str().unwrap());
        let said = two.tab.form(&format!("/console/decisions/{}", open["id"]), &form);
        self.step(said, |reply| reply.status == 303).await?;
        Ok(())
    }
}

/// A deposit whose orders get no answer from their network.
const ELSEWHERE: &str = "0302876732005";

fn is_well(reply: &Reply) -> bool {
    reply.status == 200 && answer_of(reply).0 == 0
}

/// Fifteen digits and their check digit.
fn luhn(digits: &str) -> String {
    let sum: u32 = (digits.bytes().rev().enumerate())
        .map(|(at, digit)| u32::from(digit - b'0') * if at % 2 == 0 { 2 } else { 1 })
        .map(|digit| digit / 10 + digit % 10)
        .sum();
    format!("{digits}{}", (10 - sum % 10) % 10)
}

async fn work(shared: Shared, kind: Kind, name: String, first_sum: i64) {
    let mut caller = Caller::of_production(shared.address).await;
    for number in 0.. {
        let mut worker = {
            let mut things = shared.things.lock().unwrap();
            let unknown = if kind == Kind::Decided { "daric-unknown-" } else { "" };
            things.push(Thing {
                kind,
                name: format!("{unknown}{name}-{number}"),
                sum: first_sum + number,
                asked: 0,
                id: String::new(),
                note_reply: 0,
            });
            Worker { shared: shared.clone(), caller, at: things.len() - 1 }
        };
        if worker.go().await.is_err() {
            return;
        }
        caller = worker.caller;
    }
}

/// The step that an item has reached, as its caller and an operator see it.
async fn stage(caller: &mut Caller, token: &Token, thing: &Thing, audit: &[Value]) -> usize {
    let Thing { name, sum, .. } = thing;
    let acts = |action: &str| {
        let same = |line: &&Value| line["action"] == action && line["detail"] == format!("{sum} rials");
        audit.iter().filter(same).count()
    };
    match thing.kind {
        Kind::Transfer => usize::from(caller.send(&inquiry_call(token, name)).await.unwrap().status == 200),
        Kind::Charge => usize::from(caller.send(&charge_inquiry_call(token, name)).await.unwrap().status == 200),
        Kind::Paid | Kind::Canceled | Kind::Verified => invoice_stage(caller, name).await,
        Kind::Telephone | Kind::CardPage => {
            let issued = acts("payer card");
            assert!(issued <= 1, "{thing:?}: the audit has it {issued} times");
            let more = match thing.kind {
                Kind::Telephone => usize::from(code(&caller.send(&phone_inquiry(name)).await.unwrap()).is_none()),
                _ => invoice_stage(caller, name).await,
            };
            assert!(issued == 1 || more == 0, "{thing:?}: a card that no audit line tells of has paid");
            issued + more
        }
        Kind::Money => acts("wallet"),
        Kind::Decided => {
            let reply = caller.send(&inquiry_call(token, name)).await.unwrap();
            if reply.status != 200 {
                return 0;
            }
            // An order without a number has got no further.
            let lines = audit.iter().filter(|line| !thing.id.is_empty() && line["subject"] == *thing.id).count();
            let is_failed = reply.json().unwrap()["result"]["transferStatus"] == "FAILED";
            assert_eq!(is_failed, lines == 2, "{thing:?}: {lines} lines of the audit; {reply}");
            1 + lines
        }
    }
}

async fn invoice_stage(caller: &mut Caller, bill: &str) -> usize {
    let reply = caller.pod(SHOP, 29_813, &format!("billNumber={bill}&offset=0")).await;
    assert!(is_well(&reply), "{reply}");
    let found = reply.json().unwrap()["result"].take();
    let invoices = found.as_array().unwrap();
    assert!(invoices.len() <= 1, "{bill}: {found}");
    let Some(invoice) = invoices.first() else { return 0 };
    let is = |name: &str| usize::from(invoice[name] == true);
    // Money that waits for verification is the second step; money that does not wait any more is the third.
    if invoice["waiting"] == true {
        return 2;
    }
    let verified = usize::from(invoice["payed"] == true && !invoice["verificationDate"].is_null());
    1 + is("payed") + is("closed").max(verified) + is("canceled")
}

/// All audit lines, the newest first.
async fn audit(caller: &mut Caller) -> Vec<Value> {
    let mut lines: Vec<Value> = Vec::new();
    loop {
        let mut call = Call::get("/admin/v1/audit").query("limit", "100");
        if let Some(last) = lines.last() {
            call = call.query("before", &last["id"].to_string());
        }
        let page = caller.operator(call).await.unwrap();
        let page = page.as_array().unwrap();
        lines.extend(page.iter().cloned());
        if page.len() < 100 {
            return lines;
        }
    }
}

async fn start(home: &Home) -> (Server, Caller) {
    let launch = Launch { env: &[("DARIC_SETTLE_AFTER", "150")], ..Launch::default() };
    let server = Server::start(home, launch);
    let mut caller = Caller::of_production(server.address).await;
    caller.operator(Call::post("/admin/v1/clock").json(&json!({"set": NOON}))).await.unwrap();
    (server, caller)
}

async fn sign_in(world: &mut World, name: &str) -> Operator {
    let form = json!({"name": name, "password": format!("{name}-password"), "role": "operator"});
    world.operator(Call::post("/admin/v1/operators").json(&form)).await.unwrap();
    let mut tab = Tab::of(world.server.address);
    let form = format!("name={name}&password={name}-password&next=/console");
    let reply = tab.submit(world, "/console/login", "/console/login", &form).await;
    assert_eq!(reply.status, 303, "{reply}");
    let page = tab.get(world, "/console/decisions").await;
    Operator { csrf: field(&page, "csrf").unwrap(), tab }
}

#[apply(each_store)]
async fn whatever_was_answered_is_there_once_after_a_kill_and_the_rest_whole_or_not_at_all(#[case] _on: OnStore) {
    let seed = seed();
    println!("DARIC_TEST_SEED={seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let rounds = std::env::var("DARIC_TEST_ROUNDS").map_or(ROUNDS, |rounds| rounds.parse().unwrap());

    let mut world = World::start("kill-mixed").await;
    world.set_clock(NOON).await.unwrap();
    let token = world.grant(Grant::default()).await.unwrap();
    // Sessions of operators outlive the process.
    let operators = [sign_in(&mut world, "one").await, sign_in(&mut world, "two").await];
    let opened_with = world.wallet(ALI).await;
    let World { server, home, .. } = world;
    server.kill();

    let (mut wallet, mut reached) = (opened_with, BTreeMap::<(Kind, usize), u32>::new());
    for round in 1..=rounds {
        let (server, _) = start(&home).await;
        let (steps, mut taken) = mpsc::unbounded_channel();
        let things = Arc::default();
        let mut operators = operators.clone();
        for operator in &mut operators {
            // Its forms name the origin, whose port is another one now.
            operator.tab.headers = Tab::of(server.address).headers;
        }
        let shared =
            Shared { address: server.address, token: token.clone(), operators, things: Arc::clone(&things), steps };
        let mut workers = JoinSet::new();
        let kinds = WORKERS.iter().flat_map(|(kind, workers)| std::iter::repeat_n(*kind, *workers));
        for (at, kind) in kinds.enumerate() {
            // 1,000 amounts for each worker of each round.
            let first_sum = 1_000_000 + (i64::from(round) * 100 + i64::try_from(at).unwrap()) * 1_000;
            workers.spawn(work(shared.clone(), kind, format!("r{round}-w{at}"), first_sum));
        }
        drop(shared);
        for _ in 0..1 + random.u64(..MOST_STEPS) {
            taken.recv().await.expect("the server ended before it was killed");
        }
        server.kill();
        workers.join_all().await;
        verify(&home);

        let (server, mut caller) = start(&home).await;
        let audit = audit(&mut caller).await;
        let things = std::mem::take(&mut *things.lock().unwrap());
        for thing in &things {
            let found = stage(&mut caller, &token, thing, &audit).await;
            assert!(
                (thing.note_reply..=thing.asked).contains(&found),
                "round {round}: {thing:?} is found at step {found}"
            );
            *reached.entry((thing.kind, found)).or_default() += 1;
            wallet += match (thing.kind, found) {
                (Kind::Money, 1) => thing.sum,
                (Kind::Paid, 2..) => -PRICE,
                _ => 0,
            };
        }
        assert_eq!(caller.wallet(ALI).await, wallet, "round {round}: the wallet against what was paid and filled");
        println!("round {round}: {} things", things.len());
        server.kill();
    }
    println!("{reached:?}");
    for (kind, _) in WORKERS {
        assert!(reached.keys().any(|(known, found)| *known == kind && *found > 0), "no {kind:?} got anywhere");
    }
    verify(&home);
}
