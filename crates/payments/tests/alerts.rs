//! Alerts and links of hash chains: what is written once stays as it is until something has changed.

use crate::memory::Memory;
use payments::{
    Alert, AlertChange, AlertKind, AlertRefusal, AlertTold, Chain, ClaimAlert, Finding, NotToTell, NoteAlert,
    Observation, Rules, Seal, SealKey, SealRefusal, Text, WriteSeal,
};

const KIND: AlertKind = AlertKind::Disk;
const MINUTE_MS: i64 = 60_000;

fn memory() -> Memory {
    let mut memory = Memory::empty(Rules::documented().unwrap());
    memory.machine_ms = Some(1_000);
    memory
}

fn found(value: i64, seen_at_ms: i64) -> Observation {
    Observation::Found { finding: Finding { value, detail: Text::from("little is left") }, seen_at_ms }
}

fn not_found(since_ms: i64) -> Observation {
    Observation::NotFound { since_ms }
}

fn note(observed: Observation) -> NoteAlert {
    NoteAlert { kind: KIND, observed, tell_at_ms: Some(0) }
}

#[test]
fn an_alert_is_raised_once_and_resolved_once_and_may_be_raised_again() {
    let mut memory = memory();
    assert_eq!(memory.run(note(not_found(1_000))), Err(AlertRefusal), "there is none");
    let (change, raised) = memory.run_ok(note(found(7, 1_000)));
    assert_eq!((change, raised.raised_at_ms, raised.resolved_at_ms), (AlertChange::Raised, 1_000, None));
    assert_eq!((raised.confirmed_at_ms, raised.value), (1_000, 7));
    assert_eq!(memory.run(note(found(8, 1_000))), Err(AlertRefusal), "it is open");
    memory.machine_ms = Some(2_000);
    let (change, resolved) = memory.run_ok(note(not_found(2_000)));
    assert_eq!((change, resolved), (AlertChange::Resolved, Alert { resolved_at_ms: Some(2_000), ..raised }));
    assert_eq!(memory.run(note(not_found(2_000))), Err(AlertRefusal), "it is resolved");
    memory.machine_ms = Some(3_000);
    assert_eq!(memory.run_ok(note(found(9, 3_000))).1.raised_at_ms, 3_000);
}

/// What an observation changes of an alert that was confirmed at minute 10 and resolved at one minute or not at all. Instants are minutes.
fn change(kind: AlertKind, resolved: Option<i64>, observed: Observation, now: i64) -> Option<AlertChange> {
    let last = Alert {
        kind,
        raised_at_ms: 9 * MINUTE_MS,
        confirmed_at_ms: 10 * MINUTE_MS,
        resolved_at_ms: resolved.map(|resolved| resolved * MINUTE_MS),
        value: 1,
        detail: Text::from("d"),
        tell_at_ms: None,
        tries: 3,
    };
    let observed = match observed {
        Observation::Found { finding, seen_at_ms } => {
            Observation::Found { finding, seen_at_ms: seen_at_ms * MINUTE_MS }
        }
        Observation::NotFound { since_ms } => Observation::NotFound { since_ms: since_ms * MINUTE_MS },
    };
    let now_ms = now * MINUTE_MS;
    let (change, alert) =
        NoteAlert { kind, observed: observed.clone(), tell_at_ms: Some(0) }.change(Some(&last), now_ms)?;
    if let (AlertChange::Confirmed, Observation::Found { seen_at_ms, .. }) = (change, observed) {
        assert_eq!(alert, Alert { confirmed_at_ms: seen_at_ms, ..last }, "a confirmation is not told");
    }
    Some(change)
}

