//! Why a call is refused, in POD's codes (pod.md 1.8).

use payments::{InvoiceField, NotInvoiced, NotPayable};
use wire::pod::errors::{self, Failure};

/// The row of a reason. Exhaustive, so that a new reason does not compile until it has one.
///
/// # Errors
/// It is none that a caller can be told: the decision has found what it had ruled out.
pub fn failure_of(why: NotInvoiced) -> Result<Failure, engine::Error> {
    Ok(match why {
        NotInvoiced::TokenUsed => errors::INVALID_OTT,
        NotInvoiced::Invalid(field) => errors::invalid(name_of(field)),
        NotInvoiced::GuildForeign => errors::FOREIGN_GUILD,
        NotInvoiced::BillNumberUsed => errors::DUPLICATE_BILL_NUMBER,
        NotInvoiced::BillNumberOfCanceled => errors::BILL_NUMBER_OF_CANCELED,
        NotInvoiced::IssuedToSelf => errors::ISSUED_TO_SELF,
        NotInvoiced::PartyUnknown => errors::USER_UNKNOWN,
        NotInvoiced::InvoiceUnknown => errors::INVOICE_UNKNOWN,
        NotInvoiced::CreditorUnknown => errors::CREDITOR_UNKNOWN,
        NotInvoiced::DebtorUnknown => errors::DEBTOR_UNKNOWN,
        NotInvoiced::NotPermitted | NotInvoiced::Disabled => errors::PERMISSION_DENIED,
        NotInvoiced::MayNotClose => errors::MAY_NOT_CLOSE,
        NotInvoiced::NotForCaller => errors::NOT_ISSUED_TO_CALLER,
        NotInvoiced::NotPayable(why) => not_payable(why),
        NotInvoiced::FutureTwice => errors::FUTURE_TWICE,
        NotInvoiced::NotAfterToday => errors::NOT_AFTER_TODAY,
        NotInvoiced::BlockShort => errors::BLOCK_SHORT,
        NotInvoiced::Insufficient => errors::INSUFFICIENT,
        NotInvoiced::NoPermission => errors::NO_PERMISSION,
        NotInvoiced::PermissionShort => errors::PERMISSION_SHORT,
        NotInvoiced::CreditShort => errors::DELEGATION_SHORT,
        NotInvoiced::GuildShort => errors::GUILD_SHORT,
        NotInvoiced::SetOffPending => errors::SET_OFF_PENDING,
        NotInvoiced::SourceNotPayed => errors::SOURCE_NOT_PAYED,
        NotInvoiced::NotPayed => errors::NOT_PAYED,
        NotInvoiced::NotWaiting => errors::NOT_WAITING,
        NotInvoiced::NotClosed => errors::NOT_CLOSED,
        NotInvoiced::NoCustomer => errors::NO_CUSTOMER,
        NotInvoiced::MobileNotVerified => errors::MOBILE_NOT_VERIFIED,
        NotInvoiced::WrongCode => errors::WRONG_CODE,
        NotInvoiced::TooManySms => errors::TOO_MANY_SMS,
        NotInvoiced::PosUnknown => errors::POS_UNKNOWN,
        NotInvoiced::UniqueIdUsed => errors::UNIQUE_ID_USED,
        NotInvoiced::BelowCardMinimum => errors::BELOW_CARD_MINIMUM,
        NotInvoiced::Internal => return Err(engine::Error::unexpected(&why)),
    })
}

fn not_payable(why: NotPayable) -> Failure {
    match why {
        NotPayable::Canceled => errors::CANCELED,
        NotPayable::Closed => errors::CLOSED,
        NotPayable::Waiting => errors::WAITING,
        NotPayable::Payed => errors::ALREADY_PAYED,
        NotPayable::InGateway => errors::IN_GATEWAY,
        NotPayable::WaitsForItsDay => errors::WAITS_FOR_FUTURE,
        NotPayable::NotForThem => errors::MAY_NOT_PAY,
    }
}

fn name_of(field: InvoiceField) -> &'static str {
    match field {
        InvoiceField::Price => "price",
        InvoiceField::Quantity => "quantity",
        InvoiceField::ItemId => "invoiceItemId",
        InvoiceField::TaxRate => "preferredTaxRate",
        InvoiceField::Amount => "amount",
        InvoiceField::DelegationHash => "delegationHash",
        InvoiceField::DelegatorId => "delegatorId",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_decision_had_ruled_out_is_a_failure_of_the_machine_and_no_code() {
        assert!(matches!(failure_of(NotInvoiced::Internal), Err(engine::Error::Unexpected(_))));
        assert_eq!(failure_of(NotInvoiced::NotPayed).ok(), Some(errors::NOT_PAYED));
    }
}
