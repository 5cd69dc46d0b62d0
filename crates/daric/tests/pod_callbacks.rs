//! Calls to businesses about a payment (`pod.md` 5.4): written with the payment, signed, retried, listed and resent.

use crate::harness;
use crate::harness::server::{OnStore, each_store};
use rstest_reuse::apply;

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use base64::Engine as _;
use harness::browser::Tab;
use harness::client::Call;
use harness::matcher::text_matches;
use harness::pod::{ALI, SHOP, SUPPLIER, line};
use harness::provider::{Answer, Provider};
use harness::server::Launch;
use harness::world::World;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

const FAILS: Answer = Answer::Says(500, "no");
/// More than is kept of an answer.
static LONG: std::sync::LazyLock<&str> = std::sync::LazyLock::new(|| "12345678".repeat(200).leak());
/// The time before each retry: attempts are at once, then 1 min, 10 min, 1 h, 6 h and 24 h after the first.
const ADVANCES: [&str; 5] = ["PT1M", "PT9M", "PT50M", "PT5H", "PT18H"];

/// Issues an invoice for Shop, has a link made for it, and pays it by the sandbox's gateway.
pub async fn paid(world: &mut World, form: &str, call_uri: &str) -> Value {
    let invoice = world.issue(SHOP, &format!("userId=101&{form}&{}", line(50_000, "1"))).await;
    let link = dispatcher(world, &invoice, &format!("callbackUri={call_uri}")).await;
    let reply = world.send(&Call::get(&format!("{link}gateway=LOC&redirectUri=http://127.0.0.1:9/b"))).await.unwrap();
    assert_eq!(reply.status, 302, "{reply}");
    invoice
}

/// The link that 29815 makes.
async fn dispatcher(world: &mut World, invoice: &Value, form: &str) -> String {
    let link = world.pod_done(SHOP, 29815, &format!("invoiceId={}&{form}", invoice["id"])).await;
    let link = link.as_str().unwrap();
    link[link.find("/v1/").unwrap()..].to_owned()
}

/// The link in the SMS that 29807 sends.
async fn short(world: &mut World, token: &str, invoice: &Value, form: &str) -> String {
    world.pod_done(token, 29807, &format!("invoiceId={}&smsContentType=2&{form}", invoice["id"])).await;
    let sms = world.newest_sms("+989121234567").await.unwrap();
    format!("{}?", &sms[sms.find("/s/").unwrap()..].trim())
}

async fn newest(world: &mut World) -> Value {
    world.operator(Call::get("/admin/v1/webhooks?limit=1")).await.unwrap()[0].take()
}

/// Waits until the newest call has this state and number of tries.
async fn becomes(world: &mut World, state: &str, tries: i64) -> Value {
    loop {
        let call = newest(world).await;
        if (call["state"].as_str(), call["tries"].as_i64()) == (Some(state), Some(tries)) {
            return call;
        }
        tokio::task::yield_now().await;
    }
}

/// The value of a header of a request.
fn header(request: &str, name: &str) -> Option<String> {
    let value =
        request.lines().filter_map(|line| line.split_once(": ")).find(|(known, _)| known.eq_ignore_ascii_case(name));
    value.map(|(_, value)| value.to_owned())
}

/// The MAC of a text by the shop's secret.
fn signed(text: &str) -> Vec<u8> {
    signed_with("demo-shop-webhook-secret", text)
}

