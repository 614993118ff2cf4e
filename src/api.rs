//! Server functions: typed doors from the app to the domain, a line or two each, under `/sfn`.
//!
//! What only reads is a GET; what changes something is a POST that a plain form can send too.

pub mod account;
pub mod admin;
pub mod announcements;
pub mod appearance;
pub mod comments;
pub mod connections;
pub mod conversations;
mod errors;
pub mod feed;
pub mod jobs;
pub mod letters;
pub mod notifications;
pub mod people;
pub mod posts;
pub mod push;
pub mod reference;
pub mod tokens;
