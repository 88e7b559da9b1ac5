//! OpenTSDB's lines, as collectors under tcollector print them: `metric time value [key=value...]`, `put`
//! before it or not. The time stands before the value, in seconds, or in milliseconds where it has more than
//! ten digits.

use super::cursor::Cursor;
use super::number::{TimeUnit, time, value};
use super::scratch::Scratch;
use super::{Point, Reject, Sink, Tags, Why};

/// Reads a line.
pub fn line(line: &[u8], scratch: &mut Scratch, sink: &mut Sink<'_>) -> Result<(), Reject> {
    let (name, _) = scratch.parts();
    let mut cursor = Cursor::new(line);
    let (mut metric, mut metric_at) = cursor.field();
    if metric == b"put" {
        (metric, metric_at) = cursor.field();
    }
    if metric.is_empty() || metric[0] == b'#' {
        return Ok(());
    }
    let (when, when_at) = cursor.field();
    let whole = when.split(|&byte| byte == b'.').next().unwrap_or(when);
    let unit = if whole.len() > SECONDS_DIGITS_MAX {
        TimeUnit::MILLISECONDS
    } else {
        TimeUnit::SECONDS
    };
    let time = time(when, unit, when_at)?;
    let (number, number_at) = cursor.field();
    let value = value(number, number_at)?;
    let mut tags = Tags::new();
    loop {
        let (tag, at) = cursor.field();
        if tag.is_empty() {
            break;
        }
        let equals = tag.iter().position(|&byte| byte == b'=');
        match equals.map(|equals| (&tag[..equals], &tag[equals + 1..])) {
            Some((key, value))
                if !key.is_empty() && !value.is_empty() && !value.contains(&b'=') =>
            {
                tags.add(key, value, at)?;
            }
            _ => return Err(Why::Tag.at(at)),
        }
    }
    name.start(metric, metric_at)?;
    tags.fold(name)?;
    sink(&Point {
        name: name.as_str(),
        labels: tags.as_slice(),
        value,
        time: Some(time),
        kind: None,
        unit: None,
    });
    Ok(())
}

/// Seconds have ten digits until the year 2286.
const SECONDS_DIGITS_MAX: usize = 10;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::Format;
    use super::super::kit::{read, real_point};
    use crate::quantity::WallNs;

    proptest! {
        #[test]
        fn any_bytes_give_points_or_a_reason(line in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = read(Format::Opentsdb, &line);
        }

        #[test]
        fn a_line_made_by_the_grammar_is_read_as_it_was_made(
            name in "[A-Za-z0-9_-]{1,8}(\\.[A-Za-z0-9_-]{1,8}){0,3}",
            tags in prop::collection::btree_map("[a-z]{1,5}", "[a-z0-9]{1,5}", 0..8),
            ms in 10_000_000_000_i64..9_000_000_000_000,
            value in prop::num::f64::NORMAL,
        ) {
            let written: Vec<String> = tags.iter().rev().map(|(k, v)| format!(" {k}={v}")).collect();
            let line = format!("{name} {ms} {value:?}{}", written.concat());
            let folded: Vec<String> = tags.iter().map(|(k, v)| format!(".{k}_{v}")).collect();
            let mut made = real_point(&format!("{name}{}", folded.concat()), value);
            made.labels = tags.into_iter().collect();
            made.time = Some(WallNs(ms * 1_000_000));
            prop_assert_eq!(read(Format::Opentsdb, line.as_bytes()), Ok(vec![made]));
        }
    }
}
