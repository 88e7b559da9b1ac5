//! Any bytes as lines of the format `metrics20`.
#![no_main]

use goodall::gather::lines::Format;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| goodall_fuzz::feed(Format::Metrics20, bytes));
