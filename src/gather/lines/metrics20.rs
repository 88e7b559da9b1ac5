//! Metrics 2.0, in its two forms. In one word: `key=value.key=value value [time]`, or `key_is_value` in place of
//! each `key=value`. As words: `key=value key=value  meta=value value [time]`, where two blanks end the tags
//! that make the series. `unit` and `mtype` (or `target_type`) must be there, and one tag more.

use super::cursor::{Cursor, is_blank};
use super::graphite::value_and_time;
use super::scratch::Scratch;
use super::unit::based;
use super::{Name, Point, Reject, Sink, Tags, Why};
use crate::metric::Kind;

/// Reads a line.
pub fn line(line: &[u8], scratch: &mut Scratch, sink: &mut Sink<'_>) -> Result<(), Reject> {
    let (name, _) = scratch.parts();
    let mut cursor = Cursor::new(line);
    let (first, at) = cursor.field();
    if first.is_empty() || first[0] == b'#' {
        return Ok(());
    }
    let mut tags = Tags::new();
    let mut second = cursor.clone();
    if second.field().0.contains(&b'=') || cursor.rest().starts_with(b"  ") {
        as_words(first, at, &mut cursor, &mut tags)?;
    } else {
        in_one_word(first, at, &mut tags)?;
    }
    let (value, time) = value_and_time(&mut cursor)?;
    let unit = tags.get("unit").ok_or(Why::UnitOrType.at(at))?;
    let mtype = tags.get("mtype").or_else(|| tags.get("target_type"));
    let kind = match mtype.ok_or(Why::UnitOrType.at(at))? {
        "counter" => Kind::Counter,
        "gauge" | "rate" | "count" | "timestamp" => Kind::Gauge,
        _ => return Err(Why::MetricType.at(at)),
    };
    if tags.as_slice().len() < 3 {
        return Err(Why::UnitOrType.at(at));
    }
    named(&tags, name, at)?;
    let (unit, value) = based(unit, value);
    sink(&Point {
        name: name.as_str(),
        labels: tags.as_slice(),
        value,
        time,
        kind: Some(kind),
        unit,
    });
    Ok(())
}

/// `what` is the name; every other tag is folded in, since it makes the series.
fn named(tags: &Tags<'_>, name: &mut Name, at: usize) -> Result<(), Reject> {
    name.clear();
    if let Some(what) = tags.get("what") {
        name.value(what.as_bytes(), at)?;
    }
    for (key, value) in tags.as_slice().iter().filter(|(key, _)| *key != "what") {
        name.tag(key, value)?;
    }
    Ok(())
}

/// `key=value.key=value` or `key_is_value.key_is_value`.
fn in_one_word<'a>(word: &'a [u8], word_at: usize, tags: &mut Tags<'a>) -> Result<(), Reject> {
    let has_equals = word.contains(&b'=');
    let mut at = word_at;
    for node in word.split(|&byte| byte == b'.') {
        let between = if has_equals { &b"="[..] } else { b"_is_" };
        add(tags, node, between, at)?;
        at += node.len() + 1;
    }
    Ok(())
}

/// `key=value` words up to two blanks, then `key=value` words that are not kept.
fn as_words<'a>(
    first: &'a [u8],
    first_at: usize,
    cursor: &mut Cursor<'a>,
    tags: &mut Tags<'a>,
) -> Result<(), Reject> {
    add(tags, first, b"=", first_at)?;
    let mut is_intrinsic = true;
    loop {
        let blanks = cursor
            .rest()
            .iter()
            .take_while(|&&byte| is_blank(byte))
            .count();
        let mut ahead = cursor.clone();
        let (word, at) = ahead.field();
        if !word.contains(&b'=') {
            return Ok(());
        }
        is_intrinsic &= blanks < 2;
        if is_intrinsic {
            add(tags, word, b"=", at)?;
        }
        *cursor = ahead;
    }
}

fn add<'a>(tags: &mut Tags<'a>, text: &'a [u8], between: &[u8], at: usize) -> Result<(), Reject> {
    let found = text
        .windows(between.len())
        .position(|window| window == between);
    let Some(found) = found else {
        return Err(Why::Tag.at(at));
    };
    let (key, value) = (&text[..found], &text[found + between.len()..]);
    // the unit alone may be nothing
    if key.is_empty() || value.contains(&b'=') || (value.is_empty() && key != b"unit") {
        return Err(Why::Tag.at(at));
    }
    tags.add(key, value, at)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::Format;
    use super::super::kit::read;

    #[test]
    fn every_spelling_of_a_metric_is_the_same_series() {
        let read = |line: &str| {
            let points = read(Format::Metrics20, line.as_bytes()).unwrap();
            (points[0].name.clone(), points[0].labels.clone())
        };
        let expected = read("device=sda.mtype=gauge.unit=B.what=space 5 1");
        for line in [
            "what=space.unit=B.mtype=gauge.device=sda 5 1",
            "what_is_space.unit_is_B.mtype_is_gauge.device_is_sda 5 1",
            "what=space unit=B mtype=gauge device=sda 5 1",
            "what=space unit=B mtype=gauge device=sda  agent=x 5 1",
            "what=space unit=B mtype=gauge device=sda  5",
        ] {
            assert_eq!(read(line), expected, "{line}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_give_points_or_a_reason(line in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = read(Format::Metrics20, &line);
        }

        #[test]
        fn nearly_a_line_gives_points_or_a_reason(line in "unit=B[ .=_is]mtype=gauge[ .][a=. _1]{0,20} 1") {
            let _ = read(Format::Metrics20, line.as_bytes());
        }

        #[test]
        fn the_order_of_the_tags_says_nothing(
            tags in prop::collection::btree_map("[a-l]{1,5}", "[a-z0-9/]{1,5}", 1..6)
                .prop_map(Vec::from_iter)
                .prop_shuffle(),
        ) {
            let line = |tags: &[(String, String)]| {
                let tags: Vec<String> = tags.iter().map(|(k, v)| format!("{k}={v}.")).collect();
                read(Format::Metrics20, format!("{}unit=B.mtype=rate 1 2", tags.concat()).as_bytes())
            };
            let mut sorted = tags.clone();
            sorted.sort();
            prop_assert!(line(&tags).is_ok());
            prop_assert_eq!(line(&tags), line(&sorted));
        }
    }
}
