//! Links with which an invoice is paid.

mod make;
mod row;
mod send;

pub use make::MakePayLink;
pub use row::PayLink;
pub(crate) use row::given_by;
pub use send::SendPaymentLink;
