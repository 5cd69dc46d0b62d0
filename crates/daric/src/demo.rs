//! The demo world: fixed values on which examples, tests and documents rely.

use std::collections::BTreeSet;

use admin::DemoObject;
use data_encoding::HEXLOWER;
use edge::key_ring::SealContext;
use edge::passwords::hash_known as hash_password;
use edge::secrets::{Secrets, masked};
use engine::World;
use ledger::{AccountId, Rial};
use payments::{
    AccountNumber, Bank, BankUser, Business, Card, CardKind, ChangeOperator, ChargeLimits, Client, ClientId,
    FillWallet, GiveCredit, IssueApiToken, IssuePayerCard, IssueVoucher, OpenDeposit, Operator, Party, PartyId,
    PartyKind, PayerCardState, PayerCardTerms, PosTerminal, RegisterCard, RegisterClient, RegisterOperator,
    RegisterParty, RegisterPosTerminal, RegisterTerminal, RegisterUser, Role, SecondAdmin, TOKEN_HOLDER, Terminal,
    Text, VoucherKey,
};
use wire::finnotech::scopes;

/// The sandbox's key for hashes, signatures and sealed values. Refused in production.
pub const KEY: [u8; 32] = *b"daric demo world: not for money!";
/// The security code of every card in a sandbox (demo.md).
pub const SECURITY_CODE: &str = "123";
/// The sandbox's operator token. Refused in production.
pub const OPERATOR_TOKEN: &str = "demo-admin-token";

/// The opening instant of the demo deposits in milliseconds of Unix time: 1 Farvardin 1404 in Tehran, before the period of any statement.
const OPENED_AT_MS: i64 = 1_742_502_600_000;

/// Bank, number, holder's national id, first and last name, balance in rials, whether it is approved for the client.
type DemoDeposit = (Bank, &'static str, &'static str, &'static str, &'static str, i64, bool);

const DEPOSITS: [DemoDeposit; 6] = [
    (Bank::AYANDEH, "0302876214008", "1111111111", "drops", "", 1_000_000_000_000, true),
    (Bank::AYANDEH, "0302876732005", "2222222222", "Somayeh", "Khalili", 50_000_000, false),
    (Bank::KESHAVARZI, "776700000", "1111111111", "drops", "", 100_000_000_000, true),
    (Bank::PARSIAN, "47000123456601", "1111111111", "drops", "", 100_000_000_000, true),
    (Bank::IRAN_ZAMIN, "100200300400", "1111111111", "drops", "", 100_000_000_000, true),
    (Bank::SEPAH, "300400500600", "3333333333", "Martin", "Rezaei", 0, false),
];

/// Number, balance in rials, whether it is active, whether it is approved for the client, the card that replaces it.
type DemoCard = (&'static str, i64, bool, bool, Option<&'static str>);

/// The client's float card.
const FLOAT_CARD: DemoCard = ("6362141000000001", 500_000_000, true, true, None);

/// A card comes after the card that replaces it.
const BON_CARDS: [DemoCard; 4] = [
    ("6362144304319309", 0, true, true, None),
    ("6362142376876523", 0, true, true, Some("6362144304319309")),
    ("6362142000000018", 0, false, true, None),
    ("6362144202902795", 0, true, false, None),
];

/// Id, merchant, whether it is disabled.
const TERMINALS: [(&str, &str, bool); 2] =
    [("acd54b56ddd651a5cc3v", "Kanoon", false), ("disabled00000000000v", "Kanoon", true)];

/// A payer's card: number, holder's mobile number, balance in rials, last month of validity, state, maximum of one payment in rials.
type DemoPayerCard = (&'static str, &'static str, i64, i64, PayerCardState, i64);

const PAYER_CARDS: [DemoPayerCard; 11] = [
    ("5022000012340000", "09123456789", 100_000_000, 140_812, PayerCardState::Active, 0),
    ("5022290000000018", "09121111111", 10_000, 140_812, PayerCardState::Active, 0),
    ("6037990000000014", "09122222222", 1_000_000, 140_301, PayerCardState::Active, 0),
    ("6104330000000011", "09123333333", 1_000_000, 140_812, PayerCardState::Inactive, 0),
    ("6219860000000019", "09124444444", 1_000_000, 140_812, PayerCardState::Restricted, 0),
    ("5892100000000016", "09125555555", 100_000_000, 140_812, PayerCardState::Active, 1_000_000),
    // Cards with right check digits (second-edition.md 3), of Melli, Mellat, Saderat, Tejarat and Saman.
    ("6037991000000020", "09126000001", 100_000_000, 140_812, PayerCardState::Active, 0),
    ("6104331000000035", "09126000002", 100_000_000, 140_812, PayerCardState::Active, 0),
    ("6037691000000042", "09126000003", 100_000_000, 140_812, PayerCardState::Active, 0),
    ("6273531000000050", "09126000004", 100_000_000, 140_812, PayerCardState::Active, 0),
    ("6219861000000066", "09126000005", 100_000_000, 140_812, PayerCardState::Active, 0),
];

