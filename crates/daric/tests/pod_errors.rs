//! Every row of POD's error table (`pod.md` 1.8) is provoked over HTTP; the reply has exactly the text of the table, and nothing changes.

use crate::harness;
use crate::harness::server::{OnStore, each_store};
use rstest_reuse::apply;

use std::collections::BTreeSet;

use harness::browser::{Tab, field};
use harness::client::Call;
use harness::pod::{ALI, NIMA, SHOP, SUPPLIER, ZAHRA, answer_of, line, service_call};
use harness::server::verify;
use harness::world::{ELEVEN, OPERATOR, World};
use serde_json::json;

const TABLE: &str = include_str!("data/pod_errors.csv");

/// Code and text of every row.
fn table() -> BTreeSet<(i64, String)> {
    let mut reader = csv::Reader::from_reader(TABLE.as_bytes());
    reader.records().map(|row| row.unwrap()).map(|row| (row[0].parse().unwrap(), row[2].to_owned())).collect()
}

/// A world, and the rows that were seen in it.
struct Seen {
    world: World,
    rows: BTreeSet<(i64, String)>,
}

impl Seen {
    /// Checks that a call is refused with a code, and with a text that contains `part`. `param`: the parameter that the text names.
    async fn refused(&mut self, call: &Call, code: i64, part: &str, param: Option<&str>) {
        let before = self.money().await;
        let reply = self.world.send(call).await.unwrap();
        let (found, message) = answer_of(&reply);
        assert!(reply.status == 200 && found == code && message.contains(part), "{code} {part}: {reply}");
        assert_eq!(reply.header("content-type"), Some("application/json;charset=UTF-8"));
        assert_eq!(self.money().await, before, "{code} {part} moves nothing");
        let row = param.map_or(message.clone(), |param| message.replace(param, "{param}"));
        assert!(table().contains(&(code, row.clone())), "{code} {row} is in the table");
        self.rows.insert((code, row));
    }

    async fn call(&mut self, token: &str, id: u32, form: &str, code: i64, part: &str) {
        self.refused(&service_call(token, id, form), code, part, None).await;
    }

    async fn param(&mut self, token: &str, id: u32, form: &str, part: &str, param: &str) {
        self.refused(&service_call(token, id, form), 193, part, Some(param)).await;
    }

    async fn issue(&mut self, form: &str, code: i64, part: &str) {
        let ott = self.world.ott(SHOP).await;
        self.call(SHOP, 29796, &format!("_ott_={ott}&{form}"), code, part).await;
    }

    /// Checks the errorResult in the redirect of a link.
    async fn link(&mut self, link: &str, code: i64, part: &str) {
        let reply = self.world.send(&Call::get(link)).await.unwrap();
        let location = reply.header("location").unwrap_or_else(|| panic!("{link}: {reply}")).to_owned();
        let (_, told) = location.split_once("errorResult=").unwrap_or_else(|| panic!("{location}"));
        let told = percent_encoding::percent_decode_str(told).decode_utf8().unwrap();
        let told: serde_json::Value = serde_json::from_str(&told).unwrap();
        assert!(told["errorCode"] == code && told["message"].as_str().unwrap().contains(part), "{told}");
        self.rows.insert((code, told["message"].as_str().unwrap().to_owned()));
    }

    /// Arms a fault for the next payment from a wallet.
    async fn arm(&mut self, fault: &str) {
        let rule = json!({"fault": fault, "operation": "payAnyInvoiceByCredit"});
        self.world.arm_rule(&rule).await.unwrap();
    }

    /// The balances of all parties.
    async fn money(&mut self) -> Vec<i64> {
        let mut money = Vec::new();
        for token in [SHOP, SUPPLIER, ALI, ZAHRA, NIMA] {
            money.push(self.world.wallet(token).await);
            money.push(self.world.blocked(token).await);
        }
        let (amount, free) = self.world.guild(SHOP, "API_GUILD").await;
        money.extend([amount, free]);
        money
    }
}

#[apply(each_store)]
async fn every_row_of_the_table_is_provoked(#[case] _on: OnStore) {
    let mut seen = Seen { world: World::start("pod-errors").await, rows: BTreeSet::new() };
    of_the_envelope(&mut seen).await;
    of_issuing(&mut seen).await;
    of_states(&mut seen).await;
    of_promises(&mut seen).await;
    of_credit_and_codes(&mut seen).await;
    of_terminals_and_transfers(&mut seen).await;
    of_permissions(&mut seen).await;
    let missing: Vec<_> = table().difference(&seen.rows).cloned().collect();
    assert!(missing.is_empty(), "never seen: {missing:?}");
    let World { server, home, .. } = seen.world;
    server.stop();
    verify(&home);
}

