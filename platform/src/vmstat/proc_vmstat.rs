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

/// What a text says, and how much of it was needed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Parsed {
    /// What it says.
    pub sample: VmstatSample,
    /// How many keys were found.
    pub found: usize,
    /// Bytes up to the end of the last line that was needed.
    pub end: usize,
}

/// Reads whole lines; a last line without its end is not looked at.
pub fn parse(text: &[u8]) -> Result<Parsed, Malformed> {
    let whole = text
        .iter()
        .rposition(|&byte| byte == b'\n')
        .map_or(0, |last| last + 1);
    let mut text = Cursor::new(&text[..whole]);
    let mut parsed = Parsed::default();
    while !text.at_end() {
        // Two letters tell most lines apart from those that are wanted.
        if matches!(text.rest(), [b'p', b'g' | b's', ..] | [b'o', b'o', ..]) {
            let key = text.field();
            if let Some(place) = key.and_then(|key| place(&mut parsed.sample, key)) {
                *place = Some(text.number().ok_or(text.expected("a number"))?);
                parsed.found += 1;
                text.next_line();
                parsed.end = whole - text.rest().len();
                continue;
            }
        }
        text.next_line();
    }
    Ok(parsed)
}

fn place<'a>(sample: &'a mut VmstatSample, key: &[u8]) -> Option<&'a mut Option<u64>> {
    Some(match key {
        b"pgpgin" => &mut sample.pgpgin_kib,
        b"pgpgout" => &mut sample.pgpgout_kib,
        b"pswpin" => &mut sample.pswpin,
        b"pswpout" => &mut sample.pswpout,
        b"pgfault" => &mut sample.pgfault,
        b"pgmajfault" => &mut sample.pgmajfault,
        b"oom_kill" => &mut sample.oom_kill,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testdata;

    #[test]
    fn the_keys_are_found_among_others_and_the_rest_is_not_needed() {
        let text = b"nr_free_pages 9\npgpgin 1\npgpgout 2\npswpin 3\npswpout 4\npgfault 5\npgmajfault 6\noom_kill 7\nthp_swpout 8\n";
        let parsed = parse(text).unwrap();
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
        assert_eq!((parsed.sample, parsed.found), (sample, 7));
        assert_eq!(parsed.end, text.len() - "thp_swpout 8\n".len());
        assert_eq!(parse(&text[..parsed.end]), Ok(parsed));
    }

    #[test]
    fn a_line_that_was_cut_is_not_read() {
        let parsed = parse(b"pgpgin 1\npgpgout 23").unwrap();
        assert_eq!((parsed.found, parsed.sample.pgpgout_kib), (1, None));
        assert_eq!(parse(b"pgpgin 1"), Ok(Parsed::default()));
        let error = parse(b"nr 1\npgpgin x\n").unwrap_err();
        assert_eq!((error.line, error.expected), (2, "a number"));
    }

    #[test]
    fn the_keys_are_those_that_node_exporters_expression_keeps() {
        let oracle = regex::Regex::new("^(oom_kill|pgpg|pswp|pg.*fault).*").unwrap();
        for (tree, text) in testdata::each("proc/vmstat") {
            for line in String::from_utf8(text).unwrap().lines() {
                let key = line.split(' ').next().unwrap();
                let kept = place(&mut VmstatSample::default(), key.as_bytes()).is_some();
                assert_eq!(kept, oracle.is_match(key), "{tree}: {key}");
            }
        }
    }

    #[test]
    fn no_bytes_are_taken_badly() {
        for (_, text) in testdata::each("proc/vmstat") {
            testdata::each_damaged(&text[..text.len().min(1500)], |text| _ = parse(text));
        }
    }
}
