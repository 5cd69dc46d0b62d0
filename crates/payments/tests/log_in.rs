//! The decisions of log-ins, of tokens for businesses (pod.md 2.2) and of operators: every refusal, what is counted, and what is done only once.

use crate::memory;

use std::sync::Arc;

use crate::memory::{Memory, Network, key, transfer};
use ledger::{Account, AccountId, AccountKind, TransferId};
use payments::{
    ADDRESS_KNOWN_MS, AccountNumber, AdminRefusal, Approval, AskLogInCode, Audited, AuditedRefusal, Bank, BeginSession,
    Business, Ceiling, ChangeFactor, ChangeOperator, CodeRefused, ConfirmOperator, ConfirmRefusal, ConsentBasis,
    DEPENDENT_MS, DecideProposal, DecideRefusal, Digest, EndSession, ExchangeSsoCode, FEE_INCOME, FactorProof,
    FactorRefusal, FactorUnknown, FillWallet, GiveSsoCode, IssueOperatorToken, KeepSession, LOG_IN_CODE_MS, Locked,
    LogInByCode, MakeOperatorToken, MessageId, MoneyOfDayUsedUp, NewTokens, NoCode, NoSuchConsent, NotLoggedIn,
    OpenDeposit, Operator, OperatorCommand, OperatorTokenRefusal, OrderRef, Party, PartyId, PartyKind, PassFactor,
    Proposal, ProposalId, ProposalState, Propose, ProposeRefusal, ProposedAction, ProposedActionRefusal,
    REFRESH_RETRY_MS, RecordRefusal, RefreshRefused, RefreshSso, RegisterOperator, RegisterParty, ReleaseRefusal,
    ReleaseSuspense, Replaced, ResetFactor, Resolution, ResolveOrder, ResolveRefusal, RevokeOperatorToken,
    RevokeRefusal, Rial, Role, Rules, SSO_ACCESS_MS, SSO_CODE_MS, SSO_REFRESH_MS, SUSPENSE, Scope, Scopes, SecondAdmin,
    SecondFactor, SsoConsentKey, Status, SubmitTransfer, TOKEN_HOLDER, TakeTry, Text, TryClock, Visitor,
    WithdrawSsoConsent, guild_open,
};

/// Number of wrong passwords that lock a name, number of wrong codes that lock a mobile number, and how long a lock lasts (pod.md 2.2).
const MAX_PASSWORD_TRIES: i64 = 10;
const MAX_CODE_TRIES: i64 = 3;
const LOG_IN_LOCKED_MS: i64 = 900_000;
const ALI: PartyId = PartyId(101);
const SHOP: PartyId = PartyId(201);
const OTHER: PartyId = PartyId(202);

fn digest(number: u8) -> Digest {
    Digest([number; 32])
}

fn world() -> Memory {
    let mut memory = Memory::empty(Rules::documented().unwrap());
    register(&mut memory, ALI, false);
    register(&mut memory, SHOP, false);
    memory
}

fn register(memory: &mut Memory, id: PartyId, disabled: bool) {
    let kind = if id == ALI { PartyKind::User } else { PartyKind::Business(Business::default()) };
    let party = Party {
        id,
        kind,
        name: Text::from(if id == ALI { "ali" } else { "shop" }),
        password: String::new(),
        mobile: Text::from(if id == ALI { "09121234567" } else { "" }),
        mobile_verified: true,
        joined_at_ms: 1,
        disabled,
        access_version: 0,
    };
    memory.run_ok(RegisterParty { replace: memory.parties.contains_key(&id), party });
}

fn try_of(memory: &mut Memory, key: Digest) -> Result<(), Locked> {
    memory.run(TakeTry::of(key)).map(|_| ())
}

fn begin(memory: &mut Memory, tries: Digest, hash: Digest) {
    let visitor = Visitor::Party { id: ALI, access_version: 0 };
    let (tries, ceilings) = (Some(tries), Vec::new());
    memory.run_ok(BeginSession { tries, ceilings, hash, visitor, life_ms: 1_000 });
}

#[test]
fn a_name_is_locked_for_a_quarter_of_an_hour_by_ten_tries_and_a_right_password_gives_them_back() {
    let mut memory = world();
    let (name, other) = (digest(1), digest(2));
    for _ in 1..MAX_PASSWORD_TRIES {
        try_of(&mut memory, name).unwrap();
    }
    begin(&mut memory, name, digest(9));
    for _ in 0..MAX_PASSWORD_TRIES {
        try_of(&mut memory, name).unwrap();
    }
    let locked_at = memory.now_ms;
    assert_eq!(try_of(&mut memory, name), Err(Locked));
    try_of(&mut memory, other).unwrap();
    memory.now_ms = locked_at + LOG_IN_LOCKED_MS - 1;
    assert_eq!(try_of(&mut memory, name), Err(Locked));
    memory.now_ms += 1;
    try_of(&mut memory, name).unwrap();
    // Tries that are a day old are forgotten.
    for _ in 2..MAX_PASSWORD_TRIES {
        try_of(&mut memory, name).unwrap();
    }
    memory.now_ms += 86_400_000;
    try_of(&mut memory, name).unwrap();
    try_of(&mut memory, name).unwrap();
}

/// Tries are limited per name and address, per address over all names, and per name over all addresses. One address alone cannot lock an operator
/// out elsewhere.
#[test]
fn wrong_passwords_lock_a_name_for_their_address_an_address_for_all_names_and_a_name_last() {
    const BY_ADDRESS: i64 = 30;
    const BY_NAME: i64 = 100;
    let try_from = |memory: &mut Memory, name: u8, address: u8| {
        let ceilings =
            vec![Ceiling::of_all(Digest([address; 32]), BY_ADDRESS), Ceiling::of_all(Digest([name; 32]), BY_NAME)];
        let mut key = [name; 32];
        key[0] = address;
        memory.run(TakeTry { key: Digest(key), ceilings, clock: TryClock::Machine }).is_ok()
    };
    let used_up =
        |memory: &mut Memory, name, address| (0..1_000).take_while(|_| try_from(memory, name, address)).count();
    let mut memory = world();
    assert_eq!(used_up(&mut memory, 1, 101), MAX_PASSWORD_TRIES as usize);
    assert!(try_from(&mut memory, 1, 102), "the name from another address");
    assert!(try_from(&mut memory, 2, 101), "another name from the address");
    // A try that one limit refuses does not count against the others.
    assert_eq!(used_up(&mut memory, 2, 101), MAX_PASSWORD_TRIES as usize - 1);
    assert_eq!(used_up(&mut memory, 3, 101), MAX_PASSWORD_TRIES as usize);
    assert!(!try_from(&mut memory, 4, 101), "the address");
    // Many addresses use up the limit of the name.
    let all: usize = (103..123).map(|address| used_up(&mut memory, 1, address)).sum();
    assert_eq!(all as i64, BY_NAME - MAX_PASSWORD_TRIES - 1);
    assert!(!try_from(&mut memory, 1, 200) && try_from(&mut memory, 5, 200));
    memory.now_ms += LOG_IN_LOCKED_MS;
    assert!(try_from(&mut memory, 1, 200) && try_from(&mut memory, 4, 101));
}

/// Tries from other addresses do not lock an operator out of an address from which it has signed in within 30 days.
#[test]
fn an_address_that_has_signed_in_is_spared_by_the_limit_of_its_name() {
    const BY_NAME: i64 = 100;
    let mut memory = world();
    // The key of the name is 1; addresses are numbered.
    let take = |address: u8| {
        let mut spares = [address; 32];
        spares[0] = 0;
        let ceiling = Ceiling { key: digest(1), most: BY_NAME, spares: Some(Digest(spares)) };
        TakeTry { key: Digest([address; 32]), ceilings: vec![ceiling], clock: TryClock::Machine }
    };
    let try_from = |memory: &mut Memory, address: u8| memory.run(take(address)).is_ok();
    let begin = |memory: &mut Memory, address: u8, whole: bool| {
        let TakeTry { key, ceilings, .. } = take(address);
        let visitor = Visitor::Operator { name: Text::from("one"), password: digest(3) };
        let (tries, hash) = (whole.then_some(key), digest(address));
        memory.run_ok(BeginSession { tries, ceilings, hash, visitor, life_ms: 1_000 });
    };
    let lock = |memory: &mut Memory| {
        let all: usize = (100..200).map(|address| (0..20).take_while(|_| try_from(memory, address)).count()).sum();
        assert!(!try_from(memory, 99), "the name is locked after {all}");
    };
    // A password without the second factor does not make an address known.
    for (address, whole) in [(10, true), (11, false)] {
        assert!(try_from(&mut memory, address));
        begin(&mut memory, address, whole);
    }
    lock(&mut memory);
    assert!(try_from(&mut memory, 10) && !try_from(&mut memory, 11));
    begin(&mut memory, 10, true);
    // The address has the tries of this name and address, and no more; they count against no other limit.
    let used = (0..100).take_while(|_| try_from(&mut memory, 10)).count();
    assert_eq!(used as i64, MAX_PASSWORD_TRIES);
    let signed_in_ms = memory.now_ms;
    memory.now_ms = signed_in_ms + LOG_IN_LOCKED_MS;
    assert_eq!(memory.log_in_tries[&digest(1)].wrong, 0);
    for (at_ms, is_known) in [(ADDRESS_KNOWN_MS - 1, true), (ADDRESS_KNOWN_MS, false)] {
        memory.now_ms = signed_in_ms + at_ms;
        lock(&mut memory);
        assert_eq!(try_from(&mut memory, 10), is_known);
    }
}