async fn of_the_envelope(seen: &mut Seen) {
    let id = seen.world.issue_to_ali("").await;
    let pay = format!("invoiceId={id}&wallet=PODLAND_WALLET");
    seen.call("nobody", 29816, "", 21, "").await;
    seen.call(ALI, 29799, &format!("invoiceId={id}"), 21, "").await;
    let foreign = service_call(SHOP, 29816, "").header("_token_issuer_", "7");
    let foreign = Call { headers: foreign.headers.into_iter().filter(|(_, value)| value != "1").collect(), ..foreign };
    seen.refused(&foreign, 21, "", None).await;
    seen.call(SHOP, 12345, "", 999, "شناسه سرویس").await;
    let nameless = Call::post(harness::pod::ENVELOPE).header("_token_", SHOP);
    seen.refused(&nameless, 193, "وارد نشده", Some("scProductId")).await;
    seen.call(SHOP, 29796, "guildCode=API_GUILD", 39, "").await;
    let used = seen.world.ott(ALI).await;
    seen.call(SHOP, 29816, &format!("_ott_={used}"), 39, "").await;
    seen.world.pod_done(ALI, 29816, &format!("_ott_={used}")).await;
    seen.call(ALI, 29816, &format!("_ott_={used}"), 39, "").await;
    seen.arm("pod:227").await;
    seen.call(ALI, 29821, &pay, 227, "").await;
    seen.arm("pod:999").await;
    seen.call(ALI, 29821, &pay, 999, "خطای داخلی").await;
    // A lost answer: the invoice is paid.
    seen.arm("pod:378").await;
    let reply = seen.world.pod(ALI, 29821, &pay).await;
    assert_eq!(answer_of(&reply).0, 378);
    seen.rows.insert(answer_of(&reply));
    assert_eq!(seen.world.invoice(SHOP, id).await["payed"], true);
}

async fn of_issuing(seen: &mut Seen) {
    let lines = line(50_000, "1");
    seen.issue(&lines, 56, "وارد نشده").await;
    seen.issue(&format!("guildCode=NO_GUILD&{lines}"), 37, "").await;
    seen.issue(&format!("guildCode=HEALTH_GUILD&{lines}"), 53, "").await;
    seen.issue(&format!("guildCode=API_GUILD&userId=201&{lines}"), 66, "").await;
    seen.issue(&format!("guildCode=API_GUILD&userId=999&{lines}"), 78, "کاربر").await;
    seen.issue(&format!("guildCode=API_GUILD&deadline=1405/13/01&{lines}"), 10, "").await;
    let ott = seen.world.ott(SHOP).await;
    seen.param(SHOP, 29796, &format!("_ott_={ott}&guildCode=API_GUILD&{}", line(0, "1")), "نامعتبر", "price").await;
    let ott = seen.world.ott(SHOP).await;
    seen.param(SHOP, 29796, &format!("_ott_={ott}&guildCode=API_GUILD"), "وارد نشده", "productId").await;
    let id = seen.world.issue_to_ali("billNumber=B-1").await;
    seen.issue(&format!("guildCode=API_GUILD&billNumber=B-1&{lines}"), 19, "").await;
    seen.world.pod_done(SHOP, 29810, &format!("id={id}")).await;
    seen.issue(&format!("guildCode=API_GUILD&billNumber=B-1&{lines}"), 25, "").await;
}

