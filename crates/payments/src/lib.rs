//! What the platforms do, as pure decisions over loaded rows.
//!
//! Shape: a [`Command`] names the rows it needs ([`Command::keys`], then [`Command::more_keys`]), and [`Command::decide`]
//! turns it and the loaded [`View`] into what its caller learns, or a refusal; changed rows stay in the view for the store.
//! Absent: clocks, randomness, I/O, SQL, wire names. Same inputs, same rows.

/// A text that is shared rather than copied: orders echo what requests and deposits say.
pub type Text = std::sync::Arc<str>;

mod audit;
mod bank;
mod booking;
mod calendar;
mod card;
mod client;
mod clock;
mod command;
mod consent;
mod deposit;
mod invoice;
mod job;
mod log_in;
mod money_day;
mod oauth;
mod operator;
mod operator_table;
mod operator_token;
mod outgoing;
mod payer_card;
mod phone;
mod rules;
mod second_factor;
mod sso;
mod sso_table;
mod transfer;
mod version;
mod view;

pub use audit::{
    AuditEntry, AuditId, AuditLine, Audited, AuditedRefusal, OperatorCommand, Replaced, WithAuditLine, WriteAuditLine,
};
pub use bank::Bank;
pub use booking::{BookingRefusal, FEE_INCOME, SUSPENSE, clearing, nostro};
pub use calendar::{CivilDate, Now, PARSE_RANGE, tehran_midnight_ms, tehran_ms};
pub use card::{
    Card, CardKind, CardRefusal, ChargeCard, ChargeClass, ChargeCode, ChargeLimits, ChargeRefusals, ChargeTotal,
    ChargeTotalKey, NamedCard, RegisterCard,
};
pub use client::{Client, ClientId, ClientRefusal, RegisterClient};
pub use clock::{Back, ClockMode, ClockWouldGoBack, DayClose, MoveClock, SetDayClose};
pub use command::{At, Command, End, Measured};
pub use consent::{
    AllowConsent, AskBySms, AskConsent, AuthCode, BankUser, CONSENT_REMEMBERED_MS, Consent, DenyConsent, ExchangeCode,
    LogIn, LogInLost, NoBank, NoConsent, NotAllowed, NotAsked, NotExchanged, NotTried, NotVerified, PAGE_LIFE_MS,
    PAGE_TRIES, RegisterUser, SMS_LIFE_MS, SMS_TRIES, TryLogIn, USER_TRIES, UserRefusal, VerifyOtp,
};
pub use deposit::{
    AccountNumber, Deposit, DepositKey, DepositRefusal, Destination, GateRefusal, HoldRefusal, HoldUnknown, Iban,
    OpenDeposit, PlaceHold, ReleaseHold, SetGate, full_name,
};
pub use invoice::{
    Amounts, ApiToken, ApiTokenUnknown, AskCardOtp, AtGateway, Bill, BillKey, BlockedFrom, Business, CARD_NETWORK,
    CARD_NOSTRO, CancelInvoice, CancelVisit, CardSlip, CardStepRefusal, Carried, CloseInvoice, CodeCall, CodeCount,
    CodeWritten, Counted, Credit, CreditBook, CreditId, CreditRefusal, CreditUnknown, Delegations, Entered, FillWallet,
    FuturePayment, GATEWAY_HOLD, GUILDS, GatewayCommand, GatewayRefusal, GatewaySession, GiveCredit, GivenBack, Guild,
    Handle, Invoice, InvoiceCall, InvoiceCommand, InvoiceField, InvoiceId, InvoiceJob, InvoiceLine, InvoiceState,
    Issue, IssueApiToken, IssueInvoice, IssueVoucher, LAST_GUILD, LAST_PARTY, Leg, LineAmount, LineChange, MICRO,
    MakePayLink, Means, NotInvoiced, NotPayable, NotTaken, OldSecret, OnItsWay, OpenCardStep, Opening, OtpWritten,
    PAY_CODE_LIFE_MS, PAY_CODE_TRIES, Party, PartyId, PartyKind, PartyRefusal, PartyUnknown, PayByCard, PayByCredit,
    PayByPermission, PayByPos, PayBySms, PayCode, PayFromWallet, PayInFuture, PayLink, PayLocally, PayOutside,
    PayWithCode, Payer, PayerVisit, Payment, Pledge, PosKey, PosSlip, PosTerminal, PosTransaction,
    PosTransactionExists, Receipt, ReduceInvoice, RegisterParty, RegisterPosTerminal, ReportPos, RevokeApiToken,
    SESSION_MS, SecurityCheck, SendPaymentLink, SendPaymentSms, Serial, SerialKey, SessionState, SetOff, SetOffSource,
    StepBy, Taking, TakingId, Terms, TransferOut, TypedCard, Uncountable, UniqueId, UniqueIdKey, UseCredit, UseToken,
    UseVoucher, UsedOtt, VerifyAndCloseInvoice, VerifyInvoice, Voucher, VoucherGone, VoucherKey, VoucherRefusal,
    VoucherState, VoucherUnknown, VoucherUse, WalletRefusal, Whose, Word, WordKey, amounts, blocked, guild_free,
    guild_open, invoice_states, legs, party_of, product_word, wallet, words,
};
pub use job::{
    CloseJob, CloseRefusal, FailJob, Job, JobEnd, JobFailure, JobId, JobKind, JobTaken, NEVER_MS, RetryJob,
    RetryRefusal, RunJob,
};
pub use ledger::Rial;
pub use log_in::{
    ADDRESS_KNOWN_MS, AskLogInCode, BeginSession, BrowserSession, Ceiling, EndSession, KeepSession, KnownAddress,
    LOG_IN_CODE_MS, Locked, LogInByCode, LogInCode, NotLoggedIn, TakeTry, Tries, Visitor,
};
pub use money_day::{MoneyDay, MoneyOfDayUsedUp};
pub use oauth::{
    AccessToken, Digest, Grant, GrantId, GrantKind, IssueGrant, NoLiveToken, NotIssued, NotRenewed, RefreshGrant,
    RefreshToken, RevokeToken, TOKENS_REMEMBERED_MS, granted_scopes, life_ms, limit_within,
};
pub use operator::{
    Act, ActRefusal, AdminRefusal, ChangeFactor, ChangeOperator, ConfirmOperator, ConfirmRefusal, DEPENDENT_MS,
    DecideProposal, DecideRefusal, Dependency, Operator, Proposal, ProposalId, ProposalState, Propose, ProposeRefusal,
    RecordRefusal, RegisterOperator, ReleaseRefusal, ReleaseSuspense, Released, Role, Say, SecondAdmin, TOKEN_HOLDER,
};
pub use operator_token::{
    IssueOperatorToken, MakeOperatorToken, OperatorToken, OperatorTokenRefusal, RevokeOperatorToken, RevokeRefusal,
    TOKEN_AUTHOR,
};
pub use outgoing::{
    CallAddress, Callback, CallbackSender, Channel, Message, MessageId, MessageState, NotSent, NoteTries, Provenance,
    ResendMessage, ResendRefusal, SEND_TRIES, Sending, SmsMessage, SmsSender, Tried, WriteMessage,
};
pub use payer_card::{
    Authorization, CARD_TRIES, CardChange, CardChangeRefusal, CardNetwork, ChangePayerCard, Declined, IssuePayerCard,
    Issuer, IssuerAnswer, NamedPayer, NetworkCard, OTP_LIFE_MS, Otp, OtpKey, OtpLimit, PayerCard, PayerCardRefusal,
    PayerCardState, PayerCardTerms, SentOtps, ShownCard,
};
pub use phone::{
    Asked, AskedFor, BillSource, InquirePhoneOrder, NoBill, OtpRequest, OtpRequestId, PHONE_ORDER_KEPT_MS, PayByPhone,
    Payee, PhoneBill, PhoneCall, PhoneEnd, PhoneOrder, PhoneOrderId, PhoneOrderKey, PhonePayment, RegisterTerminal,
    RequestOtp, Telling, Terminal, TerminalRefusal,
};
pub use rules::{Limits, PayaCycle, Rules, RulesError};
pub use second_factor::{FactorProof, FactorRefusal, FactorUnknown, PassFactor, ResetFactor, SecondFactor};
pub use sso::{
    CodeRefused, ConsentBasis, ExchangeSsoCode, GiveSsoCode, NewTokens, NoCode, NoSuchConsent, REFRESH_RETRY_MS,
    RefreshRefused, RefreshSso, RevokeSsoToken, SSO_ACCESS_MS, SSO_CODE_MS, SSO_REFRESH_MS, Scope, Scopes, SsoCode,
    SsoConsent, SsoConsentId, SsoConsentKey, SsoFamily, SsoFamilyId, SsoGrant, SsoRefresh, StandingPermission,
    StandingTerms, WithdrawSsoConsent,
};
pub use transfer::{
    BankDay, BankDayKey, CLOSE_GRACE_MS, Count, Cycle, CycleId, CycleUnknown, Debtor, Ends, Field, FileHead, FileMark,
    FileOrders, FirstAnswer, Given, GrantMonth, GrantMonthKey, GroupFile, Handover, Hold, Later, NAMED_IDS, NameField,
    NotAccepted, NoteGroupFile, Order, OrderId, OrderKey, OrderRefusal, OrderState, Rail, RailAnswer, ResolveOrder,
    ResolveRefusal, Return, ReturnOrder, ReturnRefusal, Route, SETTLE_SLICE, Service, Status, SubmitTransfer,
    Submitted, Verdict, Wanted,
};
pub use version::{Part, Parts, Precondition, Version, VersionRefusal, Versioned};
pub use view::{Alarm, Denial, FIRST_ID, Find, Ids, Keys, Rows, View};
