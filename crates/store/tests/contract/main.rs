//! The contract of all stores: what was committed is found at once, later, and after the store is opened again.
#![allow(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]

mod alerts;
mod chains;
mod first_edition;
mod invoices;
mod lists;
mod numbers;
mod pages;
mod phone;
mod reports;
mod snapshots;
mod sweeps;
mod test_store;
mod verification;

use std::sync::Arc;

use cluster::{Cluster, Proxy, ProxyFault};
use ledger::{Account, AccountId, AccountKind, AccountStatus, Rial, Step, TransferId};
use payments::{
    AccessToken, AuditId, AuditLine, AuthCode, Bank, BankDay, BankDayKey, BankUser, Card, CardKind, ChargeCode,
    ChargeLimits, ChargeTotal, ChargeTotalKey, Client, ClientId, ClockMode, Consent, Cycle, CycleId, Deposit,
    DepositKey, Digest, FileMark, Find, FirstAnswer, Grant, GrantId, GrantKind, GrantMonth, GrantMonthKey, Hold, Job,
    JobFailure, JobId, JobKind, Keys, MessageId, NEVER_MS, Now, Order, OrderId, OrderKey, OrderRefusal, OrderState,
    RefreshToken, Return, Route, Rules, SETTLE_SLICE, Service, Status, Text,
};
use store::{
    After, Claim, Commit, EntryPage, Error, Flusher, InCycle, Location, OrderFilter, OrderPage, Origin, Page, Paged,
    Purpose, Reader, TokenFilter, Wipe, Writer, verify,
};
use test_store::{TestStore, in_each_store, now, postgres};

const ACCOUNTS: i64 = 7;
const NOSTRO: AccountId = AccountId(1_062);

fn key(number: i64) -> OrderKey {
    OrderKey { client: ClientId::from("drops"), track_id: Text::from(format!("track-{number}")) }
}

fn order(id: i64, number: i64, state: OrderState) -> Order {
    let text = |text: &str| Text::from(text);
    Order {
        id: OrderId(id),
        key: key(number),
        grant: GrantId(3),
        user: Some(text("1111111111")),
        service: Service::TransferTo,
        first: FirstAnswer::Done,
        destination: Some(AccountId((number + 1) % ACCOUNTS)),
        through: None,
        fee: Rial::ZERO,
        cycle: None,
        left_out_of: None,
        route: Route::Internal,
        state,
        bank: Bank::AYANDEH,
        source: AccountId(number % ACCOUNTS),
        source_number: text("0302876214008"),
        source_first_name: text("drops"),
        source_last_name: text(""),
        destination_number: text("IR490620000000302876732005"),
        destination_first_name: text("سمیه"),
        destination_last_name: text("خلیلی"),
        amount: Rial::new(1 + number % 9),
        description: text("شرح تراکنش"),
        payment_number: text("123456"),
        at_ms: number,
        inquiry_sequence: 1_001,
        ref_code: 508_301_100_000_001,
        request_hash: [9; 16],
    }
}

fn grant(id: i64, user: &str) -> Grant {
    Grant {
        id: GrantId(id),
        client: ClientId::from("drops"),
        kind: GrantKind::Code,
        user: user.into(),
        bank: Some(Bank::AYANDEH),
        scopes: vec![],
        deposits: vec![],
        deposit_numbers: vec![],
        max_amount: Rial::ZERO,
        monthly_count: 0,
        life_ms: 1_000,
        ended_at_ms: None,
        forgotten_at_ms: None,
    }
}

/// Opens the accounts and credits each deposit with a million rials.
fn found(writer: &mut Writer, flusher: &Flusher) {
    let mut view = writer.view();
    writer.load(&Keys::default(), &mut view).unwrap();
    view.books.open_account(Account::open(NOSTRO, AccountKind::Nostro));
    for id in 0..ACCOUNTS {
        view.books.open_account(Account::open(AccountId(id), AccountKind::Deposit));
        let step = Step::Post { debit: NOSTRO, credit: AccountId(id), amount: Rial::new(1_000_000) };
        let ids = &mut view.ids;
        view.books.apply(&[step], 0, 0, || TransferId(ids.take())).unwrap();
    }
    let commit = writer.commit(view).unwrap();
    flusher.flush(commit).unwrap();
}

/// Commits one batch of orders numbered from `first`; each has a transfer from its account to the next one.
fn submit(writer: &mut Writer, flusher: &Flusher, first: i64, count: i64) {
    let commit = try_submit(writer, first, count).unwrap();
    flusher.flush(commit).unwrap();
}

fn try_submit(writer: &mut Writer, first: i64, count: i64) -> Result<Commit, Error> {
    let mut view = writer.view();
    let mut keys = Keys::default();
    keys.orders.extend((first..first + count).map(key));
    keys.accounts.extend((0..ACCOUNTS).map(AccountId));
    writer.load(&keys, &mut view)?;
    for number in first..first + count {
        assert!(view.orders.get(&key(number)).is_none(), "order {number} is new");
        let id = view.ids.take();
        let (debit, credit) = (AccountId(number % ACCOUNTS), AccountId((number + 1) % ACCOUNTS));
        let mut transfer = TransferId(0);
        let ids = &mut view.ids;
        let step = Step::Post { debit, credit, amount: Rial::new(1 + number % 9) };
        let next = || {
            transfer = TransferId(ids.take());
            transfer
        };
        view.books.apply(&[step], number, id, next).unwrap();
        view.orders.put(key(number), order(id, number, OrderState::Booked(transfer)));
    }
    writer.commit(view)
}

