//! SMS by a provider over HTTP: written first, sent under a lease, retried, given up, and resent by the operator.

use crate::harness;
use crate::harness::server::{OnStore, each_store, temporary};
use rstest_reuse::apply;

use std::path::PathBuf;

use harness::client::Call;
use harness::paystar::{CARD, code, otp_call, pay_call};
use harness::provider::{Answer, Provider};
use harness::server::{Home, Launch, Server};
use harness::world::{Caller, ELEVEN};
use serde_json::{Value, json};

const FAILS: Answer = Answer::Says(500, "no: رمز پویا: 00000");

/// A server whose SMS go to a provider.
struct Sending {
    provider: Provider,
    config: PathBuf,
    server: Server,
    caller: Caller,
    home: Home,
}

impl Sending {
    async fn start(test: &str) -> Self {
        let provider = Provider::start().await;
        let config = temporary(&format!("{test}.toml"));
        let settings = format!(
            "[sms]\nsender = \"http\"\n[sms.http]\nurl = \"http://{}/send?id={{id}}\"\n\
             headers = {{ Authorization = \"Bearer provider-key\", Content-Type = \"application/json\" }}\n\
             body = '{{\"to\":\"{{to98}}\",\"text\":\"{{text}}\"}}'\nsuccess_status = [200, 202]\n",
            provider.address
        );
        std::fs::write(&config, settings).unwrap();
        let home = Home::new(test);
        let server = Server::start(&home, Self::launch(&["--config", config.to_str().unwrap()]));
        let mut caller = Caller::at(server.address).await;
        caller.reset_at(ELEVEN).await.unwrap();
        Self { provider, config, server, caller, home }
    }

    fn launch<'a>(args: &'a [&'a str]) -> Launch<'a> {
        Launch { args, env: &[] }
    }

    async fn write(&mut self, text: &str) -> i64 {
        let call = Call::post("/admin/v1/sms").json(&json!({"to": "09120000000", "text": text}));
        self.caller.operator(call).await.unwrap()["id"].as_i64().unwrap()
    }

    async fn message(&mut self, id: i64) -> Value {
        let messages = self.caller.operator(Call::get("/admin/v1/sms")).await.unwrap();
        messages.as_array().unwrap().iter().find(|message| message["id"] == id).expect("the message is listed").clone()
    }

    /// Waits until a message has this state and number of tries.
    async fn becomes(&mut self, id: i64, state: &str, tries: i64) -> Value {
        loop {
            let message = self.message(id).await;
            if (message["state"].as_str(), message["tries"].as_i64()) == (Some(state), Some(tries)) {
                return message;
            }
            tokio::task::yield_now().await;
        }
    }

    async fn advance(&mut self, by: &str) {
        self.caller.operator(Call::post("/admin/v1/clock").json(&json!({"advance": by}))).await.unwrap();
    }
}

impl Drop for Sending {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.config);
    }
}

#[apply(each_store)]
async fn a_message_is_tried_again_later_each_time_until_the_provider_takes_it(#[case] _on: OnStore) {
    let mut sending = Sending::start("sms-again").await;
    sending.provider.answers(&[FAILS, Answer::Says(204, ""), Answer::Says(202, "taken")]).await;
    let id = sending.write("سلام \"دنیا\"\nخط دو").await;
    let asked = sending.provider.asked().await;
    assert!(asked.starts_with(&format!("POST /send?id={id} HTTP/1.1\r\n")), "{asked}");
    assert!(asked.to_ascii_lowercase().contains("authorization: bearer provider-key\r\n"), "{asked}");
    let body: Value = serde_json::from_str(asked.split_once("\r\n\r\n").unwrap().1).unwrap();
    assert_eq!(body, json!({"to": "989120000000", "text": "سلام \"دنیا\"\nخط دو"}));
    let failed = sending.becomes(id, "queued", 1).await;
    assert_eq!(failed["error"], "the provider answered 500");
    // Nothing is sent before it is due.
    sending.advance("PT59S").await;
    assert_eq!(sending.provider.unseen(), 0);
    sending.advance("PT1S").await;
    sending.provider.asked().await;
    sending.becomes(id, "queued", 2).await;
    sending.advance("PT10M").await;
    let sent = sending.becomes(id, "sent", 3).await;
    assert_eq!((&sent["error"], &sent["endedAt"]), (&Value::Null, &json!("2026-11-21T07:41:00Z")));
    sending.advance("P2D").await;
    assert_eq!(sending.provider.unseen(), 1, "the third try, and none after it");
}

