//! Keeping what the file of a closed cycle is known by.

use crate::view::{Denial, Keys, View};
use crate::{At, Command, CycleId, CycleUnknown, FileMark, FileOrders};

/// Keeps what the file of a closed cycle is known by, the first time that it is made; tells what is kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NoteGroupFile {
    /// Of which cycle.
    pub cycle: CycleId,
    /// With which orders.
    pub which: FileOrders,
    /// What it is known by.
    pub mark: FileMark,
}

impl Command for NoteGroupFile {
    type Done = FileMark;
    type Refusal = CycleUnknown;
    const NAME: &'static str = "NoteGroupFile";

    fn keys(&self, _at: At<'_>, keys: &mut Keys) {
        keys.cycles.push(self.cycle);
    }

    fn decide(&self, view: &mut View, _at: At<'_>) -> Result<FileMark, Denial<CycleUnknown>> {
        // A cycle that takes orders has no file.
        let found = view.cycles.get(&self.cycle).filter(|cycle| !cycle.is_gathering());
        let mut cycle = **found.ok_or(CycleUnknown)?;
        if let Some(kept) = cycle.mark(self.which) {
            return Ok(kept);
        }
        match self.which {
            FileOrders::All => cycle.file = Some(self.mark),
            FileOrders::Leaving => cycle.leaving = Some(self.mark),
        }
        view.cycles.put(self.cycle, cycle);
        Ok(self.mark)
    }
}