/// Bank users of the consent page with the mobile numbers that their banks have. The password is the national id.
const BANK_USERS: [(&str, &str); 2] = [("1111111111", "09300000000"), ("2222222222", "09300000002")];

/// Number, name, mobile number, whether the mobile number is verified, balance of the wallet in rials.
type DemoUser = (i64, &'static str, &'static str, bool, i64);

const USERS: [DemoUser; 3] = [
    (101, "ali", "09121234567", true, 10_000_000),
    (102, "zahra", "09127654321", false, 0),
    (103, "nima", "09120000103", true, 1_000_000),
];

/// Number, name, guilds, balance of the wallet in rials.
const BUSINESSES: [(i64, &str, &[i64], i64); 2] =
    [(201, "shop", &[561, 47], 0), (202, "supplier", &[561], 100_000_000)];

/// The credit with which business 201 may spend user 103's money.
const CREDIT: (i64, i64, &str, i64) = (103, 201, "nima-credit-1", 500_000);

/// A voucher of business 201: code, value in rials.
const VOUCHER: (i64, &str, i64) = (201, "GIFT100", 100_000);
/// The operator; the password is in the documents.
const OPERATOR: (&str, &str) = ("admin", "daric-admin");

/// A terminal of business 201: terminal number, merchant code, business.
const POS_TERMINAL: (&str, &str, i64) = ("10001000", "20002000", 201);

/// The client's secret.
const CLIENT_SECRET: &str = "drops-secret";

/// The secret that signs the calls to a business.
fn webhook_secret(business: &str) -> String {
    format!("demo-{business}-webhook-secret")
}

/// The API token of a party.
fn token(party: &str) -> String {
    format!("demo-{party}-token")
}

/// The password of a bank user or a party: its own name or national id.
fn password(name: &str) -> &str {
    name
}

/// Every secret of the demo world. These are publicly known, and production refuses them.
pub fn public_secrets() -> BTreeSet<String> {
    let mut all = BTreeSet::from([
        HEXLOWER.encode(&KEY),
        OPERATOR_TOKEN.to_owned(),
        CLIENT_SECRET.to_owned(),
        OPERATOR.1.to_owned(),
    ]);
    all.extend(BANK_USERS.map(|(nid, _)| password(nid).to_owned()));
    let businesses = BUSINESSES.map(|(_, name, ..)| name);
    all.extend(businesses.map(webhook_secret));
    for name in USERS.map(|(_, name, ..)| name).into_iter().chain(businesses) {
        all.extend([token(name), password(name).to_owned()]);
    }
    all
}

/// Whose credentials they are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Holder {
    /// The operator of the console.
    Operator,
    /// A program that calls the operators' API.
    OperatorApi,
    /// A Finnotech client.
    Client,
    /// A bank user of Finnotech's consent page.
    BankUser,
    /// A PayStar terminal, which has no secret.
    Terminal,
    /// A payer's card; the secret is its CVV2 and its last month.
    PayerCard,
    /// A POD business, by its token.
    Business,
    /// A POD user, by password.
    User,
}

/// A name and a secret of the demo world.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Credential {
    /// Whose they are.
    pub holder: Holder,
    /// The name; empty: the secret is a token without one.
    pub name: &'static str,
    /// The password, token or code; empty: there is none.
    pub secret: String,
}

/// The credentials that first calls need: one of each kind. [`objects`] has all.
pub fn credentials() -> Vec<Credential> {
    let of = |holder, name, secret: &str| Credential { holder, name, secret: secret.to_owned() };
    let ((bank_user, _), (_, user, ..), (_, business, ..)) = (BANK_USERS[0], USERS[0], BUSINESSES[0]);
    vec![
        of(Holder::Operator, OPERATOR.0, OPERATOR.1),
        of(Holder::OperatorApi, "", OPERATOR_TOKEN),
        of(Holder::Client, "drops", CLIENT_SECRET),
        of(Holder::BankUser, bank_user, password(bank_user)),
        of(Holder::Terminal, TERMINALS[0].0, ""),
        of(Holder::PayerCard, PAYER_CARDS[6].0, &format!("{SECURITY_CODE}, 1408/12")),
        of(Holder::Business, business, &token(business)),
        of(Holder::User, user, password(user)),
    ]
}

