//! The tools Hubbub is built and tested with: finds each, and installs what is missing the fastest way that works.

use std::{fs, path::PathBuf, process::Command};

use crate::{
    Outcome,
    run::{self, line, quiet, show},
    site,
};

/// Builds the site for cargo. Newer versions may rename its settings.
pub const CARGO_LEPTOS: &str = "0.3.11";

/// Everything a release build needs.
pub fn for_build() -> Outcome {
    compiler()?;
    wasm_target()?;
    node()?;
    npm_packages()?;
    cargo_leptos()?;
    wasm_bindgen()
}

/// What the documents of the wire are made and checked with.
pub fn for_documents() -> Outcome {
    compiler()?;
    node()?;
    npm_packages()
}

/// Formatter and linter, for the checks.
pub fn for_checks() -> Outcome {
    compiler()?;
    wasm_target()?;
    for component in ["rustfmt", "clippy"] {
        let probe = if component == "clippy" { "cargo-clippy --version" } else { "rustfmt --version" };
        if quiet(&mut line(probe)).is_none() {
            let why = format!("Installing {component}, which the checks need");
            show(&why, &mut line(&format!("rustup component add {component}")))?;
        }
    }
    Ok(())
}

fn compiler() -> Outcome {
    if site::find("cc").is_some() && site::find("make").is_some() {
        return Ok(());
    }
    apt("Installing what SQLite, the cryptography and the allocator are built with", &["build-essential"])
}

fn wasm_target() -> Outcome {
    if has_wasm_target() {
        return Ok(());
    }
    show(
        "Installing the browser's side of the Rust compiler (a 20 MB download)",
        &mut line("rustup target add wasm32-unknown-unknown"),
    )
    .map_err(|why| format!("{why} Install the target wasm32-unknown-unknown for this compiler and try again."))
}

/// Whether the compiler can build for the browser.
pub fn has_wasm_target() -> bool {
    quiet(&mut line("rustc --print target-libdir --target wasm32-unknown-unknown"))
        .is_some_and(|folder| PathBuf::from(folder).is_dir())
}

fn node() -> Outcome {
    let version = quiet(&mut line("node --version"));
    let major = version.as_deref().and_then(|text| text.trim_start_matches('v').split('.').next()?.parse::<u32>().ok());
    match major {
        Some(20..) if site::find("npm").is_some() => Ok(()),
        Some(20..) => apt("Installing npm, which brings Tailwind and Playwright", &["npm"]),
        Some(_) => Err(format!(
            "Node.js {} is too old: version 20 or newer is needed. See https://nodejs.org.",
            version.unwrap_or_default()
        )),
        None => {
            Err("Node.js 20 or newer is needed for Tailwind and the browser tests. See https://nodejs.org.".to_owned())
        }
    }
}

/// The npm packages, exactly as locked. A copy of the lock file in `node_modules` tells whether they still fit.
fn npm_packages() -> Outcome {
    if has_npm_packages() {
        return Ok(());
    }
    let mut install = line("npm ci --no-audit --no-fund --loglevel=error");
    install.env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1");
    show("Installing Tailwind, wasm-opt and Playwright into node_modules (about a minute)", &mut install)?;
    fs::copy(site::root().join("package-lock.json"), npm_stamp())
        .map(|_| ())
        .map_err(|cause| format!("{} cannot be written: {cause}.", npm_stamp().display()))
}

/// Whether `node_modules` is what `package-lock.json` asks for.
pub fn has_npm_packages() -> bool {
    let wanted = fs::read(site::root().join("package-lock.json")).ok();
    wanted.is_some() && wanted == fs::read(npm_stamp()).ok()
}

fn npm_stamp() -> PathBuf {
    site::root().join("node_modules/.installed-lock.json")
}

