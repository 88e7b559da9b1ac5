//! `host_statistics64(HOST_VM_INFO64)`, its counters.

use super::{Beyond, VmstatSample};
use crate::error::ReadError;
use crate::memory::vm_statistics;
use crate::reader::{Reader, Settings};
use crate::roots::Roots;

/// Reads what the virtual memory did.
pub struct VmstatReader;

impl VmstatReader {
    /// Asks once.
    pub fn open(_roots: &Roots, _settings: &Settings) -> Result<VmstatReader, ReadError> {
        vm_statistics().map(|_| VmstatReader)
    }
}

impl Reader for VmstatReader {
    type Sample = VmstatSample;

    fn read(&mut self, row: &mut dyn FnMut(&[u8], &VmstatSample)) -> Result<(), ReadError> {
        let vm = vm_statistics()?;
        let sample = VmstatSample {
            pswpin: Some(vm.swapins),
            pswpout: Some(vm.swapouts),
            pgfault: Some(vm.faults),
            beyond: Some(Beyond {
                pageins: vm.pageins,
                pageouts: vm.pageouts,
                cow_faults: vm.cow_faults,
                zero_fills: vm.zero_fills,
                reactivations: vm.reactivations,
                purges: vm.purges,
                compressions: vm.compressions,
                decompressions: vm.decompressions,
            }),
            ..VmstatSample::default()
        };
        row(b"", &sample);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testdata::one_row;

    #[test]
    fn faults_rise() {
        let mut reader = VmstatReader::open(&Roots::default(), &Settings::default()).unwrap();
        let before = one_row(&mut reader);
        let touched = vec![1_u8; 1 << 22];
        let after = one_row(&mut reader);
        assert!(touched[7] == 1 && before.pgfault < after.pgfault);
    }
}
