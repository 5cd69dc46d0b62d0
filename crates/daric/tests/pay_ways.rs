//! A payer's way through the payment pages: going on where it was, going back, loading a page again, and what each end leads to.

use crate::console::{ADMIN, signed_in};
use crate::harness;
use crate::harness::server::{OnStore, each_store};
use crate::pay_pages::{BACK, CARD, Gateway, encoded, pan};
use rstest_reuse::apply;

use harness::browser::{Tab, field, text};
use harness::client::{Call, Reply};
use harness::pod::{ALI, SHOP, line, link_of};
use harness::server::verify;
use harness::world::World;
use serde_json::json;

const MOBILE: &str = "+989123456789";

impl Gateway {
    /// The number of passwords that the card's holder was sent.
    async fn sent(&mut self) -> usize {
        let list = Call::get("/admin/v1/sms").query("to", MOBILE).query("limit", "100");
        self.world.operator(list).await.unwrap().as_array().unwrap().len()
    }

    /// The password of the newest SMS.
    async fn newest_otp(&mut self) -> String {
        let sms = self.world.newest_sms(MOBILE).await.unwrap();
        sms.lines().next().unwrap().split_once(": ").unwrap().1.to_owned()
    }

    /// Loads the pages as a payer does who goes back, forward and reloads.
    async fn wanders(&mut self) {
        for step in ["/card/otp", "", "/card", "/card/otp", "/card/pay", "/card/otp?lang=en", "/card/otp?lang=fa"] {
            let reply = self.get(step).await;
            assert!([200, 303].contains(&reply.status), "{step}: {reply}");
        }
    }

    async fn lands_with(&mut self, step: &str, form: &str, parts: &[&str]) -> String {
        let reply = self.lands(step, form).await;
        let html = text(&reply);
        assert!(reply.status == 200 && parts.iter().all(|part| html.contains(part)), "{step} {form} {parts:?}: {html}");
        html
    }
}

/// The link of an invoice in another browser.
async fn in_another_browser(gateway: &mut Gateway, more: &str) -> Reply {
    let link = link_of(&gateway.invoice, more).header("accept", "text/html,application/xhtml+xml");
    gateway.world.send(&link).await.unwrap()
}

/// Issues an invoice of 327,000 rials, and opens its page in the same browser.
async fn large(gateway: &mut Gateway) {
    gateway.invoice = gateway.world.issue(SHOP, &format!("userId=101&{}", line(300_000, "1"))).await;
    let came = gateway.follow("").await;
    gateway.is_at(came.header("location").unwrap());
}

#[apply(each_store)]
async fn a_link_that_is_opened_again_goes_on_where_the_payer_was_over_a_restart(#[case] _on: OnStore) {
    let back = format!("redirectUri={}", encoded(BACK));
    let mut gateway = Gateway::enter("ways-again", "", &back).await;
    // Nothing was sent yet: the link begins a session, as in any browser.
    let fresh = gateway.follow(&back).await;
    assert!(fresh.status == 303 && fresh.header("location") != Some(gateway.base()), "{fresh}");
    gateway.post("/card", "").await;
    for more in [&*back, "", "gateway=PEP"] {
        let again = gateway.follow(more).await;
        gateway.goes_to(&again, "/card/otp");
        assert!(text(&gateway.led(again).await).contains("name=\"pan\""), "no password was asked for");
    }
    gateway.lands_with("/card/otp", CARD, &["رمز پویا به موبایل صاحب کارت پیامک شد", "name=\"otp\""]).await;
    for _ in 0..2 {
        let again = gateway.follow(&back).await;
        let page = text(&gateway.led(again).await);
        assert!(page.contains("502200******0000") && page.contains("name=\"otp\""), "{page}");
        gateway = gateway.restarted().await;
    }
    // On SQLite the passwords of cards are gone with the process; the page says so, and sends another one.
    gateway.lands("/card/otp", &format!("{CARD}&again=1")).await;
    let otp = gateway.newest_otp().await;
    let paid = gateway.post("/card/pay", &format!("{CARD}&otp={otp}")).await;
    gateway.goes_to(&paid, "/result");
    // A finished link shows the receipt and the way back; the card is forgotten.
    for more in [&*back, "gateway=PEP"] {
        let again = gateway.follow(more).await;
        gateway.goes_to(&again, "/result");
        let receipt = text(&gateway.led(again).await);
        assert!(receipt.contains("پرداخت انجام شد") && receipt.contains("paid=true"), "{receipt}");
    }
    let name = format!("daric_step_{}", gateway.base().rsplit('/').next().unwrap());
    assert_eq!(gateway.tab.cookie(&name), Some(""));
    // A payer who has left begins anew.
    large(&mut gateway).await;
    let left = gateway.base().to_owned();
    gateway.post("/card", "").await;
    gateway.post("/cancel", "").await;
    let anew = gateway.follow("").await;
    assert!(anew.status == 303 && !anew.header("location").unwrap().starts_with(&left), "{anew}");
    let World { server, home, .. } = gateway.world;
    server.stop();
    verify(&home);
}

