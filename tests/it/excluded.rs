//! What the configuration leaves out of a collector's instances is not recorded, whichever collector it is: each that
//! has instances here, or on a machine of which the files are kept, is asked with one of them left out.

use std::collections::BTreeSet;
use std::path::Path;

use goodall::metric::{COLLECTORS, Collector, systems};
use goodall_platform::system::System;
use goodall_platform::{Roots, Settings};

const TREES: [&str; 4] = [
    "captured/vm-6.18",
    "constructed/desktop-sensors",
    "constructed/linux-6.6",
    "constructed/many-cores",
];

fn tree(name: &str) -> Roots {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("platform/testdata");
    let folder = folder.join(name);
    Roots {
        proc: folder.join("proc"),
        sys: folder.join("sys"),
        etc: folder.join("etc"),
        root: folder.join("root"),
    }
}

/// The instances that a collector shows; `None` where there is nothing to read.
fn instances(
    collector: &Collector,
    roots: &Roots,
    settings: &Settings,
) -> Option<BTreeSet<String>> {
    let mut source = collector.source(roots, settings).ok()?;
    let mut all = BTreeSet::new();
    let shown = source.sample(&mut |instance, _| {
        all.insert(String::from_utf8_lossy(instance).into_owned());
    });
    shown.ok().map(|()| all)
}

#[test]
fn an_instance_that_is_left_out_is_not_recorded_whichever_collector_has_it() {
    let mut tried = BTreeSet::new();
    let all_roots = [Roots::default()].into_iter().chain(TREES.map(tree));
    for roots in all_roots {
        for collector in COLLECTORS.iter().filter(|one| one.has_instances) {
            let name = collector.name;
            let Some(all) = instances(collector, &roots, &Settings::default()) else {
                continue;
            };
            let Some(first) = all.first().cloned() else {
                continue;
            };
            // an interface is left out whatever state its instance names
            let pattern = match name {
                "network_info" => first.split(' ').next().unwrap_or_default(),
                _ => &first,
            };
            let without = |exclude: &str, include: &[&str]| {
                let settings = Settings {
                    exclude: Some(vec![exclude.to_owned()]),
                    include: include.iter().map(|&text| text.to_owned()).collect(),
                    exclude_types: None,
                };
                instances(collector, &roots, &settings).unwrap()
            };
            let others = without(pattern, &[]);
            assert!(
                !others.contains(&first),
                "{name} without {pattern}: {others:?}"
            );
            let rest = all.iter().filter(|&one| *one != first);
            let lost: Vec<_> = rest.filter(|one| !others.contains(*one)).collect();
            assert!(lost.is_empty(), "{name} without {pattern} lost {lost:?}");
            assert!(without("*", &[]).is_empty(), "{name} without any");
            assert_eq!(without("*", &[pattern]), [first.clone()].into(), "{name}");
            tried.insert(name);
        }
    }
    let here = COLLECTORS.iter().filter(|collector| {
        let mut fields = collector.fields.iter();
        collector.has_instances
            && fields.any(|field| systems::has(System::HERE, collector.name, field))
    });
    let here: BTreeSet<_> = here.map(|collector| collector.name).collect();
    assert_eq!(tried, here);
}
