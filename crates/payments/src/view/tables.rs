//! The tables that decisions work on, and keys and views of all of them.

use foldhash::{HashMap, HashMapExt};
use ledger::{AccountId, Books, TransferId};
use schema::Table;

use super::rows::Mark;
use super::{Alarm, Find, Ids, Rows};
use crate::{
    AuditId, CardAttemptId, CardReceivableId, CycleId, GrantId, InvoiceId, JobId, MessageId, OrderId, OrderKey,
    OtpRequestId, PartyId, PhoneOrderId, ProposalId, SsoConsentId, SsoFamilyId,
};

/// Makes keys and views of the tables that decisions work on.
macro_rules! view {
    (plain { $($(#[$doc:meta])* $field:ident: $row:ty,)* } apart { $($(#[$other_doc:meta])* $other:ident: $key:ty => $other_row:ty,)* }) => {
        view! {
            $($(#[$doc])* $field: <$row as Table>::Key => $row,)*
            $($(#[$other_doc])* $other: $key => $other_row,)*
        }
    };
    ($($(#[$doc:meta])* $field:ident: $key:ty => $row:ty,)*) => {
        /// The rows that a command needs.
        #[derive(Debug, Default)]
        pub struct Keys {
            /// Ledger accounts.
            pub accounts: Vec<AccountId>,
            /// Pending ledger transfers.
            pub pendings: Vec<TransferId>,
            /// Orders that are found otherwise than by their keys.
            pub finds: Vec<Find>,
            $($(#[$doc])* pub $field: Vec<$key>,)*
        }

        /// What a batch of commands works on.
        #[derive(PartialEq, Debug)]
        pub struct View {
            /// The ledger's part.
            pub books: Books,
            /// Fresh numbers.
            pub ids: Ids,
            /// The orders that were found, in order; the rows are in `orders`.
            pub found: HashMap<Find, Vec<OrderKey>>,
            /// What is raised when the batch is durable.
            pub alarms: Vec<Alarm>,
            /// What contradicts itself in the rows of the command that is decided: the view is dropped, and that command fails.
            pub contradiction: Option<&'static str>,
            /// How many savepoints are open.
            pub savepoints: usize,
            $($(#[$doc])* pub $field: Rows<$key, $row>,)*
        }

        /// How far a view had come.
        pub(super) struct Savepoint {
            books: ledger::Savepoint,
            ids: Ids,
            alarms: usize,
            $($field: Mark,)*
        }

        impl View {
            /// Nothing loaded; fresh numbers from `ids` on.
            pub fn new(ids: Ids) -> Self {
                Self { books: Books::default(), ids, found: HashMap::new(), alarms: Vec::new(), contradiction: None, savepoints: 0, $($field: Rows::default(),)* }
            }

            /// A value that rows which agree always have. Without one, `what` is noted as a contradiction: the command fails as an error of the
            /// store, and nothing that is decided with the value returned is kept.
            pub fn sound<T: Default>(&mut self, value: Option<T>, what: &'static str) -> T {
                if value.is_none() {
                    self.contradiction.get_or_insert(what);
                }
                value.unwrap_or_default()
            }

            pub(super) fn savepoint(&mut self) -> Savepoint {
                self.savepoints += 1;
                Savepoint {
                    books: self.books.savepoint(), ids: self.ids.clone(), alarms: self.alarms.len(), $($field: self.$field.mark(),)*
                }
            }

            pub(super) fn roll_back(&mut self, to: &Savepoint) {
                self.books.roll_back(&to.books);
                self.ids = to.ids.clone();
                self.alarms.truncate(to.alarms);
                $(self.$field.roll_back(to.$field);)*
            }

            /// Ends a savepoint. Behind the outermost one nothing is taken back any more.
            pub(super) fn release(&mut self) {
                self.savepoints -= 1;
                if self.savepoints == 0 {
                    self.books.forget_undo();
                    $(self.$field.forget_undo();)*
                }
            }

            /// Whether nothing was changed.
            pub fn is_unchanged(&self) -> bool {
                self.books.is_unchanged() $(&& self.$field.is_unchanged())*
            }
        }
    };
}

/// Hands the tables that decisions work on to a macro: what a view calls them, and their rows. The last two have keys and look-ups that each
/// engine finds in its own way.
#[macro_export]
macro_rules! tables {
    ($do:ident) => {
        $do! {
            plain {
                /// Clients by name.
                clients: $crate::Client,
                /// Grants.
                grants: $crate::Grant,
                /// Access tokens by hash.
                access_tokens: $crate::AccessToken,
                /// Refresh tokens by hash.
                refresh_tokens: $crate::RefreshToken,
                /// Sequences of the banks' days.
                bank_days: $crate::BankDay,
                /// Counts of the grants' months.
                grant_months: $crate::GrantMonth,
                /// The sandbox's clock.
                clock: $crate::ClockMode,
                /// The operator's switch of the banks' day.
                day_closes: $crate::DayClose,
                /// Due work.
                jobs: $crate::Job,
                /// Why jobs could not be done.
                job_failures: $crate::JobFailure,
                /// Submissions of orders to networks.
                submissions: $crate::Submission,
                /// Payments by cards of other banks.
                card_attempts: $crate::CardAttempt,
                /// Parts of banks in cycles.
                cycles: $crate::Cycle,
                /// Cards by the keyed hash of their number.
                cards: $crate::Card,
                /// Bank users by national id.
                bank_users: $crate::BankUser,
                /// Requests for consent by the keyed hash of their id.
                consents: $crate::Consent,
                /// Codes by their keyed hash.
                auth_codes: $crate::AuthCode,
                /// Sums of charges.
                charge_totals: $crate::ChargeTotal,
                /// Telephone gateways by their ids.
                terminals: $crate::Terminal,
                /// Cards that pay, by the keyed hash of their number.
                payer_cards: $crate::PayerCard,
                /// Orders that are paid by telephone.
                phone_orders: $crate::PhoneOrder,
                /// Requests for one-time passwords.
                otp_requests: $crate::OtpRequest,
                /// Living one-time passwords.
                otps: $crate::Otp,
                /// What shall leave the process.
                messages: $crate::Message,
                /// Users and businesses.
                parties: $crate::Party,
                /// Whose a handle is.
                handles: $crate::Handle,
                /// Tokens of parties by their keyed hash.
                api_tokens: $crate::ApiToken,
                /// Credits by holder.
                credit_books: $crate::CreditBook,
                /// Invoices.
                invoices: $crate::Invoice,
                /// Businesses' own numbers of invoices.
                bills: $crate::Bill,
                /// What invoices are found by.
                words: $crate::Word,
                /// Counts of invoices paid in a year.
                serials: $crate::Serial,
                /// Card money that is not settled.
                card_receivables: $crate::CardReceivable,
                /// Codes that pay invoices.
                pay_codes: $crate::PayCode,
                /// Sendings and wrong tries of codes that pay.
                code_counts: $crate::CodeCount,
                /// Links that pay invoices.
                pay_links: $crate::PayLink,
                /// Terminals of shops.
                pos_terminals: $crate::PosTerminal,
                /// Payments at terminals of shops.
                pos_transactions: $crate::PosTransaction,
                /// Businesses' own names of transfers.
                unique_ids: $crate::UniqueId,
                /// One-time tokens that were used.
                used_otts: $crate::UsedOtt,
                /// Ways through the gateway's pages, by the keyed hash of their numbers.
                gateway_sessions: $crate::GatewaySession,
                /// Vouchers by issuer and code.
                vouchers: $crate::Voucher,
                /// Browsers that have logged in, by the keyed hash of what they show.
                browser_sessions: $crate::BrowserSession,
                /// Wrong guesses, by the keyed hash of a name or number.
                log_in_tries: $crate::Tries,
                /// Addresses from which operators have signed in, by the keyed hash of name and address.
                known_addresses: $crate::KnownAddress,
                /// Codes to log in with, by the keyed hash of a mobile number.
                log_in_codes: $crate::LogInCode,
                /// Codes of POD's users for businesses, by their keyed hash.
                sso_codes: $crate::SsoCode,
                /// Refresh tokens of POD's users for businesses, by their keyed hash.
                sso_refreshes: $crate::SsoRefresh,
                /// What POD's users have allowed businesses.
                sso_consents: $crate::SsoConsent,
                /// Tokens of POD's users for businesses, by the code that they came of.
                sso_families: $crate::SsoFamily,
                /// Operators by name.
                operators: $crate::Operator,
                /// Second factors by operator.
                second_factors: $crate::SecondFactor,
                /// Tokens of the operator's API by name.
                operator_tokens: $crate::OperatorToken,
                /// Money that the operator's API has created, by day.
                money_days: $crate::MoneyDay,
                /// What operators did.
                audit_lines: $crate::AuditLine,
                /// What takes two operators.
                proposals: $crate::Proposal,
                /// What was given out of suspense, by the transfer that put it there.
                released: $crate::Released,
            }
            apart {
                /// Deposits by bank and digits.
                deposits: $crate::DepositKey => $crate::Deposit,
                /// Orders by client and trackId.
                orders: $crate::OrderKey => $crate::Order,
            }
        }
    };
}

tables!(view);

schema::numbers!(
    AuditId,
    CardAttemptId,
    CycleId,
    GrantId,
    InvoiceId,
    JobId,
    MessageId,
    OrderId,
    OtpRequestId,
    PartyId,
    PhoneOrderId,
    ProposalId,
    SsoConsentId,
    SsoFamilyId,
    CardReceivableId,
);
