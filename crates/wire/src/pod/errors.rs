//! The errors of the services (pod.md 1.8). Texts are verbatim, with their odd blanks (U+00A0) and joined words: compare bytes.

use std::borrow::Cow;

/// One row of the table: the error that a caller receives.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Failure {
    pub code: u16,
    pub message: Cow<'static, str>,
}

macro_rules! table {
    ($($name:ident = $code:literal, $message:literal;)*) => {
        $(pub const $name: Failure = Failure { code: $code, message: Cow::Borrowed($message) };)*

        /// Every row with a fixed text.
        pub const ALL: &[Failure] = &[$($name),*];
    };
}

table! {
    PERMISSION_DENIED = 4, "مجوز انجام این عملیات را ندارید";
    MAY_NOT_CLOSE = 4, "اجازه بستن این فاکتور را ندارید";
    MAY_NOT_PAY = 4, "اجازه پرداخت این فاکتور را ندارید";
    INVALID_DATE = 10, "تاریخ نامعتبر است";
    DUPLICATE_BILL_NUMBER = 19, "شماره صورتحساب تکراری می باشد.";
    NOT_AUTHENTICATED = 21, "توکن کسبوکاری وارد نشده است";
    ALREADY_PAID = 24, "فاکتور قبلاً پرداخت شده است";
    BILL_NUMBER_OF_CANCELED = 25, "شماره قبض متعلق به فاکتور کنسل شده است";
    CANCELED = 32, "فاکتور قبلاً کنسل شده است";
    UNKNOWN_GUILD = 37, "کد صنف نامعتبر است";
    INVALID_OTT = 39, "توکن یکبار مصرف نامعتبر است";
    CLOSED = 45, "فاکتور قبلاً بسته شده است";
    FOREIGN_GUILD = 53, "صنف انتخابی متعلق به کسب و کار نیست";
    NOT_PAID = 55, "فاکتور پرداخت نشده است";
    SOURCE_NOT_PAID = 55, "فاکتور بستانکار پرداخت نشده است";
    GUILD_MISSING = 56, "کد صنف وارد نشده است";
    GUILD_SHORT = 56, "موجودی صنف کافی نیست";
    WAITING = 58, "فاکتور منتظر تایید می باشد";
    NOT_WAITING = 59, "فاکتور منتظر تایید نمی باشد";
    ISSUED_TO_SELF = 66, "صدور فاکتور از کسب و کار خودتان برای خودتان امکان پذیر نیست";
    IN_GATEWAY = 72, "قبض منتظر درگاه \u{a0} برای \u{a0}ادامه \u{a0}تراکنش \u{a0}می \u{a0}باشد";
    INVOICE_UNKNOWN = 78, "فاکتور یافت نشد";
    CREDITOR_UNKNOWN = 78, "فاکتور بستانکار یافت نشد";
    DEBTOR_UNKNOWN = 78, "فاکتور بدهکار یافت نشد";
    USER_UNKNOWN = 78, "کاربر یافت نشد";
    NOT_ISSUED_TO_CALLER = 99, "فاکتور برای شما صادر نشده است";
    WALLET_MISSING = 193, "کد حساب دیجیتال را وارد نکرده اید";
    WALLET_INVALID = 193, "کد حساب دیجیتال نامعتبر است";
    WRONG_CODE = 193, "کد وارد شده صحیح نیست";
    BELOW_CARD_MINIMUM = 193, "مبلغ فاکتور برای پرداخت با کارت کمتر از حد مجاز است";
    TIME_OUT = 227, "تایم اوت سرویس اصلی";
    NOT_DELIVERED = 378, "ارسال پاسخ از سرویس اصلی به پلتفرم با مشکل مواجه شده است";
    INTERNAL = 999, "خطای داخلی";
    INSUFFICIENT = 999, "موجودی کافی نیست";
    NO_PERMISSION = 4, "مجوز برداشت از کیف پول مشتری را ندارید";
    PERMISSION_SHORT = 999, "سقف مجوز برداشت از کیف پول کافی نیست";
    DELEGATION_SHORT = 999, "اعتبار تخصیص داده شده کافی نیست یا با فاکتور مطابقت ندارد";
    BLOCK_SHORT = 999, "اعتبار کافی جهت انجام عملیات مسدودی را ندارید";
    WAITS_FOR_FUTURE = 999, "فاکتور در انتظار پرداخت توسط\u{a0} تضمین ارائه شده میباشد";
    FUTURE_TWICE = 999, "فاکتور قبلا برای پرداخت در آینده ثبت شده است";
    NOT_AFTER_TODAY = 999, "تاریخ سررسید باید بعد از امروز باشد";
    SET_OFF_PENDING = 999, "فاکتور بستانکار آماده برای مسدودی می باشد";
    NO_CUSTOMER = 999, "فاکتور به نام کاربر صادر نشده است";
    MOBILE_NOT_VERIFIED = 999, "شماره موبایل کاربر تایید نشده است";
    TOO_MANY_SMS = 999, "تعداد پیامک های ارسالی بیش از حد مجاز است";
    POS_UNKNOWN = 999, "تراکنش پایانه فروش یافت نشد یا با فاکتور مطابقت ندارد";
    NOT_CLOSED = 999, "فاکتور بسته نشده است";
    UNIQUE_ID_USED = 999, "شناسه یکتا تکراری است";
    UNKNOWN_SERVICE = 999, "شناسه سرویس نامعتبر است";
}

/// Our own row, with code 999, for a request that no service accepts.
pub fn unserved(why: &'static str) -> Failure {
    Failure { code: 999, message: Cow::Borrowed(why) }
}

/// The row for a missing required parameter.
pub fn missing(param: &str) -> Failure {
    Failure { code: 193, message: Cow::Owned(format!("پارامتر {param} وارد نشده است")) }
}

/// The row for a parameter that cannot be used.
pub fn invalid(param: &str) -> Failure {
    Failure { code: 193, message: Cow::Owned(format!("مقدار پارامتر {param} نامعتبر است")) }
}

/// Our own row for a list that would be too large; `fit` is the number of rows that fit.
pub fn too_large(param: &str, fit: usize) -> Failure {
    let message = format!("مقدار پارامتر {param} نامعتبر است: پاسخ بیش از حد بزرگ می شود، حداکثر {fit}");
    Failure { code: 193, message: Cow::Owned(message) }
}
