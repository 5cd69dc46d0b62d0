//! Rules of POD's services that no golden case and no row of the error table covers: lists, statements, texts of SMS, the work of the clock, refunds
//! (`pod.md` 3, 4, 6, 7).

use crate::harness;
use crate::harness::server::{OnStore, each_store, temporary};
use rstest_reuse::apply;

use harness::client::Call;
use harness::matcher::text_matches;
use harness::pod::{ALI, NIMA, SHOP, SUPPLIER, ZAHRA, answer_of, line, service_call};
use harness::server::{Launch, verify};
use harness::world::{OPERATOR, World};
use serde_json::{Value, json};

const MOBILE: &str = "+989121234567";

async fn at(world: &mut World, instant: &str) {
    world.set_clock(instant).await.unwrap();
}

fn pay(id: i64) -> String {
    format!("invoiceId={id}&wallet=PODLAND_WALLET")
}

fn id(invoice: &Value) -> i64 {
    invoice["id"].as_i64().unwrap()
}

async fn ended(world: World) {
    let World { server, home, .. } = world;
    server.stop();
    verify(&home);
}

/// pod.md 3.13: `trackerId` is the `paymentBillNumber`, and edited originals appear only when asked by `id`.
#[apply(each_store)]
async fn an_edited_invoice_is_found_by_its_id_and_no_more_by_its_former_numbers(#[case] _on: OnStore) {
    let mut world = World::start("pod-edited").await;
    let old = world.issue(SHOP, &format!("billNumber=E-1&userId=202&{}", line(50_000, "2"))).await;
    let item = &old["invoiceItemSrvs"][0]["id"];
    let ott = world.ott(SHOP).await;
    let less =
        format!("id={}&invoiceItemId[]={item}&price[]=50000&quantity[]=1&itemDescription[]=d&_ott_={ott}", id(&old));
    let new = world.pod_done(SHOP, 29803, &less).await;
    assert_eq!((&new["editedInvoiceId"], &new["billNumber"]), (&old["id"], &json!("E-1")));
    let text = |invoice: &Value, name: &str| invoice[name].as_str().unwrap().to_owned();
    let [(old_tracker, old_unique), (new_tracker, new_unique)] =
        [&old, &new].map(|invoice| (text(invoice, "paymentBillNumber"), text(invoice, "uniqueNumber")));
    assert_ne!((&old_tracker, &old_unique), (&new_tracker, &new_unique));
    for (filter, expected) in [
        (format!("id={}", id(&old)), vec![id(&old)]),
        (format!("id={}&trackerId={old_tracker}", id(&old)), vec![id(&old)]),
        (format!("trackerId={old_tracker}"), vec![]),
        (format!("uniqueNumber={old_unique}"), vec![]),
        (format!("trackerId={new_tracker}"), vec![id(&new)]),
        (format!("uniqueNumber={new_unique}"), vec![id(&new)]),
        (format!("trackerId={new_tracker}&uniqueNumber={new_unique}&billNumber=E-1"), vec![id(&new)]),
        (format!("id={}&trackerId={new_tracker}", id(&old)), vec![]),
        ("billNumber=E-1".to_owned(), vec![id(&new)]),
        (String::new(), vec![id(&new)]),
    ] {
        let found = world.pod_done(SHOP, 29813, &filter).await;
        let rows: Vec<i64> = found.as_array().unwrap().iter().map(id).collect();
        assert_eq!(rows, expected, "{filter}");
    }
    // A business that an invoice was issued to finds it by `id` or `uniqueNumber` only.
    for (filter, rows) in [(format!("uniqueNumber={new_unique}"), 1), (format!("trackerId={new_tracker}"), 0)] {
        let found = world.pod_done(SUPPLIER, 29813, &filter).await;
        assert_eq!(found.as_array().unwrap().len(), rows, "{filter}");
    }
    ended(world).await;
}

#[apply(each_store)]
async fn lists_find_invoices_by_every_filter_and_page_by_offset_and_by_number(#[case] _on: OnStore) {
    let mut world = World::start("pod-lists").await;
    let mut ids = Vec::new();
    for (number, form) in [
        "billNumber=L-0&description=blue+paper&userId=101",
        "billNumber=L-1&description=red+paper&userId=102",
        "billNumber=L-2&verificationNeeded=true&redirectURL=http://127.0.0.1:9/b",
        "billNumber=L-3&userId=101",
        "billNumber=L-4&userId=202",
    ]
    .iter()
    .enumerate()
    {
        let product = if number == 3 { 77 } else { 0 };
        let lines = line(50_000, "1").replace("productId[]=0", &format!("productId[]={product}"));
        ids.push(world.issue(SHOP, &format!("{form}&{lines}")).await);
    }
    let n: Vec<i64> = ids.iter().map(id).collect();
    world.pod_done(ALI, 29821, &pay(n[0])).await;
    world.pod_done(SHOP, 29812, &format!("id={}", n[0])).await;
    world.pod_done(SHOP, 29810, &format!("id={}", n[1])).await;
    world.follow(&ids[2], "gateway=LOC").await;
    world.pod_done(ALI, 29821, &pay(n[3])).await;
    at(&mut world, "2026-11-22T10:00:00+03:30").await;
    let sixth = world.issue(SHOP, &format!("userId=101&description=%D8%A2%D8%A8%DB%8C&{}", line(10_000, "2"))).await;
    let other = id(&world.issue(SUPPLIER, &format!("userId=201&{}", line(1_000, "1"))).await);
    let s = id(&sixth);
    let unique = ids[2]["uniqueNumber"].as_str().unwrap();
    let (reference, tracker) =
        (ids[3]["referenceNumber"].as_str().unwrap(), ids[4]["paymentBillNumber"].as_str().unwrap());
    for (filter, expected) in [
        (String::new(), &[s, n[4], n[3], n[2], n[1], n[0]][..]),
        ("offset=1&size=2".to_owned(), &[n[4], n[3]]),
        ("offset=100".to_owned(), &[]),
        (format!("firstId={}&size=2", n[1]), &[n[1], n[2]]),
        (format!("lastId={}&size=2", n[3]), &[n[3], n[2]]),
        (format!("id={}", n[2]), &[n[2]]),
        ("id=999".to_owned(), &[]),
        // An invoice that was issued to the caller is found by its number only.
        (format!("id={other}"), &[other]),
        ("billNumber=L-3".to_owned(), &[n[3]]),
        ("billNumber=L-9".to_owned(), &[]),
        (format!("billNumber=L-3&id={}", n[2]), &[]),
        (format!("uniqueNumber={unique}"), &[n[2]]),
        (format!("referenceNumber={reference}"), &[n[3]]),
        (format!("trackerId={tracker}"), &[n[4]]),
        ("userId=101".to_owned(), &[s, n[3], n[0]]),
        ("isCanceled=true".to_owned(), &[n[1]]),
        ("isPayed=true".to_owned(), &[n[3], n[0]]),
        ("isPayed=True&isClosed=0".to_owned(), &[n[3]]),
        ("isClosed=true".to_owned(), &[n[0]]),
        ("isWaiting=true".to_owned(), &[]),
        ("fromDate=1405/09/01".to_owned(), &[s]),
        ("toDate=1405/08/30".to_owned(), &[n[4], n[3], n[2], n[1], n[0]]),
        ("fromDate=1405/08/30 11:00:00&toDate=1405/08/30 11:00".to_owned(), &[n[4], n[3], n[2], n[1], n[0]]),
        ("fromDate=1405/08/30 11:00:01&toDate=1405/08/30".to_owned(), &[]),
        ("guildCode=API_GUILD&userId=202".to_owned(), &[n[4]]),
        ("guildCode=INFORMATION_TECHNOLOGY_GUILD".to_owned(), &[]),
        ("issuerId=201&userId=202".to_owned(), &[n[4]]),
        ("issuerId[]=202&issuerId[]=203".to_owned(), &[]),
        // Prefixes of words, all of them required, in any case.
        ("query=PAP".to_owned(), &[n[1], n[0]]),
        ("query=blue pap".to_owned(), &[n[0]]),
        ("query=%D8%A2%D8%A8".to_owned(), &[s]),
        ("query=aper".to_owned(), &[]),
        ("productIdList=77".to_owned(), &[n[3]]),
        ("productIdList[]=77&productIdList[]=78".to_owned(), &[n[3]]),
    ] {
        let reply = world.pod(SHOP, 29813, &filter).await;
        assert_eq!(answer_of(&reply).0, 0, "{filter}: {reply}");
        let found = reply.json().unwrap();
        let rows: Vec<i64> = found["result"].as_array().unwrap().iter().map(id).collect();
        assert_eq!(rows, expected, "{filter}");
    }
    let all = world.pod(SHOP, 29813, "size=1&isCanceled=false").await.json().unwrap();
    let sums = json!({"payableAmountSum": 4 * 54_500 + 21_800, "delegationAmountSum": 0, "totalAmountSum": 220_000});
    assert_eq!((&all["count"], &all["aggregations"]), (&json!(5), &sums));
    for wrong in [
        "offset=0&firstId=1",
        "firstId=1&lastId=9",
        "size=0",
        "size=1001",
        "isPayed=perhaps",
        "id=x",
        "issuerId=x",
        "productIdList=x",
        "offset=-1",
    ] {
        assert_eq!(answer_of(&world.pod(SHOP, 29813, wrong).await).0, 193, "{wrong}");
    }
    assert_eq!(answer_of(&world.pod(SHOP, 29813, "fromDate=1405/13/01").await).0, 10);
    assert_eq!(answer_of(&world.pod(SHOP, 29813, "guildCode=NONE").await).0, 37);
    // Money that was returned after an hour does not wait any more.
    assert_eq!(world.invoice(SHOP, n[2]).await["paymentDate"], 0);
    ended(world).await;
}

