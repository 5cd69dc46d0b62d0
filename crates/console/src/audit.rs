//! `/console/audit`: who did what and what was refused, and the hash chains that show changes of the past.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, header};
use axum::response::Response;
use engine::ChainHead;
use payments::{AuditLine, Chain, Role};

use super::lists;
use super::view::{Cell, Part, Tone};
use super::visit::Visit;
use admin::App;
use admin::chains::ChainBody;
use admin::lists::AUDIT;
use web::{Lang, private};

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
            Cell::text(&line.detail),
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

/// An audit action in the reader's language; the API shows it as stored.
pub fn action(kept: &str, lang: Lang) -> String {
    if lang == Lang::En {
        return kept.to_owned();
    }
    let (prefix, what) = match kept.split_once(' ') {
        Some(("propose", what)) => ("پیشنهاد: ", what),
        Some(("approve", what)) => ("تأیید: ", what),
        Some(("reject", what)) => ("رد: ", what),
        Some(("refused", what)) => ("پذیرفته نشد: ", what),
        None if kept == "refusals" => ("پذیرفته نشد", ""),
        _ => ("", kept),
    };
    let known = ACTIONS.iter().find(|(known, _)| *known == what);
    format!("{prefix}{}", known.map_or(what, |(_, name)| name))
}

/// Audit actions as stored, and their names in Persian.
const ACTIONS: [(&str, &str); 47] = [
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
];
