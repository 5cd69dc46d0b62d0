//! The loaded rows of one table, and the changes that decisions make to them.

use std::collections::hash_map::Entry;
use std::hash::Hash;
use std::sync::Arc;

use foldhash::{HashMap, HashMapExt};

/// The loaded rows of one table.
#[derive(Debug)]
pub struct Rows<K, R> {
    slots: HashMap<K, Slot<R>>,
    changed: Vec<K>,
    /// The slot of a key before each change since the outermost savepoint, oldest first; `None`: the key had no slot.
    undo: Vec<(K, Option<Slot<R>>)>,
}

#[derive(PartialEq, Eq, Debug)]
struct Slot<R> {
    row: Option<Arc<R>>,
    changed: bool,
    /// Whether the store has a row with this key.
    found: bool,
}

/// The position of a savepoint in a table's changes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    changed: usize,
    undo: usize,
}

impl<K, R> Default for Rows<K, R> {
    fn default() -> Self {
        Self { slots: HashMap::new(), changed: Vec::new(), undo: Vec::new() }
    }
}

/// Equal if they have the same rows, changed in the same order.
impl<K: Hash + Eq, R: PartialEq> PartialEq for Rows<K, R> {
    fn eq(&self, other: &Self) -> bool {
        self.slots == other.slots && self.changed == other.changed
    }
}

impl<K: Hash + Eq + Clone, R> Rows<K, R> {
    /// Adds the row that the store has for a key, or its absence. A row that is in the view already is kept.
    pub fn load(&mut self, key: K, row: Option<Arc<R>>) {
        let found = row.is_some();
        self.slots.entry(key).or_insert(Slot { row, changed: false, found });
    }

    /// Whether the row of this key was loaded or written.
    pub fn is_loaded(&self, key: &K) -> bool {
        self.slots.contains_key(key)
    }

    /// The row of a key; `None` if there is none, or if it was not loaded.
    pub fn get(&self, key: &K) -> Option<&Arc<R>> {
        self.slots.get(key).and_then(|slot| slot.row.as_ref())
    }

    /// Writes a row.
    pub fn put(&mut self, key: K, row: impl Into<Arc<R>>) {
        self.change(key, Some(row.into()));
    }

    /// Removes a row.
    pub fn remove(&mut self, key: K) {
        self.change(key, None);
    }

    fn change(&mut self, key: K, row: Option<Arc<R>>) {
        let before = match self.slots.entry(key.clone()) {
            Entry::Occupied(mut slot) => {
                let slot = slot.get_mut();
                let (changed, found) = (slot.changed, slot.found);
                slot.changed = true;
                Some(Slot { row: std::mem::replace(&mut slot.row, row), changed, found })
            }
            Entry::Vacant(slot) => {
                slot.insert(Slot { row, changed: true, found: false });
                None
            }
        };
        if before.as_ref().is_none_or(|slot| !slot.changed) {
            self.changed.push(key.clone());
        }
        self.undo.push((key, before));
    }

    pub(super) fn mark(&self) -> Mark {
        Mark { changed: self.changed.len(), undo: self.undo.len() }
    }

    pub(super) fn roll_back(&mut self, to: Mark) {
        for (key, before) in self.undo.drain(to.undo.min(self.undo.len())..).rev() {
            match before {
                Some(slot) => self.slots.insert(key, slot),
                None => self.slots.remove(&key),
            };
        }
        self.changed.truncate(to.changed);
    }

    pub(super) fn forget_undo(&mut self) {
        if !self.undo.is_empty() {
            self.undo.clear();
        }
    }

    /// Whether no row was written or removed.
    pub fn is_unchanged(&self) -> bool {
        self.changed.is_empty()
    }

    /// The rows written, each once, in the order of the first write.
    pub fn changed(&self) -> impl Iterator<Item = (&K, &Arc<R>)> {
        self.changed.iter().filter_map(|key| Some((key, self.get(key)?)))
    }

    /// The written rows that the store has to insert.
    pub fn inserted(&self) -> impl Iterator<Item = (&K, &Arc<R>)> {
        self.changed().filter(|(key, _)| !self.is_found(key))
    }

    /// The written rows that the store has to update.
    pub fn updated(&self) -> impl Iterator<Item = (&K, &Arc<R>)> {
        self.changed().filter(|(key, _)| self.is_found(key))
    }

    /// The keys of the rows that the store has to delete.
    pub fn removed(&self) -> impl Iterator<Item = &K> {
        self.changed.iter().filter(|key| self.is_found(key) && self.get(key).is_none())
    }

    fn is_found(&self, key: &K) -> bool {
        self.slots.get(key).is_some_and(|slot| slot.found)
    }
}
