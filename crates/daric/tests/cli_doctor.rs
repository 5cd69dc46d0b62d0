//! `daric doctor`: what it finds, its exit code, and that no secret is in its bundle.

use crate::harness;
use crate::harness::server::{OnStore, each_store};
use rstest_reuse::apply;

use std::fs;
use std::net::TcpListener;
use std::process::Command;

use cluster::self_signed;
use harness::cli::Ran;
use harness::production::{self, KEY, Production};
use harness::server::{Home, Launch, Server, daric};
use harness::world::{Caller, fifty_thousand};
use serde_json::Value;

/// Runs the doctor on a home, with the settings of a sandbox.
fn doctor(home: &Home, args: &[&str]) -> Ran {
    let mut command = daric();
    command.args(["doctor", "--demo"]).args(home.store()).args(args);
    for name in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
        command.env_remove(name);
    }
    Ran::of(command.output().unwrap())
}

/// The levels of the findings about one thing.
fn levels(report: &Value, what: &str) -> Vec<String> {
    let findings = report["findings"].as_array().unwrap().iter().filter(|finding| finding["what"] == what);
    findings.map(|finding| finding["level"].as_str().unwrap().to_owned()).collect()
}

#[apply(each_store)]
async fn a_machine_with_a_store_is_well_beside_its_server_and_without_it(#[case] _on: OnStore) {
    let home = Home::without_store("doctor");
    let before = doctor(&home, &["--listen", "127.0.0.1:0"]);
    assert!(before.code == 0 && before.stdout.contains("`daric serve` makes"), "{before:?}");
    let server = Server::start(&home, Launch::default());
    let mut caller = Caller::at(server.address).await;
    let token = caller.named_token("code062").await.unwrap();
    caller.transfer(&token, "doctor-1", &fifty_thousand()).await.unwrap();
    let listen = server.address.to_string();
    let beside = doctor(&home, &["--listen", &listen]);
    assert!(beside.code == 0 && beside.stdout.contains("taken by a daric"), "{beside:?}");
    assert!(beside.stdout.contains("a sandbox's; its schema and its key fit"), "{beside:?}");
    assert!(beside.stdout.contains(&format!("listen = {listen} (flag)")), "{beside:?}");
    // The server is not disturbed.
    assert_eq!(caller.transfer(&token, "doctor-2", &fifty_thousand()).await.unwrap().status, 200);
    server.stop();
    let after = doctor(&home, &["--listen", &listen, "--json"]);
    let report = after.json();
    assert_eq!(after.code, 0, "{after:?}");
    for what in ["clock", "zone", "limits", "port", "store", "settings"] {
        assert!(levels(&report, what).iter().all(|level| level != "fail"), "{what}: {report}");
        assert!(!levels(&report, what).is_empty(), "{what}: {report}");
    }
    if home.url().is_empty() {
        assert!(after.stdout.contains("pages agree with their checksums"), "{after:?}");
    } else {
        assert!(levels(&report, "database").len() >= 5, "{report}");
        // The cluster of the tests does not flush.
        assert!(after.stdout.contains("fsync is off"), "{after:?}");
    }
    let from = |name: &str| {
        let settings = report["settings"].as_array().unwrap();
        settings.iter().find(|setting| setting["name"] == name).unwrap_or_else(|| panic!("{name}: {report}")).clone()
    };
    assert_eq!(from("demo")["from"], "flag");
    assert_eq!((&from("log")["from"], &from("log")["value"]), (&"default".into(), &"human".into()));
    assert_eq!(from("operator_token")["value"], Value::Null);
    // It changes nothing.
    harness::server::verify(&home);
}

#[test]
fn a_server_whose_certificate_is_for_its_name_is_no_other_program() {
    let home = Home::in_directory("doctor-tls");
    let folder = home.folder().join("own");
    fs::create_dir_all(&folder).unwrap();
    let own = self_signed(Command::new("openssl"), &folder).unwrap();
    let (cert, key) = (own.certificate.display().to_string(), own.key.display().to_string());
    let tls = ["--tls-cert", &cert, "--tls-key", &key];
    let server = Server::start(&home, Launch { args: &tls, env: &[] });
    let listen = server.address.to_string();
    for (trusted, said) in [(&["--cacert", &cert][..], "taken by a daric"), (&[], "its certificate is not valid")] {
        let ran = doctor(&home, &[&["--listen", &listen], &tls[..], trusted].concat());
        assert!(ran.code == 0 && ran.stdout.contains(said), "{ran:?}");
    }
}