/// The objects of the demo world with their purposes.
pub fn objects() -> Vec<DemoObject> {
    let object = |kind, value: String, purpose: String| DemoObject { kind, value, purpose };
    let mut all = vec![object("client", "drops".to_owned(), format!("Finnotech, all scopes; secret {CLIENT_SECRET}"))];
    all.extend(DEPOSITS.map(|(bank, number, owner, first, last, balance, approved)| {
        let approved = if approved { "approved for drops" } else { "not approved: account conditions not passed" };
        let name = format!("{first} {last}");
        let purpose = format!("of {} ({owner}), {balance} rials, {approved}", name.trim());
        object("deposit", format!("{} {number}", bank.english_name()), purpose)
    }));
    all.extend(BANK_USERS.map(|(nid, mobile)| {
        let purpose =
            format!("logs in on Finnotech's consent page with the password {}; mobile {mobile}", password(nid));
        object("bankUser", nid.to_owned(), purpose)
    }));
    let (float, balance, ..) = FLOAT_CARD;
    all.push(object("card", float.to_owned(), format!("float card of drops, {balance} rials: charges take from it")));
    all.extend(BON_CARDS.map(|(number, _, active, approved, replaced_by)| {
        let purpose = match (active, approved, replaced_by) {
            (_, _, Some(other)) => format!("bon card, replaced by {other}"),
            (false, ..) => "bon card that is not active".to_owned(),
            (_, false, _) => "bon card that is not approved for drops".to_owned(),
            _ => "bon card: it can be charged".to_owned(),
        };
        object("card", number.to_owned(), purpose)
    }));
    all.extend(TERMINALS.map(|(sequence, merchant, disabled)| {
        let state = if disabled { "disabled" } else { "takes payments" };
        object("terminal", sequence.to_owned(), format!("PayStar terminal of {merchant}: {state}"))
    }));
    all.extend(PAYER_CARDS.map(|(number, mobile, balance, expires, state, most)| {
        let most = if most > 0 { format!(", {most} rials a payment at most") } else { String::new() };
        let (year, month) = (expires / 100, expires % 100);
        let purpose = format!(
            "pays by telephone and on pages: {state:?}, expires {year}/{month:02}, {balance} rials{most}; CVV2 {SECURITY_CODE}, password to {mobile}"
        );
        object("payerCard", number.to_owned(), purpose)
    }));
    all.extend(USERS.map(|(id, name, mobile, verified, balance)| {
        let verified = if verified { "verified" } else { "not verified" };
        let purpose = format!(
            "userId {id}, token {}, password {}, wallet {balance} rials, mobile {mobile} {verified}",
            token(name),
            password(name)
        );
        object("user", name.to_owned(), purpose)
    }));
    all.extend(BUSINESSES.map(|(id, name, guilds, balance)| {
        let guilds: Vec<String> = guilds.iter().map(i64::to_string).collect();
        let purpose = format!(
            "userId {id}, token {}, password {}, guilds {}, wallet {balance} rials, webhooks signed with {}",
            token(name),
            password(name),
            guilds.join(" "),
            webhook_secret(name)
        );
        object("business", name.to_owned(), purpose)
    }));
    let (delegator, holder, hash, limit) = CREDIT;
    all.push(object("credit", hash.to_owned(), format!("{holder} spends {limit} rials of {delegator}'s wallet")));
    let (issuer, code, value) = VOUCHER;
    all.push(object("voucher", code.to_owned(), format!("{value} rials off an invoice of {issuer}, once")));
    let (number, merchant, business) = POS_TERMINAL;
    all.push(object("posTerminal", number.to_owned(), format!("merchant {merchant}, of business {business}")));
    let (name, password) = OPERATOR;
    all.push(object("operator", name.to_owned(), format!("password {password}; API token {OPERATOR_TOKEN}")));
    all
}

