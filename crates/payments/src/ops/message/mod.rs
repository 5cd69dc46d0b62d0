//! What shall leave the process: written in the commit of the fact that it tells, and sent afterwards.
//!
//! ```text
//! queued ──► sent
//!    │ ▲└──► dead     tried too often, or refused for good
//!    └─┘ tried again, later each time
//! ```
//! A message with a text has a job that sends it: whoever claims the job sends, under the job's lease.
//! A message that carries a code has no text here and no job: the process that made the code sends it from memory, and only that it
//! did, or could not, comes here. If that process dies, the message stays queued, and its code cannot be used by anybody.

mod note_tries;
mod resend;
mod row;
mod sender;
mod write;

pub use note_tries::{NoteTries, SEND_TRIES, Tried};
pub use resend::{ResendMessage, ResendRefusal};
pub use row::{CallAddress, Channel, Message, MessageId, MessageState, Provenance};
pub(crate) use row::{address, call_address, provenance};
pub use sender::{Callback, CallbackSender, NotSent, Sending, SmsMessage, SmsSender};
pub use write::WriteMessage;
pub(crate) use write::{write_call, write_code, write_sms};
