//! Scanning text eight bytes at a time: what is passed over in a `/proc` file is most of it. Each function does
//! what its plain counterpart in the tests does, on any bytes.

const ONES: u64 = 0x0101_0101_0101_0101;
const TOPS: u64 = 0x8080_8080_8080_8080;
/// Bytes that the compiler's vectors take at a time.
const BLOCK_SIZE: usize = 64;

/// Powers of ten that as many digits are worth.
const TENS: [u64; 9] = [
    1,
    10,
    100,
    1_000,
    10_000,
    100_000,
    1_000_000,
    10_000_000,
    100_000_000,
];

/// The first eight bytes, the first lowest; filled up with zeros where there are fewer.
#[inline]
fn eight(text: &[u8]) -> u64 {
    match text.first_chunk() {
        Some(chunk) => u64::from_le_bytes(*chunk),
        None => few(text),
    }
}

/// The same at the text's end.
#[cold]
#[inline(never)]
fn few(text: &[u8]) -> u64 {
    let bytes = text.iter().take(8).rev();
    bytes.fold(0, |word, &byte| word << 8 | u64::from(byte))
}

/// A mask whose lowest bit tells the first byte of `word` that is `wanted`; none where there is none.
#[inline]
fn find(word: u64, wanted: u8) -> u64 {
    // A byte that is wanted becomes 0, and a byte that is 0 borrows from its top bit.
    let differs = word ^ (ONES * u64::from(wanted));
    differs.wrapping_sub(ONES) & !differs & TOPS
}

/// The byte that the lowest bit of a mask stands in.
#[inline]
fn byte_of(mask: u64) -> usize {
    mask.trailing_zeros() as usize / 8
}

/// Where one of up to three bytes stands first.
#[inline]
fn first_of<const COUNT: usize>(text: &[u8], wanted: [u8; COUNT]) -> Option<usize> {
    let (chunks, tail) = text.as_chunks::<8>();
    let found = |word| wanted.iter().fold(0, |mask, &byte| mask | find(word, byte));
    for (at, chunk) in chunks.iter().enumerate() {
        let mask = found(u64::from_le_bytes(*chunk));
        if mask != 0 {
            return Some(at * 8 + byte_of(mask));
        }
    }
    let at = tail.iter().position(|byte| wanted.contains(byte))?;
    Some(text.len() - tail.len() + at)
}

/// Where `wanted` stands first.
#[inline]
pub fn first(text: &[u8], wanted: u8) -> Option<usize> {
    if text.first() == Some(&wanted) {
        return Some(0);
    }
    let near = text.len().min(BLOCK_SIZE);
    first_of(&text[..near], [wanted]).or_else(|| far(text, near, wanted))
}

/// The same behind `start`, for lines of kilobytes.
#[inline(never)]
fn far(text: &[u8], mut start: usize, wanted: u8) -> Option<usize> {
    while let Some(block) = text[start..].first_chunk::<BLOCK_SIZE>() {
        // none of the short-circuits that would keep it from being one vector
        let found = |count, &byte: &u8| count | u8::from(byte == wanted);
        if block.iter().fold(0, found) != 0 {
            break;
        }
        start += BLOCK_SIZE;
    }
    Some(start + first_of(&text[start..], [wanted])?)
}

/// Where the first of two bytes stands.
#[inline]
pub fn first_of_two(text: &[u8], wanted: [u8; 2]) -> Option<usize> {
    first_of(text, wanted)
}

/// Bytes up to a space, a tab or the line's end.
#[inline]
pub fn field_size(text: &[u8]) -> usize {
    first_of(text, *b" \t\n").unwrap_or(text.len())
}

/// Spaces and tabs that `text` starts with.
#[inline]
pub fn blanks(text: &[u8]) -> usize {
    match text {
        [b' ', next, ..] if *next > b' ' => 1,
        [b' ' | b'\t', ..] => many_blanks(text),
        _ => 0,
    }
}

#[inline(never)]
fn many_blanks(text: &[u8]) -> usize {
    let mut count = 0;
    loop {
        let differs = eight(&text[count..]) ^ (ONES * u64::from(b' '));
        if differs == 0 {
            count += 8;
            continue;
        }
        count += byte_of(differs);
        // one that is none ends the text too, since 0 is none
        if text.get(count) != Some(&b'\t') {
            return count;
        }
        count += 1;
    }
}

/// Bytes up to the end of so many fields of this line, which blanks part; up to the line's end where it has
/// fewer.
pub fn fields_size(text: &[u8], mut count: usize) -> usize {
    let mut at = 0;
    // the top bit where the byte before belongs to a field
    let mut before = 0;
    while count >= 8
        && let Some(chunk) = text[at..].first_chunk()
    {
        let word = u64::from_le_bytes(*chunk);
        let is_plain = word & TOPS == 0 && (word + ONES * (0x80 - 0x20)) & TOPS == TOPS;
        if !is_plain {
            break;
        }
        // of bytes below 0x80 those that are no space
        let others = ((word ^ (ONES * u64::from(b' '))) + !TOPS) & TOPS;
        let ends = !others & (others << 8 | before);
        count -= ((ends >> 7).wrapping_mul(ONES) >> 56) as usize;
        before = others >> 56;
        at += 8;
    }
    // a field that the last word cut is not over
    if before != 0 {
        at += field_size(&text[at..]);
        count -= 1;
    }
    for _ in 0..count {
        at += blanks(&text[at..]);
        at += field_size(&text[at..]);
    }
    at
}