#[apply(each_store)]
async fn a_move_of_the_clock_by_a_day_makes_all_tries_and_what_is_given_up_waits_for_the_operator(
    #[case] _on: OnStore,
) {
    let mut sending = Sending::start("sms-dead").await;
    sending.provider.answers(&[FAILS; 6]).await;
    let id = sending.write("یک").await;
    sending.becomes(id, "queued", 1).await;
    sending.advance("P1D").await;
    let dead = sending.message(id).await;
    assert_eq!((&dead["state"], &dead["tries"]), (&json!("dead"), &json!(6)));
    assert_eq!(sending.provider.unseen(), 6);
    let listed = sending.caller.operator(Call::get("/admin/v1/sms").query("state", "dead")).await.unwrap();
    assert_eq!(listed.as_array().unwrap().len(), 1);
    let resend = Call::post(&format!("/admin/v1/sms/{id}/resend"));
    sending.caller.operator(resend.clone()).await.unwrap();
    sending.provider.asked().await;
    sending.becomes(id, "sent", 1).await;
    let again = sending.caller.send(&resend.bearer("demo-admin-token")).await.unwrap();
    assert_eq!(again.status, 409, "{again}");
}

#[apply(each_store)]
async fn a_server_that_dies_while_it_sends_sends_again_and_loses_nothing(#[case] _on: OnStore) {
    let mut sending = Sending::start("sms-killed").await;
    sending.provider.answers(&[Answer::Nothing]).await;
    let id = sending.write("دو").await;
    sending.provider.asked().await;
    let args = ["--config", sending.config.to_str().unwrap()];
    let next = match sending.home.url() {
        // Only the killed process used the directory: its claim ends with it.
        "" => {
            let killed = std::mem::replace(&mut sending.server, Server::none());
            killed.kill();
            Server::start(&sending.home, Sending::launch(&args))
        }
        // Another node, which runs already, takes over when the claim has run out.
        _ => {
            let next = Server::start(&sending.home, Sending::launch(&args));
            std::mem::replace(&mut sending.server, Server::none()).kill();
            next
        }
    };
    sending.caller = Caller::at(next.address).await;
    sending.server = next;
    let asked = sending.provider.asked().await;
    assert!(asked.starts_with(&format!("POST /send?id={id} ")), "the same message: {asked}");
    sending.becomes(id, "sent", 1).await;
}

#[apply(each_store)]
async fn a_password_goes_to_the_provider_from_memory_and_nowhere_else(#[case] _on: OnStore) {
    let mut sending = Sending::start("sms-password").await;
    // The first attempt fails; it is repeated a second later, while the password is valid.
    sending.provider.answers(&[FAILS]).await;
    assert_eq!(code(&sending.caller.send(&otp_call(CARD, "p-1", 7_000)).await.unwrap()), None);
    let mut otp = String::new();
    for _ in 0..2 {
        let asked = sending.provider.asked().await;
        let body: Value = serde_json::from_str(asked.split_once("\r\n\r\n").unwrap().1).unwrap();
        let text = body["text"].as_str().unwrap();
        assert_eq!(body["to"], "989123456789");
        otp = text.strip_prefix("رمز پویا: ").unwrap()[..5].to_owned();
        assert_eq!(text, format!("رمز پویا: {otp}\nمبلغ: 7,000 ریال\nپذیرنده: Kanoon\nاعتبار: 120 ثانیه"));
    }
    let listed = sending.caller.operator(Call::get("/admin/v1/sms")).await.unwrap();
    let id = listed[0]["id"].as_i64().unwrap();
    let sent = sending.becomes(id, "sent", 2).await;
    assert_eq!((&sent["code"], &sent["text"]), (&json!(true), &Value::Null));
    assert_eq!(code(&sending.caller.send(&pay_call(CARD, "p-1", 7_000, &otp)).await.unwrap()), None);
    let resend = Call::post(&format!("/admin/v1/sms/{id}/resend")).bearer("demo-admin-token");
    assert_eq!(sending.caller.send(&resend).await.unwrap().status, 409, "its text is nowhere");
    let printed = sending.home.printed();
    assert!(!printed.contains("رمز پویا") && !printed.contains("provider-key"), "{printed}");
    assert_eq!(sending.home.files_with("رمز پویا"), Vec::<PathBuf>::new());
}

#[apply(each_store)]
async fn a_password_that_a_newer_one_has_replaced_is_not_tried_again(#[case] _on: OnStore) {
    let mut sending = Sending::start("sms-replaced").await;
    sending.provider.answers(&[FAILS]).await;
    let mut asked = Vec::new();
    for _ in 0..2 {
        assert_eq!(code(&sending.caller.send(&otp_call(CARD, "p-2", 7_000)).await.unwrap()), None);
        asked.push(sending.provider.asked().await);
    }
    let listed = sending.caller.operator(Call::get("/admin/v1/sms")).await.unwrap();
    let [newer, older] = [0, 1].map(|at| listed[at]["id"].as_i64().unwrap());
    assert!(asked[0].contains(&format!("id={older}")) && asked[1].contains(&format!("id={newer}")), "{asked:?}");
    sending.becomes(newer, "sent", 1).await;
    // Its second attempt would come a second after the first; it is given up instead.
    sending.becomes(older, "dead", 1).await;
}
