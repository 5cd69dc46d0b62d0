//! Behaviour that all paths share before any service is reached: methods, headers, bodies, unknown paths (second-edition.md 1.8–1.10).

use crate::harness;
use crate::harness::server::{OnStore, each_store};
use rstest_reuse::apply;

use std::collections::BTreeSet;
use std::path::Path;

use harness::client::{Call, Client, Reply};
use harness::pod::{ENVELOPE, SHOP, answer_of};
use harness::world::{OPERATOR, World, fifty_thousand, token_call, transfer_call};
use regex::Regex;
use serde_json::Value;

/// Collects the paths that the sources of the routers have beside their methods.
fn written(folder: &Path, found: &mut BTreeSet<String>) {
    let routes =
        Regex::new(r#""(/[^"\s]*)"\s*,\s*(?:get|post|delete|form)\(|: &str = "(/[a-z0-9.][^"\s]*)";"#).unwrap();
    for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() {
            written(&entry, found);
        } else {
            let text = std::fs::read_to_string(&entry).unwrap();
            let paths = routes.captures_iter(&text).filter_map(|found| found.get(1).or(found.get(2)));
            found.extend(paths.map(|path| path.as_str().to_owned()));
        }
    }
}

/// Every path that is served, with its places filled in: from the routers' sources and tables, and from the document of the operator API.
async fn paths(world: &mut World) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for name in ["finnotech", "paystar", "pod", "admin", "console"] {
        written(&Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name).join("src"), &mut all);
    }
    assert!(all.len() > 80, "{all:?}");
    let document = world.send(&Call::get("/openapi.json")).await.unwrap().json().unwrap();
    all.extend(document["paths"].as_object().unwrap().keys().cloned());
    all.extend(pod::gateway::STEPS.iter().map(|step| format!("/v1/pbc/pay/{{gs}}{step}")));
    all.extend(pod::gateway::LINKS.iter().map(|link| format!("/v1/pbc/{link}")));
    let services = wire::pod::services::ALL.iter().filter(|row| !row.path.is_empty());
    all.extend(services.flat_map(|row| ["", "/srv/sc", "/srv/core"].map(|prefix| format!("{prefix}{}", row.path))));
    all.insert(harness::pod::ENVELOPE.to_owned());
    let place = Regex::new(r"\{(\w+)\}").unwrap();
    let filled = all.iter().map(|path| {
        let value = |found: &regex::Captures<'_>| match &found[1] {
            "client" => "drops".to_owned(),
            "deposit" => "0302876214008".to_owned(),
            "gs" => "0".repeat(32),
            _ => "1".to_owned(),
        };
        place.replace_all(path, value).into_owned()
    });
    filled.collect()
}

/// A call of a path, with the operator's token where it takes one.
fn call(method: &str, path: &str) -> Call {
    let call = Call::new(method, path);
    if path.starts_with("/admin/") { call.bearer(OPERATOR) } else { call }
}

/// Whether a refusal has the form of the dialect that its path belongs to.
fn has_its_form(path: &str, reply: &Reply) -> bool {
    let below = |prefixes: &[&str]| {
        let is_below = |prefix: &&str| path == *prefix || path.starts_with(&format!("{prefix}/"));
        prefixes.iter().any(is_below)
    };
    let kind = reply.header("content-type").unwrap_or_default();
    if below(&["/console", "/docs", "/v1/pbc", "/s", "/dev/v2/oauth2/consent"]) {
        return kind == "text/html; charset=utf-8";
    }
    let Ok(body) = reply.json() else { return false };
    let (error, is_text) = (&body["error"], |value: &Value| value.as_str().is_some_and(|text| !text.is_empty()));
    let finnotech = ["/oak", "/dev", "/facility", "/card", "/credit", "/kyc", "/mpg", "/ecity", "/billing"].as_slice();
    kind.starts_with("application/json")
        && if below(finnotech) {
            let echoes = path.starts_with("/dev/v2/oauth2/") != body.get("trackId").is_some();
            body["status"] == "FAILED" && is_text(&error["code"]) && is_text(&error["message"]) && echoes
        } else if below(&["/srv", "/nzh", "/v1"]) {
            body["hasError"] == true && body["errorCode"].is_i64() && is_text(&body["message"]) && is_text(&body["ott"])
        } else if below(&["/api"]) {
            body["status"] == 0 && body["errors"].as_array().is_some_and(|errors| !errors.is_empty())
        } else if below(&["/oauth2"]) {
            is_text(error) && is_text(&body["error_description"])
        } else {
            is_text(&error["code"]) && is_text(&error["message"])
        }
}

