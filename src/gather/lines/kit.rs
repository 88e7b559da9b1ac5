//! What the parsers' tests share: points that outlive the line they were told in.

use super::{Format, Parser, Point, Reject};
use crate::metric::{Kind, Value};
use crate::quantity::WallNs;

/// A point, kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept {
    pub name: String,
    pub labels: Vec<(String, String)>,
    pub value: Value,
    pub time: Option<WallNs>,
    pub kind: Option<Kind>,
    pub unit: Option<String>,
}

impl Kept {
    /// A copy.
    pub fn of(point: &Point<'_>) -> Kept {
        let label = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
        Kept {
            name: point.name.to_owned(),
            labels: point.labels.iter().map(label).collect(),
            value: point.value,
            time: point.time,
            kind: point.kind,
            unit: point.unit.map(str::to_owned),
        }
    }
}

/// A point with a name and a value alone.
pub fn real_point(name: &str, value: f64) -> Kept {
    Kept {
        name: name.to_owned(),
        labels: Vec::new(),
        value: Value::Real(value),
        time: None,
        kind: None,
        unit: None,
    }
}

/// The points of one line, read by a new parser; what it shows holds what every point must.
pub fn read(format: Format, line: &[u8]) -> Result<Vec<Kept>, Reject> {
    let mut parser = Parser::new(format);
    let points = read_on(&mut parser, line)?;
    Ok(points)
}

/// The points of one more line.
pub fn read_on(parser: &mut Parser, line: &[u8]) -> Result<Vec<Kept>, Reject> {
    let mut points = Vec::new();
    let result = parser.line(line, &mut |point| {
        assert_is_sound(point);
        points.push(Kept::of(point));
    });
    assert!(result.is_ok() || points.is_empty(), "shown, then rejected");
    result.map(|_| points)
}

/// What the flush shows.
pub fn flushed(parser: &mut Parser) -> Vec<Kept> {
    let mut points = Vec::new();
    parser.flush(&mut |point| {
        assert_is_sound(point);
        points.push(Kept::of(point));
    });
    points
}

fn assert_is_sound(point: &Point<'_>) {
    let is_letter = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == '-';
    let is_part = |part: &str| !part.is_empty() && part.chars().all(is_letter);
    assert!(point.name.split('.').all(is_part), "{point:?}");
    assert!(point.name.len() <= super::NAME_SIZE_MAX, "{point:?}");
    assert!(point.labels.is_sorted_by(|a, b| a.0 < b.0), "{point:?}");
    assert!(point.value.as_f64().is_none_or(f64::is_finite), "{point:?}");
    assert!(point.time.is_none_or(|time| time.0 >= 0), "{point:?}");
}