async fn of_states(seen: &mut Seen) {
    let ali = "userId=101&redirectURL=http://127.0.0.1:9/back";
    let id = seen.world.issue_to_ali("").await;
    let pay = |id: i64| format!("invoiceId={id}&wallet=PODLAND_WALLET");
    seen.call(SUPPLIER, 29799, &format!("invoiceId={id}"), 4, "انجام این عملیات").await;
    seen.call(SUPPLIER, 29812, &format!("id={id}"), 4, "بستن").await;
    seen.call(SHOP, 29812, &format!("id={id}"), 55, "فاکتور پرداخت نشده").await;
    seen.call(SHOP, 29809, &format!("id={id}"), 59, "").await;
    seen.call(ALI, 29821, "invoiceId=999&wallet=PODLAND_WALLET", 78, "فاکتور یافت").await;
    seen.call(ALI, 29821, &format!("invoiceId={id}"), 193, "را وارد نکرده اید").await;
    seen.call(ALI, 29821, &format!("invoiceId={id}&wallet=OTHER"), 193, "کد حساب دیجیتال نامعتبر").await;
    seen.call(ZAHRA, 30382, &format!("invoiceId={id}"), 99, "").await;
    seen.call(ZAHRA, 29821, &pay(id), 999, "موجودی کافی نیست").await;
    seen.world.pod_done(ALI, 29821, &pay(id)).await;
    seen.call(ALI, 29821, &pay(id), 24, "").await;
    seen.world.pod_done(SHOP, 29812, &format!("id={id}")).await;
    seen.call(ALI, 29821, &pay(id), 45, "").await;
    let canceled = seen.world.issue_to_ali("").await;
    seen.world.pod_done(SHOP, 29810, &format!("id={canceled}")).await;
    seen.call(ALI, 29821, &pay(canceled), 32, "").await;
    let small = seen.world.issue(SHOP, &format!("{ali}&{}", line(8_000, "1"))).await;
    let link = format!("/v1/pbc/payInvoiceByUniqueNumber?uniqueNumber={}", small["uniqueNumber"].as_str().unwrap());
    seen.link(&format!("{link}&gateway=PEP"), 193, "کمتر از حد").await;
    let waiting = seen.world.issue(SHOP, &format!("{ali}&verificationNeeded=true&{}", line(50_000, "1"))).await;
    seen.world.follow(&waiting, "gateway=LOC").await;
    seen.call(ALI, 29821, &pay(waiting["id"].as_i64().unwrap()), 58, "").await;
    let inside = seen.world.issue(SHOP, &format!("{ali}&{}", line(50_000, "1"))).await;
    seen.world.hold(&inside).await;
    seen.call(ALI, 29821, &pay(inside["id"].as_i64().unwrap()), 72, "").await;
}

async fn of_promises(seen: &mut Seen) {
    let to_supplier =
        seen.world.issue(SHOP, &format!("userId=202&{}", line(50_000, "1"))).await["id"].as_i64().unwrap();
    let future = format!("invoiceId={to_supplier}&wallet=PODLAND_WALLET&date=");
    seen.call(SUPPLIER, 29802, &format!("{future}1405/08/30"), 999, "بعد از امروز").await;
    seen.world.pod_done(SUPPLIER, 29802, &format!("{future}1420/12/10")).await;
    seen.call(SUPPLIER, 29802, &format!("{future}1420/12/10"), 999, "قبلا برای پرداخت").await;
    let pay = format!("invoiceId={to_supplier}&wallet=PODLAND_WALLET");
    seen.call(SUPPLIER, 29821, &pay, 999, "تضمین ارائه شده").await;
    seen.call(ALI, 29821, &pay, 4, "اجازه پرداخت").await;
    let dear = seen.world.issue(SHOP, &format!("userId=102&{}", line(50_000, "1"))).await["id"].as_i64().unwrap();
    seen.call(ZAHRA, 29802, &format!("invoiceId={dear}&wallet=PODLAND_WALLET&date=1420/12/10"), 999, "مسدودی را").await;

    let x = seen.world.issue(SUPPLIER, &format!("userId=201&{}", line(20_000, "1"))).await["id"].as_i64().unwrap();
    let x2 = seen.world.issue(SUPPLIER, &format!("userId=201&{}", line(20_000, "1"))).await["id"].as_i64().unwrap();
    let y = seen.world.issue_to_ali("").await;
    let set_off = |x: i64, y: i64| format!("creditorInvoiceId={x}&debtorInvoiceId={y}");
    seen.call(SHOP, 29800, &set_off(999, y), 78, "بستانکار یافت").await;
    seen.call(SHOP, 29800, &set_off(x, 999), 78, "بدهکار یافت").await;
    seen.call(SHOP, 29800, &set_off(y, x), 4, "انجام این عملیات").await;
    seen.call(SHOP, 29800, &set_off(x, y), 55, "بستانکار پرداخت نشده").await;
    seen.world.pod_done(ALI, 29821, &format!("invoiceId={y}&wallet=PODLAND_WALLET")).await;
    seen.world.pod_done(SHOP, 29800, &set_off(x, y)).await;
    seen.call(SHOP, 29800, &set_off(x2, y), 999, "آماده برای مسدودی").await;
}

