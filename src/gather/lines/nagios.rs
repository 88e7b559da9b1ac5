//! What a plugin of Nagios prints: on the first line a text, then `|` and performance data; on the lines that
//! follow, text until one has a `|`, from which on all is performance data. An item is `'label'=value[UOM]`
//! with thresholds behind `;`, which are not kept. In a quoted label `''` is a quote.

use super::cursor::{Cursor, is_blank};
use super::number::value;
use super::scratch::{Scratch, Store};
use super::unit::based;
use super::{Name, Point, Reject, Sink, Tags, Why};
use crate::metric::{Kind, Value};

/// How far the output of one run has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Output {
    /// At its first line.
    #[default]
    First,
    /// In the text that follows.
    Text,
    /// In the performance data that follows.
    Data,
}

/// Reads a line.
pub fn line(
    line: &[u8],
    output: &mut Output,
    scratch: &mut Scratch,
    sink: &mut Sink<'_>,
) -> Result<(), Reject> {
    let mut cursor = Cursor::new(line);
    let rest = cursor.rest();
    let bar = bar(rest, *output);
    *output = match (*output, bar) {
        (Output::First, _) | (Output::Text, None) => Output::Text,
        (Output::Text | Output::Data, Some(_)) | (Output::Data, None) => Output::Data,
    };
    match (bar, *output) {
        (Some(bar), _) => cursor.advance(bar + 1),
        (None, Output::Data) => {}
        (None, _) => return Ok(()),
    }
    let (name, mut store) = scratch.parts();
    // once to see that all is well, once to show it
    each_item(&mut cursor.clone(), name, store.inner(), &mut |_| {})?;
    each_item(&mut cursor, name, store, sink)
}

/// Where the performance data begin: behind the first `|`, on a line of data the first that is in no label.
fn bar(line: &[u8], output: Output) -> Option<usize> {
    let mut is_quoted = false;
    line.iter().position(|&byte| {
        is_quoted ^= byte == b'\'' && output == Output::Data;
        byte == b'|' && !is_quoted
    })
}

fn each_item(
    cursor: &mut Cursor<'_>,
    name: &mut Name,
    mut store: Store<'_>,
    show: &mut Sink<'_>,
) -> Result<(), Reject> {
    loop {
        cursor.blanks();
        if cursor.peek().is_none() {
            return Ok(());
        }
        item(cursor, name, &mut store.inner(), show)?;
    }
}

/// One item.
fn item<'t, 'l: 't>(
    cursor: &mut Cursor<'l>,
    name: &mut Name,
    store: &mut Store<'t>,
    show: &mut Sink<'_>,
) -> Result<(), Reject> {
    let at = cursor.at();
    let label = label(cursor, store)?;
    if !cursor.skip(b'=') {
        return Err(Why::Item.at(at));
    }
    let value_at = cursor.at();
    let text = cursor.take_while(|byte| !is_blank(byte) && byte != b';');
    let (number, unit) = number_and_unit(text);
    let value = match number {
        b"" if unit == b"U" => Value::Missing,
        number => value(number, value_at)?,
    };
    let unit = match std::str::from_utf8(unit) {
        Ok(_) if number.is_empty() => "",
        Ok(unit) if unit.len() <= UNIT_SIZE_MAX => unit,
        _ => return Err(Why::UnitOfMeasure.at(value_at)),
    };
    cursor.take_while(|byte| !is_blank(byte)); // the thresholds
    name.start(label, at)?;
    let mut tags = Tags::new();
    if name.as_str().as_bytes() != label {
        tags.add(b"label", label, at)?;
    }
    let (kind, (unit, value)) = if unit == "c" {
        (Some(Kind::Counter), (None, value))
    } else {
        (None, based(unit, value))
    };
    show(&Point {
        name: name.as_str(),
        labels: tags.as_slice(),
        value,
        time: None,
        kind,
        unit,
    });
    Ok(())
}

/// The longest unit.
const UNIT_SIZE_MAX: usize = 16;

/// A label, its quotes undone.
fn label<'t, 'l: 't>(cursor: &mut Cursor<'l>, store: &mut Store<'t>) -> Result<&'t [u8], Reject> {
    let at = cursor.at();
    if !cursor.skip(b'\'') {
        return Ok(cursor.take_while(|byte| byte != b'=' && !is_blank(byte)));
    }
    let rest = cursor.rest();
    let (mut len, mut quotes) = (0, false);
    loop {
        match rest[len..] {
            [b'\'', b'\'', ..] => {
                quotes = true;
                len += 2;
            }
            [b'\'', ..] => break,
            [_, ..] => len += 1,
            [] => return Err(Why::Quote.at(at)),
        }
    }
    let raw = &rest[..len];
    cursor.advance(len + 1);
    if !quotes {
        return Ok(raw);
    }
    let mut bytes = raw.iter();
    Ok(store.keep(std::iter::from_fn(|| {
        let byte = *bytes.next()?;
        if byte == b'\'' {
            bytes.next();
        }
        Some(byte)
    })))
}

