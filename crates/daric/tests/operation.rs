//! What operators, their monitoring and their service manager see of a process: health, the operators' own port, systemd's notifications and sockets.

use crate::harness;
use crate::harness::server::{OnStore, each_store};
use rstest_reuse::apply;

use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use harness::browser::{Tab, text};
use harness::client::{Call, Client};
use harness::production::{KEY, OPERATOR, serve};
use harness::server::{Home, KilledOnDrop, Launch, Server, daric};
use harness::tools::monitoring;
use harness::world::Caller;

/// Longer than a start takes.
const TIMEOUT: Duration = Duration::from_secs(60);
/// What is served at the operators' own port, if they have one.
const ADMIN: [&str; 6] = ["/livez", "/healthz", "/readyz", "/metrics", "/admin/v1/accounts", "/console/login"];

async fn status(client: &mut Client, path: &str) -> u16 {
    client.send(&Call::get(path).bearer(harness::world::OPERATOR)).await.unwrap().status
}

#[apply(each_store)]
async fn a_process_that_serves_is_alive_and_ready(#[case] _on: OnStore) {
    let home = Home::new("health");
    let server = Server::start(&home, Launch::default());
    let mut client = Client::connect(server.address).await.unwrap();
    for path in ["/livez", "/healthz", "/readyz"] {
        let reply = client.send(&Call::get(path)).await.unwrap();
        assert_eq!((reply.status, reply.json().unwrap()), (200, serde_json::json!({"status": "ok"})), "{path}");
    }
    server.stop();
}

#[apply(each_store)]
async fn operators_have_a_port_of_their_own_if_one_is_set(#[case] _on: OnStore) {
    let home = Home::new("admin-listen");
    // Forms of the console come from its own address, also where payers use another.
    let args = ["--admin-listen", "127.0.0.1:0", "--public-base", "http://pay.example"];
    let server = Server::start(&home, Launch { args: &args, env: &[] });
    let mut dialects = Client::connect(server.address).await.unwrap();
    let start = dialects.send(&Call::get("/")).await.unwrap().json().unwrap();
    let own = start["console"].as_str().and_then(|console| console.strip_prefix("http://")?.strip_suffix("/console"));
    let own: SocketAddr = own.unwrap().parse().unwrap();
    let mut operators = Client::connect(own).await.unwrap();
    for path in ADMIN {
        assert_eq!([status(&mut dialects, path).await, status(&mut operators, path).await], [404, 200], "{path}");
    }
    for path in ["/openapi.json", "/assets/daric.css"] {
        assert_eq!([status(&mut dialects, path).await, status(&mut operators, path).await], [200, 200], "{path}");
    }
    let callers = ["/oak/v2/clients/drops/deposits/0302876214008/balance", "/oauth2/login", "/"];
    for path in callers {
        assert_ne!(status(&mut dialects, path).await, 404, "{path}");
        assert_eq!(status(&mut operators, path).await, 404, "{path}");
    }
    // The other port has no call of the operators' API, whatever the method.
    let reset = dialects.send(&Call::post("/admin/v1/reset").bearer(harness::world::OPERATOR)).await.unwrap();
    assert_eq!(reset.status, 404, "{reset}");
    let (mut tab, mut caller) = (Tab::of(own), Caller::of_production(own).await);
    let form = "name=admin&password=daric-admin&next=/console";
    let signed_in = tab.submit(&mut caller, "/console/login", "/console/login", form).await;
    assert_eq!((signed_in.status, signed_in.header("location")), (303, Some("/console")), "{signed_in}");
    assert!(text(&tab.get(&mut caller, "/console").await).contains("/console/orders"));
    assert_eq!(start["operatorApi"], format!("http://{own}/admin/v1"));
    // What is shown of a call goes to where it came in: a token for operators never goes to the payers' address.
    let operator = |path: &str| Call::get(path).bearer(harness::world::OPERATOR);
    dialects.send(&Call::get("/oauth2/login")).await.unwrap();
    operators.send(&operator("/admin/v1/clients")).await.unwrap();
    for (service, base) in [("login", "http://pay.example/".to_owned()), ("clients", format!("http://{own}/"))] {
        let listed = operators.send(&operator("/admin/v1/requests").query("service", service)).await.unwrap();
        let id = listed.json().unwrap()[0]["id"].clone();
        let one = operators.send(&operator(&format!("/admin/v1/requests/{id}"))).await.unwrap().json().unwrap();
        assert!(one["curl"].as_str().is_some_and(|curl| curl.contains(&base)), "{base}: {one}");
    }
    server.stop();
}

