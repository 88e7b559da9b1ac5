//! The types that the parser of collectd's lines knows, held against the types.db that collectd comes with.

use std::path::Path;

use goodall::gather::lines::{Format, Parser};
use goodall::metric::Kind;

use crate::skip::skip;

const TYPES_DB: &str = "/usr/share/collectd/types.db";

#[test]
fn types_have_the_values_and_kinds_that_collectd_gives_them() {
    let Ok(text) = std::fs::read_to_string(Path::new(TYPES_DB)) else {
        return skip("collectd's types.db is not installed (collectd-core)");
    };
    let (mut several, mut rising) = (0, 0);
    for line in text.lines() {
        let line = line.split('#').next().unwrap_or_default();
        let mut words = line.split(|letter: char| letter.is_whitespace() || letter == ',');
        let name = words.next().unwrap_or_default();
        // name:KIND:min:max
        let sources: Vec<Vec<&str>> = words
            .filter(|word| !word.is_empty())
            .map(|word| word.split(':').collect())
            .collect();
        if sources.is_empty() {
            continue;
        }
        let rises = |source: &[&str]| matches!(source[1], "DERIVE" | "COUNTER");
        let shown = values(name, sources.len());
        if sources.len() > 1 {
            several += 1;
            let expected = sources.iter().map(|source| {
                let kind = if rises(source) {
                    Kind::Counter
                } else {
                    Kind::Gauge
                };
                (format!("p.{name}.{}", source[0]), Some(kind))
            });
            assert!(shown.iter().cloned().eq(expected), "{name}: {shown:?}");
        } else {
            // not every type of one value is known; what is known is right
            let is_known = shown[0].1 == Some(Kind::Counter);
            rising += usize::from(is_known);
            assert!(!is_known || rises(&sources[0]), "{name} does not only rise");
            assert_eq!(shown[0].0, format!("p.{name}"));
        }
    }
    assert!(
        several >= 41 && rising >= 60,
        "{several} types of several values, {rising} that rise"
    );
}

/// The names and kinds of a type's values.
fn values(name: &str, count: usize) -> Vec<(String, Option<Kind>)> {
    let line = format!("PUTVAL h/p/{name} N{}", ":1".repeat(count));
    let mut shown = Vec::new();
    Parser::new(Format::Collectd)
        .line(line.as_bytes(), &mut |point| {
            shown.push((point.name.to_owned(), point.kind));
        })
        .unwrap_or_else(|reject| panic!("{name}: {reject}"));
    shown
}
