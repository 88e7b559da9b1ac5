//! The line formats, each over lines as its own programs write them: how many a second one core parses.
//! `cargo bench --bench lines`; `-- --test` runs each once. Nothing is recorded.

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use goodall::gather::lines::{Format, Parser};

fn main() {
    divan::main();
}

/// Lines of a format, with their newlines.
fn lines(format: Format) -> Vec<String> {
    (0..1000_u32)
        .map(|at| {
            let value = f64::from(at) * 0.37;
            let seconds = 1_795_323_856 + at;
            match format {
                Format::Graphite => format!("servers.web.cpu.{}.user {value:.2} {seconds}\n", at % 64),
                Format::Influx => format!(
                    "cpu,cpu=cpu{},host=web usage_user={value:.2},usage_idle={value:.2} {seconds}000000000\n",
                    at % 64
                ),
                Format::Metrics20 => {
                    format!("what=space.unit=B.mtype=gauge.device=sd{} {at} {seconds}\n", at % 64)
                }
                Format::Collectd => {
                    format!("PUTVAL web/interface-eth{}/if_octets interval=1 {seconds}:{at}:{at}\n", at % 64)
                }
                Format::Prometheus => format!("node_cpu_seconds_total{{cpu=\"{}\",mode=\"idle\"}} {value:.2}\n", at % 64),
                Format::Statsd => format!("request.time.{}:{value:.2}|ms\n", at % 64),
                Format::Nagios => format!("LOAD OK | load1={value:.3};5;10;0; load5={value:.3};5;10;0;\n"),
                Format::Opentsdb => format!("df.bytes.used {seconds} {at} mount=/data{} fstype=ext4\n", at % 64),
                Format::Json => format!("{{\"disk\": {{\"sd{}\": {{\"used\": {at}, \"ratio\": {value:.2}}}}}}}\n", at % 64),
            }
        })
        .collect()
}

#[divan::bench(args = Format::ALL.map(Format::name))]
fn parse(bencher: Bencher, name: &str) {
    let format = Format::from_name(name).expect("one of ALL");
    let lines = lines(format);
    let mut parser = Parser::new(format);
    bencher
        .counter(ItemsCount::new(lines.len()))
        .bench_local(|| {
            let mut points = 0_usize;
            for line in &lines {
                let taken = parser.line(black_box(line.as_bytes()), &mut |point| {
                    black_box(point);
                    points += 1;
                });
                assert!(taken.is_ok(), "{line}");
            }
            parser.flush(&mut |point| {
                black_box(point);
            });
            let _ = parser.end();
            points
        });
}
