//! Graphite's plaintext: `name[;tag=value...] value [time]`, as carbon's line receiver takes it. Times are
//! seconds; -1 and N are now, as is a time left out.

use super::cursor::Cursor;
use super::number::{TimeUnit, time, value};
use super::scratch::Scratch;
use super::{Name, Point, Reject, Sink, Tags, Why};
use crate::metric::Value;
use crate::quantity::WallNs;

/// Reads a line.
pub fn line(line: &[u8], scratch: &mut Scratch, sink: &mut Sink<'_>) -> Result<(), Reject> {
    let (name, _) = scratch.parts();
    let mut fields = Cursor::new(line);
    let (metric, metric_at) = fields.field();
    if metric.is_empty() || metric[0] == b'#' {
        return Ok(());
    }
    let (value, time) = value_and_time(&mut fields)?;
    let mut show = |name: &Name, labels: &[(&str, &str)]| {
        sink(&Point {
            name: name.as_str(),
            labels,
            value,
            time,
            kind: None,
            unit: None,
        });
    };
    match metric.iter().position(|&byte| byte == b';') {
        None => {
            name.start(metric, metric_at)?;
            show(name, &[]);
        }
        Some(end) => {
            let mut tags = Tags::new();
            name.start(&metric[..end], metric_at)?;
            tagged(&metric[end + 1..], metric_at + end + 1, &mut tags)?;
            tags.fold(name)?;
            show(name, tags.as_slice());
        }
    }
    Ok(())
}

/// What ends a line: a value, perhaps a time, and nothing more.
pub fn value_and_time(fields: &mut Cursor<'_>) -> Result<(Value, Option<WallNs>), Reject> {
    let (number, number_at) = fields.field();
    let value = value(number, number_at)?;
    let (text, at) = fields.field();
    let time = match text {
        b"" | b"-1" | b"N" => None,
        _ => Some(time(text, TimeUnit::SECONDS, at)?),
    };
    let (excess, at) = fields.field();
    if excess.is_empty() {
        Ok((value, time))
    } else {
        Err(Why::Excess.at(at))
    }
}

/// Reads the tags behind a metric's name.
fn tagged<'a>(text: &'a [u8], mut at: usize, tags: &mut Tags<'a>) -> Result<(), Reject> {
    for tag in text.split(|&byte| byte == b';') {
        let equals = tag.iter().position(|&byte| byte == b'=');
        let (key, value) = match equals {
            Some(equals) => (&tag[..equals], &tag[equals + 1..]),
            None => return Err(Why::Tag.at(at)),
        };
        let is_key = !key.is_empty()
            && key
                .iter()
                .all(|byte| byte.is_ascii() && !b"!^".contains(byte));
        if !is_key || value.is_empty() || value[0] == b'~' {
            return Err(Why::Tag.at(at));
        }
        if key == b"name" {
            return Err(Why::TagReserved.at(at));
        }
        tags.add(key, value, at)?;
        at += tag.len() + 1;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Format, Parser};
    use super::*;

    /// Names, values and times of a line's points.
    fn read(line: &[u8]) -> Result<Vec<(String, Value, Option<WallNs>)>, Reject> {
        let mut points = Vec::new();
        Parser::new(Format::Graphite).line(line, &mut |point| {
            points.push((point.name.to_owned(), point.value, point.time));
        })?;
        Ok(points)
    }

    fn one(name: &str, value: Value, seconds: Option<i64>) -> Vec<(String, Value, Option<WallNs>)> {
        let time = seconds.map(|seconds| WallNs(seconds * 1_000_000_000));
        vec![(name.to_owned(), value, time)]
    }

    #[test]
    fn lines_with_and_without_time_and_tags_are_read() {
        let real = Value::Real;
        for (line, expected) in [
            (
                "load.1m 0.42 1795323856\n",
                one("load.1m", real(0.42), Some(1_795_323_856)),
            ),
            ("  a\t5   1 \r\n", one("a", Value::Unsigned(5), Some(1))),
            ("a -5", one("a", Value::Signed(-5), None)),
            ("a 1 -1", one("a", Value::Unsigned(1), None)),
            ("a 1 N", one("a", Value::Unsigned(1), None)),
            (
                "d;b=2;a=/x 7 3",
                one("d.a__x.b_2", Value::Unsigned(7), Some(3)),
            ),
            ("", Vec::new()),
            (" \r\n", Vec::new()),
            ("# a 1 2", Vec::new()),
        ] {
            assert_eq!(read(line.as_bytes()), Ok(expected), "{line}");
        }
    }

    #[test]
    fn tags_are_shown_sorted_and_as_they_were_given() {
        let mut labels = Vec::new();
        let mut parser = Parser::new(Format::Graphite);
        let read = parser.line("d;z=Z\u{fc};a=/x=y 7".as_bytes(), &mut |point| {
            labels.extend(point.labels.iter().map(|(k, v)| format!("{k}={v}")));
        });
        assert!(read.is_ok());
        assert_eq!(labels, ["a=/x=y", "z=Z\u{fc}"]);
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        for (line, why, at) in [
            ("a", Why::Value, 1),
            ("a b 1", Why::Value, 2),
            ("a nan 1", Why::NotFinite, 2),
            ("a 1e999 1", Why::NotFinite, 2),
            ("a 1 b", Why::Time, 4),
            ("a 1 253402300799", Why::TimeRange, 4),
            ("a 1 -62135596800", Why::TimeRange, 4),
            ("a 1 2 3", Why::Excess, 6),
            (".a 1", Why::NamePart, 0),
            (";a=b 1", Why::NameEmpty, 0),
            ("d;a 1", Why::Tag, 2),
            ("d;a= 1", Why::Tag, 2),
            ("d;=a 1", Why::Tag, 2),
            ("d;a=~b 1", Why::Tag, 2),
            ("d;a!=b 1", Why::Tag, 2),
            ("d; 1", Why::Tag, 2),
            ("d;x=1;name=b 1", Why::TagReserved, 6),
            ("d;a=1;a=2 1", Why::TagTwice, 6),
        ] {
            assert_eq!(read(line.as_bytes()), Err(why.at(at)), "{line}");
        }
        assert_eq!(read(b"d;a=\xff 1"), Err(Why::NotUtf8.at(2)));
        let many: Vec<String> = (0..25).map(|tag| format!(";k{tag}=v")).collect();
        let many = many.concat();
        assert_eq!(
            read(format!("d{many} 1").as_bytes()).map_err(|e| e.why),
            Err(Why::TagsMany)
        );
    }

    proptest! {
        #[test]
        fn any_bytes_give_points_or_a_reason(line in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = read(&line);
        }

        #[test]
        fn a_line_made_by_the_grammar_is_read_as_it_was_made(
            name in "[A-Za-z0-9_-]{1,8}(\\.[A-Za-z0-9_-]{1,8}){0,3}",
            value in prop::num::f64::NORMAL,
            seconds in 0_i64..9_000_000_000,
            blank in "[ \t]{1,3}",
            end in "(\r?\n)?",
        ) {
            let line = format!("{name}{blank}{value:?}{blank}{seconds}{end}");
            prop_assert_eq!(read(line.as_bytes()), Ok(one(&name, Value::Real(value), Some(seconds))));
        }
    }
}
