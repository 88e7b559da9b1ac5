//! JSON: a document a line, or one over several lines. A number is a value named by the keys that lead to it
//! (places in lists count from 0); true and false are 1 and 0; texts and null are none. An object with `name`
//! and `value`, or `name` and `fields`, says for itself what it is called, its `unit`, `kind`, `time` and `tags`.

use super::document::Document;
use super::lexer::Lexer;
use super::number::{TimeUnit, time, value};
use super::scratch::{Scratch, Store};
use super::unit::based;
use super::{Name, Point, Reject, Sink, Tags, Why};
use crate::metric::{Kind, Value};
use crate::quantity::{Moment, WallNs};

/// Reads a line: a document, or more of one.
pub fn line(
    line: &[u8],
    document: &mut Document,
    scratch: &mut Scratch,
    sink: &mut Sink<'_>,
) -> Result<(), Reject> {
    let Some(text) = document.take(line)? else {
        return Ok(());
    };
    let result = points(text, scratch, sink);
    document.clear();
    result
}

/// Shows the points of a whole document.
fn points(text: &[u8], scratch: &mut Scratch, sink: &mut Sink<'_>) -> Result<(), Reject> {
    let (name, mut store) = scratch.parts();
    // once to see that all is well, once to show it
    for is_shown in [false, true] {
        name.clear();
        let mut nothing = |_: &Point<'_>| {};
        let mut walk = Walk {
            name,
            show: if is_shown { &mut *sink } else { &mut nothing },
        };
        walk.value(&mut Lexer::new(text), &mut store.inner(), &About::NOTHING)?;
    }
    Ok(())
}

/// What the objects around a number say of it.
#[derive(Clone, Copy)]
struct About<'a> {
    labels: &'a [(&'a str, &'a str)],
    time: Option<WallNs>,
    kind: Option<Kind>,
    unit: &'a str,
}

impl About<'_> {
    const NOTHING: About<'static> = About {
        labels: &[],
        time: None,
        kind: None,
        unit: "",
    };
}

/// A walk through a document whose grammar was checked.
struct Walk<'n, 's, 'p> {
    name: &'n mut Name,
    show: &'s mut Sink<'p>,
}

/// Where the members of an object stand that say for themselves what they are.
#[derive(Default)]
struct Members<'a> {
    name: Option<Lexer<'a>>,
    value: Option<Lexer<'a>>,
    fields: Option<Lexer<'a>>,
    tags: Option<Lexer<'a>>,
    unit: Option<Lexer<'a>>,
    kind: Option<Lexer<'a>>,
    time: Option<Lexer<'a>>,
}

impl<'a> Members<'a> {
    /// Of the object at `lexer`; none where it does not name itself.
    fn of(lexer: &Lexer<'a>) -> Option<Members<'a>> {
        let mut members = Members::default();
        let mut lexer = lexer.clone();
        lexer.open();
        while let Some(key) = lexer.key() {
            let first = lexer.peek();
            let place = match (key, first) {
                (b"name", b'"') => Some(&mut members.name),
                (b"value", b'-' | b'0'..=b'9' | b't' | b'f' | b'n') => Some(&mut members.value),
                (b"fields", b'{') => Some(&mut members.fields),
                (b"tags" | b"labels", b'{') => Some(&mut members.tags),
                (b"unit", b'"') => Some(&mut members.unit),
                (b"kind" | b"type" | b"mtype", b'"') => Some(&mut members.kind),
                (b"time" | b"timestamp", b'"' | b'0'..=b'9' | b'-') => Some(&mut members.time),
                _ => None,
            };
            if let Some(place) = place {
                *place = Some(lexer.clone());
            }
            lexer.skip_value();
        }
        let is_named = members.name.is_some();
        (is_named && (members.value.is_some() || members.fields.is_some())).then_some(members)
    }
}

impl Walk<'_, '_, '_> {
    /// Shows what the value at `lexer` is, or holds, and passes over it.
    fn value(
        &mut self,
        lexer: &mut Lexer<'_>,
        store: &mut Store<'_>,
        about: &About<'_>,
    ) -> Result<(), Reject> {
        let at = lexer.at();
        match lexer.peek() {
            b'{' => match Members::of(lexer) {
                Some(members) => {
                    lexer.skip_value();
                    self.named(&members, store, at)
                }
                None => self.object(lexer, store, about),
            },
            b'[' => self.list(lexer, store, about),
            b'"' | b'n' => {
                lexer.skip_value();
                Ok(())
            }
            _ => {
                let value = scalar(lexer)?;
                self.point(value, about, at)
            }
        }
    }

    /// Each member under its key.
    fn object(
        &mut self,
        lexer: &mut Lexer<'_>,
        store: &mut Store<'_>,
        about: &About<'_>,
    ) -> Result<(), Reject> {
        let base = self.name.len();
        lexer.open();
        loop {
            let at = lexer.at();
            let Some(raw) = lexer.key() else {
                return Ok(());
            };
            let mut store = store.inner();
            let key = Lexer::unescaped(raw, &mut store);
            // a key alone, before a text, makes no name
            if !matches!(lexer.peek(), b'"' | b'n') {
                self.name.part(key, at)?;
            }
            self.value(lexer, &mut store, about)?;
            self.name.cut(base);
        }
    }