/// Where the line starts that stands `count` lines further on; `None` where the text has not so many ends of
/// lines.
pub fn lines_on(text: &[u8], mut count: usize) -> Option<usize> {
    let mut start = 0;
    while let Some(block) = text[start..].first_chunk::<BLOCK_SIZE>() {
        let ends: u8 = block.iter().map(|&byte| u8::from(byte == b'\n')).sum();
        if usize::from(ends) >= count {
            break;
        }
        count -= usize::from(ends);
        start += BLOCK_SIZE;
    }
    for _ in 0..count {
        start += first_of(&text[start..], *b"\n")? + 1;
    }
    Some(start)
}

/// The decimal number that `text` starts with, and its digits' count; `None` where no digit stands there or
/// the number does not fit.
#[inline]
pub fn decimal(text: &[u8]) -> Option<(u64, usize)> {
    // most are 0
    if let [digit @ b'0'..=b'9', next, ..] = text
        && !next.is_ascii_digit()
    {
        return Some((u64::from(digit - b'0'), 1));
    }
    match up_to_eight_digits(eight(text)) {
        (_, 0) => None,
        (value, 8) => long_decimal(&text[8..], value),
        short => Some(short),
    }
}

/// Goes on with a number whose first eight digits are worth `value`.
#[inline(never)]
fn long_decimal(mut text: &[u8], mut value: u64) -> Option<(u64, usize)> {
    let mut count = 8;
    loop {
        let (next, more) = up_to_eight_digits(eight(text));
        value = value.checked_mul(TENS[more])?.checked_add(next)?;
        count += more;
        if more < 8 {
            return Some((value, count));
        }
        text = &text[8..];
    }
}

/// What the digits are worth that a word starts with, and how many there are.
#[inline]
fn up_to_eight_digits(word: u64) -> (u64, usize) {
    let digits = word ^ (ONES * u64::from(b'0'));
    // 10 and more reach the top bit; the carry of a byte that is none spoils those behind it only
    let others = (digits.wrapping_add(ONES * 0x76) | digits) & TOPS;
    let count = if others == 0 { 8 } else { byte_of(others) };
    if count == 0 {
        return (0, 0);
    }
    // zeros in front, the last digit in the highest byte; then pairs, fours, all
    let aligned = digits << (64 - 8 * count);
    let pairs = (aligned.wrapping_mul(10).wrapping_add(aligned >> 8)) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs.wrapping_mul(100).wrapping_add(pairs >> 16)) & 0x0000_ffff_0000_ffff;
    let all = fours.wrapping_mul(10_000).wrapping_add(fours >> 32) & 0xffff_ffff;
    (all, count)
}

/// The hexadecimal number of at most sixteen digits that `text` starts with, and its digits' count.
#[inline]
pub fn hexadecimal(text: &[u8]) -> Option<(u64, usize)> {
    let is_end = text.get(8).is_none_or(|byte| !byte.is_ascii_hexdigit());
    match eight_hexadecimal(eight(text)) {
        Some(value) if is_end => Some((value, 8)),
        _ => any_hexadecimal(text),
    }
}

fn any_hexadecimal(text: &[u8]) -> Option<(u64, usize)> {
    let is_digit = |byte: &&u8| byte.is_ascii_hexdigit();
    let count = text.iter().take_while(is_digit).count();
    let digits = text[..count].iter();
    let value = digits.fold(0, |value, &byte| {
        value << 4 | u64::from(char::from(byte).to_digit(16).unwrap_or(0))
    });
    (1..=16).contains(&count).then_some((value, count))
}

/// What eight hexadecimal digits are worth; `None` where one is none.
#[inline]
fn eight_hexadecimal(word: u64) -> Option<u64> {
    // bytes below 0x80: whether each is at least `low` and less than `high` shows in its top bit
    let within = |word: u64, low: u8, high: u8| {
        (word + ONES * u64::from(0x80 - low)) & !(word + ONES * u64::from(0x80 - high))
    };
    if word & TOPS != 0 {
        return None;
    }
    let lower = word | (ONES * 0x20);
    let digits = within(word, b'0', b'9' + 1) | within(lower, b'a', b'f' + 1);
    if digits & TOPS != TOPS {
        return None;
    }
    let nibbles = (word & (ONES * 0x0f)) + 9 * (word >> 6 & ONES);
    let pairs = (nibbles << 4 | nibbles >> 8) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs << 8 | pairs >> 16) & 0x0000_ffff_0000_ffff;
    Some((fours << 16 | fours >> 32) & 0xffff_ffff)
}

