//! The page that shows how to see each statement (`docs/statements.md`), generated from the steps that test it.
//!
//! An entry has a line for its first refusal and one for its first informative success, unless it has `shown` or `see`. A line has what the step adds
//! to its call, after the steps that it needs: those that set something up, and those whose captures, trackId or order it uses.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::{Calls, Document, NONE, NULL, Statement, Step, plain};

/// The number of values that a line lists before it says that there are more.
const LISTED: usize = 5;
/// The number of lines for one step whose values are answered differently.
const LINES: usize = 4;
/// The number of parts of a reply that a line shows.
const PARTS: usize = 4;
/// The number of characters after which a value is cut.
const CUT: usize = 110;

/// In a reply: the value that the request had.
const ECHO: &str = "<echo>";

/// Headings over the requests, by the prefixes of their paths.
const DIALECTS: [(&str, &[&str]); 4] = [
    ("Finnotech", &["/oak/", "/dev/"]),
    ("PayStar", &["/api/ivr/"]),
    ("POD", &["/srv/", "/nzh/", "/v1/pbc/", "{{", "/oauth2/", "/sms/"]),
    ("The sandbox's operator", &["/admin/"]),
];

struct Line {
    request: String,
    reply: String,
}

/// The page below its head.
pub fn page(documents: impl IntoIterator<Item = Document>, calls: &Calls) -> String {
    let mut text = requests(calls);
    for document in documents {
        text.push_str(&format!(
            "\n## {}\n\n| | the document says | how to see it | what comes back |\n|---|---|---|---|\n",
            document.title
        ));
        for statement in &document.statements {
            let lines = lines(statement, &document, calls);
            assert!(!lines.is_empty(), "{} {}: nothing says how it is seen", document.title, statement.id);
            let differs = if statement.deviation.is_some() { " ([differs](differences.md))" } else { "" };
            let mut first = format!("{} | {}{differs}", statement.ids().join(", "), statement.says);
            for line in lines {
                text.push_str(&format!("| {first} | {} | {} |\n", line.request, line.reply));
                " | ".clone_into(&mut first);
            }
        }
    }
    text
}

// The requests.

fn requests(calls: &Calls) -> String {
    let mut text = "\n## The requests\n".to_owned();
    let mut told = BTreeSet::new();
    for (dialect, beginnings) in DIALECTS {
        text.push_str(&format!("\n### {dialect}\n"));
        for (name, call) in &calls.0 {
            let step = calls.complete(call);
            let path = step.path.as_deref().expect("a call has a path");
            if beginnings.iter().any(|beginning| path.starts_with(beginning)) {
                told.insert(name);
                text.push_str(&request(name, call, &step));
            }
        }
    }
    let untold: Vec<&String> = calls.0.keys().filter(|name| !told.contains(name)).collect();
    assert!(untold.is_empty(), "these calls are of no dialect: {untold:?}");
    text
}

/// The section of a call: its purpose, the calls that precede it, and the parts of its reply that are captured.
fn request(name: &str, call: &Step, step: &Step) -> String {
    assert!(!call.says.is_empty(), "calls.toml: {name} does not say what it is for");
    let mut about = vec![call.says.clone()];
    if !step.before.is_empty() {
        about.push(format!("First {}.", step.before.iter().map(|name| code(name)).collect::<Vec<_>>().join(", ")));
    }
    let mut kept: Vec<String> =
        step.capture.iter().map(|(name, place)| format!("`${name}` is {}", source(place))).collect();
    if let Some(sms) = &step.sms
        && let (Some(name), Some(to)) = (sms["as"].as_str(), sms["to"].as_str())
    {
        kept.push(format!("`${name}` is in the SMS to {to}, `${name}_wrong` is any other"));
    }
    if !kept.is_empty() {
        about.push(format!("{}.", kept.join(", ")));
    }
    format!("\n`{name}`: {}\n\n```sh\n{}\n```\n", about.join(" "), curl(step))
}

/// Describes where a value is in a reply.
fn source(place: &Value) -> String {
    let text = |name: &str| place[name].as_str();
    match (place.as_str().or_else(|| text("path")), text("header")) {
        (Some(path), _) if text("regex").is_some() => format!("in `{path}`"),
        (Some(path), _) => format!("`{path}`"),
        (None, Some(header)) => format!("in the header `{header}`"),
        (None, None) => "in the reply".to_owned(),
    }
}

