//! Frames of the native dialect.
#![no_main]

use hubbub::server::http::gateways::dialects::native;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let _ = native::read(text);
    let _ = native::reference(text);
});
