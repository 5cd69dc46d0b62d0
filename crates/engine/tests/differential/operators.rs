//! Operators: their records, tokens and second factors, and what takes two of them.

use std::sync::Arc;

use engine::World;
use fastrand::Rng;
use ledger::{Rial, TransferId};
use payments::{
    Approval, BeginSession, ChangeFactor, ChangeOperator, ConfirmOperator, DecideProposal, Digest, FactorProof,
    IssueOperatorToken, MakeOperatorToken, Operator, PartyId, PassFactor, Proposal, ProposalId, Propose,
    ProposedAction, RegisterOperator, ReleaseSuspense, ResetFactor, Resolution, ResolveOrder, RevokeOperatorToken,
    Role, SUSPENSE, SecondAdmin, SecondFactor, TOKEN_HOLDER, Text, Visitor, WithAuditLine, wallet,
};
use store::EntryPage;

use super::side::{Side, digest, once_in, pick, recent};
use super::{attempts, invoices, phones, transfers};

pub const WORDS: &[&str] = &[
    "ChangeOperator done",
    "ChangeOperator AdminNeeded",
    "ChangeOperator SecondAdminNeeded",
    "ChangeOperator OperatorExists",
    "ConfirmOperator done",
    "ConfirmOperator NotDependent",
    "ConfirmOperator NotIndependent",
    "MakeOperatorToken done",
    "MakeOperatorToken SecondAdminNeeded",
    "MakeOperatorToken OperatorTokenExists",
    "RevokeOperatorToken done",
    "RevokeOperatorToken AdminNeeded",
    "RevokeOperatorToken OperatorTokenUnknown",
    "ChangeFactor done",
    "ChangeFactor SecondAdminNeeded",
    "ChangeFactor FactorUnknown",
    "PassFactor done",
    "PassFactor FactorInvalid",
    "PassFactor FactorExists",
    "Propose done",
    "Propose AdminNeeded",
    "Propose ProposedAction(OrderDecided)",
    "Propose ProposedAction(OperatorUnknown)",
    "DecideProposal done",
    "DecideProposal OwnProposal",
    "DecideProposal NotIndependent",
    "DecideProposal ProposalDecided",
    "DecideProposal ProposalUnknown",
    "DecideProposal ConsoleNeeded",
];

/// Admins from the start, and others who may come.
const ADMINS: [&str; 3] = ["one", "two", "three"];
const NAMES: [&str; 6] = ["one", "two", "three", "worker", "x", "y"];
const TOKENS: [&str; 3] = ["ci", "cd", "bot"];
const DAY_MS: i64 = 86_400_000;

fn operator(name: &str, role: Role) -> Operator {
    let (name, password) = (Text::from(name), "hash-1".to_owned());
    Operator { name, password, role, disabled: false, since_ms: 0, depends_on: Vec::new() }
}

fn known() -> Vec<Text> {
    NAMES.map(Text::from).to_vec()
}

fn change(by: &str, record: RegisterOperator) -> ChangeOperator {
    ChangeOperator { record, by: Text::from(by), known: known(), second: second(by) }
}

fn second(by: &str) -> SecondAdmin {
    if by == TOKEN_HOLDER { SecondAdmin::Never } else { SecondAdmin::WhereThereIsOne }
}

pub fn world(world: &mut World) {
    for name in ADMINS {
        world.add(change(TOKEN_HOLDER, RegisterOperator { operator: operator(name, Role::Admin), replace: false }));
    }
}

/// Who acts: an admin mostly, at times another or a token.
fn author(random: &mut Rng) -> &'static str {
    match random.u64(..12) {
        0 => "worker",
        1 => pick(random, &["x", "y"]),
        2 if once_in(random, 4) => "unknown",
        2 | 3 => "api:ci",
        4..7 => TOKEN_HOLDER,
        _ => pick(random, &ADMINS),
    }
}

