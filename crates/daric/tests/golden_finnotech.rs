//! The golden cases of the Finnotech dialect.
//!
//! Each case starts from a reset world; `preparation` maps the words of its precondition to what is prepared.
//! Section numbers are those of `finnotech.md`.

use crate::harness;
use crate::harness::server::{OnStore, each_store};
use rstest_reuse::apply;

use std::collections::{BTreeMap, BTreeSet};

use harness::client::{Call, Reply};
use harness::examples::{Example, FINNOTECH, Values, examples};
use harness::expect::expect;
use harness::server::Launch;
use harness::spelling::{Kind, SPELLINGS};
use harness::world::{ELEVEN, KESHAVARZI, Token, World, but, fifty_thousand, query_value};
use serde_json::json;

const STRICT: Launch = Launch { args: &[], env: &[("DARIC_STRICT_CHECKSUMS", "true")] };
const REPLAY: Launch = Launch { args: &[], env: &[("DARIC_REPLAY_DUPLICATES", "true")] };

/// The settings of the servers that cases need.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum On {
    Plain,
    Replay,
    Strict,
}

/// What a precondition needs beyond a reset world and the tokens that the requests name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Preparation {
    Nothing,
    /// The world starts at `ELEVEN`, before the clock of the first case.
    StartsAtEleven,
    RefusedAttempts,
    FiveTransfers,
    SecondDeposit,
    /// A token of bank 054, with which the body of `transfer-054-paya-hold` was sent at 14:00.
    ParsianAtTwo,
    /// A fault, armed before the chain.
    Armed(&'static str),
    /// A fault, armed before the last case of the chain.
    ArmedLast(&'static str),
    /// The money of `transfer-paya-external` was returned after its cycle.
    Returned,
    ChargeLimit,
    /// Only the two tokens of the report are alive.
    TwoTokens,
    /// A code from the consent page for bank 016.
    KeshavarziCode,
}

/// Matches the exact text, so that a precondition whose wording changes fails until a person has read it again.
fn preparation(precondition: &str) -> Option<(On, Preparation)> {
    let plain = |preparation| Some((On::Plain, preparation));
    match precondition {
        "fresh demo world"
        | "fresh demo world; 0302876732005 is not approved for drops"
        | "fresh demo world; ordered by bank code, then number"
        | "fresh demo world; the IBAN of the seed fails mod-97 and is of the source bank: internal"
        | "fresh demo world; bank 016 may use a client-credential token (seed)"
        | "fresh demo world; bank 057 is not hosted, the money leaves through the nostro at settlement"
        | "authorisation is checked before the body"
        | "strict_checksums off (default)"
        | "cycle 3 has settled"
        | "{{request}} from the Location of authorize-to-consent, {{csrf}} from the page it points to"
        | "as consent-allow"
        | "as consent-allow; the deposit belongs to nid 2222222222"
        | "{{code}} from the Location of consent-allow"
        | "as token-code"
        | "{{refresh}} from token-code"
        | "{{refresh}} from token-code, already used by token-refresh"
        | "{{refresh}} from token-code; eleven days later"
        | "{{otp}} read from the sandbox SMS inbox, {{sms_track}} from sms-authorize"
        | "as sms-verify"
        | "as sms-verify, three minutes and one second later"
        | "{{code}} from sms-verify" => plain(Preparation::Nothing),
        "{{code062}} made at 2026-11-21T11:00:00+03:30; clock exactly ten days later" => {
            plain(Preparation::StartsAtEleven)
        }
        "setting replay_duplicates=true" => Some((On::Replay, Preparation::Nothing)),
        "setting strict_checksums=true" => Some((On::Strict, Preparation::Nothing)),
        "the same trackId was sent before with amount 0 (400) and with a revoked token (403)" => {
            plain(Preparation::RefusedAttempts)
        }
        "five transfers were accepted with {{code062_limited}} at 2026-11-21T11:00:00+03:30 (Aban 1405)"
        | "as transfer-token-monthly-count; 1 Azar 1405" => plain(Preparation::FiveTransfers),
        "the operator gave 1111111111 a second approved deposit of bank 062, and {{code062_two}} holds both" => {
            plain(Preparation::SecondDeposit)
        }
        "{{code054}} sent the body of transfer-054-paya-hold at 2026-11-21T14:00:00+03:30; Parsian has no cycle 1, so it settles at 10:45" => {
            plain(Preparation::ParsianAtTwo)
        }
        "fault rail_pending armed for the next transfer" | "fault rail_pending armed before the transfer" => {
            plain(Preparation::Armed("rail_pending"))
        }
        "fault rail_timeout armed for the next transfer" | "fault rail_timeout armed before the transfer" => {
            plain(Preparation::Armed("rail_timeout"))
        }
        "fault charge:A107 armed; message is Unsuccess as in the seed"
        | "fault charge:A107 armed before the charge" => plain(Preparation::Armed("charge:A107")),
        "fault charge:A106 armed; the amount is on the float card" => plain(Preparation::Armed("charge:A106")),
        "fault charge_inquiry:G100 armed" => plain(Preparation::ArmedLast("charge_inquiry:G100")),
        "cycle 3 settled at 13:45, then fault paya_return fired for the order: the money is back on the source"
        | "as proxy-inquiry-returned" => plain(Preparation::Returned),
        "setting charge limit per transaction = 10,000" => plain(Preparation::ChargeLimit),
        "{{cc}} and {{code062}} are the only live tokens" => plain(Preparation::TwoTokens),
        "{{code}} from an authorize and consent for bank=016, deposits=776700000, user 1111111111" => {
            plain(Preparation::KeshavarziCode)
        }
        _ => None,
    }
}

#[apply(each_store)]
async fn the_golden_cases_answer_as_printed(#[case] _on: OnStore) {
    // The requests of the documents have the types and the fields that strict mode requires.
    for strict in ["--strict=false", "--strict=content_type,unknown_fields"] {
        let mut world = World::launch("golden", Launch { args: &[strict], env: &[] }).await;
        run(&mut world, On::Plain).await;
    }
}

/// second-edition.md 1.1, 1.4–1.7: every field of every request.
#[apply(each_store)]
async fn the_golden_cases_answer_the_same_however_their_numbers_and_texts_are_written(#[case] _on: OnStore) {
    let mut world = World::start("golden-spelt").await;
    for spelling in SPELLINGS {
        world.spelling = spelling;
        run(&mut world, On::Plain).await;
    }
    use Kind::{Account, Amount, Card, Code, Date, Iban, Id, Mobile, NationalId, Text};
    world.asserts_respelt(&[Amount, Account, Card, Mobile, NationalId, Iban, Code, Id, Date, Text]);
}

#[apply(each_store)]
async fn the_golden_cases_of_replay_duplicates_answer_as_printed(#[case] _on: OnStore) {
    let mut world = World::launch("golden-replay", REPLAY).await;
    run(&mut world, On::Replay).await;
}

#[apply(each_store)]
async fn the_golden_cases_of_strict_checksums_answer_as_printed(#[case] _on: OnStore) {
    let mut world = World::launch("golden-strict", STRICT).await;
    run(&mut world, On::Strict).await;
}

/// Runs the cases of a server and reports all failures together.
async fn run(world: &mut World, on: On) {
    let all = examples(FINNOTECH);
    let mut ran = 0;
    let mut failures = Vec::new();
    assert_eq!(all.len(), 162);
    for case in all.values() {
        let Some((wanted, preparation)) = preparation(&case.precondition) else {
            failures.push(format!("{}: no code prepares {:?}", case.name, case.precondition));
            continue;
        };
        if wanted == on {
            ran += 1;
            if let Err(failure) = run_case(world, &all, case, preparation).await {
                failures.push(failure);
            }
        }
    }
    assert!(ran > 0, "no case was wanted");
    assert!(failures.is_empty(), "{} of {ran} cases failed:\n{}", failures.len(), failures.join("\n"));
}

async fn run_case(
    world: &mut World,
    all: &BTreeMap<String, Example>,
    case: &Example,
    preparation: Preparation,
) -> Result<(), String> {
    let in_setup = |error: String| format!("{}, before the case: {error}", case.name);
    let chain: Vec<&Example> = case.after.iter().map(|name| &all[name]).chain([case]).collect();
    let early =
        matches!(preparation, Preparation::StartsAtEleven | Preparation::FiveTransfers | Preparation::ParsianAtTwo);
    let mut now = if early { ELEVEN } else { &chain[0].clock };
    world.reset_at(now).await.map_err(in_setup)?;
    if preparation == Preparation::SecondDeposit {
        world.open_second_deposit().await.map_err(in_setup)?;
    }
    let mut values = BTreeMap::new();
    let named: BTreeSet<String> = chain.iter().flat_map(|case| case.placeholders()).collect();
    for name in named.iter().filter(|name| !CAPTURED.contains(&name.as_str())) {
        let token = world.named_token(name).await.map_err(in_setup)?;
        values.insert(name.clone(), token.value.into());
    }
    prepare(world, all, &chain, preparation, &mut values).await.map_err(in_setup)?;
    for step in &chain {
        if now != step.clock {
            now = &step.clock;
            world.set_clock(now).await.map_err(in_setup)?;
        }
        if step.name == case.name {
            prepare_last(world, preparation).await.map_err(in_setup)?;
        }
        let reply = world.send_case(&step.call(&values)).await?;
        let found = step.differences(&reply, &values);
        if !found.is_empty() {
            let chained = if step.name == case.name { String::new() } else { format!(" (in {})", step.name) };
            return Err(format!("{}{chained}:\n    {}\n    reply: {reply}", case.name, found.join("\n    ")));
        }
        capture(world, &reply, &mut values).await.map_err(in_setup)?;
    }
    Ok(())
}

/// Prepares what must exist before the chain.
async fn prepare(
    world: &mut World,
    all: &BTreeMap<String, Example>,
    chain: &[&Example],
    preparation: Preparation,
    values: &mut Values,
) -> Result<(), String> {
    match preparation {
        Preparation::RefusedAttempts => refused_attempts(world, &chain[0].call(values)).await,
        Preparation::FiveTransfers => {
            let token = Token {
                value: values["code062_limited"].as_str().unwrap_or_default().to_owned(),
                refresh: String::new(),
            };
            for number in 1..=5 {
                let reply = world.transfer(&token, &format!("before-{number}"), &fifty_thousand()).await?;
                expect(&reply, 200, &json!({"status": "DONE"}))?;
            }
            Ok(())
        }
        Preparation::ParsianAtTwo => {
            world.set_clock("2026-11-21T14:00:00+03:30").await?;
            let reply = world.send(&all["transfer-054-paya-hold"].call(values)).await?;
            expect(&reply, 200, &json!({"status": "DONE"}))
        }
        Preparation::Armed(fault) => world.arm(fault).await,
        Preparation::ChargeLimit => world.limit_charges(json!({"perTransaction": 10_000})).await,
        Preparation::TwoTokens => {
            // The caller of the report is one of the two.
            let used = world.named_token("code062").await?;
            values.entry("code062".to_owned()).or_insert(used.value.into());
            Ok(())
        }
        Preparation::KeshavarziCode => {
            let (code, _) = world.consent("016", &[KESHAVARZI]).await?;
            values.insert("code".to_owned(), code.into());
            Ok(())
        }
        Preparation::Nothing
        | Preparation::StartsAtEleven
        | Preparation::SecondDeposit
        | Preparation::ArmedLast(_)
        | Preparation::Returned => Ok(()),
    }
}

/// Prepares what must exist before the last case of the chain.
async fn prepare_last(world: &mut World, preparation: Preparation) -> Result<(), String> {
    match preparation {
        Preparation::ArmedLast(fault) => world.arm(fault).await,
        Preparation::Returned => world.arm("paya_return:transfer-to-deposit-0323").await,
        _ => Ok(()),
    }
}

/// Placeholders for values of earlier replies.
pub const CAPTURED: [&str; 6] = ["request", "csrf", "code", "refresh", "otp", "sms_track"];

/// Captures the values that later requests of the chain name.
pub async fn capture(world: &mut World, reply: &Reply, values: &mut Values) -> Result<(), String> {
    let mut note = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            values.entry(name.to_owned()).or_insert(value.into());
        }
    };
    if let Some(location) = reply.header("location") {
        let of = |key: &str| query_value(location, key);
        note("code", of("code"));
        if let Some(request) = of("request") {
            note("csrf", Some(world.csrf(location).await?));
            note("request", Some(request));
        }
    }
    if let Ok(body) = reply.json() {
        let text = |key: &str| body["result"][key].as_str().map(str::to_owned);
        note("refresh", text("refreshToken"));
        note("code", text("code"));
        if body["result"]["smsSent"] == true {
            note("sms_track", text("trackId"));
            note("otp", Some(world.otp().await?));
        }
    }
    Ok(())
}

/// Sends the call with amount 0, and then with a revoked token.
async fn refused_attempts(world: &mut World, call: &Call) -> Result<(), String> {
    let zero = Call { body: but(json!({"amount": 0})).to_string().into_bytes(), ..call.clone() };
    expect(&world.send(&zero).await?, 400, &json!({"error": {"message": "amount is invalid"}}))?;
    let token = world.named_token("code062").await?;
    expect(&world.revoke(&token, &token).await?, 200, &json!({"status": "DONE"}))?;
    let mut revoked = Call { headers: Vec::new(), ..call.clone() }.bearer(&token.value);
    revoked.headers.push(("content-type".into(), "application/json".into()));
    expect(&world.send(&revoked).await?, 403, &json!({"error": {"message": "invalid token"}}))
}
