//! Builds the product: the browser's side first, then the server with all of it inside.

use std::{
    fs,
    path::{Path, PathBuf},
    time::SystemTime,
};

use crate::{
    Outcome,
    run::{line, show},
    site, tools,
};

/// `cargo xtask build`.
pub fn run(arguments: &[String]) -> Outcome {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let file = match words.as_slice() {
        [] => release()?,
        ["--dev"] => debug()?,
        other => return Err(format!("build does not know {}; there is only --dev.", other.join(" "))),
    };
    println!("Built {}", file.display());
    Ok(())
}

/// The release: one file with site, styles, browser code (hashed names, compressed ahead of time) and migrations inside.
pub fn release() -> Outcome<PathBuf> {
    tools::for_build()?;
    let mut front = line("cargo leptos build --release --split --precompress --frontend-only");
    front.env("LEPTOS_HASH_FILES", "true");
    show("Building the browser's side", &mut front)?;
    drop_declarations()?;
    embed_anew()?;
    show("Building the server around it", &mut line("cargo build --release --features ssr --bin hubbub"))?;
    let dist = site::dist();
    place(&site::target().join("release/hubbub"), &dist)?;
    let bytes = fs::metadata(&dist).map(|file| file.len()).unwrap_or_default();
    println!("  {} ({:.1} MB)", dist.display(), bytes as f64 / 1e6);
    Ok(dist)
}

/// A debug build, which reads the site from disk.
pub fn debug() -> Outcome<PathBuf> {
    tools::for_build()?;
    show("Building the browser's side, for development", &mut line("cargo leptos build --split --frontend-only"))?;
    show("Building the server, for development", &mut line("cargo build --features ssr --bin hubbub"))?;
    Ok(site::target().join("debug/hubbub"))
}

/// wasm-bindgen also describes its modules for TypeScript, which nobody writes here: no need to ship that.
fn drop_declarations() -> Outcome {
    let mut names = Vec::new();
    list(&site::root().join("target/site/pkg"), &mut names);
    for name in names.iter().filter(|name| [".ts", ".ts.br", ".ts.gz"].iter().any(|end| name.ends_with(end))) {
        fs::remove_file(name).map_err(|cause| format!("{name} cannot be removed: {cause}."))?;
    }
    Ok(())
}

/// The compiler notices when an embedded file changes, but not when one is added: a new list of names must look like a
/// change of the file that embeds them.
fn embed_anew() -> Outcome {
    let mut names = Vec::new();
    list(&site::root().join("target/site"), &mut names);
    names.sort();
    let list = names.join("\n");
    let stamp = site::target().join("release/.embedded-names");
    if fs::read_to_string(&stamp).is_ok_and(|known| known == list) {
        return Ok(());
    }
    let embedder = site::root().join("src/server/http/assets.rs");
    let touch = || -> std::io::Result<()> {
        fs::File::options().append(true).open(&embedder)?.set_modified(SystemTime::now())?;
        fs::create_dir_all(site::target().join("release"))?;
        fs::write(&stamp, list)
    };
    touch().map_err(|cause| format!("{} cannot be touched: {cause}.", embedder.display()))
}

fn list(folder: &Path, names: &mut Vec<String>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            list(&path, names);
        } else {
            names.push(path.display().to_string());
        }
    }
}

/// Puts the program in its place under its name at once: a server that runs from the old one keeps it.
fn place(from: &Path, to: &Path) -> Outcome {
    let draft = to.with_extension("new");
    let work = || -> std::io::Result<()> {
        fs::create_dir_all(to.parent().unwrap_or(Path::new(".")))?;
        fs::copy(from, &draft)?;
        fs::rename(&draft, to)
    };
    work().map_err(|cause| format!("{} cannot be written: {cause}.", to.display()))
}
