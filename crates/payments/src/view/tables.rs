//! The tables that decisions work on, and the types of keys and views over all of them.

use foldhash::{HashMap, HashMapExt};
use ledger::{AccountId, Books, TransferId};
use schema::Table;

use super::rows::Mark;
use super::{Alarm, Find, Ids, Rows};
use crate::{
    AuditId, CardAttemptId, CardReceivableId, CycleId, GrantId, InvoiceId, JobId, MessageId, OrderId, OrderKey,
    PartyId, PhoneOrderId, PhoneOtpRequestId, ProposalId, SsoConsentId, SsoFamilyId,
};

/// Makes [`Keys`] and [`View`] with a field for each table.
macro_rules! view {
    (plain { $($(#[$doc:meta])* $field:ident: $row:ty,)* } apart { $($(#[$other_doc:meta])* $other:ident: $key:ty => $other_row:ty,)* }) => {
        view! {
            $($(#[$doc])* $field: <$row as Table>::Key => $row,)*
            $($(#[$other_doc])* $other: $key => $other_row,)*
        }
    };
    ($($(#[$doc:meta])* $field:ident: $key:ty => $row:ty,)*) => {
        /// The keys of the rows that a command needs.
        #[derive(Debug, Default)]
        pub struct Keys {
            /// Ledger accounts.
            pub accounts: Vec<AccountId>,
            /// Pending ledger transfers.
            pub pendings: Vec<TransferId>,
            /// Look-ups of orders other than by client and trackId.
            pub finds: Vec<Find>,
            $($(#[$doc])* pub $field: Vec<$key>,)*
        }

        /// The rows that a batch of commands works on.
        #[derive(PartialEq, Debug)]
        pub struct View {
            /// The ledger's accounts and transfers.
            pub books: Books,
            /// The numbers for new rows.
            pub ids: Ids,
            /// The results of the look-ups, in order; the rows are in `orders`.
            pub found: HashMap<Find, Vec<OrderKey>>,
            /// Alarms to raise when the batch is durable.
            pub alarms: Vec<Alarm>,
            /// A contradiction in the rows of the command that is being decided: the view is dropped, and that command fails.
            pub contradiction: Option<&'static str>,
            /// The number of open savepoints.
            pub savepoints: usize,
            $($(#[$doc])* pub $field: Rows<$key, $row>,)*
        }

        /// The state of a view at a savepoint.
        pub(super) struct Savepoint {
            books: ledger::Savepoint,
            ids: Ids,
            alarms: usize,
            $($field: Mark,)*
        }

        impl View {
            /// A view without rows, which takes new numbers from `ids`.
            pub fn new(ids: Ids) -> Self {
                Self { books: Books::default(), ids, found: HashMap::new(), alarms: Vec::new(), contradiction: None, savepoints: 0, $($field: Rows::default(),)* }
            }

            /// Returns a value that consistent rows always have. If it is missing, records `what` as a contradiction: the command fails as an error
            /// of the store, and nothing that is decided with the returned default is kept.
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

            /// Ends a savepoint. When the outermost one ends, the undo log is dropped.
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

/// Passes the tables that decisions work on to a macro: the name of each in a view, and its row type. Each engine implements the keys and
/// look-ups of the last two in its own way.
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
                /// Sequence numbers of the banks' days.
                bank_days: $crate::BankDay,
                /// Counts of a grant's orders by month.
                grant_months: $crate::GrantMonth,
                /// The sandbox's clock.
                clock: $crate::ClockMode,
                /// The operators' switch of the banks' day close.
                day_closes: $crate::DayClose,
                /// Jobs that are due at a time.
                jobs: $crate::Job,
                /// The failures of jobs.
                job_failures: $crate::JobFailure,
                /// Submissions of orders to networks.
                submissions: $crate::Submission,
                /// Payments by cards of other banks.
                card_attempts: $crate::CardAttempt,
                /// Banks' parts in cycles.
                cycles: $crate::Cycle,
                /// Cards by the keyed hash of their number.
                cards: $crate::Card,
                /// Bank users by national id.
                bank_users: $crate::BankUser,
                /// Requests for consent by the keyed hash of their id.
                consents: $crate::Consent,
                /// Authorization codes by their keyed hash.
                auth_codes: $crate::AuthCode,
                /// Sums of charges of cards.
                charge_totals: $crate::ChargeTotal,
                /// Telephone gateways by their ids.
                terminals: $crate::Terminal,
                /// Cards that pay, by the keyed hash of their number.
                payer_cards: $crate::PayerCard,
                /// Orders that are paid by telephone.
                phone_orders: $crate::PhoneOrder,
                /// Requests for one-time passwords.
                otp_requests: $crate::PhoneOtpRequest,
                /// One-time passwords that are not used.
                otps: $crate::Otp,
                /// Messages to send.
                messages: $crate::Message,
                /// Attempts of callbacks.
                callback_attempts: $crate::CallbackAttempts,
                /// Users and businesses.
                parties: $crate::Party,
                /// Handles of parties.
                handles: $crate::Handle,
                /// The looks of shops on payers' pages.
                shop_looks: $crate::ShopLook,
                /// The logos of shops.
                shop_logos: $crate::ShopLogo,
                /// Tokens of parties by their keyed hash.
                api_tokens: $crate::ApiToken,
                /// Credits by their holder.
                credit_books: $crate::CreditBook,
                /// Invoices.
                invoices: $crate::Invoice,
                /// Businesses' bill numbers of invoices.
                bills: $crate::Bill,
                /// Words by which invoices are found.
                words: $crate::Word,
                /// Counts of a business's paid invoices by year.
                serials: $crate::Serial,
                /// Money of card payments that the card network has not settled.
                card_receivables: $crate::CardReceivable,
                /// Codes that pay invoices.
                pay_codes: $crate::PayCode,
                /// Counts of sent codes and of wrong tries, for codes that pay.
                code_counts: $crate::CodeCount,
                /// Links that pay invoices.
                pay_links: $crate::PayLink,
                /// Terminals in shops.
                pos_terminals: $crate::PosTerminal,
                /// Payments at terminals in shops.
                pos_transactions: $crate::PosTransaction,
                /// Businesses' unique ids of transfers.
                unique_ids: $crate::UniqueId,
                /// One-time tokens that were used.
                used_otts: $crate::UsedOtt,
                /// Payers' sessions on the gateway's pages, by the keyed hash of their numbers.
                gateway_sessions: $crate::GatewaySession,
                /// Vouchers by issuer and code.
                vouchers: $crate::Voucher,
                /// Logged-in browser sessions, by the keyed hash of their cookies.
                browser_sessions: $crate::BrowserSession,
                /// Wrong tries at log-ins, by the keyed hash of a name or number.
                log_in_tries: $crate::Tries,
                /// Addresses from which operators have signed in, by the keyed hash of name and address.
                known_addresses: $crate::KnownAddress,
                /// Log-in codes, by the keyed hash of a mobile number.
                log_in_codes: $crate::LogInCode,
                /// Authorization codes of POD's users for businesses, by their keyed hash.
                sso_codes: $crate::SsoCode,
                /// Refresh tokens of POD's users for businesses, by their keyed hash.
                sso_refreshes: $crate::SsoRefresh,
                /// Consents of POD's users to businesses.
                sso_consents: $crate::SsoConsent,
                /// Tokens of POD's users for businesses, by the code that they came from.
                sso_families: $crate::SsoFamily,
                /// Operators by name.
                operators: $crate::Operator,
                /// Second factors by operator.
                second_factors: $crate::SecondFactor,
                /// Tokens of the operators' API by name.
                operator_tokens: $crate::OperatorToken,
                /// Money that the operators' API has created, by day.
                money_days: $crate::MoneyDay,
                /// Filters of lists that operators have saved.
                saved_filters: $crate::SavedFilter,
                /// Audit lines of operators' changes.
                audit_lines: $crate::AuditLine,
                /// Proposals that a second operator decides.
                proposals: $crate::Proposal,
                /// Releases from suspense, by the transfer that credited it.
                released: $crate::Released,
                /// Links of the hash chains.
                seals: $crate::Seal,
                /// The last alert of each kind.
                alerts: $crate::Alert,
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
    PhoneOtpRequestId,
    PartyId,
    PhoneOrderId,
    ProposalId,
    SsoConsentId,
    SsoFamilyId,
    CardReceivableId,
);