#[test]
fn a_process_resolves_only_what_it_knows_to_have_ended() {
    use AlertChange::{Confirmed, Raised, Resolved};
    use AlertKind::{Clock, Disk, OpenCycle, Verification};
    for (kind, resolved, observed, now, expected) in [
        // What every process sees ends with the first look that does not find it, and needs no confirmation.
        (OpenCycle, None, not_found(11), 11, Some(Resolved)),
        (Disk, None, not_found(11), 11, Some(Resolved)),
        (OpenCycle, None, found(2, 30), 30, None),
        // The step of a machine's clock is seen by its processes: those of others wait until it is confirmed no more.
        (Clock, None, not_found(11), 11, None),
        (Clock, None, not_found(14), 14, None),
        (Clock, None, not_found(15), 15, Some(Resolved)),
        (Clock, None, found(2, 10), 10, None),
        (Clock, None, found(2, 11), 11, Some(Confirmed)),
        // A broken chain ends when all links were compared since it was seen last, however long that takes.
        (Verification, None, not_found(9), 500, None),
        (Verification, None, not_found(10), 500, None),
        (Verification, None, not_found(11), 500, Some(Resolved)),
        (Verification, None, found(1, 10), 500, None),
        (Verification, None, found(1, 11), 500, Some(Confirmed)),
        // The fault that a process remembers from before the alert was resolved does not raise it again.
        (Verification, Some(20), found(1, 19), 21, None),
        (Verification, Some(20), found(1, 20), 21, Some(Raised)),
        (Clock, Some(20), found(2, 20), 20, Some(Raised)),
        (Clock, Some(20), not_found(20), 20, None),
        // The clock was wrong while the alert was confirmed, or resolved, and is set back.
        (Clock, None, not_found(1), 1, Some(Resolved)),
        (Clock, None, found(2, 1), 1, Some(Confirmed)),
        (Verification, None, not_found(1), 1, Some(Resolved)),
        (Verification, Some(20), found(1, 1), 2, Some(Raised)),
    ] {
        let said = format!("{kind:?} {resolved:?} {observed:?} at {now}");
        assert_eq!(change(kind, resolved, observed, now), expected, "{said}");
    }
}

#[test]
fn a_change_is_told_by_one_process_at_a_time_until_it_is_told_or_given_up() {
    let mut memory = memory();
    let claim = ClaimAlert { kind: KIND };
    assert_eq!(memory.run(claim), Err(NotToTell), "there is nothing");
    memory.run_ok(note(found(7, 1_000)));
    let mut tries = 0;
    while let Ok(claimed) = memory.run(claim) {
        tries += 1;
        assert_eq!(claimed.tries, tries);
        assert_eq!(memory.run(claim), Err(NotToTell), "another process has it");
        memory.machine_ms = Some(claimed.tell_at_ms.unwrap_or(i64::MAX));
    }
    assert_eq!(tries, 7, "at once, and after each pause");
    // A later change is told by itself, and telling the one before does not end it.
    memory.machine_ms = Some(9_000);
    memory.run_ok(note(not_found(9_000)));
    let told = |resolved_at_ms| AlertTold { kind: KIND, raised_at_ms: 1_000, resolved_at_ms };
    assert_eq!(memory.run(told(None)), Err(NotToTell));
    memory.run_ok(claim);
    memory.run_ok(told(Some(9_000)));
    memory.machine_ms = Some(i64::MAX);
    assert_eq!(memory.run(claim), Err(NotToTell), "it was told");
}

#[test]
fn a_link_follows_the_one_before_it_and_is_appended_once() {
    let mut memory = memory();
    let link = |number, first, last| {
        let key = SealKey { chain: Chain::Audit, number };
        WriteSeal { key, first, last, rows: 3, content: [5; 32] }
    };
    assert_eq!(memory.run(link(2, 10, 20)), Err(SealRefusal::NotNext), "there is no first one");
    let first: Seal = memory.run_ok(link(1, 10, 20));
    assert_eq!((first.at_ms, first.hash), (1_000, first.hash_after(None, &[5; 32])));
    assert_eq!(memory.run(link(1, 10, 20)), Err(SealRefusal::NumberTaken));
    assert_eq!(memory.run(link(2, 20, 30)), Err(SealRefusal::NotNext), "the row has a link");
    let second = memory.run_ok(link(2, 21, 30));
    assert_eq!(second.hash, second.hash_after(Some(&first), &[5; 32]));
    // Each number of a link, its content and the link before it change its hash.
    let same =
        |other: Seal, before: Option<&Seal>, content: [u8; 32]| other.hash_after(before, &content) == second.hash;
    assert!(same(second, Some(&first), [5; 32]));
    for other in [
        Seal { first: 22, ..second },
        Seal { last: 31, ..second },
        Seal { rows: 4, ..second },
        Seal { at_ms: 1_001, ..second },
        Seal { key: SealKey { number: 3, ..second.key }, ..second },
        Seal { key: SealKey { chain: Chain::Ledger, ..second.key }, ..second },
    ] {
        assert!(!same(other, Some(&first), [5; 32]), "{other:?}");
    }
    assert!(!same(second, None, [5; 32]) && !same(second, Some(&first), [6; 32]));
}
