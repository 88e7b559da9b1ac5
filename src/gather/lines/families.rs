//! The types of Prometheus' families, as `# TYPE` lines told them: a table of hashes of fixed size.

use super::hash::{hash, place};
use super::prometheus::Family;

/// The most that are remembered.
const FAMILIES_MAX: usize = 192;
const SLOTS: usize = 256;
const _: () = assert!(SLOTS.is_power_of_two() && FAMILIES_MAX < SLOTS);

/// A family's name, hashed, and its type.
type Slot = Option<(u64, Family)>;

/// The families seen last.
pub struct Families {
    slots: Box<[Slot]>,
    count: usize,
}

impl Families {
    /// Takes the memory.
    pub fn new() -> Families {
        Families {
            slots: vec![None; SLOTS].into(),
            count: 0,
        }
    }

    /// Remembers a family's type. A full table is emptied: its families will be told again.
    pub fn put(&mut self, name: &[u8], family: Family) {
        let hash = hash(name);
        let mut at = self.find(hash);
        if self.slots[at].is_none() {
            if self.count == FAMILIES_MAX {
                self.slots.fill(None);
                self.count = 0;
                at = self.find(hash);
            }
            self.count += 1;
        }
        self.slots[at] = Some((hash, family));
    }

    /// A family's type.
    pub fn get(&self, name: &[u8]) -> Option<Family> {
        self.slots[self.find(hash(name))].map(|(_, family)| family)
    }

    /// Where the hash stands, or has room.
    fn find(&self, hash: u64) -> usize {
        let mut at = place(hash, SLOTS);
        while self.slots[at].is_some_and(|(other, _)| other != hash) {
            at = (at + 1) % SLOTS;
        }
        at
    }
}
