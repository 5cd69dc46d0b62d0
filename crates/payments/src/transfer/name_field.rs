//! A name field of a request.

use crate::{Field, NotAccepted, Text};

/// A name as the request has it. The route decides whether it is required and how long it may be.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum NameField {
    /// Missing, null or blank.
    #[default]
    Missing,
    /// The name.
    Given(Text),
    /// A value that is not a text.
    Malformed,
}

impl NameField {
    /// The name for the echo in replies; empty if it is missing.
    pub(super) fn echo(&self, field: Field) -> Result<Text, NotAccepted> {
        match self {
            Self::Missing => Ok(Text::from("")),
            Self::Given(name) => Ok(Text::clone(name)),
            Self::Malformed => Err(NotAccepted::Invalid(field)),
        }
    }

    /// The name, which this route requires.
    pub(super) fn demand(&self, field: Field) -> Result<&Text, NotAccepted> {
        match self {
            Self::Missing => Err(NotAccepted::Required(field)),
            Self::Given(name) => Ok(name),
            Self::Malformed => Err(NotAccepted::Invalid(field)),
        }
    }
}
