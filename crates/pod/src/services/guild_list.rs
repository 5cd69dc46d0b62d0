//! guildList 29833 / 39329 (pod.md 3.13).

use payments::GUILDS;
use wire::pod::errors;

use super::call::Call;
use super::done::Done;
use super::failed::Failed;
use super::invoice::guild;

/// Default number of rows of a page.
const PAGE: i64 = 50;

pub async fn serve(call: &Call<'_>) -> Result<Done, Failed> {
    let (offset, size) = (number(call, "offset")?.unwrap_or(0), number(call, "size")?.unwrap_or(PAGE));
    let part = call.params.get("name").unwrap_or_default();
    let found: Vec<_> = GUILDS.iter().filter(|guild| guild.name.contains(part)).map(|row| guild(row.id)).collect();
    let (skipped, taken) = (usize::try_from(offset).unwrap_or(usize::MAX), usize::try_from(size).unwrap_or(usize::MAX));
    let mut page = call.page();
    for row in found.iter().skip(skipped).take(taken) {
        page.push(row).await?;
    }
    Ok(Done::list(page.end(), i64::try_from(found.len()).unwrap_or(i64::MAX), None))
}

/// An optional number of rows; a `size` of 0 is invalid.
///
/// # Errors
/// It is not a number, or is a `size` of 0.
pub fn number(call: &Call<'_>, name: &str) -> Result<Option<i64>, Failed> {
    let number = call.params.optional_id(name)?;
    if name == "size" && number == Some(0) { Err(errors::invalid(name).into()) } else { Ok(number) }
}
