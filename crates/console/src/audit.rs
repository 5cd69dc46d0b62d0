//! `/console/audit`: who did what and what was refused, and the hash chains that show changes of the past.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, header};
use axum::response::Response;
use engine::ChainHead;
use payments::{AuditLine, Chain, Role};

use super::lists;
use super::refusals::{self, label, translated};
use super::view::{Cell, Part, Tone};
use super::visit::Visit;
use admin::App;
use admin::chains::ChainBody;
use admin::lists::AUDIT;
use web::{Lang, Words, private};

pub async fn show(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let (parts, _) = request.into_parts();
    let visit = Visit::open(app, &parts, Role::Viewer).await?;
    let (w, lang) = (visit.w(), visit.lang());
    let mut shown = lists::shown(&visit, &AUDIT).await?;
    let row = |line: &AuditLine| {
        vec![
            Cell::at(lang.instant(line.at_ms)),
            Cell::text(&line.by),
            Cell::text(action(&line.action, lang)),
            Cell::code(&line.subject),
            Cell::text(detail(line, w)),
        ]
    };
    let table = Part::Table {
        title: w.audit.to_owned(),
        heads: [w.at, w.by, w.what, w.subject, w.note].map(str::to_owned).into(),
        rows: std::mem::take(&mut shown.rows).iter().map(row).collect(),
        empty: shown.empty.clone(),
    };
    let mut parts = shown.around([table]);
    parts.extend(chains(&visit).await?);
    Ok(visit.page(w.audit, parts))
}

/// The heads of the hash chains.
async fn chains(visit: &Visit) -> Result<Vec<Part>, Response> {
    let (w, lang) = (visit.w(), visit.lang());
    let heads = visit.app().engine.chain_heads().await.map_err(|error| visit.unread(error))?;
    let row = |ChainHead { chain, head, unsealed }: &ChainHead| {
        let name = match chain {
            Chain::Audit => w.audit,
            Chain::Ledger => w.chain_ledger,
        };
        let (place, at, hash) = match head {
            Some(head) => (head.key.number, lang.instant(head.at_ms), hex(&head.hash)),
            None => (0, "—".to_owned(), w.chain_none.to_owned()),
        };
        vec![
            Cell::text(name),
            Cell::code(lang.digits(place)),
            Cell::code(at),
            Cell::Long(hash),
            Cell::code(lang.digits(unsealed)),
        ]
    };
    let table = Part::Table {
        title: w.chains.to_owned(),
        heads: [w.chain, w.chain_link, w.at, w.chain_hash, w.chain_unsealed].map(str::to_owned).into(),
        rows: heads.iter().map(row).collect(),
        empty: String::new(),
    };
    let links = Part::Links(vec![(w.chain_download.to_owned(), "/console/audit/heads".to_owned())]);
    let mut parts = vec![table, Part::Text(w.chains_help.to_owned()), links];
    if let Some(fault) = visit.app().engine.chain_fault() {
        parts.insert(0, Part::Notice(format!("{}: {fault}", w.chain_broken), Tone::Bad));
    }
    Ok(parts)
}

fn hex(hash: &[u8; 32]) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The heads of the hash chains as a file, which `daric verify --heads` takes.
pub async fn heads(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let (parts, _) = request.into_parts();
    let visit = Visit::open(app, &parts, Role::Viewer).await?;
    let found = visit.app().engine.chain_heads().await.map_err(|error| visit.unread(error))?;
    let body: Vec<_> = found.iter().map(ChainBody::from).collect();
    let body =
        serde_json::to_string(&body).map_err(|error| visit.failed(&engine::Error::Unavailable(error.to_string())))?;
    Ok(file(body, "application/json", "daric-heads.json"))
}

fn file(body: String, kind: &'static str, name: &'static str) -> Response {
    let mut response = Response::new(Body::from(body));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    private(headers);
    response
}

