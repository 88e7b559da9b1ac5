//! Influx's line protocol: `measurement[,tag=value...] field=value[,field=value...] [time]`, the time in
//! nanoseconds. `\` before a comma, an equals sign or a space makes it part of the text; elsewhere it is
//! itself. Fields of text are passed over: they are no values.

use super::cursor::Cursor;
use super::number::{TimeUnit, digits, real, time};
use super::scratch::{Scratch, Store};
use super::{Name, Point, Reject, Sink, Tags, Why};
use crate::metric::Value;

/// Reads a line.
pub fn line(line: &[u8], scratch: &mut Scratch, sink: &mut Sink<'_>) -> Result<(), Reject> {
    let (name, mut store) = scratch.parts();
    let mut cursor = Cursor::new(line);
    cursor.blanks();
    if matches!(cursor.peek(), None | Some(b'#')) {
        return Ok(());
    }
    let at = cursor.at();
    let measurement = text(&mut cursor, b", ", &mut store);
    name.start(measurement, at)?;
    let mut tags = Tags::new();
    while cursor.skip(b',') {
        let at = cursor.at();
        let key = text(&mut cursor, b",= ", &mut store);
        if key.is_empty() || !cursor.skip(b'=') {
            return Err(Why::Tag.at(at));
        }
        let value = text(&mut cursor, b",= ", &mut store);
        if value.is_empty() || cursor.peek() == Some(b'=') {
            return Err(Why::Tag.at(at));
        }
        tags.add(key, value, at)?;
    }
    tags.fold(name)?;
    if cursor.blanks() == 0 {
        return Err(Why::Field.at(cursor.at()));
    }
    // once to see that all is well and when it was, once to show it
    let mut fields = cursor.clone();
    let mut nothing = |_: &Name, _| {};
    each_field(&mut cursor, name, store.inner(), &mut nothing)?;
    let (text, at) = cursor.field();
    let time = match text {
        b"" => None,
        _ => Some(time(text, TimeUnit::NANOSECONDS, at)?),
    };
    let (excess, at) = cursor.field();
    if !excess.is_empty() {
        return Err(Why::Excess.at(at));
    }
    each_field(&mut fields, name, store, &mut |name, value| {
        sink(&Point {
            name: name.as_str(),
            labels: tags.as_slice(),
            value,
            time,
            kind: None,
            unit: None,
        });
    })
}

/// Shows each field that is a number, its name behind what stands in `name`.
fn each_field(
    cursor: &mut Cursor<'_>,
    name: &mut Name,
    mut store: Store<'_>,
    show: &mut dyn FnMut(&Name, Value),
) -> Result<(), Reject> {
    let base = name.len();
    loop {
        let at = cursor.at();
        let key = text(cursor, b",= ", &mut store.inner());
        if key.is_empty() || !cursor.skip(b'=') {
            return Err(Why::Field.at(at));
        }
        name.part(key, at)?;
        if let Some(value) = field_value(cursor)? {
            show(name, value);
        }
        name.cut(base);
        if !cursor.skip(b',') {
            return Ok(());
        }
    }
}

/// A field's value; none where it is a text.
fn field_value(cursor: &mut Cursor<'_>) -> Result<Option<Value>, Reject> {
    let at = cursor.at();
    if cursor.skip(b'"') {
        loop {
            match cursor.next_byte() {
                Some(b'"') => break,
                Some(b'\\') => {
                    cursor.next_byte();
                }
                Some(_) => {}
                None => return Err(Why::Quote.at(at)),
            }
        }
        return match cursor.peek() {
            None | Some(b',' | b' ' | b'\t') => Ok(None),
            Some(_) => Err(Why::Quote.at(at)),
        };
    }
    let text = cursor.take_while(|byte| !matches!(byte, b',' | b' ' | b'\t'));
    let value = match text {
        b"t" | b"T" | b"true" | b"True" | b"TRUE" => Value::Unsigned(1),
        b"f" | b"F" | b"false" | b"False" | b"FALSE" => Value::Unsigned(0),
        [b'-', rest @ .., b'i'] => digits(rest)
            .and_then(|value| 0_i64.checked_sub_unsigned(value))
            .map(Value::Signed)
            .ok_or(Why::Integer.at(at))?,
        [rest @ .., b'i'] => digits(rest)
            .and_then(|value| i64::try_from(value).ok())
            .map(Value::Signed)
            .ok_or(Why::Integer.at(at))?,
        [rest @ .., b'u'] => digits(rest)
            .map(Value::Unsigned)
            .ok_or(Why::Integer.at(at))?,
        _ => Value::Real(real(text, at)?),
    };
    Ok(Some(value))
}

