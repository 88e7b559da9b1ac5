//! A hash of names for the parsers' small tables: FNV-1a, its bits mixed once more. Whoever makes names collide
//! on purpose makes a table of a few hundred places slow, no more.

/// The hash of a text.
pub fn hash(text: &[u8]) -> u64 {
    let fold = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
    let hash = text.iter().fold(0xcbf2_9ce4_8422_2325, fold);
    (hash ^ (hash >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ (hash >> 29)
}

/// Where to look first in a table of so many places.
pub fn place(hash: u64, slots: usize) -> usize {
    usize::try_from(hash % slots as u64).unwrap_or(0)
}
