//! The tail of `/proc/stat`, proc_stat(5): `intr`, `ctxt`, `btime`, `processes`, `procs_running`,
//! `procs_blocked`, `softirq`, each on its line.

use super::StatSample;
use crate::error::Malformed;
use crate::text::Cursor;

/// Reads the text; lines of other keys are passed over.
pub fn parse(text: &[u8]) -> Result<StatSample, Malformed> {
    let mut text = Cursor::new(text);
    let [mut interrupts, mut switches, mut boot, mut forks] = [None; 4];
    let [mut running, mut blocked, mut softirqs] = [None; 3];
    loop {
        // The lines of the cores are most of the file; their key is told by one byte.
        if text.rest().first() != Some(&b'c') || text.rest().get(1) == Some(&b't') {
            let place = match text.field() {
                Some(b"intr") => Some(&mut interrupts),
                Some(b"ctxt") => Some(&mut switches),
                Some(b"btime") => Some(&mut boot),
                Some(b"processes") => Some(&mut forks),
                Some(b"procs_running") => Some(&mut running),
                Some(b"procs_blocked") => Some(&mut blocked),
                Some(b"softirq") => Some(&mut softirqs),
                _ => None,
            };
            if let Some(place) = place {
                *place = Some(text.number().ok_or(text.expected("a number"))?);
            }
        }
        if !text.next_line() {
            break;
        }
    }
    Ok(StatSample {
        interrupts: interrupts.ok_or(text.expected("a line intr"))?,
        context_switches: switches.ok_or(text.expected("a line ctxt"))?,
        boot_time_s: boot.ok_or(text.expected("a line btime"))?,
        forks: forks.ok_or(text.expected("a line processes"))?,
        procs_running: running,
        procs_blocked: blocked,
        softirqs,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testdata;

    #[test]
    fn every_line_finds_its_place() {
        let text = b"cpu  1 2 3 4\ncpu0 1 2 3 4\nintr 5 1 2 2\nctxt 6\nbtime 7\nprocesses 8\nprocs_running 9\nprocs_blocked 10\nsoftirq 11 3 8\n";
        let expected = StatSample {
            interrupts: 5,
            context_switches: 6,
            boot_time_s: 7,
            forks: 8,
            procs_running: Some(9),
            procs_blocked: Some(10),
            softirqs: Some(11),
        };
        assert_eq!(parse(text), Ok(expected));
    }

    #[test]
    fn a_missing_line_and_a_missing_number_are_named() {
        let error = parse(b"cpu 1 2 3 4\nintr 5\nbtime 7\nprocesses 8\n").unwrap_err();
        assert_eq!(error.expected, "a line ctxt");
        let error = parse(b"cpu 1 2 3 4\nintr x\n").unwrap_err();
        assert_eq!((error.line, error.expected), (2, "a number"));
    }

    #[test]
    fn no_bytes_are_taken_badly() {
        for (_, text) in testdata::each("proc/stat") {
            testdata::each_damaged(&text, |text| _ = parse(text));
        }
    }
}
