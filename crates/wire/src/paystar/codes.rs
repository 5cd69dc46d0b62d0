//! The codes of failed calls (paystar.md 4). Texts are verbatim: compare bytes.

/// One row of the table: a code, its text and its field.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Code {
    pub number: u8,
    pub text: &'static str,
    /// The field that is at fault; empty for none.
    pub field: &'static str,
}

const fn row(number: u8, field: &'static str, text: &'static str) -> Code {
    Code { number, text, field }
}

pub const INVALID_ACCEPTOR: Code = row(3, "sequence", "پذیرنده کارت نامعتبر است");
pub const INVALID_TRANSACTION: Code = row(5, "invoice_id", "تراکنش نامعتبر است");
pub const INVALID_AMOUNT: Code = row(13, "amount", "مبلغ نامعتبر است");
pub const INVALID_CARD: Code = row(14, "pan", "کارت نامعتبر است");
pub const INVALID_RESPONSE: Code = row(20, "", "پاسخ نامعتبر است");
/// Sent only for a sandbox's fault; its text is that of code 5.
pub const INVALID_TRANSACTION_TOO: Code = row(21, "", "تراکنش نامعتبر است");
pub const INVALID_CARD_ACCOUNT: Code = row(42, "pan", "حساب کارت نامعتبر است");
pub const INSUFFICIENT_FUNDS: Code = row(51, "pan", "موجودی کافی نیست");
pub const CARD_EXPIRED: Code = row(54, "pan", "تاریخ انقضا کارت گذشته است");
pub const WRONG_PIN: Code = row(55, "pin", "رمز نادرست است");
pub const NOT_PERMITTED: Code = row(57, "pan", "دارنده کارت مجاز به انجام تراکنش نیست");
pub const CEILING: Code = row(61, "pan", "سقف تراکنش تکمیل شده است");
pub const CARD_RESTRICTED: Code = row(62, "pan", "کارت محدود شده است");
pub const INVALID_TERMINAL: Code = row(63, "sequence", "پایانه نامعتبر است");
pub const PIN_TRIES: Code = row(75, "pin", "تعداد دفعات وارد کردن رمز بیش از حد مجاز است");
pub const CARD_INACTIVE: Code = row(78, "pan", "کارت غیرفعال است");
pub const SYSTEM_ERROR: Code = row(80, "", "خطای سیستمی رخ داده است");
pub const DAY_CLOSE: Code = row(90, "", "عملیات پایان روز کاری در حال انجام است");
pub const ISSUER_DOWN: Code = row(91, "", "صادر کننده در وضعیت عملیاتی نمی باشد");
pub const DUPLICATE: Code = row(94, "order_id", "تراکنش تکراری است");

/// Every code of the document.
pub const ALL: [Code; 20] = [
    INVALID_ACCEPTOR,
    INVALID_TRANSACTION,
    INVALID_AMOUNT,
    INVALID_CARD,
    INVALID_RESPONSE,
    INVALID_TRANSACTION_TOO,
    INVALID_CARD_ACCOUNT,
    INSUFFICIENT_FUNDS,
    CARD_EXPIRED,
    WRONG_PIN,
    NOT_PERMITTED,
    CEILING,
    CARD_RESTRICTED,
    INVALID_TERMINAL,
    PIN_TRIES,
    CARD_INACTIVE,
    SYSTEM_ERROR,
    DAY_CLOSE,
    ISSUER_DOWN,
    DUPLICATE,
];

/// The row with a number.
pub fn numbered(number: u8) -> Option<Code> {
    ALL.into_iter().find(|code| code.number == number)
}
