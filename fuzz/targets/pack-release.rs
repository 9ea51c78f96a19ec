#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| tideover_fuzz::feed("pack-release", input));
