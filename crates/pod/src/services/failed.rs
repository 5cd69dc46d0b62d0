//! Why a call of a service failed.

use edge::large::NoPage;
use payments::InvoiceRefusal;
use wire::pod::errors::{self, Failure};

use super::errors::failure_of;

/// Why a call of a service failed.
#[derive(Debug)]
pub enum Failed {
    /// The call is refused.
    Refused(Failure),
    /// The machine failed.
    Broken(engine::Error),
}

impl Failed {
    /// Whether nothing was done, and the same call may be sent again.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Refused(_) => false,
            Self::Broken(error) => error.is_passing(),
        }
    }
}

impl From<Failure> for Failed {
    fn from(failure: Failure) -> Self {
        Self::Refused(failure)
    }
}

impl From<InvoiceRefusal> for Failed {
    fn from(why: InvoiceRefusal) -> Self {
        failure_of(why).map_or_else(Self::Broken, Self::Refused)
    }
}

impl From<engine::Error> for Failed {
    fn from(error: engine::Error) -> Self {
        match error {
            engine::Error::RightsEnded => Self::Refused(errors::NOT_AUTHENTICATED),
            error => Self::Broken(error),
        }
    }
}

impl From<store::Error> for Failed {
    fn from(error: store::Error) -> Self {
        Self::Broken(error.into())
    }
}

impl From<NoPage> for Failed {
    fn from(why: NoPage) -> Self {
        match why {
            NoPage::TooLarge(fit) => Self::Refused(errors::too_large("size", fit)),
            NoPage::Busy => Self::Broken(engine::Error::Busy),
            NoPage::Broken(error) => Self::Broken(engine::Error::Unexpected(error.to_string())),
        }
    }
}
