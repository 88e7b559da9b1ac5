//! `goodall latest` on a terminal: a line a series, grouped by collector and instance.

use std::fmt::Write;

use super::units::{self, Human};
use super::{Paint, Style, cut, harmless, padded, spark};
use crate::metric::{Kind, Unit};

/// Columns of a number: a date has the most.
const NUMBER_WIDTH: usize = 10;
/// Columns of a unit.
const UNIT_WIDTH: usize = 6;
/// The longest line of the last minutes.
const SPARK_WIDTH_MAX: usize = 60;
/// A line shorter than this says nothing.
const SPARK_WIDTH_MIN: usize = 10;
/// The longest column of names.
const NAME_WIDTH_MAX: usize = 36;

/// One series as it is shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// `disk.sda`.
    pub group: String,
    /// `read_bytes`.
    pub name: String,
    /// The unit recorded.
    pub unit: Unit,
    /// Counters are shown as rates.
    pub kind: Kind,
    /// The newest value: a gauge's own, a counter's rise in a second.
    pub value: Option<f64>,
    /// The last minutes of the same, the oldest first.
    pub history: Vec<Option<f64>>,
}

/// What stands above the lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heading {
    /// The host.
    pub host: String,
    /// The newest sample's time, as text; empty where there is none.
    pub newest: String,
    /// How old it is, in nanoseconds.
    pub age_ns: u64,
    /// Whether somebody is recording.
    pub is_live: bool,
    /// What the lines of the last minutes span, in nanoseconds.
    pub span_ns: u64,
    /// Series that are left out, since they had no value in the last minutes.
    pub left_out: usize,
}

/// How many points a line of the last minutes has room for; 0 where there is none.
pub fn spark_width(style: Style, names: impl Iterator<Item = usize>) -> usize {
    let used = 4 + name_width(names) + 1 + NUMBER_WIDTH + 1 + UNIT_WIDTH + 1;
    let room = style.width.saturating_sub(used).min(SPARK_WIDTH_MAX);
    if style.is_unicode && room >= SPARK_WIDTH_MIN {
        room
    } else {
        0
    }
}

fn name_width(names: impl Iterator<Item = usize>) -> usize {
    names.max().unwrap_or(0).min(NAME_WIDTH_MAX)
}

/// The whole screen.
pub fn render(heading: &Heading, lines: &[Line], style: Style) -> String {
    let mut text = above(heading, style);
    let names = || lines.iter().map(|line| line.name.chars().count());
    let name_width = name_width(names());
    let spark_width = spark_width(style, names());
    let mut group = None;
    for line in lines {
        if group != Some(&line.group) {
            group = Some(&line.group);
            text.push('\n');
            text.push_str(&style.paint(Paint::Bold, &harmless(&line.group)));
            text.push('\n');
        }
        text.push_str(&one(line, name_width, spark_width, style));
        text.push('\n');
    }
    if heading.left_out > 0 {
        let note = format!(
            "\n{} series without a value are left out; goodall latest '*' shows them",
            heading.left_out
        );
        text.push_str(&style.paint(Paint::Dim, &note));
        text.push('\n');
    }
    text
}

fn above(heading: &Heading, style: Style) -> String {
    let mut text = style.paint(Paint::Bold, &harmless(&heading.host));
    if heading.newest.is_empty() {
        text.push_str(", nothing recorded yet");
    } else {
        let age = units::span_text(heading.age_ns);
        let _ = write!(text, ", {}, {age} ago", heading.newest);
    }
    if !heading.is_live {
        text.push_str(", ");
        text.push_str(&style.paint(Paint::Bad, "nobody is recording"));
    }
    if heading.span_ns > 0 && style.is_unicode {
        let span = units::span_text(heading.span_ns);
        let note = format!("; lines show {span}");
        text.push_str(&style.paint(Paint::Dim, &note));
    }
    text.push('\n');
    text
}