#[test]
fn what_keeps_a_server_from_starting_fails_and_says_what_to_do() {
    let home = Home::in_directory("doctor-fails");
    Server::start(&home, Launch::default()).stop();
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = other.local_addr().unwrap().to_string();
    let key = "ff112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
    let token = "a-long-enough-token";
    for (args, said) in [
        (&["--listen", "127.0.0.1:0", "--key", key][..], "made with another key"),
        (&["--listen", &taken], "taken by another program"),
        (&["--listen", "192.0.2.1:7070"], "choose an address of this machine"),
        (&["--listen", "127.0.0.1:9", "--admin-listen", "127.0.0.1:9"], "--listen and --admin-listen are both"),
        (&["--listen", "127.0.0.1:9", "--agi", "127.0.0.1:9"], "--listen and --agi are both"),
        (&["--track-id-max-len", "0"], "track_id_max_len = 0"),
        (&["--config", "/nowhere/daric.toml"], "/nowhere/daric.toml"),
    ] {
        let ran = doctor(&home, args);
        assert_eq!(ran.code, 1, "{args:?}: {ran:?}");
        let line = ran.stdout.lines().find(|line| line.starts_with("fail") && line.contains(said));
        assert!(line.is_some_and(|line| line.contains(" → ")), "{args:?}: {ran:?}");
    }
    let file = Ran::of(
        daric().args(["doctor", "--demo", "--listen", "127.0.0.1:0", "--data", "/etc/passwd"]).output().unwrap(),
    );
    assert!(file.code == 1 && file.stdout.contains("/etc/passwd is no directory"), "{file:?}");
    let production =
        ["doctor", "--mode", "production", "--key", key, "--operator-token", token, "--listen", "127.0.0.1:0"];
    let ran = Ran::of(daric().args(production).args(home.store()).output().unwrap());
    assert!(ran.code == 1 && ran.stdout.contains("this store was made for Sandbox"), "{ran:?}");
    let database = home.data().join("daric.db");
    let mut bytes = fs::read(&database).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 4;
    fs::write(&database, &bytes).unwrap();
    let ran = doctor(&home, &["--listen", "127.0.0.1:0"]);
    let line = ran.stdout.lines().find(|line| line.starts_with("fail  store")).unwrap_or_default();
    assert!(ran.code == 1 && line.contains("daric.db"), "{ran:?}");
    assert_eq!(fs::read(&database).unwrap(), bytes, "it changes nothing");
    drop(other);
}

#[test]
fn a_proxy_for_this_machine_is_a_warning() {
    let home = Home::in_directory("doctor-proxy");
    for (no_proxy, level) in [("", "warn"), ("localhost,127.0.0.1", "ok")] {
        let mut command = daric();
        command.args(["doctor", "--demo", "--listen", "127.0.0.1:0", "--json"]).args(home.store());
        command
            .env("http_proxy", "http://user:proxy-password@127.0.0.1:9")
            .env("NO_PROXY", no_proxy)
            .env_remove("no_proxy");
        let ran = Ran::of(command.output().unwrap());
        assert_eq!((ran.code, levels(&ran.json(), "proxy")), (0, vec![level.to_owned()]), "{ran:?}");
        assert!(!ran.stdout.contains("proxy-password"), "{ran:?}");
    }
}

/// Secrets of every kind that the settings have, and the file that has those without a flag.
const IN_FILE: &str = r#"
operator_token = "an-operator-s-token"
[pod]
sms_inbound_secret = "inbound-secret-0123456"
[sms]
sender = "http"
[sms.http]
url = "https://sms.example/send?api_key=key-in-an-address"
body = '{"to": "{to}", "text": "{text}", "key": "key-in-a-body"}'
[sms.http.headers]
Content-Type = "application/json"
X-Api-Key = "key-in-a-header"
"#;
const SECRETS: [&str; 6] =
    [KEY, "an-operator-s-token", "inbound-secret-0123456", "key-in-an-address", "key-in-a-body", "key-in-a-header"];

#[apply(each_store)]
async fn no_secret_of_the_settings_is_in_the_bundle_or_the_output(#[case] _on: OnStore) {
    let home = Home::new("doctor-bundle");
    let server = Production::start(&home, KEY);
    let config = home.folder().join("daric.toml");
    fs::write(&config, IN_FILE).unwrap();
    let bundle = home.folder().join("report.tar.gz");
    let listen = server.1.to_string();
    let run = |more: &[&str]| {
        let mut command = daric();
        command.arg("doctor").args(["--config", config.to_str().unwrap(), "--listen", &listen]).args(home.store());
        command.args(["--bundle", bundle.to_str().unwrap()]).args(more).env("DARIC_KEY", KEY);
        Ran::of(command.output().unwrap())
    };
    let ran = run(&[]);
    assert!(ran.stdout.contains("key = (hidden) (variable DARIC_KEY)"), "{ran:?}");
    assert!(ran.stdout.contains("operator_token = (hidden) (file)"), "{ran:?}");
    assert!(ran.stdout.contains("sms.http.url = (hidden) (file)"), "{ran:?}");
    let unpacked = home.folder().join("unpacked");
    fs::create_dir(&unpacked).unwrap();
    let tar = Command::new("tar").arg("xzf").arg(&bundle).arg("-C").arg(&unpacked).output().unwrap();
    assert!(tar.status.success(), "{tar:?}");
    let mut names = Vec::new();
    for entry in fs::read_dir(unpacked.join("daric-doctor")).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        for secret in SECRETS {
            assert!(!text.contains(secret), "{secret} is in {}: {text}", path.display());
        }
        assert!(home.url().is_empty() || !text.contains(home.url()), "{}", path.display());
        names.push(path.file_name().unwrap().to_string_lossy().into_owned());
    }
    for secret in SECRETS {
        assert!(!ran.stdout.contains(secret) && !ran.stderr.contains(secret), "{secret}: {ran:?}");
    }
    names.sort();
    for name in ["doctor.json", "doctor.txt", "metrics.txt", "versions.txt"] {
        assert!(names.iter().any(|known| known == name), "{name}: {names:?}");
    }
    let metrics = fs::read_to_string(unpacked.join("daric-doctor/metrics.txt")).unwrap();
    assert!(metrics.contains("daric_"), "{metrics}");
    assert_eq!(production::OPERATOR, SECRETS[1], "the running server takes the file's token");
    // A bundle overwrites no file.
    let again = run(&["--json"]);
    assert!(again.code == 1 && again.stderr.contains("report.tar.gz"), "{again:?}");
    for secret in SECRETS {
        assert!(!again.stdout.contains(secret), "{secret}: {again:?}");
    }
}
