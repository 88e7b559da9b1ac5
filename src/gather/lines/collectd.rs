//! collectd's plain text protocol, as its plugins exec and unixsock take it: `PUTVAL host/plugin[-instance]/
//! type[-instance] [option=value...] time:value[:value...]...`. The names and kinds of a type's values are
//! those of collectd's types.db ([`types`](super::types)). Every command gets the answer that collectd gives.

use super::cursor::{Cursor, is_blank};
use super::number::{TimeUnit, time, value};
use super::scratch::{Scratch, Store};
use super::types::{PLACES_MAX, Type};
use super::{Name, Point, Reject, Reply, Sink, Tags, Why};
use crate::metric::{Kind, Value};
use crate::quantity::WallNs;

/// Reads a line.
pub fn line(line: &[u8], scratch: &mut Scratch, sink: &mut Sink<'_>) -> Result<Reply, Reject> {
    let (name, mut store) = scratch.parts();
    let mut cursor = Cursor::new(line);
    let command_at = cursor.at();
    let command = match field(&mut cursor, &mut store)? {
        None => return Ok(Reply::Nothing),
        Some((command, _)) if command.starts_with(b"#") => return Ok(Reply::Nothing),
        Some((command, _)) => command,
    };
    let is = |name: &[u8]| command.eq_ignore_ascii_case(name);
    if is(b"PUTVAL") {
        return put_values(&mut cursor, name, &mut store, sink).map(Reply::Dispatched);
    }
    if is(b"PUTNOTIF") {
        return put_notification(&mut cursor, &mut store);
    }
    if is(b"GETVAL") || is(b"LISTVAL") || is(b"FLUSH") {
        let reply = if is(b"GETVAL") {
            let Some((identifier, at)) = field(&mut cursor, &mut store)? else {
                return Err(Why::Identifier.at(cursor.at()));
            };
            Identifier::parse(identifier, at)?;
            Reply::NoValue
        } else if is(b"LISTVAL") {
            Reply::Listed
        } else {
            Reply::Flushed
        };
        while field(&mut cursor, &mut store)?.is_some() {}
        return Ok(reply);
    }
    Err(Why::Command.at(command_at))
}

/// Whether a word is one of the commands.
pub fn is_command(word: &[u8]) -> bool {
    let commands = ["PUTVAL", "PUTNOTIF", "GETVAL", "LISTVAL", "FLUSH"];
    commands
        .iter()
        .any(|command| word.eq_ignore_ascii_case(command.as_bytes()))
}

/// What stands before the values.
struct Identifier<'a> {
    host: &'a [u8],
    plugin: &'a [u8],
    plugin_instance: Option<&'a [u8]>,
    type_name: &'a [u8],
    type_instance: Option<&'a [u8]>,
}

impl<'a> Identifier<'a> {
    fn parse(text: &'a [u8], at: usize) -> Result<Identifier<'a>, Reject> {
        let error = Why::Identifier.at(at);
        let (host, rest) = split(text, b'/').ok_or(error)?;
        let (plugin, kind) = split(rest, b'/').ok_or(error)?;
        let instance = |text: &'a [u8]| match split(text, b'-') {
            Some((text, instance)) => (text, Some(instance)),
            None => (text, None),
        };
        let (plugin, plugin_instance) = instance(plugin);
        let (type_name, type_instance) = instance(kind);
        if host.is_empty() || plugin.is_empty() || type_name.is_empty() {
            return Err(error);
        }
        Ok(Identifier {
            host,
            plugin,
            plugin_instance,
            type_name,
            type_instance,
        })
    }

    /// Its name, without the values', and its labels.
    fn name(&self, name: &mut Name, tags: &mut Tags<'a>, at: usize) -> Result<(), Reject> {
        name.clear();
        name.instance(self.plugin, self.plugin_instance, at)?;
        name.instance(self.type_name, self.type_instance, at)?;
        tags.add(b"host", self.host, at)?;
        tags.add(b"plugin", self.plugin, at)?;
        tags.add(b"type", self.type_name, at)?;
        for (key, instance) in [
            (&b"plugin_instance"[..], self.plugin_instance),
            (b"type_instance", self.type_instance),
        ] {
            if let Some(instance) = instance {
                tags.add(key, instance, at)?;
            }
        }
        Ok(())
    }
}

