//! The payment pages (`pod.md` 5) over HTTP: the effect of each step, who may take it, and attacks that must fail.

use crate::harness::server::{OnStore, each_store};
use crate::{console, harness};
use rstest_reuse::apply;

use harness::browser::{Tab, field, text};
use harness::client::{Call, Reply};
use harness::matcher::text_matches;
use harness::pod::{ALI, NIMA, SHOP, SUPPLIER, line};
use harness::server::{Launch, Server, verify};
use harness::world::{Caller, OPERATOR, World};
use serde_json::{Value, json};

pub const BACK: &str = "http://127.0.0.1:9/back?o=1";
const PAN: &str = "5022000012340000";
pub const CARD: &str = "pan=5022000012340000&cvv2=123&exp_year=1408&exp_month=12";
const MOBILE: &str = "+989123456789";

/// A shop, an invoice of 54,500 rials to ali, and a browser that has followed its link.
pub struct Gateway {
    pub world: World,
    pub tab: Tab,
    pub invoice: Value,
    base: String,
}

impl Gateway {
    pub async fn enter(test: &str, form: &str, link: &str) -> Self {
        Self::enter_in(World::start(test).await, form, link).await
    }

    pub async fn enter_in(mut world: World, form: &str, link: &str) -> Self {
        let invoice = world.issue(SHOP, &format!("userId=101&{form}&{}", line(50_000, "1"))).await;
        let base = come_in(&mut world, &invoice, link).await;
        let tab = Tab::of(world.server.address);
        Self { world, tab, invoice, base }
    }

    pub async fn get(&mut self, step: &str) -> Reply {
        self.tab.get(&mut self.world, &format!("{}{step}", self.base)).await
    }

    pub async fn post(&mut self, step: &str, form: &str) -> Reply {
        let (page, path) = (self.base.clone(), format!("{}{step}", self.base));
        self.tab.submit(&mut self.world, &page, &path, form).await
    }

    /// Sends a form, and loads the page that it leads to.
    pub async fn lands(&mut self, step: &str, form: &str) -> Reply {
        let reply = self.post(step, form).await;
        assert_eq!(reply.status, 303, "a form answers with a redirect: {step} {form}: {reply}");
        self.led(reply).await
    }

    /// The page that a reply leads to, on this server.
    pub async fn led(&mut self, mut reply: Reply) -> Reply {
        while let Some(to) = reply.header("location").filter(|to| to.starts_with("/v1/")).map(str::to_owned) {
            reply = self.tab.get(&mut self.world, &to).await;
        }
        reply
    }

    /// Follows the invoice's link in this browser.
    pub async fn follow(&mut self, more: &str) -> Reply {
        let unique = self.invoice["uniqueNumber"].as_str().unwrap();
        let link = format!("/v1/pbc/payInvoiceByUniqueNumber?uniqueNumber={unique}&{more}");
        self.tab.get(&mut self.world, &link).await
    }

    /// The path of the session's page.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// The browser goes on in this session.
    pub fn is_at(&mut self, base: &str) {
        base.clone_into(&mut self.base);
    }

    fn id(&self) -> i64 {
        self.invoice["id"].as_i64().unwrap()
    }

    async fn paid(&mut self) -> bool {
        let id = self.id();
        self.world.invoice(SHOP, id).await["payed"].as_bool().unwrap()
    }

    /// The password of the newest SMS to the card's holder.
    async fn otp(&mut self) -> String {
        let sms = self.world.newest_sms(MOBILE).await.unwrap();
        assert!(
            text_matches("رمز پویا: <digits5>\nمبلغ: 54,500 ریال\nپذیرنده: shop\nاعتبار: 120 ثانیه", &sms),
            "{sms}"
        );
        sms.lines().next().unwrap().split_once(": ").unwrap().1.to_owned()
    }

    pub fn goes_to(&self, reply: &Reply, step: &str) {
        assert_eq!(
            (reply.status, reply.header("location")),
            (303, Some(format!("{}{step}", self.base).as_str())),
            "{reply}"
        );
    }
}

/// Follows an invoice's link; returns the path of the session's page.
async fn come_in(world: &mut World, invoice: &Value, link: &str) -> String {
    let reply = world.follow(invoice, link).await;
    let location = reply.header("location").unwrap_or_else(|| panic!("{reply}")).to_owned();
    assert!(text_matches("/v1/pbc/pay/<hex32>", location.trim_end_matches("/card")), "{location}");
    assert_eq!(reply.status, 303);
    location.trim_end_matches("/card").to_owned()
}

pub fn encoded(address: &str) -> String {
    percent_encoding::utf8_percent_encode(address, percent_encoding::NON_ALPHANUMERIC).to_string()
}

