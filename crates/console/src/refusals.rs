//! Refusals of the operator API in the reader's language.
//!
//! Shape: a refusal's message, in English → the text for the reader, with the label of the field that is meant. Messages with a value have `{}` in its
//! place.
//! Absent: which refusal it is. Commands and the operator API decide that.

use axum::response::Response;

use admin::reply::Problem;
use web::{Lang, Words};

/// Messages of the operator API, and the same in Persian.
const PERSIAN: &[(&str, &str)] = &[
    ("no such path or row", "چنین ردیفی وجود ندارد."),
    ("nothing is left to refund", "چیزی برای بازگرداندن نمانده است."),
    ("at most {} rials are left to refund", "حداکثر {} ریال برای بازگرداندن مانده است."),
    ("1 or more, in rials", "یک ریال یا بیشتر بنویسید."),
    ("the invoice is canceled: what was paid has gone back", "فاکتور لغو شده و پول آن برگشته است."),
    (
        "nothing was paid for the invoice: cancel it instead",
        "برای این فاکتور پولی پرداخت نشده است؛ به جای آن لغوش کنید.",
    ),
    (
        "its card payment is not decided yet: resolve that first",
        "پرداخت کارت آن هنوز نامعلوم است؛ اول تکلیف آن را روشن کنید.",
    ),
    ("the money of the invoice pays another one by a set-off", "پول این فاکتور با تهاتر فاکتور دیگری را می‌پردازد."),
    (
        "the business has withdrawn the money: its account does not cover this much",
        "کسب‌وکار پول را برداشت کرده است؛ حساب آن این مبلغ را ندارد.",
    ),
    (
        "the ledger does not allow it: look at the accounts of the parties",
        "دفتر کل آن را نپذیرفت؛ حساب‌های دو طرف را ببینید.",
    ),
    ("the invoice is canceled or closed already", "فاکتور پیش‌تر لغو یا بسته شده است."),
    ("the invoice is paid: refund it instead", "فاکتور پرداخت شده است؛ به جای لغو، پول آن را بازگردانید."),
    ("a payer is in the card step until {}", "پرداخت‌کننده‌ای تا {} در مرحلهٔ کارت است."),
    ("the order is not paid", "این سفارش پرداخت نشده است."),
    ("the account of the merchant takes no debits: open it first", "حساب پذیرنده برداشت نمی‌پذیرد؛ اول آن را باز کنید."),
    ("the account of the card takes no credits: open it first", "حساب کارت واریز نمی‌پذیرد؛ اول آن را باز کنید."),
    ("the account of the merchant does not have this much", "حساب پذیرنده این مبلغ را ندارد."),
    ("the account does not have this much", "حساب این مبلغ را ندارد."),
    ("the bank's accounts cannot hold this much", "این مبلغ در حساب‌های بانک نمی‌گنجد."),
    ("no customer's account, or it takes no credits", "حساب یک مشتری نیست، یا واریز نمی‌پذیرد."),
    ("this money was released before", "این پول پیش‌تر آزاد شده است."),
    (
        "an open proposal is about the same: decide it first",
        "پیشنهاد بازی دربارهٔ همین هست؛ اول دربارهٔ آن تصمیم بگیرید.",
    ),
    ("it is decided already", "پیش‌تر تصمیم گرفته شده است."),
    ("another operator has to agree", "اپراتور دیگری باید تأیید کند."),
    ("only an admin may do this", "این کار فقط با مدیر است."),
    ("its author may not act any more: reject it", "پیشنهاددهنده دیگر اجازهٔ این کار را ندارد؛ آن را رد کنید."),
    (
        "within 30 days one of the two set the password of the other, or a third one of both: an independent admin has to confirm the operator first",
        "در ۳۰ روز گذشته یکی از شما رمز دیگری را گذاشته است، یا نفر سومی رمز هر دو را؛ اول مدیر مستقلی باید جدا بودن شما را تأیید کند.",
    ),
    ("this number has another content: read the proposal again", "محتوای این پیشنهاد عوض شده است؛ دوباره بخوانید."),
    ("changed since it was read: {}. Read it again", "پس از خواندن شما تغییر کرده است ({})؛ دوباره بخوانید."),
    ("it has changed since it was read. Read it again", "پس از خواندن شما تغییر کرده است؛ دوباره بخوانید."),
    ("only a settled paya or a satna order can come back", "فقط پایای تسویه‌شده یا ساتنا برمی‌گردد."),
    ("its destination does not have the money, or takes no debits", "مقصد این پول را ندارد، یا برداشت نمی‌پذیرد."),
    (
        "its cycle is closed and has it: the network took it, payas lists it from the settlement on, and it cannot fail any more",
        "چرخهٔ آن بسته شده و سفارش در آن است؛ دیگر ناموفق نمی‌شود.",
    ),
    (
        "its cycle is closed and does not have it: payas shows that the network did not take it, and it cannot be done any more",
        "چرخهٔ آن بسته شده و سفارش در آن نیست؛ دیگر انجام نمی‌شود.",
    ),
    ("no paya cycle takes orders at this hour", "در این ساعت هیچ چرخهٔ پایا سفارش نمی‌پذیرد."),
    ("its paya cycle has closed meanwhile: try again", "چرخهٔ پایای آن در این میان بسته شد؛ دوباره تلاش کنید."),
    ("1 to 200 characters", "۱ تا ۲۰۰ نویسه بنویسید."),
    ("1 to 140 characters, none of them a control character", "۱ تا ۱۴۰ نویسه بنویسید."),
    ("at most 140 characters, none of them a control character", "حداکثر ۱۴۰ نویسه بنویسید."),
    ("1 to 40 characters, none of them a control character", "۱ تا ۴۰ نویسه بنویسید."),
    ("1 to 40 characters", "۱ تا ۴۰ نویسه بنویسید."),
    ("1 to 40 letters, digits, `_` or `-`", "۱ تا ۴۰ حرف لاتین، رقم، _ یا - بنویسید."),
    ("4 to 64 letters, digits, `-` and `_`", "۴ تا ۶۴ حرف لاتین، رقم، - و _ بنویسید."),
    ("{} to {} characters", "{} تا {} نویسه بنویسید."),
    ("this one is public: it is the demo world's", "این مقدار در دنیای نمایشی آمده و همه آن را می‌دانند."),
    ("1 to 999999, or left out", "۱ تا ۹۹۹٬۹۹۹، یا خالی."),
    ("user or business", "کاربر یا کسب‌وکار."),
    ("its handle", "نام لازم است."),
    ("09 and nine digits", "۰۹ و نه رقم."),
    ("a mobile number: 09 and nine digits", "شمارهٔ همراه: ۰۹ و نه رقم."),
    ("24 digits", "۲۴ رقم."),
    ("codes of {}", "کدهای صنف، از این‌ها: {}"),
    ("a national id of 10 digits", "کد ملی ده‌رقمی."),
    ("at least one national id of 10 digits", "دست‌کم یک کد ملی ده‌رقمی."),
    ("scheme and host, as in https://shop.example", "طرح و میزبان، مانند https://shop.example"),
    ("unknown scope {}", "دامنهٔ ناشناخته: {}"),
    ("0 or more", "صفر یا بیشتر."),
    ("each 0 or more", "هر یک صفر یا بیشتر."),
    ("0 to 1000000000000000", "صفر تا ۱٬۰۰۰٬۰۰۰٬۰۰۰٬۰۰۰٬۰۰۰"),
    ("0 (no limit) to 1000000000000000", "صفر (بی‌محدودیت) تا ۱٬۰۰۰٬۰۰۰٬۰۰۰٬۰۰۰٬۰۰۰"),
    ("sixteen digits", "شانزده رقم."),
    ("a Jalali month as 1408/12", "ماه جلالی، مانند ۱۴۰۸/۱۲"),
    ("the client of a float card, and of no other", "برنامهٔ کارت مادر، و فقط برای آن."),
    ("there is no client {}", "برنامه‌ای به نام {} نیست."),
    ("a hosted bank: 015, 016, 054, 062 or 069", "یکی از بانک‌های این سرویس: ۰۱۵، ۰۱۶، ۰۵۴، ۰۶۲ یا ۰۶۹"),
    (
        "5 to 30 digits, `.` or `-`, a digit first, at most 19 digits in all",
        "۵ تا ۳۰ رقم، نقطه یا خط تیره؛ اول یک رقم، و روی هم حداکثر ۱۹ رقم.",
    ),
    ("not only zeros", "نه فقط صفر."),
    ("three digits", "سه رقم."),
    ("a client of this id exists; use PUT to replace it", "برنامه‌ای با این شناسه هست."),
    ("a party of this id or name exists; use PUT to change it", "کاربر یا کسب‌وکاری با این شماره یا نام هست."),
    ("a party keeps its kind and name, and the guilds that it has", "نوع، نام و صنف‌های کنونی تغییر نمی‌کنند."),
    ("a terminal of this id exists; use PUT to change it", "پایانه‌ای با این شناسه هست."),
    ("a user of this id exists; use PUT to change the password", "کاربری با این کد ملی هست."),
    ("a card of this number exists", "کارتی با این شماره هست."),
    ("the bank has a deposit of this number", "این بانک سپرده‌ای با این شماره دارد."),
    ("the account has a balance or pending transfers", "حساب مانده یا مبلغ نگه‌داشته دارد."),
    ("only of a business", "فقط برای کسب‌وکار."),
    (
        "at most 20 addresses that begin with http:// or https://",
        "حداکثر ۲۰ نشانی که با http:// یا https:// آغاز شوند.",
    ),
    (
        "at most 20 addresses that begin with http://, https:// or an app's own scheme, without a fragment",
        "حداکثر ۲۰ نشانی با http://، https:// یا طرح خود برنامه، بی‌آنکه # داشته باشند.",
    ),
    ("1 or more", "یک یا بیشتر."),
    ("the role acquirer does not do this", "نقش پذیرندهٔ کارت‌خوان این کار را نمی‌کند."),
    ("the role viewer does not do this", "نقش بیننده این کار را نمی‌کند."),
    ("the role operator does not do this", "نقش اپراتور این کار را نمی‌کند."),
    ("the role admin does not do this", "نقش مدیر این کار را نمی‌کند."),
    (
        "an operator of the console has to decide it: a token only proposes",
        "اپراتوری در کنسول باید دربارهٔ آن تصمیم بگیرد؛ توکن فقط پیشنهاد می‌کند.",
    ),
    ("another admin has to approve it: propose it", "مدیر دیگری باید تأیید کند؛ آن را پیشنهاد کنید."),
    ("an operator of this name exists; use PUT to change it", "اپراتوری با این نام هست."),
    ("the operator does not depend on this one", "این اپراتور به آن یکی وابسته نیست."),
    ("the operator has no second factor", "این اپراتور عامل دوم ندارد."),
    ("a token of this name exists, or existed", "توکنی با این نام هست یا بوده است."),
    ("a party has this token", "یکی از کاربران این توکن را دارد."),
    ("no live token", "توکن زنده‌ای با این مقدار نیست."),
    ("this job is tried by itself", "این کار خودش دوباره اجرا می‌شود."),
    (
        "only an SMS that was given up, and has a text, can be sent again",
        "فقط پیامک رهاشده‌ای که متن دارد دوباره فرستاده می‌شود.",
    ),
    ("a terminal of this number exists; PUT /admin/v1/pos/terminals changes it", "کارت‌خوانی با این شماره هست."),
    ("this payment is known already", "این پرداخت پیش‌تر ثبت شده است."),
    ("the deposit takes no debits", "این سپرده برداشت نمی‌پذیرد."),
    ("the deposit does not have this much to hold", "این سپرده این مبلغ را ندارد."),
    ("no such hold, or it has ended", "چنین مبلغ نگه‌داشته‌ای نیست، یا پایان یافته است."),
    ("an instant to come", "زمانی در آینده."),
    ("the holder has a credit of this name", "دارنده اعتباری با این نام دارد."),
    ("the business has a voucher of this code", "کسب‌وکار بنی با این کد دارد."),
    (
        "the ledger does not book it: an account of it cannot hold the sum, or is gone",
        "دفتر کل آن را ثبت نکرد: مبلغ در یکی از حساب‌ها نمی‌گنجد، یا حساب دیگر نیست.",
    ),
    (
        "1 to 60 characters, none of them a control character or an override of the direction",
        "۱ تا ۶۰ نویسه، بی نویسهٔ کنترلی و تغییر جهت.",
    ),
    ("a web address, as https://shop.example", "نشانی وب، مانند https://shop.example"),
    (
        "a web address, mailto:help@shop.example, or tel:+982112345678",
        "نشانی وب، mailto:help@shop.example یا tel: و شمارهٔ تلفن.",
    ),
    ("a colour as #0b5f58", "رنگ، مانند ‎#rrggbb"),
    ("a file of at most 40 KiB", "فایلی تا ۴۰ کیلوبایت."),
    ("a PNG, JPEG or WebP file", "فایل PNG، JPEG یا WebP."),
    ("an image of at most 2,048 pixels on each side", "تصویری تا ۲٬۰۴۸ پیکسل در هر سو."),
    ("an image that can be read: the file is damaged", "تصویری که خوانده شود؛ فایل آسیب دیده است."),
    ("a whole number", "عدد صحیح."),
    ("it is required", "لازم است."),
    (
        "api_money_per_day: the API creates {} rials a day at most, of which {} are left",
        "سقف روزانهٔ ایجاد پول {} ریال است و {} ریال آن مانده است.",
    ),
];