fn check(reader: &Reader, orders: i64) {
    for number in 0..orders {
        let found = now(reader.order(key(number)));
        assert_eq!(found.map(|order| order.at_ms), Some(number), "order {number} of {orders}");
    }
    assert_eq!(now(reader.order(key(orders))), None);
    let accounts = now(reader.accounts(Page { after: -1, limit: 100 }));
    let sum: i64 = accounts.iter().map(|a| a.balances.credits_posted.get() - a.balances.debits_posted.get()).sum();
    assert_eq!((accounts.len() as i64, sum), (ACCOUNTS + 1, 0));
    for account in accounts.iter().filter(|account| account.id != NOSTRO) {
        let page = EntryPage { before_seq: i64::MAX, from_ms: i64::MIN, to_ms: i64::MAX, limit: usize::MAX };
        let entries = now(reader.entries(account.id, page)).unwrap().entries;
        let numbers: Vec<i64> = entries.iter().map(|(entry, _)| entry.seq).collect();
        assert_eq!(numbers, (1..=account.balances.entries).rev().collect::<Vec<_>>());
        assert_eq!(entries[0].0.after, account.balances);
        assert!(entries.iter().all(|(entry, order)| order.as_ref().map_or(0, |order| order.id.0) == entry.cause));
    }
    // The lists of the operators: the newest orders, and the transfers of each.
    let newest = now(reader.all_orders(OrderFilter::All, Page { after: i64::MAX, limit: 3 }));
    assert!(newest.len() as i64 == orders.min(3) && newest.is_sorted_by(|one, next| one.id > next.id));
    for order in &newest {
        let moved = now(reader.transfers_of(order.id.0, 9));
        assert_eq!(
            moved.iter().map(|t| (t.cause, t.amount.get())).collect::<Vec<_>>(),
            [(order.id.0, 1 + order.at_ms % 9)]
        );
    }
    let report = verify(reader, &mut |_, _| {}).unwrap();
    assert_eq!((report.differences, &report.listed), (0, &Vec::new()));
    assert_eq!(report.totals.orders as i64, orders);
}

/// Sizes of consecutive batches: some exceed the number of rows after which a directory compacts only together, one exceeds it alone.
const BATCHES: [i64; 6] = [1, 40, 3, 17, 1, 90];

#[test]
fn every_order_entry_and_balance_is_found_before_while_and_after_it_is_settled() {
    in_each_store("settle", |test_store| {
        let (mut writer, flusher, reader) = test_store.open(50);
        found(&mut writer, &flusher);
        let mut orders = 0;
        for round in 0..5 {
            for count in BATCHES {
                submit(&mut writer, &flusher, orders, count);
                orders += count;
                if round < 2 {
                    check(&reader, orders);
                }
            }
        }
        check(&reader, orders);
    });
}

/// The transfers of one order alternate with those of another, so that some have numbers far behind the order's.
#[test]
fn the_transfers_of_an_order_are_found_whenever_they_were_made() {
    in_each_store("transfers-of", |test_store| {
        let (mut writer, flusher, reader) = test_store.open(50);
        found(&mut writer, &flusher);
        let mut view = writer.view();
        let keys = Keys { accounts: vec![AccountId(0), AccountId(1)], ..Keys::default() };
        writer.load(&keys, &mut view).unwrap();
        let (cause, other) = (view.ids.take(), view.ids.take());
        let mut made = Vec::new();
        for at in 0..30 {
            let of = if at % 3 == 0 { other } else { cause };
            let id = TransferId(view.ids.take());
            let step = Step::Post { debit: AccountId(0), credit: AccountId(1), amount: Rial::new(1) };
            view.books.apply(&[step], at, of, || id).unwrap();
            if of == cause {
                made.push(id);
            }
        }
        let commit = writer.commit(view).unwrap();
        flusher.flush(commit).unwrap();
        let of = |cause, rows| now(reader.transfers_of(cause, rows)).iter().map(|t| t.id).collect::<Vec<_>>();
        assert_eq!((of(cause, 100), of(cause, 5)), (made.clone(), made[..5].to_vec()));
        assert_eq!((of(other, 100).len(), of(0, 100), of(other + 1, 100)), (10, vec![], vec![]));
    });
}

#[test]
fn a_store_opened_anew_knows_what_was_compacted_and_what_was_not() {
    in_each_store("reopen", |test_store| {
        let mut orders = 0;
        for (round, compact_after) in [50, 1, 100_000, 50, 20].into_iter().enumerate() {
            let (mut writer, flusher, reader) = test_store.open(compact_after);
            if round == 0 {
                found(&mut writer, &flusher);
            }
            check(&reader, orders);
            for count in BATCHES {
                submit(&mut writer, &flusher, orders, count);
                orders += count;
            }
            check(&reader, orders);
        }
        let (_writer, _flusher, reader) = test_store.open(50);
        check(&reader, orders);
    });
}

