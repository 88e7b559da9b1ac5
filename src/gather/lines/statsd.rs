//! statsd's lines, DogStatsD's additions too: `name:value[:value...]|type[|@rate][|#tag:value,...]`. What they
//! say is gathered, and shown by the flush: counters (`c`, `m`) as totals, gauges (`g`) as they are, timers
//! (`ms`, `h`, `d`) as count, mean, p95 and max, sets (`s`) as the number of different members.

use super::cursor::Cursor;
use super::gathered::{Gathered, Sort};
use super::number::real;
use super::scratch::Scratch;
use super::{NAME_SIZE_MAX, Reject, Tags, Why};

/// Reads a line.
pub fn line(line: &[u8], gathered: &mut Gathered, scratch: &mut Scratch) -> Result<(), Reject> {
    let (name, _) = scratch.parts();
    let mut cursor = Cursor::new(line);
    cursor.blanks();
    let rest = cursor.rest();
    // DogStatsD's events and service checks are no values
    if rest.is_empty() || rest.starts_with(b"_e{") || rest.starts_with(b"_sc|") {
        return Ok(());
    }
    let name_at = cursor.at();
    let metric = cursor.take_while(|byte| byte != b':' && byte != b'|');
    if !cursor.skip(b':') {
        return Err(Why::Colon.at(cursor.at()));
    }
    let values_at = cursor.at();
    let values = cursor.take_while(|byte| byte != b'|');
    if !cursor.skip(b'|') {
        return Err(Why::StatsdType.at(cursor.at()));
    }
    let at = cursor.at();
    let sort = match cursor.take_while(|byte| byte != b'|') {
        b"c" | b"m" => Sort::Counter,
        b"g" => Sort::Gauge,
        b"ms" => Sort::Milliseconds,
        b"h" | b"d" => Sort::Histogram,
        b"s" => Sort::Set,
        _ => return Err(Why::StatsdType.at(at)),
    };
    let (rate, tags) = sections(&mut cursor)?;
    let parsed = parsed(tags.0, tags.1)?;
    name.start(metric, name_at)?;
    parsed.fold(name)?;
    let is_timer = matches!(sort, Sort::Milliseconds | Sort::Histogram);
    if is_timer && name.len() + ".count".len() > NAME_SIZE_MAX {
        return Err(Why::NameLong.at(name_at));
    }
    if sort == Sort::Set {
        let entry = gathered.entry(name.as_str(), tags.0, sort, name_at)?;
        gathered.member(entry, values);
        return Ok(());
    }
    // once to see that all is well, once to take it
    for value in values.split(|&byte| byte == b':') {
        real(value, values_at)?;
    }
    let entry = gathered.entry(name.as_str(), tags.0, sort, name_at)?;
    for text in values.split(|&byte| byte == b':') {
        let value = real(text, values_at)?;
        match sort {
            Sort::Counter => gathered.count(entry, value / rate),
            Sort::Gauge if matches!(text.first(), Some(b'+' | b'-')) => {
                gathered.change(entry, value);
            }
            Sort::Gauge => gathered.set(entry, value),
            Sort::Milliseconds => gathered.sample(entry, value / 1000.0, rate),
            Sort::Histogram | Sort::Set => gathered.sample(entry, value, rate),
        }
    }
    Ok(())
}

