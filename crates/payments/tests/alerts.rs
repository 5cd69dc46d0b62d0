//! Alerts and links of hash chains: what is written once stays as it is until something has changed.

use crate::memory::Memory;
use payments::{
    Alert, AlertKind, AlertRefusal, AlertTold, Chain, ClaimAlert, Finding, NotToTell, NoteAlert, Rules, Seal, SealKey,
    SealRefusal, Text, WriteSeal,
};

const KIND: AlertKind = AlertKind::Disk;

fn memory() -> Memory {
    let mut memory = Memory::empty(Rules::documented().unwrap());
    memory.machine_ms = Some(1_000);
    memory
}

fn note(finding: Option<i64>) -> NoteAlert {
    let finding = finding.map(|value| Finding { value, detail: Text::from("little is left") });
    NoteAlert { kind: KIND, finding, tell_at_ms: Some(0) }
}

#[test]
fn an_alert_is_raised_once_and_resolved_once_and_may_be_raised_again() {
    let mut memory = memory();
    assert_eq!(memory.run(note(None)), Err(AlertRefusal), "there is none");
    let raised = memory.run_ok(note(Some(7)));
    assert_eq!((raised.raised_at_ms, raised.resolved_at_ms, raised.value), (1_000, None, 7));
    assert_eq!(memory.run(note(Some(8))), Err(AlertRefusal), "it is open");
    memory.machine_ms = Some(2_000);
    let resolved = memory.run_ok(note(None));
    assert_eq!(resolved, Alert { resolved_at_ms: Some(2_000), ..raised });
    assert_eq!(memory.run(note(None)), Err(AlertRefusal), "it is resolved");
    memory.machine_ms = Some(3_000);
    assert_eq!(memory.run_ok(note(Some(9))).raised_at_ms, 3_000);
}

#[test]
fn a_change_is_told_by_one_process_at_a_time_until_it_is_told_or_given_up() {
    let mut memory = memory();
    let claim = ClaimAlert { kind: KIND };
    assert_eq!(memory.run(claim), Err(NotToTell), "there is nothing");
    memory.run_ok(note(Some(7)));
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
    memory.run_ok(note(None));
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
