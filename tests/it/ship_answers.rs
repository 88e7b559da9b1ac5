//! Shipping over HTTP to a server that misbehaves by a script: what is refused is dropped, counted and quoted,
//! what failed comes again, and everything else arrives.

use std::time::Instant;

use crate::ship_kit::{Samples, Shipped, assert_same, until};
use crate::ship_server::{Act, Server};

const TAKEN: Act = Act::Answer(204, "", "");

fn influx(server: &Server, more: &str) -> String {
    format!(
        "[[ship]]\nname = \"influx\"\nkind = \"influx\"\naddress = \"{}\"\ndatabase = \"d\"\ngzip = false\nhost = \"\"\n{more}\n",
        server.url
    )
}

/// The samples of line protocol, as these tests' rings make them.
fn samples(bodies: &[Vec<u8>]) -> Samples {
    let mut all = Samples::new();
    for body in bodies {
        for line in std::str::from_utf8(body).unwrap().lines() {
            let mut words = line.rsplitn(3, ' ');
            let time: i64 = words.next().unwrap().parse().unwrap();
            let fields = words.next().unwrap();
            let head = words.next().unwrap().replace("\\ ", "_");
            let name = head.replace(",instance=", ".");
            for field in fields.split(',') {
                let (field, value) = field.split_once('=').unwrap();
                let key = (format!("{name}.{field}"), time);
                assert_eq!(
                    all.insert(key, value.parse().unwrap()),
                    None,
                    "{line} comes twice"
                );
            }
        }
    }
    all
}

#[test]
fn whatever_fails_comes_again_and_arrives_once() {
    for act in [
        Act::Answer(500, "", "internal"),
        Act::Answer(503, "Retry-After: 1\r\n", "busy"),
        Act::Answer(429, "Retry-After: 1\r\n", "slow down"),
        Act::Half,
        Act::CloseAfter(100),
        Act::Silence,
    ] {
        let shipped = Shipped::new(40);
        // twice: a connection that was kept and has ended is replaced without a word
        let server = Server::start(&[TAKEN, act, act], TAKEN);
        shipped.configure(&influx(&server, "batch = 50\ntimeout = \"500ms\""));
        let begun = Instant::now();
        let said = shipped.once_well();
        assert!(
            said.contains("tried again, the ring keeps what is due"),
            "{act:?}: {said}"
        );
        if let Act::Answer(_, "Retry-After: 1\r\n", words) = act {
            assert!(
                begun.elapsed().as_millis() >= 1000,
                "{act:?} was not waited for"
            );
            assert!(said.contains(words), "{said}");
        }
        assert_same(&shipped.samples(), &samples(&server.taken()));
    }
}

#[test]
fn a_batch_that_is_refused_is_dropped_counted_and_quoted_and_the_next_goes_on() {
    let shipped = Shipped::new(40);
    let refusal = Act::Answer(
        400,
        "",
        "{\"error\":\"partial write: field type conflict\"}",
    );
    let server = Server::start(&[TAKEN, refusal], TAKEN);
    shipped.configure(&influx(&server, "batch = 70"));
    let said = shipped.once_in_vain();
    let words = "400: {\"error\":\"partial write: field type conflict\"}";
    assert!(
        said.contains(&format!(
            "72 of 72 samples were refused and are dropped: {words}"
        )),
        "{said}"
    );
    let all = shipped.samples();
    let found = samples(&server.taken());
    assert_eq!(found.len(), all.len() - 72);
    assert!(
        said.contains(&format!(
            "influx: {} samples sent, 72 refused: {words}\n",
            found.len()
        )),
        "{said}"
    );
    let said = shipped.once_well();
    assert!(said.contains("influx: 0 samples sent"), "{said}");
}

/// What a store may say to harm whoever reads of it.
fn spiteful() -> &'static str {
    let body = format!("no:\r\n\x1b[31m\"bad\"\u{9b}2J\x7f {}", "x".repeat(3000));
    Box::leak(body.into_boxed_str())
}

fn assert_plain_and_short(what: &str, said: &str) {
    let plain = |line: &str| line.starts_with("goodall: ") && line.len() < 350;
    assert!(said.lines().all(plain), "{what}: {said}");
    let is_control = |letter: char| letter.is_control() && letter != '\n';
    assert!(!said.contains(is_control), "{what}: {said:?}");
}

