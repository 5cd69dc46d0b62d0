//! Every field of every service accepts the same spellings (second-edition.md 1.1, 1.4–1.7). Services and fields are those of the API's document, so
//! a new one is tested without being listed. The golden cases run in all spellings in their own tests.

use crate::harness;
use crate::harness::server::{OnStore, each_store};
use rstest_reuse::apply;

use std::collections::BTreeSet;

use harness::client::Call;
use harness::examples::{FINNOTECH, PAYSTAR, examples};
use harness::pod::{SHOP, answer_of};
use harness::world::World;
use regex::Regex;
use serde_json::Value;

async fn document(world: &mut World) -> Value {
    world.send(&Call::get("/openapi.json")).await.unwrap().json().unwrap()
}

/// Methods and paths of a dialect's operations.
fn operations(document: &Value, tag: &str) -> Vec<(String, String)> {
    let paths = document["paths"].as_object().unwrap();
    let all = paths.iter().flat_map(|(path, methods)| methods.as_object().unwrap().iter().map(move |of| (path, of)));
    let own = all.filter(|(_, (_, operation))| operation["tags"][0] == tag);
    own.map(|(path, (method, _))| (method.to_uppercase(), path.clone())).collect()
}

#[apply(each_store)]
async fn every_operation_of_finnotech_and_paystar_has_a_golden_case_and_so_is_asked_in_all_spellings(
    #[case] _on: OnStore,
) {
    let mut world = World::start("readers-golden").await;
    let document = document(&mut world).await;
    let place = Regex::new(r"\\\{\w+\\\}").unwrap();
    for (tag, cases) in [("finnotech", FINNOTECH), ("paystar", PAYSTAR)] {
        let asked: BTreeSet<String> = examples(cases)
            .values()
            .map(|case| case.call(&harness::examples::Values::new()))
            .map(|call| format!("{} {}", call.method, call.target.split('?').next().unwrap()))
            .collect();
        let operations = operations(&document, tag);
        assert!(operations.len() > 4, "{operations:?}");
        for (method, path) in operations {
            let pattern = regex::escape(&format!("{method} {path}"));
            let pattern = Regex::new(&format!("^{}/?$", place.replace_all(&pattern, "[^/]+"))).unwrap();
            assert!(asked.iter().any(|asked| pattern.is_match(asked)), "{tag}: no golden case asks {method} {path}");
        }
    }
}

/// A field of a form: its name as it is sent, and its possible values.
struct Field {
    name: String,
    sample: &'static str,
    /// Other spellings of the sample.
    others: Vec<String>,
}

impl Field {
    fn of(name: &str, schema: &Value) -> Self {
        let (sent, schema) = match schema["type"] == "array" {
            true => (format!("{name}[]"), &schema["items"]),
            false => (name.to_owned(), schema),
        };
        let lower = name.to_ascii_lowercase();
        let is_date = ["date", "deadline", "datefrom", "dateto"].iter().any(|end| lower.ends_with(end));
        let is_amount =
            ["amount", "price", "discount", "amountfrom", "amountto"].iter().any(|end| lower.ends_with(end));
        let sample = match schema["type"].as_str() {
            Some("integer") if is_amount => "50000",
            Some("integer" | "number") => "1",
            Some("boolean") => "true",
            _ if is_date => "1405/09/10",
            _ if lower.ends_with("url") || lower.ends_with("uri") => "http://127.0.0.1:9/back",
            _ if lower == "guildcode" => "API_GUILD",
            _ if lower == "wallet" => "PODLAND_WALLET",
            _ if lower == "currencycode" => "IRR",
            _ if lower == "cellphonenumber" => "09121234567",
            _ => "x",
        };
        let digits = |zero: char| -> String {
            sample.chars().map(|c| c.to_digit(10).map_or(c, |d| char::from_u32(zero as u32 + d).unwrap())).collect()
        };
        let mut others = Vec::new();
        if sample.starts_with(|c: char| c.is_ascii_digit()) {
            others.extend([digits('۰'), format!(" \u{200f}{}\u{200e} ", digits('٠'))]);
        }
        match sample {
            "50000" => others.extend(["50000.00", "5.0E+4", "5e4"].map(str::to_owned)),
            "1405/09/10" => {
                others.extend(["1405-09-10", "1405.9.10", "1405-9-10", "1405 09 10", "14050910"].map(str::to_owned))
            }
            "09121234567" => others.extend(["9121234567", "+98 912 123-4567", "00989121234567"].map(str::to_owned)),
            _ => {}
        }
        Self { name: sent, sample, others }
    }
}

/// A service of POD and its parameters.
struct Service {
    method: String,
    path: String,
    fields: Vec<Field>,
    required: Vec<String>,
}