/// A right password gives back its own try of a limit, and no more.
#[test]
fn right_passwords_use_up_no_ceiling_and_free_none() {
    let mut memory = world();
    let ceiling = Ceiling::of_all(digest(1), 3);
    let try_of = |memory: &mut Memory, name: u8| {
        memory.run(TakeTry { key: digest(name), ceilings: vec![ceiling], clock: TryClock::Machine }).is_ok()
    };
    assert!(try_of(&mut memory, 2) && try_of(&mut memory, 2));
    for at in 10..20 {
        assert!(try_of(&mut memory, 3), "{at}");
        let (tries, visitor) = (Some(digest(3)), Visitor::Party { id: ALI, access_version: 0 });
        let begin = BeginSession { tries, ceilings: vec![ceiling], hash: digest(at), visitor, life_ms: 1_000 };
        memory.run_ok(begin);
    }
    assert!(try_of(&mut memory, 2) && !try_of(&mut memory, 2));
}

#[test]
fn a_session_that_is_used_lives_on_until_its_last_hour() {
    let mut memory = world();
    begin(&mut memory, digest(1), digest(9));
    let since_ms = memory.now_ms;
    for (at_ms, ends_ms) in [(900, 1_900), (1_800, 2_500), (2_499, 2_500), (2_500, 2_500)] {
        memory.now_ms = since_ms + at_ms;
        let shown_at_ms = memory.now_ms;
        let keep = KeepSession { hash: digest(9), shown_at_ms, idle_ms: 1_000, life_ms: 2_500 };
        memory.run_ok(keep);
        assert_eq!(memory.browser_sessions[&digest(9)].ends_at_ms, since_ms + ends_ms, "{at_ms}");
    }
}

/// A sandbox's clock, which operators move, neither ends their sessions nor frees a name that is locked.
#[test]
fn operators_sessions_and_locks_go_by_the_machine_s_time() {
    const DAYS_MS: i64 = 40 * 86_400_000;
    let mut memory = world();
    memory.machine_ms = Some(memory.now_ms);
    let machine_ms = memory.now_ms;
    let visitor = Visitor::Operator { name: Text::from("one"), password: digest(1) };
    let (hash, ceilings) = (digest(9), Vec::new());
    memory.run_ok(BeginSession { tries: None, ceilings, hash, visitor, life_ms: 1_000 });
    let take = TakeTry { key: digest(2), ceilings: Vec::new(), clock: TryClock::Machine };
    (0..MAX_PASSWORD_TRIES).for_each(|_| memory.run_ok(take.clone()));
    memory.now_ms += DAYS_MS;
    assert_eq!(memory.run(take.clone()), Err(Locked));
    for (at_ms, ends_ms) in [(900, 1_900), (1_800, 2_500), (2_500, 2_500)] {
        memory.machine_ms = Some(machine_ms + at_ms);
        let shown_at_ms = machine_ms + at_ms;
        memory.run_ok(KeepSession { hash, shown_at_ms, idle_ms: 1_000, life_ms: 2_500 });
        assert_eq!(memory.browser_sessions[&hash].ends_at_ms, machine_ms + ends_ms, "{at_ms}");
    }
    memory.now_ms -= DAYS_MS;
    memory.machine_ms = Some(machine_ms + LOG_IN_LOCKED_MS);
    memory.run_ok(take);
}

#[test]
fn a_session_is_known_until_it_is_ended() {
    let mut memory = world();
    begin(&mut memory, digest(1), digest(9));
    let session = memory.browser_sessions.get(&digest(9)).unwrap();
    assert_eq!((session.since_ms, session.ends_at_ms), (memory.now_ms, memory.now_ms + 1_000));
    for _ in 0..2 {
        memory.run_ok(EndSession { hash: digest(9) });
        assert!(memory.browser_sessions.is_empty());
    }
}

fn ask(memory: &mut Memory, code: u8) -> Result<MessageId, Locked> {
    let (mobile, to) = (digest(3), Text::from("09121234567"));
    memory.run(AskLogInCode { mobile, to, party: ALI, hash: digest(code) })
}

fn say(memory: &mut Memory, code: u8) -> Result<(), NotLoggedIn> {
    let number = Text::from("09121234567");
    let log_in = LogInByCode { mobile: digest(3), number, code: digest(code), hash: digest(9), life_ms: 1_000 };
    memory.run(log_in)
}

#[test]
fn a_code_logs_in_once_while_it_lives_and_three_wrong_ones_lock_the_number() {
    let wrong = Err(NotLoggedIn::WrongCode);
    let mut memory = world();
    assert_eq!(say(&mut memory, 50), wrong, "none was sent");
    ask(&mut memory, 50).unwrap();
    ask(&mut memory, 51).unwrap();
    assert_eq!(say(&mut memory, 50), wrong, "a newer one took its place");
    assert_eq!(say(&mut memory, 51), Ok(()));
    assert_eq!(memory.browser_sessions[&digest(9)].visitor, Visitor::Party { id: ALI, access_version: 0 });
    assert_eq!(say(&mut memory, 51), wrong, "once");
    ask(&mut memory, 52).unwrap();
    assert_eq!(ask(&mut memory, 53), Err(Locked), "a fourth in ten minutes");
    memory.now_ms += LOG_IN_CODE_MS;
    assert_eq!(say(&mut memory, 52), wrong, "too late");

    let mut memory = world();
    ask(&mut memory, 50).unwrap();
    for _ in 0..MAX_CODE_TRIES {
        assert_eq!(say(&mut memory, 49), wrong);
    }
    assert_eq!(say(&mut memory, 50), Err(NotLoggedIn::Locked));
    assert_eq!(ask(&mut memory, 51), Err(Locked));
    memory.now_ms += LOG_IN_LOCKED_MS;
    ask(&mut memory, 51).unwrap();
    assert_eq!(say(&mut memory, 51), Ok(()));

    let mut memory = world();
    ask(&mut memory, 50).unwrap();
    register(&mut memory, ALI, true);
    assert_eq!(say(&mut memory, 50), wrong, "disabled meanwhile");
    assert!(memory.browser_sessions.is_empty());

    for (mobile, mobile_verified) in [("09120000000", true), ("09121234567", false)] {
        let mut memory = world();
        ask(&mut memory, 50).unwrap();
        let party = Party { mobile: Text::from(mobile), mobile_verified, ..Party::clone(&memory.parties[&ALI]) };
        memory.run_ok(RegisterParty { party, replace: true });
        assert_eq!(say(&mut memory, 50), wrong, "the number is not the user's any more: {mobile} {mobile_verified}");
    }
}

const KEY: SsoConsentKey = SsoConsentKey { party: ALI, client: SHOP };

fn scopes(scopes: &[Scope]) -> Scopes {
    scopes.iter().copied().collect()
}

fn ask_code(memory: &Memory, code: u8, wanted: &[Scope], basis: ConsentBasis) -> GiveSsoCode {
    GiveSsoCode {
        standing: None,
        hash: digest(code),
        key: KEY,
        scopes: scopes(wanted),
        access_version: memory.parties[&ALI].access_version,
        basis,
        redirect_uri: Text::from("http://h/cb"),
        challenge: Some(Text::from("challenge")),
    }
}

fn give(memory: &mut Memory, code: u8) {
    let command = ask_code(memory, code, &[Scope::Profile], ConsentBasis::GivenNow);
    memory.run_ok(command);
}

fn exchange(code: u8, tokens: (u8, u8)) -> ExchangeSsoCode {
    ExchangeSsoCode {
        code: digest(code),
        client: SHOP,
        redirect_uri: Text::from("http://h/cb"),
        challenge: Some(Text::from("challenge")),
        tokens: NewTokens { access: digest(tokens.0), refresh: digest(tokens.1) },
    }
}

