//! Streams of lines on their way to a recorder: pipes of commands and connections of the socket. Each is read in
//! large pieces into one buffer and cut into lines there; between pieces a stream holds no more than the line that
//! is not whole yet.

use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::time::Instant;

use goodall_platform::poll::{Place, Poll, set_nonblocking};

use super::allowance::Allowance;
use super::recorder::Recorder;
use crate::gather::lines::LINE_SIZE_MAX;

/// What is read at once.
const PIECE_SIZE: usize = 16 * 1024;

/// One stream.
pub struct Input {
    file: File,
    /// Whether it is of the command itself, not of a connection.
    is_output: bool,
    partial: Vec<u8>,
    /// Whether the line at hand is too long already.
    is_cut: bool,
    /// Whether whoever writes is being ended: a last line without its end may be half of one then.
    is_broken_off: bool,
    allowance: Allowance,
    answers: Vec<u8>,
    place: Option<Place>,
}

/// What came of reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pumped {
    Nothing,
    Some,
    /// As much as there was room for.
    Full,
    Ended,
}

impl Input {
    /// A connection that is read without waiting.
    pub fn connection(fd: OwnedFd) -> std::io::Result<Input> {
        Input::new(fd, false, Allowance::new(Instant::now()))
    }

    /// A command's standard output.
    pub fn output(fd: OwnedFd) -> std::io::Result<Input> {
        Input::new(fd, true, Allowance::new(Instant::now()))
    }

    /// A connection that may send as much as it likes, to measure how much is taken.
    pub fn boundless(fd: OwnedFd) -> std::io::Result<Input> {
        Input::new(fd, false, Allowance::boundless(Instant::now()))
    }

    fn new(fd: OwnedFd, is_output: bool, allowance: Allowance) -> std::io::Result<Input> {
        set_nonblocking(fd.as_fd())?;
        Ok(Input {
            file: fd.into(),
            is_output,
            partial: Vec::new(),
            is_cut: false,
            is_broken_off: false,
            allowance,
            answers: Vec::new(),
            place: None,
        })
    }

    fn pump(&mut self, buffer: &mut [u8], recorder: &mut Recorder) -> Pumped {
        let start = self.partial.len();
        buffer[..start].copy_from_slice(&self.partial);
        let room = buffer.len() - start;
        let count = match self.file.read(&mut buffer[start..]) {
            Ok(0) => {
                let is_line = start > 0 && !self.is_cut && !self.is_broken_off;
                if is_line && self.allowance.line() {
                    self.show(&buffer[..start], recorder);
                }
                self.answer();
                return Pumped::Ended;
            }
            Ok(count) => count,
            Err(error)
                if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) =>
            {
                return Pumped::Nothing;
            }
            Err(_) => return Pumped::Ended,
        };
        self.allowance.read(count);
        self.partial.clear();
        self.cut(&buffer[..start + count], recorder);
        self.answer();
        if count == room {
            Pumped::Full
        } else {
            Pumped::Some
        }
    }

    /// Shows the whole lines of `bytes` and keeps what follows them.
    fn cut(&mut self, mut bytes: &[u8], recorder: &mut Recorder) {
        while let Some(end) = bytes.iter().position(|&byte| byte == b'\n') {
            if !self.is_cut && !self.allowance.line() {
                let (dropped, rest) = bytes.split_at(last_newline(bytes).unwrap_or(end) + 1);
                recorder.counts.dropped += newlines(dropped);
                bytes = rest;
                break;
            }
            let line = &bytes[..end];
            bytes = &bytes[end + 1..];
            if std::mem::replace(&mut self.is_cut, false) {
                continue;
            }
            if line.len() > LINE_SIZE_MAX {
                recorder.too_long(line);
            } else {
                self.show(line, recorder);
            }
        }
        if bytes.len() > LINE_SIZE_MAX && !self.is_cut {
            self.is_cut = true;
            recorder.too_long(bytes);
        }
        if !self.is_cut {
            self.partial.extend_from_slice(bytes);
        }
    }

    fn show(&mut self, line: &[u8], recorder: &mut Recorder) {
        let answers = (!self.is_output).then_some(&mut self.answers);
        recorder.line(line, answers);
    }

    /// Hands over the answers, as far as the peer takes them without waiting.
    fn answer(&mut self) {
        while !self.answers.is_empty() {
            match self.file.write(&self.answers) {
                Ok(count) if count > 0 => drop(self.answers.drain(..count)),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                // a peer that does not listen may still speak
                _ => self.answers.clear(),
            }
        }
    }
}

fn last_newline(bytes: &[u8]) -> Option<usize> {
    bytes.iter().rposition(|&byte| byte == b'\n')
}

/// How many lines end in these bytes; in blocks whose counts fit a byte, which the compiler makes wide.
fn newlines(bytes: &[u8]) -> u64 {
    let count = |block: &[u8]| {
        let ends = block.iter().map(|&byte| u8::from(byte == b'\n'));
        u64::from(ends.sum::<u8>())
    };
    bytes.chunks(255).map(count).sum()
}

/// All streams of a thread.
pub struct Inputs {
    all: Vec<Input>,
    buffer: Box<[u8]>,
}

impl Inputs {
    /// None yet.
    pub fn new() -> Inputs {
        Inputs {
            all: Vec::new(),
            buffer: vec![0; LINE_SIZE_MAX + PIECE_SIZE].into(),
        }
    }

    /// Takes in another.
    pub fn add(&mut self, input: Input) {
        self.all.push(input);
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Has `poll` wait for those that may be read; gives when one that was held back may be again.
    pub fn wait_in(&mut self, poll: &mut Poll, now: Instant) -> Option<Instant> {
        let mut due = None;
        for input in &mut self.all {
            input.allowance.refill(now);
            input.place = None;
            match input.allowance.held_until() {
                Some(until) => due = Some(due.map_or(until, |due: Instant| due.min(until))),
                None => input.place = Some(poll.readable(input.file.as_fd())),
            }
        }
        due
    }

    /// Reads a piece of each that is ready. Whether there may be more at once.
    pub fn pump(&mut self, poll: &Poll, recorder: &mut Recorder) -> bool {
        let mut more = false;
        let buffer = &mut self.buffer;
        self.all.retain_mut(|input| {
            if !input.place.is_some_and(|place| poll.is_ready(place)) {
                return true;
            }
            let pumped = input.pump(buffer, recorder);
            more |= pumped == Pumped::Full;
            pumped != Pumped::Ended
        });
        more
    }

    /// Whoever writes to these is being ended, maybe in the middle of a line.
    pub fn break_off(&mut self) {
        for input in &mut self.all {
            input.is_broken_off = true;
        }
    }

    /// Reads what the command that ended left in its pipe, and closes it.
    pub fn end_output(&mut self, recorder: &mut Recorder) {
        /// A pipe holds no more at once, and somebody may go on filling it.
        const PIECES_MAX: usize = 8;
        let buffer = &mut self.buffer;
        self.all.retain_mut(|input| {
            if input.is_output {
                let mut pieces = 0;
                while pieces < PIECES_MAX
                    && matches!(input.pump(buffer, recorder), Pumped::Some | Pumped::Full)
                {
                    pieces += 1;
                }
            }
            !input.is_output
        });
    }
}

impl Default for Inputs {
    fn default() -> Inputs {
        Inputs::new()
    }
}
