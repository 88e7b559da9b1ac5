//! An HTTP client that knows just enough, and checks what it reads: heads, lengths, chunks.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

/// Longer than any answer may take here: a test that waits so long has failed.
const PATIENCE: Duration = Duration::from_secs(60);

/// An answer, read whole.
#[derive(Debug)]
pub struct Response {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Response {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        let found = lines.find(|(field, _)| field.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value)
    }

    /// The body, which must be JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    /// What an error says.
    pub fn error(&self) -> String {
        self.json()["error"].as_str().unwrap().to_owned()
    }
}

/// A connection.
pub struct Client<S> {
    stream: BufReader<S>,
}

impl Client<TcpStream> {
    pub fn connect(address: SocketAddr) -> Client<TcpStream> {
        Client::try_connect(address).unwrap()
    }

    /// `None` where nobody listens.
    pub fn try_connect(address: SocketAddr) -> Option<Client<TcpStream>> {
        let stream = TcpStream::connect(address).ok()?;
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        Some(Client {
            stream: BufReader::new(stream),
        })
    }
}

impl Client<UnixStream> {
    pub fn connect_unix(path: &Path) -> Client<UnixStream> {
        Client::try_connect_unix(path).unwrap()
    }

    /// `None` where nobody listens.
    pub fn try_connect_unix(path: &Path) -> Option<Client<UnixStream>> {
        let stream = UnixStream::connect(path).ok()?;
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        Some(Client {
            stream: BufReader::new(stream),
        })
    }
}

impl<S: Read + Write> Client<S> {
    /// Sends bytes as they are.
    pub fn send(&mut self, bytes: &str) {
        self.try_send(bytes).unwrap();
    }

    /// `None` where the connection has ended.
    pub fn try_send(&mut self, bytes: &str) -> Option<()> {
        self.stream.get_mut().write_all(bytes.as_bytes()).ok()
    }

    /// `GET`, kept alive.
    pub fn get(&mut self, target: &str) -> Response {
        self.send(&format!("GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n"));
        self.read(true).expect("an answer")
    }

    /// Reads one answer; `None` where the connection ended or was reset before it was whole.
    pub fn read(&mut self, has_body: bool) -> Option<Response> {
        let mut response = self.head()?;
        if has_body {
            response.body = String::from_utf8(self.body(&response)?).unwrap();
        }
        Some(response)
    }

    /// The same of an answer that is no text: its body apart.
    pub fn read_bytes(&mut self) -> Option<(Response, Vec<u8>)> {
        let response = self.head()?;
        let body = self.body(&response)?;
        Some((response, body))
    }

    fn head(&mut self) -> Option<Response> {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if self.stream.read_line(&mut head).ok()? == 0 {
                return None;
            }
        }
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Some(Response {
            status,
            head,
            body: String::new(),
        })
    }

    fn body(&mut self, response: &Response) -> Option<Vec<u8>> {
        let mut body = Vec::new();
        if let Some(length) = response.header("Content-Length") {
            body.resize(length.parse().unwrap(), 0);
            self.stream.read_exact(&mut body).ok()?;
        } else if response.header("Transfer-Encoding").is_some() {
            while self.chunk(&mut body)? {}
        } else {
            self.stream.read_to_end(&mut body).ok()?;
        }
        Some(body)
    }

    fn chunk(&mut self, body: &mut Vec<u8>) -> Option<bool> {
        let mut size = String::new();
        self.stream.read_line(&mut size).ok()?;
        let size = usize::from_str_radix(size.trim_end(), 16).ok()?;
        let start = body.len();
        body.resize(start + size, 0);
        self.stream.read_exact(&mut body[start..]).ok()?;
        let mut end = [0; 2];
        self.stream.read_exact(&mut end).ok()?;
        assert_eq!(&end, b"\r\n");
        Some(size > 0)
    }

    /// What follows, as it comes.
    pub fn stream(&mut self) -> &mut impl Read {
        &mut self.stream
    }

    /// Whether the server has ended the connection, and sent nothing more.
    pub fn is_at_its_end(&mut self) -> bool {
        matches!(self.stream.read(&mut [0; 1]), Ok(0) | Err(_))
    }
}

/// One `GET` on a connection of its own.
pub fn get(address: SocketAddr, target: &str) -> Response {
    Client::connect(address).get(target)
}

/// One request, head as given but for the empty line, on a connection of its own.
pub fn ask(address: SocketAddr, head: &str) -> Response {
    let mut client = Client::connect(address);
    client.send(&format!("{head}\r\n\r\n"));
    client.read(!head.starts_with("HEAD")).expect("an answer")
}
