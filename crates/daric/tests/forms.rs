//! Pages accept forms only from this server's own pages (second-edition.md 1.11). The paths are read from the routers' sources, so a new form is
//! tested without being listed.

use crate::harness;
use crate::harness::server::{OnStore, each_store};
use rstest_reuse::apply;

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

use harness::browser::{Tab, field};
use harness::client::{Call, Reply};
use harness::pod::{SHOP, line};
use harness::server::Launch;
use harness::world::{REDIRECT, World, query_value};

const CONSENT: &str = "/dev/v2/oauth2/consent";
/// The log line of a refused form.
const REFUSED: &str = "a form was refused";
/// Time limit for the log, which is written after the reply.
const LOGGED: Duration = Duration::from_secs(5);

/// The paths in the sources of the routers that have pages.
fn paths() -> BTreeSet<String> {
    let routes = regex::Regex::new(r#""(/[^"\s]+)""#).unwrap();
    let mut found = BTreeSet::new();
    for file in ["console/src/lib.rs", "pod/src/sso/mod.rs", "finnotech/src/lib.rs"] {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(file);
        let source = std::fs::read_to_string(file).unwrap();
        found.extend(routes.captures_iter(&source).map(|route| route[1].to_owned()));
    }
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../pod/src/gateway/mod.rs");
    let source = std::fs::read_to_string(file).unwrap();
    let (_, steps) = source.split_once("pub const STEPS").unwrap();
    let (steps, _) = steps.split_once("];").unwrap();
    found.extend(routes.captures_iter(steps).map(|step| format!("/v1/pbc/pay/{{gs}}{}", &step[1])));
    found.insert("/oauth2/consents".to_owned());
    found
}

/// A browser that has logged in everywhere, a session of the payment pages, and a request for consent.
struct Visitor {
    tab: Tab,
    session: String,
    request: String,
}

impl Visitor {
    async fn of(world: &mut World, address: &str) -> Self {
        let mut tab = Tab::of(address);
        tab.headers[0].1 = address.to_owned();
        tab.log_in(world, "ali").await;
        let form = "name=admin&password=daric-admin&next=/console";
        assert_eq!(tab.submit(world, "/console/login", "/console/login", form).await.status, 303);
        let invoice = world.issue(SHOP, &format!("userId=101&{}", line(50_000, "1"))).await;
        let unique = invoice["uniqueNumber"].as_str().unwrap();
        let link = format!("/v1/pbc/payInvoiceByUniqueNumber?uniqueNumber={unique}");
        let came = tab.get(world, &link).await;
        let session = came.header("location").unwrap().rsplit('/').next().unwrap().to_owned();
        let authorize = Call::get("/dev/v2/oauth2/authorize")
            .query("client_id", "drops")
            .query("response_type", "code")
            .query("redirect_uri", REDIRECT)
            .query("scope", "oak:balance:get")
            .query("bank", "062");
        let asked = world.send(&authorize).await.unwrap();
        let request = query_value(asked.header("location").unwrap(), "request").unwrap();
        Self { tab, session, request }
    }

    fn path(&self, route: &str) -> String {
        let path = route.replace("{gs}", &self.session);
        let path = regex::Regex::new(r"\{\w+\}").unwrap().replace_all(&path, "1").into_owned();
        if path == CONSENT { format!("{path}?request={}", self.request) } else { path }
    }

    /// The page of a path, or the page that it redirects to.
    async fn page(&mut self, world: &mut World, path: &str) -> Reply {
        let page = self.tab.get(world, path).await;
        let to = page.header("location").filter(|to| to.starts_with('/') && page.status == 303).map(str::to_owned);
        match to {
            Some(to) => self.tab.get(world, &to).await,
            None => page,
        }
    }
}

fn is_page(reply: &Reply) -> bool {
    reply.header("content-type").is_some_and(|kind| kind.starts_with("text/html"))
}

/// The number of refused forms in the log, as soon as it reaches `count`.
async fn refused(world: &World, count: usize) -> usize {
    let until = Instant::now() + LOGGED;
    loop {
        let found = world.home.printed().matches(REFUSED).count();
        if found >= count || Instant::now() > until {
            return found;
        }
        tokio::task::yield_now().await;
    }
}

// second-edition.md 1.11; finnotech.md 2.3: on the consent page a foreign form is 400.
#[apply(each_store)]
async fn a_form_that_another_site_has_sent_is_refused_by_every_page_whatever_its_token(#[case] _on: OnStore) {
    let mut world = World::start("forms").await;
    let own = format!("http://{}", world.server.address);
    let mut visitor = Visitor::of(&mut world, &own).await;
    let foreign: [&[(&str, &str)]; 4] = [
        &[("origin", "https://evil.example")],
        &[("origin", "null"), ("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "cross-site")],
        &[("referer", "https://evil.example/page")],
    ];
    let (mut told, mut forms) = (0, BTreeSet::new());
    for route in paths() {
        let path = visitor.path(&route);
        let methods = world.send(&Call::new("PATCH", &path)).await.unwrap();
        if !methods.header("allow").is_some_and(|allowed| allowed.contains("POST")) {
            continue;
        }
        let page = visitor.page(&mut world, &path).await;
        let csrf = field(&page, "csrf").unwrap_or_else(|| "x".repeat(32));
        let form = format!("request={}&csrf={csrf}&decision=deny&name=x&q=x", visitor.request);
        for headers in foreign {
            let mut evil = visitor.tab.clone();
            evil.headers = headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
            let reply = evil.post(&mut world, &path, &form).await;
            // This path is a service for programs, not a page.
            if !is_page(&reply) {
                assert!(![302, 303].contains(&reply.status), "{path} {headers:?}: {reply}");
                break;
            }
            told += 1;
            let status = if route == CONSENT { 400 } else { 403 };
            assert_eq!(reply.status, status, "{path} {headers:?}: {reply}");
            assert_eq!(refused(&world, told).await, told, "{path} {headers:?}");
            forms.insert(route.clone());
        }
    }
    for form in [CONSENT, "/oauth2/login", "/v1/pbc/pay/{gs}/wallet", "/console/sandbox/clock"] {
        assert!(forms.contains(form), "{form} is no form any more: {forms:?}");
    }
    assert!(forms.len() >= 25, "{forms:?}");
}

// second-edition.md 1.11: cookies are `Secure` if `public_base` is https; a form token is bound to its browser.
#[apply(each_store)]
async fn every_cookie_of_a_page_is_secure_behind_https_and_each_browser_has_a_token_of_its_own(#[case] _on: OnStore) {
    const BASE: &str = "https://pay.example";
    let mut world = World::launch("forms-tls", Launch { args: &["--public-base", BASE], ..Launch::default() }).await;
    let mut visitor = Visitor::of(&mut world, BASE).await;
    let mut seen = BTreeSet::new();
    let mut look = |path: &str, reply: &Reply| {
        for cookie in reply.headers.get_all("set-cookie") {
            let cookie = cookie.to_str().unwrap();
            assert!(cookie.contains("; Secure"), "{path}: {cookie}");
            seen.insert(cookie.split('=').next().unwrap().to_owned());
        }
    };
    for route in paths() {
        let path = visitor.path(&route);
        // A stream has no end; its page sets the same cookies.
        if !path.ends_with("/live") {
            look(&path, &world.send(&Call::get(&path)).await.unwrap());
        }
    }
    let page = visitor.path(CONSENT);
    let mut other = Tab::of(BASE);
    other.headers[0].1 = BASE.to_owned();
    let csrf = field(&visitor.tab.get(&mut world, &page).await, "csrf").unwrap();
    let theirs = field(&other.get(&mut world, &page).await, "csrf").unwrap();
    assert_ne!(csrf, theirs);
    let form = |csrf: &str| format!("request={}&csrf={csrf}&nid=1111111111&password=1111111111", visitor.request);
    assert_eq!(other.clone().post(&mut world, CONSENT, &form(&csrf)).await.status, 400);
    let logged_in = visitor.tab.post(&mut world, CONSENT, &form(&csrf)).await;
    assert_eq!(logged_in.status, 200, "{logged_in}");
    look(CONSENT, &logged_in);
    assert!(seen.contains("daric_consent") && seen.contains("daric_form"), "{seen:?}");
    // A program has no cookies, and still needs a token of the page.
    let post =
        |form: String| Call::post(CONSENT).header("content-type", "application/x-www-form-urlencoded").body(form);
    assert_eq!(world.send(&post(form(&"x".repeat(32)))).await.unwrap().status, 400);
    assert_eq!(world.send(&post(form(&theirs))).await.unwrap().status, 200);
}