async fn of_credit_and_codes(seen: &mut Seen) {
    let dear = seen.world.issue(SUPPLIER, &line(600_000, "1")).await["id"].as_i64().unwrap();
    let forced = format!("invoiceId={dear}&wallet=PODLAND_WALLET&delegationHash=nima-credit-1&forceDelegation=true");
    seen.call(SHOP, 29821, &forced, 999, "اعتبار تخصیص").await;
    seen.call(SUPPLIER, 29807, &format!("invoiceId={dear}"), 999, "به نام کاربر").await;
    let to_zahra = seen.world.issue(SHOP, &format!("userId=102&{}", line(50_000, "1"))).await["id"].as_i64().unwrap();
    seen.call(SHOP, 29807, &format!("invoiceId={to_zahra}"), 999, "شماره موبایل").await;
    let id = seen.world.issue_to_ali("").await;
    seen.world.pod_done(SHOP, 29807, &format!("invoiceId={id}")).await;
    seen.call(SHOP, 369_550, &format!("invoiceId={id}&code=x"), 193, "کد وارد شده صحیح نیست").await;
    for _ in 0..2 {
        seen.world.pod_done(SHOP, 29807, &format!("invoiceId={id}")).await;
    }
    seen.call(SHOP, 29807, &format!("invoiceId={id}"), 999, "تعداد پیامک های ارسالی").await;
}

async fn of_terminals_and_transfers(seen: &mut Seen) {
    seen.world.reset_at(ELEVEN).await.unwrap();
    let id = seen.world.issue_to_ali("").await;
    let claim = format!(
        "invoiceId={id}&terminalNumber=10001000&merchantCode=20002000&referenceNumber=7&trackingNumber=8\
         &transactionDate=1405/08/30 10:11:12"
    );
    seen.call(SHOP, 29801, &claim, 999, "تراکنش پایانه").await;
    let transaction = json!({
        "terminalNumber": "10001000", "merchantCode": "20002000", "amount": 54_500, "depositId": id.to_string(),
        "referenceNumber": "7", "trackingNumber": "8", "transactionDate": "1405/08/30 10:11:12",
    });
    let report = Call::post("/admin/v1/pos/transactions").bearer(OPERATOR).json(&transaction);
    assert_eq!(seen.world.send(&report).await.unwrap().status, 201);
    assert_eq!(seen.world.send(&report).await.unwrap().status, 409);
    seen.world.pod_done(SHOP, 29801, &claim).await;
    let transfer = |id: i64, amount: i64, more: &str| {
        format!("invoiceId={id}&amount={amount}&description=x&guildCode=API_GUILD&{more}")
    };
    seen.call(SHOP, 34988, &transfer(id, 1_000, ""), 999, "بسته نشده").await;
    seen.world.pod_done(SHOP, 29812, &format!("id={id}")).await;
    // Card money is withdrawable when its network has settled it, not when the invoice is closed.
    seen.call(SHOP, 34988, &transfer(id, 1_000, ""), 56, "موجودی صنف").await;
    seen.world.set_clock("2026-11-22T03:45:00+03:30").await.unwrap();
    seen.param(SHOP, 34988, &transfer(id, 54_501, ""), "نامعتبر", "amount").await;
    seen.world.pod_done(SHOP, 34988, &transfer(id, 1_000, "uniqueId=T-1")).await;
    seen.call(SHOP, 34988, &transfer(id, 1_000, "uniqueId=T-1"), 999, "شناسه یکتا").await;
    assert_eq!(seen.world.guild(SHOP, "API_GUILD").await, (53_500, 53_500));
    assert_eq!(seen.world.wallet(ALI).await, 10_001_000);
    // A repeated call learns that it was made, although its amount is not there any more.
    seen.world.pod_done(SHOP, 34988, &transfer(id, 53_500, "uniqueId=T-2")).await;
    for unique in ["uniqueId=T-1", "uniqueId=T-2"] {
        seen.call(SHOP, 34988, &transfer(id, 53_500, unique), 999, "شناسه یکتا").await;
    }
    assert_eq!(seen.world.guild(SHOP, "API_GUILD").await, (0, 0));
}

/// second-edition.md 4.8: first there is no permission, then one for less than the invoice.
async fn of_permissions(seen: &mut Seen) {
    let invoice = format!("invoiceId={}", seen.world.issue_to_ali("").await);
    seen.call(SHOP, 29820, &invoice, 4, "مجوز برداشت").await;
    let mut tab = Tab::of(seen.world.server.address);
    tab.log_in(&mut seen.world, "ali").await;
    let path = "/oauth2/authorize?client_id=shop&redirect_uri=http%3A%2F%2F127.0.0.1%3A9%2Fback&response_type=code\
                &scope=invoice:standing&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM\
                &code_challenge_method=S256";
    let page = tab.get(&mut seen.world, path).await;
    let csrf = field(&page, "csrf").unwrap_or_else(|| panic!("{page}"));
    let allowed = format!("csrf={csrf}&decision=allow&standing_limit=54499&standing_days=1");
    let reply = tab.post(&mut seen.world, path, &allowed).await;
    assert!(reply.header("location").is_some_and(|to| to.contains("code=")), "{reply}");
    seen.call(SHOP, 29820, &invoice, 999, "سقف مجوز").await;
}
