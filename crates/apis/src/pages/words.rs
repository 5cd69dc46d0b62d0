//! What pages say, in each language: a word that is missing in one does not compile.

use super::lang::Lang;

macro_rules! words {
    ($($name:ident: $fa:literal, $en:literal;)*) => {
        /// Every word of the pages.
        #[derive(Debug)]
        #[allow(missing_docs, reason = "the texts are the documentation")]
        pub struct Words {
            pub lang: Lang,
            $(pub $name: &'static str,)*
        }

        pub static FA: Words = Words { lang: Lang::Fa, $($name: $fa,)* };
        pub static EN: Words = Words { lang: Lang::En, $($name: $en,)* };
    };
}

words! {
    // The frame.
    code: "fa", "en";
    direction: "rtl", "ltr";
    other_code: "en", "fa";
    other_name: "English", "فارسی";
    skip: "رفتن به محتوا", "Skip to content";
    private_page: "این صفحه فقط برای شماست؛ نشانی آن را به کسی ندهید.", "This page is for you alone: do not pass its address on.";
    rial: "ریال", "rials";
    toman: "تومان", "toman";

    // Notices.
    page_missing: "صفحه یافت نشد", "Page not found";
    page_missing_help: "نشانی را بررسی کنید؛ شاید کامل وارد نشده است.", "Check the address: it may be incomplete.";
    invoice_missing: "فاکتور یافت نشد", "Invoice not found";
    invoice_missing_help: "این فاکتور وجود ندارد یا برای حساب دیگری صادر شده است.", "There is no such invoice, or it was issued to another account.";
    link_dead: "کد وارد شده معتبر نمی‌باشد و یا منقضی شده است.", "This link is not valid, or has expired.";
    link_dead_help: "از فروشنده پیوند تازه‌ای بخواهید.", "Ask the shop for a new link.";
    broken: "خطای داخلی", "Something went wrong here";
    broken_help: "کمی بعد دوباره تلاش کنید. اگر پرداخت کرده‌اید، پیش از پرداخت دوباره از فروشنده بپرسید.", "Try again in a moment. If you have paid, ask the shop before you pay again.";
    busy: "اکنون پاسخ‌گو نیستیم", "We cannot answer right now";
    busy_help: "هیچ مبلغی برداشت نشد. کمی بعد دوباره تلاش کنید.", "No money was taken. Try again in a moment.";
    form_stale: "این فرم دیگر معتبر نیست", "This form is no longer valid";
    form_stale_help: "صفحه را تازه کنید و دوباره تلاش کنید. هیچ کاری انجام نشد.", "Reload the page and try again. Nothing was done.";
    too_large: "داده‌های فرستاده‌شده بیش از اندازه است", "Too much was sent";

    // States of an invoice that cannot be paid.
    state_payed: "این فاکتور پرداخت شده است", "This invoice is paid";
    state_payed_help: "لازم نیست دوباره پرداخت کنید.", "There is no need to pay again.";
    state_waiting: "این فاکتور پرداخت شده و منتظر تأیید فروشنده است", "This invoice is paid and waits for the shop";
    state_waiting_help: "اگر فروشنده تا یک ساعت تأیید نکند، مبلغ بازمی‌گردد.", "If the shop does not confirm within an hour, the money comes back.";
    state_canceled: "این فاکتور لغو شده است", "This invoice is canceled";
    state_canceled_help: "مبلغی از شما برداشت نمی‌شود. برای خرید دوباره به فروشگاه برگردید.", "You are not charged. Go back to the shop to buy again.";
    state_in_gateway: "این فاکتور در درگاه دیگری باز است", "This invoice is open elsewhere";
    state_in_gateway_help: "پرداخت با کارت در پنجره یا دستگاه دیگری در جریان است. آن را تمام کنید، یا حداکثر بیست دقیقه صبر کنید.", "A card payment is under way in another window or device. Finish it there, or wait up to twenty minutes.";
    state_promised: "پرداخت این فاکتور از پیش تضمین شده است", "The payment of this invoice is promised already";
    state_promised_help: "مبلغ آن در سررسید پرداخت می‌شود.", "It will be paid on its day.";
    state_over: "مهلت پرداخت تمام شد", "The time to pay is over";
    state_over_help: "مبلغی برداشت نشد. برای پرداخت، دوباره از فروشگاه آغاز کنید.", "No money was taken. Start again from the shop to pay.";
    state_left: "پرداخت انجام نشد", "Nothing was paid";
    state_left_help: "از پرداخت انصراف دادید و مبلغی برداشت نشد.", "You left without paying, and no money was taken.";
    state_refused: "پرداخت ممکن نیست", "This cannot be paid";
    error_code: "کد خطا", "Error code";
    back_to_shop: "بازگشت به فروشگاه", "Back to the shop";

    // Choosing how to pay.
    pay_title: "پرداخت فاکتور", "Pay invoice";
    pay_to: "پذیرنده", "Payee";
    invoice_number: "شماره فاکتور", "Invoice";
    lines: "اقلام", "Items";
    line: "شرح", "Item";
    line_total: "مبلغ", "Amount";
    discount: "تخفیف", "Discount";
    subtotal: "جمع", "Subtotal";
    tax: "مالیات", "Tax";
    payable: "مبلغ قابل پرداخت", "To pay";
    voucher: "بن تخفیف", "Voucher";
    credit: "اعتبار", "Credit";
    left_to_pay: "مانده پرداخت", "Left to pay";
    how_to_pay: "روش پرداخت", "How do you want to pay?";
    by_card: "پرداخت با کارت شتابی", "Pay by card";
    by_card_help: "همه کارت‌های بانکی، با رمز پویا", "Any bank card, with a one-time password";
    card_below: "پرداخت با کارت از ۱۰٬۰۰۰ ریال به بالا ممکن است.", "Cards pay 10,000 rials or more.";
    by_wallet: "پرداخت از کیف پول", "Pay from wallet";
    wallet_has: "موجودی", "Balance";
    log_in_to_pay: "وارد پی پاد شوید", "Log in to your wallet";
    log_in_to_pay_help: "پرداخت از کیف پول یا اعتبار", "Pay from your wallet or with credit";
    logged_in_as: "وارد شده با نام", "Logged in as";
    log_out: "خروج", "Log out";
    nothing_left: "چیزی برای پرداخت نمانده است.", "Nothing is left to pay.";
    finish: "ثبت نهایی", "Finish";
    have_voucher: "بن تخفیف دارید؟", "Do you have a voucher?";
    voucher_code: "کد بن", "Voucher code";
    apply: "اعمال", "Apply";
    your_credits: "اعتبارهای شما", "Your credits";
    use_credit: "استفاده", "Use";
    credit_used: "اعمال شد", "Applied";
    cancel: "انصراف از پرداخت", "Leave without paying";
    voucher_wrong: "بن تخفیف نامعتبر است", "This voucher is not valid";
    credit_wrong: "اعتبار نامعتبر است", "This credit is not valid";
    insufficient: "موجودی کافی نیست", "The balance is too low";

    // The card step.
    card_title: "پرداخت با کارت", "Pay by card";
    card_number: "شماره کارت", "Card number";
    card_number_help: "شانزده رقم روی کارت", "Sixteen digits on the card";
    cvv2: "CVV2", "CVV2";
    cvv2_help: "سه یا چهار رقم روی یا پشت کارت", "Three or four digits on the card";
    month: "ماه", "Month";
    year: "سال", "Year";
    send_otp: "دریافت رمز پویا", "Send one-time password";
    otp_title: "رمز پویا", "One-time password";
    otp_sent: "رمز پویا به موبایل صاحب کارت پیامک شد.", "The one-time password was sent to the card holder's mobile.";
    otp: "رمز پویا", "One-time password";
    otp_help: "پنج رقم", "Five digits";
    otp_left: "اعتبار رمز", "Password valid for";
    otp_gone: "مهلت رمز تمام شد؛ رمز تازه بگیرید.", "The password has run out: get a new one.";
    pay: "پرداخت", "Pay";
    send_again: "ارسال دوباره رمز", "Send again";
    other_card: "کارت دیگر", "Another card";
    card: "کارت", "Card";
    card_typed_wrong: "شماره کارت شانزده رقم است.", "A card's number has sixteen digits.";
    cvv2_typed_wrong: "CVV2 سه یا چهار رقم است.", "CVV2 has three or four digits.";
    expiry_typed_wrong: "تاریخ انقضا را به صورت سال و ماه شمسی وارد کنید.", "Enter the month and year of the Jalali calendar.";
    otp_typed_wrong: "رمز پویا پنج رقم است.", "The one-time password has five digits.";
    card_left: "زمان باقی‌مانده پرداخت", "Time left to pay";
    no_sms: "اکنون پیامک فرستاده نمی‌شود.", "No SMS can be sent right now.";

    // The receipt.
    receipt_title: "رسید پرداخت", "Receipt";
    receipt_done: "پرداخت انجام شد", "Payment done";
    receipt_waiting: "پرداخت انجام شد و منتظر تأیید فروشنده است.", "Payment done; the shop still has to confirm it.";
    receipt_refunded: "این پرداخت بازگردانده شد.", "This payment was given back.";
    paid_amount: "مبلغ پرداخت", "Paid";
    paid_at: "تاریخ و ساعت", "Date and time";
    paid_by: "روش", "Means";
    by_wallet_short: "کیف پول", "Wallet";
    by_card_short: "کارت", "Card";
    terminal: "شماره پایانه", "Terminal";
    rrn: "شماره مرجع (RRN)", "Retrieval reference (RRN)";
    tref: "شماره پیگیری", "Trace number";
    payment_number: "شماره پرداخت", "Payment number";
    bill_number: "شماره قبض", "Bill number";
    complete: "تکمیل فرایند خرید", "Complete the purchase";
    goes_on: "تا چند ثانیه دیگر به فروشگاه برمی‌گردید.", "You will be taken back to the shop in a few seconds.";
    print: "چاپ رسید", "Print receipt";

    // Logging in.
    log_in_title: "ورود به پی پاد", "Log in";
    log_in_for: "برای ادامه در", "To continue to";
    user_name: "نام کاربری", "User name";
    password: "رمز", "Password";
    log_in: "ورود", "Log in";
    or_by_mobile: "ورود با موبایل", "Log in by mobile";
    mobile: "شماره موبایل", "Mobile number";
    send_code: "دریافت کد ورود", "Send log-in code";
    code_sent: "اگر این شماره به نام شما ثبت شده باشد، کد ورود پیامک شد.", "If this number is registered, a log-in code was sent to it.";
    log_in_code: "کد ورود", "Log-in code";
    log_in_wrong: "نام کاربری یا رمز نادرست است. پس از چند بار رمز نادرست، ورود تا یک ربع بسته می‌شود.", "User name or password is wrong. After several wrong passwords the log-in is closed for a quarter of an hour.";
    code_wrong: "کد ورود نادرست است یا مهلت آن گذشته است. پس از سه کد نادرست، ورود با این شماره تا یک ربع بسته می‌شود.", "The code is wrong or has run out. After three wrong codes this number is locked for a quarter of an hour.";
    mobile_typed_wrong: "شماره موبایل را به صورت ۰۹ و نه رقم وارد کنید.", "Enter the mobile number: 09 and nine digits.";
    back_to_password: "ورود با نام کاربری", "Log in by user name";

    // Consent.
    consent_title: "اجازه دسترسی به حساب", "Access to your account";
    consent_heading: "اجازه دسترسی به حساب بانک", "Access to your account at bank";
    consent_asks: "می‌خواهد به حساب شما دسترسی داشته باشد.", "asks for access to your account.";
    consent_program: "برنامه", "The program";
    consent_may: "این برنامه می‌تواند", "The program may";
    consent_limit: "سقف هر تراکنش", "Most of one transaction";
    consent_count: "تعداد تراکنش در ماه", "Transactions in a month";
    consent_which: "از کدام حساب؟", "Which accounts?";
    consent_none: "در این بانک حساب بازی ندارید.", "You have no open account at this bank.";
    consent_allow: "دسترسی دارد", "Allow";
    consent_deny: "دسترسی نمی دهم", "Deny";
    consent_choose: "دست‌کم یکی از حساب‌های خود را انتخاب کنید.", "Choose at least one of your accounts.";
    national_id: "کد ملی", "National id";
    bank_password: "رمز اینترنت‌بانک", "Internet banking password";
    bank_log_in_wrong: "کد ملی یا رمز نادرست است. پس از چند بار رمز نادرست، ورود تا یک ربع بسته می‌شود.", "National id or password is wrong. After several wrong passwords the log-in is closed for a quarter of an hour.";
    request_dead: "این درخواست معتبر نیست", "This request is not valid";
    request_dead_help: "درخواست دسترسی پیدا نشد یا مهلت آن تمام شده است. به برنامه برگردید و دوباره آغاز کنید.", "The request was not found, or has run out. Go back to the program and start again.";
    sso_consent_title: "اجازه به کسب‌وکار", "Permission for a business";
    sso_consent_asks: "می‌خواهد با حساب پی پاد شما کار کند.", "asks to act with your account.";
    sso_may: "مشخصات و موجودی کیف پول شما را ببیند و فاکتورهایی را که تأیید می‌کنید بپردازد.", "See your profile and wallet balance, and pay the invoices that you confirm.";
    scope_transfer: "انتقال وجه از حساب", "Transfer money from the account";
    scope_internal: "انتقال وجه درون‌بانکی", "Transfer money inside the bank";
    scope_paya: "انتقال وجه با پایا", "Transfer money by Paya";
    scope_satna: "انتقال وجه با ساتنا", "Transfer money by Satna";
    scope_inquiry: "پیگیری انتقال وجه", "Follow transfers";
    scope_payas: "گزارش پایا", "See Paya reports";
    scope_charge: "شارژ کارت بن از حساب", "Charge bon cards from the account";
    scope_charge_inquiry: "پیگیری شارژ کارت", "Follow card charges";
    scope_valid_card: "استعلام کارت بن", "Look up bon cards";
    scope_balance: "دیدن موجودی حساب", "See the balance";
    scope_statement: "دیدن گردش حساب", "See the statement";
    scope_iban: "استعلام شبا", "Look up IBANs";
    scope_deposits: "دیدن فهرست حساب‌ها", "See the list of accounts";
    scope_card_balance: "دیدن موجودی کارت", "See the card's balance";
    scope_card_statement: "دیدن گردش کارت", "See the card's statement";
    scope_own: "مدیریت دسترسی‌های خود برنامه", "Manage its own permissions";
    client_unknown: "برنامه ناشناس است", "The program is not known";
    client_unknown_help: "نشانی بازگشت یا شناسه برنامه نادرست است. این پیوند را از برنامه دیگری نگیرید.", "The program's id or return address is wrong. Do not follow this link.";
}
