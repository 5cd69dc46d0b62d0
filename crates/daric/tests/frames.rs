//! Payment pages in frames of other sites: pages, refusals and the log-in (second-edition.md 1.12).

use crate::harness;
use crate::harness::server::{OnStore, each_store};
use rstest_reuse::apply;

use harness::browser::{Tab, field, text};
use harness::client::{Call, Reply};
use harness::pod::{SHOP, line};
use harness::server::Launch;
use harness::world::World;
use serde_json::json;

const SITE: &str = "https://frame.example";
const OWN: &str = "https://pay.example";

/// A browser that shows the pages in one kind of place (`Sec-Fetch-Dest`).
struct Window {
    tab: Tab,
    place: &'static str,
}

impl Window {
    fn new(place: &'static str) -> Self {
        Self { tab: Tab::default(), place }
    }

    fn call(&self, call: Call) -> Call {
        if self.place.is_empty() { call } else { call.header("sec-fetch-dest", self.place) }
    }

    async fn get(&mut self, world: &mut World, path: &str) -> Reply {
        let call = self.call(Call::get(path));
        self.tab.send(world, call).await
    }

    /// Sends a form as browsers do from this server's own page.
    async fn post(&mut self, world: &mut World, path: &str, form: &str) -> Reply {
        let call = Call::post(path).header("content-type", "application/x-www-form-urlencoded").body(form);
        let call = self.call(call).header("origin", OWN).header("sec-fetch-site", "same-origin");
        self.tab.send(world, call).await
    }
}

/// Whether a response may be shown in a frame of the site and the browser keeps all its cookies there. For a response without a body only the cookies
/// count.
fn works_in_frame(reply: &Reply) -> bool {
    let cookies = reply.headers.get_all("set-cookie").iter().map(|cookie| cookie.to_str().unwrap());
    let mut kept = cookies.filter(|cookie| !cookie.starts_with("daric_lang="));
    let kept = kept.all(|cookie| cookie.ends_with("; Partitioned") && cookie.contains("SameSite=None; Secure"));
    kept && (reply.body.is_empty() || may_be_shown(reply))
}

fn may_be_shown(reply: &Reply) -> bool {
    let policy = reply.header("content-security-policy").unwrap_or_default();
    let shown = policy.contains(&format!("frame-ancestors {SITE};"));
    assert_eq!(shown, reply.header("x-frame-options").is_none(), "{reply}");
    shown
}

/// The token of a business whose pages another site may show in a frame.
async fn business(world: &mut World) -> String {
    let form = json!({"kind": "business", "name": "framed", "guilds": ["API_GUILD"], "frameOrigins": [SITE]});
    let party = world.operator(Call::post("/admin/v1/parties").json(&form)).await.unwrap();
    let token = Call::post(&format!("/admin/v1/parties/{}/tokens", party["id"])).json(&json!({}));
    world.operator(token).await.unwrap()["token"].as_str().unwrap().to_owned()
}

async fn begin(test: &str) -> (World, String) {
    let mut world = World::launch(test, Launch { args: &["--public-base", OWN], ..Launch::default() }).await;
    let shop = business(&mut world).await;
    (world, shop)
}

