//! The fields of requests to Finnotech's services (finnotech.md 2, 3, second-edition.md 2), with their descriptions.
//!
//! Absent: replies, whose types in `wire` have descriptions of their own, and parameters in the path.

use crate::operation::Kind::{Integer, Text};
use crate::operation::{Field, optional, required};

/// The trackId of a call that writes an order.
pub(super) const ORDER: Field = required(
    "trackId",
    Text,
    "The caller's number of the order: 1 to 40 letters, digits, `-` and `_` (the maximum is the setting `track_id_max_len`). It is unique among the client's transfers and charges, and inquiries find the order by it. Without a reply, inquire before you send the payment under another one.",
);
/// The trackId of a call that only reads.
pub(super) const TRACK_ID: Field = required(
    "trackId",
    Text,
    "The caller's number of this call, which the reply repeats: 1 to 40 letters, digits, `-` and `_`. A call that only reads does not use it up.",
);
pub(super) const ANY_TRACK_ID: Field = optional(
    "trackId",
    Text,
    "The caller's number of this call: 1 to 40 letters, digits, `-` and `_`. It is not used up. Left out: the server makes one.",
);
/// The days of a statement.
pub(super) const DAYS: [Field; 2] = [
    optional(
        "fromDate",
        Text,
        "The first day, Jalali, as `YYMMDD` or `YYYYMMDD`. With `toDate`; without both, the last 31 days.",
    ),
    optional("toDate", Text, "The last day, included, at most the 31st. With `fromDate`."),
];
pub(super) const BON_CARD: Field =
    required("card", Text, "The number of a bon card: 16 digits that begin with 6362142 or 6362144.");
pub(super) const KNOWN_CARD: Field =
    required("card", Text, "The number, 16 digits, of a card that is approved for the client.");
