//! `struct vm_statistics64` of macOS' mach/vm_statistics.h, what HOST_VM_INFO64 answers, and `struct xsw_usage` of
//! sys/sysctl.h: pages and bytes, and what they come to.

use super::{Beyond, MemorySample};
use crate::bytes::Bytes;

/// The structure's size as of its revision 1, which every macOS from 10.9 on fills.
pub const SIZE: usize = 152;
/// The size of `struct xsw_usage`.
pub const SWAP_SIZE: usize = 32;

/// What the kernel's memory is made of, in pages, and what it counted since boot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VmStatistics {
    /// Free, those included that were read ahead.
    pub free: u64,
    /// Used of late.
    pub active: u64,
    /// Not used of late.
    pub inactive: u64,
    /// Cannot be paged out.
    pub wired: u64,
    /// Pages filled with zeros.
    pub zero_fills: u64,
    /// Pages that were inactive and became active.
    pub reactivations: u64,
    /// Pages read in.
    pub pageins: u64,
    /// Pages written out.
    pub pageouts: u64,
    /// Page faults.
    pub faults: u64,
    /// Copies made on a write.
    pub cow_faults: u64,
    /// Purgeable pages that were dropped.
    pub purges: u64,
    /// May be dropped.
    pub purgeable: u64,
    /// Read ahead, not yet used; among the free ones.
    pub speculative: u64,
    /// Pages taken out of the compressor.
    pub decompressions: u64,
    /// Pages put into the compressor.
    pub compressions: u64,
    /// Pages read from swap.
    pub swapins: u64,
    /// Pages written to swap.
    pub swapouts: u64,
    /// Pages that the compressor's store takes.
    pub compressor: u64,
    /// With a file behind them.
    pub external: u64,
    /// Without a file behind them.
    pub internal: u64,
}

/// Reads the structure; `None` where it is too short.
pub fn parse(bytes: &[u8]) -> Option<VmStatistics> {
    let bytes = Bytes(bytes);
    let pages = |offset| bytes.u32(offset).map(u64::from);
    let count = |offset| bytes.u64(offset);
    Some(VmStatistics {
        free: pages(0)?,
        active: pages(4)?,
        inactive: pages(8)?,
        wired: pages(12)?,
        zero_fills: count(16)?,
        reactivations: count(24)?,
        pageins: count(32)?,
        pageouts: count(40)?,
        faults: count(48)?,
        cow_faults: count(56)?,
        purges: count(80)?,
        purgeable: pages(88)?,
        speculative: pages(92)?,
        decompressions: count(96)?,
        compressions: count(104)?,
        swapins: count(112)?,
        swapouts: count(120)?,
        compressor: pages(128)?,
        external: pages(136)?,
        internal: pages(140)?,
    })
}

/// How much swap there is, bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swap {
    /// In all: the swap files as large as they are now.
    pub total: u64,
    /// Not used.
    pub available: u64,
    /// Used.
    pub used: u64,
}

/// Reads `struct xsw_usage`.
pub fn parse_swap(bytes: &[u8]) -> Option<Swap> {
    let bytes = Bytes(bytes);
    Some(Swap {
        total: bytes.u64(0)?,
        available: bytes.u64(8)?,
        used: bytes.u64(16)?,
    })
}

/// The sample: what can be had at once is what is free and what was not used of late, as gopsutil has it.
pub fn sample(vm: &VmStatistics, page_size: u64, memory: u64, swap: &Swap) -> MemorySample {
    let kib = |bytes: u64| Some(bytes / 1024);
    let pages = |pages: u64| kib(pages.saturating_mul(page_size));
    MemorySample {
        total: kib(memory),
        free: pages(vm.free),
        available: pages(vm.free + vm.inactive),
        active: pages(vm.active),
        inactive: pages(vm.inactive),
        swap_total: kib(swap.total),
        swap_free: kib(swap.available),
        beyond: Beyond {
            wired: pages(vm.wired),
            compressed: pages(vm.compressor),
            internal: pages(vm.internal),
            external: pages(vm.external),
            purgeable: pages(vm.purgeable),
            speculative: pages(vm.speculative),
            swapped_in: pages(vm.pageins),
            swapped_out: pages(vm.pageouts),
            swap_used: kib(swap.used),
        },
        ..MemorySample::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testdata::each_damaged;

    /// The structure with each number its own offset, and 100 more.
    fn structure() -> Vec<u8> {
        let mut bytes = vec![0; SIZE];
        let mut at = 0;
        while at < SIZE {
            let width = match at {
                0..16 | 88..96 | 128..144 => 4,
                _ => 8,
            };
            let number = u64::try_from(100 + at).unwrap().to_le_bytes();
            bytes[at..at + width].copy_from_slice(&number[..width]);
            at += width;
        }
        bytes
    }

    #[test]
    fn each_number_is_taken_from_its_place() {
        let vm = parse(&structure()).unwrap();
        assert_eq!(
            (vm.free, vm.active, vm.inactive, vm.wired),
            (100, 104, 108, 112)
        );
        assert_eq!((vm.zero_fills, vm.reactivations), (116, 124));
        assert_eq!((vm.pageins, vm.pageouts), (132, 140));
        assert_eq!((vm.faults, vm.cow_faults, vm.purges), (148, 156, 180));
        assert_eq!((vm.purgeable, vm.speculative), (188, 192));
        assert_eq!((vm.decompressions, vm.compressions), (196, 204));
        assert_eq!((vm.swapins, vm.swapouts), (212, 220));
        assert_eq!((vm.compressor, vm.external, vm.internal), (228, 236, 240));
        assert_eq!(parse(&structure()[..143]), None);
        each_damaged(&structure(), |bytes| _ = parse(bytes));
    }

    #[test]
    fn pages_become_kib_and_what_can_be_had_is_free_or_inactive() {
        let vm = parse(&structure()).unwrap();
        let mut bytes = Vec::new();
        for number in [3_u64 << 30, 1 << 30, 2 << 30, 16384] {
            bytes.extend(number.to_le_bytes());
        }
        assert_eq!(bytes.len(), SWAP_SIZE);
        let swap = parse_swap(&bytes).unwrap();
        let memory = sample(&vm, 16384, 8 << 30, &swap);
        assert_eq!(memory.total, Some(8 << 20));
        assert_eq!(memory.available, Some((100 + 108) * 16));
        assert_eq!(memory.used(), Some((8 << 20) - 208 * 16));
        assert_eq!(memory.beyond.compressed, Some(228 * 16));
        assert_eq!(memory.swap_free, Some(1 << 20));
        assert_eq!(memory.beyond.swap_used, Some(2 << 20));
        assert_eq!(memory.cached, None);
    }
}