fn signed_with(secret: &str, text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

#[apply(each_store)]
async fn a_shop_is_called_with_all_eight_parameters_behind_its_own_and_the_call_is_signed(#[case] _on: OnStore) {
    let mut world = World::start("pod-callbacks").await;
    let mut shop = Provider::start().await;
    let address = format!("http%3A%2F%2F{}%2Fpaid%3Fown%3D1", shop.address);
    let mut seen = std::collections::BTreeSet::new();
    for (form, told) in [("billNumber=B-1", "true"), ("billNumber=B-2&verificationNeeded=true", "false")] {
        let invoice = paid(&mut world, form, &address).await;
        let request = shop.asked().await;
        let bill = invoice["billNumber"].as_str().unwrap();
        let (id, number) = (&invoice["id"], invoice["paymentBillNumber"].as_str().unwrap());
        let expected = format!(
            "GET /paid?own=1&billNumber={bill}&paymentBillNumber={number}&invoiceId={id}&paid={told}&terminalId=LOC\
             &maskedCardNumber=000000%2A%2A%2A%2A%2A%2A0000&rrn=<digits12>&tref=<digits18> HTTP/1.1"
        );
        let line = request.lines().next().unwrap();
        assert!(text_matches(&expected, line), "{line} is not {expected}");
        // second-edition.md 4.4: computed here, from the bytes that arrived.
        let target = line.split(' ').nth(1).unwrap();
        let called = format!("GET.http://{}{target}", header(&request, "host").unwrap());
        let id = header(&request, "webhook-id").expect("it has an id");
        let second = header(&request, "webhook-timestamp").expect("it has a time");
        assert!(seen.insert(id.clone()), "every delivery has an id of its own");
        let hex: String = signed(&format!("{second}.{id}.{called}")).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(header(&request, "daric-signature"), Some(format!("t={second},v2={hex}")));
        let standard = base64::engine::general_purpose::STANDARD.encode(signed(&format!("{id}.{second}.{called}")));
        assert_eq!(header(&request, "webhook-signature"), Some(format!("v1,{standard}")));
        // Another path, another method or another delivery has another signature.
        for other in
            [called.replace("/paid", "/refund"), called.replace("GET.", "POST."), called.replace("own=1", "own=2")]
        {
            assert_ne!(signed(&format!("{id}.{second}.{other}")), signed(&format!("{id}.{second}.{called}")));
        }
        becomes(&mut world, "sent", 1).await;
    }
    // A verification makes no further call, nor does a failed payment.
    let waiting = world.pod_done(SHOP, 29809, "billNumber=B-2").await;
    assert_eq!(waiting["payed"], true);
    let link = format!("gateway=LOC&callUri={address}&redirectUri=http://127.0.0.1:9/b");
    let again = world.follow(&waiting, &link).await;
    assert!(again.header("location").unwrap().contains("errorResult="), "{again}");
    assert_eq!(world.operator(Call::get("/admin/v1/webhooks")).await.unwrap().as_array().unwrap().len(), 2);
    assert_eq!(shop.unseen(), 0);
}

/// Pays an invoice of Shop, and checks that the call about it is signed with these secrets, in this order.
async fn called_with(world: &mut World, shop: &mut Provider, secrets: &[&str]) {
    paid(world, "", &format!("http%3A%2F%2F{}%2Fpaid", shop.address)).await;
    let request = shop.asked().await;
    let part = |name: &str| header(&request, name).unwrap_or_else(|| panic!("{name}: {request}"));
    let (id, second) = (part("webhook-id"), part("webhook-timestamp"));
    let called = format!("GET.http://{}{}", part("host"), request.split(' ').nth(1).unwrap());
    let hex = |bytes: Vec<u8>| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let own = |secret: &&str| format!(",v2={}", hex(signed_with(secret, &format!("{second}.{id}.{called}"))));
    let own: String = secrets.iter().map(own).collect();
    assert_eq!(part("daric-signature"), format!("t={second}{own}"));
    let standard = |secret: &&str| {
        let signature = signed_with(secret, &format!("{id}.{second}.{called}"));
        format!("v1,{}", base64::engine::general_purpose::STANDARD.encode(signature))
    };
    assert_eq!(part("webhook-signature"), secrets.iter().map(standard).collect::<Vec<_>>().join(" "));
    becomes(world, "sent", 1).await;
}

/// docs/command-line.md: a program under development gets the calls that go elsewhere, with the same parameters and a signature for its own address.
#[apply(each_store)]
async fn a_program_of_one_s_own_is_called_by_listen(#[case] _on: OnStore) {
    let mut world = World::start("pod-listen").await;
    let (mut shop, mut program) = (Provider::start().await, Provider::start().await);
    let mut command = harness::server::daric();
    command.args(["listen", "--limit", "10", "--json", "--business", "201", "--secret", "demo-shop-webhook-secret"]);
    command.args(["--forward", &format!("http://{}/own?x=1", program.address)]);
    command.env("DARIC_URL", format!("http://{}", world.server.address));
    let mut listening = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(listening.stdout.take().unwrap()).lines();
    for status in [200, 500] {
        program.answers(&[Answer::Says(status, "")]).await;
        paid(&mut world, "", &format!("http%3A%2F%2F{}%2Fpaid", shop.address)).await;
        let (of_shop, of_program) = (shop.asked().await, program.asked().await);
        let line = |request: &str| request.lines().next().unwrap().to_owned();
        assert_eq!(line(&of_program), line(&of_shop).replace("/paid?", "/own?x=1&"));
        let part = |name: &str| header(&of_program, name).unwrap_or_else(|| panic!("{name}: {of_program}"));
        let (id, second) = (part("webhook-id"), part("webhook-timestamp"));
        assert_eq!(Some(&id), header(&of_shop, "webhook-id").as_ref());
        let called = format!("GET.http://{}{}", part("host"), of_program.split(' ').nth(1).unwrap());
        let standard = base64::engine::general_purpose::STANDARD.encode(signed(&format!("{id}.{second}.{called}")));
        assert_eq!(part("webhook-signature"), format!("v1,{standard}"));
        let said: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
        assert_eq!((&said["forwarded"], said["webhook"]["id"].to_string()), (&json!({"status": status}), id), "{said}");
    }
    listening.kill().unwrap();
    listening.wait().unwrap();
}

// second-edition.md 4.4: two secrets during rotation.
#[apply(each_store)]
async fn a_secret_that_was_replaced_signs_beside_the_new_one_for_a_day(#[case] _on: OnStore) {
    const OTHER: &str = "another-webhook-secret";
    const THIRD: &str = "a-third-webhook-secret";
    const FIRST: &str = "demo-shop-webhook-secret";
    let mut world = World::start("pod-rotation").await;
    let mut shop = Provider::start().await;
    let put = async |world: &mut World, form: Value| {
        world.operator(Call::new("PUT", "/admin/v1/parties/201").json(&form)).await
    };
    let advance = async |world: &mut World, by: &str| {
        world.operator(Call::post("/admin/v1/clock").json(&json!({"advance": by}))).await.unwrap();
    };
    let none = put(&mut world, json!({"returnsWhenTaken": false})).await.unwrap();
    assert_eq!(none.get("oldWebhookSecretUntil"), None);
    called_with(&mut world, &mut shop, &[FIRST]).await;
    // A repeated change has no further effect, and a change of another field leaves both secrets.
    for form in [json!({"webhookSecret": OTHER}), json!({"webhookSecret": OTHER}), json!({"sheba": ""})] {
        let party = put(&mut world, form).await.unwrap();
        assert!(party["oldWebhookSecretUntil"].is_string() && !party.to_string().contains(OTHER), "{party}");
        called_with(&mut world, &mut shop, &[OTHER, FIRST]).await;
    }
    advance(&mut world, "PT23H59M").await;
    called_with(&mut world, &mut shop, &[OTHER, FIRST]).await;
    advance(&mut world, "PT2M").await;
    called_with(&mut world, &mut shop, &[OTHER]).await;
    // A compromised secret is ended at once, with the change or after it.
    let party = put(&mut world, json!({"webhookSecret": THIRD, "oldWebhookSecretSeconds": 0})).await.unwrap();
    assert_eq!(party.get("oldWebhookSecretUntil"), None);
    called_with(&mut world, &mut shop, &[THIRD]).await;
    put(&mut world, json!({"webhookSecret": OTHER, "oldWebhookSecretSeconds": 604_800})).await.unwrap();
    called_with(&mut world, &mut shop, &[OTHER, THIRD]).await;
    put(&mut world, json!({"oldWebhookSecretSeconds": 0})).await.unwrap();
    called_with(&mut world, &mut shop, &[OTHER]).await;
    for seconds in [-1, 604_801] {
        let refused = put(&mut world, json!({"oldWebhookSecretSeconds": seconds})).await.unwrap_err();
        assert!(refused.contains("oldWebhookSecretSeconds"), "{refused}");
    }
    let user = Call::new("PUT", "/admin/v1/parties/101").json(&json!({"oldWebhookSecretSeconds": 0}));
    assert!(world.operator(user).await.unwrap_err().contains("oldWebhookSecretSeconds"));
}

/// The origin of the address of a call.
#[derive(Clone, Copy, Debug)]
enum Entrance {
    /// A link that the shop has made by a call.
    Made(&'static str),
    /// A link by SMS that this party has requested.
    Sms(&'static str, &'static str),
    /// The query of a link that has no address itself.
    Query(Link, &'static str),
}

#[derive(Clone, Copy, Debug)]
enum Link {
    Unique,
    Number,
    Made,
    Sms,
}

/// The way of payment.
#[derive(Clone, Copy, Debug)]
enum Means {
    Locally,
    FromWallet,
}

// second-edition.md 4.4
#[apply(each_store)]
async fn an_address_that_did_not_come_from_the_business_is_called_without_a_signature(#[case] _on: OnStore) {
    let mut world = World::start("pod-provenance").await;
    let (mut shop, mut other) = (Provider::start().await, Provider::start().await);
    let registered = json!({"redirectUris": [format!("http://{}/registered", shop.address)]});
    world.operator(Call::new("PUT", "/admin/v1/parties/201").json(&registered)).await.unwrap();
    let mut entrances = vec![
        Entrance::Made("callbackUri"),
        Entrance::Made("callUri"),
        Entrance::Sms(SHOP, "callUri"),
        Entrance::Sms(ALI, "callbackUri"),
    ];
    for link in [Link::Unique, Link::Number, Link::Made, Link::Sms] {
        entrances.extend(["callUri", "callbackUri", "CALLURL"].map(|name| Entrance::Query(link, name)));
    }
    world.operator(Call::post("/admin/v1/parties/101/money").json(&json!({"amount": 10_000_000}))).await.unwrap();
    for entrance in entrances {
        for (is_registered, means) in [(true, Means::Locally), (false, Means::Locally), (false, Means::FromWallet)] {
            let called = if is_registered { &mut shop } else { &mut other };
            let to_call = format!("http%3A%2F%2F{}%2Fpaid", called.address);
            // Enough time that no budget of SMS is used up.
            world.operator(Call::post("/admin/v1/clock").json(&json!({"advance": "PT4M"}))).await.unwrap();
            let invoice = world.issue(SHOP, &format!("userId=101&{}", line(50_000, "1"))).await;
            let (link, by_shop) = match entrance {
                Entrance::Made(name) => (dispatcher(&mut world, &invoice, &format!("{name}={to_call}")).await, true),
                Entrance::Sms(token, name) => {
                    (short(&mut world, token, &invoice, &format!("{name}={to_call}")).await, token == SHOP)
                }
                Entrance::Query(link, name) => {
                    let link = match link {
                        Link::Unique => {
                            let unique = invoice["uniqueNumber"].as_str().unwrap();
                            format!("/v1/pbc/payInvoiceByUniqueNumber?uniqueNumber={unique}&")
                        }
                        Link::Number => format!("/v1/pbc/payinvoice/?invoiceId={}&", invoice["id"]),
                        Link::Made => dispatcher(&mut world, &invoice, "").await,
                        Link::Sms => short(&mut world, SHOP, &invoice, "").await,
                    };
                    (format!("{link}{name}={to_call}&"), false)
                }
            };
            let mut tab = Tab::of(world.server.address);
            match means {
                Means::Locally => {
                    // A link by the invoice's number is for its customer, who logs in.
                    if matches!(entrance, Entrance::Query(Link::Number, _)) {
                        tab.log_in(&mut world, "ali").await;
                    }
                    let reply = tab.get(&mut world, &format!("{link}gateway=LOC")).await;
                    assert_eq!(reply.status, 303, "{entrance:?}: {reply}");
                }
                Means::FromWallet => {
                    tab.log_in(&mut world, "ali").await;
                    let came = tab.get(&mut world, &link).await;
                    let page = came.header("location").unwrap_or_else(|| panic!("{entrance:?}: {came}")).to_owned();
                    let paid = tab.submit(&mut world, &page, &format!("{page}/wallet"), "").await;
                    assert!(paid.header("location").unwrap().ends_with("/result"), "{entrance:?}: {paid}");
                }
            }
            let request = called.asked().await;
            let signed = by_shop || is_registered;
            for name in ["daric-signature", "webhook-id", "webhook-timestamp", "webhook-signature"] {
                assert_eq!(
                    header(&request, name).is_some(),
                    signed,
                    "{entrance:?} {is_registered} {means:?}: {request}"
                );
            }
            let told = newest(&mut world).await;
            assert_eq!(told["signed"], json!(signed), "{entrance:?} {is_registered} {means:?}: {told}");
            becomes(&mut world, "sent", 1).await;
        }
    }
}

/// second-edition.md 4.4: an address in the query of a link does not replace the business's address; it counts where the business has given none.
#[apply(each_store)]
async fn an_address_that_the_business_gave_is_called_whatever_else_is_on_the_link(#[case] _on: OnStore) {
    let mut world = World::start("pod-own-address").await;
    let (mut shop, mut other) = (Provider::start().await, Provider::start().await);
    // The shop's own origin makes no difference: the payer's address is another path of it.
    let registered = json!({"redirectUris": [format!("http://{}/registered", shop.address)]});
    world.operator(Call::new("PUT", "/admin/v1/parties/201").json(&registered)).await.unwrap();
    let [own, own_otherwise, theirs] = [(&shop, "own"), (&shop, "otherwise"), (&other, "theirs")]
        .map(|(of, path)| format!("http%3A%2F%2F{}%2F{path}", of.address));
    for name in ["callUri", "callbackUri", "CALLURL"] {
        for (by, is_own) in [(SHOP, true), (ALI, false)] {
            for on_link in [&own_otherwise, &theirs] {
                for is_sms in [false, true] {
                    // 29815 makes links for businesses only.
                    if !is_sms && by == ALI {
                        continue;
                    }
                    world.operator(Call::post("/admin/v1/clock").json(&json!({"advance": "PT4M"}))).await.unwrap();
                    let invoice = world.issue(SHOP, &format!("userId=101&{}", line(50_000, "1"))).await;
                    let form = format!("callUri={own}");
                    let link = match is_sms {
                        true => short(&mut world, by, &invoice, &form).await,
                        false => dispatcher(&mut world, &invoice, &form).await,
                    };
                    let reply = world.send(&Call::get(&format!("{link}{name}={on_link}&gateway=LOC"))).await.unwrap();
                    assert_eq!(reply.status, 303, "{reply}");
                    let (called, path) = match (is_own, on_link == &theirs) {
                        (true, _) => (&mut shop, "/own?"),
                        (false, true) => (&mut other, "/theirs?"),
                        (false, false) => (&mut shop, "/otherwise?"),
                    };
                    let request = called.asked().await;
                    assert!(request.starts_with(&format!("GET {path}")), "{name} {by} {on_link} {is_sms}: {request}");
                    becomes(&mut world, "sent", 1).await;
                }
            }
        }
    }
}

/// second-edition.md 4.8: the callbackUri of an SMS is called when its code pays, however the code comes back.
#[apply(each_store)]
async fn a_shop_is_called_when_a_customer_pays_by_the_code_of_an_sms(#[case] _on: OnStore) {
    let mut world = World::start("pod-callbacks-code").await;
    let mut shop = Provider::start().await;
    let address = format!("http%3A%2F%2F{}%2Fpaid%3Fown%3D1", shop.address);
    // A call to the shop's own address is signed; a call to an address that the customer has given is not.
    for (sender, by_sms, signs) in [(SHOP, true, true), (SHOP, false, true), (ALI, true, false), (ALI, false, false)] {
        for content in [1, 3] {
            let invoice = world.issue(SHOP, &format!("userId=101&verificationNeeded=true&{}", line(50_000, "1"))).await;
            let id = &invoice["id"];
            let form = format!("invoiceId={id}&smsContentType={content}&callbackUri={address}");
            world.pod_done(sender, 29807, &form).await;
            let sms = world.newest_sms("+989121234567").await.unwrap();
            let code = sms.split_once("کد ").unwrap().1[..6].to_owned();
            // A wrong code makes no call.
            let wrong = if code == "000000" { "000001" } else { "000000" };
            let inbound = |code: &str| Call::post("/sms/inbound").json(&json!({"from": "09121234567", "text": code}));
            world.send(&inbound(wrong)).await.unwrap();
            assert_eq!(shop.unseen(), 0);
            if by_sms {
                let reply = world.send(&inbound(&code)).await.unwrap().json().unwrap();
                assert_eq!(reply["paid"], true, "{reply}");
            } else {
                world.pod_done(ALI, 369_550, &format!("invoiceId={id}&code={code}")).await;
            }
            let request = shop.asked().await;
            let number = invoice["paymentBillNumber"].as_str().unwrap();
            let expected = format!(
                "GET /paid?own=1&billNumber=&paymentBillNumber={number}&invoiceId={id}&paid=true&terminalId=\
                 &maskedCardNumber=&rrn=&tref= HTTP/1.1"
            );
            assert_eq!(request.lines().next().unwrap(), expected);
            assert_eq!(header(&request, "webhook-signature").is_some(), signs, "{sender} {by_sms}: {request}");
            becomes(&mut world, "sent", 1).await;
            assert_eq!(shop.unseen(), 0, "one call for one payment");
        }
    }
    // A code that is replaced by a newer one loses its address, too.
    let id = world.issue_to_ali("").await;
    world.pod_done(SHOP, 29807, &format!("invoiceId={id}&smsContentType=1&callbackUri={address}")).await;
    world.pod_done(SHOP, 29807, &format!("invoiceId={id}&smsContentType=1")).await;
    let sms = world.newest_sms("+989121234567").await.unwrap();
    let code = &sms.split_once("کد ").unwrap().1[..6];
    world.pod_done(ALI, 369_550, &format!("invoiceId={id}&code={code}")).await;
    assert_eq!(world.operator(Call::get("/admin/v1/webhooks")).await.unwrap().as_array().unwrap().len(), 8);
}

#[apply(each_store)]
async fn a_shop_that_fails_is_called_six_times_in_a_day_and_again_whenever_the_operator_says_so(#[case] _on: OnStore) {
    let mut world = World::start("pod-callbacks-tries").await;
    let mut shop = Provider::start().await;
    shop.answers(&[FAILS, Answer::Says(302, ""), FAILS, FAILS, FAILS, FAILS]).await;
    paid(&mut world, "", &format!("http://{}/paid", shop.address)).await;
    let first = shop.asked().await;
    let waits = becomes(&mut world, "queued", 1).await;
    assert_eq!(waits["nextTryAt"], "2026-11-21T07:31:00Z", "{waits}");
    for (advance, tries) in ADVANCES.iter().zip(2..) {
        world.operator(Call::post("/admin/v1/clock").json(&json!({"advance": advance}))).await.unwrap();
        let request = shop.asked().await;
        assert_eq!(request.lines().next(), first.lines().next(), "every try says the same");
        becomes(&mut world, if tries == 6 { "dead" } else { "queued" }, tries).await;
    }
    let dead = newest(&mut world).await;
    assert_eq!((&dead["error"], dead.get("nextTryAt")), (&json!("the other side answered 500"), None));
    let one = Call::get(&format!("/admin/v1/webhooks/{}", dead["id"]));
    assert_eq!(world.operator(one.clone()).await.unwrap(), dead);
    // Every attempt is kept, with the beginning of its answer.
    let attempts = dead["attempts"].as_array().unwrap();
    let statuses: Vec<i64> = attempts.iter().map(|attempt| attempt["status"].as_i64().unwrap()).collect();
    assert_eq!(statuses, [500, 302, 500, 500, 500, 500]);
    let (failed, moved) = (&attempts[0], &attempts[1]);
    assert_eq!(
        json!([failed["at"], failed["error"], failed["answer"]]),
        json!(["2026-11-21T07:30:00Z", "the other side answered 500", "no"])
    );
    assert_eq!((&moved["at"], moved.get("answer")), (&json!("2026-11-21T07:31:00Z"), None));
    assert!(attempts.iter().all(|attempt| attempt["durationMs"].as_i64().is_some_and(|ms| ms >= 0)));
    // It is made again in whatever state it is, under the same id, by which the shop knows it.
    let id = header(&first, "webhook-id");
    let resend = Call::post(&format!("/admin/v1/webhooks/{}/resend", dead["id"]));
    for (before, attempts) in [("dead", 7), ("sent", 8), ("sent", 9), ("sent", 10), ("sent", 10)] {
        assert_eq!(newest(&mut world).await["state"], before);
        assert_eq!(world.operator(resend.clone()).await.unwrap()["state"], "queued");
        assert_eq!(header(&shop.asked().await, "webhook-id"), id);
        let sent = becomes(&mut world, "sent", 1).await;
        assert_eq!(sent["attempts"].as_array().unwrap().len(), attempts);
        assert_eq!(sent["attempts"][attempts - 1]["answer"], "{}");
    }
    assert!(world.operator(Call::post("/admin/v1/webhooks/7/resend")).await.unwrap_err().contains("404"));
    assert!(world.operator(Call::get("/admin/v1/webhooks/7")).await.unwrap_err().contains("404"));
    assert_eq!(world.operator(Call::get("/admin/v1/webhooks?business=202")).await.unwrap(), json!([]));
    assert_eq!(shop.unseen(), 0);
}

/// A call that waits for its next try is tried at once when the operator says so, from the API and from the console.
#[apply(each_store)]
async fn a_call_that_waits_is_brought_forward(#[case] _on: OnStore) {
    let mut world = World::start("pod-callbacks-forward").await;
    let mut shop = Provider::start().await;
    shop.answers(&[FAILS, FAILS, Answer::Says(503, *LONG)]).await;
    paid(&mut world, "", &format!("http://{}/paid", shop.address)).await;
    shop.asked().await;
    let id = becomes(&mut world, "queued", 1).await["id"].clone();
    let resend = Call::post(&format!("/admin/v1/webhooks/{id}/resend"));
    assert_eq!(world.operator(resend).await.unwrap()["state"], "queued");
    shop.asked().await;
    // Its tries begin again.
    becomes(&mut world, "queued", 1).await;
    let mut tab = crate::console::signed_in(&mut world, crate::console::ADMIN).await;
    let (page, again) = (format!("/console/messages/{id}"), format!("/console/messages/{id}/resend"));
    assert_eq!(tab.submit(&mut world, &page, &again, "").await.status, 303);
    shop.asked().await;
    let call = becomes(&mut world, "queued", 1).await;
    // One KiB of an answer is kept; the attempts are on the page of the call.
    assert_eq!(call["attempts"][2]["answer"].as_str(), Some(&LONG[..1024]));
    let shown = harness::browser::text(&tab.get(&mut world, &page).await);
    assert!(shown.contains("the other side answered 503") && shown.contains(&LONG[..1024]), "{shown}");
    assert_eq!(tab.get(&mut world, "/console/messages/7").await.status, 404);
    world.operator(Call::post("/admin/v1/clock").json(&json!({"advance": "PT50M"}))).await.unwrap();
    shop.asked().await;
    becomes(&mut world, "sent", 2).await;
    assert_eq!(shop.unseen(), 0);
}

/// design.md 2, invariant 9: one caller cannot stop another.
#[apply(each_store)]
async fn name_servers_that_never_answer_hold_up_no_read_and_no_other_business(#[case] _on: OnStore) {
    let silent = tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let server = silent.local_addr().unwrap().to_string();
    let mut world =
        World::launch("pod-callbacks-names", Launch { args: &["--name-servers", &server], ..Launch::default() }).await;
    let mut shop = Provider::start().await;
    // More calls than all places, each to another host.
    for number in 0..80 {
        let invoice = world.issue(SUPPLIER, &format!("userId=101&{}", line(50_000, "1"))).await;
        let more = format!("gateway=LOC&callUri=http://shop-{number}.example/paid&redirectUri=http://127.0.0.1:9/b");
        assert_eq!(world.follow(&invoice, &more).await.status, 302);
    }
    let mut question = [0; 512];
    assert!(silent.recv(&mut question).await.is_ok_and(|length| length > 0), "the server is asked");
    let invoice = paid(&mut world, "", &format!("http://{}/paid", shop.address)).await;
    shop.asked().await;
    for _ in 0..64 {
        world.invoice(SHOP, invoice["id"].as_i64().unwrap()).await;
    }
    let calls = world.operator(Call::get("/admin/v1/webhooks?limit=100")).await.unwrap();
    let asked = |call: &&Value| call["tries"] != 0 && call["url"].as_str().is_some_and(|url| url.contains(".example"));
    let waiting = calls.as_array().unwrap().iter().filter(asked).count();
    assert_eq!(waiting, 0, "all that came before the first look-up was given up: {calls}");
}
