//! The look of a shop: what operators upload, what payers see of it, and what must not come through.

use crate::harness::server::{OnStore, each_store};
use crate::{console, harness};
use rstest_reuse::apply;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use harness::browser::{Tab, field, text};
use harness::client::{Call, Reply};
use harness::pod::{SHOP, line};
use harness::server::Launch;
use harness::world::{OPERATOR, World};
use serde_json::{Value, json};

const LOOK: &str = "/admin/v1/businesses/201/look";
/// A PNG file of 16 pixels on each side, with a comment in it.
const LOGO: &str = "iVBORw0KGgoAAAANSUhEUgAAABAAAAAQCAIAAACQkWg2AAAAGHRFWHRDb21tZW50AG1hZGUgYnkgYSBwZXJzb242Sjk4AAAAFklEQVR42mPgjo8gCTGMahjVMHw1AADXaMIBwCcm9wAAAABJRU5ErkJggg==";

async fn set(world: &mut World, look: &Value) -> Value {
    world.operator(Call::new("PUT", LOOK).header("if-match", "*").json(look)).await.unwrap()
}

async fn refused(world: &mut World, look: &Value) -> (u16, String) {
    let call = Call::new("PUT", LOOK).header("if-match", "*").bearer(OPERATOR).json(look);
    let reply = world.send(&call).await.unwrap();
    (reply.status, reply.json().unwrap()["error"]["field"].as_str().unwrap_or_default().to_owned())
}

/// The page to which the link of a new invoice leads.
async fn payment_page(world: &mut World, tab: &mut Tab, form: &str) -> Reply {
    let invoice = world.issue(SHOP, &format!("{form}&{}", line(50_000, "1"))).await;
    let unique = invoice["uniqueNumber"].as_str().unwrap();
    let came = tab.get(world, &format!("/v1/pbc/payInvoiceByUniqueNumber?uniqueNumber={unique}")).await;
    tab.get(world, came.header("location").unwrap()).await
}

fn encoded(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

#[apply(each_store)]
async fn a_shop_s_name_site_logo_and_colours_are_on_its_payment_pages(#[case] _on: OnStore) {
    let mut world = World::start("look-page").await;
    let mut tab = Tab::of(world.server.address);
    let before = text(&payment_page(&mut world, &mut tab, "").await);
    assert!(before.contains("<bdi>shop</bdi>") && !before.contains(":root:root"), "{before}");
    let look = json!({
        "name": "کتاب‌فروشی Book", "site": "https://www.book.example/shop", "help": "tel:+982112345678",
        "colour": "#ffdd00", "accent": "#224466", "logo": LOGO,
    });
    let set = set(&mut world, &look).await;
    let logo = set["logo"].as_str().unwrap().to_owned();
    assert_eq!(json!([set["business"], set["name"], set["colour"]]), json!([201, "کتاب‌فروشی Book", "#ffdd00"]));
    let page = payment_page(&mut world, &mut tab, "billNumber=B-7&description=سفارش%20Book%2012%20عدد").await;
    let html = text(&page);
    for part in [
        "<bdi>کتاب‌فروشی Book</bdi>",
        "<bdi class=\"ltr\">www.book.example</bdi>",
        "<bdi>B-7</bdi>",
        "<p class=\"about\" dir=\"auto\">سفارش Book 12 عدد</p>",
        "<a href=\"tel:+982112345678\"",
        &format!("src=\"{logo}\""),
        // The button has the shop's own colour, with black text; links are darker until they can be read.
        "--fill:#ffdd00;--fill-ink:#000000;",
        "· \u{2068}کتاب‌فروشی Book\u{2069}</title>",
        "۵۴٬۵۰۰ ریال</span></button>",
    ] {
        assert!(html.contains(part), "{part}: {html}");
    }
    assert!(!html.contains("<style>:root:root{--brand:#ffdd00"), "yellow links on white are not readable: {html}");
    // The policy allows the two sheets that stand in the page, and no other.
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.matches("'sha256-").count() == 2 && !policy.contains("unsafe"), "{policy}");
    // Changes are seen by every process at once, and what is left out of a change stays.
    world.operator(Call::new("PUT", LOOK).header("if-match", "*").json(&json!({"name": ""}))).await.unwrap();
    let html = text(&payment_page(&mut world, &mut tab, "").await);
    assert!(html.contains("<bdi>shop</bdi>") && html.contains(&logo), "{html}");
}

