//! Stores of the first edition are opened with all their rows.
//!
//! The fixtures were left by the server of e0c28fdb. They hold transfers, card charges and telephone payments, decided and undecided; unpaid
//! invoices, and invoices paid from a wallet, by card, by voucher, by another invoice and on a future day; a consent, a hold, a closed account, a
//! proposal and messages. The SQLite fixture is the files as they were when the server was stopped, with all rows in the log; the PostgreSQL
//! fixture is the output of `pg_dump`.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

use flate2::read::GzDecoder;
use ledger::{Account, AccountId, AccountStatus, Pending, Transfer};
use payments::{
    CardSlip, Digest, Invoice, InvoiceStateCode, OrderKey, OrderStateCode, PartyId, Rows, Text, View, blocked, wallet,
};
use schema::{Corrupt, Fetch, Table, corrupt};
use store::{InvoiceFilter, InvoicePage, InvoicePageStart, InvoiceSide, Page, Reader, verify};
use tokio_postgres::{NoTls, Row};

use super::test_store::{TestStore, now, postgres};

const DATABASE: &[u8] = include_bytes!("../fixtures/first-edition/daric.db.gz");
const LOG: &[u8] = include_bytes!("../fixtures/first-edition/daric.db-wal.gz");
const DUMP: &str = include_str!("../fixtures/first-edition/postgres.sql");

const ALI: PartyId = PartyId(101);
const SHOP: PartyId = PartyId(201);
/// All rows of a list, oldest first.
const ALL: Page = Page { after: -1, limit: 1_000 };
/// All rows of a list, newest first.
const NEWEST: Page = Page { after: i64::MAX, limit: 1_000 };

/// A directory as the first edition left it.
pub fn directory(test: &str) -> TestStore {
    let test_store = TestStore::directory(test);
    let TestStore::Directory(path) = &test_store else { unreachable!("it is a directory") };
    std::fs::create_dir(path).unwrap();
    unpack(DATABASE, &path.join("daric.db"));
    unpack(LOG, &path.join("daric.db-wal"));
    test_store
}

fn unpack(packed: &[u8], to: &Path) {
    let mut bytes = Vec::new();
    GzDecoder::new(packed).read_to_end(&mut bytes).unwrap();
    std::fs::write(to, bytes).unwrap();
}

fn database() -> TestStore {
    let test_store = TestStore::database();
    let TestStore::Database(url) = &test_store else { unreachable!("it is a database") };
    postgres().sql(url.rsplit('/').next().unwrap(), DUMP).unwrap();
    test_store
}

/// The number of rows of each table of the first edition, counted without the store.
fn counts_of_directory(path: &Path) -> BTreeMap<String, i64> {
    let connection = rusqlite::Connection::open(path.join("daric.db")).unwrap();
    let mut tables = connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").unwrap();
    let names: Vec<String> = tables.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let count = |name: &String| connection.query_row(&format!("SELECT count(*) FROM {name}"), [], |row| row.get(0));
    names.iter().map(|name| (name.clone(), count(name).unwrap())).collect()
}

/// A connection to the database of a test, separate from those of the store.
async fn connect(url: &str) -> tokio_postgres::Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

async fn counts_of_database(client: &tokio_postgres::Client) -> BTreeMap<String, i64> {
    let mut counts = BTreeMap::new();
    for row in client.query("SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'", &[]).await.unwrap() {
        let name: String = row.get(0);
        let count = client.query_one(&format!("SELECT count(*) FROM {name}"), &[]).await.unwrap();
        counts.insert(name, count.get(0));
    }
    counts
}

/// A PostgreSQL row, whose columns are read in order.
struct Columns<'a>(&'a Row, usize);

impl<'a> Columns<'a> {
    fn next<T: tokio_postgres::types::FromSql<'a>>(&mut self) -> Result<T, Corrupt> {
        self.1 += 1;
        self.0.try_get(self.1 - 1).map_err(|error| corrupt("?", error.to_string()))
    }
}

impl Fetch for Columns<'_> {
    type Error = Corrupt;

    fn int(&mut self) -> Result<Option<i64>, Corrupt> {
        self.next()
    }

    fn optional_text(&mut self) -> Result<Option<String>, Corrupt> {
        self.next()
    }

    fn optional_blob(&mut self) -> Result<Option<Vec<u8>>, Corrupt> {
        self.next()
    }
}

