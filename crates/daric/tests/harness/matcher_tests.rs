//! The matcher decides the result of the golden cases, so it has tests, mostly of mismatches.

use serde_json::{Value, json};

use crate::harness::matcher::{differences, text_matches};

#[test]
fn what_fits_the_expected_value_has_no_difference() {
    let uuid = "0f9c1b9e-3a77-4d2c-8a11-d2f0a4f1b6c7";
    let table: &[(Value, Value)] = &[
        (json!({"a": 1}), json!({"a": 1, "free": true})),
        (json!({"a": {"b": "x"}}), json!({"a": {"b": "x", "c": null}})),
        (json!({}), json!({"a": 1})),
        (json!([]), json!([])),
        (json!([{"a": "<int>"}, "<any>"]), json!([{"a": 7}, {"b": []}])),
        (json!({"a": "<absent>"}), json!({"b": 1})),
        (json!(null), json!(null)),
        (json!("<any>"), json!(null)),
        (json!("<str>"), json!("")),
        (json!("<int>"), json!(-3)),
        (json!("<digits4>"), json!("0123")),
        (json!("<digits>"), json!("7")),
        (json!("n=<digits>."), json!("n=0123456789.")),
        (json!("<alnum4>"), json!("aZ09")),
        (json!("<hex12>"), json!("0123456789ab")),
        (json!("<uuid>"), json!(uuid)),
        (json!("<jwt>"), json!("eyJh.eyJi.Sig-_1")),
        (json!("tx-<digits2>-<hex2>!"), json!("tx-07-fF!")),
        (json!("<digits2><digits2>"), json!("0123")),
        (json!("id=<uuid>&t=<jwt>&end"), json!(format!("id={uuid}&t=a.b.c&end"))),
        (json!("شرح <digits1>"), json!("شرح 5")),
    ];
    for (expected, actual) in table {
        assert_eq!(differences(expected, actual), Vec::<String>::new(), "{expected} against {actual}");
    }
}

#[test]
fn what_does_not_fit_is_named_with_its_path() {
    let table: &[(Value, Value, &[&str])] = &[
        (json!({"a": 1}), json!({"a": 2}), &["$.a: expected 1, got 2"]),
        (json!({"a": 1}), json!({"a": "1"}), &["$.a: expected 1, got \"1\""]),
        (json!({"a": "1"}), json!({"a": 1}), &["$.a: expected \"1\", got 1"]),
        (json!({"a": 1}), json!({"a": 1.0}), &["$.a: expected 1, got 1.0"]),
        (json!({"a": 1}), json!({}), &["$.a: expected 1, the key is missing"]),
        (json!({"a": "<any>"}), json!({}), &["$.a: expected \"<any>\", the key is missing"]),
        (json!({"a": "<absent>"}), json!({"a": null}), &["$.a: expected no such key, got null"]),
        (json!({"a": {"b": [1, 2]}}), json!({"a": {"b": [1, 3]}}), &["$.a.b[1]: expected 2, got 3"]),
        (json!([1, 2]), json!([1]), &["$: expected 2 elements, got 1"]),
        (json!([]), json!([1]), &["$: expected 0 elements, got 1"]),
        (json!({"a": []}), json!({"a": {}}), &["$.a: expected [], got {}"]),
        (json!({"a": null}), json!({"a": 0}), &["$.a: expected null, got 0"]),
        (json!("<absent>"), json!("x"), &["$: expected \"<absent>\", got \"x\""]),
        (json!("<int>"), json!("5"), &["$: expected \"<int>\", got \"5\""]),
        (json!("<int>"), json!(5.0), &["$: expected \"<int>\", got 5.0"]),
        (json!("<str>"), json!(5), &["$: expected \"<str>\", got 5"]),
        (json!("<digits>"), json!(""), &["$: expected \"<digits>\", got \"\""]),
        (json!("<digits3>"), json!(123), &["$: expected \"<digits3>\", got 123"]),
        (json!(""), json!(" "), &["$: expected \"\", got \" \""]),
        (
            json!({"a": 1, "b": {"c": "<hex2>"}}),
            json!({"a": 2, "b": {"c": "xy"}}),
            &["$.a: expected 1, got 2", "$.b.c: expected \"<hex2>\", got \"xy\""],
        ),
    ];
    for (expected, actual, lines) in table {
        assert_eq!(&differences(expected, actual), lines, "{expected} against {actual}");
    }
}

#[test]
fn a_pattern_in_a_text_takes_exactly_what_it_names() {
    let table: &[(&str, &str)] = &[
        ("<digits4>", "012"),
        ("<digits4>", "01234"),
        ("<digits4>", "012a"),
        ("<digits4>", "۰۱۲۳"),
        ("<digits2>", "شر"),
        ("<alnum4>", "ab-d"),
        ("<alnum2>", "abc"),
        ("<hex4>", "012g"),
        ("<uuid>", "0f9c1b9e-3a77-1d2c-8a11-d2f0a4f1b6c7"),
        ("<uuid>", "0f9c1b9e-3a77-4d2c-7a11-d2f0a4f1b6c7"),
        ("<uuid>", "0f9c1b9e3a774d2c8a11d2f0a4f1b6c7"),
        ("<jwt>", "a.b"),
        ("<jwt>", "a..c"),
        ("<jwt>", "a.b.c.d"),
        ("<jwt>", "a.b.c="),
        ("tx-<digits2>", "tx-7"),
        ("tx-<digits2>", "ty-77"),
        ("tx-<digits2>-end", "tx-77"),
        ("<nonsense>", "<nonsense>"),
        ("<digits>", "1a"),
        ("open <", "open <"),
        ("exact", "exact "),
    ];
    for (pattern, text) in table {
        assert!(!text_matches(pattern, text), "{pattern} must not match {text}");
    }
}
