//! The head of `/proc/stat`, proc_stat(5): a line `cpu` for all cores, then a line a core that is online.

use super::{CPUS_MAX, CpuSample};
use crate::error::Malformed;
use crate::text::Cursor;

/// The longest number that the kernel prints, and the space before it.
const NUMBER_SIZE_MAX: usize = " 18446744073709551615".len();
/// A core's line at its longest.
const CPU_LINE_SIZE_MAX: usize = "cpu1023".len() + 10 * NUMBER_SIZE_MAX + "\n".len();
/// The most interrupts: with 1,024 cores x86 has some 20,000 (`arch_probe_nr_irqs`).
const IRQS_MAX: usize = 32 * 1024;
/// One interrupt's count, 32 bits.
const IRQ_SIZE_MAX: usize = " 4294967295".len();
/// All lines after `intr` (`ctxt`, `btime`, `processes`, `procs_*`, `softirq`) have 17 numbers.
const TAIL_SIZE_MAX: usize = 6 * "procs_running".len() + 17 * NUMBER_SIZE_MAX;

/// What `/proc/stat` can be at most. Only the pages that a file fills are ever resident.
pub const STAT_SIZE_MAX: usize = (1 + CPUS_MAX) * CPU_LINE_SIZE_MAX
    + "intr".len()
    + NUMBER_SIZE_MAX
    + IRQS_MAX * IRQ_SIZE_MAX
    + TAIL_SIZE_MAX
    + 1;

const _: () = assert!(CPUS_MAX <= 1024, "a core's number has four digits at most");

/// One line: which core, and its times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CpuLine<'a> {
    /// `None` is all cores together.
    pub core: Option<usize>,
    /// The core's number as it stands in the text; `all`.
    pub name: &'a [u8],
    /// Its times.
    pub times: CpuSample,
}

/// The lines of the cores, in the text's order; ends at the first other line.
#[derive(Clone, Debug)]
pub struct CpuLines<'a> {
    text: Cursor<'a>,
}

/// The lines of the cores in the text of `/proc/stat`.
pub fn lines(text: &[u8]) -> CpuLines<'_> {
    CpuLines {
        text: Cursor::new(text),
    }
}

impl<'a> Iterator for CpuLines<'a> {
    type Item = Result<CpuLine<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        if !self.text.skip(b"cpu") {
            return None;
        }
        let line = line(&mut self.text);
        self.text.next_line();
        Some(line)
    }
}

fn line<'a>(text: &mut Cursor<'a>) -> Result<CpuLine<'a>, Malformed> {
    let (core, name) = if text.rest().first() == Some(&b' ') {
        (None, &b"all"[..])
    } else {
        let before = text.rest();
        let core = text
            .number()
            .and_then(|core| usize::try_from(core).ok())
            .filter(|&core| core < CPUS_MAX)
            .ok_or(text.expected("a core's number below 1024"))?;
        (Some(core), &before[..before.len() - text.rest().len()])
    };
    let mut time = || text.number().ok_or(text.expected("four times or more"));
    let times = CpuSample {
        user: time()?,
        nice: time()?,
        system: time()?,
        idle: time()?,
        iowait: text.number(),
        irq: text.number(),
        softirq: text.number(),
        steal: text.number(),
        guest: text.number(),
        guest_nice: text.number(),
    };
    Ok(CpuLine { core, name, times })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testdata;

    #[test]
    fn all_ten_modes_of_all_and_of_each_core() {
        let text = b"cpu  1 2 3 4 5 6 7 8 9 10\ncpu0 1 2 3 4 5 6 7 8 9 10\ncpu3 0 0 0 7 0 0 0 0 0 0\nintr 5 0\n";
        let lines: Vec<_> = lines(text).map(Result::unwrap).collect();
        let times = CpuSample {
            user: 1,
            nice: 2,
            system: 3,
            idle: 4,
            iowait: Some(5),
            irq: Some(6),
            softirq: Some(7),
            steal: Some(8),
            guest: Some(9),
            guest_nice: Some(10),
        };
        assert_eq!(lines.len(), 3);
        assert_eq!(
            (lines[0].core, lines[0].name, lines[0].times),
            (None, &b"all"[..], times)
        );
        assert_eq!(
            (lines[1].core, lines[1].name, lines[1].times),
            (Some(0), &b"0"[..], times)
        );
        assert_eq!((lines[2].core, lines[2].times.idle), (Some(3), 7));
    }

    #[test]
    fn modes_that_a_kernel_does_not_have_are_missing() {
        let line = lines(b"cpu  1 2 3 4\n").next().unwrap().unwrap();
        assert_eq!((line.times.idle, line.times.iowait), (4, None));
    }

    #[test]
    fn a_line_that_is_not_a_cores_is_named() {
        for (text, at, expected) in [
            (&b"cpu  1 2 3\n"[..], 1, "four times or more"),
            (b"cpu  1 2 3 4\ncpux 1", 2, "a core's number below 1024"),
            (b"cpu1024 1 2 3 4", 1, "a core's number below 1024"),
        ] {
            let error = lines(text).find_map(Result::err).unwrap();
            assert_eq!((error.line, error.expected), (at, expected));
        }
    }

    #[test]
    fn the_longest_file_of_1024_cores_fits_and_is_read() {
        let times = " 18446744073709551615".repeat(10);
        let mut text = vec![format!("cpu {times}")];
        text.extend((0..CPUS_MAX).map(|core| format!("cpu{core}{times}")));
        text.push("intr 18446744073709551615".to_owned() + &" 4294967295".repeat(IRQS_MAX));
        for key in [
            "ctxt",
            "btime",
            "processes",
            "procs_running",
            "procs_blocked",
        ] {
            text.push(format!("{key} 18446744073709551615"));
        }
        text.push("softirq".to_owned() + &" 18446744073709551615".repeat(11) + "\n");
        let text = text.join("\n");
        assert!(text.len() < STAT_SIZE_MAX, "{} bytes", text.len());
        let cores: Vec<_> = lines(text.as_bytes()).map(Result::unwrap).collect();
        assert_eq!(cores.len(), 1 + CPUS_MAX);
        assert!(
            cores
                .iter()
                .all(|core| core.times.guest_nice == Some(u64::MAX))
        );
    }

    #[test]
    fn no_bytes_are_taken_badly() {
        for (_, text) in testdata::each("proc/stat") {
            testdata::each_damaged(&text[..text.len().min(300)], |text| {
                lines(text).for_each(drop);
            });
        }
    }
}
