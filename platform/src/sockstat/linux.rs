//! `/proc/net/sockstat` and `/proc/net/sockstat6`, kept open.

use super::net_sockstat::Sockstat;
use super::{SockstatCounts, SockstatSample};
use crate::attribute::if_there;
use crate::error::ReadError;
use crate::page::page_size;
use crate::proc_file::ProcFile;
use crate::reader::{Reader, Settings};
use crate::roots::Roots;

/// Six lines of one to five numbers of twenty digits, each with a name of at most ten bytes.
const SOCKSTAT_SIZE_MAX: usize = 1024;
const _: () = assert!(SOCKSTAT_SIZE_MAX > 6 * 12 + 12 * (10 + 22));

/// Reads the counts of sockets.
pub struct SockstatReader {
    /// That of IPv4, and that of IPv6 where it is not switched off.
    files: Vec<(ProcFile, Sockstat)>,
    buffer: [u8; SOCKSTAT_SIZE_MAX],
    page_size: u64,
}

impl SockstatReader {
    /// Opens `/proc/net/sockstat`, and `/proc/net/sockstat6` where IPv6 is not switched off.
    pub fn open(roots: &Roots, _settings: &Settings) -> Result<SockstatReader, ReadError> {
        let net = roots.proc_net();
        let v4 = ProcFile::open(&net.join("sockstat"))?;
        let v6 = if_there(ProcFile::open(&net.join("sockstat6")))?;
        let files = [Some(v4), v6].into_iter().flatten();
        Ok(SockstatReader {
            files: files.map(|file| (file, Sockstat::default())).collect(),
            buffer: [0; SOCKSTAT_SIZE_MAX],
            page_size: page_size(),
        })
    }
}

impl Reader for SockstatReader {
    type Sample = SockstatSample;

    fn read(&mut self, row: &mut dyn FnMut(&[u8], &SockstatSample)) -> Result<(), ReadError> {
        let mut counts = SockstatCounts::default();
        for (file, sockstat) in &mut self.files {
            let text = file.read(&mut self.buffer)?;
            let parsed = sockstat.parse(text, &mut counts);
            parsed.map_err(|error| error.at(file.path()))?;
        }
        let page_size = self.page_size;
        row(b"", &SockstatSample { counts, page_size });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testdata::{one_row, tree};

    #[test]
    fn this_kernel_counts_everything_that_is_kept() {
        let mut reader = SockstatReader::open(&Roots::default(), &Settings::default()).unwrap();
        let mut sample = one_row(&mut reader);
        assert_eq!(
            sample.tcp_mem_bytes(),
            sample.counts.tcp_mem.map(|pages| pages * page_size())
        );
        assert!(sample.counts.slots().iter().all(|slot| slot.is_some()));
    }

    #[test]
    fn without_ipv6_its_counts_are_missing() {
        let roots = tree("constructed/linux-3.10");
        let sample = one_row(&mut SockstatReader::open(&roots, &Settings::default()).unwrap());
        assert_eq!(sample.counts.tcp_inuse, Some(12));
        assert_eq!(sample.counts.tcp6_inuse, None);
    }
}