#[apply(each_store)]
async fn statements_show_what_moved_and_nothing_that_only_changed_its_pocket(#[case] _on: OnStore) {
    let mut world = World::start("pod-statements").await;
    let first = world.issue_to_ali("billNumber=S-1&description=paper").await;
    world.pod_done(ALI, 29821, &pay(first)).await;
    world.pod_done(SHOP, 29812, &format!("id={first}")).await;
    let second = world.issue_to_ali("").await;
    world.pod_done(ALI, 29821, &pay(second)).await;
    world.pod_done(SHOP, 29810, &format!("id={second}")).await;
    let list = |reply: harness::client::Reply| {
        let body = reply.json().unwrap();
        let rows = body["result"].as_array().unwrap().clone();
        assert_eq!(body["count"], rows.len());
        rows
    };
    let wallet = list(world.pod(ALI, 34991, "size=10&offset=0").await);
    let seen: Vec<_> = wallet.iter().map(|row| (&row["debtor"], &row["amount"], &row["afterTxAmount"])).collect();
    let full = json!(10_000_000);
    assert_eq!(
        seen,
        [
            (&json!(false), &json!(54_500), &json!(9_945_500)),
            (&json!(true), &json!(54_500), &json!(9_891_000)),
            (&json!(true), &json!(54_500), &json!(9_945_500)),
            (&json!(false), &full, &full),
        ]
    );
    let oldest = json!({
        "accountName": "PODLAND_WALLET", "description": "paper", "invoiceId": first, "invoiceBillNumber": "S-1",
        "invoiceClosed": true, "billSettled": true, "withdrawable": true, "issuerName": "shop", "canceled": false,
        "currency": {"name": "ریال", "code": "IRR"},
    });
    for (name, value) in oldest.as_object().unwrap() {
        assert_eq!(&wallet[2][name], value, "{name}");
    }
    // Closing moved the money of the first invoice within the guild, which makes no row.
    let guild = list(world.pod(SHOP, 34990, "size=10&offset=0&guildCode=API_GUILD").await);
    let seen: Vec<_> =
        guild.iter().map(|row| (row["debtor"] == true, row["afterTxAmount"].as_i64().unwrap())).collect();
    assert_eq!(seen, [(true, 54_500), (false, 109_000), (false, 54_500)]);
    assert_eq!(guild[0]["accountName"], "سرویس دهندگان");
    for (filter, rows) in [
        ("size=1&offset=1", 1),
        ("size=9&offset=0&debtor=true", 2),
        ("size=9&offset=0&amountFrom=54501", 1),
        ("size=9&offset=0&amountTo=54500", 3),
        ("size=9&offset=0&description=pap", 1),
        ("size=9&offset=0&dateTo=1404/01/01", 1),
        ("size=9&offset=0&dateFrom=1405/08/30", 3),
        ("size=9&offset=0&block=true", 0),
    ] {
        let reply = world.pod(ALI, 34991, filter).await.json().unwrap();
        assert_eq!(reply["result"].as_array().unwrap().len(), rows, "{filter}: {reply}");
    }
    assert_eq!(answer_of(&world.pod(ALI, 34991, "size=9").await), (193, "پارامتر offset وارد نشده است".to_owned()));
    ended(world).await;
}

