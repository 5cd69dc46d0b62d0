//! Dependencies between the crates run one way (ARCHITECTURE.md).

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use cargo_metadata::{DependencyKind, MetadataCommand};
use petgraph::algo::tarjan_scc;
use petgraph::graphmap::DiGraphMap;
use quote::ToTokens as _;
use syn::{Attribute, Item, UseTree, Visibility};

/// Each crate, and the crates of the project that it may use. Everything else is forbidden, except in tests.
const MAY_USE: [(&str, &[&str]); 25] = [
    ("ledger", &[]),
    ("text", &[]),
    ("schema", &["ledger"]),
    ("payments", &["ledger", "schema", "text"]),
    ("rails", &["payments", "text"]),
    ("wire", &["text"]),
    ("store", &["ledger", "payments", "schema"]),
    ("engine", &["ledger", "payments", "store"]),
    ("codes", &["ledger", "payments", "wire"]),
    ("openapi", &["wire"]),
    // For the calendar. The commands know the server by its API alone.
    ("cli", &["payments"]),
    ("edge", &["text", "payments", "store", "engine", "wire"]),
    ("traces", &["edge"]),
    ("web", &["text", "payments", "engine", "codes", "edge"]),
    ("sandbox", &["text", "payments", "wire", "codes", "edge"]),
    ("finnotech", &BELOW_DIALECTS),
    ("paystar", &BELOW_DIALECTS),
    ("pod", &BELOW_DIALECTS),
    // Tokens without consent are made in the same way as the dialect's tokens.
    ("admin", &["ledger", "text", "payments", "store", "engine", "wire", "codes", "edge", "sandbox", "finnotech"]),
    ("console", &["ledger", "text", "payments", "store", "engine", "wire", "codes", "edge", "web", "sandbox", "admin"]),
    (
        "daric",
        &[
            "ledger",
            "payments",
            "rails",
            "store",
            "engine",
            "wire",
            "openapi",
            "edge",
            "traces",
            "web",
            "sandbox",
            "finnotech",
            "paystar",
            "pod",
            "admin",
            "console",
            "cli",
        ],
    ),
    ("cluster", &[]),
    ("bench", &["cluster"]),
    ("test-kit", &[]),
    ("xtask", &[]),
];

/// Dialects do not use each other.
const BELOW_DIALECTS: [&str; 10] =
    ["ledger", "text", "payments", "store", "engine", "wire", "codes", "edge", "web", "sandbox"];

#[test]
fn every_crate_uses_only_the_crates_below_it() {
    let metadata = MetadataCommand::new().no_deps().exec().unwrap();
    let house: BTreeSet<String> = metadata.packages.iter().map(|package| package.name.to_string()).collect();
    let may_use: BTreeMap<&str, &[&str]> = MAY_USE.into_iter().collect();
    assert_eq!(house.iter().map(String::as_str).collect::<Vec<_>>(), may_use.keys().copied().collect::<Vec<_>>());
    for package in &metadata.packages {
        for dependency in package.dependencies.iter().filter(|dependency| house.contains(&dependency.name)) {
            let allowed = may_use[package.name.as_str()].contains(&dependency.name.as_str());
            let test_only = dependency.kind == DependencyKind::Development;
            assert!(allowed || test_only, "{} uses {}", package.name, dependency.name);
        }
    }
}

#[test]
fn the_ledger_depends_on_nothing_and_sql_is_known_to_the_store_alone() {
    let metadata = MetadataCommand::new().no_deps().exec().unwrap();
    for package in &metadata.packages {
        let outside_tests =
            package.dependencies.iter().filter(|dependency| dependency.kind != DependencyKind::Development);
        let uses: Vec<&str> = outside_tests.map(|dependency| dependency.name.as_str()).collect();
        match package.name.as_str() {
            "ledger" | "text" => assert!(uses.is_empty(), "{uses:?}"),
            "schema" | "payments" => assert!(!uses.contains(&"tokio") && !uses.contains(&"getrandom"), "{uses:?}"),
            _ => {}
        }
        for engine in ["rusqlite", "tokio-postgres"] {
            assert_eq!(uses.contains(&engine), package.name.as_str() == "store", "{} and {engine}", package.name);
        }
    }
}