#[test]
fn every_table_gives_back_the_row_that_was_put_in() {
    in_each_store("tables", |test_store| {
        let drops = ClientId::from("drops");
        let client = Client {
            id: drops.clone(),
            secret: Digest([1; 32]),
            caller_nids: vec!["0499370899".into(), "0084575948".into()],
            redirect_origin: "http://127.0.0.1".into(),
            scopes: vec!["oak:balance:get".into()],
            max_amount: Rial::new(7),
            max_count: 8,
            float: Some(AccountId(6)),
            charge_limits: ChargeLimits { daily: Rial::new(5), ..ChargeLimits::default() },
            disabled: true,
        };
        let deposit = Deposit {
            id: AccountId(5),
            key: DepositKey::new(Bank::AYANDEH, "0302876214008"),
            number: "0302-876.214008".into(),
            owner: "1111111111".into(),
            first_name: "سمیه".into(),
            last_name: "".into(),
            account_type: "010".into(),
            approved_for: vec![drops.clone()],
        };
        let grant = Grant {
            id: GrantId(11),
            client: drops.clone(),
            kind: GrantKind::Code,
            user: "1111111111".into(),
            bank: Some(Bank::AYANDEH),
            scopes: vec!["oak:balance:get".into()],
            deposits: vec![AccountId(5)],
            deposit_numbers: vec!["0302876214008".into()],
            max_amount: Rial::new(350_000),
            monthly_count: 5,
            life_ms: 864_000_000,
            ended_at_ms: Some(19),
            forgotten_at_ms: Some(21),
        };
        let (access, refresh) = (Digest([2; 32]), Digest([3; 32]));
        let token =
            AccessToken { hash: access, grant: GrantId(11), refresh, created_at_ms: 17, revoked_at_ms: Some(18) };
        let refresh_token = RefreshToken { hash: refresh, grant: GrantId(11), dead_at_ms: None, used_at_ms: Some(18) };
        let day = BankDay { key: BankDayKey { bank: Bank::SEPAH, day: 14_050_830 }, last_sequence: 1_001 };
        let month = GrantMonth { key: GrantMonthKey { grant: GrantId(11), month: 140_508 }, orders: 4 };
        let job = Job::new(JobId(31), 1_000, JobKind::ExpireHold(TransferId(42)));
        let refused = Order {
            first: FirstAnswer::Refused(OrderRefusal::InsufficientFunds),
            ..order(21, 21, OrderState::Refused)
        };
        let day_ms = 86_400_000;
        let at = Now::at(0).unwrap();
        let cycle = Rules::documented().unwrap().paya_cycle(Bank::SEPAH, &at).unwrap();
        let cycle = Cycle {
            settled_to: (AccountId(5), OrderId(21)),
            settled: 3,
            returned: 4,
            settled_at_ms: Some(day_ms),
            closed_at_ms: Some(day_ms - 1),
            file: Some(FileMark { digest: Digest([9; 32]), orders: 7, sum: 700 }),
            leaving: Some(FileMark { digest: Digest([10; 32]), orders: 2, sum: 200 }),
            ..Cycle::new(Bank::SEPAH, &cycle)
        };
        let card = Card {
            number: Digest([7; 32]),
            sealed: vec![0, 255, 7],
            mask: "636214******9309".into(),
            id: AccountId(6),
            kind: CardKind::Bon,
            approved_for: vec![drops.clone()],
            active: true,
            replaced_by: Some(Digest([8; 32])),
        };
        let total_key = ChargeTotalKey { client: drops.clone(), account: AccountId(6), period: 14_050_830 };
        let total = ChargeTotal { key: total_key.clone(), sum: Rial::new(77) };
        let user = BankUser {
            nid: "1111111111".into(),
            password: "$argon2id$".into(),
            failures: 2,
            locked_until_ms: 9,
            mobile: Some(Digest([3; 32])),
        };
        let consent = Consent {
            id: Digest([21; 32]),
            client: drops.clone(),
            kind: GrantKind::Sms,
            redirect_uri: "http://127.0.0.1/return".into(),
            scopes: vec!["oak:balance:get".into()],
            bank: Some(Bank::KESHAVARZI),
            max_amount: Rial::new(3),
            monthly_count: 4,
            state: "حالت".into(),
            ends_at_ms: 5,
            tries: 6,
            user: "1111111111".into(),
            login: Some(Digest([22; 32])),
            otp: None,
            mobile: Some(Digest([23; 32])),
            deposit: Some(AccountId(5)),
            deposit_number: "776700000".into(),
        };
        let code = AuthCode {
            hash: Digest([24; 32]),
            grant: Grant { id: GrantId(0), ended_at_ms: None, forgotten_at_ms: None, ..grant.clone() },
            redirect_uri: "http://127.0.0.1/return".into(),
            used_by: Some(grant.id),
            ends_at_ms: 8,
        };
        let send = Job::new(JobId(33), 2_000, JobKind::Send(MessageId(7)));
        let closed = Account { status: AccountStatus::Closed, ..Account::open(AccountId(5), AccountKind::Deposit) };
        {
            let (mut writer, flusher, _reader) = test_store.open(50);
            let mut view = writer.view();
            writer.load(&Keys::default(), &mut view).unwrap();
            view.clients.put(drops.clone(), client.clone());
            view.deposits.put(deposit.key.clone(), deposit.clone());
            view.grants.put(grant.id, grant.clone());
            view.access_tokens.put(access, token.clone());
            view.refresh_tokens.put(refresh, refresh_token.clone());
            view.orders.put(refused.key.clone(), refused.clone());
            view.bank_days.put(day.key, day);
            view.grant_months.put(month.key, month);
            view.clock.put((), ClockMode::Ahead(-99));
            view.jobs.put(job.id, job);
            view.cycles.put(cycle.id, cycle);
            view.cards.put(card.number, card.clone());
            view.charge_totals.put(total_key.clone(), total.clone());
            view.bank_users.put(user.nid.clone(), user.clone());
            view.consents.put(consent.id, consent.clone());
            view.auth_codes.put(code.hash, code.clone());
            view.jobs.put(send.id, send);
            view.books.open_account(closed);
            // A verification compares the status with the audit log.
            let (id, detail) = (AuditId(view.ids.take()), Text::from(format!("{:?}", closed.status)));
            let [by, action, subject] = ["admin", "gate", &closed.id.0.to_string()].map(Text::from);
            view.audit_lines.put(id, AuditLine { id, at_ms: 0, by, action, subject, detail });
            view.books.open_account(Account::open(AccountId(6), AccountKind::Deposit));
            let pend =
                Step::Pend { debit: AccountId(6), credit: NOSTRO, amount: Rial::new(5), expires_at_ms: Some(10) };
            view.books.open_account(Account::open(NOSTRO, AccountKind::Nostro));
            let fund = Step::Post { debit: NOSTRO, credit: AccountId(6), amount: Rial::new(9) };
            let mut next = 40;
            let ids = || {
                next += 1;
                TransferId(next)
            };
            view.books.apply(&[fund, pend, Step::VoidPending { pending: TransferId(42) }], 1, 0, ids).unwrap();
            let commit = writer.commit(view).unwrap();
            flusher.flush(commit).unwrap();
        }
        let (mut writer, _flusher, reader) = test_store.open(50);
        let mut view = writer.view();
        let keys = Keys {
            accounts: vec![AccountId(5)],
            pendings: vec![TransferId(42)],
            clients: vec![drops.clone(), ClientId::from("nobody")],
            deposits: vec![deposit.key.clone()],
            grants: vec![grant.id],
            access_tokens: vec![access],
            refresh_tokens: vec![refresh],
            orders: vec![refused.key.clone(), key(22)],
            bank_days: vec![day.key],
            grant_months: vec![month.key],
            clock: vec![()],
            jobs: vec![job.id, JobId(32), send.id],
            bank_users: vec![user.nid.clone()],
            consents: vec![consent.id],
            auth_codes: vec![code.hash],
            cycles: vec![cycle.id],
            cards: vec![card.number],
            charge_totals: vec![total_key.clone()],
            finds: vec![Find::Numbered(OrderId(21)), Find::Numbered(OrderId(22))],
            // The tests in `phone.rs` load the rows of telephone payments.
            ..Keys::default()
        };
        writer.load(&keys, &mut view).unwrap();
        assert_eq!(view.clients.get(&drops).map(Arc::as_ref), Some(&client));
        assert_eq!(view.clients.get(&ClientId::from("nobody")), None);
        assert_eq!(view.deposits.get(&deposit.key).map(Arc::as_ref), Some(&deposit));
        assert_eq!(view.grants.get(&grant.id).map(Arc::as_ref), Some(&grant));
        assert_eq!(view.access_tokens.get(&access).map(Arc::as_ref), Some(&token));
        assert_eq!(view.refresh_tokens.get(&refresh).map(Arc::as_ref), Some(&refresh_token));
        assert_eq!(view.orders.get(&refused.key).map(Arc::as_ref), Some(&refused));
        assert_eq!(view.orders.get(&key(22)), None);
        assert_eq!(view.bank_days.get(&day.key).map(Arc::as_ref), Some(&day));
        assert_eq!(view.grant_months.get(&month.key).map(Arc::as_ref), Some(&month));
        assert_eq!(view.clock.get(&()).map(Arc::as_ref), Some(&ClockMode::Ahead(-99)));
        assert_eq!(view.jobs.get(&job.id).map(Arc::as_ref), Some(&job));
        assert_eq!(view.books.account(AccountId(5)), Some(&closed));
        assert_eq!(view.books.pending(TransferId(42)).map(|p| p.state), Some(ledger::PendingState::Voided));
        assert_eq!(view.cycles.get(&cycle.id).map(Arc::as_ref), Some(&cycle));
        assert_eq!(view.cards.get(&card.number).map(Arc::as_ref), Some(&card));
        assert_eq!(view.jobs.get(&send.id).map(Arc::as_ref), Some(&send));
        assert_eq!(view.bank_users.get(&user.nid).map(Arc::as_ref), Some(&user));
        assert_eq!(view.consents.get(&consent.id).map(Arc::as_ref), Some(&consent));
        assert_eq!(view.auth_codes.get(&code.hash).map(Arc::as_ref), Some(&code));
        assert_eq!(now(reader.bank_user(user.nid.clone())), Some(user));
        assert_eq!(now(reader.consent(consent.id)), Some(consent));
        assert_eq!(now(reader.auth_code(code.hash)), Some(code));
        assert_eq!(view.charge_totals.get(&total_key).map(Arc::as_ref), Some(&total));
        assert_eq!(view.found[&Find::Numbered(OrderId(21))], vec![refused.key.clone()]);
        assert_eq!(view.found[&Find::Numbered(OrderId(22))], Vec::new());
        assert!(view.is_unchanged());
        assert_eq!(now(reader.card(card.number)).map(|(card, _)| card), Some(card));
        assert_eq!(now(reader.cycle(cycle.id)), Some(cycle));
        assert_eq!(now(reader.cycles((i64::MAX, CycleId(i64::MAX)), 5)), vec![cycle]);
        assert_eq!(now(reader.access_token(access)), Some((token, grant)));
        assert_eq!(verify(&reader, &mut |_, _| {}).unwrap().differences, 0);
    });
}

