//! Documents against another parser of JSON, and what no parser may take.

use proptest::prelude::*;

use super::super::kit::{read, read_on};
use super::super::{Format, Parser};
use super::*;

/// 2026-11-22T05:04:16Z.
const AT: i64 = 1_795_323_856;

/// Names and values of a document's points.
fn values(text: &str) -> Vec<(String, Value)> {
    let mut parser = Parser::new(Format::Json);
    let lines = text
        .lines()
        .map(|line| read_on(&mut parser, line.as_bytes()));
    let points =
        lines.flat_map(|points| points.unwrap_or_else(|reject| panic!("{text}: {reject}")));
    points.map(|point| (point.name, point.value)).collect()
}

#[test]
fn a_document_over_several_lines_is_one() {
    let text = "{\n  \"a\": {\"b\": 1,\n\"c\": [true, -2.5, {\"d\": 3}]},\n \"t}\\\"[\": \"text {\", \"n\": null\n}\n{\"e\":5}";
    let expected = [
        ("a.b", Value::Unsigned(1)),
        ("a.c.0", Value::Unsigned(1)),
        ("a.c.1", Value::Real(-2.5)),
        ("a.c.2.d", Value::Unsigned(3)),
        ("e", Value::Unsigned(5)),
    ];
    assert!(
        values(text)
            .iter()
            .map(|(name, value)| (&**name, *value))
            .eq(expected)
    );
}

#[test]
fn escapes_are_undone_in_keys_and_tags() {
    let line = r#"{"name":"a\u002eb\/c","tags":{"t":"\ud83d\ude00\u00e9\n\"\\","half":"\ud800x"},"value":1}"#;
    let points = read(Format::Json, line.as_bytes()).unwrap();
    assert!(points[0].name.starts_with("a.b_c.half_"), "{points:?}");
    let labels: Vec<&str> = points[0].labels.iter().map(|(_, value)| &**value).collect();
    assert_eq!(labels, ["\u{fffd}x", "\u{1f600}\u{e9}\n\"\\"]);
}

#[test]
fn what_is_no_json_is_rejected_at_its_place() {
    for (line, why, at) in [
        ("5", Why::Json, 0),
        ("{\"a\":1,}", Why::Json, 7),
        ("{\"a\":01}", Why::Json, 5),
        ("{\"a\":.5}", Why::Json, 5),
        ("{\"a\":+5}", Why::Json, 5),
        ("{\"a\":5.}", Why::Json, 5),
        ("{\"a\":1e}", Why::Json, 5),
        ("{\"a\":NaN}", Why::NotFinite, 5),
        ("{\"a\":-Infinity}", Why::NotFinite, 5),
        ("{\"a\":1e999}", Why::NotFinite, 5),
        ("{'a':1}", Why::Json, 1),
        ("{a:1}", Why::Json, 1),
        ("{\"a\" 1}", Why::Json, 5),
        ("{\"a\":1}}", Why::Excess, 7),
        ("{\"a\":1} 5", Why::Excess, 8),
        ("{\"\":1}", Why::NameEmpty, 1),
        ("{\"a\":\"\\x\",\"b\":1}", Why::Json, 6),
    ] {
        assert_eq!(
            read(Format::Json, line.as_bytes()),
            Err(why.at(at)),
            "{line}"
        );
    }
    let deep = |levels: usize| format!("{}1{}", "[".repeat(levels), "]".repeat(levels));
    assert!(read(Format::Json, deep(16).as_bytes()).is_ok());
    assert_eq!(
        read(Format::Json, deep(17).as_bytes()),
        Err(Why::JsonDeep.at(16))
    );
}

#[test]
fn a_document_that_is_too_long_is_rejected_once_and_the_next_is_read() {
    let mut parser = Parser::new(Format::Json);
    assert_eq!(read_on(&mut parser, b"{\"list\": ["), Ok(Vec::new()));
    let rejected =
        (0..2000).filter(|_| read_on(&mut parser, b"1, 2, 3, 4, 5, 6, 7, 8, 9, 0,").is_err());
    assert_eq!(rejected.count(), 1);
    assert_eq!(read_on(&mut parser, b"0]}"), Ok(Vec::new()));
    assert_eq!(
        read_on(&mut parser, b"{\"a\":1}").map(|points| points.len()),
        Ok(1)
    );
}

#[test]
fn a_mistake_ends_the_document_and_the_next_line_begins_another() {
    let mut parser = Parser::new(Format::Json);
    let one = Ok(1);
    for broken in ["{\"a\": 1", "[[[", "{\"a\":", "[1,"] {
        assert_eq!(read_on(&mut parser, broken.as_bytes()), Ok(Vec::new()));
        let rejected = read_on(&mut parser, b"\"b\": 2}, ] {\"c\": 3}");
        assert!(rejected.is_err(), "{broken}");
        let next = read_on(&mut parser, b"{\"a\": 1}").map(|points| points.len());
        assert_eq!(next, one, "{broken}");
    }
    assert_eq!(
        read_on(&mut parser, b"text [ { text").map_err(|reject| reject.at),
        Err(0)
    );
    assert_eq!(
        read_on(&mut parser, b"{\"a\": 1}").map(|points| points.len()),
        one
    );
}

