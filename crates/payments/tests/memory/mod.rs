//! A store in memory that loads exactly the rows that a command names: a decision that needs another one fails its test.
#![allow(dead_code, reason = "each test binary uses its own part of this module")]

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use ledger::{Account, AccountId, Pending, Transfer, TransferId};
use payments::{
    AccountNumber, At, Bank, Card, CardKind, ChargeCard, ChargeCode, ChargeLimits, ChargeRefusals, ChargeTotal,
    ChargeTotalKey, Client, ClientId, CodeCount, Command, Counted, Cycle, CycleId, Denial, Deposit, DepositKey,
    Destination, Digest, Ends, FIRST_ID, Find, Given, Grant, GrantId, GrantKind, GrantMonth, GrantMonthKey, Ids, Job,
    JobEnd, JobFailure, JobId, Keys, NameField, NamedCard, NotAccepted, Now, OpenDeposit, Order, OrderId, OrderKey,
    RailAnswer, RegisterCard, RegisterClient, RunJob, SETTLE_SLICE, Service, SubmitTransfer, Submitted, Text, View,
};
use payments::{
    ApiToken, AuditId, AuditLine, BankDay, BankDayKey, Bill, BillKey, BrowserSession, CreditBook, GatewaySession,
    Handle, Invoice, InvoiceId, KnownAddress, LogInCode, Message, MessageId, MoneyDay, Operator, OperatorToken, Otp,
    OtpKey, OtpRequest, OtpRequestId, Party, PartyId, PayCode, PayLink, PayerCard, PhoneOrder, PhoneOrderKey, PosKey,
    PosTerminal, PosTransaction, Proposal, ProposalId, Released, Rules, SecondFactor, Serial, SerialKey, SsoCode,
    SsoConsent, SsoConsentKey, SsoFamily, SsoFamilyId, SsoRefresh, Taking, TakingId, Terminal, Tries, UniqueId,
    UniqueIdKey, UsedOtt, Voucher, VoucherKey, Word, WordKey,
};

/// 2026-11-21T11:00:00+03:30, 1405-08-30.
pub const ELEVEN_MS: i64 = 1_795_246_200_000;
pub const DROPS: &str = "0302876214008";
pub const SOMAYEH: &str = "0302876732005";
pub const BON: Digest = Digest([2; 32]);
pub const FLOAT: Digest = Digest([1; 32]);