#[apply(each_store)]
async fn another_browser_sees_until_when_the_invoice_is_held_and_its_holder_can_let_go(#[case] _on: OnStore) {
    let back = format!("redirectUri={}", encoded(BACK));
    let mut gateway = Gateway::enter("ways-held", "", &back).await;
    gateway.post("/card", "").await;
    let error = "errorResult=%7B%22hasError%22%3Atrue%2C%22errorCode%22%3A72";
    let seen = in_another_browser(&mut gateway, &back).await;
    let html = text(&seen);
    assert!(seen.status == 409 && html.contains("تا ساعت ۱۱:۲۰ در مرورگر یا دستگاه دیگری"), "{html}");
    assert!(html.contains(error) && html.contains("بررسی دوباره") && html.contains("بازگشت به فروشگاه"), "{html}");
    let english = text(&in_another_browser(&mut gateway, &format!("{back}&lang=en")).await);
    assert!(english.contains("until 11:20") && english.contains("Pay later or elsewhere"), "{english}");
    // A program gets POD's error, as documented.
    let told = gateway.world.send(&link_of(&gateway.invoice, &back)).await.unwrap();
    assert!(told.status == 302 && told.header("location").unwrap().contains(error), "{told}");
    // The holder sees it, too, and lets go; the session stays.
    let html = text(&gateway.get("").await);
    assert!(html.contains("این فاکتور تا ساعت ۱۱:۲۰ برای این مرورگر نگه داشته شده است"), "{html}");
    gateway.lands_with("/card/leave", "", &["فاکتور آزاد شد"]).await;
    let mut other = Tab::of(gateway.world.server.address);
    let came = other.send(&mut gateway.world, link_of(&gateway.invoice, "")).await;
    let theirs = came.header("location").unwrap().to_owned();
    assert_eq!(came.status, 303);
    let opened = other.submit(&mut gateway.world, &theirs, &format!("{theirs}/card"), "").await;
    assert_eq!(opened.header("location"), Some(&*format!("{theirs}/card")));
    // Now it is the other one's, in this session as well.
    let html = text(&gateway.get("").await);
    assert!(html.contains("تا ساعت ۱۱:۲۰ در مرورگر یا دستگاه دیگری"), "{html}");
    // The other one leaves, and this one pays.
    other.submit(&mut gateway.world, &theirs, &format!("{theirs}/cancel"), "").await;
    gateway.tab.log_in(&mut gateway.world, "ali").await;
    let paid = gateway.post("/wallet", "").await;
    gateway.goes_to(&paid, "/result");
}

