//! `goodall series` on a terminal: a line a series.

use super::{Paint, Style, cut, harmless, padded};

/// One series as it is listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its name.
    pub name: String,
    /// `counter` or `gauge`.
    pub kind: &'static str,
    /// The unit's name; empty for a bare count.
    pub unit: &'static str,
    /// From sample to sample.
    pub interval: String,
    /// One of Goodall's nine names, or empty.
    pub alias: &'static str,
    /// One sentence.
    pub help: String,
}

/// The table; helps are cut at the terminal's edge.
pub fn render(series: &[Listed], style: Style) -> String {
    let longest = |of: fn(&Listed) -> usize, title: &str| {
        let longest = series.iter().map(of).max().unwrap_or(0);
        longest.max(title.len())
    };
    let name = longest(|listed| listed.name.chars().count(), "SERIES");
    let unit = longest(|listed| listed.unit.len(), "UNIT");
    let interval = longest(|listed| listed.interval.len(), "EVERY");
    let row = |cells: [&str; 5]| {
        let text = format!(
            "{} {} {} {:>interval$} {}",
            padded(cells[0], name),
            padded(cells[1], "counter".len()),
            padded(cells[2], unit),
            cells[3],
            cells[4],
        );
        cut(text.trim_end(), style.width, style.is_unicode)
    };
    let title = row(["SERIES", "KIND", "UNIT", "EVERY", "HELP"]);
    let mut text = style.paint(Paint::Bold, &title);
    text.push('\n');
    for listed in series {
        let mut help = harmless(&listed.help);
        if !listed.alias.is_empty() {
            help = format!("({}) {help}", listed.alias);
        }
        let shown = harmless(&listed.name);
        text.push_str(&row([
            &shown,
            listed.kind,
            listed.unit,
            &listed.interval,
            &help,
        ]));
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_and_cut_at_the_edge() {
        let listed = |name: &str, kind, unit, alias, help: &str| Listed {
            name: name.to_owned(),
            kind,
            unit,
            interval: "1s".to_owned(),
            alias,
            help: help.to_owned(),
        };
        let series = [
            listed(
                "load.1m",
                "gauge",
                "",
                "system_load_1",
                "Run queue, averaged over a minute.",
            ),
            listed("disk.sda.read_bytes", "counter", "bytes", "", "Bytes read."),
        ];
        let style = Style {
            is_coloured: false,
            is_unicode: true,
            width: 64,
        };
        assert_eq!(
            render(&series, style),
            "\
SERIES              KIND    UNIT  EVERY HELP
load.1m             gauge            1s (system_load_1) Run que…
disk.sda.read_bytes counter bytes    1s Bytes read.
"
        );
    }
}
