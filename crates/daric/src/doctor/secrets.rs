//! Removes the secrets of the settings from texts, whatever text they have got into.

use std::path::Path;

use super::given::Given;

/// What stands in the place of a secret.
const REMOVED: &str = "[secret]";
/// Shorter values are not searched for: they would be found in other words. A database's password may be shorter, and no text shows one.
const SHORTEST: usize = 6;
/// The credential of systemd with the key.
const CREDENTIAL: &str = "daric-key";

/// The secrets, longest first.
pub struct Secrets(Vec<String>);

impl Secrets {
    /// The secrets of the settings and of the files that they name.
    pub fn of(given: &Given) -> Self {
        let mut all = Vec::new();
        for secret in &given.secrets {
            // A list, and the password in an address of a database.
            all.extend(secret.split(',').map(|part| part.trim().to_owned()));
            let password = url::Url::parse(secret).ok().and_then(|url| url.password().map(str::to_owned));
            let words = secret.split_whitespace().filter_map(|word| word.strip_prefix("password="));
            all.extend(password.into_iter().chain(words.map(|word| word.trim_matches('\'').to_owned())));
            all.push(secret.clone());
        }
        let credential =
            std::env::var_os("CREDENTIALS_DIRECTORY").map(|directory| Path::new(&directory).join(CREDENTIAL));
        for path in given.key_files.iter().chain(&credential) {
            // A file that cannot be read is reported with the settings, and has given no secret.
            let text = std::fs::read_to_string(path).unwrap_or_default();
            all.extend(text.lines().map(|line| line.trim().to_owned()));
        }
        // As JSON has them, where that differs.
        let in_json: Vec<String> =
            all.iter().map(|secret| serde_json::Value::from(secret.as_str()).to_string()).collect();
        all.extend(in_json.into_iter().map(|quoted| quoted.trim_matches('"').to_owned()));
        all.retain(|secret| secret.chars().count() >= SHORTEST);
        all.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        all.dedup();
        Self(all)
    }

    /// The text without the secrets.
    pub fn removed_from(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, secret| text.replace(secret.as_str(), REMOVED))
    }
}