#[apply(each_store)]
async fn an_sms_says_word_for_word_what_the_document_says_and_its_code_dies_as_it_says(#[case] _on: OnStore) {
    let mut world = World::start("pod-sms").await;
    let (head, base) = ("*سرزمین هوشمند پاد*\nshop برای شما فاکتور شماره", format!("http://{}", world.server.address));
    let first = world.issue_to_ali("").await;
    let code = "جهت پرداخت از کیف پول خود ، کد <digits6> را به همین شماره پیامک کنید";
    for (kind, third) in [
        ("3", format!("{code}یابر روی لینک زیر کلیک نمایید.\n{base}/s/<alnum8>")),
        ("2", format!("جهت پرداخت بر روی لینک زیر کلیک نمایید.\n{base}/s/<alnum8>")),
        ("1", format!("{code}.")),
    ] {
        world.pod_done(SHOP, 29807, &format!("invoiceId={first}&smsContentType={kind}")).await;
        let text = world.newest_sms(MOBILE).await.unwrap();
        let expected = format!("{head} {first} به مبلغ 54,500 ریال صادر نموده است .\n{third}");
        assert!(text_matches(&expected, &text), "{text} is not {expected}");
    }
    let number = |text: &str| text.split_once("کد ").unwrap().1[..6].to_owned();
    let newest = number(&world.newest_sms(MOBILE).await.unwrap());
    let confirm = |code: &str| service_call(ALI, 369_550, &format!("invoiceId={first}&code={code}"));
    // At most three SMS in ten minutes (second-edition 4.1).
    let fourth = answer_of(&world.pod(SHOP, 29807, &format!("invoiceId={first}&smsContentType=1")).await);
    assert_eq!(fourth, (999, "تعداد پیامک های ارسالی بیش از حد مجاز است".to_owned()));
    // A text that cannot be a code is no try. Three wrong codes close the invoice's code, whichever way they come.
    let inbound = |text: &str| Call::post("/sms/inbound").json(&json!({"from": "989121234567", "text": text}));
    let wrong = if newest == "000000" { "000001" } else { "000000" };
    for no_code in ["12345", "abcdef", "1234567", "12345x"] {
        assert_eq!(answer_of(&world.send(&confirm(no_code)).await.unwrap()).0, 193, "{no_code}");
    }
    assert_eq!(answer_of(&world.send(&confirm(wrong)).await.unwrap()).0, 193);
    for _ in 0..2 {
        assert_eq!(
            world.send(&inbound(wrong)).await.unwrap().json().unwrap(),
            json!({"accepted": false, "paid": false})
        );
    }
    assert_eq!(answer_of(&world.send(&confirm(&newest)).await.unwrap()).0, 193);
    assert_eq!(answer_of(&world.pod(SHOP, 29807, &format!("invoiceId={first}&smsContentType=1")).await).0, 999);
    at(&mut world, "2026-11-21T11:10:00+03:30").await;
    // Each number in a text counts as a try.
    world.pod_done(SHOP, 29807, &format!("invoiceId={first}&smsContentType=1")).await;
    let third = number(&world.newest_sms(MOBILE).await.unwrap());
    let wrong: Vec<String> = (0..4).map(|n| format!("00000{n}")).filter(|wrong| *wrong != third).take(3).collect();
    let many = inbound(&format!("{} {third}", wrong.join(" ")));
    assert_eq!(world.send(&many).await.unwrap().json().unwrap(), json!({"accepted": false, "paid": false}));
    assert_eq!(answer_of(&world.send(&confirm(&third)).await.unwrap()).0, 193);
    assert_eq!(world.invoice(SHOP, first).await["payed"], false);
    at(&mut world, "2026-11-21T11:20:00+03:30").await;
    // The named credit must be one of the customer's (4.2): no other text gets into the SMS.
    for bad in ["a%0D%0Ab".to_owned(), "a".repeat(41), "https://evil.example".to_owned(), "nima-credit-2".to_owned()] {
        let params = format!("invoiceId={first}&delegationHash={bad}");
        let (code, text) = answer_of(&world.pod(SHOP, 29807, &params).await);
        assert!(code == 193 && text.contains("delegationHash"), "{code}: {text}");
    }
    // A code is valid for ten minutes.
    world.pod_done(SHOP, 29807, &format!("invoiceId={first}&smsContentType=1")).await;
    let late = number(&world.newest_sms(MOBILE).await.unwrap());
    at(&mut world, "2026-11-21T11:30:00+03:30").await;
    assert_eq!(answer_of(&world.send(&confirm(&late)).await.unwrap()).0, 193);
    // A right code pays, and an SMS confirms it; Persian digits and other words in the text are accepted.
    world.pod_done(SHOP, 29807, &format!("invoiceId={first}")).await;
    let right = number(&world.newest_sms(MOBILE).await.unwrap());
    let persian: String =
        right.chars().map(|digit| char::from_u32(0x06F0 + digit.to_digit(10).unwrap()).unwrap()).collect();
    let reply = world.send(&inbound(&format!("کد: {persian}!"))).await.unwrap();
    assert_eq!(reply.json().unwrap(), json!({"accepted": true, "paid": true}));
    assert_eq!(world.newest_sms(MOBILE).await.unwrap(), format!("فاکتور شماره {first} به مبلغ 54,500 ریال پرداخت شد."));
    assert_eq!(world.invoice(SHOP, first).await["payed"], true);
    // A payment that is refused returns its reason.
    let dear = id(&world.issue(SHOP, &format!("userId=101&{}", line(10_000_000, "1"))).await);
    world.pod_done(SHOP, 29807, &format!("invoiceId={dear}")).await;
    let code = number(&world.newest_sms(MOBILE).await.unwrap());
    assert_eq!(world.send(&inbound(&code)).await.unwrap().json().unwrap(), json!({"accepted": true, "paid": false}));
    assert_eq!(world.newest_sms(MOBILE).await.unwrap(), "موجودی کافی نیست");
    ended(world).await;
}

#[apply(each_store)]
async fn the_short_link_of_an_sms_pays(#[case] _on: OnStore) {
    let mut world = World::start("pod-short-link").await;
    let id = world.issue_to_ali("").await;
    world.pod_done(SHOP, 29807, &format!("invoiceId={id}&smsContentType=2&redirectUri=http://127.0.0.1:9/r%20s")).await;
    let text = world.newest_sms(MOBILE).await.unwrap();
    let key = text.rsplit('/').next().unwrap().to_owned();
    assert_eq!(world.send(&Call::get("/s/AAAAAAAA")).await.unwrap().status, 404);
    let reply = world.send(&Call::get(&format!("/s/{key}?gateway=LOC"))).await.unwrap();
    assert!(reply.header("location").unwrap().starts_with("http://127.0.0.1:9/r%20s?billNumber=&"), "{reply}");
    assert_eq!(world.invoice(SHOP, id).await["payed"], true);
    ended(world).await;
}

