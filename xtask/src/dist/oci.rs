//! The container image, as an OCI layout.
//!
//! Shape: two layers, what changes rarely (libraries, certificates, the user) and the binary; their configuration, manifest and index.
//! The root has nothing else: no shell, no package manager. The libraries are those of the machine that builds.
//! Absent: a health check, which the format has no place for: `daric wait` is one.

use data_encoding::{BASE64, HEXLOWER};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use webpki_root_certs::TLS_SERVER_ROOT_CERTS;

use super::files::{Outcome, packaging, read};
use super::release::Release;
use super::tree::{FILE, Owner, PROGRAM, Tree, gzip};

/// The user that the image runs as: the number that images without a distribution have for it.
const USER: u64 = 65532;
/// Where the store is.
const DATA: &str = "var/lib/daric";
/// Characters of a line of a PEM file.
const PEM_LINE: usize = 64;
const LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

/// The name of the layout's directory.
pub fn directory(version: &str) -> String {
    format!("daric-{version}-oci")
}

/// The layout in one file, which `podman load`, `docker load` and `skopeo` read.
///
/// # Errors
/// None for a layout: its names are short.
pub fn archive(layout: &Tree, release: &Release) -> Outcome<(String, Vec<u8>)> {
    Ok((format!("{}.tar", directory(&release.version)), layout.tar("", release.epoch())?))
}

/// The layout.
///
/// # Errors
/// A library or a text cannot be read.
pub fn layout(release: &Release) -> Outcome<Tree> {
    let mut tree = Tree::default();
    let layers = [system(release)?, program(release)?];
    let layers: Vec<Layer> =
        layers.iter().map(|layer| Layer::new(&layer.tar("", release.epoch())?, &mut tree)).collect::<Outcome<_>>()?;
    let config = blob(&mut tree, config(release, &layers).to_string().into_bytes());
    let layers: Vec<Value> = layers.iter().map(|layer| layer.blob.described(LAYER)).collect();
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": config.described("application/vnd.oci.image.config.v1+json"),
        "layers": layers,
        "annotations": labels(release),
    });
    let mut manifest = blob(&mut tree, manifest.to_string().into_bytes()).described(MANIFEST);
    manifest["annotations"] = json!({
        "org.opencontainers.image.ref.name": release.version,
        // Where containerd, and with it Docker, looks for the name to load the image under.
        "io.containerd.image.name": format!("docker.io/library/daric:{}", release.version),
    });
    let index = json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.index.v1+json",
        "manifests": [manifest],
    });
    tree.file("index.json", FILE, index.to_string());
    tree.file("oci-layout", FILE, json!({ "imageLayoutVersion": "1.0.0" }).to_string());
    Ok(tree)
}

/// Bytes of the layout, by their sum.
struct Blob {
    digest: String,
    size: usize,
}

impl Blob {
    fn described(&self, media_type: &str) -> Value {
        json!({ "mediaType": media_type, "digest": self.digest, "size": self.size })
    }
}

fn blob(tree: &mut Tree, bytes: Vec<u8>) -> Blob {
    let sum = HEXLOWER.encode(&Sha256::digest(&bytes));
    let blob = Blob { digest: format!("sha256:{sum}"), size: bytes.len() };
    tree.file(format!("blobs/sha256/{sum}"), FILE, bytes);
    blob
}

/// A layer: the sum of its files, and its compressed blob.
struct Layer {
    diff_id: String,
    blob: Blob,
}

impl Layer {
    fn new(tar: &[u8], tree: &mut Tree) -> Outcome<Self> {
        let diff_id = format!("sha256:{}", HEXLOWER.encode(&Sha256::digest(tar)));
        Ok(Self { diff_id, blob: blob(tree, gzip(tar)?) })
    }
}

/// Libraries, certificates, the user and its directory.
fn system(release: &Release) -> Outcome<Tree> {
    let mut tree = Tree::default();
    for library in &release.binary.libraries {
        let path = library.to_str().ok_or("a library has a strange name")?;
        tree.file(path.trim_start_matches('/'), PROGRAM, read(library)?);
    }
    for package in release.binary.packages.keys() {
        let copyright = format!("usr/share/doc/{package}/copyright");
        let text = read(format!("/{copyright}").as_ref())?;
        tree.file(copyright, FILE, text);
    }
    let accounts = ["passwd", "group", "nsswitch.conf"];
    for file in accounts {
        tree.file(format!("etc/{file}"), FILE, packaging(&format!("oci/{file}"), &release.version)?);
    }
    tree.file("etc/ssl/certs/ca-certificates.crt", FILE, certificates());
    tree.directory("tmp", 0o1777, Owner::Root);
    tree.directory(DATA, 0o700, Owner::Number(USER));
    Ok(tree)
}

/// The program and its licences.
fn program(release: &Release) -> Outcome<Tree> {
    let mut tree = Tree::default();
    tree.file("usr/bin/daric", PROGRAM, release.binary.bytes.as_slice());
    tree.file("usr/share/doc/daric/LICENSE", FILE, release.licence.as_slice());
    tree.file("usr/share/doc/daric/THIRD-PARTY", FILE, release.third_party.as_str());
    Ok(tree)
}

/// The public authorities that Mozilla trusts. Those of the machine that builds may include its owner's own.
fn certificates() -> String {
    let pem = |der: &[u8]| {
        let encoded = BASE64.encode(der);
        let lines: Vec<&str> =
            (0..encoded.len()).step_by(PEM_LINE).map(|at| &encoded[at..encoded.len().min(at + PEM_LINE)]).collect();
        format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
    };
    TLS_SERVER_ROOT_CERTS.iter().map(|certificate| pem(certificate)).collect()
}

fn config(release: &Release, layers: &[Layer]) -> Value {
    let created = release.at.to_string();
    let made = |what: &str| json!({ "created": created, "created_by": format!("cargo xtask dist: {what}") });
    json!({
        "created": created,
        "architecture": "amd64",
        "os": "linux",
        "config": {
            "User": format!("{USER}:{USER}"),
            "ExposedPorts": { "7070/tcp": {} },
            // In a container, the loopback interface is reached by nothing else.
            "Env": ["PATH=/usr/bin", "DARIC_LISTEN=0.0.0.0:7070", format!("DARIC_DATA=/{DATA}")],
            "Entrypoint": ["/usr/bin/daric"],
            "Cmd": ["serve"],
            "Volumes": { (format!("/{DATA}")): {} },
            "WorkingDir": format!("/{DATA}"),
            "StopSignal": "SIGTERM",
            "Labels": labels(release),
        },
        "rootfs": {
            "type": "layers",
            "diff_ids": layers.iter().map(|layer| layer.diff_id.as_str()).collect::<Vec<_>>(),
        },
        "history": [made("libraries, certificates, user"), made("daric")],
    })
}

fn labels(release: &Release) -> Value {
    json!({
        "org.opencontainers.image.title": "daric",
        "org.opencontainers.image.description": "Payment server for the wire protocols of Finnotech, PayStar and POD",
        "org.opencontainers.image.version": release.version,
        "org.opencontainers.image.licenses": "Apache-2.0",
        "org.opencontainers.image.created": release.at.to_string(),
    })
}