fn run_exchange(memory: &mut Memory, exchange: &ExchangeSsoCode) -> Result<Scopes, CodeRefused> {
    memory.run(exchange.clone())
}

fn refresh(memory: &mut Memory, client: PartyId, token: u8, next: (u8, u8)) -> Result<Scopes, RefreshRefused> {
    let tokens = NewTokens { access: digest(next.0), refresh: digest(next.1) };
    memory.run(RefreshSso { refresh: digest(token), client, scopes: None, tokens })
}

fn given<R>(wanted: &[Scope]) -> Result<Scopes, R> {
    Ok(scopes(wanted))
}

/// second-edition.md 4.3.
#[test]
fn a_client_gets_a_code_for_the_scopes_that_the_user_has_allowed_and_for_no_more() {
    let mut memory = world();
    let ask = |memory: &mut Memory, code: u8, wanted: &[Scope], basis: ConsentBasis| {
        let command = ask_code(memory, code, wanted, basis);
        memory.run(command)
    };
    let (profile, pay) = ([Scope::Profile], [Scope::Profile, Scope::InvoicePay]);
    assert_eq!(ask(&mut memory, 60, &profile, ConsentBasis::Remembered), Err(NoCode::ConsentUnknown), "never asked");
    assert!(memory.sso_codes.is_empty());
    ask(&mut memory, 60, &profile, ConsentBasis::GivenNow).unwrap();
    ask(&mut memory, 61, &profile, ConsentBasis::Remembered).unwrap();
    assert_eq!(ask(&mut memory, 62, &pay, ConsentBasis::Remembered), Err(NoCode::ConsentUnknown), "it has grown");
    ask(&mut memory, 62, &[Scope::InvoicePay], ConsentBasis::GivenNow).unwrap();
    ask(&mut memory, 63, &pay, ConsentBasis::Remembered).unwrap();
    // A code is for the requested scopes only, whatever was allowed before.
    assert_eq!(run_exchange(&mut memory, &exchange(62, (70, 71))), given(&[Scope::InvoicePay]));
    // A user cannot give the business scope for another party.
    ask(&mut memory, 64, &[Scope::Profile, Scope::Business], ConsentBasis::GivenNow).unwrap();
    assert_eq!(run_exchange(&mut memory, &exchange(64, (72, 73))), given(&profile));
    // A log-in that has ended meanwhile gives no code.
    let late = ask_code(&memory, 65, &profile, ConsentBasis::GivenNow);
    for id in [ALI, SHOP] {
        register(&mut memory, id, true);
        let refused = memory.run(late.clone());
        assert_eq!(refused, Err(NoCode::PartyUnknown), "{id:?}");
        register(&mut memory, id, false);
    }
    assert_eq!(memory.run(late), Err(NoCode::PartyUnknown), "disabled in between");
}

/// second-edition.md 4.3.
#[test]
fn a_consent_that_is_withdrawn_ends_codes_and_refreshes_also_when_it_is_given_again() {
    let mut memory = world();
    give(&mut memory, 60);
    run_exchange(&mut memory, &exchange(60, (61, 62))).unwrap();
    give(&mut memory, 63);
    let withdraw = |memory: &mut Memory| memory.run(WithdrawSsoConsent { key: KEY });
    assert_eq!(withdraw(&mut memory), Ok(()));
    assert_eq!(withdraw(&mut memory), Err(NoSuchConsent));
    for _ in 0..2 {
        assert_eq!(run_exchange(&mut memory, &exchange(63, (64, 65))), Err(CodeRefused::Invalid));
        assert_eq!(refresh(&mut memory, SHOP, 62, (66, 67)), Err(RefreshRefused::Invalid));
        give(&mut memory, 68);
    }
    assert_eq!(run_exchange(&mut memory, &exchange(68, (69, 70))), given(&[Scope::Profile]));
}

/// pod.md 2.2.
#[test]
fn a_code_is_exchanged_once_by_whom_it_was_given_to_with_the_verifier_of_its_challenge() {
    let mut memory = world();
    let good = exchange(60, (61, 62));
    give(&mut memory, 60);
    for (wrong, why) in [
        (ExchangeSsoCode { code: digest(1), ..good.clone() }, CodeRefused::Invalid),
        (ExchangeSsoCode { client: OTHER, ..good.clone() }, CodeRefused::Invalid),
        (ExchangeSsoCode { redirect_uri: Text::from("http://h/"), ..good.clone() }, CodeRefused::OtherRedirect),
        (ExchangeSsoCode { challenge: None, ..good.clone() }, CodeRefused::Invalid),
        (ExchangeSsoCode { challenge: Some(Text::from("x")), ..good.clone() }, CodeRefused::Invalid),
    ] {
        assert_eq!(run_exchange(&mut memory, &wrong), Err(why), "{wrong:?}");
    }
    assert_eq!(run_exchange(&mut memory, &good), given(&[Scope::Profile]));
    let token = memory.api_tokens[&digest(61)].clone();
    assert_eq!((token.party, token.ends_at_ms), (ALI, Some(memory.now_ms + SSO_ACCESS_MS)));
    assert!(token.family.is_some_and(|family| memory.sso_families.contains_key(&family)));
    give(&mut memory, 63);
    memory.now_ms += SSO_CODE_MS;
    assert_eq!(run_exchange(&mut memory, &exchange(63, (64, 65))), Err(CodeRefused::Invalid), "too late");
    for id in [ALI, SHOP] {
        give(&mut memory, 66);
        register(&mut memory, id, true);
        assert_eq!(run_exchange(&mut memory, &exchange(66, (67, 68))), Err(CodeRefused::Invalid), "disabled meanwhile");
        register(&mut memory, id, false);
    }
    // After a client is enabled again, its codes are valid. A user who is enabled again has to log in.
    assert_eq!(run_exchange(&mut memory, &exchange(66, (67, 68))), given(&[Scope::Profile]));
}

/// second-edition.md 4.3.
#[test]
fn a_code_that_is_used_twice_ends_the_tokens_that_it_gave_long_after_too() {
    for later_ms in [0, SSO_CODE_MS, SSO_REFRESH_MS - 1] {
        let mut memory = world();
        give(&mut memory, 60);
        run_exchange(&mut memory, &exchange(60, (61, 62))).unwrap();
        memory.now_ms += later_ms;
        let foreign = ExchangeSsoCode { client: OTHER, ..exchange(60, (63, 64)) };
        assert_eq!(run_exchange(&mut memory, &foreign), Err(CodeRefused::Invalid));
        assert_eq!(memory.sso_families.len(), 1, "another client's use ends nothing");
        assert_eq!(run_exchange(&mut memory, &exchange(60, (63, 64))), Err(CodeRefused::TokensEnded));
        assert!(memory.sso_families.is_empty() && !memory.api_tokens.contains_key(&digest(63)));
        assert_eq!(run_exchange(&mut memory, &exchange(60, (63, 64))), Err(CodeRefused::Invalid));
        assert_eq!(refresh(&mut memory, SHOP, 62, (65, 66)), Err(RefreshRefused::Invalid));
    }
}

/// second-edition.md 4.3.
#[test]
fn a_refresh_token_gives_the_same_successor_for_a_minute_and_ends_its_family_after_it() {
    let mut memory = world();
    give(&mut memory, 60);
    run_exchange(&mut memory, &exchange(60, (61, 62))).unwrap();
    assert_eq!(refresh(&mut memory, OTHER, 62, (70, 71)), Err(RefreshRefused::Invalid));
    let first_ms = memory.now_ms;
    assert_eq!(refresh(&mut memory, SHOP, 62, (70, 71)), given(&[Scope::Profile]));
    // Replies were lost: the same successor is given again, even after it was used.
    memory.now_ms += 1_000;
    assert_eq!(refresh(&mut memory, SHOP, 62, (72, 71)), given(&[Scope::Profile]));
    assert_eq!(refresh(&mut memory, SHOP, 71, (73, 74)), given(&[Scope::Profile]));
    memory.now_ms = first_ms + REFRESH_RETRY_MS - 1;
    assert_eq!(refresh(&mut memory, SHOP, 62, (75, 71)), given(&[Scope::Profile]));
    assert!(memory.sso_refreshes[&digest(71)].used_at_ms.is_some(), "the successor stays used");
    memory.now_ms += 1;
    assert_eq!(refresh(&mut memory, OTHER, 62, (76, 71)), Err(RefreshRefused::Invalid));
    assert_eq!(memory.sso_families.len(), 1);
    assert_eq!(refresh(&mut memory, SHOP, 62, (76, 71)), Err(RefreshRefused::TokensEnded));
    assert!(memory.sso_families.is_empty());
    assert_eq!(refresh(&mut memory, SHOP, 74, (77, 78)), Err(RefreshRefused::Invalid), "the newest is dead, too");

    let mut memory = world();
    give(&mut memory, 60);
    run_exchange(&mut memory, &exchange(60, (61, 62))).unwrap();
    memory.now_ms += SSO_REFRESH_MS - 1;
    refresh(&mut memory, SHOP, 62, (72, 73)).unwrap();
    memory.now_ms += SSO_REFRESH_MS;
    assert_eq!(refresh(&mut memory, SHOP, 73, (74, 75)), Err(RefreshRefused::Invalid), "too late");
}

