//! getOtt 29816 / 39311 (pod.md 3.13): an empty reply. Like every reply, it has a new one-time token.

use super::call::Call;
use super::done::Done;
use super::failed::Failed;

pub async fn serve(_call: &Call<'_>) -> Result<Done, Failed> {
    Ok(Done::Nothing)
}