/// pod.md 5.3, 5.4.
#[apply(each_store)]
async fn a_payer_pays_by_card_with_the_password_of_the_sms_and_goes_back_with_all_eight_parameters(
    #[case] _on: OnStore,
) {
    let back = format!("redirectUri={}", encoded(BACK));
    let mut gateway = Gateway::enter("pay-card", "billNumber=B-1", &back).await;
    let page = text(&gateway.get("").await);
    for part in ["shop", "book", "۵۴٬۵۰۰ ریال", "۵٬۴۵۰ تومان", "پرداخت با کارت شتابی", "وارد پی پاد شوید"]
    {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(page.contains("<td><bdi>book</bdi><br>"), "what a shop has written turns nothing beside it: {page}");
    let reply = gateway.post("/card", "").await;
    gateway.goes_to(&reply, "/card");
    let sent = gateway.post("/card/otp", CARD).await;
    gateway.goes_to(&sent, "/card/otp");
    let asked = gateway.get("/card/otp").await;
    let html = text(&asked);
    assert!(asked.status == 200 && html.contains("502200******0000") && !html.contains(PAN), "{html}");
    let otp = gateway.otp().await;
    // The page has the card sealed; the page for the password does not show the card.
    let sealed = field(&asked, "card").unwrap();
    let csrf = field(&asked, "csrf").unwrap();
    let path = format!("{}/card/pay", gateway.base);
    let persian: String = otp.chars().map(|c| char::from_u32('۰' as u32 + c.to_digit(10).unwrap()).unwrap()).collect();
    let form = format!("csrf={csrf}&card={sealed}&otp={}", encoded(&persian));
    let paid = gateway.tab.post(&mut gateway.world, &path, &form).await;
    gateway.goes_to(&paid, "/result");
    let id = gateway.id();
    let invoice = gateway.world.invoice(SHOP, id).await;
    let card = json!([invoice["payed"], invoice["maskedCardNumber"], invoice["paymentToolCode"], invoice["wallet"]]);
    assert_eq!(card, json!([true, "502200******0000", "PAYMENT_TOOL_ONLINE_CREDIT", null]));
    let result = gateway.get("/result").await;
    let html = text(&result);
    let number = invoice["paymentBillNumber"].as_str().unwrap();
    let (rrn, tref) = (invoice["rrn"].as_str().unwrap(), invoice["transactionReferenceId"].as_str().unwrap());
    let to = format!(
        "{BACK}&amp;billNumber=B-1&amp;paymentBillNumber={number}&amp;invoiceId={id}&amp;paid=true&amp;terminalId=70700001\
         &amp;maskedCardNumber=502200%2A%2A%2A%2A%2A%2A0000&amp;rrn={rrn}&amp;tref={tref}"
    )
    .replace("&amp;", "&#38;");
    assert!(html.contains(&format!("<meta http-equiv=\"refresh\" content=\"5;url={to}\">")), "{to}\n{html}");
    assert!(html.contains(&format!("href=\"{to}\"")) && html.contains("۱۴۰۵/۰۸/۳۰ ۱۱:۰۰:۰۰"), "{html}");
    assert!((rrn.len(), tref.len()) == (12, 18) && !html.contains(PAN));
    // From now on every step of the session leads to the receipt.
    let again = gateway.tab.post(&mut gateway.world, &path, &form).await;
    gateway.goes_to(&again, "/result");
    let first = gateway.get("").await;
    gateway.goes_to(&first, "/result");
    assert_eq!(gateway.world.guild(SHOP, "API_GUILD").await, (54_500, 0));
}

/// design.md 2, invariant 9: what can be guessed has a budget.
#[apply(each_store)]
async fn codes_of_vouchers_are_tried_on_one_invoice_as_often_as_passwords_of_one_name(#[case] _on: OnStore) {
    let mut gateway = Gateway::enter("pay-guesses", "", "").await;
    let mut tried = 0;
    let refused = loop {
        let reply = gateway.post("/voucher", &format!("code=GUESS{tried}")).await;
        if reply.status != 303 {
            break reply;
        }
        tried += 1;
        assert!(tried < 600, "nothing stops guesses");
    };
    assert_eq!((refused.status, refused.header("retry-after")), (429, Some("60")), "{refused}");
    assert!(tried >= 60, "{tried}");
    // The right code is refused then, and accepted on other invoices.
    assert_eq!(gateway.post("/voucher", "code=GIFT100").await.status, 429);
    gateway.invoice = gateway.world.issue(SHOP, &format!("userId=101&{}", line(50_000, "1"))).await;
    gateway.base = come_in(&mut gateway.world, &gateway.invoice, "").await;
    gateway.tab = Tab::of(gateway.world.server.address);
    assert!(text(&gateway.lands("/voucher", "code=GIFT100").await).contains("بن تخفیف اعمال شد"));
}

/// pod.md 5.2: wallet, voucher and credit; 2.2: businesses log in, too.
#[apply(each_store)]
async fn a_payer_logs_in_and_pays_by_voucher_credit_and_wallet(#[case] _on: OnStore) {
    let mut gateway = Gateway::enter("pay-wallet", "billNumber=B-1", "").await;
    let login = gateway.post("/wallet", "").await;
    let next = encoded(&gateway.base).replace("%2D", "-");
    assert_eq!((login.status, login.header("location")), (303, Some(format!("/oauth2/login?next={next}").as_str())));
    let tab = &mut gateway.tab;
    tab.log_in(&mut gateway.world, "ali").await;
    let page = text(&gateway.get("").await);
    assert!(page.contains("۱۰٬۰۰۰٬۰۰۰") && page.contains("ali"), "{page}");
    for wrong in ["code=NOPE", "code=", "code=gift100"] {
        let reply = gateway.lands("/voucher", wrong).await;
        assert!(reply.status == 200 && text(&reply).contains("بن تخفیف نامعتبر است"), "{wrong}: {reply}");
    }
    let reply = gateway.post("/wallet", "").await;
    gateway.goes_to(&reply, "/result");
    assert!(gateway.paid().await);
    assert_eq!(gateway.world.wallet(ALI).await, 10_000_000 - 54_500);
    // The voucher of 100,000 covers a whole invoice of its issuer, and then the payer need not log in.
    let invoice = gateway.world.issue(SHOP, &line(50_000, "1")).await;
    gateway.base = come_in(&mut gateway.world, &invoice, "").await;
    gateway.tab = Tab::of(gateway.world.server.address);
    let reply = gateway.post("/voucher", "code=GIFT100").await;
    gateway.goes_to(&reply, "");
    let reply = gateway.post("/wallet", "").await;
    gateway.goes_to(&reply, "/result");
    let paid = gateway.world.invoice(SHOP, invoice["id"].as_i64().unwrap()).await;
    let used = &paid["invoiceItemSrvs"][0]["voucherUsageSrvs"][0];
    assert_eq!(json!([used["hash"], used["usedAmount"], used["canceled"]]), json!(["GIFT100", 54_500, false]));
    // A copy of the disk does not contain the voucher's code.
    assert_eq!(gateway.world.home.files_with("GIFT100"), Vec::<std::path::PathBuf>::new());
    // Shop pays an invoice of supplier with the credit that nima has given it.
    let invoice = gateway.world.issue(SUPPLIER, &line(200_000, "1")).await;
    gateway.base = come_in(&mut gateway.world, &invoice, "").await;
    gateway.tab.log_in(&mut gateway.world, "shop").await;
    let reply = gateway.post("/credit", "hash=nima-credit-1").await;
    gateway.goes_to(&reply, "");
    let page = text(&gateway.get("").await);
    assert!(page.contains("چیزی برای پرداخت نمانده است."), "{page}");
    let reply = gateway.post("/wallet", "").await;
    gateway.goes_to(&reply, "/result");
    assert_eq!(gateway.world.wallet(NIMA).await, 1_000_000 - 218_000);
    assert_eq!(gateway.world.invoice(SUPPLIER, invoice["id"].as_i64().unwrap()).await["delegationAmount"], 218_000);
}

/// The value of `id="…"` of an element.
fn id_of(element: &str) -> Option<&str> {
    Some(element.split_once(" id=\"")?.1.split_once('"')?.0)
}

/// What a page says of a card that it does not know.
const UNKNOWN: &str = "شماره کارت نادرست است، یا این کارت پذیرفته نمی‌شود";

/// pod.md 5.3: declined cards leave the payer on the page, with the reason and its code.
#[apply(each_store)]
async fn a_card_that_is_declined_says_why_and_may_be_tried_again(#[case] _on: OnStore) {
    let mut gateway = Gateway::enter("pay-declined", "", "gateway=PEP").await;
    for (form, said, code, fields) in [
        ("pan=502200001234&cvv2=123&exp_year=1408&exp_month=12", "شماره کارت شانزده رقم است.", "", &["pan"][..]),
        ("pan=5022000012340000&cvv2=12&exp_year=1408&exp_month=12", "CVV2 سه یا چهار رقم است.", "", &["cvv2"]),
        ("pan=5022000012340000&cvv2=1-2-3&exp_year=1408&exp_month=12", "CVV2 سه یا چهار رقم است.", "", &["cvv2"]),
        ("pan=5022000012340000&cvv2=123&exp_year=1408&exp_month=-1", "تاریخ انقضا را", "", &["exp_month", "exp_year"]),
        (
            "pan=5022000012340000&cvv2=123&exp_year=%2B408&exp_month=12",
            "تاریخ انقضا را",
            "",
            &["exp_month", "exp_year"],
        ),
        ("pan=5022000012340000&cvv2=123&exp_year=1408&exp_month=13", "تاریخ انقضا را", "", &["exp_month", "exp_year"]),
        ("pan=5022000012340000&cvv2=123&exp_year=2030&exp_month=12", "تاریخ انقضا را", "", &["exp_month", "exp_year"]),
        ("pan=5022000012340099&cvv2=123&exp_year=1408&exp_month=12", UNKNOWN, "۱۴", &["pan"]),
        (
            "pan=6037990000000014&cvv2=123&exp_year=03&exp_month=1",
            "تاریخ انقضای کارت گذشته است",
            "۵۴",
            &["exp_month", "exp_year"],
        ),
        ("pan=6104330000000011&cvv2=123&exp_year=1408&exp_month=12", "این کارت غیرفعال است", "۷۸", &["pan"]),
        ("pan=6219860000000019&cvv2=123&exp_year=1408&exp_month=12", "این کارت محدود شده است", "۶۲", &["pan"]),
        (
            "pan=5022000012340000&cvv2=124&exp_year=1408&exp_month=12",
            "CVV2 نادرست است. ۲ بار دیگر می‌توانید تلاش کنید",
            "۱۴",
            &["cvv2"],
        ),
        (
            "pan=5022000012340000&cvv2=123&exp_year=08&exp_month=11",
            "تاریخ انقضا با کارت نمی‌خواند. ۱ بار دیگر می‌توانید تلاش کنید",
            "۱۴",
            &["exp_month", "exp_year"],
        ),
    ] {
        let sent = gateway.post("/card/otp", form).await;
        gateway.goes_to(&sent, "/card");
        // The page can be loaded again, and in the other language.
        for (page, is_persian) in [("/card", true), ("/card", true), ("/card?lang=en", false), ("/card?lang=fa", true)]
        {
            let reply = gateway.get(page).await;
            let html = text(&reply);
            assert!(reply.status == 200 && html.contains(said) == is_persian, "{form} {page}: {html}");
            assert!(!html.contains("value=\"124\"") && !html.contains("value=\"123\""), "no security code in a page");
            assert!(code.is_empty() || !is_persian || html.contains(&format!("<small>({code})</small>")), "{html}");
            let inputs: Vec<&str> = html.split("<input ").collect();
            let marked: Vec<&str> =
                inputs.iter().filter(|field| field.contains("aria-invalid")).filter_map(|field| id_of(field)).collect();
            assert_eq!(marked, fields, "{form}: the field that is wrong is marked");
            // The message is at the field, which names it.
            let (_, wrong) = html.split_once("aria-invalid").unwrap();
            let mut about = html.split("aria-describedby=\"").skip(1).filter_map(|rest| rest.split([' ', '"']).next());
            let error = about.find(|id| id.ends_with("-error")).unwrap();
            assert!(wrong.contains(&format!("<p class=\"error\" id=\"{error}\" role=\"alert\">")), "{form}: {html}");
        }
    }
    // A wrong password is the third wrong try of that card.
    assert!(text(&gateway.lands("/card/otp", CARD).await).contains("name=\"otp\""));
    let reply = gateway.lands("/card/pay", &format!("{CARD}&otp=1234")).await;
    assert!(text(&reply).contains("رمز پویا پنج رقم است."), "{reply}");
    let otp = gateway.otp().await;
    let wrong = if otp == "00000" { "11111" } else { "00000" };
    let reply = gateway.lands("/card/pay", &format!("{CARD}&otp={wrong}")).await;
    assert!(text(&reply).contains("کارت قفل شد") && text(&reply).contains("(۷۵)"), "{reply}");
    let reply = gateway.lands("/card/pay", &format!("{CARD}&otp={otp}")).await;
    assert!(text(&reply).contains("(۷۵)") && !gateway.paid().await, "{reply}");
    // Another card is tried; its balance is too low for the amount, and its holder gets the SMS.
    let poor = "pan=5022290000000018&cvv2=123&exp_year=1408&exp_month=12";
    assert!(text(&gateway.lands("/card/otp", poor).await).contains("name=\"otp\""));
    let sms = gateway.world.newest_sms("+989121111111").await.unwrap();
    let otp = sms.lines().next().unwrap().split_once(": ").unwrap().1.to_owned();
    let reply = gateway.lands("/card/pay", &format!("{poor}&otp={otp}")).await;
    assert!(text(&reply).contains("موجودی کارت کافی نیست") && text(&reply).contains("(۵۱)"), "{reply}");
    assert!(!gateway.paid().await);
}

/// pod.md 5.2, 5.3, 6: 20 minutes; a late step charges nothing.
#[apply(each_store)]
async fn a_session_ends_after_twenty_minutes_and_a_late_step_goes_back_unpaid(#[case] _on: OnStore) {
    let back = format!("redirectUri={}", encoded(BACK));
    let mut gateway = Gateway::enter("pay-late", "billNumber=B-1", &format!("gateway=PEP&{back}")).await;
    assert_eq!(gateway.post("/card/otp", CARD).await.status, 303);
    let (otp, csrf) = (gateway.otp().await, field(&gateway.get("/card").await, "csrf").unwrap());
    gateway.world.set_clock("2026-11-21T11:20:00+03:30").await.unwrap();
    let unpaid = format!(
        "{BACK}&billNumber=B-1&paymentBillNumber={}&invoiceId={}&paid=false&terminalId=&maskedCardNumber=&rrn=&tref=",
        gateway.invoice["paymentBillNumber"].as_str().unwrap(),
        gateway.id()
    );
    let path = format!("{}/card/pay", gateway.base);
    let late = gateway.tab.post(&mut gateway.world, &path, &format!("csrf={csrf}&{CARD}&otp={otp}")).await;
    assert_eq!((late.status, late.header("location")), (302, Some(unpaid.as_str())), "{late}");
    let page = text(&gateway.get("").await);
    assert!(page.contains("مهلت پرداخت تمام شد") && !gateway.paid().await, "{page}");
    // With any card data: the session has ended, and that is reported first.
    for form in ["", "pan=1", "card=x&otp=1"] {
        let late = gateway.tab.post(&mut gateway.world, &path, &format!("csrf={csrf}&{form}")).await;
        assert_eq!((late.status, late.header("location")), (302, Some(unpaid.as_str())), "{form}");
    }
    // A payer who leaves by the button goes back to the shop at once, with the same parameters.
    let invoice = gateway.invoice.clone();
    gateway.base = come_in(&mut gateway.world, &invoice, &back).await;
    let left = gateway.post("/cancel", "").await;
    assert_eq!((left.status, left.header("location")), (302, Some(unpaid.as_str())));
    let page = text(&gateway.get("").await);
    assert!(page.contains("از پرداخت انصراف دادید"), "{page}");
    // If the invoice was paid elsewhere meanwhile, the page does not report that nothing was paid.
    gateway.base = come_in(&mut gateway.world, &invoice, &back).await;
    let id = gateway.id();
    gateway.world.pod_done(ALI, 29821, &format!("invoiceId={id}&wallet=PODLAND_WALLET")).await;
    let (path, mut program) = (format!("{}/cancel", gateway.base), gateway.tab.clone());
    program.headers.clear();
    let left = program.post(&mut gateway.world, &path, "").await;
    assert!(left.status == 302 && left.header("location").unwrap().contains("errorCode%22%3A24%2C"), "{left}");
    let page = text(&gateway.get("").await);
    assert!(page.contains("این فاکتور پرداخت شده است"), "{page}");
    // A day later the session is unknown.
    gateway.world.set_clock("2026-11-22T11:50:00+03:30").await.unwrap();
    let page = gateway.get("").await;
    assert!(page.status == 404 && text(&page).contains("صفحه یافت نشد"), "{page}");
}

/// pod.md 5.1, 5.5: each state has a separate page where there is no way back.
#[apply(each_store)]
async fn each_state_of_an_invoice_has_its_own_page(#[case] _on: OnStore) {
    let mut world = World::start("pay-states").await;
    let told = |reply: &Reply, status: u16, parts: &[&str]| {
        let html = text(reply);
        assert!(reply.status == status && parts.iter().all(|part| html.contains(part)), "{parts:?}: {reply}");
    };
    let issue = async |world: &mut World, form: &str| {
        let form = format!("userId=101&{form}&{}", line(50_000, "1"));
        world.issue(SHOP, &form).await
    };
    let invoice = issue(&mut world, "").await;
    world.follow(&invoice, "gateway=LOC").await;
    let paid = world.follow(&invoice, "").await;
    told(&paid, 409, &["این فاکتور پرداخت شده است"]);
    // POD's own words are for programs, and a good end has no code.
    assert!(!text(&paid).contains("کد خطا"), "{paid}");
    assert!(!text(&paid).contains("فاکتور قبلاً پرداخت شده است"), "{paid}");
    world.pod_done(SHOP, 29812, &format!("id={}", invoice["id"])).await;
    let english = world.follow(&invoice, "lang=en").await;
    told(&english, 409, &["This invoice is paid", "dir=\"ltr\""]);
    // The platform's words are Persian; an English page says the same in English.
    assert!(!text(&english).contains("فاکتور"), "{english}");
    let invoice = issue(&mut world, "verificationNeeded=true").await;
    world.follow(&invoice, "gateway=LOC").await;
    told(&world.follow(&invoice, "").await, 409, &["منتظر تأیید فروشنده"]);
    let invoice = issue(&mut world, "").await;
    world.hold(&invoice).await;
    told(
        &world.follow(&invoice, "").await,
        409,
        &["این فاکتور در درگاه دیگری باز است", "تا ساعت ۱۱:۲۰ در مرورگر یا دستگاه دیگری", "بررسی دوباره", "۷۲"],
    );
    let invoice = issue(&mut world, "").await;
    world.pod_done(SHOP, 29810, &format!("id={}", invoice["id"])).await;
    told(&world.follow(&invoice, "").await, 409, &["این فاکتور لغو شده است", "۳۲"]);
    told(
        &world.send(&Call::get("/v1/pbc/payInvoiceByUniqueNumber?uniqueNumber=1")).await.unwrap(),
        404,
        &["صفحه یافت نشد"],
    );
    told(
        &world.send(&Call::get("/v1/pbc/PayInvoiceDispatcher/?h=1")).await.unwrap(),
        404,
        &["کد وارد شده معتبر نمی‌باشد"],
    );
    told(&world.send(&Call::get(&format!("/v1/pbc/pay/{}", "0".repeat(32)))).await.unwrap(), 404, &["صفحه یافت نشد"]);
    // A session whose invoice was paid elsewhere meanwhile.
    let invoice = issue(&mut world, "").await;
    let base = come_in(&mut world, &invoice, "").await;
    world.follow(&invoice, "gateway=LOC").await;
    let mut tab = Tab::default();
    told(&tab.get(&mut world, &base).await, 200, &["این فاکتور پرداخت شده است"]);
    let late = tab.post(&mut world, &format!("{base}/card"), "").await;
    assert_eq!((late.status, late.header("location")), (303, Some(&*base)), "{late}");
    // Nine thousand rials are less than the least amount for a card.
    let invoice = world.issue(SHOP, &line(9_000, "1")).await;
    told(&world.follow(&invoice, "gateway=PEP").await, 409, &["پرداخت با کارت از ۱۰٬۰۰۰ ریال به بالا ممکن است.", "۱۹۳"]);
    let base = come_in(&mut world, &invoice, "").await;
    told(&tab.get(&mut world, &base).await, 200, &["پرداخت با کارت از ۱۰٬۰۰۰ ریال به بالا ممکن است."]);
    let refused = tab.post(&mut world, &format!("{base}/card"), "").await;
    assert_eq!((refused.status, refused.header("location")), (303, Some(&*base)), "{refused}");
    told(&tab.get(&mut world, &base).await, 200, &["role=\"alert\">پرداخت با کارت از ۱۰٬۰۰۰ ریال"]);
}

/// The number of commands that were decided so far: everything that is written is decided first.
async fn commands(world: &mut World) -> String {
    let metrics = text(&world.send(&Call::get("/metrics")).await.unwrap());
    let sum = metrics.lines().find(|line| line.starts_with("daric_batch_commands_sum "));
    sum.unwrap().to_owned()
}

// second-edition.md 4.5: robots and previews change nothing.
#[apply(each_store)]
async fn every_page_and_link_of_a_payment_is_read_without_a_row_and_the_first_form_writes_it(#[case] _on: OnStore) {
    let mut world = World::start("pay-previews").await;
    let issue = async |world: &mut World| world.issue(SHOP, &format!("userId=101&{}", line(50_000, "1"))).await;
    let open = issue(&mut world).await;
    let (number, unique) = (open["id"].as_i64().unwrap(), open["uniqueNumber"].as_str().unwrap().to_owned());
    let made = world.pod_done(SHOP, 29815, &format!("invoiceId={number}")).await.as_str().unwrap().to_owned();
    world.pod_done(SHOP, 29807, &format!("invoiceId={number}&smsContentType=2")).await;
    let sms = world.newest_sms("+989121234567").await.unwrap();
    let key = made.split("h=").nth(1).unwrap().trim_end_matches('&');
    // Every link, in every spelling, to each page.
    let mut links = vec![sms[sms.find("/s/").unwrap()..].trim().to_owned() + "?"];
    for name in pod::gateway::LINKS {
        for place in ["", "biz/"] {
            links.push(format!("/v1/pbc/{place}{name}/?uniqueNumber={unique}&invoiceId={number}&h={key}&"));
        }
    }
    // A session of each kind: only read, at the card step, after a form, held, left, paid.
    let mut sessions = vec![come_in(&mut world, &open, "").await, come_in(&mut world, &open, "gateway=PEP").await];
    let invoices = [issue(&mut world).await, issue(&mut world).await, issue(&mut world).await];
    for (invoice, step, form) in [(&invoices[0], "/voucher", "code=GIFT100"), (&invoices[1], "/cancel", "")] {
        let base = come_in(&mut world, invoice, "").await;
        let form =
            Call::post(&format!("{base}{step}")).header("content-type", "application/x-www-form-urlencoded").body(form);
        world.send(&form).await.unwrap();
        sessions.push(base);
    }
    sessions.push(world.hold(&invoices[2]).await);
    let paid = issue(&mut world).await;
    let local = world.follow(&paid, "gateway=LOC").await;
    sessions.push(local.header("location").unwrap().trim_end_matches("/result").to_owned());
    let mut visitors = [Tab::of(world.server.address), Tab::of(world.server.address)];
    visitors[1].log_in(&mut world, "ali").await;

    // The record that the SMS was sent is a command, too.
    loop {
        let inbox = world.operator(Call::get("/admin/v1/sms").query("to", "+989121234567")).await.unwrap();
        if inbox[0]["state"] == "sent" {
            break;
        }
        tokio::task::yield_now().await;
    }
    let before = commands(&mut world).await;
    for tab in &mut visitors {
        for method in ["GET", "HEAD"] {
            for link in &links {
                for more in
                    ["", "gateway=PEP", "gateway=other&redirectUri=http://127.0.0.1:9/b&callUri=http://127.0.0.1:9/c"]
                {
                    let reply = tab.send(&mut world, Call::new(method, &format!("{link}{more}"))).await;
                    assert!([302, 303].contains(&reply.status), "{method} {link}{more}: {reply}");
                    if let Some(page) = reply.header("location").filter(|page| page.starts_with("/v1/")) {
                        let reply = tab.send(&mut world, Call::new(method, page)).await;
                        assert!([200, 303].contains(&reply.status), "{method} {page}: {reply}");
                    }
                }
            }
            for base in &sessions {
                for step in pod::gateway::STEPS {
                    for end in ["", "/", "?lang=en"] {
                        let reply = tab.send(&mut world, Call::new(method, &format!("{base}{step}{end}"))).await;
                        assert!([200, 303].contains(&reply.status), "{method} {base}{step}{end}: {reply}");
                        assert!(method == "GET" || reply.body.is_empty(), "{reply}");
                    }
                }
            }
        }
    }
    // second-edition.md 1.9, 4.5: a link of the sandbox's own gateway pays; a HEAD of it leads to the page.
    let local = format!("/v1/pbc/payInvoiceByUniqueNumber?uniqueNumber={unique}&gateway=LOC");
    assert_eq!(world.send(&Call::new("HEAD", &local)).await.unwrap().status, 303);
    assert_eq!(commands(&mut world).await, before, "something was decided");
    // After any number of page views the invoice can still be paid.
    world.pod_done(ALI, 29821, &format!("invoiceId={number}&wallet=PODLAND_WALLET")).await;
}

// second-edition.md 4.5
#[apply(each_store)]
async fn a_browser_brings_its_session_to_any_process_and_no_other_session_with_it(#[case] _on: OnStore) {
    let mut world = World::start("pay-entries").await;
    let (invoice, other) = (world.issue(SHOP, &line(50_000, "1")).await, world.issue(SHOP, &line(70_000, "1")).await);
    let link = |invoice: &Value| {
        format!("/v1/pbc/payInvoiceByUniqueNumber?uniqueNumber={}", invoice["uniqueNumber"].as_str().unwrap())
    };
    let mut tab = Tab::of(world.server.address);
    let mut pages = Vec::new();
    for invoice in [&invoice, &other] {
        let came = tab.get(&mut world, &format!("{}&redirectUri={}", link(invoice), encoded(BACK))).await;
        let cookie = came.headers.get_all("set-cookie").iter().map(|cookie| cookie.to_str().unwrap().to_owned());
        let cookie = cookie.into_iter().find(|cookie| cookie.starts_with("daric_pay_")).unwrap();
        let page = came.header("location").unwrap().to_owned();
        let bound = format!("; Path={page}; Max-Age=86400; HttpOnly; SameSite=Lax");
        assert!(cookie.ends_with(&bound) && !cookie.contains("127.0.0.1"), "{cookie}");
        pages.push(page);
    }
    // The memory of the process is gone; the browser has everything in its cookies.
    let World { server, home, .. } = world;
    server.stop();
    let server = Server::start(&home, Launch::default());
    let mut world = {
        let caller = Caller::at(server.address).await;
        World::of(server, caller, home)
    };
    tab.headers = Tab::of(world.server.address).headers;
    assert!(text(&tab.get(&mut world, &pages[0]).await).contains("۵۴٬۵۰۰ ریال"));
    assert_eq!(Tab::default().get(&mut world, &pages[0]).await.status, 404, "a program without cookies begins anew");
    // A session's cookie is not valid for another session, and a changed cookie is refused.
    let [name, others] = [&pages[0], &pages[1]].map(|page| format!("daric_pay_{}", page.rsplit('/').next().unwrap()));
    let sealed = tab.cookie(&others).unwrap().to_owned();
    let mut changed = sealed.clone();
    changed.replace_range(20..21, if &sealed[20..21] == "A" { "B" } else { "A" });
    for value in [&*sealed, &changed, "", "x"] {
        let mut thief = tab.clone();
        thief.set_cookie(&name, value);
        assert_eq!(thief.get(&mut world, &pages[0]).await.status, 404, "{value}");
    }
    let left = tab.submit(&mut world, &pages[0], &format!("{}/cancel", pages[0]), "").await;
    assert!(left.status == 302 && left.header("location").unwrap().starts_with(BACK), "{left}");
    assert!(text(&tab.get(&mut world, &pages[0]).await).contains("از پرداخت انصراف دادید"));
    // A cookie is not valid after a reset of its world.
    world.operator(Call::post("/admin/v1/reset")).await.unwrap();
    assert_eq!(tab.get(&mut world, &pages[1]).await.status, 404);
}

/// pod.md 5.1: payinvoice is only for the customer, who logs in.
#[apply(each_store)]
async fn a_link_by_number_is_for_its_customer_who_has_to_log_in(#[case] _on: OnStore) {
    let mut world = World::start("pay-customer").await;
    let id = world.issue_to_ali("").await;
    let link = format!("/v1/pbc/payinvoice/?invoiceId={id}");
    let mut tab = Tab::of(world.server.address);
    let first = tab.get(&mut world, &link).await;
    let to_login = "/oauth2/login?next=%2Fv1%2Fpbc%2Fpayinvoice%2F%3FinvoiceId%3D";
    assert_eq!((first.status, first.header("location")), (302, Some(format!("{to_login}{id}").as_str())));
    let mut other = tab.clone();
    other.log_in(&mut world, "nima").await;
    let foreign = other.get(&mut world, &link).await;
    assert!(foreign.status == 404 && text(&foreign).contains("فاکتور یافت نشد"), "{foreign}");
    tab.log_in(&mut world, "ali").await;
    let entered = tab.get(&mut world, &link).await;
    let base = entered.header("location").unwrap().to_owned();
    assert_eq!((entered.status, tab.get(&mut world, &base).await.status), (303, 200));
    // Another user who gets the session's address has to log in as its customer.
    for step in ["/wallet", "/card", "/voucher", "/cancel"] {
        other.headers.clear();
        let reply = other
            .post(&mut world, &format!("{base}{step}"), if step == "/voucher" { "code=GIFT100" } else { "" })
            .await;
        assert!(reply.status == 303 && reply.header("location").unwrap().starts_with("/oauth2/login?next="), "{reply}");
    }
    let led = other.get(&mut world, &base).await;
    assert!(led.header("location").unwrap().ends_with("&as=another"), "{led}");
    let paid = tab.submit(&mut world, &base, &format!("{base}/wallet"), "").await;
    assert_eq!(paid.status, 303);
    let receipt = format!("{base}/result");
    assert_eq!((tab.get(&mut world, &receipt).await.status, other.get(&mut world, &receipt).await.status), (200, 303));
    assert_eq!(world.wallet(ALI).await, 10_000_000 - 54_500);
    let unknown = tab.get(&mut world, "/v1/pbc/payinvoice/?invoiceId=1").await;
    assert!(unknown.status == 404 && text(&unknown).contains("فاکتور یافت نشد"));
}

/// second-edition.md 4.11: the sandbox's own gateway checks who has logged in, as the page does.
#[apply(each_store)]
async fn a_link_by_number_pays_locally_for_its_customer_only(#[case] _on: OnStore) {
    let mut world = World::start("pay-customer-loc").await;
    let id = world.issue_to_ali("redirectURL=http://127.0.0.1:9/b").await;
    let link = |id: i64| format!("/v1/pbc/payinvoice/?invoiceId={id}&gateway=LOC");
    let mut tabs: Vec<Tab> = Vec::new();
    for name in ["nima", "shop", "ali"] {
        let mut tab = Tab::of(world.server.address);
        tab.log_in(&mut world, name).await;
        tabs.push(tab);
    }
    let stranger = world.send(&Call::get(&link(id))).await.unwrap();
    assert!(stranger.header("location").is_some_and(|to| to.starts_with("/oauth2/login?next=")), "{stranger}");
    for tab in &mut tabs[..2] {
        let foreign = tab.get(&mut world, &link(id)).await;
        assert!(foreign.status == 404 && text(&foreign).contains("فاکتور یافت نشد"), "{foreign}");
    }
    let bearer = world.issue(SHOP, &line(50_000, "1")).await["id"].as_i64().unwrap();
    assert_eq!(tabs[2].get(&mut world, &link(bearer)).await.status, 404);
    assert_eq!(world.invoice(SHOP, id).await["payed"], false);
    let paid = tabs[2].get(&mut world, &link(id)).await;
    assert!(paid.status == 302 && paid.header("location").unwrap().contains("&paid=true&terminalId=LOC"), "{paid}");
    assert_eq!(world.invoice(SHOP, id).await["payer"]["name"], "ali");
}

/// second-edition.md 4.9: the sandbox's own gateway declines, and a declined invoice can be paid afterwards.
#[apply(each_store)]
async fn the_sandboxs_gateway_declines_with_every_code_by_a_description_and_by_a_fault(#[case] _on: OnStore) {
    let mut world = World::start("pay-loc-declines").await;
    let listed = world.operator(Call::get("/admin/v1/faults")).await.unwrap();
    let descriptions = listed["descriptions"].as_array().unwrap();
    let codes: Vec<String> = descriptions
        .iter()
        .map(|magic| magic["description"].as_str().unwrap().trim_start_matches("daric-card-").to_owned())
        .collect();
    assert!(codes.len() >= 15 && codes.contains(&"51".to_owned()), "{codes:?}");
    let declined = "&paid=false&terminalId=&maskedCardNumber=&rrn=&tref=";
    let back = "redirectURL=http://127.0.0.1:9/b";
    for code in &codes {
        let by_description = format!("{back}&description=daric-card-{code}%20book&{}", line(50_000, "1"));
        let magic = world.issue(SHOP, &by_description).await;
        for gateway in ["gateway=LOC", "GATEWAY=loc"] {
            let reply = world.follow(&magic, gateway).await;
            assert!(reply.status == 302 && reply.header("location").unwrap().ends_with(declined), "{code}: {reply}");
        }
        assert_eq!(world.invoice(SHOP, magic["id"].as_i64().unwrap()).await["payed"], false);
        let plain = world.issue(SHOP, &format!("{back}&{}", line(50_000, "1"))).await;
        // The fault strikes only a payment of this invoice by this gateway.
        let fault = json!({"fault": format!("card:{code}"), "trackId": plain["id"].to_string()});
        world.operator(Call::post("/admin/v1/faults").json(&fault)).await.unwrap();
        assert_eq!(world.follow(&plain, "gateway=PEP").await.status, 303);
        let reply = world.follow(&plain, "gateway=LOC").await;
        assert!(reply.header("location").unwrap().ends_with(declined), "{code}: {reply}");
        let reply = world.follow(&plain, "gateway=Loc").await;
        assert!(reply.header("location").unwrap().contains("&paid=true&terminalId=LOC"), "{code}: {reply}");
    }
    // Without a way back the page shows the reason.
    let bare = world.issue(SHOP, &format!("description=daric-card-51&{}", line(50_000, "1"))).await;
    let reply = world.follow(&bare, "gateway=LOC").await;
    let html = text(&reply);
    assert!(reply.status == 409 && html.contains("موجودی کارت کافی نیست") && html.contains("۵۱"), "{reply}");
    assert!(html.contains("تلاش دوباره") && html.contains("روش‌های دیگر پرداخت"), "it goes on from here: {reply}");
    // A mistyped magic value pays nothing.
    for mistyped in ["daric-card-20", "daric-card-051", "daric-card-", "daric-card-x"] {
        let invoice = world.issue(SHOP, &format!("{back}&description={mistyped}&{}", line(50_000, "1"))).await;
        let reply = world.follow(&invoice, "gateway=LOC").await;
        assert!(reply.header("location").unwrap().contains("errorCode%22%3A193"), "{mistyped}: {reply}");
    }
    for fault in ["card:20", "card:x", "card:"] {
        let refused = Call::post("/admin/v1/faults").json(&json!({"fault": fault})).bearer("demo-admin-token");
        assert_eq!(world.send(&refused).await.unwrap().status, 400, "{fault}");
    }
    // The gateway in a link that a shop has made is read in any case, too.
    let made = world.issue(SHOP, &format!("{back}&{}", line(50_000, "1"))).await;
    let link = world.pod_done(SHOP, 29815, &format!("invoiceId={}&Gateway=loc", made["id"])).await;
    let link = link.as_str().unwrap();
    let reply = world.send(&Call::get(&link[link.find("/v1/").unwrap()..])).await.unwrap();
    assert!(reply.header("location").unwrap().contains("&paid=true&terminalId=LOC"), "{reply}");
}

/// A card number of a bank, with this ending and a right check digit.
pub fn pan(bank: &str, ending: &str) -> String {
    let valid = |pan: &String| {
        let digit = |(at, c): (usize, char)| {
            let twice = c.to_digit(10).unwrap() * (2 - u32::try_from(at % 2).unwrap());
            twice % 10 + twice / 10
        };
        pan.chars().enumerate().map(digit).sum::<u32>().is_multiple_of(10)
    };
    (0..10).map(|middle| format!("{bank}00000{middle}{ending}")).find(valid).unwrap()
}

/// The receiver of the passwords of other banks' cards in a sandbox.
const NETWORK_MOBILE: &str = "+989990000000";

impl Gateway {
    /// Opens the card step for a new invoice in the same world.
    pub async fn again(&mut self) {
        self.invoice = self.world.issue(SHOP, &format!("userId=101&{}", line(50_000, "1"))).await;
        self.base = come_in(&mut self.world, &self.invoice, "").await;
        let reply = self.post("/card", "").await;
        self.goes_to(&reply, "/card");
    }

    /// Requests the password of a card of another bank, and pays with it; returns the reply to the payment, or the page that refuses the card.
    pub async fn pay_with(&mut self, pan: &str) -> Reply {
        let card = format!("pan={pan}&cvv2=987&exp_year=1409&exp_month=6");
        let asked = self.lands("/card/otp", &card).await;
        if !text(&asked).contains("name=\"otp\"") {
            return asked;
        }
        let sms = self.world.newest_sms(NETWORK_MOBILE).await.unwrap();
        let otp = sms.lines().next().unwrap().split_once(": ").unwrap().1.to_owned();
        self.post("/card/pay", &format!("{card}&otp={otp}")).await
    }
}

/// second-edition.md 4.7: cards of other banks pay through their network, which owes the money until it settles.
#[apply(each_store)]
async fn cards_of_all_banks_pay_and_their_network_owes_the_money(#[case] _on: OnStore) {
    use payments::CardNetwork as _;
    let mut gateway = Gateway::enter("pay-network", "", "").await;
    let page = text(&gateway.get("").await);
    assert!(page.contains("همه کارت‌های بانکی"), "{page}");
    // A sandbox sends as many passwords as are requested (second-edition.md 3).
    gateway.again().await;
    for _ in 0..5 {
        let form = format!("pan={}&cvv2=987&exp_year=1409&exp_month=6&again=1", pan("603799", "4321"));
        let asked = text(&gateway.lands("/card/otp", &form).await);
        assert!(asked.contains("name=\"otp\"") && !asked.contains("(۶۱)"), "{asked}");
    }
    let mut sum = 0;
    for bank in ["603799", "610433", "502229", "636214"] {
        gateway.again().await;
        let pan = pan(bank, "1234");
        let reply = gateway.pay_with(&pan).await;
        gateway.goes_to(&reply, "/result");
        sum += 54_500;
        let id = gateway.id();
        let seen = gateway.world.invoice(SHOP, id).await;
        let told = json!([seen["payed"], seen["maskedCardNumber"], seen["billSettled"], seen["paymentToolCode"]]);
        assert_eq!(told, json!([true, format!("{bank}******1234"), false, "PAYMENT_TOOL_ONLINE_CREDIT"]));
        assert!(gateway.world.home.files_with(&pan).is_empty(), "its number is kept nowhere");
    }
    assert_eq!(gateway.world.guild(SHOP, "API_GUILD").await.0, sum);
    assert_eq!(gateway.world.account(3_002).await.unwrap(), sum);
    // The last digits choose the reason of the refusal; no money moves.
    for (ending, _) in sandbox::SandboxCardNetwork.endings() {
        gateway.again().await;
        let reply = gateway.pay_with(&pan("603799", ending)).await;
        let reply = gateway.led(reply).await;
        let digit = |c: char| char::from_u32('۰' as u32 + c.to_digit(10).unwrap()).unwrap();
        let code: String = ending.strip_prefix("90").unwrap().chars().map(digit).collect();
        assert!(text(&reply).contains(&format!("({code})")), "{ending}: {reply}");
        assert!(!gateway.paid().await, "{ending}");
    }
    // A wrong check digit, an unknown bank, and an expired card.
    gateway.again().await;
    let right = pan("603799", "1235");
    let wrong = format!("{}6", &right[..15]);
    for (number, expiry, code) in [
        (wrong.as_str(), "exp_year=1409", "۱۴"),
        ("9999990000001235", "exp_year=1409", "۱۴"),
        (&right, "exp_year=1404", "۵۴"),
    ] {
        let form = format!("pan={number}&cvv2=987&{expiry}&exp_month=6");
        let reply = gateway.lands("/card/otp", &form).await;
        assert!(text(&reply).contains(&format!("({code})")), "{number} {expiry}: {reply}");
    }
    // Three wrong passwords lock the card for the day, in every session.
    let card = format!("pan={right}&cvv2=987&exp_year=1409&exp_month=6");
    gateway.post("/card/otp", &card).await;
    let sms = gateway.world.newest_sms(NETWORK_MOBILE).await.unwrap();
    let otp = sms.lines().next().unwrap().split_once(": ").unwrap().1.to_owned();
    let guess = if otp == "00000" { "00001" } else { "00000" };
    for code in ["۵۵", "۵۵", "۷۵"] {
        let reply = gateway.lands("/card/pay", &format!("{card}&otp={guess}")).await;
        assert!(text(&reply).contains(&format!("({code})")), "{code}: {reply}");
    }
    let reply = gateway.lands("/card/pay", &format!("{card}&otp={otp}")).await;
    assert!(text(&reply).contains("(۷۵)"), "the right one comes too late: {reply}");
    // The network settles its debt.
    gateway.world.set_clock("2026-11-22T03:45:00+03:30").await.unwrap();
    assert_eq!(gateway.world.account(3_002).await.unwrap(), 0);
    gateway.again().await;
    let reply = gateway.pay_with(&right).await;
    gateway.goes_to(&reply, "/result");
    let World { server, home, .. } = gateway.world;
    server.stop();
    verify(&home);
}

/// Texts of the page that waits for a card's bank.
const WAITS: [&str; 3] =
    ["بانک شما هنوز پاسخ نداده است", "دوباره پرداخت نکنید", "<meta http-equiv=\"refresh\" content=\"5\">"];

impl Gateway {
    /// Pays with a card of another bank whose network leaves the payment unknown; returns the waiting page, and the token of the session's forms.
    pub async fn pay_unanswered(&mut self, pan: &str, then: Option<&str>) -> (String, String) {
        self.again().await;
        let csrf = field(&self.get("/card").await, "csrf").unwrap();
        let mut fault = json!({"fault": "card_network_timeout", "trackId": self.id().to_string()});
        if let Some(then) = then {
            (fault["then"], fault["after"]) = (json!(then), json!("PT1M"));
        }
        self.world.arm_rule(&fault).await.unwrap();
        let reply = self.pay_with(pan).await;
        let page = reply.header("location").unwrap_or_else(|| panic!("{reply}")).to_owned();
        assert!(reply.status == 303 && page.starts_with(&format!("{}/card/wait?attempt=", self.base)), "{reply}");
        (page, csrf)
    }

    /// Every page shows that the payer has to wait, and no step has an effect.
    async fn waits_on(&mut self, page: &str, csrf: &str) {
        let shown = self.tab.get(&mut self.world, page).await;
        let html = text(&shown);
        assert!(shown.status == 200 && WAITS.iter().all(|part| html.contains(part)), "{html}");
        assert!(!html.contains("paid=false") && !html.contains("<form"), "{html}");
        let english = text(&self.tab.get(&mut self.world, &format!("{page}&lang=en")).await);
        assert!(
            english.contains("Your bank has not answered yet") && english.contains("Do not pay again"),
            "{english}"
        );
        self.tab.get(&mut self.world, &format!("{page}&lang=fa")).await;
        let step = page.strip_prefix(&self.base).unwrap();
        for from in ["", "/card", "/result"] {
            let reply = self.get(from).await;
            self.goes_to(&reply, step);
        }
        for to in ["/cancel", "/wallet", "/voucher", "/card", "/card/otp", "/card/pay"] {
            let path = format!("{}{to}", self.base);
            let reply = self.tab.post(&mut self.world, &path, &format!("csrf={csrf}&{CARD}&otp=12345&code=x")).await;
            self.goes_to(&reply, step);
        }
        // A browser that opens its link sees it, too, whichever gateway the link names.
        let invoice = self.invoice.clone();
        for link in ["", "gateway=PEP", "gateway=LOC"] {
            let reply = self.world.follow(&invoice, link).await;
            let html = text(&reply);
            assert!(reply.status == 200 && WAITS.iter().all(|part| html.contains(part)), "{link}: {reply}");
        }
        assert!(!self.paid().await);
    }

    /// Stops the server, verifies the store, and starts another server.
    pub async fn restarted(self) -> Self {
        let Self { world: World { server, home, .. }, mut tab, invoice, base } = self;
        server.stop();
        verify(&home);
        let server = Server::start(&home, Launch::default());
        let caller = Caller::at(server.address).await;
        let world = World::of(server, caller, home);
        tab.headers = Tab::of(world.server.address).headers;
        Self { world, tab, invoice, base }
    }
}

/// The number of a payment by another bank's card whose network never tells its outcome.
pub async fn undecided_card_attempt(world: World) -> (World, i64) {
    let mut gateway = Gateway::enter_in(world, "", "").await;
    let (page, _) = gateway.pay_unanswered(&pan("603799", "1234"), None).await;
    (gateway.world, page.split_once("attempt=").unwrap().1.parse().unwrap())
}

/// Invariant 5: a payment whose network does not answer is reported neither as paid nor as failed, and holds its invoice. The process that runs when
/// the network knows the outcome inquires.
#[apply(each_store)]
async fn a_card_payment_that_its_network_does_not_answer_is_waited_for_over_a_restart(#[case] _on: OnStore) {
    let mut gateway = Gateway::enter("pay-unknown", "", "").await;
    let pan = pan("603799", "1234");
    for (then, minute) in [("done", 2), ("failed", 4)] {
        let (page, csrf) = gateway.pay_unanswered(&pan, Some(then)).await;
        gateway.waits_on(&page, &csrf).await;
        gateway = gateway.restarted().await;
        gateway.waits_on(&page, &csrf).await;
        assert!(gateway.world.home.files_with(&pan).is_empty(), "its number is kept nowhere");
        let before = gateway.world.account(3_002).await.unwrap();
        gateway.world.set_clock(&format!("2026-11-21T11:{minute:02}:00+03:30")).await.unwrap();
        let reply = gateway.tab.get(&mut gateway.world, &page).await;
        let owed = gateway.world.account(3_002).await.unwrap() - before;
        if then == "done" {
            gateway.goes_to(&reply, "/result");
            assert_eq!((owed, gateway.paid().await), (54_500, true));
            continue;
        }
        let html = text(&reply);
        assert!(reply.status == 200 && html.contains("(۸۰)") && html.contains("name=\"pan\""), "{html}");
        assert_eq!((owed, gateway.paid().await), (0, false));
        // The invoice can be tried again in the same session.
        let reply = gateway.pay_with(&pan).await;
        gateway.goes_to(&reply, "/result");
        assert!(gateway.paid().await);
    }
    let World { server, home, .. } = gateway.world;
    server.stop();
    verify(&home);
}

/// A network that does not tell the outcome leaves it to operators: one at a sandbox's API, two at the console. What it says later is compared with that.
#[apply(each_store)]
async fn a_card_payment_whose_network_does_not_tell_its_outcome_is_decided_by_operators(#[case] _on: OnStore) {
    let mut gateway = Gateway::enter("pay-decided", "", "").await;
    let mut one = console::signed_in(&mut gateway.world, console::ADMIN).await;
    let mut two = console::operator(&mut gateway.world, "second", "operator").await;
    let pan = pan("603799", "1234");
    for (verdict, state, owed) in [("failed", "notTaken", 0), ("done", "approved", 54_500)] {
        for by in ["api", "console"] {
            let before = gateway.world.account(3_002).await.unwrap();
            let (page, _) = gateway.pay_unanswered(&pan, None).await;
            let id = page.split_once("attempt=").unwrap().1.to_owned();
            let path = format!("/admin/v1/card-attempts/{id}");
            let read = async |world: &mut World| world.operator(Call::get(&path)).await.unwrap();
            let asked = read(&mut gateway.world).await;
            assert_eq!(
                json!([asked["invoice"], asked["state"], asked["amount"], asked["held"]]),
                json!([gateway.id(), "unknown", 54_500, 0])
            );
            let waiting = Call::get(&format!("/admin/v1/invoices/{}", gateway.id()));
            let waiting = gateway.world.operator(waiting).await.unwrap();
            assert_eq!(json!([waiting["state"], waiting["cardAttempt"].to_string()]), json!(["atNetwork", id]));
            let found = text(&one.get(&mut gateway.world, &format!("/console/search?q={id}")).await);
            assert!(found.contains(&format!("/console/card-attempts/{id}")), "{found}");
            let resolve = Call::post(&format!("{path}/resolve"));
            for (form, status) in [(json!({}), 400), (json!({"verdict": "maybe"}), 400)] {
                assert_eq!(
                    gateway.world.send(&resolve.clone().bearer(OPERATOR).json(&form)).await.unwrap().status,
                    status
                );
            }
            let form = json!({"verdict": verdict});
            if by == "api" {
                assert_eq!(gateway.world.operator(resolve.clone().json(&form)).await.unwrap()["state"], state);
            } else {
                let (shown, form) =
                    (format!("/console/card-attempts/{id}"), format!("verdict={verdict}&reason=statement"));
                for (wrong, status) in [("verdict=done&reason=", 409), ("verdict=maybe&reason=x", 404)] {
                    let reply = one.submit(&mut gateway.world, &shown, &format!("{shown}/resolve"), wrong).await;
                    assert_eq!(reply.status, status, "{wrong}");
                }
                let reply = one.submit(&mut gateway.world, &shown, &format!("{shown}/resolve"), &form).await;
                assert_eq!((reply.status, reply.header("location")), (303, Some("/console/decisions?done=2")));
                // A second proposal about the same payment is refused, whatever it says.
                let again = two.submit(&mut gateway.world, &shown, &format!("{shown}/resolve"), &form).await;
                assert_eq!((again.status, &read(&mut gateway.world).await["state"]), (409, &json!("unknown")));
                let proposals = gateway.world.operator(Call::get("/admin/v1/proposals?limit=1")).await.unwrap();
                let open = &proposals[0];
                assert_eq!(
                    json!([open["kind"], open["cardAttempt"], open["verdict"]]),
                    json!(["resolveCard", id.parse::<i64>().unwrap(), verdict])
                );
                let decide = format!("/console/decisions/{}", open["id"]);
                let yes = format!("say=yes&version={}", open["version"].as_str().unwrap());
                let own = one.submit(&mut gateway.world, "/console/decisions", &decide, &yes).await;
                assert_eq!((own.status, &read(&mut gateway.world).await["state"]), (409, &json!("unknown")));
                let agreed = two.submit(&mut gateway.world, "/console/decisions", &decide, &yes).await;
                assert_eq!(agreed.status, 303, "{agreed}");
            }
            assert_eq!(read(&mut gateway.world).await["state"], state);
            let again = gateway.world.send(&resolve.bearer(OPERATOR).json(&form)).await.unwrap();
            assert_eq!(again.status, 409, "{again}");
            assert_eq!(gateway.world.account(3_002).await.unwrap() - before, owed);
            assert_eq!(gateway.paid().await, verdict == "done");
        }
    }
    assert_eq!(gateway.world.send(&Call::get("/admin/v1/card-attempts/1").bearer(OPERATOR)).await.unwrap().status, 404);
    let World { server, home, .. } = gateway.world;
    server.stop();
    verify(&home);
}

/// second-edition.md 4.7: the list of magic values and demo objects is made from the tables that implement them.
#[apply(each_store)]
async fn the_list_of_values_has_every_magic_value_and_every_object_of_the_demo_world(#[case] _on: OnStore) {
    use payments::CardNetwork as _;
    let mut world = World::start("pay-values").await;
    let values = world.operator(Call::get("/admin/v1/values")).await.unwrap();
    let listed = |list: &str| -> Vec<String> {
        values[list].as_array().unwrap().iter().map(|row| row["value"].as_str().unwrap().to_owned()).collect()
    };
    let endings: Vec<&str> = sandbox::SandboxCardNetwork.endings().iter().map(|(ending, _)| *ending).collect();
    assert_eq!(listed("cardEndings"), endings);
    // The ending of a card contains its code: 90 and two digits.
    for row in values["cardEndings"].as_array().unwrap() {
        let (value, outcome) = (row["value"].as_str().unwrap(), row["outcome"].as_str().unwrap());
        assert!(outcome.contains(&format!(" {}: ", value.strip_prefix("90").unwrap())), "{row}");
    }
    let faults = world.operator(Call::get("/admin/v1/faults")).await.unwrap();
    let of = |list: &str, name: &str| -> Vec<Value> {
        faults[list].as_array().unwrap().iter().map(|row| row[name].clone()).collect()
    };
    assert_eq!(of("magic", "trackId"), listed("trackIds"));
    assert_eq!(of("descriptions", "description"), listed("descriptions"));
    // The same objects as the operator API lists, and no others.
    let objects = |kind: &str| -> Vec<String> {
        let all = values["demo"].as_array().unwrap().iter().filter(|row| row["kind"] == kind);
        all.inspect(|row| assert!(!row["for"].as_str().unwrap().is_empty(), "{row}"))
            .map(|row| row["value"].as_str().unwrap().to_owned())
            .collect()
    };
    for (path, kinds, field) in [
        ("/admin/v1/clients", &["client"][..], "id"),
        ("/admin/v1/terminals", &["terminal"], "sequence"),
        ("/admin/v1/parties", &["user", "business"], "name"),
        ("/admin/v1/operators", &["operator"], "name"),
    ] {
        let rows = world.operator(Call::get(path)).await.unwrap();
        let mut found: Vec<String> =
            rows.as_array().unwrap().iter().map(|row| row[field].as_str().unwrap().to_owned()).collect();
        let mut known: Vec<String> = kinds.iter().flat_map(|kind| objects(kind)).collect();
        found.sort_unstable();
        known.sort_unstable();
        assert_eq!(found, known, "{path}");
    }
    for (path, kind) in
        [("/admin/v1/deposits", "deposit"), ("/admin/v1/cards", "card"), ("/admin/v1/payer-cards", "payerCard")]
    {
        let rows = world.operator(Call::get(path)).await.unwrap();
        assert_eq!(rows.as_array().unwrap().len(), objects(kind).len(), "{path}");
    }
    let page = {
        let mut tab = Tab::of(world.server.address);
        let form = "name=admin&password=daric-admin&next=/console/sandbox";
        tab.submit(&mut world, "/console/login", "/console/login", form).await;
        text(&tab.get(&mut world, "/console/sandbox").await)
    };
    for value in listed("cardEndings").into_iter().chain(listed("descriptions")).chain(objects("payerCard")) {
        assert!(page.contains(&value), "{value}");
    }
}

/// Foreign, repeated and changed forms, forms of another invoice, forms that are too large, and scripts in the texts of shops.
#[apply(each_store)]
async fn a_payer_pays_only_the_amount_that_the_page_has_shown(#[case] _on: OnStore) {
    let mut gateway = Gateway::enter("pay-attacks", "", "").await;
    gateway.tab.log_in(&mut gateway.world, "ali").await;
    let wallet = format!("{}/wallet", gateway.base);
    let page = gateway.get("").await;
    let csrf = field(&page, "csrf").unwrap();
    // Another site makes ali's browser send the form of a session that the site has opened.
    let evil_invoice = gateway.world.issue(SUPPLIER, &line(1_000_000, "1")).await;
    let evil = come_in(&mut gateway.world, &evil_invoice, "").await;
    for (what, headers, form) in [
        ("another site's form", vec![("origin", "http://evil.example".to_owned())], format!("csrf={csrf}")),
        ("a form without its token", gateway.tab.headers.clone(), String::new()),
        ("another session's token", gateway.tab.headers.clone(), format!("csrf={csrf}")),
        ("an old browser", vec![("sec-fetch-site", "cross-site".to_owned())], String::new()),
        ("a sandboxed frame", vec![("origin", "null".to_owned())], format!("csrf={csrf}")),
        ("an old browser that says where it was", vec![("referer", "http://evil.example/x".to_owned())], String::new()),
        (
            "an old browser of ours without the token",
            vec![("referer", format!("http://{}/x", gateway.world.server.address))],
            String::new(),
        ),
        ("a neighbour", vec![("sec-fetch-site", "same-site".to_owned())], format!("csrf={csrf}")),
    ] {
        let mut tab = gateway.tab.clone();
        tab.headers = headers;
        let reply = tab.post(&mut gateway.world, &format!("{evil}/wallet"), &form).await;
        assert_eq!(reply.status, 403, "{what}: {reply}");
    }
    assert_eq!(gateway.world.wallet(ALI).await, 10_000_000);
    // Nima's browser sends ali's token: the token is bound to the browser and to the logged-in user.
    let mut nima = Tab::of(gateway.world.server.address);
    nima.log_in(&mut gateway.world, "nima").await;
    assert_eq!(nima.post(&mut gateway.world, &wallet, &format!("csrf={csrf}")).await.status, 403);
    // A payment is of the amount that the page has shown. Another amount in the form, or a change since, pays nothing.
    assert_eq!(field(&page, "amount").as_deref(), Some("54500"));
    for amount in ["1", "54499", "54501", "-54500", "x", "5450000000000000000000", "54500.0"] {
        let reply = gateway.tab.post(&mut gateway.world, &wallet, &format!("csrf={csrf}&amount={amount}")).await;
        gateway.goes_to(&reply, "");
        let reply = gateway.led(reply).await;
        assert!(reply.status == 200 && text(&reply).contains("مبلغ باقی‌مانده تغییر کرده است"), "{amount}: {reply}");
    }
    let voucher = gateway.post("/voucher", "code=GIFT100").await;
    gateway.goes_to(&voucher, "");
    let reply = gateway.tab.post(&mut gateway.world, &wallet, &format!("csrf={csrf}&amount=54500")).await;
    let reply = gateway.led(reply).await;
    assert!(text(&reply).contains("مبلغ باقی‌مانده تغییر کرده است"), "an old tab: {reply}");
    assert_eq!(gateway.world.wallet(ALI).await, 10_000_000);
    let left = field(&reply, "amount").unwrap();
    // Other fields are ignored, and a repeated form pays once.
    let form = format!("csrf={csrf}&amount={left}&payableAmount=1&invoiceId={}", evil_invoice["id"]);
    for _ in 0..3 {
        let reply = gateway.tab.post(&mut gateway.world, &wallet, &form).await;
        gateway.goes_to(&reply, "/result");
    }
    assert_eq!(gateway.world.wallet(ALI).await, 10_000_000 - left.parse::<i64>().unwrap());
    assert_eq!(gateway.world.invoice(SUPPLIER, evil_invoice["id"].as_i64().unwrap()).await["payed"], false);
    // A sealed card is valid in its own session only.
    let invoice = gateway.world.issue(SHOP, &line(50_000, "1")).await;
    gateway.base = come_in(&mut gateway.world, &invoice, "gateway=PEP").await;
    let asked = gateway.lands("/card/otp", CARD).await;
    let sealed = field(&asked, "card").unwrap();
    let other = gateway.world.issue(SHOP, &line(50_000, "1")).await;
    gateway.base = come_in(&mut gateway.world, &other, "gateway=PEP").await;
    let reply = gateway.lands("/card/otp", &format!("card={sealed}")).await;
    assert!(text(&reply).contains("کارت را دوباره وارد کنید"), "{reply}");
    // Fields of any size, and bodies over the limit.
    for (form, status) in [(format!("code={}", "x".repeat(60_000)), 303), (format!("code={}", "%00".repeat(10)), 400)] {
        let reply = gateway.post("/card/otp", &form).await;
        assert_eq!(reply.status, status, "{reply}");
    }
    let huge = gateway.tab.post(&mut gateway.world, &wallet, &"x".repeat(70_000)).await;
    assert_eq!(huge.status, 413);
}

/// An unknown address shows an error page, and so does one that cannot be decoded.
#[apply(each_store)]
async fn an_address_that_is_none_has_a_page_that_says_so(#[case] _on: OnStore) {
    let mut world = World::start("pay-missing").await;
    for path in [
        "/v1/pbc/pay/%FF",
        "/v1/pbc/pay/%FF/result",
        "/v1/pbc/pay/x/card/x",
        "/v1/pbc/nothing",
        "/v1/pbc/a/b/c/d",
        "/s/%FF",
        "/s/a/b/c",
        "/oauth2/nothing",
        "/console/nothing",
    ] {
        let page = world.send(&Call::get(path).header("accept", "text/html")).await.unwrap();
        let kind = page.header("content-type").unwrap_or_default();
        assert_eq!((page.status, kind), (404, "text/html; charset=utf-8"), "{path}");
    }
}

/// A GET of a form's address leads to the session's page.
#[apply(each_store)]
async fn an_answer_to_a_form_that_is_asked_for_again_leads_to_its_page(#[case] _on: OnStore) {
    let mut gateway = Gateway::enter("pay-again", "", "").await;
    let base = gateway.base.clone();
    let forms = [
        "/wallet",
        "/voucher",
        "/voucher/remove",
        "/credit",
        "/credit/remove",
        "/cancel",
        "/card/otp",
        "/card/pay",
        "/card/leave",
    ];
    for step in forms {
        let reply = gateway.get(step).await;
        assert_eq!((reply.status, reply.header("location")), (303, Some(base.as_str())), "{step}");
    }
    for (path, page) in [
        ("/oauth2/login/otp", "/oauth2/login"),
        ("/oauth2/logout", "/oauth2/login"),
        ("/console/orders/1/resolve", "/console/orders"),
        ("/console/sandbox/faults/clear", "/console/sandbox"),
        ("/console/filters/drop", "/console"),
    ] {
        let reply = gateway.tab.get(&mut gateway.world, path).await;
        assert_eq!((reply.status, reply.header("location")), (303, Some(page)), "{path}");
    }
}

/// A shop that reduces a paid invoice returns the difference, and the receipt says so.
#[apply(each_store)]
async fn a_receipt_says_that_its_invoice_was_reduced(#[case] _on: OnStore) {
    let mut gateway = Gateway::enter("pay-reduced", "", "").await;
    gateway.tab.log_in(&mut gateway.world, "ali").await;
    let reply = gateway.post("/wallet", "").await;
    gateway.goes_to(&reply, "/result");
    let (id, item) = (gateway.id(), gateway.invoice["invoiceItemSrvs"][0]["id"].clone());
    let form = format!("id={id}&invoiceItemId[]={item}&price[]=10000&quantity[]=1&itemDescription[]=book");
    gateway.world.pod_done(SHOP, 29803, &form).await;
    let page = text(&gateway.get("/result").await);
    assert!(page.contains("کاهش داده است"), "{page}");
}

/// second-edition.md 4.3.
#[apply(each_store)]
async fn the_forms_of_a_page_may_lead_back_to_a_shop_that_is_an_app(#[case] _on: OnStore) {
    let mut world = World::start("pay-app").await;
    for (link, sources) in [
        (String::new(), "form-action 'self';"),
        (format!("redirectUri={}", encoded(BACK)), "form-action 'self' https: http:;"),
        (format!("redirectUri={}", encoded("MyApp://done?o=1")), "form-action 'self' https: http: myapp:;"),
    ] {
        let invoice = world.issue(SHOP, &line(50_000, "1")).await;
        let base = come_in(&mut world, &invoice, &link).await;
        let page = world.send(&Call::get(&base)).await.unwrap();
        let policy = page.header("content-security-policy").unwrap();
        assert!(policy.contains(sources), "{link}: {policy}");
    }
}

/// Scripts in the texts of shops are shown as text; only the page's own script runs.
#[apply(each_store)]
async fn what_shops_write_is_shown_and_never_run(#[case] _on: OnStore) {
    let mut world = World::start("pay-scripts").await;
    let script = "</script><script>alert(1)</script>\"'><img src=x onerror=alert(1)>";
    let operator = Call::post("/admin/v1/parties").bearer(OPERATOR).json(&json!({
        "kind": "business", "name": "<b>shop</b>", "guilds": ["API_GUILD"], "frameOrigins": ["https://frame.example"],
    }));
    let party = world.send(&operator).await.unwrap().json().unwrap();
    let token = Call::post(&format!("/admin/v1/parties/{}/tokens", party["id"])).json(&json!({}));
    let token = world.operator(token).await.unwrap()["token"].as_str().unwrap().to_owned();
    let form = format!(
        "billNumber={}&productId[]=0&price[]=50000&quantity[]=1&productDescription[]={}",
        encoded("<i>1</i>"),
        encoded(script)
    );
    let invoice = world.issue(&token, &form).await;
    let base =
        come_in(&mut world, &invoice, &format!("redirectUri={}", encoded("http://127.0.0.1:9/\"><script>"))).await;
    let page = world.send(&Call::get(&base)).await.unwrap();
    let html = text(&page);
    assert!(html.contains("&#60;b&#62;shop") && html.contains("&#60;img src=x"), "{html}");
    assert!(
        !html.contains("<img src=x") && !html.contains("<b>shop") && html.matches("<script").count() == 1,
        "{html}"
    );
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("script-src 'self';") && !policy.contains("unsafe"), "{policy}");
    assert!(policy.contains("frame-ancestors https://frame.example;"), "{policy}");
    assert_eq!((page.header("x-frame-options"), page.header("cache-control")), (None, Some("no-store")));
    world.follow(&invoice, "gateway=LOC").await;
    let mut tab = Tab::default();
    let html = text(&tab.get(&mut world, &base).await);
    assert!(!html.contains("<script>alert") && !html.contains("<i>1"), "{html}");
    // The pages of other businesses may not be framed.
    let invoice = world.issue(SHOP, &line(50_000, "1")).await;
    let base = come_in(&mut world, &invoice, "").await;
    let page = tab.get(&mut world, &base).await;
    assert!(page.header("content-security-policy").unwrap().contains("frame-ancestors 'none';"));
    assert_eq!(page.header("x-frame-options"), Some("DENY"));
}