fn curl(step: &Step) -> String {
    let query: Vec<String> =
        step.query.iter().map(|(name, value)| format!("{name}={}", variables(&plain(value)))).collect();
    let query = if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) };
    let path = variables(step.path.as_deref().expect("a call has a path"));
    let mut words = vec!["curl -s".to_owned()];
    if path.contains("/v1/pbc/") || path.starts_with('$') || path.starts_with("/oauth2/") {
        words.push("-i -b jar -c jar".to_owned());
    }
    if step.method.as_deref().is_some_and(|method| method != "GET") && step.form.is_empty() && step.body.is_empty() {
        words.push("-X POST".to_owned());
    }
    words.push(format!("\"$D{path}{query}\""));
    if let Some(token) = &step.token {
        words.push(if token == "operator" {
            "-H \"$O\"".into()
        } else {
            format!("-H \"Authorization: Bearer ${token}\"")
        });
    }
    words.extend(step.headers.iter().map(|(name, value)| format!("-H '{name}: {}'", plain(value))));
    words.extend(step.form.iter().map(|(name, value)| format!("-d {}", shell(&format!("{name}={}", plain(value))))));
    if !step.body.is_empty() {
        words.push(format!("--json {}", shell(&Value::Object(step.body.clone()).to_string())));
    }
    words.join(" ")
}

/// The text in single quotes, which are left for variables.
fn shell(text: &str) -> String {
    let mut out = String::from("'");
    let mut rest = text;
    while let Some((before, (name, after))) =
        rest.split_once("{{").and_then(|(before, after)| Some((before, after.split_once("}}")?)))
    {
        let name = name.trim_end_matches("_text");
        out.push_str(&if name == "n" { format!("{before}1") } else { format!("{before}'\"${name}\"'") });
        rest = after;
    }
    format!("{out}{rest}'")
}

/// `{{ID}}` as `$ID`; a number that differs from step to step as 1.
fn variables(text: &str) -> String {
    text.replace("{{n}}", "1").replace("_text}}", "}}").replace("{{", "$").replace("}}", "")
}

// The lines of an entry.

fn lines(statement: &Statement, document: &Document, calls: &Calls) -> Vec<Line> {
    if !statement.see.is_empty() {
        return statement.see.iter().map(|see| Line { request: cell(&see.request), reply: cell(&see.reply) }).collect();
    }
    let server = document.servers.get(&statement.server);
    let server = server.map(|args| format!("started with `{}`: ", args.join(" "))).unwrap_or_default();
    let mut found = Vec::new();
    for at in shown(statement, calls) {
        let after = setup(statement, at, calls);
        let step = &statement.steps[at];
        // Steps of a list with the same answer become one line.
        let mut groups: Vec<(String, Vec<Step>)> = Vec::new();
        for each in expanded(&echoed(step)) {
            let reply = reply(&each, calls);
            match groups.iter_mut().find(|(other, _)| *other == reply) {
                Some((_, same)) => same.push(each),
                None => groups.push((reply, vec![each])),
            }
        }
        let more = groups.len().saturating_sub(LINES);
        for (reply, same) in groups.into_iter().take(LINES) {
            let request = format!("{server}{after}{}", rendering(step, &same, calls));
            found.push(Line { request: cell(&request), reply: cell(&reply) });
        }
        if more > 0 {
            found.push(Line { request: format!("… and {more} others"), reply: String::new() });
        }
    }
    found
}

/// The steps that the page shows.
fn shown(statement: &Statement, calls: &Calls) -> Vec<usize> {
    if !statement.shown.is_empty() {
        return statement.shown.iter().map(|number| number - 1).collect();
    }
    let steps = || statement.steps.iter().enumerate().filter(|(_, step)| step.asserts());
    let refusal = steps().find(|(_, step)| refuses(step)).map(|(at, _)| at);
    let success = steps().find(|(_, step)| !refuses(step) && explains(step)).map(|(at, _)| at);
    // Repeating a refused request afterwards shows nothing new, nor does a read that shows that it had no effect.
    let again = |at: usize, no: usize| {
        let step = &statement.steps[at];
        at > no
            && (!is_other(step)
                || is_look(step, calls)
                || serves(&statement.steps[no], step, &mut BTreeSet::new(), calls))
    };
    let success = success.filter(|at| refusal.is_none_or(|no| !again(*at, no)));
    let found: BTreeSet<usize> = refusal.into_iter().chain(success).collect();
    if !found.is_empty() {
        return found.into_iter().collect();
    }
    let last = statement.steps.iter().rposition(|step| calls.complete(step).asserts());
    last.into_iter().collect()
}

