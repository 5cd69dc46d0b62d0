//! Scopes of the services (finnotech.md 2.8).

pub const TRANSFER_TO: &str = "oak:transfer-to:execute";
pub const TRANSFER_INQUIRY: &str = "oak:inquiry-transfer:get";
pub const BALANCE: &str = "oak:balance:get";
pub const STATEMENT: &str = "oak:statement:get";
pub const DEPOSITS: &str = "oak:deposits:get";

/// Every scope that a client may be registered for.
pub const ALL: [&str; 19] = [
    TRANSFER_TO,
    "oak:internal-transfer:execute",
    "oak:paya-transfer:execute",
    "oak:satna-transfer:execute",
    TRANSFER_INQUIRY,
    "oak:proxy-inquiry:get",
    "oak:payas:get",
    "oak:card-charge:execute",
    "oak:card-charge-inquiry:get",
    "oak:valid-card:get",
    BALANCE,
    STATEMENT,
    "oak:iban-inquiry:get",
    DEPOSITS,
    "oak:card-balance:get",
    "oak:card-statement:get",
    "boomrang:tokens:get",
    "boomrang:wages:get",
    "boomrang:token:delete",
];
