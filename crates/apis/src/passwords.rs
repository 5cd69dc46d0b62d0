//! Passwords of people: slow hashes, made and compared off the threads that answer.

use std::sync::LazyLock;

use argon2::{Argon2, PasswordHash, PasswordHasher, PasswordVerifier};
use tokio::sync::Semaphore;

/// Hashes made at a time: each takes 19 MiB and a core for some hundredths of a second.
const AT_A_TIME: usize = 2;
/// Bytes of a salt.
const SALT: usize = 16;

static PLACES: LazyLock<Semaphore> = LazyLock::new(|| Semaphore::new(AT_A_TIME));

/// A password's hash, with its salt and the way it was made.
///
/// # Errors
/// The system gives no randomness, or the password is longer than the hash takes.
pub fn hash(password: &str) -> Result<String, String> {
    let mut salt = [0u8; SALT];
    getrandom::fill(&mut salt).map_err(|error| error.to_string())?;
    let hash = Argon2::default().hash_password_with_salt(password.as_bytes(), &salt);
    hash.map(|hash| hash.to_string()).map_err(|error| error.to_string())
}

/// Whether a password is the one that was hashed. `None` for the hash takes as long, and is nobody's.
pub async fn matches(password: String, hashed: Option<String>) -> bool {
    // The semaphore is never closed; should it be, there is just no limit.
    let _place = PLACES.acquire().await;
    let compare = move || {
        static NOBODY: LazyLock<String> = LazyLock::new(|| hash("nobody's").unwrap_or_default());
        let known = hashed.is_some();
        let text = hashed.unwrap_or_else(|| NOBODY.clone());
        let Ok(parsed) = PasswordHash::new(&text) else { return false };
        Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok() && known
    };
    tokio::task::spawn_blocking(compare).await.unwrap_or(false)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_password_itself_matches_its_hash() {
        let (one, other) = (hash("1111111111").unwrap(), hash("1111111111").unwrap());
        assert_ne!(one, other, "salted");
        assert!(one.starts_with("$argon2id$") && !one.contains("1111111111"));
        for (password, hashed, expected) in [
            ("1111111111", Some(one.clone()), true),
            ("1111111112", Some(one), false),
            ("nobody's", None, false),
            ("x", Some("not a hash".to_owned()), false),
        ] {
            assert_eq!(matches(password.to_owned(), hashed).await, expected, "{password}");
        }
    }
}
