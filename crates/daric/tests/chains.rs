//! The hash chains over the audit and the ledger, as operators and auditors use them.

use crate::console::{ADMIN, signed_in};
use crate::harness;
use crate::harness::server::{OnStore, each_store};
use rstest_reuse::apply;

use harness::browser::text;
use harness::client::Call;
use harness::server::{Server, daric};
use harness::world::{OPERATOR, World, fifty_thousand};
use serde_json::Value;

/// What `daric verify` prints for a store and a file of heads, and whether it found no difference.
fn verified(world: &World, heads: &Value) -> (bool, String) {
    let file = world.home.folder().join("heads.json");
    std::fs::write(&file, heads.to_string()).unwrap();
    let output = daric().arg("verify").args(world.home.store()).arg("--heads").arg(&file).output().unwrap();
    (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
}

fn of<'a>(chains: &'a Value, id: &str) -> &'a Value {
    chains.as_array().unwrap().iter().find(|chain| chain["id"] == id).unwrap()
}

#[apply(each_store)]
async fn what_was_written_is_sealed_and_kept_heads_show_a_past_that_is_another_one(#[case] _on: OnStore) {
    let mut world = World::start("chains").await;
    let token = world.named_token("code062").await.unwrap();
    world.transfer(&token, "sealed", &fifty_thousand()).await.unwrap();
    let open = world.operator(Call::get("/admin/v1/chains")).await.unwrap();
    for id in ["audit", "ledger"] {
        assert_eq!(of(&open, id)["link"], 0, "{open}");
        assert!(of(&open, id)["unsealed"].as_i64().unwrap() > 0, "{open}");
    }
    let heads = world.operator(Call::post("/admin/v1/chains/seal")).await.unwrap();
    for id in ["audit", "ledger"] {
        assert_eq!((&of(&heads, id)["link"], &of(&heads, id)["unsealed"]), (&1.into(), &0.into()), "{heads}");
        assert_eq!(of(&heads, id)["hash"].as_str().unwrap().len(), 64);
    }
    // Sealing stands in the way of no payment, and what comes after it is not sealed yet.
    let reply = world.transfer(&token, "later", &fifty_thousand()).await.unwrap();
    assert_eq!(reply.json().unwrap()["status"], "DONE", "{reply}");
    let later = world.operator(Call::get("/admin/v1/chains")).await.unwrap();
    assert!(of(&later, "ledger")["unsealed"].as_i64().unwrap() > 0, "{later}");
    let again = world.operator(Call::post("/admin/v1/chains/seal")).await.unwrap();
    let links = world.operator(Call::get("/admin/v1/chains/ledger/links")).await.unwrap();
    assert_eq!((links[0]["number"].as_i64(), links[1]["number"].as_i64()), (Some(1), Some(2)), "{links}");
    assert_eq!((&links[0]["hash"], &links[1]["hash"]), (&of(&heads, "ledger")["hash"], &of(&again, "ledger")["hash"]));
    let behind = world.operator(Call::get("/admin/v1/chains/ledger/links?after=1&limit=1")).await.unwrap();
    assert_eq!(behind, serde_json::json!([links[1]]));
    let missing = world.send(&Call::get("/admin/v1/chains/other/links").bearer(OPERATOR)).await.unwrap();
    assert_eq!(missing.status, 404);
    // The console shows the heads, and gives the same file.
    let mut admin = signed_in(&mut world, ADMIN).await;
    let page = text(&admin.get(&mut world, "/console/audit?lang=en").await);
    assert!(page.contains(of(&again, "ledger")["hash"].as_str().unwrap()), "{page}");
    let file = admin.get(&mut world, "/console/audit/heads").await;
    assert_eq!(of(&file.json().unwrap(), "ledger")["hash"], of(&again, "ledger")["hash"]);
    std::mem::replace(&mut world.server, Server::none()).stop();
    for heads in [&heads, &again] {
        let (good, said) = verified(&world, heads);
        assert!(good && said.contains("ledger: ") && said.contains(" in 2 links, head "), "{said}");
    }
    // A head that the store does not have: the past was rewritten, or its end was removed.
    let mut other = again.clone();
    other[1]["hash"] = "ab".repeat(32).into();
    let (good, said) = verified(&world, &other);
    assert!(!good && said.contains("ledger: link 2 is not the one that was exported"), "{said}");
    other[1]["link"] = 3.into();
    let (good, said) = verified(&world, &other);
    assert!(!good && said.contains("ledger: link 3 was exported, and the chain ends with link 2"), "{said}");
}
