//! Operators change only the version of a row that they have read (second-edition.md 5).

use crate::memory;

use std::sync::Arc;

use crate::memory::{BON, Memory, Network, drops, key, transfer};
use ledger::{AccountId, AccountStatus, Rial, TransferId};
use payments::{
    Approval, Audited, AuditedRefusal, Bank, BankUser, Business, Card, CardKind, ChargeLimits, Client, ClientId,
    Colour, DayClose, DecideProposal, DecideRefusal, Declined, Digest, Operator, OperatorCommand, Order, OrderRef,
    OrderState, Part, Party, PartyId, PartyKind, PayerCard, PayerCardState, PhoneEnd, PhoneOrder, PhoneOrderId,
    PhoneOrderKey, PhonePayment, PosTerminal, Precondition, Proposal, Propose, ProposedAction, RegisterCard,
    RegisterOperator, RegisterPosTerminal, RegisterTerminal, Replaced, Resolution, ResolveOrder, Role, Rules,
    SetDayClose, ShopLook, SubmitTransfer, Terminal, TerminalRefusal, Text, Version, VersionRefusal, Versioned,
};

fn text(text: &str) -> Text {
    Text::from(text)
}

fn memory() -> Memory {
    Memory::demo(Rules::documented().unwrap())
}

/// A change of a row, and the part that it belongs to; `None`: the field is not part of the version.
type Change<R> = (fn(&mut R), Option<Part>);

fn check<R: Clone>(row: &R, of: for<'a> fn(&'a R) -> Versioned<'a>, changes: &[Change<R>]) {
    let read = Version::of(&of(row));
    assert_eq!(read.changed(&of(row)), None);
    for (at, (change, part)) in changes.iter().enumerate() {
        let mut other = row.clone();
        change(&mut other);
        let named = read.changed(&of(&other)).map(|parts| parts.iter().collect::<Vec<_>>());
        assert_eq!(named, part.map(|part| vec![part]), "change {at} of {:?}", of(row));
    }
}

