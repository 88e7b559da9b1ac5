//! What every target does: any bytes, cut into lines as the socket cuts them, through a parser. What it shows
//! must be what its documentation promises; a line that is rejected must have shown nothing.

use goodall::gather::lines::{Format, LABELS_MAX, LINE_SIZE_MAX, NAME_SIZE_MAX, Parser, Point};

/// Reads the bytes as lines of a format, twice over, as two runs.
pub fn feed(format: Format, bytes: &[u8]) {
    let mut parser = Parser::new(format);
    for _ in 0..2 {
        for line in bytes.split_inclusive(|&byte| byte == b'\n') {
            let line = &line[..line.len().min(LINE_SIZE_MAX)];
            let mut shown = 0;
            let result = parser.line(line, &mut |point| {
                shown += 1;
                hold(point);
            });
            assert!(result.is_ok() || shown == 0, "shown, then rejected");
            if let Err(reject) = result {
                assert!(reject.at <= 64 * 1024, "{reject}");
            }
            if let Some(answer) = format.answer(&result) {
                assert!(!answer.to_string().contains('\n'));
            }
        }
        parser.flush(&mut |point| hold(point));
        let _ = parser.end();
    }
}

fn hold(point: &Point<'_>) {
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    let is_part = |part: &str| !part.is_empty() && part.bytes().all(is_letter);
    assert!(point.name.split('.').all(is_part), "{point:?}");
    assert!(point.name.len() <= NAME_SIZE_MAX, "{point:?}");
    assert!(point.labels.len() <= LABELS_MAX, "{point:?}");
    assert!(point.labels.is_sorted_by(|a, b| a.0 < b.0), "{point:?}");
    assert!(point.value.as_f64().is_none_or(f64::is_finite), "{point:?}");
    assert!(point.time.is_none_or(|time| time.0 >= 0), "{point:?}");
    assert!(point.unit.is_none_or(|unit| !unit.is_empty()), "{point:?}");
}
