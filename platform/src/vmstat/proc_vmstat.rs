//! The text of `/proc/vmstat`, proc_vmstat(5): `pgpgin 1234`, a key a line. It may be cut after any line:
//! the last keys are of no interest, and cost the kernel as much as the others.

use super::VmstatSample;
use crate::error::Malformed;
use crate::text::Cursor;

/// Lines at most; kernels have some 200.
const LINES_MAX: usize = 512;
/// A line at its longest: the longest keys have 40 bytes.
const LINE_SIZE_MAX: usize = 64 + " 18446744073709551615\n".len();
/// What the file can be at most.
pub const VMSTAT_SIZE_MAX: usize = LINES_MAX * LINE_SIZE_MAX + 1;

const _: () = assert!(
    LINE_SIZE_MAX <= crate::proc_file::RECORD_SIZE_MAX,
    "a read that stops early must have had room for one more line"
);

/// The keys that are wanted, and their places.
const KEYS: &[(&[u8], Place)] = &[
    (b"pgpgin", |sample| &mut sample.pgpgin_kib),
    (b"pgpgout", |sample| &mut sample.pgpgout_kib),
    (b"pswpin", |sample| &mut sample.pswpin),
    (b"pswpout", |sample| &mut sample.pswpout),
    (b"pgfault", |sample| &mut sample.pgfault),
    (b"pgmajfault", |sample| &mut sample.pgmajfault),
    (b"oom_kill", |sample| &mut sample.oom_kill),
];
type Place = fn(&mut VmstatSample) -> &mut Option<u64>;

/// Where a wanted key stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Step {
    /// Lines from the one before.
    lines: usize,
    /// Its number in [`KEYS`].
    key: usize,
}

/// Where the wanted keys stand: a kernel's keys stay where they are while it runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vmstat {
    steps: Vec<Step>,
    /// Bytes up to the end of the last line that was needed, when it was learned.
    pub(super) end: usize,
}

impl Vmstat {
    /// Reads what stands where the keys stood in the last text that was learned; `None` where another key or no
    /// number stands there, or a line is cut.
    pub fn walk(&self, text: &[u8]) -> Option<VmstatSample> {
        let mut text = Cursor::new(text);
        let mut sample = VmstatSample::default();
        for step in &self.steps {
            let (key, place) = KEYS[step.key];
            let is_there = text.skip_lines(step.lines) && text.skip_known(key) && text.skip(b" ");
            *place(&mut sample) = Some(is_there.then(|| text.number()).flatten()?);
            if text.rest().first() != Some(&b'\n') {
                return None;
            }
        }
        Some(sample)
    }

    /// Reads whole lines, and learns where the keys stand; a last line without its end is not looked at.
    pub fn learn(&mut self, text: &[u8]) -> Result<VmstatSample, Malformed> {
        let whole = text
            .iter()
            .rposition(|&byte| byte == b'\n')
            .map_or(0, |last| last + 1);
        let mut text = Cursor::new(&text[..whole]);
        let mut sample = VmstatSample::default();
        self.end = 0;
        self.steps.clear();
        let mut lines = 0;
        while !text.at_end() {
            let found = text
                .field()
                .and_then(|key| KEYS.iter().position(|(known, _)| *known == key));
            if let Some(key) = found {
                *(KEYS[key].1)(&mut sample) = Some(text.number().ok_or(text.expected("a number"))?);
                self.steps.push(Step { lines, key });
                lines = 0;
            }
            text.next_line();
            lines += 1;
            if found.is_some() {
                self.end = whole - text.rest().len();
            }
        }
        Ok(sample)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testdata;

    #[test]
    fn the_keys_are_found_among_others_and_the_rest_is_not_needed() {
        let text = b"nr_free_pages 9\npgpgin 1\npgpgout 2\npswpin 3\npswpout 4\npgfault 5\npgmajfault 6\noom_kill 7\nthp_swpout 8\n";
        let mut vmstat = Vmstat::default();
        let read = vmstat.learn(text).unwrap();
        let sample = VmstatSample {
            pgpgin_kib: Some(1),
            pgpgout_kib: Some(2),
            pswpin: Some(3),
            pswpout: Some(4),
            pgfault: Some(5),
            pgmajfault: Some(6),
            oom_kill: Some(7),
            beyond: None,
        };
        assert_eq!(read, sample);
        assert_eq!(vmstat.end, text.len() - "thp_swpout 8\n".len());
        assert_eq!(vmstat.walk(&text[..vmstat.end]), Some(sample));
        assert_eq!(vmstat.walk(&text[..vmstat.end - 1]), None);
    }

    #[test]
    fn a_key_that_stands_elsewhere_is_not_taken_for_another() {
        let mut vmstat = Vmstat::default();
        vmstat.learn(b"nr 9\npgpgin 1\npgpgout 2\n").unwrap();
        assert_eq!(vmstat.steps.len(), 2);
        for other in [
            &b"pgpgin 1\npgpgout 2\n"[..],
            b"nr 9\npgpgin2 1\npgpgout 2\n",
            b"nr 9\npgpgin 1\npgpgin 2\n",
            b"nr 9\nnr 8\npgpgin 1\npgpgout 2\n",
            b"nr 9\npgpgin x\npgpgout 2\n",
            b"nr 9\npgpgin 1 2\npgpgout 2\n",
            b"nr 9\npgpgin 1\npgpgout 2",
        ] {
            assert_eq!(vmstat.walk(other), None, "{}", other.escape_ascii());
        }
        let sample = vmstat
            .walk(b"nr 10\npgpgin 12345678901\npgpgout 0\nnr 7")
            .unwrap();
        assert_eq!(sample.pgpgin_kib, Some(12_345_678_901));
    }

    #[test]
    fn a_line_that_was_cut_is_not_read() {
        let mut vmstat = Vmstat::default();
        let sample = vmstat.learn(b"pgpgin 1\npgpgout 23").unwrap();
        assert_eq!((sample.pgpgin_kib, sample.pgpgout_kib), (Some(1), None));
        assert_eq!(vmstat.learn(b"pgpgin 1"), Ok(VmstatSample::default()));
        let error = vmstat.learn(b"nr 1\npgpgin x\n").unwrap_err();
        assert_eq!((error.line, error.expected), (2, "a number"));
    }

    #[test]
    fn the_keys_are_those_that_node_exporters_expression_keeps() {
        let oracle = regex::Regex::new("^(oom_kill|pgpg|pswp|pg.*fault).*").unwrap();
        for (tree, text) in testdata::each("proc/vmstat") {
            for line in String::from_utf8(text).unwrap().lines() {
                let key = line.split(' ').next().unwrap();
                let kept = KEYS.iter().any(|(known, _)| *known == key.as_bytes());
                assert_eq!(kept, oracle.is_match(key), "{tree}: {key}");
            }
        }
    }

    #[test]
    fn no_bytes_are_taken_badly() {
        for (_, text) in testdata::each("proc/vmstat") {
            let text = &text[..text.len().min(1200)];
            let mut vmstat = Vmstat::default();
            vmstat.learn(text).unwrap();
            testdata::each_damaged(text, |damaged| {
                let fresh = Vmstat::default().learn(damaged);
                // what was learned of another text is right or nothing, but for a key that took the place of one
                // that was not wanted, which no kernel does
                if let (Some(ours), Ok(fresh)) = (vmstat.walk(damaged), fresh) {
                    assert_eq!(ours, fresh);
                }
            });
        }
    }
}