#[apply(each_store)]
async fn the_clock_closes_settles_and_frees(#[case] _on: OnStore) {
    let mut world = World::start("pod-clock").await;
    // The clock closes an invoice unless it is safe.
    let timed = world.issue_to_ali("closeTimeOut=600").await;
    let safe = world.issue_to_ali("closeTimeOut=600&safe=true").await;
    for id in [timed, safe] {
        world.pod_done(ALI, 29821, &pay(id)).await;
    }
    at(&mut world, "2026-11-21T11:09:59+03:30").await;
    assert_eq!(world.invoice(SHOP, timed).await["closed"], false);
    at(&mut world, "2026-11-21T11:10:00+03:30").await;
    let closed = world.invoice(SHOP, timed).await;
    assert_eq!(
        (&closed["closed"], &closed["billSettled"], &closed["withdrawable"]),
        (&json!(true), &json!(true), &json!(true))
    );
    assert_eq!(world.invoice(SHOP, safe).await["closed"], false);
    assert_eq!(answer_of(&world.pod(SHOP, 29812, &format!("id={safe}")).await).0, 4);
    world.pod_done(ALI, 29812, &format!("id={safe}")).await;
    assert_eq!(world.guild(SHOP, "API_GUILD").await, (109_000, 109_000));
    // Card money is settled at 03:45 of the next day; until then closing frees nothing.
    let card = world.issue(SHOP, &format!("userId=101&redirectURL=http://127.0.0.1:9/b&{}", line(50_000, "1"))).await;
    world.follow(&card, "gateway=LOC").await;
    world.pod_done(SHOP, 29812, &format!("id={}", id(&card))).await;
    assert_eq!(world.guild(SHOP, "API_GUILD").await, (163_500, 109_000));
    let seen = world.invoice(SHOP, id(&card)).await;
    assert_eq!((&seen["billSettled"], &seen["withdrawable"]), (&json!(false), &json!(false)));
    assert_eq!(
        (&seen["paymentToolCode"], &seen["terminalNumber"]),
        (&json!("PAYMENT_TOOL_ONLINE_CREDIT"), &json!("LOC"))
    );
    at(&mut world, "2026-11-22T03:44:59+03:30").await;
    assert_eq!(world.guild(SHOP, "API_GUILD").await.1, 109_000);
    at(&mut world, "2026-11-22T03:45:00+03:30").await;
    assert_eq!(world.guild(SHOP, "API_GUILD").await, (163_500, 163_500));
    assert_eq!(world.invoice(SHOP, id(&card)).await["withdrawable"], true);
    // The network's debt is paid to the bank.
    assert_eq!(world.account(3_002).await.unwrap(), 0);
    ended(world).await;
}

#[apply(each_store)]
async fn a_refund_goes_back_to_the_payer_and_credit_to_its_giver_with_its_limit(#[case] _on: OnStore) {
    let mut world = World::start("pod-refunds").await;
    // 545,000 to shop: 500,000 from nima's credit. A reduction returns the payer's own money first, a cancellation returns everything.
    let lines = line(500_000, "1");
    let big = world.issue(SUPPLIER, &format!("billNumber=R-1&{lines}")).await;
    world.operator(Call::post("/admin/v1/parties/201/money").json(&json!({"amount": 100_000}))).await.unwrap();
    let form = format!("invoiceId={}&wallet=PODLAND_WALLET&delegationHash=nima-credit-1", id(&big));
    world.pod_done(SHOP, 29821, &form).await;
    assert_eq!((world.wallet(NIMA).await, world.wallet(SHOP).await), (500_000, 55_000));
    let paid = world.invoice(SUPPLIER, id(&big)).await;
    assert_eq!((&paid["delegationAmount"], &paid["payer"]["name"]), (&json!(500_000), &json!("shop")));
    let item = &big["invoiceItemSrvs"][0]["id"];
    let reduce = format!(
        "id={}&invoiceItemId[]={item}&price[]=400000&quantity[]=1&itemDescription[]=book&preferredTaxRate=0.09",
        id(&big)
    );
    let small = world.pod_done(SUPPLIER, 29803, &reduce).await;
    // 109,000 less: 45,000 to shop, 64,000 to nima.
    assert_eq!((world.wallet(NIMA).await, world.wallet(SHOP).await), (564_000, 100_000));
    assert_eq!((&small["delegationAmount"], &small["billNumber"]), (&json!(436_000), &json!("R-1")));
    assert_eq!(answer_of(&world.pod(SUPPLIER, 29813, "billNumber=R-1").await).0, 0);
    world.pod_done(SUPPLIER, 29810, &format!("id={}", id(&small))).await;
    assert_eq!((world.wallet(NIMA).await, world.wallet(SHOP).await), (1_000_000, 100_000));
    assert_eq!(world.guild(SUPPLIER, "API_GUILD").await, (0, 0));
    // The whole limit of the credit is available again.
    let again = id(&world.issue(SUPPLIER, &lines.replace("500000", "458716")).await);
    let forced = format!("invoiceId={again}&wallet=PODLAND_WALLET&forceDelegation=true");
    world.pod_done(SHOP, 29821, &forced).await;
    assert_eq!(world.wallet(NIMA).await, 500_000);
    // The gateway's payer is not known by name, so the refund goes to suspense.
    let nobody = world.issue(SHOP, &format!("redirectURL=http://127.0.0.1:9/b&{}", line(50_000, "1"))).await;
    world.follow(&nobody, "gateway=LOC").await;
    world.pod_done(SHOP, 29810, &format!("id={}", id(&nobody))).await;
    assert_eq!(world.account(3_001).await.unwrap(), 54_500);
    ended(world).await;
}