fn cargo_leptos() -> Outcome {
    if installed("cargo-leptos", CARGO_LEPTOS) {
        return Ok(());
    }
    let root = site::tools();
    if site::find("cargo-binstall").is_some() {
        let mut fetch = line("cargo binstall --no-confirm --disable-strategies compile");
        fetch.args(["--version", CARGO_LEPTOS, "cargo-leptos", "--root"]).arg(&root);
        if show("Fetching cargo-leptos, which builds the site", &mut fetch).is_ok() {
            return Ok(());
        }
        println!("  It cannot be fetched from here, so it is built instead.");
    }
    // `--locked` alone refuses newer compilers than the lock file knew. Optimising the tool would double the wait.
    let mut build = line("cargo install cargo-leptos --locked --ignore-rust-version --version");
    build.arg(CARGO_LEPTOS).arg("--root").arg(&root);
    show("Building cargo-leptos, which builds the site (about 9 minutes on two cores, once)", quickly(&mut build))
}

fn wasm_bindgen() -> Outcome {
    let version = wasm_bindgen_version()?;
    if installed("wasm-bindgen", &version) {
        return Ok(());
    }
    // Its lock file names crates that newer compilers refuse.
    let mut build = line("cargo install wasm-bindgen-cli --version");
    build.arg(&version).arg("--root").arg(site::tools());
    build.env("CARGO_RESOLVER_INCOMPATIBLE_RUST_VERSIONS", "fallback");
    show(
        "Building wasm-bindgen, which connects the browser's side to its page (about 2 minutes, once)",
        quickly(&mut build),
    )
}

/// Settings under which a tool is built fast rather than well; and not in our build folder, with our flags.
fn quickly(build: &mut Command) -> &mut Command {
    build
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")
        .env("RUSTFLAGS", "")
        .env_remove("CARGO_TARGET_DIR")
}

/// The version of wasm-bindgen in `Cargo.lock`: the tool must be of the same.
pub fn wasm_bindgen_version() -> Outcome<String> {
    let lock = fs::read_to_string(site::root().join("Cargo.lock")).map_err(|why| format!("Cargo.lock: {why}."))?;
    locked_version(&lock, "wasm-bindgen").ok_or_else(|| "Cargo.lock names no wasm-bindgen.".to_owned())
}

fn locked_version(lock: &str, package: &str) -> Option<String> {
    let (_, after) = lock.split_once(&format!("name = \"{package}\"\nversion = \""))?;
    after.split('"').next().map(str::to_owned)
}

/// Whether this very version of a tool is there.
pub fn installed(tool: &str, version: &str) -> bool {
    let Some(path) = site::find(tool) else { return false };
    let told = quiet(run::command(path).arg("--version")).unwrap_or_default();
    told.split_whitespace().any(|word| word == version)
}

/// A Chromium that is installed: `HUBBUB_CHROMIUM`, else the system's.
pub fn chromium() -> Option<PathBuf> {
    let named = std::env::var_os("HUBBUB_CHROMIUM").filter(|path| !path.is_empty()).map(PathBuf::from);
    named.or_else(|| ["chromium", "chromium-browser", "google-chrome"].into_iter().find_map(site::find))
}

/// A browser for the browser tests; `None` means Playwright's own.
pub fn browser() -> Outcome<Option<PathBuf>> {
    if let Some(path) = chromium() {
        return Ok(Some(path));
    }
    if can_use_apt() && apt("Installing Chromium for the browser tests", &["chromium"]).is_ok() {
        return Ok(chromium());
    }
    show("Fetching Playwright's own Chromium for the browser tests", &mut line("npx playwright install chromium"))
        .map(|()| None)
        .map_err(|why| format!("{why} Install Chromium, or set HUBBUB_CHROMIUM to where it is."))
}

