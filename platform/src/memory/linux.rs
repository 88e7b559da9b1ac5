//! `/proc/meminfo`, kept open.

use super::MemorySample;
use super::meminfo::{MEMINFO_SIZE_MAX, Meminfo};
use crate::buffer::Buffer;
use crate::error::ReadError;
use crate::proc_file::ProcFile;
use crate::reader::{Reader, Settings};
use crate::roots::Roots;

/// Reads how memory is used.
pub struct MemoryReader {
    file: ProcFile,
    buffer: Buffer,
    meminfo: Meminfo,
}

impl MemoryReader {
    /// Opens `/proc/meminfo`.
    pub fn open(roots: &Roots, _settings: &Settings) -> Result<MemoryReader, ReadError> {
        Ok(MemoryReader {
            file: ProcFile::open(&roots.proc.join("meminfo"))?,
            buffer: Buffer::new(MEMINFO_SIZE_MAX),
            meminfo: Meminfo::default(),
        })
    }
}

impl Reader for MemoryReader {
    type Sample = MemorySample;

    fn read(&mut self, row: &mut dyn FnMut(&[u8], &MemorySample)) -> Result<(), ReadError> {
        let text = self.file.read(&mut self.buffer)?;
        let parsed = self.meminfo.parse(text);
        let sample = parsed.map_err(|error| error.at(self.file.path()))?;
        row(b"", &sample);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use procfs::Meminfo;
    use procfs::prelude::*;

    use super::super::KEYS;
    use super::Meminfo as Parser;
    use super::*;
    use crate::testdata;

    /// What procfs makes of the text, in our units: it gives bytes where the kernel says kB.
    fn theirs(meminfo: &Meminfo) -> MemorySample {
        let kib = |bytes: u64| Some(bytes / 1024);
        let maybe = |bytes: Option<u64>| bytes.map(|bytes| bytes / 1024);
        MemorySample {
            total: kib(meminfo.mem_total),
            free: kib(meminfo.mem_free),
            available: maybe(meminfo.mem_available),
            buffers: kib(meminfo.buffers),
            cached: kib(meminfo.cached),
            swap_cached: kib(meminfo.swap_cached),
            active: kib(meminfo.active),
            inactive: kib(meminfo.inactive),
            active_anon: maybe(meminfo.active_anon),
            inactive_anon: maybe(meminfo.inactive_anon),
            active_file: maybe(meminfo.active_file),
            inactive_file: maybe(meminfo.inactive_file),
            unevictable: maybe(meminfo.unevictable),
            mlocked: maybe(meminfo.mlocked),
            high_total: maybe(meminfo.high_total),
            high_free: maybe(meminfo.high_free),
            low_total: maybe(meminfo.low_total),
            low_free: maybe(meminfo.low_free),
            mmap_copy: maybe(meminfo.mmap_copy),
            swap_total: kib(meminfo.swap_total),
            swap_free: kib(meminfo.swap_free),
            zswap: maybe(meminfo.z_swap),
            zswapped: maybe(meminfo.z_swapped),
            dirty: kib(meminfo.dirty),
            writeback: kib(meminfo.writeback),
            anon_pages: maybe(meminfo.anon_pages),
            mapped: kib(meminfo.mapped),
            shmem: maybe(meminfo.shmem),
            k_reclaimable: maybe(meminfo.k_reclaimable),
            slab: kib(meminfo.slab),
            s_reclaimable: maybe(meminfo.s_reclaimable),
            s_unreclaim: maybe(meminfo.s_unreclaim),
            kernel_stack: maybe(meminfo.kernel_stack),
            page_tables: maybe(meminfo.page_tables),
            sec_page_tables: maybe(meminfo.secondary_page_tables),
            quicklists: maybe(meminfo.quicklists),
            nfs_unstable: maybe(meminfo.nfs_unstable),
            bounce: maybe(meminfo.bounce),
            writeback_tmp: maybe(meminfo.writeback_tmp),
            commit_limit: maybe(meminfo.commit_limit),
            committed_as: kib(meminfo.committed_as),
            vmalloc_total: kib(meminfo.vmalloc_total),
            vmalloc_used: kib(meminfo.vmalloc_used),
            vmalloc_chunk: kib(meminfo.vmalloc_chunk),
            percpu: maybe(meminfo.per_cpu),
            hardware_corrupted: maybe(meminfo.hardware_corrupted),
            anon_huge_pages: maybe(meminfo.anon_hugepages),
            shmem_huge_pages: maybe(meminfo.shmem_hugepages),
            shmem_pmd_mapped: maybe(meminfo.shmem_pmd_mapped),
            file_huge_pages: maybe(meminfo.file_huge_pages),
            file_pmd_mapped: maybe(meminfo.file_pmd_mapped),
            cma_total: maybe(meminfo.cma_total),
            cma_free: maybe(meminfo.cma_free),
            huge_pages_total: meminfo.hugepages_total,
            huge_pages_free: meminfo.hugepages_free,
            huge_pages_rsvd: meminfo.hugepages_rsvd,
            huge_pages_surp: meminfo.hugepages_surp,
            hugepagesize: maybe(meminfo.hugepagesize),
            hugetlb: maybe(meminfo.hugetlb),
            ..MemorySample::default()
        }
    }

    /// Only the fields that procfs knows.
    fn known(sample: &MemorySample) -> MemorySample {
        MemorySample {
            shadow_call_stack: None,
            early_memtest_bad: None,
            unaccepted: None,
            balloon: None,
            gpu_active: None,
            gpu_reclaim: None,
            direct_map_4k: None,
            direct_map_64k: None,
            direct_map_1m: None,
            direct_map_2m: None,
            direct_map_4m: None,
            direct_map_1g: None,
            direct_map_2g: None,
            ..*sample
        }
    }

    #[test]
    fn every_tree_is_read_as_procfs_reads_it() {
        for (tree, text) in testdata::each("proc/meminfo") {
            let expected = theirs(&Meminfo::from_read(&text[..]).unwrap());
            assert_eq!(
                known(&Parser::default().parse(&text).unwrap()),
                expected,
                "{tree}"
            );
        }
    }

    #[test]
    fn the_live_file_is_read_as_procfs_reads_it() {
        let mut reader = MemoryReader::open(&Roots::default(), &Settings::default()).unwrap();
        let mut take = || {
            let mut taken = None;
            reader
                .read(&mut |_, sample| taken = Some(known(sample)))
                .unwrap();
            taken.unwrap()
        };
        // Gauges move both ways, so that no bound holds: a moment is awaited in which none moved but a few.
        let agree = (0..200).any(|_| {
            let (mut ours, mut theirs) = (take(), theirs(&Meminfo::current().unwrap()));
            let differ = KEYS
                .iter()
                .filter(|key| (key.place)(&mut ours) != (key.place)(&mut theirs))
                .count();
            differ <= 3
        });
        assert!(agree, "no two reads of 200 agreed");
        assert!(take().used() < take().total);
    }
}