#[apply(each_store)]
async fn a_payer_goes_from_the_card_to_the_wallet_and_back_and_no_page_sends_or_counts_anything(#[case] _on: OnStore) {
    let mut gateway = Gateway::enter("ways-back", "", "gateway=PEP").await;
    // The other ways to pay are there before any form, too.
    let html = text(&gateway.get("").await);
    assert!(html.contains("وارد پی پاد شوید") && html.contains(&format!("href=\"{}/card\"", gateway.base())), "{html}");
    gateway.lands_with("/card/otp", CARD, &["name=\"otp\""]).await;
    gateway.wanders().await;
    assert_eq!(gateway.sent().await, 1);
    let html = text(&gateway.get("").await);
    let goes_on = [format!("href=\"{}/card/otp\"", gateway.base()), "تا ساعت ۱۱:۰۲:۰۰ اعتبار دارد".to_owned()];
    assert!(goes_on.iter().all(|part| html.contains(part)), "{html}");
    // The payer looks at the wallet, and the card that is typed again needs no other SMS.
    gateway.tab.log_in(&mut gateway.world, "ali").await;
    assert!(text(&gateway.get("").await).contains("۱۰٬۰۰۰٬۰۰۰"));
    gateway.lands_with("/card/otp", CARD, &["هنوز اعتبار دارد", "name=\"otp\""]).await;
    // The same after the card step was left and opened again.
    gateway.lands("/card/leave", "").await;
    gateway.lands_with("/card", "", &["name=\"pan\""]).await;
    gateway.lands_with("/card/otp", CARD, &["هنوز اعتبار دارد"]).await;
    assert_eq!(gateway.sent().await, 1);
    let first = gateway.newest_otp().await;
    let wrong = if first == "00000" { "11111" } else { "00000" };
    gateway.lands_with("/card/pay", &format!("{CARD}&otp={wrong}"), &["۲ بار دیگر می‌توانید تلاش کنید", "(۵۵)"]).await;
    // Nothing that is loaded again counts a try.
    for _ in 0..4 {
        gateway.wanders().await;
    }
    let english = text(&gateway.get("/card/otp?lang=en").await);
    assert!(english.contains("Tries left before the card is locked: 2."), "{english}");
    assert!(text(&gateway.get("/card/otp?lang=fa").await).contains("۲ بار دیگر می‌توانید تلاش کنید"));
    // Another password is sent when the payer asks for it.
    gateway.lands_with("/card/otp", &format!("{CARD}&again=1"), &["پیامک شد"]).await;
    assert_eq!(gateway.sent().await, 2);
    // The wallet pays, although the card step is open, and the password pays nothing any more.
    let otp = gateway.newest_otp().await;
    let csrf = field(&gateway.get("/card").await, "csrf").unwrap();
    let paid = gateway.post("/wallet", "").await;
    gateway.goes_to(&paid, "/result");
    let path = format!("{}/card/pay", gateway.base());
    let late = gateway.tab.post(&mut gateway.world, &path, &format!("csrf={csrf}&{CARD}&otp={otp}")).await;
    gateway.goes_to(&late, "/result");
    assert_eq!(gateway.world.guild(SHOP, "API_GUILD").await, (54_500, 0));
    let World { server, home, .. } = gateway.world;
    server.stop();
    verify(&home);
}