/// Replies that caches may keep.
const PUBLIC: [&str; 2] = ["/openapi.json", "/.well-known/oauth-authorization-server"];

fn assert_is_not_kept(path: &str, reply: &Reply) {
    let kept = PUBLIC.contains(&path) || path.starts_with("/assets/");
    let says = reply.header("cache-control").unwrap_or_default();
    assert!(if kept { says.starts_with("public") } else { says == "no-store" }, "{path}: {says:?} {reply}");
}

// second-edition.md 1.9.
#[apply(each_store)]
async fn every_path_says_which_methods_it_has_and_what_is_wrong_in_its_own_form_and_no_reply_is_kept(
    #[case] _on: OnStore,
) {
    let mut world = World::start("edge-methods").await;
    let paths = paths(&mut world).await;
    let (mut heads, mut large) = (0, 0);
    for path in &paths {
        let refused = world.send(&call("PATCH", path)).await.unwrap();
        assert_eq!(refused.status, 405, "{path}: {refused}");
        let allowed = refused.header("allow").unwrap_or_else(|| panic!("{path}: no Allow: {refused}")).to_owned();
        assert!(has_its_form(path, &refused), "PATCH {path}: {refused}");
        assert_is_not_kept("", &refused);
        let methods: Vec<&str> = allowed.split(',').collect();
        assert_eq!(methods.contains(&"GET"), methods.contains(&"HEAD"), "{path}: {allowed}");
        if methods.contains(&"GET") {
            let (whole, head) =
                (world.send(&call("GET", path)).await.unwrap(), world.send(&call("HEAD", path)).await.unwrap());
            assert_eq!((head.status, head.body.len()), (whole.status, 0), "{path}: {whole}");
            assert_eq!(head.header("content-type"), whole.header("content-type"), "{path}");
            assert_is_not_kept(if whole.status == 200 { path } else { "" }, &whole);
            heads += 1;
        }
        for method in methods.into_iter().filter(|method| matches!(*method, "POST" | "PUT")) {
            let call = call(method, path).body("x".repeat(70_000));
            // On a separate connection, because the server closes it.
            let reply = Client::connect(world.server.address).await.unwrap().send(&call).await.unwrap();
            // Some calls read no body.
            let told = reply.status < 400 || has_its_form(path, &reply) || is_page(&reply);
            assert!(told, "{method} {path}: {reply}");
            assert_is_not_kept("", &reply);
            large += u32::from(reply.status == 413);
        }
    }
    assert!(heads > 50 && large > 60, "{heads} {large} of {}", paths.len());
}

// RFC 9110, 11.6.1: a 401 without a challenge cannot be read by some clients, for example Java's.
#[apply(each_store)]
async fn a_caller_that_shows_nothing_is_told_by_what_it_shows_who_it_is(#[case] _on: OnStore) {
    let mut world = World::start("edge-challenges").await;
    let (mut bearers, mut secrets) = (0, 0);
    for path in paths(&mut world).await {
        for method in ["GET", "POST"] {
            let reply = world.send(&Call::new(method, &path)).await.unwrap();
            if reply.status == 401 && !is_page(&reply) {
                let scheme = reply.header("www-authenticate").unwrap_or_else(|| panic!("{method} {path}: {reply}"));
                let by_secret = path.starts_with("/dev/v2/oauth2/") || path.starts_with("/oauth2/");
                assert_eq!(scheme.split(' ').next(), Some(if by_secret { "Basic" } else { "Bearer" }), "{path}");
                *(if by_secret { &mut secrets } else { &mut bearers }) += 1;
            }
        }
    }
    assert!(bearers > 60 && secrets > 1, "{bearers} {secrets}");
}

