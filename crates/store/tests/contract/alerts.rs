//! Alerts.

use payments::{Alert, AlertKind, Keys, Text};

use crate::test_store::{in_each_store, now};

#[test]
fn the_last_alert_of_a_kind_is_read_as_it_was_written() {
    in_each_store("alerts", |test_store| {
        let (mut writer, flusher, reader) = test_store.open(10);
        let open = Alert {
            kind: AlertKind::Clock,
            raised_at_ms: 11,
            confirmed_at_ms: 12,
            resolved_at_ms: None,
            value: -13,
            detail: Text::from("the machine's clock was set"),
            tell_at_ms: Some(14),
            tries: 15,
        };
        let resolved = Alert { resolved_at_ms: Some(16), tell_at_ms: None, ..open.clone() };
        for alert in [open, resolved] {
            let mut view = writer.view();
            writer.load(&Keys { alerts: vec![alert.kind], ..Keys::default() }, &mut view).unwrap();
            view.alerts.put(alert.kind, alert.clone());
            flusher.flush(writer.commit(view).unwrap()).unwrap();
            assert_eq!(now(reader.alerts()), [alert]);
        }
    });
}
