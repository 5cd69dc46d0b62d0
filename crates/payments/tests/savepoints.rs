//! design.md, invariant 3: a refusal leaves the view as it was, whatever the decision had written before.

use fastrand::Rng;
use ledger::{Account, AccountId, AccountKind, Rial, Step, TransferId};
use payments::{Alarm, Digest, Handle, Ids, OrderId, PartyId, Text, UsedOtt, View};

/// A view with loaded keys, of which some have a row.
fn loaded() -> View {
    let mut view = View::new(Ids::from(1_000_000));
    for id in 0..4 {
        view.books.put_account(Account::open(AccountId(id), AccountKind::Nostro));
    }
    for value in 0..6 {
        let row = (value % 2 == 0).then(|| UsedOtt { value, ends_at_ms: 0 }.into());
        view.used_otts.load(value, row);
        let name = Text::from(format!("h{value}"));
        let row = (value % 3 == 0).then(|| Handle { name: Text::clone(&name), party: PartyId(value) }.into());
        view.handles.load(name, row);
    }
    view
}

/// Makes one random change of any kind.
fn change(view: &mut View, dice: &mut Rng) {
    let (key, value) = (dice.i64(0..8), dice.i64(0..100));
    let account = |number: i64| AccountId(number % 6);
    match dice.i64(0..9) {
        0 => view.used_otts.put(key, UsedOtt { value: key, ends_at_ms: value }),
        1 => view.used_otts.remove(key),
        2 => {
            let name = Text::from(format!("h{key}"));
            view.handles.put(Text::clone(&name), Handle { name, party: PartyId(value) });
        }
        3 => view.handles.remove(Text::from(format!("h{key}"))),
        4 => view.books.open_account(Account::open(account(key), AccountKind::Nostro)),
        5 => view.alarms.push(Alarm::OrderStuck(OrderId(key), Text::from("why"))),
        kind => {
            let (debit, credit, amount) = (account(key), account(value), Rial::new(value));
            let steps = match kind {
                6 => vec![Step::Post { debit, credit, amount }],
                7 => vec![Step::Pend { debit, credit, amount, expires_at_ms: None }],
                // The ledger mostly refuses the second step.
                _ => vec![
                    Step::Post { debit, credit, amount },
                    Step::VoidPending { pending: TransferId(1_000_000 + value) },
                ],
            };
            let ids = &mut view.ids;
            // Whether or not it is refused, the enclosing attempt may roll it back.
            view.books.apply(&steps, value, key, || TransferId(ids.take())).unwrap_or_default();
        }
    }
}

/// Makes the same changes in two views; in one of them with refused attempts, also nested ones, in between.
#[test]
fn what_a_refused_decision_has_written_is_as_if_it_had_never_run() {
    let mut refused = 0;
    for seed in 0..2_000 {
        let (mut with, mut without) = (loaded(), loaded());
        let (mut dice, mut same) = (Rng::with_seed(seed), Rng::with_seed(seed));
        let mut planted = Rng::with_seed(seed + 1_000_000);
        for _ in 0..12 {
            let kept = with.attempt(|view| {
                for _ in 0..planted.i64(0..3) {
                    let half = view.attempt(|view| {
                        (0..planted.i64(0..6)).for_each(|_| change(view, &mut planted));
                        let inner: Result<(), ()> = view.attempt(|view| {
                            change(view, &mut planted);
                            Ok(())
                        });
                        inner.and(Err::<(), ()>(()))
                    });
                    refused += i32::from(half.is_err());
                }
                change(view, &mut dice);
                Ok::<(), ()>(())
            });
            assert_eq!(kept, Ok(()));
            change(&mut without, &mut same);
        }
        assert_eq!(with, without, "seed {seed}");
    }
    assert!(refused > 10_000, "{refused}");
}

/// A decision that writes and then refuses is rolled back. Without the rollback the comparison that these tests use would detect its writes.
#[test]
fn half_a_decision_is_seen_by_the_comparison_of_views() {
    for plant in 0..9 {
        let mut dice = Rng::with_seed(plant);
        let mut view = loaded();
        while view == loaded() {
            change(&mut view, &mut dice);
        }
        let mut again = loaded();
        let mut dice = Rng::with_seed(plant);
        let refused = again.attempt(|view| {
            while *view == loaded() {
                change(view, &mut dice);
            }
            Err::<(), Digest>(Digest([0; 32]))
        });
        assert_eq!(refused, Err(Digest([0; 32])));
        assert_eq!(again, loaded(), "plant {plant}");
    }
}
