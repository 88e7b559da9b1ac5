//! The parts of goodall that run, each a process: the gatherer, and the children that it looks after.

use std::sync::atomic::Ordering::Relaxed;

use super::{Child, ProcessReader, ProcessSample};
use crate::error::ReadError;
use crate::reader::{Label, Labels, Reader, Settings};
use crate::roots::Roots;

/// Reads each part of goodall that runs; the instance is the part's name.
pub struct SelfReader {
    own: ProcessReader,
    children: Vec<(Child, Option<ProcessReader>)>,
}

impl SelfReader {
    /// This process alone, as `gather`.
    pub fn open(_roots: &Roots, _settings: &Settings) -> Result<SelfReader, ReadError> {
        Ok(SelfReader {
            own: ProcessReader::new(std::process::id())?,
            children: Vec::new(),
        })
    }

    /// A child too.
    pub fn with(mut self, child: Child) -> SelfReader {
        self.children.push((child, None));
        self
    }
}

impl Reader for SelfReader {
    type Sample = ProcessSample;

    fn read(&mut self, row: &mut dyn FnMut(&[u8], &ProcessSample)) -> Result<(), ReadError> {
        row(b"gather", &self.own.read()?);
        for ((name, cell), reader) in &mut self.children {
            let pid = cell.load(Relaxed);
            if reader.as_ref().is_none_or(|reader| reader.pid() != pid) {
                // Its files are opened in the first tick that sees it; one that has ended shows no row.
                *reader = match pid {
                    0 => None,
                    pid => ProcessReader::new(pid).ok(),
                };
            }
            if let Some(Ok(sample)) = reader.as_mut().map(ProcessReader::read) {
                row(name.as_bytes(), &sample);
            }
        }
        Ok(())
    }

    fn labels(&self, instance: &[u8]) -> Labels {
        vec![Label::of("part", instance)]
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;
    use std::sync::atomic::AtomicU32;

    use super::*;
    use crate::testdata::rows;

    #[test]
    fn a_part_shows_a_row_while_it_runs() {
        static CELL: AtomicU32 = AtomicU32::new(0);
        let mut reader = SelfReader::open(&Roots::default(), &Settings::default())
            .unwrap()
            .with(("report", &CELL));
        let names = |reader: &mut SelfReader| -> Vec<String> {
            rows(reader).into_iter().map(|(name, _)| name).collect()
        };
        assert_eq!(names(&mut reader), ["gather"]);
        let mut child = Command::new("sleep").arg("600").spawn().unwrap();
        CELL.store(child.id(), Relaxed);
        assert_eq!(names(&mut reader), ["gather", "report"]);
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(names(&mut reader), ["gather"]);
        CELL.store(0, Relaxed);
        assert_eq!(names(&mut reader), ["gather"]);
    }
}
