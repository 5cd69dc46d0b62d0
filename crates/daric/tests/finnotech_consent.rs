//! Consent over HTTP: guesses, repetitions and foreign requests are refused (`finnotech.md` 2).

use crate::harness;
use crate::harness::server::{OnStore, each_store};
use rstest_reuse::apply;

use harness::browser::{field, text};
use harness::client::{Call, Client, Reply};
use harness::expect::{expect, refusal};
use harness::world::{
    BASIC, DROPS, KESHAVARZI, REDIRECT, SECOND, SOMAYEH, TOKEN_PATH, World, deposit_call, query_value, token_call,
};
use serde_json::{Value, json};
use tokio::task::JoinSet;

const CONSENT: &str = "/dev/v2/oauth2/consent";
const SHOP: &str = "a-shop-of-its-own";

/// Parameters with other values; `None` omits one.
type Changes = &'static [(&'static str, Option<&'static str>)];

fn authorize(changes: &[(&str, Option<&str>)]) -> Call {
    let mut parameters = vec![
        ("client_id", "drops"),
        ("response_type", "code"),
        ("redirect_uri", REDIRECT),
        ("scope", "oak:balance:get"),
        ("bank", "062"),
        ("state", "s1"),
    ];
    for (name, value) in changes {
        parameters.retain(|(known, _)| known != name);
        parameters.extend(value.map(|value| (*name, value)));
    }
    parameters.into_iter().fold(Call::get("/dev/v2/oauth2/authorize"), |call, (name, value)| call.query(name, value))
}

/// The number of a new request for consent, and the form token of its page.
async fn ask(world: &mut World, changes: &[(&str, Option<&str>)]) -> (String, String) {
    let reply = world.send(&authorize(changes)).await.unwrap();
    let location = reply.header("location").unwrap_or_else(|| panic!("{reply}")).to_owned();
    (query_value(&location, "request").unwrap(), world.csrf(&location).await.unwrap())
}

fn form(request: &str, csrf: &str, more: &str) -> Call {
    Call::post(CONSENT)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(format!("request={request}&csrf={csrf}&{more}"))
}

/// The text of a page without its form token, which differs between browsers.
fn shown(page: &Reply) -> String {
    let token = field(page, "csrf").unwrap();
    text(page).replace(&token, "")
}

const LOG_IN: &str = "nid=1111111111&password=1111111111";

fn code_of(reply: &Reply) -> String {
    let location = reply.header("location").unwrap_or_else(|| panic!("{reply}"));
    query_value(location, "code").unwrap_or_else(|| panic!("{location}"))
}

fn exchange(code: &str) -> Value {
    json!({"grant_type": "authorization_code", "code": code, "bank": "062", "redirect_uri": REDIRECT})
}

