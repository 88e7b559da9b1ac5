//! A parser over the text that one real kernel gave: no file is read, nothing recorded.

use divan::{Bencher, black_box};
use goodall_platform::cpu::proc_stat;
use goodall_platform::disk::diskstats;
use goodall_platform::load::loadavg;
use goodall_platform::memory::meminfo::Meminfo;
use goodall_platform::network::net_dev;
use goodall_platform::pressure::psi;
use goodall_platform::vmstat::proc_vmstat::Vmstat;

macro_rules! captured {
    ($name:literal) => {
        include_bytes!(concat!(
            "../platform/testdata/captured/vm-6.18/proc/",
            $name
        ))
    };
}

fn main() {
    divan::main();
}

#[divan::bench]
fn load(bencher: Bencher) {
    bencher.bench(|| loadavg::parse(black_box(captured!("loadavg"))));
}

#[divan::bench]
fn cpu(bencher: Bencher) {
    bencher.bench(|| proc_stat::lines(black_box(captured!("stat"))).count());
}

#[divan::bench]
fn memory(bencher: Bencher) {
    let mut meminfo = Meminfo::default();
    bencher.bench_local(|| meminfo.parse(black_box(captured!("meminfo"))));
}

#[divan::bench]
fn vmstat(bencher: Bencher) {
    let mut vmstat = Vmstat::default();
    vmstat.learn(captured!("vmstat")).unwrap();
    bencher.bench(|| vmstat.walk(black_box(captured!("vmstat"))));
}

#[divan::bench]
fn pressure(bencher: Bencher) {
    bencher.bench(|| psi::parse(black_box(captured!("pressure/io"))));
}

#[divan::bench]
fn disk(bencher: Bencher) {
    bencher.bench(|| diskstats::lines(black_box(captured!("diskstats"))).count());
}

#[divan::bench]
fn network(bencher: Bencher) {
    bencher.bench(|| net_dev::lines(black_box(captured!("net/dev"))).count());
}
