//! Submitting a transfer: every refusal in the order of finnotech.md 1.4, and the rows that an accepted order writes.

use std::sync::Arc;

use ledger::{Account, AccountId, AccountKind, AccountStatus, Rial};
use payments::{
    AccountNumber, At, Bank, BankDay, BankDayKey, ClientId, Command, Deposit, DepositKey, Destination, FIRST_ID, Field,
    FirstAnswer, Grant, GrantId, GrantKind, GrantMonth, GrantMonthKey, Ids, Keys, NameField, NotAccepted, Now, Order,
    OrderKey, OrderRefusal, OrderState, Route, Rules, SecondPassword, Service, SourceAndDestination, SubmitTransfer,
    Submitted, View,
};

const SOURCE: AccountId = AccountId(1);
const OTHER: AccountId = AccountId(2);
/// 2026-11-21T11:00:00+03:30, 1405-08-30.
const ELEVEN_MS: i64 = 1_795_246_200_000;
const DAY_CLOSE_MS: i64 = ELEVEN_MS + (12 * 60 + 54) * 60_000;

/// The fields and rows that a decision is made from.
#[derive(Clone)]
struct World {
    bank: Bank,
    grant: Grant,
    source_number: Option<&'static str>,
    destination: &'static str,
    amount: i64,
    payment_number: &'static str,
    second_password: SecondPassword,
    first_name: NameField,
    last_name: NameField,
    source_first_name: NameField,
    service: Service,
    approved: bool,
    source_status: AccountStatus,
    other_status: AccountStatus,
    balance: i64,
    used_this_month: i64,
    at_ms: i64,
    track_id_used: bool,
}

fn world() -> World {
    World {
        bank: Bank::AYANDEH,
        grant: Grant {
            id: GrantId(9),
            client: ClientId::from("drops"),
            kind: GrantKind::Code,
            user: "1111111111".into(),
            bank: Some(Bank::AYANDEH),
            scopes: vec![],
            deposits: vec![SOURCE],
            deposit_numbers: vec!["0302876214008".into()],
            max_amount: Rial::new(100),
            monthly_count: 3,
            life_ms: 1,
            ended_at_ms: None,
            forgotten_at_ms: None,
        },
        source_number: Some("0302.876-214008"),
        destination: "0302876732005",
        amount: 100,
        payment_number: "123456",
        second_password: SecondPassword::Missing,
        first_name: NameField::Missing,
        last_name: NameField::Missing,
        source_first_name: NameField::Missing,
        service: Service::TransferTo,
        approved: true,
        source_status: AccountStatus::Open,
        other_status: AccountStatus::Open,
        balance: 100,
        used_this_month: 2,
        at_ms: ELEVEN_MS,
        track_id_used: false,
    }
}

impl World {
    fn key(&self) -> OrderKey {
        OrderKey { client: ClientId::from("drops"), track_id: "t-1".into() }
    }

    fn command(&self) -> SubmitTransfer {
        let grant = Arc::new(self.grant.clone());
        let source = self.source_number.map(|number| AccountNumber::parse(number).unwrap());
        let destination = Destination::parse(self.destination).unwrap();
        SubmitTransfer {
            key: self.key(),
            service: self.service,
            accounts: SourceAndDestination::of(&grant, source.as_ref(), &destination),
            grant,
            source,
            destination,
            amount: Rial::new(self.amount),
            description: "شرح تراکنش".into(),
            payment_number: self.payment_number.into(),
            second_password: self.second_password,
            destination_first_name: self.first_name.clone(),
            destination_last_name: self.last_name.clone(),
            source_first_name: self.source_first_name.clone(),
            source_last_name: NameField::Missing,
            submission: None,
            request_hash: [0; 16],
        }
    }

    fn deposit(&self, id: AccountId, number: &str) -> Deposit {
        Deposit {
            id,
            key: AccountNumber::parse(number).unwrap().key(self.bank),
            number: number.into(),
            owner: "1111111111".into(),
            first_name: "drops".into(),
            last_name: "".into(),
            account_type: "010".into(),
            approved_for: if self.approved { vec![ClientId::from("drops")] } else { vec![] },
        }
    }

