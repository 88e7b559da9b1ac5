//! What is wrong with a destination whose keys can each be read.

use crate::client;
use crate::ship::{Destination, Kind};

/// Something that is wrong; it stands at the first of them, where that is given.
pub struct Fault {
    pub keys: &'static [&'static str],
    pub why: String,
}

/// What a destination must have and has not, and where it contradicts itself.
pub fn faults(at: &Destination) -> Vec<Fault> {
    let address = match at.kind {
        Kind::File => Ok(()),
        kind if kind.is_http() => check_url(&at.address),
        _ => check_address(&at.address),
    };
    let told = |is_so: bool, why: &str| if is_so { Err(why.to_owned()) } else { Ok(()) };
    let all: [(&[&str], Result<(), String>); 6] = [
        (&["address"], address),
        (
            &["path"],
            told(
                at.kind == Kind::File && at.path.as_os_str().is_empty(),
                "path is missing",
            ),
        ),
        (
            &["bucket", "database"],
            told(
                at.kind == Kind::Influx && at.database.is_some() == at.bucket.is_some(),
                "give database (Influx 1) or bucket (Influx 2), and not both",
            ),
        ),
        (
            &["agg", "step"],
            told(
                at.request.agg.is_some() && at.request.step.is_none(),
                "agg without step: there is nothing to aggregate",
            ),
        ),
        (
            &["token-file", "token"],
            told(
                at.token.is_some() && at.token_file.is_some(),
                "give token or token-file, and not both",
            ),
        ),
        (
            &["tags", "tagged"],
            told(
                !at.tags.is_empty() && at.kind == Kind::Graphite && !at.tagged,
                "tags without tagged = true: a dotted name has none",
            ),
        ),
    ];
    let wrong = |(keys, is_so): (&'static [&'static str], Result<(), String>)| {
        is_so.err().map(|why| Fault { keys, why })
    };
    all.into_iter().filter_map(wrong).collect()
}

fn check_address(address: &str) -> Result<(), String> {
    let port = address
        .rsplit_once(':')
        .map(|(host, port)| (host, port.parse::<u16>()));
    match port {
        Some((host, Ok(1..))) if !host.is_empty() => Ok(()),
        _ => Err(format!(
            "{}expected HOST:PORT, such as graphite.example.org:2003",
            quoted(address)
        )),
    }
}

fn check_url(address: &str) -> Result<(), String> {
    let rest = match address.split_once("://") {
        Some(("http", rest)) => rest,
        Some(("https", rest)) if client::HAS_TLS => rest,
        Some(("https", _)) => {
            return Err(format!(
                "address {address}: this build knows no TLS; send by a proxy on this machine"
            ));
        }
        _ => "",
    };
    let host = rest.split(['/', '?']).next().unwrap_or_default();
    if host.is_empty() || !address.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(format!(
            "{}expected a URL, such as http://metrics.example.org:8428",
            quoted(address)
        ));
    }
    Ok(())
}

fn quoted(address: &str) -> String {
    if address.is_empty() {
        "address is missing; ".to_owned()
    } else {
        format!("address {address:?}: ")
    }
}
