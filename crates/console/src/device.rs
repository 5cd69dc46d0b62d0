//! Authenticator devices of operators (TOTP, RFC 6238: SHA-1, six digits, 30 seconds): secrets, QR codes, and the step of a code.
//!
//! Absent: which steps were used before; that is decided when the sign-in is written.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use qrcode::{Color, EcLevel, QrCode};
use totp_rs::{Algorithm, Builder, Secret, Totp};
use zeroize::Zeroizing;

use edge::random::NoRandomness;

/// Digits of a code.
pub const DIGITS: u8 = 6;
/// Seconds per step.
const STEP_S: u64 = 30;
/// Steps before and after the current one whose codes are accepted, since clocks differ.
const SKEW: u16 = 1;
/// Width of the empty margin that readers need around a QR code, in modules.
const QUIET: usize = 4;

/// A secret for a new device, in base 32.
///
/// # Errors
/// The system gives no randomness.
pub fn fresh_secret() -> Result<Zeroizing<String>, NoRandomness> {
    let mut bytes = [0u8; 20];
    getrandom::fill(&mut bytes).map_err(NoRandomness)?;
    Ok(Zeroizing::new(Secret::new_stack(bytes).to_base32()))
}

fn device(secret: &str) -> Option<Totp> {
    let secret = Secret::try_from_base32(secret).ok()?;
    let device = Builder::new().with_algorithm(Algorithm::SHA1).with_digits(DIGITS).with_step_duration(STEP_S);
    device.with_skew(SKEW).with_secret(secret).build().ok()
}

/// The step of a code that is valid at an instant, in milliseconds of Unix time; `None`: it is not valid.
pub fn step_of(secret: &str, code: &str, at_ms: i64) -> Option<i64> {
    let second = u64::try_from(at_ms / 1_000).ok()?;
    device(secret)?.check(code, second).and_then(|step| i64::try_from(step).ok())
}

/// A QR code as an SVG path.
#[derive(Debug)]
pub struct Picture {
    /// Modules per side, including the margin.
    pub size: usize,
    /// The path of the dark modules.
    pub path: String,
}

/// The QR code with a secret and its operator's name; `None`: they do not fit.
pub fn picture(operator: &str, secret: &str) -> Option<Picture> {
    let name = utf8_percent_encode(operator, NON_ALPHANUMERIC);
    let address = format!(
        "otpauth://totp/Daric:{name}?secret={secret}&issuer=Daric&algorithm=SHA1&digits={DIGITS}&period={STEP_S}"
    );
    let code = QrCode::with_error_correction_level(address, EcLevel::M).ok()?;
    let (width, colors) = (code.width(), code.to_colors());
    let dark = colors.iter().enumerate().filter(|(_, color)| **color == Color::Dark);
    let square = |at: usize| format!("M{} {}h1v1h-1z", at % width + QUIET, at / width + QUIET);
    Some(Picture { size: width + 2 * QUIET, path: dark.map(|(at, _)| square(at)).collect() })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]
mod tests {
    use super::*;

    /// RFC 6238, appendix B: the last six digits of the SHA-1 rows.
    #[test]
    fn codes_are_those_of_the_standard_and_are_taken_one_step_early_and_late() {
        // "12345678901234567890"
        let secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
        for (second, code) in
            [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924"), (20_000_000_000_i64, "353130")]
        {
            let step = second / 30;
            for (at, found) in [(-2, None), (-1, Some(step)), (0, Some(step)), (1, Some(step)), (2, None)] {
                let at_ms = (second + at * 30) * 1_000;
                assert_eq!(step_of(secret, code, at_ms), found.filter(|_| at_ms >= 0), "{code} {at}");
            }
        }
        for wrong in ["", "28708", "2870823", "287083", "28708a"] {
            assert_eq!(step_of(secret, wrong, 59_000), None, "{wrong}");
        }
    }

    #[test]
    fn a_secret_is_random_and_its_picture_fits_the_longest_name() {
        let (one, other) = (fresh_secret().unwrap(), fresh_secret().unwrap());
        assert!(*one != *other && one.len() == 32);
        let picture = picture(&"ک".repeat(40), &one).unwrap();
        assert!(picture.size > 40 && picture.path.starts_with("M4 4h1v1h-1z"), "{picture:?}");
    }
}
