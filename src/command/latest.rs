//! `goodall latest`: the newest value of each series; on a terminal with its last minutes.

use std::sync::Arc;

use super::history::{self, History};
use super::{Failure, Session, age_ns, index, pump, time_text};
use crate::cli::Reading;
use crate::format::Latest;
use crate::query::{Format, Index, Word, newest_tick};
use crate::terminal::Style;
use crate::terminal::latest::{Heading, Line, render, spark_width};

/// Shows the newest values.
pub fn run(reading: &Reading, session: &mut Session<'_>) -> Result<(), Failure> {
    let index = index(reading, session)?;
    if let (Some(style), None) = (session.terminal, reading.format) {
        let text = screen(&index, reading, session, style);
        session.out.write_all(text.as_bytes())?;
        session.out.flush()?;
        return Ok(());
    }
    let format = reading.format.map(Format::of_word).transpose()?;
    let format = format.unwrap_or_default();
    let latest = Latest::new(Arc::clone(&index), &reading.patterns, format, session.now);
    Ok(pump(latest, session.out)?)
}

fn screen(index: &Index, reading: &Reading, session: &Session<'_>, style: Style) -> String {
    let reader = index.reader();
    let mut picks = index.select(&reading.patterns);
    // by an alias, too, it is the series that is shown
    picks.dedup_by_key(|pick| pick.series);
    let field_name = |series: u32| index.described(series).spec.name.chars().count();
    let names = picks.iter().map(|pick| field_name(pick.series));
    let points = spark_width(style, names);
    let mut lines = Vec::with_capacity(picks.len());
    let mut read: Option<(u32, History)> = None;
    for pick in picks {
        let series = index.series()[pick.series as usize];
        let track = series.track as usize;
        if read.as_ref().is_none_or(|(last, _)| *last != series.track) {
            let interval = reader.clocks()[usize::from(reader.tracks()[track].clock.0)];
            let step = history::step(
                interval.ns(),
                reader.window().ns(),
                points.max(DEFAULT_POINTS),
            );
            let history = History::read(reader, track, points.max(1), step);
            read = Some((series.track, history));
        }
        let history = &read.as_ref().expect("just read").1;
        let at = index.track(pick.series);
        let described = index.described(pick.series);
        let spec = described.spec;
        let group = if at.instance_name.is_empty() {
            at.collector.clone()
        } else {
            format!("{}.{}", at.collector, at.instance_name)
        };
        let points = history.points(series.field as usize, spec.decode, spec.kind);
        lines.push(Line {
            group,
            name: spec.name.clone(),
            unit: spec.unit,
            kind: spec.kind,
            value: points.last().copied().flatten(),
            history: points,
        });
    }
    let newest = newest_tick(reader);
    let span_ns = if points == 0 {
        0
    } else {
        history::SPAN_NS.min(reader.window().ns())
    };
    let heading = Heading {
        host: reader.host().to_owned(),
        newest: newest.map(time_text).unwrap_or_default(),
        age_ns: newest.map_or(0, |newest| age_ns(session.now, newest)),
        is_live: reader.is_live(),
        span_ns,
    };
    render(&heading, &lines, style)
}

/// Points that a counter's rise is taken over where no line is drawn.
const DEFAULT_POINTS: usize = 1;
