//! The site's files: scripts, styles, fonts, icons. Inside the binary in release builds, read from `target/site` in debug
//! builds, so that `cargo leptos watch` shows changes at once.

use std::{borrow::Cow, collections::HashMap, sync::OnceLock};

use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use rust_embed::{EmbeddedFile, RustEmbed};

use crate::app::{document::SiteFiles, pages::on_demand::Chunk};

/// What cargo-leptos left in the site folder. A build without it serves pages that work, only without style and script.
#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/target/site"]
#[allow_missing = true]
struct Site;

/// A name with a hash in it never changes its content.
const FOREVER: &str = "public, max-age=31536000, immutable";
/// Other files may change with the next release; asking again is cheap thanks to their tag.
const AN_HOUR: &str = "public, max-age=3600";
/// During development names do not change with content.
const ASK_AGAIN: &str = "no-cache";

/// What the packed site consists of.
#[derive(Clone, Default)]
struct Packed {
    files: SiteFiles,
    /// The files of each chunk, by its name.
    chunks: HashMap<String, Vec<String>>,
}

/// The names of the files that the page at a path loads; in release builds looked for once.
#[must_use]
pub fn site_files(path: &str) -> SiteFiles {
    static FOUND: OnceLock<Packed> = OnceLock::new();
    let packed: Cow<'static, Packed> = if cfg!(debug_assertions) {
        Cow::Owned(find_site_files())
    } else {
        Cow::Borrowed(FOUND.get_or_init(find_site_files))
    };
    let names = Chunk::of(path).into_iter().flat_map(Chunk::names);
    let mut chunk: Vec<String> = names.filter_map(|name| packed.chunks.get(name)).flatten().cloned().collect();
    // What several chunks share is a file of its own, and stands in the list of each.
    chunk.sort_unstable();
    chunk.dedup();
    SiteFiles { chunk, ..packed.files.clone() }
}

/// Scans the packed folder for `hubbub.js`, `hubbub.wasm`, `hubbub.css` and what belongs to the chunks, with or without a
/// hash before the ending.
fn find_site_files() -> Packed {
    let names: Vec<Cow<'static, str>> = Site::iter().collect();
    let named = |start: &str, ending: &str| {
        let fits = |name: &&Cow<'static, str>| {
            name.strip_prefix("pkg/").is_some_and(|name| name.starts_with(start) && name.ends_with(ending))
        };
        names.iter().find(fits).map(|name| format!("/{name}"))
    };
    let find = |ending: &str| named("hubbub.", ending);
    let files = SiteFiles {
        script: find(".js"),
        loader: named("__wasm_split.", ".js"),
        wasm: find(".wasm"),
        chunk: Vec::new(),
        style: find(".css"),
    };
    let list = named("__wasm_split_manifest", ".json").and_then(|name| Site::get(name.trim_start_matches('/')));
    Packed { files, chunks: list.map(|list| chunks_in(&list.data)).unwrap_or_default() }
}

/// cargo-leptos lists the files of each chunk, without their ending.
fn chunks_in(list: &[u8]) -> HashMap<String, Vec<String>> {
    // Without the list, pages find their chunks a little later, by themselves.
    let mut chunks: HashMap<String, Vec<String>> = serde_json::from_slice(list).unwrap_or_default();
    for file in chunks.values_mut().flatten() {
        *file = format!("/pkg/{file}.wasm");
    }
    chunks
}

/// The file at this path of the site, or `None` when there is none.
#[must_use]
pub fn file(path: &str, request: &HeaderMap) -> Option<Response> {
    let name = path.trim_start_matches('/');
    if name.is_empty() || name.ends_with(".br") || name.ends_with(".gz") {
        return None;
    }
    let plain = Site::get(name)?;
    let (file, encoding) = packed(name, request).unwrap_or((plain, None));
    let tag = format!("\"{}\"", hex::encode(file.metadata.sha256_hash()));
    let known = request.get(header::IF_NONE_MATCH).and_then(|tags| tags.to_str().ok());
    let unchanged = known.is_some_and(|tags| tags.split(',').any(|known| known.trim().trim_start_matches("W/") == tag));
    let mut response = if unchanged { StatusCode::NOT_MODIFIED.into_response() } else { body(file).into_response() };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, content_type(name));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching(name)));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Ok(tag) = HeaderValue::try_from(tag) {
        headers.insert(header::ETAG, tag);
    }
    if let Some(encoding) = encoding {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    Some(response)
}

/// The file as it was compressed ahead of time, if the client takes that.
fn packed(name: &str, request: &HeaderMap) -> Option<(EmbeddedFile, Option<&'static str>)> {
    let accepted = request.get(header::ACCEPT_ENCODING)?.to_str().ok()?;
    let takes = |encoding: &str| {
        accepted.split(',').any(|offer| {
            let (coding, weight) = offer.split_once(';').unwrap_or((offer, ""));
            coding.trim() == encoding && !matches!(weight.trim(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000")
        })
    };
    let kinds = [("br", ".br"), ("gzip", ".gz")];
    kinds.into_iter().filter(|(encoding, _)| takes(encoding)).find_map(|(encoding, ending)| {
        let file = Site::get(&format!("{name}{ending}"))?;
        Some((file, Some(encoding)))
    })
}

fn body(file: EmbeddedFile) -> Body {
    match file.data {
        Cow::Borrowed(bytes) => Bytes::from_static(bytes).into(),
        Cow::Owned(bytes) => bytes.into(),
    }
}

fn content_type(name: &str) -> HeaderValue {
    let kind = mime_guess::from_path(name).first_or_octet_stream();
    let charset = if kind.type_() == "text" { "; charset=utf-8" } else { "" };
    HeaderValue::try_from(format!("{}{charset}", kind.essence_str()))
        .unwrap_or_else(|_| HeaderValue::from_static("application/octet-stream"))
}

/// How long browsers may keep a file without asking.
fn caching(name: &str) -> &'static str {
    let file_name = name.rsplit('/').next().unwrap_or(name);
    let hashed = name.starts_with("pkg/") && file_name.split('.').count() > 2;
    match (hashed, cfg!(debug_assertions)) {
        (true, _) => FOREVER,
        (false, true) => ASK_AGAIN,
        (false, false) => AN_HOUR,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_hashed_names_are_kept_for_ever() {
        assert_eq!(caching("pkg/hubbub.Zk3f.wasm"), FOREVER);
        assert_ne!(caching("pkg/hubbub.wasm"), FOREVER);
        assert_ne!(caching("fonts/inter.var.woff2"), FOREVER);
    }

    #[test]
    fn types_are_what_browsers_need_to_run_the_files() {
        assert_eq!(content_type("pkg/a.wasm"), "application/wasm");
        assert_eq!(content_type("pkg/a.js"), "text/javascript; charset=utf-8");
        assert_eq!(content_type("pkg/a.css"), "text/css; charset=utf-8");
        assert_eq!(content_type("logo.svg"), "image/svg+xml");
        assert_eq!(content_type("fonts/a.woff2"), "font/woff2");
        assert_eq!(content_type("site.webmanifest"), "application/manifest+json");
    }
}