/// Python with the libraries that documented programs use and the store of files that tests use, exactly as listed: a
/// virtual environment among the tools.
pub fn python() -> Outcome<PathBuf> {
    let folder = site::tools().join("python");
    let program = folder.join("bin/python");
    if has_python_packages() {
        return Ok(program);
    }
    let mut make = line("python3 -m venv --clear");
    make.arg(&folder);
    let why = "Making a place for the Python libraries that tests and documented clients use";
    if show(why, &mut make).is_err() {
        apt("Installing Python, in which tests and some documented clients are written", &["python3", "python3-venv"])?;
        show(why, &mut make)?;
    }
    let mut install = run::command(&program);
    install.args(["-m", "pip", "install", "--quiet", "--no-deps", "--disable-pip-version-check", "--requirement"]);
    show("Installing python-socketio, websockets and moto there (half a minute)", install.arg(python_list()))?;
    fs::copy(python_list(), python_stamp())
        .map(|_| program)
        .map_err(|cause| format!("{} cannot be written: {cause}.", python_stamp().display()))
}

/// Whether the Python libraries are what `requirements.txt` asks for.
pub fn has_python_packages() -> bool {
    let wanted = fs::read(python_list()).ok();
    wanted.is_some() && wanted == fs::read(python_stamp()).ok()
}

fn python_list() -> PathBuf {
    site::root().join("end2end/python/requirements.txt")
}

fn python_stamp() -> PathBuf {
    site::tools().join("python/installed-requirements.txt")
}

/// Programs that people run Hubbub with: what documents tell to type is tried with them.
pub fn for_transcripts() -> Outcome {
    for (program, package, why) in [
        ("curl", "curl", "Installing curl, with which documented calls are tried"),
        ("nginx", "nginx-light", "Installing nginx, with which the documented reverse proxy is tried"),
        ("openssl", "openssl", "Installing OpenSSL, which makes a certificate for the reverse proxy"),
    ] {
        let is_there = site::find(program).is_some() || PathBuf::from("/usr/sbin").join(program).is_file();
        if !is_there {
            apt(why, &[package])?;
        }
    }
    Ok(())
}

/// The folder of PostgreSQL's programs.
pub fn postgres_programs() -> Outcome<PathBuf> {
    if let Some(folder) = find_postgres() {
        return Ok(folder);
    }
    apt("Installing PostgreSQL, on which the storage tests run too", &["postgresql"])
        .map_err(|why| format!("{why} Or leave these tests out with --no-postgres."))?;
    find_postgres().ok_or_else(|| "PostgreSQL was installed, but its programs are nowhere to be found.".to_owned())
}

/// The newest version under Debian's folder, else the one on the path.
pub fn find_postgres() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut found: Vec<(u32, PathBuf)> = versions
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .filter(|(_, folder)| folder.join("initdb").is_file())
        .collect();
    found.sort();
    found.pop().map(|(_, folder)| folder).or_else(|| site::find("initdb")?.parent().map(PathBuf::from))
}

fn can_use_apt() -> bool {
    run::is_root() && site::find("apt-get").is_some()
}

fn apt(why: &str, packages: &[&str]) -> Outcome {
    let names = packages.join(" ");
    if !can_use_apt() {
        return Err(format!(
            "{names} is missing. Install it and try again: on Debian, `sudo apt-get install {names}`."
        ));
    }
    let install = |packages: &[&str]| {
        let mut command = line("apt-get install --yes --quiet=2 --no-install-recommends");
        command.args(packages).env("DEBIAN_FRONTEND", "noninteractive");
        command
    };
    if show(why, &mut install(packages)).is_ok() {
        return Ok(());
    }
    show("Asking for the newest list of packages", &mut line("apt-get update --quiet=2"))?;
    show(why, &mut install(packages))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_locked_version_is_of_that_very_package() {
        let lock = "[[package]]\nname = \"wasm-bindgen-futures\"\nversion = \"0.4.5\"\n\n[[package]]\n\
                    name = \"wasm-bindgen\"\nversion = \"0.2.130\"\nsource = \"x\"";
        assert_eq!(locked_version(lock, "wasm-bindgen").as_deref(), Some("0.2.130"));
        assert_eq!(locked_version(lock, "wasm"), None);
    }
}