/// The values of a `PUTVAL`; says how many lists of them there were.
fn put_values<'t, 'l: 't>(
    cursor: &mut Cursor<'l>,
    name: &mut Name,
    store: &mut Store<'t>,
    sink: &mut Sink<'_>,
) -> Result<u32, Reject> {
    let Some((identifier, at)) = field(cursor, store)? else {
        return Err(Why::Identifier.at(cursor.at()));
    };
    let identifier = Identifier::parse(identifier, at)?;
    let mut tags = Tags::new();
    identifier.name(name, &mut tags, at)?;
    let kind = Type::of(identifier.type_name);
    // once to see that all is well, once to show it
    let mut again = cursor.clone();
    let lists = each_value(cursor, name, store.inner(), kind, &mut |_, _| {})?;
    if lists == 0 {
        return Err(Why::ValueList.at(cursor.at()));
    }
    let mut show = |name: &Name, listed: Listed| {
        let mut tags = tags.clone();
        if let Some(source) = listed.source {
            // five stand there at most, so that there is room
            let _ = tags.add(b"ds", source.as_bytes(), at);
        }
        sink(&Point {
            name: name.as_str(),
            labels: tags.as_slice(),
            value: listed.value,
            time: listed.time,
            kind: listed.kind,
            unit: None,
        });
    };
    each_value(&mut again, name, store.inner(), kind, &mut show)
}

/// One of a list's values.
struct Listed {
    source: Option<&'static str>,
    kind: Option<Kind>,
    value: Value,
    time: Option<WallNs>,
}

/// Shows each value, its name behind what stands in `name`; says how many lists there were.
fn each_value(
    cursor: &mut Cursor<'_>,
    name: &mut Name,
    mut store: Store<'_>,
    kind: Type,
    show: &mut dyn FnMut(&Name, Listed),
) -> Result<u32, Reject> {
    let (base, mut lists) = (name.len(), 0);
    while let Some((list, at)) = field(cursor, &mut store.inner())? {
        if is_option(list) {
            continue; // `interval` says nothing here: when it comes is when it is; `meta:` is not kept
        }
        let (when, values) = split(list, b':').ok_or(Why::ValueList.at(at))?;
        let time = match when {
            b"N" => None,
            _ => Some(time(when, TimeUnit::SECONDS, at)?),
        };
        let values = values.split(|&byte| byte == b':');
        let count = values.clone().count();
        if kind.len().is_some_and(|len| len != count) || count > PLACES_MAX {
            return Err(Why::ValueCount.at(at));
        }
        for (place, text) in values.enumerate() {
            let (source, kind) = kind.source(place, count);
            let value = match text {
                b"U" => Value::Missing,
                _ => value(text, at)?,
            };
            if let Some(source) = source {
                name.part(source.as_bytes(), at)?;
            }
            show(
                name,
                Listed {
                    source,
                    kind,
                    value,
                    time,
                },
            );
            name.cut(base);
        }
        lists += 1;
    }
    Ok(lists)
}

/// A notification is no value: it is taken, and nothing is made of it.
fn put_notification(cursor: &mut Cursor<'_>, store: &mut Store<'_>) -> Result<Reply, Reject> {
    let (mut has_message, mut has_severity) = (false, false);
    let mut next = cursor.clone();
    while let Some((option, at)) = field(&mut next, &mut store.inner())? {
        if !is_option(option) {
            return Err(Why::Notification.at(at));
        }
        has_severity |= option.starts_with(b"severity=");
        has_message = option.starts_with(b"message=");
        if has_message {
            break; // the message is the rest of the line, blanks and all
        }
    }
    if has_message && has_severity {
        Ok(Reply::Accepted)
    } else {
        Err(Why::Notification.at(cursor.at()))
    }
}

/// Whether a field is `key=...`.
fn is_option(field: &[u8]) -> bool {
    let is_key = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':');
    split(field, b'=').is_some_and(|(key, _)| !key.is_empty() && key.iter().all(is_key))
}

fn split(text: &[u8], at: u8) -> Option<(&[u8], &[u8])> {
    let end = text.iter().position(|&byte| byte == at)?;
    Some((&text[..end], &text[end + 1..]))
}

