//! How a thread that waits for its descriptors is told of something else: a pipe that it waits for too.

use std::io::{self, PipeReader, PipeWriter, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::poll::set_nonblocking;

/// The end that others ring.
#[derive(Debug)]
pub struct Bell {
    pipe: PipeWriter,
    is_over: AtomicBool,
}

/// The end that the thread waits for.
#[derive(Debug)]
pub struct Ear {
    pipe: PipeReader,
    bell: Arc<Bell>,
}

/// Both ends.
pub fn bell() -> io::Result<(Arc<Bell>, Ear)> {
    let (reader, writer) = io::pipe()?;
    set_nonblocking(reader.as_fd())?;
    set_nonblocking(writer.as_fd())?;
    let bell = Arc::new(Bell {
        pipe: writer,
        is_over: AtomicBool::new(false),
    });
    let ear = Ear {
        pipe: reader,
        bell: Arc::clone(&bell),
    };
    Ok((bell, ear))
}

impl Bell {
    /// Wakes the thread.
    pub fn ring(&self) {
        // a pipe that is full wakes it as well
        let _ = (&self.pipe).write(&[0]);
    }

    /// Tells the thread to end.
    pub fn end(&self) {
        self.is_over.store(true, Ordering::Release);
        self.ring();
    }
}

impl Ear {
    /// Takes what was rung.
    pub fn hear(&self) {
        let mut rung = [0; 64];
        while matches!((&self.pipe).read(&mut rung), Ok(count) if count == rung.len()) {}
    }

    /// Whether the thread is to end.
    pub fn is_over(&self) -> bool {
        self.bell.is_over.load(Ordering::Acquire)
    }
}

impl AsFd for Ear {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.pipe.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::poll::Poll;

    #[test]
    fn what_was_rung_is_waited_for_until_it_is_heard() {
        let (bell, ear) = bell().unwrap();
        let is_rung = |ear: &Ear, patience| {
            let mut poll = Poll::new();
            let place = poll.readable(ear.as_fd());
            poll.wait(patience);
            poll.is_ready(place)
        };
        assert!(!is_rung(&ear, Duration::ZERO));
        for _ in 0..100_000 {
            bell.ring();
        }
        assert!(is_rung(&ear, Duration::from_secs(10)));
        ear.hear();
        assert!(!is_rung(&ear, Duration::ZERO) && !ear.is_over());
        bell.end();
        assert!(is_rung(&ear, Duration::from_secs(10)) && ear.is_over());
    }
}