#[test]
fn what_operators_write_makes_another_version_and_what_moves_by_itself_makes_none() {
    let client = Client {
        id: drops(),
        secret: Digest([1; 32]),
        caller_nids: vec!["12".to_owned(), "3".to_owned()],
        redirect_origin: "http://127.0.0.1".to_owned(),
        scopes: vec!["a".to_owned()],
        max_amount: Rial::ZERO,
        max_count: 0,
        float: None,
        charge_limits: ChargeLimits::default(),
        disabled: false,
    };
    let changes: [Change<Client>; 9] = [
        (|row| row.secret = Digest([2; 32]), Some(Part::Secret)),
        (|row| row.caller_nids = vec!["1".to_owned(), "23".to_owned()], Some(Part::Nids)),
        (|row| row.redirect_origin.push('x'), Some(Part::RedirectOrigin)),
        (|row| row.scopes.clear(), Some(Part::Scopes)),
        (|row| row.max_amount = Rial::new(1), Some(Part::MaxAmount)),
        (|row| row.max_count = 1, Some(Part::MaxCount)),
        (|row| row.charge_limits.daily = Rial::new(1), Some(Part::ChargeLimits)),
        (|row| row.disabled = true, Some(Part::Disabled)),
        (|row| row.float = Some(AccountId(1)), None),
    ];
    check(&client, |row| Versioned::Client(row), &changes);
    let card = Card {
        number: BON,
        sealed: vec![1],
        mask: text("6*0"),
        id: AccountId(1),
        kind: CardKind::Bon,
        approved_for: vec![drops()],
        active: true,
        replaced_by: None,
    };
    let changes: [Change<Card>; 4] = [
        (|row| row.approved_for = vec![ClientId::from("other")], Some(Part::ApprovedFor)),
        (|row| row.active = false, Some(Part::Active)),
        (|row| row.replaced_by = Some(Digest([0; 32])), Some(Part::ReplacedBy)),
        (|row| row.sealed = vec![2], None),
    ];
    check(&card, |row| Versioned::Card(row), &changes);
    let payer = PayerCard {
        number: BON,
        sealed: vec![1],
        mask: text("5*0"),
        id: AccountId(1),
        mobile: text("09120000000"),
        expires: 140_812,
        state: PayerCardState::Active,
        per_transaction: Rial::ZERO,
        daily: Rial::ZERO,
        wrong_tries: 0,
        sent: Default::default(),
        paid_day: 0,
        paid_sum: Rial::ZERO,
    };
    let changes: [Change<PayerCard>; 8] = [
        (|row| row.mobile = text("09120000001"), Some(Part::Mobile)),
        (|row| row.expires += 1, Some(Part::Expires)),
        (|row| row.state = PayerCardState::Inactive, Some(Part::State)),
        (|row| row.per_transaction = Rial::new(1), Some(Part::PerTransaction)),
        (|row| row.daily = Rial::new(1), Some(Part::Daily)),
        (|row| row.wrong_tries = 2, None),
        (|row| row.paid_sum = Rial::new(1), None),
        (|row| row.sealed = vec![2], None),
    ];
    check(&payer, |row| Versioned::PayerCard(row, AccountStatus::Open), &changes);
    let open = Version::of(&Versioned::PayerCard(&payer, AccountStatus::Open));
    assert!(
        open.changed(&Versioned::PayerCard(&payer, AccountStatus::Closed)).unwrap().iter().eq([Part::AccountStatus])
    );
    let open = Version::of(&Versioned::Deposit(AccountStatus::Open));
    for status in [AccountStatus::NoDebits, AccountStatus::NoCredits, AccountStatus::Closed] {
        assert!(open.changed(&Versioned::Deposit(status)).unwrap().iter().eq([Part::AccountStatus]), "{status:?}");
    }
    let terminal = Terminal { sequence: text("t"), merchant: text("m"), account: AccountId(1), disabled: false };
    let changes: [Change<Terminal>; 3] = [
        (|row| row.merchant = text("n"), Some(Part::Merchant)),
        (|row| row.disabled = true, Some(Part::Disabled)),
        (|row| row.account = AccountId(2), None),
    ];
    check(&terminal, |row| Versioned::Terminal(row), &changes);
    let (nid, password) = ("1".to_owned(), "hash".to_owned());
    let user = BankUser { nid, password, failures: 0, locked_until_ms: 0, mobile: None };
    let changes: [Change<BankUser>; 4] = [
        (|row| row.password.push('x'), Some(Part::Password)),
        (|row| row.mobile = Some(Digest([0; 32])), Some(Part::Mobile)),
        (|row| row.failures = 3, None),
        (|row| row.locked_until_ms = 3, None),
    ];
    check(&user, |row| Versioned::BankUser(row), &changes);
    let pos = PosTerminal { number: text("1"), merchant: text("m"), business: PartyId(201) };
    let changes: [Change<PosTerminal>; 2] = [
        (|row| row.merchant = text("n"), Some(Part::MerchantCode)),
        (|row| row.business = PartyId(202), Some(Part::Business)),
    ];
    check(&pos, |row| Versioned::PosTerminal(Some(row)), &changes);
    let changes: [Change<DayClose>; 1] = [(|row| row.on = true, Some(Part::DayClose))];
    check(&DayClose { on: false }, |row| Versioned::DayClose(*row), &changes);
    let changes: [Change<ShopLook>; 6] = [
        (|row| row.name = Some(text("Book")), Some(Part::Name)),
        (|row| row.site = Some(text("https://a.ir")), Some(Part::Site)),
        (|row| row.help = Some(text("tel:021")), Some(Part::Help)),
        (|row| row.colour = Some(Colour([1; 3])), Some(Part::Colour)),
        (|row| row.accent = Some(Colour([1; 3])), Some(Part::Accent)),
        (|row| row.logo = Some(Digest([1; 32])), Some(Part::Logo)),
    ];
    check(&ShopLook::plain(PartyId(201)), |row| Versioned::Look(Some(row)), &changes);
    let (name, password) = (text("one"), "hash".to_owned());
    let operator = Operator { name, password, role: Role::Admin, disabled: false, since_ms: 0, depends_on: Vec::new() };
    let changes: [Change<Operator>; 4] = [
        (|row| row.password.push('x'), Some(Part::Password)),
        (|row| row.role = Role::Viewer, Some(Part::Role)),
        (|row| row.disabled = true, Some(Part::Disabled)),
        (|row| row.since_ms = 3, None),
    ];
    check(&operator, |row| Versioned::Operator(row), &changes);
    let end = PhoneEnd::Paid(AccountId(1), TransferId(1));
    let (mask, payer, amount, refunded) = (text("5*0"), text(""), Some(Rial::new(9)), Rial::ZERO);
    let order = PhoneOrder {
        key: PhoneOrderKey::of(text("t"), "o"),
        sent: text("o"),
        id: PhoneOrderId(1),
        asked: None,
        tried: Some(PhonePayment { mask, payer, amount, at_ms: 0, end, refunded }),
        at_ms: 0,
    };
    fn payment(order: &mut PhoneOrder) -> &mut PhonePayment {
        order.tried.as_mut().unwrap()
    }
    let changes: [Change<PhoneOrder>; 3] = [
        (|row| payment(row).refunded = Rial::new(1), Some(Part::Refunded)),
        (|row| payment(row).end = PhoneEnd::Declined(Declined::CardUnknown), Some(Part::State)),
        (|row| row.at_ms = 3, None),
    ];
    check(&order, |row| Versioned::PhoneOrder(row), &changes);
}

