//! POD's SSO: codes for businesses, tokens and their renewal, consents and their withdrawal.

use fastrand::Rng;
use payments::{
    Command, ConsentBasis, Digest, ExchangeSsoCode, GiveSsoCode, NewTokens, PartyId, RefreshSso, RegisterParty,
    RevokeSsoToken, Rial, Scope, Scopes, SsoConsentKey, StandingTerms, Text, WithdrawSsoConsent,
};

use super::invoices::{self, PARTIES, SHOPS};
use super::side::{Side, once_in, pick, recent};

pub const WORDS: &[&str] = &[
    "GiveSsoCode done",
    "GiveSsoCode PartyUnknown",
    "GiveSsoCode ConsentUnknown",
    "ExchangeSsoCode done",
    "ExchangeSsoCode Invalid",
    "ExchangeSsoCode OtherRedirect",
    "ExchangeSsoCode TokensEnded",
    "RefreshSso done",
    "RefreshSso Invalid",
    "RefreshSso TokensEnded",
    "RefreshSso ScopeTooWide",
    "RevokeSsoToken done",
    "WithdrawSsoConsent done",
    "WithdrawSsoConsent NoSuchConsent",
    "RegisterParty done",
    "RegisterParty PartyExists",
    "RegisterParty PartyNotChangeable",
];

/// A number that no family of tokens has.
pub const NO_FAMILY: i64 = 7;
const REDIRECT: &str = "http://h/cb";
const USERS: [PartyId; 2] = [PARTIES[0], PARTIES[1]];

pub async fn step(side: &mut Side, random: &mut Rng) -> String {
    match random.u64(..20) {
        0..5 => give(side, random).await,
        5..10 => exchange(side, random).await,
        10..16 => refresh(side, random).await,
        16 => {
            let given = if random.bool() { &side.known.refreshes } else { &side.known.accesses };
            let token = recent(random, given);
            let client = pick(random, &SHOPS);
            side.outcome_of(RevokeSsoToken { token: token.unwrap_or(Digest([0; 32])), client }).await
        }
        17 => {
            let key = SsoConsentKey { party: pick(random, &USERS), client: pick(random, &SHOPS) };
            side.outcome_of(WithdrawSsoConsent { key }).await
        }
        _ => register(side, random).await,
    }
}

fn scopes(random: &mut Rng) -> Scopes {
    let all = [Scope::Profile, Scope::WalletRead, Scope::InvoicePay, Scope::Business, Scope::Standing];
    all.into_iter().filter(|_| random.bool()).collect()
}

async fn give(side: &mut Side, random: &mut Rng) -> String {
    let (party, client) = (pick(random, &USERS), pick(random, &SHOPS));
    let access_version = side.engine.reader().party(party).await.unwrap().unwrap().access_version;
    let terms = StandingTerms { limit: Rial::new(random.i64(50_000..200_000)), period_ms: 86_400_000 };
    let (hash, scopes) = (side.digest(), scopes(random));
    let command = GiveSsoCode {
        hash,
        key: SsoConsentKey { party, client },
        scopes,
        access_version: access_version + i64::from(once_in(random, 12)),
        basis: if once_in(random, 3) { ConsentBasis::Remembered } else { ConsentBasis::GivenNow },
        standing: scopes.contains(Scope::Standing).then_some(terms),
        redirect_uri: Text::from(REDIRECT),
        challenge: Some(Text::from("challenge")),
    };
    let (came, done) = side.run(command).await;
    side.known.sso_codes.extend(done.map(|()| (hash, client)));
    came
}

/// Runs what gives new tokens.
async fn give_tokens<C: Command<Done = Scopes>>(
    side: &mut Side,
    (client, tokens): (PartyId, NewTokens),
    command: C,
) -> (String, Option<Scopes>) {
    let (came, done) = side.run(command).await;
    if done.is_some() {
        side.known.accesses.push(tokens.access);
        side.known.refreshes.push(tokens.refresh);
        side.known.live_refreshes.push((tokens.refresh, client));
    }
    (came, done)
}

async fn exchange(side: &mut Side, random: &mut Rng) -> String {
    let tokens = NewTokens { access: side.digest(), refresh: side.digest() };
    // The last code of those that were not exchanged, which live for a minute, or one that was; mostly by its own client.
    let (fresh, used) = (side.known.sso_codes.last().copied(), recent(random, &side.known.used_sso_codes));
    let given = if once_in(random, 4) { used } else { fresh };
    let given = given.filter(|_| !once_in(random, 8));
    let (code, own) = given.unwrap_or((Digest([0; 32]), SHOPS[0]));
    let command = ExchangeSsoCode {
        code,
        client: if once_in(random, 5) { pick(random, &SHOPS) } else { own },
        redirect_uri: Text::from(if once_in(random, 4) { "http://h/" } else { REDIRECT }),
        challenge: (!once_in(random, 8)).then(|| Text::from("challenge")),
        tokens,
    };
    let (came, done) = give_tokens(side, (own, tokens), command).await;
    if done.is_some() {
        side.known.sso_codes.retain(|(fresh, _)| *fresh != code);
        side.known.used_sso_codes.push((code, own));
    }
    came
}

async fn refresh(side: &mut Side, random: &mut Rng) -> String {
    let (refresh, own) = recent(random, &side.known.live_refreshes).unwrap_or((Digest([0; 32]), SHOPS[0]));
    let client = if once_in(random, 5) { pick(random, &SHOPS) } else { own };
    let scopes = once_in(random, 2).then(|| scopes(random));
    let tokens = NewTokens { access: side.digest(), refresh: side.digest() };
    let (came, done) = give_tokens(side, (own, tokens), RefreshSso { refresh, client, scopes, tokens }).await;
    if came.starts_with("RefreshSso Invalid") && client == own {
        side.known.live_refreshes.retain(|(over, _)| *over != refresh);
    }
    if done.is_none() || !once_in(random, 3) {
        return came;
    }
    // Longer than the reply may be asked for again.
    side.wait(2).await;
    let tokens = NewTokens { access: side.digest(), refresh: side.digest() };
    give_tokens(side, (own, tokens), RefreshSso { refresh, client, scopes, tokens }).await.0
}

/// Another password, or a party that is disabled for a while: what it has allowed stays, its log-ins and tokens end.
async fn register(side: &mut Side, random: &mut Rng) -> String {
    let id = pick(random, &[PARTIES[0], PARTIES[1], PARTIES[4]]);
    let mut party = invoices::party(id);
    match random.u64(..8) {
        0 => party.disabled = true,
        1 => party.name = Text::from("another"),
        2 => party.password = format!("hash-{}", random.u64(..3)),
        3 => party.mobile_verified = false,
        _ => {}
    }
    side.run_audited("one", RegisterParty { party, replace: !once_in(random, 6) }).await
}