/// Whether the expected reply has more than the fact of success.
fn explains(step: &Step) -> bool {
    let more = |reply: &Value| {
        parts(reply).iter().any(|(path, _)| !["status", "hasError", "errorCode"].contains(&path.as_str()))
    };
    let success = step.reply.as_ref().is_some_and(more);
    success || step.text.is_some() || !step.contains.is_empty() || !step.header.is_empty() || step.sms.is_some()
}

/// Whether a request differs from its call.
fn is_other(step: &Step) -> bool {
    let maps = [&step.query, &step.headers, &step.body, &step.form].iter().any(|map| !map.is_empty());
    maps || step.path.is_some() || step.method.is_some() || step.raw.is_some() || step.token.is_some()
}

fn refuses(step: &Step) -> bool {
    let status = step.status.as_ref().and_then(Value::as_u64).is_some_and(|status| status >= 400);
    let reply = step.reply.as_ref().is_some_and(|reply| {
        let code = reply["errorCode"].as_i64().is_some_and(|code| code != 0);
        let failed = reply["status"] == 0 || reply["status"] == "FAILED" || reply["result"]["chargeState"] == "FAILED";
        code || failed || reply["hasError"] == true || reply.get("error").is_some_and(Value::is_object)
    });
    status || reply
}

/// "after …: ", and the time if it is not `ELEVEN`.
fn setup(statement: &Statement, at: usize, calls: &Calls) -> String {
    let (needed, clock) = needs(statement, at, calls);
    let mut told_so_far: Vec<String> = Vec::new();
    for before in &needed {
        let step = &statement.steps[*before];
        let told = rendering(step, &expanded(step), calls);
        if told_so_far.last() != Some(&told) {
            told_so_far.push(told);
        }
    }
    let after = if told_so_far.is_empty() { String::new() } else { format!("after {}: ", told_so_far.join("; ")) };
    format!("{after}{}", clock.map(|clock| time(&[clock])).unwrap_or_default())
}

/// The steps that a step needs before it, and the clock setting of the omitted steps, if one of them sets or advances the clock.
fn needs(statement: &Statement, at: usize, calls: &Calls) -> (BTreeSet<usize>, Option<String>) {
    let mut needed: BTreeSet<usize> = BTreeSet::new();
    let mut wanting = vec![at];
    while let Some(next) = wanting.pop() {
        let mut had = BTreeSet::new();
        for (before, step) in statement.steps.iter().enumerate().take(next).rev() {
            if serves(step, &statement.steps[next], &mut had, calls) && needed.insert(before) {
                wanting.push(before);
            }
        }
    }
    let moved =
        statement.steps[..at].iter().enumerate().rev().find_map(|(before, step)| Some((before, step.clock.as_ref()?)));
    let clock = moved.filter(|(before, _)| !needed.contains(before) && statement.steps[at].clock.is_none());
    let clock = clock.map(|(before, clock)| {
        expanded(&statement.steps[before]).pop().and_then(|step| step.clock).unwrap_or_else(|| clock.clone())
    });
    (needed, clock)
}

/// For each line of an entry, an entry with only the steps that the line names.
pub fn lines_alone(statement: &Statement, calls: &Calls) -> Vec<Statement> {
    let shown = if statement.see.is_empty() { shown(statement, calls) } else { Vec::new() };
    let alone = |at: usize| {
        let (needed, clock) = needs(statement, at, calls);
        let mut steps: Vec<Step> = needed.into_iter().map(|before| statement.steps[before].clone()).collect();
        let step = statement.steps[at].clone();
        steps.push(Step { clock: step.clock.clone().or(clock), ..step });
        Statement {
            id: statement.id.clone(),
            says: statement.says.clone(),
            server: statement.server.clone(),
            steps,
            held_by: Vec::new(),
            deviation: None,
            shown: Vec::new(),
            see: Vec::new(),
        }
    };
    shown.into_iter().map(alone).collect()
}

