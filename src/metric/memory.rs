//! `memory`: all of `/proc/meminfo`, and what is used of it; what macOS says instead and besides.

use goodall_platform::memory::{MemoryReader, MemorySample};

use super::field::PromType;
use super::{Collector, Every, Field, Unit, tabled};

type F = Field<MemorySample>;

/// Declares fields: name, place in the sample, node_exporter's key, help, alias, node_exporter's
/// name on macOS where that is another. The kernel says kB and means KiB.
macro_rules! fields {
    ([$($first:expr,)*] [$($beyond:expr,)*] $(#[$shape:ident] $name:literal $place:ident $key:literal $help:literal $(=> $alias:literal)? $(; macos $mac:literal)?;)*) => {
        &[$($first,)* $(
            $shape(F::maybe($name, |memory| memory.$place, $help))
                .prom(fields!(@name $shape $key), &[])
                .prom_help(fields!(@help $shape $key))
                $(.alias($alias))?
                $(.prom_on_macos(
                    concat!("node_memory_", $mac),
                    concat!("Memory information field ", $mac, "."),
                ))?,
        )* $($beyond,)*]
    };
    (@name kib $key:literal) => { concat!("node_memory_", $key, "_bytes") };
    (@help kib $key:literal) => { concat!("Memory information field ", $key, "_bytes.") };
    (@name pages $key:literal) => { concat!("node_memory_", $key) };
    (@help pages $key:literal) => { concat!("Memory information field ", $key, ".") };
}

const fn kib(field: F) -> F {
    field.unit(Unit::Bytes).scale(1024, 1)
}

const fn pages(field: F) -> F {
    field
}

const USED: F = kib(F::maybe(
    "used",
    MemorySample::used,
    "What programs hold: all that is not available.",
))
.alias("mem_used");

/// A field of macOS' alone, by the name that node_exporter has for it there.
macro_rules! beyond {
    ($name:literal $place:ident $help:literal) => {
        kib(F::maybe($name, |memory| memory.beyond.$place, $help)).macos()
    };
    ($name:literal $place:ident $help:literal, $key:literal) => {
        beyond!($name $place $help)
            .prom(concat!("node_memory_", $key), &[])
            .prom_help(concat!("Memory information field ", $key, "."))
    };
}

/// What is used, then what Linux says, in its order, then what macOS alone has.
static FIELDS: &[F] = fields! {
    [USED,]
    [
        beyond!("wired" wired "Cannot be paged out.", "wired_bytes"),
        beyond!("compressed" compressed "What the compressor takes for all that it holds.", "compressed_bytes"),
        beyond!("internal" internal "No file behind it.", "internal_bytes"),
        beyond!("external" external "Of a file."),
        beyond!("purgeable" purgeable "May be dropped.", "purgeable_bytes"),
        beyond!("speculative" speculative "Read ahead and not used yet; among what is free."),
        beyond!("swapped_in" swapped_in "Paged in from files and swap, since boot.", "swapped_in_bytes_total").counter().prom_type(PromType::Counter),
        beyond!("swapped_out" swapped_out "Paged out to files and swap, since boot.", "swapped_out_bytes_total").counter().prom_type(PromType::Counter),
        beyond!("swap_used" swap_used "Used swap.", "swap_used_bytes"),
    ]
    #[kib] "total" total "MemTotal" "Usable memory." => "mem_total"; macos "total_bytes";
    #[kib] "free" free "MemFree" "Unused."; macos "free_bytes";
    #[kib] "available" available "MemAvailable" "What new programs can have without swapping, as estimated." => "mem_available";
    #[kib] "buffers" buffers "Buffers" "Cached blocks of devices.";
    #[kib] "cached" cached "Cached" "Cached pages of files, swap cache left out.";
    #[kib] "swap_cached" swap_cached "SwapCached" "In memory and in swap.";
    #[kib] "active" active "Active" "Used of late."; macos "active_bytes";
    #[kib] "inactive" inactive "Inactive" "Not used of late."; macos "inactive_bytes";
    #[kib] "active_anon" active_anon "Active_anon" "Used of late, no file behind it.";
    #[kib] "inactive_anon" inactive_anon "Inactive_anon" "Not used of late, no file behind it.";
    #[kib] "active_file" active_file "Active_file" "Used of late, of a file.";
    #[kib] "inactive_file" inactive_file "Inactive_file" "Not used of late, of a file.";
    #[kib] "unevictable" unevictable "Unevictable" "Cannot be reclaimed.";
    #[kib] "mlocked" mlocked "Mlocked" "Locked by mlock(2).";
    #[kib] "high_total" high_total "HighTotal" "High memory, 32-bit.";
    #[kib] "high_free" high_free "HighFree" "Unused high memory, 32-bit.";
    #[kib] "low_total" low_total "LowTotal" "Low memory, 32-bit.";
    #[kib] "low_free" low_free "LowFree" "Unused low memory, 32-bit.";
    #[kib] "mmap_copy" mmap_copy "MmapCopy" "Copies for mmap(2) without an MMU.";
    #[kib] "swap_total" swap_total "SwapTotal" "Swap."; macos "swap_total_bytes";
    #[kib] "swap_free" swap_free "SwapFree" "Unused swap.";
    #[kib] "zswap" zswap "Zswap" "Memory that compressed swap takes.";
    #[kib] "zswapped" zswapped "Zswapped" "What compressed swap holds, as it was.";
    #[kib] "dirty" dirty "Dirty" "Waits to be written to disk.";
    #[kib] "writeback" writeback "Writeback" "Being written to disk.";
    #[kib] "anon_pages" anon_pages "AnonPages" "Mapped, no file behind it.";
    #[kib] "mapped" mapped "Mapped" "Mapped files.";
    #[kib] "shmem" shmem "Shmem" "Shared memory and tmpfs.";
    #[kib] "k_reclaimable" k_reclaimable "KReclaimable" "The kernel's, reclaimable.";
    #[kib] "slab" slab "Slab" "The kernel's data structures.";
    #[kib] "s_reclaimable" s_reclaimable "SReclaimable" "Of slab, reclaimable.";
    #[kib] "s_unreclaim" s_unreclaim "SUnreclaim" "Of slab, not reclaimable.";
    #[kib] "kernel_stack" kernel_stack "KernelStack" "Stacks of tasks in the kernel.";
    #[kib] "shadow_call_stack" shadow_call_stack "ShadowCallStack" "Return stacks, arm64.";
    #[kib] "page_tables" page_tables "PageTables" "Page tables.";
    #[kib] "sec_page_tables" sec_page_tables "SecPageTables" "Page tables of guests and of the IOMMU.";
    #[kib] "quicklists" quicklists "Quicklists" "Pages kept for page tables.";
    #[kib] "nfs_unstable" nfs_unstable "NFS_Unstable" "Sent to an NFS server, not yet committed.";
    #[kib] "bounce" bounce "Bounce" "Bounce buffers of block devices.";
    #[kib] "writeback_tmp" writeback_tmp "WritebackTmp" "FUSE's buffers for writing back.";
    #[kib] "commit_limit" commit_limit "CommitLimit" "What may be promised in all.";
    #[kib] "committed_as" committed_as "Committed_AS" "What has been promised.";
    #[kib] "vmalloc_total" vmalloc_total "VmallocTotal" "Address space of vmalloc.";
    #[kib] "vmalloc_used" vmalloc_used "VmallocUsed" "Used of vmalloc's.";
    #[kib] "vmalloc_chunk" vmalloc_chunk "VmallocChunk" "Largest free block of vmalloc's.";
    #[kib] "percpu" percpu "Percpu" "Per-CPU variables.";
    #[kib] "early_memtest_bad" early_memtest_bad "EarlyMemtestBad" "Found bad at boot.";
    #[kib] "hardware_corrupted" hardware_corrupted "HardwareCorrupted" "Found bad since.";
    #[kib] "anon_huge_pages" anon_huge_pages "AnonHugePages" "Huge pages, no file behind them.";
    #[kib] "shmem_huge_pages" shmem_huge_pages "ShmemHugePages" "Huge pages of shared memory.";
    #[kib] "shmem_pmd_mapped" shmem_pmd_mapped "ShmemPmdMapped" "Mapped huge pages of shared memory.";
    #[kib] "file_huge_pages" file_huge_pages "FileHugePages" "Huge pages of files.";
    #[kib] "file_pmd_mapped" file_pmd_mapped "FilePmdMapped" "Mapped huge pages of files.";
    #[kib] "cma_total" cma_total "CmaTotal" "Set apart for devices.";
    #[kib] "cma_free" cma_free "CmaFree" "Unused of what is set apart for devices.";
    #[kib] "unaccepted" unaccepted "Unaccepted" "Not yet accepted from the hypervisor.";
    #[kib] "balloon" balloon "Balloon" "Given back to the hypervisor.";
    #[kib] "gpu_active" gpu_active "GPUActive" "Used by graphics drivers.";
    #[kib] "gpu_reclaim" gpu_reclaim "GPUReclaim" "Kept by graphics drivers for reuse.";
    #[pages] "huge_pages_total" huge_pages_total "HugePages_Total" "Huge pages set apart.";
    #[pages] "huge_pages_free" huge_pages_free "HugePages_Free" "Huge pages unused.";
    #[pages] "huge_pages_rsvd" huge_pages_rsvd "HugePages_Rsvd" "Huge pages promised.";
    #[pages] "huge_pages_surp" huge_pages_surp "HugePages_Surp" "Huge pages beyond those set apart.";
    #[kib] "hugepagesize" hugepagesize "Hugepagesize" "Default size of a huge page.";
    #[kib] "hugetlb" hugetlb "Hugetlb" "In huge pages of all sizes.";
    #[kib] "direct_map_4k" direct_map_4k "DirectMap4k" "Mapped by the kernel in 4 KiB pages.";
    #[kib] "direct_map_64k" direct_map_64k "DirectMap64k" "Mapped by the kernel in 64 KiB pages, POWER.";
    #[kib] "direct_map_1m" direct_map_1m "DirectMap1M" "Mapped by the kernel in 1 MiB pages, s390.";
    #[kib] "direct_map_2m" direct_map_2m "DirectMap2M" "Mapped by the kernel in 2 MiB pages.";
    #[kib] "direct_map_4m" direct_map_4m "DirectMap4M" "Mapped by the kernel in 4 MiB pages.";
    #[kib] "direct_map_1g" direct_map_1g "DirectMap1G" "Mapped by the kernel in 1 GiB pages.";
    #[kib] "direct_map_2g" direct_map_2g "DirectMap2G" "Mapped by the kernel in 2 GiB pages, s390.";
};

/// The collector.
pub static MEMORY: Collector = Collector {
    name: "memory",
    help: "How memory is used.",
    every: Every::Tick,
    has_instances: false,
    prom_skips: None,
    fields: &FIELDS,
    open: |roots, settings| Ok(tabled(MemoryReader::open(roots, settings)?, FIELDS)),
};