#[apply(each_store)]
async fn a_password_s_page_has_its_own_time_and_says_that_it_has_expired(#[case] _on: OnStore) {
    let mut gateway = Gateway::enter("ways-expired", "", "gateway=PEP").await;
    gateway.lands("/card/otp", CARD).await;
    let first = gateway.newest_otp().await;
    // The remaining time is the password's, however often the page is loaded, in the digits of the reader.
    for (clock, seconds) in [("11:00:00", "120"), ("11:00:40", "80"), ("11:01:59", "1")] {
        gateway.world.set_clock(&format!("2026-11-21T{clock}+03:30")).await.unwrap();
        let html = text(&gateway.get("/card/otp?lang=fa").await);
        assert!(
            html.contains("<bdi>۱۱:۰۲:۰۰</bdi>") && html.contains(&format!("data-seconds=\"{seconds}\"")),
            "{html}"
        );
        let english = text(&gateway.get("/card/otp?lang=en").await);
        assert!(english.contains("Password valid until <bdi>11:02:00</bdi>"), "{english}");
    }
    gateway.get("/card?lang=fa").await;
    gateway.world.set_clock("2026-11-21T11:02:00+03:30").await.unwrap();
    for _ in 0..2 {
        let html = text(&gateway.get("/card/otp").await);
        assert!(html.contains("رمز در ساعت ۱۱:۰۲:۰۰ منقضی شد"), "{html}");
        assert!(
            html.contains("role=\"alert\"") && !html.contains("name=\"otp\"") && html.contains("name=\"again\""),
            "{html}"
        );
    }
    // A form that was open all the time gets the same answer, and is no wrong try.
    for _ in 0..4 {
        gateway.lands_with("/card/pay", &format!("{CARD}&otp={first}"), &["رمز منقضی شده است", "(۵۵)"]).await;
    }
    // The form of the page sends the next one.
    let page = gateway.get("/card/otp").await;
    let sealed = field(&page, "card").unwrap();
    gateway.lands_with("/card/otp", &format!("card={sealed}&again=1"), &["پیامک شد", "۱۱:۰۴:۰۰"]).await;
    let otp = gateway.newest_otp().await;
    let sealed = field(&gateway.get("/card/otp").await, "card").unwrap();
    let paid = gateway.post("/card/pay", &format!("card={sealed}&otp={otp}")).await;
    gateway.goes_to(&paid, "/result");
    assert_eq!(gateway.sent().await, 2);
}

#[apply(each_store)]
async fn a_voucher_is_applied_removed_and_taken_off_on_every_page(#[case] _on: OnStore) {
    let mut gateway = Gateway::enter("ways-voucher", "", "").await;
    large(&mut gateway).await;
    let (whole, off, left) = ("۳۲۷٬۰۰۰", "− ۱۰۰٬۰۰۰", "۲۲۷٬۰۰۰");
    gateway
        .lands_with(
            "/voucher",
            "code=NOPE",
            &["id=\"code-error\"", "value=\"NOPE\"", "aria-describedby=\"code-error\""],
        )
        .await;
    gateway.lands_with("/voucher", "code=GIFT100", &["بن تخفیف اعمال شد", off, left, "برداشتن بن"]).await;
    gateway.lands_with("/card", "", &[whole, off, left, "مانده پرداخت"]).await;
    gateway.lands_with("/card/otp", CARD, &[whole, off, left, "مانده پرداخت"]).await;
    // It is removed on the page of the other ways to pay; the card then pays the whole amount, with another password.
    let html = gateway.lands_with("/voucher/remove", "", &["بن تخفیف برداشته شد", whole]).await;
    assert!(!html.contains(off) && !html.contains("برداشتن بن"), "{html}");
    gateway.lands_with("/card/otp", CARD, &["پیامک شد", whole]).await;
    assert_eq!(gateway.sent().await, 2);
    let html = gateway.lands_with("/voucher", "code=GIFT100", &[left]).await;
    assert!(!html.contains("اعتبار دارد"), "the password is for another amount: {html}");
    gateway.lands("/card/otp", CARD).await;
    let otp = gateway.newest_otp().await;
    let paid = gateway.post("/card/pay", &format!("{CARD}&otp={otp}")).await;
    gateway.goes_to(&paid, "/result");
    assert_eq!(gateway.world.guild(SHOP, "API_GUILD").await, (227_000, 0));
}

