//! Memory that a start needed and a steady run does not: the pages of this executable's own code that were
//! run once, and of its constants that were looked at once. proc_pid_maps(5), madvise(2).

use std::fs;
use std::ops::Range;

#[cfg(target_os = "linux")]
use crate::constants;

/// This executable's code and constants, as they are mapped.
#[derive(Clone, Debug, Default)]
pub struct Code {
    ranges: Vec<Range<usize>>,
}

impl Code {
    /// Finds it; nothing where the system does not say (macOS).
    pub fn of_this_process() -> Code {
        let maps = fs::read_to_string("/proc/self/maps").unwrap_or_default();
        let executable = fs::read_link("/proc/self/exe").unwrap_or_default();
        let ranges = executable
            .to_str()
            .map_or_else(Vec::new, |executable| code(&maps, executable));
        #[cfg(target_os = "linux")]
        let ranges = ranges.into_iter().chain(constants::unchanged()).collect();
        Code { ranges }
    }

    /// Has the kernel bring in no more than 16 KiB at a fault, in place of the 64 KiB around it that it
    /// takes where it can: what is run every second is spread over all of the code. (It takes no page from
    /// beyond a mapping, and advice that differs from piece to piece makes mappings of them.)
    pub fn bring_in_little(&self) {
        const PIECE: usize = 16 * 1024;
        for range in &self.ranges {
            for (index, start) in range.clone().step_by(PIECE).enumerate() {
                let advice = match index % 2 {
                    0 => libc::MADV_SEQUENTIAL,
                    _ => libc::MADV_NORMAL,
                };
                let size = PIECE.min(range.end - start);
                // SAFETY: a part of one of this process's mappings, from a page on; the advice is on reading
                // ahead and changes no page (madvise(2)).
                unsafe { libc::madvise(start as *mut libc::c_void, size, advice) };
            }
        }
    }

    /// Lets go of its resident pages. What is still run comes back by itself, by minor faults;
    /// what only a start runs (arguments, configuration, layout) does not. Allocates nothing.
    pub fn give_back(&self) {
        for range in &self.ranges {
            // SAFETY: the range is private, of a file, and not writable: a mapping of the kernel's own list
            // that never was, or constants that were not stored to. So its pages are the file's, and dropped
            // ones are read again from it (madvise(2)). The file cannot have changed: it is being run (ETXTBSY), or another bears
            // its name.
            unsafe {
                libc::madvise(
                    range.start as *mut libc::c_void,
                    range.len(),
                    libc::MADV_DONTNEED,
                );
            }
        }
    }
}

/// The mappings that hold the executable's code and what stands before it in the file, which is never
/// written: what stands behind it may have been relocated at the start ([`constants`] looks).
fn code(maps: &str, executable: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for line in maps.lines() {
        let mut words = line.split_ascii_whitespace();
        let (Some(range), Some(rights)) = (words.next(), words.next()) else {
            continue;
        };
        if !line.ends_with(executable) || !matches!(rights, "r--p" | "r-xp") {
            continue;
        }
        let Some((start, end)) = range.split_once('-') else {
            continue;
        };
        let hexadecimal = |text| usize::from_str_radix(text, 16).ok();
        if let (Some(start), Some(end)) = (hexadecimal(start), hexadecimal(end)) {
            found.push(start..end);
        }
        if rights == "r-xp" {
            return found;
        }
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAPS: &str = "\
01000000-01065000 r--p 00000000 fe:00 77   /usr/bin/goodall
01065000-01157000 r-xp 00064000 fe:00 77   /usr/bin/goodall
01157000-01176000 r--p 00155000 fe:00 77   /usr/bin/goodall
01176000-01178000 rw-p 00174000 fe:00 77   /usr/bin/goodall
7f0000000000-7f0000001000 r-xp 00000000 fe:00 78   /usr/lib/libc.so.6
";

    #[test]
    fn what_was_relocated_and_what_is_another_file_s_stays() {
        let found = code(MAPS, "/usr/bin/goodall");
        assert_eq!(found, [0x0100_0000..0x0106_5000, 0x0106_5000..0x0115_7000]);
        assert!(code(MAPS, "/usr/bin/other").is_empty());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn code_that_was_given_back_still_runs() {
        let code = Code::of_this_process();
        assert!(
            !code.ranges.is_empty(),
            "{}",
            fs::read_to_string("/proc/self/maps").unwrap()
        );
        code.bring_in_little();
        code.give_back();
        assert!(std::panic::catch_unwind(|| panic!("through given-back unwind tables")).is_err());
    }
}
