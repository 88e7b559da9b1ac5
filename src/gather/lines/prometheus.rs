//! Prometheus' text: `name[{label="value",...}] value [time]`, the time in milliseconds, and OpenMetrics' lines,
//! whose times are seconds with a point. `# TYPE` lines are remembered, so that a sample has a kind; other
//! comments, exemplars and `# EOF` are passed over. A base unit at the name's end is the unit.

use super::cursor::Cursor;
use super::number::{TimeUnit, time, value};
use super::scratch::{Scratch, Store};
use super::{Families, Point, Reject, Sink, Tags, Why};
use crate::metric::{Kind, Unit};
use crate::quantity::WallNs;

/// Reads a line.
pub fn line(
    line: &[u8],
    families: &mut Families,
    scratch: &mut Scratch,
    sink: &mut Sink<'_>,
) -> Result<(), Reject> {
    let (name, mut store) = scratch.parts();
    let mut cursor = Cursor::new(line);
    cursor.blanks();
    match cursor.peek() {
        None => return Ok(()),
        Some(b'#') => return comment(&mut cursor, families),
        Some(_) => {}
    }
    let name_at = cursor.at();
    let metric = cursor.take_while(is_name_byte);
    if metric.is_empty() || metric[0].is_ascii_digit() {
        return Err(Why::MetricName.at(name_at));
    }
    let mut tags = Tags::new();
    cursor.blanks();
    if cursor.skip(b'{') {
        labels(&mut cursor, &mut tags, &mut store)?;
    }
    let (number, number_at) = cursor.field();
    let value = value(number, number_at)?;
    let time = when(&mut cursor)?;
    name.start(metric, name_at)?;
    tags.fold(name)?;
    let (kind, unit) = nature(metric, families);
    sink(&Point {
        name: name.as_str(),
        labels: tags.as_slice(),
        value,
        time,
        kind,
        unit,
    });
    Ok(())
}

/// `# TYPE name type`; others say nothing here.
fn comment(cursor: &mut Cursor<'_>, families: &mut Families) -> Result<(), Reject> {
    let (mark, _) = cursor.field();
    let (word, _) = cursor.field();
    if mark != b"#" || word != b"TYPE" {
        return Ok(());
    }
    let (name, name_at) = cursor.field();
    let (word, at) = cursor.field();
    let family = match word {
        b"counter" => Family::Counter,
        b"gauge" | b"gaugehistogram" | b"stateset" | b"info" => Family::Gauge,
        b"histogram" => Family::Histogram,
        b"summary" => Family::Summary,
        b"untyped" | b"unknown" => Family::Untyped,
        _ => return Err(Why::MetricType.at(at)),
    };
    if name.is_empty() || !name.iter().all(|&byte| is_name_byte(byte)) {
        return Err(Why::MetricName.at(name_at));
    }
    families.put(name, family);
    Ok(())
}

/// What a `# TYPE` line calls a family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// Its samples rise.
    Counter,
    /// They do not.
    Gauge,
    /// Buckets, sum and count rise.
    Histogram,
    /// Sum and count rise, quantiles do not.
    Summary,
    /// Nobody knows.
    Untyped,
}

/// What a sample's name, and its family's type, say of it.
fn nature(metric: &[u8], families: &Families) -> (Option<Kind>, Option<&'static str>) {
    let suffixes = ["_total", "_bucket", "_sum", "_count", "_created", "_info"];
    let suffix = suffixes
        .into_iter()
        .find(|suffix| metric.ends_with(suffix.as_bytes()));
    let base = suffix.map_or(metric, |suffix| &metric[..metric.len() - suffix.len()]);
    // `x_count` may be a gauge's own name: the whole name comes first
    let of_family = |family| match (family, suffix) {
        (Family::Counter | Family::Histogram | Family::Summary, Some("_created")) => {
            Some(Kind::Gauge)
        }
        (Family::Counter | Family::Histogram, _) | (Family::Summary, Some("_sum" | "_count")) => {
            Some(Kind::Counter)
        }
        (Family::Summary | Family::Gauge, _) => Some(Kind::Gauge),
        (Family::Untyped, _) => None,
    };
    let kind = match families.get(metric) {
        Some(Family::Gauge) => Some(Kind::Gauge),
        Some(family) => of_family(family),
        None => families.get(base).and_then(of_family),
    };
    if matches!(suffix, Some("_bucket" | "_count" | "_info")) {
        return (kind, None);
    }
    let unit = Unit::ALL.into_iter().map(Unit::name).filter(|unit| {
        let before = base
            .strip_suffix(unit.as_bytes())
            .and_then(|rest| rest.strip_suffix(b"_"));
        !unit.is_empty() && before.is_some_and(|before| !before.is_empty())
    });
    // the longest, since `x_bytes_per_second` is no `x_bytes_per` in seconds
    (kind, unit.max_by_key(|unit| unit.len()))
}

