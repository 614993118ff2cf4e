//! The document around the app: head, scripts and styles, and the body that both sides render.

use leptos::{config::LeptosOptions, hydration::AutoReload, nonce::use_nonce, prelude::*};
use leptos_meta::MetaTags;

use super::{App, facts::PageFacts};

/// Where the page's own files are, as paths on this server. `None` when this build has no such file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SiteFiles {
    /// The module that loads the app.
    pub script: Option<String>,
    /// The module beside it that loads the code of single pages.
    pub loader: Option<String>,
    /// The app.
    pub wasm: Option<String>,
    /// The code of this very page, where the app does not have it.
    pub chunk: Vec<String>,
    /// The styles.
    pub style: Option<String>,
}

/// The whole document. Only the server renders it; the browser takes over its body.
pub fn shell() -> impl IntoView {
    // The choice of light or dark is in the first byte of the page: nothing flashes.
    let PageFacts { theme, is_still, .. } = use_context::<PageFacts>().unwrap_or_default();
    view! {
        <!DOCTYPE html>
        <html lang="en" data-theme=theme.as_str() data-scriptless=is_still>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover" />
                <meta name="description" content="Posts, conversations and news of this community, live." />
                <meta name="color-scheme" content="light dark" />
                <meta name="theme-color" media="(prefers-color-scheme: light)" content="#f4f5f7" />
                <meta name="theme-color" media="(prefers-color-scheme: dark)" content="#0b0d10" />
                <link rel="preload" href="/fonts/figtree-latin.woff2" r#as="font" r#type="font/woff2" crossorigin="" />
                <SiteLinks is_still />
                <link rel="icon" href="/logo.svg" r#type="image/svg+xml" />
                <link rel="apple-touch-icon" href="/icons/icon-180.png" />
                <link rel="manifest" href="/manifest.webmanifest" />
                <Reload />
                <MetaTags />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}

/// Whoever reads without JavaScript does not fetch what only scripts use.
const SCRIPTED: &str = "(scripting: enabled)";

/// Loads the styles and wakes the page. The stock component finds hashed names in a file beside the executable; here the
/// server knows what is packed inside it and says so in the context.
#[component]
fn SiteLinks(
    /// Whether no script is sent along.
    is_still: bool,
) -> impl IntoView {
    let SiteFiles { script, loader, wasm, chunk, style } = use_context::<SiteFiles>().unwrap_or_default();
    let hydration = script.zip(wasm).filter(|_| !is_still).map(|(script, wasm)| {
        let load = format!(
            "import({script:?}).then(app => app.default({{ module_or_path: {wasm:?} }}).then(() => app.hydrate()))"
        );
        let modules = [Some(script), loader].into_iter().flatten();
        let code = std::iter::once(wasm).chain(chunk);
        view! {
            {modules
                .map(|module| view! { <link rel="modulepreload" href=module media=SCRIPTED nonce=use_nonce() /> })
                .collect_view()}
            {code
                .map(|file| {
                    view! {
                        // What there is to read and to see comes before what makes it live.
                        <link
                            rel="preload"
                            href=file
                            media=SCRIPTED
                            fetchpriority="low"
                            r#as="fetch"
                            r#type="application/wasm"
                            crossorigin=""
                        />
                    }
                })
                .collect_view()}
            <script type="module" nonce=use_nonce()>
                {load}
            </script>
        }
    });
    view! {
        {style.map(|style| view! { <link rel="stylesheet" id="leptos" href=style /> })}
        {hydration}
    }
}

/// Reloads the page after a change while `cargo leptos watch` runs. Nothing in release builds.
#[component]
fn Reload() -> impl IntoView {
    cfg!(debug_assertions).then(|| {
        let options = LeptosOptions::builder().output_name("hubbub").reload_port(10001_u32).build();
        view! { <AutoReload options /> }
    })
}
