//! `/docs/api` in a real browser, and who may see it.

use crate::harness;
use crate::harness::server::{OnStore, each_store};
use rstest_reuse::apply;

use std::io::Read;

use harness::client::Call;
use harness::tools::browser;
use harness::world::World;
use serde_json::{Value, json};

/// The page reads the document, shows its examples, sends calls with the demo world's credentials, and asks nothing of another server.
#[tokio::test(flavor = "multi_thread")]
async fn the_reference_is_read_and_tried_on_a_phone_and_on_a_desk() {
    let world = World::start("api-reference-browser").await;
    let base = format!("http://{}", world.server.address);
    let (printed, shots) = tokio::task::spawn_blocking(move || browser("reference.mjs", &[&base])).await.unwrap();
    println!("screenshots: {}", shots.display());
    let stories: Vec<Value> = printed.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(stories.len(), 2, "{printed}");
    for story in stories {
        assert_eq!(
            (&story["wide"], &story["elsewhere"], &story["wrong"]),
            (&json!([false, false]), &json!([]), &json!([]))
        );
        assert_eq!((&story["dark"], &story["status"]), (&json!(story["name"] == "phone"), &json!("200")), "{story}");
        assert!(story["amount"].as_i64() > Some(0), "the body is an example: {story}");
        assert!(!story["policy"].as_str().unwrap().contains("unsafe"), "{story}");
    }
}

#[apply(each_store)]
async fn the_files_of_the_reference_are_served_packed_and_plain(#[case] _on: OnStore) {
    let mut world = World::start("api-reference").await;
    for path in ["/docs/api", "/console"] {
        let slashed = world.send(&Call::get(&format!("{path}/"))).await.unwrap();
        assert_eq!((slashed.status, slashed.header("location")), (308, Some(path)), "{slashed}");
    }
    let page = world.send(&Call::get("/docs/api")).await.unwrap();
    let html = String::from_utf8_lossy(&page.body).into_owned();
    assert!(page.status == 200 && html.contains("data-demo"), "{page}");
    let files: Vec<&str> =
        html.split('"').filter(|part| part.starts_with("/assets/") && part.contains("?v=")).collect();
    assert_eq!(files.len(), 4, "{html}");
    for file in files {
        let plain = world.send(&Call::get(file)).await.unwrap();
        let packed = world.send(&Call::get(file).header("accept-encoding", "gzip")).await.unwrap();
        assert_eq!((plain.status, packed.header("content-encoding")), (200, Some("gzip")), "{file}");
        assert!(plain.header("cache-control").unwrap().contains("immutable"), "{file}");
        let mut unpacked = Vec::new();
        flate2::read::GzDecoder::new(&packed.body[..]).read_to_end(&mut unpacked).unwrap();
        assert!(plain.body == unpacked && packed.body.len() < 500_000, "{file}: {}", packed.body.len());
    }
}
