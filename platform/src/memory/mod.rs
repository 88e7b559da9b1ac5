//! How memory is used. Linux: `/proc/meminfo`, proc_meminfo(5), every key of kernels 3.10 to 6.18.
//! macOS: `host_statistics64`, sysctl `vm.swapusage`.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "macos")]
mod macos;
pub mod meminfo;
pub mod vm_statistics;

#[cfg(target_os = "linux")]
pub use linux::MemoryReader;
#[cfg(target_os = "macos")]
pub use macos::MemoryReader;
#[cfg(target_os = "macos")]
pub(crate) use macos::vm_statistics;

/// One key of `/proc/meminfo`: its text, and its place in the sample.
pub(crate) struct Key {
    pub(crate) text: &'static str,
    pub(crate) place: fn(&mut MemorySample) -> &mut Option<u64>,
}

/// Declares the sample and the keys from one list, in the order in which the kernel prints them.
macro_rules! keys {
    ($($field:ident $text:literal $doc:literal;)*) => {
        /// How memory is used, in KiB; the fields `hugepages_*` but their size are counts. What a kernel does not
        /// have is `None`.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct MemorySample {
            $(#[doc = $doc] pub $field: Option<u64>,)*
            /// What macOS alone has.
            pub beyond: Beyond,
        }

        /// Every key in the kernel's order.
        pub(crate) const KEYS: &[Key] = &[
            $(Key { text: $text, place: |memory| &mut memory.$field },)*
        ];
    };
}

