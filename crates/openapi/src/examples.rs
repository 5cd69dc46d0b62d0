//! Examples of requests, and the replies that a server with the demo world gave.
//!
//! Shape: `examples.json` has one row per example; the first of an operation is a request that succeeds, where there is one. A test of `daric` sends
//! every request again and compares the replies (`tests/api_examples.rs`), and writes the file anew when it is told to.
//! Absent: credentials, which are in the operation's security requirement.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

const RECORDED: &str = include_str!("../examples.json");

/// Adds the examples to the operations that the document has.
pub(crate) fn add(document: &mut Value) {
    // A test reads the file; one that cannot be read leaves the document without examples.
    let recorded: Vec<Value> = serde_json::from_str(RECORDED).unwrap_or_default();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for example in &recorded {
        let text = |name: &str| example[name].as_str().unwrap_or_default();
        let Some((method, path)) = text("operation").split_once(' ') else { continue };
        let item = document["paths"].get_mut(path);
        let Some(operation) = item.and_then(|item| item.get_mut(method.to_ascii_lowercase())) else { continue };
        let count = counts.entry(text("operation")).or_default();
        *count += 1;
        if *count == 1 {
            first(operation, example);
        }
        // The document sorts its members, and viewers begin with the first.
        let name = format!("{count:02}-{}", text("name"));
        let body = &example["body"];
        if let Some(content) = operation.pointer_mut("/requestBody/content/application~1json")
            && !body.is_null()
        {
            content["examples"][&name] = json!({"summary": text("says"), "value": body});
        }
        let content = operation.pointer_mut(&format!("/responses/{}/content", example["status"]));
        if let Some(content) = content.and_then(|content| content.get_mut(text("kind")))
            && !example["reply"].is_null()
        {
            let request = text("request");
            content["examples"][&name] =
                json!({"summary": text("says"), "description": request, "value": example["reply"]});
        }
    }
}

/// Adds the values of the parameters and of the form, which have one example each.
fn first(operation: &mut Value, example: &Value) {
    let parameters = operation.get_mut("parameters").and_then(Value::as_array_mut);
    for parameter in parameters.into_iter().flatten() {
        let place = parameter["in"].as_str().unwrap_or_default();
        let value = &example[place][parameter["name"].as_str().unwrap_or_default()];
        if !value.is_null() {
            parameter["example"] = value.clone();
        }
    }
    let form = operation.pointer_mut("/requestBody/content/application~1x-www-form-urlencoded");
    if let (Some(form), Some(Value::Object(fields))) = (form.and_then(Value::as_object_mut), example.get("body")) {
        form.insert("example".to_owned(), Value::Object(Map::clone(fields)));
    }
}