/// pod.md 6: what a shop does not verify in time goes back, and its invoice can be paid again.
#[apply(each_store)]
async fn an_invoice_whose_payment_has_gone_back_can_be_paid_again_in_the_same_browser(#[case] _on: OnStore) {
    let back = format!("redirectUri={}", encoded(BACK));
    let mut gateway = Gateway::enter("ways-returned", "verificationNeeded=true", &back).await;
    gateway.tab.log_in(&mut gateway.world, "ali").await;
    let paid = gateway.post("/wallet", "").await;
    gateway.goes_to(&paid, "/result");
    let receipt = text(&gateway.get("/result").await);
    assert!(!receipt.contains("/again\""), "{receipt}");
    gateway.world.set_clock("2026-11-21T12:00:01+03:30").await.unwrap();
    let receipt = text(&gateway.get("/result").await);
    let again = format!("href=\"{}/again\"", gateway.base());
    assert!(receipt.contains("مبلغ بازگردانده شد") && receipt.contains(&again), "{receipt}");
    // The link begins a session as well, and so does the receipt's button.
    let anew = gateway.follow(&back).await;
    assert!(anew.status == 303 && !anew.header("location").unwrap().starts_with(gateway.base()), "{anew}");
    let begun = gateway.get("/again").await;
    gateway.is_at(begun.header("location").unwrap());
    let paid = gateway.post("/wallet", "").await;
    gateway.goes_to(&paid, "/result");
    assert!(text(&gateway.get("/result").await).contains("منتظر تأیید فروشنده"));
}

/// While one session's card payment is undecided, no other session says that nothing was paid.
#[apply(each_store)]
async fn a_session_beside_an_undecided_card_payment_waits_with_it(#[case] _on: OnStore) {
    let back = format!("redirectUri={}", encoded(BACK));
    let mut gateway = Gateway::enter("ways-undecided", "", &format!("{back}&gateway=PEP")).await;
    let mut other = Tab::of(gateway.world.server.address);
    let mut theirs = Vec::new();
    for _ in 0..2 {
        let came = other.send(&mut gateway.world, link_of(&gateway.invoice, &back)).await;
        theirs.push(came.header("location").unwrap().to_owned());
    }
    let csrf = field(&other.get(&mut gateway.world, &theirs[0]).await, "csrf").unwrap();
    let fault = json!({"fault": "card_network_timeout", "trackId": gateway.invoice["id"].to_string()});
    gateway.world.arm_rule(&fault).await.unwrap();
    let reply = gateway.pay_with(&pan("603799", "1234")).await;
    assert!(reply.header("location").unwrap().contains("/card/wait?attempt="), "{reply}");
    // One is left, the other one is over.
    let left = other.post(&mut gateway.world, &format!("{}/cancel", theirs[0]), &format!("csrf={csrf}")).await;
    assert_eq!((left.status, left.header("location")), (303, Some(&*theirs[0])), "{left}");
    gateway.world.set_clock("2026-11-21T11:25:00+03:30").await.unwrap();
    for base in &theirs {
        let html = text(&other.get(&mut gateway.world, base).await);
        assert!(html.contains("دوباره پرداخت نکنید") && !html.contains("paid=false"), "{html}");
        assert!(!html.contains("/again\""), "{html}");
    }
}

/// A shop leads to the payment with its own way back, although the payer has opened the bare link before.
#[apply(each_store)]
async fn a_link_with_its_own_way_back_begins_a_session_and_a_bare_one_follows_the_last(#[case] _on: OnStore) {
    let mut gateway = Gateway::enter("ways-addresses", "", "").await;
    gateway.lands("/card", "").await;
    gateway.lands("/card/leave", "").await;
    let bare = gateway.base().to_owned();
    let again = gateway.follow("").await;
    gateway.goes_to(&again, "");
    let back = format!("redirectUri={}", encoded(BACK));
    let came = gateway.follow(&back).await;
    assert!(came.status == 303 && !came.header("location").unwrap().starts_with(&bare), "{came}");
    gateway.is_at(came.header("location").unwrap());
    gateway.lands("/card", "").await;
    gateway.lands("/card/leave", "").await;
    for more in ["", &*back] {
        let again = gateway.follow(more).await;
        gateway.goes_to(&again, "");
    }
    gateway.tab.log_in(&mut gateway.world, "ali").await;
    let paid = gateway.post("/wallet", "").await;
    gateway.goes_to(&paid, "/result");
    assert!(text(&gateway.get("/result").await).contains("paid=true"));
}

