//! What is written of a command that an operator wants: one word, whom or what it is about, and what a reader needs to understand it. Nothing
//! that is secret or hashed.

use ledger::Rial;

use crate::{
    Act, AnyCommand, CardChange, Deed, FactorProof, IssueOperatorToken, OperatorVerb, RegisterOperator, ResolveOrder,
    Say, Text, Verdict, Wanted,
};

impl Deed {
    /// Exhaustive, so that a new command does not compile until it is decided what is written of it.
    pub fn of(command: &AnyCommand) -> Self {
        match command {
            AnyCommand::RegisterClient(command) => {
                let client = &command.client;
                deed("client", &client.id.0, if client.disabled { "disabled" } else { "" })
            }
            AnyCommand::OpenDeposit(command) => deed("deposit", command.number.as_str(), command.bank.name()),
            AnyCommand::RegisterCard(command) => deed("card", &command.card.mask, active(command.card.active)),
            AnyCommand::RegisterUser(command) => deed("bank user", &masked(&command.user.nid), ""),
            AnyCommand::SetGate(command) => {
                deed("gate", &command.deposit.0.to_string(), &format!("{:?}", command.gate))
            }
            AnyCommand::PlaceHold(command) => deed("hold", &command.deposit.0.to_string(), &amount(command.amount)),
            AnyCommand::ReleaseHold(command) => deed("release hold", &command.hold.0.to_string(), ""),
            AnyCommand::SetDayClose(command) => deed("day close", "", if command.to.on { "on" } else { "off" }),
            AnyCommand::RegisterTerminal(command) => {
                let terminal = &command.terminal;
                deed("terminal", &terminal.sequence, if terminal.disabled { "disabled" } else { "" })
            }
            AnyCommand::IssuePayerCard(command) => deed("payer card", &command.mask, &amount(command.balance)),
            AnyCommand::ChangePayerCard(command) => {
                let change = match &command.change {
                    CardChange::Terms(_) => "terms".to_owned(),
                    CardChange::Unlock => "unlock".to_owned(),
                    CardChange::Gate(gate) => format!("gate {gate:?}"),
                };
                deed("payer card", &command.number.shown(), &change)
            }
            AnyCommand::ResolveOrder(command) => deed("resolve", &wanted(&command.order), verdict(command.verdict)),
            AnyCommand::ReturnOrder(command) => deed("return", &wanted(&command.order), &command.reason),
            AnyCommand::WriteMessage(command) => deed("sms", &command.to, ""),
            AnyCommand::RetryJob(command) => deed("retry job", &command.id.0.to_string(), ""),
            AnyCommand::ResendMessage(command) => deed("resend", &command.id.0.to_string(), ""),
            AnyCommand::RegisterParty(command) => {
                let party = &command.party;
                deed("party", &party.name, if party.disabled { "disabled" } else { "" })
            }
            AnyCommand::IssueApiToken(command) => deed("token", &command.party.0.to_string(), "given"),
            AnyCommand::RevokeApiToken(_) => deed("token", "", "revoked"),
            AnyCommand::FillWallet(command) => deed("wallet", &command.party.0.to_string(), &amount(command.amount)),
            AnyCommand::GiveCredit(command) => {
                deed("credit", &command.holder.0.to_string(), &format!("{} {}", command.hash, amount(command.limit)))
            }
            AnyCommand::IssueVoucher(command) => deed("voucher", &command.shown, &amount(command.value)),
            AnyCommand::RegisterPosTerminal(command) => deed("pos terminal", &command.terminal.number, ""),
            AnyCommand::ReportPos(transaction) => {
                deed("pos payment", &transaction.key.reference, &amount(transaction.amount))
            }
            AnyCommand::Operators(verb) => of_operators(verb),
            // What callers, payers and the clock want: no operator's.
            AnyCommand::NoteGroupFile(_)
            | AnyCommand::MoveClock(_)
            | AnyCommand::BeginSession(_)
            | AnyCommand::Operate(_) => deed("other", "", ""),
        }
    }
}

