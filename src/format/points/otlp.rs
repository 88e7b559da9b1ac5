//! OTLP over HTTP as JSON: `ExportMetricsServiceRequest` of opentelemetry/proto/collector/metrics/v1 and what
//! it is made of, in proto3's own JSON (lowerCamelCase, 64-bit integers as texts, enumerations as numbers). A
//! metric is a field of a collector, its points carry the instance; counters are cumulative sums. What is
//! recorded as a whole number stays one.

use std::borrow::Cow;
use std::sync::{Arc, Mutex, PoisonError};

use super::heads::{Heads, Naming, Parts};
use super::{Columns, Counting, Encode, Runs};
use crate::format::delivery::check;
use crate::format::escape::push_json;
use crate::format::number::{self, Custom};
use crate::metric::Unit;
use crate::quantity::WallNs;
use crate::query::{Cell, Pick, Point};

/// `AGGREGATION_TEMPORALITY_CUMULATIVE`.
const CUMULATIVE: &[u8] = b"2";

/// Requests.
pub(super) struct Otlp {
    /// Up to the first metric.
    opening: Vec<u8>,
    /// Up to a metric's first point, in the order of the metrics' names.
    metrics: Heads,
    /// Which metric a column is of.
    metric_of: Vec<u32>,
    /// `{"attributes":[...],`, a column each.
    points: Heads,
    counters: Option<Counters>,
}

/// Since when counters count.
struct Counters {
    runs: Arc<Mutex<Runs>>,
    /// Which of the runs' counters a column is.
    of: Vec<Option<u32>>,
}

impl Otlp {
    pub fn new(columns: &Columns, naming: &Naming) -> Otlp {
        // two plugins may have a name alike, and mean another thing by it: that is another metric
        let identity = |column: usize| {
            let (pick, is_rate) = columns.picks[column];
            let parts = Parts::of(&columns.index, pick);
            let name = format!("{}.{}", parts.collector, parts.field);
            (name, is_sum(columns, column), unit(&parts, is_rate))
        };
        let mut order: Vec<(_, usize)> = (0..columns.picks.len())
            .map(|at| (identity(at), at))
            .collect();
        order.sort();
        let mut metrics = Heads::default();
        let mut metric_of = vec![0; columns.picks.len()];
        for group in order.chunk_by(|a, b| a.0 == b.0) {
            let ((name, is_sum, unit), first) = &group[0];
            let parts = Parts::of(&columns.index, columns.picks[*first].0);
            let prefix = &*naming.prefix;
            metrics.push(|out| push_metric([prefix, name], parts.help, unit, *is_sum, out));
            for (_, column) in group {
                metric_of[*column] = u32::try_from(metrics.len() - 1).expect("metrics are few");
            }
        }
        let mut points = Heads::default();
        for &(pick, _) in &columns.picks {
            let parts = Parts::of(&columns.index, pick);
            points.push(|out| push_point(&parts, out));
        }
        Otlp {
            opening: opening(naming),
            metrics: metrics.shrunk(),
            metric_of,
            points: points.shrunk(),
            counters: columns
                .counting
                .as_ref()
                .map(|counting| Counters::new(columns, counting)),
        }
    }
}

impl Counters {
    fn new(columns: &Columns, counting: &Counting) -> Counters {
        let runs = Arc::clone(&counting.runs);
        let mut count = 0;
        let counter = |column| {
            is_sum(columns, column).then(|| {
                count += 1;
                count - 1
            })
        };
        let of: Vec<Option<u32>> = (0..columns.picks.len()).map(counter).collect();
        let mut known = runs.lock().unwrap_or_else(PoisonError::into_inner);
        let counters = columns.picks.iter().zip(&of).filter(|(_, of)| of.is_some());
        known.keep(counters.map(|((pick, _), _)| {
            let name = columns.index.name_of(Pick {
                alias: None,
                ..*pick
            });
            check(name.as_bytes())
        }));
        for point in &counting.before {
            if let Some(counter) = of[point.column as usize] {
                known.before(counter as usize, point.time, point.cell);
            }
        }
        drop(known);
        Counters { runs, of }
    }
}

impl Encode for Otlp {
    fn encode(&mut self, points: &mut [Point], out: &mut Vec<u8>) -> usize {
        let metric_of = &self.metric_of;
        points.sort_by_key(|point| (metric_of[point.column as usize], point.column));
        let mut counters = self.counters.as_ref().map(|counters| {
            let runs = counters.runs.lock();
            (runs.unwrap_or_else(PoisonError::into_inner), &*counters.of)
        });
        let mut said = 0;
        let mut open = None;
        out.extend_from_slice(&self.opening);
        for point in points.iter() {
            // a point of the moment 0 is to be refused
            if point.time.0 <= 0 || !point.cell.as_f64().is_some_and(f64::is_finite) {
                continue;
            }
            let metric = self.metric_of[point.column as usize];
            if open == Some(metric) {
                out.push(b',');
            } else {
                if open.is_some() {
                    out.extend_from_slice(b"]}},");
                }
                open = Some(metric);
                out.extend_from_slice(self.metrics.get(metric as usize));
            }
            out.extend_from_slice(self.points.get(point.column as usize));
            if let Some((runs, of)) = &mut counters
                && let Some(counter) = of[point.column as usize]
            {
                let start = runs.start(counter as usize, point.time, point.cell);
                push_time(b"\"startTimeUnixNano\":\"", start, out);
            }
            push_time(b"\"timeUnixNano\":\"", point.time, out);
            push_value(point.cell, out);
            said += 1;
        }
        if open.is_some() {
            out.extend_from_slice(b"]}}");
        }
        out.extend_from_slice(b"]}]}]}");
        said
    }
}