/// Whether a later step needs a step: a capture that no step between them has (`had`), its trackId, the deposit that it opens. A step that serves no
/// other purpose is needed in any case.
fn serves(step: &Step, other: &Step, had: &mut BTreeSet<String>, calls: &Calls) -> bool {
    // A request of another kind that changes something and is not refused.
    let same_call = step.call.is_some() && step.call == other.call;
    let looks = is_look(step, calls);
    let sets_up = !step.asserts() || !same_call && !refuses(step) && !looks;
    let opened = step.body.get("number").and_then(Value::as_str).map(str::to_owned);
    let own: Vec<String> = expanded(&calls.complete(step))
        .iter()
        .filter_map(|step| step.query.get("trackId").map(plain))
        .filter(|id| !id.contains("{{"))
        .collect();
    // The text of the step and of the calls that precede it.
    let text: String = calls
        .all(&Step { each: Vec::new(), ..other.clone() })
        .iter()
        .map(|step| {
            format!(
                "{:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?}",
                step.path,
                step.query,
                step.headers,
                step.token,
                step.body,
                step.form,
                step.raw,
                step.reply,
                step.header
            )
        })
        .collect();
    let text = format!("{text} {:?}", other.each);
    let step = &calls.complete(step);
    let names: Vec<&str> =
        step.capture.keys().map(String::as_str).chain(step.sms.as_ref().and_then(|sms| sms["as"].as_str())).collect();
    let mut named = false;
    for name in &names {
        let uses = text.contains(&format!("{{{{{name}}}}}"))
            || text.contains(&format!("{{{{{name}_"))
            || other.token.as_deref() == Some(name);
        named |= uses && had.insert((*name).to_owned());
    }
    let tracked = !looks && own.iter().any(|id| text.contains(&format!("\"{id}\"")));
    match opened {
        Some(number) if sets_up => text.contains(&number),
        _ => named || tracked || sets_up && names.is_empty(),
    }
}

/// Whether a request only reads, by any method.
fn is_look(step: &Step, calls: &Calls) -> bool {
    let step = calls.complete(step);
    if step.method.as_deref().is_none_or(|method| method == "GET") {
        return true;
    }
    let product = step.form.get("scProductId").and_then(Value::as_str).unwrap_or_default();
    ["29813", "34990", "34991"].contains(&product)
        || step.path.is_some_and(|path| path.to_lowercase().contains("inquiry"))
}

/// The step with `ECHO` in its expected reply, where the reply repeats the list's value from the request.
fn echoed(step: &Step) -> Step {
    let sent = format!("{:?} {:?} {:?} {:?} {:?}", step.path, step.query, step.body, step.form, step.raw);
    fn walk(value: &Value, sent: &str) -> Value {
        match value {
            Value::String(text) if text.starts_with("{{each") && sent.contains(text.as_str()) => ECHO.into(),
            Value::Array(rows) => rows.iter().map(|row| walk(row, sent)).collect(),
            Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), walk(value, sent))).collect(),
            other => other.clone(),
        }
    }
    Step { reply: step.reply.as_ref().map(|reply| walk(reply, &sent)), ..step.clone() }
}

fn expanded(step: &Step) -> Vec<Step> {
    step.clone().for_each()
}

