//! Recording the digest and totals of a closed cycle's group file.

use crate::view::{Denial, Keys, View};
use crate::{At, Command, CycleId, CycleUnknown, FileMark, FileOrders};

/// Records the digest and totals of a closed cycle's group file when it is first made, and returns the recorded ones.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NoteGroupFile {
    /// The cycle.
    pub cycle: CycleId,
    /// Which orders the file has.
    pub which: FileOrders,
    /// The digest and totals of the file.
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
        // A cycle that still accepts orders has no file.
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