    /// Loads exactly the rows that the command names, as a store would.
    fn view(&self, command: &SubmitTransfer, now: &Now) -> View {
        let mut view = View::new(Ids::from(FIRST_ID));
        let deposits = [self.deposit(SOURCE, "0302876214008"), self.deposit(OTHER, "0302876732005")];
        let mut keys = Keys::default();
        let rules = Rules::documented().unwrap();
        let at = At { now, machine_ms: now.at_ms, rules: &rules };
        command.keys(at, &mut keys);
        for key in keys.deposits {
            let found = deposits.iter().find(|deposit| deposit.key == key).cloned();
            view.deposits.load(key, found.map(Arc::new));
        }
        for key in keys.orders {
            let order = self.track_id_used.then(|| Arc::new(self.some_order()));
            view.orders.load(key, order);
        }
        for key in keys.grant_months {
            assert_eq!(key, GrantMonthKey { grant: GrantId(9), month: 140_508 });
            view.grant_months.load(key, Some(Arc::new(GrantMonth { key, orders: self.used_this_month })));
        }
        for key in keys.bank_days {
            view.bank_days.load(key, Some(Arc::new(BankDay { key, last_sequence: 1_007 })));
        }
        let mut keys = Keys::default();
        command.more_keys(&view, at, &mut keys);
        for id in keys.accounts {
            let mut account = Account::open(id, AccountKind::Deposit);
            account.status = if id == SOURCE { self.source_status } else { self.other_status };
            account.balances.credits_posted = Rial::new(if id == SOURCE { self.balance } else { 0 });
            view.books.put_account(account);
        }
        view
    }

    fn some_order(&self) -> Order {
        let mut fresh = world();
        fresh.grant.monthly_count = 0;
        match fresh.decide().1 {
            Ok(Submitted::Ordered(order)) => Order::clone(&order),
            other => panic!("the plain world accepts its order: {other:?}"),
        }
    }

    fn decide(&self) -> (View, Result<Submitted, NotAccepted>) {
        let now = Now::at(self.at_ms).unwrap();
        let (command, rules) = (self.command(), Rules::documented().unwrap());
        let mut view = self.view(&command, &now);
        let at = At { now: &now, machine_ms: now.at_ms, rules: &rules };
        let outcome = view.attempt_or_decline(|view| command.decide(view, at));
        (view, outcome)
    }
}

/// Why an order is not accepted at all, or is accepted and refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Why {
    Not(NotAccepted),
    Order(OrderRefusal),
}