/// A request in short: its call, and the differences from it.
fn rendering(step: &Step, same: &[Step], calls: &Calls) -> String {
    let call = step.call.as_ref().map(|name| calls.complete(&calls.0[name]));
    let values = |of: &dyn Fn(&Step) -> Option<String>| {
        let mut found: Vec<String> = Vec::new();
        for value in same.iter().map(|step| of(step).unwrap_or_else(|| NONE.to_owned())) {
            if !found.contains(&value) {
                found.push(value);
            }
        }
        found
    };
    let mut text = String::new();
    if step.clock.is_some() {
        text.push_str(&time(&values(&|step| step.clock.clone())));
    }
    let path = step.path.as_ref().map(|_| listed(values(&|step| step.path.as_deref().map(variables)), code));
    let method = step.method.as_ref().map(|_| listed(values(&|step| step.method.clone()), code));
    match (&step.call, path) {
        (Some(name), None) => {
            text.push_str(&code(name));
            if let Some(method) = method {
                text.push_str(&format!(" by {method}"));
            }
        }
        (Some(name), Some(path)) => {
            let by = method.map(|method| format!(" by {method}")).unwrap_or_default();
            text.push_str(&format!("{} at {path}{by}", code(name)));
        }
        (None, path) => {
            text.push_str(&format!("{} {}", method.unwrap_or_else(|| "`GET`".to_owned()), path.unwrap_or_default()));
        }
    }
    let mut with = Vec::new();
    let mut without = Vec::new();
    if step.token.is_some() && !step.headers.contains_key("authorization") {
        let token =
            |step: &Step| step.token.as_ref().filter(|name| *name != "operator").map(|name| format!("token ${name}"));
        with.extend(values(&token).into_iter().filter(|token| token != NONE).map(|token| code(&token)));
    }
    type Part = fn(&Step) -> &Map<String, Value>;
    let maps: [(Part, &str); 4] =
        [(|step| &step.query, "="), (|step| &step.headers, ": "), (|step| &step.body, "="), (|step| &step.form, "=")];
    for (map, sign) in maps {
        for name in map(step).keys() {
            let other = call.as_ref().and_then(|call| map(call).get(name));
            let of = |step: &Step| map(step).get(name).map(|value| variables(&typed(value, other)));
            let found = values(&of);
            if found.iter().any(|value| value == NONE) {
                without.push(code(name));
            }
            let mut found: Vec<String> = found.into_iter().filter(|value| value != NONE).collect();
            if let Some(first) = found.first_mut() {
                *first = format!("{name}{sign}{first}");
                with.push(listed(found, |value| code(&value.replace(NULL, "null"))));
            }
        }
    }
    if step.raw.is_some() {
        let base = call.as_ref().map(|call| call.body.clone()).unwrap_or_default();
        let bodies = values(&|step| step.raw.as_ref().map(|raw| variables(&raw.replace('\n', " "))));
        match bodies.iter().map(|body| changed(body, &base)).collect::<Option<Vec<_>>>() {
            Some(all) if !base.is_empty() => {
                let names: BTreeSet<&String> = all.iter().flat_map(|(more, _)| more.keys()).collect();
                for name in names {
                    let mut found: Vec<String> =
                        all.iter().filter_map(|(more, _)| more.get(name)).map(Value::to_string).collect();
                    found.dedup();
                    found[0] = format!("{name}={}", found[0]);
                    with.push(listed(found, code));
                }
                let less: BTreeSet<&String> = all.iter().flat_map(|(_, less)| less).collect();
                without.extend(less.into_iter().map(|name| code(name)));
            }
            _ => with.push(format!(
                "the body {}",
                listed(bodies, |body| if body.is_empty() { "of no bytes".into() } else { code(&cut(body)) })
            )),
        }
    }
    if !with.is_empty() {
        text.push_str(&format!(" with {}", with.join(", ")));
    }
    if !without.is_empty() {
        let or = match (with.is_empty(), same.len()) {
            (true, _) => "",
            (false, 1) => ",",
            _ => ", or",
        };
        text.push_str(&format!("{or} without {}", without.join(", ")));
    }
    if step.capture.values().any(|place| place != NONE) {
        let kept: Vec<String> = step
            .capture
            .iter()
            .filter(|(_, place)| *place != NONE)
            .map(|(name, place)| format!("`${name}` is {}", source(place)))
            .collect();
        text.push_str(&format!(" ({})", kept.join(", ")));
    }
    text
}

/// A value, with its type if the call's value has another type.
fn typed(value: &Value, other: Option<&Value>) -> String {
    match (value, other) {
        (Value::String(text), Some(Value::Number(_))) if text.parse::<f64>().is_ok() => format!("\"{text}\""),
        (Value::Number(number), Some(Value::String(_))) => format!("{number} (a number)"),
        (value, _) => plain(value),
    }
}

/// The fields of a JSON body that differ from the call's, and those that it lacks.
fn changed(body: &str, base: &Map<String, Value>) -> Option<(Map<String, Value>, Vec<String>)> {
    let body: Value = serde_json::from_str(body).ok()?;
    let mut fields = body.as_object()?.clone();
    let less = base.keys().filter(|name| !fields.contains_key(*name)).cloned().collect();
    fields
        .retain(|name, value| base.get(name).is_none_or(|other| variables(&other.to_string()).ne(&value.to_string())));
    Some((fields, less))
}

fn time(clocks: &[String]) -> String {
    let moved = if clocks.iter().any(|clock| clock.starts_with('P')) { "moved on by" } else { "at" };
    format!("clock {moved} {}, ", listed(clocks.to_vec(), code))
}

fn listed(values: Vec<String>, rendered: impl Fn(&str) -> String) -> String {
    let more = if values.len() > LISTED { ", …" } else { "" };
    let first: Vec<String> = values.iter().take(LISTED).map(|value| rendered(value)).collect();
    format!("{}{more}", first.join(", "))
}

// Replies.