/// An audit action in the reader's language; the API shows it as stored. What is refused or decided may itself be a proposal: `refused propose …`.
pub fn action(kept: &str, lang: Lang) -> String {
    if lang == Lang::En {
        return kept.to_owned();
    }
    let (mut said, mut rest) = (String::new(), kept);
    loop {
        if let Some((_, name)) = ACTIONS.iter().find(|(known, _)| *known == rest) {
            return format!("{said}{name}");
        }
        let begun = PREFIXES.iter().find_map(|(prefix, name)| Some((rest.strip_prefix(*prefix)?, *name)));
        let Some((behind, name)) = begun else { return format!("{said}{rest}") };
        said.push_str(name);
        rest = behind;
    }
}

/// What may stand before an action, and the same in Persian.
const PREFIXES: [(&str, &str); 4] =
    [("refused ", "پذیرفته نشد: "), ("propose ", "پیشنهاد: "), ("approve ", "تأیید: "), ("reject ", "رد: ")];

/// Before the names of the fields that a change has changed.
const CHANGED: &str = "changed: ";

/// The detail of a line in the reader's language; the API shows it as stored. A reason that an operator gave stays as it was written.
pub fn detail(line: &AuditLine, w: &Words) -> String {
    let stored: &str = &line.detail;
    if w.lang == Lang::En {
        return stored.to_owned();
    }
    if line.action.starts_with("refused ")
        && let Some(why) = refusals::stored(stored, w)
    {
        return why;
    }
    let (said, changed) = match stored.rsplit_once(CHANGED) {
        Some((said, names)) if said.is_empty() || said.ends_with("; ") => {
            (said.strip_suffix("; ").unwrap_or(said), Some(names))
        }
        _ => (stored, None),
    };
    let said = match (in_persian(said), said.split_once(": ")) {
        (Some(known), _) => known,
        (None, Some((begun, reason))) => match in_persian(begun) {
            Some(known) => format!("{known}: {reason}"),
            None => said.to_owned(),
        },
        (None, None) => said.to_owned(),
    };
    let Some(changed) = changed else { return said };
    let named = |name| match name {
        "name" if &*line.action == "look" => w.look_name,
        name => label(name, w).unwrap_or(name),
    };
    let names: Vec<&str> = changed.split(", ").map(named).collect();
    let begun = if said.is_empty() { String::new() } else { format!("{said}؛ ") };
    format!("{begun}{}: {}", w.audit_changed, names.join("، "))
}

/// A detail of which all parts are known.
fn in_persian(text: &str) -> Option<String> {
    let parts: Option<Vec<String>> = text.split(", ").map(|part| translated(DETAILS, part)).collect();
    parts.map(|parts| parts.join("، "))
}

