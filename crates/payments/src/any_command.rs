//! Commands that have no result and refusal of their own yet: those of operators, and what a world is made of.

use std::sync::Arc;

use ledger::{AccountId, TransferId};

use crate::view::{Denial, Keys, View};
use crate::{
    At, BeginSession, ChangePayerCard, FileMark, FillWallet, GiveCredit, IssueApiToken, IssuePayerCard, IssueVoucher,
    MessageId, MoveClock, NoteGroupFile, Now, OpenDeposit, Operate, OperatorVerb, Order, PartyId, PlaceHold,
    PosTransaction, ProposalId, Refusal, RegisterCard, RegisterClient, RegisterParty, RegisterPosTerminal,
    RegisterTerminal, RegisterUser, ReleaseHold, ResendMessage, ResolveOrder, RetryJob, ReturnOrder, RevokeApiToken,
    Rules, SetDayClose, SetGate, Version, WriteMessage,
};

/// One of these commands.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "each variant's type says it")]
pub enum AnyCommand {
    ResolveOrder(ResolveOrder),
    ReturnOrder(ReturnOrder),
    RegisterUser(RegisterUser),
    RegisterClient(Box<RegisterClient>),
    OpenDeposit(Box<OpenDeposit>),
    RegisterCard(Box<RegisterCard>),
    SetGate(SetGate),
    PlaceHold(PlaceHold),
    ReleaseHold(ReleaseHold),
    RetryJob(RetryJob),
    /// Keeps what a group file is known by.
    NoteGroupFile(NoteGroupFile),
    MoveClock(MoveClock),
    SetDayClose(SetDayClose),
    RegisterTerminal(RegisterTerminal),
    IssuePayerCard(Box<IssuePayerCard>),
    ChangePayerCard(Box<ChangePayerCard>),
    WriteMessage(WriteMessage),
    ResendMessage(ResendMessage),
    BeginSession(BeginSession),
    Operators(Box<OperatorVerb>),
    Operate(Operate),
    IssueVoucher(IssueVoucher),
    RegisterParty(Box<RegisterParty>),
    IssueApiToken(IssueApiToken),
    RevokeApiToken(RevokeApiToken),
    FillWallet(FillWallet),
    GiveCredit(GiveCredit),
    RegisterPosTerminal(RegisterPosTerminal),
    /// The network of a shop's terminal tells of a payment.
    ReportPos(Box<PosTransaction>),
}

impl AnyCommand {
    /// Its name in logs and metrics: what it carries is not in it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::ResolveOrder(_) => "ResolveOrder",
            Self::ReturnOrder(_) => "ReturnOrder",
            Self::RegisterUser(_) => "RegisterUser",
            Self::RegisterClient(_) => "RegisterClient",
            Self::OpenDeposit(_) => "OpenDeposit",
            Self::RegisterCard(_) => "RegisterCard",
            Self::SetGate(_) => "SetGate",
            Self::PlaceHold(_) => "PlaceHold",
            Self::ReleaseHold(_) => "ReleaseHold",
            Self::RetryJob(_) => "RetryJob",
            Self::NoteGroupFile(_) => "NoteGroupFile",
            Self::MoveClock(_) => "MoveClock",
            Self::SetDayClose(_) => "SetDayClose",
            Self::RegisterTerminal(_) => "RegisterTerminal",
            Self::IssuePayerCard(_) => "IssuePayerCard",
            Self::ChangePayerCard(_) => "ChangePayerCard",
            Self::WriteMessage(_) => "WriteMessage",
            Self::ResendMessage(_) => "ResendMessage",
            Self::BeginSession(_) => "BeginSession",
            Self::Operators(_) => "Operators",
            Self::IssueVoucher(_) => "IssueVoucher",
            Self::RegisterParty(_) => "RegisterParty",
            Self::IssueApiToken(_) => "IssueApiToken",
            Self::RevokeApiToken(_) => "RevokeApiToken",
            Self::FillWallet(_) => "FillWallet",
            Self::GiveCredit(_) => "GiveCredit",
            Self::RegisterPosTerminal(_) => "RegisterPosTerminal",
            Self::ReportPos(_) => "ReportPos",
            Self::Operate(Operate { command: Some(command), .. }) => command.name(),
            Self::Operate(_) => "Operate",
        }
    }
}

impl crate::Command for AnyCommand {
    type Done = Outcome;
    type Refusal = Refusal;

    fn name(&self) -> &'static str {
        Self::name(self)
    }

    fn keys(&self, at: At<'_>, keys: &mut Keys) {
        Self::keys(self, at.now, at.rules, keys);
    }

    fn more_keys(&self, view: &View, at: At<'_>, keys: &mut Keys) {
        Self::more_keys(self, view, at.now, at.rules, keys);
    }

    fn decide(&self, view: &mut View, at: At<'_>) -> Result<Outcome, Denial<Refusal>> {
        Ok(Self::decide(self, view, at.now, at.rules)?)
    }
}

/// What came of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// Done; there is nothing to say.
    Done,
    /// What the file is known by.
    GroupFile(FileMark),
    /// The order is decided, or came back.
    Ordered(Arc<Order>),
    /// The deposit is open under this number.
    DepositOpened(AccountId),
    /// The card has its account under this number.
    CardRegistered(AccountId),
    /// The money is held under this number.
    Held(TransferId),
    /// The message is written, and will be sent.
    Written(MessageId),
    /// The party has this number.
    PartyRegistered(PartyId),
    /// The proposal has this number.
    Proposed(ProposalId),
    /// A change with a precondition came to this, and its row has this version now.
    Replaced(Box<Outcome>, Option<Version>),
}

