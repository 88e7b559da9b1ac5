//! Bytes of a directory record, written and read in order: little-endian numbers, and bytes behind their
//! length. Reading past the end is `None`, whatever the bytes are.

/// Bytes being put together.
#[derive(Default)]
pub struct Packed(Vec<u8>);

impl Packed {
    /// One byte.
    pub fn u8(&mut self, value: u8) {
        self.0.push(value);
    }

    /// Two bytes.
    pub fn u16(&mut self, value: u16) {
        self.0.extend(value.to_le_bytes());
    }

    /// Four bytes.
    pub fn u32(&mut self, value: u32) {
        self.0.extend(value.to_le_bytes());
    }

    /// Eight bytes.
    pub fn u64(&mut self, value: u64) {
        self.0.extend(value.to_le_bytes());
    }

    /// Bytes as they are.
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.0.extend(bytes);
    }

    /// At most 255 bytes behind their length in one; what is longer was refused before it came here.
    pub fn short(&mut self, bytes: &[u8]) {
        self.u8(u8::try_from(bytes.len()).expect("lengths are checked when a track is asked for"));
        self.bytes(bytes);
    }

    /// At most 65,535 bytes behind their length in two.
    pub fn long(&mut self, bytes: &[u8]) {
        self.u16(
            u16::try_from(bytes.len()).expect("lengths are checked when a track is asked for"),
        );
        self.bytes(bytes);
    }

    /// All of them.
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

/// Bytes being taken apart.
pub struct Unpacked<'a>(&'a [u8]);

impl<'a> Unpacked<'a> {
    /// From the first byte on.
    pub fn new(bytes: &'a [u8]) -> Unpacked<'a> {
        Unpacked(bytes)
    }

    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    /// One byte.
    pub fn u8(&mut self) -> Option<u8> {
        self.array().map(u8::from_le_bytes)
    }

    /// Two bytes.
    pub fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_le_bytes)
    }

    /// Four bytes.
    pub fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    /// Eight bytes.
    pub fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }

    /// Bytes behind their length in one.
    pub fn short(&mut self) -> Option<&'a [u8]> {
        let count = usize::from(self.u8()?);
        self.take(count)
    }

    /// Text behind its length in one.
    pub fn short_text(&mut self) -> Option<String> {
        text(self.short()?)
    }

    /// Text behind its length in two.
    pub fn long_text(&mut self) -> Option<String> {
        let count = usize::from(self.u16()?);
        text(self.take(count)?)
    }
}

fn text(bytes: &[u8]) -> Option<String> {
    std::str::from_utf8(bytes).ok().map(str::to_owned)
}
