//! How operators and what takes two of them are stored. Codes are for ever.

use crate::{
    Act, ClientId, Dependency, Digest, IssueOperatorToken, Operator, OrderId, OrderKey, Proposal, ProposalId,
    ProposalState, RegisterOperator, ReleaseSuspense, Released, ResetFactor, ResolveOrder, Role, Text, Verdict, Wanted,
};
use ledger::{AccountId, Rial, TransferId};
use schema::{Coded, Corrupt, Json, codes, corrupt, table};
use serde::{Deserialize, Serialize};
codes!(Role = "operator" { 1 => Role::Viewer, 2 => Role::Operator, 3 => Role::Admin, 4 => Role::Acquirer, });

table! {
    Operator = "operator",
    key |k: Text| { name: *k },
    of |r| Text::clone(&r.name),
    row |r| {
        name: r.name, password: r.password, role: r.role, disabled: r.disabled, since_ms: r.since_ms,
        depends_on: Json(DependencyCell::of(&r.depends_on)),
    },
    make Operator { name, password, role, disabled, since_ms, depends_on: DependencyCell::into_dependencies(depends_on) }
}

/// Name, time.
#[derive(Serialize, Deserialize)]
struct DependencyCell(String, i64);

impl DependencyCell {
    fn of(known: &[Dependency]) -> Vec<Self> {
        known.iter().map(|known| Self(known.on.to_string(), known.at_ms)).collect()
    }

    fn into_dependencies(Json(cells): Json<Vec<Self>>) -> Vec<Dependency> {
        cells.into_iter().map(|Self(on, at_ms)| Dependency { on: Text::from(on), at_ms }).collect()
    }
}

table! {
    Proposal = "proposal",
    key |k: ProposalId| { id: *k },
    of |r| r.id,
    row |r| {
        id: r.id, act: Json(ActCell::of(&r.act)), operator: r.by, reason: r.reason, at_ms: r.at_ms,
        state: Json(ProposalCell::of(&r.state)), is_open: r.state == ProposalState::Open, ended_at_ms: ended(&r.state),
        seen: r.seen,
    },
    make proposal(
        Proposal {
            id,
            act: ActCell::into_act(act)?,
            by: operator,
            reason,
            at_ms,
            state: ProposalCell::into_state(state),
            seen,
        },
        is_open,
        ended_at_ms,
    )?
}

/// When a proposal was decided.
fn ended(state: &ProposalState) -> Option<i64> {
    match state {
        ProposalState::Open => None,
        ProposalState::Approved(_, at_ms) | ProposalState::Rejected(_, at_ms) => Some(*at_ms),
    }
}

fn proposal(proposal: Proposal, is_open: bool, ended_at_ms: Option<i64>) -> Result<Proposal, Corrupt> {
    if ended(&proposal.state) == ended_at_ms && is_open == ended_at_ms.is_none() {
        Ok(proposal)
    } else {
        Err(corrupt("proposal", "whether it is open is not what its state says"))
    }
}

#[derive(Serialize, Deserialize)]
enum ActCell {
    /// Number, whether the money goes where it should.
    Resolve(i64, bool),
    /// The same by client and trackId.
    ResolveTracked(String, String, bool),
    /// Transfer, amount, account.
    Release(i64, i64, i64),
    /// Name, hash of the password, role, whether it is disabled, whether it is there already.
    Operator(String, String, i64, bool, bool),
    /// Name.
    ResetFactor(String),
    /// Name, hash, role, the operator that it belongs to, how long it is good.
    MakeToken(String, [u8; 32], i64, Option<String>, i64),
}

impl ActCell {
    fn of(act: &Act) -> Self {
        match act {
            Act::Resolve(ResolveOrder { order: Wanted::Number(order), verdict }) => {
                Self::Resolve(order.0, is_done(*verdict))
            }
            Act::Resolve(ResolveOrder { order: Wanted::Key(key), verdict }) => {
                Self::ResolveTracked(key.client.0.to_string(), key.track_id.to_string(), is_done(*verdict))
            }
            Act::Release(act) => Self::Release(act.transfer.0, act.amount.get(), act.account.0),
            Act::Operator(RegisterOperator { operator, replace }) => {
                let Operator { name, password, role, disabled, .. } = operator;
                Self::Operator(name.to_string(), password.clone(), role.code(), *disabled, *replace)
            }
            Act::ResetFactor(act) => Self::ResetFactor(act.operator.to_string()),
            Act::MakeToken(act) => {
                let operator = act.operator.as_ref().map(Text::to_string);
                Self::MakeToken(act.name.to_string(), act.hash.0, act.role.code(), operator, act.life_ms)
            }
        }
    }

    fn into_act(Json(cell): Json<Self>) -> Result<Act, Corrupt> {
        let verdict = |done| if done { Verdict::Done } else { Verdict::Failed };
        Ok(match cell {
            Self::Resolve(order, done) => {
                Act::Resolve(ResolveOrder { order: Wanted::Number(OrderId(order)), verdict: verdict(done) })
            }
            Self::ResolveTracked(client, track_id, done) => {
                let key = OrderKey { client: ClientId::from(client.as_str()), track_id: track_id.as_str().into() };
                Act::Resolve(ResolveOrder { order: Wanted::Key(key), verdict: verdict(done) })
            }
            Self::Release(transfer, amount, account) => Act::Release(ReleaseSuspense {
                transfer: TransferId(transfer),
                amount: Rial::new(amount),
                account: AccountId(account),
            }),
            Self::Operator(name, password, role, disabled, replace) => {
                let role = Role::of_code(role)?;
                let (name, depends_on) = (Text::from(name), Vec::new());
                let operator = Operator { name, password, role, disabled, since_ms: 0, depends_on };
                Act::Operator(RegisterOperator { operator, replace })
            }
            Self::ResetFactor(name) => Act::ResetFactor(ResetFactor { operator: Text::from(name) }),
            Self::MakeToken(name, hash, role, operator, life_ms) => Act::MakeToken(IssueOperatorToken {
                name: Text::from(name),
                hash: Digest(hash),
                role: Role::of_code(role)?,
                operator: operator.map(Text::from),
                life_ms,
            }),
        })
    }
}

fn is_done(verdict: Verdict) -> bool {
    match verdict {
        Verdict::Done => true,
        Verdict::Failed => false,
    }
}

#[derive(Serialize, Deserialize)]
enum ProposalCell {
    Open,
    Approved(String, i64),
    Rejected(String, i64),
}

impl ProposalCell {
    fn of(state: &ProposalState) -> Self {
        match state {
            ProposalState::Open => Self::Open,
            ProposalState::Approved(by, at_ms) => Self::Approved(by.to_string(), *at_ms),
            ProposalState::Rejected(by, at_ms) => Self::Rejected(by.to_string(), *at_ms),
        }
    }

    fn into_state(Json(cell): Json<Self>) -> ProposalState {
        match cell {
            Self::Open => ProposalState::Open,
            Self::Approved(by, at_ms) => ProposalState::Approved(Text::from(by), at_ms),
            Self::Rejected(by, at_ms) => ProposalState::Rejected(Text::from(by), at_ms),
        }
    }
}

table! {
    Released = "suspense_release",
    key |k: TransferId| { transfer: *k },
    of |r| r.transfer,
    row |r| { transfer: r.transfer, given_by: r.by },
    make Released { transfer, by: given_by }
}