/// The next field and where it starts. Quotes hold blanks together, anywhere in a field; in them `\` makes
/// the next byte itself.
fn field<'t, 'l: 't>(
    cursor: &mut Cursor<'l>,
    store: &mut Store<'t>,
) -> Result<Option<(&'t [u8], usize)>, Reject> {
    cursor.blanks();
    let at = cursor.at();
    let rest = cursor.rest();
    let plain = rest.iter().position(|&byte| is_blank(byte) || byte == b'"');
    let plain = plain.unwrap_or(rest.len());
    if rest.get(plain) != Some(&b'"') {
        cursor.advance(plain);
        return Ok((plain > 0).then_some((&rest[..plain], at)));
    }
    let (mut len, mut in_quotes) = (0, false);
    // what is kept, as whether each byte is; a second walk copies it
    while let Some(&byte) = rest.get(len) {
        match byte {
            b'"' => in_quotes = !in_quotes,
            b'\\' if in_quotes => len += 1,
            _ if is_blank(byte) && !in_quotes => break,
            _ => {}
        }
        len += 1;
    }
    if in_quotes || len > rest.len() {
        return Err(Why::Quote.at(at));
    }
    cursor.advance(len);
    let mut bytes = rest[..len].iter();
    let mut in_quotes = false;
    let unquoted = std::iter::from_fn(|| {
        loop {
            match bytes.next()? {
                b'"' => in_quotes = !in_quotes,
                b'\\' if in_quotes => return bytes.next().copied(),
                byte => return Some(*byte),
            }
        }
    });
    Ok(Some((store.keep(unquoted), at)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::kit::read;
    use super::super::{Format, Parser};
    use super::*;

    /// What a line is answered.
    fn answer(line: &str) -> String {
        let result = Parser::new(Format::Collectd).line(line.as_bytes(), &mut |_| {});
        Format::Collectd
            .answer(&result)
            .map_or(String::new(), |answer| answer.to_string())
    }

    #[test]
    fn every_command_is_answered_as_collectd_does() {
        for (line, expected) in [
            (
                "PUTVAL h/p/gauge N:1",
                "0 Success: 1 value has been dispatched.",
            ),
            (
                "putval h/p/gauge N:1 interval=5 N:2",
                "0 Success: 2 values have been dispatched.",
            ),
            (
                "PUTNOTIF severity=okay time=1 message=all is well",
                "0 Success",
            ),
            (
                "PUTNOTIF severity=okay message=\"all is well\"",
                "0 Success",
            ),
            ("GETVAL h/p/gauge", "-1 No such value."),
            ("LISTVAL", "0 Values found"),
            (
                "FLUSH timeout=10 plugin=rrdtool",
                "0 Done: 0 successful, 0 errors",
            ),
            ("# a comment", ""),
            ("", ""),
            (
                "PUTVAL",
                "-1 byte 6: expected an identifier such as host/plugin-instance/type-instance",
            ),
            (
                "NOVAL",
                "-1 byte 0: expected a command: PUTVAL, PUTNOTIF, GETVAL, LISTVAL or FLUSH",
            ),
        ] {
            assert_eq!(answer(line), expected, "{line}");
        }
    }

    #[test]
    fn quotes_hold_blanks_together() {
        let points = read(
            Format::Collectd,
            br#"PUTVAL "h/snmp/temperature-Outlet \"1\"" N:20.5"#,
        )
        .unwrap();
        assert_eq!(points[0].name, "snmp.temperature-Outlet__1_-202222");
        let instance = points[0]
            .labels
            .iter()
            .find(|(key, _)| key == "type_instance");
        assert_eq!(instance.map(|(_, value)| &**value), Some("Outlet \"1\""));
        for line in [
            "PUTVAL \"h/p/gauge N:1",
            "PUTVAL \"h/p/gauge\\",
            "PUTVAL h/p/gauge\" N:1",
        ] {
            assert_eq!(
                read(Format::Collectd, line.as_bytes()).map_err(|r| r.why),
                Err(Why::Quote),
                "{line}"
            );
        }
    }

    #[test]
    fn a_list_that_is_wrong_takes_those_before_it_along() {
        let why = |line: &str| read(Format::Collectd, line.as_bytes()).map_err(|reject| reject.why);
        assert_eq!(why("PUTVAL h/p/gauge N:1 N:x"), Err(Why::Value));
        assert_eq!(why("PUTVAL h/p/if_octets N:1"), Err(Why::ValueCount));
        assert_eq!(why("PUTVAL h/p/cpu N:1:2"), Err(Why::ValueCount));
        assert_eq!(
            why("PUTVAL h/p/own N:1:2:3:4:5:6:7:8:9:10:11"),
            Err(Why::ValueCount)
        );
        assert_eq!(why("PUTVAL h/p/gauge interval=1"), Err(Why::ValueList));
    }

    proptest! {
        #[test]
        fn any_bytes_give_points_or_a_reason(line in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = read(Format::Collectd, &line);
        }

        #[test]
        fn nearly_a_line_gives_points_or_a_reason(line in "PUTVAL [ab/\" \\\\:=N0-9-]{0,40}") {
            let _ = read(Format::Collectd, line.as_bytes());
        }

        #[test]
        fn quoting_changes_nothing(instance in "[^\\x00/\r\n]{1,20}", value in any::<i32>()) {
            let quoted = instance.replace('\\', "\\\\").replace('"', "\\\"");
            let line = format!("PUTVAL \"h/p-{quoted}/gauge\" N:{value}");
            let points = read(Format::Collectd, line.as_bytes()).unwrap();
            let label = points[0].labels.iter().find(|(key, _)| key == "plugin_instance").unwrap();
            prop_assert_eq!(&label.1, &instance);
            prop_assert_eq!(points[0].value.as_f64(), Some(f64::from(value)));
        }
    }
}