impl Service {
    fn all(document: &Value) -> Vec<Self> {
        let services = operations(document, "pod").into_iter().filter_map(|(method, path)| {
            let form = &document["paths"][&path][method.to_lowercase()]["requestBody"]["content"];
            let schema = form["application/x-www-form-urlencoded"]["schema"]["$ref"].as_str()?;
            let schema = &document["components"]["schemas"][schema.rsplit('/').next().unwrap()];
            let properties = schema["properties"].as_object().filter(|_| path != "/srv/sc/nzh/doServiceCall")?;
            let fields = properties.iter().map(|(name, schema)| Field::of(name, schema)).collect();
            let required = schema["required"].as_array().unwrap().iter();
            let required = required.map(|name| name.as_str().unwrap().to_owned()).collect();
            Some(Self { method, path, fields, required })
        });
        services.collect()
    }

    /// The reply to these parameters, together with all other required parameters.
    async fn says(&self, world: &mut World, field: &Field, sent: &[(&str, &str)]) -> (i64, String) {
        let is_required = |other: &&Field| self.required.iter().any(|name| name == other.name.trim_end_matches("[]"));
        let mut form = form_urlencoded::Serializer::new(String::new());
        let others = self.fields.iter().filter(|other| other.name != field.name).filter(is_required);
        form.extend_pairs(others.map(|other| (other.name.as_str(), other.sample)));
        // A value that names something is different in each call, because two invoices cannot have the same number.
        let ott = world.ott(SHOP).await;
        form.extend_pairs(sent.iter().map(|(name, value)| (*name, if *value == "x" { &*ott } else { *value })));
        let call = Call::new(&self.method, &self.path).header("_token_", SHOP).header("_ott_", &ott);
        let call = call.header("content-type", "application/x-www-form-urlencoded").body(form.finish());
        answer_of(&world.send(&call).await.unwrap())
    }
}

#[apply(each_store)]
async fn every_parameter_of_every_pod_service_is_read_alike_however_it_is_written(#[case] _on: OnStore) {
    let mut world = World::start("readers-pod").await;
    let document = document(&mut world).await;
    let (mut tried, mut read) = (0, BTreeSet::new());
    for service in Service::all(&document) {
        let path = &service.path;
        for field in service.fields.iter().filter(|field| !field.others.is_empty()) {
            let mut said_to = Vec::new();
            for value in [field.sample].into_iter().chain(field.others.iter().map(String::as_str)).chain(["1x"]) {
                said_to.push((value.to_owned(), service.says(&mut world, field, &[(&field.name, value)]).await));
            }
            let (_, malformed) = said_to.pop().unwrap();
            let (_, printed) = said_to[0].clone();
            for (value, said) in &said_to {
                assert_eq!(said, &printed, "{path}: {}={value:?}", field.name);
                tried += 1;
            }
            if malformed != printed {
                read.insert((path.clone(), field.name.clone()));
            }
        }
    }
    assert!(tried > 200 && read.len() > 40, "{tried} {read:?}");
}

/// second-edition.md 4.9: names of parameters are read in any case, and the exact name comes first.
#[apply(each_store)]
async fn every_parameter_of_every_pod_service_is_known_in_any_case(#[case] _on: OnStore) {
    let mut world = World::start("readers-case").await;
    let document = document(&mut world).await;
    let mut read = 0;
    for service in Service::all(&document) {
        for field in &service.fields {
            let (name, path) = (&*field.name, &service.path);
            let bare = name.trim_end_matches("[]");
            let mut capital = name.to_owned();
            capital[..1].make_ascii_uppercase();
            let spellings = [name.to_ascii_uppercase(), name.to_ascii_lowercase(), capital];
            // A text that is too long for every field.
            let strange = "x".repeat(11_000);
            let good = service.says(&mut world, field, &[(name, field.sample)]).await;
            let bad = service.says(&mut world, field, &[(name, &strange)]).await;
            for spelling in spellings.iter().filter(|spelling| *spelling != name) {
                for (value, expected) in [(field.sample, &good), (&*strange, &bad)] {
                    let said = service.says(&mut world, field, &[(spelling, value)]).await;
                    assert_eq!(&said, expected, "{path}: {spelling}");
                }
                let both = [(&**spelling, &*strange), (name, field.sample)];
                // Elements of a list under a name in another case are refused, not ignored.
                let refused = (193, format!("مقدار پارامتر {bare} نامعتبر است"));
                let expected = if name.ends_with("[]") { &refused } else { &good };
                assert_eq!(service.says(&mut world, field, &both).await, *expected, "{path}: {name} and {spelling}");
            }
            let indexed = format!("{}[0]", bare.to_ascii_uppercase());
            if name.ends_with("[]") {
                assert_eq!(
                    service.says(&mut world, field, &[(&indexed, field.sample)]).await,
                    good,
                    "{path}: {indexed}"
                );
            }
            let others: Vec<&String> = spellings.iter().filter(|spelling| *spelling != name).collect();
            if let [one, .., other] = others[..]
                && one != other
            {
                let differ = [(&**one, field.sample), (&**other, "7")];
                let expected = (193, format!("مقدار پارامتر {bare} نامعتبر است"));
                assert_eq!(service.says(&mut world, field, &differ).await, expected, "{path}: {one} and {other}");
            }
            read += u32::from(bad != good);
        }
    }
    assert!(read > 60, "{read}");
}