/// second-edition.md 4.3.
#[test]
fn a_new_password_or_disabling_ends_refreshes_and_codes_of_a_user() {
    let end: [fn(&mut Memory); 2] = [
        |memory| {
            let party = Party { password: "another".to_owned(), ..Party::clone(&memory.parties[&ALI]) };
            memory.run_ok(RegisterParty { replace: true, party });
        },
        |memory| {
            register(memory, ALI, true);
            register(memory, ALI, false);
        },
    ];
    for end in end {
        let mut memory = world();
        give(&mut memory, 60);
        run_exchange(&mut memory, &exchange(60, (61, 62))).unwrap();
        give(&mut memory, 63);
        let before = memory.parties[&ALI].access_version;
        end(&mut memory);
        assert!(memory.parties[&ALI].access_version > before);
        assert_eq!(run_exchange(&mut memory, &exchange(63, (64, 65))), Err(CodeRefused::Invalid));
        assert_eq!(refresh(&mut memory, SHOP, 62, (66, 67)), Err(RefreshRefused::Invalid));
        // The consent stays: the next log-in relies on it.
        let next = ask_code(&memory, 68, &[Scope::Profile], ConsentBasis::Remembered);
        memory.run_ok(next);
        assert_eq!(run_exchange(&mut memory, &exchange(68, (69, 70))), given(&[Scope::Profile]));
        // Other changes do not end tokens.
        let party = Party { mobile: Text::from("09120000000"), ..Party::clone(&memory.parties[&ALI]) };
        memory.run_ok(RegisterParty { replace: true, party });
        assert_eq!(refresh(&mut memory, SHOP, 70, (71, 72)), given(&[Scope::Profile]));
    }
}

fn operator(name: &str, password: &str) -> Operator {
    let (name, password) = (Text::from(name), password.to_owned());
    Operator { name, password, role: Role::Operator, disabled: false, since_ms: 0, depends_on: Vec::new() }
}

fn verb<C: OperatorCommand>(memory: &mut Memory, command: C) -> Result<C::Done, C::Refusal> {
    let (by, entry) = (Text::from("somebody"), command.entry());
    match memory.run(Audited { by, entry, command, precondition: None, money_of_day: None }) {
        Ok(Replaced { done, version }) => {
            assert_eq!(version, None, "nothing was expected");
            Ok(done)
        }
        Err(AuditedRefusal::Refused(why)) => Err(why),
        Err(other) => panic!("{other:?}"),
    }
}

/// The policy of a sandbox: the token of the settings acts alone.
fn second_of(by: &str) -> SecondAdmin {
    if by == TOKEN_HOLDER { SecondAdmin::Never } else { SecondAdmin::WhereThereIsOne }
}

fn change(memory: &mut Memory, by: &str, operator: Operator, replace: bool) -> Result<(), AdminRefusal<RecordRefusal>> {
    let (record, by) = (RegisterOperator { operator, replace }, Text::from(by));
    let known = memory.operators.keys().cloned().collect();
    let second = second_of(&by);
    verb(memory, ChangeOperator { record, by, known, second })
}

fn admin(name: &str, password: &str) -> Operator {
    Operator { role: Role::Admin, ..operator(name, password) }
}

fn proposed(memory: &mut Memory, by: &str, operator: Operator, replace: bool) -> Result<Arc<Proposal>, ProposeRefusal> {
    let action = ProposedAction::Operator(RegisterOperator { operator, replace });
    let propose = Propose { action, by: Text::from(by), reason: Text::from("why") };
    let id = verb(memory, propose)?;
    Ok(Arc::clone(&memory.proposals[&id]))
}

fn confirm(memory: &mut Memory, by: &str, name: &str, on: &str) -> Result<(), ConfirmRefusal> {
    let [by, name, on] = [by, name, on].map(Text::from);
    verb(memory, ConfirmOperator { name, on, by })
}

/// second-edition.md 5: changes of operators need a second admin.
#[test]
fn once_there_are_two_admins_one_changes_operators_only_with_another() {
    let mut memory = world();
    // The token makes the first admin. While it is the only one, it acts alone.
    change(&mut memory, TOKEN_HOLDER, admin("one", "p"), false).unwrap();
    assert_eq!(change(&mut memory, "nobody", operator("x", "p"), false), Err(AdminRefusal::AdminNeeded));
    change(&mut memory, "one", operator("worker", "p"), false).unwrap();
    assert_eq!(change(&mut memory, "worker", operator("x", "p"), false), Err(AdminRefusal::AdminNeeded));
    change(&mut memory, "one", admin("mine", "p"), false).unwrap();
    change(&mut memory, TOKEN_HOLDER, admin("two", "p"), false).unwrap();
    let disabled = Operator { disabled: true, ..operator("worker", "") };
    for (wanted, replace) in [
        (operator("x", "p"), false),
        (operator("worker", "q"), true),
        (admin("worker", ""), true),
        (disabled, true),
        (Operator { role: Role::Viewer, ..admin("one", "") }, true),
    ] {
        let alone = change(&mut memory, "one", wanted.clone(), replace);
        assert_eq!(alone, Err(AdminRefusal::SecondAdminNeeded), "{wanted:?}");
        assert_eq!(proposed(&mut memory, "nobody", wanted.clone(), replace), Err(ProposeRefusal::AdminNeeded));
        let proposal = proposed(&mut memory, "one", wanted.clone(), replace).unwrap();
        for (by, why) in [
            ("one", DecideRefusal::OwnProposal),
            ("nobody", DecideRefusal::AdminNeeded),
            ("mine", DecideRefusal::NotIndependent),
        ] {
            assert_eq!(decide(&mut memory, &proposal, by, Approval::Yes), Err(why), "{by}");
        }
        decide(&mut memory, &proposal, "two", Approval::Yes).unwrap();
        let known = &memory.operators[&wanted.name];
        assert_eq!((known.role, known.disabled), (wanted.role, wanted.disabled));
        // A decided proposal keeps no password.
        let ProposedAction::Operator(kept) = &memory.proposals[&proposal.id].action else { panic!("another action") };
        assert_eq!(kept.operator.password, "");
    }
    // Operators change their own password without a second admin.
    change(&mut memory, "two", admin("two", "q"), true).unwrap();
    change(&mut memory, "x", operator("x", "q"), true).unwrap();
    assert_eq!(change(&mut memory, "x", admin("x", "q"), true), Err(AdminRefusal::AdminNeeded));
}

fn factor(version: i64, last_step: i64, recovery: &[u8]) -> SecondFactor {
    let (operator, recovery) = (Text::from("one"), recovery.iter().map(|number| digest(*number)).collect());
    SecondFactor { operator, sealed: vec![1], version, last_step, recovery }
}

/// Begins a session with the password, and proves the second factor in its last millisecond.
fn pass(memory: &mut Memory, session: u8, proof: FactorProof) -> Result<(), FactorRefusal> {
    let visitor = |number| Visitor::Operator { name: Text::from("one"), password: digest(number) };
    let begin = |tries, hash, visitor, life_ms| BeginSession { tries, ceilings: Vec::new(), hash, visitor, life_ms };
    let password_session = digest(session);
    memory.run_ok(begin(None, password_session, visitor(1), 600_000));
    memory.now_ms += 599_999;
    let (operator, begin) = (Text::from("one"), begin(Some(digest(99)), digest(session + 1), visitor(2), 1_000));
    memory.run(PassFactor { operator, proof, password_session, begin })
}

