//! The server: everything that never reaches the browser.

pub mod auth;
pub mod boot;
pub mod clock;
pub mod config;
pub mod demo;
pub mod domain;
pub mod http;
pub mod ids;
pub mod jobs;
pub mod media;
pub mod metrics;
pub mod realtime;
pub mod store;
pub mod tasks;
pub mod upkeep;
