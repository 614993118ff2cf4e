//! Conversations on screen: the list, the thread, and what stands in them.

pub mod attach;
pub mod attachment;
pub mod bubble;
pub mod faces;
pub mod header;
pub mod inbox;
pub mod lightbox;
pub mod log;
pub mod message_button;
pub mod message_menu;
pub mod nav_badge;
pub mod open_thread;
pub mod people_picker;
pub mod reactions;
pub mod reading;
pub mod request_banner;
pub mod row;
pub mod ticks;
pub mod typing;
pub mod unsent;
pub mod voice_player;
pub mod voice_recorder;
pub mod words;
pub mod write;
