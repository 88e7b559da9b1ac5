//! Documents of which a part is made from the catalogue, between two markers: a test makes that part anew and compares;
//! `GOODALL_RENEW=1` writes it.

use std::path::Path;
use std::{env, fs};

/// Where what is made begins.
fn begin(by: &str) -> String {
    format!("<!-- from the catalogue: renewed by tests/it/{by}.rs -->\n")
}

const END: &str = "<!-- end of the catalogue -->\n";

/// The text with what stands between the markers replaced.
fn renewed(begin: &str, text: &str, made: &str) -> Option<String> {
    let (before, rest) = text.split_once(begin)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{begin}{made}{END}{after}"))
}

/// Holds a document equal to what the tests of module `by` make, or renews it where that is asked for.
pub fn hold(by: &str, document: &str, made: &str) {
    let begin = begin(by);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(document);
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{document}: {error}"));
    let renewed = renewed(&begin, &text, made)
        .unwrap_or_else(|| panic!("{document}: expected the lines\n{begin}{END}"));
    if text == renewed {
        return;
    }
    if env::var_os("GOODALL_RENEW").is_some() {
        fs::write(&path, renewed).unwrap();
        return;
    }
    let mut lines = text.lines().zip(renewed.lines()).enumerate();
    let first = lines.find(|(_, (old, new))| old != new);
    let (line, (old, new)) = first.expect("unequal texts have a line that differs");
    panic!(
        "{document}:{}: the catalogue says otherwise; renew it:\n    GOODALL_RENEW=1 cargo test -p goodall --test it {by}\nit says\n    {old}\nit should say\n    {new}",
        line + 1
    );
}

/// Text in a cell: a `|` would end it.
pub fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

#[test]
fn only_what_stands_between_the_markers_is_renewed() {
    let begin = begin("x");
    let text = format!("head\n{begin}old\n{END}tail\n");
    let expected = format!("head\n{begin}new\n{END}tail\n");
    assert_eq!(renewed(&begin, &text, "new\n"), Some(expected));
    assert_eq!(renewed(&begin, "head\n", "new\n"), None);
}
