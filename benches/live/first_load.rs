//! Bytes of the first load of the feed, as they cross the network, by kind of file.

use std::collections::BTreeMap;

use super::{client::Http, community::Community, process::Server};

pub async fn measure() {
    let community = Community::of(20, 40).await;
    let server = Server::start(community.folder.path());
    let mut http = Http::connect(server.addr).await;
    let cookie = format!("cookie: hubbub_access={}\r\n", community.members[0].token);
    let plain = http.send("GET", "/", &cookie).await;
    assert_eq!(plain.status, 200, "{}", plain.head);
    let page = String::from_utf8_lossy(&plain.body).into_owned();
    let packed = http.send("GET", "/", &format!("{cookie}accept-encoding: br, gzip\r\n")).await;
    let mut bytes = BTreeMap::from([("html", packed.body.len())]);
    for path in files(&page) {
        let answer = http.send("GET", &path, "accept-encoding: br, gzip\r\n").await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.head);
        *bytes.entry(kind(&path)).or_default() += answer.body.len();
    }
    let listed: Vec<String> = bytes.iter().map(|(kind, size)| format!("{kind} {:.1} KB", *size as f64 / 1e3)).collect();
    let files: usize = bytes.iter().filter(|(kind, _)| **kind != "html").map(|(_, size)| size).sum();
    println!(
        "load: {:.1} KB compressed for the feed's first load without its page ({})",
        files as f64 / 1e3,
        listed.join(", ")
    );
}

/// What the page names in its head: scripts, styles, fonts.
fn files(page: &str) -> Vec<String> {
    let head = page.split("</head>").next().unwrap_or_default();
    let mut found: Vec<String> = Vec::new();
    for part in head.split(['"', '\'', '=', ' ', '>', '\\']) {
        let is_file = [".js", ".wasm", ".css", ".woff2"].iter().any(|end| part.ends_with(end));
        if part.starts_with('/') && is_file && !found.iter().any(|one| one == part) {
            found.push(part.to_owned());
        }
    }
    found
}

fn kind(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, end)| end) {
        Some("js") => "js",
        Some("wasm") => "wasm",
        Some("css") => "css",
        _ => "fonts",
    }
}
