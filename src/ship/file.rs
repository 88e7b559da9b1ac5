//! Lines appended to a file, which is put aside as `FILE.1`, `FILE.2` ... when it is full. What was written
//! counts as arrived once it was synced, so that no cursor on the disk is ahead of the lines there.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Duration;

use super::destination::Destination;
use super::sink::{Failure, Sink, Taken};
use crate::query::Format;

/// From sync to sync; a sync a second would wear a flash disk.
const HOLD: Duration = Duration::from_secs(5);
const HEADER: &[u8] = b"time,series,value\n";

/// A file, opened when it is needed.
pub struct FileSink {
    path: PathBuf,
    is_csv: bool,
    rotate_size: u64,
    rotate_keep: u32,
    open: Option<(File, u64)>,
}

impl FileSink {
    pub fn new(destination: &Destination) -> FileSink {
        FileSink {
            path: destination.path.clone(),
            is_csv: destination.format == Format::Csv,
            rotate_size: destination.rotate_size,
            rotate_keep: destination.rotate_keep,
            open: None,
        }
    }

    fn write(&mut self, batch: &[u8]) -> io::Result<()> {
        let (file, size) = match &mut self.open {
            Some(open) => open,
            None => self.open.insert(self.reopened()?),
        };
        let before = *size;
        if let Err(error) = file.write_all(batch) {
            // what is there of it would be a line cut in two; where even that fails the next start says so
            let _ = file.set_len(before);
            return Err(error);
        }
        *size += batch.len() as u64;
        if self.rotate_size > 0 && *size >= self.rotate_size {
            file.sync_data()?;
            self.open = None;
            self.rotate()?;
        }
        Ok(())
    }

    fn reopened(&self) -> io::Result<(File, u64)> {
        let mut file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .open(&self.path)?;
        let mut size = file.metadata()?.len();
        if size == 0 && self.is_csv {
            file.write_all(HEADER)?;
            size = HEADER.len() as u64;
        }
        end_last_line(&mut file, &mut size)?;
        Ok((file, size))
    }

    fn rotate(&self) -> io::Result<()> {
        let numbered = |number: u32| {
            let mut name = self.path.as_os_str().to_owned();
            name.push(format!(".{number}"));
            PathBuf::from(name)
        };
        for number in (1..self.rotate_keep).rev() {
            match fs::rename(numbered(number), numbered(number + 1)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        if self.rotate_keep == 0 {
            return fs::remove_file(&self.path);
        }
        fs::rename(&self.path, numbered(1))
    }

    fn failed(&mut self, error: &io::Error) -> Failure {
        self.open = None;
        Failure::Again(format!("{}: {error}", self.path.display()), None)
    }
}

/// A line that was cut off by a crash gets its end, so that the next is whole.
fn end_last_line(file: &mut File, size: &mut u64) -> io::Result<()> {
    use std::os::unix::fs::FileExt;
    let mut last = [b'\n'];
    if *size > 0 {
        file.read_exact_at(&mut last, *size - 1)?;
    }
    if last != *b"\n" {
        file.write_all(b"\n")?;
        *size += 1;
    }
    Ok(())
}

impl Sink for FileSink {
    fn send(&mut self, batch: &[u8]) -> Result<Taken, Failure> {
        match self.write(batch) {
            Ok(()) => Ok(Taken::default()),
            Err(error) => Err(self.failed(&error)),
        }
    }

    fn hold(&self) -> Option<Duration> {
        Some(HOLD)
    }

    fn check(&mut self) -> Result<bool, Failure> {
        let synced = match &self.open {
            Some((file, _)) => file.sync_data(),
            None => Ok(()),
        };
        match synced {
            Ok(()) => Ok(true),
            Err(error) => Err(self.failed(&error)),
        }
    }

    fn finish(&mut self) -> Result<(), Failure> {
        self.check().map(|_| ())
    }

    fn stop(&mut self) -> bool {
        self.check().is_ok()
    }
}
