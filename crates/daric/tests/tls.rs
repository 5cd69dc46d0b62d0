//! HTTPS by `--tls-cert` and `--tls-key`.

use crate::harness;
use crate::harness::server::{OnStore, each_store};
use rstest_reuse::apply;

use std::fs;
use std::path::Path;
use std::process::Command;

use cluster::{Certified, self_signed};
use harness::client::{AfterSending, Call, Client, raw};
use harness::server::{Home, Launch, Server};

fn certified(folder: &Path) -> Certified {
    fs::create_dir_all(folder).unwrap();
    self_signed(Command::new("openssl"), folder).unwrap()
}

#[apply(each_store)]
async fn pages_and_calls_are_served_by_tls_and_nothing_beside_it(#[case] _on: OnStore) {
    let home = Home::new("tls");
    let own = certified(&home.data().with_file_name("own"));
    let (cert, key) = (own.certificate.display().to_string(), own.key.display().to_string());
    let launch = Launch { args: &["--tls-cert", &cert, "--tls-key", &key], ..Launch::default() };
    let server = Server::start(&home, launch);
    let mut client = Client::connect_by_tls(server.address, &own.certificate).await.unwrap();
    let page = client.send(&Call::get("/console/login")).await.unwrap();
    assert_eq!(page.status, 200);
    let hsts = page.header("strict-transport-security").unwrap();
    assert!(hsts.starts_with("max-age=31536000"), "{hsts}");
    let cookies: Vec<&str> = page.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap()).collect();
    assert!(!cookies.is_empty() && cookies.iter().all(|cookie| cookie.ends_with("; Secure")), "{cookies:?}");
    let call = Call::get("/admin/v1/clock").bearer("demo-admin-token");
    assert_eq!(client.send(&call).await.unwrap().status, 200);
    // Links that the server gives away have its https address.
    assert!(home.printed().contains(&format!("https://{}", server.address)), "{}", home.printed());
    // A client without TLS gets no answer; a client with another certificate ends the handshake.
    let plain = b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n".to_vec();
    assert!(raw(server.address, plain, AfterSending::Waits).await.is_none());
    let other = certified(&home.data().with_file_name("other"));
    let error = Client::connect_by_tls(server.address, &other.certificate).await.err().unwrap();
    assert!(error.contains("certificate"), "{error}");
    // The server continues to serve.
    assert_eq!(client.send(&call).await.unwrap().status, 200);
    server.stop();
}

#[test]
fn a_certificate_without_its_key_is_refused_with_the_setting_s_name() {
    let home = Home::in_directory("tls-wrong");
    let own = certified(&home.data().with_file_name("own"));
    let other = certified(&home.data().with_file_name("other"));
    let (cert, key) = (own.certificate.to_str().unwrap(), own.key.to_str().unwrap());
    for (arguments, expected) in [
        (&["--tls-cert", cert][..], "tls_cert needs tls_key"),
        (&["--tls-key", key], "tls_key needs tls_cert"),
        (&["--tls-cert", "/nowhere", "--tls-key", key], "tls_cert: /nowhere"),
        (&["--tls-cert", cert, "--tls-key", "/nowhere"], "tls_key: /nowhere"),
        (&["--tls-cert", key, "--tls-key", key], "no certificate"),
        (&["--tls-cert", cert, "--tls-key", other.key.to_str().unwrap()], "tls_key: "),
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_daric"));
        command.args(["serve", "--demo", "--listen", "127.0.0.1:0"]).args(home.store()).args(arguments);
        let output = command.output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && stderr.contains(expected), "{arguments:?}: {stderr}");
        assert!(!home.data().exists(), "nothing was made");
    }
}
