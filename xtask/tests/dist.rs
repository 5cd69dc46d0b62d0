//! Packages of a small program in place of the server, checked by third-party programs that read such packages.

#![allow(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use serde_json::Value;

const VERSION: &str = env!("CARGO_PKG_VERSION");
/// Greatest exposure of the service by the measure of systemd, in tenths: 0 to 20 is its `OK`.
const EXPOSURE: &str = "--threshold=15";

/// The program of which packages are made.
static STAND_IN: LazyLock<PathBuf> = LazyLock::new(|| {
    let program = fresh("stand-in").join("daric");
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/stand_in.rs");
    run(Command::new("rustc").args(["--edition", "2024", "-O", "-o"]).arg(&program).arg(source));
    program
});

/// The packages.
static PACKAGES: LazyLock<PathBuf> = LazyLock::new(|| packages("first"));

fn packages(name: &str) -> PathBuf {
    let out = fresh(name);
    run(Command::new(env!("CARGO_BIN_EXE_xtask")).args(["dist", "--binary"]).arg(&*STAND_IN).arg("--out").arg(&out));
    out
}

/// An empty directory.
fn fresh(name: &str) -> PathBuf {
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("dist-{name}"));
    if place.exists() {
        fs::remove_dir_all(&place).unwrap();
    }
    fs::create_dir_all(&place).unwrap();
    place
}

/// Runs a program that has to succeed, and returns its standard output.
fn run(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{command:?}: {}\n{stdout}\n{stderr}", output.status);
    stdout.into_owned()
}

/// The one package whose name ends so.
fn package(ending: &str) -> PathBuf {
    let paths = fs::read_dir(&*PACKAGES).unwrap().map(|entry| entry.unwrap().path());
    let found: Vec<PathBuf> = paths.filter(|path| path.to_str().unwrap().ends_with(ending)).collect();
    assert_eq!(found.len(), 1, "{ending}: {found:?}");
    found.into_iter().next().unwrap()
}

/// The files below a directory, with their contents.
fn contents(root: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.insert(path.strip_prefix(root).unwrap().to_owned(), fs::read(&path).unwrap());
            }
        }
    }
    found
}

#[test]
fn the_same_binary_gives_the_same_bytes() {
    let (first, second) = (contents(&PACKAGES), contents(&packages("second")));
    assert_eq!(first.keys().collect::<Vec<_>>(), second.keys().collect::<Vec<_>>());
    for (path, bytes) in first {
        assert!(bytes == second[&path], "{} differs", path.display());
    }
}

#[test]
fn a_directory_with_other_files_is_left_alone() {
    let out = fresh("other");
    fs::write(out.join("letter"), "to a friend").unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    let ended = command.args(["dist", "--binary"]).arg(&*STAND_IN).arg("--out").arg(&out).output().unwrap();
    assert_eq!(ended.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&ended.stderr).contains("something else"), "{ended:?}");
    assert_eq!(fs::read_to_string(out.join("letter")).unwrap(), "to a friend");
}

#[test]
fn the_sums_are_those_of_all_packages() {
    run(Command::new("sha256sum").args(["--check", "--strict", "SHA256SUMS"]).current_dir(&*PACKAGES));
    let summed = fs::read_to_string(PACKAGES.join("SHA256SUMS")).unwrap().lines().count();
    let files = fs::read_dir(&*PACKAGES).unwrap().filter(|entry| entry.as_ref().unwrap().path().is_file()).count();
    assert_eq!(summed + 1, files);
}

#[test]
fn the_tarball_has_all_that_an_installation_needs() {
    let place = fresh("tarball");
    run(Command::new("tar").arg("-xzf").arg(package(".tar.gz")).arg("-C").arg(&place));
    let root = place.join(format!("daric-{VERSION}-x86_64-unknown-linux-gnu"));
    assert_eq!(run(Command::new(root.join("daric")).arg("--version")), "a stand-in\n");
    for file in [
        "LICENSE",
        "README.md",
        "INSTALLING.md",
        "daric.toml",
        "systemd/sysusers.conf",
        "completions/daric.bash",
        "completions/daric.fish",
        "completions/daric.zsh",
        "man/daric.1",
        "prometheus/daric.rules.yml",
        "grafana/daric.json",
    ] {
        assert!(root.join(file).exists(), "{file}");
    }
    let unit = fs::read_to_string(root.join("systemd/daric.service")).unwrap();
    assert!(unit.contains("ExecStart=/usr/local/bin/daric serve"), "{unit}");
    let licences = fs::read_to_string(root.join("THIRD-PARTY")).unwrap();
    for crate_of_server in ["tokio", "ring", "libsqlite3-sys", "libmimalloc-sys"] {
        assert!(licences.contains(&format!("\n{crate_of_server} ")), "{crate_of_server}");
    }
}