#[test]
fn a_second_factor_is_proved_once_by_each_step_and_each_recovery_code() {
    let mut memory = world();
    let code = |version, step| FactorProof::Code { version, step };
    let recovery = |version, number| FactorProof::RecoveryCode { version, hash: digest(number) };
    assert_eq!(pass(&mut memory, 10, code(7, 100)), Err(FactorRefusal::FactorInvalid), "no device");
    pass(&mut memory, 12, FactorProof::Enrolled(factor(7, 100, &[1, 2]))).unwrap();
    for (session, proof, passes) in [
        (20, FactorProof::Enrolled(factor(8, 100, &[1])), Err(FactorRefusal::FactorExists)),
        (22, code(7, 100), Err(FactorRefusal::FactorInvalid)),
        (24, code(7, 99), Err(FactorRefusal::FactorInvalid)),
        (26, code(8, 101), Err(FactorRefusal::FactorInvalid)),
        (28, code(7, 101), Ok(())),
        (30, code(7, 101), Err(FactorRefusal::FactorInvalid)),
        (32, code(7, 103), Ok(())),
        (34, recovery(7, 3), Err(FactorRefusal::FactorInvalid)),
        (36, recovery(8, 1), Err(FactorRefusal::FactorInvalid)),
        (38, recovery(7, 1), Ok(())),
        (40, recovery(7, 1), Err(FactorRefusal::FactorInvalid)),
        (42, recovery(7, 2), Ok(())),
        (44, code(7, 102), Err(FactorRefusal::FactorInvalid)),
    ] {
        let came = pass(&mut memory, session, proof.clone());
        assert_eq!(came, passes, "{proof:?}");
        // A right proof replaces the password's session by the operator's; a wrong one does not.
        let begun = [session, session + 1].map(|number| memory.browser_sessions.contains_key(&digest(number)));
        assert_eq!(begun, [came.is_err(), came.is_ok()], "{proof:?}");
    }
    assert_eq!(*memory.second_factors[&Text::from("one")], factor(7, 103, &[]));
    // The password's session ends after ten minutes. Without it no proof is accepted.
    memory.now_ms += 1;
    let (operator, password_session) = (Text::from("one"), digest(44));
    let begin = BeginSession {
        tries: None,
        ceilings: Vec::new(),
        hash: digest(50),
        visitor: Visitor::Operator { name: Text::clone(&operator), password: digest(2) },
        life_ms: 1_000,
    };
    let late = PassFactor { operator, proof: code(7, 104), password_session, begin };
    assert_eq!(memory.run(late), Err(FactorRefusal::FactorInvalid));
}

/// An attacker who knows the password cannot guess codes without limit: a right password gives back only its own try.
#[test]
fn a_right_password_gives_back_its_own_try_where_more_has_to_be_shown() {
    let mut memory = world();
    let (name, ceiling) = (digest(1), Ceiling::of_all(digest(2), 30));
    let take = TakeTry { key: name, ceilings: vec![ceiling], clock: TryClock::Machine };
    for round in 0..MAX_PASSWORD_TRIES {
        memory.run_ok(take.clone());
        let visitor = Visitor::Operator { name: Text::from("one"), password: digest(3) };
        let (hash, ceilings) = (digest(100 + round as u8), take.limits());
        memory.run_ok(BeginSession { tries: None, ceilings, hash, visitor, life_ms: 1_000 });
        assert_eq!(memory.log_in_tries[&name].wrong, round);
        assert_eq!(memory.log_in_tries[&ceiling.key].wrong, round);
        // A wrong code counts.
        memory.run_ok(take.clone());
    }
    assert_eq!(memory.run(take), Err(Locked));
}

/// second-edition.md 5: changes of operators need a second admin.
#[test]
fn a_second_factor_is_taken_away_by_another_admin_and_with_a_second_one() {
    let mut memory = world();
    change(&mut memory, TOKEN_HOLDER, admin("one", "p"), false).unwrap();
    change(&mut memory, TOKEN_HOLDER, operator("worker", "p"), false).unwrap();
    let reset = |memory: &mut Memory, by: &str, name: &str| {
        let (reset, by) = (ResetFactor { operator: Text::from(name) }, Text::from(by));
        let known = memory.operators.keys().cloned().collect();
        let second = second_of(&by);
        verb(memory, ChangeFactor { reset, by, known, second })
    };
    let has = |memory: &mut Memory, name: &str| {
        let operator = Text::from(name);
        memory.second_factors.insert(operator.clone(), Arc::new(SecondFactor { operator, ..factor(1, 1, &[]) }));
    };
    assert_eq!(reset(&mut memory, "one", "worker"), Err(AdminRefusal::Refused(FactorUnknown)));
    ["one", "worker"].iter().for_each(|name| has(&mut memory, name));
    assert_eq!(reset(&mut memory, "worker", "one"), Err(AdminRefusal::AdminNeeded));
    assert_eq!(reset(&mut memory, "one", "one"), Err(AdminRefusal::SecondAdminNeeded), "the own one");
    reset(&mut memory, "one", "worker").unwrap();
    reset(&mut memory, TOKEN_HOLDER, "one").unwrap();
    change(&mut memory, TOKEN_HOLDER, admin("two", "p"), false).unwrap();
    ["one", "worker"].iter().for_each(|name| has(&mut memory, name));
    for name in ["one", "worker"] {
        assert_eq!(reset(&mut memory, "one", name), Err(AdminRefusal::SecondAdminNeeded));
        let propose = |by: &str| {
            let (by, reason) = (Text::from(by), Text::from("lost"));
            Propose { action: ProposedAction::ResetFactor(ResetFactor { operator: Text::from(name) }), by, reason }
        };
        assert_eq!(verb(&mut memory, propose("worker")), Err(ProposeRefusal::AdminNeeded));
        let id = verb(&mut memory, propose("one")).unwrap();
        let proposal = Arc::clone(&memory.proposals[&id]);
        for (by, why) in [("one", DecideRefusal::OwnProposal), ("worker", DecideRefusal::AdminNeeded)] {
            assert_eq!(decide(&mut memory, &proposal, by, Approval::Yes), Err(why));
        }
        decide(&mut memory, &proposal, "two", Approval::Yes).unwrap();
        assert!(!memory.second_factors.contains_key(&Text::from(name)));
        let unknown = ProposeRefusal::ProposedAction(ProposedActionRefusal::ResetFactor(FactorUnknown));
        assert_eq!(verb(&mut memory, propose("one")), Err(unknown));
    }
}

fn issue(name: &str, role: Role, operator: Option<&str>) -> IssueOperatorToken {
    let hash = digest(name.len() as u8);
    IssueOperatorToken { name: Text::from(name), hash, role, operator: operator.map(Text::from), life_ms: 1_000 }
}

fn make_token(
    memory: &mut Memory,
    by: &str,
    issue: IssueOperatorToken,
) -> Result<(), AdminRefusal<OperatorTokenRefusal>> {
    let (known, by) = (memory.operators.keys().cloned().collect(), Text::from(by));
    let second = second_of(&by);
    verb(memory, MakeOperatorToken { issue, by, known, second })
}

fn revoke_token(memory: &mut Memory, by: &str, name: &str) -> Result<(), RevokeRefusal> {
    let [name, by] = [name, by].map(Text::from);
    verb(memory, RevokeOperatorToken { name, by })
}

/// second-edition.md 5: tokens have names and roles.
#[test]
fn a_token_has_its_name_for_ever_and_no_more_rights_than_its_operator() {
    let mut memory = world();
    change(&mut memory, TOKEN_HOLDER, admin("one", "p"), false).unwrap();
    change(&mut memory, TOKEN_HOLDER, operator("worker", "p"), false).unwrap();
    assert_eq!(make_token(&mut memory, "worker", issue("ci", Role::Viewer, None)), Err(AdminRefusal::AdminNeeded));
    assert_eq!(
        make_token(&mut memory, "one", issue("ci", Role::Viewer, Some("x"))),
        Err(AdminRefusal::Refused(OperatorTokenRefusal::OperatorUnknown))
    );
    make_token(&mut memory, "one", issue("ci", Role::Admin, Some("worker"))).unwrap();
    assert_eq!(
        make_token(&mut memory, "one", issue("ci", Role::Viewer, None)),
        Err(AdminRefusal::Refused(OperatorTokenRefusal::OperatorTokenExists))
    );
    let role = |memory: &Memory| {
        let owner = memory.operators.get(&Text::from("worker")).map(|known| Operator::clone(known));
        memory.operator_tokens[&Text::from("ci")].role(owner.as_ref(), memory.now_ms)
    };
    assert_eq!(role(&memory), Some(Role::Operator));
    for (wanted, left) in [
        (Operator { role: Role::Viewer, ..operator("worker", "") }, Some(Role::Viewer)),
        (admin("worker", ""), Some(Role::Admin)),
        (Operator { disabled: true, ..admin("worker", "") }, None),
        (operator("worker", ""), Some(Role::Operator)),
    ] {
        change(&mut memory, TOKEN_HOLDER, wanted, true).unwrap();
        assert_eq!(role(&memory), left);
    }
    memory.now_ms += 999;
    assert_eq!(role(&memory), Some(Role::Operator));
    memory.now_ms += 1;
    assert_eq!(role(&memory), None);
    // An expired token cannot be revoked, and its name cannot be used again.
    assert_eq!(revoke_token(&mut memory, "one", "ci"), Err(RevokeRefusal::OperatorTokenUnknown));
    assert_eq!(
        make_token(&mut memory, "one", issue("ci", Role::Viewer, None)),
        Err(AdminRefusal::Refused(OperatorTokenRefusal::OperatorTokenExists))
    );
    make_token(&mut memory, "one", issue("other", Role::Viewer, None)).unwrap();
    assert_eq!(revoke_token(&mut memory, "worker", "other"), Err(RevokeRefusal::AdminNeeded));
    revoke_token(&mut memory, "one", "other").unwrap();
    assert_eq!(memory.operator_tokens[&Text::from("other")].role(None, memory.now_ms), None);
    assert_eq!(revoke_token(&mut memory, "one", "other"), Err(RevokeRefusal::OperatorTokenUnknown));
    // Making a token needs a second admin, as changes of operators do.
    change(&mut memory, TOKEN_HOLDER, admin("two", "p"), false).unwrap();
    assert_eq!(
        make_token(&mut memory, "one", issue("third", Role::Viewer, None)),
        Err(AdminRefusal::SecondAdminNeeded)
    );
    let action = ProposedAction::MakeToken(issue("third", Role::Viewer, None));
    let propose = Propose { action, by: Text::from("one"), reason: Text::from("why") };
    let id = verb(&mut memory, propose).unwrap();
    let proposal = Arc::clone(&memory.proposals[&id]);
    memory.now_ms += 5_000;
    decide(&mut memory, &proposal, "two", Approval::Yes).unwrap();
    let made = &memory.operator_tokens[&Text::from("third")];
    assert_eq!((made.ends_at_ms, &*made.made_by), (memory.now_ms + 1_000, &[Text::from("one")][..]));
    let ProposedAction::MakeToken(kept) = &memory.proposals[&id].action else { panic!("another action") };
    assert_eq!(kept.hash, digest(0));
}