impl AnyCommand {
    /// Names the rows that the decision needs.
    pub(crate) fn keys(&self, now: &Now, rules: &Rules, keys: &mut Keys) {
        match self {
            Self::ResolveOrder(command) => command.keys(keys),
            Self::ReturnOrder(command) => command.keys(keys),
            Self::RegisterUser(command) => command.keys(keys),
            Self::RegisterClient(command) => command.keys(keys),
            Self::OpenDeposit(command) => command.keys(keys),
            Self::RegisterCard(command) => command.keys(keys),
            Self::SetGate(command) => command.keys(keys),
            Self::PlaceHold(command) => command.keys(keys),
            Self::ReleaseHold(command) => command.keys(keys),
            Self::RetryJob(command) => command.keys(keys),
            Self::NoteGroupFile(command) => command.keys(keys),
            Self::MoveClock(command) => command.keys(keys),
            Self::SetDayClose(command) => command.keys(keys),
            Self::RegisterTerminal(command) => command.keys(keys),
            Self::IssuePayerCard(command) => command.keys(keys),
            Self::ChangePayerCard(command) => command.keys(keys),
            Self::WriteMessage(_) => {}
            Self::ResendMessage(command) => command.keys(keys),
            Self::BeginSession(command) => command.keys(keys),
            Self::Operators(command) => command.keys(keys),
            Self::Operate(command) => command.keys(now, rules, keys),
            Self::IssueVoucher(command) => command.keys(keys),
            Self::RegisterParty(command) => command.keys(keys),
            Self::IssueApiToken(command) => command.keys(keys),
            Self::RevokeApiToken(command) => command.keys(keys),
            Self::FillWallet(command) => command.keys(keys),
            Self::GiveCredit(command) => command.keys(keys),
            Self::RegisterPosTerminal(command) => command.keys(keys),
            Self::ReportPos(transaction) => keys.pos_transactions.push(transaction.key.clone()),
        }
    }

    /// Names the rows that loaded rows name. There is no third round.
    pub(crate) fn more_keys(&self, view: &View, now: &Now, rules: &Rules, keys: &mut Keys) {
        match self {
            Self::ResolveOrder(command) => command.more_keys(view, now, rules, keys),
            Self::ReturnOrder(command) => command.more_keys(view, keys),
            Self::ReleaseHold(command) => command.more_keys(view, keys),
            Self::RetryJob(_) | Self::NoteGroupFile(_) => {}
            Self::ChangePayerCard(command) => command.more_keys(view, keys),
            Self::Operators(command) => command.more_keys(view, now, rules, keys),
            Self::Operate(command) => command.more_keys(view, now, rules, keys),
            Self::RegisterUser(_)
            | Self::RegisterClient(_)
            | Self::OpenDeposit(_)
            | Self::RegisterCard(_)
            | Self::SetGate(_)
            | Self::PlaceHold(_)
            | Self::MoveClock(_)
            | Self::SetDayClose(_)
            | Self::RegisterTerminal(_)
            | Self::IssuePayerCard(_)
            | Self::WriteMessage(_)
            | Self::ResendMessage(_)
            | Self::RegisterParty(_)
            | Self::IssueApiToken(_)
            | Self::RevokeApiToken(_)
            | Self::FillWallet(_)
            | Self::GiveCredit(_)
            | Self::IssueVoucher(_)
            | Self::BeginSession(_)
            | Self::RegisterPosTerminal(_)
            | Self::ReportPos(_) => {}
        }
    }

    pub(crate) fn decide(&self, view: &mut View, now: &Now, rules: &Rules) -> Result<Outcome, Refusal> {
        match self {
            Self::ResolveOrder(command) => command.decide(view, now, rules),
            Self::ReturnOrder(command) => command.decide(view, now),
            Self::RegisterUser(command) => command.decide(view),
            Self::RegisterClient(command) => command.decide(view),
            Self::OpenDeposit(command) => command.decide(view, now),
            Self::RegisterCard(command) => command.decide(view, now),
            Self::SetGate(command) => command.decide(view),
            Self::PlaceHold(command) => command.decide(view, now),
            Self::ReleaseHold(command) => command.decide(view, now),
            Self::RetryJob(command) => command.decide(view, now),
            Self::NoteGroupFile(command) => command.decide(view),
            Self::MoveClock(command) => command.decide(view, now.at_ms),
            Self::SetDayClose(command) => command.decide(view),
            Self::RegisterTerminal(command) => command.decide(view),
            Self::IssuePayerCard(command) => command.decide(view, now),
            Self::ChangePayerCard(command) => command.decide(view),
            Self::WriteMessage(command) => command.decide(view, now),
            Self::ResendMessage(command) => command.decide(view, now),
            Self::BeginSession(command) => command.decide(view, now),
            Self::Operators(command) => command.decide(view, now, rules),
            Self::Operate(command) => command.decide(view, now, rules),
            Self::IssueVoucher(command) => command.decide(view),
            Self::RegisterParty(command) => command.decide(view, now),
            Self::IssueApiToken(command) => command.decide(view, now),
            Self::RevokeApiToken(command) => command.decide(view),
            Self::FillWallet(command) => command.decide(view, now),
            Self::GiveCredit(command) => command.decide(view),
            Self::RegisterPosTerminal(command) => command.decide(view),
            Self::ReportPos(transaction) => transaction.report(view),
        }
    }
}
