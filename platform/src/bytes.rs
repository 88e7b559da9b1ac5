//! Numbers and names out of the structures that a kernel fills, by their offsets: what macOS answers is read so, and
//! so can be tried on any system. Little-endian, as both of its architectures are. Beyond the end nothing is found.

/// A structure's bytes.
#[derive(Clone, Copy, Debug)]
pub struct Bytes<'a>(pub &'a [u8]);

/// Room for a structure that a call fills, aligned for any of its numbers.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(8))]
pub struct Aligned<T>(pub T);

impl<'a> Bytes<'a> {
    /// The bytes from `offset` on, as many as are asked for.
    fn array<const N: usize>(self, offset: usize) -> Option<[u8; N]> {
        let end = offset.checked_add(N)?;
        self.0.get(offset..end)?.try_into().ok()
    }

    /// One byte.
    pub fn u8(self, offset: usize) -> Option<u8> {
        self.0.get(offset).copied()
    }

    /// Two bytes.
    pub fn u16(self, offset: usize) -> Option<u16> {
        self.array(offset).map(u16::from_le_bytes)
    }

    /// Four bytes.
    pub fn u32(self, offset: usize) -> Option<u32> {
        self.array(offset).map(u32::from_le_bytes)
    }

    /// Eight bytes.
    pub fn u64(self, offset: usize) -> Option<u64> {
        self.array(offset).map(u64::from_le_bytes)
    }

    /// Eight bytes, signed.
    pub fn i64(self, offset: usize) -> Option<i64> {
        self.array(offset).map(i64::from_le_bytes)
    }

    /// A structure within: `size` bytes at `offset`.
    pub fn part(self, offset: usize, size: usize) -> Option<Bytes<'a>> {
        let end = offset.checked_add(size)?;
        self.0.get(offset..end).map(Bytes)
    }

    /// Text of at most `size` bytes, which ends before the first NUL.
    pub fn text(self, offset: usize, size: usize) -> Option<&'a [u8]> {
        let field = self.part(offset, size)?.0;
        let end = field.iter().position(|&byte| byte == 0);
        Some(&field[..end.unwrap_or(size)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_names_are_found_where_they_stand() {
        let bytes = Bytes(b"\x01\x02\x03\x04\x05\x06\x07\x80en0\0rest");
        assert_eq!(bytes.u8(7), Some(0x80));
        assert_eq!(bytes.u16(1), Some(0x0302));
        assert_eq!(bytes.u32(0), Some(0x0403_0201));
        assert_eq!(bytes.u64(0), Some(0x8007_0605_0403_0201));
        assert!(bytes.i64(0) < Some(0));
        assert_eq!(bytes.text(8, 8), Some(&b"en0"[..]));
        assert_eq!(bytes.text(8, 2), Some(&b"en"[..]));
        assert_eq!(bytes.part(12, 4).unwrap().0, b"rest");
    }

    #[test]
    fn beyond_the_end_nothing_is_found() {
        let bytes = Bytes(&[0; 8]);
        assert_eq!(
            (bytes.u8(8), bytes.u16(7), bytes.u32(5)),
            (None, None, None)
        );
        assert_eq!((bytes.u64(1), bytes.i64(usize::MAX)), (None, None));
        assert!(bytes.part(1, 8).is_none() && bytes.text(usize::MAX, 2).is_none());
    }
}