/// The states of an order, each with a first answer that it can have.
fn states() -> Vec<(FirstAnswer, OrderState)> {
    let (hold, transfer) = (Hold { amount: TransferId(70), fee: Some(TransferId(71)) }, TransferId(72));
    let back = Return { ref_code: 508_301_100_000_009, reason: "بسته".into(), to: AccountId(3) };
    let bound = Rial::new(10_000);
    let charge = |code| FirstAnswer::Charge(ChargeCode::named(code).unwrap());
    vec![
        (FirstAnswer::Refused(OrderRefusal::BelowMinimum(bound)), OrderState::Refused),
        (FirstAnswer::Refused(OrderRefusal::AboveMaximum(bound)), OrderState::Refused),
        (FirstAnswer::Refused(OrderRefusal::DestinationNotUsable), OrderState::Refused),
        (charge("B78"), OrderState::Refused),
        (FirstAnswer::Pending, OrderState::Pending(hold)),
        (FirstAnswer::Unknown, OrderState::Unknown(Hold { fee: None, ..hold })),
        (charge("A106"), OrderState::HeldOnFloat(transfer)),
        (FirstAnswer::Done, OrderState::Booked(transfer)),
        (FirstAnswer::Done, OrderState::Queued(None)),
        (FirstAnswer::Done, OrderState::Queued(Some(hold))),
        (FirstAnswer::Done, OrderState::Settled),
        (FirstAnswer::Unknown, OrderState::Returned(back)),
        (FirstAnswer::Done, OrderState::Stuck(None, "DestinationNotUsable".into())),
        (FirstAnswer::Done, OrderState::Stuck(Some(hold), "InsufficientFunds".into())),
    ]
}