/// second-edition.md 5: a token may only propose actions that need two operators. Its makers, and operators that depend on them, cannot approve.
#[test]
fn what_a_token_proposes_an_operator_approves_who_is_independent_of_its_makers() {
    // Maker of the token, its owner, approver, whether the approver is independent of both.
    for (maker, owner, approves, two) in [
        ("one", None, "one", false),
        ("one", None, "two", true),
        ("one", Some("two"), "two", false),
        ("one", Some("two"), "three", true),
        ("one", None, "mine", false),
        ("mine", None, "one", false),
        (TOKEN_HOLDER, None, "one", true),
        ("api:first", None, "one", false),
        ("api:first", None, "two", true),
    ] {
        let mut memory = Memory::demo(Rules::documented().unwrap());
        for name in ["one", "two", "three"] {
            change(&mut memory, TOKEN_HOLDER, admin(name, "p"), false).unwrap();
        }
        let agreed = |memory: &mut Memory, action, by: &str, approves: &str| {
            let propose = Propose { action, by: Text::from(by), reason: Text::from("why") };
            let id = verb(memory, propose).unwrap();
            let proposal = Arc::clone(&memory.proposals[&id]);
            let agreed = decide(memory, &proposal, approves, Approval::Yes);
            (proposal, agreed)
        };
        let mine = ProposedAction::Operator(RegisterOperator { operator: admin("mine", "p"), replace: false });
        agreed(&mut memory, mine, "one", "three").1.unwrap();
        let first = ProposedAction::MakeToken(issue("first", Role::Admin, None));
        agreed(&mut memory, first, "one", "three").1.unwrap();
        if maker == TOKEN_HOLDER {
            make_token(&mut memory, maker, issue("token", Role::Admin, owner)).unwrap();
        } else {
            agreed(&mut memory, ProposedAction::MakeToken(issue("token", Role::Admin, owner)), maker, "three")
                .1
                .unwrap();
        }
        // Alone the token cannot do what needs two operators.
        let alone = change(&mut memory, "api:token", admin("x", "p"), false);
        assert_eq!(alone, Err(AdminRefusal::SecondAdminNeeded));
        assert_eq!(confirm(&mut memory, "api:token", "mine", "one"), Err(ConfirmRefusal::ConsoleNeeded));
        let wanted = ProposedAction::Operator(RegisterOperator { operator: operator("x", "p"), replace: false });
        let (proposal, agreed) = agreed(&mut memory, wanted, "api:token", approves);
        let expected = if two { Ok(()) } else { Err(DecideRefusal::NotIndependent) };
        assert_eq!(agreed, expected, "{maker} {owner:?} {approves}");
        if two {
            // The new operator depends on all who may know its password.
            let on: Vec<&str> = memory.operators[&Text::from("x")].depends_on.iter().map(|known| &*known.on).collect();
            assert!(on.contains(&maker) && on.contains(&"api:token"), "{on:?}");
            continue;
        }
        for (by, say, came) in [
            ("api:first", Approval::Yes, Err(DecideRefusal::ConsoleNeeded)),
            ("api:token", Approval::Yes, Err(DecideRefusal::ConsoleNeeded)),
            ("api:first", Approval::No, Err(DecideRefusal::ConsoleNeeded)),
            ("api:token", Approval::No, Ok(())),
        ] {
            assert_eq!(decide(&mut memory, &proposal, by, say), came, "{by} {say:?}");
        }
    }
}

/// second-edition.md 5: an action needs two operators who both have its role at the time of the approval.
#[test]
fn what_was_proposed_by_an_author_who_may_not_act_any_more_is_only_rejected() {
    type End = fn(&mut Memory);
    let ends: [(&str, &str, End); 4] = [
        ("one", "disabled", |memory| {
            let disabled = Operator { disabled: true, ..admin("one", "") };
            proposed_by_others(
                memory,
                ProposedAction::Operator(RegisterOperator { operator: disabled, replace: true }),
            );
        }),
        ("one", "demoted", |memory| {
            let demoted = operator("one", "");
            proposed_by_others(memory, ProposedAction::Operator(RegisterOperator { operator: demoted, replace: true }));
        }),
        ("api:token", "revoked", |memory| {
            revoke_token(memory, "two", "token").unwrap();
        }),
        ("api:token", "without its operator", |memory| {
            let disabled = Operator { disabled: true, ..admin("one", "") };
            proposed_by_others(
                memory,
                ProposedAction::Operator(RegisterOperator { operator: disabled, replace: true }),
            );
        }),
    ];
    for (by, what, end) in ends {
        let mut memory = Memory::demo(Rules::documented().unwrap());
        for name in ["one", "two", "three", "four"] {
            change(&mut memory, TOKEN_HOLDER, admin(name, "p"), false).unwrap();
        }
        proposed_by_others(&mut memory, ProposedAction::MakeToken(issue("token", Role::Admin, Some("one"))));
        let ghost = ProposedAction::Operator(RegisterOperator { operator: admin("ghost", "p"), replace: false });
        let propose = Propose { action: ghost, by: Text::from(by), reason: Text::from("why") };
        let id = verb(&mut memory, propose).unwrap();
        end(&mut memory);
        let proposal = Arc::clone(&memory.proposals[&id]);
        assert_eq!(
            decide(&mut memory, &proposal, "four", Approval::Yes),
            Err(DecideRefusal::AuthorGone),
            "{by} {what}"
        );
        assert!(!memory.operators.contains_key(&Text::from("ghost")), "{by} {what}");
        assert_eq!(decide(&mut memory, &proposal, "four", Approval::No), Ok(()), "{by} {what}");
    }
}

/// Two other operators propose and approve an action.
fn proposed_by_others(memory: &mut Memory, action: ProposedAction) {
    let propose = Propose { action, by: Text::from("two"), reason: Text::from("why") };
    let id = verb(memory, propose).unwrap();
    let proposal = Arc::clone(&memory.proposals[&id]);
    decide(memory, &proposal, "three", Approval::Yes).unwrap();
}

#[test]
fn a_token_proposes_acts_on_operators_as_an_admin_only() {
    let mut memory = world();
    for name in ["one", "two"] {
        change(&mut memory, TOKEN_HOLDER, admin(name, "p"), false).unwrap();
    }
    make_token(&mut memory, TOKEN_HOLDER, issue("low", Role::Operator, None)).unwrap();
    make_token(&mut memory, TOKEN_HOLDER, issue("high", Role::Admin, Some("two"))).unwrap();
    let propose = |memory: &mut Memory, by: &str, name: &str| {
        let action = ProposedAction::Operator(RegisterOperator { operator: operator(name, "p"), replace: false });
        let propose = Propose { action, by: Text::from(by), reason: Text::from("why") };
        verb(memory, propose).map(|_| ())
    };
    assert_eq!(propose(&mut memory, "api:low", "x"), Err(ProposeRefusal::AdminNeeded));
    propose(&mut memory, "api:high", "x").unwrap();
    change(&mut memory, TOKEN_HOLDER, operator("two", ""), true).unwrap();
    assert_eq!(propose(&mut memory, "api:high", "y"), Err(ProposeRefusal::AdminNeeded));
    assert_eq!(revoke_token(&mut memory, "api:high", "low"), Err(RevokeRefusal::AdminNeeded));
}

