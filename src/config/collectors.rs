//! Which collectors run, how often and with which settings.

use std::time::Duration;

use goodall_platform::Settings;

use super::CollectorConfig;
use super::layer::{Choice, CollectorTable};
use super::nearest::hint;
use super::origin::{Given, Origin};
use super::settle::{Settling, list};
use crate::metric::{Collector, Every};
use crate::quantity::{Interval, Window};

/// Whether a collector runs, and who said so.
struct Wanted {
    on: bool,
    by_name: bool,
    origin: Origin,
}

/// What the list says, over what the table says, over the default: on. A list that starts by leaving one
/// out leaves all others as they are; any other list is all that there is.
fn wanted(name: &str, list: Option<&Given<Vec<Choice>>>, table: Option<&CollectorTable>) -> Wanted {
    let of_list = list.and_then(|list| {
        let named = list.value.iter().rev().find(|choice| choice.name == name);
        match named {
            Some(choice) => Some((choice.on, choice.on, list.origin.clone())),
            None if list.value[0].on => Some((false, false, list.origin.clone())),
            None => None,
        }
    });
    let of_table = || {
        let enabled = table?.enabled.clone()?;
        Some((enabled.value, enabled.value, enabled.origin))
    };
    let (on, by_name, origin) = of_list
        .or_else(of_table)
        .unwrap_or((true, false, Origin::Default));
    Wanted {
        on,
        by_name,
        origin,
    }
}

impl Settling {
    pub(super) fn collectors(
        &mut self,
        known: &[&'static Collector],
        window: &Given<Window>,
        tick: &Given<Interval>,
    ) -> Vec<CollectorConfig> {
        let tables = std::mem::take(&mut self.layer.tables);
        let list = self.layer.collectors.take();
        for table in &tables {
            self.check_table(known, table);
        }
        if let Some(list) = &list {
            for choice in &list.value {
                self.check_name(known, &choice.name, &list.origin);
            }
        }
        let mut configs = Vec::new();
        for &collector in known {
            let table = tables
                .iter()
                .find(|table| table.name.value == collector.name);
            let wanted = wanted(collector.name, list.as_ref(), table);
            if wanted.on {
                configs.push(self.collector(collector, &wanted, table, window, tick));
            } else {
                let key = format!("collectors.{}", collector.name);
                self.note(key, "off".to_owned(), &wanted.origin);
            }
        }
        if configs.is_empty() && self.problems.is_empty() {
            let origin = list.map_or(Origin::Default, |list| list.origin);
            let text = "collectors: all are off; nothing would be recorded";
            self.problem(&origin, text);
        }
        configs
    }

    fn collector(
        &mut self,
        collector: &'static Collector,
        wanted: &Wanted,
        table: Option<&CollectorTable>,
        window: &Given<Window>,
        tick: &Given<Interval>,
    ) -> CollectorConfig {
        let key = format!("collectors.{}", collector.name);
        let own = table.and_then(|table| table.interval.as_ref());
        if let Some(own) = own
            && own.value.ns() > window.value.ns()
        {
            self.too_long(own, &format!("{key}.interval"), window);
        }
        let interval = match own {
            Some(own) => own.value,
            None => default_interval(collector.every, tick, window),
        };
        let settings = table.map_or_else(Settings::default, |table| table.settings.clone());
        let origin = match table {
            Some(table) if wanted.origin == Origin::Default => &table.name.origin,
            _ => &wanted.origin,
        };
        self.note(key, describe(interval, &settings), origin);
        CollectorConfig {
            collector,
            by_name: wanted.by_name,
            interval,
            settings,
        }
    }

    fn check_table(&mut self, known: &[&'static Collector], table: &CollectorTable) {
        let name = &table.name.value;
        let Some(collector) = self.check_name(known, name, &table.name.origin) else {
            return;
        };
        if let (Some(origin), false) = (&table.instances, collector.has_instances) {
            let text = format!("collectors.{name}: it has no instances to exclude or include");
            self.problem(origin, text);
        }
        if let (Some(origin), true) = (&table.types, name != "filesystem") {
            let text = format!("collectors.{name}.exclude-types: only filesystem has types");
            self.problem(origin, text);
        }
    }

    fn check_name(
        &mut self,
        known: &[&'static Collector],
        name: &str,
        origin: &Origin,
    ) -> Option<&'static Collector> {
        let found = known.iter().copied().find(|known| known.name == name);
        if found.is_none() {
            let names = known.iter().map(|collector| collector.name);
            let hint = hint(name, names.clone());
            let names: Vec<&str> = names.collect();
            let text = format!(
                "unknown collector {name}{hint}; there are {}",
                names.join(", ")
            );
            self.problem(origin, text);
        }
        found
    }
}

/// Slow collectors keep their pace, but never one at which nothing would be in the window.
fn default_interval(every: Every, tick: &Given<Interval>, window: &Given<Window>) -> Interval {
    let Every::Seconds(seconds) = every else {
        return tick.value;
    };
    let own = Duration::from_secs(u64::from(seconds)).min(Duration::from_nanos(window.value.ns()));
    Interval::of(own).unwrap_or(tick.value).max(tick.value)
}

fn describe(interval: Interval, settings: &Settings) -> String {
    let mut text = format!("every {interval}");
    for (name, patterns) in [
        ("exclude", settings.exclude.as_deref()),
        (
            "include",
            Some(&settings.include[..]).filter(|list| !list.is_empty()),
        ),
        ("exclude-types", settings.exclude_types.as_deref()),
    ] {
        if let Some(patterns) = patterns {
            text = format!("{text}, {name} {}", list(patterns));
        }
    }
    text
}