#[test]
fn an_order_is_found_in_whatever_state_it_was_left_and_in_every_report() {
    in_each_store("states", |test_store| {
        let cycle = CycleId(621_405_083_003);
        let all: Vec<Order> = states()
            .into_iter()
            .zip(100..)
            .map(|((first, state), number)| {
                let (through, cycle) = (Some(AccountId(2)), Some(cycle));
                let fee = Rial::new(7);
                // Every third order is as an earlier version stored it: without the user, who is in the grant.
                let user = (number % 3 > 0).then(|| "1111111111".into());
                let source = AccountId(number % 3);
                Order { first, through, cycle, fee, user, source, ..order(number, number, state) }
            })
            .collect();
        let (mut writer, flusher, _reader) = test_store.open(50);
        let mut view = writer.view();
        writer.load(&Keys::default(), &mut view).unwrap();
        for order in &all {
            // Each order is stored in another state first, and in its own state afterwards.
            view.orders.put(order.key.clone(), Order { cycle: None, state: OrderState::Refused, ..order.clone() });
        }
        let row = Cycle { id: cycle, ..Cycle::new(Bank::AYANDEH, &some_cycle()) };
        view.cycles.put(cycle, row);
        view.grants.put(GrantId(3), grant(3, "2222222222"));
        flusher.flush(writer.commit(view).unwrap()).unwrap();
        let mut view = writer.view();
        writer
            .load(&Keys { orders: all.iter().map(|order| order.key.clone()).collect(), ..Keys::default() }, &mut view)
            .unwrap();
        for order in &all {
            view.orders.put(order.key.clone(), order.clone());
        }
        flusher.flush(writer.commit(view).unwrap()).unwrap();
        drop((writer, flusher, _reader));

        let (mut writer, _flusher, reader) = test_store.open(50);
        for order in &all {
            assert_eq!(now(reader.order(order.key.clone())).as_ref(), Some(order));
            assert_eq!(now(reader.order_numbered(order.id)).as_ref(), Some(order));
        }
        let page = |status, offset, limit| OrderPage { from_ms: 101, to_ms: 111, status, offset, limit };
        let drops = || ClientId::from("drops");
        for status in [None, Some(Status::Done), Some(Status::Pending), Some(Status::Unknown), Some(Status::Failed)] {
            let wanted: Vec<&Order> = all
                .iter()
                .rev()
                .filter(|order| (101..111).contains(&order.at_ms))
                .filter(|order| status.is_none_or(|status| order.state.status() == status))
                .collect();
            let Paged { rows: found, count } = now(reader.orders(drops(), page(status, 0, 100)));
            assert_eq!(found.iter().map(|(order, _)| order).collect::<Vec<_>>(), wanted, "{status:?}");
            for (order, user) in &found {
                assert_eq!(user, order.user.as_deref().unwrap_or("2222222222"), "{order:?}");
            }
            assert_eq!(count, wanted.len() as i64);
            let Paged { rows: found, count } = now(reader.orders(drops(), page(status, 1, 2)));
            assert_eq!(
                found.iter().map(|(order, _)| order).collect::<Vec<_>>(),
                wanted.iter().copied().skip(1).take(2).collect::<Vec<_>>()
            );
            assert_eq!(count, wanted.len() as i64, "{status:?}: the count is of all pages");
        }
        let Paged { rows: payas, count } = now(reader.payas(AccountId(110 % 3), page(None, 0, 10)));
        assert_eq!((payas.len(), count), (1, 1), "only what has settled");
        assert_eq!((payas[0].0.state.clone(), payas[0].1), (OrderState::Settled, Some(row)));

        // The orders of a cycle are sorted by source account and number.
        let mut sorted: Vec<&Order> = all.iter().collect();
        sorted.sort_by_key(|order| (order.source, order.id));
        let debtors = now(reader.debtors(cycle, InCycle::All, AccountId(-1), 10));
        assert_eq!(
            debtors.iter().map(|debtor| (debtor.source.0, debtor.orders)).collect::<Vec<_>>(),
            (0..3)
                .map(|source| (source, all.iter().filter(|o| o.source.0 == source).count() as i64))
                .collect::<Vec<_>>()
        );
        assert_eq!(debtors.iter().map(|d| d.sum).sum::<i128>(), all.iter().map(|o| i128::from(o.amount.get())).sum());
        assert_eq!(now(reader.debtors(cycle, InCycle::Leaving, AccountId(-1), 10)), []);
        let after = (sorted[4].source, sorted[4].id);
        let found = now(reader.cycle_orders(cycle, InCycle::All, after, 3));
        assert_eq!(found.iter().collect::<Vec<_>>(), sorted[5..8]);
        let mut view = writer.view();
        writer.load(&Keys { finds: vec![Find::ToSettle(cycle)], ..Keys::default() }, &mut view).unwrap();
        let keys: Vec<OrderKey> = sorted.iter().map(|order| order.key.clone()).collect();
        assert_eq!(view.found[&Find::ToSettle(cycle)], keys);
        assert!(keys.len() < SETTLE_SLICE && keys.iter().all(|key| view.orders.is_loaded(key)));
        view.cycles.load(cycle, None);
        writer.abandon().unwrap();
    });
}

fn some_cycle() -> payments::PayaCycle {
    Rules::documented().unwrap().paya_cycle(Bank::AYANDEH, &Now::at(0).unwrap()).unwrap()
}

#[test]
fn the_living_tokens_of_a_client_are_listed_newest_first_by_kind_bank_and_user() {
    in_each_store("tokens", |test_store| {
        let (mut writer, flusher, reader) = test_store.open(50);
        let mut view = writer.view();
        writer.load(&Keys::default(), &mut view).unwrap();
        let kinds = [GrantKind::ClientCredential, GrantKind::Code, GrantKind::Sms];
        for number in 0..12u8 {
            let id = GrantId(i64::from(number) + 1);
            let user = if number % 4 == 0 { "2222222222" } else { "1111111111" };
            let bank = if number % 2 == 0 { Bank::AYANDEH } else { Bank::KESHAVARZI };
            let grant = Grant {
                client: ClientId::from(if number == 11 { "other" } else { "drops" }),
                kind: kinds[usize::from(number) % 3],
                bank: Some(bank),
                ..grant(id.0, user)
            };
            view.grants.put(id, grant);
            let hash = Digest([number; 32]);
            let revoked_at_ms = (number == 1).then_some(5);
            let created_at_ms = i64::from(number) * 100;
            view.access_tokens.put(hash, AccessToken { hash, grant: id, refresh: hash, created_at_ms, revoked_at_ms });
        }
        flusher.flush(writer.commit(view).unwrap()).unwrap();
        let list = |kind, bank, user: Option<&str>, at_ms| {
            let filter = TokenFilter { kind, bank, user: user.map(str::to_owned), at_ms };
            let found = now(reader.tokens(ClientId::from("drops"), filter));
            found.iter().map(|(token, _)| token.hash.0[0]).collect::<Vec<u8>>()
        };
        assert_eq!(list(GrantKind::Code, None, None, 0), [10, 7, 4], "1 was revoked");
        assert_eq!(list(GrantKind::Code, Some(Bank::AYANDEH), None, 0), [10, 4]);
        assert_eq!(list(GrantKind::Code, None, Some("2222222222"), 0), [4]);
        assert_eq!(list(GrantKind::Code, None, None, 1_400), [10, 7], "4 has ended at 1,400");
        assert_eq!(list(GrantKind::Sms, None, None, 0), [8, 5, 2], "11 is another client's");
        assert_eq!(list(GrantKind::ClientCredential, None, None, 0), [9, 6, 3, 0]);
    });
}

