//! The series' name of a point: parts of `[A-Za-z0-9_-]` with dots between, a part `key_value` for each tag.
//! A tag is read back from its part by a rule ([`reads_back`]; docs/plugins.md). Where the rule would read
//! it wrong, `-` and the bytes that were replaced follow in hexadecimal, so that the fold loses nothing.

use super::{NAME_SIZE_MAX, Reject, Why};

/// What a byte of a name becomes: itself where it is allowed, a dot included.
const SAFE: [u8; 256] = {
    let mut table = [b'_'; 256];
    let mut letter = 0_u8;
    while letter < 128 {
        if letter.is_ascii_alphanumeric() || matches!(letter, b'_' | b'-' | b'.') {
            table[letter as usize] = letter;
        }
        letter += 1;
    }
    table
};

/// A name being written, in a buffer that is used again.
pub struct Name {
    bytes: Box<[u8; NAME_SIZE_MAX]>,
    len: usize,
}

/// A name that was put aside.
pub struct Saved {
    bytes: [u8; NAME_SIZE_MAX],
    len: usize,
}

impl Name {
    /// Takes the buffer.
    pub fn new() -> Name {
        Name {
            bytes: Box::new([0; NAME_SIZE_MAX]),
            len: 0,
        }
    }

    /// Starts a name with a dotted one: its dots are kept, other bytes become `_`. `at` is where it stands in
    /// the line.
    pub fn start(&mut self, dotted: &[u8], at: usize) -> Result<(), Reject> {
        self.len = 0;
        self.dotted(dotted, at)
    }

    /// Starts a name with nothing.
    pub fn clear(&mut self) {
        self.len = 0;
    }

    /// Puts a part `text` or `text-instance` behind what is there. The instance is marked as a tag's value is.
    pub fn instance(
        &mut self,
        text: &[u8],
        instance: Option<&[u8]>,
        at: usize,
    ) -> Result<(), Reject> {
        let long = |reject: Reject| reject.why.at(at);
        if self.len > 0 {
            self.push(b".").map_err(long)?;
        }
        for &byte in text {
            self.push(&[safe_in_part(byte)]).map_err(long)?;
        }
        if let Some(instance) = instance {
            self.push(b"-").map_err(long)?;
            self.exact(&[], instance).map_err(long)?;
        }
        Ok(())
    }

    /// Puts a part behind what is there that is written as a tag's value is.
    pub fn value(&mut self, value: &[u8], at: usize) -> Result<(), Reject> {
        if self.len > 0 {
            self.push(b".").map_err(|long| long.why.at(at))?;
        }
        self.exact(&[], value).map_err(|long| long.why.at(at))
    }

    /// How much of it stands.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Goes back to what stood when it was `len` long.
    pub fn cut(&mut self, len: usize) {
        self.len = self.len.min(len);
    }

    /// Puts a dotted name behind what is there, a dot between.
    pub fn part(&mut self, dotted: &[u8], at: usize) -> Result<(), Reject> {
        if self.len > 0 {
            self.push(b".").map_err(|long| long.why.at(at))?;
        }
        self.dotted(dotted, at)
    }

    /// Puts a dotted name behind what is there.
    fn dotted(&mut self, dotted: &[u8], at: usize) -> Result<(), Reject> {
        if dotted.is_empty() {
            return Err(Why::NameEmpty.at(at));
        }
        let room = &mut self.bytes[self.len..];
        let Some(room) = room.get_mut(..dotted.len()) else {
            return Err(Why::NameLong.at(at));
        };
        let mut before = b'.';
        for ((place, &byte), offset) in room.iter_mut().zip(dotted).zip(0..) {
            let safe = SAFE[usize::from(byte)];
            if safe == b'.' && before == b'.' {
                return Err(Why::NamePart.at(at + offset));
            }
            *place = safe;
            before = safe;
        }
        if before == b'.' {
            return Err(Why::NamePart.at(at + dotted.len() - 1));
        }
        self.len += dotted.len();
        Ok(())
    }

    /// What stands, to be put back by [`Name::restore`].
    pub fn saved(&self) -> Saved {
        Saved {
            bytes: *self.bytes,
            len: self.len,
        }
    }

