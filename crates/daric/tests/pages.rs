//! Pages in a real browser. Screenshots are kept under the target directory.

use crate::harness;

use harness::tools::{browser, client, packages};
use harness::world::{DROPS, SECOND, World};
use serde_json::{Value, json};

/// finnotech.md 2.3.
#[tokio::test(flavor = "multi_thread")]
async fn a_bank_user_allows_denies_and_chooses_on_the_consent_page() {
    let mut world = World::start("consent-page").await;
    world.open_second_deposit().await.unwrap();
    let base = format!("http://{}", world.server.address);
    let (printed, shots) = tokio::task::spawn_blocking(move || browser("consent.mjs", &[&base])).await.unwrap();
    println!("screenshots: {}", shots.display());
    let stories: Vec<Value> = printed.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |name: &str| stories.iter().filter(|story| story["story"] == name).collect::<Vec<_>>();
    assert_eq!((of("allow").len(), of("deny").len()), (4, 4), "{printed}");
    for story in of("allow") {
        let name = story["name"].as_str().unwrap();
        assert_eq!(
            story["refused"],
            json!({"notice": "کد ملی یا رمز نادرست است. پس از چند بار رمز نادرست، ورود تا یک ربع بسته می‌شود.", "stayed": "/dev/v2/oauth2/consent"})
        );
        assert_eq!(
            story["numbers"],
            if name.ends_with("plain") { story["numbers"].clone() } else { json!([DROPS, SECOND]) }
        );
        assert_eq!(story["back"]["state"], format!("allow-{name}"));
        let code = story["back"]["code"].as_str().unwrap();
        assert!(code.len() == 16 && code.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{story}");
        for measured in [&story["first"], &story["second"]].into_iter().filter(|measured| !measured.is_null()) {
            assert_eq!(*measured, json!({"wide": false, "direction": "rtl", "language": "fa"}), "{name}");
        }
        // Browsers report the 401 of the refused log-in, and nothing else.
        let wrong = story["wrong"].as_array().unwrap();
        assert!(wrong.iter().all(|line| line.as_str().unwrap().contains("401")), "{story}");
    }
    for story in of("deny") {
        let back = json!({"error": "access_denied", "state": format!("deny-{}", story["name"].as_str().unwrap())});
        assert_eq!((&story["back"], &story["wrong"]), (&back, &json!([])));
    }
    let keyboard = of("keyboard")[0];
    assert_eq!(keyboard["notice"], "دست‌کم یکی از حساب‌های خود را انتخاب کنید.");
    assert_eq!(keyboard["back"]["state"], "keyboard");
    let dead = of("dead")[0];
    assert_eq!((&dead["status"], &dead["wide"], &dead["direction"]), (&json!(400), &json!(false), &json!("rtl")));
}

/// Runs a story against a new demo world; returns what the story reports.
async fn run_story(test: &'static str, story: &'static str) -> StoryOutput {
    run_story_with(test, story, Vec::new).await
}

/// The same, with further arguments of the story.
async fn run_story_with(test: &'static str, story: &'static str, more: fn() -> Vec<String>) -> StoryOutput {
    let world = World::start(test).await;
    let base = format!("http://{}", world.server.address);
    let run = move || {
        let arguments: Vec<String> = std::iter::once(base).chain(more()).collect();
        browser(story, &arguments.iter().map(String::as_str).collect::<Vec<_>>())
    };
    let (printed, shots) = tokio::task::spawn_blocking(run).await.unwrap();
    println!("screenshots: {}", shots.display());
    let told = StoryOutput(printed.lines().map(|line| serde_json::from_str(line).unwrap()).collect());
    told.every_page_is_in_order();
    told
}

struct StoryOutput(Vec<Value>);

impl StoryOutput {
    fn of(&self, name: &str) -> Vec<&Value> {
        let found: Vec<&Value> = self.0.iter().filter(|story| story["story"] == name).collect();
        assert!(!found.is_empty(), "{name} was told");
        found
    }

    fn one(&self, name: &str) -> &Value {
        let found = self.of(name);
        assert_eq!(found.len(), 1, "{name}");
        found[0]
    }

    /// No page is wider than the screen, each page reads in the direction of its language, axe finds nothing serious, no number is broken over lines,
    /// and no hint is cut.
    fn every_page_is_in_order(&self) {
        for page in self.of("seen").into_iter().filter(|page| !page["wide"].is_null()) {
            let direction = if page["language"] == "fa" { "rtl" } else { "ltr" };
            assert_eq!((&page["wide"], &page["direction"]), (&json!(false), &json!(direction)), "{page}");
            assert_eq!([&page["found"], &page["broken"], &page["cut"]], [&json!([]); 3], "{page}");
        }
    }

    /// Checks that browsers report only known errors: a refused log-in is 401, a refused form 409.
    fn nothing_is_wrong_but(&self, name: &str, known: &[&str]) {
        for story in self.of(name) {
            let wrong = story["wrong"].as_array().unwrap();
            let expected = |line: &Value| known.iter().any(|known| line.as_str().unwrap().contains(known));
            assert!(wrong.iter().all(expected), "{story}");
        }
    }
}

/// pod.md 5: by card, by wallet, by mobile, by voucher and credit; leaving; each state; in each kind of browser.
#[tokio::test(flavor = "multi_thread")]
async fn payers_pay_leave_and_are_told_how_it_stands() {
    let told = run_story("pay-pages-browser", "pay.mjs").await;
    assert_eq!((told.of("card").len(), told.of("wallet").len(), told.of("leaving").len()), (5, 5, 5));
    for story in told.of("card") {
        let name = story["name"].as_str().unwrap();
        let english = name.ends_with("en");
        let refused = if english {
            "The one-time password is wrong. Tries left before the card is locked: 2. (55)"
        } else {
            "رمز پویا نادرست است. ۲ بار دیگر می‌توانید تلاش کنید؛ پس از آن کارت قفل می‌شود. (۵۵)"
        };
        let typed = if english {
            "A card's number has sixteen digits."
        } else {
            "شماره کارت شانزده رقم است."
        };
        assert_eq!(
            (&story["refused"], &story["typed"]),
            (&json!(refused), &json!({"notice": typed, "invalid": "true"}))
        );
        // Scripts group the digits, from every keyboard.
        let shown = if name.contains("scripts") { "5022 0000 1234 0000" } else { "۵۰۲۲۰۰۰۰۱۲۳۴۰۰۰۰" };
        assert_eq!(story["shown"], shown, "{name}");
        if name.contains("scripts") {
            // A visible counter starts at two minutes.
            let counted = if english { ["2:00", "1:5"] } else { ["۲:۰۰", "۱:۵"] };
            let clock = story["clock"].as_str().unwrap();
            assert!(counted.iter().any(|begun| clock.starts_with(begun)), "{clock}");
        }
        let (told, same, payed) = (&story["told"], &story["same"], &story["payed"]);
        assert_eq!(
            json!([told, same, payed, story["hidden"], story["receipt"]]),
            json!(["true", true, true, true, true])
        );
    }
    for story in told.of("wallet") {
        assert_eq!(json!([story["told"], story["terminal"]]), json!(["true", ""]), "{story}");
        assert!(["بن تخفیف نامعتبر است", "This voucher is not valid"].contains(&story["voucher"].as_str().unwrap()));
    }
    for story in told.of("leaving") {
        // One form leads to the card step, however often the button is pressed, and one form leaves.
        assert_eq!(json!([story["posts"], story["told"]]), json!([2, "false"]), "{story}");
    }
    for story in told.of("wander") {
        // Three forms, one SMS, whatever was loaded in between.
        assert_eq!(json!([story["posts"], story["sms"], story["receipt"]]), json!([3, 1, "result"]), "{story}");
        assert_eq!(json!([story["resumed"], story["language"], story["held"]]), json!([true, true, true]), "{story}");
    }
    for story in told.of("expire") {
        assert_eq!(story["focused"], "cvv2", "{story}");
        let english = story["name"].as_str().unwrap().ends_with("en");
        let (cvv2, expired) = if english {
            ("The CVV2 is wrong.", "The password has expired, or is no longer valid: get a new one (55)")
        } else {
            ("CVV2 نادرست است.", "رمز منقضی شده است، یا دیگر اعتبار ندارد؛ رمز تازه بگیرید (۵۵)")
        };
        assert!(story["cvv2"].as_str().unwrap().starts_with(cvv2), "{story}");
        assert_eq!(story["expired"], expired, "{story}");
    }
    for story in told.of("voucher") {
        let sums = ["327000", "227000", "327000", "227000", "227000", "227000"];
        assert_eq!(story["sums"], json!(sums), "{story}");
    }
    assert_eq!((told.of("wander").len(), told.of("expire").len(), told.of("voucher").len()), (5, 5, 5));
    for story in told.of("mobile") {
        assert_eq!(story["at"], "result", "{story}");
    }
    assert_eq!(json!([told.one("shares")["covered"], told.one("shares")["receipt"]]), json!([true, true]));
    let headings: Vec<&str> = told.of("state").iter().map(|story| story["heading"].as_str().unwrap()).collect();
    assert_eq!(headings.len(), 12);
    let statuses: Vec<&Value> = told.of("state").iter().map(|story| &story["status"]).collect();
    assert_eq!(json!(statuses), json!([409, 409, 409, 409, 409, 409, 409, 409, 404, 404, 404, 404]));
    let mut different = headings.clone();
    different.sort_unstable();
    different.dedup();
    assert_eq!(different.len(), 12, "each state has words of its own: {headings:?}");
    assert_eq!(
        json!([told.one("language")["first"], told.one("language")["then"]]),
        json!(["Pay invoice", "Pay invoice"])
    );
    let order = told.one("keyboard")["order"].as_array().unwrap();
    assert_eq!(json!(order[..6]), json!(["skip", "A", "pan", "cvv2", "exp_month", "exp_year"]));
    assert_eq!(told.one("keyboard")["focused"], "otp");
    for name in ["card", "leaving", "shares", "keyboard", "mobile", "wander", "expire", "voucher"] {
        told.nothing_is_wrong_but(name, &[]);
    }
    told.nothing_is_wrong_but("wallet", &["401"]);
}

/// The shop issues an invoice by the platform's own client, the payer pays on the page with the password of the SMS, the shop is called, verifies and
/// closes, and the operator finds the payment down to its entries.
#[tokio::test(flavor = "multi_thread")]
async fn a_purchase_is_seen_from_the_shop_s_client_to_the_operator_s_entries() {
    let more = || vec![client("pod_shop.py").display().to_string(), packages().display().to_string()];
    let told = run_story_with("purchase", "story.mjs", more).await;
    let story = told.one("purchase");
    // 240,000 and nine per cent of tax.
    assert_eq!(story["payable"], 261_600);
    let (back, before, after) = (&story["told"], &story["before"], &story["after"]);
    let id = after["id"].to_string();
    for (name, value) in [
        ("order", "7"),
        ("billNumber", "STORY-1"),
        ("invoiceId", &id),
        ("paid", "false"),
        ("paymentBillNumber", after["paymentBillNumber"].as_str().unwrap()),
        ("maskedCardNumber", "502200******0000"),
        ("rrn", after["rrn"].as_str().unwrap()),
        ("tref", after["transactionReferenceId"].as_str().unwrap()),
    ] {
        assert_eq!(back[name], value, "{name}");
        assert!(name == "order" || story["call"]["query"][name] == value, "{name}: {}", story["call"]);
    }
    assert_eq!(story["call"]["signed"], true);
    // The payment waits for the shop's verification, which comes.
    assert_eq!(json!([before["waiting"], before["payed"]]), json!([true, false]));
    assert_eq!(json!([after["payed"], after["closed"], after["waiting"]]), json!([true, true, false]));
    let found = told.one("looked up");
    assert_eq!(json!([found["byReference"], found["wrong"]]), json!([1, []]), "{found}");
    let entries = found["entries"].as_u64().unwrap();
    assert!(found["accounts"].as_u64().unwrap() >= 3 && entries >= 4 && entries % 2 == 0, "{found}");
}

/// The operators' console: every page, the search, two-person approval, files, the live overview, the sandbox's panel.
#[tokio::test(flavor = "multi_thread")]
async fn operators_find_any_payment_and_decide_by_two() {
    let told = run_story("console-browser", "console.mjs").await;
    for story in told.of("places") {
        let found = story["found"].as_object().unwrap();
        for (kind, count) in found {
            // A mobile number is that of a user and of SMS.
            let is_right =
                if kind == "mobile" { count.as_i64() >= Some(1) } else { *count == i64::from(kind != "nothing") };
            assert!(is_right, "{kind}: {story}");
        }
        assert_eq!((found.len(), &story["landed"]), (12, &json!("/console/orders")));
        assert_eq!(json!([story["entries"], story["moments"], story["curl"]]), json!([3, 5, true]), "{story}");
    }
    told.nothing_is_wrong_but("places", &["401"]);
    let two = told.one("two");
    assert_eq!(json!([two["own"], two["left"], two["audit"]]), json!([["پس گرفتن"], 0, true]), "{two}");
    assert!(two["missing"].as_str().unwrap().contains("دلیل"));
    assert_eq!(json!([told.one("viewer")["forms"], told.one("viewer")["refused"]]), json!([0, 403]));
    let known = told.one("known");
    for text in ["Request", "Submitted to its network", "approve resolve", "second"] {
        assert!(known["timeline"].as_str().unwrap().contains(text), "{text}: {known}");
    }
    assert!(known["call"].as_str().unwrap().contains("transferTo?trackId=daric-unknown-1"), "{known}");
    assert_eq!(known["actions"], json!(["sign in"]), "{known}");
    assert_eq!(json!([known["csv"], known["chains"]]), json!([known["lines"], 2]), "{known}");
    assert_eq!(known["heads"], json!([64, 64]));
    told.nothing_is_wrong_but("known", &[]);
    let csv = told.one("csv");
    assert_eq!(csv["mark"], json!([0xef, 0xbb, 0xbf]));
    assert_eq!(
        csv["lines"][0],
        "entry,at,jalali,side,amount,balance_after,transfer,cause,track_id,description,counterparty"
    );
    assert!(
        csv["lines"][1]
            .as_str()
            .unwrap()
            .starts_with("2,2026-11-21T07:30:00Z,1405/08/30 11:00:00,debit,54500,9945500,")
    );
    let panel = told.one("panel");
    assert!(panel["refused"].as_str().unwrap().starts_with("fault: "), "{panel}");
    assert!(panel["unsure"].as_str().unwrap().contains("reset"), "{panel}");
    assert_eq!(json!([panel["now"], panel["armed"], panel["orders"]]), json!(["2026-11-21T08:31:01Z", 1, 0]));
    told.nothing_is_wrong_but("panel", &["409"]);
}

/// Refunds by two, cancellation, and the set-up of a shop, on small and large screens, with and without scripts.
#[tokio::test(flavor = "multi_thread")]
async fn operators_give_money_back_by_two_and_set_a_shop_up() {
    let told = run_story("operate-browser", "operate.mjs").await;
    let refund = told.one("refund");
    assert_eq!(refund["tooMuch"], "مبلغ: حداکثر ۵۴۵۰۰ ریال برای بازگرداندن مانده است.");
    assert_eq!(json!([refund["kept"], refund["atForm"]]), json!(["کالا کم بود", refund["tooMuch"]]));
    assert!(refund["noReason"].as_str().unwrap().contains("دلیل"), "{refund}");
    assert_eq!(
        json!([refund["proposed"], refund["before"], refund["refunded"]]),
        json!(["/console/decisions", 0, 20_000])
    );
    assert_eq!(json!([refund["versioned"], refund["shown"], refund["audit"]]), json!([true, true, true]), "{refund}");
    let cancel = told.one("cancel");
    assert_eq!(json!([cancel["left"], cancel["state"]]), json!([0, "canceled"]), "{cancel}");
    assert!(cancel["missing"].as_str().unwrap().contains("reason"), "{cancel}");
    assert_eq!(told.of("shop").len(), 2);
    for story in told.of("shop") {
        let seen = json!([story["path"], story["length"], story["again"], story["works"], story["ended"]]);
        assert_eq!(seen, json!(["/console/once", 40, false, true, true]), "{story}");
    }
    for story in told.of("setup") {
        assert_eq!(story["subjects"], 7, "{story}");
    }
    for name in ["refund", "cancel"] {
        told.nothing_is_wrong_but(name, &["409"]);
    }
    for name in ["shop", "setup"] {
        told.nothing_is_wrong_but(name, &[]);
    }
}

/// The lists of the console: filters with and without scripts, totals, saved filters, files, keys, and each list on every screen.
#[tokio::test(flavor = "multi_thread")]
async fn operators_filter_count_save_and_export_lists() {
    let told = run_story("lists-browser", "lists.mjs").await;
    for story in told.of("form") {
        let found = json!([story["found"], story["first"], story["totals"], story["again"]]);
        assert_eq!(found, json!([3, "30000", true, 3]), "{story}");
        // A browser without scripts does not fetch the file: its head and three rows.
        assert!(story["csv"] == false || story["csv"] == 4, "{story}");
        assert!(story["refused"].as_str().unwrap().contains("1405/09/10"), "{story}");
    }
    let keys = told.one("keys");
    assert_eq!(json!([keys["searched"], keys["typed"], keys["row"]]), json!(["q", "j", 1]), "{keys}");
    let wide = told.of("fits").into_iter().filter(|story| story["width"].as_i64() >= Some(1_280));
    for story in wide {
        assert_eq!(json!([story["scrolls"], story["wrapped"]]), json!([false, false]), "{story}");
    }
    for name in ["form", "keys"] {
        told.nothing_is_wrong_but(name, &[]);
    }
}

/// The start page of a sandbox: on each screen, in the dark, and the way to it from a path that no platform has.
#[tokio::test(flavor = "multi_thread")]
async fn the_start_page_is_read_and_its_programs_are_copied_on_every_screen() {
    let told = run_story("start-page-browser", "start.mjs").await;
    assert_eq!(told.of("start").len(), 5);
    for story in told.of("start") {
        assert_eq!(story["programs"], 12, "{story}");
        assert_ne!(story["copied"], false, "{story}");
    }
    told.nothing_is_wrong_but("start", &[]);
    let missing = told.one("missing");
    assert_eq!(json!([missing["status"], missing["landed"]]), json!([404, "/"]), "{missing}");
}

/// A shop's look, receipts by means, card numbers while they are typed, Web OTP, consents, and the console's page of looks.
#[tokio::test(flavor = "multi_thread")]
async fn shops_look_like_themselves_and_users_take_back_what_they_allow() {
    let told = run_story("looks-browser", "look.mjs").await;
    assert_eq!(told.of("shop").len(), 10);
    for story in told.of("shop") {
        let (head, about) = (story["head"].as_str().unwrap(), story["about"].as_str().unwrap());
        assert!(head.contains("کتاب‌فروشی Book") && head.contains("www.book.example"), "{story}");
        assert_eq!((about, &story["logo"], &story["inline"]), ("سفارش Book 12 (جلد ۱)!", &json!(16), &json!(false)));
        let sum =
            if story["name"].as_str().unwrap().ends_with("en") { "54,500 rials" } else { "۵۴٬۵۰۰ ریال" };
        assert!(story["sums"][0].as_str().unwrap().contains(sum), "{story}");
        // Black on the shop's own yellow, in both schemes.
        let button = json!({"ground": "rgb(255, 221, 0)", "text": "rgb(0, 0, 0)"});
        assert!(story["button"] == button || story["scripts"] == false, "{story}");
    }
    told.nothing_is_wrong_but("shop", &[]);
    let typing = told.one("typing");
    let grouped = "5022 0000 1234 0000";
    assert_eq!(typing["pasted"], json!([grouped, grouped, grouped, grouped]));
    assert_eq!(json!([typing["removed"], typing["typed"]]), json!([["5220 0001 2340 000", 1], [grouped, 2]]));
    assert_eq!(typing["deleted"], json!(["5022 0001 2340 000", 4]));
    let fields = typing["fields"].as_array().unwrap();
    assert!(fields.contains(&json!(["pan", "cc-number"])) && fields.contains(&json!(["cvv2", "cc-csc"])), "{typing}");
    let otp = told.one("web otp");
    assert_eq!(json!([otp["asked"], otp["same"]]), json!([["{\"transport\":[\"sms\"]}"], true]));
    assert_eq!(told.of("receipt").len(), 2);
    for story in told.of("receipt") {
        let english = story["name"].as_str().unwrap().ends_with("en");
        let [total, card, voucher, pay] = match english {
            true => ["327,000 rials", "Card 227,000", "Voucher 100,000", "Pay 227,000 rials"],
            false => ["۳۲۷٬۰۰۰ ریال", "کارت ۲۲۷٬۰۰۰", "بن تخفیف ۱۰۰٬۰۰۰", "پرداخت ۲۲۷٬۰۰۰ ریال"],
        };
        let headline = story["headline"].as_str().unwrap();
        assert!([total, card, voucher].iter().all(|part| headline.contains(part)), "{story}");
        assert!(story["lines"].as_str().unwrap().contains(total) && story["button"] == pay, "{story}");
        assert_eq!(json!([story["printed"], story["told"]["paid"]]), json!([0, "true"]), "{story}");
        assert_eq!(story["told"]["maskedCardNumber"], "502200******0000", "{story}");
        let shown = story["shown"].as_str().unwrap();
        assert!(shown.contains(total) && !shown.contains("502200"), "{story}");
    }
    // A link of a paid invoice is 409.
    told.nothing_is_wrong_but("receipt", &["409"]);
    assert_eq!(told.of("consents").len(), 2);
    for story in told.of("consents") {
        assert_eq!(json!([story["rights"].as_array().unwrap().len(), story["left"]]), json!([3, 0]), "{story}");
        assert!(story["client"].as_str().unwrap().contains("کتاب‌فروشی Book"), "{story}");
        assert!(story["listed"].as_str().unwrap().contains("shop"), "{story}");
    }
    told.nothing_is_wrong_but("consents", &[]);
    assert_eq!(told.of("operators").len(), 2);
    for story in told.of("operators") {
        let (grounds, logos) = (json!(["rgb(170, 17, 85)", "rgb(170, 17, 85)"]), json!([true, true]));
        let is_seen = story["grounds"] == grounds && story["logos"] == logos;
        assert!(is_seen || story["grounds"].is_null(), "{story}");
        assert_eq!(story["saved"], "?done=1", "{story}");
        let refused = story["refused"].as_str().unwrap();
        assert!(refused.starts_with("Logo: ") || refused.starts_with("نشان: "), "{story}");
    }
    told.nothing_is_wrong_but("operators", &["409"]);
}
