//! Users and businesses that a filter names by their names.

use payments::Text;
use store::{List, OwnerKind, Reader};
use text::fold;

use super::asked::Asked;

/// The same address with the number of the user or business that `of` names, if it is the name of one.
///
/// # Errors
/// The store cannot be read.
pub async fn named_owner<T: 'static>(reader: &Reader, list: &List<T>, asked: Asked) -> Result<Asked, store::Error> {
    let Some(name) = asked.of.as_ref().filter(|_| list.owner_kind() == Some(OwnerKind::Party)) else {
        return Ok(asked);
    };
    let name = fold(name);
    if name.parse::<i64>().is_ok() {
        return Ok(asked);
    }
    let handle = reader.handle(Text::from(&*name)).await?;
    Ok(match handle {
        Some(handle) => Asked { of: Some(handle.party.0.to_string()), ..asked },
        None => asked,
    })
}
