//! `goodall series`: what is recorded, by name.

use std::io::Write;
use std::sync::Arc;

use super::{Failure, Session, index, picks_by_collector, pump, sound};
use crate::cli::Reading;
use crate::format::SeriesList;
use crate::format::escape::push_csv;
use crate::query::Index;
use crate::terminal::series::{Listed, render};

const CSV_HEAD: &[u8] = b"series,collector,instance,field,unit,kind,interval_ms,alias,help\n";

/// Lists the series.
pub fn run(reading: &Reading, session: &mut Session<'_>) -> Result<(), Failure> {
    let index = index(reading, session)?;
    match (reading.format, session.terminal) {
        (Some("json"), _) => {
            let list = SeriesList::new(Arc::clone(&index), &reading.patterns);
            pump(list, session.out)?;
        }
        (None, Some(style)) => {
            let picks = picks_by_collector(&index, &reading.patterns);
            let listed: Vec<Listed> = picks
                .iter()
                .map(|pick| listed(&index, pick.series))
                .collect();
            session.out.write_all(render(&listed, style).as_bytes())?;
        }
        _ => csv(&index, &reading.patterns, session.out)?,
    }
    session.out.flush()?;
    sound(index.reader())
}

fn listed(index: &Index, series: u32) -> Listed {
    let described = index.described(series);
    let clock = index.track(series).clock;
    Listed {
        name: index.name(series).to_owned(),
        kind: described.spec.kind.name(),
        unit: described.spec.unit.name(),
        interval: index.reader().clocks()[usize::from(clock.0)].to_string(),
        alias: index.aliases_of(series).next().unwrap_or_default(),
        help: described.help().to_owned(),
    }
}

fn csv(index: &Index, patterns: &[String], out: &mut dyn Write) -> std::io::Result<()> {
    let mut line = CSV_HEAD.to_vec();
    out.write_all(&line)?;
    for pick in picks_by_collector(index, patterns) {
        let listed = listed(index, pick.series);
        let track = index.track(pick.series);
        let described = index.described(pick.series);
        let interval = index.reader().clocks()[usize::from(track.clock.0)];
        let interval_ms = (interval.ns() as f64 / 1e6).to_string();
        line.clear();
        let instance = String::from_utf8_lossy(&track.instance);
        for text in [
            listed.name.as_str(),
            &track.collector,
            &instance,
            &described.spec.name,
            listed.unit,
            listed.kind,
            &interval_ms,
            listed.alias,
            &listed.help,
        ] {
            if !line.is_empty() {
                line.push(b',');
            }
            push_csv(text, &mut line);
        }
        line.push(b'\n');
        out.write_all(&line)?;
    }
    Ok(())
}