    /// Each element under its place.
    fn list(
        &mut self,
        lexer: &mut Lexer<'_>,
        store: &mut Store<'_>,
        about: &About<'_>,
    ) -> Result<(), Reject> {
        let base = self.name.len();
        lexer.open();
        let mut place = 0;
        while lexer.element() {
            let digits = goodall_platform::digits::Digits::of(place);
            self.name.part(digits.bytes(), lexer.at())?;
            self.value(lexer, &mut store.inner(), about)?;
            self.name.cut(base);
            place += 1;
        }
        Ok(())
    }

    /// An object that says for itself what it is called.
    fn named(
        &mut self,
        members: &Members<'_>,
        store: &mut Store<'_>,
        at: usize,
    ) -> Result<(), Reject> {
        let mut store = store.inner();
        let around = self.name.saved();
        let mut tags = Tags::new();
        if let Some(lexer) = &members.tags {
            tags_of(&mut lexer.clone(), &mut tags, &mut store)?;
        }
        self.name
            .start(text(members.name.as_ref(), &mut store), at)?;
        tags.fold(self.name)?;
        let unit = std::str::from_utf8(text(members.unit.as_ref(), &mut store)).unwrap_or_default();
        let kind = match text(members.kind.as_ref(), &mut store) {
            b"counter" => Some(Kind::Counter),
            b"gauge" => Some(Kind::Gauge),
            _ => None,
        };
        let about = About {
            labels: tags.as_slice(),
            time: match &members.time {
                Some(lexer) => when(&mut lexer.clone())?,
                None => None,
            },
            kind,
            unit,
        };
        for lexer in [&members.value, &members.fields].into_iter().flatten() {
            self.value(&mut lexer.clone(), &mut store, &about)?;
        }
        self.name.restore(&around);
        Ok(())
    }

    fn point(&mut self, value: Value, about: &About<'_>, at: usize) -> Result<(), Reject> {
        if self.name.len() == 0 {
            return Err(Why::NameEmpty.at(at));
        }
        let (unit, value) = based(about.unit, value);
        (self.show)(&Point {
            name: self.name.as_str(),
            labels: about.labels,
            value,
            time: about.time,
            kind: about.kind,
            unit,
        });
        Ok(())
    }
}

/// A number, true or false.
fn scalar(lexer: &mut Lexer<'_>) -> Result<Value, Reject> {
    let at = lexer.at();
    match lexer.word() {
        b"true" => Ok(Value::Unsigned(1)),
        b"false" => Ok(Value::Unsigned(0)),
        number => value(number, at),
    }
}

/// The text of a member, if it is there.
fn text<'t>(lexer: Option<&Lexer<'t>>, store: &mut Store<'t>) -> &'t [u8] {
    lexer.map_or(&[], |lexer| Lexer::unescaped(lexer.clone().string(), store))
}

/// The tags of an object, which are texts, numbers, true or false; null and empty ones are none.
fn tags_of<'t, 'l: 't>(
    lexer: &mut Lexer<'l>,
    tags: &mut Tags<'t>,
    store: &mut Store<'t>,
) -> Result<(), Reject> {
    lexer.open();
    loop {
        let at = lexer.at();
        let Some(raw) = lexer.key() else {
            return Ok(());
        };
        let key = Lexer::unescaped(raw, store);
        let value = match lexer.peek() {
            b'"' => Lexer::unescaped(lexer.string(), store),
            b'{' | b'[' => return Err(Why::Tag.at(at)),
            b'n' => {
                lexer.skip_value();
                b""
            }
            _ => lexer.word(),
        };
        if key.is_empty() {
            return Err(Why::Tag.at(at));
        }
        if !value.is_empty() {
            tags.add(key, value, at)?;
        }
    }
}

/// A time: RFC 3339, or a number of seconds, milliseconds, microseconds or nanoseconds by its digits.
fn when(lexer: &mut Lexer<'_>) -> Result<Option<WallNs>, Reject> {
    let at = lexer.at();
    let text = match lexer.peek() {
        b'"' => lexer.string(),
        _ => lexer.word(),
    };
    if text.get(4) == Some(&b'-') {
        let time = Moment::rfc3339(text).map_err(|_| Why::Time.at(at))?;
        let is_told = time.0 >= 0 && time.0 < i64::MAX;
        return if is_told {
            Ok(Some(time))
        } else {
            Err(Why::TimeRange.at(at))
        };
    }
    if text == b"-1" {
        return Ok(None);
    }
    let whole = text.split(|&byte| byte == b'.').next().unwrap_or(text);
    let unit = match whole.len() {
        ..=10 => TimeUnit::SECONDS,
        11..=13 => TimeUnit::MILLISECONDS,
        14..=16 => TimeUnit::MICROSECONDS,
        _ => TimeUnit::NANOSECONDS,
    };
    time(text, unit, at).map(Some)
}

#[cfg(test)]
mod tests;
