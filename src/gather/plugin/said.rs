//! What a plugin's command writes to its standard error: logged with its name, a line an event, and no more of them
//! than a person would read.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

use goodall_platform::poll::set_nonblocking;

use crate::warning;

/// Longest line that is logged; what follows is cut off.
const LINE_SIZE_MAX: usize = 512;
/// Lines at once.
const LINES_MAX: u32 = 10;
/// Then one in so long.
const PAUSE: Duration = Duration::from_secs(6);
/// Bytes that are looked at each time it is ready; the rest is read and dropped.
const PIECE_SIZE: usize = 2048;

/// How many lines may be logged now. It outlives the command, which may be started each second.
pub struct Quota {
    left: u32,
    refilled: Instant,
    dropped: u64,
}

impl Quota {
    /// Full.
    pub fn new(now: Instant) -> Quota {
        Quota {
            left: LINES_MAX,
            refilled: now,
            dropped: 0,
        }
    }

    /// Takes one line, if there is one; with it how many were left out before.
    fn take(&mut self, now: Instant) -> Option<u64> {
        while self.left < LINES_MAX && now.saturating_duration_since(self.refilled) >= PAUSE {
            self.left += 1;
            self.refilled += PAUSE;
        }
        if self.left == LINES_MAX {
            self.refilled = now;
        }
        if self.left == 0 {
            self.dropped += 1;
            return None;
        }
        self.left -= 1;
        Some(std::mem::take(&mut self.dropped))
    }
}

/// One command's standard error.
pub struct Said {
    file: File,
    partial: Vec<u8>,
}

impl Said {
    /// That of the pipe.
    pub fn new(fd: OwnedFd) -> std::io::Result<Said> {
        set_nonblocking(fd.as_fd())?;
        Ok(Said {
            file: fd.into(),
            partial: Vec::new(),
        })
    }

    /// Reads and logs what is there. False at its end.
    pub fn pump(&mut self, title: &str, quota: &mut Quota) -> bool {
        let mut piece = [0; PIECE_SIZE];
        let count = match self.file.read(&mut piece) {
            Ok(0) => {
                self.log(title, quota);
                return false;
            }
            Ok(count) => count,
            Err(error) => {
                return matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted);
            }
        };
        for part in piece[..count].split_inclusive(|&byte| byte == b'\n') {
            let room = LINE_SIZE_MAX - self.partial.len();
            let text = part.strip_suffix(b"\n").unwrap_or(part);
            self.partial
                .extend_from_slice(&text[..text.len().min(room)]);
            if part.ends_with(b"\n") {
                self.log(title, quota);
            }
        }
        true
    }

    fn log(&mut self, title: &str, quota: &mut Quota) {
        let text = String::from_utf8_lossy(&self.partial);
        let text = text.trim_end();
        if !text.is_empty()
            && let Some(dropped) = quota.take(Instant::now())
        {
            if dropped > 0 {
                warning!("{title}: left out {dropped} lines of its standard error");
            }
            warning!("{title}: says: {text}");
        }
        self.partial.clear();
    }
}

impl AsFd for Said {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_lines_at_once_then_few_a_minute_and_what_is_left_out_is_told() {
        let start = Instant::now();
        let mut quota = Quota::new(start);
        let taken = (0..100).filter(|_| quota.take(start).is_some()).count();
        assert_eq!(taken, 10);
        assert_eq!(quota.take(start + PAUSE), Some(90));
        assert_eq!(quota.take(start + PAUSE), None);
        assert_eq!(quota.take(start + PAUSE * 30), Some(1));
    }
}