#[apply(each_store)]
async fn parties_are_provisioned_and_their_keys_tokens_and_names_hold(#[case] _on: OnStore) {
    let mut world = World::start("pod-parties").await;
    let register = |form: Value| Call::post("/admin/v1/parties").json(&form);
    let form = json!({"kind": "business", "name": "kiosk", "guilds": ["HEALTH_GUILD"], "apiKeys": [{"service": 29_816, "key": "k-1"}]});
    let made = world.operator(register(form.clone())).await.unwrap();
    let id = made["id"].as_i64().unwrap();
    assert_eq!((&made["apiKeys"], &made["guilds"]), (&json!([29_816]), &json!(["HEALTH_GUILD"])));
    let token = world.operator(Call::post(&format!("/admin/v1/parties/{id}/tokens")).json(&json!({}))).await.unwrap();
    let token = token["token"].as_str().unwrap().to_owned();
    for (key, code) in [("", 4), ("scApiKey=k-2", 4), ("scApiKey=k-1", 0), ("ScApiKey=k-1", 0)] {
        assert_eq!(answer_of(&world.pod(&token, 29816, key).await).0, code, "{key}");
        // The sandbox's number is the same service; other services need no key.
        assert_eq!(answer_of(&world.pod(&token, 39311, key).await).0, code, "{key}");
        assert_eq!(answer_of(&world.pod(&token, 29833, key).await).0, 0);
    }
    for (wrong, field) in [
        (json!({"kind": "user", "name": "kiosk"}), "409"),
        (json!({"kind": "user", "name": "new", "id": 101}), "409"),
        (json!({"kind": "user", "name": "new", "id": 1_000_000}), "\"id\""),
        (json!({"name": "new"}), "\"kind\""),
        (json!({"kind": "user"}), "\"name\""),
        (json!({"kind": "user", "name": "new", "guilds": []}), "\"guilds\""),
        (json!({"kind": "user", "name": "new", "mobile": "12"}), "\"mobile\""),
        (json!({"kind": "business", "name": "new", "guilds": ["NONE"]}), "\"guilds\""),
        (json!({"kind": "business", "name": "new", "webhookSecret": "short"}), "\"webhookSecret\""),
        (json!({"kind": "business", "name": "new", "sheba": "IR1"}), "\"sheba\""),
        (json!({"kind": "business", "name": "new", "apiKeys": [{"service": 1, "key": "x"}]}), "\"apiKeys\""),
    ] {
        let error = world.operator(register(wrong.clone())).await.unwrap_err();
        assert!(error.contains(field), "{wrong}: {error}");
    }
    let change = |form: Value| Call::new("PUT", &format!("/admin/v1/parties/{id}")).json(&form);
    let changed =
        world.operator(change(json!({"guilds": ["HEALTH_GUILD", "API_GUILD"], "apiKeys": []}))).await.unwrap();
    assert_eq!((&changed["guilds"], &changed["name"]), (&json!(["HEALTH_GUILD", "API_GUILD"]), &json!("kiosk")));
    assert!(world.operator(change(json!({"guilds": ["API_GUILD"]}))).await.unwrap_err().contains("409"));
    assert_eq!(answer_of(&world.pod(&token, 29816, "").await).0, 0);
    for (form, verified) in [
        (json!({"mobile": "09130000001", "mobileVerified": true}), true),
        (json!({"mobile": "+989130000001"}), true),
        (json!({"mobile": "09130000002"}), false),
        (json!({"mobile": "09130000003", "mobileVerified": true}), true),
        (json!({"name": "kiosk"}), true),
    ] {
        // A new number is not verified, whatever the state of the previous number was.
        assert_eq!(world.operator(change(form.clone())).await.unwrap()["mobileVerified"], verified, "{form}");
    }
    world.operator(change(json!({"disabled": true}))).await.unwrap();
    assert_eq!(answer_of(&world.pod(&token, 29816, "").await).0, 21);
    world.operator(change(json!({"disabled": false}))).await.unwrap();
    assert_eq!(answer_of(&world.pod(&token, 29816, "").await).0, 0);
    let revoke = Call::delete("/admin/v1/parties/tokens").bearer(OPERATOR).json(&json!({"token": token}));
    assert_eq!(world.send(&revoke).await.unwrap().status, 204);
    assert_eq!(answer_of(&world.pod(&token, 29816, "").await).0, 21);
    ended(world).await;
}

#[apply(each_store)]
async fn a_link_says_why_an_invoice_cannot_be_paid_whatever_gateway_it_names_and_in_whatever_letters(
    #[case] _on: OnStore,
) {
    let mut world = World::start("pod-links").await;
    let to = format!("userId=101&redirectURL=http://127.0.0.1:9/b&{}", line(50_000, "1"));
    let invoice = world.issue(SHOP, &to).await;
    world.pod_done(SHOP, 29810, &format!("id={}", id(&invoice))).await;
    for gateway in ["gateway=PEP", "gateway=LOC", "gateway=other", ""] {
        let reply = world.follow(&invoice, gateway).await;
        let location = reply.header("location").unwrap();
        assert!(reply.status == 302 && location.contains("errorCode%22%3A32%2C"), "{gateway}: {reply} {location}");
    }
    let open = world.issue(SHOP, &to).await;
    let unique = open["uniqueNumber"].as_str().unwrap();
    for path in
        ["/V1/pbc/PayInvoiceByUniqueNumber", "/v1/PBC/payinvoicebyuniquenumber/", "/v1/pbc/payInvoiceByUniqueNumber"]
    {
        let reply = world.send(&Call::get(&format!("{path}?UNIQUENUMBER={unique}"))).await.unwrap();
        let location = reply.header("location").unwrap_or_default();
        assert!(reply.status == 303 && text_matches("/v1/pbc/pay/<hex32>", location), "{path}: {reply} {location}");
    }
    for path in ["/V1/pbc/nothing", "/v1/pbc/payInvoiceByUniqueNumber?uniqueNumber=zz", "/S/AAAAAAAA"] {
        assert_eq!(world.send(&Call::get(path)).await.unwrap().status, 404, "{path}");
    }
    // second-edition.md 1.9: HEAD works where GET does, and changes nothing.
    let seen = world.send(&Call::new("HEAD", &format!("/v1/pbc/payInvoiceByUniqueNumber?uniqueNumber={unique}"))).await;
    assert_eq!(seen.unwrap().status, 303);
    for (target, status) in [
        (format!("/v1/pbc/payInvoiceByUniqueNumber?uniqueNumber={unique}&gateway=LOC"), 303),
        (format!("/nzh/payAnyInvoiceByCredit?_token_={ALI}&invoiceId={}&wallet=PODLAND_WALLET", id(&open)), 200),
        (format!("/nzh/doServiceCall?scProductId=29799&_token_={SHOP}&invoiceId={}", id(&open)), 200),
    ] {
        assert_eq!(world.send(&Call::new("HEAD", &target)).await.unwrap().status, status, "{target}");
    }
    assert_eq!(world.invoice(SHOP, id(&open)).await["payed"], false);
    // An address is returned in percent-encoding.
    let odd = "redirectUri=http%3A%2F%2F127.0.0.1%3A9%2F%D8%A2%22%3E%3Cscript%3E&gateway=LOC";
    let location = world.follow(&open, odd).await.header("location").unwrap().to_owned();
    assert!(location.starts_with("http://127.0.0.1:9/%D8%A2%22%3E%3Cscript%3E?billNumber=&"), "{location}");
    ended(world).await;
}