/// Patterns that hide the outcome of a command: one arm for all outcomes, or none.
const SWALLOWS: [&str; 7] = [
    "Ok(Ok(_))",
    "Ok(Ok((_,",
    "Ok(Err(_))",
    "Ok(_) | Err(_)",
    ".await.map(drop)",
    "let _ = app.engine",
    "let _ = visit.run",
];
/// The source files of these crates, without their tests.
fn sources<'a>(crates: impl IntoIterator<Item = &'a str>) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut folders: Vec<_> = crates.into_iter().map(|name| root.join(name).join("src")).collect();
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found
}

/// The lines of these files that contain one of these texts.
fn lines_with(files: &[PathBuf], texts: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for path in files {
        let text = std::fs::read_to_string(path).unwrap();
        let named = |line: usize| format!("{}:{}", path.display(), line + 1);
        let has = |line: &str| texts.iter().any(|text| line.contains(text));
        found.extend(text.lines().enumerate().filter(|(_, line)| has(line)).map(|(at, _)| named(at)));
    }
    found
}

/// No test over HTTP finds a refusal that is not translated, or reported as something else. So the patterns that allow it are forbidden.
#[test]
fn entrances_name_each_outcome_of_their_commands() {
    let files = sources(["edge", "web", "sandbox", "finnotech", "paystar", "pod", "admin", "console"]);
    assert!(files.len() > 50, "{}", files.len());
    assert_eq!(lines_with(&files, &SWALLOWS), [""; 0]);
}

/// In production a check of a card payment fails by its own rule only.
#[test]
fn only_the_sandbox_builds_probes() {
    let (of_sandbox, others) =
        MAY_USE.map(|(name, _)| name).into_iter().partition::<Vec<_>, _>(|name| *name == "sandbox");
    let builds = ["Probe::of", "use payments::Probe as"];
    assert_ne!(lines_with(&sources(of_sandbox), &builds), [""; 0]);
    assert_eq!(lines_with(&sources(others.into_iter().filter(|name| *name != "xtask")), &builds), [""; 0]);
}

/// Every metric that is recorded has a help text, and every help text belongs to one.
#[test]
fn every_metric_is_described() {
    let names = |text: &str| -> BTreeSet<String> {
        let parts = text.split('"').skip(1).step_by(2);
        let is_name = |part: &&str| {
            part.strip_prefix("daric_")
                .is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'))
        };
        let ends = ["_total", "_seconds", "_bytes", "_commands", "_connections", "_running"];
        parts.filter(is_name).filter(|part| ends.iter().any(|end| part.ends_with(end))).map(str::to_owned).collect()
    };
    let (mut described, mut measured) = (BTreeSet::new(), BTreeSet::new());
    for path in sources([
        "edge",
        "engine",
        "store",
        "paystar",
        "pod",
        "finnotech",
        "admin",
        "console",
        "web",
        "sandbox",
        "traces",
        "daric",
    ]) {
        let found = names(&std::fs::read_to_string(&path).unwrap());
        if path.ends_with("metric_help.rs") { described.extend(found) } else { measured.extend(found) }
    }
    assert_eq!(measured.symmetric_difference(&described).collect::<Vec<_>>(), [""; 0]);
    assert!(described.len() > 20, "{described:?}");
}

/// The names of a path, from its beginning: `["crate", "view", "View"]`.
type Names = Vec<String>;

/// A file: what it offers to other files, and what it names of theirs.
#[derive(Default)]
struct File {
    /// Imports by their names in this file: another file may import them from here.
    imports: BTreeMap<String, Names>,
    /// Paths in its code and in its private imports.
    named: Vec<Names>,
}

fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| attribute.to_token_stream().to_string().replace(' ', "").contains("cfg(test)"))
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Mod(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Const(item) => &item.attrs,
        _ => &[],
    }
}

/// Each name that a `use` brings, with its path.
fn used(tree: &UseTree, before: &[String], found: &mut Vec<(String, Names)>) {
    let with = |name: &syn::Ident| [before, &[name.to_string()]].concat();
    match tree {
        UseTree::Path(path) => used(&path.tree, &with(&path.ident), found),
        UseTree::Group(group) => group.items.iter().for_each(|tree| used(tree, before, found)),
        UseTree::Name(name) if name.ident == "self" => {
            found.extend(before.last().map(|name| (name.clone(), before.to_vec())));
        }
        UseTree::Name(name) => found.push((name.ident.to_string(), with(&name.ident))),
        UseTree::Rename(rename) => found.push((rename.rename.to_string(), with(&rename.ident))),
        UseTree::Glob(_) => found.push(("*".to_owned(), before.to_vec())),
    }
}

/// All paths of two or more names.
fn paths(tokens: proc_macro2::TokenStream, found: &mut Vec<Names>) {
    use proc_macro2::TokenTree::{Group, Ident, Punct};
    let (mut path, mut colons) = (Names::new(), 0);
    for token in tokens {
        match token {
            Punct(mark) if mark.as_char() == ':' && !path.is_empty() && colons < 2 => {
                colons += 1;
                continue;
            }
            Ident(name) if colons == 2 => path.push(name.to_string()),
            Ident(name) => found.push(std::mem::replace(&mut path, vec![name.to_string()])),
            Group(group) => {
                found.push(std::mem::take(&mut path));
                paths(group.stream(), found);
            }
            Punct(_) | proc_macro2::TokenTree::Literal(_) => found.push(std::mem::take(&mut path)),
        }
        colons = 0;
    }
    found.push(path);
    found.retain(|path| path.len() > 1);
}

/// The files of a crate by the names of their modules, without test modules.
fn files(folder: &Path, module: &[String], found: &mut BTreeMap<Names, File>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        if path.is_dir() {
            files(&path, &[module, &[name]].concat(), found);
            continue;
        }
        if path.extension().is_none_or(|kind| kind != "rs") || name.ends_with("tests") {
            continue;
        }
        let names =
            if matches!(name.as_str(), "mod" | "lib" | "main") { module.to_vec() } else { [module, &[name]].concat() };
        let mut file = File::default();
        let items = syn::parse_file(&std::fs::read_to_string(&path).unwrap()).unwrap().items;
        for item in items.iter().filter(|item| !is_for_tests(attributes(item))) {
            match item {
                Item::Use(item) => {
                    let mut names = Vec::new();
                    used(&item.tree, &[], &mut names);
                    if matches!(item.vis, Visibility::Inherited) {
                        file.named.extend(names.iter().map(|(_, path)| path.clone()));
                    }
                    file.imports.extend(names);
                }
                _ => paths(item.to_token_stream(), &mut file.named),
            }
        }
        found.insert(names, file);
    }
}