/// second-edition.md 5: an operator does not count as independent, for 30 days, of an operator that made it or set its password.
#[test]
fn two_names_of_one_person_do_not_agree_with_one_another() {
    let order = |memory: &mut Memory, track_id: &str| {
        let order = transfer(memory, Bank::AYANDEH, track_id, memory::SOMAYEH, 1_000);
        memory.submit(SubmitTransfer { submission: Network::Unknown(None).terms(), ..order }).unwrap();
        let action =
            ProposedAction::Resolve(ResolveOrder { order: OrderRef::Key(key(track_id)), resolution: Resolution::Done });
        (action, Text::from("why"))
    };
    // Who makes whom, proposer, approver, whether proposer and approver are independent.
    for (made, by, agrees, two) in [
        (&[("one", "x")][..], "one", "x", false),
        (&[("one", "x")], "x", "one", false),
        (&[("one", "x")], "two", "x", true),
        (&[("one", "x"), ("one", "y")], "x", "y", false),
        (&[("one", "x"), ("x", "y")], "one", "y", false),
        (&[("one", "x"), ("two", "y")], "x", "y", true),
        (&[], "one", "two", true),
        (&[(TOKEN_HOLDER, "x"), (TOKEN_HOLDER, "y")], "x", "y", true),
    ] {
        let mut memory = Memory::demo(Rules::documented().unwrap());
        for name in ["one", "two", "three"] {
            change(&mut memory, TOKEN_HOLDER, admin(name, "p"), false).unwrap();
        }
        for (maker, name) in made {
            if *maker == TOKEN_HOLDER {
                change(&mut memory, maker, admin(name, "p"), false).unwrap();
            } else {
                let proposal = proposed(&mut memory, maker, admin(name, "p"), false).unwrap();
                decide(&mut memory, &proposal, "three", Approval::Yes).unwrap();
            }
        }
        let (action, reason) = order(&mut memory, "t");
        let propose = Propose { action, by: Text::from(by), reason };
        let id = verb(&mut memory, propose).unwrap();
        let proposal = Arc::clone(&memory.proposals[&id]);
        let agreed = decide(&mut memory, &proposal, agrees, Approval::Yes);
        assert_eq!(agreed.is_ok(), two, "{made:?} {by} {agrees}");
        if !two {
            assert_eq!(agreed, Err(DecideRefusal::NotIndependent));
            memory.now_ms += DEPENDENT_MS - 1;
            assert_eq!(decide(&mut memory, &proposal, agrees, Approval::Yes), Err(DecideRefusal::NotIndependent));
            memory.now_ms += 1;
            decide(&mut memory, &proposal, agrees, Approval::Yes).unwrap();
        }
    }
}

/// second-edition.md 5: unless another admin confirms that they are two persons.
#[test]
fn an_admin_apart_from_both_confirms_that_an_operator_is_a_person() {
    let mut memory = world();
    for name in ["one", "two", "three"] {
        change(&mut memory, TOKEN_HOLDER, admin(name, "p"), false).unwrap();
    }
    change(&mut memory, TOKEN_HOLDER, operator("worker", "p"), false).unwrap();
    for name in ["x", "y"] {
        let proposal = proposed(&mut memory, "one", admin(name, "p"), false).unwrap();
        decide(&mut memory, &proposal, "two", Approval::Yes).unwrap();
    }
    // A new password restarts the 30 days, and adds the operator who set it.
    memory.now_ms += 1_000;
    let proposal = proposed(&mut memory, "two", admin("x", "q"), true).unwrap();
    decide(&mut memory, &proposal, "three", Approval::Yes).unwrap();
    let on = |memory: &Memory| -> Vec<String> {
        memory.operators[&Text::from("x")].depends_on(memory.now_ms).map(|known| known.on.to_string()).collect()
    };
    assert_eq!(on(&memory), ["one", "two"]);
    for (by, name, from, why) in [
        ("one", "x", "one", ConfirmRefusal::NotIndependent),
        ("x", "x", "one", ConfirmRefusal::NotIndependent),
        ("y", "x", "one", ConfirmRefusal::NotIndependent),
        ("worker", "x", "one", ConfirmRefusal::AdminNeeded),
        ("two", "x", "three", ConfirmRefusal::NotDependent),
        ("two", "z", "one", ConfirmRefusal::OperatorUnknown),
    ] {
        assert_eq!(confirm(&mut memory, by, name, from), Err(why), "{by} {name} {from}");
    }
    confirm(&mut memory, "three", "x", "one").unwrap();
    assert_eq!(on(&memory), ["two"]);
    confirm(&mut memory, TOKEN_HOLDER, "x", "two").unwrap();
    assert_eq!(on(&memory), Vec::<String>::new());
    let lines = memory.audit_lines.values().filter(|line| *line.action == *"confirm operator");
    assert_eq!(lines.map(|line| line.detail.to_string()).collect::<Vec<_>>(), ["apart from one", "apart from two"]);
}

#[test]
fn an_operator_is_made_once_and_keeps_its_password_unless_it_gets_another() {
    let mut memory = world();
    let run = |memory: &mut Memory, operator, replace| change(memory, TOKEN_HOLDER, operator, replace);
    assert_eq!(
        run(&mut memory, operator("one", "first"), true),
        Err(AdminRefusal::Refused(RecordRefusal::OperatorUnknown))
    );
    run(&mut memory, operator("one", "first"), false).unwrap();
    assert_eq!(
        run(&mut memory, operator("one", "other"), false),
        Err(AdminRefusal::Refused(RecordRefusal::OperatorExists))
    );
    for (given, kept) in [("", "first"), ("second", "second"), ("", "second")] {
        run(&mut memory, operator("one", given), true).unwrap();
        assert_eq!(memory.operators[&Text::from("one")].password, kept);
    }
    // Enabling an operator again ends its former sessions.
    let first = memory.operators[&Text::from("one")].since_ms;
    memory.now_ms += 1_000;
    for (disabled, since) in [(true, first), (false, first + 1_000)] {
        run(&mut memory, Operator { disabled, ..operator("one", "") }, true).unwrap();
        assert_eq!(memory.operators[&Text::from("one")].since_ms, since);
    }
    // Refused commands have no audit line, and no line contains a password.
    let lines: Vec<String> = memory.audit_lines.values().map(|line| format!("{line:?}")).collect();
    assert_eq!(lines.len(), 6);
    assert_eq!(lines.iter().filter(|line| line.contains("password set")).count(), 2);
    assert!(lines.iter().all(|line| line.contains("one") && !line.contains("first") && !line.contains("second")));
}

/// second-edition.md 5: daily limits on the money that the API creates.
#[test]
fn money_that_the_api_creates_is_counted_by_day_over_all_that_creates_it() {
    enum Creates {
        Wallet(FillWallet),
        Deposit(OpenDeposit),
    }
    // Runs a command with a daily limit. A refusal is returned as its `Debug` text.
    fn create<C: OperatorCommand + Clone>(memory: &mut Memory, command: &C, most: Option<i64>) -> Result<(), String> {
        let (by, entry, money_of_day) = (Text::from("api"), command.entry(), most.map(Rial::new));
        let command = Audited { by, entry, command: command.clone(), precondition: None, money_of_day };
        memory.run(command).map(|_| ()).map_err(|why| format!("{why:?}"))
    }
    let mut memory = Memory::demo(Rules::documented().unwrap());
    register(&mut memory, ALI, false);
    let fill = |amount: i64| Creates::Wallet(FillWallet { party: ALI, amount: Rial::new(amount), at_ms: None });
    let deposit = |number: &str, balance: i64| {
        Creates::Deposit(OpenDeposit {
            bank: Bank::AYANDEH,
            number: AccountNumber::parse(number).unwrap(),
            owner: "1111111111".to_owned(),
            first_name: "a".to_owned(),
            last_name: String::new(),
            account_type: "010".to_owned(),
            approved_for: Vec::new(),
            balance: Rial::new(balance),
            opened_at_ms: None,
        })
    };
    let over = |most: i64, left: i64| {
        let [most, left] = [most, left].map(Rial::new);
        Err(format!("{:?}", MoneyOfDayUsedUp { most, left }))
    };
    for (command, most, came) in [
        (fill(101), Some(100), over(100, 100)),
        (fill(60), Some(100), Ok(())),
        (fill(41), Some(100), over(100, 40)),
        (deposit("100200300", 41), Some(100), over(100, 40)),
        (deposit("100200300", 30), Some(100), Ok(())),
        // Commands that are refused for another reason, or that create no money, are not counted.
        (deposit("100200300", 5), Some(100), Err("DepositExists".to_owned())),
        (deposit("100200301", 0), Some(100), Ok(())),
        (fill(11), Some(100), over(100, 10)),
        (fill(10), Some(100), Ok(())),
        (fill(1), Some(100), over(100, 0)),
        (fill(1), Some(50), over(50, 0)),
        // Without a limit the money is not counted.
        (fill(1_000), None, Ok(())),
        (fill(1), Some(101), Ok(())),
        (fill(i64::MAX), Some(i64::MAX), over(i64::MAX, i64::MAX - 101)),
    ] {
        let created = match &command {
            Creates::Wallet(command) => create(&mut memory, command, most),
            Creates::Deposit(command) => create(&mut memory, command, most),
        };
        assert_eq!(created, came);
    }
    // The sum starts again with the next day in Tehran.
    let midnight = memory.now_ms + 13 * 3_600_000;
    for (at_ms, came) in [(midnight - 1, over(100, 0)), (midnight, Ok(()))] {
        memory.now_ms = at_ms;
        let fill = FillWallet { party: ALI, amount: Rial::new(100), at_ms: None };
        assert_eq!(create(&mut memory, &fill, Some(100)), came);
    }
}

