//! When a machine cannot show what a test is about (no root, no promtool), the test says so instead of passing in
//! silence. Where `GOODALL_CI` is set everything is there, so that a skip is a failure.

use std::env;

/// Says why this test shows nothing here; the caller returns at once.
pub fn skip(reason: &str) {
    assert!(
        env::var_os("GOODALL_CI").is_none(),
        "skipped though GOODALL_CI is set: {reason}; install what is missing (.ci/run does) or run without GOODALL_CI"
    );
    eprintln!("skipped: {reason}");
}

/// Whether the long tests were asked for: `GOODALL_LONG=1`, as CI does.
#[allow(dead_code, reason = "asked by the stories that have a long form")]
pub fn long() -> bool {
    env::var_os("GOODALL_LONG").is_some()
}
