//! The types of `result` in the services' replies.

use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

/// A transfer.
// finnotech.md 3.1.
#[derive(Serialize, Debug, ToSchema)]
#[schema(as = FinnotechTransfer)]
#[serde(rename_all = "camelCase")]
pub struct Transfer<'a> {
    /// The amount in rials.
    pub amount: i64,
    /// The text of the request.
    pub description: &'a str,
    /// The first name of the destination's holder in the request; empty if it had none.
    pub destination_firstname: &'a str,
    /// The last name of the destination's holder in the request; empty if it had none.
    pub destination_lastname: &'a str,
    /// The account number or IBAN of the request.
    pub destination_number: &'a str,
    /// The day of acceptance, Jalali `YYMMDD`. Date, time and sequence together name the transfer where a discrepancy is settled with the bank.
    pub inquiry_date: String,
    /// The number of the transfer on this day at the source's bank, from 1001.
    pub inquiry_sequence: i64,
    /// The time of acceptance in Tehran, `HHMMSS`.
    pub inquiry_time: String,
    /// One blank; of a transfer that is not decided, the text of `error.message`.
    pub message: &'a str,
    /// The payment id of the request; empty if it had none.
    pub payment_number: &'a str,
    /// The tracking number of the transfer: 16 digits, unique on the server. It never changes.
    pub ref_code: String,
    /// The first name of the account's holder, whatever the request has.
    pub source_firstname: &'a str,
    /// The last name of the account's holder, whatever the request has.
    pub source_lastname: &'a str,
    /// The account number of the source.
    pub source_number: &'a str,
    /// The network: `internal`, `paya` or `satna`.
    #[serde(rename = "type")]
    pub route: &'static str,
}

/// What became of a transfer.
// finnotech.md 3.3.
#[derive(Serialize, Debug, ToSchema)]
#[schema(as = FinnotechInquiry)]
#[serde(rename_all = "camelCase")]
pub struct Inquiry<'a> {
    /// What became of it: `DONE`, `PENDING`, `UNKNOWN` or `FAILED`. `FAILED` also if the money has come back; only then may the payment be sent under
    /// another trackId.
    pub transfer_status: &'static str,
    /// The amount in rials.
    pub transaction_amount: i64,
    /// The account number of the source.
    pub source_number: &'a str,
    /// The account number or IBAN of the destination.
    pub destination_number: &'a str,
    /// The day of acceptance, Jalali `YYMMDD`. Date, time and sequence together name the transfer where a discrepancy is settled with the bank.
    pub inquiry_date: String,
    /// The time of acceptance in Tehran, `HHMMSS`.
    pub inquiry_time: String,
    /// The number of the transfer on this day at the source's bank, from 1001.
    pub inquiry_sequence: i64,
    /// The trackId of the transfer.
    pub transfer_track_id: &'a str,
    /// The tracking number of the transfer: 16 digits.
    pub ref_code: String,
    /// The network: `internal`, `paya` or `satna`.
    #[serde(rename = "type")]
    pub route: &'static str,
}

/// What is on a deposit.
// finnotech.md 3.5.
#[derive(Serialize, Debug, ToSchema)]
#[schema(as = FinnotechBalance)]
#[serde(rename_all = "camelCase")]
pub struct Balance<'a> {
    /// The booked balance in rials.
    pub current_balance: i64,
    /// The booked balance without the amounts on hold (of orders that are not decided, and of queued paya transfers of bank 054), in rials.
    pub available_balance: i64,
    /// The same as `availableBalance`.
    pub effective_balance: i64,
    /// Always 0.
    pub freeze_amount: i64,
    /// The account number.
    pub number: &'a str,
}

/// A deposit of a user.
// finnotech.md 3.10.
#[derive(Serialize, Debug, ToSchema)]
#[schema(as = FinnotechDepositRow)]
#[serde(rename_all = "camelCase")]
pub struct DepositRow {
    /// The account number.
    pub account_number: String,
    /// `010` is a current account.
    pub account_type: String,
}

