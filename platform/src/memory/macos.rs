//! `host_statistics64(HOST_VM_INFO64)`, `hw.memsize` and `vm.swapusage`.

use std::mem::offset_of;

use super::MemorySample;
use super::vm_statistics::{self, SIZE, SWAP_SIZE, VmStatistics};
use crate::bytes::Aligned;
use crate::error::ReadError;
use crate::mach;
use crate::page::page_size;
use crate::reader::{Reader, Settings};
use crate::roots::Roots;
use crate::sysctl::Sysctl;

const CALL: &str = "host_statistics64";

// mach/vm_statistics.h: later revisions add behind what is read here.
const _: () = assert!(size_of::<libc::vm_statistics64>() >= SIZE);
const _: () = assert!(offset_of!(libc::vm_statistics64, zero_fill_count) == 16);
const _: () = assert!(offset_of!(libc::vm_statistics64, purges) == 80);
const _: () = assert!(offset_of!(libc::vm_statistics64, purgeable_count) == 88);
const _: () = assert!(offset_of!(libc::vm_statistics64, swapouts) == 120);
const _: () = assert!(offset_of!(libc::vm_statistics64, compressor_page_count) == 128);
const _: () = assert!(offset_of!(libc::vm_statistics64, internal_page_count) == 140);
// sys/sysctl.h
const _: () = assert!(size_of::<libc::xsw_usage>() == SWAP_SIZE);
const _: () = assert!(offset_of!(libc::xsw_usage, xsu_used) == 16);

/// What the virtual memory is made of.
pub(crate) fn vm_statistics() -> Result<VmStatistics, ReadError> {
    let mut answer = Aligned([0_u8; SIZE]);
    // The size goes both ways in units of `integer_t`.
    let mut count = libc::mach_msg_type_number_t::try_from(SIZE / 4).expect("a small number");
    // SAFETY: the call writes at most `count` integers of 32 bits at `answer`, which has so many and is aligned for
    // them, and then their count.
    let code = unsafe {
        libc::host_statistics64(
            mach::host(),
            libc::HOST_VM_INFO64,
            answer.0.as_mut_ptr().cast(),
            &raw mut count,
        )
    };
    mach::done(code, CALL)?;
    let size = usize::try_from(count).unwrap_or(0).saturating_mul(4);
    vm_statistics::parse(&answer.0[..size.min(SIZE)]).ok_or(ReadError::Mach { call: CALL, code })
}

/// Reads how memory is used.
pub struct MemoryReader {
    swap: Sysctl,
    memory: u64,
    page_size: u64,
}

impl MemoryReader {
    /// Looks up what never changes.
    pub fn open(_roots: &Roots, _settings: &Settings) -> Result<MemoryReader, ReadError> {
        Ok(MemoryReader {
            swap: Sysctl::named(c"vm.swapusage")?,
            memory: Sysctl::named(c"hw.memsize")?.number()?,
            // host_page_size, of this process: HOST_VM_INFO64 counts in it
            page_size: page_size(),
        })
    }
}

impl Reader for MemoryReader {
    type Sample = MemorySample;

    fn read(&mut self, row: &mut dyn FnMut(&[u8], &MemorySample)) -> Result<(), ReadError> {
        let vm = vm_statistics()?;
        let mut buffer = [0; SWAP_SIZE];
        let swap = vm_statistics::parse_swap(self.swap.read(&mut buffer)?);
        let swap = swap.ok_or_else(|| self.swap.unexpected("struct xsw_usage"))?;
        row(
            b"",
            &vm_statistics::sample(&vm, self.page_size, self.memory, &swap),
        );
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testdata::one_row;

    #[test]
    fn what_is_used_is_less_than_there_is() {
        let mut reader = MemoryReader::open(&Roots::default(), &Settings::default()).unwrap();
        let memory = one_row(&mut reader);
        assert!(memory.used() > Some(0) && memory.used() < memory.total);
        assert!(memory.beyond.wired < memory.total && memory.free < memory.total);
    }
}