/// Whether `text` starts with `start`, which is of any length.
#[inline]
pub fn starts_with(text: &[u8], start: &[u8]) -> bool {
    let Some(text) = text.get(..start.len()) else {
        return false;
    };
    let ((ours, tail), (theirs, other_tail)) = (text.as_chunks::<8>(), start.as_chunks::<8>());
    let differs = ours.iter().zip(theirs).fold(0, |differs, (one, other)| {
        differs | (u64::from_le_bytes(*one) ^ u64::from_le_bytes(*other))
    });
    differs == 0 && tail.iter().zip(other_tail).all(|(one, other)| one == other)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Texts of every length up to 200, of the bytes that matter and of any.
    fn each_text(mut look: impl FnMut(&[u8])) {
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let mut below = move |limit: usize| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            usize::try_from(state >> 32).unwrap() % limit
        };
        let alphabets: [&[u8]; 7] = [
            b"0 1 2 - 4",
            b"0123456789",
            b"0123456789 \n",
            b" \t\n0",
            b"  \t",
            b"0123456789abcdefABCDEF g/:@`G\n",
            b"\x00\x09\x0a\x0b\x1f\x20\x21\x2f\x30\x39\x3a\x7f\x80\x8a\xa0\xb0\xb9\xff",
        ];
        for round in 0..30_000 {
            let length = below(if round % 3 == 0 { 200 } else { 24 });
            let alphabet = alphabets[round % alphabets.len()];
            let text: Vec<u8> = (0..length)
                .map(|_| alphabet[below(alphabet.len())])
                .collect();
            look(&text);
        }
    }

    #[test]
    fn what_is_looked_for_is_found_where_it_stands_first() {
        each_text(|text| {
            for wanted in [b'\n', b':', b'0', 0xff] {
                let plain = text.iter().position(|&byte| byte == wanted);
                assert_eq!(first(text, wanted), plain, "{}", text.escape_ascii());
            }
            let plain = text.iter().position(|byte| matches!(byte, b'0' | b'\n'));
            assert_eq!(first_of_two(text, *b"0\n"), plain);
            let is_end = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n');
            let plain = text.iter().position(is_end).unwrap_or(text.len());
            assert_eq!(field_size(text), plain, "{}", text.escape_ascii());
            for count in 0..40 {
                let mut plain = 0;
                for _ in 0..count {
                    plain += blanks(&text[plain..]);
                    plain += field_size(&text[plain..]);
                }
                let shown = text.escape_ascii();
                assert_eq!(fields_size(text, count), plain, "{count} of {shown}");
            }
            let is_blank = |byte: &&u8| matches!(byte, b' ' | b'\t');
            let plain = text.iter().take_while(is_blank).count();
            assert_eq!(blanks(text), plain, "{}", text.escape_ascii());
        });
    }

    #[test]
    fn lines_are_counted_as_they_are() {
        each_text(|text| {
            let starts = text.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
            let starts: Vec<usize> = [0]
                .into_iter()
                .chain(starts.map(|(at, _)| at + 1))
                .collect();
            for count in 0..starts.len() + 2 {
                assert_eq!(lines_on(text, count), starts.get(count).copied());
            }
        });
    }

    #[test]
    fn numbers_are_what_their_digits_say() {
        let plain = |text: &[u8], radix: u32, digits_max: usize| {
            let is_digit = |byte: &&u8| char::from(**byte).is_digit(radix);
            let count = text.iter().take_while(is_digit).count();
            let digits = str::from_utf8(&text[..count]).ok()?;
            let value = u64::from_str_radix(digits, radix).ok()?;
            (count <= digits_max).then_some((value, count))
        };
        each_text(|text| {
            let shown = text.escape_ascii();
            assert_eq!(decimal(text), plain(text, 10, usize::MAX), "{shown}");
            assert_eq!(hexadecimal(text), plain(text, 16, 16), "{shown}");
        });
        for value in (0..20).flat_map(|power| [10_u64.pow(power) - 1, 10_u64.pow(power)]) {
            let text = format!("{value} 9");
            assert_eq!(decimal(text.as_bytes()), plain(text.as_bytes(), 10, 20));
        }
        assert_eq!(decimal(b"18446744073709551615"), Some((u64::MAX, 20)));
        assert_eq!(decimal(b"18446744073709551616"), None);
        assert_eq!(decimal(b"00000000000000000000000000007"), Some((7, 29)));
    }

    #[test]
    fn a_start_is_the_same_or_it_is_not() {
        each_text(|text| {
            for end in 0..=text.len() {
                let mut start = text[..end].to_vec();
                assert!(starts_with(text, &start));
                if let Some(last) = start.last_mut() {
                    *last ^= 1;
                    assert!(!starts_with(text, &start));
                }
            }
            assert!(!starts_with(text, &[text, b"x"].concat()));
        });
    }
}