/// What a refused call says to the reader; `w.not_done` if it says nothing.
pub fn explained(response: &Response, w: &Words) -> String {
    response.extensions().get::<Problem>().map_or_else(|| w.not_done.to_owned(), |problem| in_words(problem, w))
}

/// A refusal in the reader's language.
pub fn in_words(problem: &Problem, w: &Words) -> String {
    labelled(problem, w, |field| label(field, w))
}

/// The same, where fields have labels of their own.
pub fn labelled<'l>(problem: &Problem, w: &Words, label: impl Fn(&str) -> Option<&'l str>) -> String {
    if problem.field() == Some("body") {
        return in_form(problem.message(), w);
    }
    let message = match w.lang {
        Lang::En => problem.message().to_owned(),
        Lang::Fa => persian(problem.message()).unwrap_or_else(|| format!("{} ({})", w.not_done, problem.message())),
    };
    match problem.field().and_then(label) {
        Some(label) => format!("{label}: {message}"),
        None => message,
    }
}

/// The detail of an audit line about a refusal, in Persian; `None`: it is none that the operator API gives.
pub fn stored(detail: &str, w: &Words) -> Option<String> {
    let with_field = || {
        let (field, message) = detail.split_once(": ")?;
        let field = label(field, w).unwrap_or(field);
        Some(format!("{field}: {}", persian(message)?))
    };
    persian(detail).or_else(with_field)
}