fn of_operators(verb: &OperatorVerb) -> Deed {
    match verb {
        OperatorVerb::Register(verb) => of_operator(&verb.record),
        OperatorVerb::ResetFactor(verb) => deed("reset second factor", &verb.reset.operator, ""),
        OperatorVerb::MakeToken(verb) => of_token(&verb.issue),
        OperatorVerb::RevokeToken(verb) => deed("revoke api token", &verb.name, ""),
        OperatorVerb::PassFactor(verb) => {
            let proof = match &verb.proof {
                FactorProof::Enrolled(_) => "enrolled",
                FactorProof::Code { .. } => "code",
                FactorProof::RecoveryCode { .. } => "recovery code",
            };
            deed("second factor", &verb.operator, proof)
        }
        OperatorVerb::Confirm(verb) => deed("confirm operator", &verb.name, &format!("apart from {}", verb.on)),
        OperatorVerb::Release(act) => deed("release suspense", &act.transfer.0.to_string(), &amount(act.amount)),
        OperatorVerb::Propose(verb) => {
            let act = of_act(&verb.act);
            let detail = match &verb.act {
                Act::Operator(_) | Act::MakeToken(_) => Text::from(format!("{}: {}", act.detail, verb.reason)),
                Act::Resolve(_) | Act::Release(_) | Act::ResetFactor(_) => Text::clone(&verb.reason),
            };
            Deed { action: Text::from(format!("propose {}", act.action)), detail, ..act }
        }
        OperatorVerb::Decide(verb) => {
            let act = of_act(&verb.proposal.act);
            let said = if verb.say == Say::Yes { "approve" } else { "reject" };
            Deed { action: Text::from(format!("{said} {}", act.action)), ..act }
        }
    }
}

fn of_act(act: &Act) -> Deed {
    match act {
        Act::Resolve(ResolveOrder { order, verdict: to }) => deed("resolve", &wanted(order), verdict(*to)),
        Act::Release(act) => deed(
            "release suspense",
            &act.transfer.0.to_string(),
            &format!("{} to {}", amount(act.amount), act.account.0),
        ),
        Act::Operator(record) => of_operator(record),
        Act::ResetFactor(act) => deed("reset second factor", &act.operator, ""),
        Act::MakeToken(act) => of_token(act),
    }
}

fn of_operator(record: &RegisterOperator) -> Deed {
    let operator = &record.operator;
    let state = if operator.disabled { " disabled" } else { "" };
    let password = if operator.password.is_empty() { "" } else { ", password set" };
    deed("operator", &operator.name, &format!("{:?}{state}{password}", operator.role))
}

fn of_token(issue: &IssueOperatorToken) -> Deed {
    let of = issue.operator.as_ref().map(|name| format!(" of {name}")).unwrap_or_default();
    deed("api token", &issue.name, &format!("{:?}{of}, {} days", issue.role, issue.life_ms / 86_400_000))
}

fn deed(action: &str, subject: &str, detail: &str) -> Deed {
    let [action, subject, detail] = [action, subject, detail].map(Text::from);
    Deed { action, subject, detail }
}

fn amount(amount: Rial) -> String {
    format!("{} IRR", amount.get())
}

fn active(active: bool) -> &'static str {
    if active { "active" } else { "inactive" }
}

fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Done => "done",
        Verdict::Failed => "failed",
    }
}

fn wanted(order: &Wanted) -> String {
    match order {
        Wanted::Number(id) => id.0.to_string(),
        Wanted::Key(key) => format!("{}/{}", key.client.0, key.track_id),
    }
}

/// A national id as it may be shown.
fn masked(nid: &str) -> String {
    let last = nid.len().checked_sub(4).and_then(|at| nid.get(at..)).unwrap_or_default();
    format!("******{last}")
}
