//! Where things are: the repository, its build folder, and the cache for tools that outlives it.

use std::{env, path::PathBuf};

/// The repository. Cargo names the package it runs; a path compiled in would be that of the clone a cached build came from.
pub fn root() -> PathBuf {
    let own = env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from("xtask"), PathBuf::from);
    own.parent().map_or_else(|| own.clone(), PathBuf::from)
}

/// Cargo's build folder.
pub fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |folder| root().join(folder))
}

/// The finished product.
pub fn dist() -> PathBuf {
    root().join("target/dist/hubbub")
}

/// The folder of tools built from source; `HUBBUB_CACHE`, else `~/.cache/hubbub/tools`.
pub fn tools() -> PathBuf {
    let named = env::var_os("HUBBUB_CACHE").filter(|folder| !folder.is_empty()).map(PathBuf::from);
    named.unwrap_or_else(|| {
        let home = env::var_os("HOME").map_or_else(|| PathBuf::from("/root"), PathBuf::from);
        home.join(".cache/hubbub/tools")
    })
}

/// `PATH` with our tools and the npm tools in front.
pub fn path() -> String {
    let system = env::var("PATH").unwrap_or_default();
    format!("{}/bin:{}/node_modules/.bin:{system}", tools().display(), root().display())
}

/// Finds a program the way a shell would.
pub fn find(program: &str) -> Option<PathBuf> {
    let path = path();
    path.split(':').map(|folder| PathBuf::from(folder).join(program)).find(|file| file.is_file())
}