keys! {
    total "MemTotal" "Usable memory.";
    free "MemFree" "Unused.";
    available "MemAvailable" "What new programs can have without swapping, as estimated; since 3.14.";
    buffers "Buffers" "Cached blocks of devices.";
    cached "Cached" "Cached pages of files, swap cache left out.";
    swap_cached "SwapCached" "In memory and in swap.";
    active "Active" "Used of late.";
    inactive "Inactive" "Not used of late.";
    active_anon "Active(anon)" "Used of late, no file behind it.";
    inactive_anon "Inactive(anon)" "Not used of late, no file behind it.";
    active_file "Active(file)" "Used of late, of a file.";
    inactive_file "Inactive(file)" "Not used of late, of a file.";
    unevictable "Unevictable" "Cannot be reclaimed.";
    mlocked "Mlocked" "Locked by mlock(2).";
    high_total "HighTotal" "High memory, 32-bit.";
    high_free "HighFree" "Unused high memory, 32-bit.";
    low_total "LowTotal" "Low memory, 32-bit.";
    low_free "LowFree" "Unused low memory, 32-bit.";
    mmap_copy "MmapCopy" "Copies for mmap(2) without an MMU.";
    swap_total "SwapTotal" "Swap.";
    swap_free "SwapFree" "Unused swap.";
    zswap "Zswap" "Memory that compressed swap takes; since 5.19.";
    zswapped "Zswapped" "What compressed swap holds, as it was; since 5.19.";
    dirty "Dirty" "Waits to be written to disk.";
    writeback "Writeback" "Being written to disk.";
    anon_pages "AnonPages" "Mapped, no file behind it.";
    mapped "Mapped" "Mapped files.";
    shmem "Shmem" "Shared memory and tmpfs.";
    k_reclaimable "KReclaimable" "The kernel's, reclaimable; since 4.20.";
    slab "Slab" "The kernel's data structures.";
    s_reclaimable "SReclaimable" "Of slab, reclaimable.";
    s_unreclaim "SUnreclaim" "Of slab, not reclaimable.";
    kernel_stack "KernelStack" "Stacks of tasks in the kernel.";
    shadow_call_stack "ShadowCallStack" "Return stacks, arm64; since 5.8.";
    page_tables "PageTables" "Page tables.";
    sec_page_tables "SecPageTables" "Page tables of guests and of the IOMMU; since 6.1.";
    quicklists "Quicklists" "Pages kept for page tables; until 5.2.";
    nfs_unstable "NFS_Unstable" "Sent to an NFS server, not yet committed.";
    bounce "Bounce" "Bounce buffers of block devices.";
    writeback_tmp "WritebackTmp" "FUSE's buffers for writing back.";
    commit_limit "CommitLimit" "What may be promised in all.";
    committed_as "Committed_AS" "What has been promised.";
    vmalloc_total "VmallocTotal" "Address space of vmalloc.";
    vmalloc_used "VmallocUsed" "Used of vmalloc's.";
    vmalloc_chunk "VmallocChunk" "Largest free block of vmalloc's.";
    percpu "Percpu" "Per-CPU variables; since 4.21.";
    early_memtest_bad "EarlyMemtestBad" "Found bad at boot; since 6.4.";
    hardware_corrupted "HardwareCorrupted" "Found bad since.";
    anon_huge_pages "AnonHugePages" "Huge pages, no file behind them.";
    shmem_huge_pages "ShmemHugePages" "Huge pages of shared memory; since 4.8.";
    shmem_pmd_mapped "ShmemPmdMapped" "Mapped huge pages of shared memory; since 4.8.";
    file_huge_pages "FileHugePages" "Huge pages of files; since 5.4.";
    file_pmd_mapped "FilePmdMapped" "Mapped huge pages of files; since 5.4.";
    cma_total "CmaTotal" "Set apart for devices.";
    cma_free "CmaFree" "Unused of what is set apart for devices.";
    unaccepted "Unaccepted" "Not yet accepted from the hypervisor; since 6.5.";
    balloon "Balloon" "Given back to the hypervisor; since 6.16.";
    gpu_active "GPUActive" "Used by graphics drivers; since 6.18.";
    gpu_reclaim "GPUReclaim" "Kept by graphics drivers for reuse; since 6.18.";
    huge_pages_total "HugePages_Total" "Huge pages set apart, count.";
    huge_pages_free "HugePages_Free" "Huge pages unused, count.";
    huge_pages_rsvd "HugePages_Rsvd" "Huge pages promised, count.";
    huge_pages_surp "HugePages_Surp" "Huge pages beyond those set apart, count.";
    hugepagesize "Hugepagesize" "Default size of a huge page.";
    hugetlb "Hugetlb" "In huge pages of all sizes; since 4.16.";
    direct_map_4k "DirectMap4k" "Mapped by the kernel in 4 KiB pages.";
    direct_map_64k "DirectMap64k" "Mapped by the kernel in 64 KiB pages, POWER.";
    direct_map_1m "DirectMap1M" "Mapped by the kernel in 1 MiB pages, s390.";
    direct_map_2m "DirectMap2M" "Mapped by the kernel in 2 MiB pages.";
    direct_map_4m "DirectMap4M" "Mapped by the kernel in 4 MiB pages.";
    direct_map_1g "DirectMap1G" "Mapped by the kernel in 1 GiB pages.";
    direct_map_2g "DirectMap2G" "Mapped by the kernel in 2 GiB pages, s390.";
}

/// What macOS counts and Linux does not, in KiB.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Beyond {
    /// Cannot be paged out.
    pub wired: Option<u64>,
    /// What the compressor's store takes.
    pub compressed: Option<u64>,
    /// Without a file behind it.
    pub internal: Option<u64>,
    /// With a file behind it.
    pub external: Option<u64>,
    /// May be dropped.
    pub purgeable: Option<u64>,
    /// Read ahead, not yet used; among what is free.
    pub speculative: Option<u64>,
    /// Read in, since boot.
    pub swapped_in: Option<u64>,
    /// Written out, since boot.
    pub swapped_out: Option<u64>,
    /// Used swap.
    pub swap_used: Option<u64>,
}

impl MemorySample {
    /// What programs hold, KiB: all but what is available. Before 3.14, whose kernels do not estimate that:
    /// all but what is free, cached or reclaimable, as free(1) had it.
    pub fn used(&self) -> Option<u64> {
        let spare = match self.available {
            Some(available) => available,
            None => {
                self.free? + self.buffers? + self.cached? + self.s_reclaimable.unwrap_or_default()
            }
        };
        Some(self.total?.saturating_sub(spare))
    }
}