fn propose(memory: &mut Memory, action: ProposedAction) -> Arc<Proposal> {
    let (by, reason) = (Text::from("one"), Text::from("why"));
    let id = verb(memory, Propose { action, by, reason }).unwrap();
    Arc::clone(&memory.proposals[&id])
}

fn decide(memory: &mut Memory, proposal: &Arc<Proposal>, by: &str, approval: Approval) -> Result<(), DecideRefusal> {
    let decision = DecideProposal { proposal: Arc::clone(proposal), by: Text::from(by), approval };
    verb(memory, decision)
}

#[test]
fn what_one_operator_proposes_another_has_done_once() {
    let mut memory = Memory::demo(Rules::documented().unwrap());
    for name in ["one", "two"] {
        change(&mut memory, TOKEN_HOLDER, operator(name, "p"), false).unwrap();
    }
    let order = transfer(&memory, Bank::AYANDEH, "t", memory::SOMAYEH, 1_000);
    memory.submit(SubmitTransfer { submission: Network::Unknown(None).terms(), ..order }).unwrap();
    assert_eq!(memory.order("t").state.status(), Status::Unknown);
    let action = ProposedAction::Resolve(ResolveOrder { order: OrderRef::Key(key("t")), resolution: Resolution::Done });
    let proposal = propose(&mut memory, action.clone());
    assert_eq!(decide(&mut memory, &proposal, "one", Approval::Yes), Err(DecideRefusal::OwnProposal));
    assert_eq!(memory.order("t").state.status(), Status::Unknown);
    let never = Proposal { id: ProposalId(77), ..Proposal::clone(&proposal) };
    assert_eq!(decide(&mut memory, &Arc::new(never), "two", Approval::Yes), Err(DecideRefusal::ProposalUnknown));
    // An approval is for the content that was read: another action under the same number is refused.
    let failed =
        ProposedAction::Resolve(ResolveOrder { order: OrderRef::Key(key("t")), resolution: Resolution::Failed });
    let changed = Proposal { action: failed, ..Proposal::clone(&proposal) };
    assert_eq!(decide(&mut memory, &Arc::new(changed), "two", Approval::Yes), Err(DecideRefusal::ProposalUnknown));
    let second = propose(&mut memory, action);
    decide(&mut memory, &proposal, "two", Approval::Yes).unwrap();
    assert_eq!(memory.order("t").state.status(), Status::Done);
    assert_eq!(memory.proposals[&proposal.id].state, ProposalState::Approved(Text::from("two"), memory.now_ms));
    assert_eq!(decide(&mut memory, &proposal, "two", Approval::No), Err(DecideRefusal::ProposalDecided));
    // An action that would be refused cannot be proposed.
    let (by, reason) = (Text::from("one"), Text::from("why"));
    let late = Propose { action: second.action.clone(), by: by.clone(), reason: reason.clone() };
    let refused = |why| Err(ProposeRefusal::ProposedAction(ProposedActionRefusal::Resolve(why)));
    assert_eq!(memory.run(late), refused(ResolveRefusal::OrderDecided));
    let never =
        ProposedAction::Resolve(ResolveOrder { order: OrderRef::Key(key("never")), resolution: Resolution::Done });
    let never = Propose { action: never, by, reason };
    assert_eq!(verb(&mut memory, never), refused(ResolveRefusal::OrderUnknown));
    // An order that was decided meanwhile is not decided again. The proposal stays open and can be rejected.
    assert!(decide(&mut memory, &second, "two", Approval::Yes).is_err());
    assert_eq!(memory.proposals[&second.id].state, ProposalState::Open);
    decide(&mut memory, &second, "one", Approval::No).unwrap();
    assert_eq!(memory.proposals[&second.id].state, ProposalState::Rejected(Text::from("one"), memory.now_ms));
}

/// What is proposed is checked with the rows that the decision needs: until its cycle closes, an order that the network took may fail (docs/paya.md).
#[test]
fn the_failure_of_a_paya_order_is_proposed_and_approved_while_its_cycle_gathers() {
    let mut memory = Memory::demo(Rules::documented().unwrap());
    for name in ["one", "two"] {
        change(&mut memory, TOKEN_HOLDER, operator(name, "p"), false).unwrap();
    }
    let later = memory::DeferredOutcome { resolution: Resolution::Done, after_ms: None };
    let order = transfer(&memory, Bank::AYANDEH, "t", memory::MARTIN, 20_000_000);
    memory.submit(SubmitTransfer { submission: Network::Unknown(Some(later)).terms(), ..order }).unwrap();
    assert!(memory.order("t").cycle.is_some());
    let action =
        ProposedAction::Resolve(ResolveOrder { order: OrderRef::Key(key("t")), resolution: Resolution::Failed });
    let proposal = propose(&mut memory, action);
    decide(&mut memory, &proposal, "two", Approval::Yes).unwrap();
    assert_eq!((memory.order("t").state.status(), memory.order("t").cycle), (Status::Failed, None));
}

#[test]
fn money_leaves_suspense_once_and_to_an_account_that_takes_it() {
    let mut memory = Memory::demo(Rules::documented().unwrap());
    let account = memory.deposit(memory::DROPS).id;
    let closed = memory.deposit(memory::SOMAYEH).id;
    memory.set_account_status(memory::SOMAYEH, ledger::AccountStatus::Closed);
    let amount = Rial::new(500);
    let mut suspense = Account::open(SUSPENSE, AccountKind::Suspense);
    suspense.balances.credits_posted = Rial::new(1_500);
    memory.accounts.insert(SUSPENSE, suspense);
    let release = |account| ReleaseSuspense { transfer: TransferId(7), amount, account };
    let propose = |account| {
        let (action, by, reason) = (ProposedAction::Release(release(account)), Text::from("one"), Text::from("why"));
        Propose { action, by, reason }
    };
    // Daric's own accounts cannot get money out of suspense, nor can one whose money is that of certain invoices: `daric verify` compares both.
    let of_invoices = guild_open(PartyId(201), 94);
    memory.accounts.insert(of_invoices, Account::open(of_invoices, AccountKind::GuildOpen));
    memory.accounts.insert(FEE_INCOME, Account::open(FEE_INCOME, AccountKind::FeeIncome));
    for wrong in [closed, SUSPENSE, FEE_INCOME, of_invoices, AccountId(99)] {
        let not_usable = ReleaseRefusal::DestinationNotUsable;
        assert_eq!(verb(&mut memory, release(wrong)), Err(not_usable), "{wrong:?}");
        let refused = ProposeRefusal::ProposedAction(ProposedActionRefusal::Release(not_usable));
        assert_eq!(verb(&mut memory, propose(wrong)), Err(refused), "{wrong:?}");
    }
    assert!(memory.audit_lines.is_empty() && memory.released.is_empty());
    let before = memory.balance_of(account).0;
    verb(&mut memory, release(account)).unwrap();
    assert_eq!(memory.balance_of(account).0, before + 500);
    let before = ReleaseRefusal::ReleasedBefore;
    assert_eq!(verb(&mut memory, release(account)), Err(before));
    assert_eq!(
        verb(&mut memory, propose(account)),
        Err(ProposeRefusal::ProposedAction(ProposedActionRefusal::Release(before)))
    );
}
