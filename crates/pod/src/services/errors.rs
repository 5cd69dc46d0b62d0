//! Refusals in POD's error codes (pod.md 1.8).

use payments::{InvoiceField, InvoiceRefusal, NotPayable};
use wire::pod::errors::{self, Failure};

/// The error code of a refusal. The match is exhaustive, so that a new refusal does not compile without a code.
///
/// # Errors
/// The refusal is a defect: the decision has found a state that it excludes. No code exists for it.
pub fn failure_of(why: InvoiceRefusal) -> Result<Failure, engine::Error> {
    Ok(match why {
        InvoiceRefusal::TokenUsed => errors::INVALID_OTT,
        InvoiceRefusal::Invalid(field) => errors::invalid(name_of(field)),
        InvoiceRefusal::GuildForeign => errors::FOREIGN_GUILD,
        InvoiceRefusal::BillNumberUsed => errors::DUPLICATE_BILL_NUMBER,
        InvoiceRefusal::BillNumberOfCanceled => errors::BILL_NUMBER_OF_CANCELED,
        InvoiceRefusal::IssuedToSelf => errors::ISSUED_TO_SELF,
        InvoiceRefusal::PartyUnknown => errors::USER_UNKNOWN,
        InvoiceRefusal::InvoiceUnknown => errors::INVOICE_UNKNOWN,
        InvoiceRefusal::CreditorUnknown => errors::CREDITOR_UNKNOWN,
        InvoiceRefusal::DebtorUnknown => errors::DEBTOR_UNKNOWN,
        InvoiceRefusal::NotPermitted | InvoiceRefusal::Disabled => errors::PERMISSION_DENIED,
        InvoiceRefusal::MayNotClose => errors::MAY_NOT_CLOSE,
        InvoiceRefusal::NotForCaller => errors::NOT_ISSUED_TO_CALLER,
        InvoiceRefusal::NotPayable(why) => not_payable(why),
        InvoiceRefusal::FutureTwice => errors::FUTURE_TWICE,
        InvoiceRefusal::NotAfterToday => errors::NOT_AFTER_TODAY,
        InvoiceRefusal::BlockShort => errors::BLOCK_SHORT,
        InvoiceRefusal::Insufficient => errors::INSUFFICIENT,
        InvoiceRefusal::NoPermission => errors::NO_PERMISSION,
        InvoiceRefusal::PermissionShort => errors::PERMISSION_SHORT,
        InvoiceRefusal::CreditShort => errors::DELEGATION_SHORT,
        InvoiceRefusal::GuildShort => errors::GUILD_SHORT,
        InvoiceRefusal::SetOffPending => errors::SET_OFF_PENDING,
        InvoiceRefusal::SourceNotPaid => errors::SOURCE_NOT_PAID,
        InvoiceRefusal::NotPaid => errors::NOT_PAID,
        InvoiceRefusal::NotWaiting => errors::NOT_WAITING,
        InvoiceRefusal::NotClosed => errors::NOT_CLOSED,
        InvoiceRefusal::NoCustomer => errors::NO_CUSTOMER,
        InvoiceRefusal::MobileNotVerified => errors::MOBILE_NOT_VERIFIED,
        InvoiceRefusal::WrongCode => errors::WRONG_CODE,
        InvoiceRefusal::TooManySms => errors::TOO_MANY_SMS,
        InvoiceRefusal::PosUnknown => errors::POS_UNKNOWN,
        InvoiceRefusal::UniqueIdUsed => errors::UNIQUE_ID_USED,
        InvoiceRefusal::BelowCardMinimum => errors::BELOW_CARD_MINIMUM,
        InvoiceRefusal::Internal => return Err(engine::Error::unexpected(&why)),
    })
}

fn not_payable(why: NotPayable) -> Failure {
    match why {
        NotPayable::Canceled => errors::CANCELED,
        NotPayable::Closed => errors::CLOSED,
        NotPayable::Waiting => errors::WAITING,
        NotPayable::Paid => errors::ALREADY_PAID,
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
        assert!(matches!(failure_of(InvoiceRefusal::Internal), Err(engine::Error::Unexpected(_))));
        assert_eq!(failure_of(InvoiceRefusal::NotPaid).ok(), Some(errors::NOT_PAID));
    }
}