#[test]
fn lintian_finds_nothing_in_the_debian_package() {
    let found = run(Command::new("lintian")
        .args(["--allow-root", "--pedantic", "--display-info", "--fail-on", "error,warning,info,pedantic"])
        .arg(package(".deb")));
    // Lines about overrides begin so.
    assert_eq!(found.lines().filter(|line| !line.starts_with("N: ")).collect::<Vec<_>>(), [""; 0]);
}

#[test]
fn the_service_is_hardened() {
    let place = fresh("unit");
    run(Command::new("dpkg-deb").arg("--extract").arg(package(".deb")).arg(&place));
    let unit = place.join("usr/lib/systemd/system/daric.service");
    run(Command::new("systemd-analyze").args(["security", "--offline=yes", EXPOSURE]).arg(&unit));
    // systemd looks for the program at its place on this machine.
    let program = place.join("usr/bin/daric");
    let text = fs::read_to_string(&unit).unwrap().replace("/usr/bin/daric", program.to_str().unwrap());
    fs::write(&unit, text).unwrap();
    run(Command::new("systemd-analyze").args(["verify", "--man=no"]).arg(&unit));
}

/// A small Debian of the release that runs here; made once.
fn debian() -> PathBuf {
    let release = fs::read_to_string("/etc/os-release").unwrap();
    let suite = release.lines().find_map(|line| line.strip_prefix("VERSION_CODENAME=")).unwrap().to_owned();
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("dist-{suite}.tar"));
    if !place.exists() {
        let unfinished = place.with_extension("unfinished.tar");
        let sources = ["/etc/apt/sources.list", "/etc/apt/sources.list.d/debian.sources"];
        run(Command::new("mmdebstrap")
            .args(["--quiet", "--variant=essential", "--include=libgcc-s1,systemd-standalone-sysusers"])
            .args([&suite, unfinished.to_str().unwrap()])
            .args(sources.iter().filter(|path| Path::new(path).exists())));
        fs::rename(unfinished, &place).unwrap();
    }
    place
}

#[test]
fn the_debian_package_installs_upgrades_and_is_purged() {
    let root = fresh("root");
    run(Command::new("tar").arg("-xf").arg(debian()).arg("-C").arg(&root));
    fs::copy(package(".deb"), root.join("daric.deb")).unwrap();
    let inside = |command: &str| {
        let mut shell = Command::new("chroot");
        shell.env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
        run(shell.arg(&root).args(["sh", "-ec", command]))
    };

    inside("dpkg --install /daric.deb");
    assert_eq!(inside("daric --version"), "a stand-in\n");
    let modes = "stat --format='%a %U:%G %n' /etc/daric/daric.toml /etc/daric/key /etc/daric/operator-token";
    assert_eq!(
        inside(modes),
        "640 root:daric /etc/daric/daric.toml\n600 root:root /etc/daric/key\n600 root:root /etc/daric/operator-token\n"
    );
    let key = inside("cat /etc/daric/key");
    assert!(key.len() == 64 && key.bytes().all(|digit| digit.is_ascii_hexdigit()), "{} characters", key.len());

    inside("echo '# a change' >>/etc/daric/daric.toml; dpkg --install /daric.deb");
    assert_eq!(inside("tail --lines=1 /etc/daric/daric.toml; cat /etc/daric/key"), format!("# a change\n{key}"));
    assert!(inside(modes).starts_with("640 root:daric"));

    inside("mkdir --parents /var/lib/daric; touch /var/lib/daric/daric.db; dpkg --purge daric");
    assert_eq!(
        inside("ls /etc/daric /var/lib/daric"),
        "/etc/daric:\nkey\noperator-token\n\n/var/lib/daric:\ndaric.db\n"
    );

    inside("dpkg --install /daric.deb");
    assert_eq!(inside("cat /etc/daric/key"), key);
    inside("dpkg --remove daric; rm /var/lib/daric/daric.db; dpkg --purge daric");
    assert_eq!(inside("find / -xdev -iname '*daric*' -not -path '/proc/*'"), "/daric.deb\n");
    fs::remove_dir_all(&root).unwrap();
}