// second-edition.md 1.12.
#[apply(each_store)]
async fn a_payer_logs_in_and_pays_in_the_frame_of_a_registered_site_and_is_told_refusals_there(#[case] _on: OnStore) {
    let (mut world, shop) = begin("frames").await;
    for place in ["iframe", ""] {
        let mut window = Window::new(place);
        let invoice = world.issue(&shop, &format!("userId=101&{}", line(50_000, "1"))).await;
        let link =
            format!("/v1/pbc/payInvoiceByUniqueNumber?uniqueNumber={}", invoice["uniqueNumber"].as_str().unwrap());
        let came = window.get(&mut world, &link).await;
        assert!(came.status == 303 && works_in_frame(&came), "{place}: {came} {:?}", came.headers);
        let base = came.header("location").unwrap().to_owned();
        let page = window.get(&mut world, &base).await;
        assert!(page.status == 200 && works_in_frame(&page), "{place}: {:?}", page.headers);
        assert!(window.tab.cookie("daric_form").is_some());
        // A form with a wrong token.
        let stale = window.post(&mut world, &format!("{base}/voucher"), "csrf=x&code=1").await;
        assert!(stale.status == 403 && works_in_frame(&stale), "{place}: {stale}");
        // The log-in that the page leads to, a wrong password, and the right one.
        let html = text(&page).replace("&#38;", "&").replace("&amp;", "&");
        let (_, rest) = html.split_once("href=\"/oauth2/login").unwrap();
        let to_log_in = format!("/oauth2/login{}", rest.split_once('"').unwrap().0);
        let log_in = window.get(&mut world, &to_log_in).await;
        assert!(log_in.status == 200 && works_in_frame(&log_in), "{place} {to_log_in}: {:?}", log_in.headers);
        let (csrf, next) = (field(&log_in, "csrf").unwrap(), field(&log_in, "next").unwrap());
        let next = next.replace('?', "%3F").replace('=', "%3D");
        for (password, csrf, status) in [("wrong", &*csrf, 401), ("ali", "x", 403), ("ali", &csrf, 302)] {
            let form = format!("csrf={csrf}&next={next}&username=ali&password={password}");
            let reply = window.post(&mut world, "/oauth2/login", &form).await;
            assert!(
                reply.status == status && works_in_frame(&reply),
                "{place} {password}: {reply} {:?}",
                reply.headers
            );
        }
        assert!(window.tab.cookie("daric_sso").is_some());
        let page = window.get(&mut world, &base).await;
        let form = format!("csrf={}&amount={}", field(&page, "csrf").unwrap(), field(&page, "amount").unwrap());
        let paid = window.post(&mut world, &format!("{base}/wallet"), &form).await;
        assert_eq!((paid.status, paid.header("location")), (303, Some(&*format!("{base}/result"))), "{place}: {paid}");
        let result = window.get(&mut world, &format!("{base}/result")).await;
        assert!(result.status == 200 && works_in_frame(&result), "{place}: {:?}", result.headers);
        // The link of a paid invoice: the same browser sees its receipt, another one is refused.
        let again = window.get(&mut world, &link).await;
        assert_eq!((again.status, again.header("location")), (303, Some(&*format!("{base}/result"))), "{place}");
        assert!(works_in_frame(&again), "{place}: {again}");
        let other = Window::new(place).get(&mut world, &link).await;
        assert!(other.status == 409 && works_in_frame(&other), "{place}: {other}");
        // A link by number leads to the log-in first.
        let by_number = format!("/oauth2/login?next=%2Fv1%2Fpbc%2FpayInvoice%3FinvoiceId%3D{}", invoice["id"]);
        assert!(works_in_frame(&window.get(&mut world, &by_number).await), "{place}");
    }
}

#[apply(each_store)]
async fn no_other_page_is_shown_in_a_frame_and_a_window_of_its_own_keeps_its_cookies(#[case] _on: OnStore) {
    let (mut world, shop) = begin("frames-none").await;
    let link = async |world: &mut World, token: &str| {
        let invoice = world.issue(token, &format!("userId=101&{}", line(50_000, "1"))).await;
        format!("/v1/pbc/payInvoiceByUniqueNumber?uniqueNumber={}", invoice["uniqueNumber"].as_str().unwrap())
    };
    let (framed, other) = (link(&mut world, &shop).await, link(&mut world, SHOP).await);
    let mut window = Window::new("iframe");
    let base = window.get(&mut world, &other).await.header("location").unwrap().to_owned();
    for path in [
        &*base,
        "/console/login",
        "/oauth2/login",
        "/oauth2/login?next=%2Fconsole",
        "/oauth2/consents",
        "/oauth2/login?next=%2Fv1%2Fpbc%2Fpay%2Fx%3Fshop%3D201",
        "/v1/pbc/pay/x",
    ] {
        let reply = Window::new("iframe").get(&mut world, path).await;
        assert!(reply.body.is_empty() || !may_be_shown(&reply), "{path}");
        let set: Vec<String> =
            reply.headers.get_all("set-cookie").iter().map(|cookie| cookie.to_str().unwrap().to_owned()).collect();
        assert!(set.iter().all(|cookie| cookie.contains("SameSite=Lax")), "{path}: {set:?}");
    }
    let alone = Window::new("document").get(&mut world, &framed).await;
    let cookie = alone.header("set-cookie").unwrap();
    assert!(cookie.contains("SameSite=Lax; Secure") && !cookie.contains("Partitioned"), "{cookie}");
}
