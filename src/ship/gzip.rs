//! RFC 1952 around miniz_oxide's deflate.

use miniz_oxide::deflate::compress_to_vec;

/// Fast rather than small: names repeat, so that even this makes a tenth of it.
const LEVEL: u8 = 1;
/// Magic, deflate, no flags, no time, no hint, unknown system.
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];

/// Appends `plain`, compressed.
pub fn pack(plain: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(&HEADER);
    out.extend_from_slice(&compress_to_vec(plain, LEVEL));
    out.extend_from_slice(&crc32(plain).to_le_bytes());
    let size = u32::try_from(plain.len() as u64 & 0xffff_ffff).unwrap_or(0);
    out.extend_from_slice(&size.to_le_bytes());
}

const TABLE: [u32; 256] = table();

#[allow(clippy::cast_possible_truncation, reason = "below 256")]
const fn table() -> [u32; 256] {
    let mut table = [0; 256];
    let mut at = 0;
    while at < 256 {
        let mut word = at as u32;
        let mut bit = 0;
        while bit < 8 {
            word = if word & 1 == 1 {
                word >> 1 ^ 0xedb8_8320
            } else {
                word >> 1
            };
            bit += 1;
        }
        table[at] = word;
        at += 1;
    }
    table
}

fn crc32(bytes: &[u8]) -> u32 {
    let sum = bytes.iter().fold(!0, |sum: u32, &byte| {
        sum >> 8 ^ TABLE[((sum ^ u32::from(byte)) & 255) as usize]
    });
    !sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_is_that_of_the_standard() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(crc32(b""), 0);
    }
}