/// The number that a text begins with, and what is behind it.
fn number_and_unit(text: &[u8]) -> (&[u8], &[u8]) {
    let digits = |from: usize| {
        text[from..]
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count()
    };
    let mut end = usize::from(matches!(text.first(), Some(b'-' | b'+')));
    let sign = end;
    end += digits(end);
    if text.get(end) == Some(&b'.') {
        end += 1 + digits(end + 1);
    }
    if end == sign {
        return text.split_at(0);
    }
    if let Some(b'e' | b'E') = text.get(end) {
        let sign = usize::from(matches!(text.get(end + 1), Some(b'-' | b'+')));
        let exponent = digits((end + 1 + sign).min(text.len()));
        if exponent > 0 {
            end += 1 + sign + exponent;
        }
    }
    text.split_at(end)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::kit::{Kept, flushed, read, read_on};
    use super::super::{Format, Parser};
    use super::*;

    /// The names of an output's points.
    fn names(output: &str) -> Vec<String> {
        let mut parser = Parser::new(Format::Nagios);
        let points = output
            .lines()
            .flat_map(|line| read_on(&mut parser, line.as_bytes()).unwrap());
        points.map(|point: Kept| point.name).collect()
    }

    #[test]
    fn data_stand_behind_the_bar_of_the_first_line_and_of_the_long_text() {
        let output = "DISK OK - free space: / 3326 MB (56%); | /=2643MB;5948;5958;0;5968\n\
            / 15272 MB (77%);\n/boot 68 MB (69%); it's = fine\n\
            /home 69357 MB (27%) | /boot=68MB;88;93;0;98\n/home=69357MB;253404;253409;0;253414\n\
            'a b'=1 c=2c\n";
        assert_eq!(names(output), ["_", "_boot", "_home", "a_b", "c"]);
        assert_eq!(names("OK: 1 user | users=1"), ["users"]);
        assert_eq!(names("OK\nno bar here"), Vec::<String>::new());
        assert_eq!(
            names("x | 'a|b'=1\n|\n'a|b'=1 c=2\ntext | d=1"),
            ["a_b", "a_b", "c", "d"]
        );
    }

    #[test]
    fn the_next_run_starts_at_its_first_line() {
        let mut parser = Parser::new(Format::Nagios);
        for _ in 0..2 {
            assert_eq!(
                read_on(&mut parser, b"it is=fine").map(|points| points.len()),
                Ok(0)
            );
            assert_eq!(
                read_on(&mut parser, b"so | a=1").map(|points| points.len()),
                Ok(1)
            );
            assert_eq!(
                read_on(&mut parser, b"b=1").map(|points| points.len()),
                Ok(1)
            );
            assert_eq!(flushed(&mut parser), Vec::new());
            assert_eq!(parser.end(), Ok(()));
        }
    }

    #[test]
    fn a_number_ends_where_its_unit_begins() {
        for (text, number, unit) in [
            ("5", "5", ""),
            ("-0.5ms", "-0.5", "ms"),
            ("1e3", "1e3", ""),
            ("1.5e-05s", "1.5e-05", "s"),
            ("1eV", "1", "eV"),
            ("1e", "1", "e"),
            ("1e-", "1", "e-"),
            (".5%", ".5", "%"),
            ("5.c", "5.", "c"),
            ("U", "", "U"),
            ("", "", ""),
            ("-", "", "-"),
        ] {
            let found = number_and_unit(text.as_bytes());
            assert_eq!(found, (number.as_bytes(), unit.as_bytes()), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_give_points_or_a_reason(line in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = read(Format::Nagios, &line);
            let _ = read(Format::Nagios, &[b"x|", &line[..]].concat());
        }

        #[test]
        fn nearly_a_line_gives_points_or_a_reason(line in "\\|[a'=|1e;. -]{0,40}") {
            let _ = read(Format::Nagios, line.as_bytes());
        }

        #[test]
        fn a_quoted_label_is_read_as_it_was_written(label in "[a-z '=;]{0,8}[a-z]", value in any::<i32>()) {
            let line = format!("text | '{}'={value};1;2", label.replace('\'', "''"));
            let points = read(Format::Nagios, line.as_bytes()).unwrap();
            let name: String = label
                .chars()
                .map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '_' })
                .collect();
            prop_assert_eq!(&points[0].name, &name);
            let exact = points[0].labels.first().map_or(&points[0].name, |(_, label)| label);
            prop_assert_eq!(exact, &label);
            prop_assert_eq!(points[0].value.as_f64(), Some(f64::from(value)));
        }
    }
}
