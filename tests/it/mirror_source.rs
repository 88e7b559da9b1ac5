//! A server that has a file in parts, as `GET /ring` gives them, and may misbehave.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread;

/// What a server does with a request for a part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Manner {
    /// What it should.
    Good,
    /// This status, these headers, this text.
    Status(u16, &'static str, &'static str),
    /// Half of the part, and the connection ends.
    Half,
    /// The connection ends.
    Close,
    /// Nothing, for as long as it is asked to.
    Silent,
    /// Bytes that are no ring's, well wrapped.
    Garbage,
    /// More bytes than it said.
    Endless,
    /// Another part than it was asked for.
    OtherPart,
    /// Says that the file is so long.
    Long(u64),
    /// The whole file whatever is asked for.
    Whole,
    /// Does not say which version of the file it sends.
    NoTag,
}

struct Served {
    file: PathBuf,
    tag: String,
    manner: Manner,
    /// Parts that are answered well before the manner takes hold.
    good_first: u64,
    asked: u64,
    bytes: u64,
}

/// A server that has a file in parts.
pub struct Fake {
    pub address: SocketAddr,
    served: Arc<Mutex<Served>>,
}

impl Fake {
    pub fn of(file: &Path) -> Fake {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let served = Arc::new(Mutex::new(Served {
            file: file.to_owned(),
            tag: "\"one\"".to_owned(),
            manner: Manner::Good,
            good_first: 0,
            asked: 0,
            bytes: 0,
        }));
        let (address, shared) = (listener.local_addr().unwrap(), Arc::clone(&served));
        // it ends with the process: the listener's thread waits for nobody else
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&shared);
                thread::spawn(move || while answer(&stream, &shared).is_ok() {});
            }
        });
        Fake { address, served }
    }

    /// How it goes on, after so many good answers.
    pub fn behave(&self, good_first: u64, manner: Manner) {
        let mut served = self.served.lock().unwrap();
        (served.good_first, served.manner) = (good_first, manner);
    }

    /// Another file, of another name among its versions.
    pub fn serve(&self, file: &Path, tag: &str) {
        let mut served = self.served.lock().unwrap();
        (served.file, served.tag) = (file.to_owned(), tag.to_owned());
    }

    /// Requests until now, and bytes that were answered.
    pub fn asked(&self) -> (u64, u64) {
        let served = self.served.lock().unwrap();
        (served.asked, served.bytes)
    }
}

/// What is asked for.
struct Request {
    first: u64,
    last: u64,
    if_match: Option<String>,
}

impl Request {
    fn read(stream: &TcpStream) -> io::Result<Request> {
        let mut head = String::new();
        let mut reader = BufReader::new(stream);
        while !head.ends_with("\r\n\r\n") {
            if reader.read_line(&mut head)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        let header = |name: &str| {
            let mut lines = head.lines().filter_map(|line| line.split_once(": "));
            let found = lines.find(|(field, _)| field.eq_ignore_ascii_case(name));
            found.map(|(_, value)| value)
        };
        let range = header("Range").and_then(|range| range.strip_prefix("bytes="));
        let range = range.and_then(|range| range.split_once('-'));
        let (first, last) = range.expect("a mirror asks for parts");
        Ok(Request {
            first: first.parse().unwrap(),
            last: last.parse().unwrap(),
            if_match: header("If-Match").map(str::to_owned),
        })
    }
}

/// What is served now, and how.
fn now(served: &Mutex<Served>) -> (File, String, Manner) {
    let mut served = served.lock().unwrap();
    served.asked += 1;
    let manner = match served.good_first.checked_sub(1) {
        Some(left) => {
            served.good_first = left;
            Manner::Good
        }
        None => served.manner.clone(),
    };
    (
        File::open(&served.file).unwrap(),
        served.tag.clone(),
        manner,
    )
}

fn answer(mut out: &TcpStream, served: &Mutex<Served>) -> io::Result<()> {
    let Request {
        first,
        last,
        if_match,
    } = Request::read(out)?;
    let (file, tag, manner) = now(served);
    if if_match.is_some_and(|wanted| wanted != tag) {
        return plain(out, 412, "", "this is another file");
    }
    let length = file.metadata()?.len();
    if first >= length {
        return plain(out, 416, "", "beyond");
    }
    let last = last.min(length - 1);
    let mut body = vec![0; usize::try_from(last - first + 1).unwrap()];
    file.read_exact_at(&mut body, first)?;
    served.lock().unwrap().bytes += body.len() as u64;
    let (mut said_first, mut said_length) = (first, length);
    let mut said_tag = format!("ETag: {tag}\r\n");
    match manner {
        Manner::Status(code, headers, text) => return plain(out, code, headers, text),
        Manner::Close => return Err(io::ErrorKind::BrokenPipe.into()),
        Manner::Silent => return Request::read(out).map(drop),
        Manner::Whole => return plain(out, 200, &said_tag, "all of it"),
        Manner::Garbage => body.iter_mut().zip(first..).for_each(|(byte, at)| {
            *byte = at.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes()[7];
        }),
        Manner::OtherPart => said_first += 8,
        Manner::Long(bytes) => said_length = bytes,
        Manner::NoTag => said_tag.clear(),
        Manner::Good | Manner::Half | Manner::Endless => {}
    }
    let said_last = said_first + last - first;
    let size = match manner {
        Manner::Endless => String::new(),
        _ => format!("Content-Length: {}\r\n", body.len()),
    };
    write!(
        out,
        "HTTP/1.1 206 Partial Content\r\n{said_tag}\
         Content-Range: bytes {said_first}-{said_last}/{said_length}\r\n{size}\r\n"
    )?;
    match manner {
        Manner::Half => {
            out.write_all(&body[..body.len() / 2])?;
            Err(io::ErrorKind::BrokenPipe.into())
        }
        // until it hangs up
        Manner::Endless => loop {
            out.write_all(&body)?;
        },
        _ => out.write_all(&body),
    }
}

fn plain(mut out: &TcpStream, code: u16, headers: &str, text: &str) -> io::Result<()> {
    let size = text.len();
    write!(
        out,
        "HTTP/1.1 {code} Said\r\n{headers}Content-Length: {size}\r\n\r\n{text}"
    )
}
