//! People by the thousand, for measuring a Hubbub from outside: one client for WebSockets and one for HTTP, a server as a
//! process of its own, a community to fill its database with, and the load generator made of them.

pub mod community;
pub mod crowd;
pub mod database;
pub mod dialect;
pub mod engine;
pub mod frames;
pub mod history;
pub mod http;
pub mod mix;
pub mod options;
pub mod pages;
pub mod people;
pub mod ports;
pub mod process;
pub mod raw;
pub mod report;
pub mod run;
pub mod search;
pub mod target;

/// A sentence for the person at the terminal.
pub type Outcome<T = ()> = Result<T, String>;
