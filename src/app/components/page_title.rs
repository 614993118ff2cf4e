//! The page's title, and text for the two elements that the renderer writes without escaping.

use leptos::{prelude::*, text_prop::TextProp};
use leptos_meta::Title;

/// The title of the page, in the tab and in the history.
///
/// The server writes what it is given between `<title>` and `</title>` as it stands, so names in it are made harmless
/// first.
#[component]
pub fn PageTitle(
    /// Shown before the name of the site.
    #[prop(into)]
    text: TextProp,
) -> impl IntoView {
    // The server writes the title at the end, when what the page read it from may be gone: it is read now.
    let text = if in_browser() { TextProp::from(move || text.get()) } else { TextProp::from(raw_text(&text.get())) };
    view! { <Title text /> }
}

fn in_browser() -> bool {
    Owner::current_shared_context().is_some_and(|shared| shared.is_browser())
}

/// `text` for inside `<title>` and `<textarea>`, which the renderer does not escape: as HTML on the server, as it is in
/// the browser, where it becomes a text node.
#[must_use]
pub fn raw_text(text: &str) -> String {
    if in_browser() { text.to_owned() } else { text.replace('&', "&amp;").replace('<', "&lt;") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_can_end_the_element_it_stands_in() {
        assert_eq!(raw_text("</title><meta> & &lt;"), "&lt;/title>&lt;meta> &amp; &amp;lt;");
    }
}
