//! `goodall dump`: the samples of a range.

use std::io::{self, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{BUFFER_SIZE, Failure, Session, index, sound, time_text};
use crate::cli::Reading;
use crate::format::{Body, Dump};
use crate::query::{Agg, Format, QueryError, Request, Shape, Step, Word};

/// A dump that is done sooner shows no progress.
const PROGRESS_AFTER: Duration = Duration::from_secs(1);
/// From one line of progress to the next.
const PROGRESS_EVERY: Duration = Duration::from_millis(200);

/// Writes the samples that were asked for.
pub fn run(reading: &Reading, session: &mut Session<'_>) -> Result<(), Failure> {
    let request = request(reading)?;
    let index = index(reading, session)?;
    let mut dump = Dump::new(Arc::clone(&index), &request, session.now)?;
    if let Some(newest) = dump.span().counted_from {
        writeln!(
            session.error,
            "goodall: nobody is recording: a duration ago counts from the newest sample, {}",
            time_text(newest)
        )?;
    }
    let started = Instant::now();
    let mut progress = Progress {
        shown: None,
        is_wanted: session.shows_progress,
    };
    let mut buffer = Vec::with_capacity(BUFFER_SIZE);
    let mut goes_on = true;
    while goes_on {
        goes_on = dump.fill(&mut buffer) && dump.failure().is_none();
        session.out.write_all(&buffer)?;
        buffer.clear();
        progress.step(started.elapsed(), dump.progress(), session.error)?;
    }
    progress.end(session.error)?;
    session.out.flush()?;
    sound(index.reader())
}

/// What the command line said, as a question.
fn request(reading: &Reading) -> Result<Request, QueryError> {
    Ok(Request {
        patterns: reading.patterns.clone(),
        since: reading.since,
        until: reading.until,
        step: reading.step.map(Step::of).transpose()?,
        agg: reading.agg.map(Agg::of_word).transpose()?,
        rate: reading.rate,
        shape: reading
            .shape
            .map(Shape::of_word)
            .transpose()?
            .unwrap_or_default(),
        format: reading
            .format
            .map(Format::of_word)
            .transpose()?
            .unwrap_or_default(),
    })
}

/// A line on standard error that is written over and over.
struct Progress {
    shown: Option<Duration>,
    is_wanted: bool,
}

impl Progress {
    fn step(
        &mut self,
        elapsed: Duration,
        (passed, all): (u64, u64),
        error: &mut dyn Write,
    ) -> io::Result<()> {
        let due = match self.shown {
            Some(shown) => shown + PROGRESS_EVERY,
            None => PROGRESS_AFTER,
        };
        if !self.is_wanted || elapsed < due || all == 0 {
            return Ok(());
        }
        self.shown = Some(elapsed);
        let percent = passed.min(all).saturating_mul(100) / all;
        write!(error, "\rgoodall: {percent:3} % of {all} frames")?;
        error.flush()
    }

    fn end(&self, error: &mut dyn Write) -> io::Result<()> {
        if self.shown.is_none() {
            return Ok(());
        }
        write!(error, "\r{:60}\r", "")?;
        error.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_shown_from_the_second_on_and_wiped_at_the_end() {
        let mut progress = Progress {
            shown: None,
            is_wanted: true,
        };
        let mut error = Vec::new();
        for (ms, passed) in [(900, 10), (1000, 50), (1100, 60), (1200, 70)] {
            progress
                .step(Duration::from_millis(ms), (passed, 100), &mut error)
                .unwrap();
        }
        progress.end(&mut error).unwrap();
        let text = String::from_utf8(error).unwrap();
        assert_eq!(
            text.trim_end(),
            "\rgoodall:  50 % of 100 frames\rgoodall:  70 % of 100 frames"
        );
        assert!(text.ends_with(" \r"));
    }

    #[test]
    fn a_quick_dump_and_one_whose_errors_go_to_a_file_show_nothing() {
        let mut error = Vec::new();
        for (is_wanted, seconds, all) in [(true, 0, 10), (false, 9, 10), (true, 9, 0)] {
            let mut progress = Progress {
                shown: None,
                is_wanted,
            };
            let elapsed = Duration::from_secs(seconds);
            progress.step(elapsed, (5, all), &mut error).unwrap();
            progress.end(&mut error).unwrap();
        }
        assert!(error.is_empty());
    }

    #[test]
    fn every_word_of_the_flags_is_known_to_the_query() {
        for flag in crate::cli::FLAGS {
            let crate::cli::Takes::OneOf(words) = flag.takes else {
                continue;
            };
            if !flag.of.contains(&crate::cli::Verb::Dump) {
                continue;
            }
            for word in words {
                let mut reading = Reading::default();
                match flag.name {
                    "--agg" => reading.agg = Some(word),
                    "--shape" => reading.shape = Some(word),
                    "--format" => reading.format = Some(word),
                    name => panic!("{name} has words that dump does not know"),
                }
                assert!(request(&reading).is_ok(), "{} {word}", flag.name);
            }
        }
    }
}
