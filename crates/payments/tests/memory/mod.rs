//! A store in memory that loads exactly the rows that a command names: a decision that needs another one fails its test.
#![allow(dead_code, reason = "each test binary uses its own part of this module")]

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;
use std::sync::Arc;

use ledger::{Account, AccountId, Pending, Transfer, TransferId};
use payments::Rules;
use payments::{
    AccountNumber, At, Bank, Card, CardKind, ChargeCard, ChargeCode, ChargeLimits, ChargeRefusals, Client, ClientId,
    Command, Denial, Deposit, Destination, Digest, Ends, FIRST_ID, Find, Given, Grant, GrantId, GrantKind, Ids, JobEnd,
    Keys, NameField, NamedCard, NotAccepted, Now, OpenDeposit, Order, OrderId, OrderKey, RailAnswer, RegisterCard,
    RegisterClient, Rows, RunJob, SETTLE_SLICE, Service, SubmitTransfer, Submitted, Text, View,
};
use schema::Table;

/// 2026-11-21T11:00:00+03:30, 1405-08-30.
pub const ELEVEN_MS: i64 = 1_795_246_200_000;
pub const DROPS: &str = "0302876214008";
pub const SOMAYEH: &str = "0302876732005";
pub const BON: Digest = Digest([2; 32]);
pub const FLOAT: Digest = Digest([1; 32]);

