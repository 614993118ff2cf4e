//! Emitted events of Socket.IO, and native frames as they are said in it.
#![no_main]

use hubbub::server::http::gateways::dialects::socketio;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&str, &str)| {
    let (event, payload) = input;
    let _ = socketio::read(event, serde_json::from_str(payload).unwrap_or_default());
    let _ = socketio::say(payload.as_bytes(), true);
});