#[apply(each_store)]
async fn production_serves_operators_at_their_own_port_and_takes_their_token_from_a_file(#[case] _on: OnStore) {
    let home = Home::new("admin-listen-production");
    let folder = home.folder().to_owned();
    let [file, credential] = ["token", "daric-operator-token"].map(|name| folder.join(name));
    for path in [&file, &credential] {
        std::fs::write(path, format!("{OPERATOR}\n")).unwrap();
    }
    let file = file.display().to_string();
    let of_file: &[&str] = &["--operator-token-file", &file];
    for (token, environment) in [
        (of_file, None),
        (&[][..], Some(("DARIC_OPERATOR_TOKEN_FILE", Path::new(&file)))),
        (&[], Some(("CREDENTIALS_DIRECTORY", &*folder))),
    ] {
        let mut command = serve(&home, &[&["--key", KEY, "--admin-listen", "127.0.0.1:0"], token].concat());
        let (mut child, address) = ready(command.envs(environment));
        let log = BufReader::new(child.0.stderr.take().unwrap());
        let line = log.lines().map(Result::unwrap).find(|line| line.contains("on a separate port")).unwrap();
        let own: SocketAddr = line.rsplit_once("address=").unwrap().1.trim().parse().unwrap();
        let mut dialects = Client::connect(address).await.unwrap();
        let mut operators = Client::connect(own).await.unwrap();
        let call = Call::get("/admin/v1/accounts").bearer(OPERATOR);
        let statuses = [dialects.send(&call).await.unwrap().status, operators.send(&call).await.unwrap().status];
        assert_eq!(statuses, [404, 200], "{environment:?}");
    }
}

