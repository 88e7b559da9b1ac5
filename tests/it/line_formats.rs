//! The tables of accepted and rejected lines in docs/plugins.md, run through the parsers: what the page says
//! becomes of a line is what becomes of it.

use std::fmt::Write;
use std::hint::black_box;

use goodall::gather::lines::{Format, Parser, Point, Reject};
use goodall::metric::{Kind, Value};
use goodall_platform::alloc::Counting;

/// A row of a table, taken apart: its lines, and what it says becomes of them.
struct Row {
    format: Format,
    is_rejected: bool,
    lines: Vec<String>,
    outcome: String,
}

#[test]
fn the_tables_of_the_page_are_what_the_parsers_do() {
    let rows = rows();
    for format in Format::ALL {
        for is_rejected in [false, true] {
            let count = rows
                .iter()
                .filter(|row| row.format == format && row.is_rejected == is_rejected);
            assert!(
                count.count() >= 5,
                "{} has too few lines in docs/plugins.md",
                format.name()
            );
        }
    }
    for row in rows {
        let (points, result) = run(&row);
        let found = match result {
            Ok(()) => points
                .iter()
                .map(|point| format!("`{point}`"))
                .collect::<Vec<_>>()
                .join(" "),
            Err(reject) => reject.why.text().to_owned(),
        };
        let said = format!("{}: {:?}", row.format.name(), row.lines);
        assert_eq!(found, row.outcome, "{said}");
        assert_eq!(result.is_err(), row.is_rejected, "{said}");
        assert!(
            !row.is_rejected || points.is_empty(),
            "{said}: rejected, yet shown"
        );
    }
}

#[test]
fn the_table_of_tags_is_how_they_are_folded() {
    let page = page();
    let table = page
        .split("### Tags in names")
        .nth(1)
        .expect("the section on tags");
    let table = table.split("\n### ").next().unwrap_or_default();
    let mut count = 0;
    for cells in table.lines().filter_map(cells) {
        let [tag, part] = cells.each_ref().map(|cell| spans(cell).concat());
        if tag.is_empty() {
            continue;
        }
        let row = Row {
            format: Format::Graphite,
            is_rejected: false,
            lines: vec![format!("x;{tag} 1")],
            outcome: String::new(),
        };
        let (points, _) = run(&row);
        assert!(
            points[0].starts_with(&format!("x.{part}{{")),
            "{tag}: {points:?}"
        );
        count += 1;
    }
    assert!(count >= 8, "{count} tags");
}

#[test]
fn no_line_allocates_whether_it_is_taken_or_rejected() {
    let mut lines: Vec<String> = rows().into_iter().flat_map(|row| row.lines).collect();
    // more names, timings, members and families than there is room for, and what is too long
    for at in 0..3000 {
        lines.push(format!("name{at}:1:2:3|ms"));
        lines.push("name0:5|ms".to_owned());
        lines.push(format!("members:{at}|s"));
        lines.push(format!("# TYPE family_{at} counter"));
        lines.push(format!("{{\"k\\u0065y{at}\": {{\"a\": [1, 2"));
    }
    lines.push("x".repeat(5000));
    lines.push(format!("{} 1", "x".repeat(4000)));
    for format in Format::ALL {
        let mut parser = Parser::new(format);
        let before = Counting::this_thread();
        let mut points = 0;
        for line in &lines {
            let result = parser.line(line.as_bytes(), &mut |_| points += 1);
            black_box(format.answer(&result));
        }
        parser.flush(&mut |_| points += 1);
        let _ = parser.end();
        let allocated = Counting::this_thread() - before;
        assert!(points >= 5, "{}: {points} points", format.name());
        assert_eq!(allocated, 0, "{}: {points} points", format.name());
    }
}

/// The points of a row's last line, or of its end, and the result of that line; those before must be taken.
fn run(row: &Row) -> (Vec<String>, Result<(), Reject>) {
    let mut parser = Parser::new(row.format);
    let (mut points, mut result) = (Vec::new(), Ok(()));
    for line in &row.lines {
        assert_eq!(result, Ok(()), "{:?}: not the last line", row.lines);
        result = parser
            .line(line.as_bytes(), &mut |point| points.push(shown(point)))
            .map(|_| ());
    }
    parser.flush(&mut |point| points.push(shown(point)));
    let ended = parser.end();
    (points, result.and(ended))
}

/// A point as the tables have it.
fn shown(point: &Point<'_>) -> String {
    let mut text = point.name.to_owned();
    if !point.labels.is_empty() {
        let labels = point
            .labels
            .iter()
            .map(|(key, value)| format!("{key}={value:?}"));
        let _ = write!(text, "{{{}}}", labels.collect::<Vec<_>>().join(","));
    }
    let _ = match point.value {
        Value::Missing => write!(text, " missing"),
        Value::Unsigned(value) => write!(text, " {value}"),
        Value::Signed(value) => write!(text, " {value}"),
        Value::Real(value) => write!(text, " {value:?}"),
    };
    for word in [point.kind.map(Kind::name), point.unit]
        .into_iter()
        .flatten()
    {
        let _ = write!(text, " {word}");
    }
    if let Some(time) = point.time {
        let (seconds, rest) = (time.0 / 1_000_000_000, time.0 % 1_000_000_000);
        let _ = write!(text, " at {seconds}");
        if rest > 0 {
            let _ = write!(text, ".{}", format!("{rest:09}").trim_end_matches('0'));
        }
    }
    text
}

fn page() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/plugins.md");
    std::fs::read_to_string(path).expect("docs/plugins.md")
}

/// The rows of every format's tables. A table's second heading says whether its lines are rejected.
fn rows() -> Vec<Row> {
    let (mut rows, mut format, mut is_rejected) = (Vec::new(), None, false);
    for line in page().lines() {
        if let Some(title) = line.strip_prefix("### ") {
            format = Format::from_name(title);
        } else if line.starts_with("## ") {
            format = None;
        }
        let (Some(format), Some([left, right])) = (format, cells(line)) else {
            continue;
        };
        let lines = spans(&left);
        if left.starts_with("---") {
            continue;
        }
        if lines.is_empty() {
            is_rejected = right.contains("rejected");
            continue;
        }
        rows.push(Row {
            format,
            is_rejected,
            lines,
            outcome: right,
        });
    }
    rows
}

/// The two cells of a table's line.
fn cells(line: &str) -> Option<[String; 2]> {
    let inside = line.strip_prefix('|')?.strip_suffix('|')?;
    let inside = inside.replace("\\|", "\u{0}");
    let (left, right) = inside.split_once('|')?;
    Some([left, right].map(|cell| cell.trim().replace('\u{0}', "|")))
}

/// What stands in backquotes.
fn spans(cell: &str) -> Vec<String> {
    cell.split('`')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}
