//! getOtt 29816 / 39311 (pod.md 3.13): a reply with a one-time token, as every reply has one.

use super::call::Call;
use super::done::Done;
use super::failed::Failed;

pub async fn serve(_call: &Call<'_>) -> Result<Done, Failed> {
    Ok(Done::Nothing)
}
