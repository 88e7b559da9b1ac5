//! What series are called in Prometheus' text: node_exporter's name and labels where the catalogue has
//! them, else `goodall_<collector>_<field>[_<unit>][_total]`. Families stand together, each sample once.

use std::ops::Range;

use super::cell::Described;
use super::index::Index;
use super::prom_name::{push_labels, push_name};
use crate::metric::field::PromType;
use crate::metric::{Kind, collector};
use crate::ring::reader::Track;

/// One sample's name.
#[derive(Clone, Copy, Debug)]
pub struct Exposure {
    /// The series.
    pub series: u32,
    start: u32,
    /// The end of the family's name.
    name_end: u32,
    end: u32,
    kind: PromType,
    help: &'static str,
    /// Whether the catalogue has it: what a plugin calls its own gives way.
    is_known: bool,
}

/// All samples' names.
pub struct Exposed {
    text: String,
    lines: Vec<Exposure>,
    size_max: usize,
}

impl Exposed {
    /// Names every series of the snapshot.
    pub(super) fn of(index: &Index) -> Exposed {
        let mut text = String::new();
        let mut lines = Vec::with_capacity(index.len() as usize);
        for series in 0..index.len() {
            let track = index.track(series);
            let described = index.described(series);
            if is_skipped(track) {
                continue;
            }
            let start = mark(&text);
            push_name(track, described, &mut text);
            let name_end = mark(&text);
            push_labels(track, described, &mut text);
            text.push(' ');
            lines.push(Exposure {
                series,
                start,
                name_end,
                end: mark(&text),
                kind: type_of(described),
                help: help_of(track, described),
                is_known: described.info.is_some(),
            });
        }
        let mut exposed = Exposed {
            text,
            lines,
            size_max: 0,
        };
        exposed.settle();
        while exposed.rename_clashes() {
            exposed.settle();
        }
        exposed.text.shrink_to_fit();
        let sizes = exposed.lines.iter().map(|&line| {
            let head = 2 * (exposed.family(line).len() + line.help().len());
            exposed.line(line).len() + head
        });
        exposed.size_max = sizes.max().unwrap_or(0);
        exposed
    }

    /// The samples, family by family in the order of their names.
    pub fn lines(&self) -> &[Exposure] {
        &self.lines
    }

    /// The most bytes that a sample's line up to its value takes with its family's name and help, both twice.
    pub fn size_max(&self) -> usize {
        self.size_max
    }

    /// The name of a sample's family.
    pub fn family(&self, line: Exposure) -> &str {
        &self.text[line.start as usize..line.name_end as usize]
    }

    /// A sample's line up to its value: `name{label="value"} `.
    pub fn line(&self, line: Exposure) -> &str {
        &self.text[line.start as usize..line.end as usize]
    }

    /// OpenMetrics has a family of one type by a name without `_total`: of a counter and a gauge that would both have it the
    /// one that the catalogue does not know, or of two such the gauge, gets `_value`. Whether there were any.
    fn rename_clashes(&mut self) -> bool {
        let (mut renamed, mut at) = (Vec::new(), 0);
        let mut total = String::new();
        while let Some(&line) = self.lines.get(at) {
            let family = self.family(line);
            let own = at..at + self.count_of(at, family);
            at = own.end;
            if line.kind == PromType::Counter {
                continue;
            }
            total.clear();
            total.push_str(family);
            total.push_str("_total");
            let start = self
                .lines
                .partition_point(|&line| self.family(line) < total.as_str());
            let counters = start..start + self.count_of(start, &total);
            let is_known = |lines: Range<usize>| self.lines[lines].iter().any(|line| line.is_known);
            if counters.is_empty() {
                continue;
            }
            renamed.push(if is_known(own.clone()) && !is_known(counters.clone()) {
                counters
            } else {
                own
            });
        }
        for lines in &renamed {
            for at in lines.clone() {
                self.rename(at);
            }
        }
        !renamed.is_empty()
    }

    /// How many lines from `at` on are of that family.
    fn count_of(&self, at: usize, family: &str) -> usize {
        let lines = self.lines[at..].iter();
        lines
            .take_while(|line| self.family(**line) == family)
            .count()
    }

    /// Gives a sample's family another name, behind all others in the text.
    fn rename(&mut self, at: usize) {
        let line = self.lines[at];
        let (family, whole) = (self.family(line), self.line(line));
        let labels = &whole[family.len()..];
        let name = match family.strip_suffix("_total") {
            Some(stem) if line.kind == PromType::Counter => format!("{stem}_value_total"),
            _ => format!("{family}_value"),
        };
        let renamed = format!("{name}{labels}");
        let start = mark(&self.text);
        self.text.push_str(&renamed);
        self.lines[at] = Exposure {
            start,
            name_end: start + mark(&name),
            end: mark(&self.text),
            ..line
        };
    }

    /// Brings families together; of two samples alike that of the catalogue stays, else the one that the directory has
    /// first.
    fn settle(&mut self) {
        let text = std::mem::take(&mut self.text);
        let of = |line: &Exposure| &text[line.start as usize..line.end as usize];
        let first = |line: &Exposure| (!line.is_known, line.series);
        self.lines
            .sort_by(|a, b| of(a).cmp(of(b)).then_with(|| first(a).cmp(&first(b))));
        self.lines.dedup_by(|later, first| of(later) == of(first));
        let family = |line: &Exposure| &text[line.start as usize..line.name_end as usize];
        self.lines
            .sort_by(|a, b| family(a).cmp(family(b)).then(a.series.cmp(&b.series)));
        self.lines.shrink_to_fit();
        self.text = text;
    }
}

fn mark(text: &str) -> u32 {
    u32::try_from(text.len()).expect("names are short")
}

impl Exposure {
    /// The type of the sample's family.
    pub fn kind(&self) -> PromType {
        self.kind
    }

    /// The help of the sample's family; never empty.
    pub fn help(&self) -> &'static str {
        self.help
    }
}

fn type_of(described: Described<'_>) -> PromType {
    match (
        described.info.and_then(|info| info.prom),
        described.spec.kind,
    ) {
        (Some(prom), _) => prom.kind,
        (None, Kind::Counter) => PromType::Counter,
        (None, Kind::Gauge) => PromType::Gauge,
    }
}

/// node_exporter's help for the instance, else the catalogue's; never empty.
fn help_of(track: &Track, described: Described<'_>) -> &'static str {
    let prom = described.info.and_then(|info| info.prom);
    let theirs = prom.map_or("", |prom| {
        prom.help_of(&String::from_utf8_lossy(&track.instance))
    });
    let helps = [theirs, described.help(), "Recorded by goodall."];
    helps
        .into_iter()
        .find(|help| !help.is_empty())
        .unwrap_or_default()
}

fn is_skipped(track: &Track) -> bool {
    collector(&track.collector)
        .and_then(|collector| collector.prom_skips)
        .is_some_and(|skipped| skipped.as_bytes() == track.instance)
}