/// 2.2: the parameters are checked in the order of the table, and a failure is never a redirect.
#[apply(each_store)]
async fn authorize_names_the_first_parameter_that_is_wrong(#[case] _on: OnStore) {
    let mut world = World::start("authorize").await;
    let wrong: [(Changes, &str); 16] = [
        (&[("client_id", None), ("redirect_uri", None)], "client_id is required"),
        (&[("client_id", Some("nobody")), ("redirect_uri", None)], "client_id is invalid"),
        (&[("redirect_uri", None), ("response_type", None)], "redirect_uri is required"),
        (&[("redirect_uri", Some("http://127.0.0.1.evil.example/")), ("bank", None)], "redirect_uri is invalid"),
        (&[("redirect_uri", Some("http://127.0.0.1@evil.example/"))], "redirect_uri is invalid"),
        (&[("redirect_uri", Some("javascript://127.0.0.1/%0aalert(1)"))], "redirect_uri is invalid"),
        (&[("response_type", None)], "response_type is required"),
        (&[("response_type", Some("token")), ("scope", Some("x"))], "response_type is invalid"),
        (&[("scope", Some("oak:nothing:get")), ("bank", None)], "scope is invalid"),
        (&[("bank", None), ("limit", Some("x"))], "limit is invalid"),
        (&[("bank", None)], "bank is required"),
        (&[("bank", Some("057"))], "bank is invalid"),
        (&[("bank", Some("62"))], "bank is invalid"),
        (&[("limit", Some("-1"))], "limit is invalid"),
        (&[("limit", Some("99999999999999999999"))], "limit is invalid"),
        (&[("count", Some("five"))], "count is invalid"),
    ];
    for (changes, message) in wrong {
        let reply = world.send(&authorize(changes)).await.unwrap();
        expect(&reply, 400, &refusal(message)).unwrap_or_else(|error| panic!("{changes:?}: {error}"));
        assert_eq!(reply.header("location"), None);
    }
    // Persian digits, a form instead of a query, a state that must be encoded, and an address that has a query.
    let state = "علی & co=1";
    let redirect = "http://127.0.0.1:9999/back?shop=1";
    let (request, csrf) =
        ask(&mut world, &[("limit", Some("۳۵۰۰۰۰")), ("state", Some(state)), ("redirect_uri", Some(redirect))]).await;
    let reply = world.send(&form(&request, &csrf, &format!("{LOG_IN}&decision=allow"))).await.unwrap();
    let location = reply.header("location").unwrap();
    assert!(location.starts_with("http://127.0.0.1:9999/back?shop=1&code="), "{location}");
    assert!(location.ends_with("&state=%D8%B9%D9%84%DB%8C+%26+co%3D1"), "{location}");
    let code = code_of(&reply);
    let body = json!({"grant_type": "authorization_code", "code": code, "redirect_uri": redirect});
    let token = world.ask_for_token(&body).await.unwrap();
    assert_eq!(token["result"]["maxAmountPerTransaction"], 350_000);
}

