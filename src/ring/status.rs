//! The status area: for each collector when it was last heard of and what went wrong, under a check.

use std::sync::Arc;

use goodall_platform::map::Map;

use super::Writer;
use super::hash;
use super::layout::{STATUS_OFFSET, STATUS_SLOTS, STATUS_WORDS, WORD_SIZE, index};
use super::seqlock::{Word, publish};
use super::source::Source;
use crate::quantity::{Interval, WallNs};

/// Longest message, in bytes; what is longer is cut at a character's border.
pub const MESSAGE_SIZE_MAX: usize = 120;
/// Longest name of a slot, in bytes.
pub const NAME_SIZE_MAX: usize = 64;

const LENGTHS: usize = 1;
const INTERVAL: usize = 2;
const LAST: usize = 3;
const LATE: usize = 4;
const MISSED: usize = 5;
const ERRORS: usize = 6;
const NAME: usize = 7;
const MESSAGE: usize = NAME + NAME_SIZE_MAX / 8;
/// Words of a slot that are used.
pub const END: usize = MESSAGE + MESSAGE_SIZE_MAX / 8;
const _: () = assert!(END <= STATUS_WORDS);

/// What the status area says of a collector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// The collector's name.
    pub name: String,
    /// Its interval.
    pub interval: Interval,
    /// Its newest sample by the wall clock; `None` before the first.
    pub last: Option<WallNs>,
    /// Ticks taken late by more than half an interval, since the start.
    pub late: u64,
    /// Ticks not taken, since the start.
    pub missed: u64,
    /// Samples that failed, since the start.
    pub errors: u64,
    /// The newest error, 120 bytes at most; empty where there was none or it is over.
    pub message: String,
}

/// A slot's words.
pub struct Entry {
    words: [u64; END],
}

impl Entry {
    /// Before the first sample.
    pub fn new(name: &str, interval: Interval) -> Entry {
        let mut words = [0; END];
        words[LENGTHS] = name.len() as u64;
        words[INTERVAL] = interval.ns();
        pack(name.as_bytes(), &mut words[NAME..MESSAGE]);
        Entry { words }
    }

    /// Writes all of a slot under its check; `last` is 0 before the first sample. Allocates nothing.
    pub fn publish(
        &mut self,
        map: &Map,
        slot: usize,
        last: WallNs,
        counts: [u64; 3],
        message: &str,
    ) {
        let end = (0..=message.len().min(MESSAGE_SIZE_MAX)).rev();
        let end = end.into_iter().find(|&end| message.is_char_boundary(end));
        let message = &message[..end.unwrap_or(0)];
        self.words[LENGTHS] = self.words[LENGTHS] & 0xff | (message.len() as u64) << 8;
        self.words[LAST] = last.0.cast_unsigned();
        self.words[LATE..=ERRORS].copy_from_slice(&counts);
        pack(message.as_bytes(), &mut self.words[MESSAGE..]);
        self.words[0] = check(&self.words);
        let cells = &map.words()[slot_at(slot)..][..END];
        publish(&cells[0], &cells[1..], self.words[0], &self.words[1..]);
    }
}

/// A collector's place in the status area: one thread owns it.
pub struct StatusSlot {
    writer: Arc<Writer>,
    slot: usize,
    entry: Entry,
}

impl StatusSlot {
    pub(super) fn new(
        writer: Arc<Writer>,
        slot: usize,
        name: &str,
        interval: Interval,
    ) -> StatusSlot {
        let mut slot = StatusSlot {
            writer,
            slot,
            entry: Entry::new(name, interval),
        };
        slot.set(WallNs(0), 0, 0, 0, "");
        slot
    }

    /// Sets all of the slot; `last` is 0 before the first sample. Allocates nothing.
    pub fn set(&mut self, last: WallNs, late: u64, missed: u64, errors: u64, message: &str) {
        let counts = [late, missed, errors];
        self.entry
            .publish(self.writer.map(), self.slot, last, counts, message);
    }

    /// Takes the collector out of the status area: it was switched off. A slot that is merely dropped
    /// stays to be read, and is found again by its name.
    pub fn remove(self) {
        self.writer.map().words()[slot_at(self.slot)].put(0);
    }
}

impl Drop for StatusSlot {
    fn drop(&mut self) {
        self.writer.release_status(self.slot);
    }
}

/// Every slot that is in use, with its place, in the order of the places.
pub fn read(source: &Source) -> impl Iterator<Item = (usize, Status)> + '_ {
    (0..STATUS_SLOTS).filter_map(|slot| {
        // it may be written while it is read
        let status = (0..3).find_map(|_| read_slot(source, slot_at(slot)));
        Some((slot, status?))
    })
}

fn read_slot(source: &Source, at: usize) -> Option<Status> {
    if source.fresh(at)? == 0 {
        return None;
    }
    let mut words = [0; END];
    source.copy_fresh(at, &mut words)?;
    if !is_whole(&words) {
        return None;
    }
    let name = index(words[LENGTHS] & 0xff);
    let message = index(words[LENGTHS] >> 8 & 0xff);
    let last = WallNs(words[LAST].cast_signed());
    Some(Status {
        name: text(&words[NAME..MESSAGE], name)?,
        interval: Interval::of(std::time::Duration::from_nanos(words[INTERVAL]))?,
        last: (last != WallNs(0)).then_some(last),
        late: words[LATE],
        missed: words[MISSED],
        errors: words[ERRORS],
        message: text(&words[MESSAGE..], message)?,
    })
}

/// The word in the file at which a slot starts.
pub fn slot_at(slot: usize) -> usize {
    index(STATUS_OFFSET / WORD_SIZE) + slot * STATUS_WORDS
}

/// Whether these are the words of a slot that is taken, all of them.
pub fn is_whole(words: &[u64; END]) -> bool {
    words[0] == check(words)
}

fn check(words: &[u64; END]) -> u64 {
    match hash::of_words([words[1], words[2], words[3]], &words[4..]) {
        0 => 1,
        check => check,
    }
}

fn pack(bytes: &[u8], words: &mut [u64]) {
    words.fill(0);
    for (word, chunk) in words.iter_mut().zip(bytes.chunks(8)) {
        let mut filled = [0; 8];
        filled[..chunk.len()].copy_from_slice(chunk);
        *word = u64::from_le_bytes(filled);
    }
}

fn text(words: &[u64], length: usize) -> Option<String> {
    let mut bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    if length > bytes.len() {
        return None;
    }
    bytes.truncate(length);
    String::from_utf8(bytes).ok()
}