#[test]
fn what_a_run_leaves_incomplete_is_rejected_at_its_end() {
    let mut parser = Parser::new(Format::Json);
    assert_eq!(parser.end(), Ok(()));
    assert_eq!(read_on(&mut parser, b"{\"a\":1,"), Ok(Vec::new()));
    assert_eq!(
        parser.end().map_err(|reject| reject.why),
        Err(Why::Incomplete)
    );
    assert_eq!(
        read_on(&mut parser, b"{\"a\":1}").map(|points| points.len()),
        Ok(1)
    );
}

#[test]
fn times_are_read_by_their_digits() {
    let time = |time: &str| {
        let line = format!("{{\"name\":\"a\",\"value\":1,\"time\":{time}}}");
        let points = read(Format::Json, line.as_bytes());
        points
            .map(|points| points[0].time.map(|time| time.0))
            .map_err(|reject| reject.why)
    };
    assert_eq!(time("1795323856"), Ok(Some(AT * 1_000_000_000)));
    assert_eq!(
        time("1795323856.25"),
        Ok(Some(AT * 1_000_000_000 + 250_000_000))
    );
    assert_eq!(time("1795323856000"), Ok(Some(AT * 1_000_000_000)));
    assert_eq!(time("1795323856000000"), Ok(Some(AT * 1_000_000_000)));
    assert_eq!(time("1795323856000000000"), Ok(Some(AT * 1_000_000_000)));
    assert_eq!(
        time("\"2026-11-22T05:04:16Z\""),
        Ok(Some(AT * 1_000_000_000))
    );
    assert_eq!(time("-1"), Ok(None));
    assert_eq!(time("\"0001-01-01T00:00:00Z\""), Err(Why::TimeRange));
    assert_eq!(time("\"1969-12-31T23:59:59Z\""), Err(Why::TimeRange));
    assert_eq!(time("\"9999-01-01T00:00:00Z\""), Err(Why::TimeRange));
    assert_eq!(time("253402300799000000000"), Err(Why::TimeRange));
    assert_eq!(time("\"2026-11-22\""), Err(Why::Time));
    assert_eq!(time("\"soon\""), Err(Why::Time));
}

/// What a document comes to by another parser and a plain walk.
fn naive(value: &serde_json::Value, name: &str, points: &mut Vec<(String, f64)>) {
    let below = |key: &str| {
        if name.is_empty() {
            key.to_owned()
        } else {
            format!("{name}.{key}")
        }
    };
    match value {
        serde_json::Value::Number(number) => {
            points.push((name.to_owned(), number.as_f64().unwrap()));
        }
        serde_json::Value::Bool(is_so) => {
            points.push((name.to_owned(), f64::from(u8::from(*is_so))));
        }
        serde_json::Value::Array(list) => {
            for (place, value) in list.iter().enumerate() {
                naive(value, &below(&place.to_string()), points);
            }
        }
        serde_json::Value::Object(map) => {
            for (key, value) in map {
                naive(value, &below(key), points);
            }
        }
        _ => {}
    }
}

fn document() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(serde_json::Value::from),
        any::<i64>().prop_map(serde_json::Value::from),
        prop::num::f64::NORMAL.prop_map(serde_json::Value::from),
        "\\PC{0,6}".prop_map(serde_json::Value::from),
    ];
    let value = leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(serde_json::Value::from),
            prop::collection::btree_map("[a-d]{1,3}", inner, 0..4)
                .prop_map(|map| map.into_iter().collect::<serde_json::Value>()),
        ]
    });
    prop::collection::vec(value, 1..4).prop_map(serde_json::Value::from)
}

proptest! {
    #[test]
    fn any_bytes_give_points_or_a_reason(line in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = read(Format::Json, &line);
        let _ = read(Format::Json, &[b"{\"a\":", &line[..], b"}"].concat());
    }

    #[test]
    fn nearly_a_document_gives_points_or_a_reason(line in "\\[[\\[\\]{}:,\"\\\\1.e-na tru]{0,40}") {
        let mut parser = Parser::new(Format::Json);
        let _ = read_on(&mut parser, line.as_bytes());
        let _ = read_on(&mut parser, b"}]}]\"}]}]");
        let _ = parser.end();
    }

    #[test]
    fn what_another_parser_takes_we_take(line in "[\\[\\]{}:,\"01.e -]{0,12}|\\[[01.e,+-]{0,8}\\]|\\{\"a\":[01.eE+-]{1,6}\\}") {
        let theirs = serde_json::from_str::<serde_json::Value>(&line).ok();
        let is_theirs = theirs.is_some_and(|value| value.is_array() || value.is_object());
        let ours = read(Format::Json, line.as_bytes());
        // of what is not whole nothing is known; of what overflows neither makes a number
        let mut document = Document::new();
        let is_ours = document.take(line.as_bytes()).is_ok_and(|text| text.is_some());
        prop_assert!(is_ours || !is_theirs, "{}: {:?}", line, ours);
        prop_assert!(is_theirs || !is_ours || ours.is_err(), "{}: {:?}", line, ours);
    }

    #[test]
    fn a_document_is_what_another_parser_makes_of_it(document in document(), is_pretty in any::<bool>()) {
        let text = if is_pretty { format!("{document:#}") } else { document.to_string() };
        let ours: Vec<(String, f64)> = values(&text)
            .into_iter()
            .map(|(name, value)| (name, value.as_f64().unwrap()))
            .collect();
        let mut theirs = Vec::new();
        naive(&document, "", &mut theirs);
        prop_assert_eq!(ours, theirs);
    }
}
