//! POD's log-in service (`pod.md` 2.2): authorize, token, refresh, log-in by password and by code, and limits on guesses.

use crate::harness;
use crate::harness::server::{OnStore, each_store};
use rstest_reuse::apply;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use harness::browser::{Tab, field, text};
use harness::client::{Call, Reply};
use harness::pod::{ALI, SHOP, SUPPLIER, answer_of, line};
use harness::server::{Launch, Server, verify};
use harness::world::{Caller, World};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const BACK: &str = "http://127.0.0.1:9/cb";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

fn challenge() -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER.as_bytes()))
}

fn encoded(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

fn authorize(more: &str) -> String {
    let (back, challenge) = (encoded(BACK), challenge());
    format!(
        "/oauth2/authorize?client_id=shop&redirect_uri={back}&response_type=code&scope=profile&state=s%201\
         &code_challenge={challenge}&code_challenge_method=S256{more}"
    )
}

async fn token(world: &mut World, form: &str) -> Reply {
    let call = Call::post("/oauth2/token").header("content-type", "application/x-www-form-urlencoded").body(form);
    world.send(&call).await.unwrap()
}

/// The form with which a code is exchanged.
fn exchange(code: &str, more: &str) -> String {
    let back = encoded(BACK);
    format!("grant_type=authorization_code&code={code}&redirect_uri={back}&client_id=shop&{more}")
}

/// A browser in which ali has logged in.
async fn ali(world: &mut World) -> Tab {
    let mut tab = Tab::of(world.server.address);
    tab.log_in(world, "ali").await;
    tab
}

/// An authorization code for shop.
async fn code(world: &mut World, tab: &mut Tab) -> String {
    code_for(world, tab, "profile").await
}

/// An authorization code for shop, for these scopes; the user allows them if asked.
async fn code_for(world: &mut World, tab: &mut Tab, scopes: &str) -> String {
    let path = authorize("").replace("scope=profile", &format!("scope={}", encoded(scopes)));
    let reply = tab.authorize(world, &path).await;
    let location = reply.header("location").unwrap_or_else(|| panic!("{reply}")).to_owned();
    let rest = location.strip_prefix(&format!("{BACK}?code=")).unwrap_or_else(|| panic!("{location}"));
    let (code, state) = rest.split_once('&').unwrap();
    assert_eq!((reply.status, state), (302, "state=s%201"));
    code.to_owned()
}

/// The tokens of a code: access and refresh token.
async fn tokens(world: &mut World, tab: &mut Tab, scopes: &str) -> (String, String) {
    let code = code_for(world, tab, scopes).await;
    let given = token(world, &exchange(&code, &format!("code_verifier={VERIFIER}"))).await;
    assert_eq!(given.status, 200, "{given}");
    pair(&given)
}

fn pair(given: &Reply) -> (String, String) {
    let given = given.json().unwrap();
    let text = |name: &str| given[name].as_str().unwrap_or_else(|| panic!("{given}")).to_owned();
    (text("access_token"), text("refresh_token"))
}

fn refreshed(refresh: &str) -> String {
    format!("grant_type=refresh_token&refresh_token={refresh}&client_id=shop")
}

async fn whose(world: &mut World, token: &str) -> Value {
    let call = Call::get("/nzh/getUserProfile").header("_token_", token);
    let call = world.send(&call).await.unwrap().json().unwrap();
    if call["errorCode"] == 21 { Value::Null } else { call["result"]["userId"].clone() }
}

fn error(reply: &Reply) -> (u16, Value) {
    (reply.status, reply.json().unwrap()["error"].clone())
}

#[apply(each_store)]
async fn a_user_logs_in_and_the_business_gets_tokens_that_name_the_user(#[case] _on: OnStore) {
    let mut world = World::start("sso").await;
    let mut tab = Tab::of(world.server.address);
    let first = tab.get(&mut world, &authorize("")).await;
    let to = first.header("location").unwrap().to_owned();
    assert!(
        first.status == 302 && to.starts_with("/oauth2/login?next=%2Foauth2%2Fauthorize%3Fclient_id%3Dshop"),
        "{to}"
    );
    let page = tab.get(&mut world, &to).await;
    let next = field(&page, "next").unwrap().replace("&#38;", "&");
    assert!(
        text(&page).contains("shop")
            && page.header("content-security-policy").unwrap().contains("form-action 'self' https: http:;")
    );
    let form = format!("username=ali&password=ali&next={}", encoded(&next));
    let logged_in = tab.submit(&mut world, &to, "/oauth2/login", &form).await;
    assert_eq!((logged_in.status, logged_in.header("location")), (302, Some(next.as_str())));
    let cookie = logged_in.header("set-cookie").unwrap();
    assert!(cookie.starts_with("daric_sso=") && cookie.ends_with("; Path=/; HttpOnly; SameSite=Lax"), "{cookie}");
    let code = code(&mut world, &mut tab).await;
    let reply = token(&mut world, &exchange(&code, &format!("code_verifier={VERIFIER}"))).await;
    let given = reply.json().unwrap();
    let told = json!([given["expires_in"], given["scope"], given["token_type"]]);
    assert_eq!(
        (reply.status, told, reply.header("cache-control")),
        (200, json!([900, "profile", "Bearer"]), Some("no-store"))
    );
    let (access, refresh) = (given["access_token"].as_str().unwrap(), given["refresh_token"].as_str().unwrap());
    assert_eq!(whose(&mut world, access).await, 101);
    // After a refresh the previous access token lives for its 900 seconds.
    let renewed = token(&mut world, &refreshed(refresh)).await.json().unwrap();
    let newer = renewed["access_token"].as_str().unwrap();
    assert_eq!((whose(&mut world, newer).await, whose(&mut world, access).await), (json!(101), json!(101)));
    let foreign = "grant_type=refresh_token&client_id=supplier&refresh_token=";
    let newest = renewed["refresh_token"].as_str().unwrap();
    assert_eq!(error(&token(&mut world, &format!("{foreign}{newest}")).await), (400, json!("invalid_grant")));
    world.set_clock("2026-11-21T11:15:00+03:30").await.unwrap();
    assert_eq!((whose(&mut world, newer).await, whose(&mut world, access).await), (Value::Null, Value::Null));
    world.set_clock("2026-12-21T11:00:01+03:30").await.unwrap();
    assert_eq!(error(&token(&mut world, &refreshed(newest)).await), (400, json!("invalid_grant")));
}

#[apply(each_store)]
async fn what_a_business_asks_wrong_is_told_where_it_is_safe_to(#[case] _on: OnStore) {
    let mut world = World::start("sso-errors").await;
    let mut tab = ali(&mut world).await;
    let with = |from: &str, to: &str| authorize("").replace(from, to);
    let back = encoded(BACK);
    // A request with an address that cannot be trusted is not redirected there.
    for query in [
        with("client_id=shop", "client_id=nobody"),
        with("client_id=shop", "client_id=ali"),
        with("client_id=shop", "x=y"),
        with(&back, &encoded("http://evil.example/cb")),
        with(&back, &encoded("http://127.0.0.1.evil.example/")),
        with(&back, &encoded("http://localhost@evil.example/")),
        with(&back, &encoded("javascript:alert(1)")),
        with(&back, ""),
    ] {
        let reply = tab.get(&mut world, &query).await;
        assert!(reply.status == 400 && reply.header("location").is_none(), "{query}: {reply}");
        assert!(
            reply.header("content-type").unwrap().starts_with("text/html")
                && text(&reply).contains("برنامه ناشناس است")
        );
    }
    for (query, told) in [
        (with("response_type=code", "response_type=token"), "error=unsupported_response_type&state=s%201"),
        (with("response_type=code&", ""), "error=invalid_request&error_description=response_type"),
        (with("code_challenge_method=S256", "code_challenge_method=plain"), "error=invalid_request"),
        (with(&format!("code_challenge={}", challenge()), "a=b"), "error=invalid_request"),
        (with(&challenge(), "short"), "error=invalid_request"),
        (with("scope=profile", "scope=shop:write"), "error=invalid_scope"),
        // No user can grant the scope of a business.
        (with("scope=profile", "scope=business"), "error=invalid_scope"),
    ] {
        let reply = tab.get(&mut world, &query).await;
        let location = reply.header("location").unwrap();
        assert!(reply.status == 302 && location.starts_with(&format!("{BACK}?{told}")), "{location}");
    }
    let mut anonymous = Tab::of(world.server.address);
    let silent = anonymous.get(&mut world, &authorize("&prompt=none")).await;
    assert_eq!(silent.header("location"), Some(format!("{BACK}?error=login_required&state=s%201").as_str()));
    // With `prompt=none` a user is not asked for consent either: second-edition.md 4.3.
    let silent = tab.get(&mut world, &authorize("&prompt=none")).await;
    assert_eq!(silent.header("location"), Some(format!("{BACK}?error=consent_required&state=s%201").as_str()));
    let good = code(&mut world, &mut tab).await;
    let silent = tab.get(&mut world, &authorize("&prompt=none")).await;
    assert!(silent.header("location").unwrap().starts_with(&format!("{BACK}?code=")), "{silent}");
    let verifier = format!("code_verifier={VERIFIER}");
    for (form, status, told) in [
        ("code=x".to_owned(), 400, "invalid_request"),
        ("grant_type=password".to_owned(), 400, "unsupported_grant_type"),
        ("grant_type=authorization_code&client_id=shop".to_owned(), 400, "invalid_request"),
        (exchange(&good, ""), 400, "invalid_request"),
        (exchange(&good, "code_verifier="), 400, "invalid_request"),
        (exchange(&good, &format!("code_verifier={}", "x".repeat(129))), 400, "invalid_request"),
        (exchange(&good, "code_verifier=short"), 400, "invalid_grant"),
        (exchange(&good, &format!("code_verifier={}", "x".repeat(43))), 400, "invalid_grant"),
        (exchange(&good, &verifier).replace("client_id=shop", "client_id=supplier"), 400, "invalid_grant"),
        (exchange(&good, &verifier).replace("client_id=shop", "client_id=nobody"), 401, "invalid_client"),
        (exchange(&good, &verifier).replace("%2Fcb", "%2Fother"), 400, "invalid_grant"),
        ("grant_type=refresh_token&client_id=shop".to_owned(), 400, "invalid_request"),
    ] {
        assert_eq!(error(&token(&mut world, &form).await), (status, json!(told)), "{form}");
    }
    // These refusals have not used the code up; it ends after a minute.
    world.set_clock("2026-11-21T11:00:59+03:30").await.unwrap();
    assert_eq!(token(&mut world, &exchange(&good, &verifier)).await.status, 200);
    let late = code(&mut world, &mut tab).await;
    world.set_clock("2026-11-21T11:01:59+03:30").await.unwrap();
    assert_eq!(error(&token(&mut world, &exchange(&late, &verifier)).await), (400, json!("invalid_grant")));
}

#[apply(each_store)]
async fn a_business_with_a_secret_shows_it_and_may_be_reached_at_its_registered_address(#[case] _on: OnStore) {
    let mut world = World::start("sso-secret").await;
    let body = json!({"clientSecret": "a-secret-of-the-shop", "redirectUris": ["https://shop.example/cb"]});
    world.operator(Call::new("PUT", "/admin/v1/parties/201").json(&body)).await.unwrap();
    let mut tab = ali(&mut world).await;
    let query = authorize("").replace(&encoded(BACK), &encoded("https://shop.example/cb"));
    let query = query.split("&code_challenge").next().unwrap().to_owned();
    let reply = tab.authorize(&mut world, &query).await;
    let location = reply.header("location").unwrap();
    assert!(location.starts_with("https://shop.example/cb?code="), "{location}");
    let code = location.split_once("code=").unwrap().1.split('&').next().unwrap();
    let form = exchange(code, "").replace(&encoded(BACK), &encoded("https://shop.example/cb"));
    for secret in ["", "client_secret=wrong"] {
        assert_eq!(error(&token(&mut world, &format!("{form}{secret}")).await), (401, json!("invalid_client")));
    }
    let basic = format!("Basic {}", STANDARD.encode("shop:a-secret-of-the-shop"));
    // RFC 6749, 2.3: the parameters beside Authorization must agree with it, at every endpoint that authenticates clients.
    for path in ["/oauth2/token", "/oauth2/token/revoke", "/oauth2/token/info"] {
        for (beside, told) in [
            ("&client_id=supplier", (400, json!("invalid_request"))),
            ("&client_id=shop&client_secret=wrong", (401, json!("invalid_client"))),
            ("&client_secret=wrong", (401, json!("invalid_client"))),
        ] {
            let bare = form.replace("client_id=shop&", "").replace("&client_id=shop", "");
            let call = Call::post(path).header("authorization", &basic).body(format!("{bare}&token=x{beside}"));
            assert_eq!(error(&world.send(&call).await.unwrap()), told, "{path} {beside}");
        }
    }
    let call = Call::post("/oauth2/token").header("authorization", &basic).body(form);
    assert_eq!(world.send(&call).await.unwrap().status, 200);
    for address in ["https://shop.example/cb/", "https://shop.example/", "https://shop.example/cb?x=1"] {
        let reply = tab.get(&mut world, &query.replace(&encoded("https://shop.example/cb"), &encoded(address))).await;
        assert_eq!(reply.status, 400, "only the whole address: {address}");
    }
}

#[apply(each_store)]
async fn ten_wrong_passwords_lock_a_name_for_a_quarter_of_an_hour_whether_it_exists_or_not(#[case] _on: OnStore) {
    let mut world = World::start("sso-locked").await;
    let mut tab = Tab::of(world.server.address);
    let wrong = "نام کاربری یا رمز نادرست است";
    for name in ["ali", "nobody-at-all"] {
        for _ in 0..10 {
            let form = format!("username={name}&password=guess&next=/");
            let reply = tab.submit(&mut world, "/oauth2/login", "/oauth2/login", &form).await;
            assert!(reply.status == 401 && text(&reply).contains(wrong), "{reply}");
        }
    }
    let right = async |tab: &mut Tab, world: &mut World| {
        tab.submit(world, "/oauth2/login", "/oauth2/login", "username=ali&password=ali&next=/").await.status
    };
    assert_eq!(right(&mut tab, &mut world).await, 401);
    world.set_clock("2026-11-21T11:15:00+03:30").await.unwrap();
    assert_eq!(right(&mut tab, &mut world).await, 302);
    // Forms of other sites are refused, and names that are too long.
    let mut evil = tab.clone();
    evil.headers = vec![("origin", "http://evil.example".to_owned())];
    assert_eq!(evil.post(&mut world, "/oauth2/login", "username=ali&password=ali").await.status, 403);
    let long = format!("username={}&password=x", "a".repeat(10_000));
    assert_eq!(tab.submit(&mut world, "/oauth2/login", "/oauth2/login", &long).await.status, 401);
    // A program without a browser's headers needs no form token.
    let reply = world.send(&Call::post("/oauth2/login").body("username=ali&password=ali&next=/a")).await.unwrap();
    assert_eq!((reply.status, reply.header("location")), (302, Some("/a")));
    for next in ["http://evil.example/", "//evil.example", "/%5Cevil.example", "%2F%2Fevil.example"] {
        let form = format!("username=ali&password=ali&next={next}");
        let reply = world.send(&Call::post("/oauth2/login").body(form)).await.unwrap();
        assert_eq!(reply.header("location"), Some("/oauth2/login"), "{next}");
    }
    // After the log-out the cookie is not valid.
    let mut tab = ali(&mut world).await;
    let before = tab.authorize(&mut world, &authorize("")).await;
    assert!(before.header("location").unwrap().starts_with(BACK));
    let stolen = tab.cookie("daric_sso").unwrap().to_owned();
    tab.headers.clear();
    assert_eq!(tab.post(&mut world, "/oauth2/logout", "").await.status, 303);
    tab.set_cookie("daric_sso", &stolen);
    let after = tab.get(&mut world, &authorize("")).await;
    assert!(after.header("location").unwrap().starts_with("/oauth2/login"));
}

#[apply(each_store)]
async fn a_verified_mobile_number_logs_in_by_a_code_and_three_wrong_ones_lock_it(#[case] _on: OnStore) {
    let mut world = World::start("sso-mobile").await;
    let mut tab = Tab::of(world.server.address);
    let ask = async |tab: &mut Tab, world: &mut World, mobile: &str| {
        tab.submit(world, "/oauth2/login", "/oauth2/login/otp", &format!("mobile={mobile}&next=/a")).await
    };
    // The answer does not show whether a user has the number: zahra's is not verified.
    let pages: Vec<String> = {
        let mut pages = Vec::new();
        for mobile in ["09121234567", "09127654321", "09999999999"] {
            let reply = ask(&mut tab, &mut world, mobile).await;
            assert_eq!(reply.status, 200);
            pages.push(text(&reply).replace(mobile, ""));
        }
        pages
    };
    assert!(pages.iter().all(|page| *page == pages[0] && page.contains("کد ورود پیامک شد")));
    let sms = world.newest_sms("+989121234567").await.unwrap();
    let code = sms.strip_prefix("کد ورود: ").unwrap().to_owned();
    assert_eq!(code.len(), 6);
    assert!(world.newest_sms("+989127654321").await.is_err());
    let log_in = async |tab: &mut Tab, world: &mut World, code: &str| {
        tab.submit(world, "/oauth2/login", "/oauth2/login", &format!("mobile=09121234567&otp={code}&next=/a")).await
    };
    let wrong = if code == "000000" { "111111" } else { "000000" };
    assert_eq!(log_in(&mut tab, &mut world, wrong).await.status, 401);
    let reply = log_in(&mut tab, &mut world, &code).await;
    assert_eq!((reply.status, reply.header("location")), (302, Some("/a")));
    assert_eq!(log_in(&mut tab, &mut world, &code).await.status, 401, "once");
    // A code is valid for five minutes.
    ask(&mut tab, &mut world, "+989121234567").await;
    let code = world.newest_sms("+989121234567").await.unwrap().strip_prefix("کد ورود: ").unwrap().to_owned();
    world.set_clock("2026-11-21T11:05:00+03:30").await.unwrap();
    assert_eq!(log_in(&mut tab, &mut world, &code).await.status, 401);
    // That was the second wrong code since the last right one; the third locks, also against a right code.
    ask(&mut tab, &mut world, "09121234567").await;
    let code = world.newest_sms("+989121234567").await.unwrap().strip_prefix("کد ورود: ").unwrap().to_owned();
    let wrong = if code == "000000" { "111111" } else { "000000" };
    assert_eq!(log_in(&mut tab, &mut world, wrong).await.status, 401);
    assert_eq!(log_in(&mut tab, &mut world, &code).await.status, 401);
    let before = world.operator(Call::get("/admin/v1/sms")).await.unwrap().as_array().unwrap().len();
    ask(&mut tab, &mut world, "09121234567").await;
    let after = world.operator(Call::get("/admin/v1/sms")).await.unwrap().as_array().unwrap().len();
    assert_eq!(before, after, "no code goes to a locked number");
    world.set_clock("2026-11-21T11:20:01+03:30").await.unwrap();
    ask(&mut tab, &mut world, "09121234567").await;
    let code = world.newest_sms("+989121234567").await.unwrap().strip_prefix("کد ورود: ").unwrap().to_owned();
    assert_eq!(log_in(&mut tab, &mut world, &code).await.status, 302);
}

/// A token that a business gives to another client has the rights of a user: it pays and reads, and does not act for the business.
#[apply(each_store)]
async fn the_token_that_a_business_gives_to_another_runs_no_business(#[case] _on: OnStore) {
    let mut world = World::start("sso-business").await;
    let mut supplier = Tab::of(world.server.address);
    supplier.log_in(&mut world, "supplier").await;
    let mut given = Vec::new();
    for client in ["shop", "supplier"] {
        let query = authorize("").replace("client_id=shop", &format!("client_id={client}"));
        let query = query.replace("scope=profile", "scope=profile%20invoice:pay%20wallet:read%20business");
        let reply = supplier.authorize(&mut world, &query).await;
        let code =
            reply.header("location").unwrap().split_once("code=").unwrap().1.split('&').next().unwrap().to_owned();
        let form = exchange(&code, &format!("code_verifier={VERIFIER}"));
        let reply = token(&mut world, &form.replace("client_id=shop", &format!("client_id={client}"))).await;
        given.push(reply.json().unwrap()["access_token"].as_str().unwrap().to_owned());
    }
    let (foreign, own) = (given[0].clone(), given[1].clone());
    let code_of = async |world: &mut World, token: &str, product: u32| {
        let form = format!("scProductId={product}&offset=0&size=1");
        let call = Call::post("/srv/sc/nzh/doServiceCall").header("_token_", token).body(form);
        world.send(&call).await.unwrap().json().unwrap()["errorCode"].clone()
    };
    // The statement of guilds is for businesses, getUserProfile for all.
    let list = 34_990;
    assert_eq!((whose(&mut world, &foreign).await, whose(&mut world, &own).await), (json!(202), json!(202)));
    assert_eq!(code_of(&mut world, &foreign, list).await, 21);
    assert_eq!(code_of(&mut world, &own, list).await, 0);
    // At services that users call, too, it does not send, confirm or spend what belongs to the business.
    let invoice = world.issue(SUPPLIER, &format!("userId=101&{}", line(50_000, "1"))).await;
    let other = world.issue(SHOP, &format!("userId=202&{}", line(50_000, "1"))).await;
    let (id, theirs) = (&invoice["id"], &other["id"]);
    for (form, code) in [
        (format!("scProductId=29807&invoiceId={id}"), 4),
        (format!("scProductId=1113426&invoiceId={id}&redirectUri=http%3A%2F%2Fevil.example%2F"), 4),
        (format!("scProductId=369550&invoiceId={id}&code=12345"), 4),
        (format!("scProductId=29810&id={id}"), 4),
        (format!("scProductId=29812&id={id}"), 4),
        (format!("scProductId=29802&invoiceId={theirs}&date=1420/12/10&guildCode=API_GUILD"), 53),
    ] {
        let call = Call::post("/srv/sc/nzh/doServiceCall").header("_token_", &foreign).body(form.clone());
        assert_eq!(world.send(&call).await.unwrap().json().unwrap()["errorCode"], code, "{form}");
    }
    // second-edition.md 4.8: as a user it lists what was issued to the business; the business itself lists what it has issued.
    let listed = async |world: &mut World, token: &str| -> Vec<Value> {
        let call = Call::post("/srv/sc/nzh/doServiceCall").header("_token_", token).body("scProductId=29813");
        let reply = world.send(&call).await.unwrap().json().unwrap();
        reply["result"].as_array().unwrap().iter().map(|row| row["id"].clone()).collect()
    };
    assert_eq!(listed(&mut world, &foreign).await, std::slice::from_ref(theirs));
    assert_eq!(listed(&mut world, &own).await, std::slice::from_ref(id));
    // As a user it pays.
    let form = format!("scProductId=29821&invoiceId={theirs}&wallet=PODLAND_WALLET");
    let call = Call::post("/srv/sc/nzh/doServiceCall").header("_token_", &foreign).body(form);
    assert_eq!(world.send(&call).await.unwrap().json().unwrap()["errorCode"], 0);
    // The tokens of a disabled client are not valid.
    world.operator(Call::new("PUT", "/admin/v1/parties/201").json(&json!({"disabled": true}))).await.unwrap();
    assert_eq!((whose(&mut world, &foreign).await, whose(&mut world, &own).await), (Value::Null, json!(202)));
}

/// The log-in page names the user who has logged in, and offers to log out.
#[apply(each_store)]
async fn the_log_in_page_says_who_has_logged_in(#[case] _on: OnStore) {
    let mut world = World::start("sso-known").await;
    let mut tab = ali(&mut world).await;
    for (next, said) in [
        ("", "با نام زیر وارد شده‌اید"),
        ("?next=%2Fv1%2Fpbc%2Fpay%2Fx", "href=\"/v1/pbc/pay/x\">ادامه با همین نام"),
        ("?next=%2Fv1%2Fpbc%2Fpay%2Fx&as=another", "این پرداخت برای کاربر دیگری است"),
    ] {
        let page = text(&tab.get(&mut world, &format!("/oauth2/login{next}")).await);
        assert!(page.contains(said) && page.contains("<bdi>ali</bdi>") && page.contains("/oauth2/logout"), "{page}");
    }
    let page = text(&Tab::of(world.server.address).get(&mut world, "/oauth2/login").await);
    assert!(!page.contains("/oauth2/logout"), "{page}");
}

/// second-edition.md 4.3: opening the page grants nothing.
#[apply(each_store)]
async fn a_page_asks_the_first_time_and_when_scopes_grow_and_says_in_both_languages_what_for(#[case] _on: OnStore) {
    let mut world = World::start("sso-consent").await;
    let mut tab = ali(&mut world).await;
    let path = authorize("");
    let page = tab.get(&mut world, &path).await;
    assert_eq!((page.status, page.header("location"), page.header("x-frame-options")), (200, None, Some("DENY")));
    for (lang, said, unsaid) in [
        ("fa", "نام، شماره کاربری و شماره موبایل شما را ببیند", "بپردازد"),
        ("en", "See your name, user number and mobile number", "Pay invoices"),
    ] {
        let page = text(&tab.get(&mut world, &format!("{path}&lang={lang}")).await);
        assert!(page.contains("<bdi>shop</bdi>") && page.contains(said) && !page.contains(unsaid), "{page}");
    }
    let denied = tab.submit(&mut world, &path, &path, "decision=deny").await;
    assert_eq!(denied.header("location"), Some(format!("{BACK}?error=access_denied&state=s%201").as_str()));
    let csrf = field(&page, "csrf").unwrap();
    for form in [String::new(), "decision=allow".to_owned(), format!("csrf={}&decision=allow", "x".repeat(csrf.len()))]
    {
        assert_eq!(tab.post(&mut world, &path, &form).await.status, 403, "{form}");
    }
    // The form token of the page is valid for this request only: its client, its scopes, its state.
    for (from, to) in [
        ("state=s%201", "state=other"),
        ("client_id=shop", "client_id=supplier"),
        ("scope=profile", "scope=profile%20invoice:pay"),
    ] {
        let other = path.replace(from, to);
        assert_eq!(tab.post(&mut world, &other, &format!("csrf={csrf}&decision=allow")).await.status, 403, "{to}");
    }
    let asks = async |tab: &mut Tab, world: &mut World, path: &str| tab.get(world, path).await.status == 200;
    assert!(asks(&mut tab, &mut world, &path).await, "nothing of that was a consent");
    code(&mut world, &mut tab).await;
    let more = path.replace("scope=profile", "scope=profile%20invoice:pay");
    for (path, asked) in [
        (path.clone(), false),
        (path.replace("scope=profile", "scope=phone"), false),
        (more.clone(), true),
        (path.replace("scope=profile&", ""), true),
        (path.replace("client_id=shop", "client_id=supplier"), true),
        (format!("{path}&prompt=consent"), true),
    ] {
        assert_eq!(asks(&mut tab, &mut world, &path).await, asked, "{path}");
    }
    let both = text(&tab.get(&mut world, &format!("{more}&lang=en")).await);
    assert!(both.contains("See your name") && both.contains("Pay invoices from your wallet"), "{both}");
    code_for(&mut world, &mut tab, "profile invoice:pay").await;
    assert!(!asks(&mut tab, &mut world, &more).await && !asks(&mut tab, &mut world, &path).await);
    // The consent of one user is not another user's.
    let mut nima = Tab::of(world.server.address);
    nima.log_in(&mut world, "nima").await;
    assert!(asks(&mut nima, &mut world, &path).await);
}

/// second-edition.md 4.3. Every service, by every path.
#[apply(each_store)]
async fn a_token_does_what_its_scopes_say_and_no_more_at_every_service(#[case] _on: OnStore) {
    let mut world = World::start("sso-scopes").await;
    let mut tab = ali(&mut world).await;
    let names = ["profile", "wallet:read", "invoice:pay"];
    let mut refused = 0;
    for (at, name) in names.into_iter().enumerate() {
        let (access, _) = tokens(&mut world, &mut tab, name).await;
        for row in wire::pod::services::ALL {
            let needs = pod::services::scope_of(row.service);
            let may = needs.is_none_or(|scope| scope as usize == at);
            let expected = if needs == Some(payments::Scope::Business) { 21 } else { 4 };
            let invoice = world.issue(SHOP, &format!("userId=101&{}", line(50_000, "1"))).await;
            let form = format!("invoiceId={}&wallet=PODLAND_WALLET&date=1420/12/10&code=12345", invoice["id"]);
            let mut paths: Vec<String> = Vec::new();
            if row.ids[0] > 0 {
                paths.extend(
                    row.ids.iter().filter(|id| **id > 0).map(|id| format!("/nzh/doServiceCall?scProductId={id}")),
                );
            }
            if !row.path.is_empty() {
                paths.extend(["", "/srv/sc", "/srv/core"].map(|prefix| format!("{prefix}{}", row.path)));
            }
            for path in paths {
                let call = Call::post(&path).header("_token_", &access).body(form.as_str());
                let reply = world.send(&call).await.unwrap().json().unwrap();
                if may {
                    assert_ne!(reply["errorCode"], 21, "{name} {path}: {reply}");
                } else {
                    assert_eq!(reply["errorCode"], expected, "{name} {path}: {reply}");
                    refused += 1;
                }
            }
        }
        // Only the scope for payments has paid anything.
        let credit = Call::get("/nzh/getCredit").header("_token_", "demo-ali-token");
        let credit = world.send(&credit).await.unwrap().json().unwrap();
        let left = credit["result"]["customerAmountSrvs"][0]["amount"].as_i64().unwrap();
        assert_eq!(left == 10_000_000, name != "invoice:pay", "{name}: {credit}");
    }
    assert!(refused > 200, "{refused}");
}

/// RFC 6749, section 6.
#[apply(each_store)]
async fn a_refresh_gives_fewer_scopes_where_fewer_are_asked_for_and_never_more(#[case] _on: OnStore) {
    let mut world = World::start("sso-narrow").await;
    let mut tab = ali(&mut world).await;
    let (_, mut refresh) = tokens(&mut world, &mut tab, "profile wallet:read").await;
    let balance = async |world: &mut World, access: &str| {
        let call = Call::get("/nzh/getCredit").header("_token_", access);
        world.send(&call).await.unwrap().json().unwrap()["errorCode"].clone()
    };
    for wider in ["invoice:pay", "profile invoice:pay", "profile wallet:read business", "shop:write"] {
        let reply = token(&mut world, &format!("{}&scope={}", refreshed(&refresh), encoded(wider))).await;
        assert_eq!(error(&reply), (400, json!("invalid_scope")), "{wider}: {reply}");
    }
    // Refused requests have not used the token up, and narrower scopes apply to one access token only.
    for (asked, given, reads) in [
        ("profile", "profile", 4),
        ("phone shop:write", "profile", 4),
        ("wallet:read", "wallet:read", 0),
        ("", "profile wallet:read", 0),
        ("wallet:read profile", "profile wallet:read", 0),
    ] {
        for time in ["first", "again"] {
            let reply = token(&mut world, &format!("{}&scope={}", refreshed(&refresh), encoded(asked))).await;
            let body = reply.json().unwrap();
            assert_eq!((reply.status, &body["scope"]), (200, &json!(given)), "{asked} {time}: {reply}");
            let access = body["access_token"].as_str().unwrap();
            assert_eq!(balance(&mut world, access).await, reads, "{asked} {time}");
            let profile = if given.contains("profile") { json!(101) } else { Value::Null };
            assert_eq!(whose(&mut world, access).await, profile, "{asked} {time}");
            let asked_about = Call::post("/oauth2/token/info").body(format!("token={access}&client_id=shop"));
            let told = world.send(&asked_about).await.unwrap().json().unwrap();
            assert_eq!((&told["active"], &told["scope"]), (&json!(true), &json!(given)), "{told}");
            if time == "again" {
                refresh = pair(&reply).1;
            }
        }
    }
    // The repetition of an old token ends the family, whatever scopes it requests.
    let old = refresh.clone();
    let (access, _) = pair(&token(&mut world, &refreshed(&old)).await);
    world.operator(Call::post("/admin/v1/clock").json(&json!({"advance": "PT2M"}))).await.unwrap();
    let reply = token(&mut world, &format!("{}&scope=business", refreshed(&old))).await;
    assert_eq!(error(&reply), (400, json!("invalid_grant")), "{reply}");
    assert_eq!(whose(&mut world, &access).await, Value::Null);
}

#[apply(each_store)]
async fn a_code_of_an_sms_logs_in_the_browser_that_has_asked_for_it_and_no_other(#[case] _on: OnStore) {
    let mut world = World::start("sso-browser").await;
    let (mut asks, mut other) = (Tab::of(world.server.address), Tab::of(world.server.address));
    let log_in = "/oauth2/login";
    for tab in [&mut other, &mut asks] {
        tab.get(&mut world, log_in).await;
    }
    asks.submit(&mut world, log_in, "/oauth2/login/otp", "mobile=09121234567&next=/a").await;
    let sms = world.newest_sms("+989121234567").await.unwrap();
    let form = format!("mobile=09121234567&otp={}&next=/a", sms.strip_prefix("کد ورود: ").unwrap());
    let mut program = Tab::default();
    let stolen = program.post(&mut world, log_in, &form).await;
    assert_eq!((stolen.status, program.cookie("daric_sso")), (401, None), "a program without the cookie: {stolen}");
    let stolen = other.submit(&mut world, log_in, log_in, &form).await;
    assert_eq!((stolen.status, other.cookie("daric_sso")), (401, None), "another browser: {stolen}");
    let right = asks.submit(&mut world, log_in, log_in, &form).await;
    assert_eq!((right.status, right.header("location")), (302, Some("/a")), "{right}");
    // A program that keeps cookies is treated as a browser.
    world.operator(Call::post("/admin/v1/clock").json(&json!({"advance": "PT20M"}))).await.unwrap();
    program.post(&mut world, "/oauth2/login/otp", "mobile=09121234567").await;
    let sms = world.newest_sms("+989121234567").await.unwrap();
    let form = format!("mobile=09121234567&otp={}&next=/a", sms.strip_prefix("کد ورود: ").unwrap());
    assert_eq!(program.post(&mut world, log_in, &form).await.status, 302);
}

/// A browser that loads the page after a form again sends no code and counts no try; the page keeps its step in the other language.
#[apply(each_store)]
async fn the_log_in_s_forms_lead_a_browser_back_to_their_page(#[case] _on: OnStore) {
    let mut world = World::start("sso-redirects").await;
    let mut tab = Tab::of(world.server.address);
    tab.headers.push(("accept", "text/html,application/xhtml+xml".to_owned()));
    let here = "/oauth2/login?next=%2Fa";
    let sent = async |world: &mut World| {
        let list = Call::get("/admin/v1/sms").query("to", "+989121234567").query("limit", "100");
        world.operator(list).await.unwrap().as_array().unwrap().len()
    };
    let wrong = tab.submit(&mut world, here, "/oauth2/login", "username=ali&password=wrong&next=/a").await;
    assert_eq!((wrong.status, wrong.header("location")), (303, Some(here)), "{wrong}");
    let html = text(&tab.get(&mut world, here).await);
    assert!(html.contains("role=\"alert\"") && html.contains("value=\"ali\""), "{html}");
    // It is not what another log-in says.
    assert!(!text(&tab.get(&mut world, "/oauth2/login?next=%2Fb").await).contains("role=\"alert\""));
    let asked = tab.submit(&mut world, here, "/oauth2/login/otp", "mobile=09121234567&next=/a").await;
    assert_eq!((asked.status, asked.header("location")), (303, Some(here)), "{asked}");
    for lang in ["", "&lang=en", "&lang=fa"] {
        let html = text(&tab.get(&mut world, &format!("{here}{lang}")).await);
        assert!(html.contains("name=\"otp\"") && html.contains("value=\"09121234567\""), "{html}");
    }
    assert_eq!(sent(&mut world).await, 1);
    let by_password = format!("{here}&by=password");
    assert!(text(&tab.get(&mut world, &by_password).await).contains("name=\"password\""));
    let sms = world.newest_sms("+989121234567").await.unwrap();
    let form = format!("mobile=09121234567&otp={}&next=/a", sms.strip_prefix("کد ورود: ").unwrap());
    let right = tab.submit(&mut world, here, "/oauth2/login", &form).await;
    assert_eq!((right.status, right.header("location")), (302, Some("/a")), "{right}");
    assert_eq!(tab.cookie("daric_login"), Some(""));
}

/// second-edition.md 4.3.
#[apply(each_store)]
async fn what_is_allowed_is_listed_and_withdrawn_and_the_tokens_of_that_client_end(#[case] _on: OnStore) {
    let mut world = World::start("sso-withdraw").await;
    let mut tab = ali(&mut world).await;
    let page = "/oauth2/consents";
    assert!(text(&tab.get(&mut world, page).await).contains("به هیچ کسب‌وکاری اجازه نداده‌اید"));
    let (access, refresh) = tokens(&mut world, &mut tab, "profile wallet:read").await;
    let other = authorize("").replace("client_id=shop", "client_id=supplier");
    let other = tab.authorize(&mut world, &other).await;
    let code = other.header("location").unwrap().split_once("code=").unwrap().1.split('&').next().unwrap().to_owned();
    let form = exchange(&code, &format!("code_verifier={VERIFIER}")).replace("client_id=shop", "client_id=supplier");
    let (kept, _) = pair(&token(&mut world, &form).await);
    let late = code_for(&mut world, &mut tab, "profile").await;
    for (lang, said) in
        [("fa", "موجودی و گردش کیف پول شما را ببیند"), ("en", "See the balance and the statement of your wallet")]
    {
        let listed = text(&tab.get(&mut world, &format!("{page}?lang={lang}")).await);
        assert!(listed.contains("<bdi>shop</bdi>") && listed.contains("<bdi>supplier</bdi>") && listed.contains(said));
    }
    assert_eq!((whose(&mut world, &access).await, whose(&mut world, &kept).await), (json!(101), json!(101)));
    // Forms of other sites withdraw nothing, nor do forms with the token of another page.
    let consent_page = format!("{}&prompt=consent", authorize(""));
    let elsewhere = field(&tab.get(&mut world, &consent_page).await, "csrf").unwrap();
    for form in ["client=201".to_owned(), format!("client=201&csrf={elsewhere}")] {
        assert_eq!(tab.post(&mut world, page, &form).await.status, 403, "{form}");
    }
    let mut nima = Tab::of(world.server.address);
    nima.log_in(&mut world, "nima").await;
    nima.authorize(&mut world, &authorize("").replace("client_id=shop", "client_id=supplier")).await;
    assert_eq!(nima.submit(&mut world, page, page, "client=201").await.status, 303);
    assert_eq!(whose(&mut world, &access).await, 101, "another user's consent");
    for _ in 0..2 {
        let withdrawn = tab.submit(&mut world, page, page, "client=201").await;
        assert_eq!((withdrawn.status, withdrawn.header("location")), (303, Some("/oauth2/consents?done=1")));
    }
    assert_eq!((whose(&mut world, &access).await, whose(&mut world, &kept).await), (Value::Null, json!(101)));
    assert_eq!(error(&token(&mut world, &refreshed(&refresh)).await), (400, json!("invalid_grant")));
    let late = exchange(&late, &format!("code_verifier={VERIFIER}"));
    assert_eq!(error(&token(&mut world, &late).await), (400, json!("invalid_grant")));
    assert_eq!(tab.get(&mut world, &authorize("")).await.status, 200, "it is asked again");
    tokens(&mut world, &mut tab, "profile").await;
    assert_eq!(whose(&mut world, &access).await, Value::Null, "and what was ended stays so");
    // Without a log-in the page leads to the log-in.
    let reply = Tab::of(world.server.address).get(&mut world, page).await;
    assert_eq!((reply.status, reply.header("location")), (302, Some("/oauth2/login?next=%2Foauth2%2Fconsents")));
}

/// second-edition.md 4.3.
#[apply(each_store)]
async fn a_lost_reply_to_a_refresh_is_given_again_and_a_stolen_token_ends_the_family(#[case] _on: OnStore) {
    let mut world = World::start("sso-family").await;
    let mut tab = ali(&mut world).await;
    let (access, refresh) = tokens(&mut world, &mut tab, "profile").await;
    let (second_access, second) = pair(&token(&mut world, &refreshed(&refresh)).await);
    assert!(second != refresh && second.len() == 32 && second.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    world.set_clock("2026-11-21T11:00:59+03:30").await.unwrap();
    let (again, same) = pair(&token(&mut world, &refreshed(&refresh)).await);
    assert_eq!(same, second);
    for token in [&access, &second_access, &again] {
        assert_eq!(whose(&mut world, token).await, 101);
    }
    // Another client gets no successor, and its attempt ends nothing.
    let foreign = refreshed(&refresh).replace("client_id=shop", "client_id=supplier");
    assert_eq!(error(&token(&mut world, &foreign).await), (400, json!("invalid_grant")));
    let (third_access, third) = pair(&token(&mut world, &refreshed(&second)).await);
    world.set_clock("2026-11-21T11:01:00+03:30").await.unwrap();
    assert_eq!(whose(&mut world, &third_access).await, 101);
    assert_eq!(error(&token(&mut world, &refreshed(&refresh)).await), (400, json!("invalid_grant")));
    for token in [&access, &second_access, &again, &third_access] {
        assert_eq!(whose(&mut world, token).await, Value::Null);
    }
    assert_eq!(error(&token(&mut world, &refreshed(&third)).await), (400, json!("invalid_grant")));
    // A code that is exchanged twice ends the tokens that it gave.
    let twice = code(&mut world, &mut tab).await;
    let form = exchange(&twice, &format!("code_verifier={VERIFIER}"));
    let (access, refresh) = pair(&token(&mut world, &form).await);
    assert_eq!(whose(&mut world, &access).await, 101);
    assert_eq!(error(&token(&mut world, &form).await), (400, json!("invalid_grant")));
    assert_eq!(whose(&mut world, &access).await, Value::Null);
    assert_eq!(error(&token(&mut world, &refreshed(&refresh)).await), (400, json!("invalid_grant")));
}

/// second-edition.md 4.3.
#[apply(each_store)]
async fn a_new_password_or_disabling_ends_log_ins_and_the_tokens_that_came_of_them(#[case] _on: OnStore) {
    let mut world = World::start("sso-ended").await;
    let bodies = [vec![json!({"password": "another"})], vec![json!({"disabled": true}), json!({"disabled": false})]];
    for (password, bodies) in ["ali", "another"].into_iter().zip(bodies) {
        let mut tab = Tab::of(world.server.address);
        let form = format!("username=ali&password={password}&next=/");
        assert_eq!(tab.submit(&mut world, "/oauth2/login", "/oauth2/login", &form).await.status, 302);
        // A session by SMS ends, too.
        let mut by_sms = Tab::of(world.server.address);
        by_sms.submit(&mut world, "/oauth2/login", "/oauth2/login/otp", "mobile=09121234567&next=/").await;
        let sms = world.newest_sms("+989121234567").await.unwrap();
        let form = format!("mobile=09121234567&otp={}&next=/", sms.strip_prefix("کد ورود: ").unwrap());
        assert_eq!(by_sms.submit(&mut world, "/oauth2/login", "/oauth2/login", &form).await.status, 302);
        let (access, refresh) = tokens(&mut world, &mut tab, "profile").await;
        let late = code(&mut world, &mut by_sms).await;
        assert_eq!(whose(&mut world, &access).await, 101);
        for body in bodies {
            world.operator(Call::new("PUT", "/admin/v1/parties/101").json(&body)).await.unwrap();
        }
        assert_eq!(whose(&mut world, &access).await, Value::Null);
        for form in [refreshed(&refresh), exchange(&late, &format!("code_verifier={VERIFIER}"))] {
            assert_eq!(error(&token(&mut world, &form).await), (400, json!("invalid_grant")), "{form}");
        }
        for tab in [&mut tab, &mut by_sms] {
            let reply = tab.get(&mut world, &authorize("")).await;
            assert!(reply.header("location").is_some_and(|to| to.starts_with("/oauth2/login")), "{reply}");
        }
        // Tokens that the operator has made stay valid.
        assert_eq!(whose(&mut world, "demo-ali-token").await, 101);
        // Other changes end nothing.
        let mut tab = Tab::of(world.server.address);
        let form = "username=ali&password=another&next=/";
        assert_eq!(tab.submit(&mut world, "/oauth2/login", "/oauth2/login", form).await.status, 302);
        let (access, _) = tokens(&mut world, &mut tab, "profile").await;
        world
            .operator(Call::new("PUT", "/admin/v1/parties/101").json(&json!({"mobile": "09121234567"})))
            .await
            .unwrap();
        assert_eq!(whose(&mut world, &access).await, 101);
    }
}

/// second-edition.md 4.3, RFC 7009 and RFC 7662.
#[apply(each_store)]
async fn a_client_asks_about_its_own_tokens_and_gives_them_back(#[case] _on: OnStore) {
    let mut world = World::start("sso-revoke").await;
    let mut tab = ali(&mut world).await;
    let (access, refresh) = tokens(&mut world, &mut tab, "profile invoice:pay").await;
    let (second, _) = pair(&token(&mut world, &refreshed(&refresh)).await);
    let refresh = token(&mut world, &refreshed(&refresh)).await;
    let refresh = pair(&refresh).1;
    let ask = async |world: &mut World, path: &str, client: &str, token: &str| {
        let form = format!("client_id={client}&token={token}&token_type_hint=access_token");
        let call = Call::post(path).header("content-type", "application/x-www-form-urlencoded").body(form);
        world.send(&call).await.unwrap()
    };
    let (info, revoke) = ("/oauth2/token/info", "/oauth2/token/revoke");
    let now = 1_795_246_200;
    for (token, life) in [(&access, 900), (&refresh, 30 * 86_400)] {
        let reply = ask(&mut world, info, "shop", token).await;
        let said = json!({"active": true, "client_id": "shop", "exp": now + life, "scope": "profile invoice:pay",
            "sub": "101"});
        assert_eq!((reply.status, reply.header("cache-control")), (200, Some("no-store")));
        assert_eq!(reply.json().unwrap(), said);
    }
    // Another client learns nothing and ends nothing, and a token that the operator made belongs to no client.
    for token in [&access, &refresh] {
        assert_eq!(ask(&mut world, info, "supplier", token).await.json().unwrap(), json!({"active": false}));
        assert_eq!(ask(&mut world, revoke, "supplier", token).await.status, 200);
    }
    for token in ["unknown", "demo-ali-token"] {
        assert_eq!(ask(&mut world, info, "shop", token).await.json().unwrap(), json!({"active": false}));
        assert_eq!(ask(&mut world, revoke, "shop", token).await.status, 200);
    }
    assert_eq!(whose(&mut world, "demo-ali-token").await, 101);
    // An access token ends alone, a refresh token together with its whole family.
    assert_eq!(ask(&mut world, revoke, "shop", &access).await.json().unwrap(), json!({}));
    assert_eq!((whose(&mut world, &access).await, whose(&mut world, &second).await), (Value::Null, json!(101)));
    assert_eq!(ask(&mut world, revoke, "shop", &refresh).await.status, 200);
    assert_eq!(whose(&mut world, &second).await, Value::Null);
    assert_eq!(error(&token(&mut world, &refreshed(&refresh)).await), (400, json!("invalid_grant")));
    for token in [&access, &second, &refresh] {
        assert_eq!(ask(&mut world, info, "shop", token).await.json().unwrap(), json!({"active": false}));
        assert_eq!(ask(&mut world, revoke, "shop", token).await.status, 200, "again");
    }
    for path in [info, revoke] {
        assert_eq!(error(&ask(&mut world, path, "nobody", &access).await), (401, json!("invalid_client")));
        let call = Call::post(path).body("client_id=shop");
        assert_eq!(error(&world.send(&call).await.unwrap()), (400, json!("invalid_request")));
    }
    let secret = json!({"clientSecret": "a-secret-of-the-shop"});
    world.operator(Call::new("PUT", "/admin/v1/parties/201").json(&secret)).await.unwrap();
    for path in [info, revoke] {
        assert_eq!(error(&ask(&mut world, path, "shop", &access).await), (401, json!("invalid_client")));
    }
}

/// second-edition.md 4.3, RFC 8414: every address that the metadata names is served.
#[apply(each_store)]
async fn the_log_in_service_says_what_it_offers_and_where(#[case] _on: OnStore) {
    let mut world = World::start("sso-metadata").await;
    let reply = world.send(&Call::get("/.well-known/oauth-authorization-server")).await.unwrap();
    let metadata = reply.json().unwrap();
    let issuer = metadata["issuer"].as_str().unwrap().to_owned();
    assert_eq!(issuer, format!("http://{}", world.server.address));
    let scopes: Vec<&str> =
        metadata["scopes_supported"].as_array().unwrap().iter().map(|s| s.as_str().unwrap()).collect();
    assert_eq!(scopes[..5], ["profile", "wallet:read", "invoice:pay", "business", "invoice:standing"]);
    // POD's scope names give the profile, as `profile` does.
    let mut tab = ali(&mut world).await;
    for name in &scopes[5..] {
        let (access, refresh) = tokens(&mut world, &mut tab, name).await;
        assert_eq!(whose(&mut world, &access).await, 101, "{name}");
        let again = token(&mut world, &format!("{}&scope={name}", refreshed(&refresh))).await.json().unwrap();
        assert_eq!(again["scope"], "profile", "{name}");
        let credit = Call::get("/nzh/getCredit").header("_token_", &access);
        assert_eq!(world.send(&credit).await.unwrap().json().unwrap()["errorCode"], 4, "{name}");
    }
    let ends: Vec<(&String, &Value)> =
        metadata.as_object().unwrap().iter().filter(|(name, _)| name.ends_with("_endpoint")).collect();
    assert_eq!(ends.len(), 4);
    for (name, address) in ends {
        let path = address.as_str().unwrap().strip_prefix(&issuer).unwrap();
        let get = name == "authorization_endpoint";
        let call = if get { Call::get(path) } else { Call::post(path) };
        assert_eq!(world.send(&call).await.unwrap().status, 400, "{name}: it is there, and wants parameters");
    }
    // The address of POD's own page serves the same page.
    let page = authorize("").replace("/oauth2/authorize", "/oauth2/authorize/index.html");
    let back = tab.authorize(&mut world, &page).await;
    assert!(back.header("location").unwrap().starts_with(&format!("{BACK}?code=")), "{back}");
}

/// Paths of the log-in service for programs, from its own metadata.
async fn called_by_programs(world: &mut World) -> Vec<String> {
    let reply = world.send(&Call::get("/.well-known/oauth-authorization-server")).await.unwrap();
    let metadata = reply.json().unwrap();
    let base = metadata["issuer"].as_str().unwrap().to_owned();
    let ends = metadata
        .as_object()
        .unwrap()
        .iter()
        .filter(|(name, _)| name.ends_with("_endpoint") && *name != "authorization_endpoint");
    let paths: Vec<String> =
        ends.map(|(_, address)| address.as_str().unwrap().strip_prefix(&base).unwrap().to_owned()).collect();
    assert_eq!(paths.len(), 3);
    paths
}

/// second-edition.md 4.3.
#[apply(each_store)]
async fn parameters_of_token_calls_come_in_the_form_or_in_the_query_and_the_form_counts_first(#[case] _on: OnStore) {
    let mut world = World::start("sso-query").await;
    let mut tab = ali(&mut world).await;
    let post = async |world: &mut World, path: &str, query: &str, form: &str| {
        let call = Call::post(&format!("{path}?{query}"));
        world.send(&call.header("content-type", "application/x-www-form-urlencoded").body(form)).await.unwrap()
    };
    let verifier = format!("code_verifier={VERIFIER}");
    // All parameters in the query; and divided, with another value in the query than in the form.
    let first = exchange(&code(&mut world, &mut tab).await, &verifier);
    let given = post(&mut world, "/oauth2/token", &first, "").await;
    assert_eq!(given.status, 200, "{given}");
    let (access, refresh) = pair(&given);
    assert_eq!(whose(&mut world, &access).await, 101);
    let second = exchange(&code(&mut world, &mut tab).await, &verifier);
    let given = post(&mut world, "/oauth2/token/", "grant_type=refresh_token&client_id=supplier", &second).await;
    assert_eq!(given.status, 200, "{given}");
    let (_, next) = pair(&post(&mut world, "/oauth2/token", &refreshed(&refresh), "").await);
    for (path, told) in [("/oauth2/token/info", true), ("/oauth2/token/revoke", true), ("/oauth2/token/info", false)] {
        let reply = post(&mut world, path, &format!("token={next}&client_id=shop"), "").await;
        let reply = reply.json().unwrap();
        assert!(path.ends_with("revoke") || reply["active"] == told, "{path}: {reply}");
    }
    assert_eq!(error(&post(&mut world, "/oauth2/token", &refreshed(&next), "").await), (400, json!("invalid_grant")));
}

/// second-edition.md 4.3, RFC 6749 5.2: callers of this endpoint parse JSON.
#[apply(each_store)]
async fn whatever_is_wrong_with_a_token_call_is_told_in_json(#[case] _on: OnStore) {
    let mut world = World::start("sso-json").await;
    let paths = called_by_programs(&mut world).await;
    let ends = paths.iter().flat_map(|path| [path.clone(), format!("{path}/")]);
    let mut wrong: Vec<(Call, u16)> =
        vec![(Call::get("/oauth2/token/nothing"), 404), (Call::post("/oauth2/token/info/more").body("a=b"), 404)];
    for path in ends {
        for method in ["GET", "PUT", "DELETE", "PATCH"] {
            wrong.push((Call::new(method, &path), 405));
        }
        wrong.push((Call::post(&path), 400));
        wrong.push((Call::post(&path).body("client_id=shop"), 400));
        wrong.push((Call::post(&path).body("client_id=%D3%E1"), 400));
        wrong.push((Call::post(&path).body("a".repeat(70_000)), 413));
        wrong.push((Call::post(&format!("{path}?client_id=%FF")), 400));
    }
    for (call, status) in wrong {
        let reply = world.send(&call).await.unwrap();
        assert_eq!(
            (reply.status, reply.header("content-type")),
            (status, Some("application/json; charset=utf-8")),
            "{reply}"
        );
        let said = reply.json().unwrap();
        assert!(said["error"].is_string() && said["error_description"].is_string(), "{said}");
        assert_eq!(reply.header("cache-control"), Some("no-store"));
        assert_eq!(reply.header("allow").is_some_and(|methods| methods.contains("POST")), status == 405, "{reply}");
    }
}

/// second-edition.md 4.3: POD's own libraries make verifiers of ten characters.
#[apply(each_store)]
async fn verifiers_of_1_to_128_characters_are_taken_and_codes_and_tokens_have_32_letters_and_digits(
    #[case] _on: OnStore,
) {
    let mut world = World::start("sso-verifiers").await;
    let mut tab = ali(&mut world).await;
    for length in [1, 10, 42, 43, 128] {
        let verifier = "v".repeat(length);
        let own = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
        let back = tab.authorize(&mut world, &authorize("").replace(&challenge(), &own)).await;
        let code = harness::world::query_value(back.header("location").unwrap(), "code").unwrap();
        let given = token(&mut world, &exchange(&code, &format!("code_verifier={verifier}"))).await;
        assert_eq!(given.status, 200, "{length}: {given}");
        let (access, refresh) = pair(&given);
        let (newer, next) = pair(&token(&mut world, &refreshed(&refresh)).await);
        for text in [code, access, refresh, newer, next] {
            assert!(text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{text}");
        }
    }
}

/// second-edition.md 1.3, 4.3.
#[apply(each_store)]
async fn a_state_and_an_address_of_8_kib_come_back_byte_for_byte_through_log_in_and_consent(#[case] _on: OnStore) {
    const MOST: usize = 8 * 1024;
    let mut world = World::start("sso-long").await;
    let signs = "پاد ۱\t+%2B&=#?/\\\"<>~'`{}|^😀;:@!$*(),";
    let mut state = signs.repeat(MOST / signs.len());
    state.push_str(&"s".repeat(MOST - state.len()));
    let mut back = format!("{BACK}?own=%D9%BE&more=");
    back.push_str(&"a".repeat(MOST - back.len()));
    assert_eq!((state.len(), back.len()), (MOST, MOST));
    let query = |state: &str, back: &str| {
        authorize("").replace("s%201", &encoded(state)).replace(&encoded(BACK), &encoded(back))
    };
    let mut tab = Tab::of(world.server.address);
    let first = tab.get(&mut world, &query(&state, &back)).await;
    let to = first.header("location").unwrap().to_owned();
    let page = tab.get(&mut world, &to).await;
    assert_eq!((first.status, page.status), (302, 200), "{}", page.status);
    let next = field(&page, "next").unwrap().replace("&#38;", "&");
    assert_eq!(next, query(&state, &back));
    let form = format!("username=ali&password=ali&next={}", encoded(&next));
    let logged_in = tab.submit(&mut world, &to, "/oauth2/login", &form).await;
    assert_eq!((logged_in.status, logged_in.header("location")), (302, Some(next.as_str())));
    let reply = tab.authorize(&mut world, &next).await;
    let location = reply.header("location").unwrap_or_else(|| panic!("{}", reply.status)).to_owned();
    assert!(location.starts_with(&format!("{back}&code=")), "{location}");
    let told = harness::world::query_value(&location, "state").unwrap();
    assert_eq!(percent_encoding::percent_decode_str(&told).decode_utf8().unwrap(), state);
    let code = harness::world::query_value(&location, "code").unwrap();
    let form = exchange(&code, &format!("code_verifier={VERIFIER}")).replace(&encoded(BACK), &encoded(&back));
    assert_eq!(token(&mut world, &form).await.status, 200);
    // One byte more is refused, with a redirect where the address can be trusted.
    let reply = tab.get(&mut world, &query(&format!("{state}s"), &back)).await;
    assert!(reply.header("location").unwrap().starts_with(&format!("{back}&error=invalid_request")), "{reply}");
    assert_eq!(tab.get(&mut world, &query("s", &format!("{back}a"))).await.status, 400);
    // An address of this site to continue to, without a client.
    let next = format!("/v1/pbc/pay/0?a={}", "%D9%BE".repeat(MOST / 6));
    let form = format!("username=ali&password=ali&next={}", encoded(&next));
    let logged_in = tab.submit(&mut world, "/oauth2/login", "/oauth2/login", &form).await;
    assert_eq!(logged_in.header("location"), Some(next.as_str()));
    // Windows-1256 is not UTF-8.
    for path in [
        authorize("").replace("s%201", "%D3%E1%C7%E3"),
        authorize("").replace(&encoded(BACK), &format!("{}%3Fa%3D%D3", encoded(BACK))),
        "/oauth2/login?next=%2Fa%3Fb%3D%D3".to_owned(),
    ] {
        let reply = tab.get(&mut world, &path).await;
        assert!(reply.status == 400 && reply.header("location").is_none(), "{path}: {reply}");
    }
    let reply = tab.post(&mut world, "/oauth2/login", "username=ali&password=ali&next=%2Fa%3Fb%3D%D3").await;
    assert!(reply.status == 400 && reply.header("location").is_none(), "{reply}");
    let inner = format!("/oauth2/login?next={}", encoded("/oauth2/authorize?state=%D3%E1"));
    let next = field(&tab.get(&mut world, &inner).await, "next").unwrap();
    assert_eq!(tab.get(&mut world, &next).await.status, 400, "{next}");
}

/// The sources of `form-action` of a page, beside its own site.
fn forms_lead_to(page: &Reply) -> String {
    let policy = page.header("content-security-policy").unwrap_or_else(|| panic!("{page}"));
    let (_, rest) = policy.split_once("form-action 'self'").unwrap();
    rest.split(';').next().unwrap().trim().to_owned()
}

/// second-edition.md 4.3: by the schemes of RFC 8252.
#[apply(each_store)]
async fn users_are_led_back_to_an_app_by_its_registered_scheme_and_the_pages_forms_may_lead_there(
    #[case] _on: OnStore,
) {
    let mut world = World::start("sso-app").await;
    let register = async |world: &mut World, address: &str| {
        let body = json!({"redirectUris": ["https://shop.example/cb", address]});
        world.operator(Call::new("PUT", "/admin/v1/parties/201").json(&body)).await
    };
    let long = format!("com.example.app:/{}", "a".repeat(8 * 1024 - 17));
    let apps = [
        ("myapp://oauth/back", "https: http: myapp:"),
        ("com.example.app:/cb?x=1", "https: http: com.example.app:"),
        ("com.example.app:cb", "https: http: com.example.app:"),
        ("MyApp+2://", "https: http: myapp+2:"),
        ("https://other.example/cb", "https: http:"),
        (&long, "https: http: com.example.app:"),
    ];
    for (address, sources) in apps {
        let query = authorize("").replace(&encoded(BACK), &encoded(address));
        // Before its registration the address is refused, and no page allows it.
        let mut tab = Tab::of(world.server.address);
        assert_eq!(tab.get(&mut world, &query).await.status, 400, "{address}");
        let log_in = format!("/oauth2/login?next={}", encoded(&query));
        assert_eq!(forms_lead_to(&tab.get(&mut world, &log_in).await), "https: http:", "{address}");
        register(&mut world, address).await.unwrap();
        let first = tab.get(&mut world, &query).await;
        let page = tab.get(&mut world, first.header("location").unwrap()).await;
        assert_eq!(forms_lead_to(&page), sources, "{address}");
        tab.log_in(&mut world, "ali").await;
        let page = tab.get(&mut world, &format!("{query}&prompt=consent")).await;
        assert_eq!(forms_lead_to(&page), sources, "{address}");
        let back = tab.authorize(&mut world, &query).await;
        let location = back.header("location").unwrap();
        let join = if address.contains('?') { '&' } else { '?' };
        assert!(location.starts_with(&format!("{address}{join}code=")), "{location}");
        let code = harness::world::query_value(location, "code").unwrap();
        let form = exchange(&code, &format!("code_verifier={VERIFIER}")).replace(&encoded(BACK), &encoded(address));
        assert_eq!(token(&mut world, &form).await.status, 200, "{address}");
        register(&mut world, "https://shop.example/").await.unwrap();
    }
    for address in [
        "javascript:alert(1)",
        "JavaScript://shop.example/%0aalert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "FILE://shop/x",
        "blob:https://shop.example/1",
        "vbscript:x",
        "about:blank",
        "myapp:",
        "myapp://a#b",
        "myapp://a\\b",
        "my app://a",
        "2app://a",
        "myapp://ali:ali@a",
        "myapp://پاد",
        "/cb",
        "",
        &format!("{long}a"),
    ] {
        let refused = register(&mut world, address).await.unwrap_err();
        assert!(refused.contains("redirectUris") && refused.contains("400"), "{address}: {refused}");
    }
}

/// The code of 29820 for an invoice of shop.
async fn taken(caller: &mut Caller, token: &str, invoice: &Value) -> i64 {
    answer_of(&caller.pod(token, 29820, &format!("invoiceId={}", invoice["id"])).await).0
}

/// second-edition.md 4.8: 29820 pays by a standing permission of the user. The decision counts what was taken, and the count survives restarts.
#[apply(each_store)]
async fn a_business_takes_what_a_user_has_allowed_it_and_no_more(#[case] _on: OnStore) {
    let mut world = World::start("sso-standing").await;
    let mut tab = ali(&mut world).await;
    let to_ali = format!("userId=101&{}", line(50_000, "1"));
    let invoice = world.issue(SHOP, &to_ali).await;
    assert_eq!(taken(&mut world, SHOP, &invoice).await, 4, "nothing is allowed yet");
    // The page proposes the limit that the business requests, and the user sets the limit.
    let path = authorize("&standing_limit=500000&standing_days=7").replace("scope=profile", "scope=invoice:standing");
    let page = tab.get(&mut world, &path).await;
    assert_eq!(field(&page, "standing_limit"), None, "it is no hidden field");
    let html = text(&page);
    assert!(html.contains("value=\"500000\"") && html.contains("<option value=\"7\" selected>"), "{html}");
    let csrf = field(&page, "csrf").unwrap();
    for wrong in [
        "",
        "&standing_limit=0&standing_days=7",
        "&standing_limit=x&standing_days=7",
        "&standing_limit=5&standing_days=8",
    ] {
        let form = format!("csrf={csrf}&decision=allow{wrong}");
        let reply = tab.post(&mut world, &path, &form).await;
        assert!(reply.status == 200 && text(&reply).contains("role=\"alert\""), "{wrong}: {reply}");
    }
    assert_eq!(taken(&mut world, SHOP, &invoice).await, 4);
    let allow = async |world: &mut World, tab: &mut Tab, limit: i64| {
        let page = tab.get(world, &format!("{path}&prompt=consent")).await;
        let csrf = field(&page, "csrf").unwrap();
        let form = format!("csrf={csrf}&decision=allow&standing_limit={limit}&standing_days=30");
        let reply = tab.post(world, &format!("{path}&prompt=consent"), &form).await;
        assert!(reply.header("location").is_some_and(|to| to.contains("code=")), "{reply}");
    };
    allow(&mut world, &mut tab, 54_500 * 2).await;
    // Only its own invoices to this user.
    for (token, form, code) in [
        (SHOP, format!("userId=103&{}", line(50_000, "1")), 4),
        (SHOP, line(50_000, "1"), 999),
        (SUPPLIER, to_ali.clone(), 4),
    ] {
        let other = world.issue(token, &form).await;
        assert_eq!(taken(&mut world, token, &other).await, code, "{form}");
    }
    assert_eq!(taken(&mut world, SUPPLIER, &invoice).await, 4, "another's invoice");
    assert_eq!(taken(&mut world, ALI, &invoice).await, 21, "a user's token");
    assert_eq!(taken(&mut world, SHOP, &invoice).await, 0);
    assert_eq!(taken(&mut world, SHOP, &invoice).await, 24, "it pays once");
    let seen = world.invoice(SHOP, invoice["id"].as_i64().unwrap()).await;
    assert_eq!((&seen["payer"]["name"], &seen["wallet"]), (&json!("ali"), &json!("PODLAND_WALLET")));
    // One more invoice fits the limit; of several concurrent ones, one.
    let mut calls = Vec::new();
    for _ in 0..6 {
        let invoice = world.issue(SHOP, &to_ali).await;
        let address = world.server.address;
        calls.push(tokio::spawn(async move { taken(&mut Caller::at(address).await, SHOP, &invoice).await }));
    }
    let mut codes = Vec::new();
    for call in calls {
        codes.push(call.await.unwrap());
    }
    codes.sort_unstable();
    assert_eq!(codes, [0, 999, 999, 999, 999, 999]);
    assert_eq!(world.wallet(ALI).await, 10_000_000 - 2 * 54_500);
    // Neither another limit nor a restart begins a new period.
    allow(&mut world, &mut tab, 54_500 * 3).await;
    let killed = std::mem::replace(&mut world.server, Server::none());
    killed.kill();
    world.server = Server::start(&world.home, Launch::default());
    world.caller = Caller::at(world.server.address).await;
    for code in [0, 999] {
        let next = world.issue(SHOP, &to_ali).await;
        assert_eq!(taken(&mut world, SHOP, &next).await, code);
    }
    world.operator(Call::post("/admin/v1/clock").json(&json!({"advance": "P30D"}))).await.unwrap();
    let next = world.issue(SHOP, &to_ali).await;
    assert_eq!(taken(&mut world, SHOP, &next).await, 0, "the next period");
    // A payment that fails for lack of money takes nothing of the limit.
    let mut tab = ali(&mut world).await;
    allow(&mut world, &mut tab, 100_000_000).await;
    let dear = world.issue(SHOP, &format!("userId=101&{}", line(20_000_000, "1"))).await;
    let (code, why) = answer_of(&world.pod(SHOP, 29820, &format!("invoiceId={}", dear["id"])).await);
    assert_eq!((code, why.as_str()), (999, "موجودی کافی نیست"));
    let page = text(&tab.get(&mut world, "/oauth2/consents").await);
    assert!(page.contains("۱۰۰٬۰۰۰٬۰۰۰") && page.contains("۵۴٬۵۰۰"), "{page}");
    // A withdrawn permission ends at once.
    let withdrawn = tab.submit(&mut world, "/oauth2/consents", "/oauth2/consents", "client=201").await;
    assert_eq!(withdrawn.status, 303, "{withdrawn}");
    let last = world.issue(SHOP, &to_ali).await;
    assert_eq!(taken(&mut world, SHOP, &last).await, 4);
    let World { server, home, .. } = world;
    server.stop();
    verify(&home);
}
