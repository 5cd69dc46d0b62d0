//! The crates of which the binary consists.
//!
//! Shape: `cargo metadata` → the packages that `daric` uses at run time on this platform, and which of them uses which.
//! Absent: crates of tests, and of build scripts alone. Crates that only generate code cannot be told apart, and are there.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use cargo_metadata::{DependencyKind, MetadataCommand, Package, PackageId};

use super::files::Outcome;
use crate::tools::ROOT;

/// The platform of all packages.
pub const TARGET: &str = "x86_64-unknown-linux-gnu";

/// The binary's crate and the crates below it.
pub struct Dependencies {
    /// The binary's crate.
    pub root: Package,
    /// All other crates, by name and version.
    pub packages: Vec<Package>,
    /// For each crate, those that it uses.
    pub uses: BTreeMap<PackageId, BTreeSet<PackageId>>,
}

/// Asks cargo for the crates.
///
/// # Errors
/// Cargo cannot answer, for example because the lock file is out of date.
pub fn dependencies() -> Outcome<Dependencies> {
    let options = ["--locked", "--filter-platform", TARGET].map(str::to_owned);
    let metadata = MetadataCommand::new()
        .manifest_path(Path::new(ROOT).join("Cargo.toml"))
        .other_options(options.to_vec())
        .exec()?;
    let nodes = metadata.resolve.ok_or("cargo metadata has no graph")?.nodes;
    let edges: BTreeMap<PackageId, BTreeSet<PackageId>> = nodes
        .into_iter()
        .map(|node| {
            let used = node
                .deps
                .into_iter()
                .filter(|dependency| dependency.dep_kinds.iter().any(|kind| kind.kind == DependencyKind::Normal));
            (node.id, used.map(|dependency| dependency.pkg).collect())
        })
        .collect();
    let mut packages = metadata.packages;
    let at = packages.iter().position(|package| package.name.as_str() == "daric").ok_or("there is no package daric")?;
    let root = packages.remove(at);
    let mut uses = BTreeMap::new();
    let mut open = vec![root.id.clone()];
    while let Some(id) = open.pop() {
        let used = edges.get(&id).cloned().unwrap_or_default();
        open.extend(used.iter().filter(|used| !uses.contains_key(*used)).cloned());
        uses.insert(id, used);
    }
    packages.retain(|package| uses.contains_key(&package.id));
    packages.sort_by(|one, other| (&*one.name, &one.version).cmp(&(&*other.name, &other.version)));
    Ok(Dependencies { root, packages, uses })
}
