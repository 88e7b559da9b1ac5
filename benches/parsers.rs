//! A parser over the text that the kernel gives: no file is read, so that its own part of a tick is seen.

use divan::{Bencher, black_box};
use goodall_platform::load::loadavg;

fn main() {
    divan::main();
}

#[divan::bench]
fn load(bencher: Bencher) {
    let text = b"0.34 2.39 0.96 1/123 4567\n";
    bencher.bench(|| loadavg::parse(black_box(text)));
}
