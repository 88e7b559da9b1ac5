//! What takes a plugin's lines, from wherever they come, and records them: parsers, series, counts and status. One
//! thread owns it. A line that is known to its parser and to the table allocates nothing.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use super::series::Table;
use super::times::Times;
use super::{COLLECTOR, SERIES_MAX_DEFAULT};
use crate::gather::clock::TimeSource;
use crate::gather::lines::{Format, LINE_SIZE_MAX, Parser, Point, Reject, Why, recognise};
use crate::gather::ticks::Ticks;
use crate::metric::plugin::{FIELDS, PLUGIN, PluginSample};
use crate::metric::{MISSING, TOTALS};
use crate::quantity::{Interval, WallNs};
use crate::ring::writer::{StatusSlot, Ticker, Track, Writer};
use crate::ring::{FieldSpec, RingError, TrackSpec};
use crate::{info, warning};

/// From look to look for series that have aged out, in ticks.
const FORGET_TICKS: u64 = 16;
/// Of a line that was rejected, as much is logged.
const SHOWN_SIZE_MAX: usize = 200;
/// Answers that wait for a peer who does not read: what comes beyond is left out.
const ANSWERS_SIZE_MAX: usize = 4096;

/// What a recorder is made of.
pub struct Parts {
    /// The plugin's name.
    pub name: String,
    /// Its lines' format; none where each line tells it.
    pub format: Option<Format>,
    /// From tick to tick.
    pub interval: Interval,
    /// How many series it may have.
    pub series_max: usize,
    /// The ring.
    pub writer: Arc<Writer>,
    /// The interval's open frame.
    pub ticker: Ticker,
    /// The clocks.
    pub time: Arc<dyn TimeSource>,
}

impl Parts {
    /// For lines of processes that belong to no plugin.
    pub fn of_socket(
        interval: Interval,
        writer: Arc<Writer>,
        ticker: Ticker,
        time: Arc<dyn TimeSource>,
    ) -> Parts {
        Parts {
            name: super::SOCKET.to_owned(),
            format: None,
            interval,
            series_max: SERIES_MAX_DEFAULT,
            writer,
            ticker,
            time,
        }
    }
}

/// A plugin's recorder.
pub struct Recorder {
    title: String,
    parts: Parts,
    parsers: Vec<Parser>,
    table: Table,
    /// What is counted of it.
    pub counts: PluginSample,
    own: Track,
    words: Vec<u64>,
    status: StatusSlot,
    ticks: Ticks,
    times: Option<Times>,
    flushed: Instant,
    until_forget: u64,
    told: u64,
    last: WallNs,
    late: u64,
    missed: u64,
    errors: u64,
    failing: Option<String>,
}

impl Recorder {
    /// Ready for lines; what is counted of the plugin has its place in the ring.
    pub fn new(parts: Parts) -> Result<Recorder, RingError> {
        let title = format!("{COLLECTOR}.{}", parts.name);
        let own = parts.writer.track(&TrackSpec {
            collector: COLLECTOR.to_owned(),
            instance: parts.name.clone().into_bytes(),
            labels: Vec::new(),
            fields: PLUGIN.fields.iter().map(FieldSpec::from).collect(),
            interval: parts.interval,
        })?;
        let table = Table::new(
            &parts.name,
            parts.interval,
            parts.series_max,
            Arc::clone(&parts.writer),
        );
        Ok(Recorder {
            status: parts.writer.status(&title, parts.interval)?,
            title,
            parsers: parts.format.map(Parser::new).into_iter().collect(),
            table,
            counts: PluginSample::default(),
            own,
            words: vec![MISSING; FIELDS.len()],
            ticks: Ticks::new(parts.interval, Duration::ZERO, Instant::now()),
            times: None,
            flushed: Instant::now(),
            until_forget: FORGET_TICKS,
            told: 0,
            last: WallNs(0),
            late: 0,
            missed: 0,
            errors: 0,
            failing: None,
            parts,
        })
    }

    /// What it is called in names and in the log: `plugin.NAME`.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// When the next tick is due.
    pub fn due(&self) -> Instant {
        self.ticks.due()
    }

    /// Looks at the clocks; what waits for a frame that another has followed is written. Before lines are shown.
    pub fn look(&mut self) {
        let Some(current) = self.parts.ticker.current() else {
            return;
        };
        let now = self.parts.time.now();
        match &mut self.times {
            Some(times) if times.current.number == current.number => times.now = now,
            Some(_) => {
                self.flush();
                self.times = self.times.map(|times| Times {
                    now,
                    current,
                    previous: Some(times.current),
                });
            }
            None => {
                self.times = Some(Times {
                    now,
                    current,
                    previous: None,
                });
            }
        }
    }

