//! Scopes of the services (finnotech.md 2.8).

pub const TRANSFER_TO: &str = "oak:transfer-to:execute";
pub const INTERNAL_TRANSFER: &str = "oak:internal-transfer:execute";
pub const PAYA_TRANSFER: &str = "oak:paya-transfer:execute";
pub const SATNA_TRANSFER: &str = "oak:satna-transfer:execute";
pub const TRANSFER_INQUIRY: &str = "oak:inquiry-transfer:get";
pub const PROXY_INQUIRY: &str = "oak:proxy-inquiry:get";
pub const PAYAS: &str = "oak:payas:get";
pub const CHARGE_CARD: &str = "oak:card-charge:execute";
pub const CHARGE_INQUIRY: &str = "oak:card-charge-inquiry:get";
pub const VALID_CARD: &str = "oak:valid-card:get";
pub const BALANCE: &str = "oak:balance:get";
pub const STATEMENT: &str = "oak:statement:get";
pub const IBAN_INQUIRY: &str = "oak:iban-inquiry:get";
pub const DEPOSITS: &str = "oak:deposits:get";
pub const CARD_BALANCE: &str = "oak:card-balance:get";
pub const CARD_STATEMENT: &str = "oak:card-statement:get";
pub const TOKENS: &str = "boomrang:tokens:get";
pub const WAGES: &str = "boomrang:wages:get";
pub const TOKEN_DELETE: &str = "boomrang:token:delete";

/// Scopes that every client is registered for.
pub const OF_EVERY_CLIENT: [&str; 3] = [TOKENS, WAGES, TOKEN_DELETE];

/// Scopes of the services that transfer money.
pub const OF_TRANSFERS: [&str; 4] = [TRANSFER_TO, INTERNAL_TRANSFER, PAYA_TRANSFER, SATNA_TRANSFER];

/// Every scope that a client can be registered for.
pub const ALL: [&str; 19] = [
    TRANSFER_TO,
    INTERNAL_TRANSFER,
    PAYA_TRANSFER,
    SATNA_TRANSFER,
    TRANSFER_INQUIRY,
    PROXY_INQUIRY,
    PAYAS,
    CHARGE_CARD,
    CHARGE_INQUIRY,
    VALID_CARD,
    BALANCE,
    STATEMENT,
    IBAN_INQUIRY,
    DEPOSITS,
    CARD_BALANCE,
    CARD_STATEMENT,
    TOKENS,
    WAGES,
    TOKEN_DELETE,
];
