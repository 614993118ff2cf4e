//! The house rules that neither compiler nor clippy knows, checked on the source itself; and the checker, checked on
//! planted violations.

mod compatibility;
mod monitoring;
mod rules;
mod scan;

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use rules::violations;

/// The repository: Cargo runs tests in it. A path compiled in would be that of the clone a cached build came from.
fn root() -> &'static Path {
    Path::new(".")
}

/// Every Rust file of the project, by its path in the repository.
fn sources() -> Vec<(String, String)> {
    let mut found = Vec::new();
    for folder in ["src", "tests", "benches", "load/src", "xtask/src"] {
        collect(&root().join(folder), &mut found);
    }
    let name = |path: &PathBuf| path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
    found.iter().map(|path| (name(path), fs::read_to_string(path).unwrap())).collect()
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn the_house_rules_hold() {
    let found: Vec<String> = sources().iter().flat_map(|(path, text)| violations(path, text)).collect();
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

/// Names in the dependency tree of a normal build.
fn dependencies(arguments: &[&str]) -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .current_dir(root())
        .args(["tree", "--package", "hubbub", "--edges", "normal,build", "--prefix", "none", "--format", "{p}"])
        .args(["--offline", "--locked"])
        .args(arguments)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

#[test]
fn one_provider_of_cryptography_is_in_the_tree() {
    let server = dependencies(&["--features", "ssr"]);
    assert!(server.contains("aws-lc-rs"), "the check sees the tree");
    for name in ["ring", "rsa", "openssl-sys", "native-tls"] {
        assert!(!server.contains(name), "{name} is in the server's tree: `cargo tree --features ssr -i {name}`");
    }
}

#[test]
fn nothing_of_the_server_reaches_the_browser() {
    let browser = dependencies(&["--features", "hydrate", "--target", "wasm32-unknown-unknown"]);
    assert!(browser.contains("gloo-net"), "the check sees the tree");
    for name in ["sqlx", "axum", "tokio", "argon2", "jsonwebtoken", "image"] {
        assert!(!browser.contains(name), "{name} is in the browser's tree");
    }
}

/// The rules that `text` breaks when it stands at `path`, by name.
fn broken(path: &str, text: &str) -> Vec<&'static str> {
    let text = format!("//! A file.\n{text}");
    violations(path, &text)
        .iter()
        .map(|line| {
            ["floor", "gate", "sql", "crate", "queue", "length", "name", "head"]
                .into_iter()
                .find(|rule| line.contains(&format!("[{rule}]")))
                .unwrap()
        })
        .collect()
}

#[test]
fn a_path_to_a_higher_floor_is_seen_wherever_it_stands() {
    let planted = [
        ("src/protocol/events.rs", "use crate::client::backoff::Backoff;"),
        ("src/protocol.rs", "use super::client;"),
        ("src/client/live.rs", "use crate::{protocol::ids::PostId, app::App};"),
        ("src/client/live.rs", "use crate::{protocol::{ids, time}, api::{feed::page}};"),
        ("src/app/pages/feed.rs", "fn f() { let x = crate::server::domain::Domain::new(); }"),
        ("src/app/pages/feed.rs", "fn f() -> impl IntoView { view! { <p>{crate::server::clock::now()}</p> } }"),
        ("src/app/pages/feed.rs", "fn f() { view! { <Show when=move || crate::server::x::y() /> } }"),
        ("src/server/store/posts.rs", "use crate::server::realtime::hub::Hub;"),
        ("src/server/store/posts.rs", "use super::super::auth::tokens::AccessTokens;"),
        ("src/server/domain/posts.rs", "type T = crate::server::store::Sqlite;"),
        ("src/server/domain/posts.rs", "mod inner { use super::super::super::store::Sqlite; }"),
        ("src/server/auth/tokens.rs", "use crate::server::http::AppState;"),
        ("src/server/http/rest.rs", "use crate::server::boot::start;"),
        ("src/api/feed.rs", "use crate::server::store::Sqlite;"),
        ("src/server/realtime/hub.rs", "use crate::server::media::blobs::Disk;"),
        ("src/protocol/ids.rs", "impl From<crate::server::domain::Actor> for X {}"),
        ("src/app/pages/feed.rs", "macro_rules! m { () => { $crate::server::domain::Actor } }"),
    ];
    for (path, text) in planted {
        assert_eq!(broken(path, text), ["floor"], "{path}: {text}");
    }
}

#[test]
fn paths_to_lower_floors_are_fine() {
    let fine = [
        ("src/client/live.rs", "use crate::protocol::{ids::PostId, views::{PostView, *}};"),
        ("src/app/pages/feed.rs", "use crate::{api, client::socket, protocol::views}; use super::not_found;"),
        (
            "src/server/store/posts.rs",
            "use super::sqlite; use crate::server::{domain::ports::Store, config::Settings};",
        ),
        ("src/server/http/rest.rs", "use crate::{app::shell, server::{auth::tokens, domain::Domain, realtime::Hub}};"),
        ("src/server/boot.rs", "use super::{store, realtime, http};"),
        ("src/server/domain/posts.rs", "#[cfg(test)] mod tests { use super::*; fn f() { self::super::g(); } }"),
        ("src/server/domain.rs", "pub(in crate::server) mod text;"),
        ("src/lib.rs", "pub mod server; fn f() { crate::server::boot::x() }"),
    ];
    for (path, text) in fine {
        assert_eq!(broken(path, text), [] as [&str; 0], "{path}: {text}");
    }
}

#[test]
fn gates_stand_only_where_they_may() {
    assert_eq!(broken("src/app/pages/feed.rs", "#[cfg(feature = \"ssr\")] fn f() {}"), ["gate"]);
    assert_eq!(broken("src/client/live.rs", "fn f() -> bool { cfg!(feature = \"hydrate\") }"), ["gate"]);
    assert_eq!(broken("src/client/live.rs", "#[cfg(target_arch = \"wasm32\")] fn f() {}"), ["gate"]);
    assert_eq!(broken("src/protocol/ids.rs", "#[cfg(feature = \"ssr\")] struct X;"), ["gate"]);
    assert!(broken("src/lib.rs", "#[cfg(feature = \"ssr\")] pub mod server;").is_empty());
    assert!(broken("src/protocol/ids.rs", "#[cfg_attr(feature = \"ssr\", derive(X))] struct X;").is_empty());
}

#[test]
fn sql_and_drivers_stay_where_they_belong() {
    for text in [
        "const Q: &str = \"SELECT 1\";",
        "fn f() { run(\"  insert into posts values ($1)\") }",
        "fn f() { log!(\"UPDATE people SET name = $1\") }",
        "fn f() { run(r#\"DELETE FROM posts\"#) }",
        "fn f() { run(\"PRAGMA wal_checkpoint\") }",
    ] {
        assert_eq!(broken("src/server/http/rest.rs", text), ["sql"], "{text}");
        assert!(broken("src/server/store/posts.rs", text).is_empty(), "{text}");
    }
    assert!(
        broken("src/app/pages/feed.rs", "const T: &str = \"Select a picture, or delete from the list\";").is_empty()
    );
    assert_eq!(broken("src/server/domain/posts.rs", "use sqlx::Row;"), ["crate"]);
    assert_eq!(broken("src/server/http/rest.rs", "fn f(e: sqlx::Error) {}"), ["crate"]);
    assert_eq!(broken("src/server/domain/posts.rs", "use axum::Json;"), ["crate"]);
    assert_eq!(broken("src/protocol/events.rs", "use leptos::prelude::*;"), ["crate"]);
    assert_eq!(broken("src/server/domain/posts.rs", "fn f() { rand::rng() }"), ["crate"]);
    assert!(broken("src/server/store/posts.rs", "use sqlx::Row;").is_empty());
    assert!(broken("src/server/http/rest.rs", "use axum::Json;").is_empty());
}

#[test]
fn queues_lengths_names_and_heads_are_checked() {
    assert_eq!(broken("src/server/realtime/hub.rs", "fn f() { let x = mpsc::unbounded_channel(); }"), ["queue"]);
    assert_eq!(broken("src/client/live.rs", "use futures::channel::mpsc::unbounded;"), ["queue"]);
    let long = format!("fn f() {{\n{}}}", "    let x = 1;\n".repeat(60));
    assert_eq!(broken("src/client/live.rs", &long), ["length"]);
    assert_eq!(broken("src/client/live.rs", &format!("impl X {{ {long} }}")), ["length"]);
    assert!(broken("src/client/live.rs", &format!("#[cfg(test)] mod tests {{ {long} }}")).is_empty());
    let just_short = format!("fn f() {{\n{}}}", "    let x = 1;\n".repeat(58));
    assert!(broken("src/client/live.rs", &just_short).is_empty());
    assert!(broken("src/client/live.rs", &format!("#[component] {long}")).is_empty());
    let table = format!("fn f() {{ match x {{\n{}}} }}", "    1 => 1,\n".repeat(90));
    assert!(broken("src/client/live.rs", &table).is_empty());
    assert_eq!(broken("src/server/mod.rs", ""), ["name"]);
    assert_eq!(broken("src/client/utils.rs", ""), ["name"]);
    let headless: Vec<String> = violations("src/client/live.rs", "use std::fmt;\n");
    assert!(headless.len() == 1 && headless[0].contains("[head]"), "{headless:?}");
}
