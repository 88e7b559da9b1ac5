//! A `/proc` file of any length, line by line through one buffer: for files with a line a socket, a
//! neighbour or a core, which no constant bounds.

use crate::buffer::Buffer;
use crate::error::{Malformed, ReadError};
use crate::octets;
use crate::proc_file::{PAGE_SIZE, ProcFile, SHORT_READ_MAX};

/// What a carried-over piece of a line may take, so that a page is always free: no file read here has
/// longer lines (net/udp6 has 170 bytes, schedstat's `domain` lines on 1,024 cores some 700).
pub const LINE_SIZE_MAX: usize = 2048;
const BUFFER_SIZE: usize = LINE_SIZE_MAX + PAGE_SIZE;

/// The buffer of [`Lines::each`]; several files may share one.
#[derive(Debug)]
pub struct LineBuffer(Buffer);

impl Default for LineBuffer {
    fn default() -> LineBuffer {
        LineBuffer(Buffer::new(BUFFER_SIZE))
    }
}

/// Takes a line's number, from 1, and its bytes without the newline.
pub type Line<'a> = dyn FnMut(u32, &[u8]) -> Result<(), Malformed> + 'a;

/// Shows each line of `file`. What `line` finds wrong ends it.
pub fn each_line(
    file: &ProcFile,
    LineBuffer(buffer): &mut LineBuffer,
    line: &mut Line<'_>,
) -> Result<(), ReadError> {
    let (mut offset, mut filled, mut number) = (0, 0, 0);
    loop {
        let count = file.read_at(&mut buffer[filled..], offset)?;
        offset += count as u64;
        filled += count;
        let is_end = count <= SHORT_READ_MAX;
        let mut start = 0;
        while let Some(end) = octets::first(&buffer[start..filled], b'\n') {
            number += 1;
            line(number, &buffer[start..start + end]).map_err(|error| error.at(file.path()))?;
            start += end + 1;
        }
        if is_end {
            if start < filled {
                line(number + 1, &buffer[start..filled]).map_err(|error| error.at(file.path()))?;
            }
            return Ok(());
        }
        if filled - start > LINE_SIZE_MAX {
            return Err(ReadError::TooLong {
                path: file.path().clone(),
                limit: LINE_SIZE_MAX,
            });
        }
        buffer.copy_within(start..filled, 0);
        filled -= start;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines_of(text: &[u8]) -> Result<Vec<Vec<u8>>, ReadError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, text).unwrap();
        let mut found = Vec::new();
        each_line(
            &ProcFile::open(&path)?,
            &mut LineBuffer::default(),
            &mut |number, line| {
                found.push(line.to_vec());
                assert_eq!(number as usize, found.len());
                Ok(())
            },
        )?;
        Ok(found)
    }

    #[test]
    fn every_line_is_shown_whole_wherever_the_reads_cut_it() {
        for width in [0, 1, 80, 127, 1999, 2000] {
            for count in [0, 1, 50, 255] {
                let lines: Vec<Vec<u8>> = (0..count)
                    .map(|index: u8| vec![b'a' + index % 26; width])
                    .collect();
                let mut text = lines.join(&b'\n');
                if count > 0 {
                    text.push(b'\n');
                }
                assert_eq!(lines_of(&text).unwrap(), lines, "{count} lines of {width}");
            }
        }
        assert_eq!(lines_of(b"a\nb").unwrap(), [b"a", b"b"]);
    }

    #[test]
    fn a_line_longer_than_the_buffer_is_an_error() {
        let error = lines_of(&vec![b'x'; 20_000]).unwrap_err();
        assert!(matches!(error, ReadError::TooLong { .. }));
    }
}
