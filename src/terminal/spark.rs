//! A line of the last minutes, one character a point, from the lowest value in it to the highest.

const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// A value that moves by less than this share of itself does not move.
const STILL: f64 = 1e-9;

/// The line for `points`, the oldest first; a blank where a point is not known. What does not move is drawn
/// low.
pub fn spark(points: &[Option<f64>]) -> String {
    let known = || points.iter().flatten().filter(|point| point.is_finite());
    let low = known().copied().fold(f64::INFINITY, f64::min);
    let high = known().copied().fold(f64::NEG_INFINITY, f64::max);
    points
        .iter()
        .map(|point| match point {
            Some(point) if point.is_finite() => bar(*point, low, high),
            _ => ' ',
        })
        .collect()
}

fn bar(point: f64, low: f64, high: f64) -> char {
    // half the range, so that it is finite for any two values
    let range = high / 2.0 - low / 2.0;
    // what rates gain and lose in arithmetic is no movement
    if range <= STILL * low.abs().max(high.abs()) {
        return BARS[0];
    }
    let share = (point / 2.0 - low / 2.0) / range;
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share is 0 to 1, and a float's cast saturates"
    )]
    let step = (share * (BARS.len() - 1) as f64).round() as usize;
    BARS[step.min(BARS.len() - 1)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_runs_from_its_lowest_to_its_highest_value() {
        for (points, expected) in [
            (&[][..], ""),
            (&[Some(5.0)], "▁"),
            (&[Some(0.0), Some(0.0)], "▁▁"),
            (&[Some(0.0), Some(7.0)], "▁█"),
            (&[Some(-1.0), Some(0.0), Some(1.0)], "▁▅█"),
            (&[None, Some(1.0), None, Some(2.0)], " ▁ █"),
            (&[Some(f64::NAN), Some(1.0), Some(f64::INFINITY)], " ▁ "),
            (&[Some(f64::MIN), Some(f64::MAX)], "▁█"),
            (&[None], " "),
            (&[Some(0.1), Some(0.1 + 1e-16), Some(0.1)], "▁▁▁"),
        ] {
            assert_eq!(spark(points), expected, "{points:?}");
        }
        let rising: Vec<_> = (0..8).map(|step| Some(f64::from(step))).collect();
        assert_eq!(spark(&rising), "▁▂▃▄▅▆▇█");
    }
}
