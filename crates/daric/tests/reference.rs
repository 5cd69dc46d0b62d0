//! The reference pages of the book are what the server describes and what its tests send.

use crate::harness;
use crate::harness::server::{OnStore, each_store};
use rstest_reuse::apply;

use std::collections::BTreeSet;

use harness::client::Call;
use harness::documents::{Page, root};
use harness::reference::{Field, PAGES, Schemas, page};
use harness::world::World;
use serde_json::{Map, json};

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

/// A reply of several forms has no field of which only one form is sure.
#[test]
fn a_field_that_some_replies_do_not_have_is_not_always_there() {
    let text = |words: &str| json!({"type": "string", "description": words});
    let document = json!({"components": {"schemas": {
        "Paid": {"type": "object", "properties": {"amount": {"type": "integer"}, "number": text("Unique."), "note": text("")},
            "required": ["amount", "number"]},
        "Refused": {"type": "object", "properties": {"code": text(""), "number": text("Always 0.")},
            "required": ["code", "number"]},
        "Reply": {"type": "object", "required": ["data", "rows"], "properties": {
            "data": {"anyOf": [
                {"$ref": "#/components/schemas/Paid", "description": "of a paid order"},
                {"$ref": "#/components/schemas/Refused", "description": "of a refusal"}]},
            "rows": {"type": "array", "items": {"$ref": "#/components/schemas/Refused"}},
            "last": {"oneOf": [{"type": "null"}, {"$ref": "#/components/schemas/Paid", "description": "The last one."}]}}},
    }}});
    let schemas = Schemas { document: &document, shared: BTreeSet::new() };
    let schema = json!({"$ref": "#/components/schemas/Reply"});
    let operation = json!({"responses": {"200": {"content": {"application/json": {"schema": schema}}}}});
    let rows: Vec<String> = schemas.of_reply(&operation, &Map::new()).iter().map(Field::row).collect();
    for row in [
        "| `data` | 200 | object | yes |  |\n",
        "| `data.amount` | 200 | integer | of a paid order |  |\n",
        "| `data.code` | 200 | string | of a refusal |  |\n",
        "| `data.number` | 200 | string | yes | *of a paid order*: Unique. *of a refusal*: Always 0. |\n",
        "| `data.note` | 200 | string |  |  |\n",
        "| `rows[].code` | 200 | string | yes |  |\n",
        "| `last` | 200 | object |  | The last one. |\n",
        "| `last.amount` | 200 | integer | yes |  |\n",
    ] {
        assert!(rows.iter().any(|found| found == row), "{row}{}", rows.concat());
    }
    let shared = Schemas { shared: BTreeSet::from(["Refused".to_owned()]), ..schemas };
    let rows: String = shared.of_reply(&operation, &Map::new()).iter().map(Field::row).collect();
    assert!(rows.contains("| `rows` | 200 | list of [Refused](#refused) | yes |  |\n"), "{rows}");
    assert!(!rows.contains("rows[]"), "{rows}");
}