/// Parameters of a request for consent, in its query or in a form.
pub(super) const AUTHORIZE: [Field; 13] = [
    required("client_id", Text, "The id of the client."),
    required("response_type", Text, "`code`."),
    required(
        "redirect_uri",
        Text,
        "Where the user's browser returns with `code`. Scheme and host are those registered for the client; port and path are free.",
    ),
    required(
        "scope",
        Text,
        "The scopes asked for, separated by commas. Those that the client is not registered for are left out.",
    ),
    optional(
        "bank",
        Text,
        "The code of the bank: 062, 016, 054, 069 or 015. The page requires it; by SMS it is 016 or left out.",
    ),
    optional("state", Text, "Any text of at most 500 characters, which returns with `code`."),
    optional("deposits", Text, "Accepted and ignored: the user chooses the deposits on the page."),
    optional(
        "limit",
        Integer,
        "The largest amount of one order with the token, in rials. 0 or left out: the client's registered maximum, which it must not exceed. By SMS with `bank` and a scope of transfers it is required.",
    ),
    optional(
        "count",
        Integer,
        "The number of orders per Jalali month with the token. 0 or left out: the client's registered maximum, which it must not exceed. By SMS with `bank` and a scope of transfers it is required.",
    ),
    optional("auth_type", Text, "`SMS`: the user consents by the code of an SMS. Left out: on the page."),
    optional("mobile", Text, "By SMS, required: the user's mobile number; with `deposit`, that of its owner."),
    optional("nid", Text, "By SMS: the user's national id, ten digits; required with `bank`."),
    optional("deposit", Text, "By SMS with `bank`, required: the account number of the user's deposit."),
];
/// The body of a transfer.
pub(super) const TRANSFER: [Field; 10] = [
    required(
        "amount",
        Integer,
        "Whole rials, 1 to 10^15. The network's minimum and maximum apply, too; a refusal names them.",
    ),
    required(
        "description",
        Text,
        "The text of the transfer, at most 30 characters, without two `-` in a row. It is stored and shown as it is sent.",
    ),
    required(
        "destinationNumber",
        Text,
        "Where the money goes: an account number of the source's bank, or an IBAN (`IR` and 24 digits) of any bank.",
    ),
    optional(
        "destinationFirstname",
        Text,
        "The first name of the destination's holder, 2 to 33 characters. Required for paya and satna.",
    ),
    optional(
        "destinationLastname",
        Text,
        "The last name of the destination's holder, 2 to 33 characters. Required for paya and satna.",
    ),
    optional(
        "sourceFirstName",
        Text,
        "The first name of the source's holder. Required for paya and satna from bank 016; the reply has the name of the account instead.",
    ),
    optional(
        "sourceLastName",
        Text,
        "The last name of the source's holder. Required for paya and satna from bank 016; the reply has the name of the account instead.",
    ),
    optional(
        "paymentNumber",
        Text,
        "The payment id, at most 30 digits: a number of the caller's choice, as of an invoice, that statements show. Required from bank 062.",
    ),
    optional(
        "deposit",
        Text,
        "The source: an account number among the deposits of the token. May be left out if the token has only one; bank 016 requires it.",
    ),
    optional(
        "secondPassword",
        Text,
        "The password for transfers of the account's holder. Required from bank 054; it is neither verified nor stored.",
    ),
];
/// The body of a request for a token.
pub(super) const TOKEN_REQUEST: [Field; 9] = [
    required(
        "grant_type",
        Text,
        "`client_credentials`, `authorization_code` or `refresh_token`. It decides which other fields are read.",
    ),
    optional(
        "nid",
        Text,
        "Of `client_credentials`: the caller's national id, one of those registered for the client. Left out: the first of them.",
    ),
    optional(
        "scopes",
        Text,
        "Of `client_credentials`: the scopes asked for, separated by commas; those that the client is not registered for are left out. Without the field: all of the client.",
    ),
    optional(
        "code",
        Text,
        "Of `authorization_code`, required: the code with which the user's browser has returned (valid for ten minutes), or that of `verifySms`. It is used once.",
    ),
    optional(
        "redirect_uri",
        Text,
        "Of `authorization_code`, required: `redirect_uri` of the `authorize` call, byte for byte.",
    ),
    optional("bank", Text, "Of `authorization_code`: the code of the bank; if it is sent, that of the consent."),
    optional(
        "refresh_token",
        Text,
        "Of `refresh_token`, required: `refreshToken` of the last reply. The new reply has another one.",
    ),
    optional("token_type", Text, "Accepted and ignored: the refresh token decides."),
    optional("auth_type", Text, "Accepted and ignored: the code decides."),
];
/// The parameters of a report of paya transfers, beside its trackId.
pub(super) const PAYAS: [Field; 4] = [
    optional(
        "fromDate",
        Text,
        "The first day of acceptance, Jalali, as `YYMMDD` or `YYYYMMDD`. Without it any day up to `toDate`; without both, the last 30 days.",
    ),
    optional("toDate", Text, "The last day of acceptance, included. Left out: no end."),
    optional("offset", Integer, "The number of transfers to skip, from the newest. Default 0."),
    optional("length", Integer, "The number of transfers in the reply, 1 to 1000. Default 100."),
];
/// The parameters of a deposit's statement, beside its trackId and its days.
pub(super) const STATEMENT: [Field; 3] = [
    optional(
        "fromTime",
        Text,
        "`HHMMSS`: the time of the first day at which the statement begins. Default 000000; bank 016 ignores it.",
    ),
    optional(
        "toTime",
        Text,
        "`HHMMSS`: the time of the last day at which it ends, included. Default 235959; bank 016 ignores it.",
    ),
    optional(
        "lastRecordNumber",
        Text,
        "`lastRecordNumber` of the previous page, for the rows after it. Bank 016 has one page and ignores it.",
    ),
];
/// The body of a charge.
pub(super) const CHARGE: [Field; 2] = [
    required("amount", Integer, "The amount of the charge in whole rials, 1 to 10^15."),
    required(
        "card",
        Text,
        "The number of the bon card: 16 digits that begin with 6362142 or 6362144. It must be approved for the client.",
    ),
];
/// The body of an inquiry about a charge.
pub(super) const CHARGE_INQUIRY: [Field; 2] = [
    optional(
        "trackId",
        Text,
        "The trackId of the charge. It, `tracker` or both are required; both must be of the same charge.",
    ),
    optional("tracker", Integer, "The bank's number of the charge, from the reply of `chargeCard`."),
];
/// The parameters of the report of orders.
pub(super) const WAGES: [Field; 6] = [
    optional("trackId", Text, "Only the order with this trackId. In this service it is no number of the call."),
    optional(
        "fromDate",
        Text,
        "The first day or second of acceptance, Jalali, as `YYMMDD`, `YYYYMMDD` or `YYYYMMDDHHMMSS`. Without it any time up to `toDate`; without both, the last 30 days.",
    ),
    optional("toDate", Text, "The last day or second of acceptance, included. Left out: no end."),
    optional("status", Text, "Only orders that are now `DONE`, `FAILED`, `PENDING` or `UNKNOWN`."),
    optional("limit", Integer, "The number of orders in the reply, 1 to 1000. Default 100."),
    optional("offset", Integer, "The number of orders to skip, from the newest. Default 0."),
];
/// The parameters of the list of tokens, beside its trackId.
pub(super) const TOKENS: [Field; 2] = [
    optional("nid", Text, "Only tokens of the user with this national id."),
    optional(
        "bank",
        Text,
        "Only tokens of users' consent for deposits of this bank: 062, 016, 054, 069 or 015. Left out: the client's own tokens, and those by SMS.",
    ),
];
/// The body of the code of an SMS.
pub(super) const VERIFY: [Field; 4] = [
    required("mobile", Text, "The mobile number of the `authorize` call."),
    required(
        "otp",
        Text,
        "The code of the SMS: five letters and digits; capitals and small letters differ. It is valid for three minutes.",
    ),
    required("nid", Text, "The national id of the `authorize` call; if it had none, the user's: ten digits."),
    required("trackId", Text, "`trackId` in the `result` of the `authorize` call."),
];
pub(super) const INQUIRED: Field = required("inquiryTrackId", Text, "The trackId of the transfer that is inquired.");
pub(super) const IBAN: Field = required("iban", Text, "The IBAN that is inquired: `IR` and 24 digits.");
pub(super) const ENDED_TOKEN: Field =
    required("token", Text, "The access token to end. Its refresh token ends with it.");