/// A text up to one of `stops`, unescaped.
fn text<'t, 'l: 't>(cursor: &mut Cursor<'l>, stops: &[u8], store: &mut Store<'t>) -> &'t [u8] {
    let mut escaped = false;
    let is_escape = |rest: &[u8]| matches!(rest, [b'\\', b',' | b'=' | b' ', ..]);
    let rest = cursor.rest();
    let mut len = 0;
    while let Some(byte) = rest.get(len) {
        if is_escape(&rest[len..]) {
            escaped = true;
            len += 2;
        } else if stops.contains(byte) || *byte == b'\t' && stops.contains(&b' ') {
            break;
        } else {
            len += 1;
        }
    }
    let raw = &rest[..len];
    cursor.advance(len);
    if !escaped {
        return raw;
    }
    let kept = (0..len).filter(|&at| !is_escape(&raw[at..]));
    store.keep(kept.map(|at| raw[at]))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::kit::{read, real_point};
    use super::super::{Format, Why};
    use super::*;
    use crate::quantity::WallNs;

    #[test]
    fn escapes_belong_to_the_text() {
        let line = br#"a\ b\,c,t\=1=x\,\ y\=z,u=C:\dir f\ g=1,h="a,b=\"c d",i\x=2i"#;
        let points = read(Format::Influx, line).unwrap();
        let names: Vec<&str> = points.iter().map(|point| &*point.name).collect();
        let tags = "t-1_x__y_z-3d2c203d.u_C__dir-3a5c";
        assert_eq!(
            names,
            [format!("a_b_c.{tags}.f_g"), format!("a_b_c.{tags}.i_x")]
        );
        let labels = [("t=1", "x, y=z"), ("u", "C:\\dir")];
        assert!(
            points[0]
                .labels
                .iter()
                .map(|(k, v)| (&**k, &**v))
                .eq(labels)
        );
        assert_eq!(points[1].value, Value::Signed(2));
    }

    #[test]
    fn whole_numbers_keep_their_bounds() {
        let value = |text: &str| {
            let points = read(Format::Influx, format!("m f={text}").as_bytes());
            points
                .map(|points| points[0].value)
                .map_err(|reject| reject.why)
        };
        assert_eq!(value("9223372036854775807i"), Ok(Value::Signed(i64::MAX)));
        assert_eq!(value("-9223372036854775808i"), Ok(Value::Signed(i64::MIN)));
        assert_eq!(
            value("18446744073709551615u"),
            Ok(Value::Unsigned(u64::MAX))
        );
        for text in [
            "9223372036854775808i",
            "18446744073709551616u",
            "1.5i",
            "-1u",
            "i",
            "-i",
            "+1i",
        ] {
            assert_eq!(value(text), Err(Why::Integer), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_give_points_or_a_reason(line in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = read(Format::Influx, &line);
        }

        #[test]
        fn nearly_a_line_gives_points_or_a_reason(line in "[a,= \\\\\"01i.#-]{0,40}") {
            let _ = read(Format::Influx, line.as_bytes());
        }

        #[test]
        fn a_line_made_by_the_grammar_is_read_as_it_was_made(
            measurement in "[A-Za-z0-9_-]{1,8}",
            fields in prop::collection::btree_map("[a-z]{1,8}", prop::num::f64::NORMAL, 1..5),
            text in "([^\"\\\\\\r\\n]|\\\\\\\\|\\\\\"){0,10}",
            ns in 0_i64..i64::MAX,
        ) {
            let mut written: Vec<String> = fields.iter().map(|(k, v)| format!("{k}={v:?}")).collect();
            written.insert(written.len() / 2, format!("text=\"{text}\""));
            let line = format!("{measurement} {} {ns}\n", written.join(","));
            let points = read(Format::Influx, line.as_bytes()).unwrap();
            let made = fields.iter().map(|(key, value)| {
                let mut point = real_point(&format!("{measurement}.{key}"), *value);
                point.time = Some(WallNs(ns));
                point
            });
            prop_assert!(points.into_iter().eq(made));
        }
    }
}