fn one(line: &Line, name_width: usize, spark_width: usize, style: Style) -> String {
    let Human { number, unit } = match (line.value, line.kind) {
        (None, _) => Human::missing(),
        (Some(value), Kind::Gauge) => units::value(value, line.unit),
        (Some(value), Kind::Counter) => units::rate(value, line.unit),
    };
    let name = cut(&harmless(&line.name), name_width, style.is_unicode);
    let name = padded(&name, name_width);
    let number = format!("{number:>NUMBER_WIDTH$}");
    let unit = padded(&unit, UNIT_WIDTH);
    let start = line.history.len().saturating_sub(spark_width);
    let spark = spark(&line.history[start..]);
    let idle = line.value.is_none_or(|value| value == 0.0);
    let text = if idle {
        let values = style.paint(Paint::Dim, &format!("{name} {number} {unit}"));
        format!("    {values} {}", style.paint(Paint::Line, &spark))
    } else {
        let unit = style.paint(Paint::Dim, &unit);
        format!(
            "    {name} {number} {unit} {}",
            style.paint(Paint::Line, &spark)
        )
    };
    text.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Style = Style {
        is_coloured: false,
        is_unicode: true,
        width: 60,
    };

    fn line(group: &str, name: &str, unit: Unit, kind: Kind, history: &[Option<f64>]) -> Line {
        Line {
            group: group.to_owned(),
            name: name.to_owned(),
            unit,
            kind,
            value: history.last().copied().flatten(),
            history: history.to_vec(),
        }
    }

    fn heading() -> Heading {
        Heading {
            host: "db1".to_owned(),
            newest: "2026-11-22T05:04:16.395Z".to_owned(),
            age_ns: 400_000_000,
            is_live: true,
            span_ns: 300_000_000_000,
            left_out: 0,
        }
    }

    fn lines() -> Vec<Line> {
        vec![
            line(
                "load",
                "1m",
                Unit::None,
                Kind::Gauge,
                &[Some(0.1), Some(0.2), Some(0.42)],
            ),
            line(
                "disk.sda",
                "read_bytes",
                Unit::Bytes,
                Kind::Counter,
                &[None, Some(0.0), Some(1_258_291.0)],
            ),
            line(
                "disk.sda",
                "io_time",
                Unit::Seconds,
                Kind::Counter,
                &[None, None],
            ),
            line(
                "disk.sda",
                "writes",
                Unit::None,
                Kind::Counter,
                &[Some(0.0); 3],
            ),
        ]
    }

    #[test]
    fn lines_are_aligned_and_grouped() {
        assert_eq!(
            render(&heading(), &lines(), PLAIN),
            "\
db1, 2026-11-22T05:04:16.395Z, 400 ms ago; lines show 5m

load
    1m               0.42        ▁▃█

disk.sda
    read_bytes        1.2 MiB/s   ▁█
    io_time             -
    writes              0 /s     ▁▁▁
"
        );
    }

    #[test]
    fn a_terminal_with_colour_has_bold_groups_dim_zeros_and_a_coloured_line() {
        let style = Style {
            is_coloured: true,
            ..PLAIN
        };
        let text = render(&heading(), &lines(), style);
        assert!(text.contains("\x1b[1mdisk.sda\x1b[0m"), "{text:?}");
        assert!(text.contains("\x1b[36m ▁█\x1b[0m"), "{text:?}");
        assert!(
            text.contains("    \x1b[2mwrites              0 /s    \x1b[0m"),
            "{text:?}"
        );
    }

    #[test]
    fn without_room_or_unicode_there_is_no_line_of_the_last_minutes() {
        for style in [
            Style { width: 35, ..PLAIN },
            Style {
                is_unicode: false,
                ..PLAIN
            },
        ] {
            assert_eq!(spark_width(style, [10].into_iter()), 0);
            assert!(!render(&heading(), &lines(), style).contains('█'));
        }
        assert_eq!(spark_width(PLAIN, [10].into_iter()), 27);
        let wide = Style {
            width: 400,
            ..PLAIN
        };
        assert_eq!(spark_width(wide, [10].into_iter()), 60);
    }

    #[test]
    fn what_is_left_out_is_counted_at_the_end() {
        let mut heading = heading();
        heading.left_out = 3;
        assert!(render(&heading, &lines(), PLAIN).ends_with(
            "\n\n3 series without a value are left out; goodall latest '*' shows them\n"
        ));
    }

    #[test]
    fn a_dead_ring_says_so() {
        let mut dead = heading();
        dead.is_live = false;
        dead.age_ns = 10_000_000_000_000;
        assert!(
            render(&dead, &[], PLAIN)
                .starts_with("db1, 2026-11-22T05:04:16.395Z, 2h 46m ago, nobody is recording")
        );
        dead.newest.clear();
        dead.span_ns = 0;
        assert_eq!(
            render(&dead, &[], PLAIN),
            "db1, nothing recorded yet, nobody is recording\n"
        );
    }
}
