//! Which part of a file is asked for, and of which file: `Range`, `If-Range` and `If-Match` (RFC 9110, sections
//! 13.1 and 14). What is no range is none: then the whole is meant.

use std::ops::RangeInclusive;

/// The headers that choose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Choice<'a> {
    /// `bytes=0-511`; none where there are several headers of the name.
    pub range: Option<&'a str>,
    /// The tag for which the range is meant, or a date.
    pub if_range: Option<&'a str>,
    /// The tags for which an answer is wanted at all.
    pub if_match: Option<&'a str>,
}

/// What is to be given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// All of it.
    Whole,
    /// These bytes, of which there is one at least.
    Bytes(RangeInclusive<u64>),
    /// Bytes that are not there.
    Beyond,
}

impl Choice<'_> {
    /// None.
    pub const ALL: Choice<'static> = Choice {
        range: None,
        if_range: None,
        if_match: None,
    };

    /// Whether an answer is wanted of what has that tag, quotes included.
    pub fn admits(&self, tag: &str) -> bool {
        self.if_match.is_none_or(|list| names(list, tag))
    }

    /// The part that is meant, of what has that tag and that length.
    pub fn part(&self, tag: &str, length: u64) -> Part {
        let is_meant = self.if_range.is_none_or(|wanted| wanted.trim() == tag);
        let range = self.range.filter(|_| is_meant).and_then(one_range);
        match range {
            None => Part::Whole,
            Some(range) => range.of(length),
        }
    }
}

/// A range as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Written {
    From(u64),
    FromTo(u64, u64),
    Last(u64),
}

impl Written {
    fn of(self, length: u64) -> Part {
        let (first, last) = match self {
            Written::From(first) => (first, u64::MAX),
            Written::FromTo(first, last) => (first, last),
            Written::Last(0) => return Part::Beyond,
            Written::Last(count) => (length.saturating_sub(count), u64::MAX),
        };
        match length.checked_sub(1) {
            Some(end) if first <= end => Part::Bytes(first..=last.min(end)),
            _ => Part::Beyond,
        }
    }
}

/// The range of a header that has exactly one; empty elements of its list count for nothing (section 5.6.1).
fn one_range(header: &str) -> Option<Written> {
    let (unit, set) = header.trim().split_once('=')?;
    if !unit.eq_ignore_ascii_case("bytes") {
        return None;
    }
    let blank = [' ', '\t'];
    let ranges = set.split(',').map(|range| range.trim_matches(blank));
    let mut ranges = ranges.filter(|range| !range.is_empty());
    let range = ranges.next().filter(|_| ranges.next().is_none())?;
    match range.split_once('-')? {
        ("", count) => Some(Written::Last(position(count)?)),
        (first, "") => Some(Written::From(position(first)?)),
        (first, last) => {
            let (first, last) = (position(first)?, position(last)?);
            (first <= last).then_some(Written::FromTo(first, last))
        }
    }
}

/// A place in a file; one that no number holds is beyond every file.
fn position(digits: &str) -> Option<u64> {
    let is_number = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
    is_number.then(|| digits.parse().unwrap_or(u64::MAX))
}

/// Whether a list of tags has this one, which is not weak; `*` has any. What is no list has none.
fn names(list: &str, tag: &str) -> bool {
    let mut rest = list.trim();
    if rest == "*" {
        return true;
    }
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        let is_weak = rest.starts_with("W/");
        let opaque = rest.strip_prefix("W/").unwrap_or(rest);
        let Some(inner) = opaque.strip_prefix('"') else {
            return false;
        };
        let Some(end) = inner.find('"') else {
            return false;
        };
        if !is_weak && opaque[..end + 2] == *tag {
            return true;
        }
        rest = &inner[end + 1..];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TAG: &str = "\"0123\"";

    fn part(range: &str) -> Part {
        let choice = Choice {
            range: Some(range),
            ..Choice::ALL
        };
        choice.part(TAG, 100)
    }

    #[test]
    fn a_range_is_cut_to_what_is_there() {
        for (range, bytes) in [
            ("bytes=0-0", 0..=0),
            ("bytes=10-19", 10..=19),
            ("bytes=99-", 99..=99),
            ("bytes=0-", 0..=99),
            ("bytes=90-1000", 90..=99),
            ("bytes=90-99999999999999999999999", 90..=99),
            ("bytes=-1", 99..=99),
            ("bytes=-100", 0..=99),
            ("bytes=-1000", 0..=99),
            (" Bytes= 007-8 ", 7..=8),
            ("bytes=,1-2,\t,", 1..=2),
        ] {
            assert_eq!(part(range), Part::Bytes(bytes), "{range}");
        }
    }

    #[test]
    fn what_is_not_there_is_said_not_to_be() {
        for range in [
            "bytes=100-",
            "bytes=100-200",
            "bytes=99999999999999999999999-",
            "bytes=-0",
        ] {
            assert_eq!(part(range), Part::Beyond, "{range}");
        }
        let choice = Choice {
            range: Some("bytes=0-"),
            ..Choice::ALL
        };
        assert_eq!(choice.part(TAG, 0), Part::Beyond);
    }

    #[test]
    fn several_ranges_or_none_are_the_whole() {
        for range in [
            "bytes=0-1,2-3",
            "bytes=0-1,x",
            "bytes=2-1",
            "bytes=",
            "bytes=,",
            "bytes=-",
            "bytes=--1",
            "bytes=+1-2",
            "bytes=1",
            "bytes=1-2-3",
            "bytes=0x1-2",
            "bytes=1 - 2",
            "bytes =1-2",
            "rows=1-2",
            "bytes",
            "1-2",
            "",
        ] {
            assert_eq!(part(range), Part::Whole, "{range}");
        }
    }

    #[test]
    fn a_range_that_is_meant_for_another_file_is_none() {
        let meant_for = |tag| {
            let choice = Choice {
                range: Some("bytes=1-2"),
                if_range: Some(tag),
                ..Choice::ALL
            };
            choice.part(TAG, 100)
        };
        assert_eq!(meant_for(TAG), Part::Bytes(1..=2));
        assert_eq!(meant_for(" \"0123\""), Part::Bytes(1..=2));
        for other in [
            "\"0124\"",
            "W/\"0123\"",
            "0123",
            "*",
            "",
            "Thu, 26 Nov 2026 19:00:00 GMT",
        ] {
            assert_eq!(meant_for(other), Part::Whole, "{other}");
        }
    }

    #[test]
    fn an_answer_is_wanted_where_the_list_has_the_tag() {
        let admits = |if_match| {
            let choice = Choice {
                if_match,
                ..Choice::ALL
            };
            choice.admits(TAG)
        };
        for list in [
            None,
            Some("*"),
            Some(TAG),
            Some("\"a,b\" , \"0123\""),
            Some(",,\"x\",W/\"0123\",\"0123\",\"y\""),
        ] {
            assert!(admits(list), "{list:?}");
        }
        for list in [
            "",
            "\"0124\"",
            "W/\"0123\"",
            "0123",
            "\"0123",
            "x, \"0123\"",
            "\"a, \"0123\"",
            "**",
        ] {
            assert!(!admits(Some(list)), "{list}");
        }
    }
}
