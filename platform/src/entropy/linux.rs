//! `/proc/sys/kernel/random/entropy_avail`, kept open; `poolsize` is a constant of the kernel.

use super::EntropySample;
use crate::attribute::Attribute;
use crate::error::ReadError;
use crate::reader::{Reader, Settings};
use crate::roots::Roots;

/// Reads the pool.
pub struct EntropyReader {
    available: Attribute,
    pool_size: u64,
}

impl EntropyReader {
    /// Opens `entropy_avail` and reads `poolsize`.
    pub fn open(roots: &Roots, _settings: &Settings) -> Result<EntropyReader, ReadError> {
        let random = roots.proc.join("sys/kernel/random");
        Ok(EntropyReader {
            available: Attribute::open(&random.join("entropy_avail"))?,
            pool_size: Attribute::open(&random.join("poolsize"))?.read_unsigned()?,
        })
    }
}

impl Reader for EntropyReader {
    type Sample = EntropySample;

    fn read(&mut self, row: &mut dyn FnMut(&[u8], &EntropySample)) -> Result<(), ReadError> {
        let sample = EntropySample {
            available: self.available.read_unsigned()?,
            pool_size: self.pool_size,
        };
        row(b"", &sample);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testdata::{one_row, tree};

    #[test]
    fn the_pool_is_what_procfs_reads() {
        let mut reader = EntropyReader::open(&Roots::default(), &Settings::default()).unwrap();
        let ours = one_row(&mut reader);
        let pool_size = procfs::sys::kernel::random::poolsize().unwrap();
        assert_eq!(ours.pool_size, u64::from(pool_size));
        assert!(ours.available <= ours.pool_size);
        let old = tree("constructed/linux-3.10");
        let old = one_row(&mut EntropyReader::open(&old, &Settings::default()).unwrap());
        assert_eq!((old.available, old.pool_size), (3021, 4096));
    }
}
