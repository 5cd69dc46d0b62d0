//! Production: no demo secrets, no sandbox controls, and no store of a sandbox.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test ends where something is not as it should be")]

mod harness;

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Output, Stdio};

use harness::client::{Call, Client};
use harness::pod::{line, service_call};
use harness::server::{Home, Launch, Server};

const KEY: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
const OTHER_KEY: &str = "ff112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
const OPERATOR: &str = "an-operator-s-token";

fn serve(home: &Home, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_daric"));
    command.args(["serve", "--listen", "127.0.0.1:0"]).args(home.store()).args(arguments);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// A server in production; dropping it kills it.
struct Production(Child, SocketAddr);

impl Production {
    fn start(home: &Home, key: &str) -> Self {
        let mut child = serve(home, &["--key", key, "--operator-token", OPERATOR]).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().rsplit_once("http://").expect("the ready line").1.parse().unwrap();
        Self(child, address)
    }
}

impl Drop for Production {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn refused(mut command: Command) -> String {
    let Output { status, stderr, .. } = command.output().unwrap();
    let stderr = String::from_utf8(stderr).unwrap();
    assert!(matches!(status.code(), Some(1 | 2)), "{status:?}: {stderr}");
    stderr
}

#[tokio::test]
async fn the_sandbox_s_controls_and_secrets_do_not_exist_in_production() {
    let home = Home::new("production");
    let server = Production::start(&home, KEY);
    let mut client = Client::connect(server.1).await.unwrap();
    for (path, body) in [
        ("/admin/v1/reset", "{}"),
        ("/admin/v1/clock", r#"{"set":"2026-11-21T11:00:00Z"}"#),
        ("/admin/v1/tokens", r#"{"client":"drops","type":"CLIENT-CREDENTIAL"}"#),
        ("/admin/v1/faults", r#"{"fault":"rail_timeout"}"#),
    ] {
        let reply = client.send(&Call::post(path).bearer(OPERATOR).body(body)).await.unwrap();
        assert_eq!(reply.status, 404, "{path}");
    }
    for path in ["/admin/v1/clock", "/admin/v1/faults"] {
        let reply = client.send(&Call::get(path).bearer(OPERATOR)).await.unwrap();
        assert_eq!(reply.status, 404, "{path}");
    }
    // There is nobody to send an SMS: that is said, and nothing is done.
    let call = Call::post("/admin/v1/sms").bearer(OPERATOR).body(r#"{"to":"09120000000","text":"x"}"#);
    assert_eq!(client.send(&call).await.unwrap().status, 409);
    let reply = client.send(&Call::get("/admin/v1/sms").bearer(OPERATOR)).await.unwrap();
    assert_eq!((reply.status, reply.json().unwrap()), (200, serde_json::json!([])));
    let otp = r#"{"amount":1,"pan":"5022000012340000","order_id":"o","sequence":"s"}"#;
    let reply = client.send(&Call::post("/api/ivr/otp-v2").body(otp)).await.unwrap();
    assert_eq!(reply.json().unwrap()["data"]["transactionStatus"], "80");
    let with = |token: &str| Call::get("/admin/v1/accounts").bearer(token);
    assert_eq!(client.send(&with("demo-admin-token")).await.unwrap().status, 401);
    let reply = client.send(&with(OPERATOR)).await.unwrap();
    assert_eq!((reply.status, reply.json().unwrap()), (200, serde_json::json!([])), "no demo world");
    let form = r#"{"id":"shop","secret":"drops-secret","nids":["0499370899"],"redirectOrigin":"https://shop.example"}"#;
    let reply = client.send(&Call::post("/admin/v1/clients").bearer(OPERATOR).body(form)).await.unwrap();
    assert_eq!((reply.status, reply.json().unwrap()["error"]["field"].clone()), (400, "secret".into()));
}

#[test]
fn a_store_is_served_only_for_the_purpose_and_with_the_key_it_was_made_with() {
    let sandbox = Home::new("made-as-sandbox");
    Server::start(&sandbox, Launch::default()).stop();
    let stderr = refused(serve(&sandbox, &["--key", KEY, "--operator-token", OPERATOR]));
    assert!(stderr.contains("made for Sandbox"), "{stderr}");

    let production = Home::new("made-as-production");
    drop(Production::start(&production, KEY));
    let stderr = refused(serve(&production, &["--demo"]));
    assert!(stderr.contains("made for Production"), "{stderr}");
    let stderr = refused(serve(&production, &["--key", OTHER_KEY, "--operator-token", OPERATOR]));
    assert!(stderr.contains("another key"), "{stderr}");
    drop(Production::start(&production, KEY));
}

#[test]
fn production_without_its_secrets_is_refused_with_what_to_do() {
    let home = Home::new("no-secrets");
    let stderr = refused(serve(&home, &[]));
    assert!(stderr.contains("DARIC_KEY") && stderr.contains("--demo"), "{stderr}");
    assert!(!home.data().exists(), "nothing was made");
}

#[tokio::test]
async fn invoices_are_issued_and_paid_in_production_and_the_sandbox_s_gateway_is_not_there() {
    let home = Home::new("production-pod");
    let server = Production::start(&home, KEY);
    let mut client = Client::connect(server.1).await.unwrap();
    let mut operate = async |path: &str, body: serde_json::Value| {
        let reply = client.send(&Call::post(path).bearer(OPERATOR).json(&body)).await.unwrap();
        assert_eq!(reply.status, 201, "{path} {body}: {reply}");
        reply.json().unwrap()
    };
    let shop = serde_json::json!({"kind": "business", "name": "kiosk", "guilds": ["API_GUILD"]});
    let shop = operate("/admin/v1/parties", shop).await["id"].to_string();
    let user = serde_json::json!({"kind": "user", "name": "sara", "mobile": "09120000000", "mobileVerified": true});
    let user = operate("/admin/v1/parties", user).await["id"].to_string();
    let empty = serde_json::json!({});
    let token = |made: serde_json::Value| made["token"].as_str().unwrap().to_owned();
    let shop = token(operate(&format!("/admin/v1/parties/{shop}/tokens"), empty.clone()).await);
    let money = serde_json::json!({"amount": 100_000});
    operate(&format!("/admin/v1/parties/{user}/money"), money).await;
    let sara = token(operate(&format!("/admin/v1/parties/{user}/tokens"), empty).await);
    let mut pod = async |token: &str, id: u32, form: &str| {
        let reply = client.send(&service_call(token, id, form)).await.unwrap();
        assert_eq!(reply.status, 200, "{reply}");
        reply.json().unwrap()
    };
    let ott = pod(&shop, 29816, "").await["ott"].as_str().unwrap().to_owned();
    let form = format!("_ott_={ott}&guildCode=API_GUILD&userId={user}&{}", line(50_000, "1"));
    let invoice = pod(&shop, 29796, &form).await["result"].take();
    let id = &invoice["id"];
    // Nobody is there to send an SMS: that is said, and nothing is done.
    assert_eq!(pod(&shop, 29807, &format!("invoiceId={id}")).await["errorCode"], 999);
    assert_eq!(pod(&sara, 30382, &format!("invoiceId={id}")).await["result"], true);
    assert_eq!(pod("demo-shop-token", 29816, "").await["errorCode"], 21);
    let unique = invoice["uniqueNumber"].as_str().unwrap();
    let link = format!("/v1/pbc/payInvoiceByUniqueNumber?uniqueNumber={unique}&gateway=LOC");
    assert_eq!(client.send(&Call::get(&link)).await.unwrap().status, 404);
    let sms = serde_json::json!({"from": "09120000000", "text": "123456"});
    for call in [Call::post("/sms/inbound").json(&sms), Call::post("/sms/inbound").bearer(OPERATOR).json(&sms)] {
        assert_eq!(client.send(&call).await.unwrap().status, 401);
    }
    let pos = Call::post("/admin/v1/pos/transactions").bearer(OPERATOR).json(&serde_json::json!({}));
    assert_eq!(client.send(&pos).await.unwrap().status, 404);
}