fn push_time(name: &[u8], time: WallNs, out: &mut Vec<u8>) {
    out.extend_from_slice(name);
    number::push(Cell::Signed(time.0), Custom::Json, out);
    out.extend_from_slice(b"\",");
}

/// Ends a point with its value.
fn push_value(cell: Cell, out: &mut Vec<u8>) {
    let is_whole = match cell {
        Cell::Signed(_) => true,
        Cell::Unsigned(value) => i64::try_from(value).is_ok(),
        _ => false,
    };
    let [before, behind]: [&[u8]; 2] = if is_whole {
        [b"\"asInt\":\"", b"\"}"]
    } else {
        [b"\"asDouble\":", b"}"]
    };
    out.extend_from_slice(before);
    number::push(cell, Custom::Json, out);
    out.extend_from_slice(behind);
}

/// The resource is this host, the scope this program.
fn opening(naming: &Naming) -> Vec<u8> {
    let mut out = b"{\"resourceMetrics\":[{\"resource\":{".to_vec();
    let given = naming.tags.iter().map(|(name, value)| (&**name, &**value));
    let own = [("service.name", "goodall"), ("host.name", &naming.host)];
    push_attributes(&given.chain(own), &mut out);
    out.extend_from_slice(b"},\"scopeMetrics\":[{\"scope\":{\"name\":\"goodall\",\"version\":");
    push_json(env!("CARGO_PKG_VERSION").as_bytes(), &mut out);
    out.extend_from_slice(b"},\"metrics\":[");
    out
}

/// The name is what stands before all, and the metric's own.
fn push_metric(name: [&str; 2], help: &str, unit: &str, is_sum: bool, out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\"name\":");
    match name {
        ["", name] => push_json(name.as_bytes(), out),
        [prefix, name] => push_json(format!("{prefix}.{name}").as_bytes(), out),
    }
    out.extend_from_slice(b",\"description\":");
    push_json(help.as_bytes(), out);
    out.extend_from_slice(b",\"unit\":");
    push_json(unit.as_bytes(), out);
    if is_sum {
        out.extend_from_slice(b",\"sum\":{\"aggregationTemporality\":");
        out.extend_from_slice(CUMULATIVE);
        out.extend_from_slice(b",\"isMonotonic\":true,\"dataPoints\":[");
    } else {
        out.extend_from_slice(b",\"gauge\":{\"dataPoints\":[");
    }
}

fn push_point(parts: &Parts<'_>, out: &mut Vec<u8>) {
    out.push(b'{');
    let labels = parts.labels.iter().map(|at| (&*at.name, &*at.value));
    push_attributes(
        &[("instance", &*parts.exact)].into_iter().chain(labels),
        out,
    );
    out.push(b',');
}

/// `"attributes":[...]`: without what is empty; of those called alike the first, since keys must be unique.
fn push_attributes<'a>(
    attributes: &(impl Iterator<Item = (&'a str, &'a str)> + Clone),
    out: &mut Vec<u8>,
) {
    out.extend_from_slice(b"\"attributes\":[");
    let start = out.len();
    for (at, (name, value)) in attributes.clone().enumerate() {
        let mut before = attributes.clone().take(at);
        if value.is_empty() || before.any(|(known, value)| known == name && !value.is_empty()) {
            continue;
        }
        if out.len() > start {
            out.push(b',');
        }
        out.extend_from_slice(b"{\"key\":");
        push_json(name.as_bytes(), out);
        out.extend_from_slice(b",\"value\":{\"stringValue\":");
        push_json(value.as_bytes(), out);
        out.extend_from_slice(b"}}");
    }
    out.push(b']');
}

/// Whether it is a cumulative sum; all else is a gauge.
fn is_sum(columns: &Columns, column: usize) -> bool {
    let (pick, is_rate) = columns.picks[column];
    let is_counter = columns.index.described(pick.series).is_counter();
    is_counter && !is_rate && !columns.is_summed
}

/// In what a column's values are, by UCUM.
fn unit(parts: &Parts<'_>, is_rate: bool) -> Cow<'static, str> {
    let unit = ucum(parts.unit);
    if is_rate {
        Cow::Owned(format!("{unit}/s"))
    } else {
        unit
    }
}

/// The unit by UCUM, as OpenTelemetry asks; a name that is a plugin's own is an annotation there.
fn ucum(unit: Unit) -> Cow<'static, str> {
    Cow::Borrowed(match unit {
        Unit::None | Unit::Ratio => "1",
        Unit::Seconds => "s",
        Unit::Bytes => "By",
        Unit::BytesPerSecond => "By/s",
        Unit::Celsius => "Cel",
        Unit::Volts => "V",
        Unit::Amperes => "A",
        Unit::Watts => "W",
        Unit::Joules => "J",
        Unit::Rpm => "{revolution}/min",
        Unit::Hertz => "Hz",
        Unit::Percent => "%",
        Unit::Other(name) => {
            let letter = |letter: char| match letter {
                '{' | '}' => '_',
                letter if letter.is_ascii_graphic() => letter,
                _ => '_',
            };
            return Cow::Owned(format!(
                "{{{}}}",
                name.chars().map(letter).collect::<String>()
            ));
        }
    })
}