/// At times the holder of the settings' token, who needs no second admin.
fn alone(random: &mut Rng, by: &'static str) -> &'static str {
    if random.bool() { TOKEN_HOLDER } else { by }
}

pub async fn step(side: &mut Side, random: &mut Rng) -> String {
    let by = author(random);
    match random.u64(..24) {
        0..3 => {
            let record = record(random);
            side.run_audited(by, change(by, record)).await
        }
        3 | 4 => {
            let [name, on] = [pick(random, &NAMES[3..]), pick(random, &ADMINS)].map(Text::from);
            side.run_audited(by, ConfirmOperator { name, on, by: Text::from(by) }).await
        }
        5 | 6 => {
            let (issue, by) = (token(side, random), alone(random, by));
            let name = issue.name.clone();
            let command = MakeOperatorToken { issue, by: Text::from(by), known: known(), second: second(by) };
            let (came, made) = side.run_audited_on(by, command, None).await;
            side.known.operator_tokens.extend(made.map(|_| name));
            came
        }
        7 => {
            let made = recent(random, &side.known.operator_tokens).filter(|_| random.bool());
            let name = made.unwrap_or_else(|| token_name(random));
            side.run_audited(by, RevokeOperatorToken { name, by: Text::from(by) }).await
        }
        8 => {
            let by = alone(random, by);
            let reset = ResetFactor { operator: Text::from(pick(random, &["one", "two", "three", "x"])) };
            let command = ChangeFactor { reset, by: Text::from(by), known: known(), second: second(by) };
            side.run_audited(by, command).await
        }
        9..13 => pass(side, random).await,
        13 => dependent(side, random).await,
        14..17 => {
            let action = action(side, random).await;
            let propose = Propose { action, by: Text::from(by), reason: Text::from("why") };
            let (came, id) = side.run_audited_on(by, propose, None).await;
            side.known.proposals.extend(id);
            came
        }
        _ => {
            let by =
                if once_in(random, 3) { by } else { pick(random, &["one", "two", "one", "two", "x", "y", "api:ci"]) };
            decide(side, random, by).await
        }
    }
}

fn record(random: &mut Rng) -> RegisterOperator {
    // The three admins stay what they are.
    let another = format!("z-{}", random.u64(..40));
    let name = pick(random, &["worker", "x", "y", &another, "worker", "x", "y", "one"]);
    let role = if name == "one" {
        Role::Admin
    } else {
        pick(random, &[Role::Viewer, Role::Operator, Role::Admin, Role::Admin, Role::Admin])
    };
    let (disabled, password) = (name != "one" && once_in(random, 6), pick(random, &["", "hash-2"]).to_owned());
    let operator = Operator { disabled, password, ..operator(name, role) };
    RegisterOperator { operator, replace: random.bool() }
}

fn token(side: &mut Side, random: &mut Rng) -> IssueOperatorToken {
    let role = pick(random, &[Role::Viewer, Role::Acquirer, Role::Admin]);
    let operator = once_in(random, 2).then(|| Text::from(pick(random, &["one", "x", "z"])));
    let life_ms = pick(random, &[3_600_000, 30 * DAY_MS]);
    IssueOperatorToken { name: token_name(random), hash: side.digest(), role, operator, life_ms }
}

/// One of some that often act, or another: a name is given once.
fn token_name(random: &mut Rng) -> Text {
    if random.bool() { Text::from(pick(random, &TOKENS)) } else { Text::from(format!("token-{}", random.u64(..20))) }
}

/// A password was right; then, the proof of the factor.
async fn pass(side: &mut Side, random: &mut Rng) -> String {
    let operator = Text::from(pick(random, &ADMINS));
    let visitor = || Visitor::Operator { name: Text::clone(&operator), password: Digest([9; 32]) };
    let (password_session, hash) = (side.digest(), side.digest());
    let begin = |hash, life_ms| BeginSession { tries: None, ceilings: vec![], hash, visitor: visitor(), life_ms };
    if !once_in(random, 8) {
        side.outcome_of(begin(password_session, 600_000)).await;
    }
    side.known.sessions.extend([password_session, hash]);
    let (version, step) = (random.i64(1..3), random.i64(0..50));
    let recovery = vec![digest(5_000_001), digest(5_000_002)];
    let proof = match random.u64(..4) {
        0 => FactorProof::Enrolled(SecondFactor {
            operator: Text::clone(&operator),
            sealed: vec![1],
            version,
            last_step: 0,
            recovery,
        }),
        1 => FactorProof::RecoveryCode { version, hash: digest(5_000_001 + random.u64(..3)) },
        _ => FactorProof::Code { version, step },
    };
    let command =
        PassFactor { operator: Text::clone(&operator), proof, password_session, begin: begin(hash, 3_600_000) };
    let (by, entry) = (Text::clone(&operator), command.entry());
    side.outcome_of(WithAuditLine { by, entry, command }).await
}

async fn action(side: &mut Side, random: &mut Rng) -> ProposedAction {
    match random.u64(..12) {
        11 if random.bool() => ProposedAction::RefundInvoice(invoices::refund(side, random).await),
        11 => match phones::refund(side, random).await {
            Some(refund) => ProposedAction::RefundPhone(refund),
            None => ProposedAction::MakeToken(token(side, random)),
        },
        0 | 1 => ProposedAction::Resolve(ResolveOrder {
            order: transfers::order_ref(side.known.orders.saturating_sub(random.u64(..12))),
            resolution: pick(random, &[Resolution::Done, Resolution::Failed]),
        }),
        2..6 => ProposedAction::Operator(record(random)),
        6 => ProposedAction::ResetFactor(ResetFactor { operator: Text::from(pick(random, &NAMES)) }),
        7 => ProposedAction::MakeToken(token(side, random)),
        8 | 9 => ProposedAction::ResolveCard(attempts::resolution(side, random).await),
        _ => {
            let page = EntryPage { before_seq: i64::MAX, from_ms: 0, to_ms: i64::MAX, limit: 6 };
            let entries = side.engine.reader().entries(SUSPENSE, page).await.unwrap();
            let entries = entries.map(|history| history.entries).unwrap_or_default();
            let entry = random.choice(&entries).map(|(entry, _)| (entry.transfer, entry.amount));
            let (transfer, amount) = entry.unwrap_or((TransferId(1), Rial::new(1)));
            let account = pick(random, &[wallet(PartyId(101)), wallet(PartyId(102)), SUSPENSE]);
            ProposedAction::Release(ReleaseSuspense { transfer, amount, account })
        }
    }
}

/// Two make an operator, who then depends on both for a while, unless a third confirms that it does not.
async fn dependent(side: &mut Side, random: &mut Rng) -> String {
    let made = format!("made-{}", side.known.proposals.len());
    let [one, two, three] = pick(random, &[["one", "two", "three"], ["two", "three", "one"], ["three", "one", "two"]]);
    let action = |name: &str| {
        ProposedAction::Operator(RegisterOperator { operator: operator(name, Role::Admin), replace: false })
    };
    let propose = |name: &str| Propose { action: action(name), by: Text::from(one), reason: Text::from("why") };
    let (came, id) = side.run_audited_on(one, propose(&made), None).await;
    let Some(id) = id else { return came };
    side.known.proposals.push(id);
    let came = decide_as(side, id, two, Approval::Yes).await;
    if random.bool() {
        let [name, on] = [made.as_str(), one].map(Text::from);
        return side.run_audited(three, ConfirmOperator { name, on, by: Text::from(three) }).await;
    }
    let (_, id) = side.run_audited_on(one, propose(&format!("{made}-too")), None).await;
    let Some(id) = id else { return came };
    side.known.proposals.push(id);
    decide_as(side, id, &made, Approval::Yes).await
}

/// Two operators decide a payment by a card of another bank.
pub async fn resolve_card(side: &mut Side, random: &mut Rng) -> String {
    let action = ProposedAction::ResolveCard(attempts::resolution(side, random).await);
    let [by, other] = pick(random, &[["one", "two"], ["two", "three"], ["three", "one"]]);
    let propose = Propose { action, by: Text::from(by), reason: Text::from("why") };
    let (came, id) = side.run_audited_on(by, propose, None).await;
    let Some(id) = id else { return came };
    side.known.proposals.push(id);
    decide_as(side, id, other, Approval::Yes).await
}

async fn decide_as(side: &mut Side, id: ProposalId, by: &str, approval: Approval) -> String {
    let proposal = side.engine.reader().proposal(id).await.unwrap().unwrap();
    decided(side, proposal, by, approval).await
}

/// Decides a proposal as it was read. If it resolves a payment by card, returns what became of the payment.
async fn decided(side: &mut Side, proposal: Proposal, by: &str, approval: Approval) -> String {
    let action = proposal.action.clone();
    let command = DecideProposal { proposal: Arc::new(proposal), by: Text::from(by), approval };
    let (came, done) = side.run_audited_on(by, command, None).await;
    match action {
        ProposedAction::ResolveCard(action) if done.is_some() && approval == Approval::Yes => {
            let attempt = side.engine.reader().card_attempt(action.attempt).await.unwrap().unwrap();
            format!("ResolveCard {:?}", attempt.state)
        }
        _ => came,
    }
}

async fn decide(side: &mut Side, random: &mut Rng, by: &str) -> String {
    let Some(id) = recent(random, &side.known.proposals) else { return "none".to_owned() };
    let mut proposal: Proposal = side.engine.reader().proposal(id).await.unwrap().unwrap();
    match random.u64(..12) {
        // Not as it was read.
        0 => proposal.reason = Text::from("another"),
        1 => proposal.id = ProposalId(7),
        _ => {}
    }
    let own = Text::clone(&proposal.by);
    let by = if once_in(random, 8) { &*own } else { by };
    let approval = pick(random, &[Approval::Yes, Approval::Yes, Approval::No]);
    decided(side, proposal, by, approval).await
}
