//! The texts of all pages, in each language. A text that is missing in one language does not compile.

/// A language.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Lang {
    /// Persian, from right to left.
    Fa,
    /// English.
    En,
}

impl Lang {
    /// The texts in this language.
    pub fn words(self) -> &'static Words {
        match self {
            Self::Fa => &FA,
            Self::En => &EN,
        }
    }
}

/// A text of the table with a value in its place, which is written `{}`.
pub fn filled(text: &str, value: &str) -> String {
    text.replace("{}", value)
}

macro_rules! words {
    ($($name:ident: $fa:literal, $en:literal;)*) => {
        /// Every text of the pages.
        #[derive(Debug)]
        #[allow(missing_docs, reason = "the texts are the documentation")]
        pub struct Words {
            pub lang: Lang,
            $(pub $name: &'static str,)*
        }

        #[cfg(test)]
        const ALL: &[(&str, &str, &str)] = &[$((stringify!($name), $fa, $en),)*];

        /// The texts in Persian.
        pub static FA: Words = Words { lang: Lang::Fa, $($name: $fa,)* };
        /// The texts in English.
        pub static EN: Words = Words { lang: Lang::En, $($name: $en,)* };
    };
}

words! {
    // The frame of every page.
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
    too_often: "درخواست‌ها بیش از حد است", "Too many requests";
    too_often_help: "هیچ کاری انجام نشد. یک دقیقهٔ دیگر دوباره تلاش کنید.", "Nothing was done. Try again in a minute.";
    busy: "اکنون پاسخ‌گو نیستیم", "We cannot answer right now";
    busy_help: "هیچ کاری انجام نشد. کمی بعد دوباره تلاش کنید.", "Nothing was done. Try again in a moment.";
    form_stale: "این فرم دیگر معتبر نیست", "This form is no longer valid";
    form_stale_help: "صفحه را تازه کنید و دوباره تلاش کنید. هیچ کاری انجام نشد.", "Reload the page and try again. Nothing was done.";
    unreadable: "آنچه فرستاده شد خوانا نیست", "What was sent cannot be read";
    too_large: "داده‌های فرستاده‌شده بیش از اندازه است", "Too much was sent";

    // The start page of a sandbox.
    start_page: "صفحهٔ شروع", "Start page";
    start_title: "سندباکس دریک آماده است", "The Daric sandbox is ready";
    start_text: "برنامه‌ای که برای یکی از این پلتفرم‌ها نوشته شده است، فقط با تغییر نشانی پایه با این سرور کار می‌کند.", "A program that is written for one of these platforms works with this server when its base URL is changed, and nothing else.";
    start_bases: "نشانی‌های پایه", "Base URLs";
    start_platform: "پلتفرم", "Platform";
    start_instead_of: "به جای", "In place of";
    start_base_here: "نشانی پایه در این‌جا", "Base URL here";
    start_places: "صفحه‌ها", "Pages";
    start_console: "کنسول", "Console";
    start_sms_inbox: "صندوق پیامک", "SMS inbox";
    start_requests: "درخواست‌های اخیر", "Recent requests";
    start_controls: "ساعت، خطاها و همهٔ مقدارهای آزمایشی", "Clock, faults and all demo values";
    start_reference: "مرجع API", "API reference";
    start_credentials: "نام‌ها و رمزهای آزمایشی", "Demo credentials";
    start_holder: "برای", "For";
    start_name: "نام یا شماره", "Name or number";
    start_secret: "رمز یا توکن", "Password or token";
    start_operator_api: "API اپراتورها، توکن Bearer", "Operators' API, bearer token";
    start_client: "برنامهٔ فینوتک", "Finnotech client";
    start_bank_user: "کاربر بانک در صفحهٔ رضایت", "Bank user of the consent page";
    start_terminal: "پایانهٔ پی‌استار", "PayStar terminal";
    start_payer_card: "کارت پرداخت‌کننده و CVV2", "Payer's card and CVV2";
    start_business: "کسب‌وکار پاد، توکن", "POD business, token";
    start_user: "کاربر پاد", "POD user";
    start_examples: "نمونه‌ها", "Examples";
    start_examples_help: "هر نمونه همان‌طور که هست اجرا می‌شود. با یک کلیک روی متن، همهٔ آن انتخاب می‌شود.", "Each example runs as it is. A click on its text selects all of it.";
    start_no_demo: "دنیای آزمایشی ساخته نشده است: سرور را با --demo اجرا کنید یا سندباکس را بازنشانی کنید.", "There is no demo world: start the server with --demo, or reset the sandbox.";
    start_missing_help: "هیچ پلتفرمی این نشانی را ندارد. صفحهٔ شروع نشانی‌های پایه را نشان می‌دهد.", "No platform has this path. The start page shows the base URLs.";

    // States of an invoice that cannot be paid.
    state_payed: "این فاکتور پرداخت شده است", "This invoice is paid";
    state_payed_help: "لازم نیست دوباره پرداخت کنید.", "There is no need to pay again.";
    state_waiting: "این فاکتور پرداخت شده و منتظر تأیید فروشنده است", "This invoice is paid and waits for the shop";
    state_waiting_help: "اگر فروشنده تا یک ساعت تأیید نکند، مبلغ بازمی‌گردد.", "If the shop does not confirm within an hour, the money comes back.";
    state_canceled: "این فاکتور لغو شده است", "This invoice is canceled";
    state_canceled_help: "مبلغی از شما برداشت نمی‌شود. برای خرید دوباره به فروشگاه برگردید.", "You are not charged. Go back to the shop to buy again.";
    state_in_gateway: "این فاکتور در درگاه دیگری باز است", "This invoice is open elsewhere";
    state_in_gateway_help: "پرداخت با کارت در پنجره یا دستگاه دیگری در جریان است. آن را تمام کنید، یا حداکثر بیست دقیقه صبر کنید.", "A card payment is under way in another window or device. Finish it there, or wait up to twenty minutes.";
    state_at_network: "بانک شما هنوز پاسخ نداده است", "Your bank has not answered yet";
    state_at_network_help: "نتیجه پرداخت هنوز معلوم نیست. دوباره پرداخت نکنید؛ این صفحه خودش دوباره نگاه می‌کند و با رسیدن پاسخ ادامه می‌دهد.", "The outcome of the payment is not known yet. Do not pay again: this page looks again by itself, and goes on when the answer is here.";
    look_again: "بررسی دوباره", "Look again";
    state_promised: "پرداخت این فاکتور از پیش تضمین شده است", "The payment of this invoice is promised already";
    state_promised_help: "مبلغ آن در سررسید پرداخت می‌شود.", "It will be paid on its day.";
    state_over: "مهلت پرداخت تمام شد", "The time to pay is over";
    state_over_help: "مبلغی برداشت نشد. اگر فاکتور هنوز پرداختنی است، می‌توانید از همین‌جا دوباره آغاز کنید.", "No money was taken. If the invoice can still be paid, you can start again from here.";
    state_left: "پرداخت انجام نشد", "Nothing was paid";
    state_left_help: "از پرداخت انصراف دادید و مبلغی برداشت نشد.", "You left without paying, and no money was taken.";
    state_disabled: "این فروشگاه اکنون پرداختی نمی‌پذیرد", "This shop takes no payments now";
    state_disabled_help: "مبلغی برداشت نشد. از فروشنده بپرسید.", "No money was taken. Ask the shop.";
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
    by_card_own_help: "کارت‌های صادرشده در همین سامانه، با رمز پویا", "Cards issued here, with a one-time password";
    by_card_help: "همه کارت‌های بانکی، با رمز پویا", "Any bank card, with a one-time password";
    card_below: "پرداخت با کارت از ۱۰٬۰۰۰ ریال به بالا ممکن است.", "Cards pay 10,000 rials or more.";
    by_wallet: "پرداخت از کیف پول", "Pay from wallet";
    wallet_has: "موجودی", "Balance";
    log_in_to_pay: "وارد پی پاد شوید", "Log in to your wallet";
    log_in_to_pay_help: "پرداخت از کیف پول یا اعتبار", "Pay from your wallet or with credit";
    logged_in_as: "وارد شده با نام", "Logged in as";
    log_out: "خروج", "Log out";
    logged_in_now: "با نام زیر وارد شده‌اید. برای ادامه با نامی دیگر، این‌جا وارد شوید.", "You are logged in. To go on as another user, log in here.";
    go_on_as: "ادامه با همین نام", "Go on as this user";
    for_another: "این پرداخت برای کاربر دیگری است. با نام او وارد شوید.", "This payment is for another user: log in as them.";
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
    amount_changed: "مبلغ باقی‌مانده تغییر کرده است؛ مبلغ تازه را ببینید و دوباره تأیید کنید.", "What is left to pay has changed: look at it and confirm again.";

    // The card step.
    card_title: "پرداخت با کارت", "Pay by card";
    card_number: "شماره کارت", "Card number";
    bank_unknown: "بانک این شماره را نمی‌شناسیم؛ آن را با کارت خود مقابله کنید.", "We do not know this number's bank: compare it with your card.";
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
    otp_gone: "مهلت رمز تمام شد؛ رمز تازه بگیرید.", "The password has run out: get a new one.";
    pay: "پرداخت", "Pay";
    send_again: "ارسال دوباره رمز", "Send again";
    other_card: "کارت دیگر", "Another card";
    card: "کارت", "Card";
    card_typed_wrong: "شماره کارت شانزده رقم است.", "A card's number has sixteen digits.";
    card_again: "مهلت این صفحه تمام شد؛ کارت را دوباره وارد کنید.", "This page is too old: enter the card again.";
    cvv2_typed_wrong: "CVV2 سه یا چهار رقم است.", "CVV2 has three or four digits.";
    expiry_typed_wrong: "تاریخ انقضا را به صورت سال و ماه شمسی وارد کنید.", "Enter the month and year of the Jalali calendar.";
    otp_typed_wrong: "رمز پویا پنج رقم است.", "The one-time password has five digits.";
    no_sms: "اکنون پیامک فرستاده نمی‌شود.", "No SMS can be sent right now.";

    // The receipt.
    receipt_title: "رسید پرداخت", "Receipt";
    receipt_done: "پرداخت انجام شد", "Payment done";
    receipt_waiting: "پرداخت انجام شد و منتظر تأیید فروشنده است.", "Payment done; the shop still has to confirm it.";
    receipt_reduced: "فروشنده این فاکتور را کاهش داده است؛ مابه‌التفاوت بازگردانده شد.", "The shop has reduced this invoice: the difference was given back.";
    receipt_returned: "مبلغ بازگردانده شد", "The money was given back";
    receipt_refunded: "این پرداخت بازگردانده شد و فاکتور با آن پرداخته نیست.", "This payment was given back: the invoice is not paid by it.";
    paid_amount: "مبلغ پرداخت", "Paid";
    paid_at: "تاریخ و ساعت", "Date and time";
    paid_by: "روش", "Means";
    by_wallet_short: "کیف پول", "Wallet";
    by_card_short: "کارت", "Card";
    by_terminal_short: "پایانه فروش", "Terminal";
    by_guild_short: "حساب صنف", "Guild account";
    by_invoice_short: "فاکتور دیگر", "Another invoice";
    by_outside_short: "بیرون از سامانه", "Outside";
    terminal: "شماره پایانه", "Terminal";
    rrn: "شماره مرجع (RRN)", "Retrieval reference (RRN)";
    tref: "شماره پیگیری", "Trace number";
    payment_number: "شماره پرداخت", "Payment number";
    bill_number: "شماره قبض", "Bill number";
    complete: "تکمیل فرایند خرید", "Complete the purchase";
    goes_on: "تا چند ثانیه دیگر به فروشگاه برمی‌گردید.", "You will be taken back to the shop in a few seconds.";
    stay: "ماندن در این صفحه", "Stay on this page";
    print: "چاپ رسید", "Print receipt";

    // Logging in.
    log_in_title: "ورود به پی پاد", "Log in";
    log_in_for: "برای ادامه در", "To continue to";
    user_name: "نام کاربری", "User name";
    token_name: "نام توکن", "Token's name";
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
    sso_may: "این کسب‌وکار می‌تواند", "The business may";
    sso_may_profile: "نام، شماره کاربری و شماره موبایل شما را ببیند.", "See your name, user number and mobile number.";
    sso_may_wallet: "موجودی و گردش کیف پول شما را ببیند.", "See the balance and the statement of your wallet.";
    sso_may_pay: "بدون پرسش دوباره، فاکتورها را از کیف پول شما بپردازد، و فاکتورهای امن شما را ببندد یا لغو کند.", "Pay invoices from your wallet without asking again, and close or cancel your safe invoices.";
    sso_may_standing: "فاکتورهایی را که خودش برای شما صادر می‌کند، بدون حضور شما از کیف پول شما بپردازد؛ تا سقفی که تعیین می‌کنید.", "Have the invoices that it issues to you paid from your wallet without you, up to the limit that you set.";
    standing_limit: "سقف برداشت (ریال)", "Limit (rials)";
    standing_period: "در هر", "In each";
    standing_day: "روز", "day";
    standing_week: "هفته", "week";
    standing_month: "سی روز", "thirty days";
    standing_wrong: "سقف برداشت باید عددی بزرگ‌تر از صفر باشد.", "The limit must be a number above zero.";
    standing_spent: "برداشت‌شده در این دوره", "taken in this period";
    sso_may_business: "همه کارهای این کسب‌وکار را انجام دهد: صدور فاکتور، برداشت و گزارش.", "Do all that this business does: issue invoices, withdraw and report.";
    consents_title: "کسب‌وکارهای دارای اجازه", "Businesses that you allow";
    consents_help: "این کسب‌وکارها با حساب شما کار می‌کنند. با پس گرفتن اجازه، دسترسی آن‌ها همان لحظه پایان می‌یابد.", "These businesses act with your account. Withdraw the permission and their access ends at once.";
    consents_none: "به هیچ کسب‌وکاری اجازه نداده‌اید.", "You allow no business.";
    consent_withdraw: "پس گرفتن اجازه", "Withdraw";
    consents_link: "اجازه‌هایی که داده‌اید", "What you have allowed";
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
    // The console.
    console_log_in: "ورود اپراتور", "Operator log-in";
    role_short: "اجازه ندارید", "You may not do this";
    role_short_help: "نقش شما برای این کار کافی نیست.", "Your role does not cover this.";
    role_acquirer: "پذیرنده کارت‌خوان", "acquirer";
    role_viewer: "بیننده", "viewer";
    role_operator: "اپراتور", "operator";
    role_admin: "مدیر", "admin";
    places: "بخش‌ها", "Places";
    more: "بیشتر", "More";
    search: "جستجو", "Search";
    search_hint: "پیگیری، فاکتور، کارت، شبا…", "trackId, invoice, card, IBAN, mobile…";
    search_help: "شماره‌ای را که در دست دارید وارد کنید: شناسه پیگیری، refCode، سفارش، فاکتور، پرداخت، کارت (شش رقم اول و چهار رقم آخر)، شبا، سپرده، موبایل یا حساب.", "Enter the number you have: trackId, refCode, order, invoice, payment, card (first six and last four digits), IBAN, deposit, mobile or account.";
    search_nothing: "چیزی با این شماره پیدا نشد.", "Nothing has this number.";
    overview: "نمای کلی", "Overview";
    orders: "سفارش‌ها", "Orders";
    order: "سفارش", "Order";
    phone_orders: "پرداخت تلفنی", "Telephone";
    phone_order: "پرداخت تلفنی", "Telephone payment";
    otp_asked: "درخواست رمز", "Password asked for";
    refused_with: "دلیل رد", "Refused with";
    invoices: "فاکتورها", "Invoices";
    invoice: "فاکتور", "Invoice";
    accounts: "حساب‌ها", "Accounts";
    account: "حساب", "Account";
    cycles: "سیکل‌های پایا", "Paya cycles";
    cycle: "سیکل", "Cycle";
    messages: "پیام‌ها", "Messages";
    decisions: "تصمیم‌ها", "Decisions";
    requests: "درخواست‌ها", "Requests";
    request: "درخواست", "Request";
    audit: "ردپا", "Audit";
    operators: "اپراتورها", "Operators";
    sandbox: "سندباکس", "Sandbox";
    parties: "کاربران و کسب‌وکارها", "Users and businesses";
    user: "کاربر", "user";
    business: "کسب‌وکار", "business";
    done: "انجام شد.", "Done.";
    proposed: "پیشنهاد ثبت شد؛ اپراتور دیگری باید تأیید کند.", "Proposed: another operator has to agree.";
    nothing: "چیزی نیست.", "There is nothing.";
    all: "همه", "All";
    older: "قدیمی‌تر", "Older";
    next: "بعدی", "Next";
    number: "شماره", "Number";
    at: "زمان", "At";
    client: "برنامه", "Client";
    route: "مسیر", "Route";
    amount: "مبلغ", "Amount";
    state: "وضعیت", "State";
    fee: "کارمزد", "Fee";
    source: "مبدأ", "Source";
    destination: "مقصد", "Destination";
    destination_name: "نام مقصد", "Destination's name";
    description: "توضیح", "Description";
    route_internal: "داخلی", "internal";
    route_paya: "پایا", "Paya";
    route_satna: "ساتنا", "Satna";
    route_card: "کارت", "card";
    status_done: "انجام‌شده", "done";
    status_pending: "در انتظار", "pending";
    status_unknown: "نامعلوم", "unknown";
    status_failed: "ناموفق", "failed";
    accepted: "پذیرفته شد", "Accepted";
    posted: "ثبت شد", "Posted";
    held: "نگه داشته شد", "Held";
    captured: "برداشت از نگه‌داشته", "Captured";
    freed: "آزاد شد", "Freed";
    expired: "منقضی شد", "Expired";
    entry: "سطر", "entry";
    from: "از", "from";
    to: "به", "to";
    timeline: "سیر رویدادها", "Timeline";
    inquire: "استعلام", "Inquire";
    answer_comes_at: "شبکه هنوز نتیجه را نگفته است؛ در این زمان از آن استعلام می‌شود:", "The network has not told the outcome yet; it is asked again at";
    no_answer_comes: "از شبکه دیگر استعلام نمی‌شود: این سفارش تا تصمیم اپراتور همین‌طور می‌ماند.", "The network is not asked again: the order stays as it is until operators decide.";
    job_dead: "انجام نشد؛ باید بررسی شود", "could not be done, and has to be looked at";
    will_be_submitted: "به شبکه فرستاده می‌شود", "It will be submitted to the network";
    card_network_asked: "از شبکه کارت پرسیده می‌شود", "The card network is asked about a payment";
    will_be_inquired: "از شبکه استعلام می‌شود", "The network will be asked for the outcome";
    will_time_out: "مهلت تأیید تمام می‌شود", "The time to verify ends";
    will_be_paid: "از کیف پول پرداخت می‌شود", "Will be paid from the wallet";
    will_set_off: "تهاتر می‌شود", "Will be set off";
    will_close: "مهلت بستن تمام می‌شود", "The time to close ends";
    resolve: "تعیین تکلیف", "Resolve";
    reason: "دلیل", "Reason";
    reason_hint: "آنچه بانک یا شبکه گفته است", "What the bank or the network said";
    reason_missing: "دلیل (تا ۲۰۰ نویسه) و مقدارهای فرم را کامل کنید.", "Give a reason (up to 200 characters) and fill in the form.";
    propose: "پیشنهاد", "Propose";
    propose_done: "پیشنهاد: انجام شده", "Propose: done";
    propose_failed: "پیشنهاد: ناموفق", "Propose: failed";
    two_needed: "این کار را یک اپراتور پیشنهاد می‌کند و اپراتور دیگری تأیید می‌کند.", "One operator proposes this, and another one agrees.";
    already_decided: "تکلیف این پرداخت روشن شده است.", "This payment is decided already.";
    card_attempt: "پرداخت با کارت بانک دیگر", "Payment by another bank's card";
    from_wallets: "از کیف پول", "From wallets";
    network_knows_as: "شناسه نزد شبکه کارت", "Reference at the card network";
    inquiries: "تعداد استعلام", "Inquiries";
    to_done: "→ انجام‌شده", "→ done";
    to_failed: "→ ناموفق", "→ failed";
    issuer: "صادرکننده", "Issuer";
    customer: "مشتری", "Customer";
    payer: "پرداخت‌کننده", "Payer";
    received: "دریافتی", "Received";
    invoice_issued: "صادرشده", "issued";
    invoice_in_gateway: "در درگاه", "in gateway";
    invoice_at_network: "نزد شبکه کارت", "at the card network";
    invoice_waiting: "منتظر تأیید", "waiting";
    invoice_future: "پرداخت در آینده", "future";
    invoice_set_off: "تهاتر", "set-off";
    invoice_payed: "پرداخت‌شده", "paid";
    invoice_closed: "بسته", "closed";
    invoice_canceled: "لغوشده", "canceled";
    money_taken: "پول گرفته شد", "Money taken";
    verified: "تأیید شد", "Verified";
    card_settles: "تسویه شتاب", "Card network settles";
    quantity: "تعداد", "Quantity";
    kind: "نوع", "Kind";
    kind_deposit: "سپرده", "deposit";
    kind_nostro: "نوسترو", "nostro";
    kind_clearing: "پایاپای", "clearing";
    kind_fee: "درآمد کارمزد", "fee income";
    kind_float: "کارت مادر", "float card";
    kind_bon: "کارت بن", "bon card";
    kind_payer: "کارت پرداخت", "payer card";
    kind_merchant: "پذیرنده", "merchant";
    kind_guild_open: "صنف: باز", "guild, open";
    kind_guild_free: "صنف: قابل برداشت", "guild, free";
    kind_blocked: "بلوکه", "blocked";
    kind_receivable: "طلب از شبکه", "receivable";
    gate_open: "باز", "open";
    gate_no_debits: "فقط واریز", "credits only";
    gate_no_credits: "فقط برداشت", "debits only";
    gate_closed: "بسته", "closed";
    balance: "مانده", "Balance";
    available: "قابل برداشت", "Available";
    gate: "دسترسی", "Gate";
    entries: "سطرها", "Entries";
    holder: "صاحب", "Holder";
    statement: "گردش", "Statement";
    side: "طرف", "Side";
    debit: "بدهکار", "debit";
    credit_side: "بستانکار", "credit";
    balance_after: "مانده پس از آن", "Balance after";
    cause: "برای", "For";
    csv: "گردش (CSV)", "Statement (CSV)";
    suspense: "حساب معلق", "Suspense account";
    release: "آزادسازی", "Release";
    released: "آزاد شده", "released";
    bank: "بانک", "Bank";
    cutoff: "پایان پذیرش", "Cut-off";
    settles: "تسویه", "Settles";
    settled: "تسویه‌شده", "settled";
    settling: "در حال تسویه", "settling";
    gathering: "در حال پذیرش", "gathering";
    gathered: "پذیرش پایان یافت", "closed: waits to settle";
    returned: "بازگشتی", "returned";
    clearing: "حساب پایاپای", "Clearing account";
    file: "فایل گروهی", "Group file";
    file_leaving: "فایل سفارش‌های بیرونی", "File of orders that leave";
    file_later: "فایل پس از پایان پذیرش و بسته شدن چرخه آماده می‌شود.", "The file is ready when the cycle is closed, some seconds after the cut-off.";
    next_cycles: "سیکل بعدی هر بانک و زمان مانده تا پایان پذیرش", "Each bank's next cycle, and the time left to its cut-off";
    next_cycle: "سیکل بعدی پایا", "Next Paya cycle";
    calls: "فراخوانی‌های کسب‌وکار", "Calls to businesses";
    sms: "پیامک‌ها", "SMS";
    receiver: "گیرنده", "To";
    tries: "تلاش", "Tries";
    note: "شرح", "Note";
    resend: "ارسال دوباره", "Send again";
    message_queued: "در صف", "queued";
    message_sent: "ارسال‌شده", "sent";
    message_dead: "رهاشده", "given up";
    message_secret: "حاوی کد؛ متن نگه داشته نمی‌شود", "carries a code: its text is not kept";
    message_text: "متن", "Text";
    message_code: "کد", "Code";
    message_shown: "فراخوانی", "Call";
    attempts: "تلاش‌ها", "Attempts";
    next_try: "تلاش بعدی", "Next attempt";
    not_to_resend: "این پیام را نمی‌توان دوباره فرستاد.", "This message cannot be sent again.";
    dead_jobs: "کارهای رهاشده", "Work given up";
    dead_jobs_tile: "انجام نشدند؛ باید بررسی شوند", "could not be done: look at it";
    dead_jobs_help: "این کارها شش بار در یک روز انجام نشدند. علت را برطرف کنید و دوباره اجرا کنید. کاری را که هنوز چیزی منتظر آن است (پول نگه‌داشته، پیام) نمی‌توان بست.", "This work was tried six times over a day. Remove the cause and run it again. What something still waits for (held money, a message) cannot be closed.";
    reports: "گزارش‌های شبکه که ثبت نشد", "Reports of networks that could not be booked";
    reports_help: "شبکه خلاف وضعیت سفارش را گزارش کرده است. سفارشی که اینجا ناموفق و در شبکه انجام‌شده است: برگشت پول را از شبکه بخواهید. سفارشی که اینجا انجام‌شده و در شبکه ناموفق است: پس از بازگشت پول، برگشت آن را ثبت کنید (POST /admin/v1/orders/{id}/return). سپس گزارش را با دلیل ببندید. سفارش بی‌نتیجه را اول تعیین تکلیف کنید.", "The network has reported otherwise than the order stands. Failed here and done at the network: ask the network to bring the money back. Done here and failed at the network: once the money is back, book a return (POST /admin/v1/orders/{id}/return). Then close the report with a reason. An order that is undecided is resolved first.";
    report: "گزارش شبکه", "Report";
    order_stands: "وضعیت سفارش", "Order";
    dead_since: "رها شده از", "Given up at";
    why: "علت", "Why";
    next_page: "صفحه بعد", "Next page";
    run_again: "اجرای دوباره", "Run again";
    close_job: "بستن", "Close";
    job_gone: "این کار دیگر رهاشده نیست یا دوباره اجرا شده است. فهرست را دوباره ببینید.", "This work is not given up any more, or was run again: look at the list once more.";
    job_needed: "هنوز چیزی منتظر این کار است: دوباره اجرا کنید یا اول سفارش آن را تعیین تکلیف کنید.", "Something still waits for this work: run it again, or resolve its order first.";
    hold_ends: "پایان نگه‌داشتن مبلغ", "A hold ends";
    cycle_closes: "بسته شدن چرخه", "A cycle closes";
    cycle_settles: "تسویه چرخه", "A cycle settles";
    message_leaves: "ارسال پیام", "A message is sent";
    card_money_settles: "تسویه پول کارت", "Card money settles";
    dead_messages: "پیام‌های رهاشده", "Messages given up";
    dead_messages_help: "فرستاده نشدند", "were not sent";
    what: "چه", "What";
    by: "چه کسی", "By";
    subject: "درباره", "About";
    approve: "تأیید و انجام", "Agree: do it";
    reject: "رد", "Reject";
    withdraw: "پس گرفتن", "Withdraw";
    proposal_open: "باز", "open";
    proposal_moot: "دیگر لازم نیست", "no longer needed";
    proposal_stale: "پس از پیشنهاد تغییر کرده است", "changed since it was proposed";
    proposal_approved: "تأیید", "approved";
    proposal_rejected: "رد", "rejected";
    method: "روش", "Method";
    path: "نشانی", "Path";
    headers: "سرآیندها", "Headers";
    body: "بدنه", "Body";
    answer: "پاسخ", "Answer";
    replay: "ارسال دوباره با curl", "Send it again with curl";
    route_part: "بخشی از مسیر", "Part of the route";
    requests_help: "آخرین درخواست‌ها، در حافظه، همان‌گونه که فرستاده شده‌اند؛ رازهای درخواست‌های رابط اپراتورها حذف شده‌اند. خواندن فهرست درخواست‌ها، پیامک‌ها و فراخوانی‌ها ثبت نمی‌شود.", "The last requests, in memory, as they were sent; secrets are taken out of requests to the operators' API. Reads of requests, SMS and calls to businesses are not recorded.";
    requests_help_production: "آخرین درخواست‌ها، در حافظه: روش، مسیر، وضعیت و زمان.", "The last requests, in memory: method, route, status and time.";
    dialect: "سکو", "Platform";
    struck: "خطا یا مقدار ویژه", "Fault or magic value";
    role: "نقش", "Role";
    since: "از", "Since";
    enabled: "فعال", "active";
    disabled: "غیرفعال", "disabled";
    operator_new: "افزودن", "Add";
    operator_change: "تغییر", "Change";
    operator_forms: "افزودن اپراتور", "Add an operator";
    password_kept: "رمز تازه (خالی: بدون تغییر)", "New password (empty: unchanged)";
    api_tokens: "توکن‌های مدیریت", "API tokens";
    api_token: "توکن", "Token";
    token_new: "توکن تازه", "New token";
    token_alone: "هیچ‌کس", "none";
    token_days: "روز", "Days";
    token_ends: "تا", "Ends";
    token_ended: "پایان‌یافته", "ended";
    token_revoked: "لغوشده", "revoked";
    token_revoke: "لغو", "Revoke";
    token_help: "با توکن، برنامه‌ها واسط مدیریت را به اندازه نقش آن فرا می‌خوانند. کاری را که دو نفر می‌خواهد توکن فقط پیشنهاد می‌کند، و اپراتوری که از سازنده توکن مستقل است تأیید می‌کند.", "With a token, programs call the operator API as far as its role goes. What takes two it only proposes, and an operator who is independent of the token's maker approves it.";
    token_made: "این توکن فقط یک بار نشان داده می‌شود.", "This token is shown once.";
    token_proposed: "این توکن فقط یک بار نشان داده می‌شود، و پس از تأیید مدیر دوم کار می‌کند.", "This token is shown once, and works when a second admin has approved it.";
    token_refused: "نام (یا نامی که پیش‌تر بوده)، نقش، صاحب یا روزها درست نیست، یا دلیل نوشته نشده، یا پیشنهاد باز دیگری درباره آن هست.", "Name (or one that was taken before), role, owner or days are wrong, the reason is missing, or there is an open proposal about it.";
    second_factor: "عامل دوم", "Second factor";
    factor_on: "فعال", "on";
    factor_off: "ندارد", "none";
    factor_reset: "برداشتن عامل دوم", "Take the second factor away";
    factor_not_reset: "برداشته نشد: عامل دوم خود را مدیر دیگری برمی‌دارد؛ شاید دلیل نوشته نشده، یا پیشنهاد بازی درباره آن هست.", "Not done: your own second factor is taken away by another admin; or the reason is missing, or there is an open proposal about it.";
    factor_title: "ورود دومرحله‌ای", "Second factor";
    factor_enrol: "این تصویر را با برنامه رمزساز گوشی خود (مانند FreeOTP یا Google Authenticator) بخوانید، یا کلید زیر را در آن وارد کنید.", "Read this picture with an authenticator app on your phone (as FreeOTP or Google Authenticator), or type the key into it.";
    factor_picture: "کلید، برای دوربین گوشی", "The key, for the camera of a phone";
    factor_secret: "کلید", "Key";
    factor_ask: "گذرواژه درست است. کد برنامه رمزساز را وارد کنید.", "The password is right. Type the code of your authenticator edge.";
    factor_code: "کد", "Code";
    factor_code_first: "شش رقمی که برنامه نشان می‌دهد", "The six digits that the app shows";
    factor_code_help: "شش رقمی که برنامه نشان می‌دهد، یا یکی از کدهای بازیابی", "The six digits that the app shows, or one of your recovery codes";
    factor_form: "کد شش رقم دارد، و کد بازیابی ده نویسه.", "A code has six digits, a recovery code ten characters.";
    factor_wrong: "کد درست نیست، یا پیش‌تر استفاده شده است، یا تلاش‌های نادرست زیاد بوده‌اند. کد بعدی را وارد کنید، یا یک ربع دیگر دوباره تلاش کنید.", "The code is wrong, or was used before, or there were too many wrong tries. Type the next code, or try again in a quarter of an hour.";
    factor_enrolled: "از این پس برای ورود، کد این برنامه لازم است.", "From now on a code of this app is needed to sign in.";
    factor_lost: "اگر گوشی و کدهای بازیابی را ندارید، مدیر دیگری عامل دوم شما را برمی‌دارد و در ورود بعد گوشی تازه‌ای ثبت می‌کنید.", "Where phone and recovery codes are lost, another admin takes your second factor away, and you enrol another phone when you sign in.";
    recovery_codes: "کدهای بازیابی", "Recovery codes";
    recovery_help: "هر یک از این کدها یک بار به جای کد برنامه می‌نشیند. آن‌ها را جایی جز گوشی نگه دارید؛ دوباره نشان داده نمی‌شوند.", "Each of these codes stands in for a code of the app once. Keep them elsewhere than on the phone: they are not shown again.";
    recovery_left: "کدهای بازیابی مانده", "Recovery codes left";
    go_on: "ادامه", "Go on";
    not_oneself: "نقش و وضعیت خودتان را مدیر دیگری تغییر می‌دهد.", "Your own role and state are changed by another admin.";
    operator_second: "تغییر اپراتورها را یک مدیر پیشنهاد می‌کند و مدیر دیگری تأیید می‌کند. کسی که دیگری را ساخته یا رمز او را گذاشته است، ۳۰ روز با او یک نفر به شمار می‌آید، مگر مدیر مستقلی جدا بودنشان را تأیید کند.", "An admin proposes changes of operators, and another admin approves them. An operator who made another or set its password counts as one person with it for 30 days, unless an independent admin confirms that they are two.";
    operator_alone: "تا مدیر دومی نیست، تغییرها بی‌واسطه انجام می‌شود.", "While there is no second admin, changes are made directly.";
    operator_reason: "برای مدیر دوم", "For the second admin";
    confirm_apart: "شخصی جدا از", "A person apart from";
    not_confirmed: "تأیید نشد: این کار را مدیری انجام می‌دهد که از هر دو مستقل باشد.", "Not confirmed: an admin who is independent of both does this.";
    card_in_address: "شماره کارت در نشانی صفحه نمی‌آید", "No card number in an address";
    card_in_address_help: "آن را در کادر جستجو بنویسید: نشانی‌ها در سابقه مرورگر و گزارش‌ها می‌مانند.", "Write it into the search field: addresses stay in histories and logs.";
    operator_refused: "نام، رمز (در حالت واقعی دست‌کم ۱۲ نویسه) یا نقش درست نیست، یا این نام وجود دارد، یا دلیل یا پیشنهاد باز دیگری درباره او مانع است.", "Name, password (12 characters or more in production) or role is wrong, the name is taken, the reason is missing, or there is an open proposal about this operator.";
    operator_stale: "پس از نمایش این صفحه، این اپراتور تغییر کرده است. جدول پایین تازه است؛ دوباره تصمیم بگیرید.", "This operator has changed since the page was shown. The table below is as it is now: decide anew.";
    clock: "ساعت سرویس", "Service clock";
    clock_set: "تنظیم ساعت", "Set the clock";
    clock_advance: "جلو بردن", "Advance";
    one_minute: "یک دقیقه", "one minute";
    twenty_minutes: "بیست دقیقه", "twenty minutes";
    one_hour: "یک ساعت", "one hour";
    one_day: "یک روز", "one day";
    thirty_days: "سی روز", "thirty days";
    clock_run: "ساعت سیستم", "Run with the machine";
    clock_freeze: "نگه داشتن ساعت", "Freeze the clock";
    clock_idle: "اجرا تا کار بعدی نماند", "Run until nothing is due";
    clock_mode: "حالت ساعت", "Mode of the clock";
    clock_system: "ساعت سیستم", "the machine's time";
    clock_frozen: "ایستاده", "frozen";
    clock_running: "در حال کار", "running";
    snapshots: "تصویرهای دنیا", "Snapshots";
    snapshot: "تصویر", "Snapshot";
    snapshot_help: "بازیابی، دنیای کنونی را با دنیای ذخیره‌شده عوض می‌کند و ساعت به زمان آن برمی‌گردد؛ شاید باید دوباره وارد شوید.", "Loading replaces the present world by the saved one, and the clock returns to its instant; you may have to sign in again.";
    snapshot_save: "ذخیره", "Save";
    snapshot_load: "بازیابی", "Load";
    snapshot_drop: "حذف", "Drop";
    scenario: "سناریو", "Scenario";
    scenarios: "سناریوها", "Scenarios";
    fault: "خطا", "Fault";
    faults: "خطاهای ساختگی", "Faults";
    faults_armed: "خطاهای فعال", "Armed faults";
    fault_arm: "فعال کن", "Arm";
    fault_clear: "حذف همه", "Clear all";
    operation: "سرویس", "Operation";
    magic: "مقدارهای ویژه", "Magic values";
    magic_descriptions: "شرح‌های فاکتور که gateway=LOC رد می‌کند", "Descriptions of invoices that gateway=LOC declines";
    card_endings: "چهار رقم آخر کارت‌های بانک‌های دیگر که رد می‌شوند", "Last four digits of other banks' cards that are declined";
    demo_values: "مقدارهای دنیای نمایشی", "Values of the demo world";
    value: "مقدار", "Value";
    owner: "صاحب", "Owner";
    reset: "شروع دوباره", "Reset";
    reset_confirm: "برای تأیید بنویسید: reset", "To confirm, write: reset";
    reset_unconfirmed: "پاک نشد: برای تأیید، کلمه reset را بنویسید.", "Not reset: write the word reset to confirm.";
    reset_help: "همه چیز پاک می‌شود و دنیای نمایشی از نو ساخته می‌شود؛ باید دوباره وارد شوید.", "Everything is removed and the demo world is made anew; you sign in again.";
    volume: "حجم", "Volume";
    payments: "پرداخت‌ها", "Payments";
    success: "موفقیت", "Success";
    latency: "تأخیر", "Latency";
    strict_rule: "قاعدهٔ سخت‌گیرانه", "Strict rule";
    queue: "صف", "Queue";
    queue_help: "منتظر نوشتن", "wait for the writer";
    undecided: "نامعلوم‌ها", "Undecided";
    undecided_help: "منتظر تعیین تکلیف", "wait for a decision";
    decisions_help: "منتظر اپراتور دوم", "wait for a second operator";
    last_hour: "یک ساعت گذشته", "last hour";
    percent: "٪", "%";
    slowest: "کندترین", "slowest";
    chart_payments: "پرداخت در دقیقه", "Payments by the minute";
    chart_latency: "میانگین تأخیر", "Mean latency";
    newest_orders: "تازه‌ترین سفارش‌ها", "Newest orders";
    newest_invoices: "تازه‌ترین فاکتورها", "Newest invoices";
    client_unknown: "برنامه ناشناس است", "The program is not known";
    client_unknown_help: "نشانی بازگشت یا شناسه برنامه نادرست است. این پیوند را از برنامه دیگری نگیرید.", "The program's id or return address is wrong. Do not follow this link.";

    // A payer's way: where it goes on, how it is let go, and what each end leads to.
    state_in_gateway_until: "این فاکتور تا ساعت {} در مرورگر یا دستگاه دیگری در حال پرداخت است. همان پیوند را در همان مرورگر باز کنید تا پرداخت ادامه یابد. برای پرداخت در این‌جا، آن‌جا «پرداخت در زمان یا جای دیگر» را بزنید، یا تا آن ساعت صبر کنید.", "This invoice is being paid in another browser or device until {}. To go on there, open the same link in that browser. To pay here, choose “Pay later or elsewhere” there, or wait until then.";
    held_here: "این فاکتور تا ساعت {} برای این مرورگر نگه داشته شده است.", "This invoice is kept for this browser until {}.";
    let_go: "پرداخت در زمان یا جای دیگر", "Pay later or elsewhere";
    let_go_done: "فاکتور آزاد شد: اکنون در هر مرورگری، و همین‌جا هم، می‌توان آن را پرداخت.", "The invoice is released: it can be paid in any browser now, in this one as well.";
    card_goes_on: "ادامه پرداخت با کارت", "Go on with the card";
    card_goes_on_password: "رمزی که پیامک شد تا ساعت {} اعتبار دارد", "The password that was sent is valid until {}";
    pay_until: "مهلت پرداخت تا ساعت", "Pay until";
    other_means: "روش‌های دیگر پرداخت", "Other ways to pay";
    pay_again: "پرداخت دوباره این فاکتور", "Pay this invoice after all";
    try_again: "تلاش دوباره", "Try again";
    to_payment: "بازگشت به صفحه پرداخت", "Back to the payment";
    log_in_as_another: "ورود با نام دیگر", "Log in as another user";
    state_refused_help: "این فاکتور در این صفحه پرداخت نمی‌شود و مبلغی برداشت نشد. از فروشنده بپرسید.", "This invoice cannot be paid on this page, and no money was taken. Ask the shop.";
    outcome_unknown: "نتیجه هنوز معلوم نیست", "The outcome is not known yet";
    outcome_unknown_help: "شاید پرداخت انجام شده باشد. دوباره پرداخت نکنید؛ وضعیت فاکتور را ببینید یا از فروشنده بپرسید.", "The payment may have been made. Do not pay again: look how the invoice stands, or ask the shop.";

    // Vouchers and credit on the payment page.
    voucher_applied: "بن تخفیف اعمال شد؛ مبلغ باقی‌مانده را ببینید.", "The voucher is applied: see what is left to pay.";
    voucher_removed: "بن تخفیف برداشته شد.", "The voucher is removed.";
    voucher_remove: "برداشتن بن", "Remove the voucher";
    voucher_void: "بنی که اعمال کرده بودید دیگر اعتبار ندارد؛ آن را بردارید.", "The voucher that you have applied is no longer valid: remove it.";
    credit_applied: "اعتبار اعمال شد؛ مبلغ باقی‌مانده را ببینید.", "The credit is applied: see what is left to pay.";
    credit_short: "اعتباری که اعمال کرده بودید دیگر کافی نیست؛ مبلغ تازه را ببینید.", "The credit that you have applied is no longer enough: see the new amount.";

    // What is wrong with a card or its one-time password.
    cvv2_wrong: "CVV2 نادرست است.", "The CVV2 is wrong.";
    expiry_wrong: "تاریخ انقضا با کارت نمی‌خواند.", "The expiry is not that of the card.";
    otp_wrong: "رمز پویا نادرست است.", "The one-time password is wrong.";
    tries_left: "{} بار دیگر می‌توانید تلاش کنید؛ پس از آن کارت قفل می‌شود.", "Tries left before the card is locked: {}.";
    now_locked: "با این تلاش کارت قفل شد؛ با کارت دیگر یا از راه دیگری بپردازید.", "This try has locked the card: pay with another card or in another way.";
    otp_until: "اعتبار رمز تا ساعت", "Password valid until";
    otp_expired: "رمز در ساعت {} منقضی شد؛ رمز تازه بگیرید.", "The password expired at {}: get a new one.";
    otp_still_valid: "رمزی که پیش‌تر پیامک شد هنوز اعتبار دارد؛ همان را وارد کنید.", "The password that was sent before is still valid: enter that one.";
    otp_no_more: "اکنون رمز تازه‌ای فرستاده نمی‌شود؛ رمز پیشین هنوز اعتبار دارد.", "No new password is sent now: the one before is still valid.";
    send_new_otp: "دریافت رمز تازه", "Send a new password";

    // A shop's look, sums on buttons, receipts, and consents.
    pay_sum: "پرداخت {} ریال", "Pay {} rials";
    send_otp_for: "دریافت رمز پویا برای {} ریال", "Send one-time password for {} rials";
    shop_help: "پشتیبانی فروشگاه", "Help of the shop";
    looks: "ظاهر فروشگاه‌ها", "Looks of shops";
    looks_help: "نام، نشان، رنگ‌ها و نشانی پشتیبانی که پرداخت‌کنندگان در صفحهٔ پرداخت می‌بینند.", "The name, logo, colours and help address that payers see on the payment page.";
    look_of: "ظاهر فروشگاه", "Look of the shop";
    look_name: "نام برای پرداخت‌کنندگان", "Name for payers";
    look_name_help: "خالی: شناسهٔ کسب‌وکار", "Empty: the handle of the business";
    look_site: "وب‌گاه", "Site";
    look_help_address: "پشتیبانی: نشانی وب، mailto: یا tel:", "Help: a web address, mailto: or tel:";
    look_colour: "رنگ دکمه‌ها و پیوندها", "Colour of buttons and links";
    look_accent: "رنگ زمینهٔ مبلغ", "Colour behind amounts";
    look_colour_help: "به شکل #0b5f58؛ خالی: رنگ همهٔ صفحه‌ها. رنگ نوشته‌ها تا خوانا شدن تیره‌تر یا روشن‌تر می‌شود.", "As #0b5f58; empty: the colour of all pages. Colours of texts are made darker or lighter until they can be read.";
    look_logo: "نشان", "Logo";
    look_logo_help: "PNG، JPEG یا WebP، تا ۴۰ کیلوبایت و ۲۰۴۸ پیکسل در هر سو؛ بدون SVG", "PNG, JPEG or WebP, up to 40 KiB and 2,048 pixels on each side; no SVG";
    look_logo_now: "نشان کنونی", "Present logo";
    look_logo_remove: "برداشتن نشان", "Remove the logo";
    look_save: "ذخیره", "Save";
    look_preview: "پیش‌نمایش", "Preview";
    look_preview_help: "پیش‌نمایش؛ چیزی ذخیره نشده است.", "A preview: nothing is saved yet.";
    look_light: "روشن", "Light";
    look_dark: "تیره", "Dark";
    look_sample: "سفارش نمونه", "Sample order";
    look_none: "ندارد", "none";
    consent_withdrawn: "اجازه پس گرفته شد؛ این کسب‌وکار از همین لحظه دسترسی ندارد.", "Withdrawn: this business has no access from this moment on.";
    consent_given_at: "اجازه از", "Allowed since";
    consent_undo_help: "این اجازه را هر زمان می‌توانید پس بگیرید:", "You can withdraw this permission at any time:";
    client_handle: "شناسه", "Id";

    // What operators do about payments: refunds, cancellation, returns.
    refund: "بازگرداندن پول", "Refund";
    refund_part: "پیشنهاد: بازگرداندن این مبلغ", "Propose: refund this amount";
    refund_all: "پیشنهاد: بازگرداندن همه", "Propose: refund everything";
    refund_everything: "همهٔ ماندهٔ آن", "everything that is left";
    refund_invoice_help: "پول به کیف پول پرداخت‌کننده برمی‌گردد و اعتبار به دهندهٔ آن؛ پرداخت‌کنندهٔ ناشناس به حساب معلق. بخش‌ها روی هم از پرداخت بیشتر نمی‌شوند. اپراتور دیگری باید تأیید کند.", "Money goes back to the payer's wallet, and credit to its delegator; to the suspense account where the payer is not known. Parts never sum up to more than the payment. Another operator has to approve it.";
    refund_phone_help: "پول از حساب پذیرنده به کارت برمی‌گردد. بخش‌ها روی هم از پرداخت بیشتر نمی‌شوند. اپراتور دیگری باید تأیید کند.", "Money goes back from the merchant's account to the card. Parts never sum up to more than the payment. Another operator has to approve it.";
    refunded: "بازگردانده‌شده", "Refunded";
    refundable: "قابل بازگرداندن", "Can be refunded";
    amount_rial: "مبلغ به ریال", "Amount in rials";
    cancel_invoice: "لغو فاکتور", "Cancel the invoice";
    return_order: "ثبت برگشت", "Book a return";
    return_help: "وقتی شبکه پول را برگردانده است: با یک ثبت تازه به مبدأ می‌رسد.", "Where the network has brought the money back: a new transfer takes it to its source.";
    reason_why: "برای ردپا", "For the audit";
    not_done: "انجام نشد", "Not done";
    number_wrong: "عدد صحیح بنویسید.", "Write a whole number.";
    shown_once_title: "راز تازه", "New secret";
    shown_once: "فقط همین یک بار نشان داده می‌شود: همین حالا جایی امن نگه دارید.", "This is shown once: keep it in a safe place now.";
    shown_before: "این راز پیش‌تر نشان داده شده است و جایی نگه داشته نمی‌شود. اگر گم شده، راز تازه‌ای بسازید.", "This secret was shown before and is stored nowhere. If it is lost, make a new one.";

    // Setting up: users and businesses, clients, terminals, cards, deposits, bank users.
    setup: "معرفی و تنظیم", "Set up";
    setup_help: "فروشگاه‌ها، برنامه‌ها، پایانه‌ها، کارت‌ها، سپرده‌ها و کاربران: فهرست، افزودن، تغییر، غیرفعال کردن و راز تازه.", "Shops, clients, terminals, cards, deposits and users: list them, add, change and disable them, and give them new secrets.";
    setup_parties: "کاربران و کسب‌وکارهای پاد، با کیف پول‌ها، کلیدها و توکن‌ها.", "POD's users and businesses, with wallets, keys and tokens.";
    setup_clients: "برنامه‌هایی که سرویس‌های فینوتک را فرا می‌خوانند.", "Programs that call Finnotech's services.";
    setup_terminals: "پایانه‌های پرداخت تلفنی پی‌استار. هر که شناسهٔ پایانه را بداند می‌تواند پرداخت بگیرد.", "PayStar's terminals of telephone payments. The id of a terminal is all that is needed to take payments.";
    setup_payer_cards: "کارت‌هایی که تلفنی و در صفحه‌ها پرداخت می‌کنند.", "Cards that pay by telephone and on pages.";
    setup_client_cards: "کارت‌های مادر برنامه‌ها، و کارت‌های بن که شارژ می‌شوند.", "Float cards of clients, and bon cards that they charge.";
    setup_deposits: "سپرده‌های بانک‌های این سرویس.", "Deposits at the hosted banks.";
    setup_bank_users: "کاربران بانک‌ها، که در صفحهٔ رضایت وارد می‌شوند.", "Users of the banks, who log in on the consent page.";
    clients: "برنامه‌ها", "Clients";
    terminals: "پایانه‌ها", "Terminals";
    payer_cards: "کارت‌های پرداخت", "Payer cards";
    client_cards: "کارت‌های مادر و بن", "Float and bon cards";
    deposits: "سپرده‌ها", "Deposits";
    bank_users: "کاربران بانک‌ها", "Bank users";
    add_new: "افزودن", "Add one";
    change: "تغییر", "Change";
    yes: "بله", "yes";
    no: "خیر", "no";
    present: "دارد", "set";
    absent: "ندارد", "not set";
    client_id: "شناسه برنامه", "Client id";
    client_secret: "راز برنامه", "Client secret";
    new_secret: "راز تازه", "New secret";
    new_secret_help: "با راز تازه، راز کنونی از کار می‌افتد.", "A new secret ends the present one at once.";
    redirect_origin: "مبدأ بازگشت", "Redirect origin";
    scopes: "دامنه‌ها", "Scopes";
    max_amount: "سقف هر تراکنش", "Most of a transaction";
    max_count: "سقف سفارش در ماه", "Most orders a month";
    charge_limits: "سقف‌های شارژ", "Limits of charges";
    charge_per_card: "شارژ: سقف هر کارت", "Charges: of a card";
    charge_per_transaction: "شارژ: سقف هر شارژ", "Charges: of one charge";
    charge_daily: "شارژ: سقف روزانه هر کارت", "Charges: of a card in a day";
    charge_monthly: "شارژ: سقف ماهانه هر کارت", "Charges: of a card in a month";
    charge_account: "شارژ: سقف هر حساب", "Charges: of an account";
    charge_account_daily: "شارژ: سقف روزانه هر حساب", "Charges: of an account in a day";
    charge_account_monthly: "شارژ: سقف ماهانه هر حساب", "Charges: of an account in a month";
    sequence_new: "شناسه پایانه (خالی: ساخته می‌شود)", "Id of the terminal (empty: one is made)";
    password_new: "رمز تازه", "New password";
    locked_until: "قفل تا", "locked until";
    mobile_known: "همراه ثبت‌شده", "Mobile known";
    mobile_verified: "همراه تأییدشده", "Mobile verified";
    expires: "انقضا", "Expires";
    per_transaction: "سقف هر پرداخت", "Most of a payment";
    daily: "سقف روزانه", "Most of a day";
    no_limit: "بی‌محدودیت", "no limit";
    wrong_tries: "رمزهای نادرست پیاپی", "Wrong passwords in a row";
    unlock: "باز کردن قفل", "Unlock";
    unlock_help: "سه رمز نادرست پیاپی کارت را قفل می‌کند. باز کردن قفل، شمارش را صفر می‌کند.", "Three wrong passwords in a row lock a card. Unlocking it starts the count anew.";
    card_active: "فعال", "active";
    card_inactive: "غیرفعال", "inactive";
    card_restricted: "محدود", "restricted";
    card_not_permitted: "بدون مجوز پرداخت", "not permitted to pay";
    card_locked: "قفل", "locked";
    card_replaced: "جایگزین شده", "replaced";
    approved_for: "برنامه‌های مجاز", "Approved for";
    float_of: "کارت مادرِ برنامه", "Float card of";
    first_name: "نام", "First name";
    last_name: "نام خانوادگی", "Last name";
    gate_help: "حسابی که مانده یا مبلغ نگه‌داشته دارد بسته نمی‌شود؛ برای توقف آن، برداشت یا واریز را ببندید.", "An account with a balance or a hold is not closed. To freeze it, stop its debits or its credits.";
    guilds: "صنف‌ها", "Guilds";
    sheba: "شبا", "IBAN";
    redirect_uris: "نشانی‌های بازگشت", "Redirect addresses";
    frame_origins: "سایت‌های قاب", "Framing sites";
    returns_when_taken: "بازگشت زودتر", "Early return";
    webhook_secret: "راز امضا", "Signing secret";
    log_in_secret: "راز ورود", "Log-in secret";
    old_secret_until: "راز پیشین تا", "Old secret until";
    api_keys: "سرویس‌های با کلید", "Services with a key";
    party_tokens: "توکن‌ها", "Tokens";
    new_webhook_secret: "راز تازه برای امضا", "New signing secret";
    new_log_in_secret: "راز تازه برای ورود", "New log-in secret";
    rotate_help: "راز تازه یک بار نشان داده می‌شود. راز پیشین امضا، که فراخوانی‌ها را امضا می‌کند، یک روز دیگر هم به کار می‌رود؛ راز ورود همان دم عوض می‌شود.", "A new secret is shown once. Calls are signed with the old signing secret, too, for one more day. The old log-in secret ends at once.";
    balances: "مانده‌ها", "Balances";
    last_failure: "آخرین خطا", "Last failure";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_a_place_for_a_value_in_both_languages_or_in_none() {
        let differing: Vec<_> =
            ALL.iter().filter(|(_, fa, en)| fa.matches("{}").count() != en.matches("{}").count()).collect();
        assert_eq!(differing, <Vec<&(&str, &str, &str)>>::new());
        assert_eq!(filled("a {} b", "1"), "a 1 b");
    }
}