/// The status, and the parts of the reply that the step checks.
fn reply(step: &Step, calls: &Calls) -> String {
    let own = step.asserts();
    let step = if own { step.clone() } else { calls.complete(step) };
    let whole = calls.complete(&step);
    let mut found = vec![plain(whole.status.as_ref().unwrap_or(&Value::from(200)))];
    if let Some(reply) = &step.reply {
        let mut all = parts(reply);
        if all.len() > 1 {
            all.retain(|(path, value)| !(path == "hasError" || path == "errorCode" && value == 0));
        }
        found.extend(all.iter().take(PARTS).map(|(path, value)| part(path, value)));
    }
    for (name, value) in &step.header {
        found.push(if value == "<absent>" {
            format!("no header `{name}`")
        } else {
            code(&format!("{name}: {}", decoded(&open(&plain(value)))))
        });
    }
    if let Some(text) = &step.text {
        found.push(if text.is_empty() { "no body".to_owned() } else { code(&cut(&open(text))) });
    }
    if !step.contains.is_empty() {
        found.push(format!(
            "has {}",
            listed(step.contains.iter().map(|text| open(text)).collect(), |text| code(&cut(text)))
        ));
    }
    if !step.lacks.is_empty() {
        found.push(format!(
            "lacks {}",
            listed(step.lacks.iter().map(|text| open(text)).collect(), |text| code(&cut(text)))
        ));
    }
    if let Some(sms) = &step.sms {
        let text = sms["text"].as_str().map(|text| format!(": {}", code(&cut(&open(&text.replace('\n', " / "))))));
        let text = text.or_else(|| Some(format!(" that has {}", code(&variables(sms["regex"].as_str()?)))));
        found.push(format!("an SMS to {}{}", plain(&sms["to"]), text.unwrap_or_default()));
    }
    found.join(", ")
}

/// A return address with its error decoded; other texts are unchanged.
fn decoded(text: &str) -> String {
    let Some((before, error)) = text.split_once("errorResult=") else { return text.to_owned() };
    let mut bytes = Vec::new();
    let mut rest = error.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let pair = after.get(..2).and_then(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok());
        match (first, pair) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    format!("{before}errorResult={} (percent-encoded)", String::from_utf8_lossy(&bytes))
}

fn part(path: &str, value: &Value) -> String {
    match value.as_str() {
        Some("<absent>") => format!("no `{path}`"),
        Some(ECHO) => format!("`{path}` as sent"),
        Some(text) if text.trim().is_empty() => format!("`{path}` blank"),
        Some("<any>" | "<str>" | "<int>" | "<ms>") => code(path),
        Some(text) => code(&format!("{path}: {}", cut(&open(text)))),
        None => code(&format!("{path}: {value}")),
    }
}

/// The leaves of a reply, each with its path.
fn parts(reply: &Value) -> Vec<(String, Value)> {
    fn walk(path: &str, value: &Value, found: &mut Vec<(String, Value)>) {
        let under = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
        match value {
            Value::Object(fields) if !fields.is_empty() => {
                fields.iter().for_each(|(name, value)| walk(&under(name), value, found));
            }
            Value::Array(rows) if !rows.is_empty() => {
                rows.iter().enumerate().for_each(|(at, row)| walk(&format!("{path}[{at}]"), row, found));
            }
            Value::String(text) if text == NULL => found.push((path.to_owned(), Value::Null)),
            value => found.push((path.to_owned(), value.clone())),
        }
    }
    let mut found = Vec::new();
    walk("", reply, &mut found);
    found
}

/// A text with `…` for its patterns, and variables for placeholders.
fn open(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('<') {
        out.push_str(before);
        let pattern = after.split_once('>').filter(|(name, _)| {
            let kind = name.trim_end_matches(|c: char| c.is_ascii_digit());
            ["any", "str", "int", "ms", "digits", "alnum", "hex", "uuid", "jwt"].contains(&kind)
        });
        match pattern {
            Some((_, after)) => {
                out.push('…');
                rest = after;
            }
            None => {
                out.push('<');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    variables(&out)
}

fn cut(text: &str) -> String {
    if text.chars().count() <= CUT {
        text.to_owned()
    } else {
        format!("{}…", text.chars().take(CUT).collect::<String>())
    }
}

/// The text as Markdown code, whatever it contains.
fn code(text: &str) -> String {
    if text.contains('`') { format!("`` {text} ``") } else { format!("`{text}`") }
}

/// The text as one cell of a table: one line, with escaped bars.
fn cell(text: &str) -> String {
    text.replace('\n', " ").replace('|', "\\|")
}
