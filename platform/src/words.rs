//! Words of a file by pread(2), or of a stream, without a copy in between.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;

/// Reads little-endian words from the byte `offset` on; what the file has no more reads as 0. Says how many
/// words it had. After an error they are all 0.
pub fn read_at(file: &File, offset: u64, words: &mut [u64]) -> io::Result<usize> {
    let bytes = bytes_of(words);
    let mut filled = 0;
    while filled < bytes.len() {
        match file.read_at(&mut bytes[filled..], offset + filled as u64) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => {
                words.fill(0);
                return Err(error);
            }
        }
    }
    bytes[filled..].fill(0);
    for word in words {
        *word = u64::from_le(*word);
    }
    Ok(filled / 8)
}

/// Reads little-endian words from a stream until they are full or it ends. Says how many bytes came; what did
/// not come is 0.
pub fn read_from(stream: &mut dyn Read, words: &mut [u64]) -> io::Result<usize> {
    let bytes = bytes_of(words);
    let mut filled = 0;
    while filled < bytes.len() {
        match stream.read(&mut bytes[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    bytes[filled..].fill(0);
    for word in words {
        *word = u64::from_le(*word);
    }
    Ok(filled)
}

fn bytes_of(words: &mut [u64]) -> &mut [u8] {
    let size = size_of_val(words);
    // SAFETY: the bytes are those of `words`, which are borrowed for as long; a `u64` has no padding, every
    // byte may be read and any bytes make a `u64`, and a `u8` needs no alignment.
    unsafe { std::slice::from_raw_parts_mut(words.as_mut_ptr().cast::<u8>(), size) }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn words_are_read_from_anywhere_and_are_0_beyond_the_end() {
        let mut file = tempfile::tempfile().unwrap();
        for word in 1..=1000_u64 {
            file.write_all(&word.to_le_bytes()).unwrap();
        }
        file.write_all(&[0xff; 3]).unwrap();
        let mut words = [7; 700];
        assert_eq!(read_at(&file, 80, &mut words).unwrap(), 700);
        assert!(words.iter().zip(11..).all(|(&word, is)| word == is));
        assert_eq!(read_at(&file, 7200, &mut words).unwrap(), 100);
        assert_eq!(words[99..102], [1000, 0x00ff_ffff, 0]);
        assert_eq!(read_at(&file, 1 << 20, &mut words).unwrap(), 0);
        assert!(words.iter().all(|&word| word == 0));
        let written_only = tempfile::NamedTempFile::new().unwrap();
        let closed = File::options().write(true).open(written_only.path());
        let mut words = [7; 2];
        assert!(read_at(&closed.unwrap(), 0, &mut words).is_err());
        assert_eq!(words, [0, 0]);
    }
    #[test]
    fn a_stream_fills_words_as_far_as_it_goes() {
        let bytes: Vec<u8> = (1..=3_u64).flat_map(u64::to_le_bytes).collect();
        let mut words = [7; 4];
        assert_eq!(read_from(&mut &bytes[..20], &mut words).unwrap(), 20);
        assert_eq!(words, [1, 2, 3, 0]);
        let mut rest = &bytes[..];
        assert_eq!(read_from(&mut rest, &mut words[..2]).unwrap(), 16);
        assert_eq!(rest.len(), 8, "no more is taken than there is room for");
    }
}
