//! A text with its links, mentions and tags linked. Built from pieces; nothing of it is ever read as markup.

use leptos::prelude::*;

use crate::protocol::views::{Entity, EntityKind};

/// Written addresses longer than this are cut in the middle of nowhere and end in `…`; they lead where they led.
const SHOWN_URL_CHARS: usize = 42;

/// A stretch of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Plain(String),
    Link { href: String, shown: String, leaves: bool },
}

/// A text, its line breaks kept.
#[component]
pub fn PostText(
    /// The text.
    content: String,
    /// Its links, mentions and tags.
    entities: Vec<Entity>,
) -> impl IntoView {
    pieces(&content, &entities)
        .into_iter()
        .map(|piece| match piece {
            Piece::Plain(text) => text.into_any(),
            Piece::Link { href, shown, leaves } => view! {
                <a
                    href=href
                    class="inline-link"
                    target=leaves.then_some("_blank")
                    rel=leaves.then_some("noopener nofollow ugc")
                >
                    {shown}
                </a>
            }
            .into_any(),
        })
        .collect_view()
}

/// Cuts a text at its entities. What does not fit the text is left as plain text.
fn pieces(text: &str, entities: &[Entity]) -> Vec<Piece> {
    let mut cut = Vec::new();
    let mut done = 0;
    for entity in entities {
        let (Some(before), Some(written)) = (text.get(done..entity.start), text.get(entity.start..entity.end)) else {
            continue;
        };
        if !before.is_empty() {
            cut.push(Piece::Plain(before.to_owned()));
        }
        cut.push(link(&entity.kind, written));
        done = entity.end;
    }
    if let Some(rest) = text.get(done..).filter(|rest| !rest.is_empty()) {
        cut.push(Piece::Plain(rest.to_owned()));
    }
    cut
}

fn link(kind: &EntityKind, written: &str) -> Piece {
    match kind {
        EntityKind::Link { url } => Piece::Link { href: url.clone(), shown: short_url(written), leaves: true },
        EntityKind::Mention { username } => {
            Piece::Link { href: ["/@", username].concat(), shown: written.to_owned(), leaves: false }
        }
        EntityKind::Tag { tag } => Piece::Link { href: tag_href(tag), shown: written.to_owned(), leaves: false },
    }
}

/// The page of a tag.
#[must_use]
pub fn tag_href(tag: &str) -> String {
    // Tags are letters, digits and `_` of any script: browsers encode what an address cannot hold.
    ["/tags/", tag].concat()
}

/// An address as people say it: without its scheme, and not longer than a line.
fn short_url(written: &str) -> String {
    let bare = ["https://", "http://"].iter().find_map(|scheme| written.strip_prefix(scheme)).unwrap_or(written);
    let bare = bare.strip_suffix('/').unwrap_or(bare);
    match bare.char_indices().nth(SHOWN_URL_CHARS) {
        Some((end, _)) => [bare.get(..end).unwrap_or(bare), "…"].concat(),
        None => bare.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(start: usize, end: usize, tag: &str) -> Entity {
        Entity { start, end, kind: EntityKind::Tag { tag: tag.to_owned() } }
    }

    #[test]
    fn a_text_is_cut_at_its_entities() {
        let cut = pieces("Kiln is free. #OpenStudio!", &[tag(14, 25, "openstudio")]);
        let link = Piece::Link { href: "/tags/openstudio".into(), shown: "#OpenStudio".into(), leaves: false };
        assert_eq!(cut, [Piece::Plain("Kiln is free. ".into()), link, Piece::Plain("!".into())]);
    }

    #[test]
    fn entities_that_do_not_fit_change_nothing() {
        for broken in [tag(5, 3, "x"), tag(0, 99, "x"), tag(1, 2, "x")] {
            assert_eq!(pieces("ü #x", &[broken]), [Piece::Plain("ü #x".into())]);
        }
    }

    #[test]
    fn long_addresses_are_short_and_lose_their_scheme() {
        assert_eq!(short_url("https://example.org/"), "example.org");
        let long = short_url("https://example.org/a/very/long/path/that/goes/on/and/on");
        assert_eq!(long, "example.org/a/very/long/path/that/goes/on/…");
    }
}