/// What has moved on a deposit.
// finnotech.md 3.5.
#[derive(Serialize, Debug, Default, ToSchema)]
#[schema(as = FinnotechStatement)]
#[serde(rename_all = "camelCase")]
pub struct Statement {
    /// The deposit's IBAN.
    pub iban: String,
    /// Always empty.
    pub branch_code: &'static str,
    /// Always empty.
    pub branch_name: &'static str,
    /// The booked balance: rials in 16 digits, with leading zeros.
    pub account_current_balance: String,
    /// Always `C` (credit): no balance is negative.
    pub account_current_balance_sign: &'static str,
    /// The booked balance without the amounts on hold: rials in 16 digits, with leading zeros.
    pub account_available_balance: String,
    /// Always `C`.
    pub account_available_balance_sign: &'static str,
    /// The same as `accountCurrentBalance`.
    pub current_balance: String,
    /// Always `C`.
    pub current_balance_sign: &'static str,
    /// `010` is a current account.
    pub account_type_code: String,
    /// The holder's first name.
    pub customer_name: String,
    /// The holder's last name.
    pub customer_family_name: String,
    /// `M`: more rows follow, ask for them with `lastRecordNumber`. `L`: these are the last ones.
    pub transaction_chain: &'static str,
    /// The number of the last row of this page, 20 digits, for the next page.
    pub last_record_number: String,
    /// The rows, newest first: at most 100, of bank 016 at most 30.
    #[schema(value_type = Vec<StatementRow>)]
    pub transactions: Vec<Box<RawValue>>,
    /// Always empty.
    pub sub_type_code: &'static str,
    /// Always empty.
    pub backup_account_number: &'static str,
    /// Always empty.
    pub open_date: &'static str,
    /// Always empty.
    pub effective_account_balance: &'static str,
    /// Always empty.
    pub effective_account_balance_sign: &'static str,
    /// Always empty.
    pub cics_trans_id: &'static str,
    /// Always empty.
    pub seq_no: &'static str,
    /// Always empty.
    pub data_type: &'static str,
    /// Always empty.
    pub acknowledge: &'static str,
    /// Always empty.
    pub msgnbr: &'static str,
    /// Always empty.
    pub available_sign: &'static str,
    /// Always empty.
    pub average_balance: &'static str,
    /// Always empty.
    pub average_balance_sign: &'static str,
}

/// One entry of a statement.
#[derive(Serialize, Debug, Default, ToSchema)]
#[schema(as = FinnotechStatementRow)]
#[serde(rename_all = "camelCase")]
pub struct StatementRow {
    /// The same in each row.
    pub operation_code: OperationCode,
    /// The position in the page: `001`, `002`, ….
    pub record_number: String,
    /// The booked balance after this row: rials in 16 digits, with leading zeros.
    pub balance: String,
    /// Always `C`.
    pub balance_sign: &'static str,
    /// The amount that came in: rials in 16 digits, with leading zeros; else zeros.
    pub transaction_amount_credit: String,
    /// The amount that went out: rials in 16 digits, with leading zeros; else zeros.
    pub transaction_amount_debit: String,
    /// Always `722`.
    pub transaction_description: &'static str,
    /// The day, Jalali `YYMMDD`.
    pub date: String,
    /// The day, Jalali `YYYYMMDD`.
    pub full_date: String,
    /// The time in Tehran, `HHMMSS`.
    pub time: String,
    /// The same as `fullDate`.
    pub request_date: String,
    /// The same as `time`.
    pub request_time: String,
    /// `date`, `time`, `KZ` and the number of the entry.
    pub origin_key: String,
    /// The same with `fullDate`.
    pub raw_origin_key: String,
    /// `paymentNumber` of the transfer.
    pub optional_information: String,
    /// `paymentNumber` of the transfer.
    pub optional_information15: String,
    /// `description` of the transfer.
    pub optional_information1: String,
    /// `description` of the transfer.
    pub optional_information30: String,
    /// The tracking number of the order; of money that has come back, that of the return. Empty if the row is of no order.
    pub ref_code: String,
    /// The amount in rials, without leading zeros.
    pub transaction_amount: String,
    /// `IBAN` on paya and satna rows, `CARD` on those of charges, else null.
    pub transaction_class: Option<&'static str>,
    /// The other side of a paya or satna row, else null.
    pub iban_information_map: Option<IbanInformation>,
    /// The charge of the row, else null.
    pub card_information_map: Option<CardInformation>,
    /// Always null.
    #[schema(value_type = Option<Object>)]
    pub ledger_information_map: Option<()>,
    /// Always empty.
    pub cheque_no: &'static str,
    /// Always empty.
    pub branch_no: &'static str,
    /// Always empty.
    #[serde(rename = "userID")]
    pub user_id: &'static str,
    /// Always empty.
    pub source: &'static str,
    /// Always empty.
    pub additional_information: &'static str,
}

