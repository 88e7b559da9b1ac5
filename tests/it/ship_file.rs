//! Shipping to a file: what `goodall ship --once` appends is what a dump prints, once; a cursor that is of
//! another ring or damaged is said; full files are put aside.

use std::fs;
use std::path::Path;

use crate::ship_kit::Shipped;

const CSV: &str = "
[[ship]]
name = \"archive\"
kind = \"file\"
path = \"out.csv\"
";

fn dump(shipped: &Shipped, format: &str) -> String {
    let output = shipped.goodall(&["dump", "--format", format]).output();
    String::from_utf8(output.unwrap().stdout).unwrap()
}

fn read(shipped: &Shipped, name: &str) -> String {
    fs::read_to_string(shipped.folder.path().join(name)).unwrap()
}

/// Lines, sorted: of two intervals that fall together either may come first.
fn sorted(text: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = text.lines().collect();
    lines.sort_unstable();
    lines
}

#[test]
fn what_is_appended_is_what_a_dump_prints_and_nothing_twice() {
    let shipped = Shipped::new(60);
    shipped.configure(CSV);
    shipped.once_well();
    assert_eq!(
        sorted(&read(&shipped, "out.csv")),
        sorted(&dump(&shipped, "csv"))
    );
    assert!(read(&shipped, "out.csv").starts_with("time,series,value\n"));
    let said = shipped.once_well();
    assert!(said.contains("archive: 0 samples sent"), "{said}");

    shipped.record(60, 35);
    shipped.once_well();
    assert_eq!(
        sorted(&read(&shipped, "out.csv")),
        sorted(&dump(&shipped, "csv"))
    );
}

#[test]
fn ndjson_is_as_a_dump_has_it_and_a_prefix_stands_before_names() {
    let shipped = Shipped::new(20);
    shipped.configure(&format!(
        "{CSV}format = \"ndjson\"\nmatch = [\"disk.*\"]\nprefix = \"a.b\"\n"
    ));
    shipped.once_well();
    let expected = dump(&shipped, "ndjson").replace("\"disk.", "\"a.b.disk.");
    let expected: Vec<&str> = expected
        .lines()
        .filter(|line| line.contains("a.b.disk"))
        .collect();
    assert_eq!(
        read(&shipped, "out.csv").lines().collect::<Vec<_>>(),
        expected
    );
}

#[test]
fn steps_and_rates_are_those_of_a_dump() {
    let shipped = Shipped::new(95);
    shipped.configure(&format!(
        "{CSV}step = \"10s\"\nagg = \"max\"\nrate = true\n"
    ));
    shipped.once_well();
    // in pieces it is the same
    let pieces = Shipped::new(33);
    pieces.configure(&format!(
        "{CSV}step = \"10s\"\nagg = \"max\"\nrate = true\nbatch = 3\n"
    ));
    pieces.once_well();
    let flags = ["dump", "--step", "10s", "--agg", "max", "--rate"];
    let output = shipped.goodall(&flags).output().unwrap();
    let dump = String::from_utf8(output.stdout).unwrap();
    assert_eq!(sorted(&read(&shipped, "out.csv")), sorted(&dump));
    let output = pieces.goodall(&flags).output().unwrap();
    let dump = String::from_utf8(output.stdout).unwrap();
    assert_eq!(sorted(&read(&pieces, "out.csv")), sorted(&dump));
}

#[test]
fn full_files_are_put_aside_and_the_oldest_goes() {
    let shipped = Shipped::new(100);
    shipped.configure(&format!(
        "{CSV}rotate-size = \"4K\"\nrotate-keep = 3\nbatch = 50\n"
    ));
    shipped.once_well();
    let size = |name: &str| {
        let path = shipped.folder.path().join(name);
        fs::metadata(path).map_or(0, |metadata| metadata.len())
    };
    for name in ["out.csv.1", "out.csv.2", "out.csv.3"] {
        assert!(
            (4096..12_288).contains(&size(name)),
            "{name}: {}",
            size(name)
        );
        assert!(read(&shipped, name).starts_with("time,series,value\n"));
    }
    assert_eq!(size("out.csv.4"), 0);
    let newest = dump(&shipped, "csv");
    let newest = newest.lines().last().unwrap().to_owned();
    let ends = [
        read(&shipped, "out.csv.1"),
        fs::read_to_string(shipped.folder.path().join("out.csv")).unwrap_or_default(),
    ];
    assert!(ends.iter().any(|text| text.contains(&newest)));
}

