//! XXH64 with seed 0 over 64-bit words, as over their little-endian bytes (xxHash's specification, 64-bit
//! part; only whole words come, so its steps for 4 and 1 bytes are not here). The ring's checks are its
//! low 32 bits, where 0 becomes 1.

const PRIME_1: u64 = 0x9e37_79b1_85eb_ca87;
const PRIME_2: u64 = 0xc2b2_ae3d_27d4_eb4f;
const PRIME_3: u64 = 0x1656_67b1_9e37_79f9;
const PRIME_4: u64 = 0x85eb_ca77_c2b2_ae63;
const PRIME_5: u64 = 0x27d4_eb2f_1656_67c5;

/// The hash of `head` followed by `words`.
#[inline]
pub fn of_words(head: [u64; 3], words: &[u64]) -> u64 {
    let Some((&fourth, rest)) = words.split_first() else {
        return finish(PRIME_5, &head, 3);
    };
    let mut lanes = Lanes::new();
    lanes.mix([head[0], head[1], head[2], fourth]);
    let (stripes, tail) = rest.as_chunks::<4>();
    for &stripe in stripes {
        lanes.mix(stripe);
    }
    finish(lanes.merged(), tail, 3 + words.len())
}

/// A check word's 32 bits: never 0, which means "being written".
#[inline]
pub fn check(head: [u64; 3], words: &[u64]) -> u32 {
    #[allow(clippy::cast_possible_truncation)] // the low half is what the format says
    match of_words(head, words) as u32 {
        0 => 1,
        check => check,
    }
}

/// The hash of bytes, filled up with zeros to whole words.
pub fn of_bytes(head: [u64; 3], bytes: &[u8]) -> u64 {
    of_words(head, &words_of(bytes))
}

/// Bytes as little-endian words, the last filled up with zeros.
pub fn words_of(bytes: &[u8]) -> Vec<u64> {
    let word = |chunk: &[u8]| {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        u64::from_le_bytes(word)
    };
    bytes.chunks(8).map(word).collect()
}

struct Lanes([u64; 4]);

impl Lanes {
    #[inline]
    fn new() -> Lanes {
        Lanes([
            PRIME_1.wrapping_add(PRIME_2),
            PRIME_2,
            0,
            0_u64.wrapping_sub(PRIME_1),
        ])
    }

    #[inline]
    fn mix(&mut self, stripe: [u64; 4]) {
        // not a loop: where code is small it would stay one, and the lanes would not stay in registers
        let Lanes([first, second, third, fourth]) = *self;
        *self = Lanes([
            round(first, stripe[0]),
            round(second, stripe[1]),
            round(third, stripe[2]),
            round(fourth, stripe[3]),
        ]);
    }

    #[inline]
    fn merged(&self) -> u64 {
        let mut hash = 0_u64;
        for (lane, turn) in self.0.iter().zip([1, 7, 12, 18]) {
            hash = hash.wrapping_add(lane.rotate_left(turn));
        }
        for &lane in &self.0 {
            hash = (hash ^ round(0, lane))
                .wrapping_mul(PRIME_1)
                .wrapping_add(PRIME_4);
        }
        hash
    }
}

#[inline]
fn round(lane: u64, word: u64) -> u64 {
    lane.wrapping_add(word.wrapping_mul(PRIME_2))
        .rotate_left(31)
        .wrapping_mul(PRIME_1)
}

#[inline]
fn finish(merged: u64, tail: &[u64], count: usize) -> u64 {
    let mut hash = merged.wrapping_add(8 * count as u64);
    for &word in tail {
        hash = (hash ^ round(0, word))
            .rotate_left(27)
            .wrapping_mul(PRIME_1)
            .wrapping_add(PRIME_4);
    }
    hash = (hash ^ (hash >> 33)).wrapping_mul(PRIME_2);
    hash = (hash ^ (hash >> 29)).wrapping_mul(PRIME_3);
    hash ^ (hash >> 32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_xxh64_of_the_little_endian_bytes() {
        let mut word = 0x0123_4567_89ab_cdef_u64;
        for count in 0..40 {
            let all: Vec<u64> = (0..3 + count)
                .map(|_| {
                    word = word.wrapping_mul(PRIME_1).rotate_left(11);
                    word
                })
                .collect();
            let bytes: Vec<u8> = all.iter().flat_map(|word| word.to_le_bytes()).collect();
            let ours = of_words([all[0], all[1], all[2]], &all[3..]);
            assert_eq!(ours, xxhash_rust::xxh64::xxh64(&bytes, 0), "{count}");
        }
    }

    #[test]
    fn bytes_are_filled_up_with_zeros() {
        assert_eq!(words_of(b"goodall\nx"), [0x0a6c_6c61_646f_6f67, 0x78]);
        assert_eq!(of_bytes([1, 2, 3], b"a"), of_words([1, 2, 3], &[0x61]));
    }
}