/// pod.md 3.0, 6: the gateway's money of a shop that verifies waits an hour, and its receipt says so.
#[apply(each_store)]
async fn a_receipt_tells_what_became_of_a_payment_that_the_shop_has_to_verify(#[case] _on: OnStore) {
    let back = format!("redirectUri={}", encoded(BACK));
    let mut gateway = Gateway::enter("pay-verify", "verificationNeeded=true", &back).await;
    gateway.tab.log_in(&mut gateway.world, "ali").await;
    let reply = gateway.post("/wallet", "").await;
    gateway.goes_to(&reply, "/result");
    let page = text(&gateway.get("/result").await);
    assert!(page.contains("منتظر تأیید فروشنده") && page.contains("paid=false"), "{page}");
    gateway.world.set_clock("2026-11-21T12:00:01+03:30").await.unwrap();
    let page = text(&gateway.get("/result").await);
    assert!(
        page.contains("<h1>مبلغ بازگردانده شد</h1>")
            && page.contains("این پرداخت بازگردانده شد")
            && page.contains("paid=false"),
        "{page}"
    );
    assert!(!page.contains("sign good"), "{page}");
    assert_eq!(gateway.world.wallet(ALI).await, 10_000_000);
}

/// What was paid by each means stands in the headline and in the lines, and the parts are the sum.
#[apply(each_store)]
async fn a_receipt_says_what_was_paid_by_each_means(#[case] _on: OnStore) {
    let back = format!("redirectUri={}", encoded(BACK));
    let world = World::start("pay-parts").await;
    // 300,000 and nine per cent of tax: 327,000 rials.
    let mut gateway = Gateway::enter_in(world, "", &back).await;
    gateway.invoice = gateway.world.issue(SHOP, &format!("billNumber=B-9&{}", line(300_000, "1"))).await;
    gateway.base = come_in(&mut gateway.world, &gateway.invoice.clone(), &back).await;
    let reply = gateway.post("/voucher", "code=GIFT100").await;
    gateway.goes_to(&reply, "");
    let reply = gateway.post("/card", "").await;
    gateway.goes_to(&reply, "/card");
    let card = gateway.get("/card").await;
    assert!(text(&card).contains("دریافت رمز پویا برای ۲۲۷٬۰۰۰ ریال</button>"), "{card}");
    let reply = gateway.post("/card/otp", CARD).await;
    gateway.goes_to(&reply, "/card/otp");
    let asked = gateway.get("/card/otp").await;
    assert!(text(&asked).contains("پرداخت ۲۲۷٬۰۰۰ ریال</button>"), "{asked}");
    let sms = gateway.world.newest_sms(MOBILE).await.unwrap();
    assert!(sms.contains("مبلغ: 227,000 ریال"), "{sms}");
    let otp = sms.lines().next().unwrap().split_once(": ").unwrap().1.to_owned();
    let paid = gateway.post("/card/pay", &format!("{CARD}&otp={otp}")).await;
    gateway.goes_to(&paid, "/result");
    let html = text(&gateway.get("/result").await);
    for part in [
        "<strong>۳۲۷٬۰۰۰ ریال</strong>",
        "<span class=\"nowrap\">بن تخفیف ۱۰۰٬۰۰۰</span> + <span class=\"nowrap\">کارت ۲۲۷٬۰۰۰</span>",
        "<dt>بن تخفیف</dt><dd>۱۰۰٬۰۰۰ ریال</dd>",
        "<dt>کارت</dt><dd>۲۲۷٬۰۰۰ ریال</dd>",
        "<dd class=\"sum\">۳۲۷٬۰۰۰ ریال</dd>",
        // The parameters of the return address name the card, and no amount: they have no place for one.
        "&#38;paid=true&#38;terminalId=70700001&#38;maskedCardNumber=502200%2A%2A%2A%2A%2A%2A0000&#38;rrn=",
    ] {
        assert!(html.contains(part), "{part}: {html}");
    }
    // A link of a paid invoice shows the receipt to everyone who opens it, and nothing of the payer.
    let invoice = gateway.invoice.clone();
    for (lang, parts) in [
        ("fa", ["<strong>۳۲۷٬۰۰۰ ریال</strong>", "کارت ۲۲۷٬۰۰۰", "<bdi>B-9</bdi>", "۱۴۰۵/۰۸/۳۰ ۱۱:۰۰:۰۰"]),
        ("en", ["<strong>327,000 rials</strong>", "Card 227,000", "<bdi>B-9</bdi>", "(2026-11-21)"]),
    ] {
        let page = gateway.world.follow(&invoice, &format!("lang={lang}")).await;
        let html = text(&page);
        assert!(page.status == 409 && parts.iter().all(|part| html.contains(part)), "{lang}: {html}");
        let slip = gateway.world.invoice(SHOP, invoice["id"].as_i64().unwrap()).await;
        let rrn = slip["rrn"].as_str().unwrap();
        for personal in ["502200", "0000</", rrn, &lang_digits(rrn), "GIFT100", "09123456789"] {
            assert!(!html.contains(personal), "{personal}: {html}");
        }
    }
    // An invoice that was paid outside has no parts of the ledger, and its whole sum.
    let outside = gateway.world.issue(SHOP, &format!("userId=101&{}", line(50_000, "1"))).await;
    gateway.world.pod_done(SHOP, 29799, &format!("invoiceId={}", outside["id"])).await;
    let html = text(&gateway.world.follow(&outside, "").await);
    assert!(html.contains("<dt>بیرون از سامانه</dt><dd>۵۴٬۵۰۰ ریال</dd>") && !html.contains("<bdi>ali<"), "{html}");
    let canceled = gateway.world.issue(SHOP, &line(50_000, "1")).await;
    gateway.world.pod_done(SHOP, 29810, &format!("id={}", canceled["id"])).await;
    let html = text(&gateway.world.follow(&canceled, "").await);
    assert!(!html.contains("مبلغ پرداخت</span>") && html.contains("مبلغ قابل پرداخت"), "{html}");
}