#[test]
fn a_store_keeps_the_purpose_and_the_key_that_it_was_made_with() {
    in_each_store("origin", |test_store| {
        let origin = |purpose, key| Origin { purpose, key: [key; 32], data_key: vec![key; 9], sealing: Vec::new() };
        let (mut writer, _flusher, _reader) = test_store.open(50);
        assert_eq!(writer.origin().unwrap(), None);
        let made = origin(Purpose::Sandbox, 1);
        assert_eq!(writer.claim(made.clone(), &[[1; 32]]).unwrap(), made);
        writer.wipe(Wipe::Everything).unwrap();
        let view = writer.view();
        writer.commit(view).unwrap();
        let claim = |writer: &mut Writer, purpose, keys: &[u8]| {
            writer.claim(origin(purpose, 7), &keys.iter().map(|key| [*key; 32]).collect::<Vec<_>>())
        };
        assert!(matches!(claim(&mut writer, Purpose::Production, &[1]), Err(Error::OtherPurpose { .. })));
        assert!(matches!(claim(&mut writer, Purpose::Sandbox, &[2, 3]), Err(Error::OtherKey)));
        assert_eq!(claim(&mut writer, Purpose::Sandbox, &[2, 1]).unwrap(), made, "one of the ring");
        let sealed_anew = origin(Purpose::Sandbox, 2);
        writer.put_origin(&sealed_anew).unwrap();
        assert_eq!(writer.origin().unwrap(), Some(sealed_anew.clone()));
        assert!(matches!(claim(&mut writer, Purpose::Sandbox, &[1]), Err(Error::OtherKey)));
        assert_eq!(claim(&mut writer, Purpose::Sandbox, &[2]).unwrap(), sealed_anew);
        // Keys that have sealed data since then are required as well.
        let changing = Origin { sealing: vec![[3; 32], [4; 32]], ..sealed_anew };
        writer.put_origin(&changing).unwrap();
        for (keys, lacks) in [(&[2][..], "03030303, 04040404"), (&[3, 4], "02020202"), (&[4, 2], "03030303")] {
            let refused = claim(&mut writer, Purpose::Sandbox, keys).unwrap_err().to_string();
            assert!(refused.contains(&format!("with the ids {lacks}; given: ")), "{refused}");
        }
        assert_eq!(claim(&mut writer, Purpose::Sandbox, &[5, 4, 3, 2]).unwrap(), changing);
    });
}

#[test]
fn a_wiped_store_is_as_new() {
    in_each_store("wipe", |test_store| {
        let (mut writer, flusher, reader) = test_store.open(10);
        assert!(writer.is_empty().unwrap());
        for _ in 0..2 {
            found(&mut writer, &flusher);
            submit(&mut writer, &flusher, 0, 60);
            submit(&mut writer, &flusher, 60, 5);
            check(&reader, 65);
            assert!(!writer.is_empty().unwrap());
            writer.wipe(Wipe::Everything).unwrap();
            writer.abandon().unwrap();
            check(&reader, 65);
            writer.wipe(Wipe::Everything).unwrap();
            let view = writer.view();
            let commit = writer.commit(view).unwrap();
            flusher.flush(commit).unwrap();
            assert!(writer.is_empty().unwrap());
            assert_eq!(now(reader.order(key(1))), None);
            assert_eq!(now(reader.accounts(Page { after: -1, limit: 10 })), Vec::new());
        }
    });
}

#[test]
fn a_directory_belongs_to_one_process_at_a_time() {
    let test_store = TestStore::directory("lock");
    let first = test_store.open(50);
    assert!(matches!(store::open(&test_store.location(50)), Err(Error::InUse(_))));
    drop(first);
    test_store.open(50);
}

/// Commits jobs that are due at these instants, in Unix milliseconds.
fn put_jobs(writer: &mut Writer, flusher: &Flusher, due_ms: impl Iterator<Item = i64>) {
    let mut view = writer.view();
    writer.load(&Keys::default(), &mut view).unwrap();
    for due_at_ms in due_ms {
        let id = JobId(view.ids.take());
        view.jobs.put(id, Job::new(id, due_at_ms, JobKind::ExpireHold(TransferId(1))));
    }
    let commit = writer.commit(view).unwrap();
    flusher.flush(commit).unwrap();
}

#[test]
fn a_job_is_claimed_once_in_the_order_of_time_until_its_lease_runs_out() {
    in_each_store("jobs", |test_store| {
        let (mut writer, flusher, reader) = test_store.open(50);
        let claim = |due_by_ms, now_ms, limit| Claim { due_by_ms, now_ms, until_ms: now_ms + 100, limit };
        assert_eq!((writer.next_due().unwrap(), now(reader.next_due())), (None, None));
        put_jobs(&mut writer, &flusher, [30, 10, 20, 40].into_iter());
        let about = now(reader.jobs_about(1));
        assert_eq!(about.iter().map(|job| job.due_at_ms).collect::<Vec<_>>(), [10, 20, 30, 40]);
        assert_eq!(now(reader.jobs_about(2)), []);
        assert_eq!((writer.next_due().unwrap(), now(reader.next_due())), (Some(10), Some(10)));

        let due = |jobs: &[Job]| jobs.iter().map(|job| (job.due_at_ms, job.fence)).collect::<Vec<_>>();
        let first = writer.claim_jobs(claim(30, 1_000, 2)).unwrap();
        assert_eq!(due(&first), [(10, 1), (20, 1)]);
        assert_eq!(due(&writer.claim_jobs(claim(30, 1_000, 9)).unwrap()), [(30, 1)], "of what is left and due");
        assert_eq!(due(&writer.claim_jobs(claim(30, 1_099, 9)).unwrap()), [], "all are leased");
        let again = writer.claim_jobs(claim(10, 1_100, 9)).unwrap();
        assert_eq!(due(&again), [(10, 2)], "a lease has run out, and the fence has moved");

        let mut view = writer.view();
        writer.load(&Keys { jobs: vec![first[0].id], ..Keys::default() }, &mut view).unwrap();
        assert_eq!(view.jobs.get(&first[0].id).map(|job| job.fence), Some(2));
        view.jobs.remove(first[0].id);
        let commit = writer.commit(view).unwrap();
        flusher.flush(commit).unwrap();
        assert_eq!(writer.next_due().unwrap(), Some(20), "the first is gone");
    });
}

