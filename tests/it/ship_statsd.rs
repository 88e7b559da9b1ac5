//! statsd's gauges: live values only, over UDP; a value below zero is set, not added; and what is said where
//! nobody listens.

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::thread;
use std::time::{Duration, Instant};

use goodall::metric::{Decode, Repr, Scale};
use goodall::ring::TrackSpec;

use crate::ring_kit::{at, seconds, track};
use crate::ship_kit::{PATIENCE, Shipped, Shipper, until};

/// Whole numbers with a sign.
fn signed() -> TrackSpec {
    let mut spec = track("valve", "", 1);
    let mut field = spec.fields[0].clone();
    field.decode = Decode {
        repr: Repr::I64,
        scale: Scale::ONE,
    };
    spec.fields = [field].into_iter().collect();
    spec
}

fn shipped(address: SocketAddr) -> Shipped {
    let shipped = Shipped::of(3600, vec![signed()], 5);
    shipped.configure(&format!(
        "[[ship]]\nname = \"gauges\"\nkind = \"statsd\"\naddress = \"{address}\"\n"
    ));
    shipped
}

/// Records a second with that value.
fn record(shipped: &Shipped, second: u64, value: i64) {
    let writer = shipped.open();
    let mut clock = writer.clock(seconds(1)).unwrap();
    let mut track = writer.track(&signed()).unwrap();
    let tick = clock.open_frame(at(second));
    track.write(&tick, tick.boot, &[value.cast_unsigned()]);
    drop((clock, track));
    writer.checkpoint(true).unwrap();
}

/// Records one second after another until that holds.
fn record_until(shipped: &Shipped, running: &Shipper, mut holds: impl FnMut() -> bool) {
    let give_up = Instant::now() + PATIENCE;
    for second in 10.. {
        assert!(Instant::now() < give_up, "{}", running.said());
        if holds() {
            return;
        }
        record(shipped, second, -5);
        thread::sleep(Duration::from_millis(200));
    }
}

#[test]
fn a_gauge_below_zero_is_set_to_zero_first() {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    socket.set_nonblocking(true).unwrap();
    let shipped = shipped(socket.local_addr().unwrap());
    let running = shipped.start();
    let mut heard = String::new();
    let mut hear = || {
        let mut datagram = [0; 2048];
        while let Ok(size) = socket.recv(&mut datagram) {
            heard.push_str(std::str::from_utf8(&datagram[..size]).unwrap());
        }
        heard.clone()
    };
    record_until(&shipped, &running, || !hear().is_empty());
    record(&shipped, 100_000, 7);
    until(|| match hear() {
        heard if heard.ends_with("host.valve.f0:7|g\n") => Ok(()),
        heard => Err(heard),
    });
    // what was recorded before is of no use there
    let heard = hear();
    let below = "host.valve.f0:0|g\nhost.valve.f0:-5|g\n";
    assert_eq!(heard.replace(below, ""), "host.valve.f0:7|g\n", "{heard}");
}

#[test]
fn a_host_where_nobody_listens_is_told_of_once_a_change() {
    let address = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|socket| socket.local_addr())
        .unwrap();
    let shipped = shipped(address);
    let running = shipped.start();
    record_until(&shipped, &running, || shipped.status("gauges").retried >= 4);
    let lines = |said: &str| said.matches(" gauges: ").count();
    let said = running.said();
    assert!(said.contains("Connection refused"), "{said}");
    assert_eq!(lines(&said), 1, "{said}");
    let _socket = UdpSocket::bind(address).unwrap();
    record_until(&shipped, &running, || {
        running.said().contains("gauges: ships again")
    });
    let said = running.said();
    assert_eq!(lines(&said), 2, "{said}");
}
