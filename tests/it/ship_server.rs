//! An HTTP server that answers by a script, and keeps what it was sent. It speaks just enough.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// What becomes of a request.
#[derive(Clone, Copy, Debug)]
pub enum Act {
    /// This status, these header lines, this body.
    Answer(u16, &'static str, &'static str),
    /// The connection is held open, and nothing is said.
    Silence,
    /// Half of an answer's head, then the end.
    Half,
    /// The end, after so many bytes of the body were read.
    CloseAfter(usize),
}

/// A request that was read whole.
#[derive(Clone, Debug)]
pub struct Request {
    pub line: String,
    pub head: String,
    pub body: Vec<u8>,
    /// The status that it was answered with; 0 where it was not.
    pub status: u16,
}

/// The server; its thread ends with the process.
pub struct Server {
    pub url: String,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    /// Plays the script, a request an act, then answers `last` to all.
    pub fn start(script: &[Act], last: Act) -> Server {
        Server::start_at((Ipv4Addr::LOCALHOST, 0).into(), script, last)
    }

    /// The same at a given address.
    pub fn start_at(address: SocketAddr, script: &[Act], last: Act) -> Server {
        let listener = TcpListener::bind(address).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let script = Arc::new(Mutex::new(VecDeque::from(script.to_vec())));
        let kept = Arc::clone(&requests);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (script, kept) = (Arc::clone(&script), Arc::clone(&kept));
                thread::spawn(move || serve(stream, &script, last, &kept));
            }
        });
        Server { url, requests }
    }

    /// What came so far.
    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    /// The bodies that were taken.
    pub fn taken(&self) -> Vec<Vec<u8>> {
        let taken = self.requests().into_iter();
        taken
            .filter(|request| (200..300).contains(&request.status))
            .map(|request| request.body)
            .collect()
    }
}

fn serve(
    stream: TcpStream,
    script: &Mutex<VecDeque<Act>>,
    last: Act,
    kept: &Mutex<Vec<Request>>,
) -> Option<()> {
    let mut stream = BufReader::new(stream);
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if stream.read_line(&mut head).ok()? == 0 {
                return None;
            }
        }
        let size = head.to_lowercase();
        let size = size.split("content-length: ").nth(1)?;
        let size = size.split("\r\n").next()?.parse().ok()?;
        let act = script.lock().unwrap().pop_front().unwrap_or(last);
        if let Act::CloseAfter(bytes) = act {
            stream.read_exact(&mut vec![0; bytes.min(size)]).ok()?;
            return None;
        }
        let mut body = vec![0; size];
        stream.read_exact(&mut body).ok()?;
        let status = match act {
            Act::Answer(status, ..) => status,
            _ => 0,
        };
        let line = head.lines().next()?.to_owned();
        kept.lock().unwrap().push(Request {
            line,
            head,
            body,
            status,
        });
        match act {
            Act::Answer(status, headers, body) => {
                let size = body.len();
                let length = format!("Content-Length: {size}\r\n");
                let length = if status == 204 { "" } else { &length };
                let answer =
                    format!("HTTP/1.1 {status} As scripted\r\n{headers}{length}\r\n{body}");
                stream.get_mut().write_all(answer.as_bytes()).ok()?;
            }
            Act::Silence => thread::sleep(Duration::from_secs(3600)),
            Act::Half => {
                let half = b"HTTP/1.1 204 No Con";
                stream.get_mut().write_all(half).ok()?;
                return None;
            }
            Act::CloseAfter(_) => return None,
        }
    }
}