/// The business of a party; panics if it is a user.
fn business(party: &mut Party) -> &mut Business {
    match &mut party.kind {
        PartyKind::Business(business) => business,
        PartyKind::User => unreachable!("it is a business"),
    }
}

#[test]
fn each_field_of_a_party_is_a_part_of_its_version() {
    let party = Party {
        id: PartyId(201),
        kind: PartyKind::Business(Business::default()),
        name: text("shop"),
        password: "hash".to_owned(),
        mobile: text(""),
        mobile_verified: false,
        joined_at_ms: 0,
        disabled: false,
        access_version: 0,
    };
    let changes: [Change<Party>; 13] = [
        (|row| row.password.clear(), Some(Part::Password)),
        (|row| row.mobile = text("09120000000"), Some(Part::Mobile)),
        (|row| row.mobile_verified = true, Some(Part::MobileVerified)),
        (|row| row.disabled = true, Some(Part::Disabled)),
        (|row| business(row).guilds.push(1), Some(Part::Guilds)),
        (|row| business(row).api_keys.push((1, Digest([0; 32]))), Some(Part::ApiKeys)),
        (|row| business(row).sheba = text("1"), Some(Part::Sheba)),
        (|row| business(row).webhook_secret.push(1), Some(Part::WebhookSecret)),
        (|row| business(row).returns_when_taken = true, Some(Part::ReturnsWhenTaken)),
        (|row| business(row).client_secret = Some(Digest([0; 32])), Some(Part::ClientSecret)),
        (|row| business(row).redirect_uris.push(text("")), Some(Part::RedirectUris)),
        (|row| business(row).frame_origins.push(text("")), Some(Part::FrameOrigins)),
        (|row| row.access_version = 1, None),
    ];
    check(&party, |row| Versioned::Party(row), &changes);
    // The version of another kind of row does not match, and names no changed parts.
    let user = Party { kind: PartyKind::User, ..party.clone() };
    let other = Version::of(&Versioned::Party(&user)).changed(&Versioned::Party(&party)).unwrap();
    assert_eq!((other.iter().count(), format!("{other:?}").as_str()), (0, "[]"));
}

