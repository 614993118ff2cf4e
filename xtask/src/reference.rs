//! Writes the documents of the wire anew, from the code: `docs/api`.

use std::fs;

use crate::{
    Outcome,
    run::{line, quiet, show},
    site, tools,
};

/// What makes types of the documents, and checks them.
const TOOL: &str = "node docs/api/reference.mjs";

/// `cargo xtask reference`.
pub fn run() -> Outcome {
    tools::for_documents()?;
    show("Building the server, which says what it does", &mut line("cargo build --features ssr --bin hubbub"))?;
    for name in ["openapi", "asyncapi"] {
        let told = quiet(&mut line(&format!("cargo run --quiet --features ssr --bin hubbub -- {name}")));
        let told = told.ok_or_else(|| format!("`hubbub {name}` failed."))?;
        let path = site::root().join("docs/api").join(format!("{name}.json"));
        fs::write(&path, told + "\n").map_err(|cause| format!("{} cannot be written: {cause}.", path.display()))?;
    }
    show("Making the types for TypeScript", &mut line(TOOL))
}

/// The check of what is committed.
pub fn check() -> std::process::Command {
    line(&format!("{TOOL} --check"))
}