#[apply(each_store)]
async fn a_logo_is_an_image_that_browsers_keep_and_can_only_show(#[case] _on: OnStore) {
    let mut world = World::start("look-logo").await;
    let set_it = set(&mut world, &json!({"logo": LOGO})).await;
    let path = set_it["logo"].as_str().unwrap().to_owned();
    let reply = world.send(&Call::get(&path)).await.unwrap();
    assert!(reply.status == 200 && reply.body.starts_with(b"\x89PNG\r\n\x1a\n"), "{reply}");
    assert!(!String::from_utf8_lossy(&reply.body).contains("made by a person"), "only pixels are kept");
    for (name, value) in [
        ("content-type", "image/png"),
        ("cache-control", "public, max-age=31536000, immutable"),
        ("x-content-type-options", "nosniff"),
        ("content-security-policy", "default-src 'none'; sandbox"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        assert_eq!(reply.header(name), Some(value), "{name}");
    }
    for other in [
        path.replace("/201/", "/202/"),
        path.replace("/201/", "/0/"),
        path.replace("/201/", "/x/"),
        path.replace(".png", ".svg"),
        path.replace(".png", ""),
        "/assets/shops/201/0000000000000000.png".to_owned(),
        "/assets/shops/201/..%2f..%2fx".to_owned(),
    ] {
        assert_eq!(world.send(&Call::get(&other)).await.unwrap().status, 404, "{other}");
    }
    // Without its logo the old address leads nowhere.
    assert_eq!(set(&mut world, &json!({"logo": ""})).await["logo"], Value::Null);
    assert_eq!(world.send(&Call::get(&path)).await.unwrap().status, 404);
}

#[apply(each_store)]
async fn what_is_no_logo_no_colour_and_no_address_is_refused_and_changes_nothing(#[case] _on: OnStore) {
    let mut world = World::start("look-attacks").await;
    set(&mut world, &json!({"name": "kept", "logo": LOGO})).await;
    let before = world.operator(Call::get(LOOK)).await.unwrap();
    let svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>";
    let mut bomb = STANDARD.decode(LOGO).unwrap();
    bomb[16..24].copy_from_slice(&[0, 0, 0xff, 0xff, 0, 0, 0xff, 0xff]);
    for (look, field) in [
        (json!({"logo": STANDARD.encode(svg)}), "logo"),
        (json!({"logo": svg}), "logo"),
        (json!({"logo": STANDARD.encode("<html><script>alert(1)</script>")}), "logo"),
        (json!({"logo": STANDARD.encode(bomb)}), "logo"),
        (json!({"logo": STANDARD.encode(&STANDARD.decode(LOGO).unwrap()[..40])}), "logo"),
        (json!({"logo": STANDARD.encode(vec![0_u8; 41 * 1024])}), "logo"),
        (json!({"colour": "red"}), "colour"),
        (json!({"colour": "#12345;}body{display:none}"}), "colour"),
        (json!({"accent": "#1234567"}), "accent"),
        (json!({"site": "javascript:alert(1)"}), "site"),
        (json!({"site": "https://user:password@book.example"}), "site"),
        (json!({"help": "javascript:alert(1)"}), "help"),
        (json!({"help": "mailto:x"}), "help"),
        (json!({"name": "x".repeat(61)}), "name"),
        (json!({"name": " "}), "name"),
        (json!({"name": "a\nb"}), "name"),
        (json!({"name": "a\u{202e}b"}), "name"),
        (json!({"name": "\u{2067}a"}), "name"),
    ] {
        assert_eq!(refused(&mut world, &look).await, (400, field.to_owned()), "{look}");
    }
    assert_eq!(world.operator(Call::get(LOOK)).await.unwrap(), before);
    for other in ["101", "999", "0"] {
        let path = LOOK.replace("201", other);
        let call = Call::new("PUT", &path).header("if-match", "*").bearer(OPERATOR).json(&json!({"name": "x"}));
        let status = world.send(&call).await.unwrap().status;
        assert!(if other == "0" { status == 400 } else { status == 404 }, "{other}: {status}");
    }
    // Texts of a look are texts, wherever they are shown.
    let script = "</title><script>alert(1)</script>\"><img src=x onerror=alert(1)>";
    set(&mut world, &json!({"name": &script[..60]})).await;
    let mut tab = Tab::of(world.server.address);
    let html = text(&payment_page(&mut world, &mut tab, "").await);
    assert!(!html.contains("<script>alert") && html.matches("<script").count() == 1, "{html}");
}

/// A form of the console with a file.
fn in_parts(fields: &[(&str, &str)], file: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in fields {
        let part = format!("--look\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend_from_slice(part.as_bytes());
    }
    let head = "--look\r\nContent-Disposition: form-data; name=\"logo\"; filename=\"logo.png\"\r\nContent-Type: image/png\r\n\r\n";
    [&body[..], head.as_bytes(), file, b"\r\n--look--\r\n"].concat()
}

async fn post(world: &mut World, tab: &mut Tab, path: &str, body: Vec<u8>) -> Reply {
    let call = Call::post(path).header("content-type", "multipart/form-data; boundary=look").body(body);
    let call = tab.headers.clone().iter().fold(call, |call, (name, value)| call.header(name, value));
    tab.send(world, call).await
}

#[apply(each_store)]
async fn operators_see_a_look_before_they_save_it_and_viewers_change_none(#[case] _on: OnStore) {
    let mut world = World::start("look-console").await;
    let mut admin = console::signed_in(&mut world, console::ADMIN).await;
    let listed = text(&admin.get(&mut world, "/console/looks").await);
    assert!(listed.contains("/console/looks/201") && !listed.contains("/console/looks/101"), "{listed}");
    let page = "/console/looks/201";
    let shown = admin.get(&mut world, page).await;
    let (csrf, version) = (field(&shown, "csrf").unwrap(), field(&shown, "version").unwrap());
    let logo = STANDARD.decode(LOGO).unwrap();
    let form = |step: &'static str, colour: &'static str| {
        [("csrf", csrf.as_str()), ("version", version.as_str()), ("name", "Book"), ("colour", colour), ("step", step)]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
    };
    let body = |fields: [(String, String); 5], file: &[u8]| {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        in_parts(&fields, file)
    };
    let preview = post(&mut world, &mut admin, page, body(form("preview", "#ffdd00"), &logo)).await;
    let html = text(&preview);
    assert!(preview.status == 200 && html.contains("src=\"data:image/png;base64,"), "{html}");
    assert!(html.contains(".light{") && html.contains(".dark{") && html.contains("--fill:#ffdd00"), "{html}");
    assert!(preview.header("content-security-policy").unwrap().contains("img-src 'self' data:"));
    assert_eq!(world.operator(Call::get(LOOK)).await.unwrap()["name"], Value::Null, "a preview writes nothing");
    // What cannot be used is said, with what was typed.
    for (colour, file, said) in
        [("red", &logo[..], "رنگ دکمه‌ها و پیوندها: "), ("#ffdd00", &b"<svg onload=\"alert(1)\"/>"[..], "نشان: ")]
    {
        for step in ["preview", "save"] {
            let reply = post(&mut world, &mut admin, page, body(form(step, colour), file)).await;
            let html = text(&reply);
            assert!(reply.status == 409 && html.contains(said) && html.contains("value=\"Book\""), "{step}: {html}");
            assert!(!html.contains("onload=\"alert"), "{html}");
        }
    }
    let saved = post(&mut world, &mut admin, page, body(form("save", "#ffdd00"), &logo)).await;
    assert_eq!((saved.status, saved.header("location")), (303, Some("/console/looks/201?done=1")), "{saved}");
    let look = world.operator(Call::get(LOOK)).await.unwrap();
    assert_eq!(json!([look["name"], look["colour"]]), json!(["Book", "#ffdd00"]));
    assert!(look["logo"].is_string());
    // The version of the page is old now. A file that was not chosen leaves the logo as it is.
    let stale = post(&mut world, &mut admin, page, body(form("save", ""), b"")).await;
    assert_eq!(stale.status, 409, "{stale}");
    let audit = world.operator(Call::get("/admin/v1/audit?limit=5")).await.unwrap();
    assert!(audit.to_string().contains("\"look\""), "{audit}");
    let mut viewer = console::operator(&mut world, "looker", "viewer").await;
    let html = text(&viewer.get(&mut world, page).await);
    assert!(html.contains("Book") && !html.contains("name=\"step\""), "{html}");
    let csrf = field(&viewer.get(&mut world, "/console").await, "csrf").unwrap();
    let reply = post(&mut world, &mut viewer, page, in_parts(&[("csrf", &csrf), ("step", "save")], b"")).await;
    assert_eq!(reply.status, 403, "{reply}");
    // Forms that take no file refuse one.
    let reply = post(&mut world, &mut admin, "/console/search", in_parts(&[("q", "x")], &logo)).await;
    assert_eq!(reply.status, 400, "{reply}");
}

/// A browser reads the code on this server's pages only, because the last line of the SMS names their host.
#[apply(each_store)]
async fn the_sms_of_a_password_names_the_host_of_the_pages_where_they_are_served_over_https(#[case] _on: OnStore) {
    let base = ["--public-base", "https://pay.example"];
    let mut world = World::launch("look-otp", Launch { args: &base, ..Launch::default() }).await;
    let mut tab = Tab::of("pay.example");
    tab.headers[0].1 = "https://pay.example".to_owned();
    let invoice = world.issue(SHOP, &line(50_000, "1")).await;
    let link = format!("/v1/pbc/payInvoiceByUniqueNumber?uniqueNumber={}", invoice["uniqueNumber"].as_str().unwrap());
    let card = tab.get(&mut world, &format!("{link}&gateway=PEP")).await.header("location").unwrap().to_owned();
    let form = "pan=5022000012340000&cvv2=123&exp_year=1408&exp_month=12";
    tab.submit(&mut world, &card, &format!("{card}/otp"), form).await;
    let sms = world.newest_sms("+989123456789").await.unwrap();
    let otp = sms.lines().next().unwrap().split_once(": ").unwrap().1.to_owned();
    assert_eq!(sms.lines().last(), Some(format!("@pay.example #{otp}").as_str()), "{sms}");
    let login = "/oauth2/login";
    tab.submit(&mut world, login, &format!("{login}/otp"), "mobile=09121234567&next=/").await;
    let sms = world.newest_sms("+989121234567").await.unwrap();
    let code = sms.lines().next().unwrap().split_once(": ").unwrap().1.to_owned();
    assert_eq!(sms.lines().last(), Some(format!("@pay.example #{code}").as_str()), "{sms}");
}

/// The first page paints with what comes in one round trip: its own styles are in it, and everything else is fetched beside.
#[apply(each_store)]
async fn the_first_page_of_a_browser_has_its_styles_in_it_and_the_next_ones_have_not(#[case] _on: OnStore) {
    let mut world = World::start("look-weight").await;
    let mut tab = Tab::of(world.server.address);
    let first = payment_page(&mut world, &mut tab, &format!("description={}", encoded("یک توضیح کوتاه"))).await;
    let html = text(&first);
    let (head, body) = html.split_once("<body>").unwrap();
    assert!(
        head.contains("<style>") && head.contains(":root{") && !head.contains("<link rel=\"stylesheet\""),
        "{head}"
    );
    assert!(body.trim_end().ends_with("</html>") && body.contains("<link rel=\"stylesheet\""), "{body}");
    // What waits for nothing but the first ten segments of a connection: the head, and the page down to its first button.
    let fold = html.find("<button").unwrap();
    assert!(fold < 14_000, "{fold} bytes before the first button");
    let second = text(&payment_page(&mut world, &mut tab, "").await);
    let (head, body) = second.split_once("<body>").unwrap();
    assert!(head.contains("<link rel=\"stylesheet\"") && !head.contains("<style>"), "{head}");
    assert!(!body.contains("<link rel=\"stylesheet\""), "{body}");
    // All that a first visit transfers, with the font.
    let mut bytes = html.len();
    for name in ["/assets/daric.css", "/assets/daric.js", "/assets/favicon.svg", "/assets/vazirmatn.woff2"] {
        let asset = world.send(&Call::get(name).header("accept-encoding", "gzip")).await.unwrap();
        assert_eq!(asset.status, 200, "{name}");
        bytes += asset.body.len();
    }
    assert!(bytes <= 60 * 1024, "{bytes} bytes");
}