/// See the module.
pub struct Memory {
    pub rules: Rules,
    pub now_ms: i64,
    next_id: i64,
    pub accounts: HashMap<AccountId, Account>,
    pub pendings: HashMap<TransferId, Pending>,
    pub transfers: Vec<Transfer>,
    pub orders: HashMap<OrderKey, Arc<Order>>,
    pub deposits: HashMap<DepositKey, Arc<Deposit>>,
    pub clients: HashMap<ClientId, Arc<Client>>,
    pub cards: HashMap<Digest, Arc<Card>>,
    pub cycles: HashMap<CycleId, Arc<Cycle>>,
    pub jobs: BTreeMap<JobId, Arc<Job>>,
    pub job_failures: HashMap<JobId, Arc<JobFailure>>,
    pub bank_days: HashMap<BankDayKey, Arc<BankDay>>,
    pub grant_months: HashMap<GrantMonthKey, Arc<GrantMonth>>,
    pub charge_totals: HashMap<ChargeTotalKey, Arc<ChargeTotal>>,
    pub terminals: HashMap<Text, Arc<Terminal>>,
    pub payer_cards: HashMap<Digest, Arc<PayerCard>>,
    pub phone_orders: HashMap<PhoneOrderKey, Arc<PhoneOrder>>,
    pub otp_requests: HashMap<OtpRequestId, Arc<OtpRequest>>,
    pub otps: HashMap<OtpKey, Arc<Otp>>,
    pub messages: BTreeMap<MessageId, Arc<Message>>,
    pub parties: HashMap<PartyId, Arc<Party>>,
    pub handles: HashMap<Text, Arc<Handle>>,
    pub api_tokens: HashMap<Digest, Arc<ApiToken>>,
    pub credit_books: HashMap<PartyId, Arc<CreditBook>>,
    pub invoices: HashMap<InvoiceId, Arc<Invoice>>,
    pub bills: HashMap<BillKey, Arc<Bill>>,
    pub words: HashMap<WordKey, Arc<Word>>,
    pub serials: HashMap<SerialKey, Arc<Serial>>,
    pub takings: HashMap<TakingId, Arc<Taking>>,
    pub pay_codes: HashMap<InvoiceId, Arc<PayCode>>,
    pub code_counts: HashMap<Counted, Arc<CodeCount>>,
    pub pay_links: HashMap<Digest, Arc<PayLink>>,
    pub pos_terminals: HashMap<Text, Arc<PosTerminal>>,
    pub pos_transactions: HashMap<PosKey, Arc<PosTransaction>>,
    pub unique_ids: HashMap<UniqueIdKey, Arc<UniqueId>>,
    pub used_otts: HashMap<i64, Arc<UsedOtt>>,
    pub gateway_sessions: HashMap<Digest, Arc<GatewaySession>>,
    pub vouchers: HashMap<VoucherKey, Arc<Voucher>>,
    pub browser_sessions: HashMap<Digest, Arc<BrowserSession>>,
    pub log_in_tries: HashMap<Digest, Arc<Tries>>,
    pub log_in_codes: HashMap<Digest, Arc<LogInCode>>,
    pub sso_codes: HashMap<Digest, Arc<SsoCode>>,
    pub sso_refreshes: HashMap<Digest, Arc<SsoRefresh>>,
    pub sso_consents: HashMap<SsoConsentKey, Arc<SsoConsent>>,
    pub sso_families: HashMap<SsoFamilyId, Arc<SsoFamily>>,
    pub operators: HashMap<Text, Arc<Operator>>,
    pub known_addresses: HashMap<Digest, Arc<KnownAddress>>,
    pub money_days: HashMap<i64, Arc<MoneyDay>>,
    pub operator_tokens: HashMap<Text, Arc<OperatorToken>>,
    pub second_factors: HashMap<Text, Arc<SecondFactor>>,
    pub audit_lines: BTreeMap<AuditId, Arc<AuditLine>>,
    pub proposals: HashMap<ProposalId, Arc<Proposal>>,
    pub released: HashMap<TransferId, Arc<Released>>,
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
            orders: HashMap::new(),
            deposits: HashMap::new(),
            clients: HashMap::new(),
            cards: HashMap::new(),
            cycles: HashMap::new(),
            jobs: BTreeMap::new(),
            job_failures: HashMap::new(),
            bank_days: HashMap::new(),
            grant_months: HashMap::new(),
            charge_totals: HashMap::new(),
            terminals: HashMap::new(),
            payer_cards: HashMap::new(),
            phone_orders: HashMap::new(),
            otp_requests: HashMap::new(),
            otps: HashMap::new(),
            messages: BTreeMap::new(),
            parties: HashMap::new(),
            handles: HashMap::new(),
            api_tokens: HashMap::new(),
            credit_books: HashMap::new(),
            invoices: HashMap::new(),
            bills: HashMap::new(),
            words: HashMap::new(),
            serials: HashMap::new(),
            takings: HashMap::new(),
            pay_codes: HashMap::new(),
            code_counts: HashMap::new(),
            pay_links: HashMap::new(),
            pos_terminals: HashMap::new(),
            pos_transactions: HashMap::new(),
            unique_ids: HashMap::new(),
            used_otts: HashMap::new(),
            gateway_sessions: HashMap::new(),
            vouchers: HashMap::new(),
            browser_sessions: HashMap::new(),
            log_in_tries: HashMap::new(),
            log_in_codes: HashMap::new(),
            sso_codes: HashMap::new(),
            sso_refreshes: HashMap::new(),
            sso_consents: HashMap::new(),
            sso_families: HashMap::new(),
            operators: HashMap::new(),
            known_addresses: HashMap::new(),
            money_days: HashMap::new(),
            operator_tokens: HashMap::new(),
            second_factors: HashMap::new(),
            audit_lines: BTreeMap::new(),
            proposals: HashMap::new(),
            released: HashMap::new(),
        }
    }

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
        macro_rules! load {
            ($($table:ident)*) => { $(
                for key in &keys.$table {
                    view.$table.load(key.clone(), self.$table.get(key).map(Arc::clone));
                }
            )* };
        }
        load!(orders deposits clients cards cycles jobs job_failures bank_days grant_months charge_totals terminals payer_cards phone_orders otp_requests otps messages parties handles api_tokens credit_books invoices bills words serials takings pay_codes code_counts pay_links pos_terminals pos_transactions unique_ids used_otts gateway_sessions vouchers browser_sessions log_in_tries known_addresses log_in_codes sso_codes sso_refreshes sso_consents sso_families operators second_factors operator_tokens money_days audit_lines proposals released);
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
        macro_rules! keep {
            ($($table:ident)*) => { $(
                for (key, row) in view.$table.changed() {
                    self.$table.insert(key.clone(), Arc::clone(row));
                }
                for key in view.$table.removed() {
                    self.$table.remove(key);
                }
            )* };
        }
        keep!(orders deposits clients cards cycles jobs job_failures bank_days grant_months charge_totals terminals payer_cards phone_orders otp_requests otps messages parties handles api_tokens credit_books invoices bills words serials takings pay_codes code_counts pay_links pos_terminals pos_transactions unique_ids used_otts gateway_sessions vouchers browser_sessions log_in_tries known_addresses log_in_codes sso_codes sso_refreshes sso_consents sso_families operators second_factors operator_tokens money_days audit_lines proposals released);
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