/// The commands that create the demo world in an empty store.
///
/// # Errors
/// The system gives no randomness.
pub fn world(secrets: &Secrets) -> Result<World, String> {
    let drops = ClientId::from("drops");
    let client = Client {
        id: drops.clone(),
        secret: secrets.hash(CLIENT_SECRET),
        caller_nids: vec!["0499370899".to_owned()],
        redirect_origin: "http://127.0.0.1".to_owned(),
        scopes: scopes::ALL.map(str::to_owned).to_vec(),
        max_amount: Rial::ZERO,
        max_count: 0,
        float: None,
        charge_limits: ChargeLimits::default(),
        disabled: false,
    };
    let mut world = World::default();
    world.add(RegisterClient { client, replace: false });
    for (bank, number, owner, first_name, last_name, balance, approved) in DEPOSITS {
        let Some(number) = AccountNumber::parse(number) else { continue };
        world.add(OpenDeposit {
            bank,
            number,
            owner: owner.to_owned(),
            first_name: first_name.to_owned(),
            last_name: last_name.to_owned(),
            account_type: "010".to_owned(),
            approved_for: if approved { vec![drops.clone()] } else { Vec::new() },
            balance: Rial::new(balance),
            opened_at_ms: Some(OPENED_AT_MS),
        });
    }
    for (nid, mobile) in BANK_USERS {
        let mobile = Some(secrets.hash(mobile));
        let password = hash_password(password(nid))?;
        let user = BankUser { nid: nid.to_owned(), password, failures: 0, locked_until_ms: 0, mobile };
        world.add(RegisterUser { user, replace: false });
    }
    world.add(card(secrets, &FLOAT_CARD, CardKind::Float, &drops)?);
    for bon in &BON_CARDS {
        world.add(card(secrets, bon, CardKind::Bon, &drops)?);
    }
    for (sequence, merchant, disabled) in TERMINALS {
        let (sequence, merchant) = (Text::from(sequence), Text::from(merchant));
        let terminal = Terminal { sequence, merchant, account: AccountId(0), disabled };
        world.add(RegisterTerminal { terminal, replace: false });
    }
    for payer in &PAYER_CARDS {
        world.add(payer_card(secrets, payer)?);
    }
    parties(secrets, &mut world)?;
    Ok(world)
}

/// Adds POD's users and businesses with their credit, voucher and terminal, and the operator.
fn parties(secrets: &Secrets, world: &mut World) -> Result<(), String> {
    for (id, name, mobile, verified, balance) in USERS {
        party(secrets, world, (id, name, balance), (mobile, verified), PartyKind::User)?;
    }
    for (id, name, guilds, balance) in BUSINESSES {
        let secret =
            secrets.seal(SealContext::WebhookSecret(name), &webhook_secret(name)).map_err(|error| error.to_string())?;
        let business = Business { guilds: guilds.to_vec(), webhook_secret: secret, ..Business::default() };
        party(secrets, world, (id, name, balance), ("", false), PartyKind::Business(business))?;
    }
    let (delegator, holder, hash, limit) = CREDIT;
    let (delegator, holder) = (PartyId(delegator), PartyId(holder));
    world.add(GiveCredit { delegator, holder, hash: Text::from(hash), limit: Rial::new(limit) });
    let (issuer, code, value) = VOUCHER;
    let code = secrets.seal_voucher(PartyId(issuer), code).map_err(|error| error.to_string())?;
    let key = VoucherKey { issuer: PartyId(issuer), code: Text::from(code.hash) };
    let (sealed, shown) = (code.sealed, Text::from(code.shown));
    world.add(IssueVoucher { key, sealed, shown, value: Rial::new(value) });
    let (name, password) = OPERATOR;
    let operator = Operator {
        name: Text::from(name),
        password: hash_password(password)?,
        role: Role::Admin,
        disabled: false,
        since_ms: 0,
        depends_on: Vec::new(),
    };
    let record = RegisterOperator { operator, replace: false };
    let (by, known, second) = (Text::from(TOKEN_HOLDER), Vec::new(), SecondAdmin::Never);
    world.add(ChangeOperator { record, by, known, second });
    let (number, merchant, business) = POS_TERMINAL;
    let (number, merchant) = (Text::from(number), Text::from(merchant));
    let terminal = PosTerminal { number, merchant, business: PartyId(business) };
    world.add(RegisterPosTerminal { terminal });
    Ok(())
}

fn party(
    secrets: &Secrets,
    world: &mut World,
    (id, name, balance): (i64, &str, i64),
    (mobile, mobile_verified): (&str, bool),
    kind: PartyKind,
) -> Result<(), String> {
    let id = PartyId(id);
    let party = Party {
        id,
        kind,
        name: Text::from(name),
        password: hash_password(password(name))?,
        mobile: Text::from(mobile),
        mobile_verified,
        joined_at_ms: OPENED_AT_MS,
        disabled: false,
        access_version: 0,
    };
    world.add(RegisterParty { party, replace: false });
    let hash = secrets.hash(&token(name));
    world.add(IssueApiToken { hash, party: id, life_ms: None });
    if balance > 0 {
        world.add(FillWallet { party: id, amount: Rial::new(balance), at_ms: Some(OPENED_AT_MS) });
    }
    Ok(())
}

