//! OTLP's messages as their published protos have them (opentelemetry/proto/{collector/metrics,metrics,resource,
//! common}/v1 of 1.11.0), as far as metrics use them: every key of a body must be a field of its message, of the
//! right type by the JSON mapping, and of alternatives one. Beside that, what the comments there demand of a
//! point. By the classes made of the same protos too, where Python has them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::prometheus_text::judged;

/// A field's type.
#[derive(Clone, Copy, Debug)]
enum Type {
    /// A message of that name.
    Of(&'static str),
    Text,
    Bool,
    Double,
    /// `fixed64`: a text of decimal digits.
    Fixed64,
    /// `int64` and `sfixed64`: a text.
    Int64,
    Uint32,
    /// An enumeration that ends with this number.
    Enumeration(u64),
    Repeated(&'static Type),
}

use Type::{Bool, Double, Enumeration, Fixed64, Int64, Of, Repeated, Text, Uint32};

/// A message: its fields, and which of them are alternatives.
type Message = (
    &'static str,
    &'static [(&'static str, Type)],
    &'static [&'static str],
);

#[rustfmt::skip]
const MESSAGES: &[Message] = &[
    ("ExportMetricsServiceRequest", &[("resourceMetrics", Repeated(&Of("ResourceMetrics")))], &[]),
    ("ResourceMetrics", &[("resource", Of("Resource")), ("scopeMetrics", Repeated(&Of("ScopeMetrics"))), ("schemaUrl", Text)], &[]),
    ("Resource", &[("attributes", Repeated(&Of("KeyValue"))), ("droppedAttributesCount", Uint32), ("entityRefs", Repeated(&Of("EntityRef")))], &[]),
    ("EntityRef", &[("schemaUrl", Text), ("type", Text), ("idKeys", Repeated(&Text)), ("descriptionKeys", Repeated(&Text))], &[]),
    ("ScopeMetrics", &[("scope", Of("InstrumentationScope")), ("metrics", Repeated(&Of("Metric"))), ("schemaUrl", Text)], &[]),
    ("InstrumentationScope", &[("name", Text), ("version", Text), ("attributes", Repeated(&Of("KeyValue"))), ("droppedAttributesCount", Uint32)], &[]),
    ("Metric", &[("name", Text), ("description", Text), ("unit", Text), ("gauge", Of("Gauge")), ("sum", Of("Sum")), ("histogram", Of("Histogram")),
        ("exponentialHistogram", Of("ExponentialHistogram")), ("summary", Of("Summary")), ("metadata", Repeated(&Of("KeyValue")))],
        &["gauge", "sum", "histogram", "exponentialHistogram", "summary"]),
    ("Gauge", &[("dataPoints", Repeated(&Of("NumberDataPoint")))], &[]),
    ("Sum", &[("dataPoints", Repeated(&Of("NumberDataPoint"))), ("aggregationTemporality", Enumeration(2)), ("isMonotonic", Bool)], &[]),
    ("NumberDataPoint", &[("attributes", Repeated(&Of("KeyValue"))), ("startTimeUnixNano", Fixed64), ("timeUnixNano", Fixed64),
        ("asDouble", Double), ("asInt", Int64), ("exemplars", Repeated(&Of("Exemplar"))), ("flags", Uint32)],
        &["asDouble", "asInt"]),
    ("KeyValue", &[("key", Text), ("value", Of("AnyValue")), ("keyStrindex", Uint32)], &[]),
    ("AnyValue", &[("stringValue", Text), ("boolValue", Bool), ("intValue", Int64), ("doubleValue", Double), ("arrayValue", Of("ArrayValue")),
        ("kvlistValue", Of("KeyValueList")), ("bytesValue", Text), ("stringValueStrindex", Uint32)],
        &["stringValue", "boolValue", "intValue", "doubleValue", "arrayValue", "kvlistValue", "bytesValue", "stringValueStrindex"]),
];

/// Holds a value to its type.
fn hold(value: &Value, of: Type, at: &str) {
    let is_right = match of {
        Of(name) => return hold_message(value, name, at),
        Repeated(each) => {
            let all = value.as_array();
            let all = all.unwrap_or_else(|| panic!("{at}: not a list: {value}"));
            for (number, value) in all.iter().enumerate() {
                hold(value, *each, &format!("{at}[{number}]"));
            }
            true
        }
        Text => value.is_string(),
        Bool => value.is_boolean(),
        Double => value.is_number(),
        Fixed64 => as_text::<u64>(value),
        Int64 => as_text::<i64>(value),
        Uint32 => value.as_u64().is_some_and(|it| u32::try_from(it).is_ok()),
        Enumeration(last) => value.as_u64().is_some_and(|it| it <= last),
    };
    assert!(is_right, "{at}: {value} is no {of:?}");
}

/// Whether a number stands as a text that is just its digits.
fn as_text<N: std::str::FromStr + ToString>(value: &Value) -> bool {
    let number = value
        .as_str()
        .and_then(|text| Some((text, text.parse::<N>().ok()?)));
    number.is_some_and(|(text, number)| number.to_string() == text)
}

fn hold_message(value: &Value, name: &str, at: &str) {
    let message = MESSAGES.iter().find(|(known, ..)| *known == name);
    let (_, fields, alternatives) = message.unwrap_or_else(|| panic!("{at}: {name} is not used"));
    let object = value.as_object();
    let object = object.unwrap_or_else(|| panic!("{at}: not a {name}: {value}"));
    for (key, value) in object {
        let at = format!("{at}.{key}");
        let field = fields.iter().find(|(known, _)| known == key);
        let (_, of) = field.unwrap_or_else(|| panic!("{at}: {name} has no such field"));
        hold(value, *of, &at);
    }
    if !alternatives.is_empty() {
        let chosen = object.keys().filter(|key| alternatives.contains(&&***key));
        assert_eq!(chosen.count(), 1, "{at}: one of {alternatives:?}: {value}");
    }
}