// second-edition.md 1.8: base addresses that end with a slash, joined with paths that begin with one.
#[apply(each_store)]
async fn doubled_slashes_in_a_path_are_one_on_every_path(#[case] _on: OnStore) {
    let mut world = World::start("edge-slashes").await;
    for path in paths(&mut world).await {
        let reply = world.send(&call("PATCH", &path)).await.unwrap();
        for doubled in [format!("/{path}"), path.replace('/', "//"), format!("//{path}").replacen("/1", "///1", 1)] {
            let same = world.send(&call("PATCH", &doubled).bearer(OPERATOR)).await.unwrap();
            assert_eq!((same.status, same.header("allow")), (405, reply.header("allow")), "{doubled}: {same}");
        }
    }
    let token = world.named_token("code062").await.unwrap();
    let order = transfer_call(&token, "edge-3", &fifty_thousand());
    let target = format!("/{}", order.target);
    let done = world.send(&Call { target, ..order }).await.unwrap();
    assert_eq!((done.status, done.json().unwrap()["status"].clone()), (200, "DONE".into()), "{done}");
}

/// A multipart form.
fn in_parts(pairs: &[(&str, &str)]) -> String {
    let part = |(name, value): &(&str, &str)| {
        format!("--edge\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    pairs.iter().map(part).collect::<String>() + "--edge--\r\n"
}

const PARTS: &str = "multipart/form-data; boundary=edge";

// second-edition.md 1.3.
#[apply(each_store)]
async fn a_form_may_come_in_parts_and_a_body_behind_a_byte_order_mark(#[case] _on: OnStore) {
    let mut world = World::start("edge-parts").await;
    let ott = world.ott(SHOP).await;
    let pairs = [
        ("scProductId", "29796"),
        ("_ott_", &*ott),
        ("guildCode", "API_GUILD"),
        ("userId", "101"),
        ("productId[]", "0"),
        ("price[]", "50000"),
        ("quantity[]", "1"),
        ("productDescription[]", "کتاب & قلم"),
        ("description", "+%20"),
    ];
    let pod = Call::post(ENVELOPE).header("_token_", SHOP).header("_token_issuer_", "1");
    let reply = world.send(&pod.clone().header("content-type", PARTS).body(in_parts(&pairs))).await.unwrap();
    assert_eq!(answer_of(&reply), (0, String::new()), "{reply}");
    let issued = reply.json().unwrap()["result"].take();
    assert_eq!(issued["invoiceItemSrvs"][0]["description"], "کتاب & قلم", "{issued}");
    assert_eq!(issued["description"], "+%20", "{issued}");
    for call in [
        pod.clone().body("\u{FEFF}scProductId=29816"),
        pod.clone().header("content-type", PARTS).body(format!("\u{FEFF}{}", in_parts(&[("scProductId", "29816")]))),
    ] {
        assert_eq!(answer_of(&world.send(&call).await.unwrap()).0, 0);
    }
    let form = [
        ("grant_type", "authorization_code"),
        ("code", "none"),
        ("redirect_uri", "http://127.0.0.1/"),
        ("client_id", "shop"),
        ("code_verifier", "0123456789012345678901234567890123456789012"),
    ];
    let call = Call::post("/oauth2/token").header("content-type", PARTS).body(in_parts(&form));
    let told = world.send(&call).await.unwrap().json().unwrap()["error"].clone();
    assert!(told == "invalid_grant" || told == "invalid_client", "{told}");
    for call in [
        token_call(&serde_json::json!({"grant_type": "client_credentials", "nid": "0499370899"})),
        Call::post("/admin/v1/sms").bearer(OPERATOR).json(&serde_json::json!({"to": "09120000000", "text": "t"})),
    ] {
        let body = [b"\xEF\xBB\xBF", &*call.body].concat();
        let reply = world.send(&Call { body, ..call.clone() }).await.unwrap();
        assert!((200..300).contains(&reply.status), "{}: {reply}", call.target);
    }
}

// second-edition.md 1.3.
#[apply(each_store)]
async fn parameters_that_cannot_be_read_are_refused_on_every_path_that_reads_a_form_and_never_passed_over(
    #[case] _on: OnStore,
) {
    let mut world = World::start("edge-unreadable").await;
    let file = "--edge\r\nContent-Disposition: form-data; name=\"scan\"; filename=\"a\"\r\n\r\nx\r\n--edge--";
    let mut tried = 0;
    for path in paths(&mut world).await {
        let is_pod = ["/srv/", "/nzh/"].iter().any(|prefix| path.starts_with(prefix));
        if !is_pod && !path.starts_with("/oauth2/token") {
            continue;
        }
        for (kind, body, field) in [
            ("application/json", r#"{"scProductId":29816,"grant_type":"refresh_token"}"#, "body"),
            ("", "\u{FEFF} [1]", "body"),
            ("text/xml", "<call/>", "body"),
            (PARTS, "--edge\r\n", "body"),
            ("multipart/form-data", "--edge--", "body"),
            (PARTS, file, "scan"),
        ] {
            let call = Call::post(&path).header("_token_", SHOP).header("content-type", kind).body(body);
            let reply = world.send(&call).await.unwrap();
            let told =
                if is_pod { answer_of(&reply) } else { (193, reply.json().unwrap()["error_description"].to_string()) };
            assert!(told.0 == 193 && told.1.contains(field), "{path} {kind} {body}: {reply}");
            assert_eq!(reply.status, if is_pod { 200 } else { 400 }, "{path}: {reply}");
            tried += 1;
        }
    }
    assert!(tried > 300, "{tried}");
    let call = Call::post("/dev/v2/oauth2/authorize").json(&serde_json::json!({"client_id": "drops"}));
    let reply = world.send(&call).await.unwrap();
    assert_eq!((reply.status, &*reply.message()), (400, "body is invalid"), "{reply}");
}

/// The origin whose pages may read a reply.
fn lets(reply: &Reply) -> Option<&str> {
    assert_eq!(reply.header("access-control-allow-credentials"), None, "{reply}");
    reply.header("access-control-allow-origin")
}

/// The preflight request of a browser.
fn preflight(path: &str, origin: &str) -> Call {
    let asked = [("origin", origin), ("access-control-request-method", "POST")];
    let call = Call::new("OPTIONS", path).header("access-control-request-headers", "_token_,content-type");
    asked.into_iter().fold(call, |call, (name, value)| call.header(name, value))
}

// second-edition.md 1.10.
#[apply(each_store)]
async fn browsers_of_any_site_call_bearer_services_those_of_registered_ones_the_log_in_and_none_anything_else(
    #[case] _on: OnStore,
) {
    const SHOP_SITE: &str = "https://app.cors.example";
    let mut world = World::start("edge-cors").await;
    let form = serde_json::json!({
        "kind": "business", "name": "cors", "guilds": ["API_GUILD"], "redirectUris": [format!("{SHOP_SITE}:443/back")],
    });
    // A site is allowed as soon as its business is registered, although it was refused before.
    let early = world.send(&preflight("/oauth2/token", SHOP_SITE)).await.unwrap();
    assert_eq!((early.status, lets(&early)), (204, None));
    let party = world.operator(Call::post("/admin/v1/parties").json(&form)).await.unwrap()["id"].clone();
    let services = ["/dev/v2/oauth2/token", "/dev/v2/oauth2/verify/sms", "/dev/v2/clients/drops/token"];
    let (mut open, mut closed) = (0, 0);
    for path in paths(&mut world).await {
        let is_bearer = ["/srv/", "/nzh/", "/dev/v2/clients/drops/token", "/.well-known/"]
            .iter()
            .any(|prefix| path.starts_with(prefix))
            || services.contains(&&*path);
        let is_log_in = path.starts_with("/oauth2/token");
        for origin in [SHOP_SITE, "https://evil.example", "null", "http://localhost:3000"] {
            let expected = match origin {
                _ if is_bearer => Some("*"),
                SHOP_SITE | "http://localhost:3000" if is_log_in => Some(origin),
                _ => None,
            };
            let asked = world.send(&preflight(&path, origin)).await.unwrap();
            assert_eq!(lets(&asked), expected, "{path} {origin}: {asked}");
            assert_eq!(asked.status == 204, is_bearer || is_log_in, "{path} {origin}: {asked}");
            if expected.is_some() {
                assert_eq!(asked.header("access-control-allow-headers"), Some("_token_,content-type"), "{path}");
                assert!(asked.header("access-control-allow-methods").unwrap().contains("POST"), "{path}");
                open += 1;
            } else {
                closed += 1;
            }
            if is_bearer || is_log_in {
                assert_eq!(asked.header("vary"), Some("Origin"), "{path}");
                for method in ["GET", "POST"] {
                    let call = Call::new(method, &path).header("origin", origin);
                    let reply = world.send(&call).await.unwrap();
                    assert_eq!((lets(&reply), reply.header("vary")), (expected, Some("Origin")), "{method} {path}");
                }
            }
        }
    }
    assert!(open > 300 && closed > 200, "{open} {closed}");
    // A refusal that precedes the handlers can be read by the page, too.
    let json = Call::post("/nzh/getCredit").header("origin", "https://evil.example").json(&serde_json::json!({}));
    let refused = world.send(&json).await.unwrap();
    assert_eq!((lets(&refused), answer_of(&refused).0), (Some("*"), 193), "{refused}");
    // An address that is removed closes the service for its site at once.
    let gone = Call::new("PUT", &format!("/admin/v1/parties/{party}")).json(&serde_json::json!({"redirectUris": []}));
    world.operator(gone).await.unwrap();
    assert_eq!(lets(&world.send(&preflight("/oauth2/token", SHOP_SITE)).await.unwrap()), None);
}

fn is_page(reply: &Reply) -> bool {
    reply.status >= 400 && reply.header("content-type") == Some("text/html; charset=utf-8")
}

// second-edition.md 1.9.
#[apply(each_store)]
async fn a_path_that_is_none_is_told_in_the_form_of_the_dialect_that_it_would_belong_to(#[case] _on: OnStore) {
    let mut world = World::start("edge-nowhere").await;
    for family in [
        "/oak",
        "/dev",
        "/facility",
        "/card",
        "/credit",
        "/kyc",
        "/mpg",
        "/ecity",
        "/billing",
        "/srv",
        "/nzh",
        "/oauth2",
        "/oauth2/token",
        "/v1",
        "/api",
        "/admin",
        "/sms",
        "/console",
        "/v1/pbc",
        "/s",
        "/nothing",
    ] {
        for method in ["GET", "POST", "PUT", "DELETE", "HEAD"] {
            for more in ["/nothing", "/v2/clients/drops/nothing?trackId=edge-1"] {
                let path = format!("{family}{more}");
                let reply = world.send(&Call::new(method, &path)).await.unwrap();
                // Any link name has a path, which is served by GET and HEAD only.
                let is_link = ["/v1/pbc", "/s"].contains(&family) && more == "/nothing";
                let expected = if is_link && !["GET", "HEAD"].contains(&method) { 405 } else { 404 };
                assert_eq!(reply.status, expected, "{method} {path}: {reply}");
                assert_is_not_kept("", &reply);
                assert!(method == "HEAD" || has_its_form(family, &reply), "{method} {path}: {reply}");
            }
        }
        // The first segment alone is no path either.
        if !["/console", "/oauth2/token"].contains(&family) {
            let reply = world.send(&Call::get(family)).await.unwrap();
            assert!(reply.status == 404 && has_its_form(family, &reply), "{family}: {reply}");
        }
    }
    let told = world.send(&Call::post("/kyc/v2/clients/drops/shahkar?trackId=edge-2")).await.unwrap().json().unwrap();
    assert_eq!((&told["trackId"], &told["error"]["code"]), (&"edge-2".into(), &"NOT_FOUND".into()));
    // A browser that looks for the log-in gets a page.
    let page = world.send(&Call::get("/oauth2/nothing").header("accept", "text/html,*/*;q=0.8")).await.unwrap();
    assert!(page.status == 404 && is_page(&page), "{page}");
}