    /// Puts back what stood.
    pub fn restore(&mut self, saved: &Saved) {
        *self.bytes = saved.bytes;
        self.len = saved.len;
    }

    /// Puts a part for a tag behind what is there.
    pub fn tag(&mut self, key: &str, value: &str) -> Result<(), Reject> {
        if self.len > 0 {
            self.push(b".")?;
        }
        for &byte in key.as_bytes() {
            self.push(&[if byte.is_ascii_alphanumeric() {
                byte
            } else {
                b'-'
            }])?;
        }
        self.push(b"_")?;
        self.exact(key.as_bytes(), value.as_bytes())
    }

    /// Puts the value of a tag, whose key stands there already, and the mark where one is needed.
    fn exact(&mut self, key: &[u8], value: &[u8]) -> Result<(), Reject> {
        let start = self.len;
        for &byte in value {
            self.push(&[safe_in_part(byte)])?;
        }
        let written = &self.bytes[start..self.len];
        if reads_back(key, value, written) && !seems_marked(key, written) {
            return Ok(());
        }
        self.push(b"-")?;
        let of_key = key.iter().filter(|byte| !byte.is_ascii_alphanumeric());
        let of_value = value.iter().filter(|&&byte| safe_in_part(byte) == b'_');
        for &byte in of_key.chain(of_value) {
            self.push(&hexadecimal(byte))?;
        }
        Ok(())
    }

    fn push(&mut self, bytes: &[u8]) -> Result<(), Reject> {
        let room = self.bytes.get_mut(self.len..self.len + bytes.len());
        room.ok_or(Why::NameLong.at(0))?.copy_from_slice(bytes);
        self.len += bytes.len();
        Ok(())
    }

    /// The name so far.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..self.len]).unwrap_or_default()
    }
}

/// What a byte becomes inside a part.
fn safe_in_part(byte: u8) -> u8 {
    match SAFE[usize::from(byte)] {
        b'.' => b'_',
        safe => safe,
    }
}

/// Whether the rule gives back the key and the value from how they are written: a `-` of the key was `_`, a
/// `_` of the value was a point between two digits, a slash in a value that starts with one, else itself.
fn reads_back(key: &[u8], value: &[u8], written: &[u8]) -> bool {
    let is_key = |&byte: &u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let is_value = |(at, &byte): (usize, &u8)| written[at] != b'_' || read_as(written, at) == byte;
    key.iter().all(is_key) && value.iter().enumerate().all(is_value)
}

/// What the `_` at `at` of a written value is read as.
fn read_as(written: &[u8], at: usize) -> u8 {
    let is_digit = |at: usize| written.get(at).is_some_and(u8::is_ascii_digit);
    if written == b"_Inf" {
        b'+'
    } else if at > 0 && is_digit(at - 1) && is_digit(at + 1) {
        b'.'
    } else if written[0] == b'_' {
        b'/'
    } else {
        b'_'
    }
}

/// Whether a written value ends as a mark would: as many pairs of digits as there are bytes to tell of.
fn seems_marked(key: &[u8], written: &[u8]) -> bool {
    let Some(dash) = written.iter().rposition(|&byte| byte == b'-') else {
        return false;
    };
    let (before, mark) = (&written[..dash], &written[dash + 1..]);
    let of_key = key.iter().filter(|byte| !byte.is_ascii_alphanumeric());
    let of_value = before.iter().filter(|byte| matches!(byte, b'_'));
    let told = of_key.count() + of_value.count();
    let is_hexadecimal = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    told > 0 && mark.len() == 2 * told && mark.iter().all(is_hexadecimal)
}