fn run_audited<C: OperatorCommand>(
    memory: &mut Memory,
    command: C,
    precondition: Option<Precondition>,
) -> Result<Replaced<C::Done>, AuditedRefusal<C::Refusal>> {
    let (by, entry) = (text("one"), command.entry());
    memory.run(Audited { by, entry, command, precondition, money_of_day: None })
}

#[test]
fn a_change_is_decided_on_the_version_that_it_says() {
    let mut memory = memory();
    let register = |merchant: &str, replace| {
        let terminal =
            Terminal { sequence: text("t"), merchant: text(merchant), account: AccountId(0), disabled: false };
        RegisterTerminal { terminal, replace }
    };
    let version = |memory: &Memory| Version::of(&Versioned::Terminal(&memory.terminals[&text("t")]));
    // A missing row is reported as missing, whatever the precondition is.
    for precondition in [Precondition::NoRow, Precondition::AnyRow, Precondition::Version(Version::sent("0a"))] {
        let refused = run_audited(&mut memory, register("a", true), Some(precondition));
        assert_eq!(refused, Err(AuditedRefusal::Refused(TerminalRefusal::TerminalUnknown)));
    }
    run_audited(&mut memory, register("a", false), None).unwrap();
    let read = version(&memory);
    let unsaid = run_audited(&mut memory, register("b", true), Some(Precondition::NoRow));
    assert_eq!(unsaid, Err(AuditedRefusal::Version(VersionRefusal::VersionRequired)));
    let done = run_audited(&mut memory, register("b", true), Some(Precondition::Version(read.clone()))).unwrap();
    let written = version(&memory);
    assert_eq!(done, Replaced { done: (), version: Some(written.clone()) });
    assert_ne!(written, read);
    match run_audited(&mut memory, register("c", true), Some(Precondition::Version(read.clone()))) {
        Err(AuditedRefusal::Version(VersionRefusal::Stale(parts))) => {
            assert!(parts.iter().eq([Part::Merchant]), "{parts:?}")
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(version(&memory), written);
    run_audited(&mut memory, register("a", true), Some(Precondition::AnyRow)).unwrap();
    assert_eq!(version(&memory), read, "changed back");
    // A switch that was never set is off, and has a version.
    let set = |on| SetDayClose { to: DayClose { on } };
    let off = Version::of(&Versioned::DayClose(DayClose { on: false }));
    assert_eq!(
        run_audited(&mut memory, set(true), Some(Precondition::NoRow)),
        Err(AuditedRefusal::Version(VersionRefusal::VersionRequired))
    );
    run_audited(&mut memory, set(true), Some(Precondition::Version(off))).unwrap();
}

/// A change with the precondition that no row exists makes a POS terminal, once.
#[test]
fn a_change_that_expects_nothing_makes_what_is_not_there_and_replaces_nothing() {
    let mut memory = memory();
    let party = Party {
        id: PartyId(201),
        kind: PartyKind::Business(Business::default()),
        name: text("shop"),
        password: String::new(),
        mobile: text(""),
        mobile_verified: false,
        joined_at_ms: 0,
        disabled: false,
        access_version: 0,
    };
    memory.parties.insert(party.id, Arc::new(party));
    let register = |merchant: &str| {
        let terminal = PosTerminal { number: text("1"), merchant: text(merchant), business: PartyId(201) };
        RegisterPosTerminal { terminal }
    };
    let never = Precondition::Version(Version::sent("0a"));
    assert_eq!(
        run_audited(&mut memory, register("a"), Some(never)),
        Err(AuditedRefusal::Version(VersionRefusal::Stale(Default::default())))
    );
    run_audited(&mut memory, register("a"), Some(Precondition::NoRow)).unwrap();
    let again = run_audited(&mut memory, register("b"), Some(Precondition::NoRow));
    assert_eq!(again, Err(AuditedRefusal::Version(VersionRefusal::VersionRequired)));
    assert_eq!(memory.pos_terminals[&text("1")].merchant, text("a"));
    run_audited(&mut memory, register("b"), Some(Precondition::AnyRow)).unwrap();
}

/// A card's number may be sealed again between the read and the change of its record.
#[test]
fn a_change_of_a_card_keeps_its_number_as_it_is_sealed_now() {
    let mut memory = memory();
    let read = Card::clone(&memory.cards[&BON]);
    memory.cards.insert(BON, Arc::new(Card { sealed: vec![7], ..read.clone() }));
    let card = Card { active: false, ..read };
    let replace = RegisterCard { card, replace: true, float_of: None, balance: Rial::ZERO, opened_at_ms: None };
    memory.run_ok(replace);
    assert_eq!((memory.cards[&BON].active, &memory.cards[&BON].sealed), (false, &vec![7]));
}

fn proposed(memory: &mut Memory, action: ProposedAction) -> Arc<Proposal> {
    let propose = Propose { action, by: text("one"), reason: text("why") };
    let id = run_audited(memory, propose, None).unwrap().done;
    Arc::clone(&memory.proposals[&id])
}

fn approve(memory: &mut Memory, proposal: &Arc<Proposal>) -> Result<(), DecideRefusal> {
    let decision = DecideProposal { proposal: Arc::clone(proposal), by: text("two"), approval: Approval::Yes };
    match run_audited(memory, decision, None) {
        Ok(Replaced { done: (), .. }) => Ok(()),
        Err(AuditedRefusal::Refused(why)) => Err(why),
        Err(other) => panic!("{other:?}"),
    }
}

#[test]
fn an_approval_of_what_has_changed_since_it_was_proposed_is_refused() {
    let mut memory = memory();
    let operator = |name: &str, role| {
        let (name, password) = (text(name), "hash".to_owned());
        Operator { name, password, role, disabled: false, since_ms: 0, depends_on: Vec::new() }
    };
    for known in [operator("one", Role::Admin), operator("two", Role::Admin), operator("clerk", Role::Viewer)] {
        memory.operators.insert(known.name.clone(), Arc::new(known));
    }
    let action =
        || ProposedAction::Operator(RegisterOperator { operator: operator("clerk", Role::Operator), replace: true });
    let proposal = proposed(&mut memory, action());
    let disabled = Operator { disabled: true, ..operator("clerk", Role::Viewer) };
    memory.operators.insert(text("clerk"), Arc::new(disabled));
    match approve(&mut memory, &proposal) {
        Err(DecideRefusal::Stale(parts)) => assert!(parts.iter().eq([Part::Disabled]), "{parts:?}"),
        other => panic!("{other:?}"),
    }
    assert!(memory.operators[&text("clerk")].disabled);
    let proposal = proposed(&mut memory, action());
    approve(&mut memory, &proposal).unwrap();
    assert_eq!(memory.operators[&text("clerk")].role, Role::Operator);
    // An order that has become stuck is another version than the unknown one that the proposal was about.
    let order = transfer(&memory, Bank::AYANDEH, "t", memory::SOMAYEH, 1_000);
    memory.submit(SubmitTransfer { submission: Network::Unknown(None).terms(), ..order }).unwrap();
    let action = ProposedAction::Resolve(ResolveOrder { order: OrderRef::Key(key("t")), resolution: Resolution::Done });
    let proposal = proposed(&mut memory, action);
    let stuck = OrderState::Stuck(memory.order("t").state.hold(), text("closed"));
    let stuck = Order { state: stuck, ..memory.order("t").clone() };
    memory.orders.insert(key("t"), Arc::new(stuck));
    match approve(&mut memory, &proposal) {
        Err(DecideRefusal::Stale(parts)) => assert!(parts.iter().eq([Part::State]), "{parts:?}"),
        other => panic!("{other:?}"),
    }
}