/// A fault: its name, how it is made, and the answer that it causes.
type Fault = (&'static str, fn(&mut World), Why);

/// Faults in the order of the checks. Each can be combined with all later ones.
const FAULTS: [Fault; 13] = [
    (
        "step 12: several deposits, none named",
        |w| w.source_number = None,
        Why::Not(NotAccepted::Required(Field::Source)),
    ),
    ("step 12: not approved", |w| w.approved = false, Why::Not(NotAccepted::SourceNotUsable)),
    ("step 12: blocked", |w| w.source_status = AccountStatus::NoDebits, Why::Not(NotAccepted::SourceNotUsable)),
    ("step 13: bank 062 wants it", |w| w.payment_number = "", Why::Not(NotAccepted::Required(Field::PaymentNumber))),
    ("step 13: the alias", by_paya_to_a_number, Why::Not(NotAccepted::Invalid(Field::Destination))),
    (
        "step 13: no text",
        |w| w.first_name = NameField::Malformed,
        Why::Not(NotAccepted::Invalid(Field::DestinationFirstName)),
    ),
    ("step 14: by IBAN", |w| w.destination = "IR230620000000302876214008", Why::Not(NotAccepted::SameAccount)),
    ("step 15", |w| w.amount = 101, Why::Not(NotAccepted::AboveGrantLimit(Rial::new(100)))),
    ("step 16", |w| w.used_this_month = 3, Why::Not(NotAccepted::MonthlyCountUsedUp(3))),
    ("step 17", |w| w.at_ms = DAY_CLOSE_MS, Why::Not(NotAccepted::ServiceClosed)),
    ("step 20: closed", |w| w.other_status = AccountStatus::NoCredits, Why::Order(OrderRefusal::DestinationNotUsable)),
    ("step 20: unknown", |w| w.destination = "0302876732006", Why::Order(OrderRefusal::DestinationNotUsable)),
    ("step 21", |w| w.balance = 99, Why::Order(OrderRefusal::InsufficientFunds)),
];

fn by_paya_to_a_number(world: &mut World) {
    world.service = Service::PayaTransfer;
    world.destination = "0302876732005";
}

fn credential(world: &mut World) {
    world.grant.kind = GrantKind::ClientCredential;
    world.grant.bank = None;
    world.grant.deposits = vec![];
}

#[test]
fn of_several_faults_the_first_in_the_order_of_checks_is_answered() {
    for first in 0..FAULTS.len() {
        let mut world = world();
        world.grant.deposits.push(OTHER);
        world.grant.deposit_numbers.push("0302876732005".into());
        // Later faults are made first, so that an earlier one wins if both set the same field.
        for (_, make, _) in FAULTS[first..].iter().rev() {
            make(&mut world);
        }
        let (name, _, expected) = FAULTS[first];
        let (view, outcome) = world.decide();
        if let Why::Order(expected) = expected {
            let Ok(Submitted::Ordered(order)) = outcome else { panic!("{name}: {outcome:?}") };
            assert_eq!(order.state, OrderState::Refused, "{name}");
            assert_eq!(order.first, FirstAnswer::Refused(expected), "{name}");
            assert_eq!(view.orders.changed().count(), 1, "{name}: the trackId is consumed");
            assert_eq!(order.inquiry_sequence, 1_008, "{name}: the sequence is given at step 18");
            assert_eq!(view.grant_months.changed().count(), 0, "{name}: a refused order does not count");
        } else {
            assert_eq!(outcome.map_err(Why::Not), Err(expected), "{name}");
            assert!(view.is_unchanged(), "{name}: leaves no trace");
        }
        assert!(view.books.transfers().is_empty(), "{name}: nothing is booked");
    }
}

#[test]
fn a_client_credential_is_told_what_is_wrong_with_its_deposit() {
    // second-edition.md 2.9.
    for (deposit, bank, approved, expected) in [
        (None, Bank::KESHAVARZI, true, NotAccepted::Required(Field::Source)),
        (Some("0302876214009"), Bank::KESHAVARZI, true, NotAccepted::SourceNotUsable),
        (Some("0302876214008"), Bank::KESHAVARZI, false, NotAccepted::SourceNotUsable),
        // A deposit of this bank needs a CODE token. Only a client that may use the deposit gets this refusal.
        (Some("0302876214008"), Bank::AYANDEH, true, NotAccepted::CodeGrantRequired),
        (Some("0302876214008"), Bank::AYANDEH, false, NotAccepted::SourceNotUsable),
    ] {
        let mut world = World { source_number: deposit, bank, approved, ..world() };
        credential(&mut world);
        let (view, outcome) = world.decide();
        assert_eq!(outcome, Err(expected), "{deposit:?} {bank:?} {approved}");
        assert!(view.is_unchanged());
    }
}

#[test]
fn a_destination_s_name_has_its_limits_on_every_route() {
    // second-edition.md 2.2.
    let longest = "ن".repeat(33);
    for (name, fits) in
        [("", true), ("ن", false), ("نا", true), (longest.as_str(), true), (&format!("{longest}ن"), false)]
    {
        for (destination, service) in [
            ("0302876732005", Service::TransferTo),
            ("0302876732005", Service::InternalTransfer),
            ("IR870150000000300400500600", Service::TransferTo),
            ("IR490620000000302876732005", Service::PayaTransfer),
            ("IR490620000000302876732005", Service::SatnaTransfer),
        ] {
            let internal = destination.len() == 13;
            let given = if name.is_empty() { NameField::Missing } else { NameField::Given(name.into()) };
            let other = NameField::Given("رضایی".into());
            for (first, last, field) in
                [(&given, &other, Field::DestinationFirstName), (&other, &given, Field::DestinationLastName)]
            {
                let mut world = World { destination, service, ..world() };
                (world.first_name, world.last_name) = (first.clone(), last.clone());
                let outcome = world.decide().1;
                let what = format!("{name:?} {destination} {service:?}");
                match (name.is_empty(), fits) {
                    (true, _) if !internal => assert_eq!(outcome, Err(NotAccepted::Required(field)), "{what}"),
                    (_, true) => {
                        let Ok(Submitted::Ordered(order)) = outcome else { panic!("{what}: {outcome:?}") };
                        let echoed = match field {
                            Field::DestinationFirstName => &order.destination_first_name,
                            _ => &order.destination_last_name,
                        };
                        assert_eq!(&**echoed, name, "{what}");
                    }
                    (_, false) => assert_eq!(outcome, Err(NotAccepted::Invalid(field)), "{what}"),
                }
            }
        }
    }
}

#[test]
fn a_used_track_id_is_answered_before_any_fault() {
    for (name, make, _) in FAULTS {
        let mut world = World { track_id_used: true, ..world() };
        make(&mut world);
        let (view, outcome) = world.decide();
        assert!(matches!(outcome, Ok(Submitted::Duplicate(_))), "{name}: {outcome:?}");
        assert!(view.is_unchanged(), "{name}");
    }
}

#[test]
fn an_accepted_order_moves_the_money_once_and_counts() {
    for source_number in [Some("0302876214008"), Some("0302.876-214008"), None] {
        let (view, outcome) = World { source_number, ..world() }.decide();
        let Ok(Submitted::Ordered(order)) = outcome else { panic!("{source_number:?}: {outcome:?}") };
        let [transfer] = view.books.transfers() else { panic!("one transfer") };
        assert_eq!(order.state, OrderState::Booked(transfer.id));
        assert_eq!((transfer.debit, transfer.credit, transfer.amount), (SOURCE, OTHER, Rial::new(100)));
        assert_eq!((transfer.cause, transfer.at_ms), (order.id.0, ELEVEN_MS));
        assert_eq!(view.books.account(SOURCE).unwrap().available(), Rial::ZERO);
        assert_eq!((order.inquiry_sequence, &*order.source_number), (1_008, "0302876214008"));
        assert_eq!(order.user.as_deref(), Some("1111111111"), "it outlives its grant");
        assert_eq!(order.ref_code, 508_300_001_000_000, "0508300001000000: the day and the order's number");
        let month = view.grant_months.changed().next().unwrap().1;
        assert_eq!(month.orders, 3);
        let day = view.bank_days.changed().next().unwrap().1;
        assert_eq!((day.key, day.last_sequence), (BankDayKey { bank: Bank::AYANDEH, day: 14_050_830 }, 1_008));
    }
}

#[test]
fn rules_of_the_source_bank_and_of_its_deposits_are_kept() {
    let keshavarzi = |world: &mut World| {
        world.bank = Bank::KESHAVARZI;
        world.grant.bank = Some(Bank::KESHAVARZI);
    };
    let cases: [Fault; 5] = [
        ("062 to its own number", |w| w.destination = "0302876214008", Why::Not(NotAccepted::SameAccount)),
        ("no deposit in the token", |w| w.grant.deposits.clear(), Why::Not(NotAccepted::SourceNotUsable)),
        (
            "not a deposit of the token",
            |w| w.source_number = Some("0302876732005"),
            Why::Not(NotAccepted::SourceNotUsable),
        ),
        ("054 wants a second password", parsian, Why::Not(NotAccepted::Required(Field::SecondPassword))),
        ("an SMS token without a bank", |w| w.grant.bank = None, Why::Not(NotAccepted::SourceNotUsable)),
    ];
    for (name, make, expected) in cases {
        let mut world = world();
        make(&mut world);
        assert_eq!(world.decide().1.map_err(Why::Not), Err(expected), "{name}");
    }
    let mut world = World { source_number: None, ..world() };
    keshavarzi(&mut world);
    assert_eq!(world.decide().1, Err(NotAccepted::Required(Field::Source)), "016 always wants the deposit");
    let mut world = self::world();
    keshavarzi(&mut world);
    credential(&mut world);
    assert!(matches!(world.decide().1, Ok(Submitted::Ordered(_))), "016 takes client credentials");
    world.destination = "302876732005";
    let Ok(Submitted::Ordered(order)) = world.decide().1 else { panic!("the order is written") };
    assert_eq!(order.destination, Some(OTHER), "second-edition.md 1.5: leading zeros tell no accounts apart");
}

fn parsian(world: &mut World) {
    world.bank = Bank::PARSIAN;
    world.grant.bank = Some(Bank::PARSIAN);
}

#[test]
fn keys_of_deposits_are_compared_without_separators_and_leading_zeros() {
    assert_eq!(
        AccountNumber::parse("0302.876-214008").unwrap().key(Bank::AYANDEH),
        DepositKey::new(Bank::AYANDEH, "302876214008")
    );
}

/// A row of the table of routes (finnotech.md 3.1): service, destination, amount, and the route or the refusal.
type RouteCase = (Service, &'static str, i64, Result<Route, Why>);

#[test]
fn the_route_follows_from_the_service_the_destination_and_the_amount() {
    const OWN: &str = "IR490620000000302876732005";
    const OTHER: &str = "IR780570000000100200300400";
    const NUMBER: &str = "0302876732005";
    let wrong = Err(Why::Not(NotAccepted::Invalid(Field::Destination)));
    let (paya_max, satna_min) = (500_000_000, 500_000_001);
    let cases: [RouteCase; 19] = [
        (Service::TransferTo, NUMBER, 1, Ok(Route::Internal)),
        (Service::TransferTo, OWN, 1, Ok(Route::Internal)),
        (Service::TransferTo, OWN, satna_min, Ok(Route::Internal)),
        (Service::TransferTo, OTHER, paya_max, Ok(Route::Paya)),
        (Service::TransferTo, OTHER, satna_min, Ok(Route::Satna)),
        (Service::InternalTransfer, NUMBER, 1, Ok(Route::Internal)),
        (Service::InternalTransfer, OWN, 1, Ok(Route::Internal)),
        (Service::InternalTransfer, OTHER, 1, wrong),
        (Service::PayaTransfer, NUMBER, 10_000, wrong),
        (Service::PayaTransfer, OWN, 10_000, Ok(Route::Paya)),
        (Service::PayaTransfer, OTHER, 10_000, Ok(Route::Paya)),
        (Service::PayaTransfer, OTHER, 9_999, Err(Why::Order(OrderRefusal::BelowMinimum(Rial::new(10_000))))),
        (Service::PayaTransfer, OTHER, satna_min, Err(Why::Order(OrderRefusal::AboveMaximum(Rial::new(paya_max))))),
        (Service::TransferTo, OTHER, 9_999, Err(Why::Order(OrderRefusal::BelowMinimum(Rial::new(10_000))))),
        (Service::SatnaTransfer, NUMBER, satna_min, wrong),
        (Service::SatnaTransfer, OWN, satna_min, Ok(Route::Satna)),
        (Service::SatnaTransfer, OTHER, satna_min, Ok(Route::Satna)),
        (Service::SatnaTransfer, OTHER, paya_max, Err(Why::Order(OrderRefusal::BelowMinimum(Rial::new(satna_min))))),
        (Service::ChargeCard, OWN, 1, wrong),
    ];
    for (service, destination, amount, expected) in cases {
        let name = || NameField::Given("نام".into());
        let mut world =
            World { service, destination, amount, balance: amount, first_name: name(), last_name: name(), ..world() };
        world.grant.max_amount = Rial::ZERO;
        let (_, outcome) = world.decide();
        let found = outcome.map_err(Why::Not).and_then(|submitted| match submitted {
            Submitted::Ordered(order) => match order.first {
                FirstAnswer::Refused(refusal) => Err(Why::Order(refusal)),
                _ => Ok(order.route),
            },
            other => panic!("{other:?}"),
        });
        assert_eq!(found, expected, "{service:?} {destination} {amount}");
    }
}

#[test]
fn paya_and_satna_demand_names_of_two_to_thirty_three_characters() {
    let given = |length: usize| NameField::Given("ن".repeat(length).into());
    let required = |field| Some(NotAccepted::Required(field));
    let invalid = |field| Some(NotAccepted::Invalid(field));
    let first = Field::DestinationFirstName;
    let last = Field::DestinationLastName;
    for (first_name, last_name, expected) in [
        (given(2), given(33), None),
        (NameField::Missing, NameField::Missing, required(first)),
        (given(1), NameField::Missing, invalid(first)),
        (given(34), given(2), invalid(first)),
        (NameField::Malformed, given(2), invalid(first)),
        (given(2), NameField::Missing, required(last)),
        (given(2), given(34), invalid(last)),
    ] {
        let destination = "IR780570000000100200300400";
        let mut world = World { destination, amount: 10_000, balance: 10_000, first_name, last_name, ..world() };
        world.grant.max_amount = Rial::ZERO;
        assert_eq!(world.decide().1.err(), expected, "{:?} {:?}", world.first_name, world.last_name);
    }
    let mut keshavarzi =
        World { destination: "IR780570000000100200300400", amount: 10_000, balance: 10_000, ..world() };
    keshavarzi.bank = Bank::KESHAVARZI;
    keshavarzi.grant.bank = Some(Bank::KESHAVARZI);
    keshavarzi.grant.max_amount = Rial::ZERO;
    (keshavarzi.first_name, keshavarzi.last_name) = (given(2), given(2));
    assert_eq!(keshavarzi.decide().1, Err(NotAccepted::Required(Field::SourceFirstName)), "016 wants the source's too");
    keshavarzi.source_first_name = given(1);
    assert_eq!(keshavarzi.decide().1, Err(NotAccepted::Required(Field::SourceLastName)));
}
