//! What the platforms do, as pure decisions over loaded rows.
//!
//! Shape: a [`Command`] names the rows it needs ([`Command::keys`], then [`Command::more_keys`]). [`Command::decide`] turns the command and the
//! loaded [`View`] into the caller's result or a refusal, and leaves the changed rows in the view for the store.
//! Absent: clocks, randomness, I/O, SQL, wire names. The same inputs give the same rows.

/// A text that is shared instead of copied: orders echo texts of requests and deposits.
pub type Text = std::sync::Arc<str>;

mod bank;
mod bon_card;
mod booking;
mod calendar;
mod clock;
mod command;
mod deposit;
mod digest;
mod identity;
mod invoice;
mod ops;
mod party;
mod payer_card;
mod phone;
mod ports;
mod rules;
mod suspense;
mod transfer;
mod view;
mod window;
mod wrong_tries;

pub use bank::Bank;
pub use bon_card::{
    Card, CardKind, CardRefusal, ChargeCard, ChargeClass, ChargeCode, ChargeLimits, ChargeRefusals, ChargeTotal,
    ChargeTotalKey, NamedCard, RegisterCard,
};
pub use booking::{BookingRefusal, FEE_INCOME, SUSPENSE, clearing, nostro};
pub use calendar::{CivilDate, Now, PARSE_RANGE, tehran_midnight_ms, tehran_ms};
pub use clock::{BusinessDay, ClockMode, ClockRewind, ClockWouldGoBack, DayClose, MoveClock, SetDayClose};
pub use command::{At, Command, End, Measured};
pub use deposit::{
    AccountNumber, AccountStatusRefusal, Deposit, DepositKey, DepositRefusal, Destination, HoldRefusal, HoldUnknown,
    Iban, OpenDeposit, PlaceHold, ReleaseHold, SetAccountStatus, full_name,
};
pub use digest::Digest;
pub use identity::REFRESH_RETRY_MS;
pub use identity::api_token::{ApiToken, ApiTokenUnknown, IssueApiToken, RevokeApiToken};
pub use identity::bank_user::{BankUser, RegisterUser, UserRefusal};
pub use identity::client::{Client, ClientId, ClientRefusal, RegisterClient};
pub use identity::consent::{
    AllowConsent, AskBySms, AskConsent, AuthCode, CONSENT_REMEMBERED_MS, Consent, DenyConsent, ExchangeCode, LogIn,
    LogInLost, MAX_PAGE_TRIES, MAX_SMS_TRIES, MAX_USER_TRIES, NoBank, NoConsent, NotAllowed, NotAsked, NotExchanged,
    NotTried, NotVerified, PAGE_LIFE_MS, SMS_LIFE_MS, TryLogIn, VerifyConsentCode,
};
pub use identity::grant::{
    AccessToken, Grant, GrantId, GrantKind, IssueGrant, NoLiveToken, NotIssued, NotRenewed, RefreshGrant, RefreshToken,
    RevokeToken, TOKENS_REMEMBERED_MS, granted_scopes, life_ms, limit_within,
};
pub use identity::log_in_code::{AskLogInCode, LOG_IN_CODE_MS, LogInByCode, LogInCode, NotLoggedIn};
pub use identity::operator::{
    AdminRefusal, ChangeOperator, ConfirmOperator, ConfirmRefusal, DEPENDENT_MS, Dependency, Operator, RecordRefusal,
    RegisterOperator, Role, SecondAdmin, TOKEN_HOLDER,
};
pub use identity::operator_token::{
    IssueOperatorToken, MakeOperatorToken, OperatorToken, OperatorTokenRefusal, RevokeOperatorToken, RevokeRefusal,
    TOKEN_AUTHOR,
};
pub use identity::second_factor::{
    ChangeFactor, FactorProof, FactorRefusal, FactorUnknown, PassFactor, ResetFactor, SecondFactor,
};
pub use identity::session::{BeginSession, BrowserSession, EndSession, KeepSession, Visitor};
pub use identity::sso::{
    CodeRefused, ConsentBasis, ExchangeSsoCode, GiveSsoCode, NewTokens, NoCode, NoSuchConsent, RefreshRefused,
    RefreshSso, RevokeSsoToken, SSO_ACCESS_MS, SSO_CODE_MS, SSO_REFRESH_MS, Scope, Scopes, SsoCode, SsoConsent,
    SsoConsentId, SsoConsentKey, SsoFamily, SsoFamilyId, SsoGrant, SsoRefresh, StandingPermission, StandingTerms,
    WithdrawSsoConsent,
};
pub use identity::tries::{ADDRESS_KNOWN_MS, Ceiling, KnownAddress, Locked, TakeTry, Tries};
pub use invoice::code::{
    CodeCall, CodeCount, CodeWritten, Counted, MAX_PAY_CODE_TRIES, PAY_CODE_LIFE_MS, PayBySms, PayCode, PayWithCode,
    SendPaymentSms, SmsContent,
};
pub use invoice::credit::{Credit, CreditBook, CreditId, CreditRefusal, Delegations, GiveCredit, Leg, legs};
pub use invoice::gateway::{
    AskCardOtp, AttemptTerms, AuthorizationReported, CancelVisit, CardAttempt, CardAttemptId, CardAttemptState,
    CardPayment, CardStepRefusal, CreditUnknown, Entered, GatewayCommand, GatewayEntry, GatewayRefusal, GatewaySession,
    GatewayStep, HeldLeg, NotTaken, OpenCardStep, OtpWritten, PayByCard, PayFromWallet, PayLocally, PayerVisit,
    Receipt, ReportAuthorization, ResolveCardAttempt, ResolveCardRefusal, SESSION_MS, SessionState, StepBy, TypedCard,
    UseCredit, UseVoucher, VoucherGone, VoucherUnknown,
};
pub use invoice::link::{MakePayLink, PayLink, SendPaymentLink};
pub use invoice::pay::{PayByCredit, PayByPermission, PayInFuture, PayOutside, PayableInvoices, SetOff};
pub use invoice::pos::{
    PayByPos, PosKey, PosTerminal, PosTransaction, PosTransactionExists, RegisterPosTerminal, ReportPos,
};
pub use invoice::voucher::{IssueVoucher, Voucher, VoucherKey, VoucherRefusal, VoucherState, VoucherUse};
pub use invoice::{
    AmountError, Amounts, Bill, BillKey, BillNumber, BlockedFrom, CARD_NETWORK, CARD_NOSTRO, CancelInvoice,
    CardReceivable, CardReceivableId, CardSlip, CloseInvoice, FuturePayment, GATEWAY_HOLD, GUILDS, GivenBack, Guild,
    Invoice, InvoiceCall, InvoiceCommand, InvoiceField, InvoiceId, InvoiceJob, InvoiceLine, InvoiceRefusal,
    InvoiceState, InvoiceStateCode, Issuance, Issue, IssueInvoice, LAST_GUILD, LineAmount, LineChange, MICRO, Means,
    NotPayable, Payer, Payment, PosSlip, PricedLines, Pricing, ReduceInvoice, Serial, SerialKey, SetOffReservation,
    SetOffSource, SpendOtt, Terms, TransferOut, UniqueId, UniqueIdKey, Unsettled, UsedOtt, VerifyAndCloseInvoice,
    VerifyInvoice, Word, WordKey, blocked, guild_free, guild_open, party_of, product_word, wallet, words,
};
pub use ledger::Rial;
pub use ops::approval::{
    Approval, DecideProposal, DecideRefusal, Proposal, ProposalId, ProposalState, Propose, ProposeRefusal,
    ProposedAction, ProposedActionRefusal,
};
pub use ops::audit::{
    AuditEntry, AuditId, AuditLine, Audited, AuditedRefusal, OperatorCommand, Replaced, WithAuditLine, WriteAuditLine,
};
pub use ops::job::{
    CloseJob, CloseRefusal, FailJob, Job, JobEnd, JobFailure, JobId, JobKind, JobTaken, NEVER_MS, RetryJob,
    RetryRefusal, RunJob,
};
pub use ops::message::{
    CallAddress, Callback, CallbackSender, Channel, Delivery, MAX_SEND_TRIES, Message, MessageId, MessageState,
    NotSent, Provenance, RecordDeliveries, ResendMessage, ResendRefusal, Sending, SmsMessage, SmsSender, WriteMessage,
};
pub use ops::{MoneyDay, MoneyOfDayUsedUp, Part, Parts, Precondition, Version, VersionRefusal, Versioned};
pub use party::{
    Business, FillWallet, Handle, LAST_PARTY, OldSecret, Party, PartyId, PartyKind, PartyRefusal, PartyUnknown,
    RegisterParty, WalletRefusal,
};
pub use payer_card::{
    CardChange, CardChangeRefusal, ChangePayerCard, Declined, IssuePayerCard, MAX_CARD_TRIES, NamedPayer, OTP_LIFE_MS,
    Otp, OtpKey, OtpLimit, PayerCard, PayerCardRefusal, PayerCardState, PayerCardTerms, SentOtps,
};
pub use phone::{
    AskPhoneOtp, Asked, AskedFor, BillSource, FutureBill, InquirePhoneOrder, NoBill, PHONE_ORDER_KEPT_MS, PayByPhone,
    Payee, PhoneBill, PhoneCall, PhoneEnd, PhoneOrder, PhoneOrderId, PhoneOrderKey, PhoneOtpRequest, PhoneOtpRequestId,
    PhonePayment, RegisterTerminal, Terminal, TerminalRefusal,
};
pub use ports::{
    Authorizing, CardInMemory, CardNetwork, CardNetworkRequest, CardNetworkResponse, INQUIRY_MS, Inquired,
    NOT_FOUND_FINAL_MS, NetworkCard, NetworkRefusal, NetworkRequest, NetworkResponse, NetworkTerms, PaymentNetwork,
    Probe, RequestingOtp, Responding, SecurityCheck, SecurityCodes, ShownCard, TransferIntent, Unanswered,
};
pub use rules::{Limits, PayaCycle, Rules, RulesError};
pub use suspense::{ReleaseRefusal, ReleaseSuspense, Released};
pub use transfer::{
    BankDay, BankDayKey, CLOSE_GRACE_MS, Count, Cycle, CycleId, CycleUnknown, Debtor, Field, FileHead, FileMark,
    FileOrders, FirstAnswer, GrantMonth, GrantMonthKey, GroupFile, Hold, MalformedOrder, NAMED_IDS, NameField,
    NetworkCall, NotAccepted, NoteGroupFile, Order, OrderCaller, OrderId, OrderKey, OrderRef, OrderRefusal, OrderState,
    OrderStateCode, ReportSubmission, Resolution, ResolveOrder, ResolveRefusal, Return, ReturnOrder, ReturnRefusal,
    Route, SETTLE_SLICE, SecondPassword, Service, Settlement, SourceAndDestination, Status, Submission,
    SubmissionReported, SubmissionTerms, SubmitTransfer, Submitted,
};
pub use view::{Alarm, Denial, FIRST_ID, Find, Ids, Keys, Rows, View};