/// The sections behind the type: the rate, the tags and where they stand.
fn sections<'a>(cursor: &mut Cursor<'a>) -> Result<(f64, (&'a [u8], usize)), Reject> {
    let (mut rate, mut tags) = (1.0, (&[][..], 0));
    while cursor.skip(b'|') {
        let at = cursor.at();
        match cursor.take_while(|byte| byte != b'|') {
            [b'@', text @ ..] => {
                rate = real(text, at + 1)?;
                if !(rate > 0.0 && rate <= 1.0) {
                    return Err(Why::Rate.at(at + 1));
                }
            }
            [b'#', text @ ..] => tags = (text, at + 1),
            // the container and the time that DogStatsD's newer clients send
            [b'c', b':', ..] | [b'T', b'0'..=b'9', ..] => {}
            _ => return Err(Why::Excess.at(at)),
        }
    }
    Ok((rate, tags))
}

/// The tags `key:value,...` of a section; a tag may be a key alone.
pub fn parsed(text: &[u8], mut at: usize) -> Result<Tags<'_>, Reject> {
    let mut tags = Tags::new();
    for tag in text
        .split(|&byte| byte == b',')
        .filter(|tag| !tag.is_empty())
    {
        let colon = tag.iter().position(|&byte| byte == b':');
        let (key, value) = match colon {
            Some(colon) => (&tag[..colon], &tag[colon + 1..]),
            None => (tag, &[][..]),
        };
        if key.is_empty() {
            return Err(Why::Tag.at(at));
        }
        tags.add(key, value, at)?;
        at += tag.len() + 1;
    }
    Ok(tags)
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;

    use super::super::kit::{flushed, read, read_on};
    use super::super::{Format, Parser};
    use super::*;
    use crate::metric::Kind;

    /// What the lines come to, by name.
    fn come_to(parser: &mut Parser, lines: &[&str]) -> BTreeMap<String, f64> {
        for line in lines {
            assert_eq!(read_on(parser, line.as_bytes()), Ok(Vec::new()), "{line}");
        }
        let points = flushed(parser).into_iter();
        points
            .filter_map(|point| Some((point.name, point.value.as_f64()?)))
            .collect()
    }

    fn map(list: &[(&str, f64)]) -> BTreeMap<String, f64> {
        list.iter()
            .map(|&(name, value)| (name.to_owned(), value))
            .collect()
    }

    #[test]
    fn every_interval_has_its_own_timings_and_members_and_counters_go_on() {
        let mut parser = Parser::new(Format::Statsd);
        let first = [
            "c:2|c",
            "c:1|c|@0.5",
            "g:5|g",
            "g:-2|g",
            "g:+10|g",
            "t:100:300|ms",
            "s:a|s",
            "s:b|s",
            "s:a|s",
        ];
        let expected = [
            ("c", 4.0),
            ("g", 13.0),
            ("s", 2.0),
            ("t.count", 2.0),
            ("t.max", 0.3),
            ("t.mean", 0.2),
            ("t.p95", 0.3),
        ];
        assert_eq!(come_to(&mut parser, &first), map(&expected));
        let expected = [("c", 5.0), ("g", 13.0), ("s", 1.0), ("t.count", 0.0)];
        assert_eq!(come_to(&mut parser, &["c:1|m", "s:b|s"]), map(&expected));
    }

    #[test]
    fn what_is_shown_has_kind_unit_and_tags() {
        let mut parser = Parser::new(Format::Statsd);
        come_to(&mut parser, &["a:1|c|#z:1,b:/x"]);
        assert_eq!(
            read_on(&mut parser, b"a:1|c|#b:/x,z:1|c:4f2a|T1795323856"),
            Ok(Vec::new())
        );
        assert_eq!(read_on(&mut parser, b"t:20|ms"), Ok(Vec::new()));
        let points = flushed(&mut parser);
        assert_eq!(
            (&*points[0].name, points[0].value.as_f64()),
            ("a.b__x.z_1", Some(2.0))
        );
        assert_eq!(points[0].kind, Some(Kind::Counter));
        let labels: Vec<&str> = points[0].labels.iter().map(|(_, value)| &**value).collect();
        assert_eq!(labels, ["/x", "1"]);
        assert_eq!(
            (points[1].unit.as_deref(), points[2].unit.as_deref()),
            (None, Some("seconds"))
        );
    }

    #[test]
    fn names_have_a_limit_and_idle_ones_make_room() {
        let mut parser = Parser::new(Format::Statsd);
        let new = |parser: &mut Parser, name: usize| {
            read_on(parser, format!("n{name}:1|c").as_bytes()).map_err(|reject| reject.why)
        };
        let taken = (0..10_000)
            .take_while(|&name| new(&mut parser, name).is_ok())
            .count();
        assert!((200..=256).contains(&taken), "{taken}");
        assert_eq!(new(&mut parser, taken), Err(Why::Full));
        for _ in 0..1000 {
            assert_eq!(new(&mut parser, 0), Ok(Vec::new()), "the one in use stays");
            flushed(&mut parser);
        }
        assert_eq!(new(&mut parser, taken), Ok(Vec::new()));
        let shown = flushed(&mut parser);
        let shown: Vec<_> = shown
            .iter()
            .map(|point| (&*point.name, point.value.as_f64()))
            .collect();
        let new = format!("n{taken}");
        assert_eq!(shown, [("n0", Some(1001.0)), (&*new, Some(1.0))]);
    }

    #[test]
    fn a_flood_of_timings_keeps_a_fair_p95() {
        let mut parser = Parser::new(Format::Statsd);
        for round in 0..100_000_u64 {
            let line = format!("t:{}|h", round * 7919 % 100_000);
            assert_eq!(read_on(&mut parser, line.as_bytes()), Ok(Vec::new()));
        }
        let shown = come_to(&mut parser, &["u:1|h"]);
        assert!((shown["t.p95"] - 95_000.0).abs() < 2_000.0, "{shown:?}");
        assert!((shown["t.mean"] - 49_999.5).abs() < 1e-6, "{shown:?}");
        assert_eq!(
            (shown["t.count"], shown["t.max"], shown["u.p95"]),
            (100_000.0, 99_999.0, 1.0)
        );
    }

    #[test]
    fn sums_saturate_and_stay_finite() {
        let mut parser = Parser::new(Format::Statsd);
        let huge = [
            "c:1.7e308|c",
            "c:1.7e308|c",
            "c:1e308|c|@0.000001",
            "t:1.7e308:1.7e308|h",
            "g:1.7e308|g",
            "g:+1.7e308|g",
        ];
        come_to(&mut parser, &huge);
    }

    proptest! {
        #[test]
        fn any_bytes_give_points_or_a_reason(line in prop::collection::vec(any::<u8>(), 0..300)) {
            let mut parser = Parser::new(Format::Statsd);
            let _ = read_on(&mut parser, &line);
            flushed(&mut parser);
        }

        #[test]
        fn nearly_a_line_gives_points_or_a_reason(line in "a:[1:|@#c,gmsh.-]{0,40}") {
            let _ = read(Format::Statsd, line.as_bytes());
        }

        #[test]
        fn timers_and_sets_are_what_a_naive_count_says(
            values in prop::collection::vec(0_u16..500, 1..300),
        ) {
            let mut parser = Parser::new(Format::Statsd);
            let mut lines = Vec::new();
            for value in &values {
                lines.push(format!("t.{}:{value}|h", value % 3));
                lines.push(format!("s:{value}|s"));
            }
            let lines: Vec<&str> = lines.iter().map(|line| &**line).collect();
            let members: BTreeSet<&u16> = values.iter().collect();
            let mut expected = map(&[("s", members.len() as f64)]);
            for timer in 0..3 {
                let mut of: Vec<u16> = values.iter().copied().filter(|value| value % 3 == timer).collect();
                of.sort_unstable();
                let Some(&max) = of.last() else { continue };
                let sum: f64 = of.iter().copied().map(f64::from).sum();
                let rank = (of.len() * 95).div_ceil(100);
                for (part, value) in [
                    ("count", of.len() as f64),
                    ("mean", sum / of.len() as f64),
                    ("p95", f64::from(of[rank - 1])),
                    ("max", f64::from(max)),
                ] {
                    expected.insert(format!("t.{timer}.{part}"), value);
                }
            }
            prop_assert_eq!(come_to(&mut parser, &lines), expected);
        }
    }
}
