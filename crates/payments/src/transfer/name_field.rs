//! A name as it was sent.

use crate::{Field, NotAccepted, Text};

/// A name as it was sent. Whether it must be there, and how long it may be, depends on the route.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum NameField {
    /// Not there, null or blank.
    #[default]
    Missing,
    /// A text.
    Presence(Text),
    /// Something that is no text.
    Malformed,
}

impl NameField {
    pub(super) fn echo(&self, field: Field) -> Result<Text, NotAccepted> {
        match self {
            Self::Missing => Ok(Text::from("")),
            Self::Presence(name) => Ok(Text::clone(name)),
            Self::Malformed => Err(NotAccepted::Invalid(field)),
        }
    }

    /// The name, which must be there.
    pub(super) fn demand(&self, field: Field) -> Result<&Text, NotAccepted> {
        match self {
            Self::Missing => Err(NotAccepted::Required(field)),
            Self::Presence(name) => Ok(name),
            Self::Malformed => Err(NotAccepted::Invalid(field)),
        }
    }
}
