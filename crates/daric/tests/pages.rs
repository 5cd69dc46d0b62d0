//! Pages in a real browser. Screenshots are kept under the target directory.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test ends where something is not as it should be")]

mod harness;

use harness::tools::browser;
use harness::world::{DROPS, SECOND, World};
use serde_json::{Value, json};

/// finnotech.md 2.3.
#[tokio::test(flavor = "multi_thread")]
async fn a_bank_user_allows_denies_and_chooses_on_the_consent_page() {
    let mut world = World::start("consent-page").await;
    world.open_second_deposit().await.unwrap();
    let base = format!("http://{}", world.server.address);
    let (printed, shots) = tokio::task::spawn_blocking(move || browser("consent.mjs", &base)).await.unwrap();
    println!("screenshots: {}", shots.display());
    let stories: Vec<Value> = printed.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |name: &str| stories.iter().filter(|story| story["story"] == name).collect::<Vec<_>>();
    assert_eq!((of("allow").len(), of("deny").len()), (4, 4), "{printed}");
    for story in of("allow") {
        let name = story["name"].as_str().unwrap();
        assert_eq!(
            story["refused"],
            json!({"notice": "کد ملی یا رمز نادرست است. پس از چند بار رمز نادرست، ورود تا یک ربع بسته می‌شود.", "stayed": "/dev/v2/oauth2/consent"})
        );
        assert_eq!(
            story["numbers"],
            if name.ends_with("plain") { story["numbers"].clone() } else { json!([DROPS, SECOND]) }
        );
        assert_eq!(story["back"]["state"], format!("allow-{name}"));
        let code = story["back"]["code"].as_str().unwrap();
        assert!(code.len() == 16 && code.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{story}");
        for measured in [&story["first"], &story["second"]].into_iter().filter(|measured| !measured.is_null()) {
            assert_eq!(*measured, json!({"wide": false, "direction": "rtl", "language": "fa"}), "{name}");
        }
        // The refused log-in is 401, which browsers report; nothing else is wrong.
        let wrong = story["wrong"].as_array().unwrap();
        assert!(wrong.iter().all(|line| line.as_str().unwrap().contains("401")), "{story}");
    }
    for story in of("deny") {
        let back = json!({"error": "access_denied", "state": format!("deny-{}", story["name"].as_str().unwrap())});
        assert_eq!((&story["back"], &story["wrong"]), (&back, &json!([])));
    }
    let keyboard = of("keyboard")[0];
    assert_eq!(keyboard["notice"], "دست‌کم یکی از حساب‌های خود را انتخاب کنید.");
    assert_eq!(keyboard["back"]["state"], "keyboard");
    let dead = of("dead")[0];
    assert_eq!((&dead["status"], &dead["wide"], &dead["direction"]), (&json!(400), &json!(false), &json!("rtl")));
}