/// 2.3: the table of answers to the form.
#[apply(each_store)]
async fn the_form_lets_only_its_own_browser_s_user_through(#[case] _on: OnStore) {
    let mut world = World::start("consent").await;
    world.open_second_deposit().await.unwrap();
    let (request, csrf) = ask(&mut world, &[]).await;
    let page = world.send(&Call::get(&format!("{CONSENT}?request={request}"))).await.unwrap();
    for (name, value) in [
        ("content-type", "text/html; charset=utf-8"),
        ("cache-control", "no-store"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "same-origin"),
    ] {
        assert_eq!(page.header(name), Some(value));
    }
    assert!(
        page.header("content-security-policy")
            .unwrap()
            .starts_with("default-src 'none'; script-src 'self'; style-src 'self'")
    );
    for (what, call, status) in [
        ("no csrf", form(&request, "", &format!("{LOG_IN}&decision=allow")), 400),
        ("another request's csrf", form(&request, &"x".repeat(32), &format!("{LOG_IN}&decision=allow")), 400),
        ("unknown request", form(&"x".repeat(32), &csrf, "decision=deny"), 400),
        ("no password", form(&request, &csrf, "nid=1111111111&decision=allow"), 401),
        ("nobody", form(&request, &csrf, "nid=9999999999&password=9999999999&decision=allow"), 401),
        ("no log-in at all", form(&request, &csrf, "decision=allow"), 401),
        ("two deposits and none chosen", form(&request, &csrf, &format!("{LOG_IN}&decision=allow")), 400),
        ("foreign", form(&request, &csrf, &format!("{LOG_IN}&deposits={SOMAYEH}&decision=allow")), 400),
        ("of another bank", form(&request, &csrf, &format!("{LOG_IN}&deposits={KESHAVARZI}&decision=allow")), 400),
        (
            "one of them foreign",
            form(&request, &csrf, &format!("{LOG_IN}&deposits={DROPS}&deposits={SOMAYEH}&decision=allow")),
            400,
        ),
        ("another decision", form(&request, &csrf, &format!("{LOG_IN}&decision=maybe")), 400),
    ] {
        let reply = world.send(&call).await.unwrap();
        assert_eq!((reply.status, reply.header("location")), (status, None), "{what}");
    }
    // In two steps, with the cookie. Without it the second step does not know the user.
    let reply = world.send(&form(&request, &csrf, LOG_IN)).await.unwrap();
    let cookie = reply.header("set-cookie").unwrap().to_owned();
    for part in ["daric_consent=", "HttpOnly", "SameSite=Lax", "Path=/dev/v2/oauth2/consent"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let choose = format!("deposits={DROPS}&deposits={SECOND}&decision=allow");
    assert_eq!(world.send(&form(&request, &csrf, &choose)).await.unwrap().status, 401);
    let forged = form(&request, &csrf, &choose).header("cookie", "daric_consent=0000");
    assert_eq!(world.send(&forged).await.unwrap().status, 401);
    let cookie = cookie.split(';').next().unwrap();
    // The cookie is valid for its own request only.
    let (other, other_csrf) = ask(&mut world, &[]).await;
    let elsewhere = form(&other, &other_csrf, &choose).header("cookie", cookie);
    assert_eq!(world.send(&elsewhere).await.unwrap().status, 401);
    let reply = world.send(&form(&request, &csrf, &choose).header("cookie", cookie)).await.unwrap();
    assert_eq!(reply.status, 302);
    let token = world.ask_for_token(&exchange(&code_of(&reply))).await.unwrap();
    assert_eq!(token["result"]["deposits"], json!([DROPS, SECOND]));
    let again = world.send(&form(&request, &csrf, &choose).header("cookie", cookie)).await.unwrap();
    assert_eq!((again.status, again.header("location")), (400, None), "a request is used once");
}

/// 2.3: the fifth wrong password ends the request; concurrent guesses get no more tries.
#[apply(each_store)]
async fn passwords_cannot_be_guessed_neither_in_turn_nor_at_once(#[case] _on: OnStore) {
    let mut world = World::start("guesses").await;
    let wrong = |number: usize| format!("nid=1111111111&password=wrong-{number}&decision=allow");
    let (request, csrf) = ask(&mut world, &[]).await;
    for number in 0..5 {
        assert_eq!(world.send(&form(&request, &csrf, &wrong(number))).await.unwrap().status, 401, "{number}");
    }
    let right = form(&request, &csrf, &format!("{LOG_IN}&decision=allow"));
    assert_eq!(world.send(&right).await.unwrap().status, 400, "the request is dead");
    // Many more guesses at once: at most five are compared. Some find no place in the queue for password hashes.
    let (request, csrf) = ask(&mut world, &[]).await;
    let mut guesses = JoinSet::new();
    for number in 0..24 {
        let (address, call) = (world.server.address, form(&request, &csrf, &wrong(number)));
        guesses.spawn(async move { Client::connect(address).await.unwrap().send(&call).await.unwrap().status });
    }
    let statuses = guesses.join_all().await;
    let looked_at = statuses.iter().filter(|status| **status == 401).count();
    assert!(looked_at <= 5 && statuses.iter().all(|status| [400, 401, 503].contains(status)), "{statuses:?}");
    // Ten wrong passwords in a row lock the user on every request for a quarter of an hour.
    let (request, csrf) = ask(&mut world, &[]).await;
    let right = form(&request, &csrf, &format!("{LOG_IN}&decision=allow"));
    let locked = world.send(&right).await.unwrap();
    assert_eq!(locked.status, 401, "locked");
    // The page shows the same for a locked user, a wrong password and an unknown user.
    for other in ["nid=2222222222&password=wrong", "nid=3333333333&password=wrong"] {
        let reply = world.send(&form(&request, &csrf, &format!("{other}&decision=allow"))).await.unwrap();
        assert_eq!((reply.status, shown(&reply)), (401, shown(&locked)), "{other}");
    }
    world.set_clock("2026-11-21T11:15:00+03:30").await.unwrap();
    let (request, csrf) = ask(&mut world, &[]).await;
    let right = form(&request, &csrf, &format!("{LOG_IN}&decision=allow"));
    assert_eq!(world.send(&right).await.unwrap().status, 302);
}

/// 2.3: a request lives for ten minutes, the last instant included.
#[apply(each_store)]
async fn a_request_for_consent_lives_for_ten_minutes(#[case] _on: OnStore) {
    let mut world = World::start("request-life").await;
    for (instant, status) in [("2026-11-21T11:10:00+03:30", 302), ("2026-11-21T11:10:00.001+03:30", 400)] {
        world.reset_at(harness::world::ELEVEN).await.unwrap();
        let (request, csrf) = ask(&mut world, &[]).await;
        let allow = form(&request, &csrf, &format!("{LOG_IN}&decision=allow"));
        world.set_clock(instant).await.unwrap();
        assert_eq!(world.send(&allow).await.unwrap().status, status, "{instant}");
    }
}

/// 2.1: a code is used once, by its client, in ten minutes; a refused exchange does not use it up.
#[apply(each_store)]
async fn a_code_is_exchanged_once_by_its_client(#[case] _on: OnStore) {
    let mut world = World::start("codes").await;
    let shop = json!({"id": "shop", "secret": SHOP, "nids": ["0499370899"], "redirectOrigin": "http://127.0.0.1"});
    world.operator(Call::post("/admin/v1/clients").json(&shop)).await.unwrap();
    let (code, _) = world.consent("062", &[DROPS]).await.unwrap();
    let with = |changes: Value| {
        let mut body = exchange(&code);
        body.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        body
    };
    for (changes, message) in [
        (json!({"code": null}), "code is required"),
        (json!({"code": "0000000000000000"}), "code is invalid"),
        (json!({"redirect_uri": null}), "redirect_uri is required"),
        (json!({"redirect_uri": format!("{REDIRECT}/")}), "redirect_uri is invalid"),
        (json!({"bank": "016"}), "bank is invalid"),
        (json!({"bank": "x"}), "bank is invalid"),
    ] {
        let reply = world.send(&token_call(&with(changes.clone()))).await.unwrap();
        expect(&reply, 400, &refusal(message)).unwrap_or_else(|error| panic!("{changes}: {error}"));
    }
    let basic = "Basic c2hvcDphLXNob3Atb2YtaXRzLW93bg==";
    let stolen = Call::post(TOKEN_PATH).header("authorization", basic).json(&exchange(&code));
    expect(&world.send(&stolen).await.unwrap(), 400, &refusal("code is invalid")).unwrap();
    // Ten concurrent exchanges give one token.
    let mut exchanges = JoinSet::new();
    for _ in 0..10 {
        let (address, call) = (world.server.address, token_call(&exchange(&code)));
        exchanges.spawn(async move { Client::connect(address).await.unwrap().send(&call).await.unwrap() });
    }
    let replies = exchanges.join_all().await;
    let tokens: Vec<&Reply> = replies.iter().filter(|reply| reply.status == 200).collect();
    assert_eq!(tokens.len(), 1);
    assert!(replies.iter().filter(|reply| reply.status != 200).all(|reply| reply.message() == "code is invalid"));
    let ended = tokens[0].json().unwrap()["result"].clone();
    // Its client has sent a used code again, so all tokens of that code have ended (second-edition.md 4.3).
    let end = async |world: &mut World, token: &Value| {
        let value = token["value"].as_str().unwrap().to_owned();
        let balance = deposit_call(&harness::world::Token { value, refresh: String::new() }, DROPS, "balance");
        let refresh = json!({"grant_type": "refresh_token", "refresh_token": token["refreshToken"]});
        (world.send(&balance).await.unwrap().status, world.send(&token_call(&refresh)).await.unwrap())
    };
    let (status, refreshed) = end(&mut world, &ended).await;
    assert_eq!((status, refreshed.status, &*refreshed.message()), (403, 400, "refresh_token is invalid"));
    // A code is remembered as long as its token, and only its own client can end the tokens by sending it again.
    let (code, _) = world.consent("062", &[DROPS]).await.unwrap();
    let kept = world.send(&token_call(&exchange(&code))).await.unwrap().json().unwrap()["result"].clone();
    world.set_clock("2026-11-23T11:00:00+03:30").await.unwrap();
    let stolen = Call::post(TOKEN_PATH).header("authorization", basic).json(&exchange(&code));
    expect(&world.send(&stolen).await.unwrap(), 400, &refusal("code is invalid")).unwrap();
    assert_eq!(end(&mut world, &kept).await.0, 200, "another client ends nothing");
    let mut again = exchange(&code);
    again["redirect_uri"] = json!(format!("{REDIRECT}/"));
    expect(&world.send(&token_call(&again)).await.unwrap(), 400, &refusal("code is invalid")).unwrap();
    assert_eq!(end(&mut world, &kept).await.0, 403);
    let (code, _) = world.consent("062", &[DROPS]).await.unwrap();
    let given = world.send(&token_call(&exchange(&code))).await.unwrap();
    let token = given.json().unwrap()["result"].clone();
    let balance = deposit_call(
        &harness::world::Token { value: token["value"].as_str().unwrap().into(), refresh: String::new() },
        DROPS,
        "balance",
    );
    assert_eq!(world.send(&balance).await.unwrap().status, 200);
    // Ten concurrent refreshes of one token give one successor, whichever reply is lost (second-edition.md 4.3).
    let refresh = json!({"grant_type": "refresh_token", "refresh_token": token["refreshToken"]});
    let mut refreshes = JoinSet::new();
    for _ in 0..10 {
        let (address, call) = (world.server.address, token_call(&refresh));
        refreshes.spawn(async move { Client::connect(address).await.unwrap().send(&call).await.unwrap() });
    }
    let replies = refreshes.join_all().await;
    let successor = |reply: &Reply| reply.json().unwrap()["result"]["refreshToken"].clone();
    assert!(replies.iter().all(|reply| reply.status == 200 && successor(reply) == successor(&replies[0])));
    // A code ends after ten minutes.
    let (late, _) = world.consent("062", &[DROPS]).await.unwrap();
    world.set_clock("2026-11-23T11:10:01+03:30").await.unwrap();
    expect(&world.send(&token_call(&exchange(&late))).await.unwrap(), 400, &refusal("code is invalid")).unwrap();
}

/// 2.4.
#[apply(each_store)]
async fn the_sms_flow_takes_three_guesses_and_three_minutes(#[case] _on: OnStore) {
    let mut world = World::start("sms").await;
    let sms = |changes: &[(&str, Option<&str>)]| {
        let base = [
            ("auth_type", Some("SMS")),
            ("bank", Some("016")),
            ("mobile", Some("+989300000000")),
            ("nid", Some("1111111111")),
            ("deposit", Some(KESHAVARZI)),
        ];
        authorize(&[&base[..], changes].concat()).header("authorization", BASIC)
    };
    for (changes, message) in [
        (&[("mobile", None)][..], "mobile is required"),
        (&[("mobile", Some("0912"))], "mobile is invalid"),
        (&[("bank", Some("062"))], "bank is invalid"),
        (&[("nid", None)], "nid is required"),
        (&[("nid", Some("12"))], "nid is invalid"),
        (&[("deposit", None)], "deposit is required"),
        (&[("deposit", Some("0302876214008"))], "deposit is invalid"),
        (&[("nid", Some("2222222222"))], "deposit is invalid"),
        (&[("scope", Some("oak:transfer-to:execute")), ("count", Some("5"))], "limit is required"),
        (&[("scope", Some("oak:transfer-to:execute")), ("limit", Some("5"))], "count is required"),
    ] {
        let reply = world.send(&sms(changes)).await.unwrap();
        expect(&reply, 400, &refusal(message)).unwrap_or_else(|error| panic!("{changes:?}: {error}"));
    }
    let bare = Call { headers: Vec::new(), ..sms(&[]) };
    assert_eq!(world.send(&bare).await.unwrap().message(), "invalid client credentials");
    let verify = |sent: &Value, otp: &str, changes: Value| {
        let mut body =
            json!({"mobile": "09300000000", "otp": otp, "nid": "1111111111", "trackId": sent["result"]["trackId"]});
        body.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        Call::post("/dev/v2/oauth2/verify/sms").header("authorization", BASIC).json(&body)
    };
    let wrong = "invalid otp or mobile";
    let sent = world.send(&sms(&[])).await.unwrap().json().unwrap();
    let otp = world.otp().await.unwrap();
    let inbox = world.operator(Call::get("/admin/v1/sms?to=09300000000")).await.unwrap();
    let text =
        format!("در صورت تمایل به اعطای دسترسی سرویس \"oak:balance:get\" به \"drops\" کد \"{otp}\" را وارد نمایید");
    assert_eq!(inbox[0]["text"], text);
    for changes in [json!({"mobile": "09311111111"}), json!({"nid": "2222222222"}), json!({"trackId": "other"})] {
        assert_eq!(world.send(&verify(&sent, &otp, changes.clone())).await.unwrap().message(), wrong, "{changes}");
    }
    // Forty guesses at once: three are compared, and then the right one is too late.
    let mut guesses = JoinSet::new();
    for number in 0..40 {
        let (address, call) = (world.server.address, verify(&sent, &format!("x{number:04}"), json!({})));
        guesses.spawn(async move { Client::connect(address).await.unwrap().send(&call).await.unwrap().message() });
    }
    assert!(guesses.join_all().await.iter().all(|message| message == wrong));
    assert_eq!(world.send(&verify(&sent, &otp, json!({}))).await.unwrap().message(), wrong, "dead after three");

    let sent = world
        .send(&sms(&[("limit", Some("7")), ("count", Some("8")), ("scope", Some("oak:transfer-to:execute"))]))
        .await
        .unwrap()
        .json()
        .unwrap();
    let otp = world.otp().await.unwrap();
    world.set_clock("2026-11-21T11:03:00+03:30").await.unwrap();
    let code = world.send(&verify(&sent, &otp, json!({}))).await.unwrap().json().unwrap()["result"]["code"].clone();
    assert_eq!(world.send(&verify(&sent, &otp, json!({}))).await.unwrap().message(), wrong, "once");
    let body = json!({"grant_type": "authorization_code", "code": code, "auth_type": "SMS", "redirect_uri": REDIRECT});
    let token = world.ask_for_token(&body).await.unwrap()["result"].clone();
    assert_eq!((&token["maxAmountPerTransaction"], &token["monthlyCallLimitation"]), (&json!(7), &json!(8)));
    // A code that is exchanged too late is refused with a reason.
    let sent = world.send(&sms(&[])).await.unwrap().json().unwrap();
    let otp = world.otp().await.unwrap();
    world.set_clock("2026-11-21T11:06:00+03:30").await.unwrap();
    let code = world.send(&verify(&sent, &otp, json!({}))).await.unwrap().json().unwrap()["result"]["code"].clone();
    world.set_clock("2026-11-21T11:06:01+03:30").await.unwrap();
    let body = json!({"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT});
    assert_eq!(world.send(&token_call(&body)).await.unwrap().message(), "Expiration time is exceeded");
    // Neither codes nor passwords nor card numbers are in the log or on the disk.
    let World { server, home, .. } = world;
    server.stop();
    for secret in [otp.as_str(), "6362144304319309", "6362141000000001"] {
        assert!(!home.printed().contains(secret), "{secret} is in the log");
        assert_eq!(home.files_with(secret), Vec::<std::path::PathBuf>::new(), "{secret} is on the disk");
    }
}

/// Each request has three tries. Without a count over all requests a client could guess without end.
#[apply(each_store)]
async fn a_client_that_asks_again_and_again_guesses_no_more_codes(#[case] _on: OnStore) {
    let mut world = World::start("sms-guesses").await;
    let ask = [
        ("auth_type", Some("SMS")),
        ("bank", Some("016")),
        ("mobile", Some("09300000000")),
        ("nid", Some("1111111111")),
        ("deposit", Some(KESHAVARZI)),
    ];
    let ask = authorize(&ask).header("authorization", BASIC);
    let verify = |sent: &Value, otp: &str| {
        let track_id = &sent["result"]["trackId"];
        let body = json!({"mobile": "09300000000", "otp": otp, "nid": "1111111111", "trackId": track_id});
        Call::post("/dev/v2/oauth2/verify/sms").header("authorization", BASIC).json(&body)
    };
    let wrong = "invalid otp or mobile";
    for _ in 0..4 {
        let sent = world.send(&ask).await.unwrap().json().unwrap();
        for guess in ["x0001", "x0002", "x0003"] {
            assert_eq!(world.send(&verify(&sent, guess)).await.unwrap().message(), wrong);
        }
    }
    let sent = world.send(&ask).await.unwrap().json().unwrap();
    let otp = world.otp().await.unwrap();
    assert_eq!(world.send(&verify(&sent, &otp)).await.unwrap().message(), wrong, "the thirteenth is not looked at");
    world.set_clock("2026-11-21T11:20:00+03:30").await.unwrap();
    let sent = world.send(&ask).await.unwrap().json().unwrap();
    let otp = world.otp().await.unwrap();
    assert_eq!(world.send(&verify(&sent, &otp)).await.unwrap().status, 200);
}

/// second-edition 2.10.
#[apply(each_store)]
async fn a_consent_by_sms_goes_to_the_owner_s_own_number_and_pairs_cannot_be_tried(#[case] _on: OnStore) {
    let mut world = World::start("sms-owner").await;
    let sms = |mobile: &str, nid: &str, deposit: &str| {
        let asked = [
            ("auth_type", Some("SMS")),
            ("bank", Some("016")),
            ("scope", Some("oak:balance:get")),
            ("mobile", Some(mobile)),
            ("nid", Some(nid)),
            ("deposit", Some(deposit)),
        ];
        authorize(&asked).header("authorization", BASIC)
    };
    // Another owner's deposit with the caller's own mobile number, the right number with another holder, and an unknown deposit get the same answer.
    let mut replies = Vec::new();
    for (mobile, nid, deposit) in [
        ("09121111111", "1111111111", KESHAVARZI),
        ("09300000002", "1111111111", KESHAVARZI),
        ("09300000000", "2222222222", KESHAVARZI),
        ("09300000000", "1111111111", "123123123"),
        ("09300000000", "3333333333", KESHAVARZI),
    ] {
        let reply = world.send(&sms(mobile, nid, deposit)).await.unwrap();
        replies.push((reply.status, reply.body.clone()));
    }
    assert!(replies.iter().all(|reply| *reply == replies[0]), "{replies:?}");
    expect(
        &world.send(&sms("09121111111", "1111111111", KESHAVARZI)).await.unwrap(),
        400,
        &refusal("deposit is invalid"),
    )
    .unwrap();
    let inbox = world.operator(Call::get("/admin/v1/sms")).await.unwrap();
    assert_eq!(inbox.as_array().unwrap().len(), 0, "{inbox}");
    // The owner's number gets the SMS.
    assert_eq!(world.send(&sms("09300000000", "1111111111", KESHAVARZI)).await.unwrap().status, 200);
    // Five wrong pairs lock a mobile number for a quarter of an hour, and thirty lock a client.
    for _ in 0..2 {
        world.send(&sms("09300000000", "1111111111", "123123123")).await.unwrap();
    }
    let locked = world.send(&sms("09300000000", "1111111111", KESHAVARZI)).await.unwrap();
    assert_eq!((locked.status, locked.message()), (503, "server is busy".to_owned()), "{locked}");
    for n in 0..30 {
        world.send(&sms(&format!("0912000{n:04}"), "1111111111", KESHAVARZI)).await.unwrap();
    }
    let other = world.send(&sms("09120009999", "1111111111", KESHAVARZI)).await.unwrap();
    assert_eq!(other.status, 503, "{other}");
    world.set_clock("2026-11-21T11:16:00+03:30").await.unwrap();
    assert_eq!(world.send(&sms("09300000000", "1111111111", KESHAVARZI)).await.unwrap().status, 200);
}