#[apply(each_store)]
async fn a_canceled_invoice_keeps_what_was_taken_for_it_and_a_stranger_s_token_is_worth_nothing(#[case] _on: OnStore) {
    let mut world = World::start("pod-traces").await;
    let form = format!("userId=101&verificationNeeded=true&redirectURL=http://127.0.0.1:9/b&{}", line(50_000, "1"));
    let waiting = world.issue(SHOP, &form).await;
    world.follow(&waiting, "gateway=LOC").await;
    world.pod_done(SHOP, 29810, &format!("id={}", id(&waiting))).await;
    let seen = world.invoice(SHOP, id(&waiting)).await;
    assert_eq!((&seen["payed"], &seen["waiting"], &seen["canceled"]), (&json!(false), &json!(false), &json!(true)));
    assert_eq!((&seen["terminalNumber"], &seen["serial"]), (&json!("LOC"), &json!(0)));
    let rows = world.pod(SHOP, 29813, "isPayed=true").await.json().unwrap();
    assert_eq!(rows["count"], 0);
    // Paid by card and canceled: the network still has to settle it.
    let paid = world.issue(SHOP, &form.replace("verificationNeeded=true&", "")).await;
    world.follow(&paid, "gateway=LOC").await;
    world.pod_done(SHOP, 29810, &format!("id={}", id(&paid))).await;
    assert_eq!(world.invoice(SHOP, id(&paid)).await["billSettled"], false);
    at(&mut world, "2026-11-22T03:45:00+03:30").await;
    assert_eq!(world.invoice(SHOP, id(&paid)).await["billSettled"], true);
    // A user's token at a service for businesses: the one-time token of that reply is not valid.
    let refused = world.pod(ALI, 29815, "").await.json().unwrap();
    assert_eq!(refused["errorCode"], 21);
    let dead = refused["ott"].as_str().unwrap();
    assert_eq!(answer_of(&world.pod(ALI, 29816, &format!("_ott_={dead}")).await).0, 39);
    for query in ["query=/", "query=%25", "query=%F0%9F%98%80"] {
        let found = world.pod(SHOP, 29813, query).await.json().unwrap();
        assert_eq!((&found["count"], &found["result"]), (&json!(0), &json!([])), "{query}");
    }
    // A set-off is settled at the instant of the cards' settlement.
    let owed = id(&world.issue(SUPPLIER, &format!("userId=201&{}", line(20_000, "1"))).await);
    let source = world.issue(SHOP, &form.replace("verificationNeeded=true&", "")).await;
    world.follow(&source, "gateway=LOC").await;
    world.pod_done(SHOP, 29800, &format!("creditorInvoiceId={owed}&debtorInvoiceId={}", id(&source))).await;
    at(&mut world, "2026-11-23T03:44:59+03:30").await;
    assert_eq!(world.invoice(SUPPLIER, owed).await["payed"], false);
    at(&mut world, "2026-11-23T03:45:00+03:30").await;
    assert_eq!(world.invoice(SUPPLIER, owed).await["payed"], true);
    ended(world).await;
}

/// second-edition.md 4.8: a statement without guildCode covers all guilds, and the day of a future payment stays on the invoice.
#[apply(each_store)]
async fn a_statement_of_all_guilds_and_the_day_of_a_payment_tell_what_was(#[case] _on: OnStore) {
    let mut world = World::start("pod-all-guilds").await;
    let ott = world.ott(SHOP).await;
    let form = format!("_ott_={ott}&guildCode=INFORMATION_TECHNOLOGY_GUILD&userId=101&{}", line(10_000, "1"));
    let other = id(&world.pod_done(SHOP, 29796, &form).await);
    world.pod_done(ALI, 29821, &pay(other)).await;
    let promised = world.issue(SHOP, &format!("userId=202&{}", line(50_000, "1"))).await;
    world
        .pod_done(SUPPLIER, 29802, &format!("invoiceId={}&date=1405/09/02&wallet=PODLAND_WALLET", id(&promised)))
        .await;
    let day = world.invoice(SHOP, id(&promised)).await["willBePaidAt"].clone();
    assert!(day.is_i64(), "{day}");
    at(&mut world, "2026-11-24T00:00:00+03:30").await;
    let paid = world.invoice(SHOP, id(&promised)).await;
    assert_eq!((&paid["payed"], &paid["willBePaidAt"]), (&json!(true), &day));
    world.pod_done(SHOP, 29812, &format!("id={}", id(&promised))).await;
    world.pod_done(SHOP, 29810, &format!("id={other}")).await;
    assert_eq!(world.invoice(SHOP, id(&promised)).await["willBePaidAt"], day);
    let rows = |reply: Value| -> Vec<(String, i64, bool, i64)> {
        let row = |row: &Value| {
            let name = row["accountName"].as_str().unwrap().to_owned();
            (
                name,
                row["amount"].as_i64().unwrap(),
                row["debtor"].as_bool().unwrap(),
                row["afterTxAmount"].as_i64().unwrap(),
            )
        };
        assert_eq!(reply["count"], reply["result"].as_array().unwrap().len(), "{reply}");
        reply["result"].as_array().unwrap().iter().map(row).collect()
    };
    let (api, it) = ("سرویس دهندگان".to_owned(), "فناوری اطلاعات".to_owned());
    let all = rows(world.pod(SHOP, 34990, "size=10&offset=0").await.json().unwrap());
    let expected =
        [(it.clone(), 10_900, true, 0), (api.clone(), 54_500, false, 54_500), (it.clone(), 10_900, false, 10_900)];
    assert_eq!(all, expected);
    let one = rows(world.pod(SHOP, 34990, "size=10&offset=0&guildCode=API_GUILD").await.json().unwrap());
    assert_eq!(one, [(api, 54_500, false, 54_500)]);
    let page = world.pod(SHOP, 34990, "size=1&offset=2").await.json().unwrap();
    assert_eq!((&page["count"], &page["result"][0]["accountName"]), (&json!(3), &json!(it)));
    ended(world).await;
}

/// second-edition.md 4.8: a user's token lists what was issued to the user, by any business, and nothing else.
#[apply(each_store)]
async fn a_user_lists_the_invoices_that_were_issued_to_the_user(#[case] _on: OnStore) {
    let mut world = World::start("pod-received").await;
    let mut ids = Vec::new();
    for (token, to, more) in [
        (SHOP, 101, "billNumber=B-1&description=winter%20coat"),
        (SUPPLIER, 101, "billNumber=B-1&description=summer%20hat"),
        (SHOP, 103, "billNumber=B-2&description=winter%20boots"),
        (SUPPLIER, 201, "description=winter%20stock"),
        (SHOP, 101, "description=gloves"),
    ] {
        ids.push(world.issue(token, &format!("userId={to}&{more}&{}", line(50_000, "1"))).await);
    }
    world.issue(SHOP, &line(50_000, "1")).await;
    let [coat, hat, boots, stock, gloves] = [0, 1, 2, 3, 4].map(|at: usize| id(&ids[at]));
    world.pod_done(ALI, 29821, &pay(coat)).await;
    for (token, form, expected) in [
        (ALI, "", &[gloves, hat, coat][..]),
        (ALI, "size=1&offset=1", &[hat]),
        (ALI, "firstId=0", &[coat, hat, gloves]),
        (ALI, "isPayed=true", &[coat]),
        (ALI, "billNumber=B-1", &[hat, coat]),
        (ALI, "billNumber=B-1&issuerId=202", &[hat]),
        (ALI, "issuerId=201", &[gloves, coat]),
        (ALI, "query=winter", &[coat]),
        (ALI, "query=winter+coa", &[coat]),
        (ALI, "productIdList=0&query=hat", &[]),
        (ALI, "billNumber=B-2", &[]),
        (NIMA, "", &[boots]),
        (ZAHRA, "", &[]),
        (SUPPLIER, "", &[stock, hat]),
        (SUPPLIER, "billNumber=B-1", &[hat]),
    ] {
        let reply = world.pod(token, 29813, form).await.json().unwrap();
        let found: Vec<i64> = reply["result"].as_array().unwrap_or_else(|| panic!("{reply}")).iter().map(id).collect();
        assert_eq!(found, expected, "{token} {form}");
        let paged = form.contains("size=1");
        assert!(paged || reply["count"] == expected.len(), "{token} {form}: {reply}");
        let sum = 54_500 * reply["count"].as_i64().unwrap();
        assert_eq!(reply["aggregations"]["payableAmountSum"], sum, "{token} {form}");
    }
    // By number: the user's own invoice, and no other user's.
    for (token, wanted, expected) in
        [(ALI, coat, 1), (ALI, boots, 0), (NIMA, coat, 0), (NIMA, boots, 1), (SHOP, stock, 1)]
    {
        let reply = world.pod(token, 29813, &format!("id={wanted}")).await.json().unwrap();
        assert_eq!(reply["count"], expected, "{token} {wanted}");
    }
    let unique = ids[0]["uniqueNumber"].as_str().unwrap();
    for (token, expected) in [(ALI, 1), (NIMA, 0), (SHOP, 1), (SUPPLIER, 0)] {
        let reply = world.pod(token, 29813, &format!("uniqueNumber={unique}")).await.json().unwrap();
        assert_eq!(reply["count"], expected, "{token}");
    }
    ended(world).await;
}