/// Two threads, each with its own writer, stand for two processes on one database.
#[test]
fn two_writers_on_one_database_claim_each_job_once() {
    let test_store = TestStore::database();
    let (mut writer, flusher, _reader) = test_store.open(50);
    const JOBS: i64 = 500;
    put_jobs(&mut writer, &flusher, 0..JOBS);
    let claim = Claim { due_by_ms: JOBS, now_ms: 1_000, until_ms: 2_000, limit: 7 };
    let threads: Vec<_> = (0..2)
        .map(|_| {
            let (mut writer, _flusher, _reader) = test_store.open(50);
            std::thread::spawn(move || {
                let mut claimed = Vec::new();
                loop {
                    let jobs = writer.claim_jobs(claim).unwrap();
                    if jobs.is_empty() {
                        return claimed;
                    }
                    claimed.extend(jobs.iter().map(|job| (job.id, job.fence)));
                }
            })
        })
        .collect();
    let mut all: Vec<_> = threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect();
    all.sort_unstable();
    let first = all[0].0.0;
    assert_eq!(all, (first..first + JOBS).map(|id| (JobId(id), 1)).collect::<Vec<_>>());
}

#[test]
fn a_batch_decided_on_what_another_writer_has_changed_is_not_committed() {
    let test_store = TestStore::database();
    let (mut one, flusher, reader) = test_store.open(50);
    let (mut other, _flusher, _reader) = test_store.open(50);
    found(&mut one, &flusher);
    // Both writers keep the accounts in memory.
    submit(&mut one, &flusher, 0, 5);
    submit(&mut other, &flusher, 5, 5);
    let refused = [(6, 10), (3, 11)].map(|(account, number)| {
        let mut view = one.view();
        let keys = Keys { accounts: vec![AccountId(account)], orders: vec![key(number)], ..Keys::default() };
        one.load(&keys, &mut view).unwrap();
        if account == 6 {
            // The order depends on the account as it is in memory, and moves no money on it.
            let id = view.ids.take();
            view.orders.put(key(number), order(id, number, OrderState::Refused));
        }
        one.commit(view).map(|_| ())
    });
    assert!(refused.iter().all(|result| matches!(result, Err(Error::Conflict(_)))), "{refused:?}");
    assert_eq!(now(reader.order(key(10))), None);
    // The first attempt uses the other accounts as they are in memory; the second one locks them.
    assert!(matches!(try_submit(&mut one, 10, 5), Err(Error::Conflict(_))));
    submit(&mut one, &flusher, 10, 5);
    check(&reader, 15);
}

#[test]
fn a_batch_that_needs_more_numbers_than_there_are_is_decided_again_with_more() {
    let test_store = TestStore::database();
    let (mut writer, flusher, reader) = test_store.open(50);
    found(&mut writer, &flusher);
    const MANY: i64 = 6_000;
    let submit_many = |writer: &mut Writer| {
        let mut view = writer.view();
        writer.load(&Keys { accounts: vec![AccountId(0), AccountId(1)], ..Keys::default() }, &mut view).unwrap();
        for _ in 0..MANY {
            view.ids.take();
        }
        let ids = &mut view.ids;
        let step = Step::Post { debit: AccountId(0), credit: AccountId(1), amount: Rial::new(1) };
        view.books.apply(&[step], 1, 0, || TransferId(ids.take())).unwrap();
        writer.commit(view)
    };
    let results: Vec<bool> = (0..4).map(|_| submit_many(&mut writer).is_ok()).collect();
    assert!(results.contains(&false) && results.contains(&true), "{results:?}");
    let done = results.iter().filter(|done| **done).count() as i64;
    let account = now(reader.account(AccountId(1))).unwrap();
    assert_eq!(account.posted(), Rial::new(1_000_000 + done));
    assert_eq!(verify(&reader, &mut |_, _| {}).unwrap().differences, 0);
}

#[test]
fn a_batch_takes_three_round_trips_at_most_whatever_its_size() {
    let test_store = TestStore::database();
    let TestStore::Database(url) = &test_store else { unreachable!("it was just made") };
    let proxy = Proxy::start(postgres().port()).unwrap();
    let through = url.replace(&format!(":{}/", postgres().port()), &format!(":{}/", proxy.port()));
    let location = Location::Database { url: through, timeout: store::TIMEOUT };
    let (mut writer, flusher, _reader) = store::open(&location).unwrap();
    found(&mut writer, &flusher);
    // Statements are prepared once per connection.
    submit(&mut writer, &flusher, 0, 3);
    // If the client is delayed in the middle of a batch, the proxy counts one more round trip: the minimum of several attempts counts.
    proxy.answer_after(std::time::Duration::from_millis(10));
    const MAX_ATTEMPTS: usize = 12;
    let mut first = 3;
    for count in [1, 2, 40, 400] {
        let turns = (0..MAX_ATTEMPTS).map(|_| {
            let before = proxy.turns();
            submit(&mut writer, &flusher, first, count);
            first += count;
            proxy.turns() - before
        });
        assert_eq!(turns.min(), Some(2), "{count} orders on remembered accounts");
    }
    // Another writer changes every account: a batch that uses the accounts in memory is refused, and the next one loads and locks them.
    let (mut other, _flusher, _reader) = test_store.open(50);
    let turns = (0..MAX_ATTEMPTS).map(|_| {
        submit_with_retry(&mut other, first, 10);
        first += 10;
        while try_submit(&mut writer, first, 0).is_err() {}
        let before = proxy.turns();
        submit_with_retry(&mut writer, first, 20);
        first += 20;
        proxy.turns() - before
    });
    assert!(turns.min().is_some_and(|turns| turns <= 3), "with the accounts locked");
    check(&reader_of(&test_store), first);
}

