//! The bill of materials, in CycloneDX 1.6.
//!
//! Shape: the crates in the binary → components with licences and, of those from the registry, the package URL and the sum that
//! `Cargo.lock` has for them; and which uses which.
//! Absent: a serial number, which would be new each time; the libraries of the system. Also a library for the format: its compilation
//! takes as long as that of all other dependencies of this crate together. A test validates the document by the format's schema.

use std::collections::BTreeMap;

use cargo_metadata::{Package, PackageId};
use serde::Deserialize;
use serde_json::{Value, json};

use super::files::{Outcome, of_checkout};
use super::release::Release;

/// `Cargo.lock`, as far as it is read.
#[derive(Deserialize)]
struct Lock {
    package: Vec<Locked>,
}

#[derive(Deserialize)]
struct Locked {
    name: String,
    version: String,
    checksum: Option<String>,
}

/// The sums of crates, by name and version.
type Checksums = BTreeMap<(String, String), String>;

/// The bill of materials.
///
/// # Errors
/// `Cargo.lock` cannot be read.
pub fn sbom(release: &Release) -> Outcome<(String, Vec<u8>)> {
    let checksums = checksums()?;
    let crates = &release.dependencies;
    let library = |package: &Package| component("library", package, &checksums);
    let document = json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "timestamp": release.at.to_string(),
            "component": component("application", &crates.root, &checksums),
        },
        "components": crates.packages.iter().map(library).collect::<Vec<_>>(),
        "dependencies": uses(release),
    });
    Ok((format!("daric-{}.cdx.json", release.version), serde_json::to_vec_pretty(&document)?))
}

fn component(kind: &str, package: &Package, checksums: &Checksums) -> Value {
    let version = package.version.to_string();
    let mut component = json!({
        "type": kind,
        "bom-ref": reference(package),
        "name": package.name,
        "version": version,
    });
    if let Some(licence) = &package.license {
        // Older manifests have a slash for the operator.
        component["licenses"] = json!([{ "expression": licence.replace('/', " OR ") }]);
    }
    // A crate of ours may have the name of another one in the registry.
    if package.source.is_some() {
        component["purl"] = json!(format!("pkg:cargo/{}@{version}", package.name));
        if let Some(sum) = checksums.get(&(package.name.to_string(), version)) {
            component["hashes"] = json!([{ "alg": "SHA-256", "content": sum }]);
        }
    }
    component
}

/// A name for a crate in this document, the same in every checkout.
fn reference(package: &Package) -> String {
    format!("{}@{}", package.name, package.version)
}

fn uses(release: &Release) -> Vec<Value> {
    let crates = &release.dependencies;
    let all = std::iter::once(&crates.root).chain(&crates.packages);
    let names: BTreeMap<&PackageId, String> = all.clone().map(|package| (&package.id, reference(package))).collect();
    let used = |package: &Package| {
        let used = crates.uses.get(&package.id).into_iter().flatten();
        let mut used: Vec<&String> = used.filter_map(|id| names.get(id)).collect();
        used.sort();
        json!({ "ref": reference(package), "dependsOn": used })
    };
    all.map(used).collect()
}

fn checksums() -> Outcome<Checksums> {
    let lock: Lock = toml::from_str(&String::from_utf8(of_checkout("Cargo.lock")?)?)?;
    let sums = lock.package.into_iter().filter_map(|found| Some(((found.name, found.version), found.checksum?)));
    Ok(sums.collect())
}