/// An operator learns why a payment on the page failed, also when the sessions are gone.
#[apply(each_store)]
async fn an_invoice_keeps_why_its_last_card_was_declined(#[case] _on: OnStore) {
    let mut gateway = Gateway::enter("ways-declined", "", "gateway=PEP").await;
    let read = async |gateway: &mut Gateway| {
        let id = gateway.invoice["id"].to_string();
        let call = Call::get(&format!("/admin/v1/invoices/{id}"));
        let read = gateway.world.operator(call).await.unwrap();
        json!([read["declined"], read["declinedAt"], read["declines"]])
    };
    assert_eq!(read(&mut gateway).await, json!([null, null, null]));
    gateway.lands("/card/otp", CARD).await;
    let otp = gateway.newest_otp().await;
    let wrong = if otp == "00000" { "11111" } else { "00000" };
    gateway.lands("/card/pay", &format!("{CARD}&otp={wrong}")).await;
    gateway.lands("/card/pay", &format!("{CARD}&otp={wrong}")).await;
    assert_eq!(read(&mut gateway).await, json!([55, "2026-11-21T07:30:00Z", 2]));
    let mut admin = signed_in(&mut gateway.world, ADMIN).await;
    let id = gateway.invoice["id"].to_string();
    let page = text(&admin.get(&mut gateway.world, &format!("/console/invoices/{id}?lang=en")).await);
    assert!(page.contains("Card declined") && page.contains("The password is wrong (55)"), "{page}");
    // It stays beside the payment.
    let paid = gateway.post("/card/pay", &format!("{CARD}&otp={otp}")).await;
    gateway.goes_to(&paid, "/result");
    assert_eq!(read(&mut gateway).await, json!([55, "2026-11-21T07:30:00Z", 2]));
}

#[apply(each_store)]
async fn a_credit_is_applied_and_removed(#[case] _on: OnStore) {
    let mut gateway = Gateway::enter("ways-credit", "", "").await;
    gateway.invoice = gateway.world.issue(SHOP, &line(50_000, "1")).await;
    let credit = json!({"holder": 101, "hash": "ways", "limit": 20_000});
    gateway.world.operator(Call::post("/admin/v1/parties/103/credits").json(&credit)).await.unwrap();
    let came = gateway.follow("").await;
    gateway.is_at(came.header("location").unwrap());
    gateway.tab.log_in(&mut gateway.world, "ali").await;
    gateway.lands_with("/credit", "hash=ways", &["اعتبار اعمال شد", "۳۴٬۵۰۰", "برداشتن اعتبار"]).await;
    let html = gateway.lands_with("/credit/remove", "", &["اعتبار برداشته شد", "۵۴٬۵۰۰"]).await;
    assert!(!html.contains("برداشتن اعتبار") && !html.contains("۳۴٬۵۰۰"), "{html}");
    let paid = gateway.post("/wallet", "").await;
    gateway.goes_to(&paid, "/result");
    assert_eq!(gateway.world.wallet(ALI).await, 10_000_000 - 54_500);
}

/// The local gateway pays at once: the other language of what it says of a payment that it has declined does not ask it again.
#[apply(each_store)]
async fn the_other_language_of_a_declined_payment_does_not_pay(#[case] _on: OnStore) {
    let mut gateway = Gateway::enter("ways-language", "", "").await;
    let rule = json!({"fault": "card:51", "trackId": gateway.invoice["id"].to_string()});
    gateway.world.arm_rule(&rule).await.unwrap();
    let html = text(&gateway.follow("gateway=LOC").await);
    let other = html.split("href=\"").find(|part| part.contains("lang=en")).unwrap().split('"').next().unwrap();
    assert!(!other.contains("LOC"), "{other}");
    let led = gateway.tab.get(&mut gateway.world, &other.replace("&amp;", "&").replace("&#38;", "&")).await;
    assert_eq!(led.status, 303, "{led}");
    let id = gateway.invoice["id"].as_i64().unwrap();
    assert_eq!(gateway.world.invoice(SHOP, id).await["payed"], json!(false));
}

