//! Shipping lines over TCP and UDP to a listener that breaks off, is away, or was never there: every sample
//! comes, with its value and its second.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use goodall::format::delivery::State;

use crate::ship_kit::{Samples, Shipped, until};

const NS_A_SECOND: i64 = 1_000_000_000;

fn graphite(address: &str, more: &str) -> String {
    format!("[[ship]]\nname = \"carbon\"\nkind = \"graphite\"\naddress = \"{address}\"\n{more}\n")
}

/// The lines that a ring's samples make.
fn lines(samples: &Samples, before: &str) -> BTreeSet<String> {
    samples
        .iter()
        .map(|((name, ns), value)| format!("{before}{name} {value} {}", ns / NS_A_SECOND))
        .collect()
}

fn listener() -> (TcpListener, String) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap().to_string();
    (listener, address)
}

#[test]
fn every_sample_arrives_though_connections_end_in_the_middle() {
    let shipped = Shipped::new(400);
    let (listener, address) = listener();
    shipped.configure(&graphite(&address, "prefix = \"x.y\"\nbatch = 200"));
    let (sender, received) = mpsc::channel();
    thread::spawn(move || {
        // the first three are reset after so many lines, with more unread
        for lines in [10, 700, 1, usize::MAX] {
            let (stream, _) = listener.accept().unwrap();
            for line in BufReader::new(stream).lines().take(lines) {
                let Ok(line) = line else { break };
                sender.send(line).unwrap();
            }
        }
    });
    shipped.once_well();
    let found: Vec<String> = received.iter().collect();
    let expected = lines(&shipped.samples(), "x.y.host.");
    assert_eq!(found.iter().cloned().collect::<BTreeSet<_>>(), expected);
    assert!(found.len() < 2 * expected.len(), "{} lines", found.len());
}

#[test]
fn a_name_that_does_not_resolve_and_a_port_that_is_closed_are_tried_again() {
    let shipped = Shipped::new(20);
    let (listener, address) = listener();
    drop(listener);
    let nowhere = graphite("host.invalid:2003", "").replace("carbon", "nowhere");
    shipped.configure(&format!("{nowhere}{}", graphite(&address, "host = \"\"")));
    let running = shipped.start();
    until(|| {
        let tried = ["nowhere", "carbon"]
            .iter()
            .all(|name| shipped.status(name).retried > 0);
        if tried { Ok(()) } else { Err(running.said()) }
    });
    let listener = TcpListener::bind(&address).unwrap();
    let expected = lines(&shipped.samples(), "");
    let stream = listener.accept().unwrap().0;
    stream
        .set_read_timeout(Some(Duration::from_secs(30)))
        .unwrap();
    let lines = BufReader::new(stream).lines().take(expected.len());
    assert_eq!(lines.map(Result::unwrap).collect::<BTreeSet<_>>(), expected);
    until(|| match running.said() {
        said if said.contains("carbon: ships again") => Ok(()),
        said => Err(said),
    });
    let said = running.said();
    let lines = said.matches("nowhere: ").count();
    assert_eq!(lines, 2, "a line a change of state: {said}");
    until(|| match shipped.status("carbon").state {
        State::Ok => Ok(()),
        state => Err(format!("{state:?}")),
    });
}

#[test]
fn tags_and_metrics20_name_what_is_shipped() {
    let shipped = Shipped::new(1);
    for (more, expected) in [
        (
            "tagged = true\ntags = { site = \"a b\" }\nmatch = \"hwmon.*\"",
            "hwmon.f0;host=host;instance=chip_0;site=a_b 0 1795323856",
        ),
        ("match = \"disk.*\"", "host.disk.sda.f0 0 1795323856"),
    ] {
        assert_eq!(first_line(&shipped, more), expected);
    }
    let metrics20 = first_line(
        &shipped,
        "match = \"hwmon.*\"\ntags = { site = \"a.b\" }\n# metrics20",
    );
    assert_eq!(
        metrics20,
        "host=host.site=a_b.collector=hwmon.instance=chip_0.what=f0.unit=1.mtype=gauge 0 1795323856"
    );
}

/// The first line that a new listener gets.
fn first_line(shipped: &Shipped, more: &str) -> String {
    let _ = std::fs::remove_dir_all(shipped.folder.path().join("ring.ship"));
    let (listener, address) = listener();
    let accept = thread::spawn(move || {
        let stream = listener.accept().unwrap().0;
        BufReader::new(stream)
            .lines()
            .map(Result::unwrap)
            .collect::<Vec<_>>()
    });
    let mut text = graphite(&address, more);
    if more.ends_with("metrics20") {
        text = text.replace("\"graphite\"", "\"metrics20\"");
    }
    shipped.configure(&text);
    shipped.once_well();
    accept.join().unwrap()[0].clone()
}

#[test]
fn datagrams_carry_every_sample_to_who_listens() {
    let shipped = Shipped::new(30);
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    socket
        .set_read_timeout(Some(Duration::from_secs(5)))
        .unwrap();
    let address = socket.local_addr().unwrap().to_string();
    shipped.configure(&graphite(&address, "protocol = \"udp\"\nhost = \"db.1\""));
    let expected = lines(&shipped.samples(), "db_1.");
    let reader = thread::spawn(move || {
        let mut found = BTreeSet::new();
        let mut datagram = vec![0; 65536];
        while found.len() < expected.len() {
            let size = socket.recv(&mut datagram).unwrap();
            assert!(size <= 1428, "{size}");
            let text = String::from_utf8(datagram[..size].to_vec()).unwrap();
            found.extend(text.lines().map(str::to_owned));
        }
        assert_eq!(found, expected);
    });
    shipped.once_well();
    reader.join().unwrap();
    // nobody is there any more, which the host says
    shipped.record(30, 5);
    let said = shipped.once_in_vain();
    assert!(said.contains("Connection refused"), "{said}");
}
