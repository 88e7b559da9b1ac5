//! A number as decimal text, on the stack: the instance of a row that the kernel numbers.

/// 2^64 has twenty digits.
const DIGITS_MAX: usize = 20;
const _: () = assert!(u64::MAX.ilog10() as usize + 1 == DIGITS_MAX);

/// The decimal digits of a number.
#[derive(Clone, Copy, Debug)]
pub struct Digits {
    text: [u8; DIGITS_MAX],
    start: usize,
}

impl Digits {
    /// The digits of `number`, without leading zeros.
    pub fn of(mut number: u64) -> Digits {
        let mut text = [b'0'; DIGITS_MAX];
        let mut start = DIGITS_MAX;
        loop {
            start -= 1;
            text[start] = b'0' + (number % 10) as u8;
            number /= 10;
            if number == 0 {
                return Digits { text, start };
            }
        }
    }

    /// As text.
    pub fn bytes(&self) -> &[u8] {
        &self.text[self.start..]
    }
}

#[cfg(test)]
mod tests {
    use super::Digits;

    #[test]
    fn every_number_is_written_as_it_is() {
        for number in [0, 7, 10, 1023, u64::MAX] {
            assert_eq!(Digits::of(number).bytes(), number.to_string().as_bytes());
        }
    }
}