/// The file that defines what a path in `from` names; `None`: another crate.
fn written_in<'a>(
    files: &'a BTreeMap<Names, File>,
    from: &[String],
    path: &[String],
    steps: usize,
) -> Option<&'a Names> {
    let above = path.iter().take_while(|name| *name == "super").count();
    let child = |names: &[String], name: &String| files.contains_key(&[names, std::slice::from_ref(name)].concat());
    let (mut module, mut rest) = match path.first()?.as_str() {
        "crate" => (Names::new(), &path[1..]),
        "self" => (from.to_vec(), &path[1..]),
        "super" => (from[..from.len().checked_sub(above)?].to_vec(), &path[above..]),
        _ if child(from, &path[0]) => (from.to_vec(), path),
        name => {
            let import = files.get(from)?.imports.get(name).filter(|import| **import != path[..1])?;
            let whole = [import, &path[1..]].concat();
            return if steps == 0 { None } else { written_in(files, from, &whole, steps - 1) };
        }
    };
    while let Some((name, more)) = rest.split_first() {
        if child(&module, name) {
            module.push(name.clone());
        } else if let Some(import) = files.get(&module)?.imports.get(name) {
            let whole = [import, more].concat();
            return if steps == 0 { None } else { written_in(files, &module, &whole, steps - 1) };
        } else {
            break;
        }
        rest = more;
    }
    files.get_key_value(&module).map(|(names, _)| names)
}

/// The imports between the files of a package: importer and imported, each by the names of its module.
fn imports(package: &cargo_metadata::Package) -> Vec<(Names, Names)> {
    let mut files_of = BTreeMap::new();
    files(&package.manifest_path.parent().unwrap().join("src").into_std_path_buf(), &[], &mut files_of);
    let mut found = Vec::new();
    for (names, file) in &files_of {
        let others = file.named.iter().filter_map(|path| written_in(&files_of, names, path, 10));
        found.extend(others.filter(|other| *other != names).map(|other| (names.clone(), other.clone())));
    }
    found
}

#[test]
fn no_files_of_a_crate_import_each_other_in_a_circle() {
    let metadata = MetadataCommand::new().no_deps().exec().unwrap();
    let mut circles = Vec::new();
    for package in &metadata.packages {
        let edges = imports(package);
        let mut graph: DiGraphMap<&Names, ()> = DiGraphMap::new();
        for (from, to) in &edges {
            graph.add_edge(from, to, ());
        }
        let found = tarjan_scc(&graph).into_iter().filter(|circle| circle.len() > 1);
        circles.extend(found.map(|circle| {
            let names: Vec<String> = circle.iter().map(|names| names.join("::")).collect();
            format!("{}: {}", package.name, names.join(", "))
        }));
    }
    assert_eq!(circles, [""; 0]);
}

/// Folders of `payments` that are layers, and the folders that their files must not import. Identity imports no payment, the audit and messages
/// import neither; proposals are above all of them.
const ABOVE: [(&str, &[&str]); 3] = [
    ("identity", &["transfer", "phone", "invoice", "payer_card", "suspense", "rules", "ops::approval", "ops::job"]),
    (
        "ops::audit",
        &["identity", "transfer", "bon_card", "phone", "invoice", "payer_card", "ops::approval", "ops::job"],
    ),
    ("ops::message", &["identity", "transfer", "bon_card", "phone", "invoice", "payer_card", "ops::approval"]),
];

#[test]
fn layers_inside_payments_import_nothing_from_above_them() {
    let metadata = MetadataCommand::new().no_deps().exec().unwrap();
    let payments = metadata.packages.iter().find(|package| package.name.as_str() == "payments").unwrap();
    let is_in = |names: &Names, folder: &str| format!("{}::", names.join("::")).starts_with(&format!("{folder}::"));
    let edges = imports(payments);
    let mut breaks = Vec::new();
    for (from, to) in &edges {
        let above = ABOVE.iter().filter(|(folder, _)| is_in(from, folder)).flat_map(|(_, above)| above.iter());
        // Only views, which have every row, the crate's root and `ops` may name proposals.
        let knows_proposals = from.is_empty() || is_in(from, "view") || is_in(from, "ops");
        let of_proposals = Some(&"ops::approval").filter(|_| !knows_proposals);
        if above.chain(of_proposals).any(|above| is_in(to, above)) {
            breaks.push(format!("{} imports {}", from.join("::"), to.join("::")));
        }
    }
    assert_eq!(breaks, [""; 0]);
    assert!(edges.len() > 500, "{} imports were looked at", edges.len());
}