/// The other side of a charge's row.
#[derive(Serialize, Debug, ToSchema)]
#[schema(as = FinnotechCardInformation)]
#[serde(rename_all = "camelCase")]
pub struct CardInformation {
    /// Always `CARD`.
    pub transaction_class: &'static str,
    /// `tracker` of the charge.
    pub reference_id: String,
}

/// The other side of a paya or satna row.
#[derive(Serialize, Debug, Default, ToSchema)]
#[schema(as = FinnotechIbanInformation)]
#[serde(rename_all = "camelCase")]
pub struct IbanInformation {
    /// Always `IBAN`.
    pub transaction_class: &'static str,
    /// `61`: paya. `62`: satna.
    pub transaction_type_code: &'static str,
    /// The IBAN of the destination.
    pub destination_iban: String,
    /// `paymentNumber` of the transfer.
    pub pay_id: String,
    /// First and last name of the destination's holder, as the transfer has them.
    pub name: String,
    /// The code of the destination's bank.
    pub bank_code: String,
    /// Always empty.
    pub branch_code: &'static str,
    /// Always empty.
    pub reason_description: &'static str,
    /// Always empty.
    pub charge_amount: &'static str,
    /// Always empty.
    pub chakavak_info: &'static str,
    /// The tracking number of the transfer.
    pub reference_id: String,
}

/// `operationCode` of every row: internet transfer.
#[derive(Serialize, Debug, ToSchema)]
#[schema(as = FinnotechOperationCode)]
pub struct OperationCode {
    /// Always `722`.
    pub code: &'static str,
    /// The text of the code: internet transfer.
    pub message: &'static str,
}

impl Default for OperationCode {
    fn default() -> Self {
        Self { code: "722", message: "حواله اينترنتي" }
    }
}

/// A token of the client's own.
// finnotech.md 2.1.
#[derive(Serialize, Debug, ToSchema)]
#[schema(as = FinnotechClientCredentialToken)]
#[serde(rename_all = "camelCase")]
pub struct ClientCredentialToken<'a> {
    /// The access token, a JWT, for `Authorization: Bearer`.
    pub value: &'a str,
    /// The scopes that are granted.
    pub scopes: &'a [String],
    /// The life of the token in milliseconds: 864000000, which is ten days.
    pub life_time: i64,
    /// The instant of issue in Tehran, Jalali `YYYYMMDDHHMMSS`.
    pub creation_date: &'a str,
    /// For `grant_type` `refresh_token`: 256 letters and digits, used once.
    pub refresh_token: &'a str,
}

/// A token of a user's consent.
// finnotech.md 2.1.
#[derive(Serialize, Debug, ToSchema)]
#[schema(as = FinnotechCodeToken)]
#[serde(rename_all = "camelCase")]
pub struct CodeToken<'a> {
    /// The scopes that are granted.
    pub scopes: &'a [String],
    /// The number of orders per Jalali month; 0: no limit. It was `count` of the `authorize` call.
    pub monthly_call_limitation: i64,
    /// The largest amount of an order in rials; 0: no limit. It was `limit` of the `authorize` call.
    pub max_amount_per_transaction: i64,
    /// The national id of the user who consented.
    pub user_id: &'a str,
    /// The instant of issue in Tehran, Jalali `YYYYMMDDHHMMSS`.
    pub creation_date: &'a str,
    /// Always `CODE`, also of a token by SMS.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The code of the bank; empty of a token by SMS without one.
    pub bank: &'a str,
    /// The life of the token in milliseconds: 864000000 (ten days), of bank 016 900000 (15 minutes).
    pub life_time: i64,
    /// The account numbers that the user has chosen; empty of a token by SMS without a bank.
    pub deposits: &'a [String],
    /// The id of the client.
    pub client_id: &'a str,
    /// The access token, a JWT, for `Authorization: Bearer`.
    pub value: &'a str,
    /// For `grant_type` `refresh_token`: 256 letters and digits, used once.
    pub refresh_token: &'a str,
    /// `SMS` for a token that the user granted by SMS; absent for others.
    #[serde(rename = "auth_type", skip_serializing_if = "Option::is_none")]
    pub auth_type: Option<&'static str>,
}

/// Claims of a client-credential token (finnotech.md 2.5).
#[derive(Serialize, Debug)]
#[serde(rename_all = "camelCase")]
pub struct ClientCredentialClaims<'a> {
    pub token_id: &'a str,
    pub client_id: &'a str,
    pub user_id: &'a str,
    pub active: bool,
    pub scopes: &'a [String],
    pub deposits: [(); 0],
    pub monthly_call_limitation: Option<i64>,
    pub max_amount_per_transaction: Option<i64>,
    pub destination: Option<()>,
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub creation_date: &'a str,
    pub life_time: i64,
    pub iat: i64,
}

