//! The live half of a browser session, without markup.