/// Reads all rows of all tables by their declarations. Returns the number of rows of each table.
async fn read_whole(client: &tokio_postgres::Client) -> BTreeMap<&'static str, i64> {
    async fn rows_of<T: Table>(client: &tokio_postgres::Client, counts: &mut BTreeMap<&'static str, i64>) {
        let rows = client.query(&format!("SELECT {} FROM {}", T::COLUMNS, T::NAME), &[]).await.unwrap();
        for row in &rows {
            T::fetch(&mut Columns(row, 0)).unwrap_or_else(|why| panic!("{}: {why}", T::NAME));
        }
        counts.insert(T::NAME, rows.len() as i64);
    }
    async fn plain<K, R: Table<Key = K>>(
        client: &tokio_postgres::Client,
        counts: &mut BTreeMap<&'static str, i64>,
        _: fn(&View) -> &Rows<K, R>,
    ) {
        rows_of::<R>(client, counts).await;
    }
    let mut counts = BTreeMap::new();
    macro_rules! read {
        (plain { $($(#[$doc:meta])* $table:ident: $row:ty,)* } apart { $($(#[$other_doc:meta])* $other:ident: $key:ty => $other_row:ty,)* }) => {
            $(plain(client, &mut counts, |view| &view.$table).await;)*
        };
    }
    payments::tables!(read);
    rows_of::<Account>(client, &mut counts).await;
    rows_of::<Transfer>(client, &mut counts).await;
    rows_of::<Pending>(client, &mut counts).await;
    rows_of::<payments::Deposit>(client, &mut counts).await;
    rows_of::<payments::Order>(client, &mut counts).await;
    counts
}

/// Requires that each table has as many rows as before, and that the most important tables are not empty.
fn compare(before: &BTreeMap<String, i64>, after: &BTreeMap<&'static str, i64>) {
    for (table, rows) in after {
        assert_eq!(before.get(*table).copied().unwrap_or(0), *rows, "rows of {table}");
    }
    assert!(
        ["transfer", "transfer_order", "invoice", "phone_order", "audit_line", "proposal", "job", "oauth_grant"]
            .iter()
            .all(|table| after[table] > 0)
    );
}

/// Requires what the server of the first edition answered before it was stopped.
fn check(reader: &Reader) {
    let report = verify(reader, &mut |_, _| {}).unwrap();
    assert_eq!((report.differences, &report.listed), (0, &Vec::new()));
    assert_eq!((report.totals.transfers, report.totals.accounts, report.totals.orders), (43, 49, 26));
    let deposits = now(reader.deposits(ALL));
    let deposits: Vec<_> = deposits
        .iter()
        .map(|(deposit, account)| (&*deposit.number, account.posted().get(), account.available().get(), account.status))
        .collect();
    assert_eq!(
        deposits,
        [
            ("0302876214008", 999_399_866_998, 999_399_721_998, AccountStatus::Open),
            ("0302876732005", 50_050_000, 50_049_000, AccountStatus::NoDebits),
            ("776700000", 100_000_000_000, 100_000_000_000, AccountStatus::Open),
            ("47000123456601", 99_999_970_000, 99_999_970_000, AccountStatus::Open),
            ("100200300400", 100_000_000_000, 100_000_000_000, AccountStatus::Open),
            ("300400500600", 600_050_000, 600_050_000, AccountStatus::Open),
        ]
    );
    let shown = |mask: &str, account: &Account| (mask.to_owned(), account.posted().get());
    let cards: Vec<_> = now(reader.cards(ALL)).iter().map(|(card, account)| shown(&card.mask, account)).collect();
    assert_eq!(cards[0], ("636214******0001".to_owned(), 500_023_000));
    assert_eq!(cards[1], ("636214******9309".to_owned(), 20_000));
    let payers = now(reader.payer_cards(ALL));
    let payers: Vec<_> = payers.iter().map(|(card, account)| shown(&card.mask, account)).collect();
    assert_eq!(payers[0], ("502200******0000".to_owned(), 99_950_000));
    assert_eq!(payers[5], ("589210******0016".to_owned(), 99_782_000));
    let posted = |id: AccountId| now(reader.account(id)).unwrap().posted().get();
    assert_eq!((posted(wallet(ALI)), posted(blocked(ALI)), posted(blocked(SHOP))), (9_891_000, 54_500, 21_800));
    for (track_id, state) in [
        ("t-internal", OrderStateCode::Booked),
        ("t-paya", OrderStateCode::Settled),
        ("t-paya-held", OrderStateCode::Settled),
        ("t-satna", OrderStateCode::Booked),
        ("daric-pending-1", OrderStateCode::Pending),
        ("daric-unknown-1", OrderStateCode::Unknown),
        ("t-poor", OrderStateCode::Refused),
        ("c-1", OrderStateCode::Booked),
        ("daric-charge-B75-1", OrderStateCode::Refused),
        ("daric-charge-A123-1", OrderStateCode::Unknown),
        ("c-float", OrderStateCode::HeldOnFloat),
        ("t-paya-2", OrderStateCode::Queued),
        ("daric-pending-2", OrderStateCode::Pending),
    ] {
        let key = OrderKey { client: "drops".into(), track_id: Text::from(track_id) };
        let order = now(reader.order(key)).unwrap_or_else(|| panic!("{track_id} is not there"));
        assert_eq!(order.state.code(), state, "{track_id}");
    }
    check_invoices(reader);
    let phone = now(reader.phone_order_page(NEWEST));
    let orders: Vec<(&str, bool)> = phone.iter().map(|order| (&*order.sent, order.tried.is_some())).collect();
    assert_eq!(orders, [("123457", true), ("123456", true)]);
    let user = now(reader.bank_user("1111111111".to_owned())).unwrap();
    assert!(user.password.starts_with("$argon2"), "{}", user.password);
}

fn check_invoices(reader: &Reader) {
    let invoices = now(reader.invoice_page(NEWEST));
    let states: BTreeMap<&str, InvoiceStateCode> =
        invoices.iter().map(|invoice| (invoice.bill_number.as_deref().unwrap_or_default(), invoice.code())).collect();
    let expected = BTreeMap::from([
        ("B-wallet", InvoiceStateCode::Closed),
        ("B-card", InvoiceStateCode::Paid),
        // It was not verified within an hour, and the payment was returned.
        ("B-waiting", InvoiceStateCode::Issued),
        ("B-waits", InvoiceStateCode::Waiting),
        ("B-canceled", InvoiceStateCode::CanceledPaid),
        ("B-open", InvoiceStateCode::Issued),
        ("B-future", InvoiceStateCode::Future),
        ("B-voucher", InvoiceStateCode::Paid),
        ("B-sms", InvoiceStateCode::Issued),
        ("B-gateway", InvoiceStateCode::InGateway),
        ("S-1", InvoiceStateCode::SetOff),
    ]);
    assert_eq!(states, expected);
    // The first edition stored the slip as JSON; it is in columns now.
    let slips: Vec<(&Invoice, &CardSlip)> =
        invoices.iter().filter_map(|invoice| Some((invoice, invoice.card_slip()?))).collect();
    assert_eq!(slips.len(), 3);
    for (invoice, slip) in slips {
        assert_eq!((slip.rrn.len(), slip.tref.len(), &*slip.mask), (12, 18, "589210******0016"));
        for number in [&slip.rrn, &slip.tref] {
            assert_eq!(now(reader.invoices_by_card_payment(number.clone())), std::slice::from_ref(invoice));
        }
    }
    let page = InvoicePage {
        of: SHOP,
        side: InvoiceSide::Issued,
        filter: InvoiceFilter { paid: Some(true), words: vec!["book".to_owned()], ..InvoiceFilter::default() },
        start: InvoicePageStart::Offset(0),
        limit: 100,
        bytes: 1 << 20,
    };
    let paid = now(reader.invoices(page));
    assert_eq!((paid.count, paid.payable), (4, 4 * 54_500));
    assert_eq!(now(reader.gateway_session(Digest([0; 32]))), None);
}

#[test]
fn a_directory_of_the_first_edition_is_opened_with_all_that_is_in_it() {
    let test_store = directory("first-edition");
    let TestStore::Directory(path) = &test_store else { unreachable!("it is a directory") };
    let before = counts_of_directory(path);
    for _ in 0..2 {
        let (_writer, _flusher, reader) = test_store.open(50);
        check(&reader);
    }
    // The move to a database reads and writes each row by its declaration.
    let target = TestStore::database();
    let TestStore::Database(url) = &target else { unreachable!("it is a database") };
    store::migrate(&test_store.location(50), &target.location(50), &mut |_, _| {}).unwrap();
    store::finish_move(&target.location(50)).unwrap();
    compare(&before, &now(async { Ok(read_whole(&connect(url).await).await) }));
    let (_writer, _flusher, reader) = target.open(50);
    check(&reader);
}

#[test]
fn a_database_of_the_first_edition_is_opened_with_all_that_is_in_it() {
    let test_store = database();
    let TestStore::Database(url) = &test_store else { unreachable!("it is a database") };
    let before = now(async { Ok(counts_of_database(&connect(url).await).await) });
    for _ in 0..2 {
        let (_writer, _flusher, reader) = test_store.open(50);
        check(&reader);
    }
    compare(&before, &now(async { Ok(read_whole(&connect(url).await).await) }));
}
