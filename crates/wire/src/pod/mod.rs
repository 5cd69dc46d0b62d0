//! POD's services for invoices (pod.md, 003_0631e51326d2a326.txt).

pub mod balances;
pub mod errors;
pub mod invoice;
pub mod read_params;
pub mod replies;
pub mod returning;
pub mod service_parameters;
pub mod services;
