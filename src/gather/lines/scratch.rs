//! The memory that parsing one line takes: the name being put together, and texts that had to be unescaped.

use std::mem::take;

use super::name::Name;

/// Used again from line to line.
pub struct Scratch {
    /// The name being put together.
    pub name: Name,
    text: Box<[u8]>,
}

impl Scratch {
    /// Takes the memory; texts are as long as what is read at once.
    pub fn new(read_max: usize) -> Scratch {
        Scratch {
            name: Name::new(),
            text: vec![0; read_max].into(),
        }
    }

    /// The name and an empty store.
    pub fn parts(&mut self) -> (&mut Name, Store<'_>) {
        (&mut self.name, Store(&mut self.text))
    }
}

/// Room for texts that live as long as the line is parsed. It never runs full: what is unescaped is shorter
/// than it was in the line.
pub struct Store<'a>(&'a mut [u8]);

impl<'a> Store<'a> {
    /// The same room, for texts that are needed less long.
    pub fn inner(&mut self) -> Store<'_> {
        Store(self.0)
    }

    /// Keeps the bytes; those that do not fit are left out.
    pub fn keep(&mut self, bytes: impl Iterator<Item = u8>) -> &'a [u8] {
        let room = take(&mut self.0);
        let mut len = 0;
        for (place, byte) in room.iter_mut().zip(bytes) {
            *place = byte;
            len += 1;
        }
        let (kept, rest) = room.split_at_mut(len);
        self.0 = rest;
        kept
    }
}