/// Claims of a code token (finnotech.md 2.5).
#[derive(Serialize, Debug)]
#[serde(rename_all = "camelCase")]
pub struct CodeClaims<'a> {
    pub token_id: &'a str,
    pub scopes: &'a [String],
    pub monthly_call_limitation: i64,
    pub max_amount_per_transaction: i64,
    pub user_id: &'a str,
    pub creation_date: &'a str,
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub bank: &'a str,
    pub life_time: i64,
    pub deposits: &'a [String],
    pub client_id: &'a str,
    #[serde(rename = "randomUKID")]
    pub random_uk_id: &'a str,
    pub iat: i64,
    /// `SMS` for a token that the user granted by SMS; absent for others.
    #[serde(rename = "auth_type", skip_serializing_if = "Option::is_none")]
    pub auth_type: Option<&'static str>,
}

/// Paya transfers whose cycles have settled.
// finnotech.md 3.4.
#[derive(Serialize, Debug, ToSchema)]
#[schema(as = FinnotechPayas)]
pub struct Payas {
    /// The transfers, newest first. A transfer is here from the settlement of its cycle on: that it is not here does not mean that it failed.
    #[schema(value_type = Vec<PayaRow>)]
    pub transactions: Vec<Box<RawValue>>,
    /// The number of all transfers that match, also of those on other pages.
    pub count: i64,
}

/// One paya transfer whose cycle has settled.
#[derive(Serialize, Debug, ToSchema)]
#[schema(as = FinnotechPayaRow)]
#[serde(rename_all = "camelCase")]
pub struct PayaRow {
    /// The server's number of the order.
    pub transaction_id: String,
    /// The day of acceptance, Jalali `YYYYMMDD`.
    pub transaction_date: String,
    /// `refCode` of the transfer.
    pub trace_id: String,
    /// The amount in rials.
    pub amount: i64,
    /// The name of the source's holder.
    pub sender_name: String,
    /// The IBAN of the source.
    pub sender_iban: String,
    /// The code of the source's bank.
    pub sender_bank: String,
    /// The IBAN of the destination.
    pub receiver_iban: String,
    /// First and last name of the destination's holder, as the transfer has them.
    pub receiver_name: String,
    /// `description` of the transfer.
    pub comment: String,
    /// The number of the cycle in its day.
    pub paya_cycle: String,
    /// When the cycle settled in Tehran, `HH:MM`.
    pub cycle_time: String,
    /// `paymentNumber` of the transfer.
    pub pay_id: String,
    /// Why the money has come back; empty if it has not.
    pub return_causality: String,
    /// The tracking number of the return, which the statement has; empty if there is none.
    pub return_id: String,
    /// `true` (a text) if the money has come back, else `false`.
    pub rejected: &'static str,
    /// The instant of acceptance: RFC 3339, in Tehran.
    pub ad_date: String,
}

/// Whose an IBAN is.
// finnotech.md 3.9.
#[derive(Serialize, Debug, ToSchema)]
#[schema(as = FinnotechIbanInquiry)]
#[serde(rename_all = "camelCase")]
pub struct IbanInquiry<'a> {
    /// The IBAN that was inquired.
    #[serde(rename = "IBAN")]
    pub iban: &'a str,
    /// The Persian name of the bank.
    pub bank_name: &'static str,
    /// The account number; empty if the account is not known.
    pub deposit: &'a str,
    /// The status in Persian.
    pub deposit_description: &'static str,
    /// Always empty.
    pub deposit_comment: &'static str,
    /// The account's holders; empty if the account is not known.
    pub deposit_owners: Vec<DepositOwner<'a>>,
    /// `02`: open. `03`: blocked, but takes money in. `04`: blocked or closed. `06`: the account is not known, or its bank is not hosted here.
    pub deposit_status: &'static str,
    /// `بدون خطا` (no error), or why nothing is known.
    pub error_description: &'static str,
}

/// Who holds a deposit.
#[derive(Serialize, Debug, ToSchema)]
#[schema(as = FinnotechDepositOwner)]
#[serde(rename_all = "camelCase")]
pub struct DepositOwner<'a> {
    /// The holder's first name.
    pub first_name: &'a str,
    /// The holder's last name.
    pub last_name: &'a str,
}