/// Starts a server; returns it with the address of its ready line.
fn ready(command: &mut Command) -> (KilledOnDrop, SocketAddr) {
    let mut child = KilledOnDrop(command.stdout(Stdio::piped()).spawn().unwrap());
    let mut line = String::new();
    BufReader::new(child.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let address = line.trim().rsplit_once("http://").unwrap_or_else(|| panic!("no ready line: {line}")).1;
    (child, address.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_service_manager_is_told_when_the_server_is_ready_alive_and_stopping() {
    let home = Home::in_directory("notify");
    let path = home.folder().join("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    socket.set_read_timeout(Some(TIMEOUT)).unwrap();
    // A watchdog is meant for one process, which is the shell's before it becomes the server.
    let script = "export WATCHDOG_PID=$$ WATCHDOG_USEC=300000; exec \"$0\" \"$@\"";
    let mut command = Command::new("sh");
    command.args(["-c", script]).arg(daric().get_program());
    command.args(["serve", "--demo", "--listen", "127.0.0.1:0"]).args(home.store()).env("NOTIFY_SOCKET", &path);
    let (mut child, _) = ready(command.stderr(Stdio::null()));
    let told = || {
        let mut message = [0; 256];
        let length = socket.recv(&mut message).unwrap();
        String::from_utf8_lossy(&message[..length]).trim().to_owned()
    };
    assert_eq!([told(), told(), told()], ["READY=1", "WATCHDOG=1", "WATCHDOG=1"]);
    Command::new("kill").args(["-TERM", &child.0.id().to_string()]).status().unwrap();
    let mut last = told();
    while last == "WATCHDOG=1" {
        last = told();
    }
    assert_eq!(last, "STOPPING=1");
    assert!(child.0.wait().unwrap().success());
}

/// A server that gets sockets as systemd passes them: from descriptor 3 on. The first comes as its standard input, the second as its standard error.
fn with_sockets(home: &Home, names: &str, sockets: Vec<TcpListener>) -> Command {
    let (count, mut sockets) = (sockets.len(), sockets.into_iter().map(OwnedFd::from));
    let log = home.folder().join("stderr.log");
    let second = if count == 2 { "4<&2" } else { "" };
    let script = format!(
        "exec 3<&0 {second} 0</dev/null 2>>'{}'; export LISTEN_PID=$$ LISTEN_FDS={count} LISTEN_FDNAMES={names}; exec \"$0\" \"$@\"",
        log.display()
    );
    let mut command = Command::new("sh");
    command.args(["-c", &script]).arg(daric().get_program());
    command.args(["serve", "--demo"]).args(home.store());
    command.stdin(sockets.next().unwrap());
    if let Some(second) = sockets.next() {
        command.stderr(second);
    }
    command
}

#[tokio::test(flavor = "multi_thread")]
async fn passed_sockets_are_served_and_queue_connections_before_the_start() {
    let home = Home::in_directory("sockets");
    let listener = || TcpListener::bind("127.0.0.1:0").unwrap();
    let (first, second) = (listener(), listener());
    let addresses = [first.local_addr().unwrap(), second.local_addr().unwrap()];
    // A caller that comes before the server is answered when it is there.
    let early = tokio::spawn(async move { Client::connect(addresses[0]).await.unwrap().send(&Call::get("/")).await });
    let (child, address) = ready(&mut with_sockets(&home, "daric.socket", vec![first.try_clone().unwrap()]));
    assert_eq!(address, addresses[0]);
    assert_eq!(early.await.unwrap().unwrap().status, 200);
    drop(child);

    let (_child, address) = ready(&mut with_sockets(&home, "admin:http", vec![second, first]));
    assert_eq!(address, addresses[0]);
    let [mut dialects, mut operators] =
        [Client::connect(addresses[0]).await.unwrap(), Client::connect(addresses[1]).await.unwrap()];
    let statuses = [status(&mut dialects, "/readyz").await, status(&mut operators, "/readyz").await];
    assert_eq!(statuses, [404, 200]);
}

#[test]
fn passed_sockets_without_a_known_name_are_refused_with_the_names() {
    let home = Home::in_directory("sockets-unnamed");
    for (names, says) in [("a:b", "FileDescriptorName="), ("http:http", "two sockets"), ("http:agi", "DARIC_AGI")] {
        let sockets = vec![TcpListener::bind("127.0.0.1:0").unwrap(), TcpListener::bind("127.0.0.1:0").unwrap()];
        let status = with_sockets(&home, names, sockets).stdout(Stdio::null()).status().unwrap();
        assert_eq!(status.code(), Some(1), "{names}");
        assert!(home.printed().contains(says), "{names}: {}", home.printed());
    }
    assert!(!home.data().exists(), "nothing was made");
}

#[test]
fn every_expression_of_the_alert_rules_and_the_dashboard_is_promql() {
    let home = Home::in_directory("monitoring");
    let packaging = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packaging");
    let [rules, dashboard] = ["prometheus/daric.rules.yml", "grafana/daric.json"].map(|file| packaging.join(file));
    let check = |rules: &Path| -> serde_json::Value {
        serde_json::from_str(&monitoring("check.mjs", &[rules.to_str().unwrap(), dashboard.to_str().unwrap()])).unwrap()
    };
    let found = check(&rules);
    assert_eq!(found["wrong"], serde_json::json!([]), "{found}");
    assert!(found["expressions"].as_u64() > Some(40) && found["alerts"].as_u64() > Some(15), "{found}");
    let metrics: Vec<&str> = found["metrics"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    assert!(metrics.iter().all(|name| *name == "up" || name.starts_with("daric_")), "{metrics:?}");
    // The check finds what is wrong.
    let broken = home.folder().join("broken.yml");
    let text = std::fs::read_to_string(&rules).unwrap();
    std::fs::write(&broken, text.replace("daric_queue_commands > 4096", "daric_queue_commands > > 4096")).unwrap();
    let found = check(&broken);
    assert!(found["wrong"][0].as_str().unwrap_or_default().starts_with("DaricQueueLong"), "{found}");
}