fn hexadecimal(byte: u8) -> [u8; 2] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    [byte >> 4, byte & 15].map(|digit| DIGITS[usize::from(digit)])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn folded(dotted: &str, tags: &[(&str, &str)]) -> String {
        let mut name = Name::new();
        name.start(dotted.as_bytes(), 0).unwrap();
        for (key, value) in tags {
            name.tag(key, value).unwrap();
        }
        name.as_str().to_owned()
    }

    /// The tag that a part was made of, by the rule as the docs have it.
    fn read(part: &str) -> (Vec<u8>, Vec<u8>) {
        if let Some((before, mark)) = part.rsplit_once('-') {
            let (key, value) = before.split_once('_').unwrap_or((before, ""));
            let told = key.matches('-').count() + value.matches('_').count();
            let bytes = (0..mark.len() / 2)
                .map(|at| u8::from_str_radix(mark.get(2 * at..2 * at + 2)?, 16).ok());
            let lower = !mark.contains(|letter: char| letter.is_ascii_uppercase() || letter == '+');
            if let Some(bytes) = bytes.collect::<Option<Vec<u8>>>()
                && told > 0
                && mark.len() == 2 * told
                && before.contains('_')
                && lower
            {
                let mut bytes = bytes.into_iter();
                let mut put = |text: &str, replaced| {
                    let put = |byte| {
                        if byte == replaced {
                            bytes.next().unwrap()
                        } else {
                            byte
                        }
                    };
                    text.bytes().map(put).collect::<Vec<u8>>()
                };
                return (put(key, b'-'), put(value, b'_'));
            }
        }
        let (key, value) = part.split_once('_').unwrap();
        let plain = value.as_bytes();
        let value = (0..plain.len()).map(|at| {
            if plain[at] == b'_' {
                read_as(plain, at)
            } else {
                plain[at]
            }
        });
        (key.replace('-', "_").into_bytes(), value.collect())
    }

    #[test]
    fn what_is_usual_has_no_mark() {
        for (key, value, part) in [
            ("cpu", "cpu0", "cpu_cpu0"),
            ("status_code", "200", "status-code_200"),
            ("path", "/", "path__"),
            ("path", "/var/log", "path__var_log"),
            ("le", "0.5", "le_0_5"),
            ("le", "+Inf", "le__Inf"),
            ("address", "10.0.0.1", "address_10_0_0_1"),
            ("zone", "eu-west_1", "zone_eu-west_1"),
            ("path", "/var/my_log", "path__var_my_log-2f2f5f"),
            ("a-b", "c", "a-b_c-2d"),
            ("a_b", "c-5f", "a-b_c-5f-5f"),
            ("v", "1_2", "v_1_2-5f"),
            ("town", "Z\u{fc}rich", "town_Z__rich-c3bc"),
            ("empty", "", "empty_"),
        ] {
            assert_eq!(
                folded("x", &[(key, value)]),
                format!("x.{part}"),
                "{key}={value}"
            );
        }
    }

    proptest! {
        #[test]
        fn a_tag_is_read_back_from_its_part(
            key in "[a-z_.5-]{1,5}|\\PC{1,6}",
            value in "[a-f_/.5-]{0,8}|\\PC{0,8}|[a-z_-]{1,4}-(5f|2d){1,3}",
        ) {
            let name = folded("x", &[(&key, &value)]);
            let part = name.strip_prefix("x.").unwrap();
            prop_assert!(!part.contains(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-'));
            prop_assert_eq!(read(part), (key.into_bytes(), value.into_bytes()));
        }
    }

    #[test]
    fn a_dotted_name_keeps_its_dots_and_nothing_odd() {
        assert_eq!(folded("Load.1m-x/y z", &[]), "Load.1m-x_y_z");
        let mut name = Name::new();
        for (dotted, expected) in [
            (&b""[..], Why::NameEmpty.at(7)),
            (b".a", Why::NamePart.at(7)),
            (b"a.", Why::NamePart.at(8)),
            (b"a..b", Why::NamePart.at(9)),
            (b".", Why::NamePart.at(7)),
            (&[b'a'; 10_240], Why::NameLong.at(7)),
            (&[b'a'; NAME_SIZE_MAX + 1], Why::NameLong.at(7)),
        ] {
            assert_eq!(name.start(dotted, 7), Err(expected));
        }
        assert_eq!(name.start(&[b'a'; NAME_SIZE_MAX], 7), Ok(()));
        assert_eq!(name.tag("a", ""), Err(Why::NameLong.at(0)));
        assert_eq!(name.start(b"caf\xc3\xa9\xff", 0), Ok(()));
        assert_eq!(name.as_str(), "caf___");
    }
}
