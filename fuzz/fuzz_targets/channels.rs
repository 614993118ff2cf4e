//! Frames of channels, both ways: the first byte chooses which.
#![no_main]

use hubbub::server::http::gateways::dialects::channels::Channel;
use libfuzzer_sys::fuzz_target;

const NAMES: [&str; 5] = ["messages/7", "connections", "notifications", "feed", "online"];

fuzz_target!(|input: (u8, &str)| {
    let (choice, text) = input;
    let Some(channel) = NAMES.get(usize::from(choice) % NAMES.len()).and_then(|name| Channel::named(name)) else {
        return;
    };
    let _ = channel.read(text);
    let _ = channel.concerns(text.as_bytes());
    let _ = channel.say(text.as_bytes());
});
