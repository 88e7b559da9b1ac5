//! OTLP over HTTP as JSON: `ExportMetricsServiceRequest` of opentelemetry/proto/metrics/v1, in proto3's own
//! JSON (lowerCamelCase, 64-bit integers as texts, enumerations as numbers). A metric is a field of a
//! collector, its points carry the instance; counters are cumulative sums.

use super::heads::{Heads, Naming, Parts};
use super::{Columns, Encode};
use crate::format::escape::push_json;
use crate::format::number::{self, Custom};
use crate::metric::{Kind, Unit};
use crate::query::{Cell, Point};

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
    /// `{"attributes":[...],"timeUnixNano":"`, a column each.
    points: Heads,
}

impl Otlp {
    pub fn new(columns: &Columns, naming: &Naming) -> Otlp {
        let name = |column: usize| {
            let parts = Parts::of(&columns.index, columns.picks[column].0);
            format!("{}.{}", parts.collector, parts.field)
        };
        let mut order: Vec<(String, usize)> =
            (0..columns.picks.len()).map(|at| (name(at), at)).collect();
        order.sort();
        let mut metrics = Heads::default();
        let mut metric_of = vec![0; columns.picks.len()];
        for group in order.chunk_by(|a, b| a.0 == b.0) {
            let (pick, is_rate) = columns.picks[group[0].1];
            let parts = Parts::of(&columns.index, pick);
            metrics.push(|out| push_metric(&group[0].0, &parts, is_rate, naming, out));
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
        }
    }
}

impl Encode for Otlp {
    fn encode(&mut self, points: &mut [Point], out: &mut Vec<u8>) -> usize {
        let metric_of = &self.metric_of;
        points.sort_by_key(|point| (metric_of[point.column as usize], point.column));
        let mut said = 0;
        let mut open = None;
        out.extend_from_slice(&self.opening);
        for point in points.iter() {
            if !point.cell.as_f64().is_some_and(f64::is_finite) {
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
            number::push(Cell::Signed(point.time.0), Custom::Json, out);
            out.extend_from_slice(b"\",\"asDouble\":");
            number::push(point.cell, Custom::Json, out);
            out.push(b'}');
            said += 1;
        }
        if open.is_some() {
            out.extend_from_slice(b"]}}");
        }
        out.extend_from_slice(b"]}]}]}");
        said
    }
}

/// The resource is this host, the scope this program.
fn opening(naming: &Naming) -> Vec<u8> {
    let mut out = b"{\"resourceMetrics\":[{\"resource\":{\"attributes\":[".to_vec();
    push_attribute("service.name", "goodall", &mut out);
    if !naming.host.is_empty() {
        out.push(b',');
        push_attribute("host.name", &naming.host, &mut out);
    }
    for (name, value) in &naming.tags {
        out.push(b',');
        push_attribute(name, value, &mut out);
    }
    out.extend_from_slice(b"]},\"scopeMetrics\":[{\"scope\":{\"name\":\"goodall\",\"version\":");
    push_json(env!("CARGO_PKG_VERSION").as_bytes(), &mut out);
    out.extend_from_slice(b"},\"metrics\":[");
    out
}

fn push_metric(name: &str, parts: &Parts<'_>, is_rate: bool, naming: &Naming, out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\"name\":");
    match &*naming.prefix {
        "" => push_json(name.as_bytes(), out),
        prefix => push_json(format!("{prefix}.{name}").as_bytes(), out),
    }
    out.extend_from_slice(b",\"description\":");
    push_json(parts.help.as_bytes(), out);
    out.extend_from_slice(b",\"unit\":");
    let per_second = if is_rate { "/s" } else { "" };
    push_json(format!("{}{per_second}", ucum(parts.unit)).as_bytes(), out);
    if parts.kind == Kind::Counter && !is_rate {
        out.extend_from_slice(b",\"sum\":{\"aggregationTemporality\":");
        out.extend_from_slice(CUMULATIVE);
        out.extend_from_slice(b",\"isMonotonic\":true,\"dataPoints\":[");
    } else {
        out.extend_from_slice(b",\"gauge\":{\"dataPoints\":[");
    }
}

fn push_point(parts: &Parts<'_>, out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\"attributes\":[");
    let start = out.len();
    let labels = parts.labels.iter().map(|at| (&*at.name, &*at.value));
    for (name, value) in [("instance", &*parts.exact)].into_iter().chain(labels) {
        if !value.is_empty() {
            if out.len() > start {
                out.push(b',');
            }
            push_attribute(name, value, out);
        }
    }
    out.extend_from_slice(b"],\"timeUnixNano\":\"");
}

fn push_attribute(name: &str, value: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\"key\":");
    push_json(name.as_bytes(), out);
    out.extend_from_slice(b",\"value\":{\"stringValue\":");
    push_json(value.as_bytes(), out);
    out.extend_from_slice(b"}}");
}

/// The unit by UCUM, as OpenTelemetry asks.
fn ucum(unit: Unit) -> &'static str {
    match unit {
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
        Unit::Other(name) => name,
    }
}
