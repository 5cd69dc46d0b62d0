//! The outbox: messages are written in the commit of the fact that they report, and sent afterwards.
//!
//! ```text
//! queued ──► sent
//!    │ ▲└──► dead     too many failed tries, or refused permanently
//!    └─┘ retried, with a longer pause each time
//! sent, dead ──► queued     an operator sends it again: a callback in any state, an SMS that is dead
//! ```
//! A message with a text has a job: a worker of the process that has claimed the job sends the message under the job's lease.
//! A message with a code has neither a stored text nor a job: the process that made the code sends it from memory and records only the result. If
//! that process dies before it has sent the message, the message stays queued, and its code is lost.

mod attempts;
mod record_deliveries;
mod resend;
mod row;
mod sender;
mod write;

pub use attempts::{CallbackAttempt, CallbackAttempts, MAX_KEPT_ATTEMPTS};
pub use record_deliveries::{Delivery, MAX_SEND_TRIES, RecordDeliveries};
pub use resend::{ResendMessage, ResendRefusal};
pub use row::{CallAddress, Channel, Message, MessageId, MessageState, Provenance};
pub(crate) use row::{address, call_address, provenance};
pub use sender::{Callback, CallbackSender, Called, Calling, NotSent, Sending, SmsMessage, SmsSender};
pub use write::WriteMessage;
pub(crate) use write::{write_call, write_code, write_sms};