/// Details of audit lines as stored, and the same in Persian. Values have `{}` in their place.
const DETAILS: &[(&str, &str)] = &[
    ("all that is left", "همهٔ مانده"),
    ("{} rials to {}", "{} ریال به {}"),
    ("{} rials", "{} ریال"),
    ("{} days", "{} روز"),
    ("{} entries", "{} مورد"),
    ("{} more within a minute", "{} بار دیگر در یک دقیقه"),
    ("{} of further callers within a minute", "{} بار از فراخوانان دیگر در یک دقیقه"),
    ("the world of line {}", "دنیای سطر {}"),
    ("apart from {}", "جدا از {}"),
    ("acquirer of {}", "پذیرندهٔ کارت‌خوان، برای {}"),
    ("viewer of {}", "بیننده، برای {}"),
    ("operator of {}", "اپراتور، برای {}"),
    ("admin of {}", "مدیر، برای {}"),
    ("acquirer disabled", "پذیرندهٔ کارت‌خوان، غیرفعال"),
    ("viewer disabled", "بیننده، غیرفعال"),
    ("operator disabled", "اپراتور، غیرفعال"),
    ("admin disabled", "مدیر، غیرفعال"),
    ("acquirer", "پذیرندهٔ کارت‌خوان"),
    ("viewer", "بیننده"),
    ("operator", "اپراتور"),
    ("admin", "مدیر"),
    ("password set", "با رمز تازه"),
    ("client credentials", "اعتبارنامهٔ برنامه"),
    ("code of an SMS", "کد پیامک"),
    ("deposits: {}", "سپرده‌ها: {}"),
    ("enrolled", "راه‌اندازی"),
    ("code", "با کد"),
    ("recovery code", "با کد بازیابی"),
    ("wrong code", "کد نادرست"),
    ("no such name", "چنین نامی نیست"),
    ("done", "انجام شد"),
    ("failed", "انجام نشد"),
    ("on", "روشن"),
    ("off", "خاموش"),
    ("active", "فعال"),
    ("inactive", "غیرفعال"),
    ("disabled", "غیرفعال"),
    ("unlock", "باز کردن قفل"),
    ("given", "داده شد"),
    ("revoked", "لغو شد"),
    ("armed", "فعال شد"),
    ("disarmed", "برداشته شد"),
    ("by a token", "با توکن"),
    ("first time today", "نخستین بار امروز"),
    ("Open", "باز"),
    ("NoDebits", "بدون برداشت"),
    ("NoCredits", "بدون واریز"),
    ("Closed", "بسته"),
    ("gate Open", "دسترسی باز"),
    ("gate NoDebits", "دسترسی بدون برداشت"),
    ("gate NoCredits", "دسترسی بدون واریز"),
    ("gate Closed", "دسترسی بسته"),
];

/// Audit actions as stored, and their names in Persian.
const ACTIONS: &[(&str, &str)] = &[
    ("client", "برنامه"),
    ("deposit", "سپرده"),
    ("card", "کارت"),
    ("bank user", "کاربر بانک"),
    ("gate", "دسترسی حساب"),
    ("hold", "نگه‌داشتن مبلغ"),
    ("release hold", "آزادسازی مبلغ نگه‌داشته"),
    ("day close", "پایان روز بانک‌ها"),
    ("terminal", "پایانه"),
    ("payer card", "کارت پرداخت"),
    ("resolve", "تعیین تکلیف سفارش"),
    ("return", "برگشت سفارش"),
    ("sms", "پیامک"),
    ("resend", "ارسال دوباره"),
    ("party", "کاربر یا کسب‌وکار"),
    ("token", "توکن"),
    ("wallet", "شارژ کیف پول"),
    ("credit", "اعتبار"),
    ("voucher", "کد تخفیف"),
    ("pos terminal", "کارت‌خوان"),
    ("pos payment", "پرداخت کارت‌خوان"),
    ("operator", "اپراتور"),
    ("confirm operator", "تأیید مستقل بودن اپراتور"),
    ("api token", "توکن مدیریت"),
    ("revoke api token", "لغو توکن مدیریت"),
    ("call", "فراخوانی"),
    ("second factor", "عامل دوم"),
    ("reset second factor", "برداشتن عامل دوم"),
    ("password", "گذرواژه درست"),
    ("sign in", "ورود"),
    ("sign-in refused", "ورود ناموفق"),
    ("sign out", "خروج"),
    ("page", "صفحه"),
    ("release suspense", "آزادسازی از حساب معلق"),
    ("fault", "خطای ساختگی"),
    ("clock", "ساعت"),
    ("reset", "شروع دوباره"),
    ("retry job", "اجرای دوباره کار رهاشده"),
    ("close job", "بستن کار رهاشده"),
    ("other", "دیگر"),
    ("token used", "کاربرد توکن"),
    ("resolve card payment", "تعیین تکلیف پرداخت کارتی"),
    ("world", "افزودن به دنیا"),
    ("refund invoice", "بازگرداندن پول فاکتور"),
    ("refund telephone", "بازگرداندن پرداخت تلفنی"),
    ("cancel invoice", "لغو فاکتور"),
    ("export", "خروجی گرفتن"),
    ("look", "ظاهر فروشگاه"),
    ("scenario", "سناریو"),
    ("save snapshot", "ذخیرهٔ نسخهٔ دنیا"),
    ("load snapshot", "بازگشت به نسخهٔ دنیا"),
    ("drop snapshot", "حذف نسخهٔ دنیا"),
    ("approve", "تأیید پیشنهاد"),
    ("refusals", "پذیرفته‌نشده‌ها"),
];

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]
mod tests {
    use std::fs;
    use std::path::Path;