#[test]
fn the_outcome_of_a_commit_whose_answer_is_lost_is_asked_for() {
    let test_store = TestStore::database();
    let TestStore::Database(url) = &test_store else { unreachable!("it was just made") };
    let proxy = Proxy::start(postgres().port()).unwrap();
    let through = url.replace(&format!(":{}/", postgres().port()), &format!(":{}/", proxy.port()));
    let location = Location::Database { url: through, timeout: std::time::Duration::from_millis(500) };
    let (mut writer, flusher, reader) = store::open(&location).unwrap();
    found(&mut writer, &flusher);
    let mut orders = 0;
    // One direction of the connection, or both, are closed at the time of the commit: the commit may have reached the server or not.
    for (fault, lasts) in [
        (ProxyFault::ServerGone, false),
        (ProxyFault::ClientGone, false),
        (ProxyFault::Cut, false),
        (ProxyFault::Cut, true),
    ] {
        for _ in 0..3 {
            submit_with_retry(&mut writer, orders, 4);
            orders += 4;
            let mut view = writer.view();
            let keys =
                Keys { accounts: vec![AccountId(0), AccountId(1)], orders: vec![key(orders)], ..Keys::default() };
            writer.load(&keys, &mut view).unwrap();
            let id = view.ids.take();
            let ids = &mut view.ids;
            let mut transfer = TransferId(0);
            let next = || {
                transfer = TransferId(ids.take());
                transfer
            };
            let amount = Rial::new(1 + orders % 9);
            let step = Step::Post { debit: AccountId(0), credit: AccountId(1), amount };
            view.books.apply(&[step], orders, id, next).unwrap();
            let source = Order { source: AccountId(0), ..order(id, orders, OrderState::Booked(transfer)) };
            view.orders.put(key(orders), source);
            proxy.set(fault);
            if !lasts {
                proxy.set(ProxyFault::None);
            }
            let committed = writer.commit(view);
            proxy.set(ProxyFault::None);
            let there = now(reader_of(&test_store).order(key(orders))).is_some();
            match committed {
                Ok(_) => assert!(there, "{fault:?}: reported as committed"),
                Err(Error::Conflict(_)) => assert!(!there, "{fault:?}: reported as not committed"),
                Err(Error::InDoubt(_)) => assert!(lasts, "{fault:?}: the database could be asked"),
                Err(other) => panic!("{fault:?}: {other}"),
            }
            if there {
                orders += 1;
            }
        }
    }
    submit_with_retry(&mut writer, orders, 4);
    check(&reader_of(&test_store), orders + 4);
    drop(reader);
}

/// Submits until it succeeds, as an engine does: after a fault, rows in memory may be out of date, or the time of the next attempt to
/// connect may not have come.
fn submit_with_retry(writer: &mut Writer, first: i64, count: i64) {
    let began = std::time::Instant::now();
    while let Err(error) = try_submit(writer, first, count) {
        assert_eq!(error.after(), After::Again, "{error}");
        assert!(began.elapsed() < std::time::Duration::from_secs(20), "{error}");
        std::thread::yield_now();
    }
}

/// A reader whose connections do not pass through the proxy.
fn reader_of(test_store: &TestStore) -> Reader {
    test_store.open(50).2
}

#[test]
fn a_connection_is_encrypted_and_the_server_s_certificate_verified() {
    let (cluster, certificate) = Cluster::start_encrypted(&std::env::temp_dir()).unwrap();
    let open = |parameters: String| {
        let url = format!("{}?{parameters}", cluster.url("postgres"));
        store::open(&Location::Database { url, timeout: store::TIMEOUT }).map(|_| ())
    };
    let known = format!("sslrootcert={}", certificate.display());
    open(format!("sslmode=verify-full&{known}")).unwrap();
    open(format!("sslmode=prefer&{known}")).unwrap();
    let unknown = open("sslmode=require".to_owned()).unwrap_err().to_string();
    assert!(unknown.contains("certificate"), "{unknown}");
    let plain = open("sslmode=disable".to_owned()).unwrap_err().to_string();
    assert!(plain.contains("no encryption"), "{plain}");
}

#[test]
fn a_server_is_reached_by_its_socket_too() {
    postgres().create_database("by_socket").unwrap();
    assert!(postgres().sockets().is_some(), "the temporary directory's path is short");
    let url = postgres().short_url("by_socket");
    let (mut writer, flusher, reader) = store::open(&Location::Database { url, timeout: store::TIMEOUT }).unwrap();
    found(&mut writer, &flusher);
    submit(&mut writer, &flusher, 0, 3);
    check(&reader, 3);
}

#[test]
fn dead_jobs_are_listed_with_their_reasons_and_are_never_due() {
    in_each_store("dead-jobs", |test_store| {
        let (mut writer, flusher, reader) = test_store.open(50);
        let mut view = writer.view();
        writer.load(&Keys::default(), &mut view).unwrap();
        let job = |id: i64, due_at_ms: i64, dead_at_ms: Option<i64>| {
            let job = Job::new(JobId(id), due_at_ms, JobKind::ExpireHold(TransferId(id)));
            Job { tries: id, dead_at_ms, ..job }
        };
        let jobs = [job(1, NEVER_MS, Some(5)), job(2, 10, None), job(3, NEVER_MS, Some(6))];
        for job in jobs {
            view.jobs.put(job.id, job);
        }
        let failure = JobFailure { job: JobId(3), error: Text::from("ledger: Overflow"), at_ms: 7 };
        view.job_failures.put(failure.job, failure.clone());
        let commit = writer.commit(view).unwrap();
        flusher.flush(commit).unwrap();
        assert_eq!(now(reader.dead_jobs(Page { after: 0, limit: 9 })), [jobs[0], jobs[2]]);
        assert_eq!(now(reader.dead_jobs(Page { after: 1, limit: 9 })), [jobs[2]]);
        assert_eq!((now(reader.job_failure(JobId(3))), now(reader.job_failure(JobId(1)))), (Some(failure), None));
        let claim = Claim { due_by_ms: i64::MAX - 1, now_ms: 1, until_ms: 2, limit: 9 };
        let claimed: Vec<JobId> = writer.claim_jobs(claim).unwrap().iter().map(|job| job.id).collect();
        assert_eq!(claimed, [JobId(2)]);
    });
}
