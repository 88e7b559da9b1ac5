//! How a plugin's thread, which waits for its descriptors, is told of something else: a pipe that it waits for too.

use std::io::{self, PipeReader, PipeWriter, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use goodall_platform::poll::set_nonblocking;

/// The end that others ring.
pub struct Bell {
    pipe: PipeWriter,
    is_over: AtomicBool,
}

/// The end that the thread waits for.
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
    pub fn hear(&mut self) {
        let mut rung = [0; 64];
        while matches!(self.pipe.read(&mut rung), Ok(count) if count == rung.len()) {}
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
