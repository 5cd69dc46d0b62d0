//! What banks' users allow Finnotech's clients: on the page and by SMS, and the codes that clients exchange.

use crate::common::{BANK, START_MS, drops, open_deposit};
use engine::World;
use fastrand::Rng;
use payments::{
    AllowConsent, AskBySms, AskConsent, Bank, BankUser, ClientId, Consent, DenyConsent, DepositKey, Digest,
    ExchangeCode, GrantKind, LogIn, NoBank, PAGE_LIFE_MS, RegisterUser, Rial, SMS_LIFE_MS, Text, TryLogIn,
    VerifyConsentCode,
};

use super::side::{Side, digest, once_in, pick, recent};

pub const WORDS: &[&str] = &[
    "RegisterUser done",
    "RegisterUser UserExists",
    "RegisterUser UserUnknown",
    "AskConsent done Some",
    "AskConsent done None",
    "AskConsent ClientUnknown",
    "AskConsent NotTheirs",
    "AskConsent Locked",
    "TryLogIn done",
    "TryLogIn NoConsent",
    "TryLogIn Locked",
    "LogIn done",
    "LogIn NoConsent",
    "LogIn UserUnknown",
    "AllowConsent done",
    "AllowConsent NoConsent",
    "AllowConsent DepositUnknown",
    "DenyConsent done",
    "DenyConsent NoConsent",
    "VerifyConsentCode done",
    "VerifyConsentCode Wrong",
    "VerifyConsentCode Expired",
    "ExchangeCode done",
    "ExchangeCode CodeInvalid",
    "ExchangeCode TokensEnded",
    "ExchangeCode OtherRedirect",
    "ExchangeCode OtherBank",
];

const NID: &str = "2222222222";
const UNKNOWN: &str = "3333333333";
const NUMBER: &str = "900800700600";
const MOBILE: Digest = Digest([21; 32]);
const OTP: Digest = Digest([22; 32]);
const WRONG: Digest = Digest([23; 32]);
const REDIRECT: &str = "http://127.0.0.1/back";

fn user(nid: &str) -> BankUser {
    let (nid, password) = (nid.to_owned(), "hash-1".to_owned());
    BankUser { nid, password, failures: 0, locked_until_ms: 0, mobile: Some(MOBILE) }
}

pub fn world(world: &mut World) {
    let deposit = open_deposit(NUMBER, 1_000, Some(START_MS));
    world.add(payments::OpenDeposit { owner: NID.to_owned(), ..deposit });
    world.add(RegisterUser { user: user(NID), replace: false });
}

/// The last request that is open, or one of the last ones; at times one that was never made.
fn consent(side: &Side, random: &mut Rng) -> Digest {
    let open = open(side, GrantKind::Code).or(open(side, GrantKind::Sms)).filter(|_| !once_in(random, 4));
    open.or_else(|| recent(random, &side.known.consents)).filter(|_| !once_in(random, 10)).unwrap_or(WRONG)
}

/// The last request of a kind that is open.
fn open(side: &Side, kind: GrantKind) -> Option<Digest> {
    let open =
        side.known.open_consents.iter().rev().find(|(_, of, ends_at_ms)| *of == kind && side.now_ms() <= *ends_at_ms);
    open.map(|(open, ..)| *open)
}

/// Notes that a request has been answered.
fn answered(side: &mut Side, consent: Digest, code: Option<Digest>) {
    side.known.open_consents.retain(|(open, ..)| *open != consent);
    side.known.codes.extend(code);
    side.known.fresh_codes.extend(code);
}

fn nid(random: &mut Rng) -> String {
    if once_in(random, 8) { UNKNOWN.to_owned() } else { NID.to_owned() }
}

