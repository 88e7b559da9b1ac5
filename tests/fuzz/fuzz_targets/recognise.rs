//! Any bytes as lines that nobody announced: read as the format that they seem to be.
#![no_main]

use goodall::gather::lines::recognise;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    for line in bytes.split(|&byte| byte == b'\n') {
        goodall_fuzz::feed(recognise(line), line);
    }
});
