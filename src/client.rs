//! The live half of a browser session, without markup.
//!
//! | part | what it does |
//! | --- | --- |
//! | [`connection`] | the connection as a pure state machine, with [`backoff`] |
//! | [`socket`] | drives it in the browser |
//! | [`state`] | folds events: newest version wins, late and repeated ones change nothing |
//! | [`like_toggle`] | the latest wish wins, one request in flight |
//! | [`outbox`] | messages that are not stored yet, kept in the browser with what they carry, and sent in order |
//! | [`recorder`], [`waveform`] | the microphone, and how loud it was |
//! | [`typing`], [`receipts`] | when to say that somebody types, and how far they have read |
//! | [`live`] | all of it as signals: what pages use |
//! | [`alerts`] | which of several tabs tells what happened, with a sound or the browser's own notification |
//! | [`push`] | whether this device is told also when no tab is open |
//! | [`line`] | a socket as it is, for the console of the reference |
//! | [`http`], [`drafts`] | requests and uploads; unsent text |
//!
//! All of it compiles on the server, where it stays still: nothing connects before an effect runs, and effects run only
//! in a browser.

pub mod alerts;
pub mod backoff;
pub mod connection;
pub mod drafts;
pub mod http;
pub mod like_toggle;
pub mod line;
pub mod live;
pub mod outbox;
pub mod push;
pub mod receipts;
pub mod recorder;
pub mod socket;
pub mod state;
pub mod typing;
pub mod waveform;