pub async fn step(side: &mut Side, random: &mut Rng) -> String {
    match random.u64(..20) {
        0 => {
            let other = format!("55555555{}", random.u64(10..40));
            let user = user(pick(random, &[NID, &other]));
            side.run_audited("one", RegisterUser { user, replace: random.bool() }).await
        }
        1..6 => {
            let kind = pick(random, &[GrantKind::Sms, GrantKind::Code]);
            ask(side, random, kind).await
        }
        6 if random.bool() => guess(side, random).await,
        6..8 => {
            let command = TryLogIn { consent: consent(side, random), nid: nid(random) };
            let tries = if once_in(random, 2) { 5 } else { 1 };
            let mut came = String::new();
            for _ in 0..tries {
                came = side.outcome_of(command.clone()).await;
            }
            came
        }
        8 | 9 => {
            let nid = pick(random, &[NID, NID, UNKNOWN]).to_owned();
            let command = LogIn { consent: consent(side, random), nid, login: digest(random.u64(..9)) };
            side.outcome_of(command).await
        }
        10 | 11 => {
            let number = if once_in(random, 4) { "1" } else { NUMBER };
            let (deposits, code) = (vec![DepositKey::new(BANK, number)], side.digest());
            let (consent, user) = (consent(side, random), NID.to_owned());
            let (came, done) = side.run(AllowConsent { consent, user, deposits, code }).await;
            if done.is_some() {
                answered(side, consent, Some(code));
            }
            came
        }
        12 if once_in(random, 2) => {
            let consent = consent(side, random);
            answered(side, consent, None);
            side.outcome_of(DenyConsent { consent }).await
        }
        12..15 => verify(side, random).await,
        _ => exchange(side, random).await,
    }
}

async fn ask(side: &mut Side, random: &mut Rng, kind: GrantKind) -> String {
    let by_sms = kind == GrantKind::Sms;
    let id = side.digest();
    side.known.consents.push(id);
    let ends_at_ms = side.now_ms() + if by_sms { SMS_LIFE_MS } else { PAGE_LIFE_MS };
    let consent = Consent {
        id,
        client: if once_in(random, 12) { ClientId::from("unknown") } else { drops() },
        kind,
        redirect_uri: REDIRECT.to_owned(),
        scopes: vec!["oak:balance:get".to_owned()],
        bank: Some(BANK),
        max_amount: Rial::new(random.i64(0..9)),
        monthly_count: 0,
        state: "state".to_owned(),
        ends_at_ms,
        tries: 0,
        user: if by_sms { pick(random, &[NID, UNKNOWN]).to_owned() } else { String::new() },
        login: None,
        otp: by_sms.then_some(OTP),
        mobile: by_sms.then_some(MOBILE),
        deposit: None,
        deposit_number: String::new(),
    };
    let deposit = (!once_in(random, 4)).then(|| DepositKey::new(BANK, NUMBER));
    let tries = vec![(digest(6_000_000), 2)];
    let sms = by_sms.then(|| AskBySms { to: Text::from("09121234567"), deposit, tries });
    let (came, asked) = side.run(AskConsent { consent, sms }).await;
    side.known.open_consents.extend(asked.map(|_| (id, kind, ends_at_ms)));
    came
}

/// Guesses at the password of one user on three pages, until the user is locked.
async fn guess(side: &mut Side, random: &mut Rng) -> String {
    let mut came = String::new();
    for _ in 0..3 {
        ask(side, random, GrantKind::Code).await;
        let consent = *side.known.consents.last().unwrap();
        for _ in 0..5 {
            came = side.outcome_of(TryLogIn { consent, nid: NID.to_owned() }).await;
        }
    }
    came
}

async fn verify(side: &mut Side, random: &mut Rng) -> String {
    let code = side.digest();
    let by_sms = open(side, GrantKind::Sms).filter(|_| !once_in(random, 4));
    let consent = by_sms.unwrap_or_else(|| consent(side, random));
    if once_in(random, 6) {
        // Longer than a request by SMS lives.
        side.wait(4).await;
    }
    let command = VerifyConsentCode {
        client: drops(),
        consent,
        mobile: MOBILE,
        otp: if once_in(random, 4) { WRONG } else { OTP },
        nid: nid(random),
        code,
        tries: digest(6_000_001),
    };
    let (came, done) = side.run(command).await;
    if done.is_some() {
        answered(side, consent, Some(code));
    }
    came
}

async fn exchange(side: &mut Side, random: &mut Rng) -> String {
    let fresh = side.known.fresh_codes.last().copied().filter(|_| random.bool());
    let code = fresh.or_else(|| recent(random, &side.known.codes)).unwrap_or(WRONG);
    let bank: Result<Option<Bank>, NoBank> = match random.u64(..8) {
        0 | 1 => Err(NoBank),
        2 => Ok(None),
        _ => Ok(Some(BANK)),
    };
    let redirect_uri = if once_in(random, 4) { "http://h/".to_owned() } else { REDIRECT.to_owned() };
    let (access, refresh) = (side.digest(), side.digest());
    let (came, done) = side.run(ExchangeCode { client: drops(), code, redirect_uri, bank, access, refresh }).await;
    if done.is_some() {
        side.known.tokens.extend([access, refresh]);
        side.known.fresh_codes.retain(|fresh| *fresh != code);
    }
    came
}
