//! The test helpers for other languages that packages contain.
//!
//! Shape: a directory of `kits/`, and what it says about itself → its files by their paths in the package.
//! A checkout without the directory has none of them. Absent: their tests and examples.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde_json::{Map, Value};
use walkdir::WalkDir;

use super::files::{Outcome, read};
use crate::tools::ROOT;

/// Files by their paths in the package.
pub type Files = BTreeMap<String, Vec<u8>>;

/// `pyproject.toml`, as far as it is read.
#[derive(Deserialize)]
struct PyProject {
    project: Project,
    tool: Tool,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Project {
    entry_points: BTreeMap<String, BTreeMap<String, String>>,
}

#[derive(Deserialize)]
struct Tool {
    setuptools: Setuptools,
}

#[derive(Deserialize)]
struct Setuptools {
    packages: Vec<String>,
}

/// The pytest plugin.
#[derive(Default)]
pub struct PythonKit {
    /// Its packages.
    pub files: Files,
    /// `entry_points.txt`.
    pub entry_points: String,
}

/// The pytest plugin; empty without `kits/python`.
///
/// # Errors
/// A file cannot be read, or `pyproject.toml` does not say what is needed.
pub fn python() -> Outcome<PythonKit> {
    let root = Path::new(ROOT).join("kits/python");
    let mut kit = PythonKit::default();
    if !root.exists() {
        return Ok(kit);
    }
    let project: PyProject = toml::from_str(&String::from_utf8(read(&root.join("pyproject.toml"))?)?)?;
    for (group, points) in project.project.entry_points {
        let points: String = points.iter().map(|(name, target)| format!("{name} = {target}\n")).collect();
        kit.entry_points += &format!("[{group}]\n{points}");
    }
    for package in project.tool.setuptools.packages {
        for entry in
            WalkDir::new(root.join(package)).into_iter().filter_entry(|entry| entry.file_name() != "__pycache__")
        {
            let entry = entry?;
            if entry.file_type().is_file() {
                let path = entry.path().strip_prefix(&root)?.to_str().ok_or("a file of the kit has a strange name")?;
                kit.files.insert(path.to_owned(), read(entry.path())?);
            }
        }
    }
    Ok(kit)
}

/// The module for Node.
#[derive(Default)]
pub struct NodeKit {
    /// The files that its `package.json` lists.
    pub files: Files,
    /// Its `package.json`.
    pub description: Map<String, Value>,
}

/// The module for Node; empty without `kits/node`.
///
/// # Errors
/// A file cannot be read, or `package.json` lists none.
pub fn node() -> Outcome<NodeKit> {
    let root = Path::new(ROOT).join("kits/node");
    let mut kit = NodeKit::default();
    if !root.exists() {
        return Ok(kit);
    }
    kit.description = serde_json::from_slice(&read(&root.join("package.json"))?)?;
    let files =
        kit.description.get("files").and_then(Value::as_array).ok_or("kits/node/package.json lists no files")?;
    for file in files {
        let file = file.as_str().ok_or("kits/node/package.json: a file that is no text")?;
        kit.files.insert(file.to_owned(), read(&root.join(file))?);
    }
    Ok(kit)
}
