//! Log-ins of POD's users and of operators: tries and their ceilings, codes by SMS, sessions of browsers, API tokens.

use fastrand::Rng;
use payments::{
    AskLogInCode, BeginSession, Ceiling, Digest, EndSession, IssueApiToken, KeepSession, LogInByCode, PartyId,
    RevokeApiToken, TakeTry, Text, TryClock, Visitor,
};

use super::invoices::PARTIES;
use super::side::{Side, digest, once_in, pick, recent};

pub const WORDS: &[&str] = &[
    "TakeTry done",
    "TakeTry Locked",
    "BeginSession done",
    "KeepSession done",
    "EndSession done",
    "AskLogInCode done",
    "AskLogInCode Locked",
    "LogInByCode done",
    "LogInByCode WrongCode",
    "LogInByCode Locked",
    "IssueApiToken done",
    "IssueApiToken PartyUnknown",
    "IssueApiToken TokenExists",
    "RevokeApiToken done",
    "RevokeApiToken ApiTokenUnknown",
];

/// Numbers of the users of POD, in the order of their own.
pub const MOBILES: [&str; 3] = ["09121234561", "09121234562", "09121234563"];
/// Addresses that log-ins come from.
pub const ADDRESSES: u64 = 4;

/// What an address that has signed in is known by.
pub fn spared(address: u64) -> Digest {
    digest(7_000_000 + address)
}

/// Of one name, from an address.
fn take(random: &mut Rng) -> TakeTry {
    let (name, address) = (random.u64(..3), random.u64(..ADDRESSES));
    let of_name = Ceiling { key: digest(7_100_000 + name), most: 25, spares: Some(spared(address)) };
    let of_address = Ceiling::of_all(digest(7_200_000 + address), 15);
    let clock = if name == 0 { TryClock::Machine } else { TryClock::Service };
    TakeTry { key: digest(7_300_000 + 10 * name + address), ceilings: vec![of_name, of_address], clock }
}

pub async fn step(side: &mut Side, random: &mut Rng) -> String {
    match random.u64(..20) {
        0..6 => {
            let (command, tries) = (take(random), pick(random, &[1, 1, 1, 12]));
            let mut came = String::new();
            for _ in 0..tries {
                came = side.outcome_of(command.clone()).await;
            }
            came
        }
        6 | 7 => {
            let TakeTry { key, ceilings, .. } = take(random);
            let by_party = Visitor::Party { id: PARTIES[0], access_version: 0 };
            let by_operator = Visitor::Operator { name: Text::from("one"), password: Digest([9; 32]) };
            let visitor = if random.bool() { by_party } else { by_operator };
            let (tries, hash) = (random.bool().then_some(key), side.digest());
            side.known.sessions.push(hash);
            side.outcome_of(BeginSession { tries, ceilings, hash, visitor, life_ms: 1_800_000 }).await
        }
        8 => {
            let hash = recent(random, &side.known.sessions).unwrap_or(Digest([0; 32]));
            let shown_at_ms = side.now_ms();
            side.outcome_of(KeepSession { hash, shown_at_ms, idle_ms: 1_800_000, life_ms: 7_200_000 }).await
        }
        9 => {
            let hash = recent(random, &side.known.sessions).unwrap_or(Digest([0; 32]));
            side.outcome_of(EndSession { hash }).await
        }
        10 | 11 => {
            let user = usize::from(random.u8(..2));
            let (mobile, hash) = (mobile(user), Digest([31; 32]));
            side.outcome_of(AskLogInCode { mobile, to: Text::from(MOBILES[user]), party: PARTIES[user], hash }).await
        }
        12..16 => {
            let user = usize::from(random.u8(..2));
            let (code, hash) = (Digest([if once_in(random, 3) { 32 } else { 31 }; 32]), side.digest());
            side.known.sessions.push(hash);
            let number = Text::from(MOBILES[user]);
            side.outcome_of(LogInByCode { mobile: mobile(user), number, code, hash, life_ms: 1_800_000 }).await
        }
        16 | 17 => {
            let again = recent(random, &side.known.api_tokens).filter(|_| once_in(random, 4));
            let hash = again.unwrap_or_else(|| side.digest());
            let party = pick(random, &[PARTIES[0], PARTIES[3], PARTIES[4], PartyId(999)]);
            side.known.api_tokens.push(hash);
            // One that has ended is removed at some time, and then is one that is unknown.
            side.run_audited(
                "one",
                IssueApiToken { hash, party, life_ms: pick(random, &[None, Some(90 * 86_400_000)]) },
            )
            .await
        }
        _ => {
            let hash = recent(random, &side.known.api_tokens).unwrap_or(Digest([0; 32]));
            side.run_audited("one", RevokeApiToken { hash }).await
        }
    }
}

fn mobile(user: usize) -> Digest {
    digest(7_400_000 + u64::try_from(user).unwrap())
}