/// What a form lacks, or that it cannot be read: the operator API reads it as JSON, whose errors have places and no labels.
fn in_form(message: &str, w: &Words) -> String {
    let missing = message.strip_prefix("missing field `").and_then(|rest| rest.split_once('`'));
    let Some((field, _)) = missing else { return w.form_unread.to_owned() };
    let label = if field == "id" { Some(w.client_id) } else { label(field, w) };
    format!("{}: {}", label.unwrap_or(field), w.field_needed)
}

fn persian(message: &str) -> Option<String> {
    translated(PERSIAN, message)
}

/// A text in Persian by a table of patterns.
pub fn translated(table: &[(&str, &str)], message: &str) -> Option<String> {
    table.iter().find_map(|(pattern, text)| {
        let values = values_of(pattern, message)?;
        let mut values = values.into_iter().map(|value| Lang::Fa.digits(value));
        let mut parts = text.split("{}");
        let first = parts.next().unwrap_or_default().to_owned();
        Some(parts.fold(first, |text, part| format!("{text}{}{part}", values.next().unwrap_or_default())))
    })
}

/// The values in the places of a pattern; `None`: the message is another one.
fn values_of<'m>(pattern: &str, message: &'m str) -> Option<Vec<&'m str>> {
    let mut fixed = pattern.split("{}");
    let mut rest = message.strip_prefix(fixed.next()?)?;
    let mut values = Vec::new();
    let mut fixed = fixed.peekable();
    while let Some(part) = fixed.next() {
        let is_last = fixed.peek().is_none();
        let (value, behind) = match is_last {
            true => (rest.strip_suffix(part)?, ""),
            false => rest.split_once(part)?,
        };
        values.push(value);
        rest = behind;
    }
    rest.is_empty().then_some(values)
}

