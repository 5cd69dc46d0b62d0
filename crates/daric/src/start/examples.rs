//! Programs to copy: one for each platform and language. A test takes them from the page and runs them.

use super::links::{Links, OperatorToken};

/// The address that the programs have in their files.
const WRITTEN_BASE: &str = "http://127.0.0.1:7070";
/// The operator token that the programs have in their files.
const WRITTEN_TOKEN: &str = "demo-admin-token";

/// A program.
#[derive(Clone, Copy, Debug)]
pub struct Example {
    /// The name of its file.
    pub file: &'static str,
    /// The platform that it calls.
    pub platform: &'static str,
    /// Its language.
    pub language: &'static str,
    text: &'static str,
}

macro_rules! examples {
    ($($platform:literal, $language:literal, $file:literal;)*) => {
        /// All programs, by platform.
        pub const EXAMPLES: &[Example] = &[$(Example {
            file: $file,
            platform: $platform,
            language: $language,
            text: include_str!(concat!("examples/", $file)),
        },)*];
    };
}

examples! {
    "finnotech", "curl", "finnotech.sh";
    "finnotech", "PHP", "finnotech.php";
    "finnotech", "Python", "finnotech.py";
    "finnotech", "Node", "finnotech.mjs";
    "paystar", "curl", "paystar.sh";
    "paystar", "PHP", "paystar.php";
    "paystar", "Python", "paystar.py";
    "paystar", "Node", "paystar.mjs";
    "pod", "curl", "pod.sh";
    "pod", "PHP", "pod.php";
    "pod", "Python", "pod.py";
    "pod", "Node", "pod.mjs";
}

impl Example {
    /// Its text, with the addresses and the token of a sandbox.
    pub fn text(&self, links: &Links, token: OperatorToken) -> String {
        let operators = self.text.replace(&format!("{WRITTEN_BASE}/admin/"), &format!("{}/admin/", links.admin));
        operators.replace(WRITTEN_BASE, &links.base).replace(WRITTEN_TOKEN, token.shown()).trim_end().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_calls_operators_at_their_own_port_and_shows_no_token_of_the_settings() {
        let links = Links { base: "https://pay.example".to_owned(), admin: "http://10.0.0.5:7071".to_owned() };
        for example in EXAMPLES {
            let text = example.text(&links, OperatorToken::OfSettings);
            let calls_operators = example.text.contains(WRITTEN_TOKEN);
            assert!(!text.contains("127.0.0.1") && !text.contains(WRITTEN_TOKEN), "{}", example.file);
            assert!(text.contains("https://pay.example"), "{}", example.file);
            let own = text.contains("http://10.0.0.5:7071/admin/v1/") && text.contains("YOUR-OPERATOR-TOKEN");
            assert_eq!(own, calls_operators, "{}", example.file);
        }
    }
}
