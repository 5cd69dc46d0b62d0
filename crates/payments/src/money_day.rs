//! How much money the operator's API creates in a day.
//!
//! Shape: [`MoneyDay`] is the sum of a day of Tehran, over all tokens. It is counted in the commit of the booking, so that neither a restart nor
//! another process frees any of it.
//! Absent: money that moves. Only what comes out of the house's own accounts at banks counts.

use ledger::Rial;

use crate::view::View;
use crate::{AnyCommand, Now, Operate, Refusal};

/// What was created in a day.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MoneyDay {
    /// Jalali `YYYYMMDD`.
    pub day: i64,
    /// The sum.
    pub created: Rial,
}

impl MoneyDay {
    /// The day as it stands with so much more, if that is within `most`.
    ///
    /// # Errors
    /// [`Refusal::MoneyOfDayUsedUp`].
    pub(crate) fn and(amount: Rial, most: Rial, view: &View, now: &Now) -> Result<Self, Refusal> {
        let day = now.date.long();
        let created = view.money_days.get(&day).map_or(Rial::ZERO, |known| known.created);
        match created.checked_add(amount).filter(|sum| *sum <= most) {
            Some(created) => Ok(Self { day, created }),
            None => {
                let left = most.checked_sub(created).filter(|left| left.is_positive()).unwrap_or(Rial::ZERO);
                Err(Refusal::MoneyOfDayUsedUp { most, left })
            }
        }
    }
}

impl AnyCommand {
    /// The money that it creates. Exhaustive, so that a new command does not compile until it is decided.
    pub fn creates(&self) -> Rial {
        match self {
            Self::FillWallet(command) => command.amount,
            Self::OpenDeposit(command) => command.balance,
            Self::RegisterCard(command) => command.balance,
            Self::IssuePayerCard(command) => command.balance,
            Self::Operate(Operate { command: Some(command), .. }) => command.creates(),
            Self::ResolveOrder(_)
            | Self::ReturnOrder(_)
            | Self::RegisterUser(_)
            | Self::RegisterClient(_)
            | Self::SetGate(_)
            | Self::PlaceHold(_)
            | Self::ReleaseHold(_)
            | Self::RetryJob(_)
            | Self::NoteGroupFile(_)
            | Self::MoveClock(_)
            | Self::SetDayClose(_)
            | Self::RegisterTerminal(_)
            | Self::ChangePayerCard(_)
            | Self::WriteMessage(_)
            | Self::ResendMessage(_)
            | Self::BeginSession(_)
            | Self::Operators(_)
            | Self::Operate(_)
            | Self::IssueVoucher(_)
            | Self::RegisterParty(_)
            | Self::IssueApiToken(_)
            | Self::RevokeApiToken(_)
            | Self::GiveCredit(_)
            | Self::RegisterPosTerminal(_)
            | Self::ReportPos(_) => Rial::ZERO,
        }
    }
}
