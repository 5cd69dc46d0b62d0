//! Behind a real nginx, with nothing but `proxy_pass` and with the settings that the book recommends (second-edition.md 1.11).

use crate::harness;
use crate::harness::server::{OnStore, each_store};
use rstest_reuse::apply;

use std::net::TcpListener;
use std::time::{Duration, Instant};

use harness::browser::{Tab, field};
use harness::client::{Call, Reply};
use harness::pod::{SHOP, answer_of, line, service_call};
use harness::server::{Home, Launch, Server};
use harness::tools::Proxy;
use harness::world::{Caller, ELEVEN};
use serde_json::json;

/// The directives that the book recommends, for the server and beside `proxy_pass`.
const RECOMMENDED: (&str, &str) = (
    "underscores_in_headers on; client_max_body_size 64k;",
    "proxy_http_version 1.1; proxy_set_header Connection \"\"; proxy_set_header Host $host; \
     proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; proxy_set_header X-Forwarded-Proto $scheme;",
);
/// A log line takes far less.
const LOGGED: Duration = Duration::from_secs(30);
/// nginx forwards the client's address, and drops headers with underscores.
const FORWARDING: (&str, &str) = ("", "proxy_set_header X-Forwarded-For $remote_addr;");

/// A demo world behind an nginx.
struct Behind {
    /// Connects through the proxy.
    caller: Caller,
    /// Connects to the server itself.
    direct: Caller,
    tab: Tab,
    _proxy: Proxy,
    _server: Server,
    home: Home,
}

impl Behind {
    async fn start(test: &str, nginx: (&str, &str), base: Option<&str>) -> Self {
        let home = Home::new(test);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let own = format!("http://{address}");
        let mut args = vec!["--trusted-proxies", "127.0.0.1"];
        args.extend(base.map(|_| "--public-base"));
        args.extend(base.map(|base| if base.is_empty() { &*own } else { base }));
        let server = Server::start(&home, Launch { args: &args, ..Launch::default() });
        let proxy = Proxy::start(&home, listener, server.address, nginx);
        let mut direct = Caller::at(server.address).await;
        direct.reset_at(ELEVEN).await.unwrap();
        let mut tab = Tab::of(address);
        tab.headers.push(("referer", format!("http://{address}/v1/pbc/pay/x")));
        Self { caller: Caller::at(address).await, direct, tab, _proxy: proxy, _server: server, home }
    }

    /// Waits until the server's output contains `text`, and returns the output: the log is written after the replies.
    async fn prints(&self, text: &str) -> String {
        let until = Instant::now() + LOGGED;
        loop {
            let printed = self.home.printed();
            if printed.contains(text) || Instant::now() > until {
                return printed;
            }
            tokio::task::yield_now().await;
        }
    }

    async fn log_in(&mut self) -> Reply {
        let form = "username=ali&password=ali&next=/";
        self.tab.submit(&mut self.caller, "/oauth2/login", "/oauth2/login", form).await
    }
}

// second-edition.md 1.11.
#[apply(each_store)]
async fn log_in_payment_and_console_work_behind_nginx_as_it_comes_and_as_recommended(#[case] _on: OnStore) {
    for (test, nginx, code) in [("proxy-plain", ("", ""), 21), ("proxy-recommended", RECOMMENDED, 0)] {
        let mut behind = Behind::start(test, nginx, Some("")).await;
        let reply = behind.log_in().await;
        assert_eq!((reply.status, reply.header("location")), (302, Some("/")), "{test}: {reply}");
        let invoice = behind.direct.issue(SHOP, &format!("userId=101&{}", line(50_000, "1"))).await;
        let Behind { caller, tab, direct, .. } = &mut behind;
        let came = caller.follow(&invoice, "").await;
        let base = came.header("location").unwrap_or_else(|| panic!("{test}: {came}")).to_owned();
        let page = tab.get(caller, &base).await;
        let form = format!("csrf={}&amount={}", field(&page, "csrf").unwrap(), field(&page, "amount").unwrap());
        let paid = tab.post(caller, &format!("{base}/wallet"), &form).await;
        assert_eq!((paid.status, paid.header("location")), (303, Some(&*format!("{base}/result"))), "{test}: {paid}");
        let operator = json!({"name": "worker", "password": "worker-password", "role": "viewer"});
        direct.operator(Call::post("/admin/v1/operators").json(&operator)).await.unwrap();
        let form = "name=worker&password=worker-password&next=/console/orders";
        let signed_in = tab.submit(caller, "/console/login", "/console/login", form).await;
        assert_eq!(
            (signed_in.status, signed_in.header("location")),
            (303, Some("/console/orders")),
            "{test}: {signed_in}"
        );
        assert_eq!(tab.get(caller, "/console/orders").await.status, 200, "{test}");
        assert_eq!(answer_of(&caller.send(&service_call(SHOP, 29816, "")).await.unwrap()).0, code, "{test}");
        assert!(!behind.home.printed().contains("a form was refused"), "{test}");
    }
}

#[apply(each_store)]
async fn what_a_proxy_has_changed_is_a_line_in_the_log_that_says_what_to_set(#[case] _on: OnStore) {
    // nginx sends its own name of the server as Host.
    for (test, base) in [("proxy-unset", None), ("proxy-other", Some("https://pay.example"))] {
        let mut behind = Behind::start(test, FORWARDING, base).await;
        if base.is_some() {
            // Cookies are `Secure` if the public base is https.
            assert!(
                behind
                    .tab
                    .get(&mut behind.caller, "/oauth2/login")
                    .await
                    .header("set-cookie")
                    .unwrap()
                    .contains("Secure")
            );
        }
        assert_eq!(behind.log_in().await.status, 403, "{test}");
        let printed = behind.prints("a form was refused").await;
        assert!(printed.contains("a form was refused") && printed.contains("set public_base"), "{printed}");
        assert!(printed.contains(base.unwrap_or("http://127.0.0.1")), "{printed}");
        assert_eq!(answer_of(&behind.caller.send(&service_call(SHOP, 29816, "")).await.unwrap()).0, 21, "{test}");
        let printed = behind.prints("underscores_in_headers").await;
        assert!(printed.contains("underscores_in_headers"), "{test}: {printed}");
    }
}