    /// Takes a line without its newline, not longer than the formats allow. Where the format has answers, this one is
    /// put behind those that are in `answers`, while there is room.
    pub fn line(&mut self, line: &[u8], answers: Option<&mut Vec<u8>>) {
        let Some(times) = &self.times else {
            return;
        };
        let at = match self.parts.format {
            Some(_) => 0,
            None => parser_for(&mut self.parsers, line),
        };
        let parser = &mut self.parsers[at];
        let (table, counts) = (&mut self.table, &mut self.counts);
        let taken = parser.line(line, &mut |point: &Point<'_>| {
            table.put(point, times, counts);
        });
        if let Some(answers) = answers.filter(|answers| answers.len() < ANSWERS_SIZE_MAX)
            && let Some(answer) = parser.format().answer(&taken)
        {
            // memory takes whatever is written to it
            let _ = writeln!(answers, "{answer}");
        }
        match taken {
            Ok(_) => self.counts.lines += 1,
            Err(reject) => self.reject(line, reject),
        }
    }

    /// A line that did not parse: counted, and the first of its kind logged.
    fn reject(&mut self, line: &[u8], Reject { why, at }: Reject) {
        self.counts.rejected += 1;
        let kind = Why::ALL.iter().position(|known| *known == why).unwrap_or(0);
        let bit = 1 << (kind % 64);
        if self.told & bit == 0 {
            self.told |= bit;
            let shown = &line[..line.len().min(SHOWN_SIZE_MAX)];
            let more = if shown.len() < line.len() { "..." } else { "" };
            let (title, text) = (&self.title, why.text());
            warning!(
                "{title}: byte {at} of a line: {text}; counted from now on: {}{more}",
                shown.escape_ascii()
            );
        }
    }

    /// A line longer than the formats allow, of which this is the start.
    pub fn too_long(&mut self, line: &[u8]) {
        let (why, at) = (Why::LineLong, LINE_SIZE_MAX);
        self.reject(line, Reject { why, at });
    }

    /// Writes what waits.
    pub fn flush(&mut self) {
        if let Some(times) = &self.times {
            let rows = self.table.flush(times, &mut self.counts);
            TOTALS.rows.fetch_add(rows, Relaxed);
        }
        self.flushed = Instant::now();
    }

    /// Nothing more is there to read for now, or for as long as `more` says: what waits is written once in a while.
    pub fn rest(&mut self, more: bool) {
        let pause = Duration::from_nanos(self.parts.interval.ns() / 4);
        if self.table.is_waiting() && (!more || self.flushed.elapsed() >= pause) {
            self.flush();
        }
    }

    /// The end of a run: what only waited for it.
    pub fn end_of_run(&mut self) {
        self.look();
        self.show_pending();
        self.flush();
        let ends = self.parsers.iter_mut().map(Parser::end);
        let rejected = ends.fold(None, |first, end| first.or(end.err()));
        if let Some(reject) = rejected {
            self.reject(b"", reject);
        }
        self.record_counts();
    }

    fn show_pending(&mut self) {
        let Some(times) = &self.times else {
            return;
        };
        let (table, counts) = (&mut self.table, &mut self.counts);
        for parser in &mut self.parsers {
            parser.flush(&mut |point: &Point<'_>| table.put(point, times, counts));
        }
    }

    /// The tick is due: its rows are written, and the next is set.
    pub fn tick(&mut self) {
        let lateness = self.ticks.lateness(Instant::now());
        if lateness.as_nanos() > u128::from(self.parts.interval.ns() / 2) {
            self.late += 1;
        }
        self.look();
        self.show_pending();
        self.flush();
        self.record_counts();
        self.until_forget -= 1;
        if self.until_forget == 0 {
            self.until_forget = FORGET_TICKS;
            if let Some(times) = &self.times {
                let window = self.parts.writer.window().ns() / self.parts.interval.ns();
                self.table.forget(times.current.number, window);
            }
        }
        let now = self.parts.time.now();
        self.missed += self.ticks.advance(now, Instant::now());
        self.show();
    }

    fn record_counts(&mut self) {
        let Some(times) = &self.times else {
            return;
        };
        self.counts.series = self.table.len() as u64;
        for (word, field) in self.words.iter_mut().zip(FIELDS) {
            *word = field.get.word(&self.counts);
        }
        self.own.write(&times.current, times.now.boot, &self.words);
        TOTALS.rows.fetch_add(1, Relaxed);
    }

    /// A run was left out since the one before goes on.
    pub fn skip(&mut self) {
        self.counts.skipped += 1;
        self.missed += 1;
    }

    /// It was heard of.
    pub fn hear(&mut self) {
        self.last = self.parts.time.now().wall;
        self.show();
    }

    /// It did what it should, and was heard of.
    pub fn recover(&mut self) {
        self.last = self.parts.time.now().wall;
        if self.failing.take().is_some() {
            info!("{}: works again", self.title);
        }
        self.show();
    }

    /// It did not: counted, shown in the status, and logged if it is news.
    pub fn fail(&mut self, message: String) {
        self.errors += 1;
        if self.failing.as_ref() != Some(&message) {
            warning!("{}: {message}", self.title);
            self.failing = Some(message);
        }
        self.show();
    }

    fn show(&mut self) {
        let message = self.failing.as_deref().unwrap_or("");
        self.status
            .set(self.last, self.late, self.missed, self.errors, message);
    }

    /// Gives back its place in the status area.
    pub fn into_status(mut self) -> StatusSlot {
        self.flush();
        self.status
    }
}

/// The parser of the format that a line tells; made when the first such line comes.
fn parser_for(parsers: &mut Vec<Parser>, line: &[u8]) -> usize {
    let format = recognise(line);
    let known = parsers.iter().position(|parser| parser.format() == format);
    known.unwrap_or_else(|| {
        parsers.push(Parser::new(format));
        parsers.len() - 1
    })
}
