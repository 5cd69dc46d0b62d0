//! Paya and satna over HTTP, on a clock that is moved: cycles, files, undecided orders, returns (`finnotech.md` 3.1–3.5, 3.13).

use crate::harness;
use crate::harness::server::{OnStore, each_store};
use rstest_reuse::apply;

use harness::client::{Call, Client};
use harness::expect::{done, expect};
use harness::server::{Home, Launch, Server, postgres, verify};
use harness::world::{
    BON, Caller, DROPS, ELEVEN, Grant, MARTIN, OPERATOR, PARSIAN, PASARGAD, SOMAYEH, Token, World, but, charge_call,
    deposit_call, fifty_thousand, paya, paya_but, transfer_call,
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const OF_1405: Launch = Launch { args: &[], env: &[("DARIC_PAYA_RULES", "1405")] };
const TRILLION: i64 = 1_000_000_000_000;
const HUNDRED_BILLION: i64 = 100_000_000_000;

async fn accepted(world: &mut Caller, token: &Token, track_id: &str, body: &Value) {
    let reply = world.transfer(token, track_id, body).await.unwrap();
    expect(&reply, 200, &done()).unwrap_or_else(|error| panic!("{track_id}: {error}"));
}

/// Moves the clock and returns the number of jobs that ran.
async fn move_to(world: &mut Caller, instant: &str) -> u64 {
    let moved = world.operator(Call::post("/admin/v1/clock").json(&json!({"set": instant}))).await.unwrap();
    moved["ran"].as_u64().unwrap()
}

async fn available(world: &mut World, token: &Token, deposit: &str) -> i64 {
    let reply = world.send(&deposit_call(token, deposit, "balance")).await.unwrap();
    reply.json().unwrap()["result"]["availableBalance"].as_i64().unwrap()
}

/// The newest entry of a deposit: instant and amount.
async fn newest(world: &mut World, deposit: &str) -> (String, i64) {
    let id = world.deposit_id(deposit).await;
    let entries = world.operator(Call::get(&format!("/admin/v1/accounts/{id}/entries"))).await.unwrap();
    (entries[0]["at"].as_str().unwrap().to_owned(), entries[0]["amount"].as_i64().unwrap())
}

#[apply(each_store)]
async fn parsian_orders_around_a_cut_off_settle_in_their_cycles_to_the_second(#[case] _on: OnStore) {
    let mut world = World::start("parsian").await;
    world.reset_at("2026-11-21T10:14:00+03:30").await.unwrap();
    let token = world.named_token("code054").await.unwrap();
    let body = paya_but(json!({"secondPassword": "1234", "amount": 10_000_000}));
    accepted(&mut world, &token, "before", &body).await;
    assert_eq!(move_to(&mut world, "2026-11-21T10:16:00+03:30").await, 1, "the cycle is closed");
    accepted(&mut world, &token, "after", &body).await;
    assert_eq!(world.balance(&token, PARSIAN).await.unwrap(), HUNDRED_BILLION, "both are held");
    assert_eq!(available(&mut world, &token, PARSIAN).await, HUNDRED_BILLION - 20_000_000);
    assert_eq!(move_to(&mut world, "2026-11-21T10:44:59+03:30").await, 0);
    assert_eq!(move_to(&mut world, "2026-11-21T10:45:00+03:30").await, 1);
    assert_eq!(world.balance(&token, PARSIAN).await.unwrap(), HUNDRED_BILLION - 10_000_000);
    assert_eq!(newest(&mut world, "300400500600").await, ("2026-11-21T07:15:00Z".to_owned(), 10_000_000));
    // The clock is moved past the cycle: it settles at its own second, not at the clock's.
    assert_eq!(move_to(&mut world, "2026-11-21T14:00:00+03:30").await, 2, "closed, and settled");
    assert_eq!(newest(&mut world, "300400500600").await, ("2026-11-21T10:15:00Z".to_owned(), 10_000_000));
    assert_eq!(available(&mut world, &token, PARSIAN).await, HUNDRED_BILLION - 20_000_000);
    let payas = world.send(&deposit_call(&token, PARSIAN, "payas")).await.unwrap().json().unwrap();
    let rows: Vec<_> = payas["result"]["transactions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| (&r["payaCycle"], &r["cycleTime"]))
        .collect();
    assert_eq!(rows, [(&json!("3"), &json!("13:45")), (&json!("2"), &json!("10:45"))]);
}

/// Written by hand from the rule set `1405` and its holidays: Monday 1 Tir to Saturday 6 Tir 1405, Tasua on the 3rd, Ashura on the 4th. For each
/// order: when it is sent, day and number of its cycle, and when its money arrives.
const WEEK: [(&str, &str, &str, &str); 10] = [
    ("2026-06-22T00:30:00+03:30", "14050401", "1", "2026-06-22T00:15:00Z"),
    ("2026-06-22T09:14:59+03:30", "14050401", "2", "2026-06-22T06:15:00Z"),
    ("2026-06-22T09:15:00+03:30", "14050401", "3", "2026-06-22T09:15:00Z"),
    ("2026-06-22T18:14:59+03:30", "14050401", "4", "2026-06-22T15:15:00Z"),
    ("2026-06-22T18:15:00+03:30", "14050402", "1", "2026-06-23T00:15:00Z"),
    ("2026-06-23T18:15:00+03:30", "14050403", "1", "2026-06-24T09:15:00Z"),
    ("2026-06-24T12:15:00+03:30", "14050404", "1", "2026-06-25T09:15:00Z"),
    ("2026-06-25T12:14:59+03:30", "14050404", "1", "2026-06-25T09:15:00Z"),
    ("2026-06-25T12:15:00+03:30", "14050405", "1", "2026-06-26T09:15:00Z"),
    ("2026-06-26T12:15:00+03:30", "14050406", "1", "2026-06-27T00:15:00Z"),
];

#[apply(each_store)]
async fn a_week_with_holidays_settles_as_written_by_hand(#[case] _on: OnStore) {
    let mut world = World::launch("week-of-1405", OF_1405).await;
    world.reset_at("2026-06-22T00:00:00+03:30").await.unwrap();
    let token = world.named_token("code062").await.unwrap();
    for (number, (sent, ..)) in WEEK.iter().enumerate() {
        move_to(&mut world, sent).await;
        // Each order has a different amount, by which it is found again.
        let body = paya_but(json!({"amount": 1_000_000 + number}));
        accepted(&mut world, &token, &format!("w-{number}"), &body).await;
    }
    move_to(&mut world, "2026-06-28T00:00:00+03:30").await;
    let id = world.deposit_id("300400500600").await;
    let entries = world.operator(Call::get(&format!("/admin/v1/accounts/{id}/entries"))).await.unwrap();
    let orders = world.operator(Call::get("/admin/v1/orders?client=drops")).await.unwrap();
    for (number, (sent, day, cycle, arrives)) in WEEK.iter().enumerate() {
        let amount = json!(1_000_000 + number);
        let entry = entries.as_array().unwrap().iter().find(|entry| entry["amount"] == amount);
        assert_eq!(entry.map(|entry| &entry["at"]), Some(&json!(arrives)), "sent {sent}");
        let order = orders.as_array().unwrap().iter().find(|order| order["amount"] == amount).unwrap();
        assert_eq!(order["cycle"].to_string(), format!("62{day}0{cycle}"), "sent {sent}");
        assert_eq!(order["fee"], 3_000, "the least fee of the tariff");
    }
}

#[apply(each_store)]
async fn satna_is_closed_outside_its_hours_and_on_holidays(#[case] _on: OnStore) {
    let mut world = World::launch("satna-hours", OF_1405).await;
    world.reset_at("2026-06-22T00:00:00+03:30").await.unwrap();
    let token = world.named_token("code062").await.unwrap();
    let body = paya_but(json!({"amount": 3_000_000_000_u64}));
    let closed = json!({"error": {"code": "VALIDATION_ERROR", "message": "شما در بازه زمانی تعریف شده قرار ندارید"}});
    for (instant, open) in [
        ("2026-06-22T12:30:00+03:30", true),
        ("2026-06-22T23:30:00+03:30", false),
        ("2026-06-24T12:30:00+03:30", false),
        ("2026-06-26T12:30:00+03:30", false),
        ("2026-06-27T12:30:00+03:30", true),
    ] {
        move_to(&mut world, instant).await;
        let reply = world.transfer(&token, &format!("s-{}", &instant[8..10]), &body).await.unwrap();
        let wanted = if open { (200, done()) } else { (400, closed.clone()) };
        // The 22nd is tried twice: a refused order has left its trackId free, an accepted one has not.
        if instant == "2026-06-22T23:30:00+03:30" {
            assert_eq!(reply.message(), "trackId is duplicated");
            continue;
        }
        expect(&reply, wanted.0, &wanted.1).unwrap_or_else(|error| panic!("{instant}: {error}"));
    }
}

#[apply(each_store)]
async fn a_jump_of_thirty_days_runs_every_due_job_once_and_in_order(#[case] _on: OnStore) {
    let mut world = World::start("thirty-days").await;
    let banks = [("code062", "p"), ("code054", "q"), ("code069", "r")];
    let mut tokens = Vec::new();
    for (name, _) in banks {
        tokens.push(world.named_token(name).await.unwrap());
    }
    // One order of each bank; some orders whose verdict comes in the middle of the jump, and holds that end on the way.
    let id = world.deposit_id(DROPS).await;
    let mut wanted = 0;
    for (token, (_, prefix)) in tokens.iter().zip(banks) {
        let body = paya_but(json!({"secondPassword": "1234"}));
        accepted(&mut world, token, &format!("{prefix}-1"), &body).await;
        // Two jobs: its cycle is closed, and settles.
        wanted += 2;
    }
    for days in [3, 1, 2] {
        let rule = json!({"fault": "rail_pending", "then": "done", "after": format!("P{days}D")});
        world.arm_rule(&rule).await.unwrap();
        let reply = world.transfer(&tokens[0], &format!("late-{days}"), &paya()).await.unwrap();
        expect(&reply, 200, &json!({"status": "PENDING"})).unwrap();
        let hold = json!({"amount": 5_000, "expiresAt": format!("2026-12-0{days}T00:00:00Z")});
        world.operator(Call::post(&format!("/admin/v1/deposits/{id}/holds")).json(&hold)).await.unwrap();
        // Two jobs: the verdict, and the end of the hold. The order settles with the cycle in which it was accepted, as the first one does.
        wanted += 2;
    }
    assert_eq!(move_to(&mut world, "2026-12-21T11:00:00+03:30").await, wanted);
    assert_eq!(move_to(&mut world, "2027-01-21T11:00:00+03:30").await, 0, "once");
    let martin = world.deposit_id("300400500600").await;
    let entries = world.operator(Call::get(&format!("/admin/v1/accounts/{martin}/entries"))).await.unwrap();
    let times: Vec<&str> = entries.as_array().unwrap().iter().map(|entry| entry["at"].as_str().unwrap()).collect();
    let mut sorted = times.clone();
    sorted.sort_unstable_by(|one, other| other.cmp(one));
    assert_eq!(times, sorted, "newest first, each at its own time");
    // second-edition.md 2.3: decided on the 22nd, 23rd and 24th, and settled with cycle 3 of the 21st.
    assert_eq!(times, ["2026-11-21T10:15:00Z"; 6]);
    // The tokens have ended meanwhile.
    let token = world.named_token("code062").await.unwrap();
    assert_eq!(available(&mut world, &token, DROPS).await, TRILLION - 80_000_000);
    let World { server, home, .. } = world;
    server.stop();
    verify(&home);
}

#[apply(each_store)]
async fn an_undecided_transfer_is_never_called_failed_and_moves_the_money_once(#[case] _on: OnStore) {
    let mut world = World::start("undecided").await;
    let token = world.named_token("code062").await.unwrap();
    for (fault, status) in [("rail_pending", "PENDING"), ("rail_timeout", "UNKNOWN")] {
        for (verdict, told) in [("done", "DONE"), ("failed", "FAILED")] {
            let track_id = format!("{fault}-{verdict}");
            let before = world.balance(&token, DROPS).await.unwrap();
            world.arm(fault).await.unwrap();
            let reply = world.transfer(&token, &track_id, &fifty_thousand()).await.unwrap();
            let wanted =
                json!({"status": status, "result": {"type": "internal"}, "error": {"code": "SERVICE_CALL_ERROR"}});
            expect(&reply, 200, &wanted).unwrap();
            assert_eq!(world.status(&token, &track_id).await.unwrap(), status);
            assert_eq!(available(&mut world, &token, DROPS).await, before - 50_000);
            let again = world.transfer(&token, &track_id, &fifty_thousand()).await.unwrap();
            assert_eq!((again.status, again.message().as_str()), (400, "trackId is duplicated"));
            world.arm(&format!("resolve:{track_id}:{verdict}")).await.unwrap();
            assert_eq!(world.status(&token, &track_id).await.unwrap(), told);
            let after = if verdict == "done" { before - 50_000 } else { before };
            assert_eq!(world.balance(&token, DROPS).await.unwrap(), after);
            assert_eq!(available(&mut world, &token, DROPS).await, after);
            let rule = json!({"fault": format!("resolve:{track_id}:{verdict}")});
            let reply = world.send(&Call::post("/admin/v1/faults").bearer(OPERATOR).json(&rule)).await.unwrap();
            assert_eq!(reply.status, 400, "it is decided: {reply}");
        }
    }
    // The same by calls of the operator API.
    world.arm("rail_timeout").await.unwrap();
    world.transfer(&token, "by-operator", &fifty_thousand()).await.unwrap();
    let unknown = world.operator(Call::get("/admin/v1/orders?client=drops&status=UNKNOWN")).await.unwrap();
    let id = unknown[0]["id"].as_i64().unwrap();
    let resolve = Call::post(&format!("/admin/v1/orders/{id}/resolve")).json(&json!({"verdict": "done"}));
    assert_eq!(world.operator(resolve.clone()).await.unwrap()["status"], "DONE");
    assert_eq!(world.send(&resolve.bearer(OPERATOR)).await.unwrap().status, 409);
}

/// An undecided paya order: the fault, the true outcome, and when the network reports it, in minutes after 11:00 (`None`: never).
struct Undecided {
    fault: &'static str,
    then: &'static str,
    after: Option<i64>,
    amount: i64,
    track_id: String,
}

impl Undecided {
    /// The report comes before the cut-off of 13:15, after it, after the settlement of 13:45, days later, or never.
    fn all() -> Vec<Self> {
        let mut all = Vec::new();
        for fault in ["rail_pending", "rail_timeout"] {
            for then in ["done", "failed"] {
                for after in [Some(60), Some(140), Some(180), Some(3 * 24 * 60), None] {
                    let number = i64::try_from(all.len()).unwrap();
                    all.push(Self { fault, then, after, amount: 1_000_000 + number, track_id: format!("u-{number}") });
                }
            }
        }
        all
    }

    fn is_taken(&self) -> bool {
        self.then == "done"
    }

    fn status(&self, minutes: i64) -> &'static str {
        let known = self.after.is_some_and(|after| after <= minutes);
        match (self.is_taken(), known || self.is_taken() && minutes >= SETTLED) {
            (true, true) => "DONE",
            (false, true) => "FAILED",
            (_, false) if self.fault == "rail_pending" => "PENDING",
            (_, false) => "UNKNOWN",
        }
    }
}

/// Minutes from 11:00 to the settlement of 13:45.
const SETTLED: i64 = 165;

#[apply(each_store)]
async fn an_undecided_paya_is_in_payas_after_its_own_cycle_or_never_and_no_resolution_contradicts_that(
    #[case] _on: OnStore,
) {
    // second-edition.md 2.3.
    let mut world = World::start("payas-undecided").await;
    let token = world.named_token("code062").await.unwrap();
    let before = world.balance(&token, DROPS).await.unwrap();
    let cases = Undecided::all();
    for case in &cases {
        let after = case.after.map(|minutes| format!("PT{minutes}M"));
        let rule = json!({"fault": case.fault, "then": case.then, "after": after});
        world.arm_rule(&rule).await.unwrap();
        let reply = world.transfer(&token, &case.track_id, &paya_but(json!({"amount": case.amount}))).await.unwrap();
        expect(&reply, 200, &json!({"status": case.status(0)})).unwrap();
    }
    let file = Call::get("/admin/v1/cycles/621405083003/file").bearer(OPERATOR);
    let World { mut server, mut caller, home, .. } = world;
    let mut made = None;
    for (instant, minutes) in [
        ("2026-11-21T12:30:00+03:30", 90),
        ("2026-11-21T13:15:10+03:30", 135),
        ("2026-11-21T13:30:00+03:30", 150),
        ("2026-11-21T13:45:00+03:30", SETTLED),
        ("2026-11-21T14:30:00+03:30", 210),
        ("2026-11-28T11:00:00+03:30", 7 * 24 * 60),
    ] {
        caller.set_clock(instant).await.unwrap();
        if [135, 210].contains(&minutes) {
            server.kill();
            server = Server::start(&home, Launch::default());
            caller = Caller::at(server.address).await;
        }
        let token = caller.named_token("code062").await.unwrap();
        let reply = caller.send(&deposit_call(&token, DROPS, "payas")).await.unwrap().json().unwrap();
        let rows = reply["result"]["transactions"].as_array().unwrap().clone();
        for case in &cases {
            let what = format!("{} {} {:?} at {instant}", case.fault, case.then, case.after);
            assert_eq!(caller.status(&token, &case.track_id).await.unwrap(), case.status(minutes), "{what}");
            let row = rows.iter().find(|row| row["amount"] == case.amount);
            assert_eq!(row.is_some(), case.is_taken() && minutes >= SETTLED, "{what}");
            if let Some(row) = row {
                let shown = [&row["payaCycle"], &row["cycleTime"], &row["rejected"], &row["transactionDate"]];
                assert_eq!(shown, [&json!("3"), &json!("13:45"), &json!("false"), &json!("14050830")], "{what}");
            }
            // From the closing on the opposite verdict is refused.
            if minutes >= 135 {
                let (other, said) = match case.is_taken() {
                    true => ("failed", "cannot fail any more"),
                    false => ("done", "cannot be done any more"),
                };
                let rule = json!({"fault": format!("resolve:{}:{other}", case.track_id)});
                let reply = caller.send(&Call::post("/admin/v1/faults").bearer(OPERATOR).json(&rule)).await.unwrap();
                let decided =
                    case.after.is_some_and(|after| after <= minutes) && !(case.is_taken() && minutes >= SETTLED);
                let said = if decided { "it is decided already" } else { said };
                assert!(reply.status >= 400 && reply.to_string().contains(said), "{what}: {reply}");
            }
        }
        let reply = caller.send(&file).await.unwrap();
        if minutes < 135 {
            assert_ne!(reply.status, 200, "it takes orders: {reply}");
        } else {
            assert_eq!(reply.status, 200, "{reply}");
            let text = String::from_utf8_lossy(&reply.body).into_owned();
            for case in &cases {
                let amount = format!(">{}<", case.amount);
                assert_eq!(text.contains(&amount), case.is_taken(), "{instant}: {amount}");
            }
            assert_eq!(*made.get_or_insert_with(|| reply.body.clone()), reply.body, "{instant}: the same bytes");
        }
    }
    let token = caller.named_token("code062").await.unwrap();
    let moved: i64 = cases.iter().filter(|case| case.is_taken()).map(|case| case.amount).sum();
    assert_eq!(caller.balance(&token, DROPS).await.unwrap(), before - moved);
    let cycle = caller.operator(Call::get("/admin/v1/cycles/621405083003")).await.unwrap();
    assert_eq!(
        (&cycle["settled"], &cycle["file"]["orders"], &cycle["file"]["sum"]),
        (&json!(10), &json!(10), &json!(moved))
    );
    server.stop();
    verify(&home);
}

#[apply(each_store)]
async fn a_paya_of_which_nothing_is_stated_goes_with_its_cycle_if_an_operator_says_so_in_time(#[case] _on: OnStore) {
    // second-edition.md 2.3.
    let mut world = World::start("payas-unstated").await;
    let token = world.named_token("code062").await.unwrap();
    for track_id in ["daric-unknown-1-x", "daric-unknown-2-x", "daric-pending-not-x"] {
        world.transfer(&token, track_id, &paya()).await.unwrap();
    }
    world.arm("resolve:daric-unknown-1-x:done").await.unwrap();
    world.set_clock("2026-11-21T13:20:00+03:30").await.unwrap();
    let rule = json!({"fault": "resolve:daric-unknown-2-x:done"});
    let late = world.send(&Call::post("/admin/v1/faults").bearer(OPERATOR).json(&rule)).await.unwrap();
    assert!(late.to_string().contains("payas shows that the network did not take it"), "{late}");
    world.set_clock("2026-11-21T14:00:00+03:30").await.unwrap();
    let payas = world.send(&deposit_call(&token, DROPS, "payas")).await.unwrap().json().unwrap();
    assert_eq!(payas["result"]["count"], 1, "{payas}");
    let statuses =
        [("daric-unknown-1-x", "DONE"), ("daric-unknown-2-x", "UNKNOWN"), ("daric-pending-not-x", "PENDING")];
    for (track_id, status) in statuses {
        assert_eq!(world.status(&token, track_id).await.unwrap(), status, "{track_id}");
    }
    world.arm("resolve:daric-unknown-2-x:failed").await.unwrap();
    assert_eq!(world.status(&token, "daric-unknown-2-x").await.unwrap(), "FAILED");
    let World { server, home, .. } = world;
    server.stop();
    verify(&home);
}

#[apply(each_store)]
async fn an_order_that_is_resolved_to_failed_does_not_count_in_its_month(#[case] _on: OnStore) {
    // finnotech.md 3.1: a refused order does not count among the orders of its grant.
    let mut world = World::start("uncounted").await;
    let token = world.grant(Grant { count: 1, ..Grant::default() }).await.unwrap();
    world.arm("rail_pending").await.unwrap();
    let pending = world.transfer(&token, "first", &fifty_thousand()).await.unwrap();
    expect(&pending, 200, &json!({"status": "PENDING"})).unwrap();
    let meanwhile = world.transfer(&token, "second", &fifty_thousand()).await.unwrap();
    assert_eq!(meanwhile.message(), "Monthly call limitation exceeded", "until it is decided, it may have been done");
    world.arm("resolve:first:failed").await.unwrap();
    accepted(&mut world, &token, "third", &fifty_thousand()).await;
    let over = world.transfer(&token, "fourth", &fifty_thousand()).await.unwrap();
    assert_eq!(over.message(), "Monthly call limitation exceeded");
}

#[apply(each_store)]
async fn an_order_s_hold_ends_with_the_order_and_only_so(#[case] _on: OnStore) {
    let mut world = World::start("holds-of-orders").await;
    let token = world.named_token("code062").await.unwrap();
    let before = world.balance(&token, DROPS).await.unwrap();
    world.arm("rail_timeout").await.unwrap();
    world.transfer(&token, "unknown", &fifty_thousand()).await.unwrap();
    let orders = world.operator(Call::get("/admin/v1/orders?client=drops&status=UNKNOWN")).await.unwrap();
    let id = orders[0]["id"].as_i64().unwrap();
    for hold in id - 1..id + 5 {
        let reply = world.send(&Call::delete(&format!("/admin/v1/holds/{hold}")).bearer(OPERATOR)).await.unwrap();
        assert_eq!(reply.status, 409, "{hold}: {reply}");
    }
    assert_eq!(available(&mut world, &token, DROPS).await, before - 50_000);
    world.arm("resolve:unknown:done").await.unwrap();
    assert_eq!(world.balance(&token, DROPS).await.unwrap(), before - 50_000);
}

#[apply(each_store)]
async fn a_lost_reply_of_a_transfer_is_found_by_inquiry_and_nothing_runs_twice(#[case] _on: OnStore) {
    let mut world = World::start("lost-transfer").await;
    let token = world.named_token("code062").await.unwrap();
    for (track_id, done) in [("daric-drop-after-1", true), ("daric-drop-before-1", false)] {
        let before = world.balance(&token, DROPS).await.unwrap();
        world.transfer(&token, track_id, &fifty_thousand()).await.expect_err("closed without an answer");
        let inquiry = world.inquire(&token, track_id).await.unwrap();
        match done {
            true => expect(&inquiry, 200, &json!({"result": {"transferStatus": "DONE"}})).unwrap(),
            false => expect(&inquiry, 400, &json!({"error": {"message": "transaction not found"}})).unwrap(),
        }
        let moved = if done { 50_000 } else { 0 };
        assert_eq!(world.balance(&token, DROPS).await.unwrap(), before - moved);
    }
}

#[apply(each_store)]
async fn a_magic_track_id_breaks_the_first_call_only_and_a_mistyped_one_is_refused(#[case] _on: OnStore) {
    // second-edition.md 2.11.
    let mut world = World::start("magic").await;
    let token = world.named_token("code062").await.unwrap();
    let before = world.balance(&token, DROPS).await.unwrap();
    world.transfer(&token, "daric-drop-before-2", &fifty_thousand()).await.expect_err("closed without an answer");
    accepted(&mut world, &token, "daric-drop-before-2", &fifty_thousand()).await;
    world.transfer(&token, "daric-drop-after-2", &fifty_thousand()).await.expect_err("closed without an answer");
    let again = world.transfer(&token, "daric-drop-after-2", &fifty_thousand()).await.unwrap();
    assert_eq!(again.message(), "trackId is duplicated");
    let busy = world.transfer(&token, "daric-busy-2", &fifty_thousand()).await.unwrap();
    assert_eq!((busy.status, &*busy.message()), (503, "server is busy"));
    accepted(&mut world, &token, "daric-busy-2", &fifty_thousand()).await;
    assert_eq!(world.balance(&token, DROPS).await.unwrap(), before - 150_000);
    for track_id in ["daric-pendin-1", "daric-charge-B75-1", "daric-1"] {
        let reply = world.transfer(&token, track_id, &fifty_thousand()).await.unwrap();
        let wanted = json!({"trackId": track_id, "error": {"message": format!("unknown magic value {track_id}")}});
        expect(&reply, 400, &wanted).unwrap();
    }
    for track_id in ["daric-charge-Z99-1", "daric-charge-G101-1", "daric-pending-1"] {
        let reply = world.send(&charge_call(&token, track_id, BON, 20_000)).await.unwrap();
        assert_eq!(reply.message(), format!("unknown magic value {track_id}"));
    }
    assert_eq!(world.balance(&token, DROPS).await.unwrap(), before - 150_000, "none is booked");
    // A reset world does not remember earlier calls.
    world.reset_at("2026-11-21T11:00:00+03:30").await.unwrap();
    let token = world.named_token("code062").await.unwrap();
    let busy = world.transfer(&token, "daric-busy-2", &fifty_thousand()).await.unwrap();
    assert_eq!(busy.status, 503);
}

#[apply(each_store)]
async fn a_refusal_a_408_a_wrong_second_password_and_a_response_code_can_be_provoked(#[case] _on: OnStore) {
    // second-edition.md 2.6, 2.13.
    let mut world = World::start("provoked").await;
    let token = world.named_token("code062").await.unwrap();
    let before = world.balance(&token, DROPS).await.unwrap();
    // Only a refusal spends this fault.
    world.arm("nested_error").await.unwrap();
    accepted(&mut world, &token, "n-0", &fifty_thousand()).await;
    let small = paya_but(json!({"amount": 9_999}));
    let nested = world.transfer(&token, "n-1", &small).await.unwrap();
    let error = json!({"code": "SERVICE_CALL_ERROR", "message": "Minimum amount is 10000 Rials. "});
    let printed = json!({"trackId": "n-1", "result": {"response": null, "status": "FAILED", "error": error}});
    assert_eq!((nested.status, nested.json().unwrap()), (400, printed));
    let plain = world.transfer(&token, "n-2", &small).await.unwrap();
    expect(&plain, 400, &json!({"status": "FAILED", "error": error})).unwrap();

    world.arm("response_code:FN-BRFH-50000000001").await.unwrap();
    let coded = world.send(&deposit_call(&token, DROPS, "balance")).await.unwrap();
    expect(&coded, 200, &json!({"status": "DONE", "responseCode": "FN-BRFH-50000000001"})).unwrap();
    let plain = world.send(&deposit_call(&token, DROPS, "balance")).await.unwrap();
    assert_eq!(plain.json().unwrap().get("responseCode"), None);

    // A refused call gets its usual refusal, and does not spend the fault: a field, the money, a used trackId.
    world.arm("timeout_408").await.unwrap();
    for (track_id, body, message) in [
        ("l-1", but(json!({"amount": 0})), "amount is invalid"),
        ("l-2", but(json!({"amount": 9_000_000_000_000_i64})), "موجودی حساب کافی نمیباشد"),
        ("n-0", fifty_thousand(), "trackId is duplicated"),
    ] {
        let reply = world.transfer(&token, track_id, &body).await.unwrap();
        assert_eq!((reply.status, &*reply.message()), (400, message));
    }
    let late = world.transfer(&token, "late", &fifty_thousand()).await.unwrap();
    expect(&late, 408, &json!({"trackId": "late", "status": "FAILED", "error": {"message": "request timeout"}}))
        .unwrap();
    assert_eq!(world.status(&token, "late").await.unwrap(), "DONE", "it was done");
    assert_eq!(world.balance(&token, DROPS).await.unwrap(), before - 100_000);

    let parsian = world.named_token("code054").await.unwrap();
    world.arm("second_password_wrong").await.unwrap();
    accepted(&mut world, &token, "without", &fifty_thousand()).await;
    for (track_id, changes, message) in [
        ("s-0", json!({"secondPassword": "1234", "amount": "x"}), "amount is invalid"),
        ("s-0", json!({"secondPassword": {}}), "secondPassword is invalid"),
    ] {
        let reply = world.transfer(&parsian, track_id, &paya_but(changes)).await.unwrap();
        assert_eq!((reply.status, &*reply.message()), (400, message));
    }
    let used = but(json!({"secondPassword": "1234"}));
    let repeated = world.transfer(&token, "without", &used).await.unwrap();
    assert_eq!(repeated.message(), "trackId is duplicated");
    let with = paya_but(json!({"secondPassword": "1234"}));
    let wrong = world.transfer(&parsian, "s-1", &with).await.unwrap();
    assert_eq!((wrong.status, &*wrong.message()), (400, "secondPassword is invalid"));
    accepted(&mut world, &parsian, "s-1", &with).await;

    for wrong in ["response_code:", "response_code:a b", "nested_error:1", "timeout_408:x"] {
        let reply =
            world.send(&Call::post("/admin/v1/faults").bearer(OPERATOR).json(&json!({"fault": wrong}))).await.unwrap();
        assert_eq!(reply.status, 400, "{wrong}: {reply}");
    }
    let rule = json!({"fault": "nested_error", "operation": "token"});
    let reply = world.send(&Call::post("/admin/v1/faults").bearer(OPERATOR).json(&rule)).await.unwrap();
    assert_eq!(reply.status, 400, "a token call has no such refusal");
}

#[apply(each_store)]
async fn a_fault_is_told_whole(#[case] _on: OnStore) {
    // second-edition.md 2.12.
    let mut world = World::start("faults-told").await;
    for rule in [
        json!({"fault": "rail_timeout", "operation": "transferTo", "client": "drops", "trackId": "t-", "amount": 5,
            "destination": "1", "nth": 3, "always": true, "then": "failed", "after": "PT1H"}),
        json!({"fault": "charge:A106", "then": "done", "after": "PT90S", "nth": 1, "always": false}),
        json!({"fault": "delay", "after": "PT2S", "nth": 1, "always": false}),
    ] {
        let armed = world.arm_rule(&rule).await.unwrap();
        let list = world.operator(Call::get("/admin/v1/faults")).await.unwrap();
        let listed = list["faults"].as_array().unwrap().last().unwrap().clone();
        for (name, value) in rule.as_object().unwrap() {
            assert_eq!((&armed[name], &listed[name]), (value, value), "{name} of {rule}");
        }
    }
}

#[apply(each_store)]
async fn money_comes_back_once_and_only_if_it_is_there(#[case] _on: OnStore) {
    let mut world = World::start("returns").await;
    let token = world.named_token("code062").await.unwrap();
    accepted(&mut world, &token, "out", &paya_but(json!({"destinationNumber": PASARGAD}))).await;
    accepted(&mut world, &token, "in", &paya_but(json!({"destinationNumber": MARTIN}))).await;
    let refuse = async |world: &mut World, fault: &str| {
        let rule = json!({"fault": fault});
        let reply = world.send(&Call::post("/admin/v1/faults").bearer(OPERATOR).json(&rule)).await.unwrap();
        assert_eq!(reply.status, 400, "{fault}: {reply}");
    };
    refuse(&mut world, "paya_return:out").await;
    refuse(&mut world, "paya_return:nothing").await;
    move_to(&mut world, "2026-11-21T13:45:00+03:30").await;
    world.arm("paya_return:out").await.unwrap();
    refuse(&mut world, "paya_return:out").await;
    assert_eq!(world.status(&token, "out").await.unwrap(), "FAILED");
    assert_eq!(world.balance(&token, DROPS).await.unwrap(), TRILLION - 20_000_000);
    // Martin's account holds back a part of the money.
    world
        .operator(Call::post("/admin/v1/users").json(&json!({"nid": "3333333333", "password": "martin"})))
        .await
        .unwrap();
    let approve = json!({"bank": "015", "number": "999888777", "owner": "3333333333", "firstName": "Martin",
        "lastName": "Rezaei", "approvedFor": ["drops"]});
    world.operator(Call::post("/admin/v1/deposits").json(&approve)).await.unwrap();
    let id = world.deposit_id("300400500600").await;
    let hold = Call::post(&format!("/admin/v1/deposits/{id}/holds")).json(&json!({"amount": 1}));
    let held = world.operator(hold).await.unwrap();
    refuse(&mut world, "paya_return:in").await;
    world.operator(Call::delete(&format!("/admin/v1/holds/{}", held["id"]))).await.unwrap();
    world.arm_rule(&json!({"fault": "paya_return:in", "reason": "حساب بسته است"})).await.unwrap();
    assert_eq!(world.balance(&token, DROPS).await.unwrap(), TRILLION);
    let payas = world.send(&deposit_call(&token, DROPS, "payas")).await.unwrap().json().unwrap();
    let rows = payas["result"]["transactions"].as_array().unwrap();
    assert!(rows.iter().all(|row| row["rejected"] == "true" && row["returnId"].as_str().unwrap().len() == 16));
    assert!(rows.iter().any(|row| row["returnCausality"] == "حساب بسته است"), "{payas}");
    // A satna order is returned by `satna_return` only.
    world.set_clock("2026-11-22T11:00:00+03:30").await.unwrap();
    let large = json!({"destinationNumber": PASARGAD, "amount": 600_000_000});
    accepted(&mut world, &token, "large", &paya_but(large)).await;
    assert_eq!(world.balance(&token, DROPS).await.unwrap(), TRILLION - 600_000_000);
    refuse(&mut world, "paya_return:large").await;
    world.arm("satna_return:large").await.unwrap();
    refuse(&mut world, "satna_return:large").await;
    assert_eq!(world.status(&token, "large").await.unwrap(), "FAILED");
    assert_eq!(world.balance(&token, DROPS).await.unwrap(), TRILLION);
    // second-edition.md 2.8: a statement has the row of a return under its returnId, and of a charge under its tracker.
    let charge = world.send(&charge_call(&token, "c-1", BON, 20_000)).await.unwrap().json().unwrap();
    let statement = world.send(&deposit_call(&token, DROPS, "statement")).await.unwrap().json().unwrap();
    let statement = statement["result"]["transactions"].as_array().unwrap();
    for paya in rows {
        let row = |code: &Value| statement.iter().find(|row| row["refCode"] == *code).unwrap();
        let (out, back) = (row(&paya["traceId"]), row(&paya["returnId"]));
        let amount = json!("0000000020000000");
        assert_eq!((&out["transactionAmountDebit"], &back["transactionAmountCredit"]), (&amount, &amount));
    }
    let tracker = charge["result"]["tracker"].to_string();
    let charged = |row: &&Value| row["cardInformationMap"]["referenceId"] == tracker;
    assert!(statement.iter().any(|row| charged(&row) && row["transactionClass"] == "CARD"), "{charge}");
}

#[apply(each_store)]
async fn a_destination_that_was_blocked_meanwhile_sends_the_money_back_at_settlement(#[case] _on: OnStore) {
    let mut world = World::start("blocked").await;
    let token = world.named_token("code062").await.unwrap();
    accepted(&mut world, &token, "p-1", &paya()).await;
    let id = world.deposit_id("300400500600").await;
    let gate = Call::new("PUT", &format!("/admin/v1/deposits/{id}/gate")).json(&json!({"gate": "noCredits"}));
    world.operator(gate).await.unwrap();
    move_to(&mut world, "2026-11-21T13:45:00+03:30").await;
    assert_eq!(world.status(&token, "p-1").await.unwrap(), "FAILED");
    assert_eq!(world.balance(&token, DROPS).await.unwrap(), TRILLION);
}

#[apply(each_store)]
async fn a_cycle_s_group_file_adds_up_and_is_the_same_whenever_it_is_asked_for(#[case] _on: OnStore) {
    let mut world = World::start("group-file").await;
    world.open_second_deposit().await.unwrap();
    let token = world.named_token("code062_two").await.unwrap();
    for (number, deposit, destination) in
        [(1, DROPS, MARTIN), (2, DROPS, PASARGAD), (3, harness::world::SECOND, PASARGAD)]
    {
        let body = paya_but(json!({
            "deposit": deposit, "destinationNumber": destination, "amount": 1_000_000 * number,
            "description": "بابت <فاکتور> & \"سه\"",
        }));
        accepted(&mut world, &token, &format!("f-{number}"), &body).await;
    }
    let cycles = world.operator(Call::get("/admin/v1/cycles")).await.unwrap();
    let wanted = json!({"id": 621_405_083_003_i64, "bank": "062", "day": 14_050_830, "number": 3, "state": "gathering",
        "cutoff": "2026-11-21T09:45:00Z", "settles": "2026-11-21T10:15:00Z", "settled": 0, "returned": 0,
        "clearing": 1_000_621_405_083_003_i64});
    assert_eq!(cycles, json!([wanted]));
    let file = |which: &str| Call::get(&format!("/admin/v1/cycles/621405083003/file{which}")).bearer(OPERATOR);
    for (instant, why) in [
        ("2026-11-21T13:14:59.999+03:30", "the cycle takes orders until 2026-11-21T09:45:00Z"),
        ("2026-11-21T13:15:00+03:30", "the cycle was cut off at 2026-11-21T09:45:00Z and is being closed"),
        ("2026-11-21T13:15:09.999+03:30", "the cycle was cut off at 2026-11-21T09:45:00Z and is being closed"),
    ] {
        move_to(&mut world, instant).await;
        let early = world.send(&file("")).await.unwrap();
        assert!(early.status == 409 && early.to_string().contains(why), "{instant}: {early}");
    }
    move_to(&mut world, "2026-11-21T13:15:10+03:30").await;
    let closed = world.operator(Call::get("/admin/v1/cycles/621405083003")).await.unwrap();
    assert_eq!((&closed["state"], &closed["closed"]), (&json!("closed"), &json!("2026-11-21T09:45:10Z")));
    let cut_off = world.send(&file("")).await.unwrap();
    assert_eq!(cut_off.header("content-disposition"), Some("attachment; filename=\"PAYA0621405083003.ccti\""));
    let text = String::from_utf8(cut_off.body.to_vec()).unwrap();
    let all = |open: &str, close: &str| -> Vec<String> {
        text.split(open).skip(1).map(|rest| rest.split(close).next().unwrap().to_owned()).collect()
    };
    // The whole file, then each debtor: three orders of 6,000,000; two of 3,000,000; one of 3,000,000.
    assert_eq!(all("<NbOfTxs>", "</NbOfTxs>"), ["3", "2", "1"]);
    assert_eq!(all("<CtrlSum>", "</CtrlSum>"), ["6000000", "3000000", "3000000"]);
    assert_eq!(all("<InstdAmt Ccy=\"IRR\">", "</InstdAmt>"), ["1000000", "2000000", "3000000"]);
    assert_eq!(all("<ReqdExctnDt>", "</ReqdExctnDt>"), ["1405-08-30", "1405-08-30"]);
    assert_eq!(all("<CreDtTm>", "</CreDtTm>"), ["1405-08-30T13:15:00"]);
    assert_eq!(all("<Ustrd>", "</Ustrd>")[0], "بابت &lt;فاکتور&gt; &amp; &quot;سه&quot;");
    assert!(text.starts_with("<?xml") && text.trim_end().ends_with("</CstmrCdtTrfInitn></Document>"));
    let leaving = String::from_utf8(world.send(&file("?orders=leaving")).await.unwrap().body.to_vec()).unwrap();
    assert!(leaving.contains("<CtrlSum>5000000</CtrlSum>") && !leaving.contains(MARTIN), "{leaving}");
    let cycle = world.operator(Call::get("/admin/v1/cycles/621405083003")).await.unwrap();
    assert_eq!(cycle["file"], json!({"sha256": sha256(&cut_off.body), "orders": 3, "sum": 6_000_000}));
    assert_eq!(cycle["leaving"], json!({"sha256": sha256(leaving.as_bytes()), "orders": 2, "sum": 5_000_000}));
    move_to(&mut world, "2026-11-21T14:00:00+03:30").await;
    assert_eq!(world.send(&file("")).await.unwrap().body, cut_off.body, "settling does not change it");
    let cycle = world.operator(Call::get("/admin/v1/cycles/621405083003")).await.unwrap();
    assert_eq!((&cycle["state"], &cycle["settled"]), (&json!("settled"), &json!(3)));
    assert_eq!(world.account(1_000_621_405_083_003).await.unwrap(), 0, "clearing is empty");
}

#[apply(each_store)]
async fn faults_strike_the_calls_that_they_name_and_only_those(#[case] _on: OnStore) {
    let mut world = World::start("faults").await;
    let token = world.named_token("code062").await.unwrap();
    let busy = json!({"error": {"message": "server is busy"}});
    world
        .arm_rule(&json!({"fault": "error:server is busy", "operation": "transferTo", "trackId": "pay-", "nth": 2}))
        .await
        .unwrap();
    accepted(&mut world, &token, "other-1", &fifty_thousand()).await;
    accepted(&mut world, &token, "pay-1", &fifty_thousand()).await;
    let reply = world.transfer(&token, "pay-2", &fifty_thousand()).await.unwrap();
    expect(&reply, 503, &busy).unwrap();
    assert_eq!(reply.header("retry-after"), Some("1"));
    accepted(&mut world, &token, "pay-2", &fifty_thousand()).await;

    // A permanent rule by amount and destination strikes until it is deleted.
    let rule =
        json!({"fault": "error:شماره حساب نامعتبر است", "amount": 70_000, "destination": SOMAYEH, "always": true});
    let armed = world.arm_rule(&rule).await.unwrap();
    for number in 0..2 {
        let reply = world.transfer(&token, &format!("a-{number}"), &but(json!({"amount": 70_000}))).await.unwrap();
        expect(&reply, 400, &json!({"error": {"code": "SERVICE_CALL_ERROR"}})).unwrap();
        assert_eq!(world.status(&token, &format!("a-{number}")).await.unwrap(), "FAILED", "the order is written");
    }
    accepted(&mut world, &token, "a-2", &fifty_thousand()).await;
    let list = world.operator(Call::get("/admin/v1/faults")).await.unwrap();
    assert_eq!((list["faults"].as_array().unwrap().len(), &list["faults"][0]["seen"]), (1, &json!(2)));
    world.operator(Call::delete(&format!("/admin/v1/faults/{}", armed["id"]))).await.unwrap();
    accepted(&mut world, &token, "a-3", &but(json!({"amount": 70_000}))).await;

    // A fault of the network is spent only by an order that reaches the network.
    world.arm("rail_timeout").await.unwrap();
    let poor = world.transfer(&token, "poor", &but(json!({"amount": 2_000_000_000_000_u64}))).await.unwrap();
    assert_eq!(poor.message(), "موجودی حساب کافی نمیباشد");
    let reply = world.transfer(&token, "rich", &fifty_thousand()).await.unwrap();
    expect(&reply, 200, &json!({"status": "UNKNOWN"})).unwrap();

    // A fault of a reading service, and a delay.
    world.arm_rule(&json!({"fault": "error:invalid token", "operation": "balance"})).await.unwrap();
    let reply = world.send(&deposit_call(&token, DROPS, "balance")).await.unwrap();
    expect(&reply, 403, &json!({"error": {"message": "invalid token"}})).unwrap();
    world.arm_rule(&json!({"fault": "delay", "after": "PT0.3S"})).await.unwrap();
    let began = std::time::Instant::now();
    accepted(&mut world, &token, "slow", &fifty_thousand()).await;
    assert!(began.elapsed() >= std::time::Duration::from_millis(300));

    for (rule, field) in [
        (json!({"fault": "no such fault"}), "fault"),
        (json!({"fault": "charge:F00"}), "fault"),
        (json!({"fault": "charge_inquiry:A00"}), "fault"),
        (json!({"fault": "error:no such text"}), "fault"),
        (json!({"fault": "resolve:x:maybe"}), "fault"),
        (json!({"fault": "rail_pending", "then": "perhaps", "after": "PT1S"}), "then"),
        (json!({"fault": "charge:A106", "then": "done"}), "after"),
        (json!({"fault": "delay"}), "after"),
        (json!({"fault": "delay", "after": "P1D"}), "after"),
        (json!({"fault": "drop_after", "nth": 0}), "nth"),
        (json!({"fault": "drop_after", "then": "done", "after": "PT1S"}), "then"),
        (json!({"fault": "drop_after", "colour": "red"}), "colour"),
        (json!({"fault": "drop_after", "operation": "transfer"}), "operation"),
        (json!({"fault": "rail_pending", "operation": "balance"}), "operation"),
        (json!({"fault": "charge:A106", "operation": "transferTo"}), "operation"),
        (json!({"fault": "drop_after", "amount": 0}), "amount"),
        (json!({"fault": "charge:A106", "card": "6362-1420"}), "card"),
        (json!({"fault": "drop_after", "after": "PT1S"}), "after"),
        (json!({"fault": "drop_after", "reason": "closed"}), "reason"),
        (json!({"fault": "satna_return:pay-1", "client": "drops"}), "fault"),
        (json!({"fault": "paya_return:pay-1", "client": "drops"}), "fault"),
    ] {
        let reply = world.send(&Call::post("/admin/v1/faults").bearer(OPERATOR).json(&rule)).await.unwrap();
        assert_eq!((reply.status, reply.json().unwrap()["error"]["field"].clone()), (400, json!(field)), "{rule}");
    }
    // A reset removes all faults.
    world.arm_rule(&json!({"fault": "drop_after", "always": true})).await.unwrap();
    world.reset_at(harness::world::ELEVEN).await.unwrap();
    let list = world.operator(Call::get("/admin/v1/faults")).await.unwrap();
    assert_eq!(list["faults"], json!([]));
    assert!(list["magic"].as_array().unwrap().len() > 5);
}

#[apply(each_store)]
async fn a_magic_track_id_needs_no_set_up(#[case] _on: OnStore) {
    let mut world = World::start("magic").await;
    for (prefix, status, later) in [
        ("daric-pending-done-", "PENDING", "DONE"),
        ("daric-pending-failed-", "PENDING", "FAILED"),
        ("daric-pending-", "PENDING", "PENDING"),
        ("daric-unknown-done-", "UNKNOWN", "DONE"),
        ("daric-unknown-failed-", "UNKNOWN", "FAILED"),
        ("daric-unknown-", "UNKNOWN", "UNKNOWN"),
    ] {
        world.reset_at(harness::world::ELEVEN).await.unwrap();
        let token = world.grant(Grant::default()).await.unwrap();
        let track_id = format!("{prefix}1");
        let reply = world.transfer(&token, &track_id, &fifty_thousand()).await.unwrap();
        expect(&reply, 200, &json!({"status": status})).unwrap();
        move_to(&mut world, "2026-11-21T11:01:00+03:30").await;
        assert_eq!(world.status(&token, &track_id).await.unwrap(), later, "{prefix}");
    }
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A row that is changed behind the store's back stands for any cause that would change the file.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_would_differ_from_the_first_one_is_an_error() {
    let home = Home::on_postgres("file-differs");
    let server = Server::start(&home, Launch::default());
    let mut world = Caller::at(server.address).await;
    world.reset_at(ELEVEN).await.unwrap();
    let token = world.named_token("code062").await.unwrap();
    accepted(&mut world, &token, "f-1", &paya_but(json!({"destinationNumber": PASARGAD}))).await;
    move_to(&mut world, "2026-11-21T13:15:10+03:30").await;
    let file = |which: &str| Call::get(&format!("/admin/v1/cycles/621405083003/file{which}")).bearer(OPERATOR);
    let first = world.send(&file("")).await.unwrap();
    assert_eq!(first.status, 200, "{first}");
    let (changed, back) = (
        "UPDATE transfer_order SET payment_number = '7' WHERE cycle IS NOT NULL",
        "UPDATE transfer_order SET payment_number = '123456' WHERE cycle IS NOT NULL",
    );
    postgres().sql(home.database(), changed).unwrap();
    let other = world.send(&file("")).await.unwrap();
    assert!(other.status == 409 && other.to_string().contains("would not be the one that was made first"), "{other}");
    let metrics = world.send(&Call::get("/metrics")).await.unwrap();
    let metrics = String::from_utf8_lossy(&metrics.body).into_owned();
    assert!(metrics.contains("daric_alarms_total{kind=\"group file differs\"} 1"), "{metrics}");
    postgres().sql(home.database(), back).unwrap();
    assert_eq!(world.send(&file("")).await.unwrap().body, first.body);
    server.stop();
}

/// An order is accepted before the cut-off and its commit is delayed; meanwhile another process closes the cycle and returns its file.
#[tokio::test(flavor = "multi_thread")]
async fn an_order_whose_commit_comes_after_the_closing_is_in_the_next_cycle_and_not_in_the_file() {
    let home = Home::on_postgres("slow-commit");
    let nodes = [0, 1].map(|_| Server::start(&home, Launch::default()));
    let mut world = Caller::at(nodes[0].address).await;
    world.reset_at("2026-11-21T13:14:59+03:30").await.unwrap();
    let token = world.named_token("code062").await.unwrap();
    let body = paya_but(json!({"destinationNumber": PASARGAD}));
    accepted(&mut world, &token, "in-time", &body).await;
    // Locks the row of the bank's day, which each order locks, too: the order waits inside its transaction.
    let mut holding = postgres().session(home.database()).unwrap();
    holding.run("BEGIN; SELECT * FROM bank_day FOR UPDATE;").unwrap();
    let (address, slow_token, slow_body) = (nodes[0].address, token.clone(), body.clone());
    let slow = tokio::spawn(async move {
        let mut client = Client::connect(address).await.unwrap();
        client.send(&transfer_call(&slow_token, "slow", &slow_body)).await.unwrap()
    });
    while postgres().sql(home.database(), WAITS).unwrap().trim() == "0" {}
    let mut other = Caller::at(nodes[1].address).await;
    other.set_clock("2026-11-21T13:15:10+03:30").await.unwrap();
    let file = Call::get("/admin/v1/cycles/621405083003/file").bearer(OPERATOR);
    let handed_out = other.send(&file).await.unwrap();
    assert_eq!(handed_out.status, 200, "{handed_out}");
    holding.run("ROLLBACK;").unwrap();
    let slow = slow.await.unwrap();
    assert_eq!(slow.status, 200, "{slow}");
    let cycle = sql_number(&home, "SELECT cycle FROM transfer_order WHERE track_id = 'slow'");
    assert_ne!(cycle, 621_405_083_003, "it joined a cycle that was closed");
    other.set_clock("2026-11-21T14:00:00+03:30").await.unwrap();
    assert_eq!(other.send(&file).await.unwrap().body, handed_out.body);
    let settled = other.operator(Call::get("/admin/v1/cycles/621405083003")).await.unwrap();
    assert_eq!((&settled["settled"], &settled["file"]["orders"]), (&json!(1), &json!(1)));
    nodes.into_iter().for_each(Server::stop);
    verify(&home);
}

const WAITS: &str =
    "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'daric' AND wait_event_type = 'Lock'";

fn sql_number(home: &Home, statement: &str) -> i64 {
    postgres().sql(home.database(), statement).unwrap().trim().parse().unwrap()
}
