//! Figures of the browser's side: what Lighthouse says of the pages, and how they feel. Nothing here passes or fails by them.

use crate::{
    Outcome, build,
    run::{line, show},
    tools,
};

/// `cargo xtask lighthouse` and `cargo xtask feel`: every measure of that name, or those whose titles have these words.
pub fn run(name: &str, arguments: &[String]) -> Outcome {
    let browser = tools::browser()?;
    // Two builds are compared by naming each; without a name it is measured what stands here.
    let program = match std::env::var_os("HUBBUB_BINARY") {
        Some(program) => program.into(),
        None => build::release()?,
    };
    let mut playwright = line("npx playwright test --project=measures --reporter=list --workers=1");
    playwright.arg(format!("measures/{name}.spec.ts"));
    if !arguments.is_empty() {
        playwright.arg("--grep").arg(arguments.join(" "));
    }
    playwright.current_dir(crate::site::root().join("end2end")).env("HUBBUB_BINARY", program);
    if let Some(browser) = browser {
        playwright.env("HUBBUB_CHROMIUM", browser);
    }
    show("Measuring in the browser", &mut playwright)
}