/// The labels up to the closing brace.
fn labels<'t, 'l: 't>(
    cursor: &mut Cursor<'l>,
    tags: &mut Tags<'t>,
    store: &mut Store<'t>,
) -> Result<(), Reject> {
    loop {
        cursor.blanks();
        if cursor.skip(b'}') {
            return Ok(());
        }
        let at = cursor.at();
        let key = cursor.take_while(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        cursor.blanks();
        if key.is_empty() || key[0].is_ascii_digit() || !cursor.skip(b'=') {
            return Err(Why::Label.at(at));
        }
        if key == b"__name__" {
            return Err(Why::TagReserved.at(at));
        }
        cursor.blanks();
        let value = quoted(cursor, store)?;
        // an empty label is the same as none
        if !value.is_empty() {
            tags.add(key, value, at)?;
        }
        cursor.blanks();
        if !cursor.skip(b',') && cursor.peek() != Some(b'}') {
            return Err(Why::Label.at(cursor.at()));
        }
    }
}

/// A label's value, its escapes undone.
fn quoted<'t, 'l: 't>(cursor: &mut Cursor<'l>, store: &mut Store<'t>) -> Result<&'t [u8], Reject> {
    let at = cursor.at();
    if !cursor.skip(b'"') {
        return Err(Why::Label.at(at));
    }
    let rest = cursor.rest();
    let (mut len, mut escapes) = (0, false);
    loop {
        match rest.get(len) {
            None => return Err(Why::Quote.at(at)),
            Some(b'"') => break,
            Some(b'\\') => match rest.get(len + 1) {
                Some(b'\\' | b'"' | b'n') => {
                    escapes = true;
                    len += 2;
                }
                _ => return Err(Why::Escape.at(at + 1 + len)),
            },
            Some(_) => len += 1,
        }
    }
    let raw = &rest[..len];
    cursor.advance(len + 1);
    if !escapes {
        return Ok(raw);
    }
    let mut bytes = raw.iter();
    Ok(store.keep(std::iter::from_fn(|| match bytes.next()? {
        b'\\' => bytes
            .next()
            .map(|&byte| if byte == b'n' { b'\n' } else { byte }),
        byte => Some(*byte),
    })))
}

/// The time, if there is one, and nothing behind it but an exemplar.
fn when(cursor: &mut Cursor<'_>) -> Result<Option<WallNs>, Reject> {
    let (text, at) = cursor.field();
    if text.is_empty() || text == b"#" {
        return Ok(None);
    }
    let unit = if text.contains(&b'.') {
        TimeUnit::SECONDS
    } else {
        TimeUnit::MILLISECONDS
    };
    let time = time(text, unit, at)?;
    let (excess, at) = cursor.field();
    if excess.is_empty() || excess == b"#" {
        return Ok(Some(time));
    }
    Err(Why::Excess.at(at))
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::kit::{read, read_on};
    use super::super::{Format, Parser};
    use super::*;

    /// The kinds and units of the samples of a text.
    fn natures(text: &str) -> Vec<(Option<Kind>, Option<String>)> {
        let mut parser = Parser::new(Format::Prometheus);
        let points = text
            .lines()
            .flat_map(|line| read_on(&mut parser, line.as_bytes()).unwrap());
        points.map(|point| (point.kind, point.unit)).collect()
    }

    #[test]
    fn the_parts_of_a_family_have_each_their_kind() {
        let (counter, gauge) = (Some(Kind::Counter), Some(Kind::Gauge));
        let seconds = || Some("seconds".to_owned());
        for (text, expected) in [
            ("# TYPE a_total counter\na_total 1", vec![(counter, None)]),
            (
                "# TYPE a counter\na_total 1\na_created 5.5",
                vec![(counter, None), (gauge, None)],
            ),
            (
                "# TYPE a_seconds_total counter\na_seconds_total 1",
                vec![(counter, seconds())],
            ),
            (
                "# TYPE a_seconds histogram\na_seconds_bucket{le=\"1\"} 1\na_seconds_sum 1\na_seconds_count 1",
                vec![(counter, None), (counter, seconds()), (counter, None)],
            ),
            (
                "# TYPE a_seconds summary\na_seconds{quantile=\"0.5\"} 1\na_seconds_sum 1",
                vec![(gauge, seconds()), (counter, seconds())],
            ),
            ("# TYPE a_count gauge\na_count 1", vec![(gauge, None)]),
            (
                "# TYPE a untyped\na 1\nb_bytes 1",
                vec![(None, None), (None, Some("bytes".to_owned()))],
            ),
            (
                "a_bytes_per_second 1\nseconds 1",
                vec![(None, Some("bytes_per_second".to_owned())), (None, None)],
            ),
        ] {
            assert_eq!(natures(text), expected, "{text}");
        }
    }

    #[test]
    fn more_families_than_are_remembered_lose_kinds_not_samples() {
        let mut parser = Parser::new(Format::Prometheus);
        for family in 0..10_000 {
            let line = format!("# TYPE family_{family} counter");
            assert_eq!(read_on(&mut parser, line.as_bytes()), Ok(Vec::new()));
            let points = read_on(&mut parser, format!("family_{family} 1").as_bytes()).unwrap();
            assert_eq!(points[0].kind, Some(Kind::Counter), "{family}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_give_points_or_a_reason(line in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = read(Format::Prometheus, &line);
        }

        #[test]
        fn nearly_a_line_gives_points_or_a_reason(line in "a[{}a=\", \\\\n1#.e]{0,40}") {
            let _ = read(Format::Prometheus, line.as_bytes());
        }

        #[test]
        fn labels_are_read_as_they_were_written(value in "\\PC{1,20}|[\\\\\"\n a]{1,10}", ms in 0_i64..1_i64 << 42) {
            let escaped = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
            let line = format!("m{{ a = \"{escaped}\" , b=\"\",}} 1 {ms}");
            let points = read(Format::Prometheus, line.as_bytes()).unwrap();
            prop_assert_eq!(&points[0].labels, &[("a".to_owned(), value)]);
            prop_assert_eq!(points[0].time, Some(WallNs(ms * 1_000_000)));
        }
    }
}
