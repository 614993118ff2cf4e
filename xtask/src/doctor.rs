//! Says what is there and what is missing, and installs nothing.

use std::path::Path;

use crate::{
    Outcome,
    run::{self, line, quiet},
    site, tools,
};

/// Where Debian puts it; the tests start it from there.
const RABBITMQ: &str = "/usr/lib/rabbitmq/bin/rabbitmq-server";

/// One line per tool: whether it is there, and what it is for.
pub fn run() -> Outcome {
    let version = tools::wasm_bindgen_version()?;
    let there = |program: &str| site::find(program).is_some();
    let checks = [
        ("cc", there("cc"), "a C compiler, for SQLite, the cryptography and the allocator"),
        ("make", there("make"), "for the allocator"),
        ("wasm32-unknown-unknown", tools::has_wasm_target(), "the browser's side of the compiler"),
        ("node and npm", there("node") && there("npm"), "Tailwind, wasm-opt and Playwright"),
        ("node_modules", tools::has_npm_packages(), "the same, as package-lock.json asks"),
        ("cargo-leptos", tools::installed("cargo-leptos", tools::CARGO_LEPTOS), "builds the site"),
        ("wasm-bindgen", tools::installed("wasm-bindgen", &version), "connects the browser's side to its page"),
        ("rustfmt", quiet(&mut line("rustfmt --version")).is_some(), "checks the format"),
        ("clippy", quiet(&mut line("cargo-clippy --version")).is_some(), "checks the code"),
        ("chromium", tools::chromium().is_some(), "the browser tests"),
        ("python packages", tools::has_python_packages(), "documented clients in Python, and the tests of files in S3"),
        (
            "curl and nginx",
            there("curl") && (there("nginx") || Path::new("/usr/sbin/nginx").exists()),
            "documented calls",
        ),
        ("postgresql", tools::find_postgres().is_some(), "the storage tests on PostgreSQL"),
        ("redis-server", there("redis-server"), "the tests of several servers"),
        ("rabbitmq-server", Path::new(RABBITMQ).exists(), "the tests of workers"),
        ("cargo-nextest", there("cargo-nextest"), "runs tests faster; not needed"),
    ];
    for (name, found, purpose) in checks {
        println!("{} {name:<24} {purpose}", if found { "✓" } else { "✗" });
    }
    println!("\nTools built here are kept in {}.", site::tools().display());
    if !run::is_root() {
        println!("Without root, `cargo xtask` cannot install system packages; it will name the ones to install.");
    }
    Ok(())
}
