//! The reference pages of the book are what the server describes and what its tests send.

use crate::harness;
use crate::harness::server::{OnStore, each_store};
use rstest_reuse::apply;

use harness::client::Call;
use harness::documents::{Page, root};
use harness::reference::{PAGES, page};
use harness::world::World;

/// The line of a page after which the generated part begins.
const BEGIN: &str = "<!-- from /openapi.json and the tested calls -->";
/// The environment variable that writes the pages instead of comparing them.
const WRITE: &str = "DARIC_WRITE_REFERENCE";

#[apply(each_store)]
async fn the_reference_pages_say_what_the_server_describes(#[case] _on: OnStore) {
    let mut world = World::start("reference").await;
    let document = world.send(&Call::get("/openapi.json")).await.unwrap().json().unwrap();
    let mut other = Vec::new();
    for (name, tags) in PAGES {
        let path = format!("docs/reference/{name}.md");
        let found = Page::read(&path);
        let (head, _) = found.text.split_once(BEGIN).expect("the page says where the generated part begins");
        let wanted = format!("{head}{BEGIN}\n{}", page(&document, name, tags));
        if std::env::var_os(WRITE).is_some() {
            std::fs::write(root().join(&path), &wanted).unwrap();
        } else if found.text != wanted {
            other.push(path);
        }
    }
    assert!(other.is_empty(), "{other:?} are not what the server describes; {WRITE}=1 writes them");
}