/// second-edition.md 4.10: providers send a payer's SMS by any method, in any form and under their own names, with a secret that is returned nowhere.
#[apply(each_store)]
async fn providers_bring_sms_in_every_form_and_their_secret_reaches_no_log(#[case] _on: OnStore) {
    const SECRET: &str = "inbound-secret-of-the-provider";
    let config = temporary("inbound.toml");
    let settings = format!(
        "[pod]\nsms_inbound_secret = \"{SECRET}\"\nsms_inbound_from = \"sender\"\nsms_inbound_text = \"message\"\n"
    );
    std::fs::write(&config, settings).unwrap();
    let args = ["--config", config.to_str().unwrap()];
    let mut world = World::launch("pod-inbound", Launch { args: &args, env: &[] }).await;
    let form = |call: Call, body: String| call.header("content-type", "application/x-www-form-urlencoded").body(body);
    let secret_path = format!("/sms/inbound/{SECRET}");
    let ways: [&dyn Fn(&str) -> Call; 8] = [
        &|code| Call::get("/sms/inbound").bearer(SECRET).query("sender", MOBILE).query("message", code),
        &|code| Call::get(&secret_path).query("SENDER", "989121234567").query("Message", code),
        &|code| Call::get(&secret_path).query("sender", MOBILE).query("message", code).query("to", "3000"),
        &|code| {
            let call = Call::get("/sms/inbound/").query("secret", SECRET);
            call.query("sender", "00989121234567").query("message", code)
        },
        &|code| form(Call::post("/sms/inbound").query("secret", SECRET), format!("sender=09121234567&message={code}")),
        &|code| Call::post(&secret_path).json(&json!({"sender": 989121234567_i64, "message": code})),
        &|code| Call::post(&format!("{secret_path}/")).query("sender", MOBILE).json(&json!({"message": code})),
        &|code| Call::post(&secret_path).query("sender", MOBILE).query("message", code),
    ];
    for (at, way) in ways.iter().enumerate() {
        let invoice = world.issue_to_ali("").await;
        world.pod_done(SHOP, 29807, &format!("invoiceId={invoice}&smsContentType=1")).await;
        let sms = world.newest_sms(MOBILE).await.unwrap();
        let call = way(&sms.split_once("کد ").unwrap().1[..6]);
        // A HEAD request pays nothing.
        let head = world.send(&Call { method: "HEAD".to_owned(), ..call.clone() }).await.unwrap();
        assert!([200, 405].contains(&head.status), "{at}: {head}");
        let reply = world.send(&call).await.unwrap();
        assert_eq!((reply.status, reply.json().unwrap()), (200, json!({"accepted": true, "paid": true})), "{at}");
        assert_eq!(world.invoice(SHOP, invoice).await["payed"], true, "{at}");
        let again = world.send(&call).await.unwrap().json().unwrap();
        assert_eq!(again, json!({"accepted": false, "paid": false}), "{at}");
    }
    for (call, status) in [
        (Call::get("/sms/inbound?sender=09121234567&message=123456"), 401),
        (Call::get("/sms/inbound?secret=x&sender=09121234567&message=123456"), 401),
        (Call::get("/sms/inbound/x?sender=09121234567&message=123456"), 401),
        (Call::get(&format!("{secret_path}?from=09121234567&text=123456")), 400),
        (Call::get(&format!("{secret_path}?sender=1&message=123456")), 400),
        (Call::post(&secret_path).body("{\"sender\":\"09121234567\",\"message\":\"\\ud800\"}"), 400),
        (Call::post("/admin/v1/sms").bearer(OPERATOR).body("{\"to\":\"09121234567\",\"text\":\"a\\udc00\"}"), 400),
        (Call::new("PUT", &secret_path), 405),
    ] {
        let reply = world.send(&call).await.unwrap();
        assert_eq!(reply.status, status, "{}: {reply}", call.target);
        if call.body.contains(&b'\\') {
            let said = reply.json().unwrap().to_string();
            assert!(["message is invalid", "text is invalid"].iter().any(|text| said.contains(text)), "{said}");
        }
    }
    assert!(!world.home.printed().contains(SECRET));
    std::fs::remove_file(&config).unwrap();
    ended(world).await;
}

/// second-edition.md 4.11: the rest of an invoice that has paid another one is withdrawable with the cards' settlement, once.
#[apply(each_store)]
async fn an_invoice_that_has_paid_another_one_is_withdrawable_without_a_closing(#[case] _on: OnStore) {
    // Paid by card, whose money has to be settled first, and from a wallet.
    for gateway in ["LOC", "wallet"] {
        let mut world = World::start("pod-set-off-free").await;
        let owed = id(&world.issue(SUPPLIER, &format!("userId=201&{}", line(20_000, "1"))).await);
        let source =
            world.issue(SHOP, &format!("userId=101&redirectURL=http://127.0.0.1:9/b&{}", line(50_000, "1"))).await;
        match gateway {
            "LOC" => drop(world.follow(&source, "gateway=LOC").await),
            _ => drop(world.pod_done(ALI, 29821, &pay(id(&source))).await),
        }
        let set_off = format!("creditorInvoiceId={owed}&debtorInvoiceId={}", id(&source));
        world.pod_done(SHOP, 29800, &set_off).await;
        at(&mut world, "2026-11-22T03:44:59+03:30").await;
        assert_eq!(world.guild(SHOP, "API_GUILD").await, (32_700, 0), "{gateway}");
        assert_eq!(world.invoice(SHOP, id(&source)).await["withdrawable"], false);
        at(&mut world, "2026-11-22T03:45:00+03:30").await;
        assert_eq!(world.invoice(SUPPLIER, owed).await["payed"], true);
        let seen = world.invoice(SHOP, id(&source)).await;
        let (settled, closed, free) = (&seen["billSettled"], &seen["closed"], &seen["withdrawable"]);
        assert_eq!((settled, closed, free), (&json!(true), &json!(false), &json!(true)), "{gateway}");
        assert_eq!(world.guild(SHOP, "API_GUILD").await, (32_700, 32_700), "{gateway}");
        // The money of the other invoice waits for its closing, as any other.
        assert_eq!(world.guild(SUPPLIER, "API_GUILD").await, (21_800, 0));
        let form = "guildCode=API_GUILD&size=10&offset=0";
        let rows = world.pod(SHOP, 34990, form).await.json().unwrap();
        assert!(rows["result"].as_array().unwrap().iter().any(|row| row["withdrawable"] == true), "{rows}");
        // Closing the source frees nothing a second time.
        world.pod_done(SHOP, 29812, &format!("id={}", id(&source))).await;
        assert_eq!(world.guild(SHOP, "API_GUILD").await, (32_700, 32_700), "{gateway}");
        ended(world).await;
    }
}

