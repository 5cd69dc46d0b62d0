//! Why a decision says no. Closed, one meaning each; each dialect translates all of them with one exhaustive match.

use ledger::Rial;

use crate::Parts;

/// The reasons, in order of precedence within each command.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Refusal {
    /// The client does not exist, or was disabled.
    ClientUnknown,
    /// A client of that name exists.
    ClientExists,
    /// The source is not in the grant, not approved for the client, or takes no debits.
    SourceNotUsable,
    /// The service is shut at this hour.
    Shut,
    /// The order's cycle has begun to settle: the clock has moved on since the order was sent. The same may be sent again.
    CycleClosed,
    /// The destination does not exist or takes no credits. The order is written, refused.
    DestinationNotUsable,
    /// The source does not have the money. The order is written, refused.
    InsufficientFunds,
    /// A sum of one of the accounts would not fit. The order is written, refused.
    AmountDoesNotFit,
    /// No live token of this client.
    TokenInvalid,
    /// A deposit of that bank and number exists.
    DepositExists,
    /// No such deposit.
    DepositUnknown,
    /// The account still has a balance or pending transfers.
    AccountNotEmpty,
    /// No such hold, or it has ended.
    HoldUnknown,
    /// The hold would be over before it begins.
    HoldWouldBeOver,
    /// No such job.
    JobUnknown,
    /// The job is tried by itself: only a dead one is run again by an operator.
    JobNotDead,
    /// No order of that number, or of that client and trackId.
    OrderUnknown,
    /// The order is decided: there is nothing to resolve.
    OrderDecided,
    /// The order's cycle has gone with it: it cannot fail any more.
    TakenByCycle,
    /// The order's cycle has gone without it: it cannot be done any more.
    LeftOutOfCycle,
    /// Only what has left by satna, or settled by paya, can come back.
    NothingToReturn,
    /// The destination does not have the money any more.
    DestinationDoesNotCover,
    /// A card of that number exists.
    CardExists,
    /// No such card.
    CardUnknown,
    /// A terminal of that id exists.
    TerminalExists,
    /// No such terminal.
    TerminalUnknown,
    /// No such message.
    MessageUnknown,
    /// The message was not given up, or carried a code, which is nowhere any more.
    NothingToResend,
    /// Too many wrong passwords: the user has to wait.
    UserLocked,
    /// No such bank user.
    UserUnknown,
    /// A bank user of that id exists.
    UserExists,
    /// A party of that number or handle exists.
    PartyExists,
    /// No such party, or no business where one is needed.
    PartyUnknown,
    /// A party keeps its kind, its handle and its guilds.
    PartyNotChangeable,
    /// The holder has a credit of that name.
    CreditExists,
    /// The holder has as many credits as there can be.
    TooManyCredits,
    /// The terminal's network has told of that payment before.
    PosTransactionExists,
    /// The issuer has a voucher of that code.
    VoucherExists,
    /// An operator of that name exists.
    OperatorExists,
    /// No such operator.
    OperatorUnknown,
    /// Only an admin may do it.
    AdminNeeded,
    /// A second admin has to approve it.
    SecondAdminNeeded,
    /// One person may stand behind both names.
    NotIndependent,
    /// The record does not depend on that operator.
    NotDependent,
    /// The operator has a second factor.
    FactorExists,
    /// The operator has no second factor.
    FactorUnknown,
    /// The code was used, or is of another device, or the password was shown too long ago.
    FactorInvalid,
    /// A token of that name exists, or existed.
    OperatorTokenExists,
    /// No such token of the operator's API, or it has ended.
    OperatorTokenUnknown,
    /// An operator of the console has to approve it: a token does not.
    ConsoleNeeded,
    /// No such proposal.
    ProposalUnknown,
    /// Somebody has said yes or no to it.
    ProposalDecided,
    /// Who has proposed it may not act any more.
    AuthorGone,
    /// Nobody agrees to what he proposed himself.
    OwnProposal,
    /// It was given out of suspense before.
    ReleasedBefore,
    /// What the operator's API may create in a day would be more than this.
    MoneyOfDayUsedUp {
        /// Most of a day.
        most: Rial,
        /// What is left of it.
        left: Rial,
    },
    /// The clock would go back.
    ClockWouldGoBack,
    /// What a change replaces has changed since its author read it, in these parts.
    Stale(Parts),
    /// A change does not say which version it replaces.
    VersionRequired,
}