#[test]
fn a_cursor_of_another_ring_and_a_damaged_one_are_said() {
    let shipped = Shipped::new(10);
    shipped.configure(CSV);
    shipped.once_well();
    let cursor = shipped.folder.path().join("ring.ship/archive.cursor");
    let of_first = fs::read(&cursor).unwrap();
    fs::write(&cursor, &of_first[..of_first.len() / 2]).unwrap();
    let said = shipped.once_well();
    assert!(
        said.contains("archive.cursor: damaged; archive begins at the ring's oldest sample"),
        "{said}"
    );
    let lines = dump(&shipped, "csv").lines().count();
    assert_eq!(
        read(&shipped, "out.csv").lines().count(),
        2 * lines - 1,
        "all once more"
    );

    fs::remove_file(&shipped.ring).unwrap();
    shipped.record(1000, 5);
    let said = shipped.once_well();
    assert!(said.contains("archive.cursor: of another ring"), "{said}");
    let added = dump(&shipped, "csv").lines().count() - 1;
    assert_eq!(
        read(&shipped, "out.csv").lines().count(),
        2 * lines - 1 + added
    );
}

#[test]
fn a_ring_that_is_laid_out_anew_is_the_same_to_a_cursor() {
    let shipped = Shipped::new(30);
    shipped.configure(CSV);
    shipped.once_well();
    let mut other = crate::ring_kit::plan(7200, 0);
    other.needs = vec![goodall::ring::Need {
        interval: crate::ring_kit::seconds(1),
        words: 40,
    }];
    crate::ring_kit::open(&shipped.ring, &other);
    let said = shipped.once_well();
    assert!(!said.contains("another ring"), "{said}");
    let dump = dump(&shipped, "csv");
    let text = read(&shipped, "out.csv");
    for line in dump.lines().filter(|line| !line.contains("hwmon")) {
        assert_eq!(text.lines().filter(|at| *at == line).count(), 1, "{line}");
    }
}

#[test]
fn two_shippers_are_one_too_many_and_a_line_cut_off_is_ended() {
    let shipped = Shipped::new(10);
    shipped.configure(CSV);
    let out: &Path = &shipped.folder.path().join("out.csv");
    fs::write(out, "time,series,value\n2026-11-22T05:0").unwrap();
    let folder = shipped.folder.path().join("ring.ship");
    fs::create_dir(&folder).unwrap();
    let lock = fs::File::create(folder.join("lock")).unwrap();
    assert!(goodall_platform::map::try_lock(&lock).unwrap());
    let output = shipped.once();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("another shipper is at work"), "{said}");
    drop(lock);
    shipped.once_well();
    assert!(
        read(&shipped, "out.csv")
            .contains("\n2026-11-22T05:0\n2026-11-22T05:04:16.000Z,load.f0,0\n")
    );
}

#[test]
fn where_the_rings_folder_cannot_be_written_to_cursors_stand_in_the_services() {
    let shipped = Shipped::new(10);
    let beside = shipped.folder.path().join("ring.ship");
    // root may write to any folder, but to none that is a file
    fs::write(&beside, "").unwrap();
    let mode = |mode| {
        let permissions = std::os::unix::fs::PermissionsExt::from_mode(mode);
        fs::set_permissions(shipped.folder.path(), permissions).unwrap();
    };
    let state = tempfile::tempdir().unwrap();
    let out = state.path().join("out.csv");
    let config = CSV.replace("out.csv", out.to_str().unwrap());
    shipped.configure(&config);
    mode(0o555);
    let once = |state: Option<&Path>| {
        let mut command = shipped.goodall(&["ship", "--once"]);
        command.envs(state.map(|state| ("STATE_DIRECTORY", state)));
        let output = command.output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        (output.status.code(), said)
    };
    let nowhere = once(None);
    let (first, second) = (once(Some(state.path())), once(Some(state.path())));
    mode(0o755);
    assert_eq!(nowhere.0, Some(1), "{}", nowhere.1);
    let words = "ring.ship: cursors cannot be kept there: ";
    assert!(nowhere.1.contains(words), "{}", nowhere.1);
    assert!(nowhere.1.contains("set STATE_DIRECTORY"), "{}", nowhere.1);
    assert_eq!(first.0, Some(0), "{}", first.1);
    assert!(second.1.contains("archive: 0 samples sent"), "{}", second.1);
    assert!(state.path().join("ring.ship/archive.cursor").exists());
    let text = fs::read_to_string(out).unwrap();
    assert_eq!(sorted(&text), sorted(&dump(&shipped, "csv")));
}