/// Makes the store of the tables that decisions work on: a new one is in it without being named here.
macro_rules! memory {
    (plain { $($(#[$doc:meta])* $table:ident: $row:ty,)* } apart { $($(#[$other_doc:meta])* $other:ident: $key:ty => $other_row:ty,)* }) => {
        /// See the module.
        pub struct Memory {
            pub rules: Rules,
            pub now_ms: i64,
            next_id: i64,
            pub accounts: HashMap<AccountId, Account>,
            pub pendings: HashMap<TransferId, Pending>,
            pub transfers: Vec<Transfer>,
            $(pub $table: BTreeMap<<$row as Table>::Key, Arc<$row>>,)*
            $(pub $other: BTreeMap<$key, Arc<$other_row>>,)*
        }

        impl Memory {
            /// Nothing, at eleven.
            pub fn empty(rules: Rules) -> Self {
                Self {
                    rules,
                    now_ms: ELEVEN_MS,
                    next_id: FIRST_ID,
                    accounts: HashMap::new(),
                    pendings: HashMap::new(),
                    transfers: Vec::new(),
                    $($table: BTreeMap::new(),)*
                    $($other: BTreeMap::new(),)*
                }
            }

            fn load_rows(&self, keys: &Keys, view: &mut View) {
                $(load(&keys.$table, &self.$table, &mut view.$table);)*
                $(load(&keys.$other, &self.$other, &mut view.$other);)*
            }

            fn keep_rows(&mut self, view: &View) {
                $(keep(&mut self.$table, &view.$table);)*
                $(keep(&mut self.$other, &view.$other);)*
            }
        }
    };
}

payments::tables!(memory);

fn load<K: Ord + Hash + Clone, R>(keys: &[K], store: &BTreeMap<K, Arc<R>>, rows: &mut Rows<K, R>) {
    for key in keys {
        rows.load(key.clone(), store.get(key).map(Arc::clone));
    }
}

fn keep<K: Ord + Hash + Clone, R>(store: &mut BTreeMap<K, Arc<R>>, rows: &Rows<K, R>) {
    for (key, row) in rows.changed() {
        store.insert(key.clone(), Arc::clone(row));
    }
    for key in rows.removed() {
        store.remove(key);
    }
}

impl Memory {
    /// Client drops, its deposits at four banks, Somayeh's, Martin's, a float card and a bon card.
    pub fn demo(rules: Rules) -> Self {
        let mut memory = Self::empty(rules);
        let client = Client {
            id: drops(),
            secret: Digest([0; 32]),
            caller_nids: vec![],
            redirect_origin: String::new(),
            scopes: vec![],
            max_amount: ledger::Rial::ZERO,
            max_count: 0,
            float: None,
            charge_limits: ChargeLimits::default(),
            disabled: false,
        };
        memory.surely(RegisterClient { client, replace: false });
        for (bank, number, owner, balance, approved) in [
            (Bank::AYANDEH, DROPS, "drops", 1_000_000_000_000, true),
            (Bank::KESHAVARZI, "776700000", "drops", 100_000_000_000, true),
            (Bank::PARSIAN, "47000123456601", "drops", 100_000_000_000, true),
            (Bank::AYANDEH, SOMAYEH, "Somayeh", 50_000_000, false),
            (Bank::SEPAH, "300400500600", "Martin", 0, false),
        ] {
            memory.surely(OpenDeposit {
                bank,
                number: AccountNumber::parse(number).unwrap(),
                owner: "1111111111".into(),
                first_name: owner.into(),
                last_name: String::new(),
                account_type: "010".into(),
                approved_for: if approved { vec![drops()] } else { vec![] },
                balance: ledger::Rial::new(balance),
                opened_at_ms: Some(0),
            });
        }
        memory.register_card(FLOAT, CardKind::Float, 500_000_000);
        memory.register_card(BON, CardKind::Bon, 0);
        memory
    }

    pub fn register_card(&mut self, number: Digest, kind: CardKind, balance: i64) {
        let card = Card {
            number,
            sealed: vec![],
            mask: Text::from("636214******0000"),
            id: AccountId(0),
            kind,
            approved_for: vec![drops()],
            active: true,
            replaced_by: None,
        };
        self.surely(RegisterCard {
            card,
            replace: false,
            float_of: (kind == CardKind::Float).then(drops),
            balance: ledger::Rial::new(balance),
            opened_at_ms: Some(0),
        });
    }

    pub fn now(&self) -> Now {
        Now::at(self.now_ms).unwrap()
    }

    /// Runs a command as an engine would: load, load what that names, decide, keep what changed.
    pub fn run<C: Command>(&mut self, command: C) -> Result<C::Done, C::Refusal> {
        let now = self.now();
        let mut view = self.view_of(&command);
        let at = At { now: &now, rules: &self.rules };
        let mut is_declined = false;
        let outcome = view.attempt_or_decline(|view| {
            let decided = command.decide(view, at);
            is_declined = matches!(decided, Err(Denial::Declined(_)));
            decided
        });
        assert_eq!(view.contradiction, None, "rows that decisions have written agree");
        if outcome.is_err() && !is_declined {
            assert_eq!(view, self.view_of(&command), "a refusal leaves the view as it was");
        }
        self.keep(&view);
        outcome
    }

    /// The rows that a command names.
    fn view_of(&self, command: &impl Command) -> View {
        let now = self.now();
        let at = At { now: &now, rules: &self.rules };
        let mut view = View::new(Ids::from(self.next_id));
        let mut keys = Keys::default();
        command.keys(at, &mut keys);
        self.load(&keys, &mut view);
        let mut keys = Keys::default();
        command.more_keys(&view, at, &mut keys);
        self.load(&keys, &mut view);
        view
    }

    pub fn surely<C: Command>(&mut self, command: C) -> C::Done {
        self.run(command).unwrap()
    }

    fn load(&self, keys: &Keys, view: &mut View) {
        self.load_rows(keys, view);
        for id in &keys.accounts {
            if let (None, Some(account)) = (view.books.account(*id), self.accounts.get(id)) {
                view.books.put_account(*account);
            }
        }
        for id in &keys.pendings {
            if let Some(pending) = self.pendings.get(id) {
                view.books.put_pending(*pending);
            }
        }
        for find in &keys.finds {
            let orders = self.find(*find);
            view.found.insert(*find, orders.iter().map(|order| order.key.clone()).collect());
            for order in orders {
                view.orders.load(order.key.clone(), Some(order));
            }
        }
    }

    fn find(&self, find: Find) -> Vec<Arc<Order>> {
        match find {
            Find::Numbered(id) => self.orders.values().filter(|order| order.id == id).map(Arc::clone).collect(),
            Find::ToSettle(cycle) => {
                let after = self.cycles[&cycle].settled_to;
                let inside = |order: &&Arc<Order>| order.cycle == Some(cycle) && (order.source, order.id) > after;
                let mut orders: Vec<_> = self.orders.values().filter(inside).map(Arc::clone).collect();
                orders.sort_by_key(|order| (order.source, order.id));
                orders.truncate(SETTLE_SLICE);
                orders
            }
        }
    }

    fn keep(&mut self, view: &View) {
        self.keep_rows(view);
        for account in view.books.new_accounts() {
            assert!(!self.accounts.contains_key(&account.id), "{account:?} is opened a second time");
        }
        for account in view.books.accounts() {
            self.accounts.insert(account.id, *account);
        }
        for pending in view.books.changed_pendings() {
            self.pendings.insert(pending.id, *pending);
        }
        self.transfers.extend(view.books.transfers());
        self.next_id = view.ids.peek();
    }

    /// Moves the clock and runs what falls due on the way, in order; returns how many jobs that were.
    pub fn advance_to(&mut self, at_ms: i64) -> usize {
        let mut ran = 0;
        loop {
            let due = self.jobs.values().map(|job| (job.due_at_ms, job.id)).min();
            let Some((due_ms, id)) = due.filter(|(due_ms, _)| *due_ms <= at_ms) else { break };
            self.now_ms = self.now_ms.max(due_ms);
            let job = *self.jobs[&id];
            if self.surely(RunJob { job }) == JobEnd::Done {
                ran += 1;
            }
        }
        self.now_ms = at_ms;
        ran
    }

    // Looking at it.

    pub fn deposit(&self, number: &str) -> &Deposit {
        self.deposits.values().find(|deposit| &*deposit.number == number).unwrap()
    }

    /// Posted and available.
    pub fn balance(&self, number: &str) -> (i64, i64) {
        self.balance_of(self.deposit(number).id)
    }

    pub fn balance_of(&self, id: AccountId) -> (i64, i64) {
        self.accounts.get(&id).map_or((0, 0), |account| (account.posted().get(), account.available().get()))
    }

    pub fn card_balance(&self, number: Digest) -> i64 {
        self.balance_of(self.cards[&number].id).0
    }

    pub fn order(&self, track_id: &str) -> &Order {
        &self.orders[&key(track_id)]
    }

    pub fn set_gate(&mut self, number: &str, gate: ledger::Gate) {
        let id = self.deposit(number).id;
        self.accounts.get_mut(&id).unwrap().gate = gate;
    }
}

pub fn drops() -> ClientId {
    ClientId::from("drops")
}

pub fn key(track_id: &str) -> OrderKey {
    OrderKey { client: drops(), track_id: Text::from(track_id) }
}

/// The rights to the deposits that drops has at a bank.
pub fn grant(memory: &Memory, bank: Bank) -> Grant {
    let of_bank = |deposit: &&Arc<Deposit>| deposit.key.bank == bank && deposit.is_approved_for(&drops());
    let deposits: Vec<_> = memory.deposits.values().filter(of_bank).collect();
    Grant {
        id: GrantId(9),
        client: drops(),
        kind: GrantKind::Code,
        user: "1111111111".into(),
        bank: Some(bank),
        scopes: vec![],
        deposits: deposits.iter().map(|deposit| deposit.id).collect(),
        deposit_numbers: deposits.iter().map(|deposit| deposit.number.to_string()).collect(),
        max_amount: ledger::Rial::ZERO,
        monthly_count: 0,
        life_ms: 1,
        ended_at_ms: None,
        forgotten_at_ms: None,
    }
}

pub fn name(text: &str) -> NameField {
    NameField::Given(Text::from(text))
}

/// A transfer that passes every check of form.
pub fn transfer(memory: &Memory, bank: Bank, track_id: &str, destination: &str, amount: i64) -> SubmitTransfer {
    let grant = Arc::new(grant(memory, bank));
    let source = (bank == Bank::KESHAVARZI).then(|| AccountNumber::parse("776700000").unwrap());
    let destination = Destination::parse(destination).unwrap();
    SubmitTransfer {
        key: key(track_id),
        service: Service::TransferTo,
        ends: Ends::of(&grant, source.as_ref(), &destination),
        grant,
        source,
        destination,
        amount: ledger::Rial::new(amount),
        description: "شرح تراکنش".into(),
        payment_number: "123456".into(),
        second_password: Given::Yes,
        destination_first_name: name("مارتین"),
        destination_last_name: name("رضایی"),
        source_first_name: name("مارتین"),
        source_last_name: name("اسکورسیزی"),
        answer: RailAnswer::Done,
        request_hash: [0; 16],
    }
}

/// A charge of the bon card from drops' deposit of bank 062.
pub fn charge(memory: &Memory, track_id: &str, amount: i64, answer: RailAnswer) -> ChargeCard {
    ChargeCard {
        key: key(track_id),
        grant: Arc::new(grant(memory, Bank::AYANDEH)),
        source: AccountNumber::parse(DROPS),
        amount: ledger::Rial::new(amount),
        amount_refused: None,
        refusals: ChargeRefusals::Gateway,
        card: NamedCard { number: BON, last_four: Text::from("9309"), has_bon_prefix: true },
        answer,
        request_hash: [0; 16],
    }
}

/// A network's code.
pub fn says(code: ChargeCode) -> RailAnswer {
    RailAnswer::Charge(code, None)
}

/// Names of the order that a command wrote.
pub fn ordered(submitted: Result<Submitted, NotAccepted>) -> Arc<Order> {
    match submitted {
        Ok(Submitted::Ordered(order)) => order,
        other => panic!("an order is written: {other:?}"),
    }
}

/// The order as a decision about it has left it.
pub fn order_id(order: &Order) -> OrderId {
    order.id
}
