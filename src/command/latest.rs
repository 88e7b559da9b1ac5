//! `goodall latest`: the newest value of each series; on a terminal with its last minutes.

use std::sync::Arc;

use super::history::{self, History};
use super::{Failure, Session, age_ns, index, picks_by_collector, pump, sound, time_text};
use crate::cli::Reading;
use crate::format::Latest;
use crate::query::{Format, Index, Pick, Word, newest_tick};
use crate::ring::{FrameNumber, Reader};
use crate::terminal::Style;
use crate::terminal::latest::{Heading, Line, render, spark_width};

/// Shows the newest values.
pub fn run(reading: &Reading, session: &mut Session<'_>) -> Result<(), Failure> {
    let index = index(reading, session)?;
    if let (Some(style), None) = (session.terminal, reading.format) {
        let text = screen(&index, reading, session, style);
        session.out.write_all(text.as_bytes())?;
        session.out.flush()?;
        return sound(index.reader());
    }
    let format = reading.format.map(Format::of_word).transpose()?;
    let format = format.unwrap_or_default();
    let latest = Latest::new(Arc::clone(&index), &reading.patterns, format, session.now);
    pump(latest, session.out)?;
    sound(index.reader())
}

fn screen(index: &Index, reading: &Reading, session: &Session<'_>, style: Style) -> String {
    let reader = index.reader();
    let picks = picks_by_collector(index, &reading.patterns);
    let name_size = |pick: &Pick| index.described(pick.series).spec.name.chars().count();
    let points = spark_width(style, picks.iter().map(name_size));
    let mut lines = Vec::with_capacity(picks.len());
    let mut reach: Option<Reach> = None;
    let mut read: Option<(u32, History)> = None;
    for pick in picks {
        let track = index.written(pick.series).track;
        if read.as_ref().is_none_or(|(last, _)| *last != track) {
            let others = twins(index, pick.series);
            let (history, of_track) = history(reader, track as usize, &others, points);
            reach = Some(reach.map_or(of_track, |reach| reach.min(of_track)));
            read = Some((track, history));
        }
        let (_, history) = read.as_ref().expect("just read");
        lines.push(line(index, pick.series, history));
    }
    let all = lines.len();
    if reading.patterns.is_empty() {
        lines.retain(|line| line.value.is_some() || line.history.iter().any(Option::is_some));
    }
    let newest = newest_tick(reader);
    let heading = Heading {
        host: reader.host().to_owned(),
        newest: newest.map(time_text).unwrap_or_default(),
        age_ns: newest.map_or(0, |newest| age_ns(session.now, newest)),
        is_live: reader.is_live(),
        span_ns: reach
            .filter(|_| points > 0)
            .map_or(0, |reach| reach.span_ns),
        left_out: all - lines.len(),
    };
    render(&heading, &lines, style)
}

/// How far lines of the last minutes reach; those of the shortest interval are what the heading names.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Reach {
    interval_ns: u64,
    span_ns: u64,
}

/// The other tracks of a series that have the same fields: those of another interval.
fn twins(index: &Index, series: u32) -> Vec<usize> {
    let tracks = index.reader().tracks();
    let fields = &index.track(series).fields;
    let others = index.others(series).map(|source| source.track as usize);
    others
        .filter(|&track| tracks[track].fields == *fields)
        .collect()
}

/// The last minutes of a track in as many points as there is room for, and how far they reach.
fn history(reader: &Reader, track: usize, others: &[usize], points: usize) -> (History, Reach) {
    let clock = reader.tracks()[track].clock;
    let interval_ns = reader.clocks()[usize::from(clock.0)].ns();
    let newest = reader.newest(clock).map_or(FrameNumber(0), |at| at.number);
    let step = history::step(interval_ns, reader.window().ns(), newest, points);
    // a clock's number of frames is as long as there are rows by it
    let spans = others.iter().chain([&track]).filter_map(|&track| {
        let clock = reader.tracks()[track].clock;
        let interval_ns = reader.clocks()[usize::from(clock.0)].ns();
        Some(reader.newest(clock)?.number.0.saturating_mul(interval_ns))
    });
    let longest_ns = interval_ns.saturating_mul(step * points as u64);
    let span_ns = spans.max().unwrap_or(0).min(longest_ns);
    let reach = Reach {
        interval_ns,
        span_ns: span_ns.min(history::SPAN_NS),
    };
    (History::read(reader, track, others, points, step), reach)
}

fn line(index: &Index, series: u32, history: &History) -> Line {
    let track = index.track(series);
    let spec = index.described(series).spec;
    let field = index.written(series).field;
    let group = if track.instance_name.is_empty() {
        track.collector.clone()
    } else {
        format!("{}.{}", track.collector, track.instance_name)
    };
    let points = history.points(field as usize, spec.decode, spec.kind);
    Line {
        group,
        name: spec.name.clone(),
        unit: spec.unit,
        kind: spec.kind,
        value: history.newest(field as usize, spec.decode, spec.kind),
        history: points,
    }
}
