//! The audit: what it covers, its search and its export, and that a flood does not fill it.

use crate::console::{ADMIN, operator, signed_in};
use crate::harness;
use crate::harness::server::{OnStore, each_store};
use rstest_reuse::apply;

use harness::browser::{Tab, text};
use harness::client::Call;
use harness::world::World;
use serde_json::{Value, json};

/// The audit lines of a search.
async fn found(world: &mut World, search: &[(&str, &str)]) -> Vec<Value> {
    let call = search.iter().fold(Call::get("/admin/v1/audit"), |call, (name, value)| call.query(name, value));
    world.operator(call).await.unwrap().as_array().unwrap().clone()
}

#[apply(each_store)]
async fn a_flood_of_wrong_passwords_and_tokens_writes_a_few_lines(#[case] _on: OnStore) {
    let mut world = World::start("audit-flood").await;
    for _ in 0..12 {
        let mut tab = Tab::of(world.server.address);
        let form = "name=nobody-here&password=wrong&next=/console";
        assert_eq!(tab.submit(&mut world, "/console/login", "/console/login", form).await.status, 401);
    }
    let lines = found(&mut world, &[("action", "sign-in refused")]).await;
    assert_eq!(lines.len(), 5, "the others are counted: {lines:?}");
    assert_eq!(json!([lines[0]["by"], lines[0]["subject"]]), json!(["-", "127.0.0.1"]));
    for token in ["daric_x", "wrong", "wrong", "wrong", "wrong", "wrong", "wrong"] {
        assert_eq!(world.send(&Call::get("/admin/v1/orders").bearer(token)).await.unwrap().status, 401);
    }
    let lines = found(&mut world, &[("action", "refused token")]).await;
    assert_eq!(lines.len(), 5, "{lines:?}");
    assert!(lines.iter().all(|line| line["detail"] == "" && line["by"] == "-"), "no token is written: {lines:?}");
    // A call without a token is no identity that was refused.
    assert_eq!(world.send(&Call::get("/admin/v1/orders")).await.unwrap().status, 401);
    assert_eq!(found(&mut world, &[("action", "refused token")]).await.len(), 5);
}

#[apply(each_store)]
async fn the_audit_is_searched_and_exported_and_names_tokens_that_only_read(#[case] _on: OnStore) {
    let mut world = World::start("audit-search").await;
    let form = json!({"name": "reader", "role": "viewer", "days": 1});
    let made = world.operator(Call::post("/admin/v1/operator-tokens").json(&form)).await.unwrap();
    let token = made["token"].as_str().unwrap();
    for _ in 0..3 {
        assert_eq!(world.send(&Call::get("/admin/v1/jobs").bearer(token)).await.unwrap().status, 200);
    }
    let used = found(&mut world, &[("by", "api:reader")]).await;
    assert_eq!(used.len(), 1, "once a day: {used:?}");
    assert_eq!(json!([used[0]["action"], used[0]["subject"]]), json!(["token used", "127.0.0.1"]));
    assert_eq!(world.send(&Call::get("/admin/v1/operators").bearer(token)).await.unwrap().status, 403);
    let mut clerk = operator(&mut world, "clerk", "viewer").await;
    let actions = |lines: &[Value]| lines.iter().map(|line| line["action"].as_str().unwrap().to_owned()).collect();
    let of_reader: Vec<String> = actions(&found(&mut world, &[("by", "api:reader")]).await);
    assert_eq!(of_reader, ["refused call", "token used"]);
    let of_clerk = found(&mut world, &[("subject", "clerk"), ("by", "api")]).await;
    assert_eq!(actions(&of_clerk), ["operator"]);
    // The time is that of the service's clock, which stands at eleven.
    let eleven = "2026-11-21T07:30:00Z";
    let all = found(&mut world, &[("since", eleven)]).await;
    assert!(all.len() > 4 && found(&mut world, &[("until", eleven)]).await.iter().all(|line| line["at"] != eleven));
    // Pages of a search follow each other.
    let mut pages: Vec<Value> = Vec::new();
    loop {
        let last = pages.last().map(|line| line["id"].to_string());
        let mut search = vec![("since", eleven), ("limit", "2")];
        search.extend(last.as_deref().map(|last| ("before", last)));
        let page = found(&mut world, &search).await;
        if page.is_empty() {
            break;
        }
        pages.extend(page);
    }
    assert_eq!(pages, all);
    let call = Call::get("/admin/v1/audit").query("since", "yesterday");
    let refused = world.operator(call).await.unwrap_err();
    assert!(refused.contains("since"), "{refused}");
    // The console's page is one of its lists, with their filter and their files.
    let page = text(&clerk.get(&mut world, "/console/audit?lang=en&of=api:reader&from=1405/08/30").await);
    assert!(page.contains("token used") && !page.contains("api token"), "{page}");
    let export = "/console/lists/audit/export?text=sign+in";
    let file = clerk.get(&mut world, &format!("{export}&format=csv")).await;
    let text = String::from_utf8(file.body.to_vec()).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "\u{feff}id,at,atJalali,by,action,subject,detail", "{text}");
    let came_in = ",2026-11-21T07:30:00Z,1405/08/30 11:00:00,clerk,sign in,127.0.0.1,";
    assert_eq!(lines.iter().filter(|line| line.contains(came_in)).count(), 1, "{text}");
    // Each export has its own line in the audit.
    let listed = found(&mut world, &[("limit", "100")]).await;
    let file = clerk.get(&mut world, "/console/lists/audit/export?format=ndjson").await;
    let text = String::from_utf8(file.body.to_vec()).unwrap();
    let rows: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let ids = |rows: &[Value]| rows.iter().map(|row| row["id"].as_i64().unwrap()).collect::<Vec<_>>();
    assert!(ids(&rows).ends_with(&ids(&listed)), "{rows:?}");
    assert_eq!(clerk.get(&mut world, &format!("{export}&format=pdf")).await.status, 404);
    // A browser that has not signed in gets neither.
    let mut stranger = Tab::of(world.server.address);
    for path in ["/console/lists/audit/export?format=csv", "/console/audit/heads"] {
        assert_eq!(stranger.get(&mut world, path).await.status, 302, "{path}");
    }
    let mut admin = signed_in(&mut world, ADMIN).await;
    assert_eq!(admin.get(&mut world, "/console/audit").await.status, 200);
}
