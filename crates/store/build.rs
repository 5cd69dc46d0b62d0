//! Lists the migrations of each engine by the names of their files, so that a new one needs no further line.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    let out = PathBuf::from(env::var("OUT_DIR")?);
    for engine in ["sqlite", "postgres"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(engine);
        println!("cargo::rerun-if-changed={}", folder.display());
        fs::write(out.join(format!("{engine}_migrations.rs")), list(&numbered(&folder)?))?;
    }
    Ok(())
}

/// The files `001_….sql`, `002_….sql`, … of a folder, without a gap. Other files are no migrations.
fn numbered(folder: &Path) -> Result<Vec<String>, Box<dyn Error>> {
    let mut names = Vec::new();
    for file in fs::read_dir(folder)? {
        let name = file?.file_name();
        names.push(name.into_string().map_err(|name| format!("{}: a name in UTF-8", name.display()))?);
    }
    names.retain(|name| name.starts_with(|first: char| first.is_ascii_digit()));
    names.sort();
    for (index, name) in names.iter().enumerate() {
        let number = format!("{:03}_", index + 1);
        if !name.starts_with(&number) {
            return Err(format!("{}: {name}: the next migration begins with {number}", folder.display()).into());
        }
    }
    Ok(names.iter().map(|name| folder.join(name).display().to_string()).collect())
}

fn list(paths: &[String]) -> String {
    let files: String = paths.iter().map(|path| format!("    include_str!({path:?}),\n")).collect();
    format!("/// The migrations, in order.\nconst MIGRATIONS: &[&str] = &[\n{files}];\n")
}