/// The label of a field; `None`: it is none that a reader sees.
pub fn label(field: &str, w: &Words) -> Option<&'static str> {
    Some(match field.rsplit('.').next().unwrap_or(field) {
        "amount" => w.amount,
        "reason" => w.reason,
        "name" => w.user_name,
        "mobile" => w.mobile,
        "password" => w.password,
        "guilds" => w.guilds,
        "sheba" => w.sheba,
        "redirectUris" => w.redirect_uris,
        "frameOrigins" => w.frame_origins,
        "secret" => w.client_secret,
        "webhookSecret" => w.webhook_secret,
        "clientSecret" => w.log_in_secret,
        "nids" | "nid" | "owner" => w.national_id,
        "redirectOrigin" => w.redirect_origin,
        "scopes" => w.scopes,
        "maxAmount" => w.max_amount,
        "maxCount" => w.max_count,
        "sequence" => w.terminal,
        "merchant" => w.kind_merchant,
        "number" => w.number,
        "expires" => w.expires,
        "balance" => w.balance,
        "approvedFor" => w.approved_for,
        "floatOf" => w.float_of,
        "bank" => w.bank,
        "firstName" => w.first_name,
        "lastName" => w.last_name,
        "gate" => w.gate,
        "perTransaction" => w.per_transaction,
        "daily" => w.daily,
        "kind" => w.kind,
        "chargeLimits" => w.charge_limits,
        "terminalNumber" => w.pos_number,
        "merchantCode" => w.pos_merchant_code,
        "lifeSeconds" => w.token_days_or_none,
        "site" => w.look_site,
        "help" => w.look_help_address,
        "colour" => w.look_colour,
        "accent" => w.look_accent,
        "logo" => w.look_logo,
        "apiKeys" => w.api_keys,
        "active" => w.enabled,
        "disabled" => w.disabled,
        "business" => w.business,
        "mobileVerified" => w.mobile_verified,
        "refunded" => w.refunded,
        "replacedBy" => w.card_replaced,
        "returnsWhenTaken" => w.returns_when_taken,
        "role" => w.role,
        "state" => w.state,
        _ => return None,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_found_with_its_values_and_no_other_message_is() {
        for (message, expected) in [
            ("it is decided already", Some("پیش‌تر تصمیم گرفته شده است.")),
            ("at most 500 rials are left to refund", Some("حداکثر ۵۰۰ ریال برای بازگرداندن مانده است.")),
            ("12 to 128 characters", Some("۱۲ تا ۱۲۸ نویسه بنویسید.")),
            ("1 to 40 characters", Some("۱ تا ۴۰ نویسه بنویسید.")),
            ("there is no client x", Some("برنامه‌ای به نام x نیست.")),
            (
                "changed since it was read: `state`, `refunded`. Read it again",
                Some("پس از خواندن شما تغییر کرده است (`state`, `refunded`)؛ دوباره بخوانید."),
            ),
            ("at most 500 rials", None),
            ("", None),
        ] {
            assert_eq!(persian(message).as_deref(), expected, "{message}");
        }
    }

    #[test]
    fn each_pattern_has_as_many_places_in_both_languages_and_is_listed_once() {
        for (at, (english, persian)) in PERSIAN.iter().enumerate() {
            assert_eq!(english.matches("{}").count(), persian.matches("{}").count(), "{english}");
            assert!(PERSIAN[..at].iter().all(|(other, _)| other != english), "{english}");
            assert!(!persian.chars().any(|c| c.is_ascii_digit()), "{persian}");
        }
    }

    #[test]
    fn what_a_form_lacks_is_named_by_its_label() {
        let problem = Problem::invalid("body", "missing field `nids` at line 1 column 53");
        assert_eq!(in_words(&problem, Lang::En.words()), "National id: it is required");
        assert_eq!(in_words(&problem, Lang::Fa.words()), "کد ملی: لازم است.");
        let problem = Problem::invalid("body", "invalid type: integer `5`, expected a string at line 1 column 9");
        assert_eq!(in_words(&problem, Lang::En.words()), Lang::En.words().form_unread);
    }

    #[test]
    fn a_stored_refusal_is_read_with_its_field() {
        for (detail, expected) in [
            ("it is decided already", Some("پیش‌تر تصمیم گرفته شده است.")),
            ("amount: at most 500 rials are left to refund", Some("مبلغ: حداکثر ۵۰۰ ریال برای بازگرداندن مانده است.")),
            ("OwnProposal", None),
        ] {
            assert_eq!(stored(detail, Lang::Fa.words()).as_deref(), expected, "{detail}");
        }
    }

    #[test]
    fn a_refusal_names_its_field_by_the_label_of_the_form() {
        let problem = Problem::conflict("amount", "nothing is left to refund");
        assert_eq!(in_words(&problem, Lang::En.words()), "Amount: nothing is left to refund");
        assert_eq!(in_words(&problem, Lang::Fa.words()), "مبلغ: چیزی برای بازگرداندن نمانده است.");
        let problem = Problem::conflict("id", "the order is not paid");
        assert_eq!(in_words(&problem, Lang::En.words()), "the order is not paid");
        let unknown = Problem::invalid("id", "something new");
        assert_eq!(in_words(&unknown, Lang::Fa.words()), format!("{} (something new)", Lang::Fa.words().not_done));
    }
}