#[test]
fn the_image_is_small_and_runs_as_its_user() {
    let image = format!("{}:{VERSION}", PACKAGES.join(format!("daric-{VERSION}-oci")).display());
    let config: Value =
        serde_json::from_str(&run(Command::new("skopeo").args(["inspect", "--config", &format!("oci:{image}")])))
            .unwrap();
    assert_eq!(config["config"]["User"], "65532:65532");
    assert_eq!(config["config"]["Entrypoint"][0], "/usr/bin/daric");
    let archive = format!("oci-archive:{}", package("-oci.tar").display());
    let same: Value =
        serde_json::from_str(&run(Command::new("skopeo").args(["inspect", "--config", &archive]))).unwrap();
    assert_eq!(config, same);

    let bundle = fresh("bundle");
    run(Command::new("umoci").args(["unpack", "--image", &image]).arg(&bundle));
    let root = bundle.join("rootfs");
    let files: Vec<PathBuf> = contents(&root).into_keys().collect();
    assert!(files.len() < 20, "{files:?}");
    let mut serve = Command::new("chroot");
    serve
        .arg("--userspec=65532:65532")
        .arg(&root)
        .args(["/usr/bin/daric", "serve"])
        .env("DARIC_DATA", "/var/lib/daric");
    let authorities = run(&mut serve);
    let authorities: u32 = authorities.trim().strip_prefix("authorities: ").unwrap().parse().unwrap();
    assert!(authorities > 100, "{authorities}");
    assert!(root.join("var/lib/daric/daric.db").exists());
}

#[test]
fn the_wheel_installs_the_binary_itself() {
    let place = fresh("wheel");
    let wheel = package(".whl");
    assert!(wheel.to_str().unwrap().contains("-py3-none-manylinux_2_"), "{}", wheel.display());
    let mut pip = Command::new("python3");
    pip.args(["-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--disable-pip-version-check", "--target"]);
    run(pip.arg(&place).arg(&wheel));
    assert_eq!(run(Command::new(place.join("bin/daric")).arg("--version")), "a stand-in\n");
    let kit = Path::new(env!("CARGO_MANIFEST_DIR")).join("../kits/python").exists();
    let plugins = "import importlib.metadata as m; print([p.name for p in m.distribution('daric').entry_points if p.group == 'pytest11'])";
    let found = run(Command::new("python3").env("PYTHONPATH", &place).args(["-c", plugins]));
    assert_eq!(found, if kit { "['daric']\n" } else { "[]\n" });
}

#[test]
fn the_npm_package_installs_the_binary_itself() {
    let place = fresh("npm");
    let mut npm = Command::new("npm");
    npm.args(["install", "--silent", "--offline", "--no-audit", "--no-fund", "--prefix"]).arg(&place);
    run(npm.arg(package(".tgz")));
    assert_eq!(run(Command::new(place.join("node_modules/.bin/daric")).arg("--version")), "a stand-in\n");
}

/// The packages of PyPI that validate bills of materials; installed once for each set of versions.
fn validators() -> PathBuf {
    let requirements = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/requirements.txt");
    let versions = fs::read_to_string(&requirements).unwrap();
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("dist-validators");
    if fs::read_to_string(place.join("versions")).is_ok_and(|installed| installed == versions) {
        return place;
    }
    let place = fresh("validators");
    let mut pip = Command::new("python3");
    pip.args(["-m", "pip", "install", "--quiet", "--no-deps", "--disable-pip-version-check", "--target"]);
    run(pip.arg(&place).arg("--requirement").arg(requirements));
    fs::write(place.join("versions"), versions).unwrap();
    place
}

const VALIDATE: &str = "
import sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
sys.exit(JsonStrictValidator(SchemaVersion.V1_6).validate_str(open(sys.argv[1]).read()))
";

#[test]
fn the_bill_of_materials_is_valid() {
    let bill = package(".cdx.json");
    run(Command::new("python3").env("PYTHONPATH", validators()).args(["-c", VALIDATE]).arg(bill));
}

#[test]
fn the_bill_of_materials_names_the_crates_of_the_binary() {
    let bill: Value = serde_json::from_slice(&fs::read(package(".cdx.json")).unwrap()).unwrap();
    assert_eq!(bill["metadata"]["component"]["name"], "daric");
    let components = bill["components"].as_array().unwrap();
    let named = |name: &str| components.iter().find(|component| component["name"] == name);
    let tokio = named("tokio").unwrap();
    assert!(tokio["purl"].as_str().unwrap().starts_with("pkg:cargo/tokio@"), "{tokio}");
    assert_eq!(tokio["hashes"][0]["content"].as_str().unwrap().len(), 64, "{tokio}");
    // A crate of ours has no package URL: the registry's crate of that name is another one.
    assert!(named("ledger").unwrap()["purl"].is_null());
    // Crates of tests are not in the binary.
    assert!(named("rstest").is_none());
}
