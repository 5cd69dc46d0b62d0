//! What the tests of the engine share: a place for a store, an engine on it, and one client with deposits at one bank.
#![allow(dead_code, reason = "each test binary uses its own part of this module")]

pub mod card_network;
pub mod network;
pub mod test_store;

use std::path::PathBuf;
use std::sync::Arc;

use engine::{Engine, Fill, Settings, World};
use ledger::{AccountId, Rial};
use payments::{
    AccountNumber, Bank, ChargeLimits, Client, ClientId, DepositKey, Destination, Digest, Grant, GrantId, GrantKind,
    NameField, OpenDeposit, OrderKey, RegisterClient, Rules, SecondPassword, Service, SourceAndDestination,
    SubmitTransfer,
};
use store::Location;

pub const BANK: Bank = Bank::SEPAH;
/// 2026-11-21T11:00:00+03:30.
pub const START_MS: i64 = 1_795_246_200_000;
/// An account of a bank that is not here.
pub const NOT_HOSTED: &str = "IR780570000000100200300400";

/// A directory that goes when the test is over.
pub struct Directory(PathBuf);

impl Directory {
    pub fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("daric-engine-{name}-{}", std::process::id()));
        drop(std::fs::remove_dir_all(&path));
        Self(path)
    }

    pub fn location(&self, compact_after: usize) -> Location {
        Location::Directory { path: self.0.clone(), compact_after }
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

pub fn settings(world: World, fill: Fill) -> Settings {
    Settings {
        rules: Rules::documented().unwrap(),
        world,
        fill,
        sms: Arc::new(rails::NoSms),
        callbacks: Arc::new(
            rails::HttpCallbacks::new(
                &rails::DnsResolver::of(vec![]),
                rails::Reach::Anywhere,
                rails::Answers::Kept,
                Box::new(|_, _, _| None),
            )
            .unwrap(),
        ),
        network: Arc::new(network::TestNetwork::default()),
        card_network: Arc::new(rails::ProductionCardNetwork),
        time: Arc::new(engine::MachineTime),
    }
}

pub async fn start(location: &Location, settings: Settings) -> Engine {
    let location = location.clone();
    let store = tokio::task::spawn_blocking(move || store::open(&location).unwrap()).await.unwrap();
    Engine::start(store, settings).await.unwrap()
}

pub fn drops() -> ClientId {
    ClientId::from("drops")
}

pub fn client() -> Client {
    Client {
        id: drops(),
        secret: Digest([0; 32]),
        caller_nids: vec!["0499370899".into()],
        redirect_origin: "http://127.0.0.1".into(),
        scopes: vec!["oak:balance:get".into()],
        max_amount: Rial::ZERO,
        max_count: 0,
        float: None,
        charge_limits: ChargeLimits::default(),
        disabled: false,
    }
}

pub fn register(client: Client, replace: bool) -> RegisterClient {
    RegisterClient { client, replace }
}

/// One client, and what it has.
pub fn world(deposits: impl IntoIterator<Item = OpenDeposit>) -> World {
    let mut world = World::default();
    world.add(register(client(), false));
    deposits.into_iter().for_each(|deposit| world.add(deposit));
    world
}

pub fn open_deposit(number: &str, balance: i64, opened_at_ms: Option<i64>) -> OpenDeposit {
    OpenDeposit {
        bank: BANK,
        number: AccountNumber::parse(number).unwrap(),
        owner: "1111111111".into(),
        first_name: "drops".into(),
        last_name: String::new(),
        account_type: "010".into(),
        approved_for: vec![drops()],
        balance: Rial::new(balance),
        opened_at_ms,
    }
}

pub async fn deposit(engine: &Engine, number: &str) -> Option<AccountId> {
    let key = DepositKey::new(BANK, &AccountNumber::parse(number).unwrap().digits());
    engine.reader().deposit(key).await.unwrap().map(|(deposit, _)| deposit.id)
}

/// A user's grant for those of some deposits that are open.
pub async fn grant(engine: &Engine, numbers: &[String]) -> Grant {
    let (mut deposits, mut deposit_numbers) = (Vec::new(), Vec::new());
    for number in numbers {
        if let Some(id) = deposit(engine, number).await {
            deposits.push(id);
            deposit_numbers.push(number.clone());
        }
    }
    Grant {
        id: GrantId(0),
        client: drops(),
        kind: GrantKind::Code,
        user: "1111111111".into(),
        bank: Some(BANK),
        scopes: vec![],
        deposits,
        deposit_numbers,
        max_amount: Rial::ZERO,
        monthly_count: 0,
        life_ms: 1_000,
        ended_at_ms: None,
        forgotten_at_ms: None,
    }
}

pub fn key(track_id: &str) -> OrderKey {
    OrderKey { client: drops(), track_id: track_id.into() }
}

/// A transfer of one rial, which the network brings at once.
pub fn transfer(grant: &Arc<Grant>, track_id: &str, source: &str, destination: &str) -> SubmitTransfer {
    let source = AccountNumber::parse(source);
    let destination = Destination::parse(destination).unwrap();
    SubmitTransfer {
        key: key(track_id),
        service: Service::TransferTo,
        accounts: SourceAndDestination::of(grant, source.as_ref(), &destination),
        grant: Arc::clone(grant),
        source,
        destination,
        amount: Rial::new(1),
        description: "شرح".into(),
        payment_number: "".into(),
        second_password: SecondPassword::Missing,
        destination_first_name: NameField::Given("سمیه".into()),
        destination_last_name: NameField::Given("خلیلی".into()),
        source_first_name: NameField::Missing,
        source_last_name: NameField::Missing,
        submission: None,
        request_hash: [0; 16],
    }
}