/// pod.md 3.12: only its payer closes a safe invoice, whatever it has paid.
#[apply(each_store)]
async fn what_is_left_of_a_safe_invoice_that_has_paid_another_one_is_free_when_its_payer_closes_it(
    #[case] _on: OnStore,
) {
    let mut world = World::start("pod-set-off-safe").await;
    let owed = id(&world.issue(SUPPLIER, &format!("userId=201&{}", line(20_000, "1"))).await);
    let source = id(&world.issue(SHOP, &format!("userId=101&safe=true&{}", line(50_000, "1"))).await);
    world.pod_done(ALI, 29821, &pay(source)).await;
    world.pod_done(SHOP, 29800, &format!("creditorInvoiceId={owed}&debtorInvoiceId={source}")).await;
    at(&mut world, "2026-11-22T03:45:00+03:30").await;
    assert_eq!(world.invoice(SUPPLIER, owed).await["payed"], true);
    assert_eq!(world.guild(SHOP, "API_GUILD").await, (32_700, 0));
    assert_eq!(answer_of(&world.pod(SHOP, 29812, &format!("id={source}")).await).0, 4);
    world.pod_done(ALI, 29812, &format!("id={source}")).await;
    assert_eq!(world.guild(SHOP, "API_GUILD").await, (32_700, 32_700));
    ended(world).await;
}

/// pod.md 7.2, 2.2: a code is valid only while the number that it was sent to is the user's verified number.
#[apply(each_store)]
async fn a_code_that_was_sent_to_a_number_is_worth_nothing_once_it_is_another_s(#[case] _on: OnStore) {
    for change in [json!({"mobile": "09121239999", "mobileVerified": true}), json!({"mobileVerified": false})] {
        let mut world = World::start("pod-old-number").await;
        let invoice = world.issue_to_ali("").await;
        world.pod_done(SHOP, 29807, &format!("invoiceId={invoice}&smsContentType=1")).await;
        let sms = world.newest_sms(MOBILE).await.unwrap();
        let code = &sms.split_once("کد ").unwrap().1[..6];
        world.operator(Call::new("PUT", "/admin/v1/parties/101").json(&change)).await.unwrap();
        let inbound = Call::post("/sms/inbound").json(&json!({"from": MOBILE, "text": code}));
        world.send(&inbound).await.unwrap();
        let said = answer_of(&world.pod(ALI, 369_550, &format!("invoiceId={invoice}&code={code}")).await);
        assert_eq!(said.0, 193, "{change}: {said:?}");
        assert_eq!(world.invoice(SHOP, invoice).await["payed"], false, "{change}");
        assert_eq!(world.wallet(ALI).await, 10_000_000, "{change}");
    }
}

/// pod.md 3.13: `query` searches all lines.
#[apply(each_store)]
async fn an_invoice_of_many_lines_is_found_by_the_words_of_its_last_one(#[case] _on: OnStore) {
    let mut world = World::start("pod-rules-words").await;
    let line = |n: usize| {
        format!("productId[]=0&price[]=1000&quantity[]=1&productDescription[]=alpha{n}+beta{n}+gamma{n}+delta{n}")
    };
    let lines: Vec<String> = (0..200).map(line).collect();
    let long = id(&world.issue(SHOP, &lines.join("&")).await);
    // Words that are in each line are found, and repeated words take no room.
    let lines: Vec<String> = (0..200).map(|n| line(n % 2)).collect();
    let again = format!("{}&productId[]=0&price[]=1000&quantity[]=1&productDescription[]=omega", lines.join("&"));
    let again = id(&world.issue(SHOP, &again).await);
    for (query, expected) in
        [("delta199", &[long][..]), ("gamma150+alpha0", &[long]), ("omega", &[again]), ("alpha1", &[again, long])]
    {
        let reply = world.pod(SHOP, 29813, &format!("query={query}")).await.json().unwrap();
        let rows: Vec<i64> = reply["result"].as_array().unwrap().iter().map(id).collect();
        assert_eq!(rows, expected, "{query}");
    }
}

/// second-edition.md 1.1: a text is kept as it was sent, and folded to be compared; characters without width are no part of a number.
#[apply(each_store)]
async fn a_bill_number_is_one_however_it_is_written_and_is_shown_as_it_was_sent(#[case] _on: OnStore) {
    let mut world = World::start("pod-rules-bill-numbers").await;
    let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let sent = "فاكتور\u{200c}-۱۲";
    let issued = world.issue(SHOP, &format!("userId=101&{}&billNumber={}", line(1_000, "1"), encoded(sent))).await;
    assert_eq!(issued["billNumber"], sent);
    for other in ["فاکتور-12", "فاکتور\u{200c}-12", " فاکتور\u{200b}-١٢\u{200f} ", "\u{feff}فاكتور\u{200d}-12", sent]
    {
        let number = encoded(other);
        let ott = world.ott(SHOP).await;
        let form = format!("_ott_={ott}&guildCode=API_GUILD&userId=101&{}&billNumber={number}", line(1_000, "1"));
        assert_eq!(answer_of(&world.pod(SHOP, 29796, &form).await).0, 19, "{other:?}");
        for token in [SHOP, ALI] {
            let reply = world.pod(token, 29813, &format!("billNumber={number}")).await.json().unwrap();
            let rows: Vec<i64> = reply["result"].as_array().unwrap().iter().map(id).collect();
            assert_eq!(rows, [id(&issued)], "{token}: {other:?}");
        }
    }
    let reply = world.pod(ALI, 29813, &format!("billNumber={}", encoded("فاکتور - 12"))).await.json().unwrap();
    assert_eq!(reply["count"], 0, "blanks inside are a part of it");
}
