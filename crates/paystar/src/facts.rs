//! The facts about a call that the rules of a sandbox's faults can match, over HTTP or by telephone.

use sandbox::Facts;
use text::fold;
use wire::paystar::fields::{Inquiry, OtpRequest, Pay, Purpose};

/// Facts about a request for a one-time password.
pub fn of_otp(request: &OtpRequest) -> Facts {
    Facts { amount: request.amount, card: request.pan.clone(), ..of("otp-v2", &request.sequence, &request.order_id) }
}

/// Facts about a payment. Its trackId is the id of the order, or of the request for a password.
pub fn of_payment(pay: &Pay) -> Facts {
    let (id, amount) = match &pay.purpose {
        Purpose::Telephone { amount, order_id } => (order_id, *amount),
        Purpose::Web { invoice_id } => (invoice_id, None),
    };
    Facts { amount, card: pay.pan.clone(), ..of("pay", &pay.sequence, id) }
}

/// Facts about an inquiry.
pub fn of_inquiry(inquiry: &Inquiry) -> Facts {
    of("inquiry", &inquiry.sequence, &inquiry.order_id)
}

fn of(operation: &str, terminal: &str, id: &str) -> Facts {
    Facts {
        operation: operation.to_owned(),
        client: terminal.to_owned(),
        track_id: fold(id).into_owned(),
        ..Facts::default()
    }
}