fn card(
    secrets: &Secrets,
    &(number, balance, active, approved, replaced_by): &DemoCard,
    kind: CardKind,
    drops: &ClientId,
) -> Result<RegisterCard, String> {
    let hash = secrets.card(number);
    let card = Card {
        number: hash,
        sealed: secrets.seal(SealContext::Card(&hash), number).map_err(|error| error.to_string())?,
        mask: Text::from(masked(number)),
        id: AccountId(0),
        kind,
        approved_for: if approved { vec![drops.clone()] } else { Vec::new() },
        active,
        replaced_by: replaced_by.map(|number| secrets.card(number)),
    };
    Ok(RegisterCard {
        card,
        replace: false,
        float_of: (kind == CardKind::Float).then(|| drops.clone()),
        balance: Rial::new(balance),
        opened_at_ms: Some(OPENED_AT_MS),
    })
}

fn payer_card(
    secrets: &Secrets,
    &(number, mobile, balance, expires, state, per_transaction): &DemoPayerCard,
) -> Result<IssuePayerCard, String> {
    let hash = secrets.card(number);
    Ok(IssuePayerCard {
        number: hash,
        sealed: secrets.seal(SealContext::PayerCard(&hash), number).map_err(|error| error.to_string())?,
        mask: Text::from(masked(number)),
        terms: PayerCardTerms {
            mobile: Text::from(mobile),
            expires,
            state,
            per_transaction: Rial::new(per_transaction),
            daily: Rial::ZERO,
        },
        balance: Rial::new(balance),
        opened_at_ms: Some(OPENED_AT_MS),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_secret_that_the_world_sets_is_one_that_everybody_knows() {
        let secrets = Secrets::new(&KEY, OPERATOR_TOKEN);
        let known = public_secrets();
        let hashed = |digest: payments::Digest| known.iter().any(|secret| secrets.hash(secret) == digest);
        let world = world(&secrets).unwrap();
        assert!(world.commands::<RegisterClient>().all(|command| hashed(command.client.secret)));
        assert!(world.commands::<IssueApiToken>().all(|command| hashed(command.hash)));
        let mut passwords: Vec<String> =
            world.commands::<RegisterUser>().map(|command| command.user.password.clone()).collect();
        passwords.extend(world.commands::<ChangeOperator>().map(|command| command.record.operator.password.clone()));
        for RegisterParty { party, .. } in world.commands() {
            if let Some(business) = party.business() {
                assert!(business.api_keys.is_empty() && business.client_secret.is_none());
                let context = SealContext::WebhookSecret(&party.name);
                assert!(known.contains(&**secrets.open(context, &business.webhook_secret).unwrap()));
            }
            passwords.push(party.password.clone());
        }
        let without_secrets = [
            "OpenDeposit",
            "RegisterCard",
            "IssuePayerCard",
            "RegisterTerminal",
            "RegisterPosTerminal",
            "FillWallet",
            "GiveCredit",
            "IssueVoucher",
        ];
        // Every command is either checked here or listed as one without secrets; the count shows if one is neither.
        let looked_at = world.names().filter(|name| !without_secrets.contains(name)).count();
        assert_eq!(looked_at, 1 + 5 + 2 + 1 + 5);
        assert_eq!(passwords.len(), 2 + 1 + 5);
        for hash in passwords {
            let mut found = false;
            for secret in known.iter().filter(|secret| !secret.contains('-') || *secret == OPERATOR.1) {
                let slot = edge::passwords::slot(std::net::Ipv4Addr::LOCALHOST.into()).unwrap();
                found = found || slot.matches(secret.clone(), Some(hash.clone())).await;
            }
            assert!(found, "a password that is not among the public ones");
        }
    }

    #[test]
    fn the_world_has_a_client_and_every_deposit_and_card_of_the_table() {
        let world = world(&Secrets::new(&KEY, OPERATOR_TOKEN)).unwrap();
        let finnotech = 1 + DEPOSITS.len() + BANK_USERS.len() + 1 + BON_CARDS.len();
        // Each party with its token and, unless it is empty, its wallet; a credit, a voucher, a terminal; the operator.
        let pod = 2 * (USERS.len() + BUSINESSES.len()) + 3 + 3 + 1;
        assert_eq!(world.names().count(), finnotech + TERMINALS.len() + PAYER_CARDS.len() + pod);
        assert_eq!(payments::Now::at(OPENED_AT_MS).map(|now| now.long()).as_deref(), Some("14040101000000"));
    }
}
