//! All integration tests, in one binary.

// clippy.toml exempts the bodies of tests; here their helpers are exempt too.
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    missing_docs
)]

mod announcements;
mod attachments;
mod audience;
mod auth;
mod auth_http;
mod backups;
mod blobs;
mod channels;
mod checking;
mod community;
mod conversations;
mod cors;
mod demo;
mod errands;
mod examples;
mod faults;
mod files;
mod gateways;
mod golden;
mod house;
mod hub;
mod job_board;
mod jobs;
mod killed;
mod letters;
mod limits;
mod load;
mod mail;
mod moving;
mod nginx;
mod nodes;
mod notifications;
mod pages;
mod postgres;
mod presence;
mod program;
mod proxy;
mod push_service;
mod pushes;
mod redis;
mod reference;
mod rest;
mod s3;
mod serve;
mod settings;
mod simulation;
mod site;
mod skipped;
mod socket;
mod stage;
mod store;
mod store_contract;
mod store_failures;
mod store_migrations;
mod tickets;
mod together;
mod tokens;
mod worker;