/// A number in Persian digits.
fn lang_digits(number: &str) -> String {
    number.chars().map(|c| c.to_digit(10).and_then(|digit| char::from_u32('۰' as u32 + digit)).unwrap_or(c)).collect()
}

/// Texts of shops in both directions are isolated from the page, and their digits stay as they are.
#[apply(each_store)]
async fn what_a_shop_writes_keeps_its_direction_and_its_digits(#[case] _on: OnStore) {
    let mut world = World::start("pay-directions").await;
    let (item, bill, about) = ("Book «ریاضی» 2 (جلد ۱)!", "A-12/۳", "سفارش #7: \u{202E}x 3 عدد");
    let form = format!(
        "billNumber={}&description={}&productId[]=0&price[]=50000&quantity[]=1&productDescription[]={}",
        encoded(bill),
        encoded(about),
        encoded(item)
    );
    let invoice = world.issue(SHOP, &form).await;
    let base = come_in(&mut world, &invoice, "").await;
    let mut tab = Tab::of(world.server.address);
    tab.get(&mut world, "/oauth2/login?lang=fa").await;
    for lang in ["fa", "en"] {
        let html = text(&tab.get(&mut world, &format!("{base}?lang={lang}")).await);
        for part in [
            format!("<bdi>{item}</bdi>"),
            format!("<bdi>{bill}</bdi>"),
            // The control that the text opens ends with it.
            format!("<p class=\"about\" dir=\"auto\">{about}\u{202C}</p>"),
            "<bdi>shop</bdi>".to_owned(),
        ] {
            assert!(html.contains(&part), "{lang} {part}: {html}");
        }
    }
    // A long description unfolds.
    let long = "کتاب ".repeat(60);
    let invoice = world.issue(SHOP, &format!("description={}&{}", encoded(&long), line(50_000, "1"))).await;
    let base = come_in(&mut world, &invoice, "").await;
    let html = text(&tab.get(&mut world, &base).await);
    assert!(html.contains("…</summary>") && html.contains(&format!("dir=\"auto\">{long}</p>")), "{html}");
}
