//! What a process with keys in its memory does first: its memory goes into no core dump, and no other process of its user reads it.

use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};

/// Switches core dumps off. Where the system does not allow that, the process goes on: the log says so.
pub fn no_core_dumps() -> Result<(), rustix::io::Errno> {
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })?;
    set_dumpable_behavior(DumpableBehavior::NotDumpable)
}