/// A payer sees the receipt of a paid invoice, although the link names a way back; a program is told the error.
#[apply(each_store)]
async fn a_paid_link_shows_its_receipt_to_whoever_opens_it(#[case] _on: OnStore) {
    let back = format!("redirectUri={}", encoded(BACK));
    let mut gateway = Gateway::enter("ways-paid", "", &back).await;
    gateway.tab.log_in(&mut gateway.world, "ali").await;
    let paid = gateway.post("/wallet", "").await;
    gateway.goes_to(&paid, "/result");
    let seen = in_another_browser(&mut gateway, &back).await;
    let html = text(&seen);
    assert!(
        html.contains("۵۴٬۵۰۰") && html.contains("errorCode%22%3A24") && html.contains("بازگشت به فروشگاه"),
        "{html}"
    );
    assert!(!html.contains("کد خطا") && !html.contains(">ali<"), "{html}");
    let told = gateway.world.send(&link_of(&gateway.invoice, &back)).await.unwrap();
    assert!(told.status == 302 && told.header("location").unwrap().contains("errorCode%22%3A24"), "{told}");
}

#[apply(each_store)]
async fn every_end_leads_on(#[case] _on: OnStore) {
    let mut gateway = Gateway::enter("ways-ends", "", "").await;
    // A form that is not ours leads to the payment.
    let path = format!("{}/voucher", gateway.base());
    let stale = gateway.tab.post(&mut gateway.world, &path, "csrf=x&code=1").await;
    assert!(stale.status == 403 && text(&stale).contains(&format!("href=\"{}\"", gateway.base())), "{stale}");
    // A payer who has left, or came too late, can begin again, with the same way back.
    let again = format!("href=\"{}/again\"", gateway.base());
    let left = gateway.post("/cancel", "").await;
    gateway.goes_to(&left, "");
    let html = text(&gateway.led(left).await);
    assert!(html.contains("از پرداخت انصراف دادید") && html.contains(&again), "{html}");
    let begun = gateway.get("/again").await;
    let base = begun.header("location").unwrap().to_owned();
    assert!(begun.status == 303 && base != gateway.base(), "{begun}");
    gateway.is_at(&base);
    gateway.world.set_clock("2026-11-21T11:20:00+03:30").await.unwrap();
    let html = text(&gateway.get("").await);
    assert!(html.contains("مهلت پرداخت تمام شد") && html.contains(&format!("{base}/again")), "{html}");
    let begun = gateway.get("/again").await;
    gateway.is_at(begun.header("location").unwrap());
    let open = gateway.get("/again").await;
    gateway.goes_to(&open, "");
    // Beginning again is refused as the link is.
    let over = gateway.base().to_owned();
    gateway.post("/cancel", "").await;
    gateway.world.hold(&gateway.invoice.clone()).await;
    let html = text(&gateway.tab.get(&mut gateway.world, &format!("{over}/again")).await);
    assert!(html.contains("تا ساعت ۱۱:۴۰ در مرورگر یا دستگاه دیگری"), "{html}");
    // An outcome that is not known is not told as a failure.
    for (code, title) in [(378, "نتیجه هنوز معلوم نیست"), (999, "نتیجه هنوز معلوم نیست"), (227, "اکنون پاسخ‌گو نیستیم")]
    {
        gateway.invoice = gateway.world.issue(SHOP, &line(50_000, "1")).await;
        let rule = json!({"fault": format!("pod:{code}"), "trackId": gateway.invoice["id"].to_string()});
        gateway.world.arm_rule(&rule).await.unwrap();
        let invoice = gateway.invoice.clone();
        let reply = gateway.world.follow(&invoice, "gateway=LOC").await;
        let html = text(&reply);
        assert!(reply.status == 409 && html.contains(title) && !html.contains("sign bad"), "{code}: {html}");
        assert!(html.contains("href=\"/v1/pbc/payInvoiceByUniqueNumber?"), "{code}: {html}");
    }
}
