//! Sources of the keys: the command line or the environment, a file, a file descriptor, or a systemd credential.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::Args;
use data_encoding::HEXLOWER_PERMISSIVE;
use edge::Mode;
use edge::key_ring::{Key, KeyRing};
use zeroize::Zeroizing;

use super::error::{SettingsError, wrong};
use super::secret_files::{credential, lines};
use crate::demo;

/// The name of the credential below `$CREDENTIALS_DIRECTORY`.
const CREDENTIAL: &str = "daric-key";
/// Minimum number of different bytes in a random key; 32 random bytes have fewer less than once in 10³⁶ keys.
const KEY_BYTES_APART: usize = 8;
/// Maximum number of old keys: a value is opened by its key's id, but a value of the first edition is tried with each key.
const OLD_KEYS: usize = 16;
const WANTED: &str = "64 hexadecimal digits, as `openssl rand -hex 32` prints";

/// The settings that name keys.
#[derive(Args, Default, Clone)]
pub struct KeyFlags {
    /// Key of what is sealed: 64 hexadecimal digits. Better in the environment, a file or a credential than on the command line.
    #[arg(long, env = "DARIC_KEY", value_name = "HEX", hide_env_values = true)]
    key: Option<String>,
    /// Keys that were current before, parted by commas: they open, and seal nothing. After `daric rekey` they are not needed.
    #[arg(long, env = "DARIC_OLD_KEYS", value_name = "HEX,…", hide_env_values = true)]
    old_keys: Option<String>,
    /// File with the key on its first line, and older ones on the others. Without any of these four the credential `daric-key` of systemd
    /// is read
    #[arg(long, env = "DARIC_KEY_FILE", value_name = "FILE")]
    key_file: Option<PathBuf>,
    /// Open file descriptor to read the same from
    #[arg(long, env = "DARIC_KEY_FD", value_name = "N")]
    key_fd: Option<u32>,
}

/// The keys in the settings file.
#[derive(Default)]
pub struct KeysInFile {
    /// The current key.
    pub key: Option<String>,
    /// Older keys.
    pub old_keys: Vec<String>,
    /// A file of keys.
    pub key_file: Option<PathBuf>,
}

/// The checked keys. If none is given, a sandbox uses a publicly known key.
///
/// # Errors
/// No key is given in production, two sources give one, or a key cannot be used; names the setting and what is expected.
pub fn keys(flags: KeyFlags, file: KeysInFile, mode: Mode) -> Result<KeyRing, SettingsError> {
    let (key, key_file) = match (&flags.key, &flags.key_file, flags.key_fd) {
        (None, None, None) => (file.key, file.key_file),
        _ => (flags.key, flags.key_file),
    };
    let sources = [key.is_some(), key_file.is_some(), flags.key_fd.is_some()];
    if sources.into_iter().filter(|given| *given).count() > 1 {
        return Err(wrong("key (DARIC_KEY), key_file (DARIC_KEY_FILE) and --key-fd (DARIC_KEY_FD): give one of them"));
    }
    let (name, given) = match (key, key_file, flags.key_fd, credential(CREDENTIAL)) {
        (Some(key), ..) => ("key (DARIC_KEY)".to_owned(), vec![Zeroizing::new(key)]),
        (_, Some(path), ..) => (format!("key_file {}", path.display()), lines(&path)?),
        (_, _, Some(number), _) => (format!("--key-fd {number}"), lines(&PathBuf::from(format!("/dev/fd/{number}")))?),
        (_, _, _, Some(path)) => (format!("credential {}", path.display()), lines(&path)?),
        _ if mode == Mode::Sandbox => return Ok(KeyRing::new(Zeroizing::new(demo::KEY), Vec::new())),
        _ => {
            return Err(wrong(format!(
                "key (DARIC_KEY, DARIC_KEY_FILE, DARIC_KEY_FD) is needed in production: {WANTED}; for a sandbox use --demo"
            )));
        }
    };
    let old = flags.old_keys.map(Zeroizing::new);
    let old_of_flags = old.iter().flat_map(|keys| keys.split(',')).map(str::trim).filter(|key| !key.is_empty());
    let old_of_file = if old.is_some() { &[][..] } else { &file.old_keys };
    let mut found = given.iter().map(|key| read(&name, key));
    let current = found.next().ok_or_else(|| wrong(format!("{name}: it is empty; {WANTED}")))??;
    let mut olds = found.collect::<Result<Vec<Key>, SettingsError>>()?;
    for key in old_of_flags.chain(old_of_file.iter().map(String::as_str)) {
        olds.push(read("old_keys (DARIC_OLD_KEYS)", key)?);
    }
    if olds.len() > OLD_KEYS {
        return Err(wrong(format!(
            "old_keys (DARIC_OLD_KEYS): at most {OLD_KEYS}; run `daric rekey` and leave them out"
        )));
    }
    if mode == Mode::Production && *current == demo::KEY {
        return Err(wrong(format!("{name}: this is the demo world's key, which is public")));
    }
    if mode == Mode::Production && BTreeSet::from(*current).len() < KEY_BYTES_APART {
        return Err(wrong(format!("{name}: not random; take what `openssl rand -hex 32` prints")));
    }
    Ok(KeyRing::new(current, olds))
}

fn read(name: &str, hex: &str) -> Result<Key, SettingsError> {
    from_hex(hex).ok_or_else(|| wrong(format!("{name}: {WANTED}")))
}

fn from_hex(hex: &str) -> Option<Key> {
    if hex.len() != 64 {
        return None;
    }
    let mut key = Zeroizing::new([0; 32]);
    HEXLOWER_PERMISSIVE.decode_mut(hex.as_bytes(), key.as_mut_slice()).ok()?;
    Some(key)
}