/// Tokens for deposits of a bank.
// finnotech.md 2.7.
#[derive(Serialize, Debug, ToSchema)]
#[schema(as = FinnotechTokensOfBank)]
#[serde(rename_all = "camelCase")]
pub struct TokensOfBank {
    /// The tokens of users' consent, newest first.
    #[schema(value_type = Vec<TokenRow>)]
    pub authorization_code: Vec<Box<RawValue>>,
}

/// Tokens for no bank in particular.
// finnotech.md 2.7.
#[derive(Serialize, Debug, ToSchema)]
#[schema(as = FinnotechTokens)]
#[serde(rename_all = "camelCase")]
pub struct Tokens {
    /// The client's own tokens, newest first.
    #[schema(value_type = Vec<TokenRow>)]
    pub client_credentials: Vec<Box<RawValue>>,
    /// The tokens of consent by SMS, newest first.
    #[schema(value_type = Vec<TokenRow>)]
    pub sms: Vec<Box<RawValue>>,
}

/// A living token.
#[derive(Serialize, Debug, ToSchema)]
#[schema(as = FinnotechTokenRow)]
#[serde(rename_all = "camelCase")]
pub struct TokenRow {
    /// The server's number of the token, 24 hexadecimal digits; not the token.
    pub id: String,
    /// The id of the client.
    pub client_id: String,
    /// The account numbers that the user has chosen; only with `bank`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deposits: Option<Vec<String>>,
    /// The life of the token in milliseconds.
    pub life_time: i64,
    /// `CLIENT-CREDENTIAL` or `CODE`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The instant of issue in Tehran, Jalali `YYYYMMDDHHMMSS`.
    pub creation_date: String,
    /// The national id of the user.
    pub user_id: String,
    /// The scopes that are granted.
    pub scopes: Vec<String>,
}

/// The report of orders.
// finnotech.md 2.7.
#[derive(Serialize, Debug, ToSchema)]
#[schema(as = FinnotechWages)]
pub struct Wages {
    /// The orders, newest first. A call that wrote no order is not here.
    #[schema(value_type = Vec<Wage>)]
    pub wages: Vec<Box<RawValue>>,
    /// The number of all orders that match, also of those on other pages.
    pub total: i64,
}

/// One order in the report.
#[derive(Serialize, Debug, ToSchema)]
#[schema(as = FinnotechWage)]
#[serde(rename_all = "camelCase")]
pub struct Wage {
    /// The amount of the order in rials.
    pub transaction_amount: i64,
    /// Always `default`.
    pub tariff_name: &'static str,
    /// The national id of the token's user.
    pub uid: String,
    /// The scope of the service without its domain: `transfer-to-execute`.
    pub service_name: String,
    /// The scope of the service.
    pub scope_name: &'static str,
    /// The instant of acceptance in Tehran, Jalali `YYYYMMDDHHMMSS`.
    pub date: String,
    /// The trackId of the order.
    pub track_id: String,
    /// The fee in rials.
    pub amount: i64,
    /// The account number of the source.
    pub deposit: String,
    /// What became of the order until now: `DONE`, `FAILED`, `PENDING` or `UNKNOWN`.
    pub status: &'static str,
    /// Of a transfer: the day of acceptance, Jalali `YYMMDD`.
    #[serde(rename = "inquiry_date", skip_serializing_if = "Option::is_none")]
    pub inquiry_date: Option<String>,
    /// Of a transfer: the time of acceptance in Tehran, `HHMMSS`.
    #[serde(rename = "inquiry_time", skip_serializing_if = "Option::is_none")]
    pub inquiry_time: Option<String>,
    /// Of a transfer: its number on this day at the source's bank.
    #[serde(rename = "inquiry_sequence", skip_serializing_if = "Option::is_none")]
    pub inquiry_sequence: Option<i64>,
}

/// The code for a consent is sent.
// finnotech.md 2.4.
#[derive(Serialize, Debug, ToSchema)]
#[schema(as = FinnotechSmsSent)]
#[serde(rename_all = "camelCase")]
pub struct SmsSent<'a> {
    /// Always true.
    pub sms_sent: bool,
    /// The number of this consent, which `verifySms` takes.
    pub track_id: &'a str,
}

/// The code of an SMS was right.
// finnotech.md 2.4.
#[derive(Serialize, Debug, ToSchema)]
#[schema(as = FinnotechVerified)]
pub struct Verified<'a> {
    /// The code for `grant_type` `authorization_code`; it is valid until three minutes after the SMS.
    pub code: &'a str,
}
