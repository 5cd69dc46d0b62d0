//! Sources of the operator token: the command line or the environment, a file, or a systemd credential.

use std::path::{Path, PathBuf};

use clap::Args;
use edge::Mode;

use super::error::{SettingsError, chosen, wrong};
use super::secret_files::{credential, lines};
use crate::demo;

/// The name of the credential below `$CREDENTIALS_DIRECTORY`.
const CREDENTIAL: &str = "daric-operator-token";
const NAME: &str = "operator_token (DARIC_OPERATOR_TOKEN)";

/// The settings that name the token.
#[derive(Args, Default)]
pub struct OperatorTokenFlags {
    /// Bearer token of the operator's API. Better in the environment, a file or a credential than on the command line.
    #[arg(long, env = "DARIC_OPERATOR_TOKEN", value_name = "TOKEN", hide_env_values = true)]
    operator_token: Option<String>,
    /// File with the operator's token on its first line. Without any of the two the credential `daric-operator-token` of systemd is read
    #[arg(long, env = "DARIC_OPERATOR_TOKEN_FILE", value_name = "FILE")]
    operator_token_file: Option<PathBuf>,
}

/// The token in the settings file.
#[derive(Default)]
pub struct OperatorTokenInFile {
    /// The token.
    pub operator_token: Option<String>,
    /// A file with it.
    pub operator_token_file: Option<PathBuf>,
}

/// The checked token. If none is given, a sandbox uses a publicly known one.
///
/// # Errors
/// No token is given in production, two sources give one, or it cannot be used; names the setting and what is expected.
pub fn operator_token(
    flags: OperatorTokenFlags,
    file: OperatorTokenInFile,
    mode: Mode,
) -> Result<String, SettingsError> {
    let (token, path) = match (&flags.operator_token, &flags.operator_token_file) {
        (None, None) => (file.operator_token, file.operator_token_file),
        _ => (flags.operator_token, flags.operator_token_file),
    };
    let (name, token) = match (token, path) {
        (Some(_), Some(_)) => {
            return Err(wrong(
                "operator_token (DARIC_OPERATOR_TOKEN) and operator_token_file (DARIC_OPERATOR_TOKEN_FILE): give one of them",
            ));
        }
        (Some(token), None) => (NAME.to_owned(), token),
        (None, Some(path)) => (format!("operator_token_file {}", path.display()), first_line(&path)?),
        (None, None) => match (credential(CREDENTIAL), mode) {
            (Some(path), _) => (format!("credential {}", path.display()), first_line(&path)?),
            (None, Mode::Sandbox) => return Ok(demo::OPERATOR_TOKEN.to_owned()),
            (None, Mode::Production) => {
                return Err(wrong(format!(
                    "{NAME} is needed in production: at least 16 characters that cannot be guessed"
                )));
            }
        },
    };
    chosen(&name, &token, mode)?;
    Ok(token)
}

fn first_line(path: &Path) -> Result<String, SettingsError> {
    Ok(lines(path)?.first().map(|line| line.as_str().to_owned()).unwrap_or_default())
}