    use payments::{AuditId, Text};

    use super::*;

    /// Before the names of actions in the source.
    const MARKS: [&str; 6] = [
        "AuditEntry::new(\"",
        "write_audit_line(\"",
        "run_with_line(\"",
        "write_refusal(Proof::None, \"",
        "write_refusal(Proof::Authenticated, \"",
        "action: \"",
    ];

    fn sources(folder: &Path, found: &mut Vec<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(fs::read_to_string(path).unwrap());
            }
        }
    }

    #[test]
    fn every_action_that_the_code_writes_has_a_name_in_persian() {
        let mut texts = Vec::new();
        for part in ["admin", "console", "engine", "payments"] {
            sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(part).join("src"), &mut texts);
        }
        let mut names = Vec::new();
        for text in &texts {
            for mark in MARKS {
                let behind = text.split(mark).skip(1);
                names.extend(behind.filter_map(|rest| rest.split_once('"')).map(|(name, _)| name));
            }
        }
        // A form's `action` is a path.
        names.retain(|name| !name.starts_with('/'));
        assert!(names.len() > 40, "{names:?}");
        for name in names {
            let shown = action(name, Lang::Fa);
            assert!(!shown.chars().any(|c| c.is_ascii_alphabetic()), "{name}: {shown}");
        }
    }

    #[test]
    fn what_stands_before_an_action_is_read_to_the_action_itself() {
        for (kept, expected) in [
            ("refund telephone", "بازگرداندن پرداخت تلفنی"),
            ("propose refund telephone", "پیشنهاد: بازگرداندن پرداخت تلفنی"),
            ("refused propose refund invoice", "پذیرفته نشد: پیشنهاد: بازگرداندن پول فاکتور"),
            ("refused approve", "پذیرفته نشد: تأیید پیشنهاد"),
            ("refused close job", "پذیرفته نشد: بستن کار رهاشده"),
            ("refusals", "پذیرفته‌نشده‌ها"),
            ("something new", "something new"),
        ] {
            assert_eq!(action(kept, Lang::Fa), expected, "{kept}");
            assert_eq!(action(kept, Lang::En), kept);
        }
    }

    #[test]
    fn a_detail_is_in_persian_besides_the_reason_that_an_operator_gave() {
        for (action, detail, expected) in [
            ("refund invoice", "30000 rials", "۳۰۰۰۰ ریال"),
            ("propose refund telephone", "all that is left: tel", "همهٔ مانده: tel"),
            ("look", "changed: logo, name", "تغییرکرده: نشان، نام برای پرداخت‌کنندگان"),
            ("gate", "NoDebits: court order", "بدون برداشت: court order"),
            ("client", "disabled; changed: scopes", "غیرفعال؛ تغییرکرده: دامنه‌ها"),
            ("operator", "viewer disabled, password set", "بیننده، غیرفعال، با رمز تازه"),
            ("refused approve resolve", "another operator has to agree", "اپراتور دیگری باید تأیید کند."),
            ("refused page", "the role viewer does not do this", "نقش بیننده این کار را نمی‌کند."),
            ("close job", "seen by us", "seen by us"),
            ("token", "", ""),
        ] {
            let [by, action, subject, detail] = ["a", action, "1", detail].map(Text::from);
            let line = AuditLine { id: AuditId(1), at_ms: 1, by, action, subject, detail };
            assert_eq!(super::detail(&line, Lang::Fa.words()), expected, "{}", line.detail);
            assert_eq!(super::detail(&line, Lang::En.words()), &*line.detail);
        }
    }
}