#[test]
fn what_a_store_says_stays_one_short_line_without_control_characters() {
    let body = spiteful();
    for status in [302, 400, 401, 404, 429, 503] {
        let shipped = Shipped::new(4);
        let server = Server::start(&[], Act::Answer(status, "", body));
        shipped.configure(&influx(&server, ""));
        let said = shipped.once_in_vain();
        let words = format!("{status}: no: [31m\"bad\" 2J xxx");
        assert!(said.contains(&words), "{said}");
        assert_plain_and_short(&status.to_string(), &said);
        let checked = shipped.goodall(&["check", "--ship"]).output().unwrap();
        let checked = String::from_utf8(checked.stdout).unwrap();
        let line = checked.lines().find(|line| line.contains(&words));
        let line = line.unwrap_or_else(|| panic!("{checked}"));
        assert!(
            !line.contains(char::is_control) && line.len() < 350,
            "{line}"
        );
    }
}

#[test]
fn a_batch_that_is_too_large_goes_in_parts() {
    let shipped = Shipped::new(64);
    let server = Server::start(&[Act::Answer(413, "", "too large"); 3], TAKEN);
    shipped.configure(&influx(&server, ""));
    shipped.once_well();
    assert_same(&shipped.samples(), &samples(&server.taken()));
    let sizes: Vec<usize> = server.requests().iter().map(|at| at.body.len()).collect();
    assert!(sizes[3] < sizes[0] / 7, "{sizes:?}");
}

#[test]
fn a_wrong_token_is_quoted_and_holds_everything_back() {
    let shipped = Shipped::new(10);
    let refusal = Act::Answer(401, "", "unauthorized access");
    let server = Server::start(&[refusal], TAKEN);
    std::fs::write(shipped.folder.path().join("token"), "wrong\n").unwrap();
    shipped.configure(&influx(&server, "token-file = \"token\""));
    let said = shipped.once_in_vain();
    assert!(
        said.contains("refused: 401: unauthorized access; tried again every 30 s"),
        "{said}"
    );
    assert!(
        server.requests()[0]
            .head
            .contains("authorization: Token wrong\r\n"),
        "{:?}",
        server.requests()
    );
    shipped.once_well();
    assert_same(&shipped.samples(), &samples(&server.taken()));
}

#[test]
fn one_that_is_silent_never_delays_another() {
    let shipped = Shipped::new(30);
    let (silent, well) = (Server::start(&[], Act::Silence), Server::start(&[], TAKEN));
    let first = influx(&silent, "").replace("\"influx\"\nkind", "\"silent\"\nkind");
    shipped.configure(&format!("{first}{}", influx(&well, "")));
    let running = shipped.start();
    until(|| match shipped.status("influx").shipped {
        0 => Err(running.said()),
        _ => Ok(()),
    });
    assert_same(&shipped.samples(), &samples(&well.taken()));
    assert_eq!(shipped.status("silent").shipped, 0);
}

#[test]
fn check_asks_each_destination_with_one_sample() {
    let shipped = Shipped::new(30);
    let refusal = Act::Answer(403, "", "not you");
    let (stern, well) = (Server::start(&[], refusal), Server::start(&[], TAKEN));
    let first = influx(&stern, "").replace("\"influx\"\nkind", "\"stern\"\nkind");
    shipped.configure(&format!("{first}{}", influx(&well, "")));
    let output = shipped.goodall(&["check", "--ship"]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(78), "{text}");
    assert!(
        text.contains(&format!(
            "ship.stern: {}: not taken: 403: not you\n",
            stern.url
        )),
        "{text}"
    );
    assert!(
        text.contains(&format!(
            "ship.influx: {}: a sample was sent, and taken\n",
            well.url
        )),
        "{text}"
    );
    let found = samples(&well.taken());
    assert_eq!(found.len(), 1);
    let (key, value) = found.iter().next().unwrap();
    assert_eq!(shipped.samples().get(key), Some(value));
}

#[test]
fn a_ring_that_is_replaced_under_a_running_shipper_is_begun_anew() {
    let shipped = Shipped::new(20);
    let server = Server::start(&[], TAKEN);
    shipped.configure(&influx(&server, ""));
    let running = shipped.start();
    until(|| match server.taken().len() {
        0 => Err(running.said()),
        _ => Ok(()),
    });
    let other = Shipped::new(1);
    other.record(5000, 30);
    let new = shipped.folder.path().join("new");
    std::fs::copy(&other.ring, &new).unwrap();
    std::fs::rename(&new, &shipped.ring).unwrap();
    let expected = shipped.samples();
    until(|| {
        let last = server.taken().pop().unwrap();
        let found = samples(&[last]);
        if found.keys().eq(expected.keys()) {
            Ok(())
        } else {
            Err(running.said())
        }
    });
    let said = running.said();
    assert!(said.contains("another ring stands there now"), "{said}");
}