/// A point's value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number {
    Int(i64),
    Double(f64),
}

impl Number {
    pub fn as_f64(self) -> f64 {
        match self {
            Number::Int(value) => value as f64,
            Number::Double(value) => value,
        }
    }
}

/// A point and what its metric says of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    pub metric: String,
    pub unit: String,
    /// Whether it is of a cumulative, monotonic sum.
    pub is_sum: bool,
    pub attributes: BTreeMap<String, String>,
    pub start: Option<i64>,
    pub time: i64,
    pub value: Number,
}

/// The attributes of the resource and all points of a body that must be a whole request.
pub fn read(body: &[u8]) -> (BTreeMap<String, String>, Vec<Point>) {
    let body: Value = serde_json::from_slice(body).unwrap();
    hold_message(&body, "ExportMetricsServiceRequest", "");
    let (mut resource, mut points) = (BTreeMap::new(), Vec::new());
    let mut identities = BTreeSet::new();
    for of_resource in list(&body["resourceMetrics"]) {
        resource = attributes(&of_resource["resource"]);
        for of_scope in list(&of_resource["scopeMetrics"]) {
            assert!(!list(&of_scope["metrics"]).is_empty(), "nothing to say");
            for metric in list(&of_scope["metrics"]) {
                let metric = metric.as_object().unwrap();
                let identity = (
                    text(metric, "name"),
                    text(metric, "unit"),
                    metric.contains_key("sum"),
                );
                assert!(!identity.0.is_empty());
                read_points(metric, &identity, &mut points);
                assert!(
                    identities.insert(identity),
                    "{} twice",
                    text(metric, "name")
                );
            }
        }
    }
    (resource, points)
}

fn read_points(
    metric: &Map<String, Value>,
    (name, unit, is_sum): &(String, String, bool),
    points: &mut Vec<Point>,
) {
    let data = if *is_sum {
        &metric["sum"]
    } else {
        &metric["gauge"]
    };
    if *is_sum {
        // 0 is "unspecified", which must not be used
        assert_eq!(data["aggregationTemporality"], 2, "{name}");
        assert_eq!(data["isMonotonic"], true, "{name}");
    }
    assert!(!list(&data["dataPoints"]).is_empty(), "{name}: no points");
    for point in list(&data["dataPoints"]) {
        let nano = |key: &str| Some(point.get(key)?.as_str()?.parse().unwrap());
        let time: i64 = nano("timeUnixNano").unwrap();
        let start: Option<i64> = nano("startTimeUnixNano");
        assert!(time > 0 && start.is_none_or(|start| start > 0 && start <= time));
        points.push(Point {
            metric: name.clone(),
            unit: unit.clone(),
            is_sum: *is_sum,
            attributes: attributes(point),
            start,
            time,
            value: match point.get("asInt") {
                Some(whole) => Number::Int(whole.as_str().unwrap().parse().unwrap()),
                None => Number::Double(point["asDouble"].as_f64().unwrap()),
            },
        });
    }
}

/// Attributes, whose keys must be unique and not empty.
fn attributes(of: &Value) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for pair in list(&of["attributes"]) {
        let key = pair["key"].as_str().unwrap().to_owned();
        let value = pair["value"]["stringValue"].as_str().unwrap().to_owned();
        assert!(!key.is_empty());
        assert_eq!(all.insert(key, value), None, "{of}");
    }
    all
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(of: &Map<String, Value>, key: &str) -> String {
    of[key].as_str().unwrap().to_owned()
}

/// What the published classes make of bodies, one a line: how many points they hold, how many of them are whole
/// numbers, and the sums of times and starts. `None` where Python has no such classes.
pub fn judged_by_the_classes(bodies: &[Vec<u8>]) -> Option<String> {
    const SCRIPT: &str = "
import sys
from google.protobuf import json_format
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
points = whole = times = starts = 0
for line in sys.stdin:
    request = json_format.Parse(line, ExportMetricsServiceRequest(), ignore_unknown_fields=False)
    again = json_format.MessageToJson(request, use_integers_for_enums=True)
    assert json_format.Parse(again, ExportMetricsServiceRequest()) == request
    for of_resource in request.resource_metrics:
        for of_scope in of_resource.scope_metrics:
            for metric in of_scope.metrics:
                for point in getattr(metric, metric.WhichOneof('data')).data_points:
                    points += 1
                    whole += point.WhichOneof('value') == 'as_int'
                    times += point.time_unix_nano
                    starts += point.start_time_unix_nano
print(points, whole, times, starts)
";
    let has = "import google.protobuf.json_format, opentelemetry.proto.metrics.v1.metrics_pb2";
    judged("python3", &["-c", has], "").filter(|(has, _)| *has)?;
    let lines: Vec<&str> = bodies
        .iter()
        .map(|body| std::str::from_utf8(body).unwrap())
        .collect();
    let (is_taken, said) = judged("python3", &["-c", SCRIPT], &lines.join("\n"))?;
    assert!(is_taken, "{said}");
    Some(said.trim().to_owned())
}

/// The same of points that were read here.
pub fn summed(points: &[Point]) -> String {
    let whole = points
        .iter()
        .filter(|at| matches!(at.value, Number::Int(_)));
    let times: i128 = points.iter().map(|at| i128::from(at.time)).sum();
    let starts = points.iter().filter_map(|at| at.start);
    let starts: i128 = starts.map(i128::from).sum();
    format!("{} {} {times} {starts}", points.len(), whole.count())
}
