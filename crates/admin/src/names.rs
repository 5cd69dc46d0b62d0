//! Names of operators and of tokens of this API, which identify the author in the audit.
//!
//! New names have letters of one script, and do not look like another name: their skeletons differ (UTS 39), in any case. Existing names stay valid.

use payments::{TOKEN_AUTHOR, Text};
use text::fold;
use unicode_security::{GeneralSecurityProfile, MixedScript, skeleton};

use super::operator_context::API;
use super::reply::Problem;

/// Maximum length of a name.
const NAME: usize = 40;
/// Separators between letters and digits, one at a time.
const BETWEEN: [char; 5] = [' ', '.', '_', '-', '@'];

/// Checks and folds a new name.
///
/// # Errors
/// The text is not a valid name.
pub fn new_name(text: &str) -> Result<Text, Problem> {
    let name = fold(text);
    let is_part = |c: char| c.is_alphanumeric() && c.identifier_allowed();
    let parts = name.split(BETWEEN);
    let good = (1..=NAME).contains(&name.chars().count())
        && name.starts_with(char::is_alphabetic)
        && parts.into_iter().all(|part| !part.is_empty() && part.chars().all(is_part))
        && name.is_single_script()
        && !name.starts_with(TOKEN_AUTHOR);
    let form =
        "1 to 40 letters of one script and digits, with single blanks, `.`, `_`, `-` or `@` between; a letter first";
    good.then(|| Text::from(&*name)).ok_or_else(|| Problem::invalid("name", form))
}

/// The skeletons of a name: of its lower case, and of the name as written.
fn looks(name: &str) -> [String; 2] {
    [skeleton(&name.to_lowercase()).collect(), skeleton(name).collect::<String>().to_lowercase()]
}

/// Checks that a new name looks like no other name.
///
/// # Errors
/// Names the one that it looks like.
pub fn differs<'a>(name: &str, others: impl IntoIterator<Item = &'a Text>) -> Result<(), Problem> {
    let own = looks(name);
    let alike = |other: &str| looks(other).iter().any(|look| own.contains(look));
    let others = others.into_iter().map(|other| &**other).filter(|other| *other != name);
    match others.chain([API]).find(|other| alike(other)) {
        Some(other) => Err(Problem::conflict("name", format!("it looks like `{other}`: take another"))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_name_has_letters_of_one_script_and_begins_with_one() {
        for good in ["admin", "o1", "Maryam Rezaei", "m.rezaei@bank.ir", "ci-2", "مریم", "مریم ۲", "Жанна", "a_b"]
        {
            assert!(new_name(good).is_ok(), "{good}");
        }
        for wrong in [
            "",
            " ",
            "-x",
            "-",
            "1x",
            ".x",
            "x-",
            "x  y",
            "x--y",
            "api:x",
            "x/y",
            "x\u{200c}y",
            "علی\u{200c}رضا",
            "x\u{ad}y",
            "x\ty",
            "\u{430}dmin",
            "admіn",
            "Αdmin",
            "مریم x",
            "ａｄｍｉｎ",
            "admin\u{301}\u{301}",
            &"x".repeat(41),
        ] {
            assert!(new_name(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_new_name_looks_like_no_other() {
        let known: Vec<Text> = ["admin", "ace", "maria", "Ali", "مریم"].map(Text::from).into();
        for alike in ["Admin", "ADMIN", "асе", "rnaria", "AIi", "admın", "api", "API"] {
            assert!(differs(alike, &known).is_err(), "{alike}");
        }
        // The same name does not count as another one; whether it is taken is decided elsewhere.
        for other in ["admin", "admin2", "mary", "مینا", "apiary"] {
            assert!(differs(other, &known).is_ok(), "{other}");
        }
    }
}
